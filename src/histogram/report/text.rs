//! Bars of text: a line for each bucket, side by side for several series.
//!
//! ```text
//! per 1m, Europe/Berlin  ERROR             WARN
//! 2026-11-20 14:02        1204 █████████▌   312 ██▎
//! 2026-11-20 14:03          31 ▎             17 ▏
//!       ... 37 without hits
//! 2026-11-20 14:41         900 ███████        0
//! ```
//! No line is wider than the terminal, unless that is narrower than a time or a count. If there is
//! no room for bars beside each other, the counts of a bucket stand below its time:
//! ```text
//! per 1m, Europe/Berlin
//! 2026-11-20 14:02
//! ERROR 1204 █████████▌
//! WARN   312 ██▎
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

/// The width of a line where there is no terminal.
const COLUMNS: usize = 80;

/// Bars are not longer, however wide a terminal is.
const BAR_COLUMNS_MAX: usize = 100;

/// If bars beside each other would have less room, they stand below each other.
const BAR_COLUMNS_MIN: usize = 4;

/// If there are more buckets without hits in a row, one line says how many they are.
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
        lines.write(&bucket.start, counts, out)?;
        end_before = Some(&bucket.end);
    }
    Ok(())
}

/// How the counts of one bucket are arranged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Arrangement {
    /// On the line of its time, side by side.
    Beside,
    /// On lines of their own below its time, where there is no room beside it. Each begins with as
    /// many columns of the name of its series.
    Below(usize),
}

/// The widths of all columns.
struct BarLines<'h> {
    histogram: &'h Histogram,
    cells: BarCells,
    arrangement: Arrangement,
    /// Whether times are shown with their offsets: where clocks are turned, one comes twice.
    has_offsets: bool,
    /// How wide a line may be.
    columns: usize,
    time_columns: usize,
    count_columns: usize,
    bar_columns: usize,
    most: u64,
}

impl<'h> BarLines<'h> {
    fn new(histogram: &'h Histogram, look: &BarLook) -> BarLines<'h> {
        let buckets = &histogram.buckets;
        let first = buckets[0].start.offset();
        let most = buckets.iter().flat_map(|bucket| histogram.counts(bucket));
        let most = most.copied().max().unwrap_or(0);
        let mut lines = BarLines {
            histogram,
            cells: look.cells,
            arrangement: Arrangement::Beside,
            has_offsets: histogram.width.days().is_none()
                && buckets.iter().any(|bucket| bucket.start.offset() != first),
            columns: look.columns.unwrap_or(COLUMNS),
            time_columns: 0,
            count_columns: most.to_string().len().max(4),
            bar_columns: 0,
            most,
        };
        let times = lines.time(&buckets[0].start).len();
        // The name of the zone is cut if the bars need its columns.
        let widest = times.max(what_and_where(histogram).width());
        for time_columns in [widest, times] {
            if lines.has_room_beside(time_columns) {
                return lines;
            }
        }
        lines.below(times);
        lines
    }

    /// Takes the columns of bars beside times, if they can be long enough.
    fn has_room_beside(&mut self, time_columns: usize) -> bool {
        let series = self.histogram.names().len();
        let rest = self.columns.saturating_sub(time_columns) / series;
        // Two blanks before the count, one behind it.
        let bar_columns = rest.saturating_sub(self.count_columns + 3);
        self.time_columns = time_columns;
        self.bar_columns = bar_columns.min(BAR_COLUMNS_MAX);
        bar_columns >= BAR_COLUMNS_MIN
    }

    /// Takes the columns of bars below times. In a terminal that is too narrow for a count there
    /// are no bars.
    fn below(&mut self, time_columns: usize) {
        let has_names = !self.histogram.series.is_empty();
        let names = self.histogram.series.iter();
        let widest = names.map(|name| on_one_line(name).width()).max();
        let name_columns = widest.unwrap_or(0).min(self.columns / 3);
        self.arrangement = Arrangement::Below(name_columns);
        self.time_columns = time_columns;
        self.count_columns = self.most.to_string().len();
        let taken = name_columns + usize::from(has_names) + self.count_columns + 1;
        let bar_columns = self.columns.saturating_sub(taken);
        self.bar_columns = bar_columns.min(BAR_COLUMNS_MAX);
    }

    fn head(&self) -> String {
        let what = what_and_where(self.histogram);
        if self.arrangement != Arrangement::Beside {
            return padded(&what, self.columns);
        }
        let mut head = padded(&what, self.time_columns);
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

    /// Writes the counts of one bucket.
    fn write(
        &self,
        time: &jiff::ZonedDateTime,
        counts: &[u64],
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let mut line = padded(&self.time(time), self.time_columns);
        let name_columns = match self.arrangement {
            Arrangement::Beside => {
                for &count in counts {
                    line += "  ";
                    line += &self.count_and_bar(count);
                }
                return writeln!(out, "{}", line.trim_end());
            }
            Arrangement::Below(name_columns) => name_columns,
        };
        writeln!(out, "{}", line.trim_end())?;
        for (&count, name) in counts.iter().zip(self.histogram.names()) {
            let name = match name_columns {
                0 => String::new(),
                columns => padded(&on_one_line(name), columns) + " ",
            };
            let line = name + &self.count_and_bar(count);
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(())
    }

    fn count_and_bar(&self, count: u64) -> String {
        let bar = padded(&self.bar(count), self.bar_columns);
        format!("{count:>width$} {bar}", width = self.count_columns)
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
            let text = match text.len() <= self.columns {
                true => text,
                false => format!("... {}", bucket.empty_before),
            };
            let width = self.time_columns.min(self.columns);
            return writeln!(out, "{text:>width$}");
        }
        let none = vec![0; self.histogram.names().len()];
        let between = self.histogram.starts_in(end, &bucket.start);
        for start in between {
            self.write(&start, &none, out)?;
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
        // Every hit can be seen, if there are bars at all.
        let length = length.max(u128::from(count > 0)).min(columns);
        let length = usize::try_from(length).unwrap_or(0);
        match self.cells {
            BarCells::Blocks => "█".repeat(length / 8) + EIGHTHS[length % 8],
            BarCells::Ascii => "#".repeat(length),
        }
    }
}

/// Returns what a line is, and in which zone its time is.
fn what_and_where(histogram: &Histogram) -> String {
    format!("per {}, {}", histogram.width, zone_name(&histogram.zone))
}

/// Returns `text` in this many columns of a terminal, cut or filled with blanks.
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
