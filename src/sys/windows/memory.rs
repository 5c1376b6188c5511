//! Tells how much memory this process has.

use windows_sys::Win32::System::{
    ProcessStatus::{K32GetProcessMemoryInfo, PROCESS_MEMORY_COUNTERS_EX},
    Threading::GetCurrentProcess,
};

/// Returns false: Windows cannot reset the peak.
pub(crate) fn reset_peak() -> bool {
    false
}

/// Returns the most memory that was resident at a time, since the process began: the peak of its
/// working set. Pages of a mapped file count while they are mapped.
pub(crate) fn peak_resident_bytes() -> Option<u64> {
    counters().map(|counters| counters.PeakWorkingSetSize as u64)
}

/// Returns the memory that belongs to this process, and to no file: what it has committed, whether
/// or not it has touched it.
pub(crate) fn private_bytes() -> Option<u64> {
    counters().map(|counters| counters.PrivateUsage as u64)
}

/// Returns `None`: Windows has no such limit except that of a job. A job limits memory, and then
/// threads fail to start.
pub(crate) fn address_bytes_left() -> Option<u64> {
    None
}

/// Returns how many page faults there were, of any kind.
pub(super) fn page_faults() -> u64 {
    counters().map_or(0, |counters| u64::from(counters.PageFaultCount))
}

fn counters() -> Option<PROCESS_MEMORY_COUNTERS_EX> {
    let mut counters = PROCESS_MEMORY_COUNTERS_EX::default();
    let bytes = u32::try_from(size_of::<PROCESS_MEMORY_COUNTERS_EX>()).ok()?;
    counters.cb = bytes;
    // SAFETY: it has no preconditions.
    let process = unsafe { GetCurrentProcess() };
    // SAFETY: the handle is valid, and `counters` is valid for writes of so many bytes; the longer
    // struct is allowed in place of the shorter, as its length tells.
    let done = unsafe { K32GetProcessMemoryInfo(process, (&raw mut counters).cast(), bytes) };
    (done != 0).then_some(counters)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_in_use_is_resident() {
        let bytes = vec![1u8; 64 << 20];
        // Wine does not know how much of it is private.
        assert!(private_bytes().is_some());
        assert!(peak_resident_bytes().unwrap() >= 60 << 20);
        assert!(bytes.iter().all(|&byte| byte == 1));
    }
}
