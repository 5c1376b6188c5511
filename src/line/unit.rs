//! What is searched, counted and shown as one: a line, or a record of several lines.
//!
//! ```text
//! 14:02:07 ERROR no rate        <- a start: the record begins here
//!   at app.Rates.of(Rates:41)      no start: it continues the record
//!   at app.main(Main:7)
//! 14:02:08 INFO next            <- the next one
//! ```
//! 1. Whether a line begins a record depends on its first [`HEAD_BYTES`] alone, never on the lines
//!    around it. So every chunk finds its first record without looking back.
//! 2. The text's first line begins a record, whatever it looks like.
//! 3. A record longer than the cap *is* its first bytes up to the cap, as a long line is.

use std::{fmt, sync::Arc};

use memchr::{memchr, memrchr};

use super::{Line, line_end, line_start, lines, skip_lines};

/// How much of a line decides whether it begins a record.
pub(crate) const HEAD_BYTES: usize = 1 << 10;

/// Tells by at most the first [`HEAD_BYTES`] of a line, without its LF and CR, whether it begins a
/// record.
pub(crate) type IsStart = dyn Fn(&[u8]) -> bool + Send + Sync;

/// What is searched, counted and shown as one.
#[derive(Clone)]
pub(crate) enum TextUnit {
    /// Every line.
    Line,
    /// A line that begins a record, with the lines that do not.
    Record(Arc<IsStart>),
}

impl fmt::Debug for TextUnit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TextUnit::Line => "Line",
            TextUnit::Record(_) => "Record",
        })
    }
}

/// Returns whether the line at the beginning of `bytes` begins a record. `is_all` says that nothing
/// comes behind `bytes`. `None`: more of the line is needed.
fn begins(is_start: &IsStart, bytes: &[u8], is_all: bool) -> Option<bool> {
    let known = &bytes[..bytes.len().min(HEAD_BYTES)];
    match memchr(b'\n', known) {
        Some(end) => Some(is_start(without_cr(&known[..end]))),
        None if known.len() == HEAD_BYTES || is_all => Some(is_start(known)),
        None => None,
    }
}

/// Returns a line without the CR of a CR LF.
fn without_cr(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// Where a search for the next record ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NextStart {
    At(usize),
    /// All lines that start before the end were looked at.
    None,
    /// The line at this index is not known well enough.
    Unknown,
}

impl TextUnit {
    /// Returns the unit of texts in which a record begins where `is_start` returns true. It is called
    /// with the first [`HEAD_BYTES`] of a line at most, without its LF and one CR before that. Its
    /// answer must depend on these bytes alone.
    pub(crate) fn record(is_start: impl Fn(&[u8]) -> bool + Send + Sync + 'static) -> TextUnit {
        TextUnit::Record(Arc::new(is_start))
    }

    /// Returns whether it is a line, and not a record of several.
    pub(crate) fn is_line(&self) -> bool {
        matches!(self, TextUnit::Line)
    }

    /// Returns how many bytes of a line tell whether a unit begins with it.
    pub(crate) fn head_bytes(&self) -> usize {
        match self {
            TextUnit::Line => 0,
            TextUnit::Record(_) => HEAD_BYTES,
        }
    }

    /// Returns whether a unit begins with the line at the index `at`, of which
    /// [`TextUnit::head_bytes`] are known.
    pub(crate) fn begins_at(&self, bytes: &[u8], at: usize) -> bool {
        match self {
            TextUnit::Line => true,
            TextUnit::Record(is_start) => {
                begins(is_start.as_ref(), &bytes[at..], true) == Some(true)
            }
        }
    }

    /// Returns whether a unit is known to begin with the last line, at the index `at`. It may go on
    /// behind `bytes`, unless they are `is_all`.
    pub(crate) fn begins_in(&self, bytes: &[u8], at: usize, is_all: bool) -> bool {
        match self {
            TextUnit::Line => true,
            TextUnit::Record(is_start) => {
                at < bytes.len() && begins(is_start.as_ref(), &bytes[at..], is_all) == Some(true)
            }
        }
    }

    /// Returns the first record start at `from`, a line start, or behind it. `is_all` says that
    /// nothing comes behind `bytes`.
    pub(super) fn next_start(
        is_start: &IsStart,
        bytes: &[u8],
        from: usize,
        is_all: bool,
    ) -> NextStart {
        let mut at = from;
        while at < bytes.len() {
            match begins(is_start, &bytes[at..], is_all) {
                Some(true) => return NextStart::At(at),
                Some(false) => {}
                None => return NextStart::Unknown,
            }
            match memchr(b'\n', &bytes[at..]) {
                Some(end) => at += end + 1,
                None => break,
            }
        }
        NextStart::None
    }

    /// Returns where the first unit behind the first LF of `bytes` starts. If none is seen, returns
    /// as the error how many bytes need not be looked at again. `is_all` says that nothing comes
    /// behind `bytes`.
    pub(crate) fn behind_first(&self, bytes: &[u8], is_all: bool) -> Result<usize, usize> {
        let line = memchr(b'\n', bytes).ok_or(bytes.len())? + 1;
        let TextUnit::Record(is_start) = self else {
            return Ok(line);
        };
        let last_line = memrchr(b'\n', bytes).map_or(0, |end| end + 1);
        match TextUnit::next_start(is_start.as_ref(), bytes, line, is_all) {
            NextStart::At(start) => Ok(start),
            // It is within a line that begins no record.
            NextStart::None if last_line < bytes.len() => Err(bytes.len()),
            // The LF says that a line begins behind it.
            NextStart::None | NextStart::Unknown => Err(last_line - 1),
        }
    }

    /// Returns the start of the last unit in `bytes` that is known to begin there, and that is not
    /// at the index 0: everything before it is whole units. `bytes` begin at the start of a unit,
    /// and lines that start before `floor` are known to begin none.
    pub(crate) fn behind_last_whole(&self, bytes: &[u8], floor: usize) -> Option<usize> {
        let mut end = memrchr(b'\n', bytes)? + 1;
        let TextUnit::Record(is_start) = self else {
            return Some(end);
        };
        while end > 0 && end >= floor {
            if begins(is_start.as_ref(), &bytes[end..], false) == Some(true) {
                return Some(end);
            }
            end = line_start(bytes, 0, end - 1);
        }
        None
    }

    /// Returns the index behind the unit that holds `at`. `bytes` are whole units.
    pub(crate) fn end(&self, bytes: &[u8], at: usize) -> usize {
        let end = line_end(bytes, at);
        match self {
            TextUnit::Line => end,
            TextUnit::Record(is_start) => {
                match TextUnit::next_start(is_start.as_ref(), bytes, end, true) {
                    NextStart::At(start) => start,
                    NextStart::None | NextStart::Unknown => bytes.len(),
                }
            }
        }
    }

    /// Returns where the unit that holds `at` starts. The search stops at `floor`, which is the
    /// start of one.
    pub(crate) fn start(&self, bytes: &[u8], floor: usize, at: usize) -> usize {
        let mut start = line_start(bytes, floor, at);
        if let TextUnit::Record(_) = self {
            while start > floor && !self.begins_at(bytes, start) {
                start = line_start(bytes, floor, start - 1);
            }
        }
        start
    }

    /// Returns how many units start in `bytes`, which begin at the start of one.
    pub(crate) fn count(&self, bytes: &[u8]) -> u64 {
        match self {
            TextUnit::Line => super::count(bytes),
            TextUnit::Record(_) => self.skip(bytes, u64::MAX).1,
        }
    }

    /// Returns the index behind the first `wanted` units of `bytes`, or the end of `bytes`, and how
    /// many units there were.
    pub(crate) fn skip(&self, bytes: &[u8], wanted: u64) -> (usize, u64) {
        if self.is_line() {
            return skip_lines(bytes, wanted);
        }
        let mut at = 0;
        let mut seen = 0;
        while seen < wanted && at < bytes.len() {
            at = self.end(bytes, at);
            seen += 1;
        }
        (at, seen)
    }

    /// Returns where the unit starts that is `wanted` units before the end of `bytes`, which is the
    /// end of one, but not before `floor`, and how many units that is.
    pub(crate) fn back(&self, bytes: &[u8], wanted: u64, floor: usize) -> (usize, u64) {
        let mut at = bytes.len();
        let mut units = 0;
        while units < wanted && at > floor {
            let start = match self {
                TextUnit::Line => line_start(bytes, 0, at - 1),
                TextUnit::Record(_) => self.start(bytes, 0, at - 1),
            };
            if start < floor {
                break;
            }
            at = start;
            units += 1;
        }
        (at, units)
    }

    /// Splits `bytes` into units of at most `max_line_bytes`, each with the index at which it
    /// starts. For the rest see [`lines`].
    pub(crate) fn split<'a>(
        &'a self,
        bytes: &'a [u8],
        max_line_bytes: usize,
    ) -> Box<dyn Iterator<Item = (usize, Line<'a>)> + 'a> {
        if self.is_line() {
            return Box::new(lines(bytes, max_line_bytes));
        }
        let mut at = 0;
        Box::new(std::iter::from_fn(move || {
            let start = at;
            if start == bytes.len() {
                return None;
            }
            at = self.end(bytes, start);
            Some((start, Line::of_unit(&bytes[start..at], max_line_bytes)))
        }))
    }

    /// Returns how many lines count in `bytes`, which are whole units: those behind the cap of a long
    /// record do not, for nobody may have read them.
    pub(crate) fn lines_in(&self, bytes: &[u8], max_line_bytes: usize) -> u64 {
        match self {
            TextUnit::Record(_) if bytes.len() > max_line_bytes => {
                let records = self.split(bytes, max_line_bytes);
                records.map(|(_, record)| record.lines()).sum()
            }
            TextUnit::Line | TextUnit::Record(_) => super::count(bytes),
        }
    }

    /// Returns whether any unit of `bytes` is longer than `max_line_bytes`.
    pub(crate) fn has_long(&self, bytes: &[u8], max_line_bytes: usize) -> bool {
        bytes.len() > max_line_bytes && self.split(bytes, max_line_bytes).any(|(_, unit)| unit.cut)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn records() -> TextUnit {
        TextUnit::Record(Arc::new(|line: &[u8]| line.first() == Some(&b'#')))
    }

    /// Returns the records of a text, the plain way.
    fn naive(text: &[u8]) -> Vec<Vec<u8>> {
        let mut records: Vec<Vec<u8>> = Vec::new();
        for line in text.split_inclusive(|&byte| byte == b'\n') {
            match records.last_mut() {
                Some(last) if line[0] != b'#' => last.extend_from_slice(line),
                _ => records.push(line.to_vec()),
            }
        }
        records
    }

    #[test]
    fn a_record_is_a_line_that_begins_one_with_the_lines_that_do_not() {
        let text = b"a\n#b\nc\n#d\n#e\nf";
        let unit = records();
        let starts: Vec<_> = unit.split(text, 100).map(|(at, _)| at).collect();
        assert_eq!(starts, [0, 2, 7, 10]);
        assert_eq!(unit.count(text), 4);
        assert_eq!(unit.end(text, 3), 7);
        assert_eq!(unit.start(text, 0, 6), 2);
        assert_eq!(unit.skip(text, 2), (7, 2));
        assert_eq!(unit.back(text, 2, 0), (7, 2));
        assert_eq!(unit.back(text, 9, 3), (7, 2));
        // What follows may still belong to the last record, and its first line may go on.
        assert_eq!(unit.behind_last_whole(text, 0), Some(10));
        assert_eq!(unit.behind_last_whole(b"a\n#", 0), None);
        assert_eq!(unit.behind_last_whole(b"#a\nb\n", 0), None);
        let first = |text: &str, is_all| unit.behind_first(text.as_bytes(), is_all);
        assert_eq!(first("x\ny\n#z", true), Ok(4));
        assert_eq!(first("x\ny\n#z", false), Err(3));
        assert_eq!(first("x\ny\n", false), Err(3));
        assert_eq!(first("xyz", false), Err(3));
    }

    #[test]
    fn a_record_longer_than_the_cap_is_its_first_bytes() {
        let unit = records();
        let got: Vec<_> = unit
            .split(b"#a\nbcd\ne\n#f\r\n", 5)
            .map(|(_, record)| (record.haystack, record.cut, record.terminated))
            .collect();
        let want: Vec<(&[u8], bool, bool)> = vec![(b"#a\nbc", true, true), (b"#f", false, true)];
        assert_eq!(got, want);
        assert!(unit.has_long(b"#a\nbcd\n#f", 5));
        assert!(!unit.has_long(b"#a\nbc\n#f", 5));
    }

    proptest! {
        #[test]
        fn records_are_those_of_the_plain_way(text in "[#a\n]{0,40}", wanted in 0u64..6) {
            let text = text.as_bytes();
            let unit = records();
            let want = naive(text);
            let got: Vec<_> = unit.split(text, 1000).map(|(at, _)| at).collect();
            let mut starts = Vec::new();
            let mut at = 0;
            for record in &want {
                starts.push(at);
                at += record.len();
            }
            prop_assert_eq!(&got, &starts);
            prop_assert_eq!(unit.count(text), want.len() as u64);
            let few = starts.len().min(usize::try_from(wanted).unwrap());
            let behind = starts.get(few).copied().unwrap_or(text.len());
            prop_assert_eq!(unit.skip(text, wanted), (behind, few as u64));
            let back = starts.len() - few;
            let from = starts.get(back).copied().unwrap_or(text.len());
            prop_assert_eq!(unit.back(text, wanted, 0), (from, few as u64));
        }
    }
}
