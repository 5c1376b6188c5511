//! Patterns that are a few fixed runs of byte classes: a literal in any case, some words,
//! `[0-9]{2}:[0-9]{2}`.
//!
//! Most searches in logs are for such patterns, and they need no regex engine. A [`Filter`] says
//! where one of the runs may stand, and a comparison with each run proves it. Nothing is skipped
//! and nothing overlaps, so dense hits cost no more than a comparison each. The bytes of a mapping
//! may change while they are looked at, and that does no harm here.

use regex_syntax::{
    hir::{Class, Hir, HirKind, Repetition},
    utf8::Utf8Sequences,
};

use super::{
    byte_set::ByteSet,
    sample::Sample,
    window::{Filter, WINDOW_BYTES_MAX, is_word_byte},
};

/// Each candidate is compared with at most this many sequences.
const SEQUENCES_MAX: usize = 16;

/// The regex engine, whose limits on size then count, takes any sequence that is longer than this.
const SEQUENCE_BYTES_MAX: usize = 256;

/// A run of byte classes. All that matches it has the same number of bytes.
#[derive(Clone, Debug)]
struct Sequence {
    length: usize,
    /// Which bits of the first eight bytes are compared, and what they must be.
    mask: u64,
    value: u64,
    /// The classes that the mask does not describe, with their places.
    others: Vec<(usize, ByteSet)>,
    /// The bytes of the sequence, if each class is one byte.
    literal: Option<Vec<u8>>,
}

impl Sequence {
    fn new(classes: &[ByteSet]) -> Sequence {
        let (mut mask, mut value) = ([0; 8], [0; 8]);
        let mut others = Vec::new();
        for (at, &class) in classes.iter().enumerate() {
            match class.masked_byte() {
                Some(byte) if at < 8 => (mask[at], value[at]) = (byte.mask, byte.value),
                _ => others.push((at, class)),
            }
        }
        Sequence {
            length: classes.len(),
            mask: u64::from_le_bytes(mask),
            value: u64::from_le_bytes(value),
            others,
            literal: classes.iter().map(ByteSet::only_byte).collect(),
        }
    }

    /// Returns how long the sequence is, if `bytes` begin with it.
    #[inline]
    fn length_at(&self, bytes: &[u8]) -> Option<usize> {
        let is_at = match bytes.first_chunk() {
            // This is one comparison; a loop over the bytes would have several branches.
            Some(&first) => {
                u64::from_le_bytes(first) & self.mask == self.value && self.others_are_at(bytes)
            }
            None => {
                let mut padded = [0; 8];
                padded[..bytes.len()].copy_from_slice(bytes);
                self.length <= bytes.len()
                    && u64::from_le_bytes(padded) & self.mask == self.value
                    && self.others_are_at(bytes)
            }
        };
        is_at.then_some(self.length)
    }

    #[inline]
    fn others_are_at(&self, bytes: &[u8]) -> bool {
        if self.others.is_empty() {
            return true;
        }
        match &self.literal {
            Some(literal) => bytes.starts_with(literal),
            None => {
                let mut others = self.others.iter();
                bytes.len() >= self.length && others.all(|&(at, class)| class.has(bytes[at]))
            }
        }
    }
}

/// The sequences that together are a pattern.
#[derive(Debug)]
pub(super) struct Sequences {
    sequences: Vec<Sequence>,
    /// The first bytes of each sequence.
    heads: Vec<Vec<ByteSet>>,
    /// The filter for blocks from which nothing can be learnt about the log.
    typical: Filter,
}

/// The place where one of the sequences stands.
pub(super) struct FoundSequence {
    pub(super) end: usize,
    /// Whether it had to be a word, and the characters next to it do not tell, because they are not
    /// ASCII.
    pub(super) is_doubtful: bool,
}

impl Sequences {
    /// Returns the sequences of a tree, if there are not too many and each has a fixed length.
    pub(super) fn new(tree: &Hir) -> Option<Sequences> {
        let all = expand(tree)?;
        if all.is_empty() || all.iter().any(Vec::is_empty) {
            return None;
        }
        let head = |classes: &Vec<ByteSet>| classes[..classes.len().min(WINDOW_BYTES_MAX)].to_vec();
        let heads: Vec<Vec<ByteSet>> = all.iter().map(head).collect();
        Some(Sequences {
            sequences: all.iter().map(|classes| Sequence::new(classes)).collect(),
            typical: Filter::new(&heads, &Sample::typical()),
            heads,
        })
    }

    /// Returns the filter that fits a sample of the log.
    pub(super) fn filter_for(&self, sample: &Sample) -> Filter {
        Filter::new(&self.heads, sample)
    }

    /// Returns the filter that fits most logs.
    pub(super) fn typical_filter(&self) -> &Filter {
        &self.typical
    }

    /// Returns the literal, if the pattern is one literal.
    pub(super) fn literal(&self) -> Option<&[u8]> {
        match self.sequences.as_slice() {
            [sequence] => sequence.literal.as_deref(),
            _ => None,
        }
    }

    /// Returns how many sequences there are.
    pub(super) fn count(&self) -> usize {
        self.sequences.len()
    }

    /// Returns the sequence that begins at `place`, if there is one. If `words` are wanted, it must
    /// be a word.
    #[inline]
    pub(super) fn at(&self, block: &[u8], place: usize, words: bool) -> Option<FoundSequence> {
        let mut doubtful = None;
        for sequence in &self.sequences {
            let Some(length) = sequence.length_at(&block[place..]) else {
                continue;
            };
            let end = place + length;
            match words.then(|| is_word(block, place, end)) {
                None | Some(Some(true)) => {
                    return Some(FoundSequence {
                        end,
                        is_doubtful: false,
                    });
                }
                Some(Some(false)) => {}
                Some(None) => {
                    doubtful = Some(FoundSequence {
                        end,
                        is_doubtful: true,
                    });
                }
            }
        }
        doubtful
    }
}

/// Returns whether no word character stands on either side of `start..end`. `None`: a neighbour is
/// not ASCII.
fn is_word(block: &[u8], start: usize, end: usize) -> Option<bool> {
    let before = start.checked_sub(1).map(|before| block[before]);
    let neighbours = [before, block.get(end).copied()];
    if neighbours.iter().flatten().any(|&byte| is_word_byte(byte)) {
        return Some(false);
    }
    neighbours
        .iter()
        .flatten()
        .all(u8::is_ascii)
        .then_some(true)
}

/// Returns the class of the bytes that a pattern goes on to match, for as long as it can, behind
/// its `trimmed` form: for `[0-9]+` in `blk_[0-9]+` that is `[0-9]`. Returns `None` for any other
/// pattern.
pub(super) fn tail(whole: &Hir, trimmed: &Hir) -> Option<ByteSet> {
    let HirKind::Concat(parts) = whole.kind() else {
        return None;
    };
    let (last, rest) = parts.split_last()?;
    let HirKind::Repetition(repetition) = last.kind() else {
        return None;
    };
    if repetition.max.is_some() || !repetition.greedy {
        return None;
    }
    let least = Hir::repetition(Repetition {
        max: Some(repetition.min),
        ..repetition.clone()
    });
    let is_all_else = Hir::concat(rest.iter().cloned().chain([least]).collect()) == *trimmed;
    match expand(&repetition.sub)?.as_slice() {
        [classes] if is_all_else => match classes.as_slice() {
            [class] => Some(*class),
            _ => None,
        },
        _ => None,
    }
}

/// Returns every sequence of byte classes that the tree can match.
fn expand(tree: &Hir) -> Option<Vec<Vec<ByteSet>>> {
    let sequences = match tree.kind() {
        HirKind::Empty => vec![Vec::new()],
        HirKind::Look(_) => return None,
        HirKind::Literal(literal) => {
            let classes = literal.0.iter().map(|&byte| ByteSet::of(byte..=byte));
            vec![classes.collect()]
        }
        HirKind::Class(Class::Bytes(class)) => {
            let mut set = ByteSet::default();
            for range in class.ranges() {
                set.add(range.start()..=range.end());
            }
            vec![vec![set]]
        }
        HirKind::Class(Class::Unicode(class)) => {
            let mut ascii = ByteSet::default();
            let mut sequences = Vec::new();
            for range in class.ranges() {
                for utf8 in Utf8Sequences::new(range.start(), range.end()) {
                    match utf8.as_slice() {
                        [byte] => ascii.add(byte.start..=byte.end),
                        bytes => {
                            let classes =
                                bytes.iter().map(|byte| ByteSet::of(byte.start..=byte.end));
                            sequences.push(classes.collect());
                        }
                    }
                    if sequences.len() > SEQUENCES_MAX {
                        return None;
                    }
                }
            }
            if ascii != ByteSet::default() {
                sequences.push(vec![ascii]);
            }
            sequences
        }
        HirKind::Repetition(repetition) => {
            if repetition.max != Some(repetition.min) || repetition.min > 64 {
                return None;
            }
            let one = expand(&repetition.sub)?;
            let mut sequences = vec![Vec::new()];
            for _ in 0..repetition.min {
                sequences = each_with_each(&sequences, &one)?;
            }
            sequences
        }
        HirKind::Capture(capture) => expand(&capture.sub)?,
        HirKind::Concat(parts) => {
            let mut sequences = vec![Vec::new()];
            for part in parts {
                sequences = each_with_each(&sequences, &expand(part)?)?;
            }
            sequences
        }
        HirKind::Alternation(parts) => {
            if parts.len() > SEQUENCES_MAX {
                return None;
            }
            let parts: Option<Vec<_>> = parts.iter().map(expand).collect();
            parts?.concat()
        }
    };
    let fits = |sequence: &Vec<ByteSet>| sequence.len() <= SEQUENCE_BYTES_MAX;
    (sequences.len() <= SEQUENCES_MAX && sequences.iter().all(fits)).then_some(sequences)
}

/// Returns every first part with every second part behind it.
fn each_with_each(first: &[Vec<ByteSet>], second: &[Vec<ByteSet>]) -> Option<Vec<Vec<ByteSet>>> {
    if first.len() * second.len() > SEQUENCES_MAX {
        return None;
    }
    let mut both = Vec::new();
    for start in first {
        both.extend(second.iter().map(|end| [start.as_slice(), end].concat()));
    }
    let fits = both
        .iter()
        .all(|sequence| sequence.len() <= SEQUENCE_BYTES_MAX);
    fits.then_some(both)
}

#[cfg(test)]
mod tests {
    use super::{
        super::window::{ALTERNATIVES_MAX, grouped},
        *,
    };

    #[test]
    fn the_class_at_the_end_is_known_if_it_is_all_that_was_trimmed() {
        for (pattern, want) in [
            ("blk_[0-9]+", Some(b'7')),
            ("blk_[0-9]*", Some(b'7')),
            ("blk_[0-9]{3,}", Some(b'7')),
            ("user=a+", Some(b'a')),
            ("blk_[0-9]+?", None),
            ("blk_[0-9]{1,3}", None),
            ("a+[0-9]*", None),
            ("a[0-9]+b", None),
            ("a(bc)+", None),
            ("a[\u{e9}a]+", None),
        ] {
            let whole = regex_syntax::parse(pattern).unwrap();
            let whole = super::super::pattern::block_tree(&whole);
            let trimmed = super::super::pattern::trimmed_behind(&whole);
            let class = tail(&whole, &trimmed);
            assert_eq!(class.is_some(), want.is_some(), "{pattern}");
            let has = want.is_none_or(|byte| class.is_some_and(|class| class.has(byte)));
            assert!(has, "{pattern}");
        }
    }

    fn sequences(pattern: &str) -> Option<Sequences> {
        let hir = regex_syntax::ParserBuilder::new()
            .utf8(false)
            .build()
            .parse(pattern)
            .unwrap();
        Sequences::new(&hir)
    }

    #[test]
    fn patterns_of_fixed_runs_are_sequences_and_others_are_not() {
        for (pattern, count) in [
            ("ERROR", 1),
            ("(?i)error", 1),
            ("ERROR|WARN|panic|deadlock", 4),
            ("[0-9]{2}\\.[0-9]{3}", 1),
            ("(foo|ba[rz])x{2}", 2),
            ("(?i)is", 2), // the long s is two bytes
            ("é", 1),
        ] {
            let got = sequences(pattern).map(|sequences| sequences.count());
            assert_eq!(got, Some(count), "{pattern}");
        }
        for pattern in [
            "a+", "^a", "\\bx", "a?b", "a{2,3}", "\\d", "", "a|", "[^a]{9}", "x{300}",
        ] {
            assert!(sequences(pattern).is_none(), "{pattern}");
        }
    }

    #[test]
    fn of_the_ways_to_write_a_character_ascii_shares_no_bit() {
        let ways = sequences("com.example").unwrap().heads;
        let length = ways.iter().map(Vec::len).min().unwrap();
        let groups = grouped(&ways, length);
        assert_eq!((ways.len(), groups.len()), (9, ALTERNATIVES_MAX));
        let ascii = ways.iter().find(|way| way[3].has(b'.')).unwrap();
        assert!(groups.contains(&ascii[..length].to_vec()));
        // Some group has the match, whatever way it is written in.
        for text in [
            "com.example",
            "com\u{e9}example",
            "com\u{20ac}example",
            "com\u{1f600}example",
        ] {
            let has = |group: &[ByteSet]| {
                group
                    .iter()
                    .zip(text.as_bytes())
                    .all(|(class, &byte)| class.has(byte))
            };
            assert!(groups.iter().any(|group| has(group)), "{text}");
        }
    }

    #[test]
    fn the_first_sequence_is_found_wherever_it_stands() {
        let sequences = sequences("ab|[b-d]{2}x").unwrap();
        for length in [0, 1, 2, 3, 10, 300, 600] {
            for place in 0..length {
                for needle in ["ab", "bcx", "ddx"] {
                    let mut block = vec![b'.'; length];
                    let end = length.min(place + needle.len());
                    block[place..end].copy_from_slice(&needle.as_bytes()[..end - place]);
                    let filter = sequences.filter_for(&Sample::of_block(&block));
                    let mut found = None;
                    filter.likely_places(&block, 0, |place| {
                        found = sequences.at(&block, place, false);
                        found.is_none().then_some(place + 1)
                    });
                    let want = (end - place == needle.len()).then_some(end);
                    assert_eq!(
                        found.map(|found| found.end),
                        want,
                        "{needle} at {place} of {length}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_word_has_no_word_character_next_to_it() {
        for (block, want) in [
            ("404", Some(true)),
            ("a 404\n", Some(true)),
            ("x404 ", Some(false)),
            ("4040", Some(false)),
            ("404_", Some(false)),
            ("é404é", None),
            ("é404x", Some(false)),
        ] {
            let start = block.find("404").unwrap();
            assert_eq!(is_word(block.as_bytes(), start, start + 3), want, "{block}");
        }
    }
}
