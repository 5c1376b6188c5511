//! Parses conditions.

use super::{CONDITION_FIELDS_MAX, ConditionError, FieldComparison, Node, Operand, Operator};
use crate::{
    fields::quantity::{Number, Quantity, seconds_of_name},
    matcher::{CaseMode, Matcher, Patterns},
    record::{Level, is_level_key},
    scan::{TimeSetting, TimeWord},
};

/// Brackets and `not` may lie in each other at most so deep.
const DEPTH_MAX: usize = 64;

/// What conditions ask about, by numbers.
#[derive(Debug, Default)]
pub(super) struct FoundParts {
    /// The names of fields.
    pub(super) names: Vec<Box<[u8]>>,
    pub(super) patterns: Vec<Matcher>,
}

/// Parses `text`. Its fields and patterns get numbers in `found`.
pub(super) fn parse(
    text: &str,
    setting: &TimeSetting,
    found: &mut FoundParts,
) -> Result<Node, ConditionError> {
    let mut parser = Parser {
        text,
        at: 0,
        setting,
        found,
    };
    let node = parser.or(0)?;
    parser.blanks();
    match parser.rest().is_empty() {
        true => Ok(node),
        false => Err(parser.error(
            parser.at,
            match parser.rest().starts_with(')') {
                true => "this bracket was not opened".into(),
                false => {
                    "only 'and' or 'or' can stand here; a value with blanks needs quotes".into()
                }
            },
        )),
    }
}

struct Parser<'t, 'n> {
    text: &'t str,
    at: usize,
    setting: &'t TimeSetting,
    found: &'n mut FoundParts,
}

impl<'t> Parser<'t, '_> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn error(&self, at: usize, reason: String) -> ConditionError {
        ConditionError {
            text: self.text.into(),
            column: self.text[..at].chars().count(),
            reason,
        }
    }

    fn blanks(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    /// Takes a word, if it stands here and ends here, in any case.
    fn keyword(&mut self, word: &str) -> bool {
        self.blanks();
        let rest = self.rest();
        let is_here = rest
            .get(..word.len())
            .is_some_and(|text| text.eq_ignore_ascii_case(word));
        let next = rest
            .get(word.len()..)
            .and_then(|behind| behind.chars().next());
        let ends = next.is_none_or(|next| next.is_whitespace() || matches!(next, '(' | ')'));
        if is_here && ends {
            self.at += word.len();
        }
        is_here && ends
    }

    fn takes(&mut self, mark: &str) -> bool {
        let is_here = self.rest().starts_with(mark);
        if is_here {
            self.at += mark.len();
        }
        is_here
    }

    fn or(&mut self, depth: usize) -> Result<Node, ConditionError> {
        let mut nodes = vec![self.and(depth)?];
        while self.keyword("or") {
            nodes.push(self.and(depth)?);
        }
        Ok(match nodes.len() {
            1 => nodes.remove(0),
            _ => Node::Or(nodes),
        })
    }

    fn and(&mut self, depth: usize) -> Result<Node, ConditionError> {
        let mut nodes = vec![self.not(depth)?];
        while self.keyword("and") {
            nodes.push(self.not(depth)?);
        }
        Ok(match nodes.len() {
            1 => nodes.remove(0),
            _ => Node::And(nodes),
        })
    }

    fn not(&mut self, depth: usize) -> Result<Node, ConditionError> {
        self.blanks();
        let start = self.at;
        if depth > DEPTH_MAX {
            return Err(self.error(start, format!("brackets are more than {DEPTH_MAX} deep")));
        }
        if self.keyword("not") {
            return Ok(Node::Not(Box::new(self.not(depth + 1)?)));
        }
        if self.takes("(") {
            let node = self.or(depth + 1)?;
            self.blanks();
            return match self.takes(")") {
                true => Ok(node),
                false => Err(self.error(start, "this bracket is not closed".into())),
            };
        }
        if self.keyword("exists") {
            self.blanks();
            if !self.takes("(") {
                return Err(self.error(
                    self.at,
                    "a field in brackets is missing, as in exists(err)".into(),
                ));
            }
            self.blanks();
            let field = self.name()?;
            self.blanks();
            return match self.takes(")") {
                true => Ok(Node::Exists(field)),
                false => Err(self.error(
                    self.at,
                    "the closing bracket of exists(...) is missing".into(),
                )),
            };
        }
        self.comparison()
    }

    fn comparison(&mut self) -> Result<Node, ConditionError> {
        let start = self.at;
        let field = self.name()?;
        let name = self.text[start..self.at].to_owned();
        let is_lenient = self.takes("?");
        self.blanks();
        let at = self.at;
        let marks = [
            ("==", Operator::Equal),
            ("!=", Operator::Unequal),
            ("<=", Operator::LessOrEqual),
            (">=", Operator::GreaterOrEqual),
            ("=", Operator::Equal),
            ("<", Operator::Less),
            (">", Operator::Greater),
        ];
        let (operator, is_pattern) = if self.takes("!~") {
            (Operator::Unequal, true)
        } else if self.takes("~") {
            (Operator::Equal, true)
        } else {
            match marks.into_iter().find(|(mark, _)| self.takes(mark)) {
                Some((_, operator)) => (operator, false),
                None => return Err(self.error(at, without_operator(&name, self.rest()))),
            }
        };
        let is_equality = matches!(operator, Operator::Equal | Operator::Unequal);
        let any_case = is_equality && self.takes_any_case();
        self.blanks();
        let value_at = self.at;
        if !is_pattern && self.rest().starts_with(['<', '>', '=']) {
            return Err(self.error(value_at, "a value that begins so needs quotes".into()));
        }
        let (value, is_quoted) = self.value()?;
        let operand = if is_pattern {
            self.pattern(&value, any_case, value_at)?
        } else if any_case {
            Operand::AnyCase(value.to_lowercase().into_bytes().into())
        } else {
            self.operand((&name, operator), &value, is_quoted)
        };
        Ok(Node::Compare(FieldComparison {
            field,
            is_lenient,
            operator,
            operand,
        }))
    }

    /// Takes the `i` of `=i`. It needs a blank or a quote behind it, and then a value: `level=i` alone
    /// and `level=info` are comparisons with what stands there.
    fn takes_any_case(&mut self) -> bool {
        let Some(behind) = self.rest().strip_prefix('i') else {
            return false;
        };
        let value = behind.trim_start();
        let first = value.split_whitespace().next().unwrap_or("");
        let is_joint = ["and", "or"]
            .iter()
            .any(|word| first.eq_ignore_ascii_case(word));
        let is_value = !value.is_empty() && !value.starts_with(')') && !is_joint;
        let is_apart = behind.starts_with(['"', '\'']) || value.len() < behind.len();
        if is_value && is_apart {
            self.at += 1;
        }
        is_value && is_apart
    }

    /// Takes a name, in quotes if it has other characters, and returns its number.
    fn name(&mut self) -> Result<usize, ConditionError> {
        let start = self.at;
        let rest = self.rest();
        let name = match rest.chars().next() {
            Some(quote @ ('"' | '\'' | '`')) => {
                let Some(length) = rest[1..].find(quote) else {
                    return Err(self.error(start, "this quote is not closed".into()));
                };
                self.at += length + 2;
                &rest[1..=length]
            }
            _ => {
                let is_of_name = |c: char| {
                    c.is_alphanumeric()
                        || matches!(c, '_' | '.' | '-' | '@' | '/' | '[' | ']' | '$' | ':' | '#')
                };
                let end = rest.find(|c| !is_of_name(c)).unwrap_or(rest.len());
                self.at += end;
                &rest[..end]
            }
        };
        if name.is_empty() {
            return Err(self.error(
                start,
                match rest.is_empty() {
                    true => "a condition is missing, as in status>=500".into(),
                    false => "the name of a field is missing here, as in status>=500".into(),
                },
            ));
        }
        let known = self
            .found
            .names
            .iter()
            .position(|known| **known == *name.as_bytes());
        if known.is_none() && self.found.names.len() == CONDITION_FIELDS_MAX {
            return Err(self.error(
                start,
                format!("conditions have more than {CONDITION_FIELDS_MAX} fields"),
            ));
        }
        Ok(known.unwrap_or_else(|| {
            self.found.names.push(name.as_bytes().into());
            self.found.names.len() - 1
        }))
    }

    /// Takes a value, and says whether it stands in quotes.
    fn value(&mut self) -> Result<(String, bool), ConditionError> {
        let start = self.at;
        let rest = self.rest();
        if let Some(quote @ ('"' | '\'')) = rest.chars().next() {
            let mut value = String::new();
            let mut chars = rest.char_indices().skip(1);
            while let Some((at, c)) = chars.next() {
                match c {
                    '\\' => match chars.next() {
                        Some((_, c)) if c == quote || c == '\\' => value.push(c),
                        Some((_, c)) => value.extend(['\\', c]),
                        None => break,
                    },
                    c if c == quote => {
                        self.at += at + 1;
                        return Ok((value, true));
                    }
                    c => value.push(c),
                }
            }
            return Err(self.error(start, "this quote is not closed".into()));
        }
        let mut depth = 0_usize;
        let end = rest.find(|c: char| {
            match c {
                '(' => depth += 1,
                ')' if depth == 0 => return true,
                ')' => depth -= 1,
                _ => {}
            }
            c.is_whitespace()
        });
        let value = &rest[..end.unwrap_or(rest.len())];
        if value.is_empty() {
            return Err(self.error(
                start,
                "a value is missing here; an empty one is \"\"".into(),
            ));
        }
        self.at += value.len();
        Ok((value.into(), false))
    }

    fn pattern(
        &mut self,
        value: &str,
        any_case: bool,
        at: usize,
    ) -> Result<Operand, ConditionError> {
        let patterns = Patterns {
            case: match any_case {
                true => CaseMode::Insensitive,
                false => CaseMode::Sensitive,
            },
            ..Patterns::new(value)
        };
        match Matcher::new(&patterns) {
            Ok(matcher) => {
                self.found.patterns.push(matcher);
                Ok(Operand::Pattern(self.found.patterns.len() - 1))
            }
            Err(error) => Err(self.error(at, error.to_string())),
        }
    }

    /// Returns what a value is, by what it looks like.
    fn operand(&self, (name, operator): (&str, Operator), value: &str, is_quoted: bool) -> Operand {
        let bytes = value.as_bytes();
        let written = || bytes.into();
        let is_order = !matches!(operator, Operator::Equal | Operator::Unequal);
        // `log.level` is a key of its own in some logs.
        let last = name.rsplit('.').next().unwrap_or(name);
        let is_level = is_level_key(name.as_bytes()) || is_level_key(last.as_bytes());
        if is_order
            && is_level
            && let Some(level) = Level::of_word(bytes)
        {
            return Operand::Level(level, written());
        }
        if !is_quoted {
            if let Some(number) = Number::parse(bytes) {
                return Operand::Number(number, written());
            }
            if let Some(quantity) = Quantity::parse(bytes) {
                return Operand::Quantity(quantity, written(), seconds_of_name(name.as_bytes()));
            }
        }
        let begins_as_date = bytes.len() >= 8 && bytes[..4].iter().all(u8::is_ascii_digit);
        let word = begins_as_date
            .then(|| TimeWord::parse(value).ok())
            .flatten();
        match word.and_then(|word| word.moment_ns(self.setting)) {
            Some(ns) => Operand::Time(ns, written()),
            None => Operand::Text(written()),
        }
    }
}

/// Says what is missing behind the name of a field.
fn without_operator(name: &str, rest: &str) -> String {
    let name = name.trim();
    match rest.trim().is_empty() {
        true => format!(
            "a comparison is missing behind {name}; the shell takes > and < for itself, so put quotes around it: \
             --where '{name}>=500'; 'exists({name})' asks whether there is such a field"
        ),
        false => format!("a comparison is missing behind {name}: = != < <= > >= ~ !~ or =i"),
    }
}
