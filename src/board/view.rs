//! A board as other processes see it. They map it for reading only, and ask about its lock.

use std::{
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use super::{
    Saved,
    layout::{self, BoardHeader, BoardState},
    said,
};
use crate::{
    error::Error,
    line::{to_u64, to_usize},
    sys::{self, SharedFile, SharedView},
};

/// A running scan that has done nothing for this long is called stalled.
const STALLED_AFTER: Duration = Duration::from_secs(10);

/// How often a header is read again that was being written meanwhile.
const TRIES: usize = 100;

/// A board that this process looks at. It can change nothing on it.
#[derive(Debug)]
pub struct BoardView {
    path: PathBuf,
    /// The file, to ask about its lock. `None` if this process has just ended the scan.
    file: Option<SharedFile>,
    view: SharedView,
}

/// The state of a scan, as others see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// The scan runs.
    Running,
    /// The scan runs, but has done nothing for a while. It is stopped, or waits for its input or
    /// for the reader of its results.
    Stalled,
    /// The scan searched what it was to search.
    Finished,
    /// The scan was ended before that, in order.
    Interrupted,
    /// An error ended the scan.
    Failed,
    /// The scan was killed: nobody holds its lock, and it has not said how it ended.
    Crashed,
    /// The scan was killed as in `Crashed`, and the machine has been started again since.
    Rebooted,
}

/// Everything that a board said at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The name of the first input.
    pub name: String,
    /// What the scan looks for, for people.
    pub search: String,
    /// The id of the scan's process, in its own pid namespace.
    pub process_id: u64,
    /// When the scan began, in nanoseconds since 1970.
    pub begun_wall_ns: u64,
    /// The state of the scan.
    pub status: Status,
    /// The exit status of the scan, once it has ended.
    pub exit_status: Option<u8>,
    /// How many inputs the scan has.
    pub inputs: u64,
    /// How many of the inputs the scan has done.
    pub inputs_done: u64,
    /// The length in bytes of the input that is being searched, or 0 if it is not known. The
    /// counters are about this input too.
    pub bytes_total: u64,
    /// How many bytes of the input have been searched.
    pub bytes_done: u64,
    /// How many hits were found, before any limit is applied.
    pub hits: u64,
    /// How many lines are before the newest checkpoint, as far as lines are counted.
    pub lines: u64,
    /// How many notes there were on inputs that are done.
    pub notes: u64,
    /// How many bytes each worker has searched.
    pub lanes: Vec<u64>,
    /// How long the input has been searched, or how long it was until the scan ended.
    pub input_for: Duration,
    /// How long the scan has done nothing, if it runs.
    pub silent_for: Duration,
    /// Where the next scan may go on, if checkpoints are kept.
    pub saved: Option<Saved>,
}

impl Status {
    /// Returns whether the scan has not ended yet.
    pub fn is_running(self) -> bool {
        matches!(self, Status::Running | Status::Stalled)
    }

    fn of(state: BoardState, is_locked: bool, is_this_boot: bool, silent_for: Duration) -> Status {
        match state {
            BoardState::Finished => Status::Finished,
            BoardState::Interrupted => Status::Interrupted,
            BoardState::Failed => Status::Failed,
            // The boot id does not matter here: another machine may share the file and its locks.
            BoardState::Running if is_locked && silent_for >= STALLED_AFTER => Status::Stalled,
            BoardState::Running if is_locked => Status::Running,
            BoardState::Running if is_this_boot => Status::Crashed,
            BoardState::Running => Status::Rebooted,
        }
    }
}

impl BoardView {
    /// Opens a board to look at it.
    ///
    /// # Errors
    /// [`Error::Board`] if the system reports an error, or if the file is no board that this
    /// version can read.
    pub fn open(path: &Path) -> Result<BoardView, Error> {
        let reason = |reason| Error::Board {
            path: path.into(),
            reason,
        };
        let open = || -> io::Result<(SharedFile, u64)> {
            let file = SharedFile::open_view(path)?;
            let length = file.length()?;
            Ok((file, length))
        };
        let (file, length) = open().map_err(|error| reason(said(&error)))?;
        let mut header = [0; layout::HEADER_BYTES];
        let read = file
            .read_at(&mut header, 0)
            .map_err(|error| reason(said(&error)))?;
        let decoded = BoardHeader::decode(&header[..read], length);
        if header.iter().all(|&byte| byte == 0) {
            return Err(reason("there is nothing on it yet".into()));
        }
        // It does no harm here if the header is being written. `snapshot` reads it again.
        if let Err(why) = decoded
            && (length < to_u64(layout::BOARD_BYTES) || read_until_whole(&file, length).is_none())
        {
            return Err(reason(why));
        }
        let view = file.view().map_err(|error| reason(said(&error)))?;
        Ok(BoardView {
            path: path.into(),
            file: Some(file),
            view,
        })
    }

    /// Returns whether there is no board yet: nothing has that name, or a scan has only just made
    /// it.
    pub fn is_awaited(path: &Path) -> bool {
        SharedFile::is_missing(path) || BoardView::is_blank(path)
    }

    /// Returns whether nothing has been written to the file yet. A scan has just made it, or was
    /// killed when it had.
    pub fn is_blank(path: &Path) -> bool {
        let header = || -> io::Result<bool> {
            let file = SharedFile::open_view(path)?;
            let mut header = [0; layout::HEADER_BYTES];
            file.read_at(&mut header, 0)?;
            Ok(header.iter().all(|&byte| byte == 0))
        };
        header().unwrap_or(false)
    }

    /// Creates the view of a board whose scan this process has just ended.
    pub(super) fn sealed(path: &Path, view: SharedView) -> BoardView {
        BoardView {
            path: path.into(),
            file: None,
            view,
        }
    }

    /// Returns the name of the board as it was given.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads what the board says now.
    ///
    /// # Errors
    /// [`Error::Board`] if the file has been cut short or overwritten with something else.
    pub fn snapshot(&self) -> Result<Snapshot, Error> {
        let error = |reason| Error::Board {
            path: self.path.clone(),
            reason,
        };
        // A scan that ends says so before it gives its lock back. So a free lock means something
        // only if it was free before the state was read. If the lock is held afterwards, a new scan
        // has begun meanwhile.
        let was_locked = self.is_locked().map_err(|why| error(said(&why)))?;
        let header = self.header().map_err(error)?;
        let state = BoardState::of(self.view.load(layout::STATE));
        let is_locked = was_locked || self.is_locked().map_err(|why| error(said(&why)))?;
        let load = |at: usize| self.view.load(at);
        let now_ns = sys::monotonic_ns();
        let since = |then: u64| Duration::from_nanos(now_ns.saturating_sub(then));
        let heartbeat = load(layout::HEARTBEAT).max(header.begun_ns);
        let input_begun = load(layout::INPUT_BEGUN);
        let is_this_boot = header.boot_id == sys::boot_id();
        let snapshot = |state: BoardState| {
            let status = Status::of(state, is_locked, is_this_boot, since(heartbeat));
            let until = match status {
                Status::Running => now_ns,
                _ => heartbeat,
            };
            let lanes = header.workers.min(to_u64(layout::LANES));
            Snapshot {
                name: header.name.clone(),
                search: header.search.clone(),
                process_id: header.process_id,
                begun_wall_ns: header.begun_wall_ns,
                status,
                exit_status: match status {
                    Status::Finished | Status::Interrupted | Status::Failed => {
                        u8::try_from(load(layout::EXIT_STATUS)).ok()
                    }
                    _ => None,
                },
                inputs: header.inputs,
                inputs_done: load(layout::INPUTS_DONE),
                bytes_total: load(layout::BYTES_TOTAL),
                bytes_done: load(layout::BYTES_DONE),
                hits: load(layout::HITS),
                lines: load(layout::LINES),
                notes: load(layout::NOTES),
                lanes: (0..to_usize(lanes))
                    .map(|nth| load(layout::LANES_AT + nth * layout::LANE_WORDS))
                    .collect(),
                input_for: match input_begun {
                    0 => Duration::ZERO,
                    begun => Duration::from_nanos(until.saturating_sub(begun)),
                },
                silent_for: match status.is_running() {
                    true => since(heartbeat),
                    false => Duration::ZERO,
                },
                saved: match header.keeps_checkpoints {
                    true => layout::newest(load),
                    false => None,
                },
            }
        };
        let snapshot = state.map(snapshot);
        if self.view.is_lost() {
            return Err(error("somebody cut it short".into()));
        }
        snapshot.ok_or_else(|| error("it is damaged: its state is none that there is".into()))
    }

    fn is_locked(&self) -> io::Result<bool> {
        match &self.file {
            Some(file) => file.is_locked(),
            None => Ok(false),
        }
    }

    /// Reads the header number by number, because it may be changing: while a scan begins on an
    /// old board, part of the header may be old.
    fn header(&self) -> Result<BoardHeader, String> {
        let mut why = String::new();
        for _ in 0..TRIES {
            let mut bytes = [0; layout::HEADER_BYTES];
            for (nth, place) in bytes.chunks_exact_mut(8).enumerate() {
                place.copy_from_slice(&self.view.load(nth).to_ne_bytes());
            }
            match BoardHeader::decode(&bytes, to_u64(layout::BOARD_BYTES)) {
                Ok(header) => return Ok(header),
                Err(reason) => why = reason,
            }
        }
        Err(why)
    }
}

fn read_until_whole(file: &SharedFile, length: u64) -> Option<BoardHeader> {
    (0..TRIES).find_map(|_| {
        let mut bytes = [0; layout::HEADER_BYTES];
        let read = file.read_at(&mut bytes, 0).ok()?;
        BoardHeader::decode(&bytes[..read], length).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_told_apart() {
        let now = Duration::ZERO;
        let long = STALLED_AFTER;
        for (state, is_locked, is_this_boot, silent_for, want) in [
            (BoardState::Running, true, true, now, Status::Running),
            (BoardState::Running, true, false, now, Status::Running),
            (BoardState::Running, true, true, long, Status::Stalled),
            (BoardState::Running, false, true, now, Status::Crashed),
            (BoardState::Running, false, true, long, Status::Crashed),
            (BoardState::Running, false, false, now, Status::Rebooted),
            (BoardState::Finished, false, true, long, Status::Finished),
            // The scan is about to exit, or the next scan is about to begin.
            (BoardState::Finished, true, true, long, Status::Finished),
            (BoardState::Finished, false, false, long, Status::Finished),
            (
                BoardState::Interrupted,
                false,
                true,
                now,
                Status::Interrupted,
            ),
            (BoardState::Failed, false, true, now, Status::Failed),
        ] {
            let got = Status::of(state, is_locked, is_this_boot, silent_for);
            assert_eq!(
                got, want,
                "{state:?} {is_locked} {is_this_boot} {silent_for:?}"
            );
        }
    }
}
