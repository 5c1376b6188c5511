//! The layout of a board. The code is pure: it turns bytes and numbers into plain data and back.
//!
//! A board is 20,480 bytes: 2,560 numbers of 64 bits, in the byte order of the machine that wrote
//! it.
//!
//! | bytes | what |
//! |---|---|
//! | 0-511 | the header, written in one piece when a scan begins |
//! | 512-1023 | counters and the state, each a number that is read and written as a whole (`Relaxed` but for the state) |
//! | 1024-3071 | four checkpoints, each in 512 bytes of its own, the unit that disks write as a whole |
//! | 4096-20479 | 256 workers, each with 64 bytes of its own, the unit that cores exchange |
//!
//! Header, by index of the number:
//!
//! | number | what |
//! |---|---|
//! | 0 | the bytes `LOGSCANB` |
//! | 1 | 0x0102030405060708, to tell the byte order |
//! | 2, 3 | version of this layout (1), length of the board in bytes |
//! | 4 | process id, in the pid namespace of the scan |
//! | 5, 6 | boot id of the machine |
//! | 7, 8 | when the scan began: nanoseconds since 1970, and of CLOCK_MONOTONIC |
//! | 9, 10 | how many workers, how many inputs |
//! | 11 | 1 if checkpoints are kept, 0 if not |
//! | 12-19 | digest of the search, see [`Digest`] |
//! | 21, 22 | lengths of the two texts that follow |
//! | 24-43 | name of the first input, its last 160 bytes |
//! | 44-62 | the search, its first 152 bytes |
//! | 63 | XXH3-64 of the 504 bytes before |
//!
//! Counters, by index of the number:
//!
//! | number | what |
//! |---|---|
//! | 64 | bytes in all |
//! | 65 | bytes done |
//! | 66 | hits |
//! | 67, 68 | heartbeat, and begin of the input (CLOCK_MONOTONIC) |
//! | 69 | state |
//! | 70 | exit status |
//! | 71 | lines |
//! | 72 | notes |
//! | 73 | inputs done |
//!
//! A checkpoint, by index of the number in it:
//!
//! | number | what |
//! |---|---|
//! | 0 | number of the checkpoint, from 1 on |
//! | 1 | offset |
//! | 2, 3 | a place at or before the offset, and how many lines are before that place |
//! | 4 | hits so far |
//! | 5, 6, 7, 8 | device, inode, length and time of modification of the log |
//! | 9, 10 | how many bytes at the log's start identify it, and their XXH3-64 |
//! | 11 | XXH3-64 of the up to 4,096 bytes before the offset |
//! | 12 | when the checkpoint was made (nanoseconds since 1970) |
//! | 13 | XXH3-64 of the thirteen numbers before |
//!
//! Checkpoint k is in place k mod 2. The third and the fourth place get a copy in turns, at most
//! once a second and at the end, each copy before an msync. So a power cut, which may catch a page
//! half written, also leaves a whole checkpoint.

use std::ops::Range;

use xxhash_rust::xxh3::xxh3_64;

use super::{Digest, Identity, Saved};
use crate::line::{to_u64, to_usize};

/// The version of the layout that is written, and the newest that is read.
pub(super) const VERSION: u64 = 1;

const MAGIC: [u8; 8] = *b"LOGSCANB";
const BYTE_ORDER: u64 = 0x0102_0304_0506_0708;

/// The length of a board in bytes.
pub(super) const BOARD_BYTES: usize = WORDS * 8;
pub(super) const WORDS: usize = LANES_AT + LANES * LANE_WORDS;
/// The length of the header in bytes.
pub(super) const HEADER_BYTES: usize = 512;
/// The index of the first counter. The counters of [`Progress`](crate::Progress) come first, and
/// the board's own behind them.
pub(super) const COUNTERS_AT: usize = 64;
pub(super) const BYTES_TOTAL: usize = COUNTERS_AT;
pub(super) const BYTES_DONE: usize = COUNTERS_AT + 1;
pub(super) const HITS: usize = COUNTERS_AT + 2;
pub(super) const HEARTBEAT: usize = COUNTERS_AT + 3;
pub(super) const INPUT_BEGUN: usize = COUNTERS_AT + 4;
pub(super) const STATE: usize = COUNTERS_AT + 5;
pub(super) const EXIT_STATUS: usize = STATE + 1;
pub(super) const LINES: usize = STATE + 2;
pub(super) const NOTES: usize = STATE + 3;
pub(super) const INPUTS_DONE: usize = STATE + 4;
/// The indexes of the checkpoints: two that are written in turns, and two that are synced in turns.
pub(super) const SLOTS_AT: [usize; 4] = [128, 192, 256, 320];
pub(super) const SLOT_WORDS: usize = 14;
/// The index of the first worker's lane, in which it counts its bytes.
pub(super) const LANES_AT: usize = 512;
pub(super) const LANE_WORDS: usize = 8;
/// The number of lanes. Further workers count in the lanes of the first ones.
pub(super) const LANES: usize = 256;

const NAME: Range<usize> = 192..352;
const SEARCH: Range<usize> = 352..504;

/// What a scan says that it is doing. Whether the scan is still there is told by its lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BoardState {
    Running,
    Finished,
    Interrupted,
    Failed,
}

impl BoardState {
    const ALL: [BoardState; 4] = [
        BoardState::Running,
        BoardState::Finished,
        BoardState::Interrupted,
        BoardState::Failed,
    ];

    pub(super) fn number(self) -> u64 {
        match self {
            BoardState::Running => 1,
            BoardState::Finished => 2,
            BoardState::Interrupted => 3,
            BoardState::Failed => 4,
        }
    }

    pub(super) fn of(number: u64) -> Option<BoardState> {
        BoardState::ALL
            .into_iter()
            .find(|state| state.number() == number)
    }
}

/// The part of a board that does not change while a scan runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct BoardHeader {
    pub(super) process_id: u64,
    pub(super) boot_id: [u64; 2],
    /// In nanoseconds since 1970.
    pub(super) begun_wall_ns: u64,
    /// In nanoseconds of CLOCK_MONOTONIC.
    pub(super) begun_ns: u64,
    pub(super) workers: u64,
    pub(super) inputs: u64,
    pub(super) keeps_checkpoints: bool,
    pub(super) digest: Digest,
    pub(super) name: String,
    pub(super) search: String,
}

impl BoardHeader {
    pub(super) fn encode(&self) -> [u8; HEADER_BYTES] {
        let name = tail_of(&self.name, NAME.len());
        let search = head_of(&self.search, SEARCH.len());
        let mut words = vec![
            u64::from_ne_bytes(MAGIC),
            BYTE_ORDER,
            VERSION,
            to_u64(BOARD_BYTES),
            self.process_id,
            self.boot_id[0],
            self.boot_id[1],
            self.begun_wall_ns,
            self.begun_ns,
            self.workers,
            self.inputs,
            u64::from(self.keeps_checkpoints),
        ];
        words.extend(self.digest.parts());
        words.extend([0, to_u64(name.len()), to_u64(search.len())]);
        let mut bytes = [0; HEADER_BYTES];
        for (place, word) in bytes.chunks_exact_mut(8).zip(words) {
            place.copy_from_slice(&word.to_ne_bytes());
        }
        bytes[NAME][..name.len()].copy_from_slice(name.as_bytes());
        bytes[SEARCH][..search.len()].copy_from_slice(search.as_bytes());
        let (checked, checksum) = bytes.split_at_mut(HEADER_BYTES - 8);
        checksum.copy_from_slice(&xxh3_64(checked).to_ne_bytes());
        bytes
    }

    /// Reads a header. `file_bytes` is the length of the file.
    ///
    /// # Errors
    /// The reason why the bytes are no header, for people.
    pub(super) fn decode(bytes: &[u8], file_bytes: u64) -> Result<BoardHeader, String> {
        if !bytes.starts_with(&MAGIC) {
            return Err("it is not a board of logscan's".into());
        }
        let word = |at: usize| {
            let bytes = bytes.get(at * 8..at * 8 + 8)?;
            Some(u64::from_ne_bytes(bytes.try_into().ok()?))
        };
        let cut = || format!("it is cut short: it has only {file_bytes} bytes");
        let number = |at: usize| word(at).ok_or_else(cut);
        match number(1)? {
            BYTE_ORDER => {}
            order if order == BYTE_ORDER.swap_bytes() => {
                return Err("it was written on a machine with the other byte order".into());
            }
            _ => return Err(damaged("its byte order mark is wrong")),
        }
        let version = number(2)?;
        if version != VERSION {
            return Err(format!(
                "its layout has version {version}, and this logscan knows version {VERSION}"
            ));
        }
        if number(3)? != to_u64(BOARD_BYTES) {
            return Err(damaged("its length is wrong"));
        }
        if file_bytes < to_u64(BOARD_BYTES) || bytes.len() < HEADER_BYTES {
            return Err(cut());
        }
        if file_bytes > to_u64(BOARD_BYTES) {
            return Err(damaged("there is more behind its end"));
        }
        let checked = HEADER_BYTES - 8;
        if number(checked / 8)? != xxh3_64(&bytes[..checked]) {
            return Err(damaged("the checksum of its header is wrong"));
        }
        let digest: Vec<u64> = (12..20).filter_map(word).collect();
        let text = |range: Range<usize>, length: u64| {
            let length = to_usize(length.min(to_u64(range.len())));
            String::from_utf8_lossy(&bytes[range][..length]).into_owned()
        };
        Ok(BoardHeader {
            process_id: number(4)?,
            boot_id: [number(5)?, number(6)?],
            begun_wall_ns: number(7)?,
            begun_ns: number(8)?,
            workers: number(9)?,
            inputs: number(10)?,
            keeps_checkpoints: number(11)? == 1,
            digest: Digest::of_parts(&digest),
            name: text(NAME, number(21)?),
            search: text(SEARCH, number(22)?),
        })
    }
}

fn damaged(what: &str) -> String {
    format!("it is damaged: {what}")
}

/// Returns the first characters of `text`, as many as fit.
fn head_of(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len())).rfind(|&at| text.is_char_boundary(at));
    &text[..end.unwrap_or(0)]
}

/// Returns the last characters of `text`, as many as fit.
fn tail_of(text: &str, bytes: usize) -> &str {
    let start =
        (text.len().saturating_sub(bytes)..=text.len()).find(|&at| text.is_char_boundary(at));
    &text[start.unwrap_or(0)..]
}

impl Saved {
    pub(super) fn encode(&self) -> [u64; SLOT_WORDS] {
        let identity = &self.identity;
        let mut words = [
            self.sequence,
            self.offset,
            self.numbered_at,
            self.numbered_lines,
            self.hits,
            identity.id[0],
            identity.id[1],
            identity.length,
            identity.modified_ns,
            identity.head_bytes,
            identity.head_hash,
            self.tail_hash,
            self.saved_wall_ns,
            0,
        ];
        words[SLOT_WORDS - 1] = checksum(&words);
        words
    }

    /// Returns the checkpoint in these numbers, if it is a whole one.
    pub(super) fn decode(words: &[u64; SLOT_WORDS]) -> Option<Saved> {
        // The number of a checkpoint is neither 0 nor the largest that there is, and a line has at
        // least one byte.
        let is_whole = (1..u64::MAX).contains(&words[0])
            && words[SLOT_WORDS - 1] == checksum(words)
            && words[3] <= words[2]
            && words[2] <= words[1]
            && words[9] <= crate::input::PROOF_BYTES;
        is_whole.then(|| Saved {
            sequence: words[0],
            offset: words[1],
            numbered_at: words[2],
            numbered_lines: words[3],
            hits: words[4],
            identity: Identity {
                id: [words[5], words[6]],
                length: words[7],
                modified_ns: words[8],
                head_bytes: words[9],
                head_hash: words[10],
            },
            tail_hash: words[11],
            saved_wall_ns: words[12],
        })
    }
}

fn checksum(words: &[u64; SLOT_WORDS]) -> u64 {
    let bytes: Vec<u8> = words[..SLOT_WORDS - 1]
        .iter()
        .flat_map(|word| word.to_ne_bytes())
        .collect();
    xxh3_64(&bytes)
}

/// Returns the newest of the checkpoints that are whole.
pub(super) fn newest(load: impl Fn(usize) -> u64) -> Option<Saved> {
    SLOTS_AT
        .iter()
        .filter_map(|&at| read_slot(&load, at))
        .max_by_key(|saved| saved.sequence)
}

/// Returns which of the two synced places is written next: the one that does not hold the newer
/// checkpoint.
pub(super) fn next_synced(load: impl Fn(usize) -> u64) -> usize {
    let sequence = |at: usize| read_slot(&load, at).map_or(0, |saved| saved.sequence);
    match sequence(SLOTS_AT[2]) > sequence(SLOTS_AT[3]) {
        true => 3,
        false => 2,
    }
}

fn read_slot(load: impl Fn(usize) -> u64, at: usize) -> Option<Saved> {
    let mut words = [0; SLOT_WORDS];
    for (nth, word) in words.iter_mut().enumerate() {
        *word = load(at + nth);
    }
    Saved::decode(&words)
}

#[cfg(test)]
mod tests;
