//! How much may be printed: for readers who pay by the token.

use std::str::FromStr;

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

#[cfg(test)]
mod tests {
    use super::*;

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
