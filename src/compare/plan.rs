//! What to measure, as plain data, and in which order.

use std::{ffi::OsString, path::PathBuf, time::Duration};

use super::record::{Cache, Subject};

/// How long a comparison takes unless the user says otherwise. On 4 GiB in the cache, with 1 and 2
/// threads, that is some ten rounds.
pub const BUDGET_DEFAULT: Duration = Duration::from_secs(30);

/// At most this many rounds are made unless the user asks for more: the interval is narrow by then.
pub const RUNS_DEFAULT: u32 = 100;

/// The user cannot ask for more rounds than this: all trials are kept, and the statistics are made
/// for at most so many.
pub const RUNS_LIMIT: u32 = 1000;

/// At most this many numbers of threads are measured. Each is a cell of the report, with all its
/// trials.
pub const THREAD_COUNTS_LIMIT: usize = 16;

/// What to measure.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The file to search.
    pub path: PathBuf,
    /// The numbers of threads.
    pub threads: Vec<usize>,
    /// The states of the cache. Warm is measured first, because cold empties the cache.
    pub caches: Vec<Cache>,
    /// The largest number of rounds. In each round everything runs once.
    pub runs_max: u32,
    /// The time for all rounds. No round begins that would not end within it, but one round is
    /// always made.
    pub budget: Option<Duration>,
    /// Other programs to run in each round.
    pub commands: Vec<Command>,
    /// Whether the bytes are searched as they are: see [`Source::raw`](crate::Source::raw).
    pub raw: bool,
}

/// Another program to compare with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// The command as it was typed.
    pub text: String,
    /// The program and its arguments.
    pub words: Vec<OsString>,
}

impl Plan {
    /// Returns the states of the cache in the order in which they are measured, each once.
    pub(crate) fn phases(&self) -> Vec<Cache> {
        let mut phases = self.caches.clone();
        phases.sort_unstable();
        phases.dedup();
        phases
    }
}

/// Returns the order of a round. Each round has the reverse order of the one before: mapped,
/// read(), read(), mapped. So a steady change, such as a machine that warms up, favours neither
/// path.
pub(crate) fn order(round: u32) -> [Subject; 4] {
    let mut order = Subject::ALL;
    if round % 2 == 1 {
        order.reverse();
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_paths_take_turns_and_are_neighbours() {
        let paths: Vec<Subject> = (0..4)
            .flat_map(order)
            .filter(|subject| subject.is_path())
            .collect();
        use Subject::{Mapped, Read};
        let want = [Mapped, Read, Read, Mapped, Mapped, Read, Read, Mapped];
        assert_eq!(paths, want);
        for round in 0..4 {
            let order = order(round);
            let at = |subject| order.iter().position(|&other| other == subject).unwrap();
            assert_eq!(at(Subject::Mapped).abs_diff(at(Subject::Read)), 1);
        }
    }

    #[test]
    fn warm_is_measured_before_cold_empties_the_cache() {
        let plan = Plan {
            path: "log".into(),
            threads: vec![1],
            caches: vec![Cache::Cold, Cache::Warm, Cache::Cold],
            runs_max: 1,
            budget: None,
            commands: Vec::new(),
            raw: false,
        };
        assert_eq!(plan.phases(), [Cache::Warm, Cache::Cold]);
    }
}
