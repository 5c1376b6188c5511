//! Secrets that are known by what they are called: `password=...`, `"api_key": "..."`,
//! `Authorization: Basic ...`, cookies, `--token ...`, `https://user:...@host`.
//!
//! The name has to end with a word for a secret: `max_tokens: 5` and `token_count=7` have none.
//! What is said about a secret is none: `password: incorrect`, `unexpected token: foo`. So a word
//! behind a colon is a password only if it could be no part of a sentence, and a token has to look
//! like one. A value that is masked already, or that names a variable, stays.

use super::{
    SecretKind, SecretPart, SecretParts,
    form::is_token68,
    word::{before, is_word, run, run_before},
};
use crate::redact::view::ENCODED;

/// How long a name may be.
const NAME_BYTES_MAX: usize = 64;

/// What kind of secret a name promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Promise {
    /// Any text may be one.
    Password,
    /// It looks like chance.
    Token,
    /// It looks like chance, and is long.
    Signature,
    Authorization,
    Cookie,
}

/// The ends of names, in lower case, without `_` and `-`.
const NAMES: [(&[u8], Promise); 24] = [
    (b"password", Promise::Password),
    (b"passwd", Promise::Password),
    (b"passwort", Promise::Password),
    (b"passphrase", Promise::Password),
    (b"pwd", Promise::Password),
    (b"secret", Promise::Token),
    (b"token", Promise::Token),
    (b"apikey", Promise::Token),
    (b"accesskey", Promise::Token),
    (b"secretkey", Promise::Token),
    (b"privatekey", Promise::Token),
    (b"accountkey", Promise::Token),
    (b"encryptionkey", Promise::Token),
    (b"signingkey", Promise::Token),
    (b"authkey", Promise::Token),
    (b"sessionid", Promise::Token),
    (b"sessid", Promise::Token),
    (b"secrettoken", Promise::Token),
    (b"credential", Promise::Token),
    (b"signature", Promise::Signature),
    (b"authorization", Promise::Authorization),
    (b"cookie", Promise::Cookie),
    (b"dbpass", Promise::Password),
    (b"userpass", Promise::Password),
];

/// What stands in place of a secret, or is said about one.
const NO_SECRETS: [&[u8]; 62] = [
    b"null",
    b"nil",
    b"none",
    b"undefined",
    b"true",
    b"false",
    b"yes",
    b"no",
    b"on",
    b"off",
    b"empty",
    b"hidden",
    b"masked",
    b"redacted",
    b"filtered",
    b"removed",
    b"secret",
    b"password",
    b"token",
    b"required",
    b"missing",
    b"invalid",
    b"incorrect",
    b"wrong",
    b"expired",
    b"expires",
    b"rejected",
    b"accepted",
    b"changed",
    b"reset",
    b"unset",
    b"set",
    b"not",
    b"is",
    b"was",
    b"must",
    b"does",
    b"cannot",
    b"could",
    b"failed",
    b"failure",
    b"ok",
    b"success",
    b"valid",
    b"unknown",
    b"unexpected",
    b"authentication",
    b"and",
    b"or",
    b"for",
    b"from",
    b"the",
    b"a",
    b"an",
    b"too",
    b"string",
    b"str",
    b"prompt",
    b"ask",
    b"error",
    b"n/a",
    b"denied",
];

/// Schemes of HTTP whose credentials stand behind them.
const SCHEMES: [&[u8]; 9] = [
    b"bearer",
    b"basic",
    b"token",
    b"negotiate",
    b"ntlm",
    b"apikey",
    b"digest",
    b"aws4-hmac-sha256",
    b"hmac",
];

/// What a server says about a cookie besides its value.
const COOKIE_WORDS: [&[u8]; 7] = [
    b"path",
    b"domain",
    b"expires",
    b"max-age",
    b"samesite",
    b"version",
    b"priority",
];

/// How few bytes a token has, a signature, and the value of a cookie. Shorter ones are settings.
const TOKEN_BYTES_MIN: usize = 6;
const SIGNATURE_BYTES_MIN: usize = 32;
const COOKIE_BYTES_MIN: usize = 8;

/// How far behind a quote its end is looked for.
const QUOTED_BYTES_MAX: usize = 64 << 10;

/// How few bytes a token has behind a colon, if another word follows: `unexpected token: id1 at`.
const SAID_TOKEN_BYTES_MIN: usize = 16;

pub(super) fn find(text: &[u8], parts: &mut SecretParts) {
    for at in memchr::memchr3_iter(b'=', b':', b'>', text) {
        if let Some(promise) = name_before(text, at) {
            let rest = at + 1 + run(text, at + 1, |byte| matches!(byte, b'>' | b'='));
            let is_comparison = text[at] == b'=' && text.get(at + 1) == Some(&b'=');
            if !is_comparison {
                value(text, rest, ValueSign::of(text[at]), promise, parts);
            }
        }
    }
    // Of flags only: in a sentence a word follows.
    for at in memchr::memmem::find_iter(text, b"--") {
        let length = run(text, at + 2, |byte| is_word(byte) || byte == b'-');
        let end = at + 2 + length;
        if text.get(end) == Some(&b' ')
            && let Some(promise) = promise(&text[at + 2..end])
            && text.get(end + 1).is_some_and(|byte| *byte != b'-')
        {
            value(text, end, ValueSign::WithEquals, promise, parts);
        }
    }
}

/// How a value is joined to its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ValueSign {
    /// By `=`, `>`, or as a flag.
    WithEquals,
    /// By a colon, as in a sentence.
    WithColon,
}

impl ValueSign {
    fn of(sign: u8) -> ValueSign {
        match sign {
            b':' => ValueSign::WithColon,
            _ => ValueSign::WithEquals,
        }
    }
}

/// Returns what the name before `=`, `:` or `>` promises.
fn name_before(text: &[u8], at: usize) -> Option<Promise> {
    let mut end = at - usize::from(at > 0 && text[at] == b'=' && text[at - 1] == b':');
    end -= run_before(text, end, 2, |byte| byte == b' ');
    end -= run_before(text, end, 3, |byte| {
        matches!(byte, b'"' | b'\'' | b'`' | b']' | b')')
    });
    // Most names end otherwise.
    if !matches!(
        before(text, end)?.to_ascii_lowercase(),
        b'd' | b't' | b'e' | b'n' | b'y' | b'l' | b's'
    ) {
        return None;
    }
    let length = run_before(text, end, NAME_BYTES_MAX, |byte| {
        is_word(byte) || matches!(byte, b'-' | b'.')
    });
    let name = &text[end - length..end];
    // Only the name of an element stands before its value.
    let is_element = text[at] != b'>' || text[..end - length].ends_with(b"<");
    promise(name).filter(|_| is_element)
}

fn promise(name: &[u8]) -> Option<Promise> {
    let plain: Vec<u8> = name
        .iter()
        .filter(|byte| !matches!(byte, b'_' | b'-' | b'.'))
        .map(u8::to_ascii_lowercase)
        .collect();
    let is_short_pass = [&b"_pass"[..], b"-pass", b".pass"]
        .iter()
        .any(|end| name.to_ascii_lowercase().ends_with(end));
    if is_short_pass {
        return Some(Promise::Password);
    }
    let known = NAMES.iter().find(|(end, _)| plain.ends_with(end));
    known.map(|(_, promise)| *promise)
}

/// Adds the value that begins behind a sign, if it is a secret.
fn value(text: &[u8], sign: usize, said: ValueSign, promise: Promise, parts: &mut SecretParts) {
    let blanks = run(text, sign, |byte| matches!(byte, b' ' | b'\t'));
    let at = sign + blanks.min(8);
    match promise {
        Promise::Authorization => return authorization(text, at, parts),
        Promise::Cookie => return cookies(text, at, parts),
        Promise::Password | Promise::Token | Promise::Signature => {}
    }
    let quote = text
        .get(at)
        .copied()
        .filter(|byte| matches!(byte, b'"' | b'\'' | b'`'));
    let (at, length) = match quote {
        Some(quote) => {
            // In CSV quotes are doubled.
            let quotes = run(text, at, |byte| byte == quote);
            let is_doubled = text.get(at + quotes).is_some_and(|byte| !ends_value(*byte));
            let at = at + if is_doubled { quotes } else { 1 };
            let near = &text[at..text.len().min(at + QUOTED_BYTES_MAX)];
            (at, quoted_length(near, quote))
        }
        None => (at, run(text, at, |byte| !ends_value(byte))),
    };
    let value = &text[at..at + length];
    let is_secret = !stands_for_secret(value)
        && match promise {
            // Shells keep the folder in PWD.
            Promise::Password if quote.is_some() => !value.starts_with(b"/"),
            Promise::Password => {
                !is_path(value)
                    && (said == ValueSign::WithEquals
                        || blanks == 0
                        || could_be_password(text, at, length))
            }
            Promise::Token => {
                let is_said = said == ValueSign::WithColon && quote.is_none() && blanks > 0;
                length >= TOKEN_BYTES_MIN
                    && looks_like_chance(value)
                    && (!is_said || length >= SAID_TOKEN_BYTES_MIN || is_last(&text[at + length..]))
            }
            Promise::Signature => length >= SIGNATURE_BYTES_MIN && looks_like_chance(value),
            Promise::Authorization | Promise::Cookie => false,
        };
    if is_secret {
        add(text, at, length, promise, parts);
    }
}

/// Returns how long the text is that a quote ends. What was written as `\"` is a quote as well here,
/// so one that a letter follows, or anything else that no value ends with, is a part of the text.
fn quoted_length(text: &[u8], quote: u8) -> usize {
    let ends = memchr::memchr2_iter(quote, b'\n', text);
    let mut ends = ends.filter(|&end| {
        let next = text.get(end + 1);
        text[end] == b'\n' || next.is_none_or(|&next| ends_value(next) || next == b':')
    });
    ends.next().unwrap_or(text.len())
}

fn add(text: &[u8], at: usize, length: usize, promise: Promise, parts: &mut SecretParts) {
    parts.add(SecretPart {
        kind: match promise {
            Promise::Token | Promise::Authorization => SecretKind::Token,
            Promise::Password | Promise::Signature | Promise::Cookie => SecretKind::Secret,
        },
        range: at..at + length,
        name: text[at..at + length].to_vec(),
    });
}

/// Returns whether a value without quotes ends at a byte.
fn ends_value(byte: u8) -> bool {
    byte.is_ascii_whitespace()
        || matches!(
            byte,
            b',' | b';' | b'&' | b'"' | b'\'' | b'`' | b'<' | b'>' | b')' | b'}' | b']' | b'|' | 0
        )
}

/// Returns whether a value is a mask, a variable, or a word that is said about secrets.
fn stands_for_secret(value: &[u8]) -> bool {
    let first = value.first().copied().unwrap_or(b'<');
    // A value in brackets was left out by another program, or is a pseudonym.
    let is_variable = matches!(first, b'<' | b'$' | b'{' | b'[' | b'(')
        || value.starts_with(b"%s")
        || value.starts_with(b"%(")
        || value.starts_with(b"%{")
        || value.starts_with(b"//");
    let is_mask = value.iter().all(|byte| {
        matches!(
            byte,
            b'*' | b'.' | b'x' | b'X' | b'-' | b'#' | b'?' | b'_' | 0x80..
        )
    });
    let word = match value {
        [word @ .., b'.' | b':' | b'!' | b'?'] => word,
        word => word,
    };
    let is_word = NO_SECRETS.iter().any(|no| word.eq_ignore_ascii_case(no));
    is_variable || is_mask || is_word || value.starts_with(b"***")
}

/// Returns whether a word behind `password: ` could be one: no word of a sentence follows, or it
/// is no word.
fn could_be_password(text: &[u8], at: usize, length: usize) -> bool {
    let value = &text[at..at + length];
    let is_plain = value.iter().all(u8::is_ascii_alphabetic);
    !is_plain || is_last(&text[at + length..])
}

/// Returns whether no other word follows a value.
fn is_last(rest: &[u8]) -> bool {
    matches!(
        rest,
        [] | [b'\n' | b'\r' | b',' | b';' | b'"' | b'\'' | b'}' | b'<', ..]
    )
}

fn is_path(value: &[u8]) -> bool {
    matches!(value, [b'/' | b'~', ..] | [b'A'..=b'Z' | b'a'..=b'z', b':', b'\\' | b'/', ..])
}

/// Returns whether a value was made by chance: it has a digit and is no small number, or upper and
/// lower case in the middle of it, and it is no name of code.
fn looks_like_chance(value: &[u8]) -> bool {
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    let letters = value
        .iter()
        .filter(|byte| byte.is_ascii_alphabetic())
        .count();
    let is_call = value.contains(&b'(') || value.contains(&b'\\');
    let has_both =
        value.iter().any(u8::is_ascii_uppercase) && value.iter().any(u8::is_ascii_lowercase);
    let is_number = letters == 0 && value.len() < 10;
    !is_call && !is_number && (digits > 0 || has_both && value.len() >= 20 || value.len() >= 24)
}

/// Adds the credentials behind `Authorization:`.
fn authorization(text: &[u8], at: usize, parts: &mut SecretParts) {
    let at = at + run(text, at, |byte| matches!(byte, b'"' | b'\'' | b'[' | b' '));
    let word = run(text, at, |byte| {
        byte.is_ascii_alphanumeric() || byte == b'-'
    });
    let is_scheme = SCHEMES
        .iter()
        .any(|scheme| text[at..at + word].eq_ignore_ascii_case(scheme));
    let is_blank = |byte: u8| matches!(byte, b' ' | b'+' | ENCODED);
    let blanks = run(text, at + word, is_blank);
    if !is_scheme || blanks == 0 {
        let length = run(text, at, is_token68);
        let value = &text[at..at + length];
        if length >= COOKIE_BYTES_MIN
            && value.iter().any(u8::is_ascii_digit)
            && looks_like_chance(value)
        {
            add(text, at, length, Promise::Authorization, parts);
        }
        return;
    }
    let start = at + word + blanks;
    let has_fields = matches!(
        text[at..at + word].to_ascii_lowercase().as_slice(),
        b"digest" | b"aws4-hmac-sha256" | b"hmac"
    );
    let length = match has_fields {
        // All fields are one secret, to the end of the header.
        true => run(text, start, |byte| {
            !matches!(byte, b'\n' | b'\r' | b'\'' | b'}')
        }),
        false => run(text, start, is_token68),
    };
    let value = &text[start..start + length];
    if length > 2 && !stands_for_secret(value) {
        add(text, start, length, Promise::Authorization, parts);
    }
}

/// Adds the values of cookies, each by itself.
fn cookies(text: &[u8], at: usize, parts: &mut SecretParts) {
    let mut at = at + run(text, at, |byte| matches!(byte, b'"' | b'\'' | b'[' | b' '));
    loop {
        let name = run(text, at, |byte| {
            is_word(byte)
                || matches!(
                    byte,
                    b'-' | b'.' | b'!' | b'$' | b'%' | b'*' | b'+' | b'^' | b'~'
                )
        });
        let is_attribute = COOKIE_WORDS
            .iter()
            .any(|word| text[at..at + name].eq_ignore_ascii_case(word));
        if name == 0 {
            return;
        }
        at += name;
        if text.get(at) == Some(&b'=') {
            at += 1;
            let length = run(text, at, |byte| {
                !matches!(byte, b';' | b'"' | b'\'' | b'}' | b']') && !byte.is_ascii_whitespace()
            });
            let value = &text[at..at + length];
            let is_long = length >= COOKIE_BYTES_MIN;
            if is_long && !is_attribute && !stands_for_secret(value) {
                add(text, at, length, Promise::Cookie, parts);
            }
            at += length;
            if is_attribute {
                // A date has spaces.
                at += run(text, at, |byte| {
                    !matches!(byte, b';' | b'"' | b'\'' | b'\n')
                });
            }
        }
        if text.get(at) != Some(&b';') {
            return;
        }
        at += 1 + run(text, at + 1, |byte| byte == b' ');
    }
}

/// Adds what stands before the `@` of URLs: a name with a password, or a token alone.
pub(super) fn find_in_urls(text: &[u8], parts: &mut SecretParts) {
    for sign in memchr::memmem::find_iter(text, b"://") {
        let at = sign + 3;
        let authority = run(text, at, |byte| {
            !byte.is_ascii_whitespace()
                && !matches!(byte, b'/' | b'?' | b'#' | b'"' | b'\'' | b'<' | b'>' | b'`')
        });
        let Some(length) = memchr::memrchr(b'@', &text[at..at + authority]) else {
            continue;
        };
        let userinfo = &text[at..at + length];
        let is_secret = match memchr::memchr(b':', userinfo) {
            Some(colon) => !stands_for_secret(&userinfo[colon + 1..]),
            None => length >= 16 && looks_like_chance(userinfo) && !stands_for_secret(userinfo),
        };
        if is_secret {
            add(text, at, length, Promise::Password, parts);
        }
    }
}
