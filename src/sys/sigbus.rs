//! The truncation guard: a mapped file that another process cuts short does not kill the process that reads it.
//!
//! Reading a mapped page that lies behind the end of its file raises SIGBUS, whose default action is death. With the
//! first mapping, logscan installs a handler for the whole process. For a fault inside a mapping of logscan's it records
//! where that was, puts zero pages over the fault and over all of the mapping behind it, and returns: the interrupted
//! read sees zeros. Whoever scans a mapping asks afterwards whether there was a fault, and then trusts nothing behind
//! it but reads those bytes again from the file, which tells a cut from a disk error.
//!
//! Only `BUS_ADRERR` inside a registered mapping is taken. Anything else (`kill -BUS`, a hardware memory error, a fault
//! in somebody else's mapping) goes on to the handler that was there before, the default action included, so real bugs
//! still crash. The handler does nothing but atomic loads and stores and one mmap, which is a bare system call: no lock,
//! no allocation (signal-safety(7)); it keeps errno and runs on the alternate stack if there is one.
//!
//! # For programs that use the library
//! The handler is installed once and never removed. A program with a SIGBUS handler of its own should install it
//! before the first [`Source`](crate::Source) is opened, so that it is called for all faults that are not logscan's; one
//! that installs it later must call the previous handler for faults that it does not know, or call [`opt_out`].
//! A thread must not block SIGBUS: the kernel ends a process that faults with the signal blocked.

use std::{
    ptr,
    sync::{
        Once,
        atomic::{AtomicBool, AtomicPtr, AtomicU64, AtomicUsize, Ordering, fence},
    },
};

use libc::{c_int, c_void, siginfo_t};

/// How many mappings can be guarded at once. When there are more, files are read instead of mapped.
pub(crate) const MAPPINGS_MAX: usize = 64;

/// No fault has been taken.
const NO_FAULT: usize = usize::MAX;

/// The code of a SIGBUS about memory that the thread did not touch.
#[cfg(target_os = "linux")]
const MEMORY_ERROR_ELSEWHERE: Option<c_int> = Some(libc::BUS_MCEERR_AO);
#[cfg(not(target_os = "linux"))]
const MEMORY_ERROR_ELSEWHERE: Option<c_int> = None;

/// The mappings that are guarded. It has to be global, because a signal handler gets no argument of ours, and of fixed
/// size, because the handler can neither lock nor wait.
static TABLE: [Slot; MAPPINGS_MAX] = [const { Slot::free() }; MAPPINGS_MAX];

static INSTALL: Once = Once::new();

/// Whether the handler is there. Written once under [`INSTALL`], read by whoever maps a file; Relaxed, because `Once`
/// orders the two.
static INSTALLED: AtomicBool = AtomicBool::new(false);

/// Whether the program wants no handler. Relaxed: it is a switch and publishes nothing.
static OPTED_OUT: AtomicBool = AtomicBool::new(false);

/// What was done about SIGBUS before. Written before the handler is installed and never again, so a plain Acquire load
/// in the handler sees all of it. It is never freed: a handler may be running.
static PREVIOUS: AtomicPtr<libc::sigaction> = AtomicPtr::new(ptr::null_mut());

/// The size of a page, for the handler. Written before the handler is installed.
static PAGE_BYTES: AtomicUsize = AtomicUsize::new(0);

/// How many faults have been taken. Relaxed: a counter for display.
static FAULTS: AtomicU64 = AtomicU64::new(0);

/// Asks logscan never to install a SIGBUS handler in this process. Files are mapped all the same, and a process that
/// reads a mapped file which is cut short is killed, unless it handles the signal itself; with
/// [`ReadMode::Read`](crate::ReadMode::Read) nothing is mapped and nothing can happen.
///
/// Returns whether that came in time: false if the handler has been installed already.
///
/// ```
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

/// One guarded mapping. All fields but `fault` are written by whoever registers or removes the mapping, between an odd
/// and an even `stamp`, and read by the handler, which believes only what it read between two equal even stamps (a
/// sequence lock; Boehm, "Can seqlocks get along with programming language memory models?", MSPC 2012).
struct Slot {
    /// `4n`: free; `4n + 1`, `4n + 3`: being changed; `4n + 2`: in use.
    stamp: AtomicUsize,
    /// The address of the first page.
    start: AtomicUsize,
    /// The address behind the last page.
    end: AtomicUsize,
    /// Whether the pages may be written, so that those put in their place must be writable too.
    writable: AtomicBool,
    /// The address of the lowest page that faulted, or [`NO_FAULT`]. Written by the handler before it changes the
    /// mapping, read by scanners after a full fence: who has seen a zero page sees the fault.
    fault: AtomicUsize,
}

impl Slot {
    const fn free() -> Slot {
        Slot {
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

    /// Where the mapping ends, and what may be done with its pages, if it is in use and holds `address`.
    fn end_if_around(&self, address: usize) -> Option<(usize, Protection)> {
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
        is_around.then_some((end, protection))
    }
}

/// What may be done with the pages of a mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protection {
    /// They are only read.
    ReadOnly,
    /// They are written as well.
    Writable,
}

/// A mapping that is guarded as long as this lives. It must be dropped before the mapping is unmapped.
#[derive(Debug)]
pub(crate) struct Guarded {
    /// Its place in the table, unless the program opted out.
    nth: Option<usize>,
    start: usize,
}

impl Guarded {
    /// Guards the pages that hold the `length` bytes from `start`; `None` if the table is full or the handler could not
    /// be installed. `start` is only a number here.
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

    /// The index into the bytes from which on nothing may be trusted, if there was a fault. What was read before this
    /// call is sound up to there.
    pub(crate) fn lost_from(&self) -> Option<usize> {
        let slot = &TABLE[self.nth?];
        // Orders the reads of the mapping before the load of the fault. They are no atomic reads, so the language
        // promises nothing; the hardware does, and the handler's mmap is a barrier on every core that has the mapping.
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
    // SAFETY: all zeros is a valid `sigaction`: no flags, an empty mask, the default action.
    let mut previous: libc::sigaction = unsafe { std::mem::zeroed() };
    // SAFETY: a null action only asks; `previous` is valid for the write.
    let asked = unsafe { libc::sigaction(libc::SIGBUS, ptr::null(), &raw mut previous) };
    if asked != 0 || page_bytes == 0 {
        return;
    }
    PREVIOUS.store(Box::into_raw(Box::new(previous)), Ordering::Release);
    // SAFETY: as above.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    let handler: extern "C" fn(c_int, *mut siginfo_t, *mut c_void) = on_sigbus;
    action.sa_sigaction = handler as usize;
    action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
    // SAFETY: `action` is complete: its mask is empty, and its handler is a function that lives as long as the process,
    // does only what signal-safety(7) allows, and finds what it reads (`PAGE_BYTES`, `PREVIOUS`) stored above.
    let done = unsafe { libc::sigaction(libc::SIGBUS, &raw const action, ptr::null_mut()) };
    INSTALLED.store(done == 0, Ordering::Relaxed);
}

/// The size of a page of memory, 0 if the system does not tell.
pub(crate) fn page_bytes() -> usize {
    // SAFETY: sysconf has no preconditions.
    let answer = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    usize::try_from(answer).unwrap_or(0)
}

/// The handler. Everything it calls is async-signal-safe.
extern "C" fn on_sigbus(signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
    let errno_place = errno_place();
    // SAFETY: the address of this thread's errno is valid for as long as the thread runs.
    let errno = unsafe { errno_place.read() };
    // SAFETY: the kernel gives a valid siginfo to a handler with SA_SIGINFO.
    let code = unsafe { (*info).si_code };
    if code != libc::BUS_ADRERR || !put_zeros(info) {
        go_on_to_previous(signal, info, context);
    }
    // SAFETY: as above.
    unsafe { errno_place.write(errno) };
}

/// Puts zero pages over a fault in a guarded mapping and all of the mapping behind it; false if the fault is not ours.
///
/// All of it, because a file that was cut lacks everything behind the cut: one fault then stands for thousands.
fn put_zeros(info: *mut siginfo_t) -> bool {
    // SAFETY: the kernel gives a valid siginfo to a handler with SA_SIGINFO.
    let info = unsafe { &*info };
    // SAFETY: for a SIGBUS with BUS_ADRERR the kernel has filled in the address.
    let address = unsafe { info.si_addr() }.addr();
    let found = TABLE
        .iter()
        .find_map(|slot| slot.end_if_around(address).map(|found| (slot, found)));
    let Some((slot, (end, protection))) = found else {
        return false;
    };
    let page = address - address % PAGE_BYTES.load(Ordering::Relaxed);
    slot.fault.fetch_min(page, Ordering::SeqCst);
    // SAFETY: the range begins at a page inside a mapping that this process made and that is alive: the reader that
    // faulted borrows it, and a mapping leaves the table before it is unmapped. Whoever reads its pages checks `fault`
    // before believing them, and whoever writes them has to do with other processes changing them, so replacing them
    // breaks nobody's assumption. They are writable if those before them were.
    let mapped = unsafe {
        libc::mmap(
            ptr::with_exposed_provenance_mut(page),
            end - page,
            match protection {
                Protection::ReadOnly => libc::PROT_READ,
                Protection::Writable => libc::PROT_READ | libc::PROT_WRITE,
            },
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED | libc::MAP_NORESERVE,
            -1,
            0,
        )
    };
    FAULTS.fetch_add(1, Ordering::Relaxed);
    mapped != libc::MAP_FAILED
}

/// Does with the signal what would have been done without us.
fn go_on_to_previous(signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
    // SAFETY: `install` stored a pointer to a whole `sigaction` before it installed this handler, and nobody frees it.
    let previous = unsafe { &*PREVIOUS.load(Ordering::Acquire) };
    // SAFETY: the kernel gives a valid siginfo to a handler with SA_SIGINFO.
    let code = unsafe { (*info).si_code };
    // A fault comes again when the handler returns; what another process sent does not, nor a memory error that nobody
    // has met yet (sigaction(2), si_code).
    let comes_again = code > 0 && Some(code) != MEMORY_ERROR_ELSEWHERE;
    match previous.sa_sigaction {
        libc::SIG_IGN if !comes_again => return,
        libc::SIG_DFL | libc::SIG_IGN => set_default(signal),
        handler if previous.sa_flags & libc::SA_SIGINFO != 0 => {
            // SAFETY: with SA_SIGINFO the field holds a function of this type; it was installed for this signal.
            let handler: extern "C" fn(c_int, *mut siginfo_t, *mut c_void) =
                unsafe { std::mem::transmute(handler) };
            handler(signal, info, context);
        }
        handler => {
            // SAFETY: without SA_SIGINFO the field holds a function of this type.
            let handler: extern "C" fn(c_int) = unsafe { std::mem::transmute(handler) };
            handler(signal);
        }
    }
    // Rust's own handler, there to report stack overflows, sets the default action and trusts the fault to come again.
    if !comes_again && is_default(signal) {
        // SAFETY: raise is async-signal-safe. The signal is blocked until this handler returns, and kills then.
        unsafe { libc::raise(signal) };
    }
}

fn set_default(signal: c_int) {
    // SAFETY: all zeros is a valid `sigaction`: no flags, an empty mask, the default action.
    let action: libc::sigaction = unsafe { std::mem::zeroed() };
    // SAFETY: `action` is complete, and sigaction is async-signal-safe.
    unsafe { libc::sigaction(signal, &raw const action, ptr::null_mut()) };
}

fn is_default(signal: c_int) -> bool {
    // SAFETY: all zeros is a valid `sigaction`.
    let mut now: libc::sigaction = unsafe { std::mem::zeroed() };
    // SAFETY: a null action only asks; `now` is valid for the write.
    let asked = unsafe { libc::sigaction(signal, ptr::null(), &raw mut now) };
    asked == 0 && now.sa_sigaction == libc::SIG_DFL
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn errno_place() -> *mut c_int {
    // SAFETY: no preconditions; async-signal-safe in glibc and musl, where it is an address relative to the thread.
    unsafe { libc::__errno_location() }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn errno_place() -> *mut c_int {
    // SAFETY: no preconditions.
    unsafe { libc::__error() }
}

#[cfg(test)]
pub(crate) mod tests;
