//! Applies a range of times to one log: which bytes are read, and what tells its lines apart.
//!
//! ```text
//! sample --TimeReader--> times; end of the log --TimeRange::resolve--> moments        asked.rs
//! a file: bisection --> the bytes in which such lines can be                          bisect.rs
//! each line there: is its time one of these? --> TimeFilter                           within.rs
//! ```
//! A stream and decoded text are read from start to end, because no place in them can be reached at
//! once.

use std::ops::Range;

use super::{
    Scan,
    asked::{LogEnd, NEVER, TimeRange},
    bisect::{Bisection, SeenTimes, TimedLine, back_ns},
    within::TimeFilter,
};
use crate::{
    error::Note,
    input::{ReadError, Source},
    line::{self, to_u64, to_usize},
    record::{DateOrder, Moment, OrderOfNumbers, TimeReader, TimeShape},
    sys::Stop,
};

/// How many of the first lines of a log the times are learned from. There is a limit for their
/// bytes too. The lines are the same for every kind of input. A stream waits for them, so there are
/// few.
pub(super) const SAMPLE_LINES: usize = 200;
pub(super) const SAMPLE_BYTES: usize = 64 << 10;

/// How many of the first lines renderers get, which learn more: see
/// [`Render::head`](super::Render::head).
const HEAD_LINES: usize = 2000;
const HEAD_BYTES: usize = 256 << 10;

/// How many bytes of the end are looked at for the last time, at once and in all.
const END_BYTES: u64 = 64 << 10;
const END_BYTES_MAX: u64 = 1 << 20;

/// How many bytes one look reads. A bisection of 4 GiB takes 14 looks at each end, which are 448
/// KiB.
const LOOK_BYTES: usize = 16 << 10;

/// How many looks in all are tried if they see no time, each behind the one before.
const LOOKS_ON: usize = 4;

/// How many looks' worth of bytes are left when a bisection ends.
const NEAR_LOOKS: u64 = 16;

/// How many parts a log is divided into for looks all over it, which tell how far its lines are out
/// of order.
const SPREAD_LOOKS: u64 = 8;

/// By how many nanoseconds lines are taken to be out of order at least, because of workers and
/// clocks.
const SLACK_NS_MIN: i64 = 1_000_000_000;

/// The part of a log that a scan searches.
#[derive(Debug)]
pub(super) struct Narrowed {
    /// Tells the lines apart. `None` if all lines count: all times were asked for, or the log has
    /// none.
    pub(super) filter: Option<TimeFilter>,
    /// Reads the times of lines. `None` if the log has none.
    pub(super) reader: Option<TimeReader>,
    /// Only lines that begin in this range of bytes count.
    pub(super) range: Range<u64>,
    pub(super) notes: Vec<Note>,
    pub(super) bytes_read: u64,
}

/// The reason why a log has no such lines.
#[derive(Debug)]
pub(super) enum TimesError {
    /// The range that was asked for makes no sense in the log.
    Refused(String),
    Read(ReadError),
}

impl From<ReadError> for TimesError {
    fn from(error: ReadError) -> TimesError {
        TimesError::Read(error)
    }
}

/// Finds the part of `source` that is to be scanned for `times`.
///
/// # Errors
/// The reason why there is no such part.
pub(super) fn narrow(
    times: &TimeRange,
    scan: &Scan,
    source: &mut Source,
    stop: Option<&Stop>,
) -> Result<Narrowed, TimesError> {
    let sample = source.sample(SAMPLE_BYTES, stop)?;
    let sample = first_lines(&sample, SAMPLE_LINES, SAMPLE_BYTES);
    let written = source.modified().unwrap_or(times.now());
    let basis = times.basis(written);
    let Some(reader) = times.learn(sample, basis) else {
        return Ok(Narrowed {
            filter: None,
            reader: None,
            range: scan.range.clone(),
            notes: Vec::from_iter((!sample.is_empty()).then_some(Note::NoTimes)),
            bytes_read: to_u64(sample.len()),
        });
    };
    let mut notes = Vec::new();
    if let OrderOfNumbers::Undecided(order) = reader.sample().order {
        notes.push(Note::DatesUndecided {
            order: order_name(order).into(),
        });
    }
    let mut log = TimedLog {
        source,
        reader,
        look_bytes: scan
            .chunk_bytes
            .map_or(LOOK_BYTES, |bytes| bytes.clamp(256, LOOK_BYTES)),
        max_line_bytes: scan.max_line_bytes(),
        buffer: Vec::new(),
        bytes_read: to_u64(sample.len()),
        seen: SeenTimes::default(),
        back_ns: 0,
    };
    let end = log.end(sample)?;
    if log.reader.sample().is_longer {
        notes.push(Note::TimesRepeated);
    }
    let resolved = times
        .resolve(&LogEnd {
            last: end,
            written,
            is_uptime: log.reader.shape() == Some(TimeShape::Uptime),
            is_local: log.reader.sample().is_local,
        })
        .map_err(TimesError::Refused)?;
    notes.extend(resolved.notes);
    let moments = resolved.moments;
    let range = match end {
        Some(_) if moments != NEVER => {
            let (range, note) = log.bytes_of(times, &moments)?;
            notes.extend(note);
            range
        }
        _ => 0..u64::MAX,
    };
    let TimedLog {
        reader, bytes_read, ..
    } = log;
    Ok(Narrowed {
        range: range.start.max(scan.range.start)..range.end.min(scan.range.end),
        filter: (moments != NEVER).then(|| TimeFilter {
            begins_inside: moments.start == NEVER.start,
            reader: reader.clone(),
            moments,
        }),
        reader: Some(reader),
        notes,
        bytes_read,
    })
}

/// Returns the first lines of `source`, as renderers get them. Returns no lines if they cannot be
/// read.
pub(super) fn head(source: &mut Source, stop: Option<&Stop>) -> Vec<u8> {
    let sample = source.sample_lines(HEAD_BYTES, to_u64(HEAD_LINES), stop);
    sample.map_or(Vec::new(), |sample| head_of(&sample).to_vec())
}

/// Returns the first lines of a text that is all there, as renderers get them.
pub(super) fn head_of(text: &[u8]) -> &[u8] {
    let most = &text[..text.len().min(HEAD_BYTES)];
    first_lines(most, HEAD_LINES, HEAD_BYTES)
}

/// Returns the lines from which times and records are learned.
pub(super) fn first_lines(bytes: &[u8], most: usize, bytes_max: usize) -> &[u8] {
    let mut ends = memchr::memchr_iter(b'\n', bytes).take(most);
    let mut end = None;
    let mut lines = 0;
    for at in ends.by_ref() {
        end = Some(at + 1);
        lines += 1;
    }
    match end {
        // The last line may have been cut.
        Some(end) if lines == most || bytes.len() >= bytes_max => &bytes[..end],
        _ => bytes,
    }
}

fn order_name(order: DateOrder) -> &'static str {
    match order {
        DateOrder::DayMonthYear => "the day first",
        DateOrder::MonthDayYear => "the month first",
        DateOrder::YearMonthDay => "the year first",
    }
}

/// A log that is looked at here and there.
struct TimedLog<'s> {
    source: &'s Source,
    reader: TimeReader,
    look_bytes: usize,
    max_line_bytes: usize,
    buffer: Vec<u8>,
    bytes_read: u64,
    seen: SeenTimes,
    /// How far the lines of any one look are out of order, in nanoseconds.
    back_ns: i64,
}

impl TimedLog<'_> {
    /// Returns the latest time near the end, if the log has an end that can be read before the
    /// rest. The end tells which year and which day are meant where times leave these out.
    fn end(&mut self, sample: &[u8]) -> Result<Option<Moment>, ReadError> {
        let Some(length) = self.source.length() else {
            return Ok(None);
        };
        let text_start = self.source.text_start();
        let sample_end = text_start + to_u64(sample.len());
        if sample_end >= length {
            self.reader.end_with(sample, &[]);
            let lines = self.lines_in(text_start, sample.len())?;
            self.take(&lines);
            return Ok(lines.iter().map(|line| line.1).max());
        }
        let floor = length.saturating_sub(END_BYTES_MAX).max(sample_end);
        let mut window_end = length;
        while window_end > floor {
            let start = window_end.saturating_sub(END_BYTES).max(floor);
            // A line that the start of the window behind has cut is in no window. It is one line of
            // many.
            let most = to_usize(window_end - start);
            if !self.lines_in(start, most)?.is_empty() {
                let mut known = self.looks_between(sample_end, start)?;
                known.extend(self.text_in(start, most)?);
                self.reader.end_with(sample, &known);
                let lines = self.lines_in(start, most)?;
                self.take(&lines);
                return Ok(lines.iter().map(|line| line.1).max());
            }
            window_end = start;
        }
        Ok(None)
    }

    /// Returns lines of a few places between two others, in their order.
    fn looks_between(&mut self, start: u64, end: u64) -> Result<Vec<u8>, ReadError> {
        let step = end.saturating_sub(start) / SPREAD_LOOKS;
        let mut lines = Vec::new();
        if self.reader.sample().has_unsaid && step > to_u64(self.look_bytes) {
            for nth in 1..SPREAD_LOOKS {
                lines.extend(self.text_in(start + step * nth, self.look_bytes)?);
            }
        }
        Ok(lines)
    }

    /// Returns the bytes in which lines of `moments` can be, with a note about them if there is
    /// one.
    fn bytes_of(
        &mut self,
        times: &TimeRange,
        moments: &Range<Moment>,
    ) -> Result<(Range<u64>, Option<Note>), ReadError> {
        let length = self.source.length().unwrap_or(0);
        let all = self.source.text_start()..length;
        let near_bytes = to_u64(self.look_bytes) * NEAR_LOOKS;
        if all.end.saturating_sub(all.start) <= near_bytes {
            return Ok((all, None));
        }
        let first = self.lines_in(all.start, SAMPLE_BYTES)?;
        self.take(&first);
        for nth in 1..SPREAD_LOOKS {
            let at = all.start + (all.end - all.start) / SPREAD_LOOKS * nth;
            self.look(at)?;
        }
        let slack_ns = match times.slack_ns {
            Some(slack_ns) => slack_ns,
            None => self.back_ns.saturating_mul(2).max(SLACK_NS_MIN),
        };
        let slack_ns = slack_ns.saturating_add(times.clock_change_ns(moments));
        let mut bisection = Bisection {
            range: all.clone(),
            target: Moment::from_ns(moments.start.ns().saturating_sub(slack_ns)),
            near_bytes,
        };
        let mut found = all.clone();
        if moments.start > NEVER.start {
            found.start = bisection.run(|at| self.look(at))?.start;
        }
        if moments.end < NEVER.end {
            bisection.target = Moment::from_ns(moments.end.ns().saturating_add(slack_ns));
            bisection.range.start = found.start;
            found.end = bisection.run(|at| self.look(at))?.end;
        }
        let back_ns = self.seen.back_ns();
        match back_ns > slack_ns && found != all {
            true => {
                let note = Note::TimesUnordered { back_ns, slack_ns };
                Ok((all, Some(note)))
            }
            false => Ok((found, None)),
        }
    }

    /// Returns the next lines behind `at` that have a time.
    fn look(&mut self, at: u64) -> Result<Vec<TimedLine>, ReadError> {
        let mut at = at;
        for _ in 0..LOOKS_ON {
            let lines = self.lines_in(at, self.look_bytes)?;
            if !lines.is_empty() {
                self.take(&lines);
                return Ok(lines);
            }
            at += to_u64(self.look_bytes);
            if Some(at) >= self.source.length() {
                break;
            }
        }
        Ok(Vec::new())
    }

    fn take(&mut self, lines: &[TimedLine]) {
        self.back_ns = self
            .back_ns
            .max(back_ns(lines.iter().map(|&(_, time)| time)));
        self.seen.add(lines);
    }

    /// Returns the lines with a time that lie as a whole in a part of the log.
    fn lines_in(&mut self, offset: u64, most: usize) -> Result<Vec<TimedLine>, ReadError> {
        let max_line_bytes = self.max_line_bytes;
        self.whole_lines(offset, most, |reader, start, text| {
            line::lines(text, max_line_bytes)
                .filter_map(|(at, line)| {
                    let time = reader.time_of(line.haystack)?;
                    Some((start + to_u64(at), time))
                })
                .collect()
        })
    }

    /// Returns the lines that lie as a whole in a part of the log.
    fn text_in(&mut self, offset: u64, most: usize) -> Result<Vec<u8>, ReadError> {
        self.whole_lines(offset, most, |_, _, text| text.to_vec())
    }

    /// Gives `take` the lines that lie as a whole in a part of the log, and where they begin.
    fn whole_lines<T>(
        &mut self,
        offset: u64,
        most: usize,
        take: impl FnOnce(&mut TimeReader, u64, &[u8]) -> T,
    ) -> Result<T, ReadError> {
        let TimedLog {
            source,
            reader,
            buffer,
            bytes_read,
            ..
        } = self;
        let is_start = offset == source.text_start();
        let length = source.length().unwrap_or(0);
        source.window(offset, most, buffer, |bytes| {
            *bytes_read += to_u64(bytes.len());
            let is_end = offset + to_u64(bytes.len()) >= length;
            let start = match is_start {
                true => 0,
                false => memchr::memchr(b'\n', bytes).map_or(bytes.len(), |at| at + 1),
            };
            let end = match is_end {
                true => bytes.len(),
                false => memchr::memrchr(b'\n', bytes).map_or(start, |at| at + 1),
            };
            take(
                reader,
                offset + to_u64(start),
                &bytes[start..end.max(start)],
            )
        })
    }
}
