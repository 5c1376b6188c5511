//! What the header of a log line is made of: time, level, process, thread, component. Its columns
//! are learned from a sample, without settings, and found in every line then.
//!
//! ```text
//! sample --learn--> LineForms: forms of headers, each a list of columns       learn.rs, form.rs
//! line --LineForms::header--> Header: what it says, and where the message begins
//! ```
//! A log may have lines of several forms, and a message may have a header of its own, as behind what
//! a container runtime writes. What is found in a line depends on the forms and the line alone.

mod cell;
mod form;
#[cfg(feature = "templates")]
mod known;
mod learn;
mod stamp;

pub use self::form::Header;
#[cfg(feature = "templates")]
pub(crate) use self::known::{BriefHeader, KnownHeaders};
use self::{cell::behind_blanks, form::HeaderForm, stamp::HeaderTime};
use super::{
    ansi::without_controls,
    fields::{Fields, unescape},
    prefix::Prefix,
};

/// How many lines of a sample are looked at.
const LINES_MAX: usize = 2000;

/// A header is looked for in this many bytes of a line.
pub(crate) const HEADER_BYTES_MAX: usize = 512;

/// A header with its colours is looked for in this many bytes.
const COLOURED_BYTES_MAX: usize = 2 * HEADER_BYTES_MAX;

/// Lines with a time behind more cells are not told from others.
const CELLS_BEFORE_TIME_MAX: usize = 3;

/// A log has at most so many forms of headers.
const FORMS_MAX: usize = 6;

/// The headers of the lines of a log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct LineForms {
    /// What a collector of logs wrote before them, without a time.
    collector: Option<Prefix>,
    outer: Vec<HeaderForm>,
    /// Whether one of these has a time.
    have_times: bool,
    /// Whether lines were looked at: without that no line has a header.
    is_learned: bool,
    /// Of what stands behind these.
    inner: Vec<HeaderForm>,
    /// Of the messages that are values of JSON or logfmt.
    of_texts: Vec<HeaderForm>,
}

impl LineForms {
    /// Learns from lines of a log, without their line ends.
    pub(crate) fn learn<'l>(sample: impl Iterator<Item = &'l [u8]>) -> LineForms {
        let mut buffer = Vec::new();
        let shown: Vec<Vec<u8>> = sample
            .take(LINES_MAX)
            .map(|line| without_controls(line, &mut buffer).to_vec())
            .collect();
        let lines: Vec<&[u8]> = shown.iter().map(Vec::as_slice).collect();
        let forms = LineForms::behind(None, &lines);
        let collector = Prefix::of_lines(lines.iter().copied());
        let Some(collector) = collector.filter(|prefix| !prefix.has_time()) else {
            return forms;
        };
        let behind = LineForms::behind(Some(collector), &lines);
        match forms.has_table(collector, &lines) || collector.is_any_table() && !behind.have_times {
            true => forms,
            false => behind,
        }
    }

    /// Whether most of `lines` have their time in what looks like the prefix of a collector.
    fn has_table(&self, collector: Prefix, lines: &[&[u8]]) -> bool {
        let is_in = |line: &&&[u8]| {
            let time = self.header(line).time;
            time.is_some_and(|time| time.start < collector.bytes(line))
        };
        2 * lines.iter().filter(is_in).count() > lines.len()
    }

    /// Learns from lines as they are shown, of which the headers stand behind such a prefix.
    fn behind(collector: Option<Prefix>, lines: &[&[u8]]) -> LineForms {
        let texts: Vec<&[u8]> = lines.iter().map(|line| behind(collector, line)).collect();
        let heads: Vec<&[u8]> = texts.iter().map(|line| head(line)).collect();
        let outer = forms_of(&heads);
        let mut has_level = false;
        let messages: Vec<&[u8]> = texts
            .iter()
            .map(|line| {
                let header = outer.iter().find_map(|form| form.header(head(line)));
                has_level |= header.as_ref().is_some_and(|header| header.level.is_some());
                &line[header.map_or(0, |header| header.message_at)..]
            })
            .collect();
        let inner = match outer.is_empty() {
            true => Vec::new(),
            false => inner_forms(messages.iter().copied(), has_level),
        };
        let mut fields = Fields::default();
        let mut texts: Vec<Vec<u8>> = Vec::new();
        has_level = false;
        for message in messages {
            if fields.read(message)
                && let Some(field) = fields.message(message)
            {
                has_level |= fields.level(message).is_some();
                texts.push(Vec::new());
                let text = texts.last_mut().expect("one was pushed");
                unescape(&message[field.value.0..field.value.1], text);
            }
        }
        let of_texts = inner_forms(texts.iter().map(Vec::as_slice), has_level);
        LineForms {
            collector,
            is_learned: true,
            have_times: outer.iter().any(|form| form.has_time),
            outer,
            inner,
            of_texts,
        }
    }

    /// Learns from the first lines of a log.
    pub(crate) fn of_sample(sample: &[u8]) -> LineForms {
        let lines = sample.split(|&byte| byte == b'\n');
        LineForms::learn(lines.map(|line| line.strip_suffix(b"\r").unwrap_or(line)))
    }

    /// Whether nothing was learned.
    pub(crate) fn is_empty(&self) -> bool {
        self.outer.is_empty()
    }

    /// The columns of the form that most lines have, in words, with those that messages have behind
    /// it. `None` if lines have no header.
    #[cfg(feature = "digest")]
    pub(crate) fn words(&self) -> Option<String> {
        let outer = self.outer.first()?.words();
        let inner = self.inner.first().map(HeaderForm::words);
        let inner = inner.map(|inner| format!("{inner} ")).unwrap_or_default();
        let prefix = self.collector.map_or("", |_| "prefix ");
        Some(format!("{prefix}{outer} {inner}message"))
    }

    /// What the program wrote of `line`: what stands behind the prefix of a collector.
    #[inline]
    pub(crate) fn text<'l>(&self, line: &'l [u8]) -> &'l [u8] {
        behind(self.collector, line)
    }

    /// The header of `line`; it is empty if the line has none.
    pub(crate) fn header(&self, line: &[u8]) -> Header {
        let text = self.text(line);
        let mut header = Header {
            message_at: line.len() - text.len(),
            ..Header::default()
        };
        header.add(self.header_behind(text));
        header
    }

    /// The header of a line behind the prefix of a collector.
    fn header_behind(&self, line: &[u8]) -> Header {
        let text = head(line);
        let mut header = Header::default();
        let mut forms = self.outer.iter();
        let outer = forms.find_map(|form| form.header(text));
        let outer = outer.or_else(|| self.outer.iter().find_map(|form| form.begun(text)));
        let Some(outer) = outer else {
            if self.is_learned {
                (header.level, header.message_at) = level_alone(text);
                header.level_place = header.level.map(|_| level_alone_place(text));
            }
            return header;
        };
        header = outer;
        if let Some(inner) = self.inner_header(line, header.message_at) {
            header.add(inner);
        }
        header
    }

    /// The header of the message that begins at `at` in `line`.
    #[inline]
    fn inner_header(&self, line: &[u8], at: usize) -> Option<Header> {
        let message = &head(line)[at..];
        self.inner.iter().find_map(|form| form.header(message))
    }

    /// Whether every line with a header of the first form, which is that of most lines, has one by
    /// which `other` tells that a line has a header.
    #[cfg(feature = "templates")]
    pub(crate) fn first_is_in(&self, other: &LineForms) -> bool {
        let Some(first) = self.outer.first() else {
            return false;
        };
        let mut forms = other.outer.iter();
        self.collector == other.collector
            && forms.any(|form| (form.has_time || !other.have_times) && form.begins_like(first))
    }

    /// The header of the message in a field.
    #[cfg(feature = "templates")]
    pub(crate) fn header_of_text(&self, text: &[u8]) -> Header {
        let text = head(text);
        let header = self.of_texts.iter().find_map(|form| form.header(text));
        header.unwrap_or_default()
    }

    /// Whether `line` begins with one of the headers, one with a time if any has one. Colours do not
    /// count.
    #[inline]
    pub(crate) fn is_in(&self, line: &[u8]) -> bool {
        let text = head(self.text(line));
        match memchr::memchr3(b'\x1b', b'\r', b'^', text) {
            None => self.is_in_shown(text),
            Some(_) => {
                let raw = &line[..line.len().min(COLOURED_BYTES_MAX)];
                let mut buffer = Vec::new();
                let shown = without_controls(raw, &mut buffer);
                self.is_in_shown(head(self.text(shown)))
            }
        }
    }

    #[inline]
    fn is_in_shown(&self, text: &[u8]) -> bool {
        let mut forms = self.outer.iter();
        forms.any(|form| (form.has_time || !self.have_times) && form.is_in(text))
    }
}

/// What stands behind the prefix of a collector.
#[inline]
fn behind(collector: Option<Prefix>, line: &[u8]) -> &[u8] {
    &line[collector.map_or(0, |prefix| prefix.bytes(line))..]
}

#[inline]
fn head(line: &[u8]) -> &[u8] {
    &line[..line.len().min(HEADER_BYTES_MAX)]
}

/// The forms of headers that messages have.
fn inner_forms<'l>(messages: impl Iterator<Item = &'l [u8]>, has_level: bool) -> Vec<HeaderForm> {
    let heads: Vec<&[u8]> = messages.map(head).collect();
    let mut forms = forms_of(&heads);
    // A second level is rather the first word of a message.
    forms.retain(|form| form.has_time || !has_level);
    forms
}

/// The forms of headers that `lines` have.
fn forms_of(lines: &[&[u8]]) -> Vec<HeaderForm> {
    let mut forms = Vec::new();
    let mut left: Vec<&[u8]> = lines
        .iter()
        .copied()
        .filter(|line| !line.trim_ascii().is_empty())
        .collect();
    // What is indented belongs to the line above, unless all lines are.
    let indented = left.iter().filter(|line| is_indented(line)).count();
    if indented * 2 <= left.len() {
        left.retain(|line| !is_indented(line));
    }
    let all = left.len();
    while forms.len() < FORMS_MAX {
        let beginnings = LineStart::all_of(&left);
        let learned = beginnings.into_iter().find_map(|of_one| {
            let is_much = of_one.len() > 1 || all == 1;
            let form = is_much.then(|| learn::form_of(&of_one)).flatten()?;
            let with = left
                .iter()
                .filter(|line| form.header(line).is_some())
                .count();
            (with * 20 >= all).then_some(form)
        });
        let Some(form) = learned else { break };
        left.retain(|line| form.header(line).is_none());
        forms.push(form);
    }
    forms
}

fn is_indented(line: &[u8]) -> bool {
    matches!(line.first(), Some(b' ' | b'\t'))
}

/// The level that begins a line, whatever others begin with, and where the message begins behind
/// it: `ERROR: `, `[error] `.
#[inline]
fn level_alone(line: &[u8]) -> (Option<super::Level>, usize) {
    let open = usize::from(line.first() == Some(&b'['));
    let letters = line[open..]
        .iter()
        .take_while(|byte| byte.is_ascii_alphabetic());
    let end = open + letters.count();
    let close: &[u8] = if open == 1 { b"] " } else { b": " };
    let level = match line[end..].starts_with(close) {
        true => super::Level::of_word(&line[open..end]),
        false => None,
    };
    (level, level.map_or(0, |_| behind_blanks(line, end + 1)))
}

/// Where the level is that begins a line.
fn level_alone_place(line: &[u8]) -> std::ops::Range<usize> {
    let open = usize::from(line.first() == Some(&b'['));
    let letters = line[open..]
        .iter()
        .take_while(|byte| byte.is_ascii_alphabetic());
    open..open + letters.count()
}

/// Whether a time is in the bracket that begins `line`.
fn has_time_in(line: &[u8]) -> bool {
    let bracket = cell::cell_at(line, 0).map(|cell| cell.text(line));
    bracket.is_some_and(|bracket| HeaderTime::within(bracket).is_some())
}

/// How a line begins: lines that begin alike are looked at together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LineStart {
    Time,
    Level,
    /// A letter for a level.
    Letter,
    /// A bracket with a time in it.
    TimeIn(u8),
    Bracket(u8),
    /// So many cells, and then a time.
    TimeBehind(usize),
    /// So many cells, and then a bracket with a time in it.
    TimeInBehind(usize),
    Other,
}

impl LineStart {
    fn of(line: &[u8]) -> LineStart {
        let at = behind_blanks(line, 0);
        if HeaderTime::all().any(|time| time.end(line, at).is_some()) {
            return LineStart::Time;
        }
        let letters = line[at..]
            .iter()
            .take_while(|byte| byte.is_ascii_alphabetic())
            .count();
        let word = &line[at..at + letters];
        if super::Level::of_word(word).is_some() && !word.iter().any(u8::is_ascii_lowercase) {
            return LineStart::Level;
        }
        let next = line.get(at + letters);
        if super::Level::of_letters(word).is_some()
            && matches!(next, Some(b',' | b'/' | b'(' | b' ' | b'|'))
        {
            return LineStart::Letter;
        }
        match line.get(at) {
            Some(&open @ (b'[' | b'(' | b'<')) if has_time_in(&line[at..]) => {
                LineStart::TimeIn(open)
            }
            Some(&open @ (b'[' | b'(' | b'<')) => LineStart::Bracket(open),
            _ => LineStart::before_time(line, at).unwrap_or(LineStart::Other),
        }
    }

    /// How a line begins with a time behind a few cells from `at` on.
    fn before_time(line: &[u8], mut at: usize) -> Option<LineStart> {
        for cells in 1..=CELLS_BEFORE_TIME_MAX {
            at = behind_blanks(line, cell::cell_at(line, at)?.end);
            if HeaderTime::all().any(|time| time.end(line, at).is_some()) {
                return Some(LineStart::TimeBehind(cells));
            }
            if has_time_in(&line[at..]) {
                return Some(LineStart::TimeInBehind(cells));
            }
        }
        None
    }

    /// The lines of each beginning, the most frequent first.
    fn all_of<'l>(lines: &[&'l [u8]]) -> Vec<Vec<&'l [u8]>> {
        let mut found: Vec<(LineStart, Vec<&[u8]>)> = Vec::new();
        for line in lines {
            let beginning = LineStart::of(line);
            match found.iter_mut().find(|(other, _)| *other == beginning) {
                Some((_, lines)) => lines.push(line),
                None => found.push((beginning, vec![line])),
            }
        }
        found.sort_by_key(|(_, lines)| std::cmp::Reverse(lines.len()));
        found.into_iter().map(|(_, lines)| lines).collect()
    }
}

#[cfg(test)]
mod tests;
