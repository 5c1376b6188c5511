//! The list of fields, for people and for programs.

use std::{borrow::Cow, io};

use super::{CatalogField, FieldList};
use crate::{
    budget::Budget,
    fields::rows::{RowCell, RowFormat, TableText, json_string, shown, within as within_budget},
};

/// The names of the columns.
const NAMES: [&str; 5] = ["field", "type", "lines", "share", "examples"];

/// Writes the list. In JSON Lines, `examples` is an array.
pub(super) fn write(
    list: &FieldList,
    format: RowFormat,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let names = NAMES.map(str::to_owned);
    let rows = list
        .fields
        .iter()
        .map(|field| cells(field, list.lines, format));
    if let RowFormat::Table(room) = format {
        let rows: Vec<Vec<String>> = rows.map(|row| row.iter().map(shown).collect()).collect();
        if rows.is_empty() {
            return Ok(());
        }
        let table = TableText::new(&names, room, &rows);
        table.head(out)?;
        return rows.iter().try_for_each(|row| table.row(row, out));
    }
    let mut text = Vec::new();
    format.head(&names, &mut text);
    for row in rows {
        format.row(&names, &row, &mut text);
    }
    out.write_all(&text)
}

/// Returns as much of the list as fits.
pub(super) fn within(list: &FieldList, budget: Budget) -> String {
    let rows = list.fields.iter();
    let rows = rows.map(|field| cells(field, list.lines, RowFormat::Table(None)));
    within_budget(&NAMES.map(str::to_owned), rows, budget)
}

fn cells(field: &CatalogField, lines: u64, format: RowFormat) -> Vec<RowCell<'_>> {
    let types: Vec<&str> = field.types().iter().map(|of| of.name()).collect();
    #[expect(clippy::cast_precision_loss, reason = "a share has few digits")]
    let share = field.lines as f64 / lines.max(1) as f64;
    let (share, examples) = match format {
        RowFormat::Jsonl => {
            let mut array = b"[".to_vec();
            for (nth, example) in field.examples.iter().enumerate() {
                if nth > 0 {
                    array.push(b',');
                }
                json_string(example.as_bytes(), &mut array);
            }
            array.push(b']');
            (json(format!("{share:.6}")), RowCell::Json(array.into()))
        }
        _ => (
            text(format!("{:.1}%", share * 100.0)),
            text(field.examples.join(", ")),
        ),
    };
    vec![
        RowCell::Text(field.name.as_bytes().into()),
        text(types.join(", ")),
        json(field.lines.to_string()),
        share,
        examples,
    ]
}

fn text(text: String) -> RowCell<'static> {
    RowCell::Text(Cow::Owned(text.into_bytes()))
}

fn json(text: String) -> RowCell<'static> {
    RowCell::Json(Cow::Owned(text.into_bytes()))
}
