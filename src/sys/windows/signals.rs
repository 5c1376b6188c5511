//! Ctrl-C and its kin, by SetConsoleCtrlHandler: the first one ends the search in order, the second
//! one ends the process at once.
//!
//! The system calls the handler on a thread of its own. When the console is closed or its user logs
//! off, the system ends the process as soon as the handler returns, or after five seconds. So the
//! handler does not return then, and the search has that time to end in order. A process that was
//! started with Ctrl-C ignored goes on ignoring it.

use std::{
    io, ptr,
    sync::{
        Arc,
        atomic::{AtomicPtr, AtomicUsize, Ordering},
    },
};

use windows_sys::Win32::System::{
    Console::{
        CTRL_BREAK_EVENT, CTRL_C_EVENT, CTRL_CLOSE_EVENT, CTRL_LOGOFF_EVENT, CTRL_SHUTDOWN_EVENT,
        SetConsoleCtrlHandler,
    },
    Threading::{INFINITE, Sleep},
};

use crate::sys::{Signal, Stop};

const CAUGHT: [Signal; 2] = [Signal::Interrupt, Signal::Terminate];

/// The state that the handler uses, because it gets no argument from us. [`Signals::catch`] writes
/// it, and the last call wins. Its target is never freed, because a handler may be running.
static CURRENT: AtomicPtr<Shared> = AtomicPtr::new(ptr::null_mut());

/// The state that the handler sets.
#[derive(Debug)]
struct Shared {
    stop: Arc<Stop>,
    /// The index into [`CAUGHT`] of what came, plus one, or 0 before. It is written before the stop
    /// is requested, and read when the search is over. SeqCst, as for the stop's flag.
    caught: AtomicUsize,
}

/// Catches what ends a command line program from outside.
#[derive(Debug)]
pub struct Signals(&'static Shared);

impl Signals {
    /// Catches the signals from now on.
    ///
    /// # Errors
    /// The error of the system.
    pub fn catch() -> io::Result<Signals> {
        let shared: &'static Shared = Box::leak(Box::new(Shared {
            stop: Arc::new(Stop::new()?),
            caught: AtomicUsize::new(0),
        }));
        let before = CURRENT.swap(ptr::from_ref(shared).cast_mut(), Ordering::AcqRel);
        // SAFETY: the handler is a function that may be called on any thread, and finds `CURRENT`
        // set.
        if before.is_null() && unsafe { SetConsoleCtrlHandler(Some(on_event), 1) } == 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(Signals(shared))
    }

    /// Returns the stop that ends the search.
    pub fn stop(&self) -> &Arc<Stop> {
        &self.0.stop
    }

    /// Returns the signal that came, if there was one.
    pub fn caught(&self) -> Option<Signal> {
        let nth = self.0.caught.load(Ordering::SeqCst).checked_sub(1)?;
        CAUGHT.get(nth).copied()
    }
}

unsafe extern "system" fn on_event(event: u32) -> windows_sys::core::BOOL {
    let number = match event {
        CTRL_C_EVENT | CTRL_BREAK_EVENT => 1,
        CTRL_CLOSE_EVENT | CTRL_LOGOFF_EVENT | CTRL_SHUTDOWN_EVENT => 2,
        _ => return 0,
    };
    // SAFETY: it was set before the handler was, to what is never freed.
    let shared = unsafe { &*CURRENT.load(Ordering::Acquire) };
    if shared.stop.is_requested() {
        return 0; // The next handler is that of the system, which ends the process.
    }
    shared.caught.store(number, Ordering::SeqCst);
    shared.stop.request();
    if number == 2 {
        // SAFETY: it has no preconditions.
        unsafe { Sleep(INFINITE) };
    }
    1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::guard::tests::in_child;

    #[test]
    fn the_first_ctrl_c_asks_for_a_stop_and_the_second_is_left_to_the_system() {
        let name = "sys::windows::signals::tests::\
                    the_first_ctrl_c_asks_for_a_stop_and_the_second_is_left_to_the_system";
        let Some(output) = in_child(name) else {
            let signals = Signals::catch().unwrap();
            assert_eq!(signals.caught(), None);
            // SAFETY: the system would call it in the same way.
            assert_eq!(unsafe { on_event(CTRL_C_EVENT) }, 1);
            assert!(signals.stop().is_requested());
            assert_eq!(signals.caught(), Some(Signal::Interrupt));
            // SAFETY: as above.
            assert_eq!(unsafe { on_event(CTRL_BREAK_EVENT) }, 0);
            return;
        };
        assert!(output.status.success(), "{output:?}");
    }
}
