//! Decodes LZ4 frames (lz4_Frame_format.md), by lz4_flex. The checksums of blocks and of the frame
//! are checked, where there are any.
//!
//! ```text
//! frame    magic | descriptor | size block | size block | size block | 0 | checksum of all text
//! part                         size block | size block
//! ```
//! 1. Blocks that do not look back at others can be decoded at the same time. `lz4` makes such
//!    blocks.
//! 2. The checksum of a frame is that of its text in order, so it is computed where the text is
//!    taken.
//! 3. Short frames are decoded by lz4_flex, several by one worker.

use std::{
    collections::VecDeque,
    hash::Hasher,
    io::{self, Read},
    ops::Range,
    sync::Arc,
};

use lz4_flex::{block::decompress_into, frame::FrameDecoder};
use twox_hash::XxHash32;

use super::{
    Codec, DividedPart, Division, Encoded, Giver, Member, MemberPart, Taker, ahead::UNIT_BYTES_MIN,
    encoded::EncodedPart, handover,
};
use crate::{
    error::DamageKind,
    input::{file::FileInput, format::Format},
    line::{to_u64, to_usize},
};

pub(super) const CODEC: Codec = Codec {
    format: Format::Lz4,
    magic: b"\x04\x22\x4d\x18",
    begins: |head| head.starts_with(CODEC.magic),
    // A block has 4 MiB at most, and the decoder keeps one or two of them.
    begin: |mut encoded, _| {
        if let Some(dictionary) = dictionary(encoded.peek(HEADER_BYTES_MAX)) {
            return Err(DamageKind::NeedsDictionary { dictionary });
        }
        if encoded.peek(LEGACY_MAGIC.len()) == LEGACY_MAGIC {
            encoded.pass(LEGACY_MAGIC.len());
            return Ok(Box::new(LegacyLz4::of(encoded)));
        }
        let decoder = FrameDecoder::new(encoded);
        Ok(Box::new(Lz4 { decoder }))
    },
    divide: |file, _| Lz4Blocks::of(file).map(|blocks| Box::new(blocks) as Box<dyn Division>),
};

/// The bytes that a frame of the legacy format begins with (lz4_Frame_format.md, "Legacy frame").
/// Such a frame has no end mark. So a frame that is cut between two blocks is a shorter frame.
const LEGACY_MAGIC: &[u8] = b"\x02\x21\x4c\x18";

/// The length of the text of a block of the legacy format, in bytes. `LZ4_compressBound` of lz4.h
/// gives the longest block for it. A longer one is the beginning of another frame.
const LEGACY_TEXT_BYTES: usize = 8 << 20;
const LEGACY_BLOCK_BYTES_MAX: usize = LEGACY_TEXT_BYTES + LEGACY_TEXT_BYTES / 255 + 16;

/// How many bytes a frame's header has at most (lz4_Frame_format.md, "General Structure").
const HEADER_BYTES_MAX: usize = 19;

/// Returns the number of the dictionary with which a frame was made, if it was made with one.
fn dictionary(header: &[u8]) -> Option<u32> {
    let behind = header.strip_prefix(CODEC.magic)?;
    let flags = behind.first()?;
    let size_bytes = match flags & HAS_CONTENT_SIZE {
        0 => 0,
        _ => 8,
    };
    let number = behind.get(2 + size_bytes..)?.first_chunk()?;
    (flags & HAS_DICTIONARY != 0).then_some(u32::from_le_bytes(*number))
}

struct Lz4 {
    decoder: FrameDecoder<Encoded>,
}

impl Member for Lz4 {
    fn read(&mut self, text: &mut [u8]) -> io::Result<usize> {
        self.decoder.read(text)
    }

    fn encoded(&mut self) -> &mut Encoded {
        self.decoder.get_mut()
    }

    fn into_encoded(self: Box<Self>) -> Encoded {
        self.decoder.into_inner()
    }
}

/// A frame of the legacy format. Another frame may follow it, and lz4_flex would take that for a
/// block that is too long.
struct LegacyLz4 {
    encoded: Encoded,
    scratch: Scratch,
    /// The text of the last block that has not been returned.
    rest: Range<usize>,
}

impl LegacyLz4 {
    /// Creates the frame whose first block begins here.
    fn of(encoded: Encoded) -> LegacyLz4 {
        LegacyLz4 {
            encoded,
            scratch: Scratch {
                block: Vec::new(),
                text: vec![0; LEGACY_TEXT_BYTES],
            },
            rest: 0..0,
        }
    }

    /// Decodes the next block. Returns 0 behind the last one.
    fn next_block(&mut self) -> io::Result<usize> {
        let size = match self.encoded.peek(4) {
            [] => return Ok(0),
            &[a, b, c, d] => u32::from_le_bytes([a, b, c, d]),
            // The read below reports that bytes are missing.
            _ => 0,
        };
        let block_bytes = to_usize(u64::from(size));
        if block_bytes > LEGACY_BLOCK_BYTES_MAX {
            return Ok(0);
        }
        self.encoded.read_exact(&mut [0; 4])?;
        let Scratch { block, text } = &mut self.scratch;
        block.resize(block_bytes, 0);
        self.encoded.read_exact(block)?;
        match decompress_into(block, text).map_err(io::Error::other)? {
            0 => Err(io::Error::other("a block without text")),
            text_bytes => Ok(text_bytes),
        }
    }
}

impl Member for LegacyLz4 {
    fn read(&mut self, text: &mut [u8]) -> io::Result<usize> {
        if self.rest.is_empty() {
            self.rest = 0..self.next_block()?;
        }
        let read = text.len().min(self.rest.len());
        text[..read].copy_from_slice(&self.scratch.text[self.rest.start..][..read]);
        self.rest.start += read;
        Ok(read)
    }

    fn encoded(&mut self) -> &mut Encoded {
        &mut self.encoded
    }

    fn ends_with_data(&self) -> bool {
        true
    }

    fn into_encoded(self: Box<Self>) -> Encoded {
        self.encoded
    }
}

/// Flags of a frame (lz4_Frame_format.md, "Frame Descriptor"), and the values that the other bits
/// must have.
const VERSION: u8 = 1 << 6;
const VERSION_AND_RESERVED: u8 = 3 << 6 | 1 << 1;
const HAS_INDEPENDENT_BLOCKS: u8 = 1 << 5;
const HAS_BLOCK_CHECKSUMS: u8 = 1 << 4;
const HAS_CONTENT_SIZE: u8 = 1 << 3;
const HAS_CONTENT_CHECKSUM: u8 = 1 << 2;
const HAS_DICTIONARY: u8 = 1;

/// The bits of the second byte that tell how long a block may be. The other bits are 0.
const BLOCK_SIZE: u8 = 7 << 4;

/// The bit of a block's size that says that it is not compressed.
const IS_STORED: u32 = 1 << 31;

/// The blocks or frames that one worker decodes.
struct BlockGroup {
    /// The number that identifies the group: the offset where it begins, or where its frame does.
    start: u64,
    /// The range of blocks of one frame. `None` if the group has whole frames.
    blocks: Option<Range<u64>>,
    /// The offset where the next blocks begin, or the offset behind the frame.
    next: u64,
    has_checksums: bool,
    block_bytes_max: u32,
}

/// The frame in which the next blocks lie.
#[derive(Clone, Copy)]
struct Frame {
    /// The number that identifies the next blocks.
    start: u64,
    flags: u8,
    /// How many bytes a block may have, compressed or not.
    block_bytes_max: u32,
    /// How many bytes of text the frame has, if its header says so.
    text_bytes: Option<u64>,
    /// The offset where the next block begins.
    at: u64,
}

/// The facts that are known about the text when the last group of a frame has been taken.
struct FrameEnd {
    /// The number that identifies the group.
    start: u64,
    checksum: Option<u32>,
    text_bytes: Option<u64>,
}

/// The blocks of a file that begins with a frame of independent blocks.
struct Lz4Blocks {
    file: Arc<FileInput>,
    frame: Option<Frame>,
    groups: VecDeque<BlockGroup>,
    /// The checksum of the text of a frame so far.
    hash: XxHash32,
    /// How many bytes of text that is.
    text_bytes: u64,
    /// The ends of frames.
    ends: VecDeque<FrameEnd>,
    /// Memory of parts that have been decoded, to be used again. New memory for each part took half
    /// as long as the decoding.
    spare: Taker<Scratch>,
    giver: Giver<Scratch>,
}

/// The memory that is needed to decode a block.
#[derive(Default)]
struct Scratch {
    block: Vec<u8>,
    text: Vec<u8>,
}

/// Blocks that follow each other, as one part.
struct Lz4Part {
    encoded: Encoded,
    has_checksums: bool,
    scratch: Scratch,
    /// The text of the last block that has not been returned.
    rest: Range<usize>,
    giver: Giver<Scratch>,
}

impl Lz4Part {
    /// Decodes the next block. Returns 0 behind the last one. The crate takes a block without text
    /// for the end of a frame, and no program writes such a block. So it is an error in a part, as
    /// it is in a stream.
    fn next_block(&mut self) -> io::Result<usize> {
        if self.encoded.known().is_empty() {
            return Ok(0);
        }
        let size = self.number()?;
        let block = &mut self.scratch.block;
        block.resize(to_usize(u64::from(size & !IS_STORED)), 0);
        self.encoded.read_exact(block)?;
        if self.has_checksums {
            let hash = XxHash32::oneshot(0, &self.scratch.block);
            if self.number()? != hash {
                return Err(io::Error::other("the checksum of a block is wrong"));
            }
        }
        let Scratch { block, text } = &mut self.scratch;
        let text_bytes = match size & IS_STORED {
            0 => decompress_into(block, text).map_err(io::Error::other)?,
            _ => {
                text[..block.len()].copy_from_slice(block);
                block.len()
            }
        };
        match text_bytes {
            0 => Err(io::Error::other("a block without text")),
            text_bytes => Ok(text_bytes),
        }
    }

    fn number(&mut self) -> io::Result<u32> {
        let mut number = [0; 4];
        self.encoded.read_exact(&mut number)?;
        Ok(u32::from_le_bytes(number))
    }
}

impl Member for Lz4Part {
    fn read(&mut self, text: &mut [u8]) -> io::Result<usize> {
        if self.rest.is_empty() {
            self.rest = 0..self.next_block()?;
        }
        let read = text.len().min(self.rest.len());
        text[..read].copy_from_slice(&self.scratch.text[self.rest.start..][..read]);
        self.rest.start += read;
        Ok(read)
    }

    fn encoded(&mut self) -> &mut Encoded {
        &mut self.encoded
    }

    fn into_encoded(self: Box<Self>) -> Encoded {
        unreachable!("what is behind a part is known")
    }
}

impl Drop for Lz4Part {
    fn drop(&mut self) {
        self.giver.give(std::mem::take(&mut self.scratch));
    }
}

impl Lz4Blocks {
    fn of(file: &Arc<FileInput>) -> Option<Lz4Blocks> {
        let (giver, spare) = handover();
        let mut blocks = Lz4Blocks {
            file: file.clone(),
            frame: None,
            groups: VecDeque::new(),
            hash: XxHash32::with_seed(0),
            text_bytes: 0,
            ends: VecDeque::new(),
            spare,
            giver,
        };
        blocks.frame = blocks.frame_at(0);
        blocks.frame.is_some().then_some(blocks)
    }

    /// Returns the frame that begins at `start`, if its blocks are independent.
    fn frame_at(&self, start: u64) -> Option<Frame> {
        // The magic number, the flags, the size of blocks, the size of the text, and a checksum.
        let mut head = [0; 15];
        let read = self.file.read_at(&mut head, start).ok()?;
        let [flags, block_size] = [head[4], head[5]];
        // The numbers go from 4 for 64 KiB to 7 for 4 MiB (lz4_Frame_format.md, "Block Maximum
        // Size").
        let size = (block_size & BLOCK_SIZE) >> 4;
        let block_bytes_max = 1 << (8 + 2 * size);
        let is_divided = flags & HAS_INDEPENDENT_BLOCKS != 0 && flags & HAS_DICTIONARY == 0;
        let is_known =
            flags & VERSION_AND_RESERVED == VERSION && block_size & !BLOCK_SIZE == 0 && size >= 4;
        let (descriptor_bytes, text_bytes) = match flags & HAS_CONTENT_SIZE {
            0 => (2, None),
            _ => (
                10,
                head[6..14]
                    .first_chunk()
                    .map(|size| u64::from_le_bytes(*size)),
            ),
        };
        let header_bytes = CODEC.magic.len() + descriptor_bytes + 1;
        let descriptor = &head[4..4 + descriptor_bytes];
        let is_right = head.starts_with(CODEC.magic)
            && read >= header_bytes
            && head[header_bytes - 1] == descriptor_checksum(descriptor);
        (is_divided && is_known && is_right).then_some(Frame {
            start,
            flags,
            block_bytes_max,
            text_bytes,
            at: start + to_u64(header_bytes),
        })
    }

    /// Returns where the blocks of `frame` end that are one part, and whether the frame ends there
    /// too.
    fn blocks_of(&self, frame: &Frame) -> Option<(u64, bool)> {
        let has_checksums = frame.flags & HAS_BLOCK_CHECKSUMS != 0;
        let mut end = frame.at;
        // The end mark is a size of 0.
        while end - frame.at < UNIT_BYTES_MIN {
            let size = self.number_at(end)?;
            let bytes = size & !IS_STORED;
            match size {
                0 => return Some((end, true)),
                _ if bytes > frame.block_bytes_max => return None,
                _ => end += 4 + u64::from(bytes),
            }
            if has_checksums {
                end += 4;
            }
            if end > self.file.length {
                return None;
            }
        }
        Some((end, false))
    }

    /// Returns the offset behind a frame whose blocks end at `end`.
    fn behind(frame: &Frame, end: u64) -> u64 {
        end + match frame.flags & HAS_CONTENT_CHECKSUM {
            0 => 4,
            _ => 8,
        }
    }

    /// Passes over frames that are shorter than a part, from the frame on that has begun. Returns
    /// where they end.
    fn short_frames(&mut self) -> Option<u64> {
        let start = self.frame?.start;
        let mut next = None;
        while let Some(frame) = self.frame.filter(|frame| frame.at > frame.start)
            && next.is_none_or(|next| next - start < UNIT_BYTES_MIN)
            && let Some((end, true)) = self.blocks_of(&frame)
        {
            let behind = Lz4Blocks::behind(&frame, end);
            if behind > self.file.length {
                break;
            }
            self.frame = self.frame_at(behind);
            next = Some(behind);
        }
        next
    }

    fn number_at(&self, offset: u64) -> Option<u32> {
        let mut number = [0; 4];
        let read = self.file.read_at(&mut number, offset).ok()?;
        (read == number.len()).then(|| u32::from_le_bytes(number))
    }
}

/// Returns the checksum of a descriptor: the second byte of a hash (lz4_Frame_format.md, "Header
/// Checksum").
fn descriptor_checksum(descriptor: &[u8]) -> u8 {
    XxHash32::oneshot(0, descriptor).to_le_bytes()[1]
}

impl Division for Lz4Blocks {
    fn next(&mut self) -> Option<u64> {
        let frame = self.frame?;
        let start = frame.start;
        if let Some(next) = self.short_frames() {
            self.ends.push_back(FrameEnd {
                start,
                checksum: None,
                text_bytes: None,
            });
            self.groups.push_back(BlockGroup {
                start,
                blocks: None,
                next,
                has_checksums: false,
                block_bytes_max: 0,
            });
            return self.frame.is_some().then_some(next);
        }
        self.frame = None;
        let (end, ends_frame) = self.blocks_of(&frame)?;
        let mut next = end;
        if ends_frame {
            next = Lz4Blocks::behind(&frame, end);
            self.ends.push_back(FrameEnd {
                start,
                checksum: match frame.flags & HAS_CONTENT_CHECKSUM {
                    0 => None,
                    _ => Some(self.number_at(end + 4)?),
                },
                text_bytes: frame.text_bytes,
            });
        }
        self.groups.push_back(BlockGroup {
            start,
            blocks: Some(frame.at..end),
            next,
            has_checksums: frame.flags & HAS_BLOCK_CHECKSUMS != 0,
            block_bytes_max: frame.block_bytes_max,
        });
        self.frame = match ends_frame {
            true => self.frame_at(next),
            false => Some(Frame {
                start: end,
                at: end,
                ..frame
            }),
        };
        self.frame.is_some().then_some(next)
    }

    fn part(&mut self, start: u64) -> Option<DividedPart> {
        let at = self.groups.iter().position(|group| group.start == start)?;
        let BlockGroup {
            blocks,
            next,
            has_checksums,
            block_bytes_max,
            ..
        } = self.groups.remove(at)?;
        let Some(blocks) = blocks else {
            return Some(DividedPart::Members);
        };
        let bytes = EncodedPart {
            file: self.file.clone(),
            range: blocks,
        };
        let mut scratch = self.spare.take().unwrap_or_default();
        scratch.text.resize(to_usize(u64::from(block_bytes_max)), 0);
        Some(DividedPart::Blocks(Box::new(MemberPart {
            part: Box::new(Lz4Part {
                encoded: Encoded::at(Box::new(bytes), start),
                has_checksums,
                scratch,
                rest: 0..0,
                giver: self.giver.clone(),
            }),
            behind: Encoded::of_file(self.file.clone(), next),
        })))
    }

    /// Returns true: the text of a block depends on that block alone.
    fn is_right_so_far(&self) -> bool {
        true
    }

    fn taken(&mut self, text: &[u8]) {
        self.hash.write(text);
        self.text_bytes += to_u64(text.len());
    }

    fn ends_well(&mut self, start: u64, _: u64) -> bool {
        if self.ends.front().is_none_or(|end| end.start != start) {
            return true;
        }
        let Some(end) = self.ends.pop_front() else {
            return true;
        };
        let hash = std::mem::replace(&mut self.hash, XxHash32::with_seed(0)).finish_32();
        let text_bytes = std::mem::take(&mut self.text_bytes);
        end.checksum.is_none_or(|checksum| checksum == hash)
            && end.text_bytes.is_none_or(|bytes| bytes == text_bytes)
    }
}
