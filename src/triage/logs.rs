//! The logs of a build: files, a directory of them, or the zip that GitHub offers for download.
//!
//! A triage looks at places of a log a second time, so what can be read only once, and what is
//! compressed, is read into memory before, up to a limit.

use std::{
    collections::HashSet,
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use crate::{
    error::Error,
    input::{
        Format, ReadError, ReadMode, Source, ZipDirectory, inside_an_archive, name_is_repeated,
        too_many_files,
    },
    line::to_u64,
};

/// How much of inputs that can be read only once, or that are compressed, is kept in memory, for
/// all together.
pub const MEMORY_BYTES_MAX: u64 = 256 << 20;

/// How many files a directory or a zip may hold.
pub const FILES_MAX: usize = 10_000;

/// How much is unpacked, for all zips together, also of members for which there is no room in
/// memory. Members may overlap, so a small zip can hold ten thousand large ones.
const UNPACKED_BYTES_MAX: u64 = 4 * MEMORY_BYTES_MAX;

/// How often a log may be compressed once more.
const NESTED_MAX: usize = 3;

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

impl Log {
    /// Where it comes from.
    pub fn source(&self) -> &Source {
        &self.source
    }
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
    /// How much has been read into memory, also what did not stay there.
    read_bytes: u64,
    /// Whether bytes are taken as they are.
    raw: bool,
}

impl Logs {
    /// None yet.
    pub fn new() -> Logs {
        Logs::default()
    }

    /// The same, which takes what is no plain text for text: see [`Source::raw`]. A zip is opened
    /// nevertheless.
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
    /// [`Error::Read`] if a stream cannot be read, or has more than [`MEMORY_BYTES_MAX`] bytes.
    /// [`Error::NotText`] if it is no plain text, or a page that a server sent in place of a log.
    pub fn add(&mut self, source: Source, step: Option<String>) -> Result<(), Error> {
        let path = source.path().to_owned();
        let mut source = source;
        // What comes as a stream may be compressed, and that may be compressed once more.
        for _ in 0..=NESTED_MAX {
            if self.raw {
                source = source.raw();
            }
            source = match source.rereadable() {
                Ok(source) => {
                    return self.add_rereadable(source, step);
                }
                Err(reader) => Source::from_bytes(&path, self.keep(&path, reader)?),
            };
        }
        match source.format() {
            Some(format) => Err(format.error(&path)),
            None => self.add_rereadable(source, step),
        }
    }

    fn add_rereadable(&mut self, source: Source, step: Option<String>) -> Result<(), Error> {
        if let Some(format) = what_no_log_is(&source, self.raw) {
            return Err(format.error(source.path()));
        }
        self.logs.push(Log { source, step });
        Ok(())
    }

    /// Reads to the end, if there is room for it.
    fn keep(&mut self, path: &Path, reader: impl Read) -> Result<Vec<u8>, Error> {
        let room = (MEMORY_BYTES_MAX - self.memory_bytes)
            .min(UNPACKED_BYTES_MAX.saturating_sub(self.read_bytes));
        let mut bytes = Vec::new();
        let read = reader.take(room + 1).read_to_end(&mut bytes);
        self.read_bytes += to_u64(bytes.len());
        if let Err(source) = read {
            let offset = to_u64(bytes.len());
            let error = ReadError { offset, source };
            // What could be decoded is looked at.
            match error.damage() {
                Some(_) => self.errors.push(error.of(path)),
                None => return Err(error.of(path)),
            }
        }
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
        let source = Source::open(path, ReadMode::Read)?;
        let mut zip = ZipDirectory::of_source(source, FILES_MAX).map_err(open)?;
        let names: Vec<String> = zip
            .names()
            .iter()
            .map(|name| match name.ends_with('/') {
                true => String::new(),
                false => name.replace('\\', "/"),
            })
            .collect();
        // Joined as text: a name that begins with a slash would stand for a file outside of the
        // zip.
        let inside = |name: &str| {
            let mut inner = path.as_os_str().to_owned();
            inner.push("/");
            inner.push(name);
            PathBuf::from(inner)
        };
        for name in zip.repeated() {
            self.errors.push(Error::Open {
                path: inside(&String::from_utf8_lossy(name)),
                source: name_is_repeated(),
            });
        }
        for nth in steps(&names) {
            let Some((_, reader)) = zip.file(nth) else {
                continue;
            };
            let inner = inside(&names[nth]);
            let bytes = match reader {
                Ok(reader) => self.keep(&inner, reader),
                Err(source) => Err(Error::Open {
                    path: inner.clone(),
                    source,
                }),
            };
            let added = bytes.and_then(|bytes| {
                let source = Source::from_bytes(&inner, bytes);
                self.add(source, Some(step_name(&names[nth])))
            });
            self.errors.extend(added.err().map(inside_an_archive));
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
                return Err(too_many_files(FILES_MAX));
            }
            files.push(path);
        }
    }
    Ok(())
}

/// Which of the files in a zip or a directory are read, in the order of the build.
///
/// GitHub has a file for each job, `0_build.txt`, and one for each of its steps, `build/3_Run
/// tests.txt`. Where there are steps, the job says everything twice.
fn steps(names: &[String]) -> Vec<usize> {
    let job_of_step = |name: &String| {
        let (job, file) = name.split_once('/')?;
        let is_step = file.starts_with(|c: char| c.is_ascii_digit());
        is_step.then(|| job.to_owned())
    };
    let jobs: HashSet<String> = names.iter().filter_map(job_of_step).collect();
    let mut list: Vec<usize> = (0..names.len())
        .filter(|&nth| {
            let name = &names[nth];
            let is_job = !name.contains('/') && jobs.contains(&step_name(name));
            !name.is_empty() && !is_job
        })
        .collect();
    list.sort_by_cached_key(|&nth| natural(&names[nth]));
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
    use std::io::Write as _;

    use super::*;
    use crate::mutants::Mutator;

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

    /// A zip with these members, as GitHub makes them.
    fn zip_of(members: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(io::Cursor::new(Vec::new()));
        for (name, bytes) in members {
            let options = zip::write::SimpleFileOptions::default();
            writer.start_file(*name, options).unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    /// Opens these bytes as a file.
    fn opened(bytes: &[u8]) -> Logs {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        let mut logs = Logs::new();
        logs.open(file.path(), ReadMode::Read);
        for error in &logs.errors {
            let name = file.path().display().to_string();
            assert!(error.to_string().contains(&name), "{error}");
        }
        logs
    }

    /// The end of a directory with 64-bit numbers, which says that there are so many files.
    fn end_of_zip64(files: u64, directory_at: u64, at: u64) -> Vec<u8> {
        let mut end = b"PK\x06\x06".to_vec();
        end.extend(44_u64.to_le_bytes());
        end.extend([45, 0, 45, 0]);
        end.extend([0; 8]);
        end.extend(files.to_le_bytes());
        end.extend(files.to_le_bytes());
        end.extend(0_u64.to_le_bytes());
        end.extend(directory_at.to_le_bytes());
        end.extend(b"PK\x06\x07\0\0\0\0");
        end.extend(at.to_le_bytes());
        end.extend([1, 0, 0, 0]);
        end.extend(b"PK\x05\x06\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0");
        end
    }

    #[test]
    fn no_room_is_made_for_more_files_than_a_zip_may_have() {
        let whole = zip_of(&[("1_a.txt", b"error: x\n")]);
        let directory_at = whole.len() - 22 - 46 - "1_a.txt".len();
        let mut zip = whole[..whole.len() - 22].to_vec();
        let at = to_u64(zip.len());
        zip.extend(end_of_zip64(1, to_u64(directory_at), at));
        let logs = opened(&zip);
        assert_eq!(
            (logs.logs.len(), logs.errors.len()),
            (1, 0),
            "{:?}",
            logs.errors
        );
        // Before as many bytes as it says that it has files: that is believed.
        let mut zip = whole[..directory_at].to_vec();
        zip.resize(3 << 20, 0);
        let at = to_u64(zip.len());
        zip.extend(end_of_zip64(at, at, at));
        let logs = opened(&zip);
        assert_eq!(logs.logs.len(), 0);
        let error = logs.errors[0].to_string();
        assert!(error.contains("it holds more than 10000 files"), "{error}");
    }

    #[test]
    fn a_file_that_looks_like_thousands_of_zips_is_given_up() {
        // Each end names a directory at the start of the file, and none is there: it is looked for
        // up to the end.
        let mut zip = b"PK\x03\x04".to_vec();
        while zip.len() < 2 << 20 {
            zip.extend(b"PK\x05\x06\0\0\0\0\x01\0\x01\0\x2e\0\0\0\x04\0\0\0\0\0");
        }
        let logs = opened(&zip);
        let error = logs.errors[0].to_string();
        assert!(
            error.contains("more than 64 MiB have to be read"),
            "{error}"
        );
    }

    #[test]
    fn what_is_unpacked_in_vain_counts_too() {
        let mut logs = Logs::new();
        let zeros = |bytes: u64| io::repeat(0).take(bytes);
        let mut kept = 0;
        let mut read = 0;
        for _ in 0..20 {
            let before = logs.read_bytes;
            kept += usize::from(logs.keep("x".as_ref(), zeros(MEMORY_BYTES_MAX + 1)).is_ok());
            read += logs.read_bytes - before;
        }
        assert_eq!(kept, 0);
        assert!(read < UNPACKED_BYTES_MAX + 100, "{read}");
    }

    #[test]
    fn a_name_in_a_zip_leads_nowhere_else() {
        let zip = zip_of(&[
            ("/etc/1_a.txt", b"x\n"),
            ("../../2_b.txt", b"x\n"),
            ("C:\\3_c.txt", b"x\n"),
        ]);
        let logs = opened(&zip);
        assert_eq!(logs.logs.len(), 3, "{:?}", logs.errors);
        for log in &logs.logs {
            let name = log.source.path().display().to_string();
            let folder = std::env::temp_dir().display().to_string();
            assert!(name.starts_with(&folder), "{name}");
        }
    }

    #[test]
    fn many_jobs_and_many_steps_are_told_apart_in_one_pass() {
        let names: Vec<String> = (0..FILES_MAX)
            .map(|nth| match nth % 2 {
                0 => format!("{nth}_{}{nth}.txt", "a".repeat(1000)),
                _ => format!("{}{}/{nth}_x.txt", "a".repeat(1000), nth - 1),
            })
            .collect();
        assert_eq!(steps(&names).len(), FILES_MAX / 2);
    }

    /// Zips that are nearly right: each is refused with its name, or its logs are there.
    #[test]
    fn mutants_of_zips_are_read_or_refused() {
        let lines = b"error: x\nfine\n".repeat(200);
        let samples = [
            zip_of(&[
                ("0_build.txt", &lines),
                ("build/1_Set up.txt", b"fine\n"),
                ("build/2_Test.txt", &lines),
            ]),
            zip_of(&[("a/b/c/d/e.log", b"x\n"), ("x.txt", b""), ("dir/", b"")]),
            zip_of(&[]),
        ];
        let mut mutator = Mutator::new(21);
        let (mut read, mut refused) = (0, 0);
        for _ in 0..1500 {
            let mut mutant = mutator.mutant(&samples);
            // Otherwise it would be a log by itself.
            mutant.splice(..mutant.len().min(4), *b"PK\x03\x04");
            let logs = opened(&mutant);
            read += usize::from(!logs.logs.is_empty());
            refused += usize::from(!logs.errors.is_empty());
            assert!(logs.memory_bytes <= MEMORY_BYTES_MAX);
            assert!(logs.logs.len() <= FILES_MAX);
        }
        assert!(read > 100 && refused > 100, "{read} {refused}");
    }
}
