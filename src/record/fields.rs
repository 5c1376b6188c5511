//! The fields of lines that are JSON objects or logfmt: their keys, their message, their level.
//!
//! Objects inside of objects are fields of the line too, so that a message is found wherever a
//! library puts it: `fields.message`, `body.stringValue`. What cannot be parsed has no fields.
//!
//! This reader keeps all fields of a line and asks little of their values, as its callers want the
//! message and the level of whatever looks like JSON. The reader of `fields/read/json.rs` looks for
//! some names, at any depth, and says whether the line is valid.

use super::Level;

/// Fields beyond so many do not count.
const FIELDS_MAX: usize = 64;

/// Objects deeper inside are one value.
const DEPTH_MAX: usize = 8;

/// Keys whose values are messages, the best first, in lower case.
const MESSAGE_KEYS: [&[u8]; 13] = [
    b"message",
    b"msg",
    b"short_message",
    b"@mt",
    b"@m",
    b"log",
    b"text",
    b"event",
    b"body",
    b"stringvalue",
    b"textpayload",
    b"error",
    b"err",
];

const LEVEL_KEYS: [&[u8]; 15] = [
    b"level",
    b"severity",
    b"lvl",
    b"loglevel",
    b"log.level",
    b"levelname",
    b"log_level",
    b"@l",
    b"severitytext",
    b"severity_text",
    b"@level",
    b"priority",
    b"level_name",
    b"severitynumber",
    b"severity_number",
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
pub(crate) struct Field {
    pub(crate) key: (usize, usize),
    /// Without the quotes.
    pub(crate) value: (usize, usize),
    pub(crate) is_quoted: bool,
    /// In how many objects it is.
    depth: usize,
}

/// The fields of a line, in its order. To be used again for the next one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fields {
    pub(crate) list: Vec<Field>,
}

impl Fields {
    /// Reads the fields of `line`; `false` if it is not made of them.
    pub(crate) fn read(&mut self, line: &[u8]) -> bool {
        self.list.clear();
        let trimmed = line.trim_ascii();
        let start = trimmed.as_ptr().addr() - line.as_ptr().addr();
        let is_there = match trimmed.first() {
            Some(b'{') => self.read_json(line, start),
            Some(b'a'..=b'z' | b'A'..=b'Z' | b'@' | b'_') => self.read_logfmt(line, start),
            _ => false,
        };
        if !is_there {
            self.list.clear();
        }
        is_there
    }

    /// The message, if there is one.
    pub(crate) fn message(&self, line: &[u8]) -> Option<&Field> {
        MESSAGE_KEYS.iter().find_map(|wanted| {
            let is_message = |field: &&Field| {
                field.value.1 > field.value.0
                    && line[field.key.0..field.key.1].eq_ignore_ascii_case(wanted)
                    && (field.is_quoted || !matches!(line[field.value.0], b'{' | b'['))
            };
            let found = self.list.iter().filter(is_message);
            found.min_by_key(|field| field.depth)
        })
    }

    /// What the line says of how grave it is.
    pub(crate) fn level(&self, line: &[u8]) -> Option<Level> {
        let mut levels = LEVEL_KEYS.iter().flat_map(|wanted| {
            let named = self
                .list
                .iter()
                .filter(|field| line[field.key.0..field.key.1].eq_ignore_ascii_case(wanted));
            named.filter_map(|field| level(&line[field.value.0..field.value.1], wanted))
        });
        levels.next()
    }

    /// What wrote the line.
    pub(crate) fn component(&self, line: &[u8]) -> Option<&Field> {
        self.one_of(line, &COMPONENT_KEYS)
    }

    /// When it was written.
    pub(crate) fn time(&self, line: &[u8]) -> Option<&Field> {
        self.one_of(line, &TIME_KEYS)
    }

    fn one_of(&self, line: &[u8], names: &[&[u8]]) -> Option<&Field> {
        let mut fields = self.list.iter();
        fields.find(|field| is_one_of(names, &line[field.key.0..field.key.1]))
    }

    fn read_json(&mut self, line: &[u8], start: usize) -> bool {
        if line.trim_ascii_end().last() != Some(&b'}') {
            return false;
        }
        let end = self.read_object(line, start, 0);
        // An object without a key is text.
        !self.list.is_empty() && end.is_some_and(|end| blanks(line, end) == line.len())
    }

    /// Reads the object that begins at `start`, and returns the index behind it.
    fn read_object(&mut self, line: &[u8], start: usize, depth: usize) -> Option<usize> {
        let mut at = blanks(line, start + 1);
        if line.get(at) == Some(&b'}') {
            return Some(at + 1);
        }
        loop {
            at = blanks(line, at);
            if line.get(at) != Some(&b'"') {
                return None;
            }
            let key_end = string_end(line, at)?;
            let key = (at + 1, key_end - 1);
            at = blanks(line, key_end);
            if line.get(at) != Some(&b':') {
                return None;
            }
            at = blanks(line, at + 1);
            let is_object = line.get(at) == Some(&b'{') && depth < DEPTH_MAX;
            let nth = self.list.len();
            let is_quoted = line.get(at) == Some(&b'"');
            self.push(Field {
                key,
                value: (at, at),
                is_quoted,
                depth,
            });
            let end = match is_object {
                true => self.read_object(line, at, depth + 1)?,
                false => value_end(line, at)?,
            };
            if let Some(field) = self.list.get_mut(nth) {
                let quotes = usize::from(is_quoted);
                field.value = (at + quotes, end - quotes);
            }
            at = blanks(line, end);
            match line.get(at) {
                Some(b',') => at += 1,
                Some(b'}') => return Some(at + 1),
                _ => return None,
            }
        }
    }

    fn push(&mut self, field: Field) {
        if self.list.len() < FIELDS_MAX {
            self.list.push(field);
        }
    }

    /// `key=value key="value"`: all of the line, with a message or a level among the keys.
    fn read_logfmt(&mut self, line: &[u8], start: usize) -> bool {
        let mut at = start;
        let mut is_known = false;
        while at < line.len() {
            let key_end = at + name(&line[at..]);
            if key_end == at || line.get(key_end) != Some(&b'=') {
                return false;
            }
            let key = (at, key_end);
            at = key_end + 1;
            let quote = line
                .get(at)
                .copied()
                .filter(|byte| matches!(byte, b'"' | b'\''));
            let end = match quote {
                Some(b'"') => match string_end(line, at) {
                    Some(end) => end,
                    None => return false,
                },
                Some(quote) => match memchr::memchr(quote, &line[at + 1..]) {
                    Some(length) => at + length + 2,
                    None => return false,
                },
                None => {
                    let is_end = |b: &u8| matches!(b, b' ' | b'\t');
                    let length = line[at..].iter().position(is_end);
                    length.map_or(line.len(), |length| at + length)
                }
            };
            let quotes = usize::from(quote.is_some());
            self.push(Field {
                key,
                value: (at + quotes, end - quotes),
                is_quoted: quote.is_some(),
                depth: 0,
            });
            let key = &line[key.0..key.1];
            is_known |= is_one_of(&LEVEL_KEYS, key) || is_one_of(&MESSAGE_KEYS[..2], key);
            if end < line.len() && !matches!(line[end], b' ' | b'\t' | b'\r') {
                return false;
            }
            at = blanks(line, end);
        }
        is_known && self.list.len() >= 2
    }
}

/// Whether a field with this name says how grave a line is.
#[cfg(feature = "fields")]
pub(crate) fn is_level_key(key: &[u8]) -> bool {
    is_one_of(&LEVEL_KEYS, key)
}

/// A number with more digits is no level. Whoever remembers lines whose digits differ has to look at
/// the numbers that may be one.
pub(crate) const LEVEL_DIGITS_MAX: usize = 2;

/// A level by its word, or by its number as bunyan and pino, syslog and OpenTelemetry write it.
pub(crate) fn level(value: &[u8], key: &[u8]) -> Option<Level> {
    if !value.first()?.is_ascii_digit() {
        return Level::of_word(value).or(Level::of_letters(value));
    }
    if value.len() > LEVEL_DIGITS_MAX {
        return None;
    }
    let number: usize = std::str::from_utf8(value).ok()?.parse().ok()?;
    if key.ends_with(b"number") {
        return Some(match number {
            1..=4 => Level::Trace,
            5..=8 => Level::Debug,
            9..=12 => Level::Info,
            13..=16 => Level::Warn,
            17..=20 => Level::Error,
            21..=24 => Level::Fatal,
            _ => return None,
        });
    }
    match number {
        0..=7 => Level::of_severity(number),
        10 => Some(Level::Trace),
        20 => Some(Level::Debug),
        30 => Some(Level::Info),
        40 => Some(Level::Warn),
        50 => Some(Level::Error),
        60 => Some(Level::Fatal),
        _ => None,
    }
}

fn is_one_of(names: &[&[u8]], name: &[u8]) -> bool {
    names.iter().any(|known| name.eq_ignore_ascii_case(known))
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
pub(crate) fn unescape(text: &[u8], out: &mut Vec<u8>) {
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

/// Whether a line is all of a JSON object, as far as its ends tell.
pub(crate) fn is_json(line: &[u8]) -> bool {
    line.starts_with(b"{\"") && line.trim_ascii_end().ends_with(b"}")
}
