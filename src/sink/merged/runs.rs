//! Lines sorted by time, in bounded memory: an external merge sort.
//!
//! ```text
//! add, add, ... --RUN_BYTES_MAX--> sort, write: one run behind the other in a temporary file
//! RUNS_MAX runs --merge--> one run, in a new file
//! merge: the earliest of the first lines of all runs; of equal ones that of the first run
//! ```
//! 1. A run holds what was added before all that is in the next one, so the sort is stable.
//! 2. A run that is read has a buffer of [`READ_BYTES`], however long its lines are: to choose among
//!    the runs takes the times of their first lines, which stand before the texts. Only the chosen
//!    line is read, and it is given on in pieces.
//! 3. Memory is [`RUN_BYTES_MAX`] and one line in all, then [`RUNS_MAX`] such buffers beside it.

use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    fs::{self, File},
    io::{self, BufWriter, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    process,
};

use crate::{
    error::Error,
    line::{to_u64, to_usize},
    sys,
};

/// How much is kept in memory before it becomes a run of the file.
const RUN_BYTES_MAX: usize = 64 << 20;

/// If there are more runs than this, they are merged into one.
const RUNS_MAX: usize = 256;

/// How many bytes of a run are in memory, at most.
const READ_BYTES: usize = 64 << 10;

/// How much is written at once.
const WRITE_BYTES: usize = 1 << 20;

/// The length in bytes of what stands before each line in the file: its time and its length.
const HEAD_BYTES: usize = 16;

/// How many names of files are tried, if others are taken.
const NAMES: u32 = 1000;

/// Lines with times. The last ones are in memory, the others in a file.
#[derive(Debug)]
pub(super) struct SortedRuns {
    folder: PathBuf,
    last: MemoryRun,
    written: Option<WrittenRuns>,
    run_bytes_max: usize,
    runs_max: usize,
}

/// A piece of a line, of which all pieces follow each other.
#[derive(Clone, Copy, Debug)]
pub(super) struct LinePiece<'t> {
    /// The head of the line, if this is its first piece.
    pub(super) head: Option<LineHead>,
    pub(super) text: &'t [u8],
}

/// The time of a line, and its length in bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct LineHead {
    time_ns: i64,
    length: u64,
}

/// Lines in memory, not sorted until they are needed.
#[derive(Debug, Default)]
struct MemoryRun {
    lines: Vec<KeptLine>,
    text: Vec<u8>,
}

/// The time of a line in memory, and the place of its text.
#[derive(Clone, Copy, Debug)]
struct KeptLine {
    time_ns: i64,
    at: usize,
    length: usize,
}

/// Sorted runs in a file, one behind the other.
#[derive(Debug)]
struct WrittenRuns {
    file: File,
    /// The offset behind each run.
    ends: Vec<u64>,
}

impl MemoryRun {
    fn size(&self) -> usize {
        self.text.len() + self.lines.len() * size_of::<KeptLine>()
    }

    fn sort(&mut self) {
        self.lines.sort_by_key(|line| line.time_ns);
    }

    fn piece_of(&self, line: &KeptLine) -> LinePiece<'_> {
        LinePiece {
            head: Some(LineHead {
                time_ns: line.time_ns,
                length: to_u64(line.length),
            }),
            text: &self.text[line.at..line.at + line.length],
        }
    }

    /// Drops all lines, and the memory beyond `bytes_max` that one long line may have taken.
    fn clear(&mut self, bytes_max: usize) {
        self.lines.clear();
        self.text.clear();
        self.text.shrink_to(bytes_max);
    }
}

impl SortedRuns {
    /// Returns no lines yet. A file is made in `folder` when it is needed.
    pub(super) fn new(folder: PathBuf) -> SortedRuns {
        SortedRuns {
            folder,
            last: MemoryRun::default(),
            written: None,
            run_bytes_max: RUN_BYTES_MAX,
            runs_max: RUNS_MAX,
        }
    }

    #[cfg(test)]
    pub(super) fn with_limits(self, run_bytes_max: usize, runs_max: usize) -> SortedRuns {
        SortedRuns {
            run_bytes_max,
            runs_max,
            ..self
        }
    }

    /// Adds a line behind all others.
    pub(super) fn add(&mut self, time_ns: i64, text: &[u8]) -> Result<(), Error> {
        let last = &mut self.last;
        last.lines.push(KeptLine {
            time_ns,
            at: last.text.len(),
            length: text.len(),
        });
        last.text.extend_from_slice(text);
        match last.size() > self.run_bytes_max {
            true => self.write_last().map_err(|error| self.failed(error)),
            false => Ok(()),
        }
    }

    /// Gives all lines to `take`, in the order of their times, and forgets them.
    pub(super) fn merge(
        &mut self,
        take: impl FnMut(LinePiece<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut last = std::mem::take(&mut self.last);
        last.sort();
        let written = self.written.take();
        let merged = match &written {
            Some(written) => written.merge(&last, take),
            None => in_memory(&last, take),
        };
        merged.map_err(|error| match error {
            MergeError::Read(error) => self.failed(error),
            MergeError::Taken(error) => error,
        })
    }

    fn failed(&self, source: io::Error) -> Error {
        Error::Temporary {
            folder: self.folder.clone(),
            source,
        }
    }

    /// Writes what is in memory as a run. If there are too many runs, they are merged into one
    /// before.
    fn write_last(&mut self) -> io::Result<()> {
        let full = |written: &WrittenRuns| written.ends.len() >= self.runs_max;
        if let Some(many) = self.written.take_if(|written| full(written)) {
            let mut one = WrittenRuns::new(&self.folder)?;
            let mut writer = BufWriter::with_capacity(WRITE_BYTES, &one.file);
            let mut end = 0;
            let merged = many.merge(&MemoryRun::default(), |piece| {
                write_piece(piece, &mut writer, &mut end).map_err(|source| Error::Write { source })
            });
            match merged {
                Ok(()) => writer.flush()?,
                Err(MergeError::Read(source) | MergeError::Taken(Error::Write { source })) => {
                    return Err(source);
                }
                Err(MergeError::Taken(other)) => return Err(io::Error::other(other)),
            }
            drop(writer);
            one.ends.push(end);
            self.written = Some(one);
        }
        let written = match &mut self.written {
            Some(written) => written,
            None => self.written.insert(WrittenRuns::new(&self.folder)?),
        };
        let last = &mut self.last;
        last.sort();
        let mut end = written.ends.last().copied().unwrap_or(0);
        (&written.file).seek(SeekFrom::Start(end))?;
        let mut writer = BufWriter::with_capacity(WRITE_BYTES, &written.file);
        for line in &last.lines {
            write_piece(last.piece_of(line), &mut writer, &mut end)?;
        }
        writer.flush()?;
        drop(writer);
        written.ends.push(end);
        last.clear(self.run_bytes_max);
        Ok(())
    }
}

/// The reason why lines could not be merged.
#[derive(Debug)]
enum MergeError {
    /// The file could not be read.
    Read(io::Error),
    /// The function that takes the lines returned this error.
    Taken(Error),
}

fn in_memory(
    last: &MemoryRun,
    mut take: impl FnMut(LinePiece<'_>) -> Result<(), Error>,
) -> Result<(), MergeError> {
    for line in &last.lines {
        take(last.piece_of(line)).map_err(MergeError::Taken)?;
    }
    Ok(())
}

/// Writes a piece, behind the head of its line if it is the first one. Moves `end` behind it.
fn write_piece(piece: LinePiece<'_>, writer: &mut impl Write, end: &mut u64) -> io::Result<()> {
    if let Some(LineHead { time_ns, length }) = piece.head {
        writer.write_all(&time_ns.to_le_bytes())?;
        writer.write_all(&length.to_le_bytes())?;
        *end += to_u64(HEAD_BYTES);
    }
    writer.write_all(piece.text)?;
    *end += to_u64(piece.text.len());
    Ok(())
}

impl WrittenRuns {
    /// Makes a file that only this user may open, and takes its name away. So nobody else sees what
    /// is in it, and the system removes it when the process ends.
    fn new(folder: &Path) -> io::Result<WrittenRuns> {
        let mut taken = None;
        for nth in 0..NAMES {
            let path = folder.join(format!("logscan-{}-{nth}.tmp", process::id()));
            match sys::new_private(&path) {
                Ok(file) => {
                    fs::remove_file(&path)?;
                    let ends = Vec::new();
                    return Ok(WrittenRuns { file, ends });
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => taken = Some(error),
                Err(error) => return Err(error),
            }
        }
        Err(taken.unwrap_or_else(|| io::ErrorKind::AlreadyExists.into()))
    }

    /// Merges all runs with `last`, which is the last of them.
    fn merge(
        &self,
        last: &MemoryRun,
        mut take: impl FnMut(LinePiece<'_>) -> Result<(), Error>,
    ) -> Result<(), MergeError> {
        let starts = std::iter::once(&0).chain(&self.ends);
        let ranges = starts.zip(&self.ends);
        let mut readers: Vec<RunReader<'_>> = ranges
            .map(|(&start, &end)| RunReader::new(&self.file, start, end))
            .collect();
        let mut in_memory = last.lines.iter();
        let memory = readers.len();
        let mut firsts = BinaryHeap::new();
        for (nth, reader) in readers.iter_mut().enumerate() {
            let time = reader.next().map_err(MergeError::Read)?;
            firsts.extend(time.map(|time| Reverse((time, nth))));
        }
        let mut in_hand = in_memory.next();
        firsts.extend(in_hand.map(|line| Reverse((line.time_ns, memory))));
        while let Some(Reverse((_, nth))) = firsts.pop() {
            let next = match (readers.get_mut(nth), in_hand) {
                (Some(reader), _) => {
                    reader.give(&mut take)?;
                    reader.next().map_err(MergeError::Read)?
                }
                (None, Some(line)) => {
                    take(last.piece_of(line)).map_err(MergeError::Taken)?;
                    in_hand = in_memory.next();
                    in_hand.map(|line| line.time_ns)
                }
                (None, None) => None,
            };
            firsts.extend(next.map(|time| Reverse((time, nth))));
        }
        Ok(())
    }
}

/// Reads the lines of a run, of which at most [`READ_BYTES`] are in memory.
#[derive(Debug)]
struct RunReader<'f> {
    file: &'f File,
    /// The offset of what has not been read of the run.
    at: u64,
    end: u64,
    buffer: Vec<u8>,
    /// The index in the buffer of what has not been given on.
    start: usize,
    /// The head of the line whose text comes next.
    head: Option<LineHead>,
}

impl<'f> RunReader<'f> {
    fn new(file: &'f File, at: u64, end: u64) -> RunReader<'f> {
        RunReader {
            file,
            at,
            end,
            buffer: Vec::new(),
            start: 0,
            head: None,
        }
    }

    /// Takes the next line in hand and returns its time, or `None` at the end of the run. The line
    /// before it has been given on.
    fn next(&mut self) -> io::Result<Option<i64>> {
        debug_assert!(self.head.is_none(), "the line before was not given on");
        if self.start == self.buffer.len() && self.at == self.end {
            return Ok(None);
        }
        self.fill(HEAD_BYTES)?;
        let number = |at: usize| {
            let bytes = &self.buffer[self.start + at..self.start + at + 8];
            u64::from_le_bytes(bytes.try_into().expect("they are eight"))
        };
        let (time_ns, length) = (number(0).cast_signed(), number(8));
        self.start += HEAD_BYTES;
        self.head = Some(LineHead { time_ns, length });
        Ok(Some(time_ns))
    }

    /// Gives the line in hand to `take`, piece by piece.
    fn give(
        &mut self,
        take: &mut impl FnMut(LinePiece<'_>) -> Result<(), Error>,
    ) -> Result<(), MergeError> {
        let mut head = self.head.take();
        let mut left = head.map_or(0, |head| head.length);
        loop {
            let length = to_usize(left.min(to_u64(READ_BYTES)));
            self.fill(length).map_err(MergeError::Read)?;
            let text = &self.buffer[self.start..self.start + length];
            let head = head.take();
            take(LinePiece { head, text }).map_err(MergeError::Taken)?;
            self.start += length;
            left -= to_u64(length);
            if left == 0 {
                return Ok(());
            }
        }
    }

    /// Reads on until `wanted` bytes, at most [`READ_BYTES`], are in the buffer from `start` on.
    fn fill(&mut self, wanted: usize) -> io::Result<()> {
        let kept = self.buffer.len() - self.start;
        if kept >= wanted {
            return Ok(());
        }
        self.buffer.drain(..self.start);
        self.start = 0;
        let most = to_u64(READ_BYTES - kept).min(self.end - self.at);
        self.buffer.reserve_exact(READ_BYTES - kept);
        self.buffer.resize(kept + to_usize(most), 0);
        let mut file = self.file;
        file.seek(SeekFrom::Start(self.at))?;
        file.read_exact(&mut self.buffer[kept..])?;
        self.at += most;
        match kept + to_usize(most) < wanted {
            true => Err(io::ErrorKind::UnexpectedEof.into()),
            false => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The longest buffer of the readers of all runs is what this returns beside the lines.
    fn merged(lines: &[(i64, usize)]) -> (Vec<(i64, u64)>, usize) {
        let folder = tempfile::tempdir().unwrap();
        let mut runs = SortedRuns::new(folder.path().into()).with_limits(0, 256);
        for &(time_ns, length) in lines {
            runs.add(time_ns, &vec![b'x'; length]).unwrap();
        }
        let mut got = Vec::new();
        let mut longest = 0;
        let take = |piece: LinePiece<'_>| {
            longest = longest.max(piece.text.len());
            got.extend(piece.head.map(|head| (head.time_ns, 0)));
            got.last_mut().unwrap().1 += to_u64(piece.text.len());
            Ok(())
        };
        runs.merge(take).unwrap();
        (got, longest)
    }

    #[test]
    fn a_line_of_any_length_takes_no_more_memory_than_a_buffer() {
        let lengths = [
            READ_BYTES - HEAD_BYTES,
            READ_BYTES,
            5 * READ_BYTES + 1,
            0,
            1,
        ];
        let lines: Vec<(i64, usize)> = (0..).zip(lengths).map(|(nth, of)| (-nth, of)).collect();
        let (got, longest) = merged(&lines);
        let mut want: Vec<(i64, u64)> = lines.iter().map(|line| (line.0, to_u64(line.1))).collect();
        want.reverse();
        assert_eq!(got, want);
        assert_eq!(longest, READ_BYTES);
    }

    #[test]
    fn a_buffer_does_not_grow_with_the_lines_of_its_run() {
        let folder = tempfile::tempdir().unwrap();
        let mut runs = WrittenRuns::new(folder.path()).unwrap();
        let text = vec![b'x'; 10 * READ_BYTES];
        let head = LineHead {
            time_ns: 1,
            length: to_u64(text.len()),
        };
        let mut end = 0;
        for _ in 0..3 {
            let head = Some(head);
            write_piece(LinePiece { head, text: &text }, &mut &runs.file, &mut end).unwrap();
        }
        runs.ends.push(end);
        let mut reader = RunReader::new(&runs.file, 0, end);
        while reader.next().unwrap().is_some() {
            assert!(reader.buffer.capacity() <= READ_BYTES);
            reader.give(&mut |_| Ok(())).unwrap();
            assert!(reader.buffer.capacity() <= READ_BYTES);
        }
    }

    #[test]
    fn memory_that_a_long_line_took_is_given_back() {
        let folder = tempfile::tempdir().unwrap();
        let mut runs = SortedRuns::new(folder.path().into()).with_limits(1000, 256);
        runs.add(1, &vec![b'x'; 100_000]).unwrap();
        assert!(runs.last.text.capacity() <= 1000);
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_may_open_the_file() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        let runs = WrittenRuns::new(folder.path()).unwrap();
        let mode = runs.file.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
