//! What has to be known besides a line, to say which moment its time is.

use jiff::tz::{TimeZone, TimeZoneDatabase};

use super::{
    calendar::{DAY_S, date_of, day_of},
    clock::TimeOfDay,
    date::DateText,
    moment::{Moment, SECOND_NS},
    shape::SaidTime,
    zone::{LocalOffsets, WordAt, ZoneText},
};

/// What the times of a log leave out.
///
/// ```text
/// TimeBasis { zone: Europe/Berlin, zones: none, written: 2027-01-03T08:00:00Z }
/// "Dec 31 23:59:59 host"   is 2026-12-31T22:59:59Z
/// "14:02:05,123 INFO"      is 2027-01-02T13:02:05.123Z
/// "Nov 20 14:02:05 EST"    is 2026-11-20T19:02:05Z: what the text says goes first
/// ```
#[derive(Clone, Debug)]
pub(crate) struct TimeBasis {
    /// The zone of times that name none.
    pub(crate) zone: TimeZone,
    /// What zones with the name of a place are, as `Europe/Berlin`. Times that name one which is
    /// not in it are refused.
    pub(crate) zones: TimeZoneDatabase,
    /// When the log was last written: no line is later, or not by much. It says which year and
    /// which day are meant where these are left out.
    pub(crate) written: Moment,
}

impl TimeBasis {
    /// In UTC, and without names of places.
    pub(crate) fn utc(written: Moment) -> TimeBasis {
        TimeBasis {
            zone: TimeZone::UTC,
            zones: TimeZoneDatabase::none(),
            written,
        }
    }
}

/// So much later than the last writing may a time be that has no year, or no date: clocks differ,
/// and so do the zones of who writes a log and who reads it.
const LATER_S_MAX_WITHOUT_YEAR: i64 = DAY_S;
const LATER_S_MAX_WITHOUT_DATE: i64 = 3600;

/// A day of February 29th was at most so many years ago: 1896 to 1904.
const YEARS_BETWEEN_LEAP_DAYS: i64 = 8;

/// The end of a day.
const LAST_OF_DAY: TimeOfDay = TimeOfDay {
    second: DAY_S,
    ns: 0,
};

/// Makes moments of what texts say.
#[derive(Clone, Debug)]
pub(super) struct Completer {
    local: LocalOffsets,
    zones: TimeZoneDatabase,
    /// A zone that was looked up by its name.
    named: Option<(Vec<u8>, Option<LocalOffsets>)>,
    /// The last date without a year, and the day that it was found to be.
    yearless: Option<(i64, i64, i64)>,
    /// The last writing, on the clocks of the zone.
    written_local_s: i64,
    later_s_max_without_year: i64,
    later_s_max_without_date: i64,
}

impl Completer {
    pub(super) fn new(basis: TimeBasis) -> Completer {
        let local = LocalOffsets::new(basis.zone);
        Completer {
            written_local_s: local
                .local_s(basis.written)
                .unwrap_or(basis.written.seconds()),
            local,
            zones: basis.zones,
            named: None,
            yearless: None,
            later_s_max_without_year: LATER_S_MAX_WITHOUT_YEAR,
            later_s_max_without_date: LATER_S_MAX_WITHOUT_DATE,
        }
    }

    /// The moment that `said` is in `text`, if it is one.
    #[inline]
    pub(super) fn moment(&mut self, said: SaidTime, text: &[u8]) -> Option<Moment> {
        let (date, clock, zone) = match said {
            SaidTime::Absolute(moment) => return Some(moment),
            SaidTime::Local(date, clock, zone) => (date, clock, zone),
        };
        let local_s = self.local_s(date, clock)?;
        let seconds = match zone {
            ZoneText::Unsaid => self.local.utc_s(local_s)?,
            ZoneText::Offset(offset_s) => local_s - offset_s,
            ZoneText::Short(known, _) if !known.is_shared => local_s - known.offset_s,
            ZoneText::Short(known, word) => {
                let own = self
                    .local
                    .utc_s_called(local_s, &text[word.start..word.end]);
                own.unwrap_or(local_s - known.offset_s)
            }
            ZoneText::Area(word) => self.named(text, word)?.utc_s(local_s)?,
            ZoneText::Strange(word) => self
                .local
                .utc_s_called(local_s, &text[word.start..word.end])?,
        };
        Moment::of(seconds, clock.ns)
    }

    /// The same, not in line with its caller: for what is read seldom.
    #[inline(never)]
    pub(super) fn moment_of_other(&mut self, said: SaidTime, text: &[u8]) -> Option<Moment> {
        self.moment(said, text)
    }

    /// Takes the last line of a log as its end: that line's date is the one that is nearest to the
    /// last writing, and no line is more than `slack_ns` later.
    pub(super) fn end_with(&mut self, said: SaidTime, slack_ns: i64) {
        let SaidTime::Local(date, clock, _) = said else {
            return;
        };
        let slack_s = slack_ns / SECOND_NS + 1;
        let half = match date {
            DateText::Day(_) => return,
            DateText::MonthDay { .. } => DAY_S * 365 / 2,
            DateText::Unknown => DAY_S / 2,
        };
        let at_most = self.written_local_s.saturating_add(half);
        if let Some(local_s) = latest(date, clock, at_most) {
            self.written_local_s = local_s;
            self.yearless = None;
            self.later_s_max_without_year = slack_s;
            self.later_s_max_without_date = slack_s;
        }
    }

    /// Seconds since 1970 on a clock that shows this date and this time of day.
    #[inline]
    fn local_s(&mut self, date: DateText, clock: TimeOfDay) -> Option<i64> {
        match date {
            DateText::Day(day) => Some(day * DAY_S + clock.second),
            DateText::Unknown => {
                let at_most_s = self
                    .written_local_s
                    .saturating_add(self.later_s_max_without_date);
                latest(date, clock, at_most_s)
            }
            DateText::MonthDay { month, day } => match self.yearless {
                Some((known_month, known_day, number))
                    if (month, day) == (known_month, known_day) =>
                {
                    Some(number * DAY_S + clock.second)
                }
                _ => self.without_year(date, clock),
            },
        }
    }

    /// The same for a date without a year. Where the time of day does not matter, its day is
    /// remembered.
    fn without_year(&mut self, date: DateText, clock: TimeOfDay) -> Option<i64> {
        let at_most_s = self
            .written_local_s
            .saturating_add(self.later_s_max_without_year);
        let local_s = latest(date, clock, at_most_s)?;
        let number = (local_s - clock.second) / DAY_S;
        if let DateText::MonthDay { month, day } = date
            && latest(date, LAST_OF_DAY, at_most_s) == Some(number * DAY_S + LAST_OF_DAY.second)
        {
            self.yearless = Some((month, day, number));
        }
        Some(local_s)
    }

    fn named(&mut self, text: &[u8], word: WordAt) -> Option<&mut LocalOffsets> {
        let name = &text[word.start..word.end];
        if self.named.as_ref().is_none_or(|(known, _)| known != name) {
            let zone = std::str::from_utf8(name)
                .ok()
                .and_then(|name| self.zones.get(name).ok());
            self.named = Some((name.to_owned(), zone.map(LocalOffsets::new)));
        }
        self.named.as_mut()?.1.as_mut()
    }
}

/// The latest time of day `clock` on such a date that is not later than `at_most_s`.
fn latest(date: DateText, clock: TimeOfDay, at_most_s: i64) -> Option<i64> {
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
            Some(if today <= at_most_s {
                today
            } else {
                today - DAY_S
            })
        }
    }
}
