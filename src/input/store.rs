//! The bytes of a text of known length, and the ways to them.
//!
//! A new kind of store is one more variant, and one more arm in each function here.

use std::{fs::File, io, ops::Range};

use crate::{
    line::{to_u64, to_usize},
    sys::{self, PrivateMap},
};

/// Bytes that are found by their offset.
#[derive(Debug)]
pub(crate) enum Store {
    /// A mapping. The descriptor is kept to ask for the length, and to read what the mapping lost.
    /// After a rotation the name would lead to another file.
    Mapped(PrivateMap, File),
    /// A file that is read by position.
    Read(File),
    /// Bytes in memory, which nobody else can change.
    Memory(Vec<u8>),
}

impl Store {
    /// Returns the bytes where they lie in memory, if they do, and if they are all there as far as
    /// is known.
    pub(super) fn bytes_in_memory(&self) -> Option<&[u8]> {
        match self {
            Store::Mapped(map, _) if map.lost_from().is_none() => Some(map.bytes()),
            Store::Memory(bytes) => Some(bytes),
            Store::Mapped(..) | Store::Read(_) => None,
        }
    }

    /// Returns the bytes of a mapping.
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

    /// Returns the open file, if there is one.
    pub(super) fn file(&self) -> Option<&File> {
        match self {
            Store::Mapped(_, file) | Store::Read(file) => Some(file),
            Store::Memory(_) => None,
        }
    }

    /// Returns the offset from which on a mapping has lost bytes, by the faults that it took.
    pub(super) fn lost_from(&self) -> Option<u64> {
        match self {
            Store::Mapped(map, _) => map.lost_from().map(to_u64),
            Store::Read(_) | Store::Memory(_) => None,
        }
    }

    /// Gives back the pages of a mapping.
    pub(super) fn release(&self, range: Range<u64>) {
        if let Store::Mapped(map, _) = self {
            map.release(to_usize(range.start)..to_usize(range.end));
        }
    }

    /// Fills `buffer` from `offset`, which counts from `origin` in a file. It is filled in part
    /// only at the end. A mapping is not looked at, because bytes that it lost could not be told
    /// from zeros.
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
