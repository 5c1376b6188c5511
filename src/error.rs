//! What can go wrong. Each error tells a person what to do: what failed, on which path, at which
//! offset, and why.
//!
//! A damaged *input* (a line that is too long, a file that shrank) is not an `Error` but a
//! [`Note`]: the scan goes on.

mod damage;
mod note;

use std::{
    fmt, io,
    path::{MAIN_SEPARATOR, Path, PathBuf},
};

pub use self::{
    damage::{Damage, DamageKind},
    note::{Note, NotedUnit},
};

/// An error that ends a scan early or keeps it from starting.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The input could not be opened, or the system did not tell its kind and length.
    Open {
        /// The input's name as the user gave it.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The input is a directory.
    Directory {
        /// The directory.
        path: PathBuf,
    },
    /// The input is not plain text, as its first bytes show: it is compressed, an archive, or in an
    /// encoding that is not searched. Nothing of it has been searched. With
    /// [`Source::raw`](crate::Source::raw) its bytes are searched all the same.
    NotText {
        /// The input's name as the user gave it.
        path: PathBuf,
        /// What the input is, as in "it is gzip data"; [`Source::format`](crate::Source::format)
        /// tells it to programs.
        what: String,
        /// What to do about it.
        advice: String,
    },
    /// A range of bytes was asked for, but the text of the input is decoded. A place in the file is
    /// then no place in the text.
    RangeOfText {
        /// The input's name as the user gave it.
        path: PathBuf,
    },
    /// Bytes in the middle of the input could not be read.
    Read {
        /// The input's name as the user gave it.
        path: PathBuf,
        /// The first byte that could not be read.
        offset: u64,
        /// What the system said.
        source: io::Error,
    },
    /// Compressed data could not be decoded to its end. All text before that has been searched.
    Decode {
        /// The input's name as the user gave it.
        path: PathBuf,
        /// What is wrong, and how much of the text can be relied on.
        damage: Damage,
    },
    /// The input was not searched to its end, or not in the way that was asked for. What was found
    /// before has been delivered. Only [`search`](crate::search()) and
    /// [`Summary::into_result`](crate::Summary::into_result) return this.
    Incomplete {
        /// The input's name as the user gave it.
        path: PathBuf,
        /// What went wrong without ending the scan: notes that [are trouble](Note::is_trouble).
        notes: Vec<Note>,
        /// What ended the scan early, if anything did.
        source: Option<Box<Error>>,
    },
    /// The names of the files say that these are not the files of one rotated log.
    SeveralLogs {
        /// One of the files.
        path: PathBuf,
        /// Another file, which belongs to another log.
        other: PathBuf,
    },
    /// The results could not be written.
    Write {
        /// What the system said. If a pipe was closed, the kind is [`io::ErrorKind::BrokenPipe`].
        source: io::Error,
    },
    /// Hits that did not fit the memory could not be kept in a file.
    Temporary {
        /// The folder of the file.
        folder: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A pattern is not a regular expression that logscan can search for.
    Pattern {
        /// The pattern as the user gave it.
        pattern: String,
        /// Why, and what to do about it.
        reason: String,
    },
    /// Lines cannot be told by the times that were asked for.
    Times {
        /// The input's name as the user gave it; none if it is so for every input.
        path: Option<PathBuf>,
        /// Why, and what to do about it.
        reason: String,
    },
    /// Two ways to search cannot be compared, or the measured values cannot be trusted.
    Refused {
        /// The input's name as the user gave it.
        path: PathBuf,
        /// Why, and what to do about it.
        reason: String,
    },
    /// A board cannot be used.
    Board {
        /// The board's name as the user gave it.
        path: PathBuf,
        /// Why, and what to do about it.
        reason: String,
    },
    /// The rules for triage have a mistake.
    Rules {
        /// Where the mistake is, and why it is one.
        reason: String,
    },
    /// A comparison needs a fixed number of threads, and the system did not start them. A search
    /// goes on with fewer threads instead: see [`Workers::shortage`](crate::Workers::shortage).
    Threads {
        /// How many threads were asked for.
        threads: usize,
        /// What the system said.
        reason: String,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Open { path, source } => {
                write!(f, "cannot open {}: {}", Name(path), Reason(source))
            }
            Error::Directory { path } => write!(
                f,
                "cannot search {}: Is a directory; name the files in it",
                Name(path)
            ),
            Error::NotText { path, what, advice } => {
                write!(
                    f,
                    "cannot read {} as plain text: it is {what}; {advice}",
                    Name(path)
                )
            }
            Error::SeveralLogs { path, other } => write!(
                f,
                "{} and {} are not files of one rotated log, by their names",
                Name(path),
                Name(other)
            ),
            Error::Read {
                path,
                offset,
                source,
            } => {
                write!(
                    f,
                    "cannot read {} at byte {offset}: {}",
                    Name(path),
                    Reason(source)
                )
            }
            Error::RangeOfText { path } => write!(
                f,
                "cannot search a range of bytes of {}: its text is decoded, so no byte of the file has a \
                 place in it; search all of it, or decompress it first",
                Name(path)
            ),
            Error::Decode { path, damage } => write!(f, "{}: {damage}", Name(path)),
            Error::Incomplete {
                path,
                notes,
                source,
            } => write_incomplete(f, path, notes, source.as_deref()),
            Error::Write { source } => write!(f, "cannot write the results: {}", Reason(source)),
            Error::Temporary { folder, source } => write!(
                f,
                "cannot keep in {} what does not fit the memory: {}; TMPDIR names another folder, or choose fewer lines, \
                 as with --since and --until",
                Name(folder),
                Reason(source)
            ),
            Error::Pattern { pattern, reason } => {
                write!(f, "cannot search for '{pattern}': {reason}")
            }
            Error::Times { path: None, reason } => f.write_str(reason),
            Error::Times {
                path: Some(path),
                reason,
            } => write!(f, "cannot search {} by time: {reason}", Name(path)),
            Error::Refused { path, reason } => {
                write!(f, "cannot compare on {}: {reason}", Name(path))
            }
            Error::Board { path, reason } => {
                write!(f, "cannot use the board {}: {reason}", Name(path))
            }
            Error::Rules { reason } => write!(f, "cannot use the rules: {reason}"),
            Error::Threads { threads, reason } => {
                write!(
                    f,
                    "cannot start {threads} threads: {reason}; ask for fewer with --threads"
                )
            }
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Open { source, .. }
            | Error::Read { source, .. }
            | Error::Temporary { source, .. }
            | Error::Write { source } => Some(source),
            Error::Incomplete { source, .. } => source.as_deref().map(|error| error as _),
            Error::Decode { damage, .. } => Some(damage),
            Error::Directory { .. }
            | Error::NotText { .. }
            | Error::RangeOfText { .. }
            | Error::SeveralLogs { .. }
            | Error::Pattern { .. }
            | Error::Times { .. }
            | Error::Refused { .. }
            | Error::Board { .. }
            | Error::Rules { .. }
            | Error::Threads { .. } => None,
        }
    }
}

/// Writes the notes of one input and the error that ended its scan: `a.log: shrank from 9 to 3
/// bytes ...; cannot read a.log at byte 2: ...`.
fn write_incomplete(
    f: &mut fmt::Formatter<'_>,
    path: &Path,
    notes: &[Note],
    error: Option<&Error>,
) -> fmt::Result {
    for (nth, note) in notes.iter().enumerate() {
        match nth {
            0 => write!(f, "{}: {note}", Name(path))?,
            _ => write!(f, "; {note}")?,
        }
    }
    match (error, notes) {
        (Some(error), []) => write!(f, "{error}"),
        (Some(error), _) => write!(f, "; {error}"),
        (None, _) => Ok(()),
    }
}

/// Shows an input's name as grep would: `-` is the standard input.
#[derive(Clone, Copy, Debug)]
pub struct Name<'a>(pub &'a Path);

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 == "-" {
            true => f.write_str("(standard input)"),
            false => self.0.display().fmt(f),
        }
    }
}

/// Returns a name as a shell takes it.
pub(crate) fn for_shell(name: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./=:,+%@".contains(c);
    if !name.is_empty() && name.chars().all(is_plain) {
        return name.into();
    }
    // On Windows none of these characters means anything between quotes.
    if MAIN_SEPARATOR == '\\' {
        return format!("\"{name}\"");
    }
    // Between double quotes an interactive shell looks for `!` in its history.
    if name.contains('!') {
        return format!("'{}'", name.replace('\'', r"'\''"));
    }
    let escaped: String = name
        .chars()
        .flat_map(|c| "\\\"$`".contains(c).then_some('\\').into_iter().chain([c]))
        .collect();
    format!("\"{escaped}\"")
}

/// Shows an I/O error as grep would: the system's words, without the `(os error 2)` that Rust adds.
#[derive(Debug)]
pub struct Reason<'a>(pub &'a io::Error);

impl fmt::Display for Reason<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.to_string();
        match text.rfind(" (os error ") {
            Some(at) => f.write_str(&text[..at]),
            None => f.write_str(&text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_names_the_file_the_operation_and_the_reason() {
        // The text of an I/O error is that of the system.
        let source = io::Error::from_raw_os_error(2);
        let words = source.to_string().replace(" (os error 2)", "");
        let error = Error::Open {
            path: "app.log".into(),
            source,
        };
        assert_eq!(error.to_string(), format!("cannot open app.log: {words}"));
    }
}
