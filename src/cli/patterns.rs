//! Turns the pattern flags into [`Patterns`]. Files of patterns are read, and texts that hold
//! several patterns are split.

use std::{
    ffi::OsString,
    fs,
    io::{self, Read},
    path::Path,
};

use anyhow::{Result, anyhow};
use logscan::{CaseMode, Extent, Patterns, Reason, Syntax};

use super::args::MatchingArgs;

/// Returns the patterns that are looked for. `first_word` is the pattern that stands before the
/// files, if no flag gives one.
pub(crate) fn patterns(args: &MatchingArgs, first_word: Option<&OsString>) -> Result<Patterns> {
    let defaults = Patterns::default();
    let typed = args.patterns.iter().chain(first_word);
    let mut patterns: Vec<Vec<u8>> = typed
        .flat_map(|typed| split_argument(typed.as_encoded_bytes()))
        .collect();
    for path in &args.pattern_files {
        patterns.extend(split_file(&read_file(path)?));
    }
    let bytes = |typed: &[OsString]| {
        typed
            .iter()
            .map(|typed| typed.clone().into_encoded_bytes())
            .collect()
    };
    Ok(Patterns {
        patterns,
        and: bytes(&args.and),
        not: bytes(&args.not),
        syntax: if args.fixed_strings {
            Syntax::Fixed
        } else {
            Syntax::Regex
        },
        case: case(args),
        extent: extent(args),
        regex_bytes_max: args.regex_size_limit.unwrap_or(defaults.regex_bytes_max),
        dfa_bytes_max: args.dfa_size_limit.or(defaults.dfa_bytes_max),
    })
}

fn case(args: &MatchingArgs) -> CaseMode {
    match (args.ignore_case, args.smart_case) {
        (true, _) => CaseMode::Insensitive,
        (false, true) => CaseMode::Smart,
        (false, false) => CaseMode::Sensitive,
    }
}

fn extent(args: &MatchingArgs) -> Extent {
    match (args.line_regexp, args.word_regexp) {
        (true, _) => Extent::Line,
        (false, true) => Extent::Word,
        (false, false) => Extent::Anywhere,
    }
}

fn read_file(path: &Path) -> Result<Vec<u8>> {
    let read = if path == Path::new("-") {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        fs::read(path)
    };
    read.map_err(|error| {
        anyhow!(
            "cannot read patterns from {}: {}",
            path.display(),
            Reason(&error)
        )
    })
}

/// Splits an argument into patterns: one per line. The empty text behind a last LF is a pattern
/// too, as in grep.
fn split_argument(argument: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    argument.split(|&byte| byte == b'\n').map(<[u8]>::to_vec)
}

/// Splits a file into patterns: one per line. LF and CR LF end a line and do not begin another one.
/// A byte order mark is not part of the first pattern.
fn split_file(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    text.split_inclusive(|&byte| byte == b'\n')
        .map(|line| match line {
            [pattern @ .., b'\r', b'\n'] | [pattern @ .., b'\n'] | pattern => pattern.to_vec(),
        })
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::args::SearchArgs;

    fn resolve(words: &[&str]) -> Patterns {
        let args = SearchArgs::try_parse_from([&["logscan"], words].concat()).unwrap();
        patterns(&args.matching, args.first_word_pattern()).unwrap()
    }

    #[test]
    fn the_first_word_is_the_pattern_unless_a_flag_gives_one() {
        assert_eq!(resolve(&["a", "b"]).patterns, [b"a"]);
        assert_eq!(
            resolve(&["a", "-e", "b", "--regexp=c"]).patterns,
            [b"b", b"c"]
        );
    }

    #[test]
    fn an_argument_of_several_lines_is_several_patterns() {
        assert_eq!(resolve(&["-e", "a\nb"]).patterns, [b"a", b"b"]);
        assert_eq!(resolve(&["-e", "a\n"]).patterns, [&b"a"[..], b""]);
        assert_eq!(resolve(&["-e", ""]).patterns, [b""]);
    }

    #[test]
    fn a_file_has_one_pattern_per_line() {
        let split = |bytes: &[u8]| split_file(bytes).collect::<Vec<_>>();
        assert_eq!(split(b""), Vec::<Vec<u8>>::new());
        assert_eq!(split(b"\n"), [b""]);
        assert_eq!(split(b"a\nb"), [b"a", b"b"]);
        assert_eq!(split(b"a\r\nb\r\n\r\n"), [&b"a"[..], b"b", b""]);
        assert_eq!(split(b"a\rb\n"), [b"a\rb"]);
        assert_eq!(split(b"\xef\xbb\xbfa\nb\n"), [b"a", b"b"]);
        assert_eq!(split(b"\xef\xbb\xbf"), Vec::<Vec<u8>>::new());
    }

    #[test]
    fn a_file_that_cannot_be_read_is_named() {
        let args = SearchArgs::try_parse_from(["logscan", "-f", "no/such/file"]).unwrap();
        let error = patterns(&args.matching, None).unwrap_err();
        let why = std::fs::read("no/such/file").unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "cannot read patterns from no/such/file: {}",
                logscan::Reason(&why)
            )
        );
    }

    #[test]
    fn whole_lines_win_over_whole_words() {
        assert_eq!(resolve(&["-w", "a"]).extent, Extent::Word);
        assert_eq!(resolve(&["-x", "-w", "a"]).extent, Extent::Line);
        assert_eq!(resolve(&["-w", "-x", "a"]).extent, Extent::Line);
    }

    #[test]
    fn the_last_word_on_case_counts() {
        assert_eq!(resolve(&["a"]).case, CaseMode::Sensitive);
        assert_eq!(resolve(&["-S", "-i", "a"]).case, CaseMode::Insensitive);
        assert_eq!(resolve(&["-i", "-S", "a"]).case, CaseMode::Smart);
    }

    #[test]
    fn conditions_are_taken_as_they_are() {
        let resolved = resolve(&["a", "--and", "b", "--and=-c", "--not", "d"]);
        assert_eq!(
            (resolved.and, resolved.not),
            (vec![b"b".to_vec(), b"-c".to_vec()], vec![b"d".to_vec()])
        );
    }
}
