//! Files by their handles. They are opened so that others can still write, rename and delete them.

use std::{
    ffi::OsString,
    fs::{File, OpenOptions},
    io::{self, Seek, SeekFrom},
    os::windows::{
        fs::{FileExt, OpenOptionsExt},
        io::{AsHandle, AsRawHandle},
    },
    path::Path,
};

use windows_sys::Win32::{
    Foundation::{
        ERROR_CRC, ERROR_DISK_CORRUPT, ERROR_INVALID_FUNCTION, ERROR_INVALID_PARAMETER,
        ERROR_IO_DEVICE, ERROR_READ_FAULT, ERROR_SECTOR_NOT_FOUND, FILETIME,
    },
    Storage::FileSystem::{
        BY_HANDLE_FILE_INFORMATION, FILE_ATTRIBUTE_DIRECTORY, FILE_BASIC_INFO,
        FILE_FLAG_BACKUP_SEMANTICS, FILE_SHARE_DELETE, FILE_SHARE_READ, FILE_SHARE_WRITE,
        FILE_TYPE_DISK, FileBasicInfo, GetFileInformationByHandle, GetFileInformationByHandleEx,
        GetFileType,
    },
};

use crate::sys::file::{FileId, FileInfo, FileKind, Stamp};

/// Returns the name of a file that some program has written. Bytes that are not UTF-8 become
/// U+FFFD, because names are characters on Windows.
pub(crate) fn name_of(bytes: Vec<u8>) -> OsString {
    String::from_utf8_lossy(&bytes).into_owned().into()
}

/// What others may do with a file that is open here: everything. The program that writes a log can
/// go on writing. A program that rotates it can rename or delete it.
pub(super) const SHARED_FOR_ALL: u32 = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;

/// The time from 1601, at which Windows begins to count, to 1970, in steps of 100 ns.
const TICKS_TO_1970: i64 = 116_444_736_000_000_000;
const TICKS_PER_SECOND: i64 = 10_000_000;

impl FileInfo {
    /// Returns the facts about an open file. Pipes and consoles are asked only for their kind,
    /// because they answer other questions with errors.
    pub(crate) fn of(file: &File) -> io::Result<FileInfo> {
        // SAFETY: the handle is open while `file` is borrowed.
        if unsafe { GetFileType(file.as_raw_handle()) } != FILE_TYPE_DISK {
            return Ok(OTHER);
        }
        let mut facts = BY_HANDLE_FILE_INFORMATION::default();
        // SAFETY: the handle is open, and `facts` is valid for the write.
        let done = unsafe { GetFileInformationByHandle(file.as_raw_handle(), &raw mut facts) };
        if done == 0 {
            let error = io::Error::last_os_error();
            // A disk without a file system has no such facts, and its length cannot be asked for in
            // this way.
            return match has_code(&error, &[ERROR_INVALID_FUNCTION, ERROR_INVALID_PARAMETER]) {
                true => Ok(OTHER),
                false => Err(error),
            };
        }
        let is_dir = facts.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY != 0;
        let modified = time(ticks(facts.ftLastWriteTime));
        Ok(FileInfo {
            kind: match is_dir {
                true => FileKind::Directory,
                false => FileKind::Regular,
            },
            id: FileId {
                device: u64::from(facts.dwVolumeSerialNumber),
                number: wide(facts.nFileIndexHigh, facts.nFileIndexLow),
            },
            stamp: Stamp {
                length: wide(facts.nFileSizeHigh, facts.nFileSizeLow),
                modified,
                changed: changed(file).unwrap_or(modified),
                has_blocks: true,
            },
        })
    }

    /// Returns the facts about what a name leads to. The file is opened for no access, which no
    /// lock prevents.
    pub(crate) fn of_path(path: &Path) -> io::Result<FileInfo> {
        let mut options = OpenOptions::new();
        options
            .access_mode(0)
            .share_mode(SHARED_FOR_ALL)
            .custom_flags(FILE_FLAG_BACKUP_SEMANTICS);
        FileInfo::of(&options.open(path)?)
    }
}

/// The facts about a pipe, a console or a device.
const OTHER: FileInfo = FileInfo {
    kind: FileKind::Other,
    id: FileId {
        device: 0,
        number: 0,
    },
    stamp: Stamp {
        length: 0,
        modified: (0, 0),
        changed: (0, 0),
        has_blocks: true,
    },
};

/// Returns when anything about a file was last changed. Some file systems do not know.
fn changed(file: &File) -> Option<(i64, i64)> {
    let mut basic = FILE_BASIC_INFO::default();
    let bytes = u32::try_from(size_of::<FILE_BASIC_INFO>()).ok()?;
    // SAFETY: the handle is open while `file` is borrowed, and `basic` is valid for writes of so
    // many bytes.
    let done = unsafe {
        GetFileInformationByHandleEx(
            file.as_raw_handle(),
            FileBasicInfo,
            (&raw mut basic).cast(),
            bytes,
        )
    };
    (done != 0 && basic.ChangeTime != 0).then(|| time(basic.ChangeTime))
}

fn wide(high: u32, low: u32) -> u64 {
    u64::from(high) << 32 | u64::from(low)
}

fn ticks(time: FILETIME) -> i64 {
    i64::try_from(wide(time.dwHighDateTime, time.dwLowDateTime)).unwrap_or(i64::MAX)
}

/// Returns a time as seconds since 1970 and nanoseconds.
fn time(ticks: i64) -> (i64, i64) {
    let since = ticks.saturating_sub(TICKS_TO_1970);
    (
        since.div_euclid(TICKS_PER_SECOND),
        since.rem_euclid(TICKS_PER_SECOND) * 100,
    )
}

/// Opens a file for reading, and asks for its kind and length. A directory can be opened too, so
/// that it can be called one. std gives paths longer than 260 characters the prefix `\\?\`.
pub(crate) fn open(path: &Path) -> io::Result<(File, FileInfo)> {
    let mut options = OpenOptions::new();
    let file = options
        .read(true)
        .share_mode(SHARED_FOR_ALL)
        .custom_flags(FILE_FLAG_BACKUP_SEMANTICS)
        .open(path)?;
    let info = FileInfo::of(&file)?;
    Ok((file, info))
}

/// Makes a new file, and opens it for reading and writing. Who may open it is what its folder says;
/// that for temporary files belongs to one user. A name that is taken is refused.
pub(crate) fn new_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true).open(path)
}

/// Opens a regular file for reading. Anything else is refused.
pub(crate) fn open_regular(path: &Path) -> io::Result<(File, FileInfo)> {
    let (file, info) = open(path)?;
    match info.is_file() {
        true => Ok((file, info)),
        false => Err(io::Error::other("it is not a regular file")),
    }
}

/// Returns a new handle on the standard input. It shares the offset.
pub(crate) fn stdin_file() -> io::Result<File> {
    Ok(File::from(io::stdin().as_handle().try_clone_to_owned()?))
}

/// Returns the id of the standard output if that is a regular file. An input with the same id must
/// not be searched.
pub(crate) fn stdout_id() -> Option<FileId> {
    let file = File::from(io::stdout().as_handle().try_clone_to_owned().ok()?);
    let info = FileInfo::of(&file).ok()?;
    info.is_file().then(|| info.id())
}

/// Returns how long `file` is.
pub(crate) fn length_of(_: &File, info: &FileInfo) -> io::Result<u64> {
    Ok(info.length())
}

/// Returns whether a read failed because of the place that was read, so that the next place is
/// worth a try: a bad sector, or a checksum that does not fit.
pub(crate) fn is_bad_spot(error: &io::Error) -> bool {
    const BAD_SPOT: [u32; 5] = [
        ERROR_CRC,
        ERROR_DISK_CORRUPT,
        ERROR_IO_DEVICE,
        ERROR_READ_FAULT,
        ERROR_SECTOR_NOT_FOUND,
    ];
    has_code(error, &BAD_SPOT)
}

/// Returns whether an error has one of these codes of the system.
pub(super) fn has_code(error: &io::Error, codes: &[u32]) -> bool {
    let code = error
        .raw_os_error()
        .and_then(|code| u32::try_from(code).ok());
    code.is_some_and(|code| codes.contains(&code))
}

/// Returns the current offset of `file`.
pub(crate) fn position(mut file: &File) -> io::Result<u64> {
    file.stream_position()
}

/// Moves the offset of `file`, which others may share, to `offset`.
pub(crate) fn seek(mut file: &File, offset: u64) -> io::Result<()> {
    file.seek(SeekFrom::Start(offset)).map(|_| ())
}

/// Reads some bytes at `offset`. Returns none only at the end of the file. It moves the offset of
/// `file`. The handle is not an asynchronous one, so reads of several threads through it run one
/// after the other. The copying is not parallel, but the search is.
pub(crate) fn read_some_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    file.seek_read(buffer, offset)
}

/// Writes all of `bytes` at `offset`.
pub(super) fn write_all_at(file: &File, mut bytes: &[u8], mut offset: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        let written = file.seek_write(bytes, offset)?;
        if written == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        bytes = &bytes[written..];
        offset += written as u64;
    }
    Ok(())
}

/// Returns the end of a pipe as a file.
#[cfg(test)]
pub(crate) fn of_pipe(pipe: io::PipeReader) -> File {
    File::from(std::os::windows::io::OwnedHandle::from(pipe))
}

#[cfg(test)]
mod tests {
    use std::{fs, io::Write};

    use super::*;

    #[test]
    fn times_count_from_1970() {
        assert_eq!(time(TICKS_TO_1970), (0, 0));
        assert_eq!(time(TICKS_TO_1970 + 15_000_001), (1, 500_000_100));
        assert_eq!(time(TICKS_TO_1970 - 1), (-1, 999_999_900));
    }

    #[test]
    fn who_writes_renames_or_deletes_a_log_that_is_open_here_is_not_locked_out() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app.log");
        fs::write(&path, "first\n").unwrap();
        let (file, info) = open(&path).unwrap();
        assert_eq!((info.is_file(), info.length()), (true, 6));
        let mut writer = fs::OpenOptions::new().append(true).open(&path).unwrap();
        writer.write_all(b"second\n").unwrap();
        assert_eq!(FileInfo::of(&file).unwrap().length(), 13);
        // Another program may open the file so that nobody else can write it, or may cut it short.
        fs::OpenOptions::new()
            .write(true)
            .share_mode(FILE_SHARE_READ | FILE_SHARE_WRITE)
            .open(&path)
            .unwrap()
            .set_len(9)
            .unwrap();
        let older = folder.path().join("app.log.1");
        fs::rename(&path, &older).unwrap();
        fs::write(&path, "new\n").unwrap();
        let mut buffer = [0; 20];
        let read = crate::sys::read_at(&file, &mut buffer, 0).unwrap();
        assert_eq!(&buffer[..read], b"first\nsec");
        assert_ne!(FileId::of_path(&path).unwrap(), info.id());
        assert_eq!(FileId::of_path(&older).unwrap(), info.id());
        fs::remove_file(&older).unwrap();
        let read = crate::sys::read_at(&file, &mut buffer, 6).unwrap();
        assert_eq!(&buffer[..read], b"sec");
    }

    #[test]
    fn a_directory_and_a_device_are_told_from_a_file() {
        let folder = tempfile::tempdir().unwrap();
        assert!(open(folder.path()).unwrap().1.is_dir());
        assert!(FileInfo::of_path(folder.path()).unwrap().is_dir());
        assert!(open_regular(folder.path()).is_err());
        let (_, info) = open(Path::new("NUL")).unwrap();
        assert!(!info.is_file() && !info.is_dir() && !info.has_length());
        assert!(open_regular(Path::new("NUL")).is_err());
    }

    #[test]
    fn names_may_be_of_any_script_and_paths_of_any_length() {
        let folder = tempfile::tempdir().unwrap();
        let mut path = folder.path().join("Журнал-日誌-😀");
        while path.as_os_str().len() < 400 {
            path = path.join("a_folder_with_a_rather_long_name_in_it");
        }
        fs::create_dir_all(&path).unwrap();
        let path = path.join("ошибки.log");
        fs::write(&path, "x\n").unwrap();
        let (file, info) = open(&path).unwrap();
        assert_eq!(info.length(), 2);
        assert_eq!(FileId::of(&file).unwrap(), FileId::of_path(&path).unwrap());
    }
}
