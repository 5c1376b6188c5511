//! Any pattern. It is refused with an error, or it finds in single lines what the regex crate
//! finds.

#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use logscan::{CaseMode, Extent, Matcher, Patterns, Syntax};
use logscan_fuzz::{Log, Naive, Search, check_refusal};

#[derive(Arbitrary, Debug)]
struct Case {
    search: Search,
    log: Log,
}

fuzz_target!(|case: Case| check(&case));

fn check(case: &Case) {
    let Some(patterns) = case.search.patterns() else {
        return;
    };
    if case.log.0.len() > 1 << 14 {
        return;
    }
    let Some(matcher) = check_refusal(&patterns) else {
        return;
    };
    let naive = Naive::new(&patterns);
    let regex = plain_regex(&patterns);
    let mut finder = matcher.finder();
    for line in case.log.0.split(|&byte| byte == b'\n') {
        if naive.has_crlf_looks() && line.contains(&b'\r') {
            continue;
        }
        assert_eq!(
            finder.is_match(line),
            naive.is_match(line),
            "{} in {case:?}",
            line.escape_ascii()
        );
        let mut matches = Vec::new();
        let found = finder.matches(line, |start, end| {
            matches.push((start, end));
            Ok::<(), ()>(())
        });
        assert_eq!(found, Ok(()));
        assert_eq!(
            matches,
            naive.matches(line),
            "{} in {case:?}",
            line.escape_ascii()
        );
        if let Some(regex) = &regex {
            check_captures(&matcher, regex, line, case);
        }
    }
}

/// Compiles the pattern with the regex crate, if there is only one and nothing is added to it.
fn plain_regex(patterns: &Patterns) -> Option<regex::bytes::Regex> {
    let is_plain = patterns.patterns.len() == 1
        && patterns.extent == Extent::Anywhere
        && patterns.syntax == Syntax::Regex;
    let text = std::str::from_utf8(&patterns.patterns[0])
        .ok()
        .filter(|_| is_plain)?;
    let ignore_case = patterns.case == CaseMode::Insensitive;
    let regex = regex::bytes::RegexBuilder::new(text)
        .case_insensitive(ignore_case)
        .size_limit(usize::MAX)
        .build();
    Some(regex.expect("the engine took it"))
}

fn check_captures(matcher: &Matcher, regex: &regex::bytes::Regex, line: &[u8], case: &Case) {
    let mut got: Vec<Vec<_>> = Vec::new();
    let found = matcher.finder().captures(line, |captures| {
        got.push(captures.groups().collect());
        Ok::<(), ()>(())
    });
    assert_eq!(found, Ok(()));
    let want: Vec<Vec<_>> = regex
        .captures_iter(line)
        .map(|captures| {
            captures
                .iter()
                .map(|group| group.map(|span| span.range()))
                .collect()
        })
        .collect();
    assert_eq!(got, want, "groups in {} of {case:?}", line.escape_ascii());
}
