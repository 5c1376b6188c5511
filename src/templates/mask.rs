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

/// A longer masked line is its first bytes: the rest of a line does not tell what kind of line it
/// is.
pub const MASKED_BYTES_MAX: usize = 1 << 10;

/// Of a longer token the first bytes are masked, more than a masked line can have.
const TOKEN_BYTES_MAX: usize = 4 * MASKED_BYTES_MAX;

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

/// Classes of bytes, as bits: what a token may hold follows from the classes of all its bytes.
pub(crate) mod class {
    pub(crate) const DIGIT: u16 = 1;
    pub(crate) const LETTER: u16 = 2;
    /// `_ - $ + ~`: may stand inside of a name or a number.
    pub(crate) const JOIN: u16 = 4;
    pub(crate) const DOT: u16 = 8;
    /// Either slash.
    pub(crate) const SLASH: u16 = 16;
    pub(crate) const COLON: u16 = 32;
    pub(crate) const AT: u16 = 64;
    pub(crate) const SPACE: u16 = 128;
    /// What is neither shown nor kept.
    pub(crate) const CONTROL: u16 = 256;
    /// Any other punctuation.
    pub(crate) const PUNCT: u16 = 512;
    /// `|`, which separates the fields of some headers.
    pub(crate) const BAR: u16 = 1024;
    /// Without a digit too, it may be a host, a path or a URL.
    pub(crate) const NAME: u16 = DOT | SLASH | COLON | AT;
    /// What a run is made of.
    pub(crate) const RUN: u16 = DIGIT | LETTER | JOIN | NAME;

    pub(crate) const TABLE: [u16; 256] = table();

    const fn table() -> [u16; 256] {
        let mut table = [PUNCT; 256];
        let mut byte = 0;
        while byte < 256 {
            #[expect(clippy::cast_possible_truncation, reason = "below 256")]
            let class = match byte as u8 {
                b'0'..=b'9' => DIGIT,
                b'a'..=b'z' | b'A'..=b'Z' | 0x80.. => LETTER,
                b'_' | b'-' | b'$' | b'+' | b'~' => JOIN,
                b'.' => DOT,
                b'/' | b'\\' => SLASH,
                b':' => COLON,
                b'@' => AT,
                b'|' => BAR,
                b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c => SPACE,
                0..=0x1f | 0x7f => CONTROL,
                _ => PUNCT,
            };
            table[byte] = class;
            byte += 1;
        }
        table
    }

    #[inline]
    pub(crate) fn of(byte: u8) -> u16 {
        TABLE[usize::from(byte)]
    }
}

pub(crate) use self::time::{spelled_date, time};
use class::{CONTROL, DIGIT, NAME, RUN, SPACE};

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
        } else if seen & !RUN == 0 && token.len() <= TOKEN_BYTES_MAX {
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
            if class & RUN == 0 {
                break;
            }
            seen |= class;
            end += 1;
        }
        if end == at {
            let is_control = class::of(token[at]) & CONTROL != 0;
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

#[cfg(test)]
mod tests;
