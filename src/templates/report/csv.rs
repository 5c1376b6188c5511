//! Comma-separated values, quoted where RFC 4180 asks for it; lines end in LF, and each is a row.

use std::io::{self, Write};

use super::{Table, example};
use crate::{
    harmless::csv_cell,
    templates::{Level, Place},
};

pub(super) fn write(table: &Table<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut names = vec!["id", "count", "share"];
    if table.compares() {
        names.extend(["change", "other_count", "other_share"]);
    }
    names.extend([
        "first_input",
        "first_line",
        "last_input",
        "last_line",
        "level",
        "template",
    ]);
    if table.layout.examples {
        names.push("example");
    }
    writeln!(out, "{}", names.join(","))?;
    for row in &table.rows {
        let template = row.template;
        let mut cells = vec![
            template.id.to_string(),
            template.lines.to_string(),
            format!("{:.6}", table.share(row)),
        ];
        if let Some(change) = row.change {
            cells.push(change.name().into());
            cells.push(template.other_lines.to_string());
            cells.push(format!("{:.6}", table.other_share(row)));
        }
        let mut place = |place: Place| match template.lines {
            0 => cells.extend([String::new(), String::new()]),
            _ => cells.extend([table.input(place), place.line.to_string()]),
        };
        place(template.first);
        place(template.last);
        cells.push(template.level.map_or("", Level::name).to_owned());
        cells.push(template.text());
        if table.layout.examples {
            cells.push(example(template).into_owned());
        }
        let cells: Vec<String> = cells.iter().map(|cell| csv_cell(cell)).collect();
        writeln!(out, "{}", cells.join(","))?;
    }
    Ok(())
}
