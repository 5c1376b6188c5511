//! The logs that are searched. They are written before anything is measured, so that they are in
//! the page cache, and their pages are already on the disk, so that nobody writes them back during
//! the measurement.

use std::{
    ffi::OsStr,
    fs::{self, File},
    io::{self, BufWriter, Read, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, bail};
use tempfile::TempDir;

use crate::{
    args::Args,
    forms, generator,
    rows::{Form, Input, Row},
};

/// A log, and the other files that the rows read and write. All of them are removed on drop.
pub(crate) struct Log {
    /// The title of the log, for the heading of its table.
    pub(crate) title: String,
    pub(crate) path: PathBuf,
    pub(crate) bytes: u64,
    /// The first KiB of the log.
    pub(crate) kilobyte: PathBuf,
    /// A list of words, one per line.
    pub(crate) words: PathBuf,
    /// The file for the output of a run, if the output is not read from a pipe.
    pub(crate) output: PathBuf,
    /// Whether that file is in memory.
    pub(crate) output_is_in_memory: bool,
    /// The forms that rows want, with the length of their text.
    forms: Vec<(Form, (PathBuf, u64))>,
    _folders: [TempDir; 2],
}

impl Log {
    /// Writes the generated log.
    pub(crate) fn generate(args: &Args) -> anyhow::Result<Log> {
        Log::write("generated", args, |out| {
            generator::generate(args.size, out)?;
            Ok(())
        })
    }

    /// Writes a log of the files in `folder`, repeated until it is long enough.
    pub(crate) fn of_corpus(folder: &Path, args: &Args) -> anyhow::Result<Log> {
        let mut files = Vec::new();
        collect(folder, &mut files)?;
        files.sort();
        Log::write("corpus", args, |out| {
            let mut written = 0;
            while written < args.size {
                let before = written;
                for file in &files {
                    if written < args.size {
                        written += append(file, args.size - written, out)
                            .with_context(|| format!("cannot read {}", file.display()))?;
                    }
                }
                if written == before {
                    bail!("there is nothing to read in {}", folder.display());
                }
            }
            out.write_all(generator::LAST_LINE.as_bytes())?;
            Ok(())
        })
    }

    /// Makes the forms that `rows` want.
    pub(crate) fn make_forms(&mut self, rows: &[&Row]) -> anyhow::Result<()> {
        for row in rows {
            if let Input::Form(form) = row.input {
                self.forms.push((form, forms::make(form, &self.path)?));
            }
        }
        Ok(())
    }

    /// Returns where a form is, and how much text it has.
    pub(crate) fn form(&self, form: Form) -> Option<&(PathBuf, u64)> {
        let known = self.forms.iter().find(|(known, _)| *known == form);
        known.map(|(_, made)| made)
    }

    /// Returns the form that is at `path`.
    pub(crate) fn form_at(&self, path: &Path) -> Option<Form> {
        let known = self.forms.iter().find(|(_, made)| made.0 == path);
        known.map(|(form, _)| *form)
    }

    fn write(
        title: &str,
        args: &Args,
        fill: impl FnOnce(&mut dyn Write) -> anyhow::Result<()>,
    ) -> anyhow::Result<Log> {
        let folder = match &args.dir {
            Some(dir) => tempfile::tempdir_in(dir)?,
            None => tempfile::tempdir()?,
        };
        let memory = Path::new("/dev/shm");
        let output_is_in_memory = memory.is_dir();
        let output_folder = match output_is_in_memory {
            true => tempfile::tempdir_in(memory)?,
            false => tempfile::tempdir()?,
        };
        let path = folder.path().join("huge.log");
        let pieces = usize::try_from(args.write_size).context("--write-size is too large")?;
        let mut out = BufWriter::with_capacity(pieces, File::create(&path)?);
        fill(&mut out)?;
        let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.sync_all()?;
        let bytes = file.metadata()?.len();

        let mut kilobyte = Vec::new();
        File::open(&path)?
            .take(1 << 10)
            .read_to_end(&mut kilobyte)?;
        let log = Log {
            title: format!(
                "{title} log, {:.2} GiB, written in pieces of {} KiB",
                bytes as f64 / (1u64 << 30) as f64,
                args.write_size >> 10
            ),
            path,
            bytes,
            kilobyte: folder.path().join("kilobyte.log"),
            words: folder.path().join("words"),
            output: output_folder.path().join("output"),
            output_is_in_memory,
            forms: Vec::new(),
            _folders: [folder, output_folder],
        };
        fs::write(&log.kilobyte, kilobyte)?;
        fs::write(&log.words, generator::words())?;
        Ok(log)
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let entries =
        fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        match path.is_dir() {
            true => collect(&path, files)?,
            false => files.push(path),
        }
    }
    Ok(())
}

/// Appends a file to `out`, but not much more than `limit` bytes of it. Returns how many bytes
/// these were.
fn append(path: &Path, limit: u64, out: &mut dyn Write) -> anyhow::Result<u64> {
    if path.extension() != Some(OsStr::new("gz")) {
        return append_lines(&mut File::open(path)?, limit, out);
    }
    let mut gzip = Command::new("gzip")
        .arg("-dc")
        .arg(path)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot run gzip")?;
    let mut pipe = gzip.stdout.take().expect("it was asked for");
    let written = append_lines(&mut pipe, limit, out)?;
    drop(pipe);
    let status = gzip.wait()?;
    // If the log is full before the file ends, gzip loses its reader.
    if !status.success() && written < limit {
        bail!("gzip ended with {status}");
    }
    Ok(written)
}

/// Appends lines. If the last line has no end it gets one, so that the next file begins a line.
fn append_lines(from: &mut dyn Read, limit: u64, out: &mut dyn Write) -> anyhow::Result<u64> {
    let mut buffer = vec![0; 64 << 10];
    let (mut written, mut last) = (0, b'\n');
    while written < limit {
        let length = from.read(&mut buffer)?;
        let Some(&end) = buffer[..length].last() else {
            break;
        };
        last = end;
        out.write_all(&buffer[..length])?;
        written += length as u64;
    }
    if last != b'\n' {
        out.write_all(b"\n")?;
        written += 1;
    }
    Ok(written)
}
