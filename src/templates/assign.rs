//! Which template each line is of: a second pass over the log, as a sink of the engine.

use std::{fmt, io, sync::Arc};

use super::{Id, Templates, entry::learned, memo::Memo};
use crate::{
    error::Error,
    line::{self, HEAD_BYTES},
    matcher::LineFilter,
    record::{EntryReader, LineForms, RecordStart},
    scan::{Lines, Out, Render, Sink},
};

/// Tells the template of each line, on one thread.
#[derive(Clone, Debug)]
pub struct Assigner {
    templates: Arc<Templates>,
    /// One for each kind of headers that lines may have.
    memos: Vec<Memo<Option<Id>>>,
}

impl Assigner {
    /// For the lines that `templates` were made of.
    pub fn new(templates: &Arc<Templates>) -> Assigner {
        Assigner {
            templates: Arc::clone(templates),
            memos: templates.forms.iter().map(Memo::learned).collect(),
        }
    }

    /// For the lines of one input of them, which begins with these.
    fn of_input(templates: &Arc<Templates>, forms: LineForms) -> Assigner {
        Assigner {
            templates: Arc::clone(templates),
            memos: vec![Memo::learned(&Arc::new(forms))],
        }
    }

    /// The template of a record, or of a line. That of an entry of a journal is the template of its
    /// message.
    fn id_of_record(&mut self, record: &[u8]) -> Option<Id> {
        let known = self.id(line::head(record));
        if known.is_some() {
            return known;
        }
        let mut reader = EntryReader::default();
        let mut lines = record.split(|&byte| byte == b'\n');
        let message = lines.find_map(|line| reader.message(line))?;
        self.id(message)
    }

    /// The template of `line`; none for a blank line, and for one that was not there when templates
    /// were made.
    pub fn id(&mut self, line: &[u8]) -> Option<Id> {
        let templates = &self.templates;
        let id = |masked: &[u8]| match masked {
            [] => None,
            masked => Some(templates.ids[templates.table.number_of(masked)?]),
        };
        let mut memos = self.memos.iter_mut();
        memos.find_map(|memo| memo.of(line, id).0.value)
    }

    /// A filter that lets the lines of one template pass.
    pub fn into_filter(self, id: Id) -> impl LineFilter {
        OfTemplate { assigner: self, id }
    }
}

#[derive(Clone, Debug)]
struct OfTemplate {
    assigner: Assigner,
    id: Id,
}

impl LineFilter for OfTemplate {
    fn accepts(&mut self, line: &[u8]) -> bool {
        self.assigner.id_of_record(line) == Some(self.id)
    }

    fn boxed(&self) -> Box<dyn LineFilter> {
        Box::new(self.clone())
    }
}

/// Prints the identifier of the template of each line, `-` if it has none. The lines of a record
/// have that of its first line. In the export format of journald it is the line with the message
/// that has one.
///
/// It is a sink for [`Miner::scan`](super::Miner::scan), without lines that are wanted.
pub struct Assign {
    templates: Arc<Templates>,
    writer: Box<dyn io::Write + Send>,
}

impl Assign {
    /// Prints to `writer`.
    pub fn new(templates: Arc<Templates>, writer: Box<dyn io::Write + Send>) -> Assign {
        Assign { templates, writer }
    }
}

impl fmt::Debug for Assign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Assign").finish_non_exhaustive()
    }
}

impl Sink for Assign {
    fn renderer(&self) -> Option<Box<dyn Render>> {
        Some(Box::new(Ids {
            assigner: Assigner::new(&self.templates),
            starts: None,
            journal: None,
            record: None,
            text: Vec::new(),
        }))
    }

    fn wants_head(&self) -> bool {
        true
    }

    fn deliver(&mut self, rendered: &[u8]) -> Result<(), Error> {
        let write = self.writer.write_all(rendered);
        write
            .and_then(|()| self.writer.flush())
            .map_err(|source| Error::Write { source })
    }
}

struct Ids {
    assigner: Assigner,
    /// Tells the lines that begin records, if records count.
    starts: Option<RecordStart>,
    /// Reads the messages of a journal, if its entries are the records.
    journal: Option<EntryReader>,
    /// The template of the record in hand. Every chunk but the first begins with a record.
    record: Option<Option<Id>>,
    text: Vec<u8>,
}

impl Ids {
    /// The template of a line: that of its record.
    fn id(&mut self, line: &[u8]) -> Option<Id> {
        if let Some(reader) = &mut self.journal {
            return reader
                .message(line)
                .and_then(|message| self.assigner.id(message));
        }
        if let (Some(starts), Some(record)) = (&self.starts, self.record)
            && !starts.is_start(&line[..line.len().min(HEAD_BYTES)])
        {
            return record;
        }
        let id = self.assigner.id(line);
        self.record = Some(id);
        id
    }
}

impl Render for Ids {
    fn head(&mut self, head: &[u8]) {
        let templates = &self.assigner.templates;
        let (forms, starts) = learned(head, templates.has_records);
        let is_journal = starts.as_ref().is_some_and(RecordStart::is_of_journal);
        self.journal = is_journal.then(EntryReader::default);
        self.starts = starts;
        self.record = None;
        self.assigner = Assigner::of_input(templates, forms);
    }

    fn lines(&mut self, lines: &Lines<'_>, out: &mut Out<'_>) -> Result<(), Error> {
        for numbered in lines.iter() {
            self.text.clear();
            match self.id(numbered.line.haystack) {
                Some(id) => self.text.extend_from_slice(id.to_string().as_bytes()),
                None => self.text.push(b'-'),
            }
            self.text.push(b'\n');
            out.write(&self.text)?;
        }
        Ok(())
    }
}
