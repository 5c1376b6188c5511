//! LZ4 frames (lz4_Frame_format.md), by lz4_flex: checksums of blocks and of the frame, where there
//! are any, are checked.

use std::io::{self, Read};

use lz4_flex::frame::FrameDecoder;

use super::{Codec, Encoded, Member};
use crate::input::format::Format;

pub(super) const CODEC: Codec = Codec {
    format: Format::Lz4,
    magic: b"\x04\x22\x4d\x18",
    begins: |head| head.starts_with(CODEC.magic),
    // A block has 4 MiB at most, and the decoder keeps one or two.
    begin: |mut encoded, _| {
        let is_legacy = encoded.peek(LEGACY_MAGIC.len()) == LEGACY_MAGIC;
        let decoder = FrameDecoder::new(encoded);
        Ok(Box::new(Lz4 { decoder, is_legacy }))
    },
    divide: |_, _| None,
};

/// What a frame of the legacy format begins with (lz4_Frame_format.md, "Legacy frame"). It has no
/// end mark, so one that is cut between two blocks is a shorter one.
const LEGACY_MAGIC: &[u8] = b"\x02\x21\x4c\x18";

struct Lz4 {
    decoder: FrameDecoder<Encoded>,
    is_legacy: bool,
}

impl Member for Lz4 {
    fn read(&mut self, text: &mut [u8]) -> io::Result<usize> {
        self.decoder.read(text)
    }

    fn encoded(&mut self) -> &mut Encoded {
        self.decoder.get_mut()
    }

    fn ends_with_data(&self) -> bool {
        self.is_legacy
    }

    fn into_encoded(self: Box<Self>) -> Encoded {
        self.decoder.into_inner()
    }
}
