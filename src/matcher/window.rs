//! A filter in front of a regex engine: classes of bytes that must stand one behind the other wherever it matches.
//!
//! Of `[0-9]{2}\.[0-9]{3}` every match begins with two digits, a dot and three digits. A regex engine without a literal
//! to look for walks through all bytes one by one; these six classes can be tested for 256 positions at a time, and few
//! positions pass. The engine then looks at those only.
//!
//! The classes are read off the NFA: the bytes on the transitions from all states that can be reached with n bytes. So
//! they hold for any regex, with Unicode classes and alternations, as long as its shortest match. A pattern that begins
//! with something wide, such as `\w+@host`, still has windows inside: for every part of the concatenation the window of
//! what follows from there.

use regex_automata::nfa::thompson::{Compiler, NFA, State, WhichCaptures};
use regex_automata::util::primitives::StateID;
use regex_syntax::hir::{Hir, HirKind};

use crate::sys::simd::{self, ByteTest, Passed, RANGES_MAX};

/// How many bytes of a window are looked at.
const WINDOW_BYTES_MAX: usize = 16;

/// How many of its bytes are tested: each test costs a pass over the bytes, and a few rare ones are enough.
const TESTS_MAX: usize = 4;

/// A regex that compiles to more gets no windows.
const NFA_BYTES_MAX: usize = 1 << 20;

/// How many parts of a concatenation are tried.
const PARTS_MAX: usize = 8;

/// Bytes that must stand somewhere in every match.
#[derive(Clone, Debug)]
pub(super) struct Window {
    /// The bytes that are possible at each place.
    classes: Vec<[bool; 256]>,
    /// Whether every match begins with it, or only contains it.
    pub(super) begins_match: bool,
}

/// The windows of a regex, given the tree that is searched for.
pub(super) fn windows(tree: &Hir) -> Vec<Window> {
    let parts = match tree.kind() {
        HirKind::Concat(parts) => parts.as_slice(),
        _ => std::slice::from_ref(tree),
    };
    (0..parts.len().min(PARTS_MAX))
        .filter_map(|nth| {
            let rest = Hir::concat(parts[nth..].to_vec());
            let classes = classes(&rest)?;
            (!classes.is_empty()).then_some(Window {
                classes,
                begins_match: nth == 0,
            })
        })
        .collect()
}

/// The classes of the first bytes of a match.
fn classes(tree: &Hir) -> Option<Vec<[bool; 256]>> {
    let config = NFA::config()
        .utf8(false)
        .which_captures(WhichCaptures::None)
        .nfa_size_limit(Some(NFA_BYTES_MAX));
    let nfa = Compiler::new()
        .configure(config)
        .build_from_hir(tree)
        .ok()?;
    let mut states = Reached::new(&nfa);
    states.add(nfa.start_anchored());
    let mut classes = Vec::new();
    while classes.len() < WINDOW_BYTES_MAX && !states.has_match {
        let (class, next) = states.step();
        classes.push(class);
        states = next;
    }
    Some(classes)
}

/// The states in which an NFA can be after some number of bytes.
struct Reached<'n> {
    nfa: &'n NFA,
    seen: Vec<bool>,
    /// Those with transitions on bytes.
    states: Vec<StateID>,
    has_match: bool,
}

impl<'n> Reached<'n> {
    fn new(nfa: &'n NFA) -> Reached<'n> {
        Reached {
            nfa,
            seen: vec![false; nfa.states().len()],
            states: Vec::new(),
            has_match: false,
        }
    }

    /// Adds a state and all that can be reached from it without a byte. Looking around is taken to succeed.
    fn add(&mut self, state: StateID) {
        let mut stack = vec![state];
        while let Some(id) = stack.pop() {
            if std::mem::replace(&mut self.seen[id.as_usize()], true) {
                continue;
            }
            match self.nfa.state(id) {
                State::ByteRange { .. } | State::Sparse(_) | State::Dense(_) => {
                    self.states.push(id);
                }
                State::Look { next, .. } | State::Capture { next, .. } => stack.push(*next),
                State::Union { alternates } => stack.extend(alternates.iter().copied()),
                State::BinaryUnion { alt1, alt2 } => stack.extend([*alt1, *alt2]),
                State::Fail => {}
                State::Match { .. } => self.has_match = true,
            }
        }
    }

    /// The bytes that lead on, and where they lead.
    fn step(&self) -> ([bool; 256], Reached<'n>) {
        let mut class = [false; 256];
        let mut next = Reached::new(self.nfa);
        let mut take = |start: u8, end: u8, to: StateID| {
            class[usize::from(start)..=usize::from(end)].fill(true);
            next.add(to);
        };
        for &id in &self.states {
            match self.nfa.state(id) {
                State::ByteRange { trans } => take(trans.start, trans.end, trans.next),
                State::Sparse(sparse) => {
                    for trans in &sparse.transitions {
                        take(trans.start, trans.end, trans.next);
                    }
                }
                State::Dense(dense) => {
                    for byte in 0..=u8::MAX {
                        let to = dense.transitions[usize::from(byte)];
                        if to != StateID::ZERO {
                            take(byte, byte, to);
                        }
                    }
                }
                _ => {}
            }
        }
        (class, next)
    }
}

/// A window with the bytes that are worth testing.
#[derive(Clone, Debug)]
pub(super) struct Filter {
    /// The rarest first.
    tests: Vec<ByteTest>,
    /// How many bytes a position must have behind it.
    reach: usize,
    pub(super) begins_match: bool,
}

impl Filter {
    /// Chooses the places to test by how often the bytes of `sample` are in their classes.
    pub(super) fn new(window: &Window, sample: &[u8]) -> Filter {
        let mut counts = [0u64; 256];
        for &byte in sample {
            counts[usize::from(byte)] += 1;
        }
        let mut tests: Vec<(u64, ByteTest)> = window
            .classes
            .iter()
            .enumerate()
            .map(|(offset, class)| {
                let test = byte_test(offset, class);
                let common = (0..=u8::MAX).filter(|&byte| test.holds(byte));
                (common.map(|byte| counts[usize::from(byte)]).sum(), test)
            })
            .collect();
        tests.sort_by_key(|&(count, test)| (count, test.offset));
        tests.truncate(TESTS_MAX);
        Filter {
            tests: tests.into_iter().map(|(_, test)| test).collect(),
            reach: window.classes.len(),
            begins_match: window.begins_match,
        }
    }

    /// Whether the first two tests, which are all that most positions see, are of one byte or range each.
    pub(super) fn begins_with_bytes(&self) -> bool {
        self.tests.iter().take(2).all(|test| test.range_count == 1)
    }

    /// How many bytes are tested.
    pub(super) fn test_count(&self) -> usize {
        self.tests.len()
    }
}

/// The test of a class, of a larger one if it has too many ranges.
fn byte_test(offset: usize, class: &[bool; 256]) -> ByteTest {
    let mut ranges: Vec<(u8, u8)> = Vec::new();
    for byte in (0..=u8::MAX).filter(|&byte| class[usize::from(byte)]) {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == byte => *last = byte,
            _ => ranges.push((byte, byte)),
        }
    }
    while ranges.len() > RANGES_MAX {
        let nearest = (1..ranges.len())
            .min_by_key(|&nth| ranges[nth].0 - ranges[nth - 1].1)
            .expect("there are more than two");
        ranges[nearest - 1].1 = ranges[nearest].1;
        ranges.remove(nearest);
    }
    let mut test = ByteTest {
        offset,
        ranges: [(0, 0); RANGES_MAX],
        range_count: ranges.len(),
    };
    for (slot, (first, last)) in test.ranges.iter_mut().zip(ranges) {
        *slot = (first, last - first);
    }
    test
}

/// A filter, and what it lets pass.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rate {
    pub(super) passed: usize,
    pub(super) of: usize,
}

/// The filter that lets the fewest positions of `sample` pass.
pub(super) fn best(windows: &[Window], sample: &[u8]) -> Option<(Filter, Rate)> {
    windows
        .iter()
        .map(|window| {
            let filter = Filter::new(window, sample);
            let mut places = Places::default();
            let mut passed = 0;
            let mut at = 0;
            while let Some(place) = places.next(&filter, sample, at) {
                passed += 1;
                at = place + 1;
            }
            (filter, passed)
        })
        .min_by_key(|&(_, passed)| passed)
        .map(|(filter, passed)| {
            let of = sample.len();
            (filter, Rate { passed, of })
        })
}

/// Where a search with a filter is.
#[derive(Clone, Debug, Default)]
pub(super) struct Places {
    /// What passed of the last group of positions.
    passed: Option<Passed>,
}

impl Places {
    /// Forgets the last block: the next call is about another.
    pub(super) fn forget(&mut self) {
        self.passed = None;
    }

    /// The first position at or behind `at` that passes.
    pub(super) fn next(&mut self, filter: &Filter, block: &[u8], mut at: usize) -> Option<usize> {
        if let Some(passed) = &self.passed
            && (passed.base..passed.base + simd::LANES).contains(&at)
        {
            if let Some(place) = first_bit(passed, at - passed.base) {
                return Some(place);
            }
            at = passed.base + simd::LANES;
        }
        self.passed = None;
        if at >= block.len() {
            return None;
        }
        let (passed, next) = simd::first_passed(block, at, &filter.tests, filter.reach);
        if let Some(passed) = passed {
            self.passed = Some(passed);
            return first_bit(&passed, 0);
        }
        let last = block.len().checked_sub(filter.reach)?;
        (next..=last).find(|&at| {
            let holds = |test: &ByteTest| test.holds(block[at + test.offset]);
            filter.tests.iter().all(holds)
        })
    }
}

/// The position of the first bit at or behind `from`.
fn first_bit(passed: &Passed, from: usize) -> Option<usize> {
    let mut word = from / 64;
    let mut bits = passed.bits[word] & (u64::MAX << (from % 64));
    while bits == 0 {
        word += 1;
        bits = *passed.bits.get(word)?;
    }
    Some(passed.base + word * 64 + bits.trailing_zeros() as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hir(pattern: &str) -> Hir {
        regex_syntax::ParserBuilder::new()
            .utf8(false)
            .build()
            .parse(pattern)
            .unwrap()
    }

    /// The classes of the window at the beginning of a match, each as the text of its ASCII bytes.
    #[track_caller]
    fn check(pattern: &str, want: &[&str]) {
        let windows = windows(&hir(pattern));
        let classes = windows.first().filter(|window| window.begins_match);
        let got: Vec<String> = classes
            .map_or(&[][..], |window| &window.classes)
            .iter()
            .map(|class| {
                (0..128)
                    .filter(|&b| class[usize::from(b)])
                    .map(char::from)
                    .collect()
            })
            .collect();
        assert_eq!(got, want, "{pattern}");
    }

    #[test]
    fn a_window_has_the_bytes_that_a_match_can_begin_with() {
        check("abc", &["a", "b", "c"]);
        check("[0-3]{2}\\.", &["0123", "0123", "."]);
        check("ab|c", &["ac"]);
        check("ERROR|WARN", &["EW", "AR", "R", "NO"]);
        check("(?i)on", &["Oo", "Nn"]);
        check("^x*y", &["xy"]);
        check("a?", &[]);
        check("\\b[45][0-1]", &["45", "01"]);
    }

    #[test]
    fn a_pattern_that_begins_wide_has_windows_inside() {
        let windows = windows(&hir("[a-z]*@host"));
        assert!(windows.iter().any(|window| {
            !window.begins_match
                && window.classes.len() == 5
                && window.classes[0][usize::from(b'@')]
        }));
    }

    #[test]
    fn a_class_of_many_ranges_is_tested_as_a_larger_one() {
        let mut class = [false; 256];
        for byte in [1, 3, 50, 60, 100, 104, 200] {
            class[byte] = true;
        }
        let test = byte_test(0, &class);
        assert!((0..=255u8).all(|byte| !class[usize::from(byte)] || test.holds(byte)));
        assert!(!test.holds(150) && !test.holds(80));
    }

    #[test]
    fn every_place_is_found_that_a_plain_search_finds() {
        let log: Vec<u8> = (0..3000u32)
            .map(|n| b"0123456789.-x \n"[(n * n % 15) as usize])
            .collect();
        for pattern in ["[0-9]\\.", "[0-9][.x]", "x", "[0-9.]{3}"] {
            let regex = regex_automata::meta::Regex::new(&format!("^(?:{pattern})")).unwrap();
            let windows = windows(&hir(pattern));
            let (filter, rate) = best(&windows, &log).unwrap();
            let want: Vec<usize> = (0..log.len())
                .filter(|&at| regex.is_match(&log[at..]))
                .collect();
            let mut places = Places::default();
            let mut got = Vec::new();
            let mut at = 0;
            while let Some(place) = places.next(&filter, &log, at) {
                got.push(place);
                at = place + 1;
            }
            assert_eq!(got, want, "{pattern}");
            assert_eq!(rate.passed, want.len());
        }
    }
}
