//! Work on every line that is no search: a part is made of each chunk, on the workers, and parts
//! are folded into a total in file order, so no total depends on the chunks or the threads as long
//! as folding does not.

use std::time::Instant;

use super::{
    Progress, Scan, Summary, Workers,
    claims::{Growth, Hands, Input},
    link::{self, Carry},
    ordered::{self, Claim, Linked, OrderStart, Rendered, Stages},
    plan::{self, Pass, PassRules},
    search::{Ended, Found, LongLines},
    summary,
};
use crate::{
    error::Error,
    input::{Bytes, Chunk, Claimed, Claims, Loaded, READ_CHUNK_BYTES, Source},
    line::{self, Line},
};

/// How far claims may run ahead of folding, per worker. Parts may be larger than their chunks, so
/// there are few.
const SLOTS_PER_WORKER: u64 = 8;

/// A larger copy of a chunk, with a long line in it, is not kept.
const COPY_BYTES_MAX: usize = 2 << 20;

/// What is done with lines.
pub(crate) trait Work: Sync {
    /// What a worker owns: buffers, caches.
    type Hands: Send;
    /// What is made of the lines of one chunk.
    type Part: Send;
    /// What is made of all of them.
    type Total: Send;

    /// What one worker needs.
    fn hands(&self) -> Self::Hands;

    /// Makes a part of lines. They do not change while it looks at them.
    fn part(&self, hands: &mut Self::Hands, lines: ChunkLines<'_>) -> Self::Part;

    /// Adds a part, behind which `lines_before` lines lie. Called in file order, under a lock: it
    /// should be cheap.
    fn fold(&self, total: &mut Self::Total, part: Self::Part, lines_before: u64);
}

/// The whole lines of a chunk.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ChunkLines<'a> {
    /// Where the first of them begins in the input.
    offset: u64,
    bytes: &'a [u8],
    max_line_bytes: usize,
}

impl<'a> ChunkLines<'a> {
    /// The lines one by one, none longer than the cap.
    pub(crate) fn iter(self) -> impl Iterator<Item = Line<'a>> + use<'a> {
        line::lines(self.bytes, self.max_line_bytes).map(|(_, line)| line)
    }

    /// All of them as they stand in the input; of a last line longer than the cap, two bytes more
    /// than the cap.
    pub(crate) fn bytes(self) -> &'a [u8] {
        self.bytes
    }

    /// Where they begin in the input.
    pub(crate) fn offset(self) -> u64 {
        self.offset
    }
}

/// Who works, and what shows how far they are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Crew<'a> {
    pub(crate) workers: &'a Workers,
    pub(crate) progress: &'a Progress,
}

/// Does `work` on the lines of `source` within the limits of `scan`, whose matcher and context play
/// no part.
///
/// # Errors
/// [`Error::NotText`]. What could not be read is in the summary.
pub(crate) fn every_line<W: Work>(
    scan: &Scan,
    source: &mut Source,
    crew: Crew<'_>,
    work: &W,
    total: W::Total,
) -> Result<(W::Total, Summary), Error> {
    let Crew { workers, progress } = crew;
    let begun = Instant::now();
    super::recognise(source, progress)?;
    let scan = Scan {
        // Mapped chunks as well: what a part takes is bounded by its chunk.
        chunk_bytes: Some(scan.chunk_bytes.unwrap_or(READ_CHUNK_BYTES)),
        count_lines: true,
        ..scan.clone()
    };
    let pass = Pass::whole(&scan, 0..u64::MAX);
    let (input, claims) = Input::new(&scan, source, pass.start, Growth::Shrinks, progress);
    let rules = plan::rules(&scan, &input, &pass, false);
    let folding = Folding {
        work,
        rules: &rules,
        input: &input,
        progress,
    };
    let hands = input
        .hands(&scan, workers, || None)
        .into_iter()
        .map(|hands| (hands, work.hands(), Vec::new()))
        .collect();
    let text_start = pass.start.max(input.loader.text_start());
    let carry = (Carry::new(&rules, text_start, 0, None), total);
    let start = OrderStart {
        feed: claims,
        carry,
    };
    let (carry, total) = ordered::run(workers, &folding, hands, start, &mut |_| Ok(()))?;
    let mut summary = summary::summary(&scan, &input, &rules, carry, &Rendered::default());
    summary.elapsed = begun.elapsed();
    Ok((total, summary))
}

struct Folding<'a, W> {
    work: &'a W,
    rules: &'a PassRules,
    input: &'a Input<'a>,
    progress: &'a Progress,
}

/// What came of a piece of a chunk: what the engine needs to know of it, and the part that was made
/// of its lines.
type FoldedPiece<'a, P> = (Found<'a>, Option<P>);

impl<'a, W: Work> Stages for Folding<'a, W> {
    type Feed = Claims<'a>;
    type Claim = Claimed;
    type Hands = (Hands, W::Hands, Vec<u8>);
    type Found = Vec<FoldedPiece<'a, W::Part>>;
    type Carry = (Carry, W::Total);
    type Turn = ();

    fn slots_per_worker(&self) -> u64 {
        SLOTS_PER_WORKER
    }

    fn may_block(&self, claims: &mut Claims<'a>) -> bool {
        claims.may_block()
    }

    fn claim(&self, claims: &mut Claims<'a>, hands: &mut Self::Hands) -> Claim<Claimed> {
        self.input.claim(claims, &mut hands.0.buffers)
    }

    fn search(&self, hands: &mut Self::Hands, claimed: Claimed) -> Self::Found {
        let pieces = match claimed {
            Claimed::Chunk(chunk) => vec![self.piece(hands, chunk)],
            Claimed::Failed(error) => return vec![(Found::ended(Ended::Failed(error)), None)],
            Claimed::Stop => return vec![(Found::ended(Ended::Interrupted), None)],
            Claimed::Number(nth) => self.numbered(hands, nth),
        };
        let chunk = |piece: &FoldedPiece<'a, W::Part>| piece.0.chunk.range.clone();
        let read = pieces.iter().filter(|piece| piece.0.ended.is_none());
        let start = chunk(&pieces[0]).start;
        let end = read
            .clone()
            .map(|piece| chunk(piece).end)
            .max()
            .unwrap_or(start);
        self.progress.advance(hands.0.nth, end - start, 0);
        let reach = read.map(|piece| piece.0.chunk.end()).max();
        self.input.loader.done(start..end.max(reach.unwrap_or(end)));
        pieces
    }

    fn link(&self, (carry, total): &mut Self::Carry, pieces: &mut Self::Found) -> Linked<()> {
        for (found, part) in pieces {
            let lines_before = carry.counts.lines;
            let stop = link::link(self.rules, carry, found).stop;
            if let Some(part) = part.take() {
                self.work.fold(total, part, lines_before);
            }
            if stop {
                return Linked {
                    turn: None,
                    stop: true,
                    reached: None,
                };
            }
        }
        Linked {
            turn: None,
            stop: false,
            reached: None,
        }
    }

    fn discard(&self, _: &mut Self::Hands, _: Self::Found) {}
}

impl<'a, W: Work> Folding<'a, W> {
    /// Works on numbered chunk `nth`: on a copy, if it lies in memory that another process may
    /// change or cut short.
    fn numbered(
        &self,
        hands: &mut (Hands, W::Hands, Vec<u8>),
        nth: u64,
    ) -> Vec<FoldedPiece<'a, W::Part>> {
        let loader = &self.input.loader;
        let mut loaded = loader.load(nth, &mut hands.0.buffers);
        if loaded.may_be_lost {
            if let Some(piece) = self.copied(hands, loaded.first) {
                loader.check_unchanged(piece.0.chunk.read_from());
                return vec![piece];
            }
            loaded = loader.load_again(nth, &mut hands.0.buffers);
        }
        let Loaded {
            first,
            behind,
            failure,
            ..
        } = loaded;
        let mut pieces = vec![self.piece(hands, first)];
        pieces.extend(behind.into_iter().map(|chunk| self.piece(hands, chunk)));
        pieces.extend(failure.map(|error| (Found::ended(Ended::Failed(error)), None)));
        loader.check_unchanged(pieces[0].0.chunk.read_from());
        pieces
    }

    /// Works on a copy of what lies in memory; `None` if it is no longer all there.
    fn copied(
        &self,
        hands: &mut (Hands, W::Hands, Vec<u8>),
        mut chunk: Chunk<'a>,
    ) -> Option<FoldedPiece<'a, W::Part>> {
        let mut copy = std::mem::take(&mut hands.2);
        copy.clear();
        copy.extend_from_slice(&chunk.bytes);
        chunk.bytes = Bytes::Slice(&[]);
        let piece = self
            .input
            .loader
            .is_intact(&chunk)
            .then(|| self.of_bytes(&mut hands.1, chunk, &copy));
        if copy.capacity() <= COPY_BYTES_MAX {
            hands.2 = copy;
        }
        piece
    }

    fn piece(
        &self,
        hands: &mut (Hands, W::Hands, Vec<u8>),
        mut chunk: Chunk<'a>,
    ) -> FoldedPiece<'a, W::Part> {
        let bytes = std::mem::replace(&mut chunk.bytes, Bytes::Slice(&[]));
        let piece = self.of_bytes(&mut hands.1, chunk, &bytes);
        hands.0.buffers.give_back(bytes);
        piece
    }

    fn of_bytes(
        &self,
        hands: &mut W::Hands,
        chunk: Chunk<'a>,
        bytes: &[u8],
    ) -> FoldedPiece<'a, W::Part> {
        let max_line_bytes = self.rules.max_line_bytes;
        let long_lines = match chunk.has_long_line {
            true => LongLines::of(bytes, max_line_bytes),
            false => None,
        };
        let part = self.work.part(
            hands,
            ChunkLines {
                offset: chunk.offset,
                bytes,
                max_line_bytes,
            },
        );
        (
            Found::of_lines(chunk, line::count(bytes), long_lines),
            Some(part),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Note, ReadMode, matcher::Matcher};

    /// Joins lines, with the number of lines before each chunk checked.
    struct Join;

    impl Work for Join {
        type Hands = ();
        type Part = Vec<Vec<u8>>;
        type Total = Vec<Vec<u8>>;

        fn hands(&self) {}

        fn part(&self, (): &mut (), lines: ChunkLines<'_>) -> Vec<Vec<u8>> {
            lines.iter().map(|line| line.haystack.to_vec()).collect()
        }

        fn fold(&self, total: &mut Vec<Vec<u8>>, part: Vec<Vec<u8>>, lines_before: u64) {
            assert_eq!(line::to_u64(total.len()), lines_before);
            total.extend(part);
        }
    }

    #[test]
    fn parts_are_folded_in_file_order_however_the_input_is_read_and_cut() {
        let log = b"a\r\nbb\n\n\xff\0ccc\na longer line\nlast";
        let want: Vec<Vec<u8>> = vec![
            b"a".into(),
            b"bb".into(),
            b"".into(),
            b"\xff\0ccc".into(),
            b"a longer line".into(),
            b"last".into(),
        ];
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        std::fs::write(&path, log).unwrap();
        for chunk_bytes in 1..=log.len() + 1 {
            for threads in [1, 2, 7] {
                let workers = Workers::new(threads);
                let sources = [
                    Source::open(&path, ReadMode::Map).unwrap(),
                    Source::open(&path, ReadMode::Read).unwrap(),
                    Source::from_bytes("log".as_ref(), log.to_vec()),
                    Source::from_reader("log".as_ref(), &log[..]),
                ];
                for mut source in sources {
                    let scan = Scan {
                        chunk_bytes: Some(chunk_bytes),
                        ..Scan::new(Matcher::nothing())
                    };
                    let crew = Crew {
                        workers: &workers,
                        progress: &Progress::new(),
                    };
                    let (got, summary) =
                        every_line(&scan, &mut source, crew, &Join, Vec::new()).unwrap();
                    assert_eq!(got, want, "{chunk_bytes} {threads} {:?}", source.access());
                    assert_eq!(summary.lines, Some(6));
                    assert_eq!(summary.bytes, line::to_u64(log.len()));
                    assert!(summary.notes.is_empty(), "{:?}", summary.notes);
                }
            }
        }
    }

    #[test]
    fn lines_beyond_the_cap_are_cut_and_noted() {
        let scan = Scan {
            max_line_bytes: 3,
            chunk_bytes: Some(4),
            ..Scan::new(Matcher::nothing())
        };
        let mut source = Source::from_bytes("log".as_ref(), b"abcdef\nab\n".to_vec());
        let workers = Workers::new(2);
        let crew = Crew {
            workers: &workers,
            progress: &Progress::new(),
        };
        let (got, summary) = every_line(&scan, &mut source, crew, &Join, Vec::new()).unwrap();
        assert_eq!(got, [b"abc".to_vec(), b"ab".to_vec()]);
        assert!(matches!(
            summary.notes[..],
            [Note::LongLines { count: 1, .. }]
        ));
    }

    /// Folds a log of two chunks, which is replaced by `then` in place when the first is done.
    #[track_caller]
    fn check_rewritten(then: &[u8], want: &[Note]) {
        let log = b"first line\nsecond line\n";
        let folder = tempfile::tempdir().unwrap();
        for mode in [ReadMode::Map, ReadMode::Read] {
            let path = folder.path().join(format!("{mode:?}.log"));
            std::fs::write(&path, log).unwrap();
            let (name, then) = (path.clone(), then.to_vec());
            let once = std::sync::Once::new();
            let progress = Progress::with_callback(move |_| {
                once.call_once(|| std::fs::write(&name, &then).unwrap());
            });
            let scan = Scan {
                chunk_bytes: Some(11),
                ..Scan::new(Matcher::nothing())
            };
            let mut source = Source::open(&path, mode).unwrap();
            let workers = Workers::new(1);
            let crew = Crew {
                workers: &workers,
                progress: &progress,
            };
            let (_, summary) = every_line(&scan, &mut source, crew, &Join, Vec::new()).unwrap();
            assert_eq!(summary.notes, want, "{mode:?}");
        }
    }

    #[test]
    fn a_log_that_is_written_anew_and_longer_is_noted_by_its_first_or_last_bytes() {
        check_rewritten(b"other lines from the beginning\n", &[Note::Rewritten]);
        check_rewritten(
            b"first line\nother line, and more of it\n",
            &[Note::Rewritten],
        );
    }

    #[test]
    fn a_log_that_grows_is_not_noted() {
        check_rewritten(b"first line\nsecond line\nthird line\n", &[]);
    }
}
