//! SSE2. Every x86-64 processor has it, so nothing here has to be detected.

use std::arch::x86_64::*;

/// Prefetches the cache line at `address`, which may be any address.
#[inline(always)]
#[allow(
    unused_unsafe,
    clippy::allow_attributes,
    reason = "newer compilers know that it is safe"
)]
pub(super) fn prefetch(address: *const u8) {
    // SAFETY: a prefetch may have any address; if the address is not mapped, it does nothing.
    unsafe { _mm_prefetch::<_MM_HINT_T0>(address.cast()) };
}

/// Returns the first place of `byte`, or 128.
#[inline]
pub(super) fn first_of(bytes: &[u8; 128], byte: u8) -> usize {
    // SAFETY: every x86-64 processor has SSE2.
    let wanted = unsafe { _mm_set1_epi8(byte.cast_signed()) };
    let mut places = 0_u128;
    for (nth, vector) in bytes.as_chunks::<16>().0.iter().enumerate() {
        // SAFETY: 16 bytes are read, which the array has; no alignment is asked for.
        let vector = unsafe { _mm_loadu_si128(vector.as_ptr().cast()) };
        // SAFETY: every x86-64 processor has SSE2.
        let is_wanted = unsafe { _mm_cmpeq_epi8(vector, wanted) };
        // SAFETY: every x86-64 processor has SSE2.
        let bits = unsafe { _mm_movemask_epi8(is_wanted) };
        places |= u128::from(bits.cast_unsigned()) << (16 * nth);
    }
    places.trailing_zeros() as usize
}
