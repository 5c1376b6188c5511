//! Decodes bzip2, by libbz2-rs. The checksum of each block is checked before the next block, and
//! the checksum of a stream at its end.
//!
//! ```text
//! stream   BZh9 | pi crc ... | pi crc ... | root crc |     pi and root: 48 bits each, at any bit
//!                 block        block        end
//! part            '-> BZh9 | pi crc ... | root crc |       a block, moved to a byte, as a stream of its own
//! ```
//! 1. A block begins with the digits of pi. It ends where the next block begins, or where the
//!    stream ends, which is marked with the digits of the square root of pi (decompress.c of
//!    bzip2). Both marks may stand anywhere in a byte.
//! 2. The checksum of a stream is made of the checksums of its blocks (`BZ2_blockSort`,
//!    compress.c). So it is known without decoding any block, and is checked before the last block
//!    is decoded.
//! 3. The same bits inside a block are as unlikely as a right guess of a number of 48 bits. If they
//!    occur, their part fails, and everything is decoded once more in one go.

use std::{collections::VecDeque, io, sync::Arc};

use bzip2::{Decompress, Status};
use memchr::memmem;

use super::{
    Codec, DividedPart, Division, Encoded, MemberPart,
    ahead::UNIT_BYTES_MIN,
    pushed::{Pulled, Push, Pushed},
};
use crate::{
    input::{file::FileInput, format::Format},
    line::{to_u64, to_usize},
};

pub(super) const CODEC: Codec = Codec {
    format: Format::Bzip2,
    magic: b"BZh",
    begins: |head| Format::of(head) == Some(Format::Bzip2),
    // The decoder takes up to 4 MB, whatever the level.
    begin: |encoded, _| Ok(Box::new(Pulled::new(Decompress::new(false), encoded))),
    divide: |file, _| Bzip2Blocks::of(file).map(|blocks| Box::new(blocks) as Box<dyn Division>),
};

impl Push for Decompress {
    fn push(&mut self, encoded: &[u8], text: &mut [u8]) -> Pushed {
        let (in_before, out_before) = (self.total_in(), self.total_out());
        let status = self.decompress(encoded, text);
        Pushed {
            consumed: to_usize(self.total_in() - in_before),
            written: to_usize(self.total_out() - out_before),
            ended: match status {
                Ok(Status::StreamEnd) => Some(Ok(())),
                Ok(Status::MemNeeded) => Some(Err(io::ErrorKind::OutOfMemory.into())),
                Ok(_) => None,
                Err(error) => Some(Err(io::Error::other(
                    error.to_string().replace("bzip2: ", ""),
                ))),
            },
        }
    }
}

/// The first digits of pi, which begin a block.
const BLOCK: u64 = 0x3141_5926_5359;

/// The first digits of the square root of pi, which end a stream.
const END: u64 = 0x1772_4538_5090;

/// How many bits each of these marks has. A checksum stands behind it.
const MAGIC_BITS: u64 = 48;
const CRC_BITS: u64 = 32;

/// How many bits `BZh` and the level have.
const HEADER_BITS: u64 = 32;

/// How many bytes are searched at once.
const FIND_BYTES: usize = 256 << 10;

/// The length of a block in bytes is below this. A block of 900 kB that cannot be compressed takes
/// less (manual of bzip2, 2.2).
const BLOCK_BYTES_MAX: u64 = 2 << 20;

/// A mark, and the bit where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct BlockMark {
    bit: u64,
    ends_stream: bool,
}

/// The blocks of a file.
struct Bzip2Blocks {
    file: Arc<FileInput>,
    finder: MarkFinder,
    /// Marks that have been found and not been looked at.
    marks: VecDeque<BlockMark>,
    /// Parts whose end is known, and which nobody has begun to decode. For each its key, its bits
    /// or streams, and where the next part begins.
    blocks: VecDeque<(u64, Blocks, u64)>,
    /// The block whose end is not known yet.
    open: Option<Open>,
    /// The checksum of the stream so far.
    crc: u32,
}

/// The content of a part.
enum Blocks {
    /// The bits of one block.
    Bits(std::ops::Range<u64>),
    /// Short streams of one block each.
    Streams,
}

/// A block that has begun.
struct Open {
    /// The byte that identifies the part.
    start: u64,
    bit: u64,
}

impl Bzip2Blocks {
    /// Returns the blocks of a file that begins with a stream, or `None` if no division is known.
    fn of(file: &Arc<FileInput>) -> Option<Bzip2Blocks> {
        let mut blocks = Bzip2Blocks {
            file: file.clone(),
            finder: MarkFinder::new(file.clone()),
            marks: VecDeque::new(),
            blocks: VecDeque::new(),
            open: None,
            crc: 0,
        };
        blocks.begin_stream(0).then_some(blocks)
    }

    /// Begins the stream at byte `start`. Returns false if no stream with a block is there.
    fn begin_stream(&mut self, start: u64) -> bool {
        let first = start * 8 + HEADER_BITS;
        let mut header = [0; 10];
        let is_header = self.file.read_at(&mut header, start).ok() == Some(header.len())
            && Format::of(&header) == Some(Format::Bzip2);
        let is_block = self.next_mark()
            == Some(BlockMark {
                bit: first,
                ends_stream: false,
            });
        self.crc = 0;
        self.open = (is_header && is_block).then_some(Open { start, bit: first });
        self.open.is_some()
    }

    /// Passes over the stream that has begun, if it has only one block. Returns where the stream
    /// ends.
    fn pass_short_stream(&mut self) -> Option<u64> {
        let bit = self.open.as_ref()?.bit;
        let mark = self.next_mark()?;
        let is_short = mark.ends_stream && self.crc_at(mark.bit)? == self.crc_at(bit)?;
        if !is_short {
            self.marks.push_front(mark);
            return None;
        }
        Some(end_of_stream(mark))
    }

    fn next_mark(&mut self) -> Option<BlockMark> {
        while self.marks.is_empty() {
            self.finder.next(&mut self.marks)?;
        }
        self.marks.pop_front()
    }

    /// Returns the checksum behind the mark at `bit`.
    fn crc_at(&self, bit: u64) -> Option<u32> {
        let bytes = bits(&self.file, bit + MAGIC_BITS..bit + MAGIC_BITS + CRC_BITS)?;
        Some(u32::from_be_bytes(*bytes.first_chunk()?))
    }
}

impl Division for Bzip2Blocks {
    fn next(&mut self) -> Option<u64> {
        let Open { start, bit } = self.open.take()?;
        let mark = self.next_mark()?;
        if (mark.bit - bit) / 8 > BLOCK_BYTES_MAX {
            return None;
        }
        self.crc = self.crc.rotate_left(1) ^ self.crc_at(bit)?;
        if !mark.ends_stream {
            let next = mark.bit / 8;
            self.open = Some(Open {
                start: next,
                bit: mark.bit,
            });
            self.blocks
                .push_back((start, Blocks::Bits(bit..mark.bit), next));
            return Some(next);
        }
        if self.crc_at(mark.bit)? != self.crc {
            return None;
        }
        let mut next = end_of_stream(mark);
        let mut goes_on = self.begin_stream(next);
        let is_stream = bit == start * 8 + HEADER_BITS;
        let kind = match is_stream && next - start < UNIT_BYTES_MIN {
            false => Blocks::Bits(bit..mark.bit),
            true => {
                while goes_on
                    && next - start < UNIT_BYTES_MIN
                    && let Some(end) = self.pass_short_stream()
                {
                    next = end;
                    goes_on = self.begin_stream(next);
                }
                Blocks::Streams
            }
        };
        self.blocks.push_back((start, kind, next));
        goes_on.then_some(next)
    }

    fn part(&mut self, start: u64) -> Option<DividedPart> {
        let at = self.blocks.iter().position(|block| block.0 == start)?;
        let (_, blocks, next) = self.blocks.remove(at)?;
        let Blocks::Bits(block) = blocks else {
            return Some(DividedPart::Members);
        };
        let mut bytes = b"BZh9".to_vec();
        bytes.extend(bits(&self.file, block.clone())?);
        let crc = self.crc_at(block.start)?;
        let end = u128::from(END) << 32 | u128::from(crc);
        push_bits(
            &mut bytes,
            (block.end - block.start) % 8,
            end,
            MAGIC_BITS + CRC_BITS,
        );
        let encoded = Encoded::at(Box::new(io::Cursor::new(bytes)), start);
        Some(DividedPart::Blocks(Box::new(MemberPart {
            part: Box::new(Pulled::new(Decompress::new(false), encoded)),
            behind: Encoded::of_file(self.file.clone(), next),
        })))
    }
}

/// Returns the byte behind the stream that ends with this mark.
fn end_of_stream(mark: BlockMark) -> u64 {
    (mark.bit + MAGIC_BITS + CRC_BITS).div_ceil(8)
}

/// Returns the bits of `range`, from the first bit of the first byte on. Zeros fill the last byte.
fn bits(file: &FileInput, range: std::ops::Range<u64>) -> Option<Vec<u8>> {
    let first = range.start / 8;
    let mut bytes = vec![0; to_usize(range.end.div_ceil(8) - first) + 1];
    let read = file.read_at(&mut bytes, first).ok()?;
    if read + 1 < bytes.len() {
        return None;
    }
    let shift = range.start % 8;
    let length = to_usize((range.end - range.start).div_ceil(8));
    let mut moved: Vec<u8> = bytes
        .windows(2)
        .take(length)
        .map(|pair| (u16::from_be_bytes([pair[0], pair[1]]) << shift).to_be_bytes()[0])
        .collect();
    let surplus = to_u64(length) * 8 - (range.end - range.start);
    if let Some(last) = moved.last_mut() {
        *last &= 0xff << surplus;
    }
    Some(moved)
}

/// Adds the lowest `count` bits of `bits` to bytes of which the last has `used` bits in use. If
/// `used` is 0, all of its bits are in use.
fn push_bits(bytes: &mut Vec<u8>, used: u64, bits: u128, count: u64) {
    let mut used = used;
    for nth in (0..count).rev() {
        if used == 0 {
            bytes.push(0);
        }
        let bit = (bits >> nth & 1) as u8;
        if let Some(last) = bytes.last_mut() {
            *last |= bit << (7 - used);
        }
        used = (used + 1) % 8;
    }
}

/// Finds marks at any bit. A mark may begin at eight places in a byte. For each place, five whole
/// bytes of the mark are always the same, and these are searched.
struct MarkFinder {
    file: Arc<FileInput>,
    shapes: Vec<MarkShape>,
    searched_to: u64,
    buffer: Vec<u8>,
}

/// The shape of a mark that begins behind this many bits of a byte.
struct MarkShape {
    shift: u64,
    mark: u64,
    middle: memmem::Finder<'static>,
}

impl MarkFinder {
    fn new(file: Arc<FileInput>) -> MarkFinder {
        let shape = |mark: u64, shift: u64| {
            // The mark touches seven bytes. The five behind the first are whole.
            let bytes = (mark << (8 - shift)).to_be_bytes();
            MarkShape {
                shift,
                mark,
                middle: memmem::Finder::new(&bytes[2..7]).into_owned(),
            }
        };
        MarkFinder {
            file,
            shapes: (0..8)
                .flat_map(|shift| [shape(BLOCK, shift), shape(END, shift)])
                .collect(),
            searched_to: 0,
            buffer: Vec::new(),
        }
    }

    /// Adds the marks of the next bytes, in order. Returns `None` at the end of the file.
    fn next(&mut self, marks: &mut VecDeque<BlockMark>) -> Option<()> {
        const OVERLAP: usize = 7;
        let from = self.searched_to;
        self.buffer.resize(FIND_BYTES + OVERLAP, 0);
        let read = self.file.read_at(&mut self.buffer, from).ok()?;
        if read < OVERLAP {
            return None;
        }
        let bytes = &self.buffer[..read];
        let mut found: Vec<BlockMark> = Vec::new();
        for shape in &self.shapes {
            for at in shape.middle.find_iter(bytes) {
                let Some(window) = at
                    .checked_sub(1)
                    .and_then(|start| bytes.get(start..start + 7))
                else {
                    continue;
                };
                let all = window
                    .iter()
                    .fold(0u64, |all, &byte| all << 8 | u64::from(byte));
                if all >> (8 - shape.shift) & ((1 << MAGIC_BITS) - 1) == shape.mark {
                    found.push(BlockMark {
                        bit: (from + to_u64(at - 1)) * 8 + shape.shift,
                        ends_stream: shape.mark == END,
                    });
                }
            }
        }
        found.sort_unstable_by_key(|mark| mark.bit);
        marks.extend(found);
        self.searched_to = from + to_u64(read - (OVERLAP - 1));
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::{
        decode::samples::{encode, log},
        store::Store,
    };

    fn file(bytes: Vec<u8>) -> Arc<FileInput> {
        let length = to_u64(bytes.len());
        Arc::new(FileInput::new(Store::Memory(bytes), 0, length, None))
    }

    #[test]
    fn a_mark_is_found_at_any_bit_of_a_byte() {
        for shift in 0..8 {
            for (mark, ends_stream) in [(BLOCK, false), (END, true)] {
                let mut bytes = vec![0xff];
                push_bits(&mut bytes, 0, 0, shift);
                push_bits(&mut bytes, shift % 8, u128::from(mark), MAGIC_BITS);
                bytes.extend_from_slice(&[0; 3]);
                let mut marks = VecDeque::new();
                let mut finder = MarkFinder::new(file(bytes));
                while finder.next(&mut marks).is_some() {}
                let want = BlockMark {
                    bit: 8 + shift,
                    ends_stream,
                };
                assert_eq!(marks, [want], "{shift}");
            }
        }
    }

    #[test]
    fn bits_are_moved_to_the_beginning_of_a_byte() {
        let file = file(vec![0b1010_1100, 0b1111_0000, 0b1000_0001]);
        assert_eq!(bits(&file, 3..11), Some(vec![0b0110_0111]));
        assert_eq!(bits(&file, 8..13), Some(vec![0b1111_0000]));
        assert_eq!(bits(&file, 4..20), Some(vec![0b1100_1111, 0b0000_1000]));
        assert_eq!(bits(&file, 20..25), None);
        let mut bytes = vec![0b1010_0000];
        push_bits(&mut bytes, 3, 0b11_0111, 6);
        assert_eq!(bytes, [0b1011_1011, 0b1000_0000]);
    }

    #[test]
    fn each_block_of_a_stream_is_decoded_by_itself() {
        // Blocks have 100 kB at the fastest level.
        let text = log(350_000);
        let more = log(2000);
        let file = file([encode(Format::Bzip2, &text), encode(Format::Bzip2, &more)].concat());
        let mut blocks = Bzip2Blocks::of(&file).expect("it begins with a block");
        let mut starts = vec![0];
        starts.extend(std::iter::from_fn(|| blocks.next()));
        assert_eq!(starts.len(), 5, "{starts:?}");
        let mut parts = Vec::new();
        for start in starts {
            let Some(DividedPart::Blocks(mut part)) = blocks.part(start) else {
                panic!("its end is known, and it is not short");
            };
            let mut text = vec![0; 200_000];
            let mut filled = 0;
            while let read @ 1.. = part.read(&mut text[filled..]).unwrap() {
                filled += read;
            }
            parts.extend_from_slice(&text[..filled]);
        }
        assert!(parts == [text, more].concat());
    }
}
