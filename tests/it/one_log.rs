//! The files of one rotated log give what one file with all of their text gives.

use std::fs;

use super::support::{Dir, gzip};

/// Lines of one log, from the oldest to the newest.
fn log() -> String {
    (0..4000)
        .map(|nth| {
            let level = ["INFO", "WARN", "ERROR"][nth % 3];
            let (minute, second) = (nth / 60, nth % 60);
            format!("2026-11-27T10:{minute:02}:{second:02} {level} request {nth}\n")
        })
        .collect()
}

/// What rotations have made of the log: its parts by their lines, the last without its newline, one
/// compressed and one in UTF-16.
fn rotated(dir: &Dir, names: [&str; 4]) -> String {
    let text = log();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let part = |range: std::ops::Range<usize>| lines[range].concat();
    dir.file(names[0], gzip(part(0..700).as_bytes()));
    dir.file(names[1], part(700..1500).trim_end());
    let units = format!("\u{feff}{}", part(1500..2000));
    let utf16: Vec<u8> = units.encode_utf16().flat_map(u16::to_le_bytes).collect();
    dir.file(names[2], utf16);
    dir.file(names[3], part(2000..4000));
    dir.file("all.log", &text);
    text
}

const NUMBERED: [&str; 4] = ["app.log.10.gz", "app.log.2", "app.log.1", "app.log"];

#[test]
fn searches_of_the_files_of_one_log_give_what_one_file_with_their_text_gives() {
    let dir = Dir::new();
    rotated(&dir, NUMBERED);
    for args in [
        "-c ERROR",
        "-n request.1499",
        "-n -C3 request.699",
        "-b -C2 request.1999",
        "--last 3 -n ERROR",
        "-m 900 ERROR",
        "-v -c INFO",
        "-o request.[0-9]7 --tally",
        "-n -B900 request.2100",
        "--passthru x",
        "absent",
    ] {
        let want = dir.logscan(&format!("{args} all.log")).output();
        for threads in [1, 2, 5] {
            // Whatever their order is on the command line.
            let got = dir
                .logscan(&format!(
                    "--one-log -j {threads} {args} app.log app.log.1 app.log.10.gz app.log.2"
                ))
                .output();
            got.stdout_is(want.text())
                .stderr_has(
                    "logscan: one log of 4 files, the oldest first by their numbers: \
                     app.log.10.gz, app.log.2, app.log.1, app.log",
                )
                .code_is(want.code.expect("it ended"));
        }
    }
    dir.logscan("--one-log -c ERROR -H app.log.1 app.log.2")
        .output()
        .stdout_is("app.log:433\n");
}

#[test]
fn a_folder_may_be_one_log() {
    let dir = Dir::new();
    fs::create_dir(dir.path().join("log")).unwrap();
    let text = rotated(
        &dir,
        [
            "log/app-20261124.log.gz",
            "log/app-20261125.log",
            "log/app-20261126.log",
            "log/app.log",
        ],
    );
    dir.logscan("--one-log -n request.[0-9]*00 log")
        .output()
        .stdout_is(dir.logscan("-n request.[0-9]*00 all.log").output().text())
        .stderr_has("the oldest first by the dates in their names")
        .code_is(0);
    assert!(text.lines().count() == 4000);
    dir.logscan("-q --one-log request log")
        .output()
        .stderr_is_empty();
}

#[test]
fn names_of_several_kinds_are_ordered_by_the_first_time_stamps() {
    let dir = Dir::new();
    rotated(
        &dir,
        ["app.log-20261124.gz", "app.log.2", "app.log.old", "app.log"],
    );
    let files = "app.log app.log.old app.log.2 app.log-20261124.gz";
    dir.logscan(&format!("--one-log -n request.7.. {files}"))
        .output()
        .stdout_is(dir.logscan("-n request.7.. all.log").output().text())
        .stderr_has("the oldest first by their first time stamps");
}

#[test]
fn first_time_stamps_order_by_what_they_mean_and_not_by_how_they_are_written() {
    let dir = Dir::new();
    // 8:30, 9:00 and 9:30 in UTC.
    dir.file(
        "app.log-20261124",
        "- [27/Nov/2026:10:30:00 +0200] ERROR first\n",
    );
    dir.file("app.log.2", "1795770000 ERROR second\n");
    dir.file("app.log.old", "Fri Nov 27 09:30:00 UTC 2026 ERROR third\n");
    dir.file("app.log", "ERROR last\n");
    dir.logscan("--one-log -no [a-z]*$ app.log app.log.2 app.log.old app.log-20261124")
        .output()
        .stdout_is("1:first\n2:second\n3:third\n4:last\n")
        .stderr_has("the oldest first by their first time stamps");
}

#[test]
fn a_file_that_is_there_twice_counts_once() {
    let dir = Dir::new();
    dir.file("app.log.1", "ERROR old\n");
    dir.file("app.log.1.gz", gzip(b"ERROR old\n"));
    dir.file("app.log", "ERROR new\n");
    dir.logscan("--one-log -n ERROR app.log app.log.1 app.log app.log.1.gz")
        .output()
        .stdout_is("1:ERROR old\n2:ERROR new\n")
        .stderr_has("app.log: left out, as it is also there by another name")
        .stderr_has("app.log.1.gz: left out, as it is also there by another name")
        .code_is(0);
}

#[test]
fn what_is_wrong_with_one_file_is_told_and_the_others_are_searched() {
    let dir = Dir::new();
    let mut cut = gzip(b"ERROR first\nERROR second\n");
    cut.truncate(cut.len() - 8);
    dir.file("app.log.2.gz", cut);
    dir.file("app.log", "ERROR new\n");
    dir.logscan("--one-log -n ERROR app.log app.log.1 app.log.2.gz")
        .output()
        .stdout_is("1:ERROR first\n2:ERROR second\n3:ERROR new\n")
        .stderr_has("app.log.2.gz: cut short: complete up to byte 25 of the text")
        .stderr_has("cannot open app.log.1: ")
        .code_is(2);
}

#[test]
fn files_of_several_logs_are_refused() {
    let dir = Dir::new();
    for name in ["app.log", "app.log.1", "web.log"] {
        dir.file(name, "ERROR\n");
    }
    dir.logscan("--one-log ERROR app.log app.log.1 web.log")
        .output()
        .stdout_is("")
        .stderr_has("logscan: app.log and web.log are not files of one rotated log, by their names")
        .code_is(2);
    dir.logscan("--one-log --byte-range 1:5 ERROR app.log")
        .output()
        .stdout_is("")
        .stderr_has("cannot search a range of bytes of app.log")
        .code_is(2);
    dir.logscan("--one-log ERROR -")
        .pipe("ERROR\n")
        .output()
        .stdout_is("")
        .stderr_has("save the standard input to a file")
        .code_is(2);
    fs::create_dir(dir.path().join("empty")).unwrap();
    dir.logscan("--one-log ERROR empty")
        .output()
        .stdout_is("")
        .code_is(1);
}

#[test]
fn a_file_counts_once_however_its_folder_is_spelled_and_no_link_takes_its_place() {
    let dir = Dir::new();
    dir.file("app.log.1", "ERROR old\n");
    dir.file("app.log.1.gz", gzip(b"ERROR old\n"));
    dir.file("app.log", "ERROR new\n");
    dir.logscan("--one-log -n ERROR app.log.1.gz ./app.log.1 app.log")
        .output()
        .stdout_is("1:ERROR old\n2:ERROR new\n")
        .stderr_has("app.log.1.gz: left out")
        .code_is(0);
    #[cfg(unix)]
    {
        let link = dir.path().join("app.log.2");
        std::os::unix::fs::symlink("app.log", link).expect("the folder is writable");
        dir.logscan("--one-log -n ERROR app.log.2 app.log.1 app.log")
            .output()
            .stdout_is("1:ERROR old\n2:ERROR new\n")
            .stderr_has("app.log.2: left out")
            .code_is(0);
    }
}

#[test]
fn what_is_wrong_is_told_in_the_order_of_the_files_and_only_before_an_early_stop() {
    let dir = Dir::new();
    let line = "2026-11-27 10:00:01 ERROR in line x\n";
    let text = line.repeat(40_000);
    let mut files = String::new();
    let mut want = String::new();
    for nth in (1..=6).rev() {
        let mut cut = gzip(&text.as_bytes()[..line.len() * 6000 * nth]);
        cut.truncate(cut.len() - 8);
        dir.file(&format!("app.log.{nth}.gz"), cut);
        files.push_str(&format!(" app.log.{nth}.gz"));
        want.push_str(&format!("logscan: app.log.{nth}.gz: cut short"));
    }
    dir.file("app.log.7", line);
    for how in ["-j1", "-j8", "-j8 --chunk-size 1000"] {
        let output = dir
            .logscan(&format!("--one-log {how} -c ERROR{files}"))
            .output();
        output.code_is(2);
        let told: String = String::from_utf8_lossy(&output.stderr)
            .lines()
            .filter_map(|line| line.split_once(": complete").map(|(told, _)| told))
            .collect();
        assert_eq!(told, want, "{how}");
        for limit in ["-m1", "-q", "-l"] {
            let args = format!("--one-log {how} {limit} ERROR app.log.7{files}");
            let output = dir.logscan(&args).output();
            output.code_is(0);
            let told = String::from_utf8_lossy(&output.stderr).contains("cut short");
            assert!(!told, "{args}");
        }
    }
}

#[test]
fn bytes_are_searched_where_bytes_are_asked_for() {
    let dir = Dir::new();
    let packed = gzip(b"ERROR packed\n");
    dir.file("app.log.2.gz", &packed);
    let units = "\u{feff}ERROR utf-16\n".encode_utf16();
    let utf16: Vec<u8> = units.flat_map(u16::to_le_bytes).collect();
    dir.file("app.log.1", utf16);
    dir.file("app.log", "ERROR plain\n");
    let all = "app.log.2.gz app.log.1 app.log";
    for (args, want) in [
        (format!("--no-decompress ERROR {all}"), "ERROR plain\n"),
        (
            format!("--encoding none ERROR {all}"),
            "ERROR packed\nERROR plain\n",
        ),
        (
            format!("--encoding utf-8 ERROR {all}"),
            "ERROR packed\nERROR utf-16\nERROR plain\n",
        ),
    ] {
        let output = dir.logscan(&format!("--one-log {args}")).output();
        output.stdout_is(want).code_is(0);
    }
}

#[test]
fn files_of_one_name_in_two_folders_are_of_two_logs() {
    let dir = Dir::new();
    for folder in ["h1", "h2"] {
        fs::create_dir(dir.path().join(folder)).unwrap();
        dir.file(&format!("{folder}/app.log.1"), "ERROR\n");
    }
    dir.file("h1/app.log.2", "ERROR\n");
    dir.logscan("--one-log ERROR h1/app.log.1 h1/app.log.2 h2/app.log.1")
        .output()
        .stdout_is("")
        .stderr_has("h1/app.log.1 and h2/app.log.1 are not files of one rotated log")
        .code_is(2);
}

#[test]
fn one_log_has_at_most_a_thousand_files() {
    let dir = Dir::new();
    let names: Vec<String> = (0..=1000).map(|nth| format!("app.log.{nth}")).collect();
    for name in &names {
        dir.file(name, "ERROR\n");
    }
    dir.logscan(&format!("--one-log -c ERROR {}", names.join(" ")))
        .output()
        .stdout_is("")
        .stderr_has("one log has at most 1000 files, and there are 1001")
        .code_is(2);
    dir.logscan(&format!("--one-log -c ERROR {}", names[1..].join(" ")))
        .output()
        .stdout_is("1000\n")
        .code_is(0);
}

#[test]
fn context_behind_the_last_hit_may_come_from_a_file_that_is_damaged() {
    let dir = Dir::new();
    dir.file("app.log.3", "ERROR\n");
    dir.file("app.log.2.gz", &gzip(b"lost\n")[..10]);
    dir.file("app.log.1", "next\n");
    dir.file("app.log", "live\nmore\nand more\n");
    let files = "app.log app.log.1 app.log.2.gz app.log.3";
    dir.logscan(&format!("--one-log -m1 -A2 ERROR {files}"))
        .output()
        .stdout_is("ERROR\nnext\nlive\n")
        .stderr_has("app.log.2.gz: cut short")
        .code_is(2);
    dir.logscan(&format!("--one-log -m1 ERROR {files}"))
        .output()
        .stdout_is("ERROR\n")
        .code_is(0);
}
