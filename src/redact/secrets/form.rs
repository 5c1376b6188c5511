//! Secrets that are known by their own form: tokens with the prefix of who gave them, JWT,
//! identifiers of AWS keys, and what stands behind `Bearer`.

use super::{
    SecretKind, SecretPart, SecretParts,
    word::{begins, is_word, run},
};

/// What a token looks like behind its prefix.
struct TokenForm {
    prefix: &'static [u8],
    of: TokenBytes,
    /// How many bytes follow the prefix.
    least: usize,
    most: usize,
    kind: SecretKind,
}

#[derive(Clone, Copy)]
enum TokenBytes {
    Capitals,
    Alphanumeric,
    /// Also `_`.
    Word,
    /// Also `_` and `-`.
    Url,
}

impl TokenBytes {
    fn has(self, byte: u8) -> bool {
        match self {
            TokenBytes::Capitals => byte.is_ascii_uppercase() || byte.is_ascii_digit(),
            TokenBytes::Alphanumeric => byte.is_ascii_alphanumeric(),
            TokenBytes::Word => is_word(byte),
            TokenBytes::Url => is_word(byte) || byte == b'-',
        }
    }
}

const fn token(prefix: &'static [u8], of: TokenBytes, least: usize) -> TokenForm {
    TokenForm {
        prefix,
        of,
        least,
        most: usize::MAX,
        kind: SecretKind::Token,
    }
}

const fn aws(prefix: &'static [u8]) -> TokenForm {
    TokenForm {
        prefix,
        of: TokenBytes::Capitals,
        least: 16,
        most: 16,
        kind: SecretKind::Key,
    }
}

/// The forms that the services document. The sieve knows the prefixes.
const FORMS: [TokenForm; 30] = [
    aws(b"AKIA"),
    aws(b"ASIA"),
    token(b"ghp_", TokenBytes::Alphanumeric, 30),
    token(b"gho_", TokenBytes::Alphanumeric, 30),
    token(b"ghu_", TokenBytes::Alphanumeric, 30),
    token(b"ghs_", TokenBytes::Alphanumeric, 30),
    token(b"ghr_", TokenBytes::Alphanumeric, 30),
    token(b"github_pat_", TokenBytes::Word, 22),
    token(b"glpat-", TokenBytes::Url, 20),
    token(b"xoxb-", TokenBytes::Url, 10),
    token(b"xoxp-", TokenBytes::Url, 10),
    token(b"xoxa-", TokenBytes::Url, 10),
    token(b"xoxe-", TokenBytes::Url, 10),
    token(b"xoxo-", TokenBytes::Url, 10),
    token(b"xoxr-", TokenBytes::Url, 10),
    token(b"xoxs-", TokenBytes::Url, 10),
    token(b"xapp-", TokenBytes::Url, 10),
    token(b"sk_live_", TokenBytes::Alphanumeric, 16),
    token(b"rk_live_", TokenBytes::Alphanumeric, 16),
    token(b"sk_test_", TokenBytes::Alphanumeric, 16),
    token(b"rk_test_", TokenBytes::Alphanumeric, 16),
    token(b"whsec_", TokenBytes::Alphanumeric, 16),
    token(b"AIza", TokenBytes::Url, 35),
    token(b"npm_", TokenBytes::Alphanumeric, 36),
    token(b"pypi-", TokenBytes::Url, 32),
    token(b"sk-ant-", TokenBytes::Url, 20),
    token(b"sk-proj-", TokenBytes::Url, 20),
    token(b"dop_v1_", TokenBytes::Alphanumeric, 40),
    token(b"shpat_", TokenBytes::Alphanumeric, 32),
    token(b"hvs.", TokenBytes::Url, 24),
];

/// How many bytes behind `Bearer` are a token, and no word of a sentence.
const BEARER_BYTES_MIN: usize = 12;

/// How many bytes each part of a JWT has at least.
const JWT_PART_BYTES_MIN: usize = 8;

pub(super) fn find(text: &[u8], parts: &mut SecretParts) {
    let mut at = 0;
    while at < text.len() {
        if !is_word(text[at]) || !begins(text, at) {
            at += 1;
            continue;
        }
        let found = match text[at] {
            b'e' => jwt(&text[at..]).map(|length| (SecretKind::Token, at..at + length)),
            b'B' | b'b' => bearer(&text[at..])
                .map(|(before, length)| (SecretKind::Token, at + before..at + before + length)),
            b'A' | b'g' | b'x' | b's' | b'r' | b'w' | b'n' | b'p' | b'd' | b'h' => {
                of_form(&text[at..]).map(|(kind, length)| (kind, at..at + length))
            }
            _ => None,
        };
        match found {
            Some((kind, range)) => {
                at = range.end;
                parts.add(SecretPart {
                    kind,
                    name: text[range.clone()].to_vec(),
                    range,
                });
            }
            None => at += run(text, at, is_word),
        }
    }
}

fn of_form(text: &[u8]) -> Option<(SecretKind, usize)> {
    let form = FORMS.iter().find(|form| text.starts_with(form.prefix))?;
    let rest = &text[form.prefix.len()..];
    let mut length = run(rest, 0, |byte| form.of.has(byte));
    // A hyphen at the end is that of the text around.
    while length > 0 && rest[length - 1] == b'-' {
        length -= 1;
    }
    let is_apart = rest.get(length).is_none_or(|byte| !is_word(*byte));
    let has_digit = rest[..length].iter().any(u8::is_ascii_digit);
    // The identifiers of AWS keys need not have one.
    let is_varied = has_digit || form.kind == SecretKind::Key;
    ((form.least..=form.most).contains(&length) && is_apart && is_varied)
        .then_some((form.kind, form.prefix.len() + length))
}

/// Returns the length of a JWT. Its first part is an object of JSON in base64, and so begins with
/// `eyJ`. The payload is one too, unless it is encrypted, and then there are five parts.
fn jwt(text: &[u8]) -> Option<usize> {
    if !text.starts_with(b"eyJ") {
        return None;
    }
    let is_url = |byte: u8| is_word(byte) || byte == b'-';
    let mut end = run(text, 0, is_url);
    let mut lengths = vec![end];
    while lengths.len() < 5 && text.get(end) == Some(&b'.') {
        let length = run(text, end + 1, is_url);
        if length == 0 && lengths.len() != 2 {
            break;
        }
        lengths.push(length);
        end += 1 + length;
    }
    let has_payload = text[lengths[0]..].starts_with(b".eyJ") || lengths.len() == 5;
    let are_long = lengths[0] >= JWT_PART_BYTES_MIN && *lengths.get(1)? >= JWT_PART_BYTES_MIN;
    (has_payload && are_long).then_some(end)
}

/// Returns where the token behind `Bearer` begins, and how long it is.
fn bearer(text: &[u8]) -> Option<(usize, usize)> {
    let word = b"bearer";
    let is_there = text.len() > word.len() && text[..word.len()].eq_ignore_ascii_case(word);
    if !is_there {
        return None;
    }
    let blanks = run(text, word.len(), |byte| {
        matches!(byte, b' ' | b'+' | b'\t') || byte == crate::redact::view::ENCODED
    });
    let at = word.len() + blanks;
    let length = run(text, at, is_token68);
    let token = &text[at..at + length];
    let is_token = length >= BEARER_BYTES_MIN && token.iter().any(u8::is_ascii_digit);
    (blanks > 0 && is_token).then_some((at, length))
}

/// Returns whether a byte may be in the credentials of an HTTP header.
pub(super) fn is_token68(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'+' | b'/' | b'=')
}
