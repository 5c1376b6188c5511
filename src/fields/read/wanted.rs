//! The fields that somebody asks for, found in a line by their names.

use std::sync::Arc;

use super::{FieldValue, FieldVisitor, NameStep};

/// A part of a name that is still to be found: the rest of the name of the field with this number.
#[derive(Clone, Copy, Debug)]
struct NameRest {
    nth: usize,
    at: usize,
}

/// Finds fields by their names. A name goes through objects with points, and through arrays with
/// indices: `user.roles[0]`. Keys that have points in them are found as well.
///
/// If a line has a field twice, the last one counts, as in most readers of JSON.
#[derive(Clone, Debug)]
pub(in crate::fields) struct WantedFields {
    names: Arc<[Box<[u8]>]>,
    /// Which bytes begin a name: most fields of a line begin with another one.
    is_first: [bool; 256],
    values: Vec<FieldValue>,
    /// Where in its name the last step to each value begins.
    last_steps: Vec<usize>,
    /// How many of them are still missing.
    missing: usize,
    /// What is to be found inside of what was entered: for each level where its rests begin.
    rests: Vec<NameRest>,
    levels: Vec<usize>,
    /// The fields of which the value comes next, for each level.
    here: Vec<Vec<NameRest>>,
}

impl WantedFields {
    pub(in crate::fields) fn new(names: &Arc<[Box<[u8]>]>) -> WantedFields {
        let mut is_first = [false; 256];
        names
            .iter()
            .filter_map(|name| name.first())
            .for_each(|&byte| is_first[usize::from(byte)] = true);
        WantedFields {
            is_first,
            values: vec![FieldValue::default(); names.len()],
            last_steps: vec![0; names.len()],
            missing: names.len(),
            rests: (0..names.len())
                .map(|nth| NameRest { nth, at: 0 })
                .collect(),
            levels: vec![0],
            here: Vec::new(),
            names: Arc::clone(names),
        }
    }

    /// Returns the value of each field.
    #[inline]
    pub(in crate::fields) fn values(&self) -> &[FieldValue] {
        &self.values
    }

    pub(in crate::fields) fn names(&self) -> &Arc<[Box<[u8]>]> {
        &self.names
    }

    /// Sets the value of a field that was found by its number.
    pub(in crate::fields) fn set(&mut self, nth: usize, value: FieldValue) {
        self.missing += usize::from(self.values[nth].is_there());
        self.missing -= usize::from(value.is_there());
        self.values[nth] = value;
    }
}

impl FieldVisitor for WantedFields {
    #[inline]
    fn enter(&mut self, step: NameStep<'_>) -> bool {
        if let (NameStep::Key([first, ..]), [_]) = (step, &self.levels[..])
            && !self.is_first[usize::from(*first)]
        {
            return false;
        }
        let from = self.levels[self.levels.len() - 1];
        let to = self.rests.len();
        let mut is_wanted = false;
        for nth in from..to {
            let rest = self.rests[nth];
            let name = &self.names[rest.nth][rest.at..];
            let end = match step {
                // This is what most keys fail, and it takes no call.
                NameStep::Key(key) if key.first() != name.first() => None,
                NameStep::Key(key) => name.starts_with(key).then_some(key.len()),
                NameStep::Index(index) => index_end(name, index),
            };
            let Some(end) = end else { continue };
            let goes_on = match name.get(end) {
                None => None,
                Some(b'.') => Some(end + 1),
                Some(b'[') => Some(end),
                Some(_) => continue,
            };
            if !is_wanted {
                is_wanted = true;
                self.levels.push(to);
                let level = self.levels.len();
                if self.here.len() < level {
                    self.here.resize(level, Vec::new());
                }
                self.here[level - 1].clear();
            }
            match goes_on {
                None => {
                    let level = self.levels.len();
                    self.here[level - 1].push(rest);
                }
                Some(by) => {
                    // What an earlier field of the same name had inside does not count.
                    if self.values[rest.nth].is_there() && self.last_steps[rest.nth] > rest.at {
                        self.set(rest.nth, FieldValue::default());
                    }
                    self.rests.push(NameRest {
                        nth: rest.nth,
                        at: rest.at + by,
                    });
                }
            }
        }
        is_wanted
    }

    #[inline]
    fn value(&mut self, value: FieldValue) {
        let level = self.levels.len();
        for at in 0..self.here[level - 1].len() {
            let rest = self.here[level - 1][at];
            self.last_steps[rest.nth] = rest.at;
            self.set(rest.nth, value);
        }
    }

    #[inline]
    fn leave(&mut self) {
        let from = self.levels.pop().unwrap_or(0);
        self.rests.truncate(from);
    }

    #[inline]
    fn pair(&mut self, name: &[u8], value: FieldValue) {
        for nth in 0..self.names.len() {
            if !self.values[nth].is_there() && *self.names[nth] == *name {
                self.set(nth, value);
            }
        }
    }

    #[inline]
    fn clear(&mut self) {
        self.values.fill(FieldValue::default());
        self.missing = self.values.len();
        // A line that was not valid may have ended anywhere.
        self.levels.truncate(1);
        self.rests.truncate(self.names.len());
    }

    fn has_all(&self) -> bool {
        self.missing == 0
    }
}

/// Returns where the index ends that begins `name`, if it is this one.
fn index_end(name: &[u8], index: usize) -> Option<usize> {
    let inside = name.strip_prefix(b"[")?;
    let digits = inside
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let number: usize = std::str::from_utf8(&inside[..digits]).ok()?.parse().ok()?;
    (number == index && inside.get(digits) == Some(&b']')).then_some(digits + 2)
}
