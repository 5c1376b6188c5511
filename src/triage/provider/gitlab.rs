//! GitLab: `section_start:1700000000:step_script`, `ERROR: Job failed: exit code 1`, `Job
//! succeeded`.

use super::{Mark, Outcome, behind};

pub(super) const LITERALS: &[&str] = &[
    "section_start:",
    "section_end:",
    "ERROR: Job failed",
    "WARNING: script canceled externally",
    "Job succeeded",
    "\x1b[32;1m$ ",
    "Cleaning up project directory",
    "Running after_script",
    "Running after script",
];

pub(super) fn mark<'a>(raw: &'a [u8], shown: &'a [u8]) -> Option<Mark<'a>> {
    // Its last line only says so once more.
    if shown.starts_with(b"ERROR: Job failed: canceled")
        || shown.starts_with(b"WARNING: script canceled externally")
    {
        return Some(Mark::Cancelled);
    }
    if shown.starts_with(b"ERROR: Job failed") || shown.starts_with(b"WARNING: Job failed") {
        return Some(Mark::Final(Outcome::Failure));
    }
    if shown.starts_with(b"Job succeeded") {
        return Some(Mark::Final(Outcome::Success));
    }
    if shown.starts_with(b"Running after_script") || shown.starts_with(b"Running after script") {
        return Some(Mark::Aftermath(shown));
    }
    if let Some(section) = behind(raw, "section_start:") {
        // 1700000000:name[collapsed=true]
        let name = section.splitn(2, |&byte| byte == b':').nth(1)?;
        let length = name
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(byte))
            .count();
        let name = &name[..length];
        return Some(match name {
            b"after_script"
            | b"cleanup_file_variables"
            | b"upload_artifacts_on_failure"
            | b"upload_artifacts_on_success"
            | b"archive_cache"
            | b"archive_cache_on_failure" => Mark::Aftermath(name),
            _ => Mark::Start(name),
        });
    }
    if shown.starts_with(b"$ ") {
        return Some(Mark::Start(&shown[2..]));
    }
    behind(raw, "section_end:").map(|_| Mark::End)
}
