//! Which lines begin a record: learned from a sample, without settings.
//!
//! A record is a line with a header and the lines below it that have none: a stack trace, the rest
//! of an SQL statement, a JSON object over several lines.

use std::sync::Arc;

/// Tells the lines that begin a record.
///
/// What it says of a line depends on the line alone. A clone shares what was learned.
///
/// ```text
/// let starts = RecordStart::learn(first_lines);
/// starts.is_start(b"2026-11-20 14:02:05 ERROR request failed");   // true
/// starts.is_start(b"    at app.Main.main(Main.java:7)");          // false
/// ```
#[derive(Clone, Debug)]
pub(crate) struct RecordStart {
    /// The classes of the first bytes of most lines; none if every line is a record.
    classes: Option<Arc<[u8]>>,
}

/// So many first bytes are looked at.
const BYTES: usize = 10;

impl RecordStart {
    /// Learns from the first lines of a log, without their line ends. If no form is found that many
    /// lines share, every line is a record.
    pub(crate) fn learn<'l>(sample: impl Iterator<Item = &'l [u8]>) -> RecordStart {
        let mut forms: Vec<(Vec<u8>, usize)> = Vec::new();
        let mut lines = 0;
        for line in sample.filter(|line| line.len() >= BYTES) {
            lines += 1;
            let classes: Vec<u8> = line[..BYTES].iter().map(|&byte| class(byte)).collect();
            match forms.iter_mut().find(|(form, _)| *form == classes) {
                Some((_, lines)) => *lines += 1,
                None => forms.push((classes, 1)),
            }
        }
        let with_digits = |form: &[u8]| form.iter().filter(|&&class| class == b'0').count() >= 4;
        let best = forms.into_iter().filter(|(form, _)| with_digits(form));
        let best = best.max_by_key(|&(_, lines)| lines);
        RecordStart {
            classes: best
                .filter(|(_, with)| *with >= 2 && *with * 10 >= lines)
                .map(|(form, _)| form.into()),
        }
    }

    /// Whether `line`, without its line end, begins a record.
    #[inline]
    pub(crate) fn is_start(&self, line: &[u8]) -> bool {
        let Some(classes) = &self.classes else {
            return true;
        };
        line.len() >= BYTES
            && line
                .iter()
                .zip(classes.iter())
                .all(|(&b, &c)| class(b) == c)
    }
}

#[inline]
fn class(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' => b'0',
        b'a'..=b'z' | b'A'..=b'Z' => b'a',
        _ => byte,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_with_the_header_of_the_others_begins_a_record() {
        let log = "2026-11-20 14:02:05 a\n  at b\n2026-11-20 14:02:06 c\n";
        let starts = RecordStart::learn(log.lines().map(str::as_bytes));
        let found: Vec<bool> = log
            .lines()
            .map(|line| starts.is_start(line.as_bytes()))
            .collect();
        assert_eq!(found, [true, false, true]);
    }

    #[test]
    fn every_line_is_a_record_where_nothing_is_learned() {
        let starts = RecordStart::learn([&b"a"[..], b"  b"].into_iter());
        assert!(starts.is_start(b"a") && starts.is_start(b"  b"));
    }
}
