//! What the benches share that ask several tools the same: their options, where a tool is, runs in
//! turns, and the rows of the table.

use std::{
    io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Instant,
};

use clap::Args;
use tempfile::TempDir;

use crate::run::{self, Answer, Job};

/// A tool that took longer to give the answer that is checked is not run again.
const SLOW_S: f64 = 20.0;

/// A tool that has given its answer.
pub(crate) struct Answered {
    pub(crate) job: Job,
    pub(crate) answer: Answer,
    first_s: f64,
}

/// Runs `job` once for its answer.
pub(crate) fn ask(job: Job) -> anyhow::Result<Answered> {
    let begin = Instant::now();
    let answer = run::answer(&job)?;
    let first_s = begin.elapsed().as_secs_f64();
    Ok(Answered {
        job,
        answer,
        first_s,
    })
}

/// What stands above the rows.
pub(crate) const TABLE_HEAD: &str =
    "| question | tool | seconds | GB/s | times logscan |\n|---|---|---|---|---|";

/// The options of such a bench.
#[derive(Args, Debug)]
pub(crate) struct TurnsArgs {
    /// How long a log is, in MiB
    #[arg(long, default_value_t = 1024, value_name = "MIB")]
    size_mib: u64,
    /// How often each tool is run; the median counts
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
    runs: u16,
    /// Where a tool is: NAME=PATH
    #[arg(long = "peer", value_name = "NAME=PATH")]
    peers: Vec<String>,
    /// Where the logs are made; they are removed at the end
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// What cargo bench adds; without it everything runs once on a small log, as a test
    #[arg(long, hide = true)]
    bench: bool,
}

impl TurnsArgs {
    /// Returns how long a log is: in a test `test_bytes`.
    pub(crate) fn log_bytes(&self, test_bytes: u64) -> u64 {
        match self.bench {
            true => self.size_mib << 20,
            false => test_bytes,
        }
    }

    /// Makes the folder of the logs.
    pub(crate) fn folder(&self) -> io::Result<TempDir> {
        match &self.dir {
            Some(dir) => tempfile::tempdir_in(dir),
            None => tempfile::tempdir(),
        }
    }

    /// Returns where a tool is.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        let given = self.peers.iter().rev().find_map(|peer| {
            let (known, path) = peer.split_once('=')?;
            (known == name).then(|| path.into())
        });
        given.unwrap_or_else(|| match name {
            "logscan" => env!("CARGO_BIN_EXE_logscan").into(),
            _ => name.into(),
        })
    }

    /// Says which version of a tool was measured, or that it is missing.
    pub(crate) fn version(&self, name: &str, flag: &str) -> String {
        let mut command = Command::new(self.program(name));
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

    /// Runs all in turns, and returns the median seconds of each.
    pub(crate) fn medians<'a>(
        &self,
        all: impl Iterator<Item = &'a Answered>,
    ) -> anyhow::Result<Vec<f64>> {
        let mut measured: Vec<(&Job, Vec<f64>)> = Vec::new();
        for one in all {
            let is_slow = one.first_s > SLOW_S;
            let seconds = is_slow.then_some(one.first_s).into_iter().collect();
            measured.push((&one.job, seconds));
        }
        let runs = if self.bench { self.runs } else { 1 };
        for _ in 0..runs {
            for (job, seconds) in &mut measured {
                if seconds.first().is_none_or(|&first| first <= SLOW_S) {
                    seconds.push(run::measure(job)?.0.wall_s);
                }
            }
        }
        let median = |(_, mut seconds): (_, Vec<f64>)| {
            seconds.sort_by(f64::total_cmp);
            seconds[seconds.len() / 2]
        };
        Ok(measured.into_iter().map(median).collect())
    }
}

/// Returns whether a program can be run.
pub(crate) fn is_there(program: &Path) -> bool {
    let mut command = Command::new(program);
    let command = command.arg("--version").stdin(Stdio::null());
    let run = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    run.is_ok()
}

/// Returns the row of a tool that took `median_s` for `bytes`, where logscan took `own_s`.
pub(crate) fn table_row(title: &str, tool: &str, bytes: u64, median_s: f64, own_s: f64) -> String {
    format!(
        "| {title} | {tool} | {median_s:.3} | {:.2} | {:.1} |",
        bytes as f64 / median_s / 1e9,
        median_s / own_s
    )
}
