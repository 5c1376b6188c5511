//! Kinds of failures, each with a small log: what is one finding, what comes first, what is hidden.

use super::*;

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
