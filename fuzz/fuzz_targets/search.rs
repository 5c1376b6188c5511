//! Any search of any bytes, on every path, with any chunk size and number of threads, compared with
//! the oracle.

#![no_main]

use std::{
    fs,
    io::{self, Write},
    ops::Range,
    path::PathBuf,
    sync::{Arc, LazyLock, Mutex},
};

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use logscan::{
    Context, Error, Limit, LineKind, Lines, Matcher, Note, NotedUnit, Out, Patterns, Progress,
    ReadMode, Render, Scan, Sink, Source, Summary, scan,
    sink::{ByPattern, Layout, Listing, Text},
};
use logscan_fuzz::{
    Around, Log, Naive, PlainLine, Search, Selection, check_refusal, lines, reader, select, workers,
};

#[derive(Arbitrary, Debug)]
struct Case {
    search: Search,
    invert: bool,
    around: Around,
    start: Option<u8>,
    end: Option<u8>,
    max_line_bytes: Option<u8>,
    line_numbers: bool,
    gap_before_first: bool,
    form: Form,
    way: Way,
    chunk_bytes: u16,
    threads: u8,
    log: Log,
}

/// The output that is made of the hits.
#[derive(Arbitrary, Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// Everything that a renderer can see.
    Everything,
    /// The output of `Text` with `only_matching`.
    Matches,
    /// The number of hits.
    Count,
    /// The number of hits of each pattern.
    ByPattern,
}

/// The way to read the log.
#[derive(Arbitrary, Clone, Debug)]
enum Way {
    Memory,
    Drip(Vec<u8>),
    Map,
    Read,
}

impl Way {
    fn source(&self, log: &[u8]) -> Source {
        match self {
            Way::Memory => Source::from_bytes("log".as_ref(), log.into()),
            Way::Drip(steps) => {
                Source::from_reader("log".as_ref(), reader(log.into(), steps.clone()))
            }
            Way::Map => {
                Source::open(&written(log), ReadMode::Map).expect("the file was just written")
            }
            Way::Read => {
                Source::open(&written(log), ReadMode::Read).expect("the file was just written")
            }
        }
    }
}

/// Returns a file with the log in it, the same for all cases.
fn written(log: &[u8]) -> PathBuf {
    static FOLDER: LazyLock<tempfile::TempDir> =
        LazyLock::new(|| tempfile::tempdir().expect("a temporary folder"));
    let path = FOLDER.path().join("log");
    fs::write(&path, log).expect("the temporary folder has room");
    path
}

fuzz_target!(|case: Case| check(&case));

fn check(case: &Case) {
    let Some(patterns) = case.search.patterns() else {
        return;
    };
    if case.log.0.len() > 1 << 16 {
        return;
    }
    let Some(matcher) = check_refusal(&patterns) else {
        return;
    };
    let naive = Naive::new(&patterns);
    if naive.has_crlf_looks() && case.log.0.contains(&b'\r') {
        return;
    }
    let range = case.start.map_or(0, u64::from)..case.end.map_or(u64::MAX, u64::from);
    let max_line_bytes = case
        .max_line_bytes
        .map_or(scan::MAX_LINE_BYTES, usize::from);
    let scan = Scan {
        invert: case.invert,
        context: case.around.context(),
        limit: case.around.limit(),
        range: range.clone(),
        max_line_bytes,
        chunk_bytes: Some(usize::from(case.chunk_bytes)),
        line_numbers: case.line_numbers,
        count_lines: case.line_numbers, // all of them, and not only those up to the last hit
        gap_before_first: case.gap_before_first,
        ..Scan::new(matcher)
    };
    let lines = lines(&case.log.0, &range, max_line_bytes);
    let is_hit = |&at: &usize| naive.is_match(lines[at].haystack) != case.invert;
    let hits: Vec<usize> = (0..lines.len()).filter(is_hit).collect();
    let selection = select(hits, lines.len(), scan.context, scan.limit);

    let (printed, summary) = run(
        case.form,
        &scan,
        &patterns,
        &case.way,
        case.threads,
        &case.log.0,
    );
    assert!(summary.error.is_none(), "{:?}", summary.error);
    assert_eq!(
        summary.hits,
        selection.hits.len() as u64,
        "hits of {case:?}"
    );
    match case.form {
        Form::Count => {}
        Form::ByPattern => assert_text(
            &printed,
            &expected_counts(&patterns, &naive, &lines, &selection),
            case,
        ),
        Form::Everything | Form::Matches => {
            assert_text(
                &printed,
                &expected_lines(case, &scan, &naive, &lines, &selection),
                case,
            );
        }
    }
    if scan.limit == Limit::All {
        check_notes(&summary, &lines, &range, max_line_bytes, case);
        let want = case.line_numbers.then_some(lines.len() as u64);
        assert_eq!(summary.lines, want, "lines of {case:?}");
        let end = range.end.min(case.log.0.len() as u64);
        let want = end.saturating_sub(range.start);
        assert_eq!(summary.bytes, want, "bytes of {case:?}");
    }
    // A search in one piece on one thread can hardly go wrong. The rest of the summary must be the
    // same as in that search.
    let whole = Scan {
        chunk_bytes: None,
        ..scan
    };
    let (whole_printed, whole) = run(case.form, &whole, &patterns, &Way::Memory, 0, &case.log.0);
    assert_text(&printed, &whole_printed, case);
    assert_eq!(summary.notes, whole.notes, "notes of {case:?}");
    // A search may stop at a line longer than the cap. Where it ends then depends on how much of
    // that line was in memory.
    let may_stop_in_line =
        matches!(case.around.limit(), Limit::First(_)) && lines.iter().any(|line| line.cut);
    let is_stream = matches!(case.way, Way::Drip(_)) || case.log.0.is_empty();
    if !is_stream && !may_stop_in_line {
        // Nobody can go on reading a stream, and an empty file is read as a stream.
        assert_eq!(
            summary.end_offset, whole.end_offset,
            "end offset of {case:?}"
        );
        assert!(
            summary.end_offset <= case.log.0.len() as u64,
            "end offset of {case:?}"
        );
    }
    assert_eq!(summary.matches, whole.matches, "matches of {case:?}");
    assert_eq!(summary.hits, whole.hits, "hits of {case:?}");
    if !matches!(case.around.limit(), Limit::Last(_)) {
        assert_eq!(summary.lines, whole.lines, "lines of {case:?}");
        let is_same = may_stop_in_line || summary.bytes == whole.bytes;
        assert!(
            is_same,
            "{} bytes, not {}, of {case:?}",
            summary.bytes, whole.bytes
        );
    }
}

fn assert_text(got: &[u8], want: &[u8], case: &Case) {
    assert!(
        got == want,
        "got  {}\nwant {}\nof {case:?}",
        got.escape_ascii(),
        want.escape_ascii()
    );
}

fn check_notes(
    summary: &Summary,
    lines: &[PlainLine<'_>],
    range: &Range<u64>,
    max_line_bytes: usize,
    case: &Case,
) {
    let renders = matches!(
        case.form,
        Form::Everything | Form::Matches | Form::ByPattern
    );
    let mut want = Vec::new();
    if let Some(first) = lines.iter().find(|line| line.cut) {
        want.push(Note::LongLines {
            unit: NotedUnit::Line,
            is_numbered: case.line_numbers && renders,
            count: lines.iter().filter(|line| line.cut).count() as u64,
            first_offset: first.offset,
            max_line_bytes: max_line_bytes.max(1),
        });
    }
    if case.line_numbers && renders && range.start > 0 {
        want.push(Note::NumbersFromRange {
            unit: NotedUnit::Line,
            start: range.start,
        });
    }
    assert_eq!(summary.notes, want, "notes of {case:?}");
}

fn run(
    form: Form,
    scan: &Scan,
    patterns: &Patterns,
    way: &Way,
    threads: u8,
    log: &[u8],
) -> (Vec<u8>, Summary) {
    // The source is raw, so that bytes that begin as UTF-16 or gzip data do are searched as well.
    let mut source = way.source(log).raw();
    let collected = Collected::default();
    let matcher = scan.matcher.clone();
    let mut sink: Box<dyn Sink> = match form {
        Form::Everything => Box::new(Everything(collected.clone())),
        Form::Matches => {
            let layout = Layout {
                byte_offset: true,
                only_matching: true,
                invert: scan.invert,
                separator: Some(b"--".into()),
                ..Layout::default()
            };
            Box::new(Text::new(layout, matcher, Box::new(collected.clone())))
        }
        Form::Count => Box::new(Nothing),
        Form::ByPattern => {
            let labels = patterns.patterns.clone();
            Box::new(by_pattern(matcher, labels, collected.clone()))
        }
    };
    let summary = scan::run(
        scan,
        &mut source,
        workers(threads),
        &Progress::new(),
        sink.as_mut(),
    )
    .expect("nothing to fail");
    let printed = std::mem::take(&mut *collected.0.lock().expect("nobody panicked"));
    (printed, summary)
}

fn by_pattern(matcher: Matcher, labels: Vec<Vec<u8>>, collected: Collected) -> ByPattern {
    ByPattern::new(labels, Listing::default(), matcher, Box::new(collected))
}

/// Returns the output that `ByPattern` must give.
fn expected_counts(
    patterns: &Patterns,
    naive: &Naive,
    lines: &[PlainLine<'_>],
    selection: &Selection,
) -> Vec<u8> {
    let mut counts = vec![0; patterns.patterns.len()];
    for &hit in &selection.hits {
        naive
            .matching(lines[hit].haystack)
            .for_each(|pattern| counts[pattern] += 1);
    }
    let mut out = Vec::new();
    for (pattern, count) in patterns.patterns.iter().zip(counts) {
        out.extend_from_slice(format!("{count}\t").as_bytes());
        out.extend_from_slice(pattern);
        out.push(b'\n');
    }
    out
}

/// Returns the output that `Everything` or `Text` must give.
fn expected_lines(
    case: &Case,
    scan: &Scan,
    naive: &Naive,
    lines: &[PlainLine<'_>],
    selection: &Selection,
) -> Vec<u8> {
    let mut out = Vec::new();
    let mut next = (!scan.gap_before_first)
        .then(|| selection.shown.first().copied())
        .flatten();
    for &at in &selection.shown {
        let line = &lines[at];
        if next != Some(at) && matches!(scan.context, Context::Lines { .. }) {
            out.extend_from_slice(b"--\n");
        }
        next = Some(at + 1);
        let is_hit = selection.hits.contains(&at);
        let sign = if is_hit { ':' } else { '-' };
        let number = scan.line_numbers.then_some(at as u64 + 1);
        if case.form == Form::Everything {
            let (offset, haystack, ends) = (
                line.offset,
                line.haystack.len(),
                (line.cut, line.terminated),
            );
            write_line(&mut out, number, sign, offset, haystack, ends, line.text);
        } else if is_hit != scan.invert {
            for (start, end) in naive.matches(line.haystack) {
                if start < end {
                    let number = number.map_or(String::new(), |number| format!("{number}{sign}"));
                    out.extend_from_slice(
                        format!("{number}{}{sign}", line.offset + start as u64).as_bytes(),
                    );
                    out.extend_from_slice(&line.haystack[start..end]);
                    out.push(b'\n');
                }
            }
        }
    }
    out
}

fn write_line(
    out: &mut Vec<u8>,
    number: Option<u64>,
    sign: char,
    offset: u64,
    haystack: usize,
    ends: (bool, bool),
    text: &[u8],
) {
    out.extend_from_slice(
        format!("{number:?}{sign}{offset}{sign}{haystack}{sign}{ends:?}{sign}").as_bytes(),
    );
    out.extend_from_slice(text);
    out.push(b'\n');
}

/// A sink that prints everything that it gets.
struct Everything(Collected);

impl Sink for Everything {
    fn renderer(&self) -> Option<Box<dyn Render>> {
        Some(Box::new(EverythingRenderer))
    }

    fn deliver(&mut self, rendered: &[u8]) -> Result<(), Error> {
        self.0
            .write_all(rendered)
            .map_err(|source| Error::Write { source })
    }
}

struct EverythingRenderer;

impl Render for EverythingRenderer {
    fn lines(&mut self, lines: &Lines<'_>, out: &mut Out<'_>) -> Result<(), Error> {
        let sign = if lines.kind == LineKind::Hit {
            ':'
        } else {
            '-'
        };
        let mut printed = Vec::new();
        for numbered in lines.iter() {
            let line = &numbered.line;
            let ends = (line.cut, line.terminated);
            write_line(
                &mut printed,
                numbered.line_number,
                sign,
                numbered.offset,
                line.haystack.len(),
                ends,
                line.bytes,
            );
        }
        out.write(&printed)
    }

    fn gap(&mut self, out: &mut Out<'_>) -> Result<(), Error> {
        out.write(b"--\n")
    }
}

/// A sink that only wants the number of hits.
struct Nothing;

impl Sink for Nothing {
    fn renderer(&self) -> Option<Box<dyn Render>> {
        None
    }

    fn deliver(&mut self, rendered: &[u8]) -> Result<(), Error> {
        assert!(rendered.is_empty(), "rendered by nobody");
        Ok(())
    }
}

/// The output of a sink.
#[derive(Clone, Default)]
struct Collected(Arc<Mutex<Vec<u8>>>);

impl Write for Collected {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0
            .lock()
            .expect("nobody panicked")
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
