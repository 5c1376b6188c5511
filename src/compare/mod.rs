//! Is a mapping faster than read() here? This module runs the same search on both paths, in turns,
//! in one process, and makes a report. It needs the feature `compare`.
//!
//! `plan` says what to measure and in which order. `measure` makes one trial. `session` makes all
//! trials, and refuses to go on if two of them find different things. [`stats`] says how sure the
//! result is, and `verdict` says it in words. [`report`] prints it, and [`baseline`] compares it
//! with an older one.
//!
//! ```
//! use std::{sync::Arc, time::{Duration, Instant}};
//! use logscan::{Matcher, Patterns, Scan, Stop, compare::{self, Cache, Command, Plan, Tools}};
//!
//! let plan = Plan {
//!     path: "Cargo.toml".into(),
//!     threads: vec![1],
//!     caches: vec![Cache::Warm],
//!     runs_max: 6,
//!     budget: Some(Duration::from_secs(5)),
//!     commands: Vec::<Command>::new(),
//!     raw: false,
//! };
//! let begun = Instant::now();
//! let tools = Tools {
//!     clock: &|| begun.elapsed(),
//!     on_step: &mut |_, _| (),
//!     stop: Arc::new(Stop::new()?),
//! };
//! let scan = Scan::new(Matcher::new(&Patterns::new("version"))?);
//! let measured = compare::run(&plan, scan, tools)?;
//! assert_eq!(measured.cells[0].comparison.pairs, 6);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod baseline;
mod limits;
mod machine;
mod measure;
mod plan;
mod record;
pub mod report;
#[cfg(test)]
mod samples;
mod session;
pub mod stats;
mod verdict;

pub(crate) use self::limits::{BUFFER_BYTES, CLAIM_BYTES, copy, touch};
pub use self::{
    machine::{FileFacts, Machine, cores},
    measure::{FileRunner, HitsDigest, Runner, Tools, TrialOutcome},
    plan::{BUDGET_DEFAULT, Command, Plan, RUNS_DEFAULT, RUNS_LIMIT, THREAD_COUNTS_LIMIT},
    record::{
        Cache, Cell, Column, Comparison, Judgement, Measure, OutsideCommand, Report, Row, SCHEMA,
        Search, Settings, Subject, Trial, Verdict, Verdicts,
    },
    session::{Measured, measure},
    verdict::Parts,
};
use crate::{
    error::Error,
    scan::{Scan, Workers},
    sys::Stop,
};

/// Measures `scan` on the file of `plan`.
///
/// # Errors
/// The errors of [`FileRunner::new`] and [`measure()`].
pub fn run(plan: &Plan, scan: Scan, tools: Tools<'_>) -> Result<Measured, Error> {
    let mut runner = FileRunner::new(&plan.path, scan, tools)?.with_commands(&plan.commands);
    runner.raw = plan.raw;
    measure(plan, &mut runner)
}

/// Reads the file at `path` once, for its size and its lines.
///
/// # Errors
/// [`Error::Open`] and [`Error::Read`].
pub fn facts(path: &std::path::Path, stop: &Stop) -> Result<FileFacts, Error> {
    FileFacts::of(path, &Workers::new(0), stop)
}

/// Returns the cell that the first sentence of a report is about: the one with the most threads,
/// and with a warm cache if that was measured.
pub fn headline(cells: &[Cell]) -> Option<&Cell> {
    let rank = |cell: &&Cell| (cell.cache == Cache::Warm, cell.threads);
    cells.iter().max_by_key(rank)
}
