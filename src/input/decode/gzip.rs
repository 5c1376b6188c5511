//! Decodes gzip (RFC 1952), by flate2 with zlib-rs. The header, the checksum and the length are
//! checked at the end of each member.

use std::io;

use flate2::{Decompress, FlushDecompress, Status};

use super::{
    Codec,
    pushed::{Pulled, Push, Pushed},
};
use crate::{input::format::Format, line::to_usize};

/// The window of gzip has 2^15 bytes (RFC 1951, 2).
const WINDOW_BITS: u8 = 15;

pub(super) const CODEC: Codec = Codec {
    format: Format::Gzip,
    magic: b"\x1f\x8b\x08",
    // No reserved flag is set. The other bytes are those that compressors write for their level and
    // for the system (RFC 1952, 2.3.1).
    begins: |head| {
        matches!(
            head,
            [
                0x1f,
                0x8b,
                8,
                0..0x20,
                _,
                _,
                _,
                _,
                0 | 2 | 4,
                0..=13 | 255,
                ..
            ]
        )
    },
    begin: |encoded, _| {
        let decoder = Decompress::new_gzip(WINDOW_BITS);
        Ok(Box::new(Pulled::new(decoder, encoded)))
    },
    divide: |_, _| None,
};

impl Push for Decompress {
    fn push(&mut self, encoded: &[u8], text: &mut [u8]) -> Pushed {
        let (in_before, out_before) = (self.total_in(), self.total_out());
        let status = self.decompress(encoded, text, FlushDecompress::None);
        Pushed {
            consumed: to_usize(self.total_in() - in_before),
            written: to_usize(self.total_out() - out_before),
            ended: match status {
                Ok(Status::Ok | Status::BufError) => None,
                Ok(Status::StreamEnd) => Some(Ok(())),
                Err(error) => Some(Err(io::Error::other(reason(error.message())))),
            },
        }
    }
}

/// Returns what is wrong, in words. The library's words for other faults depend on the buffers too,
/// so they are not used.
fn reason(message: Option<&str>) -> &'static str {
    match message {
        Some(message) if message.contains(" check") => "a checksum does not fit",
        _ => "invalid data",
    }
}
