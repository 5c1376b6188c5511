//! Remembers what lines came to when they were masked: most lines of a log differ from an earlier one in digits only.
//!
//! Masking asks of nearly every digit only that it is one, never which. So two lines that are the same once each digit is
//! a `0` mask alike, and the second needs a copy, a hash and a comparison, all of which run many bytes at a time: on the
//! logs that this was tuned with a tenth of the time that masking takes. The digits that do matter are of two kinds:
//! - those in names, `log4j`, and in `0x`: they stand alone between letters, and are left as they are in what is
//!   compared ([`blank_digits`]);
//! - few others: in keys, in levels that are numbers, and in numbers that may be seconds since 1970. Where they stand in
//!   a line is kept with it, and a line that has others there is masked afresh ([`telling_digits`]).
//!
//! A worker owns a table of fixed size in which a line replaces another that has the same place: memory is bounded, and
//! a log in which nothing repeats costs what it did before and a little more.

use std::hash::BuildHasher;

use foldhash::fast::RandomState;

use super::{
    Level, Masker,
    header::{EPOCH_DIGITS_MIN, HEADER_BYTES_MAX, is_epoch_long},
};
use crate::line::to_usize;

/// So many lines are remembered, by each worker: with 1 to 10 MiB for most logs, 26 MiB at most.
///
/// Of the HDFS log 1 % of the lines are masked with 8192, as many as with any number; of a build log 21 %.
const SLOTS: usize = 8192;

/// Longer lines are masked each time: they rarely repeat.
const LINE_BYTES_MAX: usize = 2 << 10;

/// Masks lines as [`Masker`] does, but those that it remembers. `T` is what else is kept for each of them.
#[derive(Clone, Debug)]
pub(crate) struct Memo<T> {
    masker: Masker,
    slots: Vec<Slot<T>>,
    /// For lines that are not remembered.
    spare: Slot<T>,
    /// The line that is being looked for, with zeros around it, and without its digits.
    padded: Vec<u8>,
    key: Vec<u8>,
    hasher: RandomState,
}

/// What a line came to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Slot<T> {
    /// The line without its digits, and the hash of that.
    key: Vec<u8>,
    hash: u64,
    /// The masked line; empty if it is blank.
    pub(crate) masked: Vec<u8>,
    /// Digits of the line that matter: where, and which.
    telling: Vec<(usize, u8)>,
    /// How grave the line is.
    pub(crate) level: Option<Level>,
    /// What was made of it.
    pub(crate) value: T,
}

impl<T> Slot<T> {
    fn is_of(&self, hash: u64, key: &[u8], line: &[u8]) -> bool {
        self.hash == hash
            && self.key == key
            && self.telling.iter().all(|&(at, digit)| line[at] == digit)
    }
}

impl<T: Clone + Default> Memo<T> {
    /// One that remembers nothing yet.
    pub(crate) fn new() -> Memo<T> {
        Memo {
            masker: Masker::default(),
            slots: Vec::new(),
            spare: Slot::default(),
            padded: Vec::new(),
            key: Vec::new(),
            hasher: RandomState::default(),
        }
    }

    /// What `line` comes to; `make` makes the value of a masked line.
    pub(crate) fn of(&mut self, line: &[u8], make: impl FnOnce(&[u8]) -> T) -> &mut Slot<T> {
        if line.len() > LINE_BYTES_MAX {
            fill(&mut self.spare, &mut self.masker, line, make);
            return &mut self.spare;
        }
        blank_digits(line, &mut self.padded, &mut self.key);
        let hash = self.hasher.hash_one(&*self.key);
        if self.slots.is_empty() {
            self.slots.resize(SLOTS, Slot::default());
        }
        let slot = &mut self.slots[to_usize(hash) % SLOTS];
        if !slot.is_of(hash, &self.key, line) {
            slot.hash = hash;
            slot.key.clone_from(&self.key);
            fill(slot, &mut self.masker, line, make);
            telling_digits(line, &self.masker, &mut slot.telling);
        }
        slot
    }
}

/// Masks `line` into `slot`.
fn fill<T>(slot: &mut Slot<T>, masker: &mut Masker, line: &[u8], make: impl FnOnce(&[u8]) -> T) {
    slot.masked.clear();
    slot.level = masker.mask(line, &mut slot.masked).level;
    slot.value = make(&slot.masked);
}

/// Makes of `line` what is compared: each digit is a `0`, unless it stands between a letter and a letter or an underscore, or
/// before an `x`. `padded` is room for the line with zeros around it.
fn blank_digits(line: &[u8], padded: &mut Vec<u8>, key: &mut Vec<u8>) {
    padded.clear();
    padded.push(0);
    padded.extend_from_slice(line);
    padded.resize(line.len() + LANES + 2, 0);
    key.resize(line.len().next_multiple_of(LANES), 0);
    for (nth, out) in key.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
        let at = nth * LANES;
        if let Some(bytes) = padded[at..].first_chunk::<{ LANES + 2 }>() {
            blank_lanes(bytes, out);
        }
    }
    key.truncate(line.len());
}

/// So many bytes are done at once: a plain loop over arrays, without a branch, which the compiler makes vectors of.
const LANES: usize = 16;

#[inline]
fn blank_lanes(bytes: &[u8; LANES + 2], out: &mut [u8; LANES]) {
    let is_letter = |byte: u8| (byte | 0x20).wrapping_sub(b'a') < 26;
    for at in 0..LANES {
        let [before, byte, behind] = [bytes[at], bytes[at + 1], bytes[at + 2]];
        let is_digit = byte.wrapping_sub(b'0') < 10;
        let is_inside = is_letter(before) & (is_letter(behind) | (behind == b'_'));
        let is_before_x = (behind | 0x20) == b'x';
        out[at] = match is_digit & !is_inside & !is_before_x {
            true => b'0',
            false => byte,
        };
    }
}

/// Where those digits of a line stand, just masked by `masker`, which matter and are blank in what is compared.
fn telling_digits(line: &[u8], masker: &Masker, telling: &mut Vec<(usize, u8)>) {
    telling.clear();
    let mut add = |from: usize, to: usize| {
        let digits = (from..to).filter(|&at| line[at].is_ascii_digit());
        telling.extend(digits.map(|at| (at, line[at])));
    };
    for (from, to) in masker.literal_fields() {
        add(from, to);
    }
    // Ten digits or more have one in every tenth place.
    let head = &line[..line.len().min(HEADER_BYTES_MAX)];
    let mut at = EPOCH_DIGITS_MIN - 1;
    while at < head.len() {
        if !head[at].is_ascii_digit() {
            at += EPOCH_DIGITS_MIN;
            continue;
        }
        let is_digit = |b: &&u8| b.is_ascii_digit();
        let from = at - head[..at].iter().rev().take_while(is_digit).count();
        let to = at + head[at..].iter().take_while(is_digit).count();
        if is_epoch_long(to - from) {
            add(from, from + 1);
        }
        at = to + EPOCH_DIGITS_MIN - 1;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Lines as logs have them, with digits wherever one may matter.
    fn line() -> impl Strategy<Value = Vec<u8>> {
        let part = prop_oneof![
            "[0-9]{1,17}",
            "[a-z]{1,6}",
            "[a-zA-Z0-9]{1,5}",
            "[0-9a-f]{4,10}",
            "0x[0-9a-fx]{0,4}",
            "[0-9]{1,4}[-/.:][0-9]{1,2}[-/.:][0-9]{1,4}",
            "[0-9]{1,2}:[0-9]{2}:[0-9]{2}",
            "(Mon |Fri, )?(Jan|Jun) [0-9]{1,2}( [0-9]{4})?",
            "(level|k1|msg|sha256)=\"?[0-9a-z]{0,3}\"?",
            "\"(level|k1|msg|sha256)\":\"?[0-9]{1,3}\"?",
            "[ -~]",
        ];
        let joined = prop::collection::vec((part, "[ ,:_.\\-/=\\[\\]{}\"]{0,2}"), 0..10);
        let text = joined.prop_map(|parts| parts.into_iter().map(|(a, b)| a + &b).collect());
        let text = text.prop_map(String::into_bytes);
        let fields = prop::collection::vec(
            (
                "(level|k[0-9]|msg|a[0-9]b|v[0-9]{3})",
                "\"?[0-9]{1,3}( [a-z0-9]{1,4})?",
            ),
            1..5,
        );
        let json = fields.prop_map(|fields| {
            let member = |(key, value): (String, String)| match value.strip_prefix('"') {
                Some(value) => format!("\"{key}\":\"{value}\""),
                None => format!("\"{key}\":{}", value.split(' ').next().unwrap_or("0")),
            };
            let members: Vec<String> = fields.into_iter().map(member).collect();
            format!("{{{}}}", members.join(",")).into_bytes()
        });
        prop_oneof![3 => text, 1 => json]
    }

    fn afresh(line: &[u8]) -> (Vec<u8>, Option<Level>) {
        let mut masked = Vec::new();
        let header = Masker::default().mask(line, &mut masked);
        (masked, header.level)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        #[test]
        fn a_line_that_is_remembered_comes_to_what_it_is_when_masked(
            line in line(),
            digits in prop::collection::vec(b'0'..=b'9', 1..40),
        ) {
            let mut other = line.clone();
            let places = other.iter_mut().filter(|b| b.is_ascii_digit());
            for (place, digit) in places.zip(digits.iter().cycle()) {
                *place = *digit;
            }
            let mut memo = Memo::<()>::new();
            for line in [&line, &other, &line] {
                let slot = memo.of(line, |_| ());
                prop_assert_eq!((slot.masked.clone(), slot.level), afresh(line));
            }
        }
    }

    proptest! {
        #[test]
        fn digits_are_blank_but_between_letters_and_before_an_x(line in "[0-9a-cx_X .]{0,40}") {
            let line = line.as_bytes();
            let at = |at: usize| line.get(at).copied().unwrap_or(0);
            let want: Vec<u8> = (0..line.len())
                .map(|nth| {
                    let (before, behind) = (at(nth.wrapping_sub(1)), at(nth + 1));
                    let is_inside = before.is_ascii_alphabetic()
                        && (behind.is_ascii_alphabetic() || behind == b'_');
                    let is_kept = is_inside || matches!(behind, b'x' | b'X');
                    if line[nth].is_ascii_digit() && !is_kept { b'0' } else { line[nth] }
                })
                .collect();
            let (mut padded, mut key) = (vec![b'7'; 50], vec![b'7'; 50]);
            blank_digits(line, &mut padded, &mut key);
            prop_assert_eq!(key, want);
        }
    }

    #[test]
    fn a_line_with_other_digits_is_remembered_and_one_with_other_letters_is_not() {
        let mut made = 0;
        let mut memo = Memo::<()>::new();
        let mut of = |line: &str| {
            memo.of(line.as_bytes(), |_| made += 1);
            made
        };
        assert_eq!(of("2024-05-01 10:00:00 INFO job 1 of log4j took 5 s"), 1);
        assert_eq!(of("2025-11-30 23:59:59 INFO job 7 of log4j took 9 s"), 1);
        assert_eq!(of("2025-11-30 23:59:59 INFO job 7 of log5j took 9 s"), 2);
        assert_eq!(of("2025-11-30 23:59:59 INFO job 17 of log4j took 9 s"), 3);
        assert_eq!(of(r#"{"level":30,"msg":"job 1"}"#), 4);
        assert_eq!(of(r#"{"level":30,"msg":"job 2"}"#), 4);
        assert_eq!(of(r#"{"level":50,"msg":"job 2"}"#), 5);
    }
}
