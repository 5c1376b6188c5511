//! Draws throughput as bars, each path's bar in the frame of its limit.

use std::fmt::{self, Write};

use super::{AXIS_PX, ROW_PX, count, grid, label, subjects};
use crate::{
    compare::{
        record::{Cell, Report, Trial},
        report::figures::Units,
        stats::Spread,
    },
    page::{Axis, Figure},
};

pub(super) fn throughput(report: &Report, cell: &Cell, out: &mut String) -> fmt::Result {
    let units = Units::of(report);
    let unit = units.speed;
    let speed = |trials: &[Trial], wall_s: &Spread| {
        units.speed_of(trials.first().map_or(0, |trial| trial.bytes), wall_s.median)
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
            value: speed(row.trials, &row.wall_s),
            limit: limit.map(|limit| speed(&limit.trials, &limit.wall_s)),
        });
    }
    let most = bars
        .iter()
        .map(|bar| bar.value.max(bar.limit.unwrap_or(0.0)))
        .fold(0.0, f64::max);
    let axis = Axis::to(most);
    let rows = count(bars.len());
    let rows_px = ROW_PX * rows;
    let mut drawing = String::new();
    grid(&axis, rows, &format!(" {unit}"), &mut drawing)?;
    let mut words = Vec::new();
    for (nth, bar) in bars.iter().enumerate() {
        let top = ROW_PX * count(nth);
        let value = match bar.limit {
            Some(limit) if limit > 0.0 => format!(
                "{:.1} {unit}, {:.0} % of {limit:.1}",
                bar.value,
                bar.value / limit * 100.0
            ),
            _ => format!("{:.1} {unit}", bar.value),
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
        caption: String::new(),
    };
    figure.write(out)
}
