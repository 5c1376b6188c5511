//! Counts hits by their times, on all cores.

use jiff::tz::TimeZone;

use super::{
    Histogram,
    calendar::Calendar,
    table::{BucketTable, buckets_max},
    width::BucketWidth,
};
use crate::{
    error::Error,
    matcher::{Finder, Matcher},
    scan::{Fold, Lines, Values},
};

/// A worker hands its counts over when it has this many.
const PART_COUNTS_MAX: usize = 1 << 14;

/// How many nanoseconds a second has.
const SECOND_NS: i64 = 1_000_000_000;

/// Counts the hits of all inputs by their times, for a scan that
/// [dates hits](crate::Scan::dates_hits).
pub struct PerTime {
    table: BucketTable<Box<[u64]>>,
    asked: BucketWidth,
    zone: TimeZone,
    matcher: Matcher,
    series: Vec<String>,
    undated: u64,
}

impl PerTime {
    /// Creates a fold that counts in buckets of `width`, on clocks of `zone`. `series` names the
    /// patterns that `matcher` was compiled from, if each of them is counted. If it is empty, all
    /// hits are counted together.
    pub fn new(
        width: BucketWidth,
        zone: TimeZone,
        matcher: Matcher,
        series: Vec<String>,
    ) -> PerTime {
        PerTime {
            table: BucketTable::new(width, zone.clone(), buckets_max(series.len() + 1)),
            asked: width,
            zone,
            matcher,
            series,
            undated: 0,
        }
    }

    /// Returns the fold with at most `buckets_max` buckets in the table.
    #[cfg(test)]
    pub(super) fn with_buckets_max(self, buckets_max: usize) -> PerTime {
        PerTime {
            table: self.table.with_buckets_max(buckets_max),
            ..self
        }
    }

    /// Returns what has been counted.
    pub fn finish(self) -> Histogram {
        let mut table = self.table;
        let width = table.width();
        Histogram {
            width,
            asked: (width != self.asked).then_some(self.asked),
            zone: self.zone,
            series: self.series,
            buckets: table.buckets(|counts| counts.to_vec()),
            undated: self.undated,
        }
    }
}

/// The things with which a worker counts, and the counts of the chunk in hand.
pub struct PartCounter {
    /// Finds the series of a hit, if there are several.
    finder: Option<Finder>,
    calendar: Calendar,
    part: PartCounts,
    /// How many counts a bucket has: one of all hits, and one of each series.
    counts_each: usize,
}

/// The counts of a chunk, or of a part of one.
#[derive(Debug, Default)]
pub struct PartCounts {
    /// The starts of buckets, in the order of their lines. A bucket may come several times.
    starts: Vec<i64>,
    /// The hits of each bucket, and behind them those of each series.
    counts: Vec<u64>,
    undated: u64,
}

impl PartCounter {
    /// Returns the index of the counts of the bucket that begins at `start_s`.
    #[inline]
    fn counts_at(&mut self, start_s: i64) -> usize {
        if self.part.starts.last() != Some(&start_s) {
            self.part.starts.push(start_s);
            let counts = self.part.counts.len() + self.counts_each;
            self.part.counts.resize(counts, 0);
        }
        self.part.counts.len() - self.counts_each
    }
}

impl Fold for PerTime {
    type Worker = PartCounter;
    type Value = PartCounts;

    fn worker(&self) -> PartCounter {
        let is_split = !self.series.is_empty();
        PartCounter {
            finder: is_split.then(|| self.matcher.finder()),
            calendar: Calendar::new(self.zone.clone(), self.asked),
            part: PartCounts::default(),
            counts_each: self.series.len() + 1,
        }
    }

    fn lines(
        worker: &mut PartCounter,
        lines: &Lines<'_>,
        values: &mut Values<'_, '_, PartCounts>,
    ) -> Result<(), Error> {
        if !lines.are_hits() {
            return Ok(());
        }
        for numbered in lines.iter() {
            let Some(time_ns) = numbered.time_ns else {
                worker.part.undated += 1;
                continue;
            };
            let start_s = worker.calendar.start_of(time_ns.div_euclid(SECOND_NS));
            let at = worker.counts_at(start_s);
            worker.part.counts[at] += 1;
            if let Some(finder) = &mut worker.finder {
                let counts = &mut worker.part.counts[at + 1..];
                finder.patterns(numbered.line.haystack, |pattern| counts[pattern] += 1);
            }
            if worker.part.counts.len() > PART_COUNTS_MAX {
                values.push(std::mem::take(&mut worker.part))?;
            }
        }
        Ok(())
    }

    fn value(worker: &mut PartCounter) -> Option<PartCounts> {
        let is_empty = worker.part.starts.is_empty() && worker.part.undated == 0;
        (!is_empty).then(|| std::mem::take(&mut worker.part))
    }

    fn fold(&mut self, part: PartCounts) -> Result<(), Error> {
        self.undated += part.undated;
        let counts = part.counts.chunks_exact(self.series.len() + 1);
        for (start_s, counts) in part.starts.into_iter().zip(counts) {
            self.table.add(start_s, counts.into());
        }
        Ok(())
    }
}
