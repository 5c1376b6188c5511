//! Buildkite: groups begin with `---`, `+++` or `~~~`; `The command exited with status 1`.

use super::{Mark, Outcome, behind, outcome_of};

pub(super) const LITERALS: &[&str] = &[
    "--- ",
    "+++ ",
    "~~~ ",
    "exited with status ",
    "user command error",
];

pub(super) fn mark(shown: &[u8]) -> Option<Mark<'_>> {
    for head in [&b"~~~ "[..], b"--- ", b"+++ "] {
        // Go's tests and diffs have such lines as well.
        if let Some(name) = shown.strip_prefix(head)
            && ![
                &b"FAIL: "[..],
                b"PASS: ",
                b"SKIP: ",
                b"a/",
                b"b/",
                b"/dev/null",
            ]
            .iter()
            .any(|other| name.starts_with(other))
        {
            return Some(Mark::Start(name));
        }
    }
    if let Some(status) = behind(shown, "The command exited with status ") {
        return outcome_of(status).map(Mark::Exit);
    }
    behind(shown, "user command error").map(|_| Mark::Exit(Outcome::Failure))
}
