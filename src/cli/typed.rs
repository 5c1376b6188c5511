//! Finds the flags that were typed, without judging them. clap tells them only if the words have no
//! mistake.
//!
//! The words are cut as clap cuts them: `--name`, `--name=value`, `-abc` as three flags, `-Cvalue`,
//! a value in the next word, and `--` behind which there are no flags. A flag that is not in the
//! table changes nothing about the others, and neither does a wrong value. Nothing here can fail,
//! because no value is looked at.

use std::ffi::{OsStr, OsString};

use clap::{Arg, Command};

/// The form in which a flag was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// `-n`
    Short,
    /// `--line-number`
    Long,
}

/// A flag as it was typed.
#[derive(Debug)]
struct TypedFlag<'t> {
    flag: &'t Arg,
    form: Form,
    value: Option<OsString>,
}

/// Returns the flags of `table` that are among `words`, in their order. `words` are the program's
/// name and its arguments.
pub(crate) fn flags<'t>(words: &[OsString], table: &'t Command) -> Vec<(&'t Arg, Form)> {
    let typed = with_values(words, table).into_iter();
    typed.map(|typed| (typed.flag, typed.form)).collect()
}

/// Returns the flags with one of the names `long` that are among `words`, and those that take them
/// back, to be typed again, with a blank behind each. `None` if one cannot be typed.
pub(crate) fn again(words: &[OsString], table: &Command, long: &[&str]) -> Option<String> {
    let mut text = String::new();
    for typed in with_values(words, table) {
        let is_kept = |name: &&str| {
            let taken_back = name.strip_prefix("no-");
            let takes_back = format!("no-{name}");
            let names = [Some(*name), taken_back, Some(&takes_back)];
            names.iter().flatten().any(|name| long.contains(name))
        };
        let Some(name) = typed.flag.get_long().filter(is_kept) else {
            continue;
        };
        match typed.value {
            None => text += &format!("--{name} "),
            Some(value) => {
                let value = shlex::try_quote(value.to_str()?).ok()?.into_owned();
                text += &format!("--{name}={value} ");
            }
        }
    }
    Some(text)
}

fn with_values<'t>(words: &[OsString], table: &'t Command) -> Vec<TypedFlag<'t>> {
    let mut found = Vec::new();
    let words = words.get(1..).unwrap_or_default();
    let mut nth = 0;
    while let Some(word) = words.get(nth) {
        nth += 1;
        let wants_value = match word.as_encoded_bytes() {
            b"--" => break,
            [b'-', b'-', ..] => long_flag(word, table, &mut found),
            [b'-', ..] => short_flags(word, table, &mut found),
            _ => None,
        };
        if let Some(flag) = wants_value
            && let Some(next) = words.get(nth)
            && is_value(next.as_encoded_bytes(), flag)
        {
            nth += 1;
            if let Some(last) = found.last_mut() {
                last.value = Some(next.clone());
            }
        }
    }
    found
}

/// Returns the flag that stands before the argument `word` and wants a value. `word` is not that
/// value, because it looks like a flag.
pub(crate) fn flag_without_value(
    words: &[OsString],
    word: &str,
    table: &Command,
) -> Option<String> {
    let at = words.iter().position(|typed| typed == word)?;
    let (before, _) = words.split_at_checked(at)?;
    let (flag, form) = flags(before, table).pop()?;
    let is_last = match (form, before.last()?.to_str()?) {
        (Form::Long, last) => last.starts_with("--") && !last.contains('='),
        (Form::Short, last) => last.starts_with('-') && last.ends_with(flag.get_short()?),
    };
    let wants_it = is_last && wants_word(flag) && !is_value(word.as_bytes(), flag);
    wants_it.then(|| format!("--{}", flag.get_long().unwrap_or_default()))
}

/// Returns the words with `-C 3` for `-3`, as GNU grep has it. `-0` is a flag of its own.
pub(crate) fn with_context(words: &[OsString], table: &Command) -> Vec<OsString> {
    let is_number = |word: &OsString| {
        let digits = word.as_encoded_bytes().strip_prefix(b"-");
        digits.is_some_and(|digits| {
            digits.first().is_some_and(|&first| first != b'0')
                && digits.iter().all(u8::is_ascii_digit)
        })
    };
    let end = words.iter().position(|word| word == "--");
    let mut changed = words.to_vec();
    for at in (1..end.unwrap_or(words.len())).filter(|&at| is_number(&words[at])) {
        if !wants_value(&words[..at], table) {
            let mut context = OsString::from("-C");
            context.push(&words[at].to_string_lossy()[1..]);
            changed[at] = context;
        }
    }
    changed
}

/// Returns whether the last of `words` is a flag whose value comes next.
fn wants_value(words: &[OsString], table: &Command) -> bool {
    let mut found = Vec::new();
    let flag = words.last().and_then(|word| match word.as_encoded_bytes() {
        [b'-', b'-', ..] => long_flag(word, table, &mut found),
        [b'-', ..] => short_flags(word, table, &mut found),
        _ => None,
    });
    flag.is_some()
}

/// Adds the flag of a word with two dashes. Returns it if its value is the next word.
fn long_flag<'t>(
    word: &OsStr,
    table: &'t Command,
    found: &mut Vec<TypedFlag<'t>>,
) -> Option<&'t Arg> {
    let long = word.as_encoded_bytes().strip_prefix(b"--")?;
    let end = long.iter().position(|&byte| byte == b'=');
    let name = &long[..end.unwrap_or(long.len())];
    let flag = table.get_arguments().find(|flag| {
        let aliases = flag.get_all_aliases().unwrap_or_default();
        let mut names = flag.get_long().into_iter().chain(aliases);
        names.any(|long| long.as_bytes() == name)
    })?;
    found.push(TypedFlag {
        flag,
        form: Form::Long,
        value: end.map(|end| behind(word, end + 3)),
    });
    (end.is_none() && wants_word(flag)).then_some(flag)
}

/// Adds the flags of one word. Returns the last of them if its value is the next word.
fn short_flags<'t>(
    word: &OsStr,
    table: &'t Command,
    found: &mut Vec<TypedFlag<'t>>,
) -> Option<&'t Arg> {
    let shorts = word.as_encoded_bytes();
    for (at, &short) in shorts.iter().enumerate().skip(1) {
        let short = char::from(short);
        let flag = table.get_arguments().find(|flag| {
            let aliases = flag.get_all_short_aliases().unwrap_or_default();
            flag.get_short()
                .into_iter()
                .chain(aliases)
                .any(|s| s == short)
        })?;
        let takes_value = flag.get_action().takes_values();
        let is_last = at + 1 == shorts.len();
        found.push(TypedFlag {
            flag,
            form: Form::Short,
            value: (takes_value && !is_last).then(|| behind(word, at + 1)),
        });
        if takes_value {
            return (is_last && wants_word(flag)).then_some(flag);
        }
    }
    None
}

/// The end of a word from a byte on, before which it is ASCII.
fn behind(word: &OsStr, at: usize) -> OsString {
    match word.to_str() {
        Some(word) => word[at..].into(),
        // What is lost stands in the value, which cannot be typed again in any case.
        None => OsString::from(word.to_string_lossy()[at..].to_owned()),
    }
}

fn wants_word(flag: &Arg) -> bool {
    flag.get_action().takes_values() && !flag.is_require_equals_set()
}

/// Returns whether clap takes a word for the value of the flag before it.
fn is_value(word: &[u8], flag: &Arg) -> bool {
    flag.is_allow_hyphen_values_set() || word == b"-" || !word.starts_with(b"-")
}

/// Returns whether a flag has the name `name`, as it is typed: `--line-number`, one of its aliases,
/// or `-n`.
pub(crate) fn is_named(flag: &Arg, name: &str) -> bool {
    match (name.strip_prefix("--"), name.strip_prefix('-')) {
        (Some(long), _) => {
            let aliases = flag.get_all_aliases().unwrap_or_default();
            flag.get_long()
                .into_iter()
                .chain(aliases)
                .any(|name| name == long)
        }
        (None, Some(short)) => flag
            .get_short()
            .is_some_and(|flag| short == flag.to_string()),
        (None, None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args::SearchArgs;

    #[track_caller]
    fn check(words: &str, want: &[&str]) {
        let words: Vec<OsString> = words.split(' ').map(OsString::from).collect();
        let table = SearchArgs::table();
        let got: Vec<&str> = flags(&words, &table)
            .iter()
            .map(|(flag, _)| flag.get_id().as_str())
            .collect();
        assert_eq!(got, want, "{words:?}");
    }

    #[test]
    fn words_are_cut_as_clap_cuts_them() {
        check("logscan a b", &[]);
        check("logscan -n a --no-config b", &["line_number", "no_config"]);
        check("logscan -nic a", &["line_number", "ignore_case", "count"]);
        check("logscan --max-count=3 -m3 -m 3", &["max_count"; 3]);
        check("logscan a -- -n --no-config", &[]);
        check("logscan --regexp a -0", &["patterns", "null"]);
        check("logscan --no-ignore-case a", &["no-ignore-case"]);
    }

    #[test]
    fn flags_are_typed_again_with_their_values_and_with_those_that_take_them_back() {
        let again = |words: &[&str]| {
            let words: Vec<OsString> = words.iter().map(OsString::from).collect();
            let long = ["not", "cr-lines", "no-decompress", "encoding"];
            super::again(&words, &SearchArgs::table(), &long).unwrap()
        };
        let words = [
            "logscan",
            "-n",
            "--not",
            "a b",
            "--not=c",
            "-i",
            "x",
            "--cr-lines",
        ];
        assert_eq!(again(&words), "--not='a b' --not=c --cr-lines ");
        let words = [
            "logscan",
            "--cr-lines",
            "--no-cr-lines",
            "--decompress",
            "x",
            "--",
            "--not=a",
        ];
        assert_eq!(again(&words), "--cr-lines --no-cr-lines --decompress ");
        assert_eq!(
            again(&["logscan", "-nC", "3", "--encoding", "latin1"]),
            "--encoding=latin1 "
        );
    }

    #[test]
    fn the_value_of_a_flag_is_no_flag() {
        check("logscan -e --no-config f", &["patterns"]);
        check("logscan -ie --no-config f", &["ignore_case", "patterns"]);
        check(
            "logscan --pattern -- --no-config f",
            &["patterns", "no_config"],
        );
        check("logscan --replace=--no-config a f", &["replace"]);
        check("logscan -m - -n a", &["max_count", "line_number"]);
        // These flags take no word that looks like a flag.
        check("logscan -m --no-config a f", &["max_count", "no_config"]);
        // The value of this flag is never a word of its own.
        check(
            "logscan -o --tally --no-config",
            &["only_matching", "tally", "no_config"],
        );
    }

    #[test]
    fn a_number_is_a_flag_for_context_unless_it_is_a_value() {
        let check = |words: &str, want: &str| {
            let words: Vec<OsString> = words.split(' ').map(OsString::from).collect();
            let got = with_context(&words, &SearchArgs::table());
            let got: Vec<_> = got.iter().map(|word| word.to_str().unwrap()).collect();
            assert_eq!(got.join(" "), want);
        };
        check("logscan -3 a f", "logscan -C3 a f");
        check("logscan a f -25", "logscan a f -C25");
        check("logscan -n -3 a -4", "logscan -n -C3 a -C4");
        check("logscan -e -3 f", "logscan -e -3 f");
        check("logscan -ie -3 f", "logscan -ie -3 f");
        check("logscan -A -1 a f", "logscan -A -1 a f");
        check("logscan --pattern -3 f", "logscan --pattern -3 f");
        check("logscan --pattern=a -3 f", "logscan --pattern=a -C3 f");
        check("logscan -0 -- -3 f", "logscan -0 -- -3 f");
    }

    #[test]
    fn what_is_wrong_hides_nothing() {
        check("logscan -m x --no-config", &["max_count", "no_config"]);
        check("logscan --no-config a f -m x", &["no_config", "max_count"]);
        check("logscan --nonsense -n", &["line_number"]);
        check("logscan -nZ\u{fc}i -c", &["line_number", "null", "count"]);
        check("logscan -m", &["max_count"]);
        assert!(flags(&[], &SearchArgs::table()).is_empty());
    }
}
