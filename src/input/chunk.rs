//! How a file is cut into chunks: chunk k owns exactly the lines that start in its nominal range.
//!
//! A worker looks for its first line start only inside its own range, so a line of many gigabytes does not make the
//! split quadratic. Only the owner of a line reads past its border: to the line's end or to the line cap.

use std::{ops::Range, sync::Arc};

use memchr::memchr;

use crate::line::{self, to_u64, to_usize};

/// A run of whole lines, with the bytes and where in the file they stand.
#[derive(Debug)]
pub(crate) struct Chunk<'s> {
    /// Where `bytes` begin in the file, or for a chunk without lines, where its range begins.
    pub(crate) offset: u64,
    /// The lines that the chunk owns. Of a last line longer than the cap, two bytes more than the cap.
    pub(crate) bytes: Bytes<'s>,
    /// The length of `bytes`, also when they have been given back because nobody needs them.
    pub(crate) length: u64,
    /// What of the input is done when this chunk is done.
    pub(crate) range: Range<u64>,
    /// Whether any line is longer than the cap.
    pub(crate) has_long_line: bool,
    /// Whether the last line goes on behind `bytes`.
    pub(crate) open_end: bool,
    /// Where the input ended, if that is before the length it had when it was opened. What the chunk would have had
    /// behind it is lost.
    pub(crate) shrank_to: Option<u64>,
    /// What could not be read directly before this chunk.
    pub(crate) hole_before: Option<Hole>,
}

/// Bytes that could not be read, in the middle of a file that can be read behind them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hole {
    /// The first of them.
    pub(crate) offset: u64,
    /// How many there are. The lines that reach into them are left out as well.
    pub(crate) bytes: u64,
    /// What the system said of the first.
    pub(crate) reason: String,
}

impl Hole {
    /// Takes this hole, which lies behind those in `all`, into account.
    pub(crate) fn add_to(&self, all: &mut Option<Hole>) {
        match all {
            Some(all) => all.bytes += self.bytes,
            None => *all = Some(self.clone()),
        }
    }
}

impl Chunk<'_> {
    /// The file offset behind `bytes`.
    pub(crate) fn end(&self) -> u64 {
        self.offset + self.length
    }

    /// Whether any line starts in the chunk.
    pub(crate) fn has_lines(&self) -> bool {
        self.length > 0
    }
}

/// A chunk's bytes: part of a mapping, or in a buffer that goes back to its worker.
#[derive(Clone, Debug)]
pub(crate) enum Bytes<'s> {
    Slice(&'s [u8]),
    Buffer(Arc<Vec<u8>>, Range<usize>),
}

impl From<Vec<u8>> for Bytes<'_> {
    fn from(bytes: Vec<u8>) -> Self {
        let all = 0..bytes.len();
        Bytes::Buffer(Arc::new(bytes), all)
    }
}

impl std::ops::Deref for Bytes<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Bytes::Slice(bytes) => bytes,
            Bytes::Buffer(buffer, range) => &buffer[range.clone()],
        }
    }
}

/// Where the borders of the chunks lie.
#[derive(Clone, Debug)]
pub(crate) struct Cut {
    /// The lines that begin in here are searched.
    pub(crate) range: Range<u64>,
    /// Where the first line of the file begins: no range does before it.
    pub(crate) text_start: u64,
    /// The length of the file: the last line may reach beyond `range`.
    pub(crate) length: u64,
    /// The length of a nominal range.
    pub(crate) chunk_bytes: u64,
    /// A longer line is its first bytes.
    pub(crate) max_line_bytes: usize,
}

impl Cut {
    /// How many chunks there are.
    pub(crate) fn count(&self) -> u64 {
        self.range
            .end
            .saturating_sub(self.range.start)
            .div_ceil(self.chunk_bytes)
    }

    /// The range in which the lines of chunk `nth` start.
    pub(crate) fn nominal(&self, nth: u64) -> Range<u64> {
        let start = self.range.start + nth * self.chunk_bytes;
        start..(start + self.chunk_bytes).min(self.range.end)
    }

    /// Where, relative to the start of `window`, the first line of a chunk starts; `window` begins one byte before
    /// `nominal`, unless that is at 0, and reaches to its end. No LF is before the first line of the file.
    pub(crate) fn first_start(&self, nominal: &Range<u64>, window: &[u8]) -> Option<usize> {
        if nominal.start == self.text_start {
            return Some(usize::from(nominal.start > 0));
        }
        let last_before = window.len().saturating_sub(1);
        memchr(b'\n', &window[..last_before]).map(|newline| newline + 1)
    }

    /// How many bytes of the line that starts at `start` may be needed: two more than the cap, so that
    /// [`line::lines`] sees that it is longer.
    pub(crate) fn line_limit(&self, start: u64) -> u64 {
        start
            .saturating_add(to_u64(self.max_line_bytes))
            .saturating_add(2)
            .min(self.length)
    }

    /// Cuts chunk `nth` out of the whole file in memory; `None` if no line starts in its range.
    pub(crate) fn slice<'s>(&self, nth: u64, file: &'s [u8]) -> Chunk<'s> {
        let nominal = self.nominal(nth);
        let before = to_usize(nominal.start.saturating_sub(1));
        let border = to_usize(nominal.end);
        let Some(first) = self.first_start(&nominal, &file[before..border]) else {
            return Chunk::without_lines(nominal);
        };
        let start = before + first;
        let end = if file[border - 1] == b'\n' {
            border
        } else {
            let last_start = line::line_start(file, start, border - 1);
            let limit = to_usize(self.line_limit(to_u64(last_start)));
            let rest = border.min(limit);
            memchr(b'\n', &file[rest..limit]).map_or(limit, |newline| rest + newline + 1)
        };
        let bytes = &file[start..end];
        self.chunk(nominal, to_u64(start), Bytes::Slice(bytes))
    }

    /// Completes a chunk whose bytes have been found.
    pub(crate) fn chunk<'s>(&self, range: Range<u64>, offset: u64, bytes: Bytes<'s>) -> Chunk<'s> {
        let has_long_line = line::has_long_line(&bytes, self.max_line_bytes);
        let length = to_u64(bytes.len());
        let open_end = bytes.last() != Some(&b'\n') && offset + length < self.length;
        Chunk {
            offset,
            bytes,
            length,
            range,
            has_long_line,
            open_end,
            shrank_to: None,
            hole_before: None,
        }
    }
}

impl Chunk<'_> {
    /// A chunk in whose range no line starts.
    pub(crate) fn without_lines(range: Range<u64>) -> Chunk<'static> {
        Chunk {
            offset: range.start,
            bytes: Bytes::Slice(&[]),
            length: 0,
            range,
            has_long_line: false,
            open_end: false,
            shrank_to: None,
            hole_before: None,
        }
    }
}
