//! What is printed about the program is true: help, man page, completions, and the README's examples.

use std::{collections::BTreeSet, env, fs, path::Path};

use super::support::Dir;
#[cfg(unix)]
use super::support::sh_in;

/// The widest that a line of help may be.
const COLUMNS: usize = 80;

#[test]
fn the_help_is_the_golden_file() {
    is_golden("logscan.txt", &help());
    let output = Dir::new().logscan("templates --help").output();
    output.code_is(0).stderr_is_empty();
    is_golden("templates.txt", &output.text());
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
        "templates --help",
        "triage --help",
        "monitor --help",
        "help",
    ] {
        for columns in ["", "80", "300"] {
            let output = dir.logscan(args).env("COLUMNS", columns).output();
            if args != "help" {
                output.code_is(0).stderr_is_empty();
            }
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
    assert!(commands.len() >= 5, "{commands:?}");
    let mut flags = long_flags(&help);
    for command in &commands {
        let output = dir.logscan(command).arg("--help").output();
        output.code_is(0).stderr_is_empty();
        flags.append(&mut long_flags(&output.text()));
    }
    // They do nothing, so the help leaves them out.
    flags.extend(["text", "line-buffered"].map(String::from));
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
                "bash" => format!("logscan,{command})"),
                "zsh" => format!("'{command}:"),
                "fish" => format!("-a \"{command}\""),
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

#[test]
#[cfg(unix)] // A shell.
fn the_examples_of_the_readme_give_what_it_shows() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(root.join("README.md")).expect("there is a README.md");
    let examples = examples(&readme);
    assert!(
        !examples.is_empty(),
        "README.md has no ```console block with `$ logscan ...` and its output"
    );
    for Example { command, want } in examples {
        let output = sh_in(root, &format!("{{ {command}\n}} 2>&1")).output();
        assert!(
            output.text() == want,
            "README.md shows for `$ {command}`:\n{want}\nbut it gives:\n{output}"
        );
    }
}

#[test]
fn examples_are_found_in_console_blocks_only() {
    let readme = "\
```sh
logscan x
```
```console
$ cargo test
ok
$ logscan -n x \\
    a.log
1:x

2:x
$ cargo run --release -- --pattern x b.log | sort
x
```
";
    let got: Vec<_> = examples(readme)
        .into_iter()
        .map(|example| (example.command, example.want))
        .collect();
    let want = [
        ("logscan -n x \\\n    a.log", "1:x\n\n2:x\n"),
        ("logscan --pattern x b.log | sort", "x\n"),
    ];
    assert_eq!(
        got,
        want.map(|(command, output)| (command.to_string(), output.to_string()))
    );
}

/// What a comparison prints depends on the machine: that it runs, and that nothing about it is refused, is tested here.
#[test]
#[cfg(unix)] // A shell.
fn the_comparisons_of_the_readme_run() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(root.join("README.md")).expect("there is a README.md");
    let commands: Vec<&str> = readme
        .lines()
        .filter(|line| line.starts_with("logscan compare "))
        .collect();
    assert!(commands.len() >= 4, "{commands:?}");
    let dir = Dir::new();
    let log = fs::read(root.join("testdata/app.log")).expect("it is in the repository");
    dir.file("huge.log", log);
    for command in commands {
        let output = dir.sh(&format!("{command} --runs 6 --threads 1")).output();
        let has_report = output
            .text()
            .contains("1 thread, file in cache: median of 6 runs");
        // Against a baseline a path may be slower, as far as this machine can tell with such a small log.
        let is_done =
            output.code == Some(0) || output.code == Some(1) && command.contains("--baseline");
        assert!(has_report && is_done, "{output}");
    }
}

#[test]
#[cfg(unix)] // A shell.
fn the_crontab_of_the_readme_prints_what_is_new() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(root.join("README.md")).expect("there is a README.md");
    let lines: Vec<&str> = readme
        .lines()
        .filter_map(|line| line.strip_prefix("*/5 * * * * "))
        .collect();
    let [line] = lines[..] else {
        panic!("one line of a crontab: {lines:?}")
    };
    let dir = Dir::new();
    let command = line.replace("/var/tmp/", "./").replace("/var/log/", "./");
    assert_ne!(command, line);
    for (log, want, code) in [
        ("ok\nERROR 1\n", "2:ERROR 1\n", 0),
        ("ok\nERROR 1\n", "", 1),
        ("ok\nERROR 1\nERROR 2\n", "3:ERROR 2\n", 0),
    ] {
        dir.file("app.log", log);
        let output = dir.sh(&command).output();
        output.stdout_is(want).stderr_is_empty().code_is(code);
    }
}

/// What a running search shows depends on the moment: its end is shown here.
#[test]
#[cfg(unix)] // A shell.
fn the_monitor_of_the_readme_shows_its_search() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(root.join("README.md")).expect("there is a README.md");
    let command = |begin: &str| {
        let mut lines = readme.lines().filter_map(|line| line.strip_prefix("$ "));
        let line = lines.find(|line| line.starts_with(begin));
        line.expect("README.md has it").replace("/dev/shm/", "./")
    };
    let (search, monitor) = (command("logscan --board"), command("logscan monitor"));
    let search = search
        .strip_suffix(" &")
        .expect("it runs in the background");
    let dir = Dir::new();
    dir.file("huge4.log", "GET / 404\nGET / 200\nGET / 500\n");
    let output = dir.sh(&format!("{search} && {monitor}")).output();
    output.code_is(0).stderr_is_empty();
    let text = output.text();
    assert!(text.contains("scan: finished, exit status 0"), "{output}");
    assert!(text.contains("2 hits"), "{output}");
}

/// A command of the README and the output that it shows, stdout and stderr together.
struct Example {
    command: String,
    want: String,
}

/// The commands in ```console blocks that run logscan; the others there are for the reader.
fn examples(readme: &str) -> Vec<Example> {
    let mut all: Vec<Example> = Vec::new();
    let mut in_console = false;
    for line in readme.lines() {
        if line.starts_with("```") {
            in_console = !in_console && line.trim_end() == "```console";
        } else if !in_console {
            continue;
        } else if let Some(command) = line.strip_prefix("$ ") {
            all.push(Example {
                command: command.into(),
                want: String::new(),
            });
        } else if let Some(example) = all.last_mut() {
            match example.command.ends_with('\\') && example.want.is_empty() {
                true => example.command = format!("{}\n{line}", example.command),
                false => example.want.push_str(&format!("{line}\n")),
            }
        }
    }
    for example in &mut all {
        example.command = example
            .command
            .replace("cargo run --release -- ", "logscan ");
    }
    all.retain(|example| {
        example
            .command
            .split_whitespace()
            .any(|word| word == "logscan")
    });
    all
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
