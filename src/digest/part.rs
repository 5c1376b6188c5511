//! What a worker makes of the lines of a chunk.

use std::{collections::HashMap, sync::Arc};

use jiff::tz::TimeZone;

use super::{
    DIGEST_BUCKETS_MAX, ERRORS_KEPT,
    ends::FirstAndLast,
    shape::HeadShape,
    starts::{LineWords, STARTS_KEPT},
    times::{LineBucket, SECOND_NS},
};
use crate::{
    budget::elided,
    error::Error,
    harmless::on_one_line,
    histogram::{BucketTable, BucketWidth},
    line::to_u64,
    scan::{Fold, Lines, NumberedLine, Values},
    templates::{CountedKind, CountedUnit, Level, Mined, Miner, MiningWorker, is_blank, shown},
};

/// How many characters of a line are kept. The middle of a longer one is left out.
const TEXT_CHARS_MAX: usize = 240;

/// Up to so many bytes of a line are kept until it is known that the line is shown. What is shown of
/// a longer line is made at once.
const LINE_BYTES_KEPT: usize = 2 << 10;

/// A line of a chunk that may be shown.
#[derive(Clone, Debug, Default)]
pub(super) struct PartLine {
    pub(super) line: u64,
    pub(super) time_ns: Option<i64>,
    /// The line itself, or what is shown of it.
    bytes: Vec<u8>,
    is_text: bool,
}

impl PartLine {
    /// Returns what is shown of the line.
    pub(super) fn text(&self) -> String {
        match self.is_text {
            true => String::from_utf8_lossy(&self.bytes).into_owned(),
            false => text(&self.bytes),
        }
    }
}

/// Returns what is shown of a line.
fn text(line: &[u8]) -> String {
    let mut buffer = Vec::new();
    let text = String::from_utf8_lossy(shown(line, &mut buffer));
    on_one_line(&elided(&text, TEXT_CHARS_MAX)).into_owned()
}

/// A line that was counted under its kind.
#[derive(Clone, Copy)]
struct KindLine<'l> {
    line: u64,
    time_ns: Option<i64>,
    bytes: &'l [u8],
}

/// Adds a line to those of its sort.
fn keep(lines: &mut FirstAndLast<PartLine>, line: KindLine<'_>) {
    let KindLine {
        line,
        time_ns,
        bytes,
    } = line;
    lines.add(|old| {
        let mut kept = old.unwrap_or_default();
        kept.line = line;
        kept.time_ns = time_ns;
        kept.is_text = bytes.len() > LINE_BYTES_KEPT;
        kept.bytes.clear();
        match kept.is_text {
            true => kept.bytes.extend_from_slice(text(bytes).as_bytes()),
            false => kept.bytes.extend_from_slice(bytes),
        }
        kept
    });
}

/// How far lines are out of order, by their numbers.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct PartOrder {
    pub(super) first_ns: Option<i64>,
    /// The number of the first line with a time.
    pub(super) first_line: u64,
    pub(super) last_ns: Option<i64>,
    pub(super) earlier: u64,
    pub(super) most_ns: i64,
    /// The first line that is earlier by the most.
    pub(super) line: u64,
}

impl PartOrder {
    /// Adds a line behind the others.
    fn add(&mut self, time_ns: i64, line: u64) {
        match self.last_ns {
            None => (self.first_ns, self.first_line) = (Some(time_ns), line),
            Some(last_ns) if time_ns < last_ns => {
                self.earlier += 1;
                let by_ns = last_ns.saturating_sub(time_ns);
                if by_ns > self.most_ns {
                    (self.most_ns, self.line) = (by_ns, line);
                }
            }
            Some(_) => {}
        }
        self.last_ns = Some(time_ns);
    }
}

/// What is counted of the lines of a chunk.
#[derive(Debug)]
pub(super) struct PartFacts {
    pub(super) lines: u64,
    pub(super) blank: u64,
    pub(super) cut: u64,
    pub(super) not_ascii: u64,
    pub(super) not_utf8: u64,
    pub(super) undated: u64,
    /// How many bytes the first of the longest lines has, and its number.
    pub(super) longest: Option<(u64, u64)>,
    pub(super) order: PartOrder,
    pub(super) buckets: BucketTable<LineBucket>,
    /// Lines whose level is error or graver.
    pub(super) grave: FirstAndLast<PartLine>,
    /// These lines, and those without a level that have a word which tells of an error.
    pub(super) worded: FirstAndLast<PartLine>,
    /// Lines with a word of a start, by the numbers of their entries in the table of the chunk.
    pub(super) starts: HashMap<usize, FirstAndLast<PartLine>>,
}

impl PartFacts {
    fn new(zone: &TimeZone) -> PartFacts {
        PartFacts {
            lines: 0,
            blank: 0,
            cut: 0,
            not_ascii: 0,
            not_utf8: 0,
            undated: 0,
            longest: None,
            order: PartOrder::default(),
            buckets: BucketTable::new(BucketWidth::SECOND, zone.clone(), DIGEST_BUCKETS_MAX),
            grave: FirstAndLast::new(ERRORS_KEPT),
            worded: FirstAndLast::new(ERRORS_KEPT),
            starts: HashMap::new(),
        }
    }

    /// Counts what can be counted of any line.
    fn count(&mut self, line: &NumberedLine<'_>) {
        let text = line.line.haystack;
        let number = line.line_number.unwrap_or(0);
        self.lines += 1;
        self.blank += u64::from(is_blank(text));
        self.cut += u64::from(line.line.cut);
        if !text.is_ascii() {
            self.not_ascii += 1;
            self.not_utf8 += u64::from(std::str::from_utf8(text).is_err());
        }
        let bytes = to_u64(text.len());
        if self.longest.is_none_or(|(most, _)| bytes > most) {
            self.longest = Some((bytes, number));
        }
        match line.time_ns {
            Some(time_ns) => self.order.add(time_ns, number),
            None => self.undated += 1,
        }
    }
}

/// What a worker owns, and what it has made of the chunk in hand.
pub struct DigestWorker {
    mining: MiningWorker,
    zone: TimeZone,
    head: Vec<u8>,
    shape: Arc<HeadShape>,
    part: PartFacts,
    /// The lines of the second in hand.
    second: Option<(i64, LineBucket)>,
    /// The time of the line above.
    above_ns: Option<i64>,
    /// What the words of each kind of the chunk tell.
    words: Vec<LineWords>,
}

/// What the lines of a chunk came to.
pub struct DigestPart {
    pub(super) mined: Option<Mined>,
    pub(super) facts: PartFacts,
    pub(super) shape: Arc<HeadShape>,
}

impl std::fmt::Debug for DigestWorker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DigestWorker").finish_non_exhaustive()
    }
}

impl std::fmt::Debug for DigestPart {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DigestPart")
            .field("facts", &self.facts)
            .finish_non_exhaustive()
    }
}

impl DigestWorker {
    pub(super) fn new(mining: MiningWorker, zone: &TimeZone) -> DigestWorker {
        DigestWorker {
            mining,
            zone: zone.clone(),
            head: Vec::new(),
            shape: Arc::default(),
            part: PartFacts::new(zone),
            second: None,
            above_ns: None,
            words: Vec::new(),
        }
    }

    /// Learns from the first lines of an input.
    pub(super) fn head(&mut self, head: &[u8]) {
        <Miner as Fold>::head(&mut self.mining, head);
        if self.head != head {
            self.head = head.to_vec();
            self.shape = Arc::new(match self.mining.is_of_journal() {
                true => HeadShape::of_journal(),
                false => HeadShape::of(head, self.mining.forms()),
            });
        }
    }

    pub(super) fn lines(
        &mut self,
        lines: &Lines<'_>,
        _: &mut Values<'_, '_, DigestPart>,
    ) -> Result<(), Error> {
        for line in lines.iter() {
            self.part.count(&line);
            let number = line.line_number.unwrap_or(0);
            let unit = self.mining.count(&line.line, line.line_number);
            let mut of_line = None;
            match unit {
                // It is the entry above, which has the time of the lines above.
                Some(unit) if unit.message.is_some() => self.count_entry(unit),
                unit => of_line = unit.map(|unit| unit.kind),
            }
            self.above_ns = line.time_ns;
            if let Some(time_ns) = line.time_ns {
                self.count_time(time_ns, number, of_line.and_then(|kind| kind.level));
            }
            if let Some(kind) = of_line {
                let bytes = line.line.haystack;
                let time_ns = line.time_ns;
                self.count_kind(
                    kind,
                    KindLine {
                        line: number,
                        time_ns,
                        bytes,
                    },
                );
            }
        }
        Ok(())
    }

    /// Counts an entry of a journal, all of whose lines have been counted.
    fn count_entry(&mut self, unit: CountedUnit) {
        let Some((message, line)) = unit.message else {
            return;
        };
        if let (Some((_, bucket)), Some(_)) = (&mut self.second, self.above_ns) {
            bucket.add_level(unit.kind.level);
        }
        let time_ns = self.above_ns;
        let bytes = &message[..];
        self.count_kind(
            unit.kind,
            KindLine {
                line,
                time_ns,
                bytes,
            },
        );
    }

    /// Keeps a line if its kind is one of errors or of starts.
    fn count_kind(&mut self, kind: CountedKind, line: KindLine<'_>) {
        if kind.nth == self.words.len() {
            let words = LineWords::of(self.mining.masked(kind.nth));
            self.words.push(words);
        }
        let words = self.words[kind.nth];
        let is_grave = kind.level >= Some(Level::Error);
        if is_grave {
            keep(&mut self.part.grave, line);
        }
        if is_grave || kind.level.is_none() && words.tells_error {
            keep(&mut self.part.worded, line);
        }
        if words.tells_start {
            let of_kind = self.part.starts.entry(kind.nth);
            let of_kind = of_kind.or_insert_with(|| FirstAndLast::new(STARTS_KEPT));
            keep(of_kind, line);
        }
    }

    /// Counts a line in the bucket of its time.
    fn count_time(&mut self, time_ns: i64, line: u64, level: Option<Level>) {
        let second = time_ns.div_euclid(SECOND_NS);
        match &mut self.second {
            Some((known, bucket)) if *known == second => bucket.add_line(time_ns, line, level),
            other => {
                let next = (second, LineBucket::new(time_ns, line, level));
                if let Some((known, bucket)) = other.replace(next) {
                    self.part.buckets.add(known, bucket);
                }
            }
        }
    }

    /// Returns what the chunk came to, and is as before a chunk.
    pub(super) fn value(&mut self) -> Option<DigestPart> {
        if let Some(unit) = self.mining.count_last_entry() {
            self.count_entry(unit);
        }
        self.above_ns = None;
        if let Some((second, bucket)) = self.second.take() {
            self.part.buckets.add(second, bucket);
        }
        self.words.clear();
        let part = DigestPart {
            mined: <Miner as Fold>::value(&mut self.mining),
            facts: std::mem::replace(&mut self.part, PartFacts::new(&self.zone)),
            shape: Arc::clone(&self.shape),
        };
        (part.facts.lines > 0).then_some(part)
    }
}
