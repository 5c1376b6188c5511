//! Several inputs give the same as each of them gives by itself, in their order, for every number
//! of threads.

use std::{
    fs, io,
    sync::{Arc, Mutex},
};

use super::*;
#[cfg(feature = "compressed")]
use crate::input::samples;
use crate::{
    matcher::{Matcher, Patterns},
    scan::Context,
    sink::{Count, Counted, Json, Layout, Listing, Text as Lines},
};

/// The output of a sink.
#[derive(Clone, Default)]
struct Output(Arc<Mutex<Vec<u8>>>);

impl io::Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes files of many sizes, around the borders between small and large ones.
fn inputs(folder: &Path) -> Vec<SetInput> {
    let small = to_usize(SMALL_BYTES);
    let sizes = [
        0,
        1,
        7,
        30,
        900,
        40_000,
        small - 1,
        small,
        small + 1,
        12,
        0,
        90_000,
        5,
        300_000,
        9,
        9,
        100,
        70_000,
        2,
        33,
        800,
        1,
        4,
        19,
        27,
    ];
    let mut inputs = Vec::new();
    for (nth, size) in sizes.into_iter().enumerate() {
        let line = |n: usize| match n % (nth + 2) {
            0 => format!("{n} ERROR of {nth}\n"),
            _ => format!("{n} ok\r\n"),
        };
        let mut text: String = (0..size / 5 + 1).map(line).collect();
        text.truncate(size);
        let path = folder.join(format!("{nth}.log"));
        fs::write(&path, text).unwrap();
        #[cfg(feature = "compressed")]
        if nth % 4 == 2 {
            // Encoded text stands in the place of the text, whole or damaged. Some of it is long.
            let format = samples::FORMATS[nth % samples::FORMATS.len()];
            let mut encoded = samples::encode(format, &fs::read(&path).unwrap());
            if nth % 8 == 6 {
                encoded.truncate(encoded.len() - 3);
            }
            fs::write(&path, encoded).unwrap();
        }
        inputs.push(match nth % 3 {
            0 => SetInput::named(path),
            _ => SetInput::found(path),
        });
        if nth % 7 == 3 {
            inputs.push(SetInput::found(folder.join(format!("missing {nth}"))));
        }
        if nth % 7 == 5 {
            let path = folder.join(format!("{nth}.db"));
            fs::write(&path, "SQLite format 3\0ERROR\n").unwrap();
            inputs.push(SetInput::found(path));
        }
    }
    inputs
}

type MakeSink = fn(Matcher, Output) -> Box<dyn Sink>;

const SINKS: &[MakeSink] = &[
    |matcher, output| {
        let layout = Layout {
            file_name: true,
            separator: Some(b"--".to_vec()),
            ..Layout::default()
        };
        Box::new(Lines::new(layout, matcher, Box::new(output)))
    },
    |matcher, output| {
        let listing = Listing {
            file_name: true,
            ..Listing::default()
        };
        Box::new(Count::new(
            Counted::Matches,
            listing,
            matcher,
            Box::new(output),
        ))
    },
];

/// Returns the results of one input after the other.
fn oracle(set: &Set<'_>, inputs: &[SetInput], sink: &mut dyn Sink) -> Vec<String> {
    let mut scan = set.scan.clone();
    let mut events = Vec::new();
    for SetInput { path, origin } in inputs {
        let kind = input::no_log(path, *origin);
        events.push(match (kind, Source::open(path, ReadMode::Read)) {
            (Err(error), _) | (_, Err(error)) => error.to_string(),
            (Ok(Some(kind)), _) => kind.count(1),
            (Ok(None), Ok(mut source)) => {
                let progress = Progress::new();
                let workers = Workers::new(1);
                let summary =
                    super::super::run(&scan, &mut source, &workers, &progress, sink).unwrap();
                scan.gap_before_first |= set.gaps_between && summary.hits > 0;
                shown(&summary)
            }
        });
        if set.one_hit
            && events.last().unwrap().contains("hits")
            && !events.last().unwrap().contains(" 0 hits")
        {
            break;
        }
    }
    events
}

/// Returns everything about a summary but times and facts that depend on how the input is read.
fn shown(summary: &Summary) -> String {
    let Summary {
        path,
        format,
        bytes,
        bytes_read,
        lines,
        hits,
        matches,
        cut_lines,
        notes,
        checkpoint,
        end_offset,
        ..
    } = summary;
    format!(
        "{} {format:?} {hits} hits {bytes} {bytes_read} {lines:?} {matches} {cut_lines} {notes:?} {checkpoint:?} {end_offset}",
        path.display()
    )
}

#[track_caller]
fn check(scan: &Scan, change: impl Fn(&mut Set<'_>)) {
    let folder = tempfile::tempdir().unwrap();
    let inputs = inputs(folder.path());
    let progress = Progress::new();
    for make in SINKS {
        let (mut want, mut wanted) = (None, Vec::new());
        for threads in [1, 2, 7] {
            let workers = Workers::new(threads);
            let mut set = Set::new(scan, &workers, &progress);
            change(&mut set);
            let output = Output::default();
            let mut sink = make(scan.matcher.clone(), output.clone());
            if want.is_none() {
                wanted = oracle(&set, &inputs, sink.as_mut());
                want = Some(output.0.lock().unwrap().clone());
            }
            let output = Output::default();
            let mut sink = make(scan.matcher.clone(), output.clone());
            let mut events = Vec::new();
            let mut items = inputs.iter().cloned().map(Ok);
            let reached = run_set(&set, &mut items, sink.as_mut(), &mut |_, event| {
                events.push(match event {
                    Event::Begins(_) | Event::Opens => return Ok(()),
                    Event::Ends(summary, _) => shown(summary),
                    Event::Failed(error) => error.to_string(),
                    Event::LeftOut(kind) => kind.count(1),
                    Event::IsOutput => "output".into(),
                });
                Ok(())
            });
            assert_eq!(reached.unwrap() == SetReached::Hit, set.one_hit);
            assert_eq!(events, wanted, "{threads} threads");
            let got = output.0.lock().unwrap().clone();
            assert!(
                Some(&got) == want.as_ref(),
                "{threads} threads: other bytes"
            );
        }
    }
}

fn scan(pattern: &str) -> Scan {
    Scan::new(Matcher::new(&Patterns::new(pattern)).unwrap())
}

#[test]
fn several_inputs_give_what_each_gives_by_itself() {
    check(&scan("ERROR"), |_| {});
    check(&scan("^[0-9]+ "), |_| {});
    check(&scan("no such line"), |_| {});
    for limit in [
        Limit::First(1),
        Limit::First(3),
        Limit::Last(2),
        Limit::First(0),
    ] {
        let scan = Scan {
            limit,
            line_numbers: true,
            ..scan("ERROR")
        };
        check(&scan, |_| {});
    }
    let counted = Scan {
        count_lines: true,
        max_line_bytes: 6,
        ..scan("ERR")
    };
    check(&counted, |_| {});
}

#[test]
fn gaps_stand_between_inputs_that_have_lines() {
    for context in [
        Context::Lines {
            before: 2,
            after: 1,
        },
        Context::All,
    ] {
        let scan = Scan {
            context,
            line_numbers: true,
            ..scan("ERROR of [2-9]")
        };
        check(&scan, |set| set.gaps_between = context != Context::All);
    }
}

#[test]
fn nothing_is_told_behind_the_first_hit_if_one_is_enough() {
    for pattern in ["ERROR", "ERROR of 11", "ERROR of 24"] {
        let scan = Scan {
            limit: Limit::First(1),
            ..scan(pattern)
        };
        check(&scan, |set| set.one_hit = true);
    }
}

#[test]
fn each_input_may_be_searched_by_itself() {
    check(&scan("ERROR"), |set| set.one_by_one = true);
    check(&scan("ERROR"), |set| set.mode = ReadMode::Map);
}

#[cfg(feature = "json")]
#[test]
fn json_names_the_file_that_a_line_is_from() {
    let folder = tempfile::tempdir().unwrap();
    let inputs = inputs(folder.path());
    let output = Output::default();
    let scan = scan("ERROR");
    let mut json = Json::new(scan.matcher.clone(), None, Box::new(output.clone()));
    let (workers, progress) = (Workers::new(3), Progress::new());
    let set = Set::new(&scan, &workers, &progress);
    run_set(
        &set,
        &mut inputs.into_iter().map(Ok),
        &mut json,
        &mut |_, _| Ok(()),
    )
    .unwrap();
    let text = String::from_utf8(output.0.lock().unwrap().clone()).unwrap();
    let mut file = String::new();
    for line in text.lines() {
        let message: serde_json::Value = serde_json::from_str(line).unwrap();
        let path = message["data"]["path"]["text"].as_str().unwrap_or_default();
        match message["type"].as_str() {
            Some("begin") => file = path.into(),
            Some("match" | "end") => assert_eq!(path, file),
            other => panic!("{other:?}"),
        }
    }
    assert!(text.lines().count() > 100);
}

#[test]
fn a_stop_leaves_the_rest_and_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let inputs = inputs(folder.path());
    for threads in [1, 3] {
        let stop = Arc::new(Stop::new().unwrap());
        let progress = Progress::new().with_stop(Arc::clone(&stop));
        let (scan, workers) = (scan("ERROR"), Workers::new(threads));
        let set = Set::new(&scan, &workers, &progress);
        let mut sink = crate::sink::Quiet::new();
        let mut done = 0;
        let mut items = inputs.iter().cloned().map(Ok);
        let reached = run_set(&set, &mut items, &mut sink, &mut |_, _| {
            done += 1;
            if done == 2 {
                stop.request();
            }
            Ok(())
        });
        assert_eq!(reached.unwrap(), SetReached::Stop);
        assert!((2..20).contains(&done), "{done}");
    }
}

/// One pread gives either the old text or the new one, whoever writes meanwhile.
#[test]
fn a_file_that_is_rewritten_while_it_is_opened_is_never_half_of_each() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let texts = ["a 1\na 2\na 3\n", "b 1\nb 2\nb 3\nb 4\n"];
    fs::write(&path, texts[0]).unwrap();
    let mut turn = 0;
    let names = std::iter::repeat_with(|| {
        turn += 1;
        fs::write(&path, texts[turn % 2]).unwrap();
        Ok(SetInput::found(&path))
    });
    let scan = scan("[ab] ");
    let (workers, progress) = (Workers::new(2), Progress::new());
    let set = Set::new(&scan, &workers, &progress);
    let mut bad = Vec::new();
    let mut sink = crate::sink::Quiet::new();
    run_set(&set, &mut names.take(2000), &mut sink, &mut |_, event| {
        if let Event::Ends(summary, _) = event
            && !matches!(summary.hits, 0 | 3 | 4)
            && !summary.has_trouble()
        {
            bad.push(shown(summary));
        }
        Ok(())
    })
    .unwrap();
    assert!(bad.is_empty(), "{bad:?}");
}
