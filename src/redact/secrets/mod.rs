//! What is a secret. Each family has a file; none knows of the others, and this one settles what
//! several of them have found.
//!
//! A detector gets a line as it is seen and adds the parts that are secrets. It has to be right
//! about what only looks like a secret, too: a log without its versions, times and hashes is worth
//! little.

mod address;
mod card;
mod email;
mod form;
mod named;
pub(super) mod pem;
mod user;
mod word;

use std::{collections::BTreeMap, ops::Range};

pub(super) use self::{
    address::may_begin as address_may_begin, card::DIGITS_MIN as CARD_DIGITS_MIN,
    user::find_windows, word::is_word,
};

/// The kinds of secrets, by which pseudonyms are called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum SecretKind {
    Email,
    Ip,
    /// What lets a program in: tokens, keys of APIs, JWT.
    Token,
    /// Identifiers of AWS keys, and lines of private keys.
    Key,
    /// Passwords, and other values that are called secret.
    Secret,
    Card,
    /// The name of a person in a path.
    User,
    /// What `--redact-regex` says.
    Redacted,
    /// Bytes that are too long to be looked at.
    Bytes,
}

impl SecretKind {
    pub(super) fn label(self) -> &'static str {
        match self {
            SecretKind::Email => "email",
            SecretKind::Ip => "ip",
            SecretKind::Token => "token",
            SecretKind::Key => "key",
            SecretKind::Secret => "secret",
            SecretKind::Card => "card",
            SecretKind::User => "user",
            SecretKind::Redacted => "redacted",
            SecretKind::Bytes => "bytes",
        }
    }
}

/// A part of a text that is a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SecretPart {
    pub(super) kind: SecretKind,
    pub(super) range: Range<usize>,
    /// The secret in its usual form. What is written in two ways is one secret.
    pub(super) name: Vec<u8>,
}

/// The secrets of a text, by where they begin. They do not overlap.
#[derive(Debug, Default)]
pub(super) struct SecretParts(BTreeMap<usize, SecretPart>);

impl SecretParts {
    /// Adds a secret. Of two that overlap the longer one stays, or the first one if they are equal.
    /// If each has a part of its own, both are one.
    pub(super) fn add(&mut self, mut part: SecretPart) {
        if part.range.is_empty() {
            return;
        }
        while let Some((start, other)) = self.overlapping(&part.range) {
            let (a, b) = (&part.range, &other.range);
            if b.start <= a.start && a.end <= b.end {
                return;
            }
            let is_inside = a.start <= b.start && b.end <= a.end;
            if !is_inside {
                let name = [other.name.as_slice(), &part.name].concat();
                part = SecretPart {
                    kind: other.kind,
                    range: a.start.min(b.start)..a.end.max(b.end),
                    name,
                };
            }
            self.0.remove(&start);
        }
        self.0.insert(part.range.start, part);
    }

    fn overlapping(&self, range: &Range<usize>) -> Option<(usize, &SecretPart)> {
        let (start, other) = self.0.range(..range.end).next_back()?;
        (other.range.end > range.start).then_some((*start, other))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &SecretPart> {
        self.0.values()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Finds the secrets of every family in a line as it is seen, but paths of Windows, see
/// [`user::find_windows`].
pub(super) fn find(text: &[u8], parts: &mut SecretParts) {
    form::find(text, parts);
    named::find(text, parts);
    named::find_in_urls(text, parts);
    email::find(text, parts);
    address::find(text, parts);
    card::find(text, parts);
    user::find(text, parts);
}
