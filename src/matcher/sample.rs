//! Shows what a log is like: some of its bytes, by which the filters are chosen that fit the log.

/// The sample that stands in when there is none. Bytes that are rare in most logs are rare in it.
pub(super) const TYPICAL: &[u8] = b"2026-11-20T09:00:00.017Z [4010] INFO com.example.Service: request 7c175848 took 2495 ms
2026-11-20 09:00:01,028 INFO [main] org.example.store.Cache (Cache.java:124): 18 entries, user=alice id=0x3fa2 state=ok
Nov 20 09:00:02 host-3 sshd[4016]: session opened for user root from 192.168.9.233 port 50010 ssh2
10.49.127.141 - - [20/Nov/2026:09:00:04 +0000] \"GET /v1/items/84297 HTTP/1.1\" 200 4662 \"Mozilla/5.0\"
";

/// A sample takes this many pieces of a block.
const PIECES: usize = 16;

/// The length of each piece.
const PIECE_BYTES: usize = 4 << 10;

/// Some bytes of a log.
#[derive(Debug)]
pub(super) struct Sample {
    pub(super) bytes: Vec<u8>,
    /// How often each byte stands in the sample.
    pub(super) counts: Box<[usize; 256]>,
}

impl Sample {
    /// A block smaller than this tells too little of the log.
    pub(super) const BLOCK_BYTES_MIN: usize = 4 << 10;

    /// Takes pieces from everywhere in a block, because the beginning of a log may never come
    /// again.
    pub(super) fn of_block(block: &[u8]) -> Sample {
        let parts = block.chunks((block.len() / PIECES).max(PIECE_BYTES));
        let pieces = parts
            .take(PIECES)
            .map(|part| &part[..part.len().min(PIECE_BYTES)]);
        Sample::new(pieces.flatten().copied().collect())
    }

    /// Creates a sample of these bytes and no others.
    pub(super) fn new(bytes: Vec<u8>) -> Sample {
        let mut counts = Box::new([0; 256]);
        for &byte in &bytes {
            counts[usize::from(byte)] += 1;
        }
        Sample { bytes, counts }
    }

    /// Returns the pieces that the sample is made of.
    pub(super) fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        self.bytes.chunks(PIECE_BYTES)
    }

    /// Returns a sample of what is usual in logs.
    pub(super) fn typical() -> Sample {
        Sample::new(TYPICAL.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_of_the_whole_block_and_no_longer_than_its_limit() {
        const WHOLE: usize = PIECES * PIECE_BYTES;
        for length in [0, 1, 5000, WHOLE, WHOLE + 1, 256 << 10, (1 << 20) + 77] {
            let part_of = |at: usize| u8::try_from(at * 16 / length).unwrap();
            let block: Vec<u8> = (0..length).map(part_of).collect();
            let sample = Sample::of_block(&block);
            assert!(sample.bytes.len() <= WHOLE);
            if length <= WHOLE {
                assert_eq!(sample.bytes, block);
            } else {
                let has_part = |part: usize| sample.counts[part] > PIECE_BYTES / 2;
                assert!((0..16).all(has_part));
            }
            assert_eq!(sample.counts.iter().sum::<usize>(), sample.bytes.len());
        }
    }
}
