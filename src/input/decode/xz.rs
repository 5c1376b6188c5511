//! xz (xz-file-format.txt), by lzma-rust2: the check of each block is checked at its end.

use std::{
    io::{self, Read},
    ops::Range,
};

use lzma_rust2::XzReader;

use super::{Codec, Encoded, Member};
use crate::{error::DamageKind, input::format::Format};

/// A stream header, and the largest header of the block behind it (xz-file-format.txt, 2.1.1 and
/// 3.1.1).
const HEADERS_BYTES_MAX: usize = 12 + 1024;

/// The filter that compresses (xz-file-format.txt, 5.3.1).
const LZMA2: u64 = 0x21;

pub(super) const CODEC: Codec = Codec {
    format: Format::Xz,
    magic: b"\xfd7zXZ\0",
    begins: |head| head.starts_with(CODEC.magic),
    begin,
};

/// How much is decoded at once. Where the decoder meets damage it forgets what it has decoded of
/// that.
const PIECE_BYTES: usize = 1 << 10;

struct Xz {
    reader: XzReader<Encoded>,
    piece: [u8; PIECE_BYTES],
    /// What of `piece` has been decoded, and not returned.
    rest: Range<usize>,
}

fn begin(mut encoded: Encoded, window_bytes_max: u64) -> Result<Box<dyn Member>, DamageKind> {
    let window_bytes = dictionary_bytes(encoded.peek(HEADERS_BYTES_MAX)).unwrap_or(0);
    if window_bytes > window_bytes_max {
        return Err(DamageKind::TooLarge {
            window_bytes,
            window_bytes_max,
        });
    }
    // Blocks behind the first might want more. The library counts some state besides.
    let limit_kib = u32::try_from(window_bytes_max >> 10)
        .unwrap_or(u32::MAX)
        .saturating_add(1 << 10);
    let reader = XzReader::new_mem_limit(encoded, false, limit_kib);
    Ok(Box::new(Xz {
        reader,
        piece: [0; PIECE_BYTES],
        rest: 0..0,
    }))
}

/// How much text the first block looks back at, by its header (xz-file-format.txt, 3.1 and 5.3.1):
/// its last filter is LZMA2, whose only property is the size of a dictionary.
fn dictionary_bytes(headers: &[u8]) -> Option<u64> {
    let block = headers.get(12..)?;
    let header_bytes = (usize::from(*block.first()?) + 1) * 4;
    let header = block.get(..header_bytes)?;
    let flags = *header.get(1)?;
    let mut at = 2;
    for is_present in [flags & 0x40 != 0, flags & 0x80 != 0] {
        if is_present {
            number(header, &mut at)?;
        }
    }
    for _ in 0..=flags & 3 {
        let filter = number(header, &mut at)?;
        let properties = usize::try_from(number(header, &mut at)?).ok()?;
        if filter == LZMA2 {
            return match *header.get(at)? {
                bits @ 0..40 => Some((2 | u64::from(bits & 1)) << (bits / 2 + 11)),
                40 => Some(u64::from(u32::MAX)),
                _ => None,
            };
        }
        at = at.checked_add(properties)?;
    }
    None
}

/// The number at `at`, seven bits in each byte (xz-file-format.txt, 1.2), which is passed over.
fn number(bytes: &[u8], at: &mut usize) -> Option<u64> {
    let mut number = 0;
    for shift in (0..63).step_by(7) {
        let byte = *bytes.get(*at)?;
        *at += 1;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

impl Member for Xz {
    fn read(&mut self, text: &mut [u8]) -> io::Result<usize> {
        if self.rest.is_empty() {
            self.rest = 0..self.reader.read(&mut self.piece)?;
        }
        let read = text.len().min(self.rest.len());
        text[..read].copy_from_slice(&self.piece[self.rest.start..][..read]);
        self.rest.start += read;
        Ok(read)
    }

    fn encoded(&mut self) -> &mut Encoded {
        self.reader.inner_mut()
    }

    fn into_encoded(self: Box<Self>) -> Encoded {
        self.reader.into_inner()
    }
}
