//! A page: one file that needs no network and no script.

use std::fmt::{self, Write as _};

use super::page::{DigestPage, PageList};
use crate::{
    histogram::report::by_level,
    page::{self, FigureTable, LastColumn, escaped},
};

pub(super) fn text(page: &DigestPage<'_>) -> String {
    let mut text = String::new();
    write_page(page, &mut text).expect("writing to a String does not fail");
    text
}

fn write_page(digest: &DigestPage<'_>, out: &mut String) -> fmt::Result {
    page::head(&digest.title, out)?;
    writeln!(
        out,
        "<header>\n<p class=\"kind\">logscan digest</p>\n<h1>{}</h1>\n</header>\n<main>\n<dl>",
        escaped(&digest.title)
    )?;
    for (name, value) in &digest.facts {
        writeln!(out, "<dt>{name}</dt><dd>{}</dd>", escaped(value))?;
    }
    writeln!(out, "</dl>")?;
    if !digest.histogram.buckets.is_empty() {
        by_level(digest.histogram)?.write(out)?;
    }
    for list in &digest.lists {
        page::table(&table(list), out)?;
    }
    if !digest.more.is_empty() {
        writeln!(out, "<section>\n<h3>More</h3>\n<dl>")?;
        for (command, what) in &digest.more {
            writeln!(
                out,
                "<dt>{what}</dt><dd><code>{}</code></dd>",
                escaped(command)
            )?;
        }
        writeln!(out, "</dl>\n</section>")?;
    }
    writeln!(out, "</main>\n</body>\n</html>")
}

fn table(list: &PageList) -> FigureTable {
    let mut head: Vec<String> = list.head.iter().map(ToString::to_string).collect();
    let has_text = !list.text.is_empty();
    if has_text {
        head.push(list.text.into());
    }
    let rows = list.rows.iter().map(|row| {
        let mut cells = row.cells.clone();
        if has_text {
            cells.resize(list.head.len(), String::new());
            cells.push(row.text.clone());
        }
        cells
    });
    FigureTable {
        title: list.title.clone(),
        rows: rows.collect(),
        head,
        last: match has_text {
            true => LastColumn::Text,
            false => LastColumn::Number,
        },
        caption: String::new(),
    }
}
