//! The entries of a journal: each counts once, under the template of its message.

use super::{CountedAs, CountedKind, MiningWorker, is_blank, table::Side};
use crate::{
    line::Line,
    record::{self, EntryReader, LineForms, RecordStart},
    scan::Records,
};

/// An entry of a journal.
#[derive(Debug, Default)]
pub(super) struct MinedEntry {
    reader: EntryReader,
    /// The first line of its message, and the number of that line.
    message: Option<(Vec<u8>, u64)>,
    /// Its other lines that are not blank, as long as it has not been counted.
    other_lines: u64,
    /// Whether its lines count, when it has been counted.
    counts: Option<bool>,
}

impl MiningWorker {
    /// Counts a line of an entry of a journal, or all of its lines. The entry counts as soon as its
    /// message and its level are known, or else at its end.
    pub(super) fn count_in_journal(
        &mut self,
        line: &Line<'_>,
        line_number: Option<u64>,
    ) -> Option<CountedKind> {
        let first = line_number.unwrap_or(self.part.counts.lines + 1);
        self.part.counts.lines += line.lines();
        let all = match self.starts {
            Some(_) => None,
            None => Some(line.haystack),
        };
        let mut kind = None;
        for (number, text) in (first..).zip(line.haystack.split(|&byte| byte == b'\n')) {
            if record::begins_entry(text) {
                self.end_entry(all);
            }
            let entry = self.entry.as_mut()?;
            match (entry.reader.message(text), entry.counts) {
                (Some(message), _) => entry.message = Some((message.to_vec(), number)),
                (None, None) => entry.other_lines += u64::from(!is_blank(text)),
                (None, Some(counts)) => {
                    self.part.counts.continued += u64::from(counts && !is_blank(text));
                }
            }
            if entry.reader.level().is_some() {
                kind = kind.or(self.count_entry(all));
            }
        }
        if all.is_some() {
            kind = kind.or(self.count_entry(all));
        }
        kind
    }

    /// Counts the entry in hand if it was not counted, and is ready for the next one. One without a
    /// message is of no kind.
    pub(super) fn end_entry(&mut self, all: Option<&[u8]>) {
        self.count_entry(all);
        self.entry = self.entry.as_ref().map(|_| MinedEntry::default());
    }

    /// Counts the entry in hand once. It is all of these bytes if it is searched.
    fn count_entry(&mut self, all: Option<&[u8]>) -> Option<CountedKind> {
        let entry = self.entry.as_mut()?;
        let (message, number) = entry.message.take()?;
        let (level, other_lines) = (entry.reader.level(), entry.other_lines);
        let all = all.unwrap_or(&message);
        let counted = self.count_unit(&message, all, number, level);
        let kind = match counted {
            CountedAs::Kind(kind) => Some(kind),
            CountedAs::Blank | CountedAs::Continues => None,
        };
        let counts = kind.is_some_and(|kind| kind.is_wanted) && self.side == Side::Log;
        self.part.counts.continued += match counts {
            true => other_lines,
            false => 0,
        };
        self.entry.as_mut()?.counts = Some(counts);
        kind
    }
}

/// Learns from the first lines of an input what headers its messages have, and where its records
/// begin, if these count.
pub(super) fn learned(head: &[u8], has_records: bool) -> (LineForms, Option<RecordStart>) {
    let starts = has_records.then(|| Records::learn(head));
    let forms = match &starts {
        Some(starts) if starts.is_of_journal() => {
            let mut reader = EntryReader::default();
            let lines = head.split(|&byte| byte == b'\n');
            LineForms::learn(lines.filter_map(|line| reader.message(line)))
        }
        _ => LineForms::of_sample(head),
    };
    (forms, starts)
}
