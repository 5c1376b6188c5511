//! Lists the inputs of a search: the files that were named, and the files below each folder that
//! was named. Also makes the notes at the end on what was left out there.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use logscan::{
    Error, Name, NoLog,
    folder::{CountedPaths, Files, LeftOut, Wanted, is_folder},
    scan::SetInput,
};

use super::plan::WithoutTimes;

/// The inputs, in order. Folders are read when their turn comes.
#[derive(Debug)]
pub(crate) struct FolderListing<'a> {
    named: std::slice::Iter<'a, PathBuf>,
    wanted: &'a Wanted,
    folder: Option<Files>,
    left_out: LeftOut,
}

impl<'a> FolderListing<'a> {
    /// Creates the listing of the files and folders that were named.
    pub(crate) fn new(named: &'a [PathBuf], wanted: &'a Wanted) -> FolderListing<'a> {
        FolderListing {
            named: named.iter(),
            wanted,
            folder: None,
            left_out: LeftOut::default(),
        }
    }

    /// Returns what was left out of the folders so far.
    pub(crate) fn left_out(&self) -> LeftOut {
        let mut all = self.left_out.clone();
        if let Some(files) = &self.folder {
            all.add(files.left_out());
        }
        all
    }
}

impl Iterator for FolderListing<'_> {
    type Item = Result<SetInput, Error>;

    fn next(&mut self) -> Option<Result<SetInput, Error>> {
        loop {
            if let Some(files) = &mut self.folder {
                match files.next() {
                    Some(file) => return Some(file.map(SetInput::found)),
                    None => self.left_out.add(files.left_out()),
                }
                self.folder = None;
            }
            let named = self.named.next()?;
            if !is_folder(named) {
                return Some(Ok(SetInput::named(named)));
            }
            self.folder = Some(Files::below(named, self.wanted.clone()));
        }
    }
}

/// Files that were left out because they are no logs, counted by kind.
#[derive(Debug, Default)]
pub(crate) struct NoLogs(BTreeMap<NoLog, u64>);

impl NoLogs {
    /// Counts so many more files.
    pub(crate) fn add(&mut self, kind: NoLog, files: u64) {
        *self.0.entry(kind).or_default() += files;
    }

    /// Returns a note on these files, if there are any.
    fn note(&self) -> Option<String> {
        let kinds: Vec<String> = self
            .0
            .iter()
            .map(|(kind, &files)| kind.count(files))
            .collect();
        let (last, before) = kinds.split_last()?;
        let list = match before {
            [] => last.clone(),
            before => format!("{} and {last}", before.join(", ")),
        };
        Some(format!(
            "left out what is no log: {list}; --text searches {}",
            match self.0.values().sum() {
                1 => "it",
                _ => "them",
            }
        ))
    }
}

/// Returns the notes at the end on what was left out.
pub(crate) fn notes(no_logs: &NoLogs, left_out: &LeftOut) -> Vec<String> {
    let LeftOut {
        links,
        special,
        made_up,
        loops,
    } = left_out;
    let note = |counted: &CountedPaths, one: &str, many: &str| {
        let first = Name(counted.first.as_deref()?).to_string();
        Some(match counted.count {
            1 => format!("{first}: {one}"),
            count => format!("{first} and {} more: {many}", count - 1),
        })
    };
    [
        no_logs.note(),
        note(
            links,
            "left out, as it is a symbolic link; -R follows it",
            "left out, as they are symbolic links; -R follows them",
        ),
        note(
            special,
            "left out, as it is a pipe, a socket or a device",
            "left out, as they are pipes, sockets or devices",
        ),
        note(
            made_up,
            "not entered, as the kernel makes up its files",
            "not entered, as the kernel makes up their files",
        ),
        note(
            loops,
            "not entered, as it leads back to a folder above it",
            "not entered, as they lead back to folders above them",
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Returns a note on files without times, if times were asked for.
pub(crate) fn without_times(counted: &CountedPaths, lines: WithoutTimes) -> Option<String> {
    let first = Name(counted.first.as_deref()?).to_string();
    Some(match counted.count {
        1 => format!("{first}: {}", no_times(lines)),
        count => format!(
            "{first} and {} more: no line in the first 200 has a time, so {}",
            count - 1,
            lines.so(count)
        ),
    })
}

/// Returns a note on files in which no records are seen, if records were asked for.
pub(crate) fn without_records(counted: &CountedPaths) -> Option<String> {
    let first = Name(counted.first.as_deref()?).to_string();
    Some(match counted.count {
        1 => format!("{first}: {}", logscan::Note::NoRecords),
        count => format!(
            "{first} and {} more: {}",
            count - 1,
            logscan::Note::NoRecords
        ),
    })
}

/// Returns the note on one file without times.
pub(crate) fn no_times(lines: WithoutTimes) -> String {
    format!(
        "no line in its first 200 has a time, so {}; --time-format says how times are written",
        lines.so(1)
    )
}

/// Returns the message that a flag is for files only, and that a folder was named.
pub(crate) fn refused(flag: &str, folder: &Path) -> String {
    format!(
        "{flag} is for files, and {} is a folder; name the log in it",
        Name(folder)
    )
}
