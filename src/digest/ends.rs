//! The first and the last of something that comes in order.

use std::collections::VecDeque;

/// How many there are of something, with the first and the last of them. The last may be among the
/// first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstAndLast<T> {
    /// How many there are.
    pub count: u64,
    /// The first of them, in order.
    pub first: Vec<T>,
    /// The last of them, in order.
    pub last: VecDeque<T>,
    /// How many are kept of each.
    kept: usize,
}

impl<T: Clone> FirstAndLast<T> {
    /// Creates one that keeps so many of either end.
    pub(super) fn new(kept: usize) -> FirstAndLast<T> {
        FirstAndLast {
            count: 0,
            first: Vec::new(),
            last: VecDeque::new(),
            kept,
        }
    }

    /// Adds the next one. What falls out at the last end is memory that `make` may use again.
    pub(super) fn add(&mut self, make: impl FnOnce(Option<T>) -> T) {
        self.count += 1;
        let old = match self.last.len() < self.kept {
            true => None,
            false => self.last.pop_front(),
        };
        let next = make(old);
        if self.first.len() < self.kept {
            self.first.push(next.clone());
        }
        self.last.push_back(next);
    }

    /// Adds those that come behind all of these.
    pub(super) fn append(&mut self, other: FirstAndLast<T>) {
        self.count += other.count;
        let room = self.kept - self.first.len();
        self.first.extend(other.first.into_iter().take(room));
        self.last.extend(other.last);
        let more = self.last.len().saturating_sub(self.kept);
        self.last.drain(..more);
    }

    /// Returns the same of what `change` makes of each.
    pub(super) fn map<U>(self, change: impl Fn(T) -> U) -> FirstAndLast<U> {
        FirstAndLast {
            count: self.count,
            first: self.first.into_iter().map(&change).collect(),
            last: self.last.into_iter().map(&change).collect(),
            kept: self.kept,
        }
    }

    /// Returns those that are kept, each once, in order.
    pub fn kept(&self) -> impl Iterator<Item = &T> {
        let both = self.first.len() + self.last.len();
        let count = usize::try_from(self.count).unwrap_or(usize::MAX);
        let again = both.saturating_sub(count);
        self.first.iter().chain(self.last.iter().skip(again))
    }

    /// Returns how many are not kept. They come between the first and the last.
    pub fn between(&self) -> u64 {
        self.count - crate::line::to_u64(self.kept().count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_are_kept_however_they_come() {
        for count in 0..12_u64 {
            for cut in 0..=count {
                let mut all = FirstAndLast::new(3);
                for part in [0..cut, cut..count] {
                    let mut of_part = FirstAndLast::new(3);
                    part.for_each(|number| of_part.add(|_| number));
                    all.append(of_part);
                }
                let want = (0..count).filter(|&number| number < 3 || number + 3 >= count);
                assert_eq!(
                    all.kept().copied().collect::<Vec<_>>(),
                    want.collect::<Vec<_>>()
                );
                assert_eq!((all.count, all.between()), (count, count.saturating_sub(6)));
            }
        }
    }
}
