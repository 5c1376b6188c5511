//! Decides where a search goes on: in the same log, or first in the files that a rotation has made
//! of it.
//!
//! ```text
//! nothing was rotated                    app.log    from the checkpoint on
//!
//! app.log was renamed, or                app.log.2  searched before, or older: passed over
//! copied and truncated                   app.log.1  holds what was searched: from there on
//!                                        app.log    from its first byte on
//!
//! no file holds what was searched        all files that were written since, and app.log
//! ```
//! 1. A log is recognised by its first bytes and by the bytes before the checkpoint, so also in a
//!    copy, compressed or not.
//! 2. All files are opened and compared, and behind that looked at again. If a name leads to
//!    another file by then, or if a file was cut, everything is done anew.
//! 3. Where it cannot be known whether lines were searched, they are searched again: lines that
//!    come twice are better than lines that are lost.

use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
};

use memchr::memrchr;

use super::{Identity, Saved};
use crate::{
    error::Error,
    input::{
        Content, Format, PROOF_BYTES, ReadMode, Source, TextEnd,
        rotation::{self, Age, Generation},
        tail_hash,
    },
    line::{to_u64, to_usize},
    scan::Note,
    sys::{self, FileInfo},
};

/// How many bytes are read at once in the search for the end of the last line.
const WINDOW_BYTES: u64 = 64 << 10;

/// How often all files of a rotated log are opened anew because names have changed meanwhile. One
/// attempt takes less than a millisecond. A log that is rotated that often in such a time is
/// rotated all the time.
const OPEN_TRIES_MAX: usize = 10;

/// How much older than the last checkpoint a file may be and still be taken for one that was
/// written after it. Clocks of file systems tick slowly.
const CLOCK_SLACK_NS: u64 = 1_000_000_000;

/// A part of a search: a log, and the place from where on it is searched.
#[derive(Debug)]
pub(super) struct LogPart {
    pub(super) source: Source,
    /// A handle of its own on the same file. The log is recognised by it later.
    pub(super) log: Content,
    info: FileInfo,
    raw: bool,
    pub(super) identity: Identity,
    pub(super) from: u64,
    /// Lines that begin before this are searched.
    pub(super) to: u64,
    /// No line behind this is complete. Checkpoints do not go further.
    pub(super) complete_to: u64,
    /// A place at or before `from`, and how many lines are before that place.
    pub(super) numbered: (u64, u64),
}

/// The parts to search, in this order, and what the user should know.
#[derive(Debug)]
pub(super) struct Resumed {
    pub(super) parts: Vec<LogPart>,
    pub(super) notes: Vec<Note>,
}

/// A file that is open, with what is known about it.
struct Opened {
    path: PathBuf,
    content: Content,
    info: FileInfo,
    identity: Identity,
    /// The format of the file, if the file is not searched because of it.
    format: Option<Format>,
}

/// A file beside a log.
struct Beside {
    generation: Generation,
    /// The open file. `None` if it cannot be opened, or is not to be searched.
    opened: Option<Opened>,
    what: BesideKind,
    /// Whether it holds what was searched before.
    holds_saved: bool,
    /// Whether it is the log under another name, or a copy of it that is being made.
    is_log: bool,
}

/// What a file beside a log is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BesideKind {
    Log,
    /// A file in a format that is not decoded.
    NoText,
    /// The compressed form of another file.
    Twin,
}

impl Opened {
    /// Opens a file, and once more if it was cut meanwhile.
    ///
    /// The length is that of one moment, and the start is read in the next. If a log is copied and
    /// truncated between the two, its length is that of the old log and its start that of the new
    /// one. A checkpoint with that start is found in the new log, and nobody looks for the copy.
    fn of(path: &Path, raw: bool) -> Result<Opened, Error> {
        let open = || -> io::Result<Opened> {
            let mut opened = Opened::once(path, raw)?;
            for _ in 1..OPEN_TRIES_MAX {
                if opened.is_as_opened()? {
                    break;
                }
                opened = Opened::once(path, raw)?;
            }
            Ok(opened)
        };
        open().map_err(|source| Error::Open {
            path: path.into(),
            source,
        })
    }

    fn once(path: &Path, raw: bool) -> io::Result<Opened> {
        let (file, info) = sys::open_regular(path)?;
        let format = match raw {
            true => None,
            false => Format::of_file(&file)?,
        };
        let content = match format.is_some_and(Format::is_decoded) {
            true => Content::text(file, path, &info),
            false => Content::bytes(file),
        };
        let identity = Identity::of(&content, &info)?;
        let format = format.filter(|_| !content.is_decoded());
        Ok(Opened {
            path: path.into(),
            content,
            info,
            identity,
            format,
        })
    }

    /// Returns whether the file still holds what it held. It may have grown, but was not cut.
    ///
    /// The length is looked at before the start: a file that is cut after that has another start.
    fn is_as_opened(&self) -> io::Result<bool> {
        let now = FileInfo::of(self.content.file())?;
        Ok(now.length() >= self.info.length() && self.identity.is_head_of(&self.content)?)
    }

    /// Opens the log itself, which has to be text. If it is not, nothing is searched, and no
    /// checkpoint moves.
    fn log(path: &Path, raw: bool) -> Result<Opened, Error> {
        let log = Opened::of(path, raw)?;
        match log.format {
            None => Ok(log),
            Some(format) => Err(format.error(path)),
        }
    }

    /// Returns whether the file holds what was searched before. A file that cannot be read does
    /// not.
    fn holds(&self, saved: &Saved) -> bool {
        saved.is_of(&self.content).unwrap_or(false)
    }

    /// Returns whether the file begins with everything that is in `copy`. A log does that while it
    /// is being copied, before it is truncated.
    ///
    /// A short file may be a log that held no more than the lines every log of its program begins
    /// with. It counts as a log of its own: to show lines twice is better than to lose them.
    fn begins_with(&self, copy: &Opened) -> bool {
        let is_plain = !copy.content.is_decoded();
        if !is_plain || copy.info.length() < PROOF_BYTES {
            return false;
        }
        let end_of_copy = Saved {
            offset: copy.info.length(),
            identity: copy.identity,
            tail_hash: match tail_hash(&copy.content, copy.info.length()) {
                Ok(Some(hash)) => hash,
                _ => return false,
            },
            ..Saved::default()
        };
        self.holds(&end_of_copy)
    }

    /// Returns the part of the file from `start` on: to its end, or its complete lines only.
    fn part(
        self,
        start: PartStart,
        lines: LinesBefore,
        mode: ReadMode,
        raw: bool,
    ) -> Result<LogPart, Error> {
        let length = self.info.length();
        let read = |source: io::Error| Error::Read {
            path: self.path.clone(),
            offset: start.from,
            source,
        };
        let end = match self.content.is_decoded() {
            true => u64::MAX,
            false => length,
        };
        let (complete_to, is_whole) = match lines {
            // Nobody will complete the last line.
            LinesBefore::AllAndClosed => (end, true),
            LinesBefore::Complete | LinesBefore::All => self.complete_to(start).map_err(read)?,
        };
        let to = match lines {
            // Damage is reported when the search comes to it.
            LinesBefore::Complete if is_whole => complete_to,
            LinesBefore::Complete | LinesBefore::All | LinesBefore::AllAndClosed => end,
        };
        Ok(LogPart {
            source: open_source(&self.path, &self.content, &self.info, (mode, raw))?,
            log: self.content,
            info: self.info,
            raw,
            identity: self.identity,
            from: start.from,
            to,
            complete_to,
            numbered: start.numbered,
        })
    }
}

impl Opened {
    /// Returns where the last complete line ends, or `start` if there is none behind it. Also
    /// returns whether that place is known for sure.
    fn complete_to(&self, start: PartStart) -> io::Result<(u64, bool)> {
        if self.content.is_decoded() {
            let TextEnd {
                complete_to,
                is_whole,
            } = self.content.text_end()?;
            return Ok((complete_to.max(start.from), is_whole));
        }
        let to = complete_to(self.content.file(), start.from, self.info.length())?;
        Ok((to, true))
    }
}

impl LogPart {
    /// Opens the source again, so that nothing of it has been read.
    pub(super) fn open_again(&mut self, mode: ReadMode) -> Result<(), Error> {
        let path = self.source.path().to_path_buf();
        self.source = open_source(&path, &self.log, &self.info, (mode, self.raw))?;
        Ok(())
    }
}

/// Opens a source for a file that is open.
fn open_source(
    path: &Path,
    log: &Content,
    info: &FileInfo,
    (mode, raw): (ReadMode, bool),
) -> Result<Source, Error> {
    let source = match info.length() {
        // A stream would also show what is appended meanwhile.
        0 => Source::from_bytes(path, Vec::new()),
        _ => {
            let file = log.file().try_clone().map_err(|source| Error::Open {
                path: path.into(),
                source,
            })?;
            Source::from_file(path, file, info, 0, mode)?
        }
    };
    Ok(match raw {
        true => source.raw(),
        false => source,
    })
}

/// Where a part begins.
#[derive(Clone, Copy, Debug, Default)]
struct PartStart {
    from: u64,
    numbered: (u64, u64),
}

impl PartStart {
    fn at(saved: &Saved) -> PartStart {
        PartStart {
            from: saved.offset,
            numbered: (saved.numbered_at, saved.numbered_lines),
        }
    }
}

/// Which lines of a log are searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LinesBefore {
    /// All lines that have their line end. The rest of the last line may still be written.
    Complete,
    /// All lines, also the last one, though somebody may still write to it.
    All,
    /// All lines. Nobody will write to the last one.
    AllAndClosed,
}

/// Returns all of a log, from its first byte on.
pub(super) fn whole(path: &Path, mode: ReadMode, raw: bool) -> Result<Resumed, Error> {
    let mut log = Opened::log(path, raw)?;
    let mut notes = Vec::new();
    if log.info.length() == 0 {
        let rotated = Rotated::open(path, raw, &Saved::default())?;
        if rotated.log.info.length() == 0 {
            return first_of_empty(rotated, mode, raw);
        }
        (log, notes) = (rotated.log, rotated.notes);
    }
    Ok(Resumed {
        parts: vec![log.part(PartStart::default(), LinesBefore::All, mode, raw)?],
        notes,
    })
}

/// Returns the parts that are new since `saved`.
pub(super) fn since(
    saved: &Saved,
    path: &Path,
    mode: ReadMode,
    raw: bool,
) -> Result<Resumed, Error> {
    let is_first = saved.identity == Identity::default();
    let log = Opened::log(path, raw)?;
    if is_first && log.info.length() > 0 {
        return chain(vec![(log, PartStart::default())], Vec::new(), mode, raw);
    }
    if saved.has_proof() && saved.identity.has_id_of(&log.identity) && log.holds(saved) {
        return chain(vec![(log, PartStart::at(saved))], Vec::new(), mode, raw);
    }
    let rotated = Rotated::open(path, raw, saved)?;
    match is_first {
        true => first_of_empty(rotated, mode, raw),
        false => after_rotation(saved, rotated, mode, raw),
    }
}

/// Returns the first search of a log that is empty. Nothing could tell it from the next log later,
/// so the place to go on from is the end of the newest file beside it, if there is one that can be
/// read.
fn first_of_empty(rotated: Rotated, mode: ReadMode, raw: bool) -> Result<Resumed, Error> {
    let Rotated {
        log, beside, notes, ..
    } = rotated;
    let newest = beside
        .into_iter()
        .rev()
        .filter(|file| file.what != BesideKind::Twin)
        .map_while(|file| file.opened)
        .find(|opened| opened.info.length() > 0);
    let Some(newest) = newest.filter(|_| log.info.length() == 0) else {
        return chain(vec![(log, PartStart::default())], notes, mode, raw);
    };
    let end = newest.complete_to(PartStart::default());
    let (from, _) = end.map_err(|source| Error::Read {
        path: newest.path.clone(),
        offset: 0,
        source,
    })?;
    let start = PartStart {
        from,
        numbered: (0, 0),
    };
    chain(vec![(newest, start)], notes, mode, raw)
}

/// A log and the files beside it, the oldest first, all of them opened between two rotations.
struct Rotated {
    log: Opened,
    /// Whether the log holds what was searched before.
    log_holds_saved: bool,
    beside: Vec<Beside>,
    notes: Vec<Note>,
}

impl Rotated {
    /// Opens all of these files, and finds out which of them hold what was searched before.
    ///
    /// Names are looked up one after another, and meanwhile a rotation may give each of them to
    /// another file. A file that was `app.log.1` when it should have been `app.log.2` would be
    /// opened twice, and another file never. So the names are looked at again when all files are
    /// open. If one of them has changed, everything is done once more.
    ///
    /// A log may also be copied and truncated meanwhile:
    ///
    /// ```text
    /// 1 the log is opened   2 its copy is opened, half made   3 the log is truncated   4 the two are compared
    /// ```
    /// In step 4 the log does not begin with its copy any more. Half a copy would be taken for an
    /// older log to which nobody writes, and the line at its end for a whole one. So the log must
    /// still be as it was opened after everything has been compared. If it was truncated, its copy
    /// was complete before, and the next try opens that.
    fn open(path: &Path, raw: bool, saved: &Saved) -> Result<Rotated, Error> {
        let mut tries = 1;
        loop {
            let log = Opened::log(path, raw)?;
            let mut rotated = Rotated {
                log_holds_saved: saved.has_proof() && log.holds(saved),
                beside: open_generations(path, raw)?,
                log,
                notes: Vec::new(),
            };
            rotated.compare(saved);
            if rotated.is_still(path)? {
                return Ok(rotated);
            }
            if tries == OPEN_TRIES_MAX {
                rotated.notes.push(Note::NotSearched {
                    name: format!("what was rotated during {tries} attempts to open all files"),
                });
                return Ok(rotated);
            }
            tries += 1;
        }
    }

    /// Compares the files beside the log with what was searched before.
    fn compare(&mut self, saved: &Saved) {
        for file in &mut self.beside {
            let Some(opened) = &file.opened else { continue };
            file.holds_saved = saved.has_proof() && opened.holds(saved);
            file.is_log =
                opened.identity.has_id_of(&self.log.identity) || self.log.begins_with(opened);
        }
    }

    /// Returns whether all names still lead to the files that were opened by them, and no file was
    /// cut.
    fn is_still(&self, path: &Path) -> Result<bool, Error> {
        let is_still = |name: &Path, opened: &Opened| {
            let id = sys::open_regular(name).map(|(_, info)| info.id().numbers());
            id.is_ok_and(|id| id == opened.identity.id) && opened.is_as_opened().unwrap_or(false)
        };
        let now = list_generations(path)?;
        let then = self.beside.iter().map(|file| &file.generation.path);
        Ok(is_still(path, &self.log)
            && now.iter().map(|generation| &generation.path).eq(then)
            && self.beside.iter().all(|file| {
                let opened = file.opened.as_ref();
                opened.is_none_or(|opened| is_still(&file.generation.path, opened))
            }))
    }
}

fn list_generations(path: &Path) -> Result<Vec<Generation>, Error> {
    rotation::generations(path).map_err(|source| Error::Open {
        path: path.into(),
        source,
    })
}

/// Returns the files beside a log, the oldest first. They are opened, unless they are not searched
/// or cannot be. While a file is being compressed it is there twice, and the compressed one is not
/// complete.
fn open_generations(path: &Path, raw: bool) -> Result<Vec<Beside>, Error> {
    let generations = list_generations(path)?;
    let twins = rotation::twins(&generations);
    Ok(generations
        .into_iter()
        .zip(twins)
        .map(|(generation, is_twin)| {
            if is_twin {
                return Beside {
                    generation,
                    opened: None,
                    what: BesideKind::Twin,
                    holds_saved: false,
                    is_log: false,
                };
            }
            let opened = Opened::of(&generation.path, raw).ok();
            let is_no_text = opened
                .as_ref()
                .is_some_and(|opened| opened.format.is_some());
            Beside {
                generation,
                opened: opened.filter(|_| !is_no_text),
                what: match is_no_text {
                    true => BesideKind::NoText,
                    false => BesideKind::Log,
                },
                holds_saved: false,
                is_log: false,
            }
        })
        .collect())
}

/// Returns what to search if the log is not the one that was searched, or no longer holds what was
/// searched. Then that is looked for in the files beside it.
fn after_rotation(
    saved: &Saved,
    rotated: Rotated,
    mode: ReadMode,
    raw: bool,
) -> Result<Resumed, Error> {
    let Rotated {
        log,
        log_holds_saved,
        mut beside,
        mut notes,
    } = rotated;
    // A copy of the log that is being made right now would show it twice.
    beside.retain(|file| !file.is_log);
    // The search begins with the newest file: a copy of a copy would be older.
    let renamed = beside.iter().rposition(|file| {
        let opened = file.opened.as_ref();
        file.holds_saved && opened.is_some_and(|log| log.identity.has_id_of(&saved.identity))
    });
    let found = renamed.or_else(|| beside.iter().rposition(|file| file.holds_saved));
    let first = match found {
        Some(at) => at,
        // The log itself was copied, and the copy now has the log's name.
        None if log_holds_saved => {
            return chain(vec![(log, PartStart::at(saved))], notes, mode, raw);
        }
        // The log was empty, with nothing beside it that could be read. What can be read now was
        // written since.
        None if !saved.has_proof() => beside
            .iter()
            .rposition(|file| file.opened.is_none() && file.what != BesideKind::Twin)
            .map_or(0, |at| at + 1),
        None => {
            notes.push(Note::LogGone {
                searched_to: saved.offset,
                unsearched: saved.identity.length.saturating_sub(saved.offset),
            });
            // What was written since is still searched.
            let since = saved.saved_wall_ns.saturating_sub(CLOCK_SLACK_NS);
            let is_newer = |generation: &Generation| generation.modified_ns >= since;
            beside
                .iter()
                .rposition(|file| !is_newer(&file.generation))
                .map_or(0, |at| at + 1)
        }
    };
    notes.extend(passed_over(&beside, first, found.is_some()));
    let mut logs: Vec<(Opened, PartStart)> = beside
        .drain(first..)
        .filter_map(|file| Some((file.opened?, PartStart::default())))
        .collect();
    if found.is_some() {
        logs[0].1 = PartStart::at(saved);
    }
    logs.push((log, PartStart::default()));
    chain(logs, notes, mode, raw)
}

/// Returns notes on the files beside the log that are not searched: files that are not decoded, and
/// files whose numbers are missing.
fn passed_over(beside: &[Beside], first: usize, is_found: bool) -> Vec<Note> {
    let name = |generation: &Generation| generation.path.display().to_string();
    let mut notes = Vec::new();
    let undecoded: Vec<&Generation> = beside
        .iter()
        .filter(|file| file.what == BesideKind::NoText)
        .map(|file| &file.generation)
        .collect();
    if let Some(newest) = undecoded.last() {
        notes.push(Note::NotDecoded {
            files: to_u64(undecoded.len()),
            newest: name(newest),
        });
    }
    let newer = &beside[first..];
    for file in newer {
        if file.opened.is_none() && file.what != BesideKind::Twin {
            notes.push(Note::NotSearched {
                name: name(&file.generation),
            });
        }
    }
    let mut last: Option<u64> = None;
    for Beside { generation, .. } in newer.iter().filter(|_| is_found) {
        let Age::Number(number) = generation.age else {
            break;
        };
        if let Some(last) = last
            && last > number + 1
        {
            notes.push(Note::NotSearched {
                name: format!("what lies between it and {}", name(generation)),
            });
        }
        last = Some(number);
    }
    notes
}

/// Returns the parts of a search through `logs`, one after another. A writer goes on in the old log
/// until it opens the new one. So the last log that is not empty is the one that may still grow.
///
/// An empty log is no part, unless there is no other. A checkpoint in it could not be recognised,
/// and a search that went on from there would search everything again.
fn chain(
    mut logs: Vec<(Opened, PartStart)>,
    notes: Vec<Note>,
    mode: ReadMode,
    raw: bool,
) -> Result<Resumed, Error> {
    if logs.iter().any(|(log, _)| log.info.length() > 0) {
        logs.retain(|(log, _)| log.info.length() > 0);
    } else {
        logs.drain(..logs.len().saturating_sub(1));
    }
    let last = logs.len() - 1;
    let mut parts = Vec::new();
    for (nth, (log, start)) in logs.into_iter().enumerate() {
        let lines = match nth == last {
            true => LinesBefore::Complete,
            false => LinesBefore::AllAndClosed,
        };
        parts.push(log.part(start, lines, mode, raw)?);
    }
    Ok(Resumed { parts, notes })
}

/// Returns where the last complete line between `from` and `to` ends, or `from` if none does.
fn complete_to(file: &File, from: u64, to: u64) -> io::Result<u64> {
    let mut buffer = Vec::new();
    let mut end = to;
    while end > from {
        let start = end.saturating_sub(WINDOW_BYTES).max(from);
        buffer.resize(to_usize(end - start), 0);
        let read = sys::read_at(file, &mut buffer, start)?;
        if let Some(newline) = memrchr(b'\n', &buffer[..read]) {
            return Ok(start + to_u64(newline) + 1);
        }
        end = start;
    }
    Ok(from)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn names_that_a_rotation_has_moved_are_noticed_and_opened_again() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let log = at("log");
        for name in ["log", "log.1", "log.2.gz"] {
            std::fs::write(at(name), name).unwrap();
        }
        let changes: [&dyn Fn(); 4] = [
            &|| std::fs::rename(at("log.1"), at("log.3")).unwrap(),
            &|| std::fs::rename(at("log.3"), at("log.1")).unwrap(),
            &|| std::fs::write(at("log.4"), "copy").unwrap(),
            &|| {
                std::fs::rename(&log, at("log.5")).unwrap();
                std::fs::write(&log, "new").unwrap();
            },
        ];
        for (nth, change) in changes.iter().enumerate() {
            let opened = Rotated::open(&log, false, &Saved::default()).unwrap();
            change();
            assert!(!opened.is_still(&log).unwrap(), "change {nth}");
        }
        let opened = Rotated::open(&log, false, &Saved::default()).unwrap();
        assert_eq!((opened.beside.len(), &opened.notes[..]), (4, &[][..]));
        // A file that has more in it was not rotated.
        std::fs::write(&log, "new and more").unwrap();
        assert!(opened.is_still(&log).unwrap());
        // A file that has less in it was.
        std::fs::write(&log, "ne").unwrap();
        assert!(!opened.is_still(&log).unwrap());
    }

    #[test]
    fn half_a_copy_of_a_log_that_was_truncated_meanwhile_is_no_older_log() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let copy = folder.path().join("log.1");
        let old = "old line\n".repeat(1000);
        for (name, then) in [("grown", format!("{old}more\n")), ("cut", "new\n".into())] {
            std::fs::write(&path, &old).unwrap();
            std::fs::write(&copy, &old[..5000]).unwrap();
            let mut rotated = Rotated {
                log: Opened::log(&path, false).unwrap(),
                log_holds_saved: false,
                beside: open_generations(&path, false).unwrap(),
                notes: Vec::new(),
            };
            std::fs::write(&path, then).unwrap();
            rotated.compare(&Saved::default());
            let is_copy = rotated.beside[0].is_log;
            assert_eq!(is_copy, name == "grown", "{name}");
            // The copy is taken for an older log only if the log is still what it was.
            assert_eq!(rotated.is_still(&path).unwrap(), is_copy, "{name}");
        }
    }

    #[test]
    fn a_log_that_is_truncated_while_it_is_opened_is_opened_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let old = "old line\n".repeat(1000);
        let cases: [(&str, &str, bool); 5] = [
            ("grown", &format!("{old}more\n"), true),
            ("emptied", "", false),
            ("shorter, with another start", "new line\n", false),
            ("shorter, with the same start", &old[..9 * 900], false),
            (
                "longer, with another start",
                &"new line\n".repeat(2000),
                false,
            ),
        ];
        for (name, then, want) in cases {
            std::fs::write(&path, &old).unwrap();
            let opened = Opened::once(&path, false).unwrap();
            assert!(opened.is_as_opened().unwrap(), "{name}");
            std::fs::write(&path, then).unwrap();
            assert_eq!(opened.is_as_opened().unwrap(), want, "{name}");
        }

        // The bytes by which a log is recognised are read after its length was asked. Both must be
        // of one log.
        std::fs::write(&path, &old).unwrap();
        let mut opened = Opened::once(&path, false).unwrap();
        std::fs::write(&path, "new line\n").unwrap();
        opened.identity = Identity::of(&opened.content, &opened.info).unwrap();
        assert!(!opened.is_as_opened().unwrap());
    }

    #[test]
    fn the_last_complete_line_is_found_from_the_end() {
        let long = "x".repeat(to_usize(WINDOW_BYTES) + 10);
        for (log, from, want) in [
            ("", 0, 0),
            ("half", 0, 0),
            ("a\n", 0, 2),
            ("a\nhalf", 0, 2),
            ("a\nhalf", 2, 2),
            ("a\n\n", 0, 3),
            (&format!("a\n{long}"), 0, 2),
            (&format!("{long}\n{long}"), 0, to_u64(long.len()) + 1),
            (&format!("a\nb\n{long}"), 2, 4),
        ] {
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(log.as_bytes()).unwrap();
            let got = complete_to(&file, from, to_u64(log.len())).unwrap();
            assert_eq!(got, want, "{} bytes from {from}", log.len());
        }
    }
}
