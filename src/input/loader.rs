//! The questions that a scan asks a source. They are the only way in, whatever kind of source it
//! is.
//!
//! A source is taken apart once, for one scan, into two:
//!
//! ```text
//!                       .--> Claims   under a lock: one worker at a time claims the next piece
//! Source::split(Split) -|
//!                       '--> Loader   shared: loads what was claimed, reads again, says what became of the file
//!
//! worker:  claims.next() -> Claimed -> loader.load(claimed) -> Loaded -> search -> loader.is_intact(&loaded)?
//!                                                                    no: loader.load_again(nth) -> search
//! ```
//! Kinds of sources differ in what they can do, and each ability has a question of its own:
//!
//! | question | a file | a stream |
//! |---|---|---|
//! | [`Loader::length`]: how long is the text? | known | unknown |
//! | [`Loader::pieces`]: how many pieces are there, to be loaded in any order? | known | unknown: a piece is what has just been read |
//! | [`Loader::can_reread`]: can text before a piece be read again? | yes | no, so it has to be kept |
//! | [`Loader::may_change`]: may bytes change while they are looked at? | if it is mapped | no |
//!
//! Workers load outside the lock. They decode outside it too: see [`NextClaim::Decode`].

use std::{collections::VecDeque, ops::Range, path::Path, sync::Arc};

use super::{
    chunk::{Buffers, Chunk, Cut, Loaded, ReadError},
    decode::DecodeJob,
    file::FileInput,
    source::{Source, SourceKind},
    stream::{self, Portions, Readiness, Stream},
};
use crate::{
    error::Note,
    line::{Cutter, TextUnit, to_u64},
    sys::Stop,
};

/// How a source is taken apart.
#[derive(Clone, Debug)]
pub(crate) struct Split {
    /// Only the lines that begin in this range are wanted.
    pub(crate) range: Range<u64>,
    /// The length of a piece in bytes, about.
    pub(crate) chunk_bytes: usize,
    /// The cutter, which knows what a line or a record is.
    pub(crate) cutter: Cutter,
}

impl Source {
    /// Takes the source apart for one scan. A stream is read from where it stands.
    pub(crate) fn split(&mut self, split: &Split) -> (Loader<'_>, Claims<'_>) {
        let cutter = split.cutter.clone();
        let path = self.path.as_path();
        let is_guess = self.is_guess();
        let encoded = match &self.kind {
            SourceKind::Decoded(file, _) => Some(file.clone()),
            SourceKind::File(_) | SourceKind::Stream(_) => None,
        };
        match &mut self.kind {
            SourceKind::File(file) => {
                let file = &*file;
                let start = split.range.start.max(file.text_start());
                let cut = Cut {
                    range: start..split.range.end.min(file.length),
                    text_start: file.text_start(),
                    length: file.length,
                    chunk_bytes: to_u64(split.chunk_bytes),
                    cutter,
                };
                let loader = Loader {
                    path,
                    file: Some(file),
                    encoded: None,
                    is_guess,
                    cut,
                };
                let claims = loader.claims_from(0);
                (loader, claims)
            }
            SourceKind::Stream(stream) | SourceKind::Decoded(_, stream) => {
                stream.hand_over_by(cutter.unit.clone());
                let portions = Portions {
                    range: split.range.clone(),
                    block_bytes: split.chunk_bytes,
                    cutter: cutter.clone(),
                };
                let cut = Cut {
                    range: split.range.clone(),
                    text_start: 0,
                    length: u64::MAX,
                    chunk_bytes: to_u64(split.chunk_bytes),
                    cutter,
                };
                let loader = Loader {
                    path,
                    file: None,
                    encoded,
                    is_guess,
                    cut,
                };
                (loader, Claims(ClaimFeed::Stream(stream, portions)))
            }
        }
    }
}

/// What can still be claimed of a source.
pub(crate) struct Claims<'s>(ClaimFeed<'s>);

enum ClaimFeed<'s> {
    /// The numbers of pieces, from `next` on.
    Forward {
        next: u64,
        count: u64,
    },
    /// The numbers of pieces before `count`, from the last to the first.
    Backward {
        count: u64,
    },
    Stream(&'s mut Stream, Portions),
    /// Chunks that were kept of a stream.
    Kept(VecDeque<Chunk<'static>>),
}

/// The answer of [`Claims::next`].
#[derive(Debug)]
pub(crate) enum NextClaim {
    Claimed(Claimed),
    /// The input ran dry before a line was complete. The next attempt may block.
    Dry,
    /// Something has to be decoded before there is anything to claim. The worker decodes it without
    /// the lock.
    Decode(DecodeJob),
    /// Other workers decode what is to be claimed next.
    Wait,
    End,
}

/// What one worker has claimed.
#[derive(Debug)]
pub(crate) enum Claimed {
    /// The number of a piece, still to be loaded.
    Number(u64),
    /// A chunk that has just been read.
    Chunk(Chunk<'static>),
    /// The source could not be read. The error stands in the place of a piece.
    Failed(ReadError),
    /// A stop was requested. It takes its turn like a piece, so it does not count behind a limit.
    Stop,
}

impl<'s> Claims<'s> {
    /// Creates claims for chunks that were kept of a stream, in order.
    pub(crate) fn of_kept(chunks: impl IntoIterator<Item = Chunk<'static>>) -> Claims<'s> {
        Claims(ClaimFeed::Kept(chunks.into_iter().collect()))
    }

    /// Returns whether the next claim would wait for input.
    pub(crate) fn may_block(&mut self) -> bool {
        match &mut self.0 {
            ClaimFeed::Stream(stream, _) => stream.may_block(),
            ClaimFeed::Forward { .. } | ClaimFeed::Backward { .. } | ClaimFeed::Kept(_) => false,
        }
    }

    /// Returns the next claim, or a stop in its place. Chunks that were kept of a stream are
    /// returned even after a stop, because they were read before it.
    pub(crate) fn next(&mut self, buffers: &mut Buffers, stop: Option<&Stop>) -> NextClaim {
        let is_stopped = || stop.is_some_and(Stop::is_requested);
        match &mut self.0 {
            ClaimFeed::Forward { next, count } if next == count => NextClaim::End,
            ClaimFeed::Backward { count: 0 } => NextClaim::End,
            ClaimFeed::Forward { .. } | ClaimFeed::Backward { .. } if is_stopped() => {
                NextClaim::Claimed(Claimed::Stop)
            }
            ClaimFeed::Forward { next, .. } => {
                *next += 1;
                NextClaim::Claimed(Claimed::Number(*next - 1))
            }
            ClaimFeed::Backward { count } => {
                *count -= 1;
                NextClaim::Claimed(Claimed::Number(*count))
            }
            ClaimFeed::Stream(stream, portions) => {
                if !is_stopped() {
                    match stream.before_chunk(portions, buffers) {
                        Readiness::Take => {}
                        Readiness::Decode(job) => return NextClaim::Decode(job),
                        Readiness::Wait => return NextClaim::Wait,
                    }
                }
                match stream.next_chunk(portions, buffers, stop) {
                    Ok(stream::NextChunk::Chunk(chunk)) => {
                        NextClaim::Claimed(Claimed::Chunk(chunk))
                    }
                    Ok(stream::NextChunk::Dry) => NextClaim::Dry,
                    Ok(stream::NextChunk::End) => NextClaim::End,
                    Ok(stream::NextChunk::Interrupted) => NextClaim::Claimed(Claimed::Stop),
                    Err(error) => NextClaim::Claimed(Claimed::Failed(error)),
                }
            }
            ClaimFeed::Kept(chunks) => match chunks.pop_front() {
                Some(chunk) => NextClaim::Claimed(Claimed::Chunk(chunk)),
                None => NextClaim::End,
            },
        }
    }
}

/// The part of a source that workers share.
#[derive(Clone, Debug)]
pub(crate) struct Loader<'s> {
    path: &'s Path,
    /// The file. `None` for a stream. No code outside this file knows.
    file: Option<&'s FileInput>,
    /// The file that the text is decoded from, if it is decoded.
    encoded: Option<Arc<FileInput>>,
    is_guess: bool,
    cut: Cut,
}

/// The message if a question of [`Loader`] is asked that only a source with numbered pieces
/// answers.
const NUMBERED: &str = "a claim has a number only if its source has numbered pieces";
const REREAD: &str = "the caller has asked whether the source can be read again";

impl<'s> Loader<'s> {
    /// Returns the source's name.
    pub(crate) fn path(&self) -> &'s Path {
        self.path
    }

    /// Returns the part of the text that is wanted, as far as there is text.
    pub(crate) fn range(&self) -> Range<u64> {
        self.cut.range.clone()
    }

    /// Returns where the first line of the text begins.
    pub(crate) fn text_start(&self) -> u64 {
        self.cut.text_start
    }

    /// Returns how long the text is, if that is known.
    pub(crate) fn length(&self) -> Option<u64> {
        self.file.map(|file| file.length)
    }

    /// Returns how many pieces there are, if they have numbers and can be loaded in any order.
    pub(crate) fn pieces(&self) -> Option<u64> {
        self.file.map(|_| self.cut.count())
    }

    /// Returns whether text can be read again at any time.
    pub(crate) fn can_reread(&self) -> bool {
        self.file.is_some()
    }

    /// Returns whether other processes may change bytes while they are looked at.
    pub(crate) fn may_change(&self) -> bool {
        self.file.is_some_and(FileInput::is_mapped)
    }

    /// Returns a loader for another part of the text.
    pub(crate) fn with_range(&self, range: Range<u64>) -> Loader<'s> {
        Loader {
            cut: Cut {
                range,
                ..self.cut.clone()
            },
            ..self.clone()
        }
    }

    /// Returns the numbered pieces from number `next` on.
    pub(crate) fn claims_from(&self, next: u64) -> Claims<'s> {
        let count = self.cut.count();
        Claims(ClaimFeed::Forward { next, count })
    }

    /// Returns the numbered pieces from the last to the first.
    pub(crate) fn claims_from_the_end(&self) -> Claims<'s> {
        let count = self.cut.count();
        Claims(ClaimFeed::Backward { count })
    }

    /// Returns the range in which the lines of piece `nth` start.
    pub(crate) fn nominal(&self, nth: u64) -> Range<u64> {
        self.cut.nominal(nth)
    }

    /// Loads piece `nth`. It is taken where it lies in memory, or else read.
    pub(crate) fn load(&self, nth: u64, buffers: &mut Buffers) -> Loaded<'s> {
        let file = self.file.expect(NUMBERED);
        match file.chunk_in_memory(&self.cut, nth) {
            Some(chunk) => Loaded {
                may_be_lost: true,
                ..Loaded::from(chunk)
            },
            None => self.load_again(nth, buffers),
        }
    }

    /// Reads piece `nth`, around what cannot be read. Bytes that lie in memory are not looked at.
    pub(crate) fn load_again(&self, nth: u64, buffers: &mut Buffers) -> Loaded<'s> {
        self.file
            .expect(NUMBERED)
            .read_chunks(&self.cut, nth, buffers)
    }

    /// Returns whether the bytes of `chunk` that were looked at until now are what the source
    /// holds. This is asked if the chunk [may be lost](Loaded::may_be_lost).
    pub(crate) fn is_intact(&self, chunk: &Chunk<'_>) -> bool {
        let end = chunk.end().max(chunk.range.end);
        self.file.is_none_or(|file| file.is_intact(end))
    }

    /// Checks whether the source is still as it was, after bytes from `from` on have been read.
    pub(crate) fn check_unchanged(&self, from: u64) {
        if let Some(file) = self.file {
            file.check_unchanged(from);
        }
    }

    /// Says that nobody looks at `range` any more but for context.
    pub(crate) fn done(&self, range: Range<u64>) {
        if let Some(file) = self.file {
            file.scanned(range);
        }
    }

    /// Returns whether an early end is no loss, because the length never meant anything. Files in
    /// /sys are like that.
    pub(crate) fn may_end_early(&self) -> bool {
        self.file.is_some_and(FileInput::may_end_early)
    }

    /// Returns a note on what was guessed from the first bytes, and may be wrong.
    pub(crate) fn guess_note(&self) -> Option<Note> {
        self.is_guess.then_some(Note::GuessedUtf16)
    }

    /// Returns a note on what another process did to the source since it was opened. `shrank_to` is
    /// where the source was seen to end, if that was too early. `searched_to` is how far it was
    /// searched.
    pub(crate) fn change_note(&self, shrank_to: Option<u64>, searched_to: u64) -> Option<Note> {
        match (self.file, &self.encoded) {
            (Some(file), _) => file.change_note(shrank_to, searched_to),
            (None, Some(encoded)) => encoded.change_note_of_text(),
            (None, None) => None,
        }
    }

    /// Returns the cutter, which knows what a line or a record is.
    pub(crate) fn cutter(&self) -> &Cutter {
        &self.cut.cutter
    }

    /// Returns the unit that is searched, counted and shown as one.
    pub(crate) fn unit(&self) -> &TextUnit {
        &self.cut.cutter.unit
    }

    /// Returns the first start of a line or a record at or behind `offset`. The source can be read
    /// again.
    ///
    /// # Errors
    /// A [`ReadError`] if the text cannot be read.
    pub(crate) fn unit_start_from(&self, offset: u64) -> Result<u64, ReadError> {
        let file = self.file.expect(REREAD);
        file.unit_start_from(offset, self.unit())
    }

    /// Returns the start of the line or record that is `wanted` of them before the end of `range`,
    /// but not before the start of `range`. Also returns how many of them lie between. The source
    /// can be read again. The way back ends at bytes that cannot be read.
    ///
    /// # Errors
    /// A [`ReadError`] if the text cannot be read for another reason.
    pub(crate) fn units_back(
        &self,
        range: Range<u64>,
        wanted: u64,
    ) -> Result<(u64, u64), ReadError> {
        let file = self.file.expect(REREAD);
        file.units_back(self.unit(), range, wanted)
    }

    /// Copies whole lines or records from the beginning of `range` into `buffer`, as many as fit a
    /// window. The source can be read again. Returns how many bytes these are and where the next
    /// line or record starts.
    ///
    /// # Errors
    /// A [`ReadError`] if the text cannot be read.
    pub(crate) fn whole_units(
        &self,
        range: Range<u64>,
        buffer: &mut Vec<u8>,
    ) -> Result<(usize, u64), ReadError> {
        self.file
            .expect(REREAD)
            .whole_units(range, &self.cut.cutter, buffer)
    }
}
