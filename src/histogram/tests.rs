//! Hits by their times, against an oracle that looks at one line after the other and asks jiff for
//! each, for every path, chunk size and number of threads.

use std::{
    collections::BTreeMap,
    io,
    time::{Duration, UNIX_EPOCH},
};

use jiff::{Timestamp, civil::date, tz::TimeZone};
use proptest::prelude::*;
use regex::bytes::Regex;

use super::*;
#[cfg(feature = "compressed")]
use crate::input::{Format, samples};
use crate::{
    ReadMode,
    input::Source,
    matcher::{Matcher, Patterns},
    scan::{self, Limit, Progress, Scan, TimeRange, TimeSetting, Workers},
};

/// A log, and what is counted of it.
#[derive(Clone, Debug)]
struct PerCase {
    log: Vec<u8>,
    patterns: Vec<&'static str>,
    not: Vec<String>,
    width_s: i64,
    zone: TimeZone,
    limit: Limit,
    buckets_max: usize,
}

/// Clocks of the middle of Europe.
fn berlin() -> TimeZone {
    TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap()
}

fn per_case(log: &str, width_s: i64) -> PerCase {
    PerCase {
        log: log.into(),
        patterns: vec!["b"],
        not: Vec::new(),
        width_s,
        zone: berlin(),
        limit: Limit::All,
        buckets_max: BUCKETS_MAX,
    }
}

/// Buckets by their first second, each with its counts; what has no time; and how long they are.
type Counted = (BTreeMap<i64, Vec<u64>>, u64, i64);

/// The time of a line that begins with one, in UTC.
fn second_of(line: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(line.get(..20)?).ok()?;
    let at: Timestamp = text.parse().ok()?;
    Some(at.as_second())
}

/// Where the bucket of a moment begins.
fn naive_start(case: &PerCase, width_s: i64, second: i64) -> i64 {
    let at = Timestamp::from_second(second).unwrap();
    let offset = case.zone.to_offset(at);
    let monday = date(1969, 12, 29).at(0, 0, 0, 0);
    let local = offset.to_datetime(at);
    let since = monday.until((jiff::Unit::Second, local)).unwrap();
    let since = since.get_seconds();
    let first = monday + jiff::SignedDuration::from_secs(since - since.rem_euclid(width_s));
    if width_s % 86_400 == 0 {
        return case
            .zone
            .to_ambiguous_timestamp(first)
            .compatible()
            .unwrap()
            .as_second();
    }
    let start = offset.to_timestamp(first).unwrap().as_second();
    let next = Timestamp::from_second(second + 1).unwrap();
    let change = case.zone.preceding(next).next();
    change.map_or(start, |change| start.max(change.timestamp().as_second()))
}

fn naive(case: &PerCase) -> Counted {
    let any: Vec<Regex> = case
        .patterns
        .iter()
        .map(|text| Regex::new(text).unwrap())
        .collect();
    let not: Vec<Regex> = case
        .not
        .iter()
        .map(|text| Regex::new(text).unwrap())
        .collect();
    let mut dated = Vec::new();
    let mut undated = 0;
    let mut second = None;
    let mut hits = 0;
    for line in case.log.split(|&byte| byte == b'\n') {
        second = second_of(line).or(second);
        let is_hit = any.iter().any(|regex| regex.is_match(line))
            && !not.iter().any(|regex| regex.is_match(line));
        if !is_hit || matches!(case.limit, Limit::First(most) if hits >= most) {
            continue;
        }
        hits += 1;
        match second {
            None => undated += 1,
            Some(second) => {
                let mut counts = vec![1];
                if any.len() > 1 {
                    counts.extend(any.iter().map(|regex| u64::from(regex.is_match(line))));
                }
                dated.push((second, counts));
            }
        }
    }
    let mut width = BucketWidth::new(Duration::from_secs(case.width_s.unsigned_abs())).unwrap();
    loop {
        let mut buckets: BTreeMap<i64, Vec<u64>> = BTreeMap::new();
        for (second, counts) in &dated {
            let start = naive_start(case, width.seconds(), *second);
            let sums = buckets
                .entry(start)
                .or_insert_with(|| vec![0; counts.len()]);
            sums.iter_mut()
                .zip(counts)
                .for_each(|(sum, count)| *sum += count);
        }
        if buckets.len() <= case.buckets_max {
            return (buckets, undated, width.seconds());
        }
        width = width.coarser().unwrap();
    }
}

fn count(case: &PerCase, source: &mut Source, chunk_bytes: usize, threads: usize) -> Histogram {
    let patterns = Patterns {
        patterns: case
            .patterns
            .iter()
            .map(|text| text.as_bytes().into())
            .collect(),
        not: case
            .not
            .iter()
            .map(|text| text.clone().into_bytes())
            .collect(),
        ..Patterns::default()
    };
    let matcher = Matcher::new(&patterns).unwrap();
    let now = UNIX_EPOCH + Duration::from_secs(1_900_000_000);
    let scan = Scan {
        times: Some(TimeRange::all(TimeSetting {
            zone: case.zone.clone(),
            ..TimeSetting::utc(now)
        })),
        dates_hits: true,
        limit: case.limit,
        chunk_bytes: Some(chunk_bytes),
        ..Scan::new(matcher.clone())
    };
    let width = BucketWidth::new(Duration::from_secs(case.width_s.unsigned_abs())).unwrap();
    let series = match case.patterns.len() {
        1 => Vec::new(),
        _ => case.patterns.iter().map(ToString::to_string).collect(),
    };
    let per = PerTime::new(width, case.zone.clone(), matcher, series);
    let mut per = per.with_buckets_max(case.buckets_max);
    let workers = Workers::new(threads);
    let summary = scan::run(&scan, source, &workers, &Progress::new(), &mut per).unwrap();
    let histogram = per.finish();
    assert_eq!(
        summary.into_result().unwrap(),
        histogram.hits() + histogram.undated
    );
    histogram
}

#[track_caller]
fn check(case: &PerCase, chunk_sizes: &[usize]) {
    let want = naive(case);
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &case.log).unwrap();
    for threads in [1, 3] {
        for &chunk_bytes in chunk_sizes {
            let mut sources = vec![
                ("mapped", Source::open(file.path(), ReadMode::Map).unwrap()),
                ("read", Source::open(file.path(), ReadMode::Read).unwrap()),
                (
                    "stream",
                    Source::from_reader("log".as_ref(), io::Cursor::new(case.log.clone())),
                ),
            ];
            #[cfg(feature = "compressed")]
            {
                let format = samples::FORMATS[case.log.len() % samples::FORMATS.len()];
                let encoded = |format: Format| samples::encode_in_members(format, &case.log, 50);
                sources.push((
                    "encoded",
                    Source::from_bytes("log".as_ref(), encoded(format)),
                ));
            }
            for (way, mut source) in sources {
                let got = count(case, &mut source, chunk_bytes, threads);
                let counts = |bucket: &Bucket| {
                    let mut counts = vec![bucket.hits];
                    counts.extend(&bucket.by_series);
                    (bucket.start.timestamp().as_second(), counts)
                };
                let how = format!("{way}, chunks of {chunk_bytes}, {threads} threads, {case:?}");
                let buckets = got.buckets.iter().map(counts).collect();
                assert_eq!((buckets, got.undated, got.width.seconds()), want, "{how}");
                for pair in got.buckets.windows(2) {
                    let is_next = pair[0].end == pair[1].start;
                    assert_eq!(is_next, pair[1].empty_before == 0, "{how}");
                    assert!(pair[0].end <= pair[1].start, "{how}");
                }
            }
        }
    }
}

/// A log with a line for each time, in which each third line has none and each fifth no `b`.
fn log_of(seconds: impl IntoIterator<Item = i64>) -> String {
    let mut log = "banner b\n".to_owned();
    for (nth, second) in seconds.into_iter().enumerate() {
        let at = Timestamp::from_second(second).unwrap();
        let word = if nth % 5 == 4 { "a" } else { "b" };
        match nth % 3 {
            2 => log += &format!("  at {word} {nth}\n"),
            _ => log += &format!("{} {word} {nth}\n", at.strftime("%Y-%m-%dT%H:%M:%SZ")),
        }
    }
    // Without any time nothing would be known.
    log + "2026-11-20T14:02:00Z last\n"
}

/// 2026-10-25T00:00:00Z, an hour before clocks are turned back in the middle of Europe.
const AUTUMN: i64 = 1_792_886_400;

#[test]
fn hits_are_counted_by_the_clocks_of_the_zone() {
    let log = "\
b 1
2026-10-24T22:30:00Z b
  at b
2026-10-25T00:30:00Z b
2026-10-25T01:30:00Z b
2026-10-25T23:30:00Z b
";
    let case = per_case(log, 86_400);
    let (days, undated, _) = naive(&case);
    // Days of 25 and of 24 hours.
    let midnight = AUTUMN - 2 * 3600;
    let want = [(midnight, vec![4]), (midnight + 25 * 3600, vec![1])];
    assert_eq!((days, undated), (want.into(), 1), "the oracle itself");
    check(&case, &[1, 30, 1000]);
    // An hour that comes twice is two.
    let hours = naive(&per_case(log, 3600)).0;
    assert_eq!(hours.len(), 4);
    for width_s in [
        1,
        7,
        60,
        420,
        3600,
        3 * 3600,
        6 * 3600,
        7 * 86_400,
        36 * 3600,
    ] {
        check(&per_case(log, width_s), &[1, 30, 1000]);
    }
}

#[test]
fn series_limits_and_other_patterns_count_too() {
    let log = log_of((0..60).map(|nth| AUTUMN + nth * 97));
    let case = PerCase {
        patterns: vec!["b", "1", "zzz"],
        not: vec!["3".into()],
        ..per_case(&log, 600)
    };
    check(&case, &[7, 64, 10_000]);
    check(
        &PerCase {
            limit: Limit::First(11),
            ..case
        },
        &[7, 64, 10_000],
    );
}

#[test]
fn too_many_buckets_become_fewer_in_any_order() {
    let step = |nth: i64| AUTUMN + (nth * 7919 % 200) * 600;
    let log = log_of((0..200).map(step));
    for buckets_max in [1, 5, 40] {
        for width_s in [60, 420, 86_400] {
            let case = PerCase {
                buckets_max,
                ..per_case(&log, width_s)
            };
            check(&case, &[100, 10_000]);
        }
    }
}

#[test]
fn times_of_six_centuries_end_in_some_buckets_and_ticks() {
    let log = "1680-01-01T00:00:00Z b\n1969-12-28T00:00:00Z b\n2260-01-01T00:00:00Z b\n";
    let mut source = Source::from_bytes("log".as_ref(), log.into());
    let got = count(&per_case(log, 420), &mut source, 100, 2);
    let few = got.at_most(1);
    assert!(few.buckets.len() == 3 && few.hits() == 3, "{few:?}");
    let (_, ticks) = got.ticks(&got.buckets[0].start, &got.buckets[2].end, 8);
    assert!(ticks.len() < 100);
}

#[test]
fn a_log_without_times_has_no_buckets() {
    let mut source = Source::from_bytes("log".as_ref(), b"b\nb\na\n".to_vec());
    let got = count(&per_case("", 60), &mut source, 100, 2);
    assert_eq!((got.buckets.len(), got.undated), (0, 2));
    assert_eq!(got.at_most(5).buckets, []);
}

#[test]
fn fewer_buckets_hold_the_same_hits() {
    let log = log_of((0..500).map(|nth| AUTUMN + nth * 61));
    let mut source = Source::from_bytes("log".as_ref(), log.clone().into_bytes());
    let fine = count(&per_case(&log, 1), &mut source, 1000, 2);
    for most in [1, 7, 40, 100_000] {
        let coarse = fine.at_most(most);
        let all: u64 = coarse
            .buckets
            .iter()
            .map(|bucket| bucket.empty_before + 1)
            .sum();
        assert!(all <= most.max(fine.buckets.len() as u64), "{all} {most}");
        assert_eq!(coarse.hits(), fine.hits());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_times_are_counted(
        // Days around both changes of clocks, a leap day and the end of a year.
        near in 0..4_usize,
        offsets in proptest::collection::vec(-100_000..100_000_i64, 1..30),
        width_s in proptest::sample::select(
            vec![1, 10, 60, 90, 900, 3600, 7200, 10_800, 86_400, 172_800, 604_800],
        ),
        buckets_max in proptest::sample::select(vec![1, 3, BUCKETS_MAX]),
    ) {
        // 2026-03-29T01:00:00Z, 2026-10-25T01:00:00Z, 2028-02-29T12:00:00Z, 2026-12-31T23:00:00Z.
        let middle = [1_774_746_000, AUTUMN + 3600, 1_835_438_400, 1_798_758_000][near];
        let log = log_of(offsets.iter().map(|offset| middle + offset));
        let case = PerCase { buckets_max, ..per_case(&log, width_s) };
        check(&case, &[1, 50, 5000]);
    }
}
