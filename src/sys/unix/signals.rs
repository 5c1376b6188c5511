//! SIGINT and SIGTERM: the first ends the search in order, the second ends the process at once.
//!
//! The handler only sets atomics and writes a byte into a pipe; the search sees these between
//! chunks and while it waits for input. So a write that is blocked because nobody reads the results
//! stays blocked, until somebody does or a second signal comes.

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

/// What the signal handlers set.
#[derive(Debug)]
pub struct Signals {
    stop: Arc<Stop>,
    /// One more than the index into [`CAUGHT`] of the signal that came, 0 before. Written by the
    /// handlers before the stop's flag, and read when the search is over. SeqCst, because
    /// signal-hook stores so.
    caught: Arc<AtomicUsize>,
}

impl Signals {
    /// Catches the signals from now on, but not those that whoever started us wants ignored.
    ///
    /// # Errors
    /// What the system says if it has no more pipes to give.
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

    /// The actions are done in this order when the signal comes.
    fn catch_one(&self, signal: i32, number: usize) -> io::Result<()> {
        let requested = self.stop.flag();
        // The second signal, of either kind, has its default effect: it ends the process.
        flag::register_conditional_default(signal, Arc::clone(&requested))?;
        flag::register_usize(signal, Arc::clone(&self.caught), number)?;
        flag::register(signal, requested)?;
        pipe::register(signal, self.stop.wake().pipe()?)?;
        Ok(())
    }

    /// What ends the search.
    pub fn stop(&self) -> &Arc<Stop> {
        &self.stop
    }

    /// The signal that came, if one did.
    pub fn caught(&self) -> Option<Signal> {
        let nth = self.caught.load(Ordering::SeqCst).checked_sub(1)?;
        CAUGHT.get(nth).map(|&(_, signal)| signal)
    }
}

/// Whether this process ignores a signal, as `nohup` and shells want it of what runs in the
/// background. A program should not take up again what its caller has had ignored.
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
