//! What pages are made of: one file each, that needs no network and no script.
//!
//! Charts are SVG without a view box: places along the width are per cent, heights are pixels. So
//! charts fit a phone, a screen and a sheet of paper, and text keeps its size. Colours follow the
//! reader's light or dark setting.

#[cfg(any(feature = "compare", feature = "histogram"))]
mod axis;

use std::fmt::{self, Write};

#[cfg(any(feature = "compare", feature = "histogram"))]
pub(crate) use self::axis::{Axis, number};
use crate::harmless::on_one_line;

/// The look of pages and pictures.
pub(crate) const STYLE: &str = include_str!("style.css");

/// Begins a page, up to its body.
pub(crate) fn head(title: &str, out: &mut String) -> fmt::Result {
    let title = escaped(title);
    write!(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{title}</title>\n<link rel=\"icon\" href=\"data:,\">\n<style>\n{STYLE}</style>\n</head>\n<body>\n"
    )
}

/// One picture: a title, a description in words, and a drawing.
#[cfg(any(feature = "compare", feature = "histogram"))]
pub(crate) struct Figure<'a> {
    pub(crate) title: &'a str,
    pub(crate) words: String,
    pub(crate) height_px: u32,
    pub(crate) drawing: String,
    /// The text below the picture. If it is empty, there is none.
    pub(crate) caption: String,
}

#[cfg(any(feature = "compare", feature = "histogram"))]
impl Figure<'_> {
    pub(crate) fn write(&self, out: &mut String) -> fmt::Result {
        let (title, words) = (escaped(self.title), escaped(&self.words));
        writeln!(
            out,
            "<figure>\n<h3>{title}</h3>\n<svg role=\"img\" height=\"{}\" aria-label=\"{title}. {words}\">\n{}</svg>",
            self.height_px, self.drawing
        )?;
        if !self.caption.is_empty() {
            writeln!(out, "<figcaption>{}</figcaption>", escaped(&self.caption))?;
        }
        writeln!(out, "</figure>")
    }
}

/// Writes what colours mean: classes of the style, and texts of ours.
#[cfg(feature = "compare")]
pub(crate) fn legend(out: &mut String, items: &[(&str, &str)]) -> fmt::Result {
    writeln!(out, "<ul class=\"legend\" aria-hidden=\"true\">")?;
    for (class, text) in items {
        writeln!(
            out,
            "<li><svg><rect class=\"{class}\" width=\"12\" height=\"12\" rx=\"2\"/></svg>{text}</li>"
        )?;
    }
    writeln!(out, "</ul>")
}

/// What the cells of the last column are.
#[cfg(any(feature = "compare", feature = "histogram"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LastColumn {
    /// Numbers, as in the columns before.
    Number,
    /// Text of a log, which takes several lines if it is long.
    Text,
}

/// Rows with one cell for each heading. The first cell is a name, the others are numbers, but for
/// the last column.
#[cfg(any(feature = "compare", feature = "histogram"))]
pub(crate) struct FigureTable {
    pub(crate) title: String,
    pub(crate) head: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
    pub(crate) last: LastColumn,
    /// What the reader needs to know about the table.
    pub(crate) caption: String,
}

/// Writes a table. Its headings are names of ours or escaped here, as its cells are.
#[cfg(any(feature = "compare", feature = "histogram"))]
pub(crate) fn table(table: &FigureTable, out: &mut String) -> fmt::Result {
    let title = escaped(&table.title);
    // A table that is wider than a phone scrolls by itself, also with the keyboard.
    write!(
        out,
        "<h3>{title}</h3>\n<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"{title}\">\n<table>\n<thead><tr>"
    )?;
    let is_text = |at: usize, columns: usize| table.last == LastColumn::Text && at + 1 == columns;
    for (at, name) in table.head.iter().enumerate() {
        let class = match at == 0 || is_text(at, table.head.len()) {
            true => " class=\"text\"",
            false => "",
        };
        match name.is_empty() {
            true => write!(out, "<td></td>")?,
            false => write!(out, "<th scope=\"col\"{class}>{}</th>", escaped(name))?,
        }
    }
    writeln!(out, "</tr></thead>\n<tbody>")?;
    for row in &table.rows {
        for (at, cell) in row.iter().enumerate() {
            let cell = escaped(cell);
            match at {
                0 => write!(out, "<tr><th scope=\"row\">{cell}</th>")?,
                _ if is_text(at, row.len()) => {
                    write!(out, "<td class=\"text\"><code>{cell}</code></td>")?;
                }
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
pub(crate) fn escaped(text: &str) -> String {
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
