//! Dates, as logs write them.

use super::{
    calendar::{day_of, day_of_ordinal, day_of_week},
    cursor::Cursor,
    names,
};

/// What a text says of a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DateText {
    /// A day, since 1970-01-01.
    Day(i64),
    /// A day of an unknown year.
    MonthDay { month: i64, day: i64 },
    /// An unknown day.
    Unknown,
}

/// In which order the numbers of a date stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DateOrder {
    /// `20/11/2026`, `20.11.26`.
    DayMonthYear,
    /// `11/20/2026`, `11/20`.
    MonthDayYear,
    /// `26/11/20`, with two digits of the year.
    YearMonthDay,
}

impl DateOrder {
    pub(super) const ALL: [DateOrder; 3] = [
        DateOrder::DayMonthYear,
        DateOrder::MonthDayYear,
        DateOrder::YearMonthDay,
    ];
}

impl DateText {
    /// A day of an unknown year, if some year has it.
    fn without_year(month: i64, day: i64) -> Option<DateText> {
        const LEAP_YEAR: i64 = 2028;
        day_of(LEAP_YEAR, month, day).map(|_| DateText::MonthDay { month, day })
    }
}

/// The year that two digits stand for, as POSIX reads `%y`: 1969 to 2068.
fn full_year(two_digits: i64) -> i64 {
    match two_digits {
        ..69 => 2000 + two_digits,
        _ => 1900 + two_digits,
    }
}

/// Reads a date of which the year comes first: `2026-11-20`, `2026/3/9`, `2026.11.20`,
/// `2026-Nov-20`, `2026-324`, `2026-W47-5`.
pub(super) fn year_first(cursor: &mut Cursor) -> Option<DateText> {
    let year = cursor.number(4, 4)?;
    let mark = cursor.peek();
    if !matches!(mark, b'-' | b'/' | b'.' | b':') {
        return None;
    }
    cursor.skip(1);
    if mark == b'-' && cursor.eat(b'W') {
        let week = cursor.number(2, 2)?;
        cursor.eat(b'-');
        return day_of_week(year, week, cursor.number(1, 1)?).map(DateText::Day);
    }
    if mark == b'-' && cursor.digits() == 3 {
        return day_of_ordinal(year, cursor.number(3, 3)?).map(DateText::Day);
    }
    let month = match names::month(cursor.rest()) {
        Some((month, length)) => {
            cursor.skip(length);
            month
        }
        None => cursor.number(1, 2)?,
    };
    if !cursor.eat(mark) {
        return None;
    }
    day_of(year, month, cursor.number(1, 2)?).map(DateText::Day)
}

/// Reads a date without marks: `20261120`, with a time of day behind it or not.
pub(super) fn basic(cursor: &mut Cursor) -> Option<DateText> {
    // 14 digits have seconds, 17, 20 and 23 a fraction too.
    if !matches!(cursor.digits(), 8 | 14 | 17 | 20 | 23) {
        return None;
    }
    let (year, month) = (cursor.first_digits(4), cursor.first_digits(2));
    day_of(year, month, cursor.first_digits(2)).map(DateText::Day)
}

/// Reads `261120`.
pub(super) fn short(cursor: &mut Cursor) -> Option<DateText> {
    if cursor.digits() != 6 {
        return None;
    }
    let (year, month) = (cursor.first_digits(2), cursor.first_digits(2));
    day_of(full_year(year), month, cursor.first_digits(2)).map(DateText::Day)
}

/// Reads three numbers, the year as the last of them or with two digits.
pub(super) fn numbers(cursor: &mut Cursor, order: DateOrder) -> Option<DateText> {
    let first_digits = cursor.digits();
    let first = cursor.number(1, 2)?;
    let mark = cursor.peek();
    if !matches!(mark, b'/' | b'-' | b'.') {
        return None;
    }
    cursor.skip(1);
    let second_digits = cursor.digits();
    let second = cursor.number(1, 2)?;
    if !cursor.eat(mark) {
        return None;
    }
    let third_digits = cursor.digits();
    let third = match third_digits {
        4 | 2 => cursor.number(2, 4)?,
        _ => return None,
    };
    let year_of = |number: i64, digits: usize| match digits {
        2 => full_year(number),
        _ => number,
    };
    let last_year = year_of(third, third_digits);
    let are_padded = (first_digits, second_digits, third_digits) == (2, 2, 2);
    let day = match order {
        // Without a year of four digits, 1.2.03 is a version.
        _ if third_digits == 2 && mark != b'/' && !are_padded => None,
        DateOrder::DayMonthYear => day_of(last_year, second, first),
        DateOrder::MonthDayYear => day_of(last_year, first, second),
        DateOrder::YearMonthDay if are_padded => day_of(full_year(first), second, third),
        DateOrder::YearMonthDay => None,
    };
    day.map(DateText::Day)
}

/// Reads two numbers, of two digits each: `11-20`, `11/20`, `10.30`.
pub(super) fn month_and_day(cursor: &mut Cursor, order: DateOrder) -> Option<DateText> {
    let first = cursor.number(2, 2)?;
    if !matches!(cursor.peek(), b'-' | b'/' | b'.') {
        return None;
    }
    cursor.skip(1);
    let second = cursor.number(2, 2)?;
    match order {
        DateOrder::DayMonthYear => DateText::without_year(second, first),
        DateOrder::MonthDayYear => DateText::without_year(first, second),
        DateOrder::YearMonthDay => None,
    }
}

/// Reads what glog and klog begin with, behind the letter of the level: `1120`, `20261120`.
pub(super) fn glog(cursor: &mut Cursor) -> Option<DateText> {
    if !is_glog_level(cursor.peek()) {
        return None;
    }
    cursor.skip(1);
    match cursor.digits() {
        4 => {
            let month = cursor.first_digits(2);
            DateText::without_year(month, cursor.first_digits(2))
        }
        8 => basic(cursor),
        _ => None,
    }
}

/// Whether glog or a program like it begins lines of some level with `letter`.
#[inline]
pub(super) fn is_glog_level(letter: u8) -> bool {
    matches!(letter, b'I' | b'W' | b'E' | b'F' | b'D' | b'V')
}

/// Reads a date whose month is a name behind the day: `20/Nov/2026`, `20-Nov-26`, `20 Nov 2026`,
/// `Fri, 20 Nov 2026`, `20 Nov`.
pub(super) fn day_and_name(cursor: &mut Cursor) -> Option<DateText> {
    weekday(cursor);
    let day = cursor.number(1, 2)?;
    let mark = cursor.peek();
    if matches!(mark, b'/' | b'-' | b' ' | b'.') {
        cursor.skip(1);
        if mark == b'.' {
            cursor.blanks();
        }
    }
    let (month, length) = names::month(cursor.rest())?;
    cursor.skip(length);
    cursor.eat(b'.');
    let mut year = *cursor;
    match mark {
        b'/' | b'-' => {
            if !year.eat(mark) {
                return DateText::without_year(month, day);
            }
        }
        _ => {
            year.eat(b',');
            year.blanks();
        }
    }
    let digits = year.digits();
    if !matches!(digits, 2 | 4) || matches!(year.ahead(digits), b':' | b'.') && digits == 2 {
        return DateText::without_year(month, day);
    }
    let number = year.first_digits(digits);
    let number = if digits == 2 {
        full_year(number)
    } else {
        number
    };
    *cursor = year;
    day_of(number, month, day).map(DateText::Day)
}

/// Reads a date that begins with the name of a month: `Nov 20`, `Nov 20, 2026`, `Fri Nov 20`. The
/// year may also stand behind the time of day.
pub(super) fn name_and_day(cursor: &mut Cursor) -> Option<DateText> {
    weekday(cursor);
    let (month, length) = names::month(cursor.rest())?;
    cursor.skip(length);
    cursor.eat(b'.');
    if cursor.blanks() == 0 && !cursor.eat(b'-') {
        return None;
    }
    let day = cursor.number(1, 2)?;
    if matches!(
        &cursor.rest().first_chunk(),
        Some(b"st" | b"nd" | b"rd" | b"th")
    ) {
        cursor.skip(2);
    }
    let mut year = *cursor;
    year.eat(b',');
    year.blanks();
    year.eat(b'-');
    if year.digits() == 4 && year.ahead(4) != b':' {
        let number = year.first_digits(4);
        *cursor = year;
        return day_of(number, month, day).map(DateText::Day);
    }
    DateText::without_year(month, day)
}

/// Puts a year that stands behind the time of day into a date without one.
pub(super) fn with_year(date: DateText, year: i64) -> Option<DateText> {
    match date {
        DateText::MonthDay { month, day } => day_of(year, month, day).map(DateText::Day),
        date => Some(date),
    }
}

/// Passes over a weekday, if one comes next. It is not compared with the date.
fn weekday(cursor: &mut Cursor) {
    if let Some(length) = names::weekday(cursor.rest()) {
        cursor.skip(length);
        cursor.eat(b'.');
        cursor.eat(b',');
        cursor.blanks();
    }
}
