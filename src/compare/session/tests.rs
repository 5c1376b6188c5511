//! Checks rounds, budgets and refusals, with a runner whose clock stands still between trials.

use super::{
    super::samples::{DIGEST, Fake, outcome, plan, typical},
    *,
};
use crate::compare::{plan::Command, record::Verdict};

const WARM: &[Cache] = &[Cache::Warm];
const COLD: &[Cache] = &[Cache::Cold];

/// Returns a trial that takes a second.
fn a_second(subject: Subject, threads: usize, _: usize) -> TrialOutcome {
    outcome(subject, 1.0, threads as f64 * 0.8, 0.2, 10)
}

#[test]
fn after_a_warm_up_the_subjects_take_turns_in_both_orders() {
    let mut fake = Fake::new(&a_second);
    let measured = measure(&plan(&[1], WARM, 2), &mut fake).unwrap();
    let want = [
        "Mapped 1", "Read 1", "Touch 1", "Copy 1", // the warm-up
        "Mapped 1", "Read 1", "Touch 1", "Copy 1", //
        "Copy 1", "Touch 1", "Read 1", "Mapped 1",
    ];
    assert_eq!(fake.done, want);
    assert_eq!(measured.cells[0].columns[0].trials.len(), 2);
    assert_eq!(measured.digest, Some(DIGEST));
}

#[test]
fn a_machine_that_becomes_slower_and_slower_favours_no_path() {
    let cost = |subject: Subject, _: usize, nth: usize| {
        let drift = 1.0 + 0.02 * nth as f64;
        let quiet = if subject == Subject::Mapped { 1.0 } else { 1.5 };
        outcome(subject, quiet * drift, 0.1, 0.1, 1)
    };
    let measured = measure(&plan(&[1], WARM, 20), &mut Fake::new(&cost)).unwrap();
    let ratio = measured.cells[0].comparison.ratio;
    assert!((ratio - 1.5).abs() < 0.01, "{ratio}");
}

#[test]
fn each_number_of_threads_and_each_state_of_the_cache_is_a_cell() {
    let cost = typical(0.25, 0.40);
    let mut fake = Fake::new(&cost);
    let both = [Cache::Cold, Cache::Warm];
    let measured = measure(&plan(&[1, 2], &both, 8), &mut fake).unwrap();
    let cells: Vec<_> = measured
        .cells
        .iter()
        .map(|c| (c.cache, c.threads))
        .collect();
    let want = [
        (Cache::Warm, 1),
        (Cache::Warm, 2),
        (Cache::Cold, 1),
        (Cache::Cold, 2),
    ];
    assert_eq!(cells, want);
    for cell in &measured.cells {
        assert_eq!(cell.comparison.verdict, Verdict::Mapped);
        assert_eq!(cell.comparison.pairs, 8);
        assert!(cell.columns.iter().all(|column| column.trials.len() == 8));
    }
}

#[track_caller]
fn check_refused(cost: &dyn Fn(Subject, usize, usize) -> TrialOutcome, want: &str) {
    let refused = measure(&plan(&[1, 2], WARM, 8), &mut Fake::new(cost)).unwrap_err();
    assert!(matches!(refused, Error::Refused { .. }), "{refused}");
    let text = refused.to_string();
    assert!(
        text.contains("the results differ, so no times are shown"),
        "{text}"
    );
    assert!(text.contains(want), "{text}");
}

#[test]
fn paths_that_find_different_numbers_of_hits_get_no_times() {
    let cost = |subject: Subject, _: usize, _: usize| {
        let mut outcome = outcome(subject, 1.0, 0.5, 0.2, 10);
        if subject == Subject::Read {
            outcome.digest = Some(HitsDigest { hits: 6, ..DIGEST });
        }
        outcome
    };
    check_refused(
        &cost,
        "huge.log: the results differ, so no times are shown: mapped with 1 thread found 5 hits (hash 0000000000001234), \
         but read() with 1 thread found 6 hits (hash 0000000000001234)",
    );
}

#[test]
fn as_many_hits_in_other_places_are_a_difference_too() {
    let cost = |subject: Subject, threads: usize, _: usize| {
        let mut outcome = outcome(subject, 1.0, 0.5, 0.2, 10);
        if subject == Subject::Mapped && threads == 2 {
            outcome.digest = Some(HitsDigest { hash: 1, ..DIGEST });
        }
        outcome
    };
    check_refused(
        &cost,
        "mapped with 2 threads found 5 hits (hash 0000000000000001)",
    );
}

#[test]
fn one_different_result_among_many_equal_ones_is_enough() {
    let cost = |subject: Subject, _: usize, nth: usize| {
        let mut outcome = outcome(subject, 1.0, 0.5, 0.2, 10);
        if nth == 31 {
            outcome.digest = Some(HitsDigest { hits: 4, ..DIGEST });
        }
        outcome
    };
    check_refused(&cost, "found 4 hits");
}

fn with_budget(seconds: u64, runs: u32) -> Plan {
    Plan {
        budget: Some(Duration::from_secs(seconds)),
        ..plan(&[1], WARM, runs)
    }
}

fn rounds(measured: &Measured) -> usize {
    measured.cells[0].columns[0].trials.len()
}

#[test]
fn what_was_done_before_the_first_trial_is_part_of_the_budget() {
    let mut fake = Fake::new(&a_second);
    // Counting the lines took this long.
    fake.now = Duration::from_secs(9);
    let measured = measure(&with_budget(30, 100), &mut fake).unwrap();
    assert_eq!(rounds(&measured), 4);
    assert!(fake.now <= Duration::from_secs(30));
    // The suggested budget covers that part, too.
    let want = "--budget 41s should do";
    assert!(measured.notes[0].contains(want), "{:?}", measured.notes);
    let mut again = Fake::new(&a_second);
    again.now = Duration::from_secs(9);
    assert!(rounds(&measure(&with_budget(41, 100), &mut again).unwrap()) >= 6);
}

#[test]
fn as_many_rounds_are_made_as_the_budget_has_room_for() {
    // The warm-up takes 4 s, and each round takes 4 s.
    for (budget, want) in [(30, 6), (28, 6), (27, 5), (1, 1), (4000, 100)] {
        let mut fake = Fake::new(&a_second);
        let measured = measure(&with_budget(budget, 100), &mut fake).unwrap();
        assert_eq!(rounds(&measured), want, "{budget} s");
        if budget >= 8 {
            assert!(fake.now <= Duration::from_secs(budget));
        }
    }
}

#[test]
fn a_budget_that_is_too_short_for_an_interval_is_told_what_would_do() {
    let measured = measure(&with_budget(13, 100), &mut Fake::new(&a_second)).unwrap();
    assert_eq!(rounds(&measured), 2);
    assert_eq!(measured.cells[0].comparison.verdict, Verdict::TooFewRuns);
    let note = &measured.notes[0];
    let want =
        "2 runs fit into the budget, and 6 are needed for an interval: --budget 31s should do";
    assert_eq!(note, want);
    let again = measure(&with_budget(31, 100), &mut Fake::new(&a_second)).unwrap();
    assert!(rounds(&again) >= 6 && again.notes.is_empty());
}

#[test]
fn a_budget_is_shared_by_the_states_of_the_cache() {
    let both = Plan {
        caches: vec![Cache::Warm, Cache::Cold],
        ..with_budget(60, 100)
    };
    let measured = measure(&both, &mut Fake::new(&a_second)).unwrap();
    let counts: Vec<_> = measured.cells.iter().map(|c| c.comparison.pairs).collect();
    // Warm has 30 s with its warm-up, and cold has the rest.
    assert_eq!(counts, [6, 8]);
}

#[test]
fn no_more_rounds_are_made_than_asked_for() {
    let measured = measure(&with_budget(1000, 7), &mut Fake::new(&a_second)).unwrap();
    assert_eq!(rounds(&measured), 7);
}

#[test]
fn a_stop_leaves_the_rounds_that_are_complete() {
    for stop_at in 1..30 {
        let mut fake = Fake::new(&a_second);
        fake.stop_at = stop_at;
        let measured = measure(&plan(&[1], WARM, 9), &mut fake).unwrap();
        assert!(measured.is_interrupted);
        assert_eq!(fake.trials, stop_at, "nothing begins after a stop");
        let complete = stop_at.saturating_sub(1) / 4;
        match measured.cells.first() {
            None => assert!(complete < 2, "{stop_at}"),
            Some(cell) => assert!(
                cell.columns
                    .iter()
                    .all(|column| column.trials.len() == complete - 1)
            ),
        }
    }
}

#[test]
fn the_file_is_dropped_from_the_cache_before_every_cold_trial() {
    let mut fake = Fake::new(&a_second);
    fake.evicts = &|| Ok(Some(0.004));
    let measured = measure(&plan(&[1], COLD, 2), &mut fake).unwrap();
    for trial in fake.done[4..].chunks(2) {
        assert_eq!(trial[0], "evict");
        assert_ne!(trial[1], "evict");
    }
    let cell = &measured.cells[0];
    assert_eq!(cell.cached_share, Some(0.004));
    assert_eq!(cell.columns[0].trials[1].cached_share, Some(0.004));
    assert_eq!(cell.title(), "1 thread, file not in cache");
    assert!(measured.notes.is_empty());
}

#[test]
fn what_is_left_in_the_cache_is_said() {
    let mut fake = Fake::new(&a_second);
    fake.evicts = &|| Ok(Some(0.25));
    let measured = measure(&plan(&[1], COLD, 2), &mut fake).unwrap();
    let want = "up to 25.0 % of the file was still in the cache before cold trials";
    assert_eq!(measured.notes, [want]);
    let want = "1 thread, up to 25 % of the file still in cache";
    assert_eq!(measured.cells[0].title(), want);
}

#[test]
fn cold_is_called_not_verified_where_the_kernel_does_not_tell() {
    let mut fake = Fake::new(&a_second);
    fake.evicts = &|| Ok(None);
    let measured = measure(&plan(&[1], COLD, 2), &mut fake).unwrap();
    let title = measured.cells[0].title();
    assert_eq!(
        title,
        "1 thread, file dropped from the cache (not verified)"
    );
    assert!(measured.notes[0].contains("could not be verified"));
}

#[test]
fn where_the_file_cannot_be_dropped_cold_is_not_measured_and_that_is_said() {
    let both = plan(&[1], &[Cache::Warm, Cache::Cold], 2);
    let mut fake = Fake::new(&a_second);
    fake.evicts = &|| Ok(Some(1.0));
    let measured = measure(&both, &mut fake).unwrap();
    assert_eq!(measured.cells.len(), 1);
    assert!(measured.notes[0].contains("100 % of the file stays in the cache"));
    let mut fake = Fake::new(&a_second);
    fake.evicts = &|| Err(std::io::Error::other("for a reason"));
    let measured = measure(&both, &mut fake).unwrap();
    assert_eq!(measured.cells.len(), 1);
    let want = "cold was not measured: the file cannot be dropped from the cache: for a reason";
    assert_eq!(measured.notes, [want]);
}

#[test]
fn a_file_that_does_not_fit_the_cache_is_not_called_warm_without_a_note() {
    let mut fake = Fake::new(&a_second);
    fake.cached_share = Some(0.6);
    let measured = measure(&plan(&[1], WARM, 2), &mut fake).unwrap();
    assert!(measured.notes[0].contains("only 60 % of the file was in the cache"));
    let want = "1 thread, 60 % of the file in cache";
    assert_eq!(measured.cells[0].title(), want);
    fake.cached_share = None;
    let measured = measure(&plan(&[1], WARM, 2), &mut fake).unwrap();
    let want = "1 thread, file in cache (not verified)";
    assert_eq!(measured.cells[0].title(), want);
}

#[test]
fn threads_that_wait_though_the_file_is_in_the_cache_are_told_of() {
    let cost = |subject: Subject, _: usize, _: usize| outcome(subject, 1.0, 0.5, 0.2, 10);
    let measured = measure(&plan(&[1], WARM, 2), &mut Fake::new(&cost)).unwrap();
    assert!(measured.notes[0].starts_with("with 1 thread the mapped path waited for 30 %"));
    let measured = measure(&plan(&[1], COLD, 2), &mut Fake::new(&cost)).unwrap();
    assert!(measured.notes.is_empty(), "they wait for the disk");
    let short = |subject: Subject, _: usize, _: usize| outcome(subject, 0.01, 0.005, 0.002, 10);
    let measured = measure(&plan(&[1], WARM, 2), &mut Fake::new(&short)).unwrap();
    assert!(
        measured.notes.is_empty(),
        "there is not enough work for all"
    );
}

#[test]
fn other_programs_run_once_in_each_round_and_their_answer_is_compared() {
    let mut with_command = plan(&[1, 2], WARM, 3);
    with_command.commands = vec![Command {
        text: "rg -c x {file}".into(),
        words: vec!["rg".into()],
    }];
    let mut fake = Fake::new(&a_second);
    let measured = measure(&with_command, &mut fake).unwrap();
    assert_eq!(
        fake.done.iter().filter(|done| *done == "command 0").count(),
        4
    );
    assert_eq!(measured.commands[0].trials.len(), 3);
    assert_eq!(measured.commands[0].wall_s.median, 0.7);
    assert!(measured.notes.is_empty());
    let mut fake = Fake::new(&a_second);
    fake.answer = Some(6);
    let measured = measure(&with_command, &mut fake).unwrap();
    let want = "`rg -c x {file}` printed 6, and logscan found 5 lines";
    assert_eq!(measured.notes, [want]);
    let mut fake = Fake::new(&a_second);
    fake.found_nothing = true;
    let measured = measure(&with_command, &mut fake).unwrap();
    let want = "`rg -c x {file}` ended with status 1";
    assert!(measured.notes[0].starts_with(want), "{:?}", measured.notes);
}

#[test]
fn a_trial_far_from_the_others_is_flagged() {
    let cost = |subject: Subject, _: usize, nth: usize| {
        let noise = 1.0 + 0.01 * (nth * 7 % 5) as f64;
        let wall_s = if nth == 12 { 9.0 } else { noise };
        outcome(subject, wall_s, 0.5, 0.2, 10)
    };
    let measured = measure(&plan(&[1], WARM, 8), &mut Fake::new(&cost)).unwrap();
    let odd = |at: usize| -> Vec<bool> {
        let trials = &measured.cells[0].columns[at].trials;
        trials.iter().map(|trial| trial.is_outlier).collect()
    };
    // The thirteenth trial is the first of the third round, which begins with mapped.
    assert_eq!(
        odd(0),
        [false, false, true, false, false, false, false, false]
    );
    assert!(!odd(1).contains(&true));
}
