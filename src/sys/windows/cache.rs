//! The cache of the system: Windows does not tell how much of a file is in it, and takes no advice.

use std::{fs::File, io};

use crate::sys::Cached;

/// Returns an error: Windows has no call for it.
pub(crate) fn evict(_: &File) -> io::Result<()> {
    Err(io::Error::other("Windows lets no program do that"))
}

/// Does nothing: Windows takes such advice only when a file is opened, and finds out by itself.
pub(crate) fn advise_sequential(_: &File) {}

/// Returns `None`: Windows has no call for it.
pub(crate) fn cached(_: &File, _: u64) -> io::Result<Option<Cached>> {
    Ok(None)
}
