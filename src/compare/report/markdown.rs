//! The report as Markdown, for a pull request or an issue.

use std::io::{self, Write};

use super::figures::{Table, against_baseline, costs, surroundings};
use crate::compare::record::Report;

/// Writes `report`.
///
/// # Errors
/// What `out` says.
pub fn render(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "## Mapped or read()?\n")?;
    writeln!(out, "**{}**\n", escaped(&report.verdict))?;
    for cell in &report.cells {
        let sentence = &cell.comparison.sentence;
        if *sentence != report.verdict {
            writeln!(out, "{}\n", escaped(sentence))?;
        }
    }
    if let Some(verdicts) = &report.baseline {
        table(&against_baseline(verdicts), out)?;
        for difference in &verdicts.differences {
            writeln!(out, "- compared although there is {}", escaped(difference))?;
        }
    }
    for note in &report.notes {
        writeln!(out, "> {}\n", escaped(note))?;
    }
    let mut caption = String::new();
    for cell in &report.cells {
        let costs = costs(report, cell);
        table(&costs, out)?;
        caption = costs.caption;
    }
    writeln!(out, "{caption}\n\n| measured on | |\n|---|---|")?;
    for (name, value) in surroundings(report) {
        writeln!(out, "| {name} | {} |", escaped(&value))?;
    }
    Ok(())
}

fn table(table: &Table, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "### {}\n", escaped(&table.title))?;
    writeln!(out, "| {} |", table.head.join(" | "))?;
    writeln!(out, "|---{}|", "|--:".repeat(table.head.len() - 1))?;
    for row in &table.rows {
        let cells: Vec<String> = row.iter().map(|cell| escaped(cell)).collect();
        writeln!(out, "| {} |", cells.join(" | "))?;
    }
    writeln!(out)
}

/// Text in which nothing is Markdown or HTML, on one line.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '&' => escaped.push_str("&amp;"),
            '\n' | '\r' => escaped.push(' '),
            '|' | '`' | '*' | '_' | '[' | ']' | '\\' | '#' | '~' => escaped.extend(['\\', c]),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_pattern_or_a_name_acts_on_the_page() {
        assert_eq!(
            escaped("a|b <script> *x* `y`\nz"),
            "a\\|b &lt;script> \\*x\\* \\`y\\` z"
        );
    }
}
