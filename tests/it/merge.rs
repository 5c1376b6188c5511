//! `--merge`: the hits of several inputs in the order of their times.

use std::fs;

use super::support::{Dir, gzip};

/// Two machines that write in turns, and a file without times.
fn machines() -> Dir {
    let dir = Dir::new();
    fs::create_dir(dir.path().join("logs")).expect("the temp directory is writable");
    let a = "\
2026-11-20T14:00:00Z ERROR a1
  at ERROR a1
2026-11-20T14:00:02Z INFO a2
2026-11-20T14:00:04Z ERROR a3
";
    // In another zone.
    let b = "\
ERROR banner
2026-11-20T15:00:01+01:00 ERROR b1
2026-11-20T15:00:04+01:00 ERROR b2
2026-11-20T15:00:03+01:00 ERROR b3
";
    dir.file("logs/a.log", a);
    dir.file("logs/b.log.gz", gzip(b.as_bytes()));
    dir
}

#[test]
fn hits_of_all_files_come_in_the_order_of_their_times() {
    let dir = machines();
    let want = "\
logs/b.log.gz:1:ERROR banner
logs/a.log:1:2026-11-20T14:00:00Z ERROR a1
logs/a.log:2:  at ERROR a1
logs/b.log.gz:2:2026-11-20T15:00:01+01:00 ERROR b1
logs/b.log.gz:4:2026-11-20T15:00:03+01:00 ERROR b3
logs/a.log:4:2026-11-20T14:00:04Z ERROR a3
logs/b.log.gz:3:2026-11-20T15:00:04+01:00 ERROR b2
";
    for threads in [1, 2, 5] {
        let args = format!("-j {threads} --merge -n ERROR logs");
        dir.logscan(&args)
            .output()
            .stdout_is(want)
            .stderr_is_empty()
            .code_is(0);
    }
    // Of equal times the file that was given first is first.
    let args = "--merge -I -o -e [ab]2 -e [ab]3 logs/b.log.gz logs/a.log";
    dir.logscan(args).output().stdout_is("a2\nb3\nb2\na3\n");
    let range = "--since 2026-11-20T14:00:01Z --until 2026-11-20T14:00:04Z";
    let args = format!("--merge -I {range} --and b ERROR logs");
    let want = "2026-11-20T15:00:01+01:00 ERROR b1\n2026-11-20T15:00:03+01:00 ERROR b3\n";
    dir.logscan(&args).output().stdout_is(want);
    dir.logscan("--merge -I -m 1 ERROR logs/a.log")
        .output()
        .stdout_is("2026-11-20T14:00:00Z ERROR a1\n");
    dir.logscan("--merge absent logs")
        .output()
        .stdout_is("")
        .code_is(1);
}

#[test]
fn what_does_not_fit_the_memory_is_kept_in_a_file_without_a_name() {
    let dir = Dir::new();
    let filler = "x".repeat(400);
    let log = |machine: u32| -> String {
        let line = |nth: u32| {
            let second = nth * 2 + machine;
            let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
            format!("2026-11-20T{hour:02}:{minute:02}:{second:02}Z {machine} {filler}\n")
        };
        // 15 MiB at a time, and 90 MiB in all.
        (0..36_000).map(line).collect()
    };
    for machine in 0..2 {
        dir.file(&machine.to_string(), log(machine).repeat(3));
    }
    fs::create_dir(dir.path().join("tmp")).unwrap();
    let run = dir
        .logscan("--merge -I x 0 1")
        .env("TMPDIR", "tmp")
        .env("TMP", "tmp");
    let text = run.output().text();
    assert!(text.lines().is_sorted_by_key(|line| line[..20].to_owned()));
    assert_eq!(text.lines().count(), 6 * 36_000);
    assert_eq!(fs::read_dir(dir.path().join("tmp")).unwrap().count(), 0);
}

#[cfg(unix)]
#[test]
fn a_folder_for_temporary_files_that_is_not_there_is_named() {
    let dir = Dir::with_log("2026-11-20T14:00:00Z ERROR a\n".repeat(3_000_000));
    let run = dir.logscan("--merge ERROR log").env("TMPDIR", "/nowhere");
    let output = run.output();
    output
        .stderr_has("cannot keep in /nowhere what does not fit the memory: No such file or directory; TMPDIR names")
        .code_is(2);
}

#[test]
fn a_file_without_times_is_said_to_come_first() {
    let dir = machines();
    dir.file("notes", "ERROR in a note\n");
    let output = dir.logscan("--merge -I ERROR logs/a.log notes").output();
    output
        .stdout_is(
            "ERROR in a note\n2026-11-20T14:00:00Z ERROR a1\n  at ERROR a1\n2026-11-20T14:00:04Z ERROR a3\n",
        )
        .stderr_has("logscan: notes: no line in its first 200 has a time, so all of its hits come first");
    let output = dir.logscan("--per 1d ERROR notes").output();
    output.stderr_has("notes: no line in its first 200 has a time, so its hits are in no bucket;");
    fs::remove_dir_all(dir.path().join("logs")).expect("it is there");
    dir.file("logs/1", "ERROR in a note\n");
    dir.file("logs/2", "ERROR in a note\n");
    let output = dir.logscan("--per 1d ERROR logs").output();
    output.stderr_has(
        "logs/1 and 1 more: no line in the first 200 has a time, so their hits are in no bucket\n",
    );
}

#[test]
fn what_does_not_go_with_it_is_said() {
    let dir = machines();
    for flag in [
        "--per 1m",
        "-c",
        "--json",
        "-l",
        "-L",
        "-q",
        "-C 1",
        "-A 1",
        "-B 1",
        "--passthru",
        "--heading",
        "--last 1",
        "--one-log",
        "--count-matches",
        "--by-pattern",
    ] {
        let output = dir.logscan(&format!("--merge {flag} ERROR logs")).output();
        output
            .stdout_is("")
            .stderr_has("cannot be used with")
            .code_is(2);
    }
}
