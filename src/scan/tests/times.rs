//! Compares lines of a range of times with those of an oracle that compares the first 19 bytes of
//! each line as text. In one zone, times as ISO 8601 writes them are in the order of their text.

use std::time::{Duration, UNIX_EPOCH};

use super::*;

/// Returns the time of a line, as text, if it begins with one.
pub(super) fn plain_time(line: &[u8]) -> Option<&[u8]> {
    const SHAPE: &[u8] = b"dddd-dd-ddTdd:dd:dd";
    let time = line.get(..SHAPE.len())?;
    let is_time = SHAPE.iter().zip(time).all(|(shape, byte)| match shape {
        b'd' => byte.is_ascii_digit(),
        _ => shape == byte,
    });
    is_time.then_some(time)
}

/// Returns the range of times of a case.
pub(super) fn asked([since, until]: [Option<&'static str>; 2]) -> TimeRange {
    let word = |text: Option<&str>| text.map(|text| TimeWord::parse(text).unwrap());
    // This is 2026-11-28T04:00:00Z.
    let now = UNIX_EPOCH + Duration::from_secs(1_795_838_400);
    TimeRange::new(word(since), word(until), TimeSetting::utc(now)).unwrap()
}

const SINCE: &str = "2026-11-20T14:02:00";
const UNTIL: &str = "2026-11-20T14:07:00";

/// Checks all ends of a range, with and without context and limits.
#[track_caller]
fn check_times(log: &str, pattern: &str) {
    for times in [
        [Some(SINCE), Some(UNTIL)],
        [Some(SINCE), None],
        [None, Some(UNTIL)],
    ] {
        let plain = Case {
            times: Some(times),
            ..case(log, pattern)
        };
        check(&plain);
        for (context, limit, invert) in [
            (
                Context::Lines {
                    before: 1,
                    after: 2,
                },
                Limit::All,
                false,
            ),
            (
                Context::Lines {
                    before: 2,
                    after: 1,
                },
                Limit::First(2),
                true,
            ),
            (Context::None, Limit::Last(2), false),
            (
                Context::Lines {
                    before: 1,
                    after: 0,
                },
                Limit::Last(1),
                true,
            ),
            (Context::All, Limit::First(1), false),
        ] {
            check(&Case {
                context,
                limit,
                invert,
                ..plain.clone()
            });
        }
    }
}

const ORDERED: &str = "\
banner b
2026-11-20T14:01:58Z a
2026-11-20T14:01:59Z b
  at b
2026-11-20T14:02:00Z b
  at b

2026-11-20T14:02:00Z a
2026-11-20T14:06:59.999Z b
  caused by b
2026-11-20T14:07:00Z b
  at b
2026-11-20T14:07:01Z a
";

#[test]
fn a_range_of_times_begins_with_its_first_moment_and_ends_before_its_last() {
    let want = "5:62:2026-11-20T14:02:00Z b\n6:85:  at b\n";
    let log = &ORDERED[..ORDERED.find("2026-11-20T14:06").unwrap()];
    check_against(
        &Case {
            times: Some([Some(SINCE), Some(UNTIL)]),
            ..case(log, "b")
        },
        want,
    );
}

#[test]
fn lines_without_a_time_belong_to_the_line_above() {
    check_times(ORDERED, "b");
}

#[test]
fn lines_out_of_order_are_told_apart_one_by_one() {
    let log = "\
2026-11-20T14:07:30Z b
2026-11-20T14:02:30Z b
  at b
2026-11-20T14:01:30Z b
2026-11-20T14:03:30Z b
2026-11-20T14:09:30Z a
  at b
  at b
2026-11-20T14:05:30Z a
2026-11-20T14:05:31Z b
last b";
    check_times(log, "b");
    check_times(log, "a");
}

#[test]
fn a_log_without_times_counts_as_a_whole_and_says_so() {
    let mut plain = case("a\nb\nb b\n", "b");
    check(&plain);
    plain.times = Some([Some(SINCE), None]);
    let workers = Workers::new(2);
    let file = tempfile::NamedTempFile::new().unwrap();
    file.as_file().write_all(&plain.log).unwrap();
    for way in WAYS {
        let got = search(&plain, way, 4, &workers, file.path());
        assert_eq!((got.hits, &got.notes[..]), (2, &[Note::NoTimes][..]));
    }
}

#[test]
fn long_lines_and_bytes_of_all_kinds_keep_their_place() {
    let log = b"\xef\xbb\xbf2026-11-20T14:02:00Z bbbbbbbbbbbbbbbb\r\n\xff b\n2026-11-20T14:08:00Z \
        bbbbbbbbbbbbbbbbbbbbbbb\nb\n2026-11-20T14:06:00Z b\0b\n\r\nb";
    for limit in [Limit::All, Limit::First(2), Limit::Last(3)] {
        check(&Case {
            log: log.to_vec(),
            times: Some([Some(SINCE), Some(UNTIL)]),
            max_line_bytes: 26,
            limit,
            ..case("", "b")
        });
    }
}

/// Returns a log of `lines` lines, from 13:50 on. Line `nth` is `late(nth)` seconds later than in a
/// log in order. Each seventh line has no time.
fn long_log(lines: u64, late: impl Fn(u64) -> i64) -> String {
    let line = |nth: u64| {
        let second = 13 * 3600 + 50 * 60 + i64::try_from(nth).unwrap() * 2 + late(nth);
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        match nth % 7 {
            6 => format!("    at line {nth} b\n"),
            _ => format!("2026-11-20T{hour:02}:{minute:02}:{second:02}Z line {nth} b\n"),
        }
    };
    (0..lines).map(line).collect()
}

/// Checks a log that is long enough to be bisected in small chunks.
#[track_caller]
fn check_long(log: &str) {
    for times in [
        [Some(SINCE), Some(UNTIL)],
        [Some(SINCE), None],
        [None, Some(UNTIL)],
        [Some("2026-11-20T23:00:00"), None],
        [None, Some("2026-11-20T01:00:00")],
    ] {
        for (context, limit) in [
            (
                Context::Lines {
                    before: 2,
                    after: 1,
                },
                Limit::All,
            ),
            (Context::None, Limit::Last(3)),
        ] {
            let case = Case {
                times: Some(times),
                context,
                limit,
                ..case(log, "[37] b")
            };
            check_with(&case, &[300, 301, 4096], &[1, 3]);
        }
    }
}

#[test]
fn a_log_in_order_is_bisected() {
    check_long(&long_log(900, |_| 0));
}

#[test]
fn a_log_that_is_slightly_out_of_order_is_bisected() {
    check_long(&long_log(900, |nth| i64::from(nth % 5 == 0) * 7));
}

#[test]
fn a_log_that_is_badly_out_of_order_is_read_as_a_whole() {
    // The first log is two logs, one behind the other. The second one runs backwards.
    let twice = long_log(450, |_| 0) + &long_log(450, |_| 0);
    check_long(&twice);
    check_long(&long_log(900, |nth| {
        -4 * i64::try_from(nth).unwrap() + 3600
    }));
    // The log is longer than the part of each end that is looked at.
    let long = long_log(3000, |_| 0) + &long_log(3000, |_| 0);
    let case = Case {
        times: Some([Some(SINCE), Some(UNTIL)]),
        ..case(&long, "b")
    };
    let file = tempfile::NamedTempFile::new().unwrap();
    file.as_file().write_all(&case.log).unwrap();
    let workers = Workers::new(2);
    let (want, _) = oracle(&case);
    for mode in [ReadMode::Map, ReadMode::Read] {
        let got = search(&case, Way::File(mode), 300, &workers, file.path());
        assert!(got.printed == want, "{mode:?}");
        let notes = &got.notes[..];
        let is_noted = matches!(notes, [Note::TimesUnordered { .. }]);
        assert!(is_noted, "{notes:?}");
    }
}

#[test]
fn all_lines_may_have_one_time_and_a_dump_may_lie_anywhere() {
    let one_time = "2026-11-20T14:02:00Z 3 b\n".repeat(400);
    check_long(&one_time);
    let dump = "  dump 3 b\n".repeat(1500);
    let log = long_log(900, |_| 0);
    let (before, behind) = log.split_at(log.find("2026-11-20T14:02").unwrap());
    check_long(&[before, &dump, behind].concat());
    let (before, behind) = log.split_at(log.find("2026-11-20T14:03").unwrap());
    check_long(&[before, &dump, behind].concat());
    check_long(&(dump[..1500].to_owned() + "\n" + &log));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_order_of_times_is_told_apart(
        seconds in proptest::collection::vec(0..900_i64, 0..14),
        since in 0..2_usize,
        limit in 0..3_usize,
    ) {
        let line = |(nth, &second): (usize, &i64)| match second % 5 {
            0 => format!("  {nth} b\n"),
            _ => {
                let second = 14 * 3600 + second;
                let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
                format!("2026-11-20T{hour:02}:{minute:02}:{second:02}Z {nth} b\n")
            }
        };
        // Without any time all lines would count.
        let first = "2026-11-20T14:00:00Z 4 b\n".to_owned();
        let lines = seconds.iter().enumerate().map(line);
        let log: String = std::iter::once(first).chain(lines).collect();
        let case = Case {
            times: Some([[Some(SINCE), None][since], Some(UNTIL)]),
            limit: [Limit::All, Limit::First(3), Limit::Last(2)][limit],
            context: Context::Lines { before: 1, after: 1 },
            ..case(&log, "[0-4] b")
        };
        check_with(&case, &[1, 7, 40, 1000], &[2]);
    }
}

/// Checks how many lines with `b` of `log` are in a range of times, however the log is read.
#[track_caller]
fn check_count(log: &str, range: &TimeRange, want: Result<u64, &str>) -> Vec<Note> {
    let mut notes = None;
    for chunk_bytes in [300, 1 << 20] {
        for source in [
            Source::from_bytes("log".as_ref(), log.into()),
            Source::from_reader("log".as_ref(), io::Cursor::new(log.to_owned())),
        ] {
            let mut source = source;
            let how = format!("{} {chunk_bytes}", source.access());
            let scan = Scan {
                times: Some(range.clone()),
                chunk_bytes: Some(chunk_bytes),
                ..Scan::new(Matcher::new(&Patterns::new("b")).unwrap())
            };
            let mut sink = EachLine::new(|_| Ok(()));
            let workers = Workers::new(2);
            let summary = run(&scan, &mut source, &workers, &Progress::new(), &mut sink).unwrap();
            match (want, summary.error) {
                (Ok(want), None) => assert_eq!(summary.hits, want, "{how}"),
                (Err(want), Some(error)) => {
                    assert!(error.to_string().contains(want), "{how}: {error}");
                }
                (_, error) => panic!("{how}: {want:?} {error:?} {}", summary.hits),
            }
            notes.get_or_insert(summary.notes);
        }
    }
    notes.unwrap()
}

fn range(since: &str, until: &str, setting: TimeSetting) -> TimeRange {
    let word = |text: &str| (!text.is_empty()).then(|| TimeWord::parse(text).unwrap());
    TimeRange::new(word(since), word(until), setting).unwrap()
}

fn now(text: &str) -> std::time::SystemTime {
    let at: jiff::Timestamp = text.parse().unwrap();
    UNIX_EPOCH + Duration::from_secs(at.as_second().unsigned_abs())
}

#[test]
fn times_without_a_year_go_on_over_the_end_of_one() {
    let mut log = String::new();
    for (month, days) in [("Dec", 28..=31), ("Jan", 1..=3)] {
        for day in days {
            for hour in 0..24 {
                log += &format!("{month} {day:2} {hour:02}:00:00 host app: line b\n");
            }
        }
    }
    let setting = TimeSetting::utc(now("2027-01-03T23:30:00Z"));
    let at_the_end = range("2026-12-31T22:00", "2027-01-01T02:00", setting.clone());
    check_count(&log, &at_the_end, Ok(4));
    check_count(&log, &range("2027-01-01", "", setting.clone()), Ok(72));
    check_count(&log, &range("", "2027-01-01", setting), Ok(96));
}

/// A time that comes twice when clocks go back is read as the first of the two. So lines of both
/// count, also if a bisection sees the log as out of order.
#[test]
fn an_hour_that_comes_twice_is_found_twice() {
    let zones = jiff::tz::TimeZoneDatabase::bundled();
    let zone = zones.get("Europe/Berlin").unwrap();
    let mut log = String::new();
    // There is a line every ten seconds, on the clocks of Berlin. At 03:00 it is 02:00 once more.
    let start: jiff::Timestamp = "2026-10-24T22:00:00Z".parse().unwrap();
    for nth in 0..3000 {
        let at = start + jiff::SignedDuration::from_secs(nth * 10);
        let local = zone.to_datetime(at);
        log += &format!("{} line b\n", local.strftime("%Y-%m-%d %H:%M:%S"));
    }
    let plain = |since: &str, until: &str| {
        let is_inside = |line: &&str| (since..until).contains(&&line[..19]);
        log.lines().filter(is_inside).count() as u64
    };
    let setting = TimeSetting {
        now: now("2026-10-26T00:00:00Z"),
        zone: zone.clone(),
        zones,
    };
    for (since, until, want) in [
        ("2026-10-25 02:30:00", "2026-10-25 02:40:00", 120),
        ("2026-10-25 02:00:00", "2026-10-25 02:00:10", 2),
        ("2026-10-25 01:50:00", "2026-10-25 02:10:00", 180),
        ("2026-10-25 02:50:00", "2026-10-25 03:10:00", 180),
    ] {
        assert_eq!(plain(since, until), want, "the oracle itself");
        check_count(&log, &range(since, until, setting.clone()), Ok(want));
    }
}

#[test]
fn a_time_of_day_is_the_last_one_of_the_log_and_its_date_is_noted() {
    let line = |day: u64, minute: u64| format!("2026-11-{day}T14:{minute:02}:00Z b\n");
    let log: String = (18..21)
        .flat_map(|day| (0..6).map(move |minute| line(day, minute)))
        .collect();
    // The clock of the searching machine stands at the end of the log. The end of a stream is not
    // known.
    let setting = TimeSetting::utc(now("2026-11-20T14:05:00Z"));
    let notes = check_count(&log, &range("14:02", "14:04", setting.clone()), Ok(2));
    let taken: Vec<String> = notes.iter().map(Note::to_string).collect();
    let want = [
        "--since 14:02 is 2026-11-20T14:02:00+00:00",
        "--until 14:04 is 2026-11-20T14:04:00+00:00",
    ];
    assert_eq!(taken, want);
    check_count(&log, &range("14:06", "14:07", setting.clone()), Ok(0));
    check_count(&log, &range("14:04", "@+1m", setting.clone()), Ok(1));
    check_count(&log, &range("-2m", "", setting.clone()), Ok(3));
    check_count(&log, &range("yesterday", "today", setting), Ok(6));
}

#[test]
fn what_counts_from_the_end_of_a_log_needs_a_file() {
    let log = "2026-11-20T14:01:00Z b\n2026-11-20T14:02:00Z b\n2026-11-20T14:02:30Z b\n";
    let times = range("@-1m", "@-30s", TimeSetting::utc(UNIX_EPOCH));
    let scan = Scan {
        times: Some(times),
        ..Scan::new(Matcher::new(&Patterns::new("b")).unwrap())
    };
    let workers = Workers::new(1);
    let mut sink = EachLine::new(|_| Ok(()));
    let mut file = Source::from_bytes("log".as_ref(), log.into());
    let summary = run(&scan, &mut file, &workers, &Progress::new(), &mut sink).unwrap();
    assert_eq!(summary.into_result().unwrap(), 0);
    let mut stream = Source::from_reader("log".as_ref(), log.as_bytes());
    let summary = run(&scan, &mut stream, &workers, &Progress::new(), &mut sink).unwrap();
    assert_eq!(
        summary.error.unwrap().to_string(),
        "cannot search log by time: --since @-1m counts from its last time, which only a plain file with a time in \
         its last MiB tells before it is read; give a date and a time"
    );
}

#[test]
fn seconds_since_a_machine_was_started_are_no_date() {
    let log = "[    1.000000] b\n[  100.500000] b\n[  200.000000] b\n";
    let setting = TimeSetting::utc(now("2026-11-20T14:05:00Z"));
    for since in ["14:02", "2026-11-20", "-5m", "today"] {
        let why = "its times count from when a machine started, so --since";
        check_count(log, &range(since, "", setting.clone()), Err(why));
    }
    let scan = Scan {
        times: Some(range("@-100s", "", setting)),
        ..Scan::new(Matcher::new(&Patterns::new("b")).unwrap())
    };
    let mut source = Source::from_bytes("log".as_ref(), log.into());
    let mut sink = EachLine::new(|_| Ok(()));
    let workers = Workers::new(1);
    let summary = run(&scan, &mut source, &workers, &Progress::new(), &mut sink).unwrap();
    assert_eq!(summary.into_result().unwrap(), 2);
}

#[test]
fn an_order_of_day_and_month_that_nothing_tells_is_noted() {
    let log = "03/04/2026 14:01:00 b\n03/04/2026 14:02:00 b\n";
    let setting = TimeSetting::utc(now("2026-04-03T15:00:00Z"));
    let times = range("2026-04-03T14:02", "", setting);
    let notes = check_count(log, &times, Ok(1));
    let order = "the day first".to_owned();
    assert_eq!(notes, [Note::DatesUndecided { order }]);
    let times = times.written_as("%m/%d/%Y %H:%M:%S").unwrap();
    assert_eq!(check_count(log, &times, Ok(0)), []);
}

#[test]
fn a_slack_that_is_given_counts() {
    let log = long_log(6000, |nth| -300 * i64::from(nth % 1000 == 0));
    let case = case(&log, "b");
    let mut counts = Vec::new();
    for slack in [Duration::ZERO, Duration::from_secs(600)] {
        let scan = Scan {
            times: Some(asked([Some(SINCE), Some(UNTIL)]).with_slack(slack)),
            ..Scan::new(matcher(&case))
        };
        let mut source = Source::from_bytes("log".as_ref(), case.log.clone());
        let mut sink = EachLine::new(|_| Ok(()));
        let workers = Workers::new(2);
        let summary = run(&scan, &mut source, &workers, &Progress::new(), &mut sink).unwrap();
        counts.push(summary.hits);
    }
    let plain = Case {
        times: Some([Some(SINCE), Some(UNTIL)]),
        ..case
    };
    assert_eq!(counts[1], oracle(&plain).1);
}

/// The log has 4 GiB, and only the parts are there at which a bisection looks. It must not look
/// elsewhere, and not at much.
#[cfg(unix)]
#[test]
fn a_bisection_of_4_gib_reads_less_than_1_mib() {
    use std::os::unix::fs::FileExt;

    use super::super::bisect::{Bisection, TimedLine};
    use crate::record::Moment;

    const LINE_BYTES: u64 = 64;
    const LENGTH: u64 = 4 << 30;
    const LOOK_BYTES: u64 = 16 << 10;
    /// How many bytes a second of the log has.
    const SECOND_BYTES: u64 = 64 << 10;
    // This is 2026-11-20T00:00:00Z.
    const START_S: u64 = 1_795_132_800;
    let line = |offset: u64| {
        let second = offset / SECOND_BYTES;
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        let text = format!("2026-11-20T{hour:02}:{minute:02}:{second:02}Z line at {offset} b");
        format!("{text:<63}\n")
    };
    let moment = |second: u64| {
        let ns = (START_S + second) * 1_000_000_000;
        Moment::from_ns(i64::try_from(ns).unwrap())
    };
    let file = tempfile::NamedTempFile::new().unwrap();
    file.as_file().set_len(LENGTH).unwrap();
    let fill = |from: u64, to: u64| {
        let lines = (from / LINE_BYTES)..to.min(LENGTH).div_ceil(LINE_BYTES);
        let text: String = lines.clone().map(|nth| line(nth * LINE_BYTES)).collect();
        let at = lines.start * LINE_BYTES;
        file.as_file().write_all_at(text.as_bytes(), at).unwrap();
    };
    fill(0, 64 << 10);
    fill(LENGTH - (64 << 10), LENGTH);
    (1..8).for_each(|nth| fill(LENGTH / 8 * nth, LENGTH / 8 * nth + LOOK_BYTES));
    let look = |at: u64| -> Result<Vec<TimedLine>, std::convert::Infallible> {
        fill(at, at + LOOK_BYTES);
        let lines = at / LINE_BYTES + 1..(at + LOOK_BYTES) / LINE_BYTES;
        let offsets = lines.map(|nth| nth * LINE_BYTES);
        Ok(offsets
            .map(|offset| (offset, moment(offset / SECOND_BYTES)))
            .collect())
    };
    // The range is 05:46:40 to 05:46:45, with a second before and behind.
    let mut bisection = Bisection {
        range: 0..LENGTH,
        target: moment(20_800 - 1),
        near_bytes: 16 * LOOK_BYTES,
    };
    let start = bisection.run(look).unwrap().start;
    bisection.range.start = start;
    bisection.target = moment(20_805 + 1);
    let end = bisection.run(look).unwrap().end;
    fill(start, end + LINE_BYTES);
    let times = [Some("2026-11-20T05:46:40"), Some("2026-11-20T05:46:45")];
    let scan = Scan {
        times: Some(asked(times)),
        ..Scan::new(Matcher::new(&Patterns::new("b")).unwrap())
    };
    for mode in [ReadMode::Read, ReadMode::Map] {
        let mut source = Source::open(file.path(), mode).unwrap();
        let mut sink = EachLine::new(|_| Ok(()));
        let workers = Workers::new(2);
        let summary = run(&scan, &mut source, &workers, &Progress::new(), &mut sink).unwrap();
        let looked_at = summary.bytes_read - summary.bytes;
        assert!(looked_at < 1 << 20, "{looked_at}");
        assert!(summary.bytes < 1 << 20, "{}", summary.bytes);
        assert_eq!(summary.notes, []);
        assert_eq!(summary.hits, 5 * SECOND_BYTES / LINE_BYTES);
    }
}
