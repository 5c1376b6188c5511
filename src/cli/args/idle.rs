//! Refuses flags that would do nothing beside others, or without them.
//!
//! Only flags that were typed are refused. In the config file such a flag is a default for the
//! searches that it concerns, and does nothing in others.

use std::ffi::OsString;

use clap::{Arg, ArgMatches, Command, error::ErrorKind, parser::ValueSource};

use crate::cli::typed;

/// A flag beside which others do nothing.
struct Exclusive {
    flag: &'static str,
    /// The flags that do nothing.
    idle: &'static [&'static [&'static str]],
    /// What the flag does, and so the others do not.
    because: &'static str,
}

/// Flags that do nothing without others.
struct Needs {
    flags: &'static [&'static str],
    /// One of these is enough.
    one_of: &'static [&'static str],
    /// The command in which they do something even so.
    but_in: &'static str,
    /// What else does what somebody may have meant.
    instead: &'static str,
}

/// What is about lines as they are printed.
const PRINTED_LINES: &[&str] = &[
    "after_context",
    "before_context",
    "context",
    "passthru",
    "byte_offset",
    "column",
    "heading",
    "null",
    "replace",
    "trim",
    "max_columns",
    "max_columns_preview",
];

/// What stands before lines.
const BEFORE_LINES: &[&str] = &["line_number", "with_filename"];

/// The flags are called by their identifiers in clap.
const EXCLUSIVE: &[Exclusive] = &[
    Exclusive {
        flag: "per",
        idle: &[PRINTED_LINES, BEFORE_LINES],
        because: "it prints counts and no lines",
    },
    Exclusive {
        flag: "select",
        idle: &[PRINTED_LINES],
        because: "it prints fields and no lines",
    },
    Exclusive {
        flag: "count_by",
        idle: &[PRINTED_LINES, BEFORE_LINES],
        because: "it prints counts and no lines",
    },
    Exclusive {
        flag: "aggregates",
        idle: &[PRINTED_LINES, BEFORE_LINES],
        because: "it prints a table and no lines",
    },
    Exclusive {
        flag: "merge",
        idle: &[&[
            "after_context",
            "before_context",
            "context",
            "passthru",
            "heading",
        ]],
        because: "lines that stand together are from several files",
    },
];

const NEEDS: &[Needs] = &[
    Needs {
        flags: &["top"],
        one_of: &["count_by"],
        // It prints a table of its own.
        but_in: "logscan templates",
        instead: "",
    },
    Needs {
        flags: &["input"],
        one_of: &["conditions", "select", "count_by", "aggregates"],
        but_in: "logscan fields",
        instead: "",
    },
    Needs {
        flags: &["tz"],
        one_of: &["since", "until", "per", "merge", "conditions"],
        // It reads the times of all lines.
        but_in: "logscan digest",
        instead: "",
    },
    Needs {
        flags: &["time_format"],
        one_of: &["since", "until", "per", "merge"],
        // It reads the times of all lines.
        but_in: "logscan digest",
        instead: "",
    },
    Needs {
        flags: &["slack"],
        one_of: &["since", "until"],
        but_in: "",
        instead: "",
    },
    Needs {
        flags: &["redact_key"],
        one_of: &["redact", "redact_regex"],
        but_in: "",
        instead: "",
    },
    Needs {
        flags: &["format"],
        one_of: &["per", "select", "count_by", "aggregates"],
        but_in: "",
        instead: "; --json prints the hits themselves for programs",
    },
];

/// Checks the flags among `words`, the program's name and its arguments. `matches` are all flags
/// that count, also those of the config file.
pub(crate) fn check(
    matches: &ArgMatches,
    words: &[OsString],
    table: &Command,
) -> Result<(), clap::Error> {
    let typed = typed::flags(words, table);
    let typed = |id: &str| {
        let flag = typed.iter().find(|(flag, _)| flag.get_id() == id);
        flag.filter(|_| counts(id, matches, table))
            .map(|(flag, _)| long(flag))
    };
    for exclusive in EXCLUSIVE
        .iter()
        .filter(|exclusive| counts(exclusive.flag, matches, table))
    {
        if let Some(idle) = exclusive.idle.concat().iter().find_map(|id| typed(id)) {
            let mut flags = table.get_arguments();
            let flag = flags.find(|flag| flag.get_id() == exclusive.flag);
            let name = flag.map(long).unwrap_or_default();
            return Err(table.clone().error(
                ErrorKind::ArgumentConflict,
                format!("{name} cannot be used with {idle}: {}", exclusive.because),
            ));
        }
    }
    for Needs {
        flags,
        one_of,
        but_in,
        instead,
    } in NEEDS
    {
        let idle = flags.iter().find_map(|id| typed(id));
        let is_met =
            table.get_name() == *but_in || one_of.iter().any(|id| counts(id, matches, table));
        // A command that has none of the other flags means something else by this one.
        let others = table.get_arguments();
        let others = others.filter(|flag| one_of.contains(&flag.get_id().as_str()));
        let names = listed(&others.map(long).collect::<Vec<_>>());
        if let Some(idle) = idle.filter(|_| !is_met && !names.is_empty()) {
            return Err(table.clone().error(
                ErrorKind::MissingRequiredArgument,
                format!("{idle} is for {names}, and does nothing by itself{instead}"),
            ));
        }
    }
    Ok(())
}

/// Returns whether a flag was given, and none behind it has taken it back.
fn counts(id: &str, matches: &ArgMatches, table: &Command) -> bool {
    // Not every command has every flag.
    table.get_arguments().any(|flag| flag.get_id() == id)
        && matches.value_source(id) == Some(ValueSource::CommandLine)
}

fn long(flag: &Arg) -> String {
    format!("--{}", flag.get_long().unwrap_or_default())
}

/// Returns names as a sentence has them: `--since, --until and --per`.
fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [names @ .., last] => format!("{} and {last}", names.join(", ")),
    }
}
