//! bzip2, by libbz2-rs: the checksum of each block is checked before the next, and that of a stream
//! at its end.

use std::io::{self, Read};

use bzip2::bufread::BzDecoder;

use super::{Codec, Encoded, Member};
use crate::input::format::Format;

pub(super) const CODEC: Codec = Codec {
    format: Format::Bzip2,
    magic: b"BZh",
    begins: |head| Format::of(head) == Some(Format::Bzip2),
    // It takes up to 4 MB, whatever the level.
    begin: |encoded, _| Ok(Box::new(Bzip2(BzDecoder::new(encoded)))),
};

struct Bzip2(BzDecoder<Encoded>);

impl Member for Bzip2 {
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
