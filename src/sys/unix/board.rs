//! What a board is on, a file, and its lock, which ends with whoever holds it and which others can
//! ask about without taking it.
//!
//! The lock belongs to the open file and not to the process (an open file description lock,
//! fcntl(2), F_OFD_SETLK), so that no other descriptor of the same file that this process closes
//! takes it away. The kernel keeps it with the file, so it is seen in any pid namespace, in every
//! container that shares the volume; it ends when the process does, however that comes about. Its
//! holder's number is not told, as that would mean nothing in another namespace.

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
// The older kind: it ends when any descriptor of the file is closed by this process, which opens it
// once.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
use libc::{F_GETLK as GET, F_SETLK as SET};

use crate::sys::{FileInfo, SharedMap, SharedView, open_regular, read_at};

/// What several processes open to share numbers through.
#[derive(Debug)]
pub(crate) struct SharedFile(File);

impl SharedFile {
    /// Opens a file to be shared with other processes, for reading and writing; one that is not
    /// there is made, and only its owner may read and write it. A symbolic link is not followed: in
    /// a directory that others may write, such as /tmp, it could lead to a file that its maker must
    /// not touch. Nothing waits, whatever the name leads to.
    ///
    /// How many `words` it will have matters only for memory that is no file.
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

    /// Opens one that is there, for reading.
    pub(crate) fn open_view(path: &Path) -> io::Result<SharedFile> {
        open_regular(path).map(|(file, _)| SharedFile(file))
    }

    /// Whether a name leads to nothing that is there.
    pub(crate) fn is_missing(path: &Path) -> bool {
        FileInfo::of_path(path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
    }

    /// Whether it stays when the last process has closed it.
    pub(crate) fn is_lasting(_path: &Path) -> bool {
        true
    }

    /// Whether it can be mapped: it is a regular file.
    pub(crate) fn is_regular(&self) -> io::Result<bool> {
        FileInfo::of(&self.0).map(|info| info.is_file())
    }

    /// How many bytes it has.
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

    /// Maps it, and makes it so many numbers long before.
    pub(crate) fn map(&self, words: usize) -> io::Result<SharedMap> {
        SharedMap::create(&self.0, words)
    }

    /// Maps all of it for reading.
    pub(crate) fn view(&self) -> io::Result<SharedView> {
        SharedView::open(&self.0)
    }

    /// Takes its lock, for which it must be open for writing. Gives it back if another holds that.
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

    /// Whether somebody else holds its lock. Asking takes nothing.
    pub(crate) fn is_locked(&self) -> io::Result<bool> {
        let mut lock = whole_file(LockKind::Write);
        fcntl(&self.0, GET, &mut lock)?;
        Ok(lock.l_type != whole_file(LockKind::None).l_type)
    }
}

/// Whether [`SharedFile::open`] failed because the name is that of a symbolic link.
pub(crate) fn is_symbolic_link(error: &io::Error) -> bool {
    error.raw_os_error() == Some(libc::ELOOP)
}

/// A file whose lock this process holds. It goes when this is dropped, or when the process ends, in
/// whatever way.
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
    /// To close the file is not enough: a child that another thread has just forked has it open
    /// until it is another program, and the lock would stay as long.
    fn drop(&mut self) {
        let _ = fcntl(&self.file.0, SET, &mut whole_file(LockKind::None));
    }
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LockKind {
    Write,
    None,
}

/// A lock of some kind from the first byte on, however long the file grows.
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

    /// In a process of its own: a child that another test has just forked would hold the lock a
    /// little longer.
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
        // With the older kind of lock, a reader of this process that was closed would have ended
        // it.
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
