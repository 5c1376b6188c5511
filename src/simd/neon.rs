//! NEON: vectors of 16 bytes. All 64-bit ARM processors that run a system with a heap have it.

use std::arch::aarch64::*;

use super::{
    Kernel, Visit,
    kernels::{self, Isa},
};

/// The proof that the processor has NEON.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Neon(());

impl Neon {
    pub(super) fn detect() -> Option<Neon> {
        std::arch::is_aarch64_feature_detected!("neon").then_some(Neon(()))
    }

    pub(super) fn scan(
        self,
        kernel: &Kernel,
        bytes: &[u8],
        at: usize,
        visit: Visit<'_>,
    ) -> Option<usize> {
        #[target_feature(enable = "neon")]
        fn with_neon(
            isa: Neon,
            kernel: &Kernel,
            bytes: &[u8],
            at: usize,
            visit: Visit<'_>,
        ) -> Option<usize> {
            kernels::scan(isa, kernel, bytes, at, visit)
        }
        // SAFETY: `self` was made by `detect`, so the processor has NEON.
        unsafe { with_neon(self, kernel, bytes, at, visit) }
    }

    pub(super) fn count(self, bytes: &[u8], byte: u8) -> usize {
        #[target_feature(enable = "neon")]
        fn with_neon(isa: Neon, bytes: &[u8], byte: u8) -> usize {
            kernels::count(isa, bytes, byte)
        }
        // SAFETY: `self` was made by `detect`, so the processor has NEON.
        unsafe { with_neon(self, bytes, byte) }
    }
}

// Each operation is safe: `self` was made by `Neon::detect`, so the processor has NEON.
impl Isa for Neon {
    type Vector = uint8x16_t;

    const WIDTH: usize = 16;

    #[inline(always)]
    fn splat(self, byte: u8) -> uint8x16_t {
        // SAFETY: `self` proves that there is NEON.
        unsafe { vdupq_n_u8(byte) }
    }

    #[inline(always)]
    fn table(self, entries: &[u8; 16]) -> uint8x16_t {
        // SAFETY: 16 bytes are read, which the array has; no alignment is asked for.
        unsafe { vld1q_u8(entries.as_ptr()) }
    }

    #[inline(always)]
    unsafe fn load(self, start: *const u8) -> uint8x16_t {
        // SAFETY: as the caller promises; no alignment is asked for.
        unsafe { vld1q_u8(start) }
    }

    #[inline(always)]
    fn equal(self, one: uint8x16_t, other: uint8x16_t) -> uint8x16_t {
        // SAFETY: `self` proves that there is NEON.
        unsafe { vceqq_u8(one, other) }
    }

    #[inline(always)]
    fn and(self, one: uint8x16_t, other: uint8x16_t) -> uint8x16_t {
        // SAFETY: `self` proves that there is NEON.
        unsafe { vandq_u8(one, other) }
    }

    #[inline(always)]
    fn or(self, one: uint8x16_t, other: uint8x16_t) -> uint8x16_t {
        // SAFETY: `self` proves that there is NEON.
        unsafe { vorrq_u8(one, other) }
    }

    #[inline(always)]
    fn minus(self, one: uint8x16_t, other: uint8x16_t) -> uint8x16_t {
        // SAFETY: `self` proves that there is NEON.
        unsafe { vsubq_u8(one, other) }
    }

    #[inline(always)]
    fn look_up(self, table: uint8x16_t, indices: uint8x16_t) -> uint8x16_t {
        // SAFETY: `self` proves that there is NEON.
        unsafe { vqtbl1q_u8(table, indices) }
    }

    #[inline(always)]
    fn upper_halves(self, bytes: uint8x16_t) -> uint8x16_t {
        // SAFETY: `self` proves that there is NEON.
        unsafe { vshrq_n_u8::<4>(bytes) }
    }

    #[inline(always)]
    fn has_any(self, bytes: uint8x16_t) -> bool {
        // SAFETY: `self` proves that there is NEON.
        unsafe { vmaxvq_u8(bytes) != 0 }
    }

    /// Returns a bit for each byte. NEON has no instruction for it. So each byte of a group of
    /// eight keeps another power of two, and adding neighbours three times adds up the group.
    #[inline(always)]
    fn bits(self, bytes: uint8x16_t) -> u64 {
        const POWERS: [u8; 16] = [1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128];
        let mut sums = self.and(bytes, self.table(&POWERS));
        for _ in 0..3 {
            // SAFETY: `self` proves that there is NEON.
            sums = unsafe { vpaddq_u8(sums, sums) };
        }
        // SAFETY: `self` proves that there is NEON.
        let sums = unsafe { vreinterpretq_u16_u8(sums) };
        // SAFETY: `self` proves that there is NEON.
        u64::from(unsafe { vgetq_lane_u16::<0>(sums) })
    }

    #[inline(always)]
    fn sum(self, bytes: uint8x16_t) -> u64 {
        // SAFETY: `self` proves that there is NEON.
        u64::from(unsafe { vaddlvq_u8(bytes) })
    }
}
