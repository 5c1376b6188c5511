//! Which of all candidates is the cause: scores with their reasons, blocks, and what is shown of them.
//!
//! A score is a sum of small whole numbers, so the order is the same on every machine. What a rule says about a line
//! (its priority, 0 to 100) is most of it. The rest is structure: a line in the step that failed is more likely the
//! cause than one in a step that did not, and with a baseline what was there when the build was green is no cause.
//! The weights were chosen on logs of eleven projects and checked on five others.

use super::{
    around::Around,
    block::{self, Block},
    collect::{Collected, Group, Place},
    mask::{Known, Mask},
    provider::{Outcome, Provider},
    rules::{Rules, Severity},
    steps::Steps,
};
use crate::{
    input::{ReadError, Source},
    line::to_u64,
};

/// Points for what surrounds a candidate.
mod weight {
    /// The step failed that the line is in; and it was the first that did.
    pub(super) const IN_FAILED_STEP: i32 = 15;
    pub(super) const IN_FIRST_FAILED_STEP: i32 = 3;
    /// Some step failed, but this one went well, or does not say.
    pub(super) const IN_PASSED_STEP: i32 = -25;
    pub(super) const IN_OTHER_STEP: i32 = -10;
    /// It comes when the result is known: cleaning up, uploads.
    pub(super) const IN_AFTERMATH: i32 = -25;
    pub(super) const BEHIND_ALL_EXITS: i32 = -12;
    /// Words like "error" near the exit are more likely the cause; a sure rule is, wherever it matches.
    pub(super) const NEAR_EXIT: i32 = 6;
    pub(super) const FREQUENT: i32 = -6;
    /// It is not in the baseline; or it is.
    pub(super) const NEW: i32 = 30;
    pub(super) const KNOWN: i32 = -60;
    /// The log says that the build went well.
    pub(super) const GREEN: i32 = -45;
    pub(super) const SYMPTOM: i32 = -5;
    /// There is more than the headline.
    pub(super) const HAS_BODY: i32 = 2;
}

/// A candidate this near to the exit marker gets points for it.
const NEAR_EXIT_LINES: u64 = 60;

/// Something said more often is less likely a cause, unless its rule is sure.
const FREQUENT_COUNT: u64 = 25;

/// A rule with this priority or more is sure of itself.
const SURE_PRIORITY: u8 = 70;

/// How many of the best candidates are looked at with their surroundings.
const LOOKED_AT_MAX: usize = 300;

/// What has fewer points is hidden.
const SHOWN_SCORE_MIN: i32 = 45;

/// What has so many points less than the best is hidden.
const SHOWN_SCORE_SPAN: i32 = 12;

/// How many findings are shown.
const SHOWN_MAX: usize = 8;

/// What new lines that no rule knows have before anything else is looked at.
const NEW_LINES_SCORE: i32 = 20;

/// Two blocks are one finding if the second begins so many lines behind the last line of the first, or before.
const GAP_LINES: u64 = 1;

/// With a baseline: how many lines a failure grows at most, and how many known ones may stand between the new ones.
const GROWN_LINES_MAX: u64 = 2000;
const GROWN_GAP_LINES: u64 = 2;

/// If nothing has so many points, the end of the failing step is a finding as well, with these points: less than words
/// like "error" near the exit have, and more than those that are far from it.
const TAIL_BELOW_SCORE: i32 = 66;
const TAIL_SCORE: i32 = 60;

/// Where no rule finds anything: how many lines of the end of the failing step are shown.
const TAIL_LINES: isize = 15;

/// One log with what was collected of it.
pub(crate) struct Ranked<'a> {
    pub(crate) source: &'a Source,
    pub(crate) provider: Provider,
    pub(crate) collected: &'a Collected,
    pub(crate) steps: Steps,
    /// What it is called, if it is one of several.
    pub(crate) step_name: Option<String>,
}

/// A line that may be the cause.
#[derive(Clone, Debug)]
struct Candidate {
    log: usize,
    place: Place,
    kind: Kind,
    count: u64,
    score: i32,
    why: Why,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// The group of its rule.
    Group(usize),
    /// So many lines that are not in the baseline.
    New(u64),
    /// The end of a failing step.
    Tail,
}

/// Why a candidate has its score.
#[derive(Clone, Debug, Default)]
pub(crate) struct Why {
    in_failed_step: bool,
    is_new: Option<bool>,
    near_exit: bool,
}

/// Lines of a log that belong together, as the likely cause.
#[derive(Clone, Debug)]
pub(crate) struct Cause {
    pub(crate) log: usize,
    /// From 0, with the last.
    pub(crate) first_line: u64,
    pub(crate) last_line: u64,
    /// Its headline.
    pub(crate) place: Place,
    pub(crate) rule: Option<u16>,
    pub(crate) mask: Mask,
    pub(crate) count: u64,
    pub(crate) score: i32,
    pub(crate) is_new: Option<bool>,
    pub(crate) step: String,
    pub(crate) why: String,
    /// Whether it is shown without being asked for.
    pub(crate) is_believed: bool,
}

/// Everything that ranking needs.
pub(crate) struct Ranking<'a> {
    pub(crate) rules: &'a Rules,
    pub(crate) logs: &'a [Ranked<'a>],
    pub(crate) known: Option<&'a Known>,
    /// Whether the logs say that the build went well.
    is_green: bool,
}

impl<'a> Ranking<'a> {
    pub(crate) fn new(
        rules: &'a Rules,
        logs: &'a [Ranked<'a>],
        known: Option<&'a Known>,
    ) -> Ranking<'a> {
        Ranking {
            rules,
            logs,
            known,
            is_green: is_green(logs),
        }
    }

    /// The causes, the likeliest first.
    pub(crate) fn causes(&self) -> Result<Vec<Cause>, (usize, ReadError)> {
        let mut candidates = self.candidates();
        candidates.sort_by_key(|one| (std::cmp::Reverse(one.score), one.log, one.place));
        candidates.truncate(LOOKED_AT_MAX);
        candidates.sort_by_key(|one| (one.log, one.place));
        let mut causes = self.merged(&candidates)?;
        if !causes.iter().any(|cause| cause.score >= TAIL_BELOW_SCORE) {
            causes.extend(self.tails()?);
        }
        causes.sort_by_key(|cause| (std::cmp::Reverse(cause.score), cause.log, cause.first_line));
        self.believe(&mut causes);
        Ok(causes)
    }

    fn candidates(&self) -> Vec<Candidate> {
        let mut all = Vec::new();
        for (log, ranked) in self.logs.iter().enumerate() {
            for (nth, group) in ranked.collected.groups.iter().enumerate() {
                for place in group.places() {
                    let mut why = Why::default();
                    let score = self.score(ranked, group, place, &mut why);
                    all.push(Candidate {
                        log,
                        place,
                        kind: Kind::Group(nth),
                        count: group.count,
                        score,
                        why,
                    });
                }
            }
            self.new_runs(log, ranked, &mut all);
        }
        all
    }

    fn score(&self, ranked: &Ranked<'_>, group: &Group, place: Place, why: &mut Why) -> i32 {
        let rule = self.rules.get(group.rule);
        let mut score = i32::from(rule.priority);
        if rule.severity == Severity::Symptom {
            score += weight::SYMPTOM;
        }
        if group.count >= FREQUENT_COUNT && rule.priority < SURE_PRIORITY {
            score += weight::FREQUENT;
        }
        score += self.score_of_place(ranked, place, rule.priority >= SURE_PRIORITY, why);
        if let Some(known) = self.known {
            let is_new = !known.has(group.mask);
            why.is_new = Some(is_new);
            score += match is_new {
                true => weight::NEW,
                false => weight::KNOWN,
            };
        }
        score
    }

    /// What the step and the distance to its end say.
    fn score_of_place(
        &self,
        ranked: &Ranked<'_>,
        place: Place,
        is_sure: bool,
        why: &mut Why,
    ) -> i32 {
        let steps = &ranked.steps;
        let mut score = 0;
        if self.is_green && self.known.is_none() {
            score += weight::GREEN;
        }
        if let Some(step) = steps.at(place.line) {
            match step.outcome {
                Some(Outcome::Failure) if !step.is_aftermath => {
                    why.in_failed_step = true;
                    score += weight::IN_FAILED_STEP;
                    if steps.exits.first().is_some_and(|&exit| exit < step.end) {
                        score += weight::IN_FIRST_FAILED_STEP;
                    }
                }
                Some(Outcome::Success) if !steps.exits.is_empty() => {
                    score += weight::IN_PASSED_STEP;
                }
                None if !steps.exits.is_empty() => score += weight::IN_OTHER_STEP,
                _ => {}
            }
            if step.is_aftermath {
                score += weight::IN_AFTERMATH;
            }
        }
        // There may be as many exits as candidates, so no search is for one after another.
        let before = steps.exits.partition_point(|&exit| exit < place.line);
        match steps.exits.get(before) {
            Some(&exit) if exit - place.line <= NEAR_EXIT_LINES => {
                why.near_exit = true;
                score += if is_sure { 0 } else { weight::NEAR_EXIT };
            }
            None if !steps.exits.is_empty() => score += weight::BEHIND_ALL_EXITS,
            _ => {}
        }
        score
    }

    /// Runs of lines that are not in the baseline, as candidates without a rule.
    fn new_runs(&self, log: usize, ranked: &Ranked<'_>, all: &mut Vec<Candidate>) {
        let lines = &ranked.collected.new_lines;
        let mut at = 0;
        while at < lines.len() {
            let mut end = at + 1;
            while end < lines.len()
                && lines[end].place.line - lines[end - 1].place.line <= GAP_LINES
            {
                end += 1;
            }
            let place = lines[at].place;
            let length = lines[end - 1].place.line - place.line + 1;
            let mut why = Why {
                is_new: Some(true),
                ..Why::default()
            };
            let score = NEW_LINES_SCORE
                + weight::NEW
                + self.score_of_place(ranked, lines[end - 1].place, false, &mut why);
            all.push(Candidate {
                log,
                place,
                kind: Kind::New(length),
                count: 1,
                score,
                why,
            });
            at = end;
        }
    }

    /// Candidates with their blocks; those that touch are one.
    fn merged(&self, candidates: &[Candidate]) -> Result<Vec<Cause>, (usize, ReadError)> {
        let mut causes: Vec<Cause> = Vec::new();
        let (new, by_rule): (Vec<&Candidate>, Vec<&Candidate>) = candidates
            .iter()
            .partition(|one| matches!(one.kind, Kind::New(_)));
        for candidate in by_rule {
            let cause = self.cause(candidate)?;
            match causes.last_mut() {
                Some(last) if touches(last, &cause) => {
                    match (self.is_symptom(last), self.is_symptom(&cause)) {
                        // What follows from a failure is no part of it.
                        (false, true) => {}
                        (true, false) => *last = cause,
                        _ => join(last, cause),
                    }
                }
                _ => causes.push(cause),
            }
        }
        for cause in &mut causes {
            self.grow(cause);
        }
        // Where a rule knows what it is about, it also knows how long it is.
        let said = causes.len();
        for candidate in new {
            let cause = self.cause(candidate)?;
            let is_said = causes[..said].iter().any(|other| {
                other.log == cause.log
                    && other.is_new == Some(true)
                    && other.first_line <= cause.last_line
                    && cause.first_line <= other.last_line
            });
            if !is_said {
                causes.push(cause);
            }
        }
        Ok(causes)
    }

    /// With a baseline: the new lines that directly follow a new failure belong to it.
    fn grow(&self, cause: &mut Cause) {
        if cause.is_new != Some(true) {
            return;
        }
        let ranked = &self.logs[cause.log];
        let lines = &ranked.collected.new_lines;
        let step_end = ranked
            .steps
            .at(cause.place.line)
            .map_or(u64::MAX, |step| step.end);
        let from = lines.partition_point(|line| line.place.line <= cause.last_line);
        let limit = cause.last_line + GROWN_LINES_MAX;
        for line in &lines[from..] {
            let line = line.place.line;
            if line > cause.last_line + GROWN_GAP_LINES || line >= step_end || line > limit {
                break;
            }
            cause.last_line = line;
        }
    }

    fn is_symptom(&self, cause: &Cause) -> bool {
        cause
            .rule
            .is_some_and(|nth| self.rules.get(nth).severity == Severity::Symptom)
    }

    fn cause(&self, candidate: &Candidate) -> Result<Cause, (usize, ReadError)> {
        let ranked = &self.logs[candidate.log];
        let (rule, mask, block) = match candidate.kind {
            Kind::Group(nth) => {
                let group = &ranked.collected.groups[nth];
                let around = Around::read(ranked.source, candidate.place)
                    .map_err(|error| (candidate.log, error))?;
                let block = block::block(&around, self.rules.get(group.rule), ranked.provider);
                (Some(group.rule), group.mask, block)
            }
            Kind::New(length) => {
                let last = isize::try_from(length - 1).unwrap_or(isize::MAX);
                (None, Mask(0), Block { first: 0, last })
            }
            Kind::Tail => (None, Mask(0), Block { first: 0, last: 0 }),
        };
        let line = candidate.place.line;
        Ok(Cause {
            log: candidate.log,
            first_line: line.saturating_sub(to_u64(block.first.unsigned_abs())),
            last_line: line + to_u64(block.last.unsigned_abs()),
            place: candidate.place,
            rule,
            mask,
            count: candidate.count,
            score: candidate.score
                + match block.last > 0 {
                    true => weight::HAS_BODY,
                    false => 0,
                },
            is_new: candidate.why.is_new,
            step: self.step_name(ranked, line),
            why: self.why(candidate, rule),
            is_believed: false,
        })
    }

    fn step_name(&self, ranked: &Ranked<'_>, line: u64) -> String {
        let step = ranked.steps.at(line).map(|step| step.name.clone());
        match (&ranked.step_name, step) {
            (Some(name), Some(step)) if !step.is_empty() => format!("{name}: {step}"),
            (Some(name), _) => name.clone(),
            (None, step) => step.unwrap_or_default(),
        }
    }

    fn why(&self, candidate: &Candidate, rule: Option<u16>) -> String {
        let ranked = &self.logs[candidate.log];
        let mut reasons = Vec::new();
        match (rule, candidate.kind) {
            (Some(rule), _) => reasons.push(format!("rule {}", self.rules.get(rule).name)),
            (None, Kind::Tail) => reasons.push("the end of the failing step".into()),
            (None, _) => {}
        }
        if candidate.why.in_failed_step {
            let name = self.step_name(ranked, candidate.place.line);
            reasons.push(match name.is_empty() {
                true => "in the failing step".into(),
                false => format!("in the failing step \"{name}\""),
            });
        }
        if candidate.count > 1 {
            reasons.push(format!("first of {}", candidate.count));
        }
        match candidate.why.is_new {
            Some(true) => reasons.push("new since baseline".into()),
            Some(false) => reasons.push("also in the baseline".into()),
            None => {}
        }
        if candidate.why.near_exit {
            reasons.push("near the exit".into());
        }
        reasons.join(", ")
    }

    /// The ends of the failing steps, for want of anything better.
    fn tails(&self) -> Result<Vec<Cause>, (usize, ReadError)> {
        let mut causes = Vec::new();
        for (log, ranked) in self.logs.iter().enumerate() {
            let steps = &ranked.steps;
            let Some(&exit) = steps.exits.first() else {
                continue;
            };
            let Some(mark) = ranked
                .collected
                .marks
                .iter()
                .chain(&ranked.collected.marks_last)
                .find(|mark| mark.place.line == exit)
            else {
                continue;
            };
            let around = Around::read(ranked.source, mark.place).map_err(|error| (log, error))?;
            let block = tail(&around, ranked.provider);
            let candidate = Candidate {
                log,
                place: mark.place,
                kind: Kind::Tail,
                count: 1,
                score: TAIL_SCORE,
                why: Why {
                    in_failed_step: true,
                    ..Why::default()
                },
            };
            let mut cause = self.cause(&candidate)?;
            cause.first_line = exit.saturating_sub(to_u64(block.first.unsigned_abs()));
            causes.push(cause);
        }
        Ok(causes)
    }

    /// Decides what is shown without being asked for.
    fn believe(&self, causes: &mut [Cause]) {
        let Some(best) = causes.first().map(|cause| cause.score) else {
            return;
        };
        let least = SHOWN_SCORE_MIN.max(best - SHOWN_SCORE_SPAN);
        let mut shown = 0;
        let mut seen = std::collections::HashSet::new();
        for cause in causes {
            let is_distinct = cause.rule.is_none() || seen.insert((cause.rule, cause.mask));
            cause.is_believed = cause.score >= least && shown < SHOWN_MAX && is_distinct;
            shown += usize::from(cause.is_believed);
        }
    }
}

/// Whether the logs say that the build went well.
fn is_green(logs: &[Ranked<'_>]) -> bool {
    let outcomes = || logs.iter().map(|ranked| ranked.steps.outcome);
    outcomes().any(|outcome| outcome == Some(Outcome::Success))
        && !outcomes().any(|outcome| outcome == Some(Outcome::Failure))
        && logs.iter().all(|ranked| ranked.steps.exits.is_empty())
}

fn touches(last: &Cause, next: &Cause) -> bool {
    last.log == next.log && next.first_line <= last.last_line + GAP_LINES
}

/// Makes one of two causes that touch; the better one gives the headline.
fn join(last: &mut Cause, next: Cause) {
    last.first_line = last.first_line.min(next.first_line);
    last.last_line = last.last_line.max(next.last_line);
    // A rule says more than that lines are new.
    if next.score > last.score || last.rule.is_none() && next.rule.is_some() {
        let (first_line, last_line) = (last.first_line, last.last_line);
        let score = last.score.max(next.score);
        *last = Cause {
            first_line,
            last_line,
            score,
            ..next
        };
    }
}

/// The last paragraph or so before the exit marker at line 0.
fn tail(around: &Around, provider: Provider) -> Block {
    let mut buffer = Vec::new();
    let mut first = 0;
    for nth in (-TAIL_LINES..0).rev() {
        if block::is_mark(around, provider, nth) {
            break;
        }
        match around.shown(nth, &mut buffer) {
            Some(shown) if shown.trim_ascii().is_empty() => {}
            Some(_) => first = nth,
            None => break,
        }
    }
    Block { first, last: 0 }
}
