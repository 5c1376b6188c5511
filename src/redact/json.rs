//! What ripgrep's messages say twice: a match is a part of its line, with its place there. A part
//! of a password does not look like a secret, so what is secret in the line is secret in the match.

use std::ops::Range;

use super::secrets::{SecretPart, SecretParts};

/// How the messages begin that have matches.
const MATCH: &[u8] = b"{\"type\":\"match\"";

/// What stands before the text of the line, before that of a match, and before bytes.
const LINES: &[u8] = b"\"lines\":{\"text\":\"";
const SUBMATCH: &[u8] = b"{\"match\":{\"text\":\"";
const BYTES: &[u8] = b"{\"bytes\":\"";

/// Adds to the secrets of a message those parts of its matches that lie in secrets of its line.
pub(super) fn add_matches(message: &[u8], parts: &mut SecretParts) {
    if !message.starts_with(MATCH) {
        return;
    }
    let Some(text) = memchr::memmem::find(message, LINES) else {
        return;
    };
    let line = string(message, text + LINES.len());
    let offset = |at: usize| decoded_length(&message[line.start..at]);
    let secrets: Vec<(Range<usize>, SecretPart)> = parts
        .iter()
        .filter(|part| line.start <= part.range.start && part.range.end <= line.end)
        .map(|part| {
            (
                offset(part.range.start)..offset(part.range.end),
                part.clone(),
            )
        })
        .collect();
    if secrets.is_empty() {
        return;
    }
    let behind = &message[line.end..];
    for found in memchr::memmem::find_iter(behind, SUBMATCH) {
        let part = string(message, line.end + found + SUBMATCH.len());
        let Some(start) = start_of(&message[part.end..]) else {
            continue;
        };
        let end = start + decoded_length(&message[part.clone()]);
        for (range, secret) in &secrets {
            let (from, to) = (range.start.max(start), range.end.min(end));
            if from < to {
                let text = &message[part.clone()];
                let from = part.start + place(text, from - start);
                let to = part.start + place(text, to - start);
                parts.add(SecretPart {
                    range: from..to,
                    ..secret.clone()
                });
            }
        }
    }
}

/// Returns where texts of base64 stand. They may end behind the piece.
pub(super) fn payloads(message: &[u8]) -> impl Iterator<Item = Range<usize>> {
    memchr::memmem::find_iter(message, BYTES).map(|found| {
        let start = found + BYTES.len();
        let rest = &message[start..];
        let length = rest.iter().take_while(|byte| is_base64(**byte)).count();
        start..start + length
    })
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}

/// Returns the inside of the string that begins before `start`, to its quote or to the end.
fn string(message: &[u8], start: usize) -> Range<usize> {
    let mut at = start;
    while at < message.len() && message[at] != b'"' {
        at += if message[at] == b'\\' { 2 } else { 1 };
    }
    start..at.min(message.len())
}

/// Returns the number behind `"},"start":`.
fn start_of(text: &[u8]) -> Option<usize> {
    let rest = text.strip_prefix(b"\"},\"start\":")?;
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit());
    digits.take(18).try_fold(0, |number: usize, digit| {
        number
            .checked_mul(10)?
            .checked_add(usize::from(digit - b'0'))
    })
}

/// Returns how many bytes of a string are the escape or the byte at its start, and for how many
/// bytes these stand.
fn unit(text: &[u8]) -> (usize, usize) {
    match text {
        [b'\\', b'u', digits @ ..] if digits.len() >= 4 => {
            let code = str::from_utf8(&digits[..4])
                .ok()
                .and_then(|digits| u32::from_str_radix(digits, 16).ok())
                .and_then(char::from_u32);
            (6, code.map_or(3, char::len_utf8))
        }
        [b'\\', _, ..] => (2, 1),
        _ => (1, 1),
    }
}

fn decoded_length(mut text: &[u8]) -> usize {
    let mut length = 0;
    while !text.is_empty() {
        let (bytes, stands_for) = unit(text);
        length += stands_for;
        text = &text[bytes.min(text.len())..];
    }
    length
}

/// Returns where the byte with an offset stands in a string.
fn place(text: &[u8], offset: usize) -> usize {
    let (mut at, mut passed) = (0, 0);
    while passed < offset && at < text.len() {
        let (bytes, stands_for) = unit(&text[at..]);
        at += bytes;
        passed += stands_for;
    }
    at.min(text.len())
}
