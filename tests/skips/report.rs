//! Says what was skipped in one `cargo test`, from what `record.rs` has remembered.

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::Path,
    time::Duration,
};

use super::record::{self, PREFIX};

/// How long the records of runs that nobody asked about are kept: of `cargo test --lib`, or of a
/// run that failed.
pub(crate) const KEPT_FOR: Duration = Duration::from_secs(24 * 60 * 60);

/// What this run of the tests has skipped so far; it is forgotten with that.
pub(crate) fn take() -> String {
    remove_old(&env::temp_dir());
    let file = record::file();
    let records = fs::read(&file).unwrap_or_default();
    let _ = fs::remove_file(file);
    table(&String::from_utf8_lossy(&records))
}

/// The tests of each reason.
pub(crate) fn table(records: &str) -> String {
    let mut reasons: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut tests = BTreeSet::new();
    for (test, reason) in records.lines().filter_map(|line| line.split_once('\t')) {
        reasons.entry(reason).or_default().insert(test);
        tests.insert(test);
    }
    let mut text = match tests.len() {
        0 => return "skipped: none\n".into(),
        1 => String::from("skipped: 1 test, or a part of it; it counts as passed\n"),
        count => format!("skipped: {count} tests, or parts of them; they count as passed\n"),
    };
    for (reason, tests) in reasons {
        text += &format!("  {reason}:\n");
        for test in tests {
            text += &format!("      {test}\n");
        }
    }
    text
}

/// Removes what is older than [`KEPT_FOR`].
pub(crate) fn remove_old(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let is_record = entry.file_name().to_string_lossy().starts_with(PREFIX);
        let age = entry.metadata().and_then(|metadata| metadata.modified());
        let is_old = age.is_ok_and(|time| time.elapsed().is_ok_and(|age| age > KEPT_FOR));
        if is_record && is_old {
            // Whoever owns it.
            let _ = fs::remove_file(entry.path());
        }
    }
}
