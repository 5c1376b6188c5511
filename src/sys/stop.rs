//! A wish that a scan should end early. A signal handler can make it, and a wait for input can see
//! it.
//!
//! It has a flag, which is cheap to look at between chunks. It also has something that a wait can
//! watch beside an input that may never come. The wish is never taken back.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use super::platform::Wake;

/// Ends scans early, from any thread or from a signal handler: see
/// [`Progress::with_stop`](crate::Progress::with_stop).
///
/// ```
/// use std::sync::Arc;
/// use logscan::{EachLine, Matcher, Patterns, Progress, Scan, Source, Stop, Workers, scan};
/// let stop = Arc::new(Stop::new()?);
/// stop.request();
/// let progress = Progress::new().with_stop(Arc::clone(&stop));
/// let mut source = Source::from_bytes("log".as_ref(), b"a\nb\n".to_vec());
/// let scan = Scan::new(Matcher::new(&Patterns::new("a"))?);
/// let mut sink = EachLine::new(|_| Ok(()));
/// let summary = scan::run(&scan, &mut source, &Workers::new(1), &progress, &mut sink)?;
/// assert_eq!(summary.hits, 0);
/// assert_eq!(summary.notes[0].to_string(), "interrupted: results are complete up to byte 0");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Stop {
    /// The flag. [`Stop::request`] or a signal handler sets it once, and the workers read it.
    /// SeqCst, so that a thread that sees the flag also sees what was stored before it, such as the
    /// number of the signal. It is read once per chunk.
    requested: Arc<AtomicBool>,
    wake: Arc<Wake>,
}

impl Stop {
    /// Creates a stop that nobody has asked for yet.
    ///
    /// # Errors
    /// The error of the system if it has no more pipes to give, or on Windows no more events.
    pub fn new() -> io::Result<Stop> {
        Ok(Stop {
            requested: Arc::default(),
            wake: Arc::new(Wake::new()?),
        })
    }

    /// Asks for a stop. One call is enough, and it cannot be taken back.
    pub fn request(&self) {
        if !self.requested.swap(true, Ordering::SeqCst) {
            self.wake.wake();
        }
    }

    /// Returns whether a stop has been asked for.
    pub fn is_requested(&self) -> bool {
        self.requested.load(Ordering::SeqCst)
    }

    /// Returns the flag that a signal handler sets first to ask for a stop.
    #[cfg(all(unix, feature = "cli"))]
    pub(super) fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.requested)
    }

    /// Returns what a wait for input watches beside its input.
    pub(super) fn wake(&self) -> &Wake {
        &self.wake
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stop_may_be_asked_for_any_number_of_times() {
        let stop = Stop::new().unwrap();
        assert!(!stop.is_requested());
        // This is more often than the pipe has room for bytes.
        for _ in 0..100_000 {
            stop.request();
        }
        assert!(stop.is_requested());
    }
}
