//! Words: what several detectors ask about the bytes around a secret.

/// Returns whether a byte is part of a word, so that nothing begins or ends beside it.
pub(in crate::redact) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Returns the byte before a place.
pub(super) fn before(text: &[u8], at: usize) -> Option<u8> {
    at.checked_sub(1).map(|at| text[at])
}

/// Returns whether a word may begin here.
pub(super) fn begins(text: &[u8], at: usize) -> bool {
    before(text, at).is_none_or(|byte| !is_word(byte))
}

/// Returns whether a text ends with a word in lower case, whatever its own case is.
pub(super) fn ends_with(text: &[u8], word: &[u8]) -> bool {
    text.len() >= word.len() && text[text.len() - word.len()..].eq_ignore_ascii_case(word)
}

/// Returns how many bytes from a place on are of a kind.
pub(super) fn run(text: &[u8], at: usize, is_of: impl Fn(u8) -> bool) -> usize {
    text[at..].iter().take_while(|byte| is_of(**byte)).count()
}

/// Returns how many bytes before a place are of a kind, at most so many.
pub(super) fn run_before(text: &[u8], at: usize, max: usize, is_of: impl Fn(u8) -> bool) -> usize {
    let bytes = text[..at].iter().rev().take(max);
    bytes.take_while(|byte| is_of(**byte)).count()
}
