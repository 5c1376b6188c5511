//! The one place that says what a line is: where it ends, what part of it is searched, and what is
//! printed when it is too long.
//!
//! A line is the bytes up to its LF. One CR before that LF belongs to the line end: it is printed
//! with the line, but it is not searched. A line longer than the cap *is* its first bytes up to the
//! cap. That holds for matching, printing, counting, and everything else. So no answer depends on
//! how the file was read or cut.

mod cutter;
mod unit;

use memchr::{memchr, memrchr};

pub(crate) use self::{
    cutter::{Boundary, Cutter, First, Last, TextWindow},
    unit::{HEAD_BYTES, IsStart, TextUnit},
};

use crate::simd;

/// One line as it is searched and printed. It may be one record, whose inner lines have their LFs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// The part that is printed: the line without its LF, but with a CR before that. A line longer
    /// than the cap is cut to the cap.
    pub bytes: &'a [u8],
    /// The part that is searched: `bytes` without the CR of a CR LF.
    pub haystack: &'a [u8],
    /// Whether the line ended with an LF. A line that was cut counts as ended. Only a file's last
    /// line may have no LF.
    pub terminated: bool,
    /// Whether the line was longer than the cap.
    pub cut: bool,
}

/// Returns whether a character changes the direction of writing for the text behind it: embeddings,
/// overrides and isolates (U+202A to U+202E, U+2066 to U+2069). Such characters can show a text in
/// another order than it has.
pub(crate) fn turns_writing(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Splits `bytes` into lines of at most `max_line_bytes`, each with the index at which it starts.
///
/// `bytes` must begin at a line start. If a piece of an over-long line stands at the end of
/// `bytes`, the function must be able to recognise it. So the piece must have at least
/// `max_line_bytes + 2` bytes, or be all there is of the file.
pub(crate) fn lines(
    bytes: &[u8],
    max_line_bytes: usize,
) -> impl Iterator<Item = (usize, Line<'_>)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        if at == bytes.len() {
            return None;
        }
        let start = at;
        let line = first_line(&bytes[start..], max_line_bytes, &mut at);
        Some((start, line))
    })
}

/// Returns the first line of `bytes`, and moves `at` behind it.
fn first_line<'a>(bytes: &'a [u8], max_line_bytes: usize, at: &mut usize) -> Line<'a> {
    let end = memchr(b'\n', bytes).map_or(bytes.len(), |at| at + 1);
    *at += end;
    Line::of_unit(&bytes[..end], max_line_bytes)
}

/// Returns the first line of a record, without its LF and one CR before that.
pub(crate) fn head(haystack: &[u8]) -> &[u8] {
    match memchr(b'\n', haystack) {
        Some(end) => {
            let head = &haystack[..end];
            head.strip_suffix(b"\r").unwrap_or(head)
        }
        None => haystack,
    }
}

impl<'a> Line<'a> {
    /// Returns the first line of a record: the part of the haystack before its first LF. Of a line
    /// that is all of it.
    pub fn head(&self) -> &'a [u8] {
        head(self.haystack)
    }

    /// Returns how many lines it is: more than one for a record.
    pub(crate) fn lines(&self) -> u64 {
        newlines(self.bytes) + 1
    }

    /// Returns a line, or a record of lines, with its LF if it has one.
    pub(crate) fn of_unit(bytes: &'a [u8], max_line_bytes: usize) -> Line<'a> {
        let (content, terminated) = match bytes.split_last() {
            Some((b'\n', content)) => (content, true),
            _ => (bytes, false),
        };
        let haystack = match content.split_last() {
            Some((b'\r', rest)) if terminated => rest,
            _ => content,
        };
        if haystack.len() > max_line_bytes {
            let bytes = &content[..max_line_bytes];
            return Line {
                bytes,
                haystack: bytes,
                terminated: true,
                cut: true,
            };
        }
        Line {
            bytes: content,
            haystack,
            terminated,
            cut: false,
        }
    }
}

/// Returns whether any line of `bytes` is longer than `max_line_bytes`.
pub(crate) fn has_long_line(bytes: &[u8], max_line_bytes: usize) -> bool {
    bytes.len() > max_line_bytes && lines(bytes, max_line_bytes).any(|(_, line)| line.cut)
}

/// Returns the index behind the line that holds `at`: behind its LF, or the end of `bytes`.
pub(crate) fn line_end(bytes: &[u8], at: usize) -> usize {
    simd::find_near(&bytes[at..], b'\n').map_or(bytes.len(), |n| at + n + 1)
}

/// Returns the index at which the line that holds `at` starts. The search stops at `floor`, which
/// is a line start.
pub(crate) fn line_start(bytes: &[u8], floor: usize, at: usize) -> usize {
    memrchr(b'\n', &bytes[floor..at]).map_or(floor, |n| floor + n + 1)
}

/// Returns how many lines start in `bytes`, which begins at a line start. That is the number of
/// LFs, and one more if something follows the last LF.
pub(crate) fn count(bytes: &[u8]) -> u64 {
    let newlines = newlines(bytes);
    match bytes.last() {
        Some(b'\n') | None => newlines,
        Some(_) => newlines + 1,
    }
}

/// Returns how many LFs are in `bytes`.
pub(crate) fn newlines(bytes: &[u8]) -> u64 {
    to_u64(simd::count(bytes, b'\n'))
}

/// Returns the index behind the first `lines` lines of `bytes`, or the end of `bytes`, and how many
/// lines there were.
pub(crate) fn skip_lines(bytes: &[u8], lines: u64) -> (usize, u64) {
    let mut at = 0;
    let mut seen = 0;
    while seen < lines && at < bytes.len() {
        at = line_end(bytes, at);
        seen += 1;
    }
    (at, seen)
}

/// Widens an index to an offset. A usize is never wider than 64 bits on the targets of logscan.
pub(crate) fn to_u64(at: usize) -> u64 {
    at as u64
}

/// Narrows a length to an index.
///
/// # Panics
/// When it does not fit. Callers have checked that these bytes are in memory.
pub(crate) fn to_usize(length: u64) -> usize {
    usize::try_from(length).expect("the bytes are in memory, so their length fits a usize")
}

/// Narrows an index inside one chunk. A chunk and its last line are below 4 GiB (see `Scan`'s
/// limits).
///
/// # Panics
/// When it does not fit. The limits on chunk and line length exclude that.
pub(crate) fn to_u32(at: usize) -> u32 {
    u32::try_from(at).expect("a chunk is shorter than 4 GiB, by the limits that Scan::check sets")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_no_lf_and_its_haystack_no_cr_before_it() {
        let got: Vec<_> = lines(b"a\r\n\rb\n\nlast\r", 100)
            .map(|(at, l)| (at, l.bytes, l.haystack, l.terminated))
            .collect();
        let want: Vec<(usize, &[u8], &[u8], bool)> = vec![
            (0, b"a\r", b"a", true),
            (3, b"\rb", b"\rb", true),
            (6, b"", b"", true),
            (7, b"last\r", b"last\r", false),
        ];
        assert_eq!(got, want);
    }

    #[test]
    fn a_line_longer_than_the_cap_is_its_first_bytes_and_a_newline() {
        let got: Vec<_> = lines(b"abcd\nabc\r\nabcde", 3)
            .map(|(_, l)| (l.bytes, l.cut, l.terminated))
            .collect();
        let want: Vec<(&[u8], bool, bool)> = vec![
            (b"abc", true, true),
            (b"abc\r", false, true),
            (b"abc", true, true),
        ];
        assert_eq!(got, want);
        assert!(has_long_line(b"ab\nabcd\n", 3));
        assert!(!has_long_line(b"ab\nabc\r\n", 3));
    }

    #[test]
    fn lines_are_counted_by_their_starts() {
        for (bytes, want) in [("", 0), ("\n", 1), ("a", 1), ("a\nb", 2), ("a\nb\n", 2)] {
            assert_eq!(count(bytes.as_bytes()), want, "{bytes:?}");
        }
    }
}
