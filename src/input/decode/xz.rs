//! Decodes xz (xz-file-format.txt), by lzma-rust2. The check of each block is checked at its end.

use std::{
    io::{self, Read},
    ops::Range,
    sync::Arc,
};

use lzma_rust2::XzReader;

use super::{
    Codec, DividedPart, Division, Encoded, Member, MemberPart, ahead::UNIT_BYTES_MIN,
    encoded::EncodedPart,
};
use crate::{
    error::DamageKind,
    input::{file::FileInput, format::Format},
    line::{to_u64, to_usize},
};

/// How many bytes a stream header has (xz-file-format.txt, 2.1.1).
const STREAM_HEADER_BYTES: usize = 12;

/// The filter that compresses (xz-file-format.txt, 5.3.1).
const LZMA2: u64 = 0x21;

pub(super) const CODEC: Codec = Codec {
    format: Format::Xz,
    magic: b"\xfd7zXZ\0",
    begins: |head| head.starts_with(CODEC.magic),
    begin,
    divide: |file, window_bytes_max| {
        XzBlocks::of(file, window_bytes_max).map(|blocks| Box::new(blocks) as Box<dyn Division>)
    },
};

/// How many bytes of text are decoded at once. If the decoder meets damage in a piece, it forgets
/// the text of that piece.
const PIECE_BYTES: usize = 1 << 10;

struct Xz {
    reader: XzReader<Encoded>,
    piece: [u8; PIECE_BYTES],
    /// The part of `piece` that has been decoded and not returned.
    rest: Range<usize>,
}

fn begin(mut encoded: Encoded, window_bytes_max: u64) -> Result<Box<dyn Member>, DamageKind> {
    // No more bytes are waited for than the first block has.
    let block_header_bytes = match encoded.peek(STREAM_HEADER_BYTES + 1) {
        [.., words] => (usize::from(*words) + 1) * 4,
        [] => 0,
    };
    let headers = encoded.peek(STREAM_HEADER_BYTES + block_header_bytes);
    let window_bytes = dictionary_bytes(headers).unwrap_or(0);
    if window_bytes > window_bytes_max {
        return Err(DamageKind::TooLarge {
            window_bytes,
            window_bytes_max,
        });
    }
    // Blocks behind the first one might want more. The library counts some of its state too.
    let limit_kib = u32::try_from(window_bytes_max >> 10)
        .unwrap_or(u32::MAX)
        .saturating_add(1 << 10);
    let reader = XzReader::new_mem_limit(encoded, false, limit_kib);
    Ok(Box::new(Xz {
        reader,
        piece: [0; PIECE_BYTES],
        rest: 0..0,
    }))
}

/// Returns how many bytes of text the first block looks back at, by its header (xz-file-format.txt,
/// 3.1 and 5.3.1). Its last filter is LZMA2, whose only property is the size of a dictionary.
fn dictionary_bytes(headers: &[u8]) -> Option<u64> {
    let block = headers.get(12..)?;
    let header_bytes = (usize::from(*block.first()?) + 1) * 4;
    let header = block.get(..header_bytes)?;
    let flags = *header.get(1)?;
    let mut at = 2;
    for is_present in [flags & 0x40 != 0, flags & 0x80 != 0] {
        if is_present {
            number(header, &mut at)?;
        }
    }
    for _ in 0..=flags & 3 {
        let filter = number(header, &mut at)?;
        let properties = usize::try_from(number(header, &mut at)?).ok()?;
        if filter == LZMA2 {
            return match *header.get(at)? {
                bits @ 0..40 => Some((2 | u64::from(bits & 1)) << (bits / 2 + 11)),
                40 => Some(u64::from(u32::MAX)),
                _ => None,
            };
        }
        at = at.checked_add(properties)?;
    }
    None
}

/// Returns the number at `at`, with seven bits in each byte (xz-file-format.txt, 1.2), and moves
/// `at` behind it.
fn number(bytes: &[u8], at: &mut usize) -> Option<u64> {
    let mut number = 0;
    for shift in (0..63).step_by(7) {
        let byte = *bytes.get(*at)?;
        *at += 1;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

/// How many bytes a stream header has, and a stream footer (xz-file-format.txt, 2.1.1 and 2.1.2).
const HEADER_BYTES: u64 = 12;
type BlockHeader = [u8; 12];

/// How many blocks a file may have to be decoded in parallel. The index of as many takes 1 MiB at
/// most.
const BLOCKS_MAX: u64 = 64 << 10;

/// How many bytes of text a block may have to be decoded in parallel. The text waits until all of
/// it is decoded. `xz -T0` makes blocks of 24 MiB, and with `-9` blocks of 192 MiB.
const BLOCK_TEXT_BYTES_MAX: u64 = 32 << 20;

/// The blocks of a file that is one stream, by its index. Each block can be decoded by itself, if
/// it is put between a stream header and an index of its own.
struct XzBlocks {
    file: Arc<FileInput>,
    window_bytes_max: u64,
    header: BlockHeader,
    blocks: Vec<BlockRecord>,
    /// Where the stream ends.
    end: u64,
    next: usize,
}

/// The place of a block, and the facts of its record in the index.
struct BlockRecord {
    start: u64,
    unpadded_bytes: u64,
    text_bytes: u64,
}

impl XzBlocks {
    /// Reads the index at the end of a file. Returns `None` if it does not fit the file, or if
    /// there is only one block. An index that lies is found out, because its parts fail.
    fn of(file: &Arc<FileInput>, window_bytes_max: u64) -> Option<XzBlocks> {
        let end = file.length;
        let mut header = BlockHeader::default();
        let mut footer = header;
        read_exact(file, 0, &mut header)?;
        read_exact(file, end.checked_sub(HEADER_BYTES)?, &mut footer)?;
        let [_, _, _, _, backward @ .., f0, f1, b'Y', b'Z'] = footer else {
            return None; // It is cut short, or filled up.
        };
        let index_bytes = (u64::from(u32::from_le_bytes(backward)) + 1) * 4;
        let index_start = end.checked_sub(HEADER_BYTES + index_bytes)?;
        if [f0, f1] != header[6..8] || index_bytes > BLOCKS_MAX * 20 {
            return None;
        }
        let mut index = vec![0; to_usize(index_bytes)];
        read_exact(file, index_start, &mut index)?;
        let mut at = 1;
        let count = number(&index, &mut at).filter(|count| (2..=BLOCKS_MAX).contains(count))?;
        let mut start = HEADER_BYTES;
        let mut blocks = Vec::new();
        for _ in 0..count {
            let block = BlockRecord {
                start,
                unpadded_bytes: number(&index, &mut at)?,
                text_bytes: number(&index, &mut at)?,
            };
            if block.text_bytes > BLOCK_TEXT_BYTES_MAX {
                return None;
            }
            start = start
                .checked_add(block.unpadded_bytes)?
                .checked_next_multiple_of(4)?;
            blocks.push(block);
        }
        let (index, index_crc) = index.split_at(index.len() - 4);
        let is_right = index[0] == 0
            && start == index_start
            && index_crc == crc32(index)
            && footer[..4] == crc32(&footer[4..10]);
        is_right.then(|| XzBlocks {
            file: file.clone(),
            window_bytes_max,
            header,
            blocks,
            end,
            next: 0,
        })
    }

    /// Returns the blocks of the part that begins with block `first`.
    fn blocks_from(&self, first: usize) -> &[BlockRecord] {
        let left = self.blocks.get(first..).unwrap_or_default();
        let is_in_part = |block: &BlockRecord| {
            block.start == left[0].start || block.start - left[0].start < UNIT_BYTES_MIN
        };
        let count = left.iter().take_while(|block| is_in_part(block)).count();
        &left[..count]
    }

    /// Returns the index and the footer of a stream that has only these blocks (xz-file-format.txt,
    /// 4 and 2.1.2).
    fn trailer(&self, blocks: &[BlockRecord]) -> Vec<u8> {
        let mut index = vec![0];
        push_number(&mut index, to_u64(blocks.len()));
        for block in blocks {
            push_number(&mut index, block.unpadded_bytes);
            push_number(&mut index, block.text_bytes);
        }
        index.resize(index.len().next_multiple_of(4), 0);
        index.extend_from_slice(&crc32(&index));
        let words = u32::try_from(index.len() / 4).expect("it has a few numbers");
        let mut footer = (words - 1).to_le_bytes().to_vec();
        footer.extend_from_slice(&self.header[6..8]);
        index.extend_from_slice(&crc32(&footer));
        index.extend_from_slice(&footer);
        index.extend_from_slice(b"YZ");
        index
    }
}

impl Division for XzBlocks {
    fn next(&mut self) -> Option<u64> {
        self.next += self.blocks_from(self.next).len();
        Some(self.blocks.get(self.next)?.start)
    }

    fn part(&mut self, start: u64) -> Option<DividedPart> {
        let start = start.max(HEADER_BYTES);
        let nth = self
            .blocks
            .binary_search_by_key(&start, |block| block.start)
            .ok()?;
        let blocks = self.blocks_from(nth);
        let last = blocks.last()?;
        let next = self.blocks.get(nth + blocks.len()).map(|next| next.start);
        let bytes = EncodedPart {
            file: self.file.clone(),
            range: start..last.start + last.unpadded_bytes.next_multiple_of(4),
        };
        let bytes = io::Cursor::new(self.header)
            .chain(bytes)
            .chain(io::Cursor::new(self.trailer(blocks)));
        let encoded = Encoded::at(Box::new(bytes), start - HEADER_BYTES);
        Some(DividedPart::Blocks(Box::new(MemberPart {
            part: begin(encoded, self.window_bytes_max).ok()?,
            behind: Encoded::of_file(self.file.clone(), next.unwrap_or(self.end)),
        })))
    }

    /// Returns true: a part that ends well has the length that the index gives it, so the next part
    /// begins where the index says. Otherwise 24 MiB of text would have to wait.
    fn is_right_so_far(&self) -> bool {
        true
    }
}

fn read_exact(file: &FileInput, offset: u64, bytes: &mut [u8]) -> Option<()> {
    let read = file.read_at(bytes, offset).ok()?;
    (read == bytes.len()).then_some(())
}

fn push_number(bytes: &mut Vec<u8>, mut number: u64) {
    while number > 0x7f {
        bytes.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push((number & 0x7f) as u8);
}

/// Returns the CRC32, which is the same as that of gzip.
fn crc32(bytes: &[u8]) -> [u8; 4] {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum().to_le_bytes()
}

impl Member for Xz {
    fn read(&mut self, text: &mut [u8]) -> io::Result<usize> {
        if self.rest.is_empty() {
            self.rest = 0..self.reader.read(&mut self.piece)?;
        }
        let read = text.len().min(self.rest.len());
        text[..read].copy_from_slice(&self.piece[self.rest.start..][..read]);
        self.rest.start += read;
        Ok(read)
    }

    fn encoded(&mut self) -> &mut Encoded {
        self.reader.inner_mut()
    }

    fn into_encoded(self: Box<Self>) -> Encoded {
        self.reader.into_inner()
    }
}
