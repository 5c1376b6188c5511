//! For a terminal: the likely cause first, with its lines; then the other findings.

use std::io;

use super::{Shown, count_note, headline, hidden_note, line, nothing, place, shown};
use crate::{
    harmless::ForRunners,
    triage::{Finding, Report},
};

/// How many lines of the first finding are shown, and of the others.
const FIRST_LINES_MAX: usize = 30;
const OTHER_LINES_MAX: usize = 10;

/// Whether the text has colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// None.
    Plain,
    /// Headlines are bold, the line that says it best is red.
    Colored,
}

impl Style {
    fn paint(self, sgr: &str, text: &str) -> String {
        match self {
            Style::Plain => text.to_owned(),
            Style::Colored => format!("\x1b[{sgr}m{text}\x1b[m"),
        }
    }
}

/// Writes `report` for people.
///
/// # Errors
/// Those of the writer.
pub fn text(
    report: &Report,
    which: Shown,
    style: Style,
    writer: &mut dyn io::Write,
) -> io::Result<()> {
    let writer: &mut dyn io::Write = &mut ForRunners::text(writer);
    let (findings, hidden) = shown(report, which);
    if findings.is_empty() {
        line(writer, &nothing(report))?;
    }
    for (nth, finding) in findings.iter().enumerate() {
        if nth > 0 {
            line(writer, "")?;
        }
        let lines_max = match nth {
            0 => FIRST_LINES_MAX,
            _ => OTHER_LINES_MAX,
        };
        let head = format!("{}. {}", nth + 1, headline(finding));
        line(writer, &style.paint("1", &head))?;
        let mut place = place(report, finding);
        if !finding.step.is_empty() {
            place = format!("{place}, step \"{}\"", finding.step);
        }
        if let Some(count) = count_note(finding) {
            place = format!("{place}, {count}");
        }
        line(writer, &format!("   {place}"))?;
        line(writer, &format!("   why: {}", finding.why))?;
        block(finding, lines_max, style, writer)?;
    }
    if let Some(note) = hidden_note(hidden) {
        line(writer, "")?;
        line(writer, &note)?;
    }
    Ok(())
}

fn block(
    finding: &Finding,
    lines_max: usize,
    style: Style,
    writer: &mut dyn io::Write,
) -> io::Result<()> {
    let context = finding.context_before.len();
    let excerpt = finding.excerpt_of(lines_max);
    let before = finding.first_line - crate::line::to_u64(context)..;
    let before = before.zip(finding.context_before.iter());
    let numbered = before.chain(excerpt.iter().map(|line| (line.line, &line.text)));
    let mut last = finding.first_line - crate::line::to_u64(context) - 1;
    for (number, text) in numbered {
        if number > last + 1 {
            line(writer, &format!("           {}", lines(number - last - 1)))?;
        }
        last = number;
        let row = format!("   {number:>7} | {text}");
        let row = row.trim_end();
        let row = match number == finding.line {
            true => style.paint("31", row),
            false => row.to_owned(),
        };
        line(writer, &row)?;
    }
    if last < finding.last_line {
        let more = lines(finding.last_line - last);
        line(
            writer,
            &format!("           {more}, up to {}", finding.last_line),
        )?;
    }
    Ok(())
}

/// `1 more line`, `12 more lines`.
fn lines(count: u64) -> String {
    match count {
        1 => "1 more line".into(),
        count => format!("{count} more lines"),
    }
}
