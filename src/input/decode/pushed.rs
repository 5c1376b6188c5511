//! Decoders into which bytes are pushed, as members.
//!
//! The crates have readers too. Those drop the text that a call has made before it meets damage, so
//! how much of a damaged log can be searched would depend on the buffers.

use std::io;

use super::{Encoded, Member};

/// A decoder that is given bytes.
pub(super) trait Push: Send {
    /// Decodes from `encoded` into `text`, as much as it likes.
    fn push(&mut self, encoded: &[u8], text: &mut [u8]) -> Pushed;
}

/// What a decoder made of the bytes that it was given.
pub(super) struct Pushed {
    /// How many bytes it does not need again.
    pub(super) consumed: usize,
    /// How much text it has written.
    pub(super) written: usize,
    /// Whether the member ends here, or what is wrong.
    pub(super) ended: Option<io::Result<()>>,
}

/// A member out of such a decoder.
pub(super) struct Pulled<P> {
    decoder: P,
    encoded: Encoded,
    /// What comes behind the text that has been returned.
    ended: Option<io::Result<()>>,
}

impl<P> Pulled<P> {
    pub(super) fn new(decoder: P, encoded: Encoded) -> Pulled<P> {
        Pulled {
            decoder,
            encoded,
            ended: None,
        }
    }
}

impl<P: Push> Member for Pulled<P> {
    fn read(&mut self, text: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some(ended) = self.ended.take() {
                return ended.map(|()| 0);
            }
            let bytes = self.encoded.known();
            let is_last = bytes.is_empty();
            let Pushed {
                consumed,
                written,
                ended,
            } = self.decoder.push(bytes, text);
            self.encoded.pass(consumed);
            self.ended = ended;
            match self.ended {
                _ if written > 0 => return Ok(written),
                None if is_last && consumed == 0 => {
                    self.encoded.miss();
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                _ => {}
            }
        }
    }

    fn encoded(&mut self) -> &mut Encoded {
        &mut self.encoded
    }

    fn into_encoded(self: Box<Self>) -> Encoded {
        self.encoded
    }
}
