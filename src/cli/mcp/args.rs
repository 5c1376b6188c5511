//! The arguments that can be typed behind `logscan mcp`.

use std::{ffi::OsString, path::PathBuf};

use clap::{ArgAction, CommandFactory, Parser, ValueHint, error::ErrorKind};

use crate::cli::args::RedactArgs;

const USAGE: &str = "logscan mcp --root <DIR>...";

const EXAMPLES: &str = "\
Tools: search, fields, count, triage, digest, templates, lines; each answer fits a budget of tokens.
As a client is told of it:
  {\"mcpServers\": {\"logscan\": {
    \"command\": \"logscan\", \"args\": [\"mcp\", \"--root\", \"/var/log\"]
  }}}
To search for the word itself: logscan -e mcp FILE...";

/// Answer programs that speak the Model Context Protocol
#[derive(Debug, Parser)]
#[command(
    name = "logscan mcp",
    bin_name = "logscan mcp",
    version,
    disable_help_flag = true,
    disable_version_flag = true,
    term_width = 80,
    override_usage = USAGE,
    after_help = EXAMPLES
)]
pub(crate) struct McpArgs {
    /// Read only what is below DIR
    ///
    /// May be given several times. Nothing else is read: no path with .., no link that leads out of
    /// it, no pipe and no device. Below a folder that is searched, links are left out.
    #[arg(long = "root", value_name = "DIR", value_hint = ValueHint::DirPath, required = true, num_args = 1.., action = ArgAction::Append)]
    pub(super) roots: Vec<PathBuf>,
    /// Use NUM threads (0, default: all cores)
    #[arg(
        short = 'j',
        long,
        value_name = "NUM",
        default_value_t = 0,
        hide_default_value = true
    )]
    pub(super) threads: usize,
    #[command(flatten)]
    pub(super) redact: RedactArgs,
    /// Print this help
    #[arg(short, long, action = ArgAction::HelpShort)]
    help: Option<bool>,
    /// Print the version
    #[arg(short = 'V', long, action = ArgAction::Version)]
    version: Option<bool>,
}

/// Parses `words`, the first of which is `mcp`.
pub(crate) fn parse(words: &[OsString]) -> Result<McpArgs, clap::Error> {
    let args = McpArgs::try_parse_from(words)?;
    // Whoever gives a key wants no secrets to be told.
    if args.redact.redact_key.is_some() && !args.redact.are_given() {
        return Err(McpArgs::command().error(
            ErrorKind::MissingRequiredArgument,
            "--redact-key is for --redact and --redact-regex, and does nothing by itself",
        ));
    }
    Ok(args)
}
