//! A run of the bench: writes the logs, asks, measures in turns, and prints the table.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, ensure};
use clap::Parser;

use crate::{
    question::{Asked, Form, PEERS, QUESTIONS, Question, filled},
    run::{self, Job},
    texts,
};

/// A tool that took longer in its first run is not run again.
const SLOW_S: f64 = 20.0;

/// Ask logscan and its peers about the times of a log, in turns, and print a table
#[derive(Debug, Parser)]
#[command(name = "cargo bench --bench times --", term_width = 100)]
struct TimesArgs {
    /// How long the plain log is, in MiB
    #[arg(long, default_value_t = 1024, value_name = "MIB")]
    size_mib: u64,
    /// How often each tool is run; the median counts
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
    runs: u16,
    /// Where a peer is: NAME=PATH
    #[arg(long = "peer", value_name = "NAME=PATH")]
    peers: Vec<String>,
    /// Where the logs are made; they are removed at the end
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// What cargo bench adds; without it everything runs once on 1 MiB, as a test
    #[arg(long, hide = true)]
    bench: bool,
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
    let mut args = TimesArgs::parse();
    if !args.bench {
        (args.size_mib, args.runs) = (1, 1);
    }
    let folder = match &args.dir {
        Some(dir) => tempfile::tempdir_in(dir)?,
        None => tempfile::tempdir()?,
    };
    let logs = Logs {
        plain: folder.path().join("plain.log"),
        logfmt: folder.path().join("logfmt.log"),
    };
    texts::write(args.size_mib << 20, &logs.plain, &logs.logfmt)?;
    println!("| question | tool | seconds | GB/s | times logscan |\n|---|---|---|---|---|");
    for question in &QUESTIONS {
        ask(question, &args, &logs)?;
    }
    for (name, version_flag) in PEERS {
        println!("\n{}", version(name, version_flag, &args));
    }
    Ok(())
}

/// Runs all tools that are there, and prints their rows.
fn ask(question: &Question, args: &TimesArgs, logs: &Logs) -> anyhow::Result<()> {
    let mut lines = Vec::new();
    let mut measured: Vec<(&Asked, Job, Vec<f64>)> = Vec::new();
    for asked in question.asked {
        let job = job(asked, args, logs);
        if asked.tool != "logscan" && !is_there(&job.program) {
            continue;
        }
        let answer = run::answer(&job).with_context(|| format!("{} failed", asked.tool))?;
        lines.push((asked.tool, answer.lines));
        measured.push((asked, job, Vec::new()));
    }
    let is_same = lines.iter().all(|(_, count)| *count == lines[0].1);
    ensure!(
        is_same || !question.is_same,
        "{}: the tools print different lines: {lines:?}",
        question.title
    );
    ensure!(lines[0].1 > 0, "{}: nothing is found", question.title);
    for _ in 0..args.runs {
        for (_, job, seconds) in &mut measured {
            if seconds.first().is_none_or(|&first| first < SLOW_S) {
                seconds.push(run::measure(job)?.0.wall_s);
            }
        }
    }
    let mut own_s = None;
    for (asked, _, seconds) in &mut measured {
        seconds.sort_by(f64::total_cmp);
        let median_s = seconds[seconds.len() / 2];
        let own_s = *own_s.get_or_insert(median_s);
        let bytes = std::fs::metadata(logs.path(asked.form))?.len();
        println!(
            "| {} | {} {} | {median_s:.3} | {:.2} | {:.1} |",
            question.title,
            asked.tool,
            asked.way,
            bytes as f64 / median_s / 1e9,
            median_s / own_s
        );
    }
    Ok(())
}

fn job(asked: &Asked, args: &TimesArgs, logs: &Logs) -> Job {
    let log = logs.path(asked.form).to_string_lossy();
    Job {
        program: program(asked.tool, args),
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

fn program(name: &str, args: &TimesArgs) -> PathBuf {
    let given = args.peers.iter().rev().find_map(|peer| {
        let (known, path) = peer.split_once('=')?;
        (known == name).then(|| path.into())
    });
    match name {
        "logscan" => env!("CARGO_BIN_EXE_logscan").into(),
        _ => given.unwrap_or_else(|| name.into()),
    }
}

fn is_there(program: &Path) -> bool {
    let mut command = Command::new(program);
    let command = command.arg("--version").stdin(Stdio::null());
    let run = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    run.is_ok()
}

/// Says which version of a peer was measured, or that it is missing.
fn version(name: &str, flag: &str, args: &TimesArgs) -> String {
    let mut command = Command::new(program(name, args));
    let command = command.args(flag.split(' ')).stdin(Stdio::null());
    match command.output() {
        Ok(output) => {
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            let first = text.lines().next().unwrap_or("no version").to_owned();
            format!("{name}: {first}")
        }
        Err(error) => format!("{name} is missing: {error}"),
    }
}
