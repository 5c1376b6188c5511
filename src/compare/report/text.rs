//! The report for a terminal: the sentence, bars, and a small table for each cell, 80 columns wide.

use std::io::{self, Write};

use super::figures::{
    Table, against_baseline, commands_of, digits, mebibytes, outlier_count, speed, surroundings,
};
use crate::compare::record::{Cell, Report, Trial};
use crate::compare::stats::{Spread, median};

/// How wide a name may be.
const NAME_COLUMNS: usize = 26;

/// How wide a bar may be.
const BAR_COLUMNS: usize = 24;

/// Bars grow by eighths of a column.
const EIGHTHS: [char; 7] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉'];

const LEGEND: &str =
    "Seconds; user, sys and faults (page faults) are medians; MiB and private are the peaks of
resident memory, mapped pages included, and of memory of its own; odd: outliers.";

/// How the text looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Nothing but text.
    Plain,
    /// With the colours of a terminal.
    Colored,
}

/// Writes `report`.
///
/// # Errors
/// What `out` says.
pub fn render(report: &Report, style: Style, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", style.strong(&report.verdict))?;
    for cell in &report.cells {
        let sentence = &cell.comparison.sentence;
        if *sentence != report.verdict {
            writeln!(out, "{sentence}")?;
        }
    }
    for cell in &report.cells {
        self::cell(report, cell, style, out)?;
    }
    if let Some(verdicts) = &report.baseline {
        let against = against_baseline(verdicts);
        writeln!(out, "\n{}", style.strong(&against.title))?;
        table(&against, out)?;
        writeln!(out, "  {}", against.caption)?;
        for difference in &verdicts.differences {
            writeln!(out, "  compared although there is {difference}")?;
        }
    }
    writeln!(out, "\n{LEGEND}\n")?;
    for note in &report.notes {
        writeln!(out, "note: {note}")?;
    }
    for (name, value) in surroundings(report) {
        writeln!(out, "{name:<10} {value}")?;
    }
    Ok(())
}

/// What was measured of one subject.
struct Line<'r> {
    name: String,
    trials: &'r [Trial],
    wall_s: Spread,
    is_path: bool,
}

fn cell(report: &Report, cell: &Cell, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let lines: Vec<Line<'_>> = cell
        .columns
        .iter()
        .map(|column| Line {
            name: column.subject.name().into(),
            trials: &column.trials,
            wall_s: column.wall_s,
            is_path: column.subject.is_path(),
        })
        .chain(commands_of(report, cell).into_iter().map(|command| Line {
            name: command.command.clone(),
            trials: &command.trials,
            wall_s: command.wall_s,
            is_path: false,
        }))
        .collect();
    let longest = lines
        .iter()
        .map(|line| line.wall_s.median)
        .fold(0.0, f64::max);
    let runs = lines.first().map_or(0, |line| line.trials.len());
    let title = match runs {
        1 => format!("{}: 1 run", cell.title()),
        _ => format!("{}: median of {runs} runs", cell.title()),
    };
    writeln!(out, "\n{}", style.strong(&title))?;
    for line in &lines {
        let bar = bar(line.wall_s.median, longest);
        let painted = style.painted(&bar, line.is_path);
        let blanks = " ".repeat(BAR_COLUMNS - bar.chars().count());
        let bytes = line.trials.first().map_or(0, |trial| trial.bytes);
        writeln!(
            out,
            "  {:<NAME_COLUMNS$} {painted}{blanks} {:>7} s {:>5.1} GB/s",
            cut(&line.name),
            digits(line.wall_s.median),
            speed(bytes, line.wall_s.median)
        )?;
    }
    let head = [
        "min", "mean", "dev", "user", "sys", "faults", "MiB", "private", "odd",
    ];
    write!(out, "  {:<15}", "")?;
    for name in head {
        write!(out, " {name:>6}")?;
    }
    writeln!(out)?;
    for line in &lines {
        let middle =
            |field: fn(&Trial) -> f64| median(&line.trials.iter().map(field).collect::<Vec<_>>());
        let peak = |field: fn(&Trial) -> Option<u64>| {
            let peak = line.trials.iter().filter_map(field).max();
            peak.map_or("–".into(), mebibytes)
        };
        let values = [
            digits(line.wall_s.min),
            digits(line.wall_s.mean),
            digits(line.wall_s.deviation),
            digits(middle(|trial| trial.user_s)),
            digits(middle(|trial| trial.system_s)),
            format!(
                "{:.0}",
                middle(|trial| (trial.minor_faults + trial.major_faults) as f64)
            ),
            peak(|trial| trial.peak_resident_bytes),
            peak(|trial| trial.peak_private_bytes),
            outlier_count(line.trials).to_string(),
        ];
        write!(out, "  {:<15}", short(&line.name))?;
        for value in values {
            write!(out, " {value:>6}")?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// A table whose columns are as wide as what is in them.
fn table(table: &Table, out: &mut dyn Write) -> io::Result<()> {
    let widths: Vec<usize> = (0..table.head.len())
        .map(|at| {
            let cells = table.rows.iter().map(|row| row[at].chars().count());
            cells
                .chain([table.head[at].chars().count()])
                .max()
                .unwrap_or(0)
        })
        .collect();
    let head: Vec<String> = table.head.iter().map(ToString::to_string).collect();
    for row in std::iter::once(&head).chain(&table.rows) {
        let mut line = String::from("  ");
        for (at, (cell, &width)) in row.iter().zip(&widths).enumerate() {
            let text = match at {
                0 => format!("{cell:<width$}"),
                _ => format!("  {cell:>width$}"),
            };
            line.push_str(&text);
        }
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

fn bar(value: f64, longest: f64) -> String {
    if !(value > 0.0 && longest > 0.0) {
        return String::new();
    }
    let columns = (value / longest).min(1.0) * BAR_COLUMNS as f64;
    let whole = columns.floor();
    let mut bar: String = std::iter::repeat_n('█', BAR_COLUMNS)
        .take(whole_number(whole))
        .collect();
    let eighth = whole_number(((columns - whole) * 8.0).floor());
    if let Some(part) = eighth.checked_sub(1) {
        bar.push(EIGHTHS[part.min(6)]);
    }
    bar
}

/// A small number without its fraction.
fn whole_number(value: f64) -> usize {
    (0..=BAR_COLUMNS)
        .take_while(|&n| n as f64 <= value)
        .last()
        .unwrap_or(0)
}

/// A name that fits its column.
fn cut(name: &str) -> String {
    match name.chars().count() > NAME_COLUMNS {
        true => name.chars().take(NAME_COLUMNS - 1).chain(['…']).collect(),
        false => name.into(),
    }
}

fn short(name: &str) -> String {
    let name = name.strip_prefix("limit: ").unwrap_or(name);
    let columns = 15;
    match name.chars().count() > columns {
        true => name.chars().take(columns - 1).chain(['…']).collect(),
        false => name.into(),
    }
}

impl Style {
    fn strong(self, text: &str) -> String {
        match self {
            Style::Plain => text.into(),
            Style::Colored => format!("\x1b[1m{text}\x1b[m"),
        }
    }

    /// Bars of paths stand out.
    fn painted(self, text: &str, is_path: bool) -> String {
        match (self, is_path) {
            (Style::Plain, _) => text.into(),
            (Style::Colored, true) => format!("\x1b[36m{text}\x1b[m"),
            (Style::Colored, false) => format!("\x1b[90m{text}\x1b[m"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_long_as_its_value() {
        assert_eq!(bar(1.0, 1.0), "█".repeat(24));
        assert_eq!(bar(0.5, 1.0), "█".repeat(12));
        assert_eq!(bar(0.0, 1.0), "");
        assert_eq!(bar(1.0 / 24.0 / 2.0, 1.0), "▌");
        assert_eq!(bar(f64::NAN, 1.0), "");
        for step in 0..=1000 {
            let bar = bar(f64::from(step) / 1000.0, 1.0);
            assert!(bar.chars().count() <= BAR_COLUMNS, "{step}: {bar}");
        }
    }

    #[test]
    fn a_long_name_is_cut_to_its_column() {
        assert_eq!(cut("rg"), "rg");
        let long = cut("rg --no-config -c 'ERROR|WARN' huge.log");
        assert_eq!(long.chars().count(), NAME_COLUMNS);
        assert!(long.ends_with('…'));
    }
}
