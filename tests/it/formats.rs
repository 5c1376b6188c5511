//! What is no plain text is told, by its first bytes and by every command, and never answered with
//! a number or a name. A byte order mark in UTF-8 is no part of the first line, whoever reads it.

use std::{fs, io::Write, path::Path};

use super::support::{Dir, HANG, KillOnDrop, chunks_of, same_in_every_way, wait};

/// What nobody decodes.
const LZIP: &[u8] = b"LZIP\x01\x0b and so on\n";
const TEXT: &str = "GET /\nERROR: b\n";

/// Text with a byte order mark.
const MARKED: &str = "\u{feff}ERROR 1\nERROR 2\n";

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// Inputs that are no plain text, and what is said of each.
fn inputs() -> Vec<(Vec<u8>, &'static str)> {
    vec![
        (LZIP.into(), "it is lzip data; 'lzip -dc < "),
        (b"\x1f\x9d\x90".into(), "it is compress (.Z) data; 'zcat < "),
        (
            b"7z\xbc\xaf\x27\x1c\0\x04".into(),
            "it is a 7z archive; '7z e -so ",
        ),
        (
            b"\0\0\xfe\xff\0\0\0E".into(),
            "it is UTF-32; 'iconv -f UTF-32BE -t UTF-8 ",
        ),
    ]
}

#[test]
fn what_is_no_plain_text_is_named_and_the_others_are_searched() {
    let dir = Dir::with_log(TEXT);
    for (bytes, what) in inputs() {
        // The name says nothing.
        dir.file("app.log.1", &bytes);
        let said =
            format!("logscan: cannot read app.log.1 as plain text: {what}app.log.1 | logscan ...'");
        for (args, want) in [
            ("ERROR", "log:ERROR: b\n"),
            ("-c ERROR", "log:1\n"),
            ("-l ERROR", "log\n"),
            ("-L nothing", "log\n"),
            ("-L ERROR", ""),
            ("--count-matches ERROR", "log:1\n"),
            ("-c --by-pattern ERROR", "log:1\tERROR\n"),
            ("-o --tally ERROR", "1\tERROR\n"),
            ("--last 1 ERROR", "log:ERROR: b\n"),
            ("--mmap -n ERROR", "log:2:ERROR: b\n"),
            ("--no-mmap -v ERROR", "log:GET /\n"),
            ("-q nothing", ""),
        ] {
            let output = dir.logscan(&format!("{args} app.log.1 log")).output();
            output.stdout_is(want).stderr_has(&said).code_is(2);
        }
        dir.logscan("-q ERROR app.log.1 log")
            .output()
            .stdout_is("")
            .code_is(0);
        dir.logscan("-s -c ERROR app.log.1")
            .output()
            .stdout_is("")
            .stderr_is_empty()
            .code_is(2);
        for args in [
            "-c ERROR",
            "-L ERROR",
            "--last 1 ERROR",
            "templates",
            "triage",
        ] {
            let said = format!(
                "cannot read (standard input) as plain text: {}",
                &what[..what.len() - 2]
            );
            let said = said
                .split("; ")
                .next()
                .expect("there is always a part")
                .to_owned();
            let piped = dir.logscan(args).pipe(&bytes).output();
            piped.stdout_is("").stderr_has(&said).code_is(2);
            let redirected = dir
                .logscan(args)
                .stdin_file(&dir.path().join("app.log.1"))
                .output();
            redirected.stdout_is("").stderr_has(&said).code_is(2);
        }
    }
}

#[test]
fn every_command_names_what_is_no_plain_text() {
    let dir = Dir::with_log(TEXT);
    dir.file("lz", LZIP);
    let table = dir.logscan("templates log").output().text();
    assert!(table.contains("GET /"), "{table}");
    for (args, want) in [
        ("templates lz log", &table[..]),
        ("templates log lz", &table),
        ("templates --diff lz log", ""),
        ("templates --diff log lz", ""),
        ("triage lz", ""),
        ("compare -e ERROR lz", ""),
        ("--board board ERROR lz", ""),
        ("--board board --continue -c ERROR lz", ""),
        ("--template 0123456789ab lz", ""),
    ] {
        let output = dir.logscan(args).output();
        output
            .stderr_has("cannot read lz as plain text: it is lzip data; ")
            .code_is(2);
        if args != "templates --diff log lz" {
            output.stdout_is(want);
        }
    }
    let ids = dir.logscan("templates --assign log").output().text();
    dir.logscan("templates --assign lz log")
        .output()
        .stdout_is(ids)
        .code_is(2);
}

#[test]
fn json_has_no_messages_of_what_is_no_plain_text_and_its_summary_all_the_same() {
    let dir = Dir::with_log(TEXT);
    dir.file("lz", LZIP);
    let output = dir.logscan("--json ERROR lz log").output();
    output.code_is(2).stderr_has("it is lzip data");
    let text = output.text();
    let kinds: Vec<String> = text
        .lines()
        .map(|line| {
            let message: serde_json::Value = serde_json::from_str(line).expect("it is JSON");
            message["type"].as_str().unwrap_or_default().to_owned()
        })
        .collect();
    assert_eq!(kinds, ["begin", "match", "end", "summary"], "{text}");
    assert!(!text.contains("lz"), "{text}");
}

#[test]
fn no_decompress_searches_the_bytes_as_they_are() {
    let dir = Dir::new();
    let search = |args: &str, log: &[u8]| {
        dir.file("log", log);
        same_in_every_way(&dir, &format!("--no-decompress {args}"))
    };
    search("-c \\x0b", LZIP).stdout_is("1\n").code_is(0);
    search("-c ^G\\x00E\\x00T", &utf16(TEXT))
        .stdout_is("1\n")
        .code_is(0);
    search("-c ^ERROR", MARKED.as_bytes())
        .stdout_is("1\n")
        .code_is(0);
    search("-bo ^\\S+", MARKED.as_bytes())
        .stdout_is("0:\u{feff}ERROR\n11:ERROR\n")
        .code_is(0);
    dir.file("lz", LZIP);
    for (args, want, code) in [
        ("templates --no-decompress lz", None, 0),
        ("triage --no-decompress lz", None, 1),
        ("--no-decompress --board board -c ERROR lz", Some("0\n"), 1),
        ("--no-decompress --decompress -c ERROR lz", Some(""), 2),
    ] {
        let output = dir.logscan(args).output();
        output.code_is(code);
        if let Some(want) = want {
            output.stdout_is(want);
        }
    }
}

#[test]
fn a_name_says_nothing_about_a_file() {
    let dir = Dir::new();
    for name in ["app.gz", "app.zip", "app.tar", "app.zst"] {
        dir.file(name, TEXT);
        dir.logscan(&format!("-c ERROR {name}"))
            .output()
            .stdout_is("1\n")
            .code_is(0);
    }
    for text in ["PK", "BZh9", "\x1f", "BZh9 ERROR\n", "PKI ERROR\nmore\n"] {
        dir.file("log", text);
        let has_hit = text.contains("ERROR");
        same_in_every_way(&dir, "-c ERROR")
            .stdout_is(format!("{}\n", u8::from(has_hit)))
            .code_is(i32::from(!has_hit));
    }
}

#[test]
fn a_stream_that_comes_in_pieces_is_known_and_its_first_line_is_not_held_back() {
    let dir = Dir::new();
    // Each byte of the magic number comes with a write of its own, as far as the pipe keeps them
    // apart.
    let mut child = dir.logscan("-c ERROR").start();
    let mut stdin = child.stdin.take().expect("it is piped");
    for byte in LZIP {
        // It may have seen enough and be gone.
        let _ = stdin.write_all(&[*byte]);
    }
    drop(stdin);
    assert_eq!(wait(&mut child).code(), Some(2));
    // What begins like a format is a line as soon as it has ended.
    for line in [
        "PK\x03 ERROR\n",
        "\u{feff}ERROR\n",
        "ERROR\n",
        "E\0R\0R\0ERROR\n",
    ] {
        let mut child = KillOnDrop(dir.logscan("ERROR").start());
        let mut stdin = child.0.stdin.take().expect("it is piped");
        let stdout = chunks_of(child.0.stdout.take().expect("it is piped"));
        stdin.write_all(line.as_bytes()).expect("the reader lives");
        let mut seen = Vec::new();
        while !seen.ends_with(b"\n") {
            seen.extend(stdout.recv_timeout(HANG).expect("the line comes out"));
        }
        assert_eq!(
            String::from_utf8_lossy(&seen),
            line.trim_start_matches('\u{feff}')
        );
        drop(stdin);
        assert_eq!(wait(&mut child.0).code(), Some(0), "{line:?}");
    }
}

#[test]
fn a_triage_reads_the_rest_of_a_folder_and_of_a_zip() {
    let dir = Dir::new();
    let folder = dir.path().join("logs");
    fs::create_dir(&folder).expect("the temp directory is writable");
    let write =
        |name: &str, bytes: &[u8]| fs::write(folder.join(name), bytes).expect("it is writable");
    write(
        "1_build.txt",
        b"main.c:3:5: error: 'x' undeclared\nmake: *** [Makefile:3: all] Error 1\n",
    );
    write("2_test.txt", LZIP);
    write(
        "3_page.txt",
        b"<!DOCTYPE html>\n<html><title>Sign in</title>",
    );
    let output = dir.logscan("triage logs").output();
    output
        .code_is(2)
        .stderr_has("2_test.txt as plain text: it is lzip data")
        .stderr_has("3_page.txt as plain text: it is a web page");
    assert!(output.text().contains("undeclared"), "{output}");

    let path = dir.path().join("logs.zip");
    let mut zip = zip::ZipWriter::new(fs::File::create(path).expect("it is writable"));
    for name in ["1_build.txt", "2_test.txt"] {
        zip.start_file(name, zip::write::SimpleFileOptions::default())
            .expect("it is a name");
        zip.write_all(&fs::read(folder.join(name)).expect("it is there"))
            .expect("there is room");
    }
    zip.finish().expect("there is room");
    let output = dir.logscan("triage logs.zip").output();
    let advice = "2_test.txt as plain text: it is lzip data; unpack the archive, make text of it, and name the folder";
    output.code_is(2).stderr_has(advice);
    assert!(output.text().contains("undeclared"), "{output}");

    fs::remove_file(folder.join("1_build.txt")).expect("it is there");
    dir.logscan("triage logs").output().stdout_is("").code_is(2);
}

#[test]
fn a_page_in_place_of_a_zip_is_no_build_without_failures() {
    let dir = Dir::new();
    for page in [
        "<!DOCTYPE html>\n<html lang=en><title>404</title>",
        "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>BlobNotFound</Code></Error>",
    ] {
        dir.file("logs.zip", page);
        let said = "cannot read logs.zip as plain text: it is a web page or an error message, and no log; the download may \
                    have been refused";
        dir.logscan("triage logs.zip")
            .output()
            .stdout_is("")
            .stderr_has(said)
            .code_is(2);
        dir.logscan("triage")
            .pipe(page)
            .output()
            .stdout_is("")
            .code_is(2);
        // A search takes it for the text that it is.
        dir.logscan("-c . logs.zip").output().code_is(0);
    }
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_first_line() {
    let dir = Dir::with_log(MARKED);
    for (args, want) in [
        ("^ERROR", "ERROR 1\nERROR 2\n"),
        ("-x ERROR.1", "ERROR 1\n"),
        ("-b ERROR", "3:ERROR 1\n11:ERROR 2\n"),
        ("-bo [12]", "9:1\n17:2\n"),
        ("--column -b ERROR", "1:1:3:ERROR 1\n2:1:11:ERROR 2\n"),
        ("--last 2 ^ERROR", "ERROR 1\nERROR 2\n"),
        ("-c ^ERROR", "2\n"),
        ("-c \u{feff}", "0\n"),
        ("-n -B1 2$", "1-ERROR 1\n2:ERROR 2\n"),
    ] {
        let code = i32::from(want == "0\n");
        same_in_every_way(&dir, args).stdout_is(want).code_is(code);
    }
    for (range, want) in [
        ("0:", "ERROR 1\nERROR 2\n"),
        ("1:4", "ERROR 1\n"),
        ("3:11", "ERROR 1\n"),
        ("0:3", ""),
        ("4:", "ERROR 2\n"),
    ] {
        let args = format!("--byte-range {range} ^ERROR");
        let code = i32::from(want.is_empty());
        same_in_every_way(&dir, &args).stdout_is(want).code_is(code);
    }
    let table = dir.logscan("templates log").output().text();
    let plain = dir.file("plain", &MARKED[3..]);
    dir.logscan("templates plain").output().stdout_is(table);
    assert!(plain.exists());
    // Only at the start of the log.
    dir.file("log", format!("a\n{MARKED}"));
    same_in_every_way(&dir, "-c ^ERROR")
        .stdout_is("1\n")
        .code_is(0);
}

#[test]
fn a_search_goes_on_behind_a_byte_order_mark() {
    let dir = Dir::with_log("\u{feff}ERROR 1\nhalf of ERR");
    let search = || {
        dir.logscan("--board board --continue -nb ERROR log")
            .output()
    };
    search().stdout_is("1:3:ERROR 1\n").code_is(0);
    dir.file("log", "\u{feff}ERROR 1\nhalf of ERROR 2\n");
    search().stdout_is("2:11:half of ERROR 2\n").code_is(0);
    search().stdout_is("").code_is(1);
}

#[test]
fn pattern_files_config_files_and_rules_may_begin_with_a_byte_order_mark() {
    let dir = Dir::with_log("ERROR 1\nWARN 2\n");
    dir.file("patterns", "\u{feff}^ERROR\n^WARN\n");
    dir.logscan("-f patterns log")
        .output()
        .stdout_is("ERROR 1\nWARN 2\n")
        .code_is(0);
    let patterns = "\u{feff}^ERROR\n";
    dir.logscan("-f - log")
        .pipe(patterns)
        .output()
        .stdout_is("ERROR 1\n")
        .code_is(0);
    let config = dir.file("config", "\u{feff}--line-number\n");
    let config = config.to_string_lossy().into_owned();
    dir.logscan("WARN log")
        .env("LOGSCAN_CONFIG", &config)
        .output()
        .stdout_is("2:WARN 2\n");
    let rule = "[[rule]]\nname = \"x\"\nfamily = \"test\"\nseverity = \"error\"\npattern = 'WARN 2'\n\
                example = 'WARN 2'\ncounter = 'nothing'\n";
    dir.file("plain.toml", rule);
    dir.file("marked.toml", format!("\u{feff}{rule}"));
    let of = |rules: &str| dir.logscan(&format!("triage --rules {rules} log")).output();
    let (plain, marked) = (of("plain.toml"), of("marked.toml"));
    assert_eq!(plain.text(), marked.text(), "{plain} {marked}");
    assert_eq!(
        String::from_utf8_lossy(&plain.stderr).replace("plain.toml", "marked.toml"),
        String::from_utf8_lossy(&marked.stderr),
    );
}

#[test]
fn a_rotated_log_is_compressed_by_what_it_holds() {
    let dir = Dir::with_log("ERROR 1\n");
    let search = || dir.logscan("--board board --continue ERROR log").output();
    search().stdout_is("ERROR 1\n");
    let rename = |from: &str, to: &str| {
        let at = |name: &str| Path::new(dir.path()).join(name);
        fs::rename(at(from), at(to)).expect("it is there");
    };
    // Plain text with the name of a compressed log is gone on with.
    dir.file("log", "ERROR 1\nERROR 2\n");
    rename("log", "log.1.gz");
    dir.file("log", "ERROR 3\n");
    search()
        .stdout_is("ERROR 2\nERROR 3\n")
        .stderr_is_empty()
        .code_is(0);
    // What is compressed is not searched, whatever its name.
    dir.file("log.1.gz", "ERROR 0\n");
    dir.file("log.2", LZIP);
    rename("log", "log.1");
    fs::remove_file(dir.path().join("log.1")).expect("it is there");
    dir.file("log", "ERROR 4\n");
    let output = search();
    output
        .stderr_has("is in a format that is not decoded")
        .code_is(2);
    assert!(output.text().ends_with("ERROR 4\n"), "{output}");
    // The log itself: nothing is searched, and nothing is forgotten.
    let before = fs::read(dir.path().join("log")).expect("it is there");
    dir.file("log", LZIP);
    search()
        .stdout_is("")
        .stderr_has("it is lzip data")
        .code_is(2);
    dir.file("log", [&before[..], b"ERROR 5\n"].concat());
    search().stdout_is("ERROR 5\n");
}
