//! A wish that a scan should end early, in a form that a signal handler can make and that a wait for input can see.
//!
//! It is a flag, which is cheap to look at between chunks, and a pipe, which `poll` can wait for beside an input that
//! may never come. It is never taken back, so nobody reads the pipe.

use std::{
    io::{self, PipeReader, PipeWriter, Write},
    os::fd::{AsRawFd, RawFd},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

/// Ends scans early, from any thread or from a signal handler: see [`Progress::with_stop`](crate::Progress::with_stop).
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
#[derive(Debug)]
pub struct Stop {
    /// Set once, by [`Stop::request`] or a signal handler, and read by the workers. SeqCst, so that whoever sees it also
    /// sees what was stored before it, such as the number of the signal; it is read once per chunk.
    requested: Arc<AtomicBool>,
    reader: PipeReader,
    writer: PipeWriter,
}

impl Stop {
    /// A stop that nobody has asked for yet.
    ///
    /// # Errors
    /// What the system says if it has no more pipes to give.
    pub fn new() -> io::Result<Stop> {
        let (reader, writer) = io::pipe()?;
        Ok(Stop {
            requested: Arc::default(),
            reader,
            writer,
        })
    }

    /// Asks for a stop. Once is enough; it cannot be taken back.
    pub fn request(&self) {
        if !self.requested.swap(true, Ordering::SeqCst) {
            // Into an empty pipe whose reader is alive: this neither blocks nor fails.
            let _ = (&self.writer).write(b"!");
        }
    }

    /// Whether a stop has been asked for.
    pub fn is_requested(&self) -> bool {
        self.requested.load(Ordering::SeqCst)
    }

    /// What a signal handler sets, first, to ask for a stop.
    pub fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.requested)
    }

    /// Where a signal handler writes a byte, second, to end a wait for input. It need not block if the pipe is full.
    ///
    /// # Errors
    /// What the system says if it has no more descriptors to give.
    pub fn pipe(&self) -> io::Result<PipeWriter> {
        self.writer.try_clone()
    }

    /// What becomes readable when a stop has been asked for, and stays so.
    pub(super) fn descriptor(&self) -> RawFd {
        self.reader.as_raw_fd()
    }
}

/// Whether this process ignores a signal, as `nohup` and shells want it of what runs in the background. A program
/// should not take up again what its caller has had ignored.
pub fn signal_is_ignored(signal: i32) -> bool {
    let mut action = std::mem::MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: with a null pointer for the new action sigaction changes nothing; `action` is valid for writes of one.
    let failed = unsafe { libc::sigaction(signal, std::ptr::null(), action.as_mut_ptr()) } != 0;
    if failed {
        return false;
    }
    // SAFETY: all-zero bytes are a valid sigaction (integers and nullable pointers), and the call has filled it in.
    let action = unsafe { action.assume_init() };
    action.sa_sigaction == libc::SIG_IGN
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stop_may_be_asked_for_any_number_of_times() {
        let stop = Stop::new().unwrap();
        assert!(!stop.is_requested());
        // More often than the pipe has room for bytes.
        for _ in 0..100_000 {
            stop.request();
        }
        assert!(stop.is_requested());
    }

    #[test]
    fn rust_programs_ignore_a_closed_pipe_and_no_other_signal() {
        assert!(signal_is_ignored(libc::SIGPIPE));
        assert!(!signal_is_ignored(libc::SIGSEGV));
        assert!(!signal_is_ignored(-1), "there is no such signal");
    }
}
