//! A place in a log where a search may go on, as it is kept on a board.

use std::io;

use crate::input::{Content, Identity, tail_hash};

/// A place in a log where a search may go on, as it is kept on a board.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Saved {
    /// The number of the checkpoint, from 1 on.
    pub sequence: u64,
    /// Every line before it has been searched, and its results were delivered.
    pub offset: u64,
    /// A place at or before `offset` whose number of lines before it is known. Lines are counted
    /// only when somebody wants their numbers.
    pub numbered_at: u64,
    /// How many lines are before [`Saved::numbered_at`].
    pub numbered_lines: u64,
    /// How many hits there were, in all scans that went on from each other.
    pub hits: u64,
    /// The identity of the log.
    pub identity: Identity,
    /// XXH3-64 of the up to 4,096 bytes before `offset`.
    pub tail_hash: u64,
    /// When the checkpoint was made, in nanoseconds since 1970.
    pub saved_wall_ns: u64,
}

impl Saved {
    /// Returns whether a log holds what was searched. It is the same log, or a copy of it,
    /// compressed or not, and may have grown.
    pub(super) fn is_of(&self, log: &Content) -> io::Result<bool> {
        let is_head = self.identity.is_head_of(log)?;
        Ok(is_head && tail_hash(log, self.offset)? == Some(self.tail_hash))
    }

    /// Returns whether the log can be recognised by anything but its file number.
    pub(super) fn has_proof(&self) -> bool {
        self.identity.head_bytes > 0
    }
}
