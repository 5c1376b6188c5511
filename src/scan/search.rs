//! Searches one chunk and returns what was found in it. There is no order, no output, and no state
//! between chunks.

use std::ops::{ControlFlow, Range};

use super::{split_mix, within::Within};

#[cfg(feature = "compare")]
use crate::{
    input::Cut,
    line::{Boundary, Cutter},
    matcher::Matcher,
};
use crate::{
    input::{Chunk, ReadError},
    line::{self, Line, TextUnit, to_u32, to_u64},
    matcher::{FilterSeen, Finder},
    record::Moment,
};

/// The size of the blocks in which lines are counted and searched. Both passes find such a block in
/// the L2 cache.
const BLOCK_BYTES: usize = 256 << 10;

/// The things that a worker looks for in a chunk.
#[derive(Clone, Copy, Debug)]
pub(super) struct Task {
    /// Whether the lines that do not match are the hits.
    pub(super) invert: bool,
    /// Whether lines are counted, for their numbers or for their count.
    pub(super) count_lines: bool,
    /// Whether the places of hits are wanted, and not only their number.
    pub(super) places: bool,
    /// How many hits are of use. More are not looked for.
    pub(super) hits_max: u64,
    /// The line cap. A longer line is its first bytes.
    pub(super) max_line_bytes: usize,
    /// Whether the chunk lies in a mapping, where another process may change it.
    pub(super) may_change: bool,
    /// Whether the places of hits are hashed.
    pub(super) hashes: bool,
}

/// A run of adjacent hits. Indices are into the chunk's bytes. A run takes 16 bytes for at least
/// two lines of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct HitRun {
    pub(super) start: u32,
    pub(super) end: u32,
    /// How many lines of the chunk are before the run, if lines are counted.
    pub(super) line: u32,
    pub(super) hits: u32,
}

/// The results in one chunk.
#[derive(Debug)]
pub(super) struct Found<'s> {
    pub(super) chunk: Chunk<'s>,
    /// The runs of hits, in file order. They are empty if only the number of hits is wanted.
    pub(super) runs: Vec<HitRun>,
    pub(super) hits: u64,
    /// The hash of the places of the hits, if they are hashed: see [`hash_of`].
    pub(super) hash: u64,
    /// How many lines start in the chunk, if they are counted and the search went to the chunk's
    /// end.
    pub(super) lines: u64,
    /// How many lines are longer than the cap, and the index of the first one.
    pub(super) long_lines: Option<LongLines>,
    /// What the filters of the matcher have seen.
    pub(super) seen: FilterSeen,
    /// Whether the lines are within the range of times. They are if there is no range.
    pub(super) within: Within,
    /// The time to which the last line belongs, if times are wanted and a line of the chunk has
    /// one.
    pub(super) last_time: Option<Moment>,
    /// The end of the scan, in the place of a chunk.
    pub(super) ended: Option<Ended>,
}

/// The reason why a scan ends before the end of its input.
#[derive(Clone, Debug)]
pub(super) enum Ended {
    /// The input could not be read.
    Failed(ReadError),
    /// A stop was requested.
    Interrupted,
}

/// Lines that were longer than the cap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LongLines {
    pub(super) count: u64,
    pub(super) first_at: usize,
}

impl LongLines {
    /// Returns the long lines in `bytes`, which begin at a line start.
    pub(super) fn of(unit: &TextUnit, bytes: &[u8], max_line_bytes: usize) -> Option<LongLines> {
        let mut found: Option<LongLines> = None;
        for (at, line) in unit.split(bytes, max_line_bytes) {
            if line.cut {
                found
                    .get_or_insert(LongLines {
                        count: 0,
                        first_at: at,
                    })
                    .count += 1;
            }
        }
        found
    }
}

impl<'s> Found<'s> {
    /// Returns results that only say what ended the scan, in the place of a chunk.
    pub(super) fn ended(ended: Ended) -> Found<'s> {
        Found {
            chunk: Chunk::without_lines(0..0),
            runs: Vec::new(),
            hits: 0,
            hash: 0,
            lines: 0,
            long_lines: None,
            seen: FilterSeen::default(),
            within: Within::Inside,
            last_time: None,
            ended: Some(ended),
        }
    }
}

impl Found<'_> {
    /// Decides whether the lines are within the range of times, when it is known whether the line
    /// above them is. Results in lines outside the range are dropped.
    pub(super) fn resolve(&mut self, above_is_inside: bool) -> Within {
        if self.within == Within::AsBefore {
            self.within = match above_is_inside {
                true => Within::Inside,
                false => Within::Outside,
            };
        }
        if self.within == Within::Outside {
            self.runs.clear();
            self.hits = 0;
            self.hash = 0;
            self.long_lines = None;
            self.seen = FilterSeen::default();
        }
        self.within
    }
}

/// Searches a chunk for lines or records. `runs` is empty memory that is used again.
pub(super) fn search<'s>(
    task: Task,
    (finder, unit): (&mut Finder, &TextUnit),
    chunk: Chunk<'s>,
    runs: Vec<HitRun>,
) -> Found<'s> {
    let mut tally = ChunkTally {
        task,
        offset: chunk.offset,
        runs,
        hits: 0,
        hash: 0,
        lines: 0,
        counted: 0,
    };
    let mut long_lines = None;
    if chunk.has_long_line {
        tally.search_one_by_one(finder, unit, &chunk.bytes);
        long_lines = LongLines::of(unit, &chunk.bytes, task.max_line_bytes);
    } else if !unit.is_line() {
        tally.search_records(finder, unit, &chunk.bytes);
    } else {
        tally.search_by_blocks(finder, &chunk.bytes);
    }
    let ChunkTally {
        runs,
        hits,
        hash,
        lines,
        ..
    } = tally;
    Found {
        chunk,
        runs,
        hits,
        hash,
        lines,
        long_lines,
        seen: finder.take_seen(),
        within: Within::Inside,
        last_time: None,
        ended: None,
    }
}

/// Does what a worker does with one chunk, for the benches. Returns the number of hits in `bytes`.
#[cfg(feature = "compare")]
pub(crate) fn search_one_chunk(matcher: &Matcher, bytes: &[u8], line_numbers: bool) -> u64 {
    let max_line_bytes = super::MAX_LINE_BYTES;
    let length = to_u64(bytes.len());
    let cut = Cut {
        range: 0..length,
        text_start: 0,
        length,
        chunk_bytes: length.max(1),
        cutter: Cutter {
            boundary: Boundary::LF,
            unit: TextUnit::Line,
            max_line_bytes,
        },
    };
    let task = Task {
        invert: false,
        count_lines: line_numbers,
        places: true,
        hits_max: u64::MAX,
        max_line_bytes,
        may_change: false,
        hashes: false,
    };
    let chunk = cut.slice(0, bytes);
    let found = (&mut matcher.finder(), &TextUnit::Line);
    search(task, found, chunk, Vec::new()).hits
}

/// Returns the hash of hits that lie side by side from `start` to `end` in the file. The hashes of
/// all hits are added up, wrapping.
///
/// The hash is a difference, so that the hashes of adjacent hits add up to the hash of all of them
/// together. So the sum does not depend on where chunks, blocks or runs end, nor on their order.
fn hash_of(start: u64, end: u64) -> u64 {
    let mixed = |offset: u64| split_mix::finished(offset.wrapping_add(split_mix::STEP));
    mixed(start).wrapping_sub(mixed(end))
}

struct ChunkTally {
    task: Task,
    /// The offset in the file at which the chunk's bytes begin.
    offset: u64,
    runs: Vec<HitRun>,
    hits: u64,
    hash: u64,
    /// How many lines end before `counted`.
    lines: u64,
    counted: usize,
}

/// Whole lines of a chunk that are searched at once, and the index in the chunk at which they
/// begin.
#[derive(Clone, Copy)]
struct LineBlock<'b> {
    bytes: &'b [u8],
    base: usize,
}

impl ChunkTally {
    fn search_by_blocks(&mut self, finder: &mut Finder, bytes: &[u8]) {
        let mut at = 0;
        while at < bytes.len() && self.hits < self.task.hits_max {
            let end = match bytes.len() - at <= BLOCK_BYTES {
                true => bytes.len(),
                false => line::line_end(bytes, at + BLOCK_BYTES - 1),
            };
            let block = LineBlock {
                bytes: &bytes[at..end],
                base: at,
            };
            self.search_block(finder, block);
            at = end;
        }
        if self.task.count_lines {
            // This includes lines that were not searched any more: context may reach there.
            let all = LineBlock { bytes, base: 0 };
            self.count_to(all, bytes.len());
            self.lines += u64::from(bytes.last().is_some_and(|&last| last != b'\n'));
        }
    }

    fn search_block(&mut self, finder: &mut Finder, block: LineBlock<'_>) {
        let bytes = block.bytes;
        // Hashing needs the places too, although they are not kept.
        let places = self.task.places || self.task.hashes;
        match (finder.hits_every_line(), self.task.invert) {
            (true, true) => {}
            (true, false) => self.add_all(block),
            (false, _) if places => self.add_hits(finder, block),
            (false, invert) => self.count_hits(finder, bytes, invert),
        }
        if self.task.count_lines {
            self.count_to(block, bytes.len());
        }
    }

    /// Adds all lines of a block. They are counted once, for hits and for their numbers.
    fn add_all(&mut self, block: LineBlock<'_>) {
        let bytes = block.bytes;
        let lines = line::count(bytes);
        self.add(block, 0, bytes.len(), lines);
        if self.task.count_lines {
            let is_open = bytes.last().is_some_and(|&last| last != b'\n');
            self.lines += lines - u64::from(is_open);
            self.counted = block.base + bytes.len();
        }
    }

    fn add_hits(&mut self, finder: &mut Finder, block: LineBlock<'_>) {
        let bytes = block.bytes;
        let mut unmatched = 0;
        finder.hits(bytes, self.task.may_change, |hit| {
            match self.task.invert {
                false => self.add(block, hit.start(bytes), hit.end, 1),
                true => self.add_rest(block, unmatched, hit.start(bytes)),
            }
            unmatched = hit.end;
            self.unless_enough(self.hits)
        });
        if self.task.invert {
            self.add_rest(block, unmatched, bytes.len());
        }
    }

    fn count_hits(&mut self, finder: &mut Finder, bytes: &[u8], invert: bool) {
        let mut matching = 0;
        finder.hits(bytes, self.task.may_change, |_| {
            matching += 1;
            match invert {
                // Only the number of lines that are left matters.
                true => ControlFlow::Continue(()),
                false => self.unless_enough(self.hits + matching),
            }
        });
        self.hits += match invert {
            false => matching,
            // Bytes of a mapping may have changed between the two looks at them.
            true => line::count(bytes).saturating_sub(matching),
        };
    }

    /// Returns whether the search goes on behind this many hits.
    fn unless_enough(&self, hits: u64) -> ControlFlow<()> {
        match hits < self.task.hits_max {
            true => ControlFlow::Continue(()),
            false => ControlFlow::Break(()),
        }
    }

    /// Adds the lines between two matches. If hits are inverted, these lines are the hits.
    fn add_rest(&mut self, block: LineBlock<'_>, start: usize, end: usize) {
        if start < end {
            let lines = line::count(&block.bytes[start..end]);
            self.add(block, start, end, lines);
        }
    }

    fn add(&mut self, block: LineBlock<'_>, start: usize, end: usize, hits: u64) {
        let (start_in_chunk, end_in_chunk) = (block.base + start, block.base + end);
        if self.task.count_lines && self.task.places && !self.continues(start_in_chunk) {
            self.count_to(block, start);
        }
        self.hash(start_in_chunk, end_in_chunk);
        self.push(start_in_chunk, end_in_chunk, hits);
    }

    /// Hashes adjacent hits, if that is wanted.
    fn hash(&mut self, start: usize, end: usize) {
        if self.task.hashes {
            let (start, end) = (self.offset + to_u64(start), self.offset + to_u64(end));
            self.hash = self.hash.wrapping_add(hash_of(start, end));
        }
    }

    /// Returns whether a run ends at `start`.
    fn continues(&self, start: usize) -> bool {
        self.runs.last().is_some_and(|run| run.end == to_u32(start))
    }

    /// Adds hits. If they begin a run, `lines` is the number of lines before them.
    fn push(&mut self, start: usize, end: usize, hits: u64) {
        self.hits += hits;
        if !self.task.places {
            return;
        }
        let narrow = |lines| {
            u32::try_from(lines).expect("a chunk is shorter than 4 GiB, and each line has a byte")
        };
        let hits = narrow(hits);
        let continues = self.continues(start);
        match self.runs.last_mut() {
            Some(last) if continues => {
                last.end = to_u32(end);
                last.hits += hits;
            }
            _ => {
                let line = narrow(self.lines);
                self.runs.push(HitRun {
                    start: to_u32(start),
                    end: to_u32(end),
                    line,
                    hits,
                });
            }
        }
    }

    /// Counts the lines up to `at` in the block. Each byte is looked at once.
    fn count_to(&mut self, block: LineBlock<'_>, at: usize) {
        let from = self.counted - block.base;
        self.lines += line::newlines(&block.bytes[from..at]);
        self.counted = block.base + at;
    }

    /// Searches for records. A line that matches stands for its record.
    ///
    /// ```text
    /// decided      start         hit         end
    ///    |-----------|------------x-----------|------
    ///    no hit      back to the line that    on to the next such line
    ///                begins the record
    /// ```
    /// So only lines near hits are looked at, and not every line of the chunk.
    fn search_records(&mut self, finder: &mut Finder, unit: &TextUnit, bytes: &[u8]) {
        let all = LineBlock { bytes, base: 0 };
        let invert = self.task.invert;
        let mut decided = 0;
        if finder.hits_every_line() {
            decided = bytes.len();
            if !invert {
                self.add_records(unit, all, 0..bytes.len());
            }
        }
        let mut at = decided;
        while at < bytes.len() && self.hits < self.task.hits_max {
            let end = match bytes.len() - at <= BLOCK_BYTES {
                true => bytes.len(),
                false => line::line_end(bytes, at + BLOCK_BYTES - 1),
            };
            let block = &bytes[at..end];
            let has_sides = finder.has_sides();
            let mut doubtful = None;
            finder.hits(block, self.task.may_change, |hit| {
                if at + hit.end <= decided {
                    // A line above has found this record.
                    return ControlFlow::Continue(());
                }
                let line = at + hit.start(block);
                let record = unit.start(bytes, decided, line)..unit.end(bytes, line);
                if has_sides {
                    doubtful = Some(record);
                    return ControlFlow::Break(());
                }
                self.take_record(unit, all, decided, &record);
                decided = record.end;
                self.unless_enough(self.hits)
            });
            let Some(record) = doubtful else {
                at = end;
                continue;
            };
            let haystack = Line::of_unit(&bytes[record.clone()], usize::MAX).haystack;
            at = record.end;
            if finder.accepts_record(haystack) {
                self.take_record(unit, all, decided, &record);
                decided = record.end;
            } else if !invert {
                decided = record.end;
            }
        }
        if invert && decided < bytes.len() && !finder.hits_every_line() {
            self.add_records(unit, all, decided..bytes.len());
        }
        if self.task.count_lines {
            self.count_to(all, bytes.len());
            self.lines += u64::from(bytes.last().is_some_and(|&last| last != b'\n'));
        }
    }

    /// Takes a record that matches. There is no other match before it, from `decided` on.
    fn take_record(
        &mut self,
        unit: &TextUnit,
        all: LineBlock<'_>,
        decided: usize,
        record: &Range<usize>,
    ) {
        match self.task.invert {
            false => self.add(all, record.start, record.end, 1),
            true => self.add_records(unit, all, decided..record.start),
        }
    }

    /// Adds the records in a part of the chunk, each as a hit.
    fn add_records(&mut self, unit: &TextUnit, all: LineBlock<'_>, part: Range<usize>) {
        let bytes = &all.bytes[..part.end];
        if !self.task.places && !self.task.hashes {
            self.hits += unit.count(&bytes[part.start..]);
            return;
        }
        let mut at = part.start;
        while at < bytes.len() && self.hits < self.task.hits_max {
            let end = unit.end(bytes, at);
            self.add(all, at, end, 1);
            at = end;
        }
    }

    /// Searches the plain way. It is for chunks with a line or record that is longer than the cap.
    /// Such a line has fewer bytes than stand in the chunk.
    fn search_one_by_one(&mut self, finder: &mut Finder, unit: &TextUnit, bytes: &[u8]) {
        for (start, line) in unit.split(bytes, self.task.max_line_bytes) {
            let wanted = self.hits < self.task.hits_max;
            if wanted && finder.is_match_now(line.haystack) != self.task.invert {
                let physical = match line.cut {
                    true => unit.end(bytes, start),
                    false => start + line.bytes.len() + usize::from(line.terminated),
                };
                // A cut line may have more or fewer bytes in this chunk than in another.
                let counted = match line.cut {
                    true => start + line.bytes.len(),
                    false => physical,
                };
                self.hash(start, counted);
                self.push(start, physical, 1);
            }
            self.lines += match unit {
                TextUnit::Line => 1,
                // Lines behind the cap do not count, because not all of them are in the chunk.
                TextUnit::Record(_) => line.lines(),
            };
        }
    }
}
