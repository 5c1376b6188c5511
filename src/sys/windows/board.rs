//! What a board is in, a file or memory with a name, and its lock. The lock ends with its holder,
//! and others can ask about it.
//!
//! Locks of files are mandatory on Windows: nobody else can read locked bytes. So the lock covers
//! one byte far behind the end, which nobody reads. The only way to ask about the lock is to take a
//! shared lock of the byte for a moment. So a process that wants the lock tries more than once.

use std::{
    fs::{File, OpenOptions},
    io,
    ops::Deref,
    os::windows::{
        fs::OpenOptionsExt,
        io::{AsRawHandle, OwnedHandle},
    },
    path::Path,
    thread,
};

use windows_sys::Win32::{
    Foundation::{ERROR_IO_PENDING, ERROR_LOCK_VIOLATION},
    Storage::FileSystem::{
        FILE_FLAG_OPEN_REPARSE_POINT, LOCKFILE_EXCLUSIVE_LOCK, LOCKFILE_FAIL_IMMEDIATELY,
        LockFileEx, UnlockFile,
    },
    System::IO::{OVERLAPPED, OVERLAPPED_0, OVERLAPPED_0_0},
};

use super::{
    file::{SHARED_FOR_ALL, has_code, write_all_at},
    named::{Named, is_name},
};
use crate::sys::{FileInfo, SharedMap, SharedView, open_regular, read_at};

/// The place of the locked byte: 2^62, which is more than a file can be long.
const LOCK_AT_HIGH: u32 = 1 << 30;

/// How often a lock is tried, because others may only be asking.
const TRIES: usize = 100;

/// What several processes open to share numbers.
#[derive(Debug)]
pub(crate) enum SharedFile {
    File(File),
    Named(Named),
}

impl SharedFile {
    /// Opens a file to share with other processes, for reading and writing. If the file is missing,
    /// this creates it. A symbolic link is not followed. A name that begins with `Local\` or
    /// `Global\` means memory for this many `words`.
    pub(crate) fn open(path: &Path, words: usize) -> io::Result<SharedFile> {
        if is_name(path) {
            return Named::open(path, words).map(SharedFile::Named);
        }
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .share_mode(SHARED_FOR_ALL)
            .custom_flags(FILE_FLAG_OPEN_REPARSE_POINT)
            .open(path)?;
        match file.metadata() {
            Ok(metadata) if metadata.is_symlink() => Err(io::Error::other(IsLink)),
            _ => Ok(SharedFile::File(file)),
        }
    }

    /// Opens an existing board, for reading.
    pub(crate) fn open_view(path: &Path) -> io::Result<SharedFile> {
        match is_name(path) {
            true => Named::open_view(path).map(SharedFile::Named),
            false => open_regular(path).map(|(file, _)| SharedFile::File(file)),
        }
    }

    /// Returns whether a name leads to nothing that exists.
    pub(crate) fn is_missing(path: &Path) -> bool {
        let found = match is_name(path) {
            true => Named::open_view(path).map(drop),
            false => FileInfo::of_path(path).map(drop),
        };
        found.is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
    }

    /// Returns whether it stays when the last process has closed it.
    pub(crate) fn is_lasting(path: &Path) -> bool {
        !is_name(path)
    }

    /// Returns whether it can be mapped, which means that it is a regular file, or memory.
    pub(crate) fn is_regular(&self) -> io::Result<bool> {
        match self {
            SharedFile::File(file) => FileInfo::of(file).map(|info| info.is_file()),
            SharedFile::Named(_) => Ok(true),
        }
    }

    /// Returns how many bytes it has.
    pub(crate) fn length(&self) -> io::Result<u64> {
        match self {
            SharedFile::File(file) => FileInfo::of(file).map(|info| info.length()),
            SharedFile::Named(named) => Ok(named.length()),
        }
    }

    /// Reads at `offset` until `buffer` is full or it ends.
    pub(crate) fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        match self {
            SharedFile::File(file) => read_at(file, buffer, offset),
            SharedFile::Named(named) => Ok(named.read_at(buffer, offset)),
        }
    }

    /// Writes all of `bytes` at `offset`.
    pub(crate) fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        match self {
            SharedFile::File(file) => write_all_at(file, bytes, offset),
            SharedFile::Named(named) => named.write_at(bytes, offset),
        }
    }

    /// Maps it. A file gets room for this many numbers before.
    pub(crate) fn map(&self, words: usize) -> io::Result<SharedMap> {
        match self {
            SharedFile::File(file) => SharedMap::create(file, words),
            SharedFile::Named(named) => named.shared_map(),
        }
    }

    /// Maps all of it for reading.
    pub(crate) fn view(&self) -> io::Result<SharedView> {
        match self {
            SharedFile::File(file) => SharedView::open(file),
            SharedFile::Named(named) => named.shared_view(),
        }
    }

    /// Takes the lock. Gives the file back if another process holds the lock.
    pub(crate) fn try_lock(self) -> io::Result<Result<Locked, SharedFile>> {
        for _ in 0..TRIES {
            let is_locked = match &self {
                SharedFile::File(file) => lock(file, LOCKFILE_EXCLUSIVE_LOCK)?.then_some(None),
                SharedFile::Named(named) => named.try_lock()?.map(Some),
            };
            if let Some(name) = is_locked {
                return Ok(Ok(Locked {
                    file: self,
                    _name: name,
                }));
            }
            thread::yield_now();
        }
        Ok(Err(self))
    }

    /// Returns whether another process holds the lock.
    pub(crate) fn is_locked(&self) -> io::Result<bool> {
        match self {
            SharedFile::File(file) => {
                let is_free = lock(file, 0)?;
                if is_free {
                    unlock(file);
                }
                Ok(!is_free)
            }
            SharedFile::Named(named) => Ok(named.is_locked()),
        }
    }
}

/// Takes the lock of `file`. Without flags it is a shared one. Returns false if another process has
/// a lock that conflicts with it.
fn lock(file: &File, flags: u32) -> io::Result<bool> {
    let mut place = OVERLAPPED {
        Anonymous: OVERLAPPED_0 {
            Anonymous: OVERLAPPED_0_0 {
                Offset: 0,
                OffsetHigh: LOCK_AT_HIGH,
            },
        },
        ..OVERLAPPED::default()
    };
    let flags = flags | LOCKFILE_FAIL_IMMEDIATELY;
    // SAFETY: the handle is open while `file` is borrowed, and no asynchronous one, so `place` is
    // not used any more when the call has returned.
    let done = unsafe { LockFileEx(file.as_raw_handle(), flags, 0, 1, 0, &raw mut place) };
    if done != 0 {
        return Ok(true);
    }
    let error = io::Error::last_os_error();
    match has_code(&error, &[ERROR_LOCK_VIOLATION, ERROR_IO_PENDING]) {
        true => Ok(false),
        false => Err(error),
    }
}

fn unlock(file: &File) {
    // SAFETY: the handle is open while `file` is borrowed.
    unsafe { UnlockFile(file.as_raw_handle(), 0, LOCK_AT_HIGH, 1, 0) };
}

/// The reason for refusing a symbolic link.
#[derive(Debug)]
struct IsLink;

impl std::fmt::Display for IsLink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("it is a symbolic link")
    }
}

impl std::error::Error for IsLink {}

/// Returns whether [`SharedFile::open`] failed because the name is that of a symbolic link.
pub(crate) fn is_symbolic_link(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<IsLink>())
}

/// A board whose lock this process holds. The lock ends when this value is dropped, or when the
/// process ends, in whatever way.
#[derive(Debug)]
pub(crate) struct Locked {
    file: SharedFile,
    /// The handle that shows that memory with a name is in use.
    _name: Option<OwnedHandle>,
}

impl Deref for Locked {
    type Target = SharedFile;

    fn deref(&self) -> &SharedFile {
        &self.file
    }
}

impl Drop for Locked {
    fn drop(&mut self) {
        if let SharedFile::File(file) = &self.file {
            unlock(file);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_seen_through_every_other_handle_and_ends_when_it_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let open = || SharedFile::open(&path, 1).unwrap();
        let reader = || SharedFile::open_view(&path).unwrap();
        assert!(!open().is_locked().unwrap());
        let mine = open().try_lock().unwrap().unwrap();
        mine.write_at(b"12345678", 0).unwrap();
        assert!(reader().is_locked().unwrap());
        assert!(open().try_lock().unwrap().is_err());
        let mut bytes = [0; 8];
        assert_eq!(
            reader().read_at(&mut bytes, 0).unwrap(),
            8,
            "it is no obstacle"
        );
        drop(mine);
        assert!(!reader().is_locked().unwrap());
        assert!(open().try_lock().unwrap().is_ok());
    }
}
