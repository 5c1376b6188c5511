//! Compares every engine with the `regex` crate, which gets each line by itself. The patterns have
//! every look-around of the syntax. The lines are all short lines of an alphabet in which words,
//! CRs and characters outside of ASCII meet in every way.
//!
//! `-w` means what ripgrep says: a match counts if no word character stands directly before or
//! behind it, which is `\b{start-half}(?:PATTERN)\b{end-half}`. Bytes that are not UTF-8 are no
//! word characters, as for GNU grep.

use std::ops::ControlFlow;

use regex::bytes::{Regex, RegexBuilder};

use super::*;

/// Every look-around of the syntax, alone and as flags change it.
const LOOKS: &[&str] = &[
    "",
    "^",
    "$",
    "(?m:^)",
    "(?m:$)",
    "(?mR:^)",
    "(?mR:$)",
    r"\A",
    r"\z",
    r"\b",
    r"\B",
    r"\b{start}",
    r"\b{end}",
    r"\b{start-half}",
    r"\b{end-half}",
    r"\<",
    r"\>",
    r"(?-u:\b)",
    r"(?-u:\B)",
    r"(?-u:\b{start})",
    r"(?-u:\b{end})",
    r"(?-u:\b{start-half})",
    r"(?-u:\b{end-half})",
    r"(?-u:\<)",
    r"(?-u:\>)",
];

/// Where a look-around, `@`, stands in a pattern. Without the look-around these patterns are a
/// literal, sequences, or patterns for the regex engine.
const PLACES: &[&str] = &[
    "@",
    "@a",
    "a@",
    "@a@",
    "a@b",
    "@ab|b-",
    "a|b@",
    "@(?:a|-)@",
    "(?:@a|b)",
    "(?:@a)?b",
    "a(?:b@)?",
    "(?:a@)+",
    "(?:@b)*-",
    "(a)@(b)?",
    "[ab]@[ -]",
    "@[^a]",
    "@é|é@",
    r"a@\s",
    r"@\w+",
    "-*@a*",
    "(?:a*|-)@",
    "@b@(?:a| )@",
];

/// The parts that lines are made of. The last one is not UTF-8.
const PARTS: &[&[u8]] = &[b"a", b"-", "é".as_bytes(), b"\r", b"b", b" ", b"\xff"];

/// Returns all lines of up to two parts, and of three of the first parts.
fn short_lines() -> Vec<Vec<u8>> {
    let mut all = lines(PARTS, 2);
    all.extend(
        lines(&PARTS[..5], 3)
            .into_iter()
            .filter(|line| !all.contains(line))
            .collect::<Vec<_>>(),
    );
    all
}

/// Returns all lines of up to `most` parts.
fn lines(parts: &[&[u8]], most: usize) -> Vec<Vec<u8>> {
    let mut all = vec![Vec::new()];
    let mut longest = 0..1;
    for _ in 0..most {
        let start = all.len();
        for at in longest {
            for part in parts {
                let line = [all[at].as_slice(), part].concat();
                all.push(line);
            }
        }
        longest = start..all.len();
    }
    all
}

/// The oracle's form of what is looked for.
struct Oracle {
    extent: Extent,
    ignore_case: bool,
    pattern: String,
    /// The regex for its matches; with `-w` only for lines that are UTF-8.
    whole: Regex,
    /// The regex for a character that is a word character by itself.
    word: Regex,
    /// The bare pattern between so many bytes, compiled when it is first needed.
    between: std::collections::HashMap<(usize, usize), Regex>,
}

fn compile(pattern: &str, ignore_case: bool) -> Regex {
    let mut builder = RegexBuilder::new(pattern);
    builder.case_insensitive(ignore_case).build().unwrap()
}

impl Oracle {
    fn new(pattern: &str, extent: Extent, ignore_case: bool) -> Oracle {
        let whole = match extent {
            Extent::Anywhere => pattern.into(),
            Extent::Word => format!(r"\b{{start-half}}(?:{pattern})\b{{end-half}}"),
            Extent::Line => format!(r"\A(?:{pattern})\z"),
        };
        Oracle {
            extent,
            ignore_case,
            pattern: pattern.into(),
            whole: compile(&whole, ignore_case),
            word: compile(r"\A\w\z", false),
            between: std::collections::HashMap::new(),
        }
    }

    /// Returns whether the regex crate means the same by a word as `-w`: it does not next to bytes
    /// that are not UTF-8.
    fn knows_spans_of(&self, line: &[u8]) -> bool {
        self.extent != Extent::Word || std::str::from_utf8(line).is_ok()
    }

    fn is_match(&mut self, line: &[u8]) -> bool {
        match self.knows_spans_of(line) {
            true => self.whole.is_match(line),
            false => self.has_word(line),
        }
    }

    /// Follows the definition of `-w` letter by letter: some part of the line, of any length,
    /// matches the pattern and stands between two characters that are no word characters.
    fn has_word(&mut self, line: &[u8]) -> bool {
        let mut shown = Vec::new();
        let mut parts = vec![];
        for chunk in line.utf8_chunks() {
            let start = shown.len();
            shown.extend_from_slice(chunk.valid().as_bytes());
            parts.push(start..shown.len());
            shown.resize(shown.len() + chunk.invalid().len(), 0);
        }
        parts.push(shown.len()..shown.len());
        let text = String::from_utf8(shown).unwrap();
        let spans = parts.into_iter().flat_map(|part| {
            let ends = part.clone().chain([part.end]);
            ends.flat_map(move |start| (start..=part.end).map(move |end| (start, end)))
        });
        spans
            .filter(|&(start, end)| text.is_char_boundary(start) && text.is_char_boundary(end))
            .any(|(start, end)| {
                let before = text[..start].chars().next_back();
                let behind = text[end..].chars().next();
                let mut near = before.into_iter().chain(behind);
                let is_word = !near.any(|one| self.word.is_match(one.to_string().as_bytes()));
                let rest = text.len() - end;
                let between = self.between.entry((start, rest)).or_insert_with(|| {
                    let (pattern, any) = (&self.pattern, "(?s-u:.)");
                    let pattern = format!(r"\A{any}{{{start}}}(?:{pattern}){any}{{{rest}}}\z");
                    compile(&pattern, self.ignore_case)
                });
                is_word && between.is_match(text.as_bytes())
            })
    }

    fn spans(&self, line: &[u8]) -> Vec<(usize, usize)> {
        let spans = self.whole.find_iter(line);
        spans.map(|found| (found.start(), found.end())).collect()
    }
}

/// The lines of a log, and the part of each that is searched.
struct Log {
    bytes: Vec<u8>,
    haystacks: Vec<Vec<u8>>,
    /// Some of the lines, each as a block of its own. Such a block begins and ends with a line that
    /// has no LF.
    alone: Vec<Vec<u8>>,
}

impl Log {
    /// How many lines are blocks of their own.
    const ALONE: usize = 40;

    fn new(lines: &[Vec<u8>]) -> Log {
        let haystacks = lines.iter().map(|line| {
            let haystack = line.strip_suffix(b"\r").unwrap_or(line);
            haystack.to_vec()
        });
        let alone = lines.iter().filter(|line| !line.is_empty());
        Log {
            haystacks: haystacks.collect(),
            alone: alone.take(Log::ALONE).cloned().collect(),
            bytes: lines
                .iter()
                .flat_map(|line| [line, &b"\n"[..]].concat())
                .collect(),
        }
    }

    /// Returns the numbers of the lines that are hits in a block.
    fn hits(&self, matcher: &Matcher, may_change: bool) -> Vec<usize> {
        let mut starts = vec![0];
        starts.extend(memchr::memchr_iter(b'\n', &self.bytes).map(|at| at + 1));
        let mut hits = Vec::new();
        matcher.finder().hits(&self.bytes, may_change, |hit| {
            let start = hit.start(&self.bytes);
            hits.push(
                starts
                    .binary_search(&start)
                    .expect("a hit begins with its line"),
            );
            ControlFlow::Continue(())
        });
        hits
    }
}

/// Creates patterns and says how they are taken.
fn patterns_of(patterns: &[String], extent: Extent, ignore_case: bool) -> Patterns {
    Patterns {
        patterns: patterns
            .iter()
            .map(|one| one.clone().into_bytes())
            .collect(),
        extent,
        case: match ignore_case {
            true => CaseMode::Insensitive,
            false => CaseMode::Sensitive,
        },
        ..Patterns::default()
    }
}

/// Returns what a look-around means to the oracle. A line has one end, so CRLF mode finds no other
/// end at a CR inside it.
fn meant(look: &str) -> &str {
    match look {
        "(?mR:^)" => "^",
        "(?mR:$)" => "$",
        look => look,
    }
}

/// Compares all answers of a matcher with the oracle, and appends what differs to `wrong`.
fn check(log: &Log, patterns: &Patterns, mut oracle: Oracle, wrong: &mut Vec<String>) {
    let matcher = Matcher::new(patterns).unwrap();
    let want: Vec<bool> = log
        .haystacks
        .iter()
        .map(|line| oracle.is_match(line))
        .collect();
    let hits: Vec<usize> = (0..want.len()).filter(|&nth| want[nth]).collect();
    let want_alone: Vec<bool> = log.alone.iter().map(|line| oracle.is_match(line)).collect();
    let mut differs = |what: &str, engine: &Matcher, line: &[u8]| {
        wrong.push(format!(
            "{what} of {:?} ({:?}, {:?}) by {} in {:?}",
            String::from_utf8_lossy(&patterns.patterns[0]),
            patterns.extent,
            patterns.case,
            engine.engine(),
            line.escape_ascii().to_string()
        ));
    };
    let engines = matcher.forced();
    for engine in engines.iter().chain([&matcher]) {
        for may_change in [false, true] {
            let got = log.hits(engine, may_change);
            if let Some(&nth) = got.iter().find(|hit| hits.binary_search(hit).is_err()) {
                differs("a hit too many", engine, &log.haystacks[nth]);
            }
            if let Some(&nth) = hits.iter().find(|hit| got.binary_search(hit).is_err()) {
                differs("no hit", engine, &log.haystacks[nth]);
            }
        }
        let mut finder = engine.finder();
        for (line, &want) in log.alone.iter().zip(&want_alone) {
            let mut is_hit = false;
            finder.hits(line, false, |_| {
                is_hit = true;
                ControlFlow::Break(())
            });
            if is_hit != want {
                differs("whether it hits a block of its own", engine, line);
            }
        }
    }
    // For one line all engines are the same, except the first of the forced ones, which may be for
    // literals.
    let of_lines = engines.iter().take(1).chain([&matcher]);
    for engine in of_lines {
        let mut finder = engine.finder();
        for (nth, line) in log.haystacks.iter().enumerate() {
            let mut spans = Vec::new();
            let push = |start, end| {
                spans.push((start, end));
                Ok::<(), ()>(())
            };
            finder.matches(line, push).unwrap();
            let mut groups = Vec::new();
            let captured = finder.captures(line, |captures| {
                let found = captures.range();
                groups.push((found.start, found.end));
                Ok::<(), ()>(())
            });
            captured.unwrap();
            let mut which = Vec::new();
            finder.patterns(line, |pattern| which.push(pattern));
            if finder.is_match(line) != want[nth] || finder.is_match_now(line) != want[nth] {
                differs("is_match", engine, line);
            }
            // --count-matches, -o, --json, --by-pattern and -c never contradict each other.
            if spans.is_empty() == want[nth] {
                differs("whether there are matches", engine, line);
            }
            if which.is_empty() == want[nth] {
                differs("the patterns", engine, line);
            }
            if spans != groups {
                differs("captures", engine, line);
            }
            if oracle.knows_spans_of(line) && spans != oracle.spans(line) {
                differs("matches", engine, line);
            }
        }
    }
}

/// Checks patterns that have a look-around at each of their places, with every look-around that
/// there is.
#[track_caller]
fn check_all(log: &Log, places: &[&[&str]], extent: Extent, ignore_case: bool) {
    let mut wrong = Vec::new();
    for places in places {
        for look in LOOKS {
            let with = |look| {
                places
                    .iter()
                    .map(|place| place.replace('@', look))
                    .collect::<Vec<_>>()
            };
            let patterns = patterns_of(&with(look), extent, ignore_case);
            let oracle = Oracle::new(&with(meant(look)).join("|"), extent, ignore_case);
            check(log, &patterns, oracle, &mut wrong);
        }
    }
    let count = wrong.len();
    wrong.truncate(30);
    assert!(count == 0, "{count} differences:\n{}", wrong.join("\n"));
}

fn check_places(extent: Extent) {
    let log = Log::new(&short_lines());
    let places: Vec<_> = PLACES.iter().map(std::slice::from_ref).collect();
    check_all(&log, &places, extent, false);
}

#[test]
fn every_look_around_is_looked_at_wherever_a_match_may_be() {
    check_places(Extent::Anywhere);
}

#[test]
fn every_look_around_is_looked_at_if_a_match_must_be_a_word() {
    check_places(Extent::Word);
}

#[test]
fn every_look_around_is_looked_at_if_a_match_must_be_the_whole_line() {
    check_places(Extent::Line);
}

const EXTENTS: [Extent; 3] = [Extent::Anywhere, Extent::Word, Extent::Line];

#[test]
fn every_look_around_is_looked_at_if_case_is_ignored() {
    let log = Log::new(&lines(
        &[b"a", b"K", "\u{212a}".as_bytes(), b"-", b"\xff"],
        3,
    ));
    for extent in EXTENTS {
        check_all(
            &log,
            &[&["@a"], &["k@"], &["A@k|@K-"], &["@[ak]@"]],
            extent,
            true,
        );
    }
}

#[test]
fn every_look_around_is_looked_at_if_another_pattern_has_none() {
    let log = Log::new(&short_lines());
    let places: [&[&str]; 5] = [
        &["b", "@a"],
        &["a@", "b-"],
        &["(b)@", "a"],
        &["@", "ab"],
        &["a-", "a@b", "é@"],
    ];
    for extent in EXTENTS {
        check_all(&log, &places, extent, false);
    }
}

#[test]
fn every_look_around_is_looked_at_next_to_long_literals() {
    let parts: [&[u8]; 6] = [b"ERROR", b" code", b"_", b"7", "é".as_bytes(), b"\r"];
    let log = Log::new(&lines(&parts, 3));
    let places: [&[&str]; 6] = [
        &["@ERROR"],
        &["ERROR@"],
        &["ERROR@ code|code@7"],
        &["@[A-Z]{5}@"],
        &["ERR[A-Z]+@ code"],
        &["@(ERROR|code)[0-9]@"],
    ];
    for extent in EXTENTS {
        check_all(&log, &places, extent, false);
    }
}

#[test]
fn the_engines_that_are_compared_are_all_that_there_are() {
    let patterns = ["ERROR", "ERROR|WARN", "[a-z]{2}code", "[a-z]+ *[0-9]"];
    let names: Vec<String> = patterns
        .iter()
        .flat_map(|pattern| Matcher::new(&Patterns::new(pattern)).unwrap().forced())
        .map(|matcher| matcher.engine())
        .collect();
    for name in [
        "memmem",
        "a literal where rare bytes of it are found",
        "2 fixed runs of bytes where rare ones are found",
        "rare bytes of a match are found",
        "pair by pair",
        "regex with a literal prefilter",
        "regex",
    ] {
        assert!(
            names.iter().any(|one| one.ends_with(name)),
            "{name}: {names:?}"
        );
    }
}

#[test]
fn of_a_pattern_only_what_needs_a_line_feed_finds_nothing() {
    let log = Log::new(&short_lines());
    for (pattern, same) in [
        (r"(\n)?ab", "()?ab"),
        (r"ab(\n|$)", "ab($)"),
        (r"ab(?:$|\n)", "ab$"),
        (r"(a\n|b)-", "(b)-"),
        (r"a[\n]*b", "ab"),
        (r"a(?:\x0A\r?)*b", "ab"),
        (
            r"(?x)a # one
           b",
            "ab",
        ),
        (r"(?:\n|a){2}", "aa"),
        (r"a(?:-\n){0,3}", "a"),
        (r"[\n-]b", "-b"),
        (r"\n|b", "b"),
        (r"(?:a\n)*", ""),
        (r"[^a]b|\n\n", "[^a]b"),
        (r"(?:[\n]|é)\b", r"é\b"),
    ] {
        for extent in EXTENTS {
            let patterns = patterns_of(&[pattern.into()], extent, false);
            check_one(&log, &patterns, Oracle::new(same, extent, false));
        }
    }
}

#[test]
fn a_pattern_that_finds_nothing_without_a_line_feed_is_refused() {
    for pattern in [
        r"a\nb",
        r"[\n]",
        r"(?:\n)+",
        r"\x0A",
        r"a(\n|\x0A)b",
        r"(?:a|\n){2}\n",
        r"(\n)",
        r"^\n$",
        r"(?i)\n",
        r"[\n&&\s]",
    ] {
        let error = Matcher::new(&Patterns::new(pattern))
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("a line has no \\n in it"),
            "{pattern}: {error}"
        );
    }
    let fixed = Patterns {
        syntax: Syntax::Fixed,
        ..Patterns::new("a\nb")
    };
    assert!(Matcher::new(&fixed).is_err());
    let raw = Matcher::new(&Patterns::new("a\nb"));
    assert!(raw.is_err());
}

/// Does what [`check`] does, for one case.
#[track_caller]
fn check_one(log: &Log, patterns: &Patterns, oracle: Oracle) {
    let mut wrong = Vec::new();
    check(log, patterns, oracle, &mut wrong);
    wrong.truncate(30);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_filter_finds_what_the_regex_alone_finds() {
    let mut lines = Vec::new();
    for n in 0..400u64 {
        let hash = n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        let (a, b) = (hash % 1000, hash >> 10 & 0xff);
        lines.push(
            format!("12.{a:03} {b:x} k\u{e9}y={a} user{b}@host 4{b} ERROR_{a} \u{212a}elvin")
                .into_bytes(),
        );
    }
    let log = Log::new(&lines);
    for (pattern, filters) in [
        ("[0-9]{2}\\.[0-9]1[0-9]", 2),
        ("(?i)key=7|(?i)kelvin1", 1),
        ("[a-z]+[0-9]*5@host", 2),
        ("\\b4(1|2)\\d\\b", 2),
        ("ERROR_1.*|WARN", 1),
        ("1 .*ERROR_9", 2),
        ("^12.0(1|2)", 2),
        ("9 \\w+elvin$", 2),
        ("ERROR_7", 2),
        ("(?i)error_9|USER1", 2),
        ("[0-9]\\.[0-9]{2}5", 2),
        ("\\b4\\d{2}\\b|\\b12\\b", 2),
        ("\\b\\d{2}[a-z]?\\b", 1),
        (
            "user1.*@host|user2..*host|user[3-5]+@h|(?i:ERROR_9)[0-9]|user6 *@host|user7*@ho|user8+@h|user9+@h|zz+zz|xx+xx",
            1,
        ),
        ("user1|ERROR|y=99|u\u{e9}|\u{e9}y=3|rr|@h|st 4|12|zzz", 2),
    ] {
        let patterns = patterns_of(&[pattern.into()], Extent::Anywhere, false);
        let engines = Matcher::new(&patterns).unwrap().forced();
        assert!(engines.len() > filters + 1, "{pattern}");
        check_one(
            &log,
            &patterns,
            Oracle::new(pattern, Extent::Anywhere, false),
        );
    }
}

#[test]
fn the_parts_that_are_searched_while_a_filter_is_chosen_end_where_their_last_line_does() {
    let lines =
        ["some words", "more words", "", "more\r", "\r"].map(|line| line.as_bytes().to_vec());
    // With each lead a part ends with other lines.
    for lead in ["", "xxxxx", "xxxxxxxxxx"] {
        let mut lines: Vec<_> = lines.iter().cycle().take(5000).cloned().collect();
        lines[0].splice(..0, lead.bytes());
        let log = Log::new(&lines);
        for pattern in ["^$", "$", "^", "^\\b|e$", "e$|^s", "\\bw"] {
            let patterns = patterns_of(&[pattern.into()], Extent::Anywhere, false);
            check_one(
                &log,
                &patterns,
                Oracle::new(pattern, Extent::Anywhere, false),
            );
        }
    }
}

#[test]
fn look_arounds_in_words_and_whole_lines_count() {
    let lines = [
        "foo",
        "-foo",
        "foo bar\r",
        " foo-",
        "foo_",
        "",
        "bar foo",
        "\u{e9}foo",
        "foo\u{e9}",
    ];
    let log = Log::new(&lines.map(|line| line.as_bytes().to_vec()));
    for pattern in [
        r"\Bfoo",
        r"foo\B",
        r"\b{start-half}foo",
        r"foo\b{start-half}",
        r"\b{end-half}foo|bar",
        r"(?-u:\B)foo",
        r"\<foo\>",
        r"(\n|^)foo",
    ] {
        for extent in [Extent::Word, Extent::Line] {
            let patterns = patterns_of(&[pattern.into()], extent, false);
            check_one(&log, &patterns, Oracle::new(pattern, extent, false));
        }
    }
}

#[test]
fn the_engine_is_what_the_pattern_allows() {
    let literal = match simd::is_available() {
        true => "a literal where rare bytes of it are found",
        false => "memmem",
    };
    for (pattern, want) in [
        ("ERROR", literal),
        ("", "none"),
        ("[a-z]+ *[0-9]", "regex"),
        ("ERROR *[0-9]", "regex with a literal prefilter"),
    ] {
        assert_eq!(
            Matcher::new(&Patterns::new(pattern)).unwrap().engine(),
            want
        );
    }
    assert_eq!(
        Matcher::new(&Patterns::default()).unwrap().engine_why(),
        "there is no pattern"
    );
}

#[test]
fn no_regex_engine_is_needed_for_runs_of_bytes() {
    if !simd::is_available() {
        crate::skips::skip("needs AVX2 or NEON: without them literals are found by memmem");
        return;
    }
    for (pattern, want) in [
        ("served", "the pattern is a literal"),
        (
            "err|fail",
            "a line that has one is a hit, so no regex engine is needed",
        ),
        ("a*", "every line matches"),
    ] {
        let matcher = Matcher::new(&Patterns::new(pattern)).unwrap();
        assert_eq!(matcher.engine_why(), want, "{pattern}");
    }
}

#[test]
fn a_filter_and_the_other_patterns_decide_about_lines_that_match() {
    #[derive(Clone, Debug)]
    struct EvenLength;
    impl LineFilter for EvenLength {
        fn accepts(&mut self, line: &[u8]) -> bool {
            line.len().is_multiple_of(2)
        }

        fn boxed(&self) -> Box<dyn LineFilter> {
            Box::new(self.clone())
        }
    }
    let patterns = Patterns {
        and: vec![b"b".to_vec()],
        not: vec![b"c".to_vec()],
        ..Patterns::new("a")
    };
    let matcher = Matcher::new(&patterns).unwrap().filtered(EvenLength);
    let lines = ["ab", "abc!", "a", "abb", "aabb", "bb"];
    let hits = lines.map(|line| matcher.finder().is_match(line.as_bytes()));
    assert_eq!(hits, [true, false, false, false, true, false]);
    let mut found = Vec::new();
    let block = lines.join("\n");
    matcher.finder().hits(block.as_bytes(), true, |hit| {
        found.push(hit.start(block.as_bytes()));
        ControlFlow::Continue(())
    });
    assert_eq!(found, [0, 14]);
}

#[test]
fn of_many_patterns_the_first_is_named() {
    let shown = |patterns: &[&str]| {
        super::shown(&patterns.iter().map(|one| (*one).into()).collect::<Vec<_>>())
    };
    assert_eq!(shown(&[]), "");
    assert_eq!(shown(&["a("]), "a(");
    assert_eq!(shown(&["a", "b", "c"]), "a' and 2 more patterns, '...");
}
