//! Mappings: the parts that memmap2 does not do, and memory that is no file.

use std::{fs::File, io, mem::MaybeUninit};

use memmap2::{Mmap, MmapOptions, MmapRaw};
use windows_sys::Win32::System::{
    Memory::{PAGE_READONLY, VirtualProtect, VirtualUnlock},
    SystemInformation::GetSystemInfo,
};

use super::named::NamedView;

/// Returns why `file` is not mapped unless the user asks for it. As long as a file is mapped,
/// nobody can cut it short or replace it (ERROR_USER_MAPPED_FILE), and the program that writes a
/// log must not fail because somebody looks at it.
pub(crate) fn auto_maps(_: &File) -> Result<(), String> {
    Err(
        "a file that is mapped cannot be emptied by the program that writes it; --mmap maps it"
            .into(),
    )
}

/// Returns the size of a page of memory.
pub(crate) fn page_bytes() -> usize {
    let mut info = MaybeUninit::zeroed();
    // SAFETY: `info` is valid for the write.
    unsafe { GetSystemInfo(info.as_mut_ptr()) };
    // SAFETY: all zeros is valid for it, being made of integers and pointers, and the call has
    // filled it in.
    let info = unsafe { info.assume_init() };
    usize::try_from(info.dwPageSize).unwrap_or(0)
}

/// Maps a part of a file for reading only. It is not a copy-on-write mapping: for that Windows sets
/// aside as much memory as the file is long.
///
/// # Safety
/// Nobody may keep facts about the bytes: another process may change them.
pub(crate) unsafe fn map_private(options: &MmapOptions, file: &File) -> io::Result<Mmap> {
    // SAFETY: as the caller promises.
    unsafe { options.map(file) }
}

/// Takes the pages of `length` bytes from `start` out of the working set. They stay in the cache of
/// the system.
///
/// # Safety
/// The mapping was never written.
pub(crate) unsafe fn give_back(map: &Mmap, start: usize, length: usize) {
    let Some(part) = map.get(start..start + length) else {
        return;
    };
    // SAFETY: the range is one of the mapping. To unlock pages that were never locked fails, and
    // takes them out of the working set, as the documentation of VirtualUnlock says; nothing is
    // lost.
    unsafe { VirtualUnlock(part.as_ptr().cast(), part.len()) };
}

/// Memory that processes share: a file that is mapped, or memory with a name.
#[derive(Debug)]
pub(crate) enum MappedRegion {
    File(MmapRaw),
    Named(NamedView),
}

/// Returns a mapped file as it is.
pub(crate) fn region(map: MmapRaw) -> MappedRegion {
    MappedRegion::File(map)
}

impl MappedRegion {
    pub(crate) fn as_ptr(&self) -> *const u8 {
        match self {
            MappedRegion::File(map) => map.as_ptr(),
            MappedRegion::Named(view) => view.start().cast_const(),
        }
    }

    fn as_mut_ptr(&self) -> *mut u8 {
        match self {
            MappedRegion::File(map) => map.as_mut_ptr(),
            MappedRegion::Named(view) => view.start(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            MappedRegion::File(map) => map.len(),
            MappedRegion::Named(view) => view.bytes(),
        }
    }

    /// Waits until what was stored is on the disk, if there is a file for it.
    pub(crate) fn flush(&self) -> io::Result<()> {
        match self {
            MappedRegion::File(map) => map.flush(),
            MappedRegion::Named(_) => Ok(()),
        }
    }
}

/// Makes `region` read-only.
///
/// # Safety
/// Nobody stores through it any more.
pub(crate) unsafe fn protect(region: &MappedRegion) -> io::Result<()> {
    let mut old = 0;
    // SAFETY: the range is that of the mapping, through which nobody stores, as the caller
    // promises; `old` is valid for the write.
    let done = unsafe {
        VirtualProtect(
            region.as_mut_ptr().cast(),
            region.len(),
            PAGE_READONLY,
            &raw mut old,
        )
    };
    match done {
        0 => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}

/// Does nothing: on Windows making a file longer reserves its blocks.
pub(crate) fn reserve(_file: &File, _length: u64) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
pub(in crate::sys) mod tests {
    use std::process::ExitStatus;

    use super::*;

    /// Returns whether a process was killed because it wrote to memory that it may only read.
    pub(crate) fn killed_by_bad_write(status: ExitStatus) -> bool {
        has_crashed(status)
    }

    /// Returns whether the system ended a process. Under Wine the debugger chooses the code, so
    /// only the kind of the code is looked at: an error of the system.
    pub(in crate::sys) fn has_crashed(status: ExitStatus) -> bool {
        status
            .code()
            .is_some_and(|code| code.cast_unsigned() >= 0xC000_0000)
    }

    /// Does nothing: Windows leaves no core file.
    pub(crate) fn without_core_file() {}

    #[test]
    fn a_mapped_file_cannot_be_cut_short_by_others_and_a_file_that_is_read_can() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app.log");
        std::fs::write(&path, vec![b'x'; 10_000]).unwrap();
        let file = File::open(&path).unwrap();
        let cut = || {
            let other = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
            other.set_len(5).map_err(|error| error.raw_os_error())
        };
        let map = crate::sys::PrivateMap::open(&file, 0, 10_000).unwrap();
        // ERROR_USER_MAPPED_FILE
        assert_eq!(cut(), Err(Some(1224)));
        assert!(map.bytes().iter().all(|&byte| byte == b'x'));
        drop(map);
        assert_eq!(cut(), Ok(()));
    }
}
