//! Cuts a file into chunks. Chunk k owns exactly the lines that start in its nominal range.
//!
//! A worker looks for its first line start only inside its own range, so a line of many gigabytes
//! does not make the split quadratic. Only the owner of a line reads past its border: to the line's
//! end or to the line cap.

use std::{
    io::{self, Read},
    ops::Range,
    path::Path,
    sync::Arc,
};

use crate::{
    error::{Damage, Error},
    line::{Cutter, First, Last, TextWindow, to_u64, to_usize},
};

/// A run of whole lines, with the bytes and where in the file they stand.
#[derive(Debug)]
pub(crate) struct Chunk<'s> {
    /// Where `bytes` begin in the file. For a chunk without lines, where its range begins.
    pub(crate) offset: u64,
    /// The lines or records that the chunk owns. If the last one is longer than the cap, a few
    /// bytes more than the cap are here.
    pub(crate) bytes: Bytes<'s>,
    /// The length of `bytes`, also when they have been given back because nobody needs them.
    pub(crate) length: u64,
    /// The part of the input that is done when this chunk is done.
    pub(crate) range: Range<u64>,
    /// Whether any line is longer than the cap.
    pub(crate) has_long_line: bool,
    /// Whether the last line goes on behind `bytes`.
    pub(crate) open_end: bool,
    /// Where the input ended, if it ended before the length that it had when it was opened. The
    /// lines that the chunk would have had behind that place are lost.
    pub(crate) shrank_to: Option<u64>,
    /// The bytes directly before this chunk that could not be read.
    pub(crate) hole_before: Option<Hole>,
}

/// Bytes that could not be read, in the middle of a file that can be read behind them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hole {
    /// The offset of the first of these bytes.
    pub(crate) offset: u64,
    /// How many bytes there are. The lines that reach into them are left out as well.
    pub(crate) bytes: u64,
    /// What the system said about the first of these bytes.
    pub(crate) reason: String,
}

impl Hole {
    /// Adds this hole, which lies behind those in `all`, to them.
    pub(crate) fn add_to(&self, all: &mut Option<Hole>) {
        match all {
            Some(all) => all.bytes += self.bytes,
            None => *all = Some(self.clone()),
        }
    }
}

impl Chunk<'_> {
    /// Returns the file offset behind `bytes`.
    pub(crate) fn end(&self) -> u64 {
        self.offset + self.length
    }

    /// Returns where the bytes begin that were read to make the chunk. They begin before it if its
    /// first line had to be looked for.
    pub(crate) fn read_from(&self) -> u64 {
        self.offset.min(self.range.start)
    }

    /// Returns whether any line starts in the chunk.
    pub(crate) fn has_lines(&self) -> bool {
        self.length > 0
    }
}

/// The bytes of a chunk: part of a mapping, or in a buffer that goes back to its worker.
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

/// The bytes that were loaded for a claim.
#[derive(Debug)]
pub(crate) struct Loaded<'s> {
    pub(crate) first: Chunk<'s>,
    /// The chunks behind holes.
    pub(crate) behind: Vec<Chunk<'s>>,
    /// The error that ended the reading behind all of these chunks.
    pub(crate) failure: Option<ReadError>,
    /// Whether the bytes lie in memory that the source may lose. Then the source has to be asked
    /// whether they are still there.
    pub(crate) may_be_lost: bool,
}

impl<'s> From<Chunk<'s>> for Loaded<'s> {
    fn from(first: Chunk<'s>) -> Loaded<'s> {
        Loaded {
            first,
            behind: Vec::new(),
            failure: None,
            may_be_lost: false,
        }
    }
}

/// The buffers of one worker, used again and again.
#[derive(Debug, Default)]
pub(crate) struct Buffers {
    free: Vec<Vec<u8>>,
    /// The unit that the worker has decoded last. The text that its decoder looks back at is in the
    /// worker's cache.
    pub(super) last_unit: Option<u64>,
}

/// A buffer that grew beyond this for one long line is not kept.
const KEPT_BYTES: usize = 2 << 20;

/// How many free buffers a worker keeps: one for the chunk in hand, one for the chunk that waits
/// for its turn.
const KEPT_BUFFERS: usize = 2;

impl Buffers {
    pub(crate) fn take(&mut self) -> Vec<u8> {
        self.take_free().unwrap_or_default()
    }

    /// Takes a free buffer, if there is one.
    pub(super) fn take_free(&mut self) -> Option<Vec<u8>> {
        self.free.pop()
    }

    /// Takes a buffer that would not be kept beside the next one that becomes free.
    pub(super) fn take_surplus(&mut self) -> Option<Vec<u8>> {
        (self.free.len() >= KEPT_BUFFERS).then(|| self.free.swap_remove(0))
    }

    /// Takes back the buffer of a chunk, if nobody else holds it.
    pub(crate) fn give_back(&mut self, bytes: Bytes<'_>) {
        if let Bytes::Buffer(buffer, _) = bytes
            && let Ok(buffer) = Arc::try_unwrap(buffer)
        {
            self.keep(buffer);
        }
    }

    pub(crate) fn keep(&mut self, buffer: Vec<u8>) {
        if buffer.capacity() <= KEPT_BYTES && self.free.len() < KEPT_BUFFERS {
            self.free.push(buffer);
        }
    }
}

/// Reads until `bytes` are full, or until there is nothing more to read. Returns how many bytes
/// were read, and the error that ended the reading, if one did.
pub(crate) fn fill(reader: &mut dyn Read, bytes: &mut [u8]) -> (usize, Option<io::Error>) {
    let mut filled = 0;
    while filled < bytes.len() {
        match reader.read(&mut bytes[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return (filled, Some(error)),
        }
    }
    (filled, None)
}

/// A read that failed, and the place where it failed.
#[derive(Debug)]
pub(crate) struct ReadError {
    pub(crate) offset: u64,
    pub(crate) source: io::Error,
}

impl Clone for ReadError {
    fn clone(&self) -> ReadError {
        let source = match (self.source.raw_os_error(), self.damage()) {
            (Some(code), _) => io::Error::from_raw_os_error(code),
            (None, Some(damage)) => io::Error::other(damage.clone()),
            (None, None) => io::Error::new(self.source.kind(), self.source.to_string()),
        };
        ReadError {
            offset: self.offset,
            source,
        }
    }
}

impl ReadError {
    /// Returns the error for a file that ended at `offset`, where it used to have bytes.
    pub(crate) fn early_end(offset: u64) -> ReadError {
        let source = io::ErrorKind::UnexpectedEof.into();
        ReadError { offset, source }
    }

    /// Returns the error as the user sees it. `path` is the name of the input.
    pub(crate) fn of(self, path: &Path) -> Error {
        if let Some(damage) = self.damage() {
            return Error::Decode {
                path: path.into(),
                damage: damage.clone(),
            };
        }
        Error::Read {
            path: path.into(),
            offset: self.offset,
            source: self.source,
        }
    }

    /// Returns what is wrong with compressed data, if the text of such data was read.
    pub(crate) fn damage(&self) -> Option<&Damage> {
        self.source.get_ref()?.downcast_ref()
    }

    /// Returns whether the file ended where it used to have bytes.
    pub(crate) fn is_early_end(&self) -> bool {
        self.source.kind() == io::ErrorKind::UnexpectedEof
    }
}

/// The borders of the chunks.
#[derive(Clone, Debug)]
pub(crate) struct Cut {
    /// Only the lines that begin in this range are searched.
    pub(crate) range: Range<u64>,
    /// Where the first line of the file begins. No range begins before it.
    pub(crate) text_start: u64,
    /// The length of the file. The last line may reach beyond `range`.
    pub(crate) length: u64,
    /// The length of a nominal range.
    pub(crate) chunk_bytes: u64,
    /// The cutter, which knows what a line or a record is.
    pub(crate) cutter: Cutter,
}

impl Cut {
    /// Returns how many chunks there are.
    pub(crate) fn count(&self) -> u64 {
        self.range
            .end
            .saturating_sub(self.range.start)
            .div_ceil(self.chunk_bytes)
    }

    /// Returns the range in which the lines of chunk `nth` start.
    pub(crate) fn nominal(&self, nth: u64) -> Range<u64> {
        let start = self.range.start + nth * self.chunk_bytes;
        start..(start + self.chunk_bytes).min(self.range.end)
    }

    /// Returns where the first line of a chunk may start in a window that begins one byte before
    /// `nominal`, or with the text. No boundary is before the first line of the text.
    pub(crate) fn first_of(&self, nominal: &Range<u64>) -> First {
        match nominal.start == self.text_start {
            true => First::At(usize::from(nominal.start > 0)),
            false => First::BehindBoundary,
        }
    }

    /// Returns the window of the text that has `bytes`, which begin at the offset `at`.
    pub(crate) fn window<'w>(&self, at: u64, bytes: &'w [u8]) -> TextWindow<'w> {
        TextWindow {
            bytes,
            is_end: at + to_u64(bytes.len()) == self.length,
        }
    }

    /// Cuts chunk `nth` out of the whole file in memory.
    pub(crate) fn slice<'s>(&self, nth: u64, file: &'s [u8]) -> Chunk<'s> {
        let nominal = self.nominal(nth);
        let before = to_usize(nominal.start.saturating_sub(1));
        let window = &file[before..];
        let border = to_usize(nominal.end) - before;
        let first = self.first_of(&nominal);
        let Some(start) = self.cutter.first(window, border, first) else {
            return Chunk::without_lines(nominal);
        };
        let known = TextWindow {
            bytes: window,
            is_end: true,
        };
        let end = match self.cutter.last(known, start, border, 0) {
            Last::Ends(end) | Last::IsCut(end) => end,
            Last::GoesOn { .. } => window.len(),
        };
        let bytes = &window[start..end];
        self.chunk(nominal, to_u64(before + start), Bytes::Slice(bytes))
    }

    /// Completes a chunk whose bytes have been found.
    pub(crate) fn chunk<'s>(&self, range: Range<u64>, offset: u64, bytes: Bytes<'s>) -> Chunk<'s> {
        let Cutter {
            unit,
            max_line_bytes,
            ..
        } = &self.cutter;
        let has_long_line = unit.has_long(&bytes, *max_line_bytes);
        let length = to_u64(bytes.len());
        let open_end = self.cutter.is_cut(&bytes) && offset + length < self.length;
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
    /// Returns a chunk in whose range no line starts.
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
