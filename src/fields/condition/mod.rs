//! Conditions on the fields of a line: `status>=500 and path~^/api`.
//!
//! ```text
//! condition  = and { "or" and }
//! and        = not { "and" not }
//! not        = "not" not | "(" condition ")" | "exists" "(" NAME ")" | comparison
//! comparison = NAME [ "?" ] OPERATOR VALUE
//! OPERATOR   = "=" | "==" | "!=" | "<" | "<=" | ">" | ">=" | "~" | "!~" | "=i" | "!=i"
//! ```
//! A value ends at a blank, or at a bracket that it did not open; in quotes it may have both. What a
//! value looks like says how it is compared: numbers, durations, sizes and times as such, all others
//! by their bytes. In quotes it is a time or a text.

mod evaluate;
mod filter;
mod parse;
mod prefilter;

use std::{fmt, sync::Arc};

use self::{filter::WhereFilter, parse::FoundParts};
use super::{
    FieldFormat,
    quantity::{Number, Quantity},
    read::FieldReader,
};
use crate::{
    matcher::{LineFilter, Matcher},
    record::Level,
    scan::TimeSetting,
};

/// A condition has at most so many different fields.
pub const CONDITION_FIELDS_MAX: usize = 64;

/// A condition that a line must meet, by its fields.
///
/// ```
/// use std::time::SystemTime;
/// use logscan::{Matcher, Patterns, fields::{Condition, FieldFormat}, scan::TimeSetting};
/// let setting = TimeSetting::utc(SystemTime::now());
/// let condition = Condition::parse("status>=500 and not path~^/health", &setting)?;
/// let all = Matcher::new(&Patterns::new(""))?;
/// let mut finder = all.filtered(condition.into_filter(FieldFormat::Auto, None)).finder();
/// assert!(finder.is_match(br#"{"status": 503, "path": "/pay"}"#));
/// assert!(!finder.is_match(b"status=503 path=/health/live"));
/// assert!(!finder.is_match(b"no field at all"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Condition {
    tree: Arc<Node>,
    names: Arc<[Box<[u8]>]>,
    patterns: Arc<[Matcher]>,
    setting: TimeSetting,
}

/// What is wrong with a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConditionError {
    /// The condition as it was typed.
    pub text: String,
    /// Where in the text it is wrong, in characters from 0.
    pub column: usize,
    /// What is wrong, for people.
    pub reason: String,
}

impl fmt::Display for ConditionError {
    /// Writes the reason, and below it the text with a caret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ConditionError {
            text,
            column,
            reason,
        } = self;
        let shown: String = text
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        write!(f, "{reason}\n  {shown}\n  {:column$}^", "")
    }
}

impl std::error::Error for ConditionError {}

/// A part of a condition. Fields are called by their numbers.
#[derive(Clone, Debug)]
enum Node {
    And(Vec<Node>),
    Or(Vec<Node>),
    Not(Box<Node>),
    Exists(usize),
    Compare(FieldComparison),
}

#[derive(Clone, Debug)]
struct FieldComparison {
    field: usize,
    /// Whether a line without the field meets it.
    is_lenient: bool,
    operator: Operator,
    operand: Operand,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// What the value of a field is compared with.
#[derive(Clone, Debug)]
enum Operand {
    Text(Box<[u8]>),
    /// A text in lower case.
    AnyCase(Box<[u8]>),
    /// A number, and how it was written.
    Number(Number, Box<[u8]>),
    /// A number with a unit, how it was written, and the seconds of a number without one.
    Quantity(Quantity, Box<[u8]>, f64),
    /// Nanoseconds since 1970, and how they were written.
    Time(i64, Box<[u8]>),
    Level(Level, Box<[u8]>),
    /// A match of the pattern with this number counts as equal.
    Pattern(usize),
}

impl Condition {
    /// Parses a condition. Times without a zone are those of `setting`.
    ///
    /// # Errors
    /// [`ConditionError`], which says where the text is wrong.
    pub fn parse(text: &str, setting: &TimeSetting) -> Result<Condition, ConditionError> {
        Condition::all(&[text], setting)
    }

    /// Parses several conditions, which all must be met. Without one every line meets them.
    ///
    /// # Errors
    /// [`ConditionError`], which says where a text is wrong.
    pub fn all<T: AsRef<str>>(
        texts: &[T],
        setting: &TimeSetting,
    ) -> Result<Condition, ConditionError> {
        let mut found = FoundParts::default();
        let mut nodes = Vec::new();
        for text in texts {
            nodes.push(parse::parse(text.as_ref(), setting, &mut found)?);
        }
        let tree = match nodes.len() {
            1 => nodes.remove(0),
            _ => Node::And(nodes),
        };
        Ok(Condition {
            tree: Arc::new(tree),
            names: found.names.into(),
            patterns: found.patterns.into(),
            setting: setting.clone(),
        })
    }

    /// Returns the names of the fields that it asks for. The bit of each in
    /// [`FilterSeen::had`](crate::FilterSeen::had) is the one of its number.
    pub fn names(&self) -> impl Iterator<Item = String> {
        let names = self.names.iter();
        names.map(|name| String::from_utf8_lossy(name).into_owned())
    }

    /// Returns a bit for each field that is compared by its order with something that has one of its
    /// own: a number, a time. The bits are those of [`Condition::names`].
    pub fn ordered(&self) -> u64 {
        fn ordered(node: &Node) -> u64 {
            match node {
                Node::And(nodes) | Node::Or(nodes) => {
                    nodes.iter().fold(0, |bits, node| bits | ordered(node))
                }
                Node::Not(node) => ordered(node),
                Node::Compare(FieldComparison {
                    field,
                    operator:
                        Operator::Less
                        | Operator::LessOrEqual
                        | Operator::Greater
                        | Operator::GreaterOrEqual,
                    operand:
                        Operand::Number(..)
                        | Operand::Quantity(..)
                        | Operand::Time(..)
                        | Operand::Level(..),
                    ..
                }) => 1 << field,
                Node::Exists(_) | Node::Compare(_) => 0,
            }
        }
        ordered(&self.tree)
    }

    /// Returns the filter for a [`Matcher`]. The named groups of the patterns of `matcher` are
    /// fields too.
    pub fn into_filter(
        self,
        format: FieldFormat,
        matcher: Option<Matcher>,
    ) -> impl LineFilter + use<> {
        let reader = FieldReader::new(&self.names, format, matcher);
        WhereFilter::new(self, reader)
    }
}
