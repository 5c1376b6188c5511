//! The outcomes of rounds, and tables of them.

use std::collections::BTreeMap;

/// The outcome of a round, better ones before worse ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Outcome {
    /// The results are those of the log as it was at one moment, and nothing was noted.
    Exact,
    /// Something was noted, the exit status is 2, and what the note claims is true.
    Noted,
    /// There was no log at that moment, or an injected error ended the search, and a message says
    /// so.
    Refused,
    /// There was a change that cannot be seen, as the documents say.
    Unseen,
    /// Lines are missing, and nothing says so.
    Lost,
    /// Lines came more often than the documents say.
    Doubled,
    /// The output was never in the log, or never in one piece, and nothing says so.
    Invented,
    /// A note claims something that is not true.
    Claim,
    /// The exit status and the messages do not fit together.
    Status,
    /// The run took more memory than it may have.
    Memory,
    Hang,
    Crash,
}

impl Outcome {
    const ALL: [Outcome; 12] = [
        Outcome::Exact,
        Outcome::Noted,
        Outcome::Refused,
        Outcome::Unseen,
        Outcome::Lost,
        Outcome::Doubled,
        Outcome::Invented,
        Outcome::Claim,
        Outcome::Status,
        Outcome::Memory,
        Outcome::Hang,
        Outcome::Crash,
    ];

    fn name(self) -> &'static str {
        match self {
            Outcome::Exact => "exact",
            Outcome::Noted => "noted",
            Outcome::Refused => "refused",
            Outcome::Unseen => "unseen",
            Outcome::Lost => "lost",
            Outcome::Doubled => "doubled",
            Outcome::Invented => "invented",
            Outcome::Claim => "false claim",
            Outcome::Status => "wrong status",
            Outcome::Memory => "memory",
            Outcome::Hang => "hang",
            Outcome::Crash => "crash",
        }
    }

    pub(crate) fn is_fault(self) -> bool {
        self > Outcome::Unseen
    }
}

/// A round that has ended.
#[derive(Debug)]
pub(crate) struct Verdict {
    pub(crate) outcome: Outcome,
    /// The kind of round, for the table.
    pub(crate) kind: &'static str,
    /// What happened, for readers who look at this round.
    pub(crate) story: String,
    /// How many searches were killed.
    pub(crate) kills: u64,
    /// How many lines came out again, which the documents allow for a killed search.
    pub(crate) repeated: u64,
}

/// How often each outcome came, for each kind of round.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    counts: BTreeMap<&'static str, BTreeMap<Outcome, u64>>,
    pub(crate) kills: u64,
    pub(crate) repeated: u64,
}

impl Tally {
    pub(crate) fn add(&mut self, verdict: &Verdict) {
        let kind = self.counts.entry(verdict.kind).or_default();
        *kind.entry(verdict.outcome).or_default() += 1;
        self.kills += verdict.kills;
        self.repeated += verdict.repeated;
    }

    /// Returns how many rounds had this outcome.
    pub(crate) fn count(&self, outcome: Outcome) -> u64 {
        let counts = self.counts.values();
        counts.filter_map(|kind| kind.get(&outcome)).sum()
    }

    pub(crate) fn faults(&self) -> u64 {
        let faults = Outcome::ALL
            .into_iter()
            .filter(|outcome| outcome.is_fault());
        faults.map(|outcome| self.count(outcome)).sum()
    }
}

/// Prints a table in Markdown.
impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<&str> = Outcome::ALL.map(Outcome::name).into();
        writeln!(f, "| command | rounds | {} |", names.join(" | "))?;
        writeln!(f, "|---{}|", "|---".repeat(names.len() + 1))?;
        let row = |f: &mut std::fmt::Formatter<'_>, kind: &str, count: &dyn Fn(Outcome) -> u64| {
            let counts: Vec<String> = Outcome::ALL.map(|one| count(one).to_string()).into();
            let rounds: u64 = Outcome::ALL.map(count).iter().sum();
            writeln!(f, "| {kind} | {rounds} | {} |", counts.join(" | "))
        };
        for (kind, counts) in &self.counts {
            row(f, kind, &|outcome| {
                counts.get(&outcome).copied().unwrap_or(0)
            })?;
        }
        row(f, "all", &|outcome| self.count(outcome))?;
        let (kills, repeated) = (self.kills, self.repeated);
        write!(
            f,
            "{kills} searches killed, {repeated} lines repeated after that"
        )
    }
}
