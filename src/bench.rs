//! Inner parts of the engine, for `benches/`: no promise that they stay as they are.
#![doc(hidden)]

use std::{fs::File, io, path::Path};

use crate::{
    input::Cut,
    line::{self, to_u64},
    matcher::Matcher,
    scan,
    sys::PrivateMap,
};

/// A file mapped as the mapped path does it, to measure what the mapping alone costs.
#[derive(Debug)]
pub struct Mapping(PrivateMap);

impl Mapping {
    /// Maps the whole of the file at `path`.
    ///
    /// # Errors
    /// What open and mmap say.
    pub fn open(path: &Path) -> io::Result<Mapping> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        PrivateMap::open(&file, 0, length).map(Mapping)
    }

    /// The bytes of the file.
    pub fn bytes(&self) -> &[u8] {
        self.0.bytes()
    }
}

/// Counts the LFs in `bytes`.
pub fn count_newlines(bytes: &[u8]) -> u64 {
    line::newlines(bytes)
}

/// Cuts `bytes` into chunks and returns how many bytes these own together: all of them.
pub fn cut_chunks(bytes: &[u8], chunk_bytes: u64) -> u64 {
    let length = to_u64(bytes.len());
    let cut = Cut {
        range: 0..length,
        length,
        chunk_bytes,
        max_line_bytes: scan::MAX_LINE_BYTES,
    };
    (0..cut.count())
        .map(|nth| cut.slice(nth, bytes).length)
        .sum()
}

/// Searches `bytes` as one chunk, as a worker does, and returns the number of hits.
pub fn search_chunk(matcher: &Matcher, bytes: &[u8], line_numbers: bool) -> u64 {
    scan::search_one_chunk(matcher, bytes, line_numbers)
}
