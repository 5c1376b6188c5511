//! Tells the header of a line from its message: time, level, process, thread and component, without
//! settings.
//!
//! A header is recognised by its time, which stands at the start or behind a few identifiers, and
//! by its level, which follows within a few tokens. A line that has neither has no header, so
//! nothing is cut from plain text. Each line is judged by itself: the same line has the same header
//! in every log.

use std::ops::Range;

use super::level::Level;
use super::mask::{
    class::{self, AT, BAR, COLON, CONTROL, DIGIT, DOT, JOIN, LETTER, SLASH, SPACE},
    digits, spelled_date, time,
};

/// A header is looked for in this many bytes of a line.
pub(super) const HEADER_BYTES_MAX: usize = 512;

/// How many identifiers may stand before a time, or between a time and a level.
const TOKENS_MAX: usize = 6;

/// What was recognised before the message of a line. All places are in the line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// The first date or time of day.
    pub time: Option<Range<usize>>,
    /// How grave the line says it is.
    pub level: Option<Level>,
    /// The number of the process, or of the thread.
    pub pid: Option<Range<usize>>,
    /// The name of the thread, or what else stands in brackets.
    pub thread: Option<Range<usize>>,
    /// What wrote the line: a program, a module, a class.
    pub component: Option<Range<usize>>,
    /// Where the message begins; 0 if there is no header.
    pub message_at: usize,
}

impl Header {
    /// Recognises the header of `line`.
    ///
    /// ```
    /// use logscan::templates::{Header, Level};
    /// let line = b"2024-05-01 10:00:00,123 WARN  [main] app.Disk: 5 % free";
    /// let header = Header::of(line);
    /// assert_eq!(header.level, Some(Level::Warn));
    /// assert_eq!(&line[header.component.unwrap()], b"app.Disk");
    /// assert_eq!(&line[header.message_at..], b"5 % free");
    /// ```
    pub fn of(line: &[u8]) -> Header {
        let mut parser = Parser {
            text: &line[..line.len().min(HEADER_BYTES_MAX)],
            at: 0,
            header: Header::default(),
            words: [(0, HeaderWord::default()); WORDS_KEPT],
            words_kept: 0,
        };
        parser.header();
        parser.header
    }
}

/// Reads a header from front to back.
struct Parser<'a> {
    text: &'a [u8],
    at: usize,
    header: Header,
    /// The first words that were looked at, and where they begin: each is looked at several times.
    words: [(usize, HeaderWord); WORDS_KEPT],
    words_kept: usize,
}

/// How many words are kept: most headers have fewer.
const WORDS_KEPT: usize = 8;

/// A word, and the classes of its bytes.
#[derive(Clone, Copy, Default)]
struct HeaderWord {
    length: usize,
    /// Of all bytes.
    seen: u16,
}

impl HeaderWord {
    /// The word that begins `text`: up to white space or a bar.
    #[inline]
    fn of(text: &[u8]) -> HeaderWord {
        let mut seen = 0;
        let mut length = 0;
        for &byte in text {
            let class = class::of(byte);
            if class & (SPACE | CONTROL | BAR) != 0 {
                break;
            }
            seen |= class;
            length += 1;
        }
        HeaderWord { length, seen }
    }

    /// Whether no sentence has it: it has a digit, or a mark inside.
    fn is_identifier(self, text: &[u8]) -> bool {
        const MARKS: u16 = DOT | JOIN | SLASH | COLON | AT;
        if self.seen & DIGIT != 0 {
            return true;
        }
        if self.seen & MARKS == 0 {
            return false;
        }
        match text {
            [_, inner @ .., _] => inner.iter().any(|&b| class::of(b) & MARKS != 0),
            [b'-'] => true,
            _ => false,
        }
    }

    fn is_pid(self) -> bool {
        self.seen == DIGIT && self.length <= 7
    }
}

impl Parser<'_> {
    fn header(&mut self) {
        let has_time = self.times();
        let has_level = self.level(has_time);
        if has_time || has_level {
            self.threads_and_component(has_level);
            self.header.message_at = self.at;
        } else {
            self.header = Header::default();
        }
    }

    /// The word at the place that is being read.
    fn word(&mut self) -> HeaderWord {
        let kept = self.words[..self.words_kept].iter();
        if let Some((_, word)) = kept.rev().find(|(at, _)| *at == self.at) {
            return *word;
        }
        let word = HeaderWord::of(&self.text[self.at..]);
        if self.words_kept < WORDS_KEPT {
            self.words[self.words_kept] = (self.at, word);
            self.words_kept += 1;
        }
        word
    }

    fn rest(&self) -> &[u8] {
        &self.text[self.at..]
    }

    /// Passes over blanks and what separates fields.
    fn separators(&mut self) {
        loop {
            match self.rest() {
                [b' ' | b'\t' | b'|' | b',', ..] => self.at += 1,
                [b'-', b' ' | b'\t', ..] => self.at += 2,
                [b']' | b')' | b':', b' ' | b'\t' | b'|' | b'[', ..] => self.at += 1,
                _ => return,
            }
        }
    }

    /// Reads the times at the start, and identifiers before and between them.
    fn times(&mut self) -> bool {
        let mut found = false;
        if let Some(b'[') = self.text.first() {
            // [task 2025-02-13T21:43:43.222Z]
            let letters = self.text[1..]
                .iter()
                .take_while(|b| b.is_ascii_alphabetic())
                .count();
            let behind = self.text.get(letters + 2..).unwrap_or_default();
            if letters > 0
                && self.text.get(letters + 1) == Some(&b' ')
                && behind.first().is_some_and(u8::is_ascii_digit)
                && stamp(behind, false).is_some()
            {
                self.at = letters + 2;
            }
        }
        loop {
            let before = self.at;
            let mut is_there = false;
            for _ in 0..TOKENS_MAX {
                self.separators();
                let word = self.word();
                // A number is a time only if it has as many digits as one.
                let is_short =
                    word.seen == DIGIT && word.length != 6 && !is_epoch_long(word.length);
                if !is_short && let Some(length) = stamp(self.rest(), !found) {
                    let start = self.at + usize::from(matches!(self.rest()[0], b'[' | b'('));
                    let end = self.at + length;
                    let known = self.header.time.as_ref();
                    // A date says more to people than seconds since 1970.
                    if known.is_none_or(|known| is_epoch(&self.text[known.clone()])) {
                        self.header.time = Some(start..end);
                    }
                    self.at = end;
                    self.zone();
                    is_there = true;
                    break;
                }
                let text = &self.text[self.at..self.at + word.length];
                let is_quoted = matches!(text.first(), Some(b'{' | b'"' | b'<' | b'\''));
                if word.length == 0 || is_quoted || !word.is_identifier(text) {
                    break;
                }
                self.at += word.length;
            }
            if !is_there {
                self.at = before;
                return found;
            }
            found = true;
        }
    }

    /// Passes over a zone behind a time: `CET`, `+0000]`, `PM`.
    fn zone(&mut self) {
        let rest = self.rest();
        if let [b' ', b'+' | b'-', a, b, c, d, ..] = rest
            && [a, b, c, d].iter().all(|b| b.is_ascii_digit())
        {
            self.at += 6;
            return;
        }
        let Some((b' ', word)) = rest.split_first() else {
            return;
        };
        let letters = word.iter().take_while(|b| b.is_ascii_uppercase()).count();
        let is_end = word
            .get(letters)
            .is_none_or(|&b| class::of(b) & (DIGIT | LETTER) == 0);
        let is_zone = matches!(
            &word[..letters],
            b"UTC"
                | b"GMT"
                | b"CET"
                | b"CEST"
                | b"EST"
                | b"EDT"
                | b"PST"
                | b"PDT"
                | b"MST"
                | b"MDT"
                | b"CST"
                | b"CDT"
                | b"BST"
                | b"IST"
                | b"JST"
                | b"AM"
                | b"PM"
                | b"WET"
                | b"EET"
                | b"MSK"
        );
        if is_zone && is_end {
            self.at += 1 + letters;
        }
    }

    /// Reads on up to the level, over identifiers, if there is one near.
    fn level(&mut self, has_time: bool) -> bool {
        let before = self.at;
        let tokens = if has_time { TOKENS_MAX } else { 1 };
        for nth in 0..tokens {
            self.separators();
            let start = self.at;
            let rest = self.rest();
            if let Some((level, length)) = level_token(rest, has_time) {
                self.header.level = Some(level);
                self.at += length;
                return true;
            }
            // Between a time and a level there may be a thread, with spaces in its brackets.
            if has_time && rest.first() == Some(&b'[') {
                let length = bracket(rest, Inside::Anything);
                if length == 0 {
                    break;
                }
                self.at += length;
                continue;
            }
            let word = self.word();
            let text = &self.text[start..start + word.length];
            if word.length == 0 || !(word.is_identifier(text) || is_capitals(text)) {
                break;
            }
            if nth == 0 && word.is_pid() {
                self.header.pid = Some(start..start + word.length);
            }
            self.at += word.length;
        }
        self.at = before;
        self.header.pid = None;
        false
    }

    /// Reads the rest of the header: numbers, brackets and one component.
    fn threads_and_component(&mut self, has_level: bool) {
        let mut has_component = false;
        for _ in 0..TOKENS_MAX {
            let before = self.at;
            self.separators();
            let start = self.at;
            if has_level && self.text[before..start].contains(&b'-') {
                return;
            }
            let rest = self.rest();
            if let Some(b'[' | b'(') = rest.first() {
                let length = bracket(rest, Inside::Identifiers);
                if length == 0 {
                    return;
                }
                self.header
                    .thread
                    .get_or_insert(start + 1..start + length - 1);
                self.at += length;
                continue;
            }
            let known = self.word();
            let rest = self.rest();
            let word = known.length;
            if word == 0 {
                return;
            }
            if !has_component && self.header.time.is_some() && known.is_pid() && !has_level {
                self.header.pid.get_or_insert(start..start + word);
                self.at += word;
                continue;
            }
            let is_column = rest.get(word) == Some(&b'|') && word <= 20;
            if has_component && is_column && known.seen == DIGIT {
                self.header.pid.get_or_insert(start..start + word);
                self.at += word;
                continue;
            }
            if has_component {
                return;
            }
            let Some((name, length)) = component(rest, word, self.header.time.is_some()) else {
                return;
            };
            let name = start + name.start..start + name.end;
            let bracket = self.text[name.clone()].iter().rposition(|&b| b == b'[');
            if let (Some(open), Some(b']')) = (bracket, self.text[..name.end].last()) {
                self.header.pid = Some(name.start + open + 1..name.end - 1);
                self.header.component = Some(name.start..name.start + open);
            } else {
                self.header.component = Some(name);
            }
            self.at += length;
            has_component = true;
        }
    }
}

/// How long the time is that begins `text`, perhaps in brackets.
fn stamp(text: &[u8], is_first: bool) -> Option<usize> {
    let open = usize::from(matches!(text.first(), Some(b'[' | b'(')));
    let bare = &text[open..];
    let mut length = match bare {
        [b'0'..=b'9', ..] => time(bare),
        // Sun, Dec
        [b'A'..=b'Z', b'a'..=b'z', ..] => spelled_date(bare, 0),
        _ => return None,
    };
    if length == 0 {
        length = short_date(bare);
    }
    if length == 0 && is_first {
        length = epoch(bare);
    }
    if length == 0 {
        return None;
    }
    // A date is followed by a time of day, which another round reads.
    let is_end = |b: u8| class::of(b) & (DIGIT | LETTER) == 0 && !matches!(b, b'/' | b'.' | b'-');
    match bare.get(length) {
        None => {}
        Some(&b) if is_end(b) => {}
        Some(_) => return None,
    }
    let closes = open == 1 && matches!(bare.get(length), Some(b']' | b')'));
    Some(open + length + usize::from(closes))
}

/// Dates that are too short to be told from numbers unless a time of day follows: `03-17
/// 16:13:38.811`, `10.30 16:49:06`, `081109 203615`.
fn short_date(text: &[u8]) -> usize {
    match digits(text) {
        2 if matches!(text.get(2), Some(b'-' | b'.' | b'/')) && digits(&text[3..]) == 2 => {
            match text.get(5) {
                Some(b' ') if time(&text[6..]) > 0 => 6 + time(&text[6..]),
                _ => 0,
            }
        }
        6 if text.get(6) == Some(&b' ') && digits(&text[7..]) == 6 => 13,
        _ => 0,
    }
}

/// Seconds, or thousandths of them, since 1970; of the years 2001 to 2033.
fn epoch(text: &[u8]) -> usize {
    let length = digits(text);
    if !is_epoch_long(length) || text.first() != Some(&b'1') {
        return 0;
    }
    match text.get(length) {
        Some(b'.') => length + 1 + digits(&text[length + 1..]),
        _ => length,
    }
}

/// The least of the numbers for which [`is_epoch_long`] holds.
pub(super) const EPOCH_DIGITS_MIN: usize = 10;

/// Whether seconds, milliseconds or microseconds since 1970 have so many digits.
pub(super) fn is_epoch_long(digits: usize) -> bool {
    matches!(digits, EPOCH_DIGITS_MIN | 13 | 16)
}

fn is_epoch(text: &[u8]) -> bool {
    epoch(text) == text.len() && !text.is_empty()
}

/// What may stand in brackets.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Inside {
    Anything,
    /// One token, or several that no sentence has.
    Identifiers,
}

/// How long the brackets are that begin `text`; 0 if there are none.
fn bracket(text: &[u8], inside: Inside) -> usize {
    let mut depth = 0_usize;
    for (at, byte) in text.iter().enumerate() {
        match byte {
            b'[' | b'(' => depth += 1,
            b']' | b')' => depth -= 1,
            _ => {}
        }
        if depth > 0 {
            continue;
        }
        let content = &text[1..at];
        let is_more = text
            .get(at + 1)
            .is_some_and(|&b| class::of(b) & (DIGIT | LETTER) != 0);
        let mut words = content
            .split(|&b| b == b' ')
            .filter(|word| !word.is_empty());
        let are_identifiers = content.len() <= 1
            || !content.contains(&b' ')
            || words.all(|word| HeaderWord::of(word).is_identifier(word));
        return match inside {
            Inside::Anything => at + 1,
            Inside::Identifiers if are_identifiers && !is_more && !content.is_empty() => at + 1,
            Inside::Identifiers => 0,
        };
    }
    0
}

/// A level, alone or in brackets, and how long it is.
fn level_token(text: &[u8], has_time: bool) -> Option<(Level, usize)> {
    let open = usize::from(matches!(text.first(), Some(b'[' | b'<' | b'(')));
    let bare = &text[open..];
    let length = bare.iter().take_while(|b| b.is_ascii_alphabetic()).count();
    let word = &bare[..length];
    let next = bare.get(length).copied();
    let closes = open == 1 && matches!(next, Some(b']' | b'>' | b')'));
    if open == 1 && !closes {
        return None;
    }
    let end = open + length + usize::from(closes);
    if length == 1 && has_time && matches!(next, Some(b' ' | b'/')) && open == 0 {
        return Level::of_letter(word[0]).map(|level| (level, end));
    }
    let level = Level::of_word(word).or((word == b"LOG").then_some(Level::Info))?;
    let is_capital = word.iter().all(u8::is_ascii_uppercase);
    let is_alone = matches!(next, None | Some(b' ' | b'\t' | b'|' | b',' | b':' | b';'));
    // A column of its own is wider than the word.
    let is_column = next != Some(b' ') || bare.get(length + 1) == Some(&b' ');
    let counts = closes || (is_alone && (is_capital || (has_time && is_column)));
    // Without a time only what cannot be the first word of a message is a header.
    let counts =
        counts && (has_time || closes || is_capital && next != Some(b' ') || next == Some(b'\t'));
    counts.then_some((level, end))
}

fn is_capitals(word: &[u8]) -> bool {
    word.len() >= 2 && word.iter().all(u8::is_ascii_uppercase)
}

/// The component that begins `text`, with a first word of `word` bytes: where its name is, and how
/// much of the header is done behind it.
fn component(text: &[u8], word: usize, has_time: bool) -> Option<(Range<usize>, usize)> {
    let name = &text[..word];
    let behind = &text[word..];
    if is_name_with_colon(name) {
        return Some((0..word - 1, word));
    }
    // sshd[24200]: or kernel: behind the name of a host
    if has_time && is_name(name) && behind.first() == Some(&b' ') {
        let blanks = behind.iter().take_while(|b| **b == b' ').count();
        let second = HeaderWord::of(&behind[blanks..]).length;
        let second_at = word + blanks;
        if is_name_with_colon(&behind[blanks..blanks + second]) {
            let end = second_at + second;
            return Some((second_at..end - 1, end));
        }
        // syslogd 1.4.1: behind the name of a host
        let third_at = second_at + second + 1;
        let third = HeaderWord::of(text.get(third_at..).unwrap_or_default()).length;
        if is_name(&behind[blanks..blanks + second])
            && third > 1
            && text[third_at].is_ascii_digit()
            && text[third_at + third - 1] == b':'
        {
            return Some((second_at..second_at + second, third_at + third));
        }
        // A column of its own.
        if blanks >= 2 {
            return Some((0..word, word));
        }
        // chrome.exe - or chrome.exe *64 -
        let dash = second_at + second;
        if behind[blanks..].starts_with(b"- ") {
            return Some((0..word, second_at + 1));
        }
        if text[dash..].starts_with(b" - ") {
            return Some((0..word, dash + 2));
        }
        // app.server [request]
        if behind[blanks..].starts_with(b"[") && name.contains(&b'.') {
            return Some((0..word, word));
        }
    }
    if has_time && behind.first() == Some(&b'|') && is_name(name) {
        return Some((0..word, word));
    }
    None
}

fn is_name_with_colon(word: &[u8]) -> bool {
    match word {
        [name @ .., b':'] => is_name(name),
        _ => false,
    }
}

/// Whether a word can be the name of a program, a module or a class.
fn is_name(word: &[u8]) -> bool {
    let is_part = |&b: &u8| {
        class::of(b) & (LETTER | DIGIT) != 0
            || matches!(
                b,
                b'.' | b'_'
                    | b'-'
                    | b'$'
                    | b'/'
                    | b'('
                    | b')'
                    | b'['
                    | b']'
                    | b'@'
                    | b'#'
                    | b'*'
                    | b':'
            )
    };
    word.first()
        .is_some_and(|&b| class::of(b) & (LETTER | DIGIT) != 0 || b == b'_' || b == b'(')
        && word.len() <= 128
        && word.iter().all(is_part)
        && word.iter().any(|&b| class::of(b) & LETTER != 0)
}

#[cfg(test)]
mod tests;
