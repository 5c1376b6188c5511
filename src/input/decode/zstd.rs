//! Decodes Zstandard (RFC 8878), by the library of its authors. If a frame has a checksum, it is
//! checked at the end of the frame. A skippable frame is a member without text.

use std::io;

use zstd::{
    stream::raw::{Decoder, InBuffer, Operation, OutBuffer},
    zstd_safe::DParameter,
};

use super::{
    Codec, Encoded, Member,
    pushed::{Pulled, Push, Pushed},
};
use crate::{error::DamageKind, input::format::Format};

/// How many bytes a frame header has at most (RFC 8878, 3.1.1.1).
const HEADER_BYTES_MAX: usize = 18;

pub(super) const CODEC: Codec = Codec {
    format: Format::Zstd,
    magic: b"\x28\xb5\x2f\xfd",
    begins: |head| head.starts_with(CODEC.magic),
    begin,
    divide: |_, _| None,
};

struct Zstd {
    decoder: Decoder<'static>,
    /// How many bytes the library wants next: up to the end of a block. It gets no more, because it
    /// drops the text of all bytes that it got in a call when it meets damage.
    wanted: usize,
    /// Whether there may be text for which there was no room. It is fetched first, for the same
    /// reason.
    may_hold_text: bool,
}

fn begin(mut encoded: Encoded, window_bytes_max: u64) -> Result<Box<dyn Member>, DamageKind> {
    let header = encoded.peek(HEADER_BYTES_MAX);
    if let Some(dictionary) = dictionary(header).filter(|&dictionary| dictionary != 0) {
        return Err(DamageKind::NeedsDictionary { dictionary });
    }
    let window_bytes = window_bytes(header).unwrap_or(0);
    if window_bytes > window_bytes_max {
        return Err(DamageKind::TooLarge {
            window_bytes,
            window_bytes_max,
        });
    }
    let damaged = |error: io::Error| DamageKind::Damaged {
        reason: error.to_string(),
    };
    let mut decoder = Decoder::new().map_err(damaged)?;
    // The library knows limits only as powers of two. The exact limit has just been checked.
    let log = window_bytes.max(1).next_power_of_two().ilog2().max(27);
    decoder
        .set_parameter(DParameter::WindowLogMax(log))
        .map_err(damaged)?;
    let wanted = CODEC.magic.len() + 1;
    Ok(Box::new(Pulled::new(
        Zstd {
            decoder,
            wanted,
            may_hold_text: false,
        },
        encoded,
    )))
}

/// Returns how many bytes of text a frame looks back at, by its header (RFC 8878, 3.1.1.1). Returns
/// `None` if the frame is skippable or cut.
fn window_bytes(header: &[u8]) -> Option<u64> {
    let (descriptor, behind) = header.strip_prefix(CODEC.magic)?.split_first()?;
    let is_single_segment = descriptor & 0x20 != 0;
    if !is_single_segment {
        let window = *behind.first()?;
        let base = 1u64 << (10 + (window >> 3));
        return Some(base + base / 8 * u64::from(window & 7));
    }
    // The decoder keeps all text of the frame. The length of that text stands behind the number of
    // the dictionary.
    let dictionary_bytes = [0, 1, 2, 4][usize::from(descriptor & 3)];
    let length = behind.get(dictionary_bytes..)?;
    Some(match descriptor >> 6 {
        0 => u64::from(*length.first()?),
        1 => u64::from(u16::from_le_bytes(*length.first_chunk()?)) + 256,
        2 => u64::from(u32::from_le_bytes(*length.first_chunk()?)),
        _ => u64::from_le_bytes(*length.first_chunk()?),
    })
}

/// Returns the number of the dictionary with which a frame was made, or 0 if it needs none or does
/// not name one (RFC 8878, 3.1.1.1.3). Returns `None` if the frame is skippable or cut.
fn dictionary(header: &[u8]) -> Option<u32> {
    let (descriptor, behind) = header.strip_prefix(CODEC.magic)?.split_first()?;
    let is_single_segment = descriptor & 0x20 != 0;
    let number = behind.get(usize::from(!is_single_segment)..)?;
    Some(match descriptor & 3 {
        0 => 0,
        1 => u32::from(*number.first()?),
        2 => u32::from(u16::from_le_bytes(*number.first_chunk()?)),
        _ => u32::from_le_bytes(*number.first_chunk()?),
    })
}

impl Push for Zstd {
    fn push(&mut self, encoded: &[u8], text: &mut [u8]) -> Pushed {
        let given = match self.may_hold_text {
            true => 0,
            false => encoded.len().min(self.wanted.max(1)),
        };
        let mut from = InBuffer::around(&encoded[..given]);
        let mut to = OutBuffer::around(&mut *text);
        let ran = self.decoder.run(&mut from, &mut to);
        let written = to.pos();
        self.may_hold_text = written == text.len();
        Pushed {
            consumed: from.pos(),
            written,
            ended: match ran {
                Ok(0) => Some(Ok(())),
                Ok(wanted) => {
                    self.wanted = wanted;
                    None
                }
                Err(error) => Some(Err(error)),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_stands_in_the_header_of_a_frame() {
        let window = |behind: &[u8]| window_bytes(&[CODEC.magic, behind].concat());
        assert_eq!(window(&[0, 0x70]), Some(1 << 24));
        assert_eq!(window(&[0, 0x71]), Some((1 << 24) + (1 << 21)));
        assert_eq!(window(&[0x20, 9]), Some(9));
        assert_eq!(window(&[0x60, 1, 1]), Some(257 + 256));
        assert_eq!(window(&[0xa1, 7, 0, 0, 0, 1]), Some(1 << 24));
        assert_eq!(window(&[0xe0, 0, 0, 0, 0, 1, 0, 0, 0]), Some(1 << 32));
        assert_eq!(window(&[0xe0, 0, 0]), None);
        assert_eq!(window(&[]), None);
        let dictionary = |behind: &[u8]| dictionary(&[CODEC.magic, behind].concat());
        assert_eq!(dictionary(&[0, 0x70]), Some(0));
        assert_eq!(dictionary(&[1, 0x70, 9]), Some(9));
        assert_eq!(dictionary(&[0x22, 9, 1]), Some(265));
        assert_eq!(dictionary(&[3, 0x70, 4, 3, 2, 1]), Some(0x0102_0304));
        assert_eq!(dictionary(&[3, 0x70, 4, 3, 2]), None);
        assert_eq!(dictionary(&[]), None);
    }
}
