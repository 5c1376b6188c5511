//! `--records`: a line with what belongs to it is found, counted and shown as one.

use super::support::{Dir, check, gzip, same_in_every_way};

/// A log of `count` records, each third with a stack trace.
fn log(count: usize) -> String {
    (0..count).map(record).collect()
}

fn record(nth: usize) -> String {
    let level = ["INFO", "WARN", "ERROR"][nth % 3];
    let trace = match nth % 3 {
        2 => format!("java.io.IOException: no {nth}\n\tat app.Main.run(Main.java:{nth})\n\n"),
        _ => String::new(),
    };
    format!(
        "2026-11-20 14:{:02}:{:02} {level} [pool-{}] request {nth}\n{trace}",
        nth / 60 % 60,
        nth % 60,
        nth % 7
    )
}

fn records(wanted: impl Fn(usize) -> bool, count: usize) -> String {
    (0..count).filter(|&nth| wanted(nth)).map(record).collect()
}

#[test]
fn a_match_anywhere_selects_the_whole_record_in_every_way() {
    let dir = Dir::with_log(log(300));
    let traced = |nth: usize| nth % 3 == 2;
    check(&dir, "--records Main.java", records(traced, 300), 0);
    check(&dir, "--records -c Main.java", "100\n", 0);
    check(&dir, "--records -c request", "300\n", 0);
    check(&dir, "--records -c -v Main.java", "200\n", 0);
    check(
        &dir,
        "--records -v Main.java",
        records(|nth| !traced(nth), 300),
        0,
    );
    check(&dir, "--records -m2 IOException", record(2) + &record(5), 0);
    check(
        &dir,
        "--records --last 2 IOException",
        record(296) + &record(299),
        0,
    );
    check(
        &dir,
        "--records --and request.2 --not Main.java:29 IOException",
        records(
            |nth| {
                traced(nth)
                    && (nth == 2 || (20..30).contains(&nth) || (200..290).contains(&nth))
                    && nth != 29
            },
            300,
        ),
        0,
    );
    let around = record(1) + &record(2) + &record(3);
    check(&dir, "--records -C1 Main.java:2\\)", around, 0);
    check(
        &dir,
        "--records -o Main.java:1[0-9]\\)",
        "Main.java:11)\nMain.java:14)\nMain.java:17)\n",
        0,
    );
    check(&dir, "--records absent", "", 1);
    same_in_every_way(&dir, "--records -n -b -B2 -A1 --no-mmap Main.java:.7");
    let json = dir.logscan("--records --json -m1 Main.java log").output();
    let json = String::from_utf8_lossy(&json.stdout);
    let lines = r#""lines":{"text":"2026-11-20 14:00:02 ERROR [pool-2] request 2\njava.io.IOException: no 2\n\tat app.Main.run(Main.java:2)\n\n"}"#;
    assert!(json.contains(lines), "{json}");
    assert!(json.contains(r#""start":88,"end":97"#), "{json}");
}

#[test]
fn the_number_and_the_place_are_those_of_the_first_line() {
    let dir = Dir::with_log(log(6));
    let head = |line: usize, nth: usize| format!("{line}:{}:{}", log(nth).len(), record(nth));
    dir.logscan("--records -n -b Main log")
        .output()
        .stdout_is(head(3, 2) + &head(9, 5))
        .code_is(0);
    // A name stands once before each record too.
    dir.logscan("--records -H -m1 Main log")
        .output()
        .stdout_is(format!("log:{}", record(2)));
}

#[test]
fn a_pattern_says_where_records_begin_if_the_lines_do_not() {
    let dir = Dir::with_log("== a\nx\n== b\ny\nx\nz\n");
    check(&dir, "--record-start ^== x", "== a\nx\n== b\ny\nx\nz\n", 0);
    check(&dir, "--record-start ^== -c x", "2\n", 0);
    check(&dir, "--record-start ^== -v y", "== a\nx\n", 0);
    // Nothing tells of records: each line is one.
    check(&dir, "--records -c x", "2\n", 0);
    dir.logscan("--record-start ( x log")
        .output()
        .code_is(2)
        .stderr_has("logscan: --record-start '(': unclosed group");
    let dir = Dir::with_log("[B] a\nx\n[C] b\ny\n[B] c\n");
    check(&dir, "-F --record-start [B] -c x", "1\n", 0);
    check(&dir, "-F --record-start [B] -v x", "[B] c\n", 0);
    check(
        &dir,
        "-i -F --record-start [b] y",
        "[B] a\nx\n[C] b\ny\n",
        0,
    );
    check(&dir, "-S --record-start \\[[bc] Y", "", 1);
    check(&dir, "-i --record-start \\[[bc] Y", "[C] b\ny\n", 0);
    // The whole line is asked of patterns only.
    check(&dir, "-x --record-start ^.[BC] y", "[C] b\ny\n", 0);
    let dir = Dir::with_log("== a\nx\n== b\ny\nx\nz\n");
    dir.logscan("--records --board b x log")
        .output()
        .code_is(2)
        .stderr_has("--board");
    check(&dir, "--records --no-records -c y", "1\n", 0);
}

#[test]
fn records_are_learned_anew_for_each_log_of_a_folder() {
    let dir = Dir::new();
    std::fs::create_dir(dir.path().join("logs")).unwrap();
    dir.file("logs/a.log", log(30));
    dir.file("logs/b.log.gz", gzip(log(60).as_bytes()));
    let json: String = (0..9)
        .map(|nth| format!("{{\"level\":\"error\",\"at\":{nth},\"stack\":\"Main\"}}\n"))
        .collect();
    dir.file("logs/c.json", json);
    dir.logscan("--records -c Main logs")
        .output()
        .stdout_is("logs/a.log:10\nlogs/b.log.gz:20\nlogs/c.json:9\n")
        .code_is(0);
}

#[test]
fn a_record_longer_than_the_cap_is_cut_and_noted() {
    let dir = Dir::with_log(log(9));
    let output = dir
        .logscan("--records --max-line-bytes 60 -c Main log")
        .output();
    output.stdout_is("0\n").code_is(2);
    output.stderr_has(
        "logscan: log: 3 records longer than 60 bytes were cut to their first 60 bytes",
    );
    output.stderr_has("; --max-line-bytes raises the limit");
    let numbered = dir.logscan("--records --max-line-bytes 60 -n request log");
    numbered
        .output()
        .stderr_has(", and line numbers behind it do not count what was cut off; --max-line-bytes");
    let lines = dir.logscan("--max-line-bytes 30 -n request log").output();
    lines.stderr_has("lines longer than 30 bytes").code_is(2);
    assert!(!lines.to_string().contains("line numbers"), "{lines}");
}

#[test]
fn records_of_a_range_of_bytes_are_numbered_from_the_first_that_begins_there() {
    let dir = Dir::with_log(log(6));
    let inside_of_2 = log(2).len() + 1;
    let args = format!("--records -n --byte-range {inside_of_2}: Main log");
    let said = format!(
        "line numbers count from 1 at the first record that begins at byte {inside_of_2} or later"
    );
    let output = dir.logscan(&args).output();
    output.stdout_is(format!("3:{}", record(5)));
    output.stderr_has(&said).code_is(0);
}
