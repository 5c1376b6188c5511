//! The steps of a build, from the marks in its logs: which of them failed, and where.

use super::{
    collect::{Collected, MarkKind},
    provider::{Outcome, Provider},
};

/// A part of a log that one command, or one step, wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) name: String,
    /// The first line, from 0, and the line behind the last.
    pub(crate) start: u64,
    pub(crate) end: u64,
    /// How it ended, if a line says so.
    pub(crate) outcome: Option<Outcome>,
    /// Whether it comes behind the result.
    pub(crate) is_aftermath: bool,
}

/// The steps of one log, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Steps {
    pub(crate) steps: Vec<Step>,
    /// How the build ended, if the log says so.
    pub(crate) outcome: Option<Outcome>,
    /// The lines that say that a command failed, from 0.
    pub(crate) exits: Vec<u64>,
    /// The line that says how the build ended.
    pub(crate) last_word: Option<u64>,
}

impl Steps {
    pub(crate) fn of(collected: &Collected, provider: Provider) -> Steps {
        let mut steps = Steps::default();
        // At GitHub a step can only begin behind an aftermath if another job does; elsewhere it belongs to it.
        let aftermath_ends = provider == Provider::GitHub;
        let mut current = Step::unnamed(0);
        for mark in collected.marks.iter().chain(&collected.marks_last) {
            let line = mark.place.line;
            match mark.kind {
                MarkKind::Start | MarkKind::Aftermath => {
                    let is_aftermath =
                        mark.kind == MarkKind::Aftermath || current.is_aftermath && !aftermath_ends;
                    steps.close(&mut current, line);
                    current = Step {
                        name: mark.name.to_string(),
                        is_aftermath,
                        ..Step::unnamed(line)
                    };
                }
                MarkKind::End => {
                    steps.close(&mut current, line);
                    let is_aftermath = current.is_aftermath;
                    current = Step {
                        is_aftermath,
                        ..Step::unnamed(line)
                    };
                }
                MarkKind::Exit(outcome) => {
                    current.outcome = Some(outcome);
                    if outcome == Outcome::Failure && !current.is_aftermath {
                        steps.exits.push(line);
                    }
                    steps.close(&mut current, line + 1);
                    let is_aftermath = current.is_aftermath;
                    current = Step {
                        is_aftermath,
                        ..Step::unnamed(line + 1)
                    };
                }
                MarkKind::Final(outcome) => {
                    steps.outcome = Some(outcome);
                    steps.last_word = Some(line);
                    steps.close(&mut current, line + 1);
                    current = Step::unnamed(line + 1);
                }
            }
        }
        steps.close(&mut current, collected.lines);
        // GitHub does not say how a job ended, but cleaning up is the last thing it does.
        let has_cleaned_up = steps.steps.iter().any(|step| step.is_aftermath);
        if provider == Provider::GitHub
            && has_cleaned_up
            && steps.exits.is_empty()
            && collected.complaints == 0
        {
            steps.outcome.get_or_insert(Outcome::Success);
        }
        steps
    }

    fn close(&mut self, current: &mut Step, end: u64) {
        if end > current.start {
            current.end = end;
            self.steps.push(current.clone());
        }
    }

    /// The step that a line is in.
    pub(crate) fn at(&self, line: u64) -> Option<&Step> {
        let behind = self.steps.partition_point(|step| step.start <= line);
        self.steps[..behind].last().filter(|step| line < step.end)
    }
}

impl Step {
    fn unnamed(start: u64) -> Step {
        Step {
            name: String::new(),
            start,
            end: start,
            outcome: None,
            is_aftermath: false,
        }
    }
}
