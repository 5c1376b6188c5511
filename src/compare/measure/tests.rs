//! Makes trials on real files, with a given clock.

use std::{cell::Cell, io::Write};

use super::*;
use crate::{
    compare::{plan::Plan, record::Cache, session},
    matcher::{Matcher, Patterns},
};

struct Folder {
    folder: tempfile::TempDir,
    stop: Arc<Stop>,
    ticks: Cell<u64>,
}

impl Folder {
    fn with_log(log: &[u8]) -> Folder {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("log"), log).unwrap();
        Folder {
            folder,
            stop: Arc::new(Stop::new().unwrap()),
            ticks: Cell::new(0),
        }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    /// Returns a clock. Each look at it is a second later than the one before.
    fn clock(&self) -> impl Fn() -> Duration {
        || {
            self.ticks.set(self.ticks.get() + 1);
            Duration::from_secs(self.ticks.get())
        }
    }
}

fn scan(pattern: &str) -> Scan {
    Scan::new(Matcher::new(&Patterns::new(pattern)).unwrap())
}

/// Calls `act` with a runner on the log.
fn with_runner<T>(folder: &Folder, scan: Scan, act: impl FnOnce(&mut FileRunner<'_>) -> T) -> T {
    let clock = folder.clock();
    let tools = Tools {
        clock: &clock,
        on_step: &mut |_, _| (),
        stop: Arc::clone(&folder.stop),
    };
    act(&mut FileRunner::new(&folder.path(), scan, tools).unwrap())
}

/// Returns a log that is longer than a chunk of the read path.
fn long_log() -> Vec<u8> {
    let line = |nth: u32| match nth % 7 {
        0 => format!("{nth} ERROR something\n"),
        _ => format!("{nth} fine\n"),
    };
    (0..100_000).map(line).collect::<String>().into_bytes()
}

#[test]
fn both_paths_find_the_same_whatever_the_chunks_and_threads() {
    let log = long_log();
    let want = log
        .split(|&byte| byte == b'\n')
        .filter(|line| line.ends_with(b"something"))
        .count();
    let folder = Folder::with_log(&log);
    let mut digests = Vec::new();
    for chunk_bytes in [None, Some(1000), Some(1 << 20)] {
        for threads in [1, 2, 3] {
            for subject in [Subject::Mapped, Subject::Read] {
                let scan = Scan {
                    chunk_bytes,
                    ..scan("ERROR")
                };
                let outcome = with_runner(&folder, scan, |runner| runner.trial(subject, threads));
                let outcome = outcome.unwrap().unwrap();
                assert_eq!(outcome.bytes, log.len() as u64);
                digests.push(outcome.digest.unwrap());
            }
        }
    }
    assert_eq!(digests[0].hits, want as u64);
    assert!(
        digests.iter().all(|digest| *digest == digests[0]),
        "{digests:?}"
    );
}

#[test]
fn the_time_of_a_trial_is_that_of_the_clock_it_was_given() {
    let folder = Folder::with_log(b"an ERROR\n");
    for subject in Subject::ALL {
        let outcome = with_runner(&folder, scan("ERROR"), |runner| runner.trial(subject, 1));
        let outcome = outcome.unwrap().unwrap();
        assert_eq!(outcome.wall, Duration::from_secs(1), "{subject:?}");
        assert_eq!(outcome.digest.is_some(), subject.is_path());
    }
}

#[test]
#[cfg(target_os = "linux")]
fn memory_is_measured_where_the_system_tells() {
    let folder = Folder::with_log(&long_log());
    let outcome = with_runner(&folder, scan("ERROR"), |runner| {
        runner.trial(Subject::Read, 1)
    });
    let outcome = outcome.unwrap().unwrap();
    assert!(outcome.peak_private_bytes.unwrap() > 0);
    if let Some(resident) = outcome.peak_resident_bytes {
        assert!(resident > 0);
    }
}

#[track_caller]
fn check_changed(change: impl FnOnce(&Path), want: &str) {
    let folder = Folder::with_log(b"an ERROR\nand another\n");
    let path = folder.path();
    // The time is long ago, so that a change within a tick of the clock shows.
    let times = fs::FileTimes::new().set_modified(std::time::UNIX_EPOCH);
    fs::File::options()
        .write(true)
        .open(&path)
        .unwrap()
        .set_times(times)
        .unwrap();
    let refused = with_runner(&folder, scan("ERROR"), |runner| {
        runner.trial(Subject::Mapped, 1).unwrap();
        change(&path);
        runner.trial(Subject::Read, 1).unwrap_err()
    });
    let text = refused.to_string();
    assert!(text.contains(want), "{text}");
    assert!(text.contains("the times mean nothing"), "{text}");
}

#[test]
fn a_file_that_changes_while_it_is_measured_gets_no_times() {
    let append = |path: &Path| {
        let mut log = fs::read(path).unwrap();
        log.extend_from_slice(b"more\n");
        fs::write(path, log).unwrap();
    };
    check_changed(append, "it has grown");
    check_changed(
        |path| fs::write(path, b"an ERROR\n").unwrap(),
        "it was cut short",
    );
    check_changed(
        |path| fs::write(path, b"no error\nand another\n").unwrap(),
        "it was written to",
    );
    let replace = |path: &Path| {
        let other = path.with_extension("new");
        fs::write(&other, b"an ERROR\nand another\n").unwrap();
        fs::rename(&other, path).unwrap();
    };
    check_changed(replace, "another file has taken its name");
}

#[test]
fn a_file_that_is_read_differently_by_the_paths_is_refused_by_the_whole_comparison() {
    // Between two trials somebody writes to the file and puts the time of modification back, so
    // only the results can tell.
    let folder = Folder::with_log(b"an ERROR\nand another\n");
    let path = folder.path();
    let old = fs::metadata(&path).unwrap().modified().unwrap();
    let clock = folder.clock();
    let mut trials = 0;
    let tools = Tools {
        clock: &clock,
        on_step: &mut |_, _| {
            trials += 1;
            if trials == 6 {
                let file = fs::File::options().write(true).open(&path).unwrap();
                (&file).write_all(b"an error").unwrap();
                let times = fs::FileTimes::new().set_modified(old);
                file.set_times(times).unwrap();
            }
        },
        stop: Arc::clone(&folder.stop),
    };
    let plan = Plan {
        path: path.clone(),
        threads: vec![1],
        caches: vec![Cache::Warm],
        runs_max: 6,
        budget: None,
        commands: Vec::new(),
        raw: false,
    };
    let mut runner = FileRunner::new(&path, scan("ERROR"), tools).unwrap();
    let refused = session::measure(&plan, &mut runner)
        .unwrap_err()
        .to_string();
    assert!(
        refused.contains("the results differ, so no times are shown"),
        "{refused}"
    );
    assert!(
        refused.contains("found 1 hits") && refused.contains("found 0 hits"),
        "{refused}"
    );
}

#[test]
fn what_cannot_be_measured_is_refused_with_the_reason() {
    let folder = Folder::with_log(b"");
    let clock = folder.clock();
    let new = |path: &Path| {
        let tools = Tools {
            clock: &clock,
            on_step: &mut |_, _| (),
            stop: Arc::clone(&folder.stop),
        };
        FileRunner::new(path, scan("x"), tools)
            .unwrap_err()
            .to_string()
    };
    assert!(new(&folder.path()).contains("it is empty"));
    let device = if cfg!(windows) { "NUL" } else { "/dev/null" };
    assert!(new(Path::new(device)).contains("no regular file"));
    assert!(new(folder.folder.path()).contains("Is a directory"));
    assert!(new(&folder.folder.path().join("none")).contains("cannot open"));
}

#[test]
fn a_line_longer_than_the_cap_is_refused_because_it_is_not_all_searched() {
    let folder = Folder::with_log(b"a short line\nand a long one with an ERROR\n");
    let scan = Scan {
        max_line_bytes: 20,
        ..scan("ERROR")
    };
    let refused = with_runner(&folder, scan, |runner| runner.trial(Subject::Mapped, 1));
    let text = refused.unwrap_err().to_string();
    assert!(text.contains("longer than 20 bytes"), "{text}");
}

#[test]
fn after_a_stop_a_trial_counts_for_nothing() {
    let folder = Folder::with_log(&long_log());
    folder.stop.request();
    for subject in Subject::ALL {
        let outcome = with_runner(&folder, scan("ERROR"), |runner| runner.trial(subject, 2));
        assert_eq!(outcome.unwrap(), None);
    }
}

#[test]
fn another_program_is_run_from_the_outside_and_its_number_read() {
    let run = |words: &[&str]| {
        let command = Command {
            text: words.join(" "),
            words: words.iter().map(Into::into).collect(),
        };
        let ticks = Cell::new(0);
        let clock = || {
            ticks.set(ticks.get() + 1);
            Duration::from_secs(ticks.get())
        };
        run_outside(&command, &clock, 10)
    };
    assert!(
        run(&["no-such-program"])
            .unwrap_err()
            .contains("cannot be run")
    );
    if run(&["sh", "-c", "exit 0"]).is_err() {
        crate::skips::skip("needs a shell");
        return;
    }
    let counted = run(&["sh", "-c", "echo 42"]).unwrap();
    assert_eq!(
        (counted.answer, counted.wall),
        (Some(42), Duration::from_secs(1))
    );
    assert_eq!(run(&["sh", "-c", "echo 42 lines"]).unwrap().answer, None);
    assert_eq!(
        run(&["sh", "-c", "yes 1 | head -c 1000000"])
            .unwrap()
            .answer,
        None
    );
    assert!(run(&["sh", "-c", "exit 1"]).unwrap().found_nothing);
    assert!(!counted.found_nothing);
    assert!(run(&["sh", "-c", "exit 2"]).unwrap_err().contains("failed"));
}

#[test]
#[cfg(target_os = "linux")]
fn the_share_in_the_cache_is_known_for_ones_own_file() {
    let folder = Folder::with_log(&long_log());
    let share = with_runner(&folder, scan("ERROR"), |runner| {
        runner.trial(Subject::Read, 1).unwrap();
        runner.cached_share()
    });
    // Other processes may need the memory, so the test only checks that the share is known.
    assert!((0.0..=1.0).contains(&share.unwrap()));
}
