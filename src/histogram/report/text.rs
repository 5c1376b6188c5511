//! Bars of text: a line for each bucket, side by side for several series.
//!
//! ```text
//! Europe/Berlin     ERROR             WARN
//! 2026-11-20 14:02   1204 █████████▌   312 ██▎
//! 2026-11-20 14:03     31 ▎             17 ▏
//!              37 without hits
//! 2026-11-20 14:41    900 ███████        0
//! ```

use std::io::{self, Write};

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::{shown, zone_name};
use crate::{
    harmless::{ForRunners, on_one_line},
    histogram::{Bucket, Histogram},
};

/// What bars are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BarCells {
    /// Blocks, down to an eighth of a column.
    Blocks,
    /// Number signs, where nothing but ASCII can be shown.
    Ascii,
}

/// The look of bars.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BarLook {
    /// The width of the terminal. `None`: the text does not go to a terminal.
    pub columns: Option<usize>,
    /// What bars are made of.
    pub cells: BarCells,
}

/// The width where there is no terminal.
const COLUMNS: usize = 80;

/// Bars are not longer, however wide a terminal is, nor shorter.
const BAR_COLUMNS_MAX: usize = 100;
const BAR_COLUMNS_MIN: usize = 4;

/// So many buckets without hits, and no more, are lines of their own.
const EMPTY_LINES_MAX: u64 = 2;

pub(super) fn write(histogram: &Histogram, look: &BarLook, out: &mut dyn Write) -> io::Result<()> {
    if histogram.buckets.is_empty() {
        return Ok(());
    }
    let out: &mut dyn Write = &mut ForRunners::text(out);
    let lines = BarLines::new(histogram, look);
    writeln!(out, "{}", lines.head().trim_end())?;
    let mut end_before = None;
    for bucket in &histogram.buckets {
        lines.gap(bucket, end_before, out)?;
        let counts = histogram.counts(bucket);
        writeln!(out, "{}", lines.line(&bucket.start, counts).trim_end())?;
        end_before = Some(&bucket.end);
    }
    Ok(())
}

/// The widths of all columns.
struct BarLines<'h> {
    histogram: &'h Histogram,
    cells: BarCells,
    /// Whether times are shown with their offsets: where clocks are turned, one comes twice.
    has_offsets: bool,
    time_columns: usize,
    count_columns: usize,
    bar_columns: usize,
    most: u64,
}

impl<'h> BarLines<'h> {
    fn new(histogram: &'h Histogram, look: &BarLook) -> BarLines<'h> {
        let buckets = &histogram.buckets;
        let series = histogram.names().len();
        let first = buckets[0].start.offset();
        let most = buckets.iter().flat_map(|bucket| histogram.counts(bucket));
        let most = most.copied().max().unwrap_or(0);
        let mut lines = BarLines {
            histogram,
            cells: look.cells,
            has_offsets: histogram.width.days().is_none()
                && buckets.iter().any(|bucket| bucket.start.offset() != first),
            time_columns: 0,
            count_columns: most.to_string().len().max(4),
            bar_columns: 0,
            most,
        };
        lines.time_columns = lines
            .time(&buckets[0].start)
            .len()
            .max(zone_name(&histogram.zone).width());
        let columns = look.columns.unwrap_or(COLUMNS);
        let rest = columns.saturating_sub(lines.time_columns) / series;
        // A blank behind the time, one behind the count, and none at the end of the line.
        let bar_columns = rest.saturating_sub(lines.count_columns + 3);
        lines.bar_columns = bar_columns.clamp(BAR_COLUMNS_MIN, BAR_COLUMNS_MAX);
        lines
    }

    fn head(&self) -> String {
        let zone = zone_name(&self.histogram.zone);
        let mut head = padded(&zone, self.time_columns);
        for name in self.histogram.names() {
            head += "  ";
            let columns = self.count_columns + 1 + self.bar_columns;
            head += &match self.histogram.series.is_empty() {
                // Above the numbers.
                true => format!("{name:>width$}", width = self.count_columns),
                false => padded(&on_one_line(name), columns),
            };
        }
        head
    }

    fn time(&self, time: &jiff::ZonedDateTime) -> String {
        let offset = match self.has_offsets {
            true => time.strftime("%:z").to_string(),
            false => String::new(),
        };
        shown(time, self.histogram.width) + &offset
    }

    fn line(&self, time: &jiff::ZonedDateTime, counts: &[u64]) -> String {
        let mut line = padded(&self.time(time), self.time_columns);
        for &count in counts {
            let bar = self.bar(count);
            line += &format!("  {count:>width$} ", width = self.count_columns);
            line += &padded(&bar, self.bar_columns);
        }
        line
    }

    /// Shows that there are buckets without hits before `bucket`.
    fn gap(
        &self,
        bucket: &Bucket,
        end_before: Option<&jiff::ZonedDateTime>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let Some(end) = end_before.filter(|_| bucket.empty_before > 0) else {
            return Ok(());
        };
        if bucket.empty_before > EMPTY_LINES_MAX {
            let text = format!("... {} without hits", bucket.empty_before);
            return writeln!(out, "{text:>width$}", width = self.time_columns);
        }
        let none = vec![0; self.histogram.names().len()];
        let between = self.histogram.starts_in(end, &bucket.start);
        for start in between {
            writeln!(out, "{}", self.line(&start, &none).trim_end())?;
        }
        Ok(())
    }

    fn bar(&self, count: u64) -> String {
        const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
        let per_column = match self.cells {
            BarCells::Blocks => 8,
            BarCells::Ascii => 1,
        };
        let all = u128::from(self.most.max(1));
        let columns = u128::from(crate::line::to_u64(self.bar_columns * per_column));
        let length = u128::from(count) * columns / all;
        // What is there can be seen.
        let length = length.max(u128::from(count > 0));
        let length = usize::try_from(length).unwrap_or(0);
        match self.cells {
            BarCells::Blocks => "█".repeat(length / 8) + EIGHTHS[length % 8],
            BarCells::Ascii => "#".repeat(length),
        }
    }
}

/// `text` in so many columns of a terminal, cut or filled.
fn padded(text: &str, columns: usize) -> String {
    let mut padded = String::new();
    let mut used = 0;
    let is_long = text.width() > columns;
    let room = columns.saturating_sub(usize::from(is_long));
    for c in text.chars() {
        let width = c.width().unwrap_or(0);
        if used + width > room {
            break;
        }
        padded.push(c);
        used += width;
    }
    if is_long {
        padded.push('…');
        used += 1;
    }
    padded + &" ".repeat(columns.saturating_sub(used))
}
