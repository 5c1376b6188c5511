//! Makes broken inputs of whole ones: what a bad disk, an interrupted transfer or somebody with bad
//! intentions would.
//!
//! Shared by the tests of the modules and of the program. A seed gives the same mutants on every
//! machine. A mutant has at most [`MUTANT_BYTES_MAX`] bytes, so whoever needs time or memory beyond
//! any measure for one does so for a small input.

/// How long a mutant is at most.
pub(crate) const MUTANT_BYTES_MAX: usize = 64 << 10;

/// How many changes make a mutant, at most.
const CHANGES_MAX: usize = 4;

/// How often a part is repeated, at most.
const REPEATS_MAX: usize = 2_000;

/// Numbers at the borders of their types, beyond them, and what only begins like one.
const NUMBERS: [&str; 10] = [
    "0",
    "-1",
    "255",
    "65536",
    "2147483648",
    "4294967296",
    "9223372036854775808",
    "18446744073709551616",
    "1e999",
    "99999999999999999999999999999999999999999",
];

/// What opens something, and what many parsers do not expect.
const TOKENS: [&[u8]; 16] = [
    b"{",
    b"[",
    b"(",
    b"\"",
    b"'",
    b"\\",
    b"\0",
    b"\n",
    b"\r",
    b"\x1b[",
    b"\xff",
    b"\xf0\x9f\x98",
    b"=",
    b":",
    b"{\"a\":",
    b"[[",
];

/// A sequence of mutants.
#[derive(Debug)]
pub(crate) struct Mutator(u64);

impl Mutator {
    pub(crate) fn new(seed: u64) -> Mutator {
        Mutator(seed)
    }

    /// SplitMix64 (Steele, Lea, Flood 2014).
    pub(crate) fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `limit`; 0 if that is 0.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.number() % limit.max(1) as u64).expect("it is below a usize")
    }

    /// One of `samples` with some changes, into which parts of the others may go.
    pub(crate) fn mutant<S: AsRef<[u8]>>(&mut self, samples: &[S]) -> Vec<u8> {
        let mut bytes = samples[self.below(samples.len())].as_ref().to_vec();
        for _ in 0..=self.below(CHANGES_MAX) {
            let other = samples[self.below(samples.len())].as_ref();
            self.change(&mut bytes, other);
            bytes.truncate(MUTANT_BYTES_MAX);
        }
        bytes
    }

    fn change(&mut self, bytes: &mut Vec<u8>, other: &[u8]) {
        let at = self.below(bytes.len() + 1);
        let part = self.part(bytes.len());
        match self.below(9) {
            // A bit is another one.
            0 => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << self.below(8);
                }
            }
            1 => bytes.truncate(at),
            2 => drop(bytes.drain(part)),
            3 => {
                let repeats = 1 + self.below(REPEATS_MAX.min(MUTANT_BYTES_MAX / part.len().max(1)));
                let repeated = bytes[part].repeat(repeats);
                bytes.splice(at..at, repeated);
            }
            4 => {
                let part = self.part(other.len());
                bytes.splice(at..at, other[part].iter().copied());
            }
            5 => self.change_number(bytes),
            6 => {
                let token = TOKENS[self.below(TOKENS.len())];
                let repeats = [1, 2, 300, 10_000][self.below(4)];
                bytes.splice(at..at, token.repeat(repeats));
            }
            // A binary number is the smallest, the largest, or any.
            7 => {
                let width = [1, 2, 4, 8][self.below(4)];
                let any = self.number();
                let number = [0, 1, u64::MAX, u64::MAX >> 1, any][self.below(5)];
                let end = bytes.len().min(at + width);
                for (byte, new) in bytes[at..end].iter_mut().zip(number.to_le_bytes()) {
                    *byte = new;
                }
            }
            _ => {
                let end = bytes.len().min(at + part.len().min(64));
                bytes[at..end].fill(0);
            }
        }
    }

    /// A part of so many bytes: short ones are more frequent.
    fn part(&mut self, length: usize) -> std::ops::Range<usize> {
        let start = self.below(length + 1);
        let most = [8, 64, length][self.below(3)];
        let end = start + self.below((length - start).min(most) + 1);
        start..end
    }

    /// Puts another number in the place of a decimal one.
    fn change_number(&mut self, bytes: &mut Vec<u8>) {
        let from = self.below(bytes.len() + 1);
        let Some(start) = bytes[from..].iter().position(u8::is_ascii_digit) else {
            return;
        };
        let start = from + start;
        let digits = bytes[start..]
            .iter()
            .take_while(|byte| byte.is_ascii_digit());
        let end = start + digits.count();
        let number = NUMBERS[self.below(NUMBERS.len())];
        bytes.splice(start..end, number.bytes());
    }
}
