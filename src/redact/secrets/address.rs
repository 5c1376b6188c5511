//! Addresses of IPv4 and IPv6.
//!
//! Those that are the same everywhere stay: loopback, 0.0.0.0 and `::`, masks. Four numbers with
//! dots are an address unless something says that they are a version: a letter or the word version
//! before them, the name of a browser, `-rc1` or `.jar` behind them, a fifth number.

use std::{
    net::{Ipv4Addr, Ipv6Addr},
    ops::Range,
};

use super::{
    SecretKind, SecretPart, SecretParts,
    word::{before, ends_with, is_word, run, run_before},
};

/// The longest form of IPv6, with an address of IPv4 at its end.
const V6_BYTES_MAX: usize = 45;

/// Words before a version.
const VERSION_WORDS: [&[u8]; 9] = [
    b"version",
    b"versions",
    b"ver",
    b"release",
    b"build",
    b"revision",
    b"rev",
    b"firmware",
    b"kernel",
];

/// Programs that write their version behind a slash. Hosts do so with their address.
const PRODUCTS: [&[u8]; 17] = [
    b"chrome",
    b"chromium",
    b"edg",
    b"edge",
    b"edga",
    b"firefox",
    b"safari",
    b"opr",
    b"opera",
    b"crios",
    b"electron",
    b"yabrowser",
    b"vivaldi",
    b"brave",
    b"samsungbrowser",
    b"webview",
    b"trident",
];

/// Endings of files that have a version in their name.
const FILES: [&[u8]; 16] = [
    b".tar", b".tgz", b".zip", b".jar", b".war", b".whl", b".deb", b".rpm", b".exe", b".dll",
    b".so", b".gem", b".msi", b".dmg", b".nupkg", b".apk",
];

pub(super) fn find(text: &[u8], parts: &mut SecretParts) {
    find_v4(text, parts);
    find_v6(text, parts);
}

fn find_v4(text: &[u8], parts: &mut SecretParts) {
    let mut at = 0;
    while let Some(dot) = memchr::memchr(b'.', &text[at..]).map(|dot| at + dot) {
        at = dot + 1;
        let start = dot - run_before(text, dot, 4, |byte| byte.is_ascii_digit());
        let Some((address, length)) = v4(&text[start..]) else {
            continue;
        };
        let end = start + length;
        if is_fixed(address) || !is_apart(text, start, end) || is_version(text, start, end) {
            at = end;
            continue;
        }
        at = end;
        parts.add(SecretPart {
            kind: SecretKind::Ip,
            range: start..end,
            name: address.to_string().into_bytes(),
        });
    }
}

/// Returns whether a dot may be the first or the second one of an address. It is asked for the dot
/// of every number, so it is quick to say no.
pub(in crate::redact) fn may_begin(text: &[u8], dot: usize) -> bool {
    let digits = run(text, dot + 1, |byte| byte.is_ascii_digit());
    let second = dot + 1 + digits;
    digits <= 3
        && text.get(second) == Some(&b'.')
        && text.get(second + 1).is_some_and(u8::is_ascii_digit)
}

/// Returns the address at the start of a text, and its length. Numbers may have zeros in front.
fn v4(text: &[u8]) -> Option<(Ipv4Addr, usize)> {
    let mut octets = [0; 4];
    let mut at = 0;
    for (nth, octet) in octets.iter_mut().enumerate() {
        if nth > 0 {
            at += usize::from(text.get(at) == Some(&b'.'));
        }
        let digits = run(text, at, |byte| byte.is_ascii_digit());
        if !(1..=3).contains(&digits) || nth > 0 && text[at - 1] != b'.' {
            return None;
        }
        let number = text[at..at + digits]
            .iter()
            .fold(0_u32, |number, digit| number * 10 + u32::from(digit - b'0'));
        *octet = u8::try_from(number).ok()?;
        at += digits;
    }
    Some((octets.into(), at))
}

/// Returns whether an address is the same on every machine, or a mask.
fn is_fixed(address: Ipv4Addr) -> bool {
    matches!(address.octets()[0], 0 | 127 | 255)
}

fn is_apart(text: &[u8], start: usize, end: usize) -> bool {
    let joins = |byte: u8| byte.is_ascii_alphanumeric();
    let is_number_before = start >= 2 && text[start - 1] == b'.' && joins(text[start - 2]);
    let next = text.get(end).copied();
    let is_number_behind = next == Some(b'.') && text.get(end + 1).is_some_and(u8::is_ascii_digit);
    !before(text, start).is_some_and(joins)
        && !is_number_before
        && !next.is_some_and(joins)
        && !is_number_behind
}

fn is_version(text: &[u8], start: usize, end: usize) -> bool {
    let rest = &text[end..];
    let is_suffix =
        matches!(rest, [b'-' | b'_' | b'+' | b'~', next, ..] if next.is_ascii_alphabetic());
    if is_suffix || FILES.iter().any(|file| starts_with(rest, file)) {
        return true;
    }
    let between = run_before(text, start, 5, |byte| {
        matches!(
            byte,
            b' ' | b'=' | b':' | b'/' | b'"' | b'\'' | b'(' | b'<' | b'>' | b'\t'
        )
    });
    let before = &text[..start - between];
    if between > 0 && VERSION_WORDS.iter().any(|word| ends_with(before, word)) {
        return true;
    }
    let name = run_before(before, before.len(), 20, |byte| byte.is_ascii_alphabetic());
    let product = &before[before.len() - name..];
    text[..start].ends_with(b"/")
        && between == 1
        && PRODUCTS
            .iter()
            .any(|name| product.eq_ignore_ascii_case(name))
}

fn starts_with(text: &[u8], word: &[u8]) -> bool {
    text.len() >= word.len() && text[..word.len()].eq_ignore_ascii_case(word)
}

fn find_v6(text: &[u8], parts: &mut SecretParts) {
    let mut at = 0;
    while let Some(colon) = memchr::memchr(b':', &text[at..]).map(|colon| at + colon) {
        let is_part = |byte: u8| byte.is_ascii_hexdigit() || byte == b':';
        let start = colon - run_before(text, colon, 5, |byte| byte.is_ascii_hexdigit());
        let mut end = colon + run(text, colon, is_part);
        at = end.max(colon + 1);
        // Text and times have one colon or two.
        let colons = memchr::memchr_iter(b':', &text[start..end]).count();
        let is_short = memchr::memmem::find(&text[start..end], b"::").is_some();
        if colons < 7 && !is_short || end - start > V6_BYTES_MAX {
            continue;
        }
        if text.get(end) == Some(&b'.') {
            let last = run_before(text, end, 3, |byte| byte.is_ascii_digit());
            end = v4(&text[end - last..]).map_or(end, |(_, length)| end - last + length);
        }
        let Some((range, address)) = v6(text, start, end) else {
            continue;
        };
        at = at.max(range.end);
        parts.add(SecretPart {
            kind: SecretKind::Ip,
            range,
            name: address.to_string().into_bytes(),
        });
    }
}

/// Returns the address in a row of digits and colons. What prints lines puts names and numbers with
/// a colon before it, and one behind it.
fn v6(text: &[u8], start: usize, end: usize) -> Option<(Range<usize>, Ipv6Addr)> {
    let joins = |byte: u8| is_word(byte) || matches!(byte, b':' | b'.');
    let is_apart = !before(text, start).is_some_and(joins);
    let mut numbers = 0;
    let mut at = start;
    for _ in 0..=PARTS_BEFORE_MAX {
        let group = run(text, at, |byte| byte.is_ascii_hexdigit());
        let number = &text[at..at + group];
        let is_begin = group == 4 || text[at..end].starts_with(b"::ffff:");
        // A number at the start of a line, or behind a colon, is that of a line if what follows it
        // begins like the addresses of the internet.
        let is_of_line = before(text, at).is_none_or(|byte| byte == b':')
            && number.iter().all(u8::is_ascii_digit)
            && begins_global(&text[(at + group + 1).min(end)..end]);
        let is_first = at == start;
        if is_begin
            && !is_of_line
            && (is_apart || !is_first)
            && let Some(found) = read_v6(text, at, end)
        {
            return Some(found);
        }
        numbers += usize::from(is_of_line);
        at += group + 1;
        if at >= end {
            break;
        }
    }
    let is_whole = is_apart && numbers == 0;
    is_whole.then(|| read_v6(text, start, end)).flatten()
}

/// How many names and numbers with a colon may stand before an address: those of a file and a line,
/// and of a column.
const PARTS_BEFORE_MAX: usize = 3;

/// Returns whether a text begins like an address that hosts have.
fn begins_global(text: &[u8]) -> bool {
    let group = run(text, 0, |byte| byte.is_ascii_hexdigit());
    group == 4 && text.get(4) == Some(&b':') && matches!(text[0], b'2' | b'3' | b'f' | b'F')
}

fn read_v6(text: &[u8], start: usize, end: usize) -> Option<(Range<usize>, Ipv6Addr)> {
    [end, end - 1].into_iter().find_map(|end| {
        let written = str::from_utf8(text.get(start..end)?).ok()?;
        let address = written.parse().ok()?;
        let is_apart = !text.get(end).copied().is_some_and(is_word);
        (is_apart && is_plausible(written, address)).then_some((start..end, address))
    })
}

/// Returns whether what could be an address is no name of a program (`Dead::Beef`), no time, no
/// fingerprint of eight bytes, and no address that every machine has.
fn is_plausible(written: &str, address: Ipv6Addr) -> bool {
    if address.is_unspecified() || address.is_loopback() {
        return false;
    }
    if let Some(mapped) = address.to_ipv4_mapped() {
        return !is_fixed(mapped);
    }
    let groups: Vec<&str> = written.split(':').collect();
    let are_bytes = !written.contains("::") && groups.iter().all(|group| group.len() == 2);
    let is_long = groups[0].len() >= 3 || written.starts_with("64:ff9b::");
    let has_digit = written.bytes().any(|byte| byte.is_ascii_digit());
    !are_bytes && has_digit && (is_long || !written.contains("::"))
}
