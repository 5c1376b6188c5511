//! What the inputs of a table are called.

use std::{
    collections::{BTreeMap, HashSet},
    path::{Path, PathBuf},
};

use super::table::{Entry, KindTable};

/// So many names are kept in any case.
const NAMES_MIN: usize = 1024;

/// The inputs whose lines count, in order, with the names of those that a table refers to.
///
/// A folder may have more files than there is room for their names, so names that no first and no
/// last line of a kind stands in are dropped: there are at most 1024, or four for each
/// kind.
#[derive(Clone, Debug, Default)]
pub struct InputNames {
    count: usize,
    names: BTreeMap<usize, PathBuf>,
    /// When there are more, those that are not needed are dropped.
    names_max: usize,
    /// How many lines of the one in hand were counted.
    lines: u64,
}

impl InputNames {
    /// How many inputs there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The name of input number `nth`, from 0 on, if a line of a kind stands in it.
    pub fn get(&self, nth: usize) -> Option<&Path> {
        self.names.get(&nth).map(PathBuf::as_path)
    }

    /// The names that are known, in the order of the inputs.
    pub fn iter(&self) -> impl Iterator<Item = &Path> {
        self.names.values().map(PathBuf::as_path)
    }

    /// The next input begins; `path` is its name if its lines have places.
    pub(super) fn begin(&mut self, path: Option<&Path>, table: &KindTable) {
        self.lines = 0;
        let Some(path) = path else { return };
        if self.names.len() >= self.names_max.max(NAMES_MIN) {
            let places = |entry: &Entry| [entry.first.input, entry.last.input];
            let needed: HashSet<usize> = table.entries().iter().flat_map(places).collect();
            self.names.retain(|nth, _| needed.contains(nth));
            self.names_max = 2 * self.names.len();
        }
        self.names.insert(self.count, path.into());
        self.count += 1;
    }

    /// The number of the input in hand, and how many of its lines were counted.
    pub(super) fn current(&self) -> (usize, u64) {
        (self.count.saturating_sub(1), self.lines)
    }

    /// So many more lines of the input in hand were counted.
    pub(super) fn add_lines(&mut self, lines: u64) {
        self.lines += lines;
    }
}
