//! JSON: the whole table as one object, or an object for each template.

use std::io::{self, Write};

use serde::Serialize;

use super::{Row, SCHEMA, Table};
use crate::{
    error::Name,
    templates::{Level, Place},
};

/// The whole table.
#[derive(Serialize)]
struct WireTable {
    schema: u32,
    /// How many inputs there were.
    input_count: usize,
    /// Their names; of more than a thousand, those that a kind has its first or last line in.
    inputs: Vec<String>,
    /// Lines that count.
    lines: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    other_lines: Option<u64>,
    /// Lines that belong to the records of these.
    continued_lines: u64,
    /// Lines that were not told apart.
    folded_lines: u64,
    /// How many there are, of which the first may be shown only.
    template_count: usize,
    templates: Vec<WireTemplate>,
}

#[derive(Serialize)]
struct WireTemplate {
    /// In JSON Lines, where each object stands for itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    schema: Option<u32>,
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    change: Option<&'static str>,
    count: u64,
    share: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    other_count: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    other_share: Option<f64>,
    first: Option<WirePlace>,
    last: Option<WirePlace>,
    level: Option<&'static str>,
    template: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    example: Option<String>,
}

#[derive(Serialize)]
struct WirePlace {
    input: String,
    line: u64,
}

pub(super) fn write(table: &Table<'_>, out: &mut dyn Write) -> io::Result<()> {
    let templates = table.templates;
    let wire = WireTable {
        schema: SCHEMA,
        input_count: templates.inputs.count(),
        inputs: templates
            .inputs
            .iter()
            .map(|path| Name(path).to_string())
            .collect(),
        lines: templates.lines,
        other_lines: table.compares().then_some(templates.other_lines),
        continued_lines: templates.continued,
        folded_lines: templates.folded,
        template_count: templates.list.len(),
        templates: table
            .rows
            .iter()
            .map(|row| wire(table, row, None))
            .collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &wire)?;
    out.write_all(b"\n")
}

pub(super) fn write_lines(table: &Table<'_>, out: &mut dyn Write) -> io::Result<()> {
    for row in &table.rows {
        serde_json::to_writer(&mut *out, &wire(table, row, Some(SCHEMA)))?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

fn wire(table: &Table<'_>, row: &Row<'_>, schema: Option<u32>) -> WireTemplate {
    let template = row.template;
    let compares = row.change.is_some();
    let place = |place: Place| {
        (template.lines > 0).then(|| WirePlace {
            input: table.input(place),
            line: place.line,
        })
    };
    let example = || String::from_utf8_lossy(&template.example).into_owned();
    WireTemplate {
        schema,
        id: template.id.to_string(),
        change: row.change.map(|change| change.name()),
        count: template.lines,
        share: rounded(table.share(row)),
        other_count: compares.then_some(template.other_lines),
        other_share: compares.then(|| rounded(table.other_share(row))),
        first: place(template.first),
        last: place(template.last),
        level: template.level.map(Level::name),
        template: template.text(),
        example: table.layout.examples.then(example),
    }
}

/// Six digits are enough for a share, and shorter to read.
fn rounded(share: f64) -> f64 {
    (share * 1e6).round() / 1e6
}
