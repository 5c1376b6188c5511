//! Compiles regexes within the limits that the user or the patterns set.

use regex_automata::{
    MatchKind,
    meta::{BuildError, Regex},
    util::syntax,
};
use regex_syntax::hir::Hir;

use super::pattern;

/// The limits on the size of a regex.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// The size of the compiled regex, in bytes. `None`: any size.
    pub(super) regex_bytes_max: Option<usize>,
    /// The cache of each lazy DFA, in bytes. `None`: as much as the regex needs.
    pub(super) dfa_bytes_max: Option<usize>,
}

impl Limits {
    /// A lazy DFA's cache is allowed at least this much if the user says nothing: twice the regex
    /// crate's default.
    const DFA_BYTES_LEAST: usize = 4 << 20;
    /// A lazy DFA's cache is allowed at most this much, whatever the patterns.
    const DFA_BYTES_MOST: usize = 256 << 20;
    /// How much cache is allowed for each state of the NFA. regex-automata needs 27 bytes for each
    /// state and some 40 for each pattern (its `minimum_cache_capacity`). With less it builds no
    /// lazy DFA and takes an engine that is hundreds of times slower. 30,000 words with `-i` on 30
    /// MB of real logs took 1.2 times as long with half of this value, and as long with twice of it
    /// (2 cores, 2026-11).
    const DFA_BYTES_PER_STATE: usize = 128;

    /// Returns the limits without one on the size, for a regex that is known to fit.
    pub(super) fn without_size(self) -> Limits {
        Limits {
            regex_bytes_max: None,
            ..self
        }
    }

    /// Returns how much the cache of each lazy DFA may take for these trees. The cache takes only
    /// as much of it as the log makes it need.
    fn dfa_bytes(self, trees: &[Hir]) -> usize {
        self.dfa_bytes_max.unwrap_or_else(|| {
            let counts = trees.iter().map(pattern::state_count);
            let states = counts.fold(trees.len(), usize::saturating_add);
            let wanted = states.saturating_mul(Limits::DFA_BYTES_PER_STATE);
            wanted.clamp(Limits::DFA_BYTES_LEAST, Limits::DFA_BYTES_MOST)
        })
    }

    /// Says why a regex could not be built within the limits, and what to do.
    pub(super) fn reason(self, error: &BuildError) -> String {
        match (error.size_limit(), self.regex_bytes_max) {
            (Some(_), Some(bytes)) => format!(
                "compiled it is larger than {bytes} bytes; raise the limit with --regex-size-limit"
            ),
            _ => error.to_string(),
        }
    }
}

/// Builds a regex that finds the leftmost match of any of the trees. If several match there, the
/// first tree wins.
pub(super) fn regex(trees: &[Hir], limits: Limits) -> Result<Regex, Box<BuildError>> {
    build(trees, limits, MatchKind::LeftmostFirst)
}

/// Builds a regex that can tell which of the trees match.
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
    use regex_automata::{
        hybrid::dfa::DFA,
        nfa::thompson::{NFA, WhichCaptures},
    };

    use super::*;
    use crate::matcher::{CaseMode, Matcher, Patterns, Syntax};

    /// Builds the lazy DFAs, forward and backward, that the regex for blocks of these patterns has,
    /// with the cache that the regex gives them.
    fn build_lazy_dfas(patterns: &Patterns) -> Result<(), String> {
        let parsed = pattern::parse(patterns).unwrap();
        let trees = parsed.iter().map(|one| pattern::block_tree(&one.wide));
        let tree = Hir::alternation(trees.collect());
        let limits = Limits {
            regex_bytes_max: None,
            dfa_bytes_max: patterns.dfa_bytes_max,
        };
        let regex = regex(std::slice::from_ref(&tree), limits).unwrap();
        let cache_bytes = regex.get_config().get_hybrid_cache_capacity();
        for is_reverse in [false, true] {
            let nfa = NFA::config()
                .reverse(is_reverse)
                .shrink(false)
                .which_captures(WhichCaptures::None);
            let nfa = NFA::compiler()
                .configure(nfa)
                .build_from_hir(&tree)
                .unwrap();
            let dfa = DFA::config()
                .starts_for_each_pattern(true)
                .cache_capacity(cache_bytes);
            DFA::builder()
                .configure(dfa)
                .build_from_nfa(nfa)
                .map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    fn thirty_thousand_words() -> Patterns {
        let word = |index: usize| format!("worker{index:05}stopped").into_bytes();
        Patterns {
            patterns: (0..30_000).map(word).collect(),
            syntax: Syntax::Fixed,
            case: CaseMode::Insensitive,
            ..Patterns::default()
        }
    }

    #[test]
    fn patterns_of_a_million_states_get_a_cache_in_which_a_lazy_dfa_can_be_built() {
        build_lazy_dfas(&thirty_thousand_words()).unwrap();
        let large = [
            r"\w{1000}x",
            r"(\pL{20}|[^a]{30}){25}",
            r"[^\x00-\x1f]{6000}",
            r"(?:x?){50000}",
            "((((((((((x?){3}){3}){3}){3}){3}){3}){3}){3}){3}){3}",
        ];
        for pattern in large {
            let built = build_lazy_dfas(&Patterns::new(pattern));
            assert_eq!(built, Ok(()), "{pattern}");
        }
    }

    #[test]
    fn a_cache_that_the_user_limits_stays_within_that() {
        let limited = Patterns {
            dfa_bytes_max: Some(4 << 20),
            ..thirty_thousand_words()
        };
        let error = build_lazy_dfas(&limited).unwrap_err();
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
        assert_eq!(of_text((1 << 16) - 1), 8 << 20);
        assert_eq!(of_text(1 << 22), Limits::DFA_BYTES_MOST);
    }

    #[test]
    fn a_pattern_that_grows_too_large_names_the_flag_that_raises_the_limit() {
        let patterns = Patterns {
            regex_bytes_max: 1000,
            ..Patterns::new(r"\w{100}")
        };
        let error = Matcher::new(&patterns).unwrap_err().to_string();
        assert!(error.contains("--regex-size-limit"), "{error}");
    }

    #[test]
    fn a_pattern_that_matches_everything_is_no_larger_than_the_limit_either() {
        let patterns = Patterns {
            regex_bytes_max: 1000,
            ..Patterns::new(r"(?:\w{100})?")
        };
        let error = Matcher::new(&patterns).unwrap_err().to_string();
        assert!(error.contains("--regex-size-limit"), "{error}");
    }

    #[test]
    fn a_pattern_with_more_states_than_can_be_counted_names_the_flag_too() {
        let mut pattern = "x".to_owned();
        for _ in 0..8 {
            pattern = format!("({pattern}{{1000}})");
        }
        let error = Matcher::new(&Patterns::new(format!("ERROR{pattern}*"))).unwrap_err();
        assert!(error.to_string().contains("--regex-size-limit"), "{error}");
    }
}
