//! Reads the times of the lines of a log, whose place and shape were learned from a sample.

use std::ops::Range;

use super::{
    basis::{Completer, TimeBasis},
    choice::{self, TimeChoice},
    clock::Comma,
    date::DateOrder,
    format::TimeFormat,
    moment::Moment,
    shape::{Fullness, SaidTime, TimeShape},
    writing::TimeForm,
};
use crate::record::fields::{Fields, is_json};

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
    /// Of a JSON object, see [`TimeReader::time_of_object`].
    fields: Fields,
    sample: TimeSample,
}

/// What the sample of a log said of its times.
///
/// ```text
/// 2026-11-20T14:02:05Z a
/// 2026-11-20T14:02:03Z b      lines: 3, with_time: 2, order: Told
///   at c
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TimeSample {
    /// Lines that are not blank.
    pub(crate) lines: usize,
    /// How many of them have a time.
    pub(crate) with_time: usize,
    pub(crate) order: OrderOfNumbers,
    /// Whether no time names a zone.
    pub(crate) is_local: bool,
    /// Whether times leave out the year or the date.
    pub(crate) has_unsaid: bool,
    /// Whether such times are not in order within a year, or within a day: which year or day is
    /// meant is not sure then.
    pub(crate) is_longer: bool,
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
            fields: Fields::default(),
            sample: TimeSample {
                lines: 0,
                with_time: 0,
                order: OrderOfNumbers::Told,
                is_local: false,
                has_unsaid: false,
                is_longer: false,
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
        reader.place(sample, &[], false);
        reader.count(sample);
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

    /// Counts the lines of the sample.
    fn count(&mut self, sample: &[u8]) {
        for line in choice::lines(sample) {
            self.sample.lines += 1;
            self.sample.with_time += usize::from(self.time_of(line).is_some());
        }
    }

    /// Learns from these lines of the log, in their order, which year and which day are meant where
    /// these are left out.
    fn place(&mut self, first: &[u8], last: &[u8], has_end: bool) {
        let lines = choice::lines(first).chain(last.split(|&byte| byte == b'\n'));
        let said: Vec<SaidTime> = lines.filter_map(|line| self.said(line)).collect();
        self.sample.is_local = said.iter().all(|said| said.is_local());
        self.sample.has_unsaid = said.iter().any(|said| said.unsaid().is_some());
        self.sample.is_longer = !self.completer.place(&said, has_end);
    }

    /// What the time of `line` says.
    fn said(&mut self, line: &[u8]) -> Option<SaidTime> {
        self.forms.iter_mut().find_map(|form| {
            let at = form.place.find(line)?;
            form.read(line, at).map(|text| text.said)
        })
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
        let mut forms = self.forms.iter_mut();
        forms
            .find_map(|form| form.time(line, completer))
            .or_else(|| self.time_of_object(line))
    }

    /// The time of a line that is a JSON object, in a log of which the sample had none with a time:
    /// of such a line the keys say which value is a time. It must be a full one, and one that reads
    /// the same in every order of its numbers.
    fn time_of_object(&mut self, line: &[u8]) -> Option<(Moment, Range<usize>)> {
        if !is_json(line) || !self.fields.read(line) {
            return None;
        }
        let value = self.fields.time(line)?.value;
        let mut shapes = TimeShape::ALL
            .iter()
            .filter(|shape| shape.order().is_none());
        let text = shapes.find_map(|shape| {
            let text = shape.read(line, value.0, Comma::Fraction)?;
            (shape.fullness(text.said) == Fullness::Full).then_some(text)
        })?;
        let moment = self.completer.moment_of_other(text.said, line)?;
        Some((moment, value.0..text.end))
    }

    /// What the sample said.
    pub(crate) fn sample(&self) -> TimeSample {
        self.sample
    }

    /// The shape of most times; `None` if a format was given.
    pub(crate) fn shape(&self) -> Option<TimeShape> {
        self.forms[0].writing.shape()
    }

    /// Learns which year and which day are meant where times leave these out, from the first lines
    /// of the log and from others, in their order, of which the last is the last of the log. Without
    /// it the sample alone tells: the last writing is not before it.
    pub(crate) fn end_with(&mut self, first: &[u8], last: &[u8]) {
        self.place(first, last, true);
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
