//! Azure Pipelines: `##[section]Starting: Build`, `##[error]Bash exited with code '1'.`

use super::{Mark, Outcome, behind, github, outcome_of};

pub(super) const LITERALS: &[&str] = &[
    "##[section]Starting: ",
    "##[section]Finishing: ",
    "##[error]",
    "##[command]",
];

pub(super) fn mark<'a>(raw: &'a [u8], shown: &'a [u8]) -> Option<Mark<'a>> {
    if let Some(name) = shown.strip_prefix(b"##[section]Starting: ") {
        return Some(match name {
            b"Finalize Job" => Mark::Aftermath(name),
            name if name.starts_with(b"Post-job: ") => Mark::Aftermath(name),
            _ => Mark::Start(name),
        });
    }
    if shown.starts_with(b"##[section]Finishing: ") {
        return Some(Mark::End);
    }
    if let Some(error) = shown.strip_prefix(b"##[error]")
        && let Some(status) =
            behind(error, "exited with code ").or_else(|| behind(error, "with exit code: "))
    {
        return Some(Mark::Exit(outcome_of(status).unwrap_or(Outcome::Failure)));
    }
    match github::mark(raw, shown) {
        Some(Mark::Echo) => Some(Mark::Echo),
        Some(Mark::Complaint) => Some(Mark::Complaint),
        Some(Mark::Cancelled) => Some(Mark::Cancelled),
        _ => None,
    }
}
