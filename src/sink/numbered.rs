//! Lines one after the other with their numbers, as many as fit a budget.

use std::fmt;

use crate::{
    budget::{Budget, Purse, elided},
    harmless::{for_programs, on_one_line},
};

/// How many characters of a line are printed in any case.
const LINE_CHARS_MIN: usize = 280;

/// What a number and its signs cost at least, in characters.
const ROW_CHARS_MIN: u64 = 11;

/// A page of numbered lines that never passes its budget.
///
/// ```
/// use logscan::{Budget, sink::NumberedPage};
/// let mut page = NumberedPage::new(Budget::Lines(5));
/// assert!(page.add(7, b"disk full"));
/// assert_eq!(page.to_string(), "      7 | disk full\n");
/// ```
#[derive(Clone, Debug)]
pub struct NumberedPage {
    purse: Purse,
    text: String,
    /// The name of an input, for above its first line.
    heading: String,
    is_full: bool,
}

impl NumberedPage {
    /// Creates an empty page.
    pub fn new(budget: Budget) -> NumberedPage {
        NumberedPage {
            purse: Purse::new(budget),
            text: String::new(),
            heading: String::new(),
            is_full: false,
        }
    }

    /// Returns how many lines could fit at the most.
    pub fn lines_max(&self) -> u64 {
        match self.purse.budget() {
            Budget::Lines(lines) => lines,
            budget @ (Budget::Tokens(_) | Budget::Bytes(_)) => budget.limit() / ROW_CHARS_MIN + 1,
        }
    }

    /// Names the input of the lines that are added next. The name stands above the first of them.
    pub fn begin(&mut self, name: &str) {
        self.heading = format!("{}:\n", for_programs(&on_one_line(name)));
    }

    /// Adds a line. A line may take a half of what is left, and the middle of a longer one is left
    /// out. Returns whether the line fits. If it does not, no other line is added.
    pub fn add(&mut self, number: u64, line: &[u8]) -> bool {
        if self.is_full {
            return false;
        }
        let chars_max = usize::try_from(self.purse.left() / 2).unwrap_or(usize::MAX);
        let chars_max = match self.purse.budget() {
            Budget::Lines(_) => LINE_CHARS_MIN,
            Budget::Tokens(_) | Budget::Bytes(_) => chars_max.max(LINE_CHARS_MIN),
        };
        let text = elided(&String::from_utf8_lossy(line), chars_max);
        let row = format!(
            "{}{number:>7} | {}\n",
            std::mem::take(&mut self.heading),
            for_programs(&on_one_line(&text))
        );
        self.is_full = !self.purse.pay(&row);
        if !self.is_full {
            self.text.push_str(&row);
        }
        !self.is_full
    }
}

impl fmt::Display for NumberedPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_an_input_stands_above_its_first_line_or_not_at_all() {
        let mut page = NumberedPage::new(Budget::Lines(5));
        page.begin("a.zip!x");
        page.begin("a.zip!y");
        assert!(page.add(1, b"one"));
        assert!(page.add(2, b"two"));
        page.begin("a.zip!z\n::error::");
        assert!(!page.add(1, b"no room"));
        assert_eq!(page.to_string(), "a.zip!y:\n      1 | one\n      2 | two\n");
    }

    #[test]
    fn a_page_of_lines_never_passes_its_budget_and_ends_where_it_is_full() {
        for budget in [Budget::Tokens(200), Budget::Bytes(2048), Budget::Lines(6)] {
            let mut page = NumberedPage::new(budget);
            let line = "\u{e4} ".repeat(500);
            let added = (1..100).take_while(|&nth| page.add(nth, line.as_bytes()));
            let added = added.count();
            let text = page.to_string();
            assert!(budget.cost(&text) <= budget.limit(), "{text}");
            assert_eq!(text.lines().count(), added);
            assert!((1..=10).contains(&added), "{text}");
            assert!(text.contains(" characters ...]"), "{text}");
            assert!(!page.add(1000, b"x"));
            assert!(page.lines_max() >= crate::line::to_u64(added));
        }
    }
}
