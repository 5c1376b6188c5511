//! Measures the best that the machine can do with a file: how fast it can touch a mapping of the
//! file, and how fast it can read the file.
//!
//! Both run on the threads of the engine and claim pieces as a search claims chunks.
//! `benches/peers` uses them too.

use std::{hint::black_box, ops::Range, path::Path};

use crate::{
    error::Error,
    input::{ReadMode, Source},
    line::{to_u64, to_usize},
    scan::{Pieces, Workers, in_pieces},
    sys::{self, Stop},
};

/// How much a thread claims at a time: as much as a chunk of a mapped search.
pub(crate) const CLAIM_BYTES: u64 = 4 << 20;

/// How much is read at a time: it fits the L2 cache with room to spare.
pub(crate) const BUFFER_BYTES: usize = 256 << 10;

/// Every processor that logscan knows fetches at least this many bytes at a time.
const CACHE_LINE_BYTES: usize = 64;

/// Maps the file at `path` and looks at one byte of every cache line. Returns how many bytes it
/// has.
///
/// # Errors
/// [`Error::Open`], and [`Error::Refused`] if it cannot be mapped.
pub(crate) fn touch(path: &Path, workers: &Workers, stop: Option<&Stop>) -> Result<u64, Error> {
    // The bytes count as they are, whatever they are.
    let source = Source::open(path, ReadMode::Map)?.raw();
    let Some(bytes) = source.mapping() else {
        return Err(Error::Refused {
            path: path.into(),
            reason: format!("it cannot be mapped: {}", source.why()),
        });
    };
    let pieces = Pieces {
        length: to_u64(bytes.len()),
        piece_bytes: CLAIM_BYTES,
        stop,
    };
    let look = |_: &mut Vec<u8>, range: Range<u64>| -> u64 {
        let piece = &bytes[to_usize(range.start)..to_usize(range.end)];
        let lines = piece.iter().step_by(CACHE_LINE_BYTES);
        lines.map(|&byte| u64::from(byte)).sum()
    };
    let add = |sum: &mut u64, part: u64| *sum = sum.wrapping_add(part);
    black_box(in_pieces(workers, &pieces, 0, look, add)?);
    Ok(pieces.length)
}

/// Reads the file at `path` into a buffer for each thread, again and again. Returns how many bytes
/// there were.
///
/// # Errors
/// [`Error::Open`], and [`Error::Read`] if it cannot be read to its end.
pub(crate) fn copy(path: &Path, workers: &Workers, stop: Option<&Stop>) -> Result<u64, Error> {
    let (file, info) = sys::open(path).map_err(|source| Error::Open {
        path: path.into(),
        source,
    })?;
    let pieces = Pieces {
        length: info.length(),
        piece_bytes: CLAIM_BYTES,
        stop,
    };
    let read = |buffer: &mut Vec<u8>, range: Range<u64>| -> Result<u64, Error> {
        buffer.resize(BUFFER_BYTES, 0);
        let mut offset = range.start;
        while offset < range.end {
            let wanted = buffer.len().min(to_usize(range.end - offset));
            let failed = |source| Error::Read {
                path: path.into(),
                offset,
                source,
            };
            match sys::read_at(&file, &mut buffer[..wanted], offset).map_err(failed)? {
                0 => return Err(failed(std::io::ErrorKind::UnexpectedEof.into())),
                read => offset += to_u64(read),
            }
            black_box(&buffer);
        }
        Ok(range.end - range.start)
    };
    in_pieces(workers, &pieces, Ok(0), read, |sum, part| {
        let so_far = std::mem::replace(sum, Ok(0));
        *sum = so_far.and_then(|so_far| part.map(|part| so_far + part));
    })?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_limits_look_at_every_byte_whatever_the_number_of_threads() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        for length in [1, 63, 4096, to_usize(CLAIM_BYTES) * 2 + 7] {
            std::fs::write(&path, vec![b'x'; length]).unwrap();
            for threads in [1, 2, 7] {
                let workers = Workers::new(threads);
                assert_eq!(touch(&path, &workers, None).unwrap(), to_u64(length));
                assert_eq!(copy(&path, &workers, None).unwrap(), to_u64(length));
            }
        }
    }

    #[test]
    fn what_cannot_be_mapped_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        std::fs::write(&path, b"").unwrap();
        let error = touch(&path, &Workers::new(1), None).unwrap_err();
        assert!(error.to_string().contains("it cannot be mapped"), "{error}");
        assert!(copy(&folder.path().join("none"), &Workers::new(1), None).is_err());
    }
}
