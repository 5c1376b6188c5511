//! Inputs that cannot be opened, asked for their length or mapped, that fail altogether, or that
//! read in odd ways.

use std::{
    fs::{self, File},
    os::unix::{fs::symlink, net::UnixListener},
    path::Path,
};

use super::{
    super::{
        record::skip,
        support::{Dir, maps_by_itself},
    },
    shim::Faults,
};

/// Three ways to be told how to read a file.
const MODES: [&str; 3] = ["", "--mmap", "--no-mmap"];

const ERRNO_EACCES: i32 = 13;
const ERRNO_ENODEV: i32 = 19;
const ERRNO_ESTALE: i32 = 116;

/// `logscan x bad log bad` complains twice and finds what is in `log`.
#[track_caller]
fn check_others_are_searched(dir: &Dir, mode: &str, complaint: &str) {
    let output = dir
        .logscan(mode)
        .args(&["-n", "x", "bad", "log", "bad"])
        .output();
    output.stdout_is("log:1:x\n").code_is(2);
    let want = format!("logscan: {complaint}\n").repeat(2);
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(stderr == want, "want on stderr: {want}\n{output}");
}

#[test]
fn a_file_that_may_not_be_read_is_named_and_the_others_are_searched() {
    let Some(faults) = Faults::of("x\n") else {
        return;
    };
    let faults = faults.set("SHIM_OPEN_ERRNO", ERRNO_EACCES);
    faults.dir.file("other", "x\n");
    for mode in MODES {
        let output = faults.logscan(&format!("{mode} x other log other"), "o");
        output.stdout_is("other:x\nother:x\n").code_is(2);
        assert_eq!(
            String::from_utf8_lossy(&output.stderr),
            "logscan: cannot open log: Permission denied\n",
            "{output}"
        );
        faults
            .logscan(&format!("{mode} -f log other"), "o")
            .stdout_is("")
            .code_is(2)
            .stderr_has("log: Permission denied");
    }
}

#[test]
fn a_socket_is_named_and_the_others_are_searched() {
    let dir = Dir::with_log("x\n");
    let _listener = UnixListener::bind(dir.path().join("bad")).expect("the path is short");
    for mode in MODES {
        check_others_are_searched(&dir, mode, "cannot open bad: No such device or address");
    }
}

#[test]
fn a_link_to_itself_is_named_and_the_others_are_searched() {
    let dir = Dir::with_log("x\n");
    symlink("bad", dir.path().join("bad")).expect("links can be made");
    for mode in MODES {
        check_others_are_searched(
            &dir,
            mode,
            "cannot open bad: Too many levels of symbolic links",
        );
    }
}

#[test]
fn a_file_that_does_not_tell_its_length_is_named_and_the_others_are_searched() {
    let Some(faults) = Faults::of("x\n") else {
        return;
    };
    let faults = faults.set("SHIM_STAT_ERRNO", ERRNO_ESTALE);
    faults.dir.file("other", "x\n");
    for mode in MODES {
        let output = faults.logscan(&format!("{mode} x log other"), "s");
        output
            .stdout_is("other:x\n")
            .code_is(2)
            .stderr_has("cannot open log: Stale file handle");
        let run = faults.dir.logscan(mode).args(&["x", "-", "other"]);
        let output = faults.output(run.stdin_file(&faults.dir.path().join("log")), "s");
        output
            .stdout_is("other:x\n")
            .code_is(2)
            .stderr_has("cannot open (standard input): Stale file handle");
    }
}

#[test]
fn a_file_that_no_longer_tells_its_length_is_searched_to_its_end() {
    let log = "x marks a line\n".repeat(100_000);
    let Some(faults) = Faults::of(&log) else {
        return;
    };
    let faults = faults
        .set("SHIM_STAT_ERRNO", ERRNO_ESTALE)
        .set("SHIM_STAT_AFTER", 1);
    for mode in ["--mmap -j1", "--mmap -j7", "--no-mmap -j7"] {
        let output = faults.logscan(&format!("{mode} --chunk-size=100K x log"), "s");
        output.stdout_is(&log).code_is(0).stderr_is_empty();
    }
}

#[test]
fn a_file_that_cannot_be_mapped_is_read() {
    let log = "x marks a line\n".repeat(2_400_000);
    let Some(faults) = Faults::of(&log) else {
        return;
    };
    let faults = faults.set("SHIM_MMAP_ERRNO", ERRNO_ENODEV);
    let output = faults.logscan("--mmap x log", "m");
    output
        .stdout_is(&log)
        .code_is(0)
        .stderr_has("log: mapping failed: No such device; reading instead");
    if !maps_by_itself(&faults.dir.logscan("--stats -c x log").output()) {
        // Files in the temp directory are mapped only with --mmap.
        return;
    }
    let output = faults.logscan("x log", "m");
    output.stdout_is(&log).code_is(0).stderr_is_empty();
    let output = faults.logscan("--stats x log", "m");
    output
        .stdout_is(&log)
        .code_is(0)
        .stderr_has("read (mapping failed: No such device)");
}

/// The whole lines of `log` before byte `end`.
fn lines_before(log: &str, end: usize) -> &str {
    &log[..log[..end].rfind('\n').map_or(0, |newline| newline + 1)]
}

fn numbered(bytes: usize) -> String {
    let mut log = String::new();
    while log.len() < bytes {
        log.push_str(&format!("x {}\n", log.len()));
    }
    log
}

#[test]
fn a_stream_that_fails_is_searched_up_to_there() {
    let log = numbered(50_000);
    for end in [0, 1, 4096, 20_000, 20_003] {
        let Some(faults) = Faults::of("") else {
            return;
        };
        let faults = faults
            .set("SHIM_FILE", "/dev/stdin")
            .set("SHIM_BAD", format!("{end}-999999999"));
        let want = lines_before(&log, end);
        let complaint = format!("cannot read (standard input) at byte {end}: Input/output error");
        for flags in ["-j1", "-j7", "--chunk-size=7", "--chunk-size=4096 -A3"] {
            let run = faults.dir.logscan(flags).arg("x").pipe(&log);
            let output = faults.output(run, "r");
            output.stdout_is(want).code_is(2).stderr_has(&complaint);
        }
        let run = faults.dir.logscan("-c x").pipe(&log);
        let output = faults.output(run, "r");
        let count = want.lines().count();
        output
            .stdout_is(format!("{count}\n"))
            .code_is(2)
            .stderr_has(&complaint);
        let run = faults.dir.logscan("--last=2 x").pipe(&log);
        let output = faults.output(run, "r");
        let lines: Vec<&str> = want.split_inclusive('\n').collect();
        output
            .stdout_is(lines[lines.len().saturating_sub(2)..].concat())
            .code_is(2)
            .stderr_has(&complaint);
    }
}

#[test]
fn a_file_that_fails_for_good_is_searched_up_to_there() {
    let log = numbered(50_000);
    for end in [0, 4096, 20_480] {
        let Some(faults) = Faults::of(&log) else {
            return;
        };
        let faults = faults
            .set("SHIM_READ_ERRNO", ERRNO_ESTALE)
            .set("SHIM_BAD", format!("{end}-999999999"));
        faults.dir.file("other", "x other\n");
        let want = lines_before(&log, end);
        for (flags, injected) in [
            ("--mmap --chunk-size=7 -j2", "br"),
            ("--mmap --chunk-size=10000 -j7", "br"),
            ("--mmap -j1", "br"),
            ("--no-mmap --chunk-size=7 -j2", "r"),
            ("--no-mmap --chunk-size=10000 -j7", "r"),
            ("--no-mmap -j1", "r"),
        ] {
            let output = faults.logscan(&format!("{flags} --no-filename x log other"), injected);
            output.stdout_is(format!("{want}x other\n")).code_is(2);
            output.stderr_has(&format!("cannot read log at byte {end}: Stale file handle"));
        }
    }
}

#[test]
fn reads_that_are_short_or_interrupted_lose_nothing() {
    let log = numbered(100_000);
    let Some(faults) = Faults::of(&log) else {
        return;
    };
    let faults = faults
        .set("SHIM_READ_SHORT", 1000)
        .set("SHIM_READ_EINTR", 3);
    for flags in [
        "--no-mmap -j1",
        "--no-mmap -j7 --chunk-size=5000",
        "--no-mmap --last=99999",
    ] {
        let output = faults.logscan(&format!("{flags} x log"), "i");
        output.stdout_is(&log).code_is(0).stderr_is_empty();
    }
    let faults = faults.set("SHIM_FILE", "/dev/stdin");
    for flags in ["-j1", "-j7 --chunk-size=5000", "--last=99999"] {
        let run = faults.dir.logscan(flags).arg("x").pipe(&log);
        let output = faults.output(run, "i");
        output.stdout_is(&log).code_is(0).stderr_is_empty();
    }
}

#[test]
fn a_file_in_memory_is_searched_by_both_paths() {
    let shm = Path::new("/dev/shm");
    let Ok(folder) = tempfile::tempdir_in(shm) else {
        skip("needs a writable /dev/shm");
        return;
    };
    let path = folder.path().join("log");
    let log = numbered(1_000_000);
    fs::write(&path, &log).expect("there is room for a MB");
    let dir = Dir::new();
    for mode in MODES {
        let output = dir
            .logscan(mode)
            .arg("x")
            .arg(&path.to_string_lossy())
            .output();
        output.stdout_is(&log).code_is(0).stderr_is_empty();
    }
}

#[test]
fn a_file_of_the_kernel_whose_length_lies_is_searched_without_a_note() {
    let page = "/sys/kernel/mm/transparent_hugepage/enabled";
    let Ok(text) = fs::read_to_string(page) else {
        skip(&format!("needs {page}"));
        return;
    };
    let length = File::open(page)
        .and_then(|file| file.metadata())
        .expect("it was just read")
        .len();
    assert_ne!(length, text.len() as u64, "its length lies");
    let dir = Dir::new();
    for flags in [
        "",
        "--no-mmap",
        "--no-mmap --chunk-size=7 -j7",
        "-C2",
        "--last=5",
    ] {
        let output = dir.logscan(flags).args(&["never", page]).output();
        output.stdout_is(&text).code_is(0).stderr_is_empty();
    }
    let output = dir.logscan("--mmap never").arg(page).output();
    output
        .stdout_is(&text)
        .code_is(0)
        .stderr_has("reading instead");
    // One whose length is 0.
    let output = dir.logscan("-c processor /proc/cpuinfo").output();
    output.code_is(0).stderr_is_empty();
}
