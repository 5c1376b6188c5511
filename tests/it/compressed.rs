//! Compressed logs, and those in UTF-16: every command gives what it gives for their text, and what
//! is damaged is searched as far as it can be, and told.

use std::{fs, io::Write as _};

use super::support::{Dir, Output, gzip};

/// A log of so many lines.
fn log(lines: usize) -> String {
    (0..lines)
        .map(|nth| {
            let level = ["INFO", "WARN", "ERROR", "INFO"][nth % 4];
            format!(
                "2026-11-27 10:00:{:02} {level} request {nth} of worker-{}\n",
                nth % 60,
                nth % 7
            )
        })
        .collect()
}

fn bzip2(text: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    encoder.write_all(text).expect("there is room");
    encoder.finish().expect("there is room")
}

fn xz(text: &[u8]) -> Vec<u8> {
    let options = lzma_rust2::XzOptions::with_preset(1);
    let mut encoder = lzma_rust2::XzWriter::new(Vec::new(), options).expect("there is room");
    encoder.write_all(text).expect("there is room");
    encoder.finish().expect("there is room")
}

fn lz4(text: &[u8]) -> Vec<u8> {
    let info = lz4_flex::frame::FrameInfo::new().block_size(lz4_flex::frame::BlockSize::Max64KB);
    let mut encoder = lz4_flex::frame::FrameEncoder::with_frame_info(info, Vec::new());
    encoder.write_all(text).expect("there is room");
    encoder.finish().expect("there is room")
}

fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}

/// The same log in every form, by the name of the file.
fn forms(text: &str) -> Vec<(&'static str, Vec<u8>)> {
    let bytes = text.as_bytes();
    let half = text[..text.len() / 2].len();
    let marked = format!("\u{feff}{text}");
    vec![
        ("log.gz", gzip(bytes)),
        (
            "two.gz",
            [gzip(&bytes[..half]), gzip(&bytes[half..])].concat(),
        ),
        (
            "log.zst",
            zstd::encode_all(bytes, 3).expect("there is room"),
        ),
        ("log.xz", xz(bytes)),
        ("log.bz2", bzip2(bytes)),
        ("log.lz4", lz4(bytes)),
        ("twice.gz.xz", xz(&gzip(bytes))),
        ("le.txt", utf16(&marked, u16::to_le_bytes)),
        ("be.txt", utf16(&marked, u16::to_be_bytes)),
        ("unmarked.txt", utf16(text, u16::to_le_bytes)),
        ("le.txt.gz", gzip(&utf16(&marked, u16::to_le_bytes))),
    ]
}

/// Nothing is said of a log but of the one whose encoding is a guess.
fn says_what_is_guessed<'o>(output: &'o Output, name: &str) -> &'o Output {
    match name {
        "unmarked.txt" => output.stderr_has("was read as UTF-16: it has no byte order mark"),
        _ => output.stderr_is_empty(),
    }
}

#[test]
fn every_search_of_a_compressed_log_gives_what_its_text_gives() {
    let text = log(1500);
    let dir = Dir::with_log(&text);
    for (name, bytes) in forms(&text) {
        dir.file(name, &bytes);
        // Neither the name nor the way in says anything.
        dir.file("in", &bytes);
        for args in [
            "-c ERROR",
            "-n request.49",
            "-b -C2 request.1.7.",
            "--last 3 -n ERROR",
            "-m 2 WARN",
            "-v -c INFO",
            "-o worker-[0-9] --tally",
            "-l ERROR",
            "-j 1 -n 1399",
            "--passthru -c x",
            "absent",
        ] {
            let want = dir.logscan(&format!("{args} log")).output();
            let got = dir.logscan(&format!("{args} in")).output();
            let named = want.text().replace("log\n", "in\n");
            match args.starts_with("-l") {
                true => got.stdout_is(named),
                false => got.stdout_is(want.text()),
            };
            says_what_is_guessed(&got, name).code_is(want.code.expect("it ended"));
            if !args.starts_with("-l") {
                let piped = dir.logscan(args).pipe(&bytes).output();
                says_what_is_guessed(piped.stdout_is(want.text()), name);
                let redirected = dir
                    .logscan(args)
                    .stdin_file(&dir.path().join("in"))
                    .output();
                says_what_is_guessed(redirected.stdout_is(want.text()), name);
            }
        }
        let json = |path: &str| {
            let text = dir
                .logscan(&format!("--json -C1 request.77 {path}"))
                .output()
                .text();
            let lines: Vec<&str> = text
                .lines()
                .filter(|line| line.contains("\"lines\""))
                .collect();
            lines.join("\n").replace(&format!("\"{path}\""), "\"log\"")
        };
        assert_eq!(json("in"), json("log"), "{name}");
    }
}

#[test]
fn templates_and_triage_read_compressed_logs() {
    let text = log(300) + "error: linking with `cc` failed: exit status: 1\n";
    let dir = Dir::new();
    let answers = || ["templates in", "triage in"].map(|args| dir.logscan(args).output().text());
    dir.file("in", &text);
    let want = answers();
    for (name, bytes) in forms(&text) {
        dir.file("in", &bytes);
        assert_eq!(answers(), want, "{name}");
        dir.logscan("triage").pipe(&bytes).output().code_is(0);
    }
}

#[test]
fn what_is_cut_short_is_searched_as_far_as_it_goes_and_told() {
    // More than is decoded at once: a chunk of xz has up to 64 KiB, a block of zstd 128 KiB of text.
    let text = log(60_000);
    let dir = Dir::new();
    for (name, bytes) in forms(&text) {
        if name.ends_with(".txt") || name == "twice.gz.xz" || name == "le.txt.gz" {
            continue;
        }
        dir.file("app.log.gz", &bytes[..bytes.len() * 9 / 10]);
        let output = dir.logscan("-v absent app.log.gz").output();
        output
            .code_is(2)
            .stderr_has("logscan: app.log.gz: cut short: complete up to byte ");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let byte = said
            .split("up to byte ")
            .nth(1)
            .and_then(|rest| rest.split(' ').next());
        let complete_to: usize = byte.and_then(|byte| byte.parse().ok()).expect("a number");
        // A last line that is cut is searched like one without a line end.
        let want = text[..complete_to].trim_end_matches('\n').to_owned() + "\n";
        assert!(complete_to > 0, "{name}: nothing was decoded");
        output.stdout_is(want);
        dir.logscan("-q absent app.log.gz").output().code_is(2);
        dir.logscan("-q ERROR app.log.gz").output().code_is(0);
        let json = dir.logscan("--json ERROR app.log.gz").output();
        json.code_is(2).stderr_has("cut short");
        dir.logscan("templates app.log.gz")
            .output()
            .code_is(2)
            .stderr_has("cut short");
    }
}

#[test]
fn what_follows_compressed_data_is_told_and_damage_in_one_log_leaves_the_others() {
    let dir = Dir::with_log("ERROR plain\n");
    dir.file(
        "more.gz",
        [gzip(b"ERROR 1\n"), b"ERROR 2\n".to_vec()].concat(),
    );
    let mut flipped = gzip(log(100).as_bytes());
    let middle = flipped.len() - 6;
    flipped[middle] ^= 1;
    dir.file("flipped.gz", &flipped);
    let output = dir.logscan("-c ERROR more.gz flipped.gz log").output();
    output
        .stdout_is("more.gz:1\nflipped.gz:25\nlog:1\n")
        .stderr_has("more.gz: from byte 28 of the file on it is no compressed data, which was not searched; the text before is complete, 8 bytes")
        .stderr_has("flipped.gz: damaged (a checksum does not fit): the text ends at byte ")
        .stderr_has("and is not to be trusted from byte 0 on")
        .code_is(2);
}

#[test]
fn a_bomb_costs_time_and_no_memory() {
    let dir = Dir::new();
    let zeros = vec![0; 1 << 20];
    let mut encoder = zstd::Encoder::new(Vec::new(), 1).expect("there is room");
    for _ in 0..200 {
        encoder.write_all(&zeros).expect("there is room");
    }
    let bomb = encoder.finish().expect("there is room");
    assert!(bomb.len() < 100_000, "{}", bomb.len());
    dir.file("bomb", &bomb);
    // A single line of 200 MiB: what is kept of it is the cap.
    let limited = "ulimit -v 1500000; exec logscan --max-line-bytes 1M -c x bomb";
    let output = dir.sh(limited).output();
    output
        .stdout_is("0\n")
        .code_is(2)
        .stderr_has("longer than 1048576 bytes");
}

#[test]
fn the_bytes_of_a_compressed_log_are_searched_if_that_is_asked_for() {
    let dir = Dir::new();
    dir.file("log.gz", gzip(b"ERROR 1\n"));
    dir.logscan("-c ERROR log.gz")
        .output()
        .stdout_is("1\n")
        .code_is(0);
    dir.logscan("-c --no-decompress ERROR log.gz")
        .output()
        .stdout_is("0\n")
        .code_is(1);
    dir.logscan("-c --no-decompress (?-u)\\x1f\\x8b log.gz")
        .output()
        .stdout_is("1\n")
        .code_is(0);
    fs::remove_file(dir.path().join("log.gz")).expect("it is there");
}

#[test]
fn what_cannot_hold_for_decoded_text_is_refused_or_said() {
    let dir = Dir::with_log("ERROR plain\n");
    dir.file("app.log.gz", gzip(b"ERROR 1\n"));
    for args in ["-c --byte-range 1: ERROR", "templates --byte-range 1:"] {
        dir.logscan(&format!("{args} app.log.gz"))
            .output()
            .stdout_is("")
            .stderr_has(
                "logscan: cannot search a range of bytes of app.log.gz: its text is decoded",
            )
            .code_is(2);
    }
    dir.logscan("--mmap -c ERROR app.log.gz")
        .output()
        .stdout_is("1\n")
        .stderr_has("app.log.gz: its text is decoded from gzip data; reading instead")
        .code_is(0);
    dir.logscan("--stats -z -c ERROR app.log.gz")
        .output()
        .stdout_is("1\n")
        .stderr_has("decoded")
        .code_is(0);
}

#[test]
fn a_window_above_the_limit_is_refused_with_the_flag_that_allows_it() {
    let dir = Dir::new();
    let mut encoder = zstd::Encoder::new(Vec::new(), 1).expect("there is room");
    encoder.window_log(24).expect("it is in range");
    encoder.write_all(b"ERROR 1\n").expect("there is room");
    dir.file("log.zst", encoder.finish().expect("there is room"));
    dir.logscan("--max-window 1M -c ERROR log.zst")
        .output()
        .stdout_is("0\n")
        .stderr_has("log.zst: decoding takes a window of 16 MiB, and 1 MiB are allowed; --max-window 16M allows it")
        .code_is(2);
    for args in ["--max-window 16M", ""] {
        dir.logscan(&format!("{args} -c ERROR log.zst"))
            .output()
            .stdout_is("1\n")
            .code_is(0);
    }
}

#[test]
fn compressed_logs_in_a_folder_are_searched_in_their_place() {
    let dir = Dir::new();
    let folder = dir.path().join("logs");
    fs::create_dir(&folder).expect("the temp directory is writable");
    for (name, bytes) in [
        ("app.log", b"ERROR 3\n".to_vec()),
        ("app.log.1", b"ok\nERROR 2\n".to_vec()),
        ("app.log.2.gz", gzip(b"ERROR 1\n")),
        ("app.log.10.xz", xz(b"ERROR 0\n")),
    ] {
        fs::write(folder.join(name), bytes).expect("it is writable");
    }
    let want = "logs/app.log:1:ERROR 3\nlogs/app.log.1:2:ERROR 2\nlogs/app.log.2.gz:1:ERROR 1\nlogs/app.log.10.xz:1:ERROR 0\n";
    for threads in ["-j1", "-j2", "-j7"] {
        dir.logscan(&format!("{threads} -n ERROR logs"))
            .output()
            .stdout_is(want)
            .stderr_is_empty()
            .code_is(0);
    }
}
