//! Opens one of several inputs. A small file is read as a whole, at once, and needs no more than
//! that. Anything else is opened as a [`Source`].
//!
//! A small file costs five system calls: open, fstat, pread, fstat, close. Its text is what that
//! one read gave, so it cannot be partly from before a change and partly from after it. If the file
//! is not as long as it said, or is another one after the read, it is opened as a [`Source`], which
//! takes more care.
//!
//! A small compressed file is decoded as a whole too, if its text is not too long and nothing is
//! wrong with it. So 300 logs of 300 KB take half as long on two cores as one after the other.

use std::{fs::File, path::Path, sync::Arc};

use super::{
    chunk::{Buffers, Bytes, Chunk, Cut},
    decode::{self, Encoded},
    format::{Beginning, Format, HEAD_BYTES},
    no_log::NoLog,
    source::{Decoding, ReadMode, Source},
    transform::TextTransform,
};
use crate::{
    error::Error,
    line::{Boundary, Cutter, TextUnit, to_u64, to_usize},
    sys::{self, FileChange, FileId, FileInfo},
};

/// A longer compressed file is not decoded as a whole, because its text is most likely too long.
const ENCODED_BYTES_MAX: usize = 512 << 10;

/// Tells where an input comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputOrigin {
    /// Somebody has named the input, so it is searched, whatever it is. `-` is the standard input.
    Named,
    /// The input was found in a folder. Only a regular file is opened, and a file that is no log
    /// may be left out.
    Found,
}

/// How inputs are opened.
#[derive(Clone, Debug)]
pub(crate) struct Opening {
    /// The path by which inputs are read that are not small.
    pub(crate) mode: ReadMode,
    /// What is searched of an input that is no plain text.
    pub(crate) decoding: Decoding,
    /// How long a small file may be. `None` if every input is to be a [`Source`].
    pub(crate) small_bytes_max: Option<u64>,
    /// Whether files in folders are left out if they are no logs.
    pub(crate) leaves_out: bool,
    /// The standard output, if it may not be an input as well.
    pub(crate) output: Option<FileId>,
    /// A longer line is cut to its first bytes.
    pub(crate) max_line_bytes: usize,
}

/// The result of opening an input.
#[derive(Debug)]
pub(crate) enum OpenedInput {
    /// The text of a small file, all of it, and the format that it was decoded from.
    Whole(Chunk<'static>, Option<Format>),
    /// An input that is searched in pieces.
    Source(Source),
    /// A file that is left out.
    NoLog(NoLog),
    /// An input that is the output as well.
    Output,
}

impl Opening {
    /// Opens the input that `path` names. No more than `room_bytes` of text of compressed files are
    /// decoded as a whole. The length of such text is subtracted from `room_bytes`.
    ///
    /// # Errors
    /// [`Error::Open`] if the input cannot be opened, [`Error::Directory`] if it is a directory.
    pub(crate) fn open(
        &self,
        path: &Path,
        origin: InputOrigin,
        buffers: &mut Buffers,
        room_bytes: &mut usize,
    ) -> Result<OpenedInput, Error> {
        if origin == InputOrigin::Named && path == Path::new("-") {
            let source = Source::stdin(self.mode)?;
            return Ok(match self.output.is_some() && source.is_standard_output() {
                true => OpenedInput::Output,
                false => OpenedInput::Source(source.with(self.decoding)),
            });
        }
        let opened = match origin {
            InputOrigin::Named => sys::open(path),
            InputOrigin::Found => sys::open_regular(path),
        };
        let (file, info) = opened.map_err(|source| Error::Open {
            path: path.into(),
            source,
        })?;
        if info.is_file() && self.output == Some(info.id()) {
            return Ok(OpenedInput::Output);
        }
        let is_small = info.is_file() && self.whole_bytes_max() >= Some(info.length());
        let leaves_out = self.leaves_out && origin == InputOrigin::Found;
        match is_small
            .then(|| read_whole(&file, &info, buffers))
            .flatten()
        {
            Some(bytes) => match self.whole(bytes, leaves_out, buffers, room_bytes) {
                Ok(opened) => return Ok(opened),
                Err(bytes) => buffers.keep(bytes),
            },
            None if leaves_out => {
                let mut head = [0; HEAD_BYTES];
                let read = sys::read_at(&file, &mut head, 0).unwrap_or(0);
                if let Some(kind) = self.no_log(&head[..read], info.length()) {
                    return Ok(OpenedInput::NoLog(kind));
                }
            }
            None => {}
        }
        // If the file has changed since, `info` is not what it is now.
        let info = FileInfo::of(&file).unwrap_or(info);
        let source = Source::from_file(path, file, &info, 0, self.mode)?;
        Ok(OpenedInput::Source(source.with(self.decoding)))
    }

    /// Opens a file in an archive, which has these bytes.
    pub(crate) fn open_bytes(
        &self,
        path: &Path,
        bytes: Vec<u8>,
        buffers: &mut Buffers,
        room_bytes: &mut usize,
    ) -> OpenedInput {
        match self.whole(bytes, self.leaves_out, buffers, room_bytes) {
            Ok(opened) => opened,
            Err(bytes) => OpenedInput::Source(Source::from_bytes(path, bytes).with(self.decoding)),
        }
    }

    /// Returns how long an input may be to be searched as a whole.
    pub(crate) fn whole_bytes_max(&self) -> Option<u64> {
        let is_transformed = matches!(
            self.decoding,
            Decoding::Text { transform, .. } if transform != TextTransform::default()
        );
        self.small_bytes_max.filter(|_| !is_transformed)
    }

    /// Decides what becomes of a small file with these bytes. As the error, returns the bytes if
    /// the file has to be searched in pieces.
    fn whole(
        &self,
        bytes: Vec<u8>,
        leaves_out: bool,
        buffers: &mut Buffers,
        room_bytes: &mut usize,
    ) -> Result<OpenedInput, Vec<u8>> {
        let no_log = |text: &[u8]| self.no_log(text, to_u64(text.len())).filter(|_| leaves_out);
        if let Some(kind) = no_log(&bytes) {
            return Ok(OpenedInput::NoLog(kind));
        }
        let beginning = match self.decoding {
            Decoding::Bytes => Beginning::default(),
            Decoding::Text { .. } => Beginning::of(&bytes),
        };
        if beginning.format.is_none() {
            return Ok(OpenedInput::Whole(self.chunk(bytes, beginning.text), None));
        }
        let format = beginning.format;
        let Some(text) = self.decoded_whole(&bytes, beginning, *room_bytes, buffers) else {
            return Err(bytes);
        };
        if let Some(kind) = no_log(&text) {
            return Ok(OpenedInput::NoLog(kind));
        }
        let beginning = Beginning::of(&text);
        if beginning.format.is_some() {
            return Err(bytes);
        }
        buffers.keep(bytes);
        *room_bytes -= text.len();
        Ok(OpenedInput::Whole(self.chunk(text, beginning.text), format))
    }

    /// Returns what the file is, if it is left out. Archives are not left out but opened, unless
    /// bytes are searched.
    fn no_log(&self, head: &[u8], length: u64) -> Option<NoLog> {
        let kind = NoLog::of(head, length)?;
        let is_opened = self.decoding != Decoding::Bytes
            && Beginning::of(head).format.is_some_and(Format::is_opened);
        Some(kind).filter(|_| !is_opened)
    }

    /// Returns all text that `encoded` decodes to. Returns `None` if the text is longer than
    /// `room_bytes`, or if something is wrong with it or has to be said about it.
    fn decoded_whole(
        &self,
        encoded: &[u8],
        beginning: Beginning,
        room_bytes: usize,
        buffers: &mut Buffers,
    ) -> Option<Vec<u8>> {
        let Decoding::Text {
            window_bytes_max, ..
        } = self.decoding
        else {
            return None;
        };
        if encoded.len() > ENCODED_BYTES_MAX || beginning.is_guess {
            return None;
        }
        let encoded = Encoded::of_bytes(encoded.to_vec());
        let mut decoder = decode::whole(encoded, beginning.format?, window_bytes_max)?;
        let mut text = buffers.take();
        let mut filled = 0;
        loop {
            // The buffer has room for one byte more than there may be.
            let length = (filled * 2).max(64 << 10).min(room_bytes + 1);
            text.resize(length, 0);
            match decoder.decode(&mut text[filled..]) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(_) => return None,
            }
            if filled > room_bytes {
                return None;
            }
        }
        text.truncate(filled);
        Some(text)
    }

    /// Makes one chunk of all of a text, whose first line begins at `text_start`.
    fn chunk(&self, text: Vec<u8>, text_start: usize) -> Chunk<'static> {
        let length = to_u64(text.len());
        let cut = Cut {
            range: to_u64(text_start)..length,
            text_start: to_u64(text_start),
            length,
            chunk_bytes: length.max(1),
            cutter: Cutter {
                boundary: Boundary::LF,
                unit: TextUnit::Line,
                max_line_bytes: self.max_line_bytes,
            },
        };
        if cut.range.is_empty() {
            return Chunk::without_lines(cut.range);
        }
        let found = cut.slice(0, &text);
        let (offset, start) = (found.offset, to_usize(found.offset));
        let end = start + found.bytes.len();
        let bytes = Bytes::Buffer(Arc::new(text), start..end);
        cut.chunk(cut.range.clone(), offset, bytes)
    }
}

/// Returns what a file is that was found in a folder, if it is no log. A file that is named is
/// searched in any case, so it only has to be there.
///
/// # Errors
/// [`Error::Open`] if the file cannot be opened or read.
pub(crate) fn no_log(path: &Path, origin: InputOrigin) -> Result<Option<NoLog>, Error> {
    let look = || match origin {
        InputOrigin::Named if path == Path::new("-") => Ok(None),
        InputOrigin::Named => FileInfo::of_path(path).map(|_| None),
        InputOrigin::Found => {
            let (file, info) = sys::open_regular(path)?;
            let mut head = [0; HEAD_BYTES];
            let read = sys::read_at(&file, &mut head, 0)?;
            Ok(NoLog::of(&head[..read], info.length()))
        }
    };
    look().map_err(|source| Error::Open {
        path: path.into(),
        source,
    })
}

/// Returns all bytes of a file, if it is as long as `info` says and nobody writes to it meanwhile.
fn read_whole(file: &File, info: &FileInfo, buffers: &mut Buffers) -> Option<Vec<u8>> {
    let length = to_usize(info.length());
    let mut text = buffers.take();
    // The buffer has room for one byte more than there should be. If that byte is filled, the
    // length means nothing.
    text.resize(length + 1, 0);
    let read = sys::read_some_at(file, &mut text, 0);
    let is_all = read.is_ok_and(|read| read == length)
        && FileInfo::of(file)
            .is_ok_and(|now| info.stamp().change(&now.stamp()) == FileChange::None);
    if !is_all {
        buffers.keep(text);
        return None;
    }
    text.truncate(length);
    Some(text)
}
