//! `logscan generate`: the man page and shell completions, made from the same table as `--help`.

mod completions;
mod man;

use std::{ffi::OsString, io::Write};

use anyhow::Result;
use clap::{
    Arg, ArgAction, Command, CommandFactory, Parser, ValueEnum,
    builder::{PossibleValue, PossibleValuesParser},
    error::{ContextKind, ContextValue},
};
use clap_complete::Shell;
use logscan::Error;

use self::completions::CommandLine;
use super::{
    args::SearchArgs, compare::CompareArgs, exit::Exit, help, monitor::MonitorArgs, output,
    plan::Controls, templates::TemplatesArgs, triage::TriageArgs,
};

const SEARCH_TIP: &str = "to search for the word itself: logscan -e generate FILE...";

/// Print the man page or the completions for a shell
#[derive(Debug, Parser)]
#[command(
    name = "logscan generate",
    bin_name = "logscan generate",
    disable_help_flag = true,
    term_width = 80,
    after_help = SEARCH_TIP
)]
pub(crate) struct GenerateArgs {
    /// Print this help
    #[arg(short, long, action = ArgAction::HelpShort)]
    help: Option<bool>,
    /// What to print
    #[arg(value_enum)]
    what: What,
}

/// What can be generated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum What {
    /// The manual page, in roff
    Man,
    /// Completions for bash
    Bash,
    /// Completions for zsh
    Zsh,
    /// Completions for fish
    Fish,
    /// Completions for PowerShell
    Powershell,
}

/// What `words` ask for, of which the first is `generate`.
pub(crate) fn parse(words: &[OsString]) -> Result<GenerateArgs, clap::Error> {
    GenerateArgs::try_parse_from(words).map_err(|mut error| {
        error.insert(
            ContextKind::Suggested,
            ContextValue::StyledStrs(vec![SEARCH_TIP.into()]),
        );
        error
    })
}

/// Prints what is asked for.
pub(crate) fn run(args: &GenerateArgs) -> Result<Exit> {
    let text = match args.what {
        What::Man => man::page(),
        What::Bash => completions::bash(&CommandLine::of(&command())).into_bytes(),
        What::Zsh => completions::zsh(&CommandLine::of(&command())).into_bytes(),
        What::Fish => completions::fish(&CommandLine::of(&command())).into_bytes(),
        What::Powershell => powershell(),
    };
    let mut stdout = output::stdout(Controls::Kept); // our own text
    stdout
        .write_all(&text)
        .and_then(|()| stdout.flush())
        .map_err(|source| Error::Write { source })?;
    Ok(Exit::Success)
}

/// The whole command line as clap knows it: the flags of a search, and the commands.
fn command() -> Command {
    SearchArgs::command()
        .subcommand(CompareArgs::command().name("compare"))
        .subcommand(TemplatesArgs::command().name("templates"))
        .subcommand(TriageArgs::command().name("triage"))
        .subcommand(MonitorArgs::command().name("monitor"))
        .subcommand(GenerateArgs::command().name("generate"))
        .disable_help_subcommand(true)
        .subcommand(help_command())
}

/// What `logscan help` knows: clap's own would offer the flags of each command behind it.
fn help_command() -> Command {
    Command::new("help")
        .about("Explain a command, a topic or a flag")
        .disable_help_flag(true)
        .disable_help_subcommand(true)
        .arg(
            Arg::new("word").value_parser(PossibleValuesParser::new(
                help::words()
                    .into_iter()
                    .map(|(word, about)| PossibleValue::new(word).help(about)),
            )),
        )
}

/// Written by clap_complete; no test loads it.
fn powershell() -> Vec<u8> {
    let mut text = Vec::new();
    clap_complete::generate(Shell::PowerShell, &mut command(), "logscan", &mut text);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_flags_is_sound() {
        command().debug_assert();
        CompareArgs::command().debug_assert();
        GenerateArgs::command().debug_assert();
        MonitorArgs::command().debug_assert();
        TemplatesArgs::command().debug_assert();
    }
}
