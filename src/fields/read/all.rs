//! All fields of a line, with their names.

use std::ops::Range;

use super::{FieldValue, FieldVisitor, NameStep, ValueForm};

/// A name is never longer. What is inside of such a field is not told apart.
const NAME_BYTES_MAX: usize = 256;

/// A line has at most so many fields. Later ones do not count.
const FIELDS_MAX: usize = 1000;

/// Keeps each field of a line that has a value of its own, which is no object and no array. Of the
/// elements of an array the first one is a field, as there may be any number of them.
#[derive(Debug, Default)]
pub(in crate::fields) struct AllFields {
    names: Vec<u8>,
    list: Vec<(Range<usize>, FieldValue)>,
    name: Vec<u8>,
    /// How long the name is without the last step, without the last two, and so on.
    before: Vec<usize>,
}

impl AllFields {
    /// Returns the names and the values of the fields.
    pub(in crate::fields) fn iter(&self) -> impl Iterator<Item = (&[u8], FieldValue)> {
        let fields = self.list.iter();
        fields.map(|(name, value)| (&self.names[name.clone()], *value))
    }

    fn push(&mut self, value: FieldValue) {
        if value.form != ValueForm::Nested && self.list.len() < FIELDS_MAX {
            let start = self.names.len();
            self.names.extend_from_slice(&self.name);
            self.list.push((start..self.names.len(), value));
        }
    }
}

impl FieldVisitor for AllFields {
    fn enter(&mut self, step: NameStep<'_>) -> bool {
        let before = self.name.len();
        match step {
            NameStep::Index(0) => self.name.extend_from_slice(b"[0]"),
            NameStep::Index(_) => return false,
            NameStep::Key(key) => {
                if before > 0 {
                    self.name.push(b'.');
                }
                self.name.extend_from_slice(key);
            }
        }
        if self.name.len() > NAME_BYTES_MAX {
            self.name.truncate(before);
            return false;
        }
        self.before.push(before);
        true
    }

    fn value(&mut self, value: FieldValue) {
        self.push(value);
    }

    fn leave(&mut self) {
        self.name.truncate(self.before.pop().unwrap_or(0));
    }

    fn pair(&mut self, name: &[u8], value: FieldValue) {
        if self.iter().all(|(other, _)| other != name) {
            self.field(name, value);
        }
    }

    fn clear(&mut self) {
        self.names.clear();
        self.list.clear();
        self.name.clear();
        self.before.clear();
    }
}
