//! A log that is written and rotated as programs do it, and the fate of each line that was ever in
//! it.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use fastrand::Rng;

use super::{log::NAME, text::Writer};

/// The names of rotated logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Names {
    /// `log.1`, `log.2`: the higher, the older.
    Numbers,
    /// `log-20260001`, `log-20260002`: the higher, the newer.
    Dates,
}

/// An event in the life of the log, between two searches or during one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    Append,
    AppendHalf,
    Rename,
    /// The log is renamed, and its writer goes on in the old file until there is a new one.
    RenameLate,
    CopyTruncate,
    /// The log is copied and then truncated. The writer does not wait, so the lines that it writes
    /// in between are lost.
    CopyTruncateGap,
    /// The log is emptied without a copy.
    Empty,
    Recreate,
}

/// All events: the log is rotated, written, and lost.
pub(crate) const EVENTS: [Event; 12] = [
    Event::Append,
    Event::Append,
    Event::Append,
    Event::AppendHalf,
    Event::AppendHalf,
    Event::Rename,
    Event::Rename,
    Event::RenameLate,
    Event::CopyTruncate,
    Event::CopyTruncateGap,
    Event::Empty,
    Event::Recreate,
];

/// A copy with fewer bytes is not recognised as one.
pub(crate) const COPY_BYTES: usize = 4096;

/// The time at which a generation was lost.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lost {
    /// How many searches had been started then, and how many had ended.
    pub(crate) started: usize,
    pub(crate) ended: usize,
}

/// The lines of one generation.
#[derive(Debug)]
pub(crate) struct Generation {
    /// Every byte that was ever written to the generation.
    pub(crate) bytes: Vec<u8>,
    /// Where each complete line begins.
    pub(crate) starts: Vec<usize>,
    /// How many searches had been started when the generation was first written to.
    pub(crate) begun: usize,
    /// When the generation was lost, if it was.
    pub(crate) lost: Option<Lost>,
    /// The place behind which bytes were never anywhere but in a file that has been cut since: the
    /// rotation copied the file before they were written.
    pub(crate) reachable: usize,
    writer: Writer,
    /// The other half of the last line.
    rest: Vec<u8>,
}

impl Generation {
    fn new(nth: usize) -> Generation {
        Generation {
            bytes: Vec::new(),
            starts: Vec::new(),
            begun: usize::MAX,
            lost: None,
            reachable: usize::MAX,
            writer: Writer::new(u32::try_from(nth).expect("few generations")),
            rest: Vec::new(),
        }
    }

    /// Returns the bytes to write next.
    fn more(&mut self, bytes: usize, half: usize) -> Vec<u8> {
        let mut lines = std::mem::take(&mut self.rest);
        lines.extend(self.writer.lines(bytes));
        self.rest = lines.split_off(lines.len() - half.min(lines.len() - 1));
        let mut at = self.bytes.len();
        self.bytes.extend(&lines);
        if let Some(last) = self.starts.last() {
            at = last + self.length_of(self.starts.len() - 1);
        } else if at > 0 {
            at = 0;
        }
        while let Some(newline) = memchr::memchr(b'\n', &self.bytes[at..]) {
            self.starts.push(at);
            at += newline + 1;
        }
        lines
    }

    fn length_of(&self, nth: usize) -> usize {
        let start = self.starts[nth];
        memchr::memchr(b'\n', &self.bytes[start..]).map_or(0, |newline| newline + 1)
    }
}

/// The log, and its rotated files.
pub(crate) struct Rotated {
    folder: PathBuf,
    names: Names,
    /// How many rotated logs are kept.
    keep: usize,
    /// The generations that are in rotated logs, the newest first, with the names of these files.
    kept: Vec<(usize, PathBuf)>,
    pub(crate) generations: Vec<Generation>,
    rotations: usize,
    /// How many searches have been started, and how many have ended.
    started: usize,
    ended: usize,
    /// Whether the file has been emptied since the last search was started.
    pub(crate) was_emptied: bool,
}

impl Rotated {
    pub(crate) fn new(folder: &Path, rng: &mut Rng) -> io::Result<Rotated> {
        let log = Rotated {
            folder: folder.into(),
            names: [Names::Numbers, Names::Dates][rng.usize(..2)],
            keep: [1, 2, 5, 50][rng.usize(..4)],
            kept: Vec::new(),
            generations: vec![Generation::new(0)],
            rotations: 0,
            started: 0,
            ended: 0,
            was_emptied: false,
        };
        fs::write(log.path(), "")?;
        Ok(log)
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.join(NAME)
    }

    /// Records that a search is about to be started.
    pub(crate) fn search_begins(&mut self) {
        self.started += 1;
        self.was_emptied = false;
    }

    /// Returns whether the line at this place may come twice in one search that began while a copy
    /// was made.
    pub(crate) fn is_copied(&self, place: usize) -> bool {
        self.was_emptied && place < COPY_BYTES
    }

    /// Records that a search has ended.
    pub(crate) fn search_ends(&mut self) {
        self.ended += 1;
    }

    /// Makes the event happen. At most this many bytes are written.
    pub(crate) fn happen(&mut self, event: Event, most: usize, rng: &mut Rng) -> io::Result<()> {
        let bytes = rng.usize(1..most);
        let path = self.path();
        match event {
            Event::Append => self.write(&path, bytes, 0),
            Event::AppendHalf => self.write(&path, bytes, rng.usize(1..20)),
            Event::Rename => {
                let to = self.make_room()?;
                fs::rename(&path, &to)?;
                fs::write(&path, "")?;
                self.begin(to);
                Ok(())
            }
            Event::RenameLate => {
                let to = self.make_room()?;
                fs::rename(&path, &to)?;
                self.write(&to, bytes, rng.usize(..2) * 7)?;
                fs::write(&path, "")?;
                self.write(&to, bytes, 0)?;
                self.begin(to);
                self.write(&path, 1 + bytes / 2, 0)
            }
            Event::CopyTruncate | Event::CopyTruncateGap => {
                let to = self.make_room()?;
                fs::copy(&path, &to)?;
                if event == Event::CopyTruncateGap {
                    let copied = self.last().bytes.len();
                    self.write(&path, bytes, 0)?;
                    self.last().reachable = copied;
                }
                self.truncate()?;
                self.begin(to);
                Ok(())
            }
            Event::Empty => {
                self.truncate()?;
                self.lose_last();
                self.write(&path, bytes, 0)
            }
            Event::Recreate => {
                fs::remove_file(&path)?;
                fs::write(&path, "")?;
                self.lose_last();
                self.write(&path, bytes, 0)
            }
        }
    }

    fn last(&mut self) -> &mut Generation {
        self.generations.last_mut().expect("there is always one")
    }

    fn write(&mut self, path: &Path, bytes: usize, half: usize) -> io::Result<()> {
        let started = self.started;
        let last = self.last();
        last.begun = last.begun.min(started);
        let lines = last.more(bytes, half);
        let mut file = OpenOptions::new().append(true).open(path)?;
        file.write_all(&lines)
    }

    fn truncate(&mut self) -> io::Result<()> {
        self.was_emptied = true;
        let file = OpenOptions::new().write(true).open(self.path())?;
        file.set_len(0)
    }

    /// Returns the name for the next rotated log. The other files make room for it, and the oldest
    /// one is lost.
    fn make_room(&mut self) -> io::Result<PathBuf> {
        self.rotations += 1;
        while self.kept.len() >= self.keep {
            let (generation, path) = self.kept.pop().expect("it is not empty");
            fs::remove_file(path)?;
            self.generations[generation].lost = Some(self.now());
        }
        match self.names {
            Names::Dates => {
                let date = 20_260_000 + self.rotations;
                Ok(self.folder.join(format!("{NAME}-{date}")))
            }
            Names::Numbers => {
                for nth in (0..self.kept.len()).rev() {
                    let to = self.folder.join(format!("{NAME}.{}", nth + 2));
                    let from = std::mem::replace(&mut self.kept[nth].1, to.clone());
                    fs::rename(from, to)?;
                }
                Ok(self.folder.join(format!("{NAME}.1")))
            }
        }
    }

    /// Begins a new generation. The last one is in a file of its own now.
    fn begin(&mut self, path: PathBuf) {
        self.kept.insert(0, (self.generations.len() - 1, path));
        self.next_generation();
    }

    fn now(&self) -> Lost {
        Lost {
            started: self.started,
            ended: self.ended,
        }
    }

    fn lose_last(&mut self) {
        let now = self.now();
        self.last().lost = Some(now);
        self.next_generation();
    }

    fn next_generation(&mut self) {
        let next = Generation::new(self.generations.len());
        self.generations.push(next);
    }
}
