//! Reads a file around its bad spots: if some pages cannot be read, the file is searched on both
//! sides of them.
//!
//! The loss does not depend on how the file is cut into chunks. Lost are the pages that fail, the
//! lines that reach into them, and the lines whose beginning is unknown because the byte before
//! them is.

use std::{ops::Range, sync::Arc};

use super::{
    chunk::{Bytes, Chunk, Cut, Hole, Loaded, ReadError},
    file::FileInput,
};
use crate::{
    error::Reason,
    line::{First, Last, to_u64, to_usize},
    sys,
};

/// The size of the pages in which a file is read around bad spots. The kernel reads, or fails to
/// read, that many bytes at once.
const HOLE_PAGE_BYTES: u64 = 4 << 10;

/// The reason why a stretch that was read ends where it does.
#[derive(Debug)]
enum Ending {
    /// The stretch is complete, up to the end of its last line or to the line cap.
    OfLine,
    /// The file ends, earlier than it did when it was opened.
    OfFile,
    /// The next page cannot be read.
    AtHole(std::io::Error),
}

impl FileInput {
    /// Reads chunk `nth` page by page. In each stretch that can be read, a line counts if the
    /// stretch has all of it, its own LF, and the LF before it. So it does not depend on chunks
    /// which lines are lost.
    ///
    /// A page that fails with another error than a bad spot ends the file. That error comes behind
    /// the chunks.
    pub(super) fn read_around_holes(&self, cut: &Cut, nth: u64) -> Loaded<'_> {
        let nominal = cut.nominal(nth);
        let mut chunks = Vec::new();
        let mut failure = None;
        let mut hole_before = None;
        let mut at = nominal.start.saturating_sub(1);
        while failure.is_none() {
            let (mut chunk, next, ending) = self.read_stretch(cut, &nominal, at);
            chunk.hole_before = hole_before.take();
            chunks.push(chunk);
            at = next;
            let is_behind = at >= nominal.end;
            let first = match ending {
                Ending::OfFile => break,
                Ending::OfLine if is_behind => break,
                // The last line goes on behind the cap, and the rest of it may have holes too.
                Ending::OfLine => continue,
                // The next chunk begins with this hole, unless the hole is behind the range.
                Ending::AtHole(_) if is_behind && nominal.end < cut.range.end => break,
                Ending::AtHole(error) => error,
            };
            if !sys::is_bad_spot(&first) {
                let source = first;
                failure = Some(ReadError { offset: at, source });
                break;
            }
            while at < nominal.end {
                match self.read_page(at, &mut Vec::new()) {
                    Err(error) if sys::is_bad_spot(&error) => at = self.page_end(at),
                    Err(source) => {
                        failure = Some(ReadError { offset: at, source });
                        break;
                    }
                    Ok(_) => break,
                }
            }
            let offset = next.max(nominal.start);
            let end = if is_behind {
                self.page_end(at)
            } else {
                at.min(nominal.end)
            };
            hole_before = Some(Hole {
                offset,
                bytes: end.saturating_sub(offset),
                reason: Reason(&first).to_string(),
            });
            if at >= nominal.end {
                break;
            }
        }
        if hole_before.is_some() {
            let mut rest = Chunk::without_lines(at.min(nominal.end)..at.min(nominal.end));
            rest.hole_before = hole_before;
            chunks.push(rest);
        }
        let mut chunks = chunks.into_iter();
        Loaded {
            first: chunks.next().expect("the loop pushes one at once"),
            behind: chunks.collect(),
            failure,
            may_be_lost: false,
        }
    }

    /// Reads what can be read from `at` to the end of the last line that starts in the chunk. `at`
    /// is the byte before the chunk or the end of a hole. Also returns where the reading ended, and
    /// why.
    fn read_stretch(
        &self,
        cut: &Cut,
        nominal: &Range<u64>,
        at: u64,
    ) -> (Chunk<'static>, u64, Ending) {
        let cutter = &cut.cutter;
        let border = to_usize(nominal.end - at);
        let mut bytes = Vec::new();
        let mut seen = 0;
        let ending = loop {
            if bytes.len() >= border {
                match cutter.last(cut.window(at, &bytes), 0, border, seen) {
                    Last::Ends(end) | Last::IsCut(end) => {
                        bytes.truncate(end);
                        break Ending::OfLine;
                    }
                    Last::GoesOn { .. } if at + to_u64(bytes.len()) == cut.length => {
                        break Ending::OfLine;
                    }
                    Last::GoesOn { .. } => seen = bytes.len(),
                }
            }
            let offset = at + to_u64(bytes.len());
            match self.read_page(offset, &mut bytes) {
                Ok(true) => {}
                Ok(false) => break Ending::OfFile,
                Err(error) => break Ending::AtHole(error),
            }
        };
        let is_whole = matches!(ending, Ending::OfLine);
        let next = at + to_u64(bytes.len());
        let start = at.max(nominal.start);
        let mut chunk = Chunk::without_lines(start..next.min(nominal.end).max(start));
        let first = match at == nominal.start.saturating_sub(1) {
            true => cut.first_of(nominal),
            false => First::BehindBoundary,
        };
        let owned = bytes.len().min(border);
        if let Some(first) = cutter.first(&bytes, owned, first) {
            let (last, is_whole) = match cutter.last(cut.window(at, &bytes), first, owned, 0) {
                _ if is_whole => (bytes.len(), true),
                Last::Ends(end) => (end, false),
                Last::IsCut(end) => (end, true),
                // The end of that line is lost, so the line is lost.
                Last::GoesOn { start, .. } => (start, false),
            };
            let bytes = Bytes::Buffer(Arc::new(bytes), first..last);
            chunk = cut.chunk(chunk.range, at + to_u64(first), bytes);
            chunk.open_end &= is_whole;
        }
        chunk.shrank_to = matches!(ending, Ending::OfFile).then_some(next);
        (chunk, next, ending)
    }

    /// Appends the bytes between `offset` and the end of its page. Returns false if the file ends
    /// there.
    fn read_page(&self, offset: u64, bytes: &mut Vec<u8>) -> std::io::Result<bool> {
        let wanted = to_usize(self.page_end(offset) - offset);
        let filled = bytes.len();
        bytes.resize(filled + wanted, 0);
        let read = self.read_at(&mut bytes[filled..], offset);
        bytes.truncate(filled + read.as_ref().map_or(0, |&read| read));
        read.map(|read| read == wanted)
    }

    /// Returns where the page begins that holds the byte at `offset`.
    pub(super) fn page_start(&self, offset: u64) -> u64 {
        let in_file = self.origin + offset;
        (in_file - in_file % HOLE_PAGE_BYTES).saturating_sub(self.origin)
    }

    fn page_end(&self, offset: u64) -> u64 {
        let in_file = self.origin + offset;
        (in_file - in_file % HOLE_PAGE_BYTES + HOLE_PAGE_BYTES - self.origin).min(self.length)
    }
}
