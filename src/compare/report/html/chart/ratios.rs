//! Draws how sure the ratio of the paths is: every pair of runs as a dot, and the interval as a
//! band.

use std::fmt::{self, Write};

use super::{AXIS_PX, LANES, ROW_PX, count, grid_line, label};
use crate::{
    compare::record::{Cell, Report, Subject, Verdict},
    page::{Figure, number},
};

/// The ratios at which an axis may have a mark.
const RATIO_MARKS: [f64; 15] = [
    0.01, 0.1, 0.2, 0.33, 0.5, 0.67, 0.8, 1.0, 1.25, 1.5, 2.0, 3.0, 5.0, 10.0, 100.0,
];

/// Two marks that are nearer to each other than this would overlap on a phone, in per cent of the
/// width.
const MARKS_APART: f64 = 9.0;

pub(super) fn ratios(report: &Report, out: &mut String) -> fmt::Result {
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
    // The axis is as wide to either side of 1, so that the eye is not misled, and never narrower
    // than a tenth.
    let far = all.iter().map(|ratio| ratio.ln().abs()).fold(0.1, f64::max) * 1.08;
    let x = |ratio: f64| ((ratio.ln() / far + 1.0) * 50.0).clamp(0.0, 100.0);
    let rows = count(report.cells.len());
    let rows_px = ROW_PX * rows;
    let mut drawing = String::new();
    let mut last = f64::NEG_INFINITY;
    for mark in RATIO_MARKS.into_iter().filter(|mark| mark.ln().abs() < far) {
        let at = x(mark);
        let class = if mark == 1.0 { "one" } else { "grid" };
        grid_line(&mut drawing, class, at, rows)?;
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
        caption: String::new(),
    };
    figure.write(out)
}
