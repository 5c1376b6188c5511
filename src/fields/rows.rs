//! Rows of values, in the formats that people and other programs read.
//!
//! | format | a row is | a value that is missing is |
//! |---|---|---|
//! | table | a line of columns, aligned for people | a dash |
//! | CSV | RFC 4180, each on one line and no formula, with a line of names first | empty |
//! | TSV | values with tabs between, `\t` `\n` `\\` in them as such, with a line of names first | empty |
//! | JSON Lines | an object | `null` |
//! | Markdown | a row of a table, without markup of the log | empty |

use std::{borrow::Cow, io};

use super::read::{FieldValue, ValueForm, number_end};
use crate::{
    budget::{Budget, Purse, elided},
    harmless::{csv_cell, for_programs, prose},
    templates::report::fit,
};

/// How rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowFormat {
    /// Columns for people. `Some` is how many columns a terminal has: longer rows are cut.
    Table(Option<usize>),
    /// Comma-separated values.
    Csv,
    /// Tab-separated values.
    Tsv,
    /// JSON Lines.
    Jsonl,
    /// A table of Markdown.
    Markdown,
}

/// A value in a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum RowCell<'c> {
    Missing,
    Text(Cow<'c, [u8]>),
    /// A value of JSON, as it is written.
    Json(Cow<'c, [u8]>),
}

impl RowCell<'_> {
    fn text(&self) -> &[u8] {
        match self {
            RowCell::Missing => b"",
            RowCell::Text(text) | RowCell::Json(text) => text,
        }
    }
}

impl<'c> RowCell<'c> {
    /// Returns the value of a field of `line`.
    pub(super) fn of(value: FieldValue, line: &'c [u8]) -> RowCell<'c> {
        let raw = value.raw(line);
        match value.form {
            ValueForm::Missing => RowCell::Missing,
            ValueForm::Number | ValueForm::Word | ValueForm::Nested => RowCell::Json(raw.into()),
            ValueForm::Plain if is_json_number(raw) => RowCell::Json(raw.into()),
            ValueForm::Plain | ValueForm::Text => RowCell::Text(raw.into()),
            ValueForm::Escaped | ValueForm::Doubled => {
                let mut text = Vec::new();
                value.text(line, &mut text);
                RowCell::Text(text.into())
            }
        }
    }
}

/// Whether all of a text is a number as JSON has it, and one that readers do not round.
pub(super) fn is_json_number(text: &[u8]) -> bool {
    const DIGITS_MAX: usize = 17;
    text.len() <= DIGITS_MAX && number_end(text, 0) == Some(text.len())
}

impl RowFormat {
    /// Appends what stands before the first row.
    pub(super) fn head(self, names: &[String], out: &mut Vec<u8>) {
        let cells: Vec<RowCell<'_>> = names
            .iter()
            .map(|name| RowCell::Text(Cow::Borrowed(name.as_bytes())))
            .collect();
        match self {
            RowFormat::Jsonl | RowFormat::Table(_) => {}
            RowFormat::Csv | RowFormat::Tsv => self.row(names, &cells, out),
            RowFormat::Markdown => {
                self.row(names, &cells, out);
                out.extend_from_slice(b"|");
                names.iter().for_each(|_| out.extend_from_slice(b"---|"));
                out.push(b'\n');
            }
        }
    }

    /// Appends a row. Tables of columns are written by [`TableText`].
    pub(super) fn row(self, names: &[String], cells: &[RowCell<'_>], out: &mut Vec<u8>) {
        match self {
            RowFormat::Table(_) | RowFormat::Tsv => {
                for (nth, cell) in cells.iter().enumerate() {
                    if nth > 0 {
                        out.push(b'\t');
                    }
                    escape_tsv(cell.text(), out);
                }
            }
            RowFormat::Csv => {
                for (nth, cell) in cells.iter().enumerate() {
                    if nth > 0 {
                        out.push(b',');
                    }
                    quote_csv(cell, out);
                }
            }
            RowFormat::Markdown => {
                out.push(b'|');
                for cell in cells {
                    out.push(b' ');
                    let text = prose(&String::from_utf8_lossy(cell.text()));
                    out.extend_from_slice(text.as_bytes());
                    out.extend_from_slice(b" |");
                }
            }
            RowFormat::Jsonl => {
                out.push(b'{');
                for (nth, (name, cell)) in names.iter().zip(cells).enumerate() {
                    if nth > 0 {
                        out.push(b',');
                    }
                    json_string(name.as_bytes(), out);
                    out.push(b':');
                    match cell {
                        RowCell::Missing => out.extend_from_slice(b"null"),
                        RowCell::Json(value) => json_lossy(value, out),
                        RowCell::Text(text) => json_string(text, out),
                    }
                }
                out.push(b'}');
            }
        }
        out.push(b'\n');
    }
}

fn escape_tsv(text: &[u8], out: &mut Vec<u8>) {
    for &byte in text {
        match byte {
            b'\t' => out.extend_from_slice(b"\\t"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\\' => out.extend_from_slice(b"\\\\"),
            byte => out.push(byte),
        }
    }
}

/// A text goes on one line, and begins no formula of a spreadsheet. An empty one is quoted, because
/// one without quotes is missing.
fn quote_csv(cell: &RowCell<'_>, out: &mut Vec<u8>) {
    match cell {
        RowCell::Missing => {}
        // A number may begin with a sign.
        RowCell::Json(value) if number_end(value, 0) == Some(value.len()) => {
            out.extend_from_slice(value);
        }
        RowCell::Text(text) if text.is_empty() => out.extend_from_slice(b"\"\""),
        RowCell::Json(text) | RowCell::Text(text) => {
            out.extend_from_slice(csv_cell(&String::from_utf8_lossy(text)).as_bytes());
        }
    }
}

fn json_lossy(text: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(String::from_utf8_lossy(text).as_bytes());
}

/// Appends a text as a string of JSON. Bytes that are not UTF-8 become U+FFFD.
pub(super) fn json_string(text: &[u8], out: &mut Vec<u8>) {
    let written = serde_json::to_writer(out, &String::from_utf8_lossy(text));
    debug_assert!(written.is_ok(), "writing to memory does not fail");
}

/// The widest column but the last of a table. Longer texts are cut there on a terminal.
const COLUMN_WIDTH_MAX: usize = 40;

/// Writes columns for people. The widths are those of the rows that come first.
#[derive(Debug)]
pub(super) struct TableText {
    names: Vec<String>,
    /// How many columns the terminal has.
    room: Option<usize>,
    /// Whether all cells of a column are numbers, which stand to the right.
    are_numbers: Vec<bool>,
    widths: Vec<usize>,
}

impl TableText {
    /// Creates a table of which these are the first rows, or all of them.
    pub(super) fn new(names: &[String], room: Option<usize>, rows: &[Vec<String>]) -> TableText {
        let width = |nth: usize| {
            let cells = rows.iter().map(|row| fit::columns(&row[nth]));
            let widest = cells.chain([fit::columns(&names[nth])]).max().unwrap_or(0);
            match room {
                Some(_) if nth + 1 < names.len() => widest.min(COLUMN_WIDTH_MAX),
                _ => widest,
            }
        };
        let is_number = |nth: usize| {
            rows.iter().all(|row| {
                let cell = row[nth].trim_end_matches('%');
                cell == "-" || cell.parse::<f64>().is_ok()
            })
        };
        TableText {
            widths: (0..names.len()).map(width).collect(),
            are_numbers: (0..names.len()).map(is_number).collect(),
            names: names.to_vec(),
            room,
        }
    }

    /// Writes the line with the names.
    pub(super) fn head(&self, out: &mut dyn io::Write) -> io::Result<()> {
        self.row(&self.names, out)
    }

    /// Writes a row. On a terminal it takes one line.
    pub(super) fn row(&self, cells: &[String], out: &mut dyn io::Write) -> io::Result<()> {
        let mut line = String::new();
        for (nth, cell) in cells.iter().enumerate() {
            let width = self.widths[nth];
            let cell = match self.room {
                Some(_) if nth + 1 < cells.len() => Cow::Owned(cut(cell, width)),
                _ => Cow::Borrowed(cell.as_str()),
            };
            let padding = width.saturating_sub(fit::columns(&cell));
            let is_last = nth + 1 == cells.len();
            match self.are_numbers[nth] {
                true => {
                    line.extend(std::iter::repeat_n(' ', padding));
                    line.push_str(&cell);
                }
                false => {
                    line.push_str(&cell);
                    if !is_last {
                        line.extend(std::iter::repeat_n(' ', padding));
                    }
                }
            }
            if !is_last {
                line.push_str("  ");
            }
        }
        let line = match self.room {
            Some(room) => cut(&line, room),
            None => line,
        };
        out.write_all(line.trim_end().as_bytes())?;
        out.write_all(b"\n")
    }
}

/// Returns the text of a cell as it stands in a table.
pub(super) fn shown(cell: &RowCell<'_>) -> String {
    match cell {
        RowCell::Missing => "-".into(),
        cell => fit::in_line(&String::from_utf8_lossy(cell.text())),
    }
}

/// Cuts a text to so many columns.
fn cut(text: &str, room: usize) -> String {
    let mut pieces = vec![(text.to_owned(), ())];
    fit::cut(&mut pieces, room);
    pieces.swap_remove(0).0
}

/// How many characters a row within a budget may have. The middle of a longer one is left out.
const ROW_CHARS_MAX: usize = 400;

/// Returns as many rows as fit, below a line with the names, and a last line that says how many were
/// left out.
pub(super) fn within<'r>(
    names: &[String],
    rows: impl ExactSizeIterator<Item = Vec<RowCell<'r>>>,
    budget: Budget,
) -> String {
    if rows.len() == 0 {
        return String::new();
    }
    let mut purse = Purse::new(budget);
    let mut page = format!("{}\n", names.join(" | "));
    let _ = purse.pay(&page);
    let mut left = rows.len();
    for row in rows {
        let cells: Vec<String> = row.iter().map(shown).collect();
        let row = for_programs(&cells.join(" | "));
        let row = format!("{}\n", elided(&row, ROW_CHARS_MAX));
        if !purse.pay(&row) {
            break;
        }
        page.push_str(&row);
        left -= 1;
    }
    if left > 0 {
        let foot = format!("left out: {left} rows; without --budget all are printed\n");
        purse.finish(&mut page, &[foot]);
    }
    page
}

/// Returns a number as people write it: whole numbers without a point, others as short as they can
/// be told apart.
pub(super) fn real(number: f64) -> String {
    // `-0` is 0.
    let number = number + 0.0;
    match number.abs() {
        size if size != 0.0 && !(1e-7..1e17).contains(&size) => format!("{number:e}"),
        _ => format!("{number}"),
    }
}
