//! Compressed bytes, from front to back: those of a file from some position on, or those of a
//! stream.

use std::{
    io::{self, Read},
    ops::Range,
    sync::Arc,
};

use crate::{
    error::{DamageKind, Reason},
    input::file::FileInput,
    line::{to_u64, to_usize},
};

/// How many bytes are read at once. They are a small part of the caches, and the reads are a small
/// part of the work.
const BUFFER_BYTES: usize = 64 << 10;

/// A part of a file, from front to back.
pub(super) struct EncodedPart {
    pub(super) file: Arc<FileInput>,
    pub(super) range: Range<u64>,
}

impl Read for EncodedPart {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let left = self.range.end.saturating_sub(self.range.start);
        let most = to_usize(left.min(to_u64(bytes.len())));
        let read = self.file.read_at(&mut bytes[..most], self.range.start)?;
        self.range.start += to_u64(read);
        Ok(read)
    }
}

/// Compressed bytes that decoders read. The error of a failed read is kept, because decoders report
/// it in words of their own, or not at all.
pub(in crate::input) struct Encoded {
    reader: Box<dyn Read + Send>,
    buffer: Vec<u8>,
    /// Bytes that have been read and not consumed are `buffer[start..end]`.
    start: usize,
    end: usize,
    /// The position of `buffer[end]`.
    read_to: u64,
    /// Whether nothing follows `buffer[end]`.
    is_last: bool,
    /// Whether somebody asked for bytes behind the last one.
    was_missed: bool,
    failure: Option<DamageKind>,
}

impl Encoded {
    /// Creates the bytes of a file from `position` on.
    pub(super) fn of_file(file: Arc<FileInput>, position: u64) -> Encoded {
        let range = position..file.length;
        Encoded::at(Box::new(EncodedPart { file, range }), position)
    }

    /// Creates the bytes of a reader.
    pub(in crate::input) fn of_reader(reader: Box<dyn Read + Send>) -> Encoded {
        Encoded::at(reader, 0)
    }

    /// Creates bytes that are in memory already.
    pub(in crate::input) fn of_bytes(bytes: Vec<u8>) -> Encoded {
        Encoded {
            reader: Box::new(io::empty()),
            start: 0,
            end: bytes.len(),
            read_to: to_u64(bytes.len()),
            buffer: bytes,
            is_last: true,
            was_missed: false,
            failure: None,
        }
    }

    /// Creates the bytes of a reader whose first byte lies at `position`.
    pub(super) fn at(reader: Box<dyn Read + Send>, position: u64) -> Encoded {
        Encoded {
            reader,
            buffer: vec![0; BUFFER_BYTES],
            start: 0,
            end: 0,
            read_to: position,
            is_last: false,
            was_missed: false,
            failure: None,
        }
    }

    /// Returns the position of the next byte.
    pub(super) fn position(&self) -> u64 {
        self.read_to - to_u64(self.end - self.start)
    }

    /// Returns whether there are no more bytes, as far as has been looked.
    pub(super) fn is_at_end(&self) -> bool {
        self.is_last && self.start == self.end
    }

    /// Returns whether bytes behind the last were asked for.
    pub(super) fn was_missed(&self) -> bool {
        self.was_missed
    }

    /// Returns the error of the read that ended the bytes, if a failed read did.
    pub(super) fn failure(&self) -> Option<DamageKind> {
        // Bytes that were read before the error count.
        self.failure.clone().filter(|_| self.start == self.end)
    }

    /// Returns the next `most` bytes without consuming them. There are fewer only before the end.
    /// `most` is much smaller than the buffer.
    pub(super) fn peek(&mut self, most: usize) -> &[u8] {
        while self.end - self.start < most && !self.is_last {
            self.read_more();
        }
        let end = self.end.min(self.start + most);
        &self.buffer[self.start..end]
    }

    /// Passes over zeros.
    pub(super) fn pass_zeros(&mut self) {
        loop {
            let zeros = self.buffer[self.start..self.end]
                .iter()
                .take_while(|&&byte| byte == 0)
                .count();
            self.start += zeros;
            if self.start < self.end || self.is_last {
                return;
            }
            self.read_more();
        }
    }

    /// Reads once, behind the bytes that have not been consumed.
    fn read_more(&mut self) {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        let room = &mut self.buffer[self.end..];
        let read = loop {
            match self.reader.read(room) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read,
            }
        };
        match read {
            Ok(read) => {
                self.is_last = read == 0;
                self.end += read;
                self.read_to += to_u64(read);
            }
            Err(error) => {
                self.is_last = true;
                self.failure = Some(DamageKind::Unreadable {
                    file_offset: self.read_to,
                    reason: Reason(&error).to_string(),
                });
            }
        }
    }
}

impl Encoded {
    /// Returns bytes that have been read, and reads first if there are none. Returns no bytes at
    /// the end. [`Encoded::pass`] consumes some of them.
    pub(super) fn known(&mut self) -> &[u8] {
        if self.start == self.end && !self.is_last {
            self.read_more();
        }
        &self.buffer[self.start..self.end]
    }

    /// Returns whether [`Encoded::known`] has bytes without another read.
    pub(super) fn has_known(&self) -> bool {
        self.start < self.end
    }

    /// Passes over the first of these bytes.
    pub(super) fn pass(&mut self, bytes: usize) {
        self.start += bytes;
    }

    /// Notes that more bytes are needed than there are.
    pub(super) fn miss(&mut self) {
        self.was_missed = true;
    }
}

impl Read for Encoded {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        if bytes.is_empty() {
            return Ok(0);
        }
        let known = self.known();
        let read = known.len().min(bytes.len());
        bytes[..read].copy_from_slice(&known[..read]);
        self.pass(read);
        self.was_missed |= read == 0;
        Ok(read)
    }
}
