//! Reads the times of the lines of a log, whose place and shape were learned from a sample.

use std::ops::Range;

use super::{
    basis::{Completer, TimeBasis},
    choice::{self, TimeChoice},
    date::DateOrder,
    format::TimeFormat,
    moment::Moment,
    shape::TimeShape,
    writing::TimeForm,
};

/// Reads the times of lines, where and as a sample of the log has them.
///
/// What a line gives depends on the line alone, and not on those that were read before: what is
/// remembered of them only makes it quick. So workers that read parts of a log, each with a clone,
/// find what one reader would.
///
/// ```text
/// let basis = TimeBasis::utc(written);
/// let mut reader = TimeReader::learn(sample, basis)?;      // the first lines of the log
/// reader.time_of(b"2026-11-20 14:02:05,123 INFO started")  // Some(2026-11-20T14:02:05.123Z)
/// reader.time_of(b"    at app.Main.main(Main.java:7)")     // None: it belongs to the line above
/// ```
#[derive(Clone, Debug)]
pub(crate) struct TimeReader {
    forms: Vec<TimeForm>,
    completer: Completer,
    sample: TimeSample,
}

/// What the sample of a log said of its times.
///
/// ```text
/// 2026-11-20T14:02:05Z a
/// 2026-11-20T14:02:03Z b      lines: 3, with_time: 2, slack_ns: 2_000_000_000, order: Told
///   at c
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TimeSample {
    /// Lines that are not blank.
    pub(crate) lines: usize,
    /// How many of them have a time.
    pub(crate) with_time: usize,
    /// The longest step back from the latest time so far: by so much lines are out of order.
    pub(crate) slack_ns: i64,
    pub(crate) order: OrderOfNumbers,
}

/// A time that is later than the last writing by more is not believed, if it can be read in another
/// way: zones differ by at most so much.
const LATER_NS_MAX: i64 = 26 * 3600 * 1_000_000_000;

/// What the sample says of the order of day, month and year, where they are all numbers.
///
/// ```text
/// 03/04/2026 and 13/04/2026    Decided(DayMonthYear), as there is no month 13
/// 03/04/2026 and 05/04/2026    Undecided, and the caller says so
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OrderOfNumbers {
    /// The shape tells, as in `2026-11-20`.
    Told,
    /// A number that can be no month tells, or that dates with points have the day first.
    Decided(DateOrder),
    /// Nothing tells: every date of the sample is one in another order too. This is assumed, as it
    /// is the one by which the sample ends nearest to the last writing.
    Undecided(DateOrder),
}

impl TimeReader {
    /// Learns from the first lines of a log, or from others, where its times are: whole lines, of
    /// which the first 2000 are looked at. `None` if none has one; that a single line has one may be
    /// chance, so whoever asks looks at [`TimeReader::sample`].
    pub(crate) fn learn(sample: &[u8], basis: TimeBasis) -> Option<TimeReader> {
        let choice = choice::of_shapes(sample)?;
        Some(TimeReader::of(choice, sample, basis))
    }

    /// The same, for times that are written as `format` says.
    pub(crate) fn learn_formatted(
        sample: &[u8],
        format: &TimeFormat,
        basis: TimeBasis,
    ) -> Option<TimeReader> {
        let choice = choice::of_format(sample, format)?;
        Some(TimeReader::of(choice, sample, basis))
    }

    fn of(choice: TimeChoice, sample: &[u8], basis: TimeBasis) -> TimeReader {
        let written = basis.written;
        let mut reader = TimeReader {
            forms: choice.forms,
            completer: Completer::new(basis),
            sample: TimeSample {
                lines: 0,
                with_time: 0,
                slack_ns: 0,
                order: OrderOfNumbers::Told,
            },
        };
        reader.sample.order = match choice.orders[..] {
            [] => OrderOfNumbers::Told,
            [order] => OrderOfNumbers::Decided(order),
            _ => {
                let nearest = reader.nearest_order(&choice.orders, sample, written);
                reader.set_order(nearest);
                OrderOfNumbers::Undecided(nearest)
            }
        };
        reader.look_at(sample);
        reader
    }

    /// The order by which the sample ends nearest to the last writing.
    fn nearest_order(&mut self, orders: &[DateOrder], sample: &[u8], written: Moment) -> DateOrder {
        let distance = |&order: &DateOrder| {
            self.set_order(order);
            let times = choice::lines(sample).filter_map(|line| self.time_of(line));
            times.last().map(|last| {
                let later_ns = last.ns().saturating_sub(written.ns());
                (later_ns > LATER_NS_MAX, later_ns.saturating_abs())
            })
        };
        let nearest = orders.iter().copied().min_by_key(distance);
        nearest.expect("there are several orders")
    }

    /// Counts the lines of the sample, and looks how far they are out of order.
    fn look_at(&mut self, sample: &[u8]) {
        let mut latest: Option<Moment> = None;
        for line in choice::lines(sample) {
            self.sample.lines += 1;
            let Some(moment) = self.time_of(line) else {
                continue;
            };
            self.sample.with_time += 1;
            let so_far = latest.map_or(moment, |latest| latest.max(moment));
            let back_ns = so_far.ns().saturating_sub(moment.ns());
            self.sample.slack_ns = self.sample.slack_ns.max(back_ns);
            latest = Some(so_far);
        }
    }

    /// The time of `line`, without its line end; `None` if it has none at the place where others
    /// have theirs.
    #[inline]
    pub(crate) fn time_of(&mut self, line: &[u8]) -> Option<Moment> {
        self.time_and_place(line).map(|(moment, _)| moment)
    }

    /// The time of `line`, and which bytes say it, with its zone.
    #[inline]
    pub(crate) fn time_and_place(&mut self, line: &[u8]) -> Option<(Moment, Range<usize>)> {
        let completer = &mut self.completer;
        self.forms
            .iter_mut()
            .find_map(|form| form.time(line, completer))
    }

    /// What the sample said.
    pub(crate) fn sample(&self) -> TimeSample {
        self.sample
    }

    /// The shape of most times; `None` if a format was given.
    pub(crate) fn shape(&self) -> Option<TimeShape> {
        self.forms[0].writing.shape()
    }

    /// Takes `line` as the last of the log: its date is the one nearest to the last writing, and no
    /// line is later by more than the sample's lines are out of order. Times without a year or
    /// without a date are completed from it then. Does nothing if `line` has no such time.
    ///
    /// Without it they are the latest that are not later than the last writing by more than a day,
    /// and without a date by more than an hour. Either way a log of times without a year must not
    /// last longer than a year, and one of times without a date no longer than a day.
    pub(crate) fn end_with(&mut self, line: &[u8]) {
        for form in &mut self.forms {
            if let Some(at) = form.place.find(line)
                && let Some(text) = form.read(line, at)
            {
                self.completer.end_with(text.said, self.sample.slack_ns);
                return;
            }
        }
    }

    /// Reads the numbers of dates in another order than the sample said; `false` if they have no
    /// other.
    pub(crate) fn set_order(&mut self, order: DateOrder) -> bool {
        let mut is_other = false;
        for form in &mut self.forms {
            if let Some(shape) = form.writing.shape().and_then(|shape| shape.in_order(order)) {
                *form = form.written_as(shape);
                is_other = true;
            }
        }
        if is_other {
            self.sample.order = OrderOfNumbers::Decided(order);
        }
        is_other
    }
}
