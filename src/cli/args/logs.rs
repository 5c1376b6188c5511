//! What the commands have in common that read whole logs: `digest`, `templates` and `triage`.

use std::{ffi::OsString, path::PathBuf};

use anyhow::{Result, ensure};
use clap::{CommandFactory, FromArgMatches, error::ErrorKind};
use logscan::Budget;

use super::{Stdin, idle};

/// The arguments of a command that reads logs, or the standard input.
pub(crate) trait LogArgs: CommandFactory + FromArgMatches {
    /// Returns the logs that are named.
    fn logs(&self) -> &[PathBuf];
}

/// Parses `words`, the first of which is the name of the command.
pub(crate) fn parse_logs<A: LogArgs>(words: &[OsString], stdin: Stdin) -> Result<A, clap::Error> {
    let mut table = A::command();
    let mut matches = table.try_get_matches_from_mut(words)?;
    idle::check(&matches, words, &table)?;
    let args = A::from_arg_matches_mut(&mut matches)?;
    if args.logs().is_empty() && stdin == Stdin::Terminal {
        return Err(table.error(
            ErrorKind::MissingRequiredArgument,
            "no log was given, and the standard input is a terminal; name a log, or - to type it",
        ));
    }
    Ok(args)
}

/// Refuses a budget for a format other than text, which is the default.
pub(crate) fn check_budget<F: Default + PartialEq>(
    budget: Option<Budget>,
    format: &F,
) -> Result<()> {
    ensure!(
        budget.is_none() || *format == F::default(),
        "--budget is for the text format; leave out --format"
    );
    Ok(())
}
