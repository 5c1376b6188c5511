//! Boards: a search is watched by other processes, and goes on where the last one has ended,
//! whatever happened between.
//!
//! A search that should be running when something happens to it is one whose results nobody reads:
//! it waits, for as long as the test likes.

use std::{
    collections::BTreeSet,
    fs::{self, OpenOptions},
    io::{Read, Seek, SeekFrom, Write},
    path::Path,
    process::Child,
};

use serde_json::Value;

#[cfg(unix)]
use super::support::{send, signals_arrive};
use super::{
    record::skip,
    support::{
        Dir, HANG, KillOnDrop, NOTHING, Output, Random, chunks_of, example, gzip, no_such_file,
        require, wait,
    },
};

/// The widest that a search makes its pipe: see `wide_stdout`.
const PIPE_BYTES: usize = 1 << 20;

/// How many lines give twice what a pipe holds: far more than that and what a search claims ahead
/// of what it has delivered, which with two workers and chunks of 1 KiB is 128 KiB.
const MUCH: usize = 80_000;

/// A log that gives more results than a pipe takes, whatever a search does before somebody reads.
fn much() -> String {
    lines(MUCH)
}

fn lines(count: usize) -> String {
    let lines: String = (1..=count)
        .map(|n| format!("line {n} with an x in it\n"))
        .collect();
    assert!(lines.len() / PIPE_BYTES >= 2 * count / MUCH);
    lines
}

/// What a board says.
#[track_caller]
fn shown(dir: &Dir, board: &str) -> Value {
    let output = dir.logscan("monitor --json").arg(board).output();
    output.code_is(0).stderr_is_empty();
    serde_json::from_slice(&output.stdout).expect("one line of JSON")
}

#[track_caller]
fn status_is(dir: &Dir, want: &str) {
    let shown = shown(dir, "board");
    assert_eq!(shown["status"], want, "{shown}");
}

/// A search on `board` that waits for somebody to read what it has found.
fn start_waiting(dir: &Dir, args: &str) -> KillOnDrop {
    let mut child = KillOnDrop(dir.logscan(&format!("--board board {args}")).start());
    let mut first = [0];
    let stdout = child.0.stdout.as_mut().expect("it is piped");
    stdout.read_exact(&mut first).expect("it finds something");
    child
}

/// Everything that is left in a pipe.
fn drain(child: &mut Child) -> Vec<u8> {
    let mut rest = Vec::new();
    let stdout = child.stdout.as_mut().expect("it is piped");
    stdout.read_to_end(&mut rest).expect("it can be read");
    rest
}

fn append(dir: &Dir, name: &str, text: impl AsRef<[u8]>) {
    let path = dir.path().join(name);
    let mut file = OpenOptions::new()
        .append(true)
        .create(true)
        .open(path)
        .expect("a test wrote it");
    file.write_all(text.as_ref())
        .expect("the temp directory is writable");
}

#[track_caller]
fn go_on(dir: &Dir, args: &str) -> Output {
    dir.logscan(&format!("--board board --continue {args} log"))
        .output()
}

#[test]
fn two_monitors_watch_a_search_to_its_end_and_a_second_search_is_refused() {
    let dir = Dir::with_log(much());
    let mut search = start_waiting(&dir, "--chunk-size 16K -j2 x log");
    let waiting = dir.logscan("monitor --wait board").start();
    let mut waiting = KillOnDrop(waiting);
    for _ in 0..2 {
        let shown = shown(&dir, "board");
        assert_eq!(shown["schema"], 1);
        assert_eq!(shown["status"], "running");
        assert_eq!(shown["process_id"], search.0.id());
        assert_eq!(shown["name"], "log");
        assert_eq!(shown["search"], "'x'");
        assert_eq!(shown["workers"].as_array().expect("an array").len(), 2);
        assert!(shown["bytes_done"].as_u64() <= shown["bytes_total"].as_u64());
        assert!(shown["checkpoint"]["offset"].as_u64() < shown["bytes_total"].as_u64());
    }
    let second = dir.logscan("--board board x log").output();
    second
        .code_is(2)
        .stdout_is("")
        .stderr_has(&format!("process {}", search.0.id()));
    assert!(waiting.0.try_wait().expect("it is our child").is_none());
    drain(&mut search.0);
    assert_eq!(wait(&mut search.0).code(), Some(0));
    assert_eq!(wait(&mut waiting.0).code(), Some(0));
    let end = shown(&dir, "board");
    assert_eq!(
        (&end["status"], &end["exit_status"]),
        (&"finished".into(), &0.into())
    );
    assert_eq!(end["bytes_done"], end["bytes_total"]);
    assert_eq!(end["hits"], MUCH);
    assert_eq!(end["checkpoint"]["offset"], end["bytes_total"]);
    let once = dir.logscan("monitor --once board").output();
    once.code_is(0).stderr_is_empty();
    assert!(
        once.text().starts_with("board: finished, exit status 0, "),
        "{once}"
    );
}

#[test]
fn who_waits_ends_as_the_search_does() {
    let dir = Dir::with_log("x\n");
    for (args, code) in [("x log", 0), ("y log", 1), ("x log missing", 2)] {
        dir.logscan(&format!("--board board {args}"))
            .output()
            .code_is(code);
        dir.logscan("monitor --wait board").output().code_is(code);
    }
    dir.logscan("--board other y log").output().code_is(1);
    let both = dir.logscan("monitor --wait --json other board").output();
    both.code_is(2);
    assert_eq!(both.text().lines().count(), 2, "{both}");
}

#[test]
fn an_exit_status_that_no_search_has_is_not_passed_on() {
    const EXIT_STATUS_AT: u64 = 70 * 8;
    let dir = Dir::with_log("x\n");
    for (status, code) in [
        (1u64, 1),
        (3, 2),
        (127, 2),
        (130, 130),
        (255, 2),
        (u64::MAX, 2),
    ] {
        dir.logscan("--board board x log").output().code_is(0);
        let mut board = OpenOptions::new()
            .write(true)
            .open(dir.path().join("board"))
            .expect("it was made");
        board
            .seek(SeekFrom::Start(EXIT_STATUS_AT))
            .and_then(|_| board.write_all(&status.to_ne_bytes()))
            .expect("it can be written");
        let waited = dir.logscan("monitor --wait board").output();
        waited.code_is(code);
        if [3, 127, 255].contains(&status) {
            let said = format!("exit status {status}, and none does");
            waited.stderr_has(&said);
        }
    }
}

#[test]
fn finished_interrupted_and_crashed_are_told_apart() {
    let dir = Dir::with_log(much());
    let mut search = start_waiting(&dir, "--chunk-size 1K -j2 x log");
    status_is(&dir, "running");
    search.0.kill().expect("it is our child");
    wait(&mut search.0);
    status_is(&dir, "crashed");
    dir.logscan("monitor --wait board").output().code_is(2);

    #[cfg(unix)] // Elsewhere a signal cannot be sent.
    for (name, code) in [("INT", 130), ("TERM", 143)] {
        if !signals_arrive() {
            break;
        }
        let mut search = start_waiting(&dir, "--chunk-size 1K -j2 x log");
        send(&search.0, name);
        drain(&mut search.0);
        assert_eq!(wait(&mut search.0).code(), Some(code));
        let end = shown(&dir, "board");
        assert_eq!(
            (&end["status"], &end["exit_status"]),
            (&"interrupted".into(), &code.into())
        );
        dir.logscan("monitor --wait board").output().code_is(code);
    }

    // Nobody wants more results.
    let mut search = start_waiting(&dir, "--chunk-size 1K -j2 x log");
    drop(search.0.stdout.take());
    assert_eq!(wait(&mut search.0).code(), Some(0));
    status_is(&dir, "interrupted");

    if !Path::new("/dev/full").exists() {
        skip("needs /dev/full");
        return;
    }
    dir.sh("logscan --board board x log > /dev/full")
        .output()
        .code_is(2);
    status_is(&dir, "failed");
}

#[test]
#[cfg(unix)] // Elsewhere a signal cannot be sent.
fn a_search_that_was_interrupted_goes_on_without_losing_or_repeating_a_line() {
    if !signals_arrive() {
        return;
    }
    // Each of the three searches may deliver what a pipe holds, and the fourth must have something
    // left.
    let count = 3 * MUCH;
    let dir = Dir::with_log(lines(count));
    let mut found = Vec::new();
    for _ in 0..3 {
        let mut search = start_waiting(&dir, "--continue --chunk-size 1K -j2 -n x log");
        send(&search.0, "INT");
        // `start_waiting` has read one byte: the first digit of the line's number.
        found.push(drain(&mut search.0));
        assert_eq!(wait(&mut search.0).code(), Some(130));
    }
    found.push(go_on(&dir, "-n x").stdout);
    let mut next = 1;
    for part in &found[..3] {
        let text = String::from_utf8_lossy(part);
        for (nth, line) in text.lines().enumerate() {
            let number = line.split(':').next().unwrap_or_default();
            let want = next.to_string();
            let want = if nth == 0 { &want[1..] } else { &want[..] };
            assert_eq!(number, want);
            next += 1;
        }
    }
    let rest = String::from_utf8_lossy(&found[3]);
    for line in rest.lines() {
        assert_eq!(line, format!("{next}:line {next} with an x in it"));
        next += 1;
    }
    assert_eq!(next, count + 1);
}

/// How many searches are killed while they run.
const KILLS: usize = 200;

/// How many lines a log grows by between two of them.
const LINES_A_ROUND: usize = 1250;

/// How long each line is; so all of them are as long with their numbers.
const LINE_BYTES: usize = 100;

/// How many bytes more of it are printed, by `--replace`; so the log stays small.
const PADDING_BYTES: usize = 900;

/// How much of a search's output is read before it is killed, at most.
const READ_BYTES_MAX: usize = 100_000;

const CHUNK_BYTES: usize = 16 << 10;

/// What a round prints is more than is read of it and a pipe takes: so a search has not ended
/// before it is killed, however fast it is.
const _: () =
    assert!(LINES_A_ROUND * (LINE_BYTES + PADDING_BYTES) > READ_BYTES_MAX + PIPE_BYTES + 50_000);

#[test]
fn two_hundred_searches_that_are_killed_lose_no_line_and_repeat_few() {
    let dir = Dir::new();
    let mut random = Random(8);
    let mut written = 0;
    // All lines before this have come out.
    let mut next = 1;
    let mut repeated = 0;
    let mut killed = 0;
    let mut rounds = 0;
    let shown_as = format!("$0{}", ".".repeat(PADDING_BYTES));
    while killed < KILLS {
        rounds += 1;
        assert!(rounds < 2 * KILLS, "only {killed} of {rounds} were hit");
        append_lines(&dir, &mut written, LINES_A_ROUND);
        let threads = 1 + random.below(3);
        let path = ["--mmap", "--no-mmap"][random.below(2)];
        let args = format!(
            "--board board --continue --chunk-size {CHUNK_BYTES} -j{threads} {path} -n -r {shown_as} x log"
        );
        let mut search = KillOnDrop(dir.logscan(&args).start());
        let is_early = random.below(10) == 0;
        let mut out = vec![
            0;
            if is_early {
                0
            } else {
                1 + random.below(READ_BYTES_MAX)
            }
        ];
        search
            .0
            .stdout
            .as_mut()
            .expect("it is piped")
            .read_exact(&mut out)
            .expect("there is more");
        search.0.kill().expect("it is our child");
        out.extend(drain(&mut search.0));
        wait(&mut search.0);
        if !is_early {
            let shown = shown(&dir, "board");
            assert_eq!(shown["process_id"], search.0.id(), "{shown}");
            assert_eq!(shown["status"], "crashed", "{shown}");
            killed += 1;
        }
        repeated += take(&out, &mut next);
    }
    let rest = go_on(&dir, "-n x");
    rest.code_is(0);
    repeated += take(&rest.stdout, &mut next);
    assert_eq!(next, written + 1, "every line has come out");
    assert!(repeated > 0, "no search was killed in the middle of a line");
    go_on(&dir, "-n x").code_is(1).stdout_is("");
}

fn append_lines(dir: &Dir, written: &mut usize, count: usize) {
    let mut text = String::new();
    for _ in 0..count {
        *written += 1;
        let line = format!("line {written} x");
        text.push_str(&format!("{line:.<width$}\n", width = LINE_BYTES - 1));
    }
    append(dir, "log", text);
}

/// Takes in what one search has printed: lines that follow each other without a gap, from a place
/// on behind which nothing has come out before, or at most what two chunks hold before it. What
/// follows the last line end was cut by the kill.
#[track_caller]
fn take(out: &[u8], next: &mut usize) -> usize {
    let end = out
        .iter()
        .rposition(|&byte| byte == b'\n')
        .map_or(0, |at| at + 1);
    let text = std::str::from_utf8(&out[..end]).expect("lines are text");
    let mut last: Option<usize> = None;
    let mut repeated = 0;
    for line in text.lines() {
        let (number, line) = line.split_once(':').expect("lines are numbered");
        let number: usize = number.parse().expect("a number");
        assert!(
            line.starts_with(&format!("line {number} x")),
            "{number}: {line}"
        );
        match last {
            None => assert!(number <= *next, "{} was lost before {number}", *next),
            Some(last) => assert_eq!(number, last + 1),
        }
        if number < *next {
            repeated += 1;
        }
        *next = (*next).max(number + 1);
        last = Some(number);
    }
    assert!(
        repeated <= 2 * CHUNK_BYTES / LINE_BYTES,
        "{repeated} lines were repeated"
    );
    repeated
}

#[test]
fn a_cron_job_finds_every_line_once_however_the_log_is_rotated() {
    let dir = Dir::new();
    let at = |name: &str| dir.path().join(name);
    let mut random = Random(88);
    let mut written: Vec<String> = Vec::new();
    let mut found = String::new();
    let compress = |name: &str| {
        let text = fs::read(at(name)).expect("it is there");
        fs::write(at(&format!("{name}.gz")), gzip(&text)).expect("there is room");
        fs::remove_file(at(name)).expect("it is there");
    };
    append(&dir, "log", "");
    for round in 0..60 {
        for _ in 0..1 + random.below(30) {
            let line = format!(
                "{} {}",
                written.len(),
                if random.below(3) == 0 { "quiet" } else { "x" }
            );
            append(&dir, "log", format!("{line}\n"));
            written.push(line);
        }
        let rotation = random.below(6);
        if round > 0 && rotation < 4 {
            let _ = fs::remove_file(at("log.3.gz"));
            for (from, to) in [
                ("log.2.gz", "log.3.gz"),
                ("log.1.gz", "log.2.gz"),
                ("log.1", "log.2"),
            ] {
                if at(from).exists() {
                    fs::rename(at(from), at(to)).expect("it is there");
                }
            }
            match rotation {
                0 | 1 => {
                    fs::rename(at("log"), at("log.1")).expect("it is there");
                    fs::write(at("log"), "").expect("the temp directory is writable");
                }
                _ => {
                    fs::copy(at("log"), at("log.1")).expect("it is there");
                    fs::write(at("log"), "").expect("the temp directory is writable");
                }
            }
            // As logrotate does it without `delaycompress`, before anybody has searched the rest.
            if random.below(2) == 0 {
                compress("log.1");
            }
        }
        let output = go_on(&dir, ["x", "--mmap -j3 x"][random.below(2)]);
        output.stderr_is_empty();
        assert!(matches!(output.code, Some(0 | 1)), "{output}");
        found.push_str(&output.text());
        if at("log.2").exists() {
            compress("log.2");
        }
    }
    let want: String = written
        .iter()
        .filter(|line| line.contains('x'))
        .map(|line| format!("{line}\n"))
        .collect();
    assert_eq!(found, want);
}

#[test]
fn a_compressed_log_is_searched_on_when_a_member_is_appended() {
    let dir = Dir::new();
    let append_member = |text: &str| append(&dir, "log", gzip(text.as_bytes()));
    append_member("x 1\n-\n");
    go_on(&dir, "-n x")
        .code_is(0)
        .stdout_is("1:x 1\n")
        .stderr_is_empty();
    go_on(&dir, "-n x")
        .code_is(1)
        .stdout_is("")
        .stderr_is_empty();
    append_member("x 2\nhalf");
    go_on(&dir, "-n x")
        .code_is(0)
        .stdout_is("3:x 2\n")
        .stderr_is_empty();
    append_member(" of x 3\n-\n");
    go_on(&dir, "x")
        .code_is(0)
        .stdout_is("half of x 3\n")
        .stderr_is_empty();
    append_member("x 4\nx 5\n");
    go_on(&dir, "-m 1 -n x")
        .code_is(0)
        .stdout_is("6:x 4\n")
        .stderr_is_empty();
    go_on(&dir, "-n x")
        .code_is(0)
        .stdout_is("7:x 5\n")
        .stderr_is_empty();
    // What is damaged is told, and what is behind it in newer files is searched once.
    let mut cut = gzip(b"x 6\nx 7\n");
    cut.truncate(cut.len() - 8);
    append(&dir, "log", cut);
    fs::rename(dir.path().join("log"), dir.path().join("log.1.gz")).expect("it is there");
    append(&dir, "log", "x 8\n");
    go_on(&dir, "x")
        .code_is(2)
        .stdout_is("x 6\nx 7\nx 8\n")
        .stderr_has("log.1.gz: cut short");
    append(&dir, "log", "x 9\n");
    go_on(&dir, "x")
        .code_is(0)
        .stdout_is("x 9\n")
        .stderr_is_empty();
}

#[test]
fn line_numbers_go_on_also_if_nobody_wanted_them_before() {
    let dir = Dir::with_log("x\n-\n");
    go_on(&dir, "-n x").code_is(0).stdout_is("1:x\n");
    append(&dir, "log", "-\nx\nhalf");
    go_on(&dir, "x").code_is(0).stdout_is("x\n");
    append(&dir, "log", " x\n-\n");
    go_on(&dir, "-c x").code_is(0).stdout_is("1\n");
    append(&dir, "log", "x\n");
    go_on(&dir, "-n x")
        .code_is(0)
        .stdout_is("7:x\n")
        .stderr_is_empty();
    go_on(&dir, "-n x")
        .code_is(1)
        .stdout_is("")
        .stderr_is_empty();
    go_on(&dir, "-c x").code_is(1).stdout_is("0\n");
}

#[test]
fn all_parts_of_a_rotated_log_are_one_input() {
    let dir = Dir::with_log("x 1\n");
    go_on(&dir, "-c x").stdout_is("1\n");
    append(&dir, "log", "x 2\n");
    fs::rename(dir.path().join("log"), dir.path().join("log-20261121")).expect("it is there");
    // Who writes has not opened the new log yet.
    fs::write(dir.path().join("log"), "").expect("the temp directory is writable");
    append(&dir, "log-20261121", "half");
    go_on(&dir, "-Hn x").stdout_is("log:2:x 2\n").code_is(0);
    append(&dir, "log-20261121", " x 3\n");
    append(&dir, "log", "x 4\nx 5\n");
    fs::copy(dir.path().join("board"), dir.path().join("kept")).expect("it is there");
    for (args, want) in [
        ("-c x", "3\n"),
        ("-Hn x", "log:3:half x 3\nlog:1:x 4\nlog:2:x 5\n"),
        ("-m2 x", "half x 3\nx 4\n"),
        ("-l x", "log\n"),
        ("-o --tally [0-9]", "1\t3\n1\t4\n1\t5\n"),
    ] {
        fs::copy(dir.path().join("kept"), dir.path().join("board")).expect("it is there");
        let pattern_is_other = args.contains("tally");
        let output = go_on(&dir, args);
        if pattern_is_other {
            output
                .code_is(2)
                .stderr_has("the patterns are not the same");
        } else {
            output.stdout_is(want).code_is(0).stderr_is_empty();
        }
    }
}

#[test]
fn a_limit_leaves_the_next_search_behind_the_last_hit() {
    let dir = Dir::with_log("x 1\nx 2\nx 3\n-\nx 4\n");
    go_on(&dir, "-n -m2 -A2 x").stdout_is("1:x 1\n2:x 2\n3-x 3\n4--\n");
    go_on(&dir, "-n -m1 x").stdout_is("3:x 3\n");
    go_on(&dir, "-q x").code_is(0);
    go_on(&dir, "-n x").stdout_is("").code_is(1);
}

#[test]
fn what_a_search_looks_for_must_be_the_same_and_how_it_shows_it_need_not() {
    let dir = Dir::with_log("x\n");
    go_on(&dir, "-i --not y x").code_is(0);
    for (args, what) in [
        (
            "-i --not y z",
            "for -i 'x' --not 'y': the patterns are not the same",
        ),
        ("--not y x", "--ignore-case or --smart-case is not the same"),
        ("-i x", "--not is not the same"),
        ("-i --not y --and a x", "--and is not the same"),
        ("-i --not y -F x", "--fixed-strings is not the same"),
        (
            "-i --not y -w x",
            "--word-regexp or --line-regexp is not the same",
        ),
        ("-i --not y -v x", "--invert-match is not the same"),
        (
            "-i --not y --max-line-bytes 7 x",
            "--max-line-bytes is not the same",
        ),
        (
            "-x --not y x",
            "--ignore-case or --smart-case and --word-regexp or --line-regexp are not the same",
        ),
    ] {
        go_on(&dir, args).code_is(2).stdout_is("").stderr_has(what);
    }
    append(&dir, "log", "X\n");
    go_on(&dir, "-n --json -A3 -j1 --no-mmap -i --not y x").code_is(0);
}

#[test]
fn one_regular_file_can_be_gone_on_with_and_nothing_else() {
    let dir = Dir::with_log("x\n");
    for args in [
        "--continue x log",
        "--continue --board board x log log",
        "--continue --board board x -",
        "--continue --board board x",
        "--continue --board board --last 1 x log",
        "--continue --board board --byte-range 1: x log",
        "--continue --board board --template 0123456789ab log",
    ] {
        dir.logscan(args).output().code_is(2).stdout_is("");
        assert!(!dir.path().join("board").exists(), "{args}");
    }
    dir.logscan(&format!("--continue --board board x {NOTHING}"))
        .output()
        .code_is(2)
        .stderr_has("not a regular file");
    dir.logscan("--continue --board board x missing")
        .output()
        .code_is(2)
        .stderr_has(&no_such_file());
    // Several files are shown, but cannot be gone on with.
    dir.logscan("--board board x log log").output().code_is(0);
    let shown = shown(&dir, "board");
    assert_eq!(
        (&shown["inputs"], &shown["inputs_done"]),
        (&2.into(), &2.into())
    );
    assert_eq!(shown["checkpoint"], Value::Null);
    go_on(&dir, "x")
        .code_is(2)
        .stderr_has("cannot be continued");
    dir.logscan("--board board x")
        .pipe("x\n")
        .output()
        .code_is(0);
    go_on(&dir, "x")
        .code_is(2)
        .stderr_has("cannot be continued");
    dir.logscan("--board board x log").output().code_is(0);
    go_on(&dir, "x").code_is(1).stderr_is_empty();
}

#[test]
fn digest_templates_and_triage_show_how_far_they_are() {
    let dir = Dir::with_log("x 1\nerror: it failed\n");
    for (command, code) in [("digest", 0), ("templates", 0), ("triage", 0)] {
        let output = dir
            .logscan(&format!("{command} --board board log"))
            .output();
        assert!(output.code == Some(code) || command == "triage", "{output}");
        let shown = shown(&dir, "board");
        assert_eq!(shown["search"], command);
        assert_eq!(shown["status"], "finished");
        assert_eq!(shown["exit_status"], output.code.expect("it has ended"));
    }
}

#[test]
fn what_is_no_sound_board_is_refused_and_left_untouched() {
    let dir = Dir::with_log("x\n");
    dir.logscan("--board sound x log").output().code_is(0);
    let sound = fs::read(dir.path().join("sound")).expect("it is there");
    assert_eq!(sound.len(), 20_480);
    let with = |at: usize, bytes: &[u8]| {
        let mut changed = sound.clone();
        changed[at..at + bytes.len()].copy_from_slice(bytes);
        changed
    };
    let swapped: Vec<u8> = sound[8..16].iter().rev().copied().collect();
    for (bytes, why) in [
        (b"2026 a log\n".to_vec(), "it is not a board of logscan's"),
        (vec![0; 20_479], "it is not a board of logscan's"),
        (
            sound[..20_000].to_vec(),
            "it is cut short: it has only 20000 bytes",
        ),
        (
            sound[..16].to_vec(),
            "it is cut short: it has only 16 bytes",
        ),
        (
            with(8, &swapped),
            "it was written on a machine with the other byte order",
        ),
        (
            with(16, &9u64.to_ne_bytes()),
            "its layout has version 9, and this logscan knows version 1",
        ),
        (
            with(40, b"?"),
            "it is damaged: the checksum of its header is wrong",
        ),
    ] {
        dir.file("board", &bytes);
        for args in [
            "--board board x log",
            "--board board --continue x log",
            "monitor board",
            "monitor --wait board",
            "templates --board board log",
        ] {
            let output = dir.logscan(args).output();
            let nothing_on_it = args.starts_with("monitor") && bytes[0] == 0;
            let why = if nothing_on_it {
                "there is nothing on it yet"
            } else {
                why
            };
            output
                .code_is(2)
                .stdout_is("")
                .stderr_has(&format!("cannot use the board board: {why}"));
            assert_eq!(
                fs::read(dir.path().join("board")).expect("it is there"),
                bytes,
                "{args}"
            );
        }
    }
    let mut without_checkpoints = sound;
    without_checkpoints[1024..4096].fill(7);
    dir.file("board", without_checkpoints);
    go_on(&dir, "x")
        .code_is(2)
        .stderr_has("it holds no whole checkpoint");
    dir.logscan("monitor --json board").output().code_is(0);
    dir.logscan("monitor missing")
        .output()
        .code_is(2)
        .stderr_has(&no_such_file());
}

#[test]
fn a_board_is_its_owners_and_no_link_is_followed() {
    let dir = Dir::with_log("x\n");
    dir.logscan("--board board x log").output().code_is(0);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let mode = fs::metadata(dir.path().join("board"))
            .expect("it is there")
            .permissions()
            .mode();
        assert_eq!(mode & 0o7777, 0o600);
        dir.file("target", "");
        symlink("target", dir.path().join("link")).expect("links can be made");
        dir.logscan("--board link x log")
            .output()
            .code_is(2)
            .stderr_has("symbolic link, which is not followed");
        assert_eq!(
            fs::read(dir.path().join("target")).expect("it is there"),
            b""
        );
    }
    dir.logscan("--board . x log")
        .output()
        .code_is(2)
        .stdout_is("");
    dir.logscan(&format!("--board {NOTHING} x log"))
        .output()
        .code_is(2)
        .stderr_has("not a regular file");
    dir.logscan("--board no/such/board x log")
        .output()
        .code_is(2)
        .stderr_has("cannot use the board no/such/board: ");
}

#[test]
#[cfg(unix)] // A limit of a shell's.
fn a_file_system_without_room_is_an_error_at_the_start() {
    let dir = Dir::with_log("x\n");
    let script = "trap '' XFSZ; ulimit -f 8; logscan --board board x log";
    let output = dir.sh(script).output();
    output
        .code_is(2)
        .stdout_is("")
        .stderr_has("cannot use the board board: File too large");
}

#[test]
#[cfg(unix)] // On Windows nobody can cut what is mapped.
fn a_board_that_is_cut_short_ends_neither_its_search_nor_its_monitor_with_a_signal() {
    let dir = Dir::with_log(much());
    let mut search = start_waiting(&dir, "--chunk-size 16K x log");
    let mut monitor = KillOnDrop(dir.logscan("monitor --wait board").start());
    // It has the board mapped when it has asked for the lock; there is no way to see that, so it
    // may come too late.
    let board = OpenOptions::new()
        .write(true)
        .open(dir.path().join("board"));
    board
        .expect("it is there")
        .set_len(0)
        .expect("it can be cut");
    let mut rest = drain(&mut search.0);
    rest.insert(0, b'l');
    assert_eq!(rest, much().into_bytes(), "what was searched is all there");
    let mut said = String::new();
    search
        .0
        .stderr
        .take()
        .expect("it is piped")
        .read_to_string(&mut said)
        .expect("text");
    assert_eq!(wait(&mut search.0).code(), Some(2), "{said}");
    assert!(said.contains("cut it short"), "{said}");
    assert_eq!(wait(&mut monitor.0).code(), Some(2));
}

#[test]
fn a_counter_that_is_changed_by_somebody_else_does_no_harm() {
    let dir = Dir::with_log(much());
    let mut search = start_waiting(&dir, "--chunk-size 16K x log");
    let mut board = OpenOptions::new()
        .write(true)
        .open(dir.path().join("board"))
        .expect("it is there");
    // Every counter and every checkpoint, but for the header and the state.
    for at in (512..4096).step_by(8).filter(|&at| at != 69 * 8) {
        board.seek(SeekFrom::Start(at)).expect("it is a file");
        board
            .write_all(&u64::MAX.to_ne_bytes())
            .expect("it can be written");
    }
    let shown = dir.logscan("monitor --json board").output();
    shown.code_is(0);
    dir.logscan("monitor board").output().code_is(0);
    drain(&mut search.0);
    assert_eq!(wait(&mut search.0).code(), Some(0));
}

#[test]
fn a_terminal_shows_bars_until_the_searches_have_ended() {
    if !require("script") {
        return;
    }
    let dir = Dir::with_log(much());
    let mut search = start_waiting(&dir, "--chunk-size 16K -j2 x log");
    let mut monitor = KillOnDrop(dir.on_terminal("logscan monitor board").start());
    let screens = chunks_of(monitor.0.stdout.take().expect("it is piped"));
    let mut seen = String::new();
    // The second screen is drawn over the first.
    while !seen.contains("\x1b[6A") {
        let part = screens.recv_timeout(HANG).expect("it goes on drawing");
        seen.push_str(&String::from_utf8_lossy(&part));
    }
    for part in [
        "log  'x'",
        "running, process",
        "worker 0",
        "worker 1",
        " hits (",
    ] {
        assert!(seen.contains(part), "{part}: {seen}");
    }
    drain(&mut search.0);
    assert_eq!(wait(&mut search.0).code(), Some(0));
    seen.extend(
        screens
            .iter()
            .map(|part| String::from_utf8_lossy(&part).into_owned()),
    );
    assert!(seen.contains("finished, exit status 0"), "{seen}");
    assert_eq!(wait(&mut monitor.0).code(), Some(0));
}

#[test]
fn the_example_shares_numbers_between_a_parent_its_child_and_a_stranger() {
    let dir = Dir::new();
    let Some(example) = example("share", dir.path()) else {
        return;
    };
    // The stranger's output is waited for as well: the pipe stays open until it ends.
    let output = example.output();
    output.code_is(0);
    let text = output.text();
    let lines: BTreeSet<&str> = text.lines().collect();
    let want = ["child", "parent", "stranger"]
        .map(|name| format!("{name} counted to 3000 with the others"));
    assert_eq!(lines, want.iter().map(String::as_str).collect());
}
