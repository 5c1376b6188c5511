//! A filter for patterns with more alternatives than vector instructions can tell apart, such as a
//! list of words.
//!
//! A table says for every pair of bytes how far behind the beginning of an alternative the pair is
//! possible. The filter goes through a log two bytes at a time. Each step shifts the bits of a byte
//! by one place, so the bits remember how many pairs in a row have fitted. This is the shift-or
//! method (Baeza-Yates and Gonnet, "A new approach to text searching", CACM 35(10), 1992). It works
//! on classes of pairs instead of bytes, because with 1,000 words every byte is possible. Half of
//! the bits are for alternatives that begin where a step begins. The other half are for those that
//! begin one byte earlier.
//!
//! ```text
//! carried = BEGINNING
//! for each two bytes a, b:
//!     state = carried | impossible[a, b]       a clear bit: all pairs so far fit
//!     if the last bit that counts of either half of state is clear:
//!         visit the beginning that this pair completes
//!     carried = state << 1 & ANYWHERE          an alternative may also begin at the next pair
//! ```
//! 1. Nothing is lost: a bit is clear if any alternative has the pair at that distance.
//! 2. Too much may pass, because the pairs of a place may come from different alternatives. So what
//!    follows the filter has to look at each place. If the alternatives are plain words, a hash of
//!    their first bytes drops most of the wrong places before that.
//! 3. It is fast because [`STEPS`] pairs are looked at before anything branches.

use super::byte_set::ByteSet;

/// At most this many pairs in a row must fit. Each of the two kinds of beginnings has half a byte.
const PAIRS_MAX: usize = 4;

/// Alternatives shorter than this let too much pass.
const BYTES_MIN: usize = 3;

/// Classes that have more pairs than this together take too long to write down, and let too much
/// pass.
const ENTRIES_MAX: usize = 1 << 20;

/// How many pairs are looked at before anything branches.
const STEPS: usize = 8;

/// The state before the first step: alternatives may begin here, but not one byte before.
const BEGINNING: u8 = 0b1111_1110;

/// The mask for what one step hands to the next. It clears the first bit of each half, because an
/// alternative may begin anywhere.
const ANYWHERE: u8 = 0b1110_1110;

/// At most this many first bytes are hashed.
const HEAD_BYTES_MAX: usize = 8;

/// The number of bits of a hash.
const HEADS_BITS: u32 = 16;

/// Which pairs of bytes are possible at the beginnings of the alternatives.
#[derive(Clone, Debug)]
pub(super) struct Pairs {
    /// The index is two bytes, the first in its lower half. Bit k is clear if the two bytes are
    /// possible 2k bytes behind a beginning. Bit 4 + k is clear if they are possible 2k + 1 bytes
    /// behind one.
    impossible: Box<[u8; 1 << 16]>,
    /// How many pairs are looked at, for alternatives that begin with a pair, and for those that
    /// begin one byte before a pair.
    counts: [usize; 2],
    heads: Option<HashedHeads>,
    byte_count: usize,
}

/// The first bytes of words.
#[derive(Clone, Debug)]
struct HashedHeads {
    length: usize,
    /// A bit for each hash.
    known: Box<[u64]>,
}

impl Pairs {
    /// Creates the pairs of runs of classes. Returns `None` if the shortest run is too short for
    /// this filter, or the classes are too wide.
    pub(super) fn new(alternatives: &[Vec<ByteSet>]) -> Option<Pairs> {
        let shortest = alternatives.iter().map(Vec::len).min()?;
        if shortest < BYTES_MIN {
            return None;
        }
        let counts = [shortest / 2, (shortest - 1) / 2].map(|count| count.min(PAIRS_MAX));
        let byte_count = (2 * counts[0]).max(2 * counts[1] + 1);
        let sizes = |classes: &Vec<ByteSet>| -> usize {
            let pairs = classes[..byte_count].windows(2);
            pairs.map(|pair| pair[0].len() * pair[1].len()).sum()
        };
        if alternatives.iter().map(sizes).sum::<usize>() > ENTRIES_MAX {
            return None;
        }
        let mut impossible: Box<[u8; 1 << 16]> = vec![u8::MAX; 1 << 16].try_into().ok()?;
        for classes in alternatives {
            for (nth, pair) in classes[..byte_count].windows(2).enumerate() {
                if nth / 2 >= counts[nth % 2] {
                    continue;
                }
                let bit = 1 << (4 * (nth % 2) + nth / 2);
                for first in pair[0].iter() {
                    for second in pair[1].iter() {
                        impossible[index(first, second)] &= !bit;
                    }
                }
            }
        }
        Some(Pairs {
            impossible,
            counts,
            heads: HashedHeads::new(alternatives, shortest.min(HEAD_BYTES_MAX)),
            byte_count,
        })
    }

    /// Calls `visit` with the positions from `at` on at which all pairs fit that are looked at, in
    /// ascending order. It goes on at the position that `visit` returns; `None` is the end.
    #[inline]
    pub(super) fn places(
        &self,
        block: &[u8],
        mut at: usize,
        mut visit: impl FnMut(usize) -> Option<usize>,
    ) {
        let complete = self.counts.map(|count| 1 << (count - 1));
        let complete = complete[0] | complete[1] << 4;
        let mut carried = BEGINNING;
        'groups: while let Some((group, _)) = block
            .get(at..)
            .and_then(<[u8]>::split_first_chunk::<{ 2 * STEPS }>)
        {
            let mut states = [0; STEPS];
            let mut all = u8::MAX;
            for (state, pair) in states.iter_mut().zip(group.as_chunks::<2>().0) {
                *state = carried | self.impossible[index(pair[0], pair[1])];
                carried = *state << 1 & ANYWHERE;
                all &= *state;
            }
            if !all & complete != 0 {
                for (nth, state) in states.into_iter().enumerate() {
                    if !state & complete == 0 {
                        continue;
                    }
                    match self.visit_both(block, at + 2 * nth, !state & complete, &mut visit) {
                        None => return,
                        Some(None) => {}
                        Some(Some(next)) => {
                            at = next;
                            carried = BEGINNING;
                            continue 'groups;
                        }
                    }
                }
            }
            at += 2 * STEPS;
        }
        while at + 1 < block.len() {
            let state = carried | self.impossible[index(block[at], block[at + 1])];
            carried = state << 1 & ANYWHERE;
            match self.visit_both(block, at, !state & complete, &mut visit) {
                None => return,
                Some(None) => at += 2,
                Some(Some(next)) => {
                    at = next;
                    carried = BEGINNING;
                }
            }
        }
    }

    /// Visits the beginnings that the pair at `at` completes, as `bits` say. Returns `None` at the
    /// end, or where to go on if that is not directly behind a visited place.
    fn visit_both(
        &self,
        block: &[u8],
        at: usize,
        bits: u8,
        visit: &mut impl FnMut(usize) -> Option<usize>,
    ) -> Option<Option<usize>> {
        let [even, odd] = self.counts;
        // Bits without a beginning make places before the block.
        let mut places = [
            (bits & 0x0F != 0).then(|| at + 2 - 2 * even),
            (bits & 0xF0 != 0).then(|| at + 1 - 2 * odd),
        ];
        if even == odd {
            places.swap(0, 1);
        }
        for place in places.into_iter().flatten() {
            let is_known = |heads: &HashedHeads| heads.may_begin(&block[place..]);
            if self.heads.as_ref().is_none_or(is_known) {
                let next = visit(place)?;
                if next != place + 1 {
                    return Some(Some(next));
                }
            }
        }
        Some(None)
    }

    /// Returns how many bytes are looked at.
    pub(super) fn byte_count(&self) -> usize {
        self.byte_count
    }
}

fn index(first: u8, second: u8) -> usize {
    usize::from(u16::from_le_bytes([first, second]))
}

impl HashedHeads {
    /// Creates the hashes, or returns `None` if there are classes among the first bytes.
    fn new(alternatives: &[Vec<ByteSet>], length: usize) -> Option<HashedHeads> {
        let mut known = vec![0; 1 << (HEADS_BITS - 6)].into_boxed_slice();
        for classes in alternatives {
            let head: Vec<u8> = classes[..length]
                .iter()
                .map(ByteSet::only_byte)
                .collect::<Option<_>>()?;
            let (word, bit) = place_of(&head);
            known[word] |= bit;
        }
        Some(HashedHeads { length, known })
    }

    /// Returns whether `bytes` may begin as one of the words does.
    fn may_begin(&self, bytes: &[u8]) -> bool {
        bytes.get(..self.length).is_some_and(|head| {
            let (word, bit) = place_of(head);
            self.known[word] & bit != 0
        })
    }
}

/// Returns the place of a hash in the table, as a word and a bit of it, for at most
/// [`HEAD_BYTES_MAX`] bytes. The hashing is multiplicative (Knuth, The Art of Computer Programming,
/// volume 3, section 6.4), with the golden ratio.
fn place_of(head: &[u8]) -> (usize, u64) {
    let number = head
        .iter()
        .fold(0_u64, |number, &byte| number << 8 | u64::from(byte));
    let hash = number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (64 - HEADS_BITS);
    let word = usize::try_from(hash >> 6).expect("it is less than the number of words");
    (word, 1 << (hash & 63))
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

    /// Returns the positions that the filter lets pass. The search goes on `step` bytes behind each
    /// of them.
    fn places(pairs: &Pairs, text: &[u8], from: usize, step: usize) -> Vec<usize> {
        let mut places = Vec::new();
        pairs.places(text, from, |place| {
            places.push(place);
            Some(place + step)
        });
        places
    }

    /// Creates a text in which beginnings of words, and words, stand at even and odd places.
    fn text() -> Vec<u8> {
        let text = (0..3000_usize).map(|n| b"abcabxbcabcadefxabcdefgh"[(n + n / 50 * 5) % 24]);
        text.chain(*b"xabcdefghijkl").collect()
    }

    /// Returns whether a word stands at a place: the whole word, or as many of its first bytes as
    /// are hashed.
    fn stands(words: &[&str], text: &[u8], at: usize, is_whole: bool) -> bool {
        let shortest = words.iter().map(|word| word.len()).min().unwrap();
        words.iter().any(|word| {
            let length = if is_whole {
                word.len()
            } else {
                shortest.min(8)
            };
            text[at..].starts_with(&word.as_bytes()[..length])
        })
    }

    /// Checks that no word is passed over when the search goes on `step` bytes behind each place
    /// that was found.
    fn check_nothing_is_lost(
        words: &[&str],
        text: &[u8],
        found: &[usize],
        from: usize,
        step: usize,
    ) {
        let mut at = from;
        for &place in found.iter().chain([&text.len()]) {
            assert!(
                at <= place || place == text.len(),
                "{place} again in {found:?}"
            );
            let lost = (at..place).find(|&at| stands(words, text, at, true));
            assert_eq!(lost, None, "{words:?} from {from} by {step}: {found:?}");
            at = place + step;
        }
    }

    #[test]
    fn the_places_of_words_pass_wherever_they_stand_and_wherever_the_search_goes_on() {
        let text = text();
        for words in [
            &["abc", "xab"][..],
            &["abca", "bcabcad"],
            &["abcab", "bcabca", "xabcdefghijkl"],
            &["cabxbc", "abcabx"],
            &["abcdefghabc", "xabcdefghijkl", "xbcabcadefxabc"],
        ] {
            let pairs = Pairs::new(&classes(words)).unwrap();
            for from in [0, 1, 8, 1000] {
                for step in [1, 2, 3, 9, 30] {
                    let found = places(&pairs, &text, from, step);
                    assert!(found.len() > 3, "{words:?} {found:?}");
                    let strangers = found.iter().find(|&&at| !stands(words, &text, at, false));
                    assert_eq!(strangers, None, "{words:?} from {from} by {step}");
                    check_nothing_is_lost(words, &text, &found, from, step);
                }
            }
        }
    }

    #[test]
    fn the_places_of_classes_pass_and_few_others() {
        let text = text();
        let words = ["abcabx", "bcabca", "xabcdefghijkl"];
        let mut wide = classes(&words);
        wide[0][0].add(b'A'..=b'A');
        let found = places(&Pairs::new(&wide).unwrap(), &text, 0, 1);
        check_nothing_is_lost(&words, &text, &found, 0, 1);
        let count = (0..text.len())
            .filter(|&at| stands(&words, &text, at, false))
            .count();
        assert!(
            found.len() <= 2 * count,
            "{} instead of {count}",
            found.len()
        );
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
