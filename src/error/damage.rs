//! Why compressed data could not be decoded to its end.

use std::fmt;

/// Why compressed data could not be decoded to its end, and which of its text can be relied on.
///
/// All text before [`Damage::complete_to`] has been searched.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Damage {
    /// What is wrong.
    pub kind: DamageKind,
    /// How many bytes of text could be decoded. The text ends there.
    pub complete_to: u64,
    /// How many of these bytes were confirmed by checksums. Behind them nobody knows whether the
    /// text is what was compressed.
    pub checked_to: u64,
}

/// What is wrong with compressed data.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DamageKind {
    /// The data ends too early. That happens when a program is killed while it compresses.
    CutShort,
    /// The data is not what a compressor writes, or a checksum does not fit.
    Damaged {
        /// What the decoder said.
        reason: String,
    },
    /// Something else follows the compressed data.
    Trailing {
        /// Where in the file the other data begins.
        file_offset: u64,
    },
    /// Decoding needs more memory than is allowed.
    TooLarge {
        /// How many bytes of text the decoder would have to keep.
        window_bytes: u64,
        /// How many bytes the decoder may keep: see
        /// [`Source::window_max`](crate::Source::window_max).
        window_bytes_max: u64,
    },
    /// It was compressed with a dictionary, which lies in another file.
    NeedsDictionary {
        /// The number by which the data calls the dictionary; 0 if it does not say.
        dictionary: u32,
    },
    /// The file could not be read.
    Unreadable {
        /// The first byte of the file that could not be read.
        file_offset: u64,
        /// What the system said.
        reason: String,
    },
}

impl Damage {
    /// Returns the same damage for text that begins `text_bytes` later.
    pub(crate) fn behind(mut self, text_bytes: u64) -> Damage {
        self.complete_to += text_bytes;
        self.checked_to += text_bytes;
        self
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Damage {
            kind,
            complete_to,
            checked_to,
        } = self;
        match kind {
            DamageKind::CutShort => {
                write!(
                    f,
                    "cut short: complete up to byte {complete_to} of the text"
                )?;
                write_unchecked(f, *checked_to, *complete_to)
            }
            DamageKind::Damaged { reason } => write!(
                f,
                "damaged ({reason}): the text ends at byte {complete_to}, and is not to be trusted from \
                 byte {checked_to} on"
            ),
            DamageKind::Trailing { file_offset } => write!(
                f,
                "from byte {file_offset} of the file on it is no compressed data, which was not searched; \
                 the text before is complete, {complete_to} bytes"
            ),
            DamageKind::TooLarge {
                window_bytes,
                window_bytes_max,
            } => write!(
                f,
                "decoding takes a window of {}, and {} are allowed; --max-window {} allows it",
                size(*window_bytes),
                size(*window_bytes_max),
                size(*window_bytes)
                    .replace(" MiB", "M")
                    .replace(" KiB", "K"),
            ),
            DamageKind::NeedsDictionary { dictionary } => {
                write!(f, "it was compressed with a dictionary")?;
                if *dictionary != 0 {
                    write!(f, " (number {dictionary})")?;
                }
                write!(
                    f,
                    ", which logscan does not read: the text ends at byte {complete_to}; \
                     the program that compressed it reads it with -D, into a pipe"
                )
            }
            DamageKind::Unreadable {
                file_offset,
                reason,
            } => {
                write!(
                    f,
                    "cannot be read at byte {file_offset} of the file: {reason}; complete up to byte \
                     {complete_to} of the text"
                )?;
                write_unchecked(f, *checked_to, *complete_to)
            }
        }
    }
}

impl std::error::Error for Damage {}

fn write_unchecked(f: &mut fmt::Formatter<'_>, from: u64, to: u64) -> fmt::Result {
    match from < to {
        true => write!(f, ", from byte {from} on without its checksum"),
        false => Ok(()),
    }
}

fn size(bytes: u64) -> String {
    match bytes.is_multiple_of(1 << 20) {
        true => format!("{} MiB", bytes >> 20),
        false => format!("{} KiB", bytes.div_ceil(1 << 10)),
    }
}
