//! What one pass over a log finds: the lines that a rule matches, grouped by what they say, and the
//! provider's marks.
//!
//! Everything here depends on one line alone, and is folded in file order, so neither the number of
//! threads nor the size of chunks shows in the result. What is kept is bounded; what is not kept is
//! counted.

use std::{collections::HashMap, sync::Arc};

use super::{
    MATCHED_BYTES_MAX,
    literals::RuleLiterals,
    mask::{Known, Mask, Masks},
    provider::{Mark, Outcome},
    rules::Caches,
    visible::visible,
};
use crate::{
    error::Error,
    line::{self, to_u64},
    record::{Fate, Memory, Prefix},
    scan::{Fold, Lines, Values},
};

/// Of each group of lines that say the same, the first places are kept, and the last.
const PLACES_FIRST: usize = 48;
const PLACES_LAST: usize = 16;

/// How many groups there may be. Later ones are counted and left out.
pub(crate) const GROUPS_MAX: usize = 1 << 15;

/// How many marks of steps are kept: the first of a log, and the last.
const MARKS_FIRST: usize = 8 << 10;
const MARKS_LAST: usize = 24 << 10;

/// The name of a step is at most this long.
const STEP_NAME_BYTES_MAX: usize = 160;

/// How many lines that are not in the baseline are kept. Later ones are counted.
pub(crate) const NEW_LINES_MAX: usize = 1 << 17;

/// A line of a log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LinePlace {
    /// Its number, from 0.
    pub(crate) line: u64,
    /// Where it begins.
    pub(crate) offset: u64,
}

/// Adjacent lines that were looked at. A log is one stretch, unless lines of some times only were
/// asked for, or bytes in its middle could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stretch {
    /// Its first line.
    pub(crate) start: LinePlace,
    /// Behind its last line.
    pub(crate) end: LinePlace,
}

/// How many stretches of a log are told apart. Behind the last of them, what stands between
/// stretches is taken for a part of it, and counted.
const STRETCHES_MAX: usize = 4 << 10;

/// Lines that one rule matches and that say the same but for numbers, hashes and times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) rule: u16,
    pub(crate) mask: Mask,
    pub(crate) count: u64,
    pub(crate) first: Vec<LinePlace>,
    pub(crate) last: Vec<LinePlace>,
}

impl Group {
    /// The places that are kept, in order.
    pub(crate) fn places(&self) -> impl Iterator<Item = LinePlace> {
        self.first.iter().chain(&self.last).copied()
    }

    fn add_place(&mut self, place: LinePlace) {
        if self.first.len() < PLACES_FIRST {
            self.first.push(place);
            return;
        }
        if self.last.len() == PLACES_LAST {
            self.last.remove(0);
        }
        self.last.push(place);
    }
}

/// A provider's line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MarkPlace {
    pub(crate) place: LinePlace,
    pub(crate) kind: MarkKind,
    /// The name of the step that begins.
    pub(crate) name: Box<str>,
}

/// What kind of mark it is; see [`Mark`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MarkKind {
    Job,
    Start,
    End,
    Exit(Outcome),
    Final(Outcome),
    Cancelled,
    Aftermath,
    Skipped,
    Complaint,
}

/// A line whose masked form is not in the baseline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NewLine {
    pub(crate) place: LinePlace,
    pub(crate) mask: Mask,
}

/// What was found in a chunk, or in everything up to one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Collected {
    /// How many lines were looked at, and how many bytes they have.
    pub(crate) lines: u64,
    pub(crate) bytes: u64,
    /// Where these lines are.
    pub(crate) stretches: Vec<Stretch>,
    /// How many stretches were joined with the last one, because there were too many.
    pub(crate) stretches_joined: u64,
    pub(crate) groups: Vec<Group>,
    index: HashMap<(u16, Mask), usize>,
    /// Lines of which only the beginning was looked at.
    pub(crate) cut_lines: u64,
    /// Lines of groups for which there was no room.
    pub(crate) ungrouped: u64,
    pub(crate) marks: Vec<MarkPlace>,
    pub(crate) marks_last: std::collections::VecDeque<MarkPlace>,
    pub(crate) marks_left_out: u64,
    /// How many lines of the provider complain.
    pub(crate) complaints: u64,
    pub(crate) new_lines: Vec<NewLine>,
    pub(crate) new_left_out: u64,
}

/// What all workers share.
#[derive(Debug)]
pub(crate) struct Collector {
    rules: Arc<RuleLiterals>,
    /// What the collector of logs wrote in front of each line.
    collector: Option<Prefix>,
    /// The masks of the baseline's lines, if there is one.
    pub(crate) known: Option<Arc<Known>>,
}

/// What a worker owns.
#[derive(Debug, Default)]
pub(crate) struct CollectorHands {
    buffer: Vec<u8>,
    judge: Judge,
}

impl Collector {
    pub(crate) fn new(
        rules: Arc<RuleLiterals>,
        collector: Option<Prefix>,
        known: Option<Arc<Known>>,
    ) -> Collector {
        Collector {
            rules,
            collector,
            known,
        }
    }

    /// Looks at the whole lines in `bytes`, the first of which is at `start`.
    pub(crate) fn collect(
        &self,
        bytes: &[u8],
        start: LinePlace,
        hands: &mut CollectorHands,
    ) -> Collected {
        let mut found = Collected {
            bytes: to_u64(bytes.len()),
            ..Collected::default()
        };
        match self.known {
            None => self.collect_candidates(bytes, start, hands, &mut found),
            Some(_) => self.collect_all(bytes, start, hands, &mut found),
        }
        let end = LinePlace {
            line: start.line + found.lines,
            offset: start.offset + found.bytes,
        };
        found.stretches.push(Stretch { start, end });
        found
    }

    fn collect_candidates(
        &self,
        bytes: &[u8],
        first: LinePlace,
        hands: &mut CollectorHands,
        found: &mut Collected,
    ) {
        // Everything before `at` has been looked at, and its lines have been counted.
        let mut at = 0;
        for place in self.rules.sift.places(bytes) {
            let start = line::line_start(bytes, at, place);
            let end = line::line_end(bytes, place);
            found.lines += line::newlines(&bytes[at..start]);
            let place = LinePlace {
                line: first.line + found.lines,
                offset: first.offset + to_u64(start),
            };
            self.look_at(&bytes[start..end], place, hands, found);
            found.lines += 1;
            at = end;
        }
        found.lines += line::count(&bytes[at..]);
    }

    fn collect_all(
        &self,
        bytes: &[u8],
        first: LinePlace,
        hands: &mut CollectorHands,
        found: &mut Collected,
    ) {
        let mut at = 0;
        while at < bytes.len() {
            let end = line::line_end(bytes, at);
            let raw = &bytes[at..end];
            let place = LinePlace {
                line: first.line + found.lines,
                offset: first.offset + to_u64(at),
            };
            self.look_at(raw, place, hands, found);
            let CollectorHands { buffer, judge } = hands;
            let raw = &raw[..raw.len().min(MATCHED_BYTES_MAX)];
            if let Some(mask) = judge.tools.masks.of(visible(raw, self.collector, buffer))
                && self.known.as_ref().is_none_or(|known| !known.has(mask))
            {
                found.add_new(NewLine { place, mask });
            }
            found.lines += 1;
            at = end;
        }
    }

    /// Looks at one line, with its LF.
    fn look_at(
        &self,
        raw: &[u8],
        place: LinePlace,
        hands: &mut CollectorHands,
        found: &mut Collected,
    ) {
        found.cut_lines += u64::from(raw.len() > MATCHED_BYTES_MAX);
        let raw = &raw[..raw.len().min(MATCHED_BYTES_MAX)];
        let CollectorHands { buffer, judge } = hands;
        let shown = visible(raw, self.collector, buffer);
        let mut is_exit = false;
        if let Some(mark) = self.rules.provider.mark(raw, shown) {
            is_exit = matches!(mark, Mark::Exit(_) | Mark::Final(_) | Mark::Cancelled);
            let is_echo = matches!(
                mark,
                Mark::Job(_) | Mark::Start(_) | Mark::Echo | Mark::Skipped
            );
            found.add_mark(mark, place);
            if is_echo {
                return;
            }
        }
        let colored = if is_exit {
            None
        } else {
            self.raw_rule(raw, judge)
        };
        let said = Said {
            shown,
            circumstances: Circumstances { is_exit, colored },
        };
        if let Some((rule, mask)) = judge.recall(&said, |tools| self.verdict(&said, tools)) {
            found.add(rule, mask, place);
        }
    }

    /// The first rule about colours that matches.
    fn raw_rule(&self, raw: &[u8], judge: &mut Judge) -> Option<u16> {
        let is_colored = memchr::memchr(b'\x1b', raw).is_some();
        let mut rules = is_colored.then_some(&self.rules.raw).into_iter().flatten();
        rules
            .find(|&&nth| self.rules.rules.is_match(nth, raw, &mut judge.tools.caches))
            .copied()
    }

    /// The rule that counts for a line, and what the line says; none if no rule matches, or one
    /// that says that it is nothing.
    fn verdict(&self, said: &Said<'_>, tools: &mut JudgeTools) -> LineVerdict {
        let JudgeTools {
            caches,
            masks,
            rules,
        } = tools;
        let Circumstances { is_exit, colored } = said.circumstances;
        rules.clear();
        for hit in self.rules.literals.find_overlapping_iter(said.shown) {
            rules.extend_from_slice(&self.rules.wanted_by[hit.pattern().as_usize()]);
        }
        rules.retain(|&nth| {
            let rule = self.rules.rules.get(nth);
            // The line that says how a command ended is an answer only if it says why.
            !rule.is_raw && (!is_exit || rule.family == "infrastructure")
        });
        rules.extend(colored);
        rules.sort_unstable();
        rules.dedup();
        let mut matching = rules.iter().copied().filter(|&nth| {
            colored == Some(nth) || self.rules.rules.is_match(nth, said.shown, caches)
        });
        let rule = matching.next()?;
        drop(matching);
        let is_noise = self
            .rules
            .noise
            .iter()
            .take_while(|&&noise| noise < rule)
            .any(|&noise| self.rules.rules.is_match(noise, said.shown, caches));
        // What is only punctuation has no mask, and is all the same.
        (!is_noise).then(|| (rule, masks.of(said.shown).unwrap_or(Mask(0))))
    }
}

/// What a verdict depends on.
#[derive(Clone, Copy, Debug)]
struct Said<'a> {
    shown: &'a [u8],
    circumstances: Circumstances,
}

/// What of that does not stand in the visible line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Circumstances {
    is_exit: bool,
    colored: Option<u16>,
}

/// A rule, and the mask of the line that it matches.
type LineVerdict = Option<(u16, Mask)>;

/// How many verdicts a worker remembers, each of a line up to so many bytes: CI logs say many lines
/// again and again.
const REMEMBERED_MAX: usize = 16 << 10;
const REMEMBERED_BYTES_MAX: usize = 240;

/// What a worker needs to judge lines, and the last verdicts.
#[derive(Debug)]
struct Judge {
    tools: JudgeTools,
    memory: Memory<Circumstances, LineVerdict>,
}

#[derive(Debug, Default)]
struct JudgeTools {
    caches: Caches,
    masks: Masks,
    rules: Vec<u16>,
}

impl Default for Judge {
    fn default() -> Judge {
        Judge {
            tools: JudgeTools::default(),
            memory: Memory::new(REMEMBERED_MAX, REMEMBERED_BYTES_MAX),
        }
    }
}

impl Judge {
    /// The verdict that was given for the same line, or a new one.
    fn recall(
        &mut self,
        said: &Said<'_>,
        judge: impl FnOnce(&mut JudgeTools) -> LineVerdict,
    ) -> LineVerdict {
        let Judge { tools, memory } = self;
        if !memory.takes(said.shown.len()) {
            return judge(tools);
        }
        let hold = |old: &Circumstances| *old == said.circumstances;
        *memory.of(said.shown, hold, |circumstances, verdict| {
            (*circumstances, *verdict) = (said.circumstances, judge(tools));
            Fate::Kept
        })
    }
}

/// The pass over a log.
pub(crate) struct Collecting {
    collector: Arc<Collector>,
    pub(crate) collected: Collected,
}

impl Collecting {
    pub(crate) fn new(collector: Collector) -> Collecting {
        Collecting {
            collector: Arc::new(collector),
            collected: Collected::default(),
        }
    }
}

/// What a worker needs for it, and what it has found in the chunk in hand.
pub(crate) struct CollectingWorker {
    collector: Arc<Collector>,
    hands: CollectorHands,
    part: Collected,
}

impl Fold for Collecting {
    type Worker = CollectingWorker;
    type Value = Collected;

    fn worker(&self) -> CollectingWorker {
        CollectingWorker {
            collector: Arc::clone(&self.collector),
            hands: CollectorHands::default(),
            part: Collected::default(),
        }
    }

    fn lines(
        worker: &mut CollectingWorker,
        lines: &Lines<'_>,
        _: &mut Values<'_, '_, Collected>,
    ) -> Result<(), Error> {
        let CollectingWorker {
            collector,
            hands,
            part,
        } = worker;
        let number = lines.line_number.expect("the scan numbers its lines");
        let start = LinePlace {
            line: number - 1,
            offset: lines.offset,
        };
        let found = collector.collect(lines.bytes, start, hands);
        match part.lines {
            0 => *part = found,
            _ => part.append(found),
        }
        Ok(())
    }

    fn value(worker: &mut CollectingWorker) -> Option<Collected> {
        let part = std::mem::take(&mut worker.part);
        (part.lines > 0).then_some(part)
    }

    fn fold(&mut self, part: Collected) -> Result<(), Error> {
        self.collected.append(part);
        Ok(())
    }
}

impl Collected {
    fn add(&mut self, rule: u16, mask: Mask, place: LinePlace) {
        if let Some(&at) = self.index.get(&(rule, mask)) {
            self.groups[at].count += 1;
            self.groups[at].add_place(place);
            return;
        }
        self.add_group(Group {
            rule,
            mask,
            count: 1,
            first: vec![place],
            last: Vec::new(),
        });
    }

    fn add_group(&mut self, group: Group) {
        let key = (group.rule, group.mask);
        match self.index.get(&key) {
            Some(&at) => {
                let all = &mut self.groups[at];
                all.count += group.count;
                for place in group.places() {
                    all.add_place(place);
                }
            }
            None if self.groups.len() < GROUPS_MAX => {
                self.index.insert(key, self.groups.len());
                self.groups.push(group);
            }
            None => self.ungrouped += group.count,
        }
    }

    fn add_mark(&mut self, mark: Mark<'_>, place: LinePlace) {
        let (kind, name) = match mark {
            Mark::Job(name) => (MarkKind::Job, name),
            Mark::Start(name) => (MarkKind::Start, name),
            Mark::Aftermath(name) => (MarkKind::Aftermath, name),
            Mark::End => (MarkKind::End, &b""[..]),
            Mark::Exit(outcome) => (MarkKind::Exit(outcome), &b""[..]),
            Mark::Final(outcome) => (MarkKind::Final(outcome), &b""[..]),
            Mark::Cancelled => (MarkKind::Cancelled, &b""[..]),
            Mark::Skipped => (MarkKind::Skipped, &b""[..]),
            Mark::Complaint => {
                self.complaints += 1;
                (MarkKind::Complaint, &b""[..])
            }
            Mark::Echo => return,
        };
        let name = String::from_utf8_lossy(&name[..name.len().min(STEP_NAME_BYTES_MAX)]);
        self.push_mark(MarkPlace {
            place,
            kind,
            name: name.trim().into(),
        });
    }

    fn push_mark(&mut self, mark: MarkPlace) {
        // Of complaints in a row the last one is enough.
        let last = self.marks_last.back_mut().or(self.marks.last_mut());
        if let Some(last) = last
            && last.kind == MarkKind::Complaint
            && mark.kind == MarkKind::Complaint
        {
            *last = mark;
            return;
        }
        if self.marks.len() < MARKS_FIRST {
            self.marks.push(mark);
        } else {
            if self.marks_last.len() == MARKS_LAST {
                self.marks_last.pop_front();
                self.marks_left_out += 1;
            }
            self.marks_last.push_back(mark);
        }
    }

    fn add_new(&mut self, line: NewLine) {
        if self.new_lines.len() < NEW_LINES_MAX {
            self.new_lines.push(line);
        } else {
            self.new_left_out += 1;
        }
    }

    fn add_stretch(&mut self, next: Stretch) {
        let is_full = self.stretches.len() == STRETCHES_MAX;
        match self.stretches.last_mut() {
            Some(last) if last.end.offset == next.start.offset => last.end = next.end,
            Some(last) if is_full => {
                last.end = next.end;
                self.stretches_joined += 1;
            }
            _ => self.stretches.push(next),
        }
    }

    /// Where the lines end that were looked at.
    pub(crate) fn end(&self) -> LinePlace {
        let last = self.stretches.last();
        last.map_or(LinePlace::default(), |last| last.end)
    }

    /// Adds what was found in lines behind these.
    fn append(&mut self, next: Collected) {
        next.groups
            .into_iter()
            .for_each(|group| self.add_group(group));
        let marks = next.marks.into_iter().chain(next.marks_last);
        marks.for_each(|mark| self.push_mark(mark));
        next.new_lines
            .into_iter()
            .for_each(|line| self.add_new(line));
        next.stretches
            .into_iter()
            .for_each(|stretch| self.add_stretch(stretch));
        self.stretches_joined += next.stretches_joined;
        self.lines += next.lines;
        self.bytes += next.bytes;
        self.cut_lines += next.cut_lines;
        self.ungrouped += next.ungrouped;
        self.marks_left_out += next.marks_left_out;
        self.complaints += next.complaints;
        self.new_left_out += next.new_left_out;
    }
}
