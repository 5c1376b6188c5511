//! Lines sorted by time, in bounded memory: an external merge sort.
//!
//! ```text
//! add, add, ... --RUN_BYTES_MAX--> sort, write: one run behind the other in a temporary file
//! RUNS_MAX runs --merge--> one run, in a new file
//! merge: the earliest of the first lines of all runs; of equal ones that of the first run
//! ```
//! A run holds what was added before all that is in the next one, so the sort is stable.

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
};

/// What is kept in memory before it becomes a run of the file.
const RUN_BYTES_MAX: usize = 64 << 20;

/// More runs than this are merged into one.
const RUNS_MAX: usize = 256;

/// How much of a run is read at once.
const READ_BYTES: u64 = 64 << 10;

/// How much is written at once.
const WRITE_BYTES: usize = 1 << 20;

/// A time and a length stand before each line in the file.
const HEAD_BYTES: usize = 16;

/// Names of files that are tried, should others be taken.
const NAMES: u32 = 1000;

/// Lines with times, of which the last are in memory and the others in a file.
#[derive(Debug)]
pub(super) struct SortedRuns {
    folder: PathBuf,
    last: MemoryRun,
    written: Option<WrittenRuns>,
    run_bytes_max: usize,
    runs_max: usize,
}

/// Lines that are not sorted yet.
#[derive(Debug, Default)]
struct MemoryRun {
    lines: Vec<KeptLine>,
    text: Vec<u8>,
}

/// A line in memory.
#[derive(Clone, Copy, Debug)]
struct KeptLine {
    time_ns: i64,
    at: usize,
    length: usize,
}

/// Sorted runs in a file.
#[derive(Debug)]
struct WrittenRuns {
    file: File,
    /// Where each of them ends.
    ends: Vec<u64>,
}

impl MemoryRun {
    fn size(&self) -> usize {
        self.text.len() + self.lines.len() * size_of::<KeptLine>()
    }

    fn sort(&mut self) {
        self.lines.sort_by_key(|line| line.time_ns);
    }

    fn text_of(&self, line: &KeptLine) -> &[u8] {
        &self.text[line.at..line.at + line.length]
    }
}

impl SortedRuns {
    /// None yet; a file is made in `folder` when it is needed.
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

    /// Gives all lines, sorted, to `take`; there are none then.
    pub(super) fn merge(
        &mut self,
        take: impl FnMut(i64, &[u8]) -> Result<(), Error>,
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

    /// Writes what is in memory as a run, and first makes one of all others if they are too many.
    fn write_last(&mut self) -> io::Result<()> {
        let full = |written: &WrittenRuns| written.ends.len() >= self.runs_max;
        if let Some(many) = self.written.take_if(|written| full(written)) {
            let mut one = WrittenRuns::new(&self.folder)?;
            let mut writer = BufWriter::with_capacity(WRITE_BYTES, &one.file);
            let mut end = 0;
            let merged = many.merge(&MemoryRun::default(), |time_ns, text| {
                write_line(time_ns, text, &mut writer, &mut end)
                    .map_err(|source| Error::Write { source })
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
            write_line(line.time_ns, last.text_of(line), &mut writer, &mut end)?;
        }
        writer.flush()?;
        drop(writer);
        written.ends.push(end);
        last.lines.clear();
        last.text.clear();
        Ok(())
    }
}

/// Why lines could not be merged.
enum MergeError {
    Read(io::Error),
    /// Who takes them could not.
    Taken(Error),
}

fn in_memory(
    last: &MemoryRun,
    mut take: impl FnMut(i64, &[u8]) -> Result<(), Error>,
) -> Result<(), MergeError> {
    for line in &last.lines {
        take(line.time_ns, last.text_of(line)).map_err(MergeError::Taken)?;
    }
    Ok(())
}

fn write_line(time_ns: i64, text: &[u8], writer: &mut impl Write, end: &mut u64) -> io::Result<()> {
    writer.write_all(&time_ns.to_le_bytes())?;
    writer.write_all(&to_u64(text.len()).to_le_bytes())?;
    writer.write_all(text)?;
    *end += to_u64(HEAD_BYTES + text.len());
    Ok(())
}

impl WrittenRuns {
    /// Makes a file that has no name: nobody else sees what is in it, and it is gone when the
    /// process is.
    fn new(folder: &Path) -> io::Result<WrittenRuns> {
        let mut taken = None;
        for nth in 0..NAMES {
            let path = folder.join(format!("logscan-{}-{nth}.tmp", process::id()));
            let made = File::options()
                .read(true)
                .write(true)
                .create_new(true)
                .open(&path);
            match made {
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

    /// Merges all runs, of which `last` is the last.
    fn merge(
        &self,
        last: &MemoryRun,
        mut take: impl FnMut(i64, &[u8]) -> Result<(), Error>,
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
            firsts.extend(
                reader
                    .next()
                    .map_err(MergeError::Read)?
                    .map(|time| Reverse((time, nth))),
            );
        }
        let mut in_hand = in_memory.next();
        firsts.extend(in_hand.map(|line| Reverse((line.time_ns, memory))));
        while let Some(Reverse((time_ns, nth))) = firsts.pop() {
            let next = match (readers.get_mut(nth), in_hand) {
                (Some(reader), _) => {
                    take(time_ns, reader.text()).map_err(MergeError::Taken)?;
                    reader.next().map_err(MergeError::Read)?
                }
                (None, line) => {
                    let text = line.map_or(&[][..], |line| last.text_of(line));
                    take(time_ns, text).map_err(MergeError::Taken)?;
                    in_hand = in_memory.next();
                    in_hand.map(|line| line.time_ns)
                }
            };
            firsts.extend(next.map(|time| Reverse((time, nth))));
        }
        Ok(())
    }
}

/// Reads the lines of a run.
struct RunReader<'f> {
    file: &'f File,
    /// What has not been read of the run.
    at: u64,
    end: u64,
    buffer: Vec<u8>,
    /// Where the line in hand is in the buffer.
    start: usize,
    length: usize,
}

impl<'f> RunReader<'f> {
    fn new(file: &'f File, at: u64, end: u64) -> RunReader<'f> {
        RunReader {
            file,
            at,
            end,
            buffer: Vec::new(),
            start: 0,
            length: 0,
        }
    }

    /// The line in hand.
    fn text(&self) -> &[u8] {
        &self.buffer[self.start..self.start + self.length]
    }

    /// Takes the next line in hand, and says its time; `None` if there is none.
    fn next(&mut self) -> io::Result<Option<i64>> {
        self.start += self.length;
        self.length = 0;
        if self.start == self.buffer.len() && self.at == self.end {
            return Ok(None);
        }
        self.fill(HEAD_BYTES)?;
        let number = |at: usize| {
            let bytes = &self.buffer[self.start + at..self.start + at + 8];
            u64::from_le_bytes(bytes.try_into().expect("they are eight"))
        };
        let (time_ns, length) = (number(0).cast_signed(), to_usize(number(8)));
        self.start += HEAD_BYTES;
        self.fill(length)?;
        self.length = length;
        Ok(Some(time_ns))
    }

    /// Reads on until so many bytes are in the buffer from `start` on.
    fn fill(&mut self, wanted: usize) -> io::Result<()> {
        let kept = self.buffer.len() - self.start;
        if kept >= wanted {
            return Ok(());
        }
        self.buffer.drain(..self.start);
        self.start = 0;
        let most = READ_BYTES
            .max(to_u64(wanted - kept))
            .min(self.end - self.at);
        self.buffer.resize(kept + to_usize(most), 0);
        let mut file = self.file;
        file.seek(SeekFrom::Start(self.at))?;
        file.read_exact(&mut self.buffer[kept..])?;
        self.at += most;
        Ok(())
    }
}
