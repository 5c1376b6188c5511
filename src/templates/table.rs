//! Distinct masked lines with what is known of each: how often it occurs, where first and last, and
//! an example.
//!
//! A worker makes a table of each chunk and never drops a line: a chunk bounds it. Tables are
//! folded in file order into one that has a limit. The first distinct lines up to it are kept
//! apart; a later one counts for a coarser form of itself, the first word of the line, and when
//! there are too many of these too, for one that says nothing. Which lines come first does not
//! depend on how the file is cut, and so neither does what is folded.

use std::hash::BuildHasher;

use foldhash::fast::RandomState;
use hashbrown::HashTable;

use super::{
    Level,
    mask::{Kind, is_code},
};
use crate::line::{to_u32, to_usize};

/// How many bytes of an example are kept.
pub(crate) const EXAMPLE_BYTES_MAX: usize = 1 << 10;

/// No more than this of distinct masked lines is kept, however many there may be.
const MASKED_BYTES_MAX: usize = 64 << 20;

/// Of how many distinct lines one is added that is coarser.
const LINES_FOR_EACH_COARSE: usize = 16;

/// Which of two logs a line is of, if they are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Side {
    /// The log itself.
    #[default]
    Log,
    /// The log that it is compared with.
    Other,
}

/// Where a line stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The input, in the order in which they were added, from 0.
    pub input: usize,
    /// The number of the line in it, from 1.
    pub line: u64,
}

/// What is known of a distinct masked line.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    hash: u64,
    start: u32,
    end: u32,
    example_end: u32,
    /// How often it occurs in the log.
    pub(crate) lines: u64,
    /// How often it occurs in the log it is compared with.
    pub(crate) other_lines: u64,
    /// How many of its lines are wanted.
    pub(crate) wanted: u64,
    /// Where the first and the last of these stand.
    pub(crate) first: Place,
    /// The last of them.
    pub(crate) last: Place,
    /// The level of the first.
    pub(crate) level: Option<Level>,
}

/// A line to be counted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Occurrence<'a> {
    pub(crate) line: &'a [u8],
    pub(crate) level: Option<Level>,
    pub(crate) place: Place,
    pub(crate) is_wanted: bool,
    pub(crate) side: Side,
}

/// Distinct masked lines, in the order in which they were first seen.
#[derive(Clone, Debug)]
pub(crate) struct KindTable {
    index: HashTable<u32>,
    entries: Vec<Entry>,
    /// For each entry its masked line and its example.
    bytes: Vec<u8>,
    hasher: RandomState,
    keeps_examples: bool,
    distinct_max: usize,
    coarse: usize,
    /// How many bytes all masked lines have: what the limits look at must not depend on how they
    /// are stored.
    masked_bytes: usize,
    /// How many lines were counted for a coarser form.
    pub(crate) folded: u64,
}

impl KindTable {
    /// An empty table. Tables that are folded into each other share `hasher`.
    pub(crate) fn new(hasher: RandomState, keeps_examples: bool, distinct_max: usize) -> KindTable {
        KindTable {
            index: HashTable::new(),
            entries: Vec::new(),
            bytes: Vec::new(),
            hasher,
            keeps_examples,
            distinct_max,
            coarse: 0,
            masked_bytes: 0,
            folded: 0,
        }
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub(crate) fn masked(&self, entry: &Entry) -> &[u8] {
        &self.bytes[at(entry.start)..at(entry.end)]
    }

    pub(crate) fn example(&self, entry: &Entry) -> &[u8] {
        &self.bytes[at(entry.end)..at(entry.example_end)]
    }

    /// The number of the entry of a masked line that has an entry in another table.
    #[cfg(feature = "digest")]
    pub(crate) fn find_own(&self, entry: &Entry, masked: &[u8]) -> Option<usize> {
        self.find(entry.hash, masked)
    }

    fn find(&self, hash: u64, masked: &[u8]) -> Option<usize> {
        let is_same = |&nth: &u32| {
            let entry = &self.entries[at(nth)];
            entry.hash == hash && self.masked(entry) == masked
        };
        self.index.find(hash, is_same).map(|&nth| at(nth))
    }

    /// The number of the entry that counts for a line: its own, or that of its coarser form.
    pub(crate) fn number_of(&self, masked: &[u8]) -> Option<usize> {
        let find = |masked: &[u8]| self.find(self.hasher.hash_one(masked), masked);
        find(masked)
            .or_else(|| find(&coarse(masked)))
            .or_else(|| find(&[Kind::Any.code()]))
    }

    /// The number of the entry for a masked line with this hash, which may be a new one. For the
    /// table of a chunk.
    pub(crate) fn number_for(&mut self, hash: u64, masked: &[u8]) -> usize {
        match self.find(hash, masked) {
            Some(nth) => nth,
            None => self.insert(hash, masked),
        }
    }

    /// Counts a line for an entry.
    pub(crate) fn count(&mut self, nth: usize, occurrence: Occurrence<'_>) {
        let Occurrence {
            place,
            is_wanted,
            side,
            ..
        } = occurrence;
        let entry = &mut self.entries[nth];
        if side == Side::Other {
            entry.other_lines += 1;
            return;
        }
        entry.lines += 1;
        if !is_wanted {
            return;
        }
        entry.wanted += 1;
        entry.last = place;
        if entry.wanted == 1 {
            entry.first = place;
            entry.level = occurrence.level;
            if self.keeps_examples {
                let length = occurrence.line.len().min(EXAMPLE_BYTES_MAX);
                self.set_example(nth, &occurrence.line[..length]);
            }
        }
    }

    /// Adds an entry that counts nothing yet.
    fn insert(&mut self, hash: u64, masked: &[u8]) -> usize {
        let nth = self.entries.len();
        self.masked_bytes += masked.len();
        let start = to_u32(self.bytes.len());
        self.bytes.extend_from_slice(masked);
        let end = to_u32(self.bytes.len());
        self.entries.push(Entry {
            hash,
            start,
            end,
            example_end: end,
            lines: 0,
            other_lines: 0,
            wanted: 0,
            first: Place::default(),
            last: Place::default(),
            level: None,
        });
        let entries = &self.entries;
        self.index
            .insert_unique(hash, to_u32(nth), |&nth| entries[at(nth)].hash);
        nth
    }

    /// Keeps an example, behind the masked line: if that is no longer the last, both are written
    /// again.
    fn set_example(&mut self, nth: usize, example: &[u8]) {
        let entry = &mut self.entries[nth];
        if at(entry.end) != self.bytes.len() {
            let start = self.bytes.len();
            self.bytes
                .extend_from_within(at(entry.start)..at(entry.end));
            entry.start = to_u32(start);
            entry.end = to_u32(self.bytes.len());
        }
        self.bytes.extend_from_slice(example);
        entry.example_end = to_u32(self.bytes.len());
    }

    /// Folds the table of a chunk into this one. `lines_before` lines of `input` lie before the
    /// chunk, in which lines are numbered from 1.
    pub(crate) fn fold(&mut self, part: &KindTable, input: usize, lines_before: u64) {
        for entry in &part.entries {
            let masked = part.masked(entry);
            let nth = match self.find(entry.hash, masked) {
                Some(nth) => nth,
                None if self.has_room() => self.insert(entry.hash, masked),
                None => {
                    self.folded += entry.lines + entry.other_lines;
                    self.coarser(masked)
                }
            };
            let place = |place: Place| Place {
                input,
                line: place.line + lines_before,
            };
            let mine = &mut self.entries[nth];
            mine.lines += entry.lines;
            mine.other_lines += entry.other_lines;
            if entry.wanted == 0 {
                continue;
            }
            // Within a chunk entries are in the order of their first lines, not of their first
            // wanted ones.
            let first = place(entry.first);
            let is_first = mine.wanted == 0 || first < mine.first;
            mine.wanted += entry.wanted;
            mine.last = mine.last.max(place(entry.last));
            if is_first {
                mine.first = first;
                mine.level = entry.level;
                if self.keeps_examples {
                    self.set_example(nth, part.example(entry));
                }
            }
        }
    }

    fn has_room(&self) -> bool {
        self.entries.len() - self.coarse < self.distinct_max && self.masked_bytes < MASKED_BYTES_MAX
    }

    /// The entry for lines like `masked` beyond the limit.
    fn coarser(&mut self, masked: &[u8]) -> usize {
        let coarse = coarse(masked);
        let has_room = self.coarse < self.distinct_max / LINES_FOR_EACH_COARSE;
        for (form, may_insert) in [(coarse.as_slice(), has_room), (&[Kind::Any.code()], true)] {
            let hash = self.hasher.hash_one(form);
            if let Some(nth) = self.find(hash, form) {
                return nth;
            }
            if may_insert {
                self.coarse += 1;
                return self.insert(hash, form);
            }
        }
        unreachable!("the second form may always be inserted")
    }
}

/// The first word of a line, and that something follows.
fn coarse(masked: &[u8]) -> Vec<u8> {
    let end = masked
        .iter()
        .position(|&byte| byte == b' ' || is_code(byte))
        .unwrap_or(masked.len());
    let mut form = masked[..end].to_vec();
    if !form.is_empty() {
        form.push(b' ');
    }
    form.push(Kind::Any.code());
    form
}

fn at(index: u32) -> usize {
    to_usize(u64::from(index))
}
