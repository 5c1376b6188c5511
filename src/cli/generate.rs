//! `logscan generate`: the man page and shell completions, made from the same table as `--help`, and
//! a guide for programs.

pub(super) mod args;
mod completions;
mod man;

use std::io::Write;

use anyhow::Result;
use clap::{
    Arg, Command, CommandFactory,
    builder::{PossibleValue, PossibleValuesParser},
};
use clap_complete::Shell;
use logscan::Error;

pub(crate) use self::args::{GenerateArgs, parse};
use self::{args::Generated, completions::CommandLine};
use super::{
    args::SearchArgs, compare::CompareArgs, digest::DigestArgs, exit::Exit, fields::FieldsArgs,
    help, mcp::McpArgs, monitor::MonitorArgs, output, plan::Controls, templates::TemplatesArgs,
    triage::TriageArgs,
};

/// Prints the page or the completions that are asked for.
pub(crate) fn run(args: &GenerateArgs) -> Result<Exit> {
    let text = match args.what {
        Generated::Man => man::page(),
        Generated::Bash => completions::bash(&CommandLine::of(&command())).into_bytes(),
        Generated::Zsh => completions::zsh(&CommandLine::of(&command())).into_bytes(),
        Generated::Fish => completions::fish(&CommandLine::of(&command())).into_bytes(),
        Generated::Powershell => powershell(),
        Generated::Skill => include_bytes!("generate/skill.md").to_vec(),
    };
    let mut stdout = output::stdout(Controls::Kept); // our own text
    stdout
        .write_all(&text)
        .and_then(|()| stdout.flush())
        .map_err(|source| Error::Write { source })?;
    Ok(Exit::Success)
}

/// Returns the whole command line as clap knows it: the flags of a search, and the commands.
fn command() -> Command {
    SearchArgs::command()
        .subcommand(CompareArgs::command().name("compare"))
        .subcommand(DigestArgs::command().name("digest"))
        .subcommand(FieldsArgs::command().name("fields"))
        .subcommand(TemplatesArgs::command().name("templates"))
        .subcommand(TriageArgs::command().name("triage"))
        .subcommand(MonitorArgs::command().name("monitor"))
        .subcommand(McpArgs::command().name("mcp"))
        .subcommand(GenerateArgs::command().name("generate"))
        .disable_help_subcommand(true)
        .subcommand(help_command())
}

/// Returns the words that `logscan help` knows. Clap's own command would offer the flags of each
/// command behind it.
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

/// Returns the completions for PowerShell, written by clap_complete. No test loads them.
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
        McpArgs::command().debug_assert();
        MonitorArgs::command().debug_assert();
        TemplatesArgs::command().debug_assert();
    }
}
