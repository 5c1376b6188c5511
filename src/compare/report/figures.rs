//! Formats numbers as people read them, and makes the tables that the formats share.

use crate::{
    compare::{
        record::{
            Cache, Cell, Measure, OutsideCommand, Report, Row, Trial, Verdicts, thread_count,
        },
        stats::{Spread, median},
    },
    page::{FigureTable, LastColumn},
};

/// The caption of a cell's table, about times and what they cost.
const COSTS: &str = "the median of all runs, the fastest, the mean and the standard deviation; medians of the time in \
user mode and in the kernel, of all threads together. Page faults: medians, without and with I/O. Memory in MiB: the \
peaks of all runs; resident counts the pages of the mapped file that were in memory, private does not. An outlier is a \
run whose modified z-score is above 3.5; it counts like any other.";

/// The units of a report. The whole report uses one unit of each kind, so its figures can be
/// compared by eye.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Units {
    /// The unit of times: `s`, `ms` or `us`.
    pub(super) time: &'static str,
    /// The unit of times in words.
    time_words: &'static str,
    pub(super) times_per_second: f64,
    /// The unit of throughput: `GB/s` or `MB/s`.
    pub(super) speed: &'static str,
    pub(super) bytes_per_speed: f64,
}

impl Units {
    /// Returns the units in which the slowest path of `report` has digits that tell something.
    pub(super) fn of(report: &Report) -> Units {
        let columns = report.cells.iter().flat_map(|cell| &cell.columns);
        let paths = columns.filter(|column| column.subject.is_path());
        let longest_s = paths.map(|column| column.wall_s.median).fold(0.0, f64::max);
        let (time, time_words, times_per_second) = match longest_s {
            s if s >= 0.1 || s <= 0.0 => ("s", "seconds", 1.0),
            s if s >= 1e-4 => ("ms", "milliseconds", 1e3),
            _ => ("us", "microseconds", 1e6),
        };
        let (speed, bytes_per_speed) = match report.file.bytes as f64 / longest_s {
            slowest if slowest < 0.1e9 => ("MB/s", 1e6),
            _ => ("GB/s", 1e9),
        };
        Units {
            time,
            time_words,
            times_per_second,
            speed,
            bytes_per_speed,
        }
    }

    /// Returns a time as a number.
    pub(super) fn digits(&self, seconds: f64) -> String {
        digits(seconds * self.times_per_second)
    }

    /// Says in words what unit times have.
    pub(super) fn times_in(&self) -> String {
        format!("Times in {}", self.time_words)
    }

    /// Returns a throughput as a number.
    pub(super) fn speed_of(&self, bytes: u64, seconds: f64) -> f64 {
        match seconds > 0.0 {
            true => bytes as f64 / self.bytes_per_speed / seconds,
            false => 0.0,
        }
    }
}

/// Returns the table of one cell.
pub(super) fn costs(report: &Report, cell: &Cell) -> FigureTable {
    let units = Units::of(report);
    let row =
        |name: &str, trials: &[Trial], wall_s: &Spread| cost_row(&units, name, trials, wall_s);
    let mut rows: Vec<Vec<String>> = cell
        .columns
        .iter()
        .map(|column| row(column.subject.name(), &column.trials, &column.wall_s))
        .collect();
    for command in commands_of(report, cell) {
        rows.push(row(&command.command, &command.trials, &command.wall_s));
    }
    FigureTable {
        title: cell.title(),
        last: LastColumn::Number,
        head: headings(&[
            "",
            "median",
            "min",
            "mean",
            "dev",
            units.speed,
            "user",
            "system",
            "minor",
            "major",
            "resident",
            "private",
            "runs",
            "outliers",
        ]),
        rows,
        caption: format!("{}: {COSTS}", units.times_in()),
    }
}

/// Returns the other programs for a cell. They do not depend on the number of threads of logscan,
/// so they are shown with the largest one.
pub(super) fn commands_of<'r>(report: &'r Report, cell: &Cell) -> Vec<&'r OutsideCommand> {
    let most = report
        .cells
        .iter()
        .filter(|other| other.cache == cell.cache)
        .map(|other| other.threads)
        .max();
    let is_shown = most == Some(cell.threads);
    let of_cache = |command: &&OutsideCommand| is_shown && command.cache == cell.cache;
    report.commands.iter().filter(of_cache).collect()
}

fn cost_row(units: &Units, name: &str, trials: &[Trial], wall_s: &Spread) -> Vec<String> {
    let middle =
        |field: fn(&Trial) -> f64| -> f64 { median(&trials.iter().map(field).collect::<Vec<_>>()) };
    let peak = |field: fn(&Trial) -> Option<u64>| {
        let peak = trials.iter().filter_map(field).max();
        peak.map_or("–".into(), mebibytes)
    };
    let bytes = trials.first().map_or(0, |trial| trial.bytes);
    vec![
        name.into(),
        units.digits(wall_s.median),
        units.digits(wall_s.min),
        units.digits(wall_s.mean),
        units.digits(wall_s.deviation),
        format!("{:.1}", units.speed_of(bytes, wall_s.median)),
        units.digits(middle(|trial| trial.user_s)),
        units.digits(middle(|trial| trial.system_s)),
        format!("{:.0}", middle(|trial| trial.minor_faults as f64)),
        format!("{:.0}", middle(|trial| trial.major_faults as f64)),
        peak(|trial| trial.peak_resident_bytes),
        peak(|trial| trial.peak_private_bytes),
        trials.len().to_string(),
        outlier_count(trials).to_string(),
    ]
}

pub(super) fn outlier_count(trials: &[Trial]) -> usize {
    trials.iter().filter(|trial| trial.is_outlier).count()
}

/// Returns the table against a baseline.
pub(super) fn against_baseline(verdicts: &Verdicts) -> FigureTable {
    let row = |row: &Row| {
        vec![
            format!(
                "{}, {}, {}",
                row.subject.name(),
                thread_count(row.threads),
                row.cache.name()
            ),
            measure(verdicts.measure, row.old),
            measure(verdicts.measure, row.new),
            percent_change(row.change),
            row.interval.map_or("–".into(), |interval| {
                format!(
                    "{} to {}",
                    percent_change(interval.low),
                    percent_change(interval.high)
                )
            }),
            format!("{:+.0} %", verdicts.max_regression * 100.0),
            row.judgement.name().into(),
        ]
    };
    FigureTable {
        last: LastColumn::Number,
        title: match verdicts.measure {
            Measure::TimesTheLimit => "Against the baseline: time as a multiple of the limit's",
            Measure::Seconds => "Against the baseline: time in seconds",
        }
        .into(),
        head: headings(&[
            "",
            "baseline",
            "now",
            "time",
            "95 %",
            "allowed",
            "judgement",
        ]),
        rows: verdicts.rows.iter().map(row).collect(),
        caption: "A path is slower if all of the interval is beyond what is allowed.".into(),
    }
}

fn measure(measure: Measure, value: f64) -> String {
    match measure {
        Measure::TimesTheLimit => format!("{value:.2}x"),
        Measure::Seconds => format!("{} s", digits(value)),
    }
}

fn percent_change(quotient: f64) -> String {
    format!("{:+.1} %", (quotient - 1.0) * 100.0)
}

/// Returns what was measured on and with, as names and values.
pub(super) fn surroundings(report: &Report) -> Vec<(&'static str, String)> {
    let (machine, file, settings) = (&report.machine, &report.file, &report.settings);
    let mean = match file.lines {
        0 => 0.0,
        lines => file.bytes as f64 / lines as f64,
    };
    vec![
        ("command", report.command.clone()),
        (
            "logscan",
            format!(
                "{}, engine: {}, chunks: {}",
                report.logscan,
                report.search.engine,
                match settings.chunk_bytes {
                    Some(bytes) => format!("{bytes} bytes"),
                    None => "the default of each path".into(),
                }
            ),
        ),
        (
            "file",
            format!(
                "{}: {}{} on {}",
                file.name,
                counted(file.bytes, "byte"),
                about(file.bytes),
                file.file_system
            ),
        ),
        (
            "lines",
            format!(
                "{}, on average {mean:.0} bytes, the longest {}",
                grouped(file.lines),
                grouped(file.longest_line_bytes)
            ),
        ),
        (
            "hits",
            format!(
                "{}, in every run (hash of their places {})",
                counted(report.search.hits, "line"),
                report.search.hits_hash
            ),
        ),
        (
            "processor",
            format!("{}, {} cores", machine.cpu, machine.cores),
        ),
        ("memory", machine.memory.replace(" of memory", "")),
        ("kernel", machine.kernel.clone()),
        (
            "pages",
            format!(
                "{} bytes, huge pages: {}",
                machine.page_bytes, machine.huge_pages
            ),
        ),
        ("cache", cached_shares(report)),
        ("measured", utc(report.measured_unix_s)),
    ]
}

/// Says how much of the file was in the cache, in each state.
fn cached_shares(report: &Report) -> String {
    let mut parts: Vec<String> = Vec::new();
    for cache in [Cache::Warm, Cache::Cold] {
        let Some(cell) = report.cells.iter().find(|cell| cell.cache == cache) else {
            continue;
        };
        parts.push(match (cache, cell.cached_share) {
            (Cache::Warm, Some(share)) => format!("warm: {:.1} % of the file in it", share * 100.0),
            (Cache::Warm, None) => "warm: how much of the file is in it cannot be known".into(),
            (Cache::Cold, Some(share)) => format!(
                "cold: at most {:.1} % of the file left in it (asked with mincore before each run)",
                share * 100.0
            ),
            (Cache::Cold, None) => "cold: dropped, not verified".into(),
        });
    }
    parts.join("; ")
}

/// Returns a number with its noun: `1 line`, `1,234 lines`.
fn counted(number: u64, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {what}{plural}", grouped(number))
}

/// Returns a size in the unit that suits it, in brackets. Returns nothing for a size that is easily
/// read in bytes.
fn about(bytes: u64) -> String {
    match bytes {
        bytes if bytes >= 1 << 30 => format!(" ({:.2} GiB)", bytes as f64 / f64::from(1 << 30)),
        bytes if bytes >= 1 << 20 => format!(" ({:.1} MiB)", bytes as f64 / f64::from(1 << 20)),
        bytes if bytes >= 10_000 => format!(" ({:.0} KiB)", bytes as f64 / f64::from(1 << 10)),
        _ => String::new(),
    }
}

/// Formats seconds with about three significant digits.
///
/// ```
/// use logscan::compare::report::digits;
/// assert_eq!(digits(0.01234), "0.0123");
/// assert_eq!(digits(1.2345), "1.234");
/// assert_eq!(digits(12.345), "12.3");
/// ```
pub fn digits(seconds: f64) -> String {
    match seconds {
        s if s < 0.1 => format!("{s:.4}"),
        s if s < 10.0 => format!("{s:.3}"),
        s => format!("{s:.1}"),
    }
}

pub(super) fn mebibytes(bytes: u64) -> String {
    format!("{:.0}", bytes as f64 / f64::from(1 << 20))
}

/// Formats 1234567 as 1,234,567.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Formats a time since 1970 as `2026-11-21 12:00 UTC`.
///
/// The algorithm for the date is H. Hinnant's `civil_from_days`, chrono-Compatible Low-Level Date
/// Algorithms, 2013.
pub fn utc(unix_s: u64) -> String {
    let days = unix_s / 86_400 + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 {
        from_march + 3
    } else {
        from_march - 9
    };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    let minutes = unix_s % 86_400 / 60;
    format!(
        "{year}-{month:02}-{day:02} {:02}:{:02} UTC",
        minutes / 60,
        minutes % 60
    )
}

fn headings(names: &[&str]) -> Vec<String> {
    names.iter().map(ToString::to_string).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        assert_eq!(utc(0), "1970-01-01 00:00 UTC");
        assert_eq!(utc(951_782_399), "2000-02-28 23:59 UTC");
        assert_eq!(utc(951_782_400), "2000-02-29 00:00 UTC");
        assert_eq!(utc(1_795_262_640), "2026-11-21 12:04 UTC");
    }

    #[test]
    fn sizes_and_counts_are_in_words_that_fit_them() {
        let shown: Vec<String> = [19, 60_000, 60_000_000, 4_295_231_031].map(about).into();
        assert_eq!(shown, ["", " (59 KiB)", " (57.2 MiB)", " (4.00 GiB)"]);
        assert_eq!(counted(1, "line"), "1 line");
        assert_eq!(counted(1000, "line"), "1,000 lines");
    }

    #[test]
    fn numbers_are_grouped_by_three() {
        let shown: Vec<String> = [0, 999, 1000, 1_234_567].map(grouped).into();
        assert_eq!(shown, ["0", "999", "1,000", "1,234,567"]);
    }
}
