//! The entries of a journal: each counts once, under the template of its message.

use super::{CountedAs, CountedUnit, MiningWorker, is_blank, table::Side};
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
    /// Its other lines that are not blank.
    other_lines: u64,
}

impl MiningWorker {
    /// Counts a line of an entry of a journal, or all of its lines. The entry counts when the next
    /// one begins, and is returned then.
    pub(super) fn count_in_journal(
        &mut self,
        line: &Line<'_>,
        line_number: Option<u64>,
    ) -> Option<CountedUnit> {
        let mut counted = None;
        let first = line_number.unwrap_or(self.part.counts.lines + 1);
        self.part.counts.lines += line.lines();
        for (number, text) in (first..).zip(line.haystack.split(|&byte| byte == b'\n')) {
            if record::begins_entry(text) {
                counted = self.count_entry(&[]);
            }
            let entry = self.entry.as_mut()?;
            match entry.reader.message(text) {
                Some(message) => entry.message = Some((message.to_vec(), number)),
                None => entry.other_lines += u64::from(!is_blank(text)),
            }
        }
        if self.starts.is_none() {
            counted = self.count_entry(line.haystack);
        }
        counted
    }

    /// Counts the entry in hand, which is all of these bytes if it is searched. One without a message
    /// is of no kind.
    pub(super) fn count_entry(&mut self, all: &[u8]) -> Option<CountedUnit> {
        let entry = self.entry.as_mut().map(std::mem::take)?;
        let (message, number) = entry.message?;
        let counted = self.count_unit(&message, all, number, entry.reader.level());
        let CountedAs::Kind(kind) = counted else {
            return None;
        };
        if kind.is_wanted && self.side == Side::Log {
            self.part.counts.continued += entry.other_lines;
        }
        Some(CountedUnit {
            kind,
            message: Some((message, number)),
        })
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
