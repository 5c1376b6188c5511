//! The kinds of lines in a log, with counts: what varies in a line is masked, lines that are the
//! same but for that are counted together, and those that differ in one more place are grouped into
//! templates. Needs the feature `templates`.
//!
//! One pass on the engine: workers mask the lines of their chunk and count the distinct ones, and
//! these tables are folded in file order into one, which is small whatever the length of the log.
//! The grouping looks at distinct lines only, and its result is a function of the set of them. So
//! templates, counts and identifiers are the same for any number of threads, any chunk size and any
//! way of reading. There are no settings for a kind of log.
//!
//! ```
//! use logscan::{Progress, Source, Workers, templates::Miner};
//! let log = b"10:00 job 1 done\n10:01 job 2 done\n10:02 disk full\n".to_vec();
//! let mut miner = Miner::default();
//! miner.add(&mut Source::from_bytes("log".as_ref(), log), &Workers::new(0), &Progress::new())?.into_result()?;
//! let templates = miner.finish();
//! let table: Vec<_> = templates.list.iter().map(|t| (t.lines, t.text())).collect();
//! assert_eq!(table, [(2, "job <num> done".into()), (1, "disk full".into())]);
//! # Ok::<(), logscan::Error>(())
//! ```

mod assign;
mod diff;
mod entry;
mod fields;
mod group;
mod hits;
mod inputs;
mod mask;
mod masker;
mod memo;
pub mod report;
mod table;
#[cfg(test)]
mod tests;

use std::{hash::BuildHasher, ops::Range, path::Path, sync::Arc};

use foldhash::fast::RandomState;

#[cfg(feature = "triage")]
pub(crate) use self::group::hash;
#[cfg(feature = "digest")]
pub(crate) use self::masker::shown;
pub(crate) use self::memo::Memo;
pub use self::{
    assign::{Assign, Assigner},
    diff::{Change, Changed},
    hits::{HIT_KINDS_MAX, HIT_SAMPLE_MAX, HitKind, HitKinds, HitPart, HitWorker, Hits, ShownHit},
    inputs::InputNames,
    mask::{Kind, MASKED_BYTES_MAX, Masked, mask},
    masker::Masker,
    table::Place,
};
use self::{
    entry::{MinedEntry, learned},
    group::{Distinct, Groups},
    table::{KindTable, Occurrence, Side},
};
pub use crate::record::{Header, Level};
use crate::{
    error::Error,
    input::Source,
    line::{self, HEAD_BYTES, Line},
    matcher::{Finder, Matcher},
    record::{BriefHeader, LineForms, RecordStart},
    scan::{
        self, Fold, Lines, MAX_LINE_BYTES, Progress, Records, Scan, Summary, TimeRange, Values,
        Workers,
    },
};

/// How many distinct masked lines are told apart, unless told otherwise. With examples they take up
/// to 100 MiB.
pub const DISTINCT_MAX: usize = 50_000;

/// The largest limit on distinct masked lines. Templates may take 512 MiB, and grouping twice as
/// many lines takes 630 MiB.
pub const DISTINCT_LIMIT: usize = 1 << 19;

/// So many different headers of inputs are remembered, for who asks for the template of a line
/// without its input.
const FORMS_MAX: usize = 64;

/// What is mined, and the limits. Plain data: fill in what differs from the default.
#[derive(Clone, Debug)]
pub struct Options {
    /// Only lines that match are counted. Templates are made of all lines even so.
    pub wanted: Option<Matcher>,
    /// Only lines of this level or a graver one are counted, and none that has no level.
    pub level_min: Option<Level>,
    /// How many distinct masked lines are told apart; beyond it new ones fold into coarser ones. At
    /// most [`DISTINCT_LIMIT`].
    pub distinct_max: usize,
    /// Whether a real line is kept for each template.
    pub examples: bool,
    /// Only lines that begin in this range of bytes are mined.
    pub range: Range<u64>,
    /// Only lines of these times are mined.
    pub times: Option<TimeRange>,
    /// Whether a record, which is a line with a header and the lines below it that have none, counts
    /// once: under the template of its first line.
    pub records: bool,
    /// A longer line is its first bytes.
    pub max_line_bytes: usize,
    /// The size of chunks, for measurements.
    pub chunk_bytes: Option<usize>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            wanted: None,
            level_min: None,
            distinct_max: DISTINCT_MAX,
            examples: false,
            range: 0..u64::MAX,
            times: None,
            records: true,
            max_line_bytes: MAX_LINE_BYTES,
            chunk_bytes: None,
        }
    }
}

/// Mines templates from one log or several.
///
/// It is a [`Fold`] over [`Miner::scan`], so [`scan::run_set`](scan::run_set()) mines folders and
/// archives, and [`Miner::add`] is for one log.
///
/// ```
/// use logscan::{Progress, Workers, scan::{self, Set, SetInput}, templates::Miner};
/// let mut miner = Miner::default();
/// let scan = miner.scan();
/// let (workers, progress) = (Workers::new(0), Progress::new());
/// let mut logs = ["testdata/app.log", "testdata/app.log"].map(SetInput::named).map(Ok).into_iter();
/// scan::run_set(&Set::new(&scan, &workers, &progress), &mut logs, &mut miner, &mut |_, _| Ok(()))?;
/// assert_eq!(miner.finish().inputs.count(), 2);
/// # Ok::<(), logscan::Error>(())
/// ```
#[derive(Debug)]
pub struct Miner {
    options: Arc<Options>,
    mined: Mined,
    /// The headers of the lines of all inputs.
    forms: Vec<Arc<LineForms>>,
    inputs: InputNames,
    side: Side,
    hasher: RandomState,
}

impl Default for Miner {
    fn default() -> Miner {
        Miner::new(Options::default())
    }
}

impl Miner {
    /// A miner that has seen nothing yet.
    pub fn new(options: Options) -> Miner {
        let hasher = RandomState::default();
        let distinct_max = options.distinct_max.clamp(1, DISTINCT_LIMIT);
        Miner {
            mined: Mined {
                table: KindTable::new(hasher.clone(), options.examples, distinct_max),
                counts: LineCounts::default(),
                forms: None,
            },
            forms: Vec::new(),
            options: Arc::new(options),
            inputs: InputNames::default(),
            side: Side::Log,
            hasher,
        }
    }

    /// The scan that gives every line, or every record, within the limits of the options.
    pub fn scan(&self) -> Scan {
        Scan {
            range: self.options.range.clone(),
            times: self.options.times.clone(),
            records: match (self.options.records, &self.options.wanted) {
                (false, _) => None,
                (true, None) => Some(Records::cut_only()),
                // A record counts if any of its lines matches.
                (true, Some(_)) => Some(Records::learned()),
            },
            // Where all lines are counted, that gives their numbers.
            line_numbers: self.options.times.is_some(),
            max_line_bytes: self.options.max_line_bytes,
            chunk_bytes: self.options.chunk_bytes,
            count_lines: true,
            ..Scan::new(Matcher::everything())
        }
    }

    /// What is added from here on is of the log that the others are compared with, for
    /// [`Templates::changes`].
    pub fn begin_other(&mut self) {
        self.side = Side::Other;
    }

    /// Adds the lines of a log.
    ///
    /// # Errors
    /// [`Error::NotText`]. What could not be read is in the summary. Its hits are all lines, and its
    /// matches those that were counted.
    pub fn add(
        &mut self,
        source: &mut Source,
        workers: &Workers,
        progress: &Progress,
    ) -> Result<Summary, Error> {
        scan::run(&self.scan(), source, workers, progress, self)
    }

    /// The number of the entry that counts for entry `nth` of a chunk, whose counts were added.
    pub(crate) fn entry_of(&self, part: &Mined, nth: usize) -> usize {
        let table = &part.table;
        let entry = self
            .mined
            .table
            .number_of(table.masked(&table.entries()[nth]));
        entry.expect("the table of the part has been folded into this one")
    }

    /// The same, if the masked line is told apart from others.
    #[cfg(feature = "digest")]
    pub(crate) fn own_entry_of(&self, part: &Mined, nth: usize) -> Option<usize> {
        let table = &part.table;
        let entry = &table.entries()[nth];
        self.mined.table.find_own(entry, table.masked(entry))
    }

    /// Adds the counts of a chunk. Its lines are numbered from behind `lines_before`.
    pub(crate) fn add_part(&mut self, part: &Mined, lines_before: u64) {
        if let Some(forms) = &part.forms
            && self.forms.len() < FORMS_MAX
            && !self.forms.contains(forms)
        {
            self.forms.push(Arc::clone(forms));
        }
        let total = &mut self.mined;
        let (input, _) = self.inputs.current();
        total.table.fold(&part.table, input, lines_before);
        self.inputs.add_lines(part.counts.lines);
        total.counts.lines += part.counts.lines;
        total.counts.wanted += part.counts.wanted;
        total.counts.other_wanted += part.counts.other_wanted;
        for (total, part) in total.counts.levels.iter_mut().zip(part.counts.levels) {
            *total += part;
        }
        total.counts.continued += part.counts.continued;
        total.counts.cut += part.counts.cut;
    }

    /// Groups what was found.
    pub fn finish(self) -> Templates {
        Templates {
            has_records: self.options.records,
            ..Templates::new(self.mined, self.forms, self.inputs)
        }
    }
}

/// How many lines there were.
#[derive(Clone, Copy, Debug, Default)]
struct LineCounts {
    /// All lines, also those below the first of a record.
    lines: u64,
    /// Lines of the log below the first of a record that are not blank, if the record counts.
    continued: u64,
    wanted: u64,
    other_wanted: u64,
    /// Lines of the log with each level, as in [`Level::ALL`].
    levels: [u64; Level::ALL.len()],
    /// Lines that were longer when masked than is kept.
    cut: u64,
}

/// What lines came to: of a chunk, or of all so far.
#[derive(Debug)]
pub struct Mined {
    table: KindTable,
    counts: LineCounts,
    /// The headers of the lines of a chunk.
    forms: Option<Arc<LineForms>>,
}

/// What each worker owns, and what it has made of the chunk in hand.
#[derive(Debug)]
pub struct MiningWorker {
    options: Arc<Options>,
    hasher: RandomState,
    side: Side,
    memo: Memo<CountedLine>,
    /// The first lines of the input, and what they say of its headers.
    head: Vec<u8>,
    forms: Arc<LineForms>,
    finder: Option<Finder>,
    /// Tells the lines that begin records, if whoever searches does not put them together.
    starts: Option<RecordStart>,
    /// Whether lines with the header of most lines begin records, so that the others only are asked
    /// about.
    first_form_starts: bool,
    /// The entry in hand, if the log is a journal and its entries are records.
    entry: Option<MinedEntry>,
    /// Whether the record in hand counts. `None` before the first line of a chunk, which begins one.
    record_counts: Option<bool>,
    /// The number of the chunk in hand, from 1.
    chunk: u64,
    part: Mined,
}

/// Where a masked line was counted.
#[derive(Clone, Copy, Debug, Default)]
struct CountedLine {
    /// The hash of it, as the table has it.
    hash: u64,
    /// The chunk, from 1, and the number of its entry in the table of that chunk.
    nth: (u64, usize),
}

/// What a line was counted as.
#[derive(Clone, Copy, Debug)]
enum CountedAs {
    /// A line of the record above it.
    Continues,
    /// A line of no kind.
    Blank,
    Kind(CountedKind),
}

/// What a worker knows of a line that it has counted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CountedKind {
    /// The number of its entry in the table of the chunk.
    pub(crate) nth: usize,
    /// How grave it says it is.
    #[cfg(feature = "digest")]
    pub(crate) level: Option<Level>,
    is_wanted: bool,
}

/// A line, a record or an entry that a worker has counted.
#[cfg_attr(
    not(feature = "digest"),
    expect(dead_code, reason = "digests are who asks for it")
)]
#[derive(Debug)]
pub(crate) struct CountedUnit {
    pub(crate) kind: CountedKind,
    /// The first line of the message of an entry, and its number. It stands above the line in hand.
    pub(crate) message: Option<(Vec<u8>, u64)>,
}

impl MiningWorker {
    fn is_wanted(&mut self, text: &[u8], level: Option<Level>) -> bool {
        let is_grave = self.options.level_min.is_none_or(|min| level >= Some(min));
        let finder = self.finder.as_mut();
        is_grave && finder.is_none_or(|finder| finder.is_match(text))
    }

    /// Counts a line or a record, whose number in the input may be known. A line that belongs to the
    /// record above it is of no kind, and neither is a blank one. An entry of a journal counts when
    /// the next one begins.
    pub(crate) fn count(
        &mut self,
        line: &Line<'_>,
        line_number: Option<u64>,
    ) -> Option<CountedUnit> {
        if self.entry.is_some() {
            return self.count_in_journal(line, line_number);
        }
        // If this tells the records, it is given lines.
        let (text, lines) = match self.options.records && self.starts.is_none() {
            true => (line.head(), line.lines()),
            false => (line.haystack, 1),
        };
        let line_number = line_number.unwrap_or(self.part.counts.lines + 1);
        self.part.counts.lines += lines;
        let kind = match self.count_unit(text, line.haystack, line_number, None) {
            CountedAs::Continues => {
                let counts = self.record_counts == Some(true);
                let is_seen = counts && self.side == Side::Log && !is_blank(text);
                self.part.counts.continued += u64::from(is_seen);
                return None;
            }
            CountedAs::Blank => None,
            CountedAs::Kind(kind) => Some(kind),
        };
        let is_wanted = kind.is_some_and(|kind| kind.is_wanted);
        self.record_counts = Some(is_wanted);
        if lines > 1 && is_wanted && self.side == Side::Log {
            let more = line.haystack[text.len()..].split(|&byte| byte == b'\n');
            let more = more.filter(|line| !is_blank(line)).count();
            self.part.counts.continued += line::to_u64(more);
        }
        kind.map(|kind| CountedUnit {
            kind,
            message: None,
        })
    }

    /// The masked line of an entry in the table of the chunk.
    #[cfg(feature = "digest")]
    pub(crate) fn masked(&self, nth: usize) -> &[u8] {
        let table = &self.part.table;
        table.masked(&table.entries()[nth])
    }

    /// Counts the last entry of the chunk, if the log is a journal.
    #[cfg(feature = "digest")]
    pub(crate) fn count_last_entry(&mut self) -> Option<CountedUnit> {
        self.count_entry(&[])
    }

    /// Whether the log is a journal, whose entries are records.
    #[cfg(feature = "digest")]
    pub(crate) fn is_of_journal(&self) -> bool {
        self.entry.is_some()
    }

    /// What the first lines of the input say of its headers.
    #[cfg(feature = "digest")]
    pub(crate) fn forms(&self) -> &Arc<LineForms> {
        &self.forms
    }

    /// Counts a line by itself, whose number in the input may be known. A blank line is of no kind.
    pub(crate) fn count_line(
        &mut self,
        text: &[u8],
        line_number: Option<u64>,
    ) -> Option<CountedKind> {
        let line_number = line_number.unwrap_or(self.part.counts.lines + 1);
        self.part.counts.lines += 1;
        match self.count_unit(text, text, line_number, None) {
            CountedAs::Kind(kind) => Some(kind),
            CountedAs::Blank | CountedAs::Continues => None,
        }
    }

    /// Counts a record that begins with `text` and goes on to the end of `all`, or a line. It has the
    /// level that it says, unless another is `told`.
    fn count_unit(
        &mut self,
        text: &[u8],
        all: &[u8],
        line_number: u64,
        told: Option<Level>,
    ) -> CountedAs {
        let starts = self
            .starts
            .as_ref()
            .filter(|_| self.record_counts.is_some());
        let is_start = |header: BriefHeader| {
            let is_known = header.is_first && self.first_form_starts;
            is_known
                || starts.is_none_or(|starts| starts.is_start(&text[..text.len().min(HEAD_BYTES)]))
        };
        let found = self.memo.of_start(text, is_start, |masked| CountedLine {
            hash: self.hasher.hash_one(masked),
            nth: (0, 0),
        });
        let Some((slot, level)) = found else {
            return CountedAs::Continues;
        };
        let level = told.or(level);
        if slot.masked.is_empty() {
            return CountedAs::Blank;
        }
        let Mined { table, counts, .. } = &mut self.part;
        counts.cut += u64::from(slot.masked.len() >= MASKED_BYTES_MAX);
        let counted = &mut slot.value;
        if counted.nth.0 != self.chunk {
            counted.nth = (self.chunk, table.number_for(counted.hash, &slot.masked));
        }
        let nth = counted.nth.1;
        let is_wanted = self.is_wanted(all, level);
        let Mined { table, counts, .. } = &mut self.part;
        match self.side {
            Side::Log => {
                counts.wanted += u64::from(is_wanted);
                if let Some(level) = level {
                    counts.levels[level as usize] += 1;
                }
            }
            Side::Other => counts.other_wanted += u64::from(is_wanted),
        }
        let occurrence = Occurrence {
            line: text,
            level,
            place: Place {
                input: 0,
                line: line_number,
            },
            is_wanted,
            side: self.side,
        };
        table.count(nth, occurrence);
        CountedAs::Kind(CountedKind {
            nth,
            #[cfg(feature = "digest")]
            level,
            is_wanted,
        })
    }
}

/// Whether nothing of a line is seen.
pub(crate) fn is_blank(line: &[u8]) -> bool {
    line.iter().all(u8::is_ascii_whitespace)
}

/// An empty table for the lines of a chunk, which bounds it.
fn of_chunk(hasher: &RandomState, options: &Options) -> Mined {
    Mined {
        table: KindTable::new(hasher.clone(), options.examples, usize::MAX),
        counts: LineCounts::default(),
        forms: None,
    }
}

impl Fold for Miner {
    type Worker = MiningWorker;
    type Value = Mined;

    fn worker(&self) -> MiningWorker {
        MiningWorker {
            options: Arc::clone(&self.options),
            hasher: self.hasher.clone(),
            side: self.side,
            memo: Memo::default(),
            head: Vec::new(),
            forms: Arc::default(),
            finder: self
                .options
                .wanted
                .as_ref()
                .map(|wanted| match self.options.records {
                    true => wanted.clone().over_records().finder(),
                    false => wanted.finder(),
                }),
            starts: None,
            first_form_starts: false,
            entry: None,
            record_counts: None,
            chunk: 1,
            part: of_chunk(&self.hasher, &self.options),
        }
    }

    fn wants_head(&self) -> bool {
        true
    }

    fn head(worker: &mut MiningWorker, head: &[u8]) {
        if worker.head != head {
            worker.head = head.to_vec();
            let (forms, starts) = learned(head, worker.options.records);
            worker.forms = Arc::new(forms);
            worker.memo = Memo::learned(&worker.forms);
            let is_journal = starts.as_ref().is_some_and(RecordStart::is_of_journal);
            worker.entry = is_journal.then(MinedEntry::default);
            worker.starts = starts.filter(|_| worker.options.wanted.is_none());
            let starts = worker.starts.as_ref();
            worker.first_form_starts =
                starts.is_some_and(|starts| starts.takes_first_of(&worker.forms));
        }
    }

    fn lines(
        worker: &mut MiningWorker,
        lines: &Lines<'_>,
        _: &mut Values<'_, '_, Mined>,
    ) -> Result<(), Error> {
        for numbered in lines.iter() {
            worker.count(&numbered.line, numbered.line_number);
        }
        Ok(())
    }

    fn value(worker: &mut MiningWorker) -> Option<Mined> {
        worker.count_entry(&[]);
        worker.chunk += 1;
        worker.record_counts = None;
        let empty = of_chunk(&worker.hasher, &worker.options);
        let mut part = std::mem::replace(&mut worker.part, empty);
        part.forms = Some(Arc::clone(&worker.forms));
        (part.counts.lines > 0).then_some(part)
    }

    fn matches(part: &Mined) -> u64 {
        part.counts.wanted + part.counts.other_wanted
    }

    fn fold(&mut self, part: Mined) -> Result<(), Error> {
        let lines_before = match self.options.times {
            // They are the numbers in the input.
            Some(_) => 0,
            None => self.inputs.current().1,
        };
        self.add_part(&part, lines_before);
        Ok(())
    }

    fn begin(&mut self, path: &Path) {
        let path = (self.side == Side::Log).then_some(path);
        self.inputs.begin(path, &self.mined.table);
    }
}

/// What a template is called: a number made of its text, so that it is the same in every log and
/// every run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(u64);

impl Id {
    /// The identifier of a masked text.
    fn of(masked: &[u8]) -> Id {
        Id(group::hash(masked) >> 16)
    }

    /// Reads what [`Display`](std::fmt::Display) writes: twelve hexadecimal digits.
    ///
    /// ```
    /// use logscan::templates::Id;
    /// assert_eq!(Id::parse("0123456789ab").unwrap().to_string(), "0123456789ab");
    /// assert!(Id::parse("12").is_none() && Id::parse("0123456789ax").is_none());
    /// ```
    pub fn parse(text: &str) -> Option<Id> {
        let is_hex = text.len() == 12 && text.bytes().all(|b| b.is_ascii_hexdigit());
        is_hex
            .then(|| u64::from_str_radix(text, 16).ok().map(Id))
            .flatten()
    }
}

impl std::fmt::Display for Id {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:012x}", self.0)
    }
}

/// A kind of lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// What it is called.
    pub id: Id,
    /// Its text, with placeholders; see [`Template::text`].
    pub masked: Vec<u8>,
    /// How many lines there are of it, or how many records begin with one.
    pub lines: u64,
    /// How many there are in the log that is compared with.
    pub other_lines: u64,
    /// Where the first of them stands.
    pub first: Place,
    /// Where the last of them stands.
    pub last: Place,
    /// The level of the first.
    pub level: Option<Level>,
    /// The first of them, up to 1 KiB, if examples are kept.
    pub example: Vec<u8>,
}

impl Template {
    /// Its text for people, with placeholders as `<num>`.
    pub fn text(&self) -> String {
        Masked(&self.masked).to_string()
    }
}

/// The kinds of lines of a log.
#[derive(Debug)]
pub struct Templates {
    /// Those with a line that counts, in either log: the most frequent first, equal ones by their
    /// text.
    pub list: Vec<Template>,
    /// How many lines count.
    pub lines: u64,
    /// How many lines count in the log that is compared with.
    pub other_lines: u64,
    /// How many lines of the log have each level, as in [`Level::ALL`], whether they count or not.
    pub levels: [u64; Level::ALL.len()],
    /// How many lines were not told apart, because there were too many distinct ones before them.
    pub folded: u64,
    /// How many lines were longer, when masked, than is looked at.
    pub cut: u64,
    /// How many more lines of the log, without blank ones, belong to the records that count. They
    /// have no template of their own.
    pub continued: u64,
    /// The inputs of the log.
    pub inputs: InputNames,
    /// Whether the lines of a record have the template of its first line.
    has_records: bool,
    table: KindTable,
    /// The identifier for each entry of the table.
    ids: Vec<Id>,
    /// The headers of the lines of all inputs.
    forms: Vec<Arc<LineForms>>,
}

impl Templates {
    fn new(mined: Mined, forms: Vec<Arc<LineForms>>, inputs: InputNames) -> Templates {
        let Mined { table, counts, .. } = mined;
        let lines: Vec<Distinct<'_>> = table
            .entries()
            .iter()
            .map(|entry| Distinct {
                masked: table.masked(entry),
                count: entry.lines + entry.other_lines,
            })
            .collect();
        let Groups { templates, of_line } = group::group(&lines);
        let mut list: Vec<Template> = templates
            .into_iter()
            .map(|masked| Template {
                id: Id::of(&masked),
                masked,
                lines: 0,
                other_lines: 0,
                first: Place::default(),
                last: Place::default(),
                level: None,
                example: Vec::new(),
            })
            .collect();
        let ids = of_line.iter().map(|&nth| list[nth].id).collect();
        for (entry, &nth) in table.entries().iter().zip(&of_line) {
            let template = &mut list[nth];
            template.other_lines += entry.other_lines;
            if entry.wanted == 0 {
                continue;
            }
            if template.lines == 0 || entry.first < template.first {
                template.first = entry.first;
                template.level = entry.level;
                template.example = table.example(entry).to_vec();
            }
            template.lines += entry.wanted;
            template.last = template.last.max(entry.last);
        }
        list.retain(|template| template.lines + template.other_lines > 0);
        list.sort_by(|a, b| {
            (b.lines, b.other_lines)
                .cmp(&(a.lines, a.other_lines))
                .then_with(|| a.masked.cmp(&b.masked))
        });
        Templates {
            list,
            lines: counts.wanted,
            other_lines: counts.other_wanted,
            levels: counts.levels,
            folded: table.folded,
            cut: counts.cut,
            continued: counts.continued,
            inputs,
            has_records: false,
            table,
            ids,
            forms,
        }
    }

    /// The identifier of the template of an entry: see [`Miner::entry_of`].
    #[cfg(feature = "digest")]
    pub(crate) fn id_of_entry(&self, nth: usize) -> Id {
        self.ids[nth]
    }

    /// The share of a template in the lines that count, from 0 to 1.
    pub fn share(&self, template: &Template) -> f64 {
        ratio(template.lines, self.lines)
    }
}

/// A part of a whole, from 0 to 1; of nothing it is nothing.
fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        return 0.0;
    }
    #[expect(clippy::cast_precision_loss, reason = "a share is for people")]
    let ratio = part as f64 / whole as f64;
    ratio
}
