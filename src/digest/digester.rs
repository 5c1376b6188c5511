//! Folds what workers made of the lines into one digest.

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
    sync::Arc,
};

use super::{
    DIGEST_BUCKETS_MAX, DigestOptions, ERRORS_KEPT, FirstAndLast, KnownBy, LineOrder, LogDigest,
    LogErrors, LogFacts, LogLine, LogPlace,
    part::{DigestPart, DigestWorker, PartFacts, PartLine, PartOrder},
    shape::HeadShape,
    starts::{self, STARTS_KEPT},
    times::{self, LogBucket},
};
use crate::{
    error::Error,
    histogram::{BucketTable, BucketWidth, Histogram},
    input::Source,
    scan::{self, Fold, Lines, Progress, Scan, Summary, Values, Workers},
    templates::{Level, Miner, Options},
};

/// How many different formats of inputs are told apart. Others are counted together.
const FORMATS_MAX: usize = 16;

/// If fewer than one of so many records have a level, errors are known by words as well.
const LEVELS_ONE_OF: u64 = 20;

/// Makes a digest of one log or several.
///
/// It is a [`Fold`] over [`Digester::scan`], so [`scan::run_set`](scan::run_set()) reads folders and
/// archives, and [`Digester::add`] is for one log.
#[derive(Debug)]
pub struct Digester {
    options: DigestOptions,
    miner: Miner,
    inputs: usize,
    /// The name of the first input, and of the one in hand.
    first_path: Arc<Path>,
    path: Arc<Path>,
    /// What the first lines of the input in hand look like.
    shape: Option<Arc<HeadShape>>,
    formats: BTreeMap<String, u64>,
    columns: BTreeMap<String, u64>,
    facts: LogFacts,
    order: LineOrder,
    /// The time of the last line of the input in hand.
    last_ns: Option<i64>,
    table: BucketTable<LogBucket>,
    grave: FirstAndLast<LogLine>,
    worded: FirstAndLast<LogLine>,
    /// Lines with a word of a start, by the entries of their kinds.
    starts: HashMap<usize, FirstAndLast<LogLine>>,
}

impl Digester {
    /// Creates a digester that has seen nothing yet.
    pub fn new(options: DigestOptions) -> Digester {
        let nowhere: Arc<Path> = Path::new("").into();
        Digester {
            miner: Miner::new(Options {
                distinct_max: options.distinct_max,
                range: options.range.clone(),
                times: Some(options.times.clone()),
                max_line_bytes: options.max_line_bytes,
                chunk_bytes: options.chunk_bytes,
                ..Options::default()
            }),
            inputs: 0,
            first_path: Arc::clone(&nowhere),
            path: nowhere,
            shape: None,
            formats: BTreeMap::new(),
            columns: BTreeMap::new(),
            facts: LogFacts::default(),
            order: LineOrder::default(),
            last_ns: None,
            table: BucketTable::new(
                BucketWidth::SECOND,
                options.zone.clone(),
                DIGEST_BUCKETS_MAX,
            ),
            grave: FirstAndLast::new(ERRORS_KEPT),
            worded: FirstAndLast::new(ERRORS_KEPT),
            starts: HashMap::new(),
            options,
        }
    }

    /// The scan that gives every line with its number and its time.
    pub fn scan(&self) -> Scan {
        Scan {
            dates_hits: true,
            line_numbers: true,
            ..self.miner.scan()
        }
    }

    /// Adds the lines of a log.
    ///
    /// # Errors
    /// [`Error::NotText`]. What could not be read is in the summary.
    pub fn add(
        &mut self,
        source: &mut Source,
        workers: &Workers,
        progress: &Progress,
    ) -> Result<Summary, Error> {
        scan::run(&self.scan(), source, workers, progress, self)
    }

    /// Says what all lines came to.
    pub fn finish(self) -> LogDigest {
        let templates = self.miner.finish();
        let levels: Vec<Level> = Level::ALL
            .into_iter()
            .filter(|&level| templates.levels[level as usize] > 0)
            .collect();
        let mut table = self.table;
        let histogram = Histogram {
            width: table.width(),
            asked: None,
            zone: self.options.zone,
            series: levels.iter().map(|level| level.name().into()).collect(),
            buckets: table.buckets(|bucket| bucket.counts(&levels)),
            undated: self.facts.undated,
        };
        let silences = times::silences(&table);
        let with_level: u64 = templates.levels.iter().sum();
        let errors = match with_level.saturating_mul(LEVELS_ONE_OF) < templates.lines {
            true => LogErrors {
                known_by: KnownBy::Word,
                lines: self.worded,
            },
            false => LogErrors {
                known_by: KnownBy::Level,
                lines: self.grave,
            },
        };
        LogDigest {
            inputs: self.inputs,
            path: self.first_path,
            facts: LogFacts {
                formats: ranked(self.formats),
                columns: ranked(self.columns),
                ..self.facts
            },
            span: times::span(&table),
            order: self.order,
            bursts: times::bursts(&histogram, &table),
            histogram,
            errors,
            starts: starts::starts(&self.starts, &templates, &silences),
            silences,
            templates,
        }
    }

    /// Where a line of the input in hand stands.
    fn place(&self, line: u64) -> LogPlace {
        LogPlace {
            input: self.inputs.saturating_sub(1),
            path: Arc::clone(&self.path),
            line,
        }
    }

    fn log_line(&self, line: &PartLine) -> LogLine {
        LogLine {
            place: self.place(line.line),
            time_ns: line.time_ns,
            text: line.text(),
        }
    }

    fn add_facts(&mut self, part: &PartFacts) {
        let facts = &mut self.facts;
        facts.lines += part.lines;
        facts.blank += part.blank;
        facts.cut += part.cut;
        facts.not_ascii += part.not_ascii;
        facts.not_utf8 += part.not_utf8;
        facts.undated += part.undated;
        if let Some((bytes, line)) = part.longest
            && self
                .facts
                .longest
                .as_ref()
                .is_none_or(|known| bytes > known.0)
        {
            self.facts.longest = Some((bytes, self.place(line)));
        }
    }

    fn add_order(&mut self, part: &PartOrder) {
        self.order.earlier += part.earlier;
        let mut most = (part.most_ns, part.line);
        if let (Some(before_ns), Some(first_ns)) = (self.last_ns, part.first_ns)
            && first_ns < before_ns
        {
            self.order.earlier += 1;
            let by_ns = before_ns.saturating_sub(first_ns);
            if by_ns >= most.0 {
                most = (by_ns, part.first_line);
            }
        }
        if most.0 > self.order.most_ns {
            self.order.most_ns = most.0;
            self.order.place = Some(self.place(most.1));
        }
        self.last_ns = part.last_ns.or(self.last_ns);
    }
}

/// Counts one of some words.
fn count(words: &mut BTreeMap<String, u64>, word: &str) {
    let is_new = !words.contains_key(word);
    let word = match is_new && words.len() >= FORMATS_MAX {
        true => "others",
        false => word,
    };
    *words.entry(word.into()).or_default() += 1;
}

/// Returns words by how often they were counted, the most frequent first.
fn ranked(words: BTreeMap<String, u64>) -> Vec<(String, u64)> {
    let mut words: Vec<(String, u64)> = words.into_iter().collect();
    words.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    words
}

impl Fold for Digester {
    type Worker = DigestWorker;
    type Value = DigestPart;

    fn worker(&self) -> DigestWorker {
        DigestWorker::new(self.miner.worker(), &self.options.zone)
    }

    fn wants_head(&self) -> bool {
        true
    }

    fn head(worker: &mut DigestWorker, head: &[u8]) {
        worker.head(head);
    }

    fn lines(
        worker: &mut DigestWorker,
        lines: &Lines<'_>,
        values: &mut Values<'_, '_, DigestPart>,
    ) -> Result<(), Error> {
        worker.lines(lines, values)
    }

    fn value(worker: &mut DigestWorker) -> Option<DigestPart> {
        worker.value()
    }

    fn matches(part: &DigestPart) -> u64 {
        part.mined.as_ref().map_or(0, Miner::matches)
    }

    fn fold(&mut self, part: DigestPart) -> Result<(), Error> {
        let DigestPart {
            mined,
            facts,
            shape,
        } = part;
        self.shape.get_or_insert(shape);
        self.add_facts(&facts);
        self.add_order(&facts.order);
        self.table.coarsen_to(facts.buckets.width());
        for (start_s, bucket) in facts.buckets.into_values() {
            let bucket = LogBucket::of(&bucket, |line| self.place(line));
            self.table.add(start_s, bucket);
        }
        let grave = facts.grave.map(|line| self.log_line(&line));
        self.grave.append(grave);
        let worded = facts.worded.map(|line| self.log_line(&line));
        self.worded.append(worded);
        let Some(mined) = mined else { return Ok(()) };
        // The numbers of lines are those in the input.
        self.miner.add_part(&mined, 0);
        for (nth, lines) in facts.starts {
            // Lines that are not told apart tell of no start.
            let Some(entry) = self.miner.own_entry_of(&mined, nth) else {
                continue;
            };
            let lines = lines.map(|line| self.log_line(&line));
            let known = self.starts.entry(entry);
            known
                .or_insert_with(|| FirstAndLast::new(STARTS_KEPT))
                .append(lines);
        }
        Ok(())
    }

    fn begin(&mut self, path: &Path) {
        Fold::begin(&mut self.miner, path);
        self.path = path.into();
        if self.inputs == 0 {
            self.first_path = Arc::clone(&self.path);
        }
        self.inputs += 1;
        self.shape = None;
        self.last_ns = None;
    }

    fn end(&mut self, summary: &Summary) -> Result<(), Error> {
        self.facts.bytes += summary.bytes;
        let shape = self.shape.as_deref();
        let text = shape.map_or("empty", |shape| shape.lines.words());
        let format = match summary.format {
            Some(format) => format!("{text} in {format}"),
            None => text.into(),
        };
        count(&mut self.formats, &format);
        if let Some(columns) = shape.and_then(|shape| shape.columns.as_deref()) {
            count(&mut self.columns, columns);
        }
        Ok(())
    }
}
