//! The length of a bucket, and the next coarser one.

use std::{fmt, time::Duration};

/// How many seconds a day has.
pub(super) const DAY_S: i64 = 86_400;

/// Longer buckets than a hundred years are of no use, and sums of them must not overflow.
const WIDTH_S_MAX: i64 = 36_525 * DAY_S;

/// The widths that people use. Each is a multiple of all widths before it, so its buckets are made
/// of whole buckets of theirs.
const LADDER_S: [i64; 14] = [
    1,
    5,
    10,
    30,
    60,
    5 * 60,
    10 * 60,
    30 * 60,
    3600,
    2 * 3600,
    6 * 3600,
    12 * 3600,
    DAY_S,
    7 * DAY_S,
];

/// The largest step from a width to the next coarser one that people use.
const STEP_MAX: i64 = 7;

/// The length of a bucket, in whole seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BucketWidth {
    seconds: i64,
}

impl BucketWidth {
    /// The finest width.
    pub const SECOND: BucketWidth = BucketWidth { seconds: 1 };

    /// Returns the width of `span`, if that is at least a second and at most a hundred years.
    pub fn new(span: Duration) -> Option<BucketWidth> {
        let seconds = i64::try_from(span.as_secs()).ok()?;
        let is_width = (1..=WIDTH_S_MAX).contains(&seconds) && span.subsec_nanos() == 0;
        is_width.then_some(BucketWidth { seconds })
    }

    /// Returns the length on a clock.
    pub fn seconds(self) -> i64 {
        self.seconds
    }

    /// Returns how many days the width is, if it is whole days.
    pub(super) fn days(self) -> Option<i64> {
        (self.seconds % DAY_S == 0).then_some(self.seconds / DAY_S)
    }

    /// Returns the next coarser width, which is a multiple of this one. Returns `None` behind a
    /// hundred years.
    ///
    /// From half a day on the next width has whole days. Buckets of other widths end where clocks
    /// change, so two of them might never become one.
    pub(super) fn coarser(self) -> Option<BucketWidth> {
        let width_s = self.seconds;
        let usual = LADDER_S
            .into_iter()
            .filter(|&next| next > width_s && next <= width_s * STEP_MAX)
            .find(|next| next % width_s == 0);
        let seconds = match usual {
            Some(usual) => usual,
            None if width_s < DAY_S / 4 || width_s % DAY_S == 0 => width_s * 2,
            None => width_s / common_divisor(width_s, DAY_S) * DAY_S,
        };
        (seconds <= WIDTH_S_MAX).then_some(BucketWidth { seconds })
    }
}

/// Returns the greatest common divisor of two numbers above 0.
fn common_divisor(a: i64, b: i64) -> i64 {
    match a % b {
        0 => b,
        rest => common_divisor(b, rest),
    }
}

impl fmt::Display for BucketWidth {
    /// Writes the width as `--per` takes it: `1m`, `1h30m`, `7d`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.seconds;
        for (unit_s, unit) in [(DAY_S, "d"), (3600, "h"), (60, "m"), (1, "s")] {
            if rest >= unit_s {
                write!(f, "{}{unit}", rest / unit_s)?;
            }
            rest %= unit_s;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn width(seconds: u64) -> BucketWidth {
        BucketWidth::new(Duration::from_secs(seconds)).unwrap()
    }

    #[test]
    fn a_width_is_shown_as_it_is_typed() {
        for (seconds, want) in [
            (1, "1s"),
            (60, "1m"),
            (5400, "1h30m"),
            (86_400, "1d"),
            (604_801, "7d1s"),
        ] {
            assert_eq!(width(seconds).to_string(), want);
        }
    }

    #[test]
    fn a_coarser_width_is_a_multiple_and_one_that_people_use_if_there_is_one_near() {
        let mut steps = vec![BucketWidth::SECOND];
        while steps.len() < 17 {
            steps.extend(steps[steps.len() - 1].coarser());
        }
        let shown: Vec<String> = steps.iter().map(ToString::to_string).collect();
        assert_eq!(
            shown.join(" "),
            "1s 5s 10s 30s 1m 5m 10m 30m 1h 2h 6h 12h 1d 7d 14d 28d 56d"
        );
        for seconds in [2, 7, 13, 420, 3599, 86_401, 2 * 86_400] {
            let mut step = width(seconds);
            while let Some(next) = step.coarser() {
                assert!(next > step && next.seconds % step.seconds == 0, "{seconds}");
                step = next;
            }
        }
        assert_eq!(width(420 * 64).coarser(), Some(width(14 * 86_400)));
        assert_eq!(width(120).coarser(), Some(width(600)));
    }

    #[test]
    fn nothing_and_what_is_no_whole_second_is_no_width() {
        for span in [Duration::ZERO, Duration::from_millis(1500), Duration::MAX] {
            assert_eq!(BucketWidth::new(span), None);
        }
    }
}
