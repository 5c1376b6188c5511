//! Why did this build fail? Finds the likely cause in the logs of a build, and says why it thinks
//! so. Needs the feature `triage`.
//!
//! ```text
//! logs -> provider: whose log is this?                                    provider/
//!      -> collect: one pass; rules' lines in groups, marks of steps       collect.rs, literals.rs, rules.rs, rules.toml, visible.rs
//!      -> steps: which step failed, and where                             steps.rs
//!      -> rank: scores, blocks, what is believed                          rank.rs, block.rs, tail.rs, around.rs
//!               what is one failure, what does not count                  merge.rs, twins.rs, asides.rs
//!      -> evidence: what a reader needs most, by weight                   evidence.rs
//!      -> timeline: the steps and their times                             timeline.rs
//!      -> Report -> text | jsonl | markdown | html | github | sarif | budget   report/
//! ```
//! With a baseline, the log of a build that went well, the pass also finds the lines whose masked
//! form is not in there.

mod around;
mod asides;
mod block;
mod cause;
mod collect;
mod evidence;
mod excerpt;
mod literals;
mod logs;
mod mask;
mod merge;
mod pass;
mod place;
mod provider;
mod rank;
pub mod report;
mod rules;
mod sift;
mod steps;
mod tail;
mod test_name;
#[cfg(test)]
mod tests;
mod timeline;
mod twins;
mod visible;

use std::path::PathBuf;

pub use self::{
    evidence::Evidence,
    logs::{FILES_MAX, Log, LogOptions, Logs, MEMORY_BYTES_MAX},
    pass::{Triage, Triaged, TriagedLines},
    provider::{Outcome, Provider},
    rules::{Rules, Severity},
    timeline::{STEPS_MAX, StepEnd, Timeline, TimelineStep},
};

/// Of a longer line only the beginning is matched: a rule's words stand there, and lines of
/// megabytes are data.
pub(crate) const MATCHED_BYTES_MAX: usize = 8 << 10;

/// What a triage found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The findings, the likeliest cause first; what is believed, then the rest.
    pub findings: Vec<Finding>,
    /// The logs, in the order in which they were given.
    pub logs: Vec<LogSummary>,
    /// Whether there was a baseline.
    pub has_baseline: bool,
}

/// One log of a triage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogSummary {
    /// Its name.
    pub path: PathBuf,
    /// The CI system that wrote it.
    pub provider: Provider,
    /// How many lines it has.
    pub lines: u64,
    /// How many bytes.
    pub bytes: u64,
    /// How the build ended, if the log says so.
    pub outcome: Option<Outcome>,
}

/// Something that may be the cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The log that it is in, as an index into [`Report::logs`].
    pub log: usize,
    /// The first line of the failure, from 1.
    pub first_line: u64,
    /// The last line.
    pub last_line: u64,
    /// The line that says it best.
    pub line: u64,
    /// The rule that found it; none if it only is new, or the end of a failing step.
    pub rule: Option<String>,
    /// The family of the rule.
    pub family: String,
    /// How bad it is.
    pub severity: Severity,
    /// The step it is in; empty if the log tells none.
    pub step: String,
    /// What the headline says, without the place in the source.
    pub message: String,
    /// The source file that it names.
    pub source_file: Option<String>,
    /// And the line there.
    pub source_line: Option<u64>,
    /// How many lines of the log say the same.
    pub count: u64,
    /// How sure the ranking is; only the order means something.
    pub score: i32,
    /// Whether it is not in the baseline, if there is one.
    pub is_new: Option<bool>,
    /// Why it is here, in words.
    pub why: String,
    /// Whether the ranking believes that it matters; the others are shown only when asked for.
    pub is_believed: bool,
    /// The lines before it, at most [`CONTEXT_LINES`].
    pub context_before: Vec<String>,
    /// The lines of the failure, at most [`EXCERPT_LINES_MAX`]: if it has more, those that say the
    /// most, in the order of the log.
    pub excerpt: Vec<ExcerptLine>,
    /// Where the log tells of the same failure again: the first and the last line of each place,
    /// from 1.
    pub retold: Vec<(u64, u64)>,
    /// A number that stays the same for the same failure in another run.
    pub fingerprint: u64,
}

/// A line of a failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExcerptLine {
    /// Its number in the log, from 1.
    pub line: u64,
    /// What a person saw of it.
    pub text: String,
    /// How many lines of the excerpt say more.
    pub importance: usize,
}

/// How many lines before a failure are shown with it.
pub const CONTEXT_LINES: usize = 2;

/// How many lines of a failure are in [`Finding::excerpt`].
pub const EXCERPT_LINES_MAX: usize = 40;

impl Report {
    /// The findings that the ranking believes in.
    pub fn believed(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.is_believed)
    }

    /// How many others there are.
    pub fn hidden(&self) -> usize {
        self.findings.len() - self.believed().count()
    }
}
