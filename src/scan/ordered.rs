//! Has the only threads of the engine. Chunks are searched in any order, and everything that
//! depends on order happens in file order.
//!
//! Each chunk goes through four steps. Two of them run in parallel, two in file order:
//!
//! | step | runs | state of the chunk's slot before -> after |
//! |---|---|---|
//! | claim, search | on the worker that claimed it | (none) -> `Searching` -> `Found` |
//! | link | in order, by the worker that completes the row, under the lock; cheap | `Found` -> `Linked`, or `Done` if nothing is to be rendered |
//! | render | on the worker that searched it | `Linked` -> `Rendering` -> `Done` |
//! | deliver | in order, one at a time, by the worker that completes the row, outside the lock | `Done` -> (none) |
//!
//! 1. A worker holds two chunks at most. If its chunk cannot be linked yet, it claims another one,
//!    and renders the first when the other is searched.
//! 2. No worker waits while it holds something that others wait for. `Found` is published before
//!    any wait. Chunks are rendered and delivered from the lowest number up, so the lowest never
//!    waits.
//! 3. While a chunk is rendered, it may turn out to be the last, because the rest of the file is
//!    gone. Then what is known at its end replaces what was known at the end of the row, and the
//!    slots behind it are never delivered.
//! 4. Memory is bounded. Finished output waits in slots up to [`FINISHED_BYTES`] per worker. A
//!    worker hands over the output that it is making in pieces beyond [`OUT_BYTES`]. No more than
//!    [`SLOTS_PER_WORKER`] slots per worker exist.

use std::{
    any::Any,
    collections::VecDeque,
    io,
    sync::{Condvar, Mutex, MutexGuard, OnceLock, TryLockError},
};

use super::checkpoint::Checkpoint;
use crate::{
    error::{Error, Reason},
    sys,
};

/// How many bytes of a chunk's output are collected before they are handed over in pieces.
pub(crate) const OUT_BYTES: usize = 4 << 20;

/// How many bytes of finished output may wait for their turn, per worker.
const FINISHED_BYTES: usize = 4 << 20;

/// How many chunks claims may run ahead of delivery, per worker, unless stages say otherwise.
pub(super) const SLOTS_PER_WORKER: u64 = 64;

/// A larger output buffer is not used again.
const SPARE_BYTES_MAX: usize = OUT_BYTES + (1 << 20);

/// The threads on which a scan runs. They are started when they are first needed. Use one `Workers`
/// for many scans.
///
/// If the system refuses to start that many threads, there are fewer, down to the calling thread
/// alone. [`Workers::shortage`] says so.
#[derive(Debug)]
pub struct Workers {
    threads: usize,
    /// The threads, once they have been needed.
    started: OnceLock<Started>,
}

/// The threads that were started.
#[derive(Debug)]
struct Started {
    /// The threads. `None` if the calling thread works alone.
    pool: Option<rayon::ThreadPool>,
    shortage: Option<Shortage>,
}

/// The system refused to start as many threads as were wanted, mostly because of a limit on
/// processes or on memory. Results are the same with fewer threads, and come later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shortage {
    /// How many threads were wanted.
    pub wanted: usize,
    /// How many there are.
    pub started: usize,
    /// What the system said.
    pub reason: String,
}

impl std::fmt::Display for Shortage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Shortage {
            wanted,
            started,
            reason,
        } = self;
        let verb = if *started == 1 { "is" } else { "are" };
        write!(
            f,
            "{wanted} threads could not be started ({reason}): {started} {verb} used; the results are the same"
        )
    }
}

/// How many threads may be asked for on any machine.
const THREADS_LEAST: usize = 16;

/// How many threads may be asked for on each core. More threads only wait for each other, and each
/// takes memory.
const THREADS_PER_CORE: usize = 4;

/// The limit for the number of threads, unless there are more cores.
const THREADS_MOST: usize = 256;

/// How many bytes of address space a thread may take: 64 MiB that glibc sets aside for the heap of
/// each, 2 MiB of stack, a chunk, 8 MiB of output and the caches of its engine. Most of that is
/// never touched.
const THREAD_ADDRESS_BYTES: u64 = 96 << 20;

impl Workers {
    /// Creates `threads` workers. 0 stands for one per core. There are never more than
    /// [`Workers::most`].
    ///
    /// ```
    /// use logscan::Workers;
    ///
    /// assert_eq!(Workers::new(2).threads(), 2);
    /// assert_eq!(Workers::new(1_000_000).threads(), Workers::most());
    /// ```
    pub fn new(threads: usize) -> Workers {
        Workers {
            threads: bounded(threads, cores()),
            started: OnceLock::new(),
        }
    }

    /// Returns how many workers this machine may have. There may be 16, or 4 for each core if that
    /// is more, up to 256. If there are more than 256 cores, there may be one for each core.
    ///
    /// Thousands of threads on a few cores take minutes for what two of them do in a second.
    pub fn most() -> usize {
        bounded(usize::MAX, cores())
    }

    /// Returns how many workers there are. These are as many as were wanted, unless the system has
    /// refused to start them.
    pub fn threads(&self) -> usize {
        match self.started.get() {
            Some(Started {
                shortage: Some(shortage),
                ..
            }) => shortage.started,
            _ => self.threads,
        }
    }

    /// Returns what the system has refused, if it has. This is known once a scan needed threads.
    ///
    /// ```
    /// use logscan::Workers;
    ///
    /// assert_eq!(Workers::new(2).shortage(), None);
    /// ```
    pub fn shortage(&self) -> Option<&Shortage> {
        self.started.get()?.shortage.as_ref()
    }

    /// Starts the threads, or as many as the system gives. Each time it refuses, half as many are
    /// tried.
    fn pool(&self) -> Option<&rayon::ThreadPool> {
        let start = || {
            let (mut threads, mut shortage) = self.with_room(sys::address_bytes_left());
            while threads > 1 {
                let built = rayon::ThreadPoolBuilder::new()
                    .num_threads(threads)
                    .thread_name(|n| format!("logscan-{n}"))
                    .build();
                let error = match built {
                    Ok(pool) => {
                        return Started {
                            pool: Some(pool),
                            shortage,
                        };
                    }
                    Err(error) => error,
                };
                threads /= 2;
                shortage = Some(Shortage {
                    wanted: self.threads,
                    started: threads,
                    reason: reason_of(&error),
                });
            }
            Started {
                pool: None,
                shortage,
            }
        };
        self.started.get_or_init(start).pool.as_ref()
    }

    /// Returns how many threads have room in this much address space. Memory that cannot be had
    /// later would end the process.
    fn with_room(&self, bytes_left: Option<u64>) -> (usize, Option<Shortage>) {
        let room = bytes_left.map_or(u64::MAX, |bytes| bytes / THREAD_ADDRESS_BYTES);
        let room = usize::try_from(room).unwrap_or(usize::MAX).max(1);
        if room >= self.threads {
            return (self.threads, None);
        }
        let shortage = Shortage {
            wanted: self.threads,
            started: room,
            reason: format!(
                "the limit of address space, ulimit -v, has no room for {} MiB each",
                THREAD_ADDRESS_BYTES >> 20
            ),
        };
        (room, Some(shortage))
    }
}

/// Returns the words of the system, without rayon's words around them.
fn reason_of(error: &rayon::ThreadPoolBuildError) -> String {
    match std::error::Error::source(error).and_then(|source| source.downcast_ref::<io::Error>()) {
        Some(source) => Reason(source).to_string(),
        None => error.to_string(),
    }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Returns how many threads are used if `asked` were asked for on a machine with `cores`.
fn bounded(asked: usize, cores: usize) -> usize {
    let most = cores
        .saturating_mul(THREADS_PER_CORE)
        .clamp(THREADS_LEAST, THREADS_MOST);
    match asked {
        0 => cores,
        asked => asked.min(most.max(cores)),
    }
}

/// The work on one input, cut into the steps that [`run`] calls.
pub(crate) trait Stages: Sync {
    /// The source of claims. One worker at a time claims from it.
    type Feed: Send;
    /// A claimed chunk.
    type Claim;
    /// The things that a worker owns: buffers, caches.
    type Hands: Send;
    /// The result of searching a chunk.
    type Found: Send;
    /// The facts that are known from all chunks before.
    type Carry: Send;
    /// The facts from the chunks before that are needed to render a chunk.
    type Turn: Send;

    /// Returns how many chunks claims may run ahead of delivery, per worker.
    fn slots_per_worker(&self) -> u64 {
        SLOTS_PER_WORKER
    }

    /// Returns whether [`Stages::claim`] would wait for input. If it would, it is called only when
    /// every chunk claimed so far has been linked. So a stop is never noticed late because a worker
    /// sits in a read.
    fn may_block(&self, feed: &mut Self::Feed) -> bool;

    /// Claims the next chunk, in order.
    fn claim(&self, feed: &mut Self::Feed, hands: &mut Self::Hands) -> Claim<Self::Claim>;

    fn search(&self, hands: &mut Self::Hands, claim: Self::Claim) -> Self::Found;

    /// Folds a chunk into the known facts, in file order.
    fn link(&self, carry: &mut Self::Carry, found: &mut Self::Found) -> Linked<Self::Turn>;

    /// Returns whether the result so far was made of bytes that the input holds. This is asked
    /// before any of it is delivered. So it is never asked of stages that render nothing.
    fn is_intact(&self, found: &Self::Found) -> bool {
        let _ = found;
        true
    }

    /// Turns a chunk into output. If the input turned out to end in the chunk, returns what is
    /// known at its end. Then nothing behind the chunk counts, whatever was made of it. Stages
    /// whose `link` gives no turn render nothing.
    fn render(
        &self,
        hands: &mut Self::Hands,
        found: &Self::Found,
        turn: Self::Turn,
        out: &mut Out<'_>,
    ) -> Result<Option<Self::Carry>, Error> {
        let _ = (hands, found, turn, out);
        Ok(None)
    }

    /// Takes back the buffers of a chunk.
    fn discard(&self, hands: &mut Self::Hands, found: Self::Found);
}

/// The answer of [`Stages::claim`].
pub(crate) enum Claim<C> {
    Chunk(C),
    /// There is nothing yet, and the next attempt may block.
    Dry,
    /// Something has to be done first, outside the lock. It is not a chunk and has no turn.
    First(Box<dyn FnOnce()>),
    /// Another worker does what has to be done first.
    Wait,
    End,
}

/// The decision of [`Stages::link`] about a chunk.
pub(crate) struct Linked<T> {
    /// The facts that are needed to render the chunk, if there is anything to render.
    pub(crate) turn: Option<T>,
    /// Whether the chunk is the last that counts.
    pub(crate) stop: bool,
    /// The place where the input may be left when the chunk has been delivered, if anybody wants to
    /// know.
    pub(crate) reached: Option<Checkpoint>,
}

/// A value without its type, on the way from the worker that made it to the code that knows its
/// type. A fold makes one of a chunk, and it goes from the fold's renderer to
/// [`Sink::value`](crate::Sink::value).
pub struct Value(pub(super) Box<dyn Any + Send>);

impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Value")
    }
}

/// The output of a chunk, or of a part of one.
#[derive(Debug, Default)]
pub(crate) struct Rendered {
    /// The bytes that the renderer wrote.
    pub(crate) bytes: Vec<u8>,
    /// The value that the worker's half of a fold made of the whole chunk.
    pub(crate) value: Option<Value>,
    /// The inputs to which the output belongs, and how they ended, if several are searched at once.
    pub(crate) members: Option<Value>,
    /// How many matches the renderer counted, if it counts them.
    pub(crate) matches: u64,
    /// How many lines the renderer cut because the user wants so.
    pub(crate) cut_lines: u64,
    /// How many hits had less context than wanted.
    pub(crate) short_contexts: u64,
    /// Whether the output delivered before ends inside a record, the rest of which is lost.
    pub(crate) is_cut: bool,
    /// The place where the input may be left when this has been delivered.
    pub(crate) reached: Option<Checkpoint>,
}

impl Rendered {
    /// Adds the counts, but not the bytes, of another part.
    pub(crate) fn add_counts(&mut self, part: &Rendered) {
        self.matches += part.matches;
        self.cut_lines += part.cut_lines;
        self.short_contexts += part.short_contexts;
    }

    /// Takes counts off both, as far as both have them.
    fn take_off_counts(&mut self, surplus: &mut Rendered) {
        for (mine, other) in [
            (&mut self.matches, &mut surplus.matches),
            (&mut self.cut_lines, &mut surplus.cut_lines),
            (&mut self.short_contexts, &mut surplus.short_contexts),
        ] {
            let both = (*mine).min(*other);
            *mine -= both;
            *other -= both;
        }
    }

    fn is_empty(&self) -> bool {
        let Rendered {
            bytes,
            value,
            members,
            matches,
            cut_lines,
            short_contexts,
            is_cut,
            reached,
        } = self;
        let is_counted = *matches > 0 || *cut_lines > 0 || *short_contexts > 0;
        let is_told = value.is_some() || members.is_some() || reached.is_some();
        bytes.is_empty() && !is_told && !is_counted && !is_cut
    }
}

/// A place up to which a chunk has been rendered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DeliveredMark {
    /// Everything that starts before this offset has been rendered.
    pub(crate) offset: u64,
    /// How many hits of the chunk were rendered.
    pub(crate) hits: u64,
    /// How many lines are before the offset, if lines are numbered.
    pub(crate) lines: u64,
}

/// The output of a renderer. If too much has been collected, it is handed over. So a renderer that
/// writes piece by piece needs little memory for any line.
pub struct Out<'a> {
    rendered: Rendered,
    hand_over: &'a mut dyn FnMut(&mut Rendered) -> Result<(), Error>,
    /// Asks whether the input still holds what is being rendered.
    still_there: Option<&'a dyn Fn() -> bool>,
    /// Whether the input held it each time before something was handed over. If it did not, the
    /// rest of the rendering is in vain.
    intact: bool,
    /// The last place up to which everything has been rendered, and how many bytes had been
    /// collected then.
    mark: Option<(DeliveredMark, usize)>,
    /// The counts of what has been handed over. The next fields are how many bytes and values that
    /// was, and the place up to which it reaches.
    handed: Rendered,
    handed_bytes: usize,
    handed_values: usize,
    handed_to: Option<DeliveredMark>,
    /// Whether the output that has been handed over ends inside a record.
    handed_piece: bool,
    /// The counts that are passed over because they have been handed over already. The next fields
    /// are how many bytes and values are passed over.
    surplus: Rendered,
    surplus_bytes: usize,
    surplus_values: usize,
}

impl std::fmt::Debug for Out<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Out")
            .field("rendered", &self.rendered)
            .finish_non_exhaustive()
    }
}

impl<'a> Out<'a> {
    /// Creates an output that collects in `buffer`, behind the bytes in it.
    fn new(
        buffer: Vec<u8>,
        hand_over: &'a mut dyn FnMut(&mut Rendered) -> Result<(), Error>,
        still_there: Option<&'a dyn Fn() -> bool>,
    ) -> Out<'a> {
        Out {
            rendered: Rendered {
                bytes: buffer,
                ..Rendered::default()
            },
            hand_over,
            still_there,
            intact: true,
            mark: None,
            handed: Rendered::default(),
            handed_bytes: 0,
            handed_values: 0,
            handed_to: None,
            handed_piece: false,
            surplus: Rendered::default(),
            surplus_bytes: 0,
            surplus_values: 0,
        }
    }
}

impl Out<'_> {
    /// Adds to `bytes` everything that `render` writes, however much it is.
    pub(crate) fn collect(
        bytes: &mut Vec<u8>,
        render: impl FnOnce(&mut Out<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut handed = Vec::new();
        let mut hand_over = |rendered: &mut Rendered| {
            handed.append(&mut rendered.bytes);
            Ok(())
        };
        let mut out = Out::new(std::mem::take(bytes), &mut hand_over, None);
        let rendered = render(&mut out);
        *bytes = out.finish().bytes;
        if !handed.is_empty() {
            handed.append(bytes);
            *bytes = handed;
        }
        rendered
    }

    /// Appends bytes, in pieces if there are many.
    ///
    /// # Errors
    /// [`Error::Write`] if the output is closed or failed. The renderer returns it at once.
    pub fn write(&mut self, mut bytes: &[u8]) -> Result<(), Error> {
        if !self.intact {
            return Ok(());
        }
        let passed = self.surplus_bytes.min(bytes.len());
        self.surplus_bytes -= passed;
        bytes = &bytes[passed..];
        while self.rendered.bytes.len() + bytes.len() > OUT_BYTES {
            // Lines are handed over whole, unless one of them is too long.
            let mark = self.mark.take();
            let tail = match mark {
                Some((_, marked_bytes)) => self.rendered.bytes.split_off(marked_bytes),
                None => {
                    let room = OUT_BYTES.saturating_sub(self.rendered.bytes.len());
                    let (now, later) = bytes.split_at(room);
                    self.rendered.bytes.extend_from_slice(now);
                    bytes = later;
                    Vec::new()
                }
            };
            // The order is: copy, check, write. What is in `rendered` can no longer change.
            self.intact &= self.still_there.is_none_or(|still_there| still_there());
            if !self.intact {
                self.rendered.bytes.clear();
                return Ok(());
            }
            self.rendered.take_off_counts(&mut self.surplus);
            self.handed.add_counts(&self.rendered);
            self.handed_bytes += self.rendered.bytes.len();
            (self.hand_over)(&mut self.rendered)?;
            self.handed_to = mark.map(|(mark, _)| mark).or(self.handed_to);
            self.handed_piece = mark.is_none();
            self.rendered.bytes.extend_from_slice(&tail);
        }
        self.rendered.bytes.extend_from_slice(bytes);
        Ok(())
    }

    /// Marks everything before `mark` as rendered.
    pub(crate) fn mark(&mut self, mark: DeliveredMark) {
        let collected = self.rendered.bytes.len();
        if collected > 0 {
            self.mark = Some((mark, collected));
        }
    }

    /// Returns whether anything has been handed over.
    pub(crate) fn has_handed_over(&self) -> bool {
        self.handed_bytes > 0 || self.handed_values > 0
    }

    /// Returns the place up to which the output that has been handed over reaches.
    pub(crate) fn handed_to(&self) -> Option<DeliveredMark> {
        self.handed_to
    }

    /// Returns whether everything that was handed over so far was what the input held.
    pub(crate) fn is_intact(&self) -> bool {
        self.intact
    }

    /// Drops what has not been handed over. The chunk is rendered once more from its beginning,
    /// this time from bytes that cannot get lost. Output that has been handed over is passed over.
    pub(crate) fn restart(&mut self) {
        let mut bytes = std::mem::take(&mut self.rendered.bytes);
        bytes.clear();
        self.rendered = Rendered {
            bytes,
            ..Rendered::default()
        };
        self.still_there = None;
        self.intact = true;
        self.mark = None;
        self.surplus = Rendered::default();
        self.surplus.add_counts(&self.handed);
        self.surplus_bytes = self.handed_bytes;
        self.surplus_values = self.handed_values;
    }

    fn finish(mut self) -> Rendered {
        self.rendered.take_off_counts(&mut self.surplus);
        self.rendered.is_cut = self.handed_piece && self.surplus_bytes > 0;
        self.rendered
    }

    /// Sets the value of the chunk, or of the rest of it.
    pub(super) fn put(&mut self, value: Value) {
        match self.surplus_values {
            0 => self.rendered.value = Some(value),
            _ => self.surplus_values -= 1,
        }
    }

    /// Returns what delivery is told about the inputs whose output has been collected since the
    /// last hand-over, and how many bytes that output has. The output that comes next belongs to
    /// another input, so it is not handed over in the same record.
    pub(super) fn members(&mut self) -> (&mut Option<Value>, usize) {
        self.mark = None;
        (&mut self.rendered.members, self.rendered.bytes.len())
    }

    /// Returns how many matches were counted so far, and how many lines were cut.
    pub(super) fn counts(&self) -> (u64, u64) {
        let Out {
            rendered, handed, ..
        } = self;
        (
            rendered.matches + handed.matches,
            rendered.cut_lines + handed.cut_lines,
        )
    }

    /// Hands a value over before the chunk is complete.
    pub(super) fn push(&mut self, value: Value) -> Result<(), Error> {
        if !self.intact {
            return Ok(());
        }
        if self.surplus_values > 0 {
            self.surplus_values -= 1;
            return Ok(());
        }
        self.intact &= self.still_there.is_none_or(|still_there| still_there());
        if !self.intact {
            return Ok(());
        }
        self.rendered.value = Some(value);
        self.rendered.take_off_counts(&mut self.surplus);
        self.handed.add_counts(&self.rendered);
        self.handed_values += 1;
        (self.hand_over)(&mut self.rendered)
    }

    /// Counts matches.
    pub fn add_matches(&mut self, matches: u64) {
        self.rendered.matches += matches;
    }

    /// Counts a hit with less context than wanted.
    pub(crate) fn add_short_context(&mut self) {
        self.rendered.short_contexts += 1;
    }

    /// Counts lines that were cut because the user wants so.
    pub fn add_cut_lines(&mut self, lines: u64) {
        self.rendered.cut_lines += lines;
    }
}

impl io::Write for Out<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Out::write(self, bytes).map_err(|error| match error {
            Error::Write { source } => source,
            other => io::Error::other(other),
        })?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Runs the stages over everything that the feed yields. There is a worker for each of `hands`, as
/// far as there are threads. The output is delivered in file order. Returns what was carried to the
/// end.
///
/// # Errors
/// The first error that `render` or `deliver` returned. The rest of the work is then dropped.
pub(crate) fn run<S: Stages>(
    workers: &Workers,
    stages: &S,
    hands: Vec<S::Hands>,
    start: OrderStart<S>,
    deliver: &mut Deliver<'_>,
) -> Result<S::Carry, Error> {
    run_to_stop(workers, stages, hands, start, deliver).map(|end| end.carry)
}

/// The things with which a run begins.
pub(super) struct OrderStart<S: Stages> {
    pub(super) feed: S::Feed,
    pub(super) carry: S::Carry,
}

/// The things that a run leaves behind.
pub(super) struct OrderEnd<S: Stages> {
    /// The facts that are known at the end of the run.
    pub(super) carry: S::Carry,
    /// The feed with everything that has not been claimed.
    pub(super) feed: S::Feed,
    /// The results behind the stop that had been searched already, in order.
    pub(super) behind: Vec<S::Found>,
}

/// Runs stages that go on behind a stop, in another run. Nothing that has been claimed is lost.
///
/// # Errors
/// The errors of [`run`].
pub(super) fn run_to_stop<S: Stages>(
    workers: &Workers,
    stages: &S,
    mut hands: Vec<S::Hands>,
    start: OrderStart<S>,
    deliver: &mut Deliver<'_>,
) -> Result<OrderEnd<S>, Error> {
    let OrderStart { feed, carry } = start;
    debug_assert!(
        (1..=workers.threads).contains(&hands.len()),
        "one of the workers for each"
    );
    let pool = match hands.len() {
        1 => None,
        _ => workers.pool(),
    };
    hands.truncate(pool.map_or(1, rayon::ThreadPool::current_num_threads));
    let threads = hands.len();
    let order = Order {
        stages,
        threads,
        feed: Mutex::new(feed),
        state: Mutex::new(OrderState {
            carry,
            slots: VecDeque::new(),
            delivered: 0,
            linked: 0,
            writing: false,
            finished_bytes: 0,
            stopped: false,
            end: u64::MAX,
            failure: None,
            spare: Vec::new(),
            firsts: 0,
            waiting: 0,
        }),
        changed: Condvar::new(),
        deliver: Mutex::new(deliver),
    };
    match pool {
        None => order.work(hands.remove(0)),
        Some(pool) => {
            let hands = Mutex::new(hands);
            pool.broadcast(|_| {
                let mine = hands.lock().expect(LOCK).pop();
                if let Some(mine) = mine {
                    order.work(mine);
                }
            });
        }
    }
    let state = order.state.into_inner().expect(LOCK);
    if let Some(error) = state.failure {
        return Err(error);
    }
    let searched = |slot| match slot {
        Slot::Found(found) => Some(found),
        _ => None,
    };
    Ok(OrderEnd {
        carry: state.carry,
        feed: order.feed.into_inner().expect(LOCK),
        behind: state.slots.into_iter().filter_map(searched).collect(),
    })
}

/// Takes output in file order.
pub(crate) type Deliver<'a> = dyn FnMut(&mut Rendered) -> Result<(), Error> + Send + 'a;

const LOCK: &str = "a worker that panics brings the whole run down with it";

struct Order<'a, S: Stages> {
    stages: &'a S,
    threads: usize,
    /// The feed. It is locked while a worker claims, also while a stream blocks in a read.
    feed: Mutex<S::Feed>,
    state: Mutex<OrderState<S>>,
    /// Signals that something in `state` has changed that a worker may wait for.
    changed: Condvar,
    /// The end of the output. It is locked while a worker delivers. Only the worker that set
    /// `State::writing` locks it, so nobody ever waits for it.
    deliver: Mutex<&'a mut Deliver<'a>>,
}

struct OrderState<S: Stages> {
    carry: S::Carry,
    /// The slots of the chunks from number `delivered` on.
    slots: VecDeque<Slot<S::Found, S::Turn>>,
    /// How many chunks have been delivered. This is also the number of the next one.
    delivered: u64,
    /// How many chunks have been linked. This is also the number of the next one.
    linked: u64,
    /// Whether a worker is delivering.
    writing: bool,
    /// The sum of the bytes of output in `Done` slots.
    finished_bytes: usize,
    /// Whether no more chunks are claimed or linked. A limit was reached, the input ended early, or
    /// something failed.
    stopped: bool,
    /// How many chunks count. There are fewer than were claimed if the input turned out to end
    /// earlier.
    end: u64,
    failure: Option<Error>,
    /// Output buffers to be used again.
    spare: Vec<Vec<u8>>,
    /// How often a worker has done what had to be done before a chunk could be claimed.
    firsts: u64,
    /// How many workers wait for a change. If none does, nothing is signalled, because a signal to
    /// nobody would cost a system call.
    waiting: usize,
}

enum Slot<F, T> {
    Searching,
    Found(F),
    Linked(F, T, Option<Checkpoint>),
    Rendering,
    Done(Rendered),
}

impl<S: Stages> OrderState<S> {
    /// Returns how many chunks have been claimed. This is also the number of the next one.
    fn claimed(&self) -> u64 {
        self.delivered + crate::line::to_u64(self.slots.len())
    }

    fn slot(&mut self, nth: u64) -> &mut Slot<S::Found, S::Turn> {
        let at = crate::line::to_usize(nth - self.delivered);
        &mut self.slots[at]
    }

    /// Returns whether nothing more will be delivered of chunk `nth`.
    fn is_off(&self, nth: u64) -> bool {
        self.failure.is_some() || nth >= self.end
    }

    /// Ends the input in chunk `nth`. `carry` is what is known there.
    fn end_in(&mut self, nth: u64, carry: S::Carry) {
        self.stopped = true;
        if nth < self.end {
            self.end = nth + 1;
            self.carry = carry;
        }
    }

    fn fail(&mut self, error: Error) {
        self.stopped = true;
        self.failure.get_or_insert(error);
    }
}

/// The result of an attempt to claim a chunk.
enum ClaimedWork<C> {
    Chunk(u64, C),
    /// Another worker is reading. There is something better to do than to wait.
    Busy,
    End,
}

impl<S: Stages> Order<'_, S> {
    fn lock(&self) -> MutexGuard<'_, OrderState<S>> {
        self.state.lock().expect(LOCK)
    }

    fn wait<'g>(&self, mut guard: MutexGuard<'g, OrderState<S>>) -> MutexGuard<'g, OrderState<S>> {
        guard.waiting += 1;
        let mut guard = self.changed.wait(guard).expect(LOCK);
        guard.waiting -= 1;
        guard
    }

    /// Wakes all workers that wait. Each of them looks whether the change concerns it.
    fn wake(&self, state: &OrderState<S>) {
        if state.waiting > 0 {
            self.changed.notify_all();
        }
    }

    /// Runs one worker: it claims, searches, renders and delivers until there is nothing left.
    fn work(&self, mut hands: S::Hands) {
        let _bail = Bail { order: self };
        let mut pending: Option<u64> = None;
        loop {
            match self.claim(&mut hands, pending.is_some()) {
                ClaimedWork::Chunk(nth, claim) => {
                    let found = self.stages.search(&mut hands, claim);
                    let next = self.publish(nth, found, &mut hands);
                    if let Some(before) = pending.take() {
                        self.finish(before, &mut hands);
                    }
                    match next {
                        NextSlot::Nothing => {}
                        NextSlot::Render => self.finish(nth, &mut hands),
                        NextSlot::Wait => pending = Some(nth),
                    }
                }
                ClaimedWork::Busy => {
                    let nth = pending
                        .take()
                        .expect("only a worker with a chunk in hand gives way");
                    self.finish(nth, &mut hands);
                }
                ClaimedWork::End => {
                    if let Some(nth) = pending {
                        self.finish(nth, &mut hands);
                    }
                    return;
                }
            }
        }
    }

    /// Returns the feed when nobody else claims. A worker with a chunk in hand does not wait for
    /// that.
    fn feed(&self, has_pending: bool) -> Result<MutexGuard<'_, S::Feed>, ClaimedWork<S::Claim>> {
        if !has_pending {
            return self.feed.lock().map_err(|_| ClaimedWork::End);
        }
        self.feed.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => ClaimedWork::Busy,
            TryLockError::Poisoned(_) => ClaimedWork::End,
        })
    }

    fn claim(&self, hands: &mut S::Hands, has_pending: bool) -> ClaimedWork<S::Claim> {
        let ahead = self.stages.slots_per_worker() * crate::line::to_u64(self.threads);
        let mut feed = match self.feed(has_pending) {
            Ok(feed) => feed,
            Err(claimed) => return claimed,
        };
        loop {
            let may_block = self.stages.may_block(&mut feed);
            let mut state = self.lock();
            loop {
                if state.stopped {
                    return ClaimedWork::End;
                }
                let must_wait = crate::line::to_u64(state.slots.len()) >= ahead
                    || (may_block && state.linked < state.claimed());
                if !must_wait {
                    break;
                }
                if has_pending {
                    return ClaimedWork::Busy;
                }
                state = self.wait(state);
            }
            let firsts = state.firsts;
            drop(state);
            match self.stages.claim(&mut feed, hands) {
                Claim::Chunk(claim) => {
                    // The lock of the feed is still held, so that numbers follow the order of
                    // claims.
                    let mut state = self.lock();
                    let nth = state.claimed();
                    state.slots.push_back(Slot::Searching);
                    return ClaimedWork::Chunk(nth, claim);
                }
                Claim::Dry | Claim::Wait if has_pending => return ClaimedWork::Busy,
                Claim::Dry => {}
                Claim::First(work) => {
                    drop(feed);
                    work();
                    let mut state = self.lock();
                    state.firsts += 1;
                    self.wake(&state);
                    drop(state);
                    feed = match self.feed(has_pending) {
                        Ok(feed) => feed,
                        Err(claimed) => return claimed,
                    };
                }
                Claim::Wait => {
                    drop(feed);
                    let mut state = self.lock();
                    // What the feed lacked may have been done since it was asked.
                    while state.firsts == firsts && !state.stopped {
                        state = self.wait(state);
                    }
                    drop(state);
                    feed = match self.feed(has_pending) {
                        Ok(feed) => feed,
                        Err(claimed) => return claimed,
                    };
                }
                Claim::End => return ClaimedWork::End,
            }
        }
    }

    /// Puts a searched chunk into its slot, links as far as the row is complete, and returns what
    /// has to be done with the chunk.
    fn publish(&self, nth: u64, found: S::Found, hands: &mut S::Hands) -> NextSlot {
        let mut dropped = Vec::new();
        let mut state = self.lock();
        *state.slot(nth) = Slot::Found(found);
        let mut linked_any = false;
        while !state.stopped {
            let linked = state.linked;
            if linked == state.claimed() {
                break;
            }
            let slot = std::mem::replace(state.slot(linked), Slot::Searching);
            let Slot::Found(mut found) = slot else {
                *state.slot(linked) = slot;
                break;
            };
            let Linked {
                turn,
                stop,
                reached,
            } = self.stages.link(&mut state.carry, &mut found);
            *state.slot(linked) = match turn {
                Some(turn) => Slot::Linked(found, turn, reached),
                None => {
                    dropped.push(found);
                    Slot::Done(Rendered {
                        reached,
                        ..Rendered::default()
                    })
                }
            };
            state.linked += 1;
            state.stopped |= stop;
            linked_any = true;
        }
        let next = if nth >= state.linked {
            // Nothing behind a stop counts. The slot is left as it is.
            if state.stopped {
                NextSlot::Nothing
            } else {
                NextSlot::Wait
            }
        } else {
            match state.slot_if_there(nth) {
                Some(Slot::Linked(..)) => NextSlot::Render,
                _ => NextSlot::Nothing,
            }
        };
        if linked_any {
            self.wake(&state);
        }
        self.deliver_row(state);
        for found in dropped {
            self.stages.discard(hands, found);
        }
        next
    }

    /// Renders a chunk when its turn has come, and delivers it when its place has come.
    fn finish(&self, nth: u64, hands: &mut S::Hands) {
        let mut state = self.lock();
        let (found, turn, reached, buffer) = loop {
            if state.is_off(nth) || (state.stopped && nth >= state.linked) {
                return;
            }
            if nth < state.linked {
                match state.slot_if_there(nth) {
                    Some(slot @ Slot::Linked(..)) => {
                        let Slot::Linked(found, turn, reached) =
                            std::mem::replace(slot, Slot::Rendering)
                        else {
                            unreachable!("the pattern above has seen it")
                        };
                        let buffer = state.spare.pop().unwrap_or_default();
                        break (found, turn, reached, buffer);
                    }
                    _ => return,
                }
            }
            state = self.wait(state);
        };
        drop(state);
        let mut hand_over = |rendered: &mut Rendered| self.hand_over(nth, rendered);
        let still_there = || self.stages.is_intact(&found);
        let mut out = Out::new(buffer, &mut hand_over, Some(&still_there));
        out.rendered.bytes.clear();
        let result = self.stages.render(hands, &found, turn, &mut out);
        let mut rendered = out.finish();
        self.stages.discard(hands, found);
        let mut state = self.lock();
        if state.is_off(nth) {
            return;
        }
        match result {
            Ok(None) => rendered.reached = reached,
            // The summary says where the input may be left then.
            Ok(Some(carry)) => {
                state.end_in(nth, carry);
                self.wake(&state);
            }
            Err(error) => {
                state.fail(error);
                self.wake(&state);
                return;
            }
        }
        let size = rendered.bytes.len();
        let room = FINISHED_BYTES * self.threads;
        while !state.is_off(nth) && state.delivered != nth && state.finished_bytes + size > room {
            state = self.wait(state);
        }
        if state.is_off(nth) {
            return;
        }
        state.finished_bytes += size;
        *state.slot(nth) = Slot::Done(rendered);
        self.deliver_row(state);
    }

    /// Delivers finished chunks, from the lowest number up, unless another worker is delivering.
    /// That worker will see this chunk too.
    fn deliver_row<'g>(&'g self, mut state: MutexGuard<'g, OrderState<S>>) {
        while !state.writing && !state.is_off(state.delivered) {
            let Some(Slot::Done(_)) = state.slots.front() else {
                return;
            };
            let Some(Slot::Done(mut rendered)) = state.slots.pop_front() else {
                unreachable!("the front has just been seen, under the same lock")
            };
            state.delivered += 1;
            state.finished_bytes -= rendered.bytes.len();
            if rendered.is_empty() {
                self.wake(&state);
                continue;
            }
            // The bytes count until they are written, because they are still in memory.
            let size = rendered.bytes.len();
            state.finished_bytes += size;
            state.writing = true;
            drop(state);
            let result = self.deliver(&mut rendered);
            state = self.lock();
            state.writing = false;
            state.finished_bytes -= size;
            if (1..=SPARE_BYTES_MAX).contains(&rendered.bytes.capacity())
                && state.spare.len() < self.threads
            {
                state.spare.push(rendered.bytes);
            }
            if let Err(error) = result {
                state.fail(error);
            }
            self.wake(&state);
        }
    }

    /// Delivers a part of chunk `nth` as soon as everything before it has been delivered.
    fn hand_over(&self, nth: u64, rendered: &mut Rendered) -> Result<(), Error> {
        let mut state = self.lock();
        while !state.is_off(nth) && (state.delivered != nth || state.writing) {
            state = self.wait(state);
        }
        if state.is_off(nth) {
            // The first failure is the one that is reported, and an early end is no failure. This
            // error only ends the rendering.
            return Err(Error::Write {
                source: io::ErrorKind::BrokenPipe.into(),
            });
        }
        state.writing = true;
        drop(state);
        let result = self.deliver(rendered);
        let mut bytes = std::mem::take(&mut rendered.bytes);
        bytes.clear();
        *rendered = Rendered {
            bytes,
            ..Rendered::default()
        };
        let mut state = self.lock();
        state.writing = false;
        self.wake(&state);
        result
    }

    fn deliver(&self, rendered: &mut Rendered) -> Result<(), Error> {
        let mut deliver = self.deliver.lock().expect(LOCK);
        deliver(rendered)
    }
}

impl<S: Stages> OrderState<S> {
    fn slot_if_there(&mut self, nth: u64) -> Option<&mut Slot<S::Found, S::Turn>> {
        (nth >= self.delivered).then(|| self.slot(nth))
    }
}

/// The next step for the chunk that a worker has just searched.
enum NextSlot {
    /// There is nothing to render.
    Nothing,
    Render,
    /// An earlier chunk is still being searched.
    Wait,
}

/// Wakes the other workers when a worker panics. So the panic is seen, and the run does not hang.
struct Bail<'a, 'b, S: Stages> {
    order: &'a Order<'b, S>,
}

impl<S: Stages> Drop for Bail<'_, '_, S> {
    fn drop(&mut self) {
        if std::thread::panicking()
            && let Ok(mut state) = self.order.state.lock()
        {
            state.fail(Error::Write {
                source: io::Error::other("a worker panicked"),
            });
            self.order.changed.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_threads_are_started_than_the_limit_of_address_space_has_room_for() {
        let workers = Workers::new(7);
        let started = |bytes_left| {
            let (threads, shortage) = workers.with_room(bytes_left);
            assert_eq!(
                shortage.map(|shortage| (shortage.wanted, shortage.started)),
                (threads < 7).then_some((7, threads))
            );
            threads
        };
        assert_eq!(started(None), 7);
        assert_eq!(started(Some(u64::MAX)), 7);
        assert_eq!(started(Some(7 * THREAD_ADDRESS_BYTES)), 7);
        assert_eq!(started(Some(7 * THREAD_ADDRESS_BYTES - 1)), 6);
        assert_eq!(started(Some(THREAD_ADDRESS_BYTES - 1)), 1);
        assert_eq!(started(Some(0)), 1);
    }

    #[test]
    fn threads_are_bounded_by_the_cores_of_the_machine() {
        for (cores, most) in [
            (1, 16),
            (2, 16),
            (4, 16),
            (5, 20),
            (64, 256),
            (100, 256),
            (384, 384),
        ] {
            assert_eq!(bounded(usize::MAX, cores), most, "{cores} cores");
            assert_eq!(bounded(most + 1, cores), most, "{cores} cores");
            assert_eq!(bounded(most, cores), most, "{cores} cores");
            assert_eq!(bounded(1, cores), 1, "{cores} cores");
            assert_eq!(bounded(0, cores), cores, "{cores} cores");
        }
        assert_eq!(bounded(4000, usize::MAX), 4000);
    }
}
