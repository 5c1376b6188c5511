//! Describes the machine, as Linux does in /proc and /sys. On other systems most of it is unknown.

use std::{fs, fs::File};

/// Returns the model of the processor.
pub(crate) fn processor() -> Option<String> {
    field("/proc/cpuinfo", "model name")
}

/// Returns how much memory there is.
pub(crate) fn memory_bytes() -> Option<u64> {
    let text = field("/proc/meminfo", "MemTotal")?;
    let kib: u64 = text.strip_suffix(" kB")?.parse().ok()?;
    kib.checked_mul(1024)
}

/// Returns the version of the kernel.
pub(crate) fn kernel() -> Option<String> {
    text_of("/proc/sys/kernel/osrelease")
}

/// Returns when the kernel uses huge pages for anonymous memory.
pub(crate) fn huge_pages() -> Option<String> {
    text_of("/sys/kernel/mm/transparent_hugepage/enabled")
}

/// Returns the kind of file system that a file is on.
#[cfg(target_os = "linux")]
pub(crate) fn file_system(file: &File) -> Option<String> {
    use std::os::unix::fs::MetadataExt;
    mounted_kind(file.metadata().ok()?.dev())
}

/// Returns `None`: on other systems this is not asked for.
#[cfg(not(target_os = "linux"))]
pub(crate) fn file_system(_: &File) -> Option<String> {
    None
}

/// Returns the kind of the file system with this number, by the table of mounted file systems.
#[cfg(target_os = "linux")]
fn mounted_kind(device: u64) -> Option<String> {
    let (major, minor) = (libc::major(device), libc::minor(device));
    let mounts = fs::read_to_string("/proc/self/mountinfo").ok()?;
    mounts.lines().find_map(|line| {
        let numbers = line.split(' ').nth(2)?;
        let kind = line.split_once(" - ")?.1.split(' ').next()?;
        (numbers == format!("{major}:{minor}")).then(|| kind.to_owned())
    })
}

fn text_of(path: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    Some(text.trim().into())
}

fn field(path: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    text.lines()
        .find_map(|line| line.strip_prefix(name)?.split_once(':'))
        .map(|(_, value)| value.trim().into())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn linux_describes_its_machine() {
        assert!(memory_bytes().unwrap() > 1 << 20);
        assert!(kernel().is_some());
        assert!(file_system(&File::open("/proc/self/stat").unwrap()).is_some());
        assert_eq!(mounted_kind(u64::MAX), None);
    }
}
