//! The engine: one input in, lines in file order out, whatever the number of threads and the size
//! of chunks.
//!
//! [`run`] cuts the [`Source`] into chunks, has them searched in parallel, and gives what a
//! [`Sink`] made of the hits to that sink in file order. The engine knows no output formats.

mod asked;
mod bisect;
mod checkpoint;
mod claims;
mod context;
mod count;
mod dating;
mod fold;
mod last;
mod line_ranges;
mod link;
mod ordered;
mod pass;
#[cfg(feature = "compare")]
mod pieces;
mod plan;
#[cfg_attr(
    not(feature = "board"),
    expect(dead_code, reason = "counters may live on a board")
)]
mod progress;
mod records;
mod render;
mod search;
mod set;
mod sink;
mod skim;
pub(crate) mod split_mix;
mod summary;
#[cfg(test)]
mod tests;
mod times;
mod within;

use std::{ops::Range, sync::Arc, time::Instant};

#[cfg(feature = "board")]
pub(crate) use self::progress::ProgressPlace;
#[cfg(feature = "triage")]
pub(crate) use self::summary::look_again;
pub use self::{
    asked::{TimeRange, TimeSetting, TimeWord, parse_span},
    checkpoint::Checkpoint,
    fold::{Fold, Values},
    line_ranges::LineRanges,
    ordered::{Out, Shortage, Value, Workers},
    progress::Progress,
    records::Records,
    set::{
        Event, Listener, Set, SetInput, SetInputs, SetReached, has_members, is_archive, no_log,
        run_set,
    },
    sink::{LineKind, Lines, NumberedLine, Render, Sink},
    summary::Summary,
};
use self::{
    pass::Job,
    plan::Pass,
    times::{Narrowed, TimesError},
};
#[cfg(feature = "compare")]
pub(crate) use self::{
    pieces::{Pieces, in_pieces},
    search::search_one_chunk,
};
pub use crate::error::{Note, NotedUnit};
use crate::{error::Error, input::Source, line::TextUnit, matcher::Matcher};

/// Lines longer than this are cut to their first 64 MiB, unless a user sets another cap.
pub const MAX_LINE_BYTES: usize = 64 << 20;

/// The limit for chunks and for the line cap, in bytes. With it an index into a chunk fits 32 bits.
pub const CHUNK_BYTES_LIMIT: usize = 1 << 30;

/// What to look for, and the limits. It is plain data: fill in what differs from [`Scan::new`].
#[derive(Clone, Debug)]
pub struct Scan {
    /// The matcher: a line that matches is a hit.
    pub matcher: Matcher,
    /// Whether the lines that do not match are the hits.
    pub invert: bool,
    /// The other lines that are shown around hits.
    pub context: Context,
    /// How many hits count.
    pub limit: Limit,
    /// Only lines that begin in this range of bytes are searched. Line numbers count from its
    /// start.
    pub range: Range<u64>,
    /// Only lines of these times are searched, and only these are context. Line numbers and offsets
    /// stay those of the input.
    pub times: Option<TimeRange>,
    /// Only hits with these line numbers count. This is not for records, nor for [`Limit::Last`].
    pub lines: Option<LineRanges>,
    /// Where records begin, if records are found, counted and shown in place of lines. A sink that
    /// looks for matches in what it gets needs a matcher [over records](Matcher::over_records).
    pub records: Option<Records>,
    /// Whether hits are given with the times to which they belong, see [`NumberedLine::time_ns`].
    /// This needs `times`, which may be [all](TimeRange::all).
    pub dates_hits: bool,
    /// How many lines are before the range, if that is known. Line numbers go on from there.
    pub lines_before: Option<u64>,
    /// The line cap in bytes, at most [`CHUNK_BYTES_LIMIT`]. A longer line is its first bytes, for
    /// every purpose.
    pub max_line_bytes: usize,
    /// The size of chunks in bytes, for measurements, at most [`CHUNK_BYTES_LIMIT`]. `None` chooses
    /// the size by the path.
    pub chunk_bytes: Option<usize>,
    /// Whether lines are numbered. If there are hits, this costs a pass over bytes that are in the
    /// cache.
    pub line_numbers: bool,
    /// Whether [`Summary::lines`] is wanted.
    pub count_lines: bool,
    /// Whether [`Summary::hits_hash`] is wanted, with [`Limit::All`].
    pub hash_hits: bool,
    /// Whether the first group of lines is set off by a gap too, because lines of another input
    /// precede it.
    pub gap_before_first: bool,
}

impl Scan {
    /// Returns a search for all hits in the whole input, without context or numbers.
    pub fn new(matcher: Matcher) -> Scan {
        Scan {
            matcher,
            invert: false,
            context: Context::None,
            limit: Limit::All,
            range: 0..u64::MAX,
            times: None,
            lines: None,
            records: None,
            dates_hits: false,
            lines_before: None,
            max_line_bytes: MAX_LINE_BYTES,
            chunk_bytes: None,
            line_numbers: false,
            count_lines: false,
            hash_hits: false,
            gap_before_first: false,
        }
    }

    /// Returns the unit that is searched, counted and shown. For records it is known only when the
    /// first lines have been looked at.
    fn searched_unit(&self) -> TextUnit {
        let records = self.records.as_ref();
        records.map_or(TextUnit::Line, Records::searched_unit)
    }

    /// Returns the unit of which chunks are made.
    fn cut_unit(&self) -> TextUnit {
        self.records
            .as_ref()
            .map_or(TextUnit::Line, Records::cut_unit)
    }

    /// Returns whether lines are counted: for their numbers, or for their count.
    fn counts_lines(&self) -> bool {
        self.line_numbers || self.count_lines || self.lines.is_some()
    }

    pub(crate) fn max_line_bytes(&self) -> usize {
        self.max_line_bytes.clamp(1, CHUNK_BYTES_LIMIT)
    }

    fn chunk_bytes(&self, default: usize) -> usize {
        self.chunk_bytes
            .unwrap_or(default)
            .clamp(1, CHUNK_BYTES_LIMIT)
    }
}

/// The lines besides hits that are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Context {
    /// No other lines are shown, and so there are no gaps.
    #[default]
    None,
    /// Lines around each hit are shown, with a gap between groups that are apart.
    Lines {
        /// How many lines before a hit.
        before: u64,
        /// How many lines after a hit.
        after: u64,
    },
    /// Every line is shown. With [`Limit::Last`] this is the same as [`Context::None`].
    All,
}

/// How many hits count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Limit {
    /// All hits count.
    #[default]
    All,
    /// The first hits count, this many. The scan stops when they are found.
    First(u64),
    /// The last hits count, this many. A file is read from its end until they are found.
    Last(u64),
}
/// Searches `source` and gives the results to `sink`.
///
/// # Errors
/// [`Error::Write`] if the sink could not deliver. [`Error::NotText`] if the input is no plain
/// text; then the sink was not told about it. An input that could not be read to its end is not an
/// error here, but in [`Summary::error`]: what was found before that has been delivered.
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
    recognise(source, progress)?;
    let prepared = prepare(scan, source, progress);
    let head = match sink.wants_head() {
        true => times::head(source, progress.stop()),
        false => Vec::new(),
    };
    source.choose_path();
    sink.begin(source.path());
    let (of_input, narrowed) = match prepared {
        Ok((of_input, narrowed)) => (of_input, Ok(narrowed)),
        Err(error) => (None, Err(error)),
    };
    let scan = of_input.as_ref().unwrap_or(scan);
    let mut job = Job {
        scan,
        workers,
        progress,
        filter: None,
        dates: None,
        head,
        sink,
    };
    let mut summary = match narrowed {
        Ok(None) => within_limit(&mut job, source)?,
        Ok(Some(narrowed)) => of_times(&mut job, source, narrowed)?,
        Err(error) => {
            let mut summary = job.forward(source, Pass::whole(scan, 0..0))?;
            let path = source.path();
            summary.error = Some(match error {
                TimesError::Read(error) => error.of(path),
                TimesError::Refused(reason) => Error::Times {
                    path: Some(path.into()),
                    reason,
                },
            });
            summary
        }
    };
    let of_records = scan.records.as_ref().and_then(Records::note);
    summary.notes.splice(0..0, of_records);
    summary.format = source.format();
    summary.elapsed = begun.elapsed();
    job.sink.end(&summary)?;
    Ok(summary)
}

/// Looks at the first lines of an input to learn what records, fields and times look like. Returns
/// the scan for its records and fields, if they are asked for, and the part of the input that has the
/// times that are asked for.
fn prepare(
    scan: &Scan,
    source: &mut Source,
    progress: &Progress,
) -> Result<(Option<Scan>, Option<Narrowed>), TimesError> {
    let mut of_input = match &scan.records {
        Some(records) => Some(Scan {
            records: Some(records.of(source, progress.stop())?),
            matcher: scan.matcher.clone().over_records(),
            ..scan.clone()
        }),
        None => None,
    };
    if scan.matcher.wants_head() {
        let head = times::head(source, progress.stop());
        let scan = of_input.as_ref().unwrap_or(scan);
        of_input = Some(Scan {
            matcher: scan.matcher.learned(&head),
            ..scan.clone()
        });
    }
    let narrowed = match &scan.times {
        Some(times) => Some(times::narrow(times, scan, source, progress.stop())?),
        None => None,
    };
    Ok((of_input, narrowed))
}

/// Searches as far as the limit says.
fn within_limit(job: &mut Job<'_>, source: &mut Source) -> Result<Summary, Error> {
    match job.scan.limit {
        Limit::Last(last) => last::run(job, source, last),
        Limit::All => job.forward(source, Pass::whole(job.scan, 0..u64::MAX)),
        Limit::First(first) => job.forward(source, Pass::whole(job.scan, 0..first)),
    }
}

/// Searches the part of a log that has the times that were asked for.
fn of_times(job: &mut Job<'_>, source: &mut Source, narrowed: Narrowed) -> Result<Summary, Error> {
    let Narrowed {
        filter,
        reader,
        range,
        notes,
        mut bytes_read,
    } = narrowed;
    let mut range = range;
    let mut lines_before = job.scan.lines_before;
    if job.scan.line_numbers && range.start > job.scan.range.start {
        let before = Scan {
            range: job.scan.range.start..range.start,
            ..job.scan.clone()
        };
        let counted = count::lines(&before, source, job.workers, job.progress)?;
        bytes_read += counted.bytes;
        match (counted.hole, counted.ended) {
            (None, None) => lines_before = Some(lines_before.unwrap_or(0) + counted.sum),
            // A search from the start on meets bytes that cannot be read, and reports them.
            _ => range.start = job.scan.range.start,
        }
    }
    let scan = Scan {
        range,
        times: None,
        lines_before,
        ..job.scan.clone()
    };
    let mut job = Job {
        scan: &scan,
        workers: job.workers,
        progress: job.progress,
        filter: filter.map(Arc::new),
        dates: reader.filter(|_| scan.dates_hits).map(Arc::new),
        head: job.head.clone(),
        sink: &mut *job.sink,
    };
    let mut summary = within_limit(&mut job, source)?;
    summary.bytes_read += bytes_read;
    summary.notes.splice(0..0, notes);
    Ok(summary)
}

/// Makes sure that `source` is plain text, before anybody is told that it is searched. A second
/// call costs nothing.
pub(crate) fn recognise(source: &mut Source, progress: &Progress) -> Result<(), Error> {
    if source.length().is_none() {
        // A stream is waited for. Whoever watches the progress sees that it is its turn.
        progress.begin(0);
    }
    source.recognise(progress.stop())
}
