//! Which fields a log has: how often, what their values are, with examples.

mod report;

use std::{io, sync::Arc};

use foldhash::fast::RandomState;
use hashbrown::HashMap;

use super::{
    FieldFormat, RowFormat,
    quantity::{Number, Quantity},
    read::{AllFields, FieldReader, FieldValue, LineFields, ValueForm},
};
use crate::{
    budget::Budget,
    error::Error,
    record::{Moment, TimeBasis, ValueTimes},
    scan::{Fold, Lines, Values},
};

/// A log has at most so many fields. Later ones are only counted.
pub const CATALOG_FIELDS_MAX: usize = 1000;

/// So many different values are kept as examples.
const EXAMPLES_MAX: usize = 3;

/// An example is never longer.
const EXAMPLE_BYTES_MAX: usize = 80;

/// What the value of a field is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldType {
    /// A number.
    Number,
    /// A number with a unit of time, or hours, minutes and seconds.
    Duration,
    /// A number with a unit of size.
    Size,
    /// A date with a time of day.
    Time,
    /// `true` or `false`.
    Boolean,
    /// `null`.
    Null,
    /// Anything else.
    Text,
}

impl FieldType {
    /// Every type.
    pub const ALL: [FieldType; 7] = [
        FieldType::Number,
        FieldType::Duration,
        FieldType::Size,
        FieldType::Time,
        FieldType::Boolean,
        FieldType::Null,
        FieldType::Text,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            FieldType::Number => "number",
            FieldType::Duration => "duration",
            FieldType::Size => "size",
            FieldType::Time => "time",
            FieldType::Boolean => "boolean",
            FieldType::Null => "null",
            FieldType::Text => "text",
        }
    }
}

/// A field of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogField {
    /// Its name, as conditions call it.
    pub name: String,
    /// How many lines have it.
    pub lines: u64,
    /// How many values are of each type, in the order of [`FieldType::ALL`].
    pub types: [u64; FieldType::ALL.len()],
    /// The first values that differ.
    pub examples: Vec<String>,
    /// The number of the last line that has it: a line counts once.
    last_line: u64,
}

impl CatalogField {
    /// Returns the types of its values, the most frequent first.
    pub fn types(&self) -> Vec<FieldType> {
        let mut types: Vec<(u64, FieldType)> = self.types.into_iter().zip(FieldType::ALL).collect();
        types.retain(|(count, _)| *count > 0);
        types.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
        types.into_iter().map(|(_, of)| of).collect()
    }
}

/// The fields of a log.
#[derive(Clone, Debug, Default)]
pub struct FieldList {
    /// The fields, in the order in which they were first seen.
    pub fields: Vec<CatalogField>,
    /// How many lines were read.
    pub lines: u64,
    /// How many of these are not valid.
    pub unread: u64,
    /// How many values are of fields beyond [`CATALOG_FIELDS_MAX`].
    pub beyond: u64,
    index: HashMap<Box<[u8]>, usize, RandomState>,
}

impl FieldList {
    /// Returns the fields of the first lines of a log.
    pub fn of_head(head: &[u8], format: FieldFormat) -> FieldList {
        let mut worker = CatalogWorker::new(reader(format));
        worker.reader.head(head);
        for line in head.split(|&byte| byte == b'\n') {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if !line.is_empty() {
                worker.add(line);
            }
        }
        worker.part
    }

    /// Writes the list: a row for each field, with how many lines have it, the types of its values,
    /// the most frequent first, and examples.
    ///
    /// # Errors
    /// The errors of `out`.
    pub fn write(&self, format: RowFormat, out: &mut dyn io::Write) -> io::Result<()> {
        report::write(self, format, out)
    }

    /// Returns as much of the list as fits, one field to a line, and says how many are left out.
    pub fn within(&self, budget: Budget) -> String {
        report::within(self, budget)
    }

    /// Returns the name that is nearest to `name`, if one is near.
    pub fn nearest(&self, name: &str) -> Option<&str> {
        let names = self.fields.iter().map(|field| field.name.as_str());
        let lower = name.to_lowercase();
        let near = names.filter_map(|known| {
            let known_lower = known.to_lowercase();
            let last = known_lower.rsplit('.').next().unwrap_or("");
            let distance = match () {
                () if known_lower == lower => 0,
                () if last == lower || known_lower.ends_with(&format!(".{lower}")) => 1,
                () => distance(&known_lower, &lower),
            };
            (distance <= 1 + name.len() / 4).then_some((distance, known))
        });
        near.min_by_key(|(distance, _)| *distance)
            .map(|(_, known)| known)
    }

    fn add(&mut self, name: &[u8], add: impl FnOnce(&mut CatalogField)) {
        let at = match self.index.get(name) {
            Some(&at) => at,
            None if self.fields.len() == CATALOG_FIELDS_MAX => {
                self.beyond += 1;
                return;
            }
            None => {
                self.index.insert(name.into(), self.fields.len());
                self.fields.push(CatalogField {
                    name: String::from_utf8_lossy(name).into_owned(),
                    lines: 0,
                    types: [0; 7],
                    examples: Vec::new(),
                    last_line: 0,
                });
                self.fields.len() - 1
            }
        };
        add(&mut self.fields[at]);
    }

    fn merge(&mut self, other: FieldList) {
        self.lines += other.lines;
        self.unread += other.unread;
        self.beyond += other.beyond;
        let mut names: Vec<Box<[u8]>> = vec![Box::default(); other.fields.len()];
        for (name, at) in other.index {
            names[at] = name;
        }
        for (name, field) in names.iter().zip(other.fields) {
            self.add(name, |own| {
                own.lines += field.lines;
                own.types
                    .iter_mut()
                    .zip(field.types)
                    .for_each(|(own, other)| *own += other);
                field
                    .examples
                    .into_iter()
                    .for_each(|example| own.add_example(example));
            });
        }
    }
}

impl CatalogField {
    fn add_example(&mut self, example: String) {
        if self.examples.len() < EXAMPLES_MAX && !self.examples.contains(&example) {
            self.examples.push(example);
        }
    }
}

/// Lists the fields of the hits of a search: a [`Fold`].
///
/// ```
/// use logscan::{Matcher, Patterns, Progress, Scan, Source, Workers, scan};
/// use logscan::fields::{Catalog, FieldFormat, FieldType};
/// let mut catalog = Catalog::new(FieldFormat::Auto);
/// let log = b"{\"user\":{\"id\":7}}\n{\"user\":{\"id\":8},\"took\":\"3ms\"}\n".to_vec();
/// let mut source = Source::from_bytes("log".as_ref(), log);
/// let scan = Scan::new(Matcher::new(&Patterns::new(""))?);
/// scan::run(&scan, &mut source, &Workers::new(0), &Progress::new(), &mut catalog)?;
/// let list = catalog.finish();
/// assert_eq!((list.fields[0].name.as_str(), list.fields[0].lines), ("user.id", 2));
/// assert_eq!(list.fields[1].types(), [FieldType::Duration]);
/// # Ok::<(), logscan::Error>(())
/// ```
#[derive(Debug)]
pub struct Catalog {
    reader: FieldReader,
    list: FieldList,
}

impl Catalog {
    /// Creates a list without fields.
    pub fn new(format: FieldFormat) -> Catalog {
        Catalog {
            reader: reader(format),
            list: FieldList::default(),
        }
    }

    /// Returns the list.
    pub fn finish(self) -> FieldList {
        self.list
    }
}

/// Returns a reader of all fields.
fn reader(format: FieldFormat) -> FieldReader {
    let none: Arc<[Box<[u8]>]> = Arc::new([]);
    FieldReader::new(&none, format, None)
}

/// The state of one worker.
#[derive(Debug)]
pub struct CatalogWorker {
    reader: FieldReader,
    all: AllFields,
    times: ValueTimes,
    buffer: Vec<u8>,
    part: FieldList,
}

impl CatalogWorker {
    fn new(reader: FieldReader) -> CatalogWorker {
        CatalogWorker {
            reader,
            all: AllFields::default(),
            // Only whether a text is a time is asked.
            times: ValueTimes::new(TimeBasis::utc(Moment::from_ns(0))),
            buffer: Vec::new(),
            part: FieldList::default(),
        }
    }

    fn add(&mut self, line: &[u8]) {
        match self.reader.read_all(line, &mut self.all) {
            LineFields::Names => return,
            LineFields::NotValid => self.part.unread += 1,
            LineFields::Read => {}
        }
        self.part.lines += 1;
        for (name, value) in self.all.iter() {
            let of = type_of(value, line, &mut self.times, &mut self.buffer);
            let buffer = &mut self.buffer;
            let line_number = self.part.lines;
            self.part.add(name, |field| {
                field.lines += u64::from(field.last_line != line_number);
                field.last_line = line_number;
                field.types[of as usize] += 1;
                if field.examples.len() < EXAMPLES_MAX {
                    field.add_example(example(value.text(line, buffer)));
                }
            });
        }
    }
}

impl Fold for Catalog {
    type Worker = CatalogWorker;
    type Value = FieldList;

    fn worker(&self) -> CatalogWorker {
        CatalogWorker::new(self.reader.clone())
    }

    fn wants_head(&self) -> bool {
        true
    }

    fn learn(&mut self, head: &[u8]) {
        self.reader.head(head);
    }

    fn head(worker: &mut CatalogWorker, head: &[u8]) {
        worker.reader.head(head);
    }

    fn lines(
        worker: &mut CatalogWorker,
        lines: &Lines<'_>,
        _: &mut Values<'_, '_, FieldList>,
    ) -> Result<(), Error> {
        if lines.are_hits() {
            lines
                .iter()
                .for_each(|numbered| worker.add(numbered.line.haystack));
        }
        Ok(())
    }

    fn value(worker: &mut CatalogWorker) -> Option<FieldList> {
        (worker.part.lines > 0).then(|| std::mem::take(&mut worker.part))
    }

    fn fold(&mut self, part: FieldList) -> Result<(), Error> {
        self.list.merge(part);
        Ok(())
    }
}

fn type_of(
    value: FieldValue,
    line: &[u8],
    times: &mut ValueTimes,
    buffer: &mut Vec<u8>,
) -> FieldType {
    let raw = value.raw(line);
    match value.form {
        ValueForm::Number => return FieldType::Number,
        ValueForm::Word if raw == b"null" => return FieldType::Null,
        ValueForm::Word => return FieldType::Boolean,
        _ => {}
    }
    let text = value.text(line, buffer);
    // A time has digits, and is not long.
    const TIME_BYTES: std::ops::RangeInclusive<usize> = 12..=40;
    match () {
        () if Number::parse(text).is_some() => FieldType::Number,
        () if TIME_BYTES.contains(&text.len())
            && (text.contains(&b':') || text[8] == b'T')
            && times.read(text).is_some() =>
        {
            FieldType::Time
        }
        () => match Quantity::parse(text) {
            Some(Quantity::Seconds(_)) => FieldType::Duration,
            Some(Quantity::Bytes(_)) => FieldType::Size,
            None => FieldType::Text,
        },
    }
}

fn example(text: &[u8]) -> String {
    let is_long = text.len() > EXAMPLE_BYTES_MAX;
    let mut shown =
        String::from_utf8_lossy(&text[..text.len().min(EXAMPLE_BYTES_MAX)]).into_owned();
    if is_long {
        shown = shown.trim_end_matches(char::REPLACEMENT_CHARACTER).into();
        shown.push('\u{2026}');
    }
    shown
}

/// Returns how many letters have to be put in, left out, replaced, or swapped with the next one.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut next = vec![i];
        for j in 1..=b.len() {
            let replaced = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = replaced.min(last[j] + 1).min(next[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(before[j - 2] + 1);
            }
            next.push(least);
        }
        before = std::mem::replace(&mut last, next);
    }
    last[b.len()]
}
