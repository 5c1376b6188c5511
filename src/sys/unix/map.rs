//! Mappings: the parts that memmap2 does not do.

use std::{fs::File, io};

use memmap2::{Mmap, MmapOptions, MmapRaw, UncheckedAdvice};

/// Returns why `file` is not mapped unless the user asks for it, if that is so.
///
/// On macOS no file is mapped, as in ripgrep. Its `MmapChoice::open`
/// (crates/searcher/src/searcher/mmap.rs) never maps there, since
/// <https://github.com/BurntSushi/ripgrep/issues/36> found mapping slower than reading. A
/// measurement on a newer Mac found the opposite
/// (<https://github.com/BurntSushi/ripgrep/pull/3246>). No Mac was at hand to decide that.
#[cfg(target_os = "macos")]
pub(crate) fn auto_maps(_: &File) -> Result<(), String> {
    Err("on macOS files are mapped with --mmap only, as in ripgrep".into())
}

/// Returns why `file` is not mapped unless the user asks for it, if that is so: on file systems
/// where a mapping and reads need not agree, because the bytes come from another machine or another
/// process.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) fn auto_maps(file: &File) -> Result<(), String> {
    use std::os::fd::AsRawFd;
    let mut answer = std::mem::MaybeUninit::<libc::statfs>::uninit();
    // SAFETY: the descriptor is open as long as `file` is borrowed, and `answer` has room for one
    // `statfs`.
    let failed = unsafe { libc::fstatfs(file.as_raw_fd(), answer.as_mut_ptr()) };
    if failed != 0 {
        return Err("its file system does not say what it is".into());
    }
    // SAFETY: fstatfs returned 0, so it has filled all of `answer`.
    let answer = unsafe { answer.assume_init() };
    // The architecture decides whether the type is signed, and whether it is 32 or 64 bits wide. A
    // magic number has 32 bits.
    let magic = i128::from(answer.f_type) & 0xffff_ffff;
    match differing_file_system(magic) {
        Some(name) => Err(format!(
            "on {name} a mapping and reads may differ; --mmap maps it all the same"
        )),
        None => Ok(()),
    }
}

#[cfg(not(any(target_os = "macos", target_os = "linux", target_os = "android")))]
pub(crate) fn auto_maps(_: &File) -> Result<(), String> {
    Ok(())
}

/// Returns the name of a file system on which a mapping and a read may show different bytes while a
/// file changes. The magic numbers are those of statfs(2) and of `include/uapi/linux/magic.h`.
///
/// An overlay is among them. There a file is that of the lower layer until somebody writes to it,
/// and that of the upper layer afterwards. A mapping that was made before shows the lower one for
/// ever.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn differing_file_system(magic: i128) -> Option<&'static str> {
    match magic {
        0x6573_5546 => Some("FUSE"),
        0x6969 => Some("NFS"),
        0x0102_1997 => Some("9p"),
        0x794c_7630 => Some("an overlay"),
        0x517b | 0xff53_4d42 | 0xfe53_4d42 => Some("SMB"),
        0x00c3_6400 => Some("Ceph"),
        0x5346_414f | 0x6b41_4653 => Some("AFS"),
        0x7375_7245 => Some("Coda"),
        0x786f_4256 => Some("a shared folder of VirtualBox"),
        0x0bd0_0bd0 => Some("Lustre"),
        _ => None,
    }
}

/// Returns the size of a page of memory, or 0 if the system does not tell.
pub(crate) fn page_bytes() -> usize {
    // SAFETY: sysconf has no preconditions.
    let answer = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    usize::try_from(answer).unwrap_or(0)
}

/// Maps a part of a file for reading only, with MAP_PRIVATE.
///
/// # Safety
/// Nobody may keep facts about the bytes: another process may change them.
pub(crate) unsafe fn map_private(options: &MmapOptions, file: &File) -> io::Result<Mmap> {
    // SAFETY: as the caller promises.
    unsafe { options.map_copy_read_only(file) }
}

/// Tells the kernel that the pages of `length` bytes from `start` are no longer needed.
///
/// # Safety
/// The mapping is private and was never written.
pub(crate) unsafe fn give_back(map: &Mmap, start: usize, length: usize) {
    // SAFETY: MADV_DONTNEED on a private mapping that was never written (PROT_READ) loses nothing:
    // the next access reads the file again. The range lies inside the mapping, which memmap2
    // checks. A failure costs memory, not correctness, so it is not reported.
    let _ = unsafe { map.unchecked_advise_range(UncheckedAdvice::DontNeed, start, length) };
}

/// Memory that processes share.
pub(crate) type MappedRegion = MmapRaw;

/// Returns a mapped file as it is.
pub(crate) fn region(map: MmapRaw) -> MappedRegion {
    map
}

/// Makes `region` read-only.
///
/// # Safety
/// Nobody stores through it any more.
pub(crate) unsafe fn protect(region: &MappedRegion) -> io::Result<()> {
    // SAFETY: the range is that of the mapping, through which nobody stores, as the caller
    // promises.
    let failed =
        unsafe { libc::mprotect(region.as_mut_ptr().cast(), region.len(), libc::PROT_READ) };
    match failed {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Reserves the blocks of the first `length` bytes.
#[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
pub(crate) fn reserve(file: &File, length: u64) -> io::Result<()> {
    use std::os::fd::AsRawFd;
    let length = libc::off_t::try_from(length)
        .map_err(|_| io::Error::other("it is longer than a file can be"))?;
    loop {
        // SAFETY: the descriptor is open as long as `file` is borrowed.
        match unsafe { libc::posix_fallocate(file.as_raw_fd(), 0, length) } {
            0 => return Ok(()),
            libc::EINTR => {}
            // The C library returns these codes if it has no other way to reserve the blocks.
            libc::EOPNOTSUPP | libc::EINVAL => return Ok(()),
            code => return Err(io::Error::from_raw_os_error(code)),
        }
    }
}

/// Does nothing: other systems have no such call. A full disk is met at the first store, and
/// because of the guard that store reaches nobody.
#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
pub(crate) fn reserve(_file: &File, _length: u64) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;

    use super::*;
    use crate::sys::{SharedMap, SharedView};

    #[test]
    #[cfg(target_os = "linux")]
    fn the_blocks_of_a_new_file_are_reserved() {
        use std::os::unix::fs::MetadataExt;
        let file = tempfile::tempfile().unwrap();
        let map = SharedMap::create(&file, 5000).unwrap();
        let metadata = file.metadata().unwrap();
        assert!(metadata.blocks() * 512 >= metadata.len(), "{metadata:?}");
        drop(map);
    }

    #[test]
    fn a_file_cut_short_kills_neither_who_writes_nor_who_looks() {
        let words = 4 * page_bytes() / 8;
        let file = tempfile::tempfile().unwrap();
        let map = SharedMap::create(&file, words).unwrap();
        let view = SharedView::open(&file).unwrap();
        for word in map.words() {
            word.store(7, Ordering::Relaxed);
        }
        file.set_len(page_bytes() as u64).unwrap();
        assert!(!map.is_lost() && !view.is_lost(), "nobody has looked yet");
        assert_eq!(view.load(words - 1), 0);
        assert_eq!(view.load(0), 7, "what is before the cut is still there");
        assert!(view.is_lost());
        assert!(!map.is_lost(), "each knows its own faults");
        let last = &map.words()[words - 1];
        last.store(8, Ordering::Relaxed);
        assert_eq!(last.fetch_add(1, Ordering::Relaxed), 8);
        assert_eq!(
            last.load(Ordering::Relaxed),
            9,
            "the page in its place can be written"
        );
        assert!(map.is_lost());
        assert_eq!(file.metadata().unwrap().len(), page_bytes() as u64);
        let sealed = map.seal().unwrap();
        assert_eq!(sealed.load(words - 1), 9);
    }
}
