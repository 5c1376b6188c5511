//! Prints ripgrep's JSON Lines messages, byte for byte, so every program that reads `rg --json`
//! reads this too.
//!
//! Each input gives `begin`, then `match` and `context`, then `end`. An input about which there is
//! nothing to say gives no message. `summary` comes once, after all inputs. What ripgrep does not
//! have goes into fields of its messages and never into new messages: `begin.data.schema`,
//! `end.data.notes`, and `summary.data.logscan` with `--stats`.
//!
//! Two kinds of messages come by the million. The workers put them together from fixed parts, and
//! only texts and numbers go through serde. With derived structs for everything the same output
//! took twice the processor time (`INFO` in 312 MB of HDFS log: 1.9 s against 0.95 s, ripgrep 2.0
//! s; one thread, medians of 5, 2026-11). This also lets a line stream: no message, no list of
//! submatches and no base64 text is ever whole in memory. The one exception is a replacement. It is
//! kept while it is written, because only its last byte tells whether it is UTF-8.

mod wire;

use std::{
    ffi::OsStr,
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use serde::Serialize;

use self::wire::{Data, WireMessage};
use super::write_all;
use crate::{
    error::Error,
    input::Access,
    line::{to_u64, to_usize},
    matcher::{Finder, Matcher},
    scan::{LineKind, Lines, NumberedLine, Out, Render, Sink, Summary},
    sys::Usage,
};

/// A sink that prints ripgrep's JSON Lines messages. It needs the feature `json`.
pub struct Json {
    matcher: Matcher,
    replace: Option<Arc<[u8]>>,
    matching: LineKind,
    writer: Box<dyn io::Write + Send>,
    started: Instant,
    path: PathBuf,
    begin: Begin,
    /// How many bytes have been printed for this input, counted as ripgrep would.
    printed_bytes: u64,
    totals: wire::WireStats,
}

/// Whether this input's `begin` message has been printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Begin {
    /// It has not been printed yet. ripgrep prints it before the first line, and so never for an
    /// input without any line.
    Due,
    Printed,
}

/// The numbers that the summary message tells about a run with `--stats`.
#[derive(Clone, Debug, Default)]
pub struct JsonStats {
    /// How many bytes were searched.
    pub bytes: u64,
    /// How many bytes were looked at in all, which gives the speed. A scan from the end reads some
    /// bytes twice.
    pub bytes_read: u64,
    /// How many lines were searched, if they were counted.
    pub lines: Option<u64>,
    /// How many hits there were.
    pub hits: u64,
    /// How long the search took.
    pub elapsed: Duration,
    /// The engine that searched, see [`Matcher::engine`].
    pub engine: String,
    /// How many workers there were.
    pub threads: usize,
    /// Processor time and page faults.
    pub usage: Usage,
    /// How each input was read, in the order of the command line.
    pub files: Vec<JsonFileStats>,
}

/// How one input was read.
#[derive(Clone, Debug)]
pub struct JsonFileStats {
    /// The input's name as given; `-` is the standard input.
    pub path: PathBuf,
    /// The path by which the input was read.
    pub access: Access,
    /// Why that path was taken, in words.
    pub why: String,
}

impl std::fmt::Debug for Json {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Json")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl Json {
    /// Creates a sink that prints to `writer`. The writer need not buffer, because it gets large
    /// blocks and is flushed after each.
    ///
    /// `replace` is the replacement for matches: `$1` and `${name}` stand for groups.
    ///
    /// ```
    /// use logscan::{Matcher, Patterns, Progress, Scan, Source, Workers, scan, sink::Json};
    /// let matcher = Matcher::new(&Patterns::new("b+"))?;
    /// let mut json = Json::new(matcher.clone(), None, Box::new(std::io::sink()));
    /// let mut source = Source::from_bytes("log".as_ref(), b"a\nb\nabba\n".to_vec());
    /// scan::run(&Scan::new(matcher), &mut source, &Workers::new(1), &Progress::new(), &mut json)?.into_result()?;
    /// json.finish(None)?;
    /// # Ok::<(), logscan::Error>(())
    /// ```
    pub fn new(
        matcher: Matcher,
        replace: Option<Vec<u8>>,
        writer: Box<dyn io::Write + Send>,
    ) -> Json {
        Json {
            matcher,
            replace: replace.map(Into::into),
            matching: LineKind::Hit,
            writer,
            started: Instant::now(),
            path: PathBuf::new(),
            begin: Begin::Due,
            printed_bytes: 0,
            totals: wire::WireStats::default(),
        }
    }

    /// Returns the same sink for scans with [`Scan::invert`](crate::Scan::invert). Submatches are
    /// then looked for in context lines and not in hits.
    ///
    /// Without `inverted`, context lines have no submatches, as in ripgrep. That also holds for a
    /// line that would be a hit if `-m` had not ended the search before it.
    pub fn inverted(self) -> Json {
        Json {
            matching: LineKind::Context,
            ..self
        }
    }

    /// Prints the summary message. Call it once, after all inputs.
    ///
    /// # Errors
    /// [`Error::Write`].
    pub fn finish(&mut self, stats: Option<&JsonStats>) -> Result<(), Error> {
        let elapsed = self.started.elapsed();
        let summary = wire::summary(elapsed, &self.totals, stats);
        self.print(&summary).map(drop)
    }

    /// Prints a message and returns its length.
    fn print(&mut self, message: &impl Serialize) -> Result<u64, Error> {
        let mut bytes = wire::to_vec(message);
        bytes.push(b'\n');
        write_all(&mut self.writer, &bytes)?;
        Ok(to_u64(bytes.len()))
    }

    fn begin_if_due(&mut self) -> Result<(), Error> {
        if self.begin == Begin::Due {
            let path = self.path.clone();
            let length = self.print(&WireMessage::begin(Data::path(&path)))?;
            // logscan's own field does not count, so that `bytes_printed` is ripgrep's number.
            self.printed_bytes += length - to_u64(wire::SCHEMA_FIELD.len());
            self.begin = Begin::Printed;
        }
        Ok(())
    }
}

impl Sink for Json {
    fn begin(&mut self, path: &Path) {
        self.path = shown(path).into();
        self.begin = Begin::Due;
        self.printed_bytes = 0;
    }

    fn expands(&self) -> bool {
        true
    }

    fn renderer(&self) -> Option<Box<dyn Render>> {
        Some(Box::new(JsonRenderer {
            finder: self.matcher.finder(),
            matching: self.matching,
            template: self.replace.clone(),
            replaced: Vec::new(),
            heads: JsonHeads::new(&self.path),
        }))
    }

    fn deliver(&mut self, rendered: &[u8]) -> Result<(), Error> {
        if rendered.is_empty() {
            return Ok(());
        }
        self.begin_if_due()?;
        self.printed_bytes += to_u64(rendered.len());
        write_all(&mut self.writer, rendered)
    }

    /// Ends the line of a message that was cut. That message is no JSON, but those behind it are.
    fn cut(&mut self) -> Result<(), Error> {
        self.deliver(b"\n")
    }

    fn end(&mut self, summary: &Summary) -> Result<(), Error> {
        let notes = summary.notes.iter().map(ToString::to_string);
        let notes: Vec<String> = notes
            .chain(summary.error.iter().map(ToString::to_string))
            .collect();
        if !notes.is_empty() {
            self.begin_if_due()?;
        }
        let stats = wire::WireStats::new(summary, self.printed_bytes);
        self.totals.add(&stats);
        if self.begin == Begin::Due {
            return Ok(());
        }
        let path = self.path.clone();
        self.print(&WireMessage::end(Data::path(&path), &stats, &notes))
            .map(drop)
    }
}

/// Returns the name that stands for an input.
fn shown(path: &Path) -> &Path {
    if path == OsStr::new("-") {
        Path::new("<stdin>")
    } else {
        path
    }
}

/// What each message of one input begins with, up to the line itself.
struct JsonHeads {
    hit: Vec<u8>,
    context: Vec<u8>,
}

impl JsonHeads {
    fn new(path: &Path) -> JsonHeads {
        let path = wire::to_vec(&Data::path(path));
        let head = |kind: &[u8]| {
            [
                b"{\"type\":\"",
                kind,
                b"\",\"data\":{\"path\":",
                &path,
                b",\"lines\":",
            ]
            .concat()
        };
        JsonHeads {
            hit: head(b"match"),
            context: head(b"context"),
        }
    }
}

struct JsonRenderer {
    finder: Finder,
    /// The lines in which submatches are looked for.
    matching: LineKind,
    template: Option<Arc<[u8]>>,
    /// Room for one replacement.
    replaced: Vec<u8>,
    heads: JsonHeads,
}

impl Render for JsonRenderer {
    fn begin(&mut self, path: &Path) {
        self.heads = JsonHeads::new(shown(path));
    }

    fn lines(&mut self, lines: &Lines<'_>, out: &mut Out<'_>) -> Result<(), Error> {
        lines
            .iter()
            .try_for_each(|numbered| self.line(lines, &numbered, out))
    }
}

impl JsonRenderer {
    fn line(
        &mut self,
        lines: &Lines<'_>,
        numbered: &NumberedLine<'_>,
        out: &mut Out<'_>,
    ) -> Result<(), Error> {
        let line = &numbered.line;
        out.write(match lines.kind {
            LineKind::Hit => &self.heads.hit,
            LineKind::Context => &self.heads.context,
        })?;
        let data = if line.cut {
            Data::cut_line(line.bytes)
        } else {
            let at = to_usize(numbered.offset - lines.offset);
            Data::new(&lines.bytes[at..at + line.bytes.len() + usize::from(line.terminated)])
        };
        write_json(out, &data)?;
        out.write(b",\"line_number\":")?;
        write_json(out, &numbered.line_number)?;
        out.write(b",\"absolute_offset\":")?;
        write_json(out, &numbered.offset)?;
        out.write(b",\"submatches\":[")?;
        if lines.kind == self.matching {
            let list = Submatches {
                haystack: line.haystack,
                text: data.as_str(),
                // ripgrep looks for matches only in front of the line's end, which lies behind the
                // LF if there is one.
                end: line.haystack.len() + usize::from(line.terminated),
                count: 0,
                out,
            };
            let count = self.submatches(list)?;
            if lines.kind == LineKind::Hit {
                out.add_matches(count);
            }
        }
        out.write(b"]}}\n")
    }

    /// Writes the matches of a line, and returns how many there are.
    fn submatches(&mut self, mut list: Submatches<'_, '_>) -> Result<u64, Error> {
        let haystack = list.haystack;
        match &self.template {
            None => self
                .finder
                .matches(haystack, |start, end| list.push(start, end, None))?,
            Some(template) => {
                let replaced = &mut self.replaced;
                self.finder.captures(haystack, |captures| {
                    let found = captures.range();
                    replaced.clear();
                    captures.interpolate(template, replaced);
                    list.push(found.start, found.end, Some(replaced))
                })?;
            }
        }
        Ok(list.count)
    }
}

/// A list of submatches that is being written.
struct Submatches<'a, 'o> {
    haystack: &'a [u8],
    /// The line, if it is UTF-8. Then each match whose ends are character boundaries is UTF-8 too.
    text: Option<&'a str>,
    /// Matches that begin at this index or behind it are left out.
    end: usize,
    count: u64,
    out: &'a mut Out<'o>,
}

impl Submatches<'_, '_> {
    fn push(&mut self, start: usize, end: usize, replacement: Option<&[u8]>) -> Result<(), Error> {
        if start >= self.end {
            return Ok(());
        }
        let out = &mut *self.out;
        out.write(if self.count == 0 {
            b"{\"match\":"
        } else {
            b",{\"match\":"
        })?;
        self.count += 1;
        let data = match self.text.and_then(|text| text.get(start..end)) {
            Some(text) => Data::text(text),
            None => Data::new(&self.haystack[start..end]),
        };
        write_json(out, &data)?;
        if let Some(replacement) = replacement {
            out.write(b",\"replacement\":")?;
            write_json(out, &Data::new(replacement))?;
        }
        out.write(b",\"start\":")?;
        write_json(out, &start)?;
        out.write(b",\"end\":")?;
        write_json(out, &end)?;
        out.write(b"}")
    }
}

/// Streams a value. Only `out` can fail, and its error is returned as it was.
fn write_json(out: &mut Out<'_>, value: &impl Serialize) -> Result<(), Error> {
    serde_json::to_writer(out, value).map_err(|error| Error::Write {
        source: error.into(),
    })
}

#[cfg(test)]
mod tests;
