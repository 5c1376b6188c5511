//! What stands in place of a secret: `<ip:3>`, or `<ip:k7f3q2mw>` with a key.
//!
//! Without a key, secrets are numbered in the order in which they come, and a table remembers them.
//! With a key there is no table: the pseudonym is a keyed hash of the secret, so it is the same in
//! every run with that key. An unkeyed hash would hide nothing, because all addresses of IPv4 can
//! be hashed in a minute.

use std::collections::HashMap;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::secrets::SecretKind;

/// How many secrets get a number. Later ones have a pseudonym without one.
pub(super) const NUMBERED_MAX: usize = 1 << 20;

/// How many bytes the numbered secrets may have in all.
const NUMBERED_BYTES_MAX: usize = 64 << 20;

/// How many characters of a keyed hash are shown, of 32 kinds each. With eight, two of 10,000
/// secrets share a pseudonym once in 22,000 runs; with six it would be once in 22.
const HASH_CHARS: usize = 8;

/// Digits and letters without i, l, o and u, which are easily misread.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// How few bytes a key may have. A shorter one could be guessed.
const KEY_BYTES_MIN: usize = 16;

/// A key for pseudonyms that are the same in every run.
#[derive(Clone)]
pub struct RedactKey(Hmac<Sha256>);

impl RedactKey {
    /// The fewest bytes that a key may have.
    pub const BYTES_MIN: usize = KEY_BYTES_MIN;

    /// Creates a key from bytes that nobody can guess. Returns `None` if there are too few of them.
    pub fn new(bytes: &[u8]) -> Option<RedactKey> {
        let is_long = bytes.len() >= KEY_BYTES_MIN;
        let keyed = Hmac::new_from_slice(bytes).ok().filter(|_| is_long);
        keyed.map(RedactKey)
    }
}

/// Shows nothing of the key.
impl std::fmt::Debug for RedactKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RedactKey")
    }
}

/// Gives pseudonyms.
#[derive(Debug)]
pub(super) struct Pseudonyms {
    key: Option<RedactKey>,
    numbers: HashMap<SecretKind, HashMap<Box<[u8]>, u32>>,
    numbered: usize,
    numbered_bytes: usize,
    limit: usize,
    /// How often a secret got no number.
    pub(super) unnumbered: u64,
}

impl Pseudonyms {
    pub(super) fn new(key: Option<RedactKey>, limit: usize) -> Pseudonyms {
        Pseudonyms {
            key,
            numbers: HashMap::new(),
            numbered: 0,
            numbered_bytes: 0,
            limit,
            unnumbered: 0,
        }
    }

    /// Returns the pseudonym of a secret, without the brackets.
    pub(super) fn name(&mut self, kind: SecretKind, secret: &[u8]) -> String {
        let label = kind.label();
        if let Some(key) = &self.key {
            return format!("{label}:{}", hash(key, kind, secret));
        }
        let numbers = self.numbers.entry(kind).or_default();
        if let Some(number) = numbers.get(secret) {
            return format!("{label}:{number}");
        }
        let is_full = self.numbered >= self.limit
            || self.numbered_bytes.saturating_add(secret.len()) > NUMBERED_BYTES_MAX;
        match u32::try_from(numbers.len() + 1) {
            Ok(number) if !is_full => {
                numbers.insert(secret.into(), number);
                self.numbered += 1;
                self.numbered_bytes += secret.len();
                format!("{label}:{number}")
            }
            _ => {
                self.unnumbered += 1;
                label.to_owned()
            }
        }
    }
}

/// Returns the first characters of the keyed hash. The kind is part of what is hashed, so that a
/// name and a password that are the same do not look the same.
fn hash(key: &RedactKey, kind: SecretKind, secret: &[u8]) -> String {
    let mut keyed = key.0.clone();
    keyed.update(kind.label().as_bytes());
    keyed.update(b"\0");
    keyed.update(secret);
    let bytes = keyed.finalize().into_bytes();
    let start = bytes
        .iter()
        .take(8)
        .fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    (0..HASH_CHARS)
        .map(|nth| {
            let five = start >> (59 - 5 * nth) & 31;
            let five = usize::try_from(five).expect("it is below 32");
            char::from(ALPHABET[five])
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_given_in_order_for_each_kind() {
        let mut names = Pseudonyms::new(None, 3);
        let name = |names: &mut Pseudonyms, secret: &[u8]| names.name(SecretKind::Ip, secret);
        assert_eq!(name(&mut names, b"a"), "ip:1");
        assert_eq!(name(&mut names, b"b"), "ip:2");
        assert_eq!(name(&mut names, b"a"), "ip:1");
        assert_eq!(names.name(SecretKind::User, b"a"), "user:1");
        assert_eq!(name(&mut names, b"c"), "ip", "the table is full");
        assert_eq!(name(&mut names, b"b"), "ip:2");
        assert_eq!(names.unnumbered, 1);
    }

    #[test]
    fn a_key_gives_the_same_name_in_every_run_and_another_key_another() {
        let name = |key: &[u8], secret: &[u8]| {
            Pseudonyms::new(RedactKey::new(key), 0).name(SecretKind::Ip, secret)
        };
        let one = name(b"0123456789abcdef", b"10.0.0.1");
        assert_eq!(one, name(b"0123456789abcdef", b"10.0.0.1"));
        assert_ne!(one, name(b"0123456789abcdeg", b"10.0.0.1"));
        assert_ne!(one, name(b"0123456789abcdef", b"10.0.0.2"));
        assert_eq!(one.len(), "ip:".len() + HASH_CHARS);
        assert!(RedactKey::new(b"short").is_none());
    }
}
