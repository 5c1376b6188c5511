//! The page cache: how much of a file is in it, how to get a file out of it, and how far a file is
//! read ahead. No privileges are needed.

use std::{fs::File, io};

use crate::sys::Cached;

/// One call asks for this many pages of a mapping.
#[cfg(target_os = "linux")]
const PAGES_PER_CALL: usize = 64 << 10;

/// Writes dirty pages of the file to the disk and drops its pages from the cache. For the kernel
/// this is advice: pages that somebody has mapped stay, and so do those of a file system that has
/// no disk. [`cached`] tells what is left.
///
/// # Errors
/// The error of fsync or posix_fadvise.
#[cfg(target_os = "linux")]
pub(crate) fn evict(file: &File) -> io::Result<()> {
    use std::os::fd::AsRawFd;
    // Dirty pages cannot be dropped.
    file.sync_all()?;
    // SAFETY: the descriptor is open while `file` lives; the call touches no memory of ours. A
    // length of 0 means to the end of the file.
    match unsafe { libc::posix_fadvise(file.as_raw_fd(), 0, 0, libc::POSIX_FADV_DONTNEED) } {
        0 => Ok(()),
        error => Err(io::Error::from_raw_os_error(error)),
    }
}

/// Tells the kernel that `file` will be read from front to back. The kernel then reads twice as far
/// ahead (posix_fadvise(2)). If the file is in the cache, this costs one call and nothing more. It
/// is only advice, so a failure is not reported.
#[cfg(target_os = "linux")]
pub(crate) fn advise_sequential(file: &File) {
    use std::os::fd::AsRawFd;
    // SAFETY: the descriptor is open while `file` lives; the call touches no memory of ours. A
    // length of 0 means to the end of the file.
    let _ = unsafe { libc::posix_fadvise(file.as_raw_fd(), 0, 0, libc::POSIX_FADV_SEQUENTIAL) };
}

/// Finds out how much of the first `length` bytes of `file` is in the page cache, through a mapping
/// of its own, which is new and so has no page of its own yet. Returns `None` if the kernel would
/// not tell the truth. Since Linux 5.2, mincore(2) says that all of a file is there if the caller
/// neither owns the file nor may write to it.
///
/// # Errors
/// The error of mmap or mincore.
#[cfg(target_os = "linux")]
pub(crate) fn cached(file: &File, length: u64) -> io::Result<Option<Cached>> {
    if !is_told_the_truth(file)? {
        return Ok(None);
    }
    let length = usize::try_from(length)
        .map_err(|_| io::Error::other("the file is larger than the address space"))?;
    // SAFETY: no byte of the mapping is ever read, so it does not matter who changes or truncates
    // the file.
    let map = unsafe { memmap2::MmapOptions::new().len(length).map(file) }?;
    let page_bytes = crate::sys::page_bytes();
    let pages = length.div_ceil(page_bytes);
    let mut flags = vec![0u8; pages.min(PAGES_PER_CALL)];
    let mut resident = 0;
    for first in (0..pages).step_by(PAGES_PER_CALL) {
        let count = PAGES_PER_CALL.min(pages - first);
        let start = map.as_ptr().wrapping_add(first * page_bytes).cast_mut();
        let bytes = (count * page_bytes).min(length - first * page_bytes);
        // SAFETY: `start` is a multiple of the page size inside of `map`, which has `bytes` bytes
        // from there; `flags` has a byte for each of these `count` pages.
        let failed = unsafe { libc::mincore(start.cast(), bytes, flags.as_mut_ptr()) } != 0;
        if failed {
            return Err(io::Error::last_os_error());
        }
        resident += flags[..count].iter().filter(|&flag| flag & 1 == 1).count() as u64;
    }
    Ok(Some(Cached {
        pages: pages as u64,
        resident,
    }))
}

/// Returns whether mincore(2) tells this process the truth about `file`. The rule is
/// `can_do_mincore` in the kernel's mm/mincore.c: the owner, CAP_FOWNER, or the right to write.
/// Older kernels tell everybody.
#[cfg(target_os = "linux")]
fn is_told_the_truth(file: &File) -> io::Result<bool> {
    use std::os::{fd::AsRawFd, unix::fs::MetadataExt};
    // SAFETY: geteuid has no preconditions and cannot fail.
    let user = unsafe { libc::geteuid() };
    if file.metadata()?.uid() == user || has_capability(CAP_FOWNER) {
        return Ok(true);
    }
    let name = std::ffi::CString::new(format!("/proc/self/fd/{}", file.as_raw_fd()))?;
    // SAFETY: `name` is a NUL-terminated string that lives through the call.
    let denied =
        unsafe { libc::faccessat(libc::AT_FDCWD, name.as_ptr(), libc::W_OK, libc::AT_EACCESS) };
    Ok(denied == 0)
}

/// The capability whose holder counts as the owner of every file: number 3 in capabilities(7).
#[cfg(target_os = "linux")]
const CAP_FOWNER: u32 = 3;

#[cfg(target_os = "linux")]
fn has_capability(number: u32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let effective = status.lines().find_map(|line| line.strip_prefix("CapEff:"));
    effective
        .and_then(|hex| u64::from_str_radix(hex.trim(), 16).ok())
        .is_some_and(|set| set >> number & 1 == 1)
}

/// Returns an error: no way is known on other systems.
#[cfg(not(target_os = "linux"))]
pub(crate) fn evict(_: &File) -> io::Result<()> {
    Err(io::Error::other("only Linux lets a program do that"))
}

/// Does nothing: other systems find out by themselves.
#[cfg(not(target_os = "linux"))]
pub(crate) fn advise_sequential(_: &File) {}

/// Returns `None`: no way is known on other systems.
#[cfg(not(target_os = "linux"))]
pub(crate) fn cached(_: &File, _: u64) -> io::Result<Option<Cached>> {
    Ok(None)
}

#[cfg(all(test, target_os = "linux"))]
mod tests;
