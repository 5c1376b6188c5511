//! Finds the rotated files of a log: the files beside it that may hold what it held before, and
//! their order.
//!
//! Nothing is known about the program that rotates, so names are taken as they usually are:
//!
//! | name of the file beside `app.log` | order |
//! |---|---|
//! | `app.log.1`, `app.log.2` | the higher the number, the older |
//! | `app.log-20261121`, `app.log.2026-11-21`, `app-20261121.log` | the later the date, the newer |
//! | `app.log.old` | there is one older file only |
//!
//! Each name may also have `.gz` or the like behind it. Only the content of a file tells what it
//! really is.

use std::{
    cmp::{Ordering, Reverse},
    collections::HashSet,
    ffi::OsStr,
    fs, io,
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

/// How many files beside a log are looked at. The oldest ones are left out.
pub(super) const GENERATIONS_MAX: usize = 1000;

/// Endings that compressed files get.
const COMPRESSED: [&str; 7] = ["gz", "xz", "bz2", "zst", "lz4", "lzma", "Z"];

/// Words that stand for a single older file.
const OLD: [&str; 4] = ["old", "bak", "prev", "previous"];

/// A number with more digits is a date or a time.
const NUMBER_DIGITS_MAX: usize = 5;

/// A file beside a log that may hold what was in it before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Generation {
    pub(crate) path: PathBuf,
    pub(crate) age: Age,
    /// When it was last written, in nanoseconds since 1970.
    pub(crate) modified_ns: u64,
}

/// What the name of a file says about its age.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Age {
    /// The number of rotations since the file was the log.
    Number(u64),
    /// A date, or more: the numbers of year, month, day, hour and so on.
    Date(Vec<u64>),
    /// A date that does not tell which number is the day and which is the month.
    Unordered,
}

/// Returns the files beside `log` that may hold what was in it before, the oldest first.
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

/// Returns when a file was last written, or 0 if that cannot be told.
pub(super) fn modified_ns(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |metadata| modified_ns_of(&metadata))
}

/// Returns when a file was last written, or 0 for times before 1970.
fn modified_ns_of(metadata: &fs::Metadata) -> u64 {
    let since = metadata
        .modified()
        .ok()
        .and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    since.map_or(0, |since| {
        u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
    })
}

/// Sorts the files, the oldest first. Their names decide if all names are of one kind, and
/// otherwise the times decide at which the files were last written. Returns whether the names
/// decided.
pub(super) fn sort(found: &mut [Generation]) -> bool {
    /// Returns the key by which a name is sorted, if it has one.
    fn key(generation: &Generation) -> Option<(Reverse<u64>, &[u64])> {
        match &generation.age {
            Age::Number(number) => Some((Reverse(*number), &[])),
            Age::Date(date) => Some((Reverse(0), date)),
            Age::Unordered => None,
        }
    }
    let is_number = |generation: &Generation| matches!(generation.age, Age::Number(_));
    let numbers = found.iter().filter(|found| is_number(found)).count();
    let are_alike =
        (numbers == 0 || numbers == found.len()) && found.iter().all(|found| key(found).is_some());
    found.sort_by(|a, b| {
        let by_name = match are_alike {
            true => key(a).cmp(&key(b)),
            false => Ordering::Equal,
        };
        by_name.then_with(|| (a.modified_ns, &a.path).cmp(&(b.modified_ns, &b.path)))
    });
    are_alike
}

/// Returns which of these files hold the compressed text of another of them, as `app.log.1.gz`
/// beside `app.log.1`.
pub(crate) fn twins(generations: &[Generation]) -> Vec<bool> {
    let places: HashSet<PathBuf> = generations
        .iter()
        .map(|generation| place(&generation.path))
        .collect();
    let is_twin = |generation: &Generation| {
        without_compressed_ending(&place(&generation.path))
            .is_some_and(|plain| places.contains(&plain))
    };
    generations.iter().map(is_twin).collect()
}

/// Returns the path of a file, whose folder is always spelled in the same way.
pub(super) fn place(path: &Path) -> PathBuf {
    let folder = match path.parent() {
        Some(folder) if folder != "" => folder,
        _ => Path::new("."),
    };
    let folder = fs::canonicalize(folder).unwrap_or_else(|_| folder.into());
    match path.file_name() {
        Some(name) => folder.join(name),
        None => folder,
    }
}

/// Returns the name of the log whose rotated files these are. As the error, returns the first file
/// that does not belong to it.
pub(super) fn log_of(paths: &[PathBuf]) -> Result<String, PathBuf> {
    fn name(path: &Path) -> Option<&str> {
        path.file_name()?.to_str()
    }
    let belongs = |log: &str, path: &Path| {
        name(path).is_some_and(|name| name == log || age_of(log.as_ref(), name.as_ref()).is_some())
    };
    // The shortest name is that of the log itself, if the log is there.
    let shortest = paths.iter().filter_map(|path| name(path));
    let shortest = shortest.min_by_key(|name| name.len()).unwrap_or_default();
    let logs = logs_of(shortest);
    let found = logs
        .iter()
        .find(|log| paths.iter().all(|path| belongs(log, path)));
    if let Some(log) = found {
        return Ok(log.clone());
    }
    // The message is easier to understand if it names a file that does not go with the first one.
    let (first, others) = paths.split_first().expect("one file is one log");
    let is_other = |path: &&PathBuf| {
        others.len() == 1 || log_of(&[first.clone(), path.to_path_buf()]).is_err()
    };
    let other = others.iter().find(is_other).or(others.last());
    Err(other.unwrap_or(first).clone())
}

/// Returns the names of the logs to which a file called `name` may belong: its own name, and the
/// names that are left without what rotations add.
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

/// Returns the age of the file at `path`, if it is a rotated one of the log called `log`.
pub(super) fn age_of_path(log: &str, path: &Path) -> Option<Age> {
    age_of(log.as_ref(), path.file_name()?)
}

/// Returns a name without the ending that a compressed file gets, if it has one.
fn without_compressed(name: &str) -> Option<&str> {
    let (plain, ending) = name.rsplit_once('.')?;
    COMPRESSED.contains(&ending).then_some(plain)
}

/// Returns the path of a file without the ending that a compressed file gets, if it has one.
fn without_compressed_ending(path: &Path) -> Option<PathBuf> {
    Some(path.with_file_name(without_compressed(path.file_name()?.to_str()?)?))
}

/// Returns the age of a file by its name, if the log called `log` gets such names.
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

/// Returns the age that a part of a name stands for. The part follows the log's name or stands in
/// it: `.1`, `-20261121`, `.2026-11-21T00`, `.old`.
fn age(text: &str) -> Option<Age> {
    let text = text.strip_prefix(['.', '-', '_'])?;
    if OLD.contains(&text) {
        return Some(Age::Number(1));
    }
    let is_digit = |c: char| c.is_ascii_digit();
    if !text.starts_with(is_digit) || !text.chars().all(|c| is_digit(c) || "-_.:TZ".contains(c)) {
        return None;
    }
    let groups: Vec<&str> = text
        .split(|c| !is_digit(c))
        .filter(|digits| !digits.is_empty())
        .collect();
    match groups[..] {
        [number] if number == text && number.len() <= NUMBER_DIGITS_MAX && !is_year(number) => {
            number.parse().ok().map(Age::Number)
        }
        [first, ref others @ ..]
            if !begins_with_year(first) && others.iter().any(|digits| is_year(digits)) =>
        {
            Some(Age::Unordered)
        }
        [date, ..] if date.len() == 8 && !begins_with_year(date) && is_year(&date[4..]) => {
            Some(Age::Unordered)
        }
        _ => date(&groups).map(Age::Date),
    }
}

/// Returns whether these digits are those of a year.
fn is_year(digits: &str) -> bool {
    digits.len() == 4 && (digits.starts_with("19") || digits.starts_with("20"))
}

/// Returns whether these digits begin with a year, and a month and a day if there are more.
fn begins_with_year(digits: &str) -> bool {
    let is_in = |at: usize, most: u32| {
        let number = digits.get(at..at + 2).and_then(|pair| pair.parse().ok());
        number.is_some_and(|number: u32| (1..=most).contains(&number))
    };
    let has_day = digits.len() <= 4 || is_in(4, 12) && is_in(6, 31);
    digits.len() >= 4 && is_year(&digits[..4]) && has_day
}

/// Returns the numbers of a date. Its groups may be written together: `20261121` is `2026-11-21`,
/// and `030000` behind it is a time.
fn date(groups: &[&str]) -> Option<Vec<u64>> {
    let mut numbers: Vec<u64> = Vec::new();
    for digits in groups {
        let begins_date = numbers.is_empty()
            && digits.len().is_multiple_of(2)
            && (8..=14).contains(&digits.len());
        let begins_time = numbers.len() == 3 && [4, 6].contains(&digits.len());
        let is_year_first = begins_date && begins_with_year(digits);
        let (year, pairs) = match (is_year_first, begins_time) {
            (true, _) => (Some(&digits[..4]), &digits[4..]),
            (false, true) => (None, *digits),
            (false, false) => (Some(*digits), ""),
        };
        let pairs = (0..pairs.len()).step_by(2).map(|at| &pairs[at..at + 2]);
        for number in year.into_iter().chain(pairs) {
            numbers.push(number.parse().ok()?);
        }
    }
    Some(numbers)
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
            ("app.log-20261121", date(&[2026, 11, 21])),
            (
                "app.log-20261121-1795219200",
                date(&[2026, 11, 21, 1_795_219_200]),
            ),
            ("app.log-2026112103", date(&[2026, 11, 21, 3])),
            ("app.log.20261121-030059", date(&[2026, 11, 21, 3, 0, 59])),
            ("app.log.1795219200", date(&[1_795_219_200])),
            ("app.log.2026", date(&[2026])),
            ("app.log.1900000000", date(&[1_900_000_000])),
            ("app.log.21-11-2026", Age::Unordered),
            ("app.log.21112026", Age::Unordered),
            ("app.log.11-2026", Age::Unordered),
            ("app.log.2026-11-21", date(&[2026, 11, 21])),
            (
                "app.log.2026-11-21T03:00:00Z",
                date(&[2026, 11, 21, 3, 0, 0]),
            ),
            ("app-2026-11-21.log", date(&[2026, 11, 21])),
            ("app_20261121.log", date(&[2026, 11, 21])),
        ] {
            check("app.log", name, Some(age.clone()));
            check("app.log", &format!("{name}.gz"), Some(age.clone()));
            check("app.log", &format!("{name}.zst"), Some(age));
        }
        check("syslog", "syslog.1", Some(Age::Number(1)));
        check("syslog", "syslog-20261121", Some(date(&[2026, 11, 21])));
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
            (&["app.log.1", "app.log.2", "x"], "x"),
        ] {
            assert_eq!(log_of(names), Err(other.to_owned()), "{names:?}");
        }
    }

    #[test]
    fn the_oldest_come_first() {
        let folder = tempfile::tempdir().unwrap();
        let mut seconds = 1_700_000_000;
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
            "b.log.2026-01-01",
            "d.log.30-11-2026",
            "d.log.01-12-2026",
            "e.log.1",
            "e.log.old",
        ] {
            fs::write(folder.path().join(name), "x").unwrap();
            // Where the names do not tell the order, the time of writing does.
            let file = fs::File::options()
                .append(true)
                .open(folder.path().join(name));
            seconds += 1;
            let modified = UNIX_EPOCH + std::time::Duration::from_secs(seconds);
            file.unwrap().set_modified(modified).unwrap();
        }
        fs::create_dir(folder.path().join("a.log.3")).unwrap();
        assert_eq!(names("a.log"), ["a.log.10", "a.log.2.gz", "a.log.1"]);
        assert_eq!(
            names("b.log"),
            ["b.log-20251231", "b.log.2026-01-01", "b.log-20261121"]
        );
        assert_eq!(names("d.log"), ["d.log.30-11-2026", "d.log.01-12-2026"]);
        assert_eq!(names("e.log"), ["e.log.1", "e.log.old"]);
        assert_eq!(names("c.log"), [""; 0]);
    }
}
