//! Learns the columns of headers from lines.
//!
//! ```text
//! at the next cell of every line: what are most of them?
//!   a time, a level               an anchor: all columns so far are header
//!   a bracket, a mark, a number   header, if an anchor was before and no word of a sentence since
//!   a word                        pending: header if one of the above follows soon
//!   anything                      the message has begun
//! ```
//! A column is judged by what it does over all lines. A word that stands alone in one line may be
//! the name of a thread or the first word of a message; a column of which a third are names with
//! digits or marks in them is no column of first words.

mod words;

use super::{
    cell::{CellKind, HeaderCell, WordKind, behind_blanks, cell_at, name_end},
    form::{ColumnKind, HeaderColumn, HeaderForm, LevelIn, Role},
    stamp::HeaderTime,
};
use crate::record::Level;

/// A header has no more columns.
const COLUMNS_MAX: usize = 32;

/// So many columns may stand before it is known that they are header.
const PENDING_MAX: usize = 7;

/// Names that stand between a host and a colon, as in `Mar  9 08:00:00 web1 sshd:`.
const NAMES_MAX: usize = 2;

/// A name stands at most so many columns before what shows that it is one, with its mark.
const NAME_BACK_MAX: usize = 3;

/// Learns the form that most of `lines` have; `None` if they have none.
pub(super) fn form_of(lines: &[&[u8]]) -> Option<HeaderForm> {
    let is_indented = lines.iter().all(|line| line.first() == Some(&b' '));
    let mut learner = Learner {
        at: lines.iter().map(|&line| (line, 0)).collect(),
        is_indented,
        columns: Vec::new(),
        core: 0,
        first: 0,
        core_lines: 0,
        has_time: false,
        has_level: false,
        has_component: false,
        has_stream: false,
        first_are_names: false,
        last_are_numbers: false,
        is_named: false,
        pending: 0,
        pending_plain: 0,
    };
    while learner.columns.len() < COLUMNS_MAX && learner.pending <= PENDING_MAX && learner.step() {}
    learner.finish(lines.len())
}

/// What is known so far.
struct Learner<'l> {
    /// The lines that have all columns so far, and where each goes on.
    at: Vec<(&'l [u8], usize)>,
    is_indented: bool,
    columns: Vec<HeaderColumn>,
    core: usize,
    /// How many columns there are up to the first time; 0 before one is found.
    first: usize,
    /// How many lines have the core.
    core_lines: usize,
    has_time: bool,
    has_level: bool,
    has_component: bool,
    /// Whether a column says `stdout` or `stderr`.
    has_stream: bool,
    /// Whether the words of the first column are names with digits or marks.
    first_are_names: bool,
    /// Whether the words of the last column of words begin with digits.
    last_are_numbers: bool,
    /// Whether a name with its colon was the last column but for anchors, so that only these, and
    /// what is bound to a mark, can still be header.
    is_named: bool,
    /// Columns since the last that is known to be header.
    pending: usize,
    /// How many of these are words as sentences have them.
    pending_plain: usize,
}

/// The next cells of all lines.
type Cells = [Option<HeaderCell>];

impl<'l> Learner<'l> {
    fn finish(mut self, lines: usize) -> Option<HeaderForm> {
        let least = match self.has_time {
            true => lines.min(2),
            false => lines.div_ceil(2),
        };
        if self.core == 0 || self.core_lines < least {
            return None;
        }
        let columns = self.columns.iter().rposition(|column| column.is_end)? + 1;
        self.columns.truncate(columns);
        self.name_host();
        Some(HeaderForm {
            columns: self.columns.into(),
            core: self.core,
            first: match self.first {
                0 => self.core,
                first => first,
            },
            is_indented: self.is_indented,
            has_time: self.has_time,
        })
    }

    /// Tells the column of the host, as syslog has it: behind the time, and before the name of the
    /// program or behind a priority.
    fn name_host(&mut self) {
        let is_time = |column: &HeaderColumn| matches!(column.kind, ColumnKind::Time(_));
        let Some(time) = self.columns.iter().position(is_time) else {
            return;
        };
        let has_priority = self
            .columns
            .iter()
            .any(|column| column.level == LevelIn::Priority);
        let next = self.columns.get(time + 2);
        let is_syslog = has_priority || next.is_some_and(|next| next.kind == ColumnKind::Name);
        if let Some(host) = self.columns.get_mut(time + 1)
            && is_syslog
            && matches!(host.kind, ColumnKind::Word { .. })
            && (host.level, host.role) == (LevelIn::Nothing, Role::None)
        {
            host.role = Role::Host;
        }
    }

    fn has_anchor(&self) -> bool {
        self.core > 0
    }

    /// Whether `count` lines are at least so many of ten.
    fn are_most(&self, count: usize, of_ten: usize) -> bool {
        count > 0 && count * 10 >= self.at.len() * of_ten
    }

    /// Reads one more column; `false` if the message has begun.
    fn step(&mut self) -> bool {
        let is_first = self.columns.is_empty() && !self.is_indented;
        for (line, at) in &mut self.at {
            if !is_first {
                *at = behind_blanks(line, *at);
            }
        }
        if self.at.is_empty() {
            return false;
        }
        if self.time() {
            return true;
        }
        let cells: Vec<Option<HeaderCell>> = self
            .at
            .iter()
            .map(|&(line, at)| cell_at(line, at))
            .collect();
        self.name(&cells)
            || self.optional_bracket(&cells)
            || self.mark(&cells)
            || self.bracket(&cells)
            || self.word(&cells)
    }

    fn push(&mut self, kind: ColumnKind) -> &mut HeaderColumn {
        self.columns.push(HeaderColumn {
            kind,
            level: LevelIn::Nothing,
            role: Role::None,
            is_optional: false,
            is_end: false,
        });
        self.pending += 1;
        self.columns.last_mut().expect("one was pushed")
    }

    /// All columns so far are header.
    fn commit(&mut self) {
        self.pending = 0;
        self.pending_plain = 0;
        if let Some(last) = self.columns.last_mut() {
            last.is_end = true;
        }
    }

    /// The same, and a line without them has no such header.
    fn anchor(&mut self) {
        self.commit();
        self.core = self.columns.len();
        self.core_lines = self.at.len();
        if self.has_time && self.first == 0 {
            self.first = self.core;
        }
    }

    /// Where the cell of each line ends, for those of which `end` says it.
    fn ends(
        &self,
        cells: &Cells,
        end: impl Fn(&[u8], HeaderCell) -> Option<usize>,
    ) -> Vec<Option<usize>> {
        let lines = self.at.iter().zip(cells);
        lines
            .map(|((line, _), cell)| cell.and_then(|cell| end(line, cell)))
            .collect()
    }

    /// Moves the lines behind their cells; those without one go on if the column is optional.
    fn advance(&mut self, ends: &[Option<usize>], is_optional: bool) {
        let mut nth = 0;
        self.at.retain_mut(|(_, at)| {
            let end = ends[nth];
            nth += 1;
            if let Some(end) = end {
                *at = end;
            }
            end.is_some() || is_optional
        });
    }

    fn time(&mut self) -> bool {
        if self.pending_plain > 0 {
            return false;
        }
        let mut best: Option<(usize, HeaderTime, Vec<Option<usize>>)> = None;
        for time in HeaderTime::all() {
            let ends: Vec<Option<usize>> = self
                .at
                .iter()
                .map(|&(line, at)| time.end(line, at))
                .collect();
            let count = ends.iter().flatten().count();
            if count > best.as_ref().map_or(0, |best| best.0) {
                best = Some((count, time, ends));
            }
        }
        let Some((count, time, ends)) = best else {
            return false;
        };
        if !self.are_most(count, 6) {
            return false;
        }
        self.push(ColumnKind::Time(time));
        self.advance(&ends, false);
        self.has_time = true;
        self.anchor();
        true
    }

    /// A bracket that some lines have and others have not.
    fn optional_bracket(&mut self, cells: &Cells) -> bool {
        if !self.has_anchor() || self.pending > 0 {
            return false;
        }
        for open in *b"[(<" {
            let of = |cell: &Option<HeaderCell>| {
                cell.filter(|cell| cell.kind == CellKind::Bracket(open))
            };
            let count = cells.iter().filter_map(of).count();
            let is_some = self.are_most(count, 1) && !self.are_most(count, 9) && count > 1;
            let header = self.at.iter().zip(cells).filter(|((line, _), cell)| {
                of(cell).is_some_and(|cell| is_context(cell.inside(line)))
            });
            if is_some && header.count() * 10 >= count * 8 {
                let ends: Vec<Option<usize>> = cells
                    .iter()
                    .map(|cell| of(cell).map(|cell| cell.end))
                    .collect();
                self.push(ColumnKind::Bracket(open)).is_optional = true;
                self.advance(&ends, true);
                self.commit();
                return true;
            }
        }
        false
    }

    fn bracket(&mut self, cells: &Cells) -> bool {
        let most = *b"[(<";
        let counted = most.map(|open| {
            let is_same = |cell: &&HeaderCell| cell.kind == CellKind::Bracket(open);
            (cells.iter().flatten().filter(is_same).count(), open)
        });
        let Some((count, open)) = counted.into_iter().max() else {
            return false;
        };
        if !self.are_most(count, 8) {
            return false;
        }
        let is_attached = self.are_attached(cells);
        let kept = self.keep(cells, |cell| cell.kind == CellKind::Bracket(open));
        let texts: Vec<&[u8]> = kept.iter().map(|(line, cell)| cell.inside(line)).collect();
        let brackets = kept.iter().map(|(line, cell)| cell.text(line));
        let times = brackets
            .clone()
            .filter(|text| HeaderTime::within(text).is_some())
            .count();
        let has_time = self.pending_plain == 0 && self.are_most(times, 8);
        let level = self.level_in_bracket(&texts, open);
        let are_numbers = texts
            .iter()
            .all(|text| WordKind::of(text) == WordKind::Number);
        let is_context = self.are_most(texts.iter().filter(|text| is_context(text)).count(), 5);
        let ends: Vec<usize> = kept.iter().map(|(_, cell)| cell.end).collect();
        for ((_, at), end) in self.at.iter_mut().zip(ends) {
            *at = end;
        }
        let has_level = self.has_level;
        let column = self.push(ColumnKind::Bracket(open));
        if let Some(level) = level.filter(|_| !has_level) {
            column.level = level;
            self.has_level = true;
        } else if !has_time {
            column.role = match are_numbers {
                true => Role::Pid,
                false => Role::Thread,
            };
        }
        self.has_time |= has_time;
        if has_time || level.is_some() && !has_level {
            self.anchor();
        } else if self.has_anchor()
            && (self.pending_plain == 0 || self.pending_plain == 1 && is_attached)
            && (is_context || self.at.len() > 1)
        {
            self.commit();
        }
        true
    }

    fn level_in_bracket(&self, texts: &[&[u8]], open: u8) -> Option<LevelIn> {
        let count = |level: LevelIn| texts.iter().filter(|text| level.of(text).is_some()).count();
        if open == b'<' && self.columns.is_empty() && self.are_most(count(LevelIn::Priority), 9) {
            return Some(LevelIn::Priority);
        }
        if self.pending_plain > 1 {
            return None;
        }
        if self.are_most(count(LevelIn::Whole), 8) {
            return Some(LevelIn::Whole);
        }
        let are_short = texts.iter().all(|text| LevelIn::Letter.of(text).is_some());
        if are_short && (self.has_anchor() || texts.len() > 1) {
            return Some(LevelIn::Letter);
        }
        self.part_level(texts)
    }

    /// Whether a part of each text is the name of a level.
    fn part_level(&self, texts: &[&[u8]]) -> Option<LevelIn> {
        let part = |text: &[u8]| {
            let mut parts = text.rsplit(|byte| !byte.is_ascii_alphabetic());
            parts
                .find(|part| Level::of_word(part).is_some())
                .map(<[u8]>::to_vec)
        };
        let mut found: Vec<Vec<u8>> = texts
            .iter()
            .filter(|text| !text.contains(&b'='))
            .filter_map(|text| part(text))
            .collect();
        let is_most = self.are_most(found.len(), 8);
        let are_capitals = found
            .iter()
            .all(|part| part.iter().all(u8::is_ascii_uppercase));
        found.sort_unstable();
        found.dedup();
        (is_most && (are_capitals || found.len() > 1)).then_some(LevelIn::Part)
    }

    fn mark(&mut self, cells: &Cells) -> bool {
        let mut counted: Vec<(&[u8], usize)> = Vec::new();
        for ((line, _), cell) in self.at.iter().zip(cells) {
            let Some(cell) = cell.filter(|cell| cell.kind == CellKind::Mark) else {
                continue;
            };
            let text = cell.text(line);
            match counted.iter_mut().find(|(other, _)| *other == text) {
                Some((_, count)) => *count += 1,
                None => counted.push((text, 1)),
            }
        }
        let Some(&(text, count)) = counted.iter().max_by_key(|(_, count)| *count) else {
            return false;
        };
        let text: Box<[u8]> = text.into();
        if !self.are_most(count, 8) {
            return self.any_mark(cells) || self.optional_word(cells, &text, count);
        }
        let is_separator = text.iter().all(|byte| b"-:|;,\t>])<#=".contains(byte));
        if !is_separator && self.has_anchor() && self.pending > 0 {
            return false;
        }
        let is_attached = self.are_attached(cells);
        let is_colon = text[0] == b':';
        let is_upright = text[..] == *b"|";
        let is_bar = matches!(&text[..], b"|" | b";" | b"," | b"\t");
        let ends = self.ends(cells, |line, cell| {
            (cell.text(line) == &text[..]).then_some(cell.end)
        });
        let is_optional = self.has_anchor() && count < cells.len();
        let word = self
            .columns
            .last()
            .map(|column| (column.kind.clone(), column.is_end));
        self.push(ColumnKind::Mark(text)).is_optional = is_optional;
        self.advance(&ends, is_optional);
        let most = match is_colon && is_attached {
            true if self.at.len() == 1 && !matches!(word, Some((ColumnKind::Bracket(_), _))) => 1,
            true => NAMES_MAX,
            false => 1,
        };
        if !self.has_anchor() {
            if is_colon || is_bar {
                self.pending_plain = 0;
            }
            // Docker Compose: `web-1  | text`.
            let is_compose = self.columns.len() == 2 && is_upright && self.at.len() > 2;
            if is_compose && self.first_are_names {
                self.anchor();
            }
            return true;
        }
        let is_spaced = self.are_spaced();
        let is_second = self.pending_plain > 0 && (self.has_component || self.is_named);
        if self.pending_plain <= most && !is_second {
            if is_colon || is_bar || self.pending_plain == 0 {
                self.name_component();
            }
            self.is_named |= is_colon && is_attached && is_spaced && !self.last_are_numbers;
            self.commit();
        }
        true
    }

    /// A mark that says what kind of line it is: `#` in one, `*` in the next.
    fn any_mark(&mut self, cells: &Cells) -> bool {
        if !self.has_anchor() || self.pending > 0 {
            return false;
        }
        let ends = self.ends(cells, |line, cell| {
            let is_alone = cell.kind == CellKind::Mark
                && cell.end == cell.start + 1
                && line[..cell.start].ends_with(b" ")
                && line.get(cell.end) == Some(&b' ');
            is_alone.then_some(cell.end)
        });
        if !self.are_most(ends.iter().flatten().count(), 9) {
            return false;
        }
        self.push(ColumnKind::AnyMark);
        self.advance(&ends, false);
        self.commit();
        true
    }

    /// Whether most lines go on with a blank.
    fn are_spaced(&self) -> bool {
        let is_spaced = |(line, at): &&(&[u8], usize)| line.get(*at) == Some(&b' ');
        self.are_most(self.at.iter().filter(is_spaced).count(), 8)
    }

    /// A name with its colon, behind the name of a host if there is one.
    fn name(&mut self, cells: &Cells) -> bool {
        if !self.has_anchor() || self.is_named || self.pending_plain > 1 || self.at.len() < 3 {
            return false;
        }
        let ends: Vec<Option<usize>> = self
            .at
            .iter()
            .zip(cells)
            .map(|(&(line, at), cell)| {
                let word = cell.filter(|cell| cell.kind == CellKind::Word)?.text(line);
                let is_level = !self.has_level && Level::of_word(word).is_some();
                let name = name_end(line, at).filter(|_| !is_level)?;
                Some(name.0)
            })
            .collect();
        let brackets = self.at.iter().zip(cells).filter(|((line, _), cell)| {
            cell.is_some_and(|cell| matches!(line.get(cell.end), Some(b'[' | b'(')))
        });
        let are_letters = self.at.iter().zip(cells).all(|((line, _), cell)| {
            cell.is_some_and(|cell| LevelIn::FirstLetter.of(cell.text(line)).is_some())
        });
        if are_letters && !self.has_level {
            return false;
        }
        // What has no brackets anywhere is read cell by cell.
        if brackets.count() == 0 || !self.are_most(ends.iter().flatten().count(), 8) {
            return false;
        }
        self.push(ColumnKind::Name);
        self.advance(&ends, false);
        self.has_component = true;
        self.is_named = true;
        self.commit();
        true
    }

    /// The last word before a mark is what wrote the line, if it is no number.
    fn name_component(&mut self) {
        if self.has_component {
            return;
        }
        let from = self
            .columns
            .len()
            .saturating_sub(self.pending.max(NAME_BACK_MAX));
        let word = self.columns[from..].iter_mut().rev().find(|column| {
            matches!(column.kind, ColumnKind::Word { .. })
                && column.role == Role::None
                && column.level == LevelIn::Nothing
        });
        if let Some(word) = word {
            word.role = Role::Component;
            self.has_component = true;
        }
    }

    /// A word that some lines have before a mark that follows in all: `app *64 - ` and `app - `.
    fn optional_word(&mut self, cells: &Cells, mark: &[u8], marks: usize) -> bool {
        if !self.has_anchor() || !self.are_most(marks, 2) || cells.len() < 4 {
            return false;
        }
        let ends = self.ends(cells, |line, cell| {
            let is_word = cell.kind == CellKind::Word;
            let next = behind_blanks(line, cell.end);
            (is_word && line[next..].starts_with(mark)).then_some(cell.end)
        });
        if !self.are_most(ends.iter().flatten().count() + marks, 9) {
            return false;
        }
        let column = self.push(ColumnKind::Word { or_dashes: false });
        column.is_optional = true;
        self.advance(&ends, true);
        true
    }

    /// Whether most cells stand right behind the cell before.
    fn are_attached(&self, cells: &Cells) -> bool {
        let is_attached = |((line, _), cell): &(&(&[u8], usize), &Option<HeaderCell>)| {
            cell.is_some_and(|cell| cell.start > 0 && !matches!(line[cell.start - 1], b' ' | b'\t'))
        };
        let attached = self.at.iter().zip(cells).filter(is_attached).count();
        self.are_most(attached, 8)
    }

    /// Drops the lines whose cell is another, and returns the cells of the others.
    fn keep(
        &mut self,
        cells: &Cells,
        is_kept: impl Fn(&HeaderCell) -> bool,
    ) -> Vec<(&'l [u8], HeaderCell)> {
        let kept: Vec<Option<HeaderCell>> = cells
            .iter()
            .map(|cell| cell.filter(|cell| is_kept(cell)))
            .collect();
        let mut nth = 0;
        self.at.retain(|_| {
            nth += 1;
            kept[nth - 1].is_some()
        });
        let lines: Vec<&'l [u8]> = self.at.iter().map(|&(line, _)| line).collect();
        lines.into_iter().zip(kept.into_iter().flatten()).collect()
    }
}

/// Whether a bracket holds what a header has, and no sentence.
fn is_context(inside: &[u8]) -> bool {
    let words = inside
        .split(|&byte| byte == b' ')
        .filter(|word| !word.is_empty());
    let plain = words
        .filter(|word| WordKind::of(word) == WordKind::Plain)
        .count();
    plain <= 2
}
