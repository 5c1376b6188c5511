//! Kinds of failures, each with a small log: what is one finding, what comes first, what is hidden.

use super::*;

/// A triage of several logs, and its notes.
fn triage_of(texts: &[&str]) -> (Report, Vec<String>) {
    let triaged = triaged(texts, &[]);
    (triaged.report, triaged.notes)
}

/// The first and the last line of each finding that is believed, with its rule.
fn believed(report: &Report) -> Vec<(u64, u64, &str)> {
    report
        .believed()
        .map(|finding| {
            let rule = finding.rule.as_deref().unwrap_or("none");
            (finding.first_line, finding.last_line, rule)
        })
        .collect()
}

const PYTEST: &str = "\
tests/tax_test.py::test_vat_of_books FAILED                          [ 50%]
tests/tax_test.py::test_vat_of_maps FAILED                           [100%]

=================================== FAILURES ===================================
______________________________ test_vat_of_books _______________________________

    def test_vat_of_books():
>       assert vat(100) == 7
E       assert 19 == 7

tests/tax_test.py:5: AssertionError
_______________________________ test_vat_of_maps _______________________________

    def test_vat_of_maps():
>       assert names()[0] == 'map'
E       IndexError: list index out of range

tests/tax_test.py:9: IndexError
=========================== short test summary info ============================
FAILED tests/tax_test.py::test_vat_of_books - assert 19 == 7
FAILED tests/tax_test.py::test_vat_of_maps - IndexError: list index out of range
============================== 2 failed in 0.03s ===============================
";

#[test]
fn a_test_that_is_told_as_progress_in_detail_and_in_the_list_is_one_finding() {
    let report = triage(PYTEST, None);
    let want = [(5, 11, "pytest-failure"), (12, 18, "pytest-failure")];
    assert_eq!(believed(&report), want, "{report:#?}");
    let first = &report.findings[0];
    assert_eq!(first.retold, [(1, 2), (19, 21)], "{report:#?}");
    assert!(
        first
            .why
            .contains("told again in line 20: \"FAILED tests/tax_test.py::test_vat_of_books"),
        "{}",
        first.why
    );
}

#[test]
fn tests_that_fail_one_behind_the_other_are_findings_of_their_own() {
    let log = "\
FAILURES
_______ test_a _______
E   KeyError: 1
_______ test_b _______
E   ValueError: 2
_______ test_c _______
E   TypeError: 3
";
    let report = triage(log, None);
    let want = [
        (2, 3, "pytest-failure"),
        (4, 5, "pytest-failure"),
        (6, 7, "pytest-failure"),
    ];
    assert_eq!(believed(&report), want, "{report:#?}");
}

#[test]
fn of_many_tests_that_fail_for_one_reason_two_are_shown() {
    let test = |name: &str| format!("_______ {name} _______\nE   OSError: no disk is there\n");
    let names = ["alpha", "beta", "gamma", "delta", "epsilon"];
    let mut log: String = names.map(test).concat();
    log.push_str("_______ zeta _______\nE   KeyError: 1\n");
    let report = triage(&log, None);
    let rows: Vec<u64> = report
        .believed()
        .map(|finding| finding.first_line)
        .collect();
    assert_eq!(rows, [1, 3, 11], "{report:#?}");
}

#[test]
fn two_tests_of_one_name_stay_two_findings() {
    let log = "\
--- FAIL: TestRoundsHalfUp (0.00s)
    book_test.go:7: got 1.9
FAIL
--- FAIL: TestRoundsHalfUp (0.00s)
    map_test.go:9: got 2.1
FAIL
";
    let report = triage(log, None);
    let rows: Vec<u64> = report
        .findings
        .iter()
        .map(|finding| finding.first_line)
        .collect();
    assert_eq!(rows[..2], [1, 4], "{report:#?}");
    assert!(
        report
            .findings
            .iter()
            .all(|finding| finding.retold.is_empty())
    );
}

#[test]
fn a_test_that_failed_because_one_in_it_did_is_no_finding_of_its_own() {
    let log = "\
--- FAIL: TestRounding (0.00s)
x
    --- FAIL: TestRounding/half (0.00s)
        tax_test.go:7: got 1.9
FAIL
";
    let report = triage(log, None);
    assert_eq!(
        believed(&report),
        [(3, 4, "go-test-failure")],
        "{report:#?}"
    );
    assert_eq!(report.findings[0].retold, [(1, 1)]);
}

#[test]
fn an_exception_that_came_of_another_one_is_one_finding_with_it() {
    let log = "\
Traceback (most recent call last):
  File \"tax.py\", line 3, in vat
    return RATES[kind]
KeyError: 'map'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File \"tax.py\", line 9, in main
    vat('map')
TaxError: no rate for 'map'
";
    let finding = check(log, "python-traceback", (1, 11, 11));
    assert_eq!(finding.message, "TaxError: no rate for 'map'");
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
        lines: TriagedLines::default(),
        keeps_evidence: false,
        keeps_timeline: false,
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
fn words_far_away_are_not_shown_beside_a_guess() {
    let far = "entry 'airbag': an exception tracker\n";
    let between = "entry: fine\n".repeat(100);
    let log = format!(
        "##[group]Run ./check\n##[endgroup]\n{far}{between}\n$ sort\nrow 7 is short\n\
         ##[error]Process completed with exit code 1.\n"
    );
    let report = triage(&log, None);
    let rows: Vec<u64> = report.believed().map(|finding| finding.line).collect();
    assert_eq!(rows, [106], "{report:#?}");
    assert!(report.findings.iter().any(|finding| finding.line == 3));
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

#[test]
fn the_errors_in_the_output_of_a_test_are_a_part_of_its_failure() {
    let log = "\
        PASS [   0.006s] shop tests::adds
        FAIL [   9.875s] shop tests::compiles
  stdout ───

    running 1 test

  stderr ───

    error[E0308]: mismatched types
     --> tests/fail/a.rs:5:5

    thread 'tests::compiles' panicked at tests/all.rs:3:5:
    1 of 10 tests failed

     Summary [   9.876s] 2 tests run: 1 passed, 1 failed
        FAIL [   9.875s] shop tests::compiles
error: test run failed
";
    let finding = check(log, "nextest-details", (2, 13, 12));
    assert_eq!(finding.retold, [(16, 17)]);
}

#[test]
fn of_a_long_failure_the_headline_is_shown_although_it_is_far_below() {
    let source = "    x = 1\n".repeat(90);
    let log = format!("_______ test_tax _______\n{source}E   KeyError: 1\nbehind\n");
    let report = triage(&log, None);
    let first = &report.findings[0];
    assert_eq!((first.line, first.last_line), (92, 93));
    let lines: Vec<u64> = first.excerpt.iter().map(|line| line.line).collect();
    assert!(lines.len() <= EXCERPT_LINES_MAX && lines.is_sorted());
    for line in [1, 2, 3, 91, 92, 93] {
        assert!(lines.contains(&line), "{line} is missing: {lines:?}");
    }
    let mut page = Vec::new();
    report::text(
        &report,
        report::Shown::Believed,
        report::Style::Plain,
        &mut page,
    )
    .unwrap();
    let page = String::from_utf8(page).unwrap();
    assert!(page.contains("     92 | E   KeyError: 1\n"), "{page}");
    assert!(page.contains(" more lines\n"), "{page}");
}

#[test]
fn what_a_limit_leaves_out_is_told() {
    assert_eq!(triage_of(&["error: x\n"]).1, [] as [String; 0]);
    let word = |nth: u32| -> String {
        let letter = |nth: u32| char::from_digit(10 + nth % 26, 36).unwrap();
        [nth / 26, nth].map(letter).iter().collect()
    };
    let many: String = (0..400)
        .map(|nth| format!("error: no {} is there\n\n\n\n", word(nth)))
        .collect();
    let (_, notes) = triage_of(&[&many]);
    let want = "100 lines that may be failures were not ranked, because there are likelier ones";
    assert_eq!(notes, [want]);
    let long = format!("error: {}\n", "x".repeat(MATCHED_BYTES_MAX));
    let (_, notes) = triage_of(&[&long]);
    assert_eq!(
        notes,
        ["1 line has more than 8 KiB: only its beginning was looked at"]
    );
}

#[test]
fn a_list_that_names_tests_which_are_told_nowhere_else_is_not_swallowed() {
    let log = "\
=================================== FAILURES ===================================
______________________________ test_vat_of_books _______________________________

    def test_vat_of_books():
>       assert vat(100) == 7
E       assert 19 == 7

tests/tax_test.py:8: AssertionError
=========================== short test summary info ============================
FAILED tests/tax_test.py::test_vat_of_books - assert 19 == 7
ERROR tests/sum_test.py - ModuleNotFoundError: No module named 'zebra'
FAILED tests/cart_test.py::test_sum_of_maps - ValueError: nope
=================== 2 failed, 1 error in 0.12s ===================
##[error]Process completed with exit code 1.
";
    let (report, _) = triage_of(&[log]);
    for line in [7, 11, 12] {
        let is_told = |finding: &&Finding| (finding.first_line..=finding.last_line).contains(&line);
        assert!(
            report.findings.iter().any(|it| is_told(&it)),
            "{line} {report:#?}"
        );
    }
}

#[test]
fn the_mark_of_a_runner_is_no_part_of_a_file_or_of_a_title() {
    let log = "\
##[group]Run dotnet build
##[endgroup]
##[error]src/Pay.cs(41,10): error CS0103: The name 'vat' does not exist
##[error]Process completed with exit code 1.
";
    let (report, _) = triage_of(&[log]);
    let first = &report.findings[0];
    let place = (first.source_file.as_deref(), first.source_line);
    assert_eq!(place, (Some("src/Pay.cs"), Some(41)), "{report:#?}");
    assert!(!first.message.contains("[error]"), "{}", first.message);
}

#[test]
fn the_heading_of_surefires_list_is_no_title() {
    let log = "\
[ERROR] Failures: 
[ERROR]   TaxTest.vat:14 expected: <7> but was: <19>
[INFO] 
[ERROR] Tests run: 2, Failures: 1, Errors: 0, Skipped: 0
##[error]Process completed with exit code 1.
";
    let (report, _) = triage_of(&[log]);
    let first = &report.findings[0];
    assert!(first.message.starts_with("TaxTest.vat:14"), "{report:#?}");
}

#[test]
fn go_tests_that_fail_one_behind_the_other_are_findings_of_their_own() {
    let log = "\
##[group]Run go test ./...
##[endgroup]
--- FAIL: TestVatOfBooks (0.00s)
    tax_test.go:7: got 19, want 7
--- FAIL: TestVatOfMaps (0.00s)
    tax_test.go:19: got 7, want 19
FAIL
##[error]Process completed with exit code 1.
";
    let report = triage(log, None);
    let want = [(3, 4, "go-test-failure"), (5, 6, "go-test-failure")];
    assert_eq!(believed(&report), want, "{report:#?}");
    assert_eq!(report.findings[1].message, "TestVatOfMaps: got 7, want 19");
    assert_eq!(report.findings[1].source_line, Some(19));
}

#[test]
fn the_list_of_googletest_is_no_failure_of_its_own() {
    let log = "\
##[group]Run ./tax_test
##[endgroup]
[ RUN      ] Tax.Rounds
src/tax_test.cc:12: Failure
Expected equality of these values:
  Vat(100)
    Which is: 19
  7
[  FAILED  ] Tax.Rounds (0 ms)
[ RUN      ] Tax.Sums
src/tax_test.cc:30: Failure
Value of: IsSum(1)
  Actual: false
Expected: true
[  FAILED  ] Tax.Sums (0 ms)
[  PASSED  ] 0 tests.
[  FAILED  ] 2 tests, listed below:
[  FAILED  ] Tax.Rounds
[  FAILED  ] Tax.Sums

 2 FAILED TESTS
##[error]Process completed with exit code 1.
";
    let report = triage(log, None);
    let want = [(4, 9, "gtest-failure"), (11, 15, "gtest-failure")];
    assert_eq!(believed(&report), want, "{report:#?}");
    assert_eq!(report.findings[1].source_line, Some(30));
}

#[test]
fn a_test_of_unittest_is_titled_with_what_it_asserts() {
    let log = "\
======================================================================
FAIL: test_vat (tests.test_tax.TaxTest.test_vat)
----------------------------------------------------------------------
Traceback (most recent call last):
  File \"/w/tests/test_tax.py\", line 8, in test_vat
    self.assertEqual(vat(100), 7)
AssertionError: 19 != 7

----------------------------------------------------------------------
Ran 1 test in 0.001s

FAILED (failures=1)
";
    let report = triage(log, None);
    let first = &report.findings[0];
    let want = "test_vat (tests.test_tax.TaxTest.test_vat): AssertionError: 19 != 7";
    assert_eq!(first.message, want, "{report:#?}");
    assert_eq!(first.source_line, Some(8));
}

#[test]
fn an_error_without_a_place_does_not_take_that_of_the_next_one() {
    let log = "\
##[group]Run tsc
##[endgroup]
error TS2688: Cannot find type definition file for 'node'.
  The file is in the program because:
    Entry point for implicit type library 'node'
src/pay.ts(41,10): error TS2304: Cannot find name 'vat'.
##[error]Process completed with exit code 2.
";
    let report = triage(log, None);
    let first = &report.findings[0];
    let want = "Cannot find type definition file for 'node'.";
    assert_eq!(first.message, want, "{report:#?}");
    assert_eq!(first.source_file, None, "{report:#?}");
}

#[test]
fn make_that_was_terminated_lacks_no_rule() {
    let log = "cc -c a.c\nmake: *** [Makefile:3: all] Terminated\n";
    let report = triage(log, None);
    assert_eq!(
        report.findings[0].rule.as_deref(),
        Some("make-signal"),
        "{report:#?}"
    );
}

#[test]
fn a_run_that_was_cancelled_says_so_without_the_marker_of_the_runner() {
    for log in [
        "2024-05-01T10:00:00.1Z ##[group]Run make\n2024-05-01T10:00:00.1Z ##[endgroup]\n\
         2024-05-01T10:00:01.1Z ##[error]The operation was canceled.\n",
        "\x1b_bk;t=1700000000000\x07~~~ Running commands\n\x1b_bk;t=1700000000001\x07$ make\n\
         # Received cancellation signal, interrupting\nmake: *** [Makefile:3: all] Terminated\n",
        "circleci/x\n#!/bin/bash -eo pipefail\nmake\nStep was canceled\n",
        "travis_fold:start:install\r\n$ npm ci\ntravis_time:start:0ab\r\x1b[0K$ make\r\ncc a.c\n\n\
         Done: Job Cancelled\n",
    ] {
        let (report, _) = triage_of(&[log]);
        let first = &report.findings[0];
        assert_eq!(first.rule.as_deref(), Some("runner-lost"), "{report:#?}");
        assert!(!first.message.contains("##["), "{}", first.message);
        let (report, _) = triage_of(&[log, FAILED]);
        let first = &report.findings[0];
        assert_eq!(first.message, "no entry for 3.1.0", "{report:#?}");
    }
}

const SUREFIRE: &str = "\
##[group]Run mvn verify
##[endgroup]
[ERROR] org.example.TaxTest.vatOfBooks -- Time elapsed: 0.01 s <<< FAILURE!
org.opentest4j.AssertionFailedError: expected: <7> but was: <19>
\tat org.example.TaxTest.vatOfBooks(TaxTest.java:14)

[INFO] Results:
[INFO] 
[ERROR] Failures: 
[ERROR]   TaxTest.vatOfBooks:14 expected: <7> but was: <19>
[INFO] 
[ERROR] Tests run: 2, Failures: 1, Errors: 0, Skipped: 0
##[error]Process completed with exit code 1.
";

#[test]
fn the_list_of_maven_tells_a_test_again_only_if_it_names_no_other() {
    let report = triage(SUREFIRE, None);
    assert_eq!(believed(&report), [(3, 5, "surefire3-test")], "{report:#?}");
    assert_eq!(report.findings[0].retold, [(9, 10)], "{report:#?}");
    assert_eq!(report.findings[0].source_line, Some(14));
    let other = "[ERROR]   TaxTest.vatOfBooks:14 expected: <7> but was: <19>\n\
                 [ERROR]   SumTest.adds:9 expected: <3> but was: <4>\n";
    let entry = "[ERROR]   TaxTest.vatOfBooks:14 expected: <7> but was: <19>\n";
    let report = triage(&SUREFIRE.replace(entry, other), None);
    let want = [(3, 5, "surefire3-test"), (9, 11, "surefire-failures")];
    assert_eq!(believed(&report), want, "{report:#?}");
}

#[test]
fn what_failed_in_a_command_of_travis_that_went_well_is_no_cause() {
    let log = "\
travis_fold:start:install\r\x1b[0K$ ./get\r
wget: unable to resolve host address 'a.example.org'
travis_time:end:0ab:start=1,finish=2,duration=1\r\x1b[0Ktravis_fold:end:install\r\x1b[0K
travis_time:start:0cd\r\x1b[0K$ make test\r
rounds            PASS
sums              FAIL
travis_time:end:0cd:start=1,finish=2,duration=1\r\x1b[0K
The command \"make test\" exited with 2.
Done. Your build exited with 1.
";
    let report = triage(log, None);
    let first = &report.findings[0];
    assert!(
        (first.first_line..=first.last_line).contains(&6),
        "{report:#?}"
    );
}

#[test]
fn the_end_of_a_command_that_is_a_finding_itself_is_no_second_one() {
    let report = triage(
        "2026-01-02T10:00:00Z INFO start\n\
         2026-01-02T10:00:05Z ERROR cannot open file foo.c: No such file\n\
         2026-01-02T10:00:06Z make: *** [Makefile:3: all] Error 2\n",
        None,
    );
    let mut lines: Vec<u64> = report.findings.iter().map(|finding| finding.line).collect();
    lines.sort_unstable();
    lines.dedup();
    assert_eq!(lines.len(), report.findings.len(), "{report:#?}");
}
