//! Draws the time of every run as a dot, with one row for each path, limit and other program.

use std::fmt::{self, Write};

use super::{AXIS_PX, LANES, ROW_PX, count, grid, label, subjects};
use crate::{
    compare::{
        record::{Cell, Report, Trial},
        report::figures::Units,
    },
    page::{Axis, Figure},
};

pub(super) fn times(report: &Report, cell: &Cell, out: &mut String) -> fmt::Result {
    let subjects = subjects(report, cell);
    let longest = subjects
        .iter()
        .map(|row| row.wall_s.max)
        .fold(0.0, f64::max);
    let units = Units::of(report);
    let axis = Axis::to(longest * units.times_per_second);
    let unit = format!(" {}", units.time);
    let mut drawing = String::new();
    let rows = count(subjects.len());
    let rows_px = ROW_PX * rows;
    grid(&axis, rows, &unit, &mut drawing)?;
    let mut words = Vec::new();
    for (nth, row) in subjects.iter().enumerate() {
        let top = ROW_PX * count(nth);
        let middle = top + 31;
        let value = format!("{}{unit}", units.digits(row.wall_s.median));
        label(&mut drawing, top, row.name, &value)?;
        writeln!(
            drawing,
            "<line class=\"track\" x1=\"0\" x2=\"100%\" y1=\"{middle}\" y2=\"{middle}\"/>"
        )?;
        for (run, trial) in row.trials.iter().enumerate() {
            let y = middle + 4 * (count(run) % LANES) - 4;
            let dot = Dot {
                class: row.class,
                x: axis.percent(trial.wall_s * units.times_per_second),
                y,
                run,
            };
            dot.draw(trial, &units, &mut drawing)?;
        }
        let x = axis.percent(row.wall_s.median * units.times_per_second);
        writeln!(
            drawing,
            "<line class=\"{} median\" x1=\"{x:.2}%\" x2=\"{x:.2}%\" y1=\"{}\" y2=\"{}\"/>",
            row.class,
            middle - 10,
            middle + 10
        )?;
        words.push(format!(
            "{}: median {value}, from {} to {}{unit} in {} runs",
            row.name,
            units.digits(row.wall_s.min),
            units.digits(row.wall_s.max),
            row.trials.len()
        ));
    }
    let figure = Figure {
        title: &cell.title(),
        words: words.join("; "),
        height_px: rows_px + AXIS_PX,
        drawing,
        caption: String::new(),
    };
    figure.write(out)
}

/// The place and the look of a run's dot.
struct Dot<'a> {
    class: &'a str,
    x: f64,
    y: u32,
    run: usize,
}

impl Dot<'_> {
    /// Draws a run. Runs of read() are squares, all others are circles, so that not only colours
    /// tell them apart.
    fn draw(&self, trial: &Trial, units: &Units, drawing: &mut String) -> fmt::Result {
        let Dot { class, x, y, run } = self;
        let odd = if trial.is_outlier { " odd" } else { "" };
        let title = format!(
            "<title>run {}: {} {}{}</title>",
            run + 1,
            units.digits(trial.wall_s),
            units.time,
            if trial.is_outlier { ", an outlier" } else { "" }
        );
        match *class {
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
}
