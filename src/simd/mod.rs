//! Bytes looked at by vector instructions: where certain ones stand, and how many there are.
//!
//! Which instructions there are is decided when the program runs, so there is no need for
//! `-C target-cpu=native`. What is worth looking for is decided in `matcher/`.
//!
//! | file | what it is |
//! |---|---|
//! | `kernels` | all that is computed, written once for every instruction set |
//! | `avx2`, `neon`, `portable` | one instruction set each: what a vector is, and a dozen operations |
//! | `sse2` | what every x86-64 processor has, and what needs no more than that |
//!
//! An instruction set is a value, which can only be made where the processor has it. So the
//! operations are safe functions, and unsafe are only the loads, for which a [`Kernel`] knows how
//! many bytes a position must have.
#![allow(
    unsafe_code,
    reason = "besides sys/ the one place for it: every block says what makes it sound"
)]

#[cfg(target_arch = "x86_64")]
mod avx2;
mod kernels;
#[cfg(target_arch = "aarch64")]
mod neon;
mod portable;
#[cfg(target_arch = "x86_64")]
mod sse2;

use self::portable::Portable;

/// How many positions are tested before anything branches.
const LANES: usize = 256;

/// How far ahead bytes are asked for: 1 to 4 KiB do as well, 8 KiB less.
const PREFETCH_BYTES: usize = 2 << 10;

/// How much [`prefetch`] asks for: a few lines of most logs. What follows them the processor asks
/// for by itself. For `-o` and `-n` half of it did as well, for the context of `-C 3` it was not
/// tried (2026-11).
#[cfg(target_arch = "x86_64")]
const SOON_BYTES: usize = 512;

/// How many tests a kernel runs at most.
pub(crate) const TESTS_MAX: usize = 3;

/// A byte that stands `offset` bytes behind a position, but for the bits in `ignored`, which are
/// set in `byte`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Equal {
    pub(crate) offset: usize,
    pub(crate) ignored: u8,
    pub(crate) byte: u8,
}

/// Tables for the lower and the upper half of a byte: it is possible `offset` bytes behind a
/// position if they have a bit in common.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Halves {
    pub(crate) offset: usize,
    pub(crate) low: [u8; 16],
    pub(crate) high: [u8; 16],
}

/// What a position must pass.
#[derive(Clone, Copy, Debug)]
pub(crate) enum KernelTests {
    /// Both bytes stand there: the "packed pair" of memchr's memmem, after Muła's "generic SIMD"
    /// (<http://0x80.pl/articles/simd-strfind.html>), but for 256 positions before anything
    /// branches.
    Equal([Equal; 2]),
    /// One bit is possible in all of so many tables. The bits stand for alternatives: Teddy, from
    /// Hyperscan (Wang et al., NSDI 2019, section 4), which is exact for classes of bytes that are
    /// a product of upper and lower halves, such as digits, and lets a few more pass of others.
    Alternatives([Halves; TESTS_MAX], usize),
    /// Some bit is possible in each of so many tables. All bits stand for one alternative, whose
    /// classes they decide whatever they are (after Muła's "SIMD byte lookup",
    /// <http://0x80.pl/articles/simd-byte-lookup.html>).
    Rows([Halves; TESTS_MAX], usize),
}

impl KernelTests {
    fn offset_max(&self) -> usize {
        let offsets = |halves: &[Halves; TESTS_MAX]| halves.map(|half| half.offset);
        let most = match self {
            KernelTests::Equal(pair) => pair.map(|equal| equal.offset).into_iter().max(),
            KernelTests::Alternatives(halves, _) | KernelTests::Rows(halves, _) => {
                offsets(halves).into_iter().max()
            }
        };
        most.unwrap_or(0)
    }
}

/// Tests of positions, with the instructions that run them.
#[derive(Clone, Debug)]
pub(crate) struct Kernel {
    tests: KernelTests,
    /// How many bytes a position has; no offset of a test is as large.
    reach: usize,
    level: InstructionSet,
}

/// What is called with a position, and says where to go on, which is behind it; `None` is the end.
///
/// A call for each position costs less than it saves: there is one copy of each kernel, not one for
/// each visitor.
type Visit<'v> = &'v mut dyn FnMut(usize) -> Option<usize>;

impl Kernel {
    /// Runs `tests` where a position has `reach` bytes, by the best instructions of this machine.
    ///
    /// # Panics
    /// If a test is about a byte that a position does not have.
    pub(crate) fn new(tests: KernelTests, reach: usize) -> Kernel {
        // The loads rely on it.
        assert!(tests.offset_max() < reach, "a test goes beyond a position");
        Kernel {
            tests,
            reach,
            level: InstructionSet::best(),
        }
    }

    /// The same kernel by other instructions.
    #[cfg(test)]
    pub(crate) fn at_level(self, level: InstructionSet) -> Kernel {
        Kernel { level, ..self }
    }

    /// Calls `visit` with the positions from `at` on that pass, in ascending order. All have `reach`
    /// bytes. Returns from where on nothing was looked at, as there are fewer positions than a
    /// vector holds; `None` if `visit` ended it.
    pub(crate) fn scan(&self, bytes: &[u8], at: usize, visit: Visit<'_>) -> Option<usize> {
        match self.level {
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx2(avx2) => avx2.scan(self, bytes, at, visit),
            #[cfg(target_arch = "aarch64")]
            InstructionSet::Neon(neon) => neon.scan(self, bytes, at, visit),
            InstructionSet::Portable => kernels::scan(Portable, self, bytes, at, visit),
        }
    }
}

/// An instruction set that this machine has.
#[derive(Clone, Copy, Debug)]
pub(crate) enum InstructionSet {
    #[cfg(target_arch = "x86_64")]
    Avx2(avx2::Avx2),
    #[cfg(target_arch = "aarch64")]
    Neon(neon::Neon),
    /// Plain code, of which the compiler makes what it can.
    Portable,
}

impl InstructionSet {
    fn best() -> InstructionSet {
        #[cfg(target_arch = "x86_64")]
        if let Some(avx2) = avx2::Avx2::detect() {
            return InstructionSet::Avx2(avx2);
        }
        #[cfg(target_arch = "aarch64")]
        if let Some(neon) = neon::Neon::detect() {
            return InstructionSet::Neon(neon);
        }
        InstructionSet::Portable
    }

    /// All that this machine has, the best first.
    #[cfg(test)]
    pub(crate) fn all() -> Vec<InstructionSet> {
        match InstructionSet::best() {
            InstructionSet::Portable => vec![InstructionSet::Portable],
            best => vec![best, InstructionSet::Portable],
        }
    }

    fn count(self, bytes: &[u8], byte: u8) -> usize {
        match self {
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx2(avx2) => avx2.count(bytes, byte),
            #[cfg(target_arch = "aarch64")]
            InstructionSet::Neon(neon) => neon.count(bytes, byte),
            InstructionSet::Portable => kernels::count(Portable, bytes, byte),
        }
    }
}

/// Whether this machine has vector instructions that are faster than any other way to find a
/// literal.
pub(crate) fn is_available() -> bool {
    !matches!(InstructionSet::best(), InstructionSet::Portable)
}

/// How many bytes are `byte`.
pub(crate) fn count(bytes: &[u8], byte: u8) -> usize {
    InstructionSet::best().count(bytes, byte)
}

/// As memchr, but without a call, and without a branch for each vector, if the byte is one of the
/// next 128: most lines end so soon, and where they do cannot be predicted.
#[inline]
pub(crate) fn find_near(bytes: &[u8], byte: u8) -> Option<usize> {
    #[cfg(target_arch = "x86_64")]
    if let Some(near) = bytes.first_chunk() {
        let at = sse2::first_of(near, byte);
        if at < near.len() {
            return Some(at);
        }
    }
    memchr::memchr(byte, bytes)
}

/// Asks for the beginning of `bytes`, a few lines, which will be looked at soon. They are not
/// looked at now, so it does no harm if another process has cut the mapping that they are in.
#[inline]
pub(crate) fn prefetch(bytes: &[u8]) {
    #[cfg(target_arch = "x86_64")]
    {
        let length = bytes.len().min(SOON_BYTES);
        for at in (0..length).step_by(64).chain(length.checked_sub(1)) {
            sse2::prefetch(bytes.as_ptr().wrapping_add(at));
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = bytes;
}

#[cfg(test)]
mod tests;
