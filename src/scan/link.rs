//! Joins chunks in file order: it decides line numbers, limits, what is shown and how much context
//! is owed. The code is pure: it looks at where hits are, and never reads or prints.
//!
//! ```text
//!            chunk 1               chunk 2               chunk 3
//! found      . . x . . . . x       . . . . . .           . x . . .        x: a hit
//! link       ------ Carry ------>  ------ Carry ------>  ------ Carry ------>
//! Turn       hits 0..2             no hits, owed 2       hits 0..1
//! shown      . . x a a . b x       a a . . . .           b x a a .        a, b: context
//! ```
//! 1. [`link`] takes the chunks one after the other. It decides what counts of each chunk
//!    ([`Turn`]), and what the next chunk needs to know ([`Carry`]).
//! 2. Context behind a hit that does not fit its chunk is *owed*: the next chunk shows it.
//! 3. Context before a hit may begin in an earlier chunk. Every line before `printed_to` is printed
//!    already, or will not be, so no line is shown twice.
//! 4. A limit stops the scan in the chunk where it is reached, once no context is owed.
//! 5. [`render`](super::render) does later, on workers, what was decided here.

use std::ops::Range;

use super::{
    Context, LineRanges,
    checkpoint::Checkpoint,
    context::{History, KeptChunk},
    ordered::{DeliveredMark, Linked},
    plan::PassRules,
    search::{Ended, Found, LongLines},
    within::Within,
};
use crate::{
    input::{Chunk, Hole},
    line::{to_u64, to_usize},
    matcher::FilterSeen,
    record::Moment,
};

/// Whether lines were shown before, from which a group of lines is set off by a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Printed {
    Nothing,
    /// Lines of another input were shown.
    Elsewhere,
    Here,
}

/// The facts that are known from all chunks before.
#[derive(Clone, Debug)]
pub(super) struct Carry {
    pub(super) counts: LinkCounts,
    pub(super) shown: ShownSoFar,
    pub(super) losses: Losses,
    /// What the filters have seen.
    pub(super) seen: FilterSeen,
    pub(super) reach: Reach,
    /// Whether the last line is within the range of times.
    pub(super) is_inside: bool,
    /// The time to which the last line belongs, if times are wanted.
    pub(super) time: Option<Moment>,
}

/// The counts so far.
#[derive(Clone, Debug, Default)]
pub(super) struct LinkCounts {
    /// How many lines there were, from the start of the range that is searched.
    pub(super) lines: u64,
    /// Whether lines have been passed over without counting them, because there were no hits yet.
    pub(super) passed_over: bool,
    /// How many hits there were, also before the first one that counts.
    pub(super) hits: u64,
    /// The sum of the hashes of the chunks so far.
    pub(super) hits_hash: u64,
}

/// What has been shown so far, and what has to be shown of the lines that follow.
#[derive(Clone, Debug)]
pub(super) struct ShownSoFar {
    /// Every line that starts before this offset has been printed, or will not be. Once `begun`, it
    /// is the start of a line.
    pub(super) printed_to: u64,
    /// Whether the first line that may be printed is known.
    begun: bool,
    /// How many lines of context are still to be printed.
    pub(super) owed: u64,
    pub(super) printed: Printed,
    /// Where the last chunk ended, if its last line went on behind it.
    open_end: Option<u64>,
    /// The last chunks of an input that cannot be read again.
    pub(super) history: History,
    /// Whether a hole has just been passed. Then the next line is not the next one of the file.
    is_behind_hole: bool,
    /// Lines before this offset are on the other side of a hole. They are no context for the lines
    /// behind it.
    pub(super) barrier: u64,
}

/// The lines that were cut, and the bytes that could not be read.
#[derive(Clone, Debug, Default)]
pub(super) struct Losses {
    pub(super) long_lines: u64,
    pub(super) first_long_line: Option<u64>,
    /// The bytes that could not be read.
    pub(super) hole: Option<Hole>,
    /// Where the input was seen to end, if that is before its end.
    pub(super) shrank_to: Option<u64>,
}

/// How far the scan is, and what has ended it.
#[derive(Clone, Debug)]
pub(super) struct Reach {
    /// The offset up to which the input has been searched.
    pub(super) searched_to: u64,
    /// The offset where the last line ends.
    lines_to: u64,
    pub(super) ended: Option<Ended>,
    /// The offset where the last hit within the limit ends, once the limit is reached.
    pub(super) last_hit_end: Option<u64>,
    /// The place where the input may be left, once the limit is reached. It is behind that hit, but
    /// not behind its context: without the limit, lines of the context might be hits.
    limit_reached: Option<Checkpoint>,
}

impl Carry {
    /// Creates the facts at the beginning of a scan. `lines` lines lie before `start`, where the
    /// scan begins. Context may begin at `floor`, if that is before the first line that is
    /// searched.
    pub(super) fn new(rules: &PassRules, start: u64, lines: u64, floor: Option<u64>) -> Carry {
        Carry {
            counts: LinkCounts {
                lines,
                ..LinkCounts::default()
            },
            shown: ShownSoFar {
                printed_to: floor.unwrap_or(start),
                begun: floor.is_some(),
                owed: match rules.context {
                    Context::All => u64::MAX,
                    Context::Lines { .. } | Context::None => 0,
                },
                printed: match rules.gap_before_first {
                    true => Printed::Elsewhere,
                    false => Printed::Nothing,
                },
                open_end: None,
                history: History::default(),
                is_behind_hole: false,
                barrier: 0,
            },
            losses: Losses::default(),
            seen: FilterSeen::default(),
            reach: Reach {
                searched_to: start,
                lines_to: start,
                ended: None,
                last_hit_end: None,
                limit_reached: None,
            },
            is_inside: rules.begins_inside,
            time: None,
        }
    }

    /// Returns the place where the input may be left when everything so far has been delivered.
    /// Returns `None` if nobody wants to know.
    pub(super) fn reached(&self, rules: &PassRules) -> Option<Checkpoint> {
        rules.checkpoints.then(|| self.checkpoint(rules))
    }

    /// Returns the place where the input may be left when everything so far has been delivered.
    pub(super) fn checkpoint(&self, rules: &PassRules) -> Checkpoint {
        self.reach.limit_reached.unwrap_or_else(|| Checkpoint {
            offset: self.reach.lines_to,
            lines: (rules.counts_lines && !self.counts.passed_over).then_some(self.counts.lines),
            hits: self.counted_hits(rules),
            has_losses: self.has_losses(),
        })
    }

    /// Returns whether anything before here was lost. The summary has a note about that.
    fn has_losses(&self) -> bool {
        self.losses.first_long_line.is_some() || self.losses.hole.is_some()
    }

    /// Takes into account what could not be read before `chunk`. Owed context ends there, and the
    /// lines that follow are apart.
    fn pass_hole(&mut self, rules: &PassRules, chunk: &Chunk<'_>) {
        if let Some(hole) = &chunk.hole_before {
            // Before the first of the last hits, the chunks decide how much is read. Only line
            // numbers depend on all of it.
            let is_noted = !rules.notes_from_first_hit || self.counts.hits > rules.hits.start;
            if is_noted || rules.line_numbers {
                hole.add_to(&mut self.losses.hole);
            }
            self.shown.is_behind_hole = true;
            self.shown.open_end = None;
            if rules.context != Context::All {
                self.shown.owed = 0;
            }
        }
        if self.shown.is_behind_hole && chunk.has_lines() {
            self.shown.is_behind_hole = false;
            self.shown.barrier = chunk.offset;
        }
    }

    /// Ends the scan here.
    pub(super) fn end(&mut self, ended: Ended) {
        match ended {
            Ended::Failed(error) if error.is_early_end() => {
                self.losses.shrank_to = Some(error.offset)
            }
            ended => self.reach.ended = Some(ended),
        }
    }

    /// Ends the scan with a chunk that was lost. `before` was known before the chunk. Everything of
    /// the chunk up to `mark` has been delivered.
    pub(super) fn reach(&mut self, before: &Carry, mark: DeliveredMark) {
        if mark.offset > self.reach.searched_to {
            self.reach.searched_to = mark.offset;
            self.reach.lines_to = mark.offset;
            self.counts.hits = before.counts.hits + mark.hits;
            self.counts.lines = mark.lines;
        }
    }

    /// Takes back the chunk before which `before` was known. Nothing of it counts, but the scan
    /// ended in it.
    pub(super) fn take_back(&mut self, before: &Carry) {
        let mut carry = before.clone();
        carry.losses.shrank_to = self.losses.shrank_to;
        carry.reach.ended = self.reach.ended.take();
        *self = carry;
    }

    /// Returns how many hits count.
    pub(super) fn counted_hits(&self, rules: &PassRules) -> u64 {
        self.counts
            .hits
            .min(rules.hits.end)
            .saturating_sub(rules.hits.start)
    }
}

/// The facts from the chunks before that are needed to render a chunk.
#[derive(Debug)]
pub(super) struct Turn {
    pub(super) lines_before: u64,
    /// The hits of this chunk that count, by their number in it.
    pub(super) hits: Range<u64>,
    /// What had been shown before the chunk.
    pub(super) shown: ShownSoFar,
    /// The time to which the lines above the chunk's first time belong.
    pub(super) time_above: Option<Moment>,
}

/// Folds a chunk into what is known, and decides what of it is rendered.
pub(super) fn link(rules: &PassRules, carry: &mut Carry, found: &mut Found<'_>) -> Linked<Turn> {
    if let Some(ended) = found.ended.take() {
        carry.end(ended);
        return Linked {
            turn: None,
            stop: true,
            reached: carry.reached(rules),
        };
    }
    carry.pass_hole(rules, &found.chunk);
    carry.is_inside = found.resolve(carry.is_inside) == Within::Inside;
    let time_above = carry.time;
    carry.time = found.last_time.or(carry.time);
    if !carry.is_inside {
        return pass_outside(rules, carry, found);
    }
    if let Some(lines) = &rules.lines {
        lines.pick(found, carry.counts.lines);
    }
    let chunk = &found.chunk;
    let base = chunk.offset;
    if chunk.has_lines()
        && let Some(end) = carry.shown.open_end.take()
        && carry.shown.printed_to == end
    {
        // The line that went on has ended where this chunk begins.
        carry.shown.printed_to = base;
    }
    if chunk.has_lines() && !carry.shown.begun {
        carry.shown.begun = true;
        carry.shown.printed_to = base;
    }
    let in_chunk = |nth: u64| nth.saturating_sub(carry.counts.hits).min(found.hits);
    let hits = in_chunk(rules.hits.start)..in_chunk(rules.hits.end);
    let turn = Turn {
        lines_before: carry.counts.lines,
        hits: hits.clone(),
        shown: carry.shown.clone(),
        time_above,
    };
    let none_counted = carry.counts.hits <= rules.hits.start;
    carry.counts.hits += found.hits;
    carry.counts.hits_hash = carry.counts.hits_hash.wrapping_add(found.hash);
    let limit_reached = carry.counts.hits >= rules.hits.end;
    let mut from = 0;
    if !hits.is_empty() && (rules.renders || limit_reached) {
        from = hit_end(rules, found, hits.end - 1);
        carry.shown.printed_to = base + to_u64(from);
        carry.reach.last_hit_end = limit_reached.then_some(carry.shown.printed_to);
        carry.reach.limit_reached = limit_reached.then(|| Checkpoint {
            offset: carry.shown.printed_to,
            lines: rules
                .counts_lines
                .then(|| carry.counts.lines + rules.lines_in(&chunk.bytes[..from])),
            hits: carry.counted_hits(rules),
            has_losses: carry.has_losses() || found.long_lines.is_some(),
        });
        carry.shown.owed = rules.after();
        carry.shown.printed = Printed::Here;
    }
    if carry.shown.owed > 0 && from < chunk.bytes.len() {
        let (length, units) = rules.unit.skip(&chunk.bytes[from..], carry.shown.owed);
        carry.shown.printed_to = base + to_u64(from + length);
        carry.shown.printed = Printed::Here;
        if carry.shown.owed != u64::MAX {
            carry.shown.owed -= units;
        }
    }
    let stop = limit_reached && carry.shown.owed == 0;
    let renders = rules.renders && (!hits.is_empty() || (turn.shown.owed > 0 && chunk.has_lines()));
    let noted_from = match rules.notes_from_first_hit && none_counted {
        true if hits.is_empty() => None,
        true => hit_start(rules, found, hits.start),
        false => Some(0),
    };
    count(rules, carry, found, noted_from, stop);
    if rules.keeps_history && chunk.has_lines() {
        carry
            .shown
            .history
            .push(KeptChunk::of(found, &rules.unit), rules.before());
    }
    if chunk.open_end {
        carry.shown.open_end = Some(chunk.end());
    }
    if !stop {
        carry.losses.shrank_to = chunk.shrank_to;
    }
    // There is nothing to look for behind the last line that counts.
    let is_behind = |lines: &LineRanges| carry.counts.lines >= lines.end();
    let is_over = carry.shown.owed == 0 && rules.lines.as_ref().is_some_and(is_behind);
    Linked {
        turn: renders.then_some(turn),
        stop: stop || is_over || chunk.shrank_to.is_some(),
        reached: carry.reached(rules),
    }
}

/// Passes over lines of other times. They are no context, and the lines that follow are apart.
fn pass_outside(rules: &PassRules, carry: &mut Carry, found: &Found<'_>) -> Linked<Turn> {
    carry.shown.is_behind_hole = true;
    carry.shown.open_end = None;
    if rules.context != Context::All {
        carry.shown.owed = 0;
    }
    let stop = carry.counts.hits >= rules.hits.end && carry.shown.owed == 0;
    count(rules, carry, found, None, stop);
    if !stop {
        carry.losses.shrank_to = found.chunk.shrank_to;
    }
    Linked {
        turn: None,
        stop: stop || found.chunk.shrank_to.is_some(),
        reached: carry.reached(rules),
    }
}

/// Adds the counts of the chunk, or of its part before the stop.
fn count(
    rules: &PassRules,
    carry: &mut Carry,
    found: &Found<'_>,
    noted_from: Option<usize>,
    stop: bool,
) {
    let chunk = &found.chunk;
    let mut end = chunk.bytes.len();
    if stop {
        end = to_usize(carry.shown.printed_to.saturating_sub(chunk.offset)).min(end);
        carry.reach.searched_to = carry.shown.printed_to;
        carry.counts.lines += rules.lines_in(&chunk.bytes[..end]);
    } else {
        carry.reach.searched_to = match chunk.shrank_to {
            // A line may reach over all chunks behind its own.
            None => carry
                .reach
                .searched_to
                .max(chunk.range.end)
                .max(chunk.end()),
            Some(_) => chunk.end().max(carry.reach.lines_to),
        };
        carry.counts.lines += found.lines;
        carry.seen.add(found.seen);
    }
    if chunk.has_lines() {
        carry.reach.lines_to = chunk.end();
    }
    let Some(from) = noted_from else { return };
    let long_lines = match found.long_lines {
        Some(_) if from > 0 || stop => LongLines::of(
            &rules.unit,
            &chunk.bytes[from.min(end)..end],
            rules.max_line_bytes,
        ),
        all => all,
    };
    if let Some(long) = long_lines {
        carry
            .losses
            .first_long_line
            .get_or_insert(chunk.offset + to_u64(from + long.first_at));
        carry.losses.long_lines += long.count;
    }
}

/// Returns the index at which the hit with number `nth` in the chunk starts.
fn hit_start(rules: &PassRules, found: &Found<'_>, nth: u64) -> Option<usize> {
    let mut before = 0;
    for run in &found.runs {
        let hits = u64::from(run.hits);
        if nth < before + hits {
            let bytes = &found.chunk.bytes[run.start as usize..];
            return Some(run.start as usize + rules.unit.skip(bytes, nth - before).0);
        }
        before += hits;
    }
    None
}

/// Returns the index behind the hit with number `nth` in the chunk.
fn hit_end(rules: &PassRules, found: &Found<'_>, nth: u64) -> usize {
    let start = hit_start(rules, found, nth)
        .expect("places are recorded whenever hits are rendered or limited");
    rules.unit.end(&found.chunk.bytes, start)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        input::Bytes,
        line::{self, TextUnit},
        matcher::{Matcher, Patterns},
        scan::search::{self, Task},
    };

    /// What was decided about one chunk.
    #[derive(Debug, PartialEq, Eq)]
    struct Decided {
        /// The hits of the chunk that count. `None` if nothing of the chunk is shown.
        shown: Option<Range<u64>>,
        /// How many lines of context are owed behind the chunk.
        owed: u64,
        /// The offset up to which everything has been printed, or will not be.
        printed_to: u64,
        /// Where a search may go on.
        checkpoint: u64,
        stops: bool,
    }

    fn rules(context: Context, hits: Range<u64>) -> PassRules {
        PassRules {
            start: 0,
            unit: TextUnit::Line,
            lines: None,
            context,
            hits,
            renders: true,
            line_numbers: false,
            max_line_bytes: 100,
            keeps_history: false,
            notes_from_first_hit: false,
            begins_inside: true,
            counts_lines: true,
            checkpoints: true,
            gap_before_first: false,
        }
    }

    /// Links chunks of whole lines, in which `E` is a hit.
    fn linked(rules: &PassRules, chunks: &[&str]) -> (Vec<Decided>, Carry) {
        let matcher = Matcher::new(&Patterns::new("E")).unwrap();
        let task = Task {
            invert: false,
            count_lines: true,
            places: true,
            hits_max: u64::MAX,
            max_line_bytes: rules.max_line_bytes,
            may_change: false,
            hashes: false,
        };
        let mut carry = Carry::new(rules, 0, 0, None);
        let mut offset = 0;
        let mut decided = Vec::new();
        for text in chunks {
            let length = to_u64(text.len());
            let chunk = Chunk {
                offset,
                bytes: Bytes::from(text.as_bytes().to_vec()),
                length,
                has_long_line: line::has_long_line(text.as_bytes(), rules.max_line_bytes),
                ..Chunk::without_lines(offset..offset + length)
            };
            offset += length;
            let mut found = search::search(
                task,
                (&mut matcher.finder(), &rules.unit),
                chunk,
                Vec::new(),
            );
            let Linked { turn, stop, .. } = link(rules, &mut carry, &mut found);
            decided.push(Decided {
                shown: turn.map(|turn| turn.hits),
                owed: carry.shown.owed,
                printed_to: carry.shown.printed_to,
                checkpoint: carry.checkpoint(rules).offset,
                stops: stop,
            });
            if stop {
                break;
            }
        }
        (decided, carry)
    }

    /// One row has: shown, owed, printed to, checkpoint, stops.
    type DecidedRow = (Option<Range<u64>>, u64, u64, u64, bool);

    #[track_caller]
    fn check(context: Context, hits: Range<u64>, chunks: &[&str], want: &[DecidedRow]) {
        let (got, _) = linked(&rules(context, hits), chunks);
        let want: Vec<Decided> = want
            .iter()
            .cloned()
            .map(|(shown, owed, printed_to, checkpoint, stops)| Decided {
                shown,
                owed,
                printed_to,
                checkpoint,
                stops,
            })
            .collect();
        assert_eq!(got, want);
    }

    const AFTER_2: Context = Context::Lines {
        before: 0,
        after: 2,
    };

    #[test]
    fn hits_are_shown_and_a_search_may_go_on_behind_each_chunk() {
        check(
            Context::None,
            0..u64::MAX,
            &["a\nE\n", "b\n", "E\nE\n"],
            &[
                (Some(0..1), 0, 4, 4, false),
                (None, 0, 4, 6, false),
                (Some(0..2), 0, 10, 10, false),
            ],
        );
    }

    #[test]
    fn context_is_owed_across_chunks_until_it_is_paid() {
        check(
            AFTER_2,
            0..u64::MAX,
            &["E\n", "b\n", "c\nd\n", "e\n"],
            &[
                (Some(0..1), 2, 2, 2, false),
                (Some(0..0), 1, 4, 4, false),
                (Some(0..0), 0, 6, 8, false),
                (None, 0, 6, 10, false),
            ],
        );
    }

    #[test]
    fn the_first_hits_end_the_scan_where_their_context_does_and_it_goes_on_behind_the_last_hit() {
        check(
            Context::None,
            0..2,
            &["a\nE\n", "E\nE\nb\n", "E\n"],
            &[(Some(0..1), 0, 4, 4, false), (Some(0..1), 0, 6, 6, true)],
        );
        check(
            AFTER_2,
            0..1,
            &["E\na\n", "E\nb\n"],
            &[(Some(0..1), 1, 4, 2, false), (Some(0..0), 0, 6, 2, true)],
        );
    }

    #[test]
    fn hits_before_those_that_count_are_not_shown() {
        check(
            Context::None,
            2..u64::MAX,
            &["E\n", "E\nE\nE\n"],
            &[(None, 0, 0, 2, false), (Some(1..3), 0, 8, 8, false)],
        );
    }

    #[test]
    fn lines_hits_and_long_lines_add_up() {
        let long = format!("{}\n", "x".repeat(101));
        let (_, carry) = linked(
            &rules(Context::None, 0..u64::MAX),
            &["a\nE\n", &long, "E\n"],
        );
        assert_eq!((carry.counts.lines, carry.counts.hits), (4, 2));
        assert_eq!(carry.losses.long_lines, 1);
        assert_eq!(carry.losses.first_long_line, Some(4));
        assert_eq!(carry.reach.searched_to, 108);
    }
}
