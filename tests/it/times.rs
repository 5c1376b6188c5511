//! `--since` and `--until`: the lines of some times, in every kind of input, and what is wrong with
//! what was asked.

use std::fs;

use super::support::{Dir, check, gzip, same_in_every_way};

/// A log of ten minutes, a line each second, with a line without a time behind every tenth.
fn log() -> String {
    let mut log = String::new();
    for second in 0..600 {
        let (minute, rest) = (second / 60, second % 60);
        let level = ["INFO", "WARN", "ERROR"][second % 3];
        log += &format!("2026-11-20T14:{minute:02}:{rest:02}Z {level} request {second}\n");
        if second % 10 == 0 {
            log += &format!("    at ERROR {second}\n");
        }
    }
    log
}

/// The lines of `log` within a range of times, with their numbers.
fn inside<'a>(log: &'a str, since: &str, until: &str) -> Vec<(usize, &'a str)> {
    let mut is_inside = false;
    let mut lines = Vec::new();
    for (nth, line) in log.lines().enumerate() {
        if line.starts_with("2026") {
            is_inside = (since..until).contains(&&line[..19]);
        }
        if is_inside {
            lines.push((nth + 1, line));
        }
    }
    lines
}

const RANGE: &str = "--since 2026-11-20T14:02Z --until 2026-11-20T14:03:30Z";

fn wanted(pattern: &str) -> Vec<(usize, String)> {
    inside(&log(), "2026-11-20T14:02:00", "2026-11-20T14:03:30")
        .into_iter()
        .filter(|(_, line)| line.contains(pattern))
        .map(|(nth, line)| (nth, line.to_owned()))
        .collect()
}

fn text(lines: &[(usize, String)]) -> String {
    lines.iter().map(|(_, line)| format!("{line}\n")).collect()
}

#[test]
fn lines_of_a_range_of_times_are_found_in_every_way() {
    let dir = Dir::with_log(log());
    let hits = wanted("ERROR");
    let numbered: String = hits
        .iter()
        .map(|(nth, line)| format!("{nth}:{line}\n"))
        .collect();
    check(&dir, &format!("{RANGE} ERROR"), text(&hits), 0);
    check(&dir, &format!("{RANGE} -n ERROR"), numbered, 0);
    check(
        &dir,
        &format!("{RANGE} -c ERROR"),
        format!("{}\n", hits.len()),
        0,
    );
    check(&dir, &format!("{RANGE} -m 3 ERROR"), text(&hits[..3]), 0);
    let last = hits.len() - 2;
    check(
        &dir,
        &format!("{RANGE} --last 2 ERROR"),
        text(&hits[last..]),
        0,
    );
    check(
        &dir,
        &format!("{RANGE} -v request"),
        text(&wanted("at ERROR")),
        0,
    );
    check(&dir, &format!("{RANGE} absent"), "", 1);
    check(&dir, "--since 2026-11-20T14:10Z request", "", 1);
    // The line before the first, and that behind the last, are of other times.
    let all = wanted("");
    check(&dir, &format!("{RANGE} --passthru x"), text(&all), 1);
    let first = format!("{}\n{}\n", all[0].1, all[1].1);
    check(&dir, &format!("{RANGE} -C1 request.120"), first, 0);
    let until = all.len() - 2;
    check(
        &dir,
        &format!("{RANGE} -C1 request.209"),
        text(&all[until..]),
        0,
    );
    same_in_every_way(&dir, &format!("{RANGE} -o --tally request.1[0-9]*"));
    let names = |args: &str, want: &str, code: i32| {
        let output = dir.logscan(&format!("{RANGE} {args} log")).output();
        output.stdout_is(want).code_is(code);
    };
    names("-l request.120", "log\n", 0);
    names("-l request.100", "", 1);
    // As in GNU grep, that is no hit.
    names("-L request.100", "log\n", 1);
    names("-q request.120", "", 0);
    names("-q request.100", "", 1);
}

#[test]
fn folders_archives_rotated_and_compressed_logs_are_searched_by_time() {
    let dir = Dir::new();
    let log = log();
    let lines: Vec<&str> = log.split_inclusive('\n').collect();
    fs::create_dir(dir.path().join("logs")).unwrap();
    dir.file("logs/app.log.2.gz", gzip(lines[..200].concat().as_bytes()));
    dir.file("logs/app.log.1", lines[200..400].concat());
    dir.file("logs/app.log", lines[400..].concat());
    let hits = wanted("ERROR");
    let (since, until) = RANGE.split_once(" --until").unwrap();
    for range in [
        RANGE.to_owned(),
        format!("{since} --slack 1s --until{until}"),
    ] {
        dir.logscan(&format!(
            "{range} -I ERROR logs/app.log.2.gz logs/app.log.1 logs/app.log"
        ))
        .output()
        .stdout_is(text(&hits))
        .stderr_is_empty()
        .code_is(0);
        let count = format!("{}\n", hits.len());
        dir.logscan(&format!("{range} --one-log -c ERROR logs"))
            .output()
            .stdout_is(count)
            .code_is(0);
    }
    let named = dir.logscan(&format!("{RANGE} -l ERROR logs")).output();
    named
        .stdout_is("logs/app.log.1\nlogs/app.log.2.gz\n")
        .code_is(0);
    // A file of a folder that has no times is counted, and so are its lines.
    dir.file("logs/notes", "ERROR in a note\n");
    dir.file("logs/more", "ERROR in another note\n");
    dir.logscan("--since 2030-01-01 -c ERROR logs")
        .output()
        .stdout_is("logs/app.log:0\nlogs/app.log.1:0\nlogs/app.log.2.gz:0\nlogs/more:1\nlogs/notes:1\n")
        .stderr_has(
            "logscan: logs/more and 1 more: no line in the first 200 has a time, so all of their lines count",
        )
        .code_is(0);
    dir.logscan("--since 2030-01-01 -c ERROR logs/notes")
        .output()
        .stdout_is("1\n")
        .stderr_has("logs/notes: no line in its first 200 has a time, so all of its lines count");
    dir.logscan("--since 2030-01-01 -q ERROR logs/notes")
        .output()
        .stderr_is_empty()
        .code_is(0);
}

#[test]
fn templates_are_mined_of_a_range_of_times_with_the_numbers_of_the_file() {
    let dir = Dir::with_log(log());
    let lines = wanted("");
    let table = dir
        .logscan(&format!("templates --no-records {RANGE} --format csv log"))
        .output();
    table.code_is(0);
    let counted: usize = table
        .text()
        .lines()
        .skip(1)
        .map(|row| row.split(',').nth(1).unwrap().parse::<usize>().unwrap())
        .sum();
    assert_eq!(counted, lines.len(), "{table}");
    let json = dir
        .logscan(&format!(
            "templates --no-records {RANGE} --format jsonl log"
        ))
        .output();
    let first = format!("\"line\":{}", lines[0].0);
    assert!(json.text().contains(&first), "{json}");
    dir.logscan(&format!("templates {RANGE} --assign log"))
        .output()
        .code_is(0);
}

#[test]
fn the_zone_of_times_without_one_is_given_or_local() {
    let dir =
        Dir::with_log("2026-11-20 14:02:00 a\n2026-11-20 14:03:00 a\n2026-11-20 14:04:00 a\n");
    let count = |args: &str, zone: &str, want: &str| {
        dir.logscan(&format!("{args} -c a log"))
            .env("TZ", zone)
            .output()
            .stdout_is(format!("{want}\n"));
    };
    for zone in ["UTC", "Europe/Berlin", "America/New_York"] {
        count("--since 2026-11-20T14:03", zone, "2");
        count("--since 2026-11-20T14:03 --tz Asia/Tokyo", zone, "2");
        count("--since 2026-11-20T13:03Z --tz Europe/Berlin", zone, "2");
        count("--since 2026-11-20T14:03Z --tz +01:00", zone, "0");
        count("--since 2026-11-20T14:03Z --tz UTC", zone, "2");
        count("--since 2026-11-20T14:03 --tz z", zone, "2");
        count("--since 2026-11-20T19:03Z --tz -05:00", zone, "2");
    }
    count("--since 2026-11-20T13:03Z", "Europe/Berlin", "2");
    count("--since 2026-11-20T19:03Z", "America/New_York", "2");
    dir.logscan("--since 14:03 --tz Europe/Berlin --stats -c a log")
        .output()
        .stderr_has("logscan: the zone of times without one is Europe/Berlin (--tz)")
        .stderr_has("log: --since 14:03 is 2026-11-20T14:03:00+01:00")
        .stdout_is("2\n");
}

#[test]
fn times_in_a_format_of_their_own_are_read_as_it_says() {
    let dir = Dir::with_log("a 14h02 on 20/11/2026\na 14h03 on 20/11/2026\n");
    dir.logscan("-c --tz UTC --since 2026-11-20T14:03 --time-format")
        .args(&["%Hh%M on %d/%m/%Y", "a", "log"])
        .output()
        .stdout_is("1\n")
        .stderr_is_empty()
        .code_is(0);
}

#[test]
fn what_is_wrong_with_a_time_is_said_with_its_flag() {
    let dir = Dir::with_log(log());
    for (args, want) in [
        (
            "--since noon a log",
            "invalid value 'noon' for '--since <TIME>': a time is 2026-11-20T14:02, ",
        ),
        (
            "--until 5m a log",
            "invalid value '5m' for '--until <TIME>': it does not say from where on; -5m is",
        ),
        (
            "--since -5x a log",
            "invalid value '-5x' for '--since <TIME>': a span of time is a number with its unit",
        ),
        (
            "--slack 5 --since 14:02 a log",
            "invalid value '5' for '--slack <SPAN>': a span of time is",
        ),
        (
            "--since 2026-11-20T14:02 --until 2026-11-20T14:01 a log",
            "logscan: --since 2026-11-20T14:02 is not before --until 2026-11-20T14:01, so no line can be between them",
        ),
        (
            "--until @+5m a log",
            "logscan: --until @+5m: it counts from --since, which is missing",
        ),
        (
            "--since @+5m a log",
            "logscan: --since @+5m: @+ counts from --since, so it is for --until",
        ),
        (
            "--since 14:02 --tz Nowhere a log",
            "logscan: --tz Nowhere: no zone is called so",
        ),
        (
            "--since 14:02 --time-format %Y a log",
            "logscan: --time-format %Y: it has no time of day, as %H:%M:%S is; write the times of the log as in \
             '%d/%m/%Y %H:%M:%S'",
        ),
        (
            "--since 14:02 --time-format= a log",
            "logscan: --time-format : it has no time of day",
        ),
        (
            "--since 14:02 --time-format %H:%M% a log",
            "it cannot be read as strptime does: invalid format string, expected byte after `%`",
        ),
        (
            "--since 14:02 --time-format %H:%M[%Q] a log",
            "the name of a zone, %Q, cannot be read; leave it out",
        ),
        (
            "--since 14:02 --tz +25:00 a log",
            "logscan: --tz +25:00: no zone is called so",
        ),
        (
            "--tz UTC a log",
            "--tz is for --since, --until, --per, --merge and --where, and does nothing by itself",
        ),
        ("--time-format %H:%M a log", "--time-format is for --since"),
        (
            "--slack 5s --per 1m a log",
            "--slack is for --since and --until, and does nothing by itself",
        ),
        (
            "templates --tz UTC log",
            "--tz is for --since and --until, and does nothing by itself",
        ),
        (
            "--since 14:02 --byte-range 0:9 a log",
            "'--since <TIME>' cannot be used with '--byte-range <START:END>'",
        ),
        (
            "--since 14:02 --board b a log",
            "'--since <TIME>' cannot be used with '--board <FILE>'",
        ),
        (
            "--since 2026-11-20T14:12Z --until @-1m a log",
            "cannot search log by time: --since 2026-11-20T14:12Z is not before --until @-1m, so no line can be \
             between them: in this log they are 2026-11-20T14:12:00+00:00 and 2026-11-20T14:08:59+00:00",
        ),
    ] {
        dir.logscan(args)
            .env("TZ", "UTC")
            .output()
            .stdout_is("")
            .stderr_has(want)
            .code_is(2);
    }
    dir.logscan("--since @-1m a -")
        .pipe(log())
        .output()
        .stderr_has("cannot search (standard input) by time: --since @-1m counts from its last time, which only a plain file")
        .code_is(2);
    // The others are searched.
    dir.file("dmesg", "[    1.000000] request\n[    2.000000] request\n");
    dir.logscan("--since 2026-11-20T14:09:59Z -c request dmesg log")
        .output()
        .stdout_is("dmesg:0\nlog:1\n")
        .stderr_has(
            "cannot search dmesg by time: its times count from when a machine started, so --since",
        )
        .code_is(2);
}

/// A build that failed between two others, which failed too, with the number of lines before it.
fn builds() -> (String, String, u64) {
    let part = |minute: u32| -> String {
        let line = |second: u32| {
            let time = format!("2026-11-20T09:{minute:02}:{second:02}.0Z");
            match second {
                20 => format!(
                    "{time} src/early.rs:7:1: error: of another time {minute}\n{time}   with more\n"
                ),
                50 => format!("{time} ##[error]Process completed with exit code 2.\n"),
                _ => format!("{time} Compiling part {second}\n"),
            }
        };
        (0..60).step_by(5).map(line).collect()
    };
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/ci/red.log");
    let red = fs::read_to_string(path).expect("it is in the repository");
    let before: String = [10, 11, 12, 13].map(part).concat();
    let after: String = [15, 16].map(part).concat();
    let lines = before.lines().count() as u64;
    (format!("{before}{red}{after}"), red, lines)
}

/// The lines of a triage for programs, with all numbers of lines less by `before`.
fn shifted(rows: &str, before: u64) -> Vec<serde_json::Value> {
    let shift = |value: &mut serde_json::Value| {
        *value = serde_json::Value::from(value.as_u64().expect("a number") - before);
    };
    let row = |row: &str| {
        let mut row: serde_json::Value = serde_json::from_str(row).expect("each line is an object");
        if row["type"] == "finding" {
            for name in ["first_line", "last_line", "line"] {
                shift(&mut row[name]);
            }
            for name in ["excerpt_lines", "retold"] {
                for value in row[name].as_array_mut().expect("a list") {
                    match value.as_array_mut() {
                        Some(pair) => pair.iter_mut().for_each(shift),
                        None => shift(value),
                    }
                }
            }
            let why = row["why"].as_str().expect("a text");
            let mut words: Vec<String> = why.split(' ').map(str::to_owned).collect();
            for at in 1..words.len() {
                let number = words[at].trim_end_matches(':').parse::<u64>();
                if let (Ok(number), "line") = (number, &*words[at - 1]) {
                    words[at] = format!("{}:", number - before);
                }
            }
            row["why"] = words.join(" ").into();
        }
        row
    };
    rows.lines().map(row).collect()
}

const BUILD: &str = "--since 2026-11-20T09:14Z --until 2026-11-20T09:15Z";

#[test]
fn a_triage_of_some_times_finds_what_it_finds_in_the_lines_of_these_times_alone() {
    let (all, red, before) = builds();
    let cut = Dir::with_log(&red);
    let dir = Dir::with_log(&all);
    dir.file("log.gz", gzip(all.as_bytes()));
    let utc = BUILD.replace('Z', "") + " --tz UTC";
    let small = "-j1 --chunk-size 100";
    let json = |dir: &Dir, args: &str| {
        let run = dir.logscan(&format!("triage --format jsonl {args}"));
        let run = if args.ends_with('-') {
            run.pipe(&all)
        } else {
            run
        };
        let output = run.output();
        output.code_is(0);
        output.text()
    };
    let want = json(&cut, "log");
    for (flags, range, file) in [
        ("", BUILD, "log"),
        (small, BUILD, "log"),
        ("--mmap", BUILD, "log"),
        ("", &utc, "log"),
        ("", BUILD, "log.gz"),
        ("", BUILD, "-"),
    ] {
        let got = json(&dir, &format!("{flags} {range} {file}"));
        let want = want.replace("\"log\"", &format!("\"{file}\""));
        let (got, want) = (shifted(&got, before), shifted(&want, 0));
        assert_eq!(got, want, "{flags} {range} {file}");
    }
    let all = json(&dir, &format!("{BUILD} --all log"));
    assert_eq!(shifted(&all, before), shifted(&json(&cut, "--all log"), 0));
    // The lines around a finding are of these times too, and so is what a budget chooses from.
    let text = dir
        .logscan(&format!("triage {BUILD} --budget 4000 log"))
        .output();
    text.code_is(0).stderr_is_empty();
    assert!(!text.text().contains("another time"), "{text}");
    assert!(
        text.text().contains("log: 50 lines, the build failed\n"),
        "{text}"
    );
}

#[test]
fn a_triage_of_some_times_believes_no_mark_and_shows_no_line_of_another() {
    let (all, red, before) = builds();
    let dir = Dir::with_log(&all);
    // The failure without the exit that stands behind it.
    let until = "--since 2026-11-20T09:14Z --until 2026-11-20T09:14:04.5Z";
    let json = dir
        .logscan(&format!("triage {until} --format jsonl log"))
        .output();
    json.code_is(0);
    let rows = shifted(&json.text(), before);
    assert_eq!(rows[0]["line"], 34, "{json}");
    let last = rows.last().unwrap();
    assert_eq!(
        last["logs"][0]["outcome"],
        serde_json::Value::Null,
        "{json}"
    );
    assert_eq!(last["logs"][0]["provider"], "GitHub Actions", "{json}");
    assert!(
        !json.text().contains("the end of the failing command"),
        "{json}"
    );
    // A finding at the border has only lines of these times around it.
    let until = "--since 2026-11-20T09:11:20Z --until 2026-11-20T09:11:21Z";
    let text = dir.logscan(&format!("triage {until} log")).output();
    text.code_is(0);
    assert!(text.text().contains("of another time 11"), "{text}");
    assert!(!text.text().contains("Compiling"), "{text}");
    // A folder: one log has no line of these times, and one has no times at all.
    fs::create_dir(dir.path().join("logs")).unwrap();
    dir.file("logs/a.log", &red);
    dir.file("logs/b.log", all.replace("T09:14:", "T09:09:"));
    let one = dir.logscan(&format!("triage {BUILD} logs/a.log")).output();
    let two = dir.logscan(&format!("triage {BUILD} logs")).output();
    two.code_is(0);
    let without_step = two.text().replace("step \"a: ", "step \"");
    assert_eq!(without_step.replace("(a: ", "("), one.text(), "{two}");
    dir.logscan("triage --since 2030-01-01 logs")
        .output()
        .stdout_is("no failure found\n")
        .stderr_has(
            "logscan: no line of what was named has one of these times, so nothing was looked at",
        )
        .code_is(1);
    dir.file("logs/c.log", "error: without a time\n");
    dir.logscan("triage --since 2030-01-01 logs")
        .output()
        .stderr_has("logs/c.log: no line in its first 200 has a time, so all of its lines count")
        .code_is(0);
    // All of a baseline counts.
    dir.file("green", all.replace("T09:14:", "T09:09:"));
    let known = dir
        .logscan(&format!("triage {BUILD} --baseline green log"))
        .output();
    assert!(known.text().contains("also in the baseline"), "{known}");
}
