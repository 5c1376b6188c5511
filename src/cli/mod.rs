//! The command line: finds out which command is meant, and turns its end into an exit status.
//!
//! Arguments go through two stages. [`args`] has what can be typed. [`plan`] and [`patterns`] turn
//! that into plain data. Before that, [`config`] puts in the flags of a file. Only [`surroundings`]
//! asks the environment, only [`exit`] knows exit codes, only [`messages`] and [`progress`] write
//! to standard error, and only [`output`] opens standard output for results.

mod args;
mod board;
mod commands;
mod compare;
mod config;
mod digest;
mod exit;
mod fields;
mod folders;
mod generate;
mod habits;
mod help;
mod hints;
mod inputs;
mod mcp;
mod messages;
mod monitor;
mod output;
mod page_options;
mod patterns;
mod plan;
mod progress;
mod redaction;
mod search;
mod size;
mod small_file;
mod stats;
mod surroundings;
mod templates;
mod triage;
mod typed;

use std::{ffi::OsString, io};

use anyhow::{Result, anyhow};
use logscan::Error;

pub(crate) use self::exit::Exit;
use self::{
    args::{SearchArgs, parse_logs},
    compare::CompareArgs,
    config::Config,
    digest::DigestArgs,
    fields::FieldsArgs,
    generate::GenerateArgs,
    help::Help,
    mcp::McpArgs,
    messages::say,
    monitor::MonitorArgs,
    surroundings::Surroundings,
    templates::TemplatesArgs,
    triage::TriageArgs,
};

/// What the arguments ask for.
#[derive(Debug)]
enum Invocation {
    Search(Box<SearchArgs>, Config),
    Compare(Box<CompareArgs>),
    Digest(Box<DigestArgs>),
    Fields(Box<FieldsArgs>),
    Generate(GenerateArgs),
    Help(Help),
    Mcp(McpArgs),
    Monitor(MonitorArgs),
    Templates(Box<TemplatesArgs>),
    Triage(Box<TriageArgs>),
}

/// Runs the program. `words` are its name and its arguments.
pub(crate) fn run(words: Vec<OsString>) -> Exit {
    let surroundings = Surroundings::now(words);
    let done = match parse(&surroundings.words, &surroundings) {
        Ok(Invocation::Search(args, config)) => redaction::begin(&args.redact).and_then(|()| {
            if args.debug {
                say(config);
            }
            search::run(&args, &surroundings)
        }),
        Ok(Invocation::Compare(args)) => compare::run(&args, &surroundings.words, &surroundings),
        Ok(Invocation::Digest(args)) => digest::run(&args, &surroundings),
        Ok(Invocation::Fields(args)) => fields::run(&args, &surroundings),
        Ok(Invocation::Generate(args)) => generate::run(&args),
        Ok(Invocation::Help(help)) => help::run(&help),
        Ok(Invocation::Mcp(args)) => mcp::run(&args),
        Ok(Invocation::Monitor(args)) => monitor::run(&args, &surroundings),
        Ok(Invocation::Templates(args)) => templates::run(&args, &surroundings),
        Ok(Invocation::Triage(args)) => triage::run(&args, &surroundings),
        Err(error) => Err(error),
    };
    let done = done.and_then(|exit| {
        redaction::end()?.iter().for_each(say);
        Ok(exit)
    });
    match done {
        Ok(exit) => exit,
        Err(error) if error.downcast_ref().is_some_and(is_closed_pipe) => Exit::ClosedPipe,
        Err(error) => match error.downcast_ref() {
            Some(error) => explain(error),
            None => {
                match error.downcast_ref() {
                    Some(error) => say(hints::on(error)),
                    None => say(error),
                }
                Exit::Trouble
            }
        },
    }
}

/// Parses the command line. Only the very first argument can name a command, so
/// `logscan -n generate app.log` searches for the word.
fn parse(words: &[OsString], surroundings: &Surroundings) -> Result<Invocation> {
    let rest = words.get(1..).unwrap_or_default();
    let explain = |error| habits::explain(error, rest);
    Ok(match rest.first().and_then(|word| word.to_str()) {
        Some("compare") => Invocation::Compare(Box::new(compare::parse(rest).map_err(explain)?)),
        Some("digest") => {
            let args = parse_logs(rest, surroundings.stdin).map_err(explain)?;
            Invocation::Digest(Box::new(args))
        }
        Some("fields") => {
            let args = parse_logs(rest, surroundings.stdin).map_err(explain)?;
            Invocation::Fields(Box::new(args))
        }
        Some("generate") => Invocation::Generate(generate::parse(rest).map_err(explain)?),
        Some("mcp") => Invocation::Mcp(mcp::parse(rest).map_err(explain)?),
        Some("monitor") => Invocation::Monitor(monitor::parse(rest).map_err(explain)?),
        Some("templates") => {
            let args = parse_logs(rest, surroundings.stdin).map_err(explain)?;
            Invocation::Templates(Box::new(args))
        }
        Some("triage") => {
            let args = parse_logs(rest, surroundings.stdin).map_err(explain)?;
            Invocation::Triage(Box::new(args))
        }
        Some("help") if help::is_meant(&rest[1..]) => Invocation::Help(help::parse(&rest[1..])?),
        _ => {
            let words = join_tally(words);
            search_or_help(&words, surroundings).or_else(|error| {
                match help::of_search(&error, &words) {
                    Some(help) => Ok(Invocation::Help(help)),
                    None => Err(error),
                }
            })?
        }
    })
}

fn search_or_help(words: &[OsString], surroundings: &Surroundings) -> Result<Invocation> {
    let mut table = SearchArgs::table();
    let words = &typed::with_context(words, &table);
    let config = Config::of(words, &surroundings.config, &mut table)?;
    let args = SearchArgs::of_typed(config.before(words), words, &mut table)
        .and_then(|args| args.check(surroundings.stdin).map(|()| args))
        .map_err(|error| match habits::better(&error, words, &table) {
            Some(text) => anyhow!(text),
            None => config.explain(error).into(),
        })?;
    Ok(Invocation::Search(Box::new(args), config))
}

/// Turns `--tally 10` into `--tally=10`. The number is optional, and clap would take any next word
/// for it, also the pattern or the file. Here only digits are taken.
fn join_tally(words: &[OsString]) -> Vec<OsString> {
    let is_number = |word: &OsString| {
        let bytes = word.as_encoded_bytes();
        !bytes.is_empty() && bytes.iter().all(u8::is_ascii_digit)
    };
    let mut joined: Vec<OsString> = Vec::with_capacity(words.len());
    let mut are_flags = true;
    for word in words {
        are_flags &= word != "--";
        match joined.last_mut() {
            Some(last) if are_flags && last == "--tally" && is_number(word) => {
                last.push("=");
                last.push(word);
            }
            _ => joined.push(word.clone()),
        }
    }
    joined
}

/// Prints clap's text: help and version to standard output, errors as any other message.
fn explain(error: &clap::Error) -> Exit {
    if !error.use_stderr() {
        return match error.print() {
            Ok(()) => Exit::Success,
            Err(why) if why.kind() == io::ErrorKind::BrokenPipe => Exit::ClosedPipe,
            Err(source) => {
                say(Error::Write { source });
                Exit::Trouble
            }
        };
    }
    let text = error.render().to_string();
    say(text.strip_prefix("error: ").unwrap_or(&text).trim_end());
    Exit::Trouble
}

fn is_closed_pipe(error: &Error) -> bool {
    matches!(error, Error::Write { source } if source.kind() == io::ErrorKind::BrokenPipe)
}

#[cfg(test)]
mod tests;
