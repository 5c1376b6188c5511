//! AVX2: vectors of 32 bytes. x86-64 processors have it since 2013.

use std::arch::x86_64::*;

use super::{
    Kernel, Visit,
    kernels::{self, Isa},
    sse2,
};

/// The proof that the processor has AVX2.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Avx2(());

impl Avx2 {
    pub(super) fn detect() -> Option<Avx2> {
        std::arch::is_x86_feature_detected!("avx2").then_some(Avx2(()))
    }

    pub(super) fn scan(
        self,
        kernel: &Kernel,
        bytes: &[u8],
        at: usize,
        visit: Visit<'_>,
    ) -> Option<usize> {
        #[target_feature(enable = "avx2")]
        fn with_avx2(
            isa: Avx2,
            kernel: &Kernel,
            bytes: &[u8],
            at: usize,
            visit: Visit<'_>,
        ) -> Option<usize> {
            kernels::scan(isa, kernel, bytes, at, visit)
        }
        // SAFETY: `self` was made by `detect`, so the processor has AVX2.
        unsafe { with_avx2(self, kernel, bytes, at, visit) }
    }

    pub(super) fn count(self, bytes: &[u8], byte: u8) -> usize {
        #[target_feature(enable = "avx2")]
        fn with_avx2(isa: Avx2, bytes: &[u8], byte: u8) -> usize {
            kernels::count(isa, bytes, byte)
        }
        // SAFETY: `self` was made by `detect`, so the processor has AVX2.
        unsafe { with_avx2(self, bytes, byte) }
    }
}

// Each operation is safe: `self` was made by `Avx2::detect`, so the processor has AVX2.
impl Isa for Avx2 {
    type Vector = __m256i;

    const WIDTH: usize = 32;

    #[inline(always)]
    fn splat(self, byte: u8) -> __m256i {
        // SAFETY: `self` proves that there is AVX2.
        unsafe { _mm256_set1_epi8(byte.cast_signed()) }
    }

    #[inline(always)]
    fn table(self, entries: &[u8; 16]) -> __m256i {
        // SAFETY: 16 bytes are read, which the array has; no alignment is asked for.
        let table = unsafe { _mm_loadu_si128(entries.as_ptr().cast()) };
        // SAFETY: `self` proves that there is AVX2.
        unsafe { _mm256_broadcastsi128_si256(table) }
    }

    #[inline(always)]
    unsafe fn load(self, start: *const u8) -> __m256i {
        // SAFETY: as the caller promises; no alignment is asked for.
        unsafe { _mm256_loadu_si256(start.cast()) }
    }

    #[inline(always)]
    fn equal(self, one: __m256i, other: __m256i) -> __m256i {
        // SAFETY: `self` proves that there is AVX2.
        unsafe { _mm256_cmpeq_epi8(one, other) }
    }

    #[inline(always)]
    fn and(self, one: __m256i, other: __m256i) -> __m256i {
        // SAFETY: `self` proves that there is AVX2.
        unsafe { _mm256_and_si256(one, other) }
    }

    #[inline(always)]
    fn or(self, one: __m256i, other: __m256i) -> __m256i {
        // SAFETY: `self` proves that there is AVX2.
        unsafe { _mm256_or_si256(one, other) }
    }

    #[inline(always)]
    fn minus(self, one: __m256i, other: __m256i) -> __m256i {
        // SAFETY: `self` proves that there is AVX2.
        unsafe { _mm256_sub_epi8(one, other) }
    }

    #[inline(always)]
    fn look_up(self, table: __m256i, indices: __m256i) -> __m256i {
        // SAFETY: `self` proves that there is AVX2.
        unsafe { _mm256_shuffle_epi8(table, indices) }
    }

    #[inline(always)]
    fn upper_halves(self, bytes: __m256i) -> __m256i {
        // SAFETY: `self` proves that there is AVX2.
        let shifted = unsafe { _mm256_srli_epi16::<4>(bytes) };
        self.and(shifted, self.splat(15))
    }

    #[inline(always)]
    fn has_any(self, bytes: __m256i) -> bool {
        // SAFETY: `self` proves that there is AVX2.
        unsafe { _mm256_testz_si256(bytes, bytes) == 0 }
    }

    #[inline(always)]
    fn bits(self, bytes: __m256i) -> u64 {
        // SAFETY: `self` proves that there is AVX2.
        u64::from(unsafe { _mm256_movemask_epi8(bytes) }.cast_unsigned())
    }

    #[inline(always)]
    fn sum(self, bytes: __m256i) -> u64 {
        // SAFETY: `self` proves that there is AVX2.
        let sums = unsafe { _mm256_sad_epu8(bytes, self.splat(0)) };
        let mut four = [0; 4];
        // SAFETY: 32 bytes are written, which the array has; no alignment is asked for.
        unsafe { _mm256_storeu_si256(four.as_mut_ptr().cast(), sums) };
        four.iter().sum()
    }

    #[inline(always)]
    fn prefetch(self, address: *const u8) {
        sse2::prefetch(address);
    }
}
