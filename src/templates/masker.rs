//! Masks lines: headers are cut off, and what varies in the rest is replaced.

use std::sync::Arc;

use memchr::memchr3;

use super::{
    fields::FieldMasker,
    mask::{mask, tokens},
};
use crate::record::{Header, LineForms, without_controls};

/// Masks lines, whatever they are: a header with a message, JSON, logfmt, or plain text.
///
/// By default each line is judged by itself. Who has more lines of a log knows more of its headers:
/// a [`Miner`](super::Miner) learns from the first ones.
#[derive(Clone, Debug, Default)]
pub struct Masker {
    fields: FieldMasker,
    forms: Option<Arc<LineForms>>,
    /// Whether only what looks as if it varied is masked.
    is_plain: bool,
    shown: Vec<u8>,
}

impl Masker {
    /// Masks lines with such headers.
    pub(crate) fn learned(forms: &Arc<LineForms>) -> Masker {
        Masker {
            forms: Some(Arc::clone(forms)),
            ..Masker::default()
        }
    }

    /// Masks only what looks as if it varied, in lines without headers: what is in quotes stays, for
    /// who looks for differences.
    pub(crate) fn plain() -> Masker {
        Masker {
            is_plain: true,
            ..Masker::learned(&Arc::default())
        }
    }

    /// Appends the masked message of `line` and returns its header. Nothing is appended for a blank
    /// line only.
    ///
    /// Two lines with the same masked message say the same thing, as far as one line can tell. Places
    /// in the header are those of the line as a terminal shows it, without colours.
    ///
    /// ```
    /// use logscan::templates::{Masked, Masker};
    /// let mut masked = Vec::new();
    /// let header = Masker::default().mask(b"2024-05-01 10:00:00 ERROR disk 3 failed", &mut masked);
    /// assert_eq!(Masked(&masked).to_string(), "disk <num> failed");
    /// assert_eq!(header.level.unwrap().name(), "error");
    /// ```
    pub fn mask(&mut self, line: &[u8], masked: &mut Vec<u8>) -> Header {
        let mut buffer = std::mem::take(&mut self.shown);
        let shown = shown(line, &mut buffer);
        let mut header = self.header(shown);
        let inner = self.message(shown, header.message_at, masked);
        header.add(inner);
        self.shown = buffer;
        header
    }

    /// The header of a line as it is shown.
    pub(super) fn header(&self, shown: &[u8]) -> Header {
        match &self.forms {
            Some(forms) => forms.header(shown),
            None => Header::of(shown),
        }
    }

    /// Masks the message of a line, and returns its own header, if it has one.
    pub(super) fn message(&mut self, shown: &[u8], at: usize, masked: &mut Vec<u8>) -> Header {
        if self.is_plain {
            self.fields.forget();
            tokens(&shown[at..], masked);
            return Header::default();
        }
        let before = masked.len();
        let forms = self.forms.as_deref();
        if let Some(header) = self.fields.mask(&shown[at..], forms, masked) {
            return header;
        }
        mask(&shown[at..], masked);
        if masked.len() == before && at > 0 {
            // A header without a message is all that the line says.
            mask(shown, masked);
        }
        Header::default()
    }

    /// Where in the message that was masked last a digit stands for itself: in keys, and in levels
    /// that are numbers.
    pub(crate) fn literal_fields(&self) -> impl Iterator<Item = (usize, usize)> {
        self.fields.literal()
    }
}

/// What is shown of a line.
#[inline]
pub(crate) fn shown<'a>(line: &'a [u8], buffer: &'a mut Vec<u8>) -> &'a [u8] {
    match memchr3(b'\x1b', b'\r', b'\x08', line) {
        Some(_) => without_controls(line, buffer),
        None => line,
    }
}
