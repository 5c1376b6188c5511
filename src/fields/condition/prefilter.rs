//! What must stand in each line that meets a condition, so that other lines need not be read.

use super::{Condition, FieldComparison, Node, Operand, Operator};
use crate::matcher::{CaseMode, Matcher, Patterns};

/// A shorter text is in too many lines.
const TEXT_BYTES_MIN: usize = 3;

/// With more texts the search for them takes longer than it saves.
const TEXTS_MAX: usize = 8;

/// Texts of which each line that meets the condition has one, and whether their case counts.
#[derive(Clone, Debug, PartialEq, Eq)]
struct NeededTexts {
    list: Vec<Vec<u8>>,
    any_case: bool,
}

impl Condition {
    /// Returns a matcher that finds each line that may meet the condition, if it finds fewer than all.
    pub(in crate::fields) fn prefilter(&self) -> Option<Matcher> {
        let needed = needed(&self.tree)?;
        let mut patterns: Vec<Vec<u8>> = needed
            .list
            .iter()
            .map(|text| regex_syntax::escape(&String::from_utf8_lossy(text)).into_bytes())
            .collect();
        // A string of JSON may have any character as an escape with its number.
        patterns.push(br"\\u".to_vec());
        let case = match needed.any_case {
            true => CaseMode::Insensitive,
            false => CaseMode::Sensitive,
        };
        Matcher::new(&Patterns {
            patterns,
            case,
            ..Patterns::default()
        })
        .ok()
    }
}

fn needed(node: &Node) -> Option<NeededTexts> {
    match node {
        Node::And(nodes) => {
            let all = nodes.iter().filter_map(needed);
            let shortest = |needed: &NeededTexts| needed.list.iter().map(Vec::len).min();
            all.max_by_key(|needed| (usize::MAX - needed.list.len(), shortest(needed)))
        }
        Node::Or(nodes) => {
            let all: Option<Vec<NeededTexts>> = nodes.iter().map(needed).collect();
            let all = all?;
            let any_case = all.iter().any(|needed| needed.any_case);
            let list: Vec<Vec<u8>> = all.into_iter().flat_map(|needed| needed.list).collect();
            (list.len() <= TEXTS_MAX).then_some(NeededTexts { list, any_case })
        }
        Node::Compare(FieldComparison {
            operator: Operator::Equal,
            is_lenient: false,
            operand,
            ..
        }) => {
            let (text, any_case) = match operand {
                Operand::Text(text) => (text, false),
                Operand::AnyCase(text) if text.is_ascii() => (text, true),
                _ => return None,
            };
            let longest = longest_plain(text)?;
            Some(NeededTexts {
                list: vec![longest.to_vec()],
                any_case,
            })
        }
        Node::Not(_) | Node::Exists(_) | Node::Compare(_) => None,
    }
}

/// Returns the longest part of a text of characters that are written as they are in every format, or
/// as an escape with a number.
fn longest_plain(text: &[u8]) -> Option<&[u8]> {
    let is_plain = |byte: &u8| {
        byte.is_ascii_alphanumeric()
            || matches!(byte, b' ' | b'_' | b'-' | b'.' | b':' | b'@' | b'#' | b'+')
    };
    let parts = text.split(|byte| !is_plain(byte));
    let longest = parts.max_by_key(|part| part.len())?;
    (longest.len() >= TEXT_BYTES_MIN).then_some(longest)
}
