//! The charts: every trial as a dot, throughput against the limits, where the time goes, scaling by threads.

use std::fmt::{self, Write};

use super::escaped;
use crate::compare::{
    record::{Cache, Cell, Column, Report, Subject, Trial, Verdict, thread_count},
    report::figures::{commands_of, digits, speed},
    stats::Spread,
    verdict::{Parts, seconds},
};

/// How high a row with a label over it is.
const ROW_PX: u32 = 46;

/// How high the axis below the rows is.
const AXIS_PX: u32 = 26;

/// Dots of one row lie in so many lanes, so that equal times do not hide each other.
const LANES: u32 = 3;

/// How high the chart of curves is.
const CURVES_PX: u32 = 220;

/// Writes all charts for which there is something to show.
pub(super) fn write_all(report: &Report, out: &mut String) -> fmt::Result {
    section(
        out,
        "How sure is it?",
        "The time of read() by that of mapped, one dot for each pair of runs. The band is the 95 % interval of the median: if it \
         includes 1, no difference was found.",
    )?;
    ratios(report, out)?;
    section(
        out,
        "Time of every run",
        "Each dot is a run, the thick line is the median; shorter is better. Rings are outliers.",
    )?;
    for cell in &report.cells {
        times(report, cell, out)?;
    }
    section(
        out,
        "Throughput against the limits",
        "How much of the file is searched in a second. The dashed frame is the limit of the path, measured in the same \
         rounds: touching the mapping, or reading without searching.",
    )?;
    for cell in &report.cells {
        throughput(report, cell, out)?;
    }
    section(
        out,
        "Where the time goes",
        "Wall time times threads, by the medians. Page faults and copying are the part of the time in the kernel that the \
         limit of the same path needs for them.",
    )?;
    legend(
        out,
        &[
            ("user", "searching (user mode)"),
            ("access", "page faults, or copying"),
            ("system", "elsewhere in the kernel"),
            ("waiting", "waiting"),
        ],
    )?;
    for cell in &report.cells {
        parts(cell, out)?;
    }
    let caches = [Cache::Warm, Cache::Cold];
    let scales = |cache: &Cache| cells_of(report, *cache).len() > 1;
    if caches.iter().any(scales) {
        section(
            out,
            "Scaling by threads",
            "Throughput by the median. The thin dashed lines are what as many threads would do if each were as fast as one.",
        )?;
        for cache in caches.into_iter().filter(scales) {
            scaling(report, cache, out)?;
        }
    }
    writeln!(out, "</section>")
}

fn section(out: &mut String, title: &str, what: &str) -> fmt::Result {
    if out.contains("<section class=\"charts\">") {
        writeln!(out, "</section>")?;
    }
    writeln!(
        out,
        "<section class=\"charts\">\n<h2>{title}</h2>\n<p class=\"small\">{what}</p>"
    )
}

fn legend(out: &mut String, items: &[(&str, &str)]) -> fmt::Result {
    writeln!(out, "<ul class=\"legend\" aria-hidden=\"true\">")?;
    for (class, text) in items {
        writeln!(
            out,
            "<li><svg><rect class=\"{class}\" width=\"12\" height=\"12\" rx=\"2\"/></svg>{text}</li>"
        )?;
    }
    writeln!(out, "</ul>")
}

/// One picture: a title, what it shows in words, and its drawing.
struct Figure<'a> {
    title: &'a str,
    words: String,
    height_px: u32,
    drawing: String,
}

impl Figure<'_> {
    fn write(&self, out: &mut String) -> fmt::Result {
        let (title, words) = (escaped(self.title), escaped(&self.words));
        writeln!(
            out,
            "<figure>\n<h3>{title}</h3>\n<svg role=\"img\" height=\"{}\" aria-label=\"{title}. {words}\">\n{}</svg>\n</figure>",
            self.height_px, self.drawing
        )
    }
}

/// What a row is about.
struct Subjected<'r> {
    name: &'r str,
    class: &'static str,
    trials: &'r [Trial],
    wall_s: Spread,
}

fn subjects<'r>(report: &'r Report, cell: &'r Cell) -> Vec<Subjected<'r>> {
    let of_column = |column: &'r Column| Subjected {
        name: column.subject.name(),
        class: class(column.subject),
        trials: &column.trials,
        wall_s: column.wall_s,
    };
    let commands = commands_of(report, cell).into_iter();
    cell.columns
        .iter()
        .map(of_column)
        .chain(commands.map(|command| Subjected {
            name: &command.command,
            class: "other",
            trials: &command.trials,
            wall_s: command.wall_s,
        }))
        .collect()
}

fn class(subject: Subject) -> &'static str {
    match subject {
        Subject::Mapped => "mapped",
        Subject::Read => "read",
        Subject::Touch | Subject::Copy => "limit",
    }
}

/// Ratios for which an axis of ratios may have a mark.
const RATIO_MARKS: [f64; 15] = [
    0.01, 0.1, 0.2, 0.33, 0.5, 0.67, 0.8, 1.0, 1.25, 1.5, 2.0, 3.0, 5.0, 10.0, 100.0,
];

/// Two marks nearer to each other than this, in per cent of the width, would overlap on a phone.
const MARKS_APART: f64 = 9.0;

fn ratios(report: &Report, out: &mut String) -> fmt::Result {
    let pairs = |cell: &Cell| -> Vec<f64> {
        let times = |subject| {
            let column = cell.column(subject);
            column.map_or(Vec::new(), |column| column.values(|trial| trial.wall_s))
        };
        let (mapped, read) = (times(Subject::Mapped), times(Subject::Read));
        let ratio = |(mapped, read): (f64, f64)| read / mapped;
        let ratios = mapped.into_iter().zip(read).map(ratio);
        ratios
            .filter(|ratio| ratio.is_finite() && *ratio > 0.0)
            .collect()
    };
    let all: Vec<f64> = report.cells.iter().flat_map(pairs).collect();
    // As wide to either side of 1, so that the eye is not misled, and never narrower than a tenth.
    let far = all.iter().map(|ratio| ratio.ln().abs()).fold(0.1, f64::max) * 1.08;
    let x = |ratio: f64| ((ratio.ln() / far + 1.0) * 50.0).clamp(0.0, 100.0);
    let rows_px = ROW_PX * count(report.cells.len());
    let mut drawing = String::new();
    let mut last = f64::NEG_INFINITY;
    for mark in RATIO_MARKS.into_iter().filter(|mark| mark.ln().abs() < far) {
        let at = x(mark);
        let class = if mark == 1.0 { "one" } else { "grid" };
        writeln!(
            drawing,
            "<line class=\"{class}\" x1=\"{at:.2}%\" x2=\"{at:.2}%\" y1=\"0\" y2=\"{rows_px}\"/>"
        )?;
        if at - last >= MARKS_APART && (mark == 1.0 || (at - x(1.0)).abs() >= MARKS_APART) {
            writeln!(
                drawing,
                "<text class=\"soft\" x=\"{at:.2}%\" y=\"{}\" text-anchor=\"middle\">{}</text>",
                rows_px + 17,
                number(mark)
            )?;
            last = at;
        }
    }
    writeln!(
        drawing,
        "<text class=\"soft\" x=\"0\" y=\"{0}\">◀ read() is faster</text>\
         <text class=\"soft\" x=\"100%\" y=\"{0}\" text-anchor=\"end\">mapped is faster ▶</text>",
        rows_px + 36
    )?;
    let mut words = Vec::new();
    for (nth, cell) in report.cells.iter().enumerate() {
        let top = ROW_PX * count(nth);
        let middle = top + 31;
        let comparison = &cell.comparison;
        let class = match comparison.verdict {
            Verdict::Mapped => "mapped",
            Verdict::Read => "read",
            Verdict::NoDifference | Verdict::TooFewRuns => "limit",
        };
        let value = match comparison.interval {
            Some(interval) => format!(
                "{:.2} (95 % {:.2}–{:.2})",
                comparison.ratio, interval.low, interval.high
            ),
            None => format!("{:.2} (no interval)", comparison.ratio),
        };
        label(&mut drawing, top, &cell.title(), &value)?;
        if let Some(interval) = comparison.interval {
            let (from, to) = (x(interval.low), x(interval.high));
            writeln!(
                drawing,
                "<rect class=\"{class} band\" x=\"{from:.2}%\" y=\"{}\" width=\"{:.2}%\" height=\"18\" rx=\"2\"/>",
                middle - 9,
                to - from
            )?;
        }
        for (run, ratio) in pairs(cell).into_iter().enumerate() {
            let y = middle + 4 * (count(run) % LANES) - 4;
            writeln!(
                drawing,
                "<circle class=\"{class}\" cx=\"{:.2}%\" cy=\"{y}\" r=\"3.5\"><title>pair {}: {ratio:.2}</title></circle>",
                x(ratio),
                run + 1
            )?;
        }
        let at = x(comparison.ratio);
        writeln!(
            drawing,
            "<line class=\"{class} median\" x1=\"{at:.2}%\" x2=\"{at:.2}%\" y1=\"{}\" y2=\"{}\"/>",
            middle - 10,
            middle + 10
        )?;
        words.push(format!("{}: {value}", cell.title()));
    }
    let figure = Figure {
        title: "Time of read() / time of mapped",
        words: words.join("; "),
        height_px: rows_px + AXIS_PX + 16,
        drawing,
    };
    figure.write(out)
}

fn times(report: &Report, cell: &Cell, out: &mut String) -> fmt::Result {
    let subjects = subjects(report, cell);
    let longest = subjects
        .iter()
        .map(|row| row.wall_s.max)
        .fold(0.0, f64::max);
    let axis = Axis::to(longest);
    let mut drawing = String::new();
    let rows_px = ROW_PX * count(subjects.len());
    axis.grid(rows_px, " s", &mut drawing)?;
    let mut words = Vec::new();
    for (nth, row) in subjects.iter().enumerate() {
        let top = ROW_PX * count(nth);
        let middle = top + 31;
        let value = format!("{} s", digits(row.wall_s.median));
        label(&mut drawing, top, row.name, &value)?;
        writeln!(
            drawing,
            "<line class=\"track\" x1=\"0\" x2=\"100%\" y1=\"{middle}\" y2=\"{middle}\"/>"
        )?;
        for (run, trial) in row.trials.iter().enumerate() {
            let y = middle + 4 * (count(run) % LANES) - 4;
            dot(
                &mut drawing,
                row.class,
                axis.percent(trial.wall_s),
                y,
                run,
                trial,
            )?;
        }
        let x = axis.percent(row.wall_s.median);
        writeln!(
            drawing,
            "<line class=\"{} median\" x1=\"{x:.2}%\" x2=\"{x:.2}%\" y1=\"{}\" y2=\"{}\"/>",
            row.class,
            middle - 10,
            middle + 10
        )?;
        words.push(format!(
            "{}: median {value}, from {} to {} s in {} runs",
            row.name,
            digits(row.wall_s.min),
            digits(row.wall_s.max),
            row.trials.len()
        ));
    }
    let figure = Figure {
        title: &cell.title(),
        words: words.join("; "),
        height_px: rows_px + AXIS_PX,
        drawing,
    };
    figure.write(out)
}

/// read() has squares, all else circles: colours are not all that tells them apart.
fn dot(
    drawing: &mut String,
    class: &str,
    x: f64,
    y: u32,
    run: usize,
    trial: &Trial,
) -> fmt::Result {
    let odd = if trial.is_outlier { " odd" } else { "" };
    let title = format!(
        "<title>run {}: {} s{}</title>",
        run + 1,
        digits(trial.wall_s),
        if trial.is_outlier { ", an outlier" } else { "" }
    );
    match class {
        "read" => writeln!(
            drawing,
            "<svg x=\"{x:.2}%\" y=\"{y}\" width=\"1\" height=\"1\"><rect class=\"dot{odd}\" x=\"-4\" y=\"-4\" width=\"8\" \
             height=\"8\" fill=\"var(--read)\" stroke=\"var(--read)\">{title}</rect></svg>"
        ),
        _ => writeln!(
            drawing,
            "<circle class=\"{class}{odd}\" cx=\"{x:.2}%\" cy=\"{y}\" r=\"4.5\">{title}</circle>"
        ),
    }
}

fn throughput(report: &Report, cell: &Cell, out: &mut String) -> fmt::Result {
    let gbs = |trials: &[Trial], wall_s: &Spread| {
        speed(trials.first().map_or(0, |trial| trial.bytes), wall_s.median)
    };
    struct Bar<'r> {
        name: &'r str,
        class: &'static str,
        value: f64,
        limit: Option<f64>,
    }
    let mut bars = Vec::new();
    for row in subjects(report, cell) {
        if row.class == "limit" {
            continue;
        }
        let path = cell
            .columns
            .iter()
            .find(|column| column.subject.name() == row.name);
        let limit = path.and_then(|path| cell.column(path.subject.limit()));
        bars.push(Bar {
            name: row.name,
            class: row.class,
            value: gbs(row.trials, &row.wall_s),
            limit: limit.map(|limit| gbs(&limit.trials, &limit.wall_s)),
        });
    }
    let most = bars
        .iter()
        .map(|bar| bar.value.max(bar.limit.unwrap_or(0.0)))
        .fold(0.0, f64::max);
    let axis = Axis::to(most);
    let rows_px = ROW_PX * count(bars.len());
    let mut drawing = String::new();
    axis.grid(rows_px, " GB/s", &mut drawing)?;
    let mut words = Vec::new();
    for (nth, bar) in bars.iter().enumerate() {
        let top = ROW_PX * count(nth);
        let value = match bar.limit {
            Some(limit) if limit > 0.0 => format!(
                "{:.1} GB/s, {:.0} % of {limit:.1}",
                bar.value,
                bar.value / limit * 100.0
            ),
            _ => format!("{:.1} GB/s", bar.value),
        };
        label(&mut drawing, top, bar.name, &value)?;
        writeln!(
            drawing,
            "<rect class=\"{}\" x=\"0\" y=\"{}\" width=\"{:.2}%\" height=\"16\" rx=\"2\"/>",
            bar.class,
            top + 23,
            axis.percent(bar.value)
        )?;
        if let Some(limit) = bar.limit {
            writeln!(
                drawing,
                "<rect class=\"possible\" x=\"0\" y=\"{}\" width=\"{:.2}%\" height=\"20\" rx=\"3\"/>",
                top + 21,
                axis.percent(limit)
            )?;
        }
        words.push(format!("{}: {value}", bar.name));
    }
    let figure = Figure {
        title: &cell.title(),
        words: words.join("; "),
        height_px: rows_px + AXIS_PX,
        drawing,
    };
    figure.write(out)
}

fn parts(cell: &Cell, out: &mut String) -> fmt::Result {
    let paths = [Subject::Mapped, Subject::Read].map(|path| (path, Parts::of(cell, path)));
    let longest = paths
        .iter()
        .map(|(_, parts)| parts.sum_s())
        .fold(0.0, f64::max);
    let axis = Axis::to(longest);
    let rows_px = ROW_PX * 2;
    let mut drawing = String::new();
    axis.grid(rows_px, " s", &mut drawing)?;
    let mut words = Vec::new();
    for (nth, (path, parts)) in paths.iter().enumerate() {
        let top = ROW_PX * count(nth);
        label(&mut drawing, top, path.name(), &seconds(parts.sum_s()))?;
        let access = match path {
            Subject::Mapped => "page faults",
            _ => "copying",
        };
        let pieces = [
            ("user", "searching", parts.user_s),
            ("access", access, parts.access_s),
            ("system", "elsewhere in the kernel", parts.other_s),
            ("waiting", "waiting", parts.waiting_s),
        ];
        let mut from = 0.0;
        let mut said = Vec::new();
        for (class, name, length) in pieces {
            let (x, width) = (axis.percent(from), axis.percent(length));
            let told = format!("{name} {}", seconds(length));
            writeln!(
                drawing,
                "<rect class=\"{class}\" x=\"{x:.2}%\" y=\"{}\" width=\"{width:.2}%\" height=\"18\"><title>{told}</title></rect>",
                top + 22
            )?;
            from += length;
            said.push(told);
        }
        words.push(format!("{}: {}", path.name(), said.join(", ")));
    }
    let title = cell.title();
    let figure = Figure {
        title: &title,
        words: words.join("; "),
        height_px: rows_px + AXIS_PX,
        drawing,
    };
    let mut text = String::new();
    figure.write(&mut text)?;
    let caption = format!(
        "<figcaption>{}.</figcaption>\n</figure>",
        escaped(&words.join(". "))
    );
    out.push_str(&text.replace("</figure>", &caption));
    Ok(())
}

fn cells_of(report: &Report, cache: Cache) -> Vec<&Cell> {
    report
        .cells
        .iter()
        .filter(|cell| cell.cache == cache)
        .collect()
}

fn scaling(report: &Report, cache: Cache, out: &mut String) -> fmt::Result {
    let cells = cells_of(report, cache);
    let most_threads = cells.iter().map(|cell| cell.threads).max().unwrap_or(1) as f64;
    let speeds = |subject: Subject| -> Vec<(f64, f64)> {
        cells
            .iter()
            .filter_map(|cell| {
                let column = cell.column(subject)?;
                Some((cell.threads as f64, column.gigabytes_per_second()))
            })
            .collect()
    };
    let curves = [Subject::Mapped, Subject::Read].map(|subject| (subject, speeds(subject)));
    let points = curves.iter().flat_map(|(_, points)| points);
    let fastest = points.map(|(_, speed)| *speed).fold(0.0, f64::max);
    let axis = Axis::to(fastest);
    // From 0 threads at the left; a little room is left for the last label.
    let x = |threads: f64| 8.0 + threads / most_threads * 84.0;
    let y =
        |speed: f64| f64::from(CURVES_PX) - axis.percent(speed) / 100.0 * f64::from(CURVES_PX - 14);
    let mut drawing = String::new();
    for step in axis.steps() {
        let at = y(step);
        writeln!(
            drawing,
            "<line class=\"grid\" x1=\"8%\" x2=\"100%\" y1=\"{at:.1}\" y2=\"{at:.1}\"/><text class=\"soft\" x=\"0\" y=\"{:.1}\">{}</text>",
            at + 4.0,
            number(step)
        )?;
    }
    for cell in &cells {
        writeln!(
            drawing,
            "<text class=\"soft\" x=\"{:.2}%\" y=\"{}\" text-anchor=\"middle\">{}</text>",
            x(cell.threads as f64),
            CURVES_PX + 18,
            thread_count(cell.threads)
        )?;
    }
    let mut words = Vec::new();
    for (subject, points) in &curves {
        let class = class(*subject);
        if let Some((threads, speed)) = points.first() {
            let per_thread = speed / threads;
            // Up to where the line leaves the chart.
            let end = most_threads.min(axis.end / per_thread.max(1e-9));
            line(
                &mut drawing,
                "ideal",
                (x(0.0), y(0.0)),
                (x(end), y(per_thread * end)),
            )?;
        }
        for pair in points.windows(2) {
            let (from, to) = (pair[0], pair[1]);
            let class = format!("{class} curve");
            line(
                &mut drawing,
                &class,
                (x(from.0), y(from.1)),
                (x(to.0), y(to.1)),
            )?;
        }
        for (nth, (threads, speed)) in points.iter().enumerate() {
            let (left, top) = (x(*threads), y(*speed));
            writeln!(
                drawing,
                "<circle class=\"{class}\" cx=\"{left:.2}%\" cy=\"{top:.1}\" r=\"4.5\"><title>{}, {}: {speed:.1} GB/s</title></circle>",
                subject.name(),
                thread_count(cells[nth].threads)
            )?;
            words.push(format!(
                "{} with {}: {speed:.1} GB/s",
                subject.name(),
                thread_count(cells[nth].threads)
            ));
        }
    }
    legend(out, &[("mapped", "mapped"), ("read", "read()")])?;
    let title = match cache {
        Cache::Warm => "GB/s by threads, file in cache",
        Cache::Cold => "GB/s by threads, file not in cache",
    };
    let figure = Figure {
        title,
        words: words.join("; "),
        height_px: CURVES_PX + AXIS_PX,
        drawing,
    };
    figure.write(out)
}

fn line(drawing: &mut String, class: &str, from: (f64, f64), to: (f64, f64)) -> fmt::Result {
    writeln!(
        drawing,
        "<line class=\"{class}\" x1=\"{:.2}%\" y1=\"{:.1}\" x2=\"{:.2}%\" y2=\"{:.1}\"/>",
        from.0, from.1, to.0, to.1
    )
}

/// A name at the left and its value at the right, over a row.
fn label(drawing: &mut String, top: u32, name: &str, value: &str) -> fmt::Result {
    let y = top + 14;
    writeln!(
        drawing,
        "<text x=\"0\" y=\"{y}\">{}</text><text x=\"100%\" y=\"{y}\" text-anchor=\"end\">{value}</text>",
        escaped(&cut(name))
    )
}

/// As much of a name as fits a phone beside a value.
fn cut(name: &str) -> String {
    let most = 28;
    match name.chars().count() > most {
        true => name.chars().take(most - 1).chain(['…']).collect(),
        false => name.into(),
    }
}

/// A scale from 0 to a little more than the largest value, in round steps.
struct Axis {
    step: f64,
    end: f64,
}

impl Axis {
    fn to(largest: f64) -> Axis {
        if !(largest.is_finite() && largest > 0.0) {
            return Axis {
                step: 1.0,
                end: 1.0,
            };
        }
        let rough = largest / 4.0;
        let power = 10f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 2.5, 5.0, 10.0]
            .map(|factor| factor * power)
            .into_iter()
            .find(|step| *step >= rough)
            .unwrap_or(10.0 * power);
        Axis {
            step,
            end: largest * 1.02,
        }
    }

    fn percent(&self, value: f64) -> f64 {
        (value / self.end * 100.0).clamp(0.0, 100.0)
    }

    fn steps(&self) -> impl Iterator<Item = f64> {
        let (step, end) = (self.step, self.end);
        (0..=10u32)
            .map(move |nth| f64::from(nth) * step)
            .take_while(move |value| *value <= end)
    }

    fn grid(&self, rows_px: u32, unit: &str, drawing: &mut String) -> fmt::Result {
        for (nth, value) in self.steps().enumerate() {
            let x = self.percent(value);
            let anchor = match (nth, x > 92.0) {
                (0, _) => "start",
                (_, true) => "end",
                _ => "middle",
            };
            writeln!(
                drawing,
                "<line class=\"grid\" x1=\"{x:.2}%\" x2=\"{x:.2}%\" y1=\"0\" y2=\"{rows_px}\"/>\
                 <text class=\"soft\" x=\"{x:.2}%\" y=\"{}\" text-anchor=\"{anchor}\">{}{}</text>",
                rows_px + 17,
                number(value),
                if nth == 0 { "" } else { unit }
            )?;
        }
        Ok(())
    }
}

/// Without zeros at the end.
fn number(value: f64) -> String {
    let text = format!("{value:.6}");
    text.trim_end_matches('0').trim_end_matches('.').into()
}

fn count(number: usize) -> u32 {
    u32::try_from(number).expect("there are at most a thousand trials and a few rows")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_has_a_few_round_steps_and_reaches_the_largest_value() {
        for (largest, want) in [
            (0.31, vec![0.0, 0.1, 0.2, 0.3]),
            (17.0, vec![0.0, 5.0, 10.0, 15.0]),
            (0.0, vec![0.0, 1.0]),
        ] {
            let axis = Axis::to(largest);
            let steps: Vec<f64> = axis.steps().collect();
            assert_eq!(steps.len(), want.len(), "{steps:?}");
            for (step, want) in steps.iter().zip(want) {
                assert!((step - want).abs() < 1e-9, "{steps:?}");
            }
            assert!(axis.end >= largest);
        }
        assert_eq!(Axis::to(f64::NAN).end, 1.0);
    }

    #[test]
    fn numbers_of_an_axis_have_no_zeros_at_the_end() {
        let shown: Vec<String> = [0.0, 0.25, 10.0, 0.000_5].map(number).into();
        assert_eq!(shown, ["0", "0.25", "10", "0.0005"]);
    }
}
