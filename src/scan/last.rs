//! Finds the last hits of an input. It reads no more of a file than needed, and keeps no hits in
//! memory.
//!
//! ```text
//! a file:    . . . | chunk | chunk | chunk |   counted from the end until there are enough hits
//!                    '-----------------------> then searched from here on, without the surplus
//! a stream:  read to its end; its tail, which may hold the last hits, is kept and searched
//! ```

use std::collections::VecDeque;

use super::{
    Context, Note, Progress, Render, Scan, Sink, Summary,
    claims::{Growth, Hands, Input, SearchedChunk},
    context::{HISTORY_BYTES, KeptChunk},
    count::{self, CountOf, LineCounting, hits_only},
    ordered::{self, Claim, Linked, OrderStart, Stages},
    pass::Job,
    plan::Pass,
    search::Ended,
    within::Within,
};
use crate::{
    error::Error,
    input::{Claimed, Claims, Source},
    line::to_u64,
};

pub(super) fn run(job: &mut Job<'_>, source: &mut Source, last: u64) -> Result<Summary, Error> {
    match source.length() {
        _ if last == 0 => job.forward(source, Pass::whole(job.scan, 0..0)),
        Some(_) if job.filter.is_some() || job.dates.is_some() => of_times(job, source, last),
        Some(_) => from_the_end(job, source, last),
        None => from_the_start(job, source, last),
    }
}

/// Searches a file twice: once to count its hits, and once for the last of them. The times of lines
/// are known from front to back only.
fn of_times(job: &mut Job<'_>, source: &mut Source, last: u64) -> Result<Summary, Error> {
    let counted = Job {
        scan: job.scan,
        workers: job.workers,
        progress: job.progress,
        filter: job.filter.clone(),
        dates: None,
        head: Vec::new(),
        sink: &mut CountOnly,
    }
    .forward(source, Pass::whole(job.scan, 0..u64::MAX))?;
    let pass = Pass {
        hits: counted.hits.saturating_sub(last)..u64::MAX,
        notes_from_first_hit: counted.hits >= last,
        ..Pass::whole(job.scan, 0..u64::MAX)
    };
    let mut summary = job.forward(source, pass)?;
    summary.bytes_read += counted.bytes_read;
    Ok(summary)
}

/// A sink for hits that are only counted.
struct CountOnly;

impl Sink for CountOnly {
    fn renderer(&self) -> Option<Box<dyn Render>> {
        None
    }

    fn deliver(&mut self, _: &[u8]) -> Result<(), Error> {
        Ok(())
    }
}

fn from_the_end(job: &mut Job<'_>, source: &mut Source, last: u64) -> Result<Summary, Error> {
    let Job {
        scan,
        workers,
        progress,
        ..
    } = *job;
    let mut pass = Pass::whole(scan, 0..u64::MAX);
    let (input, _) = Input::new(scan, source, scan.range.start, Growth::Shrinks, progress);
    let found = LineCounting {
        scan,
        input: &input,
        what: CountOf::HitsFromTheEnd,
        enough: last,
        progress,
    }
    .run(workers)?;
    pass.start = found.start;
    if found.sum >= last {
        pass.hits = found.sum - last..u64::MAX;
        pass.notes_from_first_hit = true;
    }
    let mut ended = found.ended;
    let mut bytes_read = found.bytes;
    let start = input.loader.range().start;
    if pass.start > start {
        match input.loader.unit_start_from(start) {
            // The floor may lie behind the start, if the line before the range goes on there.
            Ok(floor) => pass.floor = Some(floor),
            Err(error) => ended = Some(Ended::Failed(error)),
        }
    }
    if scan.line_numbers && pass.start > start {
        let before = Scan {
            range: start..pass.start,
            ..scan.clone()
        };
        let counted = count::lines(&before, source, workers, progress)?;
        bytes_read += counted.bytes;
        pass.lines_before += counted.sum;
        pass.hole = counted.hole;
        ended = counted.ended.or(ended);
    }
    let mut error = None;
    match ended {
        // A failed read ends the search from the back as it would end one from the front.
        Some(Ended::Failed(failed)) if !failed.is_early_end() => {
            error = Some(failed.of(source.path()));
        }
        None => {}
        // It is not known which hits are the last of the file that was opened.
        ended => {
            pass = Pass {
                ended,
                ..Pass::whole(scan, 0..0)
            };
        }
    }
    let mut summary = job.forward(source, pass)?;
    summary.bytes_read += bytes_read;
    summary.error = summary.error.or(error);
    Ok(summary)
}

/// Reads a stream to its end, and keeps the part that may hold the last hits and their context.
fn from_the_start(job: &mut Job<'_>, source: &mut Source, last: u64) -> Result<Summary, Error> {
    let Job {
        scan,
        workers,
        progress,
        ..
    } = *job;
    let (input, claims) = Input::new(scan, source, scan.range.start, Growth::Shrinks, progress);
    let input = input.timed(job.filter.clone(), job.dates.clone());
    let begins_inside = input.begins_inside();
    let before = match scan.context {
        Context::Lines { before, .. } => before,
        Context::None | Context::All => 0,
    };
    let keep = TailStages {
        scan,
        input: &input,
        last,
        before,
        progress,
    };
    let hands = input.hands(scan, workers, || None);
    let none = LastLines {
        read_to: scan.range.start,
        is_inside: begins_inside,
        ..LastLines::default()
    };
    let start = OrderStart {
        feed: claims,
        carry: none,
    };
    let tail = ordered::run(workers, &keep, hands, start, &mut |_| Ok(()))?;
    let wanted = tail.hits.min(last);
    let lost = wanted.saturating_sub(tail.kept_hits);
    let pass = Pass {
        start: tail
            .chunks
            .front()
            .map_or(scan.range.start, |past| past.offset),
        lines_before: job.scan.lines_before.unwrap_or(0) + tail.dropped_lines,
        begins_inside: tail.chunks.front().map(|past| past.is_inside),
        hits: tail.kept_hits.saturating_sub(last)..u64::MAX,
        notes_from_first_hit: tail.hits >= last,
        ..Pass::whole(scan, 0..0)
    };
    let mut summary = job.search(
        &input,
        Claims::of_kept(tail.chunks.into_iter().map(KeptChunk::into_chunk)),
        pass,
    )?;
    if lost > 0 {
        summary.notes.push(Note::LastHitsLost {
            hits: lost,
            kept_bytes: HISTORY_BYTES,
        });
    }
    match tail.ended {
        Some(Ended::Failed(error)) => {
            summary.error = summary.error.or(Some(error.of(input.loader.path())));
        }
        Some(Ended::Interrupted) => summary.notes.push(Note::Interrupted {
            complete_to: tail.read_to,
        }),
        None => {}
    }
    summary.bytes_read = tail.bytes;
    Ok(summary)
}

/// The end of a stream, as far as it may be needed.
#[derive(Default)]
struct LastLines {
    chunks: VecDeque<KeptChunk>,
    hits: u64,
    kept_hits: u64,
    dropped_lines: u64,
    bytes: u64,
    /// How many chunks at the front hold no hit that will count. The next two fields are how many
    /// lines or records, and how many hits, these chunks have.
    lead: usize,
    lead_units: u64,
    lead_hits: u64,
    /// How far the stream has been read.
    read_to: u64,
    /// Whether the last line is within the range of times.
    is_inside: bool,
    ended: Option<Ended>,
}

impl LastLines {
    fn push(&mut self, past: KeptChunk, last: u64, before: u64) {
        let end = past.offset + to_u64(past.bytes.len());
        self.hits += past.hits;
        self.kept_hits += past.hits;
        past.append_to(&mut self.chunks);
        while self.lead + 1 < self.chunks.len() {
            let next = &self.chunks[self.lead];
            if self.kept_hits - self.lead_hits - next.hits < last {
                break;
            }
            self.lead_units += next.units;
            self.lead_hits += next.hits;
            self.lead += 1;
        }
        while self.chunks.len() > 1 {
            let is_unneeded = self.lead > 0 && self.lead_units - self.chunks[0].units >= before;
            if !is_unneeded && end - self.chunks[1].offset < HISTORY_BYTES {
                break;
            }
            let first = self.chunks.pop_front().expect("there are more than one");
            self.dropped_lines += first.lines;
            self.kept_hits -= first.hits;
            if self.lead > 0 {
                self.lead -= 1;
                self.lead_units -= first.units;
                self.lead_hits -= first.hits;
            }
        }
    }
}

struct TailStages<'a> {
    scan: &'a Scan,
    input: &'a Input<'a>,
    last: u64,
    before: u64,
    progress: &'a Progress,
}

impl<'a> Stages for TailStages<'a> {
    type Feed = Claims<'a>;
    type Claim = Claimed;
    type Hands = Hands;
    type Found = SearchedChunk<'a>;
    type Carry = LastLines;
    type Turn = ();

    fn may_block(&self, claims: &mut Claims<'a>) -> bool {
        claims.may_block()
    }

    fn claim(&self, claims: &mut Claims<'a>, hands: &mut Hands) -> Claim<Claimed> {
        self.input.claim(claims, &mut hands.buffers)
    }

    fn search(&self, hands: &mut Hands, claimed: Claimed) -> SearchedChunk<'a> {
        let searched = self
            .input
            .search(hits_only(self.scan, self.input), hands, claimed);
        self.input
            .searched(&searched, searched.hits(), hands.nth, self.progress);
        searched
    }

    fn link(&self, tail: &mut LastLines, searched: &mut SearchedChunk<'a>) -> Linked<()> {
        for found in searched.iter_mut() {
            tail.ended = found.ended.take();
            if tail.ended.is_none() {
                tail.read_to = found.chunk.end();
            }
            tail.bytes += found.chunk.length;
            tail.is_inside = found.resolve(tail.is_inside) == Within::Inside;
            if found.chunk.has_lines() {
                let past = KeptChunk::of(found, self.input.loader.unit());
                tail.push(past, self.last, self.before);
            }
        }
        Linked {
            reached: None,
            turn: None,
            stop: tail.ended.is_some(),
        }
    }

    fn discard(&self, hands: &mut Hands, searched: SearchedChunk<'a>) {
        hands.give_back(searched);
    }
}
