//! One JSON object per line: the findings, then one that ends them.

use std::io;

use serde::Serialize;

use super::{Shown, shown};
use crate::{
    harmless::ForRunners,
    triage::{Finding, Outcome, Report},
};

/// Changes when the meaning of a field does; new fields may come without.
const SCHEMA: u32 = 1;

/// A finding, as documented in docs/triage.md.
#[derive(Serialize)]
struct WireFinding<'a> {
    r#type: &'static str,
    rank: usize,
    file: String,
    first_line: u64,
    last_line: u64,
    line: u64,
    rule: Option<&'a str>,
    family: &'a str,
    severity: &'static str,
    step: &'a str,
    message: &'a str,
    source_file: Option<&'a str>,
    source_line: Option<u64>,
    count: u64,
    score: i32,
    new: Option<bool>,
    why: &'a str,
    fingerprint: String,
    excerpt: Vec<&'a str>,
    excerpt_lines: Vec<u64>,
    retold: &'a [(u64, u64)],
}

/// The last record.
#[derive(Serialize)]
struct WireEnd {
    r#type: &'static str,
    schema: u32,
    findings: usize,
    hidden: usize,
    logs: Vec<WireLog>,
}

#[derive(Serialize)]
struct WireLog {
    file: String,
    provider: String,
    lines: u64,
    bytes: u64,
    outcome: Option<&'static str>,
}

/// Writes `report` as JSON Lines.
///
/// # Errors
/// Those of the writer.
pub fn jsonl(report: &Report, which: Shown, writer: &mut dyn io::Write) -> io::Result<()> {
    let (findings, hidden) = shown(report, which);
    for (rank, finding) in (1..).zip(&findings) {
        record(&wire(report, rank, finding), writer)?;
    }
    let logs = report.logs.iter().map(|log| WireLog {
        file: log.path.display().to_string(),
        provider: log.provider.to_string(),
        lines: log.lines,
        bytes: log.bytes,
        outcome: log.outcome.map(|outcome| match outcome {
            Outcome::Success => "success",
            Outcome::Failure => "failure",
        }),
    });
    let end = WireEnd {
        r#type: "end",
        schema: SCHEMA,
        findings: findings.len(),
        hidden,
        logs: logs.collect(),
    };
    record(&end, writer)
}

fn wire<'a>(report: &Report, rank: usize, finding: &'a Finding) -> WireFinding<'a> {
    WireFinding {
        r#type: "finding",
        rank,
        file: report.logs[finding.log].path.display().to_string(),
        first_line: finding.first_line,
        last_line: finding.last_line,
        line: finding.line,
        rule: finding.rule.as_deref(),
        family: &finding.family,
        severity: finding.severity.name(),
        step: &finding.step,
        message: &finding.message,
        source_file: finding.source_file.as_deref(),
        source_line: finding.source_line,
        count: finding.count,
        score: finding.score,
        new: finding.is_new,
        why: &finding.why,
        fingerprint: format!("{:016x}", finding.fingerprint),
        excerpt: finding
            .excerpt
            .iter()
            .map(|line| line.text.as_str())
            .collect(),
        excerpt_lines: finding.excerpt.iter().map(|line| line.line).collect(),
        retold: &finding.retold,
    }
}

fn record(wire: &impl Serialize, writer: &mut dyn io::Write) -> io::Result<()> {
    serde_json::to_writer(ForRunners::json(&mut *writer), wire)?;
    writer.write_all(b"\n")
}
