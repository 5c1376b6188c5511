//! Loops that are worth compiling twice: for every machine, and for the vector units that most have.
//!
//! The loops are ordinary Rust over arrays, which the compiler turns into vector code; which of the two is run is decided
//! when the program runs, so there is no need for `-C target-cpu=native`.

/// How many positions are tested at once.
pub(crate) const LANES: usize = 256;

/// How many ranges a class of bytes may have.
pub(crate) const RANGES_MAX: usize = 4;

/// The byte `offset` bytes behind a position must be in one of these ranges, each given by its first byte and by how
/// much larger its last one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ByteTest {
    pub(crate) offset: usize,
    pub(crate) ranges: [(u8, u8); RANGES_MAX],
    pub(crate) range_count: usize,
}

impl ByteTest {
    /// Whether `byte` is in the class.
    pub(crate) fn holds(&self, byte: u8) -> bool {
        self.ranges[..self.range_count]
            .iter()
            .any(|&(first, span)| byte.wrapping_sub(first) <= span)
    }
}

/// Positions that pass all tests: bit `n % 64` of word `n / 64` stands for `base + n`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Passed {
    pub(crate) base: usize,
    pub(crate) bits: [u64; LANES / 64],
}

/// Tests positions from `at` on, [`LANES`] at a time, until some pass. `None` if none does of all that have `reach` more
/// bytes behind a whole group of lanes; the second value is where the tests ended.
///
/// `reach` is larger than every test's offset.
pub(crate) fn first_passed(
    bytes: &[u8],
    at: usize,
    tests: &[ByteTest],
    reach: usize,
) -> (Option<Passed>, usize) {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has AVX2, as was just seen; apart from that the function is safe.
        return unsafe { first_passed_avx2(bytes, at, tests, reach) };
    }
    first_passed_plain(bytes, at, tests, reach)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn first_passed_avx2(
    bytes: &[u8],
    at: usize,
    tests: &[ByteTest],
    reach: usize,
) -> (Option<Passed>, usize) {
    first_passed_plain(bytes, at, tests, reach)
}

#[inline(always)]
fn first_passed_plain(
    bytes: &[u8],
    mut at: usize,
    tests: &[ByteTest],
    reach: usize,
) -> (Option<Passed>, usize) {
    let mut lanes = [0; LANES];
    while bytes.len() - at >= LANES + reach {
        let window = &bytes[at..at + LANES + reach];
        lanes.fill(1);
        let mut any = true;
        for (nth, test) in tests.iter().enumerate() {
            any = apply(test, &window[test.offset..test.offset + LANES], &mut lanes);
            // Most groups fail the first two, the rarest.
            if !any && nth > 0 {
                break;
            }
        }
        if any {
            let bits = pack(&lanes);
            return (Some(Passed { base: at, bits }), at + LANES);
        }
        at += LANES;
    }
    (None, at)
}

/// Clears the lanes whose byte is not in the class; false if none is left.
#[inline(always)]
fn apply(test: &ByteTest, bytes: &[u8], lanes: &mut [u8; LANES]) -> bool {
    let [a, b, c, d] = test.ranges;
    let is_in = |byte: u8, (first, span): (u8, u8)| u8::from(byte.wrapping_sub(first) <= span);
    // One loop for each number of ranges: the compiler unrolls nothing over a number that it does not know.
    match test.range_count {
        0 | 1 => each(bytes, lanes, |byte| is_in(byte, a)),
        2 => each(bytes, lanes, |byte| is_in(byte, a) | is_in(byte, b)),
        3 => each(bytes, lanes, |byte| {
            is_in(byte, a) | is_in(byte, b) | is_in(byte, c)
        }),
        _ => each(bytes, lanes, |byte| {
            is_in(byte, a) | is_in(byte, b) | is_in(byte, c) | is_in(byte, d)
        }),
    }
}

#[inline(always)]
fn each(bytes: &[u8], lanes: &mut [u8; LANES], is_in: impl Fn(u8) -> u8) -> bool {
    let mut any = 0;
    for (lane, &byte) in lanes.iter_mut().zip(bytes) {
        *lane &= is_in(byte);
        any |= *lane;
    }
    any != 0
}

/// Lanes of 0 or 1 as bits.
#[inline(always)]
fn pack(lanes: &[u8; LANES]) -> [u64; LANES / 64] {
    let mut bits = [0; LANES / 64];
    for (nth, eight) in lanes.as_chunks::<8>().0.iter().enumerate() {
        // The product gathers the lowest bit of each byte in its highest byte ("Bit Twiddling Hacks", multiplying to
        // gather bits; no two partial products meet in a bit, so nothing carries).
        let gathered = u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        bits[nth / 8] |= gathered << (nth % 8 * 8);
    }
    bits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn test(offset: usize, ranges: &[(u8, u8)]) -> ByteTest {
        let mut all = [(0, 0); RANGES_MAX];
        all[..ranges.len()].copy_from_slice(ranges);
        ByteTest {
            offset,
            ranges: all,
            range_count: ranges.len(),
        }
    }

    #[test]
    fn every_position_passes_that_a_plain_loop_lets_pass() {
        let bytes: Vec<u8> = (0..5000u32)
            .map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8)
            .collect();
        let tests = [
            test(0, &[(0, 199)]),
            test(3, &[(10, 90), (110, 60)]),
            test(1, &[(0, 50), (60, 60), (150, 80)]),
            test(7, &[(0, 50), (60, 50), (120, 70), (200, 55)]),
        ];
        for count in 1..=tests.len() {
            let tests = &tests[..count];
            let passes = |at: usize| tests.iter().all(|t| t.holds(bytes[at + t.offset]));
            let mut got = Vec::new();
            let mut at = 0;
            while let (Some(passed), next) = first_passed(&bytes, at, tests, 8) {
                let is_set = |n: &usize| passed.bits[n / 64] >> (n % 64) & 1 == 1;
                got.extend((0..LANES).filter(is_set).map(|n| passed.base + n));
                at = next;
            }
            let tested = (bytes.len() - 8) / LANES * LANES;
            let want: Vec<usize> = (0..tested).filter(|&at| passes(at)).collect();
            assert!(!want.is_empty());
            assert_eq!(got, want, "{count} tests");
        }
    }

    #[test]
    fn too_few_bytes_for_a_group_are_left_to_the_caller() {
        let tests = [test(0, &[(0, 255)])];
        assert_eq!(first_passed(&[0; LANES], 0, &tests, 1), (None, 0));
        assert!(first_passed(&[0; LANES + 1], 0, &tests, 1).0.is_some());
    }
}
