//! Checks which changes are told from noise, and which reports are not compared.

use super::{
    super::samples::{report, typical},
    *,
};

const RULES: Rules = Rules {
    measure: Measure::TimesTheLimit,
    max_regression: 0.1,
    force: false,
};

fn at(mapped_s: f64, read_s: f64) -> Report {
    report(12, &typical(mapped_s, read_s))
}

#[track_caller]
fn check(new: &Report, old: &Report, rules: &Rules, want: Judgement) {
    let verdicts = judge(new, old, rules).unwrap();
    assert_eq!(verdicts.rows.len(), 8, "two paths in four cells");
    for row in &verdicts.rows {
        let want = if row.subject == Subject::Mapped {
            want
        } else {
            Judgement::Fine
        };
        assert_eq!(row.judgement, want, "{row:?}");
    }
    assert_eq!(verdicts.is_slower(), want == Judgement::Slower);
}

#[test]
fn a_path_that_is_slower_than_allowed_is_told_from_one_that_is_not() {
    let old = at(0.25, 0.40);
    check(&old, &old, &RULES, Judgement::Fine);
    check(&at(0.20, 0.40), &old, &RULES, Judgement::Fine);
    check(&at(0.27, 0.40), &old, &RULES, Judgement::Fine);
    check(&at(0.30, 0.40), &old, &RULES, Judgement::Slower);
    let lenient = Rules {
        max_regression: 0.3,
        ..RULES
    };
    check(&at(0.30, 0.40), &old, &lenient, Judgement::Fine);
}

#[test]
fn what_may_be_noise_fails_no_build() {
    let old = at(0.25, 0.40);
    let quiet = typical(0.28, 0.40);
    let noisy = |subject, threads, nth: usize| {
        let mut outcome = quiet(subject, threads, nth);
        if subject == Subject::Mapped {
            outcome.wall = outcome.wall.mul_f64([0.8, 1.0, 1.3][nth % 3]);
        }
        outcome
    };
    check(&report(12, &noisy), &old, &RULES, Judgement::WithinNoise);
}

#[test]
fn a_slower_machine_is_no_regression_unless_seconds_are_compared() {
    let old = at(0.25, 0.40);
    let quick = typical(0.25, 0.40);
    let slow = |subject, threads, nth| {
        let mut outcome = quick(subject, threads, nth);
        outcome.wall *= 2;
        outcome
    };
    let slow = report(12, &slow);
    check(&slow, &old, &RULES, Judgement::Fine);
    let absolute = Rules {
        measure: Measure::Seconds,
        ..RULES
    };
    let verdicts = judge(&slow, &old, &absolute).unwrap();
    assert!(
        verdicts
            .rows
            .iter()
            .all(|row| row.judgement == Judgement::Slower)
    );
}

#[test]
fn with_too_few_runs_in_either_report_nothing_is_said() {
    let (many, few) = (at(0.25, 0.40), report(5, &typical(0.25, 0.40)));
    for (new, old) in [(&many, &few), (&few, &many)] {
        let verdicts = judge(new, old, &RULES).unwrap();
        assert!(verdicts.is_unknown() && !verdicts.is_slower());
    }
}

#[test]
fn reports_of_different_things_are_compared_by_force_only() {
    let old = at(0.25, 0.40);
    type FactChange = fn(&mut Report);
    let changes: [(&str, FactChange); 7] = [
        ("another file", |report| report.file.bytes += 1),
        ("another file", |report| report.file.lines += 1),
        ("another pattern", |report| {
            report.search.patterns.push("x".into())
        }),
        ("another pattern", |report| report.search.flags.clear()),
        ("another set of hits", |report| {
            report.search.hits_hash = "0".into()
        }),
        ("another threads and cache", |report| {
            drop(report.cells.pop())
        }),
        ("another processor", |report| {
            report.machine.cpu = "Another".into()
        }),
    ];
    for (want, change) in changes {
        let mut new = at(0.25, 0.40);
        change(&mut new);
        let refused = judge(&new, &old, &RULES).unwrap_err();
        assert!(
            refused.contains(want) && refused.contains("--force"),
            "{refused}"
        );
        let forced = judge(
            &new,
            &old,
            &Rules {
                force: true,
                ..RULES
            },
        )
        .unwrap();
        assert_eq!(forced.differences.len(), 1, "{:?}", forced.differences);
        assert!(!forced.is_slower());
    }
}

#[test]
fn what_is_known_before_measuring_is_refused_before_measuring() {
    let old = at(0.25, 0.40);
    let force = Rules {
        force: true,
        ..RULES
    };
    let check = |new: &Report, old: &Report, rules| super::check(&Terms::of(new), old, rules);
    assert_eq!(check(&old, &old, &RULES), Ok(()));
    type FactChange = fn(&mut Report);
    let changes: [(&str, FactChange); 5] = [
        ("another file", |report| report.file.bytes += 1),
        ("another pattern", |report| report.search.flags.clear()),
        ("another threads and cache", |report| {
            drop(report.cells.pop())
        }),
        ("another chunk size", |report| {
            report.settings.chunk_bytes = Some(1)
        }),
        ("another processor", |report| report.machine.cores += 1),
    ];
    for (want, change) in changes {
        let mut new = at(0.25, 0.40);
        change(&mut new);
        let refused = check(&new, &old, &RULES).unwrap_err();
        assert!(refused.contains(want), "{refused}");
        assert_eq!(check(&new, &old, &force), Ok(()));
    }
    let short = report(5, &typical(0.25, 0.40));
    let refused = check(&old, &short, &force).unwrap_err();
    assert!(refused.contains("it has 5, and 6 are needed"), "{refused}");
    let mut new = old.clone();
    new.cells.clear();
    assert_eq!(check(&new, &old, &force), Err(NOTHING_IN_COMMON.into()));
}

#[test]
fn reports_without_a_cell_in_common_are_not_compared_even_by_force() {
    let old = at(0.25, 0.40);
    let mut new = old.clone();
    for cell in &mut new.cells {
        cell.threads += 10;
    }
    let refused = judge(
        &new,
        &old,
        &Rules {
            force: true,
            ..RULES
        },
    )
    .unwrap_err();
    assert_eq!(refused, "the reports have no measurement in common");
}

#[test]
fn the_name_of_the_file_and_the_kernel_may_change() {
    let old = at(0.25, 0.40);
    let mut new = old.clone();
    new.file.name = "elsewhere/huge.log".into();
    new.machine.kernel = "7.0".into();
    check(&new, &old, &RULES, Judgement::Fine);
}

#[test]
fn a_report_is_read_back_as_it_was_written() {
    let mut report = at(0.25, 0.40);
    report.baseline = Some(judge(&report, &report, &RULES).unwrap());
    let mut json = Vec::new();
    crate::compare::report::json(&report, &mut json).unwrap();
    assert_eq!(read(&json).unwrap(), report);
}

#[test]
fn what_is_no_report_is_refused_with_the_reason() {
    for (json, want) in [
        ("", "no JSON object"),
        ("[]", "no JSON object"),
        ("{}", "no schema number"),
        (r#"{"schema": 99}"#, "use a newer logscan"),
        (r#"{"schema": 1}"#, "no report of logscan compare"),
    ] {
        let refused = read(json.as_bytes()).unwrap_err();
        assert!(refused.contains(want), "{json}: {refused}");
    }
}

/// The report was written by the first version with this schema. If this test fails, raise the
/// schema and keep reading the old one.
#[test]
fn a_report_of_the_first_version_with_this_schema_can_still_be_read() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/compare/schema1.json");
    if std::env::var_os("UPDATE_SCHEMA_1").is_some() {
        let mut json = Vec::new();
        crate::compare::report::json(&report(1, &typical(0.25, 0.40)), &mut json).unwrap();
        std::fs::write(path, json).unwrap();
    }
    let old = read(&std::fs::read(path).unwrap()).unwrap();
    assert_eq!((old.schema, old.search.hits), (1, 5));
    assert_eq!(old.cells.len(), 4);
    assert_eq!(old.cells[0].columns[0].trials[0].minor_faults, 65_000);
}
