//! The board of a scan: a small file in which a scan says how far it is, and where the next scan
//! may go on. Whoever wants to look maps the file. Needs the feature `board`.
//!
//! Only the scan writes. It holds a lock on the file, and others only ask about the lock. Readers
//! take no lock and wait for nothing, so they can neither block nor break a scan. Each number is
//! one atomic. A checkpoint is several numbers that belong together: it has a checksum, and is
//! written to two places in turns. So one of them is whole at any moment, even if the scan is
//! killed between two stores. `src/board/layout.rs` says what is where.
//!
//! ```
//! use logscan::{Matcher, Patterns, Scan};
//! use logscan::board::{Board, BoardView, Digest, End, Start, Status};
//! let folder = tempfile::tempdir()?;
//! let path = folder.path().join("board");
//! let patterns = Patterns::new("ERROR");
//! let scan = Scan::new(Matcher::new(&patterns)?);
//! let start = Start {
//!     digest: Digest::of(&patterns, &scan),
//!     name: "app.log".into(),
//!     search: "ERROR".into(),
//!     workers: 2,
//!     inputs: 1,
//!     keeps_checkpoints: true,
//! };
//! let board = Board::create(&path, &start)?;
//! let view = BoardView::open(&path)?; // in this or any other process
//! assert_eq!(view.snapshot()?.status, Status::Running);
//! board.finish(End::Finished, 0)?;
//! assert_eq!(view.snapshot()?.status, Status::Finished);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod digest;
mod layout;
mod resume;
mod saved;
mod saver;
mod search;
#[cfg(test)]
mod tests;
mod view;

use std::{
    io,
    path::{Path, PathBuf},
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant, SystemTime},
};

use self::layout::{BoardHeader, BoardState};
pub use self::{
    digest::Digest,
    saved::Saved,
    search::{Search, Searched, When, go_on, search},
    view::{BoardView, Snapshot, Status},
};
pub use crate::input::Identity;
use crate::{
    error::{Error, Reason},
    line::to_u64,
    scan::{Progress, ProgressPlace},
    sys::{self, Locked, SharedFile, SharedMap},
};

/// How often the board is synced to the disk while a scan runs. Only a power cut makes that
/// necessary: what a killed process has written stays.
const SYNC_EVERY: Duration = Duration::from_secs(1);

/// What a scan says about itself when it begins.
#[derive(Clone, Debug)]
pub struct Start {
    /// What the scan looks for.
    pub digest: Digest,
    /// The name of the first input. A board keeps its last 160 bytes.
    pub name: String,
    /// What the scan looks for, for people. A board keeps its first 152 bytes.
    pub search: String,
    /// How many workers the scan has.
    pub workers: usize,
    /// How many inputs the scan has.
    pub inputs: usize,
    /// Whether the scan leaves checkpoints. It can do so if its input is a single regular file that
    /// is searched from front to back.
    pub keeps_checkpoints: bool,
}

/// How a scan ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The scan searched what it was to search, with or without trouble.
    Finished,
    /// A signal or a stop ended the scan, or nobody wanted more of its results.
    Interrupted,
    /// An error ended the scan.
    Failed,
}

/// A board that this process writes.
///
/// A board that is dropped without [`Board::finish`] says that its scan failed.
#[derive(Debug)]
pub struct Board {
    path: PathBuf,
    /// The file stays open as long as the scan runs, because it holds the lock.
    file: Locked,
    map: Arc<SharedMap>,
    saved: Option<Saved>,
    /// Which of the synced places is written next.
    next_synced: usize,
    synced: Instant,
    has_ended: bool,
}

impl Board {
    /// Creates a board. If there is a board that no scan uses, it begins anew on that one. A file
    /// that is no board stays as it is.
    ///
    /// # Errors
    /// [`Error::Board`] if the system reports an error, if the file is no board, or if another scan
    /// uses it.
    pub fn create(path: &Path, start: &Start) -> Result<Board, Error> {
        let reason = |reason| Error::Board {
            path: path.into(),
            reason,
        };
        let (file, _) = claim(path).map_err(reason)?;
        Board::begin(path, file, start, None).map_err(reason)
    }

    /// Opens the board of an earlier scan that looked for the same, to go on where that scan has
    /// ended. Creates a board if there is none.
    ///
    /// # Errors
    /// The errors of [`Board::create`]. Also [`Error::Board`] if the earlier scan looked for
    /// something else or has left no checkpoint.
    pub fn reopen(path: &Path, start: &Start) -> Result<Board, Error> {
        let reason = |reason| Error::Board {
            path: path.into(),
            reason,
        };
        if !SharedFile::is_lasting(path) {
            return Err(reason(
                "it is memory that is gone when its search ends; to continue, use a file".into(),
            ));
        }
        let (file, header) = claim(path).map_err(reason)?;
        let Some(header) = header else {
            return Board::begin(path, file, start, None).map_err(reason);
        };
        let differences = start.digest.differences(&header.digest);
        if !differences.is_empty() {
            return Err(reason(format!(
                "it is of another search, for {}: {} {} not the same; use a board of its own for each search, or leave \
                 out --continue to begin anew",
                header.search,
                list(&differences),
                if differences == ["the patterns"] || differences.len() > 1 {
                    "are"
                } else {
                    "is"
                },
            )));
        }
        if !header.keeps_checkpoints {
            return Err(reason(
                "the search that left it cannot be continued, as it was not of a single regular file from front to \
                 back; leave out --continue to begin anew"
                    .into(),
            ));
        }
        let view = file.view().map_err(|error| reason(said(&error)))?;
        let Some(saved) = layout::newest(|at| view.load(at)) else {
            return Err(reason(
                "it is damaged: it holds no whole checkpoint; remove it to begin anew".into(),
            ));
        };
        Board::begin(path, file, start, Some(saved)).map_err(reason)
    }

    /// Writes everything that a new scan says. A kill between any two stores leaves a file that is
    /// no board yet, or a board on which nothing has been searched, or the old board.
    fn begin(
        path: &Path,
        file: Locked,
        start: &Start,
        continued: Option<Saved>,
    ) -> Result<Board, String> {
        let map = file.map(layout::WORDS).map_err(|error| said(&error))?;
        let words = map.words();
        let load = |at: usize| words[at].load(Ordering::Relaxed);
        let last = layout::newest(load);
        let next_synced = layout::next_synced(load);
        for word in &words[layout::COUNTERS_AT..layout::SLOTS_AT[0]] {
            word.store(0, Ordering::Relaxed);
        }
        words[layout::STATE].store(BoardState::Running.number(), Ordering::Release);
        let mut board = Board {
            path: path.into(),
            file,
            map: Arc::new(map),
            saved: continued.or(last),
            next_synced,
            synced: Instant::now(),
            has_ended: false,
        };
        if continued.is_none() {
            // This is written before the header, so that the checkpoint of an older search is never
            // taken for one of this search.
            board.save(Saved::default());
        }
        let header = BoardHeader {
            process_id: u64::from(std::process::id()),
            boot_id: sys::boot_id(),
            begun_wall_ns: wall_ns(),
            begun_ns: sys::monotonic_ns(),
            workers: to_u64(start.workers),
            inputs: to_u64(start.inputs),
            keeps_checkpoints: start.keeps_checkpoints,
            digest: start.digest,
            name: start.name.clone(),
            search: start.search.clone(),
        };
        // This is one write within a page, so a process is killed before it or after it.
        board
            .file
            .write_at(&header.encode(), 0)
            .map_err(|error| said(&error))?;
        Ok(board)
    }

    /// Returns `progress` with its counters on this board. A scan that gets it counts there.
    pub fn show(&self, progress: Progress) -> Progress {
        progress.on_board(ProgressPlace {
            map: Arc::clone(&self.map),
            counters_at: layout::COUNTERS_AT,
            lanes_at: layout::LANES_AT,
            lane_words: layout::LANE_WORDS,
            lanes: layout::LANES,
        })
    }

    /// Records that one of several inputs has been searched, and how many notes there were about
    /// it.
    pub fn input_done(&self, notes: usize) {
        let words = self.map.words();
        words[layout::INPUTS_DONE].fetch_add(1, Ordering::Relaxed);
        words[layout::NOTES].fetch_add(to_u64(notes), Ordering::Relaxed);
    }

    /// Returns the newest checkpoint.
    pub fn saved(&self) -> Option<&Saved> {
        self.saved.as_ref()
    }

    /// Writes a checkpoint.
    fn save(&mut self, saved: Saved) {
        let sequence = self.saved.as_ref().map_or(0, |saved| saved.sequence) + 1;
        let saved = Saved {
            sequence,
            saved_wall_ns: wall_ns(),
            ..saved
        };
        let turn = if sequence.is_multiple_of(2) { 0 } else { 1 };
        self.write_slot(turn, &saved);
        let lines = saved.numbered_lines;
        self.map.words()[layout::LINES].store(lines, Ordering::Relaxed);
        self.saved = Some(saved);
        if self.synced.elapsed() >= SYNC_EVERY {
            // A failed sync is tried again. At the end of the scan its error is reported.
            let _ = self.sync();
        }
    }

    /// Writes a checkpoint to one place. The order of the stores does not matter: the checksum
    /// covers all of them and tells whether they are whole.
    fn write_slot(&self, slot: usize, saved: &Saved) {
        let words = &self.map.words()[layout::SLOTS_AT[slot]..];
        for (word, value) in words.iter().zip(saved.encode()) {
            word.store(value, Ordering::Relaxed);
        }
    }

    /// Brings the newest checkpoint to the disk. Its place there is not written again before
    /// another checkpoint is on the disk.
    fn sync(&mut self) -> io::Result<()> {
        if let Some(saved) = self.saved {
            self.write_slot(self.next_synced, &saved);
            self.next_synced = if self.next_synced == 2 { 3 } else { 2 };
        }
        let synced = self.map.flush();
        self.synced = Instant::now();
        synced
    }

    /// Says how the scan ended, and with which exit status, brings that to the disk, and makes the
    /// mapping read-only. Returns the board as it stays, and how long the disk took.
    ///
    /// # Errors
    /// [`Error::Board`] if somebody cut the file short, or if the system reports an error.
    pub fn finish(mut self, end: End, exit_status: u8) -> Result<(BoardView, Duration), Error> {
        let path = self.path.clone();
        let error = |reason| Error::Board {
            path: path.clone(),
            reason,
        };
        let state = match end {
            End::Finished => BoardState::Finished,
            End::Interrupted => BoardState::Interrupted,
            End::Failed => BoardState::Failed,
        };
        self.end(state, exit_status);
        let begun = Instant::now();
        let synced = self.sync();
        let took = begun.elapsed();
        if self.map.is_lost() {
            return Err(error(
                "somebody cut it short while it was in use; the next search with it begins anew"
                    .into(),
            ));
        }
        synced.map_err(|why| error(said(&why)))?;
        let map = Arc::clone(&self.map);
        drop(self);
        let map = Arc::into_inner(map)
            .ok_or_else(|| error("a Progress that was shown on it is still in use".into()))?;
        let view = map.seal().map_err(|why| error(said(&why)))?;
        Ok((BoardView::sealed(&path, view), took))
    }

    /// Writes how the scan ended. The state is stored last and with `Release`: a reader that sees
    /// it sees everything that was counted before.
    fn end(&mut self, state: BoardState, exit_status: u8) {
        let words = self.map.words();
        words[layout::EXIT_STATUS].store(u64::from(exit_status), Ordering::Relaxed);
        words[layout::HEARTBEAT].store(sys::monotonic_ns(), Ordering::Relaxed);
        words[layout::STATE].store(state.number(), Ordering::Release);
        self.has_ended = true;
    }
}

impl Drop for Board {
    fn drop(&mut self) {
        if !self.has_ended {
            self.end(BoardState::Failed, 2);
        }
    }
}

/// Opens `path` and takes its lock. Returns what is in the file, or `None` if it is new. A file
/// that is no board is left as it is.
fn claim(path: &Path) -> Result<(Locked, Option<BoardHeader>), String> {
    let file =
        SharedFile::open(path, layout::WORDS).map_err(|error| {
            match sys::is_symbolic_link(&error) {
                true => "it is a symbolic link, which is not followed".into(),
                false => said(&error),
            }
        })?;
    if !file.is_regular().map_err(|error| said(&error))? {
        return Err("it is not a regular file".into());
    }
    let locked = file
        .try_lock()
        .map_err(|error| format!("its lock: {}", said(&error)))?;
    let file = match locked {
        Ok(file) => file,
        Err(file) => {
            return Err(match read_header(&file) {
                Ok(Some(header)) => format!(
                    "a search that runs now uses it, process {}; wait for its end, or use another board",
                    header.process_id
                ),
                _ => "another process uses it".into(),
            });
        }
    };
    let header = read_header(&file)?;
    Ok((file, header))
}

/// Returns the header of a file. Returns `None` if the file is empty. It does so too if the file is
/// as long as a board and all zeros but for counters and checkpoints: the maker of that board was
/// killed before it wrote the header.
fn read_header(file: &SharedFile) -> Result<Option<BoardHeader>, String> {
    let length = file.length().map_err(|error| said(&error))?;
    let mut bytes = [0; layout::BOARD_BYTES];
    let read = file.read_at(&mut bytes, 0).map_err(|error| said(&error))?;
    let is_zero = |bytes: &[u8]| bytes.iter().all(|&byte| byte == 0);
    let (header, lanes) = (
        &bytes[..layout::HEADER_BYTES],
        &bytes[layout::LANES_AT * 8..],
    );
    if length == 0 || (length == to_u64(bytes.len()) && is_zero(header) && is_zero(lanes)) {
        return Ok(None);
    }
    BoardHeader::decode(&header[..read.min(layout::HEADER_BYTES)], length).map(Some)
}

/// Returns an I/O error in the system's words.
fn said(error: &io::Error) -> String {
    Reason(error).to_string()
}

/// Returns the time in nanoseconds since 1970.
fn wall_ns() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |time| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX))
}

/// Returns the words as a list for people: `a`, `a and b`, `a, b and c`.
fn list(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [word] => (*word).into(),
        [words @ .., last] => format!("{} and {last}", words.join(", ")),
    }
}
