//! Where what writes a log began anew: by its words, as no format says it.
//!
//! ```text
//! 10:00:00 worker 3 done
//!                                         a silence
//! 10:07:12 Starting app version 2.1       } lines of rare kinds with a word of a start,
//! 10:07:12 listening on port 80           } near each other: one start
//! ```
//! A word alone is not enough: jobs, sessions and threads start all the time. So a line counts only
//! if its kind is rare, lines near each other are one start, and two of these must be true:
//! 1. there are lines of two kinds,
//! 2. a silence is before it, or it is at the beginning of its input,
//! 3. a word is of a whole machine or program: `boot`, or `version` beside the word of a start.

use std::collections::HashMap;

use super::{FirstAndLast, LogLine, times::Silences};
use crate::{
    line::to_u64,
    templates::{Id, Templates},
};

/// How many lines of a kind with a word of a start are kept, of either end.
pub(super) const STARTS_KEPT: usize = 32;

/// A kind is rare if it has no more lines than this, or if at most one of so many lines is of it.
const RARE_LINES: u64 = 3;
const RARE_ONE_OF: u64 = 20;

/// Lines of one start are not farther apart.
const NEAR_LINES: u64 = 50;
const NEAR_NS: i64 = 60_000_000_000;

/// So many lines are the beginning of an input.
const BEGINNING_LINES: u64 = 20;

/// How long after a silence its first line may come, for clocks that are written coarsely.
const AFTER_SILENCE_NS: i64 = 2_000_000_000;

/// A word of a start is one of so many first words of a message. Behind them it is of a sentence, or
/// of a statement that is logged.
const START_WORDS_BEFORE: usize = 6;

/// Words that tell of a start.
const START_WORDS: [&[u8]; 19] = [
    b"boot",
    b"booted",
    b"booting",
    b"initialised",
    b"initialising",
    b"initialized",
    b"initializing",
    b"launched",
    b"launching",
    b"listening",
    b"ready",
    b"reboot",
    b"rebooted",
    b"restarted",
    b"restarting",
    b"started",
    b"starting",
    b"starts",
    b"startup",
];

/// Those of them that tell of a whole machine or program.
const WHOLE_WORDS: [&[u8]; 6] = [
    b"boot",
    b"booted",
    b"booting",
    b"reboot",
    b"rebooted",
    b"startup",
];

/// A word that tells the same beside another word of a start: `Starting app version 2.1`.
const VERSION: &[u8] = b"version";

/// Words that tell of an error where no level does.
const ERROR_WORDS: [&[u8]; 11] = [
    b"crashed",
    b"critical",
    b"error",
    b"exception",
    b"failed",
    b"failure",
    b"fatal",
    b"panic",
    b"panicked",
    b"segfault",
    b"traceback",
];

/// What the words of a kind of lines tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct LineWords {
    pub(super) tells_start: bool,
    pub(super) tells_error: bool,
}

impl LineWords {
    /// Looks at the words of a masked line.
    pub(super) fn of(masked: &[u8]) -> LineWords {
        let mut told = LineWords::default();
        let words = masked.split(|byte| !byte.is_ascii_alphabetic());
        for (nth, word) in words.filter(|word| !word.is_empty()).enumerate() {
            let is_in = |list: &[&[u8]]| list.iter().any(|known| word.eq_ignore_ascii_case(known));
            // The lengths of the words that are looked for.
            if (4..=12).contains(&word.len()) {
                told.tells_start |= nth < START_WORDS_BEFORE && is_in(&START_WORDS);
                told.tells_error |= is_in(&ERROR_WORDS);
            }
        }
        told
    }
}

fn is_of_whole(text: &str) -> bool {
    let mut words = text.as_bytes().split(|byte| !byte.is_ascii_alphabetic());
    let known = WHOLE_WORDS.iter().chain([&VERSION]);
    words.any(|word| known.clone().any(|known| word.eq_ignore_ascii_case(known)))
}

/// A place where what writes a log began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogStart {
    /// Its first line.
    pub line: LogLine,
    /// How many lines tell of it.
    pub lines: u64,
    /// Whether the log was silent before.
    pub is_after_silence: bool,
}

/// The places where what writes a log began.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogStarts {
    /// All that are known, in the order of the inputs.
    pub list: Vec<LogStart>,
    /// How many more lines tell of starts, between those that are known.
    pub unknown: u64,
}

/// A line that may tell of a start.
struct MaybeStart<'l> {
    line: &'l LogLine,
    kind: Id,
}

/// Finds the starts among the lines with such words, by the entries of their kinds.
pub(super) fn starts(
    lines: &HashMap<usize, FirstAndLast<LogLine>>,
    templates: &Templates,
    silences: &Silences,
) -> LogStarts {
    let counts: HashMap<Id, u64> = templates
        .list
        .iter()
        .map(|kind| (kind.id, kind.lines))
        .collect();
    let is_rare = |kind: &Id| {
        let count = counts.get(kind).copied().unwrap_or(0);
        count <= RARE_LINES || count.saturating_mul(RARE_ONE_OF) <= templates.lines
    };
    let mut unknown = 0;
    let mut lines_of_kinds: Vec<MaybeStart<'_>> = Vec::new();
    for (&entry, of_kind) in lines {
        let kind = templates.id_of_entry(entry);
        if is_rare(&kind) {
            unknown += of_kind.between();
            lines_of_kinds.extend(of_kind.kept().map(|line| MaybeStart { line, kind }));
        }
    }
    lines_of_kinds.sort_by_key(|of_kind| {
        let place = &of_kind.line.place;
        (place.input, place.line)
    });
    let together = lines_of_kinds.chunk_by(|a, b| is_near(a.line, b.line));
    let list: Vec<LogStart> = together
        .filter_map(|lines| start(lines, silences))
        .collect();
    LogStarts {
        unknown: if list.is_empty() { 0 } else { unknown },
        list,
    }
}

fn is_near(before: &LogLine, line: &LogLine) -> bool {
    let is_later = match (before.time_ns, line.time_ns) {
        (Some(before_ns), Some(time_ns)) => time_ns.saturating_sub(before_ns) > NEAR_NS,
        _ => false,
    };
    before.place.input == line.place.input
        && line.place.line - before.place.line <= NEAR_LINES
        && !is_later
}

/// Returns the start of which these lines tell, if they tell of one.
fn start(lines: &[MaybeStart<'_>], silences: &Silences) -> Option<LogStart> {
    let first = lines.first()?.line;
    let is_after_silence = first.time_ns.is_some_and(|time_ns| {
        let nth = silences
            .ends_ns
            .partition_point(|&end_ns| end_ns <= time_ns);
        let before = nth.checked_sub(1).map(|nth| silences.ends_ns[nth]);
        before.is_some_and(|end_ns| time_ns.saturating_sub(end_ns) <= AFTER_SILENCE_NS)
    });
    let signs = [
        lines.iter().any(|line| line.kind != lines[0].kind),
        is_after_silence || first.place.line <= BEGINNING_LINES,
        lines.iter().any(|line| is_of_whole(&line.line.text)),
    ];
    let are_enough = signs.iter().filter(|sign| **sign).count() >= 2;
    are_enough.then(|| LogStart {
        line: first.clone(),
        lines: to_u64(lines.len()),
        is_after_silence,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_whole_and_in_any_case() {
        let told = |text: &str| {
            let words = LineWords::of(text.as_bytes());
            (words.tells_start, words.tells_error)
        };
        assert_eq!(told("STARTING app"), (true, false));
        assert_eq!(told("app.started: failed"), (true, true));
        assert_eq!(told("restarts restartings errors"), (false, false));
        assert_eq!(told("COPY a, b, c, d, e, startup"), (false, false));
        assert_eq!(told("Linux version \u{1}"), (false, false));
        for word in START_WORDS.iter().chain(&ERROR_WORDS) {
            let words = LineWords::of(word);
            assert!(words.tells_start || words.tells_error);
        }
        assert!(WHOLE_WORDS.iter().all(|word| START_WORDS.contains(word)));
    }
}
