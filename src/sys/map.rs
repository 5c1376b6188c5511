//! A private read-only mapping of a file: it gives bytes without a copy, and gives pages back once
//! they have been scanned.

use std::{
    fs::File,
    io,
    ops::Range,
    time::{Duration, Instant},
};

use memmap2::{Mmap, MmapOptions};

use super::{
    guard::{Guarded, Protection},
    platform,
};
use crate::simd;

/// How much of a file each trial of a path looks at, at least and at most, and how many trials each
/// path has. In shorter trials the mapping seems slower than it is, because each trial pays for a
/// page of the page table.
const TRIAL_BYTES_MIN: usize = 512 << 10;
const TRIAL_BYTES_MAX: usize = 2 << 20;
const TRIALS: usize = 3;

/// All trials together look at no more than this part of the file, unless the trials would then be
/// too short.
const TRIED_PART: usize = 10;

/// A file that is mapped for reading, with MAP_PRIVATE where the system has it. It is unmapped on
/// drop. Once the mapping exists it needs no descriptor.
///
/// MAP_PRIVATE does not isolate from other writers: what they write into the file shows here. So
/// callers get bytes only, never `str`, and keep no fact that they derived from them. If the file
/// is cut short, bytes behind its new end read as zeros: see [`PrivateMap::lost_from`].
#[derive(Debug)]
pub(crate) struct PrivateMap {
    /// Fields are dropped in their order, so this one is dropped first: a mapping leaves the
    /// guard's table before it is unmapped.
    guarded: Guarded,
    map: Mmap,
}

impl PrivateMap {
    /// Maps `length` bytes of `file` from `origin`, which need not be a multiple of the page size.
    ///
    /// # Errors
    /// What mmap says (no mmap on this file system, not enough address space), a length that does
    /// not fit a usize (a file is never mapped in part), and too many mappings to guard them all.
    pub(crate) fn open(file: &File, origin: u64, length: u64) -> io::Result<PrivateMap> {
        let length = usize::try_from(length)
            .map_err(|_| io::Error::other("the file is larger than the address space"))?;
        let mut options = MmapOptions::new();
        options.offset(origin).len(length);
        // SAFETY: the mapping is private and read-only and nothing here writes through it. What we
        // cannot prove: another process may change the file, and these bytes with it; see the
        // type's doc for what follows.
        let map = unsafe { platform::map_private(&options, file) }?;
        let guarded =
            Guarded::new(map.as_ptr(), map.len(), Protection::ReadOnly).ok_or_else(|| {
                io::Error::other("no more mappings can be guarded against truncation")
            })?;
        Ok(PrivateMap { guarded, map })
    }

    /// Returns the bytes of the file, from the mapping's origin.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.map
    }

    /// Returns the index from which on bytes are lost, if a read met a byte that the file did not
    /// have. Bytes that were read before this call are what the file held up to there, and behind
    /// it there are zeros. Bytes between the file's new end and the end of that page are zeros too,
    /// and no fault tells: compare with the file's length as well.
    pub(crate) fn lost_from(&self) -> Option<usize> {
        self.guarded.lost_from()
    }

    /// Looks at some parts of the file through the mapping, and reads other parts from `file`, in
    /// which the mapping begins at `origin`. This takes one or two milliseconds if the file is in
    /// the cache. Trials touch every cache line, as a search does. They give the pages back, or
    /// read `read_bytes` at once, because less would stay in faster caches. Only the fastest trial
    /// of each path counts, so neither a disk nor another process decides.
    ///
    /// # Errors
    /// The error of a read.
    pub(crate) fn try_paths(
        &self,
        file: &File,
        origin: u64,
        read_bytes: usize,
    ) -> io::Result<PathTrial> {
        let mut buffer = vec![0; read_bytes];
        let mut trial = PathTrial {
            mapped: Duration::MAX,
            read: Duration::MAX,
        };
        let step = self.map.len() / (2 * TRIALS);
        let trial_bytes = (step / TRIED_PART).clamp(TRIAL_BYTES_MIN, TRIAL_BYTES_MAX);
        for nth in 0..2 * TRIALS {
            let start = step * nth;
            let part = start..(start + trial_bytes).min(self.map.len());
            let begun = Instant::now();
            if nth % 2 == 0 {
                std::hint::black_box(simd::count(&self.map[part.clone()], b'\n'));
                self.release(part);
                trial.mapped = trial.mapped.min(begun.elapsed());
            } else {
                for at in part.clone().step_by(read_bytes) {
                    let offset = origin + u64::try_from(at).expect("a usize is no longer");
                    let wanted = read_bytes.min(part.end - at);
                    let read = super::read_at(file, &mut buffer[..wanted], offset)?;
                    std::hint::black_box(simd::count(&buffer[..read], b'\n'));
                }
                trial.read = trial.read.min(begun.elapsed());
            }
        }
        Ok(trial)
    }

    /// Tells the kernel that the pages of `range` are no longer needed, so that resident memory
    /// stays flat. The pages stay in the page cache. Code that reads them again takes a page fault
    /// and sees the file's bytes.
    pub(crate) fn release(&self, range: Range<usize>) {
        if range.is_empty() {
            return;
        }
        // SAFETY: the mapping is private and nothing ever writes it.
        unsafe { platform::give_back(&self.map, range.start, range.len()) };
    }
}

/// How long it took to look at the same number of bytes by each of the two paths.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PathTrial {
    pub(crate) mapped: Duration,
    pub(crate) read: Duration,
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn the_mapping_needs_no_descriptor_and_reads_on_after_a_release() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&[b'x'; 10_000]).unwrap();
        let map = PrivateMap::open(&file, 0, 10_000).unwrap();
        drop(file);
        assert!(map.bytes().iter().all(|&b| b == b'x'));
        map.release(0..10_000);
        assert_eq!(map.bytes().len(), 10_000);
        assert!(map.bytes().iter().all(|&b| b == b'x'));
    }

    #[test]
    fn a_file_larger_than_the_address_space_is_not_mapped_short() {
        let file = tempfile::tempfile().unwrap();
        file.set_len(1 << 20).unwrap();
        for length in [u64::MAX, 1 << 63] {
            assert!(PrivateMap::open(&file, 0, length).is_err());
        }
    }

    #[test]
    fn a_mapping_may_begin_anywhere_in_a_page() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"0123456789").unwrap();
        let map = PrivateMap::open(&file, 3, 7).unwrap();
        assert_eq!(map.bytes(), b"3456789");
    }
}
