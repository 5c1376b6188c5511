//! Draws the charts: every trial as a dot, throughput against the limits, where the time goes,
//! scaling by threads.

mod parts;
mod ratios;
mod scaling;
mod throughput;
mod times;

use std::fmt::{self, Write};

use self::{
    parts::parts,
    ratios::ratios,
    scaling::{cells_of, scaling},
    throughput::throughput,
    times::times,
};
use crate::{
    compare::{
        record::{Cache, Cell, Column, Report, Subject, Trial},
        report::figures::commands_of,
        stats::Spread,
    },
    page::{Axis, escaped, legend, number},
};

/// The height of a row with a label over it.
const ROW_PX: u32 = 46;

/// The part of a row that its label takes. No line of a grid goes through it.
const LABEL_PX: u32 = 20;

/// The height of the axis below the rows.
const AXIS_PX: u32 = 26;

/// The dots of one row lie in this many lanes, so that equal times do not hide each other.
const LANES: u32 = 3;

/// Writes all charts that have something to show.
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
        "Each dot is a run, the thick line is the median; further left is better. Rings are outliers.",
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
        parts(report, cell, out)?;
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

/// Writes a name at the left and its value at the right, above a row.
fn label(drawing: &mut String, top: u32, name: &str, value: &str) -> fmt::Result {
    let y = top + 14;
    writeln!(
        drawing,
        "<text x=\"0\" y=\"{y}\">{}</text><text x=\"100%\" y=\"{y}\" text-anchor=\"end\">{value}</text>",
        escaped(&cut(name))
    )
}

/// Draws a line of the grid at `percent` of the width. In each of `rows` it has a piece, from below
/// the label down to the next row.
fn grid_line(drawing: &mut String, class: &str, percent: f64, rows: u32) -> fmt::Result {
    for nth in 0..rows {
        let (from, to) = (ROW_PX * nth + LABEL_PX, ROW_PX * (nth + 1));
        writeln!(
            drawing,
            "<line class=\"{class}\" x1=\"{percent:.2}%\" x2=\"{percent:.2}%\" y1=\"{from}\" y2=\"{to}\"/>"
        )?;
    }
    Ok(())
}

/// Draws the grid of an axis, with its numbers.
fn grid(axis: &Axis, rows: u32, unit: &str, drawing: &mut String) -> fmt::Result {
    let last = axis.steps().count() - 1;
    for (nth, value) in axis.steps().enumerate() {
        let x = axis.percent(value);
        let anchor = match (nth, x > 92.0) {
            (0, _) => "start",
            (_, true) => "end",
            _ => "middle",
        };
        grid_line(drawing, "grid", x, rows)?;
        writeln!(
            drawing,
            "<text class=\"soft\" x=\"{x:.2}%\" y=\"{}\" text-anchor=\"{anchor}\">{}{}</text>",
            ROW_PX * rows + 17,
            number(value),
            // One unit is enough, and more of them touch each other on a phone.
            if nth == last { unit } else { "" }
        )?;
    }
    Ok(())
}

/// Cuts a name so that it fits a phone beside a value.
fn cut(name: &str) -> String {
    let most = 28;
    match name.chars().count() > most {
        true => name.chars().take(most - 1).chain(['…']).collect(),
        false => name.into(),
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).expect("there are at most a thousand trials and a few rows")
}
