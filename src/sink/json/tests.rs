//! Compares `--json` with ripgrep, where it is installed, and with stored answers.

use std::{
    fs,
    path::PathBuf,
    process::{Command, Stdio},
    sync::Mutex,
};

use super::*;
use crate::{
    input::{ReadMode, Source},
    matcher::Patterns,
    scan::{self, Context, Limit, Progress, Scan, Workers},
};

/// A writer that shows the test its bytes, and the size of the largest piece that it got.
#[derive(Clone, Default)]
struct Printed(Arc<Mutex<(Vec<u8>, usize)>>);

impl io::Write for Printed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut printed = self.0.lock().unwrap();
        printed.0.extend_from_slice(bytes);
        printed.1 = printed.1.max(bytes.len());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Printed {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().0.clone()).unwrap()
    }
}

/// A search that both logscan and ripgrep can do.
///
/// Four differences are intended, and no compared case has them. In ripgrep `$` matches before a CR
/// that no LF follows (with `--crlf`), `.` matches the CR of a CR LF (without `--crlf`), `-m 1 -A
/// 2` shows a hit among the two as a `match`, and `-v -m 1` counts bytes as searched up to the next
/// line that matches.
struct Case<'a> {
    /// The contents of files, whose names are `0.log`, `1.log`, ...
    logs: &'a [&'a [u8]],
    pattern: &'a str,
    replace: Option<&'a str>,
    invert: bool,
    context: Context,
    limit: Limit,
    max_line_bytes: usize,
    line_numbers: bool,
}

fn case<'a>(pattern: &'a str, logs: &'a [&'a [u8]]) -> Case<'a> {
    Case {
        logs,
        pattern,
        replace: None,
        invert: false,
        context: Context::None,
        limit: Limit::All,
        max_line_bytes: scan::MAX_LINE_BYTES,
        line_numbers: true,
    }
}

const AROUND: Context = Context::Lines {
    before: 1,
    after: 1,
};

/// Returns what the search prints for sources that are read in this way.
fn search(
    case: &Case<'_>,
    sources: &mut [Source],
    chunk_bytes: Option<usize>,
    threads: usize,
) -> String {
    let matcher = Matcher::new(&Patterns::new(case.pattern)).unwrap();
    let printed = Printed::default();
    let replace = case.replace.map(|replace| replace.into());
    let mut json = Json::new(matcher.clone(), replace, Box::new(printed.clone()));
    if case.invert {
        json = json.inverted();
    }
    let scan = Scan {
        invert: case.invert,
        context: case.context,
        limit: case.limit,
        max_line_bytes: case.max_line_bytes,
        line_numbers: case.line_numbers,
        chunk_bytes,
        ..Scan::new(matcher)
    };
    let workers = Workers::new(threads);
    for source in sources {
        let _summary = scan::run(&scan, source, &workers, &Progress::new(), &mut json).unwrap();
    }
    json.finish(None).unwrap();
    printed.text()
}

/// Replaces every number in `elapsed` and `elapsed_total` by zero, because these numbers differ
/// from run to run.
fn without_times(text: &str) -> String {
    let mut parts = text.split("\"elapsed");
    let mut result = parts.next().unwrap().to_owned();
    for part in parts {
        let (times, rest) = part.split_once('}').unwrap();
        let is_number = |c: char| c.is_ascii_digit() || c == '.';
        let mut previous = ' ';
        let times = times.chars().filter_map(|c| {
            let is_inside = is_number(previous);
            previous = c;
            match is_number(c) {
                true => (!is_inside).then_some('0'),
                false => Some(c),
            }
        });
        result += &format!("\"elapsed{}}}{rest}", times.collect::<String>());
    }
    result
}

/// Returns the output without what logscan adds to ripgrep's messages.
fn without_additions(text: &str) -> String {
    text.replace(wire::SCHEMA_FIELD, "")
        .replace(",\"notes\":[]", "")
}

/// Returns whether there is a ripgrep whose messages these tests know. On CI it must be there.
fn has_ripgrep() -> bool {
    let output = Command::new("rg").arg("--version").output();
    let version = output.map_or(String::new(), |output| {
        String::from_utf8_lossy(&output.stdout).into_owned()
    });
    let is_there = version.starts_with("ripgrep 15.");
    let required = std::env::var("LOGSCAN_REQUIRE").unwrap_or_default();
    let is_required = required.split(',').any(|name| name.trim() == "rg");
    assert!(
        is_there || !is_required,
        "LOGSCAN_REQUIRE asks for rg, and there is no ripgrep 15"
    );
    if !is_there {
        let reason = match version.lines().next() {
            Some(first) => format!("it must be ripgrep 15, and this is {first}"),
            None => "it is not there, or does not work".into(),
        };
        crate::skips::skip(&format!("needs rg --json: {reason}"));
    }
    is_there
}

fn ripgrep(case: &Case<'_>, flags: &[&str], paths: &[PathBuf], stdin: Stdio) -> String {
    let mut command = Command::new("rg");
    command.args([
        "--no-config",
        "--json",
        "--text",
        "--threads=1",
        "--regexp",
        case.pattern,
    ]);
    command.args(flags);
    command.args(case.replace.map(|replace| format!("--replace={replace}")));
    command.args(case.invert.then_some("--invert-match"));
    command.args((!case.line_numbers).then_some("--no-line-number"));
    match case.context {
        Context::None => {}
        Context::Lines { before, after } => {
            command.args([format!("-B{before}"), format!("-A{after}")]);
        }
        Context::All => {
            command.arg("--passthru");
        }
    }
    if let Limit::First(limit) = case.limit {
        command.arg(format!("-m{limit}"));
    }
    let output = command.args(paths).stdin(stdin).output().unwrap();
    assert!(
        output.stderr.is_empty(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

#[track_caller]
fn check(case: &Case<'_>) {
    check_with(case, &[]);
}

/// Compares with ripgrep, for files and for the standard input, on every path and for some chunk
/// sizes.
#[track_caller]
fn check_with(case: &Case<'_>, flags: &[&str]) {
    let names: Vec<_> = (0..case.logs.len())
        .map(|nth| format!("{nth}.log").into())
        .collect();
    check_named(case, flags, &names);
}

#[track_caller]
fn check_named(case: &Case<'_>, flags: &[&str], names: &[PathBuf]) {
    if !has_ripgrep() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let paths: Vec<_> = names.iter().map(|name| folder.path().join(name)).collect();
    for (path, log) in paths.iter().zip(case.logs) {
        fs::write(path, log).unwrap();
    }
    let of_files = without_times(&ripgrep(case, flags, &paths, Stdio::null()));
    let stdin = fs::File::open(&paths[0]).unwrap().into();
    let of_stdin = without_times(&ripgrep(case, flags, &["-".into()], stdin));
    for threads in [1, 3] {
        for chunk_bytes in [Some(1), Some(9), None] {
            let run = |mut sources: Vec<Source>, want: &str| {
                let got = search(case, &mut sources, chunk_bytes, threads);
                let got = without_additions(&without_times(&got));
                assert_eq!(
                    got, want,
                    "{}, threads {threads}, chunks {chunk_bytes:?}",
                    case.pattern
                );
            };
            for mode in ReadMode::ALL {
                run(
                    paths
                        .iter()
                        .map(|path| Source::open(path, mode).unwrap())
                        .collect(),
                    &of_files,
                );
            }
            run(
                vec![Source::from_reader(
                    "-".as_ref(),
                    io::Cursor::new(case.logs[0].to_vec()),
                )],
                &of_stdin,
            );
        }
    }
}

#[test]
fn hits_are_ripgreps() {
    check(&case(
        "b+",
        &[b"a\nb abb\n\"b\"\\\t\x01\x7f\0\xe2\x82\xac\nlast b"],
    ));
    check(&case("nothing", &[b"a\n"]));
    check(&Case {
        line_numbers: false,
        ..case("b", &[b"a\nb\n"])
    });
}

#[test]
fn context_is_ripgreps() {
    let log: &[u8] = b"b\nc\nd\ne\nf\nb\nc\nb\n";
    check(&Case {
        context: AROUND,
        ..case("b", &[log])
    });
    check(&Case {
        context: Context::Lines {
            before: 0,
            after: 2,
        },
        ..case("b", &[log])
    });
    check(&Case {
        context: Context::All,
        ..case("b", &[log])
    });
}

#[test]
fn inverted_searches_have_submatches_in_context_only() {
    let log: &[u8] = b"b b\nc\nd\ne\nf\nb\n\xffb";
    check(&Case {
        invert: true,
        ..case("b", &[log])
    });
    check(&Case {
        invert: true,
        context: AROUND,
        ..case("b", &[log])
    });
    check(&Case {
        invert: true,
        context: Context::All,
        ..case("b|$", &[b"x\nb\nc"])
    });
    check(&Case {
        invert: true,
        context: AROUND,
        replace: Some("<$0>"),
        ..case("b", &[log])
    });
    check(&Case {
        invert: true,
        limit: Limit::First(2),
        ..case("b", &[b"b\nc\nd\n"])
    });
}

#[test]
fn text_that_is_not_utf8_is_base64() {
    check(&case(
        "b",
        &[b"\xff\nb\xff\nb\xffb\nab\xffc\nabc\xff\nb\xe2\x82\nbx\xf0\x9f\x98\x80"],
    ));
    check(&case(
        "(?-u:[\\x80-\\xff])",
        &["b\u{20ac}b\n\u{20ac}".as_bytes(), b"b\xff\n"],
    ));
    check(&case("b.|(?-u:.)", &[b"b\xff\xffbb\n"]));
}

#[test]
fn a_cr_before_the_newline_is_part_of_the_text_only() {
    check_with(&case("b$", &[b"b\r\nb \r\nb\n\r\nb\r\nb"]), &["--crlf"]);
    check(&case("b", &[b"b\rb\r\n\rb\r"]));
}

#[test]
fn empty_matches_are_ripgreps() {
    for log in [
        "",
        "\n",
        "b",
        "b\n",
        "\n\nb\n\u{20ac}",
        "ab\nba\nbb",
        "bab\r\n",
    ] {
        check_with(&case("b*", &[log.as_bytes()]), &["--crlf"]);
        check_with(&case("$", &[log.as_bytes()]), &["--crlf"]);
        check_with(&case("", &[log.as_bytes()]), &["--crlf"]);
    }
}

#[test]
fn replacements_are_ripgreps() {
    let log: &[u8] = b"a=1 b=22\nnone\nc=\xff d=3\n e=4";
    for replace in [
        "",
        "x",
        "$2:$1",
        "${key}",
        "$key$$",
        "$9",
        "$0\u{20ac}\n",
        "$1a",
        "${1}a",
        "$",
    ] {
        check(&Case {
            replace: Some(replace),
            ..case("(?<key>[a-z])=([0-9]+|(?-u:\\xff))", &[log])
        });
    }
    check(&Case {
        replace: Some("<$0>"),
        ..case("a=", &[log])
    });
    check(&Case {
        replace: Some("-"),
        ..case("x*", &[b"axb\nab"])
    });
}

#[test]
fn several_files_add_up() {
    check(&case("b", &[b"b\n", b"a\n", b"", b"bb\nb"]));
    check(&Case {
        limit: Limit::First(1),
        ..case("b", &[b"a\nb\nb\n", b"a\n", b"b"])
    });
}

#[test]
fn names_are_ripgreps() {
    let names = [
        "with \"quotes\" and \\.log".into(),
        "\u{20ac}.log".into(),
        "-".into(),
    ];
    check_named(&case("b", &[b"b\n", b"b\n", b"b\n"]), &[], &names);
}

#[cfg(unix)]
#[test]
fn a_name_that_is_not_utf8_is_base64() {
    use std::os::unix::ffi::OsStrExt;
    let name = OsStr::from_bytes(b"\xff.log").into();
    check_named(
        &Case {
            context: AROUND,
            ..case("b", &[b"a\nb\n"])
        },
        &[],
        &[name],
    );
}

/// Compares with a file in testdata/json. `UPDATE=1` writes the file.
#[track_caller]
fn check_golden(name: &str, case: &Case<'_>) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("testdata/json")
        .join(name);
    for (chunk_bytes, threads) in [(None, 1), (Some(1), 3)] {
        let source = |(nth, log): (usize, &&[u8])| {
            Source::from_bytes(format!("{nth}.log").as_ref(), log.to_vec())
        };
        let mut sources: Vec<_> = case.logs.iter().enumerate().map(source).collect();
        let got = without_times(&search(case, &mut sources, chunk_bytes, threads));
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&path, &got).unwrap();
        }
        assert_eq!(got, fs::read_to_string(&path).unwrap(), "{name}");
    }
}

#[test]
fn messages_are_as_stored() {
    let log: &[u8] = b"a\nb \"b\"\nc\r\nd\ne\n\xffb\r\nlast b";
    check_golden(
        "context.jsonl",
        &Case {
            context: AROUND,
            ..case("b", &[log, b"a\n", b"b\n"])
        },
    );
    check_golden(
        "invert.jsonl",
        &Case {
            context: AROUND,
            invert: true,
            replace: Some("<$0>"),
            ..case("b", &[log])
        },
    );
    check_golden("empty.jsonl", &case("x*", &[b"ab\n\n\xe2\x82\xac\naxb"]));
}

#[test]
fn a_cut_line_is_its_first_bytes_and_a_newline_and_is_noted() {
    let logs: &[&[u8]] = &[b"bbbbb\na\nbbbb\n\xff\xffbbb\n\xffbbbbb", b"aaaaaaa\n"];
    check_golden(
        "cut.jsonl",
        &Case {
            max_line_bytes: 4,
            ..case("b", logs)
        },
    );
}

#[test]
fn an_error_is_a_note_even_if_nothing_was_found() {
    struct Broken;
    impl io::Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("gone"))
        }
    }
    let got = search(
        &case("b", &[]),
        &mut [Source::from_reader("x".as_ref(), Broken)],
        None,
        2,
    );
    let messages = parsed(&got);
    assert_eq!(messages.len(), 3, "{got}");
    assert_eq!(messages[0]["type"], "begin");
    assert_eq!(
        messages[1]["data"]["notes"],
        serde_json::json!(["cannot read x at byte 0: gone"])
    );
}

fn parsed(text: &str) -> Vec<serde_json::Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn every_message_parses() {
    let every_byte: Vec<u8> = (0..=255)
        .flat_map(|byte| [b'b', byte, b'"', b'\n'])
        .collect();
    let case = Case {
        context: AROUND,
        replace: Some("\\\"$0"),
        ..case("b(?s-u:.)", &[])
    };
    let got = search(
        &case,
        &mut [Source::from_bytes("x".as_ref(), every_byte)],
        None,
        2,
    );
    let messages = parsed(&got);
    let count = |kind| {
        messages
            .iter()
            .filter(|message| message["type"] == kind)
            .count()
    };
    assert_eq!(
        ["begin", "match", "context", "end", "summary"].map(count),
        [1, 255, 2, 1, 1]
    );
    let hit = &messages[1]["data"];
    assert_eq!(hit["submatches"][0]["replacement"]["text"], "\\\"b\0");
    let end = &messages[messages.len() - 2]["data"];
    assert_eq!(end["stats"]["matches"], 255);
}

#[test]
fn the_summary_tells_how_inputs_were_read() {
    let printed = Printed::default();
    let matcher = Matcher::new(&Patterns::new("b")).unwrap();
    let mut json = Json::new(matcher, None, Box::new(printed.clone()));
    let file = JsonFileStats {
        path: "-".into(),
        access: Access::Stream,
        why: "a pipe".into(),
    };
    let stats = JsonStats {
        bytes_read: 3_000_000_000,
        lines: Some(7),
        elapsed: Duration::from_millis(1500),
        files: vec![file],
        ..JsonStats::default()
    };
    json.finish(Some(&stats)).unwrap();
    let data = &parsed(&printed.text())[0]["data"]["logscan"];
    assert_eq!(data["gb_per_second"], 2.0);
    assert_eq!(data["lines"], 7);
    let file =
        serde_json::json!({"path": {"text": "<stdin>"}, "access": "stream", "why": "a pipe"});
    assert_eq!(data["files"], serde_json::json!([file]));
}

#[test]
fn a_line_with_millions_of_matches_streams() {
    /// A message that keeps only the number of its submatches.
    #[derive(serde::Deserialize)]
    struct ReadMessage {
        data: Data,
    }
    #[derive(serde::Deserialize)]
    struct Data {
        #[serde(default)]
        submatches: Vec<serde::de::IgnoredAny>,
    }
    // The size of the pieces that `Out` hands over, as in scan/ordered.rs.
    const PIECE_BYTES_MAX: usize = 4 << 20;
    let line_bytes = 1 << 20;
    for (byte, replace) in [(b'b', None), (0xff, None), (b'b', Some(b"$0".to_vec()))] {
        let matcher = Matcher::new(&Patterns::new("(?s-u:.)")).unwrap();
        let printed = Printed::default();
        let mut json = Json::new(matcher.clone(), replace, Box::new(printed.clone()));
        let mut source = Source::from_bytes("x".as_ref(), vec![byte; line_bytes]);
        let workers = Workers::new(2);
        scan::run(
            &Scan::new(matcher),
            &mut source,
            &workers,
            &Progress::new(),
            &mut json,
        )
        .and_then(Summary::into_result)
        .unwrap();
        let printed = printed.0.lock().unwrap();
        assert!(printed.0.len() > 8 * PIECE_BYTES_MAX);
        assert!(
            printed.1 <= PIECE_BYTES_MAX,
            "a piece of {} bytes",
            printed.1
        );
        let messages = printed
            .0
            .split(|&byte| byte == b'\n')
            .filter(|line| !line.is_empty());
        let counts: Vec<_> = messages
            .map(|line| {
                serde_json::from_slice::<ReadMessage>(line)
                    .unwrap()
                    .data
                    .submatches
                    .len()
            })
            .collect();
        assert_eq!(counts, [0, line_bytes, 0]);
    }
}

#[test]
fn a_closed_pipe_keeps_its_kind() {
    struct Closed;
    impl io::Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let matcher = Matcher::new(&Patterns::new("(?s-u:.)")).unwrap();
    for line_bytes in [1, 1 << 20] {
        let mut json = Json::new(matcher.clone(), None, Box::new(Closed));
        let mut source = Source::from_bytes("x".as_ref(), vec![b'b'; line_bytes]);
        let scan = Scan::new(matcher.clone());
        let result = scan::run(
            &scan,
            &mut source,
            &Workers::new(2),
            &Progress::new(),
            &mut json,
        );
        let Err(Error::Write { source }) = result else {
            panic!("{result:?}")
        };
        assert_eq!(source.kind(), io::ErrorKind::BrokenPipe);
    }
}
