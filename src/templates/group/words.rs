//! The tokens of masked lines, by number.

use hashbrown::HashTable;

use super::language::trimmed;
use crate::{
    scan::split_mix,
    templates::mask::{Kind, is_code},
};

/// The most tokens of a line that may vary; what follows them is one token. It bounds the memory:
/// each distinct token of each distinct line takes some 30 bytes.
const TOKENS_MAX: usize = 64;

/// Fewer letters from a to f are a word.
const HEX_LETTERS_MIN: usize = 6;

/// What stands for every placeholder while lines are grouped.
pub(super) const VARIABLE: u8 = Kind::Num.code();

/// The tokens of a masked line; what follows the last that may vary is part of it.
pub(super) fn tokens_of(masked: &[u8]) -> impl Iterator<Item = &[u8]> {
    masked.splitn(TOKENS_MAX, |&b| b == b' ')
}

/// Every token there is, by number.
#[derive(Default)]
pub(super) struct Words {
    words: Vec<Word>,
    /// Their texts, one behind the other.
    bytes: Vec<u8>,
    numbers: HashTable<u32>,
}

pub(super) struct Word {
    start: u32,
    end: u32,
    pub(super) hash: u64,
    pub(super) shape: Shape,
}

/// What a token looks like, as far as it matters for whether it may vary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Shape {
    /// It is one placeholder for anything, but for punctuation.
    Any,
    /// It has a placeholder, or nothing in brackets.
    Variable,
    /// `key=word`
    Assigned,
    /// A name as in programs: with a mark inside, or capitals.
    Name,
    /// Anything else.
    Word,
}

impl Words {
    pub(super) fn number(&mut self, text: &[u8]) -> u32 {
        let hash = split_mix::finished(hash(text));
        let same = |&number: &u32| self.get(number).hash == hash && self.text(number) == text;
        if let Some(&number) = self.numbers.find(hash, same) {
            return number;
        }
        let number = crate::line::to_u32(self.words.len());
        let start = crate::line::to_u32(self.bytes.len());
        self.bytes.extend_from_slice(text);
        self.words.push(Word {
            start,
            end: crate::line::to_u32(self.bytes.len()),
            hash,
            shape: shape(text),
        });
        let words = &self.words;
        let hash_of = |&number: &u32| words[crate::line::to_usize(u64::from(number))].hash;
        self.numbers.insert_unique(hash, number, hash_of);
        number
    }

    /// The numbers of a line's tokens. All kinds of placeholders are the same to the grouping: one
    /// number has letters among its digits and another has none, a host is named or is an address.
    pub(super) fn tokens(&mut self, line: &[u8]) -> Vec<u32> {
        // But for a line that is nothing else.
        let is_placeholder = line.len() == 1;
        let alike = |&byte: &u8| match is_code(byte) && byte != Kind::Any.code() {
            true if !is_placeholder => VARIABLE,
            _ => byte,
        };
        let line: Vec<u8> = line.iter().map(alike).collect();
        tokens_of(&line).map(|token| self.number(token)).collect()
    }

    pub(super) fn text(&self, number: u32) -> &[u8] {
        let word = self.get(number);
        let at = |index: u32| crate::line::to_usize(u64::from(index));
        &self.bytes[at(word.start)..at(word.end)]
    }

    pub(super) fn get(&self, number: u32) -> &Word {
        &self.words[crate::line::to_usize(u64::from(number))]
    }
}

/// FNV-1a, 64 bits (Fowler, Noll, Vo).
pub(crate) fn hash(text: &[u8]) -> u64 {
    text.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

fn shape(text: &[u8]) -> Shape {
    let core = trimmed(text);
    if text.iter().any(|&b| is_code(b)) {
        return if core == [Kind::Any.code()] {
            Shape::Any
        } else {
            Shape::Variable
        };
    }
    if core.is_empty()
        && text.len() >= 2
        && matches!(text[0], b'(' | b'[' | b'{' | b'<' | b'"' | b'\'')
    {
        return Shape::Variable;
    }
    // Hashes of letters only stand beside others that have digits.
    if core.len() >= HEX_LETTERS_MIN && core.iter().all(|byte| matches!(byte, b'a'..=b'f')) {
        return Shape::Variable;
    }
    if core.contains(&b'=') {
        return Shape::Assigned;
    }
    let inner = core.get(1..core.len().max(2) - 1).unwrap_or_default();
    if inner
        .iter()
        .any(|&b| matches!(b, b'.' | b'_' | b'/' | b'$' | b'@' | b':' | b'\\'))
        || inner.iter().any(u8::is_ascii_uppercase) && core.iter().any(u8::is_ascii_lowercase)
    {
        return Shape::Name;
    }
    Shape::Word
}
