//! Tables of templates, and of what changed between two logs: plain data, and one file for each
//! format.

mod budget;
mod csv;
pub(crate) mod fit;
mod hits;
mod json;
mod markdown;
mod text;

use std::{borrow::Cow, io, path::Path};

pub use self::hits::hits_within;
use super::{Change, Place, Template, Templates};
use crate::{
    error::{Error, Name},
    harmless::{ForRunners, for_programs, on_one_line},
};

/// The version of the machine-readable formats. A field may be added without a new one.
pub const SCHEMA: u32 = 1;

/// How a table is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Columns for people.
    #[default]
    Text,
    /// One JSON object.
    Json,
    /// A JSON object for each template.
    Jsonl,
    /// Comma-separated values (RFC 4180, with LF).
    Csv,
    /// A table in Markdown.
    Markdown,
}

/// What a table looks like.
#[derive(Clone, Debug, Default)]
pub struct Layout {
    /// How it is written.
    pub format: Format,
    /// Whether there is a real line for each template.
    pub examples: bool,
    /// Whether text shows identifiers. The other formats always do.
    pub ids: bool,
    /// Whether text is coloured.
    pub color: bool,
    /// How many columns the terminal has that text is for. Columns of the table are left out and
    /// templates are cut until each row fits, and the end of the table says so. `None`: nothing is
    /// cut.
    pub columns: Option<usize>,
}

/// A line of a table.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// The template.
    pub template: &'a Template,
    /// How it changed, in a comparison.
    pub change: Option<Change>,
}

/// A table.
#[derive(Clone, Debug)]
pub struct Table<'a> {
    /// What the rows are of.
    pub templates: &'a Templates,
    /// The rows, in order.
    pub rows: Vec<Row<'a>>,
    /// What it looks like.
    pub layout: &'a Layout,
    /// How many rows [`Table::shorten`] has taken away.
    pub left_out: usize,
}

impl<'a> Table<'a> {
    /// The templates that the log has, the most frequent first.
    pub fn of_templates(templates: &'a Templates, layout: &'a Layout) -> Table<'a> {
        let rows = templates.list.iter().filter(|template| template.lines > 0);
        Table {
            templates,
            rows: rows
                .map(|template| Row {
                    template,
                    change: None,
                })
                .collect(),
            layout,
            left_out: 0,
        }
    }

    /// What changed against the other log.
    pub fn of_changes(templates: &'a Templates, layout: &'a Layout) -> Table<'a> {
        let changes = templates.changes().into_iter();
        Table {
            templates,
            rows: changes
                .map(|changed| Row {
                    template: changed.template,
                    change: Some(changed.change),
                })
                .collect(),
            layout,
            left_out: 0,
        }
    }

    /// Puts the rarest first.
    pub fn rarest_first(&mut self) {
        self.rows
            .sort_by_key(|row| (row.template.lines, row.template.first));
    }

    /// Leaves only the first `most` rows, and text for a terminal says how many more there were.
    pub fn shorten(&mut self, most: usize) {
        self.left_out += self.rows.len().saturating_sub(most);
        self.rows.truncate(most);
    }

    /// Writes it.
    ///
    /// # Errors
    /// [`Error::Write`].
    pub fn write(&self, writer: &mut dyn io::Write) -> Result<(), Error> {
        let mut buffered = io::BufWriter::with_capacity(BUFFER_BYTES, writer);
        let written = match self.layout.format {
            Format::Text => text::write(self, &mut ForRunners::text(&mut buffered)),
            Format::Json => json::write(self, &mut ForRunners::json(&mut buffered)),
            Format::Jsonl => json::write_lines(self, &mut ForRunners::json(&mut buffered)),
            Format::Csv => csv::write(self, &mut ForRunners::text(&mut buffered)),
            Format::Markdown => markdown::write(self, &mut ForRunners::text(&mut buffered)),
        };
        written
            .and_then(|()| io::Write::flush(&mut buffered))
            .map_err(|source| Error::Write { source })
    }

    fn compares(&self) -> bool {
        self.rows.iter().any(|row| row.change.is_some())
    }

    fn share(&self, row: &Row<'_>) -> f64 {
        self.templates.share(row.template)
    }

    fn other_share(&self, row: &Row<'_>) -> f64 {
        super::ratio(row.template.other_lines, self.templates.other_lines)
    }

    /// The name of the input that a place is in.
    fn input(&self, place: Place) -> String {
        let name = self.templates.inputs.get(place.input);
        name.map(|name| Name(name).to_string()).unwrap_or_default()
    }

    /// A place for people: the number of the line, and the input if there are several.
    fn place(&self, row: &Row<'_>, place: Place) -> String {
        match (row.template.lines, self.templates.inputs.count()) {
            (0, _) => "-".into(),
            (_, 0 | 1) => place.line.to_string(),
            _ => format!("{}:{}", on_one_line(&self.input(place)), place.line),
        }
    }
}

const BUFFER_BYTES: usize = 64 << 10;

/// The name of an input in text that programs read.
pub(crate) fn name(path: &Path) -> String {
    for_programs(&on_one_line(&Name(path).to_string()))
}

/// How many there are of something.
pub(crate) fn counted(count: u64, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    }
}

/// A real line, as text.
fn example(template: &Template) -> Cow<'_, str> {
    String::from_utf8_lossy(&template.example)
}

#[cfg(test)]
mod tests;
