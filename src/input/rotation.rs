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
pub(super) const GENERATIONS_MAX: usize = 1000;

/// Endings that compressed files get.
const COMPRESSED: [&str; 7] = ["gz", "xz", "bz2", "zst", "lz4", "lzma", "Z"];

/// Words that stand for a single older file.
const OLD: [&str; 4] = ["old", "bak", "prev", "previous"];

/// A number with more digits is a date, or a time.
const NUMBER_DIGITS_MAX: usize = 5;

/// A file beside a log that may hold what was in it before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Generation {
    pub(crate) path: PathBuf,
    pub(crate) age: Age,
    /// When it was last written, in nanoseconds since 1970.
    pub(crate) modified_ns: u64,
}

/// What a name says of a file's age.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Age {
    /// How many rotations it lies back.
    Number(u64),
    /// The numbers of a date or a time, in their order.
    Date(Vec<u64>),
}

/// The files beside `log` that may hold what was in it before, the oldest first.
#[cfg_attr(
    not(feature = "board"),
    expect(dead_code, reason = "only --continue looks for them")
)]
pub(crate) fn generations(log: &Path) -> io::Result<Vec<Generation>> {
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
                modified_ns: modified_ns_of(&metadata),
            });
        }
    }
    sort(&mut found);
    let surplus = found.len().saturating_sub(GENERATIONS_MAX);
    Ok(found.split_off(surplus))
}

/// When a file was last written; 0 if that cannot be told.
pub(super) fn modified_ns(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |metadata| modified_ns_of(&metadata))
}

/// 0 for times before 1970.
fn modified_ns_of(metadata: &fs::Metadata) -> u64 {
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
pub(super) fn sort(found: &mut [Generation]) {
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

/// The name of the log whose rotated files these are, or the first that is none of it.
pub(super) fn log_of(paths: &[PathBuf]) -> Result<String, PathBuf> {
    fn name(path: &Path) -> Option<&str> {
        path.file_name()?.to_str()
    }
    let belongs = |log: &str, path: &Path| {
        name(path).is_some_and(|name| name == log || age_of(log.as_ref(), name.as_ref()).is_some())
    };
    // The shortest is the log itself, if that is there.
    let shortest = paths.iter().filter_map(|path| name(path));
    let shortest = shortest.min_by_key(|name| name.len()).unwrap_or_default();
    let logs = logs_of(shortest);
    let found = logs
        .iter()
        .find(|log| paths.iter().all(|path| belongs(log, path)));
    match found {
        Some(log) => Ok(log.clone()),
        None => Err(paths
            .iter()
            .find(|path| !belongs(shortest, path))
            .or(paths.last())
            .cloned()
            .unwrap_or_default()),
    }
}

/// The names of the logs that a file called `name` may be of: its own, and what is left without
/// what rotations add.
fn logs_of(name: &str) -> Vec<String> {
    let plain = without_compressed(name).unwrap_or(name);
    let mut logs = vec![name.to_owned()];
    let ages = |text: &'_ str| -> Vec<usize> {
        let seps = text.match_indices(['.', '-', '_']);
        seps.map(|(at, _)| at)
            .filter(|&at| at > 0 && age(&text[at..]).is_some())
            .collect()
    };
    logs.extend(ages(plain).into_iter().map(|at| plain[..at].to_owned()));
    if let Some((stem, ending)) = plain.rsplit_once('.') {
        let inserted = ages(stem).into_iter();
        logs.extend(inserted.map(|at| format!("{}.{ending}", &stem[..at])));
    }
    logs
}

/// The age of the file at `path`, if it is a rotated one of the log called `log`.
pub(super) fn age_of_path(log: &str, path: &Path) -> Option<Age> {
    age_of(log.as_ref(), path.file_name()?)
}

/// A name without the ending that a compressed file gets, if it has one.
fn without_compressed(name: &str) -> Option<&str> {
    let (plain, ending) = name.rsplit_once('.')?;
    COMPRESSED.contains(&ending).then_some(plain)
}

/// The same of the file at `path`.
pub(crate) fn without_compressed_ending(path: &Path) -> Option<PathBuf> {
    Some(path.with_file_name(without_compressed(path.file_name()?.to_str()?)?))
}

/// The age of a file by its name, if it is one of the names that the log called `log` gets.
fn age_of(log: &OsStr, name: &OsStr) -> Option<Age> {
    let (log, name) = (log.to_str()?, name.to_str()?);
    let plain = without_compressed(name).unwrap_or(name);
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
    fn files_are_of_one_log_if_its_name_explains_all_of_theirs() {
        let log_of = |names: &[&str]| {
            let paths: Vec<PathBuf> = names.iter().map(PathBuf::from).collect();
            log_of(&paths).map_err(|other| other.to_str().unwrap().to_owned())
        };
        for (names, log) in [
            (&["app.log", "app.log.1", "old/app.log.2.gz"][..], "app.log"),
            (&["app.log.1", "app.log.10", "app.log.2.xz"], "app.log"),
            (&["app-20261121.log", "app-20261122.log.zst"], "app.log"),
            (&["syslog.2", "syslog.1"], "syslog"),
            (&["app.log.2026-11-21", "app.log"], "app.log"),
            (&["alone"], "alone"),
            (&["app.log.1"], "app.log.1"),
        ] {
            assert_eq!(log_of(names), Ok(log.to_owned()), "{names:?}");
        }
        for (names, other) in [
            (&["app.log", "app.log.1", "web.log"][..], "web.log"),
            (&["app.log", "app.log.gz"], "app.log.gz"),
            (&["app.log.1", "web.log.1"], "web.log.1"),
            (&["app.log", "app.log~"], "app.log~"),
        ] {
            assert_eq!(log_of(names), Err(other.to_owned()), "{names:?}");
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
