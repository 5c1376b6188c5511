//! Prints fields of hits, in place of their lines.

use std::{io, path::Path, sync::Arc};

use super::{
    FieldFormat, FieldNames,
    read::{FieldReader, LineFields},
    rows::{RowCell, RowFormat, TableText, shown},
};
use crate::{
    error::Error,
    matcher::{FilterSeen, Matcher},
    scan::{Fold, Lines, Values},
};

/// The widths of the columns of a table are those of so many first rows, which wait until there are
/// so many.
const ROWS_FOR_WIDTHS: usize = 50;

/// A worker hands over its rows when they have grown to this size.
const PART_BYTES_MAX: usize = 256 << 10;

/// What is printed of each hit.
#[derive(Clone, Debug)]
pub struct SelectOptions {
    /// The fields, in this order.
    pub names: FieldNames,
    /// How rows are written.
    pub format: RowFormat,
    /// Whether the name of the input is the first column.
    pub file_name: bool,
    /// Whether the number of the line is the next column. The scan has to number lines.
    pub line_number: bool,
    /// What the inputs are.
    pub input: FieldFormat,
}

/// Prints fields of hits: a [`Fold`].
pub struct Select {
    names: Arc<[String]>,
    options: SelectOptions,
    reader: FieldReader,
    path: Vec<u8>,
    has_head: bool,
    /// The first rows of a table, until its widths are known.
    first: Vec<Vec<String>>,
    table: Option<TableText>,
    seen: FilterSeen,
    writer: Box<dyn io::Write + Send>,
}

impl Select {
    /// Creates a fold that writes to `writer`. Of the patterns of `matcher` the named groups are
    /// fields too.
    pub fn new(
        options: SelectOptions,
        matcher: &Matcher,
        writer: Box<dyn io::Write + Send>,
    ) -> Select {
        let mut names = Vec::new();
        names.extend(options.file_name.then(|| "file".to_owned()));
        names.extend(options.line_number.then(|| "line".to_owned()));
        names.extend(options.names.texts());
        let wanted: Arc<[Box<[u8]>]> = options.names.names().into();
        Select {
            names: names.into(),
            reader: FieldReader::new(&wanted, options.input, Some(matcher.clone())),
            options,
            path: Vec::new(),
            has_head: false,
            first: Vec::new(),
            table: None,
            seen: FilterSeen::default(),
            writer,
        }
    }

    /// Prints what is left, and returns what was seen of the lines.
    ///
    /// # Errors
    /// [`Error::Write`].
    pub fn finish(&mut self) -> Result<FilterSeen, Error> {
        self.begin_table()
            .and_then(|()| self.writer.flush())
            .map_err(|source| Error::Write { source })?;
        Ok(self.seen)
    }

    fn write(&mut self, rows: &[u8]) -> io::Result<()> {
        if let RowFormat::Table(_) = self.options.format {
            return self.rows_of_table(rows);
        }
        if !std::mem::replace(&mut self.has_head, true) {
            let mut head = Vec::new();
            self.options.format.head(&self.names, &mut head);
            self.writer.write_all(&head)?;
        }
        self.writer.write_all(rows)
    }

    fn rows_of_table(&mut self, rows: &[u8]) -> io::Result<()> {
        let mut text = Vec::new();
        for row in rows
            .split(|&byte| byte == b'\n')
            .filter(|row| !row.is_empty())
        {
            let row = String::from_utf8_lossy(row);
            let cells: Vec<String> = row.split('\t').map(str::to_owned).collect();
            if let Some(table) = &self.table {
                table.row(&cells, &mut text)?;
                continue;
            }
            self.first.push(cells);
            if self.first.len() == ROWS_FOR_WIDTHS {
                self.begin_table()?;
            }
        }
        self.writer.write_all(&text)
    }

    fn begin_table(&mut self) -> io::Result<()> {
        let rows = std::mem::take(&mut self.first);
        let RowFormat::Table(room) = self.options.format else {
            return Ok(());
        };
        if rows.is_empty() {
            return Ok(());
        }
        let table = TableText::new(&self.names, room, &rows);
        let mut text = Vec::new();
        table.head(&mut text)?;
        for row in &rows {
            table.row(row, &mut text)?;
        }
        self.table = Some(table);
        self.writer.write_all(&text)
    }
}

impl Fold for Select {
    type Worker = SelectWorker;
    type Value = SelectedRows;

    fn worker(&self) -> SelectWorker {
        SelectWorker {
            names: Arc::clone(&self.names),
            options: self.options.clone(),
            reader: self.reader.clone(),
            path: self.path.clone(),
            part: SelectedRows::default(),
        }
    }

    fn wants_head(&self) -> bool {
        true
    }

    fn learn(&mut self, head: &[u8]) {
        self.reader.head(head);
    }

    fn path(worker: &mut SelectWorker, path: &Path) {
        worker.path = path.as_os_str().as_encoded_bytes().to_vec();
    }

    fn head(worker: &mut SelectWorker, head: &[u8]) {
        worker.reader.head(head);
    }

    fn lines(
        worker: &mut SelectWorker,
        lines: &Lines<'_>,
        values: &mut Values<'_, '_, SelectedRows>,
    ) -> Result<(), Error> {
        if !lines.are_hits() {
            return Ok(());
        }
        for numbered in lines.iter() {
            worker.add(numbered.line.haystack, numbered.line_number);
            if worker.part.rows.len() > PART_BYTES_MAX {
                values.push(std::mem::take(&mut worker.part))?;
            }
        }
        Ok(())
    }

    fn value(worker: &mut SelectWorker) -> Option<SelectedRows> {
        let part = std::mem::take(&mut worker.part);
        (!part.rows.is_empty()).then_some(part)
    }

    fn fold(&mut self, part: SelectedRows) -> Result<(), Error> {
        self.seen.add(part.seen);
        self.write(&part.rows)
            .map_err(|source| Error::Write { source })
    }

    fn begin(&mut self, path: &Path) {
        self.path = path.as_os_str().as_encoded_bytes().to_vec();
    }
}

/// The rows of some hits.
#[derive(Debug, Default)]
pub struct SelectedRows {
    rows: Vec<u8>,
    seen: FilterSeen,
}

/// The state of one worker.
#[derive(Debug)]
pub struct SelectWorker {
    names: Arc<[String]>,
    options: SelectOptions,
    reader: FieldReader,
    path: Vec<u8>,
    part: SelectedRows,
}

impl SelectWorker {
    fn add(&mut self, line: &[u8], line_number: Option<u64>) {
        let SelectedRows { rows, seen } = &mut self.part;
        match self.reader.read(line) {
            LineFields::Names => return,
            LineFields::NotValid => seen.unread += 1,
            LineFields::Read => {}
        }
        let mut cells = Vec::with_capacity(self.names.len());
        if self.options.file_name {
            cells.push(RowCell::Text(self.path.as_slice().into()));
        }
        if self.options.line_number {
            let number = line_number.unwrap_or(0).to_string();
            cells.push(RowCell::Json(number.into_bytes().into()));
        }
        for (nth, &value) in self.reader.values().iter().enumerate() {
            seen.had |= u64::from(value.is_there()) << nth;
            cells.push(RowCell::of(value, line));
        }
        match self.options.format {
            RowFormat::Table(_) => {
                let texts: Vec<String> = cells.iter().map(shown).collect();
                rows.extend_from_slice(texts.join("\t").as_bytes());
                rows.push(b'\n');
            }
            format => format.row(&self.names, &cells, rows),
        }
    }
}
