//! What the times of lines tell: where a log was silent, and where it was busy.
//!
//! ```text
//! lines by time   ||||||||||||||||          ||||||||||||||||||||#############||||||||||
//!                                 a silence                      a burst
//! ```
//! A *silence* is a span without lines that is at least [`SILENCE_TIMES`] times as long as what
//! usually lies between one bucket with lines and the next: the median of these, so a few long
//! silences do not hide the others. It is exact, as each bucket knows its earliest and latest line;
//! but what is shorter than a bucket is not seen.
//!
//! A *burst* is a run of buckets with far more lines than usual. What is usual is the median of the
//! buckets with lines; how much more is far more depends on how much they differ: six times their
//! median absolute deviation, which a few bursts do not change (Hampel 1974, "The influence curve
//! and its role in robust estimation"). Times 1.4826 it is the standard deviation of what is
//! normally distributed. Lines that come by chance differ by the square root of their number
//! (Poisson), so less than six times that is no burst either, nor is less than three times as much
//! as usual.

use super::{EVENTS_SHOWN, LogPlace};
use crate::{
    histogram::{BucketTable, BucketValue, Histogram},
    line::to_u64,
    templates::Level,
};

/// How many nanoseconds a second has.
pub(super) const SECOND_NS: i64 = 1_000_000_000;

/// A silence is at least so many times as long as usual.
const SILENCE_TIMES: i64 = 5;

/// How many buckets at most are looked at for bursts, with the empty ones: minutes of a day.
const BURST_BUCKETS_MAX: u64 = 2000;

/// With fewer buckets with lines nobody knows what is usual.
const BURST_BUCKETS_MIN: usize = 10;

/// A burst has at least so many times as many lines as usual.
const BURST_TIMES: u64 = 3;

/// A burst is at least so many deviations from what is usual.
const BURST_DEVIATIONS: f64 = 6.0;

/// What makes a standard deviation of a median absolute deviation.
const NORMAL: f64 = 1.4826;

/// How many lines have each level, as in [`Level::ALL`].
type LevelCounts = [u64; Level::ALL.len()];

/// A line and its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatedLine {
    /// The time to which it belongs, in nanoseconds since 1970-01-01T00:00:00Z.
    pub time_ns: i64,
    /// Where it stands.
    pub place: LogPlace,
}

/// The lines of a bucket of time in a chunk.
#[derive(Clone, Debug)]
pub(super) struct LineBucket {
    lines: u64,
    levels: LevelCounts,
    /// The time and the number of the earliest line, and of the latest.
    first: (i64, u64),
    last: (i64, u64),
}

impl LineBucket {
    pub(super) fn new(time_ns: i64, line: u64, level: Option<Level>) -> LineBucket {
        let mut bucket = LineBucket {
            lines: 0,
            levels: LevelCounts::default(),
            first: (time_ns, line),
            last: (time_ns, line),
        };
        bucket.add_line(time_ns, line, level);
        bucket
    }

    /// Adds a line that stands behind the others.
    pub(super) fn add_line(&mut self, time_ns: i64, line: u64, level: Option<Level>) {
        self.lines += 1;
        self.add_level(level);
        if time_ns < self.first.0 {
            self.first = (time_ns, line);
        }
        if time_ns >= self.last.0 {
            self.last = (time_ns, line);
        }
    }
}

impl LineBucket {
    /// Counts the level of lines that were added.
    pub(super) fn add_level(&mut self, level: Option<Level>) {
        if let Some(level) = level {
            self.levels[level as usize] += 1;
        }
    }
}

impl BucketValue for LineBucket {
    fn add(&mut self, other: LineBucket) {
        self.lines += other.lines;
        add_levels(&mut self.levels, other.levels);
        if other.first.0 < self.first.0 {
            self.first = other.first;
        }
        if other.last.0 >= self.last.0 {
            self.last = other.last;
        }
    }
}

/// The lines of a bucket of time.
#[derive(Clone, Debug)]
pub(super) struct LogBucket {
    lines: u64,
    levels: LevelCounts,
    first: DatedLine,
    last: DatedLine,
}

impl LogBucket {
    /// Makes a bucket of that of a chunk, whose lines stand where `place` says.
    pub(super) fn of(bucket: &LineBucket, place: impl Fn(u64) -> LogPlace) -> LogBucket {
        let timed = |(time_ns, line)| DatedLine {
            time_ns,
            place: place(line),
        };
        LogBucket {
            lines: bucket.lines,
            levels: bucket.levels,
            first: timed(bucket.first),
            last: timed(bucket.last),
        }
    }

    /// Returns how many lines there are, and behind that how many have each of these levels.
    pub(super) fn counts(&self, levels: &[Level]) -> Vec<u64> {
        let levels = levels.iter().map(|&level| self.levels[level as usize]);
        [self.lines].into_iter().chain(levels).collect()
    }
}

impl BucketValue for LogBucket {
    fn add(&mut self, other: LogBucket) {
        self.lines += other.lines;
        add_levels(&mut self.levels, other.levels);
        if other.first.time_ns < self.first.time_ns {
            self.first = other.first;
        }
        if other.last.time_ns >= self.last.time_ns {
            self.last = other.last;
        }
    }
}

fn add_levels(levels: &mut LevelCounts, other: LevelCounts) {
    for (known, count) in levels.iter_mut().zip(other) {
        *known += count;
    }
}

/// A span of time without a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Silence {
    /// The last line before it.
    pub from: DatedLine,
    /// The first line behind it.
    pub to: DatedLine,
}

impl Silence {
    /// Returns how long it is, in nanoseconds.
    pub fn length_ns(&self) -> i64 {
        self.to.time_ns.saturating_sub(self.from.time_ns)
    }
}

/// The spans of time without a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Silences {
    /// How many there are.
    pub count: u64,
    /// How long a span must be to be one, in nanoseconds.
    pub least_ns: i64,
    /// The longest, the longest first.
    pub longest: Vec<Silence>,
    /// The times at which each of them ends, in order.
    pub(super) ends_ns: Vec<i64>,
}

/// Returns the earliest and the latest line.
pub(super) fn span(table: &BucketTable<LogBucket>) -> Option<(DatedLine, DatedLine)> {
    let (_, first) = table.values().first_key_value()?;
    let (_, last) = table.values().last_key_value()?;
    Some((first.first.clone(), last.last.clone()))
}

/// Finds the silences.
pub(super) fn silences(table: &BucketTable<LogBucket>) -> Silences {
    let pairs = || table.values().iter().zip(table.values().iter().skip(1));
    let mut distances: Vec<i64> = pairs().map(|((a, _), (b, _))| b - a).collect();
    let Some(usual_s) = median(&mut distances) else {
        return Silences::default();
    };
    let least_ns = usual_s
        .max(table.width().seconds())
        .saturating_mul(SILENCE_TIMES)
        .saturating_mul(SECOND_NS);
    let mut all: Vec<Silence> = pairs()
        .filter(|((_, a), (_, b))| b.first.time_ns.saturating_sub(a.last.time_ns) >= least_ns)
        .map(|((_, a), (_, b))| Silence {
            from: a.last.clone(),
            to: b.first.clone(),
        })
        .collect();
    let ends_ns = all.iter().map(|silence| silence.to.time_ns).collect();
    let count = to_u64(all.len());
    all.sort_by_key(|silence| std::cmp::Reverse(silence.length_ns()));
    all.truncate(EVENTS_SHOWN);
    Silences {
        count,
        least_ns,
        longest: all,
        ends_ns,
    }
}

/// A span of time with far more lines than usual.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Burst {
    /// The first second of it, and the first behind it, since 1970-01-01T00:00:00Z.
    pub seconds: std::ops::Range<i64>,
    /// How many lines there are.
    pub lines: u64,
    /// The earliest of them.
    pub first: LogPlace,
}

/// The spans of time with far more lines than usual.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bursts {
    /// How many there are.
    pub count: u64,
    /// How long the buckets are that were compared, in seconds.
    pub width_s: i64,
    /// How many lines such a bucket usually has, if it has any.
    pub usual: u64,
    /// Those with the most lines, the one with the most first.
    pub largest: Vec<Burst>,
}

/// Finds the bursts.
pub(super) fn bursts(histogram: &Histogram, table: &BucketTable<LogBucket>) -> Bursts {
    let coarse = histogram.at_most(BURST_BUCKETS_MAX);
    let mut counts: Vec<u64> = coarse.buckets.iter().map(|bucket| bucket.hits).collect();
    if counts.len() < BURST_BUCKETS_MIN {
        return Bursts::default();
    }
    let least = burst_least(&mut counts);
    let mut all: Vec<(std::ops::Range<i64>, u64)> = Vec::new();
    for bucket in coarse.buckets.iter().filter(|bucket| bucket.hits >= least) {
        let start_s = bucket.start.timestamp().as_second();
        let end_s = bucket.end.timestamp().as_second();
        match all.last_mut() {
            Some((seconds, lines)) if seconds.end == start_s => {
                seconds.end = end_s;
                *lines += bucket.hits;
            }
            _ => all.push((start_s..end_s, bucket.hits)),
        }
    }
    let count = to_u64(all.len());
    all.sort_by_key(|(_, lines)| std::cmp::Reverse(*lines));
    let largest = all.into_iter().take(EVENTS_SHOWN);
    let largest = largest.filter_map(|(seconds, lines)| {
        let (_, first) = table.values().range(seconds.clone()).next()?;
        Some(Burst {
            seconds,
            lines,
            first: first.first.place.clone(),
        })
    });
    Bursts {
        count,
        width_s: coarse.width.seconds(),
        usual: median(&mut counts).unwrap_or(0),
        largest: largest.collect(),
    }
}

/// Returns how many lines a bucket of a burst has at least, from the counts of buckets with lines.
fn burst_least(counts: &mut [u64]) -> u64 {
    let usual = median(counts).unwrap_or(0);
    let mut deviations: Vec<u64> = counts.iter().map(|count| count.abs_diff(usual)).collect();
    let deviation = median(&mut deviations).unwrap_or(0);
    #[expect(
        clippy::cast_precision_loss,
        reason = "a bound that need not be exact, of counts of lines"
    )]
    let (middle, deviation) = (usual as f64, deviation as f64);
    let far = middle + BURST_DEVIATIONS * (NORMAL * deviation).max(middle.sqrt());
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a count of lines is far below what is cut off here"
    )]
    let far = far.ceil() as u64;
    far.max(usual.saturating_mul(BURST_TIMES))
}

/// Returns the middle one of some values, the lower one of two.
fn median<T: Ord + Copy>(values: &mut [T]) -> Option<T> {
    let middle = values.len().checked_sub(1)? / 2;
    Some(*values.select_nth_unstable(middle).1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_usual_is_no_burst_and_what_is_far_more_is_one() {
        let least = |counts: &[u64]| burst_least(&mut counts.to_vec());
        // Equal counts differ by chance only.
        assert_eq!(least(&[100; 20]), 300);
        assert_eq!(least(&[1; 20]), 7);
        // One bucket does not change what is usual.
        let mut counts = [100; 20];
        counts[7] = 1_000_000;
        assert_eq!(least(&counts), 300);
        // Buckets that differ much have to be left by more.
        let counts: Vec<u64> = (0..21).map(|nth| nth * 100).collect();
        assert_eq!(least(&counts), 5448);
    }

    #[test]
    fn the_median_is_the_lower_one_of_two() {
        assert_eq!(median(&mut [] as &mut [u64]), None);
        assert_eq!(median(&mut [3]), Some(3));
        assert_eq!(median(&mut [9, 1, 5, 3]), Some(3));
    }
}
