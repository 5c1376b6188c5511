//! What the read paths need from a file: positional reads, its identity, and whether somebody has
//! changed it.

use std::{cmp::Ordering, fs::File, io, path::Path};

use super::platform;

/// The identity of the file that a name leads to. Two names with equal ids lead to the same file.
///
/// ```
/// let by_name = logscan::FileId::of_path("Cargo.toml".as_ref())?;
/// assert_eq!(logscan::FileId::of(&std::fs::File::open("Cargo.toml")?)?, by_name);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileId {
    pub(super) device: u64,
    pub(super) number: u64,
}

impl FileId {
    /// Returns the id of an open file.
    ///
    /// # Errors
    /// The error of the system.
    pub fn of(file: &File) -> io::Result<FileId> {
        FileInfo::of(file).map(|info| info.id)
    }

    /// Returns the id of the file that a name leads to.
    ///
    /// # Errors
    /// The error of the system.
    pub fn of_path(path: &Path) -> io::Result<FileId> {
        FileInfo::of_path(path).map(|info| info.id)
    }

    /// Returns the id as two numbers, for callers that store it: the device, and the number of the
    /// file on it.
    pub(crate) fn numbers(self) -> [u64; 2] {
        [self.device, self.number]
    }
}

/// The state of a file at one time. It shows later whether somebody has changed the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(super) length: u64,
    /// When the bytes of the file were last changed, in seconds since 1970 and nanoseconds. The
    /// time is coarse: two changes within a tick of the kernel's clock (up to 10 ms, on Windows 16
    /// ms) may have the same time.
    pub(super) modified: (i64, i64),
    /// When anything about the file was last changed, including its name and its links.
    pub(super) changed: (i64, i64),
    /// Whether the file has blocks on a disk. Files in /proc and /sys have none, and their length
    /// means nothing.
    pub(super) has_blocks: bool,
}

/// What has happened to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileChange {
    /// No change can be seen.
    None,
    /// The file has grown.
    Longer,
    /// The file is shorter than before.
    Shorter,
    /// The file is as long as before, but somebody wrote to it.
    Written,
    /// The file's name, links, owner or permissions have changed.
    Attributes,
}

impl Stamp {
    /// Returns what happened between `self` and `now`.
    pub(crate) fn change(&self, now: &Stamp) -> FileChange {
        match now.length.cmp(&self.length) {
            Ordering::Less => FileChange::Shorter,
            Ordering::Greater => FileChange::Longer,
            Ordering::Equal if now.modified != self.modified => FileChange::Written,
            Ordering::Equal if now.changed != self.changed => FileChange::Attributes,
            Ordering::Equal => FileChange::None,
        }
    }

    /// Returns how long the file was.
    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// Returns when the bytes of the file were last changed, in nanoseconds since 1970, and 0 for
    /// earlier times.
    pub(crate) fn modified_ns(&self) -> u64 {
        let (seconds, nanos) = self.modified;
        let seconds = u64::try_from(seconds).unwrap_or(0);
        let nanos = u64::try_from(nanos).unwrap_or(0);
        seconds.saturating_mul(1_000_000_000).saturating_add(nanos)
    }

    /// Returns whether the kernel made up the length, as in /proc and /sys, so that the file may
    /// end before it.
    pub(crate) fn is_nominal(&self) -> bool {
        !self.has_blocks
    }
}

/// The kind of a file, and its state when the system was asked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FileInfo {
    pub(super) kind: FileKind,
    pub(super) id: FileId,
    pub(super) stamp: Stamp,
}

/// The kind of file that a name or a handle leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FileKind {
    Regular,
    Directory,
    /// A block device. Like a regular file it can be read at any place.
    #[cfg(unix)]
    BlockDevice,
    /// A pipe, a terminal or another device, which is read from front to back.
    Other,
}

impl FileInfo {
    /// Returns the identity of the file.
    pub(crate) fn id(&self) -> FileId {
        self.id
    }

    /// Returns the state of the file.
    pub(crate) fn stamp(&self) -> Stamp {
        self.stamp
    }

    /// Returns how long the file was, if it is a regular file.
    pub(crate) fn length(&self) -> u64 {
        self.stamp.length
    }

    /// Returns whether the file is a regular file.
    pub(crate) fn is_file(&self) -> bool {
        self.kind == FileKind::Regular
    }

    /// Returns whether the file is a directory.
    pub(crate) fn is_dir(&self) -> bool {
        self.kind == FileKind::Directory
    }

    /// Returns whether the file has a length and can be read at any place.
    pub(crate) fn has_length(&self) -> bool {
        !matches!(self.kind, FileKind::Directory | FileKind::Other)
    }
}

/// Reads at `offset` until `buffer` is full or the file ends. Returns how many bytes were read.
///
/// On Unix the offset of `file` does not move. On Windows it moves to where the read ended, also
/// for others that share it. A caller that wants it elsewhere calls [`seek`](super::seek) when
/// nobody reads any more. Reads at given offsets do not depend on it.
pub(crate) fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match platform::read_some_at(file, &mut buffer[filled..], offset + filled as u64) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}
