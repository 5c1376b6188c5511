//! Tells how much memory this process has, and the most that it had since the peak was last reset.

use std::fs;

/// Resets the peak of resident memory: proc_pid_clear_refs(5), the value 5, since Linux 4.0.
/// Returns false if the system cannot do that. Then [`peak_resident_bytes`] is the peak since the
/// process began.
pub(crate) fn reset_peak() -> bool {
    cfg!(target_os = "linux") && fs::write("/proc/self/clear_refs", "5").is_ok()
}

/// Returns the most memory that was resident at a time: VmHWM. Pages of a mapped file that are in
/// memory count while they are mapped.
pub(crate) fn peak_resident_bytes() -> Option<u64> {
    status_field("VmHWM:")
}

/// Returns the memory that belongs to this process now, and to no file: RssAnon, since Linux 4.5.
/// In kernels in which every core counts by itself it may be wrong by some pages for each core.
pub(crate) fn private_bytes() -> Option<u64> {
    status_field("RssAnon:")
}

/// Returns how much address space this process may still take, if there is a limit: RLIMIT_AS, as
/// `ulimit -v` sets it. If the system does not tell how much is taken already, this is the whole
/// limit.
pub(crate) fn address_bytes_left() -> Option<u64> {
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: `limit` is valid for the write.
    let failed = unsafe { libc::getrlimit(libc::RLIMIT_AS, &raw mut limit) };
    if failed != 0 || limit.rlim_cur == libc::RLIM_INFINITY {
        return None;
    }
    let taken = status_field("VmSize:").unwrap_or(u64::MAX);
    Some(limit.rlim_cur.saturating_sub(taken))
}

fn status_field(name: &str) -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let value = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kib: u64 = value.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

#[cfg(all(test, target_os = "linux"))]
mod tests;
