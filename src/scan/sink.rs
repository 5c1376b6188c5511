//! The border between the engine and the formats: the lines that a renderer gets, and the way of
//! its output.

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

/// Tells whether a line is a hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineKind {
    /// The line is a hit.
    Hit,
    /// The line is shown because of its neighbours.
    Context,
}

/// Adjacent lines of one kind, as a renderer gets them, or one record.
#[derive(Clone, Copy, Debug)]
pub struct Lines<'a> {
    /// The lines as they are in the file, with their line ends. The last line may have none.
    pub bytes: &'a [u8],
    /// The offset in the file at which `bytes` begin.
    pub offset: u64,
    /// The 1-based number of the first line, if lines are numbered.
    pub line_number: Option<u64>,
    /// The kind of all these lines.
    pub kind: LineKind,
    /// The times of the lines, if they are hits and their times are wanted. Otherwise this is
    /// empty.
    pub(super) times: &'a [Option<Moment>],
    pub(super) max_line_bytes: usize,
    /// Whether `bytes` are one record, and not lines.
    pub(super) is_record: bool,
}

/// One line for a renderer.
#[derive(Clone, Copy, Debug)]
pub struct NumberedLine<'a> {
    /// The line itself.
    pub line: Line<'a>,
    /// The offset in the file at which the line begins.
    pub offset: u64,
    /// The 1-based number of the line, if lines are numbered.
    pub line_number: Option<u64>,
    /// The time to which the line belongs, in nanoseconds since 1970-01-01T00:00:00Z, if
    /// [`Scan::dates_hits`](super::Scan) asks for it. It is the line's own time, or that of the
    /// nearest line above that has one. `None` for context, and for lines above the first time of
    /// what is read.
    pub time_ns: Option<i64>,
}

impl<'a> Lines<'a> {
    /// Returns the lines one by one. A record is one item, with the number of its first line.
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

    /// Returns whether the lines are hits, and no context.
    pub fn are_hits(&self) -> bool {
        self.kind == LineKind::Hit
    }

    /// Returns the lines one by one, each with the time to which it belongs.
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

    /// Returns lines with other bytes and without times.
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

    /// Returns whether the lines are exactly `bytes`. They are if each has its line end, and none
    /// is longer than the cap.
    pub fn are_verbatim(&self) -> bool {
        let has_long = match self.is_record {
            true => Line::of_unit(self.bytes, self.max_line_bytes).cut,
            false => line::has_long_line(self.bytes, self.max_line_bytes),
        };
        self.bytes.last() == Some(&b'\n') && !has_long
    }
}

/// The receiver of results. Rendering is pure and runs on the workers. Delivering runs in file
/// order.
///
/// For a closure that is called for each line, see [`EachLine`](crate::EachLine).
pub trait Sink: Send {
    /// Called before an input is searched.
    fn begin(&mut self, path: &Path) {
        let _ = path;
    }

    /// Called when an input is an archive. Its members come next, and there may be several. A sink
    /// that names inputs only if there are several has to name them from here on.
    fn opens_archive(&mut self) {}

    /// Returns whether output may be several times as long as the lines. If it may, chunks of a
    /// mapping are smaller: a worker whose output is longer than 8 MiB waits for its turn, and the
    /// other workers wait with it.
    fn expands(&self) -> bool {
        false
    }

    /// Creates a renderer for one worker. It is for the input that has begun, and for others that
    /// [`Render::begin`] announces. Returns `None` if only [`Summary::hits`] is wanted, which is
    /// much cheaper.
    fn renderer(&self) -> Option<Box<dyn Render>>;

    /// Takes the output of renderers, in file order. It may come in several pieces per chunk.
    ///
    /// # Errors
    /// [`Error::Write`] if the output cannot be written. The scan then ends.
    fn deliver(&mut self, rendered: &[u8]) -> Result<(), Error>;

    /// Returns whether renderers learn from the first lines of an input: see [`Render::head`].
    fn wants_head(&self) -> bool {
        false
    }

    /// Takes the first lines of an input that is searched alone, before its renderers are created, if
    /// [`Sink::wants_head`] is true.
    fn learn(&mut self, head: &[u8]) {
        let _ = head;
    }

    /// Returns whether the sink takes values in place of bytes. [`Fold`](crate::Fold) implements
    /// this and [`Sink::value`]. A sink that passes on to another one has to pass on both.
    fn folds(&self) -> bool {
        false
    }

    /// Takes a value that a renderer of this sink has made, in file order.
    ///
    /// # Errors
    /// Any error. The scan then ends.
    fn value(&mut self, value: Value) -> Result<(), Error> {
        let _ = value;
        Ok(())
    }

    /// Called when the output delivered last ends inside a record of more than 4 MiB, for instance
    /// a line. The rest of the record is lost, because the file was cut short. Whatever comes next
    /// is another record.
    ///
    /// # Errors
    /// [`Error::Write`] if the output cannot be written. The scan then ends.
    fn cut(&mut self) -> Result<(), Error> {
        Ok(())
    }

    /// Returns whether [`Sink::reached`] should be called, which costs a little for each chunk.
    fn wants_checkpoints(&self) -> bool {
        false
    }

    /// Called after each chunk, whether or not it had hits, when everything before a place in a
    /// file has been delivered.
    ///
    /// # Errors
    /// Any error. The scan then ends.
    fn reached(&mut self, checkpoint: &Checkpoint) -> Result<(), Error> {
        let _ = checkpoint;
        Ok(())
    }

    /// Called after an input was searched, with or without an error.
    ///
    /// # Errors
    /// [`Error::Write`] if the output cannot be written.
    fn end(&mut self, summary: &Summary) -> Result<(), Error> {
        let _ = summary;
        Ok(())
    }
}

/// Turns lines into bytes, on one worker. A renderer may keep caches, but nothing that depends on
/// earlier chunks.
pub trait Render: Send {
    /// Called before the lines of another input than the one for which the renderer was created. If
    /// several inputs are searched at once, one worker renders one after another.
    fn begin(&mut self, path: &Path) {
        let _ = path;
    }

    /// Called with the first lines of the input, up to 2000, before any of its lines, if
    /// [`Sink::wants_head`] is true. The lines are the same for every size of chunks and number of
    /// threads.
    fn head(&mut self, head: &[u8]) {
        let _ = head;
    }

    /// Renders adjacent lines. Bytes that have been written to `out` may be delivered at any time.
    ///
    /// # Errors
    /// The errors of `out`.
    fn lines(&mut self, lines: &Lines<'_>, out: &mut Out<'_>) -> Result<(), Error>;

    /// Returns whether whole lines are rendered unchanged, whatever their kind. Then
    /// [`Render::lines`] is not called for them, unless they are numbered.
    fn is_verbatim(&self) -> bool {
        false
    }

    /// Returns whether the renderer keeps lines back until the chunk ends, or until it keeps too
    /// much.
    fn holds_back(&self) -> bool {
        false
    }

    /// Forgets the lines that are kept back. The chunk is rendered once more, from its beginning.
    fn restart(&mut self) {}

    /// Renders the gap between two groups of lines that are not adjacent.
    ///
    /// # Errors
    /// The errors of `out`.
    fn gap(&mut self, out: &mut Out<'_>) -> Result<(), Error> {
        let _ = out;
        Ok(())
    }

    /// Called when a chunk is complete. Lines that are kept back must be written now.
    ///
    /// # Errors
    /// The errors of `out`.
    fn end_of_chunk(&mut self, out: &mut Out<'_>) -> Result<(), Error> {
        let _ = out;
        Ok(())
    }
}
