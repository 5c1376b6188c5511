//! What the system has of a file in memory: Windows does not tell, and takes no advice.

use std::{fs::File, io};

use crate::sys::Cached;

/// There is no call for it.
pub(crate) fn evict(_: &File) -> io::Result<()> {
    Err(io::Error::other("Windows lets no program do that"))
}

/// A file takes such advice only when it is opened, and the system finds out by itself.
pub(crate) fn advise_sequential(_: &File) {}

/// There is no call for it.
pub(crate) fn cached(_: &File, _: u64) -> io::Result<Option<Cached>> {
    Ok(None)
}
