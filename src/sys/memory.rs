//! How much memory this process has, and the most that it had since it was last asked to forget.

use std::fs;

/// Makes the peak of resident memory begin anew: proc_pid_clear_refs(5), the value 5, since Linux 4.0. False where that
/// cannot be had: then [`peak_resident_bytes`] is the peak since the process began.
pub(crate) fn reset_peak() -> bool {
    cfg!(target_os = "linux") && fs::write("/proc/self/clear_refs", "5").is_ok()
}

/// The most memory that was resident at a time: VmHWM. Pages of a mapped file that are in memory count while they are
/// mapped.
pub(crate) fn peak_resident_bytes() -> Option<u64> {
    status_field("VmHWM:")
}

/// The memory that is this process's own now, and no file's: RssAnon, since Linux 4.5. In kernels that count on every
/// core by itself it may be off by some pages for each.
pub(crate) fn private_bytes() -> Option<u64> {
    status_field("RssAnon:")
}

fn status_field(name: &str) -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let value = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kib: u64 = value.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

#[cfg(test)]
mod tests {
    #![cfg(target_os = "linux")]

    use super::*;

    #[test]
    fn memory_in_use_is_resident_and_private() {
        let bytes = vec![1u8; 64 << 20];
        // As other tests run at the same time, only this much is sure.
        assert!(private_bytes().unwrap() >= 60 << 20);
        assert!(peak_resident_bytes().unwrap() >= 60 << 20);
        assert!(bytes.iter().all(|&byte| byte == 1));
    }

    #[test]
    fn an_unknown_field_is_none() {
        assert_eq!(status_field("NoSuchField:"), None);
    }
}
