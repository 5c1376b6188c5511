//! Opens inputs and reads their bytes.
//!
//! A regular file has two paths: *mapped* (no copy, page faults) and *read* (positional reads into
//! one reused buffer per worker). Both are scanned in parallel. Everything else is a *stream*: read
//! once, from front to back.
//!
//! ```text
//! Source         what users open: text or another Format, by its first bytes  source.rs, format.rs
//!   | split
//!   |-- Claims   what is still to claim: numbers of pieces, or what is read next   loader.rs
//!   '-- Loader   loads claims, reads text again, says what became of the file
//!         |-- FileInput    text whose length is known, in a Store                file.rs, holes.rs
//!         |     mapped | read by position | in memory                            store.rs
//!         '-- Stream                                                             stream.rs
//! Decoder, DecodeAhead     the text of compressed data, which a Stream takes     decode/
//! TextTransform  changes a text before it is searched, if somebody asks          transform.rs
//! Opening        opens one of several inputs: a small file as a whole            whole.rs
//! NoLog          tells by the first bytes which files are no logs                no_log.rs
//! folder         lists the files below a folder, in order                        folder.rs
//! OneLog         the files of one rotated log as one                             one_log.rs
//! rotation       finds the rotated files of a log, and their order               rotation.rs
//! Content        the content of a log, compressed or not                         content.rs
//! Identity       recognises a log                                                identity.rs
//! Archives       the members of an archive, each as a Source                     archive/
//! Chunk, Cut     the borders of pieces, so that each line is in one of them      chunk.rs
//! ```
//! No code outside this folder knows which kind of source there is. [`Loader`] has the questions
//! that can be asked.

mod archive;
mod chunk;
#[cfg(feature = "board")]
mod content;
mod decode;
mod file;
#[cfg(feature = "folders")]
pub mod folder;
mod format;
mod holes;
#[cfg(feature = "board")]
mod identity;
mod loader;
mod no_log;
mod one_log;
pub(crate) mod rotation;
mod source;
mod store;
mod stream;
mod transform;
mod whole;

#[cfg(feature = "triage")]
pub(crate) use self::archive::{inside_an_archive, name_in, too_many_files};
#[cfg(feature = "compare")]
pub(crate) use self::chunk::Cut;
#[cfg(all(test, feature = "compressed"))]
pub(crate) use self::decode::samples;
#[cfg(feature = "board")]
pub use self::identity::Identity;
pub(crate) use self::{
    archive::{ArchiveMember, ArchiveOptions, Archives, MemberUse, is_archive},
    chunk::{Buffers, Bytes, Chunk, Hole, Loaded, ReadError},
    loader::{Claimed, Claims, Loader, NextClaim, Split},
    source::{PathChoice, READ_CHUNK_BYTES},
    whole::{OpenedInput, Opening, no_log},
};
#[cfg(feature = "board")]
pub(crate) use self::{
    content::{Content, PROOF_BYTES, TextEnd},
    identity::tail_hash,
};
pub use self::{
    format::Format,
    no_log::NoLog,
    one_log::{OneLog, OneLogErrors},
    source::{Access, Decoding, ReadMode, Source},
    transform::{NamedEncoding, TextEncoding, TextTransform},
    whole::InputOrigin,
};
