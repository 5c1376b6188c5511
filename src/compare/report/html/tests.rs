//! What the page must not contain, and what must be in it. How it looks is tested in a browser, by `tests/it/page.rs`.

use super::*;
use crate::compare::{
    baseline::{Measure, Rules, judge},
    samples::{report, typical},
};

fn page(report: &Report) -> String {
    let mut page = Vec::new();
    render(report, &mut page).unwrap();
    String::from_utf8(page).unwrap()
}

fn sample() -> Report {
    report(8, &typical(0.25, 0.40))
}

#[test]
fn the_page_needs_no_network_and_no_script() {
    let page = page(&sample());
    for word in [
        "http:", "https:", "<script", "@import", "url(", " onload", "src=",
    ] {
        assert!(!page.contains(word), "{word}");
    }
}

#[test]
fn nothing_of_a_pattern_a_name_or_a_command_becomes_html() {
    let mut hostile = sample();
    let evil = "\"><script>alert(1)</script>'\x1b";
    hostile.file.name = evil.into();
    hostile.command = evil.into();
    hostile.commands[0].command = evil.into();
    hostile.notes.push(evil.into());
    hostile.verdict = evil.into();
    let page = page(&hostile);
    assert!(!page.contains("<script"));
    assert!(!page.contains('\x1b'));
    assert!(page.contains("&lt;script&gt;"));
}

#[test]
fn every_trial_is_a_dot_and_every_chart_is_told_in_words() {
    let report = sample();
    let page = page(&report);
    let trials: usize = report
        .cells
        .iter()
        .flat_map(|cell| &cell.columns)
        .map(|column| column.trials.len())
        .chain(report.commands.iter().map(|command| command.trials.len()))
        .sum();
    assert_eq!(page.matches("<title>run ").count(), trials);
    let charts = page.matches("<svg role=\"img\"").count();
    assert_eq!(charts, 1 + 4 + 4 + 4 + 2);
    assert_eq!(page.matches("aria-label=\"").count(), charts + 4);
    assert_eq!(
        page.matches("<figure>").count(),
        page.matches("</figure>").count()
    );
    assert_eq!(
        page.matches("<section").count(),
        page.matches("</section>").count()
    );
    assert!(page.contains(&escaped(&report.verdict)));
}

#[test]
fn the_judgement_against_a_baseline_is_in_the_page() {
    let mut report = sample();
    let rules = Rules {
        measure: Measure::TimesTheLimit,
        max_regression: 0.1,
        force: false,
    };
    report.baseline = Some(judge(&report, &sample(), &rules).unwrap());
    assert!(page(&report).contains("Against the baseline"));
}

#[test]
fn one_thread_has_nothing_to_scale() {
    let mut report = sample();
    report.cells.retain(|cell| cell.threads == 1);
    report.commands.clear();
    assert!(!page(&report).contains("Scaling by threads"));
}
