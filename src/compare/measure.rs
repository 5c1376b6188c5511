//! Makes one trial: open the file, map or read it, count the hits, close it again. It also says
//! what that cost.
//!
//! The clock is passed in, and the code that plans the trials knows only the trait [`Runner`]. So
//! tests can measure without time passing, and can find whatever they like. Nothing is printed
//! while a trial runs.

use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
    process::{self, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use super::{limits, plan::Command, record::Subject};
use crate::{
    error::{Error, Reason},
    input::{Access, ReadMode, Source},
    scan::{self, Note, Progress, Scan, Workers},
    sink::Quiet,
    sys::{self, FileChange, FileId, FileInfo, Stamp, Stop, Usage},
};

/// How often a trial looks at the private memory. A look costs some 20 microseconds.
const MEMORY_SAMPLES: u64 = 8;

/// Carries out trials: on a real file, or in a test.
pub trait Runner {
    /// Returns the time since the comparison began. The budget counts from zero.
    fn now(&self) -> Duration;

    /// Carries out one trial. Returns `None` if a stop was requested before the trial was complete.
    ///
    /// # Errors
    /// An error that makes the comparison worthless: the file cannot be read, or is no longer the
    /// same.
    fn trial(&mut self, subject: Subject, threads: usize) -> Result<Option<TrialOutcome>, Error>;

    /// Runs the other program with the number `nth`.
    ///
    /// # Errors
    /// [`Error::Refused`] if the program cannot be run or fails.
    fn command(&mut self, nth: usize) -> Result<TrialOutcome, Error>;

    /// Drops the file from the cache, and returns the share of it that is left there. `None`: that
    /// cannot be known.
    ///
    /// # Errors
    /// The error of the system if it cannot drop the file.
    fn evict(&mut self) -> io::Result<Option<f64>>;

    /// Returns the share of the file that is in the cache. `None`: that cannot be known.
    fn cached_share(&mut self) -> Option<f64>;

    /// Tells what comes next, and how much of the whole has been done, from 0 to 1. It is called
    /// before each trial.
    fn step(&mut self, next: &str, done: f64);

    /// Returns whether the caller wants the comparison to end.
    fn is_stopped(&self) -> bool;
}

/// The results and the costs of a trial.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TrialOutcome {
    /// The time from before the file was opened until it was closed.
    pub wall: Duration,
    /// Processor time and page faults.
    pub usage: Usage,
    /// How many bytes were looked at.
    pub bytes: u64,
    /// The hits that a search found.
    pub digest: Option<HitsDigest>,
    /// The number that another program printed.
    pub answer: Option<u64>,
    /// Whether another program ended with status 1. For a grep that means that it found nothing.
    pub found_nothing: bool,
    /// The most memory that was resident.
    pub peak_resident_bytes: Option<u64>,
    /// The most memory that belonged to no file.
    pub peak_private_bytes: Option<u64>,
}

/// The result of a search. It is equal for equal hits, whatever the path, the chunks and the
/// threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HitsDigest {
    /// How many lines are hits.
    pub hits: u64,
    /// A hash of the places of the hits.
    pub hash: u64,
}

/// The identity and the state of a file at one time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct TrialIdentity {
    id: FileId,
    stamp: Stamp,
}

impl TrialIdentity {
    fn of(path: &Path) -> Result<TrialIdentity, Error> {
        let info = FileInfo::of_path(path).map_err(|source| Error::Open {
            path: path.into(),
            source,
        })?;
        Ok(TrialIdentity {
            id: info.id(),
            stamp: info.stamp(),
        })
    }

    /// Returns why the file of `now` is not the file of before.
    fn difference(&self, now: &TrialIdentity) -> Option<&'static str> {
        if self.id != now.id {
            return Some("another file has taken its name");
        }
        match self.stamp.change(&now.stamp) {
            FileChange::None | FileChange::Attributes => None,
            FileChange::Longer => Some("it has grown"),
            FileChange::Shorter => Some("it was cut short"),
            FileChange::Written => Some("it was written to"),
        }
    }
}

/// Carries out trials on a file.
pub struct FileRunner<'a> {
    path: PathBuf,
    scan: Scan,
    workers: Vec<Workers>,
    identity: TrialIdentity,
    length: u64,
    commands: Vec<Command>,
    /// Whether the bytes are searched as they are.
    pub(super) raw: bool,
    stop: Arc<Stop>,
    clock: &'a dyn Fn() -> Duration,
    on_step: &'a mut dyn FnMut(&str, f64),
}

impl std::fmt::Debug for FileRunner<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FileRunner")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

/// The tools that trials need.
#[expect(missing_debug_implementations, reason = "closures have none")]
pub struct Tools<'a> {
    /// The time since the comparison began. The budget counts from zero, so work before the first
    /// trial, such as counting lines, is part of it.
    pub clock: &'a dyn Fn() -> Duration,
    /// Called before each trial, like [`Runner::step`].
    pub on_step: &'a mut dyn FnMut(&str, f64),
    /// The stop that ends the comparison early.
    pub stop: Arc<Stop>,
}

impl<'a> FileRunner<'a> {
    /// Creates a runner for trials of `scan` on the file at `path`.
    ///
    /// # Errors
    /// [`Error::Open`], and [`Error::Refused`] if `path` is not a regular file with at least one
    /// byte.
    pub fn new(path: &Path, mut scan: Scan, tools: Tools<'a>) -> Result<FileRunner<'a>, Error> {
        let refused = |reason: &str| Error::Refused {
            path: path.into(),
            reason: reason.into(),
        };
        let info = FileInfo::of_path(path).map_err(|source| Error::Open {
            path: path.into(),
            source,
        })?;
        if info.is_dir() {
            return Err(Error::Directory { path: path.into() });
        }
        if !info.is_file() {
            return Err(refused(
                "it is no regular file, which alone can be read in both ways",
            ));
        }
        if info.length() == 0 {
            return Err(refused("it is empty, so there is nothing to measure"));
        }
        scan.hash_hits = true;
        Ok(FileRunner {
            path: path.into(),
            scan,
            workers: Vec::new(),
            identity: TrialIdentity::of(path)?,
            length: info.length(),
            commands: Vec::new(),
            raw: false,
            stop: tools.stop,
            clock: tools.clock,
            on_step: tools.on_step,
        })
    }

    /// Adds other programs to the runner.
    pub fn with_commands(mut self, commands: &[Command]) -> FileRunner<'a> {
        self.commands = commands.to_vec();
        self
    }

    fn refused(&self, reason: String) -> Error {
        Error::Refused {
            path: self.path.clone(),
            reason,
        }
    }

    /// Returns the pool with this number of threads. It is made once.
    fn workers(&mut self, threads: usize) -> usize {
        let workers = Workers::new(threads);
        let known = self
            .workers
            .iter()
            .position(|w| w.threads() == workers.threads());
        known.unwrap_or_else(|| {
            self.workers.push(workers);
            self.workers.len() - 1
        })
    }

    fn check_identity(&self) -> Result<(), Error> {
        match self.identity.difference(&TrialIdentity::of(&self.path)?) {
            None => Ok(()),
            Some(difference) => Err(self.refused(format!(
                "{difference} while it was measured, so the times mean nothing; compare with a file that nobody writes"
            ))),
        }
    }

    fn work(&self, subject: Subject, workers: &Workers) -> Result<TrialWork, Error> {
        let work = match subject {
            Subject::Mapped => self.search(ReadMode::Map, workers),
            Subject::Read => self.search(ReadMode::Read, workers),
            Subject::Touch => {
                limits::touch(&self.path, workers, Some(&self.stop)).map(TrialWork::of)
            }
            Subject::Copy => limits::copy(&self.path, workers, Some(&self.stop)).map(TrialWork::of),
        };
        match workers.shortage() {
            None => work,
            Some(shortage) => Err(Error::Threads {
                threads: shortage.wanted,
                reason: shortage.reason.clone(),
            }),
        }
    }

    fn search(&self, mode: ReadMode, workers: &Workers) -> Result<TrialWork, Error> {
        let mut source = Source::open(&self.path, mode)?;
        if self.raw {
            source = source.raw();
        }
        source.is_plain()?;
        let wanted = match mode {
            ReadMode::Map => Access::Mapped,
            ReadMode::Read | ReadMode::Auto => Access::Read,
        };
        if source.access() != wanted {
            let why = source.why().to_owned();
            return Err(self.refused(format!("it cannot be {wanted}: {why}")));
        }
        let memory = Arc::new(PrivatePeak::default());
        let sampled = Arc::clone(&memory);
        let progress = Progress::with_callback(move |progress| sampled.look(progress))
            .with_stop(Arc::clone(&self.stop));
        let summary = scan::run(
            &self.scan,
            &mut source,
            workers,
            &progress,
            &mut Quiet::new(),
        )?;
        if let Some(error) = summary.error {
            return Err(error);
        }
        let is_interrupted = |note: &Note| matches!(note, Note::Interrupted { .. });
        let trouble = summary
            .notes
            .iter()
            .find(|note| note.is_trouble() && !is_interrupted(note));
        if let Some(note) = trouble {
            return Err(self.refused(format!("in the search of the {wanted} path, {note}")));
        }
        Ok(TrialWork {
            bytes: summary.bytes,
            digest: summary.hits_hash.map(|hash| HitsDigest {
                hits: summary.hits,
                hash,
            }),
            peak_private_bytes: memory.peak(),
        })
    }
}

/// What a trial has done.
struct TrialWork {
    bytes: u64,
    digest: Option<HitsDigest>,
    peak_private_bytes: Option<u64>,
}

impl TrialWork {
    fn of(bytes: u64) -> TrialWork {
        TrialWork {
            bytes,
            digest: None,
            peak_private_bytes: None,
        }
    }
}

/// The most private memory that was seen. The workers write both fields, and nobody reads `peak`
/// before the workers are done, so Relaxed is enough.
#[derive(Debug, Default)]
struct PrivatePeak {
    looks: AtomicU64,
    peak: AtomicU64,
}

impl PrivatePeak {
    /// Looks at the memory if another part of the file has been searched.
    fn look(&self, progress: &Progress) {
        let part = progress.bytes_total() / MEMORY_SAMPLES + 1;
        let wanted = progress.bytes_done() / part + 1;
        if self.looks.fetch_max(wanted, Ordering::Relaxed) < wanted
            && let Some(bytes) = sys::private_bytes()
        {
            self.peak.fetch_max(bytes, Ordering::Relaxed);
        }
    }

    fn peak(&self) -> Option<u64> {
        Some(self.peak.load(Ordering::Relaxed)).filter(|&bytes| bytes > 0)
    }
}

/// Does `work` and measures it.
fn measured(
    clock: &dyn Fn() -> Duration,
    work: impl FnOnce() -> Result<TrialWork, Error>,
) -> Result<TrialOutcome, Error> {
    let has_peak = sys::reset_peak();
    let usage = Usage::now();
    let begun = clock();
    let done = work()?;
    let wall = clock().saturating_sub(begun);
    Ok(TrialOutcome {
        wall,
        usage: Usage::now().since(usage),
        bytes: done.bytes,
        digest: done.digest,
        answer: None,
        found_nothing: false,
        peak_resident_bytes: has_peak.then(sys::peak_resident_bytes).flatten(),
        peak_private_bytes: done.peak_private_bytes,
    })
}

impl Runner for FileRunner<'_> {
    fn now(&self) -> Duration {
        (self.clock)()
    }

    fn trial(&mut self, subject: Subject, threads: usize) -> Result<Option<TrialOutcome>, Error> {
        let workers = self.workers(threads);
        let outcome = measured(self.clock, || self.work(subject, &self.workers[workers]));
        // This comes first, because a file that has changed explains all other trouble.
        self.check_identity()?;
        let outcome = outcome?;
        if self.is_stopped() {
            return Ok(None);
        }
        match outcome.bytes == self.length {
            true => Ok(Some(outcome)),
            false => Err(self.refused(format!(
                "{} looked at {} of its {} bytes",
                subject.name(),
                outcome.bytes,
                self.length
            ))),
        }
    }

    fn command(&mut self, nth: usize) -> Result<TrialOutcome, Error> {
        let command = &self.commands[nth];
        let outcome = run_outside(command, self.clock, self.length)
            .map_err(|reason| self.refused(format!("`{}` {reason}", command.text)));
        self.check_identity()?;
        outcome
    }

    fn evict(&mut self) -> io::Result<Option<f64>> {
        let file = fs::File::open(&self.path)?;
        sys::evict(&file)?;
        Ok(sys::cached(&file, self.length)?.map(sys::Cached::share))
    }

    fn cached_share(&mut self) -> Option<f64> {
        let file = fs::File::open(&self.path).ok()?;
        let cached = sys::cached(&file, self.length).ok()?;
        cached.map(sys::Cached::share)
    }

    fn step(&mut self, next: &str, done: f64) {
        (self.on_step)(next, done);
    }

    fn is_stopped(&self) -> bool {
        self.stop.is_requested()
    }
}

/// How many bytes of another program's output are searched for a number.
const ANSWER_BYTES: usize = 64;

/// Runs another program. The time goes from before the process is made until it is gone and its
/// output has been read. The output is read through a pipe to its end, because greps stop at the
/// first hit if it goes to /dev/null.
fn run_outside(
    command: &Command,
    clock: &dyn Fn() -> Duration,
    bytes: u64,
) -> Result<TrialOutcome, String> {
    let (program, args) = command.words.split_first().ok_or("names no program")?;
    let usage = Usage::of_children();
    let begun = clock();
    let mut child = process::Command::new(program)
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("cannot be run: {}", Reason(&error)))?;
    let mut head = Vec::new();
    let mut read = Ok(());
    if let Some(mut pipe) = child.stdout.take() {
        let mut buffer = vec![0; 64 << 10];
        loop {
            match pipe.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => {
                    let room = ANSWER_BYTES - head.len();
                    head.extend_from_slice(&buffer[..count.min(room)]);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    read = Err(format!("cannot be read from: {}", Reason(&error)));
                    break;
                }
            }
        }
    }
    let status = child
        .wait()
        .map_err(|error| format!("cannot be waited for: {}", Reason(&error)))?;
    let wall = clock().saturating_sub(begun);
    read?;
    // Status 1 means that a grep found nothing.
    if !matches!(status.code(), Some(0 | 1)) {
        return Err(format!("failed: {status}"));
    }
    Ok(TrialOutcome {
        wall,
        usage: Usage::of_children().since(usage),
        bytes,
        answer: answer(&head),
        found_nothing: status.code() == Some(1),
        ..TrialOutcome::default()
    })
}

/// Returns the number, if a number is all that was printed. Greps that count print nothing else.
fn answer(head: &[u8]) -> Option<u64> {
    match head.len() < ANSWER_BYTES {
        true => str::from_utf8(head).ok()?.trim().parse().ok(),
        false => None,
    }
}

#[cfg(test)]
mod tests;
