//! Lines of a log that belong together, as the likely cause of a failure.

use super::{collect::LinePlace, mask::Mask, test_name::TestName};

/// Two blocks are one finding if the second begins so many lines behind the last line of the first,
/// or before.
pub(crate) const GAP_LINES: u64 = 1;

/// A likely cause, before its lines are read again for a report.
#[derive(Clone, Debug)]
pub(crate) struct Cause {
    pub(crate) log: usize,
    /// From 0, with the last.
    pub(crate) first_line: u64,
    pub(crate) last_line: u64,
    /// Its headline.
    pub(crate) place: LinePlace,
    pub(crate) rule: Option<u16>,
    pub(crate) mask: Mask,
    pub(crate) count: u64,
    pub(crate) score: i32,
    pub(crate) is_new: Option<bool>,
    pub(crate) step: String,
    pub(crate) why: String,
    /// Whether it is shown without being asked for.
    pub(crate) is_believed: bool,
    /// What its first line says, if a rule found it.
    pub(crate) begins: Vec<u8>,
    /// What the line says that the rule matched.
    pub(crate) head: Vec<u8>,
    /// Whether its first line says that it goes on with what stands above, behind a blank line.
    pub(crate) goes_on: bool,
    /// The test that failed, if the rule is about tests.
    pub(crate) test: Option<TestName>,
    /// What its headline says, if its rule knows which line that is.
    pub(crate) said: Option<Mask>,
    /// Lines of other candidates that have become a part of it, each with its score.
    pub(crate) parts: Vec<(u64, i32)>,
    /// Where the same failure is told again.
    pub(crate) retold: Vec<Retelling>,
}

/// Another place that tells of the same failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Retelling {
    /// From 0, with the last.
    pub(crate) first_line: u64,
    pub(crate) last_line: u64,
    /// The line that names it.
    pub(crate) place: LinePlace,
}

impl Cause {
    pub(crate) fn overlaps(&self, other: &Cause) -> bool {
        self.log == other.log
            && self.first_line <= other.last_line
            && other.first_line <= self.last_line
    }

    /// Whether one line says both best.
    pub(crate) fn has_headline_of(&self, other: &Cause) -> bool {
        self.log == other.log && self.place.line == other.place.line
    }

    /// Whether `next`, which does not begin before this one, begins in it or directly behind it.
    pub(crate) fn touches(&self, next: &Cause) -> bool {
        let gap = GAP_LINES + u64::from(next.goes_on);
        self.log == next.log && next.first_line <= self.last_line + gap
    }

    /// Leaves the lines above its headline to the cause before it, if they are in both.
    pub(crate) fn begin_behind(&mut self, before: &Cause) {
        if self.log == before.log && self.place.line > before.last_line {
            self.first_line = self.first_line.max(before.last_line + 1);
        }
    }

    /// The lines of other candidates in it, the likeliest first.
    pub(crate) fn parts(&self) -> Vec<u64> {
        let mut parts = self.parts.clone();
        parts.sort_by_key(|&(line, score)| (std::cmp::Reverse(score), line));
        parts.into_iter().map(|(line, _)| line).collect()
    }

    /// How many lines it has.
    pub(crate) fn lines(&self) -> u64 {
        self.last_line - self.first_line + 1
    }
}
