//! What is printed about the program is true: help, man page and completions.

use std::{collections::BTreeSet, env, fs, path::Path};

use super::support::{COMMANDS, Dir};

/// The widest that a line of help may be.
const COLUMNS: usize = 80;

#[test]
fn the_help_is_the_golden_file() {
    is_golden("logscan.txt", &help());
    for (name, args) in [("short.txt", "-h"), ("topics.txt", "help")] {
        let output = Dir::new().logscan(args).output();
        output.code_is(0).stderr_is_empty();
        is_golden(name, &output.text());
    }
    let output = Dir::new().logscan("templates --help").output();
    output.code_is(0).stderr_is_empty();
    is_golden("templates.txt", &output.text());
    let output = Dir::new().logscan("digest --help").output();
    output.code_is(0).stderr_is_empty();
    is_golden("digest.txt", &output.text());
    let output = Dir::new().logscan("triage --help").output();
    output.code_is(0).stderr_is_empty();
    is_golden("triage.txt", &output.text());
    let output = Dir::new().logscan("monitor --help").output();
    output.code_is(0).stderr_is_empty();
    is_golden("monitor.txt", &output.text());
}

#[track_caller]
fn is_golden(name: &str, help: &str) {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("testdata/help")
        .join(name);
    if env::var_os("UPDATE").is_some() {
        fs::create_dir_all(golden.parent().expect("it has a folder"))
            .expect("testdata is writable");
        fs::write(&golden, help).expect("testdata is writable");
    }
    let want = fs::read_to_string(&golden).unwrap_or_default();
    assert!(
        help == want,
        "the help is not testdata/help/{name}; if that is meant: UPDATE=1 cargo test --test it help\n{help}"
    );
}

#[test]
fn the_help_of_compare_is_the_golden_file() {
    let output = Dir::new().logscan("compare --help").output();
    output.code_is(0).stderr_is_empty();
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/help/compare.txt");
    if env::var_os("UPDATE").is_some() {
        fs::write(&golden, &output.stdout).expect("testdata is writable");
    }
    let want = fs::read_to_string(&golden).unwrap_or_default();
    assert!(
        output.text() == want,
        "the help is not testdata/help/compare.txt; if that is meant: UPDATE=1 cargo test --test it help\n{output}"
    );
}

#[test]
fn the_help_fits_80_columns_on_every_terminal() {
    let dir = Dir::new();
    for args in [
        "--help",
        "-h",
        "compare --help",
        "generate --help",
        "digest --help",
        "templates --help",
        "triage --help",
        "monitor --help",
        "help",
    ] {
        for columns in ["", "80", "300"] {
            let output = dir.logscan(args).env("COLUMNS", columns).output();
            output.code_is(0).stderr_is_empty();
            for line in output.text().lines() {
                assert!(
                    line.chars().count() <= COLUMNS,
                    "{args}: over {COLUMNS} columns: {line}"
                );
                assert_eq!(line, line.trim_end(), "{args}: blanks at the end of a line");
            }
        }
    }
}

#[test]
fn the_flags_that_are_promised_are_in_the_help() {
    let help = long_flags(&help());
    for flag in [
        "pattern",
        "file",
        "fixed-strings",
        "ignore-case",
        "smart-case",
        "invert-match",
        "word-regexp",
        "line-regexp",
        "count",
        "count-matches",
        "by-pattern",
        "only-matching",
        "tally",
        "replace",
        "line-number",
        "no-line-number",
        "byte-offset",
        "column",
        "with-filename",
        "files-with-matches",
        "files-without-match",
        "quiet",
        "no-messages",
        "max-count",
        "last",
        "since",
        "until",
        "tz",
        "time-format",
        "slack",
        "after-context",
        "before-context",
        "context",
        "passthru",
        "and",
        "not",
        "json",
        "color",
        "raw",
        "stats",
        "threads",
        "mmap",
        "no-mmap",
        "no-config",
        "max-columns",
        "max-line-bytes",
        "byte-range",
        "null",
        "progress",
        "board",
        "continue",
        "regex-size-limit",
        "dfa-size-limit",
        "template",
        "help",
        "version",
    ] {
        assert!(
            help.contains(flag),
            "--{flag} is not in the help, which has {help:?}"
        );
    }
}

#[test]
fn every_flag_and_command_of_the_help_is_in_the_man_page_and_the_completions() {
    let dir = Dir::new();
    let help = help();
    let (_, commands) = help
        .split_once("logscan <")
        .expect("usage has the commands");
    let (commands, _) = commands.split_once('>').expect("usage has the commands");
    let commands: Vec<&str> = commands.split('|').collect();
    assert!(commands.len() >= 6, "{commands:?}");
    let mut flags = long_flags(&help);
    for command in commands.iter().filter(|command| **command != "help") {
        let output = dir.logscan(command).arg("--help").output();
        output.code_is(0).stderr_is_empty();
        flags.append(&mut long_flags(&output.text()));
    }
    // They do nothing, so the help leaves them out.
    flags.extend(["text", "line-buffered", "include-zero"].map(String::from));
    // And what few need.
    flags.extend(["no-include-zero", "heading", "trim"].map(String::from));
    // Of search, compare, templates, triage and monitor.
    for flag in [
        "no-config",
        "max-regression",
        "max-distinct",
        "rules",
        "wait",
    ] {
        assert!(
            flags.contains(flag),
            "the help is not understood: {flags:?}"
        );
    }
    for kind in ["man", "bash", "zsh", "fish", "powershell"] {
        let output = dir.logscan("generate").arg(kind).output();
        output.code_is(0).stderr_is_empty();
        let text = output.text().replace("\\-", "-");
        for flag in &flags {
            let wanted = match kind {
                "fish" => format!("-l {flag}"),
                _ => format!("--{flag}"),
            };
            assert!(
                has_word(&text, &wanted),
                "logscan generate {kind} does not mention {wanted}"
            );
        }
        for command in &commands {
            let wanted = match kind {
                "man" => format!("logscan {command}"),
                "bash" => format!("'{command}')"),
                "zsh" => format!("'{command}:"),
                "fish" => format!("-a {command} -d"),
                _ => format!("'logscan;{command}'"),
            };
            assert!(
                text.contains(&wanted),
                "logscan generate {kind} does not have the command {wanted}"
            );
        }
    }
    dir.logscan("generate tcsh")
        .output()
        .stdout_is("")
        .code_is(2);
    dir.logscan("generate").output().stdout_is("").code_is(2);
}

#[test]
fn the_short_help_fits_a_screen_of_forty_lines() {
    let output = Dir::new().logscan("-h").output();
    output.code_is(0).stderr_is_empty();
    assert!(output.text().lines().count() <= 40, "{output}");
}

#[test]
fn the_help_of_a_command_is_what_its_flag_prints() {
    let dir = Dir::new();
    for command in COMMANDS {
        let want = dir.logscan(command).arg("--help").output();
        let got = dir.logscan("help").arg(command).output();
        got.code_is(0).stderr_is_empty().stdout_is(&want.stdout);
    }
    dir.logscan("help search")
        .output()
        .stdout_is(help())
        .code_is(0);
}

#[test]
fn each_topic_of_the_help_is_explained_and_is_in_the_man_page_and_the_completions() {
    let dir = Dir::new();
    let overview = dir.logscan("help").output().text();
    let mut names = Vec::new();
    for part in overview
        .split("\n\n")
        .filter(|part| part.contains(", as in logscan help "))
    {
        let rows = part.lines().skip(1);
        names.extend(rows.filter_map(|row| row.split_whitespace().next().map(str::to_owned)));
    }
    assert!(names.len() > 20, "{names:?}");
    let [bash, fish] =
        ["bash", "fish"].map(|shell| dir.logscan("generate").arg(shell).output().text());
    for name in &names {
        let output = dir.logscan("help").arg(name).output();
        output.code_is(0).stderr_is_empty();
        assert!(output.text().lines().count() > 3, "{output}");
        assert!(has_word(&bash, name) && has_word(&fish, name), "{name}");
    }
    let man = dir.logscan("generate man").output().text();
    for title in [
        "RULES",
        "\"FLAGS OF OTHER TOOLS\"",
        "\"DIFFERENCES FROM GREP\"",
        "FILES",
    ] {
        assert!(man.contains(&format!(".SH {title}\n")), "{title}");
    }
    let output = dir.logscan("help no-such-topic").output();
    output.code_is(2).stdout_is("");
    output.stderr_has("there is no help on 'no-such-topic'");
    // A file is searched for the word.
    dir.file("app.log", "help\nno\n");
    dir.logscan("help app.log")
        .output()
        .stdout_is("help\n")
        .code_is(0);
}

#[test]
fn the_version_is_that_of_the_package() {
    let dir = Dir::new();
    for flag in ["--version", "-V"] {
        let output = dir.logscan(flag).output();
        output.code_is(0);
        assert!(
            output
                .text()
                .starts_with(concat!("logscan ", env!("CARGO_PKG_VERSION"))),
            "{output}"
        );
    }
}

fn help() -> String {
    let output = Dir::new().logscan("--help").output();
    output.code_is(0).stderr_is_empty();
    output.text()
}

/// Whether a flag is in a text, and not only a longer one that begins with it.
fn has_word(text: &str, flag: &str) -> bool {
    text.match_indices(flag).any(|(at, _)| {
        !text[at + flag.len()..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '-')
    })
}

/// The long flags that begin an entry of a help.
fn long_flags(help: &str) -> BTreeSet<String> {
    let mut flags = BTreeSet::new();
    for line in help.lines() {
        let entry = line.trim_start();
        let long = match entry.split_once(", --") {
            Some((short, long)) if short.len() == 2 && short.starts_with('-') => Some(long),
            _ => entry.strip_prefix("--"),
        };
        if let Some(long) = long {
            flags.insert(
                long.chars()
                    .take_while(|c| c.is_ascii_alphanumeric() || *c == '-')
                    .collect(),
            );
        }
    }
    assert!(
        flags.contains("help"),
        "the help is not understood: {flags:?}\n{help}"
    );
    flags
}
