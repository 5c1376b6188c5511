//! Turns what a search looks for into numbers. A search can only go on where another one has ended
//! that looked for the same.

use xxhash_rust::xxh3::Xxh3;

use crate::{
    line::to_u64,
    matcher::{CaseMode, Extent, Patterns, Syntax},
    scan::Scan,
};

/// The numbers of what selects lines in a search: its patterns and the flags that belong to them.
/// They do not depend on how lines are shown, or on how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest {
    parts: [u64; PARTS.len()],
}

/// What each of the numbers stands for, in the words of the command line.
const PARTS: [&str; 8] = [
    "the patterns",
    "--and",
    "--not",
    "--fixed-strings",
    "--ignore-case or --smart-case",
    "--word-regexp or --line-regexp",
    "--invert-match",
    "--max-line-bytes",
];

impl Digest {
    /// Returns the digest of a search for `patterns`, of which the matcher of `scan` was made.
    pub fn of(patterns: &Patterns, scan: &Scan) -> Digest {
        let syntax = match patterns.syntax {
            Syntax::Regex => 0,
            Syntax::Fixed => 1,
        };
        let case = match patterns.case {
            CaseMode::Sensitive => 0,
            CaseMode::Insensitive => 1,
            CaseMode::Smart => 2,
        };
        let extent = match patterns.extent {
            Extent::Anywhere => 0,
            Extent::Word => 1,
            Extent::Line => 2,
        };
        Digest {
            parts: [
                hash(&patterns.patterns),
                hash(&patterns.and),
                hash(&patterns.not),
                syntax,
                case,
                extent,
                u64::from(scan.invert),
                to_u64(scan.max_line_bytes()),
            ],
        }
    }

    pub(super) fn parts(&self) -> [u64; PARTS.len()] {
        self.parts
    }

    pub(super) fn of_parts(words: &[u64]) -> Digest {
        let mut parts = [0; PARTS.len()];
        for (part, word) in parts.iter_mut().zip(words) {
            *part = *word;
        }
        Digest { parts }
    }

    /// Returns what differs from `other`, in words.
    pub(super) fn differences(&self, other: &Digest) -> Vec<&'static str> {
        let pairs = self.parts.iter().zip(&other.parts).zip(PARTS);
        pairs
            .filter(|((mine, other), _)| mine != other)
            .map(|(_, name)| name)
            .collect()
    }
}

/// Returns the XXH3-64 of the texts. Each text has its length before it, so that no two lists look
/// alike.
fn hash(texts: &[Vec<u8>]) -> u64 {
    let mut hash = Xxh3::new();
    for text in texts {
        hash.update(&to_u64(text.len()).to_le_bytes());
        hash.update(text);
    }
    hash.digest()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matcher::Matcher;

    fn patterns(texts: &[&str]) -> Patterns {
        Patterns {
            patterns: texts.iter().map(|text| text.as_bytes().to_vec()).collect(),
            ..Patterns::default()
        }
    }

    fn digest(patterns: &Patterns, change: impl FnOnce(&mut Scan)) -> Digest {
        let mut scan = Scan::new(Matcher::new(patterns).unwrap());
        change(&mut scan);
        Digest::of(patterns, &scan)
    }

    #[track_caller]
    fn check(change: impl FnOnce(&mut Patterns), want: &[&str]) {
        let first = patterns(&["a", "b"]);
        let mut second = first.clone();
        change(&mut second);
        let differences = digest(&first, |_| {}).differences(&digest(&second, |_| {}));
        assert_eq!(differences, want);
    }

    #[test]
    fn what_selects_lines_counts_and_is_named() {
        check(|_| {}, &[]);
        check(|p| p.patterns.swap(0, 1), &["the patterns"]);
        check(|p| p.patterns = vec![b"ab".into()], &["the patterns"]);
        check(|p| p.and.push(b"c".into()), &["--and"]);
        check(|p| p.not.push(b"c".into()), &["--not"]);
        check(|p| p.syntax = Syntax::Fixed, &["--fixed-strings"]);
        check(
            |p| {
                p.case = CaseMode::Smart;
                p.extent = Extent::Line;
            },
            &[
                "--ignore-case or --smart-case",
                "--word-regexp or --line-regexp",
            ],
        );
        let plain = patterns(&["a"]);
        let is = digest(&plain, |_| {});
        let inverted = digest(&plain, |scan| scan.invert = true);
        assert_eq!(is.differences(&inverted), ["--invert-match"]);
        let capped = digest(&plain, |scan| scan.max_line_bytes = 10);
        assert_eq!(is.differences(&capped), ["--max-line-bytes"]);
    }

    #[test]
    fn how_lines_are_shown_and_how_many_does_not_count() {
        let plain = patterns(&["a"]);
        let other = digest(&plain, |scan| {
            scan.line_numbers = true;
            scan.context = crate::Context::All;
            scan.limit = crate::Limit::First(3);
            scan.chunk_bytes = Some(7);
        });
        assert_eq!(digest(&plain, |_| {}), other);
    }
}
