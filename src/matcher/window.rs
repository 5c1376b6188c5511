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

use std::ops::RangeInclusive;

use regex_automata::nfa::thompson::{Compiler, NFA, State, WhichCaptures};
use regex_automata::util::primitives::StateID;
use regex_syntax::hir::{Hir, HirKind, Look};

use crate::sys::simd::{ByteTest, Tests};

/// How many bytes of a window are looked at.
pub(super) const WINDOW_BYTES_MAX: usize = 16;

/// How many of its bytes are tested: a few rare ones are enough.
const TESTS_MAX: usize = 4;

/// How many alternatives tests can tell apart; of more, several are taken together.
const ALTERNATIVES_MAX: usize = 8;

/// How much of a sample is looked at to choose the tests.
const CHOICE_BYTES: usize = 8 << 10;

/// A sample, for when there is none: what is rare in most logs is rare in it.
pub(super) const TYPICAL: &[u8] = b"2026-11-20T09:00:00.017Z [4010] INFO com.example.Service: request 7c175848 took 2495 ms
2026-11-20 09:00:01,028 INFO [main] org.example.store.Cache (Cache.java:124): 18 entries, user=alice id=0x3fa2 state=ok
Nov 20 09:00:02 host-3 sshd[4016]: session opened for user root from 192.168.9.233 port 50010 ssh2
10.49.127.141 - - [20/Nov/2026:09:00:04 +0000] \"GET /v1/items/84297 HTTP/1.1\" 200 4662 \"Mozilla/5.0\"
";

/// A regex that compiles to more gets no windows.
const NFA_BYTES_MAX: usize = 1 << 20;

/// How many parts of a concatenation are tried.
const PARTS_MAX: usize = 8;

/// A set of bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct ByteSet {
    bits: [u64; 4],
}

impl ByteSet {
    pub(super) fn of(range: RangeInclusive<u8>) -> ByteSet {
        let mut set = ByteSet::default();
        set.add(range);
        set
    }

    pub(super) fn add(&mut self, range: RangeInclusive<u8>) {
        for byte in range {
            self.bits[usize::from(byte / 64)] |= 1 << (byte % 64);
        }
    }

    pub(super) fn has(&self, byte: u8) -> bool {
        self.bits[usize::from(byte / 64)] >> (byte % 64) & 1 == 1
    }

    fn iter(&self) -> impl Iterator<Item = u8> {
        (0..=u8::MAX).filter(|&byte| self.has(byte))
    }

    /// The byte, if there is just one.
    pub(super) fn only_byte(&self) -> Option<u8> {
        let mut bytes = self.iter();
        let first = bytes.next()?;
        bytes.next().is_none().then_some(first)
    }
}

/// Bytes that must stand somewhere in every match.
#[derive(Clone, Debug)]
pub(super) struct Window {
    /// The bytes that are possible at each place, for each alternative.
    alternatives: Vec<Vec<ByteSet>>,
    /// Whether every match begins with it, or only contains it.
    pub(super) begins_match: bool,
    /// Whether no match begins behind an ASCII word byte: it begins with one, at a word boundary.
    begins_word: bool,
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
            let alternatives = match rest.kind() {
                HirKind::Alternation(parts) => parts.iter().map(classes).collect::<Option<_>>()?,
                _ => vec![classes(&rest)?],
            };
            let is_tested = alternatives.iter().all(|classes| !classes.is_empty());
            let begins_match = nth == 0;
            let begins_word = begins_match && begins_word(parts, &alternatives);
            is_tested.then_some(Window {
                alternatives,
                begins_match,
                begins_word,
            })
        })
        .collect()
}

/// Whether a concatenation begins at a word boundary, and with a byte that is an ASCII word character.
fn begins_word(parts: &[Hir], alternatives: &[Vec<ByteSet>]) -> bool {
    let at_boundary = matches!(
        parts[0].kind(),
        HirKind::Look(
            Look::WordUnicode | Look::WordAscii | Look::WordStartUnicode | Look::WordStartAscii
        )
    );
    let first_bytes = alternatives.iter().filter_map(|classes| classes.first());
    at_boundary && first_bytes.flat_map(ByteSet::iter).all(is_word_byte)
}

/// Whether a byte is a word character by itself.
pub(super) fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

impl Window {
    /// What is put in front of a regex engine.
    pub(super) fn ahead_for(&self, sample: &[u8]) -> Ahead {
        Ahead {
            filter: self.filter_for(sample),
            begins_match: self.begins_match,
            begins_word: self.begins_word,
        }
    }

    /// The filter that fits a sample of the log.
    fn filter_for(&self, sample: &[u8]) -> Filter {
        Filter::new(&self.alternatives, sample)
    }
}

/// The classes of the first bytes of a match.
fn classes(tree: &Hir) -> Option<Vec<ByteSet>> {
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
    fn step(&self) -> (ByteSet, Reached<'n>) {
        let mut class = ByteSet::default();
        let mut next = Reached::new(self.nfa);
        let mut take = |start: u8, end: u8, to: StateID| {
            class.add(start..=end);
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

/// Windows with the bytes that are worth testing.
#[derive(Clone, Debug)]
pub(super) struct Filter {
    tests: Tests,
}

impl Filter {
    /// Chooses the places to test so that few positions of `sample` pass. `alternatives` are runs of classes of which
    /// one must stand at a position, none of them empty.
    pub(super) fn new(alternatives: &[Vec<ByteSet>], sample: &[u8]) -> Filter {
        let shortest = alternatives.iter().map(Vec::len).min().unwrap_or(0);
        let mut left: Vec<ByteTest> = (0..shortest)
            .map(|offset| byte_test(offset, alternatives))
            .collect();
        let sample = &sample[..sample.len().min(CHOICE_BYTES)];
        let positions = (sample.len() + 1).saturating_sub(shortest);
        let mut possible = vec![u8::MAX; positions];
        let mut chosen: Vec<ByteTest> = Vec::new();
        let mut vector_tests = 1;
        let mut passed_before = positions;
        while !left.is_empty() && chosen.len() < TESTS_MAX {
            let rates = left
                .iter()
                .map(|test| test.count_possible(sample, &possible));
            let rarest = rates.enumerate().min_by_key(|&(_, passed)| passed);
            let (nth, passed) = rarest.expect("some are left");
            let test = left.remove(nth);
            test.keep_possible(sample, &mut possible);
            chosen.push(test);
            // One more test everywhere costs about as much as a look at one position in 256.
            if passed_before * 256 > positions && passed * 4 < passed_before * 3 {
                vector_tests = chosen.len();
            }
            passed_before = passed;
        }
        Filter {
            tests: Tests::new(chosen, vector_tests),
        }
    }

    /// Calls `visit` with the positions from `at` on that pass all tests, and goes on where it says; None is the end.
    #[inline]
    pub(super) fn places(
        &self,
        block: &[u8],
        at: usize,
        mut visit: impl FnMut(usize) -> Option<usize>,
    ) {
        self.tests
            .scan(block, at, |place| match self.tests.passes(block, place) {
                true => visit(place),
                false => Some(place + 1),
            });
    }

    /// As [`Filter::places`], with some that do not pass: for who can tell at less cost than the tests.
    #[inline]
    pub(super) fn likely_places(
        &self,
        block: &[u8],
        at: usize,
        visit: impl FnMut(usize) -> Option<usize>,
    ) {
        self.tests.scan(block, at, visit);
    }

    /// How many bytes are tested.
    pub(super) fn test_count(&self) -> usize {
        self.tests.count()
    }
}

/// What each byte stands for `offset` bytes behind the start of the alternatives.
fn byte_test(offset: usize, alternatives: &[Vec<ByteSet>]) -> ByteTest {
    let mut table = Box::new([0; 256]);
    let together = alternatives.len().div_ceil(ALTERNATIVES_MAX);
    for (nth, classes) in alternatives.iter().enumerate() {
        for byte in classes[offset].iter() {
            table[usize::from(byte)] |= 1 << (nth / together);
        }
    }
    ByteTest {
        offset,
        alternatives: table,
    }
}

/// A filter in front of a regex engine.
#[derive(Clone, Debug)]
pub(super) struct Ahead {
    pub(super) filter: Filter,
    /// Whether every match begins where a position passes, or only contains one.
    pub(super) begins_match: bool,
    begins_word: bool,
}

impl Ahead {
    /// Calls `visit` with the positions at which the regex is to be looked for, and goes on where it says.
    #[inline]
    pub(super) fn places(&self, block: &[u8], mut visit: impl FnMut(usize) -> Option<usize>) {
        self.filter.places(block, 0, |place| {
            let is_behind_word = place > 0 && is_word_byte(block[place - 1]);
            match self.begins_word && is_behind_word {
                true => Some(place + 1),
                false => visit(place),
            }
        });
    }
}

/// What a filter lets pass.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rate {
    pub(super) passed: usize,
    pub(super) of: usize,
}

/// The filter that lets the fewest positions of `sample` pass.
pub(super) fn best(windows: &[Window], sample: &[u8]) -> Option<(Ahead, Rate)> {
    windows
        .iter()
        .map(|window| {
            let ahead = window.ahead_for(sample);
            let mut passed = 0;
            ahead.places(sample, |place| {
                passed += 1;
                Some(place + 1)
            });
            (ahead, passed)
        })
        .min_by_key(|&(_, passed)| passed)
        .map(|(ahead, passed)| {
            let of = sample.len();
            (ahead, Rate { passed, of })
        })
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
    fn check(pattern: &str, want: &[&[&str]]) {
        let windows = windows(&hir(pattern));
        let window = windows.first().filter(|window| window.begins_match);
        let ascii = |class: &ByteSet| class.iter().filter(u8::is_ascii).map(char::from).collect();
        let got: Vec<Vec<String>> = window.map_or(Vec::new(), |window| {
            let runs = window.alternatives.iter();
            runs.map(|classes| classes.iter().map(ascii).collect())
                .collect()
        });
        assert_eq!(got, want, "{pattern}");
    }

    #[test]
    fn a_window_has_the_bytes_that_a_match_can_begin_with() {
        check("abc", &[&["a", "b", "c"]]);
        check("[0-3]{2}\\.", &[&["0123", "0123", "."]]);
        check("ab|c", &[&["a", "b"], &["c"]]);
        check("ERR+|WAR+", &[&["E", "R", "R"], &["W", "A", "R"]]);
        check("(?i)on", &[&["Oo", "Nn"]]);
        check("^x*y", &[&["xy"]]);
        check("a?", &[]);
        check("\\b[45][0-1]", &[&["45", "01"]]);
    }

    #[test]
    fn a_pattern_that_begins_wide_has_windows_inside() {
        let windows = windows(&hir("[a-z]*@host"));
        assert!(windows.iter().any(|window| {
            let [classes] = window.alternatives.as_slice() else {
                return false;
            };
            !window.begins_match && classes.len() == 5 && classes[0].has(b'@')
        }));
    }

    #[test]
    fn every_place_is_found_that_a_plain_search_finds() {
        let log: Vec<u8> = (0..3000u32)
            .map(|n| b"0123456789.-x \n"[(n * n % 15) as usize])
            .collect();
        for pattern in ["[0-9]\\.", "[0-9][.x]", "x", "[0-9.]{3}"] {
            let regex = regex_automata::meta::Regex::new(&format!("^(?:{pattern})")).unwrap();
            let windows = windows(&hir(pattern));
            let (ahead, rate) = best(&windows, &log).unwrap();
            let want: Vec<usize> = (0..log.len())
                .filter(|&at| regex.is_match(&log[at..]))
                .collect();
            let mut got = Vec::new();
            ahead.places(&log, |place| {
                got.push(place);
                Some(place + 1)
            });
            assert_eq!(got, want, "{pattern}");
            assert_eq!(rate.passed, want.len());
        }
    }
}
