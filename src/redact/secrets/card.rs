//! Numbers of payment cards: the digits that issuers begin with, as many as they have, in the
//! groups in which they are printed, and a right check digit (Luhn).
//!
//! One in ten numbers has a right check digit by chance. So the rest matters as much: times in
//! milliseconds, identifiers of blocks and spans do not begin like a card, or are part of a word.

use super::{SecretKind, SecretPart, SecretParts, word::run};

/// The fewest and the most digits.
pub(in crate::redact) const DIGITS_MIN: usize = 14;
const DIGITS_MAX: usize = 19;

/// How the digits are printed in groups.
const GROUPINGS: [&[usize]; 6] = [
    &[4, 4, 4, 4],
    &[4, 6, 5],
    &[4, 6, 4],
    &[4, 4, 4, 4, 3],
    &[4, 4, 4, 4, 2],
    &[6, 13],
];

pub(super) fn find(text: &[u8], parts: &mut SecretParts) {
    let mut at = 0;
    while at < text.len() {
        if !text[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let digits = run(text, at, |byte| byte.is_ascii_digit());
        let length = match digits {
            DIGITS_MIN..=DIGITS_MAX => Some(digits),
            4 | 6 => grouped(&text[at..], digits),
            _ => None,
        };
        if let Some(length) = length.filter(|length| is_apart(text, at, at + length)) {
            let name: Vec<u8> = text[at..at + length]
                .iter()
                .copied()
                .filter(u8::is_ascii_digit)
                .collect();
            if is_of_issuer(&name) && has_check_digit(&name) {
                parts.add(SecretPart {
                    kind: SecretKind::Card,
                    range: at..at + length,
                    name,
                });
                at += length;
                continue;
            }
        }
        at += digits;
    }
}

/// Returns how long a number in groups is that begins with so many digits.
fn grouped(text: &[u8], first: usize) -> Option<usize> {
    let separator = *text.get(first).filter(|byte| matches!(byte, b' ' | b'-'))?;
    let mut best = None;
    for grouping in GROUPINGS {
        let mut at = 0;
        let fits = grouping.iter().enumerate().all(|(nth, want)| {
            if nth > 0 {
                if text.get(at) != Some(&separator) {
                    return false;
                }
                at += 1;
            }
            let is_group = at <= text.len() && run(text, at, |byte| byte.is_ascii_digit()) == *want;
            at += want;
            is_group
        });
        if fits {
            best = best.max(Some(at));
        }
    }
    best
}

fn is_apart(text: &[u8], start: usize, end: usize) -> bool {
    let joins = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let is_apart_before = match &text[..start] {
        // What prints lines puts the number of a line and a hyphen before.
        [.., before, b'-'] => before.is_ascii_digit(),
        [.., before, b'.'] => !joins(*before),
        [.., before] => !joins(*before),
        [] => true,
    };
    let is_apart_behind = match &text[end..] {
        [b'-' | b'.', next, ..] => !joins(*next),
        [next, ..] => !joins(*next),
        [] => true,
    };
    is_apart_before && is_apart_behind
}

fn is_of_issuer(digits: &[u8]) -> bool {
    let start = |count: usize| {
        let digits = digits[..count].iter();
        digits.fold(0_u32, |number, digit| number * 10 + u32::from(digit - b'0'))
    };
    match digits.len() {
        14 => matches!(start(3), 300..=305 | 309) || matches!(start(2), 36 | 38 | 39),
        15 => matches!(start(2), 34 | 37),
        16 => {
            matches!(start(1), 4)
                || matches!(start(2), 51..=55 | 65 | 62)
                || matches!(start(4), 2221..=2720 | 3528..=3589 | 6011)
                || matches!(start(3), 644..=649)
        }
        17..=19 => matches!(start(2), 62) || digits.len() == 19 && start(1) == 4,
        _ => false,
    }
}

fn has_check_digit(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(nth, digit)| {
            let digit = u32::from(digit - b'0') << (nth % 2);
            digit / 10 + digit % 10
        })
        .sum();
    sum.is_multiple_of(10)
}
