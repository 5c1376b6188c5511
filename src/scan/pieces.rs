//! Works on pieces of a file in parallel, and folds the results in file order. This is not a
//! search.
//!
//! The work runs on the same threads as a search does. So what is compared with a search has the
//! same start and the same way of claiming.

use std::ops::Range;

use super::{
    Workers,
    ordered::{self, Claim, Linked, OrderStart, Stages},
};
use crate::{
    error::Error,
    line::{to_u64, to_usize},
    sys::Stop,
};

/// Calls `work` for each piece of `0..length`, with a buffer that belongs to the worker, and folds
/// the results into `carry` in file order. When `stop` is requested, no more pieces are claimed.
///
/// # Errors
/// There are no errors of its own.
pub(crate) fn in_pieces<T: Send, C: Send>(
    workers: &Workers,
    pieces: &Pieces<'_>,
    carry: C,
    work: impl Fn(&mut Vec<u8>, Range<u64>) -> T + Sync,
    fold: impl Fn(&mut C, T) + Sync,
) -> Result<C, Error> {
    let count = pieces.length.div_ceil(pieces.piece_bytes);
    let stages = PieceWork {
        pieces,
        work,
        fold,
        carry: std::marker::PhantomData::<fn(C)>,
    };
    let threads = to_usize(count.clamp(1, to_u64(workers.threads())));
    let hands = vec![Vec::new(); threads];
    let feed = 0..count;
    let start = OrderStart { feed, carry };
    ordered::run(workers, &stages, hands, start, &mut |_| Ok(()))
}

/// A length that is cut into pieces.
pub(crate) struct Pieces<'a> {
    pub(crate) length: u64,
    pub(crate) piece_bytes: u64,
    pub(crate) stop: Option<&'a Stop>,
}

struct PieceWork<'a, W, F, C> {
    pieces: &'a Pieces<'a>,
    work: W,
    fold: F,
    carry: std::marker::PhantomData<fn(C)>,
}

impl<T, C, W, F> Stages for PieceWork<'_, W, F, C>
where
    T: Send,
    C: Send,
    W: Fn(&mut Vec<u8>, Range<u64>) -> T + Sync,
    F: Fn(&mut C, T) + Sync,
{
    type Feed = Range<u64>;
    type Claim = u64;
    type Hands = Vec<u8>;
    type Found = Option<T>;
    type Carry = C;
    type Turn = ();

    fn may_block(&self, _: &mut Range<u64>) -> bool {
        false
    }

    fn claim(&self, feed: &mut Range<u64>, _: &mut Vec<u8>) -> Claim<u64> {
        match feed.next() {
            Some(nth) if !self.pieces.stop.is_some_and(Stop::is_requested) => Claim::Chunk(nth),
            _ => Claim::End,
        }
    }

    fn search(&self, buffer: &mut Vec<u8>, nth: u64) -> Option<T> {
        let start = nth * self.pieces.piece_bytes;
        let end = (start + self.pieces.piece_bytes).min(self.pieces.length);
        Some((self.work)(buffer, start..end))
    }

    fn link(&self, carry: &mut C, found: &mut Option<T>) -> Linked<()> {
        if let Some(found) = found.take() {
            (self.fold)(carry, found);
        }
        Linked {
            reached: None,
            turn: None,
            stop: false,
        }
    }

    fn discard(&self, _: &mut Vec<u8>, _: Option<T>) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_folded_in_file_order_and_cover_everything_once() {
        for threads in [1, 2, 7] {
            for length in [0, 1, 9, 10, 11, 1000] {
                let pieces = Pieces {
                    length,
                    piece_bytes: 10,
                    stop: None,
                };
                let fold = |all: &mut Vec<Range<u64>>, range| all.push(range);
                let workers = Workers::new(threads);
                let all = in_pieces(&workers, &pieces, Vec::new(), |_, range| range, fold).unwrap();
                let mut want = 0;
                for range in all {
                    assert_eq!(range.start, want);
                    assert!(range.end - range.start <= 10 && range.end > range.start);
                    want = range.end;
                }
                assert_eq!(want, length);
            }
        }
    }

    #[test]
    fn after_a_stop_no_piece_is_claimed() {
        let stop = Stop::new().unwrap();
        stop.request();
        let pieces = Pieces {
            length: 100,
            piece_bytes: 10,
            stop: Some(&stop),
        };
        let count = |sum: &mut u64, _| *sum += 1;
        let done = in_pieces(&Workers::new(2), &pieces, 0, |_, _| (), count).unwrap();
        assert_eq!(done, 0);
    }
}
