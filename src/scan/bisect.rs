//! Finds the part of a log where the lines of a range of times can be, by a few looks at it. The
//! code is pure: the caller looks.
//!
//! ```text
//! low                    high          look at the middle: its first time is before the one that is wanted,
//!  |----------?------------|           so low moves there; or it is not, and high does
//! ```
//! 1. Nothing that may be wanted is left out, as long as no line is out of order by more than the
//!    slack. Every line above a line that is earlier than `since - slack` is before `since`. Every
//!    line below a line that is not before `until + slack` is not before `until`. The lines between
//!    are not trusted: each is asked for its time.
//! 2. Every time that was seen in any look is kept. If these times are out of order by more than
//!    the slack, the caller reads all of the log.
//! 3. A place without times, such as a long dump, tells nothing. The bisection goes on before it,
//!    and `high` stays where it was. So more is read than needed, and nothing is lost.

use std::{collections::BTreeMap, ops::Range};

use crate::record::Moment;

/// A line with a time: where it begins, and its time.
pub(super) type TimedLine = (u64, Moment);

/// The most looks of a bisection. They are more than halve any file.
const LOOKS_MAX: usize = 64;

/// The task of a bisection.
#[derive(Clone, Debug)]
pub(super) struct Bisection {
    /// The bytes in which the place may be.
    pub(super) range: Range<u64>,
    /// The time that is looked for. The place is where lines begin to be this late.
    pub(super) target: Moment,
    /// The bisection ends when this many bytes are left.
    pub(super) near_bytes: u64,
}

impl Bisection {
    /// Returns a small range that has the place in it. It starts with a line before the target, or
    /// at the start of all. It ends with a line that is not before the target, or at the end of
    /// all. `look` returns the next lines behind an offset that have a time.
    ///
    /// # Errors
    /// The errors of `look`.
    pub(super) fn run<E>(
        &self,
        mut look: impl FnMut(u64) -> Result<Vec<TimedLine>, E>,
    ) -> Result<Range<u64>, E> {
        let Range {
            start: mut low,
            end: mut high,
        } = self.range;
        // The looks between here and `high` saw no times.
        let mut told_to = high;
        for _ in 0..LOOKS_MAX {
            if told_to.saturating_sub(low) <= self.near_bytes {
                break;
            }
            let at = low + (told_to - low) / 2;
            let lines = look(at)?;
            let inside = |line: &&TimedLine| low < line.0 && line.0 < high;
            let early = lines.iter().take_while(|line| line.1 < self.target);
            let early = early.filter(inside).last();
            let late = lines.iter().find(|line| line.1 >= self.target);
            let late = late.filter(inside);
            match (early, late) {
                (None, None) => told_to = at,
                (early, late) => {
                    if let Some(&(offset, _)) = late {
                        high = offset;
                        told_to = told_to.min(high);
                    }
                    if let Some(&(offset, _)) = early {
                        low = offset;
                    }
                    if told_to <= low {
                        told_to = high;
                    }
                }
            }
        }
        Ok(low..high)
    }
}

/// All times that were seen, in the order of their lines.
#[derive(Clone, Debug, Default)]
pub(super) struct SeenTimes(BTreeMap<u64, Moment>);

impl SeenTimes {
    pub(super) fn add(&mut self, lines: &[TimedLine]) {
        self.0.extend(lines.iter().copied());
    }

    /// Returns how far these times are out of order, in nanoseconds.
    pub(super) fn back_ns(&self) -> i64 {
        back_ns(self.0.values().copied())
    }
}

/// Returns the longest step back from the latest time so far, in nanoseconds.
pub(super) fn back_ns(times: impl IntoIterator<Item = Moment>) -> i64 {
    let mut latest: Option<Moment> = None;
    let mut back = 0;
    for time in times {
        let so_far = latest.map_or(time, |latest| latest.max(time));
        back = back.max(so_far.ns().saturating_sub(time.ns()));
        latest = Some(so_far);
    }
    back
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    /// Returns a look at lines that begin at multiples of 10. `time_of` gives their times. Each
    /// look sees three lines.
    fn looks(
        length: u64,
        time_of: impl Fn(u64) -> Option<i64>,
    ) -> impl FnMut(u64) -> Result<Vec<TimedLine>, Infallible> {
        move |at| {
            let first = (at / 10 + 1) * 10;
            let lines = (0..3).map(|nth| first + nth * 10);
            let lines = lines.filter(|&offset| offset < length);
            Ok(lines
                .filter_map(|offset| Some((offset, Moment::from_ns(time_of(offset)?))))
                .collect())
        }
    }

    #[track_caller]
    fn check(target: i64, time_of: impl Fn(u64) -> Option<i64>, want: Range<u64>) {
        let bisection = Bisection {
            range: 0..1000,
            target: Moment::from_ns(target),
            near_bytes: 60,
        };
        let found = bisection.run(looks(1000, time_of)).unwrap();
        assert!(
            found.start <= want.start && want.end <= found.end,
            "{found:?} lacks {want:?}"
        );
        assert!(found.end - found.start <= 120, "{found:?}");
    }

    #[test]
    fn the_place_is_found_between_a_line_before_it_and_one_behind() {
        let offset = |at: u64| i64::try_from(at).ok();
        check(505, offset, 500..510);
        check(500, offset, 490..500);
        check(-1, offset, 0..0);
        check(2000, offset, 1000..1000);
        check(1, offset, 0..10);
        check(990, offset, 980..990);
    }

    #[test]
    fn of_equal_times_the_first_is_found() {
        check(7, |at| Some(if at < 300 { 1 } else { 7 }), 290..300);
        check(7, |at| Some(if at < 300 { 7 } else { 9 }), 0..0);
    }

    #[test]
    fn a_place_without_times_makes_the_range_longer_and_not_wrong() {
        let bisection = Bisection {
            range: 0..1000,
            target: Moment::from_ns(700),
            near_bytes: 60,
        };
        let time_of = |at: u64| (!(400..650).contains(&at)).then_some(at as i64);
        let found = bisection.run(looks(1000, time_of)).unwrap();
        assert!(found.start <= 690 && 700 <= found.end, "{found:?}");
        let nothing = bisection.run(looks(1000, |_| None)).unwrap();
        assert_eq!(nothing, 0..1000);
    }

    #[test]
    fn as_many_looks_are_taken_as_it_takes_to_halve_a_file() {
        let bisection = Bisection {
            range: 0..1 << 42,
            target: Moment::from_ns(1 << 41),
            near_bytes: 256 << 10,
        };
        let mut count = 0;
        let mut look = looks(1 << 42, |at| i64::try_from(at).ok());
        let found = bisection.run(|at| {
            count += 1;
            look(at)
        });
        assert!(found.unwrap().contains(&((1 << 41) - 1)));
        assert!(count <= 25, "{count}");
    }

    #[test]
    fn times_are_out_of_order_by_the_longest_step_back() {
        let times = |ns: &[i64]| back_ns(ns.iter().copied().map(Moment::from_ns));
        assert_eq!(times(&[]), 0);
        assert_eq!(times(&[1, 2, 2, 5]), 0);
        assert_eq!(times(&[1, 9, 8, 3, 9]), 6);
        let mut seen = SeenTimes::default();
        seen.add(&[(20, Moment::from_ns(2)), (30, Moment::from_ns(3))]);
        assert_eq!(seen.back_ns(), 0);
        seen.add(&[(10, Moment::from_ns(4))]);
        assert_eq!(seen.back_ns(), 2);
    }
}
