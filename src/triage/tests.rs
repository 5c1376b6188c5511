//! The triage of small logs, and that nothing depends on how they are read and cut.

mod kinds;
mod timeline;

use std::sync::Arc;

use proptest::prelude::*;

use super::{
    around::View,
    collect::{Collected, Collector, CollectorHands, LinePlace},
    literals::RuleLiterals,
    mask::Masks,
    provider::Provider,
    rank::Ranking,
    rules::{Caches, Severity as RuleSeverity},
    steps::{Ranked, Steps},
    *,
};
use crate::{
    ReadMode, Source,
    mutants::Mutator,
    scan::{Progress, Workers},
};

fn logs(texts: &[&str]) -> Vec<Log> {
    let mut logs = Logs::new();
    for (nth, text) in texts.iter().enumerate() {
        let name = if nth == 0 {
            "log".into()
        } else {
            format!("log{nth}")
        };
        let source = Source::from_bytes(name.as_ref(), text.as_bytes().to_vec());
        let step = (texts.len() > 1).then(|| format!("step {nth}"));
        logs.add(source, step).unwrap();
    }
    logs.logs
}

/// A triage of the logs of one build, against those of good ones.
fn triaged(texts: &[&str], baselines: &[&str]) -> Triaged {
    let rules = Rules::embedded();
    let workers = Workers::new(1);
    let triage = Triage {
        rules: &rules,
        workers: &workers,
        progress: &Progress::new(),
        lines: TriagedLines::default(),
        keeps_evidence: false,
        keeps_timeline: false,
    };
    let run = triage.run(&mut logs(texts), &mut logs(baselines));
    run.unwrap()
}

fn triage(log: &str, baseline: Option<&str>) -> Report {
    triaged(&[log], &baseline.into_iter().collect::<Vec<_>>()).report
}

/// What workers share that look for what rules say.
fn collector_of(rules: &Rules, provider: Provider) -> Collector {
    Collector::new(Arc::new(RuleLiterals::new(rules, provider)), None, None)
}

/// What a pass over a text finds.
fn collected(collector: &Collector, text: &str) -> Collected {
    let start = LinePlace::default();
    collector.collect(text.as_bytes(), start, &mut CollectorHands::default())
}

/// Logs of every CI system, with the marks that each has, to be changed.
const CI_LOGS: [&str; 10] = [
    "##[group]Run make\n##[endgroup]\na.c:7:1: error: expected ';'\n  at x\n\n##[error]Process completed with exit code 1.\nPost job cleanup.\n",
    "section_start:1700000000:step_script\r\x1b[0K\n\x1b[32;1m$ make\nerror: x\nsection_end:1700000000:step_script\r\x1b[0K\nERROR: Job failed: exit code 1\n",
    "travis_fold:start:x\r\x1b[0K$ make\ntravis_time:end:0a:start=1,finish=2,duration=1\r\x1b[0Kmake: *** [all] Error 2\nThe command \"make\" exited with 2.\nDone. Your build exited with 1.\n",
    "##[section]Starting: build\n##vso[task.debug]x\n2022-04-27T19:35:52.9756934Z ##[error]Bash exited with code '1'.\n##[section]Finishing: build\n",
    "Started by user x\n\x1b[8mha:////4Abc=\x1b[0min workspace /x\n[Pipeline] sh\n+ make\njava.lang.Error: x\n\tat a.B.c(D.java:1)\nFinished: FAILURE\n",
    "\x1b_bk;t=1700000000000\x07~~~ Running\n\x1b_bk;t=1700000000001\x07$ make\nFAILED tests/x.py::y - assert 1 == 2\n^^^ +++\n",
    "circleci/x\n#!/bin/bash -eo pipefail\nmake\nE   AssertionError\nExited with code exit status 1\n",
    "2022-04-27 19:35:52.975123 | TASK [x : y]\n2022-04-27 19:35:53.1 | fatal: [x]: FAILED! => {\"msg\": \"z\"}\n2022-04-27 19:35:54.1 | PLAY RECAP\n",
    "thread 'a' panicked at src/a.rs:1:2:\nassertion failed\nnote: run with `RUST_BACKTRACE=1`\n#12 3.456 npm ERR! code 1\n10%\r20%\rdone\n",
    "build\tRun tests\t2024-05-22T12:43:46.9Z --- FAIL: TestX (0.00s)\nbuild\tRun tests\t2024-05-22T12:43:46.9Z     x_test.go:3: y\n",
];

/// Rules of every extent, for lines with colours and without.
const FEW_RULES: &str = r#"
[[rule]]
name = "line"
priority = 60
pattern = '(?i)(?P<file>[^:]*):(?P<line>\d+):.*error: (?P<message>.*)'
needs = ["error: "]
extent = "block"
also = "note"
matches = ["a:1: error: x"]
rejects = ["x"]

[[rule]]
name = "failed"
priority = 80
pattern = 'FAIL(?P<message>.*)'
needs = ["FAIL"]
extent = "indent"
lead = "."
matches = ["FAIL"]
rejects = ["x"]

[[rule]]
name = "panic"
priority = 85
pattern = "panicked at (?P<file>[^:]+):(?P<line>[0-9]+)"
needs = ["panicked"]
extent = "section"
until = "note"
matches = ["panicked at a:1"]
rejects = ["x"]

[[rule]]
name = "raw"
priority = 50
raw = true
pattern = '\x1b\[3[12]'
needs = ["\u001b["]
extent = "section"
through = "Error"
lines_max = 400
matches = ["\u001b[31"]
rejects = ["x"]

[[rule]]
name = "follows"
severity = "symptom"
priority = 20
pattern = 'Error (?P<line>\d+)'
needs = ["Error "]
matches = ["Error 2"]
rejects = ["x"]

[[rule]]
name = "none"
severity = "noise"
priority = 0
precedence = 99
pattern = "fine"
needs = ["fine"]
matches = ["fine"]
rejects = ["x"]
"#;

/// Logs that are nearly those of CI systems: the findings are in them, and every format shows what
/// it should.
#[test]
fn mutants_of_ci_logs_are_triaged() {
    // Few, because an automaton of the literals of all is made for each log.
    let few = Rules::default().with(FEW_RULES).unwrap();
    let all = Rules::embedded();
    let workers = Workers::new(1);
    let mut mutator = Mutator::new(22);
    let mut found = 0;
    for nth in 0..300 {
        let (log, green) = (mutator.mutant(&CI_LOGS), mutator.mutant(&CI_LOGS));
        let as_logs = |bytes: Vec<u8>| {
            let mut logs = Logs::with(LogOptions {
                decoding: crate::Decoding::Bytes,
                ..LogOptions::default()
            });
            logs.add(Source::from_bytes("log".as_ref(), bytes), None)
                .unwrap();
            logs.logs
        };
        let triage = Triage {
            rules: if nth % 100 == 0 { &all } else { &few },
            workers: &workers,
            progress: &Progress::new(),
            lines: TriagedLines {
                chunk_bytes: [None, Some(1), Some(100)][nth % 3],
                ..TriagedLines::default()
            },
            keeps_evidence: false,
            keeps_timeline: false,
        };
        let mut baselines = match nth % 2 {
            0 => Vec::new(),
            _ => as_logs(green),
        };
        let lines = crate::line::count(&log);
        let report = triage
            .run(&mut as_logs(log), &mut baselines)
            .unwrap()
            .report;
        assert_eq!(report.logs[0].lines, lines);
        found += usize::from(!report.findings.is_empty());
        for finding in &report.findings {
            assert!(1 <= finding.first_line && finding.first_line <= finding.line);
            assert!(finding.line <= finding.last_line && finding.last_line <= lines);
            assert!(finding.excerpt.len() <= EXCERPT_LINES_MAX && finding.count > 0);
            let excerpt = finding.excerpt.iter().map(|line| &line.text);
            let texts = excerpt.chain(&finding.context_before);
            for text in texts.chain([&finding.message, &finding.step, &finding.why]) {
                assert!(
                    !text.contains(|c: char| c.is_control() && c != '\t'),
                    "{text:?}"
                );
            }
        }
        let mut pages: [Vec<u8>; 5] = Default::default();
        report::text(
            &report,
            report::Shown::All,
            report::Style::Plain,
            &mut pages[0],
        )
        .unwrap();
        report::markdown(&report, report::Shown::All, &mut pages[1]).unwrap();
        report::github(&report, report::Shown::All, &mut pages[2]).unwrap();
        report::sarif(&report, report::Shown::All, &mut pages[3]).unwrap();
        report::jsonl(&report, report::Shown::All, &mut pages[4]).unwrap();
        let pages = pages.map(|page| String::from_utf8(page).unwrap());
        assert!(pages[1].len() < report::MARKDOWN_BYTES_MAX);
        let annotations = pages[2].lines().collect::<Vec<_>>();
        assert!(
            annotations
                .iter()
                .all(|line| line.starts_with("::error") || line.starts_with("::notice"))
        );
        serde_json::from_str::<serde_json::Value>(&pages[3]).unwrap();
        for object in pages[4].lines() {
            serde_json::from_str::<serde_json::Value>(object).unwrap();
        }
    }
    assert!(found > 100, "{found}");
}

/// As many steps that failed, as many failures: what is looked at for one does not grow with the
/// others.
#[test]
fn thousands_of_steps_with_thousands_of_failures_are_ranked() {
    let word = |nth: u32| -> String {
        let letter = |nth: u32| char::from_digit(10 + nth % 26, 36).unwrap();
        [nth / 676, nth / 26, nth].map(letter).iter().collect()
    };
    let step = |nth: u32| {
        format!(
            "##[group]Run {0}\n{0}.c:1: error: {0}\nFAIL {0}\n##[error]Process completed with exit code 1.\n",
            word(nth)
        )
    };
    let log: String = (0..15_000).map(step).collect();
    let rules = Rules::default().with(FEW_RULES).unwrap();
    let triage = Triage {
        rules: &rules,
        workers: &Workers::new(1),
        progress: &Progress::new(),
        lines: TriagedLines::default(),
        keeps_evidence: false,
        keeps_timeline: false,
    };
    let report = triage.run(&mut logs(&[&log]), &mut []).unwrap().report;
    assert_eq!(report.logs[0].lines, 60_000);
    assert!(report.findings.len() > 100, "{}", report.findings.len());
}

/// The first finding must be the lines of `want` (first to last, and headline), found by `rule`.
#[track_caller]
fn check(log: &str, rule: &str, want: (u64, u64, u64)) -> Finding {
    let report = triage(log, None);
    let first = report.believed().next();
    let first = first.unwrap_or_else(|| panic!("nothing is believed: {:#?}", report.findings));
    let got = (first.first_line, first.last_line, first.line);
    assert_eq!(
        (first.rule.as_deref(), got),
        (Some(rule), want),
        "{report:#?}"
    );
    first.clone()
}

#[test]
fn a_compiler_error_is_the_cause_and_what_make_says_is_not() {
    let log = "\
cc -Wall -c b.c
cc -Wall -c a.c
a.c: In function 'main':
a.c:12:5: error: unknown type name 'fd_set'
   12 |     fd_set x;
      |     ^~~~~~
make[1]: *** [a.o] Error 1
make: *** [all] Error 2
";
    let finding = check(log, "gcc-error", (3, 6, 4));
    assert_eq!(finding.message, "unknown type name 'fd_set'");
    assert_eq!(finding.source_file.as_deref(), Some("a.c"));
    assert_eq!(finding.source_line, Some(12));
    assert_eq!(
        finding.context_before,
        ["cc -Wall -c b.c", "cc -Wall -c a.c"]
    );
}

#[test]
fn failures_of_test_runners_come_with_their_details() {
    check(
        "running 2 tests\ntest a ... ok\ntest b ... FAILED\n\nfailures:\n\n---- b stdout ----\n\
         thread 'b' panicked at src/lib.rs:3:5:\nboom\n\n\nfailures:\n    b\n\n\
         test result: FAILED. 1 passed; 1 failed\n\nerror: test failed, to rerun pass `--lib`\n",
        "cargo-test-failure",
        (7, 9, 7),
    );
    check(
        "=== RUN   TestA\n--- PASS: TestA (0.00s)\n=== RUN   TestB\n--- FAIL: TestB (0.01s)\n    \
         b_test.go:7: got 1\nFAIL\nFAIL\texample.org/x\t0.1s\n",
        "go-test-failure",
        (4, 5, 5),
    );
    check(
        "collected 2 items\n\n=== FAILURES ===\n_______ test_x _______\n\n    def test_x():\n>       assert 1 == 2\n\
         E       assert 1 == 2\n\ntest_a.py:2: AssertionError\n=== short test summary info ===\n\
         FAILED test_a.py::test_x - assert 1 == 2\n=== 1 failed, 1 passed in 0.1s ===\n",
        "pytest-failure",
        (4, 10, 8),
    );
    check(
        "  2 passing (3ms)\n  1 failing\n\n  1) adds\n       two numbers:\n     AssertionError: expected 1 to equal 2\n      \
         at Context.<anonymous> (test/a.js:3:5)\n\nnpm ERR! code ELIFECYCLE\n",
        "numbered-failure",
        (4, 7, 6),
    );
}

#[test]
fn the_failing_step_outweighs_a_louder_one_that_passed() {
    let log = "\
2024-05-01T10:00:00.1Z ##[group]Run ./configure
2024-05-01T10:00:00.1Z ##[endgroup]
2024-05-01T10:00:01.1Z error: optional thing failed, going on
2024-05-01T10:00:02.1Z ##[group]Run make
2024-05-01T10:00:02.1Z ##[endgroup]
2024-05-01T10:00:03.1Z a.c:3:1: error: expected ';'
2024-05-01T10:00:04.1Z ##[error]Process completed with exit code 2.
2024-05-01T10:00:05.1Z Post job cleanup.
";
    let finding = check(log, "gcc-error", (6, 6, 6));
    assert_eq!(finding.step, "make");
    assert!(
        finding.why.contains("in the failing step \"make\""),
        "{}",
        finding.why
    );
}

#[test]
fn without_any_rule_the_end_of_the_failing_step_is_shown() {
    let log = "\
travis_time:start:0a\r\x1b[0K$ ./check\r
alpha\r
beta\r
travis_time:end:0a:start=1\r\x1b[0K\x1b[31;1mThe command \"./check\" exited with 3.\x1b[0m\r
Done. Your build exited with 1.\r
";
    let report = triage(log, None);
    let first = report.believed().next().expect("the end of the step");
    let got = (first.first_line, first.last_line, first.line);
    assert_eq!(got, (2, 3, 3));
    assert!(first.why.contains("the end of the failing command"));
}

#[test]
fn the_last_command_of_the_script_failed_where_gitlab_says_only_that_the_job_did() {
    let log = "\
Running with gitlab-runner 17
section_start:1:step_script\r
\x1b[32;1m$ make\x1b[0;m
\x1b[32;1m$ ./d.sh\x1b[0;m
no entry for 3.1.0
section_end:1:step_script\r
section_start:2:after_script\r
$ make clean
error: could not stop the emulator
section_end:2:after_script\r
ERROR: Job failed: exit code 1
";
    let report = triage(log, None);
    let first = report.believed().next().expect("the end of the command");
    assert_eq!((first.line, first.step.as_str()), (5, "./d.sh"));
    assert_eq!(first.message, "no entry for 3.1.0");
}

#[test]
fn the_last_stage_that_ran_failed_where_jenkins_says_so_behind_all_stages() {
    let log = "\
[Pipeline] { (Build)
./d.sh: line 12: TOKEN: unbound variable
[Pipeline] }
[Pipeline] // stage
[Pipeline] { (Deploy)
Stage \"Deploy\" skipped due to earlier failure(s)
[Pipeline] // stage
[Pipeline] { (Declarative: Post Actions)
rm: cannot remove 'build': Device or resource busy
[Pipeline] // stage
ERROR: script returned exit code 1
Finished: FAILURE
";
    let finding = check(log, "command-not-found", (2, 2, 2));
    assert_eq!(finding.step, "Build");
    assert_eq!(finding.message, "TOKEN: unbound variable");
}

#[test]
fn a_command_that_failed_without_a_word_is_shown_by_its_echo() {
    let log = "\
2024-05-01T10:00:00.1Z ##[group]Run exit 1
2024-05-01T10:00:00.1Z \x1b[36;1mexit 1\x1b[0m
2024-05-01T10:00:00.1Z ##[endgroup]
2024-05-01T10:00:01.1Z ##[error]Process completed with exit code 1.
";
    let report = triage(log, None);
    let first = report.believed().next().expect("the echo of the command");
    assert_eq!(first.message, "exit 1");
}

#[test]
fn a_step_that_may_fail_is_no_cause_if_a_later_one_fails_for_good() {
    let log = "\
2024-05-01T10:00:00.1Z ##[group]Run make lint
2024-05-01T10:00:00.1Z a.c:1:1: error: expected ';'
2024-05-01T10:00:00.1Z ##[error]Process completed with exit code 1.
2024-05-01T10:00:00.1Z ##[group]Run make test
2024-05-01T10:00:00.1Z b.c:2:2: error: expected ','
2024-05-01T10:00:00.1Z ##[error]Process completed with exit code 2.
2024-05-01T10:00:00.1Z ##[group]Run make clean
2024-05-01T10:00:00.1Z c.c:3:3: error: expected '.'
2024-05-01T10:00:00.1Z ##[error]Process completed with exit code 2.
";
    let finding = check(log, "gcc-error", (5, 5, 5));
    assert_eq!(finding.step, "make test");
}

#[test]
fn what_passing_tests_print_is_no_candidate() {
    let log = "\
stderr | test/auth.test.ts > rejects a bad token
Error: invalid token
    at check (src/auth.ts:3:9)

 FAIL  test/tax.test.ts > tax > rounds half up
AssertionError: expected 1.9 to be 1.91
";
    let finding = check(log, "vitest-failure", (5, 6, 6));
    let want = "tax > rounds half up: AssertionError: expected 1.9 to be 1.91";
    assert_eq!(finding.message, want);
}

#[test]
fn what_any_tool_may_print_needs_a_second_sign() {
    let finding = check("x\nerror: it did not work\ny\n", "error-head", (2, 2, 2));
    assert_eq!(finding.message, "it did not work");
    let log = "x\nerror: unexpected token\n --> src/pay.rs:41:10\ny\n";
    let finding = check(log, "rustc-error", (2, 4, 2));
    assert_eq!(finding.source_file.as_deref(), Some("src/pay.rs"));
    assert_eq!(finding.source_line, Some(41));
}

#[test]
fn what_ansible_ignores_and_what_a_list_allows_is_no_cause() {
    let log = "\
fatal: [web1]: FAILED! => {\"msg\": \"no such unit\"}
...ignoring
fatal: [web2]: FAILED! => {\"msg\": \"cannot start\"}
Known failures:
  error: it is old
";
    let finding = check(log, "ansible-fatal", (3, 3, 3));
    assert_eq!(finding.message, "cannot start");
}

#[test]
fn lines_behind_the_prefix_of_a_collector_are_understood() {
    let log = "\
web-1  | starting
web-1  | a.c:3:1: error: expected ';'
db-1   | ready
web-1  | done
";
    check(log, "gcc-error", (2, 2, 2));
}

#[test]
fn a_green_log_answers_that_nothing_failed() {
    let log = "\
travis_time:start:0a\r\x1b[0K$ make test\r
a.c:3:5: error: this is the expected output of a test\r
The command \"make test\" exited with 0.\r
Done. Your build exited with 0.\r
";
    let report = triage(log, None);
    assert_eq!(report.believed().count(), 0, "{report:#?}");
    assert_eq!(report.logs[0].outcome, Some(Outcome::Success));
    assert_eq!(triage("all is well\n", None).findings.len(), 0);
    assert_eq!(triage("", None).findings.len(), 0);
}

#[test]
fn with_a_baseline_what_was_there_before_is_no_cause() {
    let green = "10:00:01 error: cannot open cache 17\n10:00:02 compiling 31 files\nok\n";
    let red = "11:30:07 compiling 32 files\n11:30:09 error: cannot open cache 99\n\
               11:30:10 something quite different went on\n";
    let report = triage(red, Some(green));
    let first = report.believed().next().expect("the new line");
    assert_eq!((first.line, first.is_new), (3, Some(true)), "{report:#?}");
    assert!(report.believed().all(|finding| finding.line != 2));
    assert_eq!(triage(green, Some(green)).believed().count(), 0);
}

#[test]
fn the_same_failure_at_many_places_is_one_finding_with_a_count() {
    let log = "first\nError: cannot open file 1\nx\ny\nz\nError: cannot open file 2\nx\ny\nz\nError: cannot open file 3\n";
    let report = triage(log, None);
    let believed: Vec<_> = report.believed().collect();
    assert_eq!(believed.len(), 1, "{report:#?}");
    assert_eq!((believed[0].line, believed[0].count), (2, 3));
}

#[test]
fn several_logs_are_steps_of_one_build() {
    let rules = Rules::embedded();
    let workers = Workers::new(2);
    let triage = Triage {
        rules: &rules,
        workers: &workers,
        progress: &Progress::new(),
        lines: TriagedLines::default(),
        keeps_evidence: false,
        keeps_timeline: false,
    };
    let mut build = logs(&["fine\n", "a.c:1:1: error: bad\n"]);
    let report = triage.run(&mut build, &mut []).unwrap().report;
    let first = report.believed().next().unwrap();
    assert_eq!((first.log, first.step.as_str()), (1, "step 1"));
}

#[test]
fn masked_secrets_stay_and_control_characters_do_not() {
    let log = "error: token *** is \x07bad \u{9b}31m\x01\n";
    let report = triage(log, None);
    let first = report.believed().next().unwrap();
    let want = "error: token *** is \\x07bad \\x9b31m\\x01";
    assert_eq!(first.excerpt[0].text, want);
    for text in [&first.message, &first.step, &first.why] {
        assert!(!text.chars().any(char::is_control), "{text:?}");
    }
}

#[test]
fn a_fingerprint_is_the_same_in_another_run() {
    let of = |log: &str| triage(log, None).findings[0].fingerprint;
    let one = of("10:00:01 x\na.c:3:5: error: no member 'y' in 0x7f001122\n");
    assert_eq!(
        one,
        of("b\nc\n11:10:01 a.c:4:9: error: no member 'y' in 0x7faabbcc\n")
    );
    assert_ne!(one, of("a.c:3:5: error: no member 'z' in 0x7f001122\n"));
    let twice = triage("a.c:3:5: error: x\n\n\n\n\n\na.c:3:5: error: x\n", None);
    let mut prints: Vec<u64> = twice.findings.iter().map(|f| f.fingerprint).collect();
    let all = prints.len();
    prints.sort_unstable();
    prints.dedup();
    assert_eq!(prints.len(), all, "{twice:#?}");
}

/// Lines that are marks, failures, noise, or nothing, in several ways of writing.
fn line() -> impl Strategy<Value = String> {
    let texts = [
        "travis_fold:start:install\r\x1b[0Ktravis_time:start:1\r\x1b[0K$ make",
        "travis_time:end:1:start=2\r\x1b[0KThe command \"make\" exited with 1.",
        "The command \"make\" exited with 0.",
        "Done. Your build exited with 1.",
        "a.c:12:5: error: unknown type",
        "    12 | int x;",
        "\x1b[31mError: cannot open x\x1b[0m",
        "--- FAIL: TestX (0.0s)",
        "    x_test.go:3: got 1",
        "E   assert 1 == 2",
        "npm ERR! code E404",
        "12 examples, 0 failures",
        "make: *** [all] Error 2",
        "FAIL",
        "\tat com.x.A.main(A.java:12)",
        "java.lang.RuntimeException: x",
        "not found: it may fail, or not",
        "Killed",
        "",
        "ok",
        "plain text without anything",
    ];
    (0..texts.len(), 0..3_usize, any::<u8>()).prop_map(move |(nth, shape, number)| {
        let text = texts[nth];
        match shape {
            0 => text.to_owned(),
            1 => format!("{text}\r"),
            _ => format!("10:00:{:02} {text} {number}", number % 60),
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn the_report_is_the_same_for_every_chunk_size_thread_count_and_path(
        lines in prop::collection::vec(line(), 0..60),
        chunk_bytes in 1..400_usize,
        threads in 2..5_usize,
        has_baseline in any::<bool>(),
    ) {
        let text = lines.join("\n");
        let green = lines.iter().step_by(2).cloned().collect::<Vec<_>>().join("\n");
        let baselines: Vec<&str> = has_baseline.then_some(green.as_str()).into_iter().collect();
        let rules = Rules::embedded();
        let run = |build: &mut [Log], threads, chunk_bytes| {
            let workers = Workers::new(threads);
            let triage = Triage {
                rules: &rules,
                workers: &workers,
                progress: &Progress::new(),
                lines: TriagedLines {
                    chunk_bytes,
                    ..TriagedLines::default()
                },
                keeps_evidence: false,
                keeps_timeline: true,
            };
            let triaged = triage.run(build, &mut logs(&baselines)).unwrap();
            (triaged.report, triaged.timeline)
        };
        let mut want = run(&mut logs(&[&text]), 1, None);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        std::fs::write(&path, &text).unwrap();
        prop_assert_eq!(&run(&mut logs(&[&text]), threads, Some(chunk_bytes)), &want);
        want.0.logs[0].path.clone_from(&path);
        for mode in ReadMode::ALL {
            let mut build = Logs::with(LogOptions {
                mode,
                ..LogOptions::default()
            });
            build.open(&path);
            prop_assert!(build.errors.is_empty());
            prop_assert_eq!(&run(&mut build.logs, threads, Some(chunk_bytes)), &want);
        }
    }

    #[test]
    fn a_line_is_a_candidate_exactly_if_a_rule_says_so(lines in prop::collection::vec(line(), 1..30)) {
        let rules = Rules::embedded();
        let text = lines.join("\n");
        let collector = collector_of(&rules, Provider::Plain);
        let collected = collected(&collector, &text);
        let mut got: Vec<(u64, u16)> = collected
            .groups
            .iter()
            .flat_map(|group| group.places().map(|place| (place.line, group.rule)))
            .collect();
        got.sort_unstable();
        let want: Vec<(u64, u16)> = (0..)
            .zip(&lines)
            .filter_map(|(nth, line)| naive_rule(&rules, line).map(|rule| (nth, rule)))
            .collect();
        prop_assert_eq!(got, want);
    }
}

/// The rule that counts for a line, by trying them all.
fn naive_rule(rules: &Rules, line: &str) -> Option<u16> {
    let mut buffer = Vec::new();
    let shown = visible::visible(line.as_bytes(), None, &mut buffer);
    let mut caches = Caches::default();
    let mut matching = (0..).zip(rules.iter()).filter(|&(nth, rule)| {
        let text = if rule.is_raw { line.as_bytes() } else { shown };
        rules.is_match(nth, text, &mut caches)
    });
    let (nth, rule) = matching.next()?;
    (rule.severity != RuleSeverity::Noise || rule.is_aside()).then_some(nth)
}

/// The logs of builds that went well, with as many alarming words as such logs have: in names of
/// packages, files, tests and branches.
fn green_logs() -> Vec<(String, String)> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/triage/green");
    let mut logs: Vec<(String, String)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            (name, std::fs::read_to_string(entry.path()).unwrap())
        })
        .collect();
    logs.sort();
    assert!(logs.len() >= 14, "the logs are there");
    logs
}

/// The lines of a log that count for a rule, one for each kind of line, with the rule.
fn hits(rules: &Rules, name: &str, text: &str) -> Vec<String> {
    let collector = collector_of(rules, Provider::Plain);
    let collected = collected(&collector, text);
    let lines: Vec<&str> = text.lines().collect();
    let hit = |group: &collect::Group| {
        let place = group.places().next().expect("a group has a line");
        let at = usize::try_from(place.line).unwrap();
        let rule = &rules.get(group.rule).name;
        format!("{rule}: {name}:{}: {}", at + 1, lines[at])
    };
    // An aside keeps lines from being candidates; it is none.
    let groups = collected.groups.iter();
    groups
        .filter(|group| !rules.get(group.rule).is_aside())
        .map(hit)
        .collect()
}

#[test]
fn no_line_of_a_green_build_counts_for_a_rule() {
    let rules = Rules::embedded();
    let hits: Vec<String> = green_logs()
        .iter()
        .flat_map(|(name, text)| hits(&rules, name, text))
        .collect();
    assert!(hits.is_empty(), "{}", hits.join("\n"));
    // The test can fail.
    let red = self::hits(&rules, "red", "fine\ngnutls_handshake() failed: x\n");
    assert_eq!(red, ["network-error: red:2: gnutls_handshake() failed: x"]);
}

#[test]
fn the_triage_of_a_green_build_finds_nothing() {
    for (name, text) in green_logs() {
        assert_eq!(triage(&text, None).findings, [], "{name}");
    }
}

/// Packages, images and branches are really called so.
const ALARMING_NAMES: [&str; 40] = [
    "gnutls-bin",
    "libcurl3-gnutls",
    "libgpg-error0",
    "libgpg-error-dev",
    "error",
    "errors",
    "error-prone",
    "better_errors",
    "http-errors",
    "error-ex",
    "thiserror",
    "failure",
    "failed-jobs",
    "fail-fast",
    "jest-fail-on-console",
    "fatal",
    "abort",
    "node-abort-controller",
    "panic",
    "panic-halt",
    "panic-abort",
    "timeout",
    "timeouts",
    "pytest-timeout",
    "async-timeout",
    "exception",
    "exceptiongroup",
    "perl-Exception-Class",
    "deadlock",
    "oom-killer",
    "oomkill",
    "crash-handler",
    "missing",
    "unknown",
    "broken",
    "invalid",
    "undefined",
    "conflict",
    "bad",
    "openssl",
];

/// What tools say of the package `@`.
const LINES_ABOUT_PACKAGES: [&str; 50] = [
    "Get:7 http://mirror.example.org/debian bookworm/main amd64 @ amd64 1.2-3 [385 kB]",
    "Selecting previously unselected package @.",
    "Selecting previously unselected package @:amd64.",
    "Preparing to unpack .../07-@_1.2-3_amd64.deb ...",
    "Unpacking @:amd64 (1.2-3) ...",
    "Unpacking @ (1.2-3) over (1.2-2) ...",
    "Setting up @:amd64 (1.2-3) ...",
    "Setting up @ (1:1.2-3+deb12u1) ...",
    "Removing @ (1.2-3) ...",
    "Processing triggers for @ (1.2-3) ...",
    "@ is already the newest version (1.2-3).",
    "@ set to manually installed.",
    "#7 3.601 Setting up @ (1.2-3) ...",
    "(3/5) Installing @ (1.2-r3)",
    "  Installing       : @-1.2-3.el9.x86_64                          3/6",
    "  Verifying        : @-1.2-3.el9.x86_64                          3/6",
    "Collecting @",
    "Collecting @>=1.2 (from -r requirements.txt (line 4))",
    "  Downloading @-1.2-py3-none-any.whl (14 kB)",
    "Requirement already satisfied: @ in ./.venv/lib/python3.11/site-packages (1.2)",
    "Installing collected packages: idna, @, six",
    "Successfully installed idna-3 @-1.2 six-1",
    "Successfully built @",
    "  Building wheel for @ (pyproject.toml): started",
    "  Attempting uninstall: @",
    "    Found existing installation: @ 1.2",
    "    Uninstalling @-1.2:",
    " + @==1.2",
    "  - Installing @ (1.2.3)",
    "  • Updating @ (1.2.3 -> 1.2.4)",
    "npm http fetch GET 200 https://mirror.example.org/@ 118ms (cache miss)",
    "npm warn deprecated @@1.2.3: this version has been replaced",
    "├── @@1.2.3",
    "+ @ 1.2.3",
    "➤ YN0013: │ @@npm:1.2.3 can't be found in the cache and will be fetched from the remote registry",
    "   Compiling @ v1.2.3",
    "    Checking @ v1.2.3 (/w/@)",
    "  Downloaded @ v1.2.3",
    "       Fresh @ v1.2.3",
    "go: downloading example.org/@ v1.2.3",
    "Downloaded from central: https://mirror.example.org/maven2/org/example/@/1.2/@-1.2.pom (2.1 kB at 21 kB/s)",
    "> Task :@:compileJava UP-TO-DATE",
    "Installing @ 1.2.3",
    "Using @ 1.2.3",
    "Fetching @ 1.2.3",
    "  - Installing example/@ (v1.2.3): Extracting archive",
    "==> Fetching @",
    " * [new branch]      @ -> origin/@",
    "Status: Downloaded newer image for registry.example.org/@:1.2",
    "[ 12%] Building C object src/CMakeFiles/@.dir/@.c.o",
];

#[test]
fn no_name_of_a_package_that_is_installed_counts_for_a_rule() {
    let rules = Rules::embedded();
    let mut text = String::new();
    for name in ALARMING_NAMES {
        for line in LINES_ABOUT_PACKAGES {
            // An at sign behind the name, as npm writes it, stays.
            let line = line.replace("@@", "@\0").replace('@', name);
            text.push_str(&line.replace('\0', "@"));
            text.push('\n');
        }
    }
    let hits = hits(&rules, "packages", &text);
    assert!(hits.is_empty(), "{}", hits.join("\n"));
}

#[test]
fn lines_that_say_nothing_have_no_mask() {
    let mut masks = Masks::default();
    assert_eq!(masks.of(b""), None);
    assert_eq!(masks.of(b"   "), None);
    assert_eq!(masks.of(b"job 17 done"), masks.of(b"job 9 done"));
    assert_ne!(masks.of(b"job 17 done"), masks.of(b"job 17 failed"));
}

/// A log in which `example` is all that there is besides the marks of a failing step.
fn log_of(example: &str) -> String {
    format!(
        "2024-05-01T10:00:00.1Z ##[group]Run ./check\n2024-05-01T10:00:00.1Z ##[endgroup]\n\
         {example}\n2024-05-01T10:00:02.1Z ##[error]Process completed with exit code 1.\n"
    )
}

#[test]
fn a_log_of_the_own_examples_of_a_rule_is_reported_under_that_rule() {
    let rules = Rules::embedded();
    // Building it takes longer than all logs together.
    let collector = collector_of(&rules, Provider::GitHub);
    let mut wrong = Vec::new();
    for (rule, example) in rules.own_examples() {
        let text = log_of(example);
        let source = Source::from_bytes("log".as_ref(), text.clone().into_bytes());
        let collected = collected(&collector, &text);
        let ranked = Ranked {
            view: View {
                source: &source,
                stretches: &collected.stretches,
                collector: None,
            },
            provider: Provider::GitHub,
            collected: &collected,
            steps: Steps::of(&collected, Provider::GitHub),
            step_name: None,
        };
        let logs = [ranked];
        let ranking = Ranking::new(&rules, &logs, None);
        let causes = ranking.causes().unwrap().causes;
        let first = causes.first();
        let name = first.and_then(|cause| Some(rules.get(cause.rule?).name.as_str()));
        if name != Some(rule) || !first.is_some_and(|cause| cause.is_believed) {
            wrong.push(format!("{rule}: {name:?} says so of {example:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}
