//! GNU grep's colours: the values that `GREP_COLORS` may have, and the bytes that grep writes for
//! them.

use crate::{error::Error, scan::Out};

/// The colour of each part of a line, as SGR parameters (`01;31`). Empty means no colour.
///
/// Names, defaults and the bytes written are those of GNU grep (its manual, section "Environment
/// Variables").
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Colors {
    selected_match: String,
    context_match: String,
    selected_line: String,
    context_line: String,
    file_name: String,
    line_number: String,
    byte_offset: String,
    separator: String,
    /// `rv`: whether `sl` and `cx` change places with inverted hits.
    reverse: bool,
    /// `ne`: whether "erase to the end of the line" is left out behind each colour.
    no_erase: bool,
}

impl Default for Colors {
    fn default() -> Colors {
        Colors {
            selected_match: "01;31".into(),
            context_match: "01;31".into(),
            selected_line: String::new(),
            context_line: String::new(),
            file_name: "35".into(),
            line_number: "32".into(),
            byte_offset: "32".into(),
            separator: "36".into(),
            reverse: false,
            no_erase: false,
        }
    }
}

/// A part of the output that has a colour of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PaintedPart {
    SelectedMatch,
    ContextMatch,
    FileName,
    LineNumber,
    ByteOffset,
    Separator,
}

impl Colors {
    /// Returns the colours that the value of `GREP_COLORS` asks for. A part that it does not name
    /// keeps its default. From the first mistake on the rest is ignored, as in GNU grep.
    ///
    /// ```
    /// use logscan::sink::Colors;
    /// assert_eq!(Colors::from_grep_colors(None), Colors::default());
    /// assert_ne!(Colors::from_grep_colors(Some("ms=01;32:ne")), Colors::default());
    /// ```
    pub fn from_grep_colors(value: Option<&str>) -> Colors {
        let mut colors = Colors::default();
        for entry in value.unwrap_or_default().split(':') {
            let (name, sgr) = match entry.split_once('=') {
                Some((name, sgr)) => (name, Some(sgr)),
                None => (entry, None),
            };
            if sgr.is_some_and(|sgr| !sgr.bytes().all(|b| b.is_ascii_digit() || b == b';')) {
                break;
            }
            let sgr = || sgr.unwrap_or_default().to_owned();
            match name {
                "ms" => colors.selected_match = sgr(),
                "mc" => colors.context_match = sgr(),
                "mt" => {
                    colors.selected_match = sgr();
                    colors.context_match = sgr();
                }
                "sl" => colors.selected_line = sgr(),
                "cx" => colors.context_line = sgr(),
                "fn" => colors.file_name = sgr(),
                "ln" => colors.line_number = sgr(),
                "bn" => colors.byte_offset = sgr(),
                "se" => colors.separator = sgr(),
                "rv" => colors.reverse = true,
                "ne" => colors.no_erase = true,
                // A later version of grep may know more names.
                _ => {}
            }
        }
        colors
    }

    /// Returns the same colours without "erase to the end of the line" behind each, as with `ne`.
    /// This is for terminals behind an [`Escape`](super::Escape), which shows all escape sequences
    /// but colours as text.
    ///
    /// ```
    /// use logscan::sink::Colors;
    /// assert_eq!(Colors::default().without_erase(), Colors::from_grep_colors(Some("ne")));
    /// ```
    #[must_use]
    pub fn without_erase(self) -> Colors {
        Colors {
            no_erase: true,
            ..self
        }
    }

    /// Returns "erase to the end of the line", which grep writes behind every colour.
    fn erase(&self) -> &'static str {
        if self.no_erase { "" } else { "\x1b[K" }
    }

    fn sgr(&self, part: PaintedPart) -> &str {
        match part {
            PaintedPart::SelectedMatch => &self.selected_match,
            PaintedPart::ContextMatch => &self.context_match,
            PaintedPart::FileName => &self.file_name,
            PaintedPart::LineNumber => &self.line_number,
            PaintedPart::ByteOffset => &self.byte_offset,
            PaintedPart::Separator => &self.separator,
        }
    }

    /// Returns whether a part has no colour.
    pub(super) fn is_plain(&self, part: PaintedPart) -> bool {
        self.sgr(part).is_empty()
    }

    /// Returns the colour of a line's text. It depends on whether the line is a hit.
    pub(super) fn line(&self, is_hit: bool, invert: bool) -> &str {
        match is_hit != (invert && self.reverse) {
            true => &self.selected_line,
            false => &self.context_line,
        }
    }

    /// Returns `text` in a colour, as bytes.
    pub(super) fn painted(&self, part: PaintedPart, text: &[u8]) -> Vec<u8> {
        let sgr = self.sgr(part);
        if sgr.is_empty() {
            return text.into();
        }
        let erase = self.erase().as_bytes();
        [
            b"\x1b[",
            sgr.as_bytes(),
            b"m",
            erase,
            text,
            b"\x1b[m",
            erase,
        ]
        .concat()
    }

    /// Begins a colour, if `sgr` names one.
    pub(super) fn start(&self, sgr: &str, out: &mut Out<'_>) -> Result<(), Error> {
        if sgr.is_empty() {
            return Ok(());
        }
        out.write(b"\x1b[")?;
        out.write(sgr.as_bytes())?;
        out.write(b"m")?;
        out.write(self.erase().as_bytes())
    }

    /// Ends a colour, if `sgr` names one.
    pub(super) fn end(&self, sgr: &str, out: &mut Out<'_>) -> Result<(), Error> {
        if sgr.is_empty() {
            return Ok(());
        }
        out.write(b"\x1b[m")?;
        out.write(self.erase().as_bytes())
    }
}

/// Writes `text`, in its colour if there are colours.
pub(super) fn paint(
    colors: Option<&Colors>,
    part: PaintedPart,
    text: &[u8],
    out: &mut Out<'_>,
) -> Result<(), Error> {
    match colors {
        Some(colors) => {
            let sgr = colors.sgr(part);
            colors.start(sgr, out)?;
            out.write(text)?;
            colors.end(sgr, out)
        }
        None => out.write(text),
    }
}
