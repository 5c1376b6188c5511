//! Columns for people: numbers to the right, the template last, placeholders coloured.

use std::io::{self, Write};

use super::{Row, Table, example};
use crate::templates::{Kind, mask::is_code};

/// The colour of a placeholder, of an example, and of what is new, more, less and gone, as SGR parameters.
const PLACEHOLDER: &str = "36";
const EXAMPLE: &str = "2";

pub(super) fn write(table: &Table<'_>, out: &mut dyn Write) -> io::Result<()> {
    if table.rows.is_empty() {
        return Ok(());
    }
    let header = header(table);
    let rows: Vec<Vec<String>> = table.rows.iter().map(|row| cells(table, row)).collect();
    let width = |column: usize| {
        let cells = rows
            .iter()
            .chain([&header])
            .map(|row| row[column].chars().count());
        cells.max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..header.len()).map(width).collect();
    write_cells(&header, &widths, out)?;
    out.write_all(b"template\n")?;
    for (row, cells) in table.rows.iter().zip(&rows) {
        write_cells(cells, &widths, out)?;
        write_template(table, row, out)?;
        if table.layout.examples && !row.template.example.is_empty() {
            let indent = widths.iter().map(|width| width + 2).sum();
            write!(out, "{:indent$}", "")?;
            colored(table, EXAMPLE, example(row.template).as_bytes(), out)?;
            out.write_all(b"\n")?;
        }
    }
    Ok(())
}

fn header(table: &Table<'_>) -> Vec<String> {
    let mut names = vec!["count", "share"];
    if table.compares() {
        names = vec!["change", "count", "share", "other count", "other share"];
    }
    names.extend(["first line", "last line"]);
    if table.layout.ids {
        names.push("id");
    }
    names.into_iter().map(String::from).collect()
}

fn cells(table: &Table<'_>, row: &Row<'_>) -> Vec<String> {
    let template = row.template;
    let mut cells = Vec::new();
    if let Some(change) = row.change {
        cells.push(change.name().into());
    }
    cells.push(template.lines.to_string());
    cells.push(percent(table.share(row)));
    if row.change.is_some() {
        cells.push(template.other_lines.to_string());
        cells.push(percent(table.other_share(row)));
    }
    cells.push(table.place(row, template.first));
    cells.push(table.place(row, template.last));
    if table.layout.ids {
        cells.push(template.id.to_string());
    }
    cells
}

fn percent(share: f64) -> String {
    format!("{:.1}%", share * 100.0)
}

fn write_cells(cells: &[String], widths: &[usize], out: &mut dyn Write) -> io::Result<()> {
    for (cell, &width) in cells.iter().zip(widths) {
        write!(out, "{cell:>width$}  ")?;
    }
    Ok(())
}

fn write_template(table: &Table<'_>, row: &Row<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut rest = row.template.masked.as_slice();
    while let Some(at) = rest.iter().position(|&byte| is_code(byte)) {
        out.write_all(String::from_utf8_lossy(&rest[..at]).as_bytes())?;
        let name = Kind::of_code(rest[at]).unwrap_or(Kind::Any).name();
        colored(table, PLACEHOLDER, name.as_bytes(), out)?;
        rest = &rest[at + 1..];
    }
    out.write_all(String::from_utf8_lossy(rest).as_bytes())?;
    out.write_all(b"\n")
}

fn colored(table: &Table<'_>, sgr: &str, text: &[u8], out: &mut dyn Write) -> io::Result<()> {
    if !table.layout.color {
        return out.write_all(text);
    }
    write!(out, "\x1b[{sgr}m")?;
    out.write_all(text)?;
    out.write_all(b"\x1b[m")
}
