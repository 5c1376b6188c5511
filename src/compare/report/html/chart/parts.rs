//! Draws where the time of each path goes, as a bar of four parts.

use std::fmt::{self, Write};

use super::{AXIS_PX, ROW_PX, count, grid, label};
use crate::{
    compare::{
        record::{Cell, Report, Subject},
        report::figures::Units,
        verdict::{Parts, seconds},
    },
    page::{Axis, Figure},
};

pub(super) fn parts(report: &Report, cell: &Cell, out: &mut String) -> fmt::Result {
    let paths = [Subject::Mapped, Subject::Read].map(|path| (path, Parts::of(cell, path)));
    let longest = paths
        .iter()
        .map(|(_, parts)| parts.sum_s())
        .fold(0.0, f64::max);
    let units = Units::of(report);
    let axis = Axis::to(longest * units.times_per_second);
    let rows = count(paths.len());
    let rows_px = ROW_PX * rows;
    let mut drawing = String::new();
    grid(&axis, rows, &format!(" {}", units.time), &mut drawing)?;
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
            let percent = |seconds: f64| axis.percent(seconds * units.times_per_second);
            let (x, width) = (percent(from), percent(length));
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
        caption: format!("{}.", words.join(". ")),
    };
    figure.write(out)
}
