//! The arguments that can be typed behind `logscan generate`.

use std::ffi::OsString;

use clap::{
    ArgAction, Parser, ValueEnum,
    error::{ContextKind, ContextValue},
};

const SEARCH_TIP: &str = "to search for the word itself: logscan -e generate FILE...";

/// Print the man page, completions for a shell, or a guide for programs
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
    pub(super) what: Generated,
}

/// The texts that can be generated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Generated {
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
    /// A guide for programs, as a skill in Markdown
    Skill,
}

/// Parses `words`, the first of which is `generate`.
pub(crate) fn parse(words: &[OsString]) -> Result<GenerateArgs, clap::Error> {
    GenerateArgs::try_parse_from(words).map_err(|mut error| {
        error.insert(
            ContextKind::Suggested,
            ContextValue::StyledStrs(vec![SEARCH_TIP.into()]),
        );
        error
    })
}
