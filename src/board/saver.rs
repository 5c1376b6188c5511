//! Takes checkpoints from a scan to its board.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use super::{Board, Saved, When, resume::LogPart};
use crate::{
    error::Error,
    input::{Content, tail_hash},
    scan::{self, Checkpoint, Note, Render, Sink, Summary},
};

/// How often a checkpoint is saved while nothing is found. One checkpoint costs some microseconds,
/// most of them for the hash of the bytes before it. Without output there is nothing that a later
/// search could repeat.
const SAVE_EVERY: Duration = Duration::from_millis(10);

/// A sink that passes everything on to another, and saves checkpoints when their output has been
/// delivered.
///
/// It does not begin or end the other sink, because a search may have several parts.
pub(super) struct CheckpointSaver<'a> {
    pub(super) board: &'a mut Board,
    pub(super) sink: &'a mut dyn Sink,
    pub(super) when: When,
    pub(super) part: &'a PartMark,
    /// Called with each note before a checkpoint moves behind what the note is about.
    pub(super) on_note: &'a (dyn Fn(&Note) + Sync),
    /// The checkpoint that was saved last in this part.
    pub(super) latest: Option<Checkpoint>,
    pub(super) has_output: bool,
    pub(super) saved: Instant,
}

/// What checkpoints need to know about a part of a search.
pub(super) struct PartMark {
    pub(super) path: std::path::PathBuf,
    pub(super) log: Content,
    pub(super) identity: super::Identity,
    pub(super) complete_to: u64,
    pub(super) numbered: (u64, u64),
    /// How many hits there were before this part.
    pub(super) hits_before: u64,
}

impl Sink for CheckpointSaver<'_> {
    fn expands(&self) -> bool {
        self.sink.expands()
    }

    fn renderer(&self) -> Option<Box<dyn Render>> {
        self.sink.renderer()
    }

    fn deliver(&mut self, rendered: &[u8]) -> Result<(), Error> {
        self.has_output = true;
        self.sink.deliver(rendered)
    }

    fn wants_head(&self) -> bool {
        self.sink.wants_head()
    }

    fn folds(&self) -> bool {
        self.sink.folds()
    }

    fn value(&mut self, value: scan::Value) -> Result<(), Error> {
        self.has_output = true;
        self.sink.value(value)
    }

    fn cut(&mut self) -> Result<(), Error> {
        self.sink.cut()
    }

    fn wants_checkpoints(&self) -> bool {
        self.when == When::Delivered
    }

    fn reached(&mut self, checkpoint: &Checkpoint) -> Result<(), Error> {
        // A search that is killed behind this checkpoint would never say what was lost before it.
        if checkpoint.has_losses {
            return Ok(());
        }
        // For each checkpoint everything before it would have to be decoded once more. If the
        // search is not killed, the checkpoint at its end is enough.
        if self.part.log.is_decoded() {
            return Ok(());
        }
        if self.has_output || self.saved.elapsed() >= SAVE_EVERY {
            self.save(checkpoint)?;
        }
        Ok(())
    }

    fn end(&mut self, summary: &Summary) -> Result<(), Error> {
        summary.notes.iter().for_each(self.on_note);
        match self.when {
            When::Delivered => self.save(&summary.checkpoint),
            When::Ended => Ok(()),
        }
    }
}

impl CheckpointSaver<'_> {
    fn save(&mut self, checkpoint: &Checkpoint) -> Result<(), Error> {
        self.has_output = false;
        self.saved = Instant::now();
        if self.latest.replace(*checkpoint) == Some(*checkpoint) {
            return Ok(());
        }
        save(self.board, self.part, checkpoint)
    }
}

/// Saves a checkpoint in one part of a search.
pub(super) fn save(
    board: &mut Board,
    mark: &PartMark,
    checkpoint: &Checkpoint,
) -> Result<(), Error> {
    let offset = checkpoint.offset.min(mark.complete_to);
    let is_before_last = offset < checkpoint.offset;
    let (numbered_at, numbered_lines) = match checkpoint.lines {
        // The last line is not counted, because it is not complete.
        Some(lines) if is_before_last => (offset, lines.saturating_sub(1)),
        Some(lines) => (offset, lines),
        None => mark.numbered,
    };
    let tail_hash = tail_hash(&mark.log, offset).map_err(|source| Error::Read {
        path: mark.path.clone(),
        offset,
        source,
    })?;
    // There is no hash if the log has been cut short. Then the older checkpoint stays. It also
    // stays if the log has been written anew since, which its start tells. The start is looked at
    // last: a checkpoint made of two logs would be found in neither.
    if let Some(tail_hash) = tail_hash
        && mark.has_its_head()?
    {
        board.save(Saved {
            offset,
            numbered_at,
            numbered_lines,
            hits: mark.hits_before.saturating_add(checkpoint.hits),
            identity: mark.identity,
            tail_hash,
            ..Saved::default()
        });
    }
    Ok(())
}

impl PartMark {
    /// Takes from `part` what its checkpoints need.
    pub(super) fn of(part: &LogPart, log: Content, hits_before: u64) -> PartMark {
        PartMark {
            path: Path::to_path_buf(part.source.path()),
            log,
            identity: part.identity,
            complete_to: part.complete_to,
            numbered: part.numbered,
            hits_before,
        }
    }

    /// Returns whether the log still begins with the bytes that it began with.
    pub(super) fn has_its_head(&self) -> Result<bool, Error> {
        let is_head = self.identity.is_head_of(&self.log);
        is_head.map_err(|source| Error::Read {
            path: self.path.clone(),
            offset: 0,
            source,
        })
    }
}
