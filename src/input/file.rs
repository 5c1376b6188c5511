//! A file whose length is known: mapped, or read by position, or (in tests and for the tail of a stream) in memory.

use std::{
    fs::File,
    ops::Range,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use memchr::memchr;

use super::{
    chunk::{Bytes, Chunk, Cut},
    format::{Beginning, HEAD_BYTES},
};
use crate::{
    error::Error,
    line::{self, to_u64, to_usize},
    sys::{self, Change, FileInfo, PrivateMap, Stamp},
};

/// How much is read behind a chunk's border at once, in the hope that its last line ends there.
const TAIL_BYTES: u64 = 4 << 10;

/// How many of the last bytes are compared in the end: a line has a time or a number in it, mostly.
const TAIL_CHECKED_BYTES: usize = 256;

/// How much is read at once when looking for lines outside the chunk in hand.
const WINDOW_BYTES: usize = 64 << 10;

/// How much of a mapping is scanned before its pages are given back, and so how much of it is resident.
const RELEASE_BYTES: u64 = 32 << 20;

/// The bytes of a file and how one gets at them. Offsets count from `origin`.
#[derive(Debug)]
pub(crate) struct FileInput {
    pub(crate) store: Store,
    /// Where offset 0 lies in the file: where stdin stood, else 0.
    pub(crate) origin: u64,
    /// The length when it was opened; what is appended later is not searched.
    pub(crate) length: u64,
    /// What its first bytes say; [`FileInput::recognised`] has looked at them.
    pub(crate) beginning: Beginning,
    /// What the file was like when it was opened, if it is a regular file.
    stamp: Option<Stamp>,
    /// Its first and its last bytes as they were when it was opened.
    ends: Ends,
    /// How many bytes have been scanned.
    scanned: AtomicU64,
    /// The smallest length that was seen. All workers write and read it, Relaxed: a number and nothing more.
    shortest: AtomicU64,
    /// Where the first bytes lie that were read when the file was no longer as it was, so that they may be of what was
    /// written after it had been cut short. As `shortest`.
    unsure_from: AtomicU64,
}

/// The first and the last bytes of a file. A log that grows keeps them; one that is emptied and written anew does not,
/// though it may be as long as before, or longer. An end that cannot be read is not compared.
#[derive(Debug, Default)]
struct Ends {
    head: Option<Vec<u8>>,
    tail: Option<Vec<u8>>,
}

#[derive(Debug)]
pub(crate) enum Store {
    /// The descriptor is kept to ask for the length, and to read what the mapping lost: by its name one would get
    /// another file after a rotation.
    Mapped(PrivateMap, File),
    Read(File),
    Memory(Vec<u8>),
}

/// The buffers of one worker, used again and again.
#[derive(Debug, Default)]
pub(crate) struct Buffers {
    free: Vec<Vec<u8>>,
}

/// A buffer that grew beyond this for one long line is not kept.
const KEPT_BYTES: usize = 2 << 20;

/// How many free buffers a worker keeps: one for the chunk in hand, one for the chunk that waits for its turn.
const KEPT_BUFFERS: usize = 2;

impl Buffers {
    pub(crate) fn take(&mut self) -> Vec<u8> {
        self.free.pop().unwrap_or_default()
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

/// One chunk as it was read: around holes, it is several.
#[derive(Debug)]
pub(crate) struct Chunks<'s> {
    pub(crate) first: Chunk<'s>,
    /// Those behind holes.
    pub(crate) behind: Vec<Chunk<'s>>,
    /// What ended the reading behind them all.
    pub(crate) failure: Option<ReadError>,
}

impl<'s> From<Chunk<'s>> for Chunks<'s> {
    fn from(first: Chunk<'s>) -> Chunks<'s> {
        Chunks {
            first,
            behind: Vec::new(),
            failure: None,
        }
    }
}

/// A read that failed, and where.
#[derive(Debug)]
pub(crate) struct ReadError {
    pub(crate) offset: u64,
    pub(crate) source: std::io::Error,
}

impl Clone for ReadError {
    fn clone(&self) -> ReadError {
        let source = match self.source.raw_os_error() {
            Some(code) => std::io::Error::from_raw_os_error(code),
            None => std::io::Error::new(self.source.kind(), self.source.to_string()),
        };
        ReadError {
            offset: self.offset,
            source,
        }
    }
}

impl ReadError {
    /// The file ended at `offset`, where it used to have bytes.
    pub(crate) fn early_end(offset: u64) -> ReadError {
        let source = std::io::ErrorKind::UnexpectedEof.into();
        ReadError { offset, source }
    }

    /// The error as the user sees it; `path` is the input's name.
    pub(crate) fn of(self, path: &Path) -> Error {
        Error::Read {
            path: path.into(),
            offset: self.offset,
            source: self.source,
        }
    }

    /// Whether the file ended where it used to have bytes.
    pub(crate) fn is_early_end(&self) -> bool {
        self.source.kind() == std::io::ErrorKind::UnexpectedEof
    }
}

impl FileInput {
    pub(crate) fn new(store: Store, origin: u64, length: u64, stamp: Option<Stamp>) -> FileInput {
        FileInput {
            store,
            origin,
            length,
            beginning: Beginning::default(),
            stamp,
            ends: Ends::default(),
            scanned: AtomicU64::new(0),
            shortest: AtomicU64::new(length),
            unsure_from: AtomicU64::new(u64::MAX),
        }
    }

    /// The same, with what its first bytes say. One that cannot be read is taken for text: the search will say why.
    pub(crate) fn recognised(mut self) -> FileInput {
        self.ends = Ends {
            head: self.head().ok(),
            // In memory nobody writes.
            tail: self.stamp.and_then(|_| self.tail().ok()),
        };
        if let Some(head) = &self.ends.head {
            self.beginning = Beginning::of(head);
        }
        self
    }

    /// Whether the file still begins and ends, where it ended when it was opened, as it did then.
    pub(crate) fn has_same_ends(&self) -> bool {
        let is_same = |then: &Option<Vec<u8>>, now: std::io::Result<Vec<u8>>| match (then, now) {
            (Some(then), Ok(now)) => *then == now,
            _ => true,
        };
        self.stamp.is_none()
            || is_same(&self.ends.head, self.head()) && is_same(&self.ends.tail, self.tail())
    }

    /// Its first bytes, as many as tell what it is.
    pub(crate) fn head(&self) -> std::io::Result<Vec<u8>> {
        let mut head = vec![0; HEAD_BYTES.min(to_usize(self.length))];
        let read = self.read_at(&mut head, 0)?;
        head.truncate(read);
        Ok(head)
    }

    /// Its last bytes, as it ended when it was opened.
    fn tail(&self) -> std::io::Result<Vec<u8>> {
        let length = self.length.min(to_u64(TAIL_CHECKED_BYTES));
        let mut tail = vec![0; to_usize(length)];
        let read = self.read_at(&mut tail, self.length - length)?;
        tail.truncate(read);
        Ok(tail)
    }

    /// Where the text begins.
    pub(crate) fn text_start(&self) -> u64 {
        to_u64(self.beginning.text)
    }

    /// Chunk `nth` as it lies in memory, if it does: in a mapping that has lost nothing so far, for instance.
    pub(crate) fn chunk_in_memory(&self, cut: &Cut, nth: u64) -> Option<Chunk<'_>> {
        match &self.store {
            Store::Mapped(map, _) if map.lost_from().is_none() => Some(cut.slice(nth, map.bytes())),
            Store::Memory(bytes) => Some(cut.slice(nth, bytes)),
            Store::Mapped(..) | Store::Read(_) => None,
        }
    }

    pub(crate) fn is_mapped(&self) -> bool {
        matches!(self.store, Store::Mapped(..))
    }

    /// Whether everything that was read of the mapping so far, up to `end`, is what the file held: no fault was taken
    /// before `end`, and the file is at least that long. The zeros between the file's end and the end of its last page
    /// raise no fault, and a fault tells nothing of what lies before it.
    pub(crate) fn is_intact(&self, end: u64) -> bool {
        match &self.store {
            Store::Mapped(..) => {
                self.lost_from().is_none_or(|lost| lost >= end) && self.length_now() >= end
            }
            Store::Read(_) | Store::Memory(_) => true,
        }
    }

    /// From where on a mapping has lost bytes, by the faults it took.
    fn lost_from(&self) -> Option<u64> {
        match &self.store {
            Store::Mapped(map, _) => map.lost_from().map(to_u64),
            Store::Read(_) | Store::Memory(_) => None,
        }
    }

    /// Reads chunk `nth`, around what cannot be read.
    ///
    /// If it was in a mapping that took a fault there, the file has changed, and reading finds everything in its place,
    /// the file was cut and has grown again: what stands there now is not what was opened, so the chunk is lost.
    pub(crate) fn read_chunks(&self, cut: &Cut, nth: u64, buffers: &mut Buffers) -> Chunks<'_> {
        let mut chunks = match self.read_chunk(cut, nth, buffers) {
            Ok(chunk) => Chunks::from(chunk),
            Err(_) => self.read_around_holes(cut, nth),
        };
        let first = &mut chunks.first;
        let is_whole = first.hole_before.is_none() && first.shrank_to.is_none();
        if is_whole
            && chunks.behind.is_empty()
            && chunks.failure.is_none()
            && let Some(lost) = self.lost_from()
        {
            let nominal = cut.nominal(nth);
            let behind = first.end().max(nominal.end);
            let is_here = lost < behind && lost + to_u64(sys::page_bytes()) >= nominal.start;
            // Without a change it was another fault: no memory for a page of a sparse file on tmpfs, for instance.
            if is_here && self.change() != Change::None {
                *first = Chunk::without_lines(nominal);
                first.shrank_to = Some(lost);
            }
        }
        chunks
    }

    fn read_chunk(
        &self,
        cut: &Cut,
        nth: u64,
        buffers: &mut Buffers,
    ) -> Result<Chunk<'static>, ReadError> {
        let nominal = cut.nominal(nth);
        let before = nominal.start.saturating_sub(1);
        let mut window = Window {
            offset: before,
            buffer: buffers.take(),
            filled: 0,
        };
        let wanted = (nominal.end + TAIL_BYTES).min(cut.length);
        let mut whole = window.fill_to(self, wanted)?;
        let border = to_usize(nominal.end - before).min(window.filled);
        let shrank_to =
            |whole: bool, window: &Window| (!whole).then(|| window.offset + to_u64(window.filled));
        let Some(start) = cut
            .first_start(&nominal, &window.buffer[..border])
            .filter(|&s| s < window.filled)
        else {
            let mut chunk = Chunk::without_lines(nominal);
            chunk.shrank_to = shrank_to(whole, &window);
            buffers.keep(window.buffer);
            return Ok(chunk);
        };
        let last_start = line::line_start(&window.buffer, start, border - 1);
        let limit = cut.line_limit(before + to_u64(last_start));
        let mut end = border;
        let mut is_capped = false;
        if window.buffer[border - 1] != b'\n' {
            end = border.min(to_usize(limit - before));
            loop {
                let filled = window.filled.min(to_usize(limit - before));
                if let Some(newline) = memchr(b'\n', &window.buffer[end..filled]) {
                    end += newline + 1;
                    break;
                }
                end = filled;
                let known = before + to_u64(filled);
                is_capped = known == limit;
                if is_capped || !whole {
                    break;
                }
                // Twice as much each time, so that a long line costs a few reads and not many.
                let more = (known - before - to_u64(last_start)).max(TAIL_BYTES);
                whole = window.fill_to(self, (known + more).min(limit))?;
            }
        }
        if !whole && !is_capped && window.buffer[end - 1] != b'\n' {
            // The end of that line is lost, so the line is.
            end = line::line_start(&window.buffer, start, end);
        }
        let offset = before + to_u64(start);
        let shrank_to = shrank_to(whole, &window);
        let bytes = Bytes::Buffer(Arc::new(window.buffer), start..end);
        let mut chunk = cut.chunk(nominal, offset, bytes);
        chunk.shrank_to = shrank_to;
        chunk.open_end &= whole;
        Ok(chunk)
    }

    /// The length as it is now, which another process may have changed.
    pub(crate) fn length_now(&self) -> u64 {
        match (&self.store, self.stamp) {
            (Store::Mapped(_, file) | Store::Read(file), Some(_)) => {
                let length = FileInfo::of(file).map_or(0, |info| info.length());
                let length = length.saturating_sub(self.origin);
                self.shortest.fetch_min(length, Ordering::Relaxed);
                length
            }
            _ => self.length,
        }
    }

    /// Looks whether the file is still as it was when it was opened, when bytes from `from` on have been read. If it is not,
    /// nobody knows whether they are of before the change: a file that was emptied and has grown again gives other bytes,
    /// and may be longer than before.
    pub(crate) fn check_unchanged(&self, from: u64) {
        if self.change() != Change::None {
            self.unsure_from.fetch_min(from, Ordering::Relaxed);
        }
    }

    /// Up to where everything that was read is known to be of the file that was opened, if that has been cut short.
    pub(crate) fn sure_to(&self) -> u64 {
        let unsure_from = self.unsure_from.load(Ordering::Relaxed);
        unsure_from.min(self.shortest.load(Ordering::Relaxed))
    }

    /// What has become of the file since it was opened.
    pub(crate) fn change(&self) -> Change {
        match (&self.store, self.stamp) {
            (Store::Mapped(_, file) | Store::Read(file), Some(then)) => {
                FileInfo::of(file).map_or(Change::None, |now| then.change(&now.stamp()))
            }
            _ => Change::None,
        }
    }

    /// Whether an early end is no loss, because the length never meant anything, as in /sys.
    pub(crate) fn may_end_early(&self) -> bool {
        self.stamp.is_some_and(|stamp| stamp.is_nominal()) && self.change() == Change::None
    }

    /// Notes that `range` has been scanned, and gives back the pages of a mapping now and then.
    ///
    /// Everything around `range` goes at once, also what others are scanning: they take a page fault more. Chunk by
    /// chunk would cost an interrupt on every core for each, and would miss pages: to see whether a line starts at its
    /// border, a chunk looks at the last byte of the one before, and with huge pages maps 2 MiB of it again.
    pub(crate) fn scanned(&self, range: Range<u64>) {
        let Store::Mapped(map, _) = &self.store else {
            return;
        };
        let length = range.end - range.start;
        // Relaxed: a counter and nothing more; whoever crosses the border acts.
        let before = self.scanned.fetch_add(length, Ordering::Relaxed);
        if before / RELEASE_BYTES != (before + length) / RELEASE_BYTES {
            let start = range.start.saturating_sub(2 * RELEASE_BYTES);
            let end = range.end.saturating_add(2 * RELEASE_BYTES).min(self.length);
            map.release(to_usize(start)..to_usize(end));
        }
    }

    /// Reads up to `most` bytes from `offset` and hands them to `look`; fewer only at the end of the file. A mapping is
    /// not looked at: what it lost could not be told from zeros.
    pub(crate) fn window<T>(
        &self,
        offset: u64,
        most: usize,
        buffer: &mut Vec<u8>,
        look: impl FnOnce(&[u8]) -> T,
    ) -> Result<T, ReadError> {
        let most = to_u64(most).min(self.length.saturating_sub(offset));
        if let Store::Memory(bytes) = &self.store {
            return Ok(look(&bytes[to_usize(offset)..to_usize(offset + most)]));
        }
        let mut window = Window {
            offset,
            buffer: std::mem::take(buffer),
            filled: 0,
        };
        let got = match window.fill_to(self, offset + most) {
            Ok(true) => Ok(look(&window.buffer[..window.filled])),
            Ok(false) => Err(ReadError::early_end(offset + to_u64(window.filled))),
            Err(error) => Err(error),
        };
        *buffer = window.buffer;
        got
    }

    /// Where the line starts that is `wanted` lines before the one at `from`, not before `floor`, and how many lines
    /// that is. Both are line starts. At a page that cannot be read the lines end.
    pub(crate) fn lines_back(
        &self,
        from: u64,
        wanted: u64,
        floor: u64,
    ) -> Result<(u64, u64), ReadError> {
        let mut buffer = Vec::new();
        let mut lines = 0;
        // The start of the last line that was passed, and how far the bytes have been looked at.
        let mut start = from;
        let mut looked_to = from;
        let mut is_near_gap = false;
        while lines < wanted && start > floor {
            if looked_to == floor {
                return Ok((floor, lines + 1));
            }
            let page_start = self.page_start(looked_to - 1).max(floor);
            let window_start = match is_near_gap {
                true => page_start,
                false => looked_to.saturating_sub(to_u64(WINDOW_BYTES)).max(floor),
            };
            let length = to_usize(looked_to - window_start);
            let seen = self.window(window_start, length, &mut buffer, |bytes| {
                for newline in memchr::memrchr_iter(b'\n', bytes) {
                    let behind = window_start + to_u64(newline) + 1;
                    // The LF directly before `from` only ends the line before it.
                    if behind < from {
                        start = behind;
                        lines += 1;
                        if lines == wanted {
                            return;
                        }
                    }
                }
            });
            match seen {
                Err(error) if sys::is_bad_spot(&error.source) && is_near_gap => break,
                Err(error) if sys::is_bad_spot(&error.source) => {
                    is_near_gap = true;
                    continue;
                }
                seen => seen?,
            }
            looked_to = window_start;
        }
        Ok((start, lines))
    }

    /// Copies whole lines from the beginning of `range` into `buffer`, as many as fit a window; a line longer than the
    /// cap with two bytes more than the cap. Returns how many bytes these are and where the next line starts.
    pub(crate) fn whole_lines(
        &self,
        range: Range<u64>,
        max_line_bytes: usize,
        buffer: &mut Vec<u8>,
    ) -> Result<(usize, u64), ReadError> {
        let mut most = WINDOW_BYTES;
        loop {
            let wanted = to_usize(to_u64(most).min(range.end - range.start));
            let mut scratch = Vec::new();
            self.window(range.start, wanted, &mut scratch, |bytes| {
                buffer.clear();
                buffer.extend_from_slice(bytes);
            })?;
            if let Some(newline) = memchr::memrchr(b'\n', buffer) {
                return Ok((newline + 1, range.start + to_u64(newline) + 1));
            }
            let limit = max_line_bytes.saturating_add(2);
            if buffer.len() >= limit {
                let next = self.behind_newline(range.start + to_u64(buffer.len())..range.end)?;
                return Ok((limit, next));
            }
            if buffer.len() < most {
                return Ok((buffer.len(), range.end));
            }
            most = (most * 2).min(limit);
        }
    }

    /// The first line start at or behind `offset`.
    pub(crate) fn line_start_from(&self, offset: u64) -> Result<u64, ReadError> {
        match offset <= self.text_start() {
            true => Ok(self.text_start()),
            false => self.behind_newline(offset - 1..self.length),
        }
    }

    /// The offset behind the first LF in `range`, or its end.
    fn behind_newline(&self, range: Range<u64>) -> Result<u64, ReadError> {
        let mut buffer = Vec::new();
        let mut at = range.start;
        while at < range.end {
            let most = to_usize(to_u64(WINDOW_BYTES).min(range.end - at));
            let newline = self.window(at, most, &mut buffer, |bytes| memchr(b'\n', bytes))?;
            match newline {
                Some(newline) => return Ok(at + to_u64(newline) + 1),
                None => at += to_u64(most),
            }
        }
        Ok(range.end)
    }

    pub(super) fn read_at(&self, buffer: &mut [u8], offset: u64) -> std::io::Result<usize> {
        match &self.store {
            Store::Mapped(_, file) | Store::Read(file) => {
                sys::read_at(file, buffer, self.origin + offset)
            }
            Store::Memory(bytes) => {
                let start = to_usize(offset).min(bytes.len());
                let n = buffer.len().min(bytes.len() - start);
                buffer[..n].copy_from_slice(&bytes[start..start + n]);
                Ok(n)
            }
        }
    }
}

/// A part of a file that is being read into one buffer. The buffer may be longer than what is valid in it, so that it
/// is not cleared for every chunk.
struct Window {
    offset: u64,
    buffer: Vec<u8>,
    filled: usize,
}

impl Window {
    /// Reads on up to file offset `end`; false if the file ends before.
    fn fill_to(&mut self, file: &FileInput, end: u64) -> Result<bool, ReadError> {
        let wanted = to_usize(end - self.offset);
        if self.buffer.len() < wanted {
            self.buffer.resize(wanted, 0);
        }
        if self.filled < wanted {
            let offset = self.offset + to_u64(self.filled);
            let read = file
                .read_at(&mut self.buffer[self.filled..wanted], offset)
                .map_err(|source| ReadError { offset, source })?;
            self.filled += read;
        }
        Ok(self.filled == wanted)
    }
}
