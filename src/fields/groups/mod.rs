//! Counts lines by the values of their fields, and works out sums, averages and percentiles of
//! others: what `sort | uniq -c` and `awk` are used for, in one pass on all cores.
//!
//! ```text
//! worker:    the fields of each hit --> the key of its group --> GroupPart of the chunk
//! in order:  parts of chunks --> groups, the first ones that fit GROUP_BYTES_MAX --> GroupTable
//! ```
//! 1. A key is the texts of its fields, with a mark for each that the line does not have, and the
//!    bucket of time if that is asked for.
//! 2. Results are the same for every chunk size and number of threads: see `aggregate.rs`.
//! 3. The first groups in file order are told apart, as many as fit [`GROUP_BYTES_MAX`]. Lines of
//!    later groups are only counted.

mod aggregate;
mod asked;
mod table;

use std::sync::Arc;

use foldhash::fast::RandomState;
use hashbrown::HashMap;
use jiff::tz::TimeZone;

pub use self::{
    aggregate::DISTINCT_EXACT_MAX,
    asked::{Aggregates, FieldNames},
    table::GroupTable,
};
use self::{aggregate::State, asked::AskedState};
use super::{
    FieldFormat,
    read::{FieldReader, FieldValue, LineFields},
};
use crate::{
    error::Error,
    histogram::{BucketWidth, Calendar},
    matcher::{FilterSeen, Matcher},
    scan::{Fold, Lines, Values},
};

/// How many bytes groups may take, with what is kept for their functions.
pub const GROUP_BYTES_MAX: usize = 1 << 30;

/// A worker hands over its part when it has so many groups.
const PART_GROUPS_MAX: usize = 1 << 14;

/// What a group takes besides its key and what is kept for its functions.
const GROUP_BYTES: usize = 128;

/// What lines are grouped by, and what is worked out of each group.
#[derive(Clone, Debug, Default)]
pub struct GroupOptions {
    /// The fields by which lines are grouped. Without one all lines are one group.
    pub keys: FieldNames,
    /// What is worked out of each group besides its count.
    pub aggregates: Aggregates,
    /// The length of the buckets of time by which lines are grouped as well, with the zone in which
    /// these begin. The scan has to give the times of hits.
    pub per: Option<(BucketWidth, TimeZone)>,
    /// What the inputs are.
    pub format: FieldFormat,
}

/// Groups the hits of a search by their fields: a [`Fold`].
///
/// ```
/// use logscan::{Matcher, Patterns, Progress, Scan, Source, Workers, scan};
/// use logscan::fields::{Aggregates, FieldNames, GroupOptions, FieldGroups, RowFormat};
/// let options = GroupOptions {
///     keys: FieldNames::parse("path")?,
///     aggregates: Aggregates::parse("max(ms)")?,
///     ..GroupOptions::default()
/// };
/// let all = Matcher::new(&Patterns::new(""))?;
/// let mut groups = FieldGroups::new(options, &all);
/// let log = b"path=/a ms=7\npath=/b ms=1\npath=/a ms=30\n".to_vec();
/// let mut source = Source::from_bytes("log".as_ref(), log);
/// scan::run(&Scan::new(all), &mut source, &Workers::new(0), &Progress::new(), &mut groups)?;
/// let mut csv = Vec::new();
/// groups.finish().write(RowFormat::Csv, None, &mut csv)?;
/// assert_eq!(csv, b"count,path,max(ms)\n2,/a,30\n1,/b,1\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct FieldGroups {
    options: GroupOptions,
    plan: Arc<GroupPlan>,
    reader: FieldReader,
    total: GroupPart,
    bytes: usize,
    /// How many lines are in groups for which there was no room.
    ungrouped: u64,
}

/// What workers have to know.
#[derive(Debug)]
struct GroupPlan {
    /// How many of the first fields are those of keys.
    keys: usize,
    states: Vec<AskedState>,
    per: Option<Calendar>,
}

/// The groups of some lines, in the order in which they came.
#[derive(Debug, Default)]
pub struct GroupPart {
    index: HashMap<Box<[u8]>, usize, RandomState>,
    groups: Vec<FieldGroup>,
    seen: FilterSeen,
    /// How many lines were looked at.
    lines: u64,
    /// How many values of each function are no numbers and should be.
    not_numbers: Vec<u64>,
    /// How many lines have no time, so that they are in no bucket.
    undated: u64,
}

#[derive(Debug)]
struct FieldGroup {
    key: Box<[u8]>,
    count: u64,
    states: Box<[State]>,
}

impl FieldGroups {
    /// Creates groups of the hits of `matcher`, of whose patterns the named groups are fields too.
    pub fn new(options: GroupOptions, matcher: &Matcher) -> FieldGroups {
        let mut names = options.keys.names().to_vec();
        let states = options.aggregates.states(&mut names);
        let names: Arc<[Box<[u8]>]> = names.into();
        let per = options.per.clone();
        FieldGroups {
            plan: Arc::new(GroupPlan {
                keys: options.keys.names().len(),
                states,
                per: per.map(|(width, zone)| Calendar::new(zone, width)),
            }),
            reader: FieldReader::new(&names, options.format, Some(matcher.clone())),
            options,
            total: GroupPart::default(),
            bytes: 0,
            ungrouped: 0,
        }
    }

    /// Returns the table of all groups.
    pub fn finish(self) -> GroupTable {
        table::of(self)
    }
}

impl Fold for FieldGroups {
    type Worker = GroupWorker;
    type Value = GroupPart;

    fn worker(&self) -> GroupWorker {
        GroupWorker {
            calendar: self.plan.per.clone(),
            plan: Arc::clone(&self.plan),
            reader: self.reader.clone(),
            key: Vec::new(),
            buffer: Vec::new(),
            part: GroupPart::default(),
        }
    }

    fn wants_head(&self) -> bool {
        true
    }

    fn learn(&mut self, head: &[u8]) {
        self.reader.head(head);
    }

    fn head(worker: &mut GroupWorker, head: &[u8]) {
        worker.reader.head(head);
    }

    fn lines(
        worker: &mut GroupWorker,
        lines: &Lines<'_>,
        values: &mut Values<'_, '_, GroupPart>,
    ) -> Result<(), Error> {
        if !lines.are_hits() {
            return Ok(());
        }
        for numbered in lines.iter() {
            worker.add(numbered.line.haystack, numbered.time_ns);
            if worker.part.groups.len() >= PART_GROUPS_MAX {
                values.push(std::mem::take(&mut worker.part))?;
            }
        }
        Ok(())
    }

    fn value(worker: &mut GroupWorker) -> Option<GroupPart> {
        (worker.part.lines > 0).then(|| std::mem::take(&mut worker.part))
    }

    fn fold(&mut self, part: GroupPart) -> Result<(), Error> {
        let total = &mut self.total;
        total.seen.add(part.seen);
        total.lines += part.lines;
        total.undated += part.undated;
        total.add_not_numbers(&part.not_numbers);
        for group in part.groups {
            match total.index.get(&group.key) {
                Some(&at) => total.groups[at].add(group),
                None => {
                    let states = group.states.iter().map(State::bytes_max).sum::<usize>();
                    let bytes = self.bytes + group.key.len() + GROUP_BYTES + states;
                    if bytes > GROUP_BYTES_MAX {
                        self.ungrouped += group.count;
                        continue;
                    }
                    self.bytes = bytes;
                    total.index.insert(group.key.clone(), total.groups.len());
                    total.groups.push(group);
                }
            }
        }
        Ok(())
    }
}

/// The state of one worker.
#[derive(Debug)]
pub struct GroupWorker {
    plan: Arc<GroupPlan>,
    calendar: Option<Calendar>,
    reader: FieldReader,
    key: Vec<u8>,
    buffer: Vec<u8>,
    part: GroupPart,
}

impl GroupWorker {
    fn add(&mut self, line: &[u8], time_ns: Option<i64>) {
        let kind = self.reader.read(line);
        if kind == LineFields::Names {
            return;
        }
        self.part.lines += 1;
        self.part.seen.unread += u64::from(kind == LineFields::NotValid);
        self.key.clear();
        if let Some(calendar) = &mut self.calendar {
            let Some(time_ns) = time_ns else {
                self.part.undated += 1;
                return;
            };
            let start_s = calendar.start_of(time_ns.div_euclid(1_000_000_000));
            self.key.extend_from_slice(&start_s.to_le_bytes());
        }
        let values = self.reader.values();
        for (nth, value) in values.iter().enumerate() {
            self.part.seen.had |= u64::from(value.is_there()) << nth;
        }
        for value in &values[..self.plan.keys] {
            push_key(*value, line, &mut self.buffer, &mut self.key);
        }
        let part = &mut self.part;
        let at = match part.index.get(self.key.as_slice()) {
            Some(&at) => at,
            None => {
                let key: Box<[u8]> = self.key.as_slice().into();
                part.index.insert(key.clone(), part.groups.len());
                let states = self.plan.states.iter().map(|asked| asked.function.state());
                part.groups.push(FieldGroup {
                    key,
                    count: 0,
                    states: states.collect(),
                });
                part.groups.len() - 1
            }
        };
        let group = &mut part.groups[at];
        group.count += 1;
        for (nth, asked) in self.plan.states.iter().enumerate() {
            let value = values[asked.field];
            if value.is_there() {
                let text = value.text(line, &mut self.buffer);
                if !group.states[nth].add(text) {
                    part.not_numbers.resize(self.plan.states.len(), 0);
                    part.not_numbers[nth] += 1;
                }
            }
        }
    }
}

impl GroupPart {
    fn add_not_numbers(&mut self, other: &[u64]) {
        if self.not_numbers.len() < other.len() {
            self.not_numbers.resize(other.len(), 0);
        }
        for (sum, other) in self.not_numbers.iter_mut().zip(other) {
            *sum += other;
        }
    }
}

impl FieldGroup {
    fn add(&mut self, other: FieldGroup) {
        self.count += other.count;
        for (state, other) in self.states.iter_mut().zip(other.states) {
            state.merge(other);
        }
    }
}

/// Appends a value to a key: a mark that it is there, its length, and its text.
fn push_key(value: FieldValue, line: &[u8], buffer: &mut Vec<u8>, key: &mut Vec<u8>) {
    if !value.is_there() {
        key.push(0);
        return;
    }
    let text = value.text(line, buffer);
    key.push(1);
    key.extend_from_slice(&crate::line::to_u32(text.len()).to_le_bytes());
    key.extend_from_slice(text);
}

/// Returns the texts of a key behind its bucket.
fn texts_of_key(mut key: &[u8]) -> Vec<Option<&[u8]>> {
    let mut texts = Vec::new();
    while let Some((&mark, rest)) = key.split_first() {
        if mark == 0 {
            texts.push(None);
            key = rest;
            continue;
        }
        let (length, rest) = rest.split_at(4);
        let length = u32::from_le_bytes([length[0], length[1], length[2], length[3]]) as usize;
        texts.push(Some(&rest[..length]));
        key = &rest[length..];
    }
    texts
}
