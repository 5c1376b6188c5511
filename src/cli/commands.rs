//! The commands besides the search, as a table. The help, the man page, the completions and the
//! hints on mistyped words are made from it.

use clap::{Command, CommandFactory};

use super::{
    compare::CompareArgs, digest::DigestArgs, fields::FieldsArgs, generate::args::GenerateArgs,
    mcp::McpArgs, monitor::MonitorArgs, templates::TemplatesArgs, triage::TriageArgs,
};

/// A command besides the search.
pub(crate) struct OtherCommand {
    /// The first word of the command line.
    pub(crate) name: &'static str,
    /// The purpose of the command, to stand beside its name.
    pub(crate) summary: &'static str,
    /// The topic that says more about the command, if there is one.
    pub(crate) topic: &'static str,
    /// The arguments that can be typed behind the command.
    pub(crate) table: Command,
}

/// Returns the commands, the most useful first.
pub(crate) fn commands() -> Vec<OtherCommand> {
    let command = |name, summary, topic, table| OtherCommand {
        name,
        summary,
        topic,
        table,
    };
    vec![
        command(
            "triage",
            "why did a build fail?",
            "failures",
            TriageArgs::command(),
        ),
        command(
            "digest",
            "what is in an unknown log? One page",
            "overview",
            DigestArgs::command(),
        ),
        command(
            "templates",
            "what kinds of lines are there, and what is new?",
            "kinds",
            TemplatesArgs::command(),
        ),
        command(
            "fields",
            "which fields do lines have, for --where and --count-by?",
            "conditions",
            FieldsArgs::command(),
        ),
        command(
            "compare",
            "is mapping a file faster here than reading it?",
            "comparing",
            CompareArgs::command(),
        ),
        command(
            "monitor",
            "how far are searches in other processes?",
            "boards",
            MonitorArgs::command(),
        ),
        command(
            "mcp",
            "a server for programs that speak the Model Context Protocol",
            "agents",
            McpArgs::command(),
        ),
        command(
            "generate",
            "the man page, completions for shells, a guide for programs",
            "",
            GenerateArgs::command(),
        ),
    ]
}
