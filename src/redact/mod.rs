//! Replaces secrets in text by pseudonyms: `<ip:3>`, `<email:1>`, `<token:2>`.
//!
//! ```text
//! bytes --RedactStream--> lines --SecretSieve--> those that may have a secret
//!                                                   | VisibleLine: without colours and escapes
//!                                                   v secrets/: a detector for each family
//!                         <--Pseudonyms-- the parts that are secrets
//! ```
//! 1. It looks at what is printed, and not at what is searched. So every format goes through one
//!    place, and numbers are given in the order of the output, which depends on no thread.
//! 2. The same secret has the same pseudonym wherever it stands, however it is escaped.
//! 3. A line is looked at as a whole, so no cut between two writes hides a secret. Of a line longer
//!    than [`LONG_LINE_BYTES`] a window is looked at.
//! 4. What is between the secrets passes byte for byte. A pseudonym has no character that JSON or
//!    CSV would have to escape; in HTML and Markdown its brackets are entities.
//!
//! It cannot find everything: a password that stands alone looks like a word. `docs/search.md` says
//! what it finds, and what it leaves as it is.

mod json;
mod pseudonym;
mod secrets;
mod sieve;
mod view;

use std::{io, ops::Range};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use regex_automata::meta::Regex;

pub use self::pseudonym::RedactKey;
use self::{
    pseudonym::{NUMBERED_MAX, Pseudonyms},
    secrets::{SecretKind, SecretPart, SecretParts, pem},
    sieve::{SecretPlaces, SecretSieve},
    view::VisibleLine,
};

/// A longer line is looked at in pieces of this size.
pub const LONG_LINE_BYTES: usize = 1 << 20;

/// How much of a piece is looked at again with the next one. A secret that is longer than this, in
/// a line of several pieces, is replaced to the end of its letters and digits.
const OVERLAP_BYTES: usize = 64 << 10;

/// How far before a secret the words stand that say that it is one.
const CONTEXT_BYTES: usize = 1 << 10;

/// What is redacted besides what looks like a secret, and how.
#[derive(Clone, Debug, Default)]
pub struct RedactOptions {
    /// Regular expressions. Their matches are secrets, or their first groups if they have any.
    pub patterns: Vec<String>,
    /// Makes pseudonyms the same in every run. Without it they are numbers.
    pub key: Option<RedactKey>,
}

/// The language of a text, which decides how a pseudonym is written in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Markup {
    /// Brackets are brackets: text, JSON, CSV.
    #[default]
    None,
    /// Brackets are entities: HTML and SVG.
    Html,
    /// Brackets are entities, but between fences of code.
    Markdown,
}

/// Knows what is a secret, and remembers its pseudonym.
///
/// ```
/// use logscan::redact::{RedactOptions, Redactor};
///
/// let mut redactor = Redactor::new(&RedactOptions::default()).expect("there is no pattern");
/// let text = redactor.text("10.0.0.7 asks 10.0.0.9, mail to ann@example.org\n10.0.0.7 left\n");
/// assert_eq!(text, "<ip:1> asks <ip:2>, mail to <email:1>\n<ip:1> left\n");
/// ```
#[derive(Debug)]
pub struct Redactor {
    sieve: SecretSieve,
    patterns: Vec<Regex>,
    names: Pseudonyms,
}

impl Redactor {
    /// Creates one that has seen nothing.
    ///
    /// # Errors
    /// What is wrong with the first wrong pattern, in words.
    pub fn new(options: &RedactOptions) -> Result<Redactor, String> {
        let pattern = |pattern: &String| {
            Regex::builder()
                .syntax(regex_automata::util::syntax::Config::new().utf8(false))
                .configure(
                    Regex::config()
                        .utf8_empty(false)
                        .nfa_size_limit(Some(PATTERN_BYTES_MAX)),
                )
                .build(pattern)
                .map_err(|error| match error.syntax_error() {
                    Some(why) => why.to_string(),
                    None => error.to_string(),
                })
        };
        Ok(Redactor {
            sieve: SecretSieve::new(),
            patterns: options
                .patterns
                .iter()
                .map(pattern)
                .collect::<Result<_, _>>()?,
            names: Pseudonyms::new(options.key.clone(), NUMBERED_MAX),
        })
    }

    /// Returns a whole text, of one or more lines, with pseudonyms.
    pub fn text(&mut self, text: &str) -> String {
        let mut out = Vec::with_capacity(text.len());
        let mut stream = RedactStream::new(Markup::None);
        // Writing to a Vec does not fail.
        let _ = stream.push(self, text.as_bytes(), &mut out);
        let _ = stream.finish(self, &mut out);
        String::from_utf8_lossy(&out).into_owned()
    }

    /// Returns how often a secret got a pseudonym without a number, because too many had come
    /// before.
    pub fn unnumbered(&self) -> u64 {
        self.names.unnumbered
    }

    /// Returns the secrets of a line, by their places in it.
    fn secrets(&self, line: &[u8], key: &mut pem::KeyState) -> SecretParts {
        let seen = VisibleLine::new(line);
        let text = seen.text.as_ref();
        let mut visible = SecretParts::default();
        for pattern in &self.patterns {
            find_pattern(pattern, text, &mut visible);
        }
        *key = pem::find(text, *key, &mut visible);
        secrets::find(text, &mut visible);
        let mut parts = SecretParts::default();
        for range in json::payloads(line) {
            parts.add(SecretPart {
                kind: SecretKind::Bytes,
                range,
                name: Vec::new(),
            });
        }
        for part in visible.iter() {
            parts.add(SecretPart {
                range: seen.place(part.range.clone()),
                ..part.clone()
            });
        }
        secrets::find_windows(line, &mut parts);
        if !parts.is_empty() {
            json::add_matches(line, &mut parts);
        }
        parts
    }
}

/// How large a compiled pattern may be.
const PATTERN_BYTES_MAX: usize = 10 << 20;

fn find_pattern(pattern: &Regex, text: &[u8], parts: &mut SecretParts) {
    let group = usize::from(pattern.captures_len() > 1);
    for found in pattern.captures_iter(text) {
        if let Some(span) = found.get_group(group) {
            let range = span.range();
            parts.add(SecretPart {
                kind: SecretKind::Redacted,
                name: text[range.clone()].to_vec(),
                range,
            });
        }
    }
}

/// Whether more of a line follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PieceEnd {
    OfLine,
    OfWindow,
}

/// One text that comes in pieces, such as all that goes to the standard output.
///
/// The output does not depend on how the input is cut. Whole lines pass at once, and the start of a
/// line waits for its end. A NUL byte ends a line too: it ends names of files.
#[derive(Debug, Default)]
pub struct RedactStream {
    markup: Markup,
    /// The start of a line, at most [`LONG_LINE_BYTES`].
    pending: Vec<u8>,
    key: pem::KeyState,
    /// Whether the bytes that come are those of a secret that has been replaced.
    is_in_secret: bool,
    /// How many backticks have opened a fence of code.
    fence: Option<usize>,
}

impl RedactStream {
    /// Creates a text of which nothing has come yet.
    pub fn new(markup: Markup) -> RedactStream {
        RedactStream {
            markup,
            ..RedactStream::default()
        }
    }

    /// Takes more of the text, and writes what is known of it.
    ///
    /// # Errors
    /// The errors of `out`.
    pub fn push(
        &mut self,
        redactor: &mut Redactor,
        mut bytes: &[u8],
        out: &mut dyn io::Write,
    ) -> io::Result<()> {
        while !self.pending.is_empty() && !bytes.is_empty() {
            let room = LONG_LINE_BYTES + 1 - self.pending.len();
            let (head, _) = bytes.split_at(room.min(bytes.len()));
            let end = memchr::memchr2(b'\n', 0, head).map(|at| at + 1);
            let (taken, rest) = bytes.split_at(end.unwrap_or(head.len()));
            self.pending.extend_from_slice(taken);
            bytes = rest;
            let mut pending = std::mem::take(&mut self.pending);
            if end.is_some() {
                self.lines(redactor, &pending, out)?;
                pending.clear();
            } else if pending.len() > LONG_LINE_BYTES {
                let used = self.window(redactor, &pending, out)?;
                pending.drain(..used);
            }
            self.pending = pending;
        }
        let whole = memchr::memrchr2(b'\n', 0, bytes).map_or(0, |at| at + 1);
        let (lines, mut rest) = bytes.split_at(whole);
        self.lines(redactor, lines, out)?;
        while rest.len() > LONG_LINE_BYTES {
            let used = self.window(redactor, rest, out)?;
            rest = &rest[used..];
        }
        self.pending.extend_from_slice(rest);
        Ok(())
    }

    /// Ends the text, and writes the rest of it.
    ///
    /// # Errors
    /// The errors of `out`.
    pub fn finish(&mut self, redactor: &mut Redactor, out: &mut dyn io::Write) -> io::Result<()> {
        let pending = std::mem::take(&mut self.pending);
        self.line(redactor, &pending, out)
    }

    /// Writes whole lines. Those in which the sieve sees nothing are written as they are.
    fn lines(
        &mut self,
        redactor: &mut Redactor,
        lines: &[u8],
        out: &mut dyn io::Write,
    ) -> io::Result<()> {
        let mut places = SecretPlaces::default();
        let (mut written, mut at) = (0, 0);
        while at < lines.len() {
            let next = match self.asks_each_line(redactor) {
                true => at,
                false => places.next(&redactor.sieve, lines, at),
            };
            if next == lines.len() {
                break;
            }
            let start = memchr::memrchr2(b'\n', 0, &lines[at..next]).map_or(at, |end| at + end + 1);
            let length = memchr::memchr2(b'\n', 0, &lines[next..]).map_or(0, |end| end + 1);
            let end = next + length;
            out.write_all(&lines[written..start])?;
            self.line(redactor, &lines[start..end], out)?;
            (written, at) = (end, end);
        }
        out.write_all(&lines[written..])
    }

    /// Returns whether a line without a secret matters too.
    fn asks_each_line(&self, redactor: &Redactor) -> bool {
        !redactor.patterns.is_empty()
            || self.key != pem::KeyState::Outside
            || self.is_in_secret
            || self.markup == Markup::Markdown
    }

    /// Writes one line, or the rest of one.
    fn line(
        &mut self,
        redactor: &mut Redactor,
        line: &[u8],
        out: &mut dyn io::Write,
    ) -> io::Result<()> {
        let text = line
            .strip_suffix(b"\n")
            .or_else(|| line.strip_suffix(b"\0"))
            .unwrap_or(line);
        let end = &line[text.len()..];
        let mut rest = text;
        while rest.len() > LONG_LINE_BYTES {
            let used = self.window(redactor, rest, out)?;
            rest = &rest[used..];
        }
        if self.markup == Markup::Markdown {
            self.fence = fence_behind(self.fence, rest);
        }
        self.piece(redactor, rest, PieceEnd::OfLine, out)?;
        self.is_in_secret = false;
        out.write_all(end)
    }

    /// Writes the first part of a long line. Returns how long it is.
    fn window(
        &mut self,
        redactor: &mut Redactor,
        line: &[u8],
        out: &mut dyn io::Write,
    ) -> io::Result<usize> {
        self.piece(redactor, &line[..LONG_LINE_BYTES], PieceEnd::OfWindow, out)
    }

    /// Writes a piece of a line, or its first part if more of the line follows. Returns how many
    /// bytes of it are done.
    fn piece(
        &mut self,
        redactor: &mut Redactor,
        piece: &[u8],
        end: PieceEnd,
        out: &mut dyn io::Write,
    ) -> io::Result<usize> {
        let mut written = 0;
        if self.is_in_secret {
            written = piece.iter().take_while(|byte| goes_on(**byte)).count();
            if written == piece.len() {
                return Ok(written);
            }
            self.is_in_secret = false;
        }
        let (from, text) = (written, &piece[written..]);
        let before = self.key;
        let parts = redactor.secrets(text, &mut self.key);
        let last = match end {
            PieceEnd::OfLine => piece.len(),
            PieceEnd::OfWindow => LONG_LINE_BYTES - OVERLAP_BYTES,
        };
        for part in parts.iter() {
            let range = part.range.start + from..part.range.end + from;
            if end == PieceEnd::OfWindow && range.start >= last + CONTEXT_BYTES {
                break;
            }
            out.write_all(&piece[written..range.start])?;
            let is_cut = end == PieceEnd::OfWindow && range.end == piece.len();
            let secret = &piece[range.clone()];
            match part.kind {
                SecretKind::Bytes if is_cut => {
                    out.write_all(STANDARD.encode(CUT_BYTES).as_bytes())?;
                }
                SecretKind::Bytes => out.write_all(&payload(redactor, secret, before))?,
                kind => {
                    let name = redactor.names.name(kind, &part.name);
                    let (open, close) = self.brackets();
                    let quote = match is_json_number(piece, &range) {
                        true => "\"",
                        false => "",
                    };
                    write!(out, "{quote}{open}{name}{close}{quote}")?;
                    out.write_all(&view::colors(secret))?;
                }
            }
            written = range.end;
            self.is_in_secret = is_cut;
        }
        let last = last.max(written);
        out.write_all(&piece[written..last])?;
        Ok(last)
    }

    fn brackets(&self) -> (&'static str, &'static str) {
        match (self.markup, self.fence) {
            (Markup::Html, _) | (Markup::Markdown, None) => ("&lt;", "&gt;"),
            (Markup::None, _) | (Markup::Markdown, Some(_)) => ("<", ">"),
        }
    }
}

/// Stands for bytes that are too long to be looked at.
const CUT_BYTES: &str = "<bytes>";

/// Returns base64 of the same bytes with pseudonyms. What is no base64 has none.
fn payload(redactor: &mut Redactor, base64: &[u8], key: pem::KeyState) -> Vec<u8> {
    let Ok(bytes) = STANDARD.decode(base64) else {
        return base64.to_vec();
    };
    let mut stream = RedactStream {
        key,
        ..RedactStream::default()
    };
    let mut redacted = Vec::with_capacity(bytes.len());
    // Writing to a Vec does not fail.
    let _ = stream.push(redactor, &bytes, &mut redacted);
    let _ = stream.finish(redactor, &mut redacted);
    match redacted == bytes {
        true => base64.to_vec(),
        false => STANDARD.encode(redacted).into_bytes(),
    }
}

/// Returns whether a part of a line is a number behind the name of a field. A pseudonym there has to
/// be a string, or the line is no JSON any more. In a string of JSON the quote has a backslash.
fn is_json_number(line: &[u8], part: &Range<usize>) -> bool {
    let before = line[..part.start].trim_ascii_end();
    let is_field = before.ends_with(b"\":") && !before.ends_with(b"\\\":");
    let is_end = matches!(line[part.end..].trim_ascii_start(), [b',' | b'}', ..]);
    is_field && is_end && line[part.clone()].iter().all(u8::is_ascii_digit)
}

/// Returns whether a secret that is longer than a window goes on with a byte.
fn goes_on(byte: u8) -> bool {
    secrets::is_word(byte)
        || matches!(
            byte,
            b'-' | b'.' | b'~' | b'+' | b'/' | b'=' | b'%' | 0x80..
        )
}

/// Returns the fence of code that is open behind a line of Markdown.
fn fence_behind(open: Option<usize>, line: &[u8]) -> Option<usize> {
    let text = line.trim_ascii_start();
    let ticks = text.iter().take_while(|byte| **byte == b'`').count();
    let is_bare = text[ticks..].trim_ascii().is_empty();
    match open {
        None => (ticks >= 3).then_some(ticks),
        Some(opened) if ticks >= opened && is_bare => None,
        open => open,
    }
}

#[cfg(test)]
mod tests;
