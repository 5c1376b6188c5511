//! Zones: what a text says of one, and which offset a zone has at a local time.

use jiff::{
    Timestamp,
    civil::DateTime,
    tz::{AmbiguousOffset, TimeZone},
};

use super::{
    calendar::{DAY_S, date_of},
    cursor::Cursor,
    moment::Moment,
    names::{self, Abbreviation},
};

/// What a text says of the zone of a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ZoneText {
    /// Nothing.
    Unsaid,
    /// So many seconds east of Greenwich.
    Offset(i64),
    /// An abbreviation, and where it is in the text.
    Short(Abbreviation, WordAt),
    /// `Europe/Berlin`, and where it is in the text.
    Area(WordAt),
    /// A word that must be a zone by its place and is none that is known.
    Strange(WordAt),
}

/// Where a word is in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct WordAt {
    pub(super) start: usize,
    pub(super) end: usize,
}

/// A zone is at most so far from Greenwich, in hours. The farthest of today are 14 and -12; the
/// farthest that RFC 3339 can write is 23:59, but `-20` behind a time is rather a number.
const OFFSET_HOURS_MAX: i64 = 15;

/// Reads what stands behind a time of day, if it is a zone.
#[inline]
pub(super) fn zone(cursor: &mut Cursor) -> ZoneText {
    let blanks = cursor.blanks_ahead();
    match cursor.ahead(blanks) {
        b'Z' | b'z' if blanks == 0 && !cursor.ahead(1).is_ascii_alphanumeric() => {
            cursor.skip(1);
            ZoneText::Offset(0)
        }
        b'A'..=b'Z' | b'+' | b'-' | b'[' => written_out(cursor, blanks),
        _ => ZoneText::Unsaid,
    }
}

/// Reads a zone behind so many blanks, that is more than a letter.
fn written_out(cursor: &mut Cursor, blanks: usize) -> ZoneText {
    let start = cursor.at();
    cursor.skip(blanks);
    let found = match cursor.peek() {
        b'+' | b'-' => offset(cursor, blanks).map(ZoneText::Offset),
        b'[' if blanks == 0 => bracketed(cursor),
        _ => named(cursor),
    };
    match found {
        // 2026-11-20T14:02:05+01:00[Europe/Paris], RFC 9557: the offset is what counts.
        Some(offset @ ZoneText::Offset(_)) => {
            if cursor.peek() == b'[' {
                bracketed(cursor);
            }
            offset
        }
        Some(found) => found,
        None => {
            cursor.back_to(start);
            ZoneText::Unsaid
        }
    }
}

/// Reads `+01:00`, `+0100`, `+01`, `-0330`, in seconds.
fn offset(cursor: &mut Cursor, blanks: usize) -> Option<i64> {
    let sign = if cursor.peek() == b'-' { -1 } else { 1 };
    let mut read = *cursor;
    read.skip(1);
    let (hours, minutes) = match read.digits() {
        4 => (read.first_digits(2), read.first_digits(2)),
        2 => {
            let hours = read.first_digits(2);
            let has_minutes = read.peek() == b':' && read.ahead(1).is_ascii_digit();
            // Behind a blank two digits alone are a number.
            if !has_minutes && blanks > 0 {
                return None;
            }
            read.skip(usize::from(has_minutes));
            let minutes = if has_minutes { read.number(2, 2)? } else { 0 };
            (hours, minutes)
        }
        _ => return None,
    };
    // 10:00:00-10:05:00 is a range.
    let goes_on = read.peek() == b':' && read.ahead(1).is_ascii_digit();
    if hours > OFFSET_HOURS_MAX || minutes > 59 || !read.is_end() || goes_on {
        return None;
    }
    *cursor = read;
    Some(sign * (hours * 3600 + minutes * 60))
}

/// Reads `CET`, `UTC`, `GMT+1`, `UTC+01:00`, `Europe/Berlin`.
fn named(cursor: &mut Cursor) -> Option<ZoneText> {
    let rest = cursor.rest();
    let capitals = rest.iter().take_while(|byte| byte.is_ascii_uppercase());
    let capitals = capitals.count();
    if capitals == 1 {
        let is_part = |byte: &&u8| byte.is_ascii_alphanumeric() || b"/_+-".contains(byte);
        let length = rest.iter().take_while(is_part).count();
        if !names::is_area(&rest[..length]) {
            return None;
        }
        let word = word_at(cursor, length);
        cursor.skip(length);
        return Some(ZoneText::Area(word));
    }
    if !(2..=5).contains(&capitals) {
        return None;
    }
    let known = names::abbreviation(&rest[..capitals])?;
    let word = word_at(cursor, capitals);
    let mut behind = *cursor;
    behind.skip(capitals);
    if !behind.is_end() || behind.peek() == b'_' {
        return None;
    }
    *cursor = behind;
    if known.offset_s == 0 && matches!(behind.peek(), b'+' | b'-') {
        let hours = signed_hours(cursor).or_else(|| offset(cursor, 0));
        // UTC-server is a word.
        return match hours {
            Some(offset_s) => Some(ZoneText::Offset(offset_s)),
            None if behind.peek() == b'-' && behind.ahead(1).is_ascii_alphanumeric() => None,
            None => Some(ZoneText::Short(known, word)),
        };
    }
    if behind.peek() == b'-' && behind.ahead(1).is_ascii_alphanumeric() {
        return None;
    }
    Some(ZoneText::Short(known, word))
}

/// Reads `+1` as an offset, in seconds.
fn signed_hours(cursor: &mut Cursor) -> Option<i64> {
    let mut read = *cursor;
    let sign = if read.peek() == b'-' { -1 } else { 1 };
    read.skip(1);
    let hours = read.number(1, 1)?;
    if !read.is_end() || read.peek() == b':' {
        return None;
    }
    *cursor = read;
    Some(sign * hours * 3600)
}

/// Reads `[Europe/Paris]`, `[UTC]`.
fn bracketed(cursor: &mut Cursor) -> Option<ZoneText> {
    let mut inside = *cursor;
    inside.skip(1);
    let found = named(&mut inside)?;
    if !inside.eat(b']') {
        return None;
    }
    *cursor = inside;
    Some(found)
}

/// Reads the zone of `Fri Nov 20 14:02:05 CET 2026`: a year says that the word before it is one.
pub(super) fn zone_before_year(cursor: &mut Cursor) -> ZoneText {
    let mut behind = *cursor;
    if behind.blanks() == 0 {
        return ZoneText::Unsaid;
    }
    let letters = behind.letters();
    let word = word_at(&behind, letters);
    behind.skip(letters);
    let is_zone = (3..=5).contains(&letters)
        && behind.blanks() > 0
        && behind.digits() == 4
        && matches!(behind.peek(), b'1' | b'2');
    if !is_zone {
        return ZoneText::Unsaid;
    }
    cursor.skip(word.end - cursor.at());
    ZoneText::Strange(word)
}

fn word_at(cursor: &Cursor, length: usize) -> WordAt {
    WordAt {
        start: cursor.at(),
        end: cursor.at() + length,
    }
}

/// The offset of a zone at local times, with what was worked out for the one before.
///
/// Between two changes of a zone's clocks, years may pass in a log or half a day, and it has one
/// offset: that range is remembered.
#[derive(Clone, Debug)]
pub(super) struct LocalOffsets {
    zone: TimeZone,
    /// Local times with this offset, in seconds.
    from_s: i64,
    to_s: i64,
    offset_s: i64,
}

impl LocalOffsets {
    pub(super) fn new(zone: TimeZone) -> LocalOffsets {
        LocalOffsets {
            zone,
            from_s: 0,
            to_s: 0,
            offset_s: 0,
        }
    }

    /// Seconds since 1970 in UTC at `local_s` seconds since 1970 on the clocks of the zone.
    ///
    /// A time that comes twice, when clocks go back, is the first of the two. A time that does not
    /// come at all, when they go forward, is as many seconds behind the change as it says.
    #[inline]
    pub(super) fn utc_s(&mut self, local_s: i64) -> Option<i64> {
        if !(self.from_s..self.to_s).contains(&local_s) {
            return self.learn(local_s);
        }
        Some(local_s - self.offset_s)
    }

    #[cold]
    fn learn(&mut self, local_s: i64) -> Option<i64> {
        let local = civil(local_s)?;
        let found = self.zone.to_ambiguous_timestamp(local);
        let AmbiguousOffset::Unambiguous { offset } = found.offset() else {
            return Some(found.compatible().ok()?.as_second());
        };
        let at = offset.to_timestamp(local).ok()?;
        let offset_s = i64::from(offset.seconds());
        // On both sides of a change the local times of both offsets are left out.
        let mut before = self
            .zone
            .preceding(Timestamp::from_second(at.as_second() + 1).ok()?);
        self.from_s = before.next().map_or(i64::MIN, |change| {
            let change_s = change.timestamp().as_second();
            let moment = Timestamp::from_second(change_s - 1).unwrap_or(at);
            let offset_before = i64::from(self.zone.to_offset(moment).seconds());
            change_s + offset_s.max(offset_before)
        });
        self.to_s = self.zone.following(at).next().map_or(i64::MAX, |change| {
            let offset_behind = i64::from(change.offset().seconds());
            change.timestamp().as_second() + offset_s.min(offset_behind)
        });
        self.offset_s = offset_s;
        Some(at.as_second())
    }

    /// The same, for a local time that is said to be that of a zone called `abbreviation`, if this
    /// zone is called so then.
    pub(super) fn utc_s_called(&self, local_s: i64, abbreviation: &[u8]) -> Option<i64> {
        let local = civil(local_s)?;
        let found = self.zone.to_ambiguous_timestamp(local);
        [found.earlier(), found.later()]
            .into_iter()
            .flatten()
            .find(|&at| {
                let info = self.zone.to_offset_info(at);
                let is_called = info
                    .abbreviation()
                    .as_bytes()
                    .eq_ignore_ascii_case(abbreviation);
                is_called && info.offset().to_datetime(at) == local
            })
            .map(Timestamp::as_second)
    }

    /// Seconds since 1970 on the clocks of the zone.
    pub(super) fn local_s(&self, moment: Moment) -> Option<i64> {
        let at = Timestamp::from_second(moment.seconds()).ok()?;
        Some(moment.seconds() + i64::from(self.zone.to_offset(at).seconds()))
    }
}

fn civil(local_s: i64) -> Option<DateTime> {
    let (year, month, day) = date_of(local_s.div_euclid(DAY_S));
    let of_day = local_s.rem_euclid(DAY_S);
    let small = |number: i64| i8::try_from(number).ok();
    DateTime::new(
        i16::try_from(year).ok()?,
        small(month)?,
        small(day)?,
        small(of_day / 3600)?,
        small(of_day / 60 % 60)?,
        small(of_day % 60)?,
        0,
    )
    .ok()
}
