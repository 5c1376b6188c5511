//! The cells of a header: words, brackets and the marks between them.
//!
//! ```text
//! 2026-11-20 14:02:05 INFO [main thread] app.Disk(7): 5 % free
//! time                word bracket       word    | mark     a time is asked for before a cell
//!                                          bracket
//! ```
//! A bracket is one cell with all that is in it, blanks too: what it holds is one thing.

use crate::record::class::{self, CONTROL, DIGIT, DOT, JOIN, LETTER, PUNCT, SLASH};

/// A longer bracket is none.
const BRACKET_BYTES_MAX: usize = 256;

/// What a cell is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CellKind {
    /// What stands between brackets, by the one that opens it.
    Bracket(u8),
    Word,
    /// Punctuation: one or several of the same run.
    Mark,
}

/// A part of a line. Places are in the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct HeaderCell {
    pub(super) kind: CellKind,
    pub(super) start: usize,
    pub(super) end: usize,
}

impl HeaderCell {
    pub(super) fn text<'l>(&self, line: &'l [u8]) -> &'l [u8] {
        &line[self.start..self.end]
    }

    /// What is between the brackets, without blanks around it.
    pub(super) fn inside<'l>(&self, line: &'l [u8]) -> &'l [u8] {
        match self.kind {
            CellKind::Bracket(_) => line[self.start + 1..self.end - 1].trim_ascii(),
            CellKind::Word | CellKind::Mark => self.text(line),
        }
    }
}

/// The index of the next byte that is no blank.
#[inline]
pub(super) fn behind_blanks(line: &[u8], mut at: usize) -> usize {
    while line.get(at) == Some(&b' ') {
        at += 1;
    }
    at
}

/// The cell that begins at `at`; `None` at the end, and where only a message can begin: with a quote
/// or a JSON object.
#[inline]
pub(super) fn cell_at(line: &[u8], at: usize) -> Option<HeaderCell> {
    let cell = |kind, end| HeaderCell {
        kind,
        start: at,
        end,
    };
    let &first = line.get(at)?;
    match first {
        b'"' | b'{' => return None,
        b'[' | b'(' | b'<' => {
            return match bracket_end(line, at) {
                Some(end) => Some(cell(CellKind::Bracket(first), end)),
                None => Some(cell(CellKind::Mark, at + 1)),
            };
        }
        b'|' | b';' | b',' | b'\t' | b']' | b')' | b'>' => {
            return Some(cell(CellKind::Mark, at + 1));
        }
        b':' => return Some(cell(CellKind::Mark, run_end(line, at, |byte| byte == b':'))),
        _ => {}
    }
    let is_mark =
        |byte: u8| class::of(byte) & (PUNCT | JOIN | DOT | SLASH) != 0 && !ends_word(byte);
    let marks = run_end(line, at, is_mark);
    if marks > at && line.get(marks).is_none_or(|&byte| ends_word(byte)) {
        return Some(cell(CellKind::Mark, marks));
    }
    let mut end = at;
    while let Some(&byte) = line.get(end) {
        if byte == b':' {
            // app::net is one name.
            let is_path = line.get(end + 1) == Some(&b':')
                && end > at
                && line
                    .get(end + 2)
                    .is_some_and(|&b| class::of(b) & LETTER != 0);
            if !is_path {
                break;
            }
            end += 2;
        } else if ends_word(byte) {
            break;
        }
        end += 1;
    }
    (end > at).then(|| cell(CellKind::Word, end))
}

/// The index behind a name and its colon, with brackets between them, and where the last bracket
/// begins: `kernel:`, `sshd(pam_unix)[19939]:`.
#[inline]
pub(super) fn name_end(line: &[u8], at: usize) -> Option<(usize, Option<HeaderCell>)> {
    let word = cell_at(line, at).filter(|cell| cell.kind == CellKind::Word)?;
    let mut end = word.end;
    let mut last = None;
    while let Some(b'[' | b'(') = line.get(end) {
        let bracket = cell_at(line, end).filter(|cell| cell.kind != CellKind::Mark)?;
        end = bracket.end;
        last = Some(bracket);
    }
    let is_name = line.get(end) == Some(&b':') && line.get(end + 1).is_none_or(|&b| b == b' ');
    is_name.then_some((end + 1, last))
}

/// Whether a word ends before `byte`.
#[inline]
fn ends_word(byte: u8) -> bool {
    matches!(
        byte,
        b' ' | b'\t'
            | b'|'
            | b';'
            | b','
            | b':'
            | b'['
            | b']'
            | b'('
            | b')'
            | b'<'
            | b'>'
            | b'{'
            | b'"'
    ) || class::of(byte) & CONTROL != 0
}

fn run_end(line: &[u8], at: usize, is_part: impl Fn(u8) -> bool) -> usize {
    let parts = line[at..].iter().take_while(|&&byte| is_part(byte)).count();
    at + parts
}

/// The index behind the bracket that closes the one at `at`.
#[inline]
fn bracket_end(line: &[u8], at: usize) -> Option<usize> {
    let open = line[at];
    let close = match open {
        b'[' => b']',
        b'(' => b')',
        _ => b'>',
    };
    let most = line.len().min(at + BRACKET_BYTES_MAX);
    let mut depth = 0_usize;
    for (nth, &byte) in line[at..most].iter().enumerate() {
        if byte == close {
            depth -= 1;
            if depth == 0 {
                return Some(at + nth + 1);
            }
        } else if byte == open {
            depth += 1;
        }
    }
    None
}

/// What a word may be, by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WordKind {
    Number,
    /// No sentence has it: it has a digit, a mark inside, or is made of capitals.
    Identifier,
    /// A key with a value.
    Assigned,
    Plain,
}

impl WordKind {
    pub(super) fn of(word: &[u8]) -> WordKind {
        let seen = word.iter().fold(0, |seen, &byte| seen | class::of(byte));
        if seen == DIGIT {
            return WordKind::Number;
        }
        if word.contains(&b'=') {
            return WordKind::Assigned;
        }
        let is_capital = |byte: &u8| byte.is_ascii_uppercase() || *byte == b'_';
        let is_marked = |inner: &[u8]| {
            let is_inner = |&byte: &u8| {
                matches!(
                    byte,
                    b'.' | b'_' | b'-' | b'/' | b'$' | b'@' | b':' | b'#' | b'\\'
                )
            };
            inner.iter().any(is_inner)
        };
        let is_identifier = seen & DIGIT != 0
            || word.len() >= 2 && word.iter().all(is_capital)
            || matches!(word, [_, inner @ .., _] if is_marked(inner));
        match is_identifier {
            true => WordKind::Identifier,
            false => WordKind::Plain,
        }
    }
}
