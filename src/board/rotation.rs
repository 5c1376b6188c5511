//! What becomes of a log's name: which files beside it may hold what it held before, and in which
//! order.
//!
//! Nothing is known of the program that rotates, so names are taken as they usually are:
//! `app.log.1`, `app.log.2` (the higher, the older), `app.log-20261121`, `app.log.2026-11-21`,
//! `app-20261121.log` (the later, the newer), and `app.log.old`, each also with `.gz` or the like
//! behind it. What a file really is, only its content says.

use std::{
    cmp::Reverse,
    ffi::OsStr,
    fs, io,
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

/// How many files beside a log are looked at; the oldest are left out.
const GENERATIONS_MAX: usize = 1000;

/// Endings that compressed files get.
const COMPRESSED: [&str; 7] = ["gz", "xz", "bz2", "zst", "lz4", "lzma", "Z"];

/// Words that stand for a single older file.
const OLD: [&str; 4] = ["old", "bak", "prev", "previous"];

/// A number with more digits is a date, or a time.
const NUMBER_DIGITS_MAX: usize = 5;

/// A file beside a log that may hold what was in it before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Generation {
    pub(super) path: PathBuf,
    pub(super) age: Age,
    /// When it was last written, in nanoseconds since 1970.
    pub(super) modified_ns: u64,
}

/// What a name says of a file's age.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Age {
    /// How many rotations it lies back.
    Number(u64),
    /// The numbers of a date or a time, in their order.
    Date(Vec<u64>),
}

/// The files beside `log` that may hold what was in it before, the oldest first.
pub(super) fn generations(log: &Path) -> io::Result<Vec<Generation>> {
    let (Some(name), folder) = (log.file_name(), log.parent()) else {
        return Ok(Vec::new());
    };
    let folder = match folder {
        Some(folder) if folder != "" => folder,
        _ => Path::new("."),
    };
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let Some(age) = age_of(name, &entry.file_name()) else {
            continue;
        };
        let Ok(metadata) = entry.metadata() else {
            continue; // It has just been renamed or removed.
        };
        if metadata.is_file() {
            found.push(Generation {
                path: match log.parent() {
                    Some(parent) => parent.join(entry.file_name()),
                    None => entry.file_name().into(),
                },
                age,
                modified_ns: modified_ns(&metadata),
            });
        }
    }
    sort(&mut found);
    let surplus = found.len().saturating_sub(GENERATIONS_MAX);
    Ok(found.split_off(surplus))
}

/// 0 for times before 1970.
fn modified_ns(metadata: &fs::Metadata) -> u64 {
    let since = metadata
        .modified()
        .ok()
        .and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    since.map_or(0, |since| {
        u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
    })
}

/// By what their names say if all of them are of one kind, and otherwise by when they were last
/// written.
fn sort(found: &mut [Generation]) {
    let is_number = |generation: &Generation| matches!(generation.age, Age::Number(_));
    if found.iter().all(is_number) {
        found.sort_by_key(|generation| match generation.age {
            Age::Number(number) => Reverse(number),
            Age::Date(_) => unreachable!("all of them are numbers"),
        });
    } else if !found.iter().any(is_number) {
        found.sort_by(|a, b| match (&a.age, &b.age) {
            (Age::Date(a), Age::Date(b)) => a.cmp(b),
            _ => unreachable!("none of them is a number"),
        });
    } else {
        found.sort_by(|a, b| (a.modified_ns, &a.path).cmp(&(b.modified_ns, &b.path)));
    }
}

/// The age of a file by its name, if it is one of the names that the log called `log` gets.
fn age_of(log: &OsStr, name: &OsStr) -> Option<Age> {
    let (log, name) = (log.to_str()?, name.to_str()?);
    let plain = match name.rsplit_once('.') {
        Some((plain, ending)) if COMPRESSED.contains(&ending) => plain,
        _ => name,
    };
    let inserted = || {
        let (stem, ending) = log.rsplit_once('.')?;
        plain
            .strip_prefix(stem)?
            .strip_suffix(ending)?
            .strip_suffix('.')
    };
    plain
        .strip_prefix(log)
        .and_then(age)
        .or_else(|| inserted().and_then(age))
}

/// What stands behind the log's name, or in it, as an age: `.1`, `-20261121`, `.2026-11-21T00`,
/// `.old`.
fn age(text: &str) -> Option<Age> {
    let text = text.strip_prefix(['.', '-', '_'])?;
    if OLD.contains(&text) {
        return Some(Age::Number(1));
    }
    let is_digit = |c: char| c.is_ascii_digit();
    if !text.starts_with(is_digit) || !text.chars().all(|c| is_digit(c) || "-_.:TZ".contains(c)) {
        return None;
    }
    if text.len() <= NUMBER_DIGITS_MAX && text.chars().all(is_digit) {
        return text.parse().ok().map(Age::Number);
    }
    let numbers = text
        .split(|c| !is_digit(c))
        .filter(|digits| !digits.is_empty());
    numbers
        .map(|digits| digits.parse().ok())
        .collect::<Option<_>>()
        .map(Age::Date)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(log: &str, name: &str, want: Option<Age>) {
        assert_eq!(age_of(log.as_ref(), name.as_ref()), want, "{log} {name}");
    }

    #[test]
    fn the_usual_names_of_rotated_logs_are_known() {
        let date = |numbers: &[u64]| Age::Date(numbers.into());
        for (name, age) in [
            ("app.log.1", Age::Number(1)),
            ("app.log.0", Age::Number(0)),
            ("app.log-17", Age::Number(17)),
            ("app.1.log", Age::Number(1)),
            ("app.log.old", Age::Number(1)),
            ("app.log-20261121", date(&[20_261_121])),
            (
                "app.log-20261121-1795219200",
                date(&[20_261_121, 1_795_219_200]),
            ),
            ("app.log.2026-11-21", date(&[2026, 11, 21])),
            (
                "app.log.2026-11-21T03:00:00Z",
                date(&[2026, 11, 21, 3, 0, 0]),
            ),
            ("app-2026-11-21.log", date(&[2026, 11, 21])),
            ("app_20261121.log", date(&[20_261_121])),
        ] {
            check("app.log", name, Some(age.clone()));
            check("app.log", &format!("{name}.gz"), Some(age.clone()));
            check("app.log", &format!("{name}.zst"), Some(age));
        }
        check("syslog", "syslog.1", Some(Age::Number(1)));
        check("syslog", "syslog-20261121", Some(date(&[20_261_121])));
    }

    #[test]
    fn other_names_are_not() {
        for name in [
            "app.log",
            "app.log.gz",
            "app.log.swp",
            "app.log.1.tmp",
            "app.log.lock",
            "app.logs.1",
            "other.log.1",
            "app.log.",
            "app.log1",
            "app.log.99999999999999999999999",
            "my-app.log.1",
            "app.err.1",
            "app-debug.log",
            "app.log.1~",
        ] {
            check("app.log", name, None);
        }
    }

    #[test]
    fn the_oldest_come_first() {
        let folder = tempfile::tempdir().unwrap();
        let names = |log: &str| -> Vec<String> {
            generations(&folder.path().join(log))
                .unwrap()
                .iter()
                .map(|generation| {
                    generation
                        .path
                        .file_name()
                        .unwrap()
                        .to_str()
                        .unwrap()
                        .into()
                })
                .collect()
        };
        for name in [
            "a.log",
            "a.log.1",
            "a.log.10",
            "a.log.2.gz",
            "b.log-20261121",
            "b.log-20251231",
        ] {
            fs::write(folder.path().join(name), "x").unwrap();
        }
        fs::create_dir(folder.path().join("a.log.3")).unwrap();
        assert_eq!(names("a.log"), ["a.log.10", "a.log.2.gz", "a.log.1"]);
        assert_eq!(names("b.log"), ["b.log-20251231", "b.log-20261121"]);
        assert_eq!(names("c.log"), [""; 0]);
    }
}
