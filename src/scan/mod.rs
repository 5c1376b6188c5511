//! The engine: one input in, lines in file order out, whatever the number of threads and the size of chunks.
//!
//! [`run`] cuts the [`Source`] into chunks, has them searched in parallel, and gives what a [`Sink`] made of the hits
//! to that sink in file order. The engine knows no output formats.

mod emit;
mod last;
mod ordered;
mod progress;
#[cfg(test)]
mod tests;
mod worker;

use std::{
    ops::Range,
    path::Path,
    time::{Duration, Instant},
};

use self::{
    emit::{Carry, Emitter, Rules, Turn},
    ordered::{Claim, Linked, Rendered, Stages},
    worker::{Found, Run, Task},
};
pub use self::{
    ordered::{Out, Workers},
    progress::Progress,
};
use crate::{
    error::Error,
    input::{
        self, Access, Buffers, Chunk, Cut, FileInput, Kind, Portions, ReadError, Source, Stream,
    },
    line::{self, Line, to_u64},
    matcher::{Finder, Matcher},
};

/// Lines longer than this are their first 64 MiB, unless told otherwise.
pub const MAX_LINE_BYTES: usize = 64 << 20;

/// Neither a chunk nor a line cap may be larger, so that an index into a chunk fits 32 bits.
pub const CHUNK_BYTES_LIMIT: usize = 1 << 30;

/// How many bytes of a mapping are one chunk.
const MAPPED_CHUNK_BYTES: usize = 2 << 20;

/// How many bytes are read as one chunk: it and its copy in the kernel stay in the L2 cache.
const READ_CHUNK_BYTES: usize = 512 << 10;

/// How many bytes of a stream are one chunk, if they come fast enough.
const STREAM_CHUNK_BYTES: usize = 512 << 10;

/// What to look for, and the limits. Plain data: fill in what differs from [`Scan::new`].
#[derive(Clone, Debug)]
pub struct Scan {
    /// What makes a line a hit.
    pub matcher: Matcher,
    /// Whether the lines that do not match are the hits.
    pub invert: bool,
    /// Which other lines are shown around hits.
    pub context: Context,
    /// How many hits count.
    pub limit: Limit,
    /// Only lines that begin in this range of bytes are searched; line numbers count from its start.
    pub range: Range<u64>,
    /// A longer line is its first bytes, for every purpose. At most [`CHUNK_BYTES_LIMIT`].
    pub max_line_bytes: usize,
    /// The size of chunks, for measurements; `None` chooses by the path. At most [`CHUNK_BYTES_LIMIT`].
    pub chunk_bytes: Option<usize>,
    /// Whether lines are numbered. It costs a pass over bytes that are in the cache.
    pub line_numbers: bool,
    /// Whether [`Summary::lines`] is wanted even if lines are not numbered.
    pub count_lines: bool,
    /// Whether the first group of lines is set off by a gap too, because another input's lines precede it.
    pub gap_before_first: bool,
}

impl Scan {
    /// A search for all hits in the whole input, without context or numbers.
    pub fn new(matcher: Matcher) -> Scan {
        Scan {
            matcher,
            invert: false,
            context: Context::None,
            limit: Limit::All,
            range: 0..u64::MAX,
            max_line_bytes: MAX_LINE_BYTES,
            chunk_bytes: None,
            line_numbers: false,
            count_lines: false,
            gap_before_first: false,
        }
    }

    fn max_line_bytes(&self) -> usize {
        self.max_line_bytes.clamp(1, CHUNK_BYTES_LIMIT)
    }

    fn chunk_bytes(&self, default: usize) -> usize {
        self.chunk_bytes
            .unwrap_or(default)
            .clamp(1, CHUNK_BYTES_LIMIT)
    }
}

/// Which lines besides hits are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Context {
    /// None, and so there are no gaps.
    #[default]
    None,
    /// Some around each hit, with a gap between groups that are apart.
    Lines {
        /// How many before.
        before: u64,
        /// How many after.
        after: u64,
    },
    /// Every line. With [`Limit::Last`] it is the same as [`Context::None`].
    All,
}

/// How many hits count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Limit {
    /// All of them.
    #[default]
    All,
    /// The first so many; the scan stops when they are found.
    First(u64),
    /// The last so many; a file is read from its end until they are found.
    Last(u64),
}

/// Whether a line is a hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineKind {
    /// It is.
    Hit,
    /// It is shown because of its neighbours.
    Context,
}

/// Adjacent lines of one kind, as a renderer gets them.
#[derive(Clone, Copy, Debug)]
pub struct Lines<'a> {
    /// The lines as they are in the file, with their line ends; the last may have none.
    pub bytes: &'a [u8],
    /// Where `bytes` begin in the file.
    pub offset: u64,
    /// The 1-based number of the first line, if lines are numbered.
    pub line_number: Option<u64>,
    /// What they all are.
    pub kind: LineKind,
    max_line_bytes: usize,
}

/// One line given to a renderer.
#[derive(Clone, Copy, Debug)]
pub struct NumberedLine<'a> {
    /// The line itself.
    pub line: Line<'a>,
    /// Where it begins in the file.
    pub offset: u64,
    /// Its 1-based number, if lines are numbered.
    pub line_number: Option<u64>,
}

impl<'a> Lines<'a> {
    /// The lines one by one.
    pub fn iter(&self) -> impl Iterator<Item = NumberedLine<'a>> + use<'a> {
        let (offset, first) = (self.offset, self.line_number);
        line::lines(self.bytes, self.max_line_bytes)
            .zip(0u64..)
            .map(move |((at, line), nth)| NumberedLine {
                line,
                offset: offset + to_u64(at),
                line_number: first.map(|first| first + nth),
            })
    }

    /// Whether the lines are exactly `bytes`: each has its line end, and none is longer than the cap.
    pub fn are_verbatim(&self) -> bool {
        self.bytes.last() == Some(&b'\n') && !line::has_long_line(self.bytes, self.max_line_bytes)
    }
}

/// Where results go. Rendering is pure and runs on the workers; delivering runs in file order.
///
/// For a closure that is called for each line, see [`EachLine`](crate::EachLine).
pub trait Sink: Send {
    /// Called before an input is searched.
    fn begin(&mut self, path: &Path) {
        let _ = path;
    }

    /// A renderer for one worker; `None` if only [`Summary::hits`] is wanted, which is much cheaper.
    fn renderer(&self) -> Option<Box<dyn Render>>;

    /// Takes what was rendered, in file order. It may come in several pieces per chunk.
    ///
    /// # Errors
    /// [`Error::Write`]; the scan then ends.
    fn deliver(&mut self, rendered: &[u8]) -> Result<(), Error>;

    /// Called after an input was searched, with or without an error.
    ///
    /// # Errors
    /// [`Error::Write`].
    fn end(&mut self, summary: &Summary) -> Result<(), Error> {
        let _ = summary;
        Ok(())
    }
}

/// Turns lines into bytes, on one worker: it may keep caches, but nothing that depends on earlier chunks.
pub trait Render: Send {
    /// Renders adjacent lines. Bytes that have been written to `out` may be delivered at any time.
    ///
    /// # Errors
    /// What `out` returned.
    fn lines(&mut self, lines: &Lines<'_>, out: &mut Out<'_>) -> Result<(), Error>;

    /// Renders the gap between two groups of lines that are not adjacent.
    ///
    /// # Errors
    /// What `out` returned.
    fn gap(&mut self, out: &mut Out<'_>) -> Result<(), Error> {
        let _ = out;
        Ok(())
    }

    /// Called when a chunk is complete: whatever is kept back must be written now.
    ///
    /// # Errors
    /// What `out` returned.
    fn end_of_chunk(&mut self, out: &mut Out<'_>) -> Result<(), Error> {
        let _ = out;
        Ok(())
    }
}

/// Something about an input that the user should know, because results are not what the whole file would give.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Note {
    /// Lines were longer than the cap.
    LongLines {
        /// How many.
        count: u64,
        /// Where the first begins.
        first_offset: u64,
        /// How much of each counted.
        max_line_bytes: usize,
    },
    /// The file became shorter while it was searched.
    Shrank {
        /// Its length when it was opened.
        from: u64,
        /// Its length now.
        to: u64,
        /// Results are complete up to here.
        complete_to: u64,
    },
    /// Context reached further back in a stream than is kept.
    ShortContext {
        /// How many hits have less context than asked for.
        hits: u64,
        /// How many bytes are kept.
        kept_bytes: u64,
    },
    /// The last hits of a stream were more than is kept.
    LastHitsLost {
        /// How many are missing.
        hits: u64,
        /// How many bytes are kept.
        kept_bytes: u64,
    },
    /// Line numbers count from the start of a range of bytes, because that is where the search began.
    NumbersFromRange {
        /// Where the first line starts that is searched.
        start: u64,
    },
}

impl Note {
    /// Whether results were lost against the user's wish, which makes the exit status 2.
    pub fn is_trouble(&self) -> bool {
        !matches!(self, Note::NumbersFromRange { .. })
    }
}

impl std::fmt::Display for Note {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Note::LongLines {
                count,
                first_offset,
                max_line_bytes,
            } => {
                let (lines, were) = if *count == 1 {
                    ("line", "was")
                } else {
                    ("lines", "were")
                };
                let each = if *count == 1 { "its" } else { "their" };
                write!(
                    f,
                    "{count} {lines} longer than {max_line_bytes} bytes {were} cut to {each} first {max_line_bytes} \
                     bytes, the first at byte {first_offset}; --max-line-bytes raises the limit"
                )
            }
            Note::Shrank {
                from,
                to,
                complete_to,
            } => write!(
                f,
                "shrank from {from} to {to} bytes while being searched: results are complete up to byte {complete_to}"
            ),
            Note::ShortContext { hits, kept_bytes } => write!(
                f,
                "{hits} hits have less context than asked for: of a stream only the last {kept_bytes} bytes are kept"
            ),
            Note::LastHitsLost { hits, kept_bytes } => write!(
                f,
                "{hits} of the last hits are missing: of a stream only the last {kept_bytes} bytes are kept; \
                 search a file instead"
            ),
            Note::NumbersFromRange { start } => {
                write!(
                    f,
                    "line numbers count from 1 at byte {start}, where the range begins"
                )
            }
        }
    }
}

/// What a scan did.
#[derive(Debug)]
pub struct Summary {
    /// How many bytes were searched, up to the line at which a limit was reached.
    pub bytes: u64,
    /// How many bytes were looked at in all, for a scan from the end: it reads some twice.
    pub bytes_read: u64,
    /// How many lines were searched, if they were counted.
    pub lines: Option<u64>,
    /// How many hits there are, within the limit.
    pub hits: u64,
    /// How many matches the renderer counted, where it does.
    pub matches: u64,
    /// How many lines the renderer cut because the user wants so.
    pub cut_lines: u64,
    /// What the user should know.
    pub notes: Vec<Note>,
    /// What ended the scan early, if anything did. Everything before it has been delivered.
    pub error: Option<Error>,
    /// Where the input need not be read on: behind the last line that was needed, or the end.
    pub end_offset: u64,
    /// How long it took.
    pub elapsed: Duration,
}

/// Searches `source` and gives the results to `sink`.
///
/// # Errors
/// [`Error::Write`] if the sink could not deliver, [`Error::Threads`] if there are no threads. An input that could not
/// be read to its end is no error here but in [`Summary::error`]: what was found before it has been delivered.
///
/// ```
/// use logscan::{EachLine, Matcher, Patterns, Progress, Scan, Source, Workers, scan};
/// let mut scan = Scan::new(Matcher::new(&Patterns::new("b+"))?);
/// scan.line_numbers = true;
/// let mut source = Source::from_bytes("log".as_ref(), b"a\nb\nabba\n".to_vec());
/// let mut numbers = Vec::new();
/// let mut sink = EachLine::new(|line| {
///     numbers.push((line.line_number, line.bytes.to_vec()));
///     Ok(())
/// });
/// let summary = scan::run(&scan, &mut source, &Workers::new(2), &Progress::new(), &mut sink)?;
/// drop(sink);
/// assert_eq!(summary.hits, 2);
/// assert_eq!(numbers, [(Some(2), b"b".to_vec()), (Some(3), b"abba".to_vec())]);
/// # Ok::<(), logscan::Error>(())
/// ```
pub fn run(
    scan: &Scan,
    source: &mut Source,
    workers: &Workers,
    progress: &Progress,
    sink: &mut dyn Sink,
) -> Result<Summary, Error> {
    let begun = Instant::now();
    sink.begin(source.path());
    let pass = |hits| Pass::whole(scan, hits);
    let mut summary = match scan.limit {
        Limit::Last(last) => last::run(scan, source, last, workers, progress, sink)?,
        Limit::All => forward(scan, source, pass(0..u64::MAX), workers, progress, sink)?,
        Limit::First(first) => forward(scan, source, pass(0..first), workers, progress, sink)?,
    };
    summary.elapsed = begun.elapsed();
    sink.end(&summary)?;
    Ok(summary)
}

/// A search from front to back.
struct Pass {
    /// Where it begins: the start of the range, or a chunk's border inside it.
    start: u64,
    /// How many lines of the range are before `start`.
    lines_before: u64,
    /// The hits that count, by their number from `start` on.
    hits: Range<u64>,
    notes_from_first_hit: bool,
    /// Where context may begin, if that is before the first line from `start` on.
    floor: Option<u64>,
}

impl Pass {
    fn whole(scan: &Scan, hits: Range<u64>) -> Pass {
        Pass {
            start: scan.range.start,
            lines_before: 0,
            hits,
            notes_from_first_hit: false,
            floor: None,
        }
    }
}

/// Where chunks are claimed from.
enum Feed<'s> {
    File { next: u64, count: u64 },
    Stream(&'s mut Stream, Portions),
    Kept(std::collections::VecDeque<emit::Past>),
}

/// What stays the same while one input is searched.
struct Input<'s> {
    /// Unless the input is a stream.
    file: Option<&'s FileInput>,
    cut: Cut,
    path: &'s Path,
}

impl<'s> Input<'s> {
    /// The input as the workers see it, and where they claim chunks. `start` is where the search begins.
    fn new(
        scan: &Scan,
        source: &'s mut Source,
        start: u64,
        progress: &Progress,
    ) -> (Input<'s>, Feed<'s>) {
        let max_line_bytes = scan.max_line_bytes();
        let default_chunk_bytes = match source.access() {
            Access::Mapped => MAPPED_CHUNK_BYTES,
            Access::Read => READ_CHUNK_BYTES,
            Access::Stream => STREAM_CHUNK_BYTES,
        };
        let chunk_bytes = scan.chunk_bytes(default_chunk_bytes);
        let path = source.path.as_path();
        match &mut source.kind {
            Kind::File(file) => {
                let file = &*file;
                let range = start..scan.range.end.min(file.length);
                let chunk_bytes = to_u64(chunk_bytes);
                let cut = Cut {
                    range,
                    length: file.length,
                    chunk_bytes,
                    max_line_bytes,
                };
                progress.begin(cut.range.end.saturating_sub(cut.range.start));
                let feed = Feed::File {
                    next: 0,
                    count: cut.count(),
                };
                (
                    Input {
                        file: Some(file),
                        cut,
                        path,
                    },
                    feed,
                )
            }
            Kind::Stream(stream) => {
                progress.begin(0);
                let range = scan.range.clone();
                let portions = Portions {
                    range: range.clone(),
                    block_bytes: chunk_bytes,
                    max_line_bytes,
                };
                let cut = Cut {
                    range,
                    length: u64::MAX,
                    chunk_bytes: to_u64(chunk_bytes),
                    max_line_bytes,
                };
                (
                    Input {
                        file: None,
                        cut,
                        path,
                    },
                    Feed::Stream(stream, portions),
                )
            }
        }
    }

    fn read_error(&self, error: ReadError) -> Error {
        Error::Read {
            path: self.path.into(),
            offset: error.offset,
            source: error.source,
        }
    }

    /// What each worker owns, for as many workers as are of use.
    fn hands(
        &self,
        scan: &Scan,
        workers: &Workers,
        render: impl Fn() -> Option<Box<dyn Render>>,
    ) -> Vec<Hands> {
        let threads = match self.file {
            Some(_) => line::to_usize(self.cut.count().clamp(1, to_u64(workers.threads()))),
            None => workers.threads(),
        };
        let hands = || Hands {
            buffers: Buffers::default(),
            runs: Vec::new(),
            finder: scan.matcher.finder(),
            render: render(),
        };
        std::iter::repeat_with(hands).take(threads).collect()
    }

    fn may_block(&self, feed: &Feed<'_>) -> bool {
        match feed {
            Feed::Stream(stream, _) => stream.may_block(),
            Feed::File { .. } | Feed::Kept(_) => false,
        }
    }

    fn claim(&self, feed: &mut Feed<'_>, buffers: &mut Buffers) -> Claim<Claimed> {
        match feed {
            Feed::File { next, count } if next == count => Claim::End,
            Feed::File { next, .. } => {
                *next += 1;
                Claim::Chunk(Claimed::Number(*next - 1))
            }
            Feed::Stream(stream, portions) => match stream.next_chunk(portions, buffers) {
                Ok(input::Next::Chunk(chunk)) => Claim::Chunk(Claimed::Chunk(chunk)),
                Ok(input::Next::Dry) => Claim::Dry,
                Ok(input::Next::End) => Claim::End,
                Err(error) => Claim::Chunk(Claimed::Failed(error)),
            },
            Feed::Kept(chunks) => match chunks.pop_front() {
                Some(past) => Claim::Chunk(Claimed::Chunk(past.into_chunk())),
                None => Claim::End,
            },
        }
    }

    fn load<'b>(&'b self, claimed: Claimed, buffers: &mut Buffers) -> Result<Chunk<'b>, ReadError> {
        match claimed {
            Claimed::Chunk(chunk) => Ok(chunk),
            Claimed::Failed(error) => Err(error),
            Claimed::Number(nth) => {
                let file = self.file.expect("only files have numbered chunks");
                file.chunk(&self.cut, nth, buffers)
            }
        }
    }

    /// Gives back what a chunk held.
    fn give_back(&self, chunk: &mut Chunk<'_>, buffers: &mut Buffers) {
        let bytes = std::mem::replace(&mut chunk.bytes, input::Bytes::Slice(&[]));
        buffers.give_back(bytes);
        if let Some(file) = self.file {
            file.release(chunk.range.start..chunk.range.end.max(chunk.end()));
        }
    }
}

/// A chunk that a worker has claimed.
enum Claimed {
    /// Of a file: still to be loaded.
    Number(u64),
    /// Of a stream: claiming is reading.
    Chunk(Chunk<'static>),
    /// Of a stream that could not be read.
    Failed(ReadError),
}

/// The stages of a search.
struct Search<'a> {
    rules: &'a Rules,
    task: Task,
    input: &'a Input<'a>,
    progress: &'a Progress,
}

struct Hands {
    buffers: Buffers,
    runs: Vec<Vec<Run>>,
    finder: Finder,
    render: Option<Box<dyn Render>>,
}

impl<'a> Stages for Search<'a> {
    type Feed = Feed<'a>;
    type Claim = Claimed;
    type Hands = Hands;
    type Found = Found<'a>;
    type Carry = Carry;
    type Turn = Turn;

    fn may_block(&self, feed: &Feed<'a>) -> bool {
        self.input.may_block(feed)
    }

    fn claim(&self, feed: &mut Feed<'a>, hands: &mut Hands) -> Claim<Claimed> {
        self.input.claim(feed, &mut hands.buffers)
    }

    fn search(&self, hands: &mut Hands, claimed: Claimed) -> Found<'a> {
        let chunk = match self.input.load(claimed, &mut hands.buffers) {
            Ok(chunk) => chunk,
            Err(error) => return Found::failed(error),
        };
        let runs = hands.runs.pop().unwrap_or_default();
        let mut found = worker::search(self.task, &mut hands.finder, chunk, runs);
        self.progress
            .advance(found.chunk.range.end - found.chunk.range.start, found.hits);
        let is_needed =
            self.rules.needs_bytes_of_every_chunk() || (found.hits > 0 && self.task.places);
        if !is_needed {
            self.input.give_back(&mut found.chunk, &mut hands.buffers);
        }
        found
    }

    fn link(&self, carry: &mut Carry, found: &mut Found<'a>) -> Linked<Turn> {
        emit::link(self.rules, carry, found)
    }

    fn render(
        &self,
        hands: &mut Hands,
        found: &Found<'a>,
        turn: Turn,
        out: &mut Out<'_>,
    ) -> Result<(), Error> {
        let Some(render) = &mut hands.render else {
            return Ok(());
        };
        let mut emitter = Emitter {
            rules: self.rules,
            file: self.input.file,
            render: render.as_mut(),
            out,
            read_error: &|error| self.input.read_error(error),
        };
        emitter.render(found, &turn)
    }

    fn discard(&self, hands: &mut Hands, mut found: Found<'a>) {
        self.input.give_back(&mut found.chunk, &mut hands.buffers);
        found.runs.clear();
        if hands.runs.len() < 2 {
            hands.runs.push(found.runs);
        }
    }
}

/// Searches from front to back.
fn forward(
    scan: &Scan,
    source: &mut Source,
    pass: Pass,
    workers: &Workers,
    progress: &Progress,
    sink: &mut dyn Sink,
) -> Result<Summary, Error> {
    let (input, feed) = Input::new(scan, source, pass.start, progress);
    search(scan, &input, feed, pass, workers, progress, sink)
}

#[expect(
    clippy::too_many_arguments,
    reason = "the parts of one scan, each borrowed from somewhere else"
)]
fn search<'a>(
    scan: &Scan,
    input: &'a Input<'a>,
    feed: Feed<'a>,
    pass: Pass,
    workers: &Workers,
    progress: &'a Progress,
    sink: &mut dyn Sink,
) -> Result<Summary, Error> {
    let hands = input.hands(scan, workers, || sink.renderer());
    let renders = hands.iter().any(|hands| hands.render.is_some());
    let has_before = matches!(scan.context, Context::Lines { before: 1.., .. });
    let rules = Rules {
        context: match (scan.context, scan.limit) {
            (Context::All, Limit::Last(_)) => Context::None,
            (context, _) if renders => context,
            _ => Context::None,
        },
        hits: pass.hits,
        renders,
        line_numbers: scan.line_numbers,
        max_line_bytes: scan.max_line_bytes(),
        keeps_history: renders && input.file.is_none() && has_before,
        notes_from_first_hit: pass.notes_from_first_hit,
        gap_before_first: scan.gap_before_first,
    };
    let task = Task {
        invert: scan.invert,
        count_lines: scan.line_numbers || scan.count_lines,
        places: renders || rules.hits.end != u64::MAX,
        hits_max: rules.hits_max(),
        max_line_bytes: rules.max_line_bytes,
    };
    let carry = Carry::new(&rules, pass.start, pass.lines_before, pass.floor);
    let mut totals = Rendered::default();
    let carry = if rules.hits.end == 0 {
        carry
    } else {
        let stages = Search {
            rules: &rules,
            task,
            input,
            progress,
        };
        let mut deliver = |rendered: &Rendered| {
            totals.matches += rendered.matches;
            totals.cut_lines += rendered.cut_lines;
            totals.short_contexts += rendered.short_contexts;
            sink.deliver(&rendered.bytes)
        };
        ordered::run(workers, &stages, hands, feed, carry, &mut deliver)?
    };
    Ok(summary(scan, input, &rules, pass.start, carry, &totals))
}

fn summary(
    scan: &Scan,
    input: &Input<'_>,
    rules: &Rules,
    start: u64,
    carry: Carry,
    totals: &Rendered,
) -> Summary {
    let mut notes = Vec::new();
    if let Some(first_offset) = carry.first_long_line {
        let count = carry.long_lines;
        notes.push(Note::LongLines {
            count,
            first_offset,
            max_line_bytes: rules.max_line_bytes,
        });
    }
    if totals.short_contexts > 0 {
        notes.push(Note::ShortContext {
            hits: totals.short_contexts,
            kept_bytes: emit::HISTORY_BYTES,
        });
    }
    if scan.line_numbers && rules.renders && scan.range.start > 0 {
        notes.push(Note::NumbersFromRange {
            start: scan.range.start,
        });
    }
    if let Some((from, to, complete_to)) =
        carry
            .shrank_at
            .zip(input.file)
            .and_then(|(complete_to, file)| {
                let now = file.length_now();
                (now < file.length).then_some((file.length, now, complete_to))
            })
    {
        notes.push(Note::Shrank {
            from,
            to,
            complete_to,
        });
    }
    let bytes = carry.searched_to.saturating_sub(start);
    Summary {
        bytes,
        bytes_read: bytes,
        lines: (scan.line_numbers || scan.count_lines).then_some(carry.lines),
        hits: carry.counted_hits(rules),
        matches: totals.matches,
        cut_lines: totals.cut_lines,
        notes,
        end_offset: carry.searched_to,
        error: carry.error.map(|error| input.read_error(error)),
        elapsed: Duration::ZERO,
    }
}
