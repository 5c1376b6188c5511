//! Tests of the bytes at a position. The test that the fewest positions pass runs first.
//!
//! Vector instructions run the first few tests over whole groups of positions. The other tests run
//! byte by byte, and so does all that is too short for a group. The bytes that are possible decide
//! which kernel of `simd` runs the tests. Two bytes are compared if each of them is one value, or a
//! letter in either case. Anything else is looked up in tables.

use super::byte_set::MaskedByte;
use crate::simd::{self, Equal, Halves, Kernel};

/// Says what the byte that stands `offset` bytes behind a position means: a bit for each
/// alternative that may have it there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ByteTest {
    pub(super) offset: usize,
    pub(super) alternatives: Box<[u8; 256]>,
}

impl ByteTest {
    /// Returns the alternatives that may begin at `position`, as far as this byte tells.
    pub(super) fn alternatives_at(&self, bytes: &[u8], position: usize) -> u8 {
        self.alternatives[usize::from(bytes[position + self.offset])]
    }

    /// Returns the byte and the bits in it that make no difference, if that describes the test in
    /// full.
    fn equal(&self) -> Option<Equal> {
        let bytes = (0..=u8::MAX).filter(|&byte| self.alternatives[usize::from(byte)] != 0);
        let MaskedByte { mask, value } = MaskedByte::of(bytes)?;
        Some(Equal {
            offset: self.offset,
            ignored: !mask,
            byte: value | !mask,
        })
    }

    /// Returns whether there is only one alternative.
    fn is_single(&self) -> bool {
        self.alternatives.iter().all(|&bits| bits <= 1)
    }

    /// Returns tables for the lower and the upper half of a byte, for one alternative. If the byte
    /// is possible, its two entries have a bit in common. The flag says whether they have one only
    /// then.
    ///
    /// Bytes with equal upper halves form a row, and each row is a set of lower halves. There is a
    /// bit for every set, so this is exact for up to eight different ones; all classes of ASCII
    /// that are in use have fewer.
    fn rows(&self) -> (Halves, bool) {
        let mut halves = Halves {
            offset: self.offset,
            low: [0; 16],
            high: [0; 16],
        };
        let mut sets: Vec<u16> = Vec::new();
        for (upper, row) in self.alternatives.as_chunks::<16>().0.iter().enumerate() {
            let lower = |set: u16, (lower, &bits): (usize, &u8)| set | u16::from(bits & 1) << lower;
            let set = row.iter().enumerate().fold(0, lower);
            if set == 0 {
                continue;
            }
            let nth = sets.iter().position(|&other| other == set);
            let nth = nth.unwrap_or_else(|| {
                sets.push(set);
                sets.len() - 1
            });
            let bit = 1 << nth.min(7);
            halves.high[upper] |= bit;
            for (lower, bits) in halves.low.iter_mut().enumerate() {
                if set >> lower & 1 == 1 {
                    *bits |= bit;
                }
            }
        }
        (halves, sets.len() <= 8)
    }

    /// Returns tables for the lower and the upper half of a byte that let at least the same bytes
    /// pass.
    fn halves(&self) -> Halves {
        let mut halves = Halves {
            offset: self.offset,
            low: [0; 16],
            high: [0; 16],
        };
        for (byte, bits) in self.alternatives.iter().enumerate() {
            halves.low[byte & 15] |= bits;
            halves.high[byte >> 4] |= bits;
        }
        halves
    }
}

/// Tests that a position must pass: some alternative must be possible for all of them.
#[derive(Clone, Debug)]
pub(super) struct Tests {
    all: Vec<ByteTest>,
    kernel: Kernel,
    /// How many of the tests the kernel decides in full. The others it decides only nearly.
    decided: usize,
    /// How many bytes of the text a position looks at.
    reach: usize,
}

impl Tests {
    /// Creates the tests from `all`, the one that the fewest positions pass first. `vector_tests`
    /// of them are worth running everywhere.
    ///
    /// # Panics
    /// If `all` is empty.
    pub(super) fn new(all: Vec<ByteTest>, vector_tests: usize) -> Tests {
        let reach = all.iter().map(|test| test.offset + 1).max();
        let reach = reach.expect("there is a test");
        let vector_tests = vector_tests.clamp(1, simd::TESTS_MAX.min(all.len()));
        let equal = |nth: usize| all.get(nth).unwrap_or(&all[0]).equal();
        let is_single = all.iter().all(ByteTest::is_single);
        let tables = |of: &dyn Fn(&ByteTest) -> Halves| {
            let mut tables = [of(&all[0]); simd::TESTS_MAX];
            for (halves, test) in tables.iter_mut().zip(&all) {
                *halves = of(test);
            }
            tables
        };
        let (tests, decided) = match (equal(0), equal(1)) {
            (Some(first), Some(second)) => {
                let decided = if is_single { all.len().min(2) } else { 0 };
                (simd::KernelTests::Equal([first, second]), decided)
            }
            _ if is_single => {
                let in_vectors = all.iter().take(vector_tests);
                let decided = in_vectors.take_while(|test| test.rows().1).count();
                let rows = tables(&|test| test.rows().0);
                (simd::KernelTests::Rows(rows, vector_tests), decided)
            }
            _ => (
                simd::KernelTests::Alternatives(tables(&ByteTest::halves), vector_tests),
                0,
            ),
        };
        Tests {
            all,
            kernel: Kernel::new(tests, reach),
            decided,
            reach,
        }
    }

    /// Returns the same tests, run by other instructions.
    #[cfg(test)]
    pub(super) fn at_level(self, level: simd::InstructionSet) -> Tests {
        Tests {
            kernel: self.kernel.at_level(level),
            ..self
        }
    }

    /// Returns how many tests there are.
    pub(super) fn count(&self) -> usize {
        self.all.len()
    }

    /// Returns whether a position passes. All its bytes must be there.
    #[inline]
    pub(super) fn passes(&self, bytes: &[u8], position: usize) -> bool {
        let mut alternatives = u8::MAX;
        self.all.iter().all(|test| {
            alternatives &= test.alternatives_at(bytes, position);
            alternatives != 0
        })
    }

    /// Returns whether a position that [`Tests::scan`] has visited passes the other tests too.
    #[inline]
    pub(super) fn passes_rest(&self, bytes: &[u8], position: usize) -> bool {
        // The kernel's decision holds for one alternative only.
        self.decided == self.all.len()
            || match self.decided {
                0 => self.passes(bytes, position),
                decided => self.all[decided..]
                    .iter()
                    .all(|test| test.alternatives_at(bytes, position) != 0),
            }
    }

    /// Calls `visit` with the positions from `at` on that pass the vector tests, in ascending
    /// order. It goes on at the position that `visit` returns, which lies behind the visited one;
    /// `None` is the end. Such a position has all its bytes, but may fail other tests: ask
    /// [`Tests::passes_rest`] if it matters.
    #[inline]
    pub(super) fn scan(
        &self,
        bytes: &[u8],
        mut at: usize,
        mut visit: impl FnMut(usize) -> Option<usize>,
    ) {
        match self.kernel.scan(bytes, at, &mut visit) {
            Some(end) => at = end,
            None => return,
        }
        let Some(last) = bytes.len().checked_sub(self.reach) else {
            return;
        };
        while at <= last {
            match self.passes(bytes, at) {
                false => at += 1,
                true => match visit(at) {
                    Some(next) => at = next,
                    None => return,
                },
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a test with the bytes of each alternative.
    fn test(offset: usize, alternatives: &[&[u8]]) -> ByteTest {
        let mut all = Box::new([0; 256]);
        for (nth, bytes) in alternatives.iter().enumerate() {
            for &byte in *bytes {
                all[usize::from(byte)] |= 1 << nth;
            }
        }
        ByteTest {
            offset,
            alternatives: all,
        }
    }

    /// Where a scan begins, how long the text is, and how far behind a visit the scan goes on.
    const CASES: [(usize, usize, usize); 5] = [
        (0, 5000, 1),
        (77, 4000, 1),
        (0, 5000, 40),
        (0, 200, 1),
        (0, 3, 1),
    ];

    #[test]
    fn every_position_is_visited_that_a_plain_loop_lets_pass() {
        let hash = |n: u32| usize::try_from(n.wrapping_mul(n ^ 0x9e37_79b9) >> 13).unwrap();
        let bytes: Vec<u8> = (0..5000u32)
            .map(|n| match hash(n) {
                letter if letter.is_multiple_of(3) => b"EReRx0"[letter / 3 % 6],
                other => u8::try_from(other / 3 % 256).unwrap(),
            })
            .collect();
        let low: Vec<u8> = (0..100).collect();
        let odd: Vec<u8> = (1..=255).step_by(2).collect();
        // More different rows than there are bits.
        let scattered: Vec<u8> = (0..=255).filter(|byte| byte % 17 < byte / 16).collect();
        let sets = [
            vec![test(0, &[b"E"])],
            vec![test(0, &[b"E"]), test(3, &[b"R"])],
            vec![test(2, &[b"eE"]), test(0, &[b"rR"])],
            vec![test(1, &[&low, b"x"])],
            vec![test(0, &[&low, &odd]), test(7, &[&low, &odd])],
            vec![test(1, &[&odd]), test(2, &[b"EReRx"]), test(0, &[b"Ex"])],
            vec![test(3, &[&scattered]), test(1, &[&odd]), test(2, &[&low])],
            vec![
                test(4, &[&odd]),
                test(1, &[b"0123456789\x80\xff", b"abc"]),
                test(0, &[&low]),
                test(9, &[&odd, &low]),
            ],
        ];
        for all in sets {
            let passes = |at: usize| {
                (0..8).any(|bit| {
                    all.iter().all(|test| {
                        let byte = bytes[at + test.offset];
                        test.alternatives[usize::from(byte)] >> bit & 1 == 1
                    })
                })
            };
            for vector_tests in 1..=all.len() {
                let tests = Tests::new(all.clone(), vector_tests);
                let levels = simd::InstructionSet::all().into_iter();
                let tests = levels.map(|level| tests.clone().at_level(level));
                for (tests, (from, length, step)) in
                    tests.flat_map(|tests| CASES.map(|case| (tests.clone(), case)))
                {
                    let bytes = &bytes[..length];
                    let mut want = Vec::new();
                    let mut at = from;
                    while at + tests.reach <= length {
                        match passes(at) {
                            true => {
                                want.push(at);
                                at += step;
                            }
                            false => at += 1,
                        }
                    }
                    let mut got = Vec::new();
                    tests.scan(bytes, from, |at| match tests.passes_rest(bytes, at) {
                        true => {
                            got.push(at);
                            Some(at + step)
                        }
                        false => Some(at + 1),
                    });
                    assert_eq!(got, want, "{tests:?} from {from} of {length}");
                    assert!(length < 4000 || !want.is_empty());
                }
            }
        }
    }

    #[test]
    fn a_visit_ends_the_scan() {
        for length in [300, 3000] {
            let bytes = vec![b'E'; length];
            let tests = Tests::new(vec![test(0, &[b"E"])], 1);
            let mut visits = Vec::new();
            tests.scan(&bytes, 0, |at| {
                visits.push(at);
                (visits.len() < 3).then_some(at + 100)
            });
            assert_eq!(visits, [0, 100, 200]);
            tests.scan(&bytes, length, |_| panic!("there is nothing"));
            tests.scan(&[], 0, |_| panic!("there is nothing"));
        }
    }

    #[test]
    fn classes_of_ascii_are_decided_by_the_tables() {
        let not_words: Vec<u8> = (0..=255)
            .filter(|byte: &u8| !byte.is_ascii_alphanumeric() && *byte != b'_')
            .collect();
        let scattered: Vec<u8> = (0..=255).filter(|byte| byte % 17 < byte / 16).collect();
        for (class, is_exact) in [
            (not_words, true),
            (b"0123456789".to_vec(), true),
            (scattered, false),
        ] {
            let (halves, exact) = test(0, &[&class]).rows();
            assert_eq!(exact, is_exact);
            for byte in 0..=255 {
                let bits = halves.low[usize::from(byte & 15)] & halves.high[usize::from(byte >> 4)];
                let is_possible = class.contains(&byte);
                assert!(bits != 0 || !is_possible, "{byte} is not let pass");
                assert!(!exact || (bits != 0) == is_possible, "{byte}");
            }
        }
    }

    #[test]
    fn a_letter_in_both_cases_is_one_comparison() {
        assert!(test(0, &[b"eE"]).equal().is_some());
        assert!(test(0, &[b"e"]).equal().is_some());
        assert!(test(0, &[b"ef"]).equal().is_none(), "two bits differ");
        assert!(test(0, &[b"eEf"]).equal().is_none());
        assert!(test(0, &[]).equal().is_none());
    }
}
