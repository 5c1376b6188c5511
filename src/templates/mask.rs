//! Masks what varies in a line: numbers, addresses, identifiers, paths, times become one
//! placeholder byte each.
//!
//! The rules are general, for any log, and have no settings. A line is looked at token by token,
//! once from front to back: a table of byte classes tells which tokens hold nothing that can vary,
//! and those, most of a log, are copied. The masked line is compact, so that it can be hashed and
//! compared as it is; [`Masked`] shows it to people.
//!
//! What cannot be told from one line, such as the name of a user or of a file without an extension,
//! is left to the grouping, which sees all lines.

use std::fmt;

mod shape;
mod time;
mod values;

pub(crate) use self::values::status_at;

/// A longer masked line is its first bytes: the rest of a line does not tell what kind of line it
/// is.
pub const MASKED_BYTES_MAX: usize = 1 << 10;

/// Of a longer token the first bytes are masked, more than a masked line can have.
const TOKEN_BYTES_MAX: usize = 4 * MASKED_BYTES_MAX;

/// Of a longer line the first bytes are masked: a masked line is hardly ever so much shorter.
const TEXT_BYTES_MAX: usize = 64 * MASKED_BYTES_MAX;

/// Members of a list differ in their punctuation only, by so many bytes at the most.
const LIST_BYTES_MAX: usize = 6;

/// What stands in a masked line for something that varies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A number, or an identifier made with one.
    Num,
    /// A hexadecimal number, a hash.
    Hex,
    /// An IP address, with or without a port.
    Ip,
    /// A UUID.
    Uuid,
    /// The path of a file.
    Path,
    /// A date, a time of day, or a duration.
    Time,
    /// A URL.
    Url,
    /// The name of a host.
    Host,
    /// A number with a unit of size.
    Size,
    /// A hardware address.
    Mac,
    /// An e-mail address.
    Email,
    /// Anything: lines differ here.
    Any,
}

impl Kind {
    const ALL: [Kind; 12] = [
        Kind::Num,
        Kind::Hex,
        Kind::Ip,
        Kind::Uuid,
        Kind::Path,
        Kind::Time,
        Kind::Url,
        Kind::Host,
        Kind::Size,
        Kind::Mac,
        Kind::Email,
        Kind::Any,
    ];

    /// The byte for it in a masked line. No control character of a log gets into one, so these are
    /// free.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Kind::Num => 1,
            Kind::Hex => 2,
            Kind::Ip => 3,
            Kind::Uuid => 4,
            Kind::Path => 5,
            Kind::Time => 6,
            Kind::Url => 7,
            Kind::Host => 8,
            Kind::Size => 14,
            Kind::Mac => 15,
            Kind::Email => 16,
            Kind::Any => 17,
        }
    }

    /// What the byte of a masked line stands for, if it is a placeholder.
    pub(crate) fn of_code(code: u8) -> Option<Kind> {
        // Most bytes are text, and are told by one comparison.
        if code >= b' ' {
            return None;
        }
        Kind::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// How people see it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Num => "<num>",
            Kind::Hex => "<hex>",
            Kind::Ip => "<ip>",
            Kind::Uuid => "<uuid>",
            Kind::Path => "<path>",
            Kind::Time => "<time>",
            Kind::Url => "<url>",
            Kind::Host => "<host>",
            Kind::Size => "<size>",
            Kind::Mac => "<mac>",
            Kind::Email => "<email>",
            Kind::Any => "<*>",
        }
    }
}

/// Whether a byte of a masked line is a placeholder.
pub(crate) const fn is_code(byte: u8) -> bool {
    byte < b' '
}

/// Shows a masked line to people: placeholders by their names, bytes that are not UTF-8 replaced.
#[derive(Clone, Copy, Debug)]
pub struct Masked<'a>(pub &'a [u8]);

impl fmt::Display for Masked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        while let Some(at) = rest.iter().position(|&byte| is_code(byte)) {
            f.write_str(&String::from_utf8_lossy(&rest[..at]))?;
            f.write_str(Kind::of_code(rest[at]).unwrap_or(Kind::Any).name())?;
            rest = &rest[at + 1..];
        }
        f.write_str(&String::from_utf8_lossy(rest))
    }
}

use self::time::spelled_date;
use crate::record::class::{self, CONTROL, DIGIT, NAME, RUN, SPACE, WIDE};

/// Appends what `text` is when masked, up to [`MASKED_BYTES_MAX`] bytes. Returns whether that was
/// all of it.
///
/// Runs of white space become one space, and none is left at the ends. A token that only repeats
/// the one before it, when both are masked, is left out, so that a list is the same however many
/// members it has.
///
/// ```
/// # use logscan::templates::{Masked, mask};
/// let mut masked = Vec::new();
/// mask(b"Received block blk_-77 of size 67108864 from /10.251.42.84:50010", &mut masked);
/// assert_eq!(Masked(&masked).to_string(), "Received block blk_<num> of size <num> from /<ip>");
/// ```
pub fn mask(text: &[u8], out: &mut Vec<u8>) -> bool {
    values::access(text, out) || mask_text(text, out)
}

/// The same for a text that is no line of an access log.
pub(crate) fn mask_text(text: &[u8], out: &mut Vec<u8>) -> bool {
    if !values::may_have_values(text) {
        return tokens(text, out);
    }
    let first = out.len();
    let mut replaced = Vec::new();
    // No more is looked at.
    let most = text.len().min(TEXT_BYTES_MAX);
    values::replace_values(&text[..most], &mut replaced);
    let is_all = tokens(&replaced, out) && most == text.len();
    values::join_tuples(out, first);
    is_all
}

/// Masks a text token by token. What is a value by where it stands is left as it is.
pub(crate) fn tokens(text: &[u8], out: &mut Vec<u8>) -> bool {
    let mut at = 0;
    let mut tokens = Tokens {
        first: out.len(),
        previous: out.len(),
        start: out.len(),
        is_number: false,
    };
    loop {
        while at < text.len() && class::of(text[at]) & SPACE != 0 {
            at += 1;
        }
        // Checked here, so that the last token may have brought too much.
        if out.len() - tokens.first > MASKED_BYTES_MAX {
            out.truncate(tokens.first + MASKED_BYTES_MAX);
            return false;
        }
        if at == text.len() {
            return true;
        }
        let start = at;
        let mut seen = 0;
        while at < text.len() {
            let class = class::of(text[at]);
            if class & SPACE != 0 {
                break;
            }
            seen |= class;
            at += 1;
        }
        let token = &text[start..at];
        if tokens.is_number && seen & DIGIT == 0 && shape::unit(token).is_some() {
            tokens.add_unit(token, out);
            continue;
        }
        if seen & (DIGIT | CONTROL | NAME) == 0 && !ends_in_hex(token) {
            let opening = usize::from(matches!(token[0], b'[' | b'('));
            if token.len() == opening + 3 && token[opening].is_ascii_uppercase() {
                let end = spelled_date(text, start + opening);
                if end > start + opening {
                    tokens.begin(out);
                    out.extend_from_slice(&token[..opening]);
                    out.push(Kind::Time.code());
                    let is_space = |&b: &u8| class::of(b) & SPACE != 0;
                    let tail = text[end..].iter().position(is_space);
                    at = tail.map_or(text.len(), |tail| end + tail);
                    token_of(&text[end..at.min(end + TOKEN_BYTES_MAX)], out);
                    tokens.end(out);
                    continue;
                }
            }
            tokens.begin(out);
            out.extend_from_slice(&token[..token.len().min(TOKEN_BYTES_MAX)]);
            tokens.is_number = false;
            continue;
        }
        tokens.begin(out);
        if seen == DIGIT {
            out.push(Kind::Num.code());
        } else if seen & (!RUN | WIDE) == 0 && token.len() <= TOKEN_BYTES_MAX {
            shape::run(token, token.len(), seen, out);
        } else {
            token_of(&token[..token.len().min(TOKEN_BYTES_MAX)], out);
        }
        tokens.end(out);
    }
}

/// The last tokens of a masked line so far.
struct Tokens {
    /// Where the line begins.
    first: usize,
    /// Where the last token but one begins.
    previous: usize,
    /// Where the last token begins.
    start: usize,
    /// Whether the last token is a number, which a unit may follow.
    is_number: bool,
}

impl Tokens {
    fn begin(&mut self, out: &mut Vec<u8>) {
        if out.len() > self.first {
            out.push(b' ');
        }
        self.previous = self.start;
        self.start = out.len();
    }

    /// Ends a token with placeholders in it, and drops it if it repeats the one before it.
    fn end(&mut self, out: &mut Vec<u8>) {
        self.is_number = out.last() == Some(&Kind::Num.code());
        if self.is_second_size(out) {
            self.drop_last(out);
            return;
        }
        let bytes = out.len() - self.start;
        if self.start == self.previous
            || (self.start - self.previous).abs_diff(bytes) > LIST_BYTES_MAX
        {
            return;
        }
        let before = &out[self.previous..self.start - 1];
        if repeats(before, &out[self.start..]) {
            // What closes the list is kept, and its commas are not.
            let tail_bytes = trailing(&out[self.start..]);
            let kept = self.start - 1 - usize::from(ends_with_comma(before));
            let tail_at = out.len() - tail_bytes;
            out.copy_within(tail_at.., kept);
            out.truncate(kept + tail_bytes);
            self.start = self.previous;
        }
    }

    /// Whether the last token is a number in parentheses, behind another number: `1200 bytes (1.17
    /// KB)` says no more than `12 bytes`.
    fn is_second_size(&self, out: &[u8]) -> bool {
        let is_size = |&byte: &u8| {
            [Kind::Num, Kind::Size, Kind::Time]
                .iter()
                .any(|kind| kind.code() == byte)
        };
        let token = &out[self.start..];
        let core = &token[..token.len() - trailing(token)];
        let [b'(', size] = core else {
            return false;
        };
        let before = &out[self.first..self.start];
        let mut words = before
            .rsplit(|&byte| byte == b' ')
            .filter(|word| !word.is_empty());
        let (last, other) = (words.next(), words.next());
        let ends_in_size = |word: Option<&[u8]>| word.and_then(<[u8]>::last).is_some_and(is_size);
        let is_unit = last.is_some_and(|word| word.iter().all(u8::is_ascii_lowercase));
        is_size(size)
            && token.contains(&b')')
            && (ends_in_size(last) || is_unit && ends_in_size(other))
    }

    /// Drops the last token but for what closes it.
    fn drop_last(&mut self, out: &mut Vec<u8>) {
        let token = &out[self.start..];
        let close = token
            .iter()
            .position(|&byte| byte == b')')
            .unwrap_or(token.len() - 1);
        let tail = self.start + close + 1;
        let kept = self.start - 1;
        let tail_bytes = out.len() - tail;
        out.copy_within(tail.., kept);
        out.truncate(kept + tail_bytes);
        self.start = self.previous;
        self.is_number = false;
    }

    /// Adds the unit of the number that was the last token.
    fn add_unit(&mut self, token: &[u8], out: &mut Vec<u8>) {
        let Some((kind, unit_bytes)) = shape::unit(token) else {
            return;
        };
        out.pop();
        if kind == Kind::Time && out.last() == Some(&b'<') {
            // `<1 sec` is as long as `00:00` is.
            out.pop();
        }
        out.push(kind.code());
        out.extend_from_slice(&token[unit_bytes..]);
        self.is_number = false;
        if self.is_second_size(out) {
            self.drop_last(out);
        }
    }
}

/// Whether a token may end in a hexadecimal number of letters only, such as `ffffffff`.
fn ends_in_hex(token: &[u8]) -> bool {
    let core = &token[..token.len() - trailing(token)];
    core.len() >= 8 && core.ends_with(b"ff")
}

/// How many digits begin `bytes`.
pub(crate) fn digits(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|b| b.is_ascii_digit()).count()
}

/// How many bytes of punctuation end a token.
fn trailing(token: &[u8]) -> usize {
    let is_closing = |byte: &&u8| matches!(byte, b',' | b';' | b'.' | b')' | b']' | b'}' | b':');
    token.iter().rev().take_while(is_closing).count()
}

fn ends_with_comma(token: &[u8]) -> bool {
    matches!(token.last(), Some(b',' | b';'))
}

/// Whether two masked tokens are the same member of a list, which what opens and closes the list is
/// no part of.
fn repeats(before: &[u8], token: &[u8]) -> bool {
    let core = &token[..token.len() - trailing(token)];
    let is_plain_number = core == [Kind::Num.code()] && !ends_with_comma(before);
    if is_plain_number || !core.iter().any(|&byte| is_code(byte)) {
        // Two numbers beside each other mean two things: `200 55 ms`.
        return false;
    }
    let before = &before[..before.len() - usize::from(ends_with_comma(before))];
    let opening = before
        .iter()
        .take_while(|byte| matches!(byte, b'(' | b'[' | b'{'))
        .count();
    before[opening..] == *core
}

/// Masks one token: text without white space.
fn token_of(token: &[u8], out: &mut Vec<u8>) {
    let mut at = 0;
    while at < token.len() {
        let mut end = at;
        let mut seen = 0;
        while end < token.len() {
            let class = class::of(token[end]);
            if class & RUN == 0 || end > at && is_border_of_scripts(token, end) {
                break;
            }
            seen |= class;
            end += 1;
        }
        if end == at {
            let is_control = class::of(token[at]) & CONTROL != 0 && token[at] != values::VALUE;
            out.push(if is_control { b'?' } else { token[at] });
            at += 1;
            continue;
        }
        if seen & (DIGIT | NAME) == 0 {
            match shape::is_hex_of_letters(&token[at..end]) {
                true => out.push(Kind::Hex.code()),
                false => out.extend_from_slice(&token[at..end]),
            }
            at = end;
            continue;
        }
        let before = out.len();
        at += shape::run(&token[at..], end - at, seen, out);
        // `1,2,3` and `1,234` are one.
        if out.len() == before + 1
            && let [.., code, b',', again] = out[..]
            && code == again
            && is_code(code)
        {
            out.truncate(before - 1);
        }
    }
}

/// Whether a run ends before `at`: between what is ASCII and another script, one of them with a
/// digit, as in `订单7支付`. In `12µs` it does not.
fn is_border_of_scripts(token: &[u8], at: usize) -> bool {
    let (before, behind) = (token[at - 1], token[at]);
    let is_border = before.is_ascii() != behind.is_ascii();
    let is_micro = |from: usize| {
        let rest = &token[from..];
        rest.starts_with("µs".as_bytes()) || rest.starts_with("μs".as_bytes())
    };
    is_border
        && !is_micro(at)
        && !(at >= 2 && is_micro(at - 2))
        && (before.is_ascii_digit() || behind.is_ascii_digit())
}

#[cfg(test)]
mod tests;
