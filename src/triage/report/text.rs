//! For a terminal: the likely cause first, with its lines; then the other findings.

use std::io;

use super::{
    BlockPart, BlockRow, Shown, block_rows, count_note, headline, hidden_note, line, more_lines,
    nothing, place, shown,
};
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
    for row in block_rows(finding, lines_max) {
        match row {
            BlockRow::LeftOut(count) => {
                line(writer, &format!("           {}", more_lines(count)))?;
            }
            BlockRow::More(count) => line(
                writer,
                &format!(
                    "           {}, up to {}",
                    more_lines(count),
                    finding.last_line
                ),
            )?,
            BlockRow::Line { number, text, part } => {
                let row = format!("   {number:>7} | {text}");
                let row = row.trim_end();
                let row = match part {
                    BlockPart::Headline => style.paint("31", row),
                    BlockPart::Context | BlockPart::Line => row.to_owned(),
                };
                line(writer, &row)?;
            }
        }
    }
    Ok(())
}
