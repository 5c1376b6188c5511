//! The time of day: hours, minutes, seconds and fractions of them, `AM` and `PM`.

use super::cursor::Cursor;

/// A time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TimeOfDay {
    /// Seconds since midnight; 86400 for `24:00`, and one more than `:59` for a leap second, so
    /// that it is the same as the second behind it, as POSIX has it.
    pub(super) second: i64,
    /// The fraction of a second, in nanoseconds; further digits are dropped.
    pub(super) ns: i64,
}

/// How a time of day may be written where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ClockForm {
    /// With colons and seconds, as nothing else says that it is one: `14:02:05,123`.
    Alone,
    /// Behind a date and a blank: also `14:02`, `7:5:9` and `7:58 AM`.
    BehindDate,
    /// Behind a date and a mark that is no blank, or a date that is written in the same way: also
    /// `14.02.05` and `14-02-05`.
    BehindMark,
    /// Behind a date without marks: also `140205` and `1402`.
    Basic,
}

/// What a comma behind seconds means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comma {
    /// A fraction follows, as in Python and Log4j.
    Fraction,
    /// The next field follows, as in CSV.
    Field,
}

/// Reads a time of day.
#[inline]
pub(super) fn clock(cursor: &mut Cursor, form: ClockForm, comma: Comma) -> Option<TimeOfDay> {
    let (mut hour, minute, second) = match usual(cursor) {
        Some(numbers) => numbers,
        None => unusual(cursor, form)?,
    };
    if hour > 24 || minute > 59 || !is_second(minute, second.unwrap_or(0)) {
        return None;
    }
    let ns = match second {
        Some(_) => fraction(cursor, comma),
        None => 0,
    };
    if form != ClockForm::Alone
        && let Some(half) = half_of_day(cursor)
    {
        hour = match (half, hour) {
            (_, 24) | (Half::Morning, 13..) => return None,
            (Half::Morning, 12) => 0,
            (Half::Afternoon, 1..12) => hour + 12,
            _ => hour,
        };
    }
    // 12:34:56:78:9a:bc is no time.
    if form == ClockForm::Alone && cursor.peek() == b':' && cursor.ahead(1) != b' ' {
        return None;
    }
    let second = hour * 3600 + minute * 60 + second.unwrap_or(0);
    // 24:00 is the end of a day, and nothing is later.
    (hour < 24 || (second == 86_400 && ns == 0)).then_some(TimeOfDay { second, ns })
}

/// Reads `14:02:05`, all eight bytes at once.
#[inline]
fn usual(cursor: &mut Cursor) -> Option<(i64, i64, Option<i64>)> {
    // In the order of the text, the first byte is the lowest.
    const ZEROS: u64 = u64::from_le_bytes(*b"00:00:00");
    const HIGH: u64 = u64::from_le_bytes([0xf0, 0xf0, 0xff, 0xf0, 0xf0, 0xff, 0xf0, 0xf0]);
    const SIX: u64 = u64::from_le_bytes([6, 6, 0, 6, 6, 0, 6, 6]);
    let eight = u64::from_le_bytes(*cursor.rest().first_chunk::<8>()?);
    // Digits become 0 to 9 and colons 0. Of other bytes a high bit stays, or six more sets one.
    let numbers = eight ^ ZEROS;
    if (numbers | (numbers & !HIGH).wrapping_add(SIX)) & HIGH != 0
        || cursor.ahead(8).is_ascii_digit()
    {
        return None;
    }
    cursor.skip(8);
    let digit = |at: u32| i64::from((numbers >> (8 * at)).to_le_bytes()[0]);
    let pair = |at: u32| digit(at) * 10 + digit(at + 1);
    Some((pair(0), pair(3), Some(pair(6))))
}

/// A leap second is the last of an hour in UTC, and zones differ from it by quarters of hours.
fn is_second(minute: i64, second: i64) -> bool {
    second < 60 || (second == 60 && minute % 15 == 14)
}

/// Reads hours, minutes and perhaps seconds that are not written as `14:02:05`.
fn unusual(cursor: &mut Cursor, form: ClockForm) -> Option<(i64, i64, Option<i64>)> {
    let digits = cursor.digits();
    if form == ClockForm::Basic && matches!(digits, 6 | 9 | 12 | 15) {
        let hour = cursor.first_digits(2);
        return Some((hour, cursor.first_digits(2), Some(cursor.first_digits(2))));
    }
    if form == ClockForm::Basic && digits == 4 {
        return Some((cursor.first_digits(2), cursor.first_digits(2), None));
    }
    if !matches!(digits, 1 | 2) {
        return None;
    }
    let mark = cursor.ahead(digits);
    match mark {
        b':' => {
            let hour = cursor.number(1, 2)?;
            cursor.skip(1);
            let minute_digits = cursor.digits();
            let minute = cursor.number(1, 2)?;
            if cursor.peek() == b':' && cursor.ahead(1).is_ascii_digit() {
                cursor.skip(1);
                let is_padded = minute_digits == 2 && cursor.digits() == 2;
                if form == ClockForm::Alone && !is_padded {
                    return None;
                }
                return Some((hour, minute, Some(cursor.number(1, 2)?)));
            }
            (form != ClockForm::Alone && minute_digits == 2).then_some((hour, minute, None))
        }
        b'.' | b'-' if matches!(form, ClockForm::BehindMark | ClockForm::Basic) => {
            let hour = cursor.number(2, 2)?;
            cursor.skip(1);
            let minute = cursor.number(2, 2)?;
            if !cursor.eat(mark) {
                return None;
            }
            Some((hour, minute, Some(cursor.number(2, 2)?)))
        }
        _ => None,
    }
}

/// Reads a fraction of a second behind a point, a comma or a colon, in nanoseconds.
#[inline]
fn fraction(cursor: &mut Cursor, comma: Comma) -> i64 {
    let mark = cursor.peek();
    // 20261120140205123: digits follow digits.
    let width = usize::from(!mark.is_ascii_digit());
    let is_mark = match mark {
        b'.' | b':' | b'0'..=b'9' => true,
        b',' => comma == Comma::Fraction,
        _ => false,
    };
    if !is_mark || !cursor.ahead(width).is_ascii_digit() {
        return 0;
    }
    let (ns, length) = nanoseconds(&cursor.rest()[width..]);
    if mark == b':' && !matches!(length, 1..=3 | 6 | 9) {
        return 0;
    }
    cursor.skip(width + length);
    match (mark, length) {
        // Milliseconds without zeros before them: HealthApp of Huawei writes 7:5:9:29.
        (b':', 1) => ns / 100,
        (b':', 2) => ns / 10,
        _ => ns,
    }
}

/// The digits that begin `text` as a fraction of a second, in nanoseconds, and how many there are.
#[inline]
pub(super) fn nanoseconds(text: &[u8]) -> (i64, usize) {
    const SCALE: [i64; 10] = [
        1_000_000_000,
        100_000_000,
        10_000_000,
        1_000_000,
        100_000,
        10_000,
        1_000,
        100,
        10,
        1,
    ];
    let (mut ns, mut length) = (0, 0);
    for byte in text {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            break;
        }
        if length < 9 {
            ns = ns * 10 + i64::from(digit);
        }
        length += 1;
    }
    (ns * SCALE[length.min(9)], length)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Half {
    Morning,
    Afternoon,
}

/// Reads `AM`, `PM`, `a.m.` and the like.
#[inline]
fn half_of_day(cursor: &mut Cursor) -> Option<Half> {
    let first = match cursor.peek() {
        b' ' => cursor.ahead(1),
        first => first,
    };
    if !matches!(first, b' ' | 0xe2 | 0xc2 | b'A' | b'P' | b'a' | b'p') {
        return None;
    }
    let mut word = *cursor;
    // U+202F, which ICU writes since 72, and U+00A0.
    if !word.eat_text(b"\xe2\x80\xaf") && !word.eat_text(b"\xc2\xa0") {
        word.blanks();
    }
    let half = match word.peek() {
        b'A' | b'a' => Half::Morning,
        b'P' | b'p' => Half::Afternoon,
        _ => return None,
    };
    word.skip(1);
    let has_points = word.eat(b'.');
    if !word.eat(b'M') && !word.eat(b'm') {
        return None;
    }
    if has_points && !word.eat(b'.') || !word.is_end() {
        return None;
    }
    *cursor = word;
    Some(half)
}
