//! A time as a format describes it, where the shape is not one of those that are known.

use jiff::{
    civil::DateTime,
    fmt::strtime::BrokenDownTime,
    tz::{Offset, TimeZone},
};

use super::{
    calendar::{DAY_S, day_of},
    clock::TimeOfDay,
    date::DateText,
    moment::Moment,
    shape::{SaidTime, TimeText},
    zone::ZoneText,
};

/// How times are written, as `strptime` describes it: `%d/%m/%Y %H:%M:%S%.f`.
///
/// The directives are those of the crate jiff, `jiff::fmt::strtime`. What a format leaves out is
/// completed as it is for known shapes: the zone, the year, the date. The name of a zone, `%Q`, is
/// refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TimeFormat {
    text: String,
}

/// A time is looked for in so many bytes.
const TIME_BYTES_MAX: usize = 128;

impl TimeFormat {
    /// Checks `text`.
    ///
    /// # Errors
    /// What is wrong with it and what to write instead, for people: an unknown directive, the name
    /// of a zone, or a format without a time of day.
    ///
    /// ```text
    /// TimeFormat::new("%d/%m/%Y %H:%M:%S%.f")   reads 20/11/2026 14:02:05.123
    /// TimeFormat::new("%Y-%m-%d")               is refused: it has no time of day
    /// ```
    pub(crate) fn new(text: &str) -> Result<TimeFormat, String> {
        let zoned = TimeZone::UTC.to_zoned_datetime(DateTime::constant(2026, 11, 20, 14, 2, 5, 0));
        let zoned = zoned.map_err(|error| error.to_string())?;
        let written = BrokenDownTime::from(&zoned)
            .to_string(text)
            .map_err(|error| {
                let error = error.to_string();
                // The crate names what it was asked for here, which is to write a time.
                let reason = error.strip_prefix("strftime formatting failed: ");
                refused(&format!(
                    "it cannot be read as strptime does: {}",
                    reason.unwrap_or(&error)
                ))
            })?;
        let format = TimeFormat { text: text.into() };
        match format.read(written.as_bytes(), 0) {
            Some(_) => Ok(format),
            None if text.contains("%Q") || text.contains("%:Q") => Err(refused(
                "the name of a zone, %Q, cannot be read; leave it out, and --tz says which zone it is",
            )),
            None => Err(refused("it has no time of day, as %H:%M:%S is")),
        }
    }

    /// Reads the time that begins at `at` in `text`.
    pub(super) fn read(&self, text: &[u8], at: usize) -> Option<TimeText> {
        let rest = text.get(at..)?;
        let rest = &rest[..rest.len().min(TIME_BYTES_MAX)];
        let (read, bytes) = BrokenDownTime::parse_prefix(&self.text, rest).ok()?;
        let end = at + bytes;
        let said = match read.timestamp() {
            Some(moment) => {
                let ns = moment.as_nanosecond();
                SaidTime::Absolute(Moment::from_ns(i64::try_from(ns).ok()?))
            }
            None => said(&read)?,
        };
        Some(TimeText {
            said,
            clock_at: at,
            end,
        })
    }
}

/// Returns a message that says what to write instead.
fn refused(reason: &str) -> String {
    format!("{reason}; write the times of the log as in '%d/%m/%Y %H:%M:%S' or '%b %d %H:%M:%S%.f'")
}

fn said(read: &BrokenDownTime) -> Option<SaidTime> {
    let time = read.to_time().ok()?;
    // A format without hours has midnight, which is none of a log.
    read.hour()?;
    if read.iana_time_zone().is_some() {
        return None;
    }
    let second =
        i64::from(time.hour()) * 3600 + i64::from(time.minute()) * 60 + i64::from(time.second());
    let clock = TimeOfDay {
        second,
        ns: i64::from(time.subsec_nanosecond()),
    };
    let date = match (read.year(), read.month(), read.day()) {
        (None, Some(month), Some(day)) => DateText::MonthDay {
            month: i64::from(month),
            day: i64::from(day),
        },
        _ => match read.to_date() {
            Ok(date) => {
                let [month, day] = [date.month(), date.day()].map(i64::from);
                DateText::Day(day_of(i64::from(date.year()), month, day)?)
            }
            Err(_) => DateText::Unknown,
        },
    };
    debug_assert!(second < DAY_S, "jiff knows no later time of day");
    let zone = read.offset().map(Offset::seconds);
    let zone = zone.map_or(ZoneText::Unsaid, |seconds| {
        ZoneText::Offset(i64::from(seconds))
    });
    Some(SaidTime::Local(date, clock, zone))
}
