//! Changes a text before it is searched, when somebody asks for that: to another encoding, without
//! colours, or with other ends of lines.
//!
//! ```text
//! text of a file or a stream, decompressed  -->  encoding  -->  without ANSI  -->  lines at CR  -->  searched
//! ```
//! A text goes through these steps from front to back, piece by piece, as it comes: a line is
//! handed over as soon as it has ended. The memory is one piece and the text that it becomes.

use std::io::{self, Read};

use crate::record::AnsiStripper;

/// How many bytes are read at once.
const PIECE_BYTES: usize = 64 << 10;

/// The changes that are made to a text before it is searched.
///
/// ```
/// use logscan::{Decoding, Source, TextTransform};
/// let transform = TextTransform {
///     strips_ansi: true,
///     ..TextTransform::default()
/// };
/// let source = Source::from_bytes("log".as_ref(), b"\x1b[31mERROR\x1b[0m\n".to_vec());
/// let source = source.with(Decoding::default().transformed(transform));
/// # let _ = source;
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TextTransform {
    /// The encoding of the text.
    pub encoding: TextEncoding,
    /// Whether escape sequences are left out, and the text that they conceal.
    pub strips_ansi: bool,
    /// Whether a CR ends a line as an LF does, unless an LF follows.
    pub cr_lines: bool,
}

/// The encoding of a text that has no byte order mark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TextEncoding {
    /// UTF-8, or UTF-16 if the text looks like that.
    #[default]
    Auto,
    /// No encoding: bytes are searched as they are, and a byte order mark means nothing.
    Bytes,
    /// UTF-8, whatever the text looks like.
    Utf8,
    /// Another encoding.
    Named(NamedEncoding),
}

/// An encoding of the Encoding Standard (encoding.spec.whatwg.org).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NamedEncoding(
    #[cfg(feature = "compressed")] &'static encoding_rs::Encoding,
    #[cfg(not(feature = "compressed"))] std::convert::Infallible,
);

impl TextEncoding {
    /// Returns the encoding of this name: `auto`, `none`, or a label of the Encoding Standard, such
    /// as `latin1`, `windows-1252`, `shift_jis`, `utf-16le`.
    pub fn named(label: &str) -> Option<TextEncoding> {
        match label.trim().to_ascii_lowercase().as_str() {
            "auto" => Some(TextEncoding::Auto),
            "none" => Some(TextEncoding::Bytes),
            label => TextEncoding::of_standard(label),
        }
    }

    #[cfg(feature = "compressed")]
    fn of_standard(label: &str) -> Option<TextEncoding> {
        // The labels of encodings that no browser decodes any more stand for an encoding without
        // characters.
        let encoding = encoding_rs::Encoding::for_label_no_replacement(label.as_bytes())?;
        Some(match encoding == encoding_rs::UTF_8 {
            true => TextEncoding::Utf8,
            false => TextEncoding::Named(NamedEncoding(encoding)),
        })
    }

    #[cfg(not(feature = "compressed"))]
    fn of_standard(label: &str) -> Option<TextEncoding> {
        label
            .eq_ignore_ascii_case("utf-8")
            .then_some(TextEncoding::Utf8)
    }
}

impl TextTransform {
    /// Returns whether the text has to go through these steps.
    pub(super) fn changes_text(&self) -> bool {
        self.strips_ansi || self.cr_lines || matches!(self.encoding, TextEncoding::Named(_))
    }

    /// Returns whether UTF-16 is left as it is. `is_guess` says that the text only looks like
    /// UTF-16 and has no byte order mark.
    pub(super) fn keeps_utf16(&self, is_guess: bool) -> bool {
        match self.encoding {
            TextEncoding::Auto => false,
            TextEncoding::Bytes => true,
            TextEncoding::Utf8 | TextEncoding::Named(_) => is_guess,
        }
    }

    /// Returns whether a byte order mark is part of the text.
    pub(super) fn keeps_mark(&self) -> bool {
        self.encoding == TextEncoding::Bytes
    }

    /// Returns the changes that are left for a text that is known to be Unicode.
    pub(super) fn of_unicode(self) -> TextTransform {
        TextTransform {
            encoding: TextEncoding::Auto,
            ..self
        }
    }

    /// Returns a reader of the changed text.
    pub(super) fn reader(self, text: Box<dyn Read + Send>) -> Box<dyn Read + Send> {
        let text = match self.encoding {
            #[cfg(feature = "compressed")]
            TextEncoding::Named(NamedEncoding(encoding)) => piecewise(
                text,
                EncodingStep(encoding.new_decoder_without_bom_handling()),
            ),
            _ => text,
        };
        let text = match self.strips_ansi {
            true => piecewise(text, AnsiStripper::default()),
            false => text,
        };
        match self.cr_lines {
            true => piecewise(text, CrLines::default()),
            false => text,
        }
    }
}

/// A step that makes another text of one that comes in pieces.
trait TextStep: Send + 'static {
    /// Adds to `text` what the next bytes become.
    fn step(&mut self, bytes: &[u8], place: PiecePlace, text: &mut Vec<u8>);
}

/// The place of a piece in its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PiecePlace {
    /// More pieces may follow.
    Inside,
    /// Nothing follows.
    AtTheEnd,
}

impl TextStep for AnsiStripper {
    fn step(&mut self, bytes: &[u8], place: PiecePlace, text: &mut Vec<u8>) {
        self.strip(bytes, place == PiecePlace::AtTheEnd, text);
    }
}

/// A step that ends lines at CRs.
#[derive(Default)]
struct CrLines {
    /// Whether the last byte was a CR, and the byte behind it is not known.
    has_cr: bool,
}

impl TextStep for CrLines {
    fn step(&mut self, bytes: &[u8], place: PiecePlace, text: &mut Vec<u8>) {
        let ends_with = |next: u8| if next == b'\n' { b'\r' } else { b'\n' };
        let mut bytes = bytes;
        if let (true, Some(&next)) = (self.has_cr, bytes.first()) {
            text.push(ends_with(next));
            self.has_cr = false;
        }
        while let Some(at) = memchr::memchr(b'\r', bytes) {
            text.extend_from_slice(&bytes[..at]);
            match bytes.get(at + 1) {
                Some(&next) => text.push(ends_with(next)),
                None => self.has_cr = true,
            }
            bytes = &bytes[at + 1..];
        }
        text.extend_from_slice(bytes);
        if place == PiecePlace::AtTheEnd && std::mem::take(&mut self.has_cr) {
            text.push(b'\n');
        }
    }
}

/// A step that makes UTF-8 of another encoding. Bytes that are no text in it become U+FFFD.
#[cfg(feature = "compressed")]
struct EncodingStep(encoding_rs::Decoder);

#[cfg(feature = "compressed")]
impl TextStep for EncodingStep {
    fn step(&mut self, bytes: &[u8], place: PiecePlace, text: &mut Vec<u8>) {
        let is_last = place == PiecePlace::AtTheEnd;
        let mut bytes = bytes;
        loop {
            let start = text.len();
            // One byte becomes at most three. Text that had been begun adds a few more.
            text.resize(start + 3 * bytes.len() + 16, 0);
            let (result, read, written, _) =
                self.0.decode_to_utf8(bytes, &mut text[start..], is_last);
            text.truncate(start + written);
            bytes = &bytes[read..];
            if result == encoding_rs::CoderResult::InputEmpty {
                return;
            }
        }
    }
}

/// Returns a reader of the text that `step` makes.
fn piecewise(text: Box<dyn Read + Send>, step: impl TextStep) -> Box<dyn Read + Send> {
    Box::new(Piecewise {
        text,
        step,
        piece: vec![0; PIECE_BYTES],
        made: Vec::new(),
        taken: 0,
        end: None,
    })
}

struct Piecewise<S> {
    text: Box<dyn Read + Send>,
    step: S,
    piece: Vec<u8>,
    /// The text that has been made. `made[..taken]` has been taken.
    made: Vec<u8>,
    taken: usize,
    /// How the text ended, once it has. Then nothing more is read.
    end: Option<Option<io::Error>>,
}

impl<S: TextStep> Read for Piecewise<S> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        loop {
            let made = &self.made[self.taken..];
            if !made.is_empty() {
                let read = made.len().min(bytes.len());
                bytes[..read].copy_from_slice(&made[..read]);
                self.taken += read;
                return Ok(read);
            }
            if let Some(end) = &mut self.end {
                return end.take().map_or(Ok(0), Err);
            }
            self.made.clear();
            self.taken = 0;
            match self.text.read(&mut self.piece) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // The bytes that were read before the error count.
                Err(error) => {
                    self.step.step(b"", PiecePlace::AtTheEnd, &mut self.made);
                    self.end = Some(Some(error));
                }
                Ok(0) => {
                    self.step.step(b"", PiecePlace::AtTheEnd, &mut self.made);
                    self.end = Some(None);
                }
                Ok(read) => {
                    let piece = &self.piece[..read];
                    self.step.step(piece, PiecePlace::Inside, &mut self.made);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use proptest::prelude::*;

    use super::*;

    /// A reader that returns the given pieces.
    struct Pieces(VecDeque<Vec<u8>>);

    impl Read for Pieces {
        fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
            let mut piece = self.0.pop_front().unwrap_or_default();
            let read = piece.len().min(bytes.len());
            bytes[..read].copy_from_slice(&piece[..read]);
            if read < piece.len() {
                self.0.push_front(piece.split_off(read));
            }
            Ok(read)
        }
    }

    fn transformed(transform: TextTransform, pieces: &[&[u8]]) -> Vec<u8> {
        // An empty piece would be taken for the end.
        let pieces = pieces.iter().filter(|piece| !piece.is_empty());
        let pieces = pieces.map(|piece| piece.to_vec()).collect();
        let mut text = Vec::new();
        let mut reader = transform.reader(Box::new(Pieces(pieces)));
        reader.read_to_end(&mut text).unwrap();
        text
    }

    #[test]
    fn a_cr_ends_a_line_unless_an_lf_follows() {
        let transform = TextTransform {
            cr_lines: true,
            ..TextTransform::default()
        };
        for (text, want) in [
            ("10%\r50%\r100%\nend", "10%\n50%\n100%\nend"),
            ("dos\r\nline\r\n", "dos\r\nline\r\n"),
            ("\r\r\n\r", "\n\r\n\n"),
            ("", ""),
        ] {
            let got = transformed(transform, &[text.as_bytes()]);
            assert_eq!(String::from_utf8(got).unwrap(), want, "{text:?}");
        }
    }

    #[cfg(feature = "compressed")]
    #[test]
    fn other_encodings_become_utf8() {
        let decode = |label: &str, bytes: &[u8]| {
            let encoding = TextEncoding::named(label).expect("it is one");
            let transform = TextTransform {
                encoding,
                ..TextTransform::default()
            };
            String::from_utf8(transformed(transform, &[bytes])).unwrap()
        };
        assert_eq!(decode("latin1", b"caf\xe9 \x80\n"), "caf\u{e9} \u{20ac}\n");
        assert_eq!(
            decode("shift_jis", b"\x83\x47\x83\x89\x81\x5b\n"),
            "エラー\n"
        );
        assert_eq!(decode("shift_jis", b"\x83"), "\u{fffd}");
        assert_eq!(decode("utf-16le", b"\x1a\x4e\n\0"), "\u{4e1a}\n");
        assert_eq!(TextEncoding::named("utf8"), Some(TextEncoding::Utf8));
        assert_eq!(TextEncoding::named("none"), Some(TextEncoding::Bytes));
        for label in ["klingon", "iso-2022-kr", "hz-gb-2312", "replacement"] {
            assert_eq!(TextEncoding::named(label), None);
        }
    }

    proptest! {
        #[test]
        fn it_does_not_matter_how_a_text_comes(
            text in proptest::collection::vec(
                prop_oneof![Just(b'\r'), Just(b'\n'), Just(0x1b), Just(b'['), Just(b'm'), any::<u8>()],
                0..80,
            ),
            cuts in proptest::collection::vec(0..80usize, 0..8),
            label in prop_oneof![Just("auto"), Just("shift_jis"), Just("utf-16be"), Just("gb18030")],
            strips_ansi: bool,
            cr_lines: bool,
        ) {
            let Some(encoding) = TextEncoding::named(label) else {
                return Ok(()); // This build lacks the crate for it.
            };
            let transform = TextTransform { encoding, strips_ansi, cr_lines };
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (text.len() + 1)).collect();
            cuts.extend([0, text.len()]);
            cuts.sort_unstable();
            let pieces: Vec<&[u8]> = cuts.windows(2).map(|cut| &text[cut[0]..cut[1]]).collect();
            prop_assert_eq!(transformed(transform, &pieces), transformed(transform, &[&text[..]]));
        }
    }
}
