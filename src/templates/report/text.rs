//! Columns for people: numbers to the right, the template last, placeholders coloured.
//!
//! For a terminal each row takes one line of it: columns that say least are left out where there is
//! no room for a template, long templates are cut, and below the table it says what is missing and
//! how to see it.

use std::io::{self, Write};

use super::{Row, Table, example, fit};
use crate::{
    harmless::on_one_line,
    templates::{Kind, mask::is_code},
};

/// The colour of a placeholder, of an example, and of what is new, more, less and gone, as SGR
/// parameters.
const PLACEHOLDER: &str = "36";
const EXAMPLE: &str = "2";

pub(super) fn write(table: &Table<'_>, out: &mut dyn Write) -> io::Result<()> {
    if table.rows.is_empty() {
        return Ok(());
    }
    let mut columns = columns(table);
    let without = match table.layout.columns {
        Some(most) => leave_out(&mut columns, most),
        None => Vec::new(),
    };
    let indent = columns.iter().map(TextColumn::width_with_gap).sum();
    let room = table.layout.columns.map(|most| most.saturating_sub(indent));
    let mut is_cut = false;
    for column in &columns {
        column.write(&column.name, out)?;
    }
    out.write_all(b"template\n")?;
    for (nth, row) in table.rows.iter().enumerate() {
        for column in &columns {
            column.write(&column.cells[nth], out)?;
        }
        is_cut |= write_pieces(table, template(row), room, out)?;
        if table.layout.examples && !row.template.example.is_empty() {
            write!(out, "{:indent$}", "")?;
            let example = vec![(example(row.template).into_owned(), Some(EXAMPLE))];
            is_cut |= write_pieces(table, example, room, out)?;
        }
    }
    if !without.is_empty() {
        let names = format!("... without {}", without.join(", "));
        match table.layout.columns {
            Some(most) if fit::columns(&names) > most => {
                writeln!(out, "... without {} columns", without.len())?;
            }
            _ => writeln!(out, "{names}")?,
        }
    }
    if table.left_out > 0 {
        writeln!(out, "... {} more: --top 0", table.left_out)?;
    }
    if is_cut {
        out.write_all(b"... cut to fit: | less -S has it whole\n")?;
    }
    Ok(())
}

/// A column of cells, aligned to the right.
struct TextColumn {
    name: String,
    cells: Vec<String>,
    width: usize,
}

impl TextColumn {
    fn width_with_gap(&self) -> usize {
        self.width + 2
    }

    fn write(&self, cell: &str, out: &mut dyn Write) -> io::Result<()> {
        let indent = self.width - fit::columns(cell);
        write!(out, "{:indent$}{cell}  ", "")
    }
}

/// All columns but the template.
fn columns(table: &Table<'_>) -> Vec<TextColumn> {
    let rows: Vec<Vec<String>> = table.rows.iter().map(|row| cells(table, row)).collect();
    let column = |(nth, name): (usize, String)| {
        let cells: Vec<String> = rows.iter().map(|row| row[nth].clone()).collect();
        let all = cells.iter().chain([&name]);
        let width = all.map(|cell| fit::columns(cell)).max().unwrap_or(0);
        TextColumn { name, cells, width }
    };
    header(table).into_iter().enumerate().map(column).collect()
}

/// What is left out first, and so on, until there is room for a template. Identifiers were asked
/// for, and they stay.
const LEFT_OUT_FIRST: [&str; 5] = [
    "last line",
    "first line",
    "other share",
    "share",
    "other count",
];

/// A part of a template that is shorter does not tell it from others.
const TEMPLATE_COLUMNS_MIN: usize = 24;

/// Leaves columns out where there is no room for a template, and returns their names, in the order
/// of the table.
fn leave_out(columns: &mut Vec<TextColumn>, most: usize) -> Vec<String> {
    let all: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
    for name in LEFT_OUT_FIRST {
        let width: usize = columns.iter().map(TextColumn::width_with_gap).sum();
        if width + TEMPLATE_COLUMNS_MIN <= most {
            break;
        }
        columns.retain(|column| column.name != name);
    }
    let is_gone = |name: &String| columns.iter().all(|column| column.name != *name);
    all.into_iter().filter(is_gone).collect()
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

/// A template in pieces, with the colours of those that are placeholders.
fn template(row: &Row<'_>) -> Vec<(String, Option<&'static str>)> {
    let mut pieces = Vec::new();
    let mut rest = row.template.masked.as_slice();
    while let Some(at) = rest.iter().position(|&byte| is_code(byte)) {
        pieces.push((String::from_utf8_lossy(&rest[..at]).into_owned(), None));
        let name = Kind::of_code(rest[at]).unwrap_or(Kind::Any).name();
        pieces.push((name.to_owned(), Some(PLACEHOLDER)));
        rest = &rest[at + 1..];
    }
    pieces.push((String::from_utf8_lossy(rest).into_owned(), None));
    pieces
}

/// Writes a line of pieces, and says whether it was cut to the room that there is.
fn write_pieces(
    table: &Table<'_>,
    mut pieces: Vec<(String, Option<&'static str>)>,
    room: Option<usize>,
    out: &mut dyn Write,
) -> io::Result<bool> {
    let mut is_cut = false;
    for (text, _) in &mut pieces {
        *text = match room {
            Some(_) => fit::in_line(text),
            None => on_one_line(text).into_owned(),
        };
    }
    if let Some(room) = room {
        is_cut = fit::cut(&mut pieces, room);
    }
    for (text, color) in &pieces {
        match color {
            Some(sgr) => colored(table, sgr, text.as_bytes(), out)?,
            None => out.write_all(text.as_bytes())?,
        }
    }
    out.write_all(b"\n")?;
    Ok(is_cut)
}

fn colored(table: &Table<'_>, sgr: &str, text: &[u8], out: &mut dyn Write) -> io::Result<()> {
    if !table.layout.color {
        return out.write_all(text);
    }
    write!(out, "\x1b[{sgr}m")?;
    out.write_all(text)?;
    out.write_all(b"\x1b[m")
}
