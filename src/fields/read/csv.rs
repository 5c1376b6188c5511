//! Tables: values with a comma, a tab, a semicolon or a bar between them, and a first line with
//! their names (RFC 4180). A row is one line.

use memchr::memchr;

use super::{FieldValue, FieldVisitor, ValueForm};

/// The names of the columns of a table, and what stands between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::fields) struct Columns {
    delimiter: u8,
    names: Vec<Vec<u8>>,
    /// The line with the names.
    line: Vec<u8>,
}

/// What may stand between columns.
const DELIMITERS: [u8; 4] = [b',', b'\t', b';', b'|'];

impl Columns {
    /// Learns from the first line of a table. The delimiter is the one that it has most often.
    pub(in crate::fields) fn of_first(line: &[u8]) -> Columns {
        let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
        let count = |delimiter: &u8| line.iter().filter(|&byte| byte == delimiter).count();
        let most = DELIMITERS.iter().map(count).max().unwrap_or(0);
        let delimiter = DELIMITERS.into_iter().find(|byte| count(byte) == most);
        let delimiter = delimiter.unwrap_or(b',');
        let mut names = Vec::new();
        let mut buffer = Vec::new();
        each_value(line, delimiter, |value| {
            names.push(value.text(line, &mut buffer).trim_ascii().to_vec());
        });
        Columns {
            delimiter,
            names,
            line: line.to_vec(),
        }
    }

    /// Returns whether `line` is the line with the names.
    pub(in crate::fields) fn is_names(&self, line: &[u8]) -> bool {
        line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line) == self.line
    }

    /// Tells `visitor` the values of a row; `false` if it is not one line of as many columns.
    pub(in crate::fields) fn read(&self, line: &[u8], visitor: &mut impl FieldVisitor) -> bool {
        let mut nth = 0;
        let is_whole = each_value(line, self.delimiter, |value| {
            // A cell without anything in it has no value.
            let is_there = value.form != ValueForm::Plain || !value.raw(line).is_empty();
            if let Some(name) = self.names.get(nth).filter(|_| is_there) {
                visitor.field(name, value);
            }
            nth += 1;
        });
        is_whole && nth == self.names.len()
    }
}

/// Calls `found` for each value of a row. Returns false if a quote is not closed, or goes on behind.
fn each_value(line: &[u8], delimiter: u8, mut found: impl FnMut(FieldValue)) -> bool {
    let mut at = 0;
    loop {
        let end = match line.get(at) {
            Some(b'"') => {
                let Some((end, is_doubled)) = quoted_end(line, at) else {
                    return false;
                };
                let form = match is_doubled {
                    true => ValueForm::Doubled,
                    false => ValueForm::Text,
                };
                found(FieldValue::new(at + 1..end - 1, form));
                end
            }
            _ => {
                let rest = &line[at..];
                let end = at + memchr(delimiter, rest).unwrap_or(rest.len());
                found(FieldValue::new(at..end, ValueForm::Plain));
                end
            }
        };
        match line.get(end) {
            None => return true,
            Some(&byte) if byte == delimiter => at = end + 1,
            Some(_) => return false,
        }
    }
}

/// Returns the index behind the quoted value that begins at `at`, and whether it has quotes inside.
fn quoted_end(line: &[u8], at: usize) -> Option<(usize, bool)> {
    let mut end = at + 1;
    let mut is_doubled = false;
    loop {
        end += memchr(b'"', line.get(end..)?)?;
        if line.get(end + 1) != Some(&b'"') {
            return Some((end + 1, is_doubled));
        }
        is_doubled = true;
        end += 2;
    }
}

/// Appends the text of a value in which two quotes are one.
pub(super) fn undouble(raw: &[u8], out: &mut Vec<u8>) {
    let mut rest = raw;
    while let Some(at) = memchr(b'"', rest) {
        out.extend_from_slice(&rest[..=at]);
        rest = rest.get(at + 2..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
}
