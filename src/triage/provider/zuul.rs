//! Zuul and Ansible: `PLAY [...]`, `TASK [name]`, `PLAY RECAP`, `RUN END RESULT_NORMAL`.

use super::{Mark, Outcome, behind};

pub(super) const LITERALS: &[&str] = &[
    "TASK [",
    "RUNNING HANDLER [",
    "PLAY RECAP",
    "POST-RUN START",
    "RUN END RESULT_",
];

pub(super) fn mark(shown: &[u8]) -> Option<Mark<'_>> {
    for head in ["TASK [", "RUNNING HANDLER ["] {
        if let Some(name) = behind(shown, head) {
            let length = memchr::memrchr(b']', name).unwrap_or(name.len());
            return Some(Mark::Start(&name[..length]));
        }
    }
    if shown.starts_with(b"PLAY RECAP") {
        return Some(Mark::End);
    }
    if behind(shown, "POST-RUN START").is_some() {
        return Some(Mark::Aftermath(shown));
    }
    if shown.starts_with(b"RUN END RESULT_TIMED_OUT")
        || shown.starts_with(b"RUN END RESULT_UNREACHABLE")
    {
        return Some(Mark::Exit(Outcome::Failure));
    }
    None
}
