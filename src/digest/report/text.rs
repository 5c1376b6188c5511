//! Lines for people.
//!
//! ```text
//! app.log: 240 lines, 20374 bytes
//! format    plain text
//! ...
//!
//! most frequent kinds of lines: count, share, first line, id | kind
//!  79  32.9%  1  a1b2c3d4e5f6 | GET <path> <num> <time>
//! ```
//! In a narrow terminal some cells are left out, and lines are cut to its width.

use super::{
    TextLook, bars,
    page::{DigestPage, ListRow, PageList},
};
use crate::templates::report::fit;

/// With fewer columns there is no room for all cells.
const WIDE_COLUMNS: usize = 72;

/// The cells that are left out where there is little room.
const LEFT_OUT: [&str; 2] = ["share", "id"];

/// The columns of a row of bars before the bars.
const BEFORE_BARS: usize = 14;

/// The columns of the name of a fact.
const NAME_COLUMNS: usize = 10;

/// Which cells are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ListCells {
    All,
    Few,
}

pub(super) fn text(page: &DigestPage<'_>, look: &TextLook) -> String {
    let columns = look.columns.unwrap_or(usize::MAX);
    let cells = match columns < WIDE_COLUMNS {
        true => ListCells::Few,
        false => ListCells::All,
    };
    let mut lines = vec![cut(&page.title, columns)];
    for known in &page.facts {
        wrap(&fact(known), columns, &mut lines);
    }
    let bars_max = columns.saturating_sub(BEFORE_BARS);
    let bars = bars::rows(
        page.histogram,
        bars_max.clamp(1, bars::BARS_MAX),
        look.cells,
    );
    if !bars.is_empty() {
        lines.push(String::new());
        lines.extend(bars.iter().map(|row| cut(row, columns)));
    }
    for list in &page.lists {
        lines.push(String::new());
        lines.push(cut(&heading(list, cells), columns));
        lines.extend(rows(list, cells).iter().map(|row| cut(row, columns)));
    }
    if !page.more.is_empty() {
        lines.push(String::new());
    }
    for (command, what) in &page.more {
        let line = format!("{:<18} {command}", format!("{what}:"));
        // A command that is cut is of no use.
        match fit::columns(&line) > columns {
            true => lines.extend([format!("{what}:"), format!("  {command}")]),
            false => lines.push(line),
        }
    }
    let mut text = String::new();
    for line in lines {
        text += line.trim_end();
        text.push('\n');
    }
    text
}

fn cut(line: &str, columns: usize) -> String {
    if columns == usize::MAX {
        return line.into();
    }
    let mut pieces = vec![(fit::in_line(line), ())];
    fit::cut(&mut pieces, columns);
    pieces.into_iter().map(|(text, ())| text).collect()
}

/// Adds a fact, on several lines if it is long.
fn wrap(fact: &str, columns: usize, lines: &mut Vec<String>) {
    let mut line = String::new();
    for word in fact.split_inclusive(' ') {
        let taken = fit::columns(&line) + fit::columns(word.trim_end());
        if taken > columns && line.trim().contains(' ') {
            lines.push(cut(&line, columns));
            line = " ".repeat(NAME_COLUMNS);
        }
        line += word;
    }
    lines.push(cut(&line, columns));
}

/// A fact on a line of its own.
pub(super) fn fact((name, value): &(&'static str, String)) -> String {
    format!("{name:<width$}{value}", width = NAME_COLUMNS)
}

/// What a list has, and what stands in its rows.
pub(super) fn heading(list: &PageList, cells: ListCells) -> String {
    let head = list.head.iter().filter(|name| is_shown(name, cells));
    let head: Vec<&str> = head.copied().collect();
    let text = match list.text {
        "" => String::new(),
        text => format!(" | {text}"),
    };
    format!("{}; {}{text}", list.title, head.join(", "))
}

fn is_shown(name: &str, cells: ListCells) -> bool {
    cells == ListCells::All || !LEFT_OUT.contains(&name)
}

/// The rows of a list, with cells of equal width.
pub(super) fn rows(list: &PageList, cells: ListCells) -> Vec<String> {
    let of_row = |row: &ListRow| -> Vec<String> {
        let named = row.cells.iter().zip(list.head);
        let shown = named.filter(|(_, name)| is_shown(name, cells));
        shown.map(|(cell, _)| cell.clone()).collect()
    };
    // A mark says how many rows are not there, and has no text where the others have one.
    let is_mark = |row: &ListRow| row.text.is_empty() && !list.text.is_empty();
    let all: Vec<Vec<String>> = list.rows.iter().map(of_row).collect();
    let rows = || list.rows.iter().zip(&all);
    let width = |nth: usize| {
        let columns = rows().filter(|(row, _)| !is_mark(row));
        let columns = columns.filter_map(|(_, cells)| cells.get(nth));
        columns.map(|cell| fit::columns(cell)).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..list.head.len()).map(width).collect();
    rows()
        .map(|(row, cells)| {
            let mut line = String::new();
            for (cell, width) in cells.iter().zip(&widths) {
                let blanks = width.saturating_sub(fit::columns(cell)) + 2;
                line.extend(std::iter::repeat_n(' ', blanks));
                line += cell;
            }
            match row.text.is_empty() {
                true => line,
                false => format!("{line} | {}", row.text),
            }
        })
        .collect()
}
