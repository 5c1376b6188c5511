//! The text of a compressed file in order, out of units that workers decode at the same time.
//!
//! ```text
//! file    | member        | member     | member ...
//!           unit 0          unit 1       unit 2          where one may begin is found by its first bytes
//! text    [ . . . . . . ] [ . . . .    [ .               decoded ahead, by several workers
//!           '--> taken in order
//! ```
//! 1. A unit begins where a member may begin, by its first bytes, and ends behind the last member
//!    that begins before the next unit. A place that only looks like a beginning costs work and
//!    nothing else: what counts is where the unit before has ended, and a unit that does not begin
//!    there is dropped.
//! 2. A worker decodes a step of [`STEP_BYTES`], gives it back, and looks what is best to do next:
//!    search what is decoded, then decode the first unit, then another. So the first unit never
//!    waits, and one that has a lot of text is decoded by one worker after the other.
//! 3. Text that waits is bounded by [`AHEAD_BYTES_MAX`], units by [`UNITS_MAX`], and decoders by the
//!    number of workers: a unit is begun only if all before it are decoded by somebody, or are at
//!    their end.
//!
//! One member by itself could be decoded in parallel too (rapidgzip does that for gzip). It would
//! be a way to find units here, and pays from about four cores on.

use std::{
    collections::VecDeque,
    io::{self, Read},
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use memchr::memmem;

use super::{Codec, Decoder, DividedPart, Division, Encoded, Giver, MAGIC_BYTES, Taker, handover};
use crate::{
    error::{Damage, DamageKind},
    input::{chunk::Buffers, file::FileInput, store::Store},
    line::{to_u64, to_usize},
};

/// How much text is decoded at once, by one worker: about a chunk.
const STEP_BYTES: usize = if cfg!(any(test, fuzzing)) {
    300
} else {
    512 << 10
};

/// A unit is at least as long, as compressed bytes: a log has about five times as much text. The
/// tests divide small samples.
pub(super) const UNIT_BYTES_MIN: u64 = if cfg!(any(test, fuzzing)) {
    64
} else {
    256 << 10
};

/// How much text may wait behind the first unit, in all.
pub(super) const AHEAD_BYTES_MAX: u64 = 32 << 20;

/// How many units there are at most.
pub(super) const UNITS_MAX: usize = 256;

/// Less text is moved out of the buffer of a step, which is used again.
const SMALL_TEXT_BYTES: usize = STEP_BYTES / 2;

/// How many bytes are searched in one go for the beginning of a member.
const FIND_BYTES_MAX: u64 = 1 << 20;

/// How many bytes are read at once to search them: members are often much shorter than a unit.
const FIND_BYTES: usize = 64 << 10;

/// How many buffers are kept for steps: as many as may wait.
const SPARE_MAX: usize = (AHEAD_BYTES_MAX / (512 << 10)) as usize;

/// How much room is left before decoded text, for the beginning of its first line: then the text
/// need not be moved. Tests cross it.
pub(in crate::input) const ROOM_BYTES: usize = if cfg!(any(test, fuzzing)) {
    16
} else {
    64 << 10
};

/// The text of a compressed file.
pub(in crate::input) struct DecodeAhead {
    file: Arc<FileInput>,
    window_bytes_max: u64,
    /// Finds members, if there is a file that has them.
    finder: Option<MemberFinder>,
    division: Option<Box<dyn Division>>,
    /// Where its next part begins. It is known before a part is, so that the end of that is known.
    next_part: Option<u64>,
    /// How much text is to be passed over, because it has been taken already.
    surplus_bytes: u64,
    units: VecDeque<Unit>,
    /// Buffers of steps whose text has been searched.
    spare: Vec<Vec<u8>>,
    /// Where the next unit has to begin.
    next_start: u64,
    /// The number of the next unit.
    next_id: u64,
    giver: Giver<DecodedStep>,
    steps: Taker<DecodedStep>,
    /// How much text the units had that have been taken.
    text_bytes: u64,
    /// How much text waits in all units.
    waiting_bytes: u64,
}

impl std::fmt::Debug for DecodeAhead {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DecodeAhead")
            .field("units", &self.units.len())
            .finish_non_exhaustive()
    }
}

struct Unit {
    id: u64,
    start: u64,
    /// Whether none of its text is taken before all of it is known to be right.
    is_taken_whole: bool,
    /// Where the next one begins, as far as is known: whoever decodes this one ends there. Relaxed:
    /// a number and nothing more, and who sees it late decodes in vain.
    until: Arc<AtomicU64>,
    state: UnitState,
    /// Decoded, and not taken yet.
    text: VecDeque<TextPiece>,
    /// How much that is.
    waiting_bytes: u64,
    /// How much text it has had so far.
    text_bytes: u64,
}

enum UnitState {
    Idle(Box<Decoder>),
    /// A worker has the decoder.
    Working,
    Ended {
        at: u64,
        damage: Option<Damage>,
    },
}

impl Unit {
    fn is_idle(&self) -> bool {
        matches!(self.state, UnitState::Idle(_))
    }

    /// Whether its text can be taken.
    fn can_be_taken(&self) -> bool {
        !self.is_taken_whole || matches!(self.state, UnitState::Ended { damage: None, .. })
    }

    fn has_ended(&self) -> bool {
        matches!(self.state, UnitState::Ended { .. })
    }
}

/// How much text can be taken without waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::input) enum Ready {
    /// So many bytes, and more will come.
    More(u64),
    /// So many bytes, and what is behind them is known when they have been taken: the end, damage,
    /// or another unit.
    All(u64),
}

/// Text in a buffer, with room before it.
#[derive(Debug)]
pub(in crate::input) struct TextPiece {
    pub(in crate::input) buffer: Vec<u8>,
    pub(in crate::input) range: Range<usize>,
}

impl TextPiece {
    fn bytes(&self) -> &[u8] {
        &self.buffer[self.range.clone()]
    }
}

/// What a worker has decoded.
struct DecodedStep {
    id: u64,
    decoder: Box<Decoder>,
    text: TextPiece,
    /// Whether that was all, or what is wrong behind it.
    ended: Option<Option<Damage>>,
}

/// A step to be decoded, by whoever has time.
pub(crate) struct DecodeJob {
    id: u64,
    /// Until the step has been handed over.
    decoder: Option<Box<Decoder>>,
    buffer: Vec<u8>,
    giver: Giver<DecodedStep>,
}

impl std::fmt::Debug for DecodeJob {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DecodeJob").field("id", &self.id).finish()
    }
}

impl DecodeJob {
    /// Decodes the step.
    pub(crate) fn run(mut self) {
        let mut buffer = std::mem::take(&mut self.buffer);
        if buffer.len() < ROOM_BYTES + STEP_BYTES {
            buffer.resize(ROOM_BYTES + STEP_BYTES, 0);
        }
        let text = &mut buffer[ROOM_BYTES..ROOM_BYTES + STEP_BYTES];
        let mut filled = 0;
        let mut ended = None;
        if let Some(decoder) = &mut self.decoder {
            while filled < text.len() && ended.is_none() {
                match decoder.decode(&mut text[filled..]) {
                    Ok(0) => ended = Some(None),
                    Ok(read) => filled += read,
                    Err(damage) => ended = Some(Some(damage)),
                }
            }
        }
        let range = ROOM_BYTES..ROOM_BYTES + filled;
        self.give_back(TextPiece { buffer, range }, ended);
    }

    /// Hands over what has been decoded. Nobody waits for it if the scan has ended.
    fn give_back(&mut self, text: TextPiece, ended: Option<Option<Damage>>) {
        if let Some(decoder) = self.decoder.take() {
            let id = self.id;
            self.giver.give(DecodedStep {
                id,
                decoder,
                text,
                ended,
            });
        }
    }
}

impl Drop for DecodeJob {
    /// If a decoder has panicked, who waits for its text is told that there is none.
    fn drop(&mut self) {
        let text = TextPiece {
            buffer: Vec::new(),
            range: 0..0,
        };
        let damage = Damage {
            kind: DamageKind::Damaged {
                reason: "its decoder has failed".into(),
            },
            complete_to: 0,
            checked_to: 0,
        };
        self.give_back(text, Some(Some(damage)));
    }
}

impl DecodeAhead {
    /// The text of `file`, which begins as `codec` says.
    pub(super) fn new(
        file: Arc<FileInput>,
        codec: &'static Codec,
        window_bytes_max: u64,
    ) -> DecodeAhead {
        let division = (codec.divide)(&file, window_bytes_max);
        DecodeAhead {
            finder: Some(MemberFinder::new(codec)),
            ..DecodeAhead::divided(file, division, window_bytes_max)
        }
    }

    /// The text of as many parts as `count`, which are known by their numbers.
    pub(super) fn of_parts(parts: Box<dyn Division>, count: u64) -> DecodeAhead {
        let nothing = FileInput::new(Store::Memory(Vec::new()), 0, count, None);
        DecodeAhead::divided(Arc::new(nothing), Some(parts), 0)
    }

    fn divided(
        file: Arc<FileInput>,
        mut division: Option<Box<dyn Division>>,
        window_bytes_max: u64,
    ) -> DecodeAhead {
        let (giver, steps) = handover();
        DecodeAhead {
            finder: None,
            next_part: division.as_mut().and_then(|division| division.next()),
            division,
            surplus_bytes: 0,
            file,
            window_bytes_max,
            units: VecDeque::new(),
            spare: Vec::new(),
            next_start: 0,
            next_id: 0,
            giver,
            steps,
            text_bytes: 0,
            waiting_bytes: 0,
        }
    }

    /// How much text can be taken without waiting.
    pub(in crate::input) fn ready(&mut self) -> Ready {
        self.settle();
        let mut bytes = 0;
        let mut next_start = self.next_start;
        for unit in &self.units {
            if unit.start != next_start {
                return Ready::All(bytes);
            }
            if unit.can_be_taken() {
                bytes += unit.waiting_bytes;
            }
            match &unit.state {
                &UnitState::Ended { at, damage: None } => next_start = at,
                UnitState::Ended { .. } => return Ready::All(bytes),
                UnitState::Idle(_) | UnitState::Working => return Ready::More(bytes),
            }
        }
        Ready::All(bytes)
    }

    /// How much more text may wait than a chunk before a worker turns from decoding to searching. Who
    /// has decoded the last step of the only unit goes on with the next: a decoder that changes hands
    /// finds nothing of what it looks back at in the cache.
    pub(in crate::input) fn lead_bytes(&self, buffers: &Buffers) -> usize {
        let only = self.units.front().filter(|_| self.units.len() == 1);
        let is_own = |unit: &Unit| Some(unit.id) == buffers.last_unit && unit.is_idle();
        match only.is_some_and(is_own) {
            true => STEP_BYTES,
            false => 0,
        }
    }

    /// What a worker should decode now, if there is anything.
    pub(in crate::input) fn next_job(&mut self, buffers: &mut Buffers) -> Option<DecodeJob> {
        self.settle();
        if self.spare.len() < SPARE_MAX {
            self.spare.extend(buffers.take_surplus());
        }
        // Everybody waits for the first that has not ended, whatever else is decoded.
        let first = self.units.iter().position(|unit| !unit.has_ended());
        let is_full = self.waiting_bytes >= AHEAD_BYTES_MAX;
        let idle = self.units.iter().position(Unit::is_idle);
        match idle {
            Some(nth) if idle == first || !is_full => self.job(nth, buffers),
            Some(_) => None,
            None if is_full || self.units.len() >= UNITS_MAX => None,
            None => {
                let start = self.next_unit()?;
                self.push_back(start);
                self.job(self.units.len() - 1, buffers)
            }
        }
    }

    /// The next text as it was decoded, if it has been, of at most `most` bytes. Short texts are
    /// put together by [`DecodeAhead::decode`].
    pub(in crate::input) fn piece(&mut self, most: u64) -> Option<TextPiece> {
        self.settle();
        let unit = self.units.front_mut()?;
        let first = unit.text.front()?;
        let bytes = to_u64(first.range.len());
        let has_room = first.range.start >= ROOM_BYTES;
        if self.surplus_bytes > 0 || bytes > most || !has_room || !unit.can_be_taken() {
            return None;
        }
        unit.waiting_bytes -= bytes;
        self.waiting_bytes -= bytes;
        let piece = unit.text.pop_front()?;
        if let Some(division) = &mut self.division {
            division.taken(piece.bytes());
        }
        Some(piece)
    }

    /// Takes up to as much text as `text` has room for; 0 at the end. What nobody else decodes is
    /// decoded here.
    ///
    /// # Errors
    /// What is wrong with the data, when all text before it has been taken.
    pub(in crate::input) fn decode(&mut self, text: &mut [u8]) -> Result<usize, Damage> {
        loop {
            self.settle();
            let Some(unit) = self.units.front_mut() else {
                return Ok(0);
            };
            let can_be_taken = unit.can_be_taken();
            if let Some(first) = unit.text.front_mut()
                && can_be_taken
            {
                let known = first.bytes();
                let surplus = known.len().min(to_usize(self.surplus_bytes));
                let taken = match surplus {
                    0 => known.len().min(text.len()),
                    surplus => surplus,
                };
                if surplus == 0 {
                    text[..taken].copy_from_slice(&known[..taken]);
                    if let Some(division) = &mut self.division {
                        division.taken(&known[..taken]);
                    }
                }
                first.range.start += taken;
                if first.range.is_empty() {
                    unit.text.pop_front();
                }
                unit.waiting_bytes -= to_u64(taken);
                self.waiting_bytes -= to_u64(taken);
                if surplus == 0 {
                    return Ok(taken);
                }
                self.surplus_bytes -= to_u64(surplus);
                continue;
            }
            match &unit.state {
                UnitState::Ended {
                    damage: Some(damage),
                    ..
                } => {
                    if self
                        .division
                        .as_ref()
                        .is_none_or(|division| division.is_final())
                    {
                        return Err(damage.clone().behind(self.text_bytes));
                    }
                    // Of a unit that is not taken as a whole, all was taken before the damage was
                    // met.
                    let taken_bytes = match unit.is_taken_whole {
                        true => 0,
                        false => unit.text_bytes,
                    };
                    self.begin_again(taken_bytes);
                }
                UnitState::Ended { damage: None, .. } => {}
                UnitState::Idle(_) => {
                    if let Some(job) = self.job(0, &mut Buffers::default()) {
                        job.run();
                    }
                }
                UnitState::Working => {
                    // This has a giver itself.
                    let step = self.steps.wait();
                    self.take_step(step);
                }
            }
        }
    }

    /// Decodes all once more, member by member: a part of one has failed. What is wrong is told by
    /// the decoder of a whole member then, and if nothing is, the parts were none. Of the first unit
    /// so many bytes have been taken.
    fn begin_again(&mut self, taken_bytes: u64) {
        self.surplus_bytes = self.text_bytes + taken_bytes;
        self.division = None;
        self.units.clear();
        self.waiting_bytes = 0;
        self.text_bytes = 0;
        self.next_start = 0;
    }

    /// Takes what workers have decoded, and passes over units that have been taken.
    fn settle(&mut self) {
        while let Some(step) = self.steps.take() {
            self.take_step(step);
        }
        while let Some(&UnitState::Ended { at, damage: None }) = self
            .units
            .front()
            .filter(|unit| unit.text.is_empty())
            .map(|unit| &unit.state)
        {
            if let Some(unit) = self.units.pop_front() {
                self.text_bytes += unit.text_bytes;
                let division = self.division.as_mut();
                let text_bytes = self.text_bytes;
                if division.is_some_and(|division| !division.ends_well(unit.start, text_bytes)) {
                    self.begin_again(0);
                    break;
                }
            }
            self.next_start = at;
        }
        self.complete_row();
    }

    /// Makes sure that the units that come next are those that follow each other, up to one that
    /// has not ended. Others began where there was no member.
    fn complete_row(&mut self) {
        let mut start = self.next_start;
        for nth in 0.. {
            while self.units.get(nth).is_some_and(|unit| unit.start < start) {
                if let Some(unit) = self.units.remove(nth) {
                    self.waiting_bytes -= unit.waiting_bytes;
                }
            }
            let next = self.units.get(nth).map(|unit| unit.start);
            if next != Some(start) {
                // As many are taken before there are more.
                if start >= self.file.length || self.units.len() >= UNITS_MAX {
                    return;
                }
                let unit = self.unit(start);
                if let Some(next) = next {
                    unit.until.store(next, Ordering::Relaxed);
                }
                self.units.insert(nth, unit);
            }
            match self.units[nth].state {
                UnitState::Ended { at, damage: None } => start = at,
                _ => return,
            }
        }
    }

    /// Where the next unit begins, if that is known or can be found out soon.
    fn next_unit(&mut self) -> Option<u64> {
        if self.division.is_some() {
            return self.next_part;
        }
        // A unit may have been made there because the one before has ended there.
        let known = self.units.back().map_or(0, |last| last.start);
        let finder = self.finder.as_mut()?;
        std::iter::from_fn(|| finder.next(&self.file)).find(|&start| start > known)
    }

    /// How many units there were so far.
    #[cfg(test)]
    pub(super) fn units_made(&self) -> u64 {
        self.next_id
    }

    /// How much memory the text that waits takes, and what is kept for more.
    #[cfg(test)]
    pub(super) fn kept_bytes(&self) -> u64 {
        let texts = self.units.iter().flat_map(|unit| &unit.text);
        let buffers = texts.map(|text| &text.buffer).chain(&self.spare);
        buffers.map(|buffer| to_u64(buffer.capacity())).sum()
    }

    /// How much text waits.
    #[cfg(test)]
    pub(super) fn waiting_bytes(&self) -> u64 {
        self.waiting_bytes
    }

    fn push_back(&mut self, start: u64) {
        if let Some(last) = self.units.back() {
            last.until.store(start, Ordering::Relaxed);
        }
        let unit = self.unit(start);
        self.units.push_back(unit);
    }

    fn unit(&mut self, start: u64) -> Unit {
        self.next_id += 1;
        let until = Arc::new(AtomicU64::new(u64::MAX));
        let is_inside_member = self.next_part == Some(start);
        if is_inside_member {
            // Then its end is known, if it has one.
            self.next_part = self.division.as_mut().and_then(|division| division.next());
        }
        let part = self
            .division
            .as_mut()
            .and_then(|division| division.part(start));
        let is_right_so_far = self
            .division
            .as_ref()
            .is_some_and(|division| division.is_right_so_far());
        let is_taken_whole = matches!(part, Some(DividedPart::Blocks(_))) && !is_right_so_far;
        if let (Some(DividedPart::Members), Some(next)) = (&part, self.next_part) {
            until.store(next, Ordering::Relaxed);
        }
        let state = match part {
            Some(DividedPart::Blocks(part)) => UnitState::Idle(Box::new(Decoder::of_part(part))),
            // What begins there is no member, so nobody else can say what is wrong.
            None if is_inside_member => UnitState::Ended {
                at: start,
                damage: Some(Damage {
                    kind: DamageKind::CutShort,
                    complete_to: 0,
                    checked_to: 0,
                }),
            },
            Some(DividedPart::Members) | None => {
                let encoded = Encoded::of_file(self.file.clone(), start);
                let decoder = Decoder::until(encoded, self.window_bytes_max, until.clone());
                UnitState::Idle(Box::new(decoder))
            }
        };
        Unit {
            id: self.next_id,
            start,
            is_taken_whole,
            until,
            state,
            text: VecDeque::new(),
            waiting_bytes: 0,
            text_bytes: 0,
        }
    }

    /// Hands out the next step of unit `nth`, if nobody has it.
    fn job(&mut self, nth: usize, buffers: &mut Buffers) -> Option<DecodeJob> {
        let unit = self.units.get_mut(nth)?;
        buffers.last_unit = Some(unit.id);
        match std::mem::replace(&mut unit.state, UnitState::Working) {
            UnitState::Idle(decoder) => Some(DecodeJob {
                id: unit.id,
                decoder: Some(decoder),
                // The worker's own may be in its cache still.
                buffer: buffers
                    .take_free()
                    .or_else(|| self.spare.pop())
                    .unwrap_or_default(),
                giver: self.giver.clone(),
            }),
            other => {
                unit.state = other;
                None
            }
        }
    }

    fn take_step(&mut self, mut step: DecodedStep) {
        if step.text.range.len() <= SMALL_TEXT_BYTES {
            let text = step.text.bytes().to_vec();
            let buffer = std::mem::replace(&mut step.text.buffer, text);
            step.text.range = 0..step.text.buffer.len();
            if self.spare.len() < SPARE_MAX {
                self.spare.push(buffer);
            }
        }
        let Some(unit) = self.units.iter_mut().find(|unit| unit.id == step.id) else {
            return; // It has been dropped.
        };
        let bytes = to_u64(step.text.range.len());
        unit.text_bytes += bytes;
        unit.waiting_bytes += bytes;
        self.waiting_bytes += bytes;
        if bytes > 0 {
            unit.text.push_back(step.text);
        }
        unit.state = match step.ended {
            None => UnitState::Idle(step.decoder),
            Some(damage) => UnitState::Ended {
                at: step.decoder.ended_at(),
                damage,
            },
        };
    }
}

impl Read for DecodeAhead {
    fn read(&mut self, text: &mut [u8]) -> io::Result<usize> {
        match text.is_empty() {
            true => Ok(0),
            false => self.decode(text).map_err(io::Error::other),
        }
    }
}

/// Where members may begin.
struct MemberFinder {
    codec: &'static Codec,
    magic: memmem::Finder<'static>,
    /// What lies before has been searched, or is too near to the place found last.
    searched_to: u64,
    buffer: Vec<u8>,
}

impl MemberFinder {
    fn new(codec: &'static Codec) -> MemberFinder {
        MemberFinder {
            codec,
            magic: memmem::Finder::new(codec.magic),
            searched_to: UNIT_BYTES_MIN,
            buffer: Vec::new(),
        }
    }

    /// The next place, if there is one in the next [`FIND_BYTES_MAX`]. What cannot be read has
    /// none: whoever decodes it says so.
    fn next(&mut self, file: &FileInput) -> Option<u64> {
        let end = file
            .length
            .min(self.searched_to.saturating_add(FIND_BYTES_MAX));
        while self.searched_to < end {
            let from = self.searched_to;
            self.buffer.resize(FIND_BYTES, 0);
            let read = file.read_at(&mut self.buffer, from).unwrap_or(0);
            let bytes = &self.buffer[..read];
            let found = self.magic.find_iter(bytes).find(|&at| {
                let head = &bytes[at..];
                // What the border cuts is looked at again.
                head.len() >= MAGIC_BYTES && (self.codec.begins)(head)
            });
            if let Some(at) = found {
                let place = from + to_u64(at);
                self.searched_to = place + UNIT_BYTES_MIN;
                return Some(place);
            }
            let is_last = read < MAGIC_BYTES || from + to_u64(read) >= file.length;
            self.searched_to = match is_last {
                true => file.length,
                false => from + to_u64(read - MAGIC_BYTES),
            };
        }
        None
    }
}
