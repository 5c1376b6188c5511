//! Searches that go on where others have ended, or were killed, while the log is rotated. This file
//! judges all their results together.
//!
//! `docs/boards.md` says which results are allowed:
//! - Each complete line of a log that is still there comes out at least once, whatever happened.
//! - A line of a log that is gone comes out at least once too, or a message says that something
//!   could not be searched. The exception is a log that no search which ended in order has ever
//!   seen.
//! - A copy that is being made, and has no more than 4 KiB so far, is a log of its own.
//! - A line comes out again only in two cases. First, the search that printed it was killed or
//!   failed. Then at most the lines of one chunk come again, unless the log was emptied while that
//!   search ran. Second, a message says that the searched log is not there, or was changed.

use std::{
    collections::{BTreeMap, BTreeSet},
    process::{Command, Stdio},
};

use super::{
    judge::{self, Said},
    outcome::Outcome,
    query::{Answer, Query, shown},
    rotated::{COPY_BYTES, Generation, Rotated},
    run::Ended,
    text::Name,
};

/// How one search of a chain ends, if the attack decides that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    ByItself,
    Killed,
    /// By a signal that lets it end in order.
    Terminated,
    /// By an output that cannot be written, with this error.
    Unwritable(i32),
}

/// The results of one search.
#[derive(Debug)]
pub(crate) struct Link {
    end: End,
    /// Whether the search has ended in order, or before the attack could end it.
    in_order: bool,
    /// Whether the search has ended so, and has looked at everything that was there.
    is_complete: bool,
    /// Whether the search said that something was lost.
    excuses: bool,
    /// Whether the search said that the searched log is gone, or was cut or written over. Then
    /// nobody knows how far it was searched.
    may_repeat: bool,
    lines: Vec<Name>,
    /// Whether the log was copied and emptied while the search ran.
    saw_copy: bool,
    /// The generation that was being written when the search had ended.
    generation: usize,
    chunk_bytes: usize,
}

/// Ends a process in order.
pub(crate) fn terminate(id: u32) {
    let _ = Command::new("kill")
        .args(["-TERM", &id.to_string()])
        .stderr(Stdio::null())
        .status();
}

impl Link {
    /// Reads the output of one search. Returns what is wrong with it by itself, if anything is.
    pub(crate) fn of(
        query: &Query,
        log: &Rotated,
        ended: &Ended,
        end: End,
    ) -> Result<Link, judge::Judged> {
        let is_sent = matches!(
            (end, ended.signal),
            (End::Killed, Some(9)) | (End::Terminated, Some(15))
        );
        if (!is_sent || ended.hung)
            && let Some(bad) = judge::ended_badly(ended)
        {
            return Err(bad);
        }
        let in_order = match end {
            End::ByItself => true,
            // The signal may come before the search awaits it.
            End::Killed | End::Terminated => ended.signal.is_none(),
            // Nobody knows whether there was more to write.
            End::Unwritable(_) => false,
        };
        let said = judge::said(&ended.stderr);
        let has_noted = said.iter().any(|said| *said != Said::Harmless);
        let expected: &[Option<i32>] = match (end, has_noted) {
            (End::ByItself, false) => &[Some(0), Some(1)],
            (End::ByItself, true) => &[Some(2)],
            (End::Terminated, _) => &[Some(0), Some(1), Some(2), Some(143), None],
            (End::Killed | End::Unwritable(_), _) => &[Some(0), Some(1), Some(2), None],
        };
        if !expected.contains(&ended.code) {
            let why = format!("status {:?}, and it said {:?}", ended.code, ended.stderr);
            return Err((Outcome::Status, why));
        }
        let mut printed = &ended.stdout[..];
        if !in_order {
            // The last line may have been cut off.
            printed = &printed[..memchr::memrchr(b'\n', printed).map_or(0, |at| at + 1)];
        }
        // Lines of several generations are in one file. The search has said so, or would have said
        // so if it had not been killed.
        let mixes = match said
            .iter()
            .any(|said| matches!(said, Said::Shrank { .. } | Said::Changed))
        {
            true => Mixes::Yes,
            false if !in_order && log.was_emptied => Mixes::Yes,
            false => Mixes::No,
        };
        Ok(Link {
            end,
            in_order,
            is_complete: in_order
                && !said
                    .iter()
                    .any(|said| matches!(said, Said::Interrupted | Said::Error(_))),
            excuses: said
                .iter()
                .any(|said| !matches!(said, Said::Harmless | Said::Interrupted)),
            may_repeat: said
                .iter()
                .any(|said| matches!(said, Said::Gone | Said::Shrank { .. } | Said::Changed)),
            lines: names(query, log, printed, mixes)?,
            saw_copy: log.was_emptied,
            generation: log.generations.len() - 1,
            chunk_bytes: query.chunk_bytes,
        })
    }
}

/// Whether the output may be of several generations that were in the same file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mixes {
    Yes,
    No,
}

/// Returns which lines were printed. Each must stand in the log in this form, at its place and
/// under its number.
fn names(
    query: &Query,
    log: &Rotated,
    printed: &[u8],
    mixes: Mixes,
) -> Result<Vec<Name>, judge::Judged> {
    let invented = |why: String| (Outcome::Invented, why);
    let Answer::Records(records) = query.parse(printed).map_err(invented)? else {
        return Ok(Vec::new());
    };
    let mut names: Vec<Name> = Vec::new();
    for record in records {
        let place = record.offset..record.offset + record.text.len();
        let is_of =
            |generation: &Generation| generation.bytes.get(place.clone()) == Some(&record.text);
        let name = Name::of(&record.text).filter(|name| {
            let generation = usize::try_from(name.generation).unwrap_or(usize::MAX);
            let number = usize::try_from(name.number).unwrap_or(usize::MAX);
            log.generations.get(generation).is_some_and(|generation| {
                is_of(generation)
                    && generation.bytes.get(place.end) == Some(&b'\n')
                    && generation.starts.get(number) == Some(&record.offset)
                    && record.number == u64::from(name.number) + 1
            })
        });
        let Some(name) = name else {
            // Half a line at the end of a copy that nobody writes any more may be printed.
            let is_half = log.generations.iter().any(|generation| {
                is_of(generation) && generation.bytes.get(place.end) != Some(&b'\n')
            });
            if is_half || mixes == Mixes::Yes {
                continue;
            }
            let (number, text) = (record.number, shown(&record.text));
            return Err(invented(format!(
                "line {number} at {}: {text:?}",
                record.offset
            )));
        };
        let is_behind = names.last().is_none_or(|last| *last < name);
        if mixes == Mixes::No && !is_behind && !log.is_copied(place.start) {
            return Err((
                Outcome::Doubled,
                format!("{name} is not behind the line before it"),
            ));
        }
        names.push(name);
    }
    Ok(names)
}

/// Judges a whole chain. Its last two searches have ended by themselves, with nothing between them.
pub(crate) fn judge(query: &Query, log: &Rotated, links: &[Link]) -> (judge::Judged, u64) {
    let last_of: BTreeMap<Name, usize> = links
        .iter()
        .enumerate()
        .flat_map(|(nth, link)| link.lines.iter().map(move |&name| (name, nth)))
        .collect();
    if let Some(why) = lost(query, log, links, &last_of) {
        return ((Outcome::Lost, why), 0);
    }
    let repeated = match repeated(log, links) {
        Ok(repeated) => repeated,
        Err(why) => return ((Outcome::Doubled, why), 0),
    };
    let outcome = match links.iter().any(|link| link.excuses) {
        true => Outcome::Noted,
        false => Outcome::Exact,
    };
    ((outcome, String::new()), repeated)
}

fn lost(
    query: &Query,
    log: &Rotated,
    links: &[Link],
    found: &BTreeMap<Name, usize>,
) -> Option<String> {
    // The first search knows nothing of logs that were rotated before it.
    let first = links.iter().position(|link| link.is_complete)?;
    let first = links[first].generation;
    for (nth, generation) in log.generations.iter().enumerate().skip(first) {
        for (number, &start) in generation.starts.iter().enumerate() {
            let name = Name {
                generation: u32::try_from(nth).ok()?,
                number: u32::try_from(number).ok()?,
            };
            let rest = &generation.bytes[start..];
            let line = &rest[..memchr::memchr(b'\n', rest).unwrap_or(rest.len())];
            if found.contains_key(&name)
                || query.count(line) == 0
                || start + line.len() >= generation.reachable
            {
                continue;
            }
            let Some(lost) = generation.lost else {
                return Some(format!("{name}, which is still there"));
            };
            // These are the search that ran when the generation was lost, and those behind it up to
            // one that ended in order.
            let last = links
                .iter()
                .enumerate()
                .skip(lost.started)
                .find_map(|(nth, link)| link.is_complete.then_some(nth + 1));
            let to = last.unwrap_or(links.len());
            let is_noted = links[lost.ended..to].iter().any(|link| link.excuses);
            let was_seen = links[..lost.ended]
                .iter()
                .skip(generation.begun)
                .any(|link| link.is_complete);
            if !is_noted && was_seen {
                return Some(format!(
                    "{name}, which was lost when {} searches had ended",
                    lost.ended
                ));
            }
        }
    }
    None
}

/// Returns where a written line begins.
fn place(log: &Rotated, name: Name) -> usize {
    let generation = usize::try_from(name.generation).unwrap_or(0);
    log.generations[generation].starts[usize::try_from(name.number).unwrap_or(0)]
}

/// Returns how many lines came out again, or why that is more than the documents say.
fn repeated(log: &Rotated, links: &[Link]) -> Result<u64, String> {
    let mut latest: BTreeMap<Name, usize> = BTreeMap::new();
    let mut again: BTreeMap<usize, BTreeSet<Name>> = BTreeMap::new();
    for (nth, link) in links.iter().enumerate() {
        for &name in &link.lines {
            if let Some(before) = latest.insert(name, nth) {
                let may_repeat = links[before..=nth].iter().any(|link| link.may_repeat);
                let is_of_copy = link.saw_copy && place(log, name) < COPY_BYTES;
                if !may_repeat && !is_of_copy {
                    again.entry(before).or_default().insert(name);
                }
            }
        }
    }
    let mut repeated = 0;
    for (nth, names) in again {
        let link = &links[nth];
        let first = names.first().expect("it is not empty");
        if link.in_order {
            return Err(format!(
                "{first} and {} others, of search {nth}, {:?}",
                names.len(),
                link.end
            ));
        }
        let last = names.last().expect("it is not empty");
        // No checkpoint can be made in a log that is not there any more.
        let is_limited = !link.saw_copy;
        let bytes = place(log, *last).saturating_sub(place(log, *first));
        if is_limited && (first.generation != last.generation || bytes > link.chunk_bytes) {
            return Err(format!(
                "{first} to {last}, {bytes} bytes, of search {nth}, which was killed"
            ));
        }
        repeated += names.len() as u64;
    }
    Ok(repeated)
}

/// Returns the arguments of a search that goes on.
pub(crate) fn args(query: &Query) -> Vec<String> {
    let mut args: Vec<String> = vec!["--board".into(), "board".into(), "--continue".into()];
    args.extend(query.args());
    args
}
