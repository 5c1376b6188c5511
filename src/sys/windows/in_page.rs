//! EXCEPTION_IN_PAGE_ERROR: the guard's handler where a mapped page cannot be read, because a disk
//! fails or a network is gone.
//!
//! A page in the middle of a view cannot be replaced. So the handler takes the whole view away and
//! reserves its addresses. After that, each page that is touched becomes zeros. From then on
//! nothing of the mapping may be trusted, not even the part before the fault. Bytes that had been
//! read and not yet confirmed are read again from the file, by position. That tells which bytes
//! really cannot be read.
//!
//! Between the two calls the addresses are free for a moment. If another thread gets memory there
//! just then, the handler cannot go on: it says so and ends the process with status 2. Mappings
//! that are written, those of boards, are not taken away, because somebody could write into that
//! memory. For a fault in them the handler always ends the process in this way.
//!
//! The addresses stay reserved as long as the process lives: memmap2 unmaps by address, and must
//! find no memory of others there.

use std::{ffi::c_void, ptr};

use windows_sys::Win32::{
    Foundation::{EXCEPTION_ACCESS_VIOLATION, EXCEPTION_IN_PAGE_ERROR},
    Storage::FileSystem::WriteFile,
    System::{
        Console::{GetStdHandle, STD_ERROR_HANDLE},
        Diagnostics::Debug::{
            AddVectoredExceptionHandler, EXCEPTION_CONTINUE_EXECUTION, EXCEPTION_CONTINUE_SEARCH,
            EXCEPTION_POINTERS,
        },
        Memory::{
            MEM_COMMIT, MEM_FREE, MEM_PRIVATE, MEM_RESERVE, MEMORY_BASIC_INFORMATION,
            MEMORY_MAPPED_VIEW_ADDRESS, PAGE_NOACCESS, PAGE_READONLY, UnmapViewOfFile,
            VirtualAlloc, VirtualQuery,
        },
        Threading::{GetCurrentProcess, SwitchToThread, TerminateProcess},
    },
};

use crate::sys::{
    guard::{self, Protection},
    page_bytes,
};

/// The value by which an exception says that the failed access was a read.
const READ: usize = 0;

/// The message with which the process ends.
const MESSAGE: &[u8] =
    b"logscan: a mapped file cannot be read any more; try again with --no-mmap\n";

/// The exit status: trouble, as of grep.
const STATUS: u32 = 2;

/// Installs the handler. Returns false if that failed.
pub(crate) fn install_fault_handler() -> bool {
    // SAFETY: the handler is a function that lives as long as the process and may be called on any
    // thread.
    let handle = unsafe { AddVectoredExceptionHandler(1, Some(on_exception)) };
    !handle.is_null()
}

/// Handles the exception. It takes no lock and allocates nothing, and only makes system calls.
unsafe extern "system" fn on_exception(exception: *mut EXCEPTION_POINTERS) -> i32 {
    // SAFETY: the system gives a valid structure to a handler.
    let record = unsafe { (*exception).ExceptionRecord };
    // SAFETY: as above, and it holds a valid record.
    let record = unsafe { &*record };
    let [access, address, ..] = record.ExceptionInformation;
    let is_done = match record.ExceptionCode {
        EXCEPTION_IN_PAGE_ERROR if record.NumberParameters >= 2 => take_away(address),
        EXCEPTION_ACCESS_VIOLATION if record.NumberParameters >= 2 && access == READ => {
            put_zeros(address)
        }
        _ => false,
    };
    match is_done {
        true => EXCEPTION_CONTINUE_EXECUTION,
        false => EXCEPTION_CONTINUE_SEARCH,
    }
}

/// Takes away the view that holds `address`, if it is a guarded one.
fn take_away(address: usize) -> bool {
    let Some(found) = guard::find(address) else {
        return false;
    };
    let Some(region) = region_around(address) else {
        return false;
    };
    if found.protection == Protection::Writable {
        end_process();
    }
    let base = region.AllocationBase;
    // The second thread tries again, and finds what the first one has done.
    if found.note_fault(base.addr()) {
        replace(base, found.end - base.addr());
        guard::count_fault();
    }
    true
}

fn replace(base: *mut c_void, bytes: usize) {
    let view = MEMORY_MAPPED_VIEW_ADDRESS { Value: base };
    // SAFETY: it is a view that memmap2 has mapped and that is alive: the reader that faulted
    // borrows it, and a mapping leaves the table before it is unmapped. Who reads its pages checks
    // the fault, which has been noted, before believing them, and nobody writes them. Nothing but
    // reads of its own pages refers to it meanwhile.
    let unmapped = unsafe { UnmapViewOfFile(view) };
    // SAFETY: it asks for addresses that were just given back, and fails if somebody else has them.
    let reserved = unsafe { VirtualAlloc(base, bytes, MEM_RESERVE, PAGE_NOACCESS) };
    if unmapped == 0 || reserved != base {
        end_process();
    }
}

/// Puts a page of zeros where a view was taken away. Returns false if none was.
fn put_zeros(address: usize) -> bool {
    if !guard::find(address).is_some_and(|found| found.has_fault()) {
        return false;
    }
    match region_around(address).map(|region| (region.State, region.Type)) {
        Some((MEM_FREE, _)) => {
            // It is being replaced.
            // SAFETY: it has no preconditions.
            unsafe { SwitchToThread() };
            true
        }
        Some((MEM_RESERVE, _)) => {
            let page = ptr::with_exposed_provenance::<c_void>(guard::page_around(address));
            // SAFETY: the page lies in what `replace` has reserved. To commit a page twice changes
            // nothing.
            let done = unsafe { VirtualAlloc(page, page_bytes(), MEM_COMMIT, PAGE_READONLY) };
            if done.is_null() {
                end_process();
            }
            true
        }
        // Another thread has just put the page there.
        Some((MEM_COMMIT, MEM_PRIVATE)) => true,
        _ => false,
    }
}

fn region_around(address: usize) -> Option<MEMORY_BASIC_INFORMATION> {
    let mut region = MEMORY_BASIC_INFORMATION::default();
    let place = ptr::with_exposed_provenance::<c_void>(address);
    // SAFETY: `region` is valid for a write of its own length; any address may be asked for.
    let done = unsafe { VirtualQuery(place, &raw mut region, size_of_val(&region)) };
    (done != 0).then_some(region)
}

fn end_process() -> ! {
    // SAFETY: it has no preconditions.
    let stderr = unsafe { GetStdHandle(STD_ERROR_HANDLE) };
    let length = u32::try_from(MESSAGE.len()).unwrap_or(0);
    let mut written = 0;
    // SAFETY: the message is static, and `written` is valid for the write. If there is no such
    // handle it fails.
    unsafe {
        WriteFile(
            stderr,
            MESSAGE.as_ptr(),
            length,
            &raw mut written,
            ptr::null_mut(),
        )
    };
    // SAFETY: it has no preconditions.
    let process = unsafe { GetCurrentProcess() };
    // SAFETY: the handle always means this process.
    unsafe { TerminateProcess(process, STATUS) };
    unreachable!("a process that was terminated does not run");
}

#[cfg(test)]
mod tests;
