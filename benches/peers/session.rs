//! Runs a session, from the arguments to the report.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use anyhow::{Context, bail};
use clap::Parser;
use logscan::compare::{Machine, cores};
use regex_automata::meta::Regex;

use crate::{
    args::Args,
    checks, limits,
    log::Log,
    peers::{self, Found, Tool},
    report::{Described, LogReport, Report, SCHEMA},
    rounds::{self, Plan},
    rows::{ROWS, Row},
    table,
};

/// Does the work that the process was started for.
pub(crate) fn main() -> anyhow::Result<ExitCode> {
    let words: Vec<_> = std::env::args_os().skip(1).collect();
    if let Some((word, rest)) = words.split_first()
        && word == limits::WORD
    {
        limits::run(rest)?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut args = Args::parse();
    if !args.bench {
        args.size = 1 << 20;
        args.runs = 1;
        args.single = true;
        checks::parts();
    }
    run(&args)
}

fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let rows = wanted_rows(args)?;
    let Found { tools, missing } = peers::find(args)?;
    for missing in &missing {
        note(&format!("missing: {missing}"))?;
    }
    let mut report = Report {
        schema: SCHEMA,
        machine: Machine::describe(),
        options: shown_options(),
        runs: usize::from(args.runs),
        threads: threads(args),
        tools: tools.iter().map(describe).collect(),
        missing,
        logs: Vec::new(),
    };
    let mut log = Log::generate(args)?;
    log.make_forms(&rows)?;
    report.logs.push(run_log(&log, &rows, &tools, args)?);
    if !args.bench {
        checks::answers(&log, &rows, &report.logs[0]);
    }
    drop(log);
    if let Some(folder) = &args.corpus {
        let mut log = Log::of_corpus(folder, args)?;
        log.make_forms(&rows)?;
        report.logs.push(run_log(&log, &rows, &tools, args)?);
    }
    publish(args, &report)?;
    let disagree = report
        .logs
        .iter()
        .flat_map(|log| &log.rows)
        .any(|row| row.answer.is_err());
    Ok(match disagree {
        true => ExitCode::FAILURE,
        false => ExitCode::SUCCESS,
    })
}

fn run_log(log: &Log, rows: &[&Row], tools: &[Tool], args: &Args) -> anyhow::Result<LogReport> {
    let plan = Plan {
        log,
        tools,
        runs: usize::from(args.runs),
        threads: threads(args),
        with_limits: peers::is_wanted(args, "limits"),
    };
    let mut report = LogReport {
        title: log.title.clone(),
        bytes: log.bytes,
        output_is_in_memory: log.output_is_in_memory,
        rows: Vec::new(),
    };
    for row in rows {
        let row = rounds::run_row(row, &plan)?;
        if args.bench {
            note(&table::progress(&row))?;
        }
        report.rows.push(row);
    }
    Ok(report)
}

fn wanted_rows(args: &Args) -> anyhow::Result<Vec<&'static Row>> {
    let mut wanted = Vec::new();
    for item in &args.rows {
        let regex = Regex::new(&format!("^(?:{item})$"))
            .with_context(|| format!("--rows {item} is no regex"))?;
        wanted.push(regex);
    }
    let rows: Vec<&Row> = ROWS
        .iter()
        .filter(|row| wanted.is_empty() || wanted.iter().any(|regex| regex.is_match(row.name)))
        .collect();
    if rows.is_empty() {
        let names: Vec<&str> = ROWS.iter().map(|row| row.name).collect();
        bail!("--rows names none of {}", names.join(", "));
    }
    Ok(rows)
}

fn threads(args: &Args) -> usize {
    match args.threads {
        0 => cores(),
        threads => threads,
    }
}

fn describe(tool: &Tool) -> Described {
    Described {
        name: tool.name.clone(),
        version: tool.version.clone(),
        is_older: tool.is_older,
        is_logscan: tool.family == peers::Family::Logscan,
    }
}

fn publish(args: &Args, report: &Report) -> anyhow::Result<()> {
    let text = table::render(report);
    if args.bench {
        io::stdout().write_all(text.as_bytes())?;
    }
    if let Some(path) = &args.out {
        table::save(path, &text)?;
    }
    if let Some(path) = &args.json {
        table::save(path, &serde_json::to_string_pretty(report)?)?;
    }
    Ok(())
}

/// Returns the options for publication. Only the last part of each path stays, because the folders
/// of one machine mean nothing elsewhere.
fn shown_options() -> Vec<String> {
    let shown = |arg: String| {
        let (option, value) = match arg.split_once('=') {
            Some((option, value)) => (format!("{option}="), value),
            None => (String::new(), &*arg),
        };
        let name = value.trim_end_matches('/').rsplit('/').next();
        format!("{option}{}", name.unwrap_or(value))
    };
    let words = std::env::args().skip(1);
    words.filter(|arg| arg != "--bench").map(shown).collect()
}

/// Prints a message besides the results.
fn note(text: &str) -> io::Result<()> {
    writeln!(io::stderr(), "{text}")
}
