//! Checks what the page must not contain, and what must be in it. `tests/it/page.rs` tests in a
//! browser how it looks.

use super::*;
use crate::compare::{
    baseline::{Rules, judge},
    record::Measure,
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

/// Returns the numbers of an attribute in all elements that begin with `tag`.
fn numbers(svg: &str, tag: &str, attribute: &str) -> Vec<f64> {
    let mark = format!(" {attribute}=\"");
    let after = svg.split(tag).skip(1);
    after
        .map(|rest| {
            let element = &rest[..rest.find('>').expect("an element ends")];
            let value = element.split(&mark).nth(1).expect("it has the attribute");
            let value = &value[..value.find('"').expect("a quote ends")];
            value.parse().expect("pixels")
        })
        .collect()
}

#[test]
fn no_line_of_a_grid_goes_through_the_line_of_a_label() {
    /// How far a letter reaches above and below the place where it stands, in pixels.
    const LETTER_PX: (f64, f64) = (11.0, 3.0);
    let page = page(&sample());
    let mut crossings = 0;
    for svg in page.split("<svg role=\"img\"").skip(1) {
        let svg = &svg[..svg.find("</figure>").expect("a figure ends")];
        let labels = numbers(svg, "<text", "y");
        assert!(labels.len() > 2);
        for class in ["grid", "one"] {
            let tag = format!("<line class=\"{class}\"");
            let (from, to) = (numbers(svg, &tag, "y1"), numbers(svg, &tag, "y2"));
            for (from, to) in from.into_iter().zip(to) {
                for label in &labels {
                    let is_apart = to < label - LETTER_PX.0 || from > label + LETTER_PX.1;
                    crossings += u32::from(!is_apart);
                }
            }
        }
    }
    assert_eq!(crossings, 0);
}

#[test]
fn print_keeps_headings_with_what_they_are_about() {
    let print = page::STYLE
        .split("@media print")
        .nth(1)
        .expect("there are rules for print");
    for rule in [
        "h2, h3, thead, .charts > .small, .legend { break-after: avoid; }",
        "figure, tr, dl, .small, .legend, section > p { break-inside: avoid; }",
    ] {
        assert!(print.contains(rule), "{rule}");
    }
}
