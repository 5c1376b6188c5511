//! Buildkite: groups begin with `---`, `+++` or `~~~`; `The command exited with status 1`.

use super::{Mark, Outcome, behind, outcome_of};

pub(super) const LITERALS: &[&str] = &[
    "--- ",
    "+++ ",
    "~~~ ",
    "exited with status ",
    "user command error",
    "Received cancellation signal",
    "interrupted by a signal: signal: ",
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
    // A command that crashes ends with a signal as well, but with another one.
    let signal = behind(shown, "interrupted by a signal: signal: ");
    let is_stopped = |signal: &[u8]| signal.starts_with(b"terminated") || signal == b"interrupt";
    if shown.starts_with(b"# Received cancellation signal") || signal.is_some_and(is_stopped) {
        return Some(Mark::Cancelled);
    }
    behind(shown, "user command error").map(|_| Mark::Exit(Outcome::Failure))
}
