//! One page about an unknown log: its size, its form, its times and levels, the kinds of its lines,
//! its errors, and where it was silent, busy or began anew. Needs the feature `digest`.
//!
//! ```
//! use std::time::SystemTime;
//! use logscan::{Progress, Source, Workers, digest::{DigestOptions, Digester}};
//! let log = b"2026-11-20T14:01:00Z INFO up\n2026-11-20T14:01:05Z ERROR disk 3 failed\n".to_vec();
//! let mut digester = Digester::new(DigestOptions::utc(SystemTime::now()));
//! let mut source = Source::from_bytes("log".as_ref(), log);
//! digester.add(&mut source, &Workers::new(0), &Progress::new())?.into_result()?;
//! let digest = digester.finish();
//! assert_eq!((digest.facts.lines, digest.errors.lines.count), (2, 1));
//! assert_eq!(digest.errors.lines.first[0].text, "2026-11-20T14:01:05Z ERROR disk 3 failed");
//! # Ok::<(), logscan::Error>(())
//! ```
//! # How
//! ```text
//! worker:    each line --MiningWorker--> its kind and level    } DigestPart                      part.rs
//!            each line --its time, from the engine--> buckets  }
//! in order:  parts --> Digester: the table of kinds, buckets, first and last errors, starts       digester.rs
//! at last:   buckets --> silences, bursts (times.rs); starts --> restarts (starts.rs) --> LogDigest
//!            LogDigest --> report: text, Markdown, JSON, a page
//! ```
//! 1. It is one scan: a [`Fold`](crate::Fold) over all lines, with their times and numbers. Kinds are
//!    those of [`templates`](crate::templates), with records.
//! 2. Times are counted in buckets of a second, and in coarser ones if there are more than
//!    [`DIGEST_BUCKETS_MAX`]. Each bucket knows its earliest and its latest line, so what is said of
//!    silences is exact. Buckets do not depend on the order of lines, so neither do silences and
//!    bursts.
//! 3. Memory: the tables of kinds have the limits of [`templates`](crate::templates), there are at
//!    most [`DIGEST_BUCKETS_MAX`] buckets, and of errors and starts a few lines are kept.

mod digester;
mod ends;
mod part;
pub mod report;
mod shape;
mod starts;
#[cfg(test)]
mod tests;
mod times;

use std::{ops::Range, path::Path, sync::Arc, time::SystemTime};

use jiff::tz::TimeZone;

pub use self::{
    digester::Digester,
    ends::FirstAndLast,
    part::{DigestPart, DigestWorker},
    starts::{LogStart, LogStarts},
    times::{Burst, Bursts, DatedLine, Silence, Silences},
};
use crate::{
    histogram::Histogram,
    scan::{MAX_LINE_BYTES, TimeRange, TimeSetting},
    templates::{DISTINCT_MAX, Template, Templates},
};

/// The most buckets of time. If there are more, longer buckets are taken: a log of a day has buckets
/// of 5 seconds.
pub const DIGEST_BUCKETS_MAX: usize = 1 << 15;

/// How many of the first errors are kept, and how many of the last.
pub const ERRORS_KEPT: usize = 3;

/// How many kinds of lines are shown as the most frequent ones, and how many as the rarest.
pub const KINDS_SHOWN: usize = 8;

/// How many silences, bursts and starts are shown.
pub const EVENTS_SHOWN: usize = 5;

/// What is read, and the limits. Plain data: fill in what differs from [`DigestOptions::utc`].
#[derive(Clone, Debug)]
pub struct DigestOptions {
    /// Only lines of these times are read. They may be [all](TimeRange::all).
    pub times: TimeRange,
    /// The zone in which times are shown.
    pub zone: TimeZone,
    /// Only lines that begin in this range of bytes are read.
    pub range: Range<u64>,
    /// How many distinct masked lines are told apart: see [`DISTINCT_MAX`].
    pub distinct_max: usize,
    /// A longer line is its first bytes.
    pub max_line_bytes: usize,
    /// The size of chunks, for measurements.
    pub chunk_bytes: Option<usize>,
}

impl DigestOptions {
    /// Returns the options for all lines, whose times are of UTC if they name no zone.
    pub fn utc(now: SystemTime) -> DigestOptions {
        DigestOptions::of(TimeRange::all(TimeSetting::utc(now)), TimeZone::UTC)
    }

    /// Returns the options for lines of these times, which are shown in this zone.
    pub fn of(times: TimeRange, zone: TimeZone) -> DigestOptions {
        DigestOptions {
            times,
            zone,
            range: 0..u64::MAX,
            distinct_max: DISTINCT_MAX,
            max_line_bytes: MAX_LINE_BYTES,
            chunk_bytes: None,
        }
    }
}

/// Where a line stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogPlace {
    /// The number of its input, from 0.
    pub input: usize,
    /// The name of its input.
    pub path: Arc<Path>,
    /// The number of the line, from 1.
    pub line: u64,
}

/// A line as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// Where it stands.
    pub place: LogPlace,
    /// The time to which it belongs, in nanoseconds since 1970-01-01T00:00:00Z.
    pub time_ns: Option<i64>,
    /// Its text on one line. The middle of a long one is left out, and a mark says how much.
    pub text: String,
}

/// What is counted of all lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogFacts {
    /// How many bytes of text there are.
    pub bytes: u64,
    /// How many lines.
    pub lines: u64,
    /// How many of them are blank.
    pub blank: u64,
    /// How many were longer than the cap, and are their first bytes.
    pub cut: u64,
    /// How many have bytes that are not ASCII.
    pub not_ascii: u64,
    /// How many have bytes that are not UTF-8.
    pub not_utf8: u64,
    /// How many have no time, and no line above them in their input has one.
    pub undated: u64,
    /// How many bytes the longest line has, and where it stands.
    pub longest: Option<(u64, LogPlace)>,
    /// What the inputs are, in words, and how many are so: `plain text`, `JSON lines in gzip data`.
    pub formats: Vec<(String, u64)>,
    /// The columns of headers, in words, and how many inputs have them: `time level message`.
    pub columns: Vec<(String, u64)>,
}

/// How far the lines are from the order of their times.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LineOrder {
    /// How many lines are earlier than the line before them in their input.
    pub earlier: u64,
    /// By how much they are earlier at the most, in nanoseconds.
    pub most_ns: i64,
    /// The first of those that are so by the most.
    pub place: Option<LogPlace>,
}

/// The errors of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogErrors {
    /// How they were recognised.
    pub known_by: KnownBy,
    /// How many they are, the first and the last.
    pub lines: FirstAndLast<LogLine>,
}

/// How errors are recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KnownBy {
    /// By their levels: error and fatal.
    Level,
    /// By a word in the line, such as `failed`, as hardly any line of the log has a level.
    Word,
}

/// What is known of a log, or of several together.
#[derive(Debug)]
pub struct LogDigest {
    /// How many inputs there are.
    pub inputs: usize,
    /// The name of the first.
    pub path: Arc<Path>,
    /// Sizes, counts and formats.
    pub facts: LogFacts,
    /// The earliest and the latest line, if any line has a time.
    pub span: Option<(DatedLine, DatedLine)>,
    /// How far the lines are out of order.
    pub order: LineOrder,
    /// How many lines each bucket of time has, and how many with each level that the log has.
    pub histogram: Histogram,
    /// The kinds of lines, the most frequent first, and how many lines have which level.
    pub templates: Templates,
    /// The errors.
    pub errors: LogErrors,
    /// Where the log was silent.
    pub silences: Silences,
    /// Where it was busy.
    pub bursts: Bursts,
    /// Where what writes it began anew.
    pub starts: LogStarts,
}

impl LogDigest {
    /// Returns the kinds that are shown as the most frequent ones.
    pub fn frequent(&self) -> &[Template] {
        let list = &self.templates.list;
        &list[..list.len().min(KINDS_SHOWN)]
    }

    /// Returns the kinds that are shown as the rarest ones, which are no others: the rarest first, of
    /// equal ones the gravest, then the one that came first.
    pub fn rare(&self) -> Vec<&Template> {
        let rest = &self.templates.list[self.frequent().len()..];
        let mut rare: Vec<&Template> = rest.iter().collect();
        rare.sort_by_key(|kind| (kind.lines, std::cmp::Reverse(kind.level), kind.first));
        rare.truncate(KINDS_SHOWN);
        rare
    }
}
