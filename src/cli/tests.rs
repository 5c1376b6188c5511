//! Which command is meant, and what is wrong about the arguments.

use clap::{CommandFactory, error::ErrorKind};

use super::{args::Stdin, surroundings::ConfigPlace, *};

fn surroundings(stdin: Stdin) -> Surroundings {
    Surroundings {
        words: Vec::new(),
        stdin,
        stdout_is_terminal: false,
        stdout_is_pipe: true,
        stderr_is_terminal: false,
        color_is_welcome: false,
        grep_colors: None,
        config: ConfigPlace::Nowhere("a test"),
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

/// A flag in the config file must not be there for good.
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
        // Each of these two takes the other one back, and counts itself.
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

/// Returns a value that a flag takes, if it takes one.
fn value_of(flag: &clap::Arg) -> &'static str {
    match flag.get_id().as_str() {
        "byte_range" => "=1:2",
        "template" => "=0123456789ab",
        "color" | "progress" => "=never",
        "encoding" => "=latin1",
        "since" | "until" => "=14:02",
        "slack" | "per" => "=5s",
        "budget" => "=1000",
        "format" | "input" => "=csv",
        "aggregates" => "=sum(a)",
        _ if flag.get_action().takes_values() => "=1",
        _ => "",
    }
}

/// Returns a flag without which another is refused, or one that does nothing.
fn needed_by(id: &str) -> &'static str {
    match id {
        "by_pattern" => "-c",
        "tally" => "-o",
        "format" => "--per=5s",
        "redact_key" => "--redact",
        "top" => "--count-by=a",
        "input" => "--where=a=1",
        "continues" => "--board=b",
        "tz" | "time_format" | "slack" => "--since=14:02",
        _ => "-a",
    }
}

#[test]
fn short_help_is_for_every_day_and_long_help_has_all_flags() {
    let help = |words: &[&str]| match parse_words(Stdin::Input, words) {
        Ok(Invocation::Help(help)) => help.page().to_owned(),
        other => panic!("{words:?}: {other:?}"),
    };
    let (short, long) = (help(&["-h"]), help(&["--help"]));
    assert!(!short.contains("--dfa-size-limit"), "{short}");
    assert!(long.contains("--dfa-size-limit"), "{long}");
    // The first of the two counts, among other flags too.
    assert_eq!(help(&["-nh", "--help", "a"]), short);
    assert_eq!(help(&["a", "--help", "-h"]), long);
    // It is no flag if it is a value.
    assert_eq!(help(&["-e", "--help", "-h"]), short);
    let flags = SearchArgs::command();
    let is_shown = |flag: &&clap::Arg| !flag.is_hide_set() && !flag.is_positional();
    let shown = flags.get_arguments().filter(is_shown).count();
    let is_flag = |line: &&str| line.starts_with("  -") || line.starts_with("      --");
    let without_effect = 3;
    assert_eq!(
        long.lines().filter(is_flag).count() + without_effect,
        shown,
        "a line each: {long}"
    );
}

#[test]
fn help_is_a_command_unless_a_file_is_named() {
    for words in [
        &["help"][..],
        &["help", "triage"],
        &["help", "--tally"],
        &["help", "nonsense"],
    ] {
        let parsed = parse_words(Stdin::Input, words);
        assert!(
            matches!(parsed, Ok(Invocation::Help(_)) | Err(_)),
            "{words:?}"
        );
    }
    let want = ("help".to_owned(), vec!["Cargo.toml".to_owned()]);
    assert_eq!(searched(&["help", "Cargo.toml"]), want);
    assert_eq!(searched(&["-e", "help", "Cargo.toml"]), want);
}

/// Returns the commands, as the first word names them, with the flags that they have, and words
/// without which they are refused.
fn commands() -> [(&'static str, clap::Command, &'static [&'static str]); 9] {
    [
        ("", SearchArgs::table(), &["-e", "a", "f"]),
        ("compare", CompareArgs::command(), &["-e", "a", "f"]),
        ("digest", DigestArgs::command(), &["f"]),
        ("fields", FieldsArgs::command(), &["f"]),
        ("templates", TemplatesArgs::command(), &["f"]),
        ("triage", TriageArgs::command(), &["f"]),
        ("monitor", MonitorArgs::command(), &["f"]),
        ("mcp", McpArgs::command(), &["--root=f"]),
        ("generate", GenerateArgs::command(), &["man"]),
    ]
}

/// Returns a flag with a value that it does not take, or without one, in each way to write that.
fn wrongly_typed(flag: &clap::Arg) -> Vec<Vec<String>> {
    let long = format!("--{}", flag.get_long().expect("each flag has a long name"));
    let mut typed = Vec::new();
    if flag.get_action().takes_values() {
        for bad in ["x", "", "-1", "99999999999999999999999"] {
            typed.push(vec![format!("{long}={bad}")]);
            if !flag.is_require_equals_set() {
                typed.push(vec![long.clone(), bad.into()]);
            }
            if let Some(short) = flag.get_short() {
                typed.push(vec![format!("-{short}{bad}")]);
                typed.push(vec![format!("-{short}"), bad.into()]);
            }
        }
        typed.extend(flag.get_short().map(|short| vec![format!("-{short}")]));
        typed.push(vec![long]);
    } else {
        typed.push(vec![format!("{long}=\u{fc}")]);
    }
    typed
}

/// A parse that failed must name the flag, and nothing that is typed may end the program.
#[test]
fn a_bad_value_in_any_place_is_an_error_that_names_the_flag() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config");
    std::fs::write(&config, "-n\n--max-columns=150\n").unwrap();
    let mut refused = 0;
    for place in [ConfigPlace::Named(config), ConfigPlace::Nowhere("a test")] {
        let is_named = matches!(place, ConfigPlace::Named(_));
        let around = Surroundings {
            config: place,
            ..surroundings(Stdin::Input)
        };
        // Only a search has a config file.
        let take = if is_named { 1 } else { usize::MAX };
        for (name, table, needed) in commands().into_iter().take(take) {
            for flag in table.get_arguments().filter(|flag| !flag.is_positional()) {
                for typed in wrongly_typed(flag) {
                    for at in 0..=needed.len() {
                        let (before, behind) = needed.split_at(at);
                        if before == ["-e"] {
                            continue; // It would be the pattern.
                        }
                        let words: Vec<OsString> = ["logscan", name]
                            .into_iter()
                            .filter(|word| !word.is_empty())
                            .chain(before.iter().copied())
                            .chain(typed.iter().map(String::as_str))
                            .chain(behind.iter().copied())
                            .map(OsString::from)
                            .collect();
                        let Err(error) = parse(&words, &around) else {
                            continue;
                        };
                        let message = error.to_string();
                        let clap = error.downcast_ref::<clap::Error>();
                        // Some values are fine, but not without another flag.
                        let needs_more = clap.is_some_and(|error| {
                            matches!(
                                error.kind(),
                                ErrorKind::MissingRequiredArgument | ErrorKind::ArgumentConflict
                            )
                        });
                        let names = flag.get_long().is_some_and(|long| message.contains(long));
                        // The next word became the flag's value.
                        let is_eaten = typed.len() == 1
                            && flag.get_action().takes_values()
                            && (typed[0].starts_with("--") && !typed[0].contains('=')
                                || typed[0].len() == 2)
                            && !behind.is_empty();
                        assert!(names || needs_more || is_eaten, "{words:?}: {message}");
                        refused += 1;
                    }
                }
            }
        }
    }
    assert!(refused > 2000, "{refused}");
}
