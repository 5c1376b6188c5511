//! Reads the files of one rotated log as one log, the oldest first.
//!
//! ```text
//! app.log  app.log.1  app.log.2.gz      as somebody named them, or as they lie in a folder
//!   | OneLog::of: are they one log, and which is the oldest?                rotation.rs
//! app.log.2.gz, app.log.1, app.log
//!   | OneLog::open: each is decoded as its first bytes say, when it is read  decode/texts.rs
//! Source: line numbers, offsets and context go from one to the next
//! ```

use std::{
    collections::HashSet,
    fmt,
    io::{self, Read},
    path::{Path, PathBuf},
};

use super::{
    decode::{JoinedText, Taker, TextError, TextReader, joined},
    rotation::{self, Age, Generation},
    source::{Decoding, ReadMode, Source},
};
use crate::{
    error::{Error, Name},
    record::{Moment, OrderOfNumbers, TimeBasis, TimeReader, TimeShape},
    sys::{self, FileId},
};

/// How many files one log may have. All of them are open at the same time.
const MEMBERS_MAX: usize = rotation::GENERATIONS_MAX;

/// How many bytes of a log are looked at for its first time stamp.
const STAMP_BYTES_MAX: usize = 4096;

/// How many names a message lists.
const NAMES_MAX: usize = 20;

/// The files of one log, in order.
///
/// ```no_run
/// use logscan::{Decoding, OneLog};
/// let files = ["app.log", "app.log.1", "app.log.2.gz"].map(Into::into);
/// let log = OneLog::of(files.into())?;
/// println!("{log}");
/// let (source, errors) = log.open(Decoding::default());
/// # let _ = (source, errors);
/// # Ok::<(), logscan::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OneLog {
    name: PathBuf,
    members: Vec<PathBuf>,
    left_out: Vec<PathBuf>,
    told_by: ToldBy,
}

/// What tells which file is the oldest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ToldBy {
    Nothing,
    Numbers,
    Dates,
    Stamps,
    Modified,
}

impl OneLog {
    /// Finds the order in which `paths` are one log. A file counts once, though it may be there
    /// under two names, or a second time in compressed form.
    ///
    /// # Errors
    /// [`Error::SeveralLogs`] if the names are not those of one rotated log. [`Error::Open`] if
    /// there are more than 1000 files. Errors of files that cannot be looked at come from
    /// [`OneLog::open`].
    ///
    /// # Panics
    /// If there are no paths.
    pub fn of(paths: Vec<PathBuf>) -> Result<OneLog, Error> {
        let first = paths.first().expect("one log has a file at least");
        let several = |other: &Path| Error::SeveralLogs {
            path: first.clone(),
            other: other.into(),
        };
        let log_name = rotation::log_of(&paths).map_err(|other| several(&other))?;
        if paths.len() > MEMBERS_MAX {
            return Err(Error::Open {
                path: paths[MEMBERS_MAX].clone(),
                source: io::Error::other(format!(
                    "one log has at most {MEMBERS_MAX} files, and there are {}",
                    paths.len()
                )),
            });
        }
        let name = first.with_file_name(&log_name);
        let mut left_out = Vec::new();
        let mut known = HashSet::new();
        let mut newest = Vec::new();
        let mut older = Vec::new();
        // If a file has several names, the newest name counts, and no link.
        let mut paths = paths;
        paths.sort_by_key(|path| {
            (
                path.is_symlink(),
                rotation::age_of_path(&log_name, path).is_some(),
            )
        });
        for path in paths {
            if let Ok(id) = FileId::of_path(&path)
                && !known.insert(id.numbers())
            {
                left_out.push(path);
                continue;
            }
            match rotation::age_of_path(&log_name, &path) {
                None => newest.push(path),
                Some(age) => older.push(Generation {
                    modified_ns: rotation::modified_ns(&path),
                    path,
                    age,
                }),
            }
        }
        if let [path, other, ..] = &newest[..] {
            return Err(Error::SeveralLogs {
                path: path.clone(),
                other: other.clone(),
            });
        }
        left_out.extend(take_twins(&mut older));
        if let Some((path, other)) = of_two_folders(&older) {
            return Err(Error::SeveralLogs { path, other });
        }
        let told_by = sort(&mut older);
        let members: Vec<PathBuf> = older
            .into_iter()
            .map(|generation| generation.path)
            .chain(newest)
            .collect();
        Ok(OneLog {
            told_by: match members.len() {
                0 | 1 => ToldBy::Nothing,
                _ => told_by,
            },
            name,
            members,
            left_out,
        })
    }

    /// Returns the name of the log. No file of that name need exist.
    pub fn name(&self) -> &Path {
        &self.name
    }

    /// Returns the files that are not read, because another file holds the same text.
    pub fn left_out(&self) -> &[PathBuf] {
        &self.left_out
    }

    /// Opens all files. The second value tells what is wrong with files, once the source has been
    /// read. The other files are read nevertheless.
    pub fn open(&self, decoding: Decoding) -> (Source, OneLogErrors) {
        let texts = self.members.iter().map(|path| JoinedText {
            path: path.clone(),
            // The file stays open from now on, whatever becomes of its name. Its format is looked
            // at when it is read: a decoder takes more memory than a descriptor.
            open: match sys::open(path) {
                Ok((file, info)) => {
                    let path = path.clone();
                    Box::new(move || {
                        let source = Source::from_file(&path, file, &info, 0, ReadMode::Read)?;
                        source.with(decoding).into_text()
                    })
                }
                Err(source) => {
                    let path = path.clone();
                    Box::new(move || Err(Error::Open { path, source }))
                }
            },
        });
        let (text, told) = joined(texts.collect());
        (Source::from_texts(&self.name, text), OneLogErrors(told))
    }
}

impl fmt::Display for OneLog {
    /// Writes the order of the files, and what tells it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<String> = self
            .members
            .iter()
            .take(NAMES_MAX)
            .map(|path| Name(path).to_string())
            .collect();
        let told_by = match self.told_by {
            ToldBy::Nothing => "",
            ToldBy::Numbers => ", the oldest first by their numbers",
            ToldBy::Dates => ", the oldest first by the dates in their names",
            ToldBy::Stamps => ", the oldest first by their first time stamps",
            ToldBy::Modified => ", the oldest first by when they were last written",
        };
        let files = match self.members.len() {
            1 => "1 file".into(),
            count => format!("{count} files"),
        };
        write!(f, "one log of {files}{told_by}: {}", names.join(", "))?;
        match self.members.len() - names.len() {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

/// The errors of the files of one log.
#[derive(Debug)]
pub struct OneLogErrors(Taker<TextError>);

impl OneLogErrors {
    /// Returns the errors of the files that end before byte `offset` of the log, in their order. A
    /// search that stops early has not looked at the other files. All other errors are forgotten.
    pub fn before(&self, offset: u64) -> Vec<Error> {
        std::iter::from_fn(|| self.0.take())
            .filter(|told| told.text_end < offset)
            .map(|told| told.error)
            .collect()
    }
}

/// Sorts files, the oldest first. Their names decide if these are of one kind. Otherwise their
/// first time stamps decide, if all files with any text have one. Otherwise the times decide at
/// which they were last written.
fn sort(older: &mut [Generation]) -> ToldBy {
    if rotation::sort(older) {
        return match older.first().map(|file| &file.age) {
            Some(Age::Date(_)) => ToldBy::Dates,
            _ => ToldBy::Numbers,
        };
    }
    // A file without a line has no place among the other files.
    let is_empty = |file: &Generation| std::fs::metadata(&file.path).is_ok_and(|it| it.len() == 0);
    let stamps: Option<Vec<Option<Moment>>> = older
        .iter()
        .map(|file| match is_empty(file) {
            true => Some(None),
            false => first_stamp(file).ok().flatten().map(Some),
        })
        .collect();
    let Some(stamps) = stamps.filter(|stamps| stamps.iter().any(Option::is_some)) else {
        return ToldBy::Modified;
    };
    let mut stamped: Vec<_> = stamps.into_iter().zip(older.to_vec()).collect();
    stamped.sort_by_key(|(stamp, _)| *stamp);
    for (to, (_, file)) in older.iter_mut().zip(stamped) {
        *to = file;
    }
    ToldBy::Stamps
}

/// Returns two files of the same age that lie in different folders. These are of two logs.
fn of_two_folders(older: &[Generation]) -> Option<(PathBuf, PathBuf)> {
    older.iter().enumerate().find_map(|(nth, file)| {
        let folder = |file: &Generation| rotation::place(&file.path).parent().map(PathBuf::from);
        let other = older[..nth]
            .iter()
            .find(|other| other.age == file.age && folder(other) != folder(file))?;
        Some((other.path.clone(), file.path.clone()))
    })
}

/// Returns the first time in a log, if its first lines have one.
fn first_stamp(file: &Generation) -> Result<Option<Moment>, Error> {
    let path = &file.path;
    let source = Source::open(path, ReadMode::Read)?.with(Decoding::default());
    let TextReader { reader, .. } = source.into_text()?;
    let mut head = Vec::new();
    let limit = u64::try_from(STAMP_BYTES_MAX).unwrap_or(u64::MAX);
    let read = reader.take(limit).read_to_end(&mut head);
    read.map_err(|source| Error::Open {
        path: path.into(),
        source,
    })?;
    let written_ns = i64::try_from(file.modified_ns).unwrap_or(i64::MAX);
    Ok(stamp(&head, Moment::from_ns(written_ns)))
}

/// Returns the first time in the first lines of a log. `written` is when the log was last written.
/// All times without a zone have the same zone, so they are taken for UTC. Times that have no date,
/// or a date that can be read in two ways, give no order.
fn stamp(head: &[u8], written: Moment) -> Option<Moment> {
    let mut reader = TimeReader::learn(head, TimeBasis::utc(written))?;
    let has_date = !matches!(
        reader.shape(),
        Some(TimeShape::ClockAlone | TimeShape::Uptime)
    );
    let is_clear = !matches!(reader.sample().order, OrderOfNumbers::Undecided(_));
    let mut lines = head.split(|&byte| byte == b'\n');
    lines
        .find_map(|line| reader.time_of(line))
        .filter(|_| has_date && is_clear)
}

/// Takes out the files whose text is also there in a file that is not compressed.
fn take_twins(older: &mut Vec<Generation>) -> Vec<PathBuf> {
    let mut is_twin = rotation::twins(older).into_iter();
    older
        .extract_if(.., |_| is_twin.next() == Some(true))
        .map(|file| file.path)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_time_of_a_log_is_found_if_it_has_a_date() {
        // This is 2026-11-27T10:00:01Z.
        const TEN_NS: i64 = 1_795_773_601_000_000_000;
        for (head, want) in [
            ("2026-11-27T10:00:01Z ERROR", Some(TEN_NS)),
            ("2026-11-27T11:00:01+01:00 ERROR", Some(TEN_NS)),
            ("[2026/11/27 10:00:01] x", Some(TEN_NS)),
            ("level=info ts=20261127T100001Z", Some(TEN_NS)),
            ("id 120261127100001 at 2026-11-27_10.00.01", Some(TEN_NS)),
            (
                "# comment\nNov 27 10:00:01 host\nNov 27 10:00:02 host",
                Some(TEN_NS),
            ),
            ("1795773601 x", Some(TEN_NS)),
            ("27.11.2026 10:00:01 x", Some(TEN_NS)),
            ("11/12/2026 10:00:01 x", None),
            ("10:00:01,123 x", None),
            ("[12345.678901] x", None),
            ("99991127100001", None),
            ("2026-11-27", None),
            ("", None),
        ] {
            let written = Moment::from_ns(TEN_NS + 3_600_000_000_000);
            let want = want.map(Moment::from_ns);
            assert_eq!(stamp(head.as_bytes(), written), want, "{head}");
        }
    }
}
