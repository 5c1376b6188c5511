//! The truncation guard: a mapped file that another process cuts short does not kill the process
//! that reads it.
//!
//! Reading a mapped page that lies behind the end of its file, or on a disk that fails, raises a
//! fault, whose default effect is death. With the first mapping, logscan installs a handler for the
//! whole process. For a fault inside a mapping of logscan's it records where that was, puts zero
//! pages there, and returns: the interrupted read sees zeros. Whoever scans a mapping asks
//! afterwards whether there was a fault, and then trusts nothing behind it but reads those bytes
//! again from the file, which tells a cut from a disk error.
//!
//! On Unix the fault is SIGBUS, and on Windows, where nobody can cut a mapped file, it is
//! EXCEPTION_IN_PAGE_ERROR: a disk or a network that fails. Faults elsewhere are not touched, so
//! real bugs still crash.
//!
//! # For programs that use the library
//! The handler is installed once and never removed. A program with a SIGBUS handler of its own
//! should install it before the first [`Source`](crate::Source) is opened, so that it is called for
//! all faults that are not logscan's; one that installs it later must call the previous handler for
//! faults that it does not know, or call [`opt_out`]. A thread must not block SIGBUS: the kernel
//! ends a process that faults with the signal blocked. On Windows the handler is a vectored one,
//! called before all that are there by then.

use std::sync::{
    Once,
    atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering, fence},
};

use super::platform::{install_fault_handler, page_bytes};

/// How many mappings can be guarded at once. When there are more, files are read instead of mapped.
pub(crate) const MAPPINGS_MAX: usize = 64;

/// No fault has been taken.
const NO_FAULT: usize = usize::MAX;

/// The mappings that are guarded. It has to be global, because a handler gets no argument of ours,
/// and of fixed size, because the handler can neither lock nor wait.
static TABLE: [GuardSlot; MAPPINGS_MAX] = [const { GuardSlot::free() }; MAPPINGS_MAX];

static INSTALL: Once = Once::new();

/// Whether the handler is there. Written once under [`INSTALL`], read by whoever maps a file;
/// Relaxed, because `Once` orders the two.
static INSTALLED: AtomicBool = AtomicBool::new(false);

/// Whether the program wants no handler. Relaxed: it is a switch and publishes nothing.
static OPTED_OUT: AtomicBool = AtomicBool::new(false);

/// The size of a page, for the handler. Written before the handler is installed.
static PAGE_BYTES: AtomicUsize = AtomicUsize::new(0);

/// How many faults have been taken. Relaxed: a counter for display.
static FAULTS: AtomicU64 = AtomicU64::new(0);

/// Asks logscan never to install a handler of faults in this process. Files are mapped all the
/// same, and a process that reads a mapped file which is cut short is killed, unless it handles the
/// signal itself; with [`ReadMode::Read`](crate::ReadMode::Read) nothing is mapped and nothing can
/// happen.
///
/// Returns whether that came in time: false if the handler has been installed already.
///
/// ```standalone_crate
/// assert!(logscan::guard::opt_out());
/// ```
pub fn opt_out() -> bool {
    OPTED_OUT.store(true, Ordering::Relaxed);
    !INSTALLED.load(Ordering::Relaxed)
}

/// How many page faults in mapped files this process has survived so far.
///
/// ```
/// assert_eq!(logscan::guard::faults(), 0);
/// ```
pub fn faults() -> u64 {
    FAULTS.load(Ordering::Relaxed)
}

/// One guarded mapping. All fields but `fault` are written by whoever registers or removes the
/// mapping, between an odd and an even `stamp`, and read by the handler, which believes only what
/// it read between two equal even stamps (a sequence lock; Boehm, "Can seqlocks get along with
/// programming language memory models?", MSPC 2012).
struct GuardSlot {
    /// `4n`: free; `4n + 1`, `4n + 3`: being changed; `4n + 2`: in use.
    stamp: AtomicUsize,
    /// The address of the first page.
    start: AtomicUsize,
    /// The address behind the last page.
    end: AtomicUsize,
    /// Whether the pages may be written, so that those put in their place must be writable too.
    writable: AtomicBool,
    /// The address of the lowest page that faulted, or [`NO_FAULT`]. Written by the handler before
    /// it changes the mapping, read by scanners after a full fence: who has seen a zero page sees
    /// the fault.
    fault: AtomicUsize,
}

impl GuardSlot {
    const fn free() -> GuardSlot {
        GuardSlot {
            stamp: AtomicUsize::new(0),
            start: AtomicUsize::new(0),
            end: AtomicUsize::new(0),
            writable: AtomicBool::new(false),
            fault: AtomicUsize::new(NO_FAULT),
        }
    }

    /// Takes the slot for the pages from `start` to `end`, unless it is in use.
    fn take(&self, start: usize, end: usize, protection: Protection) -> bool {
        let stamp = self.stamp.load(Ordering::Relaxed);
        let is_free = stamp.is_multiple_of(4);
        let taken = is_free
            && self
                .stamp
                .compare_exchange(stamp, stamp + 1, Ordering::Acquire, Ordering::Relaxed)
                .is_ok();
        if taken {
            fence(Ordering::Release);
            self.start.store(start, Ordering::Relaxed);
            self.end.store(end, Ordering::Relaxed);
            let writable = protection == Protection::Writable;
            self.writable.store(writable, Ordering::Relaxed);
            self.fault.store(NO_FAULT, Ordering::Relaxed);
            self.stamp.store(stamp + 2, Ordering::Release);
        }
        taken
    }

    /// Gives the slot back; only by who took it.
    fn leave(&self) {
        let stamp = self.stamp.load(Ordering::Relaxed);
        debug_assert_eq!(stamp % 4, 2, "the slot is in use");
        self.stamp.store(stamp + 1, Ordering::Relaxed);
        fence(Ordering::Release);
        self.start.store(0, Ordering::Relaxed);
        self.end.store(0, Ordering::Relaxed);
        self.stamp.store(stamp + 2, Ordering::Release);
    }

    /// The mapping, if the slot is in use and holds `address`.
    fn found_around(&'static self, address: usize) -> Option<FaultFound> {
        let before = self.stamp.load(Ordering::Acquire);
        let start = self.start.load(Ordering::Relaxed);
        let end = self.end.load(Ordering::Relaxed);
        let protection = match self.writable.load(Ordering::Relaxed) {
            true => Protection::Writable,
            false => Protection::ReadOnly,
        };
        fence(Ordering::Acquire);
        let after = self.stamp.load(Ordering::Relaxed);
        let is_around = before == after && before % 4 == 2 && (start..end).contains(&address);
        is_around.then_some(FaultFound {
            slot: self,
            end,
            protection,
        })
    }
}

/// A guarded mapping as a handler sees it. Everything here may be done in a signal handler.
pub(super) struct FaultFound {
    slot: &'static GuardSlot,
    /// The address behind its last page.
    pub(super) end: usize,
    pub(super) protection: Protection,
}

impl FaultFound {
    /// Notes that nothing from `page` on may be trusted. To be done before the mapping is changed.
    /// Returns whether it is the first fault of this mapping.
    pub(super) fn note_fault(&self, page: usize) -> bool {
        self.slot.fault.fetch_min(page, Ordering::SeqCst) == NO_FAULT
    }

    /// Whether there was a fault in the mapping.
    #[cfg(windows)]
    pub(super) fn has_fault(&self) -> bool {
        self.slot.fault.load(Ordering::SeqCst) != NO_FAULT
    }
}

/// The guarded mapping that holds `address`.
pub(super) fn find(address: usize) -> Option<FaultFound> {
    TABLE.iter().find_map(|slot| slot.found_around(address))
}

/// The address of the page that holds `address`.
pub(super) fn page_around(address: usize) -> usize {
    address - address % PAGE_BYTES.load(Ordering::Relaxed)
}

/// Counts a fault that has been taken.
pub(super) fn count_fault() {
    FAULTS.fetch_add(1, Ordering::Relaxed);
    #[cfg(test)]
    tests::be_slow();
}

/// What may be done with the pages of a mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protection {
    /// They are only read.
    ReadOnly,
    /// They are written as well.
    Writable,
}

/// A mapping that is guarded as long as this lives. It must be dropped before the mapping is
/// unmapped.
#[derive(Debug)]
pub(crate) struct Guarded {
    /// Its place in the table, unless the program opted out.
    nth: Option<usize>,
    start: usize,
}

impl Guarded {
    /// Guards the pages that hold the `length` bytes from `start`; `None` if the table is full or
    /// the handler could not be installed. `start` is only a number here.
    pub(crate) fn new(start: *const u8, length: usize, protection: Protection) -> Option<Guarded> {
        let address = start.addr();
        if OPTED_OUT.load(Ordering::Relaxed) {
            return Some(Guarded {
                nth: None,
                start: address,
            });
        }
        INSTALL.call_once(install);
        if !INSTALLED.load(Ordering::Relaxed) {
            return None;
        }
        let page_bytes = PAGE_BYTES.load(Ordering::Relaxed);
        let first_page = address - address % page_bytes;
        let end = (address + length).next_multiple_of(page_bytes);
        let nth = TABLE
            .iter()
            .position(|slot| slot.take(first_page, end, protection))?;
        Some(Guarded {
            nth: Some(nth),
            start: address,
        })
    }

    /// The index into the bytes from which on nothing may be trusted, if there was a fault. What
    /// was read before this call is sound up to there.
    pub(crate) fn lost_from(&self) -> Option<usize> {
        let slot = &TABLE[self.nth?];
        // Orders the reads of the mapping before the load of the fault. They are no atomic reads,
        // so the language promises nothing; the hardware does, and the handler's mmap is a barrier
        // on every core that has the mapping.
        fence(Ordering::SeqCst);
        match slot.fault.load(Ordering::Relaxed) {
            NO_FAULT => None,
            page => Some(page.saturating_sub(self.start)),
        }
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        if let Some(nth) = self.nth {
            TABLE[nth].leave();
        }
    }
}

/// Installs the handler, and sets [`INSTALLED`] if that went well.
fn install() {
    let page_bytes = page_bytes();
    PAGE_BYTES.store(page_bytes, Ordering::Relaxed);
    INSTALLED.store(page_bytes > 0 && install_fault_handler(), Ordering::Relaxed);
}

#[cfg(test)]
pub(crate) mod tests;
