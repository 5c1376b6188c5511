//! Compressed logs, and those in UTF-16: every command gives what it gives for their text, and what
//! is damaged is searched as far as it can be, and told.

use std::{fs, io::Write as _};

use super::support::Dir;

/// A log of so many lines.
fn log(lines: usize) -> String {
    (0..lines)
        .map(|nth| {
            let level = ["INFO", "WARN", "ERROR", "INFO"][nth % 4];
            format!("2026-11-27 10:00:{:02} {level} request {nth} of worker-{}\n", nth % 60, nth % 7)
        })
        .collect()
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text).expect("there is room");
    encoder.finish().expect("there is room")
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
    let mut encoder = lz4_flex::frame::FrameEncoder::new(Vec::new());
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
        ("two.gz", [gzip(&bytes[..half]), gzip(&bytes[half..])].concat()),
        ("log.zst", zstd::encode_all(bytes, 3).expect("there is room")),
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

#[test]
fn every_search_of_a_compressed_log_gives_what_its_text_gives() {
    let text = log(5000);
    let dir = Dir::with_log(&text);
    for (name, bytes) in forms(&text) {
        dir.file(name, &bytes);
        // Neither the name nor the way in says anything.
        dir.file("in", &bytes);
        for args in [
            "-c ERROR",
            "-n request.49",
            "-b -C2 request.1.7\\b",
            "--last 3 -n ERROR",
            "-m 2 WARN",
            "-v -c INFO",
            "-o worker-[0-9] --tally",
            "-l ERROR",
            "-j 1 -n 3999",
            "--passthru -c x",
            "absent",
        ] {
            let args = args.replace('\\b', "");
            let want = dir.logscan(&format!("{args} log")).output();
            let got = dir.logscan(&format!("{args} in")).output();
            let named = want.text().replace("log\n", "in\n");
            match args.starts_with("-l") {
                true => got.stdout_is(named),
                false => got.stdout_is(want.text()),
            };
            got.stderr_is_empty().code_is(want.code.expect("it ended"));
            if !args.starts_with("-l") {
                let piped = dir.logscan(&args).pipe(&bytes).output();
                piped.stdout_is(want.text()).stderr_is_empty();
                let redirected = dir.logscan(&args).stdin_file(&dir.path().join("in")).output();
                redirected.stdout_is(want.text()).stderr_is_empty();
            }
        }
        let json = |path: &str| {
            let text = dir.logscan(&format!("--json -C1 request.77 {path}")).output().text();
            let lines: Vec<&str> = text.lines().filter(|line| line.contains("\"lines\"")).collect();
            lines.join("\n").replace(&format!("\"{path}\""), "\"log\"")
        };
        assert_eq!(json("in"), json("log"), "{name}");
    }
}

#[test]
fn templates_and_triage_read_compressed_logs() {
    let text = log(300) + "error: linking with `cc` failed: exit status: 1\n";
    let dir = Dir::with_log(&text);
    for (name, bytes) in forms(&text) {
        dir.file("in", &bytes);
        let want = dir.logscan("templates log").output();
        dir.logscan("templates in").output().stdout_is(want.text()).stderr_is_empty();
        let want = dir.logscan("triage log").output().text();
        let got = dir.logscan("triage in").output();
        assert_eq!(got.text().replace("in:", "log:"), want, "{name}");
        dir.logscan("triage").pipe(&bytes).output().code_is(0);
    }
}

#[test]
fn what_is_cut_short_is_searched_as_far_as_it_goes_and_told() {
    let text = log(4000);
    let dir = Dir::new();
    for (name, bytes) in forms(&text) {
        if name.ends_with(".txt") || name == "twice.gz.xz" || name == "le.txt.gz" {
            continue;
        }
        dir.file("app.log.gz", &bytes[..bytes.len() * 2 / 3]);
        let output = dir.logscan("-v absent app.log.gz").output();
        output.code_is(2).stderr_has("logscan: app.log.gz: cut short: complete up to byte ");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let byte = said.split("up to byte ").nth(1).and_then(|rest| rest.split(' ').next());
        let complete_to: usize = byte.and_then(|byte| byte.parse().ok()).expect("a number");
        // A last line that is cut is searched like one without a line end.
        let want = text[..complete_to].trim_end_matches('\n').to_owned() + "\n";
        assert!(complete_to > 0, "{name}: nothing was decoded");
        output.stdout_is(want);
        dir.logscan("-q absent app.log.gz").output().code_is(2);
        dir.logscan("-q ERROR app.log.gz").output().code_is(0);
        let json = dir.logscan("--json ERROR app.log.gz").output();
        json.code_is(2).stderr_has("cut short");
        dir.logscan("templates app.log.gz").output().code_is(2).stderr_has("cut short");
    }
}

#[test]
fn what_follows_compressed_data_is_told_and_damage_in_one_log_leaves_the_others() {
    let dir = Dir::with_log("ERROR plain\n");
    dir.file("more.gz", [gzip(b"ERROR 1\n"), b"ERROR 2\n".to_vec()].concat());
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
    let limited = "ulimit -v 1500000; exec \"$LOGSCAN\" --max-line-bytes 1M -c x bomb";
    let output = dir.shell(limited).output();
    output.stdout_is("0\n").code_is(2).stderr_has("longer than 1048576 bytes");
}

#[test]
fn the_bytes_of_a_compressed_log_are_searched_if_that_is_asked_for() {
    let dir = Dir::new();
    dir.file("log.gz", gzip(b"ERROR 1\n"));
    dir.logscan("-c ERROR log.gz").output().stdout_is("1\n").code_is(0);
    dir.logscan("-c --no-decompress ERROR log.gz").output().stdout_is("0\n").code_is(1);
    dir.logscan("-c --no-decompress \\x1f\\x8b log.gz")
        .output()
        .stdout_is("1\n")
        .code_is(0);
    fs::remove_file(dir.path().join("log.gz")).expect("it is there");
}
