//! Counts in the chunks of a file without rendering: hits from the end of the file, or lines from
//! its start.

use std::ops::Range;

use super::{
    Progress, Scan, Workers,
    claims::{Growth, Hands, Input},
    ordered::{self, Claim, Linked, OrderStart, Stages},
    search::{Ended, Task},
};
use crate::{
    error::Error,
    input::{Claimed, Claims, Hole, ReadError, Source},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CountOf {
    /// Hits are counted, from the last chunk to the first.
    HitsFromTheEnd,
    /// Lines are counted, from the first chunk to the last.
    Lines,
}

/// The counting in the chunks of a file, until there are enough.
pub(super) struct LineCounting<'a> {
    pub(super) scan: &'a Scan,
    pub(super) input: &'a Input<'a>,
    pub(super) what: CountOf,
    pub(super) enough: u64,
    pub(super) progress: &'a Progress,
}

/// The result of a counting.
pub(super) struct CountedPiece {
    pub(super) sum: u64,
    /// Where the last chunk begins that was needed.
    pub(super) start: u64,
    pub(super) bytes: u64,
    pub(super) hole: Option<Hole>,
    pub(super) ended: Option<Ended>,
}

/// The count of one chunk.
pub(super) struct CountedPart {
    sum: u64,
    range: Range<u64>,
    hole: Option<Hole>,
    /// What ends the counting. A file that ends earlier than it did when it was opened does so too.
    ended: Option<Ended>,
}

/// Counts the lines that begin in the range of `scan`. The range is in a file.
pub(super) fn lines(
    scan: &Scan,
    source: &mut Source,
    workers: &Workers,
    progress: &Progress,
) -> Result<CountedPiece, Error> {
    let (input, _) = Input::new(scan, source, scan.range.start, Growth::Shrinks, progress);
    let counting = LineCounting {
        scan,
        input: &input,
        what: CountOf::Lines,
        enough: u64::MAX,
        progress,
    };
    counting.run(workers)
}

impl<'a> LineCounting<'a> {
    pub(super) fn run(&self, workers: &Workers) -> Result<CountedPiece, Error> {
        let hands = self.input.hands(self.scan, workers, || None);
        let loader = &self.input.loader;
        let (start, claims) = match self.what {
            CountOf::HitsFromTheEnd => (loader.range().end, loader.claims_from_the_end()),
            CountOf::Lines => (loader.range().start, loader.claims_from(0)),
        };
        let carry = CountedPiece {
            sum: 0,
            start,
            bytes: 0,
            hole: None,
            ended: None,
        };
        let start = OrderStart {
            feed: claims,
            carry,
        };
        ordered::run(workers, self, hands, start, &mut |_| Ok(()))
    }
}

impl<'a> Stages for LineCounting<'a> {
    type Feed = Claims<'a>;
    type Claim = Claimed;
    type Hands = Hands;
    type Found = CountedPart;
    type Carry = CountedPiece;
    type Turn = ();

    fn may_block(&self, claims: &mut Claims<'a>) -> bool {
        claims.may_block()
    }

    fn claim(&self, claims: &mut Claims<'a>, hands: &mut Hands) -> Claim<Claimed> {
        self.input.claim(claims, &mut hands.buffers)
    }

    fn search(&self, hands: &mut Hands, claimed: Claimed) -> CountedPart {
        let task = match self.what {
            CountOf::HitsFromTheEnd => hits_only(self.scan, self.input),
            CountOf::Lines => lines_only(self.scan, self.input),
        };
        let range = match claimed {
            Claimed::Number(nth) => self.input.loader.nominal(nth),
            Claimed::Chunk(_) | Claimed::Failed(_) | Claimed::Stop => 0..0,
        };
        let mut searched = self.input.search(task, hands, claimed);
        self.input.searched(&searched, 0, hands.nth, self.progress);
        let mut part = CountedPart {
            sum: 0,
            range,
            hole: None,
            ended: None,
        };
        for found in searched.iter_mut() {
            let chunk = &found.chunk;
            part.sum += match self.what {
                CountOf::HitsFromTheEnd => found.hits,
                CountOf::Lines => found.lines,
            };
            if let Some(hole) = &chunk.hole_before {
                hole.add_to(&mut part.hole);
            }
            if let Some(shrank_to) = chunk.shrank_to
                && !self.input.loader.may_end_early()
            {
                part.ended = Some(Ended::Failed(ReadError::early_end(shrank_to)));
            }
            part.ended = found.ended.take().or(part.ended);
        }
        hands.give_back(searched);
        part
    }

    fn link(&self, carry: &mut CountedPiece, part: &mut CountedPart) -> Linked<()> {
        carry.ended = part.ended.take();
        if carry.ended.is_none() {
            carry.sum += part.sum;
            carry.start = part.range.start;
            carry.bytes += part.range.end - part.range.start;
            if let Some(hole) = &part.hole {
                hole.add_to(&mut carry.hole);
            }
        }
        Linked {
            turn: None,
            stop: carry.sum >= self.enough || carry.ended.is_some(),
            reached: None,
        }
    }

    fn discard(&self, _: &mut Hands, _: CountedPart) {}
}

/// Returns the task of counting lines, and nothing else.
fn lines_only(scan: &Scan, input: &Input<'_>) -> Task {
    Task {
        count_lines: true,
        hits_max: 0,
        may_change: false,
        ..hits_only(scan, input)
    }
}

/// Returns the task of counting hits, and nothing else.
pub(super) fn hits_only(scan: &Scan, input: &Input<'_>) -> Task {
    Task {
        invert: scan.invert,
        count_lines: false,
        places: false,
        hits_max: u64::MAX,
        max_line_bytes: scan.max_line_bytes(),
        may_change: input.loader.may_change(),
        hashes: false,
    }
}
