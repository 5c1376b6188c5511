//! Puts the text of a compressed file together, in order, out of units that workers decode at the
//! same time.
//!
//! ```text
//! file    | member        | member     | member ...
//!           unit 0          unit 1       unit 2          where one may begin is found by its first bytes
//! text    [ . . . . . . ] [ . . . .    [ .               decoded ahead, by several workers
//!           '--> taken in order
//! ```
//! 1. A unit begins where a member may begin, by its first bytes. It ends behind the last member
//!    that begins before the next unit. A place that only looks like the beginning of a member
//!    costs work, but changes nothing else: the next unit has to begin where the unit before it has
//!    ended, and a unit that does not begin there is dropped.
//! 2. A worker decodes a step of [`STEP_BYTES`], gives it back, and then looks what is best to do
//!    next: search what is decoded, else decode the first unit, else another one. So the first unit
//!    never waits. A unit with much text is decoded by one worker after the other.
//! 3. Text that waits is bounded by [`AHEAD_BYTES_MAX`], units by [`UNITS_MAX`], and decoders by
//!    the number of workers. A unit is begun only if each unit before it is being decoded, or is at
//!    its end.
//!
//! A single member could be decoded in parallel too (rapidgzip does that for gzip). That would be
//! one more way to find units here, and would pay from about four cores on.

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

/// How many bytes of text a worker decodes at once: about a chunk.
const STEP_BYTES: usize = if cfg!(any(test, fuzzing)) {
    300
} else {
    512 << 10
};

/// The shortest length of a unit, in compressed bytes. A log has about five times as much text. The
/// value for tests divides small samples too.
pub(super) const UNIT_BYTES_MIN: u64 = if cfg!(any(test, fuzzing)) {
    64
} else {
    256 << 10
};

/// How many bytes of text may wait behind the first unit, in all.
pub(super) const AHEAD_BYTES_MAX: u64 = 32 << 20;

/// How many units there may be.
pub(super) const UNITS_MAX: usize = 256;

/// Text shorter than this is moved out of the buffer of a step, so that the buffer can be used
/// again.
const SMALL_TEXT_BYTES: usize = STEP_BYTES / 2;

/// How many bytes are searched in one go for the beginning of a member.
const FIND_BYTES_MAX: u64 = 1 << 20;

/// How many bytes are read at once for that search. Members are often much shorter than a unit.
const FIND_BYTES: usize = 64 << 10;

/// How many buffers for steps are kept: as many as may wait.
const SPARE_MAX: usize = (AHEAD_BYTES_MAX / (512 << 10)) as usize;

/// How many bytes are left free before decoded text, for the beginning of its first line. So the
/// text need not be moved. In tests the room is so small that lines need more.
pub(in crate::input) const ROOM_BYTES: usize = if cfg!(any(test, fuzzing)) {
    16
} else {
    64 << 10
};

/// The text of a compressed file.
pub(in crate::input) struct DecodeAhead {
    file: Arc<FileInput>,
    window_bytes_max: u64,
    /// The finder of members, if the text is that of a file with members.
    finder: Option<MemberFinder>,
    division: Option<Box<dyn Division>>,
    /// Where the next part of the division begins. This is known before the part is taken, because
    /// it is the end of the part before.
    next_part: Option<u64>,
    /// How many bytes of text are passed over, because they have been taken already.
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
    /// How many bytes of text the units had that have been taken.
    text_bytes: u64,
    /// How many bytes of text wait in all units.
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
    /// Whether none of the text is taken before all of it is known to be right.
    is_taken_whole: bool,
    /// Where the next unit begins, as far as that is known. The worker that decodes this unit stops
    /// there. It is `Relaxed` because it is a number and guards nothing else. A worker that sees a
    /// new value late decodes in vain.
    until: Arc<AtomicU64>,
    state: UnitState,
    /// Text that has been decoded and not taken yet.
    text: VecDeque<TextPiece>,
    /// How many bytes of text wait in this unit.
    waiting_bytes: u64,
    /// How many bytes of text this unit has had so far.
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

    /// Returns whether the text of this unit can be taken.
    fn can_be_taken(&self) -> bool {
        !self.is_taken_whole || matches!(self.state, UnitState::Ended { damage: None, .. })
    }

    fn has_ended(&self) -> bool {
        matches!(self.state, UnitState::Ended { .. })
    }
}

/// How many bytes of text can be taken without waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::input) enum Ready {
    /// This many bytes, and more will come.
    More(u64),
    /// This many bytes. When they have been taken, it is known what is behind them: the end,
    /// damage, or another unit.
    All(u64),
}

/// Text in a buffer that has room before it.
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

/// The text that a worker has decoded in one step.
struct DecodedStep {
    id: u64,
    decoder: Box<Decoder>,
    text: TextPiece,
    /// `Some` if the unit has ended, with the damage behind the text, if there is any.
    ended: Option<Option<Damage>>,
}

/// A step that any worker can decode.
pub(crate) struct DecodeJob {
    id: u64,
    /// The decoder, until the step has been handed over.
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

    /// Hands over the text. Nobody waits for it if the scan has ended.
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
    /// Tells the waiting worker that there is no text, if the decoder has panicked.
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
    /// Creates the text of `file`, which begins as `codec` says.
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

    /// Creates the text of `count` parts, which are known by their numbers.
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

    /// Returns how many bytes of text can be taken without waiting.
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

    /// Returns how many bytes of text beyond a chunk may wait before a worker turns from decoding
    /// to searching. If there is one unit only, the worker that has decoded its last step decodes
    /// the next one too. In the cache of another worker the text is missing that the decoder looks
    /// back at.
    pub(in crate::input) fn lead_bytes(&self, buffers: &Buffers) -> usize {
        let only = self.units.front().filter(|_| self.units.len() == 1);
        let is_own = |unit: &Unit| Some(unit.id) == buffers.last_unit && unit.is_idle();
        match only.is_some_and(is_own) {
            true => STEP_BYTES,
            false => 0,
        }
    }

    /// Returns the step that a worker should decode now, if there is one.
    pub(in crate::input) fn next_job(&mut self, buffers: &mut Buffers) -> Option<DecodeJob> {
        self.settle();
        if self.spare.len() < SPARE_MAX {
            self.spare.extend(buffers.take_surplus());
        }
        // All workers wait for the first unit that has not ended, whatever else is decoded.
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

    /// Returns the next text in the buffer where it was decoded, at most `most` bytes.
    /// [`DecodeAhead::decode`] puts short texts together.
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

    /// Takes text, up to as much as `text` has room for. Returns 0 at the end. If no other worker
    /// decodes the text, it is decoded here.
    ///
    /// # Errors
    /// The [`Damage`] of the data, when all text before it has been taken.
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
                    // If a unit is not taken as a whole, all its text was taken before the damage
                    // was met.
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
                    // There is always a giver, because this struct has one itself.
                    let step = self.steps.wait();
                    self.take_step(step);
                }
            }
        }
    }

    /// Decodes everything once more, member by member, because a part of a member has failed. If
    /// the data is damaged, the decoder of a whole member says so. If it is not, the parts were no
    /// parts. `taken_bytes` of the first unit have been taken.
    fn begin_again(&mut self, taken_bytes: u64) {
        self.surplus_bytes = self.text_bytes + taken_bytes;
        self.division = None;
        self.units.clear();
        self.waiting_bytes = 0;
        self.text_bytes = 0;
        self.next_start = 0;
    }

    /// Takes over the steps that workers have decoded, and passes over units whose text has been
    /// taken.
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

    /// Makes sure that the next units follow each other, up to one that has not ended. Units that
    /// began where there is no member are dropped.
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
                // The units that are there are taken before there are more.
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

    /// Returns where the next unit begins, if that is known or can be found out soon.
    fn next_unit(&mut self) -> Option<u64> {
        if self.division.is_some() {
            return self.next_part;
        }
        // A unit may have been created there because the unit before it has ended there.
        let known = self.units.back().map_or(0, |last| last.start);
        let finder = self.finder.as_mut()?;
        std::iter::from_fn(|| finder.next(&self.file)).find(|&start| start > known)
    }

    /// Returns how many units have been created so far.
    #[cfg(test)]
    pub(super) fn units_made(&self) -> u64 {
        self.next_id
    }

    /// Returns how many bytes of memory the text that waits takes, with the buffers that are kept
    /// for more.
    #[cfg(test)]
    pub(super) fn kept_bytes(&self) -> u64 {
        let texts = self.units.iter().flat_map(|unit| &unit.text);
        let buffers = texts.map(|text| &text.buffer).chain(&self.spare);
        buffers.map(|buffer| to_u64(buffer.capacity())).sum()
    }

    /// Returns how many bytes of text wait.
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
            // The end of the part is known then, if it has one.
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
            // No member begins there, so no other decoder can say what is wrong.
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

    /// Hands out the next step of unit `nth`, if no worker has it.
    fn job(&mut self, nth: usize, buffers: &mut Buffers) -> Option<DecodeJob> {
        let unit = self.units.get_mut(nth)?;
        buffers.last_unit = Some(unit.id);
        match std::mem::replace(&mut unit.state, UnitState::Working) {
            UnitState::Idle(decoder) => Some(DecodeJob {
                id: unit.id,
                decoder: Some(decoder),
                // The worker's own buffer may still be in its cache.
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

/// Finds the places where members may begin.
struct MemberFinder {
    codec: &'static Codec,
    magic: memmem::Finder<'static>,
    /// The bytes before this have been searched, or are too near to the place that was found last.
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

    /// Returns the next place, if there is one in the next [`FIND_BYTES_MAX`]. Bytes that cannot be
    /// read have no such place: the decoder that comes to them reports the error.
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
                // Bytes that the border cuts are looked at again.
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
