//! The lines around a place in a log, read again from the file.
//!
//! The pass over a log keeps places, not text: so its memory does not grow with what matches. For
//! the places that may be shown, their surroundings are read once more, a window at a time. Lines
//! that the pass did not look at, because they are of other times, are not around anything.

use std::ops::Range;

use super::{
    MATCHED_BYTES_MAX,
    collect::{LinePlace, Stretch},
    visible::visible,
};
use crate::{
    input::{ReadError, Source},
    line::{to_u64, to_usize},
    record::Prefix,
};

/// How much is read before a place, and behind it.
const BEFORE_BYTES: u64 = 16 << 10;
const AFTER_BYTES: usize = 64 << 10;

/// The lines near a place. Line 0 is the one at the place, negative ones are before it.
#[derive(Debug, Default)]
pub(crate) struct Around {
    bytes: Vec<u8>,
    /// In order; `before` of them are before the place.
    lines: Vec<Range<usize>>,
    before: usize,
    /// Where line 0 is.
    place: LinePlace,
    /// Where `bytes` begin in the file.
    start: u64,
    collector: Option<Prefix>,
}

/// A log, and how its lines are to be looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View<'a> {
    pub(crate) source: &'a Source,
    /// The lines that were looked at. Others are not there.
    pub(crate) stretches: &'a [Stretch],
    /// What the collector of logs wrote in front of each line.
    pub(crate) collector: Option<Prefix>,
}

impl View<'_> {
    /// The adjacent lines that a place is in, or directly behind.
    fn stretch_of(&self, place: LinePlace) -> Option<Stretch> {
        let is_before = |stretch: &Stretch| stretch.start.offset <= place.offset;
        let behind = self.stretches.partition_point(is_before);
        let last = self.stretches[..behind].last().copied();
        last.filter(|stretch| place.offset <= stretch.end.offset)
    }
}

impl Around {
    /// Reads the lines around `place`.
    pub(crate) fn read(view: &View<'_>, place: LinePlace) -> Result<Around, ReadError> {
        let Some(Stretch { start: first, end }) = view.stretch_of(place) else {
            return Ok(Around::default());
        };
        let floor = first.offset;
        let start = place.offset.saturating_sub(BEFORE_BYTES).max(floor);
        let before_bytes = to_usize(place.offset - start);
        let most = AFTER_BYTES.min(to_usize(end.offset - place.offset)) + before_bytes;
        let mut bytes = Vec::new();
        let mut scratch = Vec::new();
        let read = view.source.window(start, most, &mut scratch, |window| {
            bytes.extend_from_slice(window);
        });
        match read {
            // The file has been cut since it was passed over, which the pass's summary says. What
            // is gone is not shown.
            Err(error) if error.is_early_end() => return Ok(Around::default()),
            read => read?,
        }
        let is_end = start + to_u64(bytes.len()) >= end.offset;
        let mut lines = Vec::new();
        // The window may begin inside of a line.
        let mut at = match start == floor {
            true => 0,
            false => memchr::memchr(b'\n', &bytes[..before_bytes]).map_or(before_bytes, |n| n + 1),
        };
        let mut before = 0;
        while at < bytes.len() {
            let newline = memchr::memchr(b'\n', &bytes[at..]);
            if newline.is_none() && !is_end && !lines.is_empty() {
                break;
            }
            if at == before_bytes {
                before = lines.len();
            }
            let end = newline.map_or(bytes.len(), |n| at + n);
            lines.push(at..end);
            at = end + 1;
        }
        if before_bytes >= bytes.len() {
            before = lines.len();
        }
        Ok(Around {
            bytes,
            lines,
            before,
            place,
            start,
            collector: view.collector,
        })
    }

    /// The line as it stands in the file, at most [`MATCHED_BYTES_MAX`] of it.
    pub(crate) fn raw(&self, nth: isize) -> Option<&[u8]> {
        let at = self.before.checked_add_signed(nth)?;
        let line = &self.bytes[self.lines.get(at)?.clone()];
        Some(&line[..line.len().min(MATCHED_BYTES_MAX)])
    }

    /// Where a line is, if it is there.
    pub(crate) fn place_of(&self, nth: isize) -> Option<LinePlace> {
        let at = self.before.checked_add_signed(nth)?;
        let offset = self.start + to_u64(self.lines.get(at)?.start);
        let line = match u64::try_from(nth) {
            Ok(behind) => self.place.line + behind,
            Err(_) => self.place.line.checked_sub(to_u64(nth.unsigned_abs()))?,
        };
        Some(LinePlace { line, offset })
    }

    /// What a person saw of the line.
    pub(crate) fn shown<'a>(&'a self, nth: isize, buffer: &'a mut Vec<u8>) -> Option<&'a [u8]> {
        Some(visible(self.raw(nth)?, self.collector, buffer))
    }
}
