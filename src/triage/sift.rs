//! Finds the lines of a chunk that contain one of many literals, and does nothing else with the
//! others.
//!
//! An automaton takes one dependent load after another for each byte: it waits for memory that is
//! near, six or seven cycles a byte, and the processor has little else to do meanwhile. So a chunk
//! is cut into parts at line ends, and one automaton goes through all of them in step: their loads
//! do not depend on each other. (The same is done for the decoding of several streams of Huffman
//! codes, as in Zstandard, RFC 8878, 4.2.2.)

use aho_corasick::{
    Anchored, MatchKind,
    automaton::{Automaton, StateID},
    dfa::DFA,
};

use crate::line;

/// In so many parts a chunk is gone through. With more of them the states no longer fit the
/// registers.
const PARTS: usize = 4;

/// The literals.
#[derive(Debug)]
pub(crate) struct Sift {
    dfa: DFA,
    start: StateID,
}

/// Where the automaton is in a part of a chunk.
#[derive(Clone, Copy)]
struct LiteralPart {
    at: usize,
    end: usize,
    state: StateID,
}

impl Sift {
    /// One that finds lines which contain one of `literals`.
    pub(crate) fn new<T: AsRef<[u8]>>(literals: &[T]) -> Sift {
        let dfa = DFA::builder()
            .match_kind(MatchKind::Standard)
            // What starts a literal is nearly any byte.
            .prefilter(false)
            .build(literals)
            .expect("the rules have far fewer literals than an automaton can hold");
        let start = dfa
            .start_state(Anchored::No)
            .expect("the automaton was built for searches that are not anchored");
        Sift { dfa, start }
    }

    /// Where a literal ends in the lines that have one: one place in each, in their order. `bytes`
    /// are whole lines.
    pub(crate) fn places(&self, bytes: &[u8]) -> impl Iterator<Item = usize> {
        let mut cuts = [0; PARTS + 1];
        for nth in 1..=PARTS {
            let middle = bytes.len() / PARTS * nth;
            cuts[nth] = match nth {
                PARTS => bytes.len(),
                _ => line::line_end(bytes, middle).max(cuts[nth - 1]),
            };
        }
        let mut found: [Vec<usize>; PARTS] = Default::default();
        let mut parts: [LiteralPart; PARTS] = std::array::from_fn(|nth| LiteralPart {
            at: cuts[nth],
            end: cuts[nth + 1],
            state: self.start,
        });
        loop {
            let steps = parts.iter().map(|part| part.end - part.at).min();
            let steps = steps.unwrap_or(0);
            if steps == 0 {
                break;
            }
            self.in_step(bytes, &mut parts, steps);
            self.take(bytes, &mut parts, &mut found);
        }
        // Some parts are done earlier: lines are left as soon as they have a literal.
        for (part, found) in parts.iter_mut().zip(&mut found) {
            while part.at < part.end {
                let mut alone = [*part];
                self.in_step(bytes, &mut alone, part.end - part.at);
                self.take(bytes, &mut alone, std::slice::from_mut(found));
                [*part] = alone;
            }
        }
        found.into_iter().flatten()
    }

    /// Goes on by up to `steps` bytes in each part, until one has a literal.
    #[inline]
    fn in_step<const N: usize>(&self, bytes: &[u8], parts: &mut [LiteralPart; N], steps: usize) {
        let texts: [&[u8]; N] = std::array::from_fn(|nth| &bytes[parts[nth].at..][..steps]);
        let mut states: [StateID; N] = std::array::from_fn(|nth| parts[nth].state);
        let mut done = 0;
        while done < steps {
            let mut is_special = false;
            for nth in 0..N {
                states[nth] = self
                    .dfa
                    .next_state(Anchored::No, states[nth], texts[nth][done]);
                is_special |= self.dfa.is_special(states[nth]);
            }
            done += 1;
            if is_special {
                break;
            }
        }
        for nth in 0..N {
            parts[nth].at += done;
            parts[nth].state = states[nth];
        }
    }

    /// Takes note of the parts that have come to a literal: they go on with the next line.
    fn take(&self, bytes: &[u8], parts: &mut [LiteralPart], found: &mut [Vec<usize>]) {
        for (part, found) in parts.iter_mut().zip(found) {
            if self.dfa.is_match(part.state) {
                found.push(part.at - 1);
                part.at = line::line_end(bytes, part.at - 1);
                part.state = self.start;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_lines_are_found_that_have_a_literal(
            lines in prop::collection::vec("[abc]{0,6}", 0..30),
            literals in prop::collection::vec("[abc]{2,3}", 1..4),
            has_end in any::<bool>(),
        ) {
            let mut text = lines.join("\n");
            if has_end {
                text.push('\n');
            }
            let bytes = text.as_bytes();
            let got: Vec<usize> = Sift::new(&literals)
                .places(bytes)
                .map(|at| line::line_start(bytes, 0, at))
                .collect();
            let mut want = Vec::new();
            let mut at = 0;
            for line in text.split_inclusive('\n') {
                if literals.iter().any(|literal| line.contains(literal)) {
                    want.push(at);
                }
                at += line.len();
            }
            prop_assert_eq!(got, want);
        }
    }
}
