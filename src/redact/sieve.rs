//! A cheap look at many lines at once: which of them may have a secret?
//!
//! ```text
//! block --literals, one automaton--> places --a look around each--> lines for the detectors
//!       --every 13th byte---------->
//! ```
//! 1. Each detector needs one of the literals: an `@`, a prefix, a word such as `token`, two digits
//!    with a dot between them, `::`. One automaton finds them all in one pass.
//! 2. Dots between digits and colons are in the time of every line. Whether they may be those of an
//!    address is asked here, without a look at the whole line.
//! 3. Cards and long forms of IPv6 have no literal, but they are long. A byte in each stretch of
//!    [`STEP_BYTES`] is one of theirs, so the others need not be looked at.
//!
//! A line that this leaves out has no secret for any detector: a property of the tests.

use aho_corasick::{AhoCorasick, AhoCorasickKind, Input, Match};

use super::secrets::address_may_begin;

/// What secrets have, whether in upper or lower case.
const LITERALS: &[&str] = &[
    // Escapes may stand for any of what follows.
    "\\u00",
    "\\x",
    "&#",
    "%25",
    "%3a",
    "%2fhome",
    "\u{200B}",
    "\x1b",
    // Bytes in base64.
    "{\"bytes\":\"",
    "@",
    "%40",
    "::",
    "pass",
    "pwd",
    "secret",
    "token",
    "api_key",
    "apikey",
    "api-key",
    "api.key",
    "access_key",
    "access-key",
    "access.key",
    "accesskey",
    "secret_key",
    "private_key",
    "private-key",
    "private.key",
    "privatekey",
    "account_key",
    "account-key",
    "account.key",
    "accountkey",
    "encryption_key",
    "encryption-key",
    "encryption.key",
    "encryptionkey",
    "signing_key",
    "signing-key",
    "signing.key",
    "signingkey",
    "auth_key",
    "auth-key",
    "auth.key",
    "authkey",
    "session_id",
    "session-id",
    "session.id",
    "sessionid",
    "sessid",
    "credential",
    "signature",
    "authorization",
    "bearer",
    "cookie",
    "akia",
    "asia",
    "gh",
    "github_pat_",
    "glpat-",
    "xox",
    "xapp-",
    "k_live_",
    "k_test_",
    "whsec_",
    "aiza",
    "npm_",
    "pypi-",
    "eyj",
    "sk-",
    "dop_v1_",
    "shpat_",
    "hvs.",
    "/home",
    "users",
    "settings",
    "-----begin",
];

/// The literals of which none is in a line without a secret, but those that are looked at closer.
const COLONS: &str = "::";

/// No run of digits of a card in the closest form, and no address of IPv6 without `::`, is shorter.
const STEP_BYTES: usize = 13;

/// How many colons an address has that has no `::`.
const COLONS_OF_LONG: usize = 7;

/// The automaton.
#[derive(Debug)]
pub(super) struct SecretSieve {
    literals: AhoCorasick,
}

impl SecretSieve {
    pub(super) fn new() -> SecretSieve {
        let dotted = (0..100).map(|two| format!("{}.{}", two / 10, two % 10));
        let patterns: Vec<String> = LITERALS
            .iter()
            .map(|word| (*word).to_owned())
            .chain(dotted)
            .collect();
        let literals = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .kind(Some(AhoCorasickKind::DFA))
            .build(patterns)
            .expect("there are few literals, and all are short");
        SecretSieve { literals }
    }

    /// Returns the first place from `from` on that a literal of a secret has.
    fn next_literal(&self, text: &[u8], from: usize) -> usize {
        let mut at = from;
        while let Some(found) = self.literals.find(Input::new(text).range(at..)) {
            if is_of_secret(text, &found) {
                return found.start();
            }
            at = found.end() - 1;
            if at <= found.start() {
                at = found.end();
            }
        }
        text.len()
    }
}

/// A cursor over the places of one text where a secret may be. What lies ahead is found once.
#[derive(Debug, Default)]
pub(super) struct SecretPlaces {
    literal: Option<usize>,
    long: Option<usize>,
}

impl SecretPlaces {
    /// Returns the first place from `from` on where a secret may be, or the end of the text. It is
    /// never asked for one before the last.
    pub(super) fn next(&mut self, sieve: &SecretSieve, text: &[u8], from: usize) -> usize {
        let literal = match self.literal {
            Some(place) if place >= from => place,
            _ => sieve.next_literal(text, from),
        };
        let long = match self.long {
            Some(place) if place >= from => place,
            _ => next_long(text, from),
        };
        self.literal = Some(literal);
        self.long = Some(long);
        literal.min(long)
    }
}

fn is_of_secret(text: &[u8], found: &Match) -> bool {
    let word = &text[found.start()..found.end()];
    match word {
        [b'0'..=b'9', b'.', b'0'..=b'9'] => address_may_begin(text, found.start() + 1),
        [b'g' | b'G', b'h' | b'H'] => text.get(found.end() + 1) == Some(&b'_'),
        word if word == COLONS.as_bytes() => {
            let is_hex = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_hexdigit);
            let before = found.start().checked_sub(1).map(|at| &text[at]);
            is_hex(before) || is_hex(text.get(found.end()))
        }
        _ => true,
    }
}

/// Returns the first place from `from` on that is inside a long row of digits, or of colons and
/// hexadecimal digits.
fn next_long(text: &[u8], from: usize) -> usize {
    let mut at = from + STEP_BYTES - 1;
    while at < text.len() {
        if is_of_long(text[at]) {
            let start = at
                - text[from..at]
                    .iter()
                    .rev()
                    .take_while(|byte| is_of_long(**byte))
                    .count();
            let end = at
                + text[at..]
                    .iter()
                    .take_while(|byte| is_of_long(**byte))
                    .count();
            if end - start >= STEP_BYTES && may_be_long(&text[start..end]) {
                return start;
            }
            at = end + STEP_BYTES - 1;
        } else {
            at += STEP_BYTES;
        }
    }
    text.len()
}

fn is_of_long(byte: u8) -> bool {
    byte.is_ascii_hexdigit() || matches!(byte, b':' | b' ' | b'-')
}

/// Returns whether a row has the digits of a card, or the colons of an address.
fn may_be_long(row: &[u8]) -> bool {
    let mut digits = 0;
    let mut colons = 0;
    for byte in row {
        match byte {
            b'0'..=b'9' => digits += 1,
            b' ' | b'-' => {}
            b':' => {
                digits = 0;
                colons += 1;
            }
            _ => digits = 0,
        }
        if digits >= super::secrets::CARD_DIGITS_MIN || colons >= COLONS_OF_LONG {
            return true;
        }
    }
    false
}
