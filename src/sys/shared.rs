//! A file that several processes map and exchange numbers through.
//!
//! A mapping is handed out as `&[AtomicU64]`: other processes change it at any time, and atomics
//! are the one kind of memory that the language allows that for. Who may only look has a type of
//! its own, [`SharedView`], whose pages the processor does not let anybody write.
//!
//! The truncation guard covers both: when the file is cut short, what is behind its new end reads
//! as zero, and what is stored there reaches nobody else. `is_lost` tells.

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

/// How long a number is.
const WORD_BYTES: usize = size_of::<u64>();

/// A file mapped for reading and writing, as 64-bit numbers in the byte order of this machine.
///
/// Which ordering a number needs is a matter between those who share it; for numbers that publish
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
    /// Dropped first, as fields are in their order: a mapping leaves the guard's table before it is
    /// unmapped.
    guarded: Guarded,
    map: MappedRegion,
}

/// The same file mapped for reading only: whoever has it cannot change a number, by its type as by
/// the processor.
#[derive(Debug)]
pub struct SharedView {
    guarded: Guarded,
    map: MappedRegion,
}

impl SharedMap {
    /// Makes `file` so many numbers long, reserves its blocks on the disk, and maps it. Numbers
    /// that are in the file stay; those added are 0.
    ///
    /// # Errors
    /// What ftruncate, posix_fallocate and mmap say: a full disk is an error here, and not a SIGBUS
    /// at the first store. Also no numbers at all, and too many mappings to guard them all.
    pub fn create(file: &File, words: usize) -> io::Result<SharedMap> {
        let bytes = words.checked_mul(WORD_BYTES).ok_or_else(too_long)?;
        if bytes == 0 {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let length = u64::try_from(bytes).map_err(|_| too_long())?;
        // On Windows a file that somebody has mapped refuses it, though it need not change.
        if file.metadata()?.len() != length {
            file.set_len(length)?;
        }
        reserve(file, length)?;
        SharedMap::guard(region(MmapOptions::new().len(bytes).map_raw(file)?))
    }

    /// Maps all of `file`.
    ///
    /// # Errors
    /// What mmap says; a length that is 0 or no multiple of 8; and too many mappings to guard them
    /// all.
    pub fn open(file: &File) -> io::Result<SharedMap> {
        let bytes = mappable_bytes(file)?;
        SharedMap::guard(region(MmapOptions::new().len(bytes).map_raw(file)?))
    }

    /// Maps all of `file`, which may be open for reading only, so that what is stored stays in this
    /// process: a page is copied when it is first written (MAP_PRIVATE). Whether later changes by
    /// others show in pages that have not been copied yet, the system does not say.
    ///
    /// # Errors
    /// As for [`SharedMap::open`].
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

    /// The numbers.
    pub fn words(&self) -> &[AtomicU64] {
        let words = self.map.len() / WORD_BYTES;
        // SAFETY: the mapping is valid for reads and writes as long as `self` lives, `seal`
        // consumes it, and the guard covers truncation. It begins at a page, so it is aligned. Any
        // bits are a valid AtomicU64, which may be changed behind a shared reference, and nothing
        // in this process reaches the memory but through these atomics. What other processes do to
        // it is not within the language; on the hardware their stores are as those of a thread.
        unsafe { std::slice::from_raw_parts(self.map.as_ptr().cast::<AtomicU64>(), words) }
    }

    /// Waits until everything stored so far is on the disk (msync). Other processes need none of
    /// that.
    ///
    /// # Errors
    /// What msync says.
    pub fn flush(&self) -> io::Result<()> {
        self.map.flush()
    }

    /// Whether the file was cut short, so that some numbers reach nobody any more.
    pub fn is_lost(&self) -> bool {
        self.guarded.lost_from().is_some()
    }

    /// Makes the mapping read-only (mprotect): from here on no bug in this process can change a
    /// number.
    ///
    /// # Errors
    /// What mprotect says, and too many mappings to guard them all.
    pub fn seal(self) -> io::Result<SharedView> {
        let SharedMap { guarded, map } = self;
        // SAFETY: nobody else refers to the mapping: `self` was all there was, so there are no
        // `words` that somebody could store through.
        unsafe { platform::protect(&map) }?;
        // It is entered in the table again, now as one under which no writable page is put.
        drop(guarded);
        SharedView::guard(map)
    }
}

impl SharedView {
    /// Maps all of `file`, which may be open for reading only.
    ///
    /// # Errors
    /// As for [`SharedMap::open`].
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

    /// How many numbers there are.
    pub fn word_count(&self) -> usize {
        self.map.len() / WORD_BYTES
    }

    /// The number at index `at`, and everything that was stored before it with `Release`: this is
    /// an `Acquire` load.
    ///
    /// # Panics
    /// If there is no such number.
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

    /// Whether the file was cut short, so that some numbers are lost and read as 0.
    pub fn is_lost(&self) -> bool {
        self.guarded.lost_from().is_some()
    }
}

fn guard(map: &MappedRegion, protection: Protection) -> io::Result<Guarded> {
    Guarded::new(map.as_ptr(), map.len(), protection)
        .ok_or_else(|| io::Error::other("no more mappings can be guarded against truncation"))
}

/// The length of `file`, if all of it can be mapped as numbers.
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
