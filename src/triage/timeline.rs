//! The steps of a build and how long each took, for a drawing of them.
//!
//! A CI system writes a time in front of each line, or into its own marks. A step takes from the
//! line that begins it to the line that ends it: its exit, or the mark of the next step. The last
//! step of a log ends with the last line that has a time. Only these lines are read again.

use super::{
    collect::LinePlace,
    provider::{Outcome, Provider},
    steps::{Ranked, Step},
    visible::shown_text,
};
use crate::{
    input::{ReadError, Source},
    line::{to_u64, to_usize},
    record::{Moment, TimeBasis, TimeReader},
    scan::TimeRange,
};

/// How many steps a [`Timeline`] has at most: those that failed, then the first. A page with more
/// is not read, and each step may cost two reads.
pub const STEPS_MAX: usize = 500;

/// How much of each end of a log tells how its times are written.
const TIMES_SAMPLE_BYTES: usize = 64 << 10;

/// How much of a line is looked at for its time, which is near its start.
const TIMED_BYTES: usize = 4 << 10;

/// How far before the end of a log the last time may be.
const LAST_TIME_BYTES: u64 = 64 << 10;

/// Times without a day, or without a year, are taken for those before the end of the year 2000, which
/// had all days. When the log was written is not known of a pipe, and the page shows clocks only.
const BASIS_NS: i64 = 978_307_199 * 1_000_000_000;

/// The steps of the logs of a build, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timeline {
    /// At most [`STEPS_MAX`].
    pub steps: Vec<TimelineStep>,
    /// How many more there are.
    pub left_out: usize,
}

/// A step, and when it ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimelineStep {
    /// The log that it is in, as an index into [`Report::logs`](super::Report::logs).
    pub log: usize,
    /// Its name, with those of its log and its job if there are several.
    pub name: String,
    /// Its first line, from 1.
    pub first_line: u64,
    /// Its last line.
    pub last_line: u64,
    /// When it began, in nanoseconds since 1970-01-01T00:00:00Z, if its first line says so. A time
    /// that names no zone is taken for UTC, and one without a year or a day for one of the year 2000.
    pub begin_ns: Option<i64>,
    /// How long it took, if the line that ended it has a time too.
    pub length_ns: Option<i64>,
    /// How it ended.
    pub end: StepEnd,
}

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepEnd {
    /// It failed, and the build with it.
    Failed,
    /// It went well, as the log says.
    WentWell,
    /// The CI system left it out.
    Skipped,
    /// It runs behind the result, as cleaning up does.
    Aftermath,
    /// The log does not say.
    Unsaid,
}

impl StepEnd {
    fn of(step: &Step) -> StepEnd {
        match step.outcome {
            _ if step.is_aftermath => StepEnd::Aftermath,
            _ if step.is_skipped => StepEnd::Skipped,
            Some(Outcome::Failure) => StepEnd::Failed,
            Some(Outcome::Success) => StepEnd::WentWell,
            None => StepEnd::Unsaid,
        }
    }
}

impl Timeline {
    /// That of logs. `asked` says how their times are written, if somebody has said so.
    ///
    /// # Errors
    /// Which log cannot be read again, and why.
    pub(crate) fn of(
        ranked: &[Ranked<'_>],
        asked: Option<&TimeRange>,
    ) -> Result<Timeline, (usize, ReadError)> {
        let drafts: Vec<Draft> = (ranked.iter().enumerate())
            .flat_map(|(log, of_log)| drafts(log, of_log, ranked.len()))
            .collect();
        let has_failed = |draft: &&Draft| draft.step.end == StepEnd::Failed;
        let mut room = STEPS_MAX.saturating_sub(drafts.iter().filter(has_failed).count());
        let mut room_for_failed = STEPS_MAX;
        let left_out = drafts.len().saturating_sub(STEPS_MAX);
        let kept = drafts.into_iter().filter(|draft| {
            let room = match has_failed(&draft) {
                true => &mut room_for_failed,
                false => &mut room,
            };
            let is_kept = *room > 0;
            *room -= usize::from(is_kept);
            is_kept
        });
        let mut clock: Option<(usize, StepClock)> = None;
        let mut steps = Vec::new();
        for mut draft in kept {
            let log = draft.step.log;
            let of_log = &ranked[log];
            let of = |error| (log, error);
            let mut learned = match clock.take() {
                Some((nth, learned)) if nth == log => learned,
                _ => StepClock::learn(of_log, asked).map_err(of)?,
            };
            draft.read_times(of_log, &mut learned).map_err(of)?;
            clock = Some((log, learned));
            steps.push(draft.step);
        }
        Ok(Timeline { steps, left_out })
    }
}

/// A step, and where its times are.
struct Draft {
    step: TimelineStep,
    began: LinePlace,
    /// Where it ended; `None` if what follows is of another job, whose clock says nothing.
    ended: Option<LinePlace>,
}

/// The steps of a log. A log without marks is a step itself, if it is one of several.
fn drafts(log: usize, ranked: &Ranked<'_>, logs: usize) -> Vec<Draft> {
    let steps = &ranked.steps.steps;
    let named = (steps.iter().enumerate()).filter(|(_, step)| !step.name.is_empty());
    let drafts: Vec<Draft> = named
        .map(|(nth, step)| Draft {
            step: TimelineStep {
                log,
                name: shown_text(ranked.name_of(Some(step)).as_bytes()),
                first_line: step.start + 1,
                last_line: step.end,
                begin_ns: None,
                length_ns: None,
                end: StepEnd::of(step),
            },
            began: step.began,
            ended: (steps.get(nth + 1))
                .is_none_or(|next| next.name.is_empty() || next.job == step.job)
                .then_some(step.ended),
        })
        .collect();
    let collected = ranked.collected;
    if !drafts.is_empty() || logs < 2 || collected.lines == 0 {
        return drafts;
    }
    let name = match ranked.name_of(None) {
        name if name.is_empty() => ranked.view.source.path().to_string_lossy().into_owned(),
        name => name,
    };
    let began = collected.stretches.first().map(|stretch| stretch.start);
    let began = began.unwrap_or_default();
    let end = match (ranked.steps.exits.is_empty(), ranked.steps.outcome) {
        (false, _) | (true, Some(Outcome::Failure)) => StepEnd::Failed,
        (true, Some(Outcome::Success)) => StepEnd::WentWell,
        (true, None) => StepEnd::Unsaid,
    };
    vec![Draft {
        step: TimelineStep {
            log,
            name: shown_text(name.as_bytes()),
            first_line: began.line + 1,
            last_line: collected.end().line,
            begin_ns: None,
            length_ns: None,
            end,
        },
        began,
        ended: Some(collected.end()),
    }]
}

impl Draft {
    fn read_times(&mut self, ranked: &Ranked<'_>, clock: &mut StepClock) -> Result<(), ReadError> {
        let source = ranked.view.source;
        let Some(begin_ns) = clock.time_at(source, self.began.offset)? else {
            return Ok(());
        };
        self.step.begin_ns = Some(begin_ns);
        let behind = ranked.collected.end().offset;
        let end_ns = match self.ended {
            None => None,
            Some(ended) if ended.offset < behind => clock.time_at(source, ended.offset)?,
            Some(_) => clock.last_time(source, self.began.offset, behind)?,
        };
        // A clock that was set back tells no length.
        let length_ns = end_ns.and_then(|end_ns| end_ns.checked_sub(begin_ns));
        self.step.length_ns = length_ns.filter(|&length_ns| length_ns >= 0);
        Ok(())
    }
}

/// Reads the times of lines of one log.
struct StepClock {
    provider: Provider,
    reader: Option<TimeReader>,
    buffer: Vec<u8>,
}

impl StepClock {
    fn learn(ranked: &Ranked<'_>, asked: Option<&TimeRange>) -> Result<StepClock, ReadError> {
        let source = ranked.view.source;
        let mut clock = StepClock {
            provider: ranked.provider,
            reader: None,
            buffer: Vec::new(),
        };
        let start = source.text_start();
        let sample = clock.read(source, start, TIMES_SAMPLE_BYTES)?;
        let sample = whole_lines(&sample);
        let basis = TimeBasis::utc(Moment::from_ns(BASIS_NS));
        let reader = match asked {
            Some(asked) => asked.learn(sample, basis),
            None => TimeReader::learn(sample, basis),
        };
        let Some(mut reader) = reader else {
            return Ok(clock);
        };
        // A time that few lines have is of a program, not of the CI system.
        if reader.sample().with_time * 2 < reader.sample().lines {
            return Ok(clock);
        }
        let length = source.length().unwrap_or(0);
        let floor = start + to_u64(sample.len());
        let tail_start = floor.max(length.saturating_sub(to_u64(TIMES_SAMPLE_BYTES)));
        let tail = clock.read(source, tail_start, TIMES_SAMPLE_BYTES)?;
        reader.end_with(sample, &tail);
        clock.reader = Some(reader);
        Ok(clock)
    }

    /// Reads up to `most` bytes; none if the file has been cut since it was passed over, which the
    /// summary of the pass says.
    fn read(&mut self, source: &Source, offset: u64, most: usize) -> Result<Vec<u8>, ReadError> {
        match source.window(offset, most, &mut self.buffer, <[u8]>::to_vec) {
            Err(error) if error.is_early_end() => Ok(Vec::new()),
            read => read,
        }
    }

    /// The time of the line that begins at `offset`.
    fn time_at(&mut self, source: &Source, offset: u64) -> Result<Option<i64>, ReadError> {
        let bytes = self.read(source, offset, TIMED_BYTES)?;
        let line = bytes.split(|&byte| byte == b'\n').next();
        Ok(line.and_then(|line| self.time_of(line)))
    }

    /// The last time in the lines before `end`, none of which is before `start`.
    fn last_time(
        &mut self,
        source: &Source,
        start: u64,
        end: u64,
    ) -> Result<Option<i64>, ReadError> {
        let from = start.max(end.saturating_sub(LAST_TIME_BYTES));
        let bytes = self.read(source, from, to_usize(end - from))?;
        let mut lines = bytes.rsplit(|&byte| byte == b'\n');
        Ok(lines.find_map(|line| self.time_of(line)))
    }

    fn time_of(&mut self, line: &[u8]) -> Option<i64> {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let read = self.reader.as_mut().and_then(|reader| reader.time_of(line));
        read.map(Moment::ns).or_else(|| self.provider.time_ns(line))
    }
}

/// The lines of a sample without the last, if that may be cut.
fn whole_lines(sample: &[u8]) -> &[u8] {
    match memchr::memrchr(b'\n', sample) {
        Some(end) if sample.len() == TIMES_SAMPLE_BYTES => &sample[..=end],
        _ => sample,
    }
}
