//! One thread's search: a matcher with the caches that it needs.

use std::{
    ops::{ControlFlow, Range},
    sync::Arc,
};

use memchr::memchr;
use regex_automata::{
    Anchored, Input, PatternSet, Span,
    meta::{Cache, Regex},
    util::{captures::Captures, iter::Searcher},
};

use super::{
    Compiled, Coverage, Engine, Exactness, FilterSeen, LineFilter, Matcher, SequenceRuns, block,
};
use crate::line;

/// A line that matches, as indices into its block.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hit {
    /// A line start. There is no hit between it and this hit.
    floor: usize,
    match_end: usize,
    /// The index behind the line's LF.
    pub(crate) end: usize,
}

impl Hit {
    /// Returns where the line starts.
    pub(crate) fn start(self, block: &[u8]) -> usize {
        line::line_start(block, self.floor, self.match_end)
    }
}

/// A matcher with the caches of one thread.
#[derive(Debug)]
pub struct Finder {
    shared: Arc<Compiled>,
    block_tools: Option<block::BlockTools>,
    /// A copy of a line that is looked at more than once. It is no longer than the longest line of
    /// the log.
    copy: Vec<u8>,
    line: Option<LineCache>,
    each: Option<(Cache, PatternSet)>,
    and: Vec<Finder>,
    not: Vec<Finder>,
    filters: Vec<Box<dyn LineFilter>>,
    /// The search for lines that the filters may accept, if nothing else is looked for.
    prefilter: Option<Box<Finder>>,
    /// Whether a haystack is a record of several lines.
    by_record: bool,
}

/// A match with its groups.
#[derive(Clone, Copy, Debug)]
pub struct GroupedMatch<'m> {
    captures: &'m Captures,
    /// The line in which it is, and where in the haystack that begins.
    line: &'m [u8],
    line_start: usize,
}

impl GroupedMatch<'_> {
    /// Returns where in the haystack it is.
    pub fn range(&self) -> Range<usize> {
        let found = self.captures.get_match();
        let found = found.map_or(0..0, |found| found.range());
        self.line_start + found.start..self.line_start + found.end
    }

    /// Returns where in the haystack each group of the pattern is, or None for a group that took no
    /// part. The first is the whole match.
    pub fn groups(&self) -> impl Iterator<Item = Option<Range<usize>>> {
        let start = self.line_start;
        let in_haystack = move |group: Span| start + group.start..start + group.end;
        self.captures
            .iter()
            .map(move |group| group.map(in_haystack))
    }

    /// Returns where in the haystack the group with this name is, if it took part.
    pub fn named(&self, name: &str) -> Option<Range<usize>> {
        let group = self.captures.get_group_by_name(name)?;
        Some(self.line_start + group.start..self.line_start + group.end)
    }

    /// Appends `template` to `out`, with the groups that it names, such as `$1` and `${name}`.
    pub fn interpolate(&self, template: &[u8], out: &mut Vec<u8>) {
        self.captures
            .interpolate_bytes_into(self.line, template, out);
    }
}

/// The lines of a record without their LFs and CRs, each with the index at which it starts.
fn lines_of(record: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut next = Some(0);
    std::iter::from_fn(move || {
        let start = next?;
        let end = memchr(b'\n', &record[start..]).map(|length| start + length);
        next = end.map(|end| end + 1);
        let line = &record[start..end.unwrap_or(record.len())];
        let line = match end {
            Some(_) => line.strip_suffix(b"\r").unwrap_or(line),
            None => line,
        };
        Some((start, line))
    })
}

#[derive(Debug)]
struct LineCache {
    cache: Cache,
    captures: Captures,
}

impl Finder {
    pub(super) fn of(matcher: &Matcher) -> Finder {
        let shared = &matcher.shared;
        let block_tools = match &shared.engine {
            Engine::Block(block) => Some(block.tools()),
            _ => None,
        };
        Finder {
            and: shared.and.iter().map(Finder::of).collect(),
            not: shared.not.iter().map(Finder::of).collect(),
            prefilter: match (&shared.engine, shared.exactness) {
                (Engine::Everything, Exactness::NoLineEnd) => {
                    let mut filters = matcher.filters.iter();
                    let prefilter = filters.find_map(|filter| filter.prefilter());
                    prefilter.map(|matcher| Box::new(Finder::of(&matcher)))
                }
                _ => None,
            },
            filters: matcher
                .filters
                .iter()
                .map(|filter| filter.boxed())
                .collect(),
            by_record: matcher.by_record,
            shared: Arc::clone(shared),
            block_tools,
            copy: Vec::new(),
            line: None,
            each: None,
        }
    }

    /// Returns whether every line is a hit, whatever stands in it.
    pub(crate) fn hits_every_line(&self) -> bool {
        matches!(self.shared.engine, Engine::Everything)
            && !self.shared.exactness.asks_for_words()
            && !self.has_sides()
    }

    /// Calls `found` for each hit in `block`, or in the search for records for each line that matches
    /// a pattern, until `found` breaks. The block is whole lines, and
    /// none of them is over-long. `may_change` says that another process may change the block
    /// meanwhile. A hit is then a line that matched at the moment when it was looked at.
    pub(crate) fn hits(
        &mut self,
        block: &[u8],
        may_change: bool,
        mut found: impl FnMut(Hit) -> ControlFlow<()>,
    ) {
        let shared = Arc::clone(&self.shared);
        let (ends_in_line, has_no_sides) = (
            shared.exactness == Exactness::NoLineEnd,
            self.decides_by_line(),
        );
        // Takes a match in the first line at or behind `floor`, a line start, that has one. Returns
        // where the next line starts, or `None` at the end. `is_word` says that the match proves
        // the hit: no word character stands next to it, and the engine knows all look-arounds of
        // the patterns.
        let mut take = |finder: &mut Finder, floor: usize, match_end: usize, is_word: bool| {
            if match_end == block.len() && matches!(block.last(), Some(b'\n') | None) {
                // This is an empty match behind the last LF, where there is no line.
                return None;
            }
            let hit = Hit {
                floor,
                match_end,
                end: line::line_end(block, match_end),
            };
            // This alone decides most hits: at most a CR and an LF end a line.
            let is_plain = has_no_sides && (ends_in_line || is_word) && match_end + 2 <= hit.end;
            match (is_plain || finder.is_hit(block, hit, is_word)) && found(hit).is_break() {
                true => None,
                false => Some(hit.end),
            }
        };
        match &shared.engine {
            Engine::Nothing => {}
            Engine::Everything if self.prefilter.is_some() => {
                let mut prefilter = self.prefilter.take().expect("it was looked at");
                let mut take = |hit| match has_no_sides || self.is_hit(block, hit, false) {
                    true => found(hit),
                    false => ControlFlow::Continue(()),
                };
                // A closure without a type of its own, or its search would be compiled once more for
                // that of each prefilter.
                let take: &mut dyn FnMut(Hit) -> ControlFlow<()> = &mut take;
                prefilter.hits(block, may_change, take);
                self.prefilter = Some(prefilter);
            }
            Engine::Everything => {
                let mut at = 0;
                while at < block.len() {
                    match take(self, at, at, false) {
                        Some(next) => at = next,
                        None => return,
                    }
                }
            }
            Engine::Literal(finder) => {
                let mut at = 0;
                while let Some(start) = finder.find(&block[at..]) {
                    match take(self, at, at + start + finder.needle().len(), false) {
                        Some(next) => at = next,
                        None => return,
                    }
                }
            }
            Engine::Runs(runs) => {
                let words = shared.exactness.asks_for_words();
                let are_matches = shared.exactness == Exactness::Words;
                let mut floor = 0;
                runs.filter(block).likely_places(block, 0, |place| {
                    let Some(found) = runs.sequences.at(block, place, words) else {
                        return Some(place + 1);
                    };
                    floor = take(self, floor, found.end, are_matches && !found.is_doubtful)?;
                    Some(floor)
                });
            }
            Engine::Block(regex) => {
                let mut tools = self
                    .block_tools
                    .take()
                    .expect("Finder::of made them for this engine");
                let bytes = block::BlockBytes { block, may_change };
                regex.each_match_end(&shared.tree, &mut tools, bytes, |floor, end| {
                    take(self, floor, end, false)
                });
                self.block_tools = Some(tools);
            }
        }
    }

    /// Returns whether a line in which the engine saw a match is a hit, which means that the line
    /// tree matches it. `is_word` says that the match is a word, which proves the hit.
    fn is_hit(&mut self, block: &[u8], hit: Hit, is_word: bool) -> bool {
        let haystack = || haystack(&block[hit.start(block)..hit.end]);
        let is_inside = hit.match_end <= self::haystack(&block[..hit.end]).len();
        let certain = match self.shared.exactness {
            Exactness::NoLineEnd => is_inside,
            Exactness::HasLineEnd => is_inside && memchr(b'\r', haystack()).is_none(),
            Exactness::Words | Exactness::WordCandidates => is_word && is_inside,
        };
        let has_no_sides = self.decides_by_line();
        (certain && has_no_sides)
            || self.on_copy(haystack(), |finder, line| {
                (certain || finder.matches_line(line))
                    && (has_no_sides || finder.satisfies_sides(line))
            })
    }

    /// Calls `look` with a copy of a line that another process may change meanwhile. regex-automata
    /// panics if it looks twice and sees different bytes.
    fn on_copy(&mut self, line: &[u8], look: impl FnOnce(&mut Finder, &[u8]) -> bool) -> bool {
        let mut copy = std::mem::take(&mut self.copy);
        copy.clear();
        copy.extend_from_slice(line);
        let answer = look(self, &copy);
        self.copy = copy;
        answer
    }

    /// Does what [`Finder::is_match`] does, for a line that another process may change meanwhile.
    pub(crate) fn is_match_now(&mut self, haystack: &[u8]) -> bool {
        match self.shared.needs_line_regex() || self.has_sides() {
            true => self.on_copy(haystack, Finder::is_match),
            false => self.matches_haystack(haystack),
        }
    }

    /// Tells the filters the first lines of the input that comes next.
    pub(crate) fn head(&mut self, head: &[u8]) {
        self.filters.iter_mut().for_each(|filter| filter.head(head));
    }

    /// Returns what the filters have seen since the last call.
    pub(crate) fn take_seen(&mut self) -> FilterSeen {
        let mut seen = FilterSeen::default();
        self.filters
            .iter_mut()
            .for_each(|filter| seen.add(filter.take_seen()));
        seen
    }

    /// Returns whether there are more conditions than the patterns.
    pub(crate) fn has_sides(&self) -> bool {
        !(self.and.is_empty() && self.not.is_empty() && self.filters.is_empty())
    }

    /// Returns whether a line that matches a pattern is found, whatever else is asked of its record.
    fn decides_by_line(&self) -> bool {
        self.by_record || !self.has_sides()
    }

    /// Returns whether a record, in which a line matches a pattern, is a hit.
    pub(crate) fn accepts_record(&mut self, record: &[u8]) -> bool {
        !self.has_sides() || self.on_copy(record, Finder::satisfies_sides)
    }

    fn satisfies_sides(&mut self, haystack: &[u8]) -> bool {
        let by_record = self.by_record;
        let has = |finder: &mut Finder| match by_record {
            true => lines_of(haystack).any(|(_, line)| finder.matches_line(line)),
            false => finder.matches_line(haystack),
        };
        if !self.and.iter_mut().all(has) || self.not.iter_mut().any(has) {
            return false;
        }
        let mut filters = self.filters.iter_mut();
        filters.all(|filter| filter.accepts(haystack))
    }

    /// Returns whether one line, without its LF and CR, is a hit, or a record if the matcher is one
    /// [over records](Matcher::over_records). This is the definition that every engine must agree
    /// with.
    pub fn is_match(&mut self, haystack: &[u8]) -> bool {
        self.matches_haystack(haystack) && self.satisfies_sides(haystack)
    }

    fn matches_haystack(&mut self, haystack: &[u8]) -> bool {
        match self.by_record {
            true => lines_of(haystack).any(|(_, line)| self.matches_line(line)),
            false => self.matches_line(haystack),
        }
    }

    fn matches_line(&mut self, haystack: &[u8]) -> bool {
        if self.shared.needs_line_regex() {
            let (regex, line) = line_regex(&self.shared, &mut self.line);
            let view = HaystackView::of(&self.shared, haystack);
            return view.inputs().any(|input| {
                regex
                    .search_half_with(&mut line.cache, &input.earliest(true))
                    .is_some()
            });
        }
        match &self.shared.engine {
            Engine::Literal(finder) => finder.find(haystack).is_some(),
            Engine::Runs(runs) => {
                let literal = runs.literal.as_ref();
                literal.is_some_and(|finder| finder.find(haystack).is_some())
            }
            Engine::Everything => true,
            Engine::Nothing | Engine::Block(_) => false,
        }
    }

    /// Calls `found` for each match in one line, or in one record, from left to right and without
    /// overlap. Empty matches count. An error of `found` ends the search and is returned.
    ///
    /// # Errors
    /// The error that `found` returned.
    pub fn matches<E>(
        &mut self,
        haystack: &[u8],
        mut found: impl FnMut(usize, usize) -> Result<(), E>,
    ) -> Result<(), E> {
        if !self.by_record {
            return self.matches_in_line(haystack, found);
        }
        lines_of(haystack).try_for_each(|(at, line)| {
            self.matches_in_line(line, |start, end| found(at + start, at + end))
        })
    }

    fn matches_in_line<E>(
        &mut self,
        haystack: &[u8],
        mut found: impl FnMut(usize, usize) -> Result<(), E>,
    ) -> Result<(), E> {
        let literal = match &self.shared.engine {
            Engine::Nothing => return Ok(()),
            Engine::Literal(finder) => Some(finder.as_ref()),
            Engine::Runs(runs) => runs.literal.as_ref(),
            Engine::Everything | Engine::Block(_) => None,
        };
        if let Some(finder) = literal
            && self.shared.part == Some(Coverage::All)
            && !self.shared.exactness.asks_for_words()
        {
            let length = finder.needle().len();
            return finder
                .find_iter(haystack)
                .try_for_each(|at| found(at, at + length));
        }
        if let Engine::Runs(runs) = &self.shared.engine
            && let Some(part) = self.shared.part
            && self.shared.exactness == Exactness::NoLineEnd
        {
            return matches_of_runs(&self.shared, (runs, part), &mut self.line, haystack, found);
        }
        let (regex, line) = line_regex(&self.shared, &mut self.line);
        let view = HaystackView::of(&self.shared, haystack);
        view.inputs().try_for_each(|input| {
            let mut searcher = Searcher::new(input);
            while let Some(span) =
                searcher.advance(|input| Ok(regex.search_with(&mut line.cache, input)))
            {
                found(span.start(), span.end())?;
            }
            Ok(())
        })
    }

    /// Does what [`Finder::matches`] does, with the groups of each match.
    ///
    /// # Errors
    /// The error that `found` returned.
    pub fn captures<E>(
        &mut self,
        haystack: &[u8],
        mut found: impl FnMut(&GroupedMatch<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        if !self.by_record {
            return self.captures_in_line(haystack, 0, &mut found);
        }
        lines_of(haystack).try_for_each(|(at, line)| self.captures_in_line(line, at, &mut found))
    }

    fn captures_in_line<E>(
        &mut self,
        haystack: &[u8],
        line_start: usize,
        found: &mut impl FnMut(&GroupedMatch<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        if matches!(self.shared.engine, Engine::Nothing) {
            return Ok(());
        }
        let (regex, line) = line_regex(&self.shared, &mut self.line);
        let LineCache { cache, captures } = line;
        let view = HaystackView::of(&self.shared, haystack);
        view.inputs().try_for_each(|input| {
            let mut searcher = Searcher::new(input);
            while searcher
                .advance(|input| {
                    regex.search_captures_with(cache, input, captures);
                    Ok(captures.get_match())
                })
                .is_some()
            {
                found(&GroupedMatch {
                    captures,
                    line: haystack,
                    line_start,
                })?;
            }
            Ok(())
        })
    }

    /// Calls `found` with the index of each pattern that matches the line, in ascending order.
    pub(crate) fn patterns(&mut self, haystack: &[u8], mut found: impl FnMut(usize)) {
        let regex = self.shared.each();
        let (cache, set) = self
            .each
            .get_or_insert_with(|| (regex.create_cache(), PatternSet::new(regex.pattern_len())));
        set.clear();
        let mut add = |line| {
            let view = HaystackView::of(&self.shared, line);
            for input in view.inputs() {
                regex.which_overlapping_matches_with(cache, &input, set);
            }
        };
        match self.by_record {
            true => lines_of(haystack).for_each(|(_, line)| add(line)),
            false => add(haystack),
        }
        for id in set.iter() {
            found(id.as_usize());
        }
    }
}

/// The bytes of a line that the line regex sees.
///
/// With `-w` the regex engine sees no word boundary next to bytes that are not UTF-8, but GNU grep
/// sees one. No pattern here can match such bytes. So each of them is shown as a NUL, which is no
/// word character, and the parts between them are searched.
enum HaystackView<'h> {
    Whole(&'h [u8]),
    Parts(Vec<u8>, Vec<Range<usize>>),
}

impl<'h> HaystackView<'h> {
    fn of(shared: &Compiled, haystack: &'h [u8]) -> HaystackView<'h> {
        let is_cut = shared.exactness.asks_for_words() && shared.matches_only_utf8;
        if !is_cut || std::str::from_utf8(haystack).is_ok() {
            return HaystackView::Whole(haystack);
        }
        let mut shown = Vec::with_capacity(haystack.len());
        let mut parts = Vec::new();
        for chunk in haystack.utf8_chunks() {
            let start = shown.len();
            shown.extend_from_slice(chunk.valid().as_bytes());
            parts.push(start..shown.len());
            shown.resize(shown.len() + chunk.invalid().len(), 0);
        }
        if parts.last().is_some_and(|part| part.end < shown.len()) {
            // An empty match may stand behind such bytes at the end.
            parts.push(shown.len()..shown.len());
        }
        HaystackView::Parts(shown, parts)
    }

    /// Returns the searches that together are the search of the line.
    fn inputs(&self) -> impl Iterator<Item = Input<'_>> {
        let (bytes, whole, parts): (&[u8], _, &[Range<usize>]) = match self {
            HaystackView::Whole(bytes) => (bytes, Some(0..bytes.len()), &[]),
            HaystackView::Parts(bytes, parts) => (bytes, None, parts),
        };
        whole
            .into_iter()
            .chain(parts.iter().cloned())
            .map(move |part| Input::new(bytes).range(part))
    }
}

/// Does what [`Finder::matches`] does, if a match begins wherever a sequence stands. If a match may
/// be longer than its sequence, the regex says where it ends.
fn matches_of_runs<E>(
    shared: &Compiled,
    (runs, part): (&SequenceRuns, Coverage),
    line: &mut Option<LineCache>,
    haystack: &[u8],
    mut found: impl FnMut(usize, usize) -> Result<(), E>,
) -> Result<(), E> {
    let chosen = runs.filter.get();
    let filter = chosen.unwrap_or(runs.sequences.typical_filter());
    let mut result = Ok(());
    filter.likely_places(haystack, 0, |place| {
        let Some(sequence) = runs.sequences.at(haystack, place, false) else {
            return Some(place + 1);
        };
        let end = match part {
            Coverage::All => sequence.end,
            Coverage::AllBut(class) => {
                let rest = haystack[sequence.end..].iter();
                sequence.end + rest.take_while(|&&byte| class.has(byte)).count()
            }
            Coverage::Beginning => {
                let (regex, line) = line_regex(shared, line);
                let input = Input::new(haystack).range(place..).anchored(Anchored::Yes);
                match regex.search_half_with(&mut line.cache, &input) {
                    Some(whole) => whole.offset(),
                    // The bytes have changed meanwhile.
                    None => return Some(place + 1),
                }
            }
        };
        result = found(place, end);
        result.is_ok().then_some(end)
    });
    result
}

/// Returns the regex for one line, and this thread's cache for it.
fn line_regex<'a>(
    shared: &'a Compiled,
    cache: &'a mut Option<LineCache>,
) -> (&'a Regex, &'a mut LineCache) {
    let regex = shared.line();
    let cache = cache.get_or_insert_with(|| LineCache {
        cache: regex.create_cache(),
        captures: regex.create_captures(),
    });
    (regex, cache)
}

/// Returns the part of a whole line that is searched: without its LF, and without one CR before the
/// LF.
fn haystack(line: &[u8]) -> &[u8] {
    match line {
        [rest @ .., b'\r', b'\n'] | [rest @ .., b'\n'] => rest,
        all => all,
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Extent, Patterns},
        *,
    };

    fn matches(finder: &mut Finder, line: &[u8]) -> Vec<(usize, usize)> {
        let mut matches = Vec::new();
        let pushed = finder.matches(line, |start, end| {
            matches.push((start, end));
            Ok::<(), ()>(())
        });
        assert_eq!(pushed, Ok(()));
        matches
    }

    #[test]
    fn matches_of_a_line_are_leftmost_and_do_not_overlap() {
        for (pattern, line, want) in [
            ("ab", "abxabab", &[(0, 2), (3, 5), (5, 7)][..]),
            ("aa", "aaaaa", &[(0, 2), (2, 4)]),
            ("a|ab", "ab", &[(0, 1)]),
            ("ab|a", "ab", &[(0, 2)]),
            ("b*", "abb", &[(0, 0), (1, 3)]),
            ("blk_[0-9]+", "x blk_12 blk_ blk_3", &[(2, 8), (14, 19)]),
            ("user=[0-9]+?", "user=12", &[(0, 6)]),
            ("^a|c$", "aabc", &[(0, 1), (3, 4)]),
            ("ERROR", "no error", &[]),
        ] {
            let matcher = Matcher::new(&Patterns::new(pattern)).unwrap();
            for matcher in matcher.forced().iter().chain([&matcher]) {
                let got = matches(&mut matcher.finder(), line.as_bytes());
                assert_eq!(got, want, "{pattern} in {line} by {}", matcher.engine());
            }
        }
    }

    #[test]
    fn a_hit_knows_its_line_and_a_break_ends_the_search() {
        let block = b"one\ntwo two\r\n\nthree two\nfour";
        for (pattern, want) in [
            ("two", &[(4, 13), (14, 24)][..]),
            ("o", &[(0, 4), (4, 13), (14, 24), (24, 28)]),
            ("^$", &[(13, 14)]),
            ("r$", &[(24, 28)]),
            ("five", &[]),
        ] {
            let matcher = Matcher::new(&Patterns::new(pattern)).unwrap();
            for most in 0..=want.len() {
                let mut hits = Vec::new();
                matcher.finder().hits(block, false, |hit| {
                    hits.push((hit.start(block), hit.end));
                    match hits.len() > most {
                        true => ControlFlow::Break(()),
                        false => ControlFlow::Continue(()),
                    }
                });
                assert_eq!(hits, want[..want.len().min(most + 1)], "{pattern}");
            }
        }
    }

    #[test]
    fn a_byte_that_is_not_utf8_is_no_part_of_a_word() {
        let lines: [&[u8]; 5] = [
            b"ab\xc3",
            b"\xffab",
            b"xab\xff",
            b"\xffab\xffab\xc3\xa9",
            b"\xff",
        ];
        for (pattern, want) in [
            ("ab", [Some((0, 2)), Some((1, 3)), None, Some((1, 3)), None]),
            (
                r"\b{start-half}ab\b{end-half}",
                [Some((0, 2)), Some((1, 3)), None, Some((1, 3)), None],
            ),
            ("^ab|xab$", [Some((0, 2)), None, None, None, None]),
            ("(?-u:\\xFF)", [None, None, None, None, Some((0, 1))]),
        ] {
            let patterns = Patterns {
                extent: Extent::Word,
                ..Patterns::new(pattern)
            };
            let matcher = Matcher::new(&patterns).unwrap();
            for matcher in matcher.forced().iter().chain([&matcher]) {
                let mut finder = matcher.finder();
                for (line, want) in lines.iter().zip(want) {
                    let got = matches(&mut finder, line);
                    let how = format!(
                        "{pattern} in {} by {}",
                        line.escape_ascii(),
                        matcher.engine()
                    );
                    assert_eq!(got.first().copied(), want, "{how}");
                    assert_eq!(finder.is_match(line), want.is_some(), "{how}");
                    assert_eq!(finder.is_match_now(line), want.is_some(), "{how}");
                    let mut hits = 0;
                    finder.hits(&[line, &b"\n"[..]].concat(), false, |_| {
                        hits += 1;
                        ControlFlow::Continue(())
                    });
                    assert_eq!(hits, usize::from(want.is_some()), "{how}");
                }
            }
        }
    }

    #[test]
    fn a_literal_may_be_longer_than_the_limit_for_regexes() {
        let patterns = Patterns {
            regex_bytes_max: 1000,
            ..Patterns::new("a".repeat(1000))
        };
        let matcher = Matcher::new(&patterns).unwrap();
        let mut count = 0;
        let result = matcher.finder().captures(&[b'a'; 2000], |_| {
            count += 1;
            Ok::<(), ()>(())
        });
        assert_eq!((result, count), (Ok(()), 2));
    }

    #[test]
    fn patterns_within_the_limit_can_be_counted_one_by_one() {
        // This takes more than 10 MiB, which is the regex crate's default limit.
        let patterns = Patterns::new(r"\w{250}x");
        let matcher = Matcher::new(&patterns).unwrap();
        let mut found = Vec::new();
        matcher
            .finder()
            .patterns(b"abc", |pattern| found.push(pattern));
        assert!(found.is_empty());
    }

    #[test]
    fn a_haystack_ends_before_the_line_feed_and_one_carriage_return() {
        for (line, want) in [
            ("a\n", "a"),
            ("a\r\n", "a"),
            ("a\r\r\n", "a\r"),
            ("a\r", "a\r"),
            ("a", "a"),
            ("\r\n", ""),
            ("\n", ""),
            ("", ""),
        ] {
            assert_eq!(haystack(line.as_bytes()), want.as_bytes(), "{line:?}");
        }
    }
}
