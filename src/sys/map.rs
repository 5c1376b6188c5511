//! A private read-only mapping of a file: bytes without a copy, given back as they have been scanned.

use std::{fs::File, io, ops::Range};

use memmap2::{Mmap, MmapOptions, UncheckedAdvice};

use super::{Usage, sigbus::Guarded};

/// How much of a mapping is touched to see what its page faults cost.
const PROBE_BYTES: usize = 4 << 20;

/// A page fault maps this much at most when the kernel keeps the file in small pages (fault_around_bytes), so to touch
/// one byte in each is to take every fault that reading it all would take.
const PROBE_STEP_BYTES: usize = 64 << 10;

/// With so few faults the probed bytes are mapped in huge pages: 2 MiB each on x86-64 and arm64.
const PROBE_FAULTS_MAX: u64 = 8;

/// A file mapped MAP_PRIVATE and PROT_READ, unmapped on drop. It needs no descriptor once it exists.
///
/// MAP_PRIVATE does not isolate from other writers: what they write into the file shows here. So callers get bytes
/// only, never `str`, and keep no fact derived from them. When the file is cut short, bytes behind its new end read as
/// zeros: see [`PrivateMap::lost_from`].
#[derive(Debug)]
pub(crate) struct PrivateMap {
    /// Dropped first, as fields are in their order: a mapping leaves the guard's table before it is unmapped.
    guarded: Guarded,
    map: Mmap,
}

impl PrivateMap {
    /// Maps `length` bytes of `file` from `origin`, which need not be a multiple of the page size.
    ///
    /// # Errors
    /// What mmap says (no mmap on this filesystem, not enough address space), a length that does not fit a usize (a
    /// file is never mapped short), and too many mappings to guard them all.
    pub(crate) fn open(file: &File, origin: u64, length: u64) -> io::Result<PrivateMap> {
        let length = usize::try_from(length)
            .map_err(|_| io::Error::other("the file is larger than the address space"))?;
        let mut options = MmapOptions::new();
        options.offset(origin).len(length);
        // SAFETY: the mapping is private and read-only and nothing here writes through it. What we cannot prove:
        // another process may change the file, and these bytes with it; see the type's doc for what follows.
        let map = unsafe { options.map_copy_read_only(file) }?;
        let guarded = Guarded::new(&map).ok_or_else(|| {
            io::Error::other("no more mappings can be guarded against truncation")
        })?;
        Ok(PrivateMap { guarded, map })
    }

    /// The bytes of the file, from the mapping's origin.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.map
    }

    /// The index from which on bytes are lost, if reading met one that the file did not have: what was read before this
    /// call is what the file held up to there, and behind it there are zeros. Bytes between the file's new end and the
    /// end of that page are zeros too, and no fault tells: compare with the file's length as well.
    pub(crate) fn lost_from(&self) -> Option<usize> {
        self.guarded.lost_from()
    }

    /// Whether the beginning is mapped in huge pages, by the number of page faults that it takes to touch
    /// [`PROBE_BYTES`] of it. False where the system does not count the faults of a thread.
    pub(crate) fn is_in_huge_pages(&self) -> bool {
        let Some(before) = Usage::of_this_thread() else {
            return false;
        };
        let probed = &self.map[..self.map.len().min(PROBE_BYTES)];
        let touched: u8 = probed
            .iter()
            .step_by(PROBE_STEP_BYTES)
            .fold(0, |sum, &byte| sum ^ byte);
        std::hint::black_box(touched);
        let cost = Usage::of_this_thread().map_or(Usage::default(), |now| now.since(before));
        cost.minor_faults + cost.major_faults <= PROBE_FAULTS_MAX
    }

    /// Tells the kernel that the pages of `range` are no longer needed, so that resident memory stays flat. They stay
    /// in the page cache; who reads them again takes a page fault and sees the file's bytes.
    pub(crate) fn release(&self, range: Range<usize>) {
        if range.is_empty() {
            return;
        }
        // SAFETY: MADV_DONTNEED on a private mapping that was never written (PROT_READ) loses nothing: the next access
        // reads the file again. The range lies inside the mapping, which memmap2 checks.
        // A failure costs memory, not correctness, so it is not reported.
        let _ = unsafe {
            self.map
                .unchecked_advise_range(UncheckedAdvice::DontNeed, range.start, range.len())
        };
    }
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
