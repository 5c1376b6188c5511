//! What a line says without what varies from run to run, as a number; and all that a baseline says.

use std::collections::HashSet;

use crate::{
    record::Prefix,
    scan::{ChunkLines, Work},
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
        self.memo.of(shown, mask).value
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
    pub(crate) collector: Option<Prefix>,
}

/// What a worker needs for it.
#[derive(Default)]
pub(crate) struct LearningHands {
    masks: Masks,
    buffer: Vec<u8>,
}

impl Work for Learning {
    type Hands = LearningHands;
    type Part = Vec<Mask>;
    type Total = Known;

    fn hands(&self) -> LearningHands {
        LearningHands::default()
    }

    /// The different masks in a chunk, in the order in which they first come.
    fn part(&self, hands: &mut LearningHands, lines: ChunkLines<'_>) -> Vec<Mask> {
        let mut seen = HashSet::new();
        let mut part = Vec::new();
        for line in lines.iter() {
            let raw = &line.bytes[..line.bytes.len().min(MATCHED_BYTES_MAX)];
            let shown = visible(raw, self.collector, &mut hands.buffer);
            if let Some(mask) = hands.masks.of(shown)
                && seen.insert(mask)
            {
                part.push(mask);
            }
        }
        part
    }

    fn fold(&self, total: &mut Known, part: Vec<Mask>, _: u64) {
        for mask in part {
            total.add(mask);
        }
    }
}
