//! The same bytes and the same exit status as GNU grep, for every flag that both have, in every way
//! to read a file.
//!
//! Each case is a line of flags and a pattern. It is run over all [`logs`] at once (so with file
//! names, gaps between files, and limits per file) and over some of them as standard input, with
//! chunks of 1, 7 and 64 Ki bytes, mapped, read and as a stream, with 1, 2 and 7 threads. Messages
//! may differ in words, but not in whether there are any. logscan's `-I` is grep's `-h`; grep gets
//! `-a` always, and `-E` unless the case has `-F`.

use std::{cell::Cell, fmt::Write as _};

use proptest::{
    prelude::{Just, Strategy, any, prop_oneof},
    test_runner::{Config, TestCaseError, TestRunner},
};

use super::support::{Block, Dir, Output, Random, Via, Way, random_log, require, words};

/// Which lines are selected, and by which kind of pattern.
const SELECTION: &[&str] = &[
    "x",
    "-a x",
    "-v x",
    "-i error",
    "-i ERRor",
    "-w ab",
    "-x ab",
    "-w -x ab",
    "-w foo",
    "-w -v foo",
    "-w foo-bar",
    "-w -n foo|bar",
    "-i -w error",
    "-n -v -i error",
    "-F .",
    "-F ab",
    "-F -x ab",
    "-F -w ab",
    "-F -i ERROR",
    "-F -w -e foo -e x1",
    "-F -x -e ab -e ERROR",
    "-F [",
    "-F -v ab",
    "-e ab -e ERROR",
    "-e x -e ''",
    "-e -x",
    "--regexp=x",
    "''",
    "-v ''",
    "-x ''",
    "-v -x ''",
    "-F ''",
    "-F -x ''",
    "-F -v ''",
    "^",
    "$",
    "^$",
    "-v ^$",
    "^a",
    "b$",
    "^.*$",
    ".",
    "-v .",
    "a.*b",
    "[^a]",
    "[^a]$",
    "[0-9]+",
    "(ab)+",
    "ab?$",
    "a{2}",
    "foo[_-]bar",
    "\\bab\\b",
    "\\Bb",
    "\\<ab",
    "foo\\>",
    "-w \\Bfoo",
    "-w foo\\B",
    "-w \\Bab|x",
    "-w -v \\Bab",
    "-w -e \\Bfoo -e ab",
    "-w -o \\Bab|foo",
    "-w \\<ab\\>",
    "-x \\Bab",
    "-x ab\\>",
    "\\s",
    "\\S\\s\\S",
    "\\w+",
    "\\W",
    "[[:space:]]",
    "[[:digit:]]",
    "-i É",
    "é",
    "-x .",
    "x|ERROR|warn",
    "-i x|error|warn",
    "-f patterns",
    "-F -f patterns",
    "-f no_patterns",
    "-v -f no_patterns",
    "-f blank_pattern",
    "-f patterns -e warn",
    "-f patterns -f no_patterns",
    "-w -f patterns",
    "-x -f patterns",
];

/// What is shown of a line.
const OUTPUT: &[&str] = &[
    "-n x",
    "-b x",
    "-n -b x",
    "-H x",
    "-h x",
    "-H -h x",
    "-h -H x",
    "-h -n -b x",
    "-o ab",
    "-o -n ab",
    "-o -b ab",
    "-o -b -n ab",
    "-o -h ab",
    "-H -n -b -o ab",
    "-n -o -b -i -F error",
    "-o ''",
    "-o -b ''",
    "-o ^",
    "-o $",
    "-o .",
    "-o -b .",
    "-o -n .*",
    "-o [a-z]*",
    "-o -b [a-z]+",
    "-o -i error",
    "-o -F ab",
    "-o -w ab",
    "-o -x ab",
    "-o -w -b foo",
    "-o -e ERROR -e warn",
    "-o -v x",
    "-o -b -v x",
    "-n -v x",
    "-b -v x",
    "-n ^$",
    "-b ''",
    "--null x",
    "--null -h -n x",
    "--null -n -b x",
    "--null -o -n ab",
    "--line-buffered x",
    "--line-buffered -n -o ab",
    "-s -n x",
];

/// Counts, names, and early stops.
const COUNTS: &[&str] = &[
    "-c x",
    "-c -v x",
    "-c -o ab",
    "-c -h x",
    "-c -H x",
    "-c -n -b x",
    "-c -i error",
    "-c ''",
    "-c ^$",
    "-c nothing",
    "-c -A 2 x",
    "-c -m 2 x",
    "-c -m 2 -v x",
    "-c -m 0 x",
    "--null -c x",
    "-l x",
    "-l -v x",
    "-l nothing",
    "-l -o ab",
    "-l -c x",
    "-l -h x",
    "-l -m 1 x",
    "-l ''",
    "--null -l x",
    "--null -l -v x",
    "-L x",
    "-L -v x",
    "-L nothing",
    "-L -c x",
    "-L -m 1 x",
    "-L ''",
    "--null -L x",
    "-q x",
    "-q nothing",
    "-q -v x",
    "-q -c x",
    "-q -l x",
    "-q -L x",
    "-q -m 1 x",
    "-m 1 x",
    "-m 2 -n x",
    "-m 2 -b -v x",
    "-m 0 x",
    "-m 0 -l x",
    "-m 0 -v x",
    "-m 1 -o ab",
    "-m 2 -o -b ab",
    "-m 1 -o -v ab",
    "-m 1 ''",
    "-m 99999999999 -n x",
];

/// Lines around hits.
const CONTEXT: &[&str] = &[
    "-A 1 x",
    "-B 1 x",
    "-C 1 x",
    "-A 0 x",
    "-B 0 x",
    "-C 0 x",
    "-A 2 -B 1 -n x",
    "-C 2 -A 0 x",
    "-A 1 -C 3 x",
    "-C 1 -v x",
    "-C 1 -h x",
    "-C 1 -H -n -b x",
    "-C 1 -i error",
    "-C 1 ''",
    "-C 1 -v ''",
    "-C 1 ^$",
    "-C 1 nothing",
    "-B 1 -x ab",
    "-A 1 -e x -e ab",
    "-A 99 -n x",
    "-B 99 -n x",
    "-C 99 -n ERROR",
    "-A 99999999999 -B 99999999999 x",
    "-A 1 -m 1 x",
    "-A 3 -m 1 x",
    "-A 9 -m 1 -n -e far",
    "-B 1 -A 1 -m 2 -n -e far",
    "-A 3 -m 2 -n x",
    "-B 3 -m 2 -n x",
    "-C 2 -m 1 -b x",
    "-A 2 -m 1 -v x",
    "-A 2 -m 3 -n ''",
    "-A 2 -m 0 x",
    "-A 9 -m 1 -n -v x",
    "-A 1 -o ab",
    "-C 1 -o -n -b ab",
    "-A 5 -m 1 -o ab",
    "-C 1 -o -v ab",
    "-A 1 -c x",
    "-A 1 -l x",
    "-C 1 -q x",
    "--null -C 1 -n x",
    "--line-buffered -C 1 x",
];

/// The escapes of `--color=always`.
const COLOR: &[&str] = &[
    "x",
    "-n x",
    "-n -b x",
    "-h x",
    "-h -n x",
    "-v x",
    "-v -n x",
    "-o ab",
    "-o -n -b ab",
    "-C 1 x",
    "-C 1 -n x",
    "-C 1 -h -b x",
    "-C 1 -v x",
    "-C 1 -v -n ab",
    "-A 0 x",
    "-m 1 -A 2 x",
    "-c x",
    "-c -h x",
    "-l x",
    "-L x",
    "-i error",
    "-w ab",
    "-x ab",
    "-F ab",
    "''",
    "^",
    "$",
    "[a-z]*",
    "-o [a-z]*",
    "-e x -e ERROR",
    "-C 1 -e x -e ''",
    "-o -v x",
    "--null -n x",
    "--null -l x",
    "--null -c x",
];

/// What to color how; each is tried with every case of [`COLORED`].
const GREP_COLORS: &[&str] = &[
    "mt=01;32",
    "ms=01;32:mc=01;33",
    "mc=01;33",
    "sl=1:cx=2",
    "sl=1:cx=2:rv",
    "sl=1:cx=2:rv:ms=:mc=4",
    "fn=34:ln=33:bn=36:se=31",
    "ne",
    "ne:sl=1:cx=2:fn=7",
    "mt=:fn=:ln=:bn=:se=",
    "mt=7:unknown=1:sl=3",
    "mt=1;x:sl=5",
];

const COLORED: &[&str] = &[
    "-n x",
    "-C 1 -n -b x",
    "-C 1 -v -n x",
    "-o -n ab",
    "-c x",
    "-l x",
    "-v -h ab",
    "-h -A 0 ab",
];

/// Which files are searched; the standard input is the log `plain`.
const FILES: &[&str] = &[
    "x plain",
    "-H x plain",
    "-c x plain",
    "-l x plain",
    "x plain words",
    "x plain plain",
    "x ./plain",
    "x missing",
    "x plain missing words",
    "-c x missing plain",
    "-c x missing",
    "-s x missing plain",
    "-s x missing",
    "-s -c nothing missing plain",
    "-q x missing plain",
    "-q x plain missing",
    "-q nothing missing plain",
    "-s -q nothing missing",
    "-q -s x missing plain",
    "-l x missing plain",
    "-L x missing plain",
    "-L nothing missing plain",
    "-L nothing missing",
    "-v x missing empty",
    "-C 1 x plain missing words",
    "-C 1 -m 1 x plain words gaps",
    "-A 1 x empty plain blank words",
    "-m 1 x plain words",
    "-m 1 -c x plain words missing",
    "x empty",
    "-c x empty",
    "-l x empty",
    "-L x empty",
    "-v x empty",
    "-c -v x empty",
    "-c '' empty",
    "-q '' empty",
    "x",
    "-n x",
    "-H x",
    "-c x",
    "-c -H x",
    "-l x",
    "-L x",
    "-L nothing",
    "-n x -",
    "-H -n x -",
    "-c -H x -",
    "-l x -",
    "-L nothing -",
    "--null -l x -",
    "-n x words - plain",
    "-c x words -",
    "x - -",
    "-C 1 x words - missing gaps",
    "--color=always -n x - words",
    "-n -e x -e ab -- -dash plain",
    "-e x -- -dash",
    "-n x /dev/null plain",
    "x plain -n",
    "plain -e x",
    "words -f patterns plain -c",
];

/// The logs: each is here for an edge that has hurt some grep before.
fn logs() -> Vec<(&'static str, Vec<u8>)> {
    let far = "a\nfar\nb\nc\nd\ne\nfar\nf\ng\nfar far\nfar\nh\n";
    vec![
        (
            "plain",
            b"x\nab\nx ab x\nERROR one\n\nc\nd\nan error, warn\nabab x1\nc\n".to_vec(),
        ),
        (
            "words",
            b"foo bar\nfoobar\nfoo_bar\nfoo-bar\n ab \nab\nab.ab,xab abx\nfoo\n-x\n[a.b]\n\t x\n"
                .to_vec(),
        ),
        (
            "gaps",
            b"1\n2 x\n3\n4\n5\n6 x\n7\n8 x\n9 x\n10\n11\n12 ab\n13\n14\n15\n16 x\n17\n".to_vec(),
        ),
        ("far", far.into()),
        ("no_newline", b"x\nab\nlast x ab".to_vec()),
        ("blank_end", b"ab\n\nx\n\n\n".to_vec()),
        ("empty", Vec::new()),
        ("blank", b"\n\n\n".to_vec()),
        ("nul", b"a\0b x\n\0\nab\0ab\0\nERROR\0\n\0x".to_vec()),
        (
            "invalid",
            b"\xff x\nab\xc3\nERROR \xf0\x9f\n\xc3\xa9ab\xe2\x82\n\x80\n".to_vec(),
        ),
        ("utf8", "é x\nÉab\nähm\n日本 ERROR 語\nab é\n".into()),
        ("inner_cr", b"x\rab\nab\r x\n\rERROR\n\r\rc\n".to_vec()),
        (
            "long",
            [
                &b"-".repeat(300)[..],
                b"x",
                &b"ab".repeat(200),
                b"\nx\n",
                &b"y".repeat(99),
            ]
            .concat(),
        ),
        ("random", random_log(11, 80)),
    ]
}

/// The differences from grep that are meant, each with an example that must differ; nothing else is
/// left out above.
const MEANT_DIFFERENCES: &[Meant] = &[
    Meant {
        why: "-c always prints a number: grep prints nothing when no line can be selected",
        args: "-c -v ''",
        log: b"x\n",
        want: b"0\n",
    },
    Meant {
        why: "one CR before the LF is not part of the line, so `$` and `-x` see the line's text end before it",
        args: "-n x$",
        log: b"x\r\nxy\r\n",
        want: b"1:x\r\n",
    },
    Meant {
        why: "`.` and an inverted class do not match the CR before the LF either",
        args: "-o .+",
        log: b"x\r\n",
        want: b"x\n",
    },
    Meant {
        why: "an alternation takes its first branch that matches, not the longest, as in ripgrep: seen with -o",
        args: "-o a|ab",
        log: b"ab\n",
        want: b"a\n",
    },
    Meant {
        why: "case is folded by all of Unicode's simple rules, not only where upper and lower case pair up",
        args: "-i -c ß",
        log: "ẞ\n".as_bytes(),
        want: b"1\n",
    },
    Meant {
        why: "-h is help, -I is `no file name`",
        args: "-h -c x",
        log: b"x\n",
        want: b"",
    },
    Meant {
        why: "the syntax is that of Rust's regex crate: \\d is a digit",
        args: "-o \\d+",
        log: b"id 42\n",
        want: b"42\n",
    },
    Meant {
        why: "the syntax is that of Rust's regex crate: repetition can be lazy",
        args: "-o x.*?x",
        log: b"x1x2x\n",
        want: b"x1x\n",
    },
    Meant {
        why: "the syntax is that of Rust's regex crate: there are no back-references",
        args: "(a)\\1",
        log: b"aa\n",
        want: b"",
    },
    Meant {
        why: "[[:upper:]] and its kind are ASCII, as in Rust's syntax; \\p{Lu} is Unicode's",
        args: "-c [[:upper:]]",
        log: "É\n".as_bytes(),
        want: b"0\n",
    },
    Meant {
        why: "\\b and \\> hold between a word and a byte that is no UTF-8, as in Rust's syntax",
        args: "-c \\bab\\b",
        log: b"ab\xc3\n",
        want: b"1\n",
    },
    Meant {
        why: "with both -w and -x, grep 3.8 takes the LF for a part of the match: seen with -o and colors",
        args: "-o -w -x ab",
        log: b"ab\n",
        want: b"ab\n",
    },
    Meant {
        why: "\\w is Unicode's: a combining mark belongs to the word",
        args: "-c ^\\w+$",
        log: "e\u{301}\n".as_bytes(),
        want: b"1\n",
    },
    Meant {
        why: "-w asks whether any match is a word, also an empty one, as in ripgrep: grep gives up the empty match where a longer one begins that is no word",
        args: "-w x*|-",
        log: b"-a\n",
        want: b"-a\n",
    },
    Meant {
        why: "files are opened even if there is no pattern, and one that is not there is an error: grep opens none",
        args: "-f no_patterns missing",
        log: b"x\n",
        want: b"",
    },
];

struct Meant {
    why: &'static str,
    args: &'static str,
    log: &'static [u8],
    want: &'static [u8],
}

#[test]
fn the_same_lines_are_selected_as_by_grep() {
    check_table(SELECTION, &[]);
}

#[test]
fn the_same_parts_of_lines_are_shown_as_by_grep() {
    check_table(OUTPUT, &[]);
}

#[test]
fn counts_names_and_limits_are_those_of_grep() {
    check_table(COUNTS, &[]);
}

#[test]
fn context_is_that_of_grep() {
    check_table(CONTEXT, &[]);
}

#[test]
fn colors_are_those_of_grep() {
    check_table(COLOR, &["--color=always"]);
}

#[test]
fn grep_colors_in_the_environment_mean_what_they_mean_to_grep() {
    if !require("grep") {
        return;
    }
    let dir = dir_with_logs();
    let mut differences = Differences::default();
    for colors in GREP_COLORS {
        for case in COLORED {
            let mut args = words(case);
            args.push("--color=always");
            let operands = ["plain", "gaps", "words"];
            let want = grep(&dir, &args)
                .args(&operands)
                .env("GREP_COLORS", colors)
                .output();
            let got = logscan(&dir, &args)
                .args(&operands)
                .env("GREP_COLORS", colors)
                .output();
            differences.compare(&format!("GREP_COLORS='{colors}' {case}"), &want, &got);
        }
    }
    differences.report();
}

#[test]
fn files_that_are_missing_empty_repeated_or_standard_input_are_treated_as_by_grep() {
    if !require("grep") {
        return;
    }
    let dir = dir_with_logs();
    let stdin = &logs()[0].1;
    let mut differences = Differences::default();
    for case in FILES {
        let args = words(case);
        let want = grep(&dir, &args).pipe(stdin).output();
        for flags in [
            ["--mmap", "--chunk-size=1"],
            ["--no-mmap", "--chunk-size=7"],
            ["-j7", "-j7"],
        ] {
            let got = logscan(&dir, &[&flags[..], &args].concat())
                .pipe(stdin)
                .output();
            differences.compare(case, &want, &got);
        }
    }
    differences.report();
}

#[test]
fn a_newline_between_patterns_makes_a_list_as_in_grep() {
    if !require("grep") {
        return;
    }
    let dir = dir_with_logs();
    let mut differences = Differences::default();
    for pattern in ["ab\nERROR", "ab\n", "\nab", "\n", "x\n\nab"] {
        for flags in [
            &["-n"][..],
            &["-F", "-n"],
            &["-n", "-v"],
            &["-x", "-n"],
            &["-n", "-e", "foo"],
        ] {
            let args = [flags, &["-e", pattern]].concat();
            let want = grep(&dir, &args).args(&["plain", "words"]).output();
            let got = logscan(&dir, &args).args(&["plain", "words"]).output();
            differences.compare(&format!("{args:?}"), &want, &got);
        }
    }
    differences.report();
}

#[test]
fn a_long_random_log_gives_what_grep_gives() {
    if !require("grep") {
        return;
    }
    let dir = Dir::with_log(random_log(42, 12_000));
    let mut differences = Differences::default();
    for case in [
        "-n ERROR",
        "-c -v a",
        "-o -b -n abab",
        "-C 2 -n x1:",
        "-A 1 -B 3 -b -i error.*foo",
        "-w -n foo",
        "-x -n ab",
        "-m 700 -n -A 1 warn",
        "-v -n -m 900 ERROR",
        "-b ^$",
        "-c ''",
        "-o -b [a-z]+_[a-z]+",
        "--color=always -n -C 1 foo-bar",
    ] {
        let args = words(case);
        let want = grep(&dir, &args).arg("log").output();
        for way in Way::all().filter(|way| way.chunk_bytes != "1") {
            differences.compare(
                case,
                &want,
                &way.run(&dir, &in_logscan(&args), "log").output(),
            );
        }
        differences.compare(case, &want, &logscan(&dir, &args).arg("log").output());
    }
    differences.report();
}

#[test]
fn arbitrary_small_logs_give_what_grep_gives() {
    if !require("grep") {
        return;
    }
    let byte = prop_oneof![
        4 => Just(&b"a"[..]), 2 => Just(&b"b"[..]), 4 => Just(&b"\n"[..]), 1 => Just(&b"\0"[..]),
        1 => Just(&b" "[..]), 1 => Just(&b"A"[..]), 1 => Just(&b"\xff"[..]), 1 => Just("é".as_bytes()),
        1 => Just(&b"\ra"[..]),
    ];
    let log = proptest::collection::vec(byte, 0..40).prop_map(|parts| parts.concat());
    let flags = proptest::sample::subsequence(
        vec![
            "-n",
            "-b",
            "-o",
            "-v",
            "-i",
            "-w",
            "-x",
            "-m2",
            "-A1",
            "-B2",
            "-c",
            "-F",
            "--color=always",
        ],
        0..5,
    );
    let pattern = proptest::sample::select(vec!["a", "b", "ab", "aa", "", "é", " ", "ba"]);
    let dir = Dir::new();
    let config = Config {
        cases: 150,
        failure_persistence: None,
        ..Config::default()
    };
    let outcome = TestRunner::new(config).run(
        &(log, flags, pattern, any::<u16>()),
        |(log, flags, pattern, way)| {
            if meant(&flags, pattern) {
                return Ok(());
            }
            dir.file("log", &log);
            let mut args = flags;
            args.extend(["-e", pattern]);
            let want = grep(&dir, &args).arg("log").output();
            let ways: Vec<Way> = Way::all().collect();
            let got = ways[usize::from(way) % ways.len()]
                .run(&dir, &in_logscan(&args), "log")
                .output();
            match difference(&want, &got) {
                None => Ok(()),
                Some(text) => Err(TestCaseError::fail(text)),
            }
        },
    );
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

/// Whether grep's answer is one of [`MEANT_DIFFERENCES`], as far as arbitrary cases can meet them.
fn meant(flags: &[&str], pattern: &str) -> bool {
    let has = |flag| flags.contains(&flag);
    let is_count_of_nothing = has("-c") && has("-v") && pattern.is_empty();
    is_count_of_nothing || (has("-w") && has("-x") && (has("-o") || has("--color=always")))
}

#[test]
fn an_empty_match_between_words_is_a_word_as_in_grep() {
    check_table(
        &["-w ''", "-w -n x*", "-w -F ''", "-w -o x*", "-w -v ''"],
        &[],
    );
}

#[test]
fn every_meant_difference_is_still_one() {
    let grep_is_there = require("grep");
    for meant in MEANT_DIFFERENCES {
        let dir = Dir::with_log(meant.log);
        dir.file("no_patterns", "");
        let args = words(meant.args);
        let got = dir.logscan("").args(&args).arg("log").output();
        if args[0] == "-h" {
            assert!(got.text().contains("--pattern"), "-h shows the help\n{got}");
        } else {
            assert!(
                got.stdout == meant.want,
                "{}: want\n{}\n{got}",
                meant.why,
                Block(meant.want)
            );
        }
        if grep_is_there {
            let want = grep(&dir, &args).arg("log").output();
            assert!(
                difference(&want, &got).is_some(),
                "no difference any more, strike it from the list: {}\n{want}\n{got}",
                meant.why
            );
        }
    }
}

/// Runs each case, with `more` flags, over all logs as files, and over some as standard input.
fn check_table(cases: &[&str], more: &[&str]) {
    if !require("grep") {
        return;
    }
    let dir = dir_with_logs();
    let logs = logs();
    let all: Vec<&str> = logs.iter().map(|(name, _)| *name).collect();
    let valid: Vec<&str> = all
        .iter()
        .filter(|&&name| name != "invalid")
        .copied()
        .collect();
    let mut differences = Differences::default();
    let mut random = Random(7);
    for case in cases {
        let args = [more, &words(case)].concat();
        // See MEANT_DIFFERENCES.
        let names = match case.contains("\\b") || case.contains("\\>") {
            true => &valid,
            false => &all,
        };
        let want = grep(&dir, &args).args(names).output();
        for (nth, chunk_size) in ["--chunk-size=1", "--chunk-size=7", "--chunk-size=64K"]
            .into_iter()
            .enumerate()
        {
            for (mode, path) in ["--mmap", "--no-mmap"].into_iter().enumerate() {
                let threads = ["-j1", "-j2", "-j7"][(nth + mode) % 3];
                let got = logscan(&dir, &[&[chunk_size, path, threads], &args[..]].concat())
                    .args(names)
                    .output();
                differences.compare(case, &want, &got);
            }
        }
        for _ in 0..2 {
            let name = names[random.below(names.len())];
            let want = grep(&dir, &args)
                .stdin_file(&dir.path().join(name))
                .output();
            for way in Way::all().filter(|way| matches!(way.path, Via::Pipe | Via::StdinFile)) {
                differences.compare(
                    case,
                    &want,
                    &way.run(&dir, &in_logscan(&args), name).output(),
                );
            }
        }
    }
    differences.report();
}

fn dir_with_logs() -> Dir {
    let dir = Dir::new();
    for (name, bytes) in logs() {
        dir.file(name, bytes);
    }
    dir.file("-dash", "x in a dash\n");
    dir.file("patterns", "ab\nERROR\nx1\n");
    dir.file("no_patterns", "");
    dir.file("blank_pattern", "nothing\n\n");
    dir
}

fn grep(dir: &Dir, args: &[&str]) -> super::support::Run {
    let kind = if args.contains(&"-F") { "-a" } else { "-E" };
    dir.grep("-a").arg(kind).args(args)
}

fn logscan(dir: &Dir, args: &[&str]) -> super::support::Run {
    dir.logscan("").args(&in_logscan(args))
}

/// grep's `-h` is `-I`.
fn in_logscan<'a>(args: &[&'a str]) -> Vec<&'a str> {
    args.iter()
        .map(|&arg| if arg == "-h" { "-I" } else { arg })
        .collect()
}

/// Messages are compared by whether there are any; what --mmap says when it must read is one too
/// many for grep.
fn difference(want: &Output, got: &Output) -> Option<String> {
    let same_messages = match got.shown.contains(" --mmap") {
        true => want.stderr.is_empty() || !got.stderr.is_empty(),
        false => want.stderr.is_empty() == got.stderr.is_empty(),
    };
    let same = want.stdout == got.stdout && want.code == got.code && same_messages;
    (!same).then(|| {
        let (line, ours, greps) = first_difference(&got.stdout, &want.stdout);
        format!(
            "line {line} of stdout:\nlogscan:\n{ours}grep:\n{greps}\nlogscan:\n{got}\ngrep:\n{want}"
        )
    })
}

fn first_difference<'a>(ours: &'a [u8], greps: &'a [u8]) -> (usize, Block<'a>, Block<'a>) {
    let mut lines = [ours, greps].map(|bytes| bytes.split_inclusive(|&byte| byte == b'\n'));
    let mut number = 1;
    loop {
        let [ours, greps] = lines.each_mut().map(Iterator::next);
        if ours != greps || ours.is_none() {
            return (
                number,
                Block(ours.unwrap_or_default()),
                Block(greps.unwrap_or_default()),
            );
        }
        number += 1;
    }
}

/// All that differs in a table, so that one run shows it: in full for the first cases, by name for
/// the others.
#[derive(Default)]
struct Differences {
    compared: Cell<usize>,
    cases: Vec<(String, usize)>,
    text: String,
}

impl Differences {
    fn compare(&mut self, case: &str, want: &Output, got: &Output) {
        self.compared.set(self.compared.get() + 1);
        let Some(text) = difference(want, got) else {
            return;
        };
        match self.cases.last_mut() {
            Some((last, times)) if last == case => *times += 1,
            _ => {
                if self.cases.len() < 4 {
                    let _ = writeln!(self.text, "==== {case}\n{text}");
                }
                self.cases.push((case.into(), 1));
            }
        }
    }

    #[track_caller]
    fn report(&self) {
        let names: Vec<_> = self
            .cases
            .iter()
            .map(|(case, times)| format!("{case}   ({times} runs)"))
            .collect();
        assert!(
            names.is_empty(),
            "{}\n{} cases differ from GNU grep:\n  {}\n",
            self.text,
            names.len(),
            names.join("\n  ")
        );
        assert!(self.compared.get() > 0, "nothing was compared");
    }
}
