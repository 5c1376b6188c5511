//! How lines are laid out: headings, trimming, long lines, `--passthru`, and which counts are
//! printed. Expected is what ripgrep 13 prints, but that files come in the order in which they are
//! named.

use super::support::{Dir, NOTHING, check, check_args};

/// A log with hits and a gap, one without a hit, and another with hits.
fn three_logs() -> Dir {
    let dir = Dir::new();
    dir.file("a", "y x\n1\n2\n3\nx\n");
    dir.file("none", "no\n");
    dir.file("b", "a x\nb\n\n\nx c\n");
    dir
}

#[track_caller]
fn prints(dir: &Dir, args: &str, want: &str) {
    for flags in ["--mmap", "--no-mmap", "--no-mmap --chunk-size=1 -j7"] {
        let output = dir.logscan(&format!("{flags} {args}")).output();
        output.stdout_is(want).code_is(0);
    }
}

// --heading

#[test]
fn a_heading_is_the_name_once_above_the_lines_of_a_file_and_an_empty_line_is_between_files() {
    let dir = three_logs();
    prints(&dir, "--heading x a none b", "a\ny x\nx\n\nb\na x\nx c\n");
    prints(
        &dir,
        "--heading -n -b --column x a b",
        "a\n1:3:0:y x\n5:1:10:x\n\nb\n1:3:0:a x\n5:1:8:x c\n",
    );
    prints(&dir, "--heading -o x a b", "a\nx\nx\n\nb\nx\nx\n");
    prints(&dir, "--heading -v x none a", "none\nno\n\na\n1\n2\n3\n");
    prints(&dir, "--heading --last 1 x a b", "a\nx\n\nb\nx c\n");
    prints(&dir, "--heading -m1 x a b", "a\ny x\n\nb\na x\n");
}

#[test]
fn a_heading_takes_the_place_of_the_separator_between_files_and_not_within_them() {
    let dir = three_logs();
    prints(
        &dir,
        "--heading -n -C1 x a none b",
        "a\n1:y x\n2-1\n--\n4-3\n5:x\n\nb\n1:a x\n2-b\n--\n4-\n5:x c\n",
    );
    prints(
        &dir,
        "--heading --group-separator=# -A0 x a b",
        "a\ny x\n#\nx\n\nb\na x\n#\nx c\n",
    );
    prints(
        &dir,
        "--heading --no-group-separator -A0 x a b",
        "a\ny x\nx\n\nb\na x\nx c\n",
    );
    prints(
        &dir,
        "--heading --passthru x none b",
        "none\nno\n\nb\na x\nb\n\n\nx c\n",
    );
}

#[test]
fn a_heading_names_files_where_they_are_named_otherwise() {
    let dir = three_logs();
    prints(&dir, "--heading x b", "a x\nx c\n");
    prints(&dir, "--heading -H x b", "b\na x\nx c\n");
    prints(&dir, "--heading -I x a b", "y x\nx\n\na x\nx c\n");
    prints(&dir, "--heading --null x a b", "a\0y x\nx\n\nb\0a x\nx c\n");
    prints(&dir, "--heading -c x a b", "a:2\nb:2\n");
    prints(&dir, "--heading -l x a none b", "a\nb\n");
    prints(&dir, "--heading -o --tally x a b", "4\tx\n");
    dir.logscan("--heading -H x -")
        .pipe(b"x\n")
        .output()
        .stdout_is("(standard input)\nx\n");
    dir.logscan("--heading --color=always x none b")
        .env("GREP_COLORS", "ne:mt=:fn=35")
        .output()
        .stdout_is("\x1b[35mb\x1b[m\na x\nx c\n");
    let json = |flags: &str| {
        let output = dir.logscan(&format!("{flags} --json x a")).output();
        output.text().lines().next().map(str::to_owned)
    };
    assert_eq!(json("--heading"), json(""));
}

#[test]
fn no_heading_takes_a_heading_back() {
    let dir = three_logs();
    prints(
        &dir,
        "--heading --no-heading x a b",
        "a:y x\na:x\nb:a x\nb:x c\n",
    );
    prints(&dir, "--no-heading --heading -m1 x a", "y x\n");
    prints(
        &dir,
        "--no-heading --heading -m1 x a b",
        "a\ny x\n\nb\na x\n",
    );
}

// --trim

const INDENTED: &[u8] =
    b"  ax \n\t\x0b\x0c\r x\n   \nx\n\xc2\xa0x\n    long long long x\n \r\n  x\r\n  x";

#[test]
fn trim_leaves_out_white_space_at_the_start_of_what_is_printed() {
    let dir = Dir::with_log(INDENTED);
    check(
        &dir,
        "--trim -n x",
        "1:ax \n2:x\n4:x\n5:\u{a0}x\n6:long long long x\n8:x\r\n9:x\n",
        0,
    );
    check(&dir, "--trim -v -n x", "3:\n7:\n", 0);
    check(&dir, "--trim -C1 -n ^x", "3-\n4:x\n5-\u{a0}x\n", 0);
    check(&dir, "--trim -m1 x", "ax \n", 0);
    check(&dir, "--trim --no-trim -m1 x", "  ax \n", 0);
    check(&dir, "--trim -c x", "7\n", 0);
}

#[test]
fn trim_changes_no_offset_and_no_column() {
    let dir = Dir::with_log(INDENTED);
    check(
        &dir,
        "--trim -n -b --column x",
        "1:4:0:ax \n2:6:6:x\n4:1:17:x\n5:3:19:\u{a0}x\n6:20:23:long long long x\n8:3:47:x\r\n9:3:52:x\n",
        0,
    );
    check_args(
        &dir,
        &["--trim", "-o", "-n", "-b", "--column", " +x"],
        "2:5:10:x\n6:19:41:x\n8:1:47:x\n9:1:52:x\n",
        0,
    );
}

#[test]
fn trim_leaves_out_white_space_of_matches_and_replacements_too() {
    let dir = Dir::with_log(INDENTED);
    check_args(
        &dir,
        &["--trim", "-o", "\\s+x$"],
        "x\n\u{a0}x\nx\nx\nx\n",
        0,
    );
    check_args(&dir, &["--trim", "-r", "  Y", "^ *x"], "Y\nY\r\nY\n", 0);
    check_args(&dir, &["--trim", "-r", " Y ", "ax|^x"], "Y  \nY \n", 0);
    check_args(
        &dir,
        &["--trim", "-o", "-r", " <$0>", "[ -]x"],
        "< x>\n< x>\n< x>\n< x>\n",
        0,
    );
}

#[test]
fn trim_and_colors_show_only_what_is_left_of_a_match() {
    let dir = Dir::with_log(INDENTED);
    let colored = |args: &[&str], want: &str| {
        let args = [&["--trim", "--color=always"], args, &["log"]].concat();
        dir.logscan("")
            .args(&args)
            .env("GREP_COLORS", "ne:mt=1:ln=")
            .output()
            .stdout_is(want);
    };
    colored(&["-m1", " *x"], "a\x1b[1mx\x1b[m \n");
    colored(&["^    l"], "\x1b[1ml\x1b[mong long long x\n");
    colored(&["-m1", " "], "ax\x1b[1m \x1b[m\n");
    colored(&["-v", "x"], "\n\n");
    colored(&["-o", "-m2", " *x"], "\x1b[1mx\x1b[m\n\x1b[1mx\x1b[m\n");
}

#[test]
fn max_columns_counts_what_trim_leaves_out() {
    let dir = Dir::with_log(INDENTED);
    let with = |long: &str| format!("ax \nx\nx\n\u{a0}x\n{long}\nx\r\nx\n");
    check(
        &dir,
        "--trim -M18 x",
        with("[Omitted long matching line]"),
        0,
    );
    check(&dir, "--trim -M21 x", with("long long long x"), 0);
    check(
        &dir,
        "--trim -M8 --max-columns-preview x",
        with("long [... omitted end of long line]"),
        0,
    );
    check_args(
        &dir,
        &["--trim", "-M8", "-o", "    long l"],
        "[Omitted long matching line]\n",
        0,
    );
}

// --max-columns

#[test]
fn a_line_feed_counts_for_max_columns_also_where_the_last_line_has_none() {
    for log in ["ab\n", "ab"] {
        let dir = Dir::with_log(log);
        let omitted = "[Omitted long matching line]\n";
        for (args, printed, most) in [
            ("a", "ab\n", 3),
            ("-n a", "1:ab\n", 3),
            ("-b a", "0:ab\n", 3),
            ("--column a", "1:1:ab\n", 3),
            ("-r c a", "cb\n", 3),
            ("-r ccc a", "cccb\n", 5),
            ("-o ab", "ab\n", 2),
            ("-o -r ccc ab", "ccc\n", 3),
            ("-C1 a", "ab\n", 3),
            ("--color=always a", "\x1b[01;31m\x1b[Ka\x1b[m\x1b[Kb\n", 3),
            ("-v x", "ab\n", 3),
        ] {
            check(&dir, &format!("-M{most} {args}"), printed, 0);
            let output = dir.logscan(&format!("-M{} {args} log", most - 1)).output();
            assert!(output.text().contains("[Omitted long "), "{output}");
        }
        check(&dir, "-M2 a", omitted, 0);
        check(
            &dir,
            "-M2 --max-columns-preview a",
            "ab [... omitted end of long line]\n",
            0,
        );
        check(&dir, "-M2 --passthru b$", omitted, 0);
        check(&dir, "-M2 --passthru x", "[Omitted long context line]\n", 1);
        check(&dir, "-M3 --passthru -o x", "ab\n", 1);
        check(
            &dir,
            "-M2 --passthru -o x",
            "[Omitted long context line]\n",
            1,
        );
    }
    // A CR is part of what is printed.
    let dir = Dir::with_log("ab\r\n");
    check(&dir, "-M4 a", "ab\r\n", 0);
    check(&dir, "-M3 a", "[Omitted long matching line]\n", 0);
}

// --passthru

#[test]
fn passthru_with_only_matching_shows_lines_without_a_match_whole() {
    let dir = Dir::with_log("a\nb x x\nc\nx");
    check(&dir, "--passthru -o x", "a\nx\nx\nc\nx\n", 0);
    check(&dir, "--passthru -n -o x", "1-a\n2:x\n2:x\n3-c\n4:x\n", 0);
    check(
        &dir,
        "--passthru -n -v -o x",
        "1:a\n2-x\n2-x\n3:c\n4-x\n",
        0,
    );
    check(&dir, "--passthru -b -o x", "0-a\n4:x\n6:x\n8-c\n10:x\n", 0);
    check(&dir, "--passthru -o -r <$0> x", "a\n<x>\n<x>\nc\n<x>\n", 0);
    check(&dir, "--passthru -o nothing", "a\nb x x\nc\nx\n", 1);
    check(&dir, "--passthru -c -o x", "2\n", 0);
    // Without it context has no place among matches, as in grep.
    check(&dir, "-C1 -o x", "x\nx\nx\n", 0);
}

#[test]
fn of_passthru_and_context_the_last_counts() {
    let dir = Dir::with_log("a\nb\nb x\nc\nd\nx");
    let all = "1-a\n2-b\n3:b x\n4-c\n5-d\n6:x\n";
    for args in ["-C1 --passthru", "-A1 -B0 --passthru", "-C9 -A0 --passthru"] {
        check(&dir, &format!("-n {args} x"), all, 0);
    }
    check(&dir, "-n --passthru -A1 b", "2:b\n3:b x\n4-c\n", 0);
    check(&dir, "-n --passthru -B1 c", "3-b x\n4:c\n", 0);
    check(&dir, "-n --passthru -C1 --passthru x", all, 0);
    check(&dir, "-n -C1 --passthru --no-passthru c", "4:c\n", 0);
}

// Counts

#[test]
fn count_matches_of_lines_that_do_not_match_counts_these_lines() {
    let dir = Dir::with_log("a\nb x x\nc\nx");
    check(&dir, "--count-matches -v x", "2\n", 0);
    check(&dir, "-v --count-matches -m1 x", "1\n", 0);
    check(&dir, "-v --count-matches .", "0\n", 1);
    check(&dir, "-v --count-matches --last 1 x", "1\n", 0);
    check(&dir, "--count-matches -v --no-invert-match x", "3\n", 0);
    check(&dir, "--count-matches -v x --not b", "3\n", 0);
    dir.file("z", "q\n");
    dir.file("x", "x\n");
    dir.logscan("--count-matches -v x log z x")
        .output()
        .stdout_is("log:2\nz:1\nx:0\n")
        .code_is(0);
}

#[test]
fn counts_of_zero_are_printed_unless_they_are_not_wanted() {
    let dir = three_logs();
    dir.file("patterns", "x\ny\nz\n");
    for (args, all, without) in [
        ("-c x a none b", "a:2\nnone:0\nb:2\n", "a:2\nb:2\n"),
        ("--count-matches x a none", "a:2\nnone:0\n", "a:2\n"),
        (
            "-c --by-pattern -f patterns a",
            "2\tx\n1\ty\n0\tz\n",
            "2\tx\n1\ty\n",
        ),
        ("-c x none", "0\n", ""),
        ("-c -v x none a", "none:1\na:3\n", "none:1\na:3\n"),
        ("-l x none a", "a\n", "a\n"),
    ] {
        let run = |flags: &str| dir.logscan(&format!("{flags} {args}")).output();
        let code = i32::from(without.is_empty());
        for flags in ["", "--include-zero", "--no-include-zero --include-zero"] {
            run(flags).stdout_is(all).code_is(code);
        }
        for flags in ["--no-include-zero", "--include-zero --no-include-zero"] {
            run(flags).stdout_is(without).code_is(code);
        }
    }
}

// --null-data

#[test]
fn null_data_says_what_to_use_instead() {
    let dir = Dir::with_log("a\0b\0");
    for args in ["--null-data a log", "--null-data -c a", "a log --null-data"] {
        let output = dir.logscan(args).output();
        output.stdout_is("").code_is(2);
        output.stderr_has("tr '\\0' '\\n' < FILE | logscan");
    }
    dir.logscan(&format!("--null-data --no-null-data -c a log {NOTHING}"))
        .output()
        .stdout_is(format!("log:1\n{NOTHING}:0\n"));
    dir.sh("tr '\\0' '\\n' < log | logscan -n b")
        .output()
        .stdout_is("2:b\n");
}
