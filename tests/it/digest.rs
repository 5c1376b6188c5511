//! `logscan digest`: one page about a log, its formats, and what it is asked for.

use serde_json::Value;

use super::support::{Dir, Output, gzip};

/// A log of two runs, with an error, a burst and a silence.
fn log() -> String {
    let mut log = String::new();
    for (run, hour) in [(1, 10), (2, 11)] {
        log += &format!("2026-11-28T{hour}:00:00Z INFO starting app version 2.{run}\n");
        log += &format!("2026-11-28T{hour}:00:00Z INFO listening on port 80\n");
        for nth in 0..600 {
            let (minute, second) = (nth / 60, nth % 60);
            let level = if nth % 100 == 50 { "WARN" } else { "INFO" };
            log += &format!("2026-11-28T{hour}:{minute:02}:{second:02}Z {level} request {nth}\n");
        }
    }
    log += &"2026-11-28T11:10:00Z ERROR disk 3 failed\n".repeat(100);
    log + "2026-11-28T11:10:01Z INFO the cellar is on fire\n"
}

fn parsed(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).expect("it is JSON")
}

#[test]
fn a_page_says_what_is_in_a_log_in_every_way_of_reading() {
    let dir = Dir::with_log(log());
    let output = dir.logscan("digest --tz UTC log").output();
    output.code_is(0).stderr_is_empty();
    let text = output.text();
    for want in [
        "log: 1305 lines, ",
        "\nformat    plain text\n",
        "\ncolumns   time level message\n",
        "\ntimes     2026-11-28 10:00:00 to 2026-11-28 11:10:01, 1h10m1s\n",
        "\nzone      UTC, also of times without one\n",
        "\nlevels    info 1193, warn 12, error 100\n",
        "\nerrors by their level: 100 lines; line | text\n",
        " ... 94 more\n",
        "\nstarts, by their words: 2; line | text\n    1 | 2026-11-28T10:00:00Z INFO starting app version 2.1\n",
        "  603 | 2026-11-28T11:00:00Z INFO starting app version 2.2\n",
        "\nsilences of 5s and more: 1; ",
        "  50m1s  2026-11-28 10:09:59  602  603\n",
        "the cellar is on fire",
        "\nthe first error:   logscan -n --lines 1205-1225 log\n",
    ] {
        assert!(text.contains(want), "{want:?} is not in {output}");
    }
    for args in [
        "-j1 --chunk-size 1K",
        "-j2 --mmap",
        "-j7 --no-mmap --chunk-size 100",
    ] {
        let other = dir.logscan(&format!("digest --tz UTC {args} log")).output();
        assert_eq!(other.text(), text, "{args}");
    }
    let piped = dir.logscan("digest --tz UTC").pipe(log()).output();
    assert_eq!(
        piped.text().lines().skip(1).take(20).collect::<Vec<_>>(),
        text.lines().skip(1).take(20).collect::<Vec<_>>()
    );
    dir.file("log.gz", gzip(log().as_bytes()));
    let json = parsed(&dir.logscan("digest --format json log.gz").output());
    assert_eq!(json["formats"][0]["what"], "plain text in gzip data");
    assert_eq!(json["lines"]["count"], 1305);
}

#[test]
fn the_advised_commands_print_what_they_say() {
    let dir = Dir::with_log(log());
    let text = dir.logscan("digest --tz UTC log").output().text();
    let mut advised = text
        .lines()
        .filter_map(|line| line.split_once(": "))
        .filter_map(|(what, rest)| Some((what, rest.trim().strip_prefix("logscan ")?)));
    let mut count = 0;
    advised.all(|(what, command)| {
        let output = dir.logscan(command).output();
        output.code_is(0);
        let want = match what {
            "the first error" => "disk 3 failed",
            "the largest burst" => "disk <num> failed",
            _ => "",
        };
        assert!(output.text().contains(want), "{what}: {output}");
        count += 1;
        true
    });
    assert!(count >= 3, "{text}");
}

#[test]
fn the_exit_status_says_whether_there_is_a_line() {
    let dir = Dir::with_log("");
    dir.logscan("digest log").output().code_is(1).stdout_is("");
    dir.file("one", "up\n");
    dir.logscan("digest one")
        .output()
        .code_is(0)
        .stderr_is_empty();
    let output = dir.logscan("digest one no-such").output();
    output.code_is(2).stderr_has("no-such");
    assert!(output.text().starts_with("one: 1 line, "), "{output}");
    dir.logscan("digest --max-line-bytes 1 one")
        .output()
        .code_is(2)
        .stderr_has("longer than");
}

#[test]
fn a_budget_is_kept_and_is_for_text() {
    let dir = Dir::with_log(log());
    for (size, chars_max, lines_max) in [
        ("200", 800, usize::MAX),
        ("300", 1200, usize::MAX),
        ("1K", 1024, usize::MAX),
        ("12lines", usize::MAX, 12),
    ] {
        let output = dir.logscan(&format!("digest --budget {size} log")).output();
        let text = output.text();
        output.code_is(0);
        assert!(text.chars().count() <= chars_max, "{output}");
        assert!(text.lines().count() <= lines_max, "{output}");
        assert!(text.contains("left out: "), "{output}");
        assert!(
            text.contains("; logscan digest log prints all\n"),
            "{output}"
        );
    }
    dir.logscan("digest --budget 300 --format json log")
        .output()
        .code_is(2)
        .stderr_has("--budget is for the text format");
    dir.logscan("digest --budget 100 log")
        .output()
        .code_is(2)
        .stderr_has("a budget is at least 200 tokens");
}

#[test]
fn only_lines_of_some_times_are_in_a_digest_if_that_is_asked_for() {
    let dir = Dir::with_log(log());
    let args = "digest --tz UTC --since 2026-11-28T11:00 --until @+5m --format json log";
    let json = parsed(&dir.logscan(args).output());
    assert_eq!(json["lines"]["count"], 302);
    assert_eq!(json["times"]["first"]["line"], 603);
    assert_eq!(json["kinds"]["frequent"][0]["first"]["line"], 605);
    let local = parsed(&dir.logscan("digest --tz +02:00 --format json log").output());
    assert_eq!(local["times"]["first"]["time"], "2026-11-28T12:00:00+02:00");
    dir.logscan("digest --slack 5s log")
        .output()
        .code_is(2)
        .stderr_has("--slack is for --since");
}

#[test]
fn a_log_without_times_is_said_to_have_none_and_nothing_else_is_said() {
    let dir = Dir::with_log("a line\nanother\nBuild failed\n");
    let output = dir.logscan("digest log").output();
    output.code_is(0).stderr_is_empty();
    assert!(
        output.text().contains("times     no line has a time\n"),
        "{output}"
    );
    assert!(
        output
            .text()
            .contains("errors by a word such as failed: 1 line;"),
        "{output}"
    );
}

#[test]
fn the_logs_of_a_folder_are_one_page_and_places_have_names() {
    let dir = Dir::new();
    dir.file("logs/a.log", "2026-11-28T10:00:00Z INFO up\n");
    dir.file("logs/b.log", "2026-11-28T10:00:01Z ERROR down\n");
    dir.file("logs/c.txt", "2026-11-28T10:00:02Z ERROR out\n");
    let output = dir.logscan("digest --include *.log logs").output();
    output.code_is(0);
    let text = output.text();
    assert!(text.starts_with("2 logs: 2 lines, "), "{output}");
    assert!(
        text.contains("b.log:1 | 2026-11-28T10:00:01Z ERROR down\n"),
        "{output}"
    );
}

#[test]
fn every_format_is_of_the_same_log() {
    let dir = Dir::with_log(log());
    let html = dir.logscan("digest --format html log").output();
    html.code_is(0).stderr_is_empty();
    let html = html.text();
    assert!(html.starts_with("<!DOCTYPE html>") && html.ends_with("</html>\n"));
    for part in [
        "<svg",
        "class=\"error\"",
        "disk 3 failed",
        "<h1>log: 1305 lines",
    ] {
        assert!(html.contains(part), "{part}");
    }
    assert!(!html.contains("<script") && !html.contains("http"));
    let markdown = dir.logscan("digest --format markdown log").output().text();
    for part in [
        "### log: 1305 lines",
        "| line | text |",
        "<code>logscan templates",
    ] {
        assert!(markdown.contains(part), "{part} is not in {markdown}");
    }
    let json = parsed(&dir.logscan("digest --format json log").output());
    assert_eq!(json["schema"], 1);
    assert_eq!(json["errors"]["count"], 100);
    assert_eq!(json["starts"]["count"], 2);
}

#[test]
fn an_empty_log_is_a_valid_document_in_each_format_for_programs() {
    let dir = Dir::with_log("");
    let printed = |args: &str| {
        let output = dir.logscan(&format!("digest {args}")).output();
        output.code_is(1).stderr_is_empty();
        output.text()
    };
    assert_eq!(printed("log"), "");
    assert_eq!(printed("--budget 500 log"), "");
    for log in ["log", "log log"] {
        let page = printed(&format!("--format html {log}"));
        assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>\n"));
        assert!(page.contains("0 lines"), "{page}");
        let markdown = printed(&format!("--format markdown {log}"));
        assert!(markdown.contains("0 lines"), "{markdown}");
        let json: Value = serde_json::from_str(&printed(&format!("--format json {log}"))).unwrap();
        assert_eq!(json["lines"]["count"], 0, "{json}");
    }
}

#[test]
fn a_digest_of_no_log_says_so_in_its_title() {
    let dir = Dir::new();
    let output = dir.logscan("digest --format markdown none").output();
    output.code_is(2).stderr_has("cannot open none");
    assert!(output.text().starts_with("### 0 logs: 0 lines"), "{output}");
}

#[test]
fn a_digest_of_the_standard_input_advises_no_command_that_names_it() {
    let dir = Dir::new();
    let kinds: String = (0..60)
        .map(|nth| format!("kind{}\n", " of its own".repeat(nth + 1)))
        .collect();
    for args in ["digest --budget 200", "digest", "digest --format html"] {
        let output = dir.logscan(args).pipe(&kinds).output();
        let text = output.code_is(0).text();
        assert!(
            !text.contains("logscan digest (") && !text.contains("LOG"),
            "{text}"
        );
    }
    let output = dir.logscan("digest --budget 200").pipe(&kinds).output();
    let text = output.text();
    assert!(
        text.contains("; without --budget all are printed\n"),
        "{text}"
    );
}

#[test]
fn a_few_errors_among_many_lines_have_a_row_of_their_own_in_the_chart() {
    let dir = Dir::new();
    let line = |nth: u32| {
        let level = if nth == 5000 { "ERROR" } else { "INFO" };
        format!(
            "2026-11-20T10:{:02}:{:02}Z {level} x\n",
            nth / 600,
            nth / 10 % 60
        )
    };
    dir.file("log", (0..10_000).map(line).collect::<String>());
    let html = dir.logscan("digest --format html log").output().text();
    assert!(html.contains("lines: 10000 in all, at most "), "{html}");
    assert!(
        html.contains("; error: 1 in all, at most 1 in a bar; info: 9999 in all"),
        "{html}"
    );
    let errors: Vec<&str> = html.split("<rect class=\"error\"").skip(1).collect();
    assert_eq!(errors.len(), 1, "{html}");
    assert!(errors[0].contains("height=\"32.0\""), "{html}");
    // No number stands on the bars.
    assert!(!html.contains("class=\"soft\" x=\"0\" "), "{html}");
}
