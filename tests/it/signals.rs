//! Ctrl-C and SIGTERM: what was found before is printed, in order, a note says up to which byte
//! that is complete, and the exit status is 130 or 143.
//!
//! Nothing here measures time. A signal is sent when the program has been seen to be where it
//! should be hit: it has printed a line, or it has the FIFO open.

use std::{
    fs::{self, OpenOptions},
    io::{Read, Write},
    os::unix::process::ExitStatusExt,
    path::Path,
    process::{Child, Command, ExitStatus},
};

use super::{
    archives::tar_of,
    support::{
        Dir, HANG, KillOnDrop, Random, Run, chunks_of, gzip, send, signals_arrive, wait, wait_for,
    },
};

const INTERRUPTED: &str = "interrupted: results are complete up to byte ";

#[test]
fn hits_of_an_open_pipe_are_printed_before_the_end() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        for flags in ["-n", "-n -j1", "-n -j7", "-n -A1 --line-buffered"] {
            let dir = Dir::new();
            let Some(mut child) = start(dir.logscan(&format!("{flags} x"))) else {
                return;
            };
            let mut stdin = child.0.stdin.take().expect("it is piped");
            let stdout = chunks_of(child.0.stdout.take().expect("it is piped"));
            stdin
                .write_all(b"x 1\nx 2\nx unfinished")
                .expect("the reader lives");
            let mut seen = String::new();
            while !seen.contains("x 2") {
                let part = stdout.recv_timeout(HANG).expect("both hits come out");
                seen.push_str(&String::from_utf8_lossy(&part));
            }
            send(&child.0, signal);
            assert_eq!(wait(&mut child.0).code(), Some(code), "{signal} {flags}");
            seen.extend(
                stdout
                    .iter()
                    .map(|part| String::from_utf8_lossy(&part).into_owned()),
            );
            assert_eq!(seen, "1:x 1\n2:x 2\n", "{signal} {flags}");
            assert_eq!(
                rest_of(child.0.stderr.take()),
                format!("logscan: (standard input): {INTERRUPTED}8\n"),
                "{signal} {flags}"
            );
            drop(stdin);
        }
    }
}

#[test]
fn a_fifo_that_nobody_writes_to_can_be_interrupted() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        for (flags, want) in [
            ("x", ""),
            ("-j1 -n x", ""),
            ("-j7 -C1 x", ""),
            ("-q x", ""),
            ("-l x", ""),
            // Whether it is without a hit nobody knows.
            ("-L x", ""),
            ("-c x", "0\n"),
            ("--last 3 x", ""),
            ("--byte-range 10: x", ""),
            ("-o --tally x", ""),
        ] {
            let ended = signalled_at_fifo(signal, flags, "");
            let Some(ended) = ended else { return };
            assert_eq!(ended.status.code(), Some(code), "{signal} {flags}");
            assert_eq!(ended.stdout, want, "{signal} {flags}");
            let from = if flags.contains("10:") { 10 } else { 0 };
            assert_eq!(
                ended.stderr,
                format!("logscan: fifo: {INTERRUPTED}{from}\n"),
                "{signal} {flags}"
            );
        }
    }
}

#[test]
fn a_comparison_that_is_interrupted_reports_the_rounds_that_are_complete() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let dir = Dir::with_log("an ERROR\nnone\n");
        let hold = dir.file("hold", "");
        // The other program is run once as a warm-up and once in each round; the fourth time it
        // waits.
        let script = "sh -c 'echo >> ran; [ $(wc -l < ran) -lt 4 ] || while [ -e hold ]; do sleep 0.01; done; : {file}'";
        let run = dir.logscan("compare --runs 9 --threads 1 ERROR log --compare-with");
        let Some(mut child) = start(run.arg(script)) else {
            return;
        };
        let ran = dir.path().join("ran");
        wait_for(|| fs::read(&ran).ok().filter(|lines| lines.len() == 4));
        send(&child.0, signal);
        fs::remove_file(hold).expect("the test wrote it");
        assert_eq!(wait(&mut child.0).code(), Some(code), "{signal}");
        let text = rest_of(child.0.stdout.take());
        assert!(text.contains("file in cache: median of 3 runs"), "{text}");
        let note = "note: interrupted: these are the rounds that were complete by then";
        assert!(text.contains(note), "{text}");
    }
}

#[test]
fn no_other_file_is_opened_after_a_signal() {
    let left = "logscan: interrupted: the last 2 files were not searched\n";
    for (flags, want) in [
        ("x", "log:x 1\nlog:x 2\n"),
        ("-c x", "log:2\nfifo:0\n"),
        ("-l x", "log\n"),
        ("-L x", ""),
        ("--last 1 x", "log:x 2\n"),
        ("-o --tally [0-9]", "1\t1\n1\t2\n"),
        (
            "-c --by-pattern -e 1 -e x",
            "log:1\t1\nlog:2\tx\nfifo:0\t1\nfifo:0\tx\n",
        ),
    ] {
        let Some(ended) = signalled_at_fifo("INT", &format!("{flags} log"), "log no-such-file")
        else {
            return;
        };
        assert_eq!(ended.status.code(), Some(130), "{flags}");
        assert_eq!(ended.stdout, want, "{flags}");
        let stderr = format!("logscan: fifo: {INTERRUPTED}0\n{left}");
        assert_eq!(ended.stderr, stderr, "{flags}");
    }
}

#[test]
fn json_messages_tell_of_the_interruption_and_are_complete() {
    let Some(ended) = signalled_at_fifo("INT", "--json x log", "log") else {
        return;
    };
    assert_eq!(ended.status.code(), Some(130));
    let kinds: Vec<&str> = ended
        .stdout
        .lines()
        .filter_map(|line| line.split("\"type\":\"").nth(1)?.split('"').next())
        .collect();
    let want = ["begin", "match", "match", "end", "begin", "end", "summary"];
    assert_eq!(kinds, want, "{}", ended.stdout);
    let notes = format!("\"notes\":[\"{INTERRUPTED}0\"]");
    assert!(ended.stdout.contains(&notes), "{}", ended.stdout);
}

#[test]
fn the_last_hits_so_far_of_a_stream_are_printed() {
    let dir = Dir::new();
    let Some(mut child) = start(dir.logscan("--last 2 -b x")) else {
        return;
    };
    let mut stdin = child.0.stdin.take().expect("it is piped");
    // More than a pipe holds, so that some of it has been read when all is written.
    stdin
        .write_all(&b"x 345678\n".repeat(1 << 20))
        .expect("the reader lives");
    send(&child.0, "INT");
    let stdout = rest_of(child.0.stdout.take());
    let stderr = rest_of(child.0.stderr.take());
    assert_eq!(wait(&mut child.0).code(), Some(130), "{stderr}");
    let end = complete_to(&stderr);
    let want = format!("{}:x 345678\n{}:x 345678\n", end - 18, end - 9);
    assert_eq!(stdout, want, "{stderr}");
    drop(stdin);
}

#[test]
fn what_is_decoded_from_a_pipe_is_waited_for_until_a_signal() {
    let dir = Dir::new();
    let mut random = Random(5);
    let log: String = (0..200_000)
        .map(|_| {
            let mut hex = || random.below(1 << 30);
            format!(
                "ERROR {:08x}{:08x}{:08x}{:08x}\n",
                hex(),
                hex(),
                hex(),
                hex()
            )
        })
        .collect();
    let log = log.into_bytes();
    let tar = tar_of(&[("a", b"ERROR a\n"), ("b", &log)]);
    for bytes in [gzip(&tar), tar, gzip(&log)] {
        let Some(mut child) = start(dir.logscan("-c ERROR -H")) else {
            return;
        };
        let mut stdin = child.0.stdin.take().expect("it is piped");
        // More than a pipe holds, so that some of it has been read when all is written.
        assert!(bytes.len() / 2 > 1 << 20);
        stdin
            .write_all(&bytes[..bytes.len() / 2])
            .expect("the reader lives");
        send(&child.0, "INT");
        let stderr = rest_of(child.0.stderr.take());
        assert_eq!(wait(&mut child.0).code(), Some(130), "{stderr}");
        assert!(stderr.contains("interrupted: "), "{stderr}");
        drop(stdin);
    }
}

#[test]
fn of_a_file_the_beginning_of_the_output_is_printed() {
    // Of 32 MiB, 90 MB are printed: more than the pipe and all threads hold.
    let line = "0123456789abcde\n";
    let dir = Dir::with_log(line.repeat(2 << 20));
    for flags in [
        "--mmap -j1",
        "--mmap -j2",
        "--no-mmap -j2",
        "--no-mmap -j7",
        "--chunk-size 4K -j7",
    ] {
        let Some(mut child) = start(dir.logscan(&format!("{flags} -n -b . log"))) else {
            return;
        };
        let mut stdout = child.0.stdout.take().expect("it is piped");
        let mut first = [0];
        stdout
            .read_exact(&mut first)
            .expect("the first hit comes out");
        send(&child.0, "INT");
        let got = format!("{}{}", char::from(first[0]), rest_of(Some(stdout)));
        let stderr = rest_of(child.0.stderr.take());
        assert_eq!(wait(&mut child.0).code(), Some(130), "{flags}: {stderr}");
        let complete_to = complete_to(&stderr);
        assert_eq!(complete_to % 16, 0, "{flags}: it is the end of a line");
        assert!(complete_to < 32 << 20, "{flags}: {stderr}");
        let mut lines = got.split_inclusive('\n');
        for number in 0..complete_to / 16 {
            let want = format!("{}:{}:{line}", number + 1, number * 16);
            assert_eq!(lines.next(), Some(want.as_str()), "{flags}: {stderr}");
        }
        assert_eq!(lines.next(), None, "{flags}: {stderr}");
    }
}

#[test]
fn a_second_signal_ends_a_write_that_nobody_reads() {
    let dir = Dir::with_log("x\n".repeat(8 << 20));
    for (first, second, number) in [("INT", "INT", 2), ("INT", "TERM", 15), ("TERM", "INT", 2)] {
        let Some(mut child) = start(dir.logscan("-n x log")) else {
            return;
        };
        let mut stdout = child.0.stdout.take().expect("it is piped");
        stdout
            .read_exact(&mut [0])
            .expect("the first hit comes out");
        send(&child.0, first);
        // Again until it ends: two of a kind count as one if the first has not been taken yet.
        let status = wait_for(|| {
            send(&child.0, second);
            child.0.try_wait().expect("it is our child")
        });
        assert_eq!(status.signal(), Some(number), "{first} {second}: {status}");
        drop(stdout);
    }
}

#[test]
fn a_reader_that_goes_away_too_is_no_trouble() {
    let dir = Dir::with_log("x\n".repeat(8 << 20));
    let Some(mut child) = start(dir.logscan("-n x log")) else {
        return;
    };
    let mut stdout = child.0.stdout.take().expect("it is piped");
    stdout
        .read_exact(&mut [0])
        .expect("the first hit comes out");
    send(&child.0, "INT");
    drop(stdout);
    assert_eq!(rest_of(child.0.stderr.take()), "");
    assert_eq!(wait(&mut child.0).code(), Some(130));
}

#[test]
fn a_signal_that_was_ignored_at_the_start_stays_ignored() {
    let dir = Dir::new();
    for signal in ["INT", "TERM"] {
        let script = format!("trap '' {signal}; exec logscan -n x");
        let mut child = KillOnDrop(dir.sh(&script).start());
        let mut stdin = child.0.stdin.take().expect("it is piped");
        let stdout = chunks_of(child.0.stdout.take().expect("it is piped"));
        for nth in 1..=2 {
            stdin.write_all(b"x\n").expect("the reader lives");
            let want = format!("{nth}:x\n").into_bytes();
            assert_eq!(stdout.recv_timeout(HANG), Ok(want), "{signal}");
            send(&child.0, signal);
        }
        drop(stdin);
        assert_eq!(wait(&mut child.0).code(), Some(0), "{signal}");
    }
}

#[test]
fn a_fifo_is_searched_when_its_first_writer_comes_late() {
    for (text, stdout, code) in [("a\nx\n", "2:x\n", 0), ("x", "1:x\n", 0), ("", "", 1)] {
        for flags in ["-j1", "-j7", "--last 5"] {
            let dir = Dir::new();
            make_fifo(dir.path());
            let mut child = KillOnDrop(dir.logscan(&format!("{flags} -n x fifo")).start());
            wait_for(|| has_open(&child.0, "fifo"));
            let mut writer = OpenOptions::new()
                .write(true)
                .open(dir.path().join("fifo"))
                .expect("it is there");
            writer.write_all(text.as_bytes()).expect("it has a reader");
            drop(writer);
            assert_eq!(rest_of(child.0.stdout.take()), stdout, "{flags} {text:?}");
            assert_eq!(rest_of(child.0.stderr.take()), "", "{flags} {text:?}");
            assert_eq!(wait(&mut child.0).code(), Some(code), "{flags} {text:?}");
        }
    }
}

/// What a program left.
struct Ended {
    status: ExitStatus,
    stdout: String,
    stderr: String,
}

/// `logscan FLAGS fifo MORE`, where `log` has two hits and nobody writes into `fifo`, when a signal
/// comes as it waits there.
fn signalled_at_fifo(signal: &str, flags: &str, more: &str) -> Option<Ended> {
    let dir = Dir::with_log("x 1\nx 2\n");
    make_fifo(dir.path());
    let mut child = start(dir.logscan(&format!("{flags} fifo {more}")))?;
    wait_for(|| has_open(&child.0, "fifo"));
    send(&child.0, signal);
    Some(Ended {
        status: wait(&mut child.0),
        stdout: rest_of(child.0.stdout.take()),
        stderr: rest_of(child.0.stderr.take()),
    })
}

/// Starts a program that a signal should end; `None` if it would inherit that SIGINT or SIGTERM is
/// ignored, as what a shell script runs in the background does.
fn start(run: Run) -> Option<KillOnDrop> {
    if !signals_arrive() {
        return None;
    }
    Some(KillOnDrop(run.start()))
}

fn make_fifo(dir: &Path) {
    let status = Command::new("mkfifo").arg(dir.join("fifo")).status();
    assert!(status.expect("there is a mkfifo").success());
}

/// Whether the program has a file of that name open.
fn has_open(child: &Child, name: &str) -> Option<()> {
    let mut files = fs::read_dir(format!("/proc/{}/fd", child.id())).ok()?;
    files
        .any(|file| {
            file.and_then(|file| fs::read_link(file.path()))
                .is_ok_and(|path| path.ends_with(name))
        })
        .then_some(())
}

fn rest_of(pipe: Option<impl Read>) -> String {
    let mut bytes = Vec::new();
    pipe.expect("it is piped, and taken once")
        .read_to_end(&mut bytes)
        .expect("the pipe can be read");
    String::from_utf8(bytes).expect("it is text")
}

/// The byte that the note names.
#[track_caller]
fn complete_to(stderr: &str) -> u64 {
    let (_, byte) = stderr
        .split_once(INTERRUPTED)
        .unwrap_or_else(|| panic!("want a note: {stderr:?}"));
    byte.trim().parse().expect("it is a number")
}
