//! Reads the members of zip, by its directory, in the natural order of their names.
//!
//! The crate reads the directory. The facts in it are enough to decode a member from the file, with
//! a reader that owns everything it needs.

use std::{
    collections::HashSet,
    io::{self, BufReader, Read, Seek, SeekFrom},
    path::Path,
    sync::Arc,
};

use ::zip::{CompressionMethod, ZipArchive, result::ZipError};
use flate2::{Crc, bufread::DeflateDecoder};

use super::bytes::{ArchiveEntry, ArchiveFile};
use crate::{
    error::{Damage, DamageKind, Error, Reason},
    input::{chunk::ReadError, file::FileInput, folder::by_names, store::Store},
    line::to_u64,
};

/// How many bytes of a zip are read to find out what is in it: its directory, and 30 bytes of each
/// file. Without a limit, a file that was made to look like many zips in one would be read again
/// for each of them.
const DIRECTORY_BYTES_MAX: u64 = 64 << 20;

/// How many bytes of a member are read at once.
const READ_BYTES: usize = 64 << 10;

/// How long a zip may be that lies in an archive.
const ZIP_BYTES_MAX: u64 = 64 << 20;

/// The files of a zip, one after the other.
pub(super) struct ZipFiles {
    directory: ZipDirectory,
    /// The files that are still to come: the index in the directory, and the name.
    left: std::vec::IntoIter<(usize, String)>,
    repeated: std::vec::IntoIter<Vec<u8>>,
}

impl ZipFiles {
    /// Opens a zip that has no more than `files_max` files.
    pub(super) fn open(file: Arc<FileInput>, files_max: usize) -> io::Result<ZipFiles> {
        let mut directory = ZipDirectory::open(file, files_max)?;
        let mut left: Vec<_> = directory.names().into_iter().enumerate().collect();
        left.sort_by(|(_, a), (_, b)| by_names(a, b));
        Ok(ZipFiles {
            left: left.into_iter(),
            repeated: std::mem::take(&mut directory.repeated).into_iter(),
            directory,
        })
    }

    /// Returns the names of what is still to come. Those of folders end with a slash.
    #[cfg(feature = "triage")]
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.left.as_slice().iter().map(|(_, name)| name.as_str())
    }

    pub(super) fn next(&mut self) -> Option<ArchiveEntry> {
        for (nth, name) in self.left.by_ref() {
            if let Some((length, reader)) = self.directory.file(nth) {
                return Some(ArchiveEntry {
                    name: name.into(),
                    length,
                    reader,
                });
            }
        }
        Some(ArchiveEntry {
            name: self.repeated.next()?,
            length: 0,
            reader: Err(name_is_repeated()),
        })
    }
}

/// A reader of the bytes of a file, or the reason why there is none.
type ZipReader = io::Result<Box<dyn Read + Send>>;

/// A zip archive that is open.
struct ZipDirectory {
    archive: ZipArchive<LimitedFile>,
    file: Arc<FileInput>,
    /// Names that several files have. Only the last of these files can be reached.
    repeated: Vec<Vec<u8>>,
}

impl ZipDirectory {
    fn open(file: Arc<FileInput>, files_max: usize) -> io::Result<ZipDirectory> {
        let limited = LimitedFile {
            file: ArchiveFile {
                file: file.clone(),
                position: 0,
            },
            left_bytes: DIRECTORY_BYTES_MAX,
            files_max,
        };
        let archive = ZipArchive::new(limited).map_err(words_of)?;
        if archive.len() > files_max {
            return Err(too_many_files(files_max));
        }
        // The file begins as a zip, so another zip was found inside it: the directory of the file
        // itself is missing.
        if archive.offset() > 0 {
            return Err(no_directory("it ends with another zip"));
        }
        let start = archive.central_directory_start();
        let repeated = repeated_names(&file, start, files_max)?;
        Ok(ZipDirectory {
            archive,
            file,
            repeated,
        })
    }

    /// Returns the names of all entries. The names of folders end with a slash.
    fn names(&self) -> Vec<String> {
        let name = |nth| self.archive.name_for_index(nth).unwrap_or_default();
        (0..self.archive.len())
            .map(|nth| name(nth).to_owned())
            .collect()
    }

    /// Returns the length and a reader of the file that has the `nth` name, or the reason why there
    /// is none. Returns `None` if the entry is no file. A symbolic link is no file, because its
    /// bytes are no log.
    fn file(&mut self, nth: usize) -> Option<(u64, ZipReader)> {
        let entry = match self.archive.by_index_raw(nth) {
            Ok(entry) if !entry.is_file() => return None,
            Ok(entry) => entry,
            Err(error) => return Some((0, Err(words_of(error)))),
        };
        let encoded = ArchiveFile {
            file: self.file.clone(),
            position: entry.data_start(),
        };
        let encoded = BufReader::with_capacity(READ_BYTES, encoded.take(entry.compressed_size()));
        let text: Result<Box<dyn Read + Send>, String> = match entry.compression() {
            _ if entry.encrypted() => Err("it is encrypted; unpack it".into()),
            CompressionMethod::Stored => Ok(Box::new(encoded)),
            CompressionMethod::Deflated => Ok(Box::new(DeflateDecoder::new(encoded))),
            method => Err(format!(
                "it is compressed with {}, which is not decoded in a zip; unpack it",
                method_name(method)
            )),
        };
        let (length, checksum) = (entry.size(), entry.crc32());
        let reader = text.map_err(io::Error::other).map(|text| {
            let member = ZipMember {
                text,
                length,
                checksum,
                done: 0,
                crc: Crc::new(),
            };
            Box::new(member) as Box<dyn Read + Send>
        });
        Some((length, reader))
    }
}

/// Reads a zip that lies in an archive into memory.
pub(super) fn kept(path: &Path, reader: Box<dyn Read + Send>) -> Result<Arc<FileInput>, Error> {
    let mut bytes = Vec::new();
    let read = reader.take(ZIP_BYTES_MAX + 1).read_to_end(&mut bytes);
    let length = to_u64(bytes.len());
    read.map_err(|error| {
        ReadError {
            offset: length,
            source: error,
        }
        .of(path)
    })?;
    if length > ZIP_BYTES_MAX {
        return Err(Error::Open {
            path: path.into(),
            source: io::Error::other(format!(
                "a zip in an archive is kept in memory, up to {} MiB, and it is longer; unpack it",
                ZIP_BYTES_MAX >> 20
            )),
        });
    }
    let file = FileInput::new(Store::Memory(bytes), 0, length, None);
    Ok(Arc::new(file))
}

/// The text of a file whose length and checksum are known.
struct ZipMember {
    text: Box<dyn Read + Send>,
    length: u64,
    checksum: u32,
    done: u64,
    crc: Crc,
}

impl Read for ZipMember {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let wrong = |reason: &str| DamageKind::Damaged {
            reason: reason.into(),
        };
        match self.text.read(bytes) {
            Ok(0) if bytes.is_empty() => Ok(0),
            Ok(0) if self.done < self.length => Err(unchecked(DamageKind::CutShort, self.done)),
            Ok(0) if self.crc.sum() != self.checksum => {
                Err(unchecked(wrong("a checksum does not fit"), self.done))
            }
            Ok(1..) if self.done == self.length => Err(unchecked(
                wrong("it has more text than its directory says"),
                self.length,
            )),
            Ok(read) => {
                let left = usize::try_from(self.length - self.done).unwrap_or(read);
                let read = read.min(left);
                self.crc.update(&bytes[..read]);
                self.done += to_u64(read);
                Ok(read)
            }
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => {
                Err(unchecked(wrong("no deflate data"), self.done))
            }
            Err(error) => Err(error),
        }
    }
}

/// The bytes of a zip, with a limit for a reader that believes everything that the zip says.
struct LimitedFile {
    file: ArchiveFile,
    /// How many bytes may still be read to find out what is in the zip.
    left_bytes: u64,
    /// How many files the zip may have.
    files_max: usize,
}

impl Read for LimitedFile {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        if self.left_bytes == 0 {
            return Err(io::Error::other(format!(
                "more than {} MiB have to be read to find out what is in it",
                DIRECTORY_BYTES_MAX >> 20
            )));
        }
        let read = self.file.read(bytes)?;
        // The reader makes room for as many files as the 64-bit end of a directory says, before it
        // has seen one of them.
        if files_of_zip64(&bytes[..read]) > Some(to_u64(self.files_max)) {
            return Err(too_many_files(self.files_max));
        }
        self.left_bytes = self.left_bytes.saturating_sub(to_u64(read));
        Ok(read)
    }
}

impl Seek for LimitedFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

/// Returns the number of files that a zip says it has, if these bytes are the end of a directory
/// with 64-bit numbers (APPNOTE.TXT, 4.3.14).
fn files_of_zip64(bytes: &[u8]) -> Option<u64> {
    const END_BYTES: usize = 56;
    let is_end = bytes.len() == END_BYTES && bytes.starts_with(b"PK\x06\x06");
    let files = bytes.get(32..40).filter(|_| is_end)?;
    Some(u64::from_le_bytes(files.try_into().ok()?))
}

/// Returns the error of the system, if the system had one.
fn words_of(error: ZipError) -> io::Error {
    match error {
        ZipError::Io(error) if error.kind() != io::ErrorKind::UnexpectedEof => {
            io::Error::other(Reason(&error).to_string())
        }
        error => no_directory(&error.to_string()),
    }
}

/// Returns the error for a zip that cannot be opened, with the reason.
fn no_directory(why: &str) -> io::Error {
    io::Error::other(format!(
        "its directory, which says what is in it, is not there or is damaged ({why}); it may be cut short, so get \
         it once more"
    ))
}

/// Returns the names that stand more than once in a directory. The directory begins at `start`. An
/// entry has 46 bytes, and then its name, its extra fields and its comment (APPNOTE.TXT, 4.3.12).
fn repeated_names(file: &Arc<FileInput>, start: u64, files_max: usize) -> io::Result<Vec<Vec<u8>>> {
    const ENTRY_BYTES: usize = 46;
    let mut directory = BufReader::with_capacity(
        READ_BYTES,
        ArchiveFile {
            file: Arc::clone(file),
            position: start,
        },
    );
    let (mut known, mut repeated) = (HashSet::new(), Vec::new());
    for _ in 0..=files_max {
        let mut entry = [0; ENTRY_BYTES];
        match directory.read_exact(&mut entry) {
            Ok(()) if entry.starts_with(b"PK\x01\x02") => {}
            _ => return Ok(repeated),
        }
        let [name, extra, comment] =
            [28, 30, 32].map(|at| u16::from_le_bytes([entry[at], entry[at + 1]]));
        let mut bytes = vec![0; usize::from(name)];
        directory.read_exact(&mut bytes)?;
        directory.seek_relative(i64::from(extra) + i64::from(comment))?;
        if !known.insert(bytes.clone()) {
            repeated.push(bytes);
        }
    }
    Err(too_many_files(files_max))
}

/// Returns the name of a method (APPNOTE.TXT, 4.4.5).
fn method_name(method: CompressionMethod) -> String {
    #[expect(deprecated, reason = "the numbers have no other names here")]
    let number = match method {
        CompressionMethod::Unsupported(number) => number,
        method => return method.to_string(),
    };
    match number {
        9 => "Deflate64".into(),
        12 => "bzip2".into(),
        14 => "LZMA".into(),
        93 => "zstd".into(),
        95 => "xz".into(),
        number => format!("method {number}"),
    }
}

/// Returns the error for a file whose name another file has too.
fn name_is_repeated() -> io::Error {
    io::Error::other(
        "it is there more than once, and only the last of them is read; unpack the zip",
    )
}

/// Returns the error for a zip that cannot be read from front to back.
pub(super) fn needs_file() -> io::Error {
    io::Error::other(
        "it is a zip archive, which says at its end what is in it, and its bytes come from front to back: save it, \
         decompressed, to a file, and name that",
    )
}

/// Returns the error for a zip that has more files than are opened.
pub(crate) fn too_many_files(files_max: usize) -> io::Error {
    io::Error::other(format!(
        "it holds more than {files_max} files; name some of them"
    ))
}

/// Returns the error for text that ends at `complete_to`, which is too early, or that is wrong. The
/// checksum is that of the whole text.
fn unchecked(kind: DamageKind, complete_to: u64) -> io::Error {
    io::Error::other(Damage {
        kind,
        complete_to,
        checked_to: 0,
    })
}
