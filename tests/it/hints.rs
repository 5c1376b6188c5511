//! What is said about mistakes, and to people who know other tools.

use super::support::Dir;

/// The flags of a help that take a value.
fn valued_flags(help: &str) -> Vec<String> {
    let mut flags = Vec::new();
    for line in help.lines() {
        let mut words = line
            .split_whitespace()
            .skip_while(|word| !word.starts_with("--"));
        if let (true, Some(flag), Some(value)) =
            (line.starts_with("  "), words.next(), words.next())
            && value.starts_with('<')
            && line.trim_start().starts_with('-')
        {
            flags.push(flag.to_owned());
        }
    }
    flags
}

/// A panic aborts the program with a signal; an error is told with status 2.
#[test]
fn a_bad_value_as_the_last_word_never_ends_the_program() {
    let dir = Dir::with_log("ERROR a\n");
    let config = dir.file("flags", "-n\n--max-columns=150\n");
    let flags = valued_flags(&dir.logscan("--help").output().text());
    assert!(flags.len() > 15, "{flags:?}");
    for flag in &flags {
        for value in [Some("x"), None] {
            for named in [true, false] {
                let mut run = dir.logscan("ERROR log").arg(flag);
                if let Some(value) = value {
                    run = run.arg(value);
                }
                if named {
                    run = run.env("LOGSCAN_CONFIG", &config.to_string_lossy());
                }
                let output = run.output();
                assert!(matches!(output.code, Some(0..=2)), "{output}");
                if value.is_none() {
                    output.code_is(2).stdout_is("").stderr_has(flag);
                }
            }
        }
    }
    for args in [
        "-m x",
        "-A x",
        "-j x",
        "--last x",
        "--color foo",
        "--template abc",
        "--byte-range 5",
    ] {
        let output = dir
            .logscan("ERROR log")
            .args(&args.split(' ').collect::<Vec<_>>())
            .env("LOGSCAN_CONFIG", &config.to_string_lossy())
            .output();
        output.code_is(2).stdout_is("").stderr_has("invalid value");
    }
}

#[test]
fn more_threads_than_make_sense_are_not_used_and_that_is_told() {
    let dir = Dir::with_log("ERROR a\nok\n");
    let want = dir.logscan("-n ERROR log").output();
    let output = dir.logscan("-j 4000000 -n ERROR log").output();
    output.code_is(0).stdout_is(&want.stdout);
    output.stderr_has("--threads 4000000: ");
    for args in [
        "templates -j 4000000 log",
        "triage -j 4000000 log",
        "compare --runs 1 -j 4000000 ERROR log",
    ] {
        let output = dir.logscan(args).output();
        assert!(matches!(output.code, Some(0 | 1)), "{output}");
        output.stderr_has("--threads 4000000: ");
    }
    dir.logscan("-j 7 -n ERROR log")
        .output()
        .stderr_is_empty()
        .code_is(0);
}

#[test]
fn names_that_are_no_files_come_with_a_hint() {
    let dir = Dir::with_log("ERROR a\n");
    dir.file("app.log", "ERROR b\n");
    let folder = dir.path().join("d");
    std::fs::create_dir(&folder).expect("the folder is new");
    let refused = |args: &[&str], want: &str| {
        dir.logscan("")
            .args(args)
            .output()
            .code_is(2)
            .stdout_is("")
            .stderr_has(want);
    };
    refused(
        &["compare", "ERROR", "d"],
        "compare is for files, and d is a folder; name the log in it",
    );
    refused(
        &["ERROR", "*.log"],
        "without quotes the shell makes app.log of it",
    );
    refused(
        &["triage", "*.log"],
        "without quotes the shell makes app.log of it",
    );
    refused(&["ERROR", "x*.log"], "no file matches it");
    refused(&["ERROR", ""], "cannot open '': the name is empty");
    refused(&["templates", ""], "cannot open '': the name is empty");
    refused(
        &["-P", "ERROR", "d"],
        "there is no flag -P: the syntax is that of the Rust regex crate",
    );
    refused(
        &["-c", "ERROR", "app.log", "--from", "5m"],
        "there is no flag --from: ",
    );
    refused(&["templates", "--grep", "(", "log"], "as in --grep 'f\\('");
    let output = dir.logscan("templates --grep").arg("(").arg("log").output();
    assert!(!output.shown.contains("fixed-strings"), "{output}");
}

#[test]
fn a_file_that_is_taken_for_the_pattern_is_noticed_before_the_standard_input_is_read() {
    let dir = Dir::with_log("ERROR a\n");
    let piped = |args: &str| dir.logscan(args).pipe("a log\n").output();
    piped("-r ERROR .").stderr_has(
        "-r is --replace here, and a folder is searched without it; for that: logscan ERROR .",
    );
    piped("log")
        .stdout_is("a log\n")
        .stderr_has("'log' is taken as the pattern")
        .code_is(0);
    piped("-s log").stdout_is("a log\n").stderr_is_empty();
    piped(".").stdout_is("a log\n").stderr_is_empty();
    piped("-e log").stdout_is("a log\n").stderr_is_empty();
    piped("a -").stdout_is("a log\n").stderr_is_empty();
}

#[test]
fn rules_that_are_none_come_with_some_that_are() {
    let dir = Dir::with_log("ERROR a\n");
    dir.file("rules.toml", "[[rule]]\nname = 'x'\nfoo = 1\n");
    let output = dir.logscan("triage --rules rules.toml log").output();
    output.code_is(2).stdout_is("");
    output.stderr_has("rules.toml: cannot use the rules: ");
    output.stderr_has("a rule needs name, priority, pattern, needs, matches and rejects");
    output.stderr_has("matches = [");
    dir.file("rules.toml", "[[rule]]\nname = 'x'\npriority = 1\npattern = '('\nneeds = ['ab']\nmatches = ['(']\nrejects = ['a']");
    let output = dir.logscan("triage --rules rules.toml log").output();
    output
        .code_is(2)
        .stderr_has("rules.toml: cannot search for '('");
}

#[test]
fn a_word_too_many_is_an_error_and_never_a_crash() {
    let dir = Dir::with_log("x\n");
    for word in ["", "xn", "ä", "-", "--", "-ä", "--ä", "-\u{1f600}x"] {
        let output = dir.logscan("generate man").arg(word).output();
        // Behind -- nothing is left.
        output.code_is(if word == "--" { 0 } else { 2 });
        for command in [
            "compare",
            "digest",
            "monitor",
            "templates",
            "triage",
            "help",
        ] {
            let output = dir.logscan(command).arg("no-such").arg(word).output();
            output.code_is(2);
        }
    }
    let output = dir.logscan("generate man xn").output();
    assert!(
        !String::from_utf8_lossy(&output.stderr).contains("there is no flag"),
        "{output}"
    );
    let output = dir.logscan("x log --color=").output();
    output.code_is(2);
    assert!(
        !String::from_utf8_lossy(&output.stderr).contains("name is empty"),
        "{output}"
    );
}

#[test]
fn a_class_with_nothing_in_it_matches_nothing_and_is_no_mistake() {
    let dir = Dir::with_log("a\nb\n");
    dir.logscan("[a&&b] log")
        .output()
        .code_is(1)
        .stderr_is_empty();
    dir.logscan("(a|[a&&b]) log")
        .output()
        .code_is(0)
        .stdout_is("a\n");
    dir.logscan("[\\n] log").output().code_is(2);
}
