//! The result of a scan, and whether it is what was asked for.

use std::{path::PathBuf, time::Duration};

use super::{
    Limit, Scan,
    checkpoint::Checkpoint,
    claims::Input,
    context::HISTORY_BYTES,
    link::Carry,
    ordered::Rendered,
    plan::{PassRules, hashes_hits},
    search::Ended,
};
#[cfg(feature = "triage")]
use crate::input::Source;
use crate::{
    error::{Error, Note, NotedUnit},
    input::{Format, Hole},
    matcher::FilterSeen,
};

/// The result of a scan.
///
/// It also says what went wrong. A log that another program cut short, or a disk that could not be
/// read, is no `Err` of [`scan::run`](crate::scan::run()), because everything found before that has
/// been delivered and counts. Callers that want all or nothing call [`Summary::into_result`].
#[derive(Debug)]
#[must_use = "it says whether the whole input was searched: see `into_result`"]
pub struct Summary {
    /// The name of the input.
    pub path: PathBuf,
    /// What the input is, if its first bytes say that it is no plain text: see [`Source::format`](crate::Source::format).
    pub format: Option<Format>,
    /// How many bytes were searched. If a limit was reached, they end with the line at which it was
    /// reached. Bytes behind the range do not count.
    pub bytes: u64,
    /// How many bytes were looked at in all. A scan from the end reads some bytes twice.
    pub bytes_read: u64,
    /// How many lines were searched, if [`Scan::count_lines`](crate::Scan::count_lines) asked for
    /// that.
    pub lines: Option<u64>,
    /// How many hits there are, within the limit.
    pub hits: u64,
    /// A hash of the places of the hits, if [`Scan::hash_hits`](crate::Scan::hash_hits) asked for
    /// that. It is equal for equal places, whatever the path, the chunks and the threads.
    pub hits_hash: Option<u64>,
    /// How many matches the renderer counted, if it counts them.
    pub matches: u64,
    /// How many lines the renderer cut because the user wants so.
    pub cut_lines: u64,
    /// What the filters of the matcher have seen, if all hits count.
    pub seen: FilterSeen,
    /// The notes for the user.
    pub notes: Vec<Note>,
    /// The error that ended the scan early, if one did. Everything before it has been delivered.
    pub error: Option<Error>,
    /// The place where a search of the same file may go on later. For a stream, the place where
    /// this one ended.
    pub checkpoint: Checkpoint,
    /// The offset where the next reader of the input may go on: behind the last hit within the
    /// limit, or at the end.
    pub end_offset: u64,
    /// How long the scan took.
    pub elapsed: Duration,
}

impl Summary {
    /// Returns whether results may be missing or wrong against the user's wish. They may if there
    /// is an [`error`](Summary::error), or a note that [is trouble](Note::is_trouble). The exit
    /// status of the command line is 2 then.
    pub fn has_trouble(&self) -> bool {
        self.error.is_some() || self.notes.iter().any(Note::is_trouble)
    }

    /// Returns how many [hits](Summary::hits) there are, if all of the input was searched as was
    /// asked for.
    ///
    /// # Errors
    /// [`Error::Incomplete`] if there [is trouble](Summary::has_trouble). Everything found until
    /// then has been delivered.
    ///
    /// ```
    /// use logscan::{EachLine, Error, Matcher, Note, Patterns, Progress, Scan, Source, Workers, scan};
    /// let mut scan = Scan::new(Matcher::new(&Patterns::new("b"))?);
    /// scan.max_line_bytes = 3;
    /// let mut source = Source::from_bytes("log".as_ref(), b"b\nanother line\n".to_vec());
    /// let mut sink = EachLine::new(|_| Ok(()));
    /// let summary = scan::run(&scan, &mut source, &Workers::new(2), &Progress::new(), &mut sink)?;
    /// let Err(Error::Incomplete { notes, .. }) = summary.into_result() else {
    ///     panic!("a line was cut");
    /// };
    /// assert!(matches!(notes[..], [Note::LongLines { first_offset: 2, .. }]));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn into_result(self) -> Result<u64, Error> {
        match self.has_trouble() {
            false => Ok(self.hits),
            true => Err(Error::Incomplete {
                path: self.path,
                notes: self.notes.into_iter().filter(Note::is_trouble).collect(),
                source: self.error.map(Box::new),
            }),
        }
    }
}

/// Returns the summary of a scan.
pub(super) fn summary(
    scan: &Scan,
    input: &Input<'_>,
    rules: &PassRules,
    mut carry: Carry,
    totals: &Rendered,
) -> Summary {
    let checkpoint = carry.checkpoint(rules);
    let mut notes = Vec::new();
    let unit = match rules.unit.is_line() {
        true => NotedUnit::Line,
        false => NotedUnit::Record,
    };
    let is_numbered = scan.line_numbers && rules.renders;
    if let Some(first_offset) = carry.losses.first_long_line {
        let count = carry.losses.long_lines;
        notes.push(Note::LongLines {
            unit,
            is_numbered,
            count,
            first_offset,
            max_line_bytes: rules.max_line_bytes,
        });
    }
    // With a limit it depends on the size of chunks how many other lines were looked at.
    let seen = match scan.limit {
        Limit::All => carry.seen,
        Limit::First(_) | Limit::Last(_) => FilterSeen::default(),
    };
    if seen.unread > 0 {
        notes.push(Note::LinesUnread { count: seen.unread });
    }
    if totals.short_contexts > 0 {
        notes.push(Note::ShortContext {
            hits: totals.short_contexts,
            kept_bytes: HISTORY_BYTES,
        });
    }
    if is_numbered && scan.range.start > 0 && scan.lines_before.is_none() {
        notes.push(Note::NumbersFromRange {
            unit,
            start: scan.range.start,
        });
    }
    if let Some(Hole {
        offset,
        bytes,
        reason,
    }) = carry.losses.hole.take()
    {
        notes.push(Note::Unreadable {
            offset,
            bytes,
            reason,
        });
    }
    if matches!(carry.reach.ended, Some(Ended::Interrupted)) {
        notes.push(Note::Interrupted {
            complete_to: carry.reach.searched_to,
        });
    }
    notes.extend(input.loader.guess_note());
    notes.extend(
        input
            .loader
            .change_note(carry.losses.shrank_to, carry.reach.searched_to),
    );
    // The bytes of the last line that are behind the range do not count. So adjacent ranges add up
    // to the whole.
    let range_end = carry.reach.searched_to.min(scan.range.end);
    let bytes = range_end.saturating_sub(rules.start);
    let end_offset = carry.reach.last_hit_end.unwrap_or(carry.reach.searched_to);
    // A range may begin behind the end of a file. Then nothing has been searched up to there.
    let end_offset = input
        .loader
        .length()
        .map_or(end_offset, |length| end_offset.min(length));
    Summary {
        path: input.loader.path().into(),
        format: None,
        bytes,
        bytes_read: bytes,
        lines: scan.count_lines.then(|| {
            carry
                .counts
                .lines
                .saturating_sub(scan.lines_before.unwrap_or(0))
        }),
        hits: carry.counted_hits(rules),
        hits_hash: hashes_hits(scan).then_some(carry.counts.hits_hash),
        matches: totals.matches,
        cut_lines: totals.cut_lines,
        seen,
        notes,
        checkpoint,
        end_offset,
        error: match carry.reach.ended {
            Some(Ended::Failed(error)) => Some(error.of(input.loader.path())),
            Some(Ended::Interrupted) | None => None,
        },
        elapsed: Duration::ZERO,
    }
}

/// Looks at a source that has been read again since it was searched. If it has changed meanwhile,
/// this is added to the notes.
#[cfg(feature = "triage")]
pub(crate) fn look_again(source: &Source, summary: &mut Summary) {
    let is_known = |note: &Note| matches!(note, Note::Shrank { .. } | Note::Rewritten);
    if !summary.notes.iter().any(is_known)
        && let Some(note) = source.change_note()
        && !summary.notes.contains(&note)
    {
        summary.notes.push(note);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(notes: Vec<Note>, error: Option<Error>) -> Summary {
        Summary {
            path: "a.log".into(),
            format: None,
            bytes: 9,
            bytes_read: 9,
            lines: None,
            hits: 3,
            hits_hash: None,
            matches: 0,
            cut_lines: 0,
            seen: FilterSeen::default(),
            notes,
            error,
            checkpoint: Checkpoint {
                offset: 9,
                lines: None,
                hits: 3,
                has_losses: false,
            },
            end_offset: 9,
            elapsed: Duration::ZERO,
        }
    }

    #[test]
    fn notes_that_are_no_trouble_leave_a_summary_complete() {
        let harmless = vec![
            Note::Renamed,
            Note::NumbersFromRange {
                unit: NotedUnit::Line,
                start: 2,
            },
        ];
        assert_eq!(summary(Vec::new(), None).into_result().unwrap(), 3);
        assert_eq!(summary(harmless, None).into_result().unwrap(), 3);
    }

    #[test]
    fn an_incomplete_search_says_all_that_is_wrong_and_no_more() {
        let read = || Error::Read {
            path: "a.log".into(),
            offset: 4,
            source: std::io::Error::other("bad"),
        };
        for (notes, error, want) in [
            (
                vec![],
                Some(read()),
                "cannot read a.log at byte 4: bad".to_owned(),
            ),
            (
                vec![Note::Renamed, Note::Rewritten],
                None,
                format!("a.log: {}", Note::Rewritten),
            ),
            (
                vec![Note::Interrupted { complete_to: 4 }, Note::Rewritten],
                Some(read()),
                format!(
                    "a.log: interrupted: results are complete up to byte 4; {}; \
                     cannot read a.log at byte 4: bad",
                    Note::Rewritten
                ),
            ),
        ] {
            let summary = summary(notes, error);
            assert!(summary.has_trouble());
            let error = summary.into_result().unwrap_err();
            assert_eq!(error.to_string(), want);
            let has_source = std::error::Error::source(&error).is_some();
            assert_eq!(has_source, want.contains("cannot read"));
        }
    }
}
