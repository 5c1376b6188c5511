//! Columns of words: levels, numbers, names, and those that may be the first words of messages.

use super::{Cells, Learner, NAMES_MAX};
use crate::record::header::{
    cell::{CellKind, HeaderCell, WordKind, behind_blanks},
    form::{ColumnKind, LevelIn, Role},
};

impl Learner<'_> {
    /// Reads a column of words.
    pub(super) fn word(&mut self, cells: &Cells) -> bool {
        let is_dashes = |line: &[u8], cell: &HeaderCell| {
            cell.kind == CellKind::Mark && cell.text(line).iter().all(|&byte| byte == b'-')
        };
        let words = cells
            .iter()
            .flatten()
            .filter(|cell| cell.kind == CellKind::Word);
        let words = words.count();
        let pairs = self.at.iter().zip(cells);
        let dashes = pairs
            .filter(|((line, _), cell)| cell.is_some_and(|cell| is_dashes(line, &cell)))
            .count();
        let or_dashes = dashes > 0;
        let fitting = words + if or_dashes { dashes } else { 0 };
        if words == 0 || !self.are_most(fitting, 8) {
            return false;
        }
        let total = self.at.len();
        let kept = self.keep(cells, |cell| {
            cell.kind == CellKind::Word || or_dashes && cell.kind == CellKind::Mark
        });
        let kept: Vec<(Vec<u8>, HeaderCell, u8, bool)> = kept
            .into_iter()
            .map(|(line, cell)| {
                let next = match line.get(behind_blanks(line, cell.end)) {
                    Some(&byte @ (b':' | b'|' | b';')) => byte,
                    _ => line.get(cell.end).copied().unwrap_or(0),
                };
                let is_wide = line[cell.end..].starts_with(b"  ");
                (cell.text(line).to_vec(), cell, next, is_wide)
            })
            .collect();
        let texts: Vec<&[u8]> = kept.iter().map(|(text, ..)| &text[..]).collect();
        let seen = WordColumn::of(&texts);
        // `4711:M` is a process and what it is.
        let mut bound = self.at.iter().zip(&kept);
        let are_bound = bound.all(|((line, _), (text, cell, ..))| {
            matches!(text[..], [b'A'..=b'Z']) && line[..cell.start].ends_with(b":")
        });
        let marked = kept
            .iter()
            .filter(|(.., next, _)| !matches!(next, 0 | b' '))
            .count();
        let is_marked = self.are_most(marked, 8);
        let wide = kept.iter().filter(|(.., is_wide)| *is_wide).count();
        // A container runtime writes whether a line is full, F, or a part of one, P.
        let is_behind_stream =
            self.has_stream && seen.are(&texts, |text| matches!(text, b"F" | b"P"));
        let level = match is_behind_stream {
            true => None,
            false => self.level_of_words(&texts, is_marked, wide),
        };
        for ((_, at), (_, cell, ..)) in self.at.iter_mut().zip(&kept) {
            *at = cell.end;
        }
        self.push(ColumnKind::Word { or_dashes });
        let last = self.columns.len() - 1;
        if let Some(level) = level {
            self.columns[last].level = level;
            self.has_level = true;
            self.anchor();
            return true;
        }
        if seen.are(&texts, |text| matches!(text, b"stdout" | b"stderr")) && self.pending_plain == 0
        {
            self.has_stream = true;
            self.anchor();
            return true;
        }
        let is_clear = self.has_anchor() && self.pending_plain == 0;
        let is_column = wide * 10 >= total * 5 && total > 1 && self.has_anchor();
        let is_number = seen.numbers * 10 >= total * 9;
        let is_name = seen.identifiers * 10 >= total * 9 && total >= 3;
        let numbers = texts.iter().filter(|text| text[0].is_ascii_digit());
        self.last_are_numbers = numbers.count() * 10 >= total * 9;
        if last == 0 {
            self.first_are_names = is_name;
        }
        if is_number {
            self.columns[last].role = Role::Pid;
        }
        if is_behind_stream
            || is_clear && (is_number || is_name) && (!self.is_named || is_marked)
            || is_column && self.pending_plain == 0
            || or_dashes && is_clear && seen.identifiers * 10 >= (total - dashes) * 9
        {
            self.commit();
        } else if seen.is_plain(total) && !or_dashes && !are_bound {
            self.pending_plain += 1;
            if self.pending_plain > NAMES_MAX || self.is_named {
                return false;
            }
        }
        true
    }

    fn level_of_words(&self, texts: &[&[u8]], is_marked: bool, wide: usize) -> Option<LevelIn> {
        if self.has_level {
            return None;
        }
        let count = |level: LevelIn| texts.iter().filter(|text| level.of(text).is_some()).count();
        let are_capitals = texts
            .iter()
            .all(|text| text.iter().all(u8::is_ascii_uppercase));
        let is_first = !self.has_anchor();
        if self.are_most(count(LevelIn::Whole), 7) {
            let is_column = is_marked || wide > 0 || texts.len() > 1 && self.has_anchor();
            let is_level = match self.pending_plain {
                0 => are_capitals || is_marked || is_column && !is_first,
                1 => are_capitals,
                _ => false,
            };
            return is_level.then_some(LevelIn::Whole);
        }
        let are_letters = texts.iter().all(|text| LevelIn::Letter.of(text).is_some());
        if are_letters && self.pending_plain == 0 && (self.has_time || is_marked) {
            return Some(LevelIn::Letter);
        }
        if texts
            .iter()
            .all(|text| LevelIn::FirstLetter.of(text).is_some())
        {
            return Some(LevelIn::FirstLetter);
        }
        match is_marked && self.pending_plain == 0 {
            true => self.part_level(texts),
            false => None,
        }
    }
}

/// What the words of a column are.
struct WordColumn {
    numbers: usize,
    identifiers: usize,
    assigned: usize,
}

impl WordColumn {
    fn of(texts: &[&[u8]]) -> WordColumn {
        let count = |kind| {
            texts
                .iter()
                .filter(|text| WordKind::of(text) == kind)
                .count()
        };
        WordColumn {
            numbers: count(WordKind::Number),
            identifiers: count(WordKind::Number) + count(WordKind::Identifier),
            assigned: count(WordKind::Assigned),
        }
    }

    /// Whether they may be the first words of sentences.
    fn is_plain(&self, total: usize) -> bool {
        (self.identifiers + self.assigned) * 10 < total * 3
    }

    fn are(&self, texts: &[&[u8]], is_one: impl Fn(&[u8]) -> bool) -> bool {
        !texts.is_empty() && texts.iter().all(|text| is_one(text))
    }
}
