//! Tables in Markdown, as GitHub shows them.

use super::{
    bars,
    page::{DigestPage, ListRow, PageList},
};
use crate::{
    harmless::{code, prose},
    histogram::report::BarCells,
};

pub(super) fn text(page: &DigestPage<'_>, cells: BarCells) -> String {
    let mut text = format!("### {}\n\n| | |\n| --- | --- |\n", prose(&page.title));
    for (name, value) in &page.facts {
        text += &format!("| {name} | {} |\n", prose(value));
    }
    let bars = bars::rows(page.histogram, bars::BARS_MAX, cells);
    if !bars.is_empty() {
        // Nothing in it is text of a log.
        text += &format!("\n```text\n{}\n```\n", bars.join("\n"));
    }
    for list in &page.lists {
        text += &table(list);
    }
    if !page.more.is_empty() {
        text += "\n#### More\n\n";
        for (command, what) in &page.more {
            text += &format!("- {}: {what}\n", code(command));
        }
    }
    text
}

fn table(list: &PageList) -> String {
    let mut head = list.head.to_vec();
    head.extend(Some(list.text).filter(|text| !text.is_empty()));
    let rules: Vec<&str> = (0..head.len())
        .map(|nth| match nth < list.head.len() {
            true => "---:",
            false => "---",
        })
        .collect();
    let mut text = format!(
        "\n#### {}\n\n| {} |\n| {} |\n",
        prose(&list.title),
        head.join(" | "),
        rules.join(" | ")
    );
    for row in &list.rows {
        text += &format!("| {} |\n", cells(row, head.len()).join(" | "));
    }
    text
}

/// The cells of a row, as many as the table has columns.
fn cells(row: &ListRow, columns: usize) -> Vec<String> {
    let mut cells: Vec<String> = row.cells.iter().map(|cell| prose(cell)).collect();
    if !row.text.is_empty() {
        cells.push(code(&row.text));
    }
    cells.resize(columns, String::new());
    cells
}
