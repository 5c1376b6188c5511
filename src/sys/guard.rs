//! The truncation guard. If another process cuts a mapped file short, the process that reads the
//! mapping survives.
//!
//! Reading a mapped page that lies behind the end of its file, or on a disk that fails, raises a
//! fault. By default the fault kills the process. With the first mapping logscan installs a handler
//! for the whole process. If a fault lies inside a mapping of logscan, the handler records its
//! place, puts zero pages there, and returns. The interrupted read sees zeros. The code that scans
//! a mapping asks afterwards whether there was a fault. After a fault it trusts nothing behind the
//! recorded place, and reads those bytes again from the file. This tells a cut from a disk error.
//!
//! On Unix the fault is SIGBUS. On Windows nobody can cut a mapped file; there the fault is
//! EXCEPTION_IN_PAGE_ERROR, which means that a disk or a network fails. The handler does not touch
//! faults elsewhere, so real bugs still crash.
//!
//! # For programs that use the library
//! The handler is installed once and never removed. A program with a SIGBUS handler of its own
//! should install it before it opens the first [`Source`](crate::Source). Then its handler is
//! called for all faults that are not logscan's. A program that installs its handler later must
//! call the previous handler for faults that it does not know, or call [`opt_out`]. A thread must
//! not block SIGBUS: the kernel ends a process that faults while the signal is blocked. On Windows
//! the handler is a vectored one. It is called before all handlers that are there when it is
//! installed.

use std::sync::{
    Once,
    atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering, fence},
};

use super::platform::{install_fault_handler, page_bytes};

/// The number of mappings that can be guarded at once. If there are more, files are read instead of
/// mapped.
pub(crate) const MAPPINGS_MAX: usize = 64;

/// The value that says that there was no fault.
const NO_FAULT: usize = usize::MAX;

/// The guarded mappings. The table has to be global, because a handler gets no argument from us. It
/// has a fixed size, because the handler can neither lock nor wait.
static TABLE: [GuardSlot; MAPPINGS_MAX] = [const { GuardSlot::free() }; MAPPINGS_MAX];

static INSTALL: Once = Once::new();

/// Whether the handler is installed. It is written once under [`INSTALL`], and read by all code
/// that maps a file. Relaxed is enough, because `Once` orders the two.
static INSTALLED: AtomicBool = AtomicBool::new(false);

/// Whether the program wants no handler. Relaxed is enough: the switch publishes nothing else.
static OPTED_OUT: AtomicBool = AtomicBool::new(false);

/// The size of a page, for the handler. It is written before the handler is installed.
static PAGE_BYTES: AtomicUsize = AtomicUsize::new(0);

/// How many faults the handler has survived. Relaxed is enough: the counter is only for display.
static FAULTS: AtomicU64 = AtomicU64::new(0);

/// Asks logscan never to install a handler of faults in this process. Files are mapped all the
/// same. A process that reads a mapped file which is cut short is then killed, unless the program
/// handles the signal itself. With [`ReadMode::Read`](crate::ReadMode::Read) nothing is mapped, so
/// nothing can happen.
///
/// Returns whether the call came in time: false if the handler has been installed already.
///
/// ```standalone_crate
/// assert!(logscan::guard::opt_out());
/// ```
pub fn opt_out() -> bool {
    OPTED_OUT.store(true, Ordering::Relaxed);
    !INSTALLED.load(Ordering::Relaxed)
}

/// Returns how many page faults in mapped files this process has survived so far.
///
/// ```
/// assert_eq!(logscan::guard::faults(), 0);
/// ```
pub fn faults() -> u64 {
    FAULTS.load(Ordering::Relaxed)
}

/// One guarded mapping. The code that registers or removes a mapping writes all fields but `fault`,
/// between an odd and an even `stamp`. The handler reads them, and believes only what it read
/// between two equal even stamps (a sequence lock; Boehm, "Can seqlocks get along with programming
/// language memory models?", MSPC 2012).
struct GuardSlot {
    /// The state of the slot. `4n`: free; `4n + 1`, `4n + 3`: being changed; `4n + 2`: in use.
    stamp: AtomicUsize,
    /// The address of the first page.
    start: AtomicUsize,
    /// The address behind the last page.
    end: AtomicUsize,
    /// Whether the pages may be written. The pages that are put in their place must then be
    /// writable too.
    writable: AtomicBool,
    /// The address of the lowest page that faulted, or [`NO_FAULT`]. The handler writes it before
    /// it changes the mapping. Scanners read it after a full fence: a scanner that has seen a zero
    /// page sees the fault.
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

    /// Takes the slot for the pages from `start` to `end`, unless the slot is in use.
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

    /// Gives the slot back. Only the code that took the slot may call this.
    fn leave(&self) {
        let stamp = self.stamp.load(Ordering::Relaxed);
        debug_assert_eq!(stamp % 4, 2, "the slot is in use");
        self.stamp.store(stamp + 1, Ordering::Relaxed);
        fence(Ordering::Release);
        self.start.store(0, Ordering::Relaxed);
        self.end.store(0, Ordering::Relaxed);
        self.stamp.store(stamp + 2, Ordering::Release);
    }

    /// Returns the mapping, if the slot is in use and holds `address`.
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

/// A guarded mapping as a handler sees it. All its methods may be called in a signal handler.
pub(super) struct FaultFound {
    slot: &'static GuardSlot,
    /// The address behind the mapping's last page.
    pub(super) end: usize,
    pub(super) protection: Protection,
}

impl FaultFound {
    /// Records that nothing from `page` on may be trusted. It must be called before the mapping is
    /// changed. Returns whether this is the first fault of the mapping.
    pub(super) fn note_fault(&self, page: usize) -> bool {
        self.slot.fault.fetch_min(page, Ordering::SeqCst) == NO_FAULT
    }

    /// Returns whether there was a fault in the mapping.
    #[cfg(windows)]
    pub(super) fn has_fault(&self) -> bool {
        self.slot.fault.load(Ordering::SeqCst) != NO_FAULT
    }
}

/// Returns the guarded mapping that holds `address`.
pub(super) fn find(address: usize) -> Option<FaultFound> {
    TABLE.iter().find_map(|slot| slot.found_around(address))
}

/// Returns the address of the page that holds `address`.
pub(super) fn page_around(address: usize) -> usize {
    address - address % PAGE_BYTES.load(Ordering::Relaxed)
}

/// Counts a fault that the process has survived.
pub(super) fn count_fault() {
    FAULTS.fetch_add(1, Ordering::Relaxed);
    #[cfg(test)]
    tests::be_slow();
}

/// What may be done with the pages of a mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protection {
    /// The pages are only read.
    ReadOnly,
    /// The pages are read and written.
    Writable,
}

/// A mapping that is guarded for as long as this value lives. The value must be dropped before the
/// mapping is unmapped.
#[derive(Debug)]
pub(crate) struct Guarded {
    /// The index of the mapping in the table, unless the program opted out.
    nth: Option<usize>,
    start: usize,
}

impl Guarded {
    /// Guards the pages that hold the `length` bytes from `start`. Returns `None` if the table is
    /// full or the handler could not be installed. `start` is only a number here.
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

    /// Returns the index from which on the bytes may not be trusted, if there was a fault. Bytes
    /// that were read before this call are sound up to there.
    pub(crate) fn lost_from(&self) -> Option<usize> {
        let slot = &TABLE[self.nth?];
        // This orders the reads of the mapping before the load of the fault. They are not atomic
        // reads, so the language promises nothing. The hardware does, and the handler's mmap is a
        // barrier on every core that has the mapping.
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

/// Installs the handler, and sets [`INSTALLED`] if that succeeded.
fn install() {
    let page_bytes = page_bytes();
    PAGE_BYTES.store(page_bytes, Ordering::Relaxed);
    INSTALLED.store(page_bytes > 0 && install_fault_handler(), Ordering::Relaxed);
}

#[cfg(test)]
pub(crate) mod tests;
