//! Makes completions for shells. What can be typed is read from clap's table, and there is one
//! writer for each shell.
//!
//! The writers of clap_complete do not fit this command line. Here a command can only be the very
//! first word, and any other first word is a pattern or a file. In their completions for zsh the
//! first word takes the place of the command, so that wrong flags or none come after it. Their
//! completions for bash know no value after `=` and no file beside a command, and take
//! `logscan -n triage` for the command. So only PowerShell has its completions from there.

mod bash;
mod fish;
mod zsh;

use clap::{Arg, ArgAction, Command, ValueHint};

pub(super) use self::{bash::bash, fish::fish, zsh::zsh};

/// The words that can be typed behind `logscan`.
pub(super) struct CommandLine {
    /// The words of a search, without a command.
    search: Typed,
    commands: Vec<Typed>,
}

/// The words that can be typed behind a command, or without one.
struct Typed {
    /// The name of the command, or an empty text for a search.
    name: String,
    about: String,
    flags: Vec<Flag>,
    /// What its words without a flag can be.
    words: FlagValue,
}

struct Flag {
    /// The names of the flag, with their dashes.
    names: Vec<String>,
    help: String,
    value: Option<FlagValue>,
    is_repeatable: bool,
}

/// The value that a flag or a word can have.
struct FlagValue {
    /// The name of the value in the help.
    name: String,
    kind: ValueKind,
}

enum ValueKind {
    /// A value that a shell cannot guess.
    Any,
    /// A value that a shell cannot guess. It may be left out, and stands behind `=`.
    Optional,
    File,
    Choices(Vec<Choice>),
}

struct Choice {
    name: String,
    about: String,
}

impl CommandLine {
    /// Reads clap's table. Hidden flags are left out, as they are in the help.
    pub(super) fn of(command: &Command) -> CommandLine {
        CommandLine {
            search: typed("", command),
            commands: command
                .get_subcommands()
                .map(|command| typed(command.get_name(), command))
                .collect(),
        }
    }

    fn names(&self) -> Vec<&str> {
        self.commands
            .iter()
            .map(|command| command.name.as_str())
            .collect()
    }

    /// Returns the search and the commands.
    fn all(&self) -> impl Iterator<Item = &Typed> {
        std::iter::once(&self.search).chain(&self.commands)
    }
}

fn typed(name: &str, command: &Command) -> Typed {
    let flags = command
        .get_arguments()
        .filter(|arg| !arg.is_positional() && !arg.is_hide_set());
    let words = command.get_positionals().last();
    Typed {
        name: name.into(),
        about: first_line(command.get_about()),
        flags: flags.map(flag).collect(),
        words: words.map_or_else(nothing, value),
    }
}

fn nothing() -> FlagValue {
    FlagValue {
        name: String::new(),
        kind: ValueKind::Choices(Vec::new()),
    }
}

fn flag(arg: &Arg) -> Flag {
    let short = arg.get_short().map(|short| format!("-{short}"));
    let long = arg.get_long().map(|long| format!("--{long}"));
    Flag {
        names: short.into_iter().chain(long).collect(),
        help: first_line(arg.get_help()),
        value: arg.get_action().takes_values().then(|| value(arg)),
        is_repeatable: matches!(arg.get_action(), ArgAction::Append | ArgAction::Count),
    }
}

fn value(arg: &Arg) -> FlagValue {
    let choices: Vec<Choice> = arg
        .get_possible_values()
        .iter()
        .filter(|value| !value.is_hide_set())
        .map(|value| Choice {
            name: value.get_name().into(),
            about: first_line(value.get_help()),
        })
        .collect();
    let kind = match arg.get_value_hint() {
        _ if !choices.is_empty() => ValueKind::Choices(choices),
        ValueHint::AnyPath | ValueHint::FilePath | ValueHint::DirPath => ValueKind::File,
        _ if arg.get_num_args().is_some_and(|num| num.min_values() == 0) => ValueKind::Optional,
        _ => ValueKind::Any,
    };
    let name = arg.get_value_names().and_then(<[_]>::first);
    FlagValue {
        name: name.map_or_else(
            || arg.get_id().as_str().to_uppercase(),
            |name| name.to_string(),
        ),
        kind,
    }
}

fn first_line(help: Option<&clap::builder::StyledStr>) -> String {
    let text = help.map(ToString::to_string).unwrap_or_default();
    text.lines().next().unwrap_or_default().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Quotes, brackets and backslashes in a text would end what a shell reads. The tests in
    /// tests/it load the files.
    #[test]
    fn texts_cannot_end_what_a_shell_quotes() {
        let command = Command::new("logscan").arg(
            Arg::new("odd")
                .long("odd")
                .value_name("A:B")
                .help(r#"it's [a] \ "b" $(c): `d`"#),
        );
        let line = CommandLine::of(&command);
        assert!(zsh(&line).contains(r#"'--odd=[it'\''s \[a\] \\ "b" $(c)\: `d`]:A\:B: '"#));
        assert!(fish(&line).contains(r#"-l odd -d 'it\'s [a] \\ "b" $(c): `d`' -x"#));
        assert!(!bash(&line).contains("$(c)"));
    }

    #[test]
    fn what_the_help_hides_is_not_offered() {
        let command = Command::new("logscan").arg(Arg::new("odd").long("odd").hide(true));
        let line = CommandLine::of(&command);
        for text in [bash(&line), fish(&line), zsh(&line)] {
            assert!(!text.contains("odd"), "{text}");
        }
    }
}
