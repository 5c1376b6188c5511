//! What is worked out of the values of a field: sums, averages, percentiles, how many differ.
//!
//! Everything here gives the same digits in whatever order values are added and parts are put
//! together: sums are exact until they are shown, and the sketches only count.

use std::hash::BuildHasher;

use foldhash::fast::FixedState;
use hashbrown::HashSet;
use hyperloglockless::HyperLogLog;
use sketches_ddsketch::{Config, DDSketch};

use crate::fields::quantity::{Number, Quantity};

/// So many different values are counted one by one. Of more the number is an estimate.
pub const DISTINCT_EXACT_MAX: usize = 256;

/// The estimate of how many values differ is made of 2 to this power registers: its standard error
/// is 1.04 divided by the square root of their number (Flajolet and others, 2007), 1.6 %.
const DISTINCT_PRECISION: u8 = 12;

/// A percentile is wrong by at most this share of itself: the relative accuracy of DDSketch (Masson,
/// Rim, Lee, 2019).
const PERCENTILE_ERROR: f64 = 0.01;

/// With so many bins the largest value may be 10^35 times the smallest before small ones are put
/// together, which a note says. So a log with the largest number of 64 bits as a mark is told right.
const PERCENTILE_BINS_MAX: u32 = 4096;

/// Smaller sizes count as zero in percentiles.
const PERCENTILE_MIN: f64 = 1e-9;

/// A function of the values of a field in a group of lines.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Function {
    Count,
    Sum,
    Average,
    Min,
    Max,
    /// From 0 to 1.
    Percentile(f64),
    Distinct,
}

impl Function {
    /// Parses the name of a function: `p99` and `p99.9` are percentiles.
    pub(super) fn of_name(name: &str) -> Option<Function> {
        Some(match name {
            "count" => Function::Count,
            "sum" => Function::Sum,
            "avg" | "mean" => Function::Average,
            "min" => Function::Min,
            "max" => Function::Max,
            "distinct" => Function::Distinct,
            "median" => Function::Percentile(0.5),
            _ => {
                let digits = name.strip_prefix('p')?;
                let is_number = digits.starts_with(|c: char| c.is_ascii_digit());
                let percent: f64 = digits.parse().ok().filter(|_| is_number)?;
                (0.0..=100.0)
                    .contains(&percent)
                    .then_some(Function::Percentile(percent / 100.0))?
            }
        })
    }

    /// Returns what has to be kept for it.
    pub(super) fn state(self) -> State {
        match self {
            Function::Count => State::Count(0),
            Function::Sum | Function::Average => State::Sum(ExactSum::default()),
            Function::Min => State::Min(None),
            Function::Max => State::Max(None),
            Function::Percentile(_) => State::Sketch(Box::new(DDSketch::new(Config::new(
                PERCENTILE_ERROR,
                PERCENTILE_BINS_MAX,
                PERCENTILE_MIN,
            )))),
            Function::Distinct => State::Distinct(Box::default()),
        }
    }

    /// Returns whether both need the same kept.
    pub(super) fn shares_state(self, other: Function) -> bool {
        use Function::{Average, Percentile, Sum};
        match (self, other) {
            (Percentile(_), Percentile(_)) | (Sum | Average, Sum | Average) => true,
            (a, b) => a == b,
        }
    }

    /// Returns whether only numbers count for it.
    pub(super) fn wants_numbers(self) -> bool {
        !matches!(self, Function::Count | Function::Distinct)
    }
}

/// What is kept of the values of a field.
#[derive(Clone)]
pub(super) enum State {
    Count(u64),
    Sum(ExactSum),
    Min(Option<Number>),
    Max(Option<Number>),
    Sketch(Box<DDSketch>),
    Distinct(Box<DistinctCount>),
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            State::Sketch(sketch) => f.debug_tuple("Sketch").field(&sketch.count()).finish(),
            State::Count(_) => f.write_str("Count"),
            State::Sum(_) => f.write_str("Sum"),
            State::Min(_) => f.write_str("Min"),
            State::Max(_) => f.write_str("Max"),
            State::Distinct(_) => f.write_str("Distinct"),
        }
    }
}

/// The result of a function.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Aggregated {
    Nothing,
    Whole(i128),
    Real(f64),
    /// A number of which only the first digits are known.
    About(f64),
}

impl State {
    /// Adds a value. Returns false if it is no number and should be one.
    #[inline]
    pub(super) fn add(&mut self, text: &[u8]) -> bool {
        match self {
            State::Count(count) => *count += 1,
            State::Distinct(distinct) => distinct.add(text),
            State::Sum(_) | State::Min(_) | State::Max(_) | State::Sketch(_) => {
                let Some(number) = number_of(text) else {
                    return false;
                };
                match self {
                    State::Sum(sum) => sum.add(number),
                    State::Min(min) => *min = Some(least(*min, number)),
                    State::Max(max) => *max = Some(most(*max, number)),
                    State::Sketch(sketch) => sketch.add(number.real()),
                    State::Count(_) | State::Distinct(_) => {}
                }
            }
        }
        true
    }

    /// Adds what was kept of other values of the same field, for the same function.
    pub(super) fn merge(&mut self, other: State) {
        match (self, other) {
            (State::Count(count), State::Count(other)) => *count += other,
            (State::Sum(sum), State::Sum(other)) => sum.merge(&other),
            (State::Min(min), State::Min(Some(other))) => *min = Some(least(*min, other)),
            (State::Max(max), State::Max(Some(other))) => *max = Some(most(*max, other)),
            (State::Sketch(sketch), State::Sketch(other)) => {
                let merged = sketch.merge(&other);
                debug_assert!(merged.is_ok(), "both have the same settings");
            }
            (State::Distinct(distinct), State::Distinct(other)) => distinct.merge(*other),
            _ => {}
        }
    }

    /// Returns whether small values may have been put together.
    pub(super) fn is_full(&self) -> bool {
        match self {
            State::Sketch(sketch) => sketch.length() >= PERCENTILE_BINS_MAX as usize,
            _ => false,
        }
    }

    pub(super) fn result(&self, function: Function) -> Aggregated {
        match (self, function) {
            (State::Count(count), _) => Aggregated::Whole(i128::from(*count)),
            (State::Sum(sum), Function::Average) => sum.average(),
            (State::Sum(sum), _) => sum.sum(),
            (State::Min(Some(number)) | State::Max(Some(number)), _) => match *number {
                Number::Whole(whole) => Aggregated::Whole(whole),
                Number::Real(real) => Aggregated::Real(real),
            },
            (State::Sketch(sketch), Function::Percentile(share)) => {
                let value = sketch.quantile(share).ok().flatten();
                let range = sketch.min().zip(sketch.max());
                let value = value
                    .zip(range)
                    .map(|(value, (min, max))| value.max(min).min(max));
                value.map_or(Aggregated::Nothing, Aggregated::About)
            }
            (State::Distinct(distinct), _) => distinct.count(),
            _ => Aggregated::Nothing,
        }
    }

    /// Returns whether it is an estimate of how many values differ.
    pub(super) fn is_estimate(&self) -> bool {
        matches!(self, State::Distinct(distinct) if distinct.estimate.is_some())
    }

    /// Returns how many bytes it may take.
    pub(super) fn bytes_max(&self) -> usize {
        match self {
            State::Count(_) | State::Min(_) | State::Max(_) => 0,
            State::Sum(_) => 256,
            State::Sketch(_) => PERCENTILE_BINS_MAX as usize * 8,
            // Of the exact values, in a table that is at most as large.
            State::Distinct(_) => DISTINCT_EXACT_MAX * 24,
        }
    }
}

/// Returns the number that a text is. Durations count in seconds, sizes in bytes.
#[inline]
fn number_of(text: &[u8]) -> Option<Number> {
    let number = Number::parse(text).or_else(|| {
        Some(Number::Real(match Quantity::parse(text)? {
            Quantity::Seconds(seconds) => seconds,
            Quantity::Bytes(bytes) => bytes,
        }))
    });
    number.filter(|number| match number {
        Number::Whole(_) => true,
        Number::Real(real) => real.is_finite(),
    })
}

fn least(a: Option<Number>, b: Number) -> Number {
    match a {
        Some(a) if a.compare(b).is_some_and(std::cmp::Ordering::is_le) => a,
        _ => b,
    }
}

fn most(a: Option<Number>, b: Number) -> Number {
    match a {
        Some(a) if a.compare(b).is_some_and(std::cmp::Ordering::is_ge) => a,
        _ => b,
    }
}

/// A sum that is exact: whole numbers as such, and others as the parts of which their sum is made,
/// which do not overlap (Shewchuk, 1997). It is rounded once, when it is shown, so it does not depend
/// on the order of its numbers.
#[derive(Clone, Debug, Default)]
pub(super) struct ExactSum {
    count: u64,
    whole: i128,
    parts: Vec<f64>,
    /// The parts of the sum of huge numbers, each divided by [`HUGE_SCALE`], so that no sum is too
    /// large on the way.
    huge: Vec<f64>,
}

/// From here on a number is huge: the sum of as many as a log can have of smaller ones is finite.
const HUGE: f64 = 1e280;

/// A power of two, so that dividing by it changes no digit of a huge number.
const HUGE_SCALE: f64 = (1_u128 << 100) as f64;

impl ExactSum {
    fn add(&mut self, number: Number) {
        self.count += 1;
        match number {
            Number::Whole(whole) => match self.whole.checked_add(whole) {
                Some(sum) => self.whole = sum,
                None => self.add_real(number.real()),
            },
            Number::Real(real) => self.add_real(real),
        }
    }

    fn add_real(&mut self, real: f64) {
        match real.abs() < HUGE {
            true => add_part(&mut self.parts, real),
            false => add_part(&mut self.huge, real / HUGE_SCALE),
        }
    }

    fn merge(&mut self, other: &ExactSum) {
        self.count += other.count;
        match self.whole.checked_add(other.whole) {
            Some(sum) => self.whole = sum,
            None => self.add_real(Number::Whole(other.whole).real()),
        }
        other.parts.iter().for_each(|&part| self.add_real(part));
        let huge = &mut self.huge;
        other.huge.iter().for_each(|&part| add_part(huge, part));
    }

    /// Returns the sum, with the whole numbers among the parts.
    fn real(&self) -> f64 {
        let mut all = self.clone();
        // A whole number of more than 53 bits is two parts and more.
        let mut rest = self.whole;
        while rest != 0 {
            let part = Number::Whole(rest).real();
            all.add_real(part);
            #[expect(
                clippy::cast_possible_truncation,
                reason = "it came from such a number"
            )]
            let taken = part as i128;
            rest = rest.saturating_sub(taken);
        }
        if all.huge.is_empty() {
            return rounded(&all.parts);
        }
        let mut huge = std::mem::take(&mut all.huge);
        let parts = all.parts.iter();
        parts.for_each(|part| add_part(&mut huge, part / HUGE_SCALE));
        rounded(&huge) * HUGE_SCALE
    }

    fn sum(&self) -> Aggregated {
        match (self.count, self.parts.is_empty() && self.huge.is_empty()) {
            (0, _) => Aggregated::Nothing,
            (_, true) => Aggregated::Whole(self.whole),
            (_, false) => Aggregated::Real(self.real()),
        }
    }

    fn average(&self) -> Aggregated {
        match self.count {
            0 => Aggregated::Nothing,
            #[expect(clippy::cast_precision_loss, reason = "the nearest one is meant")]
            count => Aggregated::Real(self.real() / count as f64),
        }
    }
}

/// Adds a number to parts which do not overlap, the smallest first.
fn add_part(parts: &mut Vec<f64>, number: f64) {
    let mut rest = number;
    let mut kept = 0;
    for nth in 0..parts.len() {
        let mut part = parts[nth];
        if rest.abs() < part.abs() {
            std::mem::swap(&mut rest, &mut part);
        }
        let sum = rest + part;
        let lost = part - (sum - rest);
        if lost != 0.0 {
            parts[kept] = lost;
            kept += 1;
        }
        rest = sum;
    }
    parts.truncate(kept);
    parts.push(rest);
}

/// Returns the number that is nearest to the sum of parts which do not overlap, the smallest first.
fn rounded(parts: &[f64]) -> f64 {
    let Some((&last, rest)) = parts.split_last() else {
        return 0.0;
    };
    let mut sum = last;
    let mut rest = rest.iter().rev();
    while let Some(&part) = rest.next() {
        let before = sum;
        sum = before + part;
        let lost = part - (sum - before);
        if lost != 0.0 {
            // Half of the last digit is rounded to even, unless something smaller says otherwise.
            if let Some(&next) = rest.next()
                && (lost < 0.0) == (next < 0.0)
            {
                let twice = lost * 2.0;
                let up = sum + twice;
                if up - sum == twice {
                    sum = up;
                }
            }
            break;
        }
    }
    sum
}

/// How many values differ: their hashes, or an estimate of how many there are.
#[derive(Clone, Debug, Default)]
pub(super) struct DistinctCount {
    /// How many values there were, of which some may be the same.
    values: u64,
    hashes: HashSet<u64, FixedState>,
    estimate: Option<HyperLogLog<FixedState>>,
}

/// The hashes are the same in every run, so that the estimates are.
const HASHES: FixedState = FixedState::with_seed(0x6c6f_6773_6361_6e00);

impl DistinctCount {
    fn add(&mut self, text: &[u8]) {
        self.values += 1;
        self.add_hash(HASHES.hash_one(text));
    }

    fn add_hash(&mut self, hash: u64) {
        if let Some(estimate) = &mut self.estimate {
            estimate.insert_hash(hash);
            return;
        }
        self.hashes.insert(hash);
        if self.hashes.len() > DISTINCT_EXACT_MAX {
            let mut estimate = HyperLogLog::with_hasher(DISTINCT_PRECISION, HASHES);
            self.hashes
                .iter()
                .for_each(|&hash| estimate.insert_hash(hash));
            self.hashes = HashSet::default();
            self.estimate = Some(estimate);
        }
    }

    fn merge(&mut self, other: DistinctCount) {
        self.values += other.values;
        other.hashes.iter().for_each(|&hash| self.add_hash(hash));
        if let Some(other) = other.estimate {
            let mut own = std::mem::take(self);
            match &mut own.estimate {
                Some(estimate) => {
                    let joined = estimate.union(&other);
                    debug_assert!(joined.is_ok(), "both have the same settings");
                }
                None => {
                    let hashes = std::mem::take(&mut own.hashes);
                    let mut estimate = other;
                    hashes.iter().for_each(|&hash| estimate.insert_hash(hash));
                    own.estimate = Some(estimate);
                }
            }
            *self = own;
        }
    }

    fn count(&self) -> Aggregated {
        match &self.estimate {
            // No estimate is more than there can be.
            Some(estimate) => {
                Aggregated::Whole((estimate.count() as i128).min(i128::from(self.values)))
            }
            None => Aggregated::Whole(self.hashes.len() as i128),
        }
    }
}
