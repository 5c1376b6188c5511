//! Runs one row. First every tool answers, and the answers must agree. Then all tools are measured
//! in turns, A B C A B C, so that what disturbs the machine disturbs all of them.

use std::path::Path;

use anyhow::Context;

use crate::{
    limits::{self, Setting},
    log::Log,
    peers::{self, Family, Tool},
    report::{Column, Disagreement, Role, RowReport},
    rows::{Equal, Input, Limit, Output, Row},
    run::{self, Answer, Job},
};

/// The settings with which a row is run.
pub(crate) struct Plan<'a> {
    pub(crate) log: &'a Log,
    pub(crate) tools: &'a [Tool],
    pub(crate) runs: usize,
    pub(crate) threads: usize,
    /// Whether limits are measured too.
    pub(crate) with_limits: bool,
}

/// Runs `row` with every tool that can do it.
pub(crate) fn run_row(row: &Row, plan: &Plan<'_>) -> anyhow::Result<RowReport> {
    let jobs: Vec<(&Tool, Job)> = plan
        .tools
        .iter()
        .filter_map(|tool| Some((tool, peers::job(tool, row, plan.log)?)))
        .collect();
    let mut report = RowReport {
        name: row.name.into(),
        title: row.title.into(),
        bytes: match row.input {
            Input::Kilobyte => plan.log.bytes.min(1 << 10),
            Input::Log | Input::Pipe => plan.log.bytes,
            Input::Form(form) => plan.log.form(form).map_or(0, |made| made.1),
        },
        counts_in_the_mean: row.counts_in_the_mean(),
        commands: jobs
            .iter()
            .map(|(_, job)| peers::command_line(job, plan.log))
            .collect(),
        answer: Ok(String::new()),
        columns: Vec::new(),
    };
    let mut answers = Vec::new();
    for (tool, job) in &jobs {
        let answer = run::answer(job).with_context(|| format!("row {}", row.name))?;
        answers.push((tool.name.clone(), answer));
    }
    report.answer = agree(row.equal, &answers);
    if report.answer.is_err() {
        return Ok(report);
    }

    let mut entries: Vec<Entry> = jobs
        .into_iter()
        .zip(&answers)
        .map(|((tool, job), (_, answer))| Entry {
            column: column(&tool.name, role(tool)),
            job,
            output_bytes: (row.equal != Equal::Lines).then_some(answer.bytes),
        })
        .collect();
    if plan.with_limits {
        let output_bytes = answers.first().map_or(0, |(_, answer)| answer.bytes);
        entries.extend(limit_entries(row, plan, output_bytes)?);
    }
    for _ in 0..plan.runs * row.rounds_factor() {
        for entry in &mut entries {
            entry
                .measure()
                .with_context(|| format!("row {}", row.name))?;
        }
    }
    remove_output(&plan.log.output)?;
    report.columns = entries.into_iter().map(|entry| entry.column).collect();
    Ok(report)
}

/// A command that is measured, with its results.
struct Entry {
    column: Column,
    job: Job,
    /// How many bytes it printed before, and must print each time.
    output_bytes: Option<u64>,
}

impl Entry {
    fn measure(&mut self) -> anyhow::Result<()> {
        let (cost, bytes) = run::measure(&self.job)?;
        anyhow::ensure!(
            self.output_bytes.is_none_or(|before| before == bytes),
            "{} printed {bytes} bytes, and {:?} before",
            self.column.name,
            self.output_bytes
        );
        self.column.wall_s.push(cost.wall_s);
        self.column.cpu_s.push(cost.cpu_s);
        self.column.peak_bytes.push(cost.peak_bytes);
        Ok(())
    }
}

fn limit_entries(row: &Row, plan: &Plan<'_>, output_bytes: u64) -> anyhow::Result<Vec<Entry>> {
    let setting = Setting {
        log: &plan.log.path,
        threads: plan.threads,
        output: (row.output == Output::Tmpfs).then_some(plan.log.output.as_path()),
        output_bytes,
    };
    let entry = |&limit: &Limit| {
        let role = match limit.is_bound() {
            true => Role::Limit,
            false => Role::Yardstick,
        };
        anyhow::Ok(Entry {
            column: column(limit.title(), role),
            job: limits::job(limit, &setting)?,
            output_bytes: Some(match limit {
                Limit::Copy => output_bytes,
                _ => 0,
            }),
        })
    };
    row.limits.iter().map(entry).collect()
}

fn column(name: &str, role: Role) -> Column {
    Column {
        name: name.into(),
        role,
        wall_s: Vec::new(),
        cpu_s: Vec::new(),
        peak_bytes: Vec::new(),
    }
}

fn role(tool: &Tool) -> Role {
    match (tool.family, tool.is_older) {
        (Family::Logscan, _) => Role::Logscan,
        (_, false) => Role::Peer,
        (_, true) => Role::OlderPeer,
    }
}

/// Returns the part of the answers that has to be equal, or how they differ.
fn agree(equal: Equal, answers: &[(String, Answer)]) -> Result<String, Disagreement> {
    let compared = |answer: &Answer| match equal {
        Equal::Count => match answer.count() {
            Some(count) => count.to_string(),
            None => format!("no number: {}", answer.text()),
        },
        Equal::Bytes => answer.text(),
        Equal::Lines => format!("{} lines", answer.lines),
    };
    let mut texts = answers
        .iter()
        .map(|(name, answer)| (name.clone(), compared(answer)));
    let Some((first_name, first)) = texts.next() else {
        return Ok(String::new());
    };
    let others: Vec<_> = texts.collect();
    let is_answer = !first.starts_with("no number");
    if is_answer && others.iter().all(|(_, text)| *text == first) {
        return Ok(first);
    }
    let mut answers = vec![(first_name, first)];
    answers.extend(others);
    Err(Disagreement { answers })
}

fn remove_output(path: &Path) -> anyhow::Result<()> {
    if path.exists() {
        std::fs::remove_file(path)?;
    }
    Ok(())
}
