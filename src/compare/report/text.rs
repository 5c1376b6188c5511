//! Writes the report for a terminal: the sentence, bars, and a small table for each cell. The
//! report fits the terminal's width. In a file bars and tables take 80 columns, and each sentence
//! is one line, because other programs like that better.

use std::io::{self, Write};

use super::figures::{
    Units, against_baseline, commands_of, mebibytes, outlier_count, surroundings,
};
use crate::{
    compare::{
        record::{Cell, Report, Subject, Trial},
        stats::{Spread, median},
    },
    harmless::{ForRunners, on_one_line},
    page::FigureTable,
};

/// The width of bars and tables in a file, and their largest width on a terminal.
const COLUMNS_MAX: usize = 80;

/// On a terminal that is narrower than this, the terminal breaks the lines.
const COLUMNS_MIN: usize = 36;

/// Below this width there is no room for throughput beside the bars.
const SPEED_COLUMNS_MIN: usize = 60;

/// The width of a name. On a narrow terminal, and always in the table of costs, it is
/// `NAME_COLUMNS_NARROW`.
const NAME_COLUMNS: usize = 26;
const NAME_COLUMNS_NARROW: usize = 14;

/// The width of a number in the table of costs, with the blank before it.
const NUMBER_COLUMNS: usize = 7;

/// The largest width of a bar.
const BAR_COLUMNS: usize = 24;

/// The column at which the values begin that say what was measured on.
const VALUE_COLUMN: usize = 11;

/// The steps in which a bar grows: eighths of a column.
const EIGHTHS: [char; 7] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉'];

const LEGEND: &str = "user, sys and faults (page faults) are medians; MiB: the peak of resident memory, pages \
of the mapped file included; own: of memory that is no file's; odd: outliers.";

/// How the text looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Text without colours.
    Plain,
    /// Text with the colours of a terminal.
    Colored,
}

/// The look of the text: colours and width.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Whether the text has colours.
    pub style: Style,
    /// The width of the terminal. `None`: the text does not go to a terminal.
    pub columns: Option<usize>,
}

impl Look {
    /// The look of text for a file.
    pub const FILE: Look = Look {
        style: Style::Plain,
        columns: None,
    };

    /// Returns how wide bars and tables may be.
    fn columns(self) -> usize {
        self.columns
            .unwrap_or(COLUMNS_MAX)
            .clamp(COLUMNS_MIN, COLUMNS_MAX)
    }

    /// Returns `text` in lines that fit. The second and later lines begin with `indent` blanks.
    fn wrapped(self, text: &str, indent: usize) -> String {
        let text = on_one_line(text);
        match self.columns {
            None => text.into_owned(),
            Some(columns) => wrapped(&text, columns.max(COLUMNS_MIN), indent),
        }
    }
}

/// Writes `report`.
///
/// # Errors
/// The error that `out` returns.
pub fn render(report: &Report, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let out: &mut dyn Write = &mut ForRunners::text(out);
    let style = look.style;
    let verdict = look.wrapped(&report.verdict, 0);
    writeln!(out, "{}", style.strong(&verdict))?;
    for cell in &report.cells {
        let sentence = &cell.comparison.sentence;
        if *sentence != report.verdict {
            writeln!(out, "{}", look.wrapped(sentence, 0))?;
        }
    }
    for cell in &report.cells {
        self::cell(report, cell, look, out)?;
    }
    if let Some(verdicts) = &report.baseline {
        let against = against_baseline(verdicts);
        writeln!(out, "\n{}", style.strong(&look.wrapped(&against.title, 0)))?;
        table(&against, look.columns, out)?;
        let caption = format!("  {}", against.caption);
        writeln!(out, "{}", look.wrapped(&caption, 2))?;
        for difference in &verdicts.differences {
            let text = format!("  compared although there is {difference}");
            writeln!(out, "{}", look.wrapped(&text, 2))?;
        }
    }
    let legend = format!("{}; {LEGEND}", Units::of(report).times_in());
    writeln!(out, "\n{}\n", wrapped(&legend, look.columns(), 0))?;
    for note in &report.notes {
        writeln!(out, "{}", look.wrapped(&format!("note: {note}"), 2))?;
    }
    for (name, value) in surroundings(report) {
        let line = format!("{name:<10} {value}");
        writeln!(out, "{}", look.wrapped(&line, VALUE_COLUMN))?;
    }
    Ok(())
}

/// One line of the report: the measurements of one subject.
struct PaintedLine<'r> {
    name: String,
    short_name: &'r str,
    trials: &'r [Trial],
    wall_s: Spread,
    is_path: bool,
}

/// Returns a name for a narrow column.
fn short_name(subject: Subject) -> &'static str {
    match subject {
        Subject::Mapped => "mapped",
        Subject::Read => "read()",
        Subject::Touch => "limit: touch",
        Subject::Copy => "limit: read",
    }
}

fn cell(report: &Report, cell: &Cell, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let lines: Vec<PaintedLine<'_>> = cell
        .columns
        .iter()
        .map(|column| PaintedLine {
            name: column.subject.name().into(),
            short_name: short_name(column.subject),
            trials: &column.trials,
            wall_s: column.wall_s,
            is_path: column.subject.is_path(),
        })
        .chain(
            commands_of(report, cell)
                .into_iter()
                .map(|command| PaintedLine {
                    name: command.command.clone(),
                    short_name: &command.command,
                    trials: &command.trials,
                    wall_s: command.wall_s,
                    is_path: false,
                }),
        )
        .collect();
    let runs = lines.first().map_or(0, |line| line.trials.len());
    let title = match runs {
        1 => format!("{}: 1 run", cell.title()),
        _ => format!("{}: median of {runs} runs", cell.title()),
    };
    let title = look.wrapped(&title, 0);
    writeln!(out, "\n{}", look.style.strong(&title))?;
    let units = Units::of(report);
    bars(&lines, &units, look, out)?;
    cost_table(&lines, &units, look.columns(), out)
}

/// Writes the median of each line as a bar.
fn bars(
    lines: &[PaintedLine<'_>],
    units: &Units,
    look: Look,
    out: &mut dyn Write,
) -> io::Result<()> {
    let columns = look.columns();
    let has_speed = columns >= SPEED_COLUMNS_MIN;
    let name_columns = match has_speed {
        true => NAME_COLUMNS,
        false => NAME_COLUMNS_NARROW,
    };
    // A line has two blanks, the name, a blank, the bar, a blank, the time and its unit, and
    // perhaps the throughput.
    let beside = 2 + name_columns + 1 + 11 + if has_speed { 11 } else { 0 };
    let bar_columns = columns.saturating_sub(beside).clamp(4, BAR_COLUMNS);
    let longest = lines
        .iter()
        .map(|line| line.wall_s.median)
        .fold(0.0, f64::max);
    for line in lines {
        let bar = bar(line.wall_s.median, longest, bar_columns);
        let painted = look.style.painted(&bar, line.is_path);
        let blanks = " ".repeat(bar_columns - bar.chars().count());
        let name = match has_speed {
            true => &line.name,
            false => line.short_name,
        };
        write!(
            out,
            "  {:<name_columns$} {painted}{blanks} {:>7} {:<2}",
            cut(name, name_columns),
            units.digits(line.wall_s.median),
            units.time,
        )?;
        if has_speed {
            let bytes = line.trials.first().map_or(0, |trial| trial.bytes);
            let speed = units.speed_of(bytes, line.wall_s.median);
            write!(out, "{speed:>5.1} {}", units.speed)?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// Writes what each line cost: as many columns beside each other as fit, and the other columns
/// below.
fn cost_table(
    lines: &[PaintedLine<'_>],
    units: &Units,
    columns: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    let head = [
        "min", "mean", "dev", "user", "sys", "faults", "MiB", "own", "odd",
    ];
    let rows: Vec<[String; 9]> = lines.iter().map(|line| costs(line, units)).collect();
    let room = columns.saturating_sub(2 + NAME_COLUMNS_NARROW) / NUMBER_COLUMNS;
    let ats: Vec<usize> = (0..head.len()).collect();
    for part in ats.chunks(room.max(1)) {
        write!(out, "  {:<NAME_COLUMNS_NARROW$}", "")?;
        for &at in part {
            write!(out, " {:>6}", head[at])?;
        }
        writeln!(out)?;
        for (line, row) in lines.iter().zip(&rows) {
            let name = cut(line.short_name, NAME_COLUMNS_NARROW);
            write!(out, "  {name:<NAME_COLUMNS_NARROW$}")?;
            for &at in part {
                write!(out, " {:>6}", row[at])?;
            }
            writeln!(out)?;
        }
    }
    Ok(())
}

fn costs(line: &PaintedLine<'_>, units: &Units) -> [String; 9] {
    let middle =
        |field: fn(&Trial) -> f64| median(&line.trials.iter().map(field).collect::<Vec<_>>());
    let peak = |field: fn(&Trial) -> Option<u64>| {
        let peak = line.trials.iter().filter_map(field).max();
        peak.map_or("–".into(), mebibytes)
    };
    [
        units.digits(line.wall_s.min),
        units.digits(line.wall_s.mean),
        units.digits(line.wall_s.deviation),
        units.digits(middle(|trial| trial.user_s)),
        units.digits(middle(|trial| trial.system_s)),
        format!(
            "{:.0}",
            middle(|trial| (trial.minor_faults + trial.major_faults) as f64)
        ),
        peak(|trial| trial.peak_resident_bytes),
        peak(|trial| trial.peak_private_bytes),
        outlier_count(line.trials).to_string(),
    ]
}

/// Writes a table whose columns are as wide as their contents. If that is too wide, writes a list.
fn table(table: &FigureTable, columns: Option<usize>, out: &mut dyn Write) -> io::Result<()> {
    let widths: Vec<usize> = (0..table.head.len())
        .map(|at| {
            let cells = table.rows.iter().map(|row| row[at].chars().count());
            cells
                .chain([table.head[at].chars().count()])
                .max()
                .unwrap_or(0)
        })
        .collect();
    let wanted: usize = widths.iter().map(|width| width + 2).sum();
    if columns.is_some_and(|columns| wanted > columns) {
        for row in &table.rows {
            writeln!(out, "  {}", row[0])?;
            for (name, cell) in table.head.iter().zip(row).skip(1) {
                writeln!(out, "    {name:<10} {cell}")?;
            }
        }
        return Ok(());
    }
    let head = table.head.clone();
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

/// Breaks `text` at blanks so that no line is wider than `columns`, unless a single word is. The
/// second and later lines begin with `indent` blanks. Runs of blanks at which no line is broken
/// stay.
fn wrapped(text: &str, columns: usize, indent: usize) -> String {
    let mut lines = String::new();
    let mut width = 0;
    let mut has_word = false;
    for (nth, word) in text.split(' ').enumerate() {
        let length = word.chars().count();
        if has_word && width + 1 + length > columns {
            lines.push('\n');
            lines.push_str(&" ".repeat(indent));
            width = indent;
        } else if nth > 0 {
            lines.push(' ');
            width += 1;
        }
        has_word |= length > 0;
        lines.push_str(word);
        width += length;
    }
    lines
}

fn bar(value: f64, longest: f64, bar_columns: usize) -> String {
    if !(value > 0.0 && longest > 0.0) {
        return String::new();
    }
    let columns = (value / longest).min(1.0) * bar_columns as f64;
    let whole = columns.floor();
    let mut bar: String = std::iter::repeat_n('█', bar_columns)
        .take(whole_number(whole))
        .collect();
    let eighth = whole_number(((columns - whole) * 8.0).floor());
    if let Some(part) = eighth.checked_sub(1) {
        bar.push(EIGHTHS[part.min(6)]);
    }
    bar
}

/// Returns a small number without its fraction.
fn whole_number(value: f64) -> usize {
    (0..=BAR_COLUMNS)
        .take_while(|&n| n as f64 <= value)
        .last()
        .unwrap_or(0)
}

/// Cuts a name so that it fits its column.
fn cut(name: &str, columns: usize) -> String {
    let name = on_one_line(name);
    match name.chars().count() > columns {
        true => name.chars().take(columns - 1).chain(['…']).collect(),
        false => name.into_owned(),
    }
}

impl Style {
    fn strong(self, text: &str) -> String {
        match self {
            Style::Plain => text.into(),
            Style::Colored => format!("\x1b[1m{text}\x1b[m"),
        }
    }

    /// Paints the bar of a path, so that it stands out.
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
    use crate::compare::{
        baseline::{Rules, judge},
        record::Measure,
        samples,
    };

    #[test]
    fn a_bar_is_as_long_as_its_value() {
        assert_eq!(bar(1.0, 1.0, BAR_COLUMNS), "█".repeat(24));
        assert_eq!(bar(0.5, 1.0, BAR_COLUMNS), "█".repeat(12));
        assert_eq!(bar(0.0, 1.0, BAR_COLUMNS), "");
        assert_eq!(bar(1.0 / 24.0 / 2.0, 1.0, BAR_COLUMNS), "▌");
        assert_eq!(bar(f64::NAN, 1.0, BAR_COLUMNS), "");
        for step in 0..=1000 {
            let bar = bar(f64::from(step) / 1000.0, 1.0, BAR_COLUMNS);
            assert!(bar.chars().count() <= BAR_COLUMNS, "{step}: {bar}");
        }
    }

    #[test]
    fn a_long_name_is_cut_to_its_column() {
        assert_eq!(cut("rg", 26), "rg");
        let long = cut("rg --no-config -c 'ERROR|WARN' huge.log", 26);
        assert_eq!(long.chars().count(), 26);
        assert!(long.ends_with('…'));
    }

    #[test]
    fn lines_are_broken_at_blanks_and_nothing_is_lost() {
        assert_eq!(wrapped("one two three", 7, 2), "one two\n  three");
        assert_eq!(wrapped("one two", 3, 0), "one\ntwo");
        assert_eq!(
            wrapped("a-word-too-long for it", 6, 0),
            "a-word-too-long\nfor it"
        );
        assert_eq!(
            wrapped("name   value more", 12, 4),
            "name   value\n    more"
        );
        assert_eq!(wrapped("", 6, 0), "");
    }

    #[test]
    fn on_a_terminal_no_line_is_wider_than_it() {
        let report = against_itself();
        for columns in [40, 60, 79, 80, 200] {
            let look = Look {
                style: Style::Plain,
                columns: Some(columns),
            };
            let text = text(&report, look);
            for line in text.lines() {
                assert!(line.chars().count() <= columns, "{columns}: {line}");
            }
            let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(words(&text).contains(&words(&report.verdict)));
            assert!(text.contains("    own"), "no column is lost: {text}");
        }
    }

    #[test]
    fn in_a_file_a_sentence_is_a_line_and_bars_and_tables_take_80_columns() {
        let report = against_itself();
        let text = text(&report, Look::FILE);
        assert_eq!(text.lines().next(), Some(report.verdict.as_str()));
        for line in text.lines().filter(|line| line.starts_with("  ")) {
            assert!(line.chars().count() <= 90, "{line}");
        }
        assert!(!text.contains('\x1b'));
    }

    #[test]
    fn colours_change_nothing_but_the_colour() {
        let report = against_itself();
        let look = |style| Look {
            style,
            columns: Some(80),
        };
        let colored = text(&report, look(Style::Colored));
        let mut stripped = colored.clone();
        for code in ["\x1b[1m", "\x1b[36m", "\x1b[90m", "\x1b[m"] {
            assert!(stripped.contains(code), "{code:?}");
            stripped = stripped.replace(code, "");
        }
        assert_eq!(stripped, text(&report, look(Style::Plain)));
    }

    fn text(report: &Report, look: Look) -> String {
        let mut text = Vec::new();
        render(report, look, &mut text).unwrap();
        String::from_utf8(text).unwrap()
    }

    fn against_itself() -> Report {
        let mut report = samples::report(8, &samples::typical(0.25, 0.40));
        let rules = Rules {
            measure: Measure::TimesTheLimit,
            max_regression: 0.1,
            force: false,
        };
        report.baseline = Some(judge(&report, &report, &rules).unwrap());
        report
    }
}
