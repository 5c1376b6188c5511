//! Draws a histogram: bars over a line of time, one panel for each series.

use std::fmt::{self, Write};

use jiff::ZonedDateTime;

use super::{shown, what};
use crate::{
    histogram::{Bucket, BucketWidth, Histogram},
    page::{Axis, Figure, escaped, number},
};

/// The most bars. More could not be told apart on a screen.
const BARS_MAX: u64 = 1000;

/// The heights of the name above a panel, of its bars, of the space below them and of the axis.
const LABEL_PX: u32 = 24;
const BARS_PX: u32 = 120;
const SPACE_PX: u32 = 16;
const AXIS_PX: u32 = 24;

/// The width of the widest digit of the numbers at the left.
const DIGIT_PX: usize = 9;

/// A bar that is narrower, in per cent of the width, is a line of one pixel.
const NARROW_PERCENT: f64 = 0.15;

/// The most times that are written below the bars. More would touch each other on a phone.
const TICKS_MAX: u64 = 6;
/// The same of times with seconds, which are wider.
const WIDE_TICKS_MAX: u64 = 4;

/// The most bars of a row of which there are several, one for each level.
#[cfg(feature = "digest")]
const LEVEL_BARS_MAX: u64 = 250;

/// The heights of the bars of all lines, and of the bars of a level.
#[cfg(feature = "digest")]
const ALL_PX: u32 = 80;
#[cfg(feature = "digest")]
const LEVEL_PX: u32 = 32;
/// The height of the space between two rows.
#[cfg(feature = "digest")]
const GAP_PX: u32 = 6;

/// The class of hits that belong to no series.
#[cfg(feature = "digest")]
const REST: &str = "none";

/// Returns the drawing of a histogram whose series are levels: bars of all lines, and below them a
/// low row of bars for each level, the gravest first. Each row has a scale of its own, so that one
/// error among 100,000 lines can be seen.
#[cfg(feature = "digest")]
pub(crate) fn by_level(histogram: &Histogram) -> Result<Figure<'static>, fmt::Error> {
    let drawn = histogram.at_most(LEVEL_BARS_MAX);
    let chart = TimeChart::new(&drawn);
    let rest = |bucket: &Bucket| bucket.hits.saturating_sub(bucket.by_series.iter().sum());
    let counts = |count: &dyn Fn(&Bucket) -> u64| drawn.buckets.iter().map(count).collect();
    let all: Vec<u64> = counts(&|bucket| bucket.hits);
    let levels = (0..drawn.series.len()).rev().map(|nth| {
        let name = drawn.series[nth].as_str();
        (name, name, counts(&|bucket| bucket.by_series[nth]))
    });
    let levels = levels.chain([(REST, "without a level", counts(&rest))]);
    let levels =
        levels.filter(|(_, _, counts): &(_, _, Vec<u64>)| counts.iter().any(|&count| count > 0));
    let levels: Vec<(&str, &str, Vec<u64>)> = levels.collect();
    let mut rows = vec![("bar", "lines", all)];
    // Where no line has a level, all lines are all that there is.
    if levels.iter().any(|(class, ..)| *class != REST) {
        rows.extend(levels);
    }
    let mut drawing = String::new();
    let mut top = 0;
    let mut words = Vec::new();
    for (nth, (class, name, counts)) in rows.iter().enumerate() {
        let bars_px = match nth {
            0 => ALL_PX,
            _ => LEVEL_PX,
        };
        chart.row((class, name), counts, (top, bars_px), &mut drawing)?;
        let most = counts.iter().max().unwrap_or(&0);
        words.push(format!(
            "{name}: {} in all, at most {most} in a bar",
            counts.iter().sum::<u64>()
        ));
        top += LABEL_PX + bars_px + GAP_PX;
    }
    top += SPACE_PX - GAP_PX;
    chart.ticks(top, &mut drawing)?;
    Ok(Figure {
        title: "Lines over time",
        words: words.join("; "),
        height_px: top + AXIS_PX,
        drawing,
        caption: caption(&drawn, histogram, LEVEL_BARS_MAX),
    })
}

/// Returns the drawing of a histogram, also in words.
pub(super) fn figure(histogram: &Histogram) -> Result<Figure<'static>, fmt::Error> {
    let drawn = histogram.at_most(BARS_MAX);
    let chart = TimeChart::new(&drawn);
    let mut drawing = String::new();
    let mut top = 0;
    let mut words = Vec::new();
    for (nth, name) in drawn.names().into_iter().enumerate() {
        chart.panel(nth, top, &mut drawing)?;
        let sum: u64 = drawn
            .buckets
            .iter()
            .map(|bucket| drawn.counts(bucket)[nth])
            .sum();
        words.push(format!("{name}: {sum} in all, at most {}", chart.most[nth]));
        top += LABEL_PX + BARS_PX + SPACE_PX;
    }
    chart.ticks(top, &mut drawing)?;
    Ok(Figure {
        title: "Hits over time",
        words: words.join("; "),
        height_px: top + AXIS_PX,
        drawing,
        caption: caption(&drawn, histogram, BARS_MAX),
    })
}

/// Returns what the bars are, which are made of those of `histogram`.
fn caption(drawn: &Histogram, histogram: &Histogram, bars_max: u64) -> String {
    let range = match (drawn.buckets.first(), drawn.buckets.last()) {
        (Some(first), Some(last)) => format!(
            "From {} to {}, {}",
            shown(&first.start, drawn.width),
            shown(&last.end, drawn.width),
            what(drawn)
        ),
        _ => "No hit has a time".into(),
    };
    let coarser = match drawn.width == histogram.width {
        true => String::new(),
        false => format!(
            ", as more than {bars_max} bars of {} could not be told apart",
            histogram.width
        ),
    };
    format!("{range}{coarser}.")
}

/// The places of times and counts in the drawing.
struct TimeChart<'h> {
    histogram: &'h Histogram,
    /// The start of the first bucket, in seconds since 1970.
    from_s: f64,
    length_s: f64,
    /// The largest count of each series.
    most: Vec<u64>,
}

impl<'h> TimeChart<'h> {
    fn new(histogram: &'h Histogram) -> TimeChart<'h> {
        let series = histogram.names().len();
        let most = |nth: usize| {
            let counts = histogram.buckets.iter();
            counts.map(|bucket| histogram.counts(bucket)[nth]).max()
        };
        let from_s = histogram
            .buckets
            .first()
            .map_or(0.0, |first| seconds(&first.start));
        let to_s = histogram
            .buckets
            .last()
            .map_or(1.0, |last| seconds(&last.end));
        TimeChart {
            histogram,
            from_s,
            length_s: (to_s - from_s).max(1.0),
            most: (0..series).map(|nth| most(nth).unwrap_or(0)).collect(),
        }
    }

    fn percent(&self, time: &ZonedDateTime) -> f64 {
        (seconds(time) - self.from_s) / self.length_s * 100.0
    }

    /// Draws one series below `top`: its name and its largest count, a grid and the bars.
    fn panel(&self, nth: usize, top: u32, drawing: &mut String) -> fmt::Result {
        let name = self.histogram.names()[nth];
        self.scaled(
            (name, self.most[nth]),
            top,
            drawing,
            |height_of, drawing| {
                for bucket in &self.histogram.buckets {
                    let count = self.histogram.counts(bucket)[nth];
                    if count > 0 {
                        self.bar(bucket, count, ("bar", height_of), drawing)?;
                    }
                }
                Ok(())
            },
        )
    }

    /// Draws a name and the largest count, a grid, and bars in front of it. These get the place of a
    /// count.
    fn scaled(
        &self,
        (name, most): (&str, u64),
        top: u32,
        drawing: &mut String,
        bars: impl FnOnce(&dyn Fn(f64) -> f64, &mut String) -> fmt::Result,
    ) -> fmt::Result {
        named(name, most, top, drawing)?;
        let base = top + LABEL_PX + BARS_PX;
        let axis = Axis::to(float(most));
        let height_of =
            |step: f64| f64::from(base) - axis.percent(step) / 100.0 * f64::from(BARS_PX);
        let is_count = |step: &f64| *step > 0.0 && step.fract() == 0.0;
        for step in axis.steps() {
            let y = height_of(step);
            // The number stands at its left end.
            let columns = number(step).len() * usize::from(is_count(&step));
            writeln!(
                drawing,
                "<line class=\"grid\" x1=\"{}\" x2=\"100%\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>",
                columns * DIGIT_PX
            )?;
        }
        bars(&height_of, drawing)?;
        // In front of the bars, where they can be read.
        for step in axis.steps().filter(is_count) {
            writeln!(
                drawing,
                "<text class=\"soft\" x=\"0\" y=\"{:.1}\">{}</text>",
                height_of(step) + 4.0,
                number(step)
            )?;
        }
        Ok(())
    }

    /// Draws a bar for each of some counts, one for each bucket. The largest count, which stands
    /// above the bars, is their scale.
    #[cfg(feature = "digest")]
    fn row(
        &self,
        (class, name): (&str, &str),
        counts: &[u64],
        (top, bars_px): (u32, u32),
        drawing: &mut String,
    ) -> fmt::Result {
        let most = counts.iter().copied().max().unwrap_or(0);
        named(name, most, top, drawing)?;
        let base = top + LABEL_PX + bars_px;
        writeln!(
            drawing,
            "<line class=\"grid\" x1=\"0\" x2=\"100%\" y1=\"{base}\" y2=\"{base}\"/>"
        )?;
        let height_of =
            |count: f64| f64::from(base) - count / float(most.max(1)) * f64::from(bars_px);
        for (bucket, &count) in self.histogram.buckets.iter().zip(counts) {
            if count > 0 {
                self.bar(bucket, count, (class, &height_of), drawing)?;
            }
        }
        Ok(())
    }

    /// Draws a bar of so many hits.
    fn bar(
        &self,
        bucket: &Bucket,
        count: u64,
        (class, height_of): (&str, &dyn Fn(f64) -> f64),
        drawing: &mut String,
    ) -> fmt::Result {
        let x = self.percent(&bucket.start);
        let width = self.percent(&bucket.end) - x;
        let base = height_of(0.0);
        let y = height_of(float(count)).min(base - 1.0);
        let told = format!("{}: {count}", shown(&bucket.start, self.histogram.width));
        let told = match class {
            "bar" => told,
            #[cfg(feature = "digest")]
            REST => format!("{told} without a level"),
            class => format!("{told} {class}"),
        };
        match width < NARROW_PERCENT {
            true => writeln!(
                drawing,
                "<line class=\"{class}\" stroke-width=\"1.2\" x1=\"{x:.3}%\" x2=\"{x:.3}%\" y1=\"{y:.1}\" y2=\"{base}\"><title>{told}</title></line>"
            ),
            false => writeln!(
                drawing,
                "<rect class=\"{class}\" x=\"{x:.3}%\" y=\"{y:.1}\" width=\"{:.3}%\" height=\"{:.1}\"><title>{told}</title></rect>",
                width * 0.9,
                base - y
            ),
        }
    }

    /// Writes times below the bars.
    fn ticks(&self, top: u32, drawing: &mut String) -> fmt::Result {
        let (Some(first), Some(last)) = (
            self.histogram.buckets.first(),
            self.histogram.buckets.last(),
        ) else {
            return Ok(());
        };
        let ticks = |most| self.histogram.ticks(&first.start, &last.end, most);
        let (width, ticks) = match ticks(TICKS_MAX) {
            (width, _) if width.seconds() % 60 != 0 => ticks(WIDE_TICKS_MAX),
            narrow => narrow,
        };
        let mut day = None;
        for tick in ticks {
            let x = self.percent(&tick);
            let is_next_day = day
                .replace(tick.date())
                .is_some_and(|day| day != tick.date());
            let anchor = match x {
                x if x < 8.0 => "start",
                x if x > 92.0 => "end",
                _ => "middle",
            };
            writeln!(
                drawing,
                "<line class=\"grid\" x1=\"{x:.3}%\" x2=\"{x:.3}%\" y1=\"{}\" y2=\"{}\"/>\
                 <text class=\"soft\" x=\"{x:.3}%\" y=\"{}\" text-anchor=\"{anchor}\">{}</text>",
                top - SPACE_PX,
                top - SPACE_PX + 6,
                top + 8,
                tick_text(&tick, width, is_next_day)
            )?;
        }
        Ok(())
    }
}

/// Writes a name and the largest count above bars that begin below `top`.
fn named(name: &str, most: u64, top: u32, drawing: &mut String) -> fmt::Result {
    writeln!(
        drawing,
        "<text x=\"0\" y=\"{y}\">{}</text><text x=\"100%\" y=\"{y}\" text-anchor=\"end\">at most {most}</text>",
        escaped(name),
        y = top + 14
    )
}

/// Returns the text of a time below the bars: its day if that is another one than before, and
/// otherwise its clock. The caption has the rest.
fn tick_text(tick: &ZonedDateTime, width: BucketWidth, is_next_day: bool) -> String {
    let format = match width.seconds() {
        seconds if seconds % (24 * 3600) == 0 => "%m-%d",
        _ if is_next_day => "%m-%d",
        seconds if seconds % 60 == 0 => "%H:%M",
        _ => "%H:%M:%S",
    };
    tick.strftime(format).to_string()
}

fn seconds(time: &ZonedDateTime) -> f64 {
    time.timestamp().as_millisecond() as f64 / 1000.0
}

fn float(count: u64) -> f64 {
    count as f64
}
