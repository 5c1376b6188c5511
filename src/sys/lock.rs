//! A lock on a file that ends with whoever holds it, and that others can ask about without taking it.
//!
//! It belongs to the open file and not to the process (an open file description lock, fcntl(2), F_OFD_SETLK), so that no
//! other descriptor of the same file that this process closes takes it away. The kernel keeps it with the file, so it is
//! seen in any pid namespace, in every container that shares the volume; it ends when the process does, however that
//! comes about. Its holder's number is not told, as that would mean nothing in another namespace.

use std::{fs::File, io, ops::Deref, os::fd::AsRawFd};

#[cfg(any(target_os = "linux", target_os = "android"))]
use libc::{F_OFD_GETLK as GET, F_OFD_SETLK as SET};
// The older kind: it ends when any descriptor of the file is closed by this process, which opens it once.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
use libc::{F_GETLK as GET, F_SETLK as SET};

/// A file whose lock this process holds. It goes when this is dropped, or when the process ends, in whatever way.
#[derive(Debug)]
pub(crate) struct Locked {
    file: File,
}

/// Takes the lock of `file`, which must be open for writing. Gives the file back if another holds it.
pub(crate) fn try_lock(file: File) -> io::Result<Result<Locked, File>> {
    let mut lock = whole_file(Kind::Write);
    match fcntl(&file, SET, &mut lock) {
        Ok(()) => Ok(Ok(Locked { file })),
        Err(error)
            if [libc::EAGAIN, libc::EACCES]
                .map(Some)
                .contains(&error.raw_os_error()) =>
        {
            Ok(Err(file))
        }
        Err(error) => Err(error),
    }
}

impl Deref for Locked {
    type Target = File;

    fn deref(&self) -> &File {
        &self.file
    }
}

impl Drop for Locked {
    /// To close the file is not enough: a child that another thread has just forked has it open until it is another
    /// program, and the lock would stay as long.
    fn drop(&mut self) {
        let _ = fcntl(&self.file, SET, &mut whole_file(Kind::None));
    }
}

/// Whether somebody else holds the lock of `file`, which may be open for reading only. Asking takes nothing.
pub(crate) fn is_locked(file: &File) -> io::Result<bool> {
    let mut lock = whole_file(Kind::Write);
    fcntl(file, GET, &mut lock)?;
    Ok(lock.l_type != whole_file(Kind::None).l_type)
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Write,
    None,
}

/// A lock of some kind from the first byte on, however long the file grows.
#[expect(
    clippy::cast_possible_truncation,
    reason = "constants from 0 to 3, whose type differs between systems"
)]
fn whole_file(kind: Kind) -> libc::flock {
    // SAFETY: all zeros is a valid `flock`: it is made of integers.
    let mut lock: libc::flock = unsafe { std::mem::zeroed() };
    lock.l_type = match kind {
        Kind::Write => libc::F_WRLCK as libc::c_short,
        Kind::None => libc::F_UNLCK as libc::c_short,
    };
    lock.l_whence = libc::SEEK_SET as libc::c_short;
    lock
}

fn fcntl(file: &File, command: libc::c_int, lock: &mut libc::flock) -> io::Result<()> {
    // SAFETY: the descriptor is open as long as `file` is borrowed, and both commands take a pointer to a `flock`, which
    // is valid for reads and writes.
    let failed = unsafe { libc::fcntl(file.as_raw_fd(), command, &raw mut *lock) } == -1;
    match failed {
        true => Err(io::Error::last_os_error()),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::sigbus::tests::in_child;

    /// In a process of its own: a child that another test has just forked would hold the lock a little longer.
    #[test]
    fn a_lock_is_seen_through_every_other_handle_and_ends_when_it_is_dropped() {
        let name = "sys::lock::tests::a_lock_is_seen_through_every_other_handle_and_ends_when_it_is_dropped";
        if let Some(output) = in_child(name) {
            assert!(output.status.success(), "{output:?}");
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let open = || {
            let mut options = File::options();
            options.read(true).write(true).create(true).truncate(false);
            options.open(&path).unwrap()
        };
        let reader = || File::open(&path).unwrap();
        assert!(!is_locked(&open()).unwrap());
        let mine = try_lock(open()).unwrap().unwrap();
        assert!(is_locked(&reader()).unwrap());
        assert!(try_lock(open()).unwrap().is_err());
        // With the older kind of lock, a reader of this process that was closed would have ended it.
        assert!(is_locked(&reader()).unwrap());
        let clone = mine.try_clone().unwrap();
        drop(mine);
        assert!(
            !is_locked(&reader()).unwrap(),
            "though another handle is open"
        );
        drop(clone);
        assert!(try_lock(open()).unwrap().is_ok());
    }
}
