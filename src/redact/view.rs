//! A line as its reader will see it: without colours, and with escapes as the characters that they
//! stand for. Each byte knows where it stands in the line.
//!
//! A secret hides behind the way in which it is written: `a\u0040b.org` in JSON, `a&#64;b.org` in
//! HTML, `a%40b.org` in a URL, a colour in the middle of it. Detectors look at this text, and what
//! they find is replaced in the line itself. So an escape is replaced as a whole or not at all, and
//! a document stays a document.
//!
//! 1. SGR sequences (`ESC [ 31 m`, also as `\u001b[31m` and `\x1b[31m`), `ESC [ K`, and spaces
//!    without width are left out.
//! 2. A run of backslashes and the character behind it are one escape, however often a text was
//!    put into a string of another. `\n` and the like are white space. Paths of Windows look the
//!    same, so their detector reads the line itself.
//! 3. `%26` and the like are data, and `&` is a delimiter. So the former become [`ENCODED`], at
//!    which no value ends but all words do.

use std::{borrow::Cow, ops::Range};

/// Stands for a delimiter of URLs that was encoded.
pub(super) const ENCODED: u8 = 0x1F;

/// The longest parameters of a colour that is left out. `sink::Escape` has the same limit.
const SGR_PARAMETER_BYTES_MAX: usize = 64;

/// A line, or a piece of a long one, as it will be seen.
pub(super) struct VisibleLine<'a> {
    pub(super) text: Cow<'a, [u8]>,
    /// Where the bytes of the text stand in the line, if they stand elsewhere.
    places: Option<Vec<Range<u32>>>,
}

impl<'a> VisibleLine<'a> {
    pub(super) fn new(line: &'a [u8]) -> VisibleLine<'a> {
        if !line.iter().any(|byte| is_special(*byte)) {
            return VisibleLine {
                text: Cow::Borrowed(line),
                places: None,
            };
        }
        let mut text = Vec::with_capacity(line.len());
        let mut places = Vec::with_capacity(line.len());
        let mut at = 0;
        while at < line.len() {
            let unit = match is_special(line[at]) {
                true => unit(&line[at..]),
                false => SeenUnit::byte(line[at], 1),
            };
            let length = match unit.length {
                length if unit.bytes().first() == Some(&0x1B) => {
                    length + sgr_rest(&line[at + length..]).unwrap_or(0)
                }
                length => length,
            };
            let is_color = length > unit.length;
            if !is_color {
                let place = short(at)..short(at + length);
                text.extend_from_slice(unit.bytes());
                places.extend(unit.bytes().iter().map(|_| place.clone()));
            }
            at += length;
        }
        VisibleLine {
            text: Cow::Owned(text),
            places: Some(places),
        }
    }

    /// Returns where a part of the text stands in the line. The part is not empty.
    pub(super) fn place(&self, part: Range<usize>) -> Range<usize> {
        match &self.places {
            None => part,
            Some(places) => places[part.start].start as usize..places[part.end - 1].end as usize,
        }
    }
}

/// Returns the colours in a part of a line, one behind the other. They have to stay when the part
/// goes, because one of them may end what began before.
pub(super) fn colors(part: &[u8]) -> Vec<u8> {
    let mut colors = Vec::new();
    let mut at = 0;
    while let Some(escape) = memchr::memchr2(0x1B, b'\\', &part[at..]) {
        at += escape;
        let unit = unit(&part[at..]);
        let mut end = at + unit.length;
        if unit.bytes().first() == Some(&0x1B)
            && let Some(rest) = sgr_rest(&part[end..])
        {
            end += rest;
            colors.extend_from_slice(&part[at..end]);
        }
        at = end;
    }
    colors
}

/// A few bytes of a line that stand for a character, or for none.
struct SeenUnit {
    seen: [u8; 4],
    seen_length: usize,
    length: usize,
}

impl SeenUnit {
    fn byte(byte: u8, length: usize) -> SeenUnit {
        SeenUnit {
            seen: [byte, 0, 0, 0],
            seen_length: 1,
            length,
        }
    }

    fn nothing(length: usize) -> SeenUnit {
        SeenUnit {
            seen: [0; 4],
            seen_length: 0,
            length,
        }
    }

    fn character(code: u32, length: usize) -> SeenUnit {
        if code == 0x200B {
            return SeenUnit::nothing(length);
        }
        let mut seen = [0; 4];
        // Half a pair of surrogates is no character, and part of no secret.
        let seen_length = char::from_u32(code)
            .unwrap_or('\u{FFFD}')
            .encode_utf8(&mut seen)
            .len();
        SeenUnit {
            seen,
            seen_length,
            length,
        }
    }

    fn bytes(&self) -> &[u8] {
        &self.seen[..self.seen_length]
    }
}

fn is_special(byte: u8) -> bool {
    matches!(byte, 0x1B | b'\\' | b'&' | b'%' | 0xE2)
}

/// Returns the unit that begins with a special byte.
fn unit(line: &[u8]) -> SeenUnit {
    match line[0] {
        b'\\' => escape(line),
        b'&' => entity(line),
        b'%' => percent(line),
        0xE2 if line.starts_with("\u{200B}".as_bytes()) => SeenUnit::nothing(3),
        byte => SeenUnit::byte(byte, 1),
    }
}

fn escape(line: &[u8]) -> SeenUnit {
    let slashes = line.iter().take_while(|byte| **byte == b'\\').count();
    let rest = &line[slashes..];
    let short = |byte| SeenUnit::byte(byte, slashes + 1);
    match rest.first() {
        Some(b'n') => short(b'\n'),
        Some(b'r') => short(b'\r'),
        Some(b't') => short(b'\t'),
        Some(b'b' | b'f') => short(b' '),
        Some(&quote @ (b'"' | b'/' | b'\'')) => short(quote),
        Some(b'u') => match code(&rest[1..], 4, 16) {
            Some((code, 4)) => SeenUnit::character(code, slashes + 5),
            _ => SeenUnit::byte(b'\\', slashes),
        },
        Some(b'x') => match code(&rest[1..], 2, 16) {
            Some((code, 2)) if code < 0x80 => SeenUnit::character(code, slashes + 3),
            _ => SeenUnit::byte(b'\\', slashes),
        },
        _ => SeenUnit::byte(b'\\', slashes),
    }
}

fn entity(line: &[u8]) -> SeenUnit {
    const NAMES: [(&[u8], u8); 6] = [
        (b"&lt;", b'<'),
        (b"&gt;", b'>'),
        (b"&amp;", b'&'),
        (b"&quot;", b'"'),
        (b"&apos;", b'\''),
        (b"&nbsp;", b' '),
    ];
    if let Some((name, byte)) = NAMES.iter().find(|(name, _)| line.starts_with(name)) {
        return SeenUnit::byte(*byte, name.len());
    }
    let (prefix, base) = match line {
        [b'&', b'#', b'x' | b'X', ..] => (3, 16),
        [b'&', b'#', ..] => (2, 10),
        _ => return SeenUnit::byte(b'&', 1),
    };
    match code(&line[prefix..], 6, base) {
        Some((code, digits)) if line.get(prefix + digits) == Some(&b';') => {
            SeenUnit::character(code, prefix + digits + 1)
        }
        _ => SeenUnit::byte(b'&', 1),
    }
}

fn percent(line: &[u8]) -> SeenUnit {
    // What was encoded is encoded again in a URL of a URL, and in commands of GitHub's runner.
    let mut at = 1;
    while line[at..].starts_with(b"25")
        && code(&line[at + 2..], 2, 16).is_some_and(|(_, digits)| digits == 2)
    {
        at += 2;
    }
    match code(&line[at..], 2, 16) {
        Some((code, 2)) => match u8::try_from(code) {
            Ok(
                byte @ (b'@' | b':' | b'=' | b'/' | b'"' | b'?' | b'{' | b'}' | b'[' | b']' | b'\n'
                | b'\r'),
            ) => SeenUnit::byte(byte, at + 2),
            Ok(b' ' | b'&' | b';' | b',') => SeenUnit::byte(ENCODED, at + 2),
            _ => SeenUnit::byte(b'%', 1),
        },
        _ => SeenUnit::byte(b'%', 1),
    }
}

/// Returns the number of at most so many digits that a text begins with, and how many it has.
fn code(text: &[u8], digits_max: usize, base: u32) -> Option<(u32, usize)> {
    let digits = text
        .iter()
        .take(digits_max)
        .map_while(|byte| char::from(*byte).to_digit(base));
    let (code, count) = digits.fold((0, 0), |(code, count), digit| {
        (code * base + digit, count + 1)
    });
    (count > 0).then_some((code, count))
}

/// Returns how long the rest of a colour is, behind its ESC.
fn sgr_rest(text: &[u8]) -> Option<usize> {
    let parameters = text.strip_prefix(b"[")?;
    let length = parameters
        .iter()
        .take(SGR_PARAMETER_BYTES_MAX)
        .take_while(|byte| matches!(byte, b'0'..=b'9' | b';' | b':'))
        .count();
    // GNU grep and ripgrep clear the line behind a colour.
    matches!(parameters.get(length), Some(b'm' | b'K')).then_some(length + 2)
}

/// Returns a place in a line. Pieces of lines are much shorter than 4 GiB.
fn short(at: usize) -> u32 {
    u32::try_from(at).expect("a piece of a line has at most LONG_LINE_BYTES")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, want: &str) {
        let seen = VisibleLine::new(line.as_bytes());
        assert_eq!(String::from_utf8_lossy(&seen.text), want, "{line}");
        for at in 0..seen.text.len() {
            assert!(seen.place(at..at + 1).end <= line.len());
        }
    }

    #[test]
    fn escapes_are_the_characters_that_they_stand_for() {
        check("plain: text", "plain: text");
        check(r"a\u0040b\/c", "a@b/c");
        check(r#"{\"a\":\\\"b\\n\"}"#, "{\"a\":\"b\n\"}");
        check("a&#64;&#8203;b&lt;&amp;&x;&#x40;", "a@b<&&x;@");
        check("a%40b%26c%zz%41", "a@b\u{1f}c%zz%41");
        check("\\ \\", "\\ \\");
        check(r"\uD83D\u00e9", "\u{FFFD}\u{e9}");
    }

    #[test]
    fn colours_are_left_out_however_they_are_written() {
        check("a\x1b[1;31mb\x1b[m\x1b[Kc", "abc");
        check(r"a\u001b[31mb\x1b[0mc", "abc");
        check("a\x1b]0;t", "a\x1b]0;t");
        assert_eq!(colors(b"b\x1b[1;31mc\x1b[mn"), b"\x1b[1;31m\x1b[m");
    }

    #[test]
    fn a_part_is_found_in_the_line() {
        let line = "x\x1b[31mfoo\x1b[m\\u0040y";
        let seen = VisibleLine::new(line.as_bytes());
        assert_eq!(seen.text.as_ref(), b"xfoo@y");
        assert_eq!(&line[seen.place(1..4)], "foo");
        assert_eq!(&line[seen.place(4..5)], "\\u0040");
    }
}
