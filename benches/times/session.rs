//! A run of the bench: writes the logs, asks, measures in turns, and prints the table.

use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use clap::Parser;

use crate::{
    question::{Asked, Form, PEERS, QUESTIONS, Question, filled},
    run::Job,
    texts,
    turns::{self, Answered, TABLE_HEAD, TurnsArgs, is_there, table_row},
};

/// How long the plain log of a test is.
const TEST_BYTES: u64 = 1 << 20;

/// Ask logscan and its peers about the times of a log, in turns, and print a table
#[derive(Debug, Parser)]
#[command(name = "cargo bench --bench times --", term_width = 100)]
struct TimesArgs {
    #[command(flatten)]
    turns: TurnsArgs,
}

/// The logs.
struct Logs {
    plain: PathBuf,
    logfmt: PathBuf,
}

impl Logs {
    fn path(&self, form: Form) -> &Path {
        match form {
            Form::Plain => &self.plain,
            Form::Logfmt => &self.logfmt,
        }
    }
}

pub(crate) fn main() -> anyhow::Result<()> {
    let args = TimesArgs::parse().turns;
    let folder = args.folder()?;
    let logs = Logs {
        plain: folder.path().join("plain.log"),
        logfmt: folder.path().join("logfmt.log"),
    };
    texts::write(args.log_bytes(TEST_BYTES), &logs.plain, &logs.logfmt)?;
    println!("{TABLE_HEAD}");
    for question in &QUESTIONS {
        ask(question, &args, &logs)?;
    }
    for (name, version_flag) in PEERS {
        println!("\n{}", args.version(name, version_flag));
    }
    Ok(())
}

/// Runs all tools that are there, and prints their rows.
fn ask(question: &Question, args: &TurnsArgs, logs: &Logs) -> anyhow::Result<()> {
    let mut all: Vec<(&Asked, Answered)> = Vec::new();
    for asked in question.asked {
        let job = job(asked, args, logs);
        if asked.tool != "logscan" && !is_there(&job.program) {
            continue;
        }
        let answered = turns::ask(job).with_context(|| format!("{} failed", asked.tool))?;
        all.push((asked, answered));
    }
    let lines_of = |(asked, one): &(&Asked, Answered)| (asked.tool, one.answer.lines);
    let lines: Vec<(&str, u64)> = all.iter().map(lines_of).collect();
    let is_same = lines.iter().all(|(_, count)| *count == lines[0].1);
    ensure!(
        is_same || !question.is_same,
        "{}: the tools print different lines: {lines:?}",
        question.title
    );
    ensure!(lines[0].1 > 0, "{}: nothing is found", question.title);
    let medians = args.medians(all.iter().map(|(_, one)| one))?;
    for ((asked, _), median_s) in all.iter().zip(&medians) {
        let tool = format!("{} {}", asked.tool, asked.way);
        let bytes = std::fs::metadata(logs.path(asked.form))?.len();
        println!(
            "{}",
            table_row(question.title, &tool, bytes, *median_s, medians[0])
        );
    }
    Ok(())
}

fn job(asked: &Asked, args: &TurnsArgs, logs: &Logs) -> Job {
    let log = logs.path(asked.form).to_string_lossy();
    Job {
        program: args.program(asked.tool),
        args: asked
            .args
            .iter()
            .map(|arg| filled(arg, &log).into())
            .collect(),
        // The times of the log are UTC, and lnav takes those that it is asked for as local.
        env: vec![("LC_ALL", "C"), ("TZ", "UTC"), ("TERM", "xterm")],
        stdin: None,
        stdout: None,
    }
}
