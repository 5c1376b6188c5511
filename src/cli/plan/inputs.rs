//! The plan of what is read, and how. It is the same for every command that reads logs.

use std::path::{Path, PathBuf};

use clap::Command;
use logscan::{
    Decoding, Name, ReadMode, TextTransform,
    folder::{Links, Wanted, is_folder},
    scan,
};

use crate::cli::{
    args::{FolderArgs, InputArgs, MessageArgs, PathArgs, TextArgs, TransformArgs, WhenArg},
    progress::Show,
    surroundings::Surroundings,
};

/// The inputs of a command, how they are read, and which messages there are about them.
#[derive(Clone, Debug)]
pub(crate) struct InputPlan {
    /// What to read, in this order; `-` is the standard input.
    pub(crate) files: Vec<PathBuf>,
    /// The files of folders that are read.
    pub(crate) wanted: Wanted,
    /// Whether files of folders are read though they are no logs.
    pub(crate) any_file: bool,
    /// The path by which regular files are read.
    pub(crate) read_mode: ReadMode,
    /// What is read of inputs that are no plain text.
    pub(crate) decoding: Decoding,
    /// How many threads there are. 0 stands for one per core.
    pub(crate) threads: usize,
    /// What is done with figures.
    pub(crate) figures: Figures,
    /// Whether a progress bar is wanted.
    pub(crate) progress: Show,
    /// Whether files that cannot be read are named.
    pub(crate) unreadable: Unreadable,
    /// Whether there are notes on what was left out, and on the order of inputs.
    pub(crate) notes: OrdinaryNotes,
    /// What is said of the lines of a log without times, if times matter.
    pub(crate) without_times: WithoutTimes,
    /// Where the standard input is left.
    pub(crate) stdin_end: StdinEnd,
    /// The flags of the command, if notes may advise other flags.
    pub(crate) table: Option<fn() -> Command>,
}

/// What is done with the figures of `--stats`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Figures {
    /// The figures are not wanted.
    Unwanted,
    /// The figures are printed on standard error.
    Said,
    /// The figures are part of the results.
    InResults,
}

/// What is done with messages about files that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// The messages are printed.
    Named,
    /// The messages are not printed.
    Passed,
}

/// What is done with notes about things that were done on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OrdinaryNotes {
    /// The notes are printed.
    Said,
    /// The notes are not printed.
    Passed,
}

/// What becomes of the lines of a log that has no times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WithoutTimes {
    /// Whatever times are asked for, all of them count.
    Count,
    /// Hits are printed before those that have a time.
    ComeFirst,
    /// Hits are in no bucket of time.
    InNoBucket,
    /// The results say that there are no times.
    Shown,
}

impl WithoutTimes {
    /// Returns the words of a note on this many files.
    pub(crate) fn so(self, files: u64) -> &'static str {
        match (self, files) {
            (WithoutTimes::Count, 1) => "all of its lines count",
            (WithoutTimes::Count, _) => "all of their lines count",
            (WithoutTimes::ComeFirst, 1) => "all of its hits come first",
            (WithoutTimes::ComeFirst, _) => "all of their hits come first",
            (WithoutTimes::InNoBucket, 1) => "its hits are in no bucket",
            (WithoutTimes::InNoBucket, _) => "their hits are in no bucket",
            (WithoutTimes::Shown, _) => "nothing is said of times",
        }
    }
}

/// Where the standard input is left for the next program that reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StdinEnd {
    /// Behind the last hit.
    BehindHit,
    /// At its end.
    End,
}

/// The flags of which an [`InputPlan`] is made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct InputFlags<'a> {
    pub(crate) folders: &'a FolderArgs,
    pub(crate) transform: TextTransform,
    pub(crate) input: &'a InputArgs,
    pub(crate) messages: &'a MessageArgs,
}

impl InputPlan {
    /// Returns the plan for `files` by `flags`.
    pub(crate) fn new(
        files: Vec<PathBuf>,
        flags: &InputFlags<'_>,
        surroundings: &Surroundings,
    ) -> InputPlan {
        let InputFlags {
            folders,
            transform,
            input,
            messages,
        } = flags;
        let mut wanted = wanted(folders);
        let files = match input.no_decompress {
            true => files,
            false => archives_of(files, &mut wanted.members),
        };
        InputPlan {
            wanted,
            any_file: input.text,
            decoding: decoding(input).transformed(*transform),
            ..InputPlan::of_path(files, &input.path, messages, surroundings)
        }
    }

    /// Returns the plan for the flags that every command has. All files are read, as what they are.
    pub(crate) fn of_path(
        files: Vec<PathBuf>,
        path: &PathArgs,
        messages: &MessageArgs,
        surroundings: &Surroundings,
    ) -> InputPlan {
        let (unreadable, notes) = match messages.no_messages {
            true => (Unreadable::Passed, OrdinaryNotes::Passed),
            false => (Unreadable::Named, OrdinaryNotes::Said),
        };
        InputPlan {
            files,
            wanted: Wanted::default(),
            any_file: false,
            read_mode: read_mode(path),
            decoding: Decoding::default(),
            threads: path.threads,
            figures: match messages.stats {
                true => Figures::Said,
                false => Figures::Unwanted,
            },
            progress: show_progress(messages.progress.unwrap_or_default(), surroundings),
            unreadable,
            notes,
            without_times: WithoutTimes::Count,
            stdin_end: StdinEnd::End,
            table: None,
        }
    }

    /// Returns the first input that is a folder.
    pub(crate) fn folder(&self) -> Option<&Path> {
        let folder = self.files.iter().find(|file| is_folder(file));
        folder.map(PathBuf::as_path)
    }

    /// Returns whether `path` is an archive whose members are read.
    pub(crate) fn opens(&self, path: &Path) -> bool {
        self.decoding != Decoding::Bytes && scan::is_archive(path)
    }
}

/// Returns the files that were named, or the standard input if there are none.
pub(crate) fn files_or_stdin(files: &[PathBuf]) -> Vec<PathBuf> {
    match files {
        [] => vec![PathBuf::from("-")],
        files => files.to_vec(),
    }
}

fn wanted(args: &FolderArgs) -> Wanted {
    Wanted {
        links: match args.dereference_recursive {
            true => Links::Followed,
            false => Links::LeftOut,
        },
        depth_max: args.max_depth,
        include: args.include.clone(),
        exclude: args.exclude.clone(),
        exclude_folders: args.exclude_dir.clone(),
        rules: args.glob.clone(),
        members: Vec::new(),
    }
}

/// Returns what was named, with the archive in place of each `ARCHIVE!MEMBER`, once, and adds that to
/// `members`. Names of files and of members may have a `!` too: the archive is the longest one before
/// a `!`. An archive that is named itself is wanted as a whole.
fn archives_of(named: Vec<PathBuf>, members: &mut Vec<String>) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = Vec::new();
    let mut archives: Vec<PathBuf> = Vec::new();
    for path in &named {
        let Some(archive) = archive_of(path) else {
            files.push(path.clone());
            continue;
        };
        if named.contains(&archive) {
            continue;
        }
        members.push(Name(path).to_string());
        if !archives.contains(&archive) {
            files.push(archive.clone());
            archives.push(archive);
        }
    }
    files
}

/// Returns the archive of which `path` names a member, if there is no such file.
pub(crate) fn archive_of(path: &Path) -> Option<PathBuf> {
    let name = path.to_str().filter(|name| name.contains('!'))?;
    if path.symlink_metadata().is_ok() {
        return None;
    }
    let mut ends = name.rmatch_indices('!').map(|(at, _)| &name[..at]);
    ends.find(|archive| scan::has_members(Path::new(archive)))
        .map(PathBuf::from)
}

/// Returns what is searched of inputs that are no plain text.
fn decoding(args: &InputArgs) -> Decoding {
    match (args.no_decompress, args.max_window) {
        (true, _) => Decoding::Bytes,
        (false, Some(window_bytes_max)) => Decoding::Text {
            window_bytes_max,
            transform: TextTransform::default(),
        },
        (false, None) => Decoding::default(),
    }
}

impl TransformArgs {
    /// Returns the changes that are made to the text.
    pub(crate) fn transform(&self) -> TextTransform {
        TextTransform {
            strips_ansi: self.strip_ansi,
            ..self.text.transform()
        }
    }
}

impl TextArgs {
    /// Returns the changes that are made to the text.
    pub(crate) fn transform(&self) -> TextTransform {
        TextTransform {
            encoding: self.encoding.unwrap_or_default(),
            strips_ansi: false,
            cr_lines: self.cr_lines,
        }
    }
}

/// Returns the path that was asked for.
fn read_mode(args: &PathArgs) -> ReadMode {
    match (args.mmap, args.no_mmap) {
        (true, _) => ReadMode::Map,
        (false, true) => ReadMode::Read,
        (false, false) => ReadMode::Auto,
    }
}

/// Returns whether a bar is shown. A bar among results on the same terminal would make both
/// unreadable. The reader of a pipe may be a pager, or grep, on that terminal. So a bar is shown if
/// results go to a file, or nowhere.
pub(crate) fn show_progress(when: WhenArg, surroundings: &Surroundings) -> Show {
    let is_shared = surroundings.stdout_is_terminal || surroundings.stdout_is_pipe;
    match when {
        WhenArg::Always => Show::AtOnce,
        WhenArg::Auto if surroundings.stderr_is_terminal && !is_shared => Show::IfSlow,
        WhenArg::Auto | WhenArg::Never => Show::Never,
    }
}
