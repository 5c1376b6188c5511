//! A point in time.

use std::fmt;

use super::calendar::{DAY_S, date_of};

/// A point in time: nanoseconds since 1970-01-01T00:00:00Z, without leap seconds.
///
/// It holds the years 1678 to 2261 in full. An `i64` is enough for that, costs what an offset
/// costs, and a log whose times lie outside has none of ours: `0001-01-01` and `9999-12-31` stand
/// for "never", and no question about time can mean them.
///
/// ```text
/// 2026-11-20T14:02:05.123Z is Moment::from_ns(1_795_183_325_123_000_000)
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Moment {
    ns: i64,
}

/// Nanoseconds of a second.
pub(super) const SECOND_NS: i64 = 1_000_000_000;

impl Moment {
    /// The moment so many nanoseconds behind 1970-01-01T00:00:00Z.
    pub(crate) const fn from_ns(ns: i64) -> Moment {
        Moment { ns }
    }

    /// Nanoseconds since 1970-01-01T00:00:00Z; less than 0 before.
    pub(crate) fn ns(self) -> i64 {
        self.ns
    }

    /// The moment `seconds` and `ns` behind 1970-01-01T00:00:00Z, if there is one so far away.
    #[inline]
    pub(super) fn of(seconds: i64, ns: i64) -> Option<Moment> {
        let ns = seconds.checked_mul(SECOND_NS)?.checked_add(ns)?;
        Some(Moment { ns })
    }

    /// The last whole second, since 1970.
    pub(super) fn seconds(self) -> i64 {
        self.ns.div_euclid(SECOND_NS)
    }
}

impl fmt::Display for Moment {
    /// As RFC 3339 in UTC, with all nine digits: `2026-11-20T14:02:05.123000000Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = date_of(self.seconds().div_euclid(DAY_S));
        let of_day = self.seconds().rem_euclid(DAY_S);
        let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
        let ns = self.ns.rem_euclid(SECOND_NS);
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{ns:09}Z"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_shown_in_utc() {
        for (ns, want) in [
            (1_795_183_325_123_000_000, "2026-11-20T14:02:05.123000000Z"),
            (0, "1970-01-01T00:00:00.000000000Z"),
            (-1, "1969-12-31T23:59:59.999999999Z"),
            (i64::MAX, "2262-04-11T23:47:16.854775807Z"),
            (i64::MIN, "1677-09-21T00:12:43.145224192Z"),
        ] {
            assert_eq!(Moment::from_ns(ns).to_string(), want);
        }
    }

    #[test]
    fn what_is_too_far_away_is_no_moment() {
        assert_eq!(Moment::of(9_223_372_037, 0), None);
        assert_eq!(Moment::of(-9_223_372_038, 0), None);
        assert!(Moment::of(9_223_372_036, 0).is_some());
    }
}
