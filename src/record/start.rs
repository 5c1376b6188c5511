//! Which lines begin a record: learned from a sample, without settings.
//!
//! A record is a line with a header and the lines below it that have none: a stack trace, the rest
//! of an SQL statement, a JSON object over several lines.

use std::sync::Arc;

use super::{
    fields::{Fields, is_json},
    header::LineForms,
    journal,
};

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
    /// None if every line is a record.
    rule: Option<Arc<StartRule>>,
    /// Whether the lines of the sample have nothing in common that could begin a record.
    is_unknown: bool,
}

/// What was learned of how records begin.
#[derive(Debug)]
enum StartRule {
    /// With a header.
    Header {
        forms: LineForms,
        /// Whether lines that are JSON objects are records too, also without a time.
        has_json: bool,
    },
    /// As entries in the export format of journald do.
    Journal,
}

impl StartRule {
    #[inline]
    fn is_start(&self, line: &[u8]) -> bool {
        match self {
            StartRule::Header { forms, has_json } => {
                forms.is_in(line) || {
                    let text = forms.text(line);
                    is_json(text) && (*has_json || has_time(text))
                }
            }
            StartRule::Journal => journal::begins_entry(line),
        }
    }
}

/// Whether a line that is a JSON object has a time. Then it is a record in every log.
fn has_time(line: &[u8]) -> bool {
    let mut fields = Fields::default();
    fields.read(line) && fields.time(line).is_some()
}

/// Of so many lines that begin records one must be a JSON object, for it not to be the continuation
/// of the line above.
const JSON_ONE_IN: usize = 4;

impl RecordStart {
    /// Learns from the first lines of a log, without their line ends. If no form is found that many
    /// lines share, every line is a record.
    pub(crate) fn learn<'l>(sample: impl Iterator<Item = &'l [u8]>) -> RecordStart {
        let lines: Vec<&[u8]> = sample.collect();
        if journal::is_export(lines.iter().copied()) {
            return RecordStart::by(StartRule::Journal);
        }
        let mut forms = LineForms::learn(lines.iter().copied());
        if forms.is_empty() {
            // Most lines may be those of a few long stack traces.
            let is_margin = |line: &&&[u8]| !line.first().is_none_or(u8::is_ascii_whitespace);
            forms = LineForms::learn(lines.iter().filter(is_margin).copied());
        }
        if forms.is_empty() {
            let filled = lines.iter().filter(|line| !line.trim_ascii().is_empty());
            let mut fields = Fields::default();
            let of_fields = filled
                .clone()
                .filter(|line| fields.read(forms.text(line)))
                .count();
            let lines = filled.count();
            return RecordStart {
                rule: None,
                is_unknown: lines > 1 && 2 * of_fields < lines,
            };
        }
        let with = lines.iter().filter(|line| forms.is_in(line)).count();
        let json = lines
            .iter()
            .filter(|line| is_json(forms.text(line)))
            .count();
        let has_json = json * JSON_ONE_IN > with;
        RecordStart::by(StartRule::Header { forms, has_json })
    }

    fn by(rule: StartRule) -> RecordStart {
        RecordStart {
            rule: Some(Arc::new(rule)),
            is_unknown: false,
        }
    }

    /// Whether records are the entries of a journal.
    #[cfg(feature = "templates")]
    pub(crate) fn is_of_journal(&self) -> bool {
        matches!(self.rule.as_deref(), Some(StartRule::Journal))
    }

    /// Whether nothing was found that could begin a record of several lines, so that every line is
    /// a record.
    pub(crate) fn is_unknown(&self) -> bool {
        self.is_unknown
    }

    /// Whether every line with the header that most lines of `forms` have begins a record.
    #[cfg(feature = "templates")]
    pub(crate) fn takes_first_of(&self, forms: &LineForms) -> bool {
        match self.rule.as_deref() {
            None => true,
            Some(StartRule::Header { forms: own, .. }) => forms.first_is_in(own),
            Some(StartRule::Journal) => false,
        }
    }

    /// Whether `line`, without its line end, begins a record.
    #[inline]
    pub(crate) fn is_start(&self, line: &[u8]) -> bool {
        self.rule.as_ref().is_none_or(|rule| rule.is_start(line))
    }
}

#[cfg(test)]
mod tests;
