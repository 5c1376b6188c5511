//! The page cache: tells how much of a file is in it.

/// How much of a file is in the page cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cached {
    /// How many pages the file has.
    pub(crate) pages: u64,
    /// How many of them are in the cache.
    pub(crate) resident: u64,
}

impl Cached {
    /// Returns the share of the file that is in the cache, from 0 to 1.
    pub(crate) fn share(self) -> f64 {
        match self.pages {
            0 => 0.0,
            pages => self.resident as f64 / pages as f64,
        }
    }
}
