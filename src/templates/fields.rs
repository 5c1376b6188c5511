//! Masks lines that are JSON objects or logfmt: told apart by their message, or by their keys if
//! they have none, not by their values.
//!
//! The masked form is the masked message: two libraries, or two calls, may write more keys or fewer
//! in another order. A line that has no message is its keys in braces, in the order of their names.

use super::mask::{MASKED_BYTES_MAX, mask_text};
use crate::record::{Fields, Header, LEVEL_DIGITS_MAX, LineForms, unescape};

/// What masking fields takes, to be used again.
#[derive(Clone, Debug, Default)]
pub(super) struct FieldMasker {
    fields: Fields,
    text: Vec<u8>,
}

impl FieldMasker {
    /// Appends the masked form of `line` and returns its header, if it is made of fields.
    pub(super) fn mask(
        &mut self,
        line: &[u8],
        forms: Option<&LineForms>,
        out: &mut Vec<u8>,
    ) -> Option<Header> {
        if !self.fields.read(line) {
            return None;
        }
        let fields = &self.fields;
        let mut header = Header {
            level: fields.level(line),
            component: fields
                .component(line)
                .map(|field| field.value.0..field.value.1),
            time: fields.time(line).map(|field| field.value.0..field.value.1),
            ..Header::default()
        };
        let first = out.len();
        match fields.message(line) {
            Some(message) => {
                header.message_at = message.value.0;
                let text = &line[message.value.0..message.value.1];
                let text = &text[..text.len().min(8 * MASKED_BYTES_MAX)];
                let text = match message.is_quoted && text.contains(&b'\\') {
                    true => {
                        self.text.clear();
                        unescape(text, &mut self.text);
                        &self.text[..]
                    }
                    false => text,
                };
                let inner = forms
                    .map(|forms| forms.header_of_text(text))
                    .unwrap_or_default();
                header.level = inner.level.or(header.level);
                mask_text(&text[inner.message_at..], out);
            }
            None => self.mask_keys(line, out),
        }
        if out.len() == first {
            self.mask_keys(line, out);
        }
        out.truncate(first + MASKED_BYTES_MAX);
        Some(header)
    }

    /// The line that was masked last had no fields.
    pub(super) fn forget(&mut self) {
        self.fields.list.clear();
    }

    /// Appends the keys, in the order of their names.
    fn mask_keys(&self, line: &[u8], out: &mut Vec<u8>) {
        let first = out.len();
        let list = self.fields.list.iter();
        let mut keys: Vec<&[u8]> = list.map(|field| &line[field.key.0..field.key.1]).collect();
        keys.sort_unstable();
        keys.dedup();
        out.push(b'{');
        for (nth, key) in keys.into_iter().enumerate() {
            if out.len() - first > MASKED_BYTES_MAX / 2 {
                break;
            }
            if nth > 0 {
                out.push(b',');
            }
            out.extend(key.iter().map(|&b| if b <= b' ' { b'?' } else { b }));
        }
        out.push(b'}');
    }

    /// The places, in the line that was masked last, of keys and of what may be a level as a
    /// number; none if it had no fields.
    pub(super) fn literal(&self) -> impl Iterator<Item = (usize, usize)> {
        let is_level =
            |field: &&crate::record::Field| field.value.1 - field.value.0 <= LEVEL_DIGITS_MAX;
        let levels = self
            .fields
            .list
            .iter()
            .filter(is_level)
            .map(|field| field.value);
        self.fields.list.iter().map(|field| field.key).chain(levels)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::templates::{Level, Masked};

    #[track_caller]
    fn check(line: &str, want: Option<&str>, level: Option<Level>) {
        let mut out = Vec::new();
        let header = FieldMasker::default().mask(line.as_bytes(), None, &mut out);
        let got = header.as_ref().map(|_| Masked(&out).to_string());
        assert_eq!(got.as_deref(), want, "{line}");
        assert_eq!(header.and_then(|header| header.level), level, "{line}");
    }

    #[test]
    fn json_and_logfmt_lines_are_their_message_or_their_keys() {
        check(
            r#"{"ts":"2024-01-01","level":"warn","msg":"disk \"sda\" 5%\r\nfull","n":{"a":["}"]}}"#,
            Some(r#"disk "<*>" <num>% full"#),
            Some(Level::Warn),
        );
        check(r#" { "a" : 1 , "b":"x y" } "#, Some("{a,b}"), None);
        check(
            r#"ts=2024-01-01T00:00:00Z level=error msg="took 5 ms" id=7"#,
            Some("took <time>"),
            Some(Level::Error),
        );
        check(r#"{"level":50,"msg":"no"}"#, Some("no"), Some(Level::Error));
    }

    #[test]
    fn the_masked_form_is_appended_to_what_is_there_and_capped_by_itself() {
        let line = format!(r#"{{"a":1,"msg":"{}"}}"#, "word ".repeat(400));
        let mut alone = Vec::new();
        FieldMasker::default().mask(line.as_bytes(), None, &mut alone);
        assert_eq!(alone.len(), MASKED_BYTES_MAX);
        let mut behind = b"x".repeat(2 * MASKED_BYTES_MAX);
        FieldMasker::default().mask(line.as_bytes(), None, &mut behind);
        assert_eq!(behind[2 * MASKED_BYTES_MAX..], alone);
    }

    #[test]
    fn what_is_neither_is_plain_text() {
        for line in [
            "",
            "{}",
            "{",
            "{\"a\":1",
            "{\"a\" 1}",
            "{a:1}",
            "{\"a\":1} tail",
            "{\"a\":\"x}",
            "{\"a\":}",
            "a=1 b=2 c=3",
            "level=info done",
            "level=info msg=\"open",
            "text",
        ] {
            check(line, None, None);
        }
    }
}
