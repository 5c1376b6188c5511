//! Prints fields of hits, in place of their lines.

use std::{
    io,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use super::{
    FieldFormat, FieldNames,
    read::{FieldReader, LineFields},
    rows::{Cell, RowFormat, TableText, shown},
};
use crate::{
    error::Error,
    matcher::{FilterSeen, Matcher},
    scan::{Lines, Out, Render, Sink},
};

/// The widths of the columns of a table are those of so many first rows, which wait until there are
/// so many.
const ROWS_FOR_WIDTHS: usize = 50;

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

/// A sink that prints fields of hits.
pub struct Select {
    names: Arc<[String]>,
    options: SelectOptions,
    reader: FieldReader,
    path: Vec<u8>,
    has_head: bool,
    /// The first rows of a table, until its widths are known.
    first: Vec<Vec<String>>,
    table: Option<TableText>,
    /// What renderers have seen.
    seen: Arc<Mutex<FilterSeen>>,
    writer: Box<dyn io::Write + Send>,
}

impl Select {
    /// Creates a sink that writes to `writer`. Of the patterns of `matcher` the named groups are
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
            seen: Arc::default(),
            writer,
        }
    }

    /// Prints what is left, and returns what was seen of the lines.
    ///
    /// # Errors
    /// [`Error::Write`].
    pub fn finish(&mut self) -> Result<FilterSeen, Error> {
        self.begin_table()
            .map_err(|source| Error::Write { source })?;
        let flushed = self.writer.flush();
        flushed.map_err(|source| Error::Write { source })?;
        Ok(*self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn head(&mut self) -> io::Result<()> {
        if !std::mem::replace(&mut self.has_head, true) {
            let mut head = Vec::new();
            self.options.format.head(&self.names, &mut head);
            self.writer.write_all(&head)?;
        }
        Ok(())
    }

    fn rows_of_table(&mut self, room: Option<usize>, rendered: &[u8]) -> io::Result<()> {
        for row in rendered
            .split(|&byte| byte == b'\n')
            .filter(|row| !row.is_empty())
        {
            let row = String::from_utf8_lossy(row);
            let cells: Vec<String> = row.split('\t').map(str::to_owned).collect();
            if let Some(table) = &self.table {
                table.row(&cells, &mut self.writer)?;
                continue;
            }
            self.first.push(cells);
            if self.first.len() == ROWS_FOR_WIDTHS {
                self.begin_table()?;
            }
        }
        let _ = room;
        Ok(())
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
        table.head(&mut self.writer)?;
        for row in &rows {
            table.row(row, &mut self.writer)?;
        }
        self.table = Some(table);
        Ok(())
    }
}

impl Sink for Select {
    fn begin(&mut self, path: &Path) {
        self.path = path.as_os_str().as_encoded_bytes().to_vec();
    }

    fn renderer(&self) -> Option<Box<dyn Render>> {
        Some(Box::new(SelectRenderer {
            names: Arc::clone(&self.names),
            options: self.options.clone(),
            reader: self.reader.clone(),
            path: self.path.clone(),
            row: Vec::new(),
            seen: Arc::clone(&self.seen),
        }))
    }

    fn wants_head(&self) -> bool {
        true
    }

    fn deliver(&mut self, rendered: &[u8]) -> Result<(), Error> {
        let written = match self.options.format {
            RowFormat::Table(room) => self.rows_of_table(room, rendered),
            _ => self.head().and_then(|()| self.writer.write_all(rendered)),
        };
        written.map_err(|source| Error::Write { source })
    }
}

struct SelectRenderer {
    names: Arc<[String]>,
    options: SelectOptions,
    reader: FieldReader,
    path: Vec<u8>,
    row: Vec<u8>,
    seen: Arc<Mutex<FilterSeen>>,
}

impl Render for SelectRenderer {
    fn begin(&mut self, path: &Path) {
        self.path = path.as_os_str().as_encoded_bytes().to_vec();
    }

    fn head(&mut self, head: &[u8]) {
        self.reader.head(head);
    }

    fn lines(&mut self, lines: &Lines<'_>, out: &mut Out<'_>) -> Result<(), Error> {
        if !lines.are_hits() {
            return Ok(());
        }
        let mut seen = FilterSeen::default();
        for numbered in lines.iter() {
            let line = numbered.line.haystack;
            match self.reader.read(line) {
                LineFields::Names => continue,
                LineFields::NotValid => seen.unread += 1,
                LineFields::Read => {}
            }
            let mut cells = Vec::with_capacity(self.names.len());
            if self.options.file_name {
                cells.push(Cell::Text(self.path.as_slice().into()));
            }
            if self.options.line_number {
                let number = numbered.line_number.unwrap_or(0).to_string();
                cells.push(Cell::Json(number.into_bytes().into()));
            }
            for (nth, &value) in self.reader.values().iter().enumerate() {
                seen.had |= u64::from(value.is_there()) << nth.min(63);
                cells.push(Cell::of(value, line));
            }
            self.row.clear();
            match self.options.format {
                RowFormat::Table(_) => {
                    let texts: Vec<String> = cells.iter().map(shown).collect();
                    self.row.extend_from_slice(texts.join("\t").as_bytes());
                    self.row.push(b'\n');
                }
                format => format.row(&self.names, &cells, &mut self.row),
            }
            out.write(&self.row)?;
        }
        self.seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .add(seen);
        Ok(())
    }
}
