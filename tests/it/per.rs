//! `--per`: hits by their times, in every kind of input and form, and what does not go with it.

use std::fs;

use super::support::{Dir, gzip, require, same_in_every_way};

/// A log of ten minutes, a line each second, with a line without a time behind every tenth.
fn log() -> String {
    let mut log = "ERROR above all times\n".to_owned();
    for second in 0..600 {
        let (minute, rest) = (second / 60, second % 60);
        let level = ["INFO", "WARN", "ERROR"][second % 3];
        if !(240..420).contains(&second) {
            log += &format!("2026-11-20T14:{minute:02}:{rest:02}Z {level} request {second}\n");
            if second % 10 == 0 {
                log += &format!("    at ERROR {second}\n");
            }
        }
    }
    log
}

const UNDATED: &str =
    "logscan: 1 hit is in no bucket, as no line above it in its file has a time\n";

/// 20 errors a minute, and six lines below others.
const CSV: &str = "\
start,end,hits
2026-11-20T15:00:00+01:00,2026-11-20T15:02:00+01:00,52
2026-11-20T15:02:00+01:00,2026-11-20T15:04:00+01:00,52
2026-11-20T15:06:00+01:00,2026-11-20T15:08:00+01:00,26
2026-11-20T15:08:00+01:00,2026-11-20T15:10:00+01:00,52
";

#[test]
fn hits_are_counted_by_their_times_in_every_way() {
    let dir = Dir::with_log(log());
    let args = "--per 2m --tz +01:00 --format csv ERROR";
    let output = same_in_every_way(&dir, args);
    output.stdout_is(CSV).stderr_has(UNDATED).code_is(0);
    let text = dir.logscan("--per 1m --tz UTC ERROR log").output();
    let lines: Vec<String> = text.text().lines().map(String::from).collect();
    assert_eq!(lines[0], "per 1m, UTC       hits");
    assert!(
        lines[1].starts_with("2026-11-20 14:00    26 █"),
        "{lines:?}"
    );
    assert_eq!(lines[5], "... 3 without hits");
    assert_eq!(lines.len(), 9);
    let ascii = dir
        .logscan("--per 1m --tz UTC ERROR log")
        .env("LC_ALL", "C");
    assert!(ascii.output().text().contains("   26 ####"));
    let none = dir.logscan("--per 1m absent log").output();
    none.stdout_is("").stderr_is_empty().code_is(1);
}

#[test]
fn conditions_ranges_and_limits_choose_what_is_counted() {
    let dir = Dir::with_log(log());
    #[track_caller]
    fn counts(dir: &Dir, args: &str, want: &[u64]) {
        let args = format!("--per 1m --tz UTC --format csv {args}");
        let text = dir.logscan(&args).output().text();
        let rows = text.lines().skip(1);
        let hits = rows.map(|row| row.split(',').nth(2).unwrap().parse().unwrap());
        assert_eq!(hits.collect::<Vec<u64>>(), want, "{args}");
    }
    counts(
        &dir,
        "--and request ERROR log",
        &[20, 20, 20, 20, 20, 20, 20],
    );
    counts(&dir, "--not request ERROR log", &[6, 6, 6, 6, 6, 6, 6]);
    counts(
        &dir,
        "-v -e INFO -e WARN log",
        &[26, 26, 26, 26, 26, 26, 26],
    );
    counts(&dir, "-m 30 ERROR log", &[26, 3]);
    let range = "--since 2026-11-20T14:03Z --until 2026-11-20T14:08:30Z";
    counts(&dir, &format!("{range} ERROR log"), &[26, 26, 13]);
    counts(
        &dir,
        &format!("{range} -F -e ERROR -e ERR log"),
        &[26, 26, 13],
    );
}

#[test]
fn folders_rotated_and_compressed_logs_are_counted_together() {
    let dir = Dir::new();
    let log = log();
    let lines: Vec<&str> = log.split_inclusive('\n').collect();
    fs::create_dir(dir.path().join("logs")).unwrap();
    dir.file("logs/app.log.2.gz", gzip(lines[..100].concat().as_bytes()));
    // The last line of this one has the lines without a time in the next below it.
    dir.file("logs/app.log.1", lines[100..200].concat());
    dir.file("logs/app.log", lines[200..].concat());
    let args = "--per 2m --tz +01:00 --format csv --one-log ERROR logs";
    dir.logscan(args).output().stdout_is(CSV).code_is(0);
    let args = "--per 2m --tz +01:00 --format csv ERROR logs";
    let together = dir.logscan(args).output().text();
    assert_eq!(together.lines().count(), CSV.lines().count());
}

#[test]
fn each_form_has_what_it_needs() {
    let dir = Dir::with_log(log());
    let jsonl = dir.logscan("--per 1d --tz UTC --format jsonl -e ERROR -e WARN log");
    jsonl.output().stdout_is(
        r#"{"type":"begin","schema":1,"width_s":86400,"asked_s":null,"zone":"UTC","patterns":["ERROR","WARN"]}
{"type":"bucket","start":"2026-11-20T00:00:00+00:00","end":"2026-11-21T00:00:00+00:00","hits":322,"by_pattern":[182,140]}
{"type":"end","hits":322,"undated":1,"buckets":1}
"#,
    );
    let page = dir
        .logscan("--per auto --format html ERROR log")
        .output()
        .text();
    assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>\n"));
    let picture = dir
        .logscan("--per auto --format svg ERROR log")
        .output()
        .text();
    assert!(picture.starts_with("<svg xmlns=") && picture.ends_with("</svg>\n"));
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    if !require("script") {
        return;
    }
    let dir = Dir::with_log(log());
    for columns in [20, 40] {
        let args = "--per 1m --tz UTC -e ERROR -e WARN -e INFO log";
        let script = format!("stty cols {columns} rows 30; logscan {args} 2> messages");
        let text = dir.on_terminal(&script).output().text();
        assert!(text.contains("2026-11-20 14:00"), "{text}");
        let widths = text.lines().map(|line| line.trim_end().chars().count());
        assert!(widths.max() <= Some(columns), "{columns}: {text}");
    }
}

#[test]
fn the_empty_pattern_has_a_name_among_several() {
    let dir = Dir::with_log(log());
    let head = |args: &str| {
        let args = format!("--per 1d --tz UTC {args} -e INFO -e '' log");
        let text = dir.logscan(&args).output().text();
        text.lines().next().unwrap_or_default().to_owned()
    };
    assert_eq!(head("--format csv"), "start,end,hits,INFO,all lines");
    assert!(head("").ends_with("all lines"));
    assert!(head("--format jsonl").contains(r#""patterns":["INFO","all lines"]"#));
    assert!(head("-x --format csv").ends_with("INFO,empty lines"));
}

#[test]
fn the_span_that_auto_took_is_shown() {
    let dir = Dir::with_log(log());
    let text = dir.logscan("--per auto --tz UTC ERROR log").output().text();
    assert!(text.starts_with("per 30s, UTC "), "{text}");
}

#[test]
fn what_does_not_go_with_it_is_said() {
    let dir = Dir::with_log(log());
    for (args, want) in [
        (
            "--format csv ERROR log",
            "--format is for --per, --select, --count-by and --agg, and does nothing by itself; --json prints the hits themselves for programs",
        ),
        (
            "--per 5 ERROR log",
            "a span of time is a number with its unit",
        ),
        ("--per 0s ERROR log", "a bucket is at least 1s long"),
        ("--per 1m -c ERROR log", "--count"),
        ("--per 1m --last 3 ERROR log", "--last"),
        ("--per 1m --tally ERROR log", "--tally"),
        ("--per 1m --by-pattern ERROR log", "--by-pattern"),
        (
            "--per 1m -n ERROR log",
            "--per cannot be used with --line-number: it prints counts",
        ),
        ("--per 1m -A1 ERROR log", "--after-context"),
        ("--per 1m -3 ERROR log", "--context"),
        ("--per 1m --passthru ERROR log", "--passthru"),
        ("--per 1m --column ERROR log", "--column"),
        ("--per 1m -r x ERROR log", "--replace"),
        ("--per 1m --heading ERROR log", "--heading"),
        ("--per 1m --trim ERROR log", "--trim"),
        ("--per 1m -M 80 ERROR log", "--max-columns"),
        ("--json --by-pattern ERROR log", "--by-pattern needs -c"),
        (
            "--per 1m --format json ERROR log",
            "--json prints the hits themselves",
        ),
        ("--per 1m --tz Nowhere ERROR log", "no zone is called so"),
    ] {
        let output = dir.logscan(args).output();
        output.stdout_is("").stderr_has(want).code_is(2);
    }
    // The last flag counts.
    let output = dir
        .logscan("--per 1d --format csv -n -N ERROR log")
        .output();
    output.code_is(0);
    let many: String = (0..21).map(|nth| format!("-e {nth} ")).collect();
    let output = dir
        .logscan(&format!("--per 1d --format csv {many} log"))
        .output();
    output
        .stderr_has("--per counts the hits of all 21 patterns together")
        .code_is(0);
}
