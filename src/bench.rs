//! Inner parts of the engine, for `benches/`: no promise that they stay as they are.
#![doc(hidden)]

use std::{fs::File, io, ops::Range, path::Path};

use crate::{
    compare,
    error::Error,
    input::Cut,
    line::{self, Boundary, Cutter, TextUnit, to_u64},
    matcher::Matcher,
    scan::{self, Pieces, Workers},
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

/// Reads one byte of every cache line of a mapping of the file at `path`: no mapped search is
/// faster.
///
/// # Errors
/// [`Error::Open`], and [`Error::Refused`] if it cannot be mapped.
pub fn touch(path: &Path, threads: usize) -> Result<u64, Error> {
    compare::touch(path, &Workers::new(threads), None)
}

/// Reads the file at `path` into buffers, and nothing else: no search that reads is faster.
///
/// # Errors
/// [`Error::Open`] and [`Error::Read`].
pub fn copy(path: &Path, threads: usize) -> Result<u64, Error> {
    compare::copy(path, &Workers::new(threads), None)
}

/// Calls `work` with every piece of `0..length` from `threads` threads, each with a buffer of its
/// own and claiming the next piece; returns the sum.
///
/// # Errors
/// None of its own.
pub fn in_pieces(
    length: u64,
    threads: usize,
    work: impl Fn(&mut [u8], Range<u64>) -> u64 + Sync,
) -> Result<u64, Error> {
    let pieces = Pieces {
        length,
        piece_bytes: compare::CLAIM_BYTES,
        stop: None,
    };
    let work = |buffer: &mut Vec<u8>, range: Range<u64>| {
        buffer.resize(compare::BUFFER_BYTES, 0);
        work(buffer, range)
    };
    let add = |sum: &mut u64, part: u64| *sum += part;
    scan::in_pieces(&Workers::new(threads), &pieces, 0, work, add)
}

/// Counts the LFs in `bytes`.
pub fn count_newlines(bytes: &[u8]) -> u64 {
    line::newlines(bytes)
}

/// Cuts `bytes` into chunks and returns how many bytes these own together: all of them.
pub fn cut_chunks(bytes: &[u8], chunk_bytes: u64) -> u64 {
    let length = to_u64(bytes.len());
    let cut = Cut {
        text_start: 0,
        range: 0..length,
        length,
        chunk_bytes,
        cutter: Cutter {
            boundary: Boundary::LF,
            unit: TextUnit::Line,
            max_line_bytes: scan::MAX_LINE_BYTES,
        },
    };
    (0..cut.count())
        .map(|nth| cut.slice(nth, bytes).length)
        .sum()
}

/// Searches `bytes` as one chunk, as a worker does, and returns the number of hits.
pub fn search_chunk(matcher: &Matcher, bytes: &[u8], line_numbers: bool) -> u64 {
    scan::search_one_chunk(matcher, bytes, line_numbers)
}
