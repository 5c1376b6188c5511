//! Merged hits against an oracle that sorts all lines, for every limit, path and size of chunks.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
    time::{Duration, UNIX_EPOCH},
};

use proptest::prelude::*;

use super::*;
use crate::{
    input::Source,
    matcher::{Matcher, Patterns},
    scan::{self, Progress, Scan, TimeRange, TimeSetting, Workers},
    sink::Layout,
};

#[derive(Clone, Default)]
struct Printed(Arc<Mutex<Vec<u8>>>);

impl Write for Printed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// All hits in the order of their times: a stable sort.
fn sorted(logs: &[String]) -> String {
    let mut hits = Vec::new();
    for (nth, log) in logs.iter().enumerate() {
        let mut time = "";
        for (line, number) in log.lines().zip(1..) {
            if line.starts_with("2026") {
                time = &line[..20];
            }
            if line.contains('b') {
                hits.push((time, format!("{nth}:{number}:{line}\n")));
            }
        }
    }
    hits.sort_by_key(|(time, _)| *time);
    hits.into_iter().map(|(_, line)| line).collect()
}

#[track_caller]
fn check(logs: &[String]) {
    let want = sorted(logs);
    let matcher = Matcher::new(&Patterns::new("b")).unwrap();
    let now = UNIX_EPOCH + Duration::from_secs(1_900_000_000);
    let folder = tempfile::tempdir().unwrap();
    for (run_bytes_max, runs_max) in [(64 << 20, 256), (0, 256), (0, 2), (200, 3)] {
        for (threads, chunk_bytes) in [(1, 1), (2, 30), (3, 1000)] {
            for is_stream in [false, true] {
                let printed = Printed::default();
                let layout = Layout {
                    file_name: true,
                    ..Layout::default()
                };
                let text = Text::new(layout, matcher.clone(), Box::new(printed.clone()));
                let mut merged = Merged::new(text, folder.path().into());
                merged = merged.with_limits(run_bytes_max, runs_max);
                let scan = Scan {
                    times: Some(TimeRange::all(TimeSetting::utc(now))),
                    dates_hits: true,
                    line_numbers: true,
                    chunk_bytes: Some(chunk_bytes),
                    ..Scan::new(matcher.clone())
                };
                for (nth, log) in logs.iter().enumerate() {
                    let bytes = log.clone().into_bytes();
                    let name = nth.to_string();
                    let mut source = match is_stream {
                        true => Source::from_reader(name.as_ref(), io::Cursor::new(bytes)),
                        false => Source::from_bytes(name.as_ref(), bytes),
                    };
                    let workers = Workers::new(threads);
                    let progress = Progress::new();
                    let ran = scan::run(&scan, &mut source, &workers, &progress, &mut merged);
                    ran.unwrap().into_result().unwrap();
                }
                merged.finish().unwrap();
                let got = String::from_utf8(printed.0.lock().unwrap().clone()).unwrap();
                let how = format!("{run_bytes_max} {runs_max} {threads} {chunk_bytes} {is_stream}");
                assert_eq!(got, want, "{how}");
            }
        }
    }
    let left = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(left, 0, "files are left behind");
}

#[test]
fn hits_of_several_logs_come_in_the_order_of_their_times() {
    let logs = [
        "b above all\n2026-11-20T14:02:00Z b 1\n  at b\n2026-11-20T14:04:00Z b 2\n2026-11-20T14:04:00Z a\n  b below a\n",
        "2026-11-20T14:01:00Z b 1\n2026-11-20T14:02:00Z b 2\n2026-11-20T14:03:00Z b 3\n  at b\n2026-11-20T14:02:30Z b late\n",
        "",
        "2026-11-20T14:02:00Z b 1\n2026-11-20T14:05:00Z b",
    ]
    .map(String::from);
    let want = "\
0:1:b above all
1:1:2026-11-20T14:01:00Z b 1
0:2:2026-11-20T14:02:00Z b 1
0:3:  at b
1:2:2026-11-20T14:02:00Z b 2
3:1:2026-11-20T14:02:00Z b 1
1:5:2026-11-20T14:02:30Z b late
1:3:2026-11-20T14:03:00Z b 3
1:4:  at b
0:4:2026-11-20T14:04:00Z b 2
0:6:  b below a
3:2:2026-11-20T14:05:00Z b
";
    assert_eq!(sorted(&logs), want, "the oracle itself");
    check(&logs);
}

#[test]
fn long_lines_are_read_again_as_they_were() {
    let long = "b".repeat(300_000);
    let line = |minute: u32| format!("2026-11-20T14:{minute:02}:00Z {long} {minute}\n");
    check(&[line(3) + &line(1), line(2) + &line(0)]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn any_logs_are_merged(
        logs in proptest::collection::vec(proptest::collection::vec(0..600_u32, 0..12), 0..5),
    ) {
        let line = |(nth, &second): (usize, &u32)| match second % 4 {
            0 => format!("  at b {nth}\n"),
            _ => format!("2026-11-20T14:{:02}:{:02}Z b {nth}\n", second / 60, second % 60),
        };
        let log = |seconds: &Vec<u32>| -> String {
            let first = "2026-11-20T14:05:00Z a\n".to_owned();
            std::iter::once(first).chain(seconds.iter().enumerate().map(line)).collect()
        };
        check(&logs.iter().map(log).collect::<Vec<_>>());
    }
}
