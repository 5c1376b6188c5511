//! Sinks whose result is a number or a name for each file.

use std::{io, path::Path};

use super::{
    colors::{Colors, PaintedPart},
    shown_name, write_all,
};
use crate::{
    error::Error,
    matcher::{Finder, Matcher},
    scan::{Fold, LineKind, Lines, Note, Out, Render, Sink, Summary, Values},
};

/// How a file's name is printed, before a result or as the result.
#[derive(Clone, Debug)]
pub struct Listing {
    /// Whether the name is printed before a count.
    pub file_name: bool,
    /// Whether the name is printed once there is an archive: its members are several files.
    pub member_name: bool,
    /// Whether a NUL follows the name, instead of `:` or a line end.
    pub null: bool,
    /// Whether a count of zero is printed.
    pub zero: bool,
    /// The colours, or none.
    pub colors: Option<Colors>,
}

impl Default for Listing {
    fn default() -> Listing {
        Listing {
            file_name: false,
            member_name: false,
            null: false,
            zero: true,
            colors: None,
        }
    }
}

impl Listing {
    /// Appends a name in its colour.
    fn push_name(&self, name: &[u8], line: &mut Vec<u8>) {
        self.push(PaintedPart::FileName, name, line);
    }

    /// Appends a name and the separator between it and a count, if names are wanted.
    fn push_prefix(&self, name: &[u8], line: &mut Vec<u8>) {
        if !self.file_name {
            return;
        }
        self.push_name(name, line);
        match self.null {
            true => line.push(0),
            false => self.push(PaintedPart::Separator, b":", line),
        }
    }

    /// Prepares for the members of an archive, which come next.
    fn opens_archive(&mut self) {
        self.file_name |= self.member_name;
    }

    fn push(&self, part: PaintedPart, text: &[u8], line: &mut Vec<u8>) {
        match &self.colors {
            Some(colors) => line.extend_from_slice(&colors.painted(part, text)),
            None => line.extend_from_slice(text),
        }
    }
}

type Writer = Box<dyn io::Write + Send>;

/// What [`Count`] counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// The lines that are hits.
    Lines,
    /// The matches. A hit may have several.
    Matches,
}

/// A sink that prints a number for each file.
pub struct Count {
    what: Counted,
    listing: Listing,
    matcher: Matcher,
    name: Vec<u8>,
    writer: Writer,
}

impl Count {
    /// Creates a sink that prints to `writer`.
    pub fn new(what: Counted, listing: Listing, matcher: Matcher, writer: Writer) -> Count {
        Count {
            what,
            listing,
            matcher,
            name: Vec::new(),
            writer,
        }
    }
}

impl Sink for Count {
    fn begin(&mut self, path: &Path) {
        self.name = shown_name(path).into();
    }

    fn opens_archive(&mut self) {
        self.listing.opens_archive();
    }

    fn renderer(&self) -> Option<Box<dyn Render>> {
        match self.what {
            Counted::Lines => None,
            Counted::Matches => Some(Box::new(MatchCounter {
                finder: self.matcher.finder(),
            })),
        }
    }

    fn deliver(&mut self, rendered: &[u8]) -> Result<(), Error> {
        debug_assert!(rendered.is_empty(), "counts travel beside the bytes");
        Ok(())
    }

    fn end(&mut self, summary: &Summary) -> Result<(), Error> {
        let count = match self.what {
            Counted::Lines => summary.hits,
            Counted::Matches => summary.matches,
        };
        if count == 0 && !self.listing.zero {
            return Ok(());
        }
        let mut line = Vec::new();
        self.listing.push_prefix(&self.name, &mut line);
        line.extend_from_slice(format!("{count}\n").as_bytes());
        write_all(&mut self.writer, &line)
    }
}

struct MatchCounter {
    finder: Finder,
}

impl Render for MatchCounter {
    fn lines(&mut self, lines: &Lines<'_>, out: &mut Out<'_>) -> Result<(), Error> {
        if lines.kind == LineKind::Context {
            return Ok(());
        }
        for numbered in lines.iter() {
            self.finder.matches(numbered.line.haystack, |_, _| {
                out.add_matches(1);
                Ok::<(), Error>(())
            })?;
        }
        Ok(())
    }
}

/// Which files [`Names`] prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamesOf {
    /// The files with a hit.
    FilesWithHits,
    /// The files without a hit.
    FilesWithout,
}

/// A sink that prints the names of files.
pub struct Names {
    of: NamesOf,
    listing: Listing,
    name: Vec<u8>,
    writer: Writer,
}

impl Names {
    /// Creates a sink that prints to `writer`.
    pub fn new(of: NamesOf, listing: Listing, writer: Writer) -> Names {
        Names {
            of,
            listing,
            name: Vec::new(),
            writer,
        }
    }
}

impl Sink for Names {
    fn begin(&mut self, path: &Path) {
        self.name = shown_name(path).into();
    }

    fn renderer(&self) -> Option<Box<dyn Render>> {
        None
    }

    fn deliver(&mut self, _rendered: &[u8]) -> Result<(), Error> {
        Ok(())
    }

    fn end(&mut self, summary: &Summary) -> Result<(), Error> {
        let is_wanted = match self.of {
            NamesOf::FilesWithHits => summary.hits > 0,
            // If a file was not searched to its end, nobody knows whether it has a hit.
            NamesOf::FilesWithout => {
                let is_interrupted = |note| matches!(note, &Note::Interrupted { .. });
                summary.hits == 0
                    && summary.error.is_none()
                    && !summary.notes.iter().any(is_interrupted)
            }
        };
        if !is_wanted {
            return Ok(());
        }
        let mut line = Vec::new();
        self.listing.push_name(&self.name, &mut line);
        line.push(if self.listing.null { 0 } else { b'\n' });
        write_all(&mut self.writer, &line)
    }
}

/// A sink that prints nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Quiet;

impl Quiet {
    /// Creates a sink that prints nothing.
    pub fn new() -> Quiet {
        Quiet
    }
}

impl Sink for Quiet {
    fn renderer(&self) -> Option<Box<dyn Render>> {
        None
    }

    fn deliver(&mut self, _rendered: &[u8]) -> Result<(), Error> {
        Ok(())
    }
}

/// A sink that prints for each pattern how many hits match it, in the order of the patterns.
pub struct ByPattern {
    patterns: Vec<Vec<u8>>,
    listing: Listing,
    matcher: Matcher,
    counts: Vec<u64>,
    name: Vec<u8>,
    writer: Writer,
}

impl ByPattern {
    /// Creates a sink that prints to `writer`. `patterns` are those that `matcher` was compiled
    /// from.
    pub fn new(
        patterns: Vec<Vec<u8>>,
        listing: Listing,
        matcher: Matcher,
        writer: Writer,
    ) -> ByPattern {
        let counts = vec![0; patterns.len()];
        ByPattern {
            patterns,
            listing,
            matcher,
            counts,
            name: Vec::new(),
            writer,
        }
    }
}

impl Fold for ByPattern {
    type Worker = PatternCounter;
    type Value = Vec<(usize, u64)>;

    fn begin(&mut self, path: &Path) {
        self.name = shown_name(path).into();
        self.counts.fill(0);
    }

    fn opens_archive(&mut self) {
        self.listing.opens_archive();
    }

    fn worker(&self) -> PatternCounter {
        PatternCounter {
            finder: self.matcher.finder(),
            counts: vec![0; self.patterns.len()],
        }
    }

    fn lines(
        worker: &mut PatternCounter,
        lines: &Lines<'_>,
        _: &mut Values<'_, '_, Self::Value>,
    ) -> Result<(), Error> {
        if lines.are_hits() {
            for numbered in lines.iter() {
                let count = |pattern: usize| worker.counts[pattern] += 1;
                worker.finder.patterns(numbered.line.haystack, count);
            }
        }
        Ok(())
    }

    fn value(worker: &mut PatternCounter) -> Option<Vec<(usize, u64)>> {
        let counts = worker.counts.iter_mut().map(std::mem::take).enumerate();
        let value: Vec<_> = counts.filter(|&(_, count)| count > 0).collect();
        (!value.is_empty()).then_some(value)
    }

    fn fold(&mut self, value: Vec<(usize, u64)>) -> Result<(), Error> {
        for (pattern, count) in value {
            self.counts[pattern] += count;
        }
        Ok(())
    }

    fn end(&mut self, _summary: &Summary) -> Result<(), Error> {
        let mut lines = Vec::new();
        let counted = self.patterns.iter().zip(&self.counts);
        for (pattern, count) in counted.filter(|&(_, &count)| count > 0 || self.listing.zero) {
            self.listing.push_prefix(&self.name, &mut lines);
            lines.extend_from_slice(format!("{count}\t").as_bytes());
            lines.extend_from_slice(pattern);
            lines.push(b'\n');
        }
        write_all(&mut self.writer, &lines)
    }
}

/// A counter for the hits of each pattern in a chunk.
pub struct PatternCounter {
    finder: Finder,
    counts: Vec<u64>,
}
