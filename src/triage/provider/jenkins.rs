//! Jenkins: `[Pipeline] { (Build)`, `ERROR: script returned exit code 1`, `Finished: FAILURE`.

use super::{Mark, Outcome, outcome_of};

pub(super) const LITERALS: &[&str] = &[
    "[Pipeline] // stage",
    "skipped due to ",
    "[Pipeline] ",
    "Finished: ",
    "script returned exit code ",
    "marked build as failure",
    "Declarative: Post Actions",
];

pub(super) fn mark(shown: &[u8]) -> Option<Mark<'_>> {
    if let Some(stage) = shown.strip_prefix(b"[Pipeline] { (") {
        let stage = stage.strip_suffix(b")").unwrap_or(stage);
        return Some(match stage.starts_with(b"Declarative: Post Actions") {
            true => Mark::Aftermath(stage),
            false => Mark::Start(stage),
        });
    }
    if shown.starts_with(b"[Pipeline] // stage") || shown.starts_with(b"[Pipeline] // parallel") {
        return Some(Mark::End);
    }
    if shown.starts_with(b"[Pipeline] ") {
        return Some(Mark::Echo);
    }
    if shown.starts_with(b"Stage \"") && super::behind(shown, "\" skipped due to ").is_some() {
        return Some(Mark::Skipped);
    }
    if let Some(result) = shown.strip_prefix(b"Finished: ") {
        return Some(Mark::Final(match result.starts_with(b"SUCCESS") {
            true => Outcome::Success,
            false => Outcome::Failure,
        }));
    }
    // A script that was terminated: another branch has failed, or somebody stopped the build.
    if shown == b"ERROR: script returned exit code 143" {
        return Some(Mark::Cancelled);
    }
    if let Some(status) = shown.strip_prefix(b"ERROR: script returned exit code ") {
        return outcome_of(status).map(Mark::Exit);
    }
    if shown.starts_with(b"Build step '") && shown.ends_with(b"marked build as failure") {
        return Some(Mark::Exit(Outcome::Failure));
    }
    None
}
