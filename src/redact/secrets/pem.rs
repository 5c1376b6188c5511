//! Private keys in PEM: all that stands between `-----BEGIN ... PRIVATE KEY-----` and its end,
//! on one line or on many.
//!
//! The lines of a key come one by one, each perhaps behind the name of a file and a number. So each
//! has a pseudonym of its own, and a reader of lines keeps in [`KeyState`] whether it is in a key.
//! It can be wrong about where a key ends, if its last line was not printed. It believes in a key
//! for a few lines only.

use super::{
    SecretKind, SecretPart, SecretParts,
    word::{before, run, run_before},
};

/// How long a run is at least that is a whole line of a key. Programs write 64, 70 or 76.
const LINE_BYTES_MIN: usize = 40;

/// How many lines that are none of a key may come before the key is believed to have ended.
const OTHER_LINES_MAX: u8 = 4;

/// Whether the next line may be one of a private key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::redact) enum KeyState {
    #[default]
    Outside,
    /// A key has begun, and so many other lines came since then.
    Begun { others: u8 },
    /// The line before is one of a key.
    Inside,
}

/// Adds the parts of a line that are of private keys. Returns the state behind it.
pub(in crate::redact) fn find(text: &[u8], state: KeyState, parts: &mut SecretParts) -> KeyState {
    let mut at = 0;
    let mut state = state;
    loop {
        if state == KeyState::Outside {
            match begin(&text[at..]) {
                Some(end) => {
                    at += end;
                    state = KeyState::Begun { others: 0 };
                }
                None => return state,
            }
            if text[at..].trim_ascii().is_empty() {
                return state;
            }
        }
        match memchr::memmem::find(&text[at..], b"-----END ") {
            Some(length) => {
                body(text, at, length, parts);
                at += length + b"-----END ".len();
                state = KeyState::Outside;
            }
            None => return lines(text, at, state, parts),
        }
    }
}

/// Returns where the first line of a key ends.
fn begin(text: &[u8]) -> Option<usize> {
    let mut begins = memchr::memmem::find_iter(text, b"-----BEGIN ");
    begins.find_map(|begin| {
        let label = begin + b"-----BEGIN ".len();
        let length = run(text, label, |byte| {
            byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b' '
        });
        let name = &text[label..label + length];
        let is_private = name.ends_with(b"PRIVATE KEY") || name.ends_with(b"PRIVATE KEY BLOCK");
        let is_whole = text[label + length..].starts_with(b"-----");
        (is_private && is_whole).then_some(label + length + 5)
    })
}

/// Adds what stands before the end of a key on the same line. If it is a prefix with a number and
/// no body, nothing is added.
fn body(text: &[u8], at: usize, length: usize, parts: &mut SecretParts) {
    let body = &text[at..at + length];
    let blanks = body.len() - body.trim_ascii_start().len();
    let is_begun_here = text[..at].ends_with(b"-----");
    let trimmed = body.trim_ascii();
    match is_begun_here {
        true if !trimmed.is_empty() => parts.add(SecretPart {
            kind: SecretKind::Key,
            range: at + blanks..at + blanks + trimmed.len(),
            name: trimmed
                .iter()
                .copied()
                .filter(|byte| is_base64(*byte))
                .collect(),
        }),
        true => {}
        false => {
            runs(&text[..at + length], at, parts);
        }
    }
}

/// Adds the runs that are whole lines of a key, and the last run of the text if the line before was
/// of a key.
fn lines(text: &[u8], at: usize, state: KeyState, parts: &mut SecretParts) -> KeyState {
    if runs(text, at, parts) {
        return KeyState::Inside;
    }
    let rest = text[at..].trim_ascii();
    let is_header = rest.is_empty() || memchr::memmem::find(rest, b": ").is_some();
    match state {
        KeyState::Inside if !is_header => {
            // In JSON the end of the line is an escape.
            let stop = memchr::memchr(b'\n', &text[at..]).map_or(text.len(), |length| at + length);
            let others = run_before(text, stop, stop - at, |byte| !is_base64(byte));
            let end = stop - others;
            let length = run_before(text, end, end - at, is_base64);
            let start = end - length;
            let is_apart = before(text, start).is_none_or(|byte| !matches!(byte, b'.' | b'_'));
            if is_apart && others <= 3 {
                add(text, start, length, parts);
            }
            KeyState::Begun { others: 1 }
        }
        KeyState::Inside | KeyState::Begun { .. } => {
            let others = match state {
                KeyState::Begun { others } => others + 1,
                _ => 1,
            };
            match others < OTHER_LINES_MAX {
                true => KeyState::Begun { others },
                false => KeyState::Outside,
            }
        }
        KeyState::Outside => KeyState::Outside,
    }
}

/// Adds runs that are whole lines of a key. Returns whether there is one.
fn runs(text: &[u8], mut at: usize, parts: &mut SecretParts) -> bool {
    let mut is_any = false;
    while at < text.len() {
        let length = run(text, at, is_base64);
        if length >= LINE_BYTES_MIN {
            add(text, at, length, parts);
            is_any = true;
        }
        at += length.max(1);
    }
    is_any
}

fn add(text: &[u8], at: usize, length: usize, parts: &mut SecretParts) {
    parts.add(SecretPart {
        kind: SecretKind::Key,
        range: at..at + length,
        name: text[at..at + length].to_vec(),
    });
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}
