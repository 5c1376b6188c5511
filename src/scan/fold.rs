//! The second way out of a scan: workers make values of hits, and these are folded in file order.
//!
//! ```text
//! worker:    Fold::lines (hits of a chunk, run by run) ... Fold::value (the chunk is complete)
//! in order:  Fold::fold  (one value after the other, as the chunks stand in the file)
//! ```
//! 1. A value is made of hits that count, within all limits of the scan. It is made when it is
//!    known which hits these are.
//! 2. A value is folded only when it is known that the file held the bytes of which it was made,
//!    and never in part. If a chunk is lost after its search, it is read again, and its value is
//!    dropped.
//! 3. A worker may push values before its chunk is complete. Values that were pushed and folded
//!    stay. If the chunk is made again, it has the same lines, and as many values are passed over
//!    as were folded.
//! 4. Few values wait for their turn: see [`SLOTS_PER_WORKER`]. The size of each is bounded by the
//!    chunk of which it is made.
//!
//! The engine carries values in boxes without their type, so that it need not be compiled for each
//! fold. Only this file puts values in and takes them out.

use std::path::Path;

use super::{
    ordered::{Out, Value},
    sink::{Lines, Render, Sink},
    summary::Summary,
};
use crate::error::Error;

/// How many values may wait for their turn, per worker.
pub(super) const SLOTS_PER_WORKER: u64 = 4;

/// A result that is made of hits, in file order: counts by a key, a histogram, a list.
///
/// Every fold is a [`Sink`], so [`scan::run`](crate::scan::run()) takes it. The costly half runs on
/// all cores:
///
/// ```
/// use std::collections::BTreeMap;
/// use logscan::{Error, Fold, Lines, Matcher, Patterns, Progress, Scan, Source, Values, Workers, scan};
///
/// /// How many hits have each first word.
/// #[derive(Default)]
/// struct FirstWords(BTreeMap<Vec<u8>, u64>);
///
/// impl Fold for FirstWords {
///     type Worker = BTreeMap<Vec<u8>, u64>;
///     type Value = BTreeMap<Vec<u8>, u64>;
///
///     fn worker(&self) -> Self::Worker {
///         BTreeMap::new()
///     }
///
///     fn lines(
///         words: &mut Self::Worker,
///         lines: &Lines<'_>,
///         _: &mut Values<'_, '_, Self::Value>,
///     ) -> Result<(), Error> {
///         for numbered in lines.iter() {
///             let word = numbered.line.haystack.split(|&byte| byte == b' ').next();
///             *words.entry(word.unwrap_or_default().to_vec()).or_default() += 1;
///         }
///         Ok(())
///     }
///
///     fn value(words: &mut Self::Worker) -> Option<Self::Value> {
///         Some(std::mem::take(words))
///     }
///
///     fn fold(&mut self, words: Self::Value) -> Result<(), Error> {
///         words.into_iter().for_each(|(word, count)| *self.0.entry(word).or_default() += count);
///         Ok(())
///     }
/// }
///
/// let scan = Scan::new(Matcher::new(&Patterns::new("^[ab]"))?);
/// let mut source = Source::from_bytes("log".as_ref(), b"a 1\nb 2\nc 3\na 4\n".to_vec());
/// let mut words = FirstWords::default();
/// let summary = scan::run(&scan, &mut source, &Workers::new(2), &Progress::new(), &mut words)?;
/// assert_eq!(summary.into_result()?, 3);
/// assert_eq!(words.0, BTreeMap::from([(b"a".to_vec(), 2), (b"b".to_vec(), 1)]));
/// # Ok::<(), logscan::Error>(())
/// ```
pub trait Fold: Send {
    /// The state of a worker: what it keeps of the chunk in hand, and what it uses again for the
    /// next.
    type Worker: Send + 'static;
    /// The value that is made of a chunk.
    type Value: Send + 'static;

    /// Creates the state of one worker.
    fn worker(&self) -> Self::Worker;

    /// Returns whether workers learn from the first lines of an input: see [`Fold::head`].
    fn wants_head(&self) -> bool {
        false
    }

    /// Takes the first lines of an input that is searched alone, before its workers are created, if
    /// [`Fold::wants_head`]: what all workers want to know is learned once.
    fn learn(&mut self, head: &[u8]) {
        let _ = head;
    }

    /// Tells a worker the name of the input of which it gets lines next, if that is another than the
    /// one for which it was created.
    fn path(worker: &mut Self::Worker, path: &Path) {
        let _ = (worker, path);
    }

    /// Tells a worker the first lines of an input, up to 2000, before any of its lines, if
    /// [`Fold::wants_head`]. They are the same for every size of chunks and number of threads.
    fn head(worker: &mut Self::Worker, head: &[u8]) {
        let _ = (worker, head);
    }

    /// Takes adjacent lines of a chunk: hits, or context if the scan asks for it. Nothing may
    /// depend on earlier chunks. A value that grows too large may be [pushed](Values::push) before
    /// the chunk is complete.
    ///
    /// If another process changes a mapped file meanwhile, lines may hold anything, for instance
    /// zeros, and need not match. If the file was cut short, the value is dropped. So the code must
    /// only not panic on such lines.
    ///
    /// # Errors
    /// The errors of `values`, or any other error. The scan then ends.
    fn lines(
        worker: &mut Self::Worker,
        lines: &Lines<'_>,
        values: &mut Values<'_, '_, Self::Value>,
    ) -> Result<(), Error>;

    /// Returns the value of the chunk, which is complete, or the value of what is left of it.
    /// Returns `None` if there is nothing to fold. Afterwards the worker is as it is before a
    /// chunk.
    fn value(worker: &mut Self::Worker) -> Option<Self::Value>;

    /// Returns how many matches went into a value, if they are counted. Their sum becomes
    /// [`Summary::matches`].
    fn matches(value: &Self::Value) -> u64 {
        let _ = value;
        0
    }

    /// Adds a value, in file order.
    ///
    /// # Errors
    /// Any error. The scan then ends.
    fn fold(&mut self, value: Self::Value) -> Result<(), Error>;

    /// Called before an input is searched.
    fn begin(&mut self, path: &Path) {
        let _ = path;
    }

    /// Called when an input is an archive: see [`Sink::opens_archive`].
    fn opens_archive(&mut self) {}

    /// Called after an input was searched, with or without an error.
    ///
    /// # Errors
    /// Any error.
    fn end(&mut self, summary: &Summary) -> Result<(), Error> {
        let _ = summary;
        Ok(())
    }
}

/// The way to push a value that cannot wait for the end of its chunk.
pub struct Values<'a, 'o, V> {
    out: &'a mut Out<'o>,
    matches: fn(&V) -> u64,
}

impl<V: Send + 'static> Values<'_, '_, V> {
    /// Hands a value over, as soon as all chunks before have been folded, so that a worker need not
    /// keep much. The value must not be made of parts of lines that are looked at later.
    ///
    /// # Errors
    /// An error of folding this value, or another one before it. Return it at once.
    pub fn push(&mut self, value: V) -> Result<(), Error> {
        self.out.add_matches((self.matches)(&value));
        self.out.push(Value(Box::new(value)))
    }
}

impl<V> std::fmt::Debug for Values<'_, '_, V> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Values")
            .field("out", &self.out)
            .finish_non_exhaustive()
    }
}

impl<F: Fold> Sink for F {
    fn begin(&mut self, path: &Path) {
        Fold::begin(self, path);
    }

    fn opens_archive(&mut self) {
        Fold::opens_archive(self);
    }

    fn renderer(&self) -> Option<Box<dyn Render>> {
        Some(Box::new(FoldRenderer {
            worker: self.worker(),
            path: F::path,
            head: F::head,
            lines: F::lines,
            value: F::value,
            matches: F::matches,
        }))
    }

    fn wants_head(&self) -> bool {
        Fold::wants_head(self)
    }

    fn learn(&mut self, head: &[u8]) {
        Fold::learn(self, head);
    }

    fn folds(&self) -> bool {
        true
    }

    /// Nothing is ever rendered.
    fn deliver(&mut self, _: &[u8]) -> Result<(), Error> {
        Ok(())
    }

    fn value(&mut self, value: Value) -> Result<(), Error> {
        let value = value.0.downcast::<F::Value>();
        self.fold(*value.expect("the renderer of the same fold has made it"))
    }

    fn end(&mut self, summary: &Summary) -> Result<(), Error> {
        Fold::end(self, summary)
    }
}

/// The half of a fold that runs on a worker.
struct FoldRenderer<W, V> {
    worker: W,
    path: fn(&mut W, &Path),
    head: fn(&mut W, &[u8]),
    lines: fn(&mut W, &Lines<'_>, &mut Values<'_, '_, V>) -> Result<(), Error>,
    value: fn(&mut W) -> Option<V>,
    matches: fn(&V) -> u64,
}

impl<W: Send + 'static, V: Send + 'static> Render for FoldRenderer<W, V> {
    fn lines(&mut self, lines: &Lines<'_>, out: &mut Out<'_>) -> Result<(), Error> {
        let matches = self.matches;
        (self.lines)(&mut self.worker, lines, &mut Values { out, matches })
    }

    fn begin(&mut self, path: &Path) {
        (self.path)(&mut self.worker, path);
    }

    fn head(&mut self, head: &[u8]) {
        (self.head)(&mut self.worker, head);
    }

    fn holds_back(&self) -> bool {
        true
    }

    fn restart(&mut self) {
        let _ = (self.value)(&mut self.worker);
    }

    fn end_of_chunk(&mut self, out: &mut Out<'_>) -> Result<(), Error> {
        if let Some(value) = (self.value)(&mut self.worker) {
            out.add_matches((self.matches)(&value));
            out.put(Value(Box::new(value)));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::{fs::File, path::PathBuf};

    use super::*;
    #[cfg(unix)]
    use crate::ReadMode;
    use crate::input::Source;
    use crate::{
        matcher::{Matcher, Patterns},
        scan::{self, Limit, Progress, Scan, Workers},
        sink::EachLine,
    };

    /// Collects numbers of lines. Each number is pushed by itself, or all of a chunk are one value.
    /// After the first value the log is cut.
    struct Numbers {
        each: Each,
        got: Vec<u64>,
        cut: Option<(PathBuf, u64)>,
    }

    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    enum Each {
        Line,
        Chunk,
    }

    impl Fold for Numbers {
        type Worker = (Each, Vec<u64>);
        type Value = Vec<u64>;

        fn worker(&self) -> Self::Worker {
            (self.each, Vec::new())
        }

        fn lines(
            (each, kept): &mut Self::Worker,
            lines: &Lines<'_>,
            values: &mut Values<'_, '_, Vec<u64>>,
        ) -> Result<(), Error> {
            for numbered in lines.iter() {
                let text = std::str::from_utf8(numbered.line.haystack).unwrap();
                // Bytes that were lost read as zeros until the loss is noticed.
                let number = text
                    .split(' ')
                    .nth(1)
                    .and_then(|number| number.parse().ok());
                kept.push(number.unwrap_or(u64::MAX));
                if *each == Each::Line {
                    values.push(std::mem::take(kept))?;
                }
            }
            Ok(())
        }

        fn value((_, kept): &mut Self::Worker) -> Option<Vec<u64>> {
            (!kept.is_empty()).then(|| std::mem::take(kept))
        }

        fn matches(value: &Vec<u64>) -> u64 {
            crate::line::to_u64(value.len())
        }

        fn fold(&mut self, value: Vec<u64>) -> Result<(), Error> {
            self.got.extend(value);
            if let Some((path, length)) = self.cut.take() {
                let file = File::options().write(true).open(path).unwrap();
                file.set_len(length).unwrap();
            }
            Ok(())
        }
    }

    fn log(lines: u64) -> String {
        (0..lines).map(|nth| format!("line {nth}\n")).collect()
    }

    fn run(fold: &mut Numbers, source: &mut Source, scan: &Scan, threads: usize) -> Summary {
        let workers = Workers::new(threads);
        scan::run(scan, source, &workers, &Progress::new(), fold).unwrap()
    }

    #[test]
    fn values_are_folded_in_file_order_within_all_limits() {
        let log = log(200);
        let matcher = Matcher::new(&Patterns::new("[05]$")).unwrap();
        let hits: Vec<u64> = (0..200).step_by(5).collect();
        for each in [Each::Line, Each::Chunk] {
            for threads in [1, 2, 7] {
                for chunk_bytes in [1, 13, 100, 1 << 20] {
                    for (limit, want) in [
                        (Limit::All, &hits[..]),
                        (Limit::First(7), &hits[..7]),
                        (Limit::Last(3), &hits[37..]),
                    ] {
                        let scan = Scan {
                            limit,
                            chunk_bytes: Some(chunk_bytes),
                            ..Scan::new(matcher.clone())
                        };
                        let (got, cut) = (Vec::new(), None);
                        let mut fold = Numbers { each, got, cut };
                        let bytes = log.clone().into_bytes();
                        let mut source = Source::from_bytes("log".as_ref(), bytes);
                        let summary = run(&mut fold, &mut source, &scan, threads);
                        assert_eq!(fold.got, want, "{each:?} {threads} {chunk_bytes}");
                        assert_eq!(summary.matches, summary.hits, "{each:?}");
                    }
                }
            }
        }
    }

    /// On Windows nobody can cut a file that is mapped.
    #[cfg(unix)]
    #[test]
    fn what_was_folded_of_a_log_that_is_cut_is_its_beginning_and_nothing_is_folded_twice() {
        let log = log(100_000);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let length = crate::line::to_u64(log.len());
        for each in [Each::Line, Each::Chunk] {
            for (threads, chunk_bytes) in [(1, 1 << 20), (2, 1 << 20), (2, 100_000)] {
                for cut in [0, length / 3, length - 20] {
                    std::fs::write(&path, &log).unwrap();
                    let mut source = Source::open(&path, ReadMode::Map).unwrap();
                    let scan = Scan {
                        chunk_bytes: Some(chunk_bytes),
                        ..Scan::new(Matcher::new(&Patterns::new("line")).unwrap())
                    };
                    let cut = Some((path.clone(), cut));
                    let mut fold = Numbers {
                        each,
                        got: Vec::new(),
                        cut,
                    };
                    let summary = run(&mut fold, &mut source, &scan, threads);
                    let count = crate::line::to_u64(fold.got.len());
                    assert_eq!(fold.got, (0..count).collect::<Vec<_>>(), "{each:?}");
                    assert!(summary.has_trouble(), "{summary:?}");
                }
            }
        }
    }

    #[test]
    fn each_line_gets_long_chunks_in_pieces() {
        let log = log(1_000_000);
        let scan = Scan {
            chunk_bytes: Some(log.len()),
            ..Scan::new(Matcher::new(&Patterns::new("line")).unwrap())
        };
        let mut source = Source::from_bytes("log".as_ref(), log.into_bytes());
        let mut next = 0;
        let mut sink = EachLine::new(|line| {
            assert_eq!(line.bytes, format!("line {next}").as_bytes());
            next += 1;
            Ok(())
        });
        let workers = Workers::new(2);
        let summary = scan::run(&scan, &mut source, &workers, &Progress::new(), &mut sink);
        assert_eq!(summary.unwrap().into_result().unwrap(), next);
    }
}
