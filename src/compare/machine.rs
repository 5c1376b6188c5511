//! Describes what the figures were measured on: the machine, the file system, the lines of the
//! file.

use std::{path::Path, thread};

use memchr::{memchr_iter, memrchr};
use serde::{Deserialize, Serialize};

use crate::{
    error::Error,
    line::{to_u64, to_usize},
    scan::{Pieces, Workers, in_pieces},
    sys::{self, Stop},
};

/// How much is read at a time to count lines: it stays in the L2 cache.
const LINES_PIECE_BYTES: u64 = 512 << 10;

/// A machine as its system describes it. What the system does not tell is "unknown".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// The model of the processor.
    pub cpu: String,
    /// How many threads run at the same time.
    pub cores: usize,
    /// How much memory there is.
    pub memory: String,
    /// The version of the kernel.
    pub kernel: String,
    /// The size of a page.
    pub page_bytes: usize,
    /// When the kernel uses huge pages for anonymous memory. For files that depends on the file
    /// system.
    pub huge_pages: String,
}

impl Machine {
    /// Describes this machine.
    pub fn describe() -> Machine {
        Machine {
            cpu: or_unknown(sys::processor()),
            cores: cores(),
            memory: format!("{} of memory", memory()),
            kernel: or_unknown(sys::kernel()),
            page_bytes: sys::page_bytes(),
            huge_pages: or_unknown(sys::huge_pages()),
        }
    }
}

/// Returns how many threads can run at the same time.
pub fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

fn memory() -> String {
    let gib = |bytes: u64| format!("{:.1} GiB", bytes as f64 / f64::from(1 << 30));
    or_unknown(sys::memory_bytes().map(gib))
}

fn or_unknown(known: Option<String>) -> String {
    known.unwrap_or_else(|| "unknown".into())
}

/// A file, by its size and its lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileFacts {
    /// The file's name as it was given.
    pub name: String,
    /// How many bytes the file has.
    pub bytes: u64,
    /// How many lines the file has.
    pub lines: u64,
    /// The length of the longest line, without its LF.
    pub longest_line_bytes: u64,
    /// The kind of file system that the file is on.
    pub file_system: String,
}

impl FileFacts {
    /// Reads the file at `path` once. If `stop` is requested, only the lines before that are
    /// counted.
    ///
    /// # Errors
    /// [`Error::Open`] and [`Error::Read`].
    pub(crate) fn of(path: &Path, workers: &Workers, stop: &Stop) -> Result<FileFacts, Error> {
        let (file, info) = sys::open(path).map_err(|source| Error::Open {
            path: path.into(),
            source,
        })?;
        let length = info.length();
        let pieces = Pieces {
            length,
            piece_bytes: LINES_PIECE_BYTES,
            stop: Some(stop),
        };
        let count = |buffer: &mut Vec<u8>, range: std::ops::Range<u64>| {
            buffer.resize(to_usize(range.end - range.start), 0);
            match sys::read_at(&file, buffer, range.start) {
                Ok(read) => Ok(Ends::of(&buffer[..read])),
                Err(source) => Err(Error::Read {
                    path: path.into(),
                    offset: range.start,
                    source,
                }),
            }
        };
        let begin = (Ends::default(), None);
        let join = |(all, failure): &mut (Ends, Option<Error>), ends| match ends {
            Ok(ends) => *all = all.followed_by(&ends),
            Err(error) => drop(failure.get_or_insert(error)),
        };
        let (ends, failure) = in_pieces(workers, &pieces, begin, count, join)?;
        if let Some(error) = failure {
            return Err(error);
        }
        Ok(FileFacts {
            name: path.to_string_lossy().into_owned(),
            bytes: length,
            lines: ends.lfs + u64::from(ends.open > 0),
            longest_line_bytes: ends.inner.max(ends.first).max(ends.open),
            file_system: or_unknown(sys::file_system(&file)),
        })
    }
}

/// The facts about the lines of a run of bytes that allow two runs to be joined.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Ends {
    lfs: u64,
    /// How many bytes are before the first LF; 0 if there is no LF.
    first: u64,
    /// The longest line between two LFs.
    inner: u64,
    /// How many bytes are behind the last LF; all of them if there is no LF.
    open: u64,
}

impl Ends {
    fn of(bytes: &[u8]) -> Ends {
        let Some(last) = memrchr(b'\n', bytes) else {
            return Ends {
                open: to_u64(bytes.len()),
                ..Ends::default()
            };
        };
        let mut ends = Ends {
            open: to_u64(bytes.len() - last - 1),
            ..Ends::default()
        };
        let mut start = 0;
        let mut inner = 0;
        for lf in memchr_iter(b'\n', bytes) {
            if ends.lfs == 0 {
                ends.first = to_u64(lf);
            } else {
                inner = inner.max(lf - start);
            }
            ends.lfs += 1;
            start = lf + 1;
        }
        ends.inner = to_u64(inner);
        ends
    }

    fn followed_by(&self, next: &Ends) -> Ends {
        match (self.lfs, next.lfs) {
            (_, 0) => Ends {
                open: self.open + next.open,
                ..*self
            },
            (0, _) => Ends {
                first: self.open + next.first,
                ..*next
            },
            _ => Ends {
                lfs: self.lfs + next.lfs,
                first: self.first,
                inner: self.inner.max(next.inner).max(self.open + next.first),
                open: next.open,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// Splits the bytes line by line. Returns how many lines there are, and the length of the
    /// longest.
    fn naive(bytes: &[u8]) -> (u64, u64) {
        let lines: Vec<&[u8]> = bytes.split_inclusive(|&byte| byte == b'\n').collect();
        let length = |line: &&[u8]| line.strip_suffix(b"\n").unwrap_or(line).len() as u64;
        (
            lines.len() as u64,
            lines.iter().map(length).max().unwrap_or(0),
        )
    }

    proptest::proptest! {
        #[test]
        fn lines_are_the_same_however_the_bytes_are_cut(
            log in proptest::collection::vec(proptest::sample::select(b"\n\nab".to_vec()), 0..60),
            piece in 1usize..9,
        ) {
            let pieces = log.chunks(piece).map(Ends::of);
            let all = pieces.fold(Ends::default(), |all, ends| all.followed_by(&ends));
            let longest = all.inner.max(all.first).max(all.open);
            let lines = all.lfs + u64::from(all.open > 0);
            proptest::prop_assert_eq!((lines, longest), naive(&log));
        }
    }

    #[test]
    fn the_facts_of_a_file_are_those_of_its_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let mut log = vec![b'x'; to_usize(LINES_PIECE_BYTES) + 5];
        log.extend_from_slice(b"\nshort\n\nlast");
        fs::write(&path, &log).unwrap();
        let facts = FileFacts::of(&path, &Workers::new(2), &Stop::new().unwrap()).unwrap();
        assert_eq!((facts.lines, facts.longest_line_bytes), naive(&log));
        assert_eq!(facts.bytes, log.len() as u64);
    }

    #[test]
    fn the_machine_is_described() {
        let machine = Machine::describe();
        assert!(machine.cores >= 1 && machine.page_bytes >= 4096);
    }
}
