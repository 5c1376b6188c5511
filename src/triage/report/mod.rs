//! How a triage is shown: plain data in, bytes out, one thin file per format. All show the same
//! findings.
//!
//! The texts in a [`Finding`] hold no control characters, so no format can pass one on to a
//! terminal. What would act on other readers, the runner of a CI system first of all, is made
//! harmless here: see `harmless`.

mod budget;
mod github;
mod html;
mod jsonl;
mod markdown;
mod sarif;
mod text;

use std::io;

use super::{ExcerptLine, Finding, LogSummary, Report};
use crate::{error::Name, harmless::on_one_line, line::to_u64};

pub use self::{
    budget::budget,
    github::github,
    html::html,
    jsonl::jsonl,
    markdown::{MARKDOWN_BYTES_MAX, markdown},
    sarif::sarif,
    text::{Style, text},
};

/// Which findings are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// Those that the ranking believes in; the others are counted.
    Believed,
    /// All.
    All,
}

/// The findings to show, and how many others there are.
fn shown(report: &Report, shown: Shown) -> (Vec<&Finding>, usize) {
    let list: Vec<&Finding> = report
        .findings
        .iter()
        .filter(|finding| shown == Shown::All || finding.is_believed)
        .collect();
    let hidden = report.findings.len() - list.len();
    (list, hidden)
}

/// `7 weaker findings hidden: --all`, if any are.
fn hidden_note(hidden: usize) -> Option<String> {
    match hidden {
        0 => None,
        1 => Some("1 weaker finding hidden: --all".into()),
        hidden => Some(format!("{hidden} weaker findings hidden: --all")),
    }
}

/// `src/a.c:12: message`, as compilers write it; the message alone if no source is named.
fn headline(finding: &Finding) -> String {
    match (&finding.source_file, finding.source_line) {
        (Some(file), Some(line)) => format!("{file}:{line}: {}", finding.message),
        (Some(file), None) => format!("{file}: {}", finding.message),
        (None, _) => finding.message.clone(),
    }
}

/// `and 212 like it`, if there are.
fn count_note(finding: &Finding) -> Option<String> {
    (finding.count > 1).then(|| format!("and {} like it", finding.count - 1))
}

/// Where in the logs it is: `line 12 of build.log`.
fn place(report: &Report, finding: &Finding) -> String {
    format!(
        "line {} of {}",
        finding.line,
        name(&report.logs[finding.log])
    )
}

/// A row of the lines of a finding.
enum BlockRow<'f> {
    /// A line, which is around the failure or of it.
    Line {
        number: u64,
        text: &'f str,
        part: BlockPart,
    },
    /// So many lines of the failure are left out here.
    LeftOut(u64),
    /// So many more follow.
    More(u64),
}

/// What a line is to a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BlockPart {
    /// It stands before the failure.
    Context,
    /// It is one of its lines.
    Line,
    /// It says it best.
    Headline,
}

/// The lines before a finding and its own, at most `lines_max`, with how many are left out where.
fn block_rows(finding: &Finding, lines_max: usize) -> Vec<BlockRow<'_>> {
    let context = to_u64(finding.context_before.len());
    let before = finding.first_line - context..;
    let before = before.zip(&finding.context_before).map(|(number, text)| {
        let part = BlockPart::Context;
        (number, text, part)
    });
    let excerpt = finding.excerpt_of(lines_max);
    let excerpt = excerpt.iter().map(|line| {
        let part = match line.line == finding.line {
            true => BlockPart::Headline,
            false => BlockPart::Line,
        };
        (line.line, &line.text, part)
    });
    let mut rows = Vec::new();
    let mut last = finding.first_line - context - 1;
    for (number, text, part) in before.chain(excerpt) {
        if number > last + 1 {
            rows.push(BlockRow::LeftOut(number - last - 1));
        }
        last = number;
        rows.push(BlockRow::Line { number, text, part });
    }
    if last < finding.last_line {
        rows.push(BlockRow::More(finding.last_line - last));
    }
    rows
}

/// `1 more line`, `12 more lines`.
fn more_lines(count: u64) -> String {
    match count {
        1 => "1 more line".into(),
        count => format!("{count} more lines"),
    }
}

/// Lines of an excerpt as text; `...` stands for those that are left out between them.
fn joined(excerpt: &[&ExcerptLine]) -> String {
    let mut text = String::new();
    for (nth, line) in excerpt.iter().enumerate() {
        let is_apart = nth > 0 && excerpt[nth - 1].line + 1 < line.line;
        text.push_str(if nth > 0 { "\n" } else { "" });
        text.push_str(if is_apart { "...\n" } else { "" });
        text.push_str(&line.text);
    }
    text
}

/// What a log is called.
fn name(log: &LogSummary) -> String {
    on_one_line(&Name(&log.path).to_string()).into_owned()
}

/// What to say when there is nothing to show.
fn nothing(report: &Report) -> String {
    let says_success = report
        .logs
        .iter()
        .any(|log| log.outcome == Some(super::Outcome::Success));
    match says_success {
        true => "no failure found; the log says that the build went well".into(),
        false => "no failure found".into(),
    }
}

fn line(writer: &mut dyn io::Write, text: &str) -> io::Result<()> {
    writer.write_all(text.as_bytes())?;
    writer.write_all(b"\n")
}

#[cfg(test)]
mod tests;
