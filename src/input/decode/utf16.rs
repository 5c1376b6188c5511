//! Decodes UTF-16 (The Unicode Standard, 3.9 and 3.10) to UTF-8. Editors and tools on Windows write
//! UTF-16.
//!
//! Each pair of bytes is a unit, and only two surrogates belong together. So a file is divided
//! anywhere between units. A surrogate by itself is no text, and becomes U+FFFD, as everywhere.

use std::{io, ops::Range, sync::Arc};

use super::{Codec, DividedPart, Division, Encoded, Member, MemberPart, encoded::EncodedPart};
use crate::input::{file::FileInput, format::Format};

pub(super) const LITTLE: Codec = Codec {
    format: Format::Utf16Le,
    magic: b"\xff\xfe",
    begins: |_| false,
    begin: |encoded, _| Ok(Box::new(Utf16::new(encoded, ByteOrder::LowFirst))),
    divide: |file, _| Some(Box::new(Utf16Pieces::new(file, ByteOrder::LowFirst))),
};

pub(super) const BIG: Codec = Codec {
    format: Format::Utf16Be,
    magic: b"\xfe\xff",
    begins: |_| false,
    begin: |encoded, _| Ok(Box::new(Utf16::new(encoded, ByteOrder::HighFirst))),
    divide: |file, _| Some(Box::new(Utf16Pieces::new(file, ByteOrder::HighFirst))),
};

/// How long a piece is, in bytes of the file.
const PIECE_BYTES: u64 = if cfg!(any(test, fuzzing)) {
    50
} else {
    2 << 20
};

/// How many bytes a unit takes at most in UTF-8. A pair of surrogates takes four.
const UNIT_TEXT_BYTES_MAX: usize = 3;

/// Tells which byte of a unit comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ByteOrder {
    LowFirst,
    HighFirst,
}

impl ByteOrder {
    fn unit(self, pair: [u8; 2]) -> u16 {
        match self {
            ByteOrder::LowFirst => u16::from_le_bytes(pair),
            ByteOrder::HighFirst => u16::from_be_bytes(pair),
        }
    }
}

fn is_high_surrogate(unit: u16) -> bool {
    unit & 0xfc00 == 0xd800
}

fn is_low_surrogate(unit: u16) -> bool {
    unit & 0xfc00 == 0xdc00
}

/// Text in UTF-16, up to its end.
struct Utf16 {
    encoded: Encoded,
    order: ByteOrder,
    /// Whether nothing has been read. Then a byte order mark may follow.
    is_first: bool,
    /// The bytes of a character for which there was no room.
    rest: [u8; 4],
    rest_range: Range<usize>,
}

impl Utf16 {
    fn new(encoded: Encoded, order: ByteOrder) -> Utf16 {
        Utf16 {
            is_first: encoded.position() == 0,
            encoded,
            order,
            rest: [0; 4],
            rest_range: 0..0,
        }
    }

    /// Returns the unit that begins `behind` bytes behind the next byte, without consuming it.
    fn peek(&mut self, behind: usize) -> Option<u16> {
        let bytes = self.encoded.peek(behind + 2);
        let pair = bytes.get(behind..behind + 2)?;
        Some(self.order.unit([pair[0], pair[1]]))
    }

    /// Makes one character of the next one or two units. Returns `None` at the end.
    fn character(&mut self) -> Option<char> {
        let unit = self.peek(0)?;
        let pair = match is_high_surrogate(unit) {
            true => self.peek(2).filter(|&low| is_low_surrogate(low)),
            false => None,
        };
        self.encoded.pass(if pair.is_some() { 4 } else { 2 });
        let units = [unit, pair.unwrap_or_default()];
        let units = &units[..1 + usize::from(pair.is_some())];
        let decoded = char::decode_utf16(units.iter().copied()).next()?;
        Some(decoded.unwrap_or(char::REPLACEMENT_CHARACTER))
    }
}

impl Member for Utf16 {
    fn read(&mut self, text: &mut [u8]) -> io::Result<usize> {
        if self.is_first && self.peek(0) == Some(0xfeff) {
            self.encoded.pass(2);
        }
        self.is_first = false;
        let mut written = 0;
        loop {
            let rest = self.rest_range.len().min(text.len() - written);
            let from = self.rest_range.start;
            text[written..written + rest].copy_from_slice(&self.rest[from..from + rest]);
            self.rest_range.start += rest;
            written += rest;
            if written == text.len() {
                return Ok(written);
            }
            if written > 0 && !self.encoded.has_known() {
                // More bytes would have to be waited for.
                return Ok(written);
            }
            let (bytes, room) = (self.encoded.known(), &mut text[written..]);
            let (units, made) = match self.order {
                ByteOrder::LowFirst => plain_units(u16::from_le_bytes, bytes, room),
                ByteOrder::HighFirst => plain_units(u16::from_be_bytes, bytes, room),
            };
            self.encoded.pass(units * 2);
            written += made;
            if units > 0 {
                continue;
            }
            if written > 0 {
                return Ok(written);
            }
            // The buffer has few units left, `text` has little room, or surrogates follow.
            let Some(character) = self.character() else {
                break;
            };
            self.rest_range = 0..character.encode_utf8(&mut self.rest).len();
        }
        if written == 0 && !self.encoded.peek(1).is_empty() {
            // Half a unit is left.
            self.encoded.miss();
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(written)
    }

    fn encoded(&mut self) -> &mut Encoded {
        &mut self.encoded
    }

    fn into_encoded(self: Box<Self>) -> Encoded {
        self.encoded
    }

    fn is_checked(&self) -> bool {
        true
    }
}

/// How many units are looked at together.
const LANE: usize = 64;

/// Copies a lane, if it is ASCII. As a function of its own, this loop is always compiled to vector
/// instructions, at 30 GB/s. Inside another function that depended on chance.
#[inline(never)]
fn copy_ascii(
    unit_of: impl Fn([u8; 2]) -> u16,
    lane: &[[u8; 2]; LANE],
    text: &mut [u8; LANE],
) -> bool {
    let mut all = 0;
    for (byte, &pair) in text.iter_mut().zip(lane) {
        let unit = unit_of(pair);
        all |= unit;
        *byte = unit.to_le_bytes()[0];
    }
    all < 0x80
}

/// Makes text of units that are no surrogates, as many as there are and have room. Returns how many
/// units and how many bytes these are. `unit_of` has a type of its own for each byte order, so that
/// the loop over ASCII is compiled to vector instructions.
fn plain_units(
    unit_of: impl Fn([u8; 2]) -> u16 + Copy,
    bytes: &[u8],
    text: &mut [u8],
) -> (usize, usize) {
    let (pairs, _) = bytes.as_chunks::<2>();
    let (mut units, mut made) = (0, 0);
    loop {
        // Most logs are ASCII for the most part.
        while let Some(lane) = pairs[units..].first_chunk::<LANE>()
            && let Some(room) = text[made..].first_chunk_mut::<LANE>()
        {
            if !copy_ascii(unit_of, lane, room) {
                break;
            }
            units += LANE;
            made += LANE;
        }
        // A few units are not ASCII, or are the last.
        for _ in 0..LANE {
            let Some(&pair) = pairs.get(units) else {
                return (units, made);
            };
            let Some(character) = char::from_u32(u32::from(unit_of(pair))) else {
                return (units, made);
            };
            let Some(room) = text.get_mut(made..made + UNIT_TEXT_BYTES_MAX) else {
                return (units, made);
            };
            made += character.encode_utf8(room).len();
            units += 1;
        }
    }
}

/// Pieces of a file, each of which is decoded by itself.
struct Utf16Pieces {
    file: Arc<FileInput>,
    order: ByteOrder,
    /// The number of the next piece.
    next: u64,
}

impl Utf16Pieces {
    fn new(file: &Arc<FileInput>, order: ByteOrder) -> Utf16Pieces {
        Utf16Pieces {
            file: file.clone(),
            order,
            next: 1,
        }
    }

    /// Returns where piece `nth` begins. It does not begin between two surrogates.
    fn start(&self, nth: u64) -> u64 {
        let border = nth * PIECE_BYTES;
        let divides_pair = border > 0
            && self.unit_at(border - 2).is_some_and(is_high_surrogate)
            && self.unit_at(border).is_some_and(is_low_surrogate);
        border + if divides_pair { 2 } else { 0 }
    }

    fn unit_at(&self, offset: u64) -> Option<u16> {
        let mut pair = [0; 2];
        let read = self.file.read_at(&mut pair, offset).ok()?;
        (read == 2).then(|| self.order.unit(pair))
    }
}

impl Division for Utf16Pieces {
    fn next(&mut self) -> Option<u64> {
        let start = self.start(self.next);
        self.next += 1;
        (start < self.file.length).then_some(start)
    }

    fn part(&mut self, start: u64) -> Option<DividedPart> {
        let range = start..self.start(start / PIECE_BYTES + 1).min(self.file.length);
        let end = range.end;
        let bytes = EncodedPart {
            file: self.file.clone(),
            range,
        };
        let text = Utf16::new(Encoded::at(Box::new(bytes), start), self.order);
        let behind = Encoded::of_file(self.file.clone(), end);
        Some(DividedPart::Blocks(Box::new(MemberPart {
            part: Box::new(text),
            behind,
        })))
    }

    fn is_right_so_far(&self) -> bool {
        true
    }

    fn is_final(&self) -> bool {
        true
    }
}
