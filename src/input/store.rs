//! Where the bytes of a text of known length are, and how one gets at them.
//!
//! A new kind of store is one more variant, and what each function here does for it.

use std::{fs::File, io, ops::Range};

use crate::{
    line::{to_u64, to_usize},
    sys::{self, PrivateMap},
};

/// Bytes by their offset.
#[derive(Debug)]
pub(crate) enum Store {
    /// The descriptor is kept to ask for the length, and to read what the mapping lost: by its name
    /// one would get another file after a rotation.
    Mapped(PrivateMap, File),
    /// Read by position.
    Read(File),
    /// Nobody else can change them.
    Memory(Vec<u8>),
}

impl Store {
    /// The bytes where they lie in memory, if they do and are all there as far as is known.
    pub(super) fn bytes_in_memory(&self) -> Option<&[u8]> {
        match self {
            Store::Mapped(map, _) if map.lost_from().is_none() => Some(map.bytes()),
            Store::Memory(bytes) => Some(bytes),
            Store::Mapped(..) | Store::Read(_) => None,
        }
    }

    /// The bytes of a mapping.
    #[cfg(feature = "compare")]
    pub(super) fn mapping(&self) -> Option<&[u8]> {
        match self {
            Store::Mapped(map, _) => Some(map.bytes()),
            Store::Read(_) | Store::Memory(_) => None,
        }
    }

    pub(super) fn is_mapped(&self) -> bool {
        matches!(self, Store::Mapped(..))
    }

    /// The open file, if there is one.
    pub(super) fn file(&self) -> Option<&File> {
        match self {
            Store::Mapped(_, file) | Store::Read(file) => Some(file),
            Store::Memory(_) => None,
        }
    }

    /// From where on a mapping has lost bytes, by the faults it took.
    pub(super) fn lost_from(&self) -> Option<u64> {
        match self {
            Store::Mapped(map, _) => map.lost_from().map(to_u64),
            Store::Read(_) | Store::Memory(_) => None,
        }
    }

    /// Gives the pages of a mapping back.
    pub(super) fn release(&self, range: Range<u64>) {
        if let Store::Mapped(map, _) = self {
            map.release(to_usize(range.start)..to_usize(range.end));
        }
    }

    /// Fills `buffer` from `offset`, which counts from `origin` in a file; less only at the end. A
    /// mapping is not looked at: what it lost could not be told from zeros.
    pub(super) fn read_at(&self, buffer: &mut [u8], origin: u64, offset: u64) -> io::Result<usize> {
        match self {
            Store::Mapped(_, file) | Store::Read(file) => {
                sys::read_at(file, buffer, origin + offset)
            }
            Store::Memory(bytes) => {
                let start = to_usize(offset).min(bytes.len());
                let n = buffer.len().min(bytes.len() - start);
                buffer[..n].copy_from_slice(&bytes[start..start + n]);
                Ok(n)
            }
        }
    }
}
