//! GitHub Actions: `##[group]Run make`, `##[error]Process completed with exit code 1.`

use super::{Mark, Outcome, behind, outcome_of};

pub(super) const LITERALS: &[&str] = &[
    "##[group]Run ",
    "##[error]",
    "Post job cleanup.",
    "Cleaning up orphan processes",
    "\x1b[36;1m",
    "##[command]",
    "Complete job name: ",
];

pub(super) fn mark<'a>(raw: &'a [u8], shown: &'a [u8]) -> Option<Mark<'a>> {
    if let Some(name) = shown.strip_prefix(b"##[group]Run ") {
        return Some(Mark::Start(name));
    }
    if let Some(error) = shown.strip_prefix(b"##[error]") {
        let ended = behind(error, "rocess completed with exit code ")
            .or_else(|| behind(error, "failed with exit code "));
        if let Some(status) = ended {
            return Some(Mark::Exit(outcome_of(status).unwrap_or(Outcome::Failure)));
        }
        return Some(match error.starts_with(b"The operation was canceled") {
            true => Mark::Cancelled,
            false => Mark::Complaint,
        });
    }
    if let Some(job) = shown.strip_prefix(b"Complete job name: ") {
        return Some(Mark::Job(job));
    }
    if shown == b"Post job cleanup." {
        return Some(Mark::Aftermath(shown));
    }
    if shown.starts_with(b"Cleaning up orphan processes") {
        return Some(Mark::Aftermath(shown));
    }
    // The script of a step is printed in cyan before it runs.
    let head = &raw[..raw.len().min(64)];
    let is_cyan = memchr::memchr(b'\x1b', head).is_some_and(|at| {
        head[at..].starts_with(b"\x1b[36;1m") && (at == 0 || head[at - 1] == b' ')
    });
    let is_echo = is_cyan || shown.starts_with(b"##[command]");
    is_echo.then_some(Mark::Echo)
}
