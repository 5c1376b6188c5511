//! What a person saw of a line: without escape sequences, without what a redraw wrote over, without
//! the time in front.
//!
//! CI logs are terminal sessions written to files. Rules are matched against the visible text, so
//! that none has to know of colours or clocks. Line numbers are those of the file: nothing here
//! joins or splits lines.

use std::io::Write as _;

use crate::{
    record::{Prefix, without_controls},
    sink::{Escape, Sgr},
};

/// How many bytes of one line are shown.
const SHOWN_LINE_BYTES: usize = 1 << 10;

/// A text without control characters, cut to what is shown of one line.
pub(crate) fn shown_text(text: &[u8]) -> String {
    let cut = &text[..text.len().min(SHOWN_LINE_BYTES)];
    let mut shown = Vec::new();
    let mut escape = Escape::new(&mut shown, Sgr::Strip);
    // Writing to a Vec does not fail.
    let _ = escape.write_all(cut).and_then(|()| escape.finish());
    drop(escape);
    let mut shown = String::from_utf8_lossy(&shown).into_owned();
    if cut.len() < text.len() {
        shown.push('…');
    }
    shown
}

/// The visible text of a line, without time and other prefixes of the CI system and of the
/// collector of logs. `buffer` is where it is put together if it is not a part of `raw`.
pub(crate) fn visible<'a>(
    raw: &'a [u8],
    collector: Option<Prefix>,
    buffer: &'a mut Vec<u8>,
) -> &'a [u8] {
    let shown = without_controls(raw, buffer);
    let shown = match collector {
        Some(prefix) => &shown[prefix.bytes(shown)..],
        None => shown,
    };
    &shown[prefix_bytes(shown)..]
}

/// How many bytes at the start of a line are the CI system's or the clock's, not the program's.
pub(crate) fn prefix_bytes(line: &[u8]) -> usize {
    let mut at = if line.starts_with(b"\xef\xbb\xbf") {
        3
    } else {
        0
    };
    at += columns_bytes(&line[at..]);
    let time = time_bytes(&line[at..]);
    at += time;
    if time > 0 {
        at += stream_bytes(&line[at..]);
    }
    at + buildkit_bytes(&line[at..])
}

/// The job and step columns that `gh run view --log` puts in front of the time.
fn columns_bytes(line: &[u8]) -> usize {
    let head = &line[..line.len().min(256)];
    let Some(second) = memchr::memchr_iter(b'\t', head).nth(1) else {
        return 0;
    };
    match is_date(
        head[second + 1..]
            .strip_prefix(b"\xef\xbb\xbf")
            .unwrap_or(&head[second + 1..]),
    ) {
        true => second + 1,
        false => 0,
    }
}

fn is_date(line: &[u8]) -> bool {
    fits(line, b"dddd-dd-dd")
}

/// Whether `line` begins like `shape`, in which `d` stands for a digit.
fn fits(line: &[u8], shape: &[u8]) -> bool {
    line.len() >= shape.len()
        && line.iter().zip(shape).all(|(byte, want)| match want {
            b'd' => byte.is_ascii_digit(),
            want => byte == want,
        })
}

/// The length of a time with the space behind it: `2022-04-27T19:35:52.975Z `, `[12:00:01] `,
/// `12:00:01.123 | `.
fn time_bytes(line: &[u8]) -> usize {
    let mut at = usize::from(line.first() == Some(&b'['));
    let is_bracketed = at == 1;
    if is_date(&line[at..]) && matches!(line.get(at + 10), Some(b'T' | b' ' | b'_')) {
        at += 11;
    }
    if !fits(&line[at..], b"dd:dd:dd") {
        return 0;
    }
    at += 8;
    if matches!(line.get(at), Some(b'.' | b',')) {
        at += 1 + digits(&line[at + 1..]);
    }
    at += zone_bytes(&line[at..]);
    if is_bracketed {
        if line.get(at) != Some(&b']') {
            return 0;
        }
        at += 1;
    }
    match line.get(at) {
        None => at,
        Some(b' ' | b'\t') => {
            at += 1;
            // Zuul: `2022-04-27 19:35:52.975 | text`. Timestamper: two spaces.
            match &line[at..] {
                [b'|', b' ', ..] => at + 2,
                [b'|'] => at + 1,
                _ => at,
            }
        }
        Some(_) => 0,
    }
}

fn digits(line: &[u8]) -> usize {
    line.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

fn zone_bytes(line: &[u8]) -> usize {
    match line.first() {
        Some(b'Z') => 1,
        Some(b'+' | b'-') if fits(&line[1..], b"dd:dd") => 6,
        Some(b'+' | b'-') if fits(&line[1..], b"dddd") => 5,
        _ => 0,
    }
}

/// GitLab's stream marks behind the time: `00O `, `01E `, `00O+`.
fn stream_bytes(line: &[u8]) -> usize {
    let is_mark = line.len() >= 4
        && line[..2].iter().all(u8::is_ascii_hexdigit)
        && matches!(line[2], b'O' | b'E')
        && matches!(line[3], b' ' | b'+');
    if is_mark { 4 } else { 0 }
}

/// What BuildKit puts before the output of a build step: `#12 3.456 `.
fn buildkit_bytes(line: &[u8]) -> usize {
    let Some(rest) = line.strip_prefix(b"#") else {
        return 0;
    };
    let step = digits(rest);
    if step == 0 || rest.get(step) != Some(&b' ') {
        return 0;
    }
    let rest = &rest[step + 1..];
    let seconds = digits(rest);
    if seconds == 0 || rest.get(seconds) != Some(&b'.') {
        return 0;
    }
    let fraction = digits(&rest[seconds + 1..]);
    match rest.get(seconds + 1 + fraction) {
        Some(b' ') if fraction > 0 => 1 + step + 1 + seconds + 1 + fraction + 1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(raw: &str, want: &str) {
        let mut buffer = Vec::new();
        let got = visible(raw.as_bytes(), None, &mut buffer).to_vec();
        assert_eq!(String::from_utf8_lossy(&got), want, "{raw:?}");
    }

    #[test]
    fn escape_sequences_are_not_seen() {
        check("\x1b[31;1mred\x1b[0m and\x1b[K plain\r", "red and plain");
        check("\x1b]0;title\x07text", "text");
        check("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link");
        check("\x1b_bk;t=1700000000000\x07$ make", "$ make");
        check("\x1b(Btext\x1b=", "text");
        check(
            "\x1b[8mha:////4Abc=\x1b[0mStarted by user",
            "Started by user",
        );
        check("^[[31mFAILED^[[0m a.py::b", "FAILED a.py::b");
        check("cut off \x1b[31", "cut off ");
        check("cut off \x1b", "cut off ");
        check("cut off \x1b]title", "cut off ");
    }

    #[test]
    fn of_a_redraw_the_last_drawing_is_seen() {
        check("10%\r50%\r100%\r\r", "100%");
        check("travis_fold:start:x\r\x1b[0K$ make test", "$ make test");
        check("abc\x08d", "abd");
        check("\r\r", "");
    }

    #[test]
    fn times_are_not_seen() {
        check("2022-04-27T19:35:52.9756934Z ok  \tpkg", "ok  \tpkg");
        check("\u{feff}2022-04-27T19:35:52.9756934Z x", "x");
        check("[2022-04-27T19:35:52.975Z] x", "x");
        check("2022-04-27 19:35:52.975123 | TASK [x]", "TASK [x]");
        check("2022-04-27 19:35:52,975 x", "x");
        check("2022-04-27T19:35:52+02:00 x", "x");
        check("[12:00:01] x", "x");
        check("12:00:01.5 x", "x");
        check("2024-05-22T12:43:46.962646Z 00O text", "text");
        check("2024-05-22T12:43:46.962646Z 01E+text", "text");
        check("build\tRun tests\t2024-05-22T12:43:46.9Z text", "text");
        check("#12 3.456 npm ERR! x", "npm ERR! x");
        check("2022-04-27T19:35:52Z", "");
    }

    #[test]
    fn what_only_begins_like_a_time_stays() {
        for line in [
            "12:00 x",
            "12:00:01x",
            "[12:00:01 x",
            "2022-04-27 x",
            "#12 ERROR: x",
            "#include <x>",
            "a\tb\tc",
            "[INFO] x",
            "# 1.5 x",
        ] {
            check(line, line);
        }
    }
}
