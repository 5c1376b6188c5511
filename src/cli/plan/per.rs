//! The plan of how hits are counted by their times, and how the counts are shown.

use jiff::tz::TimeZone;
use logscan::{
    Matcher,
    histogram::{
        BucketWidth, Histogram, PerTime,
        report::{BarLook, Format},
    },
};

use crate::cli::{
    args::{MatchingArgs, Per, PerArgs},
    messages::say,
    surroundings::{self, Surroundings},
};

/// How many patterns have bars of their own. With more, nobody could tell their bars apart.
const SERIES_MAX: usize = 20;

/// How many bars `auto` draws at most, with the empty ones. A terminal gets as many as it has
/// lines. Other text and pictures get as many as can be seen at once.
const TEXT_BARS: u64 = 40;
const TERMINAL_BARS_MIN: u64 = 10;
const PICTURE_BARS: u64 = 200;

/// The counts that `--per` asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PerPlan {
    width: Per,
    pub(crate) format: Format,
    pub(crate) look: BarLook,
    /// The name of the series of the empty pattern, which would have none.
    empty: &'static str,
    /// How many bars `auto` may draw.
    bars_max: u64,
}

impl PerPlan {
    /// Returns the plan, if counts are asked for.
    pub(crate) fn new(
        args: &PerArgs,
        matching: &MatchingArgs,
        surroundings: &Surroundings,
    ) -> Option<PerPlan> {
        let format = args.format.unwrap_or_default().format();
        let size = surroundings::stdout_size(surroundings);
        Some(PerPlan {
            width: args.per?,
            format,
            look: BarLook {
                columns: size.map(|(columns, _)| columns),
                cells: surroundings::bar_cells(),
            },
            empty: match (matching.line_regexp, matching.word_regexp) {
                (true, _) => "empty lines",
                (false, true) => "''",
                (false, false) => "all lines",
            },
            bars_max: match (format, size) {
                (Format::Text, Some((_, lines))) => lines.saturating_sub(3).max(TERMINAL_BARS_MIN),
                (Format::Text, None) => TEXT_BARS,
                _ => PICTURE_BARS,
            },
        })
    }

    /// Creates the sink that counts the hits of `matcher`, which is made of `patterns`.
    pub(crate) fn sink(
        &self,
        matcher: Matcher,
        patterns: &[Vec<u8>],
        invert: bool,
        zone: TimeZone,
    ) -> PerTime {
        let width = match self.width {
            Per::Auto => BucketWidth::SECOND,
            Per::Width(width) => width,
        };
        let series = match patterns.len() {
            // A line that matches no pattern belongs to none.
            _ if invert => Vec::new(),
            0 | 1 => Vec::new(),
            2..=SERIES_MAX => {
                let text = |pattern: &Vec<u8>| match pattern.is_empty() {
                    true => self.empty.to_owned(),
                    false => String::from_utf8_lossy(pattern).into_owned(),
                };
                patterns.iter().map(text).collect()
            }
            more => {
                say(format!(
                    "--per counts the hits of all {more} patterns together, as at most {SERIES_MAX} have bars of their own"
                ));
                Vec::new()
            }
        };
        PerTime::new(width, zone, matcher, series)
    }

    /// Returns whether `<` begins an element in what is printed.
    pub(crate) fn is_markup(&self) -> bool {
        matches!(self.format, Format::Html | Format::Svg)
    }

    /// Returns the histogram as it is shown.
    pub(crate) fn shown(&self, histogram: Histogram) -> Histogram {
        match self.width {
            Per::Auto => histogram.at_most(self.bars_max),
            Per::Width(_) => histogram,
        }
    }

    /// Returns the notes about the histogram.
    pub(crate) fn notes(&self, histogram: &Histogram) -> Vec<String> {
        let mut notes = Vec::new();
        if let (Per::Width(_), Some(asked)) = (self.width, histogram.asked) {
            notes.push(format!(
                "there are too many buckets of {asked} with hits, so each is {} long; --since and --until choose a \
                 shorter range",
                histogram.width
            ));
        }
        notes.extend(undated_note(histogram.undated));
        notes
    }
}

/// Says how many hits are in no bucket, if any are.
pub(crate) fn undated_note(undated: u64) -> Option<String> {
    match undated {
        0 => None,
        1 => Some("1 hit is in no bucket, as no line above it in its file has a time".into()),
        undated => Some(format!(
            "{undated} hits are in no bucket, as no line above them in their file has a time"
        )),
    }
}
