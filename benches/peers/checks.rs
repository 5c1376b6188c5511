//! Tests the bench itself: its parts, and every answer against a search line by line.
//!
//! A bench with `harness = false` cannot have `#[test]` functions.

use std::fs;

use memchr::memmem;
use regex_automata::meta::Regex;

use crate::{
    args::parse_size,
    generator,
    log::Log,
    peers,
    report::LogReport,
    rows::{Equal, ROWS, Row},
};

/// Checks the parts that need no log.
pub(crate) fn parts() {
    assert_eq!(parse_size("64K"), Ok(64 << 10));
    assert_eq!(parse_size("4GiB"), Ok(4 << 30));
    assert_eq!(parse_size("100"), Ok(100));
    for wrong in ["", "G", "0", "1T", "99999999999G", "-1"] {
        assert!(parse_size(wrong).is_err(), "{wrong}");
    }
    assert_eq!(peers::number("grep (GNU grep) 3.8"), Some([3, 8]));
    assert_eq!(peers::number("ripgrep 15.2.0 (rev 1)"), Some([15, 2]));
    assert_eq!(peers::number("ripgrep"), None);

    let mut names: Vec<&str> = ROWS.iter().map(|row| row.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), ROWS.len(), "two rows have the same name");
    generator_is_as_it_says();
}

fn generator_is_as_it_says() {
    let generate = |length| {
        let mut log = Vec::new();
        let bytes = generator::generate(length, &mut log).expect("writing to a Vec does not fail");
        assert_eq!(bytes, log.len() as u64);
        log
    };
    let log = generate(1 << 20);
    assert!(log.len() >= 1 << 20 && log.len() < (1 << 20) + 1024);
    assert!(log == generate(1 << 20), "the same length, another log");
    assert!(log.ends_with(generator::LAST_LINE.as_bytes()));
    let lines = log.split(|&byte| byte == b'\n').count() - 1;
    let infos = memmem::find_iter(&log, " INFO ").count();
    let percent = infos * 100 / lines;
    assert!(
        (86..=90).contains(&percent),
        "{percent} % of the lines are INFO"
    );
    assert!(str::from_utf8(&log).is_ok());
    assert_eq!(generator::words().lines().count(), 1000);
}

/// Checks the answer of each row of `rows` on `log`.
pub(crate) fn answers(log: &Log, rows: &[&Row], report: &LogReport) {
    let bytes = fs::read(&log.path).expect("it has been searched");
    for (row, report) in rows.iter().zip(&report.rows) {
        let answer = report.answer.as_ref().unwrap_or_else(|disagreement| {
            panic!("row {}: {:?}", row.name, disagreement.answers);
        });
        let Some(hits) = row.hits else {
            continue;
        };
        let regex = Regex::new(hits).expect("the table has valid patterns");
        let lines = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
        let hits = lines
            .split(|&byte| byte == b'\n')
            .filter(|line| regex.is_match(line))
            .count();
        let want = match row.equal {
            Equal::Count => hits.to_string(),
            Equal::Bytes | Equal::Lines => format!("{hits} lines"),
        };
        let answer = answer.split(',').next().unwrap_or_default();
        assert!(
            report.columns.is_empty() || answer == want,
            "row {}: the tools say {answer}, and there are {want}",
            row.name
        );
    }
}
