//! Waits for bytes that may never come, or for a wish to stop.
//!
//! A wait cannot include an anonymous pipe together with anything else. To look at the pipe now and
//! then would either keep a processor busy or make a quick pipe slow. So the pipe is read, and the
//! read is cancelled when a stop is asked for.

use std::{
    ffi::c_void,
    fs::File,
    io::{self, Read},
    os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle},
    ptr,
    sync::atomic::{AtomicBool, Ordering},
};

use windows_sys::Win32::{
    Foundation::{
        DUPLICATE_SAME_ACCESS, DuplicateHandle, ERROR_OPERATION_ABORTED, HANDLE,
        INVALID_HANDLE_VALUE,
    },
    Storage::FileSystem::{FILE_TYPE_CHAR, FILE_TYPE_PIPE, GetFileType},
    System::{
        Console::GetConsoleMode,
        IO::CancelSynchronousIo,
        Pipes::PeekNamedPipe,
        Threading::{
            CreateEventW, GetCurrentProcess, GetCurrentThread, INFINITE,
            RegisterWaitForSingleObject, SetEvent, Sleep, UnregisterWaitEx, WT_EXECUTEONLYONCE,
        },
    },
};

use super::file::has_code;
use crate::sys::Stop;

/// What a wait can watch beside its input: an event. It is set when a stop is asked for, and stays
/// set.
#[derive(Debug)]
pub(crate) struct Wake {
    event: OwnedHandle,
}

impl Wake {
    pub(crate) fn new() -> io::Result<Wake> {
        // SAFETY: null is allowed for both: no name, and the security that a process gives what it
        // makes.
        let event = unsafe { CreateEventW(ptr::null(), 1, 0, ptr::null()) };
        Ok(Wake {
            event: owned(event)?,
        })
    }

    /// Ends waits, from now on. One call is enough.
    pub(crate) fn wake(&self) {
        // SAFETY: the handle is that of an event, open as long as `self` lives. It cannot fail
        // then.
        unsafe { SetEvent(self.event.as_raw_handle()) };
    }
}

/// Takes a handle that a call has just returned. Null means that the call failed.
pub(super) fn owned(handle: HANDLE) -> io::Result<OwnedHandle> {
    match handle.is_null() {
        true => Err(io::Error::last_os_error()),
        // SAFETY: the call has made it for us, so it is open, and nobody else closes it.
        false => Ok(unsafe { OwnedHandle::from_raw_handle(handle) }),
    }
}

/// Does nothing: on Windows pipes keep the width that they were made with.
pub(crate) fn widen_pipe(_: &File) {}

/// Reads from `file` as soon as there is something. Returns `None` if a stop is asked for before
/// that.
///
/// Only a wait for a pipe can be ended. Other inputs do not wait, except for a console, whose reads
/// end with Ctrl-C.
pub(crate) fn read_unless_stopped(
    mut file: &File,
    buffer: &mut [u8],
    stop: Option<&Stop>,
) -> io::Result<Option<usize>> {
    let Some(stop) = stop.filter(|_| kind_of(file) == FILE_TYPE_PIPE && !input_ready(file)) else {
        return file.read(buffer).map(Some);
    };
    let canceller = Canceller::new()?;
    let read = {
        let _armed = Armed::new(&canceller, stop)?;
        let read = file.read(buffer);
        canceller.is_over.store(true, Ordering::Release);
        read
    };
    match read {
        Err(error) if has_code(&error, &[ERROR_OPERATION_ABORTED]) && stop.is_requested() => {
            Ok(None)
        }
        read => read.map(Some),
    }
}

/// Cancels a read of the thread that made it.
struct Canceller {
    thread: OwnedHandle,
    /// Whether the read has returned. The reader writes it, and the thread that cancels reads it.
    /// Release and Acquire, so that no other call of the reader is ever cancelled: the reader
    /// begins nothing before the other thread has seen this.
    is_over: AtomicBool,
}

impl Canceller {
    fn new() -> io::Result<Canceller> {
        let mut thread: HANDLE = ptr::null_mut();
        // SAFETY: it has no preconditions.
        let process = unsafe { GetCurrentProcess() };
        // SAFETY: it has no preconditions.
        let current = unsafe { GetCurrentThread() };
        // SAFETY: both are valid handles, which always mean this process and this thread; `thread`
        // is valid for the write.
        let done = unsafe {
            DuplicateHandle(
                process,
                current,
                process,
                &raw mut thread,
                0,
                0,
                DUPLICATE_SAME_ACCESS,
            )
        };
        if done == 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(Canceller {
            thread: owned(thread)?,
            is_over: AtomicBool::new(false),
        })
    }
}

/// A read that ends when a stop is asked for, as long as this value lives.
struct Armed<'c> {
    wait: HANDLE,
    canceller: &'c Canceller,
}

impl<'c> Armed<'c> {
    fn new(canceller: &'c Canceller, stop: &Stop) -> io::Result<Armed<'c>> {
        let mut wait: HANDLE = ptr::null_mut();
        // SAFETY: the event outlives the wait, as `stop` is borrowed by who holds this; so does
        // `canceller`, which may be used by any thread, and which `Drop` lets go only when the
        // callback has returned.
        let done = unsafe {
            RegisterWaitForSingleObject(
                &raw mut wait,
                stop.wake().event.as_raw_handle(),
                Some(cancel),
                ptr::from_ref(canceller).cast::<c_void>(),
                INFINITE,
                WT_EXECUTEONLYONCE,
            )
        };
        match done {
            0 => Err(io::Error::last_os_error()),
            _ => Ok(Armed { wait, canceller }),
        }
    }
}

impl Drop for Armed<'_> {
    fn drop(&mut self) {
        self.canceller.is_over.store(true, Ordering::Release);
        // SAFETY: `wait` was registered by `new` and is unregistered here only. With this argument
        // the call returns when the callback has.
        unsafe { UnregisterWaitEx(self.wait, INVALID_HANDLE_VALUE) };
    }
}

/// Cancels the read until it is over, because it may not have begun yet. This runs on a thread of
/// the system when a stop is asked for.
unsafe extern "system" fn cancel(canceller: *mut c_void, _: bool) {
    // SAFETY: `Armed::new` passed a reference that lives until this has returned.
    let canceller = unsafe { &*canceller.cast::<Canceller>() };
    while !canceller.is_over.load(Ordering::Acquire) {
        // SAFETY: the handle is that of a thread, open as long as `canceller` lives.
        unsafe { CancelSynchronousIo(canceller.thread.as_raw_handle()) };
        // SAFETY: it has no preconditions.
        unsafe { Sleep(1) };
    }
}

/// Returns whether a read from `file` would return at once, with bytes or with its end. For a
/// console nobody knows: keys are there before a line is.
pub(crate) fn input_ready(file: &File) -> bool {
    match kind_of(file) {
        FILE_TYPE_PIPE => {
            let mut available = 0;
            // SAFETY: the handle is open while `file` is borrowed; `available` is valid for the
            // write, and null is allowed for what is not wanted.
            let done = unsafe {
                PeekNamedPipe(
                    file.as_raw_handle(),
                    ptr::null_mut(),
                    0,
                    ptr::null_mut(),
                    &raw mut available,
                    ptr::null_mut(),
                )
            };
            // The call fails when nobody has the other end of the pipe any more. Then the read does
            // not wait either.
            done == 0 || available > 0
        }
        FILE_TYPE_CHAR => {
            let mut mode = 0;
            // SAFETY: the handle is open while `file` is borrowed, and `mode` is valid for the
            // write.
            let is_console = unsafe { GetConsoleMode(file.as_raw_handle(), &raw mut mode) } != 0;
            !is_console
        }
        _ => true,
    }
}

fn kind_of(file: &File) -> u32 {
    // SAFETY: the handle is open while `file` is borrowed.
    unsafe { GetFileType(file.as_raw_handle()) }
}

#[cfg(test)]
mod tests {
    use std::{io::Write, sync::Arc, thread};

    use super::*;

    fn pipe() -> (File, io::PipeWriter) {
        let (reader, writer) = io::pipe().unwrap();
        (File::from(OwnedHandle::from(reader)), writer)
    }

    #[test]
    fn what_is_in_a_pipe_is_read_and_then_its_end() {
        let (reader, mut writer) = pipe();
        assert!(!input_ready(&reader));
        writer.write_all(b"abc").unwrap();
        assert!(input_ready(&reader));
        let stop = Stop::new().unwrap();
        let mut buffer = [0; 10];
        let read = |buffer: &mut [u8]| read_unless_stopped(&reader, buffer, Some(&stop)).unwrap();
        assert_eq!(read(&mut buffer), Some(3));
        let late = thread::spawn(move || writer.write_all(b"de").unwrap());
        assert_eq!(read(&mut buffer), Some(2), "it was waited for");
        late.join().unwrap();
        assert!(input_ready(&reader));
        assert_eq!(read(&mut buffer), Some(0));
    }

    #[test]
    fn a_stop_ends_a_wait_whether_it_comes_before_or_meanwhile() {
        for is_before in [true, false] {
            let (reader, writer) = pipe();
            let stop = Arc::new(Stop::new().unwrap());
            if is_before {
                stop.request();
            }
            let other = Arc::clone(&stop);
            let later = thread::spawn(move || other.request());
            let read = read_unless_stopped(&reader, &mut [0; 10], Some(&stop)).unwrap();
            assert_eq!(read, None);
            later.join().unwrap();
            drop(writer);
        }
    }
}
