//! What a command needs that a page within a budget advises: the flags that were typed, if without
//! them other lines would be read, or other ones would be found.

use clap::Command;
use logscan::{Budget, PageOptions};

use super::{args::SearchArgs, surroundings::Surroundings, typed};

/// The flags that say which lines a log has.
const READING: [&str; 8] = [
    "redact",
    "redact-regex",
    "cr-lines",
    "encoding",
    "no-decompress",
    "max-window",
    "strip-ansi",
    "one-log",
];

/// The flags that say which files a folder has.
const FOLDERS: [&str; 8] = [
    "include",
    "exclude",
    "exclude-dir",
    "glob",
    "max-depth",
    "recursive",
    "dereference-recursive",
    "text",
];

/// The flags that choose lines.
const CHOOSING: [&str; 18] = [
    "where",
    "input",
    "ignore-case",
    "smart-case",
    "fixed-strings",
    "word-regexp",
    "line-regexp",
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

impl Kept {
    fn flags(self) -> Vec<&'static str> {
        match self {
            Kept::Reading => [&READING[..], &["no-config"]].concat(),
            Kept::All => [&READING[..], &CHOOSING, &["no-config"]].concat(),
        }
    }
}

/// Returns the options of a page of the command with the flags of `table`.
pub(crate) fn page_options(
    budget: Budget,
    kept: Kept,
    table: &Command,
    surroundings: &Surroundings,
) -> PageOptions {
    PageOptions {
        flags: typed::again(&surroundings.words, table, &kept.flags()),
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
    let mut long = kept.flags();
    let files = args.files().iter().map(|file| file.to_str());
    let files = files.collect::<Option<Vec<&str>>>();
    let mut one_log = files.and_then(|files| shlex::try_join(files).ok());
    match args.set.one_log {
        true => long.extend(FOLDERS),
        false => one_log = None,
    }
    // Another command would count from its own first hit.
    let counts = kept == Kept::All && args.results.max_count.is_some();
    // Of a range of bytes, lines are numbered from its start.
    let is_range = args.input.byte_range.is_some();
    let can_be_typed = !counts && !is_range && args.set.one_log == one_log.is_some();
    let flags = typed::again(&surroundings.words, &SearchArgs::table(), &long);
    PageOptions {
        budget,
        flags: flags.filter(|_| can_be_typed),
        one_log,
    }
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
        for long in READING.iter().chain(&FOLDERS).chain(&CHOOSING) {
            let has = |table: &Command| {
                table
                    .get_arguments()
                    .any(|arg| arg.get_long() == Some(long))
            };
            assert!(tables.iter().any(has), "{long}");
        }
    }
}
