//! The answer by definition, one line at a time on one thread. Nothing of the engine is in it.

use std::{collections::BTreeSet, ops::Range};

use logscan::{CaseMode, Context, Error, Extent, Limit, Matcher, Patterns, Syntax};
use regex_automata::{Input, meta::Regex};
use regex_syntax::{
    ParserBuilder,
    hir::{Class, Hir, HirKind, Look},
};

use crate::REGEX_BYTES_MAX;

/// A line, by definition.
#[derive(Debug)]
pub struct PlainLine<'l> {
    /// The offset at which the line begins.
    pub offset: u64,
    /// The line without its LF. If the line is longer than the cap, its first bytes.
    pub text: &'l [u8],
    /// The part that is searched: the line without the CR of a CR LF.
    pub haystack: &'l [u8],
    /// Whether the line was longer than the cap.
    pub cut: bool,
    /// Whether the line had an LF or was cut.
    pub terminated: bool,
}

/// Returns the lines of a log that begin in the range.
pub fn lines<'l>(log: &'l [u8], range: &Range<u64>, max_line_bytes: usize) -> Vec<PlainLine<'l>> {
    let max_line_bytes = max_line_bytes.max(1);
    let mut lines = Vec::new();
    let mut offset = 0;
    for piece in log.split_inclusive(|&byte| byte == b'\n') {
        let (text, haystack, terminated) = match piece {
            [text @ .., b'\n'] => (text, text.strip_suffix(b"\r").unwrap_or(text), true),
            text => (text, text, false),
        };
        let cut = haystack.len() > max_line_bytes;
        let (text, haystack) = match cut {
            true => (&text[..max_line_bytes], &text[..max_line_bytes]),
            false => (text, haystack),
        };
        if range.contains(&offset) {
            lines.push(PlainLine {
                offset,
                text,
                haystack,
                cut,
                terminated: terminated || cut,
            });
        }
        offset += piece.len() as u64;
    }
    lines
}

/// The lines that are shown, as indices, and the hits among them.
#[derive(Debug, Default)]
pub struct Selection {
    /// The hits within the limit.
    pub hits: BTreeSet<usize>,
    /// The hits and their context.
    pub shown: Vec<usize>,
}

/// Applies limit and context to the lines that are hits.
pub fn select(mut hits: Vec<usize>, lines: usize, context: Context, limit: Limit) -> Selection {
    let clamped = |most: u64| usize::try_from(most).unwrap_or(usize::MAX);
    let context = match (context, limit) {
        (_, Limit::First(0) | Limit::Last(0)) => return Selection::default(),
        (Context::All, Limit::Last(_)) => Context::None,
        (context, _) => context,
    };
    match limit {
        Limit::All => {}
        Limit::First(most) => hits.truncate(clamped(most)),
        Limit::Last(most) => drop(hits.drain(..hits.len().saturating_sub(clamped(most)))),
    }
    let shown: BTreeSet<usize> = match context {
        Context::None => hits.iter().copied().collect(),
        Context::All => (0..lines).collect(),
        Context::Lines { before, after } => {
            let around = |&hit: &usize| {
                hit.saturating_sub(clamped(before))
                    ..=hit.saturating_add(clamped(after)).min(lines - 1)
            };
            hits.iter().flat_map(around).collect()
        }
    };
    Selection {
        hits: hits.into_iter().collect(),
        shown: shown.into_iter().collect(),
    }
}

/// Patterns that are compiled one by one.
#[derive(Debug)]
pub struct Naive {
    any: Side,
    and: Vec<Side>,
    not: Vec<Side>,
}

impl Naive {
    /// Compiles patterns that the engine has taken.
    ///
    /// # Panics
    /// If the patterns do not parse: then the engine should have refused them.
    pub fn new(patterns: &Patterns) -> Naive {
        let one = |pattern: &Vec<u8>| Side::new(patterns, std::slice::from_ref(pattern));
        Naive {
            any: Side::new(patterns, &patterns.patterns),
            and: patterns.and.iter().map(one).collect(),
            not: patterns.not.iter().map(one).collect(),
        }
    }

    /// Returns whether a line matches any pattern, all of `and` and none of `not`.
    pub fn is_match(&self, haystack: &[u8]) -> bool {
        self.any.is_match(haystack)
            && self.and.iter().all(|side| side.is_match(haystack))
            && !self.not.iter().any(|side| side.is_match(haystack))
    }

    /// Returns the matches of the patterns, from left to right without overlap, empty ones too.
    pub fn matches(&self, haystack: &[u8]) -> Vec<(usize, usize)> {
        self.any.matches(haystack)
    }

    /// Returns the patterns, by their index, that match a line, whatever `and` and `not` say.
    pub fn matching(&self, haystack: &[u8]) -> impl Iterator<Item = usize> {
        let (shown, parts) = self.any.view(haystack);
        let is_match = move |regex: &Regex| {
            parts
                .iter()
                .any(|part| regex.is_match(Input::new(&shown).range(part.clone())))
        };
        let patterns = self.any.regexes.iter().enumerate();
        patterns
            .filter(move |(_, regex)| is_match(regex))
            .map(|(nth, _)| nth)
    }

    /// Returns whether the answer may be different where a CR stands inside the line.
    ///
    /// With `(?R)` the regex crate has `^` and `$` around each CR. In logscan they are the ends of
    /// the line, with a CR or without.
    pub fn has_crlf_looks(&self) -> bool {
        [&self.any]
            .into_iter()
            .chain(&self.and)
            .chain(&self.not)
            .any(|side| side.has_crlf_looks)
    }
}

/// A list of patterns. Any of them may match.
#[derive(Debug)]
struct Side {
    regexes: Vec<Regex>,
    /// Whether bytes that are not UTF-8 are borders of words. They are with `-w`, if no pattern can
    /// match such bytes.
    splits: bool,
    has_crlf_looks: bool,
}

impl Side {
    fn new(how: &Patterns, patterns: &[Vec<u8>]) -> Side {
        let hirs: Vec<Hir> = patterns
            .iter()
            .map(|pattern| parse(how, pattern).expect("the engine took it"))
            .collect();
        let matches_only_utf8 = hirs.iter().all(|hir| hir.properties().is_utf8());
        let is_crlf = |hir: &Hir| {
            let looks = hir.properties().look_set();
            looks.contains(Look::StartCRLF) || looks.contains(Look::EndCRLF)
        };
        Side {
            splits: how.extent == Extent::Word && matches_only_utf8,
            has_crlf_looks: hirs.iter().any(is_crlf),
            regexes: hirs
                .into_iter()
                .map(|hir| compile(how.extent, hir))
                .collect(),
        }
    }

    fn is_match(&self, haystack: &[u8]) -> bool {
        let (shown, parts) = self.view(haystack);
        let matches = |part: &Range<usize>| {
            let input = Input::new(&shown).range(part.clone());
            self.regexes
                .iter()
                .any(|regex| regex.is_match(input.clone()))
        };
        parts.iter().any(matches)
    }

    fn matches(&self, haystack: &[u8]) -> Vec<(usize, usize)> {
        let (shown, parts) = self.view(haystack);
        let mut matches = Vec::new();
        for part in parts {
            let mut at = part.start;
            let mut last_end = None;
            while at <= part.end {
                let input = Input::new(&shown).range(at..part.end);
                let found = self
                    .regexes
                    .iter()
                    .filter_map(|regex| regex.search(&input))
                    .min_by_key(|found| found.start());
                let Some(found) = found else { break };
                if found.is_empty() && last_end == Some(found.end()) {
                    at += 1;
                    continue;
                }
                matches.push((found.start(), found.end()));
                last_end = Some(found.end());
                at = found.end();
            }
        }
        matches
    }

    /// Returns the line as the regex engine may see it, and the parts of it that are searched.
    fn view(&self, haystack: &[u8]) -> (Vec<u8>, Vec<Range<usize>>) {
        let whole = 0..haystack.len();
        if !self.splits || std::str::from_utf8(haystack).is_ok() {
            return (haystack.into(), vec![whole]);
        }
        let mut is_valid = vec![false; haystack.len()];
        let mut at = 0;
        for chunk in haystack.utf8_chunks() {
            is_valid[at..at + chunk.valid().len()].fill(true);
            at += chunk.valid().len() + chunk.invalid().len();
        }
        let shown = haystack
            .iter()
            .zip(&is_valid)
            .map(|(&byte, &valid)| if valid { byte } else { 0 })
            .collect();
        // A part begins wherever the decoder starts afresh: at the beginning, and behind each
        // invalid sequence.
        let mut parts = Vec::new();
        let mut at = 0;
        for chunk in haystack.utf8_chunks() {
            parts.push(at..at + chunk.valid().len());
            at += chunk.valid().len() + chunk.invalid().len();
        }
        if is_valid.last() == Some(&false) {
            parts.push(haystack.len()..haystack.len());
        }
        (shown, parts)
    }
}

fn compile(extent: Extent, hir: Hir) -> Regex {
    let hir = match extent {
        Extent::Anywhere => hir,
        Extent::Word => Hir::concat(vec![
            Hir::look(Look::WordStartHalfUnicode),
            hir,
            Hir::look(Look::WordEndHalfUnicode),
        ]),
        Extent::Line => Hir::concat(vec![Hir::look(Look::Start), hir, Hir::look(Look::End)]),
    };
    let config = Regex::config().utf8_empty(false).nfa_size_limit(None);
    Regex::builder()
        .configure(config)
        .build_from_hir(&hir)
        .expect("the engine compiled it")
}

/// Parses a pattern to a tree. Returns `None` if it is none.
fn parse(how: &Patterns, pattern: &[u8]) -> Option<Hir> {
    let ignore_case = how.case == CaseMode::Insensitive;
    if how.syntax == Syntax::Fixed && !ignore_case {
        return Some(Hir::literal(pattern));
    }
    let text = std::str::from_utf8(pattern).ok()?;
    let escaped = match how.syntax {
        Syntax::Fixed => regex_syntax::escape(text),
        Syntax::Regex => text.into(),
    };
    ParserBuilder::new()
        .utf8(false)
        .case_insensitive(ignore_case)
        .build()
        .parse(&escaped)
        .ok()
}

/// Compiles patterns in the engine, and checks that it refuses exactly what it must refuse.
pub fn check_refusal(patterns: &Patterns) -> Option<Matcher> {
    let all = [&patterns.patterns, &patterns.and, &patterns.not];
    let parsed: Option<Vec<Hir>> = all
        .into_iter()
        .flatten()
        .map(|pattern| parse(patterns, pattern))
        .collect();
    match Matcher::new(patterns) {
        Ok(matcher) => {
            assert!(
                parsed.is_some(),
                "taken, although it does not parse: {patterns:?}"
            );
            Some(matcher)
        }
        Err(Error::Pattern { reason, .. }) => {
            let is_too_large = reason.contains(&format!("larger than {REGEX_BYTES_MAX} bytes"));
            let is_right = is_too_large || parsed.is_none_or(|hirs| hirs.iter().any(has_newline));
            assert!(is_right, "refused: {reason}: {patterns:?}");
            None
        }
        Err(other) => panic!("not an error of a pattern: {other}"),
    }
}

/// Returns whether an LF is anywhere in a pattern.
fn has_newline(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Literal(literal) => literal.0.contains(&b'\n'),
        HirKind::Class(Class::Unicode(class)) => class
            .iter()
            .any(|range| range.start() <= '\n' && '\n' <= range.end()),
        HirKind::Class(Class::Bytes(class)) => class
            .iter()
            .any(|range| range.start() <= b'\n' && b'\n' <= range.end()),
        HirKind::Empty | HirKind::Look(_) => false,
        HirKind::Repetition(repetition) => has_newline(&repetition.sub),
        HirKind::Capture(capture) => has_newline(&capture.sub),
        HirKind::Concat(subs) | HirKind::Alternation(subs) => subs.iter().any(has_newline),
    }
}
