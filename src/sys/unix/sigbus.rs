//! SIGBUS: the guard's handler where reading a mapped page behind the end of its file raises a
//! signal.
//!
//! For a fault inside a guarded mapping the handler records the place. It puts zero pages over the
//! fault and over all of the mapping behind it, and returns. The interrupted read sees zeros.
//!
//! The handler takes only `BUS_ADRERR` inside a registered mapping. Anything else (`kill -BUS`, a
//! hardware memory error, a fault in another mapping) goes to the handler that was there before,
//! which may be the default action. So real bugs still crash. The handler only makes atomic loads
//! and stores and one mmap, which is a bare system call. It takes no lock and allocates nothing
//! (signal-safety(7)). It keeps errno, and runs on the alternate stack if there is one.

use std::{
    ptr,
    sync::atomic::{AtomicPtr, Ordering},
};

use libc::{c_int, c_void, siginfo_t};

use crate::sys::guard::{self, Protection};

/// The code of a SIGBUS for memory that the thread did not touch.
#[cfg(target_os = "linux")]
const MEMORY_ERROR_ELSEWHERE: Option<c_int> = Some(libc::BUS_MCEERR_AO);
#[cfg(not(target_os = "linux"))]
const MEMORY_ERROR_ELSEWHERE: Option<c_int> = None;

/// The action for SIGBUS that was there before. It is written before the handler is installed and
/// never again, so a plain Acquire load in the handler sees all of it. It is never freed, because a
/// handler may be running.
static PREVIOUS: AtomicPtr<libc::sigaction> = AtomicPtr::new(ptr::null_mut());

/// Installs the handler. Returns false if that failed.
pub(crate) fn install_fault_handler() -> bool {
    // SAFETY: all zeros is a valid `sigaction`: no flags, an empty mask, the default action.
    let mut previous: libc::sigaction = unsafe { std::mem::zeroed() };
    // SAFETY: a null action only asks; `previous` is valid for the write.
    let asked = unsafe { libc::sigaction(libc::SIGBUS, ptr::null(), &raw mut previous) };
    if asked != 0 {
        return false;
    }
    PREVIOUS.store(Box::into_raw(Box::new(previous)), Ordering::Release);
    // SAFETY: as above.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    let handler: extern "C" fn(c_int, *mut siginfo_t, *mut c_void) = on_sigbus;
    action.sa_sigaction = handler as usize;
    action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
    // SAFETY: `action` is complete: its mask is empty, and its handler is a function that lives as
    // long as the process, does only what signal-safety(7) allows, and finds what it reads
    // (`PREVIOUS`, and the size of a page) stored before.
    let done = unsafe { libc::sigaction(libc::SIGBUS, &raw const action, ptr::null_mut()) };
    done == 0
}

/// Handles the signal. All functions that it calls are async-signal-safe.
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

/// Puts zero pages over a fault in a guarded mapping and over all of the mapping behind it. Returns
/// false if the fault is not ours.
///
/// It replaces all of that, because a file that was cut lacks everything behind the cut. So one
/// fault stands for thousands.
fn put_zeros(info: *mut siginfo_t) -> bool {
    // SAFETY: the kernel gives a valid siginfo to a handler with SA_SIGINFO.
    let info = unsafe { &*info };
    // SAFETY: for a SIGBUS with BUS_ADRERR the kernel has filled in the address.
    let address = unsafe { info.si_addr() }.addr();
    let Some(found) = guard::find(address) else {
        return false;
    };
    let page = guard::page_around(address);
    found.note_fault(page);
    // SAFETY: the range begins at a page inside a mapping that this process made and that is alive:
    // the reader that faulted borrows it, and a mapping leaves the table before it is unmapped.
    // Whoever reads its pages checks `fault` before believing them, and whoever writes them has to
    // do with other processes changing them, so replacing them breaks nobody's assumption. They are
    // writable if those before them were.
    let mapped = unsafe {
        libc::mmap(
            ptr::with_exposed_provenance_mut(page),
            found.end - page,
            match found.protection {
                Protection::ReadOnly => libc::PROT_READ,
                Protection::Writable => libc::PROT_READ | libc::PROT_WRITE,
            },
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED | libc::MAP_NORESERVE,
            -1,
            0,
        )
    };
    guard::count_fault();
    mapped != libc::MAP_FAILED
}

/// Handles the signal as it would be handled without us.
fn go_on_to_previous(signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
    // SAFETY: `install` stored a pointer to a whole `sigaction` before it installed this handler,
    // and nobody frees it.
    let previous = unsafe { &*PREVIOUS.load(Ordering::Acquire) };
    // SAFETY: the kernel gives a valid siginfo to a handler with SA_SIGINFO.
    let code = unsafe { (*info).si_code };
    // A fault comes again when the handler returns. A signal that another process sent does not,
    // nor does a memory error that nobody has met yet (sigaction(2), si_code).
    let comes_again = code > 0 && Some(code) != MEMORY_ERROR_ELSEWHERE;
    match previous.sa_sigaction {
        libc::SIG_IGN if !comes_again => return,
        libc::SIG_DFL | libc::SIG_IGN => set_default(signal),
        handler if previous.sa_flags & libc::SA_SIGINFO != 0 => {
            // SAFETY: with SA_SIGINFO the field holds a function of this type; it was installed for
            // this signal.
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
    // Rust has a handler of its own, which reports stack overflows. It sets the default action and
    // relies on the fault to come again.
    if !comes_again && is_default(signal) {
        // SAFETY: raise is async-signal-safe. The signal is blocked until this handler returns, and
        // kills then.
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
    // SAFETY: no preconditions; async-signal-safe in glibc and musl, where it is an address
    // relative to the thread.
    unsafe { libc::__errno_location() }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn errno_place() -> *mut c_int {
    // SAFETY: no preconditions.
    unsafe { libc::__error() }
}

#[cfg(test)]
pub(super) mod tests;
