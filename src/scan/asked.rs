//! Turns `--since` and `--until` into moments, for each log anew. The code is pure: nothing is read
//! here.
//!
//! ```text
//! "14:02" --parse--> TimeWord --TimeRange::new--> a moment, or a place in a log --resolve--> a moment
//! ```
//! Meanings that need the clock or a zone are worked out once, in [`TimeRange::new`]. Meanings that
//! need the log, such as its end, are worked out for each log: [`TimeRange::resolve`].

use std::{
    fmt,
    ops::Range,
    time::{Duration, SystemTime},
};

use jiff::{
    Timestamp,
    civil::{self, DateTime},
    tz::{TimeZone, TimeZoneDatabase},
};

use crate::{
    error::{Error, Note},
    record::{Moment, TimeBasis, TimeFormat, TimeReader},
};

/// How many nanoseconds a second has.
const SECOND_NS: i64 = 1_000_000_000;

/// A day in nanoseconds. Changes of clocks are looked for within a day.
const DAY_NS: i64 = 24 * 3600 * SECOND_NS;

/// A time as people type it.
///
/// ```
/// use logscan::scan::TimeWord;
/// for text in ["2026-11-20", "2026-11-20T14:02", "2026-11-20 14:02:05+01:00", "14:02", "-5m"] {
///     assert_eq!(TimeWord::parse(text)?.to_string(), text);
/// }
/// assert!(TimeWord::parse("5 o'clock").is_err());
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeWord {
    text: String,
    meaning: WordMeaning,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum WordMeaning {
    /// A time with a zone.
    Absolute(Moment),
    /// A time without a zone.
    Local(DateTime),
    /// The last time in a log at which a clock shows this.
    Clock(civil::Time),
    /// This many nanoseconds before now.
    BeforeNow(i64),
    /// This many nanoseconds before the end of a log.
    BeforeEnd(i64),
    /// This many nanoseconds after the other end of the range.
    AfterSince(i64),
    /// The start of the day this many days ago.
    DaysBack(i64),
}

/// The advice for a text that is no time.
const WORDS: &str = "a time is 2026-11-20T14:02, 2026-11-20, 14:02, today, yesterday, -5m (before now) or @-5m (before \
                     the log's end)";

impl TimeWord {
    /// Parses `text`: a date with or without a time and a zone, a time of day, `today`, `yesterday`,
    /// `-5m` before now, `@-5m` before the end of a log, `@+5m` after the start of the range.
    ///
    /// # Errors
    /// A text for people that says what a time is.
    pub fn parse(text: &str) -> Result<TimeWord, String> {
        let meaning = match text {
            "today" => Some(WordMeaning::DaysBack(0)),
            "yesterday" => Some(WordMeaning::DaysBack(1)),
            _ => match (text.strip_prefix("@-"), text.strip_prefix("@+")) {
                (Some(span), _) => Some(WordMeaning::BeforeEnd(span_ns(span)?)),
                (_, Some(span)) => Some(WordMeaning::AfterSince(span_ns(span)?)),
                (None, None) => match text.strip_prefix('-') {
                    Some(span) => Some(WordMeaning::BeforeNow(span_ns(span)?)),
                    None => written_out(text),
                },
            },
        };
        match meaning {
            Some(meaning) => Ok(TimeWord {
                text: text.into(),
                meaning,
            }),
            None if span_ns(text).is_ok() => Err(format!(
                "it does not say from where on; -{text} is before now, @-{text} before the log's end"
            )),
            None => Err(WORDS.into()),
        }
    }
}

impl TimeWord {
    /// Returns the moment that is meant, in nanoseconds since 1970, if it does not depend on a log.
    #[cfg(feature = "fields")]
    pub(crate) fn moment_ns(&self, setting: &TimeSetting) -> Option<i64> {
        match AskedTime::of("", self, setting).meaning {
            WordMeaning::Absolute(moment) => Some(moment.ns()),
            _ => None,
        }
    }
}

impl fmt::Display for TimeWord {
    /// Writes the time as it was typed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Parses a date or a time of day.
fn written_out(text: &str) -> Option<WordMeaning> {
    let is_number = |part: Option<&str>| {
        part.is_some_and(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    if is_number(text.get(..4)) && text.as_bytes().get(4) == Some(&b'-') {
        // This is tried first: the zone of a time without minutes could be taken for minutes.
        if let Ok(moment) = text.parse::<Timestamp>() {
            return Some(WordMeaning::Absolute(moment_of(moment)?));
        }
        let has_zone = text.contains('[') || text.ends_with(['Z', 'z']) || text.contains('+');
        return match has_zone {
            true => None,
            false => text.parse().ok().map(WordMeaning::Local),
        };
    }
    let is_clock = is_number(text.split(':').next()) && text.contains(':');
    let has_zone = text.contains(['+', '-', '[', 'Z', 'z']);
    // 9:10 is read as 09:10.
    let hour = text.find(':').unwrap_or(0);
    let padded = format!("{}{text}", if hour == 1 { "0" } else { "" });
    match is_clock && !has_zone {
        true => padded.parse().ok().map(WordMeaning::Clock),
        false => None,
    }
}

/// Parses a span of time as people type it, in nanoseconds: `5m`, `1h30m`. `500ms` is not a span.
fn span_ns(text: &str) -> Result<i64, String> {
    const SPANS: &str =
        "a span of time is a number with its unit: 30s, 5m, 2h, 1d, 1w, or several as in 1h30m";
    let wrong = || SPANS.to_owned();
    let mut rest = text;
    let mut total: i64 = 0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
        let number: i64 = rest[..digits].parse().map_err(|_| wrong())?;
        let seconds = match rest.as_bytes()[digits] {
            b's' => 1,
            b'm' => 60,
            b'h' => 3600,
            b'd' => 24 * 3600,
            b'w' => 7 * 24 * 3600,
            _ => return Err(wrong()),
        };
        let span = number.checked_mul(seconds * SECOND_NS);
        let sum = span.and_then(|span| total.checked_add(span));
        total = sum.ok_or_else(|| "it is longer than any log".to_owned())?;
        rest = &rest[digits + 1..];
    }
    match text.is_empty() {
        true => Err(wrong()),
        false => Ok(total),
    }
}

/// Parses a span of time as people type it: `5m`, `1h30m`. The units are s, m, h, d (24 hours) and
/// w.
///
/// # Errors
/// A text for people that says what a span is.
///
/// ```
/// use std::time::Duration;
/// assert_eq!(logscan::scan::parse_span("1h30m"), Ok(Duration::from_secs(5400)));
/// assert!(logscan::scan::parse_span("5").is_err());
/// ```
pub fn parse_span(text: &str) -> Result<Duration, String> {
    let ns = span_ns(text)?;
    Ok(Duration::from_nanos(u64::try_from(ns).unwrap_or(0)))
}

/// The facts besides the log on which the meaning of times depends. The library asks neither the
/// clock nor the environment.
#[derive(Clone, Debug)]
pub struct TimeSetting {
    /// The current time.
    pub now: SystemTime,
    /// The zone of times without one, in logs and in typed times.
    pub zone: TimeZone,
    /// The zones that names of places mean, as logs may write them.
    pub zones: TimeZoneDatabase,
}

impl TimeSetting {
    /// Returns a setting in UTC, without names of places.
    pub fn utc(now: SystemTime) -> TimeSetting {
        TimeSetting {
            now,
            zone: TimeZone::UTC,
            zones: TimeZoneDatabase::none(),
        }
    }

    fn now(&self) -> Moment {
        let now = Timestamp::try_from(self.now).ok();
        now.and_then(moment_of).unwrap_or(Moment::from_ns(0))
    }
}

/// Tells by their times which lines of a log are searched: those from [`since`](TimeRange::new) on
/// that are before `until`. A line without a time belongs to the line above it. Lines above the
/// first time of a log count as before it.
///
/// ```
/// use std::time::SystemTime;
/// use logscan::{EachLine, Matcher, Patterns, Progress, Scan, Source, Workers};
/// use logscan::scan::{self, TimeRange, TimeSetting, TimeWord};
/// let since = TimeWord::parse("2026-11-20T14:02").ok();
/// let times = TimeRange::new(since, None, TimeSetting::utc(SystemTime::now()))?;
/// let scan = Scan { times: Some(times), ..Scan::new(Matcher::new(&Patterns::new("b"))?) };
/// let log = b"2026-11-20T14:01:59Z b\n2026-11-20T14:02:00Z b\n  at b\n".to_vec();
/// let mut source = Source::from_bytes("log".as_ref(), log);
/// let mut sink = EachLine::new(|_| Ok(()));
/// let summary = scan::run(&scan, &mut source, &Workers::new(1), &Progress::new(), &mut sink)?;
/// assert_eq!(summary.into_result()?, 2);
/// # Ok::<(), logscan::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct TimeRange {
    since: Option<AskedTime>,
    until: Option<AskedTime>,
    setting: TimeSetting,
    /// The format of times, if a user gave one. Otherwise a sample tells it.
    format: Option<TimeFormat>,
    /// How far lines may be out of order, if a user said so. Otherwise a sample tells it.
    pub(super) slack_ns: Option<i64>,
}

/// One end of a range: the flag as it was typed, and what it means.
#[derive(Clone, Debug)]
struct AskedTime {
    typed: String,
    meaning: WordMeaning,
}

/// The facts about a log that tell which moments are meant.
#[derive(Clone, Copy, Debug)]
pub(super) struct LogEnd {
    /// The latest time near the end of the log, if the end can be read before the rest.
    pub(super) last: Option<Moment>,
    /// When the log was last written.
    pub(super) written: Moment,
    /// Whether the times count from the start of a machine.
    pub(super) is_uptime: bool,
    /// Whether the times name no zone, so that an hour that comes twice is read as the first.
    pub(super) is_local: bool,
}

/// The moments of a range in one log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Resolved {
    /// The moments from the first one on, and before the second.
    pub(super) moments: Range<Moment>,
    pub(super) notes: Vec<Note>,
}

/// A range from before all times to behind all times.
pub(super) const NEVER: Range<Moment> = Moment::from_ns(i64::MIN)..Moment::from_ns(i64::MAX);

impl TimeRange {
    /// Creates a range of the lines from `since` on and before `until`.
    ///
    /// # Errors
    /// [`Error::Times`] if no line can be in the range.
    pub fn new(
        since: Option<TimeWord>,
        until: Option<TimeWord>,
        setting: TimeSetting,
    ) -> Result<TimeRange, Error> {
        let range = TimeRange {
            since: since.map(|word| AskedTime::of("--since", &word, &setting)),
            until: until.map(|word| AskedTime::of("--until", &word, &setting)),
            setting,
            format: None,
            slack_ns: None,
        };
        range
            .check()
            .map_err(|reason| Error::Times { path: None, reason })?;
        Ok(range)
    }

    /// Creates a range of all lines, for callers that want to know the times of lines: see
    /// [`Scan::dates_hits`](super::Scan).
    pub fn all(setting: TimeSetting) -> TimeRange {
        TimeRange {
            since: None,
            until: None,
            setting,
            format: None,
            slack_ns: None,
        }
    }

    /// Returns the range for logs whose times are written as `format` says, which is a format of
    /// `strptime`.
    ///
    /// # Errors
    /// [`Error::Times`] if `format` is no format of a time.
    pub fn written_as(self, format: &str) -> Result<TimeRange, Error> {
        let format = TimeFormat::new(format).map_err(|reason| Error::Times {
            path: None,
            reason: format!("--time-format {format}: {reason}"),
        })?;
        Ok(TimeRange {
            format: Some(format),
            ..self
        })
    }

    /// Returns the range for logs whose lines are out of order by up to `slack`. Without it a
    /// sample tells how far they are.
    #[must_use]
    pub fn with_slack(self, slack: Duration) -> TimeRange {
        TimeRange {
            slack_ns: Some(i64::try_from(slack.as_nanos()).unwrap_or(i64::MAX)),
            ..self
        }
    }

    /// Returns the meaning of incomplete times in a log that was last written at `written`.
    pub(super) fn basis(&self, written: Moment) -> TimeBasis {
        TimeBasis {
            zone: self.setting.zone.clone(),
            zones: self.setting.zones.clone(),
            written,
        }
    }

    /// Learns from a sample of a log how its times are written, if no format was given.
    pub(crate) fn learn(&self, sample: &[u8], basis: TimeBasis) -> Option<TimeReader> {
        match &self.format {
            Some(format) => TimeReader::learn_formatted(sample, format, basis),
            None => TimeReader::learn(sample, basis),
        }
    }

    pub(super) fn now(&self) -> Moment {
        self.setting.now()
    }

    /// Refuses ranges in which no line of any log can be.
    fn check(&self) -> Result<(), String> {
        let (since, until) = (&self.since, &self.until);
        if let Some(asked) = since
            && let WordMeaning::AfterSince(_) = asked.meaning
        {
            return Err(format!(
                "{}: @+ counts from --since, so it is for --until; {WORDS}",
                asked.typed
            ));
        }
        let (Some(until), Some(since)) = (until, since) else {
            return match until {
                Some(until) if matches!(until.meaning, WordMeaning::AfterSince(_)) => Err(format!(
                    "{}: it counts from --since, which is missing",
                    until.typed
                )),
                _ => Ok(()),
            };
        };
        let is_empty = match (since.meaning, until.meaning) {
            (WordMeaning::Absolute(since), WordMeaning::Absolute(until)) => since >= until,
            (WordMeaning::BeforeEnd(since), WordMeaning::BeforeEnd(until)) => since <= until,
            (_, WordMeaning::AfterSince(span)) => span <= 0,
            _ => false,
        };
        match is_empty {
            true => Err(not_before(since, until)),
            false => Ok(()),
        }
    }

    /// Returns the moments that are meant in a log.
    ///
    /// # Errors
    /// A text for people that says why the log has no such moments.
    pub(super) fn resolve(&self, log: &LogEnd) -> Result<Resolved, String> {
        let mut moments = NEVER;
        let mut notes = Vec::new();
        if let Some(asked) = &self.since {
            moments.start = self.moment(asked, None, log, &mut notes)?;
            if log.is_local {
                moments.start = self.first_of_two(moments.start);
            }
        }
        if let Some(asked) = &self.until {
            let since = self.since.as_ref().map(|_| moments.start);
            moments.end = self.moment(asked, since, log, &mut notes)?;
        }
        match (&self.since, &self.until) {
            (Some(since), Some(until)) if moments.start >= moments.end => Err(format!(
                "{}: in this log they are {} and {}",
                not_before(since, until),
                self.shown(moments.start),
                self.shown(moments.end)
            )),
            _ => Ok(Resolved { moments, notes }),
        }
    }

    fn moment(
        &self,
        asked: &AskedTime,
        since: Option<Moment>,
        log: &LogEnd,
        notes: &mut Vec<Note>,
    ) -> Result<Moment, String> {
        let typed = &asked.typed;
        let is_of_log = matches!(
            asked.meaning,
            WordMeaning::BeforeEnd(_) | WordMeaning::AfterSince(_)
        );
        if log.is_uptime && !is_of_log {
            return Err(format!(
                "its times count from when a machine started, so {typed} is none of them; @-5m counts from its end"
            ));
        }
        match asked.meaning {
            WordMeaning::Absolute(moment) => Ok(moment),
            WordMeaning::BeforeEnd(span) => match log.last {
                Some(last) => Ok(earlier(last, span)),
                None => Err(format!(
                    "{typed} counts from its last time, which only a plain file with a time in its last MiB tells \
                     before it is read; give a date and a time"
                )),
            },
            WordMeaning::AfterSince(span) => {
                let since = since.expect("TimeRange::check has seen a --since");
                Ok(later(since, span))
            }
            WordMeaning::Clock(clock) => {
                let moment = match since {
                    Some(since) => self.next(clock, since),
                    None => self.latest(clock, log.last.unwrap_or(log.written)),
                };
                let moment = moment.ok_or_else(|| format!("{typed}: there is no such time"))?;
                notes.push(Note::TimeTaken {
                    typed: typed.clone(),
                    taken: self.shown(moment),
                });
                Ok(moment)
            }
            WordMeaning::Local(_) | WordMeaning::BeforeNow(_) | WordMeaning::DaysBack(_) => {
                unreachable!("AskedTime::of has made a moment of it")
            }
        }
    }

    /// Returns the last moment up to `end` at which a clock shows this time.
    fn latest(&self, clock: civil::Time, end: Moment) -> Option<Moment> {
        self.near(clock, end, [1, 0, -1, -2])
            .find(|&moment| moment <= end)
    }

    /// Returns the first moment behind `since` at which a clock shows this time.
    fn next(&self, clock: civil::Time, since: Moment) -> Option<Moment> {
        self.near(clock, since, [-1, 0, 1, 2])
            .find(|&moment| moment > since)
    }

    /// Returns the moments on days near `moment` at which a clock shows this time.
    fn near(
        &self,
        clock: civil::Time,
        moment: Moment,
        days: [i64; 4],
    ) -> impl Iterator<Item = Moment> {
        let zone = self.setting.zone.clone();
        let date = timestamp(moment).map(|at| zone.to_datetime(at).date());
        days.into_iter().filter_map(move |days| {
            let day = jiff::Span::new().days(days);
            let date = date?.checked_add(day).ok()?;
            local_moment(&zone, date.to_datetime(clock))
        })
    }

    /// Returns the first moment at which the clocks of the zone show what they show at `moment`. It
    /// is an earlier one if the hour comes twice.
    fn first_of_two(&self, moment: Moment) -> Moment {
        let zone = &self.setting.zone;
        let local = timestamp(moment).map(|at| zone.to_datetime(at));
        local
            .and_then(|local| local_moment(zone, local))
            .unwrap_or(moment)
    }

    /// Writes a moment as the clocks of the zone show it.
    fn shown(&self, moment: Moment) -> String {
        let Some(at) = timestamp(moment) else {
            return moment.to_string();
        };
        let offset = self.setting.zone.to_offset(at);
        at.display_with_offset(offset).to_string()
    }

    /// Returns by how many nanoseconds local times may be out of order because clocks were changed
    /// near `moments`. A local time that comes twice is read as the first of the two.
    pub(super) fn clock_change_ns(&self, moments: &Range<Moment>) -> i64 {
        let zone = &self.setting.zone;
        let first = timestamp(earlier(moments.start, DAY_NS)).unwrap_or(Timestamp::MIN);
        let last = timestamp(later(moments.end, DAY_NS)).unwrap_or(Timestamp::MAX);
        let changes = zone
            .following(first)
            .take_while(|change| change.timestamp() <= last)
            .take(CHANGES_MAX);
        let mut offset_s = zone.to_offset(first).seconds();
        let mut back_s = 0;
        for change in changes {
            let then_s = change.offset().seconds();
            back_s = back_s.max(offset_s - then_s);
            offset_s = then_s;
        }
        i64::from(back_s) * SECOND_NS
    }
}

/// How many changes of a zone's clocks are looked at. How far clocks go back hardly ever differs.
const CHANGES_MAX: usize = 200;

impl AskedTime {
    fn of(flag: &str, word: &TimeWord, setting: &TimeSetting) -> AskedTime {
        let meaning = match word.meaning {
            WordMeaning::BeforeNow(span) => WordMeaning::Absolute(earlier(setting.now(), span)),
            WordMeaning::Local(local) => {
                let moment = local_moment(&setting.zone, local);
                WordMeaning::Absolute(moment.unwrap_or(match local.year() < 1970 {
                    true => NEVER.start,
                    false => NEVER.end,
                }))
            }
            WordMeaning::DaysBack(days) => {
                let now = timestamp(setting.now()).unwrap_or(Timestamp::UNIX_EPOCH);
                let today = setting.zone.to_datetime(now).date();
                let day = today.saturating_sub(jiff::Span::new().days(days));
                let moment = local_moment(&setting.zone, day.to_datetime(civil::Time::midnight()));
                WordMeaning::Absolute(moment.unwrap_or(NEVER.start))
            }
            meaning => meaning,
        };
        AskedTime {
            typed: format!("{flag} {word}"),
            meaning,
        }
    }
}

fn not_before(since: &AskedTime, until: &AskedTime) -> String {
    format!(
        "{} is not before {}, so no line can be between them",
        since.typed, until.typed
    )
}

fn earlier(moment: Moment, span_ns: i64) -> Moment {
    Moment::from_ns(moment.ns().saturating_sub(span_ns))
}

fn later(moment: Moment, span_ns: i64) -> Moment {
    Moment::from_ns(moment.ns().saturating_add(span_ns))
}

/// Returns the moment of a local time. If the time comes twice, it is the first of the two, as in
/// logs.
fn local_moment(zone: &TimeZone, local: DateTime) -> Option<Moment> {
    moment_of(zone.to_ambiguous_timestamp(local).compatible().ok()?)
}

fn moment_of(at: Timestamp) -> Option<Moment> {
    i64::try_from(at.as_nanosecond()).ok().map(Moment::from_ns)
}

fn timestamp(moment: Moment) -> Option<Timestamp> {
    Timestamp::from_nanosecond(moment.ns().into()).ok()
}

#[cfg(test)]
mod tests;
