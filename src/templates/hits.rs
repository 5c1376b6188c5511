//! The kinds of the hits of a search: how many there are of each, with the text of the first and of
//! the last, and a sample of all.
//!
//! ```text
//! worker:    mask each hit (MiningWorker), keep the first and the last text of each masked line,
//!            and the hits of the smallest keys
//! in order:  fold the table, and the texts by the entries of the table; the smallest keys win
//! at last:   group masked lines into templates, each with its first and its last hit
//! ```
//! 1. Masking, counting and grouping are those of a [`Miner`], so a kind of hits is what
//!    `logscan templates` shows.
//! 2. The key of a hit is made of its offset, so a sample is spread over the log and does not depend
//!    on how the log was cut: the smallest keys of all are among the smallest of each chunk.
//! 3. Memory: at most [`HIT_KINDS_MAX`] masked lines are told apart, and the rest counts by its
//!    first word. Of each two texts are kept, and [`HIT_SAMPLE_MAX`] texts besides. A text has at
//!    most [`TEXT_CHARS_MAX`] characters and its marks.

use std::{
    collections::{BinaryHeap, HashMap},
    path::Path,
    sync::Arc,
};

use super::{CountedKind, Id, Mined, Miner, MiningWorker, Options, Templates, masker::shown};
use crate::{
    budget::elided_around,
    error::Error,
    harmless::on_one_line,
    matcher::{Finder, Matcher},
    scan::{Fold, Lines, Values, split_mix},
};

/// How many masked hits are told apart. Later ones are counted by their first word.
pub const HIT_KINDS_MAX: usize = 10_000;

/// How many hits are kept besides the first and the last of each kind.
pub const HIT_SAMPLE_MAX: usize = 2048;

/// How many characters of a hit are kept. Of a longer one the middle is left out, and the first
/// match stays.
const TEXT_CHARS_MAX: usize = 280;

/// Counts the kinds of the hits of a search: a [`Fold`] over a scan with
/// [`line_numbers`](crate::Scan::line_numbers).
///
/// ```
/// use logscan::{Matcher, Patterns, Progress, Scan, Source, Workers, scan, templates::HitKinds};
/// let log = b"job 1 failed\nok\njob 2 failed\ndisk full, failed\n".to_vec();
/// let matcher = Matcher::new(&Patterns::new("failed"))?;
/// let mut kinds = HitKinds::new(matcher.clone());
/// let scan = Scan { line_numbers: true, ..Scan::new(matcher) };
/// let mut source = Source::from_bytes("log".as_ref(), log);
/// scan::run(&scan, &mut source, &Workers::new(0), &Progress::new(), &mut kinds)?.into_result()?;
/// let hits = kinds.finish();
/// assert_eq!((hits.count, hits.kinds.len()), (3, 2));
/// assert_eq!((hits.kinds[0].count, hits.kinds[1].count), (1, 2));
/// assert_eq!((hits.kinds[1].last.line, hits.kinds[1].last.text.as_str()), (3, "job 2 failed"));
/// # Ok::<(), logscan::Error>(())
/// ```
#[derive(Debug)]
pub struct HitKinds {
    miner: Miner,
    matcher: Matcher,
    input: usize,
    path: Arc<Path>,
    count: u64,
    /// For each entry of the miner's table its first and its last hit.
    ends: Vec<Option<(ShownHit, ShownHit)>>,
    sample: BinaryHeap<(u64, ShownHit)>,
}

/// A hit as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ShownHit {
    /// The number of its input, from 0.
    pub input: usize,
    /// The number of its line in the input, from 1.
    pub line: u64,
    /// Its text on one line. The middle of a long one is left out, and marks say how much.
    pub text: String,
    /// The name of its input.
    pub path: Arc<Path>,
}

/// A kind of hits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HitKind {
    /// The template of the kind.
    pub id: Id,
    /// How many hits there are of it.
    pub count: u64,
    /// The first of them.
    pub first: ShownHit,
    /// The last of them.
    pub last: ShownHit,
}

/// The hits of a search.
#[derive(Debug)]
pub struct Hits {
    /// How many there are.
    pub count: u64,
    /// How many inputs were searched.
    pub inputs: usize,
    /// The kinds of hits that are not blank: the rarest first, equal ones by their first hits.
    pub kinds: Vec<HitKind>,
    /// Hits from all over the inputs, the first to be shown first: at most [`HIT_SAMPLE_MAX`].
    pub sample: Vec<ShownHit>,
    /// The templates, with what was not told apart.
    pub templates: Templates,
}

impl Hits {
    /// Returns what should be known of kinds that were not told apart.
    pub fn note(&self) -> Option<String> {
        let folded = self.templates.folded;
        (folded > 0).then(|| {
            format!(
                "{folded} hits are counted by their first word only, as more than {HIT_KINDS_MAX} \
                 kinds came before"
            )
        })
    }
}

impl HitKinds {
    /// Creates kinds of the hits of `matcher`, before any was found.
    pub fn new(matcher: Matcher) -> HitKinds {
        HitKinds {
            miner: Miner::new(Options {
                distinct_max: HIT_KINDS_MAX,
                records: false,
                ..Options::default()
            }),
            matcher,
            input: 0,
            path: Path::new("").into(),
            count: 0,
            ends: Vec::new(),
            sample: BinaryHeap::new(),
        }
    }

    /// Groups what was found.
    pub fn finish(self) -> Hits {
        let inputs = self.miner.inputs.count();
        let templates = self.miner.finish();
        let mut ends: Vec<Option<(ShownHit, ShownHit)>> = vec![None; templates.list.len()];
        let numbers: HashMap<Id, usize> = templates
            .list
            .iter()
            .enumerate()
            .map(|(nth, template)| (template.id, nth))
            .collect();
        for (id, found) in templates.ids.iter().zip(self.ends) {
            if let (Some(&nth), Some(found)) = (numbers.get(id), found) {
                widen(&mut ends[nth], found);
            }
        }
        let kinds = templates.list.iter().zip(ends);
        let mut kinds: Vec<HitKind> = kinds
            .filter_map(|(template, ends)| {
                let (first, last) = ends?;
                let (id, count) = (template.id, template.lines);
                Some(HitKind {
                    id,
                    count,
                    first,
                    last,
                })
            })
            .collect();
        kinds.sort_by(|a, b| (a.count, &a.first).cmp(&(b.count, &b.first)));
        let sample = self.sample.into_sorted_vec().into_iter();
        Hits {
            count: self.count,
            inputs,
            kinds,
            sample: sample.map(|(_, hit)| hit).collect(),
            templates,
        }
    }
}

/// Adds a first and a last hit.
fn widen(ends: &mut Option<(ShownHit, ShownHit)>, found: (ShownHit, ShownHit)) {
    *ends = Some(match ends.take() {
        Some((first, last)) => (first.min(found.0), last.max(found.1)),
        None => found,
    });
}

/// The number of a line, and its text.
type NumberedText = (u64, String);

/// Of a hit of up to so many bytes the line itself is kept until it is known to be the last of its
/// kind in the chunk. To make a text of every hit took twice as long as all the rest.
const LINE_BYTES_KEPT: usize = 4 << 10;

/// The last hit of a kind so far, if it is not the first as well.
#[derive(Debug, Default)]
struct LastLine {
    line: u64,
    bytes: Vec<u8>,
    /// Whether the bytes are what is shown, and not the line.
    is_text: bool,
}

/// What each worker owns, and what it has made of the hits of a chunk.
#[derive(Debug)]
pub struct HitWorker {
    mining: MiningWorker,
    finder: Finder,
    buffer: Vec<u8>,
    count: u64,
    ends: Vec<(NumberedText, LastLine)>,
    sample: BinaryHeap<(u64, NumberedText)>,
}

/// The hits of a chunk.
#[derive(Debug)]
pub struct HitPart {
    mined: Option<Mined>,
    count: u64,
    /// For each entry of the table its first and its last hit.
    ends: Vec<(NumberedText, NumberedText)>,
    sample: BinaryHeap<(u64, NumberedText)>,
}

impl HitWorker {
    fn add(&mut self, haystack: &[u8], line: u64, offset: u64) {
        self.count += 1;
        let key = split_mix::finished(offset.wrapping_add(split_mix::STEP));
        let counted = self.mining.count_line(haystack, Some(line));
        let is_sampled = self.sample.len() < HIT_SAMPLE_MAX
            || self.sample.peek().is_some_and(|(most, _)| key < *most);
        if is_sampled {
            let text = self.text(haystack);
            self.sample.push((key, (line, text)));
            if self.sample.len() > HIT_SAMPLE_MAX {
                self.sample.pop();
            }
        }
        let Some(CountedKind { nth, .. }) = counted else {
            return;
        };
        if nth == self.ends.len() {
            let text = self.text(haystack);
            self.ends.push(((line, text), LastLine::default()));
            return;
        }
        let is_text = haystack.len() > LINE_BYTES_KEPT;
        let text = is_text.then(|| self.text(haystack));
        let last = &mut self.ends[nth].1;
        last.line = line;
        last.is_text = is_text;
        last.bytes.clear();
        let bytes = text.as_deref().map_or(haystack, str::as_bytes);
        last.bytes.extend_from_slice(bytes);
    }

    /// Returns the first and the last hit of each kind, and forgets them.
    fn take_ends(&mut self) -> Vec<(NumberedText, NumberedText)> {
        let ends = std::mem::take(&mut self.ends).into_iter();
        ends.map(|(first, last)| {
            let text = match (last.line, last.is_text) {
                (0, _) => return (first.clone(), first),
                (_, true) => String::from_utf8_lossy(&last.bytes).into_owned(),
                (_, false) => self.text(&last.bytes),
            };
            (first, (last.line, text))
        })
        .collect()
    }

    /// Returns what is shown of a line.
    fn text(&mut self, haystack: &[u8]) -> String {
        let line = shown(haystack, &mut self.buffer);
        let text = String::from_utf8_lossy(line);
        if text.len() <= TEXT_CHARS_MAX {
            return on_one_line(&text).into_owned();
        }
        let mut match_at = None;
        // The error ends the search for matches.
        let _ = self.finder.matches(text.as_bytes(), |start, _| {
            match_at = Some(start);
            Err(())
        });
        let part = elided_around(&text, match_at.unwrap_or(0), TEXT_CHARS_MAX);
        on_one_line(&part).into_owned()
    }
}

impl Fold for HitKinds {
    type Worker = HitWorker;
    type Value = HitPart;

    fn worker(&self) -> HitWorker {
        HitWorker {
            mining: Fold::worker(&self.miner),
            finder: self.matcher.finder(),
            buffer: Vec::new(),
            count: 0,
            ends: Vec::new(),
            sample: BinaryHeap::new(),
        }
    }

    fn wants_head(&self) -> bool {
        true
    }

    fn head(worker: &mut HitWorker, head: &[u8]) {
        <Miner as Fold>::head(&mut worker.mining, head);
    }

    fn lines(
        worker: &mut HitWorker,
        lines: &Lines<'_>,
        _: &mut Values<'_, '_, HitPart>,
    ) -> Result<(), Error> {
        if lines.are_hits() {
            for numbered in lines.iter() {
                let line = numbered.line_number.unwrap_or(0);
                worker.add(numbered.line.haystack, line, numbered.offset);
            }
        }
        Ok(())
    }

    fn value(worker: &mut HitWorker) -> Option<HitPart> {
        let part = HitPart {
            mined: <Miner as Fold>::value(&mut worker.mining),
            count: std::mem::take(&mut worker.count),
            ends: worker.take_ends(),
            sample: std::mem::take(&mut worker.sample),
        };
        (part.count > 0).then_some(part)
    }

    fn matches(part: &HitPart) -> u64 {
        part.count
    }

    fn fold(&mut self, part: HitPart) -> Result<(), Error> {
        self.count += part.count;
        let hit = |(line, text): NumberedText| ShownHit {
            input: self.input,
            line,
            text,
            path: Arc::clone(&self.path),
        };
        for (key, found) in part.sample {
            self.sample.push((key, hit(found)));
            if self.sample.len() > HIT_SAMPLE_MAX {
                self.sample.pop();
            }
        }
        let Some(mined) = part.mined else {
            return Ok(());
        };
        self.miner.add_part(&mined, 0);
        for (of_part, (first, last)) in part.ends.into_iter().enumerate() {
            let nth = self.miner.entry_of(&mined, of_part);
            if self.ends.len() <= nth {
                self.ends.resize(nth + 1, None);
            }
            widen(&mut self.ends[nth], (hit(first), hit(last)));
        }
        Ok(())
    }

    fn begin(&mut self, path: &Path) {
        Fold::begin(&mut self.miner, path);
        self.input = self.miner.inputs.current().0;
        self.path = path.into();
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::{
        budget::Budget,
        input::{ReadMode, Source},
        matcher::Patterns,
        scan::{self, Limit, Progress, Scan, Workers},
        templates::report::hits_within,
    };

    /// A log in which a word tells the kind of each line.
    fn log(lines: u64) -> String {
        let line = |nth: u64| match nth % 100 {
            7 => format!("ERROR alpha {nth} failed\n"),
            50 => "ERROR\n".to_owned(),
            // Longer than what is kept of a line.
            71 => format!("ERROR delta {nth} {} ERROR\n", "far ".repeat(1200)),
            13 if nth > 500 => format!("ERROR beta is full at {nth}\n"),
            n if n % 3 == 0 => format!(
                "ERROR gamma took {nth} ms, {}{nth} ERROR\n",
                "long ".repeat(90)
            ),
            _ => format!("INFO ok {nth}\n"),
        };
        (0..lines).map(line).collect()
    }

    fn hits_of(
        source: &mut Source,
        limit: Limit,
        chunk_bytes: Option<usize>,
        threads: usize,
    ) -> Hits {
        let matcher = Matcher::new(&Patterns::new("ERROR")).unwrap();
        let scan = Scan {
            line_numbers: true,
            limit,
            chunk_bytes,
            ..Scan::new(matcher.clone())
        };
        let mut kinds = HitKinds::new(matcher);
        let summary = scan::run(
            &scan,
            source,
            &Workers::new(threads),
            &Progress::new(),
            &mut kinds,
        );
        summary.unwrap().into_result().unwrap();
        kinds.finish()
    }

    fn page(hits: &Hits, budget: &str) -> String {
        let mut page = Vec::new();
        hits_within(hits, &budget.parse::<Budget>().unwrap().into(), &mut page).unwrap();
        String::from_utf8(page).unwrap()
    }

    #[test]
    fn kinds_are_counted_with_their_first_and_last_hits_however_a_log_is_cut() {
        let log = log(2000);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        std::fs::write(&path, &log).unwrap();
        let mut naive: BTreeMap<&str, (u64, u64, u64)> = BTreeMap::new();
        for (line, text) in (1..)
            .zip(log.lines())
            .filter(|(_, text)| text.contains("ERROR"))
        {
            let word = text.split(' ').nth(1).unwrap_or("ERROR");
            let (count, _, last) = naive.entry(word).or_insert((0, line, line));
            (*count, *last) = (*count + 1, line);
        }
        let mut pages = Vec::new();
        for mode in [ReadMode::Map, ReadMode::Read] {
            for threads in [1, 2, 7] {
                for chunk_bytes in [Some(1), Some(700), Some(65_536), None] {
                    let mut source = Source::open(&path, mode).unwrap();
                    let hits = hits_of(&mut source, Limit::All, chunk_bytes, threads);
                    let got = hits.kinds.iter().map(|kind| {
                        let word = kind.first.text.split(' ').nth(1).unwrap_or("ERROR");
                        (word, (kind.count, kind.first.line, kind.last.line))
                    });
                    assert_eq!(
                        got.collect::<BTreeMap<_, _>>(),
                        naive,
                        "{mode:?} {threads} {chunk_bytes:?}"
                    );
                    assert_eq!(
                        hits.count,
                        naive.values().map(|(count, ..)| count).sum::<u64>()
                    );
                    pages.push(page(&hits, "20000"));
                }
            }
        }
        pages.dedup();
        assert_eq!(pages.len(), 1);
        assert!(pages[0].lines().count() > 200);
    }

    #[test]
    fn all_hits_are_printed_if_they_fit_and_the_limits_of_a_search_hold() {
        let source = || Source::from_bytes("log".as_ref(), log(100).into_bytes());
        let hits = hits_of(&mut source(), Limit::All, None, 2);
        let page = page(&hits, "1M");
        assert_eq!(crate::line::to_u64(page.lines().count()), hits.count + 1);
        assert!(!page.contains("left out"));
        let first = hits_of(&mut source(), Limit::First(5), Some(10), 2);
        assert_eq!(first.count, 5);
        let last = hits_of(&mut source(), Limit::Last(1), Some(10), 2);
        assert_eq!(last.sample[0].line, 100);
        assert_eq!(
            super::tests::page(&hits_of(&mut source(), Limit::First(0), None, 1), "200"),
            ""
        );
    }

    #[test]
    fn a_sample_and_the_kinds_of_many_hits_are_bounded() {
        let names = |nth: u64| {
            let letter = |nth: u64| char::from(b'a' + u8::try_from(nth % 26).unwrap());
            let name: String = [nth, nth / 26, nth / 676].map(letter).into_iter().collect();
            format!("{name} ERROR {name}\n")
        };
        let log: String = (0..15_000).map(names).collect();
        let mut source = Source::from_bytes("log".as_ref(), log.into_bytes());
        let hits = hits_of(&mut source, Limit::All, None, 2);
        assert_eq!((hits.count, hits.sample.len()), (15_000, HIT_SAMPLE_MAX));
        assert!(hits.note().unwrap().contains("more than 10000 kinds"));
        let counted: u64 = hits.kinds.iter().map(|kind| kind.count).sum();
        assert_eq!(counted, hits.count);
    }

    #[test]
    fn nothing_in_a_hit_acts_and_each_is_on_one_line() {
        let log = "ERROR ::add-mask::x\nERROR ##[add-mask]y\nERROR \u{1b}[2Ja\rb\u{202e}\n";
        let mut source = Source::from_bytes("a\nb".as_ref(), log.into());
        let page = page(&hits_of(&mut source, Limit::All, None, 1), "500");
        assert!(page.starts_with("a\\x0ab: 3 hits"), "{page}");
        assert_eq!(page.lines().count(), 4, "{page}");
        assert!(!page.contains(['\u{1b}', '\r', '\u{202e}']), "{page}");
        assert!(!page.contains("##[add-mask]"), "{page}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]

        #[test]
        fn a_page_of_hits_never_passes_its_budget(
            lines in 0u64..900,
            tokens in 200u64..6000,
            bytes in 1u64..12,
            rows in 5u64..90,
        ) {
            let mut source = Source::from_bytes("a log with a name".as_ref(), log(lines).into_bytes());
            let hits = hits_of(&mut source, Limit::All, None, 2);
            for budget in [Budget::Tokens(tokens), Budget::Bytes(bytes << 10), Budget::Lines(rows)] {
                let mut page = Vec::new();
                hits_within(&hits, &budget.into(), &mut page).unwrap();
                let page = String::from_utf8(page).unwrap();
                prop_assert!(budget.cost(&page) <= budget.limit(), "{budget:?}\n{page}");
                let shown = page.lines().filter(|line| line.contains(" | ")).count();
                let is_said = page.contains("left out: ");
                prop_assert_eq!(is_said, crate::line::to_u64(shown) < hits.count, "{}", page);
            }
        }
    }
}
