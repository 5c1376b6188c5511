//! Times as people type them, and the moments that they mean.

use std::time::UNIX_EPOCH;

use super::*;

/// Returns a setting at 2026-11-20T14:30:00Z, in Berlin, where that is half past three.
fn setting() -> TimeSetting {
    let zones = TimeZoneDatabase::bundled();
    TimeSetting {
        now: UNIX_EPOCH + Duration::from_secs(1_795_185_000),
        zone: zones.get("Europe/Berlin").unwrap(),
        zones,
    }
}

fn word(text: &str) -> Option<TimeWord> {
    (!text.is_empty()).then(|| TimeWord::parse(text).unwrap())
}

/// Returns a log that ends at 2026-11-20T13:00:00Z.
fn log() -> LogEnd {
    let end: Timestamp = "2026-11-20T13:00:00Z".parse().unwrap();
    LogEnd {
        last: moment_of(end),
        written: setting().now(),
        is_uptime: false,
        is_local: false,
    }
}

#[track_caller]
fn check(since: &str, until: &str, want: [&str; 2]) {
    let range = TimeRange::new(word(since), word(until), setting()).unwrap();
    let Range { start, end } = range.resolve(&log()).unwrap().moments;
    let shown = [start, end].map(|moment| match moment {
        moment if moment == NEVER.start || moment == NEVER.end => String::new(),
        moment => timestamp(moment).unwrap().to_string(),
    });
    assert_eq!(shown, want, "{since} {until}");
}

#[test]
fn each_way_to_write_a_time_has_its_moment() {
    check("2026-11-20", "", ["2026-11-19T23:00:00Z", ""]);
    check("2026-11-20T14:02", "", ["2026-11-20T13:02:00Z", ""]);
    check("2026-11-20 14:02:05", "", ["2026-11-20T13:02:05Z", ""]);
    check("2026-11-20 14:02:05.5", "", ["2026-11-20T13:02:05.5Z", ""]);
    check("2026-11-20T14:02Z", "", ["2026-11-20T14:02:00Z", ""]);
    check(
        "2026-11-20 14:02:05+02:00",
        "",
        ["2026-11-20T12:02:05Z", ""],
    );
    check("2026-11-20T14:02:05-0330", "", ["2026-11-20T17:32:05Z", ""]);
    check("today", "", ["2026-11-19T23:00:00Z", ""]);
    check(
        "yesterday",
        "today",
        ["2026-11-18T23:00:00Z", "2026-11-19T23:00:00Z"],
    );
    check("-5m", "", ["2026-11-20T14:25:00Z", ""]);
    check(
        "-1h30m",
        "-30s",
        ["2026-11-20T13:00:00Z", "2026-11-20T14:29:30Z"],
    );
    check(
        "-1w",
        "-1d",
        ["2026-11-13T14:30:00Z", "2026-11-19T14:30:00Z"],
    );
    check("@-5m", "", ["2026-11-20T12:55:00Z", ""]);
    check(
        "@-5m",
        "@-1m",
        ["2026-11-20T12:55:00Z", "2026-11-20T12:59:00Z"],
    );
    check(
        "@-5m",
        "@+2m",
        ["2026-11-20T12:55:00Z", "2026-11-20T12:57:00Z"],
    );
    check("", "-5m", ["", "2026-11-20T14:25:00Z"]);
}

#[test]
fn a_time_of_day_is_the_last_of_the_log_or_the_next_behind_since() {
    // The log ends at 14:00 on these clocks.
    check("13:58", "", ["2026-11-20T12:58:00Z", ""]);
    check("14:00", "", ["2026-11-20T13:00:00Z", ""]);
    check("14:00:01", "", ["2026-11-19T13:00:01Z", ""]);
    check("", "14:02", ["", "2026-11-19T13:02:00Z"]);
    check(
        "13:58",
        "14:02",
        ["2026-11-20T12:58:00Z", "2026-11-20T13:02:00Z"],
    );
    check(
        "23:50",
        "0:10",
        ["2026-11-19T22:50:00Z", "2026-11-19T23:10:00Z"],
    );
}

#[test]
fn a_time_that_comes_twice_is_the_first_and_one_that_does_not_come_is_later() {
    check("2026-10-25T02:30", "", ["2026-10-25T00:30:00Z", ""]);
    check("2026-03-29T02:30", "", ["2026-03-29T01:30:00Z", ""]);
    let range = TimeRange::new(None, None, setting()).unwrap();
    let around = |text: &str| {
        let moment = moment_of(text.parse().unwrap()).unwrap();
        range.clock_change_ns(&(moment..moment))
    };
    assert_eq!(around("2026-10-25T12:00:00Z"), 3600 * SECOND_NS);
    assert_eq!(around("2026-03-29T12:00:00Z"), 0);
    assert_eq!(around("2026-07-01T12:00:00Z"), 0);
    assert_eq!(range.clock_change_ns(&NEVER), 3600 * SECOND_NS);
}

#[test]
fn what_is_no_time_is_told_what_one_is() {
    for text in [
        "",
        "x",
        "5",
        "-",
        "@",
        "@5m",
        "14",
        "14:99",
        "-5",
        "-5x",
        "-5m3",
        "@-",
        "@+x",
        "20.11.2026",
        "2026-13-01",
        "2026-11-20T25:00",
        "2026-11-20T14:02+99:00",
        "11-20",
        "now",
        "14:02Z",
        "14:02+01:00",
        "+5m",
    ] {
        let error = TimeWord::parse(text).unwrap_err();
        assert!(
            error.contains("a time is") || error.contains("a span of time is"),
            "{text}: {error}"
        );
    }
    let error = TimeWord::parse("5m").unwrap_err();
    assert_eq!(
        error,
        "it does not say from where on; -5m is before now, @-5m before the log's end"
    );
    let error = TimeWord::parse("-99999999999999w").unwrap_err();
    assert_eq!(error, "it is longer than any log");
}

#[track_caller]
fn check_refused(since: &str, until: &str, want: &str) {
    let range = TimeRange::new(word(since), word(until), setting());
    let error = match range {
        Err(error) => error.to_string(),
        Ok(range) => range.resolve(&log()).unwrap_err(),
    };
    assert!(error.contains(want), "{error}");
}

#[test]
fn a_range_that_ends_before_it_begins_is_refused() {
    let want = "is not before --until";
    check_refused("2026-11-20", "2026-11-20", want);
    check_refused("2026-11-20T14:02", "2026-11-20T14:01", want);
    check_refused("-5m", "-10m", want);
    check_refused("@-5m", "@-5m", want);
    check_refused("@-5m", "@+0s", want);
    check_refused(
        "@-5m",
        "2026-11-20T13:55",
        "in this log they are 2026-11-20T13:55:00+01:00 and",
    );
    check_refused(
        "@+5m",
        "",
        "--since @+5m: @+ counts from --since, so it is for --until",
    );
    check_refused(
        "",
        "@+5m",
        "--until @+5m: it counts from --since, which is missing",
    );
}

#[test]
fn a_format_without_a_time_is_refused() {
    let range = TimeRange::new(None, None, setting()).unwrap();
    let error = range.written_as("%Y-%m-%d").unwrap_err().to_string();
    assert!(error.starts_with("--time-format %Y-%m-%d: "), "{error}");
}
