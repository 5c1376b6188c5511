//! Tells the header of a line from its message: time, level, process, thread and component, without settings.
//!
//! A header is recognised by its time, which stands at the start or behind a few identifiers, and by its level, which
//! follows within a few tokens. A line that has neither has no header, so nothing is cut from plain text. Each line is
//! judged by itself: the same line has the same header in every log.

use std::{fmt, ops::Range};

use super::mask::{
    class::{self, CONTROL, DIGIT, LETTER, SPACE},
    spelled_date, time,
};

/// A header is looked for in this many bytes of a line.
const HEADER_BYTES_MAX: usize = 512;

/// How many identifiers may stand before a time, or between a time and a level.
const TOKENS_MAX: usize = 6;

/// How grave a line is, the least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Finer than debugging: trace, verbose.
    Trace,
    /// For debugging.
    Debug,
    /// What normally happens: info, notice, log.
    Info,
    /// Something to look at: warn, warning.
    Warn,
    /// Something failed: error, severe.
    Error,
    /// Nothing works any more: fatal, critical, alert, emergency, panic.
    Fatal,
}

impl Level {
    /// Every level, the least first.
    pub const ALL: [Level; 6] = [
        Level::Trace,
        Level::Debug,
        Level::Info,
        Level::Warn,
        Level::Error,
        Level::Fatal,
    ];

    /// The level that a word names, in any case.
    ///
    /// ```
    /// use logscan::templates::Level;
    /// assert_eq!(Level::of_word(b"WARNING"), Some(Level::Warn));
    /// assert_eq!(Level::of_word(b"warden"), None);
    /// ```
    pub fn of_word(word: &[u8]) -> Option<Level> {
        if !(3..=11).contains(&word.len()) {
            return None;
        }
        let mut lower = [0; 11];
        let lower = &mut lower[..word.len()];
        lower.copy_from_slice(word);
        lower.make_ascii_lowercase();
        Some(match &*lower {
            b"trace" | b"verbose" | b"finest" | b"finer" => Level::Trace,
            b"debug" | b"dbg" | b"fine" => Level::Debug,
            b"info" | b"information" | b"notice" | b"inf" | b"config" => Level::Info,
            b"warn" | b"warning" | b"wrn" => Level::Warn,
            b"error" | b"err" | b"severe" | b"eror" => Level::Error,
            b"fatal" | b"crit" | b"critical" | b"alert" | b"emerg" | b"emergency" | b"panic"
            | b"ftl" => Level::Fatal,
            _ => return None,
        })
    }

    /// Its usual name, in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Level::Trace => "trace",
            Level::Debug => "debug",
            Level::Info => "info",
            Level::Warn => "warn",
            Level::Error => "error",
            Level::Fatal => "fatal",
        }
    }

    /// A level as one letter, as Android and glog write it.
    fn of_letter(letter: u8) -> Option<Level> {
        Some(match letter {
            b'V' | b'T' => Level::Trace,
            b'D' => Level::Debug,
            b'I' => Level::Info,
            b'W' => Level::Warn,
            b'E' => Level::Error,
            b'F' => Level::Fatal,
            _ => return None,
        })
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

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
        loop {
            let before = self.at;
            let mut is_there = false;
            for _ in 0..TOKENS_MAX {
                self.separators();
                if let Some(length) = stamp(self.rest(), !found) {
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
                let word = token(self.rest());
                if word == 0 || !is_identifier(&self.rest()[..word]) {
                    break;
                }
                self.at += word;
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
            let word = match rest.first() {
                // Between a time and a level there may be a thread, with spaces in its brackets.
                Some(b'[') if has_time => bracket(rest, Inside::Anything),
                _ => token(rest),
            };
            let text = &rest[..word];
            if word == 0 || !(is_identifier(text) || is_capitals(text) || text[0] == b'[') {
                break;
            }
            if nth == 0 && is_pid(text) {
                self.header.pid = Some(start..start + word);
            }
            self.at += word;
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
            let word = token(rest);
            let text = &rest[..word];
            if word == 0 {
                return;
            }
            if !has_component && self.header.time.is_some() && is_pid(text) && !has_level {
                self.header.pid.get_or_insert(start..start + word);
                self.at += word;
                continue;
            }
            if has_component {
                return;
            }
            let Some((name, length)) = component(rest, self.header.time.is_some()) else {
                return;
            };
            let name = start + name.start..start + name.end;
            if let Some(open) = self.text[name.clone()].iter().rposition(|&b| b == b'[') {
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

/// How long the token is that begins `text`: up to white space or a bar.
fn token(text: &[u8]) -> usize {
    text.iter()
        .position(|&b| class::of(b) & (SPACE | CONTROL) != 0 || b == b'|')
        .unwrap_or(text.len())
}

/// How long the time is that begins `text`, perhaps in brackets.
fn stamp(text: &[u8], is_first: bool) -> Option<usize> {
    let open = usize::from(matches!(text.first(), Some(b'[' | b'(')));
    let bare = &text[open..];
    let mut length = time(bare);
    if length == 0 && bare.first().is_some_and(u8::is_ascii_uppercase) {
        length = spelled_date(bare, 0);
    }
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

/// Dates that are too short to be told from numbers unless a time of day follows: `03-17 16:13:38.811`,
/// `10.30 16:49:06`, `081109 203615`.
fn short_date(text: &[u8]) -> usize {
    let digits = |text: &[u8]| text.iter().take_while(|b| b.is_ascii_digit()).count();
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
    let digits = text.iter().take_while(|b| b.is_ascii_digit()).count();
    match (digits, text.first()) {
        (10 | 13 | 16, Some(b'1')) => {}
        _ => return 0,
    }
    match text.get(digits) {
        Some(b'.') => {
            digits
                + 1
                + text[digits + 1..]
                    .iter()
                    .take_while(|b| b.is_ascii_digit())
                    .count()
        }
        _ => digits,
    }
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
            || words.all(|word| is_identifier(word) || word == b"-");
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

/// What no sentence has for a word: something with a digit, or with a mark inside.
fn is_identifier(word: &[u8]) -> bool {
    let word = word.strip_suffix(b":").unwrap_or(word);
    let word = word.strip_suffix(b",").unwrap_or(word);
    let mut seen = 0;
    for &byte in word {
        seen |= class::of(byte);
    }
    let has_mark = word.len() > 2
        && word[1..word.len() - 1]
            .iter()
            .any(|b| matches!(b, b'.' | b'_' | b'-' | b'/' | b':' | b'@' | b'$'));
    seen & DIGIT != 0 || has_mark || word == b"-"
}

fn is_capitals(word: &[u8]) -> bool {
    word.len() >= 2 && word.iter().all(u8::is_ascii_uppercase)
}

fn is_pid(word: &[u8]) -> bool {
    word.len() <= 7 && word.iter().all(u8::is_ascii_digit)
}

/// The component that begins `text`: where its name is, and how much of the header is done behind it.
fn component(text: &[u8], has_time: bool) -> Option<(Range<usize>, usize)> {
    let word = token(text);
    let name = &text[..word];
    let behind = &text[word..];
    if is_name_with_colon(name) {
        return Some((0..word - 1, word));
    }
    // sshd[24200]: or kernel: behind the name of a host
    if has_time && is_name(name) && behind.first() == Some(&b' ') {
        let blanks = behind.iter().take_while(|b| **b == b' ').count();
        let second = token(&behind[blanks..]);
        let second_at = word + blanks;
        if is_name_with_colon(&behind[blanks..blanks + second]) {
            let end = second_at + second;
            return Some((second_at..end - 1, end));
        }
        // syslogd 1.4.1: behind the name of a host
        let third_at = second_at + second + 1;
        let third = token(text.get(third_at..).unwrap_or_default());
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
    !word.is_empty()
        && word.len() <= 128
        && word.iter().all(is_part)
        && word.iter().any(|&b| class::of(b) & LETTER != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, level: Option<Level>, component: &str, message: &str) {
        let header = Header::of(line.as_bytes());
        assert_eq!(&line[header.message_at..], message, "{header:?}");
        assert_eq!(header.level, level, "{line}");
        let got = header.component.map_or("", |at| &line[at]);
        assert_eq!(got, component, "{line}");
    }

    #[test]
    fn headers_of_many_programs_are_told_from_messages() {
        use Level::{Debug, Error, Info, Warn};
        check(
            "081109 203615 148 INFO dfs.DataNode$PacketResponder: Sent 1",
            Some(Info),
            "dfs.DataNode$PacketResponder",
            "Sent 1",
        );
        check(
            "2015-10-18 18:01:47,978 INFO [main] a.b.MRAppMaster: Created",
            Some(Info),
            "a.b.MRAppMaster",
            "Created",
        );
        check(
            "17/06/09 20:10:40 WARN spark.Manager: Lost task",
            Some(Warn),
            "spark.Manager",
            "Lost task",
        );
        check(
            "2015-07-29 17:41:44,747 - INFO  [Quorum[my=1]/0:0:Fast@774] - Time out: 3",
            Some(Info),
            "",
            "Time out: 3",
        );
        check(
            "- 1117838570 2005.06.03 R02-M1-N0 2005-06-03-15.42.50.675872 R02-M1-N0 RAS KERNEL INFO cache error",
            Some(Info),
            "",
            "cache error",
        );
        check(
            "134681 node-246 unix.hw state.un 1077804742 1 Component is up",
            None,
            "",
            "Component is up",
        );
        check(
            "- 1131566461 2005.11.09 dn228 Nov 9 12:01:01 dn228/dn228 crond(pam)[2915]: session closed",
            None,
            "crond(pam)",
            "session closed",
        );
        check(
            "2016-09-28 04:30:30, Info                  CBS    Loaded it",
            Some(Info),
            "CBS",
            "Loaded it",
        );
        check(
            "Jun 14 15:16:01 combo sshd(pam_unix)[19939]: check pass",
            None,
            "sshd(pam_unix)",
            "check pass",
        );
        check(
            "03-17 16:13:38.811  1702  2395 D WindowManager: print it",
            Some(Debug),
            "WindowManager",
            "print it",
        );
        check(
            "20171223-22:15:29:606|Step_LSC|30002312|onStep 3579",
            None,
            "Step_LSC",
            "onStep 3579",
        );
        check(
            "[Sun Dec 04 04:47:44 2005] [error] mod_jk child 6",
            Some(Error),
            "",
            "mod_jk child 6",
        );
        check(
            "[10.30 16:49:06] chrome.exe *64 - host:80 open",
            None,
            "chrome.exe",
            "host:80 open",
        );
        check(
            "nova-api.log.1.2017-05-16_13:53:08 2017-05-16 00:00:00.008 25746 INFO nova.osapi [req-38 11 54 - - -] 10.11.10.1 GET",
            Some(Info),
            "nova.osapi",
            "10.11.10.1 GET",
        );
        check(
            "2020-03-11 20:40:43 CET::@:[12760]:LOG:  listening",
            None,
            "",
            "::@:[12760]:LOG:  listening",
        );
        check(
            "2024-01-02T03:04:05Z ERROR it broke",
            Some(Error),
            "",
            "it broke",
        );
        check(
            "[task 2025-02-13T21:43:43.222Z] 21:43:43     INFO -  make: Leaving",
            Some(Info),
            "",
            "make: Leaving",
        );
    }

    #[test]
    fn plain_text_has_no_header() {
        for line in [
            "",
            "Connection closed by 10.0.0.1 [preauth]",
            "error: no such file",
            "Error while reading",
            "10.251.30.85:50010:Got exception",
            "total 5",
            "-",
            "[client 10.0.0.1] Directory index forbidden",
        ] {
            assert_eq!(Header::of(line.as_bytes()).message_at, 0, "{line}");
        }
    }
}
