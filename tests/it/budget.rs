//! `--budget`: what fits, of searches and of templates.

use crate::{
    archives::tar_of,
    support::{Dir, Output},
};

fn log() -> String {
    let line = |nth: u64| match nth % 50 {
        7 => format!("2026-11-28 10:00:00 ERROR disk {nth} failed\n"),
        _ if nth == 777 => "2026-11-28 10:00:01 ERROR the cellar is on fire\n".into(),
        n if n % 2 == 0 => format!("2026-11-28 10:00:02 WARN request {nth} took {nth} ms\n"),
        _ => format!("2026-11-28 10:00:03 INFO fine {nth}\n"),
    };
    (0..5000).map(line).collect()
}

/// Returns the arguments that the last line of a page advises.
#[track_caller]
fn advised(output: &Output) -> String {
    let text = output.text();
    let foot = text.lines().last().expect("there is a line");
    let (_, advice) = foot.split_once("; logscan ").expect("it is an advice");
    let command = advice.strip_suffix(" prints more");
    command.expect("it says what it does").to_owned()
}

#[test]
fn hits_never_pass_the_budget_and_the_rarest_kind_is_among_them() {
    let dir = Dir::with_log(log());
    for (size, chars_max, lines_max) in [
        ("200", 800, usize::MAX),
        ("1000", 4000, usize::MAX),
        ("1K", 1024, usize::MAX),
        ("6lines", usize::MAX, 6),
    ] {
        let args = format!("--budget {size} ERROR|WARN log");
        let output = dir.logscan(&args).output();
        let text = output.text();
        assert!(text.chars().count() <= chars_max, "{output}");
        assert!(text.lines().count() <= lines_max, "{output}");
        assert!(text.starts_with("log: 2601 hits of 3 kinds"), "{output}");
        assert!(
            text.contains("    778     x1 | 2026-11-28 10:00:01 ERROR the cellar"),
            "{output}"
        );
        for other in [
            "-j1 --chunk-size 1K",
            "-j2 --mmap",
            "-j7 --no-mmap --chunk-size 100",
        ] {
            let other = dir.logscan(&format!("{other} {args}")).output();
            assert_eq!(other.text(), text);
        }
    }
}

#[test]
fn the_advice_at_the_end_of_a_budget_is_a_command_that_prints_more() {
    let dir = Dir::with_log(log());
    let output = dir.logscan("--budget 200 ERROR|WARN log").output();
    assert!(output.text().contains("\nleft out: 25"), "{output}");
    let more = dir.logscan(&advised(&output)).output();
    assert_eq!(more.text().lines().count(), 41, "{more}");
}

#[test]
fn a_budget_is_refused_where_it_makes_no_sense() {
    let dir = Dir::with_log("a\n");
    for flag in [
        "--json",
        "-o",
        "-c",
        "--count-matches",
        "-l",
        "-L",
        "-q",
        "-C1",
        "-A1",
        "-B1",
        "--passthru",
        "--per=1s",
        "--merge",
        "--records",
        "-b",
        "--column",
        "--replace=x",
        "-o --tally",
    ] {
        let output = dir.logscan(&format!("--budget 500 {flag} a log")).output();
        output.code_is(2).stderr_has("'--budget <SIZE>");
    }
    dir.logscan("--budget 100 a log")
        .output()
        .code_is(2)
        .stderr_has("a budget is at least 200 tokens");
    dir.logscan("--budget 200 b log")
        .output()
        .code_is(1)
        .stdout_is("");
    for flags in ["--top 3", "--assign", "--example"] {
        let output = dir
            .logscan(&format!("templates --budget 300 {flags} log"))
            .output();
        output.code_is(2).stderr_has("'--budget <SIZE>'");
    }
    dir.logscan("templates --budget 300 --format json log")
        .output()
        .code_is(2)
        .stderr_has("--budget is for the text format");
}

#[test]
fn several_logs_share_a_budget_and_each_is_named_above_its_hits() {
    let dir = Dir::new();
    dir.file("logs/a", "x ERROR 1\n");
    dir.file("logs/b", "nothing\n");
    dir.file("logs/c", "y\nx ERROR 2\n");
    let output = dir.logscan("--budget 500 ERROR logs").output();
    let want = "3 logs: 2 hits of 1 kind; xN: N hits of a kind, the first is shown; last: its last
logs/a:
      1     x2 | x ERROR 1
logs/c:
      2   last | x ERROR 2
";
    output.code_is(0).stdout_is(want);
}

#[test]
fn the_advice_about_a_member_of_an_archive_is_a_command_too() {
    let dir = Dir::new();
    dir.file(
        "a.tar",
        tar_of(&[("logs/a.log", log().as_bytes()), ("logs/b.log", b"b\n")]),
    );
    let output = dir.logscan("--budget 200 ERROR a.tar").output();
    assert!(
        output.text().ends_with(" 'a.tar!logs/a.log' prints more\n"),
        "{output}"
    );
    let more = dir.logscan(&advised(&output).replace('\'', "")).output();
    assert_eq!(more.code_is(0).text().lines().count(), 41, "{more}");
}

#[test]
fn kinds_of_lines_never_pass_the_budget_and_the_rare_and_the_most_frequent_are_among_them() {
    let words = |nth: u64| {
        let letter = |nth: u64| char::from(b'a' + u8::try_from(nth % 26).unwrap_or(0));
        let name: String = [nth / 26, nth, nth / 7].map(letter).into_iter().collect();
        format!("{name} happened once to {name}\n")
    };
    let dir = Dir::with_log(log() + &(0..400).map(words).collect::<String>());
    for (size, chars_max, lines_max) in [
        ("200", 800, usize::MAX),
        ("1000", 4000, usize::MAX),
        ("2K", 2048, usize::MAX),
        ("6lines", usize::MAX, 6),
        ("1M", 1 << 20, usize::MAX),
    ] {
        let args = format!("templates --no-records --budget {size} log");
        let output = dir.logscan(&args).output();
        let text = output.text();
        assert!(text.chars().count() <= chars_max, "{output}");
        assert!(text.lines().count() <= lines_max, "{output}");
        assert!(text.contains("the cellar is on fire"), "{output}");
        assert!(text.contains("fine <num>"), "{output}");
        let is_all = size == "1M";
        assert_eq!(text.contains("left out: "), !is_all, "{output}");
        for other in [
            "-j1 --chunk-size 1K",
            "-j2 --mmap",
            "-j7 --no-mmap --chunk-size 100",
        ] {
            let other = dir.logscan(&format!("{args} {other}")).output();
            assert_eq!(other.text(), text);
        }
    }
    let output = dir
        .logscan("templates --no-records --budget 200 log")
        .output();
    let more = dir.logscan(&advised(&output)).output();
    assert!(
        more.text().lines().count() > output.text().lines().count(),
        "{more}"
    );
}

#[test]
fn new_kinds_come_first_within_a_budget() {
    let dir = Dir::with_log(log());
    dir.file("other", log().replace("the cellar is on fire", "fine 3"));
    let output = dir
        .logscan("templates --budget 300 --diff other log")
        .output();
    let text = output.text();
    assert!(text.starts_with("log: 1 kind changed; "), "{output}");
    assert!(
        text.contains(" new       1       0     778 | the cellar is on fire"),
        "{output}"
    );
}

#[test]
fn the_command_of_the_guide_for_counts_over_time_prints_as_many_bars_as_it_says() {
    let dir = Dir::new();
    let line = |nth: u32| format!("2026-11-28 {:02}:{:02}:00 ERROR x\n", nth / 60, nth % 60);
    dir.file("app.log", (0..1440).map(line).collect::<String>());
    let guide = dir.logscan("generate skill").output().text();
    let row = guide.lines().find(|line| line.contains("--per "));
    let row = row.expect("it has such a command");
    assert!(row.contains("at most 40 bars"), "{row}");
    let command = row.split('`').nth(1).expect("it is code");
    let output = dir.sh(command).output();
    let bars = output.code_is(0).text().lines().count() - 1;
    assert!((2..=40).contains(&bars), "{output}");
    assert!(
        !guide.contains("Every command below prints at most"),
        "{guide}"
    );
}

#[test]
fn each_command_of_the_guide_for_programs_works_and_stays_within_its_budget() {
    let dir = Dir::with_log("");
    dir.file(
        "app.log",
        log() + "2026-11-28 14:02:03 ERROR status=500 again\n",
    );
    dir.file("old.log", log());
    dir.file("logs/a.log", log());
    dir.file("green.log", "$ cargo test\ntest a ... ok\n");
    dir.file(
        "build.log",
        "$ cargo test\ntest a ... FAILED\nerror: test failed\nexit code: 101\n",
    );
    let guide = dir.logscan("generate skill").output();
    let text = guide.code_is(0).text();
    assert!(
        text.starts_with("---\nname: logscan\ndescription: "),
        "{guide}"
    );
    let (_, head) = text.split_once("description: ").expect("it has one");
    assert!(
        head.lines().next().is_some_and(|line| line.len() <= 1024),
        "{guide}"
    );
    let commands: Vec<&str> = text
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|code| code.starts_with("logscan "))
        .collect();
    assert!(commands.len() >= 10, "{guide}");
    for command in commands {
        let output = dir.sh(command).output();
        output.code_is(0);
        let printed = output.text();
        let budget = command.split_once("--budget ").map(|(_, rest)| rest);
        let budget = budget.and_then(|rest| rest.split(' ').next()?.parse().ok());
        let chars_max = budget.map_or(10_000, |tokens: usize| 4 * tokens);
        assert!(printed.chars().count() <= chars_max, "{output}");
        assert!(!printed.is_empty(), "{output}");
    }
}

/// The lines of a log with some numbers, as many as fit so many lines, and what is said of the rest.
fn rows_within(log: &str, numbers: &[(usize, usize)], lines_max: usize, rest: &str) -> String {
    let lines = (1..).zip(log.lines());
    let lines = lines.filter(|(number, _)| {
        let is_in = |(first, last): &(usize, usize)| (*first..=*last).contains(number);
        numbers.iter().any(is_in)
    });
    let rows: Vec<String> = lines
        .map(|(number, line)| format!("{number:>7} | {line}\n"))
        .collect();
    // One line is needed for what is said at the end.
    let fits = rows.len() <= lines_max;
    let shown = if fits { rows.len() } else { lines_max - 1 };
    let mut text = rows[..shown].concat();
    if let Some(next) = rows.get(shown) {
        let next = next.split('|').next().expect("it has one").trim();
        let args = format!("--lines {rest} --budget {lines_max}lines log");
        text += &format!("left out: the lines from {next} on; logscan {args} prints more\n");
    }
    text
}

#[test]
fn numbered_lines_within_a_budget_are_the_lines_in_order_until_it_is_used_up() {
    let log = log();
    let dir = Dir::with_log(&log);
    dir.sh("gzip -k log").output().code_is(0);
    let check = |numbers: &str, ranges: &[(usize, usize)], lines_max: usize, rest: &str| {
        let want = rows_within(&log, ranges, lines_max, rest);
        for flags in ["-j1", "-j7 --chunk-size 100", "--no-mmap --chunk-size 1K"] {
            let args = format!("{flags} --lines {numbers} --budget {lines_max}lines log");
            let output = dir.logscan(&args).output();
            output.code_is(0);
            assert_eq!(output.text(), want, "{args}");
            let output = dir.logscan(&format!("{args}.gz")).output();
            assert_eq!(output.text(), want.replace(" log ", " log.gz "), "{args}");
        }
    };
    check("2-4", &[(2, 4)], 5, "");
    check("10-20,35", &[(10, 20), (35, 35)], 8, "17-20,35");
    check("4990-", &[(4990, 5000)], 11, "");
    check("4990-", &[(4990, 5000)], 10, "4999-");
    check("1-", &[(1, 5000)], 200, "200-");
    let output = dir.logscan("--lines 5001- --budget 200 log").output();
    output.code_is(1).stdout_is("");
    // A pattern beside the numbers asks for its hits, of all kinds.
    let output = dir
        .logscan("--lines 1-900 --budget 300 -e ERROR log")
        .output();
    assert!(
        output.text().starts_with("log: 19 hits of 2 kinds"),
        "{output}"
    );
}

#[test]
fn numbered_lines_never_pass_the_budget_and_the_rest_can_be_asked_for() {
    let log: String = (1..400)
        .map(|nth| {
            let text = ["\u{e4}", "x", "\u{7}"][nth % 3];
            format!("{nth} {}\n", text.repeat(nth * 7 % 1000))
        })
        .collect();
    let dir = Dir::with_log(&log);
    for (size, most) in [("200", 800), ("1000", 4000), ("2K", 2048)] {
        let mut args = format!("--lines 3-390 --budget {size} log");
        let mut seen = Vec::new();
        loop {
            let output = dir.logscan(&args).output();
            let text = output.text();
            let cost = match size.ends_with('K') {
                true => text.len(),
                false => text.chars().count(),
            };
            assert!(cost <= most, "{args}: {cost}");
            assert!(text.lines().next().unwrap().contains(" | "), "{args}");
            let rows = text.lines().filter_map(|line| line.split_once(" | "));
            seen.extend(rows.map(|(number, _)| number.trim().parse::<usize>().unwrap()));
            let last = text.lines().last().unwrap();
            if !last.starts_with("left out: the lines from") {
                break;
            }
            args = advised(&output);
        }
        assert_eq!(seen, (3..=390).collect::<Vec<usize>>());
    }
}

#[test]
fn one_long_line_is_printed_whole_if_it_fits_and_a_cut_one_is_counted() {
    let dir = Dir::with_log(format!("{}\n", "q".repeat(9000)));
    let whole = dir.logscan("--lines 1 --budget 2500 log").output();
    assert_eq!(whole.text(), format!("      1 | {}\n", "q".repeat(9000)));
    let cut = dir.logscan("--lines 1 --budget 2000 log").output();
    let foot = "\nleft out: the middle of 1 line; a larger budget shows more\n";
    assert!(cut.text().ends_with(foot), "{cut}");
    assert!(cut.text().contains(" characters ...]"), "{cut}");
}

#[test]
fn the_command_at_the_end_reads_the_same_lines_and_goes_on_where_the_page_ends() {
    let line = |nth: u64| format!("2026-11-28 10:00:{:02} line {nth}\n", nth % 60);
    let lines = |from: u64, to: u64| (from..to).map(line).collect::<String>();
    let dir = Dir::new();
    dir.file("app.log.2", lines(1, 21));
    dir.file("app.log.1", lines(21, 41));
    dir.file("app.log", lines(41, 59));
    for (name, from) in [
        ("app.log.3", 900),
        ("app.log.2", 1),
        ("app.log.1", 21),
        ("app.log", 41),
    ] {
        dir.file(&format!("rot/{name}"), lines(from, from + 20));
    }
    dir.file("cr.log", lines(1, 59).replace('0', "\r"));
    let latin: Vec<u8> = lines(1, 59)
        .bytes()
        .map(|byte| if byte == b'-' { 0xe4 } else { byte })
        .collect();
    dir.file("latin.log", latin);
    for (flags, files) in [
        ("--one-log", "app.log.2 app.log.1 app.log"),
        ("--cr-lines", "cr.log"),
        ("--encoding latin1", "latin.log"),
        ("--not 'line 1'", "app.log.2"),
        ("-i --not 'LINE 1'", "app.log.2"),
        ("-F --not '1 '  --and '0:'", "app.log.2"),
        ("--cr-lines --no-cr-lines", "app.log.1"),
        ("--one-log --exclude '*.3'", "rot"),
        ("--since 10:00:25 --until 10:00:38", "app.log.1"),
    ] {
        let command = |args: &str| {
            let output = dir.sh(&format!("logscan {args}")).output();
            output.code_is(0);
            output
        };
        let whole = command(&format!("{flags} --lines 2- --budget 4000lines {files}"));
        let mut args = format!("{flags} --lines 2- --budget 5lines {files}");
        let mut rows = String::new();
        loop {
            let output = command(&args);
            let text = output.text();
            let (own, foot) = text.rsplit_once("left out: ").unwrap_or((&text, ""));
            rows += own;
            if foot.is_empty() {
                break;
            }
            args = advised(&output);
        }
        assert_eq!(rows, whole.text(), "{flags}");
        assert!(rows.lines().count() > 8, "{flags}");
    }
    // In a range of bytes lines have other numbers, so no command is advised.
    let output = dir
        .logscan("--byte-range 100: --budget 5lines line app.log")
        .output();
    let last = output.text().lines().last().unwrap().to_owned();
    assert!(
        last.starts_with("left out: ") && !last.contains(';'),
        "{last}"
    );
    // What -m counts begins anew with each command, so none is advised.
    let output = dir
        .logscan("-m 10 --lines 2- --budget 5lines app.log")
        .output();
    let foot = "\nleft out: the lines from 6 on\n";
    assert!(output.text().ends_with(foot), "{output}");
}

#[test]
fn pages_of_hits_and_kinds_advise_commands_with_the_flags_that_were_typed() {
    let dir = Dir::with_log(log());
    dir.file("cr.log", log().replace(" ERROR", "\rERROR"));
    let foot = |args: &str| {
        let output = dir.logscan(args).output();
        output.text().lines().last().unwrap().to_owned()
    };
    let hits = foot("--cr-lines --budget 200 ERROR cr.log");
    assert!(hits.contains("; logscan --cr-lines --lines "), "{hits}");
    let texts = [
        "disk full",
        "no route to it",
        "open: door",
        "it rains",
        "a b c d",
        "hot (sun)",
    ];
    let lines = texts.map(|text| format!("2026-11-28 10:00:00 INFO {text}\n"));
    dir.file("kinds.log", lines.concat());
    let kinds = foot("templates --budget 5lines --since 09:00 kinds.log");
    let want = "; logscan templates --since=09:00 --rare --top ";
    assert!(kinds.contains(want), "{kinds}");
    let digest = foot("digest --since 10:00:02 --budget 8lines log");
    assert!(
        digest.contains("; logscan digest --since=10:00:02 log prints all"),
        "{digest}"
    );
}

#[test]
fn the_logs_behind_the_one_that_is_cut_are_named_or_counted() {
    let dir = Dir::new();
    for name in ["a.log", "b.log", "c.log"] {
        dir.file(
            name,
            (1..40)
                .map(|nth| format!("line {nth}\n"))
                .collect::<String>(),
        );
    }
    let foot = |args: &str| {
        let output = dir.logscan(args).output();
        output.text().lines().last().unwrap().to_owned()
    };
    let two = foot("--lines 1-9 --budget 7lines a.log b.log");
    let want = "left out: the lines from 6 on and those of b.log; \
                logscan --lines 6-9 --budget 7lines a.log prints more";
    assert_eq!(two, want);
    let three = foot("--lines 1-9 --budget 7lines a.log b.log c.log");
    assert!(
        three.contains(" and 2 more logs, the next is b.log; "),
        "{three}"
    );
}
