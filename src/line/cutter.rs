//! The one cutter: which lines a part of a text owns, and where the last of them ends.
//!
//! ```text
//!            window: bytes that are known, more may come
//!   |<----------------------------------------------------- ...
//!   x x LF a a a LF b b b b LF c c c|c c c LF d d
//!         |first                    |border |end
//!          '-- the part owns the lines that start before the border --'
//! ```
//! 1. A part owns the lines that *start* before its border. So every line has exactly one owner,
//!    however the text is divided.
//! 2. The first of these lines is found inside the part: behind the first boundary, or at the
//!    part's beginning if a line is known to start there. So a line of many gigabytes does not make
//!    the division quadratic.
//! 3. Only the owner of the last line looks beyond the border, to the end of that line or to the
//!    cap. A line longer than the cap is cut two bytes behind the cap: one byte may be the CR of a
//!    CR LF, and the other shows that the line is longer.
//! 4. The window may end before that. Then the cutter says so, and the caller asks again when the
//!    window has grown. The cutter does not look twice at bytes that it has seen.

use memchr::{memchr, memrchr};

use super::{
    TextUnit,
    unit::{HEAD_BYTES, NextStart},
};

/// The byte that ends a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Boundary(u8);

impl Boundary {
    /// A line feed.
    pub(crate) const LF: Boundary = Boundary(b'\n');

    /// Returns the index behind the first boundary in `bytes`.
    pub(crate) fn behind_first(self, bytes: &[u8]) -> Option<usize> {
        memchr(self.0, bytes).map(|at| at + 1)
    }

    /// Returns the index behind the last boundary in `bytes`.
    pub(crate) fn behind_last(self, bytes: &[u8]) -> Option<usize> {
        memrchr(self.0, bytes).map(|at| at + 1)
    }

    /// Returns whether `bytes` end with a boundary.
    pub(crate) fn ends(self, bytes: &[u8]) -> bool {
        bytes.last() == Some(&self.0)
    }
}

/// Cuts a text into parts of whole lines, or of whole records.
#[derive(Clone, Debug)]
pub(crate) struct Cutter {
    pub(crate) boundary: Boundary,
    /// What is cut: lines, or records of lines.
    pub(crate) unit: TextUnit,
    /// A line or a record longer than this is cut to its first bytes.
    pub(crate) max_line_bytes: usize,
}

/// Bytes of a text that are known.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TextWindow<'w> {
    pub(crate) bytes: &'w [u8],
    /// Whether they go on to the end of the text.
    pub(crate) is_end: bool,
}

/// Where the first line of a window may start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum First {
    /// At this index. Nothing stands before it, or a boundary.
    At(usize),
    /// Behind the first boundary. The window begins with a byte of the line before, or with that
    /// line's boundary.
    BehindBoundary,
}

/// Where the last line that starts before a border ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Last {
    /// It ends before this index, its boundary included.
    Ends(usize),
    /// The line is longer than the cap. The part of it that is kept ends before this index.
    IsCut(usize),
    /// It ends behind the window. It starts at `start`, and a window to `limit` is enough to say
    /// where it ends or is cut.
    GoesOn { start: usize, limit: usize },
}

impl Cutter {
    /// Returns how many bytes of a line or a record are kept: enough to see that it is longer than
    /// the cap.
    pub(crate) fn kept_bytes(&self) -> usize {
        let more = match self.unit {
            TextUnit::Line => 2,
            // A record may go on behind a CR LF.
            TextUnit::Record(_) => 3,
        };
        self.max_line_bytes.saturating_add(more)
    }

    /// Returns the start of the first line or record that a part owns, if any starts before
    /// `border`. The window reaches as far behind the border as [`TextUnit::head_bytes`] says.
    pub(crate) fn first(&self, window: &[u8], border: usize, first: First) -> Option<usize> {
        let start = match (first, &self.unit) {
            (First::At(start), _) => start,
            (First::BehindBoundary, TextUnit::Line) => {
                self.boundary.behind_first(&window[..border])?
            }
            (First::BehindBoundary, TextUnit::Record(is_start)) => {
                let line = self.boundary.behind_first(&window[..border])?;
                let known = window.len().min(border.saturating_add(HEAD_BYTES));
                let found = TextUnit::next_start(is_start.as_ref(), &window[..known], line, true);
                let NextStart::At(start) = found else {
                    return None;
                };
                start
            }
        };
        (start < border).then_some(start)
    }

    /// Returns the end of the last line or record that starts at `first` or behind it, and before
    /// `border`. The window reaches the border. `seen` bytes of it were looked at before.
    pub(crate) fn last(
        &self,
        window: TextWindow<'_>,
        first: usize,
        border: usize,
        seen: usize,
    ) -> Last {
        let bytes = window.bytes;
        debug_assert!(first < border && border <= bytes.len(), "it has a line");
        let TextUnit::Record(is_start) = &self.unit else {
            return self.last_line(bytes, first, border, seen);
        };
        let start = self.unit.start(bytes, first, border - 1);
        let limit = start.saturating_add(self.kept_bytes());
        // A start at the limit is the last that counts, and its head has to be known.
        let wanted = limit.saturating_add(HEAD_BYTES);
        let known = &bytes[..bytes.len().min(wanted)];
        let is_all = window.is_end && known.len() == bytes.len();
        let line = self.boundary.behind_first(&known[border - 1..]);
        let next = line.map(|behind| {
            TextUnit::next_start(is_start.as_ref(), known, border - 1 + behind, is_all)
        });
        match next {
            Some(NextStart::At(end)) if end <= limit => Last::Ends(end),
            Some(NextStart::At(_)) => Last::IsCut(limit),
            _ if known.len() == wanted => Last::IsCut(limit),
            _ => Last::GoesOn {
                start,
                limit: wanted,
            },
        }
    }

    /// Returns whether the last line or record of `bytes`, which are those of a part, goes on behind
    /// them.
    pub(crate) fn is_cut(&self, bytes: &[u8]) -> bool {
        match &self.unit {
            TextUnit::Line => !self.boundary.ends(bytes),
            TextUnit::Record(_) if bytes.len() < self.kept_bytes() => false,
            TextUnit::Record(_) => {
                let start = self.unit.start(bytes, 0, bytes.len() - 1);
                bytes.len() - start >= self.kept_bytes()
            }
        }
    }

    fn last_line(&self, bytes: &[u8], first: usize, border: usize, seen: usize) -> Last {
        if seen <= border && self.boundary.ends(&bytes[..border]) {
            return Last::Ends(border);
        }
        let before = &bytes[first..border - 1];
        let behind = self.boundary.behind_last(before);
        let start = behind.map_or(first, |behind| first + behind);
        let limit = start.saturating_add(self.kept_bytes());
        let known = bytes.len().min(limit);
        let from = seen.max(border).min(known);
        match self.boundary.behind_first(&bytes[from..known]) {
            Some(behind) => Last::Ends(from + behind),
            None if known == limit => Last::IsCut(limit),
            None => Last::GoesOn { start, limit },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;

    const NUL: Boundary = Boundary(0);

    fn cutter(max_line_bytes: usize) -> Cutter {
        Cutter {
            boundary: Boundary::LF,
            unit: TextUnit::Line,
            max_line_bytes,
        }
    }

    fn record_cutter(max_line_bytes: usize) -> Cutter {
        Cutter {
            unit: TextUnit::Record(Arc::new(|line: &[u8]| line.first() == Some(&b'#'))),
            ..cutter(max_line_bytes)
        }
    }

    /// Returns a window in which no more of the text is known.
    fn window(bytes: &[u8]) -> TextWindow<'_> {
        TextWindow {
            bytes,
            is_end: false,
        }
    }

    #[test]
    fn a_part_owns_the_lines_that_start_before_its_border() {
        let text = b"xx\naaa\nbbbb\nccccc\nd";
        let table: [(usize, First, Option<usize>, Last); 7] = [
            // The border lies inside a line, and the owner of that line looks beyond the border.
            (9, First::BehindBoundary, Some(3), Last::Ends(12)),
            // The border is a line start: that line belongs to the next part.
            (12, First::BehindBoundary, Some(3), Last::Ends(12)),
            // The border is one byte behind a line start: the part owns that line.
            (13, First::BehindBoundary, Some(3), Last::Ends(18)),
            (13, First::At(0), Some(0), Last::Ends(18)),
            // No line starts in the part, or only at its border.
            (2, First::BehindBoundary, None, Last::Ends(0)),
            (3, First::BehindBoundary, None, Last::Ends(0)),
            // The last line goes on behind the window.
            (
                19,
                First::At(0),
                Some(0),
                Last::GoesOn {
                    start: 18,
                    limit: 120,
                },
            ),
        ];
        for (border, first, start, last) in table {
            let cutter = cutter(100);
            assert_eq!(cutter.first(text, border, first), start, "{border}");
            if let Some(start) = start {
                assert_eq!(
                    cutter.last(window(text), start, border, 0),
                    last,
                    "{border}"
                );
            }
        }
    }

    #[test]
    fn a_line_longer_than_the_cap_is_cut_two_bytes_behind_it_wherever_the_border_is() {
        let text = b"a\nbbbbbbbbbb\nc";
        for border in 3..=12 {
            assert_eq!(cutter(4).last(window(text), 0, border, 0), Last::IsCut(8));
        }
        assert_eq!(cutter(9).last(window(text), 0, 3, 0), Last::Ends(13));
        assert_eq!(cutter(8).last(window(text), 0, 3, 0), Last::IsCut(12));
    }

    #[test]
    fn another_boundary_cuts_at_other_bytes() {
        let cutter = Cutter {
            boundary: NUL,
            ..cutter(100)
        };
        let text = b"a\nb\0c\nd\0";
        assert_eq!(cutter.first(text, 6, First::BehindBoundary), Some(4));
        assert_eq!(cutter.last(window(text), 0, 1, 0), Last::Ends(4));
        assert_eq!(cutter.last(window(text), 4, 6, 0), Last::Ends(8));
    }

    #[test]
    fn a_record_ends_where_the_next_begins_or_at_the_cap() {
        let text = b"x\n#a\nb\n#c\nd\n";
        let all = TextWindow {
            bytes: text,
            is_end: true,
        };
        let cutter = record_cutter(100);
        assert_eq!(cutter.first(text, 3, First::BehindBoundary), Some(2));
        assert_eq!(cutter.first(text, 6, First::BehindBoundary), Some(2));
        assert_eq!(cutter.first(text, 2, First::BehindBoundary), None);
        for border in 3..=7 {
            assert_eq!(cutter.last(all, 2, border, 0), Last::Ends(7), "{border}");
        }
        // Nothing tells that the last record ends with the window.
        for window in [all, window(text)] {
            let goes_on = Last::GoesOn {
                start: 7,
                limit: 7 + 103 + HEAD_BYTES,
            };
            assert_eq!(cutter.last(window, 2, 8, 0), goes_on);
        }
        let long = [b"#a\n".as_slice(), &b"b\n".repeat(1000)].concat();
        let all = TextWindow {
            bytes: &long,
            is_end: true,
        };
        assert_eq!(record_cutter(5).last(all, 0, 1, 0), Last::IsCut(8));
        assert_eq!(record_cutter(5).last(all, 0, 500, 0), Last::IsCut(8));
    }

    /// Cuts a text into parts of `part_bytes`, through a window that grows by `step` bytes at a
    /// time.
    fn parts(text: &[u8], part_bytes: usize, cutter: &Cutter, step: usize) -> Vec<(usize, usize)> {
        let mut parts = Vec::new();
        for start in (0..text.len()).step_by(part_bytes) {
            let before = start.saturating_sub(1);
            let border = (start + part_bytes).min(text.len()) - before;
            let first = match start {
                0 => First::At(0),
                _ => First::BehindBoundary,
            };
            let mut known = (border + cutter.unit.head_bytes()).min(text.len() - before);
            let window = |known: usize| TextWindow {
                bytes: &text[before..before + known],
                is_end: before + known == text.len(),
            };
            let Some(first) = cutter.first(window(known).bytes, border, first) else {
                continue;
            };
            let mut seen = 0;
            let end = loop {
                match cutter.last(window(known), first, border, seen) {
                    Last::Ends(end) | Last::IsCut(end) => break end,
                    Last::GoesOn { .. } if before + known == text.len() => break known,
                    Last::GoesOn { .. } => {
                        seen = known;
                        known = (known + step).min(text.len() - before);
                    }
                }
            };
            parts.push((before + first, before + end));
        }
        parts
    }

    /// Checks that each line or record has one owner.
    fn check(text: &[u8], part_bytes: usize, cutter: &Cutter, step: usize) {
        let kept = |line: &[u8]| line[..line.len().min(cutter.kept_bytes())].to_vec();
        let mut got = Vec::new();
        for (start, end) in parts(text, part_bytes, cutter, step) {
            let mut at = start;
            while at < end {
                let behind = start + cutter.unit.end(&text[start..end], at - start);
                got.push((at, kept(&text[at..behind])));
                at = behind;
            }
        }
        let mut want = Vec::new();
        let mut at = 0;
        while at < text.len() {
            let behind = cutter.unit.end(text, at);
            want.push((at, kept(&text[at..behind])));
            at = behind;
        }
        assert_eq!(got, want);
    }

    proptest! {
        #[test]
        fn every_line_has_one_owner_however_a_text_is_divided_and_read(
            text in "[ab\n]{0,40}",
            part_bytes in 1usize..12,
            step in 1usize..9,
            max_line_bytes in 1usize..9,
        ) {
            check(text.as_bytes(), part_bytes, &cutter(max_line_bytes), step);
        }

        #[test]
        fn every_record_has_one_owner_however_a_text_is_divided_and_read(
            text in "[#a\n]{0,40}",
            part_bytes in 1usize..12,
            step in 1usize..9,
            max_line_bytes in 1usize..20,
        ) {
            check(text.as_bytes(), part_bytes, &record_cutter(max_line_bytes), step);
        }
    }
}
