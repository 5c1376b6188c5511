//! What has to be known besides a line, to say which moment its time is.

use jiff::tz::{TimeZone, TimeZoneDatabase};

use super::{
    calendar::DAY_S,
    clock::TimeOfDay,
    date::DateText,
    moment::Moment,
    shape::SaidTime,
    unsaid::{UnsaidPart, UnsaidTime, earliest, latest},
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

/// The start of a day.
const START_OF_DAY: TimeOfDay = TimeOfDay { second: 0, ns: 0 };

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
    /// The times that leave out the year are within a year from here on, on the clocks of the zone.
    year_start_s: i64,
    /// The times that leave out the date are within a day from here on.
    day_start_s: i64,
}

impl Completer {
    pub(super) fn new(basis: TimeBasis) -> Completer {
        let local = LocalOffsets::new(basis.zone);
        let mut completer = Completer {
            written_local_s: local
                .local_s(basis.written)
                .unwrap_or(basis.written.seconds()),
            local,
            zones: basis.zones,
            named: None,
            yearless: None,
            year_start_s: 0,
            day_start_s: 0,
        };
        for part in UnsaidPart::ALL {
            *completer.start_s(part) = completer.start_by_writing(part, false);
        }
        completer
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

    /// Learns from the times of lines that are known, in their order, which year and which day are
    /// meant where these are left out. `has_end` says that the last line of the log is one of them.
    /// Returns false if they take longer than a year, or a day without a date, or are not in order.
    /// They are the latest before the last writing then.
    pub(super) fn place(&mut self, times: &[SaidTime], has_end: bool) -> bool {
        let mut fits = true;
        for part in UnsaidPart::ALL {
            let times: Vec<UnsaidTime> = times
                .iter()
                .filter_map(|said| said.unsaid())
                .filter_map(|(of, time)| (of == part).then_some(time))
                .collect();
            if times.is_empty() {
                continue;
            }
            let later_s_max = part.later_s_max(has_end);
            let start_s = part.start_s(&times, self.written_local_s.saturating_add(later_s_max));
            fits &= start_s.is_some();
            let by_writing = self.start_by_writing(part, has_end);
            *self.start_s(part) = start_s.unwrap_or(by_writing);
        }
        self.yearless = None;
        fits
    }

    fn start_s(&mut self, part: UnsaidPart) -> &mut i64 {
        match part {
            UnsaidPart::Year => &mut self.year_start_s,
            UnsaidPart::Date => &mut self.day_start_s,
        }
    }

    /// The start of the year, or the day, that ends with the last writing.
    fn start_by_writing(&self, part: UnsaidPart, has_end: bool) -> i64 {
        let last_s = self
            .written_local_s
            .saturating_add(part.later_s_max(has_end));
        last_s.saturating_sub(part.period_s()).saturating_add(1)
    }

    /// Seconds since 1970 on a clock that shows this date and this time of day.
    #[inline]
    fn local_s(&mut self, date: DateText, clock: TimeOfDay) -> Option<i64> {
        match date {
            DateText::Day(day) => Some(day * DAY_S + clock.second),
            DateText::Unknown => earliest(date, clock, self.day_start_s),
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
        let local_s = self.in_year(date, clock)?;
        let number = (local_s - clock.second) / DAY_S;
        if let DateText::MonthDay { month, day } = date
            && self.in_year(date, START_OF_DAY) == Some(number * DAY_S)
            && number * DAY_S >= self.year_start_s
        {
            self.yearless = Some((month, day, number));
        }
        Some(local_s)
    }

    /// A February 29th that is not in the year is the last one before its end.
    fn in_year(&self, date: DateText, clock: TimeOfDay) -> Option<i64> {
        let end_s = self.year_start_s.saturating_add(366 * DAY_S);
        let within = earliest(date, clock, self.year_start_s).filter(|&local_s| local_s < end_s);
        within.or_else(|| latest(date, clock, end_s))
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
