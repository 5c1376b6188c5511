//! Gives hints on inputs: a name may be a folder, may be empty, may have been quoted, or may have
//! been taken for the pattern. The hint says what was probably meant.
//!
//! A hint is looked for only when something has gone wrong, or is about to. It stands behind the
//! message, which is the same without it.

use std::{
    ffi::{OsStr, OsString},
    fs, io,
    path::{Component, Path, PathBuf},
};

use clap::Command;
use logscan::{Error, Name};

use super::{
    args::{REPLACE, SearchArgs},
    plan::archive_of,
};

/// How many names of files a hint looks at, to find those that a pattern of the shell would have
/// matched.
const NAMES_MAX: usize = 10_000;

/// Returns the message of an error, with a hint if the name tells one.
pub(crate) fn on(error: &Error) -> String {
    match error {
        Error::Open { path, .. } if path.as_os_str().is_empty() => {
            format!("cannot open '': {EMPTY}")
        }
        Error::Directory { path } => format!("{error}, as in {}", files_below(path)),
        Error::Open { path, source } if source.kind() == io::ErrorKind::NotFound => {
            match on_glob(path) {
                Some(hint) => format!("{error}; {hint}"),
                None => error.to_string(),
            }
        }
        error => error.to_string(),
    }
}

/// The message for an empty name.
pub(crate) const EMPTY: &str = "the name is empty; is a variable of the shell not set?";

/// Returns words of the shell that name all files below a folder.
pub(crate) fn files_below(folder: &Path) -> String {
    let name = folder.to_string_lossy();
    let quoted = shlex::try_quote(&name).unwrap_or((&*name).into());
    format!("$(find {quoted} -type f)")
}

/// Returns what a user should be told before a search reads the standard input. It applies if no
/// file was named, and the pattern is the name of one.
pub(crate) fn on_taken_as_pattern(args: &SearchArgs) -> Option<String> {
    let pattern = args
        .first_word_pattern()
        .filter(|_| args.files().is_empty())?;
    let shown = pattern.to_string_lossy();
    let quoted = shlex::try_quote(&shown).unwrap_or((&*shown).into());
    let path = Path::new(pattern);
    // A dot is a pattern for all lines that are not empty.
    let is_dots = path
        .components()
        .all(|part| matches!(part, Component::CurDir | Component::ParentDir));
    let metadata = path.metadata().ok()?;
    match &args.lines.replace {
        Some(text) => Some(format!(
            "'{shown}' is taken as the pattern, and the standard input is searched: {REPLACE}; for that: logscan {} {quoted}",
            shlex::try_quote(&text.to_string_lossy()).unwrap_or("REGEX".into()),
        )),
        None if is_dots => None,
        None => Some(format!(
            "'{shown}' is taken as the pattern, and the standard input is searched, though there is a {} of that name; \
             a search in it is logscan REGEX {quoted}",
            if metadata.is_dir() { "folder" } else { "file" },
        )),
    }
}

/// Returns the flag that stands in for a pattern.
pub(crate) fn flag_of_lines(args: &SearchArgs) -> &'static str {
    let fields = &args.fields;
    match () {
        () if args.template.is_some() => "--template",
        () if !fields.conditions.is_empty() => "--where",
        () if fields.select.is_some() => "--select",
        () if fields.count_by.is_some() => "--count-by",
        () if fields.aggregates.is_some() => "--agg",
        () => "--lines",
    }
}

/// Returns a message if the first file was probably meant as the pattern, which a flag stands in
/// for: `logscan --lines 3-5 ERROR app.log`.
pub(crate) fn on_taken_as_file(args: &SearchArgs) -> Option<String> {
    if !args.chooses_lines() || args.matching.has_patterns() {
        return None;
    }
    let flag = flag_of_lines(args);
    let first = args.files().first()?;
    let path = Path::new(first);
    let is_missing = first != "-" && !path.exists() && archive_of(path).is_none();
    let shown = first.to_string_lossy();
    is_missing.then(|| {
        format!(
            "'{shown}' is taken as a file, because {flag} needs no pattern; a pattern beside it is -e {}",
            shlex::try_quote(&shown).unwrap_or("REGEX".into())
        )
    })
}

/// Returns a message if grep's `-rn` was meant. Here that flag replaces each match by `n`.
pub(crate) fn on_bundled_r(args: &SearchArgs) -> Option<String> {
    let text = args.lines.replace.as_ref()?.to_str()?;
    let is_flags =
        (1..=4).contains(&text.len()) && text.chars().all(|c| "EHIachilnosvwx".contains(c));
    let has_folder = args.files().iter().any(|file| Path::new(file).is_dir());
    (is_flags && has_folder).then(|| {
        format!("-r{text} prints '{text}' in place of each match: {REPLACE}; for that: -{text}")
    })
}

/// Returns a message of the library without advice to use flags that the command lacks. Advice
/// stands behind a semicolon.
pub(crate) fn fitting(message: impl ToString, table: &Command) -> String {
    let message = message.to_string();
    let has = |word: &str| {
        let name = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
        let mut flags = table.get_arguments();
        flags.any(|flag| flag.get_long() == Some(name))
    };
    let is_fit = |clause: &&str| {
        let mut flags = clause
            .split_whitespace()
            .filter(|word| word.starts_with("--"));
        flags.all(has)
    };
    let mut clauses = message.split("; ");
    let first = clauses.next().unwrap_or_default().to_owned();
    clauses
        .filter(is_fit)
        .fold(first, |text, clause| text + "; " + clause)
}

/// Returns a hint on what the shell would have made of a name if it had not been quoted.
fn on_glob(path: &Path) -> Option<String> {
    if !path.to_string_lossy().contains(['*', '?', '[']) {
        return None;
    }
    let found = glob(path);
    let name = |path: &Path| Name(path).to_string();
    Some(match &found[..] {
        [] => "no file matches it".into(),
        [one] => format!("without quotes the shell makes {} of it", name(one)),
        [one, rest @ ..] => format!(
            "without quotes the shell makes {} and {} more of it",
            name(one),
            rest.len()
        ),
    })
}

/// Returns the paths that a shell makes of a pattern, in their order. It knows *, ? and [...]
/// within a name, and leaves out hidden files.
fn glob(pattern: &Path) -> Vec<PathBuf> {
    let mut looked_at = 0;
    let mut found = vec![PathBuf::new()];
    for part in pattern.components() {
        let name = part.as_os_str();
        let is_plain = !name.to_string_lossy().contains(['*', '?', '[']);
        let mut next = Vec::new();
        for folder in found {
            if is_plain {
                next.push(folder.join(name));
                continue;
            }
            let here = if folder.as_os_str().is_empty() {
                Path::new(".")
            } else {
                &folder
            };
            let Ok(entries) = fs::read_dir(here) else {
                continue;
            };
            for entry in entries.flatten() {
                looked_at += 1;
                if looked_at > NAMES_MAX {
                    break;
                }
                if is_match(name, &entry.file_name()) {
                    next.push(folder.join(entry.file_name()));
                }
            }
        }
        found = next;
    }
    found.retain(|path| path.exists());
    found.sort();
    found
}

fn is_match(pattern: &OsStr, name: &OsString) -> bool {
    let pattern: Vec<char> = pattern.to_string_lossy().chars().collect();
    let name: Vec<char> = name.to_string_lossy().chars().collect();
    let is_hidden = name.first() == Some(&'.') && pattern.first() != Some(&'.');
    !is_hidden && matches(&pattern, &name)
}

/// Returns whether a pattern matches all of a name. It tries other ends for the last `*` only,
/// which is enough.
fn matches(pattern: &[char], name: &[char]) -> bool {
    let (mut p, mut n) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    loop {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p + 1, n));
                p += 1;
                continue;
            }
            Some(_) if n < name.len() => {
                if let Some(length) = one(&pattern[p..], name[n]) {
                    p += length;
                    n += 1;
                    continue;
                }
            }
            None if n == name.len() => return true,
            _ => {}
        }
        match star {
            Some((behind, from)) if from < name.len() => {
                star = Some((behind, from + 1));
                (p, n) = (behind, from + 1);
            }
            _ => return false,
        }
    }
}

/// Returns the length of the piece at the start of a pattern, if that piece matches the character
/// `c`. A piece is `?`, `[a-z]`, or the character itself.
fn one(pattern: &[char], c: char) -> Option<usize> {
    match pattern {
        ['?', ..] => Some(1),
        ['[', set @ ..] => {
            let end = set.iter().skip(1).position(|&c| c == ']').map(|at| at + 1);
            let Some(end) = end else {
                return (c == '[').then_some(1);
            };
            let (is_not, mut set) = match &set[..end] {
                ['!' | '^', set @ ..] => (true, set),
                set => (false, set),
            };
            let mut is_in = false;
            while let [first, rest @ ..] = set {
                (is_in, set) = match rest {
                    ['-', last, rest @ ..] => (is_in || (*first..=*last).contains(&c), rest),
                    rest => (is_in || *first == c, rest),
                };
            }
            (is_in != is_not).then_some(end + 2)
        }
        [first, ..] => (*first == c).then_some(1),
        [] => None,
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::cli::{templates::TemplatesArgs, triage::TriageArgs};

    #[test]
    fn a_pattern_of_the_shell_is_taken_as_the_shell_does() {
        let check = |pattern: &str, name: &str| is_match(pattern.as_ref(), &name.into());
        for (pattern, yes, no) in [
            ("*.log", "app.log", "app.log.1"),
            ("*", "a", ".a"),
            (".*", ".a", "a"),
            ("a?c", "abc", "ac"),
            ("a*b*c", "axbbxc", "axbx"),
            ("[a-c]x", "bx", "dx"),
            ("[!a-c]x", "dx", "bx"),
            ("[]x]", "]", "y"),
            ("[x", "[x", "x"),
            ("app.log*", "app.log", "app.lo"),
            ("**", "\u{fc}", ".a"),
        ] {
            assert!(check(pattern, yes), "{pattern} {yes}");
            assert!(!check(pattern, no), "{pattern} {no}");
        }
    }

    fn not_found(path: PathBuf) -> String {
        let source = io::ErrorKind::NotFound.into();
        on(&Error::Open { path, source })
    }

    #[test]
    fn a_quoted_pattern_of_the_shell_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        assert!(not_found(path("*.log")).ends_with("; no file matches it"));
        fs::write(path("a.log"), "").unwrap();
        let one = format!(
            "; without quotes the shell makes {} of it",
            path("a.log").display()
        );
        assert!(not_found(path("*.log")).ends_with(&one));
        fs::create_dir(path("d")).unwrap();
        fs::write(path("d/b.log"), "").unwrap();
        fs::write(path("d/c.log"), "").unwrap();
        let two = format!("makes {} and 1 more of it", path("d/b.log").display());
        let message = not_found(path("?/*.log"));
        assert!(message.ends_with(&two), "{message}");
        // A name without such characters gets no hint.
        assert!(!not_found(path("none.log")).contains("shell"));
    }

    #[test]
    fn a_folder_and_an_empty_name_are_told_what_to_do() {
        let path = "my logs".into();
        let message = on(&Error::Directory { path });
        assert!(
            message.ends_with("name the files in it, as in $(find 'my logs' -type f)"),
            "{message}"
        );
        assert_eq!(not_found("".into()), format!("cannot open '': {EMPTY}"));
    }

    #[test]
    fn advice_names_only_flags_that_the_command_has() {
        let message = "unclosed group (at byte 0); --fixed-strings searches for the text as it is";
        assert_eq!(fitting(message, &SearchArgs::command()), message);
        assert_eq!(
            fitting(message, &TemplatesArgs::command()),
            "unclosed group (at byte 0)"
        );
        let message = "1 line has no level; --level counts those that have one";
        assert_eq!(fitting(message, &TemplatesArgs::command()), message);
        assert_eq!(
            fitting(message, &TriageArgs::command()),
            "1 line has no level"
        );
        assert_eq!(
            fitting("a; b (--threads)", &TriageArgs::command()),
            "a; b (--threads)"
        );
    }
}
