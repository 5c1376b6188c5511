//! Finds the bucket of a moment: where it begins and ends, on the clocks of a zone.

use std::ops::Range;

use jiff::{
    Timestamp, ZonedDateTime,
    civil::DateTime,
    tz::{Offset, TimeZone, TimeZoneTransition},
};

use super::width::{BucketWidth, DAY_S};

/// Buckets are counted from a Monday at midnight, three days before 1970 began. So weeks begin with
/// a Monday.
const MONDAY_S: i64 = -3 * DAY_S;

/// Finds buckets, and remembers the last one, because a log has many lines of each.
#[derive(Clone, Debug)]
pub(crate) struct Calendar {
    zone: TimeZone,
    width: BucketWidth,
    /// The seconds since 1970 in which clocks have this offset from UTC.
    period: Range<i64>,
    offset_s: i64,
    /// Seconds of the bucket that begins at `start_s`. They are all of its seconds, unless clocks
    /// change in it. Then they are those on one side of the change.
    known: Range<i64>,
    start_s: i64,
}

impl Calendar {
    pub(crate) fn new(zone: TimeZone, width: BucketWidth) -> Calendar {
        Calendar {
            zone,
            width,
            period: 0..0,
            offset_s: 0,
            known: 0..0,
            start_s: 0,
        }
    }

    pub(super) fn width(&self) -> BucketWidth {
        self.width
    }

    /// Returns the first second of the bucket that has `second`, both counted from 1970.
    #[inline]
    pub(crate) fn start_of(&mut self, second: i64) -> i64 {
        if !self.known.contains(&second) {
            self.learn(second);
        }
        self.start_s
    }

    /// Returns the first second behind the bucket that begins at `start_s`.
    pub(super) fn end_of(&mut self, start_s: i64) -> i64 {
        match self.width.days() {
            Some(days) => {
                let day = self.local_s(start_s).div_euclid(DAY_S);
                self.midnight_s(day + days)
            }
            None => {
                self.learn(start_s);
                self.known.end
            }
        }
    }

    /// Returns how many buckets begin in `empty`, whose ends are starts of buckets. If there are many,
    /// and clocks change between them, the number is not exact.
    pub(super) fn count_in(&mut self, empty: Range<i64>) -> u64 {
        const COUNTED: u64 = 100;
        let mut at = empty.start;
        let mut count = 0;
        while at < empty.end {
            if count == COUNTED {
                let width_s = self.width.seconds();
                let rest = (empty.end - at + width_s / 2) / width_s;
                return count + u64::try_from(rest).unwrap_or(0);
            }
            at = self.end_of(at);
            count += 1;
        }
        count
    }

    /// Returns the starts of the buckets in `range`, whose start is one of them.
    pub(super) fn starts_in(&mut self, range: Range<i64>) -> Vec<ZonedDateTime> {
        let mut starts = Vec::new();
        let mut at = range.start;
        while at < range.end {
            starts.push(self.zoned(at));
            at = self.end_of(at);
        }
        starts
    }

    /// Returns the moment with what clocks show then.
    pub(super) fn zoned(&self, second: i64) -> ZonedDateTime {
        timestamp(second).to_zoned_datetime(self.zone.clone())
    }

    #[cold]
    fn learn(&mut self, second: i64) {
        let local_s = self.local_s(second);
        let width_s = self.width.seconds();
        let since_monday = local_s - MONDAY_S;
        let first = since_monday - since_monday.rem_euclid(width_s) + MONDAY_S;
        let span = first - self.offset_s..first + width_s - self.offset_s;
        self.known = span.start.max(self.period.start)..span.end.min(self.period.end);
        self.start_s = match self.width.days() {
            Some(_) => self.midnight_s(first / DAY_S),
            None => self.known.start,
        };
    }

    /// Returns what clocks show, in seconds since they showed 1970.
    fn local_s(&mut self, second: i64) -> i64 {
        if !self.period.contains(&second) {
            let at = timestamp(second);
            let change = |change: TimeZoneTransition<'_>| change.timestamp().as_second();
            // A change in this very second counts as one before it.
            let next = timestamp(second.saturating_add(1));
            let start = self.zone.preceding(next).next().map_or(i64::MIN, change);
            let end = self.zone.following(at).next().map_or(i64::MAX, change);
            self.offset_s = i64::from(self.zone.to_offset(at).seconds());
            self.period = start..end;
        }
        second + self.offset_s
    }

    /// Returns when a day begins, in seconds since 1970.
    fn midnight_s(&self, day: i64) -> i64 {
        let midnight = civil_of(day * DAY_S);
        let found = self.zone.to_ambiguous_timestamp(midnight).compatible();
        found.map_or(day * DAY_S, Timestamp::as_second)
    }
}

/// Returns what clocks of a zone show so many nanoseconds after 1970 began.
#[cfg(any(feature = "digest", feature = "fields"))]
pub(crate) fn zoned(zone: &TimeZone, time_ns: i64) -> ZonedDateTime {
    Timestamp::from_nanosecond(time_ns.into())
        .expect("so many nanoseconds are less than 300 years")
        .to_zoned_datetime(zone.clone())
}

/// Returns the moment, or the nearest one that can be told.
fn timestamp(second: i64) -> Timestamp {
    let range = Timestamp::MIN.as_second()..=Timestamp::MAX.as_second();
    let second = second.clamp(*range.start(), *range.end());
    Timestamp::from_second(second).expect("it is in range")
}

/// Returns what a clock shows this many seconds after it showed 1970.
fn civil_of(local_s: i64) -> DateTime {
    Offset::UTC.to_datetime(timestamp(local_s))
}
