//! The times of hits, against an oracle that looks at one line after the other.

use jiff::Timestamp;

use super::{times::plain_time, *};

/// Collects the offsets of hits, and their times.
#[derive(Default)]
struct Dated(Vec<(u64, Option<i64>)>);

impl Fold for Dated {
    type Worker = Vec<(u64, Option<i64>)>;
    type Value = Vec<(u64, Option<i64>)>;

    fn worker(&self) -> Self::Worker {
        Vec::new()
    }

    fn lines(
        kept: &mut Self::Worker,
        lines: &Lines<'_>,
        _: &mut Values<'_, '_, Self::Value>,
    ) -> Result<(), Error> {
        if lines.are_hits() {
            kept.extend(lines.iter().map(|line| (line.offset, line.time_ns)));
        }
        Ok(())
    }

    fn value(kept: &mut Self::Worker) -> Option<Self::Value> {
        (!kept.is_empty()).then(|| std::mem::take(kept))
    }

    fn fold(&mut self, value: Self::Value) -> Result<(), Error> {
        self.0.extend(value);
        Ok(())
    }
}

/// Returns the hits of a case with their times.
fn dated_oracle(case: &Case) -> Vec<(u64, Option<i64>)> {
    let regex = plain_regex(case, &case.patterns[0]);
    let mut time = None;
    let mut hits = Vec::new();
    for line in plain_lines(case) {
        if let Some(text) = plain_time(&line.haystack) {
            let text = format!("{}Z", std::str::from_utf8(text).unwrap());
            let at: Timestamp = text.parse().unwrap();
            time = Some(i64::try_from(at.as_nanosecond()).unwrap());
        }
        if line.is_inside && regex.is_match(&line.haystack) != case.invert {
            hits.push((line.offset, time));
        }
    }
    match case.limit {
        Limit::All => {}
        Limit::First(most) => hits.truncate(line::to_usize(most)),
        Limit::Last(most) => {
            hits.drain(..hits.len().saturating_sub(line::to_usize(most)));
        }
    }
    hits
}

#[track_caller]
fn check_dated(case: &Case, chunk_sizes: &[usize]) {
    let want = dated_oracle(case);
    let file = tempfile::NamedTempFile::new().unwrap();
    file.as_file().write_all(&case.log).unwrap();
    for threads in [1, 2, 7] {
        let workers = Workers::new(threads);
        for way in WAYS.into_iter().chain(encoded_ways(case)) {
            // The beginning of a stream is not kept when its last hits are searched.
            if matches!((way, case.limit), (Way::Stream(_), Limit::Last(_)))
                || (!matches!(way, Way::File(_)) && matches!(case.limit, Limit::Last(_)))
            {
                continue;
            }
            for &chunk_bytes in chunk_sizes {
                let mut source = source_of(case, way, file.path());
                let scan = Scan {
                    times: Some(times::asked(case.times.unwrap_or([None, None]))),
                    dates_hits: true,
                    line_numbers: chunk_bytes % 3 == 0,
                    chunk_bytes: Some(chunk_bytes),
                    ..scan_of(case)
                };
                let mut got = Dated::default();
                let summary = run(&scan, &mut source, &workers, &Progress::new(), &mut got);
                assert_eq!(summary.unwrap().into_result().unwrap(), want.len() as u64);
                assert_eq!(
                    got.0, want,
                    "{way:?}, chunks of {chunk_bytes}, {threads} threads, {case:?}"
                );
            }
        }
    }
}

const LOG: &str = "\
banner b
  at b
2026-11-20T14:01:58Z a
2026-11-20T14:03:59Z b
  at b
  at a
  and b
2026-11-20T14:02:00Z b
  at c

2026-11-20T14:02:00Z a
  at a
  caused by b\r
2028-02-29T23:59:59Z a
2026-12-31T23:59:59Z b
b";

#[test]
fn a_hit_without_a_time_belongs_to_that_of_the_nearest_line_above() {
    let want = [
        (0, None),
        (9, None),
        (39, Some(14 * 3600 + 3 * 60 + 59)),
        (62, Some(14 * 3600 + 3 * 60 + 59)),
    ];
    // This is 2026-11-20T00:00:00Z.
    let day = 1_795_132_800_i64;
    let want = want.map(|(at, second)| (at, second.map(|second| (day + second) * 1_000_000_000)));
    assert_eq!(dated_oracle(&case(LOG, "b"))[..4], want);
    let sizes: Vec<usize> = (1..60).step_by(7).chain([24, 1000]).collect();
    for (pattern, invert) in [
        ("b", false),
        ("b$", true),
        ("banner|last|^b", false),
        ("", false),
    ] {
        for limit in [Limit::All, Limit::First(4), Limit::Last(3)] {
            for times in [
                None,
                Some([Some("2026-11-20T14:02:00"), Some("2026-11-20T14:07:00")]),
                Some([None, Some("2026-11-20T14:03:00")]),
            ] {
                let case = Case {
                    invert,
                    limit,
                    times,
                    ..case(LOG, pattern)
                };
                check_dated(&case, &sizes);
            }
        }
    }
}

#[test]
fn a_line_that_is_cut_has_the_time_of_its_beginning() {
    let case = Case {
        max_line_bytes: 22,
        ..case(
            "2026-11-20T14:02:00Z bbbbbbbbbbbbbb\nxxxxxxxxxxxxxxxxxxxxxxx 2026-11-20T15:00:00Z\nb\n",
            "b",
        )
    };
    let file = tempfile::NamedTempFile::new().unwrap();
    file.as_file().write_all(&case.log).unwrap();
    let want = dated_oracle(&case);
    assert_eq!(want.len(), 2);
    for chunk_bytes in [1, 7, 30, 1000] {
        let scan = Scan {
            times: Some(times::asked([None, None])),
            dates_hits: true,
            chunk_bytes: Some(chunk_bytes),
            ..scan_of(&case)
        };
        for mode in [ReadMode::Map, ReadMode::Read] {
            let mut got = Dated::default();
            let mut source = Source::open(file.path(), mode).unwrap();
            let _ = run(
                &scan,
                &mut source,
                &Workers::new(2),
                &Progress::new(),
                &mut got,
            )
            .unwrap();
            assert_eq!(got.0, want, "{chunk_bytes}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_order_of_times_is_dated(
        seconds in proptest::collection::vec(0..5000_i64, 0..14),
        invert: bool,
    ) {
        let line = |(nth, &second): (usize, &i64)| match second % 3 {
            0 => format!("  {nth} b\n"),
            _ => format!(
                "2026-11-20T{:02}:{:02}:{:02}Z {nth} b\n",
                second / 3600,
                second / 60 % 60,
                second % 60
            ),
        };
        let first = "2026-11-20T14:00:00Z 4 b\n".to_owned();
        let log: String = std::iter::once(first).chain(seconds.iter().enumerate().map(line)).collect();
        check_dated(&Case { invert, ..case(&log, "[0-4] b") }, &[1, 7, 40, 1000]);
    }
}
