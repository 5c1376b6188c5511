//! Which of all candidates is the cause: scores with their reasons, blocks, and what is shown of
//! them.
//!
//! A score is a sum of small whole numbers, so the order is the same on every machine. What a rule
//! says about a line (its priority, 0 to 100) is most of it. The rest is structure: a line in the
//! step that failed is more likely the cause than one in a step that did not, and with a baseline
//! what was there when the build was green is no cause. The weights were chosen on logs of eleven
//! projects and checked on five others.

use std::collections::{HashMap, HashSet};

use super::{
    Finding,
    around::Around,
    asides::Asides,
    block::Block,
    cause::{Cause, GAP_LINES},
    collect::{Group, LinePlace},
    mask::{Known, Mask},
    provider::Outcome,
    rules::{Rules, SURE_PRIORITY, Severity},
    steps::Ranked,
    tail::{echo, tail},
    twins,
};
use crate::{input::ReadError, line::to_u64};

/// Points for what surrounds a candidate.
pub(crate) mod weight {
    /// The step failed that the line is in; and it was the first that did.
    pub(super) const IN_FAILED_STEP: i32 = 15;
    pub(super) const IN_FIRST_FAILED_STEP: i32 = 8;
    /// Some step failed, but this one went well, or does not say.
    pub(super) const IN_PASSED_STEP: i32 = -25;
    pub(super) const IN_OTHER_STEP: i32 = -10;
    /// It comes when the result is known: cleaning up, uploads.
    pub(super) const IN_AFTERMATH: i32 = -25;
    pub(super) const BEHIND_ALL_EXITS: i32 = -12;
    /// Words like "error" near the exit are more likely the cause; a sure rule is, wherever it
    /// matches.
    pub(super) const NEAR_EXIT: i32 = 6;
    pub(super) const FREQUENT: i32 = -6;
    /// It is not in the baseline; or it is.
    pub(super) const NEW: i32 = 30;
    pub(super) const KNOWN: i32 = -60;
    /// The log says that the build went well.
    pub(super) const GREEN: i32 = -45;
    pub(crate) const SYMPTOM: i32 = -5;
    /// There is more than the headline.
    pub(crate) const HAS_BODY: i32 = 2;
}

/// A candidate this near to the exit marker gets points for it.
const NEAR_EXIT_LINES: u64 = 60;

/// Something said more often is less likely a cause, unless its rule is sure.
const FREQUENT_COUNT: u64 = 25;

/// How many of the best candidates are looked at with their surroundings.
const LOOKED_AT_MAX: usize = 300;

/// What has fewer points is hidden.
const SHOWN_SCORE_MIN: i32 = 45;

/// What has so many points less than the best is hidden.
const SHOWN_SCORE_SPAN: i32 = 12;

/// How many findings are shown.
const SHOWN_MAX: usize = 8;

/// So many tests that failed are shown if all say the same.
const SAME_SAID_MAX: usize = 2;

/// What new lines that no rule knows have before anything else is looked at.
const NEW_LINES_SCORE: i32 = 20;

/// If nothing has so many points, the end of the failing command comes first, with at least these
/// points.
const TAIL_BELOW_SCORE: i32 = 71;

/// If the best has fewer points than this, it comes second.
const TAIL_BEHIND_SCORE: i32 = 85;
const TAIL_SCORE: i32 = 60;

/// A line that may be the cause.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    pub(crate) log: usize,
    pub(crate) place: LinePlace,
    pub(crate) kind: CauseKind,
    pub(crate) count: u64,
    pub(crate) score: i32,
    pub(crate) why: Why,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CauseKind {
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
    pub(crate) is_new: Option<bool>,
    near_exit: bool,
}

/// The causes, and what the limits have left out.
#[derive(Debug, Default)]
pub(crate) struct RankedCauses {
    /// The likeliest first.
    pub(crate) causes: Vec<Cause>,
    /// Candidates that were not looked at.
    pub(crate) candidates_left_out: u64,
    /// Beginnings of asides that were not looked at.
    pub(crate) asides_left_out: u64,
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

    /// The causes.
    pub(crate) fn causes(&self) -> Result<RankedCauses, (usize, ReadError)> {
        let mut candidates = self.candidates();
        candidates.sort_by_key(|one| (std::cmp::Reverse(one.score), one.log, one.place));
        let left_out = candidates.len().saturating_sub(LOOKED_AT_MAX);
        candidates.truncate(LOOKED_AT_MAX);
        candidates.sort_by_key(|one| (one.log, one.place));
        let places: Vec<(usize, LinePlace)> =
            candidates.iter().map(|one| (one.log, one.place)).collect();
        let asides = Asides::of(self.logs, self.rules, &places)?;
        candidates.retain(|one| !asides.hold(one.log, one.place.line));
        let mut causes = self.merged(&candidates, &asides)?;
        causes.sort_by_key(|cause| {
            let order = self.order(cause);
            let is_cancelled = self.is_cancelled(cause.log);
            (
                is_cancelled,
                std::cmp::Reverse(cause.score),
                cause.log,
                order,
            )
        });
        self.believe(&mut causes);
        twins::link(&mut causes, self.logs, self.rules)?;
        self.add_tails(&mut causes)?;
        self.believe(&mut causes);
        Ok(RankedCauses {
            causes,
            candidates_left_out: to_u64(left_out),
            asides_left_out: asides.left_out,
        })
    }

    /// Whether a log is that of a job that was cancelled although another one failed: nothing in it
    /// made the build fail.
    fn is_cancelled(&self, log: usize) -> bool {
        let has_failed =
            |ranked: &Ranked<'_>| !ranked.steps.is_cancelled && !ranked.steps.exits.is_empty();
        self.logs[log].steps.is_cancelled && self.logs.iter().any(has_failed)
    }

    /// Of equals, what a sure rule found comes first, in the order of the log; of what is only
    /// suspicious, what is nearest to the exit.
    fn order(&self, cause: &Cause) -> (bool, u64) {
        // A linter that goes on after its first complaint means all of them.
        let is_sure = cause.rule.is_none_or(|nth| {
            let rule = self.rules.get(nth);
            rule.priority >= SURE_PRIORITY || rule.family == "lint"
        });
        let exits = &self.logs[cause.log].steps.exits;
        let exit = exits.iter().find(|exit| cause.place.line <= exit.line);
        match exit {
            Some(exit) if !is_sure => (true, exit.line - cause.place.line),
            _ => (!is_sure, cause.first_line),
        }
    }

    /// Puts the ends of the failing commands where they belong: before weak causes, and behind the
    /// best of strong ones.
    fn add_tails(&self, causes: &mut Vec<Cause>) -> Result<(), (usize, ReadError)> {
        let mut others = causes.iter().filter(|cause| !self.is_cancelled(cause.log));
        let first = others.next();
        let best = first.map_or(0, |cause| cause.score);
        let strength = first.map_or(0, |cause| self.strength(cause));
        if strength >= TAIL_BEHIND_SCORE {
            return Ok(());
        }
        let suspect = first
            .filter(|_| best >= SHOWN_SCORE_MIN)
            .map(|cause| cause.log);
        for mut tail in self.tails(suspect)? {
            if self.is_cancelled(tail.log) {
                continue;
            }
            let is_said = |cause: &Cause| cause.score >= TAIL_BELOW_SCORE && cause.overlaps(&tail);
            if causes.iter().any(is_said) {
                continue;
            }
            if strength < TAIL_BELOW_SCORE {
                // What is weak and stands in it gives it a name, and says no more.
                let named = causes
                    .iter()
                    .find(|cause| cause.overlaps(&tail) && !self.is_symptom(cause))
                    .cloned();
                causes.retain(|cause| !cause.overlaps(&tail));
                if let Some(named) = named {
                    tail = Cause {
                        first_line: tail.first_line.min(named.first_line),
                        last_line: tail.last_line.max(named.last_line),
                        ..named
                    };
                }
                tail.score = TAIL_SCORE.max(best);
                causes.insert(0, tail);
            } else if !causes.iter().any(|cause| cause.has_headline_of(&tail)) {
                tail.score = best - 1;
                causes.insert(1.min(causes.len()), tail);
            }
        }
        Ok(())
    }

    /// How much a cause is worth against the end of the failing command: little, if it is not in
    /// the step that failed.
    fn strength(&self, cause: &Cause) -> i32 {
        let steps = &self.logs[cause.log].steps;
        let is_elsewhere = !steps.exits.is_empty()
            && cause.is_new.is_none()
            && steps
                .at(cause.place.line)
                .is_some_and(|step| step.outcome != Some(Outcome::Failure));
        match (steps.exits.is_empty(), is_elsewhere) {
            // Nobody says which step failed, so no cause has points for being in it.
            (true, _) => cause.score + weight::IN_FAILED_STEP + weight::IN_FIRST_FAILED_STEP,
            (false, true) => cause.score - weight::IN_FAILED_STEP,
            (false, false) => cause.score,
        }
    }

    fn candidates(&self) -> Vec<Candidate> {
        let mut all = Vec::new();
        for (log, ranked) in self.logs.iter().enumerate() {
            for (nth, group) in ranked.collected.groups.iter().enumerate() {
                if self.rules.get(group.rule).is_aside() {
                    continue;
                }
                for place in group.places() {
                    let mut why = Why::default();
                    let score = self.score(ranked, group, place, &mut why);
                    all.push(Candidate {
                        log,
                        place,
                        kind: CauseKind::Group(nth),
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

    fn score(&self, ranked: &Ranked<'_>, group: &Group, place: LinePlace, why: &mut Why) -> i32 {
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
        place: LinePlace,
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
                    if steps
                        .exits
                        .first()
                        .is_some_and(|exit| (step.start..=step.end).contains(&exit.line))
                    {
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
        let before = steps.exits.partition_point(|exit| exit.line < place.line);
        match steps.exits.get(before) {
            Some(exit) if exit.line - place.line <= NEAR_EXIT_LINES => {
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
                kind: CauseKind::New(length),
                count: 1,
                score,
                why,
            });
            at = end;
        }
    }

    pub(crate) fn is_symptom(&self, cause: &Cause) -> bool {
        cause
            .rule
            .is_some_and(|nth| self.rules.get(nth).severity == Severity::Symptom)
    }

    /// Where a test runner or a linter sums up, behind the first of the findings: the last such
    /// line of its step.
    pub(crate) fn summary_of(&self, findings: &[Finding]) -> Option<(usize, LinePlace)> {
        let first = findings.first().filter(|first| first.is_believed)?;
        let ranked = &self.logs[first.log];
        let end = ranked
            .steps
            .at(first.line - 1)
            .map_or(u64::MAX, |step| step.end);
        let sums_up = |nth: u16| {
            let rule = self.rules.get(nth);
            rule.severity == Severity::Symptom && matches!(rule.family.as_str(), "test" | "lint")
        };
        let groups = ranked.collected.groups.iter();
        groups
            .filter(|group| sums_up(group.rule))
            .flat_map(Group::places)
            .filter(|place| place.line >= first.last_line && place.line < end)
            .max()
            .map(|place| (first.log, place))
    }

    pub(crate) fn step_name(&self, ranked: &Ranked<'_>, line: u64) -> String {
        ranked.name_of(ranked.steps.at(line))
    }

    pub(crate) fn why(&self, candidate: &Candidate, rule: Option<u16>) -> String {
        let ranked = &self.logs[candidate.log];
        let mut reasons = Vec::new();
        match (rule, candidate.kind) {
            (Some(rule), _) => reasons.push(format!("rule {}", self.rules.get(rule).name)),
            (None, CauseKind::Tail) => reasons.push("the end of the failing command".into()),
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

    /// Whether no other log has lines that were looked at.
    fn is_only(&self, log: usize) -> bool {
        let mut others = self.logs.iter().enumerate().filter(|&(nth, _)| nth != log);
        others.all(|(_, ranked)| ranked.collected.lines == 0)
    }

    /// The ends of the commands that failed first, one of each log. Of a log that does not say how
    /// it ended only if it is the one that is suspected, or the only one.
    fn tails(&self, suspect: Option<usize>) -> Result<Vec<Cause>, (usize, ReadError)> {
        let mut causes = Vec::new();
        for (log, ranked) in self.logs.iter().enumerate() {
            let steps = &ranked.steps;
            let exit = match steps.exits.first() {
                Some(&exit) => exit,
                // Nobody says how it ended. If something looks like a failure, it just stopped.
                None if steps.outcome.is_none()
                    && !steps.ends_in_aftermath()
                    && ranked.has_end()
                    && (suspect == Some(log) || self.is_only(log)) =>
                {
                    ranked.collected.end()
                }
                None => continue,
            };
            let around = Around::read(&ranked.view, exit).map_err(|error| (log, error))?;
            let has_exit = !steps.exits.is_empty();
            let Some((tail, place)) = tail(&around, self.rules, ranked.provider)
                .or_else(|| (has_exit && suspect.is_none()).then(|| echo(&around, ranked.provider)))
                .filter(|tail| {
                    has_exit || suspect.is_some() || tail.is_wrapped && self.known.is_none()
                })
                .and_then(|tail| Some((tail, around.place_of(tail.headline)?)))
            else {
                continue;
            };
            let candidate = Candidate {
                log,
                place,
                kind: CauseKind::Tail,
                count: 1,
                score: TAIL_SCORE,
                why: Why {
                    in_failed_step: !steps.exits.is_empty(),
                    ..Why::default()
                },
            };
            let block = Block {
                first: tail.first - tail.headline,
                last: tail.last - tail.headline,
            };
            causes.push(self.cause_without_rule(&candidate, block));
        }
        Ok(causes)
    }

    /// Decides what is shown without being asked for.
    fn believe(&self, causes: &mut [Cause]) {
        let Some(first) = causes.first().cloned() else {
            return;
        };
        let least = SHOWN_SCORE_MIN.max(first.score - SHOWN_SCORE_SPAN);
        // Where nothing is sure, words far away from the end of what failed are no reason.
        let is_guess = self.strength(&first) < TAIL_BELOW_SCORE;
        let is_far = |cause: &Cause| {
            let distance = first.first_line.abs_diff(cause.last_line);
            is_guess
                && (cause.log != first.log || distance > NEAR_EXIT_LINES)
                && cause
                    .rule
                    .is_some_and(|nth| self.rules.get(nth).priority < SURE_PRIORITY)
        };
        let mut shown = 0;
        let mut seen = HashSet::new();
        let mut said: HashMap<(Option<u16>, Mask), usize> = HashMap::new();
        for cause in causes {
            let test = cause.test.clone();
            let is_distinct = cause.rule.is_none() || seen.insert((cause.rule, cause.mask, test));
            // What only follows from a failure adds nothing to a cause.
            let is_cause = shown == 0 || !self.is_symptom(cause);
            let is_news = || {
                let times = cause.said.and_then(|mask| said.get(&(cause.rule, mask)));
                times.is_none_or(|&times| times < SAME_SAID_MAX)
            };
            cause.is_believed = cause.score >= least
                && shown < SHOWN_MAX
                && is_distinct
                && is_news()
                && is_cause
                && !is_far(cause)
                && !self.is_cancelled(cause.log);
            shown += usize::from(cause.is_believed);
            if let Some(mask) = cause.said.filter(|_| cause.is_believed) {
                *said.entry((cause.rule, mask)).or_default() += 1;
            }
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
