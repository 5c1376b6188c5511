//! Remembers which tests were skipped, and why, until `tests/what_was_skipped.rs` prints it at the
//! end.
//!
//! A test that is skipped counts as passed, and cargo shows nothing that a passed test prints. So
//! each skip becomes a line of a file. Every test program of one `cargo test` has the same parent,
//! cargo: its process gives the file its name. The file is in the folder for temporary files, which
//! all tests need anyway; the target folder may be read-only.

use std::{
    env,
    fs::{self, OpenOptions},
    io::{self, Write},
    panic::Location,
    path::{Path, PathBuf},
    thread,
};

/// How the names of all such files begin.
pub(crate) const PREFIX: &str = "logscan-skipped-";

/// Remembers that the running test does not do all it should, because of `reason`. A test that is
/// skipped as a whole should return then.
#[track_caller]
pub(crate) fn skip(reason: &str) {
    println!("skipped: {reason}"); // Cargo shows it with --nocapture.
    let file = file();
    if let Err(error) = append(&file, &test_name(Location::caller()), reason) {
        // Past what cargo captures: a skip is never silent.
        let message = format!("skipped: {reason} (not in {}: {error})\n", file.display());
        let _ = io::stderr().write_all(message.as_bytes());
    }
}

/// Where the skips of this `cargo test` are.
pub(crate) fn file() -> PathBuf {
    env::temp_dir().join(format!("{PREFIX}{}", run_id()))
}

/// The process that has started this one, and when it was started itself, because numbers of
/// processes come again.
fn run_id() -> String {
    #[cfg(unix)]
    let parent = std::os::unix::process::parent_id();
    #[cfg(not(unix))] // Two runs at a time share a file.
    let parent = 0;
    let stat = fs::read_to_string(format!("/proc/{parent}/stat")).unwrap_or_default();
    let started = stat
        .rsplit_once(") ")
        .and_then(|(_, fields)| fields.split(' ').nth(19))
        .unwrap_or("0");
    format!("{parent}-{started}")
}

/// Tests run in threads that have their names.
fn test_name(place: &Location<'_>) -> String {
    match thread::current().name() {
        Some(name) if name != "main" => name.into(),
        _ => format!("{}:{}", place.file(), place.line()),
    }
}

/// One write, so that lines of several programs do not mix.
fn append(file: &Path, test: &str, reason: &str) -> io::Result<()> {
    let line = format!("{test}\t{}\n", reason.replace(['\t', '\n'], " "));
    let mut file = OpenOptions::new().append(true).create(true).open(file)?;
    file.write_all(line.as_bytes())
}
