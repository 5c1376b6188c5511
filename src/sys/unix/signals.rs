//! SIGINT and SIGTERM: the first ends the search in order, the second ends the process at once.
//!
//! The handler only sets atomics and writes a byte into a pipe. The search sees these between
//! chunks and while it waits for input. So a write that is blocked because nobody reads the results
//! stays blocked, until somebody reads them or a second signal comes.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use signal_hook::{
    consts::{SIGINT, SIGTERM},
    flag,
    low_level::pipe,
};

use crate::sys::{Signal, Stop};

const CAUGHT: [(i32, Signal); 2] = [(SIGINT, Signal::Interrupt), (SIGTERM, Signal::Terminate)];

/// The state that the signal handlers set.
#[derive(Debug)]
pub struct Signals {
    stop: Arc<Stop>,
    /// The index into [`CAUGHT`] of the signal that came, plus one, or 0 before a signal. The
    /// handlers write it before the stop's flag. It is read when the search is over. SeqCst,
    /// because signal-hook stores with it.
    caught: Arc<AtomicUsize>,
}

impl Signals {
    /// Catches the signals from now on, except those that the caller of this program wants ignored.
    ///
    /// # Errors
    /// The error of the system if it has no more pipes to give.
    pub fn catch() -> io::Result<Signals> {
        let signals = Signals {
            stop: Arc::new(Stop::new()?),
            caught: Arc::default(),
        };
        for (at, (signal, _)) in CAUGHT.into_iter().enumerate() {
            if !is_ignored(signal) {
                signals.catch_one(signal, at + 1)?;
            }
        }
        Ok(signals)
    }

    /// Registers the actions for one signal. When the signal comes they run in this order.
    fn catch_one(&self, signal: i32, number: usize) -> io::Result<()> {
        let requested = self.stop.flag();
        // A second signal, of either kind, has its default effect: it ends the process.
        flag::register_conditional_default(signal, Arc::clone(&requested))?;
        flag::register_usize(signal, Arc::clone(&self.caught), number)?;
        flag::register(signal, requested)?;
        pipe::register(signal, self.stop.wake().pipe()?)?;
        Ok(())
    }

    /// Returns the stop that ends the search.
    pub fn stop(&self) -> &Arc<Stop> {
        &self.stop
    }

    /// Returns the signal that came, if there was one.
    pub fn caught(&self) -> Option<Signal> {
        let nth = self.caught.load(Ordering::SeqCst).checked_sub(1)?;
        CAUGHT.get(nth).map(|&(_, signal)| signal)
    }
}

/// Returns whether this process ignores a signal, as `nohup` asks for, and shells ask for it for
/// background jobs. A program should not catch a signal that its caller wants ignored.
fn is_ignored(signal: i32) -> bool {
    let mut action = std::mem::MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: with a null pointer for the new action sigaction changes nothing; `action` is valid
    // for writes of one.
    let failed = unsafe { libc::sigaction(signal, std::ptr::null(), action.as_mut_ptr()) } != 0;
    if failed {
        return false;
    }
    // SAFETY: all-zero bytes are a valid sigaction (integers and nullable pointers), and the call
    // has filled it in.
    let action = unsafe { action.assume_init() };
    action.sa_sigaction == libc::SIG_IGN
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rust_programs_ignore_a_closed_pipe_and_no_other_signal() {
        assert!(is_ignored(libc::SIGPIPE));
        assert!(!is_ignored(libc::SIGSEGV));
        assert!(!is_ignored(-1), "there is no such signal");
    }
}
