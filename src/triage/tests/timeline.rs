//! The steps of small logs, and how long they took.

use super::super::timeline::{STEPS_MAX, StepEnd, Timeline, TimelineStep};
use super::*;

/// The timeline of the logs of one build.
fn timeline_of(texts: &[&str], threads: usize, chunk_bytes: Option<usize>) -> Timeline {
    let rules = Rules::default().with(FEW_RULES).unwrap();
    let triage = Triage {
        rules: &rules,
        workers: &Workers::new(threads),
        progress: &Progress::new(),
        lines: TriagedLines {
            chunk_bytes,
            ..TriagedLines::default()
        },
        keeps_evidence: false,
        keeps_timeline: true,
    };
    triage.run(&mut logs(texts), &mut []).unwrap().timeline
}

fn timeline(text: &str) -> Timeline {
    timeline_of(&[text], 1, None)
}

/// Name, lines, milliseconds and end of each step.
fn told(timeline: &Timeline) -> Vec<(&str, u64, u64, Option<i64>, StepEnd)> {
    let of = |step: &'_ TimelineStep| step.length_ns.map(|length_ns| length_ns / 1_000_000);
    let steps = timeline.steps.iter();
    steps
        .map(|step| {
            let name = step.name.as_str();
            (name, step.first_line, step.last_line, of(step), step.end)
        })
        .collect()
}

/// A job of GitHub, with the time in front of each line.
const GITHUB: &str = "\
2026-11-20T09:14:00.0000000Z Requested labels: ubuntu-latest
2026-11-20T09:14:02.0000000Z ##[group]Run actions/checkout@v4
2026-11-20T09:14:02.5000000Z ##[endgroup]
2026-11-20T09:14:10.2500000Z ##[group]Run make
2026-11-20T09:14:10.3000000Z ##[endgroup]
2026-11-20T09:15:11.0000000Z a.c:7:1: error: expected ';'
2026-11-20T09:15:12.2500000Z ##[error]Process completed with exit code 2.
2026-11-20T09:15:20.0000000Z Post job cleanup.
2026-11-20T09:15:20.1000000Z /usr/bin/git version
2026-11-20T09:15:20.7500000Z done
";

#[test]
fn a_step_takes_from_the_line_that_begins_it_to_the_line_that_ends_it() {
    let want = [
        ("actions/checkout@v4", 2, 3, Some(8_250), StepEnd::Unsaid),
        ("make", 4, 7, Some(62_000), StepEnd::Failed),
        ("Post job cleanup.", 8, 10, Some(750), StepEnd::Aftermath),
    ];
    assert_eq!(told(&timeline(GITHUB)), want);
    // Line ends and a byte order mark make no difference.
    let windows = format!("\u{feff}{}", GITHUB.replace('\n', "\r\n"));
    assert_eq!(told(&timeline(&windows)), want);
    let no_newline = GITHUB.trim_end();
    assert_eq!(told(&timeline(no_newline)), want);
    // 2026-11-20T09:14:02Z is day 20,777.
    let begin_s = 20_777 * 86_400 + 9 * 3600 + 14 * 60 + 2;
    let first = &timeline(GITHUB).steps[0];
    assert_eq!(first.begin_ns, Some(begin_s * 1_000_000_000));
}

#[test]
fn a_timeline_is_the_same_for_every_chunk_size_and_thread_count() {
    for text in [GITHUB, &CI_LOGS.concat(), CI_LOGS[1], CI_LOGS[5]] {
        let want = timeline(text);
        assert!(!want.steps.is_empty(), "{text}");
        for chunk_bytes in (1..text.len()).step_by(41) {
            for threads in [1, 2, 7] {
                let got = timeline_of(&[text], threads, Some(chunk_bytes));
                assert_eq!(got, want, "{chunk_bytes} {threads}");
            }
        }
    }
}

#[test]
fn steps_of_a_log_without_times_are_listed_all_the_same() {
    let no_times: String = GITHUB
        .lines()
        .map(|line| format!("{}\n", &line[29..]))
        .collect();
    let with_times = timeline(GITHUB);
    let want = told(&with_times)
        .into_iter()
        .map(|(name, first, last, _, end)| (name, first, last, None, end));
    let without = timeline(&no_times);
    assert_eq!(told(&without), want.collect::<Vec<_>>());
    assert!(without.steps.iter().all(|step| step.begin_ns.is_none()));
    assert_eq!(timeline("no marks\nat all\n"), Timeline::default());
}

#[test]
fn times_in_the_marks_of_gitlab_and_buildkite_count() {
    let gitlab = "section_start:1700000000:prepare_executor\r\x1b[0K\nx\nsection_end:1700000003:prepare_executor\r\x1b[0K\n\
                  section_start:1700000003:step_script\r\x1b[0K\nerror: x\nsection_end:1700000010:step_script\r\x1b[0K\nERROR: Job failed: exit code 1\n";
    let steps = timeline(gitlab);
    let lengths: Vec<_> = told(&steps).iter().map(|step| (step.0, step.3)).collect();
    assert_eq!(
        lengths,
        [
            ("prepare_executor", Some(3000)),
            ("step_script", Some(7000))
        ]
    );
    let buildkite = "\x1b_bk;t=1700000000000\x07~~~ Preparing\n\x1b_bk;t=1700000000250\x07--- Running\n\x1b_bk;t=1700000001000\x07x\n";
    let steps = timeline(buildkite);
    let lengths: Vec<_> = told(&steps).iter().map(|step| (step.0, step.3)).collect();
    assert_eq!(lengths, [("Preparing", Some(250)), ("Running", Some(750))]);
}

#[test]
fn a_clock_that_goes_back_tells_no_length() {
    let back = GITHUB.replace(
        "2026-11-20T09:15:12.2500000Z",
        "2026-11-20T09:14:09.0000000Z",
    );
    let steps = timeline(&back);
    let make = &steps.steps[1];
    assert!(
        make.begin_ns.is_some() && make.length_ns.is_none(),
        "{make:?}"
    );
}

#[test]
fn a_log_without_marks_is_a_step_if_it_is_one_of_several() {
    let second = "2026-11-20T09:16:00Z fine\n2026-11-20T09:16:30Z a.c:7:1: error: expected ';'\n";
    let steps = timeline_of(&[GITHUB, second], 1, None);
    let last = told(&steps).pop().unwrap();
    assert_eq!(last, ("step 1", 1, 2, Some(30_000), StepEnd::Unsaid));
    assert_eq!(steps.steps[3].log, 1);
    assert_eq!(steps.steps[1].name, "step 0: make");
}

#[test]
fn of_more_steps_than_fit_those_that_failed_are_kept_and_the_others_counted() {
    let mut text = String::new();
    for nth in 0..2 * STEPS_MAX {
        let second = nth % 60;
        text += &format!("2026-11-20T09:14:{second:02}Z ##[group]Run step {nth}\n");
    }
    text += "2026-11-20T09:15:00Z ##[error]Process completed with exit code 1.\n";
    let steps = timeline(&text);
    assert_eq!((steps.steps.len(), steps.left_out), (STEPS_MAX, STEPS_MAX));
    let last = steps.steps.last().unwrap();
    assert_eq!(last.name, format!("step {}", 2 * STEPS_MAX - 1));
    assert_eq!(last.end, StepEnd::Failed);
    assert_eq!(
        steps.steps[STEPS_MAX - 2].name,
        format!("step {}", STEPS_MAX - 2)
    );
}
