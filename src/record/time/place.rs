//! Where in a line its time stands: what is the same in all lines of a log, though not the column.

use memchr::memmem::Finder;

use crate::record::{journal, prefix::Prefix};

/// Where in a line its time begins.
#[derive(Clone, Debug)]
pub(super) struct TimePlace {
    pub(super) wrapper: LineWrapper,
    pub(super) spot: Spot,
}

/// What stands before a line and is no part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LineWrapper {
    Nothing,
    /// The priority of a syslog message, and the version of RFC 5424: `<11>`, `<165>1 `.
    Priority,
    /// What a collector of logs wrote.
    Collector(Prefix),
}

/// Where a time begins behind that.
#[derive(Clone, Debug)]
pub(super) enum Spot {
    /// Behind a key of JSON or logfmt.
    Key(Box<TimeKey>),
    /// So many bytes behind the start.
    Column(usize),
    /// Behind the bracket of this number, from 0.
    Bracket { open: u8, nth: usize },
    /// Where the field of this number begins, from 0, behind quotes and brackets.
    Field { separator: u8, nth: usize },
    /// In the cursor of an entry of a journal.
    Cursor,
}

/// A key of which the value is a time.
#[derive(Clone, Debug)]
pub(super) struct TimeKey {
    /// What stands before the value: `"ts"`, with quotes if it is JSON, or `ts=`.
    text: Finder<'static>,
}

/// What separates fields, a colon behind the names and numbers that grep puts before lines. Several
/// blanks are one.
const SEPARATORS: [u8; 6] = *b" \t|,;:";

/// A field that is farther from the start is none of a header.
const FIELDS_MAX: usize = 12;

/// A longer key is none.
const KEY_BYTES_MAX: usize = 64;

impl PartialEq for TimePlace {
    fn eq(&self, other: &TimePlace) -> bool {
        self.wrapper == other.wrapper && self.spot == other.spot
    }
}

impl PartialEq for Spot {
    fn eq(&self, other: &Spot) -> bool {
        match (self, other) {
            (Spot::Key(a), Spot::Key(b)) => a.text.needle() == b.text.needle(),
            (Spot::Column(a), Spot::Column(b)) => a == b,
            (
                Spot::Bracket { open, nth },
                Spot::Bracket {
                    open: other,
                    nth: other_nth,
                },
            ) => open == other && nth == other_nth,
            (
                Spot::Field { separator, nth },
                Spot::Field {
                    separator: other,
                    nth: other_nth,
                },
            ) => separator == other && nth == other_nth,
            (Spot::Cursor, Spot::Cursor) => true,
            _ => false,
        }
    }
}

impl TimePlace {
    /// The places that a time at `at` in `line` may have, with each of `wrappers`.
    pub(super) fn all_of(line: &[u8], at: usize, wrappers: &[LineWrapper]) -> Vec<TimePlace> {
        let places = wrappers
            .iter()
            .map(|&wrapper| TimePlace::of(line, at, wrapper));
        places.flatten().collect()
    }

    fn of(line: &[u8], at: usize, wrapper: LineWrapper) -> Vec<TimePlace> {
        let start = wrapper.bytes(line);
        if at < start {
            return Vec::new();
        }
        let mut spots: Vec<Spot> = TimeKey::before(line, start, at)
            .map(|key| Spot::Key(Box::new(key)))
            .into_iter()
            .collect();
        spots.push(Spot::Column(at - start));
        let head = &line[start..at];
        if let Some(&open @ (b'[' | b'(')) = head.last() {
            let brackets = head.iter().filter(|&&byte| byte == open).count();
            let nth = brackets - 1;
            spots.push(Spot::Bracket { open, nth });
        }
        for separator in SEPARATORS {
            let nth = match separator {
                b' ' => head
                    .split(|&byte| byte == b' ')
                    .filter(|word| !word.is_empty() && !word.iter().all(|byte| is_opener(*byte)))
                    .count(),
                _ => head.iter().filter(|&&byte| byte == separator).count(),
            };
            if (1..=FIELDS_MAX).contains(&nth) {
                spots.push(Spot::Field { separator, nth });
            }
        }
        let places = spots.into_iter().map(|spot| TimePlace { wrapper, spot });
        places
            .filter(|place| place.find(line) == Some(at))
            .collect()
    }

    /// Where the time of `line` begins, if it has one.
    #[inline]
    pub(super) fn find(&self, line: &[u8]) -> Option<usize> {
        let start = self.wrapper.bytes(line);
        let head = &line[start..];
        match &self.spot {
            Spot::Column(column) => (*column < head.len()).then_some(start + column),
            Spot::Key(key) => key.value(line, start),
            Spot::Bracket { open, nth } => {
                let bracket = memchr::memchr_iter(*open, head).nth(*nth)?;
                Some(start + bracket + 1)
            }
            Spot::Field { separator, nth } => {
                let field = field(head, *separator, *nth)?;
                Some(start + field + openers(&head[field..]))
            }
            Spot::Cursor => journal::time_at(head).map(|at| start + at),
        }
    }

    /// The key, if the time is behind one.
    pub(super) fn key(&self) -> Option<&TimeKey> {
        match &self.spot {
            Spot::Key(key) => Some(key),
            _ => None,
        }
    }

    /// How sure it is that other lines of the log have their time there, the surest first.
    pub(super) fn rank(&self) -> (u8, bool) {
        let spot = match self.spot {
            Spot::Key(_) | Spot::Cursor => 0,
            Spot::Column(0 | 1) => 1,
            Spot::Bracket { .. } => 2,
            Spot::Field { .. } => 3,
            // What is before it may be as long in a sample, and not in the whole log.
            Spot::Column(_) => 4,
        };
        (spot, self.wrapper == LineWrapper::Nothing)
    }
}

impl LineWrapper {
    /// What may stand before the lines of a sample.
    pub(super) fn all_of(sample: &[u8]) -> Vec<LineWrapper> {
        // The time in a prefix says when the line was written, which is what is wanted.
        let collector = Prefix::of(sample).filter(|prefix| !prefix.has_time());
        let collector = collector.map(LineWrapper::Collector);
        let mut lines = sample.split(|&byte| byte == b'\n');
        let has_priority = lines.any(|line| priority(line) > 0);
        [LineWrapper::Nothing]
            .into_iter()
            .chain(has_priority.then_some(LineWrapper::Priority))
            .chain(collector)
            .collect()
    }

    #[inline]
    fn bytes(self, line: &[u8]) -> usize {
        match self {
            LineWrapper::Nothing => 0,
            LineWrapper::Priority => priority(line),
            LineWrapper::Collector(prefix) => prefix.bytes(line),
        }
    }
}

impl TimeKey {
    /// The key before the value that begins at `at`.
    fn before(line: &[u8], start: usize, at: usize) -> Option<TimeKey> {
        let mut head = &line[start..at];
        if let [rest @ .., b'"' | b'\''] = head {
            head = rest;
        }
        head = head.trim_ascii_end();
        let key = match head {
            [rest @ .., b':'] => {
                let [name @ .., b'"'] = rest.trim_ascii_end() else {
                    return None;
                };
                let quote = name.iter().rposition(|&byte| byte == b'"')?;
                let length = name.len() - quote + 1;
                let key = &rest[quote..quote + length];
                (length > 2).then_some(key)?
            }
            [rest @ .., b'='] => {
                let name = rest.iter().rev().take_while(|byte| is_key(**byte)).count();
                if name == 0 {
                    return None;
                }
                &head[rest.len() - name..]
            }
            _ => return None,
        };
        (key.len() <= KEY_BYTES_MAX).then(|| TimeKey {
            text: Finder::new(key).into_owned(),
        })
    }

    /// Whether its name says that its value is a time, so that a number is believed to be one.
    pub(super) fn says_time(&self) -> bool {
        let name: Vec<u8> = self.text.needle().to_ascii_lowercase();
        let name = name
            .strip_prefix(b"\"")
            .and_then(|name| name.strip_suffix(b"\""))
            .or(name.strip_suffix(b"="))
            .unwrap_or(&name);
        let has = |word: &[u8]| name.windows(word.len()).any(|part| part == word);
        let is = [
            &b"ts"[..],
            b"t",
            b"@t",
            b"$date",
            b"date",
            b"created",
            b"created_at",
            b"when",
            b"ts_ms",
        ];
        has(b"time") || has(b"epoch") || is.contains(&name)
    }

    /// Where its value begins in `line`, behind a quote.
    fn value(&self, line: &[u8], start: usize) -> Option<usize> {
        let is_json = self.text.needle().starts_with(b"\"");
        let mut from = start;
        loop {
            let at = from + self.text.find(line.get(from..)?)?;
            let end = at + self.text.needle().len();
            let last = at.checked_sub(1).map_or(0, |before| line[before]);
            let rest = &line[end..];
            from = at + 1;
            let value = match is_json {
                // A quote behind a backslash is one of a text inside of a text.
                true if last != b'\\' => {
                    let colon = blanks(rest);
                    if rest.get(colon) != Some(&b':') {
                        continue;
                    }
                    end + colon + 1 + blanks(&rest[colon + 1..])
                }
                false if !is_key(last) => end,
                _ => continue,
            };
            let is_quote = matches!(line.get(value), Some(b'"' | b'\''));
            return Some(value + usize::from(is_quote));
        }
    }
}

/// Where the field of a number begins in `head`.
#[inline]
fn field(head: &[u8], separator: u8, nth: usize) -> Option<usize> {
    if separator != b' ' {
        let before = memchr::memchr_iter(separator, head).nth(nth - 1)?;
        return Some(before + 1);
    }
    let mut at = blanks(head);
    for _ in 0..nth {
        // A bracket or a quote by itself is no field: it belongs to what is behind it.
        at += memchr::memchr(b' ', head.get(at..)?)?;
        at += blanks(&head[at..]);
    }
    Some(at)
}

/// How long the priority of a syslog message is, with a version behind it if there is one.
#[inline]
fn priority(line: &[u8]) -> usize {
    if line.first() != Some(&b'<') {
        return 0;
    }
    let digits = line[1..].iter().take_while(|byte| byte.is_ascii_digit());
    let digits = digits.count();
    if !(1..=3).contains(&digits) || line.get(1 + digits) != Some(&b'>') {
        return 0;
    }
    match &line[digits + 2..] {
        [b'1'..=b'9', b' ', ..] => digits + 4,
        _ => digits + 2,
    }
}

#[inline]
fn blanks(text: &[u8]) -> usize {
    text.iter().take_while(|&&byte| byte == b' ').count()
}

/// How many quotes, brackets and blanks `text` begins with.
#[inline]
fn openers(text: &[u8]) -> usize {
    let is_before = |byte: &&u8| is_opener(**byte) || **byte == b' ';
    text.iter().take_while(is_before).count()
}

fn is_opener(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'' | b'[' | b'(' | b'<' | b'{')
}

fn is_key(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-' | b'@' | b'$')
}
