//! Attacks the commands that read a whole log and print a report. Their counts must be of one
//! moment, or there must be a note.

use serde_json::Value;

use super::{
    judge::{self, Judged, Said},
    log::{Log, NAME},
    outcome::Outcome,
    query::lines,
    run::Ended,
};

/// A command that prints a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Report {
    Templates,
    Triage,
}

impl Report {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Report::Templates => "templates",
            Report::Triage => "triage",
        }
    }

    pub(crate) fn args(self) -> Vec<String> {
        let format = match self {
            Report::Templates => "json",
            Report::Triage => "jsonl",
        };
        [self.name(), "--format", format, NAME]
            .map(String::from)
            .into()
    }

    /// Returns how many lines the report says it has read.
    fn lines(self, printed: &[u8]) -> Result<u64, String> {
        let last = match self {
            Report::Templates => printed,
            Report::Triage => lines(printed).last().map_or(&[][..], |(_, line)| line),
        };
        let report: Value = serde_json::from_slice(last).map_err(|error| error.to_string())?;
        let count = |value: &Value| {
            value
                .as_u64()
                .ok_or_else(|| format!("no number of lines: {report}"))
        };
        match self {
            Report::Templates => {
                let counts = report["templates"].as_array().into_iter().flatten();
                let sum: u64 = counts.filter_map(|one| one["count"].as_u64()).sum();
                if Some(sum) != report["lines"].as_u64() {
                    return Err(format!(
                        "{sum} lines have templates, of {}",
                        report["lines"]
                    ));
                }
                // Lines below the first of a record have no template of their own.
                Ok(count(&report["lines"])? + count(&report["continued_lines"])?)
            }
            Report::Triage => count(&report["logs"][0]["lines"]),
        }
    }

    /// Judges one run that nobody has killed.
    pub(crate) fn judge(self, log: &Log, ended: &Ended) -> Judged {
        if let Some(bad) = judge::ended_badly(ended) {
            return bad;
        }
        let said = judge::said(&ended.stderr);
        let is_trouble = said.iter().any(|said| *said != Said::Harmless);
        if is_trouble != (ended.code == Some(2)) {
            let why = format!("status {:?}, and it said {:?}", ended.code, ended.stderr);
            return (Outcome::Status, why);
        }
        if let Some(Said::Error(error)) = said.iter().find(|said| matches!(said, Said::Error(_))) {
            return match log.was_absent && error.contains("No such file") {
                true => (Outcome::Refused, error.clone()),
                false => (Outcome::Status, error.clone()),
            };
        }
        if is_trouble && ended.stdout.is_empty() {
            return (Outcome::Noted, "and no report".into());
        }
        let counted = match self.lines(&ended.stdout) {
            Ok(counted) => counted,
            Err(why) => return (Outcome::Invented, why),
        };
        if is_trouble {
            return (Outcome::Noted, String::new());
        }
        for body in &log.bodies {
            let counts: Vec<u64> = body
                .states
                .iter()
                .map(|state| lines(state).count() as u64)
                .collect();
            let grew = |nth: usize| {
                body.states[nth + 1].starts_with(&body.states[nth])
                    && (counts[nth]..=counts[nth + 1] + 1).contains(&counted)
            };
            if counts.contains(&counted) || (0..counts.len() - 1).any(grew) {
                return (Outcome::Exact, String::new());
            }
        }
        let why = format!("{counted} lines");
        match log.bodies.iter().all(|body| body.only_grew()) {
            true => (Outcome::Lost, why),
            false => (Outcome::Unseen, why),
        }
    }
}
