//! Reads several texts as one. The parts that are decoded are whole files, one after the other, and
//! not blocks of one file.
//!
//! A text that does not end with a newline gets one, unless it is the last: its last line and the
//! first line of the next text are two lines. If something is wrong with a text, this is told when
//! the text has been taken, so in the order of the texts. Then the next text begins.

use std::{
    io::{self, Read},
    path::PathBuf,
};

use super::{
    DecodeAhead, DividedPart, Division, Encoded, Giver, Member, MemberPart, Taker, handover,
};
use crate::{error::Error, input::chunk::ReadError, line::to_u64};

/// A reader of a text, from front to back.
pub(crate) struct TextReader {
    pub(crate) reader: Box<dyn Read + Send>,
    /// How many bytes the text has, if that is known.
    pub(in crate::input) length: Option<u64>,
}

/// Begins to read a text.
pub(in crate::input) type TextOpener = Box<dyn FnOnce() -> Result<TextReader, Error> + Send>;

/// One of several texts. It is opened when it is its turn to be read.
pub(in crate::input) struct JoinedText {
    /// The name of the text, for messages.
    pub(in crate::input) path: PathBuf,
    pub(in crate::input) open: TextOpener,
}

/// An error in one of several texts.
#[derive(Debug)]
pub(in crate::input) struct TextError {
    /// Where the text ends in the joined text.
    pub(in crate::input) text_end: u64,
    pub(in crate::input) error: Error,
}

/// Joins texts, one after the other. Also returns the taker of their errors. One worker at a time
/// reads a text, and several workers read several texts.
pub(in crate::input) fn joined(texts: Vec<JoinedText>) -> (DecodeAhead, Taker<TextError>) {
    let count = to_u64(texts.len());
    let (teller, told) = handover();
    let (found, errors) = handover();
    let texts = Texts {
        texts: texts.into_iter().map(Some).collect(),
        next: 0,
        found,
        errors,
        early: Vec::new(),
        teller,
    };
    (DecodeAhead::of_parts(Box::new(texts), count), told)
}

/// Several texts, which are known by their numbers.
struct Texts {
    texts: Vec<Option<JoinedText>>,
    next: u64,
    found: Giver<(u64, Error)>,
    /// The errors that workers found in texts.
    errors: Taker<(u64, Error)>,
    /// The errors that were not told yet.
    early: Vec<(u64, Error)>,
    teller: Giver<TextError>,
}

impl Division for Texts {
    fn next(&mut self) -> Option<u64> {
        self.next += 1;
        (self.next < to_u64(self.texts.len())).then_some(self.next)
    }

    fn part(&mut self, start: u64) -> Option<DividedPart> {
        let nth = usize::try_from(start).ok()?;
        let text = self.texts.get_mut(nth)?.take()?;
        let nothing = |position| Encoded::at(Box::new(io::empty()), position);
        Some(DividedPart::Blocks(Box::new(MemberPart {
            part: Box::new(TextMember {
                nth: start,
                is_last: nth + 1 == self.texts.len(),
                path: text.path,
                open: Some(text.open),
                text: TextReader {
                    reader: Box::new(io::empty()),
                    length: None,
                },
                read_bytes: 0,
                last: b'\n',
                errors: self.found.clone(),
                nothing: nothing(start),
            }),
            behind: nothing(start + 1),
        })))
    }

    fn is_right_so_far(&self) -> bool {
        true
    }

    /// Tells the error of the text, if it has one.
    fn ends_well(&mut self, start: u64, text_bytes: u64) -> bool {
        self.early.extend(std::iter::from_fn(|| self.errors.take()));
        for (_, error) in self.early.extract_if(.., |(nth, _)| *nth == start) {
            self.teller.give(TextError {
                text_end: text_bytes,
                error,
            });
        }
        true
    }

    fn is_final(&self) -> bool {
        true
    }
}

/// One of several texts, as a member.
struct TextMember {
    nth: u64,
    is_last: bool,
    path: PathBuf,
    /// The opener of the text, until it is read.
    open: Option<TextOpener>,
    text: TextReader,
    read_bytes: u64,
    /// The last byte so far.
    last: u8,
    errors: Giver<(u64, Error)>,
    nothing: Encoded,
}

impl TextMember {
    fn end(&mut self, error: io::Error) {
        let error = ReadError {
            offset: self.read_bytes,
            source: error,
        };
        self.errors.give((self.nth, error.of(&self.path)));
        self.text = TextReader {
            reader: Box::new(io::empty()),
            length: None,
        };
    }
}

impl Member for TextMember {
    fn read(&mut self, text: &mut [u8]) -> io::Result<usize> {
        if let Some(open) = self.open.take() {
            match open() {
                Ok(text) => self.text = text,
                Err(error) => self.errors.give((self.nth, error)),
            }
        }
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
