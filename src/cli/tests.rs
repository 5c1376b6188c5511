//! Which command is meant, and what is wrong about the arguments.

use clap::CommandFactory;

use super::{args::Stdin, config::Place, *};

fn surroundings(stdin: Stdin) -> Surroundings {
    Surroundings {
        stdin,
        stdout_is_terminal: false,
        stderr_is_terminal: false,
        color_is_welcome: false,
        grep_colors: None,
        config: Place::Nowhere("a test"),
    }
}

fn parse_words(stdin: Stdin, words: &[&str]) -> Result<Invocation, String> {
    let words: Vec<OsString> = ["logscan"]
        .iter()
        .chain(words)
        .map(OsString::from)
        .collect();
    parse(&words, &surroundings(stdin)).map_err(|error| error.to_string())
}

fn searched(words: &[&str]) -> (String, Vec<String>) {
    let Ok(Invocation::Search(args, _)) = parse_words(Stdin::Input, words) else {
        panic!("{words:?} is no search")
    };
    let text = |word: &OsString| word.to_str().unwrap().to_owned();
    let pattern = args
        .first_word_pattern()
        .or(args.matching.patterns.first())
        .map(text);
    (pattern.unwrap(), args.files().iter().map(text).collect())
}

#[track_caller]
fn check_refused(stdin: Stdin, words: &[&str], want: &str) {
    let message = parse_words(stdin, words).unwrap_err();
    assert!(message.contains(want), "{message}");
}

#[test]
fn only_the_first_argument_can_name_a_command() {
    assert!(matches!(
        parse_words(Stdin::Input, &["generate", "man"]),
        Ok(Invocation::Generate(_))
    ));
    assert!(matches!(
        parse_words(Stdin::Input, &["templates", "app.log"]),
        Ok(Invocation::Templates(_))
    ));
    let want = ("generate".to_owned(), vec!["man".to_owned()]);
    assert_eq!(searched(&["-e", "generate", "man"]), want);
    assert_eq!(searched(&["-n", "generate", "man"]), want);
    assert_eq!(searched(&["--", "generate", "man"]), want);
}

#[test]
fn a_search_for_a_commands_name_is_told_how() {
    check_refused(
        Stdin::Input,
        &["generate", "app.log"],
        "logscan -e generate FILE",
    );
}

#[test]
fn a_pattern_may_begin_with_a_hyphen_behind_its_flag() {
    assert_eq!(
        searched(&["-e", "-x", "f"]),
        ("-x".to_owned(), vec!["f".to_owned()])
    );
    assert_eq!(
        searched(&["--pattern=--", "f"]),
        ("--".to_owned(), vec!["f".to_owned()])
    );
}

#[test]
fn a_search_needs_a_pattern_and_an_input() {
    check_refused(Stdin::Input, &[], "no pattern was given");
    check_refused(Stdin::Terminal, &["a"], "no file was given");
    check_refused(Stdin::Terminal, &["-e", "a"], "no file was given");
    assert!(parse_words(Stdin::Terminal, &["a", "-"]).is_ok());
    assert!(parse_words(Stdin::Terminal, &["-f", "p", "f"]).is_ok());
    assert!(parse_words(Stdin::Input, &["a"]).is_ok());
}

#[test]
fn flags_that_exclude_each_other_are_refused() {
    for words in [
        &["-m1", "--last=1", "a", "f"][..],
        &["--by-pattern", "a", "f"],
        &["-c", "--by-pattern", "-v", "a", "f"],
        &["--tally", "a", "f"],
        &["--json", "-c", "a", "f"],
        &["--json", "-l", "a", "f"],
        &["--json", "-o", "--tally", "a", "f"],
    ] {
        assert!(parse_words(Stdin::Input, words).is_err(), "{words:?}");
    }
}

#[test]
fn every_flag_may_be_repeated_and_the_last_counts() {
    for flag in SearchArgs::command()
        .get_arguments()
        .filter(|flag| !flag.is_positional())
    {
        let (Some(name), Some(id)) = (flag.get_long(), Some(flag.get_id().as_str())) else {
            continue;
        };
        if ["help", "version", "null_data"].contains(&id) {
            continue;
        }
        let word = format!("--{name}{}", value_of(flag));
        let needed = needed_by(id);
        let parsed = parse_words(Stdin::Input, &[needed, &word, &word, "-e", "a", "f"]);
        assert!(parsed.is_ok(), "{word}: {parsed:?}");
    }
}

/// What a config file gives must not be there for good.
#[test]
fn every_flag_can_be_taken_back() {
    let parsed = |words: &[&str]| parse_words(Stdin::Input, words).unwrap();
    let shown = |invocation| format!("{invocation:?}");
    let without = shown(parsed(&["-e", "a", "f"]));
    let mut count = 0;
    for flag in SearchArgs::command().get_arguments() {
        let (Some(name), id) = (flag.get_long(), flag.get_id().as_str()) else {
            continue;
        };
        if ["help", "version", "no_config", "null_data"].contains(&id) {
            continue;
        }
        let word = format!("--{name}{}", value_of(flag));
        let back = match name.strip_prefix("no-") {
            Some(name) => format!("--{name}"),
            None => format!("--no-{name}"),
        };
        let typed = shown(parsed(&[needed_by(id), &word, "-e", "a", "f"]));
        let taken_back = parsed(&[&word, &back, "-e", "a", "f"]);
        assert_ne!(typed, without, "{word} does nothing");
        // Of these two, each takes the other back and counts itself.
        if !["mmap", "no_mmap", "line_number", "no_line_number"].contains(&id)
            && !["group_separator", "no_group_separator"].contains(&id)
            && !["include_zero", "no_include_zero"].contains(&id)
        {
            assert_eq!(shown(taken_back), without, "{word} {back}");
        }
        count += 1;
    }
    assert!(count > 50, "{count}");
}

/// A value that a flag takes, if it takes one.
fn value_of(flag: &clap::Arg) -> &'static str {
    match flag.get_id().as_str() {
        "byte_range" => "=1:2",
        "template" => "=0123456789ab",
        "color" | "progress" => "=never",
        _ if flag.get_action().takes_values() => "=1",
        _ => "",
    }
}

/// A flag without which another is refused, or one that does nothing.
fn needed_by(id: &str) -> &'static str {
    match id {
        "by_pattern" => "-c",
        "tally" => "-o",
        "continues" => "--board=b",
        _ => "-a",
    }
}

#[test]
fn help_is_short_and_fits_the_screen() {
    let help = SearchArgs::command().render_help().to_string();
    assert!(
        help.lines().all(|line| line.chars().count() <= 80),
        "{help}"
    );
    assert!(help.lines().count() <= 80, "{}", help.lines().count());
    let flags = SearchArgs::command()
        .get_arguments()
        .filter(|flag| !flag.is_hide_short_help_set() && !flag.is_hide_set())
        .count();
    let described = help
        .lines()
        .filter(|line| line.starts_with("  -") || line.starts_with("      --"))
        .count();
    assert_eq!(described, flags, "each flag is one line: {help}");
}

#[test]
fn short_and_long_help_are_the_same() {
    assert_eq!(
        parse_words(Stdin::Input, &["-h"]).unwrap_err(),
        parse_words(Stdin::Input, &["--help"]).unwrap_err()
    );
}
