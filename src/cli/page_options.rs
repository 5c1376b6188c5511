//! What a command needs that a page within a budget advises: the flags that were typed, if without
//! them other lines would be read, or other ones would be found.

use clap::Command;
use logscan::{Budget, PageOptions};

use super::{args::SearchArgs, surroundings::Surroundings, typed};

/// The flags that say which lines a log has.
const READING: [&str; 6] = [
    "cr-lines",
    "encoding",
    "no-decompress",
    "max-window",
    "strip-ansi",
    "one-log",
];

/// The flags that choose lines.
const CHOOSING: [&str; 11] = [
    "since",
    "until",
    "tz",
    "time-format",
    "slack",
    "and",
    "not",
    "invert-match",
    "max-line-bytes",
    "grep",
    "level",
];

/// Which of the flags that were typed a command needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    /// Those that say which lines a log has: the command asks for lines by their numbers.
    Reading,
    /// Those that choose lines too: the command asks for the rest.
    All,
}

/// Returns the options of a page of the command with the flags of `table`.
pub(crate) fn page_options(
    budget: Budget,
    kept: Kept,
    table: &Command,
    surroundings: &Surroundings,
) -> PageOptions {
    let long = match kept {
        Kept::Reading => READING.to_vec(),
        Kept::All => [&READING[..], &CHOOSING].concat(),
    };
    PageOptions {
        flags: typed::again(&surroundings.words, table, &long),
        ..PageOptions::from(budget)
    }
}

/// Returns the options of the page of a search.
pub(crate) fn of_search(
    budget: Budget,
    kept: Kept,
    args: &SearchArgs,
    surroundings: &Surroundings,
) -> PageOptions {
    let mut options = page_options(budget, kept, &SearchArgs::table(), surroundings);
    if kept == Kept::All && args.results.max_count.is_some() {
        // Another command would count from its own first hit.
        options.flags = None;
    }
    if args.set.one_log {
        let files = args.files().iter().map(|file| file.to_str());
        let files: Option<Vec<&str>> = files.collect();
        let files = files.and_then(|files| shlex::try_join(files).ok());
        match files {
            Some(files) => options.one_log = Some(files),
            None => options.flags = None,
        }
    }
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flag_that_is_kept_is_one_of_a_command() {
        let mut tables = super::super::commands::commands().into_iter();
        let tables: Vec<Command> = tables
            .by_ref()
            .map(|command| command.table)
            .chain([SearchArgs::table()])
            .collect();
        for long in READING.iter().chain(&CHOOSING) {
            let has = |table: &Command| {
                table
                    .get_arguments()
                    .any(|arg| arg.get_long() == Some(long))
            };
            assert!(tables.iter().any(has), "{long}");
        }
    }
}
