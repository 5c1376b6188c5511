//! Escape sequences (ECMA-48), which colour what a terminal shows: what of a log is not seen.
//!
//! A sequence ends where it does, at the end of its line, or after [`SEQUENCE_BYTES_MAX`].

use memchr::{memchr, memchr2, memrchr};

/// A longer sequence ends here. The longest are addresses of links, of up to 2083 bytes (Hyperlinks
/// in Terminal Emulators, "Length limits").
const SEQUENCE_BYTES_MAX: usize = 4096;

/// A sequence, or as much of it as there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AnsiSequence {
    /// The index behind it.
    pub(crate) end: usize,
    /// Whether text begins that is not shown (`ESC [ 8 m`, in which Jenkins hides its console
    /// notes).
    pub(crate) is_concealing: bool,
    /// Whether its end is there.
    pub(crate) is_complete: bool,
}

impl AnsiSequence {
    /// The one that begins at `at`, of a line.
    pub(crate) fn at(line: &[u8], at: usize) -> AnsiSequence {
        let rest = &line[at + 1..];
        let sequence = |bytes: usize, is_complete| AnsiSequence {
            end: at + 1 + bytes.min(rest.len()),
            is_concealing: false,
            is_complete,
        };
        match rest.first() {
            Some(b'[') => {
                let parameters = rest[1..]
                    .iter()
                    .take_while(|byte| matches!(byte, 0x20..=0x3f))
                    .count();
                match rest.get(1 + parameters) {
                    // What does not end it is text.
                    Some(byte) if !matches!(byte, 0x40..=0x7e) => sequence(1 + parameters, true),
                    last => AnsiSequence {
                        is_concealing: &rest[1..1 + parameters] == b"8",
                        ..sequence(2 + parameters, last.is_some())
                    },
                }
            }
            // Strings that end with BEL or ESC \: titles, hyperlinks, the times of Buildkite (ESC _
            // bk;t=... BEL).
            Some(b']' | b'_' | b'P' | b'^') => match memchr2(b'\x07', b'\x1b', &rest[1..]) {
                None => sequence(rest.len(), false),
                Some(n) => {
                    let (end, next) = (1 + n, rest.get(2 + n));
                    let is_escape = rest[end] == b'\x1b';
                    let has_backslash = is_escape && next == Some(&b'\\');
                    let is_complete = !is_escape || next.is_some();
                    sequence(end + 1 + usize::from(has_backslash), is_complete)
                }
            },
            Some(b'(' | b')' | b'#') => sequence(2, rest.len() >= 2),
            Some(0x30..=0x7e) => sequence(1, true),
            Some(_) => sequence(0, true),
            None => sequence(0, false),
        }
    }
}

/// How a colour begins in a log that a program such as `cat -v` has written.
const CARET_ESCAPE: &[u8] = b"^[[";

/// The text without escape sequences and overwritten parts; times stay.
pub(crate) fn without_controls<'a>(raw: &'a [u8], buffer: &'a mut Vec<u8>) -> &'a [u8] {
    let mut end = raw.len();
    while end > 0 && matches!(raw[end - 1], b'\r' | b'\n') {
        end -= 1;
    }
    let raw = &raw[..end];
    let has_caret = memchr::memmem::find(raw, CARET_ESCAPE).is_some();
    if memchr2(b'\x1b', b'\r', raw).is_none() && !raw.contains(&b'\x08') && !has_caret {
        return raw;
    }
    buffer.clear();
    let mut at = 0;
    while at < raw.len() {
        match raw[at] {
            b'\x1b' => {
                let sequence = AnsiSequence::at(raw, at);
                at = match sequence.is_concealing {
                    true => conceal_end(raw, sequence.end),
                    false => sequence.end,
                };
            }
            b'^' if has_caret && raw[at..].starts_with(CARET_ESCAPE) => {
                at = AnsiSequence::at(raw, at + 1).end;
            }
            b'\x08' => {
                buffer.pop();
                at += 1;
            }
            byte => {
                buffer.push(byte);
                at += 1;
            }
        }
    }
    while buffer.last() == Some(&b'\r') {
        buffer.pop();
    }
    let start = memrchr(b'\r', buffer).map_or(0, |cr| cr + 1);
    &buffer[start..]
}

/// Where concealed text ends: at the next escape sequence.
fn conceal_end(raw: &[u8], from: usize) -> usize {
    memchr(b'\x1b', &raw[from..]).map_or(raw.len(), |n| from + n)
}

/// Takes sequences out of text that comes in pieces.
#[derive(Debug, Default)]
pub(crate) struct AnsiStripper {
    /// The beginning of a sequence whose end has not come.
    pending: Vec<u8>,
    is_concealing: bool,
}

impl AnsiStripper {
    /// Adds what is seen of the next bytes to `seen`; behind the last piece nothing is waited for.
    pub(crate) fn strip(&mut self, bytes: &[u8], is_last: bool, seen: &mut Vec<u8>) {
        let mut joined = std::mem::take(&mut self.pending);
        let bytes = match joined.is_empty() {
            true => bytes,
            false => {
                joined.extend_from_slice(bytes);
                &joined[..]
            }
        };
        let mut at = 0;
        while at < bytes.len() {
            if self.is_concealing {
                let Some(n) = memchr2(b'\x1b', b'\n', &bytes[at..]) else {
                    return;
                };
                self.is_concealing = false;
                at += n;
            }
            let Some(n) = memchr(b'\x1b', &bytes[at..]) else {
                seen.extend_from_slice(&bytes[at..]);
                return;
            };
            seen.extend_from_slice(&bytes[at..at + n]);
            at += n;
            let most = bytes.len().min(at + SEQUENCE_BYTES_MAX);
            let newline = memchr(b'\n', &bytes[at..most]);
            let end = newline.map_or(most, |n| at + n);
            let sequence = AnsiSequence::at(&bytes[..end], at);
            let may_go_on = newline.is_none() && end < at + SEQUENCE_BYTES_MAX && !is_last;
            if !sequence.is_complete && may_go_on {
                self.pending.extend_from_slice(&bytes[at..]);
                return;
            }
            at = sequence.end;
            self.is_concealing = sequence.is_concealing;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn stripped(pieces: &[&[u8]]) -> Vec<u8> {
        let mut stripper = AnsiStripper::default();
        let mut seen = Vec::new();
        for piece in pieces {
            stripper.strip(piece, false, &mut seen);
        }
        stripper.strip(b"", true, &mut seen);
        seen
    }

    #[test]
    fn sequences_are_not_seen_and_lines_stay() {
        for (text, want) in [
            ("\x1b[31mERROR\x1b[0m x\n", "ERROR x\n"),
            ("\x1b[1;38;5;9mERROR\x1b[m\n", "ERROR\n"),
            (
                "\x1b]0;title\x07a\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\\n",
                "alink\n",
            ),
            ("\x1b(Ba\x1b#8b\x1bMc\n", "abc\n"),
            ("a\x1b[31\nb\x1b]0;never\nc\x1b\nd\x1b", "a\nb\nc\nd"),
            (
                "\x1b[8mha:note\x1b[0mshown \x1b[8mhidden\nnext\n",
                "shown \nnext\n",
            ),
            (
                "\x1b[31\u{e9}t\u{e9} \x1b\u{e9}t\u{e9}\n",
                "\u{e9}t\u{e9} \u{e9}t\u{e9}\n",
            ),
            ("plain\n", "plain\n"),
        ] {
            assert_eq!(
                String::from_utf8(stripped(&[text.as_bytes()])).unwrap(),
                want,
                "{text:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn it_does_not_matter_where_text_is_cut(
            text in "[a\n\x1b\x07\\\\\\[\\](8m;]{0,60}",
            long in 0..3usize,
            cuts in proptest::collection::vec(0..9000usize, 0..6),
        ) {
            let text = format!("{text}\x1b]{}", ["", "x"][long % 2].repeat(long * 4095)) + &text;
            let text = text.as_bytes();
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (text.len() + 1)).collect();
            cuts.extend([0, text.len()]);
            cuts.sort_unstable();
            let pieces: Vec<&[u8]> = cuts.windows(2).map(|cut| &text[cut[0]..cut[1]]).collect();
            let whole = stripped(&[text]);
            prop_assert_eq!(stripped(&pieces), whole.clone());
            let newlines = |bytes: &[u8]| bytes.iter().filter(|&&byte| byte == b'\n').count();
            prop_assert_eq!(newlines(&whole), newlines(text));
        }
    }
}
