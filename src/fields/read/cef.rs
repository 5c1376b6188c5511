//! The formats of security products: CEF and LEEF, at the beginning of a line or behind a header.
//!
//! ```text
//! CEF:0|Vendor|Product|1.0|100|Login failed|5|src=10.0.0.1 msg=wrong password suser=bob
//! LEEF:2.0|Vendor|Product|1.0|login|^|src=10.0.0.1^usrName=bob
//! ```
//! The names of the columns in front are those of the [CEF guide] and of the [LEEF guide]; those of
//! the rest are as they are written.
//!
//! [CEF guide]: https://www.microfocus.com/documentation/arcsight/arcsight-smartconnectors/pdfdoc/common-event-format-v25/common-event-format-v25.pdf
//! [LEEF guide]: https://www.ibm.com/docs/en/dsm?topic=leef-overview

use memchr::{memchr, memmem};

use super::{FieldValue, FieldVisitor, ValueForm};

/// The mark stands within so many bytes.
const HEAD_BYTES_MAX: usize = 512;

const CEF_NAMES: [&[u8]; 7] = [
    b"cefVersion",
    b"deviceVendor",
    b"deviceProduct",
    b"deviceVersion",
    b"deviceEventClassId",
    b"name",
    b"severity",
];

const LEEF_NAMES: [&[u8]; 5] = [
    b"leefVersion",
    b"vendor",
    b"product",
    b"version",
    b"eventId",
];

/// Tells `visitor` the fields of `line`; `false` if it is neither CEF nor LEEF.
pub(super) fn read_cef(line: &[u8], visitor: &mut impl FieldVisitor) -> bool {
    let head = &line[..line.len().min(HEAD_BYTES_MAX)];
    let Some(mark) = memmem::find(head, b"EF:") else {
        return false;
    };
    let before = &line[..mark];
    let names: &[&[u8]] = match before {
        _ if before.ends_with(b"LE") => &LEEF_NAMES,
        _ if before.ends_with(b"C") => &CEF_NAMES,
        _ => return false,
    };
    let mut values = [FieldValue::default(); 7];
    let mut at = mark + 3;
    for value in &mut values[..names.len()] {
        let Some(end) = column_end(line, at) else {
            return false;
        };
        *value = FieldValue::new(at..end, form_of(&line[at..end]));
        at = end + 1;
    }
    for (name, &value) in names.iter().zip(&values) {
        visitor.field(name, value);
    }
    if names.len() == CEF_NAMES.len() {
        cef_pairs(line, at, visitor);
        return true;
    }
    let mut delimiter = b'\t';
    if values[0].raw(line).starts_with(b"2")
        && let Some(end) = column_end(line, at)
    {
        match &line[at..end] {
            &[byte] => delimiter = byte,
            [b'x' | b'0', rest @ ..] => {
                let digits = rest.strip_prefix(b"x").unwrap_or(rest);
                let digits = std::str::from_utf8(digits).ok();
                let code = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
                delimiter = code.unwrap_or(delimiter);
            }
            _ => {}
        }
        at = end + 1;
    }
    for pair in line[at..].split(|&byte| byte == delimiter) {
        let start = pair.as_ptr().addr() - line.as_ptr().addr();
        if let Some(equals) = memchr(b'=', pair) {
            let place = start + equals + 1..start + pair.len();
            visitor.field(&pair[..equals], FieldValue::new(place, ValueForm::Plain));
        }
    }
    true
}

/// Tells the pairs of CEF, whose values may have blanks: a value ends where the next key begins.
fn cef_pairs(line: &[u8], from: usize, visitor: &mut impl FieldVisitor) {
    let mut key = None;
    let mut at = from;
    while let Some(found) = memchr(b'=', &line[at..]) {
        let equals = at + found;
        at = equals + 1;
        let text = &line[from..equals];
        let is_of_key = |byte: &u8| byte.is_ascii_alphanumeric() || b"_.-[]".contains(byte);
        let length = text.iter().rev().take_while(|byte| is_of_key(byte)).count();
        let start = equals - length;
        if length == 0 || start > from && line[start - 1] != b' ' {
            continue;
        }
        if let Some((name, value_at)) = key.replace((start..equals, equals + 1)) {
            tell_pair(line, name, value_at..start.saturating_sub(1), visitor);
        }
    }
    if let Some((name, value_at)) = key {
        tell_pair(line, name, value_at..line.len(), visitor);
    }
}

fn tell_pair(
    line: &[u8],
    name: std::ops::Range<usize>,
    value: std::ops::Range<usize>,
    visitor: &mut impl FieldVisitor,
) {
    let value = value.start..value.end.max(value.start);
    let form = form_of(&line[value.clone()]);
    visitor.field(&line[name], FieldValue::new(value, form));
}

fn form_of(text: &[u8]) -> ValueForm {
    match text.contains(&b'\\') {
        true => ValueForm::Escaped,
        false => ValueForm::Plain,
    }
}

/// Returns where the column ends that begins at `at`: at a bar without a backslash in front.
fn column_end(line: &[u8], at: usize) -> Option<usize> {
    let mut end = at;
    loop {
        end += memchr(b'|', line.get(end..)?)?;
        let escapes = line[at..end]
            .iter()
            .rev()
            .take_while(|&&byte| byte == b'\\');
        if escapes.count() % 2 == 0 {
            return Some(end);
        }
        end += 1;
    }
}
