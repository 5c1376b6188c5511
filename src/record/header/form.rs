//! A header as columns, and how it is found in a line.

use std::ops::Range;

use super::{
    LineForms,
    cell::{CellKind, HeaderCell, behind_blanks, cell_at, name_end},
    stamp::{HeaderTime, letter_of},
};
use crate::record::Level;

/// What was recognised before the message of a line. All places are in the line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// The first date or time of day.
    pub time: Option<Range<usize>>,
    /// How grave the line says it is.
    pub level: Option<Level>,
    /// What says so.
    pub level_place: Option<Range<usize>>,
    /// The machine that wrote the line, as syslog has it.
    pub host: Option<Range<usize>>,
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
    /// Recognises the header of `line` by itself. That several lines of a log have is not known
    /// then, so the names of threads and the like may be taken for the beginning of the message.
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
        LineForms::learn([line].into_iter()).header(line)
    }

    /// Adds what the message says, which begins where this header ends.
    pub(crate) fn add(&mut self, inner: Header) {
        let by = self.message_at;
        let moved = |place: Range<usize>| place.start + by..place.end + by;
        self.message_at += inner.message_at;
        self.level = inner.level.or(self.level);
        self.level_place = inner.level_place.map(moved).or(self.level_place.take());
        self.host = self.host.take().or(inner.host.map(moved));
        self.pid = inner.pid.map(moved).or(self.pid.take());
        self.thread = inner.thread.map(moved).or(self.thread.take());
        self.component = inner.component.map(moved).or(self.component.take());
        self.time = self.time.take().or(inner.time.map(moved));
    }
}

/// Where a cell says how grave a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LevelIn {
    Nothing,
    /// All of it is the name of a level.
    Whole,
    /// All of it is a letter for a level, perhaps twice.
    Letter,
    /// The first letter, before a slash.
    FirstLetter,
    /// The last part of it that is the name of a level.
    Part,
    /// A priority of syslog.
    Priority,
}

/// What a column is to people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    None,
    Host,
    Pid,
    Thread,
    Component,
}

/// What the cells of a column have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ColumnKind {
    Time(HeaderTime),
    Bracket(u8),
    Word {
        /// Whether dashes stand for a value that is missing.
        or_dashes: bool,
    },
    Mark(Box<[u8]>),
    /// A mark that differs from line to line: `#` in one, `*` in the next.
    AnyMark,
    /// A name with its colon, and brackets between them: `kernel:`, `sshd(pam_unix)[19939]:`.
    Name,
}

/// So many bytes behind a cell tell that it ends there: `::` and a letter go on with a name.
#[cfg(feature = "templates")]
const AHEAD_BYTES: usize = 3;

/// A column of a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct HeaderColumn {
    pub(super) kind: ColumnKind,
    pub(super) level: LevelIn,
    pub(super) role: Role,
    /// Whether a line may be without it.
    pub(super) is_optional: bool,
    /// Whether the header may end behind it.
    pub(super) is_end: bool,
}

/// What the headers of a log have in common, or of some of its lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct HeaderForm {
    pub(super) columns: Box<[HeaderColumn]>,
    /// How many columns a line must have: up to the last time or level.
    pub(super) core: usize,
    /// How many columns show that a line has a header: up to the first time, or all of the core if
    /// there is no time.
    pub(super) first: usize,
    /// Whether lines begin with blanks.
    pub(super) is_indented: bool,
    /// Whether a time is among the columns. Without one the level must be there: any word may stand
    /// in its place otherwise.
    pub(super) has_time: bool,
}

/// The cells of the header of a line, with their columns.
#[cfg(feature = "templates")]
pub(super) struct HeaderCells<'f> {
    pub(super) cells: Vec<(&'f HeaderColumn, HeaderCell)>,
    /// The index of the first byte that does not matter for them, if it is no blank.
    pub(super) end: usize,
    /// The brackets of which none opens there.
    pub(super) missing: Vec<u8>,
}

impl HeaderForm {
    /// The columns in words, as in `time level [thread] component:`.
    #[cfg(feature = "digest")]
    pub(super) fn words(&self) -> String {
        let mut words = String::new();
        for column in &self.columns {
            let word = column.word();
            if !words.is_empty() && !matches!(word.as_bytes(), [b':' | b',' | b';', ..]) {
                words.push(' ');
            }
            words.push_str(&word);
        }
        words
    }

    /// The header of `line`, if it has one of this form.
    pub(super) fn header(&self, line: &[u8]) -> Option<Header> {
        self.told(line, self.core)
    }

    /// The header of `line`, if it begins like one of this form and goes on otherwise: what it has in
    /// common with the form.
    pub(super) fn begun(&self, line: &[u8]) -> Option<Header> {
        // Otherwise it would be a header of this form.
        let is_less = self.first < self.core;
        is_less.then(|| self.told(line, self.first)).flatten()
    }

    /// The header of `line`, if it has the first `least` columns.
    #[inline]
    fn told(&self, line: &[u8], least: usize) -> Option<Header> {
        let mut header = Header::default();
        let end = self.walk(line, least..self.columns.len(), |column, cell| {
            column.tell(line, cell, &mut header);
        })?;
        header.message_at = behind_blanks(line, end);
        Some(header)
    }

    /// Whether `line` begins with a header of this form. Only its first columns count: what stands
    /// behind the time may look otherwise than in the lines that were learned from.
    #[inline]
    pub(super) fn is_in(&self, line: &[u8]) -> bool {
        if let (1, ColumnKind::Time(HeaderTime::Shape(shape))) = (self.first, &self.columns[0].kind)
            && !self.is_indented
            && shape.is_plain(line, 0)
        {
            return true;
        }
        self.walk(line, self.first..self.first, |_, _| ()).is_some()
    }

    /// The cells of `line` in the columns of this form. `None` if more matters than the bytes up to
    /// the message.
    #[cfg(feature = "templates")]
    pub(super) fn cells(&self, line: &[u8]) -> Option<HeaderCells<'_>> {
        let mut cells = Vec::new();
        let mut at = 0;
        let mut missing = Vec::new();
        for (nth, column) in self.columns.iter().enumerate() {
            let start = match nth == 0 && !self.is_indented {
                true => 0,
                false => behind_blanks(line, at),
            };
            match column.cell(line, start) {
                Some(cell) => {
                    at = cell.end;
                    cells.push((column, cell));
                }
                None => {
                    let ColumnKind::Bracket(open) = column.kind else {
                        return None;
                    };
                    let is_plain = column.is_optional && line.get(start) != Some(&open);
                    is_plain.then_some(())?;
                    missing.push((start, open));
                }
            }
        }
        let (last, cell) = cells.last()?;
        let message_at = behind_blanks(line, at);
        let end = match (&last.kind, cell.kind) {
            // A zone or a year may follow, so what is behind a blank was looked at.
            (ColumnKind::Time(_), _) => return None,
            (_, CellKind::Bracket(_)) => message_at,
            _ if message_at > at => message_at,
            _ => at + AHEAD_BYTES,
        };
        // The other bytes are compared.
        let missing = missing.into_iter().filter(|&(start, _)| start == end);
        let missing = missing.map(|(_, open)| open).collect();
        (end < line.len()).then_some(HeaderCells {
            cells,
            end,
            missing,
        })
    }

    /// Whether every line that `longer` is the form of is in this form.
    #[cfg(feature = "templates")]
    pub(super) fn begins_like(&self, longer: &HeaderForm) -> bool {
        self.first <= longer.core
            && self.columns[..self.first] == longer.columns[..self.first]
            && self.is_indented == longer.is_indented
            && self.has_time == longer.has_time
    }

    /// Goes through the first columns, so many at least and at most, and returns the index behind
    /// the header.
    #[inline]
    fn walk(
        &self,
        line: &[u8],
        columns: Range<usize>,
        mut found: impl FnMut(&HeaderColumn, HeaderCell),
    ) -> Option<usize> {
        let mut at = 0;
        let mut end = 0;
        for (nth, column) in self.columns[..columns.end].iter().enumerate() {
            let start = match nth == 0 && !self.is_indented {
                true => 0,
                false => behind_blanks(line, at),
            };
            match column.cell(line, start) {
                Some(cell) if !self.has_time && column.is_unsaid(line, cell) => return None,
                Some(cell) => {
                    at = cell.end;
                    found(column, cell);
                    if column.is_end {
                        end = at;
                    }
                }
                None if column.is_optional => {}
                None if nth < columns.start => return None,
                None => break,
            }
        }
        Some(end)
    }
}

impl HeaderColumn {
    /// What stands in the column, in a word.
    #[cfg(feature = "digest")]
    fn word(&self) -> String {
        let what = match (self.level, self.role) {
            (LevelIn::Nothing, Role::Pid) => "pid",
            (LevelIn::Nothing, Role::Thread) => "thread",
            (LevelIn::Nothing, Role::Component) => "component",
            (LevelIn::Nothing, Role::Host) => "host",
            (LevelIn::Nothing, Role::None) => "word",
            _ => "level",
        };
        match (&self.kind, what) {
            (ColumnKind::Time(_), _) => "time".into(),
            (ColumnKind::Name, _) => "component:".into(),
            (ColumnKind::Mark(text), _) => String::from_utf8_lossy(text).into_owned(),
            (ColumnKind::AnyMark, _) => "mark".into(),
            (ColumnKind::Word { .. }, what) => what.into(),
            // A bracket that all lines have and that is nothing else holds a time.
            (ColumnKind::Bracket(open), what) => {
                let what = match (what, self.is_optional) {
                    ("word", true) => "context",
                    ("word", false) => "time",
                    (what, _) => what,
                };
                match open {
                    b'[' => format!("[{what}]"),
                    b'(' => format!("({what})"),
                    _ => format!("<{what}>"),
                }
            }
        }
    }

    /// The cell of this column that begins at `at`.
    #[inline]
    fn cell(&self, line: &[u8], at: usize) -> Option<HeaderCell> {
        match &self.kind {
            ColumnKind::Time(time) => {
                let end = time.end(line, at)?;
                Some(HeaderCell {
                    kind: CellKind::Word,
                    start: at,
                    end,
                })
            }
            ColumnKind::Mark(text) => {
                let end = at + text.len();
                let is_there = line.get(at..end) == Some(&text[..]);
                is_there.then_some(HeaderCell {
                    kind: CellKind::Mark,
                    start: at,
                    end,
                })
            }
            ColumnKind::AnyMark => cell_at(line, at).filter(|cell| cell.kind == CellKind::Mark),
            ColumnKind::Name => {
                let (end, _) = name_end(line, at)?;
                Some(HeaderCell {
                    kind: CellKind::Word,
                    start: at,
                    end,
                })
            }
            ColumnKind::Bracket(open) => {
                let is_there = line.get(at) == Some(open);
                let cell = is_there.then(|| cell_at(line, at)).flatten();
                cell.filter(|cell| cell.kind == CellKind::Bracket(*open))
            }
            ColumnKind::Word { or_dashes } => cell_at(line, at).filter(|cell| match cell.kind {
                CellKind::Word => true,
                CellKind::Mark => *or_dashes && line[at] == b'-',
                CellKind::Bracket(_) => false,
            }),
        }
    }

    /// Writes down what the cell of this column says.
    #[inline]
    fn tell(&self, line: &[u8], cell: HeaderCell, header: &mut Header) {
        if header.level.is_none() {
            header.level = self.level(line, cell);
            header.level_place = header.level.map(|_| self.level_place(line, cell));
        }
        if header.time.is_none() {
            header.time = match self.kind {
                ColumnKind::Time(_) => Some(cell.start..cell.end),
                _ => None,
            };
        }
        if self.kind == ColumnKind::Name {
            self.tell_name(line, cell, header);
            return;
        }
        let place = match self.role {
            Role::None => return,
            Role::Host => &mut header.host,
            Role::Pid => &mut header.pid,
            Role::Thread => &mut header.thread,
            Role::Component => &mut header.component,
        };
        if place.is_none() {
            *place = Some(inside(line, cell));
        }
    }

    /// Where a cell says how grave the line is.
    fn level_place(&self, line: &[u8], cell: HeaderCell) -> Range<usize> {
        match self.kind {
            // A letter before the time.
            ColumnKind::Time(_) => cell.start..cell.start + 1,
            _ => inside(line, cell),
        }
    }

    /// Writes down the name before a colon, and the number in its last bracket.
    fn tell_name(&self, line: &[u8], cell: HeaderCell, header: &mut Header) {
        let Some((end, last)) = name_end(line, cell.start) else {
            return;
        };
        let pid = last.filter(|cell| cell.inside(line).iter().all(u8::is_ascii_digit));
        if header.component.is_none() {
            let name_end = pid.map_or(end - 1, |pid| pid.start);
            header.component = Some(cell.start..name_end);
        }
        if let Some(pid) = pid {
            header.pid = Some(pid.start + 1..pid.end - 1);
        }
    }

    /// Whether its level should be there and is not.
    fn is_unsaid(&self, line: &[u8], cell: HeaderCell) -> bool {
        self.level != LevelIn::Nothing && self.level(line, cell).is_none()
    }

    fn level(&self, line: &[u8], cell: HeaderCell) -> Option<Level> {
        if let ColumnKind::Time(time) = self.kind {
            return letter_of(time, line, cell.start).and_then(Level::of_letter);
        }
        self.level.of(cell.inside(line))
    }
}

/// Where the text of a cell is, without brackets.
fn inside(line: &[u8], cell: HeaderCell) -> Range<usize> {
    let inside = cell.inside(line);
    let start = inside.as_ptr().addr() - line.as_ptr().addr();
    start..start + inside.len()
}

impl LevelIn {
    /// The level that the text of a cell says in this way.
    #[inline]
    pub(super) fn of(self, text: &[u8]) -> Option<Level> {
        match self {
            LevelIn::Nothing => None,
            LevelIn::Whole => match text {
                b"LOG" => Some(Level::Info),
                _ => Level::of_word(text),
            },
            LevelIn::Letter => match text {
                b"DB" => Some(Level::Debug),
                _ => Level::of_letters(text),
            },
            LevelIn::FirstLetter => match text {
                [letter, b'/', ..] => Level::of_letter(*letter),
                _ => None,
            },
            LevelIn::Part => {
                let mut parts = text.rsplit(|byte| !byte.is_ascii_alphabetic());
                parts.find_map(Level::of_word)
            }
            LevelIn::Priority => {
                let is_priority =
                    (1..=3).contains(&text.len()) && text.iter().all(u8::is_ascii_digit);
                let number = std::str::from_utf8(text).ok().filter(|_| is_priority)?;
                let number: usize = number.parse().ok().filter(|&number| number < 192)?;
                Level::of_severity(number % 8)
            }
        }
    }
}
