//! Saves the counting of lines whose numbers nobody needs. The chunks of a file before the first
//! hit are searched alone. Only if there is a hit at all, their lines are counted afterwards, in
//! parallel.
//!
//! Where hits begin early this costs next to nothing. Where there are no hits it saves a pass over
//! all bytes.

use super::{
    Context, Progress, Scan, Workers,
    claims::{Hands, Input, SearchedChunk},
    count::{CountOf, LineCounting},
    link::{self, Carry},
    ordered::{self, Claim, Deliver, Linked, OrderStart, Stages},
    plan::{Pass, PassRules},
    search::Task,
};
use crate::{
    error::Error,
    input::{Claimed, Claims},
};

/// In a file of fewer chunks than this, lines are counted at once, because the chunk with the first
/// hit would be searched twice.
const CHUNKS_MIN: u64 = 8;

/// Returns whether it may save anything to search for the first hit first.
pub(super) fn is_worth_while(
    scan: &Scan,
    rules: &PassRules,
    input: &Input<'_>,
    pass: &Pass,
) -> bool {
    let is_whole = pass.start == scan.range.start && pass.hits.start == 0 && pass.floor.is_none();
    rules.renders
        && scan.line_numbers
        && !scan.count_lines
        && scan.lines.is_none()
        && !scan.hash_hits
        && scan.context != Context::All
        && is_whole
        && input.dates.is_none()
        && input.loader.pieces() >= Some(CHUNKS_MIN)
}

/// The facts that are known when the first chunk with a hit has been found. They are about
/// everything before it, its lines included.
pub(super) struct Skimmed {
    pub(super) carry: Carry,
    /// The number of that chunk. `None` if there is no hit, or if the scan ended before.
    pub(super) found_in: Option<u64>,
}

/// The search for the first chunk with a hit.
pub(super) struct Skim<'a> {
    pub(super) scan: &'a Scan,
    pub(super) rules: &'a PassRules,
    pub(super) input: &'a Input<'a>,
    pub(super) progress: &'a Progress,
}

impl<'a> Skim<'a> {
    /// Searches from `carry` on, which is the beginning.
    pub(super) fn run(
        &self,
        workers: &Workers,
        claims: Claims<'a>,
        mut carry: Carry,
        deliver: &mut Deliver<'_>,
    ) -> Result<Skimmed, Error> {
        let lines_before = carry.counts.lines;
        carry.counts.passed_over = true;
        let hands = self.input.hands(self.scan, workers, || None);
        let carry = Skimmed {
            carry,
            found_in: None,
        };
        let start = OrderStart {
            feed: claims,
            carry,
        };
        let mut skimmed = ordered::run(workers, self, hands, start, deliver)?;
        if let Some(found_in) = skimmed.found_in {
            let end = self.input.loader.nominal(found_in).start;
            self.progress
                .set_done(end - self.input.loader.range().start);
            // Some searches count on the way, and others do not.
            skimmed.carry.counts.lines = lines_before;
            self.count_before(workers, end, &mut skimmed)?;
            // If the search was ended, nobody knows how many lines there are.
            skimmed.carry.counts.passed_over = skimmed.found_in.is_none();
        }
        Ok(skimmed)
    }

    /// Counts the lines that begin before `end`.
    fn count_before(
        &self,
        workers: &Workers,
        end: u64,
        skimmed: &mut Skimmed,
    ) -> Result<(), Error> {
        let range = self.input.loader.range().start..end;
        if range.is_empty() {
            return Ok(());
        }
        let input = Input {
            loader: self.input.loader.with_range(range),
            // All lines have numbers.
            filter: None,
            dates: None,
            ..self.input.clone()
        };
        let counted = LineCounting {
            scan: self.scan,
            input: &input,
            what: CountOf::Lines,
            enough: u64::MAX,
            progress: &Progress::new(),
        }
        .run(workers)?;
        // The holes that the counting met are known from the search.
        skimmed.carry.counts.lines += counted.sum;
        if let Some(ended) = counted.ended {
            // Without their numbers no hits can be shown.
            skimmed.carry.end(ended);
            skimmed.found_in = None;
        }
        Ok(())
    }
}

impl<'a> Stages for Skim<'a> {
    type Feed = Claims<'a>;
    type Claim = Claimed;
    type Hands = Hands;
    type Found = SearchedChunk<'a>;
    type Carry = Skimmed;
    type Turn = ();

    fn may_block(&self, claims: &mut Claims<'a>) -> bool {
        claims.may_block()
    }

    fn claim(&self, claims: &mut Claims<'a>, hands: &mut Hands) -> Claim<Claimed> {
        self.input.claim(claims, &mut hands.buffers)
    }

    fn search(&self, hands: &mut Hands, claimed: Claimed) -> SearchedChunk<'a> {
        let task = Task {
            invert: self.scan.invert,
            count_lines: false,
            places: false,
            hits_max: 1,
            max_line_bytes: self.rules.max_line_bytes,
            may_change: self.input.loader.may_change(),
            hashes: false,
        };
        let mut searched = self.input.search(task, hands, claimed);
        // If the chunk has a hit, it and all chunks behind it are searched again.
        if searched.hits() == 0 {
            self.input.searched(&searched, 0, hands.nth, self.progress);
        }
        for found in searched.iter_mut() {
            if !self.rules.needs_bytes_of_every_chunk() {
                hands.give_back_bytes(found);
            }
        }
        searched
    }

    fn link(&self, skimmed: &mut Skimmed, searched: &mut SearchedChunk<'a>) -> Linked<()> {
        if searched.has_hits(skimmed.carry.is_inside) {
            skimmed.found_in = searched.nth;
            return Linked {
                turn: None,
                stop: true,
                reached: None,
            };
        }
        let stop = searched
            .iter_mut()
            .any(|found| link::link(self.rules, &mut skimmed.carry, found).stop);
        Linked {
            turn: None,
            stop,
            reached: skimmed.carry.reached(self.rules),
        }
    }

    fn discard(&self, hands: &mut Hands, searched: SearchedChunk<'a>) {
        hands.give_back(searched);
    }
}
