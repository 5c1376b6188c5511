//! The content of a log: the bytes of its file, or the text that they decode to. A log is
//! recognised by its content, so it is the same log before and after it is compressed.
//!
//! A place in compressed data can only be reached by decoding everything before it, and that takes
//! time. So there are few passes: one to recognise the log and to see where its last line ends, and
//! one to search it.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use memchr::memrchr;

use super::{
    chunk::fill,
    source::{ReadMode, Source},
};
use crate::{
    error::Error,
    line::to_u64,
    sys::{self, FileInfo},
};

/// How many bytes at the start of a log, and how many bytes before a checkpoint, identify the log.
pub(crate) const PROOF_BYTES: u64 = PROOF_BUFFER_BYTES as u64;
pub(crate) const PROOF_BUFFER_BYTES: usize = 4096;

/// How many bytes are decoded at once.
const STEP_BYTES: usize = 64 << 10;

/// The content of a log, which is open.
#[derive(Debug)]
pub(crate) struct Content {
    file: File,
    /// The path and the state of the file when it was opened, if its text is decoded.
    decoded: Option<(PathBuf, FileInfo)>,
}

/// What a pass over decoded text has shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TextEnd {
    /// The offset behind the last line that ends.
    pub(crate) complete_to: u64,
    /// Whether everything could be decoded.
    pub(crate) is_whole: bool,
}

impl Content {
    /// Creates the content of a file whose bytes are the text.
    pub(crate) fn bytes(file: File) -> Content {
        Content {
            file,
            decoded: None,
        }
    }

    /// Creates the content of a file whose text is decoded, as far as the file had been written
    /// when `info` was taken.
    pub(crate) fn text(file: File, path: &Path, info: &FileInfo) -> Content {
        Content {
            file,
            decoded: Some((path.into(), *info)),
        }
    }

    pub(crate) fn try_clone(&self) -> io::Result<Content> {
        Ok(Content {
            file: self.file.try_clone()?,
            decoded: self.decoded.clone(),
        })
    }

    /// Returns whether a place can only be reached by decoding everything before it.
    pub(crate) fn is_decoded(&self) -> bool {
        self.decoded.is_some()
    }

    pub(crate) fn file(&self) -> &File {
        &self.file
    }

    /// Reads at `offset`. It reads fewer bytes only at the end, or where no more can be decoded.
    pub(crate) fn read_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
        let Some(mut text) = self.reader()? else {
            return sys::read_at(&self.file, bytes, offset);
        };
        let passed = io::copy(&mut (&mut text).take(offset), &mut io::sink());
        if passed.is_ok_and(|passed| passed < offset) {
            return Ok(0);
        }
        // The search says what is wrong.
        let (filled, _) = fill(&mut text, bytes);
        Ok(filled)
    }

    /// Decodes all of the text and finds the end of its last line.
    pub(crate) fn text_end(&self) -> io::Result<TextEnd> {
        let mut end = TextEnd {
            complete_to: 0,
            is_whole: true,
        };
        let Some(mut text) = self.reader()? else {
            return Ok(end);
        };
        let mut bytes = vec![0; STEP_BYTES];
        let mut offset = 0;
        loop {
            match text.read(&mut bytes) {
                Ok(0) => return Ok(end),
                Ok(read) => {
                    if let Some(newline) = memrchr(b'\n', &bytes[..read]) {
                        end.complete_to = offset + to_u64(newline) + 1;
                    }
                    offset += to_u64(read);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => {
                    end.is_whole = false;
                    return Ok(end);
                }
            }
        }
    }

    /// Returns a reader of all the text, if the text is decoded.
    fn reader(&self) -> io::Result<Option<Box<dyn Read + Send>>> {
        let Some((path, info)) = &self.decoded else {
            return Ok(None);
        };
        let file = self.file.try_clone()?;
        let source = Source::from_file(path, file, info, 0, ReadMode::Read);
        let text = source.and_then(Source::into_text);
        text.map(|text| Some(text.reader))
            .map_err(|error| match error {
                Error::Open { source, .. } => source,
                other => io::Error::other(other.to_string()),
            })
    }

    /// Returns the bytes at the start that identify the log: as many as there are, up to 4096.
    pub(crate) fn head(&self) -> io::Result<Vec<u8>> {
        let mut head = vec![0; PROOF_BUFFER_BYTES];
        let read = self.read_at(&mut head, 0)?;
        head.truncate(read);
        Ok(head)
    }
}
