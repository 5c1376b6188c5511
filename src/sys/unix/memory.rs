//! How much memory this process has, and the most that it had since it was last asked to forget.

use std::fs;

/// Makes the peak of resident memory begin anew: proc_pid_clear_refs(5), the value 5, since Linux
/// 4.0. False where that cannot be had: then [`peak_resident_bytes`] is the peak since the process
/// began.
pub(crate) fn reset_peak() -> bool {
    cfg!(target_os = "linux") && fs::write("/proc/self/clear_refs", "5").is_ok()
}

/// The most memory that was resident at a time: VmHWM. Pages of a mapped file that are in memory
/// count while they are mapped.
pub(crate) fn peak_resident_bytes() -> Option<u64> {
    status_field("VmHWM:")
}

/// The memory that is this process's own now, and no file's: RssAnon, since Linux 4.5. In kernels
/// that count on every core by itself it may be off by some pages for each.
pub(crate) fn private_bytes() -> Option<u64> {
    status_field("RssAnon:")
}

/// How much address space this process may still take, if there is a limit: RLIMIT_AS, as `ulimit
/// -v` sets it. Where the system does not tell how much is taken already, that is all of it.
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
