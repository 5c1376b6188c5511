//! The flags about the times of lines, which several commands have.

use std::time::Duration;

use clap::Args;

use logscan::scan::{TimeWord, parse_span};

/// The flags about the times of the lines that are searched.
#[derive(Args, Debug)]
#[command(next_help_heading = "Time and records")]
pub(crate) struct TimeArgs {
    /// Only lines from TIME on: 14:02, -5m, @-5m
    ///
    /// 2026-11-20T14:02 (also with seconds, with a zone as in +01:00 or Z, or the date alone); 14:02
    /// is the last such time in the log, and a note says of which date; -5m is before now and @-5m
    /// before the log's end, with the units s, m, h, d, w; today and yesterday are their starts. A
    /// line without a time belongs to the line above it; what is above the first time of a log is
    /// before it. In a log in order only the part is read in which such lines can be. Line numbers
    /// and offsets stay those of the file, and lines of other times are no context.
    #[arg(
        long,
        value_name = "TIME",
        value_parser = TimeWord::parse,
        allow_hyphen_values = true,
        conflicts_with_all = ["byte_range", "board"]
    )]
    pub(crate) since: Option<TimeWord>,
    /// Only lines before TIME: 14:07, @+10m
    ///
    /// TIME is written as for --since. A line of exactly that time does not count. @+10m is ten
    /// minutes after --since, and 14:07 the first such time after it.
    #[arg(
        long,
        value_name = "TIME",
        value_parser = TimeWord::parse,
        allow_hyphen_values = true,
        conflicts_with_all = ["byte_range", "board"]
    )]
    pub(crate) until: Option<TimeWord>,
    /// The zone of times without one
    ///
    /// The zone counts in logs, in --since and --until, and in what --per prints: Europe/Berlin, UTC,
    /// Z, +01:00. The default is the local zone, as TZ or the system has it. --stats says which zone
    /// that is.
    #[arg(
        long,
        value_name = "NAME",
        allow_hyphen_values = true,
        hide_short_help = true
    )]
    pub(crate) tz: Option<String>,
    /// How times are written, if that is not seen
    ///
    /// The format is written as for strptime: '%d/%m/%Y %H:%M:%S%.f', where %.f is a fraction with
    /// its point. Lines may have it anywhere, but all at the same place. The name of a zone, %Q, is
    /// refused.
    #[arg(
        long,
        value_name = "FORMAT",
        allow_hyphen_values = true,
        hide_short_help = true
    )]
    pub(crate) time_format: Option<String>,
    /// How far lines are out of order: 5s, 2m
    ///
    /// The default is twice as far as in the parts of the log that are looked at, and at least 1s.
    /// A log whose times turn out to be out of order by more is read as a whole, and a note says
    /// so.
    #[arg(long, value_name = "SPAN", value_parser = parse_span, hide_short_help = true)]
    pub(crate) slack: Option<Duration>,
}
