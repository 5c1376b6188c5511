//! How the times of a log are written, and all times that a line may have.

use std::ops::Range;

use super::{
    basis::Completer,
    clock::Comma,
    cursor::Cursor,
    date,
    format::TimeFormat,
    moment::Moment,
    names,
    place::TimePlace,
    shape::{SaidTime, TimeShape, TimeText, WrittenDate},
};
use crate::record::journal;

/// How the times of a log are written.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Writing {
    Shape(TimeShape),
    Format(TimeFormat),
    /// As in the cursor of an entry of a journal.
    Cursor,
}

/// Where the times of some lines of a log are, and how they are written.
#[derive(Clone, Debug)]
pub(super) struct TimeForm {
    pub(super) place: TimePlace,
    pub(super) writing: Writing,
    pub(super) comma: Comma,
    /// The last date that was read, with what separates it from the time of day; empty for times
    /// without a date. Most lines have the date of the one before.
    date_text: Vec<u8>,
    date: Option<WrittenDate>,
}

/// A date with more bytes is not remembered.
const DATE_BYTES_MAX: usize = 48;

/// A time in a line.
#[derive(Clone, Copy, Debug)]
pub(super) struct TimeInLine {
    pub(super) at: usize,
    pub(super) shape: TimeShape,
    pub(super) text: TimeText,
}

/// So much of a line is searched for times while a log's are learned.
const LEARNED_BYTES_MAX: usize = 4096;

/// The same for a time that a format describes, which takes longer.
const FORMATTED_BYTES_MAX: usize = 512;

/// So many times of a line are looked at.
const TIMES_MAX: usize = 8;

impl Writing {
    pub(super) fn read(&self, line: &[u8], at: usize, comma: Comma) -> Option<TimeText> {
        match self {
            Writing::Shape(shape) => shape.read(line, at, comma),
            Writing::Format(format) => format.read(line, at),
            Writing::Cursor => {
                let (moment, end) = journal::time(line, at)?;
                Some(TimeText {
                    said: SaidTime::Absolute(moment),
                    clock_at: at,
                    end,
                })
            }
        }
    }

    pub(super) fn shape(&self) -> Option<TimeShape> {
        match self {
            Writing::Shape(shape) => Some(*shape),
            Writing::Format(_) | Writing::Cursor => None,
        }
    }
}

impl TimeForm {
    pub(super) fn new(place: TimePlace, writing: Writing) -> TimeForm {
        TimeForm {
            place,
            writing,
            comma: Comma::Fraction,
            date_text: Vec::new(),
            date: None,
        }
    }

    /// The same place, with times of another shape.
    pub(super) fn written_as(&self, shape: TimeShape) -> TimeForm {
        TimeForm {
            comma: self.comma,
            ..TimeForm::new(self.place.clone(), Writing::Shape(shape))
        }
    }

    /// The time of `line`, and which bytes it takes.
    #[inline]
    pub(super) fn time(
        &mut self,
        line: &[u8],
        completer: &mut Completer,
    ) -> Option<(Moment, Range<usize>)> {
        let at = self.place.find(line)?;
        // Written twice, so that what is read stays in registers where the date is known.
        if let Some(text) = self.behind_known_date(line, at) {
            return Some((completer.moment(text.said, line)?, at..text.end));
        }
        let text = self.read_afresh(line, at)?;
        Some((completer.moment_of_other(text.said, line)?, at..text.end))
    }

    /// What `line` says at `at`.
    pub(super) fn read(&mut self, line: &[u8], at: usize) -> Option<TimeText> {
        self.behind_known_date(line, at)
            .or_else(|| self.read_afresh(line, at))
    }

    #[inline]
    fn behind_known_date(&self, line: &[u8], at: usize) -> Option<TimeText> {
        let date = self.date.as_ref()?;
        let Writing::Shape(shape) = self.writing else {
            return None;
        };
        let text = &line[at..];
        let is_known = match shape {
            // The letter of the level is no part of the date.
            TimeShape::Glog => {
                let (level, rest) = text.split_first()?;
                date::is_glog_level(*level) && rest.starts_with(&self.date_text)
            }
            // Times without a date have no text of one. To compare nothing with it takes 80 ns on
            // an x86-64 with AVX-512, whose memcmp then loads from where no memory is.
            _ => self.date_text.is_empty() || text.starts_with(&self.date_text),
        };
        if !is_known {
            return None;
        }
        shape.behind_date(Cursor::new(line, at + date.bytes), date, self.comma)
    }

    #[inline(never)]
    fn read_afresh(&mut self, line: &[u8], at: usize) -> Option<TimeText> {
        let shape = match &self.writing {
            Writing::Shape(shape) => *shape,
            Writing::Format(_) | Writing::Cursor => {
                return self.writing.read(line, at, self.comma);
            }
        };
        if matches!(shape, TimeShape::Epoch | TimeShape::Uptime) {
            return shape.read(line, at, self.comma);
        }
        let date = shape.date_at(line, at)?;
        let clock_at = at + date.bytes;
        let found = shape.behind_date(Cursor::new(line, clock_at), &date, self.comma)?;
        let text = &line[at + usize::from(shape == TimeShape::Glog)..clock_at];
        // Digits that go on are part of what was looked at.
        let is_whole = text.last().is_none_or(|byte| !byte.is_ascii_digit());
        if is_whole && text.len() <= DATE_BYTES_MAX {
            self.date_text.clear();
            self.date_text.extend_from_slice(text);
            self.date = Some(date);
        }
        Some(found)
    }
}

/// The times that begin in a line, in each order of their numbers in which they are times.
pub(super) fn times_in(line: &[u8]) -> Vec<TimeInLine> {
    let head = &line[..line.len().min(LEARNED_BYTES_MAX)];
    let mut found: Vec<TimeInLine> = Vec::new();
    let mut at = 0;
    while at < head.len() && found.len() < TIMES_MAX {
        let end = match may_begin(head, at) {
            true => times_at(head, at, &mut found),
            false => None,
        };
        at = end.unwrap_or(at + 1);
    }
    found
}

/// Whether a word begins at `at`.
fn may_begin(line: &[u8], at: usize) -> bool {
    let before = at.checked_sub(1).map_or(0, |before| line[before]);
    let is_inside = before.is_ascii_alphanumeric() || matches!(before, b'.' | b'+' | b'-' | b'/');
    let first = line[at];
    (!is_inside || is_behind_colour(&line[..at]))
        && (first.is_ascii_alphanumeric() || (before == b'[' && first == b' '))
}

/// Whether `head` ends with an escape sequence that sets a colour: `ESC [ 2 m`.
fn is_behind_colour(head: &[u8]) -> bool {
    let Some(sequence) = head.strip_suffix(b"m") else {
        return false;
    };
    let is_number = |byte: &u8| byte.is_ascii_digit() || *byte == b';';
    let numbers = sequence.iter().rev().take_while(|byte| is_number(byte));
    sequence[..sequence.len() - numbers.count()].ends_with(b"\x1b[")
}

/// Adds the times that begin at `at`, and says where they end.
fn times_at(line: &[u8], at: usize, found: &mut Vec<TimeInLine>) -> Option<usize> {
    let mut first: Option<(TimeShape, usize)> = None;
    for shape in TimeShape::ALL {
        let is_other_order = |known: TimeShape| {
            let order = shape.order();
            order.is_some_and(|order| known.in_order(order) == Some(shape))
        };
        if first.is_some_and(|(known, _)| !is_other_order(known)) {
            continue;
        }
        if shape == TimeShape::ClockAlone && has_date_before(&line[..at]) {
            continue;
        }
        if let Some(text) = shape.read(line, at, Comma::Fraction) {
            first.get_or_insert((shape, text.end));
            found.push(TimeInLine { at, shape, text });
        }
    }
    first.map(|(_, end)| end)
}

/// Whether a number and a colon, or what looks like a date, stand before a time of day: then the
/// date is one that is not known, or none at all, and the time is not one by itself.
fn has_date_before(head: &[u8]) -> bool {
    const WORDS: usize = 3;
    let words = head.rsplit(|byte| byte.is_ascii_whitespace());
    let mut words = words.filter(|word| !word.is_empty()).take(WORDS);
    let is_date = |word: &[u8]| {
        let number = word.strip_prefix(b"[").unwrap_or(word);
        let is_glog = matches!(number.first(), Some(b'I' | b'W' | b'E' | b'F'));
        let number = &number[usize::from(is_glog)..];
        let digits = number.iter().filter(|byte| byte.is_ascii_digit()).count();
        let marks = number.iter().filter(|byte| b"-/.".contains(byte)).count();
        match number.len() - digits {
            0 => matches!(digits, 6 | 8) || (is_glog && digits == 4),
            _ => (3..=8).contains(&digits) && marks == 2 || names::month(word).is_some(),
        }
    };
    head.ends_with(b":") || words.any(is_date)
}

/// The places at which a time may begin that a format describes.
pub(super) fn formatted_times_in(line: &[u8], format: &TimeFormat) -> Vec<usize> {
    let head = &line[..line.len().min(FORMATTED_BYTES_MAX)];
    let begins = |at: &usize| {
        let before = at.checked_sub(1).map_or(0, |before| head[before]);
        !(before.is_ascii_alphanumeric() && head[*at].is_ascii_alphanumeric())
    };
    let starts = (0..head.len()).filter(begins);
    starts
        .filter(|&at| format.read(head, at).is_some())
        .take(TIMES_MAX)
        .collect()
}

/// How many digits stand behind a comma behind a time's seconds, if a comma does.
pub(super) fn digits_behind_comma(line: &[u8], writing: &Writing, at: usize) -> Option<usize> {
    let text = writing.read(line, at, Comma::Field)?;
    let mut cursor = Cursor::new(line, text.end);
    if !cursor.eat(b',') {
        return None;
    }
    let digits = cursor.digits();
    (digits > 0).then_some(digits)
}
