//! Searches that leave checkpoints on a board, and searches that go on where another one has ended.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use super::{
    Board,
    resume::{self, LogPart, Resumed},
    saver::{self, CheckpointSaver, PartMark},
};
use crate::{
    error::Error,
    input::{ReadMode, Source},
    matcher::Matcher,
    scan::{
        self, Checkpoint, Context, Limit, Note, Progress, Render, Scan, Sink, Summary, Workers,
    },
};

/// When results are as good as delivered, so that a checkpoint may move behind them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// When the sink has taken them. Such a sink prints lines as they come.
    Delivered,
    /// When the sink has ended. Such a sink prints a number, or a table.
    Ended,
}

/// A search in a single regular file, from front to back.
pub struct Search<'a> {
    /// What to look for. Its range must be the whole file, and its limit not the last hits.
    pub scan: &'a Scan,
    /// The file.
    pub path: &'a Path,
    /// How it is read.
    pub mode: ReadMode,
    /// Whether the file's bytes are searched as they are, see [`Source::raw`].
    pub raw: bool,
    /// The threads that search.
    pub workers: &'a Workers,
    /// The counters. [`Board::show`] puts them on the board.
    pub progress: &'a Progress,
    /// When results are delivered.
    pub when: When,
    /// Called with each note as soon as it is known, and before a checkpoint moves behind what the
    /// note is about. The next search will know nothing of that, so a search that is killed has
    /// said it. [`Summary::notes`] has all notes as well.
    pub on_note: &'a (dyn Fn(&Note) + Sync),
}

/// The result of a search.
#[derive(Debug)]
#[must_use = "its summary says whether the whole input was searched: see `Summary::into_result`"]
pub struct Searched {
    /// The summary of all parts together.
    pub summary: Summary,
    /// The source that was searched last.
    pub source: Source,
}

/// Searches all of a file, and leaves checkpoints on `board`.
///
/// # Errors
/// The errors of [`scan::run`], and [`Error::Open`] if the file cannot be opened or is not a
/// regular one. If the file is no plain text, the board stays as it is.
pub fn search(
    search: &Search<'_>,
    board: &mut Board,
    sink: &mut dyn Sink,
) -> Result<Searched, Error> {
    run(
        search,
        resume::whole(search.path, search.mode, search.raw)?,
        board,
        sink,
    )
}

/// Searches the complete lines that are new in a file since the checkpoint on `board`, which
/// [`Board::reopen`] gave. If the file has been rotated, the rest of the old file is searched
/// first.
///
/// # Errors
/// The errors of [`search()`].
pub fn go_on(
    search: &Search<'_>,
    board: &mut Board,
    sink: &mut dyn Sink,
) -> Result<Searched, Error> {
    let saved = board.saved().copied().unwrap_or_default();
    let resumed = resume::since(&saved, search.path, search.mode, search.raw)?;
    run(search, resumed, board, sink)
}

fn run(
    search: &Search<'_>,
    resumed: Resumed,
    board: &mut Board,
    sink: &mut dyn Sink,
) -> Result<Searched, Error> {
    debug_assert!(search.scan.range == (0..u64::MAX), "the whole file");
    debug_assert!(
        !matches!(search.scan.limit, Limit::Last(_)),
        "from its start"
    );
    let mut scan = search.scan.clone();
    let hits_before = board.saved().map_or(0, |saved| saved.hits);
    let mut total: Option<Summary> = None;
    let mut ended = None;
    resumed.notes.iter().for_each(search.on_note);
    sink.begin(search.path);
    for mut part in resumed.parts {
        let hits = total.as_ref().map_or(0, |total| total.hits);
        if let Limit::First(first) = search.scan.limit {
            scan.limit = Limit::First(first - hits);
        }
        if matches!(scan.context, Context::Lines { .. }) {
            scan.gap_before_first |= hits > 0;
        }
        scan.range = part.from..part.to;
        if scan.line_numbers || scan.count_lines {
            scan.lines_before = Some(lines_before(&mut part, search)?);
        }
        let log = part.log.try_clone().map_err(|source| Error::Open {
            path: part.source.path().into(),
            source,
        })?;
        let mark = PartMark::of(&part, log, hits_before.saturating_add(hits));
        // This checkpoint says which log is searched. A search that is killed before its next
        // checkpoint needs it if the log is rotated now. Results that are printed at the end have
        // not been delivered when the second part begins.
        if search.when == When::Delivered || total.is_none() {
            saver::save(board, &mark, &nothing_yet(part.from))?;
        }
        let mut saver = CheckpointSaver {
            board,
            sink,
            when: search.when,
            part: &mark,
            on_note: search.on_note,
            latest: None,
            has_output: false,
            saved: Instant::now(),
        };
        let source = &mut part.source;
        let mut summary = scan::run(&scan, source, search.workers, search.progress, &mut saver)?;
        if !summary.notes.iter().any(Note::is_trouble) && !mark.has_its_head()? {
            // The log was emptied and has grown beyond its old length. By its length it looks like
            // a log that only grew.
            summary.notes.push(Note::Rewritten);
            (search.on_note)(&Note::Rewritten);
        }
        // Damaged data stays damaged. If the search stopped there, what is behind it would never be
        // searched.
        let is_unreadable = summary
            .error
            .as_ref()
            .is_some_and(|error| !matches!(error, Error::Decode { .. }));
        let is_interrupted = is_unreadable
            || summary
                .notes
                .iter()
                .any(|note| matches!(note, Note::Interrupted { .. }));
        let sum = match total.take() {
            Some(total) => joined(total, summary),
            None => summary,
        };
        let is_over =
            is_interrupted || matches!(search.scan.limit, Limit::First(first) if sum.hits >= first);
        total = Some(sum);
        ended = Some((mark, part.source));
        if is_over {
            break;
        }
    }
    let mut summary = total.expect("there is always a part");
    let (mark, source) = ended.expect("there is always a part");
    summary.notes.splice(0..0, resumed.notes);
    sink.end(&summary)?;
    if search.when == When::Ended {
        saver::save(board, &mark, &summary.checkpoint)?;
    }
    Ok(Searched { summary, source })
}

/// Returns the checkpoint at the beginning of a part of which nothing has been searched.
fn nothing_yet(from: u64) -> Checkpoint {
    Checkpoint {
        offset: from,
        lines: None,
        hits: 0,
        has_losses: false,
    }
}

/// Returns how many lines are before the part. The number is known up to a place where an earlier
/// search needed it, and the lines are counted from there on.
fn lines_before(part: &mut LogPart, search: &Search<'_>) -> Result<u64, Error> {
    let (from, lines) = part.numbered;
    if from < part.from {
        let count = Scan {
            range: from..part.from,
            count_lines: true,
            max_line_bytes: search.scan.max_line_bytes,
            ..Scan::new(Matcher::nothing())
        };
        let progress = Progress::new();
        let summary = scan::run(
            &count,
            &mut part.source,
            search.workers,
            &progress,
            &mut Nobody,
        )?;
        if let Some(error) = summary.error {
            return Err(error);
        }
        part.numbered = (part.from, lines + summary.lines.unwrap_or(0));
        part.open_again(search.mode)?;
    }
    Ok(part.numbered.1)
}

/// Returns the summaries of two parts as one.
fn joined(first: Summary, second: Summary) -> Summary {
    let mut notes = first.notes;
    notes.extend(second.notes);
    let lines = match (first.lines, second.lines) {
        (Some(first), Some(second)) => Some(first + second),
        _ => None,
    };
    let mut seen = first.seen;
    seen.add(second.seen);
    Summary {
        path: second.path,
        format: first.format,
        bytes: first.bytes + second.bytes,
        bytes_read: first.bytes_read + second.bytes_read,
        lines,
        hits: first.hits + second.hits,
        hits_hash: None,
        matches: first.matches + second.matches,
        cut_lines: first.cut_lines + second.cut_lines,
        seen,
        notes,
        error: first.error.or(second.error),
        checkpoint: second.checkpoint,
        end_offset: second.end_offset,
        elapsed: Duration::saturating_add(first.elapsed, second.elapsed),
    }
}

/// A sink that takes no output, for searches that only count.
struct Nobody;

impl Sink for Nobody {
    fn renderer(&self) -> Option<Box<dyn Render>> {
        None
    }

    fn deliver(&mut self, _: &[u8]) -> Result<(), Error> {
        Ok(())
    }
}
