//! What a line says without what varies from run to run, as a number; and all that a baseline says.

use std::collections::HashSet;

use crate::{
    error::Error,
    record::Prefix,
    scan::{Fold, Lines, Values},
    templates::{self, Memo},
};

use super::{MATCHED_BYTES_MAX, visible::visible};

/// How many different masks of a baseline are kept: they take about 64 MiB. Lines with later ones
/// look new.
const KNOWN_MAX: usize = 4 << 20;

/// The masked form of a line, as a number that is the same on every machine and in every run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Mask(pub(crate) u64);

/// Makes masks, and remembers those of lines that differ in digits only.
#[derive(Debug, Default)]
pub(crate) struct Masks {
    memo: Memo<Option<Mask>>,
}

impl Masks {
    /// The mask of a line's visible text; none of a line that says nothing.
    pub(crate) fn of(&mut self, shown: &[u8]) -> Option<Mask> {
        let mask = |masked: &[u8]| {
            let masked = masked.trim_ascii();
            (!masked.is_empty()).then(|| Mask(templates::hash(masked)))
        };
        self.memo.of(shown, mask).0.value
    }
}

/// What the lines of baselines say.
#[derive(Debug, Default)]
pub(crate) struct Known {
    masks: HashSet<Mask>,
    /// How many lines had a mask for which there was no room.
    pub(crate) left_out: u64,
}

impl Known {
    pub(crate) fn has(&self, mask: Mask) -> bool {
        self.masks.contains(&mask)
    }

    fn add(&mut self, mask: Mask) {
        if self.masks.len() < KNOWN_MAX {
            self.masks.insert(mask);
        } else if !self.masks.contains(&mask) {
            self.left_out += 1;
        }
    }
}

/// The pass over a baseline.
pub(crate) struct Learning {
    /// What the collector of logs wrote in front of each line.
    collector: Option<Prefix>,
    pub(crate) known: Known,
}

impl Learning {
    /// Adds to what the baselines before say.
    pub(crate) fn new(collector: Option<Prefix>, known: Known) -> Learning {
        Learning { collector, known }
    }
}

/// What a worker needs for it, and the different masks of the chunk in hand, in the order in which
/// they first come.
pub(crate) struct LearningWorker {
    collector: Option<Prefix>,
    masks: Masks,
    buffer: Vec<u8>,
    seen: HashSet<Mask>,
    part: Vec<Mask>,
}

impl Fold for Learning {
    type Worker = LearningWorker;
    type Value = Vec<Mask>;

    fn worker(&self) -> LearningWorker {
        LearningWorker {
            collector: self.collector,
            masks: Masks::default(),
            buffer: Vec::new(),
            seen: HashSet::new(),
            part: Vec::new(),
        }
    }

    fn lines(
        worker: &mut LearningWorker,
        lines: &Lines<'_>,
        _: &mut Values<'_, '_, Vec<Mask>>,
    ) -> Result<(), Error> {
        for numbered in lines.iter() {
            let raw = numbered.line.bytes;
            let raw = &raw[..raw.len().min(MATCHED_BYTES_MAX)];
            let shown = visible(raw, worker.collector, &mut worker.buffer);
            if let Some(mask) = worker.masks.of(shown)
                && worker.seen.insert(mask)
            {
                worker.part.push(mask);
            }
        }
        Ok(())
    }

    fn value(worker: &mut LearningWorker) -> Option<Vec<Mask>> {
        worker.seen.clear();
        let part = std::mem::take(&mut worker.part);
        (!part.is_empty()).then_some(part)
    }

    fn fold(&mut self, part: Vec<Mask>) -> Result<(), Error> {
        part.into_iter().for_each(|mask| self.known.add(mask));
        Ok(())
    }
}
