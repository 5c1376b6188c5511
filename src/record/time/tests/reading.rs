//! What a reader learns from a sample, and what it reads then.

use jiff::tz::{TimeZone, TimeZoneDatabase};

use super::{basis, moment};
use crate::record::time::{
    Moment, OrderOfNumbers, TimeBasis, TimeReader, TimeShape, date::DateOrder, format::TimeFormat,
};

/// 2026-11-20T14:02:05Z.
const TWO_O_CLOCK_S: i64 = 1_795_183_325;
const DAY_S: i64 = 86_400;

#[track_caller]
fn learn(sample: &str) -> TimeReader {
    TimeReader::learn(sample.as_bytes(), basis()).expect("there is a time")
}

#[track_caller]
fn read(reader: &mut TimeReader, line: &str) -> Option<String> {
    let moment = reader.time_of(line.as_bytes())?;
    Some(moment.to_string())
}

#[test]
fn lines_without_a_time_have_none() {
    let mut reader = learn(
        "2026-11-20 14:02:05,123 ERROR failed\n\
         java.io.IOException: at 2026-11-20 14:02:05,123 it failed\n\
         \tat app.Main.main(Main.java:7)\n\n\
         2026-11-20 14:02:06,123 INFO done\n",
    );
    assert_eq!(reader.sample().lines, 4);
    assert_eq!(reader.sample().with_time, 2);
    for line in [
        "",
        "\tat app.Main.main(Main.java:7)",
        "Caused by: 2026-11-20 14:02:05,123",
        "2026-11-20",
        "2026-11-20 ",
        "2026-11-20 14",
        "2026-11-20 14:02:61,123",
        "2026-02-30 14:02:05,123",
        "2026-11-20 24:02:05,123",
        "2026-11-20 14:02:05,123x",
    ] {
        assert_eq!(read(&mut reader, line), None, "{line}");
    }
}

#[test]
fn json_objects_have_their_times_though_the_sample_had_none() {
    let mut reader = learn("2026-11-20 14:02:05 INFO a\n2026-11-20 14:02:06 INFO b\n");
    for (line, time) in [
        (
            r#"{"msg":"c","ts":"2026-11-20T14:02:07Z"}"#,
            Some("2026-11-20T14:02:07.000000000Z"),
        ),
        (
            r#"{"time":1795183325,"msg":"c"}"#,
            Some("2026-11-20T14:02:05.000000000Z"),
        ),
        (r#"{"time":"14:02:07","msg":"c"}"#, None),
        (r#"{"time":"03/04/2026 14:02:07","msg":"c"}"#, None),
        (r#"{"msg":"2026-11-20T14:02:07Z"}"#, None),
        (r#"{"ts":"2026-11-20T14:02:07Z","#, None),
    ] {
        assert_eq!(read(&mut reader, line).as_deref(), time, "{line}");
    }
}

#[test]
fn an_entry_of_a_journal_has_the_time_of_its_cursor() {
    let mut reader = learn(
        "__CURSOR=s=9f2;i=1;b=7c1;m=3a0;t=660b5b066d458;x=1f\n\
         __REALTIME_TIMESTAMP=1795183325140056\nMESSAGE=at 14:02:05\n\n",
    );
    let cursor = "__CURSOR=s=9f2;i=2;b=7c1;m=3a1;t=660b5b07486fc;x=2f";
    let time = Some("2026-11-20T14:02:06.037756000Z");
    assert_eq!(read(&mut reader, cursor).as_deref(), time);
    assert_eq!(read(&mut reader, "MESSAGE=2026-11-20 14:02:05 a"), None);
}

#[test]
fn invalid_dates_and_times_are_refused() {
    for line in [
        "2026-02-29 14:02:05",
        "2026-13-01 14:02:05",
        "2026-11-20 25:02:05",
        "2026-11-20 14:60:05",
        "2026-11-20 14:02:60",
        "2026-11-20 13:00 AM",
        "2026-11-20T14:02:05+16:00",
        "10:00:00-10:05:00 x",
        "2026-11-20T24:00:01Z",
        "2026-366T14:02:05Z",
        "2026-W54-1T14:02:05Z",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "31/04/2026 14:02:05",
        "Feb 30 14:02:05 host",
        "Fri Nov 20 14:02:05 XYZ 2026",
        "20260231T140205Z",
        "I1131 14:02:05.123456",
        "2026-11-20 14:02:05 Europe/Nowhere",
        "2795183325 x",
        "12345678901 x",
        "1.2.3.4 x",
        "00:1a:2b:3c:4d:5e x",
        "12:34:56:78:90:12 x",
    ] {
        let reader = TimeReader::learn(line.as_bytes(), basis());
        let found = reader.and_then(|mut reader| read(&mut reader, line));
        assert_eq!(found, None, "{line}");
    }
}

#[test]
fn the_order_of_day_and_month_is_decided_by_one_that_can_be_no_month() {
    for (sample, order) in [
        (
            "03/04/2026 14:02:05 x\n13/04/2026 14:02:05 x\n",
            DateOrder::DayMonthYear,
        ),
        (
            "03/04/2026 14:02:05 x\n03/13/2026 14:02:05 x\n",
            DateOrder::MonthDayYear,
        ),
        (
            "03/04/2026, 7:58 AM - x\n3/31/2026, 7:58 AM - x\n",
            DateOrder::MonthDayYear,
        ),
        ("99/03/04 14:02:05 x\n", DateOrder::YearMonthDay),
        (
            "03/04/26 14:02:05 x\n03/14/26 14:02:05 x\n26/03/04 x",
            DateOrder::MonthDayYear,
        ),
        ("11-10 14:02:05.123 x\n", DateOrder::MonthDayYear),
        ("03.04.2026 14:02:05 x\n", DateOrder::DayMonthYear),
    ] {
        assert_eq!(
            learn(sample).sample().order,
            OrderOfNumbers::Decided(order),
            "{sample}"
        );
    }
    assert_eq!(
        learn("2026-03-04 14:02:05 x\n").sample().order,
        OrderOfNumbers::Told
    );
}

#[test]
fn an_order_that_nothing_decides_is_said_and_is_the_one_nearest_to_the_last_writing() {
    // Written on 2026-11-28.
    for (line, order, day) in [
        (
            "03/04/2026 14:02:05 x",
            DateOrder::DayMonthYear,
            "2026-04-03",
        ),
        (
            "04/03/2026 14:02:05 x",
            DateOrder::MonthDayYear,
            "2026-04-03",
        ),
        (
            "11/12/2026 14:02:05 x",
            DateOrder::MonthDayYear,
            "2026-11-12",
        ),
        (
            "12/11/2026 14:02:05 x",
            DateOrder::DayMonthYear,
            "2026-11-12",
        ),
        (
            "12-11-2026 14:02:05 x",
            DateOrder::DayMonthYear,
            "2026-11-12",
        ),
        (
            "26/11/20 14:02:05 INFO x",
            DateOrder::YearMonthDay,
            "2026-11-20",
        ),
        (
            "17/06/09 14:02:05 INFO x",
            DateOrder::YearMonthDay,
            "2017-06-09",
        ),
        ("02/03/04 14:02:05 x", DateOrder::MonthDayYear, "2004-02-03"),
        ("11/10 14:02:05 x", DateOrder::MonthDayYear, "2026-11-10"),
        ("10.11 14:02:05 x", DateOrder::DayMonthYear, "2026-11-10"),
    ] {
        let mut reader = learn(&format!("{line}\n").repeat(3));
        let found = read(&mut reader, line).expect("it is a time");
        if !line.starts_with("02/03/04") {
            assert!(found.starts_with(day), "{line}: {found}");
            assert_eq!(
                reader.sample().order,
                OrderOfNumbers::Undecided(order),
                "{line}"
            );
        }
        assert!(
            matches!(reader.sample().order, OrderOfNumbers::Undecided(_)),
            "{line}"
        );
    }
    let mut reader = learn("03/04/2026 14:02:05 x\n");
    assert!(reader.set_order(DateOrder::MonthDayYear));
    assert_eq!(
        reader.sample().order,
        OrderOfNumbers::Decided(DateOrder::MonthDayYear)
    );
    let found = read(&mut reader, "03/04/2026 14:02:05 x").expect("it is a time");
    assert!(found.starts_with("2026-03-04"), "{found}");
    assert!(!learn("2026-03-04 14:02:05 x\n").set_order(DateOrder::DayMonthYear));
}

#[test]
fn times_without_a_year_are_within_a_year_from_the_first_line() {
    let mut reader = learn("Nov 20 14:02:05 host a\n");
    for (line, want) in [
        (
            "Nov 20 14:02:05 host a",
            Some("2026-11-20T13:02:05.000000000Z"),
        ),
        (
            "Nov 28 23:59:59 host a",
            Some("2026-11-28T22:59:59.000000000Z"),
        ),
        (
            "Nov 29 00:59:59 host a",
            Some("2026-11-28T23:59:59.000000000Z"),
        ),
        (
            "Nov 29 01:00:01 host a",
            Some("2026-11-29T00:00:01.000000000Z"),
        ),
        (
            "Dec 31 23:59:59 host a",
            Some("2026-12-31T22:59:59.000000000Z"),
        ),
        (
            "Jan  1 00:00:00 host a",
            Some("2026-12-31T23:00:00.000000000Z"),
        ),
        (
            "Feb 29 12:00:00 host a",
            Some("2024-02-29T11:00:00.000000000Z"),
        ),
        ("Feb 30 12:00:00 host a", None),
    ] {
        assert_eq!(read(&mut reader, line).as_deref(), want, "{line}");
    }
}

/// Returns how the lines of a log that was last written at `written_s` are dated, with the last of
/// them known or not.
fn dated(log: &str, written_s: i64, has_end: bool) -> Vec<String> {
    let basis = TimeBasis::utc(moment(written_s, 0));
    let mut reader = TimeReader::learn(log.as_bytes(), basis).expect("there are times");
    if has_end {
        reader.end_with(log.as_bytes(), b"");
    }
    let lines = log.lines();
    let dates = lines.map(|line| read(&mut reader, line).expect("it is a time")[..10].to_owned());
    dates.collect()
}

#[test]
fn the_lines_that_are_known_say_which_year_is_meant() {
    let one_year = ["2025-12-30", "2025-12-31", "2026-01-01"];
    let over_new_year = "Dec 30 23:00:00 h a\nDec 31 23:00:00 h a\nJan  1 01:00:00 h a\n";
    // The last line is a little earlier than the latest.
    let out_of_order = "Nov 20 14:02:05 h a\nNov 20 14:02:09 h a\nNov 20 14:02:04 h a\n";
    let leap = "Feb 28 23:59:58 h a\nFeb 29 00:00:01 h a\nMar  1 00:10:01 h a\n";
    let copied = "Nov 25 14:00:00 h a\nNov 30 14:00:00 h a\nDec  5 14:00:00 h a\n";
    for (log, written, want) in [
        (over_new_year, TWO_O_CLOCK_S, one_year),
        (out_of_order, TWO_O_CLOCK_S, ["2026-11-20"; 3]),
        (
            leap,
            TWO_O_CLOCK_S,
            ["2024-02-28", "2024-02-29", "2024-03-01"],
        ),
        (
            copied,
            TWO_O_CLOCK_S + 8 * DAY_S,
            ["2025-11-25", "2025-11-30", "2025-12-05"],
        ),
        ("Mar 14 09:00:00 h a\n", TWO_O_CLOCK_S, ["2026-03-14"; 3]),
    ] {
        for has_end in [false, true] {
            let got = dated(log, written, has_end);
            assert_eq!(got[..], want[..got.len()], "{log}, {has_end}");
        }
    }
}

#[test]
fn the_lines_that_are_known_say_which_day_is_meant() {
    const MIDNIGHT_S: i64 = TWO_O_CLOCK_S / DAY_S * DAY_S;
    let whole_day = "00:00:00 a\n06:00:00 a\n18:00:00 a\n23:59:59 a\n";
    let over_midnight = "22:00:00 a\n23:59:59 a\n00:00:00 a\n13:00:00 a\n";
    for (log, written, want) in [
        (whole_day, MIDNIGHT_S, ["2026-11-19"; 4]),
        (whole_day, MIDNIGHT_S - 1, ["2026-11-19"; 4]),
        (
            over_midnight,
            TWO_O_CLOCK_S,
            ["2026-11-19", "2026-11-19", "2026-11-20", "2026-11-20"],
        ),
        (
            "14:02:05 a\n14:02:09 a\n14:02:04 a\n",
            TWO_O_CLOCK_S,
            ["2026-11-20"; 4],
        ),
    ] {
        for has_end in [false, true] {
            let got = dated(log, written, has_end);
            assert_eq!(got[..], want[..got.len()], "{log}, {has_end}");
        }
    }
    // Clocks that are hours apart do not take the end of a log to the day before.
    assert_eq!(
        dated("17:00:00,123 INFO a\n", TWO_O_CLOCK_S, true),
        ["2026-11-20"]
    );
    assert_eq!(
        dated("17:00:00,123 INFO a\n", TWO_O_CLOCK_S, false),
        ["2026-11-19"]
    );
    // A full date says all.
    assert_eq!(
        dated("2027-11-20 14:02:05 x\n", TWO_O_CLOCK_S, true),
        ["2027-11-20"]
    );
}

#[test]
fn times_that_go_on_for_longer_than_they_say_are_told() {
    let is_longer = |log: &str| learn(log).sample().is_longer;
    assert!(is_longer(
        "10:00:00 a\n20:00:00 a\n09:00:00 a\n12:00:00 a\n"
    ));
    assert!(!is_longer(
        "10:00:00 a\n20:00:00 a\n09:00:00 a\n09:30:00 a\n"
    ));
    assert!(is_longer(
        "Mar  1 10:00:00 h a\nSep  1 10:00:00 h a\nApr  1 10:00:00 h a\n"
    ));
    assert!(!is_longer("2026-11-20 10:00:00 a\n2020-11-20 10:00:00 a\n"));
}

#[test]
fn a_time_without_a_date_is_of_the_day_that_begins_with_the_first_line() {
    let mut reader = learn("14:02:05,123 INFO a\n");
    // Written at 01:00:00 of the 28th in Berlin.
    for (line, want) in [
        ("23:59:59,999 INFO a", "2026-11-27T22:59:59.999000000Z"),
        ("00:00:00,000 INFO a", "2026-11-27T23:00:00.000000000Z"),
        ("01:59:00,000 INFO a", "2026-11-28T00:59:00.000000000Z"),
        ("14:02:04,000 INFO a", "2026-11-28T13:02:04.000000000Z"),
    ] {
        assert_eq!(read(&mut reader, line).as_deref(), Some(want), "{line}");
    }
}

#[test]
fn the_fullest_time_that_nearly_all_lines_have_is_taken() {
    for (line, shape) in [
        ("1795183325 2026-11-20 14:02:05 x", TimeShape::Epoch),
        (
            "Nov 20 14:02:05 host app: 2026-11-20T14:02:05.5Z x",
            TimeShape::YearFirst,
        ),
        (
            "14:02:05 host app: Nov 20 14:02:05 x",
            TimeShape::NameAndDay,
        ),
        (
            "[12345.678901] rtc set to 2026-11-20T14:02:05Z",
            TimeShape::YearFirst,
        ),
        (
            "2026-11-20T14:02:05.1Z stdout F 2026-11-20 14:02:04 x",
            TimeShape::YearFirst,
        ),
    ] {
        assert_eq!(
            learn(&format!("{line}\n").repeat(9)).shape(),
            Some(shape),
            "{line}"
        );
    }
    let mut reader = learn("2026-11-20T14:02:05.1Z stdout F 2026-11-20 07:02:04 x\n");
    assert_eq!(
        read(&mut reader, "2026-11-20T14:02:05.1Z stdout F  at x").as_deref(),
        Some("2026-11-20T14:02:05.100000000Z")
    );
}

#[test]
fn places_that_vary_are_found() {
    for (sample, line) in [
        (
            "<3>Nov 20 14:02:05 a b: x\n<30>Nov 20 14:02:05 a b: x\n<131>Nov 20 14:02:05 a b: x\n",
            "<7>Nov 20 15:02:05 a b: x",
        ),
        (
            "{\"level\":\"info\",\"ts\":1795183325.5}\n{\"ts\":1795183326.5,\"level\":\"x\"}\n",
            "{\"a\":{\"b\":7},\"ts\":1795186925.0,\"level\":\"error\"}",
        ),
        (
            "1.1.1.1 - - [20/Nov/2026:14:02:05 +0000] x\n",
            "127.0.0.1 - - [20/Nov/2026:15:02:05 +0000] x",
        ),
        (
            "INFO [main] 2026-11-20T14:02:05Z x\n",
            "ERROR [main] 2026-11-20T15:02:05Z x",
        ),
        (
            "2026-11-20T14:02:05Z\tINFO\t7\tx\n".repeat(5).leak(),
            "2026-11-20T15:02:05Z\tWARNING\t12\tx",
        ),
        (
            "app.log:7:2026-11-20T14:02:05Z x\nsystem.log:12:2026-11-20T14:02:05Z x\n",
            "a.log:1234:2026-11-20T15:02:05Z x",
        ),
        (
            "INFO main 2026-11-20T14:02:05Z x\nWARNING w-12 2026-11-20T14:02:05Z x\n",
            "E a 2026-11-20T15:02:05Z x",
        ),
        (
            "a-1  | 2026-11-20T14:02:05Z x\nbc-1 | 2026-11-20T14:02:05Z x\n\
             bc-1 | 2026-11-20T14:02:05Z x\nbc-1 | 2026-11-20T14:02:05Z x\n",
            "longer-name-17  | 2026-11-20T15:02:05Z x",
        ),
        (
            "\"a\",7,\"2026-11-20 14:02:05\",x\n\"bc\",12,\"2026-11-20 14:02:05\",x\n",
            "\"x\",123,\"2026-11-20 15:02:05\",x",
        ),
        (
            "1.1.1.1 - - [20/Nov/2026:14:02:05 +0000] \"GET /\"\n\
             10.10.10.10 - jo [20/Nov/2026:14:02:05 +0000] \"GET /\"\n",
            "1.10.1.1 - jo smith [20/Nov/2026:15:02:05 +0000] \"GET /\"",
        ),
    ] {
        let mut reader = learn(sample);
        let found = read(&mut reader, line);
        let is_right = found.as_deref().is_some_and(|found| {
            found.starts_with("2026-11-20T15:02:05") || found.starts_with("2026-11-20T14:02:05")
        });
        assert!(is_right, "{line}: {found:?}");
    }
}

#[test]
fn two_kinds_of_times_at_the_start_are_both_read_and_those_in_messages_are_not() {
    let mut sample = String::new();
    for nth in 10..30 {
        sample += &format!("2026-11-20 14:02:{nth} INFO x\n");
        sample += &format!("  since 2026-11-20 14:02:{nth} x\n");
        if nth % 3 == 0 {
            sample += &format!("Nov 20 14:02:{nth} host kernel: x\n");
        }
    }
    let mut reader = learn(&sample);
    assert_eq!(
        read(&mut reader, "2026-11-20 14:02:05 INFO x").as_deref(),
        Some("2026-11-20T13:02:05.000000000Z")
    );
    assert_eq!(
        read(&mut reader, "Nov 20 14:02:05 host kernel: x").as_deref(),
        Some("2026-11-20T13:02:05.000000000Z")
    );
    assert_eq!(read(&mut reader, "  since 2026-11-20 14:02:05 x"), None);
}

#[test]
fn a_comma_before_numbers_that_vary_begins_the_next_field() {
    let mut reader = learn("2026-11-20 14:02:05,7,x\n2026-11-20 14:02:05,1234,x\n");
    assert_eq!(
        read(&mut reader, "2026-11-20 14:02:05,5,x").as_deref(),
        Some("2026-11-20T13:02:05.000000000Z")
    );
    let mut reader = learn("2026-11-20 14:02:05,123 x\n2026-11-20 14:02:05,456 x\n");
    assert_eq!(
        read(&mut reader, "2026-11-20 14:02:05,500 x").as_deref(),
        Some("2026-11-20T13:02:05.500000000Z")
    );
}

#[test]
fn an_abbreviation_that_several_zones_have_is_that_of_the_given_one() {
    let line = "2026-11-20 14:02:05 IST x";
    let in_zone = |zone: &str| {
        let basis = TimeBasis {
            zone: TimeZone::posix(zone).expect("it is a zone"),
            ..basis()
        };
        let mut reader = TimeReader::learn(line.as_bytes(), basis).expect("there is a time");
        read(&mut reader, line).expect("it is a time")
    };
    assert_eq!(
        in_zone("IST-2IDT,M3.4.4/26,M10.5.0"),
        "2026-11-20T12:02:05.000000000Z"
    );
    assert_eq!(in_zone("IST-5:30"), "2026-11-20T08:32:05.000000000Z");
    assert_eq!(in_zone("CET-1"), "2026-11-20T08:32:05.000000000Z");
}

#[test]
fn a_zone_before_the_year_may_be_one_that_only_the_given_zone_knows() {
    let line = "Fri Nov 20 14:02:05 XYZ 2026 x";
    let basis = TimeBasis {
        zone: TimeZone::posix("XYZ-3").expect("it is a zone"),
        ..basis()
    };
    let mut reader = TimeReader::learn(line.as_bytes(), basis);
    let found = reader.as_mut().and_then(|reader| read(reader, line));
    assert_eq!(found.as_deref(), Some("2026-11-20T11:02:05.000000000Z"));
}

#[test]
fn a_format_is_read_where_no_shape_is_known() {
    for (format, line, want) in [
        (
            "%H:%M:%S %d-%m-%Y",
            "INFO 14:02:05 20-11-2026 x",
            "2026-11-20T13:02:05.000000000Z",
        ),
        (
            "%Y%j %H%M%S%.f",
            "2026324 140205.5 x",
            "2026-11-20T13:02:05.500000000Z",
        ),
        (
            "%d/%m/%Y %H:%M:%S %z",
            "03/04/2026 14:02:05 +0300 x",
            "2026-04-03T11:02:05.000000000Z",
        ),
        ("@%s", "x @1795183325 y", "2026-11-20T14:02:05.000000000Z"),
        (
            "%b %d %H:%M:%S",
            "x Nov 20 14:02:05 y",
            "2026-11-20T13:02:05.000000000Z",
        ),
        ("%H:%M", "[14:02] y", "2026-11-27T13:02:00.000000000Z"),
    ] {
        let format = TimeFormat::new(format).expect("it is a format");
        let sample = format!("{line}\n").repeat(3);
        let mut reader = TimeReader::learn_formatted(sample.as_bytes(), &format, basis())
            .unwrap_or_else(|| panic!("{line} has a time"));
        assert_eq!(read(&mut reader, line).as_deref(), Some(want), "{line}");
        assert_eq!(reader.shape(), None);
        assert_eq!(read(&mut reader, "  at x"), None);
    }
    for format in ["%Y-%m-%d", "%H:%M:%S %Q", "%!", "x", ""] {
        assert!(TimeFormat::new(format).is_err(), "{format}");
    }
}

#[test]
fn a_log_without_times_has_no_reader() {
    for sample in [
        "",
        "\n\n",
        "a\nb\n",
        "1.2.3\n",
        "12 30\n",
        "2026\n",
        "version 2026.11.20\n",
    ] {
        assert!(
            TimeReader::learn(sample.as_bytes(), basis()).is_none(),
            "{sample}"
        );
    }
}

#[test]
fn a_written_time_at_the_ends_of_time_is_no_trouble() {
    for written in [i64::MIN, i64::MAX] {
        let basis = || TimeBasis {
            zones: TimeZoneDatabase::none(),
            written: Moment::from_ns(written),
            ..super::basis()
        };
        for line in ["14:02:05 x", "Nov 20 14:02:05 x", "03/04/2026 14:02:05 x"] {
            let mut reader = TimeReader::learn(line.as_bytes(), basis()).expect("there is a time");
            reader.time_of(line.as_bytes());
            reader.end_with(line.as_bytes(), line.as_bytes());
            reader.time_of(line.as_bytes());
        }
    }
}
