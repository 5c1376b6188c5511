//! Regexes, compiled within the limits that the user or the patterns set.

use regex_automata::{
    MatchKind,
    meta::{BuildError, Regex},
    util::syntax,
};
use regex_syntax::hir::Hir;

use super::pattern;

/// How large a regex may become.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Compiled, in bytes; None is for any size.
    pub(super) regex_bytes_max: Option<usize>,
    /// The cache of each lazy DFA, in bytes; None is for what the regex needs.
    pub(super) dfa_bytes_max: Option<usize>,
}

impl Limits {
    /// The least that a lazy DFA's cache is allowed if the user says nothing: twice the regex crate's default.
    const DFA_BYTES_LEAST: usize = 4 << 20;
    /// The most, whatever the patterns.
    const DFA_BYTES_MOST: usize = 256 << 20;
    /// What a cache is allowed for each state of the NFA. regex-automata builds no lazy DFA below about 22 (its
    /// `minimum_cache_capacity`), and takes an engine then that is hundreds of times slower. A list of 30,000 words with
    /// `-i`, on real logs: 64 took 1.2 times as long as 128, more made no difference.
    const DFA_BYTES_PER_STATE: usize = 128;

    /// The same, of a regex that was compiled with them before and is no larger.
    pub(super) fn without_size(self) -> Limits {
        Limits {
            regex_bytes_max: None,
            ..self
        }
    }

    /// How much the cache of each lazy DFA may take for these trees. It takes no more of it than the log makes it need.
    fn dfa_bytes(self, trees: &[Hir]) -> usize {
        self.dfa_bytes_max.unwrap_or_else(|| {
            let states = trees.iter().map(pattern::state_count).sum::<usize>();
            let wanted = states.saturating_mul(Limits::DFA_BYTES_PER_STATE);
            wanted.clamp(Limits::DFA_BYTES_LEAST, Limits::DFA_BYTES_MOST)
        })
    }

    /// Why a regex could not be built within them, and what to do.
    pub(super) fn reason(self, error: &BuildError) -> String {
        match (error.size_limit(), self.regex_bytes_max) {
            (Some(_), Some(bytes)) => format!(
                "compiled it is larger than {bytes} bytes; raise the limit with --regex-size-limit"
            ),
            _ => error.to_string(),
        }
    }
}

/// One that finds the leftmost match of any of the trees, and of those the one of the tree that comes first.
pub(super) fn regex(trees: &[Hir], limits: Limits) -> Result<Regex, Box<BuildError>> {
    build(trees, limits, MatchKind::LeftmostFirst)
}

/// One that can tell which of the trees match.
pub(super) fn overlapping(trees: &[Hir], limits: Limits) -> Result<Regex, Box<BuildError>> {
    build(trees, limits, MatchKind::All)
}

fn build(trees: &[Hir], limits: Limits, kind: MatchKind) -> Result<Regex, Box<BuildError>> {
    let config = Regex::config()
        .match_kind(kind)
        .utf8_empty(false)
        .nfa_size_limit(limits.regex_bytes_max)
        .hybrid_cache_capacity(limits.dfa_bytes(trees));
    Regex::builder()
        .configure(config)
        .syntax(syntax::Config::new().utf8(false))
        .build_many_from_hir(trees)
        .map_err(Box::new)
}

#[cfg(test)]
mod tests {
    use regex_automata::hybrid::dfa::DFA;
    use regex_automata::nfa::thompson::NFA;

    use super::*;
    use crate::matcher::{CaseMode, Patterns, Syntax};

    /// The regex for blocks of these patterns, with the cache that they get by default.
    fn lazy_dfa(patterns: Patterns) -> Result<DFA, String> {
        let parsed = pattern::parse(&patterns).unwrap();
        let trees = parsed.iter().map(|one| pattern::block_tree(&one.wide));
        let tree = Hir::alternation(trees.collect());
        let limits = Limits {
            regex_bytes_max: None,
            dfa_bytes_max: patterns.dfa_bytes_max,
        };
        let nfa = NFA::compiler().build_from_hir(&tree).unwrap();
        let cache_bytes = limits.dfa_bytes(&[tree]);
        DFA::builder()
            .configure(DFA::config().cache_capacity(cache_bytes))
            .build_from_nfa(nfa)
            .map_err(|error| error.to_string())
    }

    fn words(count: usize) -> Patterns {
        let word = |index: usize| format!("worker{index:05}stopped").into_bytes();
        Patterns {
            patterns: (0..count).map(word).collect(),
            syntax: Syntax::Fixed,
            case: CaseMode::Insensitive,
            ..Patterns::default()
        }
    }

    #[test]
    fn patterns_of_any_size_that_compiles_get_a_cache_in_which_a_lazy_dfa_can_be_built() {
        lazy_dfa(words(30_000)).unwrap();
        lazy_dfa(Patterns::new(r"\w{1000}x")).unwrap();
        lazy_dfa(Patterns::new(r"(\pL{20}|[^a]{30}){25}")).unwrap();
        lazy_dfa(Patterns::new(
            "((((((((((x?){3}){3}){3}){3}){3}){3}){3}){3}){3}){3}",
        ))
        .unwrap();
    }

    #[test]
    fn a_cache_that_the_user_limits_stays_within_that() {
        let limited = Patterns {
            dfa_bytes_max: Some(4 << 20),
            ..words(30_000)
        };
        let error = lazy_dfa(limited).unwrap_err();
        assert!(error.contains("cache"), "{error}");
    }

    #[test]
    fn a_short_pattern_gets_the_least_cache_and_the_largest_no_more_than_the_most() {
        let limits = Limits {
            regex_bytes_max: None,
            dfa_bytes_max: None,
        };
        let of_text = |bytes: usize| limits.dfa_bytes(&[Hir::literal(vec![b'x'; bytes])]);
        assert_eq!(of_text(5), Limits::DFA_BYTES_LEAST);
        assert_eq!(of_text(1 << 16), 8 << 20);
        assert_eq!(of_text(1 << 22), Limits::DFA_BYTES_MOST);
    }
}
