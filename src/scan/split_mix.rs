//! SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014). It
//! spreads one number over all others. It has no key, and does not protect from somebody who
//! chooses the numbers.

/// The distance between two numbers of the sequence: the golden ratio.
pub(crate) const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

/// Returns the finalised number. The finaliser is a bijection in which each bit of the result
/// depends on all bits of the number.
#[inline]
pub(crate) fn finished(number: u64) -> u64 {
    let mixed = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first numbers of the sequence from 1234567, as in the reference implementation.
    #[test]
    fn the_sequence_is_that_of_the_paper() {
        let number = |nth: u64| finished(STEP.wrapping_mul(nth).wrapping_add(1_234_567));
        let want = [
            6_457_827_717_110_365_317,
            3_203_168_211_198_807_973,
            9_817_491_932_198_370_423,
        ];
        assert_eq!([1, 2, 3].map(number), want);
    }
}
