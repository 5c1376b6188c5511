//! SARIF 2.1.0, for code scanning and editors.
//! <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>

use std::{collections::BTreeMap, io};

use serde::Serialize;

use super::{Shown, joined, shown};
use crate::{
    harmless::ForRunners,
    triage::{Finding, Report, Severity},
};

/// What a result is called that no rule found.
const NO_RULE: &str = "new-or-last-lines";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Sarif<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    tool: Tool<'a>,
    results: Vec<SarifResult<'a>>,
    properties: BTreeMap<&'static str, usize>,
}

#[derive(Serialize)]
struct Tool<'a> {
    driver: Driver<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver<'a> {
    name: &'static str,
    version: &'static str,
    rules: Vec<RuleId<'a>>,
}

#[derive(Serialize)]
struct RuleId<'a> {
    id: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifResult<'a> {
    rule_id: &'a str,
    level: &'static str,
    message: Message,
    locations: [Location<'a>; 1],
    occurrence_count: u64,
    partial_fingerprints: BTreeMap<&'static str, String>,
    properties: ResultProperties<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResultProperties<'a> {
    rank: usize,
    step: &'a str,
    why: &'a str,
    log: &'a str,
    log_first_line: u64,
    log_last_line: u64,
}

#[derive(Serialize)]
struct Message {
    text: String,
}

#[derive(Serialize)]
struct SarifText<'a> {
    text: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location<'a> {
    physical_location: PhysicalLocation<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation<'a> {
    artifact_location: Artifact,
    region: Region<'a>,
}

#[derive(Serialize)]
struct Artifact {
    uri: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region<'a> {
    start_line: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_line: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    snippet: Option<SarifText<'a>>,
}

/// Writes `report` as SARIF.
///
/// # Errors
/// Those of the writer.
pub fn sarif(report: &Report, which: Shown, writer: &mut dyn io::Write) -> io::Result<()> {
    let (findings, hidden) = shown(report, which);
    let names: Vec<String> = report
        .logs
        .iter()
        .map(|log| log.path.display().to_string())
        .collect();
    let snippets: Vec<String> = findings
        .iter()
        .map(|finding| joined(&finding.excerpt_of(usize::MAX)))
        .collect();
    let mut rules: Vec<&str> = findings.iter().map(|finding| rule_of(finding)).collect();
    rules.sort_unstable();
    rules.dedup();
    let results = (1..)
        .zip(findings.iter().zip(&snippets))
        .map(|(rank, (finding, snippet))| result(rank, finding, snippet, &names[finding.log]))
        .collect();
    let sarif = Sarif {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: [Run {
            tool: Tool {
                driver: Driver {
                    name: "logscan",
                    version: env!("CARGO_PKG_VERSION"),
                    rules: rules.into_iter().map(|id| RuleId { id }).collect(),
                },
            },
            results,
            properties: BTreeMap::from([("hidden", hidden)]),
        }],
    };
    serde_json::to_writer_pretty(ForRunners::json(&mut *writer), &sarif)?;
    writer.write_all(b"\n")
}

fn rule_of(finding: &Finding) -> &str {
    finding.rule.as_deref().unwrap_or(NO_RULE)
}

fn result<'a>(
    rank: usize,
    finding: &'a Finding,
    snippet: &'a str,
    log: &'a str,
) -> SarifResult<'a> {
    let physical_location = match &finding.source_file {
        Some(file) => PhysicalLocation {
            artifact_location: Artifact { uri: uri(file) },
            region: Region {
                start_line: finding.source_line.unwrap_or(1).max(1),
                end_line: None,
                snippet: None,
            },
        },
        None => PhysicalLocation {
            artifact_location: Artifact { uri: uri(log) },
            region: Region {
                start_line: finding.first_line,
                end_line: Some(finding.last_line),
                snippet: Some(SarifText { text: snippet }),
            },
        },
    };
    SarifResult {
        rule_id: rule_of(finding),
        level: match finding.severity {
            Severity::Fatal | Severity::Error => "error",
            Severity::Warning | Severity::Symptom => "warning",
            Severity::Noise => "none",
        },
        message: Message {
            text: without_links(&finding.message),
        },
        locations: [Location { physical_location }],
        occurrence_count: finding.count,
        partial_fingerprints: BTreeMap::from([(
            "logscan/v1",
            format!("{:016x}", finding.fingerprint),
        )]),
        properties: ResultProperties {
            rank,
            step: &finding.step,
            why: &finding.why,
            log,
            log_first_line: finding.first_line,
            log_last_line: finding.last_line,
        },
    }
}

/// A message in which nothing is a link: in SARIF `[text](place)` is one (3.11.6).
fn without_links(message: &str) -> String {
    message.replace("](", "] (")
}

/// A path as a URI reference: what has a meaning in URIs is percent-encoded. Slashes at its start
/// are one, because two stand before the name of a host, and a viewer would ask that for the file.
fn uri(path: &str) -> String {
    let path = path.replace('\\', "/");
    let path = match path.trim_start_matches('/') {
        relative if relative.len() < path.len() => &path[path.len() - relative.len() - 1..],
        relative => relative,
    };
    let mut uri = String::new();
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte));
            }
            byte => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}
