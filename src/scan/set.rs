//! Searches several inputs as one scan. The results come in the order of the inputs, and all cores
//! work, whether the files are large or small.
//!
//! ```text
//! inputs --claim--> worker: open; a small file is read, searched and linked by this worker alone
//!    in order:   a small file is rendered on its worker, and delivered: Sink::begin, output, Sink::end
//!                any other input ends the batch: all workers search it, then the next batch begins
//! ```
//! 1. A few small files, of up to [`SMALL_BYTES`] each, are one claim of [`ordered`], as a chunk of
//!    a large file is. It is known without the files before it which hits of a file count. Only one
//!    thing depends on those files: whether a gap precedes its first line. That is told in order,
//!    before the file is rendered. With one file a claim, two workers spent half of their time
//!    waiting for each other (100,000 files of 1 KiB, 2026-11).
//! 2. An input that is large, or no file, needs all workers, or waits for its bytes. It stops the
//!    batch. Its turn has come when everything before it has been delivered. Inputs behind it that
//!    had been opened by then begin the next batch, so nothing is opened twice.
//! 3. The calling thread searches the first [`FEW`] small files of a batch. To wake the others
//!    costs more than that, and a search that stops at its first hit is often done by then.
//! 4. Memory: besides the memory of one scan there are two claims for each worker. A claim is
//!    [`GROUP_BYTES`] long if its files are like those before. It is at most [`GROUP_FILES`] files
//!    of [`SMALL_BYTES`], and [`GROUP_DECODED_BYTES`] of compressed files.
//! 5. An archive stops the batch, and its members are the next inputs. They can only be read from
//!    front to back, so the worker that claims small members reads them from the archive. A member
//!    that is not small stops the batch again, and no other member is claimed before it has been
//!    read.
//! 6. A scan of the last hits, of a range of bytes or times, or with a prescribed size of chunks
//!    takes every input by itself.

use std::{
    collections::VecDeque,
    iter::Peekable,
    path::{Path, PathBuf},
    time::Instant,
};

use super::{
    Limit, Progress, Scan, Sink, Summary, Workers,
    claims::{Growth, Hands, Input as Text, SearchedChunk},
    link::{self, Carry, Printed, Turn},
    ordered::{self, Claim, Linked, OrderEnd, OrderStart, Out, Rendered, Stages, Value},
    plan::{Pass, PassRules, rules},
    records::Records,
    render::Emitter,
    search::Task,
    summary::summary,
    times,
};
use crate::{
    error::Error,
    input::{
        self, Access, ArchiveMember, ArchiveOptions, Archives, Chunk, Decoding, Format,
        InputOrigin, MemberUse, NoLog, OpenedInput, Opening, PathChoice, ReadMode, Source,
    },
    line::{to_u64, to_usize},
    sys::{self, Stop},
};

/// The length in bytes up to which a file is searched by one worker. Files of this size keep two
/// workers as busy as one large file does. For a larger file it is worth while to wake all workers.
const SMALL_BYTES: u64 = 1 << 20;

/// How many small files one worker claims at once, at most.
const GROUP_FILES: usize = 16;

/// How many bytes these files should have together. They take a worker less than a tenth of a
/// millisecond.
const GROUP_BYTES: u64 = 128 << 10;

/// How many bytes of text of small compressed files a claim may have. Files with more text take all
/// workers.
const GROUP_DECODED_BYTES: usize = 4 << 20;

/// How many files a zip may have that is searched.
const ZIP_FILES_MAX: usize = 100_000;

/// This many small files are searched before other threads are woken.
const FEW: usize = 4;

/// One of several inputs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetInput {
    /// The name of the input. `-` is the standard input, if the input is named.
    pub path: PathBuf,
    /// Where the input comes from.
    pub origin: InputOrigin,
}

impl SetInput {
    /// Returns an input that somebody has named.
    pub fn named(path: impl Into<PathBuf>) -> SetInput {
        SetInput {
            path: path.into(),
            origin: InputOrigin::Named,
        }
    }

    /// Returns a file that was found in a folder.
    pub fn found(path: impl Into<PathBuf>) -> SetInput {
        SetInput {
            path: path.into(),
            origin: InputOrigin::Found,
        }
    }
}

/// How several inputs are searched. It is plain data: fill in what differs from [`Set::new`].
#[derive(Clone, Debug)]
pub struct Set<'a> {
    /// What is looked for in each input.
    pub scan: &'a Scan,
    /// The threads that search.
    pub workers: &'a Workers,
    /// The counters, with the stop that may end the search.
    pub progress: &'a Progress,
    /// The path by which regular files are read.
    pub mode: ReadMode,
    /// What is searched of inputs that are no plain text. A range of bytes is one of the file, so
    /// there is no such range in decoded text.
    pub decoding: Decoding,
    /// Whether files in folders are searched though they are no logs.
    pub any_file: bool,
    /// The members of archives that are searched, by their names.
    #[cfg(feature = "folders")]
    pub wanted: Option<&'a input::folder::Wanted>,
    /// Whether the standard output is refused as an input. Otherwise results could become input.
    pub refuses_output: bool,
    /// Whether the lines of an input are set off by a gap from those of the inputs before.
    pub gaps_between: bool,
    /// Whether the first input with a hit is the last one that is searched.
    pub one_hit: bool,
    /// Whether each input is searched by itself, with [`Event::Begins`] before it. This is needed
    /// to measure each of them.
    pub one_by_one: bool,
}

/// An event about an input. Events come in order.
#[derive(Debug)]
pub enum Event<'a> {
    /// The input is searched now, by itself. Small files are not announced.
    Begins(&'a Source),
    /// The input is an archive. Its members come next.
    Opens,
    /// The input was searched. The source is what it was read from, unless it was a small file.
    Ends(&'a Summary, Option<&'a Source>),
    /// The input could not be searched.
    Failed(&'a Error),
    /// The input is no log, and was left out.
    LeftOut(NoLog),
    /// The input is also the standard output, and was refused.
    IsOutput,
}

/// The reason why a set of inputs is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetReached {
    /// There are no more inputs.
    End,
    /// One input has a hit, and no more was wanted.
    Hit,
    /// A stop was requested, and there was at least one more input.
    Stop,
}

impl<'a> Set<'a> {
    /// Creates a set that searches all inputs for what `scan` says.
    pub fn new(scan: &'a Scan, workers: &'a Workers, progress: &'a Progress) -> Set<'a> {
        Set {
            scan,
            workers,
            progress,
            mode: ReadMode::Auto,
            decoding: Decoding::default(),
            any_file: false,
            #[cfg(feature = "folders")]
            wanted: None,
            refuses_output: false,
            gaps_between: false,
            one_hit: false,
            one_by_one: false,
        }
    }

    fn opening(&self, sink: &dyn Sink) -> Opening {
        let scan = self.scan;
        let is_whole = scan.range == (0..u64::MAX)
            && scan.times.is_none()
            && scan.records.as_ref().is_none_or(Records::is_cut_only);
        let is_whole = is_whole && scan.lines_before.is_none();
        let is_plain = scan.chunk_bytes.is_none() && self.mode != ReadMode::Map && !scan.hash_hits;
        let has_room = matches!(scan.limit, Limit::All | Limit::First(1..));
        let takes_small =
            is_whole && is_plain && has_room && !self.one_by_one && !sink.wants_checkpoints();
        Opening {
            mode: self.mode,
            decoding: self.decoding,
            small_bytes_max: takes_small.then_some(SMALL_BYTES),
            leaves_out: !self.any_file,
            output: self.refuses_output.then(sys::stdout_id).flatten(),
            max_line_bytes: scan.max_line_bytes(),
        }
    }

    fn is_stopped(&self) -> bool {
        self.progress.stop().is_some_and(Stop::is_requested)
    }

    /// Returns whether `source` is an archive whose members are searched. None are with a range of
    /// bytes, which is one of a file.
    fn opens(&self, source: &mut Source) -> bool {
        let is_whole = self.scan.range == (0..u64::MAX);
        is_whole && self.decoding != Decoding::Bytes && source.is_archive(self.progress.stop())
    }

    /// Returns what is done with a member of an archive that has this name.
    fn wants_member(&self, archive: &Path, name: &Path) -> MemberUse {
        #[cfg(feature = "folders")]
        let wants = self.wanted.map_or(MemberUse::Read, |wanted| {
            wanted.use_of_member(archive, name)
        });
        // Without globs there is nothing to choose by.
        #[cfg(not(feature = "folders"))]
        let wants = {
            let _ = (archive, name);
            MemberUse::Read
        };
        wants
    }
}

/// A function that [`run_set`] calls with each event about an input. It gets the path that names
/// the input.
pub type Listener<'l> = dyn FnMut(&Path, Event<'_>) -> Result<(), Error> + Send + 'l;

/// The inputs that [`run_set`] takes. An input that could not be listed is an error in its place.
pub type SetInputs<'i> = dyn Iterator<Item = Result<SetInput, Error>> + Send + 'i;

/// Searches several inputs, one after the other as far as anybody can see.
///
/// # Errors
/// [`Error::Write`] if the sink could not deliver, and the errors that `listener` returned.
///
/// ```
/// use logscan::{EachLine, Matcher, Patterns, Progress, Scan, Workers, scan};
/// use logscan::scan::{Event, SetInput, Set};
/// let scan = Scan::new(Matcher::new(&Patterns::new("ERROR"))?);
/// let (workers, progress) = (Workers::new(2), Progress::new());
/// let mut inputs = ["testdata/app.log", "none"].map(SetInput::named).map(Ok).into_iter();
/// let (mut hits, mut failed) = (0, 0);
/// scan::run_set(
///     &Set::new(&scan, &workers, &progress),
///     &mut inputs,
///     &mut EachLine::new(|_| Ok(())),
///     &mut |_, event| {
///         match event {
///             Event::Ends(summary, _) => hits += summary.hits,
///             Event::Failed(_) => failed += 1,
///             _ => {}
///         }
///         Ok(())
///     },
/// )?;
/// assert_eq!((hits, failed), (8, 1));
/// # Ok::<(), logscan::Error>(())
/// ```
pub fn run_set(
    set: &Set<'_>,
    inputs: &mut SetInputs<'_>,
    sink: &mut dyn Sink,
    listener: &mut Listener<'_>,
) -> Result<SetReached, Error> {
    let scan = Scan {
        gap_before_first: false,
        ..set.scan.clone()
    };
    // Inputs that are read as a whole have the same answer to what is asked about a text: nothing
    // is before it, and nobody changes it.
    let mut none = Source::from_bytes("".as_ref(), Vec::new());
    let (text, _) = Text::new(&scan, &mut none, 0, Growth::Shrinks, set.progress);
    let stages = Members::new(set, &scan, &text, sink);
    let wants = |archive: &Path, name: &Path| set.wants_member(archive, name);
    // The inputs may live longer than what is made of them.
    let inputs: &mut SetInputs<'_> = inputs;
    let mut feed = SetFeed {
        ready: VecDeque::new(),
        archives: None,
        behind_archive: VecDeque::new(),
        inputs: inputs.peekable(),
        left: FEW,
    };
    let mut known = KnownSoFar {
        has_printed: set.scan.gap_before_first,
        has_hit: false,
        alone: None,
        behind: Vec::new(),
    };
    let mut threads = 1;
    let mut path_choice: Option<PathChoice> = None;
    loop {
        if known.has_hit && set.one_hit {
            return Ok(SetReached::Hit);
        }
        if feed.is_empty() {
            return Ok(SetReached::End);
        }
        if set.is_stopped() {
            return Ok(SetReached::Stop);
        }
        (feed, known) = stages.batch(feed, known, threads, &mut Delivery::new(sink, listener))?;
        (threads, feed.left) = match known.alone.take() {
            Some(mut alone) => {
                alone.source.choose_path_like(&mut path_choice);
                let mut delivery = Delivery::new(sink, listener);
                if set.opens(&mut alone.source) {
                    feed.enter(alone.source, stages.archive_options(&wants), &mut delivery)?;
                } else {
                    // An input that is open is searched even after a stop, so that it says where it
                    // ended.
                    known.add(search_alone(
                        set,
                        alone,
                        &mut feed,
                        known.has_printed,
                        &mut delivery,
                    )?);
                }
                (1, FEW)
            }
            None => (set.workers.threads(), usize::MAX),
        };
    }
}

/// Returns what an input is that was found in a folder, if it is no log. An input that is named is
/// not looked at.
///
/// # Errors
/// [`Error::Open`] if the input cannot be opened.
pub fn no_log(input: &SetInput) -> Result<Option<NoLog>, Error> {
    input::no_log(&input.path, input.origin)
}

/// Returns whether `path` begins like an archive whose members [`run_set`] searches as it does the
/// files of a folder.
pub fn is_archive(path: &Path) -> bool {
    input::is_archive(path)
}

/// Returns whether `path` is a file that is such an archive, compressed or not. The beginning of its
/// text is read.
pub fn has_members(path: &Path) -> bool {
    let source = path.is_file().then(|| Source::open(path, ReadMode::Auto));
    let source = source.and_then(Result::ok);
    source.is_some_and(|source| source.with(Decoding::default()).is_archive(None))
}

/// Searches an input with all workers. Returns how many hits it has.
fn search_alone(
    set: &Set<'_>,
    alone: Alone,
    feed: &mut SetFeed<'_>,
    has_printed: bool,
    delivery: &mut Delivery<'_, '_>,
) -> Result<u64, Error> {
    let Alone {
        input,
        mut source,
        is_lent,
    } = alone;
    let path = input.path.as_path();
    let scan = Scan {
        gap_before_first: has_printed && set.gaps_between,
        ..set.scan.clone()
    };
    let (hits, is_whole) = match source.access() == Access::Decoded && scan.range != (0..u64::MAX) {
        true => {
            let error = Error::RangeOfText { path: path.into() };
            (delivery.listener)(path, Event::Failed(&error))?;
            (0, false)
        }
        false => {
            (delivery.listener)(path, Event::Begins(&source))?;
            match super::run(&scan, &mut source, set.workers, set.progress, delivery.sink) {
                Ok(summary) => {
                    (delivery.listener)(path, Event::Ends(&summary, Some(&source)))?;
                    (summary.hits, summary.error.is_none())
                }
                Err(error @ Error::NotText { .. }) => {
                    // Only now is it known that a compressed input is no log.
                    let no_log = source.format().and_then(NoLog::of_format);
                    let is_left_out = input.origin == InputOrigin::Found && !set.any_file;
                    let event = match no_log.filter(|_| is_left_out) {
                        Some(kind) => Event::LeftOut(kind),
                        None => Event::Failed(&error),
                    };
                    (delivery.listener)(path, event)?;
                    (0, false)
                }
                Err(error) => return Err(error),
            }
        }
    };
    if let Some(archives) = feed.archives.as_mut().filter(|_| is_lent) {
        archives.go_on(is_whole);
    }
    Ok(hits)
}

/// The inputs that are still to be searched, in this order.
struct SetFeed<'s> {
    /// The inputs that had been claimed when a batch ended.
    ready: VecDeque<SetMember<'s>>,
    /// The archive whose members come next.
    archives: Option<Archives<'s>>,
    /// The inputs that had been claimed behind that archive.
    behind_archive: VecDeque<SetMember<'s>>,
    inputs: Peekable<&'s mut SetInputs<'s>>,
    /// How many more inputs the batch may have.
    left: usize,
}

impl<'s> SetFeed<'s> {
    /// Goes on with the members of an archive.
    fn enter(
        &mut self,
        source: Source,
        options: ArchiveOptions<'s>,
        delivery: &mut Delivery<'_, '_>,
    ) -> Result<(), Error> {
        let path = source.path().to_path_buf();
        match Archives::open(source, options) {
            Ok(archives) => {
                self.archives = Some(archives);
                self.behind_archive = std::mem::take(&mut self.ready);
                delivery.sink.opens_archive();
                (delivery.listener)(&path, Event::Opens)
            }
            Err(error) => (delivery.listener)(&path, Event::Failed(&error)),
        }
    }

    fn is_empty(&mut self) -> bool {
        let has_none = self.ready.is_empty() && self.behind_archive.is_empty();
        self.archives.is_none() && has_none && self.inputs.peek().is_none()
    }
}

/// The inputs that one worker claims.
enum ClaimedInputs<'s> {
    Ready(Vec<SetMember<'s>>),
    Inputs(Vec<Result<SetInput, Error>>),
    Members(Vec<ArchiveMember>),
}

/// An input that has been opened, and searched if it is small.
enum SetMember<'s> {
    Small {
        path: PathBuf,
        searched: SearchedChunk<'s>,
        turn: Option<Turn>,
        summary: Box<Summary>,
    },
    Alone(Alone),
    Unsearched(PathBuf, Unsearched),
}

/// An input that is searched by itself.
struct Alone {
    input: SetInput,
    source: Source,
    /// Whether the input is read from an archive, whose next member lies behind it.
    is_lent: bool,
}

/// The reason why an input was not searched.
enum Unsearched {
    Failed(Error),
    NoLog(NoLog),
    Output,
}

/// The inputs of a claim, on their way.
enum SearchedGroup<'s> {
    Searched(Vec<SetMember<'s>>),
    /// The chunks that are needed to render the inputs.
    Linked(Vec<SearchedChunk<'s>>),
}

/// The facts about the inputs before.
struct KnownSoFar<'s> {
    has_printed: bool,
    has_hit: bool,
    /// The input that ended the batch.
    alone: Option<Alone>,
    /// The inputs that had been claimed together with that one.
    behind: Vec<SetMember<'s>>,
}

impl KnownSoFar<'_> {
    /// Adds an input with this many hits.
    fn add(&mut self, hits: u64) {
        self.has_printed |= hits > 0;
        self.has_hit |= hits > 0;
    }
}

/// The work that is left on an input that has been linked.
struct MemberEnding {
    path: PathBuf,
    /// The decision what to render, and the index of the text in the group, if there is anything to
    /// render.
    turn: Option<(Turn, usize)>,
    result: Result<Box<Summary>, Unsearched>,
}

/// The report of an input to the delivery.
struct MemberReport {
    path: PathBuf,
    /// The index in the delivered piece at which the output of the input begins.
    start: usize,
    /// How the input ended, if its output ends here.
    result: Option<Result<Box<Summary>, Unsearched>>,
}

/// The things that one worker owns.
struct Worker {
    hands: Hands,
    /// How many files the worker claims next.
    files: usize,
}

/// The stages of a batch.
struct Members<'a> {
    set: &'a Set<'a>,
    scan: &'a Scan,
    opening: Opening,
    rules: PassRules,
    task: Task,
    /// A text that was read as a whole. It stands for any such text.
    text: &'a Text<'a>,
    files_max: usize,
    /// Whether renderers get the first lines of each input.
    wants_head: bool,
    /// Whether the filters of the matcher get them.
    filter_wants_head: bool,
}

impl<'a> Members<'a> {
    fn new(set: &'a Set<'a>, scan: &'a Scan, text: &'a Text<'a>, sink: &dyn Sink) -> Members<'a> {
        let renders = sink.renderer().is_some();
        let hits = match scan.limit {
            Limit::First(first) => 0..first,
            Limit::All | Limit::Last(_) => 0..u64::MAX,
        };
        let rules = rules(scan, text, &Pass::whole(scan, hits), renders);
        Members {
            set,
            scan,
            opening: set.opening(sink),
            task: rules.task(scan, text),
            rules,
            text,
            // A value is made of one file.
            files_max: match sink.folds() {
                true => 1,
                false => GROUP_FILES,
            },
            wants_head: sink.wants_head(),
            filter_wants_head: scan.matcher.wants_head(),
        }
    }

    /// Searches small files with this many threads, until an input has to be searched alone.
    fn batch(
        &self,
        feed: SetFeed<'a>,
        known: KnownSoFar<'a>,
        threads: usize,
        delivery: &mut Delivery<'_, '_>,
    ) -> Result<(SetFeed<'a>, KnownSoFar<'a>), Error> {
        self.set.progress.begin(0);
        let worker = |nth| Worker {
            hands: Hands::new(nth, &self.scan.matcher, delivery.sink.renderer()),
            files: 1,
        };
        let workers = (0..threads).map(worker).collect();
        let start = OrderStart { feed, carry: known };
        let mut deliver = |rendered: &mut Rendered| delivery.take(rendered);
        let OrderEnd {
            carry: mut known,
            mut feed,
            behind,
        } = ordered::run_to_stop(self.set.workers, self, workers, start, &mut deliver)?;
        let behind = behind.into_iter().flat_map(|group| match group {
            SearchedGroup::Searched(members) => members,
            SearchedGroup::Linked(_) => Vec::new(),
        });
        let mut ready: VecDeque<_> = known.behind.drain(..).chain(behind).collect();
        ready.append(&mut feed.ready);
        feed.ready = ready;
        Ok((feed, known))
    }

    /// Opens an input. `room_bytes` of text of compressed inputs may be decoded.
    fn open(
        &self,
        hands: &mut Hands,
        input: Result<SetInput, Error>,
        room_bytes: &mut usize,
    ) -> SetMember<'a> {
        let SetInput { path, origin } = match input {
            Ok(input) => input,
            Err(error) => return SetMember::Unsearched(PathBuf::new(), Unsearched::Failed(error)),
        };
        let buffers = &mut hands.buffers;
        let opened = self.opening.open(&path, origin, buffers, room_bytes);
        self.search_opened(hands, SetInput { path, origin }, opened)
    }

    /// Opens a member of an archive.
    fn open_member(
        &self,
        hands: &mut Hands,
        member: ArchiveMember,
        room_bytes: &mut usize,
    ) -> SetMember<'a> {
        let (path, opened) = match member {
            ArchiveMember::Small(path, bytes) => {
                let buffers = &mut hands.buffers;
                let opened = self.opening.open_bytes(&path, bytes, buffers, room_bytes);
                (path, opened)
            }
            ArchiveMember::Text(source) => {
                return SetMember::Alone(Alone {
                    input: SetInput::found(source.path()),
                    source,
                    is_lent: true,
                });
            }
            ArchiveMember::LeftOut(path, kind) => (path, OpenedInput::NoLog(kind)),
            ArchiveMember::Failed(path, error) => {
                return SetMember::Unsearched(path, Unsearched::Failed(error));
            }
        };
        self.search_opened(hands, SetInput::found(path), Ok(opened))
    }

    fn search_opened(
        &self,
        hands: &mut Hands,
        input: SetInput,
        opened: Result<OpenedInput, Error>,
    ) -> SetMember<'a> {
        match opened {
            Ok(OpenedInput::Whole(chunk, format)) => {
                self.search_small(hands, (input.path, format), chunk)
            }
            Ok(OpenedInput::Source(source)) => SetMember::Alone(Alone {
                input,
                source,
                is_lent: false,
            }),
            Ok(OpenedInput::NoLog(kind)) => {
                SetMember::Unsearched(input.path, Unsearched::NoLog(kind))
            }
            Ok(OpenedInput::Output) => SetMember::Unsearched(input.path, Unsearched::Output),
            Err(error) => SetMember::Unsearched(input.path, Unsearched::Failed(error)),
        }
    }

    fn archive_options(
        &self,
        wants: &'a (dyn Fn(&Path, &Path) -> MemberUse + Sync),
    ) -> ArchiveOptions<'a> {
        ArchiveOptions {
            decoding: self.set.decoding,
            small_bytes_max: self.opening.whole_bytes_max(),
            leaves_out: self.opening.leaves_out,
            files_max: ZIP_FILES_MAX,
            wants,
            stop: self.set.progress.stop(),
        }
    }

    /// Returns the next members of an archive, at most `count`. A member that is searched by itself
    /// is the last of them.
    fn members(&self, archives: &mut Archives<'a>, count: usize) -> Vec<ArchiveMember> {
        let mut members = Vec::new();
        while members.len() < count
            && !archives.is_lent()
            && let Some(member) = archives.next()
        {
            members.push(member);
        }
        members
    }

    /// Searches all of a small file, and decides what of it is shown.
    fn search_small(
        &self,
        hands: &mut Hands,
        (path, format): (PathBuf, Option<Format>),
        chunk: Chunk<'static>,
    ) -> SetMember<'a> {
        let begun = Instant::now();
        if self.filter_wants_head {
            hands.head(times::head_of(&chunk.bytes));
        }
        let text_start = chunk.range.start;
        let length = chunk.range.end - text_start;
        let claimed = input::Claimed::Chunk(chunk);
        let mut searched = self.text.search(self.task, hands, claimed);
        let progress = self.set.progress;
        progress.advance(hands.nth, length, searched.hits());
        let mut carry = Carry::new(&self.rules, text_start, 0, None);
        let Linked { turn, .. } = link::link(&self.rules, &mut carry, &mut searched.first);
        if turn.is_none() {
            hands.give_back_bytes(&mut searched.first);
        }
        let end_offset = carry.reach.last_hit_end.unwrap_or(carry.reach.searched_to);
        let counts = Rendered::default();
        let summary = Summary {
            path: path.clone(),
            format,
            end_offset,
            elapsed: begun.elapsed(),
            ..summary(self.scan, self.text, &self.rules, carry, &counts)
        };
        SetMember::Small {
            path,
            searched,
            turn,
            summary: Box::new(summary),
        }
    }

    /// Renders an input and adds its report to the delivery.
    fn render_one(
        &self,
        hands: &mut Hands,
        texts: &[SearchedChunk<'a>],
        ending: MemberEnding,
        out: &mut Out<'_>,
    ) -> Result<(), Error> {
        let MemberEnding { path, turn, result } = ending;
        let mut result = result;
        if let (Some((turn, nth)), Some(render)) = (&turn, &mut hands.render) {
            tell(out, &path, None);
            let before = out.counts();
            render.begin(&path);
            if self.wants_head {
                render.head(times::head_of(&texts[*nth].first.chunk.bytes));
            }
            let mut emitter = Emitter {
                dating: None,
                rules: &self.rules,
                loader: &self.text.loader,
                render: render.as_mut(),
                out,
                copies: false,
                copy: std::mem::take(&mut hands.copy),
                hits_done: 0,
            };
            let rendered = emitter
                .render(&texts[*nth].first, turn)
                .and_then(|()| emitter.end());
            hands.copy = emitter.copy;
            rendered.map_err(|error| error.of(&path))?;
            let (matches, cut_lines) = out.counts();
            if let Ok(summary) = &mut result {
                summary.matches = matches - before.0;
                summary.cut_lines = cut_lines - before.1;
            }
        }
        tell(out, &path, Some(result));
        Ok(())
    }
}

/// Adds the report of an input whose output begins or ends here.
fn tell(out: &mut Out<'_>, path: &Path, result: Option<Result<Box<Summary>, Unsearched>>) {
    let (members, start) = out.members();
    let told = MemberReport {
        path: path.into(),
        start,
        result,
    };
    let all = members.get_or_insert_with(|| Value(Box::new(Vec::<MemberReport>::new())));
    let all = all.0.downcast_mut::<Vec<MemberReport>>();
    all.expect("these stages put nothing else there").push(told);
}

impl<'a> Stages for Members<'a> {
    type Feed = SetFeed<'a>;
    type Claim = ClaimedInputs<'a>;
    type Hands = Worker;
    type Found = SearchedGroup<'a>;
    type Carry = KnownSoFar<'a>;
    type Turn = Vec<MemberEnding>;

    /// Returns whether a claim may have to wait. A wait for a file is no longer than the search in
    /// one. An archive may come from a pipe.
    fn may_block(&self, feed: &mut Self::Feed) -> bool {
        feed.archives.as_ref().is_some_and(Archives::may_block)
    }

    fn claim(&self, feed: &mut Self::Feed, worker: &mut Worker) -> Claim<ClaimedInputs<'a>> {
        if self.set.is_stopped() {
            return Claim::End;
        }
        if !feed.ready.is_empty() {
            let count = feed.ready.len().min(self.files_max);
            return Claim::Chunk(ClaimedInputs::Ready(feed.ready.drain(..count).collect()));
        }
        let count = worker.files.min(feed.left);
        if let Some(archives) = &mut feed.archives {
            if count == 0 || archives.is_lent() {
                return Claim::End;
            }
            let members = self.members(archives, count);
            if !members.is_empty() {
                feed.left -= members.len();
                return Claim::Chunk(ClaimedInputs::Members(members));
            }
            // A stop also ends the way to the next member.
            if self.set.is_stopped() {
                return Claim::End;
            }
            feed.archives = None;
            feed.ready = std::mem::take(&mut feed.behind_archive);
            return self.claim(feed, worker);
        }
        let inputs: Vec<_> = feed.inputs.by_ref().take(count).collect();
        feed.left -= inputs.len();
        match inputs.is_empty() {
            true => Claim::End,
            false => Claim::Chunk(ClaimedInputs::Inputs(inputs)),
        }
    }

    fn search(&self, worker: &mut Worker, claimed: ClaimedInputs<'a>) -> SearchedGroup<'a> {
        let mut room_bytes = GROUP_DECODED_BYTES;
        let hands = &mut worker.hands;
        let members: Vec<_> = match claimed {
            ClaimedInputs::Ready(members) => return SearchedGroup::Searched(members),
            ClaimedInputs::Inputs(inputs) => inputs
                .into_iter()
                .map(|input| self.open(hands, input, &mut room_bytes))
                .collect(),
            ClaimedInputs::Members(members) => members
                .into_iter()
                .map(|member| self.open_member(hands, member, &mut room_bytes))
                .collect(),
        };
        let count = to_u64(members.len());
        let bytes = members.iter().map(|member| match member {
            SetMember::Small { summary, .. } => summary.bytes,
            SetMember::Alone(..) => GROUP_BYTES,
            SetMember::Unsearched(..) => 0,
        });
        let mean = bytes.sum::<u64>() / count.max(1);
        let files = to_usize(GROUP_BYTES / mean.max(1));
        // The number grows slowly, so that a few short files between long ones change nothing.
        worker.files = files.min(worker.files * 2).clamp(1, self.files_max);
        SearchedGroup::Searched(members)
    }

    fn link(
        &self,
        known: &mut KnownSoFar<'a>,
        group: &mut SearchedGroup<'a>,
    ) -> Linked<Vec<MemberEnding>> {
        let SearchedGroup::Searched(members) =
            std::mem::replace(group, SearchedGroup::Linked(Vec::new()))
        else {
            unreachable!("each is linked once")
        };
        let mut members = members.into_iter();
        let (mut endings, mut texts, mut stop) = (Vec::new(), Vec::new(), false);
        while !stop && let Some(member) = members.next() {
            match member {
                SetMember::Alone(alone) => {
                    known.alone = Some(alone);
                    known.behind = members.by_ref().collect();
                    stop = true;
                }
                SetMember::Small {
                    path,
                    searched,
                    mut turn,
                    summary,
                } => {
                    if let Some(turn) = &mut turn
                        && known.has_printed
                        && self.set.gaps_between
                    {
                        turn.shown.printed = Printed::Elsewhere;
                    }
                    known.add(summary.hits);
                    stop = known.has_hit && self.set.one_hit;
                    endings.push(MemberEnding {
                        path,
                        turn: turn.map(|turn| (turn, texts.len())),
                        result: Ok(summary),
                    });
                    texts.push(searched);
                }
                SetMember::Unsearched(path, why) => endings.push(MemberEnding {
                    path,
                    turn: None,
                    result: Err(why),
                }),
            }
        }
        *group = SearchedGroup::Linked(texts);
        Linked {
            turn: Some(endings).filter(|endings| !endings.is_empty()),
            stop,
            reached: None,
        }
    }

    fn render(
        &self,
        worker: &mut Worker,
        group: &SearchedGroup<'a>,
        endings: Vec<MemberEnding>,
        out: &mut Out<'_>,
    ) -> Result<Option<KnownSoFar<'a>>, Error> {
        let SearchedGroup::Linked(texts) = group else {
            unreachable!("what has been linked is rendered")
        };
        for ending in endings {
            self.render_one(&mut worker.hands, texts, ending, out)?;
        }
        Ok(None)
    }

    fn discard(&self, worker: &mut Worker, group: SearchedGroup<'a>) {
        if let SearchedGroup::Linked(texts) = group {
            for searched in texts {
                worker.hands.give_back(searched);
            }
        }
    }
}

/// The last stage, in order: it tells the sink and the listener.
struct Delivery<'d, 'l> {
    sink: &'d mut dyn Sink,
    listener: &'d mut Listener<'l>,
    has_begun: bool,
}

impl<'d, 'l> Delivery<'d, 'l> {
    fn new(sink: &'d mut dyn Sink, listener: &'d mut Listener<'l>) -> Delivery<'d, 'l> {
        Delivery {
            sink,
            listener,
            has_begun: false,
        }
    }

    /// Delivers a piece, input by input. Output that stands before the first report belongs to the
    /// input that has begun before.
    fn take(&mut self, rendered: &mut Rendered) -> Result<(), Error> {
        let members = rendered.members.take().map(|Value(told)| {
            let told = told.downcast::<Vec<MemberReport>>();
            *told.expect("these stages put nothing else there")
        });
        let mut done = 0;
        for MemberReport {
            path,
            start,
            result,
        } in members.unwrap_or_default()
        {
            self.deliver(&rendered.bytes[done..start])?;
            done = start;
            match result {
                None => self.begin(&path),
                Some(Ok(summary)) => {
                    self.begin(&path);
                    if let Some(value) = rendered.value.take() {
                        self.sink.value(value)?;
                    }
                    self.has_begun = false;
                    self.sink.end(&summary)?;
                    (self.listener)(&path, Event::Ends(&summary, None))?;
                }
                Some(Err(Unsearched::Failed(error))) => {
                    (self.listener)(&path, Event::Failed(&error))?
                }
                Some(Err(Unsearched::NoLog(kind))) => (self.listener)(&path, Event::LeftOut(kind))?,
                Some(Err(Unsearched::Output)) => (self.listener)(&path, Event::IsOutput)?,
            }
        }
        if let Some(value) = rendered.value.take() {
            self.sink.value(value)?;
        }
        self.deliver(&rendered.bytes[done..])
    }

    fn begin(&mut self, path: &Path) {
        if !self.has_begun {
            self.sink.begin(path);
            self.has_begun = true;
        }
    }

    fn deliver(&mut self, bytes: &[u8]) -> Result<(), Error> {
        match bytes.is_empty() {
            true => Ok(()),
            false => self.sink.deliver(bytes),
        }
    }
}

#[cfg(test)]
mod tests;
