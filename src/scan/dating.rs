//! Finds the time to which a hit belongs: the time of its own line, or of the nearest line above it
//! that has one.
//!
//! ```text
//! chunk 1:  14:01 a              Found::last_time of chunk 1 is 14:01; link carries it on:
//! chunk 2:    at app.main        it belongs to 14:01     Turn::time_above
//!           14:02 b
//!             at app.other       it belongs to 14:02     read backwards, from the hit up
//! ```
//! 1. Only hits are asked for their times. If a hit has none, lines above it are asked until one
//!    has a time. Each line is asked at most twice: once from a hit up, and once from the end of
//!    its chunk up.
//! 2. Each chunk tells to which time its last line belongs, whether or not it has hits. So the time
//!    of the first lines of the next chunk is known in order, and does not depend on where chunks
//!    are cut.

use crate::{
    line::TextUnit,
    record::{Moment, TimeReader},
};

/// Returns the time to which the last line of `bytes` belongs. These are whole lines, or whole
/// records if records are searched. Returns `None` if no line has a time.
pub(super) fn last_time(
    reader: &mut TimeReader,
    bytes: &[u8],
    (unit, max_line_bytes): (&TextUnit, usize),
) -> Option<Moment> {
    let mut end = bytes.len();
    while end > 0 {
        let start = unit.start(bytes, 0, end - 1);
        let (_, last) = unit.split(&bytes[start..end], max_line_bytes).next()?;
        if let Some(time) = reader.time_of(last.head()) {
            return Some(time);
        }
        end = start;
    }
    None
}

/// Finds the times of the hits of a chunk, from the first hit to the last.
pub(super) struct Dating<'r> {
    reader: &'r mut TimeReader,
    /// What is searched, and has a time: lines or records. Chunks may be made of another unit.
    unit: &'r TextUnit,
    max_line_bytes: usize,
    /// The lines before this index of the chunk have been looked at.
    known_to: usize,
    /// The time to which the last of these lines belongs.
    time: Option<Moment>,
    times: Vec<Option<Moment>>,
}

impl<'r> Dating<'r> {
    pub(super) fn new(
        reader: &'r mut TimeReader,
        unit: &'r TextUnit,
        max_line_bytes: usize,
    ) -> Dating<'r> {
        Dating {
            reader,
            unit,
            max_line_bytes,
            known_to: 0,
            time: None,
            times: Vec::new(),
        }
    }

    /// Begins a chunk. Its lines without a time above them belong to `above`.
    pub(super) fn begin(&mut self, above: Option<Moment>) {
        self.known_to = 0;
        self.time = above;
    }

    /// Looks at the lines between the last hits and those in `hits`, as far as needed.
    pub(super) fn come_to(&mut self, bytes: &[u8], hits: &std::ops::Range<usize>) {
        let between = &bytes[self.known_to.min(hits.start)..hits.start];
        let last = last_time(self.reader, between, (self.unit, self.max_line_bytes));
        self.time = last.or(self.time);
        self.known_to = hits.end;
    }

    /// Returns the times of adjacent hits, one for each line or record of `bytes`.
    pub(super) fn date(&mut self, bytes: &[u8]) -> &[Option<Moment>] {
        self.times.clear();
        for (_, unit) in self.unit.split(bytes, self.max_line_bytes) {
            self.time = self.reader.time_of(unit.head()).or(self.time);
            self.times.push(self.time);
        }
        &self.times
    }
}
