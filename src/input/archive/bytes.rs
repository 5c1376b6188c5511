//! The bytes of an archive, and the bytes of its members.

use std::{
    io::{self, Cursor, Read, Seek, SeekFrom},
    sync::Arc,
};

use crate::{
    error::{Damage, DamageKind},
    input::{chunk::fill, file::FileInput, source::SourceBytes},
    line::to_u64,
    sys::Stop,
};

/// How many bytes are read at once that nobody wants.
const PASSED_BYTES: usize = 64 << 10;

/// A file in an archive.
pub(super) struct ArchiveEntry {
    /// The name of the file in the archive.
    pub(super) name: Vec<u8>,
    pub(super) length: u64,
    /// A reader of the bytes, or the reason why there is none.
    pub(super) reader: io::Result<Box<dyn Read + Send>>,
}

/// A file as a stream with a position of its own.
#[derive(Clone, Debug)]
pub(super) struct ArchiveFile {
    pub(super) file: Arc<FileInput>,
    pub(super) position: u64,
}

impl Read for ArchiveFile {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let left = self.file.length.saturating_sub(self.position);
        let most = usize::try_from(left).map_or(bytes.len(), |left| left.min(bytes.len()));
        let read = self.file.read_at(&mut bytes[..most], self.position)?;
        self.position += to_u64(read);
        Ok(read)
    }
}

impl Seek for ArchiveFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let to = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.file.length.checked_add_signed(by),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
        };
        self.position = to.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

/// The bytes of an archive, read from front to back.
pub(super) enum ArchiveReader {
    File(ArchiveFile),
    Front(Box<dyn Read + Send>),
}

impl From<SourceBytes> for ArchiveReader {
    fn from(bytes: SourceBytes) -> ArchiveReader {
        match bytes {
            SourceBytes::File(file) => ArchiveReader::File(ArchiveFile { file, position: 0 }),
            SourceBytes::Front(reader) => ArchiveReader::Front(reader),
        }
    }
}

impl Read for ArchiveReader {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        match self {
            ArchiveReader::File(file) => file.read(bytes),
            ArchiveReader::Front(reader) => reader.read(bytes),
        }
    }
}

impl ArchiveReader {
    /// Passes over `count` bytes. Returns how many there were. A stop ends this early.
    pub(super) fn pass(&mut self, count: u64, stop: Option<&Stop>) -> io::Result<u64> {
        if let ArchiveReader::File(file) = self {
            let passed = count.min(file.file.length.saturating_sub(file.position));
            file.position += passed;
            return Ok(passed);
        }
        let mut buffer = vec![0; PASSED_BYTES];
        let mut passed = 0;
        while passed < count && !stop.is_some_and(Stop::is_requested) {
            let most = usize::try_from(count - passed).unwrap_or(PASSED_BYTES);
            match fill(self, &mut buffer[..most.min(PASSED_BYTES)]) {
                (0, None) => break,
                (read, None) => passed += to_u64(read),
                (_, Some(error)) => return Err(error),
            }
        }
        Ok(passed)
    }
}

/// The text of a member whose first bytes have been looked at. Each read is filled up: decoders
/// give a few KiB at a time, and each read becomes a chunk.
pub(super) struct MemberReader {
    head: Cursor<Vec<u8>>,
    rest: Box<dyn Read + Send>,
    /// Whether the first bytes are all that there are.
    is_whole: bool,
    failure: Option<io::Error>,
}

impl MemberReader {
    /// Reads the first `count` bytes of `rest`.
    pub(super) fn new(mut rest: Box<dyn Read + Send>, count: usize) -> MemberReader {
        let mut head = vec![0; count];
        let (filled, failure) = fill(&mut rest, &mut head);
        head.truncate(filled);
        MemberReader {
            head: Cursor::new(head),
            rest,
            is_whole: filled < count && failure.is_none(),
            failure,
        }
    }

    /// Returns all bytes, if the first bytes are all that there are and nothing is wrong with them.
    pub(super) fn take_whole(&mut self) -> Option<Vec<u8>> {
        self.is_whole.then(|| std::mem::take(self.head.get_mut()))
    }

    /// Returns the first bytes.
    pub(super) fn head(&self) -> &[u8] {
        self.head.get_ref()
    }
}

impl Read for MemberReader {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let begun = self.head.read(bytes)?;
        let mut filled = begun;
        if self.failure.is_none() {
            let (read, failure) = fill(&mut self.rest, &mut bytes[begun..]);
            filled += read;
            self.failure = failure;
        }
        match filled {
            0 if !bytes.is_empty() => self.failure.take().map_or(Ok(0), Err),
            filled => Ok(filled),
        }
    }
}

/// Returns the error for text that ends at `complete_to`, which is too early, or that is wrong. It
/// is for data without a checksum that would tell what was right before.
pub(super) fn damaged(kind: DamageKind, complete_to: u64) -> io::Error {
    io::Error::other(Damage {
        kind,
        complete_to,
        checked_to: complete_to,
    })
}
