//! A file whose length is known. It is mapped or read by position. In tests, and for the tail of a
//! stream, it is in memory.

use std::{
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use super::{
    chunk::{Buffers, Bytes, Chunk, Cut, Loaded, ReadError},
    format::{Beginning, HEAD_BYTES},
    store::Store,
};
use crate::{
    error::Note,
    line::{Boundary, Cutter, Last, TextUnit, to_u64, to_usize},
    sys::{self, FileChange, FileInfo, Stamp},
};

/// How many bytes behind a chunk's border are read at once. The chunk's last line is likely to end
/// there.
const TAIL_BYTES: usize = 4 << 10;

/// How many of the last bytes are compared in the end. A line has a time or a number in it mostly,
/// so few bytes tell two logs apart.
const TAIL_CHECKED_BYTES: usize = 256;

/// How many bytes are read at once to look for lines outside the chunk in hand.
const WINDOW_BYTES: usize = 64 << 10;

/// How many bytes of a mapping are scanned before its pages are given back. About as many are
/// resident.
const RELEASE_BYTES: u64 = 32 << 20;

/// The bytes of a file and the way to them. Offsets count from `origin`.
#[derive(Debug)]
pub(crate) struct FileInput {
    pub(crate) store: Store,
    /// Where offset 0 lies in the file: where the standard input stood, else 0.
    pub(crate) origin: u64,
    /// The length when the file was opened. Bytes that are appended later are not searched.
    pub(crate) length: u64,
    /// What the first bytes say. [`FileInput::recognised`] has looked at them.
    pub(crate) beginning: Beginning,
    /// What the file was like when it was opened, if it is a regular file.
    stamp: Option<Stamp>,
    /// The first and the last bytes as they were when the file was opened.
    ends: FileEnds,
    /// How many bytes have been scanned.
    scanned: AtomicU64,
    /// The smallest length that was seen. All workers write and read it, `Relaxed`: it is a number
    /// and guards nothing else.
    shortest: AtomicU64,
    /// The lowest offset of bytes that were read when the file was no longer as it was. These bytes
    /// may have been written after the file had been cut short. All workers write and read it,
    /// `Relaxed`, as they do `shortest`.
    unsure_from: AtomicU64,
}

/// The first and the last bytes of a file. A log that grows keeps them. A log that is emptied and
/// written anew does not keep them, though it may become as long as before, or longer. An end that
/// cannot be read is not compared.
#[derive(Debug, Default)]
struct FileEnds {
    head: Option<Vec<u8>>,
    tail: Option<Vec<u8>>,
}

impl FileInput {
    pub(crate) fn new(store: Store, origin: u64, length: u64, stamp: Option<Stamp>) -> FileInput {
        FileInput {
            store,
            origin,
            length,
            beginning: Beginning::default(),
            stamp,
            ends: FileEnds::default(),
            scanned: AtomicU64::new(0),
            shortest: AtomicU64::new(length),
            unsure_from: AtomicU64::new(u64::MAX),
        }
    }

    /// Returns the file with what its first bytes say. A file that cannot be read is taken for
    /// text, and the search will say why it cannot be read.
    pub(crate) fn recognised(mut self) -> FileInput {
        self.ends = FileEnds {
            head: self.head().ok(),
            // Nobody writes to bytes in memory.
            tail: self.stamp.and_then(|_| self.tail().ok()),
        };
        if let Some(head) = &self.ends.head {
            self.beginning = Beginning::of(head);
        }
        self
    }

    /// Returns whether the file still has the same first bytes, and the same bytes before the place
    /// where it ended when it was opened.
    pub(crate) fn has_same_ends(&self) -> bool {
        let is_same = |then: &Option<Vec<u8>>, now: std::io::Result<Vec<u8>>| match (then, now) {
            (Some(then), Ok(now)) => *then == now,
            _ => true,
        };
        self.stamp.is_none()
            || is_same(&self.ends.head, self.head()) && is_same(&self.ends.tail, self.tail())
    }

    /// Returns the time of the last change to the bytes, as it was when the file was opened, in
    /// nanoseconds since 1970.
    pub(super) fn modified_ns(&self) -> Option<u64> {
        self.stamp.map(|stamp| stamp.modified_ns())
    }

    /// Returns the first bytes, as many as tell what the file is.
    pub(crate) fn head(&self) -> std::io::Result<Vec<u8>> {
        let mut head = vec![0; HEAD_BYTES.min(to_usize(self.length))];
        let read = self.read_at(&mut head, 0)?;
        head.truncate(read);
        Ok(head)
    }

    /// Returns the last bytes before the place where the file ended when it was opened.
    fn tail(&self) -> std::io::Result<Vec<u8>> {
        let length = self.length.min(to_u64(TAIL_CHECKED_BYTES));
        let mut tail = vec![0; to_usize(length)];
        let read = self.read_at(&mut tail, self.length - length)?;
        tail.truncate(read);
        Ok(tail)
    }

    /// Returns where the text begins.
    pub(crate) fn text_start(&self) -> u64 {
        to_u64(self.beginning.text)
    }

    /// Returns chunk `nth` where it lies in memory, if it does. A mapping that has lost nothing so
    /// far is an example.
    pub(crate) fn chunk_in_memory(&self, cut: &Cut, nth: u64) -> Option<Chunk<'_>> {
        self.store
            .bytes_in_memory()
            .map(|bytes| cut.slice(nth, bytes))
    }

    pub(crate) fn is_mapped(&self) -> bool {
        self.store.is_mapped()
    }

    /// Returns whether everything that was read of the mapping so far, up to `end`, is what the
    /// file held. That is so if no fault was taken before `end`, and if the file is at least that
    /// long. The length has to be checked too: the zeros between the file's end and the end of its
    /// last page raise no fault. A fault tells nothing about the bytes before it.
    pub(crate) fn is_intact(&self, end: u64) -> bool {
        !self.store.is_mapped()
            || self.store.lost_from().is_none_or(|lost| lost >= end) && self.length_now() >= end
    }

    /// Reads chunk `nth`, around the bytes that cannot be read.
    ///
    /// The chunk is lost if three things come together: it was in a mapping that took a fault
    /// there, the file has changed, and reading finds everything in its place. Then the file was
    /// cut and has grown again, and its bytes are not those of the file that was opened.
    pub(crate) fn read_chunks(&self, cut: &Cut, nth: u64, buffers: &mut Buffers) -> Loaded<'_> {
        let mut chunks = match self.read_chunk(cut, nth, buffers) {
            Ok(chunk) => Loaded::from(chunk),
            Err(_) => self.read_around_holes(cut, nth),
        };
        let first = &mut chunks.first;
        let is_whole = first.hole_before.is_none() && first.shrank_to.is_none();
        if is_whole
            && chunks.behind.is_empty()
            && chunks.failure.is_none()
            && let Some(lost) = self.store.lost_from()
        {
            let nominal = cut.nominal(nth);
            let behind = first.end().max(nominal.end);
            let is_here = lost < behind && lost + to_u64(sys::page_bytes()) >= nominal.start;
            // If the file has not changed, the fault had another reason. There may have been no
            // memory for a page of a sparse file on tmpfs, for instance.
            if is_here && self.change() != FileChange::None {
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
        let wanted = (nominal.end + to_u64(TAIL_BYTES)).min(cut.length);
        let mut whole = window.fill_to(self, wanted)?;
        let border = to_usize(nominal.end - before).min(window.filled);
        let shrank_to =
            |whole: bool, window: &Window| (!whole).then(|| window.offset + to_u64(window.filled));
        let cutter = &cut.cutter;
        let first = cut.first_of(&nominal);
        let Some(start) = cutter.first(&window.buffer[..window.filled], border, first) else {
            let mut chunk = Chunk::without_lines(nominal);
            chunk.shrank_to = shrank_to(whole, &window);
            buffers.keep(window.buffer);
            return Ok(chunk);
        };
        let mut seen = 0;
        let end = loop {
            let known = cut.window(before, &window.buffer[..window.filled]);
            let (last_start, limit) = match cutter.last(known, start, border, seen) {
                Last::Ends(end) | Last::IsCut(end) => break end,
                // The end of that line is lost, so the line is lost.
                Last::GoesOn { start, .. } if !whole => break start,
                Last::GoesOn { .. } if known.is_end => break window.filled,
                Last::GoesOn { start, limit } => (start, limit),
            };
            seen = window.filled;
            // The known part of the line doubles each time, so that a long line costs a few reads
            // and not many.
            let more = (window.filled - last_start).max(TAIL_BYTES);
            let wanted = window.filled.saturating_add(more).min(limit);
            whole = window.fill_to(self, (before + to_u64(wanted)).min(cut.length))?;
        };
        let offset = before + to_u64(start);
        let shrank_to = shrank_to(whole, &window);
        let bytes = Bytes::Buffer(Arc::new(window.buffer), start..end);
        let mut chunk = cut.chunk(nominal, offset, bytes);
        chunk.shrank_to = shrank_to;
        chunk.open_end &= whole;
        Ok(chunk)
    }

    /// Returns the length as it is now, which another process may have changed. If the system does
    /// not tell it, the length is the one that was seen last.
    pub(crate) fn length_now(&self) -> u64 {
        match (self.store.file(), self.stamp) {
            (Some(file), Some(_)) => {
                let Ok(info) = FileInfo::of(file) else {
                    return self.shortest.load(Ordering::Relaxed);
                };
                let length = info.length().saturating_sub(self.origin);
                self.shortest.fetch_min(length, Ordering::Relaxed);
                length
            }
            _ => self.length,
        }
    }

    /// Checks whether the file is still as it was when it was opened, after bytes from `from` on
    /// have been read. If it has changed, nobody knows whether these bytes are from before the
    /// change. A file that was emptied and has grown again gives other bytes, and may be longer
    /// than before.
    pub(crate) fn check_unchanged(&self, from: u64) {
        if self.change() != FileChange::None {
            self.unsure_from.fetch_min(from, Ordering::Relaxed);
        }
    }

    /// Returns the offset before which everything that was read is known to be from the file that
    /// was opened, if the file has been cut short.
    pub(crate) fn sure_to(&self) -> u64 {
        let unsure_from = self.unsure_from.load(Ordering::Relaxed);
        unsure_from.min(self.shortest.load(Ordering::Relaxed))
    }

    /// Returns what has become of the file since it was opened.
    pub(crate) fn change(&self) -> FileChange {
        match (self.store.file(), self.stamp) {
            (Some(file), Some(then)) => {
                FileInfo::of(file).map_or(FileChange::None, |now| then.change(&now.stamp()))
            }
            _ => FileChange::None,
        }
    }

    /// Returns a note on what another process did to the file since it was opened. `shrank_to` is
    /// where the file was seen to end, if that was too early. `searched_to` is how far it was
    /// searched.
    pub(super) fn change_note(&self, shrank_to: Option<u64>, searched_to: u64) -> Option<Note> {
        let change = self.change();
        let shrank = |to: u64| {
            let to = to.min(self.length_now());
            Some(Note::Shrank {
                from: self.length,
                to,
                complete_to: searched_to.min(self.sure_to()).min(to),
                searched_to,
            })
        };
        match (shrank_to, change) {
            (Some(_), FileChange::None) if self.may_end_early() => None,
            (Some(to), _) => shrank(to),
            (None, FileChange::Written) => Some(Note::Rewritten),
            // Everything that was searched was there at that moment. What has been written in
            // between is not known.
            (None, FileChange::Shorter) => shrank(self.length),
            // The file is longer, or seems to be as it was, because the clock of file times is
            // coarse.
            (None, _) if !self.has_same_ends() => Some(Note::Rewritten),
            (None, FileChange::Attributes) => Some(Note::Renamed),
            (None, FileChange::None | FileChange::Longer) => None,
        }
    }

    /// Returns a note on what another process did to the file while text was decoded from it. If
    /// the file ends early, the decoder has said so.
    pub(super) fn change_note_of_text(&self) -> Option<Note> {
        match self.change() {
            FileChange::Written | FileChange::Shorter => Some(Note::Rewritten),
            _ if !self.has_same_ends() => Some(Note::Rewritten),
            FileChange::Attributes => Some(Note::Renamed),
            FileChange::None | FileChange::Longer => None,
        }
    }

    /// Returns whether an early end is no loss, because the length never meant anything. Files in
    /// /sys are like that.
    pub(crate) fn may_end_early(&self) -> bool {
        self.stamp.is_some_and(|stamp| stamp.is_nominal()) && self.change() == FileChange::None
    }

    /// Counts `range` as scanned, and gives back the pages of a mapping now and then.
    ///
    /// Everything around `range` is given back at once, also what other workers are scanning. They
    /// take one more page fault. To give pages back chunk by chunk would cost an interrupt on every
    /// core for each chunk, and would miss pages: a chunk looks at the last byte of the one before
    /// to see whether a line starts at its border, and with huge pages that maps 2 MiB of it again.
    pub(crate) fn scanned(&self, range: Range<u64>) {
        if !self.store.is_mapped() {
            return;
        }
        let length = range.end - range.start;
        // This is `Relaxed` because it is a counter and guards nothing else. The worker that
        // crosses the border acts.
        let before = self.scanned.fetch_add(length, Ordering::Relaxed);
        if before / RELEASE_BYTES != (before + length) / RELEASE_BYTES {
            let start = range.start.saturating_sub(2 * RELEASE_BYTES);
            let end = range.end.saturating_add(2 * RELEASE_BYTES).min(self.length);
            self.store.release(start..end);
        }
    }

    /// Reads up to `most` bytes from `offset` and hands them to `look`. Fewer bytes are read only
    /// at the end of the file. A mapping is not looked at, because bytes that it lost could not be
    /// told from zeros.
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

    /// Returns the start of the line or record that is `wanted` of them before the one at `from`,
    /// but not before `floor`. Also returns how many of them lie between. `floor` and `from` are
    /// starts too. The way back ends at a page that cannot be read.
    pub(crate) fn units_back(
        &self,
        unit: &TextUnit,
        range: Range<u64>,
        wanted: u64,
    ) -> Result<(u64, u64), ReadError> {
        let Range {
            start: floor,
            end: from,
        } = range;
        let mut buffer = Vec::new();
        let mut units = 0;
        // `start` is the start of the last unit that was passed. The bytes from `looked_to` on have
        // been looked at.
        let mut start = from;
        let mut looked_to = from;
        let mut is_near_gap = false;
        while units < wanted && start > floor {
            if looked_to == floor {
                return Ok((floor, units + 1));
            }
            let page_start = self.page_start(looked_to - 1).max(floor);
            let window_start = match is_near_gap {
                true => page_start,
                false => looked_to.saturating_sub(to_u64(WINDOW_BYTES)).max(floor),
            };
            let length = to_usize(looked_to - window_start);
            // The last line may begin a record, and the bytes that tell so lie behind.
            let most = to_usize((looked_to + to_u64(unit.head_bytes())).min(from) - window_start);
            let seen = self.window(window_start, most, &mut buffer, |all| {
                let mut bytes = &all[..length.min(all.len())];
                while let Some(at) = Boundary::LF.behind_last(bytes) {
                    bytes = &bytes[..at - 1];
                    let behind = window_start + to_u64(at);
                    // The LF directly before `from` only ends the line before it.
                    if behind < from && unit.begins_at(all, at) {
                        start = behind;
                        units += 1;
                        if units == wanted {
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
        Ok((start, units))
    }

    /// Copies whole lines or records from the beginning of `range` into `buffer`, as many as fit a
    /// window. One that is longer than the cap is copied with a few bytes more than the cap.
    /// Returns how many bytes these are and where the next one starts.
    pub(crate) fn whole_units(
        &self,
        range: Range<u64>,
        cutter: &Cutter,
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
            let is_all = to_u64(buffer.len()) == range.end - range.start;
            if is_all && !cutter.unit.is_line() {
                return Ok((buffer.len(), range.end));
            }
            if let Some(behind) = cutter.unit.behind_last_whole(buffer, 0) {
                return Ok((behind, range.start + to_u64(behind)));
            }
            let limit = cutter.kept_bytes();
            if buffer.len() >= limit {
                let rest = range.start + to_u64(buffer.len())..range.end;
                return Ok((limit, self.behind_boundary(rest, &cutter.unit)?));
            }
            if buffer.len() < most {
                return Ok((buffer.len(), range.end));
            }
            most = (most * 2).min(limit);
        }
    }

    /// Returns the first start of a line or a record at or behind `offset`.
    pub(crate) fn unit_start_from(&self, offset: u64, unit: &TextUnit) -> Result<u64, ReadError> {
        match offset <= self.text_start() {
            true => Ok(self.text_start()),
            false => self.behind_boundary(offset - 1..self.length, unit),
        }
    }

    /// Returns the first start of a line or a record behind the first LF in `range`, or the end of
    /// `range`.
    fn behind_boundary(&self, range: Range<u64>, unit: &TextUnit) -> Result<u64, ReadError> {
        let mut line = self.behind_newline(range.clone())?;
        let mut buffer = Vec::new();
        while line < range.end {
            let most = to_usize(to_u64(unit.head_bytes()).min(range.end - line));
            if self.window(line, most, &mut buffer, |bytes| unit.begins_at(bytes, 0))? {
                break;
            }
            line = self.behind_newline(line..range.end)?;
        }
        Ok(line)
    }

    /// Returns the offset behind the first LF in `range`, or the end of `range`.
    fn behind_newline(&self, range: Range<u64>) -> Result<u64, ReadError> {
        let mut buffer = Vec::new();
        let mut at = range.start;
        while at < range.end {
            let most = to_usize(to_u64(WINDOW_BYTES).min(range.end - at));
            let behind = self.window(at, most, &mut buffer, |bytes| {
                Boundary::LF.behind_first(bytes)
            })?;
            match behind {
                Some(behind) => return Ok(at + to_u64(behind)),
                None => at += to_u64(most),
            }
        }
        Ok(range.end)
    }

    /// Fills `buffer` from `offset`. It is filled in part only where the file ends.
    ///
    /// Bytes that lie behind the end of the file after the read are not believed. While a file is
    /// cut, a read may give zeros that the file never held (seen on FUSE, Linux 6.18).
    pub(super) fn read_at(&self, buffer: &mut [u8], offset: u64) -> std::io::Result<usize> {
        let read = self.store.read_at(buffer, self.origin, offset)?;
        if self.stamp.is_none() {
            return Ok(read);
        }
        let there = self.length_now().saturating_sub(offset);
        Ok(to_usize(to_u64(read).min(there)))
    }
}

/// A part of a file that is being read into one buffer. The buffer may be longer than its valid
/// part, so that it need not be cleared for every chunk.
struct Window {
    offset: u64,
    buffer: Vec<u8>,
    filled: usize,
}

impl Window {
    /// Reads on up to the file offset `end`. Returns false if the file ends before that.
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
