//! The lines that a reader of a failure needs most, each with a weight: what `--budget` chooses
//! from.
//!
//! ```text
//! findings, the likeliest first --.
//! the exit, and what stands above -+--> lines with weights --> the heaviest that fit   report/budget.rs
//! the step's beginning, the job ---|
//! the runner's summary, the end --'
//! ```
//! 1. The weights say which kinds of lines carry evidence. They know no tool and no project.
//! 2. The further a line is from what it belongs to, the less it weighs. So a larger budget shows
//!    more around each place, and more places.
//! 3. A line that several reasons ask for has the largest of their weights.
//!
//! What is kept is bounded: so many findings and exits, so many lines around each, and so much of a
//! line.

use std::collections::{BTreeMap, HashMap};

use super::{
    Finding,
    around::Around,
    collect::{LinePlace, MarkKind},
    steps::Ranked,
    visible::shown_text,
};
use crate::input::ReadError;

/// How many findings, exits and jobs of a log are looked at, and how many retellings of a finding.
const FINDINGS_MAX: usize = 300;
const EXITS_MAX: usize = 6;
const RETOLD_MAX: usize = 8;

/// How much of a line is kept, in characters.
const LINE_CHARS_MAX: usize = 1 << 10;

/// How many lines are taken around a finding, above an exit, behind the start of a step, and at the
/// end of a log.
const NEAR_LINES: u32 = 12;
const ABOVE_EXIT_LINES: u32 = 60;
const STEP_LINES: u32 = 12;
const END_LINES: u32 = 60;

/// A weight that falls with the distance from `first` on.
#[derive(Clone, Copy, Debug)]
struct Slope {
    first: u32,
    step: u32,
}

impl Slope {
    fn at(self, distance: u32) -> u32 {
        self.first
            .saturating_sub(self.step.saturating_mul(distance))
    }
}

/// What single lines weigh.
const EXIT: u32 = 980;
const SUMMARY: u32 = 970;
const STEP: u32 = 900;
const JOB: u32 = 890;
const LAST_WORD: u32 = 860;
const RETOLD: u32 = 640;

/// What lines weigh by their distance: lines of the first finding by their importance, and so on.
const FIRST_FINDING: Slope = Slope {
    first: 1000,
    step: 12,
};
const OTHER_FINDING: Slope = Slope {
    first: 1000,
    step: 30,
};
const NEAR_FINDING: Slope = Slope {
    first: 700,
    step: 25,
};
const WEAK_FINDING: Slope = Slope {
    first: 560,
    step: 60,
};
const NEAR_WEAK_FINDING: Slope = Slope {
    first: 400,
    step: 30,
};
const ABOVE_EXIT: Slope = Slope {
    first: 640,
    step: 10,
};
const BEHIND_STEP: Slope = Slope {
    first: 560,
    step: 20,
};
const END: Slope = Slope {
    first: 380,
    step: 5,
};

/// How much more a line near a finding or an exit weighs if it has a word that bad news come with.
const BAD_WORD: u32 = 60;

/// Words that bad news come with, in lower case.
const BAD_WORDS: [&str; 14] = [
    "fail",
    "error",
    "exit code",
    "exit status",
    "exited",
    "panic",
    "fatal",
    "exception",
    "assert",
    "expected",
    "not found",
    "denied",
    "timed out",
    "abort",
];

fn sounds_bad(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    BAD_WORDS.iter().any(|word| text.contains(word))
}

/// By how much each further finding weighs less; lines near it lose a third of that.
const RANK_STEP: u32 = 40;
const WEAK_RANK_STEP: u32 = 3;

/// One line of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EvidenceLine {
    /// What a person saw of it, without control characters.
    pub(crate) text: String,
    /// How much it matters, compared with others.
    pub(crate) weight: u32,
}

/// Lines by their log, an index into [`Report::logs`](super::Report::logs), and their number from 1.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    pub(crate) lines: BTreeMap<(usize, u64), EvidenceLine>,
}

/// Gives findings their ranks, in their order: the first weak one of each rule ranks before the
/// second of another, so that many findings of one kind do not hide those of other kinds.
#[derive(Debug, Default)]
pub(crate) struct EvidenceRanks<'f> {
    believed: usize,
    weak_of: HashMap<Option<&'f str>, usize>,
}

impl<'f> EvidenceRanks<'f> {
    pub(crate) fn next(&mut self, finding: &'f Finding) -> usize {
        if finding.is_believed {
            self.believed += 1;
            return self.believed - 1;
        }
        let rules = self.weak_of.len();
        let before = self.weak_of.entry(finding.rule.as_deref()).or_default();
        *before += 1;
        match *before {
            1 => rules,
            nth => rules + (nth - 1) * REPEATED_RULE_RANKS,
        }
    }
}

/// How many ranks a finding loses for each finding of the same rule before it.
const REPEATED_RULE_RANKS: usize = 3;

impl Evidence {
    /// Adds the lines of a finding and those near it. Findings come in their order; `place` is a
    /// line of it.
    pub(crate) fn add_finding(
        &mut self,
        rank: usize,
        finding: &Finding,
        ranked: &Ranked<'_>,
        place: LinePlace,
    ) -> Result<(), ReadError> {
        if rank >= FINDINGS_MAX {
            return Ok(());
        }
        let rank = u32::try_from(rank).unwrap_or(u32::MAX);
        let (lines, near, less) = match finding.is_believed {
            true if rank == 0 => (FIRST_FINDING, NEAR_FINDING, 0),
            true => (OTHER_FINDING, NEAR_FINDING, rank * RANK_STEP),
            false => (WEAK_FINDING, NEAR_WEAK_FINDING, rank * WEAK_RANK_STEP),
        };
        for line in &finding.excerpt {
            let importance = u32::try_from(line.importance).unwrap_or(u32::MAX);
            let weight = match line.line == finding.line {
                true => lines.first,
                false => lines.at(importance),
            };
            let weight = weight.saturating_sub(less);
            self.add((finding.log, line.line), weight, || line.text.clone());
        }
        let around = Around::read(&ranked.view, place)?;
        for distance in 1..=NEAR_LINES {
            let weight = near.at(distance).saturating_sub(less / 3);
            let beside = [
                finding.first_line.checked_sub(u64::from(distance)),
                finding.last_line.checked_add(u64::from(distance)),
            ];
            for number in beside.into_iter().flatten() {
                self.add_near(finding.log, &around, place, (number, weight));
            }
        }
        Ok(())
    }

    /// Adds what a log says of how its build went.
    pub(crate) fn add_log(&mut self, log: usize, ranked: &Ranked<'_>) -> Result<(), ReadError> {
        let steps = &ranked.steps;
        let marks = &ranked.collected.marks;
        let exits = steps.exits.iter().take(EXITS_MAX);
        for (nth, &exit) in (0..).zip(exits) {
            let less = nth * RANK_STEP;
            let around = Around::read(&ranked.view, exit)?;
            self.add_near(log, &around, exit, (exit.line + 1, EXIT - less));
            for distance in 1..=ABOVE_EXIT_LINES {
                let number = (exit.line + 1).checked_sub(u64::from(distance));
                let weight = ABOVE_EXIT.at(distance).saturating_sub(less);
                if let Some(number) = number {
                    self.add_near(log, &around, exit, (number, weight));
                }
            }
            let step = steps.at(exit.line);
            let start =
                step.and_then(|step| marks.iter().find(|mark| mark.place.line == step.start));
            if let Some(start) = start {
                self.add_behind(log, ranked, start.place, STEP - less)?;
            }
        }
        let jobs = marks.iter().filter(|mark| mark.kind == MarkKind::Job);
        for job in jobs.take(EXITS_MAX) {
            let around = Around::read(&ranked.view, job.place)?;
            self.add_near(log, &around, job.place, (job.place.line + 1, JOB));
        }
        let end = ranked.collected.end();
        let around = Around::read(&ranked.view, end)?;
        for distance in 0..END_LINES {
            let number = end.line.saturating_sub(u64::from(distance));
            let weight = match steps.last_word.map(|line| line + 1) == Some(number) {
                true => LAST_WORD,
                false => END.at(distance),
            };
            self.add_near(log, &around, end, (number, weight));
        }
        Ok(())
    }

    /// Adds the line in which a test runner sums up.
    pub(crate) fn add_summary(&mut self, log: usize, place: LinePlace, text: &str) {
        self.add((log, place.line + 1), SUMMARY, || text.to_owned());
    }

    /// Adds lines that tell of a finding again.
    pub(crate) fn add_retold(
        &mut self,
        log: usize,
        ranked: &Ranked<'_>,
        places: &[LinePlace],
    ) -> Result<(), ReadError> {
        for &place in places.iter().take(RETOLD_MAX) {
            let around = Around::read(&ranked.view, place)?;
            self.add_near(log, &around, place, (place.line + 1, RETOLD));
        }
        Ok(())
    }

    /// Adds a line, and those behind it.
    fn add_behind(
        &mut self,
        log: usize,
        ranked: &Ranked<'_>,
        place: LinePlace,
        weight: u32,
    ) -> Result<(), ReadError> {
        let around = Around::read(&ranked.view, place)?;
        self.add_near(log, &around, place, (place.line + 1, weight));
        for distance in 1..=STEP_LINES {
            let number = place.line + 1 + u64::from(distance);
            let weight = BEHIND_STEP.at(distance);
            self.add_near(log, &around, place, (number, weight));
        }
        Ok(())
    }

    /// Adds the line with a number, if it is among those around a place.
    fn add_near(
        &mut self,
        log: usize,
        around: &Around,
        place: LinePlace,
        (number, weight): (u64, u32),
    ) {
        let Some(line) = number.checked_sub(1) else {
            return;
        };
        let nth = match line.checked_sub(place.line) {
            Some(behind) => isize::try_from(behind).ok(),
            None => isize::try_from(place.line - line).ok().map(|above| -above),
        };
        let mut buffer = Vec::new();
        let text = nth.and_then(|nth| around.shown(nth, &mut buffer));
        if let Some(text) = text {
            let text = shown_text(text);
            let more = if sounds_bad(&text) { BAD_WORD } else { 0 };
            self.add((log, number), weight + more, || text);
        }
    }

    fn add(&mut self, at: (usize, u64), weight: u32, text: impl FnOnce() -> String) {
        match self.lines.get_mut(&at) {
            Some(line) => line.weight = line.weight.max(weight),
            None => {
                let text: String = text().trim_end().chars().take(LINE_CHARS_MAX).collect();
                if !text.is_empty() {
                    self.lines.insert(at, EvidenceLine { text, weight });
                }
            }
        }
    }
}
