//! The file that a board is in, and its lock. The lock ends with its holder, and others can ask
//! about it without taking it.
//!
//! The lock belongs to the open file and not to the process (an open file description lock,
//! fcntl(2), F_OFD_SETLK). So it stays if this process closes another descriptor of the same file.
//! The kernel keeps the lock with the file, so every pid namespace sees it, and every container
//! that shares the volume. The lock ends when the process ends, however that happens. The kernel
//! does not tell the holder's process number, because it would mean nothing in another namespace.

use std::{
    fs::{File, OpenOptions},
    io,
    ops::Deref,
    os::{
        fd::AsRawFd,
        unix::fs::{FileExt, OpenOptionsExt},
    },
    path::Path,
};

#[cfg(any(target_os = "linux", target_os = "android"))]
use libc::{F_OFD_GETLK as GET, F_OFD_SETLK as SET};
// The older kind of lock ends when this process closes any descriptor of the file. The process
// opens the file once.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
use libc::{F_GETLK as GET, F_SETLK as SET};

use crate::sys::{FileInfo, SharedMap, SharedView, open_regular, read_at};

/// What several processes open to share numbers.
#[derive(Debug)]
pub(crate) struct SharedFile(File);

impl SharedFile {
    /// Opens a file to share with other processes, for reading and writing. If the file is missing,
    /// this creates it, and only its owner may read and write it. A symbolic link is not followed:
    /// in a directory that others may write, such as /tmp, it could lead to a file that its maker
    /// must not touch. Nothing waits, whatever the name leads to.
    ///
    /// How many `words` the file will have matters only for memory that is no file.
    pub(crate) fn open(path: &Path, _words: usize) -> io::Result<SharedFile> {
        OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .mode(0o600)
            .custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK)
            .open(path)
            .map(SharedFile)
    }

    /// Opens an existing file, for reading.
    pub(crate) fn open_view(path: &Path) -> io::Result<SharedFile> {
        open_regular(path).map(|(file, _)| SharedFile(file))
    }

    /// Returns whether a name leads to nothing that exists.
    pub(crate) fn is_missing(path: &Path) -> bool {
        FileInfo::of_path(path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
    }

    /// Returns whether the file stays when the last process has closed it.
    pub(crate) fn is_lasting(_path: &Path) -> bool {
        true
    }

    /// Returns whether it can be mapped, which means that it is a regular file.
    pub(crate) fn is_regular(&self) -> io::Result<bool> {
        FileInfo::of(&self.0).map(|info| info.is_file())
    }

    /// Returns how many bytes it has.
    pub(crate) fn length(&self) -> io::Result<u64> {
        FileInfo::of(&self.0).map(|info| info.length())
    }

    /// Reads at `offset` until `buffer` is full or it ends.
    pub(crate) fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        read_at(&self.0, buffer, offset)
    }

    /// Writes all of `bytes` at `offset`.
    pub(crate) fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.0.write_all_at(bytes, offset)
    }

    /// Gives it room for this many numbers, and maps it.
    pub(crate) fn map(&self, words: usize) -> io::Result<SharedMap> {
        SharedMap::create(&self.0, words)
    }

    /// Maps all of it for reading.
    pub(crate) fn view(&self) -> io::Result<SharedView> {
        SharedView::open(&self.0)
    }

    /// Takes the lock, for which the file must be open for writing. Gives the file back if another
    /// process holds the lock.
    pub(crate) fn try_lock(self) -> io::Result<Result<Locked, SharedFile>> {
        let mut lock = whole_file(LockKind::Write);
        match fcntl(&self.0, SET, &mut lock) {
            Ok(()) => Ok(Ok(Locked { file: self })),
            Err(error)
                if [libc::EAGAIN, libc::EACCES]
                    .map(Some)
                    .contains(&error.raw_os_error()) =>
            {
                Ok(Err(self))
            }
            Err(error) => Err(error),
        }
    }

    /// Returns whether another process holds the lock. Asking takes nothing.
    pub(crate) fn is_locked(&self) -> io::Result<bool> {
        let mut lock = whole_file(LockKind::Write);
        fcntl(&self.0, GET, &mut lock)?;
        Ok(lock.l_type != whole_file(LockKind::None).l_type)
    }
}

/// Returns whether [`SharedFile::open`] failed because the name is that of a symbolic link.
pub(crate) fn is_symbolic_link(error: &io::Error) -> bool {
    error.raw_os_error() == Some(libc::ELOOP)
}

/// A file whose lock this process holds. The lock ends when this value is dropped, or when the
/// process ends, in whatever way.
#[derive(Debug)]
pub(crate) struct Locked {
    file: SharedFile,
}

impl Deref for Locked {
    type Target = SharedFile;

    fn deref(&self) -> &SharedFile {
        &self.file
    }
}

impl Drop for Locked {
    /// Unlocks the file. Closing it is not enough: a child that another thread has just forked has
    /// the file open until it becomes another program, and the lock would stay for as long.
    fn drop(&mut self) {
        let _ = fcntl(&self.file.0, SET, &mut whole_file(LockKind::None));
    }
}

/// The lock that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LockKind {
    Write,
    None,
}

/// Returns a lock of some kind from the first byte on, however long the file grows.
#[expect(
    clippy::cast_possible_truncation,
    reason = "constants from 0 to 3, whose type differs between systems"
)]
fn whole_file(kind: LockKind) -> libc::flock {
    // SAFETY: all zeros is a valid `flock`: it is made of integers.
    let mut lock: libc::flock = unsafe { std::mem::zeroed() };
    lock.l_type = match kind {
        LockKind::Write => libc::F_WRLCK as libc::c_short,
        LockKind::None => libc::F_UNLCK as libc::c_short,
    };
    lock.l_whence = libc::SEEK_SET as libc::c_short;
    lock
}

fn fcntl(file: &File, command: libc::c_int, lock: &mut libc::flock) -> io::Result<()> {
    // SAFETY: the descriptor is open as long as `file` is borrowed, and both commands take a
    // pointer to a `flock`, which is valid for reads and writes.
    let failed = unsafe { libc::fcntl(file.as_raw_fd(), command, &raw mut *lock) } == -1;
    match failed {
        true => Err(io::Error::last_os_error()),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::guard::tests::in_child;

    /// The test has a process of its own: a child that another test has just forked would hold the
    /// lock a little longer.
    #[test]
    fn a_lock_is_seen_through_every_other_handle_and_ends_when_it_is_dropped() {
        let name = "sys::unix::board::tests::a_lock_is_seen_through_every_other_handle_and_ends_when_it_is_dropped";
        if let Some(output) = in_child(name) {
            assert!(output.status.success(), "{output:?}");
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let open = || SharedFile::open(&path, 1).unwrap();
        let reader = || SharedFile::open_view(&path).unwrap();
        assert!(!open().is_locked().unwrap());
        let mine = open().try_lock().unwrap().unwrap();
        assert!(reader().is_locked().unwrap());
        assert!(open().try_lock().unwrap().is_err());
        // With the older kind of lock, closing a reader in this process would have ended the lock.
        assert!(reader().is_locked().unwrap());
        let clone = mine.0.try_clone().unwrap();
        drop(mine);
        assert!(
            !reader().is_locked().unwrap(),
            "though another handle is open"
        );
        drop(clone);
        assert!(open().try_lock().unwrap().is_ok());
    }
}
