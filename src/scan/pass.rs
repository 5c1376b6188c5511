//! One pass over an input, from front to back: chunks claimed, searched, linked, rendered and delivered.

use std::{ops::Range, path::Path, time::Duration};

use super::{
    Context, Limit, MAX_LINE_BYTES, Note, Progress, Render, Scan, Sink, Summary, Workers,
    emit::{self, Carry, Emitter, Rules, Turn},
    ordered::{self, Claim, Linked, Out, Rendered, Stages},
    worker::{self, Found, Run, Task},
};
use crate::{
    error::Error,
    input::{
        self, Access, Buffers, Chunk, Cut, FileInput, Kind, Portions, ReadError, Source, Stream,
    },
    line::{self, to_u64},
    matcher::{Finder, Matcher},
};

/// How many bytes of a mapping are one chunk. Of `-c ERROR` on 4 GiB in the cache with 2 threads, 1 MiB takes 1.15 of the
/// time, 2 MiB 1.07, 8 and 16 MiB 1.0 to 0.95, but the places of hits (16 bytes for each run of adjacent ones) may take
/// five times as much memory as a chunk, if lines are as short as can be and every other one is a hit (2026-11).
const MAPPED_CHUNK_BYTES: usize = 4 << 20;

/// How many bytes are read as one chunk: it and its copy in the kernel stay in the L2 cache.
const READ_CHUNK_BYTES: usize = 512 << 10;

/// How many bytes of a stream are one chunk, if they come fast enough.
const STREAM_CHUNK_BYTES: usize = 512 << 10;

/// A search from front to back.
pub(super) struct Pass {
    /// Where it begins: the start of the range, or a chunk's border inside it.
    pub(super) start: u64,
    /// How many lines of the range are before `start`.
    pub(super) lines_before: u64,
    /// The hits that count, by their number from `start` on.
    pub(super) hits: Range<u64>,
    pub(super) notes_from_first_hit: bool,
    /// Where context may begin, if that is before the first line from `start` on.
    pub(super) floor: Option<u64>,
}

impl Pass {
    pub(super) fn whole(scan: &Scan, hits: Range<u64>) -> Pass {
        Pass {
            start: scan.range.start,
            lines_before: 0,
            hits,
            notes_from_first_hit: false,
            floor: None,
        }
    }
}

/// Where chunks are claimed from.
pub(super) enum Feed<'s> {
    File { next: u64, count: u64 },
    Stream(&'s mut Stream, Portions),
    Kept(std::collections::VecDeque<emit::Past>),
}

/// What stays the same while one input is searched.
pub(super) struct Input<'s> {
    /// Unless the input is a stream.
    pub(super) file: Option<&'s FileInput>,
    pub(super) cut: Cut,
    pub(super) path: &'s Path,
}

impl<'s> Input<'s> {
    /// The input as the workers see it, and where they claim chunks. `start` is where the search begins.
    pub(super) fn new(
        scan: &Scan,
        source: &'s mut Source,
        start: u64,
        progress: &Progress,
    ) -> (Input<'s>, Feed<'s>) {
        let max_line_bytes = scan.max_line_bytes();
        let default_chunk_bytes = match source.access() {
            Access::Mapped => MAPPED_CHUNK_BYTES,
            Access::Read => READ_CHUNK_BYTES,
            Access::Stream => STREAM_CHUNK_BYTES,
        };
        let chunk_bytes = scan.chunk_bytes(default_chunk_bytes);
        let path = source.path.as_path();
        match &mut source.kind {
            Kind::File(file) => {
                let file = &*file;
                let range = start..scan.range.end.min(file.length);
                let chunk_bytes = to_u64(chunk_bytes);
                let cut = Cut {
                    range,
                    length: file.length,
                    chunk_bytes,
                    max_line_bytes,
                };
                progress.begin(cut.range.end.saturating_sub(cut.range.start));
                let feed = Feed::File {
                    next: 0,
                    count: cut.count(),
                };
                (
                    Input {
                        file: Some(file),
                        cut,
                        path,
                    },
                    feed,
                )
            }
            Kind::Stream(stream) => {
                progress.begin(0);
                let range = scan.range.clone();
                let portions = Portions {
                    range: range.clone(),
                    block_bytes: chunk_bytes,
                    max_line_bytes,
                };
                let cut = Cut {
                    range,
                    length: u64::MAX,
                    chunk_bytes: to_u64(chunk_bytes),
                    max_line_bytes,
                };
                (
                    Input {
                        file: None,
                        cut,
                        path,
                    },
                    Feed::Stream(stream, portions),
                )
            }
        }
    }

    pub(super) fn read_error(&self, error: ReadError) -> Error {
        Error::Read {
            path: self.path.into(),
            offset: error.offset,
            source: error.source,
        }
    }

    /// What each worker owns, for as many workers as are of use.
    pub(super) fn hands(
        &self,
        scan: &Scan,
        workers: &Workers,
        render: impl Fn() -> Option<Box<dyn Render>>,
    ) -> Vec<Hands> {
        let threads = match self.file {
            Some(_) => line::to_usize(self.cut.count().clamp(1, to_u64(workers.threads()))),
            None => workers.threads(),
        };
        let hands = || Hands {
            buffers: Buffers::default(),
            runs: Vec::new(),
            finder: scan.matcher.finder(),
            render: render(),
        };
        std::iter::repeat_with(hands).take(threads).collect()
    }

    pub(super) fn may_block(&self, feed: &Feed<'_>) -> bool {
        match feed {
            Feed::Stream(stream, _) => stream.may_block(),
            Feed::File { .. } | Feed::Kept(_) => false,
        }
    }

    pub(super) fn claim(&self, feed: &mut Feed<'_>, buffers: &mut Buffers) -> Claim<Claimed> {
        match feed {
            Feed::File { next, count } if next == count => Claim::End,
            Feed::File { next, .. } => {
                *next += 1;
                Claim::Chunk(Claimed::Number(*next - 1))
            }
            Feed::Stream(stream, portions) => match stream.next_chunk(portions, buffers) {
                Ok(input::Next::Chunk(chunk)) => Claim::Chunk(Claimed::Chunk(chunk)),
                Ok(input::Next::Dry) => Claim::Dry,
                Ok(input::Next::End) => Claim::End,
                Err(error) => Claim::Chunk(Claimed::Failed(error)),
            },
            Feed::Kept(chunks) => match chunks.pop_front() {
                Some(past) => Claim::Chunk(Claimed::Chunk(past.into_chunk())),
                None => Claim::End,
            },
        }
    }

    pub(super) fn load<'b>(
        &'b self,
        claimed: Claimed,
        buffers: &mut Buffers,
    ) -> Result<Chunk<'b>, ReadError> {
        match claimed {
            Claimed::Chunk(chunk) => Ok(chunk),
            Claimed::Failed(error) => Err(error),
            Claimed::Number(nth) => {
                let file = self.file.expect("only files have numbered chunks");
                file.chunk(&self.cut, nth, buffers)
            }
        }
    }

    /// Notes that a chunk has been searched.
    pub(super) fn searched(&self, chunk: &Chunk<'_>, hits: u64, progress: &Progress) {
        progress.advance(chunk.range.end - chunk.range.start, hits);
        if let Some(file) = self.file {
            file.scanned(chunk.range.start..chunk.range.end.max(chunk.end()));
        }
    }

    /// Gives back what a chunk held.
    pub(super) fn give_back(&self, chunk: &mut Chunk<'_>, buffers: &mut Buffers) {
        let bytes = std::mem::replace(&mut chunk.bytes, input::Bytes::Slice(&[]));
        buffers.give_back(bytes);
    }
}

/// A chunk that a worker has claimed.
pub(super) enum Claimed {
    /// Of a file: still to be loaded.
    Number(u64),
    /// Of a stream: claiming is reading.
    Chunk(Chunk<'static>),
    /// Of a stream that could not be read.
    Failed(ReadError),
}

/// The stages of a search.
struct Search<'a> {
    rules: &'a Rules,
    task: Task,
    input: &'a Input<'a>,
    progress: &'a Progress,
}

pub(super) struct Hands {
    pub(super) buffers: Buffers,
    pub(super) runs: Vec<Vec<Run>>,
    pub(super) finder: Finder,
    pub(super) render: Option<Box<dyn Render>>,
}

impl<'a> Stages for Search<'a> {
    type Feed = Feed<'a>;
    type Claim = Claimed;
    type Hands = Hands;
    type Found = Found<'a>;
    type Carry = Carry;
    type Turn = Turn;

    fn may_block(&self, feed: &Feed<'a>) -> bool {
        self.input.may_block(feed)
    }

    fn claim(&self, feed: &mut Feed<'a>, hands: &mut Hands) -> Claim<Claimed> {
        self.input.claim(feed, &mut hands.buffers)
    }

    fn search(&self, hands: &mut Hands, claimed: Claimed) -> Found<'a> {
        let chunk = match self.input.load(claimed, &mut hands.buffers) {
            Ok(chunk) => chunk,
            Err(error) => return Found::failed(error),
        };
        let runs = hands.runs.pop().unwrap_or_default();
        let mut found = worker::search(self.task, &mut hands.finder, chunk, runs);
        self.input.searched(&found.chunk, found.hits, self.progress);
        let is_needed =
            self.rules.needs_bytes_of_every_chunk() || (found.hits > 0 && self.task.places);
        if !is_needed {
            self.input.give_back(&mut found.chunk, &mut hands.buffers);
        }
        found
    }

    fn link(&self, carry: &mut Carry, found: &mut Found<'a>) -> Linked<Turn> {
        emit::link(self.rules, carry, found)
    }

    fn render(
        &self,
        hands: &mut Hands,
        found: &Found<'a>,
        turn: Turn,
        out: &mut Out<'_>,
    ) -> Result<(), Error> {
        let Some(render) = &mut hands.render else {
            return Ok(());
        };
        let mut emitter = Emitter {
            rules: self.rules,
            file: self.input.file,
            render: render.as_mut(),
            out,
            read_error: &|error| self.input.read_error(error),
        };
        emitter.render(found, &turn)
    }

    fn discard(&self, hands: &mut Hands, mut found: Found<'a>) {
        self.input.give_back(&mut found.chunk, &mut hands.buffers);
        found.runs.clear();
        if hands.runs.len() < 2 {
            hands.runs.push(found.runs);
        }
    }
}

/// What a worker does with one chunk, for the benches: the number of hits in `bytes`.
pub(crate) fn search_one_chunk(matcher: &Matcher, bytes: &[u8], line_numbers: bool) -> u64 {
    let max_line_bytes = MAX_LINE_BYTES;
    let length = to_u64(bytes.len());
    let cut = Cut {
        range: 0..length,
        length,
        chunk_bytes: length.max(1),
        max_line_bytes,
    };
    let task = Task {
        invert: false,
        count_lines: line_numbers,
        places: true,
        hits_max: u64::MAX,
        max_line_bytes,
    };
    worker::search(task, &mut matcher.finder(), cut.slice(0, bytes), Vec::new()).hits
}

/// What a scan is made with.
pub(super) struct Job<'a> {
    pub(super) scan: &'a Scan,
    pub(super) workers: &'a Workers,
    pub(super) progress: &'a Progress,
    pub(super) sink: &'a mut dyn Sink,
}

impl Job<'_> {
    /// Searches from front to back.
    pub(super) fn forward(&mut self, source: &mut Source, pass: Pass) -> Result<Summary, Error> {
        let (input, feed) = Input::new(self.scan, source, pass.start, self.progress);
        self.search(&input, feed, pass)
    }

    /// Searches the chunks that `feed` yields.
    pub(super) fn search<'i>(
        &mut self,
        input: &'i Input<'i>,
        feed: Feed<'i>,
        pass: Pass,
    ) -> Result<Summary, Error> {
        let hands = input.hands(self.scan, self.workers, || self.sink.renderer());
        let renders = hands.iter().any(|hands| hands.render.is_some());
        let start = pass.start;
        let rules = rules(self.scan, input, &pass, renders);
        let task = Task {
            invert: self.scan.invert,
            count_lines: self.scan.line_numbers || self.scan.count_lines,
            places: renders || rules.hits.end != u64::MAX,
            hits_max: rules.hits_max(),
            max_line_bytes: rules.max_line_bytes,
        };
        let mut carry = Carry::new(&rules, start, pass.lines_before, pass.floor);
        let mut totals = Rendered::default();
        if rules.hits.end > 0 {
            let stages = Search {
                rules: &rules,
                task,
                input,
                progress: self.progress,
            };
            let mut deliver = |rendered: &Rendered| {
                totals.add_counts(rendered);
                self.sink.deliver(&rendered.bytes)
            };
            carry = ordered::run(self.workers, &stages, hands, feed, carry, &mut deliver)?;
        }
        Ok(summary(self.scan, input, &rules, start, carry, &totals))
    }
}

fn rules(scan: &Scan, input: &Input<'_>, pass: &Pass, renders: bool) -> Rules {
    let has_before = matches!(scan.context, Context::Lines { before: 1.., .. });
    Rules {
        context: match (scan.context, scan.limit) {
            (Context::All, Limit::Last(_)) => Context::None,
            (context, _) if renders => context,
            _ => Context::None,
        },
        hits: pass.hits.clone(),
        renders,
        line_numbers: scan.line_numbers,
        max_line_bytes: scan.max_line_bytes(),
        keeps_history: renders && input.file.is_none() && has_before,
        notes_from_first_hit: pass.notes_from_first_hit,
        gap_before_first: scan.gap_before_first,
    }
}

fn summary(
    scan: &Scan,
    input: &Input<'_>,
    rules: &Rules,
    start: u64,
    carry: Carry,
    totals: &Rendered,
) -> Summary {
    let mut notes = Vec::new();
    if let Some(first_offset) = carry.first_long_line {
        let count = carry.long_lines;
        notes.push(Note::LongLines {
            count,
            first_offset,
            max_line_bytes: rules.max_line_bytes,
        });
    }
    if totals.short_contexts > 0 {
        notes.push(Note::ShortContext {
            hits: totals.short_contexts,
            kept_bytes: emit::HISTORY_BYTES,
        });
    }
    if scan.line_numbers && rules.renders && scan.range.start > 0 {
        notes.push(Note::NumbersFromRange {
            start: scan.range.start,
        });
    }
    if let Some((from, to, complete_to)) =
        carry
            .shrank_at
            .zip(input.file)
            .and_then(|(complete_to, file)| {
                let now = file.length_now();
                (now < file.length).then_some((file.length, now, complete_to))
            })
    {
        notes.push(Note::Shrank {
            from,
            to,
            complete_to,
        });
    }
    let bytes = carry.searched_to.saturating_sub(start);
    Summary {
        bytes,
        bytes_read: bytes,
        lines: (scan.line_numbers || scan.count_lines).then_some(carry.lines),
        hits: carry.counted_hits(rules),
        matches: totals.matches,
        cut_lines: totals.cut_lines,
        notes,
        end_offset: carry.last_hit_end.unwrap_or(carry.searched_to),
        error: carry.error.map(|error| input.read_error(error)),
        elapsed: Duration::ZERO,
    }
}
