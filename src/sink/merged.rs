//! Prints the hits of several inputs in the order of their times.
//!
//! ```text
//! worker:    each hit: its time (the engine has it), and its text as Text renders it
//! in order:  add to SortedRuns: in memory, and beyond RUN_BYTES_MAX as sorted runs in one temporary file
//! at the end: the runs are merged, and Text gets the lines
//! ```
//! 1. Nothing is assumed of the order of lines in an input: the order is that of a stable sort by
//!    time, whatever the inputs are. So it holds for streams, compressed logs and archives too, and
//!    each input is read once, with all cores, one after the other.
//! 2. Hits of one time stand in the order of the inputs, and in each in that of its lines. A hit
//!    without a time of its own has that of the line above, so it follows that line if nothing of the
//!    same time comes between. Hits above the first time of their input come first.
//! 3. Memory: one run with one line, and 64 KiB for each of at most 256 other runs, however long
//!    their lines are. Nothing is printed before all inputs have been read.

mod runs;

use std::path::{Path, PathBuf};

use self::runs::SortedRuns;
use super::Text;
use crate::{
    error::Error,
    scan::{Fold, Lines, Out, Render, Sink, Values},
};

/// A worker hands its hits over when their text has grown to this size.
const PART_BYTES_MAX: usize = 1 << 20;

/// Lines are given on in pieces of about this size.
const PIECE_BYTES: usize = 64 << 10;

/// A sink that prints hits in the order of their times, for a scan that
/// [dates hits](crate::Scan::dates_hits).
#[derive(Debug)]
pub struct Merged {
    text: Text,
    runs: SortedRuns,
}

impl Merged {
    /// Creates a sink that prints with `text`, and keeps what is too much for memory in a file
    /// without a name in `folder`.
    pub fn new(text: Text, folder: PathBuf) -> Merged {
        Merged {
            text,
            runs: SortedRuns::new(folder),
        }
    }

    #[cfg(test)]
    fn with_limits(self, run_bytes_max: usize, runs_max: usize) -> Merged {
        Merged {
            runs: self.runs.with_limits(run_bytes_max, runs_max),
            ..self
        }
    }

    /// Prints all hits.
    ///
    /// # Errors
    /// [`Error::Write`], and [`Error::Temporary`] if what was kept in a file cannot be read again.
    pub fn finish(&mut self) -> Result<(), Error> {
        let Merged { text, runs } = self;
        let mut piece = Vec::new();
        runs.merge(|part| {
            piece.extend_from_slice(part.text);
            if piece.len() > PIECE_BYTES {
                text.deliver(&piece)?;
                piece.clear();
            }
            Ok(())
        })?;
        text.deliver(&piece)
    }
}

/// The things with which a worker renders hits, and the hits of the chunk in hand.
pub struct HitRenderer {
    render: Option<Box<dyn Render>>,
    part: MergedPart,
}

/// Hits of a chunk, as they are printed.
#[derive(Debug, Default)]
pub struct MergedPart {
    /// The time of each hit, and the length of its text. A hit without a time has the earliest time
    /// that there is.
    hits: Vec<(i64, usize)>,
    text: Vec<u8>,
}

impl Fold for Merged {
    type Worker = HitRenderer;
    type Value = MergedPart;

    fn begin(&mut self, path: &Path) {
        self.text.begin(path);
    }

    fn opens_archive(&mut self) {
        self.text.opens_archive();
    }

    fn worker(&self) -> HitRenderer {
        HitRenderer {
            render: self.text.renderer(),
            part: MergedPart::default(),
        }
    }

    fn lines(
        worker: &mut HitRenderer,
        lines: &Lines<'_>,
        values: &mut Values<'_, '_, MergedPart>,
    ) -> Result<(), Error> {
        let HitRenderer {
            render: Some(render),
            part,
        } = worker
        else {
            return Ok(());
        };
        if !lines.are_hits() {
            return Ok(());
        }
        for (time_ns, line) in lines.singly() {
            let before = part.text.len();
            Out::collect(&mut part.text, |out| render.lines(&line, out))?;
            let length = part.text.len() - before;
            part.hits.push((time_ns.unwrap_or(i64::MIN), length));
            if part.text.len() > PART_BYTES_MAX {
                values.push(std::mem::take(part))?;
            }
        }
        Ok(())
    }

    fn value(worker: &mut HitRenderer) -> Option<MergedPart> {
        let is_empty = worker.part.hits.is_empty();
        (!is_empty).then(|| std::mem::take(&mut worker.part))
    }

    fn fold(&mut self, part: MergedPart) -> Result<(), Error> {
        let mut rest = &part.text[..];
        for (time_ns, length) in part.hits {
            let (text, behind) = rest.split_at(length);
            rest = behind;
            self.runs.add(time_ns, text)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
