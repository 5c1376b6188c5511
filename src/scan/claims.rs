//! The work on one piece of an input: a worker claims the piece, loads it, searches it, and
//! searches it again if the source has lost it.
//!
//! ```text
//! claim (under the lock) -> load -> search -> still there? -- yes --> Searched
//!                                                '-- no --> read -> search --> Searched
//! ```

use std::sync::Arc;

use super::{
    Progress, Render, Scan, Workers,
    dating::last_time,
    ordered::{Claim, Out},
    search::{self, Ended, Found, HitRun, Task},
    within::{TimeFilter, Within},
};
use crate::{
    input::{
        Access, Buffers, Bytes, Chunk, Claimed, Claims, Loaded, Loader, NextClaim,
        READ_CHUNK_BYTES, Source, Split,
    },
    line::{self, Boundary, Cutter, TextUnit, to_u64},
    matcher::{Finder, Matcher},
    record::TimeReader,
    sys::Stop,
};

/// How many bytes of a mapping are one chunk. `-c ERROR` on 4 GiB in the cache with 2 threads takes
/// 1.15 of the time with 1 MiB, 1.07 with 2 MiB, and 1.0 to 0.95 with 8 and 16 MiB. But the places
/// of hits take 16 bytes for each run of adjacent hits. If lines are as short as can be and every
/// other line is a hit, that is five times as much memory as the chunk (2026-11).
const MAPPED_CHUNK_BYTES: usize = 4 << 20;

/// How many bytes of a mapping are one chunk if the output may be several times as long as the
/// lines. A worker keeps no more than 8 MiB of output before its turn. With this size two threads
/// are 2.01 times as fast as one with `--json INFO` on 1 GiB, and 1.2 to 1.4 times without
/// (2026-11).
const EXPANDING_CHUNK_BYTES: usize = 1 << 20;

/// How many bytes of a stream are one chunk, if they come fast enough.
const STREAM_CHUNK_BYTES: usize = 512 << 10;

/// The parts of an input that stay the same while it is searched.
#[derive(Clone)]
pub(super) struct Input<'s> {
    pub(super) loader: Loader<'s>,
    /// The unit that is searched, counted and shown.
    pub(super) unit: TextUnit,
    /// The stop. When it is requested, nothing more is claimed.
    pub(super) stop: Option<&'s Stop>,
    /// The filter that tells the lines of a range of times.
    pub(super) filter: Option<Arc<TimeFilter>>,
    /// The reader of the times of hits, if these are wanted.
    pub(super) dates: Option<Arc<TimeReader>>,
}

/// Whether output is longer than the lines that it is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Growth {
    /// The output may be several times as long.
    Expands,
    /// The output is about as long, or nothing is rendered.
    Shrinks,
}

impl<'s> Input<'s> {
    /// Returns the input as the workers see it, and the claims on its chunks. `start` is where the
    /// search begins.
    pub(super) fn new(
        scan: &Scan,
        source: &'s mut Source,
        start: u64,
        growth: Growth,
        progress: &'s Progress,
    ) -> (Input<'s>, Claims<'s>) {
        let default_chunk_bytes = match (source.access(), growth) {
            (Access::Mapped, Growth::Expands) => EXPANDING_CHUNK_BYTES,
            (Access::Mapped, Growth::Shrinks) => MAPPED_CHUNK_BYTES,
            (Access::Read, _) => READ_CHUNK_BYTES,
            (Access::Stream | Access::Decoded, _) => STREAM_CHUNK_BYTES,
        };
        let (loader, claims) = source.split(&Split {
            range: start..scan.range.end,
            chunk_bytes: scan.chunk_bytes(default_chunk_bytes),
            cutter: Cutter {
                boundary: Boundary::LF,
                unit: scan.cut_unit(),
                max_line_bytes: scan.max_line_bytes(),
            },
        });
        let range = loader.range();
        progress.begin(match loader.length() {
            Some(_) => range.end.saturating_sub(range.start),
            None => 0,
        });
        let stop = progress.stop();
        let input = Input {
            loader,
            unit: scan.searched_unit(),
            stop,
            filter: None,
            dates: None,
        };
        (input, claims)
    }

    /// Returns the input with a filter for a range of times, or with a reader of the times of hits.
    pub(super) fn timed(
        self,
        filter: Option<Arc<TimeFilter>>,
        dates: Option<Arc<TimeReader>>,
    ) -> Input<'s> {
        Input {
            filter,
            dates,
            ..self
        }
    }

    /// Returns whether lines above the first time are within that range.
    pub(super) fn begins_inside(&self) -> bool {
        let filter = self.filter.as_ref();
        filter.is_none_or(|filter| filter.begins_inside)
    }

    /// Returns the things that workers own, for as many workers as are of use.
    pub(super) fn hands(
        &self,
        scan: &Scan,
        workers: &Workers,
        render: impl Fn() -> Option<Box<dyn Render>>,
    ) -> Vec<Hands> {
        let threads = match self.loader.pieces() {
            Some(pieces) => line::to_usize(pieces.clamp(1, to_u64(workers.threads()))),
            None => workers.threads(),
        };
        (0..threads)
            .map(|nth| Hands::new(nth, &scan.matcher, render()))
            .collect()
    }

    /// Claims the next chunk for one worker.
    pub(super) fn claim(&self, claims: &mut Claims<'_>, buffers: &mut Buffers) -> Claim<Claimed> {
        match claims.next(buffers, self.stop) {
            NextClaim::Claimed(claimed) => Claim::Chunk(claimed),
            NextClaim::Dry => Claim::Dry,
            NextClaim::Decode(job) => Claim::First(Box::new(|| job.run())),
            NextClaim::Wait => Claim::Wait,
            NextClaim::End => Claim::End,
        }
    }

    /// Searches a chunk. If the source has lost any of it meanwhile, it is read and searched again.
    pub(super) fn search(
        &self,
        task: Task,
        hands: &mut Hands,
        claimed: Claimed,
    ) -> SearchedChunk<'s> {
        let nth = match claimed {
            Claimed::Chunk(chunk) => {
                let mut found = Vec::new();
                self.search_chunk(task, hands, chunk, &mut found);
                return SearchedChunk::of(found);
            }
            Claimed::Failed(error) => return SearchedChunk::ended(Ended::Failed(error)),
            Claimed::Stop => return SearchedChunk::ended(Ended::Interrupted),
            Claimed::Number(nth) => nth,
        };
        let loaded = self.loader.load(nth, &mut hands.buffers);
        let searched = self.search_loaded(task, hands, nth, loaded);
        if self.is_intact(&searched) {
            self.loader
                .check_unchanged(searched.first.chunk.read_from());
            return searched;
        }
        hands.give_back(searched);
        self.search_by_reading(task, hands, nth)
    }

    /// Searches a numbered chunk without looking at where it lies in memory.
    pub(super) fn search_by_reading(
        &self,
        task: Task,
        hands: &mut Hands,
        nth: u64,
    ) -> SearchedChunk<'s> {
        let loaded = self.loader.load_again(nth, &mut hands.buffers);
        let searched = self.search_loaded(task, hands, nth, loaded);
        self.loader
            .check_unchanged(searched.first.chunk.read_from());
        searched
    }

    fn search_loaded(
        &self,
        task: Task,
        hands: &mut Hands,
        nth: u64,
        loaded: Loaded<'s>,
    ) -> SearchedChunk<'s> {
        let mut found = Vec::new();
        for chunk in std::iter::once(loaded.first).chain(loaded.behind) {
            self.search_chunk(task, hands, chunk, &mut found);
        }
        let failure = loaded.failure.map(Ended::Failed);
        found.extend(failure.map(Found::ended));
        SearchedChunk {
            nth: Some(nth),
            may_be_lost: loaded.may_be_lost,
            ..SearchedChunk::of(found)
        }
    }

    /// Searches a chunk and adds what was found. If lines of some times are wanted, there are
    /// several parts.
    fn search_chunk(
        &self,
        task: Task,
        hands: &mut Hands,
        chunk: Chunk<'s>,
        found: &mut Vec<Found<'s>>,
    ) {
        let first = found.len();
        self.search_parts(task, hands, chunk, found);
        if let Some(reader) = &self.dates {
            let reader = hands.reader.get_or_insert_with(|| (**reader).clone());
            let unit = (&self.unit, self.loader.cutter().max_line_bytes);
            for part in &mut found[first..] {
                part.last_time = last_time(reader, &part.chunk.bytes, unit);
            }
        }
    }

    fn search_parts(
        &self,
        task: Task,
        hands: &mut Hands,
        chunk: Chunk<'s>,
        found: &mut Vec<Found<'s>>,
    ) {
        let Some(filter) = &self.filter else {
            found.push(hands.search(task, &self.unit, chunk));
            return;
        };
        let reader = hands.reader.take();
        let mut reader = reader.unwrap_or_else(|| filter.reader.clone());
        let cutter = self.loader.cutter();
        for (within, part) in filter.parts(&mut reader, chunk, cutter) {
            let hits_max = match within {
                Within::Outside => 0,
                Within::Inside | Within::AsBefore => task.hits_max,
            };
            let part = hands.search(Task { hits_max, ..task }, &self.unit, part);
            found.push(Found { within, ..part });
        }
        hands.reader = Some(reader);
    }

    /// Returns whether the bytes of a chunk that were read until now are what the source holds.
    pub(super) fn is_intact(&self, searched: &SearchedChunk<'_>) -> bool {
        let last = searched.behind.last().unwrap_or(&searched.first);
        !searched.may_be_lost || self.loader.is_intact(&last.chunk)
    }

    /// Counts a chunk as searched.
    pub(super) fn searched(
        &self,
        searched: &SearchedChunk<'_>,
        hits: u64,
        worker: usize,
        progress: &Progress,
    ) {
        let first = &searched.first.chunk;
        let last = searched.behind.iter().rfind(|found| found.ended.is_none());
        let last = last.map_or(first, |found| &found.chunk);
        progress.advance(worker, last.range.end - first.range.start, hits);
        self.loader
            .done(first.range.start..last.range.end.max(last.end()));
    }
}

/// The results in what a worker has claimed.
#[derive(Debug)]
pub(super) struct SearchedChunk<'s> {
    /// The number of the chunk, if the input is a file.
    pub(super) nth: Option<u64>,
    /// Whether the chunk was searched where it lies in memory, so that the source may lose it. Its
    /// bytes do not tell that: there are none where no line starts, or where they have been given
    /// back.
    pub(super) may_be_lost: bool,
    pub(super) first: Found<'s>,
    /// The parts behind each hole in the chunk, and the parts where lines of other times begin.
    pub(super) behind: Vec<Found<'s>>,
}

impl<'s> SearchedChunk<'s> {
    fn ended(ended: Ended) -> SearchedChunk<'s> {
        SearchedChunk::of(vec![Found::ended(ended)])
    }

    /// Creates the results of a chunk without a number, which cannot be lost, from its parts. There
    /// is at least one part.
    fn of(found: Vec<Found<'s>>) -> SearchedChunk<'s> {
        let mut found = found.into_iter();
        SearchedChunk {
            nth: None,
            may_be_lost: false,
            first: found.next().expect("a chunk has a part, be it empty"),
            behind: found.collect(),
        }
    }

    /// Returns whether the chunk has hits that count. `above_is_inside` tells whether the line
    /// above the chunk is within the range of times.
    pub(super) fn has_hits(&self, above_is_inside: bool) -> bool {
        let mut is_inside = above_is_inside;
        self.iter().any(|found| {
            is_inside = match found.within {
                Within::AsBefore => is_inside,
                within => within == Within::Inside,
            };
            is_inside && found.hits > 0
        })
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Found<'s>> {
        std::iter::once(&self.first).chain(&self.behind)
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Found<'s>> {
        std::iter::once(&mut self.first).chain(&mut self.behind)
    }

    pub(super) fn hits(&self) -> u64 {
        self.iter().map(|found| found.hits).sum()
    }
}

/// The things that one worker owns.
pub(super) struct Hands {
    /// The number of the worker.
    pub(super) nth: usize,
    pub(super) buffers: Buffers,
    runs: Vec<Vec<HitRun>>,
    finder: Finder,
    /// The worker's reader of the times of lines.
    pub(super) reader: Option<TimeReader>,
    pub(super) render: Option<Box<dyn Render>>,
    /// The buffer to which lines of a mapping are copied before they are rendered.
    pub(super) copy: Vec<u8>,
}

impl Hands {
    pub(super) fn new(nth: usize, matcher: &Matcher, render: Option<Box<dyn Render>>) -> Hands {
        Hands {
            nth,
            buffers: Buffers::default(),
            runs: Vec::new(),
            finder: matcher.finder(),
            reader: None,
            render,
            copy: Vec::new(),
        }
    }

    /// Tells the matcher's filters the first lines of the input that is searched next.
    pub(super) fn head(&mut self, head: &[u8]) {
        self.finder.head(head);
    }

    fn search<'s>(&mut self, task: Task, unit: &TextUnit, chunk: Chunk<'s>) -> Found<'s> {
        let may_change = task.may_change && matches!(chunk.bytes, Bytes::Slice(_));
        let task = Task { may_change, ..task };
        let runs = self.runs.pop().unwrap_or_default();
        search::search(task, (&mut self.finder, unit), chunk, runs)
    }

    /// Takes back the buffers of a chunk.
    pub(super) fn give_back(&mut self, mut searched: SearchedChunk<'_>) {
        for found in searched.iter_mut() {
            self.give_back_bytes(found);
            let mut runs = std::mem::take(&mut found.runs);
            runs.clear();
            if self.runs.len() < 2 {
                self.runs.push(runs);
            }
        }
    }

    /// Drops the output of a chunk that has not been handed over.
    pub(super) fn restart(&mut self, out: &mut Out<'_>) {
        out.restart();
        if let Some(render) = &mut self.render {
            render.restart();
        }
    }

    pub(super) fn holds_back(&self) -> bool {
        self.render
            .as_ref()
            .is_some_and(|render| render.holds_back())
    }

    /// Takes back the bytes of a chunk, which nobody needs any more.
    pub(super) fn give_back_bytes(&mut self, found: &mut Found<'_>) {
        let none = Bytes::Slice(&[]);
        let bytes = std::mem::replace(&mut found.chunk.bytes, none);
        self.buffers.give_back(bytes);
    }
}
