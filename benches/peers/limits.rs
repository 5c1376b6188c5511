//! Measures the best that the machine can do: how fast it can touch, read and copy the log.
//!
//! Each limit runs as a process of its own (this program, called again), and is measured like the
//! tools. So all figures contain the cost of starting, mapping and exiting alike. There is a second
//! reason: a child's peak memory begins with that of its parent, so the bench must stay small.

use std::{
    ffi::OsString,
    fs::{self, File},
    hint::black_box,
    io::{Read, Write},
    ops::Range,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use logscan::bench::{self, Mapping};
use memchr::memmem::Finder;

use crate::{rows::Limit, run::Job};

/// The first argument of a run that measures a limit.
pub(crate) const WORD: &str = "measure-a-limit";

/// The text that [`Limit::Memmem`] and [`Limit::PreadMemmem`] search for, as in the row that names
/// them.
const NEEDLE: &str = "ERROR";

/// The conditions under which a limit is measured.
pub(crate) struct Setting<'a> {
    pub(crate) log: &'a Path,
    pub(crate) threads: usize,
    /// A new file in memory, for [`Limit::Copy`]. `None`: the output goes to a pipe.
    pub(crate) output: Option<&'a Path>,
    /// How long the output of the row is, for [`Limit::Copy`].
    pub(crate) output_bytes: u64,
}

/// Returns the command that measures `limit`.
pub(crate) fn job(limit: Limit, setting: &Setting<'_>) -> anyhow::Result<Job> {
    let mut args: Vec<OsString> = vec![
        WORD.into(),
        name(limit).into(),
        setting.threads.to_string().into(),
        setting.log.into(),
    ];
    if limit == Limit::Copy {
        args.push(setting.output_bytes.to_string().into());
    }
    Ok(Job {
        program: std::env::current_exe().context("cannot find this program to call it again")?,
        args,
        env: Vec::new(),
        stdin: (limit == Limit::Stream).then(|| setting.log.into()),
        stdout: setting
            .output
            .filter(|_| limit == Limit::Copy)
            .map(PathBuf::from),
    })
}

fn name(limit: Limit) -> &'static str {
    match limit {
        Limit::Touch => "touch",
        Limit::Pread => "pread",
        Limit::Memmem => "memmem",
        Limit::PreadMemmem => "pread-memmem",
        Limit::Copy => "copy",
        Limit::Stream => "stream",
    }
}

/// Runs the command that [`job`] returns. `args` are the arguments behind [`WORD`].
pub(crate) fn run(args: &[OsString]) -> anyhow::Result<()> {
    let [name, threads, log, rest @ ..] = args else {
        bail!("a limit has a name, a number of threads and a log");
    };
    let threads: usize = threads.to_string_lossy().parse()?;
    let log = PathBuf::from(log);
    match name.to_str() {
        Some("touch") => Ok(black_box(bench::touch(&log, threads)).map(drop)?),
        Some("pread") => Ok(black_box(bench::copy(&log, threads)).map(drop)?),
        Some("memmem") => memmem(&log, threads),
        Some("pread-memmem") => pread_memmem(&log, threads),
        Some("copy") => {
            let bytes = rest.first().context("copy needs a number of bytes")?;
            copy(&log, threads, bytes.to_string_lossy().parse()?)
        }
        Some("stream") => stream(),
        _ => bail!("there is no limit {name:?}"),
    }
}

fn memmem(log: &Path, threads: usize) -> anyhow::Result<()> {
    let mapping = Mapping::open(log)?;
    let bytes = mapping.bytes();
    let finder = Finder::new(NEEDLE);
    black_box(bench::in_pieces(
        bytes.len() as u64,
        threads,
        |_, range| {
            // A match may begin in this piece and end in the next.
            let end = bytes.len().min(at(range.end) + NEEDLE.len() - 1);
            finder.find_iter(&bytes[at(range.start)..end]).count() as u64
        },
    )?);
    Ok(())
}

fn pread_memmem(log: &Path, threads: usize) -> anyhow::Result<()> {
    let file = File::open(log)?;
    let length = file.metadata()?.len();
    let finder = Finder::new(NEEDLE);
    let read = bench::in_pieces(length, threads, |buffer, range| {
        read_buffers(&file, buffer, range, &mut |buffer| {
            black_box(finder.find_iter(buffer).count());
        })
    })?;
    expect_all(read, length)
}

/// Reads the log and writes `bytes` bytes to the standard output. After each piece of the log it
/// writes that piece's share; to a file it writes it at the place where it belongs.
fn copy(log: &Path, threads: usize, bytes: u64) -> anyhow::Result<()> {
    let file = File::open(log)?;
    let length = file.metadata()?.len();
    // logscan does this too. The handle is not used.
    let _ = logscan::wide_stdout();
    let output = fs::OpenOptions::new().write(true).open("/dev/stdout")?;
    let is_file = output.metadata()?.is_file();
    let scale = |offset: u64| {
        u64::try_from(u128::from(offset) * u128::from(bytes) / u128::from(length.max(1)))
            .expect("it is at most `bytes`")
    };
    let read = bench::in_pieces(length, threads, |buffer, range| {
        let (mut place, end) = (scale(range.start), scale(range.end));
        let read = read_buffers(&file, buffer, range, &mut |_| {});
        while place < end {
            let part = &buffer[..buffer.len().min(at(end - place))];
            match is_file {
                true => output.write_all_at(part, place),
                false => (&output).write_all(part),
            }
            .expect("the output is a file with room, or a pipe that is read to its end");
            place += part.len() as u64;
        }
        read
    })?;
    expect_all(read, length)
}

/// Reads `range` of `file`, one buffer after another. Returns how many bytes there were.
fn read_buffers(
    file: &File,
    buffer: &mut [u8],
    range: Range<u64>,
    take: &mut dyn FnMut(&[u8]),
) -> u64 {
    let mut offset = range.start;
    while offset < range.end {
        let wanted = buffer.len().min(at(range.end - offset));
        match file.read_at(&mut buffer[..wanted], offset) {
            Ok(0) | Err(_) => break,
            Ok(read) => {
                take(black_box(&buffer[..read]));
                offset += read as u64;
            }
        }
    }
    offset - range.start
}

fn stream() -> anyhow::Result<()> {
    let mut stdin = std::io::stdin().lock();
    let mut buffer = vec![0; 64 << 10];
    while stdin.read(&mut buffer)? > 0 {
        black_box(&buffer);
    }
    Ok(())
}

fn expect_all(read: u64, length: u64) -> anyhow::Result<()> {
    match read == length {
        true => Ok(()),
        false => bail!("only {read} of {length} bytes could be read"),
    }
}

fn at(offset: u64) -> usize {
    usize::try_from(offset).expect("it lies in a mapping or a buffer")
}
