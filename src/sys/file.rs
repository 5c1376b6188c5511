//! What the read paths ask of a file: positional reads, its identity, and whether somebody has
//! changed it.

use std::{cmp::Ordering, fs::File, io, path::Path};

use super::platform;

/// Which file a name leads to: two names with equal ids are the same file.
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
    /// The id of an open file.
    ///
    /// # Errors
    /// What the system says.
    pub fn of(file: &File) -> io::Result<FileId> {
        FileInfo::of(file).map(|info| info.id)
    }

    /// The id of what a name leads to.
    ///
    /// # Errors
    /// What the system says.
    pub fn of_path(path: &Path) -> io::Result<FileId> {
        FileInfo::of_path(path).map(|info| info.id)
    }

    /// The id as two numbers, for those who keep it: the device, and the number of the file on it.
    pub(crate) fn numbers(self) -> [u64; 2] {
        [self.device, self.number]
    }
}

/// What a file was like at one time, to see later whether somebody changed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(super) length: u64,
    /// When its bytes were changed, in seconds since 1970 and nanoseconds. Coarse: two changes
    /// within a tick of the kernel's clock (up to 10 ms, on Windows 16 ms) may bear the same time.
    pub(super) modified: (i64, i64),
    /// When anything about it was changed, its name and its links included.
    pub(super) changed: (i64, i64),
    /// Whether it has blocks on a disk: none in /proc and /sys, where the length means nothing.
    pub(super) has_blocks: bool,
}

/// What has become of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileChange {
    /// Nothing that can be seen.
    None,
    /// It has grown.
    Longer,
    /// It is shorter.
    Shorter,
    /// It is as long as before, but was written to.
    Written,
    /// Its name, links, owner or permissions are others.
    Attributes,
}

impl Stamp {
    /// What happened between `self` and `now`.
    pub(crate) fn change(&self, now: &Stamp) -> FileChange {
        match now.length.cmp(&self.length) {
            Ordering::Less => FileChange::Shorter,
            Ordering::Greater => FileChange::Longer,
            Ordering::Equal if now.modified != self.modified => FileChange::Written,
            Ordering::Equal if now.changed != self.changed => FileChange::Attributes,
            Ordering::Equal => FileChange::None,
        }
    }

    /// How long the file was.
    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// When its bytes were changed, in nanoseconds since 1970; 0 for times before.
    pub(crate) fn modified_ns(&self) -> u64 {
        let (seconds, nanos) = self.modified;
        let seconds = u64::try_from(seconds).unwrap_or(0);
        let nanos = u64::try_from(nanos).unwrap_or(0);
        seconds.saturating_mul(1_000_000_000).saturating_add(nanos)
    }

    /// Whether the length was made up by the kernel, as in /proc and /sys, so that the file may end
    /// before it.
    pub(crate) fn is_nominal(&self) -> bool {
        !self.has_blocks
    }
}

/// What a file is, and what it was like when it was asked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FileInfo {
    pub(super) kind: FileKind,
    pub(super) id: FileId,
    pub(super) stamp: Stamp,
}

/// What a name or a handle leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FileKind {
    Regular,
    Directory,
    /// Read at any place, as a regular file.
    #[cfg(unix)]
    BlockDevice,
    /// A pipe, a terminal, a device: read from front to back.
    Other,
}

impl FileInfo {
    /// Which file it is.
    pub(crate) fn id(&self) -> FileId {
        self.id
    }

    /// What it was like.
    pub(crate) fn stamp(&self) -> Stamp {
        self.stamp
    }

    /// How long it was, if it is a regular file.
    pub(crate) fn length(&self) -> u64 {
        self.stamp.length
    }

    /// Whether it is a regular file.
    pub(crate) fn is_file(&self) -> bool {
        self.kind == FileKind::Regular
    }

    /// Whether it is a directory.
    pub(crate) fn is_dir(&self) -> bool {
        self.kind == FileKind::Directory
    }

    /// Whether it has a length and can be read at any place.
    pub(crate) fn has_length(&self) -> bool {
        !matches!(self.kind, FileKind::Directory | FileKind::Other)
    }
}

/// Reads at `offset` until `buffer` is full or the file ends, and says how many bytes that were.
///
/// On Unix the offset of `file` stays. On Windows it moves to where the read ended, also for who
/// shares it: whoever wants it elsewhere calls [`seek`](super::seek) when nobody reads any more.
/// Reads at given offsets do not care.
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
