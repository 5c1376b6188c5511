//! Renders a chunk, on the worker that searched it. A renderer gets the lines that
//! [`link`](super::link) has decided to show, and the context around them, in pieces.

use std::{ops::Range, path::Path};

use memchr::memrchr;

use super::{
    Context, LineKind, Lines, Render,
    context::{ContextStart, HISTORY_BYTES},
    dating::Dating,
    link::{Printed, Turn},
    ordered::{DeliveredMark, Out},
    plan::PassRules,
    search::{Found, HitRun},
};
use crate::{
    error::Error,
    input::{Loader, ReadError},
    line::{self, TextUnit, to_u64, to_usize},
    simd,
};

/// How many runs of hits ahead their bytes are asked for. A chunk that has been searched does not
/// fit the inner caches. 1.1 million lines of a log of 1 GiB take 0.92 of the time with this (`-o`,
/// 2 threads, 2026-11; no other number was tried).
const RUNS_AHEAD: usize = 3;

/// The size of the pieces in which lines are rendered, about, in bytes.
const PIECE_BYTES: usize = 16 << 10;

/// A renderer, and what is needed to read context again.
pub(super) struct Emitter<'a, 'o> {
    pub(super) rules: &'a PassRules,
    /// The loader that reads context again, if the input can be read again.
    pub(super) loader: &'a Loader<'a>,
    pub(super) render: &'a mut dyn Render,
    pub(super) out: &'a mut Out<'o>,
    /// Whether lines are copied before they are rendered, because they stand in a mapping.
    pub(super) copies: bool,
    /// The buffer for the copies.
    pub(super) copy: Vec<u8>,
    /// How many hits of the chunk have been rendered.
    pub(super) hits_done: u64,
    /// Finds the times of hits, if these are wanted.
    pub(super) dating: Option<Dating<'a>>,
}

/// The reason why a chunk could not be rendered.
pub(super) enum RenderError {
    /// The context before it could not be read.
    Read(ReadError),
    /// The output failed.
    Write(Error),
}

impl RenderError {
    pub(super) fn of(self, path: &Path) -> Error {
        match self {
            RenderError::Read(error) => error.of(path),
            RenderError::Write(error) => error,
        }
    }
}

impl From<ReadError> for RenderError {
    fn from(error: ReadError) -> RenderError {
        RenderError::Read(error)
    }
}

impl From<Error> for RenderError {
    fn from(error: Error) -> RenderError {
        RenderError::Write(error)
    }
}

/// The place up to which a chunk has been rendered.
struct HitPlace<'c> {
    base: u64,
    bytes: &'c [u8],
    /// Every line before this offset has been printed, or will not be.
    printed_to: u64,
    /// How many lines are before `printed_to`, while context is owed.
    lines: u64,
    owed: u64,
    printed: Printed,
}

impl HitPlace<'_> {
    /// Returns `printed_to` as an index into the chunk.
    fn at(&self) -> usize {
        to_usize(self.printed_to.saturating_sub(self.base))
    }
}

impl Emitter<'_, '_> {
    /// Renders the part of a chunk that [`link`](super::link::link) has decided to render.
    pub(super) fn render(&mut self, found: &Found<'_>, turn: &Turn) -> Result<(), RenderError> {
        let chunk = &found.chunk;
        let mut place = HitPlace {
            base: chunk.offset,
            bytes: &chunk.bytes,
            printed_to: turn.shown.printed_to,
            lines: turn.lines_before,
            owed: turn.shown.owed,
            printed: turn.shown.printed,
        };
        if let Some(dating) = &mut self.dating {
            dating.begin(turn.time_above);
        }
        // The hits before that do not count are hits all the same.
        self.hits_done += turn.hits.start;
        let mut before = 0;
        for (nth, run) in found.runs.iter().enumerate() {
            if let Some(soon) = found.runs.get(nth + RUNS_AHEAD) {
                self.ask_for(&chunk.bytes, soon);
            }
            let all = before..before + u64::from(run.hits);
            before = all.end;
            let wanted = turn.hits.start.max(all.start)..turn.hits.end.min(all.end);
            if wanted.is_empty() {
                continue;
            }
            let part = self.part_of_run(&chunk.bytes, run, &all, &wanted);
            self.context_behind(&mut place, part.start)?;
            if let Some(dating) = &mut self.dating {
                dating.come_to(&chunk.bytes, &part);
            }
            let passed = run.start as usize..part.start;
            let line = turn.lines_before
                + u64::from(run.line)
                + self.lines_of(&chunk.bytes[passed], wanted.start - all.start);
            self.context_before(&mut place, turn, part.start, line)?;
            self.lines(
                chunk.offset + to_u64(part.start),
                &chunk.bytes[part.clone()],
                line,
                ShownParts::Hits(wanted.end - wanted.start),
            )?;
            place.printed_to = chunk.offset + to_u64(part.end);
            place.printed = Printed::Here;
            place.lines =
                line + self.lines_of(&chunk.bytes[part.clone()], wanted.end - wanted.start);
            place.owed = self.rules.after();
        }
        self.context_behind(&mut place, chunk.bytes.len())
    }

    /// Ends a chunk whose parts have all been rendered. A fold makes one value of it.
    pub(super) fn end(&mut self) -> Result<(), RenderError> {
        Ok(self.render.end_of_chunk(self.out)?)
    }

    /// Returns the part of a run, as indices into the chunk, that holds the hits with the numbers
    /// `wanted` out of `all`.
    fn part_of_run(
        &self,
        bytes: &[u8],
        run: &HitRun,
        all: &Range<u64>,
        wanted: &Range<u64>,
    ) -> Range<usize> {
        let unit = &self.rules.unit;
        let mut part = run.start as usize..run.end as usize;
        if wanted.end < all.end {
            part.end = part.start + unit.skip(&bytes[part.clone()], wanted.end - all.start).0;
        }
        if wanted.start > all.start {
            part.start += unit.skip(&bytes[part.clone()], wanted.start - all.start).0;
        }
        part
    }

    /// Asks for the bytes of a run of hits, and of the context around it. Where the context lies is
    /// found only later, so its lines are taken to be as long as the hits. `-C 3` takes 0.87 of the
    /// time with this (176,000 hits in 1 GiB, 2026-11).
    fn ask_for(&self, bytes: &[u8], run: &HitRun) {
        let hits = run.start as usize..run.end as usize;
        simd::prefetch(&bytes[hits.clone()]);
        if let Context::Lines { before, after } = self.rules.context {
            let line_bytes = to_u64(hits.len()) / u64::from(run.hits).max(1);
            let bytes_of = |lines: u64| {
                usize::try_from(lines.saturating_mul(line_bytes)).unwrap_or(usize::MAX)
            };
            let start = hits.start.saturating_sub(bytes_of(before));
            let end = bytes.len().min(hits.end.saturating_add(bytes_of(after)));
            simd::prefetch(&bytes[start..hits.start]);
            simd::prefetch(&bytes[hits.end..end]);
        }
    }

    /// Renders the context that is owed behind the last hit, up to the index `until`.
    fn context_behind(
        &mut self,
        place: &mut HitPlace<'_>,
        until: usize,
    ) -> Result<(), RenderError> {
        let from = place.at();
        if place.owed == 0 || from >= until {
            return Ok(());
        }
        let (length, units) = self.rules.unit.skip(&place.bytes[from..until], place.owed);
        let lines = self.lines_of(&place.bytes[from..from + length], units);
        self.lines(
            place.base + to_u64(from),
            &place.bytes[from..from + length],
            place.lines,
            ShownParts::Behind,
        )?;
        place.printed_to = place.base + to_u64(from + length);
        place.printed = Printed::Here;
        place.lines += lines;
        if place.owed != u64::MAX {
            place.owed -= units;
        }
        Ok(())
    }

    /// Renders the context before a hit, and a gap if there is one. The hit starts at the index
    /// `hit` and has `line` lines before it.
    fn context_before(
        &mut self,
        place: &mut HitPlace<'_>,
        turn: &Turn,
        hit: usize,
        line: u64,
    ) -> Result<(), RenderError> {
        let Context::Lines { before, .. } = self.rules.context else {
            return Ok(());
        };
        let found = self.find_before(place, turn, hit, before)?;
        let start = found.outside.unwrap_or(place.base + to_u64(found.inside));
        let is_apart = match place.printed {
            Printed::Nothing => false,
            Printed::Elsewhere => true,
            Printed::Here => start > place.printed_to,
        };
        if is_apart {
            self.render.gap(self.out)?;
        }
        let units = found.units_outside + found.units_inside;
        // There is no context before the barrier.
        let floor = place.printed_to.max(turn.shown.barrier);
        if !self.loader.can_reread() && units < before && start > floor {
            self.out.add_short_context();
        }
        let inside = &place.bytes[found.inside..hit];
        let lines_inside = self.lines_of(inside, found.units_inside);
        // Without line numbers `line` is not a count.
        let number = line.saturating_sub(lines_inside);
        if let Some(start) = found.outside {
            self.lines_outside(turn, start, found.units_outside, (place.base, number))?;
        }
        self.lines(
            place.base + to_u64(found.inside),
            inside,
            number,
            ShownParts::Before,
        )
    }

    fn find_before(
        &self,
        place: &HitPlace<'_>,
        turn: &Turn,
        hit: usize,
        wanted: u64,
    ) -> Result<ContextStart, RenderError> {
        let hit_offset = place.base + to_u64(hit);
        let kept = match self.loader.can_reread() {
            true => 0,
            false => hit_offset.saturating_sub(HISTORY_BYTES),
        };
        let floor = place.printed_to.max(turn.shown.barrier);
        let floor_inside = to_usize(floor.max(kept).saturating_sub(place.base));
        let unit = &self.rules.unit;
        let (inside, units_inside) = unit.back(&place.bytes[..hit], wanted, floor_inside);
        let mut before = ContextStart {
            outside: None,
            inside,
            units_outside: 0,
            units_inside,
        };
        if inside > 0 || units_inside == wanted || place.base <= floor {
            return Ok(before);
        }
        let missing = wanted - units_inside;
        if self.loader.can_reread() {
            let (start, units) = self.loader.units_back(floor..place.base, missing)?;
            before.outside = Some(start);
            before.units_outside = units;
            return Ok(before);
        }
        for past in turn.shown.history.chunks.iter().rev() {
            let floor_in_past =
                to_usize(floor.max(kept).saturating_sub(past.offset)).min(past.bytes.len());
            let (at, units) = unit.back(&past.bytes, missing - before.units_outside, floor_in_past);
            if units > 0 {
                before.outside = Some(past.offset + to_u64(at));
                before.units_outside += units;
            }
            if at > 0 || before.units_outside == missing {
                break;
            }
        }
        Ok(before)
    }

    /// Renders `units` lines or records of context from `start` to the beginning of the chunk. They
    /// come from the file, or from the kept part of a stream. `lines` lines are before the chunk.
    fn lines_outside(
        &mut self,
        turn: &Turn,
        start: u64,
        units: u64,
        (end, lines): (u64, u64),
    ) -> Result<(), RenderError> {
        let outside = self.lines_outside_of(turn, start..end, units)?;
        let mut line = lines.saturating_sub(outside);
        if !self.loader.can_reread() {
            for past in &turn.shown.history.chunks {
                let from = to_usize(start.saturating_sub(past.offset)).min(past.bytes.len());
                let bytes = &past.bytes[from..];
                self.lines(past.offset + to_u64(from), bytes, line, ShownParts::Before)?;
                line += self.lines_of(bytes, line::count(bytes));
            }
            return Ok(());
        }
        let mut buffer = Vec::new();
        let mut at = start;
        while at < end {
            let (length, next) = self.loader.whole_units(at..end, &mut buffer)?;
            let bytes = &buffer[..length];
            self.lines(at, bytes, line, ShownParts::Before)?;
            line += self.lines_of(bytes, line::count(bytes));
            at = next;
        }
        Ok(())
    }

    /// Returns how many lines lie in a part of the input outside the chunk. The part has `units`
    /// lines or records.
    fn lines_outside_of(
        &self,
        turn: &Turn,
        part: Range<u64>,
        units: u64,
    ) -> Result<u64, RenderError> {
        if self.rules.unit.is_line() || !self.rules.line_numbers {
            return Ok(units);
        }
        let mut lines = 0;
        if !self.loader.can_reread() {
            for past in &turn.shown.history.chunks {
                let from = to_usize(part.start.saturating_sub(past.offset)).min(past.bytes.len());
                lines += self.lines_of(&past.bytes[from..], 0);
            }
            return Ok(lines);
        }
        let mut buffer = Vec::new();
        let mut at = part.start;
        while at < part.end {
            let (length, next) = self.loader.whole_units(at..part.end, &mut buffer)?;
            lines += self.lines_of(&buffer[..length], 0);
            at = next;
        }
        Ok(lines)
    }

    /// Returns how many lines are in `bytes`, which are `units` lines or records, if lines have
    /// numbers.
    fn lines_of(&self, bytes: &[u8], units: u64) -> u64 {
        match self.rules.unit {
            TextUnit::Line => units,
            TextUnit::Record(_) if self.rules.counts_lines => self.rules.lines_in(bytes),
            TextUnit::Record(_) => 0,
        }
    }

    /// Renders lines or records, in pieces.
    ///
    /// The renderer gets a copy of bytes that stand in a mapping. It looks at lines more than once,
    /// and so do regex engines, which rely on seeing the same bytes each time. Another process may
    /// change the file in between. A piece fits the L1 cache, so the copy costs little.
    fn lines(
        &mut self,
        offset: u64,
        bytes: &[u8],
        lines_before: u64,
        show: ShownParts,
    ) -> Result<(), RenderError> {
        let is_short = bytes.len() <= PIECE_BYTES && bytes.len() <= self.rules.max_line_bytes;
        if is_short
            && !self.rules.line_numbers
            && !self.rules.counts_lines
            && self.render.is_verbatim()
            && bytes.last() == Some(&b'\n')
        {
            // Most output is like this, a line or a few at a time. The lines are copied once, and
            // not looked at.
            self.out.write(bytes)?;
            if let ShownParts::Hits(hits) = show {
                self.hits_done += hits;
            }
            self.mark(offset + to_u64(bytes.len()), lines_before, show);
            return Ok(());
        }
        let mut copy = std::mem::take(&mut self.copy);
        let mut number = lines_before;
        let mut at = 0;
        while at < bytes.len() {
            let end = match self.rules.unit {
                TextUnit::Line => piece_end(bytes, at),
                TextUnit::Record(_) => self.rules.unit.end(bytes, at),
            };
            let mut piece = &bytes[at..end];
            if self.copies {
                copy.clear();
                copy.extend_from_slice(piece);
                piece = &copy;
            }
            let lines = Lines {
                bytes: piece,
                offset: offset + to_u64(at),
                line_number: self.rules.line_numbers.then_some(number + 1),
                kind: show.kind(),
                times: match (&mut self.dating, show) {
                    (Some(dating), ShownParts::Hits(_)) => dating.date(piece),
                    _ => &[],
                },
                max_line_bytes: self.rules.max_line_bytes,
                is_record: !self.rules.unit.is_line(),
            };
            self.render.lines(&lines, self.out)?;
            let count = match (&self.rules.unit, show) {
                (TextUnit::Record(_), _) => 1,
                (TextUnit::Line, ShownParts::Hits(hits)) if piece.len() == bytes.len() => hits,
                (TextUnit::Line, _) => line::count(piece),
            };
            let lines = self.lines_of(piece, count);
            // Bytes in a mapping may have changed since they were searched. The hits are those that
            // were found then.
            debug_assert!(self.copies || lines == self.lines_of(piece, line::count(piece)));
            number += lines;
            at = end;
            if matches!(show, ShownParts::Hits(_)) {
                self.hits_done += count;
            }
            self.mark(offset + to_u64(at), number, show);
        }
        self.copy = copy;
        Ok(())
    }

    /// Marks everything before `offset` as rendered. `lines` lines are before it.
    fn mark(&mut self, offset: u64, lines: u64, show: ShownParts) {
        if show != ShownParts::Before && !self.render.holds_back() {
            self.out.mark(DeliveredMark {
                offset,
                hits: self.hits_done,
                lines,
            });
        }
    }
}

/// The reason why lines are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ShownParts {
    /// The lines are this many hits.
    Hits(u64),
    /// A hit follows. Without it the lines would not be shown.
    Before,
    /// A hit precedes the lines.
    Behind,
}

impl ShownParts {
    fn kind(self) -> LineKind {
        match self {
            ShownParts::Hits(_) => LineKind::Hit,
            ShownParts::Before | ShownParts::Behind => LineKind::Context,
        }
    }
}

/// Returns where the piece ends that begins at `at`. It ends behind the last line that ends within
/// [`PIECE_BYTES`], or behind the first line.
fn piece_end(bytes: &[u8], at: usize) -> usize {
    if bytes.len() - at <= PIECE_BYTES {
        return bytes.len();
    }
    match memrchr(b'\n', &bytes[at..at + PIECE_BYTES]) {
        Some(newline) => at + newline + 1,
        None => line::line_end(bytes, at + PIECE_BYTES),
    }
}
