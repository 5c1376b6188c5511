//! Draws throughput by the number of threads, beside the throughput that there would be if each
//! thread were as fast as a single one.

use std::fmt::{self, Write};

use super::{AXIS_PX, class};
use crate::{
    compare::{
        record::{Cache, Cell, Report, Subject, thread_count},
        report::figures::Units,
    },
    page::{Axis, Figure, legend, number},
};

/// The height of the chart of curves.
const CURVES_PX: u32 = 220;

pub(super) fn cells_of(report: &Report, cache: Cache) -> Vec<&Cell> {
    report
        .cells
        .iter()
        .filter(|cell| cell.cache == cache)
        .collect()
}

pub(super) fn scaling(report: &Report, cache: Cache, out: &mut String) -> fmt::Result {
    let cells = cells_of(report, cache);
    let units = Units::of(report);
    let unit = units.speed;
    let most_threads = cells.iter().map(|cell| cell.threads).max().unwrap_or(1) as f64;
    let speeds = |subject: Subject| -> Vec<(f64, f64)> {
        cells
            .iter()
            .filter_map(|cell| {
                let column = cell.column(subject)?;
                Some((
                    cell.threads as f64,
                    units.speed_of(report.file.bytes, column.wall_s.median),
                ))
            })
            .collect()
    };
    let curves = [Subject::Mapped, Subject::Read].map(|subject| (subject, speeds(subject)));
    let points = curves.iter().flat_map(|(_, points)| points);
    let fastest = points.map(|(_, speed)| *speed).fold(0.0, f64::max);
    let axis = Axis::to(fastest);
    // 0 threads are at the left. A little room is left for the last label.
    let x = |threads: f64| 8.0 + threads / most_threads * 84.0;
    let y =
        |speed: f64| f64::from(CURVES_PX) - axis.percent(speed) / 100.0 * f64::from(CURVES_PX - 18);
    let mut drawing = String::new();
    for step in axis.steps() {
        let at = y(step);
        writeln!(
            drawing,
            "<line class=\"grid\" x1=\"0\" x2=\"100%\" y1=\"{at:.1}\" y2=\"{at:.1}\"/><text class=\"soft\" x=\"0\" y=\"{:.1}\">{}</text>",
            // The label stands on the line, not across it.
            at - 4.0,
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
            // The line goes up to where it leaves the chart.
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
                "<circle class=\"{class}\" cx=\"{left:.2}%\" cy=\"{top:.1}\" r=\"4.5\"><title>{}, {}: {speed:.1} {unit}</title></circle>",
                subject.name(),
                thread_count(cells[nth].threads)
            )?;
            words.push(format!(
                "{} with {}: {speed:.1} {unit}",
                subject.name(),
                thread_count(cells[nth].threads)
            ));
        }
    }
    legend(out, &[("mapped", "mapped"), ("read", "read()")])?;
    let state = cells
        .first()
        .map_or(String::new(), |cell| cell.cache_title());
    let title = format!("{unit} by threads, {state}");
    let figure = Figure {
        title: &title,
        words: words.join("; "),
        height_px: CURVES_PX + AXIS_PX,
        drawing,
        caption: String::new(),
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
