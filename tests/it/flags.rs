//! Flags that GNU grep does not have: against outputs made by hand, a naive oracle, and ripgrep
//! where it is there.

use serde_json::Value;

use super::support::{
    Dir, Way, check, check_args, gzip, maps_by_itself, no_such_file, random_log, require,
    same_in_every_way, words,
};

const LOG: &str =
    "ERROR a=1\nok healthcheck\nERROR healthcheck b=22\nerror c=3 d=44\n\nlast ERROR ERROR";

// --and, --not

#[test]
fn and_and_not_keep_lines_that_also_match_or_do_not() {
    let dir = Dir::with_log(LOG);
    check(
        &dir,
        "-n ERROR --not healthcheck",
        "1:ERROR a=1\n6:last ERROR ERROR\n",
        0,
    );
    check(
        &dir,
        "-n ERROR --and healthcheck",
        "3:ERROR healthcheck b=22\n",
        0,
    );
    check(
        &dir,
        "-n ERROR --and = --and [0-9]$ --not 22",
        "1:ERROR a=1\n",
        0,
    );
    check(
        &dir,
        "-n ERROR --not healthcheck --not last",
        "1:ERROR a=1\n",
        0,
    );
    check(&dir, "-n ERROR --and nothing", "", 1);
    check(&dir, "-n ERROR --not ''", "", 1);
    check(&dir, "-c '' --not ERROR", "3\n", 0);
    check(&dir, "-c ERROR --not ok", "3\n", 0);
}

#[test]
fn and_and_not_work_with_every_other_way_to_select() {
    let dir = Dir::with_log(LOG);
    check(
        &dir,
        "-n -e ERROR -e error --and =",
        "1:ERROR a=1\n3:ERROR healthcheck b=22\n4:error c=3 d=44\n",
        0,
    );
    check(&dir, "-n -i error --and D=", "4:error c=3 d=44\n", 0);
    check(
        &dir,
        "-n -F ERROR --not .",
        "1:ERROR a=1\n3:ERROR healthcheck b=22\n6:last ERROR ERROR\n",
        0,
    );
    check(&dir, "-o ERROR --not =", "ERROR\nERROR\n", 0);
    check(&dir, "-o [a-z]=[0-9]+ --and ERROR", "a=1\nb=22\n", 0);
    check(
        &dir,
        "-m1 -n ERROR --not a=",
        "3:ERROR healthcheck b=22\n",
        0,
    );
    check(&dir, "-A1 -n ERROR --and last", "6:last ERROR ERROR\n", 0);
    check(
        &dir,
        "-B1 -n ERROR --and b=",
        "2-ok healthcheck\n3:ERROR healthcheck b=22\n",
        0,
    );
}

#[test]
fn invert_shows_exactly_the_lines_that_and_and_not_leave_out() {
    let dir = Dir::with_log(random_log(3, 60));
    let all = dir.logscan("-n '' log").output().text();
    for flags in ["ERROR --not x1", "ERROR --and x1", "a --and ab --not abab"] {
        let (shown, hidden) = (
            dir.logscan(&format!("-n {flags} log")).output(),
            dir.logscan(&format!("-n -v {flags} log")).output(),
        );
        let joined = shown.text() + &hidden.text();
        let mut lines: Vec<&str> = joined.lines().collect();
        lines.sort_by_key(|line| {
            line.split(':')
                .next()
                .and_then(|number| number.parse::<u64>().ok())
        });
        assert_eq!(
            lines,
            all.lines().collect::<Vec<_>>(),
            "{shown}\n\n{hidden}"
        );
    }
}

// --count-matches, --column, --replace

#[test]
fn count_matches_counts_matches_and_count_counts_lines() {
    let dir = Dir::with_log(LOG);
    check(&dir, "-c ERROR", "3\n", 0);
    check(&dir, "--count-matches ERROR", "4\n", 0);
    check(&dir, "--count-matches nothing", "0\n", 1);
    check(&dir, "--count-matches [0-9]", "6\n", 0);
    check(&dir, "--count-matches -m1 ERROR", "1\n", 0);
    check(&dir, "--count-matches -m3 ERROR", "4\n", 0);
    check(&dir, "--count-matches ERROR --not last", "2\n", 0);
    check(&dir, "--count-matches -i error", "5\n", 0);
    check(&dir, "--count-matches -e ERROR -e [0-9]", "10\n", 0);
    dir.file("b", "ERROR\n");
    dir.file("c", "\n");
    dir.logscan("--count-matches ERROR log b c")
        .output()
        .stdout_is("log:4\nb:1\nc:0\n")
        .code_is(0);
}

#[test]
fn the_column_is_that_of_the_first_match_in_bytes_from_one() {
    let dir = Dir::with_log("ab\nxxab ab\nnothing\nné ab\nab");
    check(
        &dir,
        "-n --column ab",
        "1:1:ab\n2:3:xxab ab\n4:5:né ab\n5:1:ab\n",
        0,
    );
    check(
        &dir,
        "-n --column -b ab",
        "1:1:0:ab\n2:3:3:xxab ab\n4:5:19:né ab\n5:1:26:ab\n",
        0,
    );
    check(
        &dir,
        "-n --column -o ab",
        "1:1:ab\n2:3:ab\n2:6:ab\n4:5:ab\n5:1:ab\n",
        0,
    );
    if require("rg") {
        for args in [
            "-n --column ab",
            "-n --column -b ab",
            "-n --column -o ab",
            "-n --column -o -b ab",
            "-n --column -C1 né",
        ] {
            let ripgrep = dir.sh(&format!("rg --no-config {args} log")).output();
            check(&dir, args, &ripgrep.stdout, 0);
        }
    }
}

#[test]
fn replace_puts_groups_into_the_text_in_place_of_each_match() {
    let dir = Dir::with_log("id=1 user=ann\nnone\nid=22 user=bob id=3\r\nid=4");
    check(
        &dir,
        "-r <$1> id=(\\d+)",
        "<1> user=ann\n<22> user=bob <3>\r\n<4>\n",
        0,
    );
    check(
        &dir,
        "--replace=N -n \\d+",
        "1:id=N user=ann\n3:id=N user=bob id=N\r\n4:id=N\n",
        0,
    );
    check(
        &dir,
        "-r '' \\d",
        "id= user=ann\nid= user=bob id=\r\nid=\n",
        0,
    );
    check(
        &dir,
        "-r ${n}s id=(?P<n>\\d+)",
        "1s user=ann\n22s user=bob 3s\r\n4s\n",
        0,
    );
    check(
        &dir,
        "-r $$$0 \\d+",
        "id=$1 user=ann\nid=$22 user=bob id=$3\r\nid=$4\n",
        0,
    );
    check(
        &dir,
        "-r $9 \\d+",
        "id= user=ann\nid= user=bob id=\r\nid=\n",
        0,
    );
}

#[test]
fn replace_with_only_matching_extracts_fields() {
    let dir = Dir::with_log("id=1 user=ann\nnone\nid=22 user=bob id=3\r\nid=4");
    check(&dir, "-o -r $1 id=(\\d+)", "1\n22\n3\n4\n", 0);
    check(
        &dir,
        "-o -n -r $2:$1 id=(\\d+).user=(\\w+)",
        "1:ann:1\n3:bob:22\n",
        0,
    );
    check(&dir, "-o -b -r $1 user=(\\w+)", "5:ann\n25:bob\n", 0);
    check(&dir, "-o -r $1 -m1 id=(\\d+)", "1\n", 0);
    check(&dir, "-c -r $1 id=(\\d+)", "3\n", 0);
}

// --max-columns, --passthru

#[test]
fn a_line_over_max_columns_is_named_and_left_out_as_by_ripgrep() {
    let dir = Dir::with_log(
        "short x\nthis line is far too long x\nok x\nthis one is too long as well\nend x",
    );
    let omitted = "[Omitted long matching line]";
    check(
        &dir,
        "-n --max-columns 12 x",
        format!("1:short x\n2:{omitted}\n3:ok x\n5:end x\n"),
        0,
    );
    if require("rg") {
        for args in [
            "x",
            "-n x",
            "-n -C1 x",
            "-b -n x",
            "-v -n x",
            "-A1 -n ok",
            "-o -n [a-z]+",
            "-i X",
            "-n ''",
        ] {
            let args = format!("--max-columns 12 {args}");
            let ripgrep = dir.sh(&format!("rg --no-config {args} log")).output();
            check(&dir, &args, &ripgrep.stdout, 0);
        }
    }
    check(&dir, "-c --max-columns 12 x", "4\n", 0);
    check(
        &dir,
        "--max-columns 0 x",
        "short x\nthis line is far too long x\nok x\nend x\n",
        0,
    );
}

#[test]
fn passthru_shows_every_line_and_marks_the_hits() {
    let dir = Dir::with_log("a\nx\n\nb x\nc");
    check(&dir, "--passthru x", "a\nx\n\nb x\nc\n", 0);
    check(&dir, "--passthru -n x", "1-a\n2:x\n3-\n4:b x\n5-c\n", 0);
    check(&dir, "--passthru -n -v x", "1:a\n2-x\n3:\n4-b x\n5:c\n", 0);
    check(&dir, "--passthru nothing", "a\nx\n\nb x\nc\n", 1);
    check(&dir, "--passthru -c x", "2\n", 0);
    dir.logscan("--passthru x log log")
        .output()
        .stdout_is("log-a\nlog:x\nlog-\nlog:b x\nlog-c\n".repeat(2));
}

// --last

#[test]
fn last_shows_the_end_of_the_whole_output() {
    let dir = Dir::with_log(random_log(5, 90));
    for flags in [
        "-n ERROR",
        "-b -v a",
        "ab",
        "-n -i error --not x1",
        "-n ''",
        "-n -w foo",
        "--null -H -n x1",
        "-r <$0> -n ERROR",
    ] {
        let flags = if flags.contains("-H") { "-n x1" } else { flags };
        let whole = dir.logscan(&format!("{flags} log")).output().text();
        let lines: Vec<&str> = whole.split_inclusive('\n').collect();
        for last in [
            1,
            2,
            lines.len() - 1,
            lines.len(),
            lines.len() + 1,
            1_000_000,
        ] {
            let want = lines[lines.len().saturating_sub(last)..].concat();
            check(&dir, &format!("--last {last} {flags}"), want, 0);
        }
    }
}

#[test]
fn last_works_with_counts_only_matching_and_invert() {
    let dir = Dir::with_log("x1\na\nx2 x3\nb\nx4 x5\nc\n");
    check(&dir, "--last 2 -c x", "2\n", 0);
    check(&dir, "--last 9 -c x", "3\n", 0);
    check(&dir, "--last 2 -o x.", "x2\nx3\nx4\nx5\n", 0);
    check(&dir, "--last 1 -o -n -b x.", "5:13:x4\n5:16:x5\n", 0);
    check(&dir, "--last 2 -v -n x", "4:b\n6:c\n", 0);
    check(&dir, "--last 2 --count-matches x", "4\n", 0);
    check(&dir, "--last 2 nothing", "", 1);
    check(&dir, "--last 2 -c nothing", "0\n", 1);
}

#[test]
fn last_shows_context_around_the_hits_that_it_shows() {
    let dir = Dir::with_log("1\n2\n3 x\n4\n5\n6\n7\n8 x\n9\n10\n11\n12\n13 x\n14\n");
    check(
        &dir,
        "--last 2 -A1 -B1 -n x",
        "7-7\n8:8 x\n9-9\n--\n12-12\n13:13 x\n14-14\n",
        0,
    );
    check(
        &dir,
        "--last 1 -C2 -n x",
        "11-11\n12-12\n13:13 x\n14-14\n",
        0,
    );
    check(
        &dir,
        "--last 3 -B1 -b x",
        "2-2\n4:3 x\n--\n14-7\n16:8 x\n--\n28-12\n31:13 x\n",
        0,
    );
    check(
        &dir,
        "--last 1 -B4 -n x",
        "9-9\n10-10\n11-11\n12-12\n13:13 x\n",
        0,
    );
}

#[test]
fn last_stays_in_the_byte_range() {
    let dir = Dir::with_log("x0\nx3\nx6\nx9\n");
    check(&dir, "--last 1 -b --byte-range=:9 x", "6:x6\n", 0);
    check(&dir, "--last 9 -b --byte-range=3:9 x", "3:x3\n6:x6\n", 0);
    check(
        &dir,
        "--last 1 -b -B9 --byte-range=3:9 x6",
        "3-x3\n6:x6\n",
        0,
    );
    check(&dir, "--last 1 -c --byte-range=7:9 x", "0\n", 1);
}

#[test]
fn last_counts_per_file_and_excludes_max_count() {
    let dir = Dir::with_log("x1\nx2\n");
    dir.file("b", "x3\nx4\nx5\n");
    dir.logscan("--last 1 x log b log")
        .output()
        .stdout_is("log:x2\nb:x5\nlog:x2\n")
        .code_is(0);
    let output = dir.logscan("--last 1 -m 1 x log").output();
    output
        .stdout_is("")
        .code_is(2)
        .stderr_has("--last")
        .stderr_has("--max-count");
}

#[test]
fn last_of_a_large_file_reads_only_its_end() {
    let dir = Dir::with_log(["x at the start\n".repeat(1 << 20), "the end x\n".into()].concat());
    for mode in ["--mmap", "--no-mmap", ""] {
        let output = dir
            .logscan(mode)
            .args(&["--stats", "--last", "1", "x", "log"])
            .output();
        output.stdout_is("the end x\n").code_is(0);
        let stats = String::from_utf8_lossy(&output.stderr).into_owned();
        let all = (15 << 20) + 10;
        assert!(
            !stats.contains(&all.to_string()),
            "the whole file was read\n{output}"
        );
    }
}

// -c --by-pattern, -o --tally

#[test]
fn by_pattern_counts_the_lines_of_each_pattern_in_the_order_given() {
    let dir = Dir::with_log(LOG);
    check(
        &dir,
        "-c --by-pattern -e ERROR -e nothing -e health -e =",
        "3\tERROR\n0\tnothing\n2\thealth\n3\t=\n",
        0,
    );
    check(
        &dir,
        "-c --by-pattern -e =[0-9] -e =[0-9]$",
        "3\t=[0-9]\n1\t=[0-9]$\n",
        0,
    );
    check(
        &dir,
        "-c --by-pattern -i -e error -e OK",
        "4\terror\n1\tOK\n",
        0,
    );
    check(&dir, "-c --by-pattern -F -e . -e =", "0\t.\n3\t=\n", 0);
    check(
        &dir,
        "-c --by-pattern -w -e health -e healthcheck",
        "0\thealth\n2\thealthcheck\n",
        0,
    );
    check(
        &dir,
        "-c --by-pattern -e nothing -e none",
        "0\tnothing\n0\tnone\n",
        1,
    );
    check(&dir, "-c --by-pattern ERROR", "3\tERROR\n", 0);
    dir.file("b", "ok\n");
    dir.logscan("-c --by-pattern -e ERROR -e ok log b")
        .output()
        .stdout_is("log:3\tERROR\nlog:1\tok\nb:0\tERROR\nb:1\tok\n");
    dir.file("patterns", "ok\nERROR\n");
    check_args(
        &dir,
        &[
            "-c",
            "--by-pattern",
            "-f",
            &dir.path().join("patterns").to_string_lossy(),
        ],
        "1\tok\n3\tERROR\n",
        0,
    );
}

#[test]
fn by_pattern_agrees_with_a_count_for_each_pattern() {
    let dir = Dir::with_log(random_log(9, 200));
    let patterns = [
        "ERROR", "error", "a", "ab", "abab", "foo_", "x1", "^a", "b$", "nothing", ":.*:",
    ];
    let mut want = String::new();
    for pattern in patterns {
        let count = dir
            .logscan("-c")
            .args(&["-e", pattern, "log"])
            .output()
            .text();
        want.push_str(&format!("{}\t{pattern}\n", count.trim()));
    }
    let each: Vec<&str> = patterns
        .iter()
        .flat_map(|pattern| ["-e", pattern])
        .collect();
    check_args(
        &dir,
        &[&["-c", "--by-pattern"], &each[..]].concat(),
        want,
        0,
    );
}

#[test]
fn tally_counts_the_distinct_matches_most_frequent_first() {
    let dir = Dir::with_log("a b a\nc a\n\nb a c d\n");
    let tallied = |args: &str| tally(&same_in_every_way(&dir, args).text());
    let want = [
        (4, "a".to_string()),
        (2, "b".into()),
        (2, "c".into()),
        (1, "d".into()),
    ];
    let mut got = tallied("-o --tally=99 [a-z]");
    assert!(
        got.windows(2).all(|two| two[0].0 >= two[1].0),
        "most frequent first: {got:?}"
    );
    got.sort_by_key(|(count, text)| (u64::MAX - count, text.clone()));
    assert_eq!(got, want);
    assert_eq!(tallied("-o --tally=1 [a-z]"), want[..1]);
    assert_eq!(tallied("-o --tally=2 [a-z]").len(), 2);
    assert_eq!(tallied("-o --tally 2 [a-z]").len(), 2);
    assert_eq!(
        tallied("-o -r $1 --tally=9 ([a-z]).[a-z]").len(),
        3,
        "what is counted is what -o would print: a, c, b"
    );
    dir.logscan("-o --tally=5 nothing log").output().code_is(1);
}

#[test]
fn tally_without_a_number_takes_no_operand_for_it() {
    let dir = Dir::with_log("a b a\n");
    for args in [
        "-o [a-z] --tally log",
        "-o --tally -e [a-z] log",
        "-o --tally [a-z] log",
    ] {
        let output = dir.logscan(args).output();
        assert_eq!(
            tally(&output.text()),
            [(2, "a".to_string()), (1, "b".into())],
            "{output}"
        );
    }
}

#[test]
fn a_tally_agrees_with_sorting_all_the_matches() {
    let dir = Dir::with_log(random_log(13, 400));
    let mut want = std::collections::BTreeMap::<String, u64>::new();
    for line in dir.logscan("-o [a-z]+ log").output().text().lines() {
        *want.entry(line.into()).or_default() += 1;
    }
    let got = tally(&same_in_every_way(&dir, "-o --tally=100000 [a-z]+").text());
    assert!(
        got.windows(2).all(|two| two[0].0 >= two[1].0),
        "most frequent first: {got:?}"
    );
    assert_eq!(
        got.into_iter()
            .map(|(count, text)| (text, count))
            .collect::<std::collections::BTreeMap<_, _>>(),
        want
    );
}

/// The lines of a tally: a count, blanks, and the text.
fn tally(text: &str) -> Vec<(u64, String)> {
    let parse = |line: &str| {
        let (count, text) = line.trim_start().split_once(['\t', ' '])?;
        Some((count.parse().ok()?, text.into()))
    };
    text.lines()
        .map(|line| parse(line).unwrap_or_else(|| panic!("not a count and a text: {line:?}")))
        .collect()
}

// Patterns

#[test]
fn smart_case_ignores_case_unless_a_pattern_has_an_upper_case_letter() {
    let dir = Dir::with_log("error\nError\nERROR\nÉ\né\nxS\n");
    check(&dir, "-S -c error", "3\n", 0);
    check(&dir, "-S -c Error", "1\n", 0);
    check(&dir, "--smart-case -c é", "2\n", 0);
    check(&dir, "-S -c É", "1\n", 0);
    check(&dir, "-S -c x\\S", "1\n", 0);
    check(&dir, "-S -c X\\S", "0\n", 1);
    check(&dir, "-S -F -c error", "3\n", 0);
    check(&dir, "-c error", "1\n", 0);
}

#[test]
fn a_file_of_patterns_has_one_on_each_line() {
    let dir = Dir::with_log("one\ntwo\nthree\n");
    for (patterns, want) in [
        ("", ""),
        ("one\nthree\n", "one\nthree\n"),
        ("one\nthree", "one\nthree\n"),
        ("one\r\nthree\r\n", "one\nthree\n"),
        ("\n", "one\ntwo\nthree\n"),
        ("none\n\n", "one\ntwo\nthree\n"),
        ("^t\n", "two\nthree\n"),
    ] {
        dir.file("patterns", patterns);
        let output = dir.logscan("-f patterns log").output();
        output.stdout_is(want).code_is(i32::from(want.is_empty()));
        dir.logscan("-f - log")
            .pipe(patterns)
            .output()
            .stdout_is(want);
    }
    dir.logscan("-f patterns -e two log")
        .output()
        .stdout_is("two\nthree\n");
    dir.logscan("-f missing log")
        .output()
        .stdout_is("")
        .code_is(2)
        .stderr_has("missing")
        .stderr_has(&no_such_file());
}

#[test]
fn a_pattern_that_is_none_is_a_clear_error() {
    let dir = Dir::with_log("x\n");
    for pattern in ["(", "[a", "*a", "a{2", "(?P<n", "\\p{Nothing}", "(a)\\1"] {
        dir.logscan("")
            .args(&["-e", pattern, "log"])
            .output()
            .stdout_is("")
            .code_is(2)
            .stderr_has(pattern);
    }
    let output = dir.logscan("-e x -e ( log").output();
    output.stdout_is("").code_is(2);
    let output = dir.logscan("x --and ( log").output();
    output.stdout_is("").code_is(2);
}

#[test]
fn a_newline_in_a_pattern_is_a_clear_error() {
    let dir = Dir::with_log("a\nb\n");
    for args in [
        &["a\\nb"][..],
        &["[\\n]"],
        &["\\x0a"],
        &["a", "--and", "\\n"],
        &["-e", "a", "-e", "\\n"],
    ] {
        dir.logscan("")
            .args(args)
            .arg("log")
            .output()
            .stdout_is("")
            .code_is(2)
            .stderr_has("line");
    }
}

#[test]
fn a_part_of_a_pattern_that_needs_a_newline_is_no_reason_to_refuse_all_of_it() {
    let dir = Dir::with_log("xab\nab\nabc\nb");
    for pattern in ["(\\n)?ab$", "ab(\\n|$)", "ab(?:\\n)*$", "c\\n|ab$"] {
        check(&dir, &format!("-n {pattern}"), "1:xab\n2:ab\n", 0);
    }
    check(&dir, "-o -b (\\n)?ab", "1:ab\n4:ab\n7:ab\n", 0);
    check(&dir, "-n -r [$1$2] (\\n)?a(b)$", "1:x[b]\n2:[b]\n", 0);
    check(&dir, "-c -v ab(\\n|$)", "2\n", 0);
    check(&dir, "-x -c (a|\\n)b", "1\n", 0);
}

#[test]
fn what_is_printed_and_what_is_counted_never_contradict_each_other() {
    let log = "foo\n-foo\nfoo bar\r\n foo- foo\nfoo_\n\nbar foo\n\u{e9}foo\nfoo\u{e9}\nbar";
    let dir = Dir::with_log(log);
    // How many lines, and how many matches, by hand: -w asks for no word character on either side.
    for (args, lines, matches) in [
        ("foo", 8, 9),
        ("-w foo", 5, 6),
        ("-w \\Bfoo", 0, 0),
        ("-w foo\\B", 0, 0),
        ("-w \\b{end-half}foo", 0, 0),
        ("-w foo\\b{start-half}", 0, 0),
        ("-w foo\\b{end-half}", 5, 6),
        ("-w \\<foo\\>", 5, 6),
        ("-w \\Bfoo|bar", 3, 3),
        ("-w (?-u:\\b)foo", 5, 6),
        ("-w -e \\Bfoo -e bar", 3, 3),
        ("-w -F -e foo -e bar", 6, 9),
        ("-w -i \\BFOO", 0, 0),
        ("-x foo", 1, 1),
        ("-x \\Bfoo", 0, 0),
    ] {
        let run = |flags: &str| dir.logscan(&format!("{flags} {args} log")).output();
        let code = i32::from(lines == 0);
        run("-c").stdout_is(format!("{lines}\n")).code_is(code);
        run("--count-matches")
            .stdout_is(format!("{matches}\n"))
            .code_is(code);
        let total = log.lines().count();
        run("-c -v").stdout_is(format!("{}\n", total - lines));
        for (flags, want) in [("", lines), ("-n", lines), ("-o", matches)] {
            let output = run(flags).code_is(code).text();
            assert_eq!(output.lines().count(), want, "{flags} {args}: {output}");
        }
        let messages = json(&run("--json").code_is(code).text());
        let hits = messages.iter().filter(|message| message["type"] == "match");
        let submatches = hits.clone().map(|hit| hit["data"]["submatches"].as_array());
        let submatches: usize = submatches.map(|all| all.map_or(0, Vec::len)).sum();
        assert_eq!(
            (hits.count(), submatches),
            (lines, matches),
            "--json {args}"
        );
        run("-q").code_is(code);
        run("-l").stdout_is(if lines > 0 { "log\n" } else { "" });
    }
}

#[test]
fn classes_that_hold_a_newline_do_not_match_it() {
    let dir = Dir::with_log("a\n\nb\n");
    check(&dir, "-o -n a\\s*", "1:a\n", 0);
    check(&dir, "-c [^x]b", "0\n", 1);
    check(&dir, "-n ^\\s*$", "2:\n", 0);
    check(&dir, "-c (?s)a.+", "0\n", 1);
    check(&dir, "-n (?m)^b$", "3:b\n", 0);
    check(&dir, "-n \\Ab\\z", "3:b\n", 0);
    check(&dir, "-c \\W", "0\n", 1);
}

#[test]
fn a_pattern_that_grows_too_large_is_an_error_that_names_the_flag() {
    let dir = Dir::with_log("x\n");
    let output = dir.logscan("").args(&["(\\w{1000}){1000}", "log"]).output();
    output
        .stdout_is("")
        .code_is(2)
        .stderr_has("--regex-size-limit");
    let output = dir
        .logscan("")
        .args(&["--regex-size-limit=1K", "\\w{20}", "log"])
        .output();
    output
        .stdout_is("")
        .code_is(2)
        .stderr_has("--regex-size-limit");
    dir.logscan("--regex-size-limit=100M --dfa-size-limit=100M x log")
        .output()
        .stdout_is("x\n")
        .code_is(0);
}

#[test]
fn the_first_word_is_a_command_only_if_it_names_one() {
    let dir = Dir::with_log("generate a report\nsearch\n");
    dir.logscan("-e generate log")
        .output()
        .stdout_is("generate a report\n")
        .code_is(0);
    dir.logscan("--pattern generate log")
        .output()
        .stdout_is("generate a report\n")
        .code_is(0);
    dir.logscan("-n generate log")
        .output()
        .stdout_is("1:generate a report\n")
        .code_is(0);
    dir.logscan("search log")
        .output()
        .stdout_is("search\n")
        .code_is(0);
    dir.logscan("report log")
        .output()
        .stdout_is("generate a report\n")
        .code_is(0);
    dir.logscan("generate log").output().code_is(2);
    let man = dir.logscan("generate man").output();
    assert!(man.code == Some(0) && man.text().contains(".TH"), "{man}");
}

#[test]
fn a_dash_dash_ends_the_flags() {
    let dir = Dir::with_log("-x\n");
    dir.logscan("-- -x log")
        .output()
        .stdout_is("-x\n")
        .code_is(0);
    dir.logscan("-e -x -- log")
        .output()
        .stdout_is("-x\n")
        .code_is(0);
}

#[test]
fn the_last_of_opposite_flags_wins() {
    let dir = Dir::with_log("x\nX\n");
    dir.logscan("-n -N x log").output().stdout_is("x\n");
    dir.logscan("-N -n x log").output().stdout_is("1:x\n");
    dir.logscan("-H -I x log").output().stdout_is("x\n");
    dir.logscan("-I -H x log").output().stdout_is("log:x\n");
    dir.logscan("-m1 -m2 -i x log").output().stdout_is("x\nX\n");
    dir.logscan("--mmap --no-mmap --color=always --color=never x log")
        .output()
        .stdout_is("x\n");
}

// Output

#[test]
fn null_ends_the_file_name() {
    let dir = Dir::with_log("x\n");
    dir.file("b", "a x\nb x\n");
    dir.logscan("--null -n x log b")
        .output()
        .stdout_is("log\x001:x\nb\x001:a x\nb\x002:b x\n");
    dir.logscan("--null -l x log b")
        .output()
        .stdout_is("log\0b\0");
    dir.logscan("--null -c x log b")
        .output()
        .stdout_is("log\x001\nb\x002\n");
}

#[test]
fn color_is_off_in_a_pipe_and_with_no_color() {
    let dir = Dir::with_log("x\n");
    dir.logscan("x log").output().stdout_is("x\n");
    dir.logscan("--color=auto x log").output().stdout_is("x\n");
    dir.logscan("--color=never x log").output().stdout_is("x\n");
    dir.logscan("--color=auto x log")
        .env("NO_COLOR", "1")
        .output()
        .stdout_is("x\n");
    let always = dir
        .logscan("--color=always x log")
        .env("NO_COLOR", "1")
        .output()
        .text();
    assert!(
        always.contains("\x1b["),
        "what was asked for wins over the environment: {always:?}"
    );
}

#[test]
fn progress_is_never_on_stdout_and_off_without_a_terminal() {
    let dir = Dir::with_log("x\n".repeat(1000));
    dir.logscan("-c x log")
        .output()
        .stdout_is("1000\n")
        .stderr_is_empty();
    dir.logscan("--progress=never -c x log")
        .output()
        .stdout_is("1000\n")
        .stderr_is_empty();
    dir.logscan("--progress=always -c x log")
        .output()
        .stdout_is("1000\n")
        .code_is(0);
    dir.logscan("--progress=sometimes -c x log")
        .output()
        .code_is(2);
}

#[test]
fn the_number_of_threads_may_be_anything_from_one() {
    let dir = Dir::with_log("x\n".repeat(1000));
    for threads in ["-j1", "-j2", "-j 64", "--threads=3"] {
        dir.logscan(threads)
            .args(&["-c", "x", "log"])
            .output()
            .stdout_is("1000\n")
            .code_is(0);
    }
}

#[test]
fn stats_say_which_path_was_taken_and_why() {
    let dir = Dir::with_log("ERROR 1\nok\nERROR 2\n");
    for (way, path) in [("--mmap", "mapped"), ("--no-mmap", "read"), ("", "read")] {
        let output = dir
            .logscan(way)
            .args(&["--stats", "-n", "ERROR", "log"])
            .output();
        output.stdout_is("1:ERROR 1\n3:ERROR 2\n").code_is(0);
        for word in [
            path, "thread", "byte", "line", "hit", "second", "GB/s", "fault", "engine",
        ] {
            output.stderr_has(word);
        }
        if !way.is_empty() {
            output.stderr_has("asked for");
        }
    }
    let output = dir.logscan("--stats -c ERROR").pipe("ERROR\n").output();
    output.stdout_is("1\n").stderr_has("stream");
    dir.logscan("--stats -c ERROR log")
        .output()
        .stderr_has("a file below 32 MiB costs less to read");
    let large = Dir::with_log("ERROR\n".repeat(6 << 20));
    let output = large.logscan("--stats -c ERROR log").output();
    output.stdout_is("6291456\n");
    // Which path is faster depends on the machine; not every system and file system tries it.
    output.stderr_has(match (cfg!(unix), maps_by_itself(&output)) {
        (true, true) => "in a trial the mapping took",
        (true, false) => "path         read (on ",
        (false, _) => "path         read (",
    });
}

// --json

#[test]
fn json_messages_parse_and_hold_every_hit() {
    let dir = Dir::with_log(b"x one\nb\nan x and x\n\xff x\nend\n");
    for way in Way::all() {
        let output = way.run(&dir, &words("--json -A1 x"), "log").output();
        output.code_is(0);
        let messages = json(&output.text());
        let kinds: Vec<&str> = messages
            .iter()
            .filter_map(|message| message["type"].as_str())
            .collect();
        assert_eq!(
            kinds,
            [
                "begin", "match", "context", "match", "match", "context", "end", "summary"
            ],
            "{output}"
        );
        let hits: Vec<&Value> = messages
            .iter()
            .filter(|message| message["type"] == "match")
            .map(|m| &m["data"])
            .collect();
        assert_eq!(hits[0]["lines"]["text"], "x one\n", "{output}");
        assert_eq!(hits[0]["line_number"], 1, "{output}");
        assert_eq!(hits[1]["absolute_offset"], 8, "{output}");
        assert_eq!(hits[1]["submatches"][1]["start"], 9, "{output}");
        assert_eq!(hits[1]["submatches"][1]["match"]["text"], "x", "{output}");
        assert_eq!(
            hits[2]["lines"]["bytes"], "/yB4Cg==",
            "invalid UTF-8 is base64\n{output}"
        );
        assert!(
            messages[0]["data"]["schema"].is_number() || messages[0]["data"]["schema"].is_string(),
            "{output}"
        );
    }
}

#[test]
fn json_notes_stand_in_the_end_message() {
    let dir = Dir::with_log("a long line x\nx\n");
    for way in Way::all() {
        let output = way
            .run(&dir, &words("--json --max-line-bytes=6 x"), "log")
            .output();
        output.code_is(2);
        let messages = json(&output.text());
        let end = messages
            .iter()
            .find(|message| message["type"] == "end")
            .unwrap_or_else(|| panic!("no end\n{output}"));
        let notes = end["data"]["notes"].to_string();
        assert!(notes.contains("--max-line-bytes"), "{output}");
    }
}

#[test]
fn json_is_that_of_ripgrep_but_for_times_schema_and_notes() {
    if !require("rg --json") {
        return;
    }
    let dir = Dir::with_log(b"x one\nb\nan x and x\r\n\xff x\nend\n\nlast x");
    dir.file("b", "nothing\n");
    for args in [
        "x log",
        "-A1 x log",
        "-C1 x log",
        "-v x log",
        "-i X log b",
        "nothing log b",
        "-m1 x log",
        "'' b",
        "(x)[a-z ]* log",
        "-o x log",
    ] {
        let args: Vec<&str> = words(args)
            .into_iter()
            .map(|word| if word == "''" { "" } else { word })
            .collect();
        // One thread: ripgrep prints several files in any order otherwise.
        let ripgrep = dir
            .sh("rg --no-config --no-mmap -a -j1 --json \"$@\"")
            .arg("rg")
            .args(&args)
            .output();
        for mode in ["--mmap", "--no-mmap", "--chunk-size=3"] {
            let ours = dir.logscan("--json").arg(mode).args(&args).output();
            assert_eq!(
                comparable(&ours.text()),
                comparable(&ripgrep.text()),
                "\n{ours}\n\nripgrep:\n{ripgrep}"
            );
            ours.code_is(ripgrep.code.unwrap_or(-1));
        }
    }
}

/// Messages without what must differ: times, and how many bytes were printed, which depends on
/// them.
fn comparable(text: &str) -> Vec<Value> {
    let mut messages = json(text);
    for message in &mut messages {
        let data = &mut message["data"];
        if let Some(fields) = data.as_object_mut() {
            fields.remove("schema");
            fields.remove("notes");
            fields.remove("elapsed_total");
        }
        if let Some(stats) = data["stats"].as_object_mut() {
            for name in ["elapsed", "bytes_printed"] {
                assert!(stats.remove(name).is_some(), "no {name} in the stats");
            }
        }
    }
    messages
}

fn json(text: &str) -> Vec<Value> {
    let parse =
        |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    text.lines().map(parse).collect()
}

#[test]
fn lines_are_printed_by_their_numbers_in_every_way() {
    let line = |nth: usize| {
        format!(
            "line {nth}{}\n",
            if nth.is_multiple_of(3) { " x" } else { "" }
        )
    };
    let dir = Dir::with_log((1..=200).map(line).collect::<String>());
    let lines = |numbers: &[usize]| numbers.iter().map(|&nth| line(nth)).collect::<String>();
    check(&dir, "--lines 7", lines(&[7]), 0);
    check(&dir, "--lines 199-,3-4,1", lines(&[1, 3, 4, 199, 200]), 0);
    check(&dir, "--lines 201-", "", 1);
    check(&dir, "--lines 10-20 -c", "11\n", 0);
    check(&dir, "--lines 10-20 -e x", lines(&[12, 15, 18]), 0);
    check(
        &dir,
        "--lines 10-14,18-20 -v -e x",
        lines(&[10, 11, 13, 14, 19, 20]),
        0,
    );
    check(&dir, "--lines 10-20 -m2 -e x", lines(&[12, 15]), 0);
    check(&dir, "--lines 10-20 -c -v -e x", "8\n", 0);
    check(&dir, "--lines 10-20 --count-matches -e x", "3\n", 0);
    check(&dir, "--lines 10-20 --count-matches -v -e x", "8\n", 0);
    check(&dir, "--lines 1-2 -c --no-include-zero -e x", "", 1);
    check(
        &dir,
        "-n --lines 5 -C1",
        "4-line 4\n5:line 5\n6-line 6 x\n",
        0,
    );
    for wrong in ["0", "a", "5-4", "1;2"] {
        dir.logscan(&format!("--lines {wrong} log"))
            .output()
            .stdout_is("")
            .code_is(2);
    }
    dir.logscan("--lines 3 --last 2 log").output().code_is(2);
}

#[test]
fn lines_by_their_numbers_alone_have_no_matches() {
    let dir = Dir::with_log("one x\ntwo\nx three x\n");
    let json = dir.logscan("--lines 1-2 --json log").output().text();
    assert_eq!(json.matches(r#""submatches":[]"#).count(), 2, "{json}");
    let json = dir.logscan("--lines 1-2 --json -e x log").output().text();
    assert_eq!(json.matches(r#""start":"#).count(), 1, "{json}");
    check(&dir, "--lines 1-2 --count-matches", "2\n", 0);
    check(&dir, "--lines 2 -r y", "two\n", 0);
    check(&dir, "--lines 3 -r y -e x", "y three y\n", 0);
    check(&dir, "--lines 3 --count-matches -e x", "2\n", 0);
    check(&dir, "--lines 1-2 -c --by-pattern", "2\t\n", 0);
}

#[test]
fn a_pattern_before_the_files_is_a_file_beside_line_numbers_and_a_message_says_so() {
    let dir = Dir::with_log("one\ntwo\n");
    let output = dir.logscan("--lines 1 tw log").output();
    output.stdout_is("log:one\n").code_is(2).stderr_has(
        "'tw' is taken as a file, because --lines needs no pattern; a pattern beside it is -e tw",
    );
    let output = dir.logscan("--lines 1 log").output();
    output.stdout_is("one\n").stderr_is_empty().code_is(0);
}

#[test]
fn lines_are_counted_by_their_numbers_in_folders_and_compressed_logs() {
    let dir = Dir::new();
    dir.file("logs/a.log", "x 1\n2\nx 3\n4\n");
    dir.file("logs/b.log.gz", gzip(b"x 1\nx 2\n3\n"));
    let counts = |args: &str| dir.logscan(&format!("--lines 2-3 {args} logs")).output();
    counts("-c").stdout_is("logs/a.log:2\nlogs/b.log.gz:2\n");
    counts("-c -e x").stdout_is("logs/a.log:1\nlogs/b.log.gz:1\n");
    counts("--count-matches -v -e x").stdout_is("logs/a.log:1\nlogs/b.log.gz:1\n");
    counts("-l -e 3").stdout_is("logs/a.log\nlogs/b.log.gz\n");
    counts("-q -e 4").code_is(1);
}
