//! Dates and times of day, as logs write them: how long they are at the beginning of a text.
//!
//! Only the shape counts: which digits there are never matters, so that lines which differ in
//! digits are masked alike.

use super::digits;
use crate::record::class::{self, DIGIT, LETTER, SPACE};

/// How long the date, the time of day or both are that begin `run`; 0 if there is neither.
pub(crate) fn time(run: &[u8]) -> usize {
    let date = date(run);
    if date == run.len() {
        return date;
    }
    let clock_at = match (date, run.get(date)) {
        (0, _) => 0,
        (_, Some(b'T' | b't' | b'-' | b'_' | b':' | b' ')) => date + 1,
        _ => return date,
    };
    let clock = clock(&run[clock_at..]);
    // 10.11.10.1 is no time of day, unless a date precedes it.
    let is_clear = date > 0 || run.iter().take(3).any(|&b| b == b':');
    match clock {
        1.. if is_clear => clock_at + clock,
        _ => date,
    }
}

fn date(run: &[u8]) -> usize {
    let first = digits(run);
    let Some(&separator) = run.get(first) else {
        return 0;
    };
    // 20171223-22:15:29
    if first == 8 && matches!(separator, b'-' | b'T' | b'_') {
        return if clock(&run[9..]) > 0 { 8 } else { 0 };
    }
    if !matches!(separator, b'-' | b'/' | b'.') {
        return 0;
    }
    let rest = &run[first + 1..];
    // 17/May/2015
    if (1..=2).contains(&first) && rest.len() >= 8 && rest[3] == separator && is_month(&rest[..3]) {
        return match digits(&rest[4..]) {
            4 => first + 9,
            _ => 0,
        };
    }
    let second = digits(rest);
    if !(1..=2).contains(&second) || rest.get(second) != Some(&separator) {
        return 0;
    }
    let third = digits(&rest[second + 1..]);
    let length = first + 1 + second + 1 + third;
    // 4319.74.0 is a version.
    let is_full = second == 2 && third == 2;
    let is_year_first = first == 4 && (1..=2).contains(&third) && (separator != b'.' || is_full);
    let is_year_last = (1..=2).contains(&first)
        && separator != b'.'
        && (third == 4 || (third == 2 && first == 2 && second == 2));
    if is_year_first || is_year_last {
        length
    } else {
        0
    }
}

/// `9:05`, `16:49:06`, `15.42.50.675872`, with a fraction and a zone.
fn clock(bytes: &[u8]) -> usize {
    let hours = digits(bytes);
    if !(1..=2).contains(&hours) {
        return 0;
    }
    let Some(&separator) = bytes.get(hours) else {
        return 0;
    };
    if !matches!(separator, b':' | b'.') || digits(&bytes[hours + 1..]) != 2 {
        return 0;
    }
    let mut at = hours + 3;
    let has_seconds = bytes.get(at) == Some(&separator) && digits(&bytes[at + 1..]) == 2;
    if has_seconds {
        at += 3;
    } else if separator == b'.' || hours == 0 {
        return 0;
    }
    if has_seconds && matches!(bytes.get(at), Some(b'.' | b',' | b':')) {
        let fraction = digits(&bytes[at + 1..]);
        if fraction > 0 {
            at += 1 + fraction;
        }
    }
    match bytes.get(at) {
        Some(b'Z') => at + 1,
        Some(b'+' | b'-') if digits(&bytes[at + 1..]) == 4 => at + 5,
        Some(b'+' | b'-')
            if digits(&bytes[at + 1..]) == 2
                && bytes.get(at + 3) == Some(&b':')
                && digits(&bytes[at + 4..]) == 2 =>
        {
            at + 6
        }
        _ => at,
    }
}

fn is_month(word: &[u8]) -> bool {
    matches!(
        word,
        b"Jan"
            | b"Feb"
            | b"Mar"
            | b"Apr"
            | b"May"
            | b"Jun"
            | b"Jul"
            | b"Aug"
            | b"Sep"
            | b"Oct"
            | b"Nov"
            | b"Dec"
    )
}

fn is_weekday(word: &[u8]) -> bool {
    matches!(
        word,
        b"Mon" | b"Tue" | b"Wed" | b"Thu" | b"Fri" | b"Sat" | b"Sun"
    )
}

/// The end of a date with the name of a month that begins at `at`: `Fri Jun 17 07:07:00 2005`. `at`
/// if there is none.
pub(crate) fn spelled_date(text: &[u8], at: usize) -> usize {
    let word = |at: usize| text.get(at..at + 3).unwrap_or_default();
    let spaces = |at: usize| {
        text.get(at..)
            .unwrap_or_default()
            .iter()
            .take_while(|b| **b == b' ')
            .count()
    };
    let mut month_at = at;
    if is_weekday(word(at)) {
        month_at = at + 3;
        if text.get(month_at) == Some(&b',') {
            month_at += 1;
        }
        month_at += spaces(month_at);
    }
    if !is_month(word(month_at)) || spaces(month_at + 3) == 0 {
        return at;
    }
    let day_at = month_at + 3 + spaces(month_at + 3);
    let day = digits(&text[day_at..]);
    let day_end = day_at + day;
    let is_end = |at: usize| {
        text.get(at)
            .is_none_or(|&b| class::of(b) & (DIGIT | LETTER) == 0)
    };
    if !(1..=2).contains(&day) || !is_end(day_end) {
        return at;
    }
    let mut end = day_end;
    let clock_at = end + spaces(end);
    let has_clock = clock_at > end && text.len() > clock_at && clock(&text[clock_at..]) > 0;
    if has_clock {
        end = clock_at + clock(&text[clock_at..]);
        let zone_at = end + spaces(end);
        let zone = text
            .get(zone_at..)
            .unwrap_or_default()
            .iter()
            .take_while(|b| b.is_ascii_uppercase())
            .count();
        if zone_at > end
            && (3..=4).contains(&zone)
            && is_end(zone_at + zone)
            && year(text, zone_at + zone) > 0
        {
            end = zone_at + zone;
        }
    }
    end + year(text, end)
}

/// How long the blank and the year are at `at`.
fn year(text: &[u8], at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    match rest {
        [blank, ..] if class::of(*blank) & SPACE != 0 && digits(&rest[1..]) == 4 => 5,
        _ => 0,
    }
}
