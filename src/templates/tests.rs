//! The same templates however a log is read and cut; counts and places as a naive count has them;
//! limits.

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

use proptest::prelude::*;

use super::*;
use crate::{ReadMode, line, matcher::Patterns, mutants::Mutator, sink::EachLine};

/// Every fault of a mapping that has been cut costs a while here; all of them together are no more
/// than the pages of two chunks per worker, so that a log of a thousand chunks ends as surely as
/// one of two.
#[cfg(unix)]
#[test]
fn a_log_that_is_emptied_and_written_anew_costs_a_bounded_number_of_faults() {
    use crate::{
        line,
        sys::{
            guard::{
                self,
                tests::{in_child, slow_down},
            },
            page_bytes,
        },
    };
    const CHUNK_BYTES: usize = 16 << 10;
    const CHUNKS: usize = 1000;
    const THREADS: usize = 2;
    let name =
        "templates::tests::a_log_that_is_emptied_and_written_anew_costs_a_bounded_number_of_faults";
    if let Some(output) = in_child(name) {
        assert!(output.status.success(), "{output:?}");
        return;
    }
    slow_down(20);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let log = b"worker 17 took 35 ms\n".repeat(CHUNKS * CHUNK_BYTES / 21 + 1);
    // Emptied once, or emptied and written anew after every chunk.
    for times in [1, usize::MAX] {
        std::fs::write(&path, &log).unwrap();
        let file = std::fs::File::options().write(true).open(&path).unwrap();
        let length = line::to_u64(log.len());
        let chunks = std::sync::atomic::AtomicUsize::new(0);
        let progress = Progress::with_callback(move |_| {
            if chunks.fetch_add(1, std::sync::atomic::Ordering::Relaxed) < times {
                file.set_len(0).unwrap();
                file.set_len(if times == 1 { 0 } else { length }).unwrap();
            }
        });
        let options = Options {
            chunk_bytes: Some(CHUNK_BYTES),
            ..Options::default()
        };
        let mut miner = Miner::new(options);
        let mut source = Source::open(&path, ReadMode::Map).unwrap();
        let before = guard::faults();
        let summary = miner
            .add(&mut source, &Workers::new(THREADS), &progress)
            .unwrap();
        let faults = guard::faults() - before;
        let pages = CHUNK_BYTES / page_bytes() + 2;
        assert!(
            faults <= line::to_u64(2 * THREADS * pages),
            "{faults} faults"
        );
        assert!(summary.has_trouble(), "{summary:?}");
        assert!(times > 1 || faults > 0, "the mapping was cut");
    }
}

/// A record counts once, under the template of its first line: compared with a count of the first
/// lines alone, for all chunk sizes and numbers of threads.
#[test]
fn a_record_counts_once_under_the_template_of_its_first_line() {
    let mut log = String::new();
    let mut heads = String::new();
    let mut first_lines = Vec::new();
    let mut lines = 0;
    for nth in 0..60_u64 {
        let what = ["order 1 failed", "queue is 70 % full", "user 7 came"][(nth % 3) as usize];
        let head = format!("2026-11-20 14:{nth:02}:05,123 ERROR [main] shop.Orders - {what}\n");
        first_lines.push(lines + 1);
        log += &head;
        heads += &head;
        let more = nth * 7 % 5;
        for line in 0..more {
            log += [
                "\tat shop.Orders.close(Orders.java:51)\n",
                "java.lang.Error: closed\n",
                "\n",
            ][(line % 3) as usize];
        }
        lines += 1 + more;
    }
    let log = log.trim_end_matches('\n').as_bytes();
    let plain = Options {
        records: false,
        ..Options::default()
    };
    let want = mined_with(&plain, heads.as_bytes(), 1);
    let want: Vec<_> = want.list.iter().map(|one| (one.id, one.lines)).collect();
    for chunk_bytes in [None, Some(1), Some(100), Some(1000)] {
        for threads in [1, 3] {
            for wanted in ["", "Orders"] {
                let options = Options {
                    wanted: (!wanted.is_empty())
                        .then(|| Matcher::new(&Patterns::new(wanted)).unwrap()),
                    chunk_bytes,
                    ..Options::default()
                };
                let got = mined_with(&options, log, threads);
                let list: Vec<_> = got.list.iter().map(|one| (one.id, one.lines)).collect();
                assert_eq!(list, want, "{chunk_bytes:?}, {threads}");
                let of_list = got
                    .list
                    .iter()
                    .flat_map(|one| [one.first.line, one.last.line]);
                let mut places: Vec<u64> = of_list.collect();
                places.sort_unstable();
                let mut ends: Vec<u64> = [&first_lines[..3], &first_lines[57..]].concat();
                ends.sort_unstable();
                assert_eq!(places, ends);
                let filled = log
                    .split(|&byte| byte == b'\n')
                    .filter(|line| !line.is_empty());
                let all = line::to_u64(filled.count());
                assert_eq!(got.lines + got.continued, all, "{chunk_bytes:?}, {threads}");
            }
        }
    }
}

fn source(log: &[u8]) -> Source {
    Source::from_bytes("log".as_ref(), log.to_vec())
}

fn mined_with(options: &Options, log: &[u8], threads: usize) -> Templates {
    let mut miner = Miner::new(options.clone());
    miner
        .add(&mut source(log), &Workers::new(threads), &Progress::new())
        .and_then(Summary::into_result)
        .unwrap();
    miner.finish()
}

fn mined(log: &str) -> Templates {
    mined_with(&Options::default(), log.as_bytes(), 1)
}

/// The templates of a log, each with its count.
#[track_caller]
fn check(log: &str, want: &[(u64, &str)]) {
    let templates = mined(log);
    let got: Vec<_> = templates.list.iter().map(|t| (t.lines, t.text())).collect();
    let want: Vec<_> = want
        .iter()
        .map(|(n, text)| (*n, (*text).to_owned()))
        .collect();
    assert_eq!(got, want);
}

/// What a table must be: counts, first and last lines of each template, by a look at each line.
fn counted_line_by_line(templates: &Arc<Templates>, log: &[u8]) -> BTreeMap<Id, (u64, u64, u64)> {
    let mut counts = BTreeMap::new();
    let mut assigner = Assigner::new(templates);
    for (number, line) in (1..).zip(log.split_inclusive(|&b| b == b'\n')) {
        let line = line
            .strip_suffix(b"\n")
            .map_or(line, |line| line.strip_suffix(b"\r").unwrap_or(line));
        if let Some(id) = assigner.id(line) {
            let entry = counts.entry(id).or_insert((0, number, number));
            entry.0 += 1;
            entry.2 = number;
        }
    }
    counts
}

/// Lines of fields, as JSON and as logfmt.
const FIELDS: [&str; 8] = [
    r#"{"time":"2024-05-01T10:00:00Z","level":"error","msg":"disk /data/a is 91 % full","a":{"b":[1,2,{"c":null}]}}"#,
    r#"{"level":30,"time":1700000000000,"pid":17,"hostname":"x","msg":"job \"a\" took\n20 ms\u0000 \ud83d\ude00"}"#,
    r#"{"@timestamp":"x","log.level":"WARN","message":"","ecs.version":"1.2.0","error":{"type":"x","stack":"a\n\tb"}}"#,
    r#"{ "a" : 1 , "b" : true , "c" : [ ] , "d" : { } , "e" : -1.5e10 }"#,
    r#"time=2024-05-01T10:00:00Z level=info msg="job 17 took 20 ms" component=jobs"#,
    r#"ts=1 lvl=dbug msg=short a=b c="d \" e" f= g="""#,
    r#"level=error err="x=\"y\" z" caller=main.go:17"#,
    "{}",
];

/// Lines that are nearly made of fields: each counts once, under a template that is not too long.
#[test]
fn mutants_of_lines_of_fields_are_counted() {
    let mut mutator = Mutator::new(23);
    for nth in 0..300 {
        let lines: Vec<Vec<u8>> = (0..6).map(|_| mutator.mutant(&FIELDS)).collect();
        let log = lines.join(&b'\n');
        let options = Options {
            examples: true,
            chunk_bytes: [None, Some(1), Some(100)][nth % 3],
            ..Options::default()
        };
        let templates = Arc::new(mined_with(&options, &log, 1));
        let sum: u64 = templates.list.iter().map(|template| template.lines).sum();
        assert_eq!(sum + templates.folded, templates.lines);
        let mut counts = 0;
        for (id, (lines, first, last)) in counted_line_by_line(&templates, &log) {
            let template = templates
                .list
                .iter()
                .find(|template| template.id == id)
                .unwrap();
            assert_eq!(
                (template.lines, template.first.line, template.last.line),
                (lines, first, last)
            );
            assert!(template.masked.len() <= MASKED_BYTES_MAX);
            counts += lines;
        }
        assert_eq!(counts, templates.lines);
    }
}

/// However deep its values are and however many keys it has, a line is read once, and by no
/// recursion.
#[test]
fn deep_values_and_many_keys_are_fields_as_others() {
    let deep = |open: &str, close: &str| {
        format!(
            "{{\"msg\":\"x\",\"a\":{}1{}}}",
            open.repeat(500_000),
            close.repeat(500_000)
        )
    };
    let keys = format!("{{{}\"msg\":\"x\"}}", "\"a\":1,".repeat(100_000));
    for line in [
        deep("[", "]"),
        deep("{\"a\":", "}"),
        keys,
        "{".repeat(1_000_000),
        "{\"a\":[".repeat(200_000),
    ] {
        let templates = mined(&format!("{line}\n{line}\n"));
        let template = &templates.list[0];
        assert_eq!((templates.list.len(), template.lines), (1, 2));
        assert!(template.masked.len() <= MASKED_BYTES_MAX);
    }
}

/// Logs that look like logs, with some junk.
fn logs() -> impl Strategy<Value = Vec<u8>> {
    let word = prop_oneof![
        4 => "[a-c]{1,2}",
        2 => "[0-9]{1,3}",
        1 => "(user|x=|\\(\\)|\\[1\\]|/a/b|a,1|ERROR|\\{\"msg\":\"a 1\"\\})",
        1 => Just("2024-01-01 10:00:00".to_owned()),
    ];
    let line = prop_oneof![
        8 => prop::collection::vec(word, 0..5).prop_map(|words| words.join(" ").into_bytes()),
        1 => prop::collection::vec(any::<u8>(), 0..20),
    ];
    (prop::collection::vec(line, 0..40), any::<bool>()).prop_map(|(lines, ends)| {
        let mut log = lines.join(&b'\n');
        if ends {
            log.push(b'\n');
        }
        log
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn templates_do_not_depend_on_chunks_threads_or_the_path(log in logs(), distinct_max in 1..40_usize) {
        let options = Options { distinct_max, examples: true, records: false, ..Options::default() };
        let want = Arc::new(mined_with(&options, &log, 1));
        let counts = counted_line_by_line(&want, &log);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        std::fs::write(&path, &log).unwrap();
        for chunk_bytes in [1, 2, 7, 64, 1 << 20] {
            for threads in [1, 2, 7] {
                let options = Options { chunk_bytes: Some(chunk_bytes), ..options.clone() };
                let sources = [
                    source(&log),
                    Source::open(&path, ReadMode::Map).unwrap(),
                    Source::open(&path, ReadMode::Read).unwrap(),
                    Source::from_reader("log".as_ref(), std::io::Cursor::new(log.clone())),
                ];
                for mut source in sources {
                    let mut miner = Miner::new(options.clone());
                    let _summary =
                        miner.add(&mut source, &Workers::new(threads), &Progress::new()).unwrap();
                    let got = miner.finish();
                    prop_assert_eq!(&got.list, &want.list, "{} {}", chunk_bytes, threads);
                    prop_assert_eq!(got.folded, want.folded);
                }
            }
        }
        let table: BTreeMap<Id, (u64, u64, u64)> = want
            .list
            .iter()
            .map(|t| (t.id, (t.lines, t.first.line, t.last.line)))
            .collect();
        prop_assert_eq!(table, counts);
    }

    #[test]
    fn the_first_distinct_lines_stay_and_the_others_are_folded(log in logs(), distinct_max in 1..10_usize) {
        let mut kept = HashSet::new();
        let mut masker = Masker::learned(&Arc::new(LineForms::of_sample(&log)));
        let mut folded = 0;
        for line in log.split(|&b| b == b'\n') {
            let mut masked = Vec::new();
            masker.mask(line.strip_suffix(b"\r").unwrap_or(line), &mut masked);
            if !masked.is_empty() && !kept.contains(&masked) {
                match kept.len() < distinct_max {
                    true => drop(kept.insert(masked)),
                    false => folded += 1,
                }
            }
        }
        let options = Options { distinct_max, records: false, ..Options::default() };
        let templates = mined_with(&options, &log, 2);
        prop_assert_eq!(templates.folded, folded);
        prop_assert!(templates.table.len() <= distinct_max + distinct_max / 16 + 1);
    }

    #[test]
    fn grouping_does_not_depend_on_the_order_of_lines(log in logs()) {
        let mut lines: Vec<Vec<u8>> = Vec::new();
        for line in log.split(|&b| b == b'\n') {
            let mut masked = Vec::new();
            Masker::default().mask(line, &mut masked);
            if !masked.is_empty() && !lines.contains(&masked) {
                lines.push(masked);
            }
        }
        let texts = |lines: &[Vec<u8>]| {
            let distinct: Vec<_> = lines.iter().map(|masked| Distinct { masked, count: 1 }).collect();
            let groups = group::group(&distinct);
            let of_line = groups.of_line.iter().zip(lines);
            let of_line: BTreeMap<_, _> =
                of_line.map(|(&nth, line)| (line.clone(), groups.templates[nth].clone())).collect();
            (groups.templates.clone(), of_line)
        };
        let want = texts(&lines);
        lines.reverse();
        prop_assert_eq!(&texts(&lines), &want);
        lines.sort();
        prop_assert_eq!(&texts(&lines), &want);
    }

    #[test]
    fn any_bytes_can_be_masked(line in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut masked = Vec::new();
        let header = Masker::default().mask(&line, &mut masked);
        prop_assert!(header.message_at <= line.len());
        prop_assert!(masked.len() <= MASKED_BYTES_MAX);
        prop_assert!(masked.iter().all(|&b| !mask::is_code(b) || Kind::of_code(b).is_some()));
        let is_blank = line.iter().all(|b| matches!(b, b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c));
        prop_assert_eq!(masked.is_empty(), is_blank);
    }

    #[test]
    fn anything_made_of_digits_and_marks_can_be_masked(line in "[0-9a-fT:./ @_\\-\\\\x,=\\[\\](){}\"+Z]{0,60}") {
        let mut masked = Vec::new();
        Masker::default().mask(line.as_bytes(), &mut masked);
        prop_assert!(masked.len() <= line.len().max(1));
    }
}

#[test]
fn many_words_in_one_place_are_a_variable_and_few_are_not() {
    let many: String = ["ann", "bob", "cid", "dan", "eve", "fay"]
        .map(|name| format!("hello {name} there\n"))
        .concat();
    check(&many, &[(6, "hello <*> there")]);
    check(
        "state is up now\nstate is down now\nstate is up now\n",
        &[(2, "state is up now"), (1, "state is down now")],
    );
}

#[test]
fn the_name_behind_the_word_user_is_a_variable() {
    check(
        "session opened for user ann by root\nsession opened for user bob by root\n",
        &[(2, "session opened for user <*> by root")],
    );
}

#[test]
fn headers_are_kept_apart_from_messages() {
    check(
        "Jan  1 10:00:00 host app[1]: disk 3 full\nFeb 11 11:00:00 host lib[22]: disk 4 full\n",
        &[(2, "disk <num> full")],
    );
}

#[test]
fn blank_lines_have_no_template_and_headers_without_message_have_one() {
    check("\n \t\r\n2024-01-01 10:00:00\n", &[(1, "<time>")]);
}

#[test]
fn binary_junk_and_long_lines_are_lines() {
    let junk: Vec<u8> = (0..=255_u8)
        // What a terminal writes over is no part of a line.
        .filter(|&b| !matches!(b, b'\n' | b'\r' | b'\x08' | b'\x1b'))
        .cycle()
        .take(1 << 20)
        .collect();
    let mut log = junk.clone();
    log.push(b'\n');
    log.extend(junk);
    let templates = mined_with(&Options::default(), &log, 2);
    assert_eq!(templates.list.len(), 1);
    assert_eq!(templates.list[0].lines, 2);
    assert_eq!(templates.cut, 2);
}

#[test]
fn json_lines_are_told_apart_by_their_message() {
    check(
        "{\"level\":\"info\",\"msg\":\"job 1 done\",\"id\":7}\n\
         {\"level\":\"warn\",\"msg\":\"job 2 done\",\"id\":8}\n\
         {\"msg\":\"job 3 done\"}\n",
        &[(3, "job <num> done")],
    );
}

#[test]
fn only_wanted_lines_are_counted_but_all_make_templates() {
    let log = "2024-01-01 10:00:00 INFO got a 1\n2024-01-01 10:00:01 ERROR got b 2\n\n2024-01-01 10:00:02 WARN got c\n";
    let listed = |options: Options| {
        let templates = mined_with(&options, log.as_bytes(), 1);
        let list: Vec<_> = templates
            .list
            .iter()
            .map(|t| (t.text(), t.first.line))
            .collect();
        list
    };
    let grave = Options {
        level_min: Some(Level::Warn),
        ..Options::default()
    };
    assert_eq!(
        listed(grave),
        [("got b <num>".to_owned(), 2), ("got c".to_owned(), 4)]
    );
    let matching = Options {
        wanted: Some(Matcher::new(&Patterns::new("a|c")).unwrap()),
        ..Options::default()
    };
    assert_eq!(
        listed(matching),
        [("got a <num>".to_owned(), 1), ("got c".to_owned(), 4)]
    );
}

#[test]
fn identifiers_are_of_the_text_alone() {
    let a = mined("disk 1 full\n");
    let b = mined("other\nother\nthings\ndisk 77 full\n");
    let of = |templates: &Templates| {
        let found = templates
            .list
            .iter()
            .find(|t| t.text() == "disk <num> full");
        found.unwrap().id
    };
    assert_eq!(of(&a), of(&b));
    assert_eq!(Id::parse(&of(&a).to_string()), Some(of(&a)));
}

#[test]
fn several_logs_are_counted_together() {
    let mut miner = Miner::default();
    for log in ["x 1\ny\n", "y\nx 2\n"] {
        miner
            .add(
                &mut source(log.as_bytes()),
                &Workers::new(1),
                &Progress::new(),
            )
            .and_then(Summary::into_result)
            .unwrap();
    }
    let templates = miner.finish();
    let place = |input, line| Place { input, line };
    let got: Vec<_> = templates
        .list
        .iter()
        .map(|t| (t.text(), t.lines, t.first, t.last))
        .collect();
    assert_eq!(
        got,
        [
            ("x <num>".into(), 2, place(0, 1), place(1, 2)),
            ("y".into(), 2, place(0, 2), place(1, 1)),
        ]
    );
}

#[test]
fn a_comparison_tells_new_gone_more_and_less() {
    let log = format!(
        "{}{}{}new\n",
        "same 1\n".repeat(1000),
        "more 1\n".repeat(90),
        "less 1\n".repeat(9)
    );
    let other = format!(
        "{}{}{}gone\n",
        "same 1\n".repeat(1000),
        "more 1\n".repeat(10),
        "less 1\n".repeat(95)
    );
    let mut miner = Miner::default();
    let workers = Workers::new(2);
    miner
        .add(&mut source(log.as_bytes()), &workers, &Progress::new())
        .and_then(Summary::into_result)
        .unwrap();
    miner.begin_other();
    miner
        .add(&mut source(other.as_bytes()), &workers, &Progress::new())
        .and_then(Summary::into_result)
        .unwrap();
    let templates = miner.finish();
    let got: Vec<_> = templates
        .changes()
        .iter()
        .map(|changed| (changed.change.name(), changed.template.text()))
        .collect();
    let want = [
        ("new", "new"),
        ("more", "more <num>"),
        ("less", "less <num>"),
        ("gone", "gone"),
    ];
    assert_eq!(got, want.map(|(change, text)| (change, text.to_owned())));
}

#[test]
fn a_log_is_no_different_from_itself() {
    let log = "a 1\nb\nc 2\nb\n".repeat(50);
    let mut miner = Miner::default();
    let workers = Workers::new(1);
    miner
        .add(&mut source(log.as_bytes()), &workers, &Progress::new())
        .and_then(Summary::into_result)
        .unwrap();
    miner.begin_other();
    miner
        .add(&mut source(log.as_bytes()), &workers, &Progress::new())
        .and_then(Summary::into_result)
        .unwrap();
    assert!(miner.finish().changes().is_empty());
}

#[test]
fn the_filter_of_a_template_finds_its_lines() {
    let log = b"a 1\nb\na 2\n\nb\n";
    let templates = Arc::new(mined_with(&Options::default(), log, 1));
    let id = templates
        .list
        .iter()
        .find(|t| t.text() == "a <num>")
        .unwrap()
        .id;
    let filter = Assigner::new(&templates).into_filter(id);
    let matcher = Matcher::new(&Patterns::new("")).unwrap().filtered(filter);
    let mut found = Vec::new();
    let mut sink = EachLine::new(|line| {
        found.push(line.bytes.to_vec());
        Ok(())
    });
    scan::run(
        &Scan::new(matcher),
        &mut source(log),
        &Workers::new(2),
        &Progress::new(),
        &mut sink,
    )
    .and_then(Summary::into_result)
    .unwrap();
    assert_eq!(found, [b"a 1".to_vec(), b"a 2".to_vec()]);
}

#[test]
fn an_entry_of_a_journal_counts_once_under_its_message_and_with_its_priority() {
    let mut log = String::new();
    for nth in 0..60 {
        let (priority, message) = match nth % 3 {
            0 => (3, format!("disk {nth} failed")),
            1 => (6, format!("job {nth} was done")),
            _ => (4, format!("user {nth} waits")),
        };
        log += &format!("__CURSOR=s=1;i={nth};t=660b5b07486fc;x=1\nPRIORITY={priority}\n_PID=7\n");
        log += &match nth % 3 {
            2 => format!("MESSAGE\n12345678{message}\nand waits\n\n"),
            _ => format!("MESSAGE={message}\n\n"),
        };
    }
    let wanted = Matcher::new(&crate::Patterns::new("failed")).unwrap();
    for chunk_bytes in [1, 90, 1 << 20] {
        let options = Options {
            chunk_bytes: Some(chunk_bytes),
            ..Options::default()
        };
        let templates = mined_with(&options, log.as_bytes(), 2);
        let kinds = templates.list.iter();
        let found: Vec<_> = kinds
            .map(|t| (t.text(), t.lines, t.level, t.first.line))
            .collect();
        let kind = |text: &str, level, line| (text.to_owned(), 20, Some(level), line);
        assert_eq!(
            found,
            [
                kind("disk <num> failed", Level::Error, 4),
                kind("job <num> was done", Level::Info, 9),
                kind("user <num> waits", Level::Warn, 15),
            ]
        );
        assert_eq!(templates.continued, 60 * 3 + 20 * 2);
        let mut filter = Assigner::new(&Arc::new(templates));
        let entry = log.split("\n\n").next().unwrap().as_bytes();
        assert!(filter.id(entry).is_none());
        let id = filter.id(b"disk 0 failed");
        let mut filter = filter.into_filter(id.expect("it has a template"));
        use crate::matcher::LineFilter as _;
        assert!(filter.accepts(entry) && filter.accepts(b"MESSAGE=disk 7 failed"));
        assert!(!filter.accepts(b"MESSAGE=job 7 was done"));
        let options = Options {
            wanted: Some(wanted.clone()),
            ..options
        };
        let templates = mined_with(&options, log.as_bytes(), 2);
        assert_eq!((templates.list.len(), templates.lines), (1, 20));
    }
}
