//! The counts of buckets, in bounded memory: if there are too many buckets, coarser ones are taken.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use super::{Bucket, Histogram, calendar::Calendar, width::BucketWidth};

/// The most buckets with hits. If there are more, longer buckets are taken.
pub const BUCKETS_MAX: usize = 1 << 16;

/// The most counts that are kept, which take 8 MiB. With many series there are fewer buckets.
const COUNTS_MAX: usize = 1 << 20;

/// The counts of each bucket with hits, by its first second.
#[derive(Clone, Debug)]
pub(super) struct BucketTable {
    calendar: Calendar,
    zone: TimeZone,
    /// The hits of each bucket, and behind them those of each series.
    counts: BTreeMap<i64, Box<[u64]>>,
    buckets_max: usize,
}

impl BucketTable {
    /// Returns an empty table. Each bucket has this number of counts.
    pub(super) fn new(width: BucketWidth, zone: TimeZone, counts: usize) -> BucketTable {
        BucketTable {
            calendar: Calendar::new(zone.clone(), width),
            zone,
            counts: BTreeMap::new(),
            buckets_max: BUCKETS_MAX.min(COUNTS_MAX / counts.max(1)),
        }
    }

    #[cfg(test)]
    pub(super) fn with_buckets_max(self, buckets_max: usize) -> BucketTable {
        BucketTable {
            buckets_max,
            ..self
        }
    }

    pub(super) fn width(&self) -> BucketWidth {
        self.calendar.width()
    }

    /// Adds the counts of a bucket of this width, or of the finer width that the table began with.
    pub(super) fn add(&mut self, start_s: i64, counts: &[u64]) {
        let start_s = self.calendar.start_of(start_s);
        match self.counts.get_mut(&start_s) {
            Some(known) => add_to(known, counts),
            None => {
                self.counts.insert(start_s, counts.into());
                while self.counts.len() > self.buckets_max && self.coarsen() {}
            }
        }
    }

    /// Takes the next coarser width. Returns `false` if there is none.
    fn coarsen(&mut self) -> bool {
        let Some(coarser) = self.width().coarser() else {
            return false;
        };
        self.calendar = Calendar::new(self.zone.clone(), coarser);
        for (start_s, counts) in std::mem::take(&mut self.counts) {
            let start_s = self.calendar.start_of(start_s);
            match self.counts.get_mut(&start_s) {
                Some(known) => add_to(known, &counts),
                None => drop(self.counts.insert(start_s, counts)),
            }
        }
        true
    }

    /// Takes coarser widths until there are at most `most` buckets, counting the empty ones between
    /// them.
    pub(super) fn fit(&mut self, most: u64) {
        while self.buckets_in_all() > most.max(1) && self.coarsen() {}
    }

    fn buckets_in_all(&mut self) -> u64 {
        let first = self.counts.first_key_value().map(|(&start, _)| start);
        let last = self.counts.last_key_value().map(|(&start, _)| start);
        match (first, last) {
            (Some(first), Some(last)) => self.calendar.count_in(first..last) + 1,
            _ => 0,
        }
    }

    /// Returns the buckets in the order of their times.
    pub(super) fn buckets(&mut self) -> Vec<Bucket> {
        let mut buckets = Vec::with_capacity(self.counts.len());
        let mut end_before = None;
        for (&start_s, counts) in &self.counts {
            let empty_before = end_before.map_or(0, |end| self.calendar.count_in(end..start_s));
            let end_s = self.calendar.end_of(start_s);
            end_before = Some(end_s);
            buckets.push(Bucket {
                start: self.calendar.zoned(start_s),
                end: self.calendar.zoned(end_s),
                empty_before,
                hits: counts[0],
                by_series: counts[1..].into(),
            });
        }
        buckets
    }
}

fn add_to(known: &mut [u64], counts: &[u64]) {
    for (known, count) in known.iter_mut().zip(counts) {
        *known += count;
    }
}

/// Returns `histogram` with at most `most` buckets, which are coarser if need be.
pub(super) fn at_most(histogram: &Histogram, most: u64) -> Histogram {
    let mut table = BucketTable::new(
        histogram.width,
        histogram.zone.clone(),
        histogram.series.len() + 1,
    );
    for bucket in &histogram.buckets {
        let mut counts = vec![bucket.hits];
        counts.extend(&bucket.by_series);
        table.add(bucket.start.timestamp().as_second(), &counts);
    }
    table.fit(most);
    Histogram {
        width: table.width(),
        buckets: table.buckets(),
        ..histogram.clone()
    }
}
