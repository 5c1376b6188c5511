//! Travis CI: `travis_fold:start:install`, `travis_time:start:0ab1` and `$ make`, `The command
//! "make" exited with 1.`

use super::{Mark, Outcome, behind, outcome_of};

pub(super) const LITERALS: &[&str] = &[
    "travis_fold:start:",
    "travis_time:start:",
    "travis_time:end:",
    "travis_fold:end:",
    "The command \"",
    "\" exited with ",
    "Done. Your build exited with ",
    "Your build has been stopped",
    "Done: Job Cancelled",
    "The job exceeded the m",
    "No output has been received",
];

/// Folds of phases whose failures do not fail a build.
const AFTERMATH: &[&str] = &[
    "after_",
    "cache.2",
    "before_cache",
    "dpl",
    "deploy",
    "artifacts",
];

pub(super) fn mark<'a>(raw: &'a [u8], shown: &'a [u8]) -> Option<Mark<'a>> {
    if let Some(command) = shown.strip_prefix(b"The command \"") {
        let status = behind(command, "\" exited with ")
            .or_else(|| behind(command, "\" failed and exited with "));
        return match status {
            Some(status) => outcome_of(status).map(Mark::Exit),
            None => Some(Mark::Echo),
        };
    }
    // The last line of a report about a command with several lines.
    if let Some(status) = behind(shown, "\" exited with ")
        && status.ends_with(b".")
        && status[..status.len() - 1].iter().all(u8::is_ascii_digit)
    {
        return outcome_of(status).map(Mark::Exit);
    }
    if let Some(status) = shown.strip_prefix(b"Done. Your build exited with ") {
        return outcome_of(status).map(Mark::Final);
    }
    if shown.starts_with(b"Done: Job Cancelled") {
        return Some(Mark::Cancelled);
    }
    if shown.starts_with(b"Your build has been stopped") {
        return Some(Mark::Final(Outcome::Failure));
    }
    // Folds and times are written over: a carriage return follows them.
    let text = raw.trim_ascii_end();
    if !text.starts_with(b"travis_") && memchr::memchr(b'\r', text).is_none() {
        return None;
    }
    if let Some(fold) = behind(raw, "travis_fold:start:") {
        let length = fold
            .iter()
            .take_while(|byte| byte.is_ascii_graphic())
            .count();
        let fold = &fold[..length];
        if AFTERMATH
            .iter()
            .any(|name| fold.starts_with(name.as_bytes()))
        {
            return Some(Mark::Aftermath(fold));
        }
        return Some(match shown.strip_prefix(b"$ ") {
            Some(command) => Mark::Start(command),
            None => Mark::Start(fold),
        });
    }
    if behind(raw, "travis_time:start:").is_some() {
        return Some(match shown.strip_prefix(b"$ ") {
            Some(command) => Mark::Start(command),
            None => Mark::End,
        });
    }
    let is_end = shown.starts_with(b"travis_time:end:") || shown.starts_with(b"travis_fold:end:");
    is_end.then_some(Mark::Echo)
}
