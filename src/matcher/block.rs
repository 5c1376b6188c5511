//! A regex that is searched for in whole blocks, and what is put in front of it when the first block has been seen.

use std::{ops::Range, sync::OnceLock, time::Instant};

use regex_automata::{
    Anchored, Input,
    meta::{Cache, Regex},
};
use regex_syntax::hir::Hir;

use super::{
    sample::Sample,
    window::{self, Ahead},
};
use crate::{line, sys::simd};

/// A regex for blocks, and the filter in front of it.
#[derive(Debug)]
pub(super) struct Block {
    regex: Regex,
    /// Chosen by the bytes of the first block of some size that any worker searches.
    chosen: OnceLock<Chosen>,
    /// Set by the worker that has begun to choose.
    begun: OnceLock<()>,
}

/// What is put in front of a regex, and why.
#[derive(Debug)]
struct Chosen {
    ahead: Option<Ahead>,
    why: String,
}

/// What one thread needs to search blocks with a regex.
#[derive(Debug)]
pub(super) struct Tools {
    cache: Cache,
    /// What the engine looks at, if the block may change: a line of it, or all of it.
    copy: Vec<u8>,
}

/// A block to search.
///
/// A regex engine relies on seeing the same bytes each time it looks (regex-automata panics when "reverse search must match
/// if forward search does" fails), and behind a mapping another process may change them. It then looks at copies: of the
/// lines in which a filter finds something, or, without a filter, of the whole block, which stays in the L2 cache.
#[derive(Clone, Copy)]
pub(super) struct Bytes<'b> {
    pub(super) block: &'b [u8],
    /// Whether another process may change it.
    pub(super) may_change: bool,
}

/// How often each way through a sample is tried.
const TRIALS: usize = 3;

impl Block {
    pub(super) fn new(regex: Regex) -> Block {
        Block {
            regex,
            chosen: OnceLock::new(),
            begun: OnceLock::new(),
        }
    }

    /// With a filter, or none, that stays whatever is searched.
    #[cfg(test)]
    pub(super) fn forced(regex: Regex, ahead: Option<Ahead>) -> Block {
        let why = "forced".into();
        Block {
            regex,
            chosen: OnceLock::from(Chosen { ahead, why }),
            begun: OnceLock::from(()),
        }
    }

    pub(super) fn tools(&self) -> Tools {
        Tools {
            cache: self.regex.create_cache(),
            copy: Vec::new(),
        }
    }

    /// What searches, for people.
    pub(super) fn description(&self) -> String {
        match self.chosen.get() {
            Some(Chosen {
                ahead: Some(ahead), ..
            }) => format!("regex where {}", ahead.description()),
            _ if self.regex.is_accelerated() => "regex with a literal prefilter".into(),
            _ => "regex".into(),
        }
    }

    /// Why it searches so.
    pub(super) fn why(&self) -> String {
        match self.chosen.get() {
            Some(chosen) => chosen.why.clone(),
            None if simd::is_available() => {
                let bytes = Sample::BLOCK_BYTES_MIN;
                format!("fewer than {bytes} bytes are too few to try what is faster")
            }
            None => "the pattern has no fixed runs of bytes, and there is no AVX2".into(),
        }
    }

    /// The filter for this block and all that follow, if one is worth while: whichever way is faster through a sample is
    /// taken. What a regex engine takes for a byte, a fraction of a nanosecond or several, depends on the literals that
    /// it found in the pattern and on how often these stand in the log.
    ///
    /// The first worker chooses. That may take a while, as an automaton is built; the others search without a filter until
    /// it is done.
    fn ahead(&self, tree: &Hir, block: &[u8]) -> Option<&Ahead> {
        let chosen = self.chosen.get();
        if chosen.is_some() || block.len() < Sample::BLOCK_BYTES_MIN || !simd::is_available() {
            return chosen?.ahead.as_ref();
        }
        if self.begun.set(()).is_err() {
            return None;
        }
        let sample = Sample::of_block(block);
        let chosen = self.chosen.get_or_init(|| self.choose(tree, &sample));
        chosen.ahead.as_ref()
    }

    fn choose(&self, tree: &Hir, sample: &Sample) -> Chosen {
        let ways = window::candidates(&window::windows(tree), sample);
        let sample = sample.bytes.as_slice();
        if ways.is_empty() {
            return Chosen {
                ahead: None,
                why: "no bytes of a match are rare enough to look for them first".into(),
            };
        }
        let mut tools = self.tools();
        let mut seconds = |ahead: Option<&Ahead>| {
            // The first time the lazy DFA is built.
            let times = (0..TRIALS).map(|_| {
                let begun = Instant::now();
                let visit = |_, end| Some(line::line_end(sample, end));
                match ahead {
                    None => self.search_all(&mut tools.cache, sample, visit),
                    Some(ahead) => {
                        let bytes = Bytes {
                            block: sample,
                            may_change: false,
                        };
                        self.search_where(ahead, &mut tools, bytes, visit);
                    }
                }
                begun.elapsed()
            });
            times.min().unwrap_or_default().as_secs_f64()
        };
        let alone = seconds(None);
        let tried = ways.into_iter().map(|ahead| (seconds(Some(&ahead)), ahead));
        let (fastest, ahead) = tried
            .min_by(|(one, _), (other, _)| one.total_cmp(other))
            .expect("there are ways");
        let ratio = fastest / alone;
        Chosen {
            ahead: (ratio < 1.0).then_some(ahead),
            why: format!(
                "in a trial to look for rare bytes first took {ratio:.2} of the time of the regex alone"
            ),
        }
    }

    /// Calls `visit` with where some match ends in each line that has one, and where that line starts at the earliest;
    /// goes on at the line start that it returns, and ends with None. `tree` is what the regex was built from.
    pub(super) fn each_match_end(
        &self,
        tree: &Hir,
        tools: &mut Tools,
        bytes: Bytes<'_>,
        visit: impl FnMut(usize, usize) -> Option<usize>,
    ) {
        match self.ahead(tree, bytes.block) {
            Some(ahead) => self.search_where(ahead, tools, bytes, visit),
            None if bytes.may_change => {
                tools.copy.clear();
                tools.copy.extend_from_slice(bytes.block);
                self.search_all(&mut tools.cache, &tools.copy, visit);
            }
            None => self.search_all(&mut tools.cache, bytes.block, visit),
        }
    }

    fn search_all(
        &self,
        cache: &mut Cache,
        block: &[u8],
        mut visit: impl FnMut(usize, usize) -> Option<usize>,
    ) {
        let mut line_floor = 0;
        while line_floor < block.len() {
            let input = Input::new(block).range(line_floor..);
            let found = self.regex.search_half_with(cache, &input);
            match found.and_then(|found| visit(line_floor, found.offset())) {
                Some(next) => line_floor = next,
                None => return,
            }
        }
    }

    /// Looks only where `ahead` says.
    fn search_where(
        &self,
        ahead: &Ahead,
        tools: &mut Tools,
        bytes: Bytes<'_>,
        mut visit: impl FnMut(usize, usize) -> Option<usize>,
    ) {
        let Bytes { block, may_change } = bytes;
        let Tools { cache, copy } = tools;
        let mut line_floor = 0;
        let mut line: Range<usize> = 0..0;
        ahead.places(block, |place| {
            let needs_line = may_change || !ahead.begins_match;
            // Once for all places in it.
            if needs_line && place >= line.end {
                let floor = line_floor.max(line.end);
                line = line::line_start(block, floor, place)..line::line_end(block, place);
                if may_change {
                    copy.clear();
                    copy.extend_from_slice(&block[line.clone()]);
                }
            }
            let (haystack, base) = match may_change {
                true => (copy.as_slice(), line.start),
                false => (block, 0),
            };
            let input = Input::new(haystack).earliest(true);
            let (input, next) = match ahead.begins_match {
                true => {
                    let input = input.range(place - base..).anchored(Anchored::Yes);
                    (input, place + 1)
                }
                false => (input.range(line.start - base..line.end - base), line.end),
            };
            match self.regex.search_half_with(cache, &input) {
                None => Some(next),
                Some(found) => {
                    line_floor = visit(line_floor, base + found.offset())?;
                    Some(line_floor)
                }
            }
        });
    }
}
