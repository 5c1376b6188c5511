//! `logscan help`, `-h` and `--help`: `-h` has the flags for every day, `--help` has a line for
//! every flag, and the rest comes topic by topic.
//!
//! | what is asked for | what is printed |
//! |---|---|
//! | `-h` | the flags of every day ([`EVERYDAY`]), commands, examples: at most forty lines |
//! | `--help` | all flags of a search in their groups, a line each |
//! | `help` | the commands, the groups, the topics |
//! | `help COMMAND` | the command's `--help` |
//! | `help GROUP` | the flags of a group ([`GROUPS`]) with all that there is to say |
//! | `help TOPIC` | a text, which is a section of the man page too ([`topics::TOPICS`]) |
//! | `help --FLAG` | one flag, of whichever command, or what to write instead of it |
//!
//! A new flag needs only its doc comment and a group. It is in `-h` only if it is put into
//! [`EVERYDAY`].

mod text;
pub(crate) mod topics;

use std::{ffi::OsString, io::Write, path::Path};

use anyhow::{Result, anyhow};
use clap::{Arg, CommandFactory, error::ErrorKind};
use logscan::Error;

use self::{
    text::{table, wrap},
    topics::{TOPICS, Topic, TopicPart},
};
use super::{
    args::{self, SearchArgs},
    commands::commands,
    exit::Exit,
    habits, output,
    plan::Controls,
    typed::{self, Form},
};

/// The flags in `-h`, by their long names. Most searches need no others. The rest is in `--help`.
const EVERYDAY: &[&str] = &[
    "pattern",
    "ignore-case",
    "invert-match",
    "and",
    "not",
    "count",
    "only-matching",
    "where",
    "count-by",
    "files-with-matches",
    "max-count",
    "last",
    "since",
    "line-number",
    "context",
    "json",
];

/// Flags that change nothing. They are for scripts that were written for other tools. They are in
/// the man page and in `help GROUP`.
const WITHOUT_EFFECT: &[&str] = &["recursive", "line-buffered", "include-zero"];

/// Flags of a search that belong together.
pub(crate) struct FlagGroup {
    /// The name of the group, as it is typed behind `help`.
    pub(crate) name: &'static str,
    /// The heading of the group in `--help`.
    pub(crate) heading: &'static str,
    /// What the flags of the group decide.
    pub(crate) summary: &'static str,
}

/// All groups, in the order of `--help`. A group without a flag is not shown: flags to come belong
/// there.
pub(crate) const GROUPS: &[FlagGroup] = &[
    FlagGroup {
        name: "patterns",
        heading: "Patterns",
        summary: "what makes a line a hit",
    },
    FlagGroup {
        name: "results",
        heading: "Results",
        summary: "what is printed of hits: lines, counts, names, JSON; how many",
    },
    FlagGroup {
        name: "lines",
        heading: "Lines",
        summary: "what stands before a line, what becomes of it, its colours",
    },
    FlagGroup {
        name: "context",
        heading: "Context",
        summary: "which lines around hits are printed",
    },
    // Flags for compressed files, encodings and rotated logs belong here too.
    FlagGroup {
        name: "files",
        heading: "Files",
        summary: "which files, those in folders too, and which part of them",
    },
    // Flags such as --since, --until, --records, --per and --merge, and flags about how times are
    // read.
    FlagGroup {
        name: "time",
        heading: "Time and records",
        summary: "when, and what belongs to one event",
    },
    // Flags such as --where, --select, --count-by and --agg.
    FlagGroup {
        name: "where",
        heading: "Fields",
        summary: "what the fields of a line must be, and what is made of them",
    },
    FlagGroup {
        name: "reading",
        heading: "Reading",
        summary: "how files are read: threads, mapping, limits",
    },
    // --follow, and the flags that belong to it.
    FlagGroup {
        name: "follow",
        heading: "Follow and boards",
        summary: "what is new since the last time, and who may watch",
    },
    FlagGroup {
        name: "messages",
        heading: "Messages",
        summary: "what is said besides results, and the config file",
    },
];

const TIP: &str = "to search for the word itself: logscan -e help FILE...";

/// The search, as it stands among the commands.
const SEARCH: (&str, &str) = ("search", "logscan REGEX FILE...: the lines that match");

/// A page of help that was asked for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Help {
    page: String,
}

impl Help {
    /// Returns the printed text.
    #[cfg(test)]
    pub(crate) fn page(&self) -> &str {
        &self.page
    }
}

/// Returns whether `rest`, the words behind the word `help`, asks for help. No word at all does,
/// and so does one topic. A file does not, unless it has the name of a topic. Flags with a file do
/// not either.
pub(crate) fn is_meant(rest: &[OsString]) -> bool {
    match rest {
        [] => true,
        [word] => page_of(word).is_some() || word == "-h" || !Path::new(word).exists(),
        _ => page_of(&joined(rest)).is_some(),
    }
}

/// Returns the page that `rest` asks for.
pub(crate) fn parse(rest: &[OsString]) -> Result<Help> {
    let page = match rest {
        [] => overview(),
        [word] if word == "--help" || word == "-h" => overview(),
        rest => page_of(&joined(rest)).ok_or_else(|| unknown(&joined(rest)))?,
    };
    Ok(Help { page })
}

/// Joins words with dashes: `exit status` is `exit-status`.
fn joined(words: &[OsString]) -> OsString {
    words.join("-".as_ref())
}

/// Returns the help that flags of a search ask for, if `error` says that they do.
pub(crate) fn of_search(error: &anyhow::Error, words: &[OsString]) -> Option<Help> {
    let error = error.downcast_ref::<clap::Error>()?;
    if error.kind() != ErrorKind::DisplayHelp {
        return None;
    }
    let table = SearchArgs::command();
    let asked = typed::flags(words, &table)
        .into_iter()
        .find(|(flag, _)| flag.get_id() == "help");
    let page = match asked {
        Some((_, Form::Short)) => everyday(),
        Some((_, Form::Long)) | None => all_flags(),
    };
    Some(Help { page })
}

/// Prints a page of help.
pub(crate) fn run(help: &Help) -> Result<Exit> {
    let mut stdout = output::stdout(Controls::Kept); // our own text
    stdout
        .write_all(help.page.as_bytes())
        .and_then(|()| stdout.flush())
        .map_err(|source| Error::Write { source })?;
    Ok(Exit::Success)
}

const MORE: &str = "\n\nAll flags: logscan --help. More: logscan help, logscan help --tally";

/// Returns the text of `-h`.
fn everyday() -> String {
    let mut examples = String::from("Commands:\n");
    let rows = commands();
    table(&mut examples, rows.iter().map(|c| (c.name, c.summary)));
    examples.push('\n');
    examples.push_str(&args::examples(1));
    examples.push_str(MORE);
    SearchArgs::command()
        .mut_args(|flag| {
            let is_shown = flag.get_long().is_some_and(|long| EVERYDAY.contains(&long));
            flag.hide_short_help(!is_shown)
                .help_heading("Flags for every day")
        })
        .after_help(examples)
        .render_help()
        .to_string()
}

/// Returns the text of `--help`.
fn all_flags() -> String {
    let table = SearchArgs::command().mut_args(|flag| {
        let is_left_out = flag.is_positional()
            || flag
                .get_long()
                .is_some_and(|long| WITHOUT_EFFECT.contains(&long));
        flag.hide_short_help(is_left_out)
    });
    { table }.render_help().to_string()
}

/// Returns the text of `help`.
fn overview() -> String {
    let mut page = String::from(
        "Search one huge log file with all cores\n\nCommands, as in logscan help triage:\n",
    );
    let rows = commands();
    table(
        &mut page,
        std::iter::once(SEARCH).chain(rows.iter().map(|c| (c.name, c.summary))),
    );
    page.push_str("\nFlags of a search by group, as in logscan help lines:\n");
    table(&mut page, groups().map(|group| (group.name, group.summary)));
    page.push_str("\nTopics, as in logscan help config:\n");
    table(
        &mut page,
        TOPICS.iter().map(|topic| (topic.name, topic.summary)),
    );
    page.push_str("\nOne flag: logscan help --tally. The flags for every day: logscan -h\nTo search for the word itself: logscan -e help FILE...\n");
    page
}

/// Returns the groups that have flags.
fn groups() -> impl Iterator<Item = &'static FlagGroup> {
    let table = SearchArgs::command();
    GROUPS.iter().filter(move |group| {
        let mut flags = table.get_arguments();
        flags.any(|flag| flag.get_help_heading() == Some(group.heading))
    })
}

/// Returns all words that `help` knows, with what they are about, for completions.
pub(crate) fn words() -> Vec<(&'static str, &'static str)> {
    let commands = commands();
    std::iter::once(SEARCH)
        .chain(
            commands
                .iter()
                .map(|command| (command.name, command.summary)),
        )
        .chain(groups().map(|group| (group.name, group.summary)))
        .chain(TOPICS.iter().map(|topic| (topic.name, topic.summary)))
        .collect()
}

/// Returns the page about `word`: a command, a group, a topic or a flag.
fn page_of(word: &OsString) -> Option<String> {
    let word = word.to_str()?;
    if word.starts_with('-') && word.len() > 1 {
        return about_flag(word);
    }
    let word = &word.to_ascii_lowercase();
    match word.as_str() {
        "search" => return Some(all_flags()),
        "help" => return Some(overview()),
        _ => {}
    }
    if let Some(mut command) = commands().into_iter().find(|command| command.name == word) {
        return Some(command.table.render_help().to_string());
    }
    if let Some(group) = groups().find(|group| group.name == word) {
        return Some(about_group(group));
    }
    let is_it = |topic: &&Topic| topic.name == word || topic.aliases.contains(&word.as_str());
    TOPICS.iter().find(is_it).map(about_topic)
}

fn about_group(group: &FlagGroup) -> String {
    let mut page = format!("{}: {}\n", group.heading, group.summary);
    let search = SearchArgs::command();
    let flags = search.get_arguments().filter(|flag| !flag.is_hide_set());
    for flag in flags.filter(|flag| flag.get_help_heading() == Some(group.heading)) {
        page.push('\n');
        add_flag(&mut page, flag);
    }
    page
}

fn about_topic(topic: &Topic) -> String {
    let mut page = format!("{}: {}\n", topic.name, topic.summary);
    let term = |page: &mut String, term: &str, meaning: &str| {
        page.push('\n');
        wrap(page, term, 2);
        wrap(page, meaning, 6);
    };
    for part in topic.body {
        match part {
            TopicPart::Text(text) => {
                page.push('\n');
                wrap(&mut page, text, 0);
            }
            TopicPart::Term(word, meaning) => term(&mut page, word, meaning),
            TopicPart::Terms(terms) => {
                for (word, meaning) in terms() {
                    term(&mut page, &word, &meaning);
                }
            }
            TopicPart::Lines(lines) => {
                page.push('\n');
                page.push_str(&lines());
            }
        }
    }
    if let Some(command) = commands()
        .iter()
        .find(|command| command.topic == topic.name)
    {
        page.push_str(&format!("\nIts flags: logscan help {}\n", command.name));
    }
    page
}

/// Returns the page about a flag of a search, or else of the first command that has it. If no
/// command has it, returns what to write instead.
fn about_flag(name: &str) -> Option<String> {
    let is_it = |flag: &&Arg| typed::is_named(flag, name);
    let mut page = String::new();
    let search = SearchArgs::table();
    if let Some(flag) = search.get_arguments().find(is_it) {
        match flag.is_hide_set() && flag.get_help().is_none() {
            true => {
                let back = name.replacen("--no-", "--", 1);
                let back = if back == name {
                    name.replacen("--", "--no-", 1)
                } else {
                    back
                };
                page.push_str(&format!(
                    "{name} takes {back} back, which the config file or an alias gave.\n"
                ));
            }
            false => add_flag(&mut page, flag),
        }
        return Some(page);
    }
    for command in commands() {
        if let Some(flag) = command.table.get_arguments().find(is_it) {
            page.push_str(&format!("logscan {}:\n", command.name));
            add_flag(&mut page, flag);
            return Some(page);
        }
    }
    let instead = habits::instead(name)?;
    wrap(&mut page, &format!("there is no flag {name}: {instead}"), 0);
    Some(page)
}

/// Adds a flag with its whole text.
fn add_flag(page: &mut String, flag: &Arg) {
    let short = flag.get_short().map(|short| format!("-{short}"));
    let long = flag.get_long().map(|long| {
        let value = match flag.get_value_names() {
            Some([value, ..]) if flag.get_action().takes_values() => {
                match flag.is_require_equals_set() {
                    true => format!("[=<{value}>]"),
                    false => format!(" <{value}>"),
                }
            }
            _ => String::new(),
        };
        format!("--{long}{value}")
    });
    let names: Vec<String> = short.into_iter().chain(long).collect();
    page.push_str(&format!("  {}\n", names.join(", ")));
    wrap(page, &explained(flag), 6);
}

/// Returns the text of a flag's doc comment, in one paragraph.
pub(crate) fn explained(flag: &Arg) -> String {
    let text = flag.get_long_help().or(flag.get_help());
    let text = text.map_or(String::new(), ToString::to_string);
    match text.split_once("\n\n") {
        Some((first, rest)) => format!("{first}. {}", rest.replace('\n', " ")),
        None => format!("{text}."),
    }
}

fn unknown(word: &OsString) -> anyhow::Error {
    let mut lists = String::new();
    let words: Vec<&str> = words().into_iter().map(|(word, _)| word).collect();
    wrap(&mut lists, &words.join(", "), 2);
    anyhow!(
        "there is no help on '{}'; there is on\n{lists}and on each flag, as in logscan help --tally\n\n  tip: {TIP}",
        word.to_string_lossy()
    )
}

#[cfg(test)]
mod tests;
