//! What the read paths ask of a file: positional reads, its identity, whether more input is waiting.

use std::{
    fs::{File, Metadata},
    io::{self, Seek, SeekFrom},
    os::{
        fd::{AsFd, AsRawFd},
        unix::fs::{FileExt, MetadataExt},
    },
    path::Path,
};

/// Which file a name leads to: two names with equal ids are the same file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FileId {
    device: u64,
    inode: u64,
}

impl FileId {
    /// The id of the file that `metadata` describes.
    pub(crate) fn of(metadata: &Metadata) -> FileId {
        FileId {
            device: metadata.dev(),
            inode: metadata.ino(),
        }
    }
}

/// Opens a file for reading, and asks for its kind and length.
pub(crate) fn open(path: &Path) -> io::Result<(File, Metadata)> {
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    Ok((file, metadata))
}

/// A handle of its own on the standard input, with the offset shared.
pub(crate) fn stdin_file() -> io::Result<File> {
    Ok(File::from(io::stdin().as_fd().try_clone_to_owned()?))
}

/// The id of the standard output if that is a regular file: an input with the same id must not be searched.
pub(crate) fn stdout_id() -> Option<FileId> {
    let file = File::from(io::stdout().as_fd().try_clone_to_owned().ok()?);
    let metadata = file.metadata().ok()?;
    metadata.is_file().then(|| FileId::of(&metadata))
}

/// Where `file` stands.
pub(crate) fn position(mut file: &File) -> io::Result<u64> {
    file.stream_position()
}

/// Moves the offset of `file`, which others may share, to `offset`.
pub(crate) fn seek(mut file: &File, offset: u64) -> io::Result<()> {
    file.seek(SeekFrom::Start(offset)).map(|_| ())
}

/// Reads at `offset` until `buffer` is full or the file ends, and says how many bytes that were.
pub(crate) fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read_at(&mut buffer[filled..], offset + filled as u64) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// Whether a read from `file` would return at once, with bytes or with its end.
pub(crate) fn input_ready(file: &File) -> bool {
    let mut asked = libc::pollfd {
        fd: file.as_raw_fd(),
        events: libc::POLLIN,
        revents: 0,
    };
    // SAFETY: `asked` is one valid pollfd, alive for the call; with a timeout of 0 poll does not block.
    let ready = unsafe { libc::poll(&raw mut asked, 1, 0) };
    ready > 0
}
