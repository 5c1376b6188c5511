//! Which log it is: by what it holds, because names, and after a rotation inodes too, come to mean
//! other files.

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
    /// How many bytes it had; 0 if its text is decoded, as then nobody knows before it has been.
    pub length: u64,
    /// When it was last written, in nanoseconds since 1970.
    pub modified_ns: u64,
    /// How many bytes at its start were hashed: as many as there were, up to 4,096.
    pub head_bytes: u64,
    /// Their XXH3-64.
    pub head_hash: u64,
}

/// A place in a log where a search may go on, as it is kept on a board.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Saved {
    /// The number of the checkpoint, from 1 on.
    pub sequence: u64,
    /// Every line before it has been searched, and its results were delivered.
    pub offset: u64,
    /// A place at or before `offset`, and how many lines are before it: lines are counted when
    /// somebody wants numbers.
    pub numbered_at: u64,
    /// See [`Saved::numbered_at`].
    pub numbered_lines: u64,
    /// How many hits there were, in all scans that went on from each other.
    pub hits: u64,
    /// Which log it is.
    pub identity: Identity,
    /// XXH3-64 of the up to 4,096 bytes before `offset`.
    pub tail_hash: u64,
    /// When the checkpoint was made, in nanoseconds since 1970.
    pub saved_wall_ns: u64,
}

impl Identity {
    /// The identity of a log, of which `info` was taken when it was opened.
    pub(super) fn of(log: &Content, info: &FileInfo) -> io::Result<Identity> {
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

    /// Whether a log begins as the one did that this is of.
    pub(super) fn is_head_of(&self, log: &Content) -> io::Result<bool> {
        Ok(hash(log, 0, self.head_bytes)? == Some(self.head_hash))
    }

    /// Whether two files have the same number on the same device.
    pub(super) fn has_id_of(&self, other: &Identity) -> bool {
        self.id == other.id
    }
}

impl Saved {
    /// Whether a log holds what was searched: it is the same, or a copy of it, also compressed, and
    /// may have grown.
    pub(super) fn is_of(&self, log: &Content) -> io::Result<bool> {
        let is_head = self.identity.is_head_of(log)?;
        Ok(is_head && tail_hash(log, self.offset)? == Some(self.tail_hash))
    }

    /// Whether there is anything to recognise the log by but its number.
    pub(super) fn has_proof(&self) -> bool {
        self.identity.head_bytes > 0
    }
}

/// The hash of the bytes before `offset`; none if the log ends before.
pub(super) fn tail_hash(log: &Content, offset: u64) -> io::Result<Option<u64>> {
    let bytes = offset.min(PROOF_BYTES);
    hash(log, offset - bytes, bytes)
}

fn hash(log: &Content, offset: u64, bytes: u64) -> io::Result<Option<u64>> {
    let mut buffer = [0; PROOF_BUFFER_BYTES];
    let buffer = &mut buffer[..to_usize(bytes)];
    let read = log.read_at(buffer, offset)?;
    Ok((to_u64(read) == bytes).then(|| xxh3_64(buffer)))
}
