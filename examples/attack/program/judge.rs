//! Judges whether the statements of one search about a log are true.
//!
//! Without a note the results must be those of one file at one moment. With a note, its claims must
//! be true, and every byte of the output must have been in the file at its place at some time.

use super::{
    log::{Body, Log},
    outcome::Outcome,
    query::{Answer, Mode, Query, Record, shown},
    run::Ended,
};

/// The most memory that a search of a small log may have. The harness that starts the program
/// counts as well, because its peak does.
const MEMORY_BYTES_MAX: u64 = 400 << 20;

/// A message about the log on the standard error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    Shrank {
        from: usize,
        to: usize,
        complete_to: usize,
        searched_to: usize,
    },
    Changed,
    /// Nothing was lost.
    Harmless,
    /// A signal ended the search, in order.
    Interrupted,
    /// The log that was searched before is not there any more.
    Gone,
    /// A part of the log cannot be read.
    Unreadable,
    /// An error: no such file, no room for the results.
    Error(String),
}

/// Whether the log is known to have been opened before anything happened to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opening {
    Known,
    Unknown,
}

/// An outcome, and why.
pub(crate) type Judged = (Outcome, String);

/// Reads the messages.
pub(crate) fn said(stderr: &str) -> Vec<Said> {
    stderr.lines().map(one_said).collect()
}

fn one_said(line: &str) -> Said {
    let number_behind = |words: &str| -> Option<usize> {
        let rest = &line[line.find(words)? + words.len()..];
        let digits = rest.find(|c: char| !c.is_ascii_digit());
        rest[..digits.unwrap_or(rest.len())].parse().ok()
    };
    let shrank = || {
        let complete_to = number_behind("complete up to byte ")?;
        Some(Said::Shrank {
            from: number_behind("shrank from ")?,
            to: number_behind(" to ")?,
            complete_to,
            searched_to: number_behind("results end at byte ").unwrap_or(complete_to),
        })
    };
    if let Some(shrank) = shrank() {
        shrank
    } else if line.contains("was changed while being searched") {
        Said::Changed
    } else if line.contains("was renamed, or its links")
        || line.ends_with("reading instead")
        || line.contains("long lines are told apart by")
        || line.contains("without a header belong")
        || line.contains("more than 8 KiB: only ")
        || line.contains(" not ranked, because ")
        || line.contains(" not looked at")
    {
        Said::Harmless
    } else if line.contains("interrupted: ") {
        Said::Interrupted
    } else if line.contains("was replaced, and the log") {
        Said::Gone
    } else if line.contains("cannot read at byte") || line.contains("unexpected end of file") {
        Said::Unreadable
    } else {
        Said::Error(line.into())
    }
}

/// Returns a failure that no run may have, whatever it was asked.
pub(crate) fn ended_badly(ended: &Ended) -> Option<Judged> {
    if ended.hung {
        return Some((Outcome::Hang, "it did not end".into()));
    }
    if let Some(signal) = ended.signal {
        return Some((Outcome::Crash, format!("signal {signal}: {}", ended.stderr)));
    }
    if ended.stderr.contains("panicked") {
        return Some((Outcome::Crash, ended.stderr.clone()));
    }
    if ended.peak_bytes > MEMORY_BYTES_MAX {
        return Some((Outcome::Memory, format!("{} bytes", ended.peak_bytes)));
    }
    None
}

/// Judges one search that nobody has killed.
pub(crate) fn search(query: &Query, log: &Log, ended: &Ended, opening: Opening) -> Judged {
    if let Some(bad) = ended_badly(ended) {
        return bad;
    }
    let said = said(&ended.stderr);
    let is_trouble = said.iter().any(|said| *said != Said::Harmless);
    let is_found = ended.code == Some(0);
    let is_quiet = query.mode == Mode::Quiet && is_found;
    if is_trouble != (ended.code == Some(2)) && !is_quiet {
        return (
            Outcome::Status,
            format!("status {:?}, and it said {:?}", ended.code, ended.stderr),
        );
    }
    let answer = match query.parse(&ended.stdout) {
        Ok(answer) => answer,
        Err(why) => return (Outcome::Invented, why),
    };
    if !is_trouble {
        return silent(query, log, &answer, ended, opening);
    }
    if let Some(Said::Error(error)) = said.iter().find(|said| matches!(said, Said::Error(_))) {
        let is_none = log.was_absent && error.contains("No such file");
        let is_empty = matches!(&answer, Answer::Records(records) if !records.is_empty());
        return match is_none && !is_empty {
            true => (Outcome::Refused, error.clone()),
            false => (Outcome::Status, error.clone()),
        };
    }
    let mut judged = (Outcome::Claim, "no file was ever like that".to_string());
    for body in &log.bodies {
        let one = noted(query, body, &said, &answer);
        if one.0 == Outcome::Noted {
            return one;
        }
        judged = one;
    }
    judged
}

/// Judges a search without a note: its results must be of one file at one moment.
fn silent(query: &Query, log: &Log, answer: &Answer, ended: &Ended, opening: Opening) -> Judged {
    if query.mode == Mode::Quiet {
        let is_possible = log
            .bodies
            .iter()
            .flat_map(|body| &body.states)
            .any(|state| (query.count(state) > 0) == (ended.code == Some(0)));
        return match is_possible {
            true => (Outcome::Exact, String::new()),
            false => (Outcome::Lost, format!("status {:?}", ended.code)),
        };
    }
    for body in &log.bodies {
        for (nth, state) in body.states.iter().enumerate() {
            if query.naive(state) == *answer {
                return (Outcome::Exact, String::new());
            }
            let was = nth.checked_sub(1).map(|before| &body.states[before]);
            let Some(was) = was.filter(|was| state.starts_with(was)) else {
                continue;
            };
            // The file may have been opened while it grew.
            if between(query, was.len(), state, answer) {
                return (Outcome::Exact, String::new());
            }
        }
    }
    no_moment(query, log, answer, opening)
}

/// Returns whether this is the answer for the first bytes of `log`, at least `low` of them.
fn between(query: &Query, low: usize, log: &[u8], answer: &Answer) -> bool {
    let records = match answer {
        Answer::Records(records) => records,
        Answer::Counts(counts) => {
            let whole = memchr::memrchr(b'\n', &log[..low]).map_or(0, |at| at + 1);
            let (least, most) = (query.naive(&log[..whole]), query.naive(log));
            let (Answer::Counts(least), Answer::Counts(most)) = (least, most) else {
                return false;
            };
            let of = |counts: &[(Vec<u8>, u64)], what: &[u8]| {
                let one = counts.iter().find(|(other, _)| other == what);
                one.map_or(0, |(_, count)| *count)
            };
            // With inverted hits, half a line more may be a hit.
            return counts
                .iter()
                .all(|(what, count)| (of(&least, what)..=of(&most, what) + 1).contains(count))
                && least.iter().all(|(what, _)| of(counts, what) > 0);
        }
        Answer::Nothing => return true,
    };
    let end = records
        .last()
        .map_or(low, |last| last.offset + last.text.len());
    let newline_behind = |at: usize| {
        let at = at.min(log.len());
        memchr::memchr(b'\n', &log[at..]).map_or(log.len(), |newline| at + newline + 1)
    };
    [
        low,
        newline_behind(low),
        end,
        end + 1,
        newline_behind(end),
        newline_behind(newline_behind(end)),
    ]
    .into_iter()
    .filter(|&length| (low..=log.len()).contains(&length))
    .any(|length| query.naive(&log[..length]) == *answer)
}

/// Judges an answer that no single moment gives.
fn no_moment(query: &Query, log: &Log, answer: &Answer, opening: Opening) -> Judged {
    let invented = |body: &Body| match answer {
        Answer::Records(records) => records
            .iter()
            .find(|record| !was_there(body, record))
            .cloned(),
        _ => None,
    };
    for (nth, body) in log.bodies.iter().enumerate() {
        if body.only_grew() || invented(body).is_some() {
            continue;
        }
        // The documents allow this. A program that opens a file while it is being written over
        // cannot know that.
        let (first, last) = (&body.states[0], body.now());
        let grew = body.states.iter().any(|state| state.len() > first.len());
        let cannot_be_seen = grew || opening == Opening::Unknown || nth > 0;
        let why = format!("{} bytes then, {} now", first.len(), last.len());
        return match cannot_be_seen {
            true => (Outcome::Unseen, why),
            false => (Outcome::Invented, format!("of several moments: {why}")),
        };
    }
    match invented(&log.bodies[0]) {
        Some(record) => {
            let why = format!("at {}: {:?}", record.offset, shown(&record.text));
            (Outcome::Invented, why)
        }
        None => differs(&query.naive(&log.bodies[0].states[0]), answer),
    }
}

/// Says how an answer differs from the right one.
fn differs(want: &Answer, got: &Answer) -> Judged {
    match (want, got) {
        (Answer::Records(want), Answer::Records(got)) => {
            let same = want.iter().zip(got).take_while(|(a, b)| a == b).count();
            let outcome = match got.len() > want.len() {
                true => Outcome::Doubled,
                false => Outcome::Lost,
            };
            let line = got.get(same).map(|record| shown(&record.text));
            let why = format!(
                "{} of {}, other from {same} on: {line:?}",
                got.len(),
                want.len()
            );
            (outcome, why)
        }
        _ => (Outcome::Lost, format!("{got:?} and not {want:?}")),
    }
}

/// Returns whether every byte of the record was in the file at its place at some time.
fn was_there(body: &Body, record: &Record) -> bool {
    let (from, to) = (record.offset, record.offset + record.text.len());
    let is_of = |state: &Vec<u8>| state.get(from..to) == Some(&record.text);
    body.states.iter().any(|state| is_of(state))
        || record.text.iter().enumerate().all(|(nth, byte)| {
            let states = body.states.iter();
            states
                .filter_map(|state| state.get(from + nth))
                .any(|there| there == byte)
        })
}

/// Judges a search with a note about this file: the claims of the note must be true.
fn noted(query: &Query, body: &Body, said: &[Said], answer: &Answer) -> Judged {
    let claims: Result<Vec<()>, String> = said
        .iter()
        .map(|said| claim(query, body, said, answer))
        .collect();
    if let Err(why) = claims {
        return (Outcome::Claim, why);
    }
    if let Answer::Records(records) = answer {
        if let Some(record) = records.iter().find(|record| !was_there(body, record)) {
            let why = format!("at {}: {:?}", record.offset, shown(&record.text));
            return (Outcome::Invented, why);
        }
        // If a line was written over, its beginning is no more certain than its contents.
        let grows = |two: &[Record]| two[0].offset < two[1].offset;
        if body.only_shrank() && !records.windows(2).all(grows) {
            return (Outcome::Doubled, "offsets do not grow".into());
        }
    }
    (Outcome::Noted, String::new())
}

/// Checks whether one claim is true.
fn claim(query: &Query, body: &Body, said: &Said, answer: &Answer) -> Result<(), String> {
    match *said {
        Said::Shrank {
            from,
            to,
            complete_to,
            searched_to,
        } => {
            if complete_to > body.shortest().max(to)
                || complete_to > to
                || complete_to > searched_to
            {
                return Err(format!(
                    "{said:?}, and the file had {} bytes at its shortest",
                    body.shortest()
                ));
            }
            let opened = body
                .states
                .iter()
                .filter(|state| state.len() == from || state.len() > from && !body.only_grew());
            let mut why = format!("{said:?}, and the file was never like that");
            for state in opened {
                match begins_with(query, &state[..complete_to.min(state.len())], answer) {
                    Ok(()) => return Ok(()),
                    Err(other) => why = format!("{said:?}: {other}"),
                }
            }
            Err(why)
        }
        Said::Changed => unchanged_lines(query, body, answer),
        _ => Ok(()),
    }
}

/// Checks that an answer holds everything that these bytes give, up to the last line end.
fn begins_with(query: &Query, log: &[u8], answer: &Answer) -> Result<(), String> {
    let end = memchr::memrchr(b'\n', log).map_or(0, |at| at + 1);
    if matches!(query.mode, Mode::Last(_)) {
        return Ok(());
    }
    let is_enough = match (query.naive(&log[..end]), answer) {
        (Answer::Records(want), Answer::Records(got)) => got.starts_with(&want),
        (Answer::Counts(want), Answer::Counts(got)) => want.iter().all(|(what, count)| {
            got.iter()
                .any(|(other, more)| what == other && more >= count)
                || *count == 0
        }),
        _ => true,
    };
    match is_enough {
        true => Ok(()),
        false => Err(differs(&query.naive(&log[..end]), answer).1),
    }
}

/// Checks that lines that were the same all the time are in the answer, even if others were not.
fn unchanged_lines(query: &Query, body: &Body, answer: &Answer) -> Result<(), String> {
    let Answer::Records(got) = answer else {
        return Ok(());
    };
    let is_whole = matches!(
        query.mode,
        Mode::Lines | Mode::Inverted | Mode::Only | Mode::Json
    );
    let Answer::Records(want) = query.naive(&body.states[0]) else {
        return Ok(());
    };
    let is_unchanged = |record: &Record| {
        let (from, to) = (record.offset, record.offset + record.text.len() + 1);
        // With `-o` the output is not the line, and nobody knows where the line begins.
        let around = from.saturating_sub(10_000)..to + 10_000;
        let first = body.states[0].get(around.clone());
        first.is_some()
            && body
                .states
                .iter()
                .all(|state| state.get(around.clone()) == first)
    };
    let places: std::collections::HashSet<usize> = got.iter().map(|record| record.offset).collect();
    let lost = want
        .iter()
        .filter(|_| is_whole)
        .find(|record| is_unchanged(record) && !places.contains(&record.offset));
    match lost {
        None => Ok(()),
        Some(record) => Err(format!(
            "an unchanged line at {} is not there",
            record.offset
        )),
    }
}
