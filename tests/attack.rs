//! Logs that are cut short, regrown, rewritten and replaced while they are searched: nothing
//! crashes, nothing is invented, and what was lost is said.
//!
//! The rounds are those of `cargo run --release --example attack -- --library`. They have a binary
//! of their own because other tests in the same process would count the same faults.
#![cfg(unix)] // On Windows a file that is mapped cannot be cut: see `tests/it/windows.rs`.

#[path = "../examples/attack/library.rs"]
mod library;

use std::{env, process::Command, sync::Mutex};

use library::Rounds;

/// Set in the process that changes the files.
const WRITER: &str = "LOGSCAN_ATTACK_WRITER";

/// One test at a time: the faults that are counted are those of the process.
static ALONE: Mutex<()> = Mutex::new(());

/// More rounds than it ever takes.
const ROUNDS_MAX: u64 = 20_000;

/// Starts this binary again, as the process that changes files.
fn writer() -> Command {
    let mut command = Command::new(env::current_exe().expect("the path of this binary"));
    command.args(["--exact", "the_writing_process", "--nocapture"]);
    command.env(WRITER, "1");
    command
}

#[test]
fn the_writing_process() {
    if env::var_os(WRITER).is_some() {
        library::obey().expect("pipes to the process that searches");
        return;
    }
    Rounds::new(0, writer()).check_that_orders_are_carried_out();
}

#[test]
fn a_cut_of_many_chunks_costs_at_most_one_chunk_of_faults_per_worker() {
    let _alone = ALONE.lock();
    Rounds::new(3, writer()).count_faults_of_a_large_cut();
}

#[test]
fn a_log_may_be_cut_while_what_was_found_is_being_delivered() {
    let _alone = ALONE.lock();
    let mut rounds = Rounds::new(2, writer());
    rounds.while_delivering();
    assert!(rounds.totals.losses > 20, "{:?}", rounds.totals);
}

#[test]
fn a_log_may_shrink_regrow_and_vanish_while_it_is_searched() {
    let _alone = ALONE.lock();
    let mut rounds = Rounds::new(1, writer());
    rounds.at_every_chunk();
    let certain = rounds.totals;
    assert!(certain.losses > 500 && certain.faults > 200, "{certain:?}");
    rounds.totals = library::Totals::default();
    while rounds.totals.rounds < 500 || rounds.totals.losses < 500 || rounds.totals.faults < 200 {
        rounds.run();
        assert!(rounds.totals.rounds < ROUNDS_MAX, "{:?}", rounds.totals);
    }
    assert!(rounds.totals.changes > 0, "{:?}", rounds.totals);
    println!(
        "at every chunk: {certain:?}\nat random: {:?}",
        rounds.totals
    );
}
