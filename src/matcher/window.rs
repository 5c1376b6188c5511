//! A filter in front of a regex engine. It looks for classes of bytes that stand one behind the
//! other in every match.
//!
//! Every match of `[0-9]{2}\.[0-9]{3}` begins with two digits, a dot and three digits. A regex
//! engine that has no literal to look for walks through all bytes one by one. Vector instructions
//! test these six classes for 256 positions at a time, and few positions pass. The engine then
//! looks at those only.
//!
//! ```text
//! pattern   [0-9]{2}\.[0-9]{3}
//! window    d d . d d d              six classes, d is a digit
//! text      request 7 took 12.345 s
//!                          ^         all six classes fit only here, so the engine looks here
//! ```
//! 1. Nothing is lost: every match has a byte of each class at its place.
//! 2. The window proves nothing. The engine looks at every position that passes.
//! 3. Few tests are enough. Those run first that the fewest positions of a sample of the log pass.
//!
//! The classes are read off the NFA: the bytes on the transitions from all states that can be
//! reached with n bytes. So they hold for any regex, also with Unicode classes and alternations,
//! and they go as far as its shortest match. A pattern that begins with something wide, such as
//! `\w+@host`, still has windows inside. So every part of the concatenation gets the window of what
//! follows from there.

use regex_automata::nfa::thompson::{Compiler, NFA, State, WhichCaptures};
use regex_automata::util::primitives::StateID;
use regex_syntax::hir::{Class, Hir, HirKind, Look};

use super::{
    byte_set::ByteSet,
    byte_test::{ByteTest, Tests},
    pairs::Pairs,
    sample::Sample,
};

/// At most this many bytes of a window are looked at.
pub(super) const WINDOW_BYTES_MAX: usize = 16;

/// At most this many of a window's bytes are tested: a few rare ones are enough.
const TESTS_MAX: usize = 4;

/// Tests can tell at most this many alternatives apart. If there are more, several share a bit.
pub(super) const ALTERNATIVES_MAX: usize = 8;

/// A regex whose NFA is larger than this gets no windows.
const NFA_BYTES_MAX: usize = 1 << 20;

/// A regex with more alternatives than this gets no windows, because reading off their bytes costs
/// more than it saves. With a filter 10,000 words on 30 MB take half of the time, 30,000 take the
/// same time, and 100,000 take 1.5 times as long (2026-11).
const WINDOW_ALTERNATIVES_MAX: usize = 32 << 10;

/// At most this many parts of a concatenation are tried.
const PARTS_MAX: usize = 8;

/// Bytes that must stand somewhere in every match.
#[derive(Clone, Debug)]
pub(super) struct MatchWindow {
    /// The bytes that are possible at each place, for each alternative.
    alternatives: Vec<Vec<ByteSet>>,
    /// Whether every match begins with the window. Otherwise a match contains it somewhere.
    pub(super) begins_match: bool,
    /// How many bytes of the window stand before the match. It is one if the match begins at a word
    /// boundary: the byte before it then decides the boundary. A match at the start of the haystack
    /// has no such byte.
    lead: usize,
    /// How many characters a match has, if it ends with a word character at a word boundary.
    word_chars: Option<usize>,
}

/// Returns the windows of a regex, given the tree that is searched for.
pub(super) fn windows(tree: &Hir) -> Vec<MatchWindow> {
    let parts = match tree.kind() {
        HirKind::Concat(parts) => parts.as_slice(),
        _ => std::slice::from_ref(tree),
    };
    (0..parts.len().min(PARTS_MAX))
        .filter_map(|nth| {
            let rest = Hir::concat(parts[nth..].to_vec());
            let mut alternatives = match rest.kind() {
                HirKind::Alternation(parts) if parts.len() > WINDOW_ALTERNATIVES_MAX => {
                    return None;
                }
                HirKind::Alternation(parts) => parts.iter().map(classes).collect::<Option<_>>()?,
                _ => vec![classes(&rest)?],
            };
            let is_tested = alternatives.iter().all(|classes| !classes.is_empty());
            let begins_match = nth == 0;
            let lead = usize::from(begins_match && begins_word(parts, &alternatives));
            if lead == 1 {
                let before = not_in_word();
                alternatives
                    .iter_mut()
                    .for_each(|classes| classes.insert(0, before));
            }
            is_tested.then_some(MatchWindow {
                alternatives,
                begins_match,
                lead,
                word_chars: word_chars(parts).filter(|_| begins_match),
            })
        })
        .collect()
}

/// Returns whether a concatenation begins at a word boundary, and its first byte is an ASCII word
/// character.
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

/// Returns how many characters a concatenation matches, if three things hold: the number is always
/// the same, the concatenation ends at a word boundary, and its last character, if it is ASCII, is
/// a word character.
fn word_chars(parts: &[Hir]) -> Option<usize> {
    let [rest @ .., boundary] = parts else {
        return None;
    };
    let at_boundary = matches!(
        boundary.kind(),
        HirKind::Look(
            Look::WordUnicode | Look::WordAscii | Look::WordEndUnicode | Look::WordEndAscii
        )
    );
    let chars: usize = rest.iter().map(char_count).sum::<Option<usize>>()?;
    (at_boundary && chars > 0 && ends_in_word(rest.last()?)).then_some(chars)
}

/// Returns how many characters a tree matches, if it is always the same number. The number is right
/// for ASCII text only, as a tree may match half a character.
fn char_count(tree: &Hir) -> Option<usize> {
    match tree.kind() {
        HirKind::Empty | HirKind::Look(_) => Some(0),
        HirKind::Literal(literal) => literal.0.is_ascii().then_some(literal.0.len()),
        HirKind::Class(_) => Some(1),
        HirKind::Repetition(repetition) => {
            let chars = char_count(&repetition.sub)?;
            let count = repetition
                .max
                .filter(|&most| most == repetition.min)?
                .try_into()
                .ok();
            chars.checked_mul(count?)
        }
        HirKind::Capture(capture) => char_count(&capture.sub),
        HirKind::Concat(parts) => parts.iter().map(char_count).sum(),
        HirKind::Alternation(parts) => {
            let mut counts = parts.iter().map(char_count);
            let first = counts.next()??;
            counts.all(|count| count == Some(first)).then_some(first)
        }
    }
}

/// Returns whether all that a tree matches ends with a word character, as far as it is ASCII.
fn ends_in_word(tree: &Hir) -> bool {
    match tree.kind() {
        HirKind::Empty | HirKind::Look(_) => false,
        HirKind::Literal(literal) => literal.0.last().copied().is_some_and(is_word_byte),
        HirKind::Class(class) => match class {
            Class::Bytes(class) => class.ranges().iter().all(|range| {
                (range.start()..=range.end()).all(|byte| !byte.is_ascii() || is_word_byte(byte))
            }),
            Class::Unicode(class) => class.ranges().iter().all(|range| {
                (range.start()..=range.end().min('\x7f'))
                    .all(|char| u8::try_from(char).is_ok_and(is_word_byte))
            }),
        },
        HirKind::Repetition(repetition) => repetition.min > 0 && ends_in_word(&repetition.sub),
        HirKind::Capture(capture) => ends_in_word(&capture.sub),
        HirKind::Concat(parts) => parts.last().is_some_and(ends_in_word),
        HirKind::Alternation(parts) => parts.iter().all(ends_in_word),
    }
}

/// Returns the bytes that can stand next to a word character at a word boundary.
fn not_in_word() -> ByteSet {
    let mut set = ByteSet::default();
    for byte in (0..=u8::MAX).filter(|&byte| !is_word_byte(byte)) {
        set.add(byte..=byte);
    }
    set
}

/// Returns whether a byte is a word character by itself.
pub(super) fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

impl MatchWindow {
    /// Returns the vector tests to put in front of a regex engine, those that fit a sample of the
    /// log.
    pub(super) fn ahead_by_tests(&self, sample: &Sample) -> Ahead {
        self.ahead(Sieve::Tests(self.filter_for(sample)))
    }

    /// Returns the pairs of bytes to put in front of a regex engine, if the window is long enough
    /// and not too wide.
    pub(super) fn ahead_by_pairs(&self) -> Option<Ahead> {
        Some(self.ahead(Sieve::Pairs(Pairs::new(&self.alternatives)?)))
    }

    fn ahead(&self, sieve: Sieve) -> Ahead {
        Ahead {
            sieve,
            begins_match: self.begins_match,
            lead: self.lead,
            word_chars: self.word_chars,
        }
    }

    /// Returns the filter that fits a sample of the log.
    fn filter_for(&self, sample: &Sample) -> Filter {
        Filter::new(&self.alternatives, sample)
    }
}

/// Returns the classes of the first bytes of a match.
fn classes(tree: &Hir) -> Option<Vec<ByteSet>> {
    if let HirKind::Literal(literal) = tree.kind() {
        let bytes = literal.0.iter().take(WINDOW_BYTES_MAX);
        return Some(bytes.map(|&byte| ByteSet::of(byte..=byte)).collect());
    }
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
    /// The reached states that have transitions on bytes.
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

    /// Adds a state and all states that can be reached from it without a byte. Every look-around is
    /// taken to succeed.
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

    /// Returns the bytes that lead on, and the states that they lead to.
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
    /// Chooses the places to test, so that few positions of `sample` pass. `alternatives` are runs
    /// of classes. One of them must stand at a position, and none of them is empty.
    pub(super) fn new(alternatives: &[Vec<ByteSet>], sample: &Sample) -> Filter {
        let shortest = alternatives.iter().map(Vec::len).min().unwrap_or(0);
        let groups = grouped(alternatives, shortest);
        let all: Vec<ByteTest> = (0..shortest)
            .map(|offset| byte_test(offset, &groups))
            .collect();
        // A test of a place where `.` may stand lets nearly every position pass, but only with the
        // alternative for ASCII. The next test is then about that alternative alone. Such a test is
        // found by counting alternatives. It is taken if it is much better, because a sample is not
        // the log.
        let mut choice = TestChoice::new(all.clone(), sample, |bits| usize::from(bits != 0));
        if groups.len() > 1 {
            let by_alternatives = TestChoice::new(all, sample, |bits| bits.count_ones() as usize);
            if by_alternatives.cost * 2 <= choice.cost {
                choice = by_alternatives;
            }
        }
        Filter {
            tests: Tests::new(choice.tests, choice.vector_tests),
        }
    }

    /// Returns the same filter, run by other instructions.
    #[cfg(test)]
    pub(super) fn at_level(self, level: crate::simd::InstructionSet) -> Filter {
        Filter {
            tests: self.tests.at_level(level),
        }
    }

    /// Calls `visit` with the positions from `at` on that pass all tests. It goes on at the
    /// position that `visit` returns; `None` is the end.
    #[inline]
    pub(super) fn places(
        &self,
        block: &[u8],
        at: usize,
        mut visit: impl FnMut(usize) -> Option<usize>,
    ) {
        self.tests.scan(block, at, |place| {
            match self.tests.passes_rest(block, place) {
                true => visit(place),
                false => Some(place + 1),
            }
        });
    }

    /// Does what [`Filter::places`] does, but also visits some positions that do not pass. It is
    /// for callers that can sort these out at less cost than the tests.
    #[inline]
    pub(super) fn likely_places(
        &self,
        block: &[u8],
        at: usize,
        visit: impl FnMut(usize) -> Option<usize>,
    ) {
        self.tests.scan(block, at, visit);
    }

    /// Returns how many bytes are tested.
    pub(super) fn test_count(&self) -> usize {
        self.tests.count()
    }
}

/// One more test at every position costs about as much as looks at one in so many positions.
const POSITIONS_PER_LOOK: usize = 256;

/// Tests in the order in which they are run.
struct TestChoice {
    tests: Vec<ByteTest>,
    /// How many of the tests are worth running everywhere.
    vector_tests: usize,
    /// The cost of the tests in the sample and of looking at the positions that pass them. The unit
    /// is one look.
    cost: usize,
}

impl TestChoice {
    /// Takes the test that leaves the least, by `weigh`. Then it takes the one that leaves the
    /// least of that, and so on.
    fn new(mut left: Vec<ByteTest>, sample: &Sample, weigh: fn(u8) -> usize) -> TestChoice {
        let positions = (sample.bytes.len() + 1).saturating_sub(left.len());
        // The positions that the tests so far let pass, with the alternatives that are left there.
        // Before the first test these are all positions.
        let mut possible: Vec<(usize, u8)> = Vec::new();
        let mut tests: Vec<ByteTest> = Vec::new();
        let (mut vector_tests, mut cost) = (1, usize::MAX);
        let mut passed_before = positions;
        while !left.is_empty() && tests.len() < TESTS_MAX {
            let weight_of = |test: &ByteTest| -> usize {
                if tests.is_empty() {
                    let counts = sample.counts.iter().zip(test.alternatives.iter());
                    return counts.map(|(count, &bits)| count * weigh(bits)).sum();
                }
                let bits = possible
                    .iter()
                    .map(|&(at, bits)| bits & test.alternatives_at(&sample.bytes, at));
                bits.map(weigh).sum()
            };
            let rates = left.iter().map(weight_of);
            let rarest = rates.enumerate().min_by_key(|&(_, weight)| weight);
            let (nth, _) = rarest.expect("some are left");
            let test = left.remove(nth);
            let left_at = |at, bits: u8| bits & test.alternatives_at(&sample.bytes, at);
            if tests.is_empty() {
                let all = (0..positions).map(|at| (at, left_at(at, u8::MAX)));
                possible.extend(all.filter(|&(_, bits)| bits != 0));
            } else {
                possible.retain_mut(|(at, bits)| {
                    *bits = left_at(*at, *bits);
                    *bits != 0
                });
            }
            let passed = possible.len();
            tests.push(test);
            let is_worth_it =
                passed_before * POSITIONS_PER_LOOK > positions && passed * 4 < passed_before * 3;
            if tests.len() == 1 || is_worth_it {
                vector_tests = tests.len();
                cost = passed + vector_tests * positions / POSITIONS_PER_LOOK;
            }
            passed_before = passed;
        }
        TestChoice {
            tests,
            vector_tests,
            cost,
        }
    }
}

/// More alternatives than this are grouped in the order in which they come, because finding those
/// that are alike takes time by the cube of their number.
const ALIKE_MAX: usize = 16;

/// Returns the classes of the first `length` bytes of the alternatives. The most similar ones are
/// put together until there is a bit for each. The ways to write a character of three bytes then
/// share a bit, and ASCII has one of its own.
pub(super) fn grouped(alternatives: &[Vec<ByteSet>], length: usize) -> Vec<Vec<ByteSet>> {
    let union = |one: &[ByteSet], other: &[ByteSet]| -> Vec<ByteSet> {
        let pairs = one.iter().zip(other);
        pairs.map(|(one, other)| one.union(other)).collect()
    };
    let mut groups: Vec<Vec<ByteSet>> = match alternatives.len() {
        0..=ALIKE_MAX => alternatives
            .iter()
            .map(|all| all[..length].to_vec())
            .collect(),
        count => {
            let together = alternatives.chunks(count.div_ceil(ALTERNATIVES_MAX));
            let unions = together.map(|some| {
                let rest = some[1..].iter();
                rest.fold(some[0][..length].to_vec(), |group, all| union(&group, all))
            });
            unions.collect()
        }
    };
    // The share of positions that the group would let pass if all bytes were equally frequent.
    let rate = |group: &[ByteSet]| -> f64 {
        group
            .iter()
            .map(|class| class.len() as f64 / 256.0)
            .product()
    };
    while groups.len() > ALTERNATIVES_MAX {
        let pairs =
            (1..groups.len()).flat_map(|second| (0..second).map(move |first| (first, second)));
        let cost = |&(first, second): &(usize, usize)| {
            let (one, other) = (&groups[first], &groups[second]);
            rate(&union(one, other)) - rate(one) - rate(other)
        };
        let cheapest = pairs.map(|pair| (cost(&pair), pair));
        let cheapest = cheapest.min_by(|(one, _), (other, _)| one.total_cmp(other));
        let (_, (first, second)) = cheapest.expect("there are more than two");
        let other = groups.swap_remove(second);
        groups[first] = union(&groups[first], &other);
    }
    groups
}

/// Returns the test for the byte `offset` bytes behind the start of the alternatives, with a bit
/// for each alternative.
fn byte_test(offset: usize, alternatives: &[Vec<ByteSet>]) -> ByteTest {
    let mut table = Box::new([0; 256]);
    for (nth, classes) in alternatives.iter().enumerate() {
        for byte in classes[offset].iter() {
            table[usize::from(byte)] |= 1 << nth;
        }
    }
    ByteTest {
        offset,
        alternatives: table,
    }
}

/// The ways to find where a window may stand.
#[derive(Clone, Debug)]
enum Sieve {
    Tests(Filter),
    Pairs(Pairs),
}

impl Sieve {
    #[inline]
    fn places(&self, block: &[u8], at: usize, visit: impl FnMut(usize) -> Option<usize>) {
        match self {
            Sieve::Tests(filter) => filter.places(block, at, visit),
            Sieve::Pairs(pairs) => pairs.places(block, at, visit),
        }
    }
}

/// A filter in front of a regex engine.
#[derive(Clone, Debug)]
pub(super) struct Ahead {
    sieve: Sieve,
    /// Whether every match begins where a position passes. Otherwise a match contains such a
    /// position.
    pub(super) begins_match: bool,
    lead: usize,
    word_chars: Option<usize>,
}

impl Ahead {
    /// Calls `visit` with the positions at which the regex is to be looked for. It goes on where
    /// `visit` says.
    #[inline]
    pub(super) fn places(&self, block: &[u8], mut visit: impl FnMut(usize) -> Option<usize>) {
        let mut at = 0;
        if self.lead > 0 {
            // A match at the beginning of the block has no byte before it that could be tested.
            match visit(0) {
                Some(next) => at = next - self.lead,
                None => return,
            }
        }
        self.sieve.places(block, at, |position| {
            let place = position + self.lead;
            let next = match self.ends_inside_word(block, place) {
                true => place + 1,
                false => visit(place)?,
            };
            Some(next - self.lead)
        });
    }

    /// Says what the filter looks at, for people.
    pub(super) fn description(&self) -> String {
        match &self.sieve {
            Sieve::Tests(filter) => {
                format!("{} rare bytes of a match are found", filter.test_count())
            }
            Sieve::Pairs(pairs) => {
                format!(
                    "the first {} bytes may begin a match, pair by pair",
                    pairs.byte_count()
                )
            }
        }
    }

    /// Returns whether a match that begins at `place` would have to end in the middle of a word.
    /// Only ASCII text can tell.
    fn ends_inside_word(&self, block: &[u8], place: usize) -> bool {
        self.word_chars.is_some_and(|chars| {
            let end = place + chars;
            block.get(end).copied().is_some_and(is_word_byte) && block[place..end].is_ascii()
        })
    }
}

/// A filter is of no use if it lets more than one position in so many pass, because each look of
/// the engine costs 50 to 100 ns.
const HOPELESS_BYTES: usize = 8;

/// If vector tests let more than one position in so many pass, pairs may be worth their price.
const DENSE_BYTES: usize = 128;

/// Returns the filters that are worth trying. Each is the one of its kind that lets the fewest
/// positions of `sample` pass.
pub(super) fn candidates(windows: &[MatchWindow], sample: &Sample) -> Vec<Ahead> {
    let best = |aheads: Vec<Ahead>| {
        let rated = aheads.into_iter().map(|ahead| {
            let mut passed = 0;
            ahead.places(&sample.bytes, |place| {
                passed += 1;
                Some(place + 1)
            });
            (passed, ahead)
        });
        let best = rated.min_by_key(|&(passed, _)| passed);
        best.filter(|&(passed, _)| passed * HOPELESS_BYTES <= sample.bytes.len())
    };
    let by_tests = windows.iter().map(|window| window.ahead_by_tests(sample));
    let by_tests = best(by_tests.collect());
    let by_pairs = match by_tests {
        Some((passed, _)) if passed * DENSE_BYTES <= sample.bytes.len() => None,
        _ => best(
            windows
                .iter()
                .filter_map(MatchWindow::ahead_by_pairs)
                .collect(),
        ),
    };
    let both = by_tests.into_iter().chain(by_pairs);
    both.map(|(_, ahead)| ahead).collect()
}

#[cfg(test)]
mod tests {
    use super::{super::sample::TYPICAL, *};

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
    }

    #[test]
    fn a_window_that_begins_at_a_word_boundary_has_the_byte_before_it() {
        let windows = windows(&hir("\\b[45][0-1]"));
        let [classes] = windows[0].alternatives.as_slice() else {
            panic!("{windows:?}");
        };
        assert_eq!((classes.len(), windows[0].lead), (3, 1));
        for (byte, is_in) in [
            (b' ', true),
            (b'-', true),
            (0xE9, true),
            (b'a', false),
            (b'_', false),
        ] {
            assert_eq!(classes[0].has(byte), is_in, "{byte}");
        }
    }

    #[test]
    fn only_characters_of_a_known_number_tell_where_a_word_ends() {
        for (pattern, want) in [
            ("\\b(4|5)\\d\\d\\b", Some(3)),
            ("ab{2}[x-z]\\b", Some(4)),
            ("a+\\b", None),
            ("a-\\b", None),
            ("a[^0-9]\\b", None),
            ("(ab|c)\\b", None),
            ("(ab|cd)\\b", Some(2)),
            ("\u{e9}a\\b", None),
            ("ab", None),
        ] {
            assert_eq!(windows(&hir(pattern))[0].word_chars, want, "{pattern}");
        }
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
            let want: Vec<usize> = (0..log.len())
                .filter(|&at| regex.is_match(&log[at..]))
                .collect();
            let found = |ahead: &Ahead| {
                let mut found = Vec::new();
                ahead.places(&log, |place| {
                    found.push(place);
                    Some(place + 1)
                });
                found
            };
            let sample = Sample::new(log.clone());
            assert_eq!(
                found(&windows[0].ahead_by_tests(&sample)),
                want,
                "{pattern}"
            );
            let by_pairs = windows[0].ahead_by_pairs();
            assert_eq!(by_pairs.is_some(), pattern.ends_with("{3}"), "{pattern}");
            let found = by_pairs.map_or(want.clone(), |ahead| found(&ahead));
            assert!(want.iter().all(|place| found.contains(place)), "{pattern}");
        }
    }

    #[test]
    fn more_alternatives_than_are_worth_a_filter_get_none() {
        let words = |count: usize| (0..count).map(|nth| format!("word{nth}x"));
        let tree = |count| Hir::alternation(words(count).map(|word| hir(&word)).collect());
        let windows_of = |count| windows(&tree(count)).len();
        assert!(windows_of(WINDOW_ALTERNATIVES_MAX) > 0);
        // One tree has its common beginning factored out, so the alternatives below it count.
        assert_eq!(windows_of(WINDOW_ALTERNATIVES_MAX + 1), 0);
    }

    #[test]
    fn behind_a_dot_only_what_follows_it_passes() {
        let log =
            b"incompetent commerce, complexes, com example, community, exam comes\n".repeat(200);
        let windows = windows(&hir("com.example"));
        let filter = windows[0].filter_for(&Sample::new(log.clone()));
        let mut passed = Vec::new();
        filter.likely_places(&log, 0, |place| {
            passed.push(place);
            Some(place + 1)
        });
        let want = memchr::memmem::find_iter(&log, "com example");
        assert_eq!(passed, want.collect::<Vec<_>>());
    }

    #[test]
    fn filters_that_let_too_much_pass_are_not_tried_and_pairs_only_where_tests_do_not_tell() {
        let sample = Sample::new(TYPICAL.repeat(20));
        let count = |pattern: &str| candidates(&windows(&hir(pattern)), &sample).len();
        assert_eq!(count("[a-z0-9 ]{2}"), 0, "nearly everything passes");
        assert_eq!(count("quux[0-9]"), 1, "nothing passes the tests");
        let text = std::str::from_utf8(TYPICAL).unwrap();
        let words = text.split(|char: char| !char.is_ascii_alphabetic());
        let endings: Vec<String> = words
            .filter(|word| word.len() > 3)
            .map(|word| format!("{word}[xyz]"))
            .collect();
        assert_eq!(count(&endings.join("|")), 2);
    }
}
