//! Counts the distinct matched texts in one pass. Otherwise people use `sort | uniq -c | sort -rn |
//! head` for it.

use std::{collections::HashMap, io, sync::Arc};

use super::write_all;
use crate::{
    error::Error,
    matcher::{Finder, Matcher},
    scan::{Fold, Lines, Values},
};

/// At most this many distinct texts are told apart.
const DISTINCT_MAX: usize = 1 << 20;

/// At most this many bytes of distinct texts are kept.
const TEXT_BYTES_MAX: usize = 128 << 20;

/// A worker hands over its part of the tally when its texts have grown to this size.
const PART_BYTES_MAX: usize = 1 << 20;

/// A sink that counts the distinct matched texts of all inputs and prints them, the most frequent
/// first.
///
/// The first texts in file order are told apart, up to a limit. Matches of later texts are only
/// counted. So the answer does not depend on how the input was cut.
pub struct Tally {
    top: Option<usize>,
    replace: Option<Arc<[u8]>>,
    matcher: Matcher,
    texts: TallyCounts,
    uncounted: u64,
    writer: Box<dyn io::Write + Send>,
}

/// The number of matches that were not told apart, and the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TallyTotals {
    /// How many matches had a text beyond the limit.
    pub uncounted: u64,
    /// How many distinct texts are told apart.
    pub distinct_max: usize,
}

/// Texts with counts, in the order in which they were first seen.
#[derive(Debug, Default)]
struct TallyCounts {
    counts: Vec<(Box<[u8]>, u64)>,
    index: HashMap<Box<[u8]>, usize>,
    text_bytes: usize,
}

impl TallyCounts {
    /// Adds to a text's count. Returns false if the text is new and there is no room for it.
    fn add(&mut self, text: &[u8], count: u64) -> bool {
        if let Some(&at) = self.index.get(text) {
            self.counts[at].1 += count;
            return true;
        }
        if self.counts.len() == DISTINCT_MAX || self.text_bytes + text.len() > TEXT_BYTES_MAX {
            return false;
        }
        self.text_bytes += text.len();
        self.index.insert(text.into(), self.counts.len());
        self.counts.push((text.into(), count));
        true
    }
}

impl Tally {
    /// Creates a sink that prints the `top` most frequent texts, or all of them, to `writer`. With
    /// `replace` it counts the replacements of the matches: `$1` and `${name}` stand for groups.
    pub fn new(
        top: Option<usize>,
        replace: Option<Vec<u8>>,
        matcher: Matcher,
        writer: Box<dyn io::Write + Send>,
    ) -> Tally {
        Tally {
            top,
            replace: replace.map(Arc::from),
            matcher,
            texts: TallyCounts::default(),
            uncounted: 0,
            writer,
        }
    }

    /// Prints the tally over all inputs as `COUNT<TAB>TEXT`, the most frequent first. Texts with
    /// equal counts come in the order of the texts.
    ///
    /// # Errors
    /// [`Error::Write`].
    pub fn finish(&mut self) -> Result<TallyTotals, Error> {
        let mut counts = std::mem::take(&mut self.texts).counts;
        counts.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let mut lines = Vec::new();
        for (text, count) in counts.iter().take(self.top.unwrap_or(usize::MAX)) {
            lines.extend_from_slice(format!("{count}\t").as_bytes());
            lines.extend_from_slice(text);
            lines.push(b'\n');
            if lines.len() > PART_BYTES_MAX {
                write_all(&mut self.writer, &lines)?;
                lines.clear();
            }
        }
        write_all(&mut self.writer, &lines)?;
        Ok(TallyTotals {
            uncounted: self.uncounted,
            distinct_max: DISTINCT_MAX,
        })
    }
}

impl Fold for Tally {
    type Worker = PartTally;
    type Value = TallyPart;

    fn worker(&self) -> PartTally {
        PartTally {
            finder: self.matcher.finder(),
            replace: self.replace.clone(),
            part: TallyPart::default(),
        }
    }

    fn lines(
        worker: &mut PartTally,
        lines: &Lines<'_>,
        values: &mut Values<'_, '_, TallyPart>,
    ) -> Result<(), Error> {
        if !lines.are_hits() {
            return Ok(());
        }
        let PartTally {
            finder,
            replace,
            part,
        } = worker;
        let mut replaced = Vec::new();
        for numbered in lines.iter() {
            let haystack = numbered.line.haystack;
            match replace {
                None => finder.matches(haystack, |start, end| match start == end {
                    true => Ok(()),
                    false => part.add(&haystack[start..end], values),
                })?,
                Some(template) => finder.captures(haystack, |captures| {
                    if captures.range().is_empty() {
                        return Ok(());
                    }
                    replaced.clear();
                    captures.interpolate(template, &mut replaced);
                    part.add(&replaced, values)
                })?,
            }
        }
        Ok(())
    }

    fn value(worker: &mut PartTally) -> Option<TallyPart> {
        (worker.part.matches > 0).then(|| std::mem::take(&mut worker.part))
    }

    fn matches(part: &TallyPart) -> u64 {
        part.matches
    }

    fn fold(&mut self, part: TallyPart) -> Result<(), Error> {
        for (text, count) in &part.texts.counts {
            if !self.texts.add(text, *count) {
                self.uncounted += count;
            }
        }
        self.uncounted += part.uncounted;
        Ok(())
    }
}

/// The tally of the current chunk, and what is needed to make it.
pub struct PartTally {
    finder: Finder,
    replace: Option<Arc<[u8]>>,
    part: TallyPart,
}

/// The tally of one chunk.
#[derive(Debug, Default)]
pub struct TallyPart {
    texts: TallyCounts,
    matches: u64,
    uncounted: u64,
}

impl TallyPart {
    /// Adds one match. A part that has grown too large is pushed, even if a single text makes it so
    /// large.
    fn add(&mut self, text: &[u8], values: &mut Values<'_, '_, TallyPart>) -> Result<(), Error> {
        if self.texts.text_bytes + text.len() > PART_BYTES_MAX && self.matches > 0 {
            values.push(std::mem::take(self))?;
        }
        self.matches += 1;
        // A single text may be larger than all texts that are told apart.
        self.uncounted += u64::from(!self.texts.add(text, 1));
        Ok(())
    }
}
