//! Writes the report as Markdown, for a pull request or an issue.

use std::io::{self, Write};

use super::figures::{against_baseline, costs, surroundings};
use crate::{
    compare::record::Report,
    harmless::{ForRunners, code, prose},
    page::FigureTable,
};

/// Writes `report`.
///
/// # Errors
/// The error that `out` returns.
pub fn render(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let out: &mut dyn Write = &mut ForRunners::text(out);
    writeln!(out, "## Mapped or read()?\n")?;
    writeln!(out, "**{}**\n", prose(&report.verdict))?;
    for cell in &report.cells {
        let sentence = &cell.comparison.sentence;
        if *sentence != report.verdict {
            writeln!(out, "{}\n", prose(sentence))?;
        }
    }
    if let Some(verdicts) = &report.baseline {
        table(&against_baseline(verdicts), out)?;
        for difference in &verdicts.differences {
            writeln!(out, "- compared although there is {}", prose(difference))?;
        }
    }
    for note in &report.notes {
        writeln!(out, "> {}\n", prose(note))?;
    }
    let mut caption = String::new();
    for cell in &report.cells {
        let costs = costs(report, cell);
        table(&costs, out)?;
        caption = costs.caption;
    }
    writeln!(out, "{caption}\n\n| measured on | |\n|---|---|")?;
    for (name, value) in surroundings(report) {
        let value = match name {
            // Readers will copy it.
            "command" => code(&value),
            _ => prose(&value),
        };
        writeln!(out, "| {name} | {value} |")?;
    }
    Ok(())
}

fn table(table: &FigureTable, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "### {}\n", prose(&table.title))?;
    writeln!(out, "| {} |", table.head.join(" | "))?;
    writeln!(out, "|---{}|", "|--:".repeat(table.head.len() - 1))?;
    for row in &table.rows {
        let cells: Vec<String> = row.iter().map(|cell| prose(cell)).collect();
        writeln!(out, "| {} |", cells.join(" | "))?;
    }
    writeln!(out)
}
