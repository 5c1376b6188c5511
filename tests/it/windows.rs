//! What Windows does in a way of its own: names, sharing, memory with a name.

use std::{
    fs::{self, OpenOptions},
    io::{Read, Write},
    os::windows::fs::OpenOptionsExt,
    path::PathBuf,
};

use serde_json::Value;

use super::support::{Dir, KillOnDrop, wait};

/// More than a pipe holds and a search claims ahead of what it has delivered.
const MUCH: usize = 40_000;

fn much() -> String {
    (1..=MUCH)
        .map(|n| format!("line {n} with an x in it\n"))
        .collect()
}

/// A search that waits for somebody to read what it has found.
fn start_waiting(dir: &Dir, args: &[&str]) -> KillOnDrop {
    let run = dir.logscan("--chunk-size 1K -j2").args(args);
    let mut child = KillOnDrop(run.start());
    let stdout = child.0.stdout.as_mut().expect("it is piped");
    stdout.read_exact(&mut [0]).expect("it finds something");
    child
}

/// Everything else that it finds; then it has ended well.
#[track_caller]
fn finish(search: &mut KillOnDrop) -> String {
    let mut rest = String::from("l");
    let stdout = search.0.stdout.as_mut().expect("it is piped");
    stdout.read_to_string(&mut rest).expect("it can be read");
    let mut said = String::new();
    let stderr = search.0.stderr.as_mut().expect("it is piped");
    stderr.read_to_string(&mut said).expect("it can be read");
    assert_eq!(wait(&mut search.0).code(), Some(0), "{said}");
    assert_eq!(said, "");
    rest
}

#[test]
fn names_of_any_script_and_paths_longer_than_260_characters_are_searched_by_every_path() {
    let dir = Dir::new();
    let mut folder = PathBuf::from("Журнал-日誌-😀");
    while folder.as_os_str().len() < 300 {
        folder.push("a_folder_with_a_rather_long_name_in_it");
    }
    fs::create_dir_all(dir.path().join(&folder)).expect("std knows long paths");
    let log = folder.join("ошибки.log");
    fs::write(dir.path().join(&log), "an ERROR\nok\n").expect("std knows long paths");
    let relative = log.to_str().expect("it is Unicode");
    let absolute = dir.path().join(&log);
    let verbatim = format!(r"\\?\{}", absolute.display());
    for path in [
        relative,
        absolute.to_str().expect("it is Unicode"),
        &verbatim,
    ] {
        for mode in ["--mmap", "--no-mmap"] {
            let output = dir.logscan(mode).args(&["-H", "ERROR", path]).output();
            output
                .stdout_is(format!("{path}:an ERROR\n"))
                .code_is(0)
                .stderr_is_empty();
        }
    }
}

#[test]
fn who_writes_a_log_that_is_read_goes_on_writing_renaming_and_deleting_it() {
    let dir = Dir::with_log(much());
    let path = dir.path().join("log");
    for mode in ["--no-mmap", "--mmap"] {
        fs::write(&path, much()).expect("the temp directory is writable");
        let mut search = start_waiting(&dir, &[mode, "x", "log"]);
        let mut writer = OpenOptions::new()
            .append(true)
            .open(&path)
            .expect("nobody is locked out");
        writer
            .write_all(b"one more x\n")
            .expect("it can be written");
        // As the strictest of writers: nobody else may write.
        OpenOptions::new()
            .write(true)
            .share_mode(1 | 2)
            .open(&path)
            .expect("nobody is locked out")
            .write_all(b"l")
            .expect("it can be written");
        fs::rename(&path, dir.path().join("log.1")).expect("it can be rotated");
        fs::write(&path, "a new log\n").expect("the name is free");
        if mode == "--no-mmap" {
            writer
                .set_len(writer.metadata().expect("it is open").len())
                .expect("of its length");
            fs::remove_file(dir.path().join("log.1")).expect("it can be deleted");
        }
        assert_eq!(finish(&mut search), much(), "{mode}");
    }
}

#[test]
fn a_log_that_is_mapped_cannot_be_emptied_by_others_and_so_is_not_mapped_unasked() {
    let dir = Dir::with_log(much());
    let cut = || {
        let file = OpenOptions::new()
            .write(true)
            .open(dir.path().join("log"))
            .expect("nobody is locked out");
        file.set_len(file.metadata().expect("it is open").len() - 1)
            .map_err(|error| error.raw_os_error())
    };
    let mut search = start_waiting(&dir, &["--mmap", "x", "log"]);
    // ERROR_USER_MAPPED_FILE
    assert_eq!(cut(), Err(Some(1224)));
    assert_eq!(finish(&mut search), much());
    assert_eq!(cut(), Ok(()));
    let big = "no hit in this line\n".repeat(2 << 20);
    dir.file("big", big);
    let output = dir.logscan("--stats -c ERROR big").output();
    output
        .stdout_is("0\n")
        .code_is(1)
        .stderr_has("read")
        .stderr_has("--mmap maps it");
}

#[test]
fn a_closed_pipe_is_a_quiet_end() {
    let dir = Dir::with_log(much());
    for mode in ["--mmap", "--no-mmap"] {
        for flags in ["x", "-n x", "--json x", "-o -b x"] {
            let mut args = vec![mode];
            args.extend(flags.split(' '));
            args.push("log");
            let mut search = start_waiting(&dir, &args);
            drop(search.0.stdout.take());
            let mut said = String::new();
            let stderr = search.0.stderr.as_mut().expect("it is piped");
            stderr.read_to_string(&mut said).expect("it can be read");
            assert_eq!(said, "", "{mode} {flags}");
            assert_eq!(wait(&mut search.0).code(), Some(0), "{mode} {flags}");
        }
    }
}

/// A name that no other test has.
fn name_of_memory(test: &str) -> String {
    format!(r"Local\logscan-test-{test}-{}", std::process::id())
}

#[test]
fn memory_with_a_name_is_a_board_as_long_as_its_search_runs_and_a_file_longer() {
    let dir = Dir::with_log(much());
    fs::create_dir(dir.path().join("Local")).expect("the temp directory is writable");
    let name = name_of_memory("board");
    for (board, is_file) in [
        (name.as_str(), false),
        (r".\Local\board", true),
        ("board", true),
    ] {
        let monitor = |args: &str| dir.logscan("monitor").args(&[args, board]).output();
        let mut search = start_waiting(&dir, &["--board", board, "x", "log"]);
        let waiting = dir.logscan("monitor --wait").arg(board).start();
        let mut waiting = KillOnDrop(waiting);
        let output = monitor("--json");
        output.code_is(0).stderr_is_empty();
        let shown: Value = serde_json::from_slice(&output.stdout).expect("one line of JSON");
        assert_eq!(shown["status"], "running", "{board}");
        assert_eq!(shown["process_id"], search.0.id());
        assert_eq!(shown["name"], "log");
        assert_eq!(shown["bytes_total"], much().len());
        let second = dir.logscan("--board").args(&[board, "x", "log"]).output();
        second
            .code_is(2)
            .stdout_is("")
            .stderr_has(&format!("process {}", search.0.id()));
        assert_eq!(finish(&mut search), much());
        // It has the board open since before the end, or is too late for one that is gone.
        let waited = wait(&mut waiting.0).code();
        assert!(
            matches!(waited, Some(0)) || !is_file && waited == Some(2),
            "{board}"
        );
        assert_eq!(dir.path().join(board).exists(), is_file, "{board}");
        match is_file {
            true => monitor("--once").code_is(0),
            false => monitor("--once").code_is(2).stdout_is(""),
        };
    }
}

#[test]
fn a_search_that_is_killed_has_crashed_by_its_file_and_takes_its_memory_along() {
    let dir = Dir::with_log(much());
    let name = name_of_memory("killed");
    for board in ["board", &name] {
        let mut search = start_waiting(&dir, &["--board", board, "x", "log"]);
        // It keeps the memory, and sees that its search is gone.
        let mut waiting = KillOnDrop(dir.logscan("monitor --wait").arg(board).start());
        search.0.kill().expect("it is our child");
        wait(&mut search.0);
        assert_eq!(wait(&mut waiting.0).code(), Some(2), "{board}");
    }
    let output = dir.logscan("monitor --json board").output();
    output.code_is(0);
    assert!(output.text().contains("\"crashed\""), "{output}");
    dir.logscan("monitor").arg(&name).output().code_is(2);
    dir.logscan("--board")
        .args(&[&name, "x", "log"])
        .output()
        .code_is(0);
}

#[test]
fn memory_with_a_name_cannot_be_continued_from() {
    let dir = Dir::with_log("x\n");
    let name = name_of_memory("continue");
    dir.logscan("--continue --board")
        .args(&[&name, "x", "log"])
        .output()
        .code_is(2)
        .stdout_is("")
        .stderr_has("to continue, use a file");
}

#[test]
fn a_cold_cache_is_refused_with_the_reason() {
    let dir = Dir::with_log(much());
    let output = dir
        .logscan("compare --runs 1 --threads 1 --cache cold,warm x log")
        .output();
    output.code_is(0);
    assert!(
        output
            .text()
            .contains("cold was not measured: the file cannot be dropped"),
        "{output}"
    );
}
