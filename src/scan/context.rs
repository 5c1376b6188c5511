//! Finds where the lines before a hit begin that are shown with it: in the chunk, in the file, or
//! in the kept part of a stream.

use std::collections::VecDeque;

use super::{search::Found, within::Within};
use crate::{
    input::{Bytes, Chunk},
    line::{self, TextUnit, to_u64},
};

/// How many bytes of a stream are kept for context. A file is read again instead.
pub(super) const HISTORY_BYTES: u64 = 64 << 20;

/// Kept chunks are joined up to this size in bytes. A slow stream comes line by line, each line in
/// a large buffer.
const JOINED_BYTES: usize = 64 << 10;

/// The last chunks of a stream, as far as they may be needed for context.
#[derive(Clone, Debug, Default)]
pub(super) struct History {
    pub(super) chunks: VecDeque<KeptChunk>,
    units: u64,
}

impl History {
    /// Keeps a chunk, and forgets chunks that lie more than [`HISTORY_BYTES`] or `before` lines or
    /// records back.
    pub(super) fn push(&mut self, past: KeptChunk, before: u64) {
        let end = past.offset + to_u64(past.bytes.len());
        self.units += past.units;
        past.append_to(&mut self.chunks);
        while self.chunks.len() > 1 {
            let without_first = self.units - self.chunks[0].units;
            if without_first < before && end - self.chunks[1].offset < HISTORY_BYTES {
                break;
            }
            self.units = without_first;
            self.chunks.pop_front();
        }
    }
}

/// A chunk of a stream that is kept.
#[derive(Clone, Debug)]
pub(super) struct KeptChunk {
    pub(super) offset: u64,
    pub(super) bytes: Bytes<'static>,
    pub(super) lines: u64,
    /// How many lines or records of context the chunk has.
    pub(super) units: u64,
    pub(super) hits: u64,
    pub(super) open_end: bool,
    pub(super) has_long_line: bool,
    /// Whether the first line is within the range of times.
    pub(super) is_inside: bool,
}

impl KeptChunk {
    pub(super) fn of(found: &Found<'_>, unit: &TextUnit) -> KeptChunk {
        let chunk = &found.chunk;
        let bytes = match &chunk.bytes {
            Bytes::Buffer(buffer, range) if buffer.len() / 2 <= range.len() => {
                Bytes::Buffer(buffer.clone(), range.clone())
            }
            bytes => Bytes::from(bytes.to_vec()),
        };
        KeptChunk {
            offset: chunk.offset,
            lines: line::count(&bytes),
            units: unit.count(&bytes),
            bytes,
            hits: found.hits,
            open_end: chunk.open_end,
            has_long_line: chunk.has_long_line,
            is_inside: found.within == Within::Inside,
        }
    }

    pub(super) fn into_chunk(self) -> Chunk<'static> {
        let length = to_u64(self.bytes.len());
        Chunk {
            offset: self.offset,
            range: self.offset..self.offset + length,
            bytes: self.bytes,
            length,
            has_long_line: self.has_long_line,
            open_end: self.open_end,
            shrank_to: None,
            hole_before: None,
        }
    }

    /// Adds the chunk behind its predecessors. If it and the last of them are small, the two are
    /// joined.
    pub(super) fn append_to(self, chunks: &mut VecDeque<KeptChunk>) {
        if let Some(last) = chunks.back_mut()
            && last.offset + to_u64(last.bytes.len()) == self.offset
            && last.bytes.len() + self.bytes.len() <= JOINED_BYTES
        {
            last.bytes = Bytes::from([&*last.bytes, &*self.bytes].concat());
            last.lines += self.lines;
            last.units += self.units;
            last.hits += self.hits;
            last.open_end = self.open_end;
            last.has_long_line |= self.has_long_line;
            return;
        }
        chunks.push_back(self);
    }
}

/// Where the context before a hit begins.
pub(super) struct ContextStart {
    /// The offset in the chunks before, if the context begins there.
    pub(super) outside: Option<u64>,
    /// The index in the chunk.
    pub(super) inside: usize,
    pub(super) units_outside: u64,
    pub(super) units_inside: u64,
}
