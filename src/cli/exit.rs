//! The exit status, in one place, with grep's meaning: 0 found, 1 nothing found, 2 trouble. A
//! signal that ended the search gives 128 plus its number, as in shells.

use std::process::ExitCode;

use logscan::Signal;

/// How the process ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Something was found, or the task has been done.
    Success,
    /// The search went well and found nothing.
    NothingFound,
    /// `logscan compare`: a path is slower than its baseline allows.
    Slower,
    /// Something went wrong, whether or not anything was found.
    Trouble,
    /// The reader of the results wants no more of them, as in `logscan ERROR big.log | head`. That
    /// is no failure.
    ClosedPipe,
    /// A signal ended the search. Everything found before has been printed.
    Signal(Signal),
}

/// The result of a search so far, over all its inputs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct SearchOutcome {
    /// Whether there was a hit.
    pub(crate) hit: bool,
    /// Whether an input or a part of one was not searched, against the user's wish.
    pub(crate) trouble: bool,
}

/// Tells whether only the existence of a hit is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// `-q`: a hit is success, whatever else happened.
    Existence,
    /// Results, which must be complete.
    Results,
}

impl SearchOutcome {
    /// Returns the exit status that grep would give.
    pub(crate) fn exit(self, asked: Asked) -> Exit {
        match (self.hit, self.trouble, asked) {
            (true, true, Asked::Existence) | (true, false, _) => Exit::Success,
            (false, false, _) => Exit::NothingFound,
            (_, true, _) => Exit::Trouble,
        }
    }
}

impl Exit {
    /// Returns how a search ended that says it ended with `status`. Returns `None` if no search
    /// ends so: then the statement is wrong.
    pub(crate) fn of_search(status: u8) -> Option<Exit> {
        [
            Exit::Success,
            Exit::NothingFound,
            Exit::Trouble,
            Exit::Signal(Signal::Interrupt),
            Exit::Signal(Signal::Terminate),
        ]
        .into_iter()
        .find(|exit| exit.status() == status)
    }

    /// Returns the exit status.
    pub(crate) fn status(self) -> u8 {
        match self {
            Exit::Success | Exit::ClosedPipe => 0,
            Exit::NothingFound | Exit::Slower => 1,
            Exit::Trouble => 2,
            Exit::Signal(Signal::Interrupt) => 128 + 2,
            Exit::Signal(Signal::Terminate) => 128 + 15,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.status())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(hit: bool, trouble: bool, asked: Asked, want: Exit) {
        assert_eq!(SearchOutcome { hit, trouble }.exit(asked), want);
    }

    #[test]
    fn only_what_a_search_can_end_with_is_believed() {
        for status in 0..=u8::MAX {
            let exit = Exit::of_search(status);
            let is_known = [0, 1, 2, 130, 143].contains(&status);
            assert_eq!(exit.map(Exit::status), is_known.then_some(status));
        }
    }

    #[test]
    fn trouble_outweighs_hits_unless_only_a_hit_is_asked_for() {
        check(true, false, Asked::Results, Exit::Success);
        check(false, false, Asked::Results, Exit::NothingFound);
        check(true, true, Asked::Results, Exit::Trouble);
        check(false, true, Asked::Results, Exit::Trouble);
        check(true, false, Asked::Existence, Exit::Success);
        check(false, false, Asked::Existence, Exit::NothingFound);
        check(true, true, Asked::Existence, Exit::Success);
        check(false, true, Asked::Existence, Exit::Trouble);
    }
}
