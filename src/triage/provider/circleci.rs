//! CircleCI: one file per step; `Exited with code exit status 1`.

use super::{Mark, behind, outcome_of};

pub(super) const LITERALS: &[&str] = &[
    "Exited with code ",
    "received exit code ",
    "Step was canceled",
];

pub(super) fn mark(shown: &[u8]) -> Option<Mark<'_>> {
    if shown.starts_with(b"Step was canceled") {
        return Some(Mark::Cancelled);
    }
    let status = behind(shown, "Exited with code exit status ")
        .or_else(|| behind(shown, "Exited with code "))
        .or_else(|| behind(shown, "CircleCI received exit code "))?;
    outcome_of(status).map(Mark::Exit)
}
