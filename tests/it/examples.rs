//! The examples that are no tests themselves: what they print is what a naive program would.

use std::{collections::BTreeMap, fmt::Write as _};

use super::support::{Dir, Random, example};

#[test]
fn rate_counts_the_hits_of_each_minute() {
    let mut random = Random(7);
    let (mut log, mut minute) = (String::new(), 0);
    for _ in 0..20_000 {
        minute = (minute + random.below(20) / 19).min(59);
        let level = ["ERROR", "INFO", "ERROR", "WARN"][random.below(4)];
        // Some are late.
        let at = minute - random.below(2).min(minute);
        let _ = writeln!(log, "2026-11-20T09:{at:02} {level} {}", random.below(1000));
    }
    log.push_str("ERROR");
    let dir = Dir::with_log(&log);
    let Some(run) = example("rate", dir.path()) else {
        return;
    };
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for line in log.lines().filter(|line| line.contains("ERROR")) {
        *counts.entry(&line[..line.len().min(16)]).or_default() += 1;
    }
    let highest = counts.values().max().copied().expect("there are some");
    assert!(counts.len() > 30, "{counts:?}");
    let mut want = String::new();
    for (key, count) in counts {
        let row = format!("{key} {count:8} {}", "#".repeat(count * 40 / highest));
        let _ = writeln!(want, "{}", row.trim_end());
    }
    run.args(&["ERROR", "log"])
        .output()
        .stdout_is(want)
        .code_is(0);
    let output = example("rate", dir.path()).expect("it is there");
    output.args(&["ERROR", "no/such/log"]).output().code_is(2);
}
