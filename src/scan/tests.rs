//! Compares every answer of the engine with a naive, single-threaded oracle that looks at one line
//! at a time, for every path, chunk size and number of threads.

mod dating;
mod records;
mod times;

use std::{
    io::{self, Read, Write},
    ops::Range,
    path::Path,
    sync::{Arc, Mutex},
};

use proptest::prelude::*;
use regex::bytes::Regex;

use super::*;
#[cfg(feature = "compressed")]
use crate::input::{Format, samples};
use crate::{
    input::ReadMode,
    line,
    matcher::{Extent, LineFilter, Patterns, Syntax},
    sink::{EachLine, Layout, Text},
    sys::{FileInfo, Stop},
};

/// A case: a log, what to look for in it, and the limits.
#[derive(Clone, Debug)]
struct Case {
    log: Vec<u8>,
    patterns: Vec<String>,
    and: Vec<String>,
    not: Vec<String>,
    extent: Extent,
    invert: bool,
    context: Context,
    limit: Limit,
    range: Range<u64>,
    /// The time from which on lines count, and the time before which they do. Each is as lines have
    /// it, in UTC.
    times: Option<[Option<&'static str>; 2]>,
    /// The pattern of lines that begin a record, if records are searched.
    records: Option<&'static str>,
    max_line_bytes: usize,
    only_matching: bool,
}

fn case(log: &str, pattern: &str) -> Case {
    Case {
        log: log.into(),
        patterns: vec![pattern.into()],
        and: Vec::new(),
        not: Vec::new(),
        extent: Extent::Anywhere,
        invert: false,
        context: Context::None,
        limit: Limit::All,
        range: 0..u64::MAX,
        times: None,
        records: None,
        max_line_bytes: MAX_LINE_BYTES,
        only_matching: false,
    }
}

/// A line or a record, by definition.
struct PlainLine {
    offset: u64,
    number: u64,
    text: Vec<u8>,
    haystack: Vec<u8>,
    /// Whether the line's time is one that was asked for.
    is_inside: bool,
}

/// Splits a log into lines, the slow and obvious way.
fn plain_lines(case: &Case) -> Vec<PlainLine> {
    let mut lines = Vec::new();
    let mut is_inside = case.times.is_none_or(|[since, _]| since.is_none());
    let text = case.log.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&case.log);
    let mut offset = (case.log.len() - text.len()) as u64;
    let mut number = 1;
    for piece in records::plain_units(text, case.records) {
        let text = piece.strip_suffix(b"\n").unwrap_or(piece);
        let haystack = match piece.ends_with(b"\n") {
            true => text.strip_suffix(b"\r").unwrap_or(text),
            false => text,
        };
        let (text, haystack) = match haystack.len() > case.max_line_bytes {
            true => (&text[..case.max_line_bytes], &text[..case.max_line_bytes]),
            false => (text, haystack),
        };
        let inner = records::plain_lines_of(haystack, case.records);
        let time = inner.first().and_then(|(_, head)| times::plain_time(head));
        if let (Some([since, until]), Some(time)) = (case.times, time) {
            is_inside = since.is_none_or(|since| since.as_bytes() <= time)
                && until.is_none_or(|until| time < until.as_bytes());
        }
        if case.range.contains(&offset) {
            lines.push(PlainLine {
                is_inside,
                offset,
                number,
                text: text.into(),
                haystack: haystack.into(),
            });
            number += line::newlines(text) + 1;
        }
        offset += piece.len() as u64;
    }
    lines
}

/// Returns a regex for one line, made of the pattern without changes.
fn plain_regex(case: &Case, pattern: &str) -> Regex {
    let pattern = match case.extent {
        Extent::Anywhere => pattern.into(),
        Extent::Word => format!(r"\b{{start-half}}(?:{pattern})\b{{end-half}}"),
        Extent::Line => format!("^(?:{pattern})$"),
    };
    Regex::new(&pattern).unwrap()
}

/// Returns the output that the engine must give: `NUMBER:OFFSET:TEXT` for hits, with `-` for
/// context, and `--` between groups.
fn oracle(case: &Case) -> (Vec<u8>, u64) {
    let compile = |patterns: &[String]| -> Vec<Regex> {
        patterns
            .iter()
            .map(|pattern| plain_regex(case, pattern))
            .collect()
    };
    let (any, and, not) = (
        compile(&case.patterns),
        compile(&case.and),
        compile(&case.not),
    );
    let lines = plain_lines(case);
    let mut hits: Vec<usize> = (0..lines.len())
        .filter(|&at| {
            if !lines[at].is_inside {
                return false;
            }
            let inner = records::plain_lines_of(&lines[at].haystack, case.records);
            let is_in = |regex: &Regex| inner.iter().any(|(_, line)| regex.is_match(line));
            let matches = any.iter().any(is_in) && and.iter().all(is_in) && !not.iter().any(is_in);
            matches != case.invert
        })
        .collect();
    match case.limit {
        Limit::All => {}
        Limit::First(0) => return (Vec::new(), 0),
        Limit::First(most) => {
            hits.truncate(line::to_usize(most));
        }
        Limit::Last(most) => {
            hits.drain(..hits.len().saturating_sub(line::to_usize(most)));
            if most == 0 {
                return (Vec::new(), 0);
            }
        }
    }
    let shown = |at: usize| match case.context {
        _ if !lines[at].is_inside => false,
        Context::None => hits.contains(&at),
        Context::All => true,
        Context::Lines { before, after } => hits.iter().any(|&hit| {
            let is_before = at <= hit && (hit - at) as u64 <= before;
            let is_after = at >= hit && (at - hit) as u64 <= after;
            // A line is no context if a line of another time stands between it and the hit.
            let between = &lines[at.min(hit)..at.max(hit)];
            (is_before || is_after) && between.iter().all(|line| line.is_inside)
        }),
    };
    let mut out = Vec::new();
    let mut last_shown = None;
    for (at, line) in lines.iter().enumerate().filter(|&(at, _)| shown(at)) {
        let is_apart = last_shown.is_some_and(|last| last + 1 < at);
        if is_apart && matches!(case.context, Context::Lines { .. }) {
            out.extend_from_slice(b"--\n");
        }
        last_shown = Some(at);
        let is_hit = hits.contains(&at);
        let sign = if is_hit { ':' } else { '-' };
        if !case.only_matching {
            write!(out, "{}{sign}{}{sign}", line.number, line.offset).unwrap();
            out.extend_from_slice(&line.text);
            out.push(b'\n');
        } else if is_hit != case.invert {
            for (at, inner) in records::plain_lines_of(&line.haystack, case.records) {
                for (start, end) in plain_matches(&any, inner) {
                    let offset = line.offset + (at + start) as u64;
                    write!(out, "{}{sign}{offset}{sign}", line.number).unwrap();
                    out.extend_from_slice(&inner[start..end]);
                    out.push(b'\n');
                }
            }
        }
    }
    (out, hits.len() as u64)
}

/// Returns the leftmost matches without overlap. Among those at one place the first pattern wins.
fn plain_matches(patterns: &[Regex], haystack: &[u8]) -> Vec<(usize, usize)> {
    let mut matches = Vec::new();
    let mut at = 0;
    while at <= haystack.len() {
        let first = patterns
            .iter()
            .filter_map(|regex| regex.find_at(haystack, at))
            .min_by_key(|found| found.start());
        let Some(found) = first else { break };
        if found.is_empty() {
            at = found.end() + 1;
        } else {
            matches.push((found.start(), found.end()));
            at = found.end();
        }
    }
    matches
}

/// Collects the output of a sink.
#[derive(Clone, Default)]
struct Collected(Arc<Mutex<Vec<u8>>>);

impl Write for Collected {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A reader that returns at most `most` bytes at a time.
struct Slowly {
    bytes: io::Cursor<Vec<u8>>,
    most: usize,
}

impl Read for Slowly {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = self.most.min(buffer.len());
        self.bytes.read(&mut buffer[..most])
    }
}

/// A way to run a case.
#[derive(Clone, Copy, Debug)]
enum Way {
    File(ReadMode),
    Stream(usize),
    /// The log is compressed, in members of this many bytes of text, which workers decode.
    #[cfg(feature = "compressed")]
    Encoded(Format, usize),
    /// The log is compressed, and read from front to back.
    #[cfg(feature = "compressed")]
    EncodedStream(Format, usize),
}

/// Returns ways through one format. The format changes from case to case, so that each has its
/// turn.
#[cfg(feature = "compressed")]
fn encoded_ways(case: &Case) -> Vec<Way> {
    let letters: usize = case.patterns.iter().map(String::len).sum();
    let format = samples::FORMATS[(case.log.len() + letters) % samples::FORMATS.len()];
    vec![
        Way::Encoded(format, usize::MAX),
        Way::Encoded(format, 7),
        Way::EncodedStream(format, 11),
    ]
}

#[cfg(not(feature = "compressed"))]
fn encoded_ways(_: &Case) -> Vec<Way> {
    Vec::new()
}

struct Answer {
    printed: Vec<u8>,
    hits: u64,
    notes: Vec<Note>,
    lines: Option<u64>,
    bytes: u64,
}

fn search(case: &Case, way: Way, chunk_bytes: usize, workers: &Workers, path: &Path) -> Answer {
    search_with(&Progress::new(), case, way, chunk_bytes, workers, path)
}

fn search_with(
    progress: &Progress,
    case: &Case,
    way: Way,
    chunk_bytes: usize,
    workers: &Workers,
    path: &Path,
) -> Answer {
    search_by(
        &matcher(case),
        progress,
        case,
        way,
        chunk_bytes,
        workers,
        path,
    )
}

/// Returns whether all lines are counted, or only those that are needed for the numbers of hits.
/// For each size of chunks one of the two is done.
fn counts_lines(chunk_bytes: usize) -> bool {
    chunk_bytes.is_multiple_of(2)
}

fn matcher(case: &Case) -> Matcher {
    let bytes = |patterns: &[String]| patterns.iter().map(|p| p.clone().into_bytes()).collect();
    let patterns = Patterns {
        patterns: bytes(&case.patterns),
        and: bytes(&case.and),
        not: bytes(&case.not),
        extent: case.extent,
        syntax: Syntax::Regex,
        ..Patterns::default()
    };
    let matcher = Matcher::new(&patterns).unwrap();
    match case.records {
        Some(_) => matcher.over_records(),
        None => matcher,
    }
}

/// Opens the source of a case.
fn source_of(case: &Case, way: Way, path: &Path) -> Source {
    match way {
        Way::File(mode) => Source::open(path, mode).unwrap(),
        Way::Stream(most) => Source::from_reader(
            path,
            Slowly {
                bytes: io::Cursor::new(case.log.clone()),
                most,
            },
        ),
        #[cfg(feature = "compressed")]
        Way::Encoded(format, member_bytes) => {
            let encoded = samples::encode_in_members(format, &case.log, member_bytes);
            Source::from_bytes(path, encoded)
        }
        #[cfg(feature = "compressed")]
        Way::EncodedStream(format, member_bytes) => Source::from_reader(
            path,
            Slowly {
                bytes: io::Cursor::new(samples::encode_in_members(format, &case.log, member_bytes)),
                most: 13,
            },
        ),
    }
}

/// Returns the scan of a case.
fn scan_of(case: &Case) -> Scan {
    Scan {
        invert: case.invert,
        context: case.context,
        limit: case.limit,
        range: case.range.clone(),
        records: case.records.map(records::starting),
        max_line_bytes: case.max_line_bytes,
        ..Scan::new(matcher(case))
    }
}

fn search_by(
    matcher: &Matcher,
    progress: &Progress,
    case: &Case,
    way: Way,
    chunk_bytes: usize,
    workers: &Workers,
    path: &Path,
) -> Answer {
    let mut source = source_of(case, way, path);
    let scan = Scan {
        times: case.times.map(times::asked),
        chunk_bytes: Some(chunk_bytes),
        line_numbers: true,
        count_lines: counts_lines(chunk_bytes),
        matcher: matcher.clone(),
        ..scan_of(case)
    };
    let layout = Layout {
        byte_offset: true,
        invert: case.invert,
        only_matching: case.only_matching,
        separator: Some(b"--".into()),
        ..Layout::default()
    };
    let collected = Collected::default();
    let mut sink = Text::new(layout, matcher.clone(), Box::new(collected.clone()));
    let summary = run(&scan, &mut source, workers, progress, &mut sink).unwrap();
    assert!(summary.error.is_none(), "{:?}", summary.error);
    let printed = std::mem::take(&mut *collected.0.lock().unwrap());
    Answer {
        printed,
        hits: summary.hits,
        notes: summary.notes,
        lines: summary.lines,
        bytes: summary.bytes,
    }
}

const WAYS: [Way; 4] = [
    Way::File(ReadMode::Map),
    Way::File(ReadMode::Read),
    Way::Stream(3),
    Way::Stream(1 << 20),
];

/// Runs a case in every way and compares each answer with the oracle's.
#[track_caller]
fn check(case: &Case) {
    let longest = case.log.len() + 2;
    let chunk_sizes: Vec<usize> = (1..=longest.min(12)).chain([longest]).collect();
    check_with(case, &chunk_sizes, &[1, 2, 7]);
}

#[track_caller]
fn check_with(case: &Case, chunk_sizes: &[usize], threads: &[usize]) {
    let (want, want_hits) = oracle(case);
    let file = tempfile::NamedTempFile::new().unwrap();
    file.as_file().write_all(&case.log).unwrap();
    for matcher in matcher(case).forced() {
        let (workers, progress) = (Workers::new(1), Progress::new());
        // Mapped bytes may change, so the regex engine looks at copies of lines. Bytes that were
        // read are searched where they lie.
        let ways = [ReadMode::Map, ReadMode::Read].map(Way::File);
        for (way, &chunk_bytes) in ways
            .iter()
            .flat_map(|&way| chunk_sizes.iter().map(move |size| (way, size)))
        {
            let got = search_by(
                &matcher,
                &progress,
                case,
                way,
                chunk_bytes,
                &workers,
                file.path(),
            );
            assert_eq!(
                String::from_utf8_lossy(&got.printed),
                String::from_utf8_lossy(&want),
                "printed by {}, {way:?}, chunks of {chunk_bytes}, of {case:?}",
                matcher.engine()
            );
        }
    }
    let mut first_notes = None;
    for &threads in threads {
        let workers = Workers::new(threads);
        for way in WAYS.into_iter().chain(encoded_ways(case)) {
            let sizes = match way {
                Way::File(_) | Way::Stream(_) => chunk_sizes,
                // Each of these ways compresses the log.
                _ => chunk_sizes.get(chunk_sizes.len() / 2..).unwrap_or_default(),
            };
            for &chunk_bytes in sizes {
                let got = search(case, way, chunk_bytes, &workers, file.path());
                let how =
                    format!("{way:?}, chunks of {chunk_bytes}, {threads} threads, of {case:?}");
                assert_eq!(
                    String::from_utf8_lossy(&got.printed),
                    String::from_utf8_lossy(&want),
                    "printed by {how}"
                );
                assert_eq!(got.printed, want, "printed by {how}");
                assert_eq!(got.hits, want_hits, "hits of {how}");
                // This note is about how the log was read, and not about what it holds.
                let mut noted = got.notes.clone();
                noted.retain(|note| !matches!(note, Note::TimesUnordered { .. }));
                let notes = first_notes.get_or_insert_with(|| noted.clone());
                assert_eq!(&noted, notes, "notes of {how}");
                if case.times.is_none() && matches!(case.limit, Limit::All) {
                    let units = plain_lines(case);
                    let lines = units.iter().map(|unit| line::newlines(&unit.text) + 1);
                    let lines: u64 = lines.sum();
                    let counted = counts_lines(chunk_bytes).then_some(lines);
                    assert_eq!(got.lines, counted, "lines of {how}");
                    let end = case.range.end.min(case.log.len() as u64);
                    let bytes = end.saturating_sub(case.range.start);
                    assert_eq!(got.bytes, bytes, "bytes of {how}");
                }
            }
        }
    }
}

/// Checks the oracle too, against an answer written by hand.
#[track_caller]
fn check_against(case: &Case, want: &str) {
    assert_eq!(
        String::from_utf8_lossy(&oracle(case).0),
        want,
        "the oracle itself"
    );
    check(case);
}

#[test]
fn a_line_cut_by_a_chunk_border_is_reported_once() {
    check_against(&case("aa\nERR\nbb\n", "ERR"), "2:3:ERR\n");
}

#[test]
fn a_last_line_without_a_newline_is_a_line() {
    check_against(&case("ERR 1\nERR 2", "ERR"), "1:0:ERR 1\n2:6:ERR 2\n");
    check_against(&case("", "ERR"), "");
    check_against(&case("\n\n", ""), "1:0:\n2:1:\n");
}

#[test]
fn a_carriage_return_before_the_newline_is_not_part_of_the_haystack() {
    check_against(&case("ab\r\nab\nab\r\r\nab\r", "ab$"), "1:0:ab\r\n2:4:ab\n");
    check_against(&case("a\rb\r\nb\r\n", "^.b$"), "");
    check_against(&case("x\ra\r\nx\r\n", r"x\r"), "1:0:x\ra\r\n");
    check_against(&case("a\r\n", r"a\s"), "");
    check_against(&case("a\r", r"a\s"), "1:0:a\r\n");
}

#[test]
fn line_ends_are_the_ends_of_each_line_with_or_without_flags() {
    for pattern in [r"^b", r"(?m)^b", r"\Ab", r"(?-m)^b"] {
        check_against(&case("ab\nba\n", pattern), "2:3:ba\n");
    }
    for pattern in [r"a$", r"(?m)a$", r"a\z"] {
        check_against(&case("ab\nba\r\nba", pattern), "2:3:ba\r\n3:7:ba\n");
    }
    check_against(&case("a\n\nb\n\r\n", "^$"), "2:2:\n4:5:\r\n");
}

#[test]
fn nothing_matches_across_a_line_end() {
    check_against(&case("a\nb\n", r"a\s*b"), "");
    check_against(&case("a\nb\n", r"a[^x]b"), "");
    check_against(&case("a\nb\n", r"(?s)a.b"), "");
}

#[test]
fn nul_bytes_and_invalid_utf8_are_ordinary() {
    let mut log = case("", "b");
    log.log = b"a\0b\n\xff\xfeb\n\0\0\nc".to_vec();
    check(&log);
    log.patterns = vec![r"(?-u:\xFF)".into()];
    check(&log);
    log.patterns = vec![".".into()];
    check(&log);
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_first_line() {
    check_against(
        &case("\u{feff}ERR 1\nERR 2\n", "^ERR"),
        "1:3:ERR 1\n2:9:ERR 2\n",
    );
    check_against(&case("\u{feff}ERR\n\u{feff}ERR\n", "^ERR"), "1:3:ERR\n");
    check_against(&case("\u{feff}", ""), "");
    check_against(&case("\u{feff}a", "^a$"), "1:3:a\n");
    check_against(&case("\u{feff}\na\n", "^$"), "1:3:\n");
    check_against(&case("\u{feff}\r\n", "^$"), "1:3:\r\n");
    check_against(
        &case("\u{feff}\u{feff}a\n", "^\u{feff}a"),
        "1:3:\u{feff}a\n",
    );
    let log = case("\u{feff}ab\nc\nab\n", "b");
    let starts = [0, 1, 3, 4].map(|start| start..u64::MAX);
    let ends = [1, 3, 4, 8].map(|end| 0..end);
    let context = Context::Lines {
        before: 1,
        after: 1,
    };
    for range in starts.into_iter().chain(ends) {
        for limit in [Limit::All, Limit::First(1), Limit::Last(1), Limit::Last(3)] {
            let plain = Case {
                limit,
                range: range.clone(),
                ..log.clone()
            };
            let around = Case {
                context,
                ..plain.clone()
            };
            for case in [plain, around] {
                check_with(&case, &[1, 2, 3, 4, 5, 99], &[1, 3]);
            }
        }
    }
    check(&Case {
        only_matching: true,
        ..log.clone()
    });
    check(&Case {
        invert: true,
        context: Context::All,
        ..log
    });
    for max_line_bytes in 1..7 {
        check(&Case {
            max_line_bytes,
            ..case("\u{feff}abcd\nab\n", "b")
        });
    }
}

#[test]
fn what_is_no_plain_text_is_searched_only_as_it_is() {
    let lzip: &[u8] = b"LZIP\x01ERR\nERR\n";
    let texts = [lzip, b"PK\x03\x04ERR", b"\xff\xfe\0\0ERR\n"];
    let raw = Regex::new("(?-u)R").unwrap();
    for text in texts {
        let case = Case {
            log: text.into(),
            ..case("", "(?-u)R")
        };
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().write_all(text).unwrap();
        let want = text
            .split_inclusive(|&b| b == b'\n')
            .filter(|line| raw.is_match(line))
            .count() as u64;
        let open = |way| match way {
            Way::File(mode) => Source::open(file.path(), mode).unwrap(),
            Way::Stream(most) => {
                let bytes = io::Cursor::new(case.log.clone());
                Source::from_reader(file.path(), Slowly { bytes, most })
            }
            #[cfg(feature = "compressed")]
            Way::Encoded(..) | Way::EncodedStream(..) => unreachable!("it is in no list of these"),
        };
        for way in WAYS.into_iter().chain([Way::Stream(1)]) {
            for limit in [Limit::All, Limit::First(1), Limit::Last(2), Limit::Last(0)] {
                let scan = Scan {
                    limit,
                    ..Scan::new(matcher(&case))
                };
                let search = |mut source: Source| {
                    let mut told = false;
                    let mut sink = EachLine::new(|_| {
                        told = true;
                        Ok(())
                    });
                    let ran = run(
                        &scan,
                        &mut source,
                        &Workers::new(2),
                        &Progress::new(),
                        &mut sink,
                    );
                    (ran, told, source)
                };
                let (ran, told, source) = search(open(way));
                assert!(matches!(ran, Err(Error::NotText { .. })), "{way:?} {ran:?}");
                assert!(!told && source.format().is_some(), "{way:?}");
                if limit == Limit::All {
                    let (ran, _, source) = search(open(way).raw());
                    assert_eq!(ran.unwrap().hits, want, "{way:?}");
                    assert_eq!(source.format(), None);
                }
            }
        }
    }
}

#[test]
fn words_and_whole_lines_are_what_the_definition_says() {
    for extent in [Extent::Word, Extent::Line] {
        for pattern in ["foo", "foo|foobar", "", "-", "fo+"] {
            let log = "foo\nfoobar\nbar foo\r\nfoo\r\n-foo-\n\nfooé foo\n";
            check(&Case {
                extent,
                ..case(log, pattern)
            });
        }
    }
}

#[test]
fn lines_that_also_match_and_do_not_match() {
    let log = "ERROR a\nERROR health\nWARN a\nERROR a health\nERROR b\n";
    let both = Case {
        and: vec!["a".into()],
        not: vec!["health$".into()],
        ..case(log, "ERROR")
    };
    check_against(&both, "1:0:ERROR a\n");
    check(&Case {
        invert: true,
        ..both.clone()
    });
    check(&Case {
        patterns: vec![String::new()],
        ..both
    });
}

#[test]
fn context_never_repeats_a_line_and_gaps_are_marked() {
    let log = "1\nx\n3\n4\n5\nx\nx\n8\n9\n10\n11\nx";
    for before in 0..4 {
        for after in 0..4 {
            check(&Case {
                context: Context::Lines { before, after },
                ..case(log, "x")
            });
        }
    }
    check(&Case {
        context: Context::All,
        ..case(log, "x")
    });
    check(&Case {
        context: Context::Lines {
            before: 1,
            after: 1,
        },
        invert: true,
        ..case(log, "x")
    });
}

#[test]
fn context_behind_the_last_hit_within_the_limit_goes_on_over_later_hits() {
    let log = "x\n2\nx\n4\nx\nx\n7\n8\n9\n10\nx\n12\n";
    for most in 0..5 {
        let limit = Limit::First(most);
        check(&Case {
            limit,
            ..case(log, "x")
        });
        check(&Case {
            limit,
            context: Context::Lines {
                before: 1,
                after: 4,
            },
            ..case(log, "x")
        });
        check(&Case {
            limit,
            context: Context::All,
            ..case(log, "x")
        });
        check(&Case {
            limit,
            invert: true,
            ..case(log, "x")
        });
    }
}

#[test]
fn context_of_the_last_hits_does_not_begin_in_the_line_in_which_the_range_begins() {
    // With some chunk sizes the chunk with the hit begins in that line too.
    check(&Case {
        range: 2..20,
        limit: Limit::Last(1),
        context: Context::Lines {
            before: 1,
            after: 0,
        },
        ..case("before the range\nx\n", "x")
    });
}

#[test]
fn the_last_hits_are_the_tail_of_all_hits() {
    let log = "x\n2\nx\n4\nx\nx\n7\n8\n9\n10\nx\n12\n";
    for last in 0..7 {
        let limit = Limit::Last(last);
        check(&Case {
            limit,
            ..case(log, "x")
        });
        check(&Case {
            limit,
            context: Context::Lines {
                before: 2,
                after: 1,
            },
            ..case(log, "x")
        });
        check(&Case {
            limit,
            invert: true,
            range: 3..12,
            ..case(log, "x")
        });
    }
}

#[test]
fn a_line_longer_than_the_cap_is_its_first_bytes() {
    let log = "abcdef\nabc\r\nx\nabcdefghijklmnop\nab\nabcd";
    for max_line_bytes in 1..8 {
        for pattern in ["c$", "d", "abc", "^abc$", "", "[a-z]+"] {
            for context in [
                Context::None,
                Context::Lines {
                    before: 1,
                    after: 1,
                },
            ] {
                check(&Case {
                    max_line_bytes,
                    context,
                    ..case(log, pattern)
                });
            }
            check(&Case {
                max_line_bytes,
                only_matching: true,
                ..case(log, pattern)
            });
            check(&Case {
                max_line_bytes,
                invert: true,
                ..case(log, pattern)
            });
            check(&Case {
                max_line_bytes,
                limit: Limit::First(2),
                ..case(log, pattern)
            });
            check(&Case {
                max_line_bytes,
                limit: Limit::Last(2),
                ..case(log, pattern)
            });
        }
    }
}

#[test]
fn a_range_holds_the_lines_that_begin_in_it_and_adjacent_ranges_join() {
    let log = "ax\nb\n\ncx\ndx\ne";
    let end = log.len() as u64 + 2;
    for start in 0..end {
        for end in start..end {
            let context = Context::Lines {
                before: 1,
                after: 1,
            };
            check_with(
                &Case {
                    range: start..end,
                    context,
                    ..case(log, "x|e")
                },
                &[1, 3, 100],
                &[2],
            );
        }
    }
}

/// Returns the hash of the places of hits, for every path, chunk size and number of threads.
fn hashes(case: &Case, chunk_sizes: &[usize]) -> Vec<Option<u64>> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    std::fs::write(&path, &case.log).unwrap();
    let mut hashes = Vec::new();
    for mode in [ReadMode::Map, ReadMode::Read] {
        for (&chunk_bytes, threads) in chunk_sizes.iter().zip([1, 2, 7].into_iter().cycle()) {
            let scan = Scan {
                invert: case.invert,
                max_line_bytes: case.max_line_bytes,
                chunk_bytes: Some(chunk_bytes),
                limit: case.limit,
                hash_hits: true,
                ..Scan::new(matcher(case))
            };
            let mut source = Source::open(&path, mode).unwrap();
            let sink = &mut crate::sink::Quiet::new();
            let workers = Workers::new(threads);
            let summary = run(&scan, &mut source, &workers, &Progress::new(), sink).unwrap();
            hashes.push(summary.hits_hash);
        }
    }
    hashes
}

#[test]
fn the_hash_of_the_hits_depends_on_their_places_and_on_nothing_else() {
    let sizes = [1, 2, 3, 5, 8, 13, 1000];
    let mut seen = Vec::new();
    // Each log has its hits elsewhere. Some have as many as another, and some have them side by
    // side.
    for log in [
        "a\nb\na\nb\n",
        "b\na\nb\na\n",
        "a\na\nb\nb\n",
        "b\nb\na\na",
        "a\na\na\na\n",
        "b\nb\n",
        "aa\nb\na\nb\n",
    ] {
        let all = hashes(&case(log, "a"), &sizes);
        assert!(all[0].is_some());
        assert!(all.iter().all(|hash| *hash == all[0]), "{log:?}: {all:?}");
        assert!(!seen.contains(&all[0]), "{log:?}");
        seen.push(all[0]);
    }
    // A line is its first bytes, however much of it is in a chunk.
    let mut long = case("a long line\nand a short\nb\nlonger than all others\n", "l");
    long.max_line_bytes = 4;
    let all = hashes(&long, &sizes);
    assert!(all.iter().all(|hash| *hash == all[0]), "{all:?}");
}

#[test]
fn within_a_limit_there_is_no_hash() {
    let mut limited = case("a\nb\na\n", "a");
    limited.limit = Limit::First(1);
    assert!(hashes(&limited, &[1, 1000]).iter().all(Option::is_none));
}

#[test]
fn a_search_behind_the_end_of_a_file_ends_at_its_end() {
    for limit in [Limit::All, Limit::First(1), Limit::Last(1)] {
        let matcher = Matcher::new(&Patterns::new("a")).unwrap();
        let scan = Scan {
            limit,
            range: 100..u64::MAX,
            ..Scan::new(matcher)
        };
        let mut source = Source::from_bytes("log".as_ref(), b"a\na\n".to_vec());
        let mut sink = crate::sink::Quiet::new();
        let summary = run(
            &scan,
            &mut source,
            &Workers::new(1),
            &Progress::new(),
            &mut sink,
        )
        .unwrap();
        assert_eq!(summary.end_offset, 4, "{limit:?}");
    }
}

#[test]
fn matches_are_leftmost_and_do_not_overlap() {
    let log = "abcabc\naXbX\n\r\nab\r\n";
    for pattern in ["a|ab", "ab|a", "b*", "[a-c]{2}", "X", ""] {
        check(&Case {
            only_matching: true,
            ..case(log, pattern)
        });
    }
    let two = Case {
        only_matching: true,
        ..case(log, "b")
    };
    check(&Case {
        patterns: vec!["bc".into(), "b".into()],
        ..two
    });
}

/// Generates logs of few different bytes, so that patterns hit and lines, CRs and NULs meet in
/// every way.
fn logs() -> impl Strategy<Value = Vec<u8>> {
    let mark = prop_oneof![3 => Just(&b""[..]), 1 => Just(&b"\xef\xbb\xbf"[..])];
    let text = prop::collection::vec(prop::sample::select(b"ab\n\n\r\0\xff".to_vec()), 0..60);
    let log = (mark, text).prop_map(|(mark, text)| [mark, &text].concat());
    let is_text = |log: &Vec<u8>| {
        Source::from_bytes("log".as_ref(), log.clone())
            .format()
            .is_none()
    };
    log.prop_filter("it could be UTF-16", is_text)
}

fn any_pattern() -> impl Strategy<Value = String> {
    let atoms = [
        "a",
        "b",
        "ab",
        ".",
        "[^a]",
        r"\s",
        "^",
        "$",
        r"\b",
        r"\r",
        "a*",
        "b?",
        "(?:ab+|b*)+",
        "(?:a.*){2}",
        "(?-u:\\xFF)",
        r"\x00",
        "(?m)$",
    ];
    prop::collection::vec(prop::sample::select(atoms.to_vec()), 0..4)
        .prop_map(|parts| parts.concat())
}

fn contexts() -> impl Strategy<Value = Context> {
    prop_oneof![
        Just(Context::None),
        Just(Context::All),
        (0..4u64, 0..4u64).prop_map(|(before, after)| Context::Lines { before, after }),
    ]
}

fn limits() -> impl Strategy<Value = Limit> {
    prop_oneof![
        2 => Just(Limit::All),
        1 => (0..5u64).prop_map(Limit::First),
        1 => (0..5u64).prop_map(Limit::Last),
    ]
}

prop_compose! {
    fn cases()(
        log in logs(),
        patterns in prop::collection::vec(any_pattern(), 1..3),
        and in prop::collection::vec(any_pattern(), 0..2),
        not in prop::collection::vec(any_pattern(), 0..2),
        extent in prop::sample::select(vec![Extent::Anywhere, Extent::Anywhere, Extent::Word, Extent::Line]),
        (invert, only_matching) in any::<(bool, bool)>(),
        context in contexts(),
        limit in limits(),
        range in prop_oneof![Just(0..u64::MAX), (0..30u64, 0..40u64).prop_map(|(start, length)| start..start + length)],
        max_line_bytes in prop_oneof![Just(MAX_LINE_BYTES), 1..8usize],
    ) -> Case {
        let mut log = log;
        if extent == Extent::Word {
            // The oracle's word boundaries are wrong next to bytes that are not UTF-8. Another test
            // covers those.
            log.iter_mut().filter(|byte| **byte == 0xff).for_each(|byte| *byte = b'c');
        }
        let context = match (limit, context) {
            (Limit::Last(_), Context::All) => Context::None,
            _ => context,
        };
        Case { log, patterns, and, not, extent, invert, context, limit, range, times: None, records: None, max_line_bytes, only_matching }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_hits_have_one_hash_on_every_path(log in logs(), pattern in any_pattern(), invert in any::<bool>()) {
        let case = Case { log, invert, ..case("", &pattern) };
        prop_assume!(!case.log.is_empty() && Matcher::new(&Patterns::new(pattern.as_str())).is_ok());
        let all = hashes(&case, &[1, 3, 7, 64, 1000]);
        prop_assert!(all.iter().all(|hash| *hash == all[0]), "{:?}", all);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_search_of_any_bytes_gives_the_answer_of_the_oracle(
        case in cases(),
        chunk_bytes in 1..40usize,
        threads in prop::sample::select(vec![1, 2, 3]),
    ) {
        check_with(&case, &[chunk_bytes], &[threads]);
    }
}

/// Tells when a stop is requested. It is asked after each chunk.
trait Moment: Fn(&Progress) -> bool + Copy + Send + Sync + 'static {}

impl<F: Fn(&Progress) -> bool + Copy + Send + Sync + 'static> Moment for F {}

/// Tells that this many bytes have been searched. In a file these may be any bytes.
fn at(bytes: u64) -> impl Moment {
    move |progress: &Progress| progress.bytes_done() >= bytes
}

fn stops(when: impl Moment) -> Progress {
    let stop = Arc::new(Stop::new().unwrap());
    let requested = Arc::clone(&stop);
    let request = move |progress: &Progress| {
        if when(progress) {
            requested.request();
        }
    };
    Progress::with_callback(request).with_stop(stop)
}

/// Runs a case with a stop in every way. `check` gets each answer, and the place up to which the
/// answer says that it is complete.
#[track_caller]
fn check_stopped(case: &Case, when: impl Moment, check: impl Fn(Answer, Option<u64>, Way)) {
    let file = tempfile::NamedTempFile::new().unwrap();
    file.as_file().write_all(&case.log).unwrap();
    for threads in [1, 2, 7] {
        let workers = Workers::new(threads);
        for way in WAYS {
            // The last way would read the whole log at once, before anybody can stop it.
            let way = match way {
                Way::Stream(1000..) => Way::Stream(100),
                way => way,
            };
            for chunk_bytes in [7, 64] {
                let progress = stops(when);
                let got = search_with(&progress, case, way, chunk_bytes, &workers, file.path());
                let complete_to = got.notes.iter().find_map(|note| match note {
                    Note::Interrupted { complete_to } => Some(*complete_to),
                    _ => None,
                });
                check(got, complete_to, way);
            }
        }
    }
}

fn numbered_log(lines: u64) -> String {
    (0..lines).map(|line| format!("{line} ab\n")).collect()
}

#[test]
fn what_is_delivered_before_a_stop_is_the_beginning_of_the_whole() {
    for (invert, bytes) in [(false, 0), (false, 500), (true, 500)] {
        let case = Case {
            invert,
            ..case(&numbered_log(4000), "[37] ")
        };
        let (whole, _) = oracle(&case);
        check_stopped(&case, at(bytes), |got, complete_to, way| {
            let complete_to =
                complete_to.expect("a log of so many chunks is not searched to its end");
            // Bytes that were searched only to see whether lines need numbers are searched again.
            if got.lines.is_some() || matches!(way, Way::Stream(_)) {
                assert!(complete_to >= bytes, "{way:?}");
            }
            assert!(whole.starts_with(&got.printed), "{way:?}");
            let (want, want_hits) = oracle(&Case {
                range: 0..complete_to,
                ..case.clone()
            });
            assert_eq!(
                String::from_utf8_lossy(&got.printed),
                String::from_utf8_lossy(&want),
                "{way:?}, complete to {complete_to}"
            );
            assert_eq!(got.hits, want_hits, "{way:?}");
        });
    }
}

#[test]
fn a_stop_between_a_hit_and_its_context_leaves_the_beginning_of_the_whole() {
    let case = Case {
        context: Context::Lines {
            before: 2,
            after: 5,
        },
        ..case(&numbered_log(4000), "[05]00 ")
    };
    let (whole, _) = oracle(&case);
    check_stopped(&case, at(4500), |got, complete_to, way| {
        assert!(complete_to.is_some(), "{way:?}");
        assert!(whole.starts_with(&got.printed), "{way:?}");
        assert!(
            got.printed.is_empty() || got.printed.ends_with(b"\n"),
            "{way:?}"
        );
    });
}

#[test]
fn a_stop_that_comes_when_a_limit_has_ended_the_search_is_no_interruption() {
    let case = Case {
        limit: Limit::First(1),
        ..case(&format!("x\n{}", numbered_log(4000)), "x")
    };
    // Chunks behind the only hit may be searched before it.
    let found = |progress: &Progress| progress.hits() > 0;
    check_stopped(&case, found, |got, complete_to, way| {
        assert_eq!(complete_to, None, "{way:?}");
        assert_eq!(got.printed, b"1:0:x\n", "{way:?}");
    });
}

#[test]
fn a_stop_that_comes_when_a_file_has_been_searched_to_its_end_is_no_interruption() {
    let case = case(&numbered_log(100), "ab");
    let length = case.log.len() as u64;
    check_stopped(&case, at(length), |got, complete_to, way| {
        assert_eq!(got.hits, 100, "{way:?}");
        // It is not known of a stream that this was all, unless its end was seen.
        if matches!(way, Way::File(_)) {
            assert_eq!(complete_to, None, "{way:?}");
        }
    });
}

#[test]
fn of_the_last_hits_a_stop_leaves_none_of_a_file_and_those_so_far_of_a_stream() {
    // There are so few hits that a file is read to its start in search of them.
    let rare = Case {
        limit: Limit::Last(3),
        ..case(&numbered_log(4000), "^[12] ")
    };
    check_stopped(&rare, at(500), |got, complete_to, way| {
        let complete_to = complete_to.expect("a log of so many chunks is not searched to its end");
        if matches!(way, Way::File(_)) {
            assert_eq!((complete_to, got.hits), (0, 0), "{way:?}");
            return;
        }
        let log = rare.log[..line::to_usize(complete_to)].to_vec();
        let (want, want_hits) = oracle(&Case {
            log,
            ..rare.clone()
        });
        assert_eq!(got.printed, want, "{way:?}");
        assert_eq!(got.hits, want_hits, "{way:?}");
    });
}

#[test]
fn a_stop_ends_a_wait_for_a_pipe_in_which_a_line_is_not_complete() {
    for threads in [1, 2, 7] {
        let (reader, mut writer) = io::pipe().unwrap();
        writer.write_all(b"x 1\nx 2\nx unfinished").unwrap();
        let file = crate::sys::file_of_pipe(reader);
        let info = FileInfo::of(&file).unwrap();
        let name = Path::new("pipe");
        let mut source = Source::from_file(name, file, &info, 0, ReadMode::Auto).unwrap();
        let scan = Scan::new(Matcher::new(&Patterns::new("x")).unwrap());
        let mut sink = crate::sink::EachLine::new(|_| Ok(()));
        let summary = run(
            &scan,
            &mut source,
            &Workers::new(threads),
            &stops(at(8)),
            &mut sink,
        )
        .unwrap();
        assert_eq!(summary.hits, 2);
        assert_eq!(summary.notes, [Note::Interrupted { complete_to: 8 }]);
        drop(writer);
    }
}

#[cfg(unix)] // Elsewhere a file that is mapped cannot be cut.
#[test]
fn what_is_complete_ends_where_a_chunk_begins_and_not_where_its_new_lines_do() {
    const CHUNK_BYTES: usize = 100;
    let log: String = (1000..2000).map(|line| format!("{line} is x\n")).collect();
    // The other log is as long, but the first line of a chunk begins far behind the start of the
    // chunk.
    let other: String = (1000..2000).map(|line| format!("{line:.<90}\n")).collect();
    let other = other[..log.len()].to_string();
    for mode in [ReadMode::Map, ReadMode::Read] {
        for changed_at in 50..200 {
            let file = tempfile::NamedTempFile::new().unwrap();
            file.as_file().write_all(log.as_bytes()).unwrap();
            let past = std::time::SystemTime::now() - std::time::Duration::from_secs(3600);
            file.as_file().set_modified(past).unwrap();
            let scan = Scan {
                chunk_bytes: Some(CHUNK_BYTES),
                ..Scan::new(Matcher::new(&Patterns::new("x")).unwrap())
            };
            let mut source = Source::open(file.path(), mode).unwrap();
            let mut found = Vec::new();
            let mut sink = EachLine::new(|line| {
                found.push(String::from_utf8_lossy(line.bytes).into_owned());
                if found.len() == changed_at {
                    // The bytes that were read so far have been looked at.
                    let mut again = std::fs::OpenOptions::new();
                    let mut file = again.write(true).open(file.path()).unwrap();
                    file.write_all(other.as_bytes()).unwrap();
                    file.set_len(8000).unwrap();
                }
                Ok(())
            });
            let (workers, progress) = (Workers::new(1), Progress::new());
            let summary = run(&scan, &mut source, &workers, &progress, &mut sink).unwrap();
            let complete_to = summary.notes.iter().find_map(|note| match note {
                Note::Shrank { complete_to, .. } => Some(usize::try_from(*complete_to).unwrap()),
                _ => None,
            });
            let complete_to = complete_to.expect("it was cut");
            let whole = log[..complete_to].matches('\n').count();
            let want: Vec<&str> = log.lines().take(whole).collect();
            assert!(
                found.len() >= whole && found[..whole] == want[..],
                "{mode:?}, changed at line {changed_at}: complete up to {complete_to}, and {} lines found",
                found.len()
            );
        }
    }
}

/// A sink that asks for a stop at the first hit.
#[derive(Clone, Debug)]
struct StopsAtHit(Arc<Stop>);

impl LineFilter for StopsAtHit {
    fn accepts(&mut self, _: &[u8]) -> bool {
        self.0.request();
        true
    }

    fn boxed(&self) -> Box<dyn LineFilter> {
        Box::new(self.clone())
    }
}

#[test]
fn a_checkpoint_has_no_number_of_lines_if_a_stop_came_while_they_were_counted() {
    let mut log = numbered_log(1000);
    log.push_str("the hit\n");
    let stop = Arc::new(Stop::new().unwrap());
    let matcher = Matcher::new(&Patterns::new("hit")).unwrap();
    let scan = Scan {
        line_numbers: true,
        chunk_bytes: Some(64),
        ..Scan::new(matcher.filtered(StopsAtHit(Arc::clone(&stop))))
    };
    let mut source = Source::from_bytes(Path::new("log"), log.clone().into_bytes());
    let progress = Progress::new().with_stop(stop);
    let mut sink = crate::sink::EachLine::new(|_| Ok(()));
    let summary = run(&scan, &mut source, &Workers::new(1), &progress, &mut sink).unwrap();
    let Checkpoint { offset, lines, .. } = summary.checkpoint;
    let there = log[..usize::try_from(offset).unwrap()].lines().count();
    assert!(
        offset > 64,
        "the lines before the hit are known to have none"
    );
    assert!(
        lines.is_none_or(|lines| lines == u64::try_from(there).unwrap()),
        "{lines:?} of {there}"
    );
}

/// A sink that cuts a file when it gets something for the first time.
#[cfg(unix)]
struct CutsAtDelivery<'a> {
    inner: &'a mut dyn Sink,
    file: Option<std::fs::File>,
}

#[cfg(unix)]
impl Sink for CutsAtDelivery<'_> {
    fn renderer(&self) -> Option<Box<dyn Render>> {
        self.inner.renderer()
    }

    fn begin(&mut self, path: &Path) {
        self.inner.begin(path);
    }

    fn deliver(&mut self, rendered: &[u8]) -> Result<(), Error> {
        if let Some(file) = self.file.take() {
            file.set_len(5 << 20).unwrap();
        }
        self.inner.deliver(rendered)
    }

    fn cut(&mut self) -> Result<(), Error> {
        self.inner.cut()
    }
}

/// Searches a file of one line of 12 MiB, half of which is gone when the first piece is delivered.
/// Then searches another file.
#[cfg(unix)]
fn search_a_line_that_is_cut(sink: &mut dyn Sink) {
    let file = tempfile::NamedTempFile::new().unwrap();
    file.as_file()
        .write_all(&[&[b'x'; 12 << 20], &b"\n"[..]].concat())
        .unwrap();
    let scan = Scan::new(Matcher::new(&Patterns::new("x+|y")).unwrap());
    let mut cuts = CutsAtDelivery {
        inner: sink,
        file: Some(file.reopen().unwrap()),
    };
    let mut source = Source::open(file.path(), ReadMode::Map).unwrap();
    let workers = Workers::new(2);
    let summary = run(&scan, &mut source, &workers, &Progress::new(), &mut cuts).unwrap();
    let is_noted = |note: &Note| matches!(note, Note::Shrank { complete_to: 0, .. });
    assert!(summary.notes.iter().any(is_noted), "{:?}", summary.notes);
    let mut source = Source::from_bytes("other".as_ref(), b"a y\n".to_vec());
    let summary = run(&scan, &mut source, &workers, &Progress::new(), &mut cuts).unwrap();
    assert!(!summary.has_trouble(), "{:?}", summary.notes);
}

#[test]
#[cfg(unix)] // On Windows nobody can cut what is mapped.
fn a_record_that_was_cut_does_not_run_into_the_next() {
    let matcher = Matcher::new(&Patterns::new("x+|y")).unwrap();
    let collected = Collected::default();
    let writer = Box::new(collected.clone());
    let mut text = Text::new(Layout::default(), matcher, writer);
    search_a_line_that_is_cut(&mut text);
    let printed = std::mem::take(&mut *collected.0.lock().unwrap());
    let (cut, rest) = printed.split_at(printed.len() - 5);
    assert_eq!(rest, b"\na y\n");
    assert!(cut.len() >= 4 << 20 && cut.iter().all(|&byte| byte == b'x'));
}

#[test]
#[cfg(all(unix, feature = "json"))]
fn a_message_that_was_cut_does_not_run_into_the_next() {
    let matcher = Matcher::new(&Patterns::new("x+|y")).unwrap();
    let collected = Collected::default();
    let mut json = crate::sink::Json::new(matcher, None, Box::new(collected.clone()));
    search_a_line_that_is_cut(&mut json);
    let printed = std::mem::take(&mut *collected.0.lock().unwrap());
    let messages: Vec<&[u8]> = printed.split(|&byte| byte == b'\n').collect();
    let is_message = |line: &&&[u8]| serde_json::from_slice::<serde_json::Value>(line).is_ok();
    let broken = messages
        .iter()
        .filter(|line| !line.is_empty() && !is_message(line));
    assert_eq!(broken.count(), 1, "the message that was cut");
    assert!(messages.iter().filter(is_message).count() >= 3);
}

#[test]
fn numbers_go_on_from_the_lines_before_a_range() {
    let log = b"abcd\nx\nabcx\nyy\nabcdefgh\nx\nab\nx";
    let found = |scan: &Scan, threads: usize| {
        let mut source = Source::from_bytes("log".as_ref(), log.to_vec());
        let mut found = Vec::new();
        let mut sink = EachLine::new(|line| {
            found.push((line.offset, line.line_number));
            Ok(())
        });
        let workers = Workers::new(threads);
        let summary = run(scan, &mut source, &workers, &Progress::new(), &mut sink).unwrap();
        (found, summary.notes, summary.checkpoint)
    };
    for invert in [false, true] {
        for max_line_bytes in [3, 100] {
            for (chunk_bytes, threads) in (1..=40).flat_map(|bytes| [(bytes, 1), (bytes, 3)]) {
                let whole = Scan {
                    invert,
                    max_line_bytes,
                    chunk_bytes: Some(chunk_bytes),
                    line_numbers: true,
                    ..Scan::new(Matcher::new(&Patterns::new("x")).unwrap())
                };
                let rest = Scan {
                    range: 7..u64::MAX,
                    lines_before: Some(2),
                    ..whole.clone()
                };
                let (all, _, end) = found(&whole, threads);
                let (later, notes, later_end) = found(&rest, threads);
                let want: Vec<_> = all.iter().copied().filter(|&(at, _)| at >= 7).collect();
                assert_eq!(
                    later, want,
                    "{invert} {max_line_bytes} {chunk_bytes} {threads}"
                );
                let numbered = |note: &Note| matches!(note, Note::NumbersFromRange { .. });
                assert!(!notes.iter().any(numbered), "{notes:?}");
                for end in [end, later_end] {
                    assert_eq!((end.offset, end.lines), (line::to_u64(log.len()), Some(8)));
                }
            }
        }
    }
}

#[cfg(feature = "compressed")]
#[test]
fn compressed_text_gives_what_plain_text_does_in_every_format() {
    let log = numbered_log(60) + "last ab, of an ERROR\r\n\nab";
    let cases = [
        case(&log, "7 ab$"),
        Case {
            context: Context::Lines {
                before: 2,
                after: 1,
            },
            ..case(&log, "[13]7|ERR")
        },
        Case {
            limit: Limit::Last(3),
            ..case(&log, "ab")
        },
        Case {
            limit: Limit::First(2),
            context: Context::All,
            ..case(&log, "5")
        },
        Case {
            range: 100..300,
            invert: true,
            ..case(&log, "1")
        },
        Case {
            max_line_bytes: 4,
            ..case(&log, "a")
        },
    ];
    for case in &cases {
        let (want, want_hits) = oracle(case);
        for threads in [1, 2, 7] {
            let workers = Workers::new(threads);
            let utf16 = [Format::Utf16Le, Format::Utf16Be];
            for format in samples::FORMATS.into_iter().chain(utf16) {
                for member_bytes in [usize::MAX, 100, 9] {
                    if utf16.contains(&format) && member_bytes < usize::MAX {
                        continue; // It has no members.
                    }
                    let ways = [
                        Way::Encoded(format, member_bytes),
                        Way::EncodedStream(format, member_bytes),
                    ];
                    for way in ways {
                        let got = search(case, way, 50, &workers, Path::new("log"));
                        assert_eq!(
                            String::from_utf8_lossy(&got.printed),
                            String::from_utf8_lossy(&want),
                            "{way:?}, {threads} threads, of {case:?}"
                        );
                        assert_eq!(got.hits, want_hits, "{way:?}");
                    }
                }
            }
        }
    }
}

#[cfg(feature = "compressed")]
#[test]
fn what_can_be_decoded_of_damaged_data_is_searched_by_any_number_of_threads() {
    let log = numbered_log(400);
    for format in samples::FORMATS {
        let mut encoded = samples::encode_in_members(format, log.as_bytes(), 700);
        encoded.truncate(encoded.len() * 2 / 3);
        let mut answers = Vec::new();
        for threads in [1, 2, 7] {
            let mut source = Source::from_bytes(Path::new("log"), encoded.clone());
            let collected = Collected::default();
            let matcher = Matcher::new(&Patterns::new("ab")).unwrap();
            let scan = Scan::new(matcher.clone());
            let mut sink = Text::new(Layout::default(), matcher, Box::new(collected.clone()));
            let summary = run(
                &scan,
                &mut source,
                &Workers::new(threads),
                &Progress::new(),
                &mut sink,
            )
            .unwrap();
            let printed = std::mem::take(&mut *collected.0.lock().unwrap());
            let Some(Error::Decode { damage, .. }) = &summary.error else {
                panic!("{format}: {:?}", summary.error);
            };
            assert_eq!(damage.kind, crate::error::DamageKind::CutShort, "{format}");
            let text = &log.as_bytes()[..line::to_usize(damage.complete_to)];
            let want = match text.ends_with(b"\n") || !text.ends_with(b"ab") {
                true => text[..text
                    .iter()
                    .rposition(|&b| b == b'\n')
                    .map_or(0, |at| at + 1)]
                    .to_vec(),
                false => [text, b"\n"].concat(),
            };
            assert_eq!(
                String::from_utf8_lossy(&printed),
                String::from_utf8_lossy(&want)
            );
            assert!(summary.has_trouble());
            answers.push((printed, damage.clone()));
        }
        assert!(
            answers.iter().all(|answer| *answer == answers[0]),
            "{format}"
        );
        assert!(
            answers[0].1.checked_to > 0,
            "{format}: a member was checked"
        );
    }
}
