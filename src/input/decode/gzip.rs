//! gzip (RFC 1952), by flate2 with zlib-rs: its header, its checksum and its length are checked at
//! the end of each member.

use std::io::{self, Read};

use flate2::bufread::GzDecoder;

use super::{Codec, Encoded, Member};
use crate::input::format::Format;

pub(super) const CODEC: Codec = Codec {
    format: Format::Gzip,
    magic: b"\x1f\x8b\x08",
    // No reserved flag, and what compressors write of their level and of the system (RFC 1952, 2.3.1).
    begins: |head| {
        matches!(head, [0x1f, 0x8b, 8, 0..0x20, _, _, _, _, 0 | 2 | 4, 0..=13 | 255, ..])
    },
    // Its window has 32 KiB, always.
    begin: |encoded, _| Ok(Box::new(Gzip(GzDecoder::new(encoded)))),
};

struct Gzip(GzDecoder<Encoded>);

impl Member for Gzip {
    fn read(&mut self, text: &mut [u8]) -> io::Result<usize> {
        self.0.read(text)
    }

    fn encoded(&mut self) -> &mut Encoded {
        self.0.get_mut()
    }

    fn into_encoded(self: Box<Self>) -> Encoded {
        self.0.into_inner()
    }
}
