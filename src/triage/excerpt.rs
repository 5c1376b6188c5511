//! Which lines of a long failure are shown.
//!
//! A failure of hundreds of lines says the most in a few: its first ones, the headline with what
//! follows it, and lines that would be failures by themselves. They are put in an order of
//! importance, so that a format with room for ten shows ten of the forty that another one has.

use super::{ExcerptLine, Finding};

/// How many lines of the beginning come first of all, and how many soon behind.
const HEAD_FIRST: usize = 3;
const HEAD_THEN: usize = 6;

/// How many lines behind the headline come early, and how many later.
const BEHIND_FIRST: usize = 4;
const BEHIND_THEN: usize = 20;

/// How many of the other lines that matter come before the rest, each with the one behind it.
const PARTS_MAX: usize = 2;

/// The lines to show of `count`, at most `most`, the most important one first. `headline` says the
/// failure best; `parts` matter as well.
pub(crate) fn choose(count: usize, headline: usize, parts: &[usize], most: usize) -> Vec<usize> {
    let mut chosen: Vec<usize> = Vec::new();
    let mut take = |lines: std::ops::Range<usize>| {
        for at in lines {
            if at < count && chosen.len() < most && !chosen.contains(&at) {
                chosen.push(at);
            }
        }
    };
    if count > most {
        take(0..HEAD_FIRST);
        take(headline..headline + BEHIND_FIRST + 1);
        take(headline.saturating_sub(1)..headline);
        for &part in parts.iter().take(PARTS_MAX) {
            take(part..part + 2);
        }
        take(HEAD_FIRST..HEAD_THEN);
        take(headline.saturating_sub(2)..headline);
        take(headline..headline + BEHIND_THEN + 1);
    }
    take(0..count);
    chosen
}

impl Finding {
    /// The most important lines of the excerpt, at most `most`, in the order of the log.
    pub(crate) fn excerpt_of(&self, most: usize) -> Vec<&ExcerptLine> {
        let lines = self.excerpt.iter();
        lines.filter(|line| line.importance < most).collect()
    }

    /// How many lines are between the ones shown, or behind the last of them.
    pub(crate) fn lines_left_out(&self, shown: &[&ExcerptLine]) -> u64 {
        let lines = self.last_line + 1 - self.first_line;
        lines.saturating_sub(crate::line::to_u64(shown.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(mut lines: Vec<usize>) -> Vec<usize> {
        lines.sort_unstable();
        lines
    }

    #[test]
    fn a_short_failure_is_shown_whole() {
        assert_eq!(choose(3, 1, &[2], 10), [0, 1, 2]);
        assert_eq!(choose(0, 0, &[], 10), [0; 0]);
    }

    #[test]
    fn of_a_long_failure_the_beginning_the_headline_and_what_follows_are_shown() {
        let lines = sorted(choose(400, 200, &[100], 12));
        assert_eq!(lines, [0, 1, 2, 3, 100, 101, 199, 200, 201, 202, 203, 204]);
        assert_eq!(
            sorted(choose(400, 0, &[], 10)),
            [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
        );
        assert_eq!(sorted(choose(5, 4, &[], 4)), [0, 1, 2, 4]);
    }

    #[test]
    fn fewer_lines_are_some_of_the_more_that_are_shown_elsewhere() {
        let more = choose(400, 200, &[100, 150, 300], 40);
        for most in 1..40 {
            assert_eq!(choose(400, 200, &[100, 150, 300], most), more[..most]);
        }
    }
}
