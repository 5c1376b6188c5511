//! The shapes in which logs write times, and the reader of each.

use super::{
    clock::{self, ClockForm, Comma, TimeOfDay},
    cursor::Cursor,
    date::{self, DateOrder, DateText},
    moment::{Moment, SECOND_NS},
    names,
    unsaid::{UnsaidPart, UnsaidTime},
    zone::{self, ZoneText},
};

/// The shape of a time: which parts it has, in which order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TimeShape {
    /// ISO 8601 and its relatives: `2026-11-20T14:02:05.123+01:00`, `2026/11/20 14:02:05`,
    /// `2026.03.09-07.59.00:120`, `2026-3-9 7:5:9`, `2026-Nov-20 14:02`, `2026-324T14:02Z`.
    YearFirst,
    /// `20261120T140205Z`, `20261120-14:02:05`, `20261120140205`.
    Basic,
    /// `261120 14:02:05`, `081109 203615`.
    ShortYear,
    /// `20/11/2026 14:02:05`, `11/20/2026, 2:02 PM`, `26/11/20 14:02:05`.
    Numbers(DateOrder),
    /// `20/Nov/2026:14:02:05 +0100`, `Fri, 20 Nov 2026 14:02:05 GMT`, `20 Nov 14:02:05.123`.
    DayAndName,
    /// `Nov 20 14:02:05`, `Nov 20, 2026 2:02:05 PM`, `Fri Nov 20 14:02:05 CET 2026`.
    NameAndDay,
    /// `11-20 14:02:05.123`, `11/20 14:02:05`.
    MonthAndDay(DateOrder),
    /// `I1120 14:02:05.123456`, with the letter of the level.
    Glog,
    /// Seconds, or thousandths, millionths or billionths of them, since 1970; of the years 2001 to
    /// 2033: `1795183325`, `1795183325.123`, `1795183325123`.
    Epoch,
    /// `14:02:05,123`.
    ClockAlone,
    /// `12345.678901` in brackets, as the Linux kernel writes it: seconds since a machine started.
    /// Nothing says when that was, so it counts as the beginning of 1970: the order of lines and
    /// the time between them are right, and no date is.
    Uptime,
}

/// What a text says of a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TimeText {
    pub(super) said: SaidTime,
    /// Where the time of day begins; what is before it is the date.
    pub(super) clock_at: usize,
    /// Where the time ends.
    pub(super) end: usize,
}

/// A date as it is written, and what separates it from the time of day.
#[derive(Clone, Copy, Debug)]
pub(super) struct WrittenDate {
    pub(super) date: DateText,
    /// How many bytes it takes, with what separates it.
    pub(super) bytes: usize,
    /// How a time of day may be written behind it.
    pub(super) clock_form: ClockForm,
    /// Whether it begins with a weekday.
    pub(super) has_weekday: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SaidTime {
    /// A date and a time of day on some clock.
    Local(DateText, TimeOfDay, ZoneText),
    /// A moment, or the time since a start, as if that had been in 1970.
    Absolute(Moment),
}

impl SaidTime {
    /// Whether it names no zone.
    pub(super) fn is_local(self) -> bool {
        matches!(self, SaidTime::Local(_, _, ZoneText::Unsaid))
    }

    /// The part of the date that it leaves out, with what it says.
    pub(super) fn unsaid(self) -> Option<(UnsaidPart, UnsaidTime)> {
        match self {
            SaidTime::Local(date, clock, _) => Some((UnsaidPart::of(date)?, (date, clock))),
            SaidTime::Absolute(_) => None,
        }
    }
}

/// How much a shape says by itself, the least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fullness {
    SinceStart,
    ClockOnly,
    WithoutYear,
    Full,
}

impl TimeShape {
    /// All shapes. Those that differ in the order of numbers only stand side by side, and of these
    /// the one that more people mean comes first.
    pub(in crate::record) const ALL: [TimeShape; 14] = [
        TimeShape::YearFirst,
        TimeShape::Basic,
        TimeShape::ShortYear,
        TimeShape::Numbers(DateOrder::DayMonthYear),
        TimeShape::Numbers(DateOrder::MonthDayYear),
        TimeShape::Numbers(DateOrder::YearMonthDay),
        TimeShape::DayAndName,
        TimeShape::NameAndDay,
        TimeShape::MonthAndDay(DateOrder::MonthDayYear),
        TimeShape::MonthAndDay(DateOrder::DayMonthYear),
        TimeShape::Glog,
        TimeShape::Epoch,
        TimeShape::ClockAlone,
        TimeShape::Uptime,
    ];

    /// How much a text of this shape says.
    pub(super) fn fullness(self, said: SaidTime) -> Fullness {
        match said {
            SaidTime::Absolute(_) if self == TimeShape::Uptime => Fullness::SinceStart,
            SaidTime::Local(DateText::Unknown, ..) => Fullness::ClockOnly,
            SaidTime::Local(DateText::MonthDay { .. }, ..) => Fullness::WithoutYear,
            SaidTime::Absolute(_) | SaidTime::Local(DateText::Day(_), ..) => Fullness::Full,
        }
    }

    /// The shape with the numbers of its date in another order, if it has such numbers.
    pub(super) fn in_order(self, order: DateOrder) -> Option<TimeShape> {
        match self {
            TimeShape::Numbers(_) => Some(TimeShape::Numbers(order)),
            TimeShape::MonthAndDay(_) if order != DateOrder::YearMonthDay => {
                Some(TimeShape::MonthAndDay(order))
            }
            _ => None,
        }
    }

    /// The order of its numbers, where that is a matter of the shape.
    pub(super) fn order(self) -> Option<DateOrder> {
        match self {
            TimeShape::Numbers(order) | TimeShape::MonthAndDay(order) => Some(order),
            _ => None,
        }
    }

    /// The index behind the time of this shape that begins at `at` in `text`.
    #[inline]
    pub(in crate::record) fn end(self, text: &[u8], at: usize) -> Option<usize> {
        let time = self.read(text, at, Comma::Fraction)?;
        Some(time.end)
    }

    /// Whether a time of this shape begins at `at` in `text` for certain: one that is written as most
    /// are, `2026-11-20T14:02:05.123Z`. Of others this says nothing.
    #[inline]
    pub(in crate::record) fn is_plain(self, text: &[u8], at: usize) -> bool {
        let behind = text.get(at..).unwrap_or_default();
        self == TimeShape::YearFirst
            && behind
                .split_first_chunk()
                .is_some_and(|(seconds, behind)| is_plain_moment(seconds) && is_plain_end(behind))
    }

    /// Where the time of day of a time of this shape is, to the end of the time.
    #[cfg(feature = "templates")]
    pub(in crate::record) fn clock(self, text: &[u8], at: usize) -> Option<std::ops::Range<usize>> {
        let time = self.read(text, at, Comma::Fraction)?;
        Some(time.clock_at..time.end)
    }

    /// Reads the time of this shape that begins at `at` in `text`.
    pub(super) fn read(self, text: &[u8], at: usize, comma: Comma) -> Option<TimeText> {
        match self {
            TimeShape::Epoch => epoch(Cursor::new(text, at)),
            TimeShape::Uptime => uptime(Cursor::new(text, at)),
            _ => {
                // Most texts are no times.
                text.get(at).filter(|byte| byte.is_ascii_alphanumeric())?;
                let date = self.date_at(text, at)?;
                self.behind_date(Cursor::new(text, at + date.bytes), &date, comma)
            }
        }
    }

    /// Reads the date that begins at `at` in `text`, and what separates it from the time of day.
    pub(super) fn date_at(self, text: &[u8], at: usize) -> Option<WrittenDate> {
        let mut cursor = Cursor::new(text, at);
        let may_have_weekday = matches!(self, TimeShape::NameAndDay | TimeShape::DayAndName);
        let has_weekday = may_have_weekday && names::weekday(cursor.rest()).is_some();
        let date = self.date(&mut cursor)?;
        Some(WrittenDate {
            date,
            bytes: cursor.at() - at,
            clock_form: self.clock_form(&text[at..cursor.at()]),
            has_weekday,
        })
    }

    /// Reads the rest of a time behind its date.
    #[inline]
    pub(super) fn behind_date(
        self,
        mut cursor: Cursor,
        date: &WrittenDate,
        comma: Comma,
    ) -> Option<TimeText> {
        let clock_at = cursor.at();
        let clock = clock::clock(&mut cursor, date.clock_form, comma)?;
        let mut zone = zone::zone(&mut cursor);
        let mut day = date.date;
        if matches!(self, TimeShape::NameAndDay | TimeShape::DayAndName) {
            // Only who writes a weekday first has a zone before the year.
            if zone == ZoneText::Unsaid && date.has_weekday {
                zone = zone::zone_before_year(&mut cursor);
            }
            if let Some(year) = year_behind(&mut cursor) {
                day = date::with_year(day, year)?;
                if zone == ZoneText::Unsaid {
                    zone = zone::zone(&mut cursor);
                }
            }
        }
        is_over(&cursor).then(|| TimeText {
            said: SaidTime::Local(day, clock, zone),
            clock_at,
            end: cursor.at(),
        })
    }

    /// Reads the date and what separates it from the time of day.
    fn date(self, cursor: &mut Cursor) -> Option<DateText> {
        let date = match self {
            TimeShape::YearFirst => date::year_first(cursor)?,
            TimeShape::Basic => date::basic(cursor)?,
            TimeShape::ShortYear => date::short(cursor)?,
            TimeShape::Numbers(order) => date::numbers(cursor, order)?,
            TimeShape::DayAndName => date::day_and_name(cursor)?,
            TimeShape::NameAndDay => date::name_and_day(cursor)?,
            TimeShape::MonthAndDay(order) => date::month_and_day(cursor, order)?,
            TimeShape::Glog => date::glog(cursor)?,
            TimeShape::ClockAlone => return Some(DateText::Unknown),
            TimeShape::Epoch | TimeShape::Uptime => return None,
        };
        let is_separated = match self {
            TimeShape::ShortYear | TimeShape::MonthAndDay(_) | TimeShape::Glog => {
                cursor.blanks() > 0
            }
            TimeShape::Basic if cursor.peek().is_ascii_digit() => true,
            _ => separator(cursor),
        };
        is_separated.then_some(date)
    }

    /// How the time of day may be written behind a date and a separator.
    fn clock_form(self, before: &[u8]) -> ClockForm {
        let last = before.last();
        match self {
            TimeShape::Basic | TimeShape::ShortYear => ClockForm::Basic,
            TimeShape::YearFirst if matches!(last, Some(b'T' | b't')) => ClockForm::Basic,
            TimeShape::YearFirst if matches!(last, Some(b'-' | b'_')) => ClockForm::BehindMark,
            // Oracle: 20-NOV-26 02.02.05.123456 PM
            TimeShape::DayAndName if before.contains(&b'-') => ClockForm::BehindMark,
            TimeShape::YearFirst | TimeShape::Numbers(_) if before.contains(&b'.') => {
                ClockForm::BehindMark
            }
            TimeShape::MonthAndDay(_) | TimeShape::ClockAlone | TimeShape::Glog => ClockForm::Alone,
            _ => ClockForm::BehindDate,
        }
    }
}

/// Passes over what separates a date from a time of day.
fn separator(cursor: &mut Cursor) -> bool {
    if cursor.eat(b',') || cursor.eat(b';') {
        cursor.blanks();
    } else if cursor.blanks() == 0 {
        let is_mark = matches!(cursor.peek(), b'T' | b't' | b'-' | b'_' | b':');
        cursor.skip(usize::from(is_mark));
        return is_mark;
    }
    // March 9, 2026 at 7:58:59 AM
    if cursor.eat_text(b"at ") {
        cursor.blanks();
    }
    true
}

/// Whether this is a date with a time of day, in a month and on a day that every year has.
#[inline]
fn is_plain_moment(text: &[u8; 19]) -> bool {
    let digit = |at: usize| text[at].wrapping_sub(b'0');
    let pair = |at: usize| match (digit(at), digit(at + 1)) {
        (tens @ 0..=9, ones @ 0..=9) => tens * 10 + ones,
        _ => u8::MAX,
    };
    let is_separated = [text[4], text[7], text[13], text[16]] == *b"--::";
    is_separated
        && matches!(text[10], b'T' | b' ')
        && text.starts_with(b"20")
        && pair(2) <= 99
        && (1..=12).contains(&pair(5))
        && (1..=28).contains(&pair(8))
        && pair(11) <= 23
        && pair(14) <= 59
        && pair(17) <= 59
}

/// Whether what stands behind the seconds can neither be a part of the time that makes it another
/// one, nor of a longer word.
#[inline]
fn is_plain_end(text: &[u8]) -> bool {
    let fraction = match text.first() {
        Some(b'.' | b',') => {
            let digits = text[1..].iter().take_while(|byte| byte.is_ascii_digit());
            1 + digits.count()
        }
        _ => 0,
    };
    if !matches!(fraction, 0 | 2..=10) {
        return false;
    }
    match text[fraction..] {
        [b'Z', b' ', ..] => true,
        // `AM` and `PM` make it another hour, or none.
        [b' ', next, ..] => !matches!(next, b'a' | b'A' | b'p' | b'P' | b'+' | b'-'),
        _ => false,
    }
}

/// Whether nothing of a time follows: no letter or digit, and no offset that is none.
#[inline]
fn is_over(cursor: &Cursor) -> bool {
    let is_signed = matches!(cursor.peek(), b'+' | b'-') && cursor.ahead(1).is_ascii_digit();
    cursor.is_end() && !is_signed
}

/// Reads a blank and the year behind it: `Fri Nov 20 14:02:05 2026`.
#[inline]
fn year_behind(cursor: &mut Cursor) -> Option<i64> {
    let is_year = matches!(cursor.ahead(1), b'1' | b'2') && cursor.peek() == b' ';
    if !is_year {
        return None;
    }
    let start = cursor.at();
    cursor.skip(1);
    let year = cursor.number(4, 4).filter(|year| {
        (1970..2100).contains(year)
            && cursor.is_end()
            && !matches!(cursor.peek(), b'-' | b'.' | b':')
    });
    if year.is_none() {
        cursor.back_to(start);
    }
    year
}

/// Reads seconds since 1970, or thousandths, millionths or billionths of them, by how many digits
/// there are.
fn epoch(mut cursor: Cursor) -> Option<TimeText> {
    let clock_at = cursor.at();
    let digits = cursor.digits();
    let unit_ns = match digits {
        10 => SECOND_NS,
        13 => 1_000_000,
        16 => 1_000,
        19 => 1,
        _ => return None,
    };
    if cursor.peek() != b'1' {
        return None;
    }
    // 19 digits that begin with a 1 fit.
    let high = cursor.first_digits(9);
    let low = cursor.first_digits(digits - 9);
    let scale = 10_i64.pow(u32::try_from(digits - 9).ok()?);
    let mut ns = (high * scale + low).checked_mul(unit_ns)?;
    if cursor.peek() == b'.' && cursor.ahead(1).is_ascii_digit() {
        cursor.skip(1);
        let (fraction, digits) = clock::nanoseconds(cursor.rest());
        cursor.skip(digits);
        ns += fraction / (SECOND_NS / unit_ns);
    }
    let is_end = cursor.is_end() && !matches!(cursor.peek(), b'_' | b'-');
    is_end.then(|| TimeText {
        said: SaidTime::Absolute(Moment::from_ns(ns)),
        clock_at,
        end: cursor.at(),
    })
}

/// Reads `12345.678901` between brackets.
fn uptime(mut cursor: Cursor) -> Option<TimeText> {
    if !cursor.is_bracketed() {
        return None;
    }
    cursor.blanks();
    let clock_at = cursor.at();
    let seconds = cursor.number(1, 9)?;
    if !cursor.eat(b'.') {
        return None;
    }
    let (ns, digits) = clock::nanoseconds(cursor.rest());
    cursor.skip(digits);
    let is_whole = matches!(digits, 3 | 6 | 9) && cursor.peek() == b']';
    is_whole.then_some(TimeText {
        said: SaidTime::Absolute(Moment::of(seconds, ns)?),
        clock_at,
        end: cursor.at(),
    })
}
