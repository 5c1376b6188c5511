//! Habits from other tools: flags that logscan does not have, and what to write instead.
//!
//! A person who types `-P` or `--from` knows what it does in another tool. The flag here whose name
//! is nearest does something else. [`FOREIGN`] has one sentence for each flag of GNU grep, ripgrep,
//! ugrep and tail that is not a flag here. The tests compare it with lists of their flags, and with
//! the flags of logscan: if one of them is added, its row has to go.

use std::{ffi::OsString, num::ParseIntError};

use anyhow::anyhow;
use clap::{
    Command, CommandFactory, ValueHint,
    error::{ContextKind, ContextValue, ErrorKind},
};

use super::{args::SearchArgs, commands::commands, hints, typed};

/// Flags of other tools that ask for the same thing.
pub(crate) struct Foreign {
    /// The names of the flags, as they are typed.
    pub(crate) names: &'static [&'static str],
    /// The advice what to do instead. It stands behind a colon.
    pub(crate) instead: &'static str,
}

/// All flags that people know from other tools, and what replaces them today.
pub(crate) const FOREIGN: &[Foreign] = &[
    // Folders.
    Foreign {
        names: &["-d", "--directories"],
        instead: "a folder is searched with all files below it; --max-depth NUM says how far down",
    },
    Foreign {
        names: &["--depth"],
        instead: "its name here is --max-depth",
    },
    Foreign {
        names: &["--one-file-system"],
        instead: "--exclude-dir GLOB leaves folders out; file systems that the kernel makes up, as /proc, are not entered",
    },
    Foreign {
        names: &["--max-filesize"],
        instead: "find chooses files by size, as in logscan ERROR $(find DIR -size -1G -type f)",
    },
    Foreign {
        names: &["--iglob", "--glob-case-insensitive"],
        instead: "--glob takes letters of either case, as in --glob '*.[lL][oO][gG]'",
    },
    Foreign {
        names: &["--include-dir"],
        instead: "--include takes folders too, as in --include 'nginx/**'",
    },
    Foreign {
        names: &["--exclude-from", "--include-from"],
        instead: "--exclude GLOB and --include GLOB may be given several times",
    },
    Foreign {
        names: &[
            "-t",
            "--type",
            "--type-add",
            "--type-clear",
            "--type-list",
            "--type-not",
            "--file-type",
        ],
        instead: "there are no types of files; --include GLOB chooses files by their names, as in --include '*.log'",
    },
    Foreign {
        names: &["-T", "--initial-tab"],
        instead: "it lines up text with tabs in grep, and leaves out a type of files in ripgrep; here fields are not \
                  lined up, and --exclude GLOB leaves files out by their names",
    },
    Foreign {
        names: &[
            "-.",
            "--hidden",
            "-u",
            "--unrestricted",
            "--no-ignore",
            "--no-ignore-dot",
            "--no-ignore-exclude",
            "--no-ignore-files",
            "--no-ignore-global",
            "--no-ignore-messages",
            "--no-ignore-parent",
            "--no-ignore-vcs",
            "--no-require-git",
            "--ignore-file",
            "--ignore-file-case-insensitive",
            "--ignore-files",
        ],
        instead: "no file is hidden or ignored; --exclude GLOB and --exclude-dir GLOB leave some out",
    },
    Foreign {
        names: &["-D", "--devices"],
        instead: "devices and pipes that are named are read like files, and those in folders are left out",
    },
    Foreign {
        names: &["--list-files"],
        instead: "its name here is --files",
    },
    Foreign {
        names: &["--sort", "--sortr", "--sort-files"],
        instead: "results are in the order in which files are named, and in folders in that of their paths; for \
                  another: logscan ERROR $(ls -tr app.log*)",
    },
    // What is read.
    Foreign {
        names: &["--zmax"],
        instead: "what is compressed in what is compressed is decompressed too, up to three times",
    },
    Foreign {
        names: &["--pre", "--pre-glob", "--filter"],
        instead: "write a pipeline, as in zstdcat app.log.zst | logscan ERROR",
    },
    Foreign {
        names: &["--binary", "--binary-files", "--no-binary"],
        instead: "every file is searched as text, with NUL bytes in it too, so leave the flag out",
    },
    Foreign {
        names: &["--crlf", "--unix-byte-offsets"],
        instead: "one carriage return before the end of a line is never part of it, so leave the flag out",
    },
    Foreign {
        names: &["--follow", "--retry", "--pid", "--sleep-interval"],
        instead: "pipe what is appended, as in tail -F app.log | logscan ERROR, which prints each hit at once; \
                  --board FILE --continue searches what is new since the last time",
    },
    Foreign {
        names: &["--from", "--to", "--before", "--after"],
        instead: "--since TIME and --until TIME choose lines by their times, as in --since 14:02 --until 14:07",
    },
    Foreign {
        names: &["--label"],
        instead: "the standard input is called (standard input)",
    },
    // Patterns.
    Foreign {
        names: &[
            "-P",
            "--perl-regexp",
            "--pcre2",
            "--engine",
            "--auto-hybrid-regex",
            "--no-pcre2-unicode",
            "--pcre2-version",
            "--pcre2-unicode",
        ],
        instead: "the syntax is that of the Rust regex crate, close to Perl's, but it lacks look-around and \
                  back-references; --and REGEX and --not REGEX test the same line in place of most of them",
    },
    Foreign {
        names: &["-G", "--basic-regexp"],
        instead: "the syntax is that of the Rust regex crate, and it lacks basic regular expressions: write \
                  ( ) { } | for \\( \\) \\{ \\} \\|",
    },
    Foreign {
        names: &["--case-sensitive"],
        instead: "that is the default; --no-ignore-case and --no-smart-case take back what the config file says",
    },
    Foreign {
        names: &["-U", "--multiline", "--multiline-dotall"],
        instead: "each line is searched by itself; -A NUM, -B NUM and -C NUM show the lines around a hit, and \
                  --and REGEX tests the same line",
    },
    Foreign {
        names: &["--no-unicode", "--no-unicode-classes"],
        instead: "write (?-u) in front of the pattern, as in '(?-u)\\w+'",
    },
    Foreign {
        names: &["--stop-on-nonmatch"],
        instead: "-m NUM stops after NUM hits; for the first run of hits only: \
                  awk '/ERROR/ {print; hit=1; next} hit {exit}' app.log",
    },
    Foreign {
        names: &["-Q", "--bool", "--andnot", "--fuzzy"],
        instead: "--and REGEX and --not REGEX combine patterns; -F takes them as plain text",
    },
    // Output.
    Foreign {
        names: &["--vimgrep"],
        instead: "-H --column prints FILE:LINE:COLUMN:TEXT, once for each line",
    },
    Foreign {
        names: &["--colors"],
        instead: "GREP_COLORS chooses the colours, as in GNU grep: GREP_COLORS='mt=01;32' logscan ERROR app.log",
    },
    Foreign {
        names: &["-p", "--pretty"],
        instead: "-n --heading --color=always is the same",
    },
    Foreign {
        names: &[
            "--field-match-separator",
            "--field-context-separator",
            "--separator",
        ],
        instead: "fields are told apart by : in hits and by - in context; --json has them as JSON, and -Z ends file \
                  names with a NUL byte",
    },
    Foreign {
        names: &["--context-separator"],
        instead: "its name here is --group-separator, as in grep; --no-group-separator prints none",
    },
    Foreign {
        names: &["--hyperlink-format", "--hyperlink", "--hostname-bin"],
        instead: "there are no links; -Hn prints FILE:LINE:, which editors and many terminals make a link of",
    },
    Foreign {
        names: &["--path-separator"],
        instead: "files are named as they were given, and below folders with the separator of the system",
    },
    Foreign {
        names: &["--block-buffered", "--no-block-buffered"],
        instead: "results are written as soon as there are enough for a write or nothing more to read, so leave the \
                  flag out",
    },
    Foreign {
        names: &["--csv", "--xml"],
        instead: "--json prints the hits for programs; --per, digest, templates and triage have a --format",
    },
    Foreign {
        names: &["--pager"],
        instead: "write a pipeline, as in logscan --color=always ERROR app.log | less -R",
    },
    Foreign {
        names: &["--trace"],
        instead: "--debug says which flags the config file gave, and --stats how the search went",
    },
    Foreign {
        names: &["--generate"],
        instead: "it is a command: logscan generate man, bash, zsh, fish, powershell or skill",
    },
];

/// Returns what to write instead of a flag that logscan does not have, if that is known.
pub(crate) fn instead(name: &str) -> Option<String> {
    if let Some(digits) = name.strip_prefix('-')
        && !digits.is_empty()
        && digits.bytes().all(|byte| byte.is_ascii_digit())
    {
        return Some(format!(
            "lines around a hit are asked for with -C {digits} (before and after), -B {digits} or -A {digits}"
        ));
    }
    let known = FOREIGN.iter().find(|foreign| foreign.names.contains(&name));
    known.map(|foreign| foreign.instead.to_owned())
}

/// Explains what clap has found wrong about `words`, a command and its arguments, to a user who
/// knows other tools.
pub(crate) fn explain(error: clap::Error, words: &[OsString]) -> anyhow::Error {
    let name = words.first().cloned().unwrap_or_default();
    let command = commands().into_iter().find(|command| name == command.name);
    match command.and_then(|command| better(&error, words, &command.table)) {
        Some(text) => anyhow!(text),
        None => error.into(),
    }
}

/// Returns a message of one line in place of clap's words, if there is a better one.
pub(crate) fn better(error: &clap::Error, words: &[OsString], table: &Command) -> Option<String> {
    match error.kind() {
        ErrorKind::UnknownArgument => {
            let Some(ContextValue::String(name)) = error.get(ContextKind::InvalidArg) else {
                return None;
            };
            // Clap reports a word too many as a flag too.
            if !name.starts_with('-') {
                return None;
            }
            let word = word_of(name, words);
            if let Some(flag) = typed::flag_without_value(words, word, table) {
                return Some(format!(
                    "{flag} needs a value, and {word} looks like a flag; if it is the value: {flag}={word}"
                ));
            }
            // `-25` is not the flag -2.
            let name = match word.trim_start_matches('-').parse::<u64>() {
                Ok(_) => word,
                Err(_) => name,
            };
            elsewhere(name, table)
                .or_else(|| instead(name))
                .map(|instead| format!("there is no flag {name}: {instead}"))
        }
        // People who want JSON mostly want the hits.
        ErrorKind::InvalidValue if is_json_format(error, table) => Some(
            "there is no --format json: --format jsonl prints the counts as JSON Lines, and --json prints the hits \
             themselves, without --per"
                .into(),
        ),
        // The words of std say what the parser met. They do not say what is wanted.
        ErrorKind::ValueValidation
            if std::error::Error::source(error)
                .is_some_and(|source| source.is::<ParseIntError>()) =>
        {
            let text = |kind| match error.get(kind) {
                Some(ContextValue::String(text)) => Some(text),
                _ => None,
            };
            let (flag, value) = (
                text(ContextKind::InvalidArg)?,
                text(ContextKind::InvalidValue)?,
            );
            Some(format!(
                "invalid value '{value}' for '{flag}': it must be a whole number"
            ))
        }
        // Clap says the same about an empty value and about none at all.
        ErrorKind::InvalidValue
            if words
                .iter()
                .any(|word| word.is_empty() || word.as_encoded_bytes().ends_with(b"=")) =>
        {
            match (
                error.get(ContextKind::InvalidArg)?,
                error.get(ContextKind::InvalidValue)?,
            ) {
                (ContextValue::String(name), ContextValue::String(value))
                    if value.is_empty() && is_of_files(name, table) =>
                {
                    Some(match name.starts_with('-') {
                        true => format!("{name}: {}", hints::EMPTY),
                        false => format!("cannot open '': {}", hints::EMPTY),
                    })
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// Returns whether JSON was asked for as the format of a search.
fn is_json_format(error: &clap::Error, table: &Command) -> bool {
    let is = |kind, wanted: &dyn Fn(&str) -> bool| match error.get(kind) {
        Some(ContextValue::String(text)) => wanted(text),
        _ => false,
    };
    table.get_arguments().any(|flag| flag.get_id() == "per")
        && is(ContextKind::InvalidArg, &|arg| arg.starts_with("--format "))
        && is(ContextKind::InvalidValue, &|value| {
            value.eq_ignore_ascii_case("json")
        })
}

/// Returns whether the values of an argument are names of files. `shown` is how clap shows the
/// argument, as in `--file <FILE>`.
fn is_of_files(shown: &str, table: &Command) -> bool {
    let mut table = table.clone();
    table.build();
    table.get_arguments().any(|arg| {
        let is_file = matches!(
            arg.get_value_hint(),
            ValueHint::FilePath | ValueHint::DirPath | ValueHint::AnyPath
        );
        is_file && arg.to_string() == shown
    })
}

/// Returns the word in which clap found the flag `name`. Other flags may stand in it too.
fn word_of<'a>(name: &'a str, words: &'a [OsString]) -> &'a str {
    let mut words = words.iter().skip(1).filter_map(|word| word.to_str());
    let is_it = |word: &&str| match name.strip_prefix("--") {
        Some(_) => word.split('=').next() == Some(name),
        None => word.starts_with('-') && !word.starts_with("--") && word.contains(&name[1..]),
    };
    words.find(is_it).unwrap_or(name)
}

/// Returns a message that names a command that has a flag, if this one lacks it.
fn elsewhere(name: &str, table: &Command) -> Option<String> {
    let has = |command: &Command| {
        let mut flags = command.get_arguments().filter(|flag| !flag.is_hide_set());
        flags.any(|flag| typed::is_named(flag, name))
    };
    let this = table
        .get_name()
        .strip_prefix("logscan ")
        .unwrap_or("a search");
    if name == "-r" && ["triage", "templates"].contains(&this) {
        return Some(
            "triage takes a folder as it is, and templates the files in it, as in \
             logscan templates $(find DIR -type f)"
                .into(),
        );
    }
    if this != "a search" && has(&SearchArgs::command()) {
        return Some(format!(
            "a search has it, {this} has not; logscan help {this} lists the flags of {this}"
        ));
    }
    if this != "a search" {
        return None;
    }
    let command = commands().into_iter().find(|command| has(&command.table))?;
    Some(format!("logscan {} has it, a search has not", command.name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::templates::TemplatesArgs;

    /// The flags of GNU grep 3.11, without those that it only accepts.
    const GREP: &str = "-A -B -C -D -E -F -G -H -I -L -P -R -T -U -V -Z -a -b -c -d -e -f -h -i -l -m -n -o -q -r -s -v -w \
        -x -y -z -5 -25 --after-context --basic-regexp --before-context --binary --binary-files --byte-offset --color \
        --colour --context --count --dereference-recursive --devices --directories --exclude --exclude-dir --exclude-from \
        --extended-regexp --file --files-with-matches --files-without-match --fixed-strings --group-separator --help \
        --ignore-case --include --initial-tab --invert-match --label --line-buffered --line-number --line-regexp \
        --max-count --no-filename --no-group-separator --no-ignore-case --no-messages --null --null-data --only-matching \
        --perl-regexp --quiet --recursive --regexp --silent --text --version --with-filename --word-regexp";

    /// The flags of ripgrep 15.
    const RIPGREP: &str = "-. -0 -A -B -C -E -F -H -I -L -M -N -P -S -T -U -V -a -b -c -d -e -f -g -h -i -j -l -m -n -o -p \
        -q -r -s -t -u -v -w -x -z --after-context --auto-hybrid-regex --before-context --binary --block-buffered \
        --byte-offset --case-sensitive --color --colors --column --context --context-separator --count --count-matches \
        --crlf --debug --dfa-size-limit --encoding --engine --field-context-separator --field-match-separator --file \
        --files --files-with-matches --files-without-match --fixed-strings --follow --generate --glob \
        --glob-case-insensitive --heading --help --hidden --hostname-bin --hyperlink-format --iglob --ignore-case \
        --ignore-file --ignore-file-case-insensitive --include-zero --invert-match --json --line-buffered --line-number \
        --line-regexp --max-columns --max-columns-preview --max-count --max-depth --max-filesize --mmap --multiline \
        --multiline-dotall --no-config --no-filename --no-ignore --no-ignore-dot --no-ignore-exclude --no-ignore-files \
        --no-ignore-global --no-ignore-messages --no-ignore-parent --no-ignore-vcs --no-line-number --no-messages \
        --no-mmap --no-pcre2-unicode --no-require-git --no-unicode --null --null-data --one-file-system --only-matching \
        --passthru --path-separator --pcre2 --pcre2-version --pre --pre-glob --pretty --quiet --regex-size-limit --regexp \
        --replace --search-zip --smart-case --sort --sort-files --sortr --stats --stop-on-nonmatch --text --threads \
        --trace --trim --type --type-add --type-clear --type-list --type-not --unrestricted --version --vimgrep \
        --with-filename --word-regexp";

    fn is_known(name: &str) -> bool {
        let words = ["logscan", name].map(OsString::from);
        !typed::flags(&words, &SearchArgs::table()).is_empty()
    }

    #[test]
    fn every_flag_of_grep_and_ripgrep_is_a_flag_here_or_says_what_to_write() {
        for name in [GREP, RIPGREP]
            .iter()
            .flat_map(|text| text.split_whitespace())
        {
            let is_told = instead(name).is_some();
            assert!(is_known(name) || is_told, "{name}");
        }
    }

    #[test]
    fn no_flag_of_logscan_is_told_to_be_missing() {
        let mut names: Vec<&str> = FOREIGN
            .iter()
            .flat_map(|foreign| foreign.names)
            .copied()
            .collect();
        for name in &names {
            assert!(!is_known(name), "{name} is a flag: take it from the table");
        }
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count, "each has one sentence");
    }

    /// A sentence must not advise a flag that does not exist.
    #[test]
    fn what_is_advised_are_flags_of_logscan() {
        for foreign in FOREIGN {
            // Commands of other programs have flags of their own.
            let ours = foreign
                .instead
                .split(" | ")
                .filter(|part| !part.contains("less"));
            for word in ours
                .flat_map(str::split_whitespace)
                .filter(|word| word.starts_with("--"))
            {
                let name = word
                    .split('=')
                    .next()
                    .unwrap()
                    .trim_end_matches([',', ';', ')', ':']);
                let is_command = commands().iter().any(|command| {
                    let mut flags = command.table.get_arguments();
                    flags.any(|flag| flag.get_long() == name.strip_prefix("--"))
                });
                assert!(
                    is_known(name) || is_command,
                    "{name} in {}",
                    foreign.instead
                );
            }
        }
    }

    #[track_caller]
    fn check(line: &str, want: &str) {
        let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        let mut table = SearchArgs::table();
        let error = SearchArgs::of(words.clone(), &mut table).unwrap_err();
        let message = better(&error, &words, &table).unwrap();
        assert!(message.contains(want), "{line}: {message}");
    }

    #[test]
    fn a_flag_of_another_tool_is_found_wherever_it_stands() {
        check("logscan -inP ERROR f", "there is no flag -P: ");
        check(
            "logscan ERROR f --iglob=*.log",
            "there is no flag --iglob: ",
        );
        check("logscan -G ERROR f", "it lacks basic regular expressions");
        check(
            "logscan --from 5m ERROR f",
            "there is no flag --from: --since TIME",
        );
    }

    #[test]
    fn a_flag_of_another_command_is_named_with_it() {
        check(
            "logscan --export-json x a f",
            "there is no flag --export-json: logscan compare has it",
        );
        let of = |line: &str| {
            let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            let name = words[0].to_str().unwrap();
            let command = commands().into_iter().find(|command| command.name == name);
            let mut table = command.unwrap().table;
            let error = table.try_get_matches_from_mut(&words).unwrap_err();
            explain(error, &words).to_string()
        };
        assert!(
            of("templates -c f")
                .contains("there is no flag -c: a search has it, templates has not")
        );
        assert!(of("triage -r d").contains("triage takes a folder as it is"));
        assert!(of("templates --from 5m f").contains("there is no flag --from: "));
        assert!(of("triage --records f").contains("there is no flag --records: "));
    }

    #[test]
    fn an_empty_value_is_told_to_be_empty() {
        check("logscan --board= a f", "--board <FILE>: the name is empty");
        check("logscan --max-count= a f", "it must be a whole number");
        let words = ["templates", ""].map(OsString::from);
        let mut table = TemplatesArgs::command();
        let error = table.try_get_matches_from_mut(&words).unwrap_err();
        assert!(
            explain(error, &words)
                .to_string()
                .starts_with("cannot open '': the name is empty")
        );
    }

    #[test]
    fn a_value_that_is_none_is_told_to_belong_to_its_flag() {
        check(
            "logscan -A -1 a f",
            "--after-context needs a value, and -1 looks like a flag",
        );
        check(
            "logscan a f -m x",
            "invalid value 'x' for '--max-count <NUM>': it must be a whole number",
        );
    }
}
