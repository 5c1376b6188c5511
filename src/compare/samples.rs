//! Makes reports for tests from given times.

use std::time::Duration;

use super::{
    measure::{HitsDigest, Runner, TrialOutcome},
    plan::{Command, Plan},
    record::{Cache, Cell, Report, SCHEMA, Search, Settings, Subject},
    session,
};
use crate::{
    compare::machine::{FileFacts, Machine},
    error::Error,
    sys::Usage,
};

/// A runner whose time passes only in trials, as long as `cost` says.
pub(super) struct Fake<'a> {
    pub(super) now: Duration,
    /// Returns the outcome of a trial, given the subject, the threads, and how many trials there
    /// were before.
    pub(super) cost: &'a dyn Fn(Subject, usize, usize) -> TrialOutcome,
    /// The steps that were done, in order.
    pub(super) done: Vec<String>,
    pub(super) trials: usize,
    /// The number of the trial in which a stop is requested.
    pub(super) stop_at: usize,
    pub(super) evicts: &'a dyn Fn() -> std::io::Result<Option<f64>>,
    pub(super) cached_share: Option<f64>,
    pub(super) answer: Option<u64>,
    pub(super) found_nothing: bool,
}

impl<'a> Fake<'a> {
    pub(super) fn new(cost: &'a dyn Fn(Subject, usize, usize) -> TrialOutcome) -> Fake<'a> {
        Fake {
            now: Duration::ZERO,
            cost,
            done: Vec::new(),
            trials: 0,
            stop_at: usize::MAX,
            evicts: &|| Ok(Some(0.0)),
            cached_share: Some(1.0),
            answer: Some(5),
            found_nothing: false,
        }
    }
}

impl Runner for Fake<'_> {
    fn now(&self) -> Duration {
        self.now
    }

    fn trial(&mut self, subject: Subject, threads: usize) -> Result<Option<TrialOutcome>, Error> {
        let outcome = (self.cost)(subject, threads, self.trials);
        self.done.push(format!("{subject:?} {threads}"));
        self.trials += 1;
        self.now += outcome.wall;
        Ok((self.trials < self.stop_at).then_some(outcome))
    }

    fn command(&mut self, nth: usize) -> Result<TrialOutcome, Error> {
        self.done.push(format!("command {nth}"));
        self.now += Duration::from_millis(700);
        Ok(TrialOutcome {
            wall: Duration::from_millis(700),
            bytes: BYTES,
            answer: self.answer,
            found_nothing: self.found_nothing,
            ..TrialOutcome::default()
        })
    }

    fn evict(&mut self) -> std::io::Result<Option<f64>> {
        self.done.push("evict".into());
        (self.evicts)()
    }

    fn cached_share(&mut self) -> Option<f64> {
        self.cached_share
    }

    fn step(&mut self, _: &str, done: f64) {
        assert!((0.0..=1.0).contains(&done), "{done}");
    }

    fn is_stopped(&self) -> bool {
        self.trials >= self.stop_at
    }
}

pub(super) const BYTES: u64 = 4_000_000_000;

pub(super) const DIGEST: HitsDigest = HitsDigest {
    hits: 5,
    hash: 0x1234,
};

/// Returns a trial that took `wall_s`. The time that is neither in user mode nor in the kernel is
/// waiting.
pub(super) fn outcome(
    subject: Subject,
    wall_s: f64,
    user_s: f64,
    system_s: f64,
    faults: u64,
) -> TrialOutcome {
    TrialOutcome {
        wall: Duration::from_secs_f64(wall_s),
        usage: Usage {
            user: Duration::from_secs_f64(user_s),
            system: Duration::from_secs_f64(system_s),
            minor_faults: faults,
            major_faults: 0,
        },
        bytes: BYTES,
        digest: subject.is_path().then_some(DIGEST),
        answer: None,
        found_nothing: false,
        peak_resident_bytes: Some(70 << 20),
        peak_private_bytes: subject.is_path().then_some(3 << 20),
    }
}

/// Returns the costs of trials on one thread and on two, with a little noise that is the same each
/// time. Mapped takes `mapped_s` on two threads.
pub(super) fn typical(
    mapped_s: f64,
    read_s: f64,
) -> impl Fn(Subject, usize, usize) -> TrialOutcome {
    move |subject, threads, nth| {
        let noise = 1.0 + 0.01 * (nth * 7 % 5) as f64;
        let (wall_s, user_s, system_s, faults) = match subject {
            Subject::Mapped => (mapped_s, 0.30, 0.20, 65_000),
            Subject::Read => (read_s, 0.30, 0.62, 40),
            Subject::Touch => (0.20, 0.18, 0.20, 65_000),
            Subject::Copy => (0.31, 0.01, 0.60, 30),
        };
        let slower = if threads == 1 { 1.8 } else { 1.0 };
        outcome(subject, wall_s * slower * noise, user_s, system_s, faults)
    }
}

/// Returns a plan without a budget.
pub(super) fn plan(threads: &[usize], caches: &[Cache], runs: u32) -> Plan {
    Plan {
        path: "huge.log".into(),
        threads: threads.into(),
        caches: caches.into(),
        runs_max: runs,
        budget: None,
        commands: Vec::new(),
        raw: false,
    }
}

/// Returns a report as it might come from a real run. Every text in it has something that a format
/// could get wrong.
pub(super) fn report(runs: u32, cost: &dyn Fn(Subject, usize, usize) -> TrialOutcome) -> Report {
    let mut plan = plan(&[1, 2], &[Cache::Warm, Cache::Cold], runs);
    plan.commands = vec![Command {
        text: "rg -c '<b>&|`' {file}".into(),
        words: vec!["rg".into()],
    }];
    let measured = session::measure(&plan, &mut Fake::new(cost)).unwrap();
    Report {
        schema: SCHEMA,
        verdict: super::headline(&measured.cells).map_or(String::new(), |cell: &Cell| {
            cell.comparison.sentence.clone()
        }),
        logscan: "0.1.0".into(),
        command: "logscan compare -e '<b>&|`\"' huge.log".into(),
        measured_unix_s: 1_795_262_640,
        machine: Machine {
            cpu: "A processor".into(),
            cores: 2,
            memory: "23.5 GiB of memory".into(),
            kernel: "6.18.0".into(),
            page_bytes: 4096,
            huge_pages: "always [madvise] never".into(),
        },
        file: FileFacts {
            name: "huge.log".into(),
            bytes: BYTES,
            lines: 40_000_000,
            longest_line_bytes: 4711,
            file_system: "ext4".into(),
        },
        search: Search {
            patterns: vec!["<b>&|`\"".into()],
            flags: vec!["-i".into()],
            engine: "memmem".into(),
            hits: 5,
            hits_hash: "0000000000001234".into(),
        },
        settings: Settings {
            threads: vec![1, 2],
            caches: vec![Cache::Warm, Cache::Cold],
            chunk_bytes: None,
            runs_max: runs,
            budget_s: None,
        },
        cells: measured.cells,
        commands: measured.commands,
        notes: measured.notes,
        baseline: None,
    }
}
