//! The page cache: how much of a file is in it, how to get a file out of it, and how far it is read
//! ahead. No privileges are needed.

use std::{fs::File, io};

use crate::sys::Cached;

/// How many pages of a mapping are asked for in one call.
#[cfg(target_os = "linux")]
const PAGES_PER_CALL: usize = 64 << 10;

/// Writes what is dirty to the disk and drops the file's pages from the cache. The kernel takes it
/// as advice: pages that somebody has mapped stay, and so do those of a file system that has no
/// disk. Ask [`cached`] what is left.
///
/// # Errors
/// What fsync or posix_fadvise say.
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

/// Tells the kernel that `file` will be read from front to back: it then reads twice as far ahead
/// (posix_fadvise(2)). Costs one call and nothing more if the file is in the cache. It is advice,
/// so that it failed is not worth a word.
#[cfg(target_os = "linux")]
pub(crate) fn advise_sequential(file: &File) {
    use std::os::fd::AsRawFd;
    // SAFETY: the descriptor is open while `file` lives; the call touches no memory of ours. A
    // length of 0 means to the end of the file.
    let _ = unsafe { libc::posix_fadvise(file.as_raw_fd(), 0, 0, libc::POSIX_FADV_SEQUENTIAL) };
}

/// Looks how much of the first `length` bytes of `file` is in the page cache, through a mapping of
/// its own, which is new and so has no page of its own yet. None if the kernel would not tell the
/// truth: since Linux 5.2 mincore(2) says of a file that one neither owns nor may write that all of
/// it is there.
///
/// # Errors
/// What mmap or mincore say.
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

/// Whether mincore(2) tells this process the truth about `file`: the rule is `can_do_mincore` in
/// the kernel's mm/mincore.c, owner or CAP_FOWNER or the right to write. Older kernels tell
/// everybody.
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

/// Whoever has it counts as the owner of every file: capability number 3 of capabilities(7).
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

/// Not known how elsewhere.
#[cfg(not(target_os = "linux"))]
pub(crate) fn evict(_: &File) -> io::Result<()> {
    Err(io::Error::other("only Linux lets a program do that"))
}

/// Elsewhere the system finds out by itself.
#[cfg(not(target_os = "linux"))]
pub(crate) fn advise_sequential(_: &File) {}

/// Not known how elsewhere.
#[cfg(not(target_os = "linux"))]
pub(crate) fn cached(_: &File, _: u64) -> io::Result<Option<Cached>> {
    Ok(None)
}

#[cfg(all(test, target_os = "linux"))]
mod tests;
