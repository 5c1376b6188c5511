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
    begin: |encoded, _| Ok(Box::new(Lz4(FrameDecoder::new(encoded)))),
    divide: |_| None,
};

struct Lz4(FrameDecoder<Encoded>);

impl Member for Lz4 {
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
