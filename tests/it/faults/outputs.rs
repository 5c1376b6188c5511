//! Standard outputs that are full, broken or slow: an error says so, and nothing is claimed to have
//! been written.

use super::{
    super::support::{Dir, Output},
    shim::Faults,
};

const ERRNO_EIO: i32 = 5;
const ERRNO_ENOSPC: i32 = 28;
const ERRNO_EPIPE: i32 = 32;

/// Everything that writes results.
const SEARCHES: [&str; 11] = [
    "x",
    "-n -b x",
    "-C1 x",
    "-c x",
    "-l x",
    "-o x",
    "--last=5 x",
    "--json x",
    "-o --tally=3 x",
    "-c --by-pattern x",
    "--line-buffered x",
];

const MODES: [&str; 3] = ["--mmap", "--no-mmap", "-j1"];

/// The one message, and no figures of a search whose results got lost.
#[track_caller]
fn check_refused(output: &Output, reason: &str) {
    output.code_is(2);
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    let message = format!("logscan: cannot write the results: {reason}\n");
    // A tally is printed when all inputs have been searched: the figures of the search come before.
    let is_told = match output.shown.contains("--tally") {
        true => stderr.ends_with(&message),
        false => stderr == message,
    };
    assert!(is_told, "want on stderr: {message}\n{output}");
}

#[test]
fn a_full_device_is_an_error_and_no_figures_follow() {
    let dir = Dir::with_log("x\ny\n".repeat(1 << 12));
    for search in SEARCHES {
        for mode in MODES {
            let script = format!("logscan --stats {mode} {search} log > /dev/full");
            check_refused(&dir.sh(&script).output(), "No space left on device");
        }
        let script = format!("logscan --stats {search} < log > /dev/full");
        check_refused(&dir.sh(&script).output(), "No space left on device");
        let script = format!("cat log | logscan --stats {search} > /dev/full");
        check_refused(&dir.sh(&script).output(), "No space left on device");
    }
}

#[test]
fn a_device_that_fails_is_an_error_and_what_was_written_stays() {
    let log = "x marks a line\n".repeat(10_000);
    for (errno, reason) in [
        (ERRNO_EIO, "Input/output error"),
        (ERRNO_ENOSPC, "No space left on device"),
    ] {
        for after in [0, 1, 5000, 100_000, 149_999] {
            let Some(faults) = Faults::of(&log) else {
                return;
            };
            let faults = faults
                .set("SHIM_WRITE_ERRNO", errno)
                .set("SHIM_WRITE_AFTER", after);
            for mode in MODES {
                let output = faults.logscan(&format!("--stats {mode} --chunk-size=10K x log"), "w");
                check_refused(&output, reason);
                output.stdout_is(&log[..after]);
            }
        }
    }
}

#[test]
fn other_files_are_not_searched_for_an_output_that_fails() {
    let Some(faults) = Faults::of("x\n") else {
        return;
    };
    let faults = faults.set("SHIM_WRITE_ERRNO", ERRNO_EIO);
    let output = faults.logscan("x log missing log", "w");
    output.stdout_is("");
    check_refused(&output, "Input/output error");
}

#[test]
fn a_device_that_fails_where_nothing_is_written_is_no_trouble() {
    let Some(faults) = Faults::of("x\n") else {
        return;
    };
    let faults = faults.set("SHIM_WRITE_ERRNO", ERRNO_EIO);
    faults.logscan("-q x log", "").code_is(0).stderr_is_empty();
    faults.logscan("y log", "").code_is(1).stderr_is_empty();
}

#[test]
fn a_reader_that_went_away_is_no_error() {
    let log = "x marks a line\n".repeat(10_000);
    for after in [0, 5000] {
        let Some(faults) = Faults::of(&log) else {
            return;
        };
        let faults = faults
            .set("SHIM_WRITE_ERRNO", ERRNO_EPIPE)
            .set("SHIM_WRITE_AFTER", after);
        for search in SEARCHES {
            let is_short =
                after > 0 && faults.dir.logscan(search).arg("log").output().stdout.len() <= after;
            let injected = if is_short { "" } else { "w" };
            let output = faults.logscan(&format!("{search} log"), injected);
            output.code_is(0).stderr_is_empty();
        }
    }
}

#[test]
fn writes_that_are_short_or_interrupted_lose_nothing() {
    let log = "x marks a line\ny\n".repeat(3000);
    for (short, every) in [(1, 0), (7, 3), (1000, 2), (100_000, 2)] {
        let Some(faults) = Faults::of(&log) else {
            return;
        };
        let faults = faults
            .set("SHIM_WRITE_SHORT", short)
            .set("SHIM_WRITE_EINTR", every);
        for search in ["x", "-n -b -C1 x", "-c x", "--line-buffered x", "-o ."] {
            let want = faults.dir.logscan(search).arg("log").output();
            for mode in MODES {
                let injected = if every > 0 { "i" } else { "" };
                let output = faults.logscan(&format!("{mode} {search} log"), injected);
                output.stdout_is(&want.stdout).code_is(0).stderr_is_empty();
            }
        }
    }
}
