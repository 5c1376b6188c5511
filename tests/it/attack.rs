//! Rounds of `cargo run --release --example attack`: logs are changed under the program, it is
//! killed, its system calls fail.

use super::{
    faults,
    support::{Dir, LOGSCAN},
};

/// The rounds, and the oracle that knows every byte that was ever in a log.
#[path = "../../examples/attack/program/mod.rs"]
mod program;

use program::{Arena, Outcome, Reading, Tally};

/// How many rounds there are.
const ROUNDS: u64 = 500;

/// Logs are smaller than by hand, so that the rounds take some seconds.
const LOG_BYTES_MAX: usize = 200_000;

#[test]
fn five_hundred_attacks_lose_double_and_invent_nothing_in_silence() {
    let dir = Dir::new();
    let mut arena = Arena {
        program: LOGSCAN.into(),
        folder: dir.path().into(),
        shim: faults::library(),
        seed: 20,
        reading: Reading::Any,
        log_bytes_max: LOG_BYTES_MAX,
    };
    let mut tally = Tally::default();
    for nth in 0..ROUNDS {
        arena.reading = match nth % 5 {
            0 => Reading::WithoutMapping,
            _ => Reading::Any,
        };
        let verdict = arena.round(nth).expect("the temp directory is writable");
        tally.add(&verdict);
        let (outcome, story) = (verdict.outcome, verdict.story);
        assert_eq!(tally.faults(), 0, "round {nth}: {outcome:?}\n{story}");
    }
    for outcome in [Outcome::Exact, Outcome::Noted] {
        assert!(tally.count(outcome) > 0, "{tally}");
    }
    println!("{tally}");
}
