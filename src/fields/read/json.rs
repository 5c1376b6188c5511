//! JSON objects, field by field, without a tree: one pass over the bytes of a line.
//!
//! The grammar is that of RFC 8259, and a line that breaks it anywhere is not valid, but bytes that
//! are not UTF-8 are taken as they are. Objects and arrays lie in each other at most
//! [`DEPTH_MAX`] deep.

use memchr::memchr2;

use super::{FieldValue, FieldVisitor, NameStep, ValueForm};

/// Values deeper inside are not looked at: such a line counts as not valid.
const DEPTH_MAX: usize = 128;

/// Tells `visitor` the fields of the object that begins at `at` in `line`, and returns the index
/// behind it. `None` if it is not valid.
pub(super) fn read_object(
    line: &[u8],
    at: usize,
    visitor: &mut impl FieldVisitor,
) -> Option<usize> {
    let mut walk = JsonWalk {
        line,
        visitor,
        // A string must not have control characters. Few lines have any, and looking for them all at
        // once costs next to nothing.
        has_controls: line.iter().fold(u8::MAX, |least, &byte| least.min(byte)) < b' ',
        key: Vec::new(),
    };
    walk.object(at, DEPTH_MAX)
}

struct JsonWalk<'l, 'v, V> {
    line: &'l [u8],
    visitor: &'v mut V,
    has_controls: bool,
    /// A key without its escapes.
    key: Vec<u8>,
}

impl<V: FieldVisitor> JsonWalk<'_, '_, V> {
    fn object(&mut self, at: usize, depth: usize) -> Option<usize> {
        let depth = depth.checked_sub(1)?;
        let mut at = self.blanks(at + 1);
        if self.line.get(at) == Some(&b'}') {
            return Some(at + 1);
        }
        loop {
            if self.line.get(at) != Some(&b'"') {
                return None;
            }
            let (key_end, has_escapes) = self.string(at)?;
            let key = at + 1..key_end - 1;
            at = self.blanks(key_end);
            if self.line.get(at) != Some(&b':') {
                return None;
            }
            at = self.blanks(at + 1);
            let is_wanted = match has_escapes {
                false => self.visitor.enter(NameStep::Key(&self.line[key])),
                true => {
                    self.key.clear();
                    unescape(&self.line[key], &mut self.key);
                    self.visitor.enter(NameStep::Key(&self.key))
                }
            };
            at = self.value(at, depth, is_wanted)?;
            at = self.blanks(at);
            match self.line.get(at)? {
                b',' => at = self.blanks(at + 1),
                b'}' => return Some(at + 1),
                _ => return None,
            }
        }
    }

    fn array(&mut self, at: usize, depth: usize, is_wanted: bool) -> Option<usize> {
        let depth = depth.checked_sub(1)?;
        let mut at = self.blanks(at + 1);
        if self.line.get(at) == Some(&b']') {
            return Some(at + 1);
        }
        for nth in 0.. {
            let is_wanted = is_wanted && self.visitor.enter(NameStep::Index(nth));
            at = self.value(at, depth, is_wanted)?;
            at = self.blanks(at);
            match self.line.get(at)? {
                b',' => at = self.blanks(at + 1),
                b']' => return Some(at + 1),
                _ => return None,
            }
        }
        None
    }

    /// Reads the value at `at`. A visitor that has entered it is told, and leaves it.
    #[inline]
    fn value(&mut self, at: usize, depth: usize, is_wanted: bool) -> Option<usize> {
        let (end, value) = match *self.line.get(at)? {
            b'"' => {
                let (end, has_escapes) = self.string(at)?;
                let form = match has_escapes {
                    true => ValueForm::Escaped,
                    false => ValueForm::Text,
                };
                (end, FieldValue::new(at + 1..end - 1, form))
            }
            b'{' if is_wanted => {
                let end = self.object(at, depth)?;
                (end, FieldValue::new(at..end, ValueForm::Nested))
            }
            b'[' if is_wanted => {
                let end = self.array(at, depth, true)?;
                (end, FieldValue::new(at..end, ValueForm::Nested))
            }
            b'{' | b'[' => {
                let mut passed = JsonWalk {
                    line: self.line,
                    visitor: &mut Passed,
                    has_controls: self.has_controls,
                    key: Vec::new(),
                };
                let end = match self.line[at] {
                    b'{' => passed.object(at, depth)?,
                    _ => passed.array(at, depth, false)?,
                };
                (end, FieldValue::new(at..end, ValueForm::Nested))
            }
            b't' => (
                self.word(at, b"true")?,
                FieldValue::new(at..at + 4, ValueForm::Word),
            ),
            b'n' => (
                self.word(at, b"null")?,
                FieldValue::new(at..at + 4, ValueForm::Word),
            ),
            b'f' => (
                self.word(at, b"false")?,
                FieldValue::new(at..at + 5, ValueForm::Word),
            ),
            _ => {
                let end = number_end(self.line, at)?;
                (end, FieldValue::new(at..end, ValueForm::Number))
            }
        };
        if is_wanted {
            self.visitor.value(value);
            self.visitor.leave();
        }
        Some(end)
    }

    /// Returns the index behind the string whose quote is at `at`, and whether it has escapes.
    #[inline]
    fn string(&self, at: usize) -> Option<(usize, bool)> {
        let line = self.line;
        let start = at + 1;
        let mut at = start;
        let mut has_escapes = false;
        let end = loop {
            at += quote_or_escape(line.get(at..)?)?;
            if line[at] == b'"' {
                break at;
            }
            has_escapes = true;
            at += match *line.get(at + 1)? {
                b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => 2,
                b'u' => {
                    let digits = line.get(at + 2..at + 6)?;
                    digits.iter().all(u8::is_ascii_hexdigit).then_some(6)?
                }
                _ => return None,
            };
        };
        if self.has_controls && line[start..end].iter().any(|&byte| byte < b' ') {
            return None;
        }
        Some((end + 1, has_escapes))
    }

    fn word(&self, at: usize, word: &[u8]) -> Option<usize> {
        self.line[at..].starts_with(word).then_some(at + word.len())
    }

    #[inline]
    fn blanks(&self, at: usize) -> usize {
        let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
        match self.line.get(at) {
            Some(byte) if !is_blank(byte) => at,
            _ => {
                let rest = self.line.get(at..).unwrap_or_default();
                at + rest.iter().take_while(|byte| is_blank(byte)).count()
            }
        }
    }
}

/// Whoever wants none of the fields.
pub(super) struct Passed;

impl FieldVisitor for Passed {
    fn enter(&mut self, _: NameStep<'_>) -> bool {
        false
    }

    fn value(&mut self, _: FieldValue) {}

    fn leave(&mut self) {}

    fn pair(&mut self, _: &[u8], _: FieldValue) {}

    fn clear(&mut self) {}
}

/// Finds the quote or backslash that comes first. Most strings of logs are short: for these eight bytes
/// at once, in a register, take less time than a call.
#[inline]
fn quote_or_escape(text: &[u8]) -> Option<usize> {
    const NEAR_BYTES: usize = 24;
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const TOPS: u64 = u64::from_ne_bytes([0x80; 8]);
    // The lowest bit that is set is that of the first byte of `word` which is zero.
    let zeros = |word: u64| word.wrapping_sub(ONES) & !word & TOPS;
    let mut at = 0;
    while at < NEAR_BYTES
        && let Some(eight) = text.get(at..at + 8)
    {
        let word = u64::from_le_bytes(eight.try_into().ok()?);
        let quotes = zeros(word ^ u64::from_ne_bytes([b'"'; 8]));
        let found = quotes | zeros(word ^ u64::from_ne_bytes([b'\\'; 8]));
        if found != 0 {
            return Some(at + found.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    Some(at + memchr2(b'"', b'\\', &text[at..])?)
}

/// Returns the index behind the number at `at`.
#[inline]
pub(in crate::fields) fn number_end(line: &[u8], at: usize) -> Option<usize> {
    let digits = |at: usize| {
        let rest = line.get(at..).unwrap_or_default();
        let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        (count > 0).then_some(at + count)
    };
    let start = at + usize::from(*line.get(at)? == b'-');
    let mut end = digits(start)?;
    if line[start] == b'0' && end > start + 1 {
        return None;
    }
    if line.get(end) == Some(&b'.') {
        end = digits(end + 1)?;
    }
    if let Some(b'e' | b'E') = line.get(end) {
        let sign = matches!(line.get(end + 1), Some(b'+' | b'-'));
        end = digits(end + 1 + usize::from(sign))?;
    }
    Some(end)
}

/// Appends the text of a JSON string of valid escapes. Half of a surrogate pair becomes U+FFFD.
pub(super) fn unescape(text: &[u8], out: &mut Vec<u8>) {
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        out.extend_from_slice(&rest[..at]);
        let escaped = rest.get(at + 1).copied().unwrap_or(b'\\');
        let mut behind = (at + 2).min(rest.len());
        match escaped {
            b'n' => out.push(b'\n'),
            b't' => out.push(b'\t'),
            b'r' => out.push(b'\r'),
            b'b' => out.push(8),
            b'f' => out.push(12),
            b'u' => {
                let mut unit = hex(rest, at + 2);
                behind = (at + 6).min(rest.len());
                if let Some(high @ 0xD800..0xDC00) = unit
                    && rest.get(behind..behind + 2) == Some(b"\\u")
                    && let Some(low @ 0xDC00..0xE000) = hex(rest, behind + 2)
                {
                    unit = Some(0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00));
                    behind = (behind + 6).min(rest.len());
                }
                let char = unit.and_then(char::from_u32);
                let char = char.unwrap_or(char::REPLACEMENT_CHARACTER);
                out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
            }
            // JSON has no other escapes, but what is written with its escapes may.
            other if other.is_ascii_alphanumeric() => out.extend([b'\\', other]),
            other => out.push(other),
        }
        rest = &rest[behind..];
    }
    out.extend_from_slice(rest);
}

fn hex(text: &[u8], at: usize) -> Option<u32> {
    let digits = std::str::from_utf8(text.get(at..at + 4)?).ok()?;
    u32::from_str_radix(digits, 16).ok()
}
