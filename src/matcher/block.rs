//! Searches whole blocks with a regex. The first block decides which filter runs in front of it.
//!
//! ```text
//! the first block that is long enough, one worker:
//!     for each filter, and for no filter: time the search of a sample of the block
//!     keep the fastest                              the other workers search without a filter
//! every block:
//!     filter --position--> regex, at that position or in its line --> visit(line, end of match)
//!     no filter: regex over the whole block         a copy of it, if the block may change
//! ```

use std::{
    ops::Range,
    sync::OnceLock,
    time::{Duration, Instant},
};

use regex_automata::{
    Anchored, Input,
    meta::{Cache, Regex},
};
use regex_syntax::hir::Hir;

use super::{
    sample::Sample,
    window::{self, Ahead},
};
use crate::line;

/// A regex for blocks, and the filter in front of it.
#[derive(Debug)]
pub(super) struct BlockRegex {
    regex: Regex,
    /// The filter that was chosen. The first block of at least [`Sample::BLOCK_BYTES_MIN`] bytes
    /// that any worker searches decides.
    chosen: OnceLock<Chosen>,
    /// Set by the worker that has begun to choose.
    begun: OnceLock<()>,
}

/// The filter in front of a regex, and the reason for it.
#[derive(Debug)]
struct Chosen {
    ahead: Option<Ahead>,
    why: String,
}

/// What one thread needs to search blocks with a regex.
#[derive(Debug)]
pub(super) struct BlockTools {
    cache: Cache,
    /// A copy of what the engine looks at, if the block may change: one line of it, or all of it.
    copy: Vec<u8>,
}

/// A block to search.
///
/// A regex engine relies on seeing the same bytes each time it looks: regex-automata panics when
/// "reverse search must match if forward search does" fails. Behind a mapping another process may
/// change the bytes. So the engine looks at copies there. With a filter these are copies of the
/// lines in which the filter finds something. Without a filter it is a copy of the whole block,
/// which stays in the L2 cache. Half searches, which only ask where a match ends, have not been
/// seen to panic so, but nothing promises that they do not.
#[derive(Clone, Copy)]
pub(super) struct BlockBytes<'b> {
    pub(super) block: &'b [u8],
    /// Whether another process may change the bytes.
    pub(super) may_change: bool,
}

/// How often each way through a sample is tried.
const TRIALS: usize = 3;
/// A way is given up once it has taken this many times as long as the best one so far.
const HOPELESS_FACTOR: u32 = 16;
/// No way is given up before it has taken this long. Less time is not worth saving, and the first
/// pass through a sample also builds the lazy DFA.
const PATIENCE: Duration = Duration::from_millis(2);
/// How much of a block is searched at once while a filter is being chosen.
const PENDING_BYTES: usize = 16 << 10;

impl BlockRegex {
    pub(super) fn new(regex: Regex) -> BlockRegex {
        BlockRegex {
            regex,
            chosen: OnceLock::new(),
            begun: OnceLock::new(),
        }
    }

    /// Creates a regex with this filter, or with none, whatever is searched.
    #[cfg(test)]
    pub(super) fn forced(regex: Regex, ahead: Option<Ahead>) -> BlockRegex {
        let why = "forced".into();
        BlockRegex {
            regex,
            chosen: OnceLock::from(Chosen { ahead, why }),
            begun: OnceLock::from(()),
        }
    }

    /// Creates a regex as a worker sees it while another worker chooses the filter. The choice
    /// never ends.
    #[cfg(test)]
    pub(super) fn pending(regex: Regex) -> BlockRegex {
        let block = BlockRegex::new(regex);
        let _ = block.begun.set(());
        block
    }

    pub(super) fn regex(&self) -> &Regex {
        &self.regex
    }

    pub(super) fn tools(&self) -> BlockTools {
        BlockTools {
            cache: self.regex.create_cache(),
            copy: Vec::new(),
        }
    }

    /// Returns the name of the engine, for people.
    pub(super) fn description(&self) -> String {
        match self.chosen.get() {
            Some(Chosen {
                ahead: Some(ahead), ..
            }) => format!("regex where {}", ahead.description()),
            _ if self.regex.is_accelerated() => "regex with a literal prefilter".into(),
            _ => "regex".into(),
        }
    }

    /// Returns the reason why it searches so.
    pub(super) fn why(&self) -> String {
        match self.chosen.get() {
            Some(chosen) => chosen.why.clone(),
            None => {
                let bytes = Sample::BLOCK_BYTES_MIN;
                format!("fewer than {bytes} bytes are too few to try what is faster")
            }
        }
    }

    /// Returns the filter for this block and all that follow, if one is worth while. It takes the
    /// way that is faster through a sample. A regex engine takes a fraction of a nanosecond for a
    /// byte, or many. That depends on the literals that it found in the pattern, on how often these
    /// stand in the log, and on how many states its automaton comes to have.
    ///
    /// The first worker chooses. That may take a while. Until it is done the others get `None` and
    /// search without a filter.
    fn chosen(&self, tree: &Hir, block: &[u8]) -> Option<&Chosen> {
        let chosen = self.chosen.get();
        if chosen.is_some() || !chooses_for(block) || self.begun.set(()).is_err() {
            return chosen;
        }
        let sample = Sample::of_block(block);
        Some(self.chosen.get_or_init(|| self.choose(tree, &sample)))
    }

    fn choose(&self, tree: &Hir, sample: &Sample) -> Chosen {
        let ways = window::candidates(&window::windows(tree), sample);
        let mut tools = self.tools();
        let mut best = Duration::MAX;
        let mut ahead = None;
        for way in ways {
            let time = self.try_out(Some(&way), sample, &mut tools, best);
            if time < best {
                (best, ahead) = (time, Some(way));
            }
        }
        if ahead.is_none() {
            return Chosen {
                ahead,
                why: "no bytes of a match are rare enough to look for them first".into(),
            };
        }
        let alone = self.try_out(None, sample, &mut tools, best);
        let ratio = best.as_secs_f64() / alone.as_secs_f64();
        Chosen {
            ahead: ahead.filter(|_| best < alone),
            why: format!(
                "in a trial to look for rare bytes first took {ratio:.2} of the time of the regex alone"
            ),
        }
    }

    /// Returns how long one way through the sample takes. For a way that is hopeless against the
    /// `best` so far it returns the time until it was given up.
    fn try_out(
        &self,
        ahead: Option<&Ahead>,
        sample: &Sample,
        tools: &mut BlockTools,
        best: Duration,
    ) -> Duration {
        let patience = best.saturating_mul(HOPELESS_FACTOR).max(PATIENCE);
        let mut shortest = Duration::MAX;
        for _ in 0..TRIALS {
            let begun = Instant::now();
            for block in sample.pieces() {
                let visit = |_, end| Some(line::line_end(block, end));
                match ahead {
                    None => self.search_all(&mut tools.cache, block, visit),
                    Some(ahead) => {
                        let may_change = false;
                        self.search_where(ahead, tools, BlockBytes { block, may_change }, visit);
                    }
                }
                if begun.elapsed() > patience {
                    return shortest.min(begun.elapsed());
                }
            }
            shortest = shortest.min(begun.elapsed());
        }
        shortest
    }

    /// Calls `visit` once for each line that has a match, with the place where some match ends and
    /// the earliest place where that line may start. It goes on at the line start that `visit`
    /// returns, and ends at `None`. `tree` is what the regex was built from.
    pub(super) fn each_match_end(
        &self,
        tree: &Hir,
        tools: &mut BlockTools,
        bytes: BlockBytes<'_>,
        mut visit: impl FnMut(usize, usize) -> Option<usize>,
    ) {
        let BlockBytes { block, may_change } = bytes;
        let mut at = 0;
        while at < block.len() {
            let chosen = self.chosen(tree, &block[at..]);
            let is_pending = chosen.is_none() && chooses_for(&block[at..]);
            let end = match is_pending {
                true => line::line_end(block, block.len().min(at + PENDING_BYTES) - 1),
                false => block.len(),
            };
            let part = &block[at..end];
            let (mut next_at, mut is_over) = (end, false);
            let visit = |floor, match_end| {
                if match_end == part.len() && end < block.len() {
                    // This is an empty match behind the part's last LF. The next part is looked at
                    // there.
                    return None;
                }
                let next = visit(at + floor, at + match_end);
                is_over = next.is_none();
                // Where the next line starts: behind the part if its last LF has been overwritten
                // since.
                next_at = next_at.max(next?);
                Some((next? - at).min(part.len()))
            };
            match chosen.and_then(|chosen| chosen.ahead.as_ref()) {
                Some(ahead) => {
                    let part = BlockBytes {
                        block: part,
                        may_change,
                    };
                    self.search_where(ahead, tools, part, visit);
                }
                None if may_change => {
                    tools.copy.clear();
                    tools.copy.extend_from_slice(part);
                    self.search_all(&mut tools.cache, &tools.copy, visit);
                }
                None => self.search_all(&mut tools.cache, part, visit),
            }
            if is_over {
                return;
            }
            at = next_at;
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

    /// Looks only at the places that `ahead` lets pass.
    fn search_where(
        &self,
        ahead: &Ahead,
        tools: &mut BlockTools,
        bytes: BlockBytes<'_>,
        mut visit: impl FnMut(usize, usize) -> Option<usize>,
    ) {
        let BlockBytes { block, may_change } = bytes;
        let BlockTools { cache, copy } = tools;
        let mut line_floor = 0;
        let mut line: Range<usize> = 0..0;
        ahead.places(block, |place| {
            let needs_line = may_change || !ahead.begins_match;
            // A line is looked at once for all places in it.
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

/// Returns whether a filter can be chosen by this block.
fn chooses_for(block: &[u8]) -> bool {
    block.len() >= Sample::BLOCK_BYTES_MIN
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use super::{super::*, *};

    #[test]
    fn the_reason_for_an_engine_tells_of_the_trial() {
        let why_after = |pattern, log: &str| {
            let matcher = Matcher::new(&Patterns::new(pattern)).unwrap();
            matcher
                .finder()
                .hits(log.as_bytes(), false, |_| ControlFlow::Continue(()));
            matcher.engine_why()
        };
        let line = "2026-11-22 10:00:00 INFO app: request served in 12 ms\n";
        let log = line.repeat(200);
        let pattern = "\\d+ (err|fail)[a-z]* at";
        assert_eq!(
            why_after(pattern, line),
            "fewer than 4096 bytes are too few to try what is faster"
        );
        let why = why_after(pattern, &log);
        assert!(
            why.starts_with("in a trial to look for rare bytes first took "),
            "{why}"
        );
        assert_eq!(
            why_after("[a-z0-9 ]+$", &log),
            "no bytes of a match are rare enough to look for them first"
        );
    }

    /// Returns where matches end, each with the beginning of its line, going on behind the line.
    fn match_ends(block: &BlockRegex, tree: &Hir, bytes: BlockBytes<'_>) -> Vec<(usize, usize)> {
        let mut ends = Vec::new();
        block.each_match_end(tree, &mut block.tools(), bytes, |floor, end| {
            ends.push((line::line_start(bytes.block, floor, end), end));
            Some(line::line_end(bytes.block, end))
        });
        ends
    }

    #[test]
    fn one_match_of_each_line_is_visited_with_and_without_a_filter() {
        let log = "job 17 failed at 9\nno\njob 4 at 1 failed at 2\n".repeat(2000);
        let tree = regex_syntax::parse("failed|[0-9] at").unwrap();
        let limits = Limits {
            regex_bytes_max: None,
            dfa_bytes_max: None,
        };
        let regex = compile::regex(std::slice::from_ref(&tree), limits).unwrap();
        let aheads = window::windows(&tree);
        let ahead = aheads[0].ahead_by_tests(&Sample::typical());
        let blocks = [
            BlockRegex::new(regex.clone()),
            BlockRegex::pending(regex.clone()),
            BlockRegex::forced(regex.clone(), None),
            BlockRegex::forced(regex, Some(ahead)),
        ];
        let lines = (0..2000).flat_map(|nth| [45 * nth, 45 * nth + 22]);
        let lines: Vec<usize> = lines.collect();
        for (nth, block) in blocks.iter().enumerate() {
            for may_change in [false, true] {
                let bytes = BlockBytes {
                    block: log.as_bytes(),
                    may_change,
                };
                let ends = match_ends(block, &tree, bytes);
                let starts: Vec<usize> = ends.iter().map(|(start, _)| *start).collect();
                assert_eq!(starts, lines, "{nth} {may_change}");
                let is_end = |&(start, end): &(usize, usize)| {
                    let ends =
                        [&log[..end]].map(|text| text.ends_with("failed") || text.ends_with(" at"));
                    start < end && ends == [true]
                };
                assert!(ends.iter().all(is_end), "{nth} {may_change}");
            }
        }
    }

    #[test]
    fn a_visit_ends_the_search() {
        let tree = regex_syntax::parse("[a-z]{2}").unwrap();
        let limits = Limits {
            regex_bytes_max: None,
            dfa_bytes_max: None,
        };
        let regex = compile::regex(std::slice::from_ref(&tree), limits).unwrap();
        for block in [BlockRegex::new(regex.clone()), BlockRegex::pending(regex)] {
            let log = "some words\n".repeat(3000);
            let bytes = BlockBytes {
                block: log.as_bytes(),
                may_change: false,
            };
            let mut visits = 0;
            block.each_match_end(&tree, &mut block.tools(), bytes, |_, end| {
                visits += 1;
                (visits < 5).then(|| line::line_end(log.as_bytes(), end))
            });
            assert_eq!(visits, 5);
        }
    }
}
