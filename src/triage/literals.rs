//! The literals by which lines are found that a rule may match, or that are a mark of a CI system.
//!
//! Making the automata takes longer than reading a short log, so the logs of a build share them.

use std::{collections::HashMap, sync::Arc};

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use super::{
    provider::Provider,
    rules::{Rules, Severity},
    sift::Sift,
};

/// Rules, with what finds the lines that they are asked about in the log of one CI system.
#[derive(Debug)]
pub(crate) struct RuleLiterals {
    pub(crate) rules: Rules,
    pub(crate) provider: Provider,
    /// Finds lines that may be of interest: it knows a part of each literal, of rules and of marks.
    pub(crate) sift: Sift,
    /// Finds all literals of rules in such a line.
    pub(crate) literals: AhoCorasick,
    /// The rules that need each literal.
    pub(crate) wanted_by: Vec<Vec<u16>>,
    /// The rules that say that a line is nothing.
    pub(crate) noise: Vec<u16>,
    /// The rules that look at colours.
    pub(crate) raw: Vec<u16>,
}

impl RuleLiterals {
    pub(crate) fn new(rules: &Rules, provider: Provider) -> RuleLiterals {
        let mut texts: Vec<String> = Vec::new();
        let mut wanted_by: Vec<Vec<u16>> = Vec::new();
        let mut noise = Vec::new();
        let mut at_of: HashMap<String, usize> = HashMap::new();
        for (nth, rule) in (0..).zip(rules.iter()) {
            // Noise is of interest only where something else is.
            if rule.severity == Severity::Noise && !rule.is_aside() {
                noise.push(nth);
                continue;
            }
            for literal in rule.literals() {
                let at = *at_of.entry(literal.clone()).or_insert_with(|| {
                    texts.push(literal);
                    wanted_by.push(Vec::new());
                    texts.len() - 1
                });
                wanted_by[at].push(nth);
            }
        }
        let literals = automaton(&texts);
        let marks = provider.literals();
        // Where a literal is, there is each that is a part of it: a smaller automaton stays in a
        // nearer cache.
        let has_part = |text: &str| {
            let mut parts = literals.find_overlapping_iter(text);
            parts.any(|hit| hit.range() != (0..text.len()))
                || marks
                    .iter()
                    .any(|&mark| mark != text && text.contains(mark))
        };
        let all = texts
            .iter()
            .map(String::as_str)
            .chain(marks.iter().copied());
        let shortest: Vec<&str> = all.filter(|text| !has_part(text)).collect();
        let sift = Sift::new(&shortest);
        let raw = (0..).zip(rules.iter()).filter(|(_, rule)| rule.is_raw);
        RuleLiterals {
            rules: rules.clone(),
            provider,
            sift,
            raw: raw.map(|(nth, _)| nth).collect(),
            literals,
            wanted_by,
            noise,
        }
    }
}

fn automaton<T: AsRef<[u8]>>(literals: &[T]) -> AhoCorasick {
    AhoCorasick::builder()
        .match_kind(MatchKind::Standard)
        .kind(Some(AhoCorasickKind::DFA))
        .build(literals)
        .expect("the rules have far fewer literals than an automaton can hold")
}

/// The literals for the logs of one build: one set for each CI system that wrote one.
#[derive(Debug, Default)]
pub(crate) struct SharedLiterals(Vec<Arc<RuleLiterals>>);

impl SharedLiterals {
    pub(crate) fn of(&mut self, rules: &Rules, provider: Provider) -> Arc<RuleLiterals> {
        let mut made = self.0.iter();
        if let Some(literals) = made.find(|literals| literals.provider == provider) {
            return Arc::clone(literals);
        }
        let literals = Arc::new(RuleLiterals::new(rules, provider));
        self.0.push(Arc::clone(&literals));
        literals
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_of_one_ci_system_share_their_literals() {
        let rules = Rules::embedded();
        let mut shared = SharedLiterals::default();
        let first = shared.of(&rules, Provider::GitHub);
        assert!(Arc::ptr_eq(&first, &shared.of(&rules, Provider::GitHub)));
        assert_eq!(shared.of(&rules, Provider::Plain).provider, Provider::Plain);
        assert_eq!(shared.0.len(), 2);
    }

    #[test]
    fn a_line_with_a_literal_of_a_rule_or_a_mark_is_found() {
        let rules = Rules::embedded();
        let literals = RuleLiterals::new(&rules, Provider::GitHub);
        let marks = Provider::GitHub
            .literals()
            .iter()
            .map(|&mark| mark.to_owned());
        let of_rules = rules.iter().filter(|rule| rule.severity != Severity::Noise);
        for text in of_rules.flat_map(|rule| rule.literals()).chain(marks) {
            let line = format!("{text}\n");
            assert_eq!(literals.sift.places(line.as_bytes()).count(), 1, "{text}");
        }
    }
}
