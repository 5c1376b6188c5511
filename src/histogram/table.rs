//! The counts of buckets, in bounded memory: if there are too many buckets, coarser ones are taken.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use super::{Bucket, Histogram, calendar::Calendar, width::BucketWidth};

/// The most buckets with hits. If there are more, longer buckets are taken.
pub const BUCKETS_MAX: usize = 1 << 16;

/// The most counts that are kept, which take 8 MiB. With many series there are fewer buckets.
const COUNTS_MAX: usize = 1 << 20;

/// What is known of a bucket, and grows with each bucket that becomes a part of it.
pub(crate) trait BucketValue {
    /// Adds what is known of another bucket.
    fn add(&mut self, other: Self);
}

/// The hits of a bucket, and behind them those of each series.
impl BucketValue for Box<[u64]> {
    fn add(&mut self, other: Box<[u64]>) {
        for (known, count) in self.iter_mut().zip(other) {
            *known += count;
        }
    }
}

/// What is known of each bucket with hits, by its first second.
#[derive(Clone, Debug)]
pub(crate) struct BucketTable<V> {
    calendar: Calendar,
    zone: TimeZone,
    values: BTreeMap<i64, V>,
    buckets_max: usize,
}

/// Returns how many buckets a table may have, each of which has this number of counts.
pub(super) fn buckets_max(counts: usize) -> usize {
    BUCKETS_MAX.min(COUNTS_MAX / counts.max(1))
}

impl<V: BucketValue> BucketTable<V> {
    /// Returns an empty table for at most `buckets_max` buckets.
    pub(crate) fn new(width: BucketWidth, zone: TimeZone, buckets_max: usize) -> BucketTable<V> {
        BucketTable {
            calendar: Calendar::new(zone.clone(), width),
            zone,
            values: BTreeMap::new(),
            buckets_max,
        }
    }

    #[cfg(test)]
    pub(super) fn with_buckets_max(self, buckets_max: usize) -> BucketTable<V> {
        BucketTable {
            buckets_max,
            ..self
        }
    }

    pub(crate) fn width(&self) -> BucketWidth {
        self.calendar.width()
    }

    /// Adds what is known of a bucket of this width, or of a finer one of which this one is made.
    pub(crate) fn add(&mut self, start_s: i64, value: V) {
        let start_s = self.calendar.start_of(start_s);
        match self.values.get_mut(&start_s) {
            Some(known) => known.add(value),
            None => {
                self.values.insert(start_s, value);
                while self.values.len() > self.buckets_max && self.coarsen() {}
            }
        }
    }

    /// Returns what is known of each bucket, by its first second.
    #[cfg(feature = "digest")]
    pub(crate) fn values(&self) -> &BTreeMap<i64, V> {
        &self.values
    }

    /// Returns the same, without the table.
    #[cfg(feature = "digest")]
    pub(crate) fn into_values(self) -> BTreeMap<i64, V> {
        self.values
    }

    /// Takes coarser widths until this one is at least as coarse as `width`.
    #[cfg(feature = "digest")]
    pub(crate) fn coarsen_to(&mut self, width: BucketWidth) {
        while self.width() < width && self.coarsen() {}
    }

    /// Takes the next coarser width. Returns `false` if there is none.
    fn coarsen(&mut self) -> bool {
        let Some(coarser) = self.width().coarser() else {
            return false;
        };
        self.calendar = Calendar::new(self.zone.clone(), coarser);
        for (start_s, value) in std::mem::take(&mut self.values) {
            let start_s = self.calendar.start_of(start_s);
            match self.values.get_mut(&start_s) {
                Some(known) => known.add(value),
                None => drop(self.values.insert(start_s, value)),
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
        let first = self.values.first_key_value().map(|(&start, _)| start);
        let last = self.values.last_key_value().map(|(&start, _)| start);
        match (first, last) {
            (Some(first), Some(last)) => self.calendar.count_in(first..last) + 1,
            _ => 0,
        }
    }

    /// Returns the buckets in the order of their times. `counts` tells how many hits a bucket has,
    /// and behind them how many each series has.
    pub(crate) fn buckets(&mut self, counts: impl Fn(&V) -> Vec<u64>) -> Vec<Bucket> {
        let mut buckets = Vec::with_capacity(self.values.len());
        let mut end_before = None;
        for (&start_s, value) in &self.values {
            let counts = counts(value);
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

/// Returns `histogram` with at most `most` buckets, which are coarser if need be.
pub(super) fn at_most(histogram: &Histogram, most: u64) -> Histogram {
    let mut table = BucketTable::<Box<[u64]>>::new(
        histogram.width,
        histogram.zone.clone(),
        buckets_max(histogram.series.len() + 1),
    );
    for bucket in &histogram.buckets {
        let mut counts = vec![bucket.hits];
        counts.extend(&bucket.by_series);
        table.add(bucket.start.timestamp().as_second(), counts.into());
    }
    table.fit(most);
    Histogram {
        width: table.width(),
        buckets: table.buckets(|counts| counts.to_vec()),
        ..histogram.clone()
    }
}
