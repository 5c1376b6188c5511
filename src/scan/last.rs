//! The last hits of an input, without reading more of a file than needed and without keeping hits in memory.
//!
//! A file is searched chunk by chunk from its end, only counting, until there are enough hits; then an ordinary search
//! goes forward from there and leaves out the surplus. Of a stream the tail that may be needed is kept instead.

use std::collections::VecDeque;

use super::{
    Context, Note, Progress, Scan, Summary, Workers,
    emit::{HISTORY_BYTES, Past},
    ordered::{self, Claim, Linked, Out, Stages},
    pass::{Claimed, Feed, Hands, Input, Job, Pass},
    worker::{self, Found, Task},
};
use crate::{
    error::Error,
    input::{Kind, ReadError, Source},
    line::{self, to_u64},
};

pub(super) fn run(job: &mut Job<'_>, source: &mut Source, last: u64) -> Result<Summary, Error> {
    match &source.kind {
        _ if last == 0 => job.forward(source, Pass::whole(job.scan, 0..0)),
        Kind::File(_) => of_file(job, source, last),
        Kind::Stream(_) => of_stream(job, source, last),
    }
}

fn of_file(job: &mut Job<'_>, source: &mut Source, last: u64) -> Result<Summary, Error> {
    let Job {
        scan,
        workers,
        progress,
        ..
    } = *job;
    let mut pass = Pass::whole(scan, 0..u64::MAX);
    let (input, feed) = Input::new(scan, source, scan.range.start, progress);
    let found = Count {
        scan,
        input: &input,
        what: What::HitsFromTheEnd,
        enough: last,
        progress,
    }
    .run(workers, feed)?;
    pass.start = found.start;
    if found.sum >= last {
        pass.hits = found.sum - last..u64::MAX;
        pass.notes_from_first_hit = true;
    }
    // What could not be read ends the search from the back as it would end one from the front.
    let error = found.error.map(|error| input.read_error(error));
    let mut bytes_read = found.bytes;
    if pass.start > scan.range.start
        && let Some(file) = input.file
    {
        let floor = file
            .line_start_from(scan.range.start)
            .map_err(|error| input.read_error(error))?;
        pass.floor = Some(floor.min(pass.start));
    }
    if scan.line_numbers && pass.start > scan.range.start {
        let before = Scan {
            range: scan.range.start..pass.start,
            ..scan.clone()
        };
        let (input, feed) = Input::new(&before, source, before.range.start, progress);
        let count = Count {
            scan: &before,
            input: &input,
            what: What::Lines,
            enough: u64::MAX,
            progress,
        };
        let counted = count.run(workers, feed)?;
        bytes_read += counted.bytes;
        pass.lines_before = counted.sum;
    }
    let mut summary = job.forward(source, pass)?;
    summary.bytes_read += bytes_read;
    summary.error = summary.error.or(error);
    Ok(summary)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    /// Hits, from the last chunk to the first.
    HitsFromTheEnd,
    /// Lines, from the first chunk to the last.
    Lines,
}

/// Counts something in the chunks of a file, until it is enough.
struct Count<'a> {
    scan: &'a Scan,
    input: &'a Input<'a>,
    what: What,
    enough: u64,
    progress: &'a Progress,
}

/// What was counted.
struct Counted {
    sum: u64,
    /// Where the last chunk begins that was needed.
    start: u64,
    bytes: u64,
    error: Option<ReadError>,
}

/// One chunk's part.
struct Part {
    sum: u64,
    range: std::ops::Range<u64>,
    error: Option<ReadError>,
}

impl<'a> Count<'a> {
    fn run(&self, workers: &Workers, feed: Feed<'a>) -> Result<Counted, Error> {
        let hands = self.input.hands(self.scan, workers, || None);
        let start = match self.what {
            What::HitsFromTheEnd => self.input.cut.range.end,
            What::Lines => self.input.cut.range.start,
        };
        let carry = Counted {
            sum: 0,
            start,
            bytes: 0,
            error: None,
        };
        ordered::run(workers, self, hands, feed, carry, &mut |_| Ok(()))
    }
}

impl<'a> Stages for Count<'a> {
    type Feed = Feed<'a>;
    type Claim = u64;
    type Hands = Hands;
    type Found = Part;
    type Carry = Counted;
    type Turn = ();

    fn may_block(&self, _feed: &Feed<'a>) -> bool {
        false
    }

    fn claim(&self, feed: &mut Feed<'a>, _hands: &mut Hands) -> Claim<u64> {
        match feed {
            Feed::File { next, count } if *next < *count => {
                *next += 1;
                Claim::Chunk(match self.what {
                    What::HitsFromTheEnd => *count - *next,
                    What::Lines => *next - 1,
                })
            }
            Feed::File { .. } | Feed::Stream(..) | Feed::Kept(_) => Claim::End,
        }
    }

    fn search(&self, hands: &mut Hands, nth: u64) -> Part {
        let range = self.input.cut.nominal(nth);
        let file = self.input.file.expect("only files are counted");
        let chunk = match file.chunk(&self.input.cut, nth, &mut hands.buffers) {
            Ok(chunk) => chunk,
            Err(error) => {
                return Part {
                    sum: 0,
                    range,
                    error: Some(error),
                };
            }
        };
        let (sum, mut chunk) = match self.what {
            What::Lines => (line::count(&chunk.bytes), chunk),
            What::HitsFromTheEnd => {
                let found =
                    worker::search(hits_only(self.scan), &mut hands.finder, chunk, Vec::new());
                (found.hits, found.chunk)
            }
        };
        self.input.searched(&chunk, 0, self.progress);
        self.input.give_back(&mut chunk, &mut hands.buffers);
        Part {
            sum,
            range,
            error: None,
        }
    }

    fn link(&self, carry: &mut Counted, part: &mut Part) -> Linked<()> {
        carry.error = part.error.take();
        if carry.error.is_none() {
            carry.sum += part.sum;
            carry.start = part.range.start;
            carry.bytes += part.range.end - part.range.start;
        }
        Linked {
            turn: None,
            stop: carry.sum >= self.enough || carry.error.is_some(),
        }
    }

    fn render(&self, _: &mut Hands, _: &Part, _turn: (), _: &mut Out<'_>) -> Result<(), Error> {
        Ok(())
    }

    fn discard(&self, _: &mut Hands, _: Part) {}
}

/// Reads a stream to its end and keeps what may hold the last hits and their context.
fn of_stream(job: &mut Job<'_>, source: &mut Source, last: u64) -> Result<Summary, Error> {
    let Job {
        scan,
        workers,
        progress,
        ..
    } = *job;
    let (input, feed) = Input::new(scan, source, scan.range.start, progress);
    let before = match scan.context {
        Context::Lines { before, .. } => before,
        Context::None | Context::All => 0,
    };
    let keep = Keep {
        scan,
        input: &input,
        last,
        before,
        progress,
    };
    let hands = input.hands(scan, workers, || None);
    let tail = ordered::run(
        workers,
        &keep,
        hands,
        feed,
        Tail::default(),
        &mut |_| Ok(()),
    )?;
    let wanted = tail.hits.min(last);
    let lost = wanted.saturating_sub(tail.kept_hits);
    let pass = Pass {
        start: tail
            .chunks
            .front()
            .map_or(scan.range.start, |past| past.offset),
        lines_before: tail.dropped_lines,
        hits: tail.kept_hits.saturating_sub(last)..u64::MAX,
        notes_from_first_hit: tail.hits >= last,
        floor: None,
    };
    let mut summary = job.search(&input, Feed::Kept(tail.chunks), pass)?;
    if lost > 0 {
        summary.notes.push(Note::LastHitsLost {
            hits: lost,
            kept_bytes: HISTORY_BYTES,
        });
    }
    if let Some(error) = tail.error {
        summary.error = summary.error.or(Some(input.read_error(error)));
    }
    summary.bytes_read = tail.bytes;
    Ok(summary)
}

/// The end of a stream, as far as it may be needed.
#[derive(Default)]
struct Tail {
    chunks: VecDeque<Past>,
    hits: u64,
    kept_hits: u64,
    dropped_lines: u64,
    bytes: u64,
    /// How many chunks at the front hold no hit that will count, and how many lines and hits these have.
    lead: usize,
    lead_lines: u64,
    lead_hits: u64,
    error: Option<ReadError>,
}

impl Tail {
    fn push(&mut self, past: Past, last: u64, before: u64) {
        let end = past.offset + to_u64(past.bytes.len());
        self.hits += past.hits;
        self.kept_hits += past.hits;
        past.append_to(&mut self.chunks);
        while self.lead + 1 < self.chunks.len() {
            let next = &self.chunks[self.lead];
            if self.kept_hits - self.lead_hits - next.hits < last {
                break;
            }
            self.lead_lines += next.lines;
            self.lead_hits += next.hits;
            self.lead += 1;
        }
        while self.chunks.len() > 1 {
            let is_unneeded = self.lead > 0 && self.lead_lines - self.chunks[0].lines >= before;
            if !is_unneeded && end - self.chunks[1].offset < HISTORY_BYTES {
                break;
            }
            let first = self.chunks.pop_front().expect("there are more than one");
            self.dropped_lines += first.lines;
            self.kept_hits -= first.hits;
            if self.lead > 0 {
                self.lead -= 1;
                self.lead_lines -= first.lines;
                self.lead_hits -= first.hits;
            }
        }
    }
}

struct Keep<'a> {
    scan: &'a Scan,
    input: &'a Input<'a>,
    last: u64,
    before: u64,
    progress: &'a Progress,
}

impl<'a> Stages for Keep<'a> {
    type Feed = Feed<'a>;
    type Claim = Claimed;
    type Hands = Hands;
    type Found = Found<'a>;
    type Carry = Tail;
    type Turn = ();

    fn may_block(&self, feed: &Feed<'a>) -> bool {
        self.input.may_block(feed)
    }

    fn claim(&self, feed: &mut Feed<'a>, hands: &mut Hands) -> Claim<Claimed> {
        self.input.claim(feed, &mut hands.buffers)
    }

    fn search(&self, hands: &mut Hands, claimed: Claimed) -> Found<'a> {
        let found = match self.input.load(claimed, &mut hands.buffers) {
            Ok(chunk) => worker::search(hits_only(self.scan), &mut hands.finder, chunk, Vec::new()),
            Err(error) => Found::failed(error),
        };
        self.input.searched(&found.chunk, found.hits, self.progress);
        found
    }

    fn link(&self, tail: &mut Tail, found: &mut Found<'a>) -> Linked<()> {
        tail.error = found.error.take();
        tail.bytes += found.chunk.length;
        if found.chunk.has_lines() {
            tail.push(Past::of(found), self.last, self.before);
        }
        Linked {
            turn: None,
            stop: tail.error.is_some(),
        }
    }

    fn render(
        &self,
        _: &mut Hands,
        _: &Found<'a>,
        _turn: (),
        _: &mut Out<'_>,
    ) -> Result<(), Error> {
        Ok(())
    }

    fn discard(&self, hands: &mut Hands, mut found: Found<'a>) {
        self.input.give_back(&mut found.chunk, &mut hands.buffers);
    }
}

/// Hits are counted, and nothing else.
fn hits_only(scan: &Scan) -> Task {
    Task {
        invert: scan.invert,
        count_lines: false,
        places: false,
        hits_max: u64::MAX,
        max_line_bytes: scan.max_line_bytes(),
    }
}
