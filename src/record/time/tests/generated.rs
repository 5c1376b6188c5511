//! Generated times, against jiff: leap days, ends of years, changes of clocks, lines out of order.

use jiff::{
    Timestamp,
    civil::DateTime,
    tz::{Offset, TimeZone},
};
use proptest::prelude::*;

use super::{BERLIN, basis};
use crate::record::time::{Moment, TimeBasis, TimeReader, TimeShape};

/// Zones with changes of clocks at odd times, one that changes by half an hour, and one that does
/// not change.
const ZONES: [&str; 5] = [
    BERLIN,
    "EST5EDT,M3.2.0,M11.1.0",
    "LHST-10:30LHDT-11,M10.1.0,M4.1.0",
    "NZST-12NZDT,M9.5.0,M4.1.0/3",
    "IST-5:30",
];

/// Ways to write a local time with all its digits, and the line around it.
const LOCAL: [&str; 7] = [
    "%Y-%m-%d %H:%M:%S.%9f x",
    "[%Y/%m/%d %H:%M:%S.%9f] x",
    "%d/%b/%Y:%H:%M:%S.%9f x",
    "%b %e, %Y %I:%M:%S.%9f %p x",
    "%a %b %e %H:%M:%S.%9f %Y x",
    "%Y%m%dT%H%M%S.%9f x",
    "{\"level\":\"info\",\"ts\":\"%Y-%m-%dT%H:%M:%S.%9f\"}",
];

/// Ways to write a time with its offset.
const WITH_OFFSET: [&str; 3] = [
    "%Y-%m-%dT%H:%M:%S.%6f%:z x",
    "%d/%b/%Y:%H:%M:%S %z x",
    "%a, %d %b %Y %H:%M:%S %z x",
];

fn local_times() -> impl Strategy<Value = DateTime> {
    let any_day = (1970..2100_i16, 1..=12_i8, 1..=31_i8);
    // The days at which clocks change, and the ends of months and years.
    let odd_day = (
        2020..2030_i16,
        prop_oneof![Just(3_i8), Just(4), Just(10), Just(11)],
        1..=31_i8,
    );
    let end = (
        1972..2100_i16,
        prop_oneof![
            Just((2_i8, 28_i8)),
            Just((2, 29)),
            Just((12, 31)),
            Just((1, 1))
        ],
    )
        .prop_map(|(year, (month, day))| (year, month, day));
    let day = prop_oneof![any_day, odd_day, end];
    (day, 0..24_i8, 0..60_i8, 0..60_i8, 0..1_000_000_000_i32).prop_filter_map(
        "a date that there is",
        |((year, month, day), hour, minute, second, ns)| {
            DateTime::new(year, month, day, hour, minute, second, ns).ok()
        },
    )
}

fn moment_of(timestamp: Timestamp) -> Moment {
    Moment::from_ns(i64::try_from(timestamp.as_nanosecond()).expect("it is in range"))
}

fn in_zone(zone: &TimeZone) -> TimeBasis {
    TimeBasis {
        zone: zone.clone(),
        ..basis()
    }
}

proptest! {
    #[test]
    fn local_times_are_those_that_jiff_says(
        times in proptest::collection::vec(local_times(), 1..20),
        zone in 0..ZONES.len(),
        format in 0..LOCAL.len(),
    ) {
        let zone = TimeZone::posix(ZONES[zone]).expect("it is a zone");
        let lines: Vec<String> = times
            .iter()
            .map(|time| time.strftime(LOCAL[format]).to_string())
            .collect();
        let sample = lines.join("\n");
        let reader = TimeReader::learn(sample.as_bytes(), in_zone(&zone));
        let mut reader = reader.expect("there are times");
        for (time, line) in times.iter().zip(&lines) {
            // A fold is the first of two; in a gap the clock before it goes on.
            let want = moment_of(zone.to_timestamp(*time).expect("it is in range"));
            prop_assert_eq!(reader.time_of(line.as_bytes()), Some(want), "{}", line);
        }
        prop_assert_eq!(reader.sample().with_time, times.len());
    }

    #[test]
    fn times_with_an_offset_do_not_depend_on_the_zone(
        times in proptest::collection::vec((local_times(), -56..=56_i32), 1..20),
        format in 0..3_usize,
    ) {
        let format = WITH_OFFSET[format];
        let digits = if format.contains("%6f") { 1_000 } else { 1_000_000_000 };
        let lines: Vec<(String, Moment)> = times
            .iter()
            .map(|&(time, quarters)| {
                let offset = Offset::from_seconds(quarters * 900).expect("it is small");
                let zone = TimeZone::fixed(offset);
                let zoned = zone.to_zoned_datetime(time).expect("it is in range");
                let ns = moment_of(zoned.timestamp()).ns();
                let ns = ns - ns.rem_euclid(digits);
                (zoned.strftime(format).to_string(), Moment::from_ns(ns))
            })
            .collect();
        let sample: Vec<&str> = lines.iter().map(|(line, _)| line.as_str()).collect();
        let reader = TimeReader::learn(sample.join("\n").as_bytes(), basis());
        let mut reader = reader.expect("there are times");
        for (line, want) in &lines {
            prop_assert_eq!(reader.time_of(line.as_bytes()), Some(*want), "{}", line);
        }
    }

    #[test]
    fn times_without_a_year_are_right_for_a_year_before_the_last_writing(
        mut back_s in proptest::collection::vec(0..330 * 86_400_i64, 1..20),
        written_s in 0..4_000_000_000_i64,
    ) {
        let at = |seconds: i64| Timestamp::from_second(seconds).expect("it is in range");
        let utc = TimeBasis::utc(moment_of(at(written_s)));
        // Lines are in order.
        back_s.sort_by_key(|&back_s| -back_s);
        let lines: Vec<(String, Moment)> = back_s
            .iter()
            .map(|back_s| at(written_s - back_s))
            .map(|at| (at.strftime("%b %e %H:%M:%S host app: x").to_string(), moment_of(at)))
            .collect();
        let sample: Vec<&str> = lines.iter().map(|(line, _)| line.as_str()).collect();
        let reader = TimeReader::learn(sample.join("\n").as_bytes(), utc);
        let mut reader = reader.expect("there are times");
        for (line, want) in &lines {
            prop_assert_eq!(reader.time_of(line.as_bytes()), Some(*want), "{}", line);
        }
    }

    #[test]
    fn times_without_a_date_are_right_for_a_day_before_the_last_writing(
        mut back_ms in proptest::collection::vec(0..22 * 3_600_000_i64, 1..20),
        written_s in 86_400..4_000_000_000_i64,
    ) {
        let at = |ms: i64| Timestamp::from_millisecond(ms).expect("it is in range");
        let utc = TimeBasis::utc(moment_of(at(written_s * 1000)));
        back_ms.sort_by_key(|&back_ms| -back_ms);
        let lines: Vec<(String, Moment)> = back_ms
            .iter()
            .map(|back_ms| at(written_s * 1000 - back_ms))
            .map(|at| (at.strftime("%H:%M:%S,%3f INFO x").to_string(), moment_of(at)))
            .collect();
        let sample: Vec<&str> = lines.iter().map(|(line, _)| line.as_str()).collect();
        let reader = TimeReader::learn(sample.join("\n").as_bytes(), utc);
        let mut reader = reader.expect("there are times");
        for (line, want) in &lines {
            prop_assert_eq!(reader.time_of(line.as_bytes()), Some(*want), "{}", line);
        }
    }

    #[test]
    fn what_is_plainly_a_time_is_one_when_it_is_read(
        date in "[12][0-9]{3}[-/][01][0-9]-[0-3][0-9][T ]",
        clock in "[0-2][0-9]:[0-6][0-9]:[0-6][0-9]",
        end in "([.,][0-9]{1,10})?[Z ]{0,2}(AM|PM|CET|[+-][0-9]{1,4}|[A-Za-z ]{1,4})?.{0,6}",
    ) {
        let text = format!("{date}{clock}{end}");
        let shape = TimeShape::YearFirst;
        let is_time = shape.end(text.as_bytes(), 0).is_some();
        prop_assert!(is_time || !shape.is_plain(text.as_bytes(), 0), "{text}");
    }

    #[test]
    fn no_bytes_are_trouble(
        sample in proptest::collection::vec(any::<u8>(), 0..200),
        text in "[0-9A-Za-z:./,+ \\[\\]<>\"{}=TZ-]{0,60}",
    ) {
        for sample in [&sample[..], text.as_bytes()] {
            if let Some(mut reader) = TimeReader::learn(sample, basis()) {
                for line in sample.split(|&byte| byte == b'\n') {
                    reader.time_of(line);
                }
            }
        }
    }
}

#[test]
fn most_times_with_the_year_first_are_plain() {
    let is_plain = |text: &str| TimeShape::YearFirst.is_plain(text.as_bytes(), 0);
    for text in [
        "2026-11-20T14:02:05.123Z INFO a",
        "2026-11-20 14:02:05,123 INFO a",
        "2026-11-20 14:02:05 [main] a",
    ] {
        assert!(is_plain(text), "{text}");
    }
    for text in [
        "2026-13-20T14:02:05.123Z a",
        "2026-11-20 14:02:05 PM a",
        "2026-11-20 14:02:05.Z a",
        "2026-11-20T14:02:05",
    ] {
        assert!(!is_plain(text), "{text}");
    }
}
