//! A step summary for GitHub, or a comment: Markdown with a block to open for each finding.

use std::io::{self, Write as _};

use super::{Shown, count_note, headline, hidden_note, joined, name, nothing, shown};
use crate::{
    harmless::{ForRunners, code, prose},
    triage::{Finding, Report},
};

/// GitHub takes no longer step summary.
pub const MARKDOWN_BYTES_MAX: usize = 1 << 20;

/// What is kept free for the last line.
const RESERVED_BYTES: usize = 1 << 10;

/// Writes `report` as Markdown of less than [`MARKDOWN_BYTES_MAX`] bytes; findings for which there
/// is no room are counted.
///
/// # Errors
/// Those of the writer.
pub fn markdown(report: &Report, which: Shown, writer: &mut dyn io::Write) -> io::Result<()> {
    let (findings, hidden) = shown(report, which);
    let mut page = String::from("## Why did the build fail?\n\n");
    if findings.is_empty() {
        page = format!("{page}{}.\n", prose(&nothing(report)));
    }
    let mut left_out = 0;
    for (nth, finding) in findings.iter().enumerate() {
        let section = section(report, finding, nth);
        if page.len() + section.len() < MARKDOWN_BYTES_MAX - RESERVED_BYTES {
            page.push_str(&section);
        } else {
            left_out += 1;
        }
    }
    if left_out > 0 {
        page = format!(
            "{page}{left_out} findings are left out, because a summary must be below 1 MiB.\n"
        );
    }
    if let Some(note) = hidden_note(hidden) {
        page = format!("{page}{note}\n");
    }
    ForRunners::text(writer).write_all(page.as_bytes())
}

fn section(report: &Report, finding: &Finding, nth: usize) -> String {
    let open = if nth == 0 { " open" } else { "" };
    let log = code(&name(&report.logs[finding.log]));
    let mut place = format!("line {} of {log}", finding.line);
    if !finding.step.is_empty() {
        place = format!("{place}, step {}", code(&finding.step));
    }
    if let Some(count) = count_note(finding) {
        place = format!("{place}, {count}");
    }
    let excerpt = finding.excerpt_of(usize::MAX);
    let text = joined(&excerpt);
    let fence = "`".repeat(longest_run(&text).max(2) + 1);
    let more = match finding.lines_left_out(&excerpt) {
        0 => String::new(),
        more => format!("\n{more} more lines, up to {}\n", finding.last_line),
    };
    format!(
        "<details{open}><summary><b>{}. {}</b></summary>\n\n{place}<br>why: {}\n\n{fence}text\n{text}\n{fence}\n{more}\n</details>\n\n",
        nth + 1,
        code(&headline(finding)),
        prose(&finding.why),
    )
}

/// The length of the longest run of backticks.
fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}
