//! Zstandard (RFC 8878), by the library of its authors: a frame's checksum, if it has one, is
//! checked at its end. A skippable frame is a member without text.

use std::io::{self, Read};

use zstd::stream::read::Decoder;

use super::{Codec, Encoded, Member};
use crate::{error::DamageKind, input::format::Format};

/// How many bytes a frame header has at most (RFC 8878, 3.1.1.1).
const HEADER_BYTES_MAX: usize = 18;

pub(super) const CODEC: Codec = Codec {
    format: Format::Zstd,
    magic: b"\x28\xb5\x2f\xfd",
    begins: |head| head.starts_with(CODEC.magic),
    begin,
};

struct Zstd(Decoder<'static, Encoded>);

fn begin(mut encoded: Encoded, window_bytes_max: u64) -> Result<Box<dyn Member>, DamageKind> {
    let window_bytes = window_bytes(encoded.peek(HEADER_BYTES_MAX)).unwrap_or(0);
    if window_bytes > window_bytes_max {
        return Err(DamageKind::TooLarge {
            window_bytes,
            window_bytes_max,
        });
    }
    let damaged = |error: io::Error| DamageKind::Damaged {
        reason: error.to_string(),
    };
    let mut decoder = Decoder::with_buffer(encoded)
        .map_err(damaged)?
        .single_frame();
    // The library knows limits as powers of two only; what is allowed has just been looked at.
    let log = window_bytes.max(1).next_power_of_two().ilog2().max(27);
    decoder.window_log_max(log).map_err(damaged)?;
    Ok(Box::new(Zstd(decoder)))
}

/// How much text a frame looks back at, by its header (RFC 8878, 3.1.1.1); none if it is skippable
/// or cut.
fn window_bytes(header: &[u8]) -> Option<u64> {
    let (descriptor, behind) = header.strip_prefix(CODEC.magic)?.split_first()?;
    let is_single_segment = descriptor & 0x20 != 0;
    if !is_single_segment {
        let window = *behind.first()?;
        let base = 1u64 << (10 + (window >> 3));
        return Some(base + base / 8 * u64::from(window & 7));
    }
    // It keeps all of its text, whose length stands behind the dictionary's number.
    let dictionary_bytes = [0, 1, 2, 4][usize::from(descriptor & 3)];
    let length = behind.get(dictionary_bytes..)?;
    Some(match descriptor >> 6 {
        0 => u64::from(*length.first()?),
        1 => u64::from(u16::from_le_bytes(*length.first_chunk()?)) + 256,
        2 => u64::from(u32::from_le_bytes(*length.first_chunk()?)),
        _ => u64::from_le_bytes(*length.first_chunk()?),
    })
}

impl Member for Zstd {
    fn read(&mut self, text: &mut [u8]) -> io::Result<usize> {
        match self.0.read(text) {
            // The end of a frame may come behind its last text.
            Ok(0) => self.0.finish_frame().map(|()| 0),
            read => read,
        }
    }

    fn encoded(&mut self) -> &mut Encoded {
        self.0.get_mut()
    }

    fn into_encoded(self: Box<Self>) -> Encoded {
        self.0.finish()
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
    }
}
