//! A digest is what a naive one is, of every log and in every way of reading, and every page of it is
//! safe and fits.

use std::{io::Write as _, path::Path, time::SystemTime};

use proptest::prelude::*;

use super::{
    report::{Format, TextLook, write, write_within},
    *,
};
use crate::{
    budget::Budget,
    histogram::report::BarCells,
    input::{ReadMode, Source},
    line::to_u64,
    scan::{self, Progress, Set, SetInput, Workers},
    templates::{Level, Miner, Options},
};

/// 2026-11-20T14:00:00Z.
const START_S: i64 = 1_795_183_200;

fn time(second: i64) -> String {
    let zoned = crate::histogram::zoned(&TimeZone::UTC, (START_S + second) * 1_000_000_000);
    zoned.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn options(chunk_bytes: Option<usize>) -> DigestOptions {
    DigestOptions {
        chunk_bytes,
        ..DigestOptions::utc(SystemTime::UNIX_EPOCH)
    }
}

fn digest_of(source: &mut Source, chunk_bytes: Option<usize>, threads: usize) -> LogDigest {
    let mut digester = Digester::new(options(chunk_bytes));
    let summary = digester.add(source, &Workers::new(threads), &Progress::new());
    let _ = summary.unwrap();
    digester.finish()
}

fn of_bytes(log: impl Into<Vec<u8>>) -> LogDigest {
    digest_of(&mut Source::from_bytes("log".as_ref(), log.into()), None, 2)
}

fn shown(digest: &LogDigest, format: Format) -> String {
    let look = TextLook {
        columns: None,
        cells: BarCells::Blocks,
    };
    let mut out = Vec::new();
    write(digest, format, &look, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn json(digest: &LogDigest) -> serde_json::Value {
    serde_json::from_str(&shown(digest, Format::Json)).unwrap()
}

/// A log in which times go back now and then, with records, blank lines and other bytes.
fn log(lines: i64) -> Vec<u8> {
    let mut log = b"\nabove all times\n".to_vec();
    let mut second = 0;
    for nth in 0..lines {
        second += i64::from(nth % 3 == 0) + 400 * i64::from(nth % 97 == 96);
        let at = time(second - 5 * i64::from(nth % 41 == 40));
        let line = match nth % 50 {
            7 => format!("{at} ERROR disk {nth} failed\n\tat app.Disk\n\n\tat app.Main\n"),
            13 => format!("{at} WARN caf\u{e9} {nth} is hot\r\n"),
            21 => format!(
                "{at} FATAL {}\n",
                "long ".repeat(usize::try_from(nth).unwrap())
            ),
            nth if nth % 10 == 3 => "a line without a time\n".into(),
            _ => format!("{at} INFO request {nth} took {nth} ms\n"),
        };
        log.extend_from_slice(line.as_bytes());
        if nth % 60 == 59 {
            log.extend_from_slice(b"\xff is no UTF-8\n");
        }
    }
    log
}

/// What is known of a log by looking at one line after the other.
#[derive(Debug, Default, PartialEq)]
struct Naive {
    lines: u64,
    blank: u64,
    not_ascii: u64,
    not_utf8: u64,
    undated: u64,
    longest: Option<(u64, u64)>,
    span: Option<(i64, i64)>,
    earlier: u64,
    most_s: i64,
    levels: [u64; Level::ALL.len()],
    errors: Vec<u64>,
    silences: Vec<(i64, i64)>,
}

fn naive(log: &[u8]) -> Naive {
    let mut naive = Naive::default();
    let mut seconds = Vec::new();
    let mut above = None;
    let text = log.strip_suffix(b"\n").unwrap_or(log);
    for (number, line) in (1..).zip(text.split(|&byte| byte == b'\n')) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let shown = String::from_utf8_lossy(line);
        naive.lines += 1;
        naive.blank += u64::from(shown.trim().is_empty());
        naive.not_ascii += u64::from(!line.is_ascii());
        naive.not_utf8 += u64::from(std::str::from_utf8(line).is_err());
        if naive
            .longest
            .is_none_or(|(bytes, _)| to_u64(line.len()) > bytes)
        {
            naive.longest = Some((to_u64(line.len()), number));
        }
        let own = shown.get(..20).and_then(|time| time.parse().ok());
        let own = own.map(|time: jiff::Timestamp| time.as_second() - START_S);
        if let (Some(own), Some(before)) = (own, above)
            && own < before
        {
            naive.earlier += 1;
            naive.most_s = naive.most_s.max(before - own);
        }
        above = own.or(above);
        match above {
            Some(second) => seconds.push(second),
            None => naive.undated += 1,
        }
        let word = shown.split(' ').nth(1).unwrap_or_default();
        if own.is_some()
            && let Some(level) = Level::of_word(word.as_bytes())
        {
            naive.levels[level as usize] += 1;
            if level >= Level::Error {
                naive.errors.push(number);
            }
        }
    }
    seconds.sort_unstable();
    naive.span = seconds.first().copied().zip(seconds.last().copied());
    seconds.dedup();
    let pairs = seconds.windows(2).map(|pair| (pair[0], pair[1]));
    // One second usually follows the other.
    naive.silences = pairs.filter(|(from, to)| to - from >= 5).collect();
    naive
}

/// Returns the same of a digest, as far as all of it is kept.
fn known(digest: &LogDigest, silences: &[(i64, i64)], errors: &[u64]) -> Naive {
    let second = |line: &DatedLine| line.time_ns / 1_000_000_000 - START_S;
    let facts = &digest.facts;
    let kept: Vec<u64> = (digest.errors.lines.kept())
        .map(|line| line.place.line)
        .collect();
    let want_kept: Vec<u64> = match errors.len() {
        0..=6 => errors.to_vec(),
        all => [&errors[..3], &errors[all - 3..]].concat(),
    };
    assert_eq!(kept, want_kept);
    assert_eq!(digest.errors.lines.count, to_u64(errors.len()));
    let longest = digest.silences.longest.iter();
    let longest: Vec<(i64, i64)> = longest
        .map(|silence| (second(&silence.from), second(&silence.to)))
        .collect();
    let mut want: Vec<(i64, i64)> = silences.to_vec();
    want.sort_by_key(|(from, to)| from - to);
    want.truncate(EVENTS_SHOWN);
    assert_eq!(longest, want);
    assert_eq!(digest.silences.count, to_u64(silences.len()));
    Naive {
        lines: facts.lines,
        blank: facts.blank,
        not_ascii: facts.not_ascii,
        not_utf8: facts.not_utf8,
        undated: facts.undated,
        longest: (facts.longest.as_ref()).map(|(bytes, place)| (*bytes, place.line)),
        span: (digest.span.as_ref()).map(|(first, last)| (second(first), second(last))),
        earlier: digest.order.earlier,
        most_s: digest.order.most_ns / 1_000_000_000,
        levels: digest.templates.levels,
        errors: errors.to_vec(),
        silences: silences.to_vec(),
    }
}

#[track_caller]
fn check(digest: &LogDigest, want: &Naive, way: &str) {
    let got = known(digest, &want.silences, &want.errors);
    assert_eq!(&got, want, "{way}");
    let dated: u64 = digest.histogram.buckets.iter().map(|b| b.hits).sum();
    assert_eq!(dated + digest.histogram.undated, want.lines, "{way}");
}

#[test]
fn a_digest_is_what_a_naive_one_is_however_a_log_is_read() {
    let log = log(700);
    let want = naive(&log);
    assert!(want.earlier > 5 && want.silences.len() > 5 && want.undated > 0);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    std::fs::write(&path, &log).unwrap();
    let mut miner = Miner::new(Options::default());
    let mut source = Source::from_bytes("log".as_ref(), log.clone());
    let _ = miner.add(&mut source, &Workers::new(1), &Progress::new());
    let kinds = miner.finish().list;
    let mut pages = Vec::new();
    for threads in [1, 2, 7] {
        for chunk_bytes in [Some(1), Some(300), Some(5000), None] {
            let sources = [
                ("mapped", Source::open(&path, ReadMode::Map).unwrap()),
                ("read", Source::open(&path, ReadMode::Read).unwrap()),
                (
                    "stream",
                    Source::from_reader(&path, std::io::Cursor::new(log.clone())),
                ),
            ];
            for (way, mut source) in sources {
                let digest = digest_of(&mut source, chunk_bytes, threads);
                let way = format!("{way} {threads} {chunk_bytes:?}");
                check(&digest, &want, &way);
                assert_eq!(digest.facts.bytes, to_u64(log.len()), "{way}");
                assert_eq!(digest.templates.list, kinds, "{way}");
                pages.push(shown(&digest, Format::Json));
                pages.dedup();
                assert_eq!(pages.len(), 1, "{way}");
            }
        }
    }
}

#[cfg(feature = "compressed")]
#[test]
fn compressed_text_is_said_to_be_so_and_gives_the_same() {
    let log = log(300);
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(&log).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    std::fs::write(&path, encoder.finish().unwrap()).unwrap();
    let mut source = Source::open(&path, ReadMode::Auto).unwrap();
    let digest = digest_of(&mut source, None, 2);
    check(&digest, &naive(&log), "gzip");
    assert_eq!(
        digest.facts.formats,
        [("plain text in gzip data".to_owned(), 1)]
    );
}

#[test]
fn several_logs_are_one_digest_and_places_name_their_log() {
    let folder = tempfile::tempdir().unwrap();
    let paths: Vec<_> = (0..40)
        .map(|nth| {
            let path = folder.path().join(format!("{nth:02}.log"));
            let text = format!(
                "{} INFO up\n{} ERROR {nth} failed\n",
                time(nth * 2),
                time(nth * 2 + 1)
            );
            std::fs::write(&path, text).unwrap();
            path
        })
        .collect();
    let mut pages = Vec::new();
    for threads in [1, 3] {
        let mut digester = Digester::new(options(None));
        let scan = digester.scan();
        let (workers, progress) = (Workers::new(threads), Progress::new());
        let set = Set::new(&scan, &workers, &progress);
        let mut inputs = paths.iter().map(|path| Ok(SetInput::named(path)));
        scan::run_set(&set, &mut inputs, &mut digester, &mut |_, _| Ok(())).unwrap();
        let digest = digester.finish();
        assert_eq!((digest.inputs, digest.facts.lines), (40, 80));
        // Times of one log do not go on in the next.
        assert_eq!(digest.order, LineOrder::default());
        let last = digest.errors.lines.last.back().unwrap();
        assert_eq!((last.place.input, last.place.line), (39, 2));
        assert_eq!(last.place.path.as_ref(), paths[39].as_path());
        assert_eq!(digest.facts.formats, [("plain text".to_owned(), 40)]);
        pages.push(shown(&digest, Format::Text));
    }
    assert_eq!(pages[0], pages[1]);
    assert!(pages[0].starts_with("40 logs: 80 lines, "), "{}", pages[0]);
    assert!(pages[0].contains("39.log:2 | "), "{}", pages[0]);
}

#[test]
fn more_seconds_than_there_are_buckets_for_are_counted_in_longer_ones() {
    let count = i64::try_from(DIGEST_BUCKETS_MAX).unwrap() + 5000;
    let line = |nth: i64| format!("{} INFO {nth}\n", time(nth));
    let log: String = (0..count)
        .map(|nth| line(nth + 3600 * i64::from(nth > 20_000)))
        .collect();
    let mut pages = Vec::new();
    for chunk_bytes in [Some(100_000), None] {
        for threads in [1, 2] {
            let mut source = Source::from_bytes("log".as_ref(), log.clone().into_bytes());
            let digest = digest_of(&mut source, chunk_bytes, threads);
            assert_eq!(digest.histogram.width.seconds(), 5);
            assert_eq!(digest.histogram.hits(), digest.facts.lines);
            assert_eq!(digest.silences.count, 1);
            // It is known to the second all the same.
            assert_eq!(digest.silences.longest[0].length_ns(), 3601 * 1_000_000_000);
            assert_eq!(digest.silences.longest[0].from.place.line, 20_001);
            pages.push(shown(&digest, Format::Json));
        }
    }
    pages.dedup();
    assert_eq!(pages.len(), 1);
}

#[test]
fn a_log_of_nothing_or_of_one_line_has_a_digest() {
    let digest = of_bytes("");
    assert_eq!((digest.inputs, digest.facts.lines), (1, 0));
    assert_eq!(digest.facts.formats, [("empty".to_owned(), 1)]);
    for format in [Format::Text, Format::Markdown, Format::Json, Format::Html] {
        assert!(!shown(&digest, format).is_empty());
    }
    let digest = of_bytes("up");
    assert_eq!((digest.facts.lines, digest.facts.blank), (1, 0));
    assert_eq!(digest.facts.undated, 1);
    assert!(digest.span.is_none());
    assert_eq!(digest.errors.lines.count, 0);
    assert_eq!(digest.templates.list.len(), 1);
    let text = shown(&digest, Format::Text);
    assert!(text.starts_with("log: 1 line, 2 bytes\n"), "{text}");
    assert!(text.contains("times     no line has a time\n"), "{text}");
    assert!(text.contains("levels    no line has a level\n"), "{text}");
    let one = of_bytes(time(0) + " INFO up\n");
    let (first, last) = one.span.as_ref().unwrap();
    assert_eq!(first, last);
    assert_eq!(one.silences, Silences::default());
    assert_eq!(one.bursts, Bursts::default());
}

#[test]
fn a_line_longer_than_the_cap_is_counted_as_its_beginning() {
    let mut digester = Digester::new(DigestOptions {
        max_line_bytes: 100,
        ..options(None)
    });
    let log = format!("short\n{}\nshort\n", "x".repeat(5000));
    let mut source = Source::from_bytes("log".as_ref(), log.into_bytes());
    let summary = digester.add(&mut source, &Workers::new(1), &Progress::new());
    assert!(summary.unwrap().has_trouble());
    let digest = digester.finish();
    assert_eq!((digest.facts.lines, digest.facts.cut), (3, 1));
    let (bytes, place) = digest.facts.longest.unwrap();
    assert_eq!((bytes, place.line), (100, 2));
}

#[test]
fn errors_are_known_by_words_where_hardly_any_line_has_a_level() {
    let log = "starting\nan error came\n0 errors\ncompiling\nBuild FAILED.\n";
    let errors = of_bytes(log).errors;
    assert_eq!(errors.known_by, KnownBy::Word);
    let lines: Vec<u64> = errors.lines.kept().map(|line| line.place.line).collect();
    assert_eq!(lines, [2, 5]);
    let with_levels = format!("{0} INFO a failed\n{0} INFO b\n{0} ERROR c\n", time(0));
    let errors = of_bytes(with_levels).errors;
    assert_eq!((errors.known_by, errors.lines.count), (KnownBy::Level, 1));
}

#[test]
fn a_burst_is_a_span_with_far_more_lines_than_usual() {
    let mut log = String::new();
    for second in 0..600 {
        let lines = if (300..303).contains(&second) { 80 } else { 2 };
        for _ in 0..lines {
            log += &format!("{} INFO tick\n", time(second));
        }
    }
    let digest = of_bytes(log);
    assert_eq!((digest.bursts.count, digest.bursts.usual), (1, 2));
    let burst = &digest.bursts.largest[0];
    assert_eq!(burst.seconds, START_S + 300..START_S + 303);
    assert_eq!((burst.lines, burst.first.line), (240, 601));
    assert_eq!(digest.silences.count, 0);
}

#[test]
fn a_start_needs_a_word_and_more_signs() {
    let mut log = String::new();
    let mut second = 0;
    for run in 0..3 {
        log += &format!("{} INFO starting app version 2.{run}\n", time(second));
        log += &format!("{} INFO listening on port 80\n", time(second + 1));
        for nth in 0..200 {
            second += 1;
            log += &format!("{} INFO request {nth}\n", time(second));
            if nth == 100 {
                // A job is no program, and one sign is not enough.
                log += &format!("{} INFO nightly job started\n", time(second));
            }
        }
        second += 300;
    }
    let digest = of_bytes(log);
    let starts: Vec<(u64, u64, bool)> = (digest.starts.list.iter())
        .map(|start| (start.line.place.line, start.lines, start.is_after_silence))
        .collect();
    assert_eq!(starts, [(1, 2, false), (204, 2, true), (407, 2, true)]);
    assert_eq!(digest.starts.unknown, 0);
    let text = shown(&digest, Format::Text);
    assert!(
        text.contains("starts, by their words: 3; line | text\n"),
        "{text}"
    );
}

#[test]
fn many_starts_of_a_kind_are_counted_though_not_all_are_kept() {
    let mut log = String::new();
    for run in 0..100 {
        log += &format!("{} INFO booting\n", time(run * 1000));
        for nth in 0..40 {
            log += &format!("{} INFO request\n", time(run * 1000 + nth));
        }
    }
    let digest = of_bytes(log);
    assert_eq!(digest.starts.list.len(), 64);
    assert_eq!(digest.starts.unknown, 36);
}

#[test]
fn an_entry_of_a_journal_counts_once_with_its_message_and_its_time() {
    let mut log = String::new();
    for nth in 0..40 {
        let micros = (START_S + nth / 10) * 1_000_000;
        let priority = if nth == 12 || nth == 39 { 3 } else { 6 };
        log += &format!(
            "__CURSOR=s=9f2;i={nth};b=7c1;m=3a0;t={micros:x};x=1f\nMESSAGE=job {nth} is done\nPRIORITY={priority}\n\n"
        );
    }
    let mut pages = Vec::new();
    for chunk_bytes in [Some(1), Some(500), None] {
        for threads in [1, 3] {
            let mut source = Source::from_bytes("log".as_ref(), log.clone().into_bytes());
            let digest = digest_of(&mut source, chunk_bytes, threads);
            let errors: Vec<_> = (digest.errors.lines.kept())
                .map(|line| (line.place.line, line.time_ns, line.text.as_str()))
                .collect();
            let time_ns = |second: i64| Some((START_S + second) * 1_000_000_000);
            assert_eq!(
                errors,
                [
                    (50, time_ns(1), "job 12 is done"),
                    (158, time_ns(3), "job 39 is done")
                ]
            );
            assert_eq!(digest.templates.lines, 40);
            let counts = digest.histogram.buckets.iter();
            let counts: Vec<_> = counts.map(|bucket| bucket.by_series.clone()).collect();
            assert_eq!(counts, [[10, 0], [9, 1], [10, 0], [9, 1]]);
            pages.push(shown(&digest, Format::Json));
        }
    }
    pages.dedup();
    assert_eq!(pages.len(), 1);
    assert!(pages[0].contains("a journal as journald exports it"));
}

#[test]
fn the_fields_of_the_json_are_these() {
    let log = format!(
        "{} INFO [main] app.Jobs: job 17 took 20 ms\n{} INFO [main] app.Jobs: job 18 took 9 ms\n\
         {} ERROR [io-2] app.Disk: <b> failed\n  at app.Disk\n",
        time(0),
        time(1),
        time(90)
    );
    let mut value = json(&of_bytes(log));
    let ids = ["frequent", "rare"].map(|list| value["kinds"][list].take());
    assert_eq!(ids[0][0]["template"], "job <num> took <time>");
    assert_eq!(
        ids[0][0]["first"],
        serde_json::json!({"input": "log", "line": 1})
    );
    let spot = |line: u64| serde_json::json!({"input": "log", "line": line});
    let moment =
        |time: &str, line: u64| serde_json::json!({"time": time, "input": "log", "line": line});
    let error = serde_json::json!({
        "input": "log", "line": 3, "time": "2026-11-20T14:01:30+00:00",
        "text": "2026-11-20T14:01:30Z ERROR [io-2] app.Disk: <b> failed"
    });
    let want = serde_json::json!({
        "schema": 1, "input_count": 1, "input": "log", "bytes": 190,
        "lines": {"count": 4, "blank": 0, "cut": 0, "not_ascii": 0, "not_utf8": 0, "longest_bytes": 60, "longest": spot(1)},
        "formats": [{"what": "plain text", "inputs": 1}],
        "columns": [{"what": "time level [thread] component: message", "inputs": 1}],
        "times": {
            "zone": "UTC", "first": moment("2026-11-20T14:00:00+00:00", 1),
            "last": moment("2026-11-20T14:01:30+00:00", 4),
            "undated": 0, "earlier": 0, "earlier_by_s": 0.0, "earliest": null
        },
        "levels": [{"level": "info", "count": 2}, {"level": "error", "count": 1}],
        "histogram": {"width_s": 1, "levels": ["info", "error"], "buckets": [
            {"start": "2026-11-20T14:00:00+00:00", "end": "2026-11-20T14:00:01+00:00", "lines": 1, "by_level": [1, 0]},
            {"start": "2026-11-20T14:00:01+00:00", "end": "2026-11-20T14:00:02+00:00", "lines": 1, "by_level": [1, 0]},
            {"start": "2026-11-20T14:01:30+00:00", "end": "2026-11-20T14:01:31+00:00", "lines": 2, "by_level": [0, 1]}
        ]},
        "kinds": {"count": 2, "lines": 3, "continued_lines": 1, "folded_lines": 0, "frequent": null, "rare": null},
        "errors": {"count": 1, "known_by": "level", "first": [error.clone()], "last": [error]},
        "silences": {"count": 1, "least_s": 5.0, "longest": [{
            "length_s": 89.0, "from": moment("2026-11-20T14:00:01+00:00", 2), "to": moment("2026-11-20T14:01:30+00:00", 3)
        }]},
        "bursts": {"count": 0, "width_s": 0, "usual_lines": 0, "largest": []},
        "starts": {"count": 0, "unknown_lines": 0, "starts": []}
    });
    assert_eq!(value, want, "{value:#}");
}

#[test]
fn nothing_in_a_log_acts_on_who_reads_a_page() {
    let at = time(0);
    let log = format!(
        "{at} ERROR <script>alert(1)</script> & \"x\" \u{1b}[2J\n{at} ERROR | `x` @me ##[add-mask]y\n\
         {at} ERROR \u{202e}::add-mask::z\u{7}\n"
    );
    let path = Path::new("<b>\n::x::");
    let digest = digest_of(&mut Source::from_bytes(path, log.into_bytes()), None, 1);
    for format in [Format::Text, Format::Markdown, Format::Json, Format::Html] {
        let page = shown(&digest, format);
        // JSON has its own form for control characters, and turns of the writing are what a program
        // has to expect in a text.
        let turns = page.contains('\u{202e}') && format != Format::Json;
        assert!(
            !page.contains(['\u{1b}', '\u{7}', '\r']) && !turns,
            "{format:?}: {page}"
        );
        assert!(!page.contains("##[add-mask]"), "{format:?}: {page}");
        let is_command = |line: &str| line.trim_start().starts_with("::");
        assert!(!page.lines().any(is_command), "{format:?}: {page}");
    }
    let html = shown(&digest, Format::Html);
    assert!(!html.contains("<script") && !html.contains("<b>"), "{html}");
    assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;x&quot;"));
    for part in [
        "<!DOCTYPE html>",
        "<svg",
        "prefers-color-scheme: dark",
        "class=\"error\"",
    ] {
        assert!(html.contains(part), "{part}");
    }
    assert!(!html.contains("http"), "{html}");
    let markdown = shown(&digest, Format::Markdown);
    assert!(
        !markdown.contains("<script") && !markdown.contains("@me"),
        "{markdown}"
    );
}

#[test]
fn a_page_fits_a_terminal_of_any_width() {
    let digest = of_bytes(log(700));
    for columns in [1, 20, 40, 72, 80, 200] {
        for cells in [BarCells::Blocks, BarCells::Ascii] {
            let mut out = Vec::new();
            let look = TextLook {
                columns: Some(columns),
                cells,
            };
            write(&digest, Format::Text, &look, &mut out).unwrap();
            let text = String::from_utf8(out).unwrap();
            let is_kept = |line: &&str| !line.contains("logscan ") && !line.ends_with(':');
            for line in text.lines().filter(is_kept) {
                let width = unicode_width::UnicodeWidthStr::width(line);
                assert!(width <= columns, "{columns}: {line}");
            }
            let blocks = text.contains(['▁', '█']);
            assert!(!blocks || cells == BarCells::Blocks);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn a_digest_never_passes_its_budget(
        lines in 0i64..600,
        tokens in 200u64..4000,
        bytes in 1u64..12,
        rows in 5u64..90,
    ) {
        let digest = of_bytes(log(lines));
        let whole = shown(&digest, Format::Text);
        for budget in [Budget::Tokens(tokens), Budget::Bytes(bytes << 10), Budget::Lines(rows)] {
            let mut page = Vec::new();
            write_within(&digest, &budget.into(), BarCells::Blocks, &mut page).unwrap();
            let page = String::from_utf8(page).unwrap();
            prop_assert!(budget.cost(&page) <= budget.limit(), "{budget:?}\n{page}");
            prop_assert!(page.starts_with("log: "), "{page}");
            // All of a large page fits, and then nothing is said to be left out.
            let has_all = budget.limit() > 2 * budget.cost(&whole) + 400;
            prop_assert!(!has_all || !page.contains("left out: "), "{page}");
        }
    }
}
