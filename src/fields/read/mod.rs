//! Finds the fields of a line, whatever the line is: JSON, logfmt, an access log, CEF, LEEF, CSV, or
//! a header with a message that has `key=value` in it.

mod access;
mod all;
mod cef;
mod csv;
mod json;
mod pairs;
mod reader;
mod wanted;

use std::ops::Range;

use self::csv::Columns;
pub use self::reader::FieldFormat;
pub(super) use self::{
    all::AllFields,
    json::number_end,
    reader::{FieldReader, LineFields},
    wanted::WantedFields,
};
use crate::line::to_u32;

/// A step from a field to one that is inside.
#[derive(Clone, Copy, Debug)]
pub(super) enum NameStep<'n> {
    /// A key. It may have points in it.
    Key(&'n [u8]),
    /// The index of an element of an array.
    Index(usize),
}

/// What is told the fields of a line.
pub(super) trait FieldVisitor {
    /// Comes to a field. Returns whether its value, or what is inside, is wanted.
    fn enter(&mut self, step: NameStep<'_>) -> bool;

    /// Takes the value of the field that was entered last and not left.
    fn value(&mut self, value: FieldValue);

    /// Leaves the field that was entered last.
    fn leave(&mut self);

    /// Takes a field that has nothing inside.
    fn field(&mut self, name: &[u8], value: FieldValue) {
        if self.enter(NameStep::Key(name)) {
            self.value(value);
            self.leave();
        }
    }

    /// Takes a field that counts only if none of that name came before.
    fn pair(&mut self, name: &[u8], value: FieldValue);

    /// Forgets the fields of the line so far.
    fn clear(&mut self);

    /// Returns whether nothing more is wanted of the line.
    fn has_all(&self) -> bool {
        false
    }
}

/// Where the value of a field is in its line, and how it is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct FieldValue {
    start: u32,
    end: u32,
    pub(super) form: ValueForm,
}

/// How a value is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum ValueForm {
    /// There is no such field.
    #[default]
    Missing,
    /// A text that may be a number as well: a value of logfmt, a column.
    Plain,
    /// A string of JSON, or a text in quotes, without escapes.
    Text,
    /// A string with the escapes of JSON.
    Escaped,
    /// A text in quotes in which two quotes are one.
    Doubled,
    /// A number of JSON.
    Number,
    /// `true`, `false` or `null`.
    Word,
    /// An object or an array.
    Nested,
}

impl FieldValue {
    pub(super) fn new(place: Range<usize>, form: ValueForm) -> FieldValue {
        FieldValue {
            start: to_u32(place.start),
            end: to_u32(place.end),
            form,
        }
    }

    pub(super) fn is_there(self) -> bool {
        self.form != ValueForm::Missing
    }

    /// Returns the bytes of `line` that are the value, as they are written, without quotes.
    pub(super) fn raw(self, line: &[u8]) -> &[u8] {
        &line[self.start as usize..self.end as usize]
    }

    /// Returns the text of the value, made in `buffer` if it is written with escapes.
    pub(super) fn text<'a>(self, line: &'a [u8], buffer: &'a mut Vec<u8>) -> &'a [u8] {
        let raw = self.raw(line);
        match self.form {
            ValueForm::Escaped => {
                buffer.clear();
                json::unescape(raw, buffer);
                buffer
            }
            ValueForm::Doubled => {
                buffer.clear();
                csv::undouble(raw, buffer);
                buffer
            }
            _ => raw,
        }
    }
}
