//! A filter for patterns with more alternatives than vector instructions can tell apart, such as a list of words.
//!
//! For each of the first pairs of bytes of a match, a table says which pairs are possible. Going through a log, a byte
//! whose bits are shifted by one place per step remembers how many pairs in a row have fitted so far: the shift-or
//! method (Baeza-Yates and Gonnet, "A new approach to text searching", CACM 35(10), 1992), on classes of pairs instead
//! of bytes, as 1,000 words leave no byte impossible but nearly all runs of eight pairs.

use super::window::ByteSet;

/// How many pairs in a row must fit at most: a bit of a byte each.
const PAIRS_MAX: usize = 8;

/// With fewer, too much passes.
const PAIRS_MIN: usize = 2;

/// Classes with more pairs than this in all take too long to write down, and let too much pass.
const ENTRIES_MAX: usize = 1 << 20;

/// How many positions are tested before anything branches.
const STEP: usize = 8;

/// Which pairs of bytes are possible at the beginnings of the alternatives.
#[derive(Clone, Debug)]
pub(super) struct Pairs {
    /// For two bytes, the first of which is the lower half of the index: bit k is clear if they are possible k bytes
    /// behind the beginning.
    impossible: Box<[u8; 1 << 16]>,
    /// How many pairs are looked at.
    count: usize,
}

impl Pairs {
    /// The pairs of runs of classes. None if the shortest is too short for this filter, or the classes too wide.
    pub(super) fn new(alternatives: &[Vec<ByteSet>]) -> Option<Pairs> {
        let shortest = alternatives.iter().map(Vec::len).min()?;
        let count = shortest.saturating_sub(1).min(PAIRS_MAX);
        if count < PAIRS_MIN {
            return None;
        }
        let sizes = |classes: &Vec<ByteSet>| -> usize {
            let pairs = classes[..=count].windows(2);
            pairs.map(|pair| pair[0].len() * pair[1].len()).sum()
        };
        if alternatives.iter().map(sizes).sum::<usize>() > ENTRIES_MAX {
            return None;
        }
        let mut impossible: Box<[u8; 1 << 16]> = vec![u8::MAX; 1 << 16].try_into().ok()?;
        for classes in alternatives {
            for (nth, pair) in classes[..=count].windows(2).enumerate() {
                for first in pair[0].iter() {
                    for second in pair[1].iter() {
                        let index = u16::from_le_bytes([first, second]);
                        impossible[usize::from(index)] &= !(1 << nth);
                    }
                }
            }
        }
        Some(Pairs { impossible, count })
    }

    /// Calls `visit` with the positions from `at` on where as many pairs fit as are looked at, in ascending order, and
    /// goes on where it says; None is the end.
    #[inline]
    pub(super) fn places(
        &self,
        block: &[u8],
        mut at: usize,
        mut visit: impl FnMut(usize) -> Option<usize>,
    ) {
        let last_bit = 1 << (self.count - 1);
        let mut misfits = u8::MAX;
        // `at` is the first byte of the next pair.
        'groups: while let Some((pairs, _)) = block
            .get(at..)
            .and_then(<[u8]>::split_first_chunk::<{ STEP + 1 }>)
        {
            let mut states = [0; STEP];
            let mut all = u8::MAX;
            for (nth, state) in states.iter_mut().enumerate() {
                misfits = self.step(misfits, pairs[nth], pairs[nth + 1]);
                *state = misfits;
                all &= misfits;
            }
            if all & last_bit == 0 {
                for (nth, state) in states.into_iter().enumerate() {
                    if state & last_bit != 0 {
                        continue;
                    }
                    let place = at + nth + 1 - self.count;
                    match visit(place) {
                        None => return,
                        Some(next) if next == place + 1 => {}
                        Some(next) => {
                            at = next;
                            misfits = u8::MAX;
                            continue 'groups;
                        }
                    }
                }
            }
            at += STEP;
        }
        while at + 1 < block.len() {
            misfits = self.step(misfits, block[at], block[at + 1]);
            at += 1;
            if misfits & last_bit == 0 {
                let place = at - self.count;
                match visit(place) {
                    None => return,
                    Some(next) if next == place + 1 => {}
                    Some(next) => {
                        at = next;
                        misfits = u8::MAX;
                    }
                }
            }
        }
    }

    #[inline]
    fn step(&self, misfits: u8, first: u8, second: u8) -> u8 {
        let pair = u16::from_le_bytes([first, second]);
        misfits << 1 | self.impossible[usize::from(pair)]
    }

    /// How many bytes are looked at.
    pub(super) fn byte_count(&self) -> usize {
        self.count + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classes(words: &[&str]) -> Vec<Vec<ByteSet>> {
        let classes = |word: &&str| {
            let bytes = word.bytes();
            bytes.map(|byte| ByteSet::of(byte..=byte)).collect()
        };
        words.iter().map(classes).collect()
    }

    /// Where the filter lets a position pass, going on `step` behind it.
    fn places(pairs: &Pairs, text: &[u8], from: usize, step: usize) -> Vec<usize> {
        let mut places = Vec::new();
        pairs.places(text, from, |place| {
            places.push(place);
            Some(place + step)
        });
        places
    }

    #[test]
    fn a_position_passes_if_each_of_its_pairs_is_at_that_place_in_some_word() {
        let words = ["abcab", "bcabca", "xabcdefghijkl"];
        let pairs = Pairs::new(&classes(&words)).unwrap();
        assert_eq!(pairs.byte_count(), 5);
        let text: Vec<u8> = (0..3000usize)
            .map(|n| b"abcabxbcabcadefxabcdefgh"[(n + n / 50 * 5) % 24])
            .chain(*b"xabcde")
            .collect();
        let passes = |at: usize| {
            (0..4).all(|nth| {
                words
                    .iter()
                    .any(|word| word.as_bytes()[nth..nth + 2] == text[at + nth..at + nth + 2])
            })
        };
        for from in [0, 1, 8, 1000] {
            for step in [1, 2, 9, 30] {
                let mut want = Vec::new();
                let mut at = from;
                while at + 5 <= text.len() {
                    match passes(at) {
                        true => {
                            want.push(at);
                            at += step;
                        }
                        false => at += 1,
                    }
                }
                assert!(want.len() > 10, "{want:?}");
                assert_eq!(places(&pairs, &text, from, step), want, "{from} {step}");
            }
        }
    }

    #[test]
    fn a_word_at_the_end_is_found_and_a_visit_ends_the_search() {
        let pairs = Pairs::new(&classes(&["user1", "user23"])).unwrap();
        for length in 0..40 {
            let text = [&b".".repeat(length), &b"user1"[..]].concat();
            assert_eq!(places(&pairs, &text, 0, 1), [length]);
            assert_eq!(places(&pairs, &text[..length + 4], 0, 1), [0; 0]);
        }
        let mut visits = 0;
        pairs.places(&b"user1".repeat(9), 0, |place| {
            visits += 1;
            (visits < 3).then_some(place + 1)
        });
        assert_eq!(visits, 3);
    }

    #[test]
    fn short_words_and_wide_classes_are_left_to_others() {
        assert!(Pairs::new(&classes(&["abc", "ab"])).is_none());
        assert!(Pairs::new(&[]).is_none());
        let any = ByteSet::of(0..=u8::MAX);
        assert!(Pairs::new(&[vec![any; 5], vec![any; 5]]).is_some());
        assert!(Pairs::new(&vec![vec![any; 9]; 3]).is_none());
    }
}
