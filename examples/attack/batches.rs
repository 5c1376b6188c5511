//! Runs the rounds of `library.rs` in child processes. If a child is killed, that is counted, and
//! the rest goes on.

use std::{
    env, io,
    process::{Command, ExitCode, Stdio},
    time::Instant,
};

use super::library::{self, Rounds, Totals};

/// The number of rounds that one process runs.
const BATCH: u64 = 500;

fn finish(done: io::Result<()>) -> ExitCode {
    done.map_or(ExitCode::from(2), |()| ExitCode::SUCCESS)
}

/// Does the work of a child process, if `words` are those of one.
pub(crate) fn child(words: &[&str]) -> Option<ExitCode> {
    match words {
        ["--writer"] => Some(finish(library::obey())),
        ["--certain"] => Some(finish(certain())),
        ["--batch", number, seed] => Some(finish(batch(number, seed))),
        _ => None,
    }
}

fn parse(word: &str) -> u64 {
    word.parse().expect("a number")
}

fn own(words: &[&str]) -> Command {
    let mut command = Command::new(env::current_exe().expect("the path of this program"));
    command.args(words);
    command
}

/// Cuts logs at every chunk and at every piece of output, so that nothing is left to chance.
fn certain() -> io::Result<()> {
    let mut rounds = Rounds::new(0, own(&["--writer"]));
    rounds.check_that_orders_are_carried_out();
    rounds.count_faults_of_a_large_cut();
    rounds.at_every_chunk();
    rounds.while_delivering();
    report(rounds.totals);
    Ok(())
}

/// Runs rounds in this process.
fn batch(number: &str, seed: &str) -> io::Result<()> {
    let mut rounds = Rounds::new(parse(seed), own(&["--writer"]));
    for _ in 0..parse(number) {
        rounds.run();
    }
    report(rounds.totals);
    Ok(())
}

/// Reports to the supervising process.
fn report(totals: Totals) {
    let Totals {
        rounds,
        losses,
        faults,
        changes,
    } = totals;
    println!("{rounds} {losses} {faults} {changes}");
}

/// The results of all child processes.
#[derive(Default)]
struct Outcome {
    totals: Totals,
    failures: u64,
    crashes: u64,
}

impl Outcome {
    fn run(&mut self, words: &[&str]) {
        let output = own(words)
            .stderr(Stdio::inherit())
            .output()
            .expect("this program starts once more");
        let text = String::from_utf8_lossy(&output.stdout);
        let figures: Vec<u64> = text.split_whitespace().map(parse).collect();
        match (&figures[..], output.status.code()) {
            (&[rounds, losses, faults, changes], Some(0)) => {
                self.totals.rounds += rounds;
                self.totals.losses += losses;
                self.totals.faults += faults;
                self.totals.changes += changes;
            }
            (_, Some(status)) => {
                eprintln!("{words:?} failed with status {status}");
                self.failures += 1;
            }
            (_, None) => {
                eprintln!("{words:?} was killed: {}", output.status);
                self.crashes += 1;
            }
        }
    }
}

/// Runs this many rounds and reports their results.
pub(crate) fn supervise(rounds: u64, seed: u64) -> ExitCode {
    let begun = Instant::now();
    let mut certain = Outcome::default();
    certain.run(&["--certain"]);
    let mut random = Outcome::default();
    for first in (0..rounds).step_by(usize::try_from(BATCH).expect("a small number")) {
        let number = BATCH.min(rounds - first).to_string();
        let seed = seed.wrapping_mul(1_000_003).wrapping_add(first).to_string();
        random.run(&["--batch", &number, &seed]);
    }
    for (what, outcome) in [("at every chunk", &certain), ("at random", &random)] {
        let Totals {
            rounds,
            losses,
            faults,
            changes,
        } = outcome.totals;
        println!(
            "{what}: {rounds} rounds, {losses} truncations seen, {faults} with a SIGBUS taken, {changes} other changes \
             seen, {} batches failed, {} crashes",
            outcome.failures, outcome.crashes
        );
    }
    println!("{:.0} s", begun.elapsed().as_secs_f64());
    match certain.crashes + certain.failures + random.crashes + random.failures {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}
