//! The distinct matched texts with their counts: what `sort | uniq -c | sort -rn | head` is used for, in one pass.

use std::{collections::HashMap, io, sync::Arc};

use super::write_all;
use crate::{
    error::Error,
    line::{to_u64, to_usize},
    matcher::{Finder, Matcher},
    scan::{LineKind, Lines, Out, Render, Sink},
};

/// No more distinct texts than this are told apart.
const DISTINCT_MAX: usize = 1 << 20;

/// Nor more than so many bytes of them.
const TEXT_BYTES_MAX: usize = 128 << 20;

/// A worker hands over its part of the tally when its texts have grown to this size.
const PART_BYTES_MAX: usize = 1 << 20;

/// Counts the distinct matched texts of all inputs and prints them, the most frequent first.
///
/// The first texts in file order are told apart, up to a limit; matches of others are only counted. So the answer does
/// not depend on how the input was cut.
pub struct Tally {
    top: Option<usize>,
    replace: Option<Arc<[u8]>>,
    matcher: Matcher,
    texts: Counts,
    uncounted: u64,
    partial: Vec<u8>,
    writer: Box<dyn io::Write + Send>,
}

/// What became of the matches that were not told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TallyTotals {
    /// How many matches had a text beyond the limit.
    pub uncounted: u64,
    /// How many distinct texts are told apart.
    pub distinct_max: usize,
}

/// Texts with counts, in the order in which they were first seen.
#[derive(Debug, Default)]
struct Counts {
    counts: Vec<(Box<[u8]>, u64)>,
    index: HashMap<Box<[u8]>, usize>,
    text_bytes: usize,
}

impl Counts {
    /// Adds to a text's count; false if it is new and there is no room for it.
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
    /// A sink that prints the `top` most frequent texts, or all, to `writer`. With `replace`, what matches are replaced
    /// with is counted instead of them: `$1` and `${name}` stand for groups.
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
            texts: Counts::default(),
            uncounted: 0,
            partial: Vec::new(),
            writer,
        }
    }

    /// Prints the tally over all inputs: `COUNT<TAB>TEXT`, the most frequent first, equal counts by text.
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

impl Sink for Tally {
    fn renderer(&self) -> Option<Box<dyn Render>> {
        Some(Box::new(PartTally {
            finder: self.matcher.finder(),
            replace: self.replace.clone(),
            texts: Counts::default(),
        }))
    }

    fn cut(&mut self) -> Result<(), Error> {
        self.partial.clear();
        Ok(())
    }

    fn deliver(&mut self, rendered: &[u8]) -> Result<(), Error> {
        self.partial.extend_from_slice(rendered);
        let mut rest = self.partial.as_slice();
        while let Some((header, behind)) = rest.split_first_chunk::<16>() {
            let number = |at: usize| {
                u64::from_le_bytes(
                    header[at..at + 8]
                        .try_into()
                        .expect("half of sixteen bytes"),
                )
            };
            let Some((text, behind)) = behind.split_at_checked(to_usize(number(8))) else {
                break;
            };
            if !self.texts.add(text, number(0)) {
                self.uncounted += number(0);
            }
            rest = behind;
        }
        let used = self.partial.len() - rest.len();
        self.partial.drain(..used);
        Ok(())
    }
}

/// The tally of one chunk.
struct PartTally {
    finder: Finder,
    replace: Option<Arc<[u8]>>,
    texts: Counts,
}

impl Render for PartTally {
    fn lines(&mut self, lines: &Lines<'_>, out: &mut Out<'_>) -> Result<(), Error> {
        if lines.kind == LineKind::Context {
            return Ok(());
        }
        let PartTally {
            finder,
            replace,
            texts,
        } = self;
        let mut replaced = Vec::new();
        for numbered in lines.iter() {
            let haystack = numbered.line.haystack;
            match replace {
                None => finder.matches(haystack, |start, end| match start == end {
                    true => Ok(()),
                    false => add(texts, &haystack[start..end], out),
                })?,
                Some(template) => finder.captures(haystack, |captures| {
                    if captures.get_match().is_none_or(|found| found.is_empty()) {
                        return Ok(());
                    }
                    replaced.clear();
                    captures.interpolate_bytes_into(haystack, template, &mut replaced);
                    add(texts, &replaced, out)
                })?,
            }
        }
        Ok(())
    }

    fn holds_back(&self) -> bool {
        true
    }

    fn end_of_chunk(&mut self, out: &mut Out<'_>) -> Result<(), Error> {
        hand_over(&mut self.texts, out)
    }
}

/// Adds one match to the tally of a chunk, which is handed over when it grows too large.
fn add(texts: &mut Counts, text: &[u8], out: &mut Out<'_>) -> Result<(), Error> {
    out.add_matches(1);
    if texts.text_bytes + text.len() <= PART_BYTES_MAX && texts.add(text, 1) {
        return Ok(());
    }
    hand_over(texts, out)?;
    match texts.add(text, 1) {
        true => Ok(()),
        false => write_entry(text, 1, out),
    }
}

fn hand_over(texts: &mut Counts, out: &mut Out<'_>) -> Result<(), Error> {
    let part = std::mem::take(texts);
    part.counts
        .iter()
        .try_for_each(|(text, count)| write_entry(text, *count, out))
}

fn write_entry(text: &[u8], count: u64, out: &mut Out<'_>) -> Result<(), Error> {
    out.write(&count.to_le_bytes())?;
    out.write(&to_u64(text.len()).to_le_bytes())?;
    out.write(text)
}
