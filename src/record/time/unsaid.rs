//! Says which day is meant where the times of a log leave out the year or the whole date.
//!
//! ```text
//! Dec 30, Dec 31, Jan 1        written on 2027-01-02: from 2026-12-30 to 2027-01-01
//! 23:58, 23:59, 00:01          written on 2027-01-02 at 10:00: from 2027-01-01 to 2027-01-02
//! Feb 28, Feb 29, Mar 1        written on 2026-11-01: of 2024, the last year that has all of them
//! ```
//! The lines that are known are taken in their order: each time is behind the one before it, or a
//! little earlier, because lines of several threads are not quite in order. The last of them is not
//! later than the last writing. So a log must not be longer than a year, and one without dates must
//! not be longer than a day.

use super::{
    calendar::{DAY_S, date_of, day_of},
    clock::TimeOfDay,
    date::DateText,
};

/// A date as a log writes it, and a time of day.
pub(super) type UnsaidTime = (DateText, TimeOfDay);

/// A part of the date that times leave out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum UnsaidPart {
    Year,
    Date,
}

/// From one February 29th to the next it takes up to so many years: 1896 to 1904.
const YEARS_BETWEEN_LEAP_DAYS: i64 = 8;

impl UnsaidPart {
    pub(super) const ALL: [UnsaidPart; 2] = [UnsaidPart::Year, UnsaidPart::Date];

    /// The part that `date` leaves out.
    pub(super) fn of(date: DateText) -> Option<UnsaidPart> {
        match date {
            DateText::Day(_) => None,
            DateText::MonthDay { .. } => Some(UnsaidPart::Year),
            DateText::Unknown => Some(UnsaidPart::Date),
        }
    }

    /// After so many seconds the times begin to repeat themselves.
    pub(super) fn period_s(self) -> i64 {
        match self {
            UnsaidPart::Year => 365 * DAY_S,
            UnsaidPart::Date => DAY_S,
        }
    }

    /// By so much a time may be later than the last writing: clocks differ, and so do the zones of
    /// who writes a log and who reads it. `has_end` says that the last line is known. Then the day
    /// nearest to the last writing is right, whatever the zones.
    pub(super) fn later_s_max(self, has_end: bool) -> i64 {
        match (self, has_end) {
            (UnsaidPart::Year, _) => DAY_S,
            (UnsaidPart::Date, true) => DAY_S / 2,
            (UnsaidPart::Date, false) => 3600,
        }
    }

    /// By so much a line may be earlier than the one above it.
    fn back_s_max(self) -> i64 {
        match self {
            UnsaidPart::Year => 30 * DAY_S,
            UnsaidPart::Date => 3600,
        }
    }

    /// By so much other lines may be earlier than the earliest that is known.
    fn margin_s(self) -> i64 {
        match self {
            UnsaidPart::Year => DAY_S,
            UnsaidPart::Date => 0,
        }
    }

    /// How many times the first line can be tried with an earlier date.
    fn tries(self) -> i64 {
        match self {
            UnsaidPart::Year => YEARS_BETWEEN_LEAP_DAYS + 1,
            UnsaidPart::Date => 2,
        }
    }

    /// Returns the second from which on a year, or a day, holds all lines of a log. `times` are those
    /// of its lines that are known, in their order, which leave this part out. None of them is later
    /// than `at_most_s`. `None` if they take longer, or are not in order.
    pub(super) fn start_s(self, times: &[UnsaidTime], at_most_s: i64) -> Option<i64> {
        let (&(date, clock), others) = times.split_first()?;
        let mut first_s = latest(date, clock, at_most_s)?;
        for _ in 0..self.tries() {
            if let Some((min_s, max_s)) = self.span(first_s, others)
                && max_s <= at_most_s
                && max_s - min_s < self.period_s()
            {
                return Some(min_s - self.margin_s());
            }
            first_s = latest(date, clock, first_s - 1)?;
        }
        None
    }

    /// Returns the earliest and the latest of the times, of which the first is `first_s`.
    fn span(self, first_s: i64, others: &[UnsaidTime]) -> Option<(i64, i64)> {
        let (mut min_s, mut max_s, mut last_s) = (first_s, first_s, first_s);
        for &(date, clock) in others {
            last_s = earliest(date, clock, last_s.saturating_sub(self.back_s_max()))?;
            min_s = min_s.min(last_s);
            max_s = max_s.max(last_s);
        }
        Some((min_s, max_s))
    }
}

/// Returns the latest time of day `clock` on such a date that is not later than `at_most_s`.
pub(super) fn latest(date: DateText, clock: TimeOfDay, at_most_s: i64) -> Option<i64> {
    let last_day = at_most_s.div_euclid(DAY_S);
    match date {
        DateText::Day(day) => Some(day * DAY_S + clock.second),
        DateText::MonthDay { month, day } => {
            let (year, _, _) = date_of(last_day);
            (0..=YEARS_BETWEEN_LEAP_DAYS)
                .filter_map(|back| day_of(year - back, month, day))
                .map(|day| day * DAY_S + clock.second)
                .find(|&local_s| local_s <= at_most_s)
        }
        DateText::Unknown => {
            let today = last_day * DAY_S + clock.second;
            Some(match today <= at_most_s {
                true => today,
                false => today - DAY_S,
            })
        }
    }
}

/// Returns the earliest time of day `clock` on such a date that is not before `at_least_s`.
pub(super) fn earliest(date: DateText, clock: TimeOfDay, at_least_s: i64) -> Option<i64> {
    match date {
        DateText::Day(day) => Some(day * DAY_S + clock.second),
        DateText::MonthDay { month, day } => {
            let (year, _, _) = date_of(at_least_s.div_euclid(DAY_S));
            // The second 86,400 of December 31st is of the next year.
            (-1..=YEARS_BETWEEN_LEAP_DAYS)
                .filter_map(|on| day_of(year + on, month, day))
                .map(|day| day * DAY_S + clock.second)
                .find(|&local_s| local_s >= at_least_s)
        }
        DateText::Unknown => Some(at_least_s + (clock.second - at_least_s).rem_euclid(DAY_S)),
    }
}
