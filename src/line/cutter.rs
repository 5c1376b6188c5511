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

/// Cuts a text into parts of whole lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cutter {
    pub(crate) boundary: Boundary,
    /// A line longer than this is cut to its first bytes.
    pub(crate) max_line_bytes: usize,
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
    /// It ends behind the window. It starts at `start`, and is cut at `limit` if it does not end
    /// before.
    GoesOn { start: usize, limit: usize },
}

impl Cutter {
    /// Returns how many bytes of a line are kept: enough to see that it is longer than the cap.
    pub(crate) fn kept_bytes(self) -> usize {
        self.max_line_bytes.saturating_add(2)
    }

    /// Returns the start of the first line that a part owns, if any line starts before `border`.
    pub(crate) fn first(self, window: &[u8], border: usize, first: First) -> Option<usize> {
        let start = match first {
            First::At(start) => start,
            First::BehindBoundary => self.boundary.behind_first(&window[..border])?,
        };
        (start < border).then_some(start)
    }

    /// Returns the end of the last line that starts at `first` or behind it, and before `border`.
    /// The window reaches the border. `seen` bytes of it were looked at before.
    pub(crate) fn last(self, window: &[u8], first: usize, border: usize, seen: usize) -> Last {
        debug_assert!(first < border && border <= window.len(), "it has a line");
        if seen <= border && self.boundary.ends(&window[..border]) {
            return Last::Ends(border);
        }
        let start = self.start_of_last(window, first, border);
        let limit = start.saturating_add(self.kept_bytes());
        let known = window.len().min(limit);
        let from = seen.max(border).min(known);
        match self.boundary.behind_first(&window[from..known]) {
            Some(behind) => Last::Ends(from + behind),
            None if known == limit => Last::IsCut(limit),
            None => Last::GoesOn { start, limit },
        }
    }

    /// Returns the start of the last line that starts before `border`.
    fn start_of_last(self, window: &[u8], first: usize, border: usize) -> usize {
        let before = &window[first..border - 1];
        self.boundary
            .behind_last(before)
            .map_or(first, |behind| first + behind)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NUL: Boundary = Boundary(0);

    fn cutter(max_line_bytes: usize) -> Cutter {
        Cutter {
            boundary: Boundary::LF,
            max_line_bytes,
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
                assert_eq!(cutter.last(text, start, border, 0), last, "{border}");
            }
        }
    }

    #[test]
    fn a_line_longer_than_the_cap_is_cut_two_bytes_behind_it_wherever_the_border_is() {
        let text = b"a\nbbbbbbbbbb\nc";
        for border in 3..=12 {
            assert_eq!(cutter(4).last(text, 0, border, 0), Last::IsCut(8));
        }
        assert_eq!(cutter(9).last(text, 0, 3, 0), Last::Ends(13));
        assert_eq!(cutter(8).last(text, 0, 3, 0), Last::IsCut(12));
    }

    #[test]
    fn another_boundary_cuts_at_other_bytes() {
        let cutter = Cutter {
            boundary: NUL,
            max_line_bytes: 100,
        };
        let text = b"a\nb\0c\nd\0";
        assert_eq!(cutter.first(text, 6, First::BehindBoundary), Some(4));
        assert_eq!(cutter.last(text, 0, 1, 0), Last::Ends(4));
        assert_eq!(cutter.last(text, 4, 6, 0), Last::Ends(8));
    }

    /// Cuts a text into parts of `part_bytes`, through a window that grows by `step` bytes at a
    /// time.
    fn parts(text: &[u8], part_bytes: usize, cutter: Cutter, step: usize) -> Vec<(usize, usize)> {
        let mut parts = Vec::new();
        for start in (0..text.len()).step_by(part_bytes) {
            let before = start.saturating_sub(1);
            let border = (start + part_bytes).min(text.len()) - before;
            let first = match start {
                0 => First::At(0),
                _ => First::BehindBoundary,
            };
            let mut known = border;
            let window = |known: usize| &text[before..before + known];
            let Some(first) = cutter.first(window(known), border, first) else {
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

    proptest! {
        #[test]
        fn every_line_has_one_owner_however_a_text_is_divided_and_read(
            text in "[ab\n]{0,40}",
            part_bytes in 1usize..12,
            step in 1usize..9,
            max_line_bytes in 1usize..9,
        ) {
            let text = text.as_bytes();
            let cutter = cutter(max_line_bytes);
            let mut got = Vec::new();
            for (start, end) in parts(text, part_bytes, cutter, step) {
                let mut at = start;
                for line in text[start..end].split_inclusive(|&byte| byte == b'\n') {
                    got.push((at, line[..line.len().min(cutter.kept_bytes())].to_vec()));
                    at += line.len();
                }
            }
            let mut want = Vec::new();
            let mut at = 0;
            for line in text.split_inclusive(|&byte| byte == b'\n') {
                want.push((at, line[..line.len().min(cutter.kept_bytes())].to_vec()));
                at += line.len();
            }
            prop_assert_eq!(got, want);
        }
    }
}
