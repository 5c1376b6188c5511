//! The one reader of lines: it knows what the first lines of the input say of all of them.

use std::sync::Arc;

use super::{
    AllFields, Columns, FieldValue, FieldVisitor, ValueForm, WantedFields,
    access::AccessLine,
    cef::read_cef,
    json::{Passed, read_object},
    pairs::{begins_with_pair, read_pairs},
};
use crate::{
    matcher::{Finder, Matcher},
    record::LineForms,
};

/// What a line turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::fields) enum LineFields {
    /// It has fields, or none.
    Read,
    /// It is not valid in the format that the input has: JSON, or a table.
    NotValid,
    /// It is the line with the names of the columns.
    Names,
}

/// What inputs are, if somebody said so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FieldFormat {
    /// Each line is what it looks like.
    #[default]
    Auto,
    /// The first line has the names of the columns of all others: CSV, TSV.
    Table,
}

/// The names of what a header has, in the order in which they are shown.
pub(in crate::fields) const HEADER_NAMES: [&[u8]; 7] = [
    b"time",
    b"level",
    b"host",
    b"pid",
    b"thread",
    b"component",
    b"message",
];

/// What the first lines of an input say of all of them.
#[derive(Debug, Default)]
struct LearnedFields {
    /// These lines.
    head: Vec<u8>,
    forms: LineForms,
    columns: Option<Columns>,
    /// Whether most lines are JSON objects, or look like that.
    is_json: bool,
    /// Whether messages of lines with a header are JSON objects.
    has_objects_behind: bool,
}

impl LearnedFields {
    fn of(head: &[u8], format: FieldFormat) -> LearnedFields {
        let lines = || {
            let lines = head.split(|&byte| byte == b'\n');
            let lines = lines.map(|line| line.strip_suffix(b"\r").unwrap_or(line));
            lines.filter(|line| !line.trim_ascii().is_empty())
        };
        if format == FieldFormat::Table {
            return LearnedFields {
                head: head.to_vec(),
                columns: lines().next().map(Columns::of_first),
                ..LearnedFields::default()
            };
        }
        let all = lines().count();
        let objects = lines().filter(|line| line.trim_ascii_start().starts_with(b"{"));
        let is_json = 2 * objects.count() > all;
        let is_access = 2 * lines()
            .filter(|line| AccessLine::of(line, 0).is_some())
            .count()
            > all;
        // These formats have no header, and looking for one takes its time.
        let forms = match is_json || is_access {
            true => LineForms::default(),
            false => LineForms::of_sample(head),
        };
        let has_object = |line: &[u8]| line.get(forms.header(line).message_at) == Some(&b'{');
        LearnedFields {
            head: head.to_vec(),
            has_objects_behind: !forms.is_empty() && lines().any(has_object),
            forms,
            columns: None,
            is_json,
        }
    }
}

/// The fields that are taken from the matches of a pattern.
#[derive(Debug)]
struct GroupFields {
    finder: Finder,
    /// The number of each field that is a named group.
    names: Vec<usize>,
}

/// Reads the fields of lines. Each worker has its own.
#[derive(Debug)]
pub(in crate::fields) struct FieldReader {
    format: FieldFormat,
    learned: Arc<LearnedFields>,
    wanted: WantedFields,
    /// Whether a field is one that headers have.
    wants_header: bool,
    matcher: Option<Matcher>,
    groups: Option<GroupFields>,
}

impl Clone for FieldReader {
    fn clone(&self) -> FieldReader {
        FieldReader {
            learned: Arc::clone(&self.learned),
            ..FieldReader::new(self.wanted.names(), self.format, self.matcher.clone())
        }
    }
}

impl FieldReader {
    /// Creates a reader of the fields with these names. Of `matcher` the named groups are fields.
    pub(in crate::fields) fn new(
        names: &Arc<[Box<[u8]>]>,
        format: FieldFormat,
        matcher: Option<Matcher>,
    ) -> FieldReader {
        let groups = matcher.as_ref().and_then(|matcher| {
            let named = matcher.group_names();
            let is_group = |name: &[u8]| named.iter().any(|group| group.as_bytes() == name);
            let names: Vec<usize> = (0..names.len())
                .filter(|&nth| is_group(&names[nth]))
                .collect();
            (!names.is_empty()).then(|| GroupFields {
                finder: matcher.finder(),
                names,
            })
        });
        FieldReader {
            format,
            learned: Arc::default(),
            wanted: WantedFields::new(names),
            wants_header: names.iter().any(|name| HEADER_NAMES.contains(&&**name)),
            matcher,
            groups,
        }
    }

    /// Learns from the first lines of the input that comes next.
    pub(in crate::fields) fn head(&mut self, head: &[u8]) {
        // A reader of all workers may have learned from the same lines.
        if self.learned.head != head || head.is_empty() {
            self.learned = Arc::new(LearnedFields::of(head, self.format));
        }
    }

    /// Reads the wanted fields of `line`, or of the first line of a record.
    #[inline]
    pub(in crate::fields) fn read(&mut self, line: &[u8]) -> LineFields {
        self.wanted.clear();
        let kind = self.learned.read(line, self.wants_header, &mut self.wanted);
        if let Some(groups) = &mut self.groups
            && kind != LineFields::Names
        {
            groups.read(line, &mut self.wanted);
        }
        kind
    }

    /// Returns the values of the line that was read last, one for each name.
    #[inline]
    pub(in crate::fields) fn values(&self) -> &[FieldValue] {
        self.wanted.values()
    }

    /// Reads all fields of `line`.
    pub(in crate::fields) fn read_all(&self, line: &[u8], all: &mut AllFields) -> LineFields {
        all.clear();
        self.learned.read(line, true, all)
    }
}

impl GroupFields {
    fn read(&mut self, line: &[u8], wanted: &mut WantedFields) {
        let names = &self.names;
        let all = Arc::clone(wanted.names());
        // The first match counts.
        let _ = self.finder.captures(line, |found| {
            for &nth in names {
                let name = std::str::from_utf8(&all[nth]).unwrap_or_default();
                if let Some(place) = found.named(name) {
                    wanted.set(nth, FieldValue::new(place, ValueForm::Plain));
                }
            }
            Err(())
        });
    }
}

impl LearnedFields {
    #[inline]
    fn read(&self, line: &[u8], wants_header: bool, visitor: &mut impl FieldVisitor) -> LineFields {
        // A record has its fields in its first line.
        let line = match memchr::memchr(b'\n', line) {
            Some(end) => &line[..end],
            None => line,
        };
        if let Some(columns) = &self.columns {
            return match columns {
                columns if columns.is_names(line) => LineFields::Names,
                columns if columns.read(line, visitor) => LineFields::Read,
                _ => {
                    visitor.clear();
                    LineFields::NotValid
                }
            };
        }
        let text = self.forms.text(line);
        let from = line.len() - text.trim_ascii_start().len();
        match line.get(from) {
            None => return LineFields::Read,
            Some(b'{') => {
                if is_object(line, from, visitor) {
                    return LineFields::Read;
                }
                visitor.clear();
                if self.is_json {
                    return LineFields::NotValid;
                }
            }
            Some(_) if self.is_json => return LineFields::NotValid,
            Some(_) => {}
        }
        if let Some(access) = AccessLine::of(line, from) {
            access.tell(line, visitor);
            return LineFields::Read;
        }
        let mut at = from;
        if wants_header || self.has_objects_behind {
            at = self.read_header(line, visitor);
        }
        // The fields of the header are kept, so that the object must be valid before it is told.
        if at > from && line.get(at) == Some(&b'{') && is_object(line, at, &mut Passed) {
            is_object(line, at, visitor);
            return LineFields::Read;
        }
        if !read_cef(line, visitor) {
            read_pairs(line, at, visitor);
        }
        LineFields::Read
    }

    /// Reads the header, and returns where the message begins.
    fn read_header(&self, line: &[u8], visitor: &mut impl FieldVisitor) -> usize {
        let header = self.forms.header(line);
        let message = header.message_at..line.len();
        // A line that begins with a pair is made of pairs, and no message.
        let is_message = !message.is_empty() && (message.start > 0 || !begins_with_pair(line));
        let places = [
            header.time,
            header.level_place,
            header.host,
            header.pid,
            header.thread,
            header.component,
            is_message.then_some(message),
        ];
        for (name, place) in HEADER_NAMES.into_iter().zip(places) {
            if let Some(place) = place {
                visitor.field(name, FieldValue::new(place, ValueForm::Plain));
            }
        }
        header.message_at
    }
}

/// Tells `visitor` the fields of an object that is all of the rest of `line`; `false` if it is none.
#[inline]
fn is_object(line: &[u8], at: usize, visitor: &mut impl FieldVisitor) -> bool {
    let end = read_object(line, at, visitor);
    end.is_some_and(|end| line[end..].trim_ascii().is_empty())
}
