//! Recognises a log by its content. Names come to mean other files, and after a rotation inodes do
//! too.

use std::io;

use xxhash_rust::xxh3::xxh3_64;

use super::content::{Content, PROOF_BUFFER_BYTES, PROOF_BYTES};
use crate::{
    line::{to_u64, to_usize},
    sys::FileInfo,
};

/// What a log was like when it was searched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// The device, and the number of the file on it.
    pub id: [u64; 2],
    /// How many bytes the log had. It is 0 if the text is decoded, because nobody knows the length
    /// before that.
    pub length: u64,
    /// When the log was last written, in nanoseconds since 1970.
    pub modified_ns: u64,
    /// How many bytes at the start of the log were hashed: as many as there were, up to 4,096.
    pub head_bytes: u64,
    /// The XXH3-64 of these bytes.
    pub head_hash: u64,
}

impl Identity {
    /// Returns the identity of a log. `info` was taken when the log was opened.
    pub(crate) fn of(log: &Content, info: &FileInfo) -> io::Result<Identity> {
        let stamp = info.stamp();
        let head = log.head()?;
        Ok(Identity {
            id: info.id().numbers(),
            length: match log.is_decoded() {
                true => 0,
                false => stamp.length(),
            },
            modified_ns: stamp.modified_ns(),
            head_bytes: to_u64(head.len()),
            head_hash: xxh3_64(&head),
        })
    }

    /// Returns whether a log begins as the log did to which this identity belongs.
    pub(crate) fn is_head_of(&self, log: &Content) -> io::Result<bool> {
        Ok(hash(log, 0, self.head_bytes)? == Some(self.head_hash))
    }

    /// Returns whether two files have the same number on the same device.
    pub(crate) fn has_id_of(&self, other: &Identity) -> bool {
        self.id == other.id
    }
}

/// Returns the hash of the bytes before `offset`, or `None` if the log ends before that.
pub(crate) fn tail_hash(log: &Content, offset: u64) -> io::Result<Option<u64>> {
    let bytes = offset.min(PROOF_BYTES);
    hash(log, offset - bytes, bytes)
}

fn hash(log: &Content, offset: u64, bytes: u64) -> io::Result<Option<u64>> {
    let mut buffer = [0; PROOF_BUFFER_BYTES];
    let buffer = &mut buffer[..to_usize(bytes)];
    let read = log.read_at(buffer, offset)?;
    Ok((to_u64(read) == bytes).then(|| xxh3_64(buffer)))
}
