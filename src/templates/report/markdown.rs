//! A table in Markdown, as GitHub shows it.

use std::io::{self, Write};

use super::{Table, example};
use crate::harmless::{code, prose};

pub(super) fn write(table: &Table<'_>, out: &mut dyn Write) -> io::Result<()> {
    if table.rows.is_empty() {
        return Ok(());
    }
    let mut names = Vec::new();
    if table.compares() {
        names.push("change");
    }
    names.extend(["count", "share"]);
    if table.compares() {
        names.extend(["other count", "other share"]);
    }
    names.extend(["first line", "last line", "id", "template"]);
    let columns = names.len();
    writeln!(out, "| {} |", names.join(" | "))?;
    let rules: Vec<&str> = (1..=columns)
        .map(|column| if column == columns { "---" } else { "---:" })
        .collect();
    writeln!(out, "| {} |", rules.join(" | "))?;
    for row in &table.rows {
        let template = row.template;
        let mut cells = Vec::new();
        if let Some(change) = row.change {
            cells.push(change.name().to_owned());
        }
        cells.push(template.lines.to_string());
        cells.push(format!("{:.1}%", table.share(row) * 100.0));
        if row.change.is_some() {
            cells.push(template.other_lines.to_string());
            cells.push(format!("{:.1}%", table.other_share(row) * 100.0));
        }
        cells.push(prose(&table.place(row, template.first)));
        cells.push(prose(&table.place(row, template.last)));
        cells.push(template.id.to_string());
        let mut text = code(&template.text());
        if table.layout.examples && !template.example.is_empty() {
            text.push_str("<br>");
            text.push_str(&code(&example(template)));
        }
        cells.push(text);
        writeln!(out, "| {} |", cells.join(" | "))?;
    }
    Ok(())
}
