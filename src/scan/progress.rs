//! How far a scan is: counters that workers add to and anybody may read, a call after each chunk, and a way to end it.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use crate::sys::Stop;

/// The counters of a running scan. Each is written by the workers and read by anybody; they are read for display only,
/// so `Relaxed` is enough: no other memory is published through them.
#[derive(Default)]
pub struct Progress {
    bytes_total: AtomicU64,
    bytes_done: AtomicU64,
    hits: AtomicU64,
    #[expect(
        clippy::type_complexity,
        reason = "a boxed callback, named nowhere else"
    )]
    on_chunk: Option<Box<dyn Fn(&Progress) + Send + Sync>>,
    stop: Option<Arc<Stop>>,
}

impl std::fmt::Debug for Progress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Progress")
            .field("bytes_total", &self.bytes_total())
            .field("bytes_done", &self.bytes_done())
            .field("hits", &self.hits())
            .finish_non_exhaustive()
    }
}

impl Progress {
    /// Counters that nobody is told about.
    pub fn new() -> Progress {
        Progress::default()
    }

    /// Counters with a function that is called after each chunk, on the worker that searched it. It should be quick.
    pub fn with_callback(on_chunk: impl Fn(&Progress) + Send + Sync + 'static) -> Progress {
        Progress {
            on_chunk: Some(Box::new(on_chunk)),
            ..Progress::default()
        }
    }

    /// The same, for a scan that ends early when `stop` is requested: what has been claimed by then is searched and
    /// delivered in order, nothing more is read, and [`Note::Interrupted`](crate::Note::Interrupted) says how far the
    /// results reach. A wait for a pipe, FIFO or terminal ends too, but not a read from
    /// [`Source::from_reader`](crate::Source::from_reader), and not a sink that waits for its reader.
    pub fn with_stop(self, stop: Arc<Stop>) -> Progress {
        Progress {
            stop: Some(stop),
            ..self
        }
    }

    /// What may end the scan early.
    pub(crate) fn stop(&self) -> Option<&Stop> {
        self.stop.as_deref()
    }

    /// How many bytes there are in all, 0 if that is not known.
    pub fn bytes_total(&self) -> u64 {
        self.bytes_total.load(Ordering::Relaxed)
    }

    /// How many bytes have been searched.
    pub fn bytes_done(&self) -> u64 {
        self.bytes_done.load(Ordering::Relaxed)
    }

    /// How many hits have been found, before any limit is applied.
    pub fn hits(&self) -> u64 {
        self.hits.load(Ordering::Relaxed)
    }

    /// Begins a new input.
    pub(crate) fn begin(&self, bytes_total: u64) {
        self.bytes_total.store(bytes_total, Ordering::Relaxed);
        self.bytes_done.store(0, Ordering::Relaxed);
        self.hits.store(0, Ordering::Relaxed);
    }

    /// Takes back what was searched only to look ahead: so many bytes are done.
    pub(crate) fn set_done(&self, bytes: u64) {
        self.bytes_done.store(bytes, Ordering::Relaxed);
        self.hits.store(0, Ordering::Relaxed);
    }

    /// Adds what one chunk gave.
    pub(crate) fn advance(&self, bytes: u64, hits: u64) {
        self.bytes_done.fetch_add(bytes, Ordering::Relaxed);
        self.hits.fetch_add(hits, Ordering::Relaxed);
        if let Some(on_chunk) = &self.on_chunk {
            on_chunk(self);
        }
    }
}
