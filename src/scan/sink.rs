//! The border between the engine and the formats: what a renderer gets, and where its output goes.

use std::path::Path;

use super::{
    checkpoint::Checkpoint,
    ordered::{Out, Value},
    summary::Summary,
};
use crate::{
    error::Error,
    line::{self, Line, to_u64},
    record::Moment,
};

/// Whether a line is a hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineKind {
    /// It is.
    Hit,
    /// It is shown because of its neighbours.
    Context,
}

/// Adjacent lines of one kind, as a renderer gets them; or one record.
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
    /// The times of the lines, if they are hits and their times are wanted; otherwise empty.
    pub(super) times: &'a [Option<Moment>],
    pub(super) max_line_bytes: usize,
    /// Whether `bytes` are one record, and not lines.
    pub(super) is_record: bool,
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
    /// The time that it belongs to, in nanoseconds since 1970-01-01T00:00:00Z, if
    /// [`Scan::dates_hits`](super::Scan): its own, or that of the nearest line above it that has
    /// one. None for context, and above the first time of what is read.
    pub time_ns: Option<i64>,
}

impl<'a> Lines<'a> {
    /// The lines one by one. A record is one, with the number of its first line.
    pub fn iter(&self) -> impl Iterator<Item = NumberedLine<'a>> + use<'a> {
        let (offset, first) = (self.offset, self.line_number);
        let mut times = self.times.iter();
        let record = Line::of_unit(self.bytes, self.max_line_bytes);
        let lines = match self.is_record {
            true => &[],
            false => self.bytes,
        };
        let record = self.is_record.then_some((0, record));
        record
            .into_iter()
            .chain(line::lines(lines, self.max_line_bytes))
            .zip(0u64..)
            .map(move |((at, line), nth)| NumberedLine {
                line,
                offset: offset + to_u64(at),
                line_number: first.map(|first| first + nth),
                time_ns: times.next().copied().flatten().map(Moment::ns),
            })
    }

    /// Whether they are hits, and no context.
    pub fn are_hits(&self) -> bool {
        self.kind == LineKind::Hit
    }

    /// The lines one by one, each by itself, with the time that it belongs to.
    pub(crate) fn singly(&self) -> impl Iterator<Item = (Option<i64>, Lines<'a>)> {
        let lines = *self;
        let all = lines.bytes;
        let mut numbered = lines.iter().peekable();
        std::iter::from_fn(move || {
            let NumberedLine {
                offset,
                line_number,
                time_ns,
                ..
            } = numbered.next()?;
            let at = |offset: u64| line::to_usize(offset - lines.offset);
            let end = numbered.peek().map_or(all.len(), |next| at(next.offset));
            let line = Lines {
                bytes: &all[at(offset)..end],
                offset,
                line_number,
                times: &[],
                ..lines
            };
            Some((time_ns, line))
        })
    }

    /// The same of other bytes, whose times are not told.
    pub(crate) fn over<'b>(&self, bytes: &'b [u8]) -> Lines<'b> {
        let &Lines {
            bytes: _,
            offset,
            line_number,
            kind,
            times: _,
            max_line_bytes,
            is_record,
        } = self;
        Lines {
            bytes,
            offset,
            line_number,
            kind,
            times: &[],
            max_line_bytes,
            is_record,
        }
    }

    /// Whether the lines are exactly `bytes`: each has its line end, and none is longer than the
    /// cap.
    pub fn are_verbatim(&self) -> bool {
        let has_long = match self.is_record {
            true => Line::of_unit(self.bytes, self.max_line_bytes).cut,
            false => line::has_long_line(self.bytes, self.max_line_bytes),
        };
        self.bytes.last() == Some(&b'\n') && !has_long
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

    /// Called when an input is an archive: its members come next, and there may be several. A sink
    /// that names inputs only if there are several names them from here on.
    fn opens_archive(&mut self) {}

    /// Whether what is rendered may be several times as long as the lines. Chunks of a mapping are
    /// smaller then: a worker whose output is longer than 8 MiB waits for its turn, and the others
    /// with it.
    fn expands(&self) -> bool {
        false
    }

    /// A renderer for one worker, for the input that has begun, and for others that it is told of by
    /// [`Render::begin`]. `None` if only [`Summary::hits`] is wanted, which is much
    /// cheaper.
    fn renderer(&self) -> Option<Box<dyn Render>>;

    /// Takes what was rendered, in file order. It may come in several pieces per chunk.
    ///
    /// # Errors
    /// [`Error::Write`]; the scan then ends.
    fn deliver(&mut self, rendered: &[u8]) -> Result<(), Error>;

    /// Whether its renderers learn from the first lines of an input: see [`Render::head`].
    fn wants_head(&self) -> bool {
        false
    }

    /// Whether it takes values instead of bytes. [`Fold`](crate::Fold) implements this and
    /// [`Sink::value`]; a sink that passes on to another has to pass on both.
    fn folds(&self) -> bool {
        false
    }

    /// Takes a value that a renderer of this sink has made, in file order.
    ///
    /// # Errors
    /// Any; the scan then ends.
    fn value(&mut self, value: Value) -> Result<(), Error> {
        let _ = value;
        Ok(())
    }

    /// Called when what was delivered last ends inside of a record of more than 4 MiB, a line for
    /// instance, whose rest is lost because the file was cut short: whatever comes next is another
    /// record.
    ///
    /// # Errors
    /// [`Error::Write`]; the scan then ends.
    fn cut(&mut self) -> Result<(), Error> {
        Ok(())
    }

    /// Whether [`Sink::reached`] should be called, which costs a little for each chunk.
    fn wants_checkpoints(&self) -> bool {
        false
    }

    /// Called when everything before a place in a file has been delivered, after each chunk,
    /// whether or not it had hits.
    ///
    /// # Errors
    /// Any; the scan then ends.
    fn reached(&mut self, checkpoint: &Checkpoint) -> Result<(), Error> {
        let _ = checkpoint;
        Ok(())
    }

    /// Called after an input was searched, with or without an error.
    ///
    /// # Errors
    /// [`Error::Write`].
    fn end(&mut self, summary: &Summary) -> Result<(), Error> {
        let _ = summary;
        Ok(())
    }
}

/// Turns lines into bytes, on one worker: it may keep caches, but nothing that depends on earlier
/// chunks.
pub trait Render: Send {
    /// Called before lines of another input than the one that had begun when it was made: where
    /// several inputs are searched at once, one worker renders one after another.
    fn begin(&mut self, path: &Path) {
        let _ = path;
    }

    /// Called with the first lines of the input, up to 2000, before any of its lines, if
    /// [`Sink::wants_head`]. They are the same for every size of chunks and number of threads.
    fn head(&mut self, head: &[u8]) {
        let _ = head;
    }

    /// Renders adjacent lines. Bytes that have been written to `out` may be delivered at any time.
    ///
    /// # Errors
    /// What `out` returned.
    fn lines(&mut self, lines: &Lines<'_>, out: &mut Out<'_>) -> Result<(), Error>;

    /// Whether whole lines are rendered as what they are, whatever their kind: then
    /// [`Render::lines`] is not asked for them, unless they are numbered.
    fn is_verbatim(&self) -> bool {
        false
    }

    /// Whether it keeps back what it was given, until the chunk ends or it keeps too much.
    fn holds_back(&self) -> bool {
        false
    }

    /// Forgets what it keeps back: the chunk is rendered once more, from its beginning.
    fn restart(&mut self) {}

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
