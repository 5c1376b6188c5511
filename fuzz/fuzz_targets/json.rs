//! `--json` of any bytes. Every message parses, and tells the input's lines, offsets and matches.

#![no_main]

use std::{
    ffi::OsStr,
    io::{self, Write},
    os::unix::ffi::OsStrExt,
    path::Path,
    sync::{Arc, Mutex},
};

use arbitrary::Arbitrary;
use base64::{Engine, engine::general_purpose::STANDARD};
use libfuzzer_sys::fuzz_target;
use logscan::{CaseMode, Extent, Patterns, Progress, Scan, Source, Syntax, scan, sink::Json};
use logscan_fuzz::{Around, Log, Naive, PlainLine, Search, check_refusal, lines, select, workers};
use serde_json::Value;

#[derive(Arbitrary, Debug)]
struct Case {
    search: Search,
    invert: bool,
    around: Around,
    max_line_bytes: Option<u8>,
    line_numbers: bool,
    replace: Option<Vec<u8>>,
    name: Vec<u8>,
    chunk_bytes: u16,
    threads: u8,
    log: Log,
}

fuzz_target!(|case: Case| check(&case));

fn check(case: &Case) {
    let Some(patterns) = case.search.patterns() else {
        return;
    };
    if case.log.0.len() > 1 << 14 {
        return;
    }
    let Some(matcher) = check_refusal(&patterns) else {
        return;
    };
    let naive = Naive::new(&patterns);
    if naive.has_crlf_looks() && case.log.0.contains(&b'\r') {
        return;
    }
    let replacer = replacer(case, &patterns);
    let replace = case.replace.clone().filter(|_| replacer.is_some());
    let max_line_bytes = case
        .max_line_bytes
        .map_or(scan::MAX_LINE_BYTES, usize::from);
    let scan = Scan {
        invert: case.invert,
        context: case.around.context(),
        limit: case.around.limit(),
        max_line_bytes,
        chunk_bytes: Some(usize::from(case.chunk_bytes)),
        line_numbers: case.line_numbers,
        ..Scan::new(matcher.clone())
    };
    let printed = Printed::default();
    let mut json = Json::new(matcher, replace, Box::new(printed.clone()));
    if case.invert {
        json = json.inverted();
    }
    let name = Path::new(OsStr::from_bytes(&case.name));
    // The source is raw, so that bytes that begin as UTF-16 or gzip data do are searched as well.
    let mut source = Source::from_bytes(name, case.log.0.clone()).raw();
    let summary = scan::run(
        &scan,
        &mut source,
        workers(case.threads),
        &Progress::new(),
        &mut json,
    )
    .expect("nothing to fail");
    json.finish(None).expect("nothing to fail");
    let printed = std::mem::take(&mut *printed.0.lock().expect("nobody panicked"));

    let lines = lines(&case.log.0, &(0..u64::MAX), max_line_bytes);
    let is_hit = |&at: &usize| naive.is_match(lines[at].haystack) != case.invert;
    let hits: Vec<usize> = (0..lines.len()).filter(is_hit).collect();
    let selection = select(hits, lines.len(), scan.context, scan.limit);

    assert_eq!(printed.last(), Some(&b'\n'), "{case:?}");
    let mut messages = printed.split_inclusive(|&byte| byte == b'\n').map(|line| {
        serde_json::from_slice::<Value>(line)
            .unwrap_or_else(|error| panic!("{error}: {} of {case:?}", line.escape_ascii()))
    });
    let name: &[u8] = if case.name == b"-" {
        b"<stdin>"
    } else {
        &case.name
    };
    let mut stats = [0; 5];
    if !selection.shown.is_empty() || !summary.notes.is_empty() {
        let begin = next(&mut messages, "begin", name, case);
        assert_eq!(begin["schema"], 1);
        let mut matches = 0;
        for &at in &selection.shown {
            let is_hit = selection.hits.contains(&at);
            let kind = if is_hit { "match" } else { "context" };
            let data = next(&mut messages, kind, name, case);
            let number = case.line_numbers.then_some(at as u64 + 1);
            let submatches =
                expected_submatches(&naive, replacer.as_ref(), &lines[at], is_hit != case.invert);
            matches += if is_hit { submatches.len() as u64 } else { 0 };
            check_line(&data, &lines[at], number, &submatches, case);
        }
        let end = next(&mut messages, "end", name, case);
        assert_eq!(end["binary_offset"], Value::Null);
        let notes: Vec<String> = summary.notes.iter().map(ToString::to_string).collect();
        assert_eq!(end["notes"], serde_json::json!(notes));
        stats = [
            1,
            u64::from(summary.hits > 0),
            summary.bytes,
            summary.hits,
            matches,
        ];
        check_stats(&end["stats"], stats, case);
    }
    let last = messages
        .next()
        .unwrap_or_else(|| panic!("no summary: {case:?}"));
    assert_eq!(last["type"], "summary", "{case:?}");
    stats[..3].copy_from_slice(&[1, u64::from(summary.hits > 0), summary.bytes]);
    check_stats(&last["data"]["stats"], stats, case);
    assert!(messages.next().is_none(), "{case:?}");
}

/// Returns the data of the next message, which must be of this kind and about this input.
fn next(messages: &mut impl Iterator<Item = Value>, kind: &str, name: &[u8], case: &Case) -> Value {
    let mut message = messages
        .next()
        .unwrap_or_else(|| panic!("no {kind} message: {case:?}"));
    assert_eq!(message["type"], kind, "{case:?}");
    let data = message["data"].take();
    assert_eq!(decoded(&data["path"]), name, "{case:?}");
    data
}

fn check_stats(stats: &Value, want: [u64; 5], case: &Case) {
    let names = [
        "searches",
        "searches_with_match",
        "bytes_searched",
        "matched_lines",
        "matches",
    ];
    let got = names.map(|name| stats[name].as_u64().expect("a number"));
    assert_eq!(got, want, "{case:?}");
}

/// A match: where it begins, where it ends, and what replaces it.
type Submatch = (usize, usize, Option<Vec<u8>>);

fn expected_submatches(
    naive: &Naive,
    replacer: Option<&Replacer>,
    line: &PlainLine<'_>,
    matching: bool,
) -> Vec<Submatch> {
    if !matching {
        return Vec::new();
    }
    let mut submatches: Vec<Submatch> = match replacer {
        None => naive
            .matches(line.haystack)
            .into_iter()
            .map(|(start, end)| (start, end, None))
            .collect(),
        Some(replacer) => replacer.matches(line.haystack),
    };
    // As in ripgrep, an empty match at the end of a last line without an LF does not count.
    submatches.retain(|&(start, ..)| start < line.haystack.len() + usize::from(line.terminated));
    submatches
}

fn check_line(
    data: &Value,
    line: &PlainLine<'_>,
    number: Option<u64>,
    submatches: &[Submatch],
    case: &Case,
) {
    let end: &[u8] = if line.terminated { b"\n" } else { b"" };
    assert_eq!(
        decoded(&data["lines"]),
        [line.text, end].concat(),
        "{case:?}"
    );
    assert_eq!(data["line_number"].as_u64(), number, "{case:?}");
    assert_eq!(data["absolute_offset"], line.offset, "{case:?}");
    let got = data["submatches"].as_array().expect("an array");
    let got: Vec<Submatch> = got
        .iter()
        .map(|submatch| {
            let place = |name: &str| {
                usize::try_from(submatch[name].as_u64().expect("a number")).expect("an index")
            };
            let (start, end) = (place("start"), place("end"));
            assert_eq!(
                decoded(&submatch["match"]),
                &line.haystack[start..end],
                "{case:?}"
            );
            (start, end, submatch.get("replacement").map(decoded))
        })
        .collect();
    assert_eq!(got, submatches, "{case:?}");
}

/// Decodes text or base64. Base64 may be there only if it must be.
fn decoded(data: &Value) -> Vec<u8> {
    let fields = data.as_object().expect("an object");
    assert_eq!(fields.len(), 1, "{data}");
    if let Some(text) = data.get("text") {
        return text.as_str().expect("a string").into();
    }
    let bytes = STANDARD
        .decode(data["bytes"].as_str().expect("a string"))
        .expect("base64");
    assert!(
        std::str::from_utf8(&bytes).is_err(),
        "text as bytes: {data}"
    );
    bytes
}

/// Makes replacements with the regex crate.
struct Replacer {
    regex: regex::bytes::Regex,
    template: Vec<u8>,
}

/// Returns a replacer if there is one pattern to which nothing is added. The regex crate can search
/// for that by itself.
fn replacer(case: &Case, patterns: &Patterns) -> Option<Replacer> {
    let is_plain = patterns.patterns.len() == 1
        && patterns.extent == Extent::Anywhere
        && patterns.syntax == Syntax::Regex;
    let template = case.replace.clone().filter(|_| is_plain)?;
    let text = std::str::from_utf8(&patterns.patterns[0]).expect("the engine took it");
    let ignore_case = patterns.case == CaseMode::Insensitive;
    let regex = regex::bytes::RegexBuilder::new(text)
        .case_insensitive(ignore_case)
        .size_limit(usize::MAX)
        .build();
    Some(Replacer {
        regex: regex.expect("the engine took it"),
        template,
    })
}

impl Replacer {
    fn matches(&self, haystack: &[u8]) -> Vec<Submatch> {
        let submatch = |captures: regex::bytes::Captures<'_>| {
            let found = captures.get(0).expect("the match itself");
            let mut replaced = Vec::new();
            captures.expand(&self.template, &mut replaced);
            (found.start(), found.end(), Some(replaced))
        };
        self.regex.captures_iter(haystack).map(submatch).collect()
    }
}

/// The output of the sink.
#[derive(Clone, Default)]
struct Printed(Arc<Mutex<Vec<u8>>>);

impl Write for Printed {
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
