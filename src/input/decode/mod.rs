//! Text out of compressed data: what it is, is told by its first bytes.
//!
//! ```text
//! Encoded   the compressed bytes, of a file or of a stream          encoded.rs
//!   |
//! Member    one gzip member, zstd frame, xz stream, ...             gzip.rs, zstd.rs, xz.rs, bzip2.rs, lz4.rs
//!   |
//! Decoder   member after member, and what follows the last          this file
//!   |-- of a stream: read from front to back
//!   '-- of a file: DecodeAhead, units that workers decode at the same time    ahead.rs
//! ```
//! Several texts are joined to one by the same means: texts.rs.
//!
//! 1. The formats are a table, [`CODECS`]: a new one is one more line in it, and a file that makes
//!    a [`Member`] of it.
//! 2. A member is decoded by a crate. Ours is what lies around members: where they begin, zeros
//!    behind them, what follows the last, and how much of the text can be trusted when one is
//!    damaged.
//! 3. Memory is bounded by the window that a member asks for, which is refused above a limit, and
//!    by the buffer of [`Encoded`]. How much text a member has means nothing.

mod ahead;
#[cfg(feature = "compressed")]
mod bzip2;
mod encoded;
#[cfg(feature = "compressed")]
mod gzip;
mod handover;
#[cfg(feature = "compressed")]
mod lz4;
#[cfg(feature = "compressed")]
mod pushed;
mod texts;
mod utf16;
#[cfg(feature = "compressed")]
mod xz;
#[cfg(feature = "compressed")]
mod zstd;

use std::{
    io::{self, Read},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

pub(crate) use self::{ahead::DecodeJob, texts::TextReader};
pub(super) use self::{
    ahead::{DecodeAhead, ROOM_BYTES, Ready, TextPiece},
    encoded::Encoded,
    handover::{Giver, Taker, handover},
    texts::{JoinedText, TextError, joined},
};
use super::{file::FileInput, format::Format};
use crate::{
    error::{Damage, DamageKind, Reason},
    line::to_u64,
};

/// How much text a decoder may keep to look back at, unless told otherwise. It is what zstd itself
/// allows; of the common tools only `zstd --long=28` and more, and `xz` with a dictionary of its
/// own, ask for more.
pub(super) const WINDOW_BYTES_MAX: u64 = 128 << 20;

/// How many bytes tell which member begins: those of bzip2, with its first block.
const MAGIC_BYTES: usize = 10;

/// Divides the members of a file, for decoders that may keep so much text.
type Divide = fn(&Arc<FileInput>, u64) -> Option<Box<dyn Division>>;

/// One way to compress.
struct Codec {
    format: Format,
    /// The bytes that a member begins with, as far as they are always the same. They find where a
    /// file may be divided; [`Format`] tells what begins there.
    magic: &'static [u8],
    /// Whether a member may begin so, by as many bytes as are looked at.
    begins: fn(&[u8]) -> bool,
    /// Begins to decode the member that the bytes stand at.
    begin: fn(Encoded, u64) -> Result<Box<dyn Member>, DamageKind>,
    /// How members of a file are divided further, if they can be.
    divide: Divide,
}

/// What a file is divided into.
enum DividedPart {
    /// Blocks of a member, which are decoded by themselves.
    Blocks(Box<dyn Member>),
    /// Whole members, up to the next part.
    #[cfg_attr(
        not(feature = "compressed"),
        expect(dead_code, reason = "only compressed formats have short members")
    )]
    Members,
}

/// Parts of a file that are decoded by themselves. The decoder that has made something of all of a
/// member is not asked, so where one of them fails, all is decoded once more without.
///
/// Parts are at least [`ahead::UNIT_BYTES_MIN`] long where there is enough: each is work for a
/// worker.
trait Division: Send {
    /// Where the next part begins; the first is where the file does. Parts leave nothing out: one
    /// ends where the next begins.
    fn next(&mut self) -> Option<u64>;

    /// The part that begins at `start`, if [`Division::next`] has given that, and all of it is
    /// known.
    fn part(&mut self, start: u64) -> Option<DividedPart>;

    /// Whether the text of a part is right as far as it goes, if all parts before it are: then it
    /// need not wait until the part has ended.
    fn is_right_so_far(&self) -> bool {
        false
    }

    /// Is told all text of parts in order, when it is taken: for checksums that go across parts.
    fn taken(&mut self, _: &[u8]) {}

    /// Whether what ends with the part at `start`, all of which has been taken, is what a checksum
    /// says. With it there were `_text_bytes` so far.
    fn ends_well(&mut self, _start: u64, _text_bytes: u64) -> bool {
        true
    }

    /// Whether a part that fails is known to be one, so that nothing need be decoded again.
    fn is_final(&self) -> bool {
        false
    }
}

/// The ways to compress that are decoded.
#[cfg(feature = "compressed")]
static CODECS: [Codec; 7] = [
    gzip::CODEC,
    zstd::CODEC,
    xz::CODEC,
    bzip2::CODEC,
    lz4::CODEC,
    utf16::LITTLE,
    utf16::BIG,
];

/// The same, in a build without crates for the others.
#[cfg(not(feature = "compressed"))]
static CODECS: [Codec; 2] = [utf16::LITTLE, utf16::BIG];

impl Codec {
    /// The one of `format`, if it is decoded.
    fn of(format: Format) -> Option<&'static Codec> {
        CODECS.iter().find(|codec| codec.format == format)
    }
}

impl Format {
    /// Whether text is made of it before it is searched.
    pub(crate) fn is_decoded(self) -> bool {
        Codec::of(self).is_some()
    }
}

/// The text of `file`, which is of `format`; none if that is not decoded.
pub(super) fn ahead(
    file: Arc<FileInput>,
    format: Format,
    window_bytes_max: u64,
) -> Option<DecodeAhead> {
    Codec::of(format).map(|codec| DecodeAhead::new(file, codec, window_bytes_max))
}

/// The bytes of a file from `start` on, from front to back.
pub(super) fn bytes_of(file: Arc<FileInput>, start: u64) -> Box<dyn Read + Send> {
    let range = start..file.length;
    Box::new(encoded::EncodedPart { file, range })
}

/// All members of `encoded`, which begins with one of `format`; none if that is not decoded.
pub(super) fn whole(encoded: Encoded, format: Format, window_bytes_max: u64) -> Option<Decoder> {
    format
        .is_decoded()
        .then(|| Decoder::new(encoded, format, window_bytes_max))
}

/// A part of compressed data that ends by itself.
trait Member: Send {
    /// Decodes into `text`; 0 at the end of the member.
    fn read(&mut self, text: &mut [u8]) -> io::Result<usize>;

    /// The bytes that it decodes.
    fn encoded(&mut self) -> &mut Encoded;

    /// The bytes behind the member, when it has ended.
    fn into_encoded(self: Box<Self>) -> Encoded;

    /// Whether the end of the data ends it too, because nothing else does.
    fn ends_with_data(&self) -> bool {
        false
    }

    /// Whether its text can be relied on before it has ended: there is no checksum to wait for.
    fn is_checked(&self) -> bool {
        false
    }
}

/// A part of a member, which is one by itself in the bytes that it is given.
struct MemberPart {
    part: Box<dyn Member>,
    /// What is behind it in the file.
    behind: Encoded,
}

impl Member for MemberPart {
    fn read(&mut self, text: &mut [u8]) -> io::Result<usize> {
        self.part.read(text)
    }

    fn encoded(&mut self) -> &mut Encoded {
        self.part.encoded()
    }

    fn into_encoded(self: Box<Self>) -> Encoded {
        self.behind
    }

    fn is_checked(&self) -> bool {
        self.part.is_checked()
    }
}

/// Where the decoding is.
enum DecodeState {
    /// Before a member, or behind the last.
    Between(Encoded),
    Inside(Box<dyn Member>),
    /// It has ended, by itself or with damage. The bytes that it ended before are known.
    Ended(Option<Damage>, u64),
}

/// The text of compressed data, member after member.
pub(super) struct Decoder {
    state: DecodeState,
    window_bytes_max: u64,
    /// How the data begins, if its first bytes alone do not say so.
    first: Option<&'static Codec>,
    /// A member that begins there, or behind it, belongs to somebody else.
    until: Arc<AtomicU64>,
    /// Whether a member has been decoded: then the data may end, or go on with zeros.
    begun: bool,
    /// How much text there was so far, and before the member in hand.
    text_bytes: u64,
    checked_bytes: u64,
}

impl std::fmt::Debug for Decoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Decoder")
            .field("text_bytes", &self.text_bytes)
            .finish_non_exhaustive()
    }
}

impl Decoder {
    /// Decodes all of `encoded`, which is of `format`.
    pub(super) fn new(encoded: Encoded, format: Format, window_bytes_max: u64) -> Decoder {
        let until = Arc::new(AtomicU64::new(u64::MAX));
        Decoder {
            first: Codec::of(format),
            ..Decoder::until(encoded, window_bytes_max, until)
        }
    }

    /// Decodes the members that begin before `until`, a position in `encoded`.
    fn until(encoded: Encoded, window_bytes_max: u64, until: Arc<AtomicU64>) -> Decoder {
        Decoder {
            begun: encoded.position() > 0,
            state: DecodeState::Between(encoded),
            window_bytes_max,
            first: None,
            until,
            text_bytes: 0,
            checked_bytes: 0,
        }
    }

    /// Decodes one part of a member, and nothing behind it.
    fn of_part(part: Box<dyn Member>) -> Decoder {
        Decoder {
            begun: true,
            state: DecodeState::Inside(part),
            window_bytes_max: 0,
            first: None,
            until: Arc::new(AtomicU64::new(0)),
            text_bytes: 0,
            checked_bytes: 0,
        }
    }

    /// Decodes into `text`, which is not empty; 0 at the end.
    ///
    /// # Errors
    /// What is wrong. All text before it has been returned.
    pub(super) fn decode(&mut self, text: &mut [u8]) -> Result<usize, Damage> {
        loop {
            let state = std::mem::replace(&mut self.state, DecodeState::Ended(None, 0));
            match state {
                DecodeState::Ended(damage, at) => {
                    self.state = DecodeState::Ended(damage.clone(), at);
                    return damage.map_or(Ok(0), Err);
                }
                DecodeState::Between(encoded) => self.begin(encoded),
                DecodeState::Inside(mut member) => {
                    let read = member.read(text);
                    if let Ok(read @ 1..) = read {
                        self.text_bytes += to_u64(read);
                        if member.is_checked() {
                            self.checked_bytes = self.text_bytes;
                        }
                        self.state = DecodeState::Inside(member);
                        return Ok(read);
                    }
                    let ends_with_data = member.ends_with_data() && read.is_ok();
                    match what_ended(read, member.encoded()).filter(|_| !ends_with_data) {
                        None => {
                            self.begun = true;
                            self.checked_bytes = self.text_bytes;
                            self.state = DecodeState::Between(member.into_encoded());
                        }
                        Some(kind) => self.end(Some(kind), member.encoded().position()),
                    }
                }
            }
        }
    }

    /// Where in the file the decoding has ended, once it has.
    fn ended_at(&self) -> u64 {
        match &self.state {
            DecodeState::Ended(_, at) => *at,
            DecodeState::Between(_) | DecodeState::Inside(_) => u64::MAX,
        }
    }

    /// Begins the next member, or ends.
    fn begin(&mut self, mut encoded: Encoded) {
        let until = self.until.load(Ordering::Relaxed);
        if encoded.position() >= until {
            return self.end(None, encoded.position());
        }
        if self.begun {
            // gzip data on tapes, and xz streams, are filled up with zeros.
            encoded.pass_zeros();
        }
        let position = encoded.position();
        let format = Format::of(encoded.peek(MAGIC_BYTES));
        if let Some(failure) = encoded.failure() {
            return self.end(Some(failure), position);
        }
        if encoded.is_at_end() {
            return self.end(None, position);
        }
        if position >= until {
            return self.end(None, position);
        }
        // Behind compressed data there is no UTF-16 that belongs to it.
        let is_compressed = !matches!(format, Some(Format::Utf16Le | Format::Utf16Be));
        let codec = format.filter(|_| is_compressed).and_then(Codec::of);
        let Some(codec) = self.first.take().or(codec) else {
            let kind = DamageKind::Trailing {
                file_offset: position,
            };
            return self.end(Some(kind), position);
        };
        match (codec.begin)(encoded, self.window_bytes_max) {
            Ok(member) => self.state = DecodeState::Inside(member),
            Err(kind) => self.end(Some(kind), position),
        }
    }

    fn end(&mut self, kind: Option<DamageKind>, at: u64) {
        let damage = kind.map(|kind| Damage {
            kind,
            complete_to: self.text_bytes,
            checked_to: self.checked_bytes,
        });
        self.state = DecodeState::Ended(damage, at);
    }
}

/// Why a member gave no more text; `None` if that was its end.
fn what_ended(read: io::Result<usize>, encoded: &mut Encoded) -> Option<DamageKind> {
    if let Some(failure) = encoded.failure() {
        return Some(failure);
    }
    // No member asks for a byte behind its end.
    match read {
        _ if encoded.was_missed() => Some(DamageKind::CutShort),
        Ok(_) => None,
        Err(error) => Some(DamageKind::Damaged {
            reason: Reason(&error).to_string(),
        }),
    }
}

impl Read for Decoder {
    fn read(&mut self, text: &mut [u8]) -> io::Result<usize> {
        match text.is_empty() {
            true => Ok(0),
            false => self.decode(text).map_err(io::Error::other),
        }
    }
}

#[cfg(test)]
#[cfg(feature = "compressed")]
pub(crate) mod samples;
#[cfg(test)]
#[cfg(feature = "compressed")]
mod tests;
