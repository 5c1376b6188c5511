//! How much may be printed: for readers who pay by the token.

use std::{fmt, str::FromStr};

/// How many characters are taken for one token.
pub const TOKEN_CHARS: u64 = 4;

/// The least that a budget can be: less holds no evidence.
const TOKENS_MIN: u64 = 200;
const BYTES_MIN: u64 = TOKENS_MIN * TOKEN_CHARS;
const LINES_MIN: u64 = 5;

/// How much may be printed.
///
/// ```
/// use logscan::Budget;
/// assert_eq!("2500".parse(), Ok(Budget::Tokens(2500)));
/// assert_eq!("10K".parse(), Ok(Budget::Bytes(10_240)));
/// assert_eq!("80lines".parse(), Ok(Budget::Lines(80)));
/// assert!("10".parse::<Budget>().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Budget {
    /// So many times [`TOKEN_CHARS`] characters.
    Tokens(u64),
    /// So many bytes.
    Bytes(u64),
    /// So many lines.
    Lines(u64),
}

impl Budget {
    /// Returns how much of it a text takes up.
    pub(crate) fn cost(self, text: &str) -> u64 {
        let count = match self {
            Budget::Tokens(_) => text.chars().count(),
            Budget::Bytes(_) => text.len(),
            Budget::Lines(_) => text.matches('\n').count(),
        };
        crate::line::to_u64(count)
    }

    /// Returns what all text together may cost.
    pub(crate) fn limit(self) -> u64 {
        match self {
            Budget::Tokens(tokens) => tokens.saturating_mul(TOKEN_CHARS),
            Budget::Bytes(most) | Budget::Lines(most) => most,
        }
    }
}

impl fmt::Display for Budget {
    /// Writes it as [`Budget::from_str`] reads it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Budget::Tokens(tokens) => write!(f, "{tokens}"),
            Budget::Bytes(bytes) => write!(f, "{}K", bytes / 1024),
            Budget::Lines(lines) => write!(f, "{lines}lines"),
        }
    }
}

impl FromStr for Budget {
    type Err = String;

    /// Parses `2500` (tokens), `10K` or `1M` (bytes), `80lines`.
    ///
    /// # Errors
    /// What a budget is, for people.
    fn from_str(text: &str) -> Result<Budget, String> {
        let digits = text.find(|c: char| !c.is_ascii_digit());
        let (number, unit) = text.split_at(digits.unwrap_or(text.len()));
        let number: Option<u64> = number.parse().ok();
        let times = |factor: u64| number.and_then(|number| number.checked_mul(factor));
        let (budget, min) = match unit {
            "" => (number.map(Budget::Tokens), TOKENS_MIN),
            "K" | "k" => (times(1 << 10).map(Budget::Bytes), BYTES_MIN),
            "M" | "m" => (times(1 << 20).map(Budget::Bytes), BYTES_MIN),
            "lines" => (number.map(Budget::Lines), LINES_MIN),
            _ => (None, 0),
        };
        match budget {
            Some(Budget::Tokens(size) | Budget::Bytes(size) | Budget::Lines(size))
                if size < min =>
            {
                Err(format!(
                    "nothing fits into so little; a budget is at least {TOKENS_MIN} tokens, 1K or {LINES_MIN}lines"
                ))
            }
            Some(budget) => Ok(budget),
            None => Err(
                "a budget is a number of tokens (2500), of bytes (10K, 1M) or of lines (80lines)"
                    .into(),
            ),
        }
    }
}

/// How much a page may hold, and what the commands need that it advises.
#[derive(Clone, Debug)]
pub struct PageOptions {
    /// How much the page may hold.
    pub budget: Budget,
    /// The flags with which the logs were read, as in `--cr-lines `, with a blank behind each. With
    /// others a command would find other lines. `None` if no command finds the rest.
    pub flags: Option<String>,
    /// The files as they were named, if they were read as one log.
    pub one_log: Option<String>,
}

impl From<Budget> for PageOptions {
    /// The page of logs that were read without flags.
    fn from(budget: Budget) -> PageOptions {
        PageOptions {
            budget,
            flags: Some(String::new()),
            one_log: None,
        }
    }
}

/// How much the last line of a page may cost, in characters or bytes. A longer one is left out.
const FOOT_CHARS_MAX: u64 = 200;

/// What is left of a budget while a page is filled. One last line can always be paid, which says
/// what was left out.
#[derive(Clone, Debug)]
pub(crate) struct Purse {
    budget: Budget,
    left: u64,
}

impl Purse {
    /// Returns the budget without what the last line may cost.
    pub(crate) fn new(budget: Budget) -> Purse {
        let foot = match budget {
            Budget::Lines(_) => 1,
            Budget::Tokens(_) | Budget::Bytes(_) => FOOT_CHARS_MAX,
        };
        Purse {
            budget,
            left: budget.limit().saturating_sub(foot),
        }
    }

    /// Returns the whole budget, for a page that leaves nothing out.
    pub(crate) fn whole(budget: Budget) -> Purse {
        Purse {
            budget,
            left: budget.limit(),
        }
    }

    /// Returns the budget itself.
    pub(crate) fn budget(&self) -> Budget {
        self.budget
    }

    /// Returns how much is left, in the unit of the budget.
    pub(crate) fn left(&self) -> u64 {
        self.left
    }

    /// Returns whether enough is left for a text.
    pub(crate) fn has(&self, text: &str) -> bool {
        self.budget.cost(text) <= self.left
    }

    /// Pays for a text, if there is enough left.
    pub(crate) fn pay(&mut self, text: &str) -> bool {
        let pays = self.has(text);
        if pays {
            self.left -= self.budget.cost(text);
        }
        pays
    }

    /// Adds the first of some last lines that fits.
    pub(crate) fn finish(&self, page: &mut String, feet: &[String]) {
        let cost = self.budget.cost(page);
        let fits = |foot: &&String| cost + self.budget.cost(foot) <= self.budget.limit();
        if let Some(foot) = feet.iter().find(fits) {
            page.push_str(foot);
        }
    }
}

/// How many characters a mark may have that says how many were left out.
const MARK_CHARS: usize = 30;

/// Returns the beginning and the end of a text that has more than so many characters.
pub(crate) fn elided(text: &str, chars_max: usize) -> String {
    let count = text.chars().count();
    if count <= chars_max + MARK_CHARS {
        return text.to_owned();
    }
    let head_chars = chars_max * 4 / 5;
    let head: String = text.chars().take(head_chars).collect();
    let tail = chars_max - head_chars;
    let end: String = text.chars().skip(count - tail).collect();
    format!("{head}[... {} characters ...]{end}", count - chars_max)
}

/// Returns the beginning of a text that has more than so many characters, and the part of it that
/// begins shortly before the byte `at`.
pub(crate) fn elided_around(text: &str, at: usize, chars_max: usize) -> String {
    let chars_before = text.get(..at).map_or(0, |before| before.chars().count());
    let head_chars = chars_max / 4;
    let room = chars_max - head_chars;
    let from = chars_before.saturating_sub(room / 4);
    let count = text.chars().count();
    if count <= chars_max + MARK_CHARS || from <= head_chars + MARK_CHARS {
        return elided(text, chars_max);
    }
    let head: String = text.chars().take(head_chars).collect();
    let part: String = text.chars().skip(from).take(room).collect();
    let behind = match count.saturating_sub(from + room) {
        0 => String::new(),
        behind => format!("[... {behind} characters ...]"),
    };
    format!(
        "{head}[... {} characters ...]{part}{behind}",
        from - head_chars
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_a_long_text_is_left_out_and_what_was_looked_for_stays() {
        let text = format!("{}\u{e4}needle{}", "a".repeat(900), "b".repeat(500));
        assert_eq!(elided("short", 100), "short");
        assert!(elided(&text, 100).ends_with(&"b".repeat(20)));
        for at in [0, 10, 902, 1400] {
            let around = elided_around(&text, at, 100);
            assert!(around.contains("[... "), "{around}");
            assert!(around.chars().count() <= 100 + 2 * MARK_CHARS, "{around}");
        }
        let around = elided_around(&text, 902, 100);
        assert!(
            around.starts_with(&"a".repeat(25)) && around.contains("needle"),
            "{around}"
        );
        // What is no border of a character is no place.
        assert!(!elided_around(&text, 901, 100).contains("needle"));
    }

    #[test]
    fn a_budget_has_a_unit_and_is_not_too_small() {
        assert_eq!("200".parse(), Ok(Budget::Tokens(200)));
        assert_eq!("1M".parse(), Ok(Budget::Bytes(1 << 20)));
        for wrong in [
            "",
            "199",
            "4lines",
            "10 K",
            "K",
            "5x",
            "-1",
            "99999999999999999999",
        ] {
            assert!(wrong.parse::<Budget>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_text_costs_characters_bytes_or_lines() {
        let text = "\u{e4}b\nc\n";
        assert_eq!(Budget::Tokens(200).cost(text), 5);
        assert_eq!(Budget::Bytes(800).cost(text), 6);
        assert_eq!(Budget::Lines(5).cost(text), 2);
        assert_eq!(Budget::Tokens(200).limit(), 800);
    }
}
