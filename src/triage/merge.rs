//! Candidates with their blocks, and which of them are one failure.

use super::{
    around::Around,
    asides::Asides,
    block::{self, Block},
    cause::Cause,
    mask::{Mask, Masks},
    rank::{Candidate, CauseKind, Ranking, weight},
    rules::{Pattern, Pick, Rule, SURE_PRIORITY, Severity},
    test_name::TestName,
};
use crate::{input::ReadError, line::to_u64};

/// With a baseline: how many lines a failure grows at most, and how many known ones may stand
/// between the new ones.
const GROWN_LINES_MAX: u64 = 2000;
const GROWN_GAP_LINES: u64 = 2;

/// What a candidate turned out to be.
struct FoundCandidate {
    rule: Option<u16>,
    mask: Mask,
    block: Block,
    begins: Vec<u8>,
    head: Vec<u8>,
    goes_on: bool,
    test: Option<TestName>,
    said: Option<Mask>,
}

impl FoundCandidate {
    fn without_rule(block: Block) -> FoundCandidate {
        FoundCandidate {
            rule: None,
            mask: Mask(0),
            block,
            begins: Vec::new(),
            head: Vec::new(),
            goes_on: false,
            test: None,
            said: None,
        }
    }
}

impl Ranking<'_> {
    /// Candidates with their blocks; those that touch are one.
    pub(crate) fn merged(
        &self,
        candidates: &[Candidate],
        asides: &Asides,
    ) -> Result<Vec<Cause>, (usize, ReadError)> {
        let mut causes: Vec<Cause> = Vec::new();
        let mut masks = Masks::default();
        let (new, by_rule): (Vec<&Candidate>, Vec<&Candidate>) = candidates
            .iter()
            .partition(|one| matches!(one.kind, CauseKind::New(_)));
        for candidate in by_rule {
            let Some(mut cause) = self.cause_of_rule(candidate, asides, &mut masks)? else {
                continue;
            };
            match causes.last_mut() {
                Some(last) if self.belong_together(last, &cause) => {
                    match (self.is_symptom(last), self.is_symptom(&cause)) {
                        // What follows from a failure is no part of it.
                        (false, true) => {}
                        (true, false) => *last = cause,
                        _ => self.join(last, cause),
                    }
                }
                last => {
                    if let Some(last) = last {
                        cause.begin_behind(last);
                    }
                    causes.push(cause);
                }
            }
        }
        for cause in &mut causes {
            self.grow(cause);
        }
        // Where a rule knows what it is about, it also knows how long it is.
        let said = causes.len();
        for candidate in new {
            let CauseKind::New(length) = candidate.kind else {
                continue;
            };
            let last = isize::try_from(length - 1).unwrap_or(isize::MAX);
            let cause = self.cause_without_rule(candidate, Block { first: 0, last });
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

    /// The cause that a rule found; none if its block says that it does not count.
    fn cause_of_rule(
        &self,
        candidate: &Candidate,
        asides: &Asides,
        masks: &mut Masks,
    ) -> Result<Option<Cause>, (usize, ReadError)> {
        let CauseKind::Group(nth) = candidate.kind else {
            return Ok(None);
        };
        let ranked = &self.logs[candidate.log];
        let group = &ranked.collected.groups[nth];
        let around =
            Around::read(&ranked.view, candidate.place).map_err(|error| (candidate.log, error))?;
        let mut rule_nth = group.rule;
        let mut rule = self.rules.get(rule_nth);
        let mut block = block::block(&around, rule, ranked.provider);
        let has = |block: Block, pattern: &Pattern| {
            let mut buffer = Vec::new();
            let mut lines = block.first..=block.last;
            lines.any(|at| {
                let shown = around.shown(at, &mut buffer);
                shown.is_some_and(|shown| pattern.is_match(shown))
            })
        };
        let is_tolerated = rule.unless.as_ref().is_some_and(|line| has(block, line));
        if is_tolerated || asides.forgives(&around) || block::is_under_an_allowance(&around) {
            return Ok(None);
        }
        let base = |rule: &Rule| match rule.severity {
            Severity::Symptom => i32::from(rule.priority) + weight::SYMPTOM,
            _ => i32::from(rule.priority),
        };
        let mut score = candidate.score;
        // A head that any tool may print needs a second sign; without it the line is what the next
        // rule says.
        while let Some(sign) = &rule.sign {
            if has(block, sign) {
                break;
            }
            let mut buffer = Vec::new();
            let shown = around.shown(0, &mut buffer).unwrap_or_default();
            let Some(next) = self.rules.next(rule_nth, shown) else {
                return Ok(None);
            };
            score -= base(rule);
            (rule_nth, rule) = (next, self.rules.get(next));
            score += base(rule);
            block = block::block(&around, rule, ranked.provider);
        }
        let candidate = Candidate {
            score,
            ..candidate.clone()
        };
        let mut buffer = Vec::new();
        let shown = around.shown(0, &mut buffer).unwrap_or_default();
        let mut first_buffer = Vec::new();
        let begins = around
            .shown(block.first, &mut first_buffer)
            .map(|first| first.trim_ascii_end().to_vec());
        let begins = begins.unwrap_or_default();
        let is_test = rule.family == "test";
        let test = is_test.then(|| {
            first_listed(&around, rule, block).unwrap_or_else(|| {
                let captured = rule.capture(shown, shown).message;
                TestName::new(shown, captured.as_deref())
            })
        });
        let said = rule.headline.as_ref().and_then(|pattern| {
            let mut buffer = Vec::new();
            (0..=block.last).find_map(|at| {
                let shown = around.shown(at, &mut buffer)?;
                let said = pattern.is_match(shown).then(|| masks.of(shown));
                said.flatten()
            })
        });
        let found = FoundCandidate {
            rule: Some(rule_nth),
            mask: group.mask,
            block,
            begins,
            head: shown.trim_ascii_end().to_vec(),
            goes_on: block::goes_on(&around, block),
            test,
            said,
        };
        Ok(Some(self.cause(&candidate, found)))
    }

    /// The cause that these lines are, of which no rule knows what they are about.
    pub(crate) fn cause_without_rule(&self, candidate: &Candidate, block: Block) -> Cause {
        self.cause(candidate, FoundCandidate::without_rule(block))
    }

    fn cause(&self, candidate: &Candidate, found: FoundCandidate) -> Cause {
        let FoundCandidate {
            rule, mask, block, ..
        } = found;
        let ranked = &self.logs[candidate.log];
        let line = candidate.place.line;
        let body = match block.last > 0 {
            true => weight::HAS_BODY,
            false => 0,
        };
        Cause {
            log: candidate.log,
            first_line: line.saturating_sub(to_u64(block.first.unsigned_abs())),
            last_line: line + to_u64(block.last.unsigned_abs()),
            place: candidate.place,
            rule,
            mask,
            count: candidate.count,
            score: candidate.score + body,
            is_new: candidate.why.is_new,
            step: self.step_name(ranked, line),
            why: self.why(candidate, rule),
            is_believed: false,
            begins: found.begins,
            head: found.head,
            goes_on: found.goes_on,
            test: found.test,
            said: found.said,
            parts: Vec::new(),
            retold: Vec::new(),
        }
    }

    /// Whether two causes are one: their blocks overlap, or one follows directly on another. Two
    /// tools that are sure of themselves speak of two things.
    fn belong_together(&self, last: &Cause, next: &Cause) -> bool {
        let family = |cause: &Cause| cause.rule.map(|nth| self.rules.get(nth).family.as_str());
        let is_sure = |cause: &Cause| {
            cause
                .rule
                .is_some_and(|nth| self.rules.get(nth).priority >= SURE_PRIORITY)
        };
        let until = last.rule.and_then(|nth| self.rules.get(nth).until.as_ref());
        let ends_before =
            until.is_some_and(|until| until.is_match(&next.begins) || until.is_match(&next.head));
        last.touches(next)
            && !ends_before
            && (next.first_line <= last.last_line
                || family(last) == family(next)
                || !is_sure(last)
                || !is_sure(next))
    }

    /// Makes one of two causes that touch; the better one gives the headline. Of two traces that
    /// the same rule found, one behind the other, the last one tells what came out of it.
    fn join(&self, last: &mut Cause, mut next: Cause) {
        let is_outcome = next.rule == last.rule
            && next.score == last.score
            && next
                .rule
                .is_some_and(|nth| self.rules.get(nth).headline_is == Pick::Last);
        let first_line = last.first_line.min(next.first_line);
        let last_line = last.last_line.max(next.last_line);
        let score = last.score.max(next.score);
        // A rule says more than that lines are new.
        if next.score > last.score || is_outcome || last.rule.is_none() && next.rule.is_some() {
            std::mem::swap(last, &mut next);
        }
        (last.first_line, last.last_line, last.score) = (first_line, last_line, score);
        last.parts.push((next.place.line, next.score));
        last.parts.append(&mut next.parts);
    }
}

/// The first test of a list that begins with line 0.
fn first_listed(around: &Around, rule: &Rule, block: Block) -> Option<TestName> {
    let mut buffer = Vec::new();
    (0..=block.last).find_map(|at| {
        let shown = around.shown(at, &mut buffer)?;
        Some(TestName::listed(shown, &rule.listed(shown)?))
    })
}
