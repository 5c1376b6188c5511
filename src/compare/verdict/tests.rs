//! Checks the sentence for given counters.

use super::{
    super::{
        record::Cache,
        samples::{Fake, outcome, plan},
        session,
    },
    *,
};
use crate::compare::measure::TrialOutcome;

/// Wall, user and system time in seconds, and page faults, for mapped, read(), touching and
/// copying.
type Costs = [(f64, f64, f64, u64); 4];

fn cell(costs: Costs, threads: usize, runs: u32) -> Cell {
    let cost = move |subject: Subject, _: usize, nth: usize| -> TrialOutcome {
        let at = Subject::ALL.iter().position(|&other| other == subject);
        let (wall_s, user_s, system_s, faults) = costs[at.unwrap()];
        // One of the paths has noise of half a per cent around 1, so that the interval has some
        // width.
        let noise = match subject {
            Subject::Read => 1.0 + 0.005 * ((nth / 4 * 7 % 5) as f64 - 2.0),
            _ => 1.0,
        };
        outcome(subject, wall_s * noise, user_s, system_s, faults)
    };
    let plan = plan(&[threads], &[Cache::Warm], runs);
    let measured = session::measure(&plan, &mut Fake::new(&cost)).unwrap();
    measured.cells.into_iter().next().unwrap()
}

const FAULTS_LIMIT: (f64, f64, f64, u64) = (0.15, 0.1, 0.2, 60_000);
const COPY_LIMIT: (f64, f64, f64, u64) = (0.31, 0.01, 0.6, 30);

#[test]
fn the_reason_is_what_the_counters_say() {
    let sentence = |mapped, read| {
        let cell = cell([mapped, read, FAULTS_LIMIT, COPY_LIMIT], 2, 12);
        cell.comparison.sentence
    };
    assert_eq!(
        sentence((0.25, 0.3, 0.2, 60_000), (0.40, 0.2, 0.6, 50)),
        "Mapped is 1.60x faster than read() here (95 % 1.59-1.61), 2 threads, file in cache; \
         it spends 0.20 s in page faults where read() spends 0.60 s copying."
    );
    assert_eq!(
        sentence((0.40, 0.2, 0.6, 180_000), (0.25, 0.3, 0.2, 50)),
        "read() is 1.60x faster than mapped here (95 % 1.59-1.61), 2 threads, file in cache; \
         it spends 0.20 s copying where mapped spends 0.60 s in page faults."
    );
    assert_eq!(
        sentence((0.25, 0.3, 0.2, 60_000), (1.0, 0.3, 0.2, 50)),
        "Mapped is 4.00x faster than read() here (95 % 3.98-4.03), 2 threads, file in cache; \
         it spends no time waiting where read() spends 1.5 s."
    );
    assert_eq!(
        sentence((0.25, 0.3, 0.2, 60_000), (0.50, 0.8, 0.2, 50)),
        "Mapped is 2.00x faster than read() here (95 % 1.99-2.02), 2 threads, file in cache; \
         it spends 0.30 s searching where read() spends 0.80 s."
    );
}

#[test]
fn a_difference_of_two_equal_parts_has_two_reasons() {
    let mapped = (0.25, 0.3, 0.2, 60_000);
    let cell = cell(
        [mapped, (0.65, 0.7, 0.6, 50), FAULTS_LIMIT, COPY_LIMIT],
        2,
        12,
    );
    let sentence = cell.comparison.sentence;
    assert!(
        sentence.contains("searching where read() spends 0.70 s"),
        "{sentence}"
    );
    assert!(
        sentence.contains("in page faults where read() spends 0.60 s copying"),
        "{sentence}"
    );
}

#[test]
fn what_takes_back_half_of_the_gain_is_told_too() {
    let mapped = (0.40, 0.55, 0.1, 30_000);
    let cell = cell(
        [mapped, (0.50, 0.2, 0.7, 50), FAULTS_LIMIT, COPY_LIMIT],
        2,
        12,
    );
    let sentence = cell.comparison.sentence;
    let want = "copying, but 0.55 s searching where read() spends 0.20 s.";
    assert!(sentence.ends_with(want), "{sentence}");
}

#[test]
fn what_the_counters_do_not_explain_is_not_explained() {
    // The wall time is smaller, but no part of it is: the median of a part is not the part of the
    // median.
    let mut cell = cell([FAULTS_LIMIT; 4], 1, 12);
    cell.comparison.verdict = Verdict::Mapped;
    let text = sentence(&cell);
    assert!(text.ends_with("; the counters do not tell why."), "{text}");
}

#[test]
fn a_difference_of_less_than_a_hundredth_is_told_with_as_many_digits_as_show_it() {
    let tell = |ratio, low, high| {
        let mut cell = cell([FAULTS_LIMIT; 4], 1, 12);
        cell.comparison.verdict = Verdict::Mapped;
        cell.comparison.ratio = ratio;
        cell.comparison.interval = Some(super::super::stats::Interval { low, high });
        sentence(&cell)
    };
    let fine = tell(1.006, 1.002, 1.009);
    let want = "Mapped is 1.006x faster than read() here (95 % 1.002-1.009)";
    assert!(fine.starts_with(want), "{fine}");
    let coarse = tell(1.5, 1.01, 2.0);
    assert!(coarse.contains("1.50x faster than read() here (95 % 1.01-2.00)"));
}

#[test]
fn an_interval_around_one_is_no_difference() {
    let noisy = |subject: Subject, _: usize, nth: usize| {
        let wall_s = 1.0 + 0.1 * (nth * 7 % 11) as f64;
        outcome(subject, wall_s, 0.5, 0.3, 60_000)
    };
    let plan = plan(&[1], &[Cache::Warm], 12);
    let measured = session::measure(&plan, &mut Fake::new(&noisy)).unwrap();
    let comparison = &measured.cells[0].comparison;
    assert_eq!(comparison.verdict, Verdict::NoDifference);
    let sentence = &comparison.sentence;
    assert!(
        sentence.starts_with("No difference found between mapped and read() here"),
        "{sentence}"
    );
    assert!(
        sentence.ends_with("mapped spends 0.30 s in page faults, read() 0.30 s copying."),
        "{sentence}"
    );
}

#[test]
fn below_6_pairs_nobody_says_which_is_faster() {
    for runs in 1..=6 {
        let mapped = (0.25, 0.3, 0.2, 60_000);
        let cell = cell(
            [mapped, (0.50, 0.8, 0.2, 50), FAULTS_LIMIT, COPY_LIMIT],
            1,
            runs,
        );
        let comparison = &cell.comparison;
        assert_eq!(comparison.interval.is_some(), runs == 6, "{runs}");
        assert_eq!(comparison.verdict == Verdict::TooFewRuns, runs < 6);
        let says_so = comparison
            .sentence
            .starts_with("Too few runs to say which path is faster here");
        assert_eq!(says_so, runs < 6, "{}", comparison.sentence);
    }
}

#[test]
fn the_parts_of_a_path_add_up_to_the_time_of_its_threads() {
    let mapped = (0.25, 0.3, 0.1, 30_000);
    let cell = cell(
        [mapped, (0.50, 0.2, 0.7, 50), FAULTS_LIMIT, COPY_LIMIT],
        2,
        12,
    );
    for subject in [Subject::Mapped, Subject::Read] {
        let parts = Parts::of(&cell, subject);
        let sum = parts.user_s + parts.access_s + parts.other_s + parts.waiting_s;
        let wall_s = cell.column(subject).unwrap().wall_s.median;
        assert!((sum - 2.0 * wall_s).abs() < 1e-9, "{parts:?}");
    }
    // Half as many faults as the limit take half of its time in the kernel. The share cannot be
    // larger than the whole.
    assert!((Parts::of(&cell, Subject::Mapped).access_s - 0.1).abs() < 1e-9);
    assert!((Parts::of(&cell, Subject::Read).access_s - 0.6).abs() < 1e-9);
    assert!((Parts::of(&cell, Subject::Read).other_s - 0.1).abs() < 1e-9);
}

#[test]
fn times_have_digits_that_tell_something() {
    let shown: Vec<String> = [12.3, 1.25, 0.62, 0.0123, 0.000_05, 0.0]
        .map(seconds)
        .into();
    assert_eq!(
        shown,
        ["12 s", "1.2 s", "0.62 s", "12 ms", "50 us", "no time"]
    );
}
