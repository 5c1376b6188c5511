//! A file of which some pages cannot be read: the rest is searched, a note names the first byte and
//! the number of bytes that are missing, and the exit status is 2. On every path, for every chunk
//! size and number of threads.
//!
//! The oracle: a line is lost if it has a byte in such a page, or if the byte before it has, so
//! that nobody knows that it begins there. Line numbers count what is left, and nothing is context
//! across a gap.

use std::{fmt::Write as _, ops::Range};

use serde_json::Value;

use super::{
    super::support::{Dir, Output, Random, Run},
    shim::Faults,
};

const PAGE: usize = 4096;

/// `--chunk-size` and `-j`.
const CHUNKS: [(&str, &str); 6] = [
    ("7", "2"),
    ("1000", "1"),
    ("4096", "7"),
    ("4097", "2"),
    ("10000", "7"),
    ("1M", "1"),
];

/// The ways in which the file is read: flags, whether it is the standard input, and the faults that
/// must be met.
const PATHS: [(&str, bool, &str); 4] = [
    ("--mmap", false, "br"),
    ("--no-mmap", false, "r"),
    ("--mmap", true, "br"),
    ("--no-mmap", true, "r"),
];

/// A log with pages that cannot be read.
struct Damaged {
    log: Vec<u8>,
    /// By their numbers.
    pages: Vec<usize>,
}

/// A line that can be read.
struct Line<'a> {
    number: usize,
    offset: usize,
    text: &'a str,
    /// Lines with equal numbers have no gap between them.
    stretch: usize,
}

/// What is searched for: lines with `ERR`, or those without.
#[derive(Clone, Copy, Default)]
struct Wanted {
    invert: bool,
    context: usize,
    last: Option<usize>,
}

impl Damaged {
    fn new(log: impl Into<Vec<u8>>, pages: impl IntoIterator<Item = usize>) -> Damaged {
        Damaged {
            log: log.into(),
            pages: pages.into_iter().collect(),
        }
    }

    fn bad(&self) -> impl Iterator<Item = Range<usize>> {
        self.pages
            .iter()
            .map(|page| page * PAGE..((page + 1) * PAGE).min(self.log.len()))
    }

    fn faults(&self) -> Option<Faults> {
        let ranges: Vec<String> = self
            .pages
            .iter()
            .map(|page| format!("{}-{}", page * PAGE, (page + 1) * PAGE))
            .collect();
        Some(Faults::of(&self.log)?.set("SHIM_BAD", ranges.join(",")))
    }

    fn lines(&self) -> Vec<Line<'_>> {
        let is_bad = |at: usize| self.pages.contains(&(at / PAGE));
        let mut lines: Vec<Line<'_>> = Vec::new();
        let (mut offset, mut behind, mut stretch) = (0, 0, 0);
        for line in self.log.split_inclusive(|&byte| byte == b'\n') {
            let end = offset + line.len();
            if !(offset.saturating_sub(1)..end).any(is_bad) {
                stretch += usize::from(offset != behind);
                behind = end;
                lines.push(Line {
                    number: lines.len() + 1,
                    offset,
                    text: str::from_utf8(line)
                        .expect("it is ASCII")
                        .trim_end_matches('\n'),
                    stretch,
                });
            }
            offset = end;
        }
        lines
    }

    /// What `logscan -n -b` prints.
    fn found(&self, wanted: Wanted) -> String {
        let lines = self.lines();
        let is_hit = |line: &Line<'_>| line.text.contains("ERR") != wanted.invert;
        let mut hits: Vec<&Line<'_>> = lines.iter().filter(|line| is_hit(line)).collect();
        if let Some(last) = wanted.last {
            hits.drain(..hits.len().saturating_sub(last));
        }
        let mut text = String::new();
        let mut printed: Option<&Line<'_>> = None;
        for line in &lines {
            let is_near = |hit: &&&Line<'_>| {
                hit.stretch == line.stretch && hit.number.abs_diff(line.number) <= wanted.context
            };
            let Some(hit) = hits.iter().filter(is_near).min_by_key(|hit| {
                // A hit that was left out may be context of another.
                hit.number.abs_diff(line.number)
            }) else {
                continue;
            };
            let is_apart = printed
                .is_some_and(|last| last.stretch != line.stretch || last.number + 1 != line.number);
            if wanted.context > 0 && is_apart {
                text.push_str("--\n");
            }
            let sign = if hit.number == line.number { ':' } else { '-' };
            let Line { number, offset, .. } = line;
            let _ = writeln!(text, "{number}{sign}{offset}{sign}{}", line.text);
            printed = Some(line);
        }
        text
    }

    /// What is said of the file.
    fn note(&self) -> String {
        let first = self.bad().map(|bytes| bytes.start).min();
        let bytes: usize = self.bad().map(|bytes| bytes.len()).sum();
        format!(
            "cannot read at byte {}: Input/output error; {bytes} bytes were left out with the lines they belong to, \
             and line numbers count only lines that were read",
            first.expect("something is damaged"),
        )
    }
}

/// `logscan FLAGS` in every way; `check` gets the output and the name of the file in messages.
#[track_caller]
fn in_every_way(faults: &Faults, flags: &str, check: impl Fn(Output, &str)) {
    for (path, is_stdin, injected) in PATHS {
        for (chunk_bytes, threads) in CHUNKS {
            let args = format!("{path} --chunk-size={chunk_bytes} -j{threads} {flags}");
            let (run, name) = log_as(&faults.dir, &args, is_stdin);
            check(faults.output(run, injected), name);
        }
    }
}

fn log_as(dir: &Dir, args: &str, is_stdin: bool) -> (Run, &'static str) {
    if is_stdin {
        let run = dir.logscan(args).stdin_file(&dir.path().join("log"));
        return (run, "(standard input)");
    }
    (dir.logscan(args).arg("log"), "log")
}

/// `logscan FLAGS` prints `want`, notes what is missing, and ends with 2.
#[track_caller]
fn check(damaged: &Damaged, flags: &str, want: &str) {
    let Some(faults) = damaged.faults() else {
        return;
    };
    in_every_way(&faults, flags, |output, name| {
        output.stdout_is(want).code_is(2);
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        let note = format!("logscan: {name}: {}\n", damaged.note());
        assert!(stderr == note, "want on stderr: {note}\n{output}");
    });
}

/// Every kind of search of one log.
#[track_caller]
fn check_all(damaged: &Damaged) {
    let plain = Wanted::default();
    check(damaged, "-n -b ERR", &damaged.found(plain));
    let inverted = Wanted {
        invert: true,
        ..plain
    };
    check(damaged, "-n -b -v ERR", &damaged.found(inverted));
    for context in [1, 2, 50] {
        let wanted = Wanted { context, ..plain };
        let flags = format!("-n -b -C{context} ERR");
        check(damaged, &flags, &damaged.found(wanted));
    }
    let count = damaged.found(plain).lines().count();
    check(damaged, "-c ERR", &format!("{count}\n"));
    let count = damaged.found(inverted).lines().count();
    check(damaged, "-c -v ERR", &format!("{count}\n"));
    for (last, context) in [(3, 0), (1000, 0), (3, 2)] {
        let wanted = Wanted {
            last: Some(last),
            context,
            ..plain
        };
        let context = match context {
            0 => String::new(),
            _ => format!("-C{context}"),
        };
        let flags = format!("-n -b {context} --last={last} ERR");
        check(damaged, &flags, &damaged.found(wanted));
    }
}

/// Lines of 5 to 60 bytes, and now and then one of several pages; a third of them are hits.
fn random_log(seed: u64, bytes: usize) -> Vec<u8> {
    let mut random = Random(seed);
    let mut log = String::new();
    while log.len() < bytes {
        log.push_str(if random.below(3) == 0 {
            "ERR "
        } else {
            "info "
        });
        let length = match random.below(150) {
            0 => random.below(3 * PAGE),
            _ => random.below(56),
        };
        log.extend(std::iter::repeat_n('x', length));
        log.push('\n');
    }
    if random.below(2) == 0 {
        log.pop();
    }
    log.into_bytes()
}

/// Lines of 16 bytes, so that every page ends with a line; every fourth is a hit.
fn even_log(pages: usize) -> String {
    (0..pages * PAGE / 16)
        .map(|nth| {
            let word = if nth % 4 == 3 { "ERR" } else { "inf" };
            format!("{word} {nth:011}\n")
        })
        .collect()
}

#[test]
fn a_gap_in_the_middle_costs_the_lines_that_touch_it() {
    check_all(&Damaged::new(random_log(11, 6 * PAGE), [2]));
}

#[test]
fn a_gap_between_two_lines_costs_the_line_behind_it_too() {
    let damaged = Damaged::new(even_log(3), [1]);
    let lines = damaged.lines();
    let behind = lines.iter().find(|line| line.offset > PAGE);
    assert_eq!(behind.map(|line| line.offset), Some(2 * PAGE + 16));
    check_all(&damaged);
}

#[test]
fn a_gap_at_the_beginning() {
    check_all(&Damaged::new(random_log(12, 5 * PAGE), [0, 1]));
    check_all(&Damaged::new(even_log(3), [0]));
}

#[test]
fn a_gap_at_the_end() {
    let log = random_log(13, 4 * PAGE + 100);
    let last = (log.len() - 1) / PAGE;
    check_all(&Damaged::new(log, [last]));
    check_all(&Damaged::new(even_log(3), [2]));
}

#[test]
fn several_gaps() {
    check_all(&Damaged::new(random_log(14, 9 * PAGE), [1, 3, 4, 7]));
    check_all(&Damaged::new(even_log(6), [0, 2, 4]));
}

#[test]
fn a_file_of_which_nothing_can_be_read() {
    check_all(&Damaged::new(even_log(2), [0, 1]));
    check_all(&Damaged::new("ERR", [0]));
}

#[test]
fn gaps_at_random_places() {
    for seed in 1..=8 {
        let log = random_log(seed, 8 * PAGE);
        let mut random = Random(seed + 100);
        let pages = log.len().div_ceil(PAGE);
        let bad: Vec<usize> = (0..pages).filter(|_| random.below(4) == 0).collect();
        if bad.is_empty() {
            continue;
        }
        let damaged = Damaged::new(log, bad);
        let wanted = Wanted {
            context: 1,
            ..Wanted::default()
        };
        check(&damaged, "-n -b -C1 ERR", &damaged.found(wanted));
    }
}

#[test]
fn a_kernel_that_fails_a_read_as_a_whole_costs_no_more() {
    let damaged = Damaged::new(random_log(15, 6 * PAGE), [1, 4]);
    let Some(faults) = damaged.faults() else {
        return;
    };
    let want = damaged.found(Wanted::default());
    in_every_way(&faults.set("SHIM_WHOLE", 1), "-n -b ERR", |output, name| {
        output.stdout_is(&want).code_is(2);
        output.stderr_has(&format!("{name}: {}", damaged.note()));
    });
}

#[test]
fn a_checksum_that_does_not_fit_is_a_bad_spot_as_well() {
    let damaged = Damaged::new(random_log(16, 6 * PAGE), [3]);
    for (errno, reason) in [(74, "Bad message"), (117, "Structure needs cleaning")] {
        let Some(faults) = damaged.faults() else {
            return;
        };
        let want = damaged.found(Wanted::default());
        let note = damaged.note().replace("Input/output error", reason);
        in_every_way(
            &faults.set("SHIM_READ_ERRNO", errno),
            "-n -b ERR",
            |output, name| {
                output.stdout_is(&want).code_is(2);
                output.stderr_has(&format!("{name}: {note}"));
            },
        );
    }
}

#[test]
fn a_line_that_is_longer_than_the_cap_is_kept_if_its_beginning_can_be_read() {
    // The first line reaches over the gap; the cap ends it before.
    let log = format!("ERR {}\nERR 2\ninfo\n", "x".repeat(2 * PAGE));
    let Some(faults) = Damaged::new(log, [1]).faults() else {
        return;
    };
    in_every_way(&faults, "--max-line-bytes=100 -c ERR", |output, name| {
        output.stdout_is("2\n").code_is(2);
        output.stderr_has(&format!("{name}: cannot read at byte 4096: "));
        output.stderr_has(&format!("{name}: 1 line longer than 100 bytes was cut"));
    });
}

#[test]
fn json_has_the_note_and_counts_the_lines_that_were_read() {
    let damaged = Damaged::new(random_log(17, 6 * PAGE), [2, 3]);
    let Some(faults) = damaged.faults() else {
        return;
    };
    let lines = damaged.lines();
    let hits = lines.iter().filter(|line| line.text.contains("ERR"));
    let want: Vec<(usize, usize)> = hits.map(|line| (line.number, line.offset)).collect();
    in_every_way(&faults, "--json ERR", |output, _| {
        output.code_is(2);
        let (mut got, mut notes) = (Vec::new(), Vec::new());
        for message in output.text().lines() {
            let message: Value = serde_json::from_str(message).expect("it is JSON");
            let data = &message["data"];
            let number = |name: &str| {
                usize::try_from(data[name].as_u64().expect("it is a number")).expect("it is small")
            };
            match message["type"].as_str() {
                Some("match") => got.push((number("line_number"), number("absolute_offset"))),
                Some("end") => notes.push(data["notes"].clone()),
                _ => {}
            }
        }
        assert!(got == want, "want {want:?}\n{output}");
        assert!(
            notes == [Value::from(vec![damaged.note()])],
            "want the note {}\n{output}",
            damaged.note()
        );
    });
}

#[test]
fn the_other_files_are_searched_and_a_byte_range_that_avoids_the_gap_is_no_trouble() {
    let Some(faults) = Damaged::new(even_log(3), [1]).faults() else {
        return;
    };
    faults.dir.file("other", "ERR other\n");
    for path in ["--mmap", "--no-mmap"] {
        let output = faults.logscan(&format!("{path} -c ERR log other log"), "r");
        output
            .stdout_is("log:128\nother:1\nlog:128\n")
            .code_is(2)
            .stderr_has("log: cannot read at byte 4096");
        for range in [":4000", "8300:"] {
            let args = format!("{path} --byte-range={range} --chunk-size=100 -c ERR log");
            faults.logscan(&args, "").code_is(0).stderr_is_empty();
        }
    }
}

#[test]
fn a_gap_behind_a_range_whose_last_line_reaches_into_it_is_noted() {
    let log = format!(
        "{}{}\n{}",
        "ERR\n".repeat(1010),
        "ERR".repeat(50),
        "ERR\n".repeat(2000)
    );
    let Some(faults) = Damaged::new(log.into_bytes(), [1]).faults() else {
        return;
    };
    for (path, _, _) in PATHS {
        for (chunk_bytes, threads) in CHUNKS {
            let args = format!(
                "{path} --chunk-size={chunk_bytes} -j{threads} -c --byte-range=:4080 ERR log"
            );
            let output = faults.logscan(&args, "r");
            output
                .stdout_is("1010\n")
                .code_is(2)
                .stderr_has("log: cannot read at byte 4096");
        }
    }
}

#[test]
fn hits_before_the_gap_that_are_enough_are_no_trouble() {
    let Some(faults) = Damaged::new(even_log(30), [20]).faults() else {
        return;
    };
    for (path, _, _) in PATHS {
        for (chunk_bytes, threads) in CHUNKS {
            let args = format!("{path} --chunk-size={chunk_bytes} -j{threads} -n -m2 ERR log");
            let output = faults.logscan(&args, "");
            output
                .stdout_is("4:ERR 00000000003\n8:ERR 00000000007\n")
                .code_is(0)
                .stderr_is_empty();
        }
    }
}

#[test]
fn the_last_hits_behind_the_gap_are_no_trouble() {
    let Some(faults) = Damaged::new(even_log(30), [2]).faults() else {
        return;
    };
    for (path, _, _) in PATHS {
        for (chunk_bytes, threads) in CHUNKS {
            let args = format!("{path} --chunk-size={chunk_bytes} -j{threads} -b --last=1 ERR log");
            let output = faults.logscan(&args, "");
            output
                .stdout_is("122864:ERR 00000007679\n")
                .code_is(0)
                .stderr_is_empty();
        }
    }
}
