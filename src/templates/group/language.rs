//! What words are by themselves: names, states, events; and what tokens have in common.

/// Whether a byte is a letter, or a part of one that is no ASCII.
pub(super) fn is_letter(byte: &u8) -> bool {
    byte.is_ascii_alphabetic() || !byte.is_ascii()
}

pub(super) fn is_mark(byte: u8) -> bool {
    byte.is_ascii_punctuation()
}

/// A token without the punctuation at its ends.
pub(super) fn trimmed(text: &[u8]) -> &[u8] {
    let start = text.iter().position(|&b| !is_mark(b)).unwrap_or(text.len());
    let end = text
        .iter()
        .rposition(|&b| !is_mark(b))
        .map_or(start, |at| at + 1);
    &text[start..end]
}

/// Whether the word before a token says that it is somebody's or something's name.
pub(super) fn introduces_a_name(word: &[u8]) -> bool {
    matches!(
        trimmed(word).to_ascii_lowercase().as_slice(),
        b"user" | b"username" | b"host" | b"hostname" | b"login" | b"account"
    ) && !word.ends_with(b";")
        && !word.ends_with(b".")
}

/// Whether the word before a token says that it is a state, which is what the line is about.
pub(super) fn introduces_a_state(word: &[u8]) -> bool {
    matches!(
        word.to_ascii_lowercase().as_slice(),
        b"is" | b"are" | b"was" | b"were" | b"be" | b"been" | b"not" | b"now"
    )
}

/// Whether a word makes a line another event: a form of a verb, or one of a pair of opposites.
pub(super) fn makes_an_event(word: &[u8]) -> bool {
    let is_form = [&b"ed"[..], b"ing", b"ion", b"ure", b"ss", b"en"];
    is_form.iter().any(|end| word.ends_with(end))
        || crate::record::Level::of_word(word).is_some()
        || matches!(
            word,
            b"not"
                | b"and"
                | b"but"
                | b"for"
                | b"from"
                | b"with"
                | b"without"
                | b"into"
                | b"onto"
                | b"before"
                | b"after"
                | b"off"
                | b"out"
                | b"down"
                | b"read"
                | b"write"
                | b"start"
                | b"stop"
                | b"open"
                | b"close"
                | b"send"
                | b"receive"
                | b"sent"
                | b"input"
                | b"output"
                | b"get"
                | b"put"
                | b"set"
                | b"add"
                | b"remove"
                | b"enable"
                | b"disable"
                | b"begin"
                | b"end"
                | b"lock"
                | b"unlock"
                | b"up"
                | b"new"
                | b"old"
                | b"first"
                | b"last"
                | b"true"
                | b"false"
                | b"yes"
                | b"ok"
                | b"create"
                | b"delete"
                | b"connect"
                | b"disconnect"
                | b"acquire"
                | b"release"
                | b"load"
                | b"unload"
                | b"can"
                | b"cannot"
                | b"has"
                | b"had"
                | b"will"
                | b"did"
                | b"does"
        )
}

/// What several tokens have in common: punctuation and keys at their ends stay, between them is
/// `code`.
pub(super) fn common(texts: &[&[u8]], code: u8) -> Vec<u8> {
    let first = texts[0];
    let same = |a: &[u8], b: &[u8]| a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let mut head = texts
        .iter()
        .map(|text| same(first, text))
        .min()
        .unwrap_or(0);
    // Of what they begin with, whole words only.
    while head > 0 && !is_mark(first[head - 1]) {
        head -= 1;
    }
    let shortest = texts
        .iter()
        .map(|text| text.len() - head)
        .min()
        .unwrap_or(0);
    let mut tail = texts
        .iter()
        .map(|text| {
            text.iter()
                .rev()
                .zip(first.iter().rev())
                .take_while(|(a, b)| a == b)
                .count()
        })
        .min()
        .unwrap_or(0)
        .min(shortest);
    while tail > 0 && !is_mark(first[first.len() - tail]) {
        tail -= 1;
    }
    let mut text = first[..head].to_vec();
    text.push(code);
    text.extend_from_slice(&first[first.len() - tail..]);
    text
}
