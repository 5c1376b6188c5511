//! `key=value` in lines: logfmt, and pairs in a message.
//!
//! ```text
//! level=info msg="got it" took=12ms      logfmt
//! sent mail (to=a@b.c, size=12)          pairs in a message
//! ```
//! A key has letters, digits and `_ . - @ /`, and stands behind a blank, a comma, a semicolon, an
//! opening bracket or at the beginning. A value ends at a blank. It ends at a comma, a semicolon or
//! an ampersand too, if another pair follows directly; and a comma, a semicolon or a closing bracket
//! at its end is no part of it, unless it has the opening one.

use memchr::memchr;

use super::{FieldValue, FieldVisitor, ValueForm};

/// A key is never longer.
const KEY_BYTES_MAX: usize = 128;

/// Tells `visitor` the pairs of `line` from `from` on. The first of several with the same key counts.
pub(super) fn read_pairs(line: &[u8], from: usize, visitor: &mut impl FieldVisitor) {
    let mut at = from;
    while !visitor.has_all()
        && let Some(found) = memchr(b'=', &line[at..])
    {
        let equals = at + found;
        let Some(key_at) = key_start(line, from.max(at), equals) else {
            at = equals + 1;
            continue;
        };
        let (value, end) = value_at(line, equals + 1);
        visitor.pair(&line[key_at..equals], value);
        at = end;
    }
}

/// Returns whether `line` begins with a pair.
pub(super) fn begins_with_pair(line: &[u8]) -> bool {
    let key = line.iter().take_while(|&&byte| is_of_key(byte)).count();
    key > 0 && line.get(key) == Some(&b'=')
}

#[inline]
fn is_of_key(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-' | b'@' | b'/') || byte >= 0x80
}

/// Returns where the key begins that ends at `end`.
#[inline]
fn key_start(line: &[u8], from: usize, end: usize) -> Option<usize> {
    let floor = from.max(end.saturating_sub(KEY_BYTES_MAX));
    let key = &line[floor..end];
    let length = key
        .iter()
        .rev()
        .take_while(|&&byte| is_of_key(byte))
        .count();
    let start = end - length;
    let is_apart = match start.checked_sub(1).map(|before| line[before]) {
        _ if start == from => true,
        Some(before) => matches!(
            before,
            b' ' | b'\t'
                | b','
                | b';'
                | b'&'
                | b'|'
                | b'?'
                | b'('
                | b'['
                | b'{'
                | b'<'
                | b'"'
                | b'\''
        ),
        None => true,
    };
    (length > 0 && is_apart && !matches!(line[start], b'-' | b'/')).then_some(start)
}

/// Returns the value that begins at `at`, and the index behind it.
#[inline]
fn value_at(line: &[u8], at: usize) -> (FieldValue, usize) {
    match line.get(at) {
        Some(b'"') => {
            if let Some((end, has_escapes)) = quoted_end(line, at) {
                let form = match has_escapes {
                    true => ValueForm::Escaped,
                    false => ValueForm::Text,
                };
                return (FieldValue::new(at + 1..end - 1, form), end);
            }
        }
        Some(b'\'') => {
            if let Some(length) = memchr(b'\'', &line[at + 1..]) {
                let end = at + 1 + length;
                return (FieldValue::new(at + 1..end, ValueForm::Text), end + 1);
            }
        }
        _ => {}
    }
    let rest = &line[at..];
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let length = rest.iter().position(is_blank).unwrap_or(rest.len());
    let mut value = &rest[..length];
    if let Some(end) = next_pair(value) {
        value = &value[..end];
    }
    let end = at + value.len();
    while let Some((&last, all_but)) = value.split_last() {
        let is_loose = match last {
            b',' | b';' => true,
            b')' => !all_but.contains(&b'('),
            b']' => !all_but.contains(&b'['),
            b'}' => !all_but.contains(&b'{'),
            b'>' => !all_but.contains(&b'<'),
            _ => false,
        };
        if !is_loose {
            break;
        }
        value = all_but;
    }
    let form = match value {
        b"true" | b"false" | b"null" => ValueForm::Word,
        _ => ValueForm::Plain,
    };
    (FieldValue::new(at..at + value.len(), form), end)
}

/// Returns where another pair follows in what has no blank: behind a comma, a semicolon or an
/// ampersand.
#[inline]
fn next_pair(value: &[u8]) -> Option<usize> {
    if !value.iter().any(|byte| matches!(byte, b',' | b';' | b'&')) {
        return None;
    }
    let mut at = 0;
    loop {
        at += value[at..]
            .iter()
            .position(|byte| matches!(byte, b',' | b';' | b'&'))?;
        let behind = &value[at + 1..];
        let key = behind.iter().take_while(|&&byte| is_of_key(byte)).count();
        // In `/search?a=1&b=2` the ampersand belongs to the value.
        let is_query = value[at] == b'&' && value[..at].contains(&b'?');
        if key > 0 && behind.get(key) == Some(&b'=') && !is_query {
            return Some(at);
        }
        at += 1;
    }
}

/// Returns the index behind the text in quotes that begins at `at`, and whether it has escapes.
pub(super) fn quoted_end(line: &[u8], at: usize) -> Option<(usize, bool)> {
    let mut at = at + 1;
    let mut has_escapes = false;
    loop {
        at += memchr::memchr2(b'"', b'\\', line.get(at..)?)?;
        if line[at] == b'"' {
            return Some((at + 1, has_escapes));
        }
        has_escapes = true;
        at += 2;
    }
}
