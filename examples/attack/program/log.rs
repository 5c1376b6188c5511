//! A log under attack, and every byte that it has ever held.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Seek, SeekFrom, Write},
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
    time::{Duration, SystemTime},
};

use fastrand::Rng;

use super::text::Writer;

/// The name that is searched.
pub(crate) const NAME: &str = "log";

/// One file, and its contents one after another. Between two of them it may have held anything that
/// lies between.
#[derive(Debug, Default)]
pub(crate) struct Body {
    pub(crate) states: Vec<Arc<Vec<u8>>>,
}

impl Body {
    pub(crate) fn now(&self) -> &Arc<Vec<u8>> {
        self.states
            .last()
            .expect("a file is made with its first state")
    }

    /// Returns the shortest length that the file has had.
    pub(crate) fn shortest(&self) -> usize {
        let lengths = self.states.iter().map(|state| state.len());
        lengths.min().unwrap_or(0)
    }

    /// Returns whether the file has never done anything but grow.
    pub(crate) fn only_grew(&self) -> bool {
        self.states
            .windows(2)
            .all(|two| two[1].starts_with(two[0].as_slice()))
    }

    /// Returns whether the file has never done anything but become shorter.
    pub(crate) fn only_shrank(&self) -> bool {
        self.states
            .windows(2)
            .all(|two| two[0].starts_with(two[1].as_slice()))
    }
}

/// A change of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Append,
    /// Bytes are appended, so that the last line has no end.
    AppendHalf,
    Cut,
    Empty,
    /// The log is cut, and other bytes are written behind the cut, so that it is shorter than
    /// before.
    RegrowSmaller,
    RegrowEqual,
    RegrowLarger,
    /// Other bytes are written over those that are there.
    Rewrite,
    RewriteLarger,
    Punch,
    /// The log is renamed, and a new one is made.
    Rotate,
    CopyTruncate,
    Delete,
    Recreate,
    /// The name is a symbolic link, and now leads to another file.
    Switch,
    Permissions,
}

impl Change {
    pub(crate) const ALL: [Change; 16] = [
        Change::Append,
        Change::AppendHalf,
        Change::Cut,
        Change::Empty,
        Change::RegrowSmaller,
        Change::RegrowEqual,
        Change::RegrowLarger,
        Change::Rewrite,
        Change::RewriteLarger,
        Change::Punch,
        Change::Rotate,
        Change::CopyTruncate,
        Change::Delete,
        Change::Recreate,
        Change::Switch,
        Change::Permissions,
    ];
}

/// A log, the files that its name has meant, and the contents that they have had.
pub(crate) struct Log {
    folder: PathBuf,
    pub(crate) bodies: Vec<Body>,
    /// The file that the name means, if there is one.
    current: Option<usize>,
    /// Whether there was a time without a file of that name.
    pub(crate) was_absent: bool,
    writer: Writer,
    generations: u32,
    is_link: bool,
}

impl Log {
    /// Creates a log of about this many bytes in `folder`. Its time lies in the past, so that a
    /// change shows however coarse the clock is.
    pub(crate) fn new(folder: &Path, bytes: usize, kind: Kind) -> io::Result<Log> {
        let mut log = Log {
            folder: folder.into(),
            bodies: vec![Body::default()],
            current: Some(0),
            was_absent: false,
            writer: Writer::new(0),
            generations: 1,
            is_link: kind == Kind::Link,
        };
        let lines = log.writer.lines(bytes);
        if log.is_link {
            symlink(log.target(0), log.path())?;
        }
        let mut file = File::create(log.path())?;
        file.write_all(&lines)?;
        file.set_modified(SystemTime::now() - Duration::from_secs(3600))?;
        log.bodies[0].states.push(Arc::new(lines));
        Ok(log)
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.join(NAME)
    }

    /// Returns a name for a rotated log that no other file has.
    fn beside(&mut self) -> PathBuf {
        self.generations += 1;
        self.folder.join(format!("log.{}", self.generations))
    }

    fn target(&self, body: usize) -> String {
        format!("target-{body}")
    }

    /// Returns bytes that are different from all before: those of a generation of their own.
    fn other(&mut self, bytes: usize) -> Vec<u8> {
        self.writer = Writer::new(self.generations);
        self.generations += 1;
        self.writer.lines(bytes)
    }

    /// Makes the change. Nothing happens if there is no such file now.
    pub(crate) fn change(&mut self, change: Change, rng: &mut Rng) -> io::Result<()> {
        let Some(current) = self.current else {
            return self.create(rng);
        };
        let before = Arc::clone(self.bodies[current].now());
        let length = before.len();
        let some = rng.usize(1..=length.max(2) / 2);
        match change {
            Change::Append => {
                let lines = self.writer.lines(some);
                self.write(length, &lines)
            }
            Change::AppendHalf => {
                let mut lines = self.writer.lines(some);
                lines.truncate(lines.len() - 1 - rng.usize(..20));
                self.write(length, &lines)
            }
            Change::Cut => self.cut(rng.usize(..=length)),
            Change::Empty => self.cut(0),
            Change::RegrowSmaller => self.regrow(rng.usize(..=length), rng),
            Change::RegrowEqual => self.regrow(length, rng),
            Change::RegrowLarger => self.regrow(length + some, rng),
            Change::Rewrite => {
                let from = rng.usize(..=length) * usize::from(rng.bool());
                let mut other = self.other(length - from);
                other.truncate(length - from);
                self.write(from, &other)
            }
            Change::RewriteLarger => {
                let mut other = self.other(length + some);
                other.truncate(length + some);
                self.write(0, &other)
            }
            Change::Punch => self.punch(rng.usize(..=length / 2), some),
            Change::Rotate => {
                fs::rename(self.path(), self.beside())?;
                self.was_absent = true;
                self.current = None;
                self.create(rng)
            }
            Change::CopyTruncate => {
                fs::copy(self.path(), self.beside())?;
                self.cut(0)?;
                let other = self.other(some);
                self.write(0, &other)
            }
            Change::Delete => {
                fs::remove_file(self.path())?;
                self.was_absent = true;
                self.current = None;
                Ok(())
            }
            Change::Recreate => {
                fs::remove_file(self.path())?;
                self.was_absent = true;
                self.current = None;
                self.create(rng)
            }
            Change::Switch => self.switch(rng),
            Change::Permissions => {
                let file = File::open(self.path())?;
                let mut permissions = file.metadata()?.permissions();
                std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o640);
                file.set_permissions(permissions)
            }
        }
    }

    fn create(&mut self, rng: &mut Rng) -> io::Result<()> {
        let bytes = rng.usize(1000..200_000);
        let lines = self.other(bytes);
        self.begin_body();
        File::create(self.path())?;
        self.write(0, &lines)
    }

    fn begin_body(&mut self) {
        self.current = Some(self.bodies.len());
        let states = vec![Arc::default()];
        self.bodies.push(Body { states });
    }

    /// Gives the name to another file: at once if the name is a link, otherwise by a rename over
    /// the old file.
    fn switch(&mut self, rng: &mut Rng) -> io::Result<()> {
        let bytes = rng.usize(1000..200_000);
        let lines = self.other(bytes);
        let target = self.target(self.bodies.len());
        let new = self.folder.join(&target);
        fs::write(&new, &lines)?;
        if self.is_link {
            let link = self.folder.join("link");
            symlink(target, &link)?;
            fs::rename(link, self.path())?;
        } else {
            fs::rename(new, self.path())?;
        }
        // A rename is atomic. But on FUSE a file that is replaced may be gone between its lookup
        // and its opening.
        self.was_absent = true;
        self.current = Some(self.bodies.len());
        let states = vec![Arc::new(lines)];
        self.bodies.push(Body { states });
        Ok(())
    }

    fn cut(&mut self, length: usize) -> io::Result<()> {
        self.open()?.set_len(length as u64)?;
        let body = self.body();
        let mut state = Vec::clone(body.now());
        state.truncate(length);
        body.states.push(Arc::new(state));
        Ok(())
    }

    /// Cuts the file somewhere and writes other bytes behind the cut, so that it has `length`.
    fn regrow(&mut self, length: usize, rng: &mut Rng) -> io::Result<()> {
        let now = self.body().now().len();
        let low = match rng.u8(..3) {
            0 => 0,
            _ => rng.usize(..=now.min(length)),
        };
        self.cut(low)?;
        let mut other = self.other(length - low);
        other.truncate(length - low);
        if rng.bool() {
            return self.write(low, &other);
        }
        // The file has its full length at once, and is full of zeros.
        self.open()?.set_len(length as u64)?;
        let body = self.body();
        let mut state = Vec::clone(body.now());
        state.resize(length, 0);
        body.states.push(Arc::new(state));
        self.write(low, &other)
    }

    fn write(&mut self, at: usize, bytes: &[u8]) -> io::Result<()> {
        let mut file = self.open()?;
        file.seek(SeekFrom::Start(at as u64))?;
        file.write_all(bytes)?;
        let body = self.body();
        let mut state = Vec::clone(body.now());
        state.resize(state.len().max(at + bytes.len()), 0);
        state[at..at + bytes.len()].copy_from_slice(bytes);
        body.states.push(Arc::new(state));
        Ok(())
    }

    /// Makes a hole, or writes zeros where the file system has no holes.
    fn punch(&mut self, at: usize, length: usize) -> io::Result<()> {
        let length = length.min(self.body().now().len() - at);
        if length == 0 {
            return Ok(());
        }
        let punched = Command::new("fallocate")
            .args(["--punch-hole", "--keep-size"])
            .args(["--offset", &at.to_string(), "--length", &length.to_string()])
            .arg(self.path())
            .stderr(Stdio::null())
            .status();
        if !punched.is_ok_and(|status| status.success()) {
            return self.write(at, &vec![0; length]);
        }
        let body = self.body();
        let mut state = Vec::clone(body.now());
        state[at..at + length].fill(0);
        body.states.push(Arc::new(state));
        Ok(())
    }

    fn open(&self) -> io::Result<File> {
        OpenOptions::new().write(true).open(self.path())
    }

    fn body(&mut self) -> &mut Body {
        let current = self.current.expect("whoever changes a file has one");
        &mut self.bodies[current]
    }
}

/// How a log lies in its folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    File,
    /// The name of the log is a symbolic link.
    Link,
}
