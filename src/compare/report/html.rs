//! Writes the report as a web page: one file that needs no network and no script.
//!
//! Each chart says in words what it shows, and every number also stands in a table. Paths differ in
//! shape too.

mod chart;

use std::{
    fmt::{self, Write as _},
    io::{self, Write},
};

use super::figures::{against_baseline, costs, surroundings};
use crate::{
    compare::record::Report,
    page::{self, FigureTable, escaped, table},
};

/// Writes `report`.
///
/// # Errors
/// The error that `out` returns.
pub fn render(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut page = String::new();
    write_page(report, &mut page).expect("writing to a String does not fail");
    out.write_all(page.as_bytes())
}

fn write_page(report: &Report, out: &mut String) -> fmt::Result {
    page::head(&format!("Mapped or read()? {}", report.file.name), out)?;
    write!(
        out,
        "<header>\n<p class=\"kind\">logscan compare: the mapped path against the read() path</p>\n<h1>{}</h1>\n",
        escaped(&report.verdict)
    )?;
    let others = report
        .cells
        .iter()
        .map(|cell| &cell.comparison.sentence)
        .filter(|sentence| **sentence != report.verdict);
    for sentence in others {
        writeln!(out, "<p>{}</p>", escaped(sentence))?;
    }
    writeln!(out, "</header>\n<main>")?;
    if !report.notes.is_empty() {
        writeln!(out, "<ul class=\"notes\">")?;
        for note in &report.notes {
            writeln!(out, "<li>{}</li>", escaped(note))?;
        }
        writeln!(out, "</ul>")?;
    }
    if let Some(verdicts) = &report.baseline {
        writeln!(out, "<section>")?;
        table(&against_baseline(verdicts), out)?;
        for difference in &verdicts.differences {
            writeln!(
                out,
                "<p>Compared although there is {}.</p>",
                escaped(difference)
            )?;
        }
        writeln!(out, "</section>")?;
    }
    chart::write_all(report, out)?;
    writeln!(out, "<section>\n<h2>All figures</h2>")?;
    let mut caption = String::new();
    for cell in &report.cells {
        let costs = costs(report, cell);
        caption = costs.caption;
        table(
            &FigureTable {
                caption: String::new(),
                ..costs
            },
            out,
        )?;
    }
    writeln!(
        out,
        "<p class=\"small\">{}</p>\n</section>",
        escaped(&caption)
    )?;
    writeln!(out, "<section>\n<h2>Measured on</h2>\n<dl>")?;
    for (name, value) in surroundings(report) {
        writeln!(out, "<dt>{name}</dt><dd>{}</dd>", escaped(&value))?;
    }
    writeln!(
        out,
        "</dl>\n</section>\n<section>\n<h2>How it was measured</h2>\n<p>{METHOD}</p>\n</section>"
    )?;
    writeln!(out, "</main>\n</body>\n</html>")
}

const METHOD: &str = "The same search ran on both paths in one process, in turns: mapped, read(), read(), mapped, and so on, \
with the two limits in the same rounds, after a warm-up that does not count. A run is: open the file, map or read it, count the \
hits, close it; nothing is printed meanwhile. Every run found the same hits in the same places, or there would be no times \
here, and the file was the same before and after each. The ratio is the median of the ratios of the pairs; its 95 % \
interval is that of Hettmansperger and Sheather (1986). No search can be faster than the limit of its path: looking at one \
byte of each cache line of a mapping, and reading without searching.";

#[cfg(test)]
mod tests;
