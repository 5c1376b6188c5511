//! A hit is shown when it is there, memory stays small while a reader is slow, and a closed pipe is
//! the end.
//!
//! Nothing here measures time: where a program must do something by itself, it is waited for, and
//! the wait has a limit only so that a hang fails.

use std::{
    fs::{self, File},
    io::{BufWriter, Read, Write},
    process::Child,
    thread,
    time::Instant,
};

use super::support::{Dir, HANG, KillOnDrop, POLL, chunks_of, wait};
#[cfg(unix)]
use super::{record::skip, support::wait_for};

/// How often in a row nothing may have happened in a program until it counts as waiting.
const IDLE_POLLS: u32 = 25;

#[test]
fn a_hit_comes_out_while_the_writer_lives() {
    let dir = Dir::new();
    for flags in [
        "ERROR",
        "-n ERROR",
        "--line-buffered -b ERROR",
        "-o -j7 ERROR",
        "-A1 ERROR",
        "--json ERROR",
        "-r <$0> ERROR",
    ] {
        let mut child = KillOnDrop(dir.logscan(flags).start());
        let mut stdin = child.0.stdin.take().expect("it is piped");
        let stdout = chunks_of(child.0.stdout.take().expect("it is piped"));
        for nth in 1..=3 {
            stdin
                .write_all(b"nothing\none ERROR more\n")
                .expect("the reader lives");
            stdin.flush().expect("the reader lives");
            let mut seen = String::new();
            // --json writes a begin message first, and -A1 the line after the last hit.
            while !seen.contains("ERROR") {
                let Ok(part) = stdout.recv_timeout(HANG) else {
                    panic!(
                        "hit {nth} of an open pipe did not come out: logscan {flags}\nseen: {seen:?}"
                    );
                };
                seen.push_str(&String::from_utf8_lossy(&part));
            }
        }
        drop(stdin);
        assert_eq!(wait(&mut child.0).code(), Some(0), "logscan {flags}");
    }
}

#[test]
fn a_line_that_is_not_complete_waits_for_its_end() {
    let dir = Dir::new();
    let mut child = KillOnDrop(dir.logscan("-n ERROR").start());
    let mut stdin = child.0.stdin.take().expect("it is piped");
    let stdout = chunks_of(child.0.stdout.take().expect("it is piped"));
    stdin.write_all(b"ERROR 1\nERR").expect("the reader lives");
    assert_eq!(
        stdout.recv_timeout(HANG).as_deref(),
        Ok(&b"1:ERROR 1\n"[..])
    );
    stdin.write_all(b"OR 2\n").expect("the reader lives");
    assert_eq!(
        stdout.recv_timeout(HANG).as_deref(),
        Ok(&b"2:ERROR 2\n"[..])
    );
    stdin.write_all(b"ERROR 3").expect("the reader lives");
    drop(stdin);
    assert_eq!(
        stdout.recv_timeout(HANG).as_deref(),
        Ok(&b"3:ERROR 3\n"[..])
    );
    assert_eq!(wait(&mut child.0).code(), Some(0));
}

#[test]
fn a_search_that_needs_no_more_ends_while_the_writer_lives() {
    let dir = Dir::new();
    for (flags, want) in [
        ("-m1 x", "a x\n"),
        ("-q x", ""),
        ("-l x", "(standard input)\n"),
        ("-m1 -c x", "1\n"),
        ("-L x", ""),
        ("-m2 -n x", "2:a x\n3:x\n"),
        ("-m1 -v a", "x\n"),
    ] {
        let mut child = KillOnDrop(dir.logscan(flags).start());
        let mut stdin = child.0.stdin.take().expect("it is piped");
        let stdout = chunks_of(child.0.stdout.take().expect("it is piped"));
        stdin
            .write_all(b"a\na x\nx\na unfinished")
            .expect("the reader lives");
        let status = wait(&mut child.0);
        let got: Vec<u8> = stdout.iter().flatten().collect();
        assert_eq!(String::from_utf8_lossy(&got), want, "logscan {flags}");
        // With -L too: as for grep, the status says whether a line was selected.
        assert_eq!(status.code(), Some(0), "logscan {flags}");
        drop(stdin);
    }
}

#[test]
#[cfg(unix)] // A shell.
fn a_closed_pipe_ends_an_endless_search_quietly() {
    let dir = Dir::new();
    for flags in [
        "ERROR",
        "-n ERROR",
        "-o -b ERROR",
        "--json ERROR",
        "-C1 ERROR",
        "-v nothing",
        "--line-buffered ERROR",
    ] {
        let script = format!("yes 'an ERROR here' | logscan {flags} | head -1 | wc -l");
        let output = dir.sh(&script).output();
        assert_eq!(output.text().trim(), "1", "{output}");
        output.stderr_is_empty();
    }
}

#[test]
#[cfg(unix)] // A shell.
fn a_closed_pipe_ends_the_search_of_a_file_quietly() {
    let dir = Dir::with_log("an ERROR here\n".repeat(1 << 20));
    for flags in [
        "ERROR log",
        "--mmap -n ERROR log log",
        "--no-mmap -j7 ERROR log",
        "--json ERROR log",
        "-o -n . log log log",
        "--last 900000 -n ERROR log",
    ] {
        let output = dir
            .sh(&format!(
                "{{ logscan {flags}; echo $? >&2; }} | head -1 | wc -l"
            ))
            .output();
        assert_eq!(output.text().trim(), "1", "{output}");
        let status = String::from_utf8_lossy(&output.stderr).into_owned();
        // 0 for a quiet end; a shell says 141 for a program that SIGPIPE ended, as it ends grep.
        assert!(
            matches!(status.trim(), "0" | "141"),
            "nothing but the status on stderr: {output}"
        );
    }
}

#[test]
#[cfg(unix)] // /dev/full
fn a_full_device_is_trouble_with_a_reason() {
    if !std::path::Path::new("/dev/full").exists() {
        skip("needs /dev/full");
        return;
    }
    let dir = Dir::with_log("x\n".repeat(1 << 16));
    for flags in ["x", "-c x", "-l x", "--json x"] {
        let output = dir.sh(&format!("logscan {flags} log > /dev/full")).output();
        output.code_is(2).stderr_has("No space left on device");
    }
}

#[test]
fn memory_is_bounded_while_a_slow_reader_takes_every_byte_of_a_dense_log() {
    // 16 MiB of lines make about 300 MB of output.
    let line = b"2026-11-20 INFO ok \n";
    let lines = 16 * 1024 * 1024 / line.len() as u64;
    let dir = Dir::new();
    write_lines(&dir, line, lines);
    let mut want = Numbered {
        line,
        lines,
        line_number: 1,
        at: 0,
        pending: Vec::new(),
    };
    slow_read(&dir, "-o -b -n . log", |bytes| want.take(bytes));
    assert_eq!(want.line_number, lines + 1, "the output is complete");
}

#[test]
fn memory_is_bounded_while_a_slow_reader_takes_the_json_of_a_dense_log() {
    // A message of about 700 bytes for each line: 300 MB.
    let line = b"2026-11-20 INFO\n";
    let lines = 400_000;
    let dir = Dir::new();
    write_lines(&dir, line, lines);
    let (mut matches, mut newlines) = (0u64, 0u64);
    let mut last = Vec::new();
    slow_read(&dir, "--json . log", |bytes| {
        for &byte in bytes {
            if byte == b'\n' {
                newlines += 1;
                matches += u64::from(last.starts_with(b"{\"type\":\"match\""));
                last.clear();
            } else if last.len() < 20 {
                last.push(byte);
            }
        }
    });
    assert_eq!(matches, lines, "the output is complete");
    assert_eq!(
        newlines,
        lines + 3,
        "and a begin, an end and a summary message"
    );
}

#[test]
#[cfg(unix)] // A shell.
fn memory_is_bounded_while_a_slow_reader_takes_a_stream_with_numbers() {
    let dir = Dir::new();
    write_lines(&dir, b"2026-11-20 INFO nothing happened\n", 4_000_000);
    let (mut newlines, mut bytes_seen) = (0u64, 0u64);
    let mut child = KillOnDrop(dir.sh("cat log | exec logscan -n ''").start());
    // The shell's child is what counts; `exec` makes the last of the pipeline the shell's own
    // child, not the shell.
    let shell = child.0.id();
    drop(child.0.stdin.take());
    let pid = wait_for(|| child_named(shell, "logscan"));
    read_slowly(pid, &mut child.0, |bytes| {
        newlines += bytes.iter().filter(|&&byte| byte == b'\n').count() as u64;
        bytes_seen += bytes.len() as u64;
    });
    assert_eq!(newlines, 4_000_000, "the output is complete");
    let digits: u64 = (1..=4_000_000u64)
        .map(|number| u64::from(number.ilog10()) + 2)
        .sum();
    assert_eq!(
        bytes_seen,
        4_000_000 * 33 + digits,
        "the output is complete"
    );
}

fn write_lines(dir: &Dir, line: &[u8], lines: u64) {
    let mut file = BufWriter::new(
        File::create(dir.path().join("log")).expect("the temp directory is writable"),
    );
    for _ in 0..lines {
        file.write_all(line).expect("the temp directory has room");
    }
}

/// The output of `-o -b -n .`, made as it comes.
struct Numbered<'a> {
    line: &'a [u8],
    lines: u64,
    line_number: u64,
    at: usize,
    pending: Vec<u8>,
}

impl Numbered<'_> {
    #[track_caller]
    fn take(&mut self, bytes: &[u8]) {
        while self.pending.len() < bytes.len() && self.line_number <= self.lines {
            let length = self.line.len();
            let offset = (self.line_number - 1) * length as u64 + self.at as u64;
            writeln!(
                self.pending,
                "{}:{offset}:{}",
                self.line_number,
                char::from(self.line[self.at])
            )
            .expect("a Vec takes everything");
            self.at += 1;
            if self.at == length - 1 {
                (self.at, self.line_number) = (0, self.line_number + 1);
            }
        }
        let same = self.pending.len() >= bytes.len() && self.pending[..bytes.len()] == *bytes;
        assert!(same, "wrong output around line {}", self.line_number);
        self.pending.drain(..bytes.len());
    }
}

/// Runs `logscan ARGS` and reads its output with pauses; private memory must stay small all the
/// time.
#[track_caller]
fn slow_read(dir: &Dir, args: &str, take: impl FnMut(&[u8])) {
    let mut child = KillOnDrop(dir.logscan(args).start());
    drop(child.0.stdin.take());
    let pid = child.0.id();
    read_slowly(pid, &mut child.0, take);
}

#[track_caller]
#[expect(
    clippy::print_stdout,
    reason = "only tests call it: cargo shows this with --nocapture"
)]
fn read_slowly(pid: u32, child: &mut Child, mut take: impl FnMut(&[u8])) {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    // DESIGN, invariant 3: per thread a chunk and at most 8 MiB of finished output. Two threads
    // must fit 64 MiB.
    let limit_kib = (64 << 10).max(threads * (12 << 10));
    let mut stdout = child.stdout.take().expect("it is piped");
    let mut buffer = vec![0; 1 << 16];
    let (mut read, mut peak_kib, mut pauses) = (0usize, 0, 0);
    loop {
        // At the start, and then twice more: read nothing until every thread waits.
        if pauses * (20 << 20) <= read && pauses < 3 {
            wait_until_idle(pid);
            pauses += 1;
        }
        peak_kib = private_kib(pid).unwrap_or(0).max(peak_kib);
        let count = stdout.read(&mut buffer).expect("the pipe can be read");
        if count == 0 {
            break;
        }
        read += count;
        take(&buffer[..count]);
    }
    let status = wait(child);
    assert_eq!(status.code(), Some(0));
    println!("{read} bytes read, peak of private memory {peak_kib} KiB");
    assert!(
        peak_kib <= limit_kib,
        "{peak_kib} KiB of private memory, at most {limit_kib} KiB are allowed"
    );
    assert!(
        peak_kib > 0 || !cfg!(target_os = "linux"),
        "memory was not seen at all"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_search_waits_for_its_reader_only_when_there_is_a_mebibyte_to_read() {
    const OUTPUT_BYTES: usize = 1_000_000;
    let dir = Dir::with_log("x\n".repeat(OUTPUT_BYTES / 2));
    let mut child = KillOnDrop(dir.logscan("x log").start());
    if !ends_without_a_reader(&mut child.0) {
        // A user may have so much in pipes, and root as much as it likes: pipe(7).
        assert!(
            may_be_refused_a_wide_pipe(),
            "it waits for a reader though the pipe could be wide"
        );
        skip("needs a pipe of 1 MiB, which the system has refused this user");
        return;
    }
    assert_eq!(wait(&mut child.0).code(), Some(0));
    let mut bytes = Vec::new();
    let mut stdout = child.0.stdout.take().expect("it is piped");
    stdout.read_to_end(&mut bytes).expect("a pipe can be read");
    assert_eq!(bytes.len(), OUTPUT_BYTES);
}

/// Whether a program has ended before all its threads wait for who reads its output.
#[cfg(target_os = "linux")]
fn ends_without_a_reader(child: &mut Child) -> bool {
    let pid = child.id();
    let mut idle = Idle::default();
    wait_for(|| {
        if child.try_wait().expect("it is our child").is_some() {
            return Some(true);
        }
        thread::sleep(POLL);
        idle.has_come(pid).then_some(false)
    })
}

/// Whether the system may refuse to make a pipe 1 MiB wide: to users who have much in pipes
/// already.
#[cfg(target_os = "linux")]
fn may_be_refused_a_wide_pipe() -> bool {
    const CAP_SYS_RESOURCE: u64 = 1 << 24;
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let capabilities = status
        .lines()
        .find_map(|line| line.strip_prefix("CapEff:"))
        .and_then(|set| u64::from_str_radix(set.trim(), 16).ok())
        .unwrap_or(0);
    let limit = fs::read_to_string("/proc/sys/fs/pipe-max-size").unwrap_or_default();
    let is_limited = limit.trim().parse().unwrap_or(0) < 1 << 20;
    // In a namespace of users, even all capabilities do not count here.
    let users = fs::read_to_string("/proc/self/uid_map").unwrap_or_default();
    let has_all_users = users.split_whitespace().eq(["0", "0", "4294967295"]);
    capabilities & CAP_SYS_RESOURCE == 0 || !has_all_users || is_limited
}

/// Waits until all threads of the program wait for the reader.
fn wait_until_idle(pid: u32) {
    let (begun, mut idle) = (Instant::now(), Idle::default());
    while !idle.has_come(pid) {
        assert!(
            begun.elapsed() < HANG,
            "still busy though nobody reads its output"
        );
        thread::sleep(POLL);
    }
}

/// How often in a row a program was seen to do nothing.
#[derive(Default)]
struct Idle {
    polls: u32,
    ticks: Option<u64>,
}

impl Idle {
    /// Looks once more: it is idle when it has used no CPU time for some polls, and not because it
    /// was not given any.
    fn has_come(&mut self, pid: u32) -> bool {
        let ticks = cpu_ticks(pid);
        let is_same = ticks == self.ticks && !is_runnable(pid);
        self.polls = if is_same { self.polls + 1 } else { 0 };
        self.ticks = ticks;
        self.polls >= IDLE_POLLS
    }
}

/// Whether some thread of the program would go on if it got a processor, or waits for a disk; false
/// on other systems.
fn is_runnable(pid: u32) -> bool {
    let threads = fs::read_dir(format!("/proc/{pid}/task"));
    threads.into_iter().flatten().flatten().any(|thread| {
        let stat = fs::read_to_string(thread.path().join("stat")).unwrap_or_default();
        let state = stat
            .rsplit_once(") ")
            .and_then(|(_, fields)| fields.chars().next());
        !matches!(state, None | Some('S' | 'Z' | 'X'))
    })
}

/// User and system time so far, from /proc; `None` on other systems.
fn cpu_ticks(pid: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut fields = fields.split(' ').skip(11);
    Some(fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?)
}

/// Memory that belongs to this process alone: pages of mapped files are not in it.
fn private_kib(pid: u32) -> Option<usize> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("RssAnon:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

/// The process id of a child of `parent` that runs this program.
#[cfg(unix)]
fn child_named(parent: u32, name: &str) -> Option<u32> {
    fs::read_dir("/proc").ok()?.flatten().find_map(|entry| {
        let pid: u32 = entry.file_name().to_str()?.parse().ok()?;
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let (start, fields) = stat.rsplit_once(") ")?;
        let parent_of: u32 = fields.split(' ').nth(1)?.parse().ok()?;
        (parent_of == parent && start.ends_with(&format!("({name}"))).then_some(pid)
    })
}
