//! Files by their descriptors: opens files, reads at a position, and asks stat(2).

use std::{
    ffi::OsString,
    fs::{File, Metadata, OpenOptions},
    io::{self, Seek, SeekFrom},
    os::{
        fd::AsFd,
        unix::{
            ffi::OsStringExt,
            fs::{FileExt, FileTypeExt, MetadataExt, OpenOptionsExt},
        },
    },
    path::Path,
};

use crate::sys::file::{FileId, FileInfo, FileKind, Stamp};

/// Returns the name of a file that some program has written.
pub(crate) fn name_of(bytes: Vec<u8>) -> OsString {
    OsString::from_vec(bytes)
}

impl FileInfo {
    /// Returns the facts about an open file.
    pub(crate) fn of(file: &File) -> io::Result<FileInfo> {
        file.metadata().map(|metadata| FileInfo::from(&metadata))
    }

    /// Returns the facts about what a name leads to, without opening it.
    pub(crate) fn of_path(path: &Path) -> io::Result<FileInfo> {
        std::fs::metadata(path).map(|metadata| FileInfo::from(&metadata))
    }
}

impl From<&Metadata> for FileInfo {
    fn from(metadata: &Metadata) -> FileInfo {
        let kind = metadata.file_type();
        FileInfo {
            kind: if kind.is_file() {
                FileKind::Regular
            } else if kind.is_dir() {
                FileKind::Directory
            } else if kind.is_block_device() {
                FileKind::BlockDevice
            } else {
                FileKind::Other
            },
            id: FileId {
                device: metadata.dev(),
                number: metadata.ino(),
            },
            stamp: Stamp {
                length: metadata.len(),
                modified: (metadata.mtime(), metadata.mtime_nsec()),
                changed: (metadata.ctime(), metadata.ctime_nsec()),
                has_blocks: metadata.blocks() > 0,
            },
        }
    }
}

/// Opens a file for reading, and asks for its kind and length.
///
/// Opening a FIFO means waiting for its first writer, and only the end of the process can end that
/// wait. So on Linux a FIFO is opened without waiting, and
/// [`read_unless_stopped`](super::read_unless_stopped) waits instead. There `poll` tells a FIFO
/// that had no writer yet from one whose last writer has left. Other systems do not promise that,
/// so they wait here.
pub(crate) fn open(path: &Path) -> io::Result<(File, FileInfo)> {
    let mut options = OpenOptions::new();
    options.read(true);
    if cfg!(target_os = "linux") && std::fs::metadata(path)?.file_type().is_fifo() {
        options.custom_flags(libc::O_NONBLOCK);
    }
    let file = options.open(path)?;
    let info = FileInfo::of(&file)?;
    Ok((file, info))
}

/// Makes a new file, and opens it for reading and writing. Only its owner may open it. A name that
/// is taken is refused.
pub(crate) fn new_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    options.mode(0o600).open(path)
}

/// Opens a regular file for reading. Anything else is refused, and nothing waits.
pub(crate) fn open_regular(path: &Path) -> io::Result<(File, FileInfo)> {
    let mut options = OpenOptions::new();
    let file = options
        .read(true)
        .custom_flags(libc::O_NONBLOCK)
        .open(path)?;
    let info = FileInfo::of(&file)?;
    match info.is_file() {
        true => Ok((file, info)),
        false => Err(io::Error::other("it is not a regular file")),
    }
}

/// Returns a new handle on the standard input. It shares the offset.
pub(crate) fn stdin_file() -> io::Result<File> {
    Ok(File::from(io::stdin().as_fd().try_clone_to_owned()?))
}

/// Returns the id of the standard output if that is a regular file. An input with the same id must
/// not be searched.
pub(crate) fn stdout_id() -> Option<FileId> {
    let file = File::from(io::stdout().as_fd().try_clone_to_owned().ok()?);
    let info = FileInfo::of(&file).ok()?;
    info.is_file().then(|| info.id())
}

/// Returns how long `file` is: by the metadata of a regular file, by the place of the end of a
/// block device.
pub(crate) fn length_of(mut file: &File, info: &FileInfo) -> io::Result<u64> {
    if info.kind != FileKind::BlockDevice {
        return Ok(info.length());
    }
    let stood = file.stream_position()?;
    let length = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(stood))?;
    Ok(length)
}

/// Returns whether a read failed because of the place that was read, so that the next place is
/// worth a try: a bad sector, or a checksum that does not fit (EBADMSG and EUCLEAN on ext4, XFS and
/// others).
pub(crate) fn is_bad_spot(error: &io::Error) -> bool {
    #[cfg(target_os = "linux")]
    const BAD_SPOT: [libc::c_int; 3] = [libc::EIO, libc::EBADMSG, libc::EUCLEAN];
    #[cfg(not(target_os = "linux"))]
    const BAD_SPOT: [libc::c_int; 2] = [libc::EIO, libc::EBADMSG];
    BAD_SPOT
        .into_iter()
        .any(|code| error.raw_os_error() == Some(code))
}

/// Returns the current offset of `file`.
pub(crate) fn position(mut file: &File) -> io::Result<u64> {
    file.stream_position()
}

/// Moves the offset of `file`, which others may share, to `offset`.
pub(crate) fn seek(mut file: &File, offset: u64) -> io::Result<()> {
    file.seek(SeekFrom::Start(offset)).map(|_| ())
}

/// Reads some bytes at `offset`. Returns none only at the end of the file.
pub(crate) fn read_some_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    file.read_at(buffer, offset)
}

/// Returns the end of a pipe as a file.
#[cfg(test)]
pub(crate) fn of_pipe(pipe: io::PipeReader) -> File {
    File::from(std::os::fd::OwnedFd::from(pipe))
}
