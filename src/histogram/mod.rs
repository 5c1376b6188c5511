//! How many hits there are in each span of time: per second, per minute, per day.
//!
//! ```
//! use std::time::{Duration, SystemTime};
//! use logscan::{Matcher, Patterns, Progress, Scan, Source, Workers};
//! use logscan::histogram::{BucketWidth, PerTime};
//! use logscan::scan::{self, TimeRange, TimeSetting};
//! let matcher = Matcher::new(&Patterns::new("b"))?;
//! let scan = Scan {
//!     times: Some(TimeRange::all(TimeSetting::utc(SystemTime::now()))),
//!     dates_hits: true,
//!     ..Scan::new(matcher.clone())
//! };
//! let log = b"2026-11-20T14:01:59Z b\n2026-11-20T14:02:00Z b\n  at b\n".to_vec();
//! let mut source = Source::from_bytes("log".as_ref(), log);
//! let width = BucketWidth::new(Duration::from_secs(60)).expect("it is not empty");
//! let mut per = PerTime::new(width, jiff::tz::TimeZone::UTC, matcher, Vec::new());
//! scan::run(&scan, &mut source, &Workers::new(1), &Progress::new(), &mut per)?;
//! let counts: Vec<u64> = per.finish().buckets.iter().map(|bucket| bucket.hits).collect();
//! assert_eq!(counts, [1, 2]);
//! # Ok::<(), logscan::Error>(())
//! ```
//! # How
//! ```text
//! worker:    the time of each hit (the engine has it) --> its bucket --> counts of the chunk
//! in order:  counts of a chunk --> BucketTable, at most BUCKETS_MAX of them --> Histogram --> report
//! ```
//! 1. A bucket begins where a clock of the zone shows a multiple of its width, counted from a Monday
//!    at midnight. Buckets of whole days are days of the zone, be they 23 or 25 hours long. Others end
//!    where the clocks change, so that no hour is counted together with its repetition.
//! 2. If there are more buckets than [`BUCKETS_MAX`], the next coarser width is taken, of which each
//!    bucket is made of whole ones. What comes out depends on which buckets there are and not on
//!    their order: the width is the first at which all of them fit.

mod calendar;
mod per_time;
pub mod report;
mod table;
mod width;

use jiff::{ZonedDateTime, tz::TimeZone};

#[cfg(not(feature = "fields"))]
use self::calendar::Calendar;
#[cfg(feature = "fields")]
pub(crate) use self::calendar::Calendar;
#[cfg(any(feature = "digest", feature = "fields"))]
pub(crate) use self::calendar::zoned;
#[cfg(feature = "digest")]
pub(crate) use self::table::{BucketTable, BucketValue};
pub use self::{
    per_time::{PartCounts, PerTime},
    table::BUCKETS_MAX,
    width::BucketWidth,
};

/// How many hits there are in each bucket.
#[derive(Clone, Debug)]
pub struct Histogram {
    /// How long a bucket is.
    pub width: BucketWidth,
    /// The width that was asked for, if there were too many buckets of that.
    pub asked: Option<BucketWidth>,
    /// The zone of the times.
    pub zone: TimeZone,
    /// The names of the series. There are none if all hits are counted together.
    pub series: Vec<String>,
    /// The buckets with hits, in the order of their times.
    pub buckets: Vec<Bucket>,
    /// How many hits are in no bucket, because nothing says when they were.
    pub undated: u64,
}

/// A span of time with hits.
#[derive(Clone, Debug, PartialEq)]
pub struct Bucket {
    /// The first moment of the bucket.
    pub start: ZonedDateTime,
    /// The first moment behind the bucket.
    pub end: ZonedDateTime,
    /// How many buckets without hits lie between this one and the one before.
    pub empty_before: u64,
    /// How many hits are in the bucket.
    pub hits: u64,
    /// How many of these hits each series has. A hit may be in several.
    pub by_series: Vec<u64>,
}

impl Histogram {
    /// Returns how many hits are in buckets.
    pub fn hits(&self) -> u64 {
        self.buckets.iter().map(|bucket| bucket.hits).sum()
    }

    /// Returns the histogram with the finest buckets of which there are at most `most`, counting the
    /// empty ones between them.
    #[must_use]
    pub fn at_most(&self, most: u64) -> Histogram {
        table::at_most(self, most)
    }

    /// Returns the starts of buckets from `from` to before `to`. Both are starts of buckets.
    fn starts_in(&self, from: &ZonedDateTime, to: &ZonedDateTime) -> Vec<ZonedDateTime> {
        let mut calendar = Calendar::new(self.zone.clone(), self.width);
        let second = |time: &ZonedDateTime| time.timestamp().as_second();
        calendar.starts_in(second(from)..second(to))
    }

    /// Returns round times from `from` to `to`, at most `most` of them, and how far they are apart.
    fn ticks(
        &self,
        from: &ZonedDateTime,
        to: &ZonedDateTime,
        most: u64,
    ) -> (BucketWidth, Vec<ZonedDateTime>) {
        let second = |time: &ZonedDateTime| time.timestamp().as_second();
        let mut width = self.width;
        loop {
            let mut calendar = Calendar::new(self.zone.clone(), width);
            let first = calendar.start_of(second(from));
            let range = match first < second(from) {
                true => calendar.end_of(first)..second(to),
                false => first..second(to),
            };
            let is_enough = range.is_empty() || calendar.count_in(range.clone()) <= most;
            match width.coarser().filter(|_| !is_enough) {
                Some(coarser) => width = coarser,
                None => return (width, calendar.starts_in(range)),
            }
        }
    }

    /// Returns the counts of the series, or the count of all hits if there are no series.
    fn counts<'b>(&self, bucket: &'b Bucket) -> &'b [u64] {
        match self.series.is_empty() {
            true => std::slice::from_ref(&bucket.hits),
            false => &bucket.by_series,
        }
    }

    /// Returns the names of what [`Histogram::counts`] returns.
    fn names(&self) -> Vec<&str> {
        match self.series.is_empty() {
            true => vec!["hits"],
            false => self.series.iter().map(String::as_str).collect(),
        }
    }
}

#[cfg(test)]
mod tests;
