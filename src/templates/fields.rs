//! Lines that are JSON objects or logfmt: told apart by their keys and their message, not by their
//! values.
//!
//! The masked form is the keys in braces, in the order of the line, and behind them the masked
//! message. A line that has keys but no message shows its masked values instead. What cannot be
//! parsed is plain text.

use super::{
    header::Header,
    level::Level,
    mask::{MASKED_BYTES_MAX, mask},
};

/// Keys beyond so many do not count.
const KEYS_MAX: usize = 64;

/// So much of a value is masked where there is no message.
const VALUE_BYTES_MAX: usize = 64;

/// Keys whose values are messages, the best first, in lower case.
const MESSAGE_KEYS: [&[u8]; 9] = [
    b"message",
    b"msg",
    b"short_message",
    b"log",
    b"text",
    b"event",
    b"body",
    b"error",
    b"err",
];

const LEVEL_KEYS: [&[u8]; 7] = [
    b"level",
    b"severity",
    b"lvl",
    b"loglevel",
    b"log.level",
    b"levelname",
    b"log_level",
];

const COMPONENT_KEYS: [&[u8]; 6] = [
    b"logger",
    b"component",
    b"module",
    b"service",
    b"sourcename",
    b"app",
];

const TIME_KEYS: [&[u8]; 6] = [b"time", b"ts", b"timestamp", b"@timestamp", b"t", b"date"];

/// A key and its value. Places are in the line.
#[derive(Clone, Copy, Debug, Default)]
struct Field {
    key: (usize, usize),
    /// Without the quotes.
    value: (usize, usize),
    is_quoted: bool,
}

/// What parsing fields takes, to be used again.
#[derive(Clone, Debug, Default)]
pub(super) struct Fields {
    fields: Vec<Field>,
    text: Vec<u8>,
}

impl Fields {
    /// Appends the masked form of `line` and returns its header, if it is made of fields.
    pub(super) fn mask(&mut self, line: &[u8], out: &mut Vec<u8>) -> Option<Header> {
        self.fields.clear();
        let trimmed = line.trim_ascii();
        let start = trimmed.as_ptr().addr() - line.as_ptr().addr();
        let is_there = match trimmed.first()? {
            b'{' => self.parse_json(line, start),
            b'a'..=b'z' | b'A'..=b'Z' | b'@' | b'_' => self.parse_logfmt(line, start),
            _ => false,
        };
        if !is_there {
            self.fields.clear();
            return None;
        }
        Some(self.masked(line, out))
    }

    /// The places, in the line that was masked last, of keys and of what may be a level as a
    /// number; none if it had no fields.
    pub(super) fn literal(&self) -> impl Iterator<Item = (usize, usize)> {
        let is_level = |field: &&Field| field.value.1 - field.value.0 == 2;
        let levels = self.fields.iter().filter(is_level).map(|field| field.value);
        self.fields.iter().map(|field| field.key).chain(levels)
    }

    fn parse_json(&mut self, line: &[u8], start: usize) -> bool {
        if line.trim_ascii_end().last() != Some(&b'}') {
            return false;
        }
        let mut at = start + 1;
        loop {
            at = blanks(line, at);
            match line.get(at) {
                Some(b'"') => {}
                // An object without a key is text.
                Some(b'}') => return !self.fields.is_empty() && blanks(line, at + 1) == line.len(),
                _ => return false,
            }
            let Some(key_end) = string_end(line, at) else {
                return false;
            };
            let key = (at + 1, key_end - 1);
            at = blanks(line, key_end);
            if line.get(at) != Some(&b':') {
                return false;
            }
            at = blanks(line, at + 1);
            let Some(end) = value_end(line, at) else {
                return false;
            };
            let is_quoted = line[at] == b'"';
            let quotes = usize::from(is_quoted);
            self.push(Field {
                key,
                value: (at + quotes, end - quotes),
                is_quoted,
            });
            at = blanks(line, end);
            match line.get(at) {
                Some(b',') => at += 1,
                Some(b'}') => {}
                _ => return false,
            }
        }
    }

    fn push(&mut self, field: Field) {
        if self.fields.len() < KEYS_MAX {
            self.fields.push(field);
        }
    }

    /// `key=value key="value"`: all of the line, with a message or a level among the keys.
    fn parse_logfmt(&mut self, line: &[u8], start: usize) -> bool {
        let mut at = start;
        let mut is_known = false;
        while at < line.len() {
            let key_end = at + name(&line[at..]);
            if key_end == at || line.get(key_end) != Some(&b'=') {
                return false;
            }
            let key = (at, key_end);
            at = key_end + 1;
            let is_quoted = line.get(at) == Some(&b'"');
            let end = match is_quoted {
                true => match string_end(line, at) {
                    Some(end) => end,
                    None => return false,
                },
                false => {
                    let is_end = |b: &u8| matches!(b, b' ' | b'\t');
                    let length = line[at..].iter().position(is_end);
                    length.map_or(line.len(), |length| at + length)
                }
            };
            let quotes = usize::from(is_quoted);
            self.push(Field {
                key,
                value: (at + quotes, end - quotes),
                is_quoted,
            });
            let key = &line[key.0..key.1];
            is_known |= is_one_of(&LEVEL_KEYS, key) || is_one_of(&MESSAGE_KEYS[..2], key);
            if end < line.len() && !matches!(line[end], b' ' | b'\t' | b'\r') {
                return false;
            }
            at = blanks(line, end);
        }
        is_known && self.fields.len() >= 3
    }

    fn masked(&mut self, line: &[u8], out: &mut Vec<u8>) -> Header {
        let key = |field: &Field| &line[field.key.0..field.key.1];
        let value = |field: &Field| &line[field.value.0..field.value.1];
        let mut header = Header::default();
        for field in &self.fields {
            let range = field.value.0..field.value.1;
            let name = key(field);
            if is_one_of(&LEVEL_KEYS, name) {
                header.level = header.level.or(level(value(field)));
            } else if is_one_of(&COMPONENT_KEYS, name) {
                header.component.get_or_insert(range);
            } else if is_one_of(&TIME_KEYS, name) {
                header.time.get_or_insert(range);
            }
        }
        let message = MESSAGE_KEYS.iter().find_map(|wanted| {
            let is_message = |field: &&Field| {
                field.value.1 > field.value.0
                    && key(field).eq_ignore_ascii_case(wanted)
                    && !matches!(line[field.value.0], b'{' | b'[')
            };
            self.fields.iter().find(is_message)
        });
        let first = out.len();
        out.push(b'{');
        for (nth, field) in self.fields.iter().enumerate() {
            if out.len() - first > MASKED_BYTES_MAX / 2 {
                break;
            }
            if nth > 0 {
                out.push(b',');
            }
            out.extend(key(field).iter().map(|&b| if b <= b' ' { b'?' } else { b }));
            if message.is_none() {
                out.push(b'=');
                let text = value(field);
                mask(&text[..text.len().min(VALUE_BYTES_MAX)], out);
            }
        }
        out.push(b'}');
        if let Some(message) = message {
            out.push(b' ');
            header.message_at = message.value.0;
            let text = value(message);
            let text = &text[..text.len().min(8 * MASKED_BYTES_MAX)];
            if message.is_quoted && text.contains(&b'\\') {
                self.text.clear();
                unescape(text, &mut self.text);
                mask(&self.text, out);
            } else {
                mask(text, out);
            }
        }
        out.truncate(first + MASKED_BYTES_MAX);
        header
    }
}

fn is_one_of(names: &[&[u8]], name: &[u8]) -> bool {
    names.iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// A level by its word, or by its number as bunyan and pino write it.
fn level(value: &[u8]) -> Option<Level> {
    match value {
        b"10" => Some(Level::Trace),
        b"20" => Some(Level::Debug),
        b"30" => Some(Level::Info),
        b"40" => Some(Level::Warn),
        b"50" => Some(Level::Error),
        b"60" => Some(Level::Fatal),
        _ => Level::of_word(value),
    }
}

fn blanks(line: &[u8], at: usize) -> usize {
    let blank = line[at..]
        .iter()
        .position(|b| !matches!(b, b' ' | b'\t' | b'\r'));
    blank.map_or(line.len(), |length| at + length)
}

/// How long the name is that begins `text`.
fn name(text: &[u8]) -> usize {
    let is_end =
        |b: &u8| !b.is_ascii_alphanumeric() && !matches!(b, b'_' | b'.' | b'-' | b'@' | b'/');
    text.iter().position(is_end).unwrap_or(text.len())
}

/// The index behind the string that begins at `at` with its quote.
fn string_end(line: &[u8], at: usize) -> Option<usize> {
    let mut at = at + 1;
    loop {
        at += memchr::memchr2(b'"', b'\\', line.get(at..)?)?;
        if line[at] == b'"' {
            return Some(at + 1);
        }
        at += 2;
    }
}

/// The index behind the JSON value that begins at `at`.
fn value_end(line: &[u8], at: usize) -> Option<usize> {
    match line.get(at)? {
        b'"' => string_end(line, at),
        b'{' | b'[' => {
            let mut depth = 0_usize;
            let mut at = at;
            loop {
                match line.get(at)? {
                    b'"' => {
                        at = string_end(line, at)?;
                        continue;
                    }
                    b'{' | b'[' => depth += 1,
                    b'}' | b']' => depth -= 1,
                    _ => {}
                }
                at += 1;
                if depth == 0 {
                    return Some(at);
                }
            }
        }
        _ => {
            let length = line[at..]
                .iter()
                .position(|b| matches!(b, b',' | b'}' | b' '))?;
            (length > 0).then_some(at + length)
        }
    }
}

/// Replaces the escapes of a JSON string; line ends and tabs become blanks, and what is no ASCII
/// letter stays escaped.
fn unescape(text: &[u8], out: &mut Vec<u8>) {
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        out.extend_from_slice(&rest[..at]);
        let escaped = rest.get(at + 1);
        match escaped {
            Some(b'n' | b'r' | b't' | b'b' | b'f') => out.push(b' '),
            Some(b'u') => out.extend_from_slice(b"\\u"),
            Some(&other) => out.push(other),
            None => {}
        }
        rest = rest.get(at + 2..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::templates::Masked;

    #[track_caller]
    fn check(line: &str, want: Option<&str>, level: Option<Level>) {
        let mut out = Vec::new();
        let header = Fields::default().mask(line.as_bytes(), &mut out);
        let got = header.as_ref().map(|_| Masked(&out).to_string());
        assert_eq!(got.as_deref(), want, "{line}");
        assert_eq!(header.and_then(|header| header.level), level, "{line}");
    }

    #[test]
    fn json_and_logfmt_lines_are_their_keys_and_their_message() {
        check(
            r#"{"ts":"2024-01-01","level":"warn","msg":"disk \"sda\" 5%\r\nfull","n":{"a":["}"]}}"#,
            Some(r#"{ts,level,msg,n} disk "sda" <num>% full"#),
            Some(Level::Warn),
        );
        check(
            r#" { "a" : 1 , "b":"x y" } "#,
            Some("{a=<num>,b=x y}"),
            None,
        );
        check(
            r#"ts=2024-01-01T00:00:00Z level=error msg="took 5 ms" id=7"#,
            Some("{ts,level,msg,id} took <time>"),
            Some(Level::Error),
        );
        check(
            r#"{"level":50,"msg":"no"}"#,
            Some("{level,msg} no"),
            Some(Level::Error),
        );
    }

    #[test]
    fn the_masked_form_is_appended_to_what_is_there_and_capped_by_itself() {
        let line = format!(r#"{{"a":1,"msg":"{}"}}"#, "word ".repeat(400));
        let mut alone = Vec::new();
        Fields::default().mask(line.as_bytes(), &mut alone);
        assert_eq!(alone.len(), MASKED_BYTES_MAX);
        let mut behind = b"x".repeat(2 * MASKED_BYTES_MAX);
        Fields::default().mask(line.as_bytes(), &mut behind);
        assert_eq!(behind[2 * MASKED_BYTES_MAX..], alone);
    }

    #[test]
    fn what_is_neither_is_plain_text() {
        for line in [
            "",
            "{}",
            "{",
            "{\"a\":1",
            "{\"a\" 1}",
            "{a:1}",
            "{\"a\":1} tail",
            "{\"a\":\"x}",
            "{\"a\":}",
            "a=1 b=2 c=3",
            "level=info done",
            "level=info msg=\"open",
            "text",
        ] {
            check(line, None, None);
        }
    }
}
