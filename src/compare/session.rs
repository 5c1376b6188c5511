//! Makes a whole comparison: rounds of trials in turns until the budget is spent. Every result is
//! compared with the first.
//!
//! It knows neither files nor clocks, only a [`Runner`]. If one trial finds something else than the
//! others, the report has no times at all: figures would only hide what is wrong.

use std::time::Duration;

use super::{
    measure::{HitsDigest, Runner, TrialOutcome},
    plan::{Plan, order},
    record::{
        COLD_SHARE_MAX, Cache, Cell, Column, OutsideCommand, Subject, Trial, WARM_SHARE_MIN,
        thread_count,
    },
    stats::{INTERVAL_VALUES_MIN, Spread, outliers},
    verdict::{self, Parts},
};
use crate::error::Error;

/// If dropping the file leaves more than this share of it in the cache, the file cannot be dropped
/// at all: it is on tmpfs, or mapped elsewhere.
const EVICTED_SHARE_MAX: f64 = 0.5;

/// If threads wait for more than this share of their time while the file is in the cache, the
/// machine was busy.
const WAITING_SHARE_MAX: f64 = 0.25;

/// In trials shorter than this, waiting means nothing.
const WAITING_WALL_S_MIN: f64 = 0.1;

/// The measurements of a comparison.
#[derive(Debug, Default)]
pub struct Measured {
    /// One cell for each state of the cache and number of threads that has at least one complete
    /// round.
    pub cells: Vec<Cell>,
    /// The other programs' measurements.
    pub commands: Vec<OutsideCommand>,
    /// The result that every search found.
    pub digest: Option<HitsDigest>,
    /// Notes that the reader should know.
    pub notes: Vec<String>,
    /// Whether a stop was requested before the plan was done.
    pub is_interrupted: bool,
}

/// Measures what `plan` says.
///
/// # Errors
/// Those of `runner`, and [`Error::Refused`] if two trials found different things.
pub fn measure(plan: &Plan, runner: &mut dyn Runner) -> Result<Measured, Error> {
    let phases = plan.phases();
    let mut session = Session {
        plan,
        runner,
        first: None,
        done: Measured::default(),
        phase_end: None,
        phase_begun: Duration::ZERO,
        phases_done: 0,
        phases: phases.len(),
        short: None,
    };
    for (nth, &cache) in phases.iter().enumerate() {
        session.phases_done = nth;
        // The clock began with the comparison. So the work before, such as counting lines, has
        // already been paid for.
        session.phase_begun = match nth {
            0 => Duration::ZERO,
            _ => session.runner.now(),
        };
        // The time that one phase leaves goes to the next.
        session.phase_end = plan.budget.map(|budget| {
            let left = budget.saturating_sub(session.phase_begun);
            let phases_left = u32::try_from(phases.len() - nth).unwrap_or(1);
            session.phase_begun + left / phases_left
        });
        session.phase(cache)?;
        if session.done.is_interrupted {
            break;
        }
    }
    session.tell_short_budget();
    session.done.digest = session.first.map(|first| first.digest);
    Ok(session.done)
}

struct Session<'a> {
    plan: &'a Plan,
    runner: &'a mut dyn Runner,
    /// The first search, which all others are compared with.
    first: Option<SearchFound>,
    done: Measured,
    phase_begun: Duration,
    phase_end: Option<Duration>,
    phases_done: usize,
    phases: usize,
    /// The fewest rounds that the budget had room for, if these were too few, and how many seconds
    /// would have been enough.
    short: Option<(u32, f64)>,
}

/// The result of a search, and which search it was.
#[derive(Clone, Copy)]
struct SearchFound {
    digest: HitsDigest,
    subject: Subject,
    threads: usize,
}

/// The rounds of one state of the cache.
struct Rounds {
    cache: Cache,
    /// The trials for each number of threads, in the order of [`Subject::ALL`].
    cells: Vec<[Vec<Trial>; 4]>,
    commands: Vec<CommandRuns>,
    /// The share of the file in the cache at the worst time. `None`: that cannot be known.
    cached_share: Option<f64>,
}

/// The runs of another program.
#[derive(Clone, Default)]
struct CommandRuns {
    trials: Vec<Trial>,
    answer: Option<u64>,
    found_nothing: bool,
}

/// The reason why no more trials are made in this state of the cache.
enum Halt {
    Stopped,
    /// The cache cannot be brought into that state.
    Impossible(String),
    Failed(Error),
}

impl From<Error> for Halt {
    fn from(error: Error) -> Halt {
        Halt::Failed(error)
    }
}

impl Session<'_> {
    fn phase(&mut self, cache: Cache) -> Result<(), Error> {
        let mut rounds = Rounds {
            cache,
            cells: vec![Default::default(); self.plan.threads.len()],
            commands: vec![Default::default(); self.plan.commands.len()],
            cached_share: None,
        };
        let halt = self.rounds(&mut rounds).err();
        match halt {
            Some(Halt::Failed(error)) => return Err(error),
            Some(Halt::Stopped) => self.done.is_interrupted = true,
            Some(Halt::Impossible(why)) => self.done.notes.push(why),
            None => {}
        }
        self.finish(rounds);
        Ok(())
    }

    fn rounds(&mut self, rounds: &mut Rounds) -> Result<(), Halt> {
        self.warm_up(rounds.cache)?;
        if rounds.cache == Cache::Warm {
            rounds.cached_share = self.runner.cached_share();
        }
        let measuring_since = self.runner.now();
        for round in 0..self.plan.runs_max {
            let begun = self.runner.now();
            self.round(rounds, round)?;
            let now = self.runner.now();
            let is_last = round + 1 == self.plan.runs_max;
            if !is_last
                && let Some(end) = self.phase_end
                && now + (now - begun) > end
            {
                self.note_short_budget(round + 1, now - measuring_since);
                break;
            }
        }
        if rounds.cache == Cache::Warm {
            let at_the_end = self.runner.cached_share();
            rounds.cached_share = at_the_end.zip(rounds.cached_share).map(|(a, b)| a.min(b));
        }
        Ok(())
    }

    /// Runs everything once, unmeasured. This loads the code, starts the threads, fills a warm
    /// cache, and finds out early if something gives other results. Before cold trials of what has
    /// already run there is nothing to warm.
    fn warm_up(&mut self, cache: Cache) -> Result<(), Halt> {
        if cache == Cache::Cold && self.first.is_some() {
            return Ok(());
        }
        // The other programs come first, so that a mistyped name is found out at once.
        for nth in 0..self.plan.commands.len() {
            self.command(nth, cache, None)?;
        }
        for at in 0..self.plan.threads.len() {
            for subject in Subject::ALL {
                self.trial(cache, subject, self.plan.threads[at], None)?;
            }
        }
        Ok(())
    }

    fn round(&mut self, rounds: &mut Rounds, round: u32) -> Result<(), Halt> {
        for at in 0..self.plan.threads.len() {
            let mut trials = [Trial::default(); 4];
            for subject in order(round) {
                let cached_share = self.prepare(rounds)?;
                let threads = self.plan.threads[at];
                let outcome = self.trial(rounds.cache, subject, threads, Some(round))?;
                trials[position(subject)] = trial_of(&outcome, cached_share);
            }
            // Only a complete round counts.
            for (column, trial) in rounds.cells[at].iter_mut().zip(trials) {
                column.push(trial);
            }
        }
        for nth in 0..self.plan.commands.len() {
            let cached_share = self.prepare(rounds)?;
            let outcome = self.command(nth, rounds.cache, Some(round))?;
            let command = &mut rounds.commands[nth];
            command.trials.push(trial_of(&outcome, cached_share));
            command.answer = outcome.answer;
            command.found_nothing |= outcome.found_nothing;
        }
        Ok(())
    }

    /// Runs another program once.
    fn command(
        &mut self,
        nth: usize,
        cache: Cache,
        round: Option<u32>,
    ) -> Result<TrialOutcome, Halt> {
        let next = format!(
            "{}, {}: {}",
            cache.name(),
            run_name(round),
            self.plan.commands[nth].text
        );
        let done = self.done_share(round);
        self.runner.step(&next, done);
        let outcome = self.runner.command(nth);
        // Ctrl-C ends the other program too, which is then no failure of it.
        match self.runner.is_stopped() {
            true => Err(Halt::Stopped),
            false => Ok(outcome?),
        }
    }

    /// Brings the cache into the state in which a trial begins.
    fn prepare(&mut self, rounds: &mut Rounds) -> Result<Option<f64>, Halt> {
        if rounds.cache == Cache::Warm {
            return Ok(None);
        }
        let share = self.runner.evict().map_err(|error| {
            let why = crate::error::Reason(&error);
            Halt::Impossible(format!(
                "cold was not measured: the file cannot be dropped from the cache: {why}"
            ))
        })?;
        if share.is_some_and(|share| share > EVICTED_SHARE_MAX) {
            return Err(Halt::Impossible(format!(
                "cold was not measured: {:.0} % of the file stays in the cache, as on tmpfs, or if another program has \
                 it mapped",
                share.unwrap_or(1.0) * 100.0
            )));
        }
        let worst = rounds.cached_share.unwrap_or(0.0);
        rounds.cached_share = share.map(|share| share.max(worst));
        Ok(share)
    }

    /// Makes one trial, and compares its result with the first.
    fn trial(
        &mut self,
        cache: Cache,
        subject: Subject,
        threads: usize,
        round: Option<u32>,
    ) -> Result<TrialOutcome, Halt> {
        let what = run_name(round);
        let done = self.done_share(round);
        let next = format!(
            "{}, {}, {what}: {}",
            cache.name(),
            thread_count(threads),
            subject.name()
        );
        self.runner.step(&next, done);
        let Some(outcome) = self.runner.trial(subject, threads)? else {
            return Err(Halt::Stopped);
        };
        if let Some(digest) = outcome.digest {
            self.agree(SearchFound {
                digest,
                subject,
                threads,
            })?;
        }
        Ok(outcome)
    }

    fn agree(&mut self, found: SearchFound) -> Result<(), Error> {
        let first = *self.first.get_or_insert(found);
        if first.digest == found.digest {
            return Ok(());
        }
        let shown = |found: SearchFound| {
            let HitsDigest { hits, hash } = found.digest;
            format!(
                "{} with {} found {hits} hits (hash {hash:016x})",
                found.subject.name(),
                thread_count(found.threads)
            )
        };
        Err(Error::Refused {
            path: self.plan.path.clone(),
            reason: format!(
                "the results differ, so no times are shown: {}, but {}; if nobody wrote to the file, please report it",
                shown(first),
                shown(found)
            ),
        })
    }

    /// Returns how much of the whole comparison is done.
    fn done_share(&self, round: Option<u32>) -> f64 {
        let of_runs = f64::from(round.unwrap_or(0)) / f64::from(self.plan.runs_max.max(1));
        let of_time = self.phase_end.map_or(0.0, |end| {
            let all = end.saturating_sub(self.phase_begun).as_secs_f64();
            let so_far = self.runner.now().saturating_sub(self.phase_begun);
            so_far.as_secs_f64() / all.max(1e-9)
        });
        let of_phase = of_runs.max(of_time).min(1.0);
        (self.phases_done as f64 + of_phase) / self.phases as f64
    }

    /// Remembers how much time an interval would have needed, if the budget was too short for one.
    fn note_short_budget(&mut self, rounds: u32, took: Duration) {
        let wanted = u32::try_from(INTERVAL_VALUES_MIN).expect("it is small");
        if rounds >= wanted {
            return;
        }
        let overhead = self.runner.now().saturating_sub(self.phase_begun) - took;
        let phase = overhead + took / rounds.max(1) * wanted;
        let all = phase.as_secs_f64() * self.phases as f64;
        let (fewest, longest_s) = self.short.unwrap_or((rounds, 0.0));
        self.short = Some((fewest.min(rounds), longest_s.max(all)));
    }

    /// Says once, for all states of the cache, that the budget was too short.
    fn tell_short_budget(&mut self) {
        let Some((rounds, all_s)) = self.short else {
            return;
        };
        // The suggestion is a tenth more, because the next run may be slower.
        let budget_s = (all_s * 1.1).ceil();
        self.done.notes.push(format!(
            "{rounds} {} into the budget, and {INTERVAL_VALUES_MIN} are needed for an interval: --budget {budget_s}s should do",
            if rounds == 1 { "run fits" } else { "runs fit" }
        ));
    }

    /// Adds a note if threads waited too much. With the file in the cache they have only each other
    /// to wait for.
    fn note_waiting(&mut self, cell: &Cell) {
        let share = Parts::of(cell, Subject::Mapped).waiting_share();
        let wall_s = cell
            .column(Subject::Mapped)
            .map_or(0.0, |column| column.wall_s.median);
        // A small file has fewer chunks than there are threads, and starting the threads takes time
        // as well.
        let is_long = wall_s >= WAITING_WALL_S_MIN;
        if cell.cache == Cache::Warm && share > WAITING_SHARE_MAX && is_long {
            self.done.notes.push(format!(
                "with {} the mapped path waited for {:.0} % of its time though the file is in the cache: something else may \
                 have been using the processors, so run it again on a quiet machine",
                thread_count(cell.threads),
                share * 100.0
            ));
        }
    }

    fn finish(&mut self, rounds: Rounds) {
        let share = rounds.cached_share;
        let has_trials = rounds.cells.iter().any(|columns| !columns[0].is_empty());
        let percent = share.unwrap_or(0.0) * 100.0;
        match (rounds.cache, share) {
            _ if !has_trials => {}
            (Cache::Warm, Some(share)) if share < WARM_SHARE_MIN => self.done.notes.push(format!(
                "only {percent:.0} % of the file was in the cache in the warm trials: memory is short"
            )),
            (Cache::Cold, Some(share)) if share > COLD_SHARE_MAX => self.done.notes.push(format!(
                "up to {percent:.1} % of the file was still in the cache before cold trials"
            )),
            (Cache::Cold, None) => self.done.notes.push(
                "whether the file was really dropped from the cache before cold trials could not be verified: the \
                 kernel tells that only to who owns the file or may write it"
                    .into(),
            ),
            _ => {}
        }
        for (&threads, columns) in self.plan.threads.iter().zip(rounds.cells) {
            if columns[0].is_empty() {
                continue;
            }
            let columns: Vec<Column> = Subject::ALL
                .into_iter()
                .zip(columns)
                .map(|(subject, trials)| column(subject, trials))
                .collect();
            let mut cell = Cell {
                cache: rounds.cache,
                threads,
                cached_share: share,
                comparison: verdict::compare(&columns),
                columns,
            };
            cell.comparison.sentence = verdict::sentence(&cell);
            self.note_waiting(&cell);
            self.done.cells.push(cell);
        }
        for (command, runs) in self.plan.commands.iter().zip(rounds.commands) {
            let CommandRuns {
                mut trials,
                answer,
                found_nothing,
            } = runs;
            if trials.is_empty() {
                continue;
            }
            let wall_s = mark_outliers(&mut trials);
            let hits = self.first.map(|first| first.digest.hits);
            if answer.is_some() && answer != hits {
                self.done.notes.push(format!(
                    "`{}` printed {}, and logscan found {} lines",
                    command.text,
                    answer.unwrap_or(0),
                    hits.unwrap_or(0)
                ));
            }
            if found_nothing && hits.is_some_and(|hits| hits > 0) {
                self.done.notes.push(format!(
                    "`{}` ended with status 1, as a grep that finds nothing or a program that fails, and logscan found {} \
                     lines: its times may mean nothing",
                    command.text,
                    hits.unwrap_or(0)
                ));
            }
            self.done.commands.push(OutsideCommand {
                command: command.text.clone(),
                cache: rounds.cache,
                trials,
                wall_s,
                answer,
            });
        }
    }
}

fn run_name(round: Option<u32>) -> String {
    round.map_or("warm-up".into(), |round| format!("run {}", round + 1))
}

fn position(subject: Subject) -> usize {
    let position = Subject::ALL.into_iter().position(|other| other == subject);
    position.expect("all subjects are in the list")
}

fn trial_of(outcome: &TrialOutcome, cached_share: Option<f64>) -> Trial {
    Trial {
        wall_s: outcome.wall.as_secs_f64(),
        user_s: outcome.usage.user.as_secs_f64(),
        system_s: outcome.usage.system.as_secs_f64(),
        minor_faults: outcome.usage.minor_faults,
        major_faults: outcome.usage.major_faults,
        bytes: outcome.bytes,
        hits: outcome.digest.map(|digest| digest.hits),
        peak_resident_bytes: outcome.peak_resident_bytes,
        peak_private_bytes: outcome.peak_private_bytes,
        cached_share,
        is_outlier: false,
    }
}

fn column(subject: Subject, mut trials: Vec<Trial>) -> Column {
    Column {
        subject,
        wall_s: mark_outliers(&mut trials),
        trials,
    }
}

fn mark_outliers(trials: &mut [Trial]) -> Spread {
    let times: Vec<f64> = trials.iter().map(|trial| trial.wall_s).collect();
    for (trial, is_outlier) in trials.iter_mut().zip(outliers(&times)) {
        trial.is_outlier = is_outlier;
    }
    Spread::of(&times)
}

#[cfg(test)]
mod tests;
