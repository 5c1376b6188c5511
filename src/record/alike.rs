//! What lines came to, remembered: of a log most lines differ from an earlier one in digits only, if
//! at all.
//!
//! A [`Memory`] knows texts that are the same, and [`Alike`] lines that differ in digits only. What
//! is worked out for a line often asks of a digit only that it is one, never which. Then it holds for
//! every line that is the same once each digit is a `0`, and for the second of them takes a copy, a
//! hash and a comparison, all of which run many bytes at a time. Digits in names and in `0x` do
//! matter, so those are left as they are; of others that matter the caller tells the places, and a
//! line that has others there is worked out afresh.
//!
//! The table has a fixed size, and a line replaces another that has the same place in it: memory is
//! bounded, and a log in which nothing repeats costs what it would without, and a little more.

use std::hash::BuildHasher;

use foldhash::fast::RandomState;

use crate::line::{to_u64, to_usize};

/// Remembers a `T` for texts, each under circumstances `C` that must be the same.
#[derive(Clone, Debug)]
pub(crate) struct Memory<C, T> {
    slots: Vec<MemorySlot<C, T>>,
    slots_max: usize,
    bytes_max: usize,
    hasher: RandomState,
}

#[derive(Clone, Debug, Default)]
struct MemorySlot<C, T> {
    /// The text, and its hash; none if what it came to cannot be remembered.
    key: Option<Vec<u8>>,
    hash: u64,
    circumstances: C,
    value: T,
}

/// Whether what a text came to is remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Kept,
    Forgotten,
}

/// Where in a [`Memory`] a text has its place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MemoryPlace {
    at: usize,
    hash: u64,
    /// Whether what the text came to is remembered there.
    pub(crate) is_known: bool,
}

impl<C: Clone + Default, T: Clone + Default> Memory<C, T> {
    /// Remembers up to `slots_max` texts, none of them longer than `bytes_max`.
    pub(crate) fn new(slots_max: usize, bytes_max: usize) -> Memory<C, T> {
        Memory {
            slots: Vec::new(),
            slots_max,
            bytes_max,
            hasher: RandomState::default(),
        }
    }

    /// Whether a text of so many bytes can be remembered.
    pub(crate) fn takes(&self, bytes: usize) -> bool {
        bytes <= self.bytes_max
    }

    /// What `key`, which [`Memory::takes`] must allow, came to under circumstances that `hold`, or
    /// what `make` makes of it, over what another text came to.
    #[cfg(any(test, feature = "triage"))]
    pub(crate) fn of(
        &mut self,
        key: &[u8],
        hold: impl FnOnce(&C) -> bool,
        make: impl FnOnce(&mut C, &mut T) -> Fate,
    ) -> &mut T {
        let place = self.place(key, hold);
        if !place.is_known {
            self.put(place, key, make);
        }
        self.value(place)
    }

    /// Where `key` has its place, and whether what it came to is remembered there.
    #[inline]
    pub(crate) fn place(&mut self, key: &[u8], hold: impl FnOnce(&C) -> bool) -> MemoryPlace {
        debug_assert!(self.takes(key.len()), "who asks has looked");
        if self.slots.is_empty() {
            self.slots.resize(self.slots_max, MemorySlot::default());
        }
        let hash = self.hasher.hash_one(key);
        let at = to_usize(hash % to_u64(self.slots_max));
        let slot = &self.slots[at];
        let is_known =
            slot.hash == hash && slot.key.as_deref() == Some(key) && hold(&slot.circumstances);
        MemoryPlace { at, hash, is_known }
    }

    /// What is remembered at a place.
    #[inline]
    pub(crate) fn value(&mut self, place: MemoryPlace) -> &mut T {
        &mut self.slots[place.at].value
    }

    /// The same, with the circumstances under which it is remembered, if it is.
    fn with_circumstances(&mut self, place: MemoryPlace) -> (&mut T, Option<&C>) {
        let slot = &mut self.slots[place.at];
        (
            &mut slot.value,
            slot.key.is_some().then_some(&slot.circumstances),
        )
    }

    /// Remembers at the place of `key` what `make` makes of it, over what another text came to.
    pub(crate) fn put(
        &mut self,
        place: MemoryPlace,
        key: &[u8],
        make: impl FnOnce(&mut C, &mut T) -> Fate,
    ) {
        let slot = &mut self.slots[place.at];
        let fate = make(&mut slot.circumstances, &mut slot.value);
        slot.hash = place.hash;
        slot.key = match fate {
            Fate::Kept => {
                let mut text = slot.key.take().unwrap_or_default();
                text.clear();
                text.extend_from_slice(key);
                Some(text)
            }
            Fate::Forgotten => None,
        };
    }
}

/// Whether lines are looked up among those that are remembered. In a log of which few are found, most
/// are not.
#[derive(Clone, Debug, Default)]
pub(crate) struct LookUps {
    known: usize,
    unknown: usize,
    /// In how many more lines none is looked up.
    pause_lines: usize,
}

/// If so many more lines are unknown than known, none is looked up in the next lines.
const UNKNOWN_MAX: usize = 1000;

/// So many lines are these.
const PAUSE_LINES: usize = 20_000;

impl LookUps {
    /// Whether the next line is looked up.
    #[inline]
    pub(crate) fn goes_on(&mut self) -> bool {
        let goes_on = self.pause_lines == 0;
        self.pause_lines -= usize::from(!goes_on);
        goes_on
    }

    /// Counts a line that was found.
    #[inline]
    pub(crate) fn found(&mut self) {
        self.known += 1;
    }

    /// Counts a line that was not found. Returns whether it should be remembered.
    pub(crate) fn missed(&mut self) -> bool {
        self.unknown += 1;
        let is_of_use = self.unknown <= self.known + UNKNOWN_MAX;
        if !is_of_use {
            (self.known, self.unknown) = (0, 0);
            self.pause_lines = PAUSE_LINES;
        }
        is_of_use
    }

    #[cfg(test)]
    pub(crate) fn known(&self) -> usize {
        self.known
    }
}

/// Remembers a `T` for lines that differ in digits only.
#[derive(Clone, Debug)]
pub(crate) struct Alike<T> {
    memory: Memory<Telling, T>,
}

/// Places of digits in a line that matter, and from which one to which one they may be.
pub(crate) type Telling = Vec<(usize, u8, u8)>;

/// Whether the digits of `line` that matter are such.
#[inline]
pub(crate) fn has_digits(line: &[u8], telling: &[(usize, u8, u8)]) -> bool {
    let mut telling = telling.iter();
    telling.all(|&(at, from, to)| (from..=to).contains(&line[at]))
}

/// A line with more of them is not remembered: it takes 16 times as much memory as its bytes, and
/// which digits it has is what it says.
const TELLING_MAX: usize = 64;

/// A line that is not remembered, or no longer.
#[derive(Debug)]
pub(crate) struct Unknown<'a, T> {
    /// To be made what is remembered of it; it is still what another line came to.
    pub(crate) value: &'a mut T,
    /// To be filled with the digits that matter.
    pub(crate) telling: &'a mut Telling,
}

impl<T: Clone + Default> Alike<T> {
    /// Remembers up to `lines_max` lines, none of them longer than `line_bytes_max`.
    pub(crate) fn new(lines_max: usize, line_bytes_max: usize) -> Alike<T> {
        Alike {
            memory: Memory::new(lines_max, line_bytes_max),
        }
    }

    /// Where a line like `line` has its place, and whether what it came to is remembered there; `key`
    /// is what [`blank_digits`] makes of the line. `None` for a line that is too long to be remembered.
    #[inline]
    pub(crate) fn place(&mut self, line: &[u8], key: &[u8]) -> Option<MemoryPlace> {
        let hold = |telling: &Telling| has_digits(line, telling);
        let takes = self.memory.takes(line.len());
        takes.then(|| self.memory.place(key, hold))
    }

    /// What is remembered at a place.
    #[inline]
    pub(crate) fn value(&mut self, place: MemoryPlace) -> &mut T {
        self.memory.value(place)
    }

    /// The same, with the digits that matter in such lines, if it is remembered.
    pub(crate) fn with_telling(&mut self, place: MemoryPlace) -> (&mut T, Option<&Telling>) {
        self.memory.with_circumstances(place)
    }

    /// Remembers at the place of the line with the key `key` what `make` makes of it.
    pub(crate) fn put(
        &mut self,
        place: MemoryPlace,
        key: &[u8],
        make: impl FnOnce(Unknown<'_, T>),
    ) {
        self.memory.put(place, key, |telling, value| {
            telling.clear();
            make(Unknown { value, telling });
            if telling.len() <= TELLING_MAX {
                return Fate::Kept;
            }
            *telling = Telling::new();
            Fate::Forgotten
        });
    }
}

/// Makes of `line` what is compared: each digit is a `0`, unless it stands between a letter and a
/// letter or an underscore, or before an `x`. `padded` is room for the line with zeros around it.
pub(crate) fn blank_digits(line: &[u8], padded: &mut Vec<u8>, key: &mut Vec<u8>) {
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

/// So many bytes are done at once: a plain loop over arrays, without a branch, which the compiler
/// makes vectors of.
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn blanked(line: &[u8]) -> Vec<u8> {
        let (mut padded, mut key) = (Vec::new(), Vec::new());
        blank_digits(line, &mut padded, &mut key);
        key
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
    fn a_line_is_known_by_all_but_its_digits_and_by_those_that_matter() {
        let mut alike = Alike::<u32>::new(64, 100);
        let mut made = 0;
        let mut of = |line: &str, telling: &[usize]| {
            let bytes = line.as_bytes();
            let key = blanked(bytes);
            let place = alike.place(bytes, &key).expect("the line is short");
            if !place.is_known {
                made += 1;
                alike.put(place, &key, |unknown| {
                    *unknown.value = made;
                    let digits = telling.iter().map(|&at| (at, bytes[at], bytes[at]));
                    unknown.telling.extend(digits);
                });
            }
            *alike.value(place)
        };
        assert_eq!(of("job 17", &[]), 1);
        assert_eq!(of("job 23", &[]), 1);
        assert_eq!(of("job 235", &[]), 2);
        assert_eq!(of("jab 23", &[]), 3);
        assert_eq!(of("code 12", &[5]), 4);
        assert_eq!(of("code 13", &[5]), 4);
        assert_eq!(of("code 23", &[5]), 5);
    }

    #[test]
    fn a_line_with_many_digits_that_matter_is_not_remembered_and_keeps_no_memory() {
        for (digits, is_remembered) in [(TELLING_MAX, true), (TELLING_MAX + 1, false)] {
            let mut alike = Alike::<u32>::new(1, 100);
            let line = vec![b'7'; digits];
            let mut made = 0;
            for _ in 0..2 {
                let key = blanked(&line);
                let place = alike.place(&line, &key).expect("the line is short");
                if !place.is_known {
                    made += 1;
                    alike.put(place, &key, |unknown| {
                        let digits = (0..digits).map(|at| (at, b'7', b'7'));
                        unknown.telling.extend(digits);
                    });
                }
                let is_kept = alike.with_telling(place).1.is_some();
                assert_eq!(is_kept, is_remembered, "{digits}");
            }
            assert_eq!(made == 1, is_remembered, "{digits}");
            assert!(alike.memory.slots[0].circumstances.capacity() <= 2 * TELLING_MAX);
        }
    }

    #[test]
    fn a_text_is_known_under_the_same_circumstances_only() {
        let mut memory = Memory::<u8, u32>::new(64, 100);
        let mut made = 0;
        let mut of = |text: &str, circumstances: u8| {
            let hold = |old: &u8| *old == circumstances;
            *memory.of(text.as_bytes(), hold, |new, value| {
                made += 1;
                (*new, *value) = (circumstances, made);
                Fate::Kept
            })
        };
        assert_eq!(of("a", 0), 1);
        assert_eq!(of("a", 0), 1);
        assert_eq!(of("a", 1), 2);
        assert_eq!(of("a", 0), 3, "only the last one is remembered");
        assert_eq!(of("b", 0), 4);
        assert_eq!(of("", 0), 5);
        assert_eq!(of("", 0), 5);
    }

    #[test]
    fn a_long_line_is_not_remembered() {
        let mut alike = Alike::<u32>::new(64, 100);
        assert!(alike.place(&[b'x'; 101], &[b'x'; 101]).is_none());
        assert!(alike.place(&[b'x'; 100], &[b'x'; 100]).is_some());
    }
}
