//! What is searched: files, pipes, devices, a part of a file, and lines too long to keep.

use std::{fs::File, io::Write};

use super::support::{Dir, NOTHING, Way, check, no_such_file, same_in_every_way};
#[cfg(unix)]
use super::{
    record::skip,
    support::{Output, require},
};

/// The three ways to be told how to read a file; each must do with whatever it gets.
const MODES: [&str; 3] = ["", "--mmap", "--no-mmap"];

#[test]
fn standard_input_is_searched_without_a_file_and_for_a_dash() {
    let dir = Dir::new();
    for args in [
        "-n b",
        "-n b -",
        "--mmap -n b",
        "--no-mmap -n b -",
        "-n -e b",
    ] {
        dir.logscan(args)
            .pipe("a\nb\nab")
            .output()
            .stdout_is("2:b\n3:ab\n")
            .code_is(0);
    }
    dir.logscan("-n b")
        .pipe("b\n")
        .output()
        .stdout_is("1:b\n")
        .stderr_is_empty();
    dir.logscan("-H -n b -")
        .pipe("b\n")
        .output()
        .stdout_is("(standard input):1:b\n")
        .code_is(0);
}

#[test]
fn a_file_called_dash_is_found_by_its_path() {
    let dir = Dir::new();
    dir.file("-", "b in a file\n");
    dir.logscan("b ./-")
        .pipe("b\n")
        .output()
        .stdout_is("b in a file\n")
        .code_is(0);
}

#[test]
fn files_are_printed_in_the_order_of_the_arguments() {
    let dir = Dir::new();
    dir.file("1", "x one\n".repeat(500));
    dir.file("2", "x two\n");
    let want = format!("2:x two\n{}-:x three\n2:x two\n", "1:x one\n".repeat(500))
        .replace("-:", "(standard input):");
    dir.logscan("x 2 1 - 2")
        .pipe("x three\n")
        .output()
        .stdout_is(want)
        .code_is(0);
}

#[test]
#[cfg(unix)] // A shell.
fn a_regular_file_as_standard_input_is_searched_from_its_current_offset() {
    let dir = Dir::with_log("axx\nb x\nc\nd x\n");
    for mode in MODES {
        for (start, want) in [
            (0, "1:0:axx\n2:4:b x\n4:10:d x\n"),
            (3, "2:1:b x\n4:7:d x\n"),
            (4, "1:0:b x\n3:6:d x\n"),
        ] {
            let skip = format!("dd bs=1 count={start} of=/dev/null 2>/dev/null");
            let script = format!("({skip}; logscan {mode} --chunk-size=3 -nb x) < log");
            dir.sh(&script)
                .output()
                .stdout_is(want)
                .code_is(0)
                .stderr_is_empty();
            if require("grep") {
                dir.sh(&format!("({skip}; grep -nb x) < log"))
                    .output()
                    .stdout_is(want);
            }
        }
    }
}

#[test]
#[cfg(unix)] // A shell.
fn an_offset_at_or_behind_the_end_leaves_nothing_to_search() {
    let dir = Dir::with_log("x\n");
    for mode in MODES {
        dir.sh(&format!("(cat >/dev/null; logscan {mode} -c x) < log"))
            .output()
            .stdout_is("0\n")
            .code_is(1);
        let beyond = format!("(dd bs=1 skip=9 count=0 2>/dev/null; logscan {mode} -c x) < log");
        dir.sh(&beyond).output().stdout_is("0\n").code_is(1);
    }
}

#[test]
#[cfg(unix)] // A shell.
fn after_an_early_stop_standard_input_stands_behind_the_last_hit() {
    let mut log = String::new();
    for line in 0..3000 {
        log.push_str(if line % 1000 == 500 {
            "a hit\n"
        } else {
            "some other line\n"
        });
    }
    let dir = Dir::with_log(log);
    for mode in MODES {
        for flags in [
            "-m1 hit",
            "-m2 -n hit",
            "-m1 -A2 hit",
            "-m3 hit",
            "-m9 hit",
            "-m1 nothing",
            "-m2 -c hit",
        ] {
            let ours = dir
                .sh(&format!(
                    "(logscan {mode} --chunk-size=100 {flags}; cat) < log"
                ))
                .output();
            if require("grep") {
                ours.stdout_is(
                    &dir.sh(&format!("(grep {flags}; cat) < log"))
                        .output()
                        .stdout,
                );
            }
        }
        let ours = dir
            .sh(&format!(
                "(logscan {mode} -m1 hit; logscan {mode} -m1 -b hit; wc -c) < log"
            ))
            .output();
        // The second search begins where the first ended, 999 lines before its hit, and wc sees the
        // last 1499 lines.
        let want = format!("a hit\n{}:a hit\n{}\n", 999 * 16, 1498 * 16 + 6);
        ours.stdout_is(want);
    }
}

#[test]
#[cfg(unix)] // FIFOs have names on Unix only.
fn a_fifo_is_read_to_its_end() {
    let dir = Dir::new();
    for mode in MODES {
        let script = format!(
            "rm -f fifo; mkfifo fifo; (printf 'a\\nx\\n'; printf 'last x') > fifo & logscan {mode} -n x fifo"
        );
        dir.sh(&script)
            .output()
            .stdout_is("2:x\n3:last x\n")
            .code_is(0);
    }
}

#[test]
#[cfg(unix)] // /proc
fn a_proc_file_of_length_zero_is_read_all_the_same() {
    if !std::path::Path::new("/proc/self/status").exists() {
        skip("needs /proc");
        return;
    }
    let dir = Dir::new();
    for mode in ["", "--no-mmap"] {
        let run = dir
            .logscan(mode)
            .args(&["-c", "^Name:\\s+logscan", "/proc/self/status"]);
        run.output().stdout_is("1\n").code_is(0).stderr_is_empty();
    }
    let processors = dir.sh("cat /proc/cpuinfo | wc -l").output().text();
    for mode in MODES {
        let lines = dir
            .logscan(mode)
            .args(&["-c", "", "/proc/cpuinfo"])
            .output();
        assert_eq!(lines.text().trim(), processors.trim(), "{lines}");
    }
}

#[test]
#[cfg(unix)] // /proc
fn mmap_on_what_cannot_be_mapped_reads_and_says_so() {
    if !std::path::Path::new("/proc/self/status").exists() {
        skip("needs /proc");
        return;
    }
    let dir = Dir::new();
    let output = dir.logscan("--mmap -c ^Name: /proc/self/status").output();
    output
        .stdout_is("1\n")
        .code_is(0)
        .stderr_has("/proc/self/status")
        .stderr_has("read");
}

#[test]
fn an_empty_file_has_no_lines() {
    let dir = Dir::with_log("");
    check(&dir, "x", "", 1);
    check(&dir, "-c ''", "0\n", 1);
    check(&dir, "-v x", "", 1);
    for mode in MODES {
        dir.logscan(mode)
            .args(&["x", "log", NOTHING])
            .output()
            .stdout_is("")
            .code_is(1);
    }
}

#[test]
fn a_folder_as_the_standard_input_is_a_clear_error() {
    let dir = Dir::with_log("x\n");
    std::fs::create_dir(dir.path().join("folder")).expect("the temp directory is writable");
    for mode in MODES {
        if cfg!(unix) {
            let output = dir.sh(&format!("logscan {mode} x < folder")).output();
            output.stdout_is("").code_is(2).stderr_has("is a directory");
        }
    }
}

#[test]
fn a_file_that_cannot_be_opened_does_not_stop_the_others() {
    let dir = Dir::with_log("x\n");
    for mode in MODES {
        let output = dir
            .logscan(mode)
            .args(&["x", "log", "missing.log", "log"])
            .output();
        output.stdout_is("log:x\nlog:x\n").code_is(2);
        output.stderr_has(&format!("cannot open missing.log: {}", no_such_file()));
        assert_eq!(
            output.stderr.iter().filter(|&&byte| byte == b'\n').count(),
            1,
            "one line\n{output}"
        );
    }
    dir.logscan("-s x log missing.log")
        .output()
        .stdout_is("log:x\n")
        .code_is(2)
        .stderr_is_empty();
    dir.logscan("-q x missing.log log")
        .output()
        .stdout_is("")
        .code_is(0);
    dir.logscan("-q nothing missing.log log")
        .output()
        .stdout_is("")
        .code_is(2);
    #[cfg(unix)]
    dir.sh("touch secret; chmod 0 secret; logscan x log secret; echo $?; cat secret 2>/dev/null && echo as-root")
        .output()
        .stdout_is_one_of(&["log:x\n2\n", "log:x\n0\nas-root\n"]);
}

#[test]
#[cfg(unix)] // /proc
fn a_file_that_cannot_be_read_is_named_with_the_offset_and_the_reason() {
    if !std::path::Path::new("/proc/self/mem").exists() {
        skip("needs /proc/self/mem");
        return;
    }
    let dir = Dir::with_log("x\n");
    for mode in MODES {
        let output = dir
            .logscan(mode)
            .args(&["x", "/proc/self/mem", "log"])
            .output();
        output.stdout_is("log:x\n").code_is(2);
        let reason = reason(libc::EIO);
        output.stderr_has(&format!("cannot read /proc/self/mem at byte 0: {reason}"));
    }
}

#[test]
#[cfg(unix)] // A shell.
fn a_closed_standard_input_is_an_error_and_no_crash() {
    let dir = Dir::new();
    let output = dir.sh("logscan x - <&-").output();
    output.stdout_is("");
    assert!(
        matches!(output.code, Some(1 | 2)),
        "Rust opens /dev/null in its place, so 1 is right too\n{output}"
    );
}

#[test]
fn the_exit_status_is_0_for_found_1_for_not_found_2_for_trouble() {
    let dir = Dir::with_log("x\n");
    for (args, code) in [
        ("x log", 0),
        ("y log", 1),
        ("-v x log", 1),
        ("-c y log", 1),
        ("-c x log", 0),
        ("-q x log", 0),
        ("-q y log", 1),
        ("x log missing", 2),
        ("y log missing", 2),
        ("( log", 2),
        ("--no-such-flag x log", 2),
        ("-j many x log", 2),
        ("-m many x log", 2),
        ("-A many x log", 2),
        ("-f missing log", 2),
        ("-q x missing log", 0),
        ("-q x log missing", 0),
        ("--mmap --stats x log", 0),
        ("-m1 x log", 0),
        ("--max-columns 1 x log", 0),
    ] {
        let output = dir.logscan(args).output();
        output.code_is(code);
        assert!(
            code != 2 || !output.stderr.is_empty(),
            "trouble is explained\n{output}"
        );
    }
    let output = dir.logscan("").output();
    assert!(
        output.code == Some(2) && !output.stderr.is_empty(),
        "a search needs a pattern\n{output}"
    );
}

#[test]
#[cfg(unix)] // A shell.
fn an_input_that_is_also_the_output_is_skipped() {
    let dir = Dir::new();
    dir.file("1.log", "ERROR one\n");
    dir.file("2.log", "ERROR two\nok\n");
    dir.file("all.log", "ERROR old\n");
    let want = "1.log:ERROR one\n2.log:ERROR two\n";
    for mode in MODES {
        let output = dir
            .sh(&format!(
                "logscan {mode} ERROR *.log > all.log; echo $?; cat all.log"
            ))
            .output();
        output
            .stdout_is(format!("2\n{want}"))
            .stderr_has("all.log: input file is also the output");
        dir.file("all.log", "ERROR old\n".repeat(3));
        let output = dir
            .sh(&format!(
                "logscan {mode} ERROR *.log >> all.log; echo $?; cat all.log"
            ))
            .output();
        output.stdout_is(format!("2\n{}{want}", "ERROR old\n".repeat(3)));
        output.stderr_has("all.log: input file is also the output");
        let output = dir
            .sh(&format!(
                "logscan {mode} ERROR < all.log >> all.log; echo $?"
            ))
            .output();
        output
            .stdout_is("2\n")
            .stderr_has("input file is also the output");
    }
}

#[test]
#[cfg(unix)] // A shell.
fn an_input_that_is_also_a_device_is_searched() {
    let dir = Dir::with_log("x\n");
    dir.sh("logscan x log /dev/null > /dev/null")
        .output()
        .code_is(0)
        .stderr_is_empty();
}

#[test]
fn adjacent_byte_ranges_joined_give_the_whole_output() {
    let log = "x1\n\nab x\r\nlonger line x\ny\nx\nlast x";
    let dir = Dir::with_log(log);
    for flags in [&["-b", "x"][..], &["-o", "-b", "x|^"], &["-v", "x"]] {
        let whole = dir.logscan("").args(flags).arg("log").output().text();
        for split in 0..=log.len() + 1 {
            let (before, after) = (
                format!("--byte-range=:{split}"),
                format!("--byte-range={split}:"),
            );
            for way in Way::all().filter(|way| way.chunk_bytes != "64K" || split % 5 == 0) {
                let first = way
                    .run(&dir, &[flags, &[&before[..]]].concat(), "log")
                    .output();
                let second = way
                    .run(&dir, &[flags, &[&after[..]]].concat(), "log")
                    .output();
                let joined = first.text() + &second.text();
                assert_eq!(joined, whole, "split at {split}\n{first}\n\n{second}");
            }
        }
    }
}

#[test]
fn a_byte_range_in_the_middle_holds_the_lines_that_begin_in_it() {
    let dir = Dir::with_log("x0\nx3\nx6\nx9\n");
    for (range, want) in [
        ("3:6", "3:x3\n"),
        ("3:7", "3:x3\n6:x6\n"),
        ("4:6", ""),
        ("1:4", "3:x3\n"),
        (":1", "0:x0\n"),
        ("9:", "9:x9\n"),
        ("10:", ""),
        ("12:", ""),
        ("99:", ""),
        (":", "0:x0\n3:x3\n6:x6\n9:x9\n"),
        ("0:0", ""),
        (":1K", "0:x0\n3:x3\n6:x6\n9:x9\n"),
        ("3:9G", "3:x3\n6:x6\n9:x9\n"),
    ] {
        check(
            &dir,
            &format!("-b --byte-range={range} x"),
            want,
            i32::from(want.is_empty()),
        );
    }
}

#[test]
fn a_byte_range_takes_the_suffixes_k_m_and_g() {
    let line = format!("{}x\n", "-".repeat(1022));
    let dir = Dir::with_log(line.repeat(3 * 1024));
    for mode in MODES {
        for (range, want) in [
            ("1K:2K", "1\n"),
            ("1M:", "2048\n"),
            ("1K:1M", "1023\n"),
            ("1024:3M", "3071\n"),
            ("1G:", "0\n"),
        ] {
            let output = dir
                .logscan(mode)
                .args(&["-c", "--byte-range", range, "x", "log"])
                .output();
            output.stdout_is(want);
        }
    }
}

#[test]
fn a_byte_range_that_is_none_is_an_error_that_names_the_flag() {
    let dir = Dir::with_log("x\n");
    for range in ["5", "a:b", "1X:", "1:2:3", "-1:"] {
        let output = dir
            .logscan("")
            .args(&[&format!("--byte-range={range}"), "x", "log"])
            .output();
        output.stdout_is("").code_is(2).stderr_has("byte-range");
    }
}

#[test]
fn context_never_leaves_the_byte_range() {
    let dir = Dir::with_log("a\nb\nx\nd\ne\nx\ng\nh\n");
    for (range, want) in [
        ("4:6", "4:x\n"),
        ("2:8", "2-b\n4:x\n6-d\n"),
        ("5:", "6-d\n8-e\n10:x\n12-g\n14-h\n"),
        (":10", "0-a\n2-b\n4:x\n6-d\n8-e\n"),
    ] {
        check(&dir, &format!("-b -C 9 --byte-range={range} x"), want, 0);
        check(
            &dir,
            &format!("-b --passthru --byte-range={range} x"),
            want,
            0,
        );
    }
}

#[test]
fn line_numbers_in_a_byte_range_count_from_its_start_and_a_note_says_so() {
    let dir = Dir::with_log("a\nx\nb\nx\n");
    for way in Way::all() {
        let output = way
            .run(&dir, &["-n", "--byte-range=3:", "x"], "log")
            .output();
        output
            .stdout_is("2:x\n")
            .code_is(0)
            .stderr_has("line numbers");
        let output = way
            .run(&dir, &["-n", "--byte-range=0:5", "x"], "log")
            .output();
        output.stdout_is("2:x\n").code_is(0).stderr_is_empty();
        let output = way
            .run(&dir, &["-b", "--byte-range=3:", "x"], "log")
            .output();
        output.stdout_is("6:x\n").code_is(0).stderr_is_empty();
    }
}

#[test]
fn stats_give_the_number_of_lines_in_a_byte_range() {
    let dir = Dir::with_log("a\nx\nb\nx\nlast");
    for way in Way::all() {
        for (range, lines) in [
            ("--byte-range=3:", "3 lines"),
            ("--byte-range=:3", "2 lines"),
            ("--byte-range=:", "5 lines"),
        ] {
            let output = way
                .run(&dir, &["--stats", range, "-c", "x"], "log")
                .output();
            let text = String::from_utf8_lossy(&output.stderr).to_lowercase();
            let (number, _) = lines.split_once(' ').expect("it has a space");
            let lines_of_stats: Vec<&str> =
                text.lines().filter(|line| line.contains("line")).collect();
            let said = lines_of_stats.iter().any(|line| {
                line.split(|c: char| !c.is_ascii_digit())
                    .any(|n| n == number)
            });
            assert!(said, "want {lines} in the stats\n{output}");
        }
    }
}

#[test]
fn an_early_stop_counts_within_the_byte_range() {
    let dir = Dir::with_log("x0\nx3\nx6\nx9\n");
    check(&dir, "-b -m1 --byte-range=1: x", "3:x3\n", 0);
    check(&dir, "-c -m9 --byte-range=3:7 x", "2\n", 0);
    check(&dir, "-b --last=1 --byte-range=:7 x", "6:x6\n", 0);
}

#[test]
fn a_line_over_the_limit_is_its_first_bytes_for_every_purpose() {
    // The long lines begin at bytes 6 and 33.
    let dir = Dir::with_log("short\nlong line, long end\nx\nlong\nlong again\nx\n");
    for (args, want) in [
        ("long", "long line\nlong\nlong agai\n"),
        ("end", ""),
        ("-n line$", "2:long line\n"),
        ("-n -x long.line", "2:long line\n"),
        ("-n \\bagai$", "5:long agai\n"),
        ("-n \\bagai\\b", "5:long agai\n"),
        ("-w -n agai", "5:long agai\n"),
        ("-b -v long", "0:short\n26:x\n44:x\n"),
        ("-v -n line", "1:short\n3:x\n4:long\n5:long agai\n6:x\n"),
        ("-o .$", "t\ne\nx\ng\ni\nx\n"),
        ("-o -b long", "6:long\n28:long\n33:long\n"),
        ("-c end", "0\n"),
        ("-c e$", "1\n"),
        ("--count-matches o", "4\n"),
        (
            "-A1 -B1 -n x",
            "2-long line\n3:x\n4-long\n5-long agai\n6:x\n",
        ),
        ("-m1 -n x", "3:x\n"),
        ("-l agai", "log\n"),
    ] {
        if args.starts_with("-l") {
            dir.logscan(&format!("--max-line-bytes=9 {args} log"))
                .output()
                .stdout_is(want)
                .code_is(2);
            continue;
        }
        for way in Way::all() {
            let args: Vec<&str> = ["--max-line-bytes=9"]
                .into_iter()
                .chain(super::support::words(args))
                .collect();
            let output = way.run(&dir, &args, "log").output();
            output
                .stdout_is(want)
                .code_is(2)
                .stderr_has("--max-line-bytes")
                .stderr_has("byte 6");
        }
    }
}

#[test]
fn only_a_long_line_before_an_early_stop_is_trouble() {
    let dir = Dir::with_log("x\nx\na line over the limit\nx\n");
    for way in Way::all() {
        for (args, want, code) in [
            (&["-m1", "-b", "x"][..], "0:x\n", 0),
            (&["-m2", "-b", "x"], "0:x\n2:x\n", 0),
            (&["-m3", "-b", "x"], "0:x\n2:x\n26:x\n", 2),
            (&["-q", "x"], "", 0),
            (&["-q", "nothing"], "", 2),
            (&["-b", "--byte-range=:4", "x"], "0:x\n2:x\n", 0),
            (&["-b", "--byte-range=5:", "x"], "26:x\n", 0),
        ] {
            let args = [&["--max-line-bytes=5"], args].concat();
            let output = way.run(&dir, &args, "log").output();
            output.stdout_is(want).code_is(code);
            assert_eq!(
                output.stderr.is_empty(),
                code == 0,
                "a note exactly if there is trouble\n{output}"
            );
        }
    }
}

#[test]
fn long_lines_give_the_same_on_every_path_and_for_every_chunk_size() {
    let dir = Dir::with_log(
        "1234567\r\n12345678\r\n123456789\r\nx\n12345678\n123456789\n\n12345678 and no newline",
    );
    for args in [
        "-n ''",
        "-b ''",
        "-c ''",
        "-n 8$",
        "-x 12345678",
        "-v 8$",
        "-o -b .",
        "-o -n .+$",
        "-C1 -n x",
        "-A9 -m1 1",
        "--passthru -n x",
        "--count-matches [0-9]",
        "-r <$0> [0-9]+",
        "--last=2 -n 8",
        "-n --column 8",
        "-v ''",
    ] {
        same_in_every_way(&dir, &format!("--max-line-bytes=8 {args}")).code_is(2);
    }
}

#[test]
fn a_line_of_exactly_the_limit_is_whole() {
    let dir = Dir::with_log("12345\n1234\n12345");
    for way in Way::all() {
        let output = way
            .run(&dir, &["--max-line-bytes=5", "-x", "12345"], "log")
            .output();
        output
            .stdout_is("12345\n12345\n")
            .code_is(0)
            .stderr_is_empty();
    }
}

#[test]
fn a_sparse_file_of_nuls_is_one_long_line_and_the_next_line_is_found() {
    let dir = Dir::new();
    sparse(&dir, "sparse", b"", 96 << 20, b"\nERROR\n");
    for mode in MODES {
        let output = dir
            .logscan(mode)
            .args(&["--max-line-bytes=1M", "-c", "ERROR", "sparse"])
            .output();
        output
            .stdout_is("1\n")
            .code_is(2)
            .stderr_has("--max-line-bytes")
            .stderr_has("byte 0");
    }
}

#[test]
#[cfg(unix)] // A limit of a shell's.
fn a_file_that_does_not_fit_the_address_space_is_read() {
    let dir = Dir::new();
    sparse(&dir, "sparse", b"ok\nERROR 1\n", 2 << 30, b"");
    let limited = |args: &str| -> Output {
        dir.sh(&format!(
            "ulimit -v 1000000 || exit 77; logscan -j2 {args} sparse"
        ))
        .output()
    };
    let output = limited("-m1 -n ERROR");
    if output.code == Some(77) {
        skip("needs ulimit -v");
        return;
    }
    output.stdout_is("2:ERROR 1\n").code_is(0).stderr_is_empty();
    let output = limited("--mmap -m1 -n ERROR");
    output
        .stdout_is("2:ERROR 1\n")
        .code_is(0)
        .stderr_has("sparse")
        .stderr_has("map");
    let output = limited("--stats -m1 -n ERROR");
    output
        .stdout_is("2:ERROR 1\n")
        .code_is(0)
        .stderr_has("read");
    if super::support::maps_by_itself(&output) {
        output.stderr_has(&reason(libc::ENOMEM));
    }
}

/// What the system calls an error: each C library has its own words.
#[cfg(unix)]
fn reason(code: i32) -> String {
    let text = std::io::Error::from_raw_os_error(code).to_string();
    text.replace(&format!(" (os error {code})"), "")
}

fn sparse(dir: &Dir, name: &str, start: &[u8], hole_bytes: u64, end: &[u8]) {
    let path = dir.file(name, start);
    let mut file = File::options()
        .append(true)
        .open(path)
        .expect("it was just written");
    file.set_len(start.len() as u64 + hole_bytes)
        .expect("files may be sparse");
    file.write_all(end).expect("the temp directory is writable");
}
