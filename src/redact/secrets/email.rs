//! Addresses of mail.
//!
//! No address: `git@github.com`, the account that everybody has; a version (`checkout@v4.1.1`), a
//! picture (`logo@2x.png`), a unit of systemd (`user@1000.service`). A name without a dot behind
//! the `@` is none either.

use super::{
    SecretKind, SecretPart, SecretParts,
    word::{run, run_before},
};

/// How long the part before the `@` may be.
const LOCAL_BYTES_MAX: usize = 64;

/// How long a domain may be.
const DOMAIN_BYTES_MAX: usize = 255;

/// What stands behind the last dot of names of files and units, and is the end of no domain that
/// people have mail at.
const NO_DOMAINS: [&[u8]; 36] = [
    b"png",
    b"jpg",
    b"jpeg",
    b"gif",
    b"svg",
    b"webp",
    b"ico",
    b"js",
    b"mjs",
    b"cjs",
    b"ts",
    b"tsx",
    b"jsx",
    b"css",
    b"json",
    b"tgz",
    b"gz",
    b"zip",
    b"tar",
    b"jar",
    b"xml",
    b"yaml",
    b"yml",
    b"log",
    b"service",
    b"socket",
    b"timer",
    b"slice",
    b"scope",
    b"mount",
    b"target",
    b"swap",
    b"path",
    b"device",
    b"automount",
    b"so",
];

pub(super) fn find(text: &[u8], parts: &mut SecretParts) {
    for at in memchr::memchr_iter(b'@', text) {
        let local = at - local_length(&text[..at]);
        let domain = domain_length(&text[at + 1..]);
        let end = at + 1 + domain;
        if local == at || domain == 0 || is_everybodys(&text[local..at]) || is_of_url(text, local) {
            continue;
        }
        parts.add(SecretPart {
            kind: SecretKind::Email,
            range: local..end,
            name: text[local..end].to_ascii_lowercase(),
        });
    }
}

/// Returns how long the part before the `@` is. It does not begin with a dot, or with a sign that
/// only joins.
fn local_length(text: &[u8]) -> usize {
    let length = run_before(text, text.len(), LOCAL_BYTES_MAX, |byte| {
        byte.is_ascii_alphanumeric()
            || matches!(byte, b'.' | b'_' | b'%' | b'+' | b'-')
            || is_latin(byte)
    });
    let local = &text[text.len() - length..];
    let joins = |byte: &u8| matches!(byte, b'.' | b'-' | b'%' | b'+') || is_tail(*byte);
    let skipped = local.iter().take_while(|byte| joins(byte)).count();
    if local.ends_with(b".") {
        return 0;
    }
    length - skipped
}

/// Returns how long the domain at the start of a text is, or 0 if there is none.
fn domain_length(text: &[u8]) -> usize {
    let text = &text[..text.len().min(DOMAIN_BYTES_MAX)];
    let length = run(text, 0, |byte| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-') || is_latin(byte)
    });
    // A sentence may end behind an address.
    let mut domain = &text[..length];
    while let [before @ .., b'.' | b'-'] = domain {
        domain = before;
    }
    // An address may be the name of a file: `ann@example.org.log`.
    if let Some(dot) = memchr::memrchr(b'.', domain)
        && is_file_ending(&domain[dot + 1..])
    {
        domain = &domain[..dot];
    }
    let mut labels = domain.split(|byte| *byte == b'.');
    let are_labels = labels.all(|label| !label.is_empty() && !label.starts_with(b"-"));
    let last = domain.rsplit(|byte| *byte == b'.').next().unwrap_or(domain);
    let is_top = last.len() >= 2
        && (last
            .iter()
            .all(|byte| byte.is_ascii_alphabetic() || is_latin(*byte))
            || last.starts_with(b"xn--"));
    match are_labels && is_top && !is_file_ending(last) && last.len() < domain.len() {
        true => domain.len(),
        false => 0,
    }
}

fn is_file_ending(label: &[u8]) -> bool {
    let mut endings = NO_DOMAINS.iter();
    endings.any(|name| label.eq_ignore_ascii_case(name))
}

/// Returns whether a byte is part of a letter of two bytes: Latin, Greek, Cyrillic. Scripts that
/// have no spaces would join an address to the words around it.
fn is_latin(byte: u8) -> bool {
    matches!(byte, 0xC3..=0xD4) || is_tail(byte)
}

fn is_tail(byte: u8) -> bool {
    matches!(byte, 0x80..=0xBF)
}

fn is_everybodys(local: &[u8]) -> bool {
    local == b"git"
}

/// Returns whether what begins here stands between `://` and a path: it is a name and a password,
/// or a name.
fn is_of_url(text: &[u8], at: usize) -> bool {
    let length = run_before(text, at, LOCAL_BYTES_MAX * 4, |byte| {
        !matches!(byte, b'/' | b'"' | b'\'' | b'<' | b'>' | b'?' | b'=')
            && !byte.is_ascii_whitespace()
    });
    text[..at - length].ends_with(b"://")
}
