//! Memory that processes share by a name, without a file behind it. It is gone when the last
//! process has let go of it.

use std::{
    ffi::c_void,
    io,
    os::windows::{
        ffi::OsStrExt,
        io::{AsRawHandle, OwnedHandle},
    },
    path::Path,
    ptr::{self, NonNull},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use windows_sys::Win32::{
    Foundation::{ERROR_ALREADY_EXISTS, GetLastError, INVALID_HANDLE_VALUE},
    Storage::FileSystem::SYNCHRONIZE,
    System::{
        Memory::{
            CreateFileMappingW, FILE_MAP_READ, FILE_MAP_WRITE, MEMORY_BASIC_INFORMATION,
            MEMORY_MAPPED_VIEW_ADDRESS, MapViewOfFile, OpenFileMappingW, PAGE_READWRITE,
            UnmapViewOfFile, VirtualQuery,
        },
        Threading::{CreateMutexW, OpenMutexW},
    },
};

use super::input::owned;
use crate::sys::{SharedMap, SharedView};

/// The beginnings of names that are not paths: names of the session, and names of the whole
/// machine.
const NAMESPACES: [&str; 2] = [r"Local\", r"Global\"];

/// The end of the name of the lock, which says that the scan still runs. It stands behind the name
/// of the memory.
const LOCK: &str = ".logscan-lock";

const WORD_BYTES: usize = size_of::<u64>();

/// Returns whether `path` is the name of memory. `.\Local\name` is a file.
pub(super) fn is_name(path: &Path) -> bool {
    path.to_str()
        .is_some_and(|path| NAMESPACES.iter().any(|space| path.starts_with(space)))
}

/// Memory with a name, mapped.
#[derive(Clone, Debug)]
pub(crate) struct Named {
    name: String,
    view: NamedView,
}

/// A part of the address space in which the memory is mapped, as long as anybody uses it.
#[derive(Clone, Debug)]
pub(crate) struct NamedView(Arc<Mapped>);

#[derive(Debug)]
struct Mapped {
    start: NonNull<u8>,
    bytes: usize,
    /// The handle for the memory. The name means this memory as long as somebody has a handle.
    _mapping: OwnedHandle,
}

// SAFETY: it is an address and a length that never change, and the memory there is reached as
// atomics only.
unsafe impl Send for Mapped {}
// SAFETY: as above.
unsafe impl Sync for Mapped {}

impl Drop for Mapped {
    fn drop(&mut self) {
        let address = MEMORY_MAPPED_VIEW_ADDRESS {
            Value: self.start.as_ptr().cast::<c_void>(),
        };
        // SAFETY: the address is that of the one MapViewOfFile in `map`, and this is the only
        // unmapping.
        unsafe { UnmapViewOfFile(address) };
    }
}

impl NamedView {
    pub(crate) fn start(&self) -> *mut u8 {
        self.0.start.as_ptr()
    }

    pub(crate) fn bytes(&self) -> usize {
        self.0.bytes
    }

    /// Maps all of the memory.
    fn map(mapping: OwnedHandle, access: u32) -> io::Result<NamedView> {
        // SAFETY: the handle is that of a mapping and is open.
        let address = unsafe { MapViewOfFile(mapping.as_raw_handle(), access, 0, 0, 0) };
        let Some(start) = NonNull::new(address.Value.cast::<u8>()) else {
            return Err(io::Error::last_os_error());
        };
        let mut region = MEMORY_BASIC_INFORMATION::default();
        // SAFETY: `region` is valid for a write of its own length.
        let done = unsafe { VirtualQuery(address.Value, &raw mut region, size_of_val(&region)) };
        let mapped = Mapped {
            start,
            // The system gives whole pages.
            bytes: region.RegionSize,
            _mapping: mapping,
        };
        match done {
            0 => Err(io::Error::last_os_error()),
            _ => Ok(NamedView(Arc::new(mapped))),
        }
    }

    fn words(&self) -> &[AtomicU64] {
        let words = self.bytes() / WORD_BYTES;
        // SAFETY: the memory is mapped for so many bytes as long as `self` lives, it begins at a
        // page, any bits are a valid AtomicU64, and it is reached as atomics only. Where it is
        // read-only nothing here writes it, and relaxed loads of 8 bytes are allowed.
        unsafe { std::slice::from_raw_parts(self.start().cast::<AtomicU64>().cast_const(), words) }
    }
}

impl Named {
    /// Opens memory for this many numbers. They are zeros if nobody has that name yet.
    pub(super) fn open(path: &Path, words: usize) -> io::Result<Named> {
        let bytes = u32::try_from(words * WORD_BYTES)
            .map_err(|_| io::Error::other("it is too long for memory with a name"))?;
        // SAFETY: the name ends with a zero and lives through the call; the invalid handle asks for
        // memory without a file, and null for the security that a process gives what it makes.
        let mapping = unsafe {
            CreateFileMappingW(
                INVALID_HANDLE_VALUE,
                ptr::null(),
                PAGE_READWRITE,
                0,
                bytes,
                units(path.as_os_str().encode_wide()).as_ptr(),
            )
        };
        Named::new(path, owned(mapping)?, FILE_MAP_READ | FILE_MAP_WRITE)
    }

    /// Opens existing memory, for reading.
    pub(super) fn open_view(path: &Path) -> io::Result<Named> {
        // SAFETY: the name ends with a zero and lives through the call.
        let mapping = unsafe {
            OpenFileMappingW(
                FILE_MAP_READ,
                0,
                units(path.as_os_str().encode_wide()).as_ptr(),
            )
        };
        Named::new(path, owned(mapping)?, FILE_MAP_READ)
    }

    fn new(path: &Path, mapping: OwnedHandle, access: u32) -> io::Result<Named> {
        Ok(Named {
            name: path.to_string_lossy().into_owned(),
            view: NamedView::map(mapping, access)?,
        })
    }

    pub(super) fn length(&self) -> u64 {
        self.view.bytes() as u64
    }

    /// Reads bytes as from a file. Returns how many were read.
    pub(super) fn read_at(&self, buffer: &mut [u8], offset: u64) -> usize {
        let Ok(offset) = usize::try_from(offset) else {
            return 0;
        };
        let words = self.view.words();
        let length = buffer.len().min(self.view.bytes().saturating_sub(offset));
        for (at, byte) in (offset..).zip(&mut buffer[..length]) {
            let word = words[at / WORD_BYTES].load(Ordering::Acquire);
            *byte = word.to_ne_bytes()[at % WORD_BYTES];
        }
        length
    }

    /// Writes whole numbers.
    pub(super) fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let start = usize::try_from(offset).unwrap_or(usize::MAX) / WORD_BYTES;
        let words = self.view.words();
        let place = words.get(start..start + bytes.len() / WORD_BYTES);
        let is_whole =
            offset.is_multiple_of(WORD_BYTES as u64) && bytes.len().is_multiple_of(WORD_BYTES);
        let Some(place) = place.filter(|_| is_whole) else {
            return Err(io::ErrorKind::InvalidInput.into());
        };
        for (word, bytes) in place.iter().zip(bytes.chunks_exact(WORD_BYTES)) {
            let mut value = [0; WORD_BYTES];
            value.copy_from_slice(bytes);
            word.store(u64::from_ne_bytes(value), Ordering::Release);
        }
        Ok(())
    }

    pub(super) fn shared_map(&self) -> io::Result<SharedMap> {
        SharedMap::guard(super::MappedRegion::Named(self.view.clone()))
    }

    pub(super) fn shared_view(&self) -> io::Result<SharedView> {
        SharedView::guard(super::MappedRegion::Named(self.view.clone()))
    }

    /// Creates the lock, which says that somebody uses the memory. Returns `None` if the lock
    /// exists. The system removes it when its maker ends, in whatever way.
    pub(super) fn try_lock(&self) -> io::Result<Option<OwnedHandle>> {
        // SAFETY: the name ends with a zero and lives through the call; null is as above.
        let handle = unsafe { CreateMutexW(ptr::null(), 0, self.lock_name().as_ptr()) };
        // SAFETY: it has no preconditions. Nothing was called since.
        let code = unsafe { GetLastError() };
        let handle = owned(handle)?;
        Ok((code != ERROR_ALREADY_EXISTS).then_some(handle))
    }

    pub(super) fn is_locked(&self) -> bool {
        // SAFETY: the name ends with a zero and lives through the call.
        let handle = unsafe { OpenMutexW(SYNCHRONIZE, 0, self.lock_name().as_ptr()) };
        // The handle is closed again at once, so that asking does not keep the lock.
        owned(handle).is_ok()
    }

    fn lock_name(&self) -> Vec<u16> {
        units(self.name.encode_utf16().chain(LOCK.encode_utf16()))
    }
}

/// Returns a name as the system takes it, with a zero behind it.
fn units(name: impl Iterator<Item = u16>) -> Vec<u16> {
    name.chain([0]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_these_two_beginnings_are_names() {
        for name in [r"Local\scan", r"Global\scan", r"Local\a b"] {
            assert!(is_name(Path::new(name)), "{name}");
        }
        for path in [
            r".\Local\scan",
            "Local/scan",
            r"local\scan",
            "scan",
            r"C:\Local\scan",
        ] {
            assert!(!is_name(Path::new(path)), "{path}");
        }
    }

    #[test]
    fn memory_with_a_name_is_shared_as_long_as_somebody_has_it() {
        let name = format!(r"Local\logscan-named-{}", std::process::id());
        let path = Path::new(&name);
        assert!(Named::open_view(path).is_err());
        let one = Named::open(path, 1024).unwrap();
        assert_eq!(one.length(), 8192);
        let other = Named::open_view(path).unwrap();
        one.write_at(b"12345678", 8).unwrap();
        assert!(one.write_at(b"1234567", 8).is_err());
        assert!(one.write_at(b"12345678", 4).is_err());
        assert!(one.write_at(b"12345678", 8192).is_err());
        let mut bytes = [0; 10];
        assert_eq!(other.read_at(&mut bytes, 7), 10);
        assert_eq!(&bytes, b"\x0012345678\0");
        assert_eq!(other.read_at(&mut bytes, 8188), 4);
        let map = one.shared_map().unwrap();
        let view = other.shared_view().unwrap();
        map.words()[3].store(7, Ordering::Relaxed);
        assert_eq!(view.load(3), 7);
        assert!(!other.is_locked());
        let lock = one.try_lock().unwrap().unwrap();
        assert!(other.is_locked() && one.try_lock().unwrap().is_none());
        drop(lock);
        assert!(!other.is_locked());
        drop((one, other, map));
        assert_eq!(view.load(3), 7, "a view keeps it");
        drop(view);
        assert!(Named::open_view(path).is_err());
    }
}
