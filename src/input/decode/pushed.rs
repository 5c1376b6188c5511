//! Makes members of decoders into which bytes are pushed.
//!
//! The crates have readers too. If a call of a reader meets damage, the text that it has made
//! before is dropped. Then it would depend on the buffers how much of a damaged log can be
//! searched.

use std::io;

use super::{Encoded, Member};

/// A decoder that gets bytes.
pub(super) trait Push: Send {
    /// Decodes bytes from `encoded` into `text`, as many as the decoder likes.
    fn push(&mut self, encoded: &[u8], text: &mut [u8]) -> Pushed;
}

/// The result of one push.
pub(super) struct Pushed {
    /// How many bytes the decoder does not need again.
    pub(super) consumed: usize,
    /// How many bytes of text the decoder has written.
    pub(super) written: usize,
    /// `Some` if the member ends here, with the error, if there is one.
    pub(super) ended: Option<io::Result<()>>,
}

/// A member that is made of such a decoder.
pub(super) struct Pulled<P> {
    decoder: P,
    encoded: Encoded,
    /// The end that comes behind the text that has been returned.
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
