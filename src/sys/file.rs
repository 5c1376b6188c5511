//! What the read paths ask of a file: positional reads, its identity, whether more input is waiting.

use std::{
    cmp::Ordering,
    fs::{File, Metadata, OpenOptions},
    io::{self, Seek, SeekFrom},
    os::{
        fd::{AsFd, AsRawFd, RawFd},
        unix::fs::{FileExt, FileTypeExt, MetadataExt, OpenOptionsExt},
    },
    path::Path,
};

use super::Stop;

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

impl FileId {
    /// The id as two numbers, for those who keep it: the device, and the number of the file on it.
    pub(crate) fn numbers(self) -> [u64; 2] {
        [self.device, self.inode]
    }
}

/// What a file was like at one time, to see later whether somebody changed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    length: u64,
    /// When its bytes were changed, in seconds and nanoseconds. Coarse: two changes within a tick of the kernel's clock
    /// (up to 10 ms) may bear the same time.
    modified: (i64, i64),
    /// When anything about it was changed, its name and its links included.
    changed: (i64, i64),
    /// How many blocks of the disk it has: none in /proc and /sys, where the length means nothing.
    blocks: u64,
}

/// What has become of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
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
    /// The stamp of the file that `metadata` describes.
    pub(crate) fn of(metadata: &Metadata) -> Stamp {
        Stamp {
            length: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
            blocks: metadata.blocks(),
        }
    }

    /// What happened between `self` and `now`.
    pub(crate) fn change(&self, now: &Stamp) -> Change {
        match now.length.cmp(&self.length) {
            Ordering::Less => Change::Shorter,
            Ordering::Greater => Change::Longer,
            Ordering::Equal if now.modified != self.modified => Change::Written,
            Ordering::Equal if now.changed != self.changed => Change::Attributes,
            Ordering::Equal => Change::None,
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

    /// Whether the length was made up by the kernel, as in /proc and /sys, so that the file may end before it.
    pub(crate) fn is_nominal(&self) -> bool {
        self.blocks == 0
    }
}

/// Opens a file for reading, and asks for its kind and length.
///
/// To open a FIFO is to wait for its first writer, and nothing can end that wait but the end of the process. So on Linux
/// it is opened without waiting, and [`wait_for_input`] waits instead: there `poll` tells a FIFO that had no writer yet
/// from one that was left by its last. Other systems do not promise that, and wait here.
pub(crate) fn open(path: &Path) -> io::Result<(File, Metadata)> {
    let mut options = OpenOptions::new();
    options.read(true);
    if cfg!(target_os = "linux") && std::fs::metadata(path)?.file_type().is_fifo() {
        options.custom_flags(libc::O_NONBLOCK);
    }
    let file = options.open(path)?;
    let metadata = file.metadata()?;
    Ok((file, metadata))
}

/// Opens a regular file for reading; what is none is refused, and nothing waits.
pub(crate) fn open_regular(path: &Path) -> io::Result<(File, Metadata)> {
    let mut options = OpenOptions::new();
    let file = options
        .read(true)
        .custom_flags(libc::O_NONBLOCK)
        .open(path)?;
    let metadata = file.metadata()?;
    match metadata.is_file() {
        true => Ok((file, metadata)),
        false => Err(io::Error::other("it is not a regular file")),
    }
}

/// Opens a file to be shared with other processes, for reading and writing; one that is not there is made, and only its
/// owner may read and write it. A symbolic link is not followed: in a directory that others may write, such as /tmp, it
/// could lead to a file that its maker must not touch. Nothing waits, whatever the name leads to.
pub(crate) fn open_shared(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .mode(0o600)
        .custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK)
        .open(path)
}

/// Whether [`open_shared`] failed because the name is that of a symbolic link.
pub(crate) fn is_symbolic_link(error: &io::Error) -> bool {
    error.raw_os_error() == Some(libc::ELOOP)
}

/// Writes all of `bytes` at `offset`.
pub(crate) fn write_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    file.write_all_at(bytes, offset)
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

/// Whether `metadata` is of something that has a length and can be read at any place.
pub(crate) fn has_length(metadata: &Metadata) -> bool {
    metadata.is_file() || metadata.file_type().is_block_device()
}

/// How long `file` is: a regular file by its metadata, a block device by where its end is.
pub(crate) fn length_of(mut file: &File, metadata: &Metadata) -> io::Result<u64> {
    if !metadata.file_type().is_block_device() {
        return Ok(metadata.len());
    }
    let stood = file.stream_position()?;
    let length = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(stood))?;
    Ok(length)
}

/// Whether a read failed because of the place that was read, so that it is worth while to try the next: a bad sector, a
/// checksum that does not fit (EBADMSG and EUCLEAN on ext4, XFS and others).
pub(crate) fn is_bad_spot(error: &io::Error) -> bool {
    [libc::EIO, libc::EBADMSG, libc::EUCLEAN]
        .into_iter()
        .any(|code| error.raw_os_error() == Some(code))
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

/// What a wait for input came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Awaited {
    /// A read would return at once, with bytes, with the end, or with an error.
    Input,
    /// A stop has been asked for.
    Stop,
}

/// Waits until a read from `file` would return at once, or a stop is asked for.
pub(crate) fn wait_for_input(file: &File, stop: Option<&Stop>) -> Awaited {
    // A negative descriptor is passed over.
    let mut asked = [
        readable(file.as_raw_fd()),
        readable(stop.map_or(-1, Stop::descriptor)),
    ];
    loop {
        // SAFETY: `asked` is two valid pollfds, alive for the call.
        let ready = unsafe { libc::poll(asked.as_mut_ptr(), 2, -1) };
        if ready < 0 && io::Error::last_os_error().kind() == io::ErrorKind::Interrupted {
            continue;
        }
        return match asked[1].revents {
            // If poll has failed, the read that follows says why.
            0 => Awaited::Input,
            _ => Awaited::Stop,
        };
    }
}

fn readable(fd: RawFd) -> libc::pollfd {
    libc::pollfd {
        fd,
        events: libc::POLLIN,
        revents: 0,
    }
}

/// Whether a read from `file` would return at once, with bytes or with its end.
pub(crate) fn input_ready(file: &File) -> bool {
    let mut asked = readable(file.as_raw_fd());
    // SAFETY: `asked` is one valid pollfd, alive for the call; with a timeout of 0 poll does not block.
    let ready = unsafe { libc::poll(&raw mut asked, 1, 0) };
    ready > 0
}
