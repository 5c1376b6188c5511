//! Finds and counts bytes with vector instructions.
//!
//! The program finds out which instructions there are when it runs, so nobody needs `-C
//! target-cpu=native`. `matcher/` decides what is worth looking for.
//!
//! | file | what it is |
//! |---|---|
//! | `kernels` | all that is computed, written once for every instruction set |
//! | `avx2`, `neon`, `portable` | one instruction set each: what a vector is, and a dozen operations |
//! | `sse2` | what every x86-64 processor has, and what needs no more than that |
//!
//! An instruction set is a value that can only be made if the processor has it. So the operations
//! are safe functions. Only the loads are unsafe: a [`Kernel`] knows how many bytes a position must
//! have.
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

/// How many positions are tested before the first branch.
const LANES: usize = 256;

/// How far ahead bytes are prefetched. 1 to 4 KiB work equally well, 8 KiB less.
const PREFETCH_BYTES: usize = 2 << 10;

/// How much [`prefetch`] asks for: a few lines of most logs. The processor asks for the bytes
/// behind them by itself. For `-o` and `-n` half of it did as well; for the context of `-C 3` this
/// was not tried (2026-11).
#[cfg(target_arch = "x86_64")]
const SOON_BYTES: usize = 512;

/// A kernel runs at most this many tests.
pub(crate) const TESTS_MAX: usize = 3;

/// A byte that must stand `offset` bytes behind a position. The bits in `ignored` make no
/// difference; they are set in `byte`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Equal {
    pub(crate) offset: usize,
    pub(crate) ignored: u8,
    pub(crate) byte: u8,
}

/// Tables for the lower and the upper half of a byte. The byte is possible `offset` bytes behind a
/// position if its two entries have a bit in common.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Halves {
    pub(crate) offset: usize,
    pub(crate) low: [u8; 16],
    pub(crate) high: [u8; 16],
}

/// The tests that a position must pass.
#[derive(Clone, Copy, Debug)]
pub(crate) enum KernelTests {
    /// Both bytes stand there. This is the "packed pair" of memchr's memmem, after Muła's "generic
    /// SIMD" (<http://0x80.pl/articles/simd-strfind.html>), but it tests 256 positions before the
    /// first branch.
    Equal([Equal; 2]),
    /// One bit is possible in all of the first tables, as many as the number says. The bits stand
    /// for alternatives. This is Teddy, from Hyperscan (Wang et al., NSDI 2019, section 4). It is
    /// exact for classes of bytes that are a product of upper and lower halves, such as digits. It
    /// lets a few more bytes of other classes pass.
    Alternatives([Halves; TESTS_MAX], usize),
    /// Some bit is possible in each of the first tables, as many as the number says. All bits stand
    /// for one alternative, and the tables decide its classes exactly, whatever they are (after
    /// Muła's "SIMD byte lookup", <http://0x80.pl/articles/simd-byte-lookup.html>).
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

/// Tests of positions, together with the instructions that run them.
#[derive(Clone, Debug)]
pub(crate) struct Kernel {
    tests: KernelTests,
    /// How many bytes a position has. Every offset of a test is smaller.
    reach: usize,
    level: InstructionSet,
}

/// A function that gets a position and returns where to go on, which is behind the position. `None`
/// is the end.
///
/// There is one copy of each kernel, not one for each visitor. That saves more than the call for
/// each position costs.
type Visit<'v> = &'v mut dyn FnMut(usize) -> Option<usize>;

impl Kernel {
    /// Creates a kernel that runs `tests` at the positions that have `reach` bytes, with the best
    /// instructions of this machine.
    ///
    /// # Panics
    /// If a test looks at a byte that a position does not have.
    pub(crate) fn new(tests: KernelTests, reach: usize) -> Kernel {
        // The loads rely on this.
        assert!(tests.offset_max() < reach, "a test goes beyond a position");
        Kernel {
            tests,
            reach,
            level: InstructionSet::best(),
        }
    }

    /// Returns the same kernel for other instructions.
    #[cfg(test)]
    pub(crate) fn at_level(self, level: InstructionSet) -> Kernel {
        Kernel { level, ..self }
    }

    /// Calls `visit` with the positions from `at` on that pass, in ascending order. All of them
    /// have `reach` bytes. Returns the position from which on nothing was tested, because fewer
    /// positions are left than a vector holds. Returns `None` if `visit` ended the scan.
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
    /// Plain code, which the compiler vectorises as far as it can.
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

    /// Returns all instruction sets of this machine, the best one first.
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

/// Returns whether this machine has vector instructions that are faster than any other way to find
/// a literal.
pub(crate) fn is_available() -> bool {
    !matches!(InstructionSet::best(), InstructionSet::Portable)
}

/// Returns how many bytes equal `byte`.
pub(crate) fn count(bytes: &[u8], byte: u8) -> usize {
    InstructionSet::best().count(bytes, byte)
}

/// Does what memchr does. If the byte is one of the next 128, it needs no call, and no branch for
/// each vector. Most lines end so soon, and nobody can predict where.
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

/// Prefetches the beginning of `bytes`, a few lines, which will be looked at soon. It does not look
/// at them, so it does no harm if the bytes are in a mapping that another process has cut.
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
