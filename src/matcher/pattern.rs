//! Turns what the user typed into syntax trees in which every line has its own beginning and end.
//!
//! Each line is a haystack of its own, but logscan searches whole chunks. So each pattern becomes
//! two trees:
//! - the *line* tree is the definition: it runs on one line without LF and CR, and `^ $ \A \z`
//!   (with or without `(?m)`) are its ends;
//! - the *block* tree runs on many lines at once and finds every line that the line tree finds, and
//!   few others: `^` matches behind an LF, `$` before an LF or a CR, and nothing else can match an
//!   LF.

use std::collections::VecDeque;

use regex_syntax::{
    ParserBuilder,
    hir::{
        self, Class, ClassBytes, ClassBytesRange, ClassUnicode, ClassUnicodeRange, Hir, HirKind,
        Look,
    },
    utf8::Utf8Sequences,
};

use super::{CaseMode, Extent, Patterns, Syntax};
use crate::error::Error;

/// A parsed pattern, with `^` and `$` as the user wrote them.
#[derive(Debug)]
pub(super) struct Parsed {
    /// The tree with `-w` or `-x` applied.
    pub(super) exact: Hir,
    /// A tree that finds every line that `exact` finds. With `-w` it is the bare pattern without
    /// those word boundaries that are false in the regex engine next to bytes that are not UTF-8.
    /// GNU grep has a boundary there.
    pub(super) wide: Hir,
    /// Whether `wide` is the pattern with all of its look-arounds.
    pub(super) wide_is_whole: bool,
}

/// Parses every pattern.
pub(super) fn parse(patterns: &Patterns) -> Result<Vec<Parsed>, Error> {
    let ignore_case = match patterns.case {
        CaseMode::Sensitive => false,
        CaseMode::Insensitive => true,
        CaseMode::Smart => is_smartly_insensitive(patterns),
    };
    patterns
        .patterns
        .iter()
        .map(|pattern| parse_one(patterns, pattern, ignore_case))
        .collect()
}

fn parse_one(patterns: &Patterns, pattern: &[u8], ignore_case: bool) -> Result<Parsed, Error> {
    let error = |reason: String| Error::Pattern {
        pattern: String::from_utf8_lossy(pattern).into_owned(),
        reason,
    };
    let hir = match patterns.syntax {
        Syntax::Fixed if !ignore_case => Hir::literal(pattern),
        syntax => {
            let text = std::str::from_utf8(pattern).map_err(|_| {
                error(
                    "it is not UTF-8; write such bytes as (?-u:\\xFF), or use --fixed-strings"
                        .into(),
                )
            })?;
            let escaped = match syntax {
                Syntax::Fixed => regex_syntax::escape(text),
                Syntax::Regex => text.into(),
            };
            ParserBuilder::new()
                .utf8(false)
                .case_insensitive(ignore_case)
                .build()
                .parse(&escaped)
                .map_err(|why| error(syntax_reason(&why)))?
        }
    };
    if never_matches_in_a_line(&hir) {
        return Err(error(NO_NEWLINE.into()));
    }
    let within = |start, end| Hir::concat(vec![Hir::look(start), hir.clone(), Hir::look(end)]);
    Ok(match patterns.extent {
        Extent::Anywhere => Parsed {
            exact: hir.clone(),
            wide: hir,
            wide_is_whole: true,
        },
        Extent::Word => {
            let exact = within(Look::WordStartHalfUnicode, Look::WordEndHalfUnicode);
            let is_left_out = |look: Look| {
                matches!(
                    look,
                    Look::WordUnicodeNegate | Look::WordStartHalfUnicode | Look::WordEndHalfUnicode
                )
            };
            let wide = map(&hir, KeptGroups::Kept, &|look| match is_left_out(look) {
                true => Hir::empty(),
                false => Hir::look(look),
            });
            Parsed {
                exact,
                wide,
                wide_is_whole: !hir.properties().look_set().iter().any(is_left_out),
            }
        }
        Extent::Line => {
            let exact = within(Look::Start, Look::End);
            Parsed {
                wide: exact.clone(),
                exact,
                wide_is_whole: true,
            }
        }
    })
}

const NO_NEWLINE: &str = "a line has no \\n in it, so this can match nothing; search for the lines one by one, with --and or with context";

/// Returns what is wrong with a pattern, in one line. The parser's own text draws the pattern over
/// several lines.
fn syntax_reason(error: &regex_syntax::Error) -> String {
    let (kind, at) = match error {
        regex_syntax::Error::Parse(error) => (error.kind().to_string(), error.span().start.offset),
        regex_syntax::Error::Translate(error) => {
            (error.kind().to_string(), error.span().start.offset)
        }
        other => return other.to_string(),
    };
    format!("{kind} (at byte {at}); --fixed-strings searches for the text as it is")
}

/// Returns whether smart case means "insensitive": the patterns have letters or digits as such, and
/// none of them is upper case.
fn is_smartly_insensitive(patterns: &Patterns) -> bool {
    let mut any_literal = false;
    for pattern in &patterns.patterns {
        let text = String::from_utf8_lossy(pattern);
        let literals = match patterns.syntax {
            Syntax::Fixed => text.chars().collect(),
            Syntax::Regex => literals_of(&text),
        };
        any_literal |= !literals.is_empty();
        if literals.iter().any(|c| c.is_uppercase()) {
            return false;
        }
    }
    any_literal
}

/// Returns the characters that a pattern names as themselves: `\W` and `\p{Lu}` name none.
fn literals_of(pattern: &str) -> Vec<char> {
    use regex_syntax::ast::{self, Ast, ClassSetItem};

    struct Literals(Vec<char>);
    impl ast::Visitor for Literals {
        type Output = Vec<char>;
        type Err = ();

        fn finish(self) -> Result<Vec<char>, ()> {
            Ok(self.0)
        }

        fn visit_pre(&mut self, ast: &Ast) -> Result<(), ()> {
            if let Ast::Literal(literal) = ast {
                self.0.push(literal.c);
            }
            Ok(())
        }

        fn visit_class_set_item_pre(&mut self, item: &ClassSetItem) -> Result<(), ()> {
            match item {
                ClassSetItem::Literal(literal) => self.0.push(literal.c),
                ClassSetItem::Range(range) => self.0.extend([range.start.c, range.end.c]),
                _ => {}
            }
            Ok(())
        }
    }
    // A pattern that does not parse gets its error from the real parser.
    ast::parse::Parser::new()
        .parse(pattern)
        .ok()
        .and_then(|ast| ast::visit(&ast, Literals(Vec::new())).ok())
        .unwrap_or_default()
}

/// Returns whether a tree finds nothing in any line because it needs an LF.
fn never_matches_in_a_line(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Literal(literal) => literal.0.contains(&b'\n'),
        HirKind::Class(class) => !class.is_empty() && without_newline(class).is_empty(),
        HirKind::Empty | HirKind::Look(_) => false,
        HirKind::Repetition(repetition) => {
            repetition.min > 0 && never_matches_in_a_line(&repetition.sub)
        }
        HirKind::Capture(capture) => never_matches_in_a_line(&capture.sub),
        HirKind::Concat(subs) => subs.iter().any(never_matches_in_a_line),
        HirKind::Alternation(subs) => subs.iter().all(never_matches_in_a_line),
    }
}

/// Returns the tree for one line. The ends of the line are the ends of its haystack.
pub(super) fn line_tree(hir: &Hir) -> Hir {
    map(hir, KeptGroups::Kept, &|look| {
        Hir::look(match look {
            Look::Start | Look::StartLF | Look::StartCRLF => Look::Start,
            Look::End | Look::EndLF | Look::EndCRLF => Look::End,
            other => other,
        })
    })
}

/// Returns the tree for a block of lines. `$` becomes the end of a line with LF or CR LF. It is
/// then also true before any other CR, so what it finds there is checked with the line tree (see
/// `Exactness`).
pub(super) fn block_tree(hir: &Hir) -> Hir {
    map(hir, KeptGroups::Dropped, &|look| {
        Hir::look(match look {
            Look::Start | Look::StartLF | Look::StartCRLF => Look::StartLF,
            Look::End | Look::EndLF | Look::EndCRLF => Look::EndCRLF,
            other => other,
        })
    })
}

/// Shortens a block tree that only has to tell which lines match, and not where: repetitions at its
/// ends become as short as they may be.
///
/// A line that matches `blk_[0-9]+` has a match of `blk_[0-9]` in it, and the other way round,
/// because nothing behind the repetition asks what comes next. So `.*timeout.*` is a search for a
/// literal.
pub(super) fn trimmed(tree: &Hir) -> Hir {
    trimmed_at(&trimmed_behind(tree), TreeEnd::Front)
}

/// Does what [`trimmed`] does, at the back only. Where the result matches, the whole tree matches
/// too.
pub(super) fn trimmed_behind(tree: &Hir) -> Hir {
    trimmed_at(tree, TreeEnd::Back)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum TreeEnd {
    Front,
    Back,
}

fn trimmed_at(tree: &Hir, end: TreeEnd) -> Hir {
    match tree.kind() {
        HirKind::Repetition(repetition) => match repetition.min {
            0 => Hir::empty(),
            1 => trimmed_at(&repetition.sub, end),
            min => Hir::repetition(hir::Repetition {
                min,
                max: Some(min),
                greedy: repetition.greedy,
                sub: repetition.sub.clone(),
            }),
        },
        HirKind::Alternation(subs) => {
            Hir::alternation(subs.iter().map(|sub| trimmed_at(sub, end)).collect())
        }
        HirKind::Concat(subs) => {
            let mut left: VecDeque<Hir> = subs.iter().cloned().collect();
            let take = |left: &mut VecDeque<Hir>| match end {
                TreeEnd::Front => left.pop_front(),
                TreeEnd::Back => left.pop_back(),
            };
            while let Some(outermost) = take(&mut left) {
                let outermost = trimmed_at(&outermost, end);
                if !matches!(outermost.kind(), HirKind::Empty) {
                    match end {
                        TreeEnd::Front => left.push_front(outermost),
                        TreeEnd::Back => left.push_back(outermost),
                    }
                    break;
                }
            }
            Hir::concat(left.into())
        }
        HirKind::Empty
        | HirKind::Literal(_)
        | HirKind::Class(_)
        | HirKind::Look(_)
        | HirKind::Capture(_) => tree.clone(),
    }
}

/// Estimates how many states the NFA of a tree has, rather too many than too few. The ways to write
/// the characters of a class have states in common, which are counted for each of them.
pub(super) fn state_count(tree: &Hir) -> usize {
    let sum = |subs: &[Hir]| {
        subs.iter()
            .map(state_count)
            .fold(subs.len(), usize::saturating_add)
    };
    match tree.kind() {
        HirKind::Empty | HirKind::Look(_) => 1,
        HirKind::Literal(literal) => literal.0.len(),
        HirKind::Class(Class::Bytes(_)) => 1,
        HirKind::Class(Class::Unicode(class)) if class.is_ascii() => 1,
        // Each way to write some of them is a run of ranges of bytes. One more state for each run
        // chooses among them.
        HirKind::Class(Class::Unicode(class)) => class
            .ranges()
            .iter()
            .flat_map(|range| Utf8Sequences::new(range.start(), range.end()))
            .map(|ways| ways.len() + 1)
            .sum(),
        HirKind::Repetition(repetition) => {
            let copies = repetition.max.unwrap_or(repetition.min).max(1);
            // Each copy has one state, or two if the copy may be left out.
            (state_count(&repetition.sub).saturating_add(2)).saturating_mul(copies as usize)
        }
        HirKind::Capture(capture) => state_count(&capture.sub).saturating_add(2),
        HirKind::Concat(subs) | HirKind::Alternation(subs) => sum(subs),
    }
}

/// Whether a tree keeps its capture groups. Without them the engine can do more with its literals.
#[derive(Clone, Copy)]
enum KeptGroups {
    Kept,
    Dropped,
}

/// Rebuilds a tree with other look-arounds, and without what needs an LF. A block has LFs, a line
/// has none. Groups that are kept stay where they are, because their numbers must not change.
fn map(hir: &Hir, groups: KeptGroups, look: &impl Fn(Look) -> Hir) -> Hir {
    let keeps_groups =
        matches!(groups, KeptGroups::Kept) && hir.properties().explicit_captures_len() > 0;
    if never_matches_in_a_line(hir) && !keeps_groups {
        return Hir::fail();
    }
    match hir.kind() {
        HirKind::Empty | HirKind::Literal(_) => hir.clone(),
        HirKind::Class(class) => Hir::class(without_newline(class)),
        HirKind::Look(old) => look(*old),
        HirKind::Repetition(repetition) => {
            match (map(&repetition.sub, groups, look), repetition.min) {
                (sub, 0) if sub == Hir::fail() => Hir::empty(),
                (sub, _) => Hir::repetition(repetition.with(sub)),
            }
        }
        HirKind::Capture(capture) if matches!(groups, KeptGroups::Dropped) => {
            map(&capture.sub, groups, look)
        }
        HirKind::Capture(capture) => Hir::capture(hir::Capture {
            index: capture.index,
            name: capture.name.clone(),
            sub: Box::new(map(&capture.sub, groups, look)),
        }),
        HirKind::Concat(subs) => {
            Hir::concat(subs.iter().map(|sub| map(sub, groups, look)).collect())
        }
        HirKind::Alternation(subs) => {
            let subs = subs.iter().map(|sub| map(sub, groups, look));
            Hir::alternation(subs.filter(|sub| *sub != Hir::fail()).collect())
        }
    }
}

fn without_newline(class: &Class) -> Class {
    match class {
        Class::Unicode(class) => {
            let mut class = class.clone();
            class.difference(&ClassUnicode::new([ClassUnicodeRange::new('\n', '\n')]));
            Class::Unicode(class)
        }
        Class::Bytes(class) => {
            let mut class = class.clone();
            class.difference(&ClassBytes::new([ClassBytesRange::new(b'\n', b'\n')]));
            Class::Bytes(class)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(pattern: &str) -> Hir {
        let mut parser = ParserBuilder::new();
        parser.utf8(false).build().parse(pattern).unwrap()
    }

    #[test]
    fn repetitions_at_the_ends_are_as_short_as_they_may_be() {
        for (pattern, front_and_back, back) in [
            ("blk_[0-9]+", "blk_[0-9]", "blk_[0-9]"),
            (".*timeout.*", "timeout", ".*timeout"),
            ("a+bc?", "ab", "a+b"),
            ("x{2,5}y", "x{2}y", "x{2,5}y"),
            ("x{2,5}", "x{2}", "x{2}"),
            ("a*|b+", "|b", "|b"),
            ("(a+)", "(a+)", "(a+)"),
            ("^a*", "^", "^"),
            ("a*b*", "", ""),
            ("ab", "ab", "ab"),
        ] {
            let whole = tree(pattern);
            assert_eq!(trimmed(&whole), tree(front_and_back), "{pattern}");
            assert_eq!(trimmed_behind(&whole), tree(back), "{pattern} behind");
        }
    }

    #[test]
    fn ends_of_lines_are_those_of_the_haystack_or_stand_next_to_line_feeds() {
        for (pattern, line, block) in [
            ("^a$", r"\Aa\z", "(?m:^)a(?mR:$)"),
            (r"(?m)^a$", r"\Aa\z", "(?m:^)a(?mR:$)"),
            (r"\Aa|b\z", r"\Aa|b\z", "(?m:^)a|b(?mR:$)"),
            (r"\ba\B", r"\ba\B", r"\ba\B"),
            ("(a)[^b]", r"(a)[^b\n]", r"a[^b\n]"),
            (r"a\s", r"a[\s--\n]", r"a[\s--\n]"),
        ] {
            assert_eq!(line_tree(&tree(pattern)), tree(line), "{pattern}");
            assert_eq!(block_tree(&tree(pattern)), tree(block), "{pattern}");
        }
    }

    #[test]
    fn case_is_ignored_in_smart_mode_if_there_are_letters_and_all_are_small() {
        for (patterns, syntax, want) in [
            (&["error"][..], Syntax::Regex, true),
            (&["Error"], Syntax::Regex, false),
            (&["error", "Warn"], Syntax::Regex, false),
            (&[r"\W\p{Lu}x"], Syntax::Regex, true),
            (&[r"\W\p{Lu}"], Syntax::Regex, false),
            (&["[A-Z]"], Syntax::Regex, false),
            (&["[a-z]"], Syntax::Regex, true),
            (&[r"\Werror"], Syntax::Fixed, false),
            (&["4(04"], Syntax::Fixed, true),
            (&[], Syntax::Regex, false),
        ] {
            let patterns = Patterns {
                patterns: patterns.iter().map(|one| (*one).into()).collect(),
                syntax,
                ..Patterns::default()
            };
            assert_eq!(is_smartly_insensitive(&patterns), want, "{patterns:?}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_pattern_is_said_in_one_line() {
        for (pattern, want) in [
            ("f(", "unclosed group (at byte 1); --fixed-strings"),
            (r"a\p{nothing}", "(at byte 1); --fixed-strings"),
            (r"a\nb", "a line has no \\n in it"),
        ] {
            let error = parse(&Patterns::new(pattern)).unwrap_err().to_string();
            assert!(error.contains(want) && !error.contains('\n'), "{error}");
        }
        let bytes = Patterns {
            patterns: vec![b"\xff".to_vec()],
            ..Patterns::default()
        };
        let error = parse(&bytes).unwrap_err().to_string();
        assert!(error.contains("it is not UTF-8"), "{error}");
    }

    #[test]
    fn states_are_counted_at_least() {
        for (pattern, least, most) in [
            ("", 1, 1),
            ("abc", 3, 3),
            ("[a-z]", 1, 1),
            ("(?-u:[^a])", 1, 1),
            ("a{10}", 10, 40),
            ("(ab|c)+", 4, 20),
            (r"\w", 100, 10_000),
            (r"(\w{1000}){1000}", 100_000_000, usize::MAX),
        ] {
            let count = state_count(&tree(pattern));
            assert!((least..=most).contains(&count), "{pattern}: {count}");
        }
    }
}
