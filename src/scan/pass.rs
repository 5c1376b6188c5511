//! One pass over an input, from front to back: chunks claimed, searched, linked, rendered and delivered.

use std::{ops::Range, path::Path, time::Duration};

use super::{
    Context, Limit, Note, Progress, Render, Scan, Sink, Summary, Workers,
    emit::{self, Carry, Emitter, RenderError, Rules, Turn},
    ordered::{self, Claim, Linked, Out, Rendered, Stages},
    skim::{self, Skim, Skimmed},
    worker::{self, Ended, Found, Run, Task},
};
use crate::{
    error::Error,
    input::{
        self, Access, Buffers, Chunk, Chunks, Cut, FileInput, Hole, Kind, Portions,
        READ_CHUNK_BYTES, ReadError, Source, Stream,
    },
    line::{self, to_u64},
    matcher::{Finder, Matcher},
    sys::{Change, Stop},
};

/// How many bytes of a mapping are one chunk. Of `-c ERROR` on 4 GiB in the cache with 2 threads, 1 MiB takes 1.15 of the
/// time, 2 MiB 1.07, 8 and 16 MiB 1.0 to 0.95, but the places of hits (16 bytes for each run of adjacent ones) may take
/// five times as much memory as a chunk, if lines are as short as can be and every other one is a hit (2026-11).
const MAPPED_CHUNK_BYTES: usize = 4 << 20;

/// The same where what is rendered may be several times as long as the lines: a worker keeps no more than 8 MiB of it before
/// its turn. With `--json INFO` on 1 GiB two threads gain 2.01 on one with it, 1.2 to 1.4 without (2026-11).
const EXPANDING_CHUNK_BYTES: usize = 1 << 20;

/// How many bytes of a stream are one chunk, if they come fast enough.
const STREAM_CHUNK_BYTES: usize = 512 << 10;

/// A larger copy, of a long line, is not kept.
const COPY_BYTES_MAX: usize = 2 << 20;

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
    /// What could not be read before `start`, where lines were counted.
    pub(super) hole: Option<Hole>,
    /// The search has ended before it began.
    pub(super) ended: Option<Ended>,
}

impl Pass {
    pub(super) fn whole(scan: &Scan, hits: Range<u64>) -> Pass {
        Pass {
            start: scan.range.start,
            lines_before: scan.lines_before.unwrap_or(0),
            hits,
            notes_from_first_hit: false,
            floor: None,
            hole: None,
            ended: None,
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
    /// When it is requested, nothing more is claimed.
    pub(super) stop: Option<&'s Stop>,
}

impl<'s> Input<'s> {
    /// The input as the workers see it, and where they claim chunks. `start` is where the search begins, `expands` whether
    /// what is rendered may be several times as long as the lines.
    pub(super) fn new(
        scan: &Scan,
        source: &'s mut Source,
        start: u64,
        expands: bool,
        progress: &'s Progress,
    ) -> (Input<'s>, Feed<'s>) {
        let max_line_bytes = scan.max_line_bytes();
        let default_chunk_bytes = match source.access() {
            Access::Mapped if expands => EXPANDING_CHUNK_BYTES,
            Access::Mapped => MAPPED_CHUNK_BYTES,
            Access::Read => READ_CHUNK_BYTES,
            Access::Stream => STREAM_CHUNK_BYTES,
        };
        let chunk_bytes = scan.chunk_bytes(default_chunk_bytes);
        let path = source.path.as_path();
        match &mut source.kind {
            Kind::File(file) => {
                let file = &*file;
                let start = start.max(file.text_start());
                let range = start..scan.range.end.min(file.length);
                let chunk_bytes = to_u64(chunk_bytes);
                let cut = Cut {
                    range,
                    text_start: file.text_start(),
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
                        stop: progress.stop(),
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
                    text_start: 0,
                    length: u64::MAX,
                    chunk_bytes: to_u64(chunk_bytes),
                    max_line_bytes,
                };
                (
                    Input {
                        file: None,
                        cut,
                        path,
                        stop: progress.stop(),
                    },
                    Feed::Stream(stream, portions),
                )
            }
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
        (0..threads)
            .map(|nth| Hands::new(nth, &scan.matcher, render()))
            .collect()
    }

    pub(super) fn may_block(&self, feed: &Feed<'_>) -> bool {
        match feed {
            Feed::Stream(stream, _) => stream.may_block(),
            Feed::File { .. } | Feed::Kept(_) => false,
        }
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stop.is_some_and(Stop::is_requested)
    }

    /// The next chunk, or a stop in its place. What is kept of a stream is searched even so: it was read before the stop.
    pub(super) fn claim(&self, feed: &mut Feed<'_>, buffers: &mut Buffers) -> Claim<Claimed> {
        match feed {
            Feed::File { next, count } if next == count => Claim::End,
            Feed::File { .. } if self.is_stopped() => Claim::Chunk(Claimed::Stop),
            Feed::File { next, .. } => {
                *next += 1;
                Claim::Chunk(Claimed::Number(*next - 1))
            }
            Feed::Stream(stream, portions) => match stream.next_chunk(portions, buffers, self.stop)
            {
                Ok(input::Next::Chunk(chunk)) => Claim::Chunk(Claimed::Chunk(chunk)),
                Ok(input::Next::Dry) => Claim::Dry,
                Ok(input::Next::End) => Claim::End,
                Ok(input::Next::Interrupted) => Claim::Chunk(Claimed::Stop),
                Err(error) => Claim::Chunk(Claimed::Failed(error)),
            },
            Feed::Kept(chunks) => match chunks.pop_front() {
                Some(past) => Claim::Chunk(Claimed::Chunk(past.into_chunk())),
                None => Claim::End,
            },
        }
    }

    /// Searches a chunk, and again by reading if the mapping has lost any of it meanwhile.
    pub(super) fn search(&self, task: Task, hands: &mut Hands, claimed: Claimed) -> Searched<'_> {
        match claimed {
            Claimed::Chunk(chunk) => Searched {
                nth: None,
                in_memory: false,
                first: hands.search(task, chunk),
                behind: Vec::new(),
            },
            Claimed::Failed(error) => Searched::ended(None, Ended::Failed(error)),
            Claimed::Stop => Searched::ended(None, Ended::Interrupted),
            Claimed::Number(nth) => match self.search_in_memory(task, hands, nth) {
                Some(found) => found,
                None => self.search_by_reading(task, hands, nth),
            },
        }
    }

    fn search_in_memory(&self, task: Task, hands: &mut Hands, nth: u64) -> Option<Searched<'_>> {
        let file = self.file.expect("only files have numbered chunks");
        let chunk = file.chunk_in_memory(&self.cut, nth)?;
        let searched = Searched {
            nth: Some(nth),
            in_memory: true,
            first: hands.search(task, chunk),
            behind: Vec::new(),
        };
        if self.is_intact(&searched) {
            self.check_unchanged(searched.first.chunk.offset);
            return Some(searched);
        }
        hands.give_back(searched);
        None
    }

    /// Searches a chunk of a file without looking at a mapping of it.
    pub(super) fn search_by_reading(
        &self,
        task: Task,
        hands: &mut Hands,
        nth: u64,
    ) -> Searched<'_> {
        let file = self.file.expect("only files have numbered chunks");
        let Chunks {
            first,
            behind,
            failure,
        } = file.read_chunks(&self.cut, nth, &mut hands.buffers);
        let first = hands.search(task, first);
        self.check_unchanged(first.chunk.offset);
        let mut behind: Vec<Found<'_>> = behind
            .into_iter()
            .map(|chunk| hands.search(task, chunk))
            .collect();
        behind.extend(failure.map(|error| Found::ended(Ended::Failed(error))));
        Searched {
            nth: Some(nth),
            in_memory: false,
            first,
            behind,
        }
    }

    pub(super) fn is_mapped(&self) -> bool {
        self.file.is_some_and(FileInput::is_mapped)
    }

    /// Looks whether the file is still as it was, when bytes from `from` on have been read.
    pub(super) fn check_unchanged(&self, from: u64) {
        if let Some(file) = self.file {
            file.check_unchanged(from);
        }
    }

    /// Whether what was read of a chunk until now is what the file holds.
    pub(super) fn is_intact(&self, searched: &Searched<'_>) -> bool {
        let chunk = &searched.first.chunk;
        match self.file {
            Some(file) if searched.in_memory => file.is_intact(chunk.end().max(chunk.range.end)),
            _ => true,
        }
    }

    /// Notes that a chunk has been searched.
    pub(super) fn searched(
        &self,
        searched: &Searched<'_>,
        hits: u64,
        worker: usize,
        progress: &Progress,
    ) {
        let first = &searched.first.chunk;
        let last = searched.behind.iter().rfind(|found| found.ended.is_none());
        let last = last.map_or(first, |found| &found.chunk);
        progress.advance(worker, last.range.end - first.range.start, hits);
        if let Some(file) = self.file {
            file.scanned(first.range.start..last.range.end.max(last.end()));
        }
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
    /// A stop was requested in the place of a chunk. It takes its turn like one, so it does not count behind a limit.
    Stop,
}

/// What was found in what a worker claimed.
#[derive(Debug)]
pub(super) struct Searched<'s> {
    /// The number of the chunk, in a file.
    pub(super) nth: Option<u64>,
    /// Whether it was searched where it lies in memory, so that a mapping may lose it. Its bytes do not tell: where no
    /// line starts, or where they have been given back, there are none.
    in_memory: bool,
    pub(super) first: Found<'s>,
    /// Behind each hole in the chunk.
    pub(super) behind: Vec<Found<'s>>,
}

impl<'s> Searched<'s> {
    fn ended(nth: Option<u64>, ended: Ended) -> Searched<'s> {
        Searched {
            nth,
            in_memory: false,
            first: Found::ended(ended),
            behind: Vec::new(),
        }
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

/// What each worker owns.
pub(super) struct Hands {
    /// Which of the workers it is.
    pub(super) nth: usize,
    pub(super) buffers: Buffers,
    runs: Vec<Vec<Run>>,
    finder: Finder,
    render: Option<Box<dyn Render>>,
    /// Where lines of a mapping are copied to before they are rendered.
    copy: Vec<u8>,
}

impl Hands {
    fn new(nth: usize, matcher: &Matcher, render: Option<Box<dyn Render>>) -> Hands {
        Hands {
            nth,
            buffers: Buffers::default(),
            runs: Vec::new(),
            finder: matcher.finder(),
            render,
            copy: Vec::new(),
        }
    }

    fn search<'s>(&mut self, task: Task, chunk: Chunk<'s>) -> Found<'s> {
        let may_change = task.may_change && matches!(chunk.bytes, input::Bytes::Slice(_));
        let task = Task { may_change, ..task };
        let runs = self.runs.pop().unwrap_or_default();
        worker::search(task, &mut self.finder, chunk, runs)
    }

    /// Takes back what a chunk held.
    pub(super) fn give_back(&mut self, mut searched: Searched<'_>) {
        for found in searched.iter_mut() {
            self.give_back_bytes(found);
            let mut runs = std::mem::take(&mut found.runs);
            runs.clear();
            if self.runs.len() < 2 {
                self.runs.push(runs);
            }
        }
    }

    fn holds_back(&self) -> bool {
        self.render
            .as_ref()
            .is_some_and(|render| render.holds_back())
    }

    /// Takes back a chunk's bytes, which nobody needs any more.
    pub(super) fn give_back_bytes(&mut self, found: &mut Found<'_>) {
        let none = input::Bytes::Slice(&[]);
        let bytes = std::mem::replace(&mut found.chunk.bytes, none);
        self.buffers.give_back(bytes);
    }
}

/// The stages of a search.
struct Search<'a> {
    matcher: &'a Matcher,
    rules: &'a Rules,
    task: Task,
    input: &'a Input<'a>,
    progress: &'a Progress,
}

/// What rendering a chunk needs to know from those before.
struct Turns {
    /// For each part of the chunk that is to be rendered.
    parts: Vec<Option<Turn>>,
    /// What was known before the chunk, if a part of it may be lost before it is rendered.
    before: Option<Carry>,
}

impl<'a> Stages for Search<'a> {
    type Feed = Feed<'a>;
    type Claim = Claimed;
    type Hands = Hands;
    type Found = Searched<'a>;
    type Carry = Carry;
    type Turn = Turns;

    fn may_block(&self, feed: &Feed<'a>) -> bool {
        self.input.may_block(feed)
    }

    fn claim(&self, feed: &mut Feed<'a>, hands: &mut Hands) -> Claim<Claimed> {
        self.input.claim(feed, &mut hands.buffers)
    }

    fn search(&self, hands: &mut Hands, claimed: Claimed) -> Searched<'a> {
        let mut searched = self.input.search(self.task, hands, claimed);
        self.input
            .searched(&searched, searched.hits(), hands.nth, self.progress);
        for found in searched.iter_mut() {
            let is_needed =
                self.rules.needs_bytes_of_every_chunk() || (found.hits > 0 && self.task.places);
            if !is_needed {
                hands.give_back_bytes(found);
            }
        }
        searched
    }

    fn link(&self, carry: &mut Carry, searched: &mut Searched<'a>) -> Linked<Turns> {
        let before = (self.task.places && searched.in_memory).then(|| carry.clone());
        let linked = self.link_parts(carry, searched);
        if let (Some(before), Some(nth)) = (before, searched.nth)
            && !self.input.is_intact(searched)
        {
            // Its lines were looked at once more, and may have been lost since they were searched. That is so rare that
            // what a worker owns need not be at hand.
            *carry = before;
            let mut hands = Hands::new(0, self.matcher, None);
            *searched = self.input.search_by_reading(self.task, &mut hands, nth);
            return self.link_parts(carry, searched);
        }
        linked
    }

    fn is_intact(&self, searched: &Searched<'a>) -> bool {
        self.input.is_intact(searched)
    }

    fn render(
        &self,
        hands: &mut Hands,
        searched: &Searched<'a>,
        turns: Turns,
        out: &mut Out<'_>,
    ) -> Result<Option<Carry>, Error> {
        let rendered = self.emit(hands, searched, &turns.parts, out);
        let (Some(before), Some(nth)) = (turns.before, searched.nth) else {
            return rendered
                .map(|()| None)
                .map_err(|error| error.of(self.input.path));
        };
        // Lines of a mapping were looked at once more, and context was read.
        let offset = searched.first.chunk.offset;
        self.input.check_unchanged(match self.rules.context {
            Context::None => offset,
            Context::Lines { .. } | Context::All => offset.min(before.printed_to()),
        });
        match rendered {
            Err(RenderError::Write(error)) => return Err(error),
            Ok(()) if out.is_intact() && self.is_intact(searched) => return Ok(None),
            Ok(()) | Err(RenderError::Read(_)) => {}
        }
        self.render_again(hands, nth, &before, out)
    }

    fn discard(&self, hands: &mut Hands, searched: Searched<'a>) {
        hands.give_back(searched);
    }
}

impl<'a> Search<'a> {
    /// Folds a chunk, part by part, into what is known.
    fn link_parts(&self, carry: &mut Carry, searched: &mut Searched<'a>) -> Linked<Turns> {
        let before = (self.rules.renders && self.input.file.is_some()).then(|| carry.clone());
        let mut parts = Vec::new();
        let mut has_turn = false;
        let mut has_ended = false;
        for found in searched.iter_mut() {
            let Linked { turn, stop, .. } = emit::link(self.rules, carry, found);
            has_turn |= turn.is_some();
            has_ended = stop;
            parts.push(turn);
            if stop {
                break;
            }
        }
        Linked {
            turn: has_turn.then_some(Turns { parts, before }),
            stop: has_ended,
            reached: carry.reached(self.rules),
        }
    }

    fn emit(
        &self,
        hands: &mut Hands,
        searched: &Searched<'a>,
        parts: &[Option<Turn>],
        out: &mut Out<'_>,
    ) -> Result<(), RenderError> {
        let Some(render) = &mut hands.render else {
            return Ok(());
        };
        let mut emitter = Emitter {
            rules: self.rules,
            file: self.input.file,
            render: render.as_mut(),
            out,
            copies: self.input.is_mapped(),
            copy: std::mem::take(&mut hands.copy),
            hits_done: 0,
        };
        for (found, turn) in searched.iter().zip(parts) {
            if let Some(turn) = turn {
                emitter.render(found, turn)?;
            }
        }
        if emitter.copy.capacity() <= COPY_BYTES_MAX {
            hands.copy = emitter.copy;
        }
        Ok(())
    }

    /// Renders what is left of a chunk whose bytes, or those of the context before it, were lost after the search. What
    /// has been delivered of it stays, and the scan ends with it, unless all of it is still there.
    fn render_again(
        &self,
        hands: &mut Hands,
        nth: u64,
        before: &Carry,
        out: &mut Out<'_>,
    ) -> Result<Option<Carry>, Error> {
        out.restart();
        let mut carry = before.clone();
        let mut searched = self.input.search_by_reading(self.task, hands, nth);
        let is_whole = searched.iter().all(|found| {
            found.ended.is_none()
                && found.chunk.shrank_to.is_none()
                && found.chunk.hole_before.is_none()
        });
        let hole = searched
            .iter()
            .find_map(|found| found.chunk.hole_before.clone());
        let linked = self.link_parts(&mut carry, &mut searched);
        let mut parts = linked.turn.map_or(Vec::new(), |turns| turns.parts);
        if !is_whole && hands.holds_back() && out.has_handed_over() {
            // What it would make of fewer lines does not begin with what it made of all.
            parts.clear();
            carry.take_back(before);
        }
        let rendered = self.emit(hands, &searched, &parts, out);
        hands.give_back(searched);
        match rendered {
            Ok(()) if is_whole => return Ok(None),
            Ok(()) => {}
            Err(RenderError::Write(error)) => return Err(error),
            Err(RenderError::Read(error)) => {
                // Context before the chunk is lost: the output ends before it.
                out.restart();
                carry = before.clone();
                carry.end(Ended::Failed(error));
            }
        }
        if let Some(mark) = out.handed_to() {
            carry.reach(before, mark);
        }
        if carry.ended.is_none()
            && carry.shrank_to.is_none()
            && let Some(hole) = hole
        {
            // A page that could be read before cannot be now. Chunks behind were linked as if it could.
            carry.end(Ended::Failed(ReadError {
                offset: hole.offset,
                source: std::io::Error::other(hole.reason),
            }));
        }
        Ok(Some(carry))
    }
}

/// What a worker does with one chunk, for the benches: the number of hits in `bytes`.
#[cfg(feature = "compare")]
pub(crate) fn search_one_chunk(matcher: &Matcher, bytes: &[u8], line_numbers: bool) -> u64 {
    let max_line_bytes = super::MAX_LINE_BYTES;
    let length = to_u64(bytes.len());
    let cut = Cut {
        range: 0..length,
        text_start: 0,
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
        may_change: false,
        hashes: false,
    };
    let chunk = cut.slice(0, bytes);
    worker::search(task, &mut matcher.finder(), chunk, Vec::new()).hits
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
        let (input, feed) = Input::new(
            self.scan,
            source,
            pass.start,
            self.sink.expands(),
            self.progress,
        );
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
        let rules = Rules {
            checkpoints: input.file.is_some() && self.sink.wants_checkpoints(),
            ..rules(self.scan, input, &pass, renders)
        };
        let task = Task {
            invert: self.scan.invert,
            count_lines: self.scan.line_numbers || self.scan.count_lines,
            places: renders || rules.hits.end != u64::MAX,
            hits_max: rules.hits_max(),
            max_line_bytes: rules.max_line_bytes,
            may_change: input.is_mapped(),
            hashes: hashes_hits(self.scan),
        };
        // A byte order mark is behind us as soon as the search begins.
        let text_start = start.max(input.cut.text_start);
        let mut carry = Carry::new(&rules, text_start, pass.lines_before, pass.floor);
        carry.hole.clone_from(&pass.hole);
        let has_ended = pass.ended.is_some();
        if let Some(ended) = pass.ended.clone() {
            carry.end(ended);
        }
        let mut totals = Rendered::default();
        let mut feed = feed;
        let mut searches = rules.hits.end > 0 && !has_ended;
        let mut deliver = |rendered: &Rendered| {
            totals.add_counts(rendered);
            if !rendered.bytes.is_empty() {
                self.sink.deliver(&rendered.bytes)?;
            }
            if rendered.is_cut {
                self.sink.cut()?;
            }
            match &rendered.reached {
                Some(reached) => self.sink.reached(reached),
                None => Ok(()),
            }
        };
        if searches && skim::is_worth_while(self.scan, &rules, input, &pass) {
            let skim = Skim {
                scan: self.scan,
                rules: &rules,
                input,
                progress: self.progress,
            };
            let Skimmed {
                carry: known,
                found_in,
            } = skim.run(self.workers, feed, carry, &mut deliver)?;
            carry = known;
            feed = Feed::File {
                next: found_in.unwrap_or(0),
                count: input.cut.count(),
            };
            searches = found_in.is_some();
        }
        if searches {
            let stages = Search {
                matcher: &self.scan.matcher,
                rules: &rules,
                task,
                input,
                progress: self.progress,
            };
            carry = ordered::run(self.workers, &stages, hands, feed, carry, &mut deliver)?;
        }
        Ok(summary(self.scan, input, &rules, start, carry, &totals))
    }
}

/// What another process did to the file. `shrank_to` is where the file was seen to end, if that was too early.
fn change_note(file: &FileInput, shrank_to: Option<u64>, searched_to: u64) -> Option<Note> {
    let change = file.change();
    let shrank = |to: u64| {
        let to = to.min(file.length_now());
        Some(Note::Shrank {
            from: file.length,
            to,
            complete_to: searched_to.min(file.sure_to()).min(to),
            searched_to,
        })
    };
    match (shrank_to, change) {
        (Some(_), Change::None) if file.may_end_early() => None,
        (Some(to), _) => shrank(to),
        (None, Change::Written) => Some(Note::Rewritten),
        // What was searched was all there when it was, but who knows what has been written in between.
        (None, Change::Shorter) => shrank(file.length),
        // Longer, or seemingly as it was, because the clock of file times is coarse.
        (None, _) if !file.has_same_ends() => Some(Note::Rewritten),
        (None, Change::Attributes) => Some(Note::Renamed),
        (None, Change::None | Change::Longer) => None,
    }
}

/// Looks at a file that has been read again since it was searched: what became of it meanwhile is added to the notes.
#[cfg(feature = "triage")]
pub(crate) fn look_again(source: &Source, summary: &mut Summary) {
    let Kind::File(file) = &source.kind else {
        return;
    };
    let is_known = |note: &Note| matches!(note, Note::Shrank { .. } | Note::Rewritten);
    if !summary.notes.iter().any(is_known)
        && let Some(note) = change_note(file, None, file.length)
        && !summary.notes.contains(&note)
    {
        summary.notes.push(note);
    }
}

/// Only of all hits: which of a chunk count within a limit is not known where they are hashed.
fn hashes_hits(scan: &Scan) -> bool {
    scan.hash_hits && scan.limit == Limit::All
}

pub(super) fn rules(scan: &Scan, input: &Input<'_>, pass: &Pass, renders: bool) -> Rules {
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
        counts_lines: scan.line_numbers || scan.count_lines,
        checkpoints: false,
        gap_before_first: scan.gap_before_first,
    }
}

pub(super) fn summary(
    scan: &Scan,
    input: &Input<'_>,
    rules: &Rules,
    start: u64,
    mut carry: Carry,
    totals: &Rendered,
) -> Summary {
    let checkpoint = carry.checkpoint(rules);
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
    let is_numbered = scan.line_numbers && rules.renders;
    if is_numbered && scan.range.start > 0 && scan.lines_before.is_none() {
        notes.push(Note::NumbersFromRange {
            start: scan.range.start,
        });
    }
    if let Some(Hole {
        offset,
        bytes,
        reason,
    }) = carry.hole.take()
    {
        notes.push(Note::Unreadable {
            offset,
            bytes,
            reason,
        });
    }
    if matches!(carry.ended, Some(Ended::Interrupted)) {
        notes.push(Note::Interrupted {
            complete_to: carry.searched_to,
        });
    }
    notes.extend(
        input
            .file
            .and_then(|file| change_note(file, carry.shrank_to, carry.searched_to)),
    );
    // Without what the last line has behind the range, so that adjacent ranges add up to the whole.
    let range_end = carry.searched_to.min(scan.range.end);
    let bytes = range_end.saturating_sub(start);
    let end_offset = carry.last_hit_end.unwrap_or(carry.searched_to);
    // A range may begin behind the end of a file, and then nothing has been searched up to there.
    let end_offset = input
        .file
        .map_or(end_offset, |file| end_offset.min(file.length));
    Summary {
        path: input.path.into(),
        bytes,
        bytes_read: bytes,
        lines: scan
            .count_lines
            .then(|| carry.lines.saturating_sub(scan.lines_before.unwrap_or(0))),
        hits: carry.counted_hits(rules),
        hits_hash: hashes_hits(scan).then_some(carry.hits_hash),
        matches: totals.matches,
        cut_lines: totals.cut_lines,
        notes,
        checkpoint,
        end_offset,
        error: match carry.ended {
            Some(Ended::Failed(error)) => Some(error.of(input.path)),
            Some(Ended::Interrupted) | None => None,
        },
        elapsed: Duration::ZERO,
    }
}
