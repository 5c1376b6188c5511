//! What is made of a text before it is searched: without colours, in other lines, from another
//! encoding.

use std::fs;

use super::support::{Dir, gzip};

/// Checks that a search of `text` with `args` gives `want`, however the text comes.
#[track_caller]
fn check(text: &[u8], args: &str, want: &str) {
    let dir = Dir::with_log(text);
    dir.file("log.gz", gzip(text));
    let code = i32::from(want.is_empty() || want == "0\n");
    for threads in [1, 3] {
        for file in ["log", "log.gz"] {
            dir.logscan(&format!("-j {threads} {args} {file}"))
                .output()
                .stdout_is(want)
                .stderr_is_empty()
                .code_is(code);
        }
    }
    for bytes in [text, &gzip(text)] {
        dir.logscan(args)
            .pipe(bytes)
            .output()
            .stdout_is(want)
            .stderr_is_empty()
            .code_is(code);
    }
    fs::create_dir(dir.path().join("below")).expect("there is room");
    for name in ["below/1.log", "below/2.gz"] {
        let bytes = if name.ends_with("gz") {
            gzip(text)
        } else {
            text.to_vec()
        };
        dir.file(name, bytes);
    }
    dir.logscan(&format!("--no-filename {args} below"))
        .output()
        .stdout_is(want.repeat(2))
        .code_is(code);
}

const COLOURS: &str = "\x1b[32mINFO\x1b[0m start\n\x1b[1;31mERROR\x1b[0m disk \x1b]8;;file:///a\x07full\x1b]8;;\x07\n\
                       plain ERROR\n\x1b[8mha:////4ERROR\x1b[0mhidden before\n";

#[test]
fn words_behind_colours_are_found_and_printed_without_them() {
    check(
        COLOURS.as_bytes(),
        "--strip-ansi -n -w ERROR",
        "2:ERROR disk full\n3:plain ERROR\n",
    );
    check(
        COLOURS.as_bytes(),
        "--strip-ansi -b ^plain",
        "27:plain ERROR\n",
    );
    check(COLOURS.as_bytes(), "-n -w ^ERROR", "");
    check(COLOURS.as_bytes(), "--strip-ansi -c $", "4\n");
}

#[test]
fn progress_that_is_written_over_itself_is_lines() {
    let text = b"10%\r50% ERROR\r100%\nend\r\n";
    check(text, "--cr-lines -n -b ERROR", "2:4:50% ERROR\n");
    check(text, "--cr-lines -c .", "4\n");
    check(text, "-c .", "2\n");
    check(
        b"\x1b[31m5%\x1b[0m\rERROR\n",
        "--cr-lines --strip-ansi -n ^",
        "1:5%\n2:ERROR\n",
    );
}

#[test]
fn text_in_another_encoding_is_searched_and_printed_as_utf8() {
    check(
        b"caf\xe9 1\ncafe 2\n",
        "--encoding latin1 -n caf\u{e9}",
        "1:caf\u{e9} 1\n",
    );
    check(
        b"\x83\x47\x83\x89\x81\x5b 1\n",
        "--encoding shift_jis \u{30a8}\u{30e9}\u{30fc}",
        "\u{30a8}\u{30e9}\u{30fc} 1\n",
    );
    // A first line in Chinese does not look like UTF-16.
    let units = "\u{9519}\u{8bef}\nERROR\n".encode_utf16();
    let utf16: Vec<u8> = units.flat_map(u16::to_le_bytes).collect();
    check(&utf16, "--encoding utf-16le -n ERROR", "2:ERROR\n");
    // A byte order mark says more than a name.
    let units = "\u{feff}caf\u{e9}\n".encode_utf16();
    let marked: Vec<u8> = units.flat_map(u16::to_be_bytes).collect();
    check(&marked, "--encoding latin1 caf\u{e9}", "caf\u{e9}\n");
    check(
        "\u{feff}caf\u{e9}\n".as_bytes(),
        "--encoding latin1 ^caf\u{e9}",
        "caf\u{e9}\n",
    );
}

#[test]
fn bytes_are_searched_where_no_encoding_is_asked_for() {
    let units = "\u{feff}ERROR\n".encode_utf16();
    let utf16: Vec<u8> = units.flat_map(u16::to_le_bytes).collect();
    check(&utf16, "-c ERROR", "1\n");
    check(&utf16, "--encoding none -c ERROR", "0\n");
    let unmarked = &utf16[2..];
    check(unmarked, "--encoding utf-8 -c ERROR", "0\n");
    check(&utf16, "--encoding utf-8 -c ERROR", "1\n");
}

#[test]
fn an_encoding_that_does_not_exist_is_told_with_some_that_do() {
    Dir::with_log("x\n")
        .logscan("--encoding klingon x log")
        .output()
        .stdout_is("")
        .stderr_has("latin1")
        .code_is(2);
    Dir::with_log("x\n")
        .logscan("--strip-ansi --byte-range 0:1 x log")
        .output()
        .stdout_is("")
        .stderr_has("cannot search a range of bytes of log")
        .code_is(2);
}

#[test]
fn the_files_of_one_log_are_transformed_one_by_one() {
    let dir = Dir::with_log("");
    dir.file("app.log.1", "\x1b[31mERROR\x1b[0m 1\n");
    dir.file("app.log", gzip(b"\x1b[31mERROR\x1b[0m 2\n"));
    dir.logscan("--one-log --strip-ansi -n ^ERROR app.log app.log.1")
        .output()
        .stdout_is("1:ERROR 1\n2:ERROR 2\n")
        .code_is(0);
}
