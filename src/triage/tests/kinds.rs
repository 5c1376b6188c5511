//! Kinds of failures, each with a small log: what is one finding, what comes first, what is hidden.

use super::*;

/// A triage of several logs, and its notes.
fn triage_of(texts: &[&str]) -> (Report, Vec<String>) {
    let rules = Rules::embedded();
    let workers = Workers::new(1);
    let triage = Triage {
        rules: &rules,
        workers: &workers,
        progress: &Progress::new(),
        chunk_bytes: None,
    };
    let triaged = triage.run(&mut logs(texts), &mut []).unwrap();
    (triaged.report, triaged.notes)
}

/// A log of GitHub for each job of a matrix.
const CANCELLED: &str = "\
##[group]Run make test
##[endgroup]
a.c:3:1: error: expected ';'
##[error]The operation was canceled.
Post job cleanup.
";
const FAILED: &str = "\
##[group]Run make test
##[endgroup]
no entry for 3.1.0
##[error]Process completed with exit code 1.
Post job cleanup.
";

#[test]
fn a_job_that_was_cancelled_never_outranks_the_one_that_failed() {
    for texts in [[CANCELLED, FAILED], [FAILED, CANCELLED]] {
        let (report, _) = triage_of(&texts);
        let first = &report.findings[0];
        assert_eq!(first.message, "no entry for 3.1.0", "{report:#?}");
        assert_eq!(report.believed().count(), 1, "{report:#?}");
    }
    // Both jobs in one log.
    let report = triage(&format!("{CANCELLED}{FAILED}"), None);
    assert_eq!(
        report.findings[0].message, "no entry for 3.1.0",
        "{report:#?}"
    );
    // Alone it is all that there is.
    let report = triage(CANCELLED, None);
    let gcc = |finding: &Finding| finding.rule.as_deref() == Some("gcc-error");
    assert!(report.believed().any(gcc), "{report:#?}");
}

#[test]
fn a_script_that_jenkins_terminated_in_one_branch_is_not_the_one_that_failed() {
    let log = "\
[Pipeline] { (Branch: old)
error: no tax is left
ERROR: script returned exit code 143
[Pipeline] // stage
[Pipeline] { (Branch: new)
no entry for 3.1.0
ERROR: script returned exit code 1
[Pipeline] // stage
Finished: FAILURE
";
    let report = triage(log, None);
    assert_eq!(report.findings[0].step, "Branch: new", "{report:#?}");
}

#[test]
fn a_job_of_gitlab_that_was_cancelled_is_known() {
    let log = "\
Running with gitlab-runner 17
section_start:1:step_script\r
\x1b[32;1m$ make\x1b[0;m
a.c:3:1: error: expected ';'
section_end:1:step_script\r
ERROR: Job failed: canceled
";
    let (report, _) = triage_of(&[log, FAILED]);
    assert_eq!(
        report.findings[0].message, "no entry for 3.1.0",
        "{report:#?}"
    );
    assert_eq!(report.logs[0].outcome, Some(Outcome::Failure));
}

#[test]
fn a_step_of_github_is_named_with_its_job() {
    let log = format!("Complete job name: old linux\n{FAILED}");
    let report = triage(&log, None);
    assert_eq!(report.findings[0].step, "old linux: make test");
    // The file is named after the job.
    let rules = Rules::embedded();
    let triage = Triage {
        rules: &rules,
        workers: &Workers::new(1),
        progress: &Progress::new(),
        chunk_bytes: None,
    };
    let mut build = Logs::new();
    let source = Source::from_bytes("log".as_ref(), log.into_bytes());
    build.add(source, Some("old linux / test".into())).unwrap();
    let report = triage.run(&mut build.logs, &mut []).unwrap().report;
    assert_eq!(report.findings[0].step, "old linux / test: make test");
}

#[test]
fn what_wraps_the_command_that_failed_is_no_part_of_its_end() {
    let ends = [
        "make[1]: Leaving directory '/w/tests'\nmake: *** [check] Error 1\nmake: Leaving directory '/w'\n",
        "Command failed with status (1): [ruby tests/all.rb]\nrake aborted!\n/w/Rakefile:3:in `block in <top>'\n\
         /usr/bin/bundle:23:in `<main>'\nTasks: TOP => default\n(See full trace by running task with --trace)\n",
        "Test Summary Report\n-------------------\n  Parse errors: Bad plan.  You planned 1 tests but ran 0.\n\
         Files=1, Tests=0,  1 wallclock secs ( 0.1 usr +  0.02 sys =  0.12 CPU)\nResult: FAIL\n",
        "Done linting! Found 1 violation, 0 serious in 4 files.\n",
    ];
    for end in ends {
        let log = format!(
            "##[group]Run make check\n##[endgroup]\nrow 7 of the table is short\n{end}\
             ##[error]Process completed with exit code 1.\n"
        );
        let report = triage(&log, None);
        let first = report.believed().next().expect("the end of the command");
        assert_eq!((first.line, first.last_line), (3, 3), "{end}: {report:#?}");
    }
}

#[test]
fn the_entries_of_a_list_that_is_allowed_are_no_cause_however_its_title_is_spelled() {
    for title in [
        "White-listed:",
        "> White listed:",
        "Allow listed links:",
        "Known issues",
    ] {
        let log = format!(
            "{title}\n  1. [L3] 404 http://a.example.org\n\nIssues\n> Links\n  1. [L9] 404 http://b.example.org\n"
        );
        let report = triage(&log, None);
        assert_eq!(report.findings[0].line, 6, "{title}: {report:#?}");
        assert_eq!(report.findings.len(), 1, "{title}: {report:#?}");
    }
}

#[test]
fn the_first_complaint_of_a_linter_comes_first() {
    let log = "\
##[group]Run swiftlint --strict
##[endgroup]
/w/A.swift:90:42: warning: Colon Violation: Colons should be next to the name
Linting 'B.swift' (2/3)
Linting 'C.swift' (3/3)
/w/C.swift:3:1: warning: Trailing Whitespace Violation: Lines should not end so
##[error]Process completed with exit code 2.
";
    check(log, "swiftlint", (3, 3, 3));
}
