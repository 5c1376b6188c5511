//! A clock that all processes of a machine share and that nobody sets.

use windows_sys::Win32::System::WindowsProgramming::QueryUnbiasedInterruptTime;

/// Returns the unbiased interrupt time in nanoseconds. It is the same in every process. It counts
/// from about the machine's start, without the time that the machine slept. It moves in steps of up
/// to 16 ms.
pub(crate) fn monotonic_ns() -> u64 {
    let mut ticks = 0;
    // SAFETY: `ticks` is valid for the write. The call fails only for a null pointer.
    unsafe { QueryUnbiasedInterruptTime(&raw mut ticks) };
    ticks.saturating_mul(100)
}

/// Returns a constant: Windows draws no number when it starts, so all starts look the same here.
pub(crate) fn boot_id() -> [u64; 2] {
    [0, 0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_does_not_go_back() {
        let first = monotonic_ns();
        assert!(first > 0);
        assert!(monotonic_ns() >= first);
    }
}
