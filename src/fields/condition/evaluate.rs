//! Asks whether a line meets a condition, when its fields have been read.

use std::{cmp::Ordering, sync::Arc};

use super::{Condition, FieldComparison, Node, Operand, Operator};
use crate::{
    fields::{
        quantity::{Number, Quantity},
        read::FieldValue,
    },
    matcher::{Finder, Matcher},
    record::{Moment, TimeBasis, ValueTimes, level_of_field},
};

/// A condition with what one worker needs to ask it.
#[derive(Debug)]
pub(in crate::fields) struct Evaluator {
    tree: Arc<Node>,
    names: Arc<[Box<[u8]>]>,
    tools: EvaluatorTools,
}

#[derive(Debug)]
struct EvaluatorTools {
    /// The finders of the patterns.
    finders: Vec<Finder>,
    times: ValueTimes,
    /// A bit for each field that could be compared by its order.
    fit: u64,
    /// A text without escapes.
    buffer: Vec<u8>,
    lower: Vec<u8>,
}

impl Evaluator {
    pub(in crate::fields) fn new(condition: &Condition) -> Evaluator {
        let setting = &condition.setting;
        let now = jiff::Timestamp::try_from(setting.now).ok();
        let now = now.and_then(|now| i64::try_from(now.as_nanosecond()).ok());
        Evaluator {
            tree: Arc::clone(&condition.tree),
            names: Arc::clone(&condition.names),
            tools: EvaluatorTools {
                finders: condition.patterns.iter().map(Matcher::finder).collect(),
                times: ValueTimes::new(TimeBasis {
                    zone: setting.zone.clone(),
                    zones: setting.zones.clone(),
                    written: Moment::from_ns(now.unwrap_or(0)),
                }),
                fit: 0,
                buffer: Vec::new(),
                lower: Vec::new(),
            },
        }
    }

    /// Returns a bit for each field whose value could be compared by its order, in the lines so far.
    #[inline]
    pub(in crate::fields) fn fit(&self) -> u64 {
        self.tools.fit
    }

    /// Returns whether `line`, of which these are the values, meets the condition.
    #[inline]
    pub(in crate::fields) fn accepts(&mut self, line: &[u8], values: &[FieldValue]) -> bool {
        let asked = AskedLine {
            line,
            values,
            names: &self.names,
        };
        self.tools.node(&self.tree, &asked)
    }
}

struct AskedLine<'l> {
    line: &'l [u8],
    values: &'l [FieldValue],
    names: &'l [Box<[u8]>],
}

impl EvaluatorTools {
    /// Asks a node. All parts are asked, also where one decides, so that it is known which fields could
    /// be compared.
    fn node(&mut self, node: &Node, asked: &AskedLine<'_>) -> bool {
        match node {
            Node::And(nodes) => {
                let ask = |is_met, node| self.node(node, asked) & is_met;
                nodes.iter().fold(true, ask)
            }
            Node::Or(nodes) => {
                let ask = |is_met, node| self.node(node, asked) | is_met;
                nodes.iter().fold(false, ask)
            }
            Node::Not(node) => !self.node(node, asked),
            &Node::Exists(field) => asked.values[field].is_there(),
            Node::Compare(comparison) => self.compare(comparison, asked),
        }
    }

    fn compare(&mut self, comparison: &FieldComparison, asked: &AskedLine<'_>) -> bool {
        let FieldComparison {
            field,
            is_lenient,
            operator,
            operand,
        } = comparison;
        let value = asked.values[*field];
        if !value.is_there() {
            return *is_lenient;
        }
        let text = value.text(asked.line, &mut self.buffer);
        let by_text = |written: &[u8]| text.cmp(written);
        let is_equality = matches!(operator, Operator::Equal | Operator::Unequal);
        // What is no number, or no time, differs from one, unless it is written in the same way, and
        // is neither less nor more.
        let or_text = |ordering: Option<Ordering>, written: &[u8]| match ordering {
            None if is_equality => Some(by_text(written)),
            ordering => ordering,
        };
        let ordering = match operand {
            Operand::Text(want) => Some(text.cmp(want)),
            Operand::AnyCase(want) => {
                self.lower.clear();
                match std::str::from_utf8(text) {
                    Ok(text) if !text.is_ascii() => {
                        self.lower.extend_from_slice(text.to_lowercase().as_bytes());
                    }
                    _ => self.lower.extend(text.iter().map(u8::to_ascii_lowercase)),
                }
                Some(self.lower.as_slice().cmp(want))
            }
            Operand::Number(want, written) => {
                let number = Number::parse(text);
                or_text(number.and_then(|number| number.compare(*want)), written)
            }
            Operand::Quantity(want, written, unit_s) => {
                or_text(compare_quantity(text, *want, *unit_s), written)
            }
            Operand::Time(want, written) => {
                let moment = self.times.read(text);
                or_text(moment.map(|moment| moment.ns().cmp(want)), written)
            }
            Operand::Level(want, written) => {
                let level = level_of_field(text, &asked.names[*field]);
                or_text(level.map(|level| level.cmp(want)), written)
            }
            Operand::Pattern(nth) => Some(match self.finders[*nth].is_match(text) {
                true => Ordering::Equal,
                false => Ordering::Less,
            }),
        };
        self.fit |= u64::from(ordering.is_some()) << field;
        match operator {
            Operator::Equal => ordering == Some(Ordering::Equal),
            Operator::Unequal => ordering != Some(Ordering::Equal),
            Operator::Less => ordering == Some(Ordering::Less),
            Operator::LessOrEqual => ordering.is_some_and(Ordering::is_le),
            Operator::Greater => ordering == Some(Ordering::Greater),
            Operator::GreaterOrEqual => ordering.is_some_and(Ordering::is_ge),
        }
    }
}

/// Compares a text with a number that has a unit. A number without one is of bytes, or of the unit
/// that the name of its field says.
fn compare_quantity(text: &[u8], want: Quantity, unit_s: f64) -> Option<Ordering> {
    match (Number::parse(text), want) {
        (Some(number), Quantity::Seconds(want)) => (number.real() * unit_s).partial_cmp(&want),
        (Some(number), Quantity::Bytes(want)) => number.real().partial_cmp(&want),
        (None, want) => match (Quantity::parse(text)?, want) {
            (Quantity::Seconds(seconds), Quantity::Seconds(want)) => seconds.partial_cmp(&want),
            (Quantity::Bytes(bytes), Quantity::Bytes(want)) => bytes.partial_cmp(&want),
            _ => None,
        },
    }
}
