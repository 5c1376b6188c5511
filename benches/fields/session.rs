//! A run of the bench: writes the logs, asks, checks the answers, measures in turns, and prints the
//! table.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Parser;

use crate::{
    answer::Truth,
    question::{Asked, Form, PEERS, QUESTIONS, Question},
    run::Job,
    texts,
    turns::{self, Answered, TABLE_HEAD, TurnsArgs, is_there, table_row},
};

/// How long each log of a test is.
const TEST_BYTES: u64 = 64 << 10;

/// Ask logscan and its peers about the fields of logs, in turns, and print a table
#[derive(Debug, Parser)]
#[command(name = "cargo bench --bench fields --", term_width = 100)]
struct FieldsArgs {
    #[command(flatten)]
    turns: TurnsArgs,
}

/// The logs.
struct Logs {
    json: PathBuf,
    access: PathBuf,
    /// What a tool has answered.
    answer: PathBuf,
    truth: Truth,
}

impl Logs {
    fn path(&self, form: Form) -> &Path {
        match form {
            Form::Json => &self.json,
            Form::Access => &self.access,
        }
    }
}

pub(crate) fn main() -> anyhow::Result<()> {
    let args = FieldsArgs::parse().turns;
    let folder = args.folder()?;
    let json = folder.path().join("app.jsonl");
    let access = folder.path().join("access.log");
    let length = args.log_bytes(TEST_BYTES);
    let logs = Logs {
        truth: Truth {
            json: texts::write_json(length, &json)?,
            access: texts::write_access(length, &access)?,
        },
        json,
        access,
        answer: folder.path().join("answer"),
    };
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
    let log = logs.path(question.form);
    let mut all: Vec<(&Asked, Answered)> = Vec::new();
    for asked in question.asked {
        if asked.tool != "logscan" && !is_there(&args.program(asked.tool)) {
            continue;
        }
        let mut job = job(asked, args, log);
        job.stdout = Some(logs.answer.clone());
        let mut answered = turns::ask(job)
            .and_then(|answered| {
                let lines = answered.answer.lines;
                let truth = &logs.truth;
                truth.check(question.asks, asked.reads, lines, &logs.answer)?;
                Ok(answered)
            })
            .with_context(|| format!("{}: {} {}", question.title, asked.tool, asked.way))?;
        answered.job.stdout = None;
        all.push((asked, answered));
    }
    let medians = args.medians(all.iter().map(|(_, one)| one))?;
    let bytes = std::fs::metadata(log)?.len();
    for ((asked, _), median_s) in all.iter().zip(&medians) {
        let tool = format!("{} {}", asked.tool, asked.way);
        println!(
            "{}",
            table_row(question.title, &tool, bytes, *median_s, medians[0])
        );
    }
    Ok(())
}

/// Returns the command of a tool. It is a line for the shell, as some need a second program.
fn job(asked: &Asked, args: &TurnsArgs, log: &Path) -> Job {
    let program = args.program(asked.tool);
    let (tool, log) = (quoted(&program), quoted(log));
    let line = format!("tool={tool} log={log}\n{}", asked.line);
    Job {
        program: "sh".into(),
        args: vec!["-c".into(), line.into()],
        env: vec![("LC_ALL", "C"), ("TZ", "UTC"), ("TERM", "xterm")],
        stdin: None,
        stdout: None,
    }
}

/// Returns `path` as a word for the shell.
fn quoted(path: &Path) -> String {
    format!("'{}'", path.to_string_lossy().replace('\'', r"'\''"))
}
