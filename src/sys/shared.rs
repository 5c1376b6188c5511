//! A file that several processes map to exchange numbers.
//!
//! A mapping is handed out as `&[AtomicU64]`. Other processes change it at any time, and atomics
//! are the only kind of memory for which the language allows that. A process that may only look has
//! a type of its own, [`SharedView`]. The processor lets nobody write the pages of a view.
//!
//! The truncation guard covers both types. If the file is cut short, the part behind its new end
//! reads as zero, and what is stored there reaches no other process. `is_lost` tells.

use std::{
    fs::File,
    io,
    sync::atomic::{AtomicU64, Ordering, fence},
};

use memmap2::{MmapOptions, MmapRaw};

use super::{
    guard::{Guarded, Protection},
    platform::{self, MappedRegion, region, reserve},
};

/// The size of a number in bytes.
const WORD_BYTES: usize = size_of::<u64>();

/// A file mapped for reading and writing, as 64-bit numbers in the byte order of this machine.
///
/// The processes that share a number decide which ordering it needs. For numbers that publish
/// nothing else, such as counters, `Relaxed` is enough, between processes as between threads.
///
/// ```
/// use logscan::{SharedMap, SharedView};
/// use std::sync::atomic::Ordering;
/// let file = tempfile::tempfile()?;
/// let map = SharedMap::create(&file, 2)?;
/// let view = SharedView::open(&file)?; // in any process that can open the file
/// map.words()[1].store(42, Ordering::Relaxed);
/// assert_eq!(view.load(1), 42);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct SharedMap {
    /// Fields are dropped in their order, so this one is dropped first: a mapping leaves the
    /// guard's table before it is unmapped.
    guarded: Guarded,
    map: MappedRegion,
}

/// The same file mapped for reading only. Its owner cannot change a number: neither the type nor
/// the processor allows it.
#[derive(Debug)]
pub struct SharedView {
    guarded: Guarded,
    map: MappedRegion,
}

impl SharedMap {
    /// Gives `file` room for this many numbers, reserves its blocks on the disk, and maps it.
    /// Numbers that are in the file stay; added numbers are 0.
    ///
    /// # Errors
    /// What ftruncate, posix_fallocate and mmap say. A full disk is an error here, and not a SIGBUS
    /// at the first store. Zero numbers are an error too, and so are too many mappings to guard
    /// them all.
    pub fn create(file: &File, words: usize) -> io::Result<SharedMap> {
        let bytes = words.checked_mul(WORD_BYTES).ok_or_else(too_long)?;
        if bytes == 0 {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let length = u64::try_from(bytes).map_err(|_| too_long())?;
        // On Windows the call fails for a file that somebody has mapped, even if the length stays
        // the same.
        if file.metadata()?.len() != length {
            file.set_len(length)?;
        }
        reserve(file, length)?;
        SharedMap::guard(region(MmapOptions::new().len(bytes).map_raw(file)?))
    }

    /// Maps all of `file`.
    ///
    /// # Errors
    /// What mmap says; a length that is 0 or not a multiple of 8; and too many mappings to guard
    /// them all.
    pub fn open(file: &File) -> io::Result<SharedMap> {
        let bytes = mappable_bytes(file)?;
        SharedMap::guard(region(MmapOptions::new().len(bytes).map_raw(file)?))
    }

    /// Maps all of `file`, which may be open for reading only. What is stored stays in this
    /// process: a page is copied when it is first written (MAP_PRIVATE). The system does not say
    /// whether later changes by others show in pages that have not been copied yet.
    ///
    /// # Errors
    /// The errors of [`SharedMap::open`].
    pub fn open_private(file: &File) -> io::Result<SharedMap> {
        let bytes = mappable_bytes(file)?;
        let mut options = MmapOptions::new();
        options.len(bytes);
        // SAFETY: what others may change is reached as atomics only, see `words`; a file that is
        // cut short is covered by the guard.
        let map = unsafe { options.map_copy(file) }?;
        SharedMap::guard(region(MmapRaw::from(map)))
    }

    pub(super) fn guard(map: MappedRegion) -> io::Result<SharedMap> {
        let guarded = guard(&map, Protection::Writable)?;
        Ok(SharedMap { guarded, map })
    }

    /// Returns the numbers.
    pub fn words(&self) -> &[AtomicU64] {
        let words = self.map.len() / WORD_BYTES;
        // SAFETY: the mapping is valid for reads and writes as long as `self` lives, `seal`
        // consumes it, and the guard covers truncation. It begins at a page, so it is aligned. Any
        // bits are a valid AtomicU64, which may be changed behind a shared reference, and nothing
        // in this process reaches the memory but through these atomics. What other processes do to
        // it is not within the language; on the hardware their stores are as those of a thread.
        unsafe { std::slice::from_raw_parts(self.map.as_ptr().cast::<AtomicU64>(), words) }
    }

    /// Waits until everything stored so far is on the disk (msync). Other processes see the numbers
    /// without it.
    ///
    /// # Errors
    /// The error of msync.
    pub fn flush(&self) -> io::Result<()> {
        self.map.flush()
    }

    /// Returns whether the file was cut short, so that some numbers reach nobody any more.
    pub fn is_lost(&self) -> bool {
        self.guarded.lost_from().is_some()
    }

    /// Makes the mapping read-only (mprotect). From then on no bug in this process can change a
    /// number.
    ///
    /// # Errors
    /// The error of mprotect, and too many mappings to guard them all.
    pub fn seal(self) -> io::Result<SharedView> {
        let SharedMap { guarded, map } = self;
        // SAFETY: nobody else refers to the mapping: `self` was all there was, so there are no
        // `words` that somebody could store through.
        unsafe { platform::protect(&map) }?;
        // The mapping is entered in the table again, now as one under which no writable page is
        // put.
        drop(guarded);
        SharedView::guard(map)
    }
}

impl SharedView {
    /// Maps all of `file`, which may be open for reading only.
    ///
    /// # Errors
    /// The errors of [`SharedMap::open`].
    pub fn open(file: &File) -> io::Result<SharedView> {
        let bytes = mappable_bytes(file)?;
        SharedView::guard(region(
            MmapOptions::new().len(bytes).map_raw_read_only(file)?,
        ))
    }

    pub(super) fn guard(map: MappedRegion) -> io::Result<SharedView> {
        let guarded = guard(&map, Protection::ReadOnly)?;
        Ok(SharedView { guarded, map })
    }

    /// Returns how many numbers there are.
    pub fn word_count(&self) -> usize {
        self.map.len() / WORD_BYTES
    }

    /// Returns the number at index `at`. This is an `Acquire` load, so it also shows everything
    /// that was stored with `Release` before the number.
    ///
    /// # Panics
    /// If there is no number at `at`.
    pub fn load(&self, at: usize) -> u64 {
        assert!(at < self.word_count(), "the view has that many numbers");
        // SAFETY: the index is inside of the mapping, which begins at a page, so the place is
        // aligned.
        let word = unsafe { self.map.as_ptr().cast::<AtomicU64>().add(at) };
        // SAFETY: the memory is readable as long as `self` lives, and the guard covers truncation.
        // It is not writable: std allows relaxed loads of it, of 8 bytes on 64-bit machines
        // ("Atomic accesses to read-only memory" in std::sync::atomic). 32-bit machines promise it
        // for 4 bytes, and x86 there does it by an instruction that only reads.
        let value = unsafe { (*word).load(Ordering::Relaxed) };
        fence(Ordering::Acquire);
        value
    }

    /// Returns whether the file was cut short, so that some numbers are lost and read as 0.
    pub fn is_lost(&self) -> bool {
        self.guarded.lost_from().is_some()
    }
}

fn guard(map: &MappedRegion, protection: Protection) -> io::Result<Guarded> {
    Guarded::new(map.as_ptr(), map.len(), protection)
        .ok_or_else(|| io::Error::other("no more mappings can be guarded against truncation"))
}

/// Returns the length of `file`, if all of it can be mapped as numbers.
fn mappable_bytes(file: &File) -> io::Result<usize> {
    let length = file.metadata()?.len();
    let bytes = usize::try_from(length).map_err(|_| too_long())?;
    match bytes > 0 && bytes.is_multiple_of(WORD_BYTES) {
        true => Ok(bytes),
        false => Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("{length} bytes are no whole 64-bit numbers"),
        )),
    }
}

fn too_long() -> io::Error {
    io::Error::other("it is longer than the address space")
}

#[cfg(test)]
mod tests;
