//! Makes one pass over an input, from front to back: chunks are claimed, searched, linked, rendered
//! and delivered.

use std::sync::Arc;

use super::{
    Context, Progress, Scan, Sink, Summary, Workers,
    claims::{Growth, Hands, Input, SearchedChunk},
    dating::Dating,
    fold,
    link::{self, Carry, Turn},
    ordered::{self, Claim, Linked, OrderStart, Out, Rendered, Stages},
    plan::{Pass, PassRules, rules},
    render::{Emitter, RenderError},
    search::{Ended, Task},
    skim::{self, Skim, Skimmed},
    summary::summary,
    within::TimeFilter,
};
use crate::{
    error::Error,
    input::{Claimed, Claims, ReadError, Source},
    matcher::Matcher,
    record::TimeReader,
};

/// A buffer for copies that grew beyond this for a long line is not kept.
const COPY_BYTES_MAX: usize = 2 << 20;

/// The stages of a search.
struct SearchPass<'a> {
    matcher: &'a Matcher,
    rules: &'a PassRules,
    task: Task,
    input: &'a Input<'a>,
    progress: &'a Progress,
    slots_per_worker: u64,
}

/// The facts from the chunks before that are needed to render a chunk.
struct Turns {
    /// One turn for each part of the chunk that is to be rendered.
    parts: Vec<Option<Turn>>,
    /// What was known before the chunk, if a part of it may be lost before it is rendered.
    before: Option<Carry>,
}

impl<'a> Stages for SearchPass<'a> {
    type Feed = Claims<'a>;
    type Claim = Claimed;
    type Hands = Hands;
    type Found = SearchedChunk<'a>;
    type Carry = Carry;
    type Turn = Turns;

    fn slots_per_worker(&self) -> u64 {
        self.slots_per_worker
    }

    fn may_block(&self, claims: &mut Claims<'a>) -> bool {
        claims.may_block()
    }

    fn claim(&self, claims: &mut Claims<'a>, hands: &mut Hands) -> Claim<Claimed> {
        self.input.claim(claims, &mut hands.buffers)
    }

    fn search(&self, hands: &mut Hands, claimed: Claimed) -> SearchedChunk<'a> {
        let mut searched = self.input.search(self.task, hands, claimed);
        self.input
            .searched(&searched, searched.hits(), hands.nth, self.progress);
        for found in searched.iter_mut() {
            let is_needed =
                self.rules.needs_bytes_of_every_chunk() || (found.hits > 0 && self.task.places);
            if !is_needed {
                hands.give_back_bytes(found);
            }
        }
        searched
    }

    fn link(&self, carry: &mut Carry, searched: &mut SearchedChunk<'a>) -> Linked<Turns> {
        let before = (self.task.places && searched.may_be_lost).then(|| carry.clone());
        let linked = self.link_parts(carry, searched);
        if let (Some(before), Some(nth)) = (before, searched.nth)
            && !self.input.is_intact(searched)
        {
            // The lines of the chunk were looked at once more, and may have been lost since they
            // were searched. That is so rare that the things a worker owns need not be at hand.
            *carry = before;
            let mut hands = Hands::new(0, self.matcher, None);
            *searched = self.input.search_by_reading(self.task, &mut hands, nth);
            return self.link_parts(carry, searched);
        }
        linked
    }

    fn is_intact(&self, searched: &SearchedChunk<'a>) -> bool {
        self.input.is_intact(searched)
    }

    fn render(
        &self,
        hands: &mut Hands,
        searched: &SearchedChunk<'a>,
        turns: Turns,
        out: &mut Out<'_>,
    ) -> Result<Option<Carry>, Error> {
        let rendered = self.emit(hands, searched, &turns.parts, out);
        let (Some(before), Some(nth)) = (turns.before, searched.nth) else {
            return rendered
                .map(|()| None)
                .map_err(|error| error.of(self.input.loader.path()));
        };
        // Lines of a mapping were looked at once more, and context was read.
        let offset = searched.first.chunk.read_from();
        self.input.loader.check_unchanged(match self.rules.context {
            Context::None => offset,
            Context::Lines { .. } | Context::All => offset.min(before.shown.printed_to),
        });
        match rendered {
            Err(RenderError::Write(error)) => return Err(error),
            Ok(()) if out.is_intact() && self.is_intact(searched) => return Ok(None),
            Ok(()) | Err(RenderError::Read(_)) => {}
        }
        self.render_again(hands, nth, &before, out)
    }

    fn discard(&self, hands: &mut Hands, searched: SearchedChunk<'a>) {
        hands.give_back(searched);
    }
}

impl<'a> SearchPass<'a> {
    /// Folds a chunk, part by part, into the known facts.
    fn link_parts(&self, carry: &mut Carry, searched: &mut SearchedChunk<'a>) -> Linked<Turns> {
        let before = (self.rules.renders && self.input.loader.can_reread()).then(|| carry.clone());
        let mut parts = Vec::new();
        let mut has_turn = false;
        let mut has_ended = false;
        for found in searched.iter_mut() {
            let Linked { turn, stop, .. } = link::link(self.rules, carry, found);
            has_turn |= turn.is_some();
            has_ended = stop;
            parts.push(turn);
            if stop {
                break;
            }
        }
        Linked {
            turn: has_turn.then_some(Turns { parts, before }),
            stop: has_ended,
            reached: carry.reached(self.rules),
        }
    }

    fn emit(
        &self,
        hands: &mut Hands,
        searched: &SearchedChunk<'a>,
        parts: &[Option<Turn>],
        out: &mut Out<'_>,
    ) -> Result<(), RenderError> {
        let Some(render) = &mut hands.render else {
            return Ok(());
        };
        let reader = &mut hands.reader;
        let dating = self.input.dates.as_ref().map(|dates| {
            let reader = reader.get_or_insert_with(|| (**dates).clone());
            let max_line_bytes = self.input.loader.cutter().max_line_bytes;
            Dating::new(reader, &self.input.unit, max_line_bytes)
        });
        let mut emitter = Emitter {
            dating,
            rules: self.rules,
            loader: &self.input.loader,
            render: render.as_mut(),
            out,
            copies: self.input.loader.may_change(),
            copy: std::mem::take(&mut hands.copy),
            hits_done: 0,
        };
        for (found, turn) in searched.iter().zip(parts) {
            if let Some(turn) = turn {
                emitter.render(found, turn)?;
            }
        }
        emitter.end()?;
        if emitter.copy.capacity() <= COPY_BYTES_MAX {
            hands.copy = emitter.copy;
        }
        Ok(())
    }

    /// Renders the rest of a chunk after a loss: its bytes, or the bytes of the context before it,
    /// were lost after the search. Output that has been delivered stays. The scan ends with this
    /// chunk, unless all of it is still there.
    fn render_again(
        &self,
        hands: &mut Hands,
        nth: u64,
        before: &Carry,
        out: &mut Out<'_>,
    ) -> Result<Option<Carry>, Error> {
        hands.restart(out);
        let mut carry = before.clone();
        let mut searched = self.input.search_by_reading(self.task, hands, nth);
        let is_whole = searched.iter().all(|found| {
            found.ended.is_none()
                && found.chunk.shrank_to.is_none()
                && found.chunk.hole_before.is_none()
        });
        let hole = searched
            .iter()
            .find_map(|found| found.chunk.hole_before.clone());
        let linked = self.link_parts(&mut carry, &mut searched);
        let mut parts = linked.turn.map_or(Vec::new(), |turns| turns.parts);
        if !is_whole && hands.holds_back() && out.has_handed_over() {
            // Output that is made of fewer lines does not begin with the output that was made of
            // all lines.
            parts.clear();
            carry.take_back(before);
        }
        let rendered = self.emit(hands, &searched, &parts, out);
        hands.give_back(searched);
        match rendered {
            Ok(()) if is_whole => return Ok(None),
            Ok(()) => {}
            Err(RenderError::Write(error)) => return Err(error),
            Err(RenderError::Read(error)) => {
                // The context before the chunk is lost, so the output ends before it.
                hands.restart(out);
                carry = before.clone();
                carry.end(Ended::Failed(error));
            }
        }
        if let Some(mark) = out.handed_to() {
            carry.reach(before, mark);
        }
        if carry.reach.ended.is_none()
            && carry.losses.shrank_to.is_none()
            && let Some(hole) = hole
        {
            // A page that could be read before cannot be read now. The chunks behind were linked as
            // if it could be read.
            carry.end(Ended::Failed(ReadError {
                offset: hole.offset,
                source: std::io::Error::other(hole.reason),
            }));
        }
        Ok(Some(carry))
    }
}

/// The parts with which a scan is made.
pub(super) struct Job<'a> {
    pub(super) scan: &'a Scan,
    pub(super) workers: &'a Workers,
    pub(super) progress: &'a Progress,
    /// The filter that tells the lines that count, if their times do.
    pub(super) filter: Option<Arc<TimeFilter>>,
    /// The reader of the times of hits, if these are wanted.
    pub(super) dates: Option<Arc<TimeReader>>,
    /// The first lines of the input, if the sink asks for them.
    pub(super) head: Vec<u8>,
    pub(super) sink: &'a mut dyn Sink,
}

impl Job<'_> {
    /// Searches from front to back.
    pub(super) fn forward(&mut self, source: &mut Source, pass: Pass) -> Result<Summary, Error> {
        // A value is as large as its chunk, and several values may wait.
        let growth = match self.sink.expands() || self.sink.folds() {
            true => Growth::Expands,
            false => Growth::Shrinks,
        };
        let (input, claims) = Input::new(self.scan, source, pass.start, growth, self.progress);
        let input = input.timed(self.filter.clone(), self.dates.clone());
        self.search(&input, claims, pass)
    }

    /// Searches everything that can be claimed.
    pub(super) fn search<'i>(
        &mut self,
        input: &'i Input<'i>,
        mut claims: Claims<'i>,
        pass: Pass,
    ) -> Result<Summary, Error> {
        if self.sink.wants_head() {
            self.sink.learn(&self.head);
        }
        let mut hands = input.hands(self.scan, self.workers, || self.sink.renderer());
        if self.sink.wants_head() {
            let renders = hands.iter_mut().filter_map(|hands| hands.render.as_mut());
            renders.for_each(|render| render.head(&self.head));
        }
        let renders = hands.iter().any(|hands| hands.render.is_some());
        let start = pass.start;
        let rules = PassRules {
            checkpoints: input.loader.can_reread() && self.sink.wants_checkpoints(),
            ..rules(self.scan, input, &pass, renders)
        };
        let task = rules.task(self.scan, input);
        // When the search begins, it has passed a byte order mark.
        let text_start = start.max(input.loader.text_start());
        let mut carry = Carry::new(&rules, text_start, pass.lines_before, pass.floor);
        carry.losses.hole.clone_from(&pass.hole);
        let has_ended = pass.ended.is_some();
        if let Some(ended) = pass.ended.clone() {
            carry.end(ended);
        }
        let mut totals = Rendered::default();
        let mut searches = rules.hits.end > 0 && !has_ended;
        let folds = self.sink.folds();
        let mut deliver = |rendered: &mut Rendered| {
            totals.add_counts(rendered);
            if let Some(value) = rendered.value.take() {
                self.sink.value(value)?;
            }
            if !rendered.bytes.is_empty() {
                self.sink.deliver(&rendered.bytes)?;
            }
            if rendered.is_cut {
                self.sink.cut()?;
            }
            match &rendered.reached {
                Some(reached) => self.sink.reached(reached),
                None => Ok(()),
            }
        };
        if searches && skim::is_worth_while(self.scan, &rules, input, &pass) {
            let skim = Skim {
                scan: self.scan,
                rules: &rules,
                input,
                progress: self.progress,
            };
            let Skimmed {
                carry: known,
                found_in,
            } = skim.run(self.workers, claims, carry, &mut deliver)?;
            carry = known;
            claims = input.loader.claims_from(found_in.unwrap_or(0));
            searches = found_in.is_some();
        }
        if searches {
            let stages = SearchPass {
                matcher: &self.scan.matcher,
                rules: &rules,
                task,
                input,
                progress: self.progress,
                slots_per_worker: match folds {
                    true => fold::SLOTS_PER_WORKER,
                    false => ordered::SLOTS_PER_WORKER,
                },
            };
            let start = OrderStart {
                feed: claims,
                carry,
            };
            carry = ordered::run(self.workers, &stages, hands, start, &mut deliver)?;
        }
        Ok(summary(self.scan, input, &rules, carry, &totals))
    }
}
