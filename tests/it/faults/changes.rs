//! Logs that are moved, replaced, rewritten, appended to or cut while they are searched.
//!
//! Nothing here measures time. The program prints more than a pipe and all threads hold, and nobody
//! reads it: so when its first byte has come, it has opened the log and cannot have searched it all
//! until somebody reads on.

use std::{
    fs::{self, File},
    io::{Read, Seek, SeekFrom, Write},
    process::{ChildStderr, ChildStdout},
    thread,
    time::{Duration, SystemTime},
};

use serde_json::Value;

use super::{
    super::support::{Dir, KillOnDrop, Run, wait},
    shim::Faults,
};

/// The log has lines of 16 bytes.
const LINE: usize = 16;

/// Lines of the log: as text their output has 30 MB.
const LINES: usize = 1 << 20;

const LOG_BYTES: u64 = (LINES * LINE) as u64;

/// Paths, chunk sizes and threads.
const WAYS: [&str; 5] = [
    "--mmap -j1",
    "--mmap -j2",
    "--mmap -j2 --chunk-size=10000",
    "--no-mmap -j1",
    "--no-mmap -j2 --chunk-size=10000",
];

fn log() -> Vec<u8> {
    let mut log = Vec::with_capacity(LINES * LINE);
    for nth in 0..LINES {
        writeln!(log, "line {nth:010}").expect("a Vec takes everything");
    }
    log
}

/// `-n .` of the first `lines` lines of a log as [`log`] makes it.
fn numbered(log: &[u8], lines: usize) -> Vec<u8> {
    let mut text = Vec::new();
    for (nth, line) in log.chunks(LINE).take(lines).enumerate() {
        write!(text, "{}:", nth + 1).expect("a Vec takes everything");
        text.extend_from_slice(line);
    }
    text
}

/// A search that has begun and cannot end.
struct Begun {
    child: KillOnDrop,
    first: u8,
    stdout: ChildStdout,
    stderr: ChildStderr,
}

/// What it came to.
struct Ended {
    stdout: Vec<u8>,
    stderr: String,
    code: Option<i32>,
}

impl Begun {
    fn new(dir: &Dir, args: &str) -> Begun {
        Begun::of(dir.logscan(args))
    }

    fn of(run: Run) -> Begun {
        let mut child = KillOnDrop(run.start());
        drop(child.0.stdin.take());
        let mut stdout = child.0.stdout.take().expect("it is piped");
        let stderr = child.0.stderr.take().expect("it is piped");
        let mut first = [0];
        stdout
            .read_exact(&mut first)
            .expect("the first hit comes out");
        Begun {
            child,
            first: first[0],
            stdout,
            stderr,
        }
    }

    fn end(mut self) -> Ended {
        let mut stderr = String::new();
        let errors = thread::spawn(move || {
            let _ = self.stderr.read_to_string(&mut stderr);
            stderr
        });
        let mut stdout = vec![self.first];
        self.stdout
            .read_to_end(&mut stdout)
            .expect("the pipe can be read");
        Ended {
            stdout,
            stderr: errors.join().expect("reading does not panic"),
            code: wait(&mut self.child.0).code(),
        }
    }
}

impl Ended {
    #[track_caller]
    fn check(&self, way: &str, stdout: &[u8], stderr: &str, code: i32) {
        assert_eq!(self.stderr, stderr, "{way}");
        // Tens of MB: a difference is shown by its place.
        let same = self
            .stdout
            .iter()
            .zip(stdout)
            .take_while(|(a, b)| a == b)
            .count();
        assert!(
            self.stdout == stdout,
            "{way}: {} bytes of output, want {}, equal up to {same}",
            self.stdout.len(),
            stdout.len()
        );
        assert_eq!(self.code, Some(code), "{way}");
    }
}

const RENAMED: &str = "logscan: log: was renamed, or its links or permissions were changed, while being searched: \
                       results are of the file that was opened\n";

#[test]
fn a_log_that_is_rotated_is_searched_to_its_end() {
    let log = log();
    for way in WAYS {
        let dir = Dir::with_log(&log);
        let begun = Begun::new(&dir, &format!("{way} -n . log"));
        let path = dir.path().join("log");
        fs::rename(&path, dir.path().join("log.1")).expect("it is ours");
        fs::write(&path, "the new log\n").expect("it is ours");
        begun.end().check(way, &numbered(&log, LINES), RENAMED, 0);
    }
}

#[test]
fn a_log_that_is_deleted_is_searched_to_its_end() {
    let log = log();
    for way in WAYS {
        let dir = Dir::with_log(&log);
        let begun = Begun::new(&dir, &format!("{way} -n . log"));
        fs::remove_file(dir.path().join("log")).expect("it is ours");
        begun.end().check(way, &numbered(&log, LINES), RENAMED, 0);
    }
}

#[test]
fn lines_that_are_appended_are_not_searched() {
    let log = log();
    for way in WAYS {
        // The last line is not complete when the search begins, and gets its end later.
        let dir = Dir::with_log(&log[..log.len() - 6]);
        let begun = Begun::new(&dir, &format!("{way} -n . log"));
        let mut file = File::options()
            .append(true)
            .open(dir.path().join("log"))
            .expect("it is ours");
        file.write_all(b" goes on\nand more\n")
            .expect("there is room");
        let mut want = numbered(&log, LINES);
        want.truncate(want.len() - 6);
        want.push(b'\n');
        begun.end().check(way, &want, "", 0);
    }
}

#[test]
fn a_file_that_is_replaced_before_its_turn_is_opened_as_it_is_then() {
    let log = log();
    for way in WAYS {
        let dir = Dir::with_log(&log);
        dir.file("next", "an old line\n".repeat(100));
        dir.file("gone", "x\n");
        let begun = Begun::new(
            &dir,
            &format!("{way} --no-filename -n . log next gone late"),
        );
        dir.file("new", "a new line\n");
        fs::rename(dir.path().join("new"), dir.path().join("next")).expect("it is ours");
        fs::remove_file(dir.path().join("gone")).expect("it is ours");
        dir.file("late", "a late line\n");
        let mut want = numbered(&log, LINES);
        want.extend_from_slice(b"1:a new line\n1:a late line\n");
        let complaint = "logscan: cannot open gone: No such file or directory\n";
        begun.end().check(way, &want, complaint, 2);
    }
}

#[test]
fn a_log_that_is_rewritten_in_place_is_noted() {
    let log = log();
    for way in WAYS {
        let dir = Dir::with_log(&log);
        let path = dir.path().join("log");
        // A file that was changed within a tick of the kernel's clock may look unchanged.
        let before = SystemTime::now() - Duration::from_secs(3600);
        let file = File::options().write(true).open(&path).expect("it is ours");
        file.set_modified(before).expect("it is ours");
        let begun = Begun::new(&dir, &format!("{way} -n . log"));
        (&file)
            .write_all(&b"LINE 0123456789\n".repeat(LINES))
            .expect("there is room");
        let ended = begun.end();
        assert_eq!(
            ended.stderr,
            "logscan: log: was changed while being searched: lines may be from before or after the change; \
             search it again\n",
            "{way}"
        );
        assert_eq!(ended.code, Some(2), "{way}");
        // Line ends are where they were: every line is of before or after, or some of both.
        assert_eq!(ended.stdout.len(), numbered(&log, LINES).len(), "{way}");
    }
}

#[test]
fn a_regex_engine_does_not_see_bytes_change() {
    // regex-automata panics if what it finds from the left is not there from the right. The writer
    // goes over the same lines again and again and meets the search in some of them.
    let line = |word: &str| format!("request 0123456789 of app {word} 42x42 by user@host\n");
    let texts = ["ERROR7", "error7"].map(|word| line(word).repeat(20_000));
    let dir = Dir::with_log(texts[0].as_bytes());
    let path = dir.path().join("log");
    let mut file = File::options().write(true).open(path).expect("it is ours");
    let writer = thread::spawn(move || {
        for text in texts.iter().cycle().take(4000) {
            file.seek(SeekFrom::Start(0)).expect("it is a file");
            file.write_all(text.as_bytes()).expect("there is room");
        }
    });
    while !writer.is_finished() {
        for args in [
            ["-c", "-e", "[a-z]+ ERROR[0-9]"],
            ["-v", "-e", "[a-z0-9]+.ERROR7.*@host$"],
            ["-o", "-e", "[a-z]+ ERROR[0-9]|[p-z]+ +[0-9]+"],
        ] {
            let output = dir.logscan("--mmap -j1 log").args(&args).output();
            // 2 with a note that the log was changed, if the clock has moved on since it was
            // opened.
            assert!(matches!(output.code, Some(0..=2)), "{output}");
        }
    }
    writer.join().expect("writing does not panic");
}

#[test]
fn a_log_that_is_cut_gives_a_beginning_of_the_output_and_a_note() {
    let log = log();
    // 15 MiB make more output than can wait to be read: so that is where it ends. Before that,
    // nobody knows.
    for (cut_to, is_known) in [
        (15 << 20, true),
        ((15 << 20) + 5, true),
        (3 << 20, false),
        (0, false),
    ] {
        for way in WAYS {
            for stats in ["", "--stats"] {
                let dir = Dir::with_log(&log);
                let begun = Begun::new(&dir, &format!("{way} {stats} -n . log"));
                cut(&dir, cut_to);
                let ended = begun.end();
                let searched_to = searched_to(&ended.stderr, "log: ", LOG_BYTES, cut_to);
                let case = format!("{way} {stats}, cut to {cut_to}: {}", ended.stderr);
                assert_eq!(searched_to % LINE, 0, "{case}");
                if is_known {
                    assert_eq!(searched_to, 15 << 20, "{case}");
                }
                assert_eq!(
                    ended.stderr.contains("statistics"),
                    !stats.is_empty(),
                    "{case}"
                );
                if !stats.is_empty() {
                    assert!(
                        ended
                            .stderr
                            .contains(&format!("  bytes        {searched_to}\n")),
                        "{case}"
                    );
                }
                let note = ended.stderr.clone();
                ended.check(&case, &numbered(&log, searched_to / LINE), &note, 2);
            }
        }
    }
}

#[test]
fn zeros_that_a_file_system_gives_where_a_log_was_cut_are_not_taken_for_the_log() {
    let log = log();
    for way in ["--no-mmap -j1", "--no-mmap -j2 --chunk-size=10000"] {
        for cut_to in [15 << 20, (3 << 20) + 5, 0] {
            let Some(faults) = Faults::of(&log) else {
                return;
            };
            let faults = faults.set("SHIM_ZEROS", 1);
            let run = faults.dir.logscan(&format!("{way} -n . log"));
            let begun = Begun::of(faults.on(run));
            cut(&faults.dir, cut_to);
            let ended = begun.end();
            let searched_to = searched_to(&ended.stderr, "log: ", LOG_BYTES, cut_to);
            let case = format!("{way}, cut to {cut_to}: {}", ended.stderr);
            let note = ended.stderr.clone();
            ended.check(&case, &numbered(&log, searched_to / LINE), &note, 2);
        }
    }
}

#[test]
fn the_json_of_a_log_that_is_cut_has_the_note() {
    // A message has 200 bytes.
    let log = &log()[..2 << 20];
    for cut_to in [2_000_005, 0] {
        for way in WAYS {
            let dir = Dir::with_log(log);
            let begun = Begun::new(&dir, &format!("{way} --json --stats . log"));
            cut(&dir, cut_to);
            let ended = begun.end();
            let (mut hits, mut notes) = (0, Vec::new());
            for message in ended.stdout.split(|&byte| byte == b'\n') {
                if message.starts_with(b"{\"type\":\"match\"") {
                    hits += 1;
                } else if message.starts_with(b"{\"type\":\"end\"") {
                    let end: Value = serde_json::from_slice(message).expect("it is JSON");
                    notes = end["data"]["notes"]
                        .as_array()
                        .expect("it is there")
                        .clone();
                }
            }
            let [Value::String(note)] = &notes[..] else {
                panic!("{way}: want one note: {notes:?}");
            };
            let searched_to = searched_to(note, "", log.len() as u64, cut_to);
            assert_eq!(hits * LINE, searched_to, "{way}: {note}");
            assert_eq!(ended.stderr, format!("logscan: log: {note}\n"), "{way}");
            assert_eq!(ended.code, Some(2), "{way}");
        }
    }
}

fn cut(dir: &Dir, length: u64) {
    File::options()
        .write(true)
        .open(dir.path().join("log"))
        .and_then(|file| file.set_len(length))
        .expect("it is ours");
}

/// The byte at which results end by the note, and by that they are known to be complete no further
/// than the file goes.
#[track_caller]
fn searched_to(text: &str, name: &str, from: u64, to: u64) -> usize {
    let words = format!("{name}shrank from {from} to {to} bytes while being searched: results ");
    let (_, rest) = text
        .split_once(&words)
        .unwrap_or_else(|| panic!("want {words:?} in {text:?}"));
    let mut numbers = rest
        .lines()
        .next()
        .unwrap_or("")
        .split(|c: char| !c.is_ascii_digit())
        .filter(|digits| !digits.is_empty())
        .map(|digits| digits.parse().expect("it is a number"));
    let searched_to = numbers.next().expect("where results end");
    let complete_to: usize = numbers.next().unwrap_or(searched_to);
    assert!(
        complete_to <= searched_to && complete_to as u64 <= to,
        "{text}"
    );
    searched_to
}
