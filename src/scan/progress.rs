//! Tells how far a scan is, with counters that workers add to and anybody may read. It calls a
//! function after each chunk, and can end the scan.
//!
//! The counters belong to this process, unless they live on a board, where other processes see
//! them.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use crate::sys::{self, SharedMap, Stop};

/// The counters of a running scan. Workers write each of them, and anybody reads them. They are
/// read for display only, so `Relaxed` is enough: no other memory is published through them.
#[derive(Default)]
pub struct Progress {
    counters: Counters,
    #[expect(
        clippy::type_complexity,
        reason = "a boxed callback, named nowhere else"
    )]
    on_chunk: Option<Box<dyn Fn(&Progress) + Send + Sync>>,
    stop: Option<Arc<Stop>>,
}

/// The place where the counters live.
enum Counters {
    Own([AtomicU64; COUNTERS]),
    Board(ProgressPlace),
}

/// The place of the counters on a board.
pub(crate) struct ProgressPlace {
    pub(crate) map: Arc<SharedMap>,
    /// The index of the first counter. The counters are in the order of [`Counter`].
    pub(crate) counters_at: usize,
    /// The index of the first worker's lane. The next field is the distance from one lane to the
    /// next.
    pub(crate) lanes_at: usize,
    pub(crate) lane_words: usize,
    /// How many lanes there are. Further workers share them.
    pub(crate) lanes: usize,
}

/// The things that are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counter {
    /// How many bytes there are in all, or 0 if that is not known.
    BytesTotal,
    BytesDone,
    /// How many hits there are, before any limit is applied.
    Hits,
    /// When a worker was last done with a chunk, by [`sys::monotonic_ns`]. This counter and the
    /// next are only on a board.
    Heartbeat,
    /// When the input was begun.
    Begun,
}

/// How many counters there are.
const COUNTERS: usize = Counter::Begun as usize + 1;

impl Default for Counters {
    fn default() -> Counters {
        Counters::Own(Default::default())
    }
}

impl Counters {
    fn get(&self, counter: Counter) -> &AtomicU64 {
        match self {
            Counters::Own(counters) => &counters[counter as usize],
            Counters::Board(place) => &place.map.words()[place.counters_at + counter as usize],
        }
    }
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
    /// Creates counters about which nobody is told.
    pub fn new() -> Progress {
        Progress::default()
    }

    /// Creates counters with a function that is called after each chunk, on the worker that
    /// searched it. The function should be quick.
    pub fn with_callback(on_chunk: impl Fn(&Progress) + Send + Sync + 'static) -> Progress {
        Progress {
            on_chunk: Some(Box::new(on_chunk)),
            ..Progress::default()
        }
    }

    /// Adds a stop that ends the scan early. When it is requested, claimed chunks are still
    /// searched and delivered in order, and nothing more is read.
    /// [`Note::Interrupted`](crate::Note::Interrupted) says how far the results reach. A wait for a
    /// pipe, FIFO or terminal ends too. A read from
    /// [`Source::from_reader`](crate::Source::from_reader) does not end, and neither does a sink
    /// that waits for its reader.
    pub fn with_stop(self, stop: Arc<Stop>) -> Progress {
        Progress {
            stop: Some(stop),
            ..self
        }
    }

    /// Moves the counters to a board.
    pub(crate) fn on_board(self, place: ProgressPlace) -> Progress {
        Progress {
            counters: Counters::Board(place),
            ..self
        }
    }

    /// Returns the stop that may end the scan early.
    pub(crate) fn stop(&self) -> Option<&Stop> {
        self.stop.as_deref()
    }

    /// Returns how many bytes there are in all, or 0 if that is not known.
    pub fn bytes_total(&self) -> u64 {
        self.load(Counter::BytesTotal)
    }

    /// Returns how many bytes have been searched.
    pub fn bytes_done(&self) -> u64 {
        self.load(Counter::BytesDone)
    }

    /// Returns how many hits have been found, before any limit is applied.
    pub fn hits(&self) -> u64 {
        self.load(Counter::Hits)
    }

    /// Begins a new input.
    pub(crate) fn begin(&self, bytes_total: u64) {
        self.store(Counter::BytesTotal, bytes_total);
        self.store(Counter::BytesDone, 0);
        self.store(Counter::Hits, 0);
        if let Counters::Board(place) = &self.counters {
            for nth in 0..place.lanes {
                place.lane(nth).store(0, Ordering::Relaxed);
            }
            let now = sys::monotonic_ns();
            self.store(Counter::Begun, now);
            self.store(Counter::Heartbeat, now);
        }
    }

    /// Takes back the count of bytes that were searched only to look ahead. `bytes` are done.
    pub(crate) fn set_done(&self, bytes: u64) {
        self.store(Counter::BytesDone, bytes);
        self.store(Counter::Hits, 0);
    }

    /// Adds the counts of one chunk, which `worker` has searched.
    pub(crate) fn advance(&self, worker: usize, bytes: u64, hits: u64) {
        self.add(Counter::BytesDone, bytes);
        self.add(Counter::Hits, hits);
        if let Counters::Board(place) = &self.counters {
            place
                .lane(worker % place.lanes)
                .fetch_add(bytes, Ordering::Relaxed);
            self.store(Counter::Heartbeat, sys::monotonic_ns());
        }
        if let Some(on_chunk) = &self.on_chunk {
            on_chunk(self);
        }
    }

    fn load(&self, counter: Counter) -> u64 {
        self.counters.get(counter).load(Ordering::Relaxed)
    }

    fn store(&self, counter: Counter, value: u64) {
        self.counters.get(counter).store(value, Ordering::Relaxed);
    }

    fn add(&self, counter: Counter, value: u64) {
        self.counters
            .get(counter)
            .fetch_add(value, Ordering::Relaxed);
    }
}

impl ProgressPlace {
    /// Returns how many bytes a worker has searched.
    fn lane(&self, nth: usize) -> &AtomicU64 {
        &self.map.words()[self.lanes_at + nth * self.lane_words]
    }
}
