//! Writes the report as a web page: one file that needs no network and no script.
//!
//! Charts are SVG without a view box: places along the width are per cent, heights are pixels. So
//! charts fit a phone, a screen and a sheet of paper, and text keeps its size. Each chart says in
//! words what it shows, and every number also stands in a table. Colours follow the reader's light
//! or dark setting. Paths differ in shape too.

mod chart;

use std::{
    fmt::{self, Write as _},
    io::{self, Write},
};

use super::figures::{FigureTable, against_baseline, costs, surroundings};
use crate::{compare::record::Report, harmless::on_one_line};

const STYLE: &str = include_str!("html/style.css");

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
    let name = escaped(&report.file.name);
    write!(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>Mapped or read()? {name}</title>\n<link rel=\"icon\" href=\"data:,\">\n<style>\n{STYLE}</style>\n</head>\n<body>\n"
    )?;
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

fn table(table: &FigureTable, out: &mut String) -> fmt::Result {
    let title = escaped(&table.title);
    // A table that is wider than a phone scrolls by itself, also with the keyboard.
    write!(
        out,
        "<h3>{title}</h3>\n<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"{title}\">\n<table>\n<thead><tr>"
    )?;
    for name in &table.head {
        match name.is_empty() {
            true => write!(out, "<td></td>")?,
            false => write!(out, "<th scope=\"col\">{name}</th>")?,
        }
    }
    writeln!(out, "</tr></thead>\n<tbody>")?;
    for row in &table.rows {
        for (at, cell) in row.iter().enumerate() {
            let cell = escaped(cell);
            match at {
                0 => write!(out, "<tr><th scope=\"row\">{cell}</th>")?,
                _ => write!(out, "<td>{cell}</td>")?,
            }
        }
        writeln!(out, "</tr>")?;
    }
    writeln!(out, "</tbody>\n</table>\n</div>")?;
    match table.caption.is_empty() {
        true => Ok(()),
        false => writeln!(out, "<p class=\"small\">{}</p>", escaped(&table.caption)),
    }
}

/// Returns text that is safe between tags and in an attribute: no part of it is HTML, and it has no
/// control characters, which are not allowed there in any form.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in on_one_line(text).chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests;
