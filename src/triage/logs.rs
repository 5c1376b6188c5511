//! The logs of a build: files, a directory of them, or the zip that GitHub offers for download.
//!
//! A triage looks at places of a log a second time, so what can be read only once, and what is compressed, is read into
//! memory before, up to a limit.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use crate::{
    error::Error,
    input::{Format, ReadMode, Source},
    line::to_u64,
};

/// How much of inputs that can be read only once, or that are compressed, is kept in memory, for all together.
pub const MEMORY_BYTES_MAX: u64 = 256 << 20;

/// How many files a directory or a zip may hold.
pub const FILES_MAX: usize = 10_000;

/// How deep directories are searched: GitHub's zip has one level for the jobs.
const DEPTH_MAX: usize = 4;

/// One log of a build.
#[derive(Debug)]
pub struct Log {
    /// Where it comes from. It is no stream.
    pub(crate) source: Source,
    /// The step or job that wrote it, if the build has several logs.
    pub(crate) step: Option<String>,
}

/// Logs that have been opened, and what has been left out.
#[derive(Debug, Default)]
pub struct Logs {
    /// Those of one build, in order.
    pub logs: Vec<Log>,
    /// Inputs that could not be read, or not whole.
    pub errors: Vec<Error>,
    /// How much is in memory.
    memory_bytes: u64,
    /// Whether bytes are taken as they are.
    raw: bool,
}

impl Logs {
    /// None yet.
    pub fn new() -> Logs {
        Logs::default()
    }

    /// The same, which takes what is no plain text for text: see [`Source::raw`]. A zip is opened nevertheless.
    #[must_use]
    pub fn raw(self) -> Logs {
        Logs { raw: true, ..self }
    }

    /// Opens a file, a zip, the files of a directory, or with `-` the standard input.
    ///
    /// What cannot be read is in [`Logs::errors`]; the rest is there all the same.
    pub fn open(&mut self, path: &Path, mode: ReadMode) {
        let opened = match path == Path::new("-") {
            true => Source::stdin(mode).and_then(|source| self.add(source, None)),
            false if path.is_dir() => self.open_directory(path, mode),
            false if is_zip(path) => self.open_zip(path),
            false => Source::open(path, mode).and_then(|source| self.add(source, None)),
        };
        self.errors.extend(opened.err());
    }

    /// Adds a log; a stream is read to its end.
    ///
    /// # Errors
    /// [`Error::Read`] if a stream cannot be read, or has more than [`MEMORY_BYTES_MAX`] bytes. [`Error::NotText`] if it is no
    /// plain text, or a page that a server sent in place of a log.
    pub fn add(&mut self, source: Source, step: Option<String>) -> Result<(), Error> {
        let path = source.path().to_owned();
        let source = match source.rereadable() {
            Ok(source) => source,
            Err(reader) => Source::from_bytes(&path, self.keep(&path, reader)?),
        };
        let source = match self.raw {
            true => source.raw(),
            false => source,
        };
        if let Some(format) = what_no_log_is(&source, self.raw) {
            return Err(format.error(&path));
        }
        self.logs.push(Log { source, step });
        Ok(())
    }

    /// Reads to the end, if there is room for it.
    fn keep(&mut self, path: &Path, reader: impl Read) -> Result<Vec<u8>, Error> {
        let room = MEMORY_BYTES_MAX - self.memory_bytes;
        let mut bytes = Vec::new();
        reader
            .take(room + 1)
            .read_to_end(&mut bytes)
            .map_err(|source| Error::Read {
                path: path.into(),
                offset: to_u64(bytes.len()),
                source,
            })?;
        if to_u64(bytes.len()) > room {
            return Err(Error::Read {
                path: path.into(),
                offset: room,
                source: io::Error::other(format!(
                    "streams and zips are kept in memory, and all together have more than {} MiB; \
                     save or unpack it and name the file",
                    MEMORY_BYTES_MAX >> 20
                )),
            });
        }
        self.memory_bytes += to_u64(bytes.len());
        Ok(bytes)
    }

    fn open_directory(&mut self, folder: &Path, mode: ReadMode) -> Result<(), Error> {
        let mut files = Vec::new();
        files_in(folder, Path::new(""), DEPTH_MAX, &mut files).map_err(|source| Error::Open {
            path: folder.into(),
            source,
        })?;
        let names: Vec<String> = files
            .iter()
            .map(|file| file.to_string_lossy().replace('\\', "/"))
            .collect();
        for nth in steps(&names) {
            let opened = Source::open(&folder.join(&files[nth]), mode)
                .and_then(|source| self.add(source, Some(step_name(&names[nth]))));
            self.errors.extend(opened.err());
        }
        Ok(())
    }

    fn open_zip(&mut self, path: &Path) -> Result<(), Error> {
        let open = |source| Error::Open {
            path: path.into(),
            source,
        };
        let file = File::open(path).map_err(open)?;
        let mut archive = zip::ZipArchive::new(file).map_err(|error| open(error.into()))?;
        if archive.len() > FILES_MAX {
            return Err(open(too_many_files()));
        }
        let mut names = Vec::new();
        for at in 0..archive.len() {
            let entry = archive
                .by_index_raw(at)
                .map_err(|error| open(error.into()))?;
            names.push(match entry.is_file() {
                true => entry.name().replace('\\', "/"),
                false => String::new(),
            });
        }
        for nth in steps(&names) {
            let inner = path.join(&names[nth]);
            let bytes = match archive.by_index(nth) {
                Ok(entry) => self.keep(&inner, entry),
                Err(error) => Err(Error::Open {
                    path: inner.clone(),
                    source: error.into(),
                }),
            };
            let added = bytes.and_then(|bytes| {
                let source = Source::from_bytes(&inner, bytes);
                self.add(source, Some(step_name(&names[nth])))
            });
            self.errors.extend(added.err().map(inside_a_zip));
        }
        Ok(())
    }
}

/// What a log of a build is that is none.
fn what_no_log_is(source: &Source, raw: bool) -> Option<Format> {
    let is_page = || source.head().is_ok_and(|head| Format::is_web_page(&head));
    match source.format() {
        None if !raw && is_page() => Some(Format::WebPage),
        format => format,
    }
}

/// An entry of a zip is no file that another program could open.
fn inside_a_zip(error: Error) -> Error {
    match error {
        Error::NotText { path, what, .. } => Error::NotText {
            path,
            what,
            advice: "unpack the zip, make text of it, and name the folder".into(),
        },
        error => error,
    }
}

fn too_many_files() -> io::Error {
    io::Error::other(format!("it holds more than {FILES_MAX} files"))
}

/// Whether a file begins as zips do.
fn is_zip(path: &Path) -> bool {
    let mut head = [0; 4];
    // Opening a FIFO to look into it would take away what it holds.
    path.is_file()
        && File::open(path)
            .and_then(|mut file| file.read_exact(&mut head))
            .is_ok_and(|()| matches!(&head, b"PK\x03\x04" | b"PK\x05\x06"))
}

/// The files below a directory, relative to it; not the hidden ones.
fn files_in(root: &Path, folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in std::fs::read_dir(root.join(folder))? {
        let entry = entry?;
        let name = entry.file_name();
        if name.as_encoded_bytes().starts_with(b".") {
            continue;
        }
        let path = folder.join(&name);
        // Links to directories are not followed: they may lead back.
        let kind = entry.file_type()?;
        if kind.is_dir() && depth > 0 {
            files_in(root, &path, depth - 1, files)?;
        } else if kind.is_file() || kind.is_symlink() && root.join(&path).is_file() {
            if files.len() == FILES_MAX {
                return Err(too_many_files());
            }
            files.push(path);
        }
    }
    Ok(())
}

/// Which of the files in a zip or a directory are read, in the order of the build.
///
/// GitHub has a file for each job, `0_build.txt`, and one for each of its steps, `build/3_Run tests.txt`. Where there are
/// steps, the job says everything twice.
fn steps(names: &[String]) -> Vec<usize> {
    let has_steps = |job: &str| {
        names.iter().any(|name| {
            name.strip_prefix(job)
                .and_then(|rest| rest.strip_prefix('/'))
                .is_some_and(|file| file.starts_with(|c: char| c.is_ascii_digit()))
        })
    };
    let mut list: Vec<usize> = (0..names.len())
        .filter(|&nth| {
            let name = &names[nth];
            let is_job = !name.contains('/') && has_steps(&step_name(name));
            !name.is_empty() && !is_job
        })
        .collect();
    list.sort_by_key(|&nth| natural(&names[nth]));
    list
}

/// `build/3_Run tests.txt` is `build / Run tests`.
fn step_name(name: &str) -> String {
    let name = name
        .strip_suffix(".txt")
        .or_else(|| name.strip_suffix(".log"))
        .unwrap_or(name);
    let parts: Vec<&str> = name
        .split('/')
        .map(|part| match part.split_once('_') {
            Some((number, rest)) if number.bytes().all(|b| b.is_ascii_digit()) => rest,
            _ => part,
        })
        .collect();
    parts.join(" / ")
}

/// A key by which `2_x` comes before `10_x`.
fn natural(name: &str) -> Vec<(u64, String)> {
    let mut key = Vec::new();
    let mut rest = name;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, behind) = rest.split_at(digits);
        let text = behind
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(behind.len());
        let (text, behind) = behind.split_at(text);
        key.push((number.parse().unwrap_or(0), text.to_owned()));
        rest = behind;
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_come_in_their_order_and_no_job_is_read_twice() {
        let names: Vec<String> = [
            "0_build.txt",
            "1_lint.txt",
            "build/10_Post.txt",
            "build/2_Run tests.txt",
            "build/system.txt",
            "",
        ]
        .map(String::from)
        .into();
        let got: Vec<String> = steps(&names)
            .into_iter()
            .map(|nth| step_name(&names[nth]))
            .collect();
        assert_eq!(
            got,
            [
                "build / Run tests",
                "build / Post",
                "build / system",
                "lint"
            ]
        );
    }
}
