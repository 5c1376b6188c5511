//! Several texts as one: what is decoded are no blocks of a file but whole files, one after the
//! other.
//!
//! A text that does not end with a newline gets one, unless it is the last: its last line and the
//! first of the next are two. What is wrong with one is kept for who asked, and the next begins.

use std::{
    io::{self, Read},
    path::PathBuf,
};

use super::{DecodeAhead, Division, Encoded, Giver, Member, MemberPart};
use crate::{error::Error, input::chunk::ReadError, line::to_u64};

/// A text, from front to back.
pub(crate) struct TextReader {
    pub(in crate::input) path: PathBuf,
    pub(crate) reader: Box<dyn Read + Send>,
    /// How long it is, if that is known.
    pub(in crate::input) length: Option<u64>,
}

/// Who is told what is wrong with a text.
type Errors = Giver<Error>;

/// All texts, one after the other. Each is read by one worker at a time, and several by several.
pub(in crate::input) fn joined(texts: Vec<TextReader>, errors: &Errors) -> DecodeAhead {
    let count = to_u64(texts.len());
    let texts = Texts {
        texts: texts.into_iter().map(Some).collect(),
        next: 0,
        errors: errors.clone(),
    };
    DecodeAhead::of_parts(Box::new(texts), count)
}

/// Texts that are known by their numbers.
struct Texts {
    texts: Vec<Option<TextReader>>,
    next: u64,
    errors: Errors,
}

impl Division for Texts {
    fn next(&mut self) -> Option<u64> {
        self.next += 1;
        (self.next < to_u64(self.texts.len())).then_some(self.next)
    }

    fn part(&mut self, start: u64) -> Option<Box<dyn Member>> {
        let nth = usize::try_from(start).ok()?;
        let text = self.texts.get_mut(nth)?.take()?;
        let nothing = |position| Encoded::at(Box::new(io::empty()), position);
        Some(Box::new(MemberPart {
            part: Box::new(TextMember {
                is_last: nth + 1 == self.texts.len(),
                text,
                read_bytes: 0,
                last: b'\n',
                errors: self.errors.clone(),
                nothing: nothing(start),
            }),
            behind: nothing(start + 1),
        }))
    }

    fn is_right_so_far(&self) -> bool {
        true
    }

    fn is_final(&self) -> bool {
        true
    }
}

/// One of several texts.
struct TextMember {
    is_last: bool,
    text: TextReader,
    read_bytes: u64,
    /// The last byte so far.
    last: u8,
    errors: Errors,
    nothing: Encoded,
}

impl TextMember {
    fn end(&mut self, error: io::Error) {
        let error = ReadError {
            offset: self.read_bytes,
            source: error,
        };
        self.errors.give(error.of(&self.text.path));
        self.text.reader = Box::new(io::empty());
        self.text.length = None;
    }
}

impl Member for TextMember {
    fn read(&mut self, text: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.text.reader.read(text) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => self.end(error),
                Ok(0)
                    if self
                        .text
                        .length
                        .is_some_and(|length| length > self.read_bytes) =>
                {
                    self.end(io::ErrorKind::UnexpectedEof.into());
                }
                Ok(0) if self.last != b'\n' && !self.is_last => {
                    self.last = b'\n';
                    text[0] = b'\n';
                    return Ok(1);
                }
                Ok(0) => return Ok(0),
                Ok(read) => {
                    self.last = text[read - 1];
                    self.read_bytes += to_u64(read);
                    return Ok(read);
                }
            }
        }
    }

    fn encoded(&mut self) -> &mut Encoded {
        &mut self.nothing
    }

    fn into_encoded(self: Box<Self>) -> Encoded {
        self.nothing
    }

    fn is_checked(&self) -> bool {
        true
    }
}
