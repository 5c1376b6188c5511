//! The steps of a build, from the marks in its logs: which of them failed, and where.
//!
//! A mark says where a step begins or ends; only some say how it ended. What no mark says is
//! concluded here:
//!
//! 1. *An exit line that comes late.* Jenkins says behind all stages that a script failed. The exit
//!    belongs to the last stage that ran and is neither a post action nor skipped.
//! 2. *A failure without an exit line.* An action of GitHub complains and ends; GitLab says only
//!    that the job failed. The step that failed is the last one that is not aftermath.
//! 3. *A failure that was allowed.* If ordinary steps ran behind a failing step of GitHub or Azure,
//!    the build went on in spite of it. Steps that clean up, upload or report run behind every
//!    failure, so they prove nothing.
//! 4. *A silent command.* Travis names the exit of each command of a script. Of the commands before
//!    the script it names only the one that failed, and ends the build.

use std::rc::Rc;

use super::{
    around::View,
    collect::{Collected, LinePlace, MarkKind, MarkPlace},
    provider::{Outcome, Provider},
};

/// Words in the names of steps that people add to run behind a failure: they report, upload or
/// clean up.
const AFTER_THE_FACT: &[&str] = &[
    "upload",
    "artifact",
    "report",
    "notify",
    "slack",
    "clean",
    "teardown",
    "tear down",
    "down",
    "stop",
    "kill",
    "prune",
    "remove",
    "delete",
    " logs",
    "dump",
    "print",
    "show",
    "debug",
    "summary",
    "comment",
    "status",
    "cache",
    "coverage",
    "codecov",
    "coveralls",
    "finalize",
    "publish test",
    "publishtestresults",
    "publishbuildartifacts",
    "publishpipelineartifact",
    "always",
    "failure",
];

/// A part of a log that one command, or one step, wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) name: String,
    /// The job that it belongs to, if the log says so.
    pub(crate) job: Rc<str>,
    /// The first line, from 0, and the line behind the last.
    pub(crate) start: u64,
    pub(crate) end: u64,
    /// How it ended, if a line says so.
    pub(crate) outcome: Option<Outcome>,
    /// Whether it comes behind the result.
    pub(crate) is_aftermath: bool,
    /// Whether the CI system left it out.
    pub(crate) is_skipped: bool,
    /// The last line in which the CI system complains about it.
    complaint: Option<LinePlace>,
    /// Where the mark is that began it, if it has a name.
    pub(crate) began: LinePlace,
    /// Where the mark is that ended it, or the end of the log.
    pub(crate) ended: LinePlace,
}

/// One log with what was collected of it.
pub(crate) struct Ranked<'a> {
    pub(crate) view: View<'a>,
    pub(crate) provider: Provider,
    pub(crate) collected: &'a Collected,
    pub(crate) steps: Steps,
    /// What it is called, if it is one of several.
    pub(crate) step_name: Option<String>,
}

impl Ranked<'_> {
    /// Whether the lines that were looked at reach to the end of the log.
    pub(crate) fn has_end(&self) -> bool {
        Some(self.collected.end().offset) == self.view.source.length()
    }

    /// What a step of the log is called, with its log and its job, if there are several.
    pub(crate) fn name_of(&self, step: Option<&Step>) -> String {
        let (job, step) = step.map_or(("", ""), |step| (step.job.as_ref(), step.name.as_str()));
        let log = self.step_name.as_deref().unwrap_or_default();
        // Logs of one build are named after their jobs.
        let job = if log.contains(job) { "" } else { job };
        let names = [log, job, step].into_iter().filter(|name| !name.is_empty());
        names.collect::<Vec<_>>().join(": ")
    }
}

/// The steps of one log, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Steps {
    pub(crate) steps: Vec<Step>,
    /// How the build ended, if the log says so.
    pub(crate) outcome: Option<Outcome>,
    /// Where a failing command ended, in order: its exit line, or what ended its step.
    pub(crate) exits: Vec<LinePlace>,
    /// The line that says how the build ended.
    pub(crate) last_word: Option<u64>,
    /// Whether all that ended badly was cancelled from outside, as a job of a matrix is when another
    /// one fails.
    pub(crate) is_cancelled: bool,
    /// Those of the exits that were cancelled.
    cancelled: Vec<LinePlace>,
}

impl Steps {
    /// Those of a log.
    pub(crate) fn of(collected: &Collected, provider: Provider) -> Steps {
        let mut steps = Steps::default();
        // At GitHub a step can only begin behind an aftermath if another job does; elsewhere it
        // belongs to it.
        let aftermath_ends = provider == Provider::GitHub;
        let mut current = Step::unnamed(0);
        let mut job: Rc<str> = "".into();
        for mark in collected.marks.iter().chain(&collected.marks_last) {
            let line = mark.place.line;
            match mark.kind {
                MarkKind::Job => job = mark.name.as_ref().into(),
                MarkKind::Start | MarkKind::Aftermath => {
                    let is_aftermath =
                        mark.kind == MarkKind::Aftermath || current.is_aftermath && !aftermath_ends;
                    steps.close(&mut current, mark.place);
                    current = Step {
                        name: mark.name.to_string(),
                        job: Rc::clone(&job),
                        is_aftermath,
                        began: mark.place,
                        ..Step::unnamed(line)
                    };
                }
                MarkKind::End => {
                    let is_aftermath = current.is_aftermath && provider != Provider::Jenkins;
                    steps.close(&mut current, mark.place);
                    current = Step {
                        is_aftermath,
                        ..Step::unnamed(line)
                    };
                }
                MarkKind::Skipped => current.is_skipped = true,
                // GitLab says it behind all steps.
                MarkKind::Cancelled if provider == Provider::GitLab => {
                    steps.outcome = Some(Outcome::Failure);
                    steps.last_word = Some(line);
                    steps.is_cancelled = true;
                }
                MarkKind::Cancelled => {
                    let late = steps.late(&current, provider);
                    let exit = steps.exit(&mut current, mark, Outcome::Failure, late);
                    steps.cancelled.extend(exit);
                }
                MarkKind::Complaint => current.complaint = Some(mark.place),
                MarkKind::Exit(outcome) => {
                    let late = steps.late(&current, provider);
                    steps.exit(&mut current, mark, outcome, late);
                }
                MarkKind::Final(outcome) => {
                    steps.outcome = Some(outcome);
                    steps.last_word = Some(line);
                    steps.close(&mut current, mark.place);
                    current = Step::unnamed(line);
                }
            }
        }
        steps.close(&mut current, collected.end());
        steps.conclude(provider, collected);
        steps
    }

    /// The step that an exit line is about, if it comes late.
    fn late(&self, current: &Step, provider: Provider) -> Option<usize> {
        match provider == Provider::Jenkins && current.name.is_empty() {
            true => self.last_that_ran(),
            false => None,
        }
    }

    /// A command has ended: that of the current step, or of a step before, if its exit line comes
    /// late. Where it ended, if that is a failure.
    fn exit(
        &mut self,
        current: &mut Step,
        mark: &MarkPlace,
        outcome: Outcome,
        late: Option<usize>,
    ) -> Option<LinePlace> {
        let line = mark.place.line;
        let is_failure = outcome == Outcome::Failure;
        let exits = self.exits.len();
        match late.filter(|&nth| is_failure && self.steps[nth].outcome.is_none()) {
            Some(nth) => self.fail(nth, self.steps[nth].ended),
            None => {
                current.outcome = Some(outcome);
                if is_failure && !current.is_aftermath {
                    self.exits.push(mark.place);
                }
            }
        }
        let behind = LinePlace {
            line: line + 1,
            ..mark.place
        };
        self.close(current, behind);
        *current = Step {
            is_aftermath: current.is_aftermath,
            ..Step::unnamed(line + 1)
        };
        self.exits.get(exits).copied()
    }

    /// The last step with a name that is no aftermath and was not skipped.
    fn last_that_ran(&self) -> Option<usize> {
        self.steps.iter().rposition(|step| {
            !step.name.is_empty()
                && !step.is_aftermath
                && !step.is_skipped
                && step.outcome != Some(Outcome::Success)
        })
    }

    /// What no mark says.
    fn conclude(&mut self, provider: Provider, collected: &Collected) {
        let has_allowed_failures = matches!(provider, Provider::GitHub | Provider::Azure);
        let has_cleaned_up = self.steps.iter().any(|step| step.is_aftermath);
        self.forget_cancelled();
        if provider == Provider::Travis {
            self.pass_silent();
        }
        if has_allowed_failures {
            self.allow_failures();
            self.fail_by_complaint();
        }
        // GitHub does not say how a job ended, but cleaning up is the last thing it does.
        if provider == Provider::GitHub
            && has_cleaned_up
            && self.exits.is_empty()
            && collected.complaints == 0
        {
            self.outcome.get_or_insert(Outcome::Success);
        }
        if self.exits.is_empty() && self.outcome == Some(Outcome::Failure) {
            let last = self.last_that_ran().or_else(|| {
                self.steps
                    .iter()
                    .rposition(|step| !step.is_aftermath && step.end > step.start + 1)
            });
            if let Some(last) = last {
                self.fail(last, self.steps[last].ended);
            }
        }
        self.exits.sort_unstable();
    }

    /// Travis says of every command of a script how it ended. A command of an earlier phase it names
    /// only if that failed, and then nothing runs behind it: so a silent one above an exit went well.
    fn pass_silent(&mut self) {
        let last = self.exits.last().map_or(0, |exit| exit.line);
        let silent = self.steps.iter_mut().filter(|step| {
            step.end <= last && !step.name.is_empty() && !step.is_aftermath && !step.is_skipped
        });
        for step in silent {
            step.outcome.get_or_insert(Outcome::Success);
        }
    }

    /// What was cancelled did not fail, if something else did.
    fn forget_cancelled(&mut self) {
        let is_cancelled = |exit: &LinePlace| self.cancelled.contains(exit);
        let (cancelled, failed): (Vec<LinePlace>, Vec<LinePlace>) =
            self.exits.iter().copied().partition(is_cancelled);
        self.is_cancelled |= failed.is_empty() && !cancelled.is_empty();
        if self.is_cancelled || cancelled.is_empty() {
            return;
        }
        for step in &mut self.steps {
            let range = step.start..step.end;
            if cancelled.iter().any(|exit| range.contains(&exit.line)) {
                step.outcome = None;
            }
        }
        self.exits = failed;
    }

    fn fail(&mut self, nth: usize, at: LinePlace) {
        self.steps[nth].outcome = Some(Outcome::Failure);
        self.exits.push(at);
    }

    /// A step behind which ordinary steps ran was allowed to fail, if another one failed for good.
    /// If none did, ordinary steps ran because somebody wanted them to run in any case.
    fn allow_failures(&mut self) {
        let is_allowed = |steps: &Steps, exit: LinePlace| {
            let nth = steps
                .steps
                .iter()
                .position(|step| (step.start..step.end).contains(&exit.line));
            nth.is_some_and(|nth| steps.is_followed_by_work(nth))
        };
        let for_good: Vec<LinePlace> = self
            .exits
            .iter()
            .copied()
            .filter(|&exit| !is_allowed(self, exit))
            .collect();
        if for_good.is_empty() || for_good.len() == self.exits.len() {
            return;
        }
        for step in &mut self.steps {
            let is_in = |exits: &[LinePlace]| {
                exits
                    .iter()
                    .any(|exit| (step.start..step.end).contains(&exit.line))
            };
            if is_in(&self.exits) && !is_in(&for_good) {
                step.outcome = None;
            }
        }
        self.exits = for_good;
    }

    /// Whether an ordinary step of the same job comes behind one.
    fn is_followed_by_work(&self, nth: usize) -> bool {
        self.steps[nth + 1..]
            .iter()
            .take_while(|step| !step.is_aftermath)
            .any(|step| !step.name.is_empty() && !is_after_the_fact(&step.name))
    }

    /// A step that complains, and behind which no ordinary step ran, failed.
    fn fail_by_complaint(&mut self) {
        if !self.exits.is_empty() {
            return;
        }
        let failed = self.steps.iter().enumerate().find_map(|(nth, step)| {
            let at = step.complaint.filter(|_| !step.is_aftermath)?;
            (!self.is_followed_by_work(nth)).then_some((nth, at))
        });
        if let Some((nth, at)) = failed {
            self.fail(nth, at);
        }
    }

    fn close(&mut self, current: &mut Step, end: LinePlace) {
        if end.line > current.start {
            if tolerates(&current.name) {
                current.outcome.get_or_insert(Outcome::Success);
            }
            current.end = end.line;
            current.ended = end;
            self.steps.push(current.clone());
        }
    }

    /// Whether the log ends with cleaning up.
    pub(crate) fn ends_in_aftermath(&self) -> bool {
        self.steps.last().is_some_and(|step| step.is_aftermath)
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
            job: "".into(),
            start,
            end: start,
            outcome: None,
            is_aftermath: false,
            is_skipped: false,
            complaint: None,
            began: LinePlace::default(),
            ended: LinePlace::default(),
        }
    }
}

/// Whether a step with this name also runs when the build has failed.
fn is_after_the_fact(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    AFTER_THE_FACT.iter().any(|word| name.contains(word))
}

/// Whether a command with this text succeeds whatever happens in it.
fn tolerates(command: &str) -> bool {
    ["|| true", "|| :", "||true", "|| exit 0", "; true"]
        .iter()
        .any(|end| command.trim_end().ends_with(end))
}
