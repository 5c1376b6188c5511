//! Input that can only be read once, from front to back: pipes, FIFOs, terminals, /proc.
//!
//! ```text
//! StreamFeed --read--> buffer   a a a LF b b LF c c c . . . . .
//!                               '------------'  '---' '------- room for the next read
//!                               complete lines:  a line that has begun waits for its end
//!                               the next chunk
//! ```
//! 1. The worker that claims a chunk reads it: whole lines, as many as there are when the input
//!    runs dry or the chunk is full.
//! 2. A complete line is never held back to fill a chunk. So a hit in a slow pipe is seen as soon
//!    as its line has ended.
//! 3. The lines of a chunk are not copied: the chunk takes the buffer, and only the bytes behind
//!    them are moved to another buffer.
//! 4. A line longer than the cap is handed over as its first bytes. The rest is passed over up to
//!    the next line. So memory does not grow with the length of a line.
//! 5. Decoded text of a compressed file ([`StreamFeed::Ahead`]) is handed over where it was
//!    decoded. Only the beginning of its first line is put before it.

use std::{
    fs::File,
    io::{self, Read},
    ops::Range,
    sync::Arc,
};

use super::{
    chunk::{Buffers, Bytes, Chunk, ReadError},
    decode::{DecodeAhead, DecodeJob, Decoder, Encoded, ROOM_BYTES, Ready, TextPiece},
    format::{Beginning, Format},
    transform::TextTransform,
};
use crate::{
    line::{self, Boundary, Cutter, TextUnit, to_u64, to_usize},
    sys::{self, Stop},
};

/// How many bytes one read asks for at least.
const READ_BYTES: usize = 64 << 10;

/// This many lines are enough to learn what the lines of a log are like.
pub(super) const SAMPLE_LINES: u64 = 200;

/// How often compressed data may be compressed once more.
const NESTED_MAX: usize = 3;

/// Where the bytes of a stream come from.
pub(crate) enum StreamFeed {
    /// Something with a descriptor, which can be asked whether more is waiting.
    File(File),
    /// Any reader. Each read is handed over as it comes.
    Reader(Box<dyn Read + Send>),
    /// The text of a compressed file, decoded by several workers.
    Ahead(Box<DecodeAhead>),
}

impl std::fmt::Debug for StreamFeed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            StreamFeed::File(_) => "File",
            StreamFeed::Reader(_) => "Reader",
            StreamFeed::Ahead(_) => "Ahead",
        })
    }
}

impl StreamFeed {
    /// Waits for bytes and reads them. Returns `None` if a stop is asked for before they come.
    fn read(&mut self, buffer: &mut [u8], stop: Option<&Stop>) -> io::Result<Option<usize>> {
        loop {
            if stop.is_some_and(Stop::is_requested) {
                return Ok(None);
            }
            let read = match self {
                StreamFeed::File(file) => match sys::read_unless_stopped(file, buffer, stop) {
                    Ok(None) => return Ok(None),
                    Ok(Some(count)) => Ok(count),
                    Err(error) => Err(error),
                },
                StreamFeed::Reader(reader) => reader.read(buffer),
                StreamFeed::Ahead(ahead) => ahead.read(buffer),
            };
            match (read, &self) {
                (Err(_), _) if stop.is_some_and(Stop::is_requested) => return Ok(None),
                (Err(error), _) if error.kind() == io::ErrorKind::Interrupted => {}
                // Another reader of the same pipe was faster.
                (Err(error), StreamFeed::File(_)) if error.kind() == io::ErrorKind::WouldBlock => {}
                (read, _) => return read.map(Some),
            }
        }
    }

    /// Turns the feed into a reader of all its bytes, from front to back. There a stop is an error,
    /// of which its caller knows.
    fn into_reader(self, stop: Option<&Stop>) -> Box<dyn Read + Send> {
        match self {
            StreamFeed::File(file) => Box::new(WaitingReader {
                file,
                stop: stop.cloned(),
            }),
            StreamFeed::Reader(reader) => reader,
            StreamFeed::Ahead(ahead) => ahead,
        }
    }

    /// Returns whether a read would return at once, as far as that can be asked.
    fn is_ready(&mut self) -> Option<bool> {
        match self {
            StreamFeed::File(file) => Some(sys::input_ready(file)),
            StreamFeed::Reader(_) => None,
            StreamFeed::Ahead(ahead) => Some(ahead.ready() != Ready::More(0)),
        }
    }
}

/// A reader of a file that may have to wait for bytes.
struct WaitingReader {
    file: File,
    stop: Option<Stop>,
}

impl Read for WaitingReader {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        loop {
            match sys::read_unless_stopped(&self.file, bytes, self.stop.as_ref()) {
                Ok(Some(read)) => return Ok(read),
                Ok(None) => return Err(io::Error::other("interrupted")),
                // Another reader of the same pipe was faster.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
    }
}

/// A reader that fails once, if there is an error to fail with.
struct Failing(Option<io::Error>);

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

/// A stream, and the bytes that have been read but not handed over.
#[derive(Debug)]
pub(crate) struct Stream {
    feed: StreamFeed,
    /// Bytes that have been read and not handed over are in `buffer[..filled]`. Behind them is room
    /// for the next read.
    buffer: Vec<u8>,
    filled: usize,
    /// The unit that is handed over as a whole: a line or a record.
    unit: TextUnit,
    /// The index behind the last complete line or record in `buffer[..filled]`, or 0 if none is
    /// complete.
    complete: usize,
    /// Up to this index no record begins but those before `complete`.
    looked_to: usize,
    /// The offset in the stream at which `buffer` begins.
    offset: u64,
    /// Whether everything up to the next line or record is passed over. That is the rest of one
    /// longer than the cap, or the bytes before a range.
    passing_rest: bool,
    ended: bool,
    /// Whether the stream ended because a stop was asked for. A line whose end had not come by then
    /// is dropped, as it is when a read fails.
    interrupted: bool,
    /// The failed read that ended the stream. It is reported when everything before it has been
    /// handed over.
    failure: Option<ReadError>,
    /// Whether a chunk has been handed over.
    begun: bool,
    /// The offset at which the last chunk ended that has been handed over.
    handed_over: u64,
    /// The changes to the text, which are made once its format is known.
    transform: TextTransform,
    /// Whether the bytes were taken for UTF-16 without a byte order mark.
    is_guess: bool,
    /// What the first bytes say, once they are known.
    pub(super) beginning: Option<Beginning>,
}

/// The part of a stream that is searched, and the portions in which it is.
#[derive(Clone, Debug)]
pub(crate) struct Portions {
    /// Only the lines that begin in this range are searched.
    pub(crate) range: Range<u64>,
    /// A chunk is handed over when it has this many bytes, or earlier when the input runs dry.
    pub(crate) block_bytes: usize,
    /// The cutter, which knows what a line or a record is.
    pub(crate) cutter: Cutter,
}

/// What has to be done before a chunk can be taken.
#[derive(Debug)]
pub(crate) enum Readiness {
    /// Nothing: a chunk can be taken.
    Take,
    /// This worker has to decode.
    Decode(DecodeJob),
    /// Other workers decode, and nothing else can be decoded.
    Wait,
}

/// The result of an attempt to get a chunk.
#[derive(Debug)]
pub(crate) enum NextChunk {
    Chunk(Chunk<'static>),
    /// The input ran dry before a line was complete. The next attempt may block.
    Dry,
    End,
    /// A stop was asked for before the end. Everything that was complete by then has been handed
    /// over.
    Interrupted,
}

impl Stream {
    pub(crate) fn new(feed: StreamFeed) -> Stream {
        Stream {
            feed,
            buffer: Vec::new(),
            filled: 0,
            unit: TextUnit::Line,
            complete: 0,
            looked_to: 0,
            offset: 0,
            passing_rest: false,
            ended: false,
            interrupted: false,
            failure: None,
            begun: false,
            handed_over: 0,
            is_guess: false,
            transform: TextTransform::default(),
            beginning: None,
        }
    }

    /// Creates a stream that is known to be text, from its first byte on.
    pub(super) fn of_text(feed: StreamFeed) -> Stream {
        Stream {
            beginning: Some(Beginning::default()),
            ..Stream::new(feed)
        }
    }

    /// Turns the stream into a reader of the bytes that have not been handed over.
    pub(super) fn into_rest(mut self, stop: Option<&Stop>) -> Box<dyn Read + Send> {
        self.buffer.truncate(self.filled);
        let failure = self.failure.take().map(|error| error.source);
        let begun = io::Cursor::new(self.buffer).chain(Failing(failure));
        match self.ended {
            // Behind an end that somebody types at a terminal there may be more bytes.
            true => Box::new(begun),
            false => Box::new(begun.chain(self.feed.into_reader(stop))),
        }
    }

    /// Returns the stream with changes to its text.
    pub(super) fn transformed(self, transform: TextTransform) -> Stream {
        Stream { transform, ..self }
    }

    /// Reads until the first bytes tell the format, and passes over a byte order mark.
    ///
    /// The format is known at the latest when the first line is complete, so no line waits for it.
    /// The bytes that were read are searched as those of any other read. Compressed data is
    /// decoded, and the format of its text is looked at in the same way.
    pub(super) fn recognise(&mut self, window_bytes_max: u64, stop: Option<&Stop>) {
        if self.beginning.is_some() {
            return;
        }
        let mut transform = std::mem::take(&mut self.transform);
        for depth in (0..=NESTED_MAX).rev() {
            while !self.ended && !Beginning::is_decided(&self.buffer[..self.filled]) {
                self.read_more(0, stop);
            }
            let mut beginning = Beginning::of(&self.buffer[..self.filled]);
            let is_utf16 = matches!(beginning.format, Some(Format::Utf16Le | Format::Utf16Be));
            if is_utf16 && transform.keeps_utf16(beginning.is_guess) {
                beginning = Beginning::default();
            } else if beginning.format.is_none() && transform.keeps_mark() {
                beginning.text = 0;
            } else if is_utf16 || beginning.text > 0 {
                transform = transform.of_unicode();
            }
            match beginning.format {
                Some(format) if format.is_decoded() && depth > 0 => {
                    let is_guess = self.is_guess || beginning.is_guess;
                    self.decoded(format, window_bytes_max, stop);
                    self.is_guess = is_guess;
                }
                _ => {
                    self.pass(beginning.text);
                    if transform.changes_text() && beginning.format.is_none() {
                        let nobody = StreamFeed::Reader(Box::new(io::empty()));
                        let rest = std::mem::replace(self, Stream::new(nobody));
                        let is_guess = rest.is_guess;
                        *self =
                            Stream::new(StreamFeed::Reader(transform.reader(rest.into_rest(stop))));
                        self.is_guess = is_guess;
                    }
                    self.beginning = Some(beginning);
                    return;
                }
            }
        }
    }

    /// Returns whether the bytes were taken for UTF-16 without a byte order mark.
    pub(super) fn is_guess(&self) -> bool {
        self.is_guess
    }

    /// Returns the bytes that have been read and not handed over.
    pub(super) fn begun(&self) -> &[u8] {
        &self.buffer[..self.filled]
    }

    /// Sets the unit that is handed over as a whole from here on.
    pub(super) fn hand_over_by(&mut self, unit: TextUnit) {
        self.unit = unit;
        self.find_complete(0);
    }

    /// Returns the first bytes of the text, up to `most`, from which callers learn what lines are
    /// like. Nothing may have been handed over before, and all of it will be. The call waits for
    /// that many bytes, for `enough` lines, or for the end.
    pub(super) fn sample(&mut self, most: usize, enough: u64, stop: Option<&Stop>) -> &[u8] {
        debug_assert!(!self.begun, "what was handed over is no longer here");
        let mut looked_at = 0;
        let mut lines = 0;
        // At the end a line that is not complete may have been dropped. Then `filled` is smaller
        // than `looked_at`, and the loop ends first.
        while !self.ended && self.filled < most {
            lines += line::newlines(&self.buffer[looked_at..self.filled]);
            looked_at = self.filled;
            if lines >= enough {
                break;
            }
            self.read_more(0, stop);
        }
        &self.buffer[..self.filled.min(most)]
    }

    /// Returns the format of the stream, if it is known and is not plain text.
    pub(super) fn format(&self) -> Option<Format> {
        self.beginning?.format
    }

    /// Returns whether the next attempt to get a chunk would wait for input.
    pub(crate) fn may_block(&mut self) -> bool {
        match &self.feed {
            StreamFeed::Ahead(_) => false,
            StreamFeed::File(_) | StreamFeed::Reader(_) => self.may_run_dry(),
        }
    }

    /// Returns whether nothing can be handed over and the next read would wait.
    fn may_run_dry(&mut self) -> bool {
        !self.ended && self.complete == 0 && self.feed.is_ready() == Some(false)
    }

    /// Returns what has to be done before the next chunk can be taken.
    pub(crate) fn before_chunk(&mut self, portions: &Portions, buffers: &mut Buffers) -> Readiness {
        let StreamFeed::Ahead(ahead) = &mut self.feed else {
            return Readiness::Take;
        };
        let ready = ahead.ready();
        let wanted_bytes = portions
            .block_bytes
            .saturating_add(ahead.lead_bytes(buffers));
        let missing = wanted_bytes.saturating_sub(self.filled);
        match ready {
            Ready::More(ready_bytes) if !self.ended && ready_bytes < to_u64(missing) => ahead
                .next_job(buffers)
                .map_or(Readiness::Wait, Readiness::Decode),
            Ready::More(_) | Ready::All(_) => Readiness::Take,
        }
    }

    /// Puts the text that the bytes decode to in their place. Nothing has been handed over yet.
    fn decoded(&mut self, format: Format, window_bytes_max: u64, stop: Option<&Stop>) {
        let nobody = StreamFeed::Reader(Box::new(io::empty()));
        let begun = std::mem::replace(self, Stream::new(nobody));
        let encoded = Encoded::of_reader(begun.into_rest(stop));
        let decoder = Decoder::new(encoded, format, window_bytes_max);
        *self = Stream::new(StreamFeed::Reader(Box::new(decoder)));
    }

    /// Reads the next chunk of whole lines, unless a stop is asked for before one comes.
    ///
    /// # Errors
    /// The [`ReadError`] of a read that failed, when everything before it has been handed over.
    pub(crate) fn next_chunk(
        &mut self,
        portions: &Portions,
        buffers: &mut Buffers,
        stop: Option<&Stop>,
    ) -> Result<NextChunk, ReadError> {
        match self.next_lines(portions, buffers, stop) {
            NextChunk::End if self.interrupted => Ok(NextChunk::Interrupted),
            NextChunk::End => match self.passed_at_the_end(portions) {
                Some(chunk) => Ok(NextChunk::Chunk(chunk)),
                None => self.failure.take().map_or(Ok(NextChunk::End), Err),
            },
            next => Ok(next),
        }
    }

    /// Returns the bytes that have been passed over and are followed by no line, as a chunk without
    /// lines. So they count as searched.
    fn passed_at_the_end(&mut self, portions: &Portions) -> Option<Chunk<'static>> {
        let start = self.handed_over.max(portions.range.start);
        let end = self.offset.min(portions.range.end);
        self.handed_over = end.max(start);
        (start < end).then(|| Chunk::without_lines(start..end))
    }

    fn next_lines(
        &mut self,
        portions: &Portions,
        buffers: &mut Buffers,
        stop: Option<&Stop>,
    ) -> NextChunk {
        if !self.reach(portions.range.start, stop) {
            return NextChunk::Dry;
        }
        if self.passing_rest && !self.pass_rest(stop) {
            return if self.ended {
                NextChunk::End
            } else {
                NextChunk::Dry
            };
        }
        if self.offset >= portions.range.end {
            return NextChunk::End;
        }
        if let Some(chunk) = self.decoded_chunk(portions) {
            return NextChunk::Chunk(chunk);
        }
        loop {
            let may_wait = self.complete > 0;
            let is_full = self.filled >= portions.block_bytes;
            let enough = portions.cutter.kept_bytes() + self.unit.head_bytes();
            let is_long = self.complete == 0 && self.filled >= enough;
            if self.ended
                || is_long
                || (may_wait && (is_full || self.feed.is_ready() != Some(true)))
            {
                break;
            }
            self.read_more(portions.block_bytes, stop);
            if self.may_run_dry() && self.may_block() {
                return NextChunk::Dry;
            }
        }
        let mut end = self.complete;
        if end == 0 {
            end = self.filled.min(portions.cutter.kept_bytes());
            self.passing_rest = !self.ended || end < self.filled;
        } else if self.ended {
            end = self.filled;
        }
        let end = self.end_in_range(portions, end);
        if end == 0 {
            return NextChunk::End;
        }
        NextChunk::Chunk(self.hand_over(portions, end, buffers))
    }

    /// Returns a chunk of text where it was decoded, if text lies there that ends lines. The
    /// beginning of the first line is put before it.
    fn decoded_chunk(&mut self, portions: &Portions) -> Option<Chunk<'static>> {
        let StreamFeed::Ahead(ahead) = &mut self.feed else {
            return None;
        };
        let begun = self.filled;
        if self.complete > 0 || self.ended || begun > ROOM_BYTES {
            return None;
        }
        let left = portions.range.end - self.offset;
        let TextPiece { mut buffer, range } = ahead.piece(left.saturating_sub(to_u64(begun)))?;
        let text = &buffer[range.clone()];
        let behind = self.unit.behind_last_whole(text, 0).unwrap_or(0);
        let kept = portions.cutter.kept_bytes();
        if behind == 0 || begun + behind > kept || text.len() - behind > kept {
            self.keep_text(text);
            return None;
        }
        let start = range.start - begun;
        buffer[start..range.start].copy_from_slice(&self.buffer[..begun]);
        let end = range.start + behind;
        self.filled = 0;
        self.keep_text(&buffer[end..range.end]);
        let bytes = Bytes::Buffer(Arc::new(buffer), start..end);
        Some(self.handed_over_as(bytes, portions))
    }

    /// Makes a chunk of the next `bytes`, and counts them as handed over.
    fn handed_over_as(&mut self, bytes: Bytes<'static>, portions: &Portions) -> Chunk<'static> {
        let offset = self.offset;
        let length = to_u64(bytes.len());
        self.offset += length;
        self.begun = true;
        self.handed_over = self.offset;
        Chunk {
            has_long_line: self.unit.has_long(&bytes, portions.cutter.max_line_bytes),
            bytes,
            length,
            open_end: self.passing_rest,
            ..Chunk::without_lines(offset..self.offset)
        }
    }

    /// Adds text to the buffer, as if it had been read.
    fn keep_text(&mut self, text: &[u8]) {
        let end = self.filled + text.len();
        if self.buffer.len() < end {
            self.buffer.resize(end, 0);
        }
        self.buffer[self.filled..end].copy_from_slice(text);
        let from = self.filled;
        self.filled = end;
        self.find_complete(from);
    }

    /// Makes a chunk of `buffer[..end]` and moves the rest to another buffer.
    fn hand_over(
        &mut self,
        portions: &Portions,
        end: usize,
        buffers: &mut Buffers,
    ) -> Chunk<'static> {
        let mut rest = buffers.take();
        let left = self.filled - end;
        if rest.len() < left {
            rest.resize(left, 0);
        }
        rest[..left].copy_from_slice(&self.buffer[end..self.filled]);
        let buffer = std::mem::replace(&mut self.buffer, rest);
        self.filled = left;
        self.find_complete(0);
        self.handed_over_as(Bytes::Buffer(Arc::new(buffer), 0..end), portions)
    }

    /// Returns the index in `buffer[..end]` where the first line or record starts that is outside
    /// the range. Nothing behind it is ever needed.
    fn end_in_range(&mut self, portions: &Portions, end: usize) -> usize {
        let left = portions.range.end - self.offset;
        if to_u64(end) <= left {
            return end;
        }
        // The last line or record that starts inside the range may end outside.
        let border = to_usize(left);
        let behind = self.unit.end(&self.buffer[..end], border - 1);
        if behind < end || !self.passing_rest {
            self.ended = true;
            self.passing_rest = false;
            self.filled = behind;
        }
        behind
    }

    /// Passes over everything before `start - 1`, and then up to the next LF. Returns false if the
    /// input ran dry.
    fn reach(&mut self, start: u64, stop: Option<&Stop>) -> bool {
        if self.begun || start == 0 {
            return true;
        }
        while self.offset < start - 1 {
            if self.filled == 0 {
                if self.ended {
                    return true;
                }
                self.read_more(0, stop);
                if self.filled == 0 && self.may_block() {
                    return false;
                }
            }
            let passed = to_usize((start - 1 - self.offset).min(to_u64(self.filled)));
            self.pass(passed);
        }
        if self.offset == start - 1 {
            self.passing_rest = true;
        }
        true
    }

    /// Passes over the rest of a line or a record. Returns false if the input ended or ran dry
    /// before the next one.
    fn pass_rest(&mut self, stop: Option<&Stop>) -> bool {
        loop {
            let known = &self.buffer[..self.filled];
            match self.unit.behind_first(known, self.ended) {
                Ok(behind) => {
                    self.pass(behind);
                    self.passing_rest = false;
                    return true;
                }
                Err(passed) => self.pass(passed),
            }
            if self.ended || self.may_block() {
                return false;
            }
            self.read_more(0, stop);
        }
    }

    /// Forgets the first `bytes` of the buffer.
    fn pass(&mut self, bytes: usize) {
        self.buffer.copy_within(bytes..self.filled, 0);
        self.filled -= bytes;
        self.offset += to_u64(bytes);
        self.find_complete(0);
    }

    /// Reads once. It asks for at least [`READ_BYTES`], or for as many bytes as a full block lacks.
    fn read_more(&mut self, block_bytes: usize, stop: Option<&Stop>) {
        let from = self.filled;
        let room = READ_BYTES.max(block_bytes.saturating_sub(from));
        if self.buffer.len() < from + room {
            // A long line doubles the buffer, so that it is copied a few times only.
            self.buffer.resize((from + room).max(from * 2), 0);
        }
        let read = match self.feed.read(&mut self.buffer[from..from + room], stop) {
            Ok(Some(read)) => read,
            Ok(None) => {
                self.interrupted = true;
                self.ended = true;
                self.drop_last_line();
                self.find_complete(self.filled);
                return;
            }
            Err(source) => {
                let failure = ReadError {
                    offset: self.offset + to_u64(from),
                    source,
                };
                // All text that could be decoded is searched, also the last line.
                if failure.damage().is_none() {
                    self.drop_last_line();
                }
                self.failure = Some(failure);
                self.ended = true;
                self.find_complete(self.filled);
                return;
            }
        };
        self.ended = read == 0;
        self.filled += read;
        self.find_complete(from);
    }

    /// Finds the last complete line or record that ends behind `from`. Up to `from` this was known
    /// before.
    fn find_complete(&mut self, from: usize) {
        if from == 0 {
            self.complete = 0;
            self.looked_to = 0;
        }
        let known = &self.buffer[..self.filled];
        let last_line = Boundary::LF.behind_last(&known[from..]);
        let Some(last_line) = last_line.map(|behind| from + behind) else {
            // It may be known only now whether the last line begins a record.
            let unit = &self.unit;
            if !unit.is_line()
                && self.looked_to > 0
                && unit.begins_in(known, self.looked_to, self.ended)
            {
                self.complete = self.looked_to;
            }
            return;
        };
        let whole = self.unit.behind_last_whole(known, self.looked_to);
        self.complete = whole.unwrap_or(self.complete);
        self.looked_to = last_line;
    }

    /// Drops a line whose end has not come.
    fn drop_last_line(&mut self) {
        let known = &self.buffer[..self.filled];
        self.filled = Boundary::LF.behind_last(known).unwrap_or(0);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;

    /// A reader that returns the given pieces, one per read.
    struct Pieces(VecDeque<&'static str>);

    impl Read for Pieces {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let piece = self.0.pop_front().unwrap_or_default().as_bytes();
            buffer[..piece.len()].copy_from_slice(piece);
            Ok(piece.len())
        }
    }

    #[track_caller]
    fn check(
        pieces: &[&'static str],
        range: Range<u64>,
        max_line_bytes: usize,
        want: &[(u64, &str)],
    ) {
        let reader = Pieces(pieces.iter().copied().collect());
        let mut stream = Stream::new(StreamFeed::Reader(Box::new(reader)));
        let portions = Portions {
            range,
            block_bytes: 8,
            cutter: Cutter {
                boundary: Boundary::LF,
                unit: TextUnit::Line,
                max_line_bytes,
            },
        };
        let mut got = Vec::new();
        let mut buffers = Buffers::default();
        loop {
            match stream.next_chunk(&portions, &mut buffers, None).unwrap() {
                NextChunk::Chunk(chunk) => {
                    got.push((
                        chunk.offset,
                        String::from_utf8_lossy(&chunk.bytes).into_owned(),
                    ));
                    buffers.give_back(chunk.bytes);
                }
                NextChunk::Dry => {}
                NextChunk::End | NextChunk::Interrupted => break,
            }
        }
        let want: Vec<(u64, String)> = want.iter().map(|&(at, text)| (at, text.into())).collect();
        assert_eq!(got, want);
    }

    #[test]
    fn whole_lines_are_handed_over_after_each_read() {
        check(
            &["ab\nc", "d\n", "e"],
            0..u64::MAX,
            100,
            &[(0, "ab\n"), (3, "cd\n"), (6, "e")],
        );
    }

    #[test]
    fn of_a_line_longer_than_the_cap_two_bytes_more_than_the_cap_are_kept() {
        check(
            &["a\nlong", "longlong", "x\nb\n"],
            0..u64::MAX,
            4,
            &[(0, "a\n"), (2, "longlo"), (16, "b\n")],
        );
        check(&["longlong"], 0..u64::MAX, 4, &[(0, "longlo"), (6, "")]);
    }

    #[test]
    fn a_range_holds_the_lines_that_begin_in_it() {
        let text = &["aa\nbb\n", "cc\ndd"];
        check(text, 1..4, 100, &[(3, "bb\n")]);
        check(text, 3..7, 100, &[(3, "bb\n"), (6, "cc\n")]);
        check(text, 4..6, 100, &[(4, "")]);
        check(text, 9..u64::MAX, 100, &[(9, "dd")]);
        check(text, 100..u64::MAX, 100, &[]);
    }
}
