//! What to look for, compiled once into the fastest engine that can find it.
//!
//! A [`Matcher`] is shared by all workers; each makes itself a [`Finder`], which owns the caches that a search needs.
//! Whole blocks of lines are searched, and a line's bounds are looked up only around a hit.

mod pattern;
mod window;

use std::{
    ops::Range,
    sync::{Arc, OnceLock},
};

use memchr::{memchr, memmem};
use regex_automata::{
    Anchored, Input, MatchKind, PatternSet,
    meta::{BuildError, Cache, Regex},
    util::{captures::Captures, iter::Searcher, syntax},
};
use regex_syntax::hir::{Hir, HirKind, Look};

use self::{
    pattern::Parsed,
    window::{Filter, Places, Rate},
};
use crate::{error::Error, line};

/// Whether letters match their other case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CaseMode {
    /// They do not.
    #[default]
    Sensitive,
    /// They do.
    Insensitive,
    /// They do unless a pattern has an upper-case letter.
    Smart,
}

/// How a pattern is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Syntax {
    /// Rust regular expressions.
    #[default]
    Regex,
    /// The text itself.
    Fixed,
}

/// How much of a line a match must be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Extent {
    /// Any part.
    #[default]
    Anywhere,
    /// A part with no word character next to it.
    Word,
    /// The whole line.
    Line,
}

/// What to look for, as plain data: a line is a hit if it matches any of the patterns, all of `and`, and none of `not`.
#[derive(Clone, Debug)]
pub struct Patterns {
    /// Any of these. Without one, nothing is found.
    pub patterns: Vec<Vec<u8>>,
    /// Each of these as well.
    pub and: Vec<Vec<u8>>,
    /// None of these.
    pub not: Vec<Vec<u8>>,
    /// How all of them are written.
    pub syntax: Syntax,
    /// Whether letters match their other case.
    pub case: CaseMode,
    /// How much of a line a match must be.
    pub extent: Extent,
    /// The limit on the size of each compiled regex, in bytes.
    pub regex_bytes_max: usize,
    /// The limit on the cache of each lazy DFA, in bytes; there are up to two per worker and group of patterns.
    pub dfa_bytes_max: usize,
}

impl Default for Patterns {
    fn default() -> Patterns {
        Patterns {
            patterns: Vec::new(),
            and: Vec::new(),
            not: Vec::new(),
            syntax: Syntax::Regex,
            case: CaseMode::Sensitive,
            extent: Extent::Anywhere,
            regex_bytes_max: 100 << 20, // ripgrep's default for --regex-size-limit
            dfa_bytes_max: 4 << 20, // twice the regex crate's default, for each of a handful per worker
        }
    }
}

impl Patterns {
    /// One pattern, with every default.
    pub fn new(pattern: &str) -> Patterns {
        Patterns {
            patterns: vec![pattern.into()],
            ..Patterns::default()
        }
    }
}

/// Compiled patterns, shared by all workers. Clones are cheap.
#[derive(Clone, Debug)]
pub struct Matcher {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    engine: Engine,
    /// Whether what the engine finds needs a second look.
    exactness: Exactness,
    patterns: Vec<Hir>,
    /// Whether no pattern can match bytes that are not UTF-8.
    matches_only_utf8: bool,
    and: Vec<Matcher>,
    not: Vec<Matcher>,
    /// Matches and captures on one line; built when first needed.
    line: OnceLock<Regex>,
    /// The patterns apart from each other.
    each: OnceLock<Regex>,
    limits: Limits,
}

#[derive(Clone, Copy, Debug)]
struct Limits {
    regex_bytes_max: usize,
    dfa_bytes_max: usize,
}

/// The way in which hits are found in a block.
#[derive(Debug)]
enum Engine {
    /// There is no pattern.
    Nothing,
    /// A pattern matches the empty text anywhere, and so every line.
    Everything,
    /// One literal, by memmem.
    Literal(Box<memmem::Finder<'static>>),
    /// Anything else, by the best that regex-automata has for the block tree.
    Block(Box<Block>),
}

/// A regex for blocks, and what is put in front of it when its first block has been seen.
#[derive(Debug)]
struct Block {
    regex: Regex,
    tree: Hir,
    /// Chosen by the bytes of the first block of some size that any worker searches.
    filter: OnceLock<Option<Filter>>,
}

/// How much of a block tells which bytes are frequent.
const SAMPLE_BYTES: usize = 64 << 10;
/// A smaller block is searched without a filter.
const SAMPLE_BYTES_MIN: usize = 4 << 10;

impl Block {
    /// The filter for this block and all that follow, if one is worth while.
    fn filter(&self, block: &[u8]) -> Option<&Filter> {
        if block.len() < SAMPLE_BYTES_MIN {
            return self.filter.get()?.as_ref();
        }
        let sample = &block[..block.len().min(SAMPLE_BYTES)];
        let choose = || {
            let windows = window::windows(&self.tree);
            window::best(&windows, sample)
                .filter(|(filter, rate)| self.is_worth_while(filter, *rate))
                .map(|(filter, _)| filter)
        };
        self.filter.get_or_init(choose).as_ref()
    }

    /// Where some match ends that is in the first line, at or behind `at`, which has one.
    fn next_match_end(
        &self,
        cache: &mut Cache,
        places: &mut Places,
        block: &[u8],
        mut at: usize,
    ) -> Option<usize> {
        let Some(filter) = self.filter(block) else {
            let input = Input::new(block).range(at..);
            return Some(self.regex.search_half_with(cache, &input)?.offset());
        };
        if at == 0 {
            places.forget();
        }
        loop {
            let place = places.next(filter, block, at)?;
            let input = Input::new(block).earliest(true);
            let input = if filter.begins_match {
                at = place + 1;
                input.range(place..).anchored(Anchored::Yes)
            } else {
                let start = line::line_start(block, 0, place);
                at = line::line_end(block, place);
                input.range(start..at)
            };
            if let Some(found) = self.regex.search_half_with(cache, &input) {
                return Some(found.offset());
            }
        }
    }

    /// Whether so few positions pass that to look at each costs less than to have the regex engine look at all. It takes
    /// 1 to 3 ns for a byte, or a few tenths if it has a literal to look for; a position that passed costs 50 to 100 ns,
    /// and a whole line more. A literal of another part of the pattern may be rarer than the one that the engine looks
    /// for, but a class of several bytes takes longer than its search for a few literals at once.
    fn is_worth_while(&self, filter: &Filter, rate: Rate) -> bool {
        if self.regex.is_accelerated() && !filter.begins_with_bytes() {
            return false;
        }
        let bytes_for_each = match (filter.begins_match, self.regex.is_accelerated()) {
            (true, false) => 64,
            (false, false) => 256,
            (_, true) => 512,
        };
        rate.passed * bytes_for_each <= rate.of
    }
}

/// Whether a match in a block proves that its line is a hit.
///
/// The block shows the engine bytes that are not part of the line: the CR before an LF. A match that ends behind the
/// line's end has used that CR. A `$` in a pattern may have been satisfied before a CR inside the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exactness {
    /// No pattern asks for a line end.
    NoLineEnd,
    /// Some pattern does.
    HasLineEnd,
    /// The engine looks for more than is wanted: every line is looked at again.
    Candidates,
}

impl Matcher {
    /// Compiles the patterns.
    ///
    /// # Errors
    /// [`Error::Pattern`] for one that does not parse, needs an LF, or grows beyond the limits.
    ///
    /// ```
    /// use logscan::{Matcher, Patterns};
    /// let matcher = Matcher::new(&Patterns::new("ERROR|WARN"))?;
    /// assert!(matcher.finder().is_match(b"2024-01-01 WARN disk"));
    /// # Ok::<(), logscan::Error>(())
    /// ```
    pub fn new(patterns: &Patterns) -> Result<Matcher, Error> {
        let parsed = pattern::parse(patterns)?;
        let side = |pattern: &Vec<u8>| {
            Matcher::new(&Patterns {
                patterns: vec![pattern.clone()],
                and: Vec::new(),
                not: Vec::new(),
                ..patterns.clone()
            })
        };
        let and = patterns.and.iter().map(side).collect::<Result<_, _>>()?;
        let not = patterns.not.iter().map(side).collect::<Result<_, _>>()?;
        let limits = Limits {
            regex_bytes_max: patterns.regex_bytes_max,
            dfa_bytes_max: patterns.dfa_bytes_max,
        };
        let has_line_end = parsed.iter().any(|pattern| {
            let looks = pattern.exact.properties().look_set();
            [Look::End, Look::EndLF, Look::EndCRLF]
                .iter()
                .any(|&look| looks.contains(look))
        });
        let exactness = match patterns.extent {
            Extent::Word => Exactness::Candidates,
            _ if has_line_end => Exactness::HasLineEnd,
            _ => Exactness::NoLineEnd,
        };
        let engine = engine(&parsed, limits).map_err(|reason| Error::Pattern {
            pattern: shown(&patterns.patterns),
            reason,
        })?;
        let shared = Shared {
            engine,
            exactness,
            matches_only_utf8: parsed
                .iter()
                .all(|pattern| pattern.exact.properties().is_utf8()),
            patterns: parsed.into_iter().map(|pattern| pattern.exact).collect(),
            and,
            not,
            line: OnceLock::new(),
            each: OnceLock::new(),
            limits,
        };
        let matcher = Matcher {
            shared: Arc::new(shared),
        };
        matcher.check_line_regex(patterns)?;
        Ok(matcher)
    }

    /// The name of the engine that searches blocks, for `--stats`.
    ///
    /// For a regex it depends on the bytes that were searched.
    pub fn engine(&self) -> String {
        match &self.shared.engine {
            Engine::Nothing => "none: there is no pattern".into(),
            Engine::Everything => "none: every line matches".into(),
            Engine::Literal(_) => "memmem".into(),
            Engine::Block(block) => match block.filter.get() {
                Some(Some(filter)) => format!(
                    "regex where {} rare bytes of a match are found",
                    filter.test_count()
                ),
                _ if block.regex.is_accelerated() => "regex with a literal prefilter".into(),
                _ => "regex".into(),
            },
        }
    }

    /// Whether a regex engine looks at haystacks: it relies on seeing the same bytes each time.
    pub(crate) fn needs_stable_bytes(&self) -> bool {
        let shared = &self.shared;
        matches!(shared.engine, Engine::Block(_))
            || shared.exactness == Exactness::Candidates
            || !(shared.and.is_empty() && shared.not.is_empty())
    }

    /// How many patterns there are.
    pub fn pattern_count(&self) -> usize {
        self.shared.patterns.len()
    }

    /// A matcher that finds nothing.
    pub(crate) fn nothing() -> Matcher {
        Matcher::new(&Patterns::default()).expect("no pattern is no reason to fail")
    }

    /// What one thread needs to search.
    pub fn finder(&self) -> Finder {
        let cache = match &self.shared.engine {
            Engine::Block(block) => Some(block.regex.create_cache()),
            _ => None,
        };
        Finder {
            and: self.shared.and.iter().map(Matcher::finder).collect(),
            not: self.shared.not.iter().map(Matcher::finder).collect(),
            shared: Arc::clone(&self.shared),
            block_cache: cache,
            places: Places::default(),
            line: None,
            each: None,
        }
    }

    /// The same matcher with each filter that could be chosen, and with none, whatever the bytes.
    #[cfg(test)]
    pub(crate) fn forced(&self) -> Vec<Matcher> {
        let Engine::Block(block) = &self.shared.engine else {
            return Vec::new();
        };
        let windows = window::windows(&block.tree);
        let filters = windows.iter().map(|window| Some(Filter::new(window, b"0")));
        filters
            .chain([None])
            .map(|filter| {
                let shared = &self.shared;
                let engine = Engine::Block(Box::new(Block {
                    regex: block.regex.clone(),
                    tree: block.tree.clone(),
                    filter: OnceLock::from(filter),
                }));
                Matcher {
                    shared: Arc::new(Shared {
                        engine,
                        patterns: shared.patterns.clone(),
                        and: shared.and.clone(),
                        not: shared.not.clone(),
                        line: OnceLock::new(),
                        each: OnceLock::new(),
                        ..**shared
                    }),
                }
            })
            .collect()
    }

    /// Builds what is built later on demand once now if it could be too large, so that the error comes at the start.
    fn check_line_regex(&self, patterns: &Patterns) -> Result<(), Error> {
        if !self.shared.needs_line_regex() && self.shared.is_as_large_as_its_text() {
            return Ok(());
        }
        let regex = self
            .shared
            .build_line(self.shared.limits)
            .map_err(|error| Error::Pattern {
                pattern: shown(&patterns.patterns),
                reason: size_reason(&error, self.shared.limits),
            })?;
        // Whoever came first has set it; both are equal.
        let _ = self.shared.line.set(regex);
        Ok(())
    }
}

fn shown(patterns: &[Vec<u8>]) -> String {
    let first = patterns
        .first()
        .map(|p| String::from_utf8_lossy(p).into_owned())
        .unwrap_or_default();
    match patterns.len() {
        0 | 1 => first,
        n => format!("{first}' and {} more patterns, '...", n - 1),
    }
}

/// Chooses the engine for the block trees of all patterns.
fn engine(patterns: &[Parsed], limits: Limits) -> Result<Engine, String> {
    if patterns.is_empty() {
        return Ok(Engine::Nothing);
    }
    if patterns
        .iter()
        .any(|pattern| matches_everything(&pattern.wide))
    {
        return Ok(Engine::Everything);
    }
    let trees: Vec<Hir> = patterns
        .iter()
        .map(|pattern| pattern::block_tree(&pattern.wide))
        .collect();
    if let [tree] = trees.as_slice()
        && let HirKind::Literal(literal) = tree.kind()
    {
        let finder = memmem::Finder::new(&literal.0).into_owned();
        return Ok(Engine::Literal(Box::new(finder)));
    }
    let tree = Hir::alternation(trees);
    let regex =
        build(std::slice::from_ref(&tree), limits).map_err(|error| size_reason(&error, limits))?;
    Ok(Engine::Block(Box::new(Block {
        regex,
        tree,
        filter: OnceLock::new(),
    })))
}

/// Whether a pattern matches the empty text, whatever is around it.
fn matches_everything(hir: &Hir) -> bool {
    let properties = hir.properties();
    properties.minimum_len() == Some(0) && properties.look_set().is_empty()
}

fn build(trees: &[Hir], limits: Limits) -> Result<Regex, Box<BuildError>> {
    let config = Regex::config()
        .match_kind(MatchKind::LeftmostFirst)
        .utf8_empty(false)
        .nfa_size_limit(Some(limits.regex_bytes_max))
        .hybrid_cache_capacity(limits.dfa_bytes_max);
    Regex::builder()
        .configure(config)
        .syntax(syntax::Config::new().utf8(false))
        .build_many_from_hir(trees)
        .map_err(Box::new)
}

fn size_reason(error: &BuildError, limits: Limits) -> String {
    match error.size_limit() {
        Some(_) => format!(
            "compiled it is larger than {} bytes; raise the limit with --regex-size-limit",
            limits.regex_bytes_max
        ),
        None => error.to_string(),
    }
}

impl Shared {
    /// Whether it takes the line regex to say if a line matches.
    fn needs_line_regex(&self) -> bool {
        match self.engine {
            Engine::Nothing => false,
            Engine::Everything | Engine::Literal(_) => self.exactness == Exactness::Candidates,
            Engine::Block(_) => true,
        }
    }

    /// How the line regex must look at a line.
    fn view<'h>(&self, haystack: &'h [u8]) -> View<'h> {
        match self.exactness {
            Exactness::Candidates if self.matches_only_utf8 => View::of(haystack),
            _ => View::Whole(haystack),
        }
    }

    /// Whether the line regex, if it comes to that, cannot be much larger than what the user wrote.
    fn is_as_large_as_its_text(&self) -> bool {
        let mut patterns = self.patterns.iter();
        patterns.all(|hir| matches!(hir.kind(), HirKind::Empty | HirKind::Literal(_)))
    }

    fn build_line(&self, limits: Limits) -> Result<Regex, Box<BuildError>> {
        let trees: Vec<Hir> = self.patterns.iter().map(pattern::line_tree).collect();
        let has_groups = |tree: &Hir| tree.properties().explicit_captures_len() > 0;
        if trees.iter().any(has_groups) {
            // As patterns of their own, so that $1 is the first group of the pattern that matched.
            return build(&trees, limits);
        }
        // As one, for which the engine can do more: 100,000 words take 0.2 s so, and 10 s as patterns of their own.
        build(&[Hir::alternation(trees)], limits)
    }

    fn line(&self) -> &Regex {
        self.line.get_or_init(|| {
            let unlimited = Limits {
                regex_bytes_max: usize::MAX,
                ..self.limits
            };
            self.build_line(unlimited)
                .expect("Matcher::new parsed the patterns, which are literals or empty")
        })
    }

    fn each(&self) -> &Regex {
        self.each.get_or_init(|| {
            let trees: Vec<Hir> = self.patterns.iter().map(pattern::line_tree).collect();
            let config = Regex::config()
                .match_kind(MatchKind::All)
                .utf8_empty(false)
                .nfa_size_limit(None)
                .hybrid_cache_capacity(self.limits.dfa_bytes_max);
            Regex::builder()
                .configure(config)
                .syntax(syntax::Config::new().utf8(false))
                .build_many_from_hir(&trees)
                .expect("the same trees were compiled with a size limit by Matcher::new")
        })
    }
}

/// A matcher with the caches of one thread.
#[derive(Debug)]
pub struct Finder {
    shared: Arc<Shared>,
    block_cache: Option<Cache>,
    /// Where the filter is, in the block that is being searched.
    places: Places,
    line: Option<LineCache>,
    each: Option<(Cache, PatternSet)>,
    and: Vec<Finder>,
    not: Vec<Finder>,
}

#[derive(Debug)]
struct LineCache {
    cache: Cache,
    captures: Captures,
}

/// The next hit in a block.
pub(crate) enum Hit {
    /// One line, as indices into the block: its end is behind its LF.
    Line(usize, usize),
    /// Every line from where the search began.
    Rest,
}

impl Finder {
    /// Finds the first hit at or behind `at`, a line start, in `block`, whole lines of which none is over-long.
    pub(crate) fn next_hit(&mut self, block: &[u8], mut at: usize) -> Option<Hit> {
        if matches!(self.shared.engine, Engine::Everything)
            && self.shared.exactness != Exactness::Candidates
            && self.and.is_empty()
            && self.not.is_empty()
        {
            return (at < block.len()).then_some(Hit::Rest);
        }
        loop {
            let (start, end) = self.next_candidate(block, at)?;
            if self.is_hit_behind_candidate(&block[start..end]) {
                return Some(Hit::Line(start, end));
            }
            at = end;
        }
    }

    /// The first line at or behind `at` that matches a pattern, whatever `and` and `not` say.
    fn next_candidate(&mut self, block: &[u8], mut at: usize) -> Option<(usize, usize)> {
        loop {
            if at >= block.len() {
                return None;
            }
            let match_end = match &self.shared.engine {
                Engine::Nothing => return None,
                Engine::Everything => at,
                Engine::Literal(finder) => {
                    let start = at + finder.find(&block[at..])?;
                    start + finder.needle().len()
                }
                Engine::Block(regex) => {
                    let cache = self
                        .block_cache
                        .as_mut()
                        .expect("Matcher::finder made one for this engine");
                    regex.next_match_end(cache, &mut self.places, block, at)?
                }
            };
            let start = line::line_start(block, at, match_end);
            if start == block.len() {
                // An empty match behind the last LF, where no line is.
                return None;
            }
            let end = line::line_end(block, match_end);
            if self.is_proven(&block[start..end], match_end - start) {
                return Some((start, end));
            }
            at = end;
        }
    }

    /// Whether a line in which the engine saw a match is one that the line tree matches.
    fn is_proven(&mut self, line: &[u8], match_end: usize) -> bool {
        let haystack = haystack(line);
        let certain = match self.shared.exactness {
            Exactness::NoLineEnd => match_end <= haystack.len(),
            Exactness::HasLineEnd => {
                match_end <= haystack.len() && memchr(b'\r', haystack).is_none()
            }
            Exactness::Candidates => false,
        };
        certain || self.matches_line(haystack)
    }

    fn is_hit_behind_candidate(&mut self, line: &[u8]) -> bool {
        if self.and.is_empty() && self.not.is_empty() {
            return true;
        }
        self.satisfies_sides(haystack(line))
    }

    fn satisfies_sides(&mut self, haystack: &[u8]) -> bool {
        self.and
            .iter_mut()
            .all(|finder| finder.matches_line(haystack))
            && !self
                .not
                .iter_mut()
                .any(|finder| finder.matches_line(haystack))
    }

    /// Whether one line, without its LF and CR, is a hit. This is the definition that every engine must agree with.
    pub fn is_match(&mut self, haystack: &[u8]) -> bool {
        self.matches_line(haystack) && self.satisfies_sides(haystack)
    }

    fn matches_line(&mut self, haystack: &[u8]) -> bool {
        if self.shared.needs_line_regex() {
            let (regex, line) = line_regex(&self.shared, &mut self.line);
            let view = self.shared.view(haystack);
            return view.inputs().any(|input| {
                regex
                    .search_half_with(&mut line.cache, &input.earliest(true))
                    .is_some()
            });
        }
        match &self.shared.engine {
            Engine::Literal(finder) => finder.find(haystack).is_some(),
            Engine::Everything => true,
            Engine::Nothing | Engine::Block(_) => false,
        }
    }

    /// Calls `found` for each match in one line, without overlap, from left to right; empty ones too. An error of
    /// `found` ends the search and is returned.
    ///
    /// # Errors
    /// What `found` returned.
    pub fn matches<E>(
        &mut self,
        haystack: &[u8],
        mut found: impl FnMut(usize, usize) -> Result<(), E>,
    ) -> Result<(), E> {
        match &self.shared.engine {
            Engine::Nothing => return Ok(()),
            Engine::Literal(finder) if self.shared.exactness != Exactness::Candidates => {
                let length = finder.needle().len();
                return finder
                    .find_iter(haystack)
                    .try_for_each(|at| found(at, at + length));
            }
            _ => {}
        }
        let (regex, line) = line_regex(&self.shared, &mut self.line);
        let view = self.shared.view(haystack);
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

    /// As [`Finder::matches`], with the groups of each match.
    ///
    /// # Errors
    /// What `found` returned.
    pub fn captures<E>(
        &mut self,
        haystack: &[u8],
        mut found: impl FnMut(&Captures) -> Result<(), E>,
    ) -> Result<(), E> {
        if matches!(self.shared.engine, Engine::Nothing) {
            return Ok(());
        }
        let (regex, line) = line_regex(&self.shared, &mut self.line);
        let LineCache { cache, captures } = line;
        let view = self.shared.view(haystack);
        view.inputs().try_for_each(|input| {
            let mut searcher = Searcher::new(input);
            while searcher
                .advance(|input| {
                    regex.search_captures_with(cache, input, captures);
                    Ok(captures.get_match())
                })
                .is_some()
            {
                found(captures)?;
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
        let view = self.shared.view(haystack);
        for input in view.inputs() {
            regex.which_overlapping_matches_with(cache, &input, set);
        }
        for id in set.iter() {
            found(id.as_usize());
        }
    }
}

/// How the line regex looks at a line.
///
/// With `-w` the regex engine sees no word boundary next to bytes that are not UTF-8, GNU grep sees one. No pattern here
/// can match such bytes, so each is shown as a NUL, which is no part of a word, and what lies between them is searched.
enum View<'h> {
    Whole(&'h [u8]),
    Parts(Vec<u8>, Vec<Range<usize>>),
}

impl<'h> View<'h> {
    fn of(haystack: &'h [u8]) -> View<'h> {
        if std::str::from_utf8(haystack).is_ok() {
            return View::Whole(haystack);
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
        View::Parts(shown, parts)
    }

    /// The searches that together are the search of the line.
    fn inputs(&self) -> impl Iterator<Item = Input<'_>> {
        let (bytes, whole, parts): (&[u8], _, &[Range<usize>]) = match self {
            View::Whole(bytes) => (bytes, Some(0..bytes.len()), &[]),
            View::Parts(bytes, parts) => (bytes, None, parts),
        };
        whole
            .into_iter()
            .chain(parts.iter().cloned())
            .map(move |part| Input::new(bytes).range(part))
    }
}

/// The regex for one line and this thread's cache for it.
fn line_regex<'a>(
    shared: &'a Shared,
    cache: &'a mut Option<LineCache>,
) -> (&'a Regex, &'a mut LineCache) {
    let regex = shared.line();
    let cache = cache.get_or_insert_with(|| LineCache {
        cache: regex.create_cache(),
        captures: regex.create_captures(),
    });
    (regex, cache)
}

/// The part of a whole line that is searched: without its LF, and without one CR before it.
fn haystack(line: &[u8]) -> &[u8] {
    match line {
        [rest @ .., b'\r', b'\n'] | [rest @ .., b'\n'] => rest,
        all => all,
    }
}
