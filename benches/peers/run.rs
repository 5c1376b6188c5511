//! Runs one command and measures it: wall time, processor time, peak memory, and what it printed.
//!
//! A pipe is read to its end here, and never replaced by /dev/null: grep and ugrep look where their
//! output goes, and stop at the first hit there. While times are taken, only bytes are counted. The
//! answer itself is digested in the run before, which is not measured.

use std::{
    ffi::OsString,
    fs::{self, File},
    io::Read,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Instant,
};

use anyhow::{Context, bail};
use logscan::bench::count_newlines;
use wait4::Wait4;

/// Room for a count of 20 digits, and a little more.
const HEAD_BYTES: usize = 32;

/// One command line.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub(crate) program: PathBuf,
    pub(crate) args: Vec<OsString>,
    pub(crate) env: Vec<(&'static str, &'static str)>,
    /// A file that `cat` feeds to the standard input. Without it the standard input is empty.
    pub(crate) stdin: Option<PathBuf>,
    /// A file for the output, made anew for each run. Without it the output goes to a pipe.
    pub(crate) stdout: Option<PathBuf>,
}

/// The cost of a run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    /// The time from before the process was made until it was gone and its output had been read.
    pub(crate) wall_s: f64,
    /// User and system time of all threads.
    pub(crate) cpu_s: f64,
    /// The largest resident set. Mapped pages of the log that are in memory count too.
    pub(crate) peak_bytes: u64,
}

/// The output of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) bytes: u64,
    pub(crate) lines: u64,
    digest: u64,
    /// The last bytes, fewer than eight, which `digest` does not contain yet.
    pending: Vec<u8>,
    /// The first bytes, enough for a number.
    head: Vec<u8>,
}

impl Answer {
    /// Returns the number that was printed. ripgrep prints nothing for 0.
    pub(crate) fn count(&self) -> Option<u64> {
        let text = str::from_utf8(&self.head).ok()?.trim();
        if text.is_empty() && self.bytes == 0 {
            return Some(0);
        }
        text.parse().ok()
    }

    /// Describes the answer in full, to report differences.
    pub(crate) fn text(&self) -> String {
        format!(
            "{} lines, {} bytes, digest {:016x}",
            self.lines, self.bytes, self.digest
        )
    }
}

/// Runs `job`, measures it and counts the bytes of its output.
pub(crate) fn measure(job: &Job) -> anyhow::Result<(Cost, u64)> {
    let mut bytes = 0;
    let cost = run(job, &mut |piece| bytes += piece.len() as u64)?;
    if let Some(path) = &job.stdout {
        bytes = fs::metadata(path)?.len();
    }
    Ok((cost, bytes))
}

/// Runs `job` and digests its output.
pub(crate) fn answer(job: &Job) -> anyhow::Result<Answer> {
    let mut answer = Answer::default();
    run(job, &mut |piece| answer.add(piece))?;
    if let Some(path) = &job.stdout {
        read_pieces(&mut File::open(path)?, &mut |piece| answer.add(piece))?;
    }
    Ok(answer)
}

impl Answer {
    /// Adds to a digest in the manner of FNV-1a, by words of eight bytes. It does not depend on
    /// where pieces end.
    fn add(&mut self, piece: &[u8]) {
        self.bytes += piece.len() as u64;
        self.lines += count_newlines(piece);
        let room = HEAD_BYTES.saturating_sub(self.head.len());
        self.head.extend_from_slice(&piece[..piece.len().min(room)]);

        let missing = (8 - self.pending.len()).min(piece.len());
        let (first, rest) = piece.split_at(missing);
        self.pending.extend_from_slice(first);
        if self.pending.len() < 8 {
            return;
        }
        let (words, rest) = rest.as_chunks::<8>();
        let first: [u8; 8] = self.pending[..].try_into().expect("there are eight");
        for &word in std::iter::once(&first).chain(words) {
            let mixed =
                (self.digest ^ u64::from_le_bytes(word)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            self.digest = mixed ^ (mixed >> 29);
        }
        self.pending.clear();
        self.pending.extend_from_slice(rest);
    }
}

fn run(job: &Job, take: &mut dyn FnMut(&[u8])) -> anyhow::Result<Cost> {
    let mut command = Command::new(&job.program);
    command
        .args(&job.args)
        .env("LOGSCAN_CONFIG", "") // flags are those of the table only
        .envs(job.env.iter().copied());
    match &job.stdout {
        Some(path) => {
            remove(path)?;
            command.stdout(File::create(path)?)
        }
        None => command.stdout(Stdio::piped()),
    };
    let begin = Instant::now();
    let mut feeder = None;
    match &job.stdin {
        Some(path) => {
            let (cat, pipe) = feed(path)?;
            feeder = Some(cat);
            command.stdin(pipe)
        }
        None => command.stdin(Stdio::null()),
    };
    let mut child = command
        .spawn()
        .with_context(|| format!("cannot run {}", job.program.display()))?;
    // The command keeps the ends of its pipes open, so without this `cat` would not notice that its
    // reader is gone.
    drop(command);
    if let Some(mut pipe) = child.stdout.take() {
        read_pieces(&mut pipe, take)?;
    }
    let used = child.wait4()?;
    let wall_s = begin.elapsed().as_secs_f64();
    if let Some(mut cat) = feeder {
        cat.wait()?;
    }
    // Status 1 means that nothing was found.
    if !matches!(used.status.code(), Some(0 | 1)) {
        bail!(
            "{} {:?} ended with {}",
            job.program.display(),
            job.args,
            used.status
        );
    }
    Ok(Cost {
        wall_s,
        cpu_s: (used.rusage.utime + used.rusage.stime).as_secs_f64(),
        peak_bytes: used.rusage.maxrss,
    })
}

fn feed(path: &Path) -> anyhow::Result<(Child, Stdio)> {
    let mut cat = Command::new("cat")
        .arg(path)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot run cat")?;
    let pipe = cat.stdout.take().expect("it was asked for");
    Ok((cat, pipe.into()))
}

/// Reads 64 KiB at a time, which is as much as a pipe holds.
fn read_pieces(from: &mut dyn Read, take: &mut dyn FnMut(&[u8])) -> anyhow::Result<()> {
    let mut buffer = vec![0; 64 << 10];
    loop {
        let length = from.read(&mut buffer)?;
        if length == 0 {
            return Ok(());
        }
        take(&buffer[..length]);
    }
}

/// Removes the file that the run before has written, so that this run does not pay for its pages.
fn remove(path: &Path) -> anyhow::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}
