//! Compiles what to look for, once, into the fastest engine that can find it.
//!
//! All workers share one [`Matcher`]. Each worker makes itself a [`Finder`], which owns the caches
//! that a search needs. A search goes through whole blocks of lines, and looks up the bounds of a
//! line only around a hit.

mod block;
mod byte_set;
mod byte_test;
mod compile;
mod finder;
mod pairs;
mod pattern;
mod sample;
mod sequence;
mod window;

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use memchr::memmem;
use regex_automata::meta::{BuildError, Regex};
use regex_syntax::hir::{Hir, HirKind, Look};

pub use self::finder::Finder;
use self::{
    block::BlockRegex, byte_set::ByteSet, compile::Limits, pattern::Parsed, sample::Sample,
    sequence::Sequences, window::Filter,
};
use crate::{
    error::Error,
    line::{HEAD_BYTES, IsStart},
    simd,
};

/// Whether letters match their other case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CaseMode {
    /// Letters match in the case in which they are written.
    #[default]
    Sensitive,
    /// Upper and lower case match each other.
    Insensitive,
    /// Upper and lower case match each other, unless a pattern has an upper-case letter.
    Smart,
}

/// How a pattern is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Syntax {
    /// A pattern is a Rust regular expression.
    #[default]
    Regex,
    /// A pattern is the text itself.
    Fixed,
}

/// How much of a line a match must be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Extent {
    /// A match may be any part of the line.
    #[default]
    Anywhere,
    /// A match is a part of the line with no word character next to it.
    Word,
    /// A match is the whole line.
    Line,
}

/// What to look for, as plain data: a line is a hit if it matches any of the patterns, all of
/// `and`, and none of `not`.
#[derive(Clone, Debug)]
pub struct Patterns {
    /// A line must match one of these. Without a pattern nothing is found.
    pub patterns: Vec<Vec<u8>>,
    /// A line must match each of these as well.
    pub and: Vec<Vec<u8>>,
    /// A line must match none of these.
    pub not: Vec<Vec<u8>>,
    /// How all the patterns are written.
    pub syntax: Syntax,
    /// Whether letters match their other case.
    pub case: CaseMode,
    /// How much of a line a match must be.
    pub extent: Extent,
    /// The limit on the size of each compiled regex, in bytes.
    pub regex_bytes_max: usize,
    /// The limit on the cache of each lazy DFA, in bytes. Each worker has up to two lazy DFAs for
    /// each group of patterns. `None` allows what the patterns need: 4 MiB, or more for thousands
    /// of words, and never more than 256 MiB.
    pub dfa_bytes_max: Option<usize>,
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
            dfa_bytes_max: None,
        }
    }
}

impl Patterns {
    /// Creates a search for one pattern, with every default.
    ///
    /// ```
    /// use logscan::{CaseMode, Patterns};
    /// let word = String::from("error");
    /// let patterns = Patterns { case: CaseMode::Insensitive, ..Patterns::new(&word) };
    /// assert_eq!(patterns.patterns, [b"error"]);
    /// ```
    pub fn new(pattern: impl AsRef<str>) -> Patterns {
        Patterns {
            patterns: vec![pattern.as_ref().into()],
            ..Patterns::default()
        }
    }
}

impl<T: AsRef<str>> From<T> for Patterns {
    fn from(pattern: T) -> Patterns {
        Patterns::new(pattern)
    }
}

/// A condition that a line must satisfy to be a hit, besides its patterns.
pub trait LineFilter: Send + Sync + fmt::Debug {
    /// Returns whether `line`, without its LF and CR, may be a hit. A matcher over records gives all
    /// lines of a record, with the line ends between them. Each worker asks a copy of its own.
    fn accepts(&mut self, line: &[u8]) -> bool;

    /// Returns a copy for another worker.
    fn boxed(&self) -> Box<dyn LineFilter>;

    /// Returns whether it learns from the first lines of each input: see [`LineFilter::head`].
    fn wants_head(&self) -> bool {
        false
    }

    /// Called with the first lines of an input, up to 2000, before it is asked about any of its
    /// lines, if [`LineFilter::wants_head`] is true. They are the same for every size of chunks and
    /// number of threads.
    fn head(&mut self, head: &[u8]) {
        let _ = head;
    }

    /// Returns a matcher that matches each line that the filter accepts, and perhaps others. If
    /// there is no pattern, only what it matches is asked about.
    fn prefilter(&self) -> Option<Matcher> {
        None
    }

    /// Returns what the filter has seen since the last call.
    fn take_seen(&mut self) -> FilterSeen {
        FilterSeen::default()
    }
}

/// What a filter has seen of lines that it was asked about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FilterSeen {
    /// How many lines it could not read.
    pub unread: u64,
    /// A bit for each thing that it looks for, which is set if a line had it.
    pub had: u64,
    /// The same bits, which are set if it could be compared as is asked for.
    pub fit: u64,
}

impl FilterSeen {
    /// Adds what was seen in other lines.
    pub fn add(&mut self, other: FilterSeen) {
        self.unread += other.unread;
        self.had |= other.had;
        self.fit |= other.fit;
    }
}

/// Compiled patterns, shared by all workers. Clones are cheap.
#[derive(Clone, Debug)]
pub struct Matcher {
    shared: Arc<Compiled>,
    filters: Vec<Arc<dyn LineFilter>>,
    /// Whether a haystack is a record of several lines.
    by_record: bool,
}

#[derive(Debug)]
struct Compiled {
    engine: Engine,
    /// The tree that is searched for in blocks.
    tree: Hir,
    /// How a match of `tree` covers the match of the patterns. `None`: it lies somewhere inside
    /// that match.
    part: Option<Coverage>,
    /// Whether a match that the engine finds needs a second look.
    exactness: Exactness,
    patterns: Vec<Hir>,
    /// Whether no pattern can match bytes that are not UTF-8.
    matches_only_utf8: bool,
    and: Vec<Matcher>,
    not: Vec<Matcher>,
    /// The regex for matches and captures on one line. It is built when it is first needed.
    line: OnceLock<Regex>,
    /// The regex that tells the patterns apart.
    each: OnceLock<Regex>,
    limits: Limits,
}

/// The engine that finds hits in a block.
#[derive(Debug)]
enum Engine {
    /// There is no pattern.
    Nothing,
    /// A pattern matches the empty text anywhere, and so every line.
    Everything,
    /// There is one literal, and memmem finds it: a long literal, or any literal if there are no
    /// vector instructions for sequences.
    Literal(Box<memmem::Finder<'static>>),
    /// There are a few fixed runs of byte classes.
    Runs(Box<SequenceRuns>),
    /// Anything else: the best that regex-automata has for the block tree.
    Block(Box<BlockRegex>),
}

/// Sequences, and the filter that fits the log.
#[derive(Debug)]
struct SequenceRuns {
    sequences: Sequences,
    /// The filter that was chosen. The first block of at least [`Sample::BLOCK_BYTES_MIN`] bytes
    /// that any worker searches decides.
    filter: OnceLock<Filter>,
    /// The searcher for the literal in a line, if the pattern is one literal.
    literal: Option<memmem::Finder<'static>>,
}

impl SequenceRuns {
    fn new(sequences: Sequences) -> SequenceRuns {
        let literal = sequences.literal();
        SequenceRuns {
            literal: literal.map(|literal| memmem::Finder::new(literal).into_owned()),
            sequences,
            filter: OnceLock::new(),
        }
    }

    fn filter(&self, block: &[u8]) -> &Filter {
        if block.len() < Sample::BLOCK_BYTES_MIN {
            let chosen = self.filter.get();
            return chosen.unwrap_or(self.sequences.typical_filter());
        }
        self.filter
            .get_or_init(|| self.sequences.filter_for(&Sample::of_block(block)))
    }
}

/// How much of a match of the patterns is covered by a match of the tree that is searched for in
/// blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Coverage {
    /// It is the whole match.
    All,
    /// It is the beginning of a match, which goes on with bytes of this class for as long as there
    /// are any.
    AllBut(ByteSet),
    /// It is the beginning of a match.
    Beginning,
}

impl Coverage {
    /// Returns how much of a match of `whole` a match of `tree` covers. `None`: it lies somewhere
    /// inside.
    fn of(tree: &Hir, whole: &Hir) -> Option<Coverage> {
        if tree == whole {
            return Some(Coverage::All);
        }
        (*tree == pattern::trimmed_behind(whole))
            .then(|| sequence::tail(whole, tree).map_or(Coverage::Beginning, Coverage::AllBut))
    }
}

/// Whether a match in a block proves that its line is a hit.
///
/// The engine sees bytes of a block that are not part of the line: the CR before an LF. A match
/// that ends behind the line's end has used that CR. A `$` in a pattern may have matched before a
/// CR inside the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exactness {
    /// No pattern asks for a line end.
    NoLineEnd,
    /// Some pattern asks for a line end.
    HasLineEnd,
    /// Every match without a word character next to it counts. The engine looks for all matches. If
    /// the characters next to a match do not decide, its line is looked at again.
    Words,
    /// Every match without a word character next to it counts, but the engine does not know all
    /// look-arounds of the patterns. It finds more than the matches, so every line is looked at
    /// again.
    WordCandidates,
}

impl Exactness {
    /// Returns whether a match must be a word.
    fn asks_for_words(self) -> bool {
        matches!(self, Exactness::Words | Exactness::WordCandidates)
    }
}

impl Matcher {
    /// Compiles the patterns.
    ///
    /// # Errors
    /// [`Error::Pattern`] for a pattern that does not parse, needs an LF, or grows beyond the
    /// limits.
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
            regex_bytes_max: Some(patterns.regex_bytes_max),
            dfa_bytes_max: patterns.dfa_bytes_max,
        };
        let has_line_end = parsed.iter().any(|pattern| {
            let looks = pattern.exact.properties().look_set();
            [Look::End, Look::EndLF, Look::EndCRLF]
                .iter()
                .any(|&look| looks.contains(look))
        });
        let exactness = match patterns.extent {
            Extent::Word if parsed.iter().all(|pattern| pattern.wide_is_whole) => Exactness::Words,
            Extent::Word => Exactness::WordCandidates,
            _ if has_line_end => Exactness::HasLineEnd,
            _ => Exactness::NoLineEnd,
        };
        let trees = parsed
            .iter()
            .map(|pattern| pattern::block_tree(&pattern.wide));
        let whole = Hir::alternation(trees.collect());
        let tree = match patterns.extent {
            // The characters around a match decide whether it counts, so the engine must find all
            // of it.
            Extent::Word => whole.clone(),
            Extent::Anywhere | Extent::Line => pattern::trimmed(&whole),
        };
        let engine = engine(&parsed, &tree, limits).map_err(|reason| Error::Pattern {
            pattern: shown(&patterns.patterns),
            reason,
        })?;
        let shared = Compiled {
            engine,
            part: Coverage::of(&tree, &whole),
            tree,
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
            filters: Vec::new(),
            by_record: false,
        };
        matcher.check_line_regex(patterns)?;
        Ok(matcher)
    }

    /// Returns the same matcher for records of several lines, as [`Scan::records`] has them.
    ///
    /// A pattern matches within one line of a record. A record is a hit if a line of it matches, if
    /// each other condition is met by one of its lines, and if none matches what must not match. A
    /// filter sees the record's first line.
    ///
    /// [`Scan::records`]: crate::Scan::records
    ///
    /// ```
    /// use logscan::{Matcher, Patterns};
    /// let matcher = Matcher::new(&Patterns::new("^  at"))?.over_records();
    /// assert!(matcher.finder().is_match(b"failed\n  at app.Main"));
    /// # Ok::<(), logscan::Error>(())
    /// ```
    #[must_use]
    pub fn over_records(self) -> Matcher {
        Matcher {
            by_record: true,
            ..self
        }
    }

    /// Returns a test of the head of one line, without its LF and CR, for the patterns alone. Any
    /// thread may ask it, also about bytes that another process may change meanwhile.
    pub(crate) fn line_test(&self) -> Arc<IsStart> {
        let shared = Arc::clone(&self.shared);
        Arc::new(move |line| {
            let mut copy = [0; HEAD_BYTES];
            let copy = &mut copy[..line.len()];
            copy.copy_from_slice(line);
            !matches!(shared.engine, Engine::Nothing) && shared.line().is_match(&*copy)
        })
    }

    /// Returns the same matcher with one more filter. A line that matches must also pass the
    /// filter.
    #[must_use]
    pub fn filtered(mut self, filter: impl LineFilter + 'static) -> Matcher {
        self.filters.push(Arc::new(filter));
        self
    }

    /// Returns the same matcher with filters that have learned from the first lines of an input.
    #[must_use]
    pub(crate) fn learned(&self, head: &[u8]) -> Matcher {
        let learned = |filter: &Arc<dyn LineFilter>| {
            let mut filter = filter.boxed();
            filter.head(head);
            Arc::from(filter)
        };
        Matcher {
            filters: self.filters.iter().map(learned).collect(),
            ..self.clone()
        }
    }

    /// Returns whether a filter learns from the first lines of each input.
    pub(crate) fn wants_head(&self) -> bool {
        self.filters.iter().any(|filter| filter.wants_head())
    }

    /// Returns the name of the engine that searches blocks, for `--stats`.
    ///
    /// For a regex the name depends on the bytes that were searched.
    pub fn engine(&self) -> String {
        match &self.shared.engine {
            Engine::Nothing | Engine::Everything => "none".into(),
            Engine::Literal(_) => "memmem".into(),
            Engine::Runs(runs) => match (runs.literal.is_some(), runs.sequences.count()) {
                (true, _) => "a literal where rare bytes of it are found".into(),
                (false, 1) => "a fixed run of bytes where rare ones are found".into(),
                (false, count) => format!("{count} fixed runs of bytes where rare ones are found"),
            },
            Engine::Block(block) => block.description(),
        }
    }

    /// Says why that engine was chosen. For a regex it also says what a trial on the searched bytes
    /// has shown.
    pub fn engine_why(&self) -> String {
        match &self.shared.engine {
            Engine::Nothing => "there is no pattern".into(),
            Engine::Everything => "every line matches".into(),
            Engine::Literal(_) if simd::is_available() => {
                "the pattern is a literal, too long to be compared at every rare byte".into()
            }
            Engine::Literal(_) => {
                "the pattern is a literal, and this processor has neither AVX2 nor NEON".into()
            }
            Engine::Runs(runs)
                if runs.literal.is_some() && self.shared.part == Some(Coverage::All) =>
            {
                "the pattern is a literal".into()
            }
            Engine::Runs(_) => "a line that has one is a hit, so no regex engine is needed".into(),
            Engine::Block(block) => block.why(),
        }
    }

    /// Returns the names of the groups of the patterns.
    pub fn group_names(&self) -> Vec<String> {
        fn add(tree: &Hir, names: &mut Vec<String>) {
            match tree.kind() {
                HirKind::Capture(capture) => {
                    names.extend(capture.name.as_deref().map(str::to_owned));
                    add(&capture.sub, names);
                }
                HirKind::Repetition(repetition) => add(&repetition.sub, names),
                HirKind::Concat(trees) | HirKind::Alternation(trees) => {
                    trees.iter().for_each(|tree| add(tree, names));
                }
                HirKind::Empty | HirKind::Literal(_) | HirKind::Class(_) | HirKind::Look(_) => {}
            }
        }
        let mut names = Vec::new();
        self.shared
            .patterns
            .iter()
            .for_each(|tree| add(tree, &mut names));
        names
    }

    /// Returns how many patterns there are.
    pub fn pattern_count(&self) -> usize {
        self.shared.patterns.len()
    }

    /// Returns a matcher that finds nothing.
    #[cfg(feature = "board")]
    pub(crate) fn nothing() -> Matcher {
        Matcher::new(&Patterns::default()).expect("no pattern is no reason to fail")
    }

    /// Returns a matcher that every line matches.
    #[cfg(feature = "templates")]
    pub(crate) fn everything() -> Matcher {
        Matcher::new(&Patterns::new("")).expect("the empty pattern is one")
    }

    /// Creates what one thread needs to search.
    pub fn finder(&self) -> Finder {
        Finder::of(self)
    }

    /// Returns the same matcher once for each engine that could be chosen, and for each filter in
    /// front of it, whatever the bytes.
    #[cfg(test)]
    pub(crate) fn forced(&self) -> Vec<Matcher> {
        let shared = &self.shared;
        if matches!(shared.engine, Engine::Nothing | Engine::Everything) {
            return Vec::new();
        }
        let mut engines = Vec::new();
        if let HirKind::Literal(literal) = shared.tree.kind() {
            let finder = memmem::Finder::new(&literal.0).into_owned();
            engines.push(Engine::Literal(Box::new(finder)));
        }
        // If all bytes are alike, vectors run one test; in a typical log they run two or three.
        let samples = [Sample::new(b"0".to_vec()), Sample::typical()];
        for sample in &samples {
            let Some(sequences) = Sequences::new(&shared.tree) else {
                break;
            };
            let runs = SequenceRuns::new(sequences);
            let _ = runs.filter.set(runs.sequences.filter_for(sample));
            engines.push(Engine::Runs(Box::new(runs)));
        }
        if let Some(sequences) = Sequences::new(&shared.tree) {
            let runs = SequenceRuns::new(sequences);
            let filter = runs.sequences.filter_for(&samples[1]);
            let _ = runs
                .filter
                .set(filter.at_level(simd::InstructionSet::Portable));
            engines.push(Engine::Runs(Box::new(runs)));
        }
        let regex = compile::regex(std::slice::from_ref(&shared.tree), shared.limits).unwrap();
        let windows = window::windows(&shared.tree);
        let by_tests = windows
            .iter()
            .flat_map(|window| samples.iter().map(|sample| window.ahead_by_tests(sample)));
        let by_pairs = windows
            .iter()
            .filter_map(window::MatchWindow::ahead_by_pairs);
        let aheads = by_tests.chain(by_pairs).map(Some);
        let blocks = aheads
            .chain([None])
            .map(|ahead| BlockRegex::forced(regex.clone(), ahead))
            .chain([BlockRegex::pending(regex.clone())]);
        engines.extend(blocks.map(|block| Engine::Block(Box::new(block))));
        let with_engine = |engine| Matcher {
            shared: Arc::new(Compiled {
                engine,
                tree: shared.tree.clone(),
                patterns: shared.patterns.clone(),
                and: shared.and.clone(),
                not: shared.not.clone(),
                line: OnceLock::new(),
                each: OnceLock::new(),
                ..**shared
            }),
            filters: self.filters.clone(),
            by_record: self.by_record,
        };
        engines.into_iter().map(with_engine).collect()
    }

    /// Builds now, once, what is otherwise built on demand, if it could be too large. So the error
    /// comes at the start.
    fn check_line_regex(&self, patterns: &Patterns) -> Result<(), Error> {
        if !self.shared.needs_line_regex() && self.shared.is_as_large_as_its_text() {
            return Ok(());
        }
        let regex = self
            .shared
            .build_line(self.shared.limits)
            .map_err(|error| Error::Pattern {
                pattern: shown(&patterns.patterns),
                reason: self.shared.limits.reason(&error),
            })?;
        // Another thread may have set it before. Both regexes are equal.
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

/// Chooses the engine for the block tree of all patterns.
fn engine(patterns: &[Parsed], tree: &Hir, limits: Limits) -> Result<Engine, String> {
    if patterns.is_empty() {
        return Ok(Engine::Nothing);
    }
    if patterns
        .iter()
        .any(|pattern| matches_everything(&pattern.wide))
    {
        return Ok(Engine::Everything);
    }
    if simd::is_available()
        && let Some(sequences) = Sequences::new(tree)
    {
        return Ok(Engine::Runs(Box::new(SequenceRuns::new(sequences))));
    }
    if let HirKind::Literal(literal) = tree.kind() {
        let finder = memmem::Finder::new(&literal.0).into_owned();
        return Ok(Engine::Literal(Box::new(finder)));
    }
    let regex = compile::regex(std::slice::from_ref(tree), limits)
        .map_err(|error| limits.reason(&error))?;
    Ok(Engine::Block(Box::new(BlockRegex::new(regex))))
}

/// Returns whether a pattern matches the empty text, whatever is around it.
fn matches_everything(hir: &Hir) -> bool {
    let properties = hir.properties();
    properties.minimum_len() == Some(0) && properties.look_set().is_empty()
}

impl Compiled {
    /// Returns whether only the line regex can say if a line matches.
    fn needs_line_regex(&self) -> bool {
        match self.engine {
            Engine::Nothing => false,
            Engine::Everything | Engine::Literal(_) => self.exactness.asks_for_words(),
            Engine::Runs(ref runs) => self.exactness.asks_for_words() || runs.literal.is_none(),
            Engine::Block(_) => true,
        }
    }

    /// Returns whether the line regex, if it is built, cannot be much larger than what the user
    /// wrote.
    fn is_as_large_as_its_text(&self) -> bool {
        let mut patterns = self.patterns.iter();
        patterns.all(|hir| matches!(hir.kind(), HirKind::Empty | HirKind::Literal(_)))
    }

    fn build_line(&self, limits: Limits) -> Result<Regex, Box<BuildError>> {
        let trees: Vec<Hir> = self.patterns.iter().map(pattern::line_tree).collect();
        let has_groups = |tree: &Hir| tree.properties().explicit_captures_len() > 0;
        if trees.iter().any(has_groups) {
            // The trees stay patterns of their own, so that $1 is the first group of the pattern
            // that matched.
            return compile::regex(&trees, limits);
        }
        // The engine can do more for one tree: 100,000 words take 0.2 s as one, and 10 s as
        // patterns of their own.
        let tree = Hir::alternation(trees);
        match &self.engine {
            Engine::Block(block) if tree == self.tree => Ok(block.regex().clone()),
            _ => compile::regex(&[tree], limits),
        }
    }

    fn line(&self) -> &Regex {
        self.line.get_or_init(|| {
            self.build_line(self.limits.without_size())
                .expect("Matcher::new parsed the patterns, which are literals or empty")
        })
    }

    fn each(&self) -> &Regex {
        self.each.get_or_init(|| {
            let trees: Vec<Hir> = self.patterns.iter().map(pattern::line_tree).collect();
            compile::overlapping(&trees, self.limits.without_size())
                .expect("the same trees were compiled with a size limit by Matcher::new")
        })
    }
}

#[cfg(test)]
mod tests;
