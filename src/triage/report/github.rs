//! Annotations for GitHub Actions: `::error file=a.c,line=3,title=gcc-error::message`.
//!
//! GitHub shows at most ten errors of a step, so the tenth counts what would follow.
//! <https://docs.github.com/actions/reference/workflow-commands-for-github-actions>

use std::io;

use super::{Shown, count_note, hidden_note, joined, line, nothing, place, shown};
use crate::{
    harmless::for_runners,
    triage::{Finding, Report},
};

/// How many error annotations of one step GitHub shows.
const ERRORS_MAX: usize = 10;

/// How many lines of a failure are in its annotation.
const LINES_MAX: usize = 12;

/// Writes `report` as workflow commands. To be printed by a step, which shows them on the pull
/// request.
///
/// # Errors
/// Those of the writer.
pub fn github(report: &Report, which: Shown, writer: &mut dyn io::Write) -> io::Result<()> {
    let (findings, hidden) = shown(report, which);
    if findings.is_empty() {
        return line(writer, &format!("::notice::{}", data(&nothing(report))));
    }
    let (own, rest) = match findings.len() > ERRORS_MAX {
        true => findings.split_at(ERRORS_MAX - 1),
        false => (&findings[..], &findings[..0]),
    };
    for (nth, finding) in own.iter().enumerate() {
        let is_last = nth + 1 == own.len() && rest.is_empty();
        let note = hidden_note(if is_last { hidden } else { 0 });
        annotation(report, finding, note, writer)?;
    }
    if !rest.is_empty() {
        let mut message = format!("and {} more findings", rest.len());
        for finding in rest {
            message = format!("{message}\n{}: {}", place(report, finding), finding.message);
        }
        if let Some(note) = hidden_note(hidden) {
            message = format!("{message}\n{note}");
        }
        line(writer, &format!("::error::{}", data(&message)))?;
    }
    Ok(())
}

fn annotation(
    report: &Report,
    finding: &Finding,
    note: Option<String>,
    writer: &mut dyn io::Write,
) -> io::Result<()> {
    let mut properties = Vec::new();
    if let Some(file) = &finding.source_file {
        properties.push(format!("file={}", property(file)));
        properties.extend(finding.source_line.map(|line| format!("line={line}")));
    }
    if let Some(rule) = &finding.rule {
        properties.push(format!("title={}", property(rule)));
    }
    let mut message = finding.message.clone();
    message = format!(
        "{message}\n{}\n{}; why: {}",
        joined(&finding.excerpt_of(LINES_MAX)),
        place(report, finding),
        finding.why
    );
    for extra in [count_note(finding), note].into_iter().flatten() {
        message = format!("{message}\n{extra}");
    }
    let space = if properties.is_empty() { "" } else { " " };
    let properties = properties.join(",");
    line(
        writer,
        &format!("::error{space}{properties}::{}", data(&message)),
    )
}

/// Escapes a message: a line end in it would begin a line of its own, which could be a command. The
/// runner writes the lines into its log, so none of them is a command by itself either.
fn data(text: &str) -> String {
    for_runners(text)
        .replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// Escapes the value of a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
