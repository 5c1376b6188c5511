//! Decodes text out of compressed data, whose format is told by its first bytes.
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
//! 1. The formats are a table, [`CODECS`]. A new format is one more line in it, and a file that
//!    makes a [`Member`] of its data.
//! 2. A crate decodes each member. This code adds what lies around members: where they begin, the
//!    zeros behind them, what follows the last one, and how much of the text can be trusted when a
//!    member is damaged.
//! 3. Memory is bounded by the buffer of [`Encoded`] and by the window that a member asks for.
//!    Above a limit the window is refused. The length of a member's text does not matter.

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

/// How many bytes of text a decoder may keep to look back at, unless a user sets another limit.
/// zstd itself has the same limit. Of the common tools, only `zstd --long=28` and more, and `xz`
/// with a dictionary of a user's choice, ask for more.
pub(super) const WINDOW_BYTES_MAX: u64 = 128 << 20;

/// How many bytes tell which kind of member begins. bzip2 needs the most, with its first block.
const MAGIC_BYTES: usize = 10;

/// Divides the members of a file. The number is how many bytes of text a decoder may keep.
type Divide = fn(&Arc<FileInput>, u64) -> Option<Box<dyn Division>>;

/// One way to compress.
struct Codec {
    format: Format,
    /// The bytes that a member always begins with. They find places where a file may be divided.
    /// [`Format`] tells what begins there.
    magic: &'static [u8],
    /// Returns whether a member may begin with these bytes, as far as they are looked at.
    begins: fn(&[u8]) -> bool,
    /// Begins to decode the member at which the bytes stand.
    begin: fn(Encoded, u64) -> Result<Box<dyn Member>, DamageKind>,
    /// The way to divide members of a file further, if there is one.
    divide: Divide,
}

/// A part into which a file is divided.
enum DividedPart {
    /// Blocks of a member, which can be decoded by themselves.
    Blocks(Box<dyn Member>),
    /// Whole members, up to the next part.
    #[cfg_attr(
        not(feature = "compressed"),
        expect(dead_code, reason = "only compressed formats have short members")
    )]
    Members,
}

/// Divides a file into parts that can be decoded by themselves. No decoder sees a whole member
/// then. So if a part fails, everything is decoded once more without a division.
///
/// Parts have at least [`ahead::UNIT_BYTES_MIN`] bytes where there are enough: each part is work
/// for a worker.
trait Division: Send {
    /// Returns where the next part begins. The first part begins where the file does. Parts leave
    /// nothing out: each ends where the next begins.
    fn next(&mut self) -> Option<u64>;

    /// Returns the part that begins at `start`, if [`Division::next`] has returned that place, and
    /// if all of the part is known.
    fn part(&mut self, start: u64) -> Option<DividedPart>;

    /// Returns whether the text of a part is right as far as it goes, if all parts before it are.
    /// Then the text need not wait until the part has ended.
    fn is_right_so_far(&self) -> bool {
        false
    }

    /// Gets all text of parts, in order, when it is taken. Checksums that go across parts need it.
    fn taken(&mut self, _: &[u8]) {}

    /// Returns whether the checksum fits that ends with the part at `start`. All of that part has
    /// been taken, and with it there were `_text_bytes` so far.
    fn ends_well(&mut self, _start: u64, _text_bytes: u64) -> bool {
        true
    }

    /// Returns whether a part that fails is known to be a part. Then nothing need be decoded again.
    fn is_final(&self) -> bool {
        false
    }
}

/// All formats that are decoded.
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

/// All formats that are decoded in a build without the crates for the others.
#[cfg(not(feature = "compressed"))]
static CODECS: [Codec; 2] = [utf16::LITTLE, utf16::BIG];

impl Codec {
    /// Returns the codec of `format`, if it is decoded.
    fn of(format: Format) -> Option<&'static Codec> {
        CODECS.iter().find(|codec| codec.format == format)
    }
}

impl Format {
    /// Returns whether data in this format is decoded before it is searched.
    pub(crate) fn is_decoded(self) -> bool {
        Codec::of(self).is_some()
    }
}

/// Returns the text of `file`, which is in `format`. Returns `None` if that format is not decoded.
pub(super) fn ahead(
    file: Arc<FileInput>,
    format: Format,
    window_bytes_max: u64,
) -> Option<DecodeAhead> {
    Codec::of(format).map(|codec| DecodeAhead::new(file, codec, window_bytes_max))
}

/// Returns a reader of the bytes of a file from `start` on.
pub(super) fn bytes_of(file: Arc<FileInput>, start: u64) -> Box<dyn Read + Send> {
    let range = start..file.length;
    Box::new(encoded::EncodedPart { file, range })
}

/// Returns a decoder of all members of `encoded`, the first of which is in `format`. Returns `None`
/// if that format is not decoded.
pub(super) fn whole(encoded: Encoded, format: Format, window_bytes_max: u64) -> Option<Decoder> {
    format
        .is_decoded()
        .then(|| Decoder::new(encoded, format, window_bytes_max))
}

/// A part of compressed data that ends by itself.
trait Member: Send {
    /// Decodes into `text`. Returns 0 at the end of the member.
    fn read(&mut self, text: &mut [u8]) -> io::Result<usize>;

    /// Returns the bytes that the member decodes.
    fn encoded(&mut self) -> &mut Encoded;

    /// Returns the bytes behind the member, when it has ended.
    fn into_encoded(self: Box<Self>) -> Encoded;

    /// Returns whether the end of the data ends the member, because nothing else does.
    fn ends_with_data(&self) -> bool {
        false
    }

    /// Returns whether the text can be relied on before the member has ended. It can if there is no
    /// checksum to wait for.
    fn is_checked(&self) -> bool {
        false
    }
}

/// A part of a member, which gets bytes as if it were a member by itself.
struct MemberPart {
    part: Box<dyn Member>,
    /// The bytes behind the part in the file.
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

/// The state of a decoder.
enum DecodeState {
    /// The decoder stands before a member, or behind the last one.
    Between(Encoded),
    Inside(Box<dyn Member>),
    /// The decoding has ended, by itself or with damage, before this position.
    Ended(Option<Damage>, u64),
}

/// The text of compressed data, member after member.
pub(super) struct Decoder {
    state: DecodeState,
    window_bytes_max: u64,
    /// The codec of the first member, if its bytes alone do not tell it.
    first: Option<&'static Codec>,
    /// A member that begins at or behind this position belongs to another decoder.
    until: Arc<AtomicU64>,
    /// Whether a member has been decoded. After that the data may end, or go on with zeros.
    begun: bool,
    /// How many bytes of text there were so far, and before the member in hand.
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
    /// Creates a decoder of all of `encoded`, which is in `format`.
    pub(super) fn new(encoded: Encoded, format: Format, window_bytes_max: u64) -> Decoder {
        let until = Arc::new(AtomicU64::new(u64::MAX));
        Decoder {
            first: Codec::of(format),
            ..Decoder::until(encoded, window_bytes_max, until)
        }
    }

    /// Creates a decoder of the members that begin before `until`, a position in `encoded`.
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

    /// Creates a decoder of one part of a member, and of nothing behind it.
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

    /// Decodes into `text`, which is not empty. Returns 0 at the end.
    ///
    /// # Errors
    /// The [`Damage`] of the data. All text before it has been returned.
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

    /// Returns where in the file the decoding has ended, once it has.
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
            // gzip data on tapes and xz streams are filled up with zeros.
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
        // UTF-16 behind compressed data does not belong to it.
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

/// Returns why a member gave no more text, or `None` if that was its end.
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
