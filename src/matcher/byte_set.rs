//! A set of bytes: those that may stand at one place of a match.

use std::ops::RangeInclusive;

/// One byte, or two bytes that differ in one bit, as the two cases of a letter do. A byte belongs
/// to it if it equals `value` under `mask`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct MaskedByte {
    pub(super) mask: u8,
    pub(super) value: u8,
}

impl MaskedByte {
    /// Returns the masked byte that stands for all of `bytes` and no others, if there is one. Each
    /// byte is given once.
    pub(super) fn of(mut bytes: impl Iterator<Item = u8>) -> Option<MaskedByte> {
        let first = bytes.next()?;
        let ignored = bytes.next().map_or(0, |second| first ^ second);
        let is_all = bytes.next().is_none() && ignored.count_ones() <= 1;
        is_all.then_some(MaskedByte {
            mask: !ignored,
            value: first & !ignored,
        })
    }
}

/// A set of bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct ByteSet {
    bits: [u64; 4],
}

impl ByteSet {
    pub(super) fn of(range: RangeInclusive<u8>) -> ByteSet {
        let mut set = ByteSet::default();
        set.add(range);
        set
    }

    pub(super) fn add(&mut self, range: RangeInclusive<u8>) {
        for byte in range {
            self.bits[usize::from(byte / 64)] |= 1 << (byte % 64);
        }
    }

    pub(super) fn has(&self, byte: u8) -> bool {
        self.bits[usize::from(byte / 64)] >> (byte % 64) & 1 == 1
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = u8> {
        (0..=u8::MAX).filter(|&byte| self.has(byte))
    }

    /// Returns the bytes that are in either set.
    pub(super) fn union(&self, other: &ByteSet) -> ByteSet {
        let bits = std::array::from_fn(|nth| self.bits[nth] | other.bits[nth]);
        ByteSet { bits }
    }

    /// Returns how many bytes the set has.
    pub(super) fn len(&self) -> usize {
        self.bits
            .iter()
            .map(|bits| bits.count_ones() as usize)
            .sum()
    }

    /// Returns the byte, if there is just one.
    pub(super) fn only_byte(&self) -> Option<u8> {
        let mut bytes = self.iter();
        let first = bytes.next()?;
        bytes.next().is_none().then_some(first)
    }

    /// Returns the byte, or the two bytes, if one comparison tells whether a byte is in the set.
    pub(super) fn masked_byte(&self) -> Option<MaskedByte> {
        MaskedByte::of(self.iter())
    }
}
