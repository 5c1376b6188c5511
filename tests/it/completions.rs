//! The generated completions, loaded by the real shells: keys are typed, and what stands on the
//! line is looked at.
//!
//! In bash and zsh `logscan` is a function that writes down its arguments, so that a line such as
//! `logscan tri`, the key for completion and Enter tell what the shell made of it. In both the key
//! is one that puts all matches on the line, which is no different from the usual one where there
//! is a single match. The next line is typed when the answer to the last one is there, so nothing
//! depends on how fast a shell is.

#![cfg(unix)]

use std::{fs, io::Write as _, path::Path};

use super::support::{COMMANDS, Dir, KillOnDrop, chunks_of, require, wait, wait_for};

/// What is typed before the key, and what must be among the words then, or must not.
struct Case {
    line: &'static str,
    has: &'static [&'static str],
    has_not: &'static [&'static str],
}

/// The same for all shells. There are the files `app.log` and `two words.log`, and the folder
/// `logs`.
const CASES: &[Case] = &[
    Case {
        line: "tri",
        has: &["triage"],
        has_not: &["templates", "tri"],
    },
    Case {
        line: "",
        has: &COMMANDS,
        has_not: &["--color"],
    },
    Case {
        line: "ap",
        has: &["app.log"],
        has_not: &["ap"],
    },
    Case {
        line: "--line-n",
        has: &["--line-number"],
        has_not: &[],
    },
    Case {
        line: "--max-",
        has: &["--max-count", "--max-columns", "--max-line-bytes"],
        has_not: &["--max-distinct", "--max-regression"],
    },
    Case {
        line: "--color ",
        has: &["never", "always", "auto"],
        has_not: &["app.log", "triage"],
    },
    Case {
        line: "--color=al",
        has: &["--color=always"],
        has_not: &["--color=al"],
    },
    Case {
        line: "-nf ap",
        has: &["app.log"],
        has_not: &["ap"],
    },
    Case {
        line: "-e ap",
        has: &["ap"],
        has_not: &["app.log"],
    },
    Case {
        line: "ERROR ap",
        has: &["ERROR", "app.log"],
        has_not: &["ap"],
    },
    Case {
        line: "-n tri",
        has: &["tri"],
        has_not: &["triage"],
    },
    Case {
        line: "ERROR triage --ba",
        has: &["triage", "--ba"],
        has_not: &["--baseline"],
    },
    Case {
        line: "-- --line-n",
        has: &["--line-n"],
        has_not: &["--line-number"],
    },
    Case {
        line: "triage --ba",
        has: &["triage", "--baseline"],
        has_not: &["--ba"],
    },
    Case {
        line: "triage --format ",
        has: &["text", "jsonl", "github", "markdown", "sarif"],
        has_not: &["csv", "app.log"],
    },
    Case {
        line: "triage --format=mark",
        has: &["--format=markdown"],
        has_not: &[],
    },
    Case {
        line: "triage --baseline ap",
        has: &["--baseline", "app.log"],
        has_not: &["ap"],
    },
    Case {
        line: "triage ap",
        has: &["triage", "app.log"],
        has_not: &["ap"],
    },
    Case {
        line: "triage --line-n",
        has: &["--line-n"],
        has_not: &["--line-number"],
    },
    Case {
        line: "templates --format ",
        has: &["csv", "markdown"],
        has_not: &["github"],
    },
    Case {
        line: "templates --max-d",
        has: &["--max-distinct"],
        has_not: &[],
    },
    Case {
        line: "compare --export-h",
        has: &["--export-html"],
        has_not: &[],
    },
    Case {
        line: "compare ERROR ap",
        has: &["app.log"],
        has_not: &["ap"],
    },
    Case {
        line: "monitor --on",
        has: &["--once"],
        has_not: &[],
    },
    Case {
        line: "generate ",
        has: &["man", "bash", "zsh", "fish", "powershell"],
        has_not: &["app.log"],
    },
    Case {
        line: "generate po",
        has: &["generate", "powershell"],
        has_not: &["po"],
    },
    Case {
        line: "ERROR tw",
        has: &["two words.log"],
        has_not: &["tw"],
    },
];

/// A folder with the files that are completed, and the completions for a shell as `name`.
fn folder(shell: &str, name: &str) -> Dir {
    let dir = Dir::new();
    let output = dir.logscan("generate").arg(shell).output();
    output.code_is(0).stderr_is_empty();
    for file in ["app.log", "two words.log"] {
        dir.file(file, "ERROR\n");
    }
    fs::create_dir(dir.path().join("logs")).expect("the temp directory is writable");
    let path = dir.path().join(name);
    fs::create_dir_all(path.parent().expect("it is in the temp directory"))
        .expect("the temp directory is writable");
    fs::write(path, &output.stdout).expect("the temp directory is writable");
    dir
}

/// Writes down its arguments, in the bytes that cannot be in them: NUL would end them in a shell.
const RECORD: &str = r#"logscan() { printf '%s\001' "$@" >> "$ANSWERS"; printf '\n' >> "$ANSWERS"; }
"#;

/// Types each line and `key` in `shell`, on a terminal, and looks at the words.
#[track_caller]
fn check_typed(dir: &Dir, shell: &str, key: &str, cases: &[Case]) {
    let hidden = dir.path().join(".hidden");
    fs::create_dir_all(&hidden).expect("the temp directory is writable");
    let path = hidden.join("answers");
    fs::write(&path, "").expect("the temp directory is writable");
    let text = |path: &Path| path.to_string_lossy().into_owned();
    let run = dir
        .on_terminal(shell)
        .env("HOME", &text(&hidden))
        .env("ZDOTDIR", &text(&hidden))
        .env("ANSWERS", &text(&path))
        .without_env("FPATH")
        .without_env("BASH_ENV");
    let shown = run.shown();
    let mut shell = KillOnDrop(run.start());
    let screen = chunks_of(shell.0.stdout.take().expect("it is piped"));
    let mut keys = shell.0.stdin.take().expect("it is piped");
    let mut seen = Vec::new();
    for (at, case) in cases.iter().enumerate() {
        let typed = format!("logscan {}{key}\n", case.line);
        keys.write_all(typed.as_bytes()).expect("the shell reads");
        let words = wait_for(|| {
            seen.extend(screen.try_iter().flatten());
            let answers = fs::read_to_string(&path).expect("it was written");
            let answer = answers.split_inclusive('\n').nth(at)?.strip_suffix('\n')?;
            let words = answer.split_terminator('\u{1}').map(str::to_owned);
            Some(words.collect::<Vec<String>>())
        });
        let has = |word: &&&str| words.iter().any(|other| other == **word);
        let missing: Vec<_> = case.has.iter().filter(|word| !has(word)).collect();
        let wrong: Vec<_> = case.has_not.iter().filter(has).collect();
        assert!(
            missing.is_empty() && wrong.is_empty(),
            "{shown}\nlogscan {}: {words:?}\nlacks {missing:?}, and should not have {wrong:?}\n{}",
            case.line,
            String::from_utf8_lossy(&seen)
        );
    }
    keys.write_all(b"exit\n").expect("the shell reads");
    wait(&mut shell.0);
}

#[test]
fn bash_completes_what_the_help_says() {
    if !(require("bash") && require("script")) {
        return;
    }
    let dir = folder("bash", ".completions");
    let start = format!("{RECORD}PS1='$ '\nHISTFILE=\n. ./.completions\n");
    dir.file(".start", &start);
    // M-* is readline's insert-completions.
    check_typed(&dir, "bash --noprofile --rcfile .start -i", "\x1b*", CASES);
    // Where = does not cut words, and the shell is strict.
    dir.file(
        ".start",
        format!("{start}COMP_WORDBREAKS=${{COMP_WORDBREAKS//=}}\nset -u\n"),
    );
    check_typed(&dir, "bash --noprofile --rcfile .start -i", "\x1b*", CASES);
}

#[test]
fn bash_completes_with_the_usual_key() {
    if !(require("bash") && require("script")) {
        return;
    }
    let dir = folder("bash", ".completions");
    dir.file(
        ".start",
        format!("{RECORD}PS1='$ '\nHISTFILE=\n. ./.completions\n"),
    );
    let only = |line| Case {
        line,
        has: &[],
        has_not: &[],
    };
    let cases = [
        Case {
            has: &["triage"],
            ..only("tri")
        },
        Case {
            has: &["--format=sarif"],
            ..only("triage --format=s")
        },
        Case {
            has: &["logs/"],
            ..only("logs")
        },
    ];
    check_typed(&dir, "bash --noprofile --rcfile .start -i", "\t", &cases);
}

/// The package loads completions from folders when they are asked for, by the name of the program.
#[test]
fn bash_completion_finds_and_loads_them() {
    if !(require("bash") && require("script") && require("bash-completion")) {
        return;
    }
    let dir = folder("bash", ".hidden/bash-completion/completions/logscan");
    let start = "PS1='$ '\nHISTFILE=\n. /usr/share/bash-completion/bash_completion\n";
    // A relative path: the package does not quote it, and the folder for temporary files may have a
    // space in its name.
    dir.file(
        ".start",
        format!("{RECORD}export XDG_DATA_HOME=.hidden\n{start}"),
    );
    check_typed(&dir, "bash --noprofile --rcfile .start -i", "\x1b*", CASES);
}

#[test]
fn zsh_completes_what_the_help_says() {
    if !(require("zsh") && require("script")) {
        return;
    }
    let dir = folder("zsh", ".hidden/_logscan");
    let start = r"PS1='$ '
unset zle_bracketed_paste
fpath=($ZDOTDIR $fpath)
autoload -Uz compinit
compinit -u -d $ZDOTDIR/dump
zle -C all-matches complete-word _generic
bindkey '^[*' all-matches
zstyle ':completion:all-matches::::' completer _all_matches _complete
zstyle ':completion:all-matches:*' insert true
";
    let path = dir.path().join(".hidden/.zshrc");
    fs::write(path, format!("{RECORD}{start}")).expect("the temp directory is writable");
    check_typed(&dir, "zsh -o no_global_rcs -i", "\x1b*", CASES);
}

/// fish tells what it would offer without a terminal.
#[test]
fn fish_completes_what_the_help_says() {
    if !require("fish") {
        return;
    }
    let dir = folder("fish", ".config/fish/completions/logscan.fish");
    let home = dir.path().to_string_lossy().into_owned();
    for case in CASES {
        // What is not offered stays as it is; and fish gives no word that is there already.
        let output = dir
            .program("fish")
            .args(&["-c", "complete -C \"logscan $LINE\""])
            .env("LINE", case.line)
            .env("HOME", &home)
            .env("XDG_CONFIG_HOME", &format!("{home}/.config"))
            .env("XDG_DATA_HOME", &format!("{home}/.data"))
            .output();
        output.code_is(0);
        let text = output.text();
        let offered: Vec<String> = text
            .lines()
            .map(|line| {
                line.split('\t')
                    .next()
                    .unwrap_or_default()
                    .replace('\\', "")
            })
            .collect();
        let typed: Vec<&str> = case.line.split(' ').collect();
        for word in case.has {
            assert!(
                typed.contains(word) || offered.iter().any(|offer| offer == word),
                "logscan {}: no {word}\n{output}",
                case.line
            );
        }
        for word in case.has_not {
            assert!(
                !offered.iter().any(|offer| offer == word),
                "logscan {}: {word}\n{output}",
                case.line
            );
        }
    }
}
