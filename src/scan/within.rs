//! Finds the lines of a chunk that are within a range of times. The chunk is cut where that
//! changes.
//!
//! ```text
//!   at app.main      AsBefore: it belongs to the line above, which another chunk has
//! 14:01 a            Outside
//! 14:02 b            Inside
//!   at app.main      Inside
//! ```
//! It is known in order to which line the first lines of a chunk belong, when the chunk is linked
//! to those before it. So output does not depend on where chunks are cut.

use std::ops::Range;

use crate::{
    input::{Bytes, Chunk},
    line::{Cutter, to_u64},
    record::{Moment, TimeReader},
};

/// Tells whether lines are within the range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Within {
    Inside,
    Outside,
    /// The lines are within the range if the line above them is.
    AsBefore,
}

/// Tells the lines of a range of times apart.
#[derive(Clone, Debug)]
pub(super) struct TimeFilter {
    /// The reader of times. Each worker reads with a copy of its own.
    pub(super) reader: TimeReader,
    pub(super) moments: Range<Moment>,
    /// Whether lines above the first time are within the range.
    pub(super) begins_inside: bool,
}

impl TimeFilter {
    /// Cuts a chunk into its parts, in order. Each worker has a `reader` of its own.
    pub(super) fn parts<'s>(
        &self,
        reader: &mut TimeReader,
        chunk: Chunk<'s>,
        cutter: &Cutter,
    ) -> Vec<(Within, Chunk<'s>)> {
        let mut borders = vec![(0, Within::AsBefore)];
        let units = cutter.unit.split(&chunk.bytes, cutter.max_line_bytes);
        for (at, unit) in units {
            let Some(time) = reader.time_of(unit.head()) else {
                continue;
            };
            let within = match self.moments.contains(&time) {
                true => Within::Inside,
                false => Within::Outside,
            };
            let last = borders.last_mut().expect("there is a first one");
            match last {
                (_, known) if *known == within => {}
                (start, known) if *start == at => *known = within,
                _ => borders.push((at, within)),
            }
        }
        cut(chunk, &borders, cutter)
    }
}

/// Cuts `chunk` at `borders`. The first border is the beginning of the chunk.
fn cut<'s>(
    chunk: Chunk<'s>,
    borders: &[(usize, Within)],
    cutter: &Cutter,
) -> Vec<(Within, Chunk<'s>)> {
    if let [(_, within)] = borders {
        return vec![(*within, chunk)];
    }
    let length = chunk.bytes.len();
    let ends = borders[1..].iter().map(|&(start, _)| start);
    let ends = ends.chain([length]);
    let mut hole_before = chunk.hole_before.clone();
    let parts = borders.iter().zip(ends).map(|(&(start, within), end)| {
        let bytes = part(&chunk.bytes, start..end);
        let offset = chunk.offset + to_u64(start);
        let part_end = chunk.offset + to_u64(end);
        let is_last = end == length;
        let part = Chunk {
            offset,
            length: to_u64(bytes.len()),
            range: Range {
                start: if start == 0 {
                    chunk.range.start
                } else {
                    offset
                },
                end: if is_last { chunk.range.end } else { part_end },
            },
            has_long_line: chunk.has_long_line
                && cutter.unit.has_long(&bytes, cutter.max_line_bytes),
            open_end: is_last && chunk.open_end,
            shrank_to: chunk.shrank_to.filter(|_| is_last),
            hole_before: hole_before.take(),
            bytes,
        };
        (within, part)
    });
    parts.collect()
}

/// Returns a part of bytes, which are not copied.
fn part<'s>(bytes: &Bytes<'s>, range: Range<usize>) -> Bytes<'s> {
    match bytes {
        Bytes::Slice(bytes) => Bytes::Slice(&bytes[range]),
        Bytes::Buffer(buffer, all) => Bytes::Buffer(
            buffer.clone(),
            all.start + range.start..all.start + range.end,
        ),
    }
}
