//! All formats show the same findings, and none can be made to say more than that.

use super::*;
use crate::triage::{LogSummary, Provider, Severity, StepEnd, Timeline, TimelineStep};

fn finding(nth: u64, message: &str, excerpt: &[&str]) -> Finding {
    Finding {
        log: 0,
        first_line: nth * 10 + 1,
        last_line: nth * 10 + excerpt.len() as u64,
        line: nth * 10 + 1,
        rule: Some("gcc-error".into()),
        family: "compiler".into(),
        severity: Severity::Error,
        step: "make".into(),
        message: message.into(),
        source_file: Some("src/a,b:c.c".into()),
        source_line: Some(3),
        count: 1 + nth,
        score: 90,
        is_new: None,
        why: "rule gcc-error".into(),
        is_believed: true,
        context_before: Vec::new(),
        excerpt: (nth * 10 + 1..)
            .zip(excerpt)
            .enumerate()
            .map(|(importance, (line, &text))| ExcerptLine {
                line,
                text: text.into(),
                importance,
            })
            .collect(),
        retold: Vec::new(),
        fingerprint: 0xfeed + nth,
    }
}

fn report(findings: Vec<Finding>) -> Report {
    Report {
        findings,
        logs: vec![LogSummary {
            path: "build log.txt".into(),
            provider: Provider::Plain,
            lines: 100,
            bytes: 1000,
            outcome: None,
        }],
        has_baseline: false,
    }
}

fn written(write: impl FnOnce(&mut dyn io::Write) -> io::Result<()>) -> String {
    let mut bytes = Vec::new();
    write(&mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn all_formats_show_the_same_findings_and_count_the_others() {
    let mut findings = vec![
        finding(0, "first thing", &["a.c:3: first thing"]),
        finding(1, "second thing", &["a.c:3: second thing"]),
        finding(2, "weak thing", &["a.c:3: weak thing"]),
    ];
    findings[2].is_believed = false;
    let report = report(findings);
    for (which, shown) in [(Shown::Believed, 2), (Shown::All, 3)] {
        for page in [
            written(|w| text(&report, which, Style::Plain, w)),
            written(|w| jsonl(&report, which, w)),
            written(|w| github(&report, which, w)),
            written(|w| markdown(&report, which, w)),
            written(|w| html(&report, &Timeline::default(), which, w)),
            written(|w| sarif(&report, which, w)),
        ] {
            assert!(
                page.contains("first thing") && page.contains("second thing"),
                "{page}"
            );
            assert_eq!(page.contains("weak thing"), shown == 3, "{page}");
            let is_counted = page.contains("1 weaker finding hidden")
                || page.contains("\"hidden\": 1")
                || page.contains("\"hidden\":1");
            assert_eq!(is_counted, shown == 2, "{page}");
        }
    }
}

#[test]
fn text_numbers_the_lines_and_says_how_many_are_left_out() {
    let lines: Vec<String> = (0..40).map(|nth| format!("line {nth}")).collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let page = written(|w| {
        text(
            &report(vec![finding(0, "bad", &lines)]),
            Shown::Believed,
            Style::Plain,
            w,
        )
    });
    assert!(
        page.starts_with("1. src/a,b:c.c:3: bad\n   line 1 of build log.txt, step \"make\"\n"),
        "{page}"
    );
    assert!(page.contains("\n         1 | line 0\n"), "{page}");
    assert!(page.contains("10 more lines, up to 40\n"), "{page}");
    let page = written(|w| text(&report(Vec::new()), Shown::Believed, Style::Plain, w));
    assert_eq!(page, "no failure found\n");
}

#[test]
fn a_github_annotation_is_one_line_and_no_command_of_the_log() {
    let hostile = finding(
        0,
        "100% bad\n::warning::x\r",
        &["::set-output name=a::b", "c"],
    );
    let page = written(|w| github(&report(vec![hostile]), Shown::Believed, w));
    assert_eq!(page.lines().count(), 1, "{page}");
    assert!(
        page.starts_with(
            "::error file=src/a%2Cb%3Ac.c,line=3,title=gcc-error::100%25 bad%0A: :warning::x%0D%0A: :set-output name=a::b%0Ac%0A"
        ),
        "{page}"
    );
}

#[test]
fn github_gets_ten_errors_and_the_last_counts_the_rest() {
    for (count, want) in [(9, 9), (10, 10), (11, 10), (30, 10)] {
        let findings = (0..count).map(|nth| finding(nth, &format!("thing {nth}"), &["x"]));
        let page = written(|w| github(&report(findings.collect()), Shown::All, w));
        assert_eq!(page.lines().count(), want, "{page}");
        assert!(
            page.lines().all(|line| line.starts_with("::error")),
            "{page}"
        );
        let rest = format!("and {} more findings", count.max(9) - 9);
        assert_eq!(page.contains(&rest), count > 10, "{page}");
    }
    let page = written(|w| github(&report(Vec::new()), Shown::All, w));
    assert_eq!(page, "::notice::no failure found\n");
}

#[test]
fn markdown_stays_below_its_limit_and_shows_markup_as_text() {
    let hostile = finding(
        0,
        "<img src=x> `a` [b](c) **d**",
        &["```", "</details><script>"],
    );
    let page = written(|w| markdown(&report(vec![hostile]), Shown::Believed, w));
    assert!(
        !page.contains("<img") && !page.contains("`a`") && !page.contains("[b]"),
        "{page}"
    );
    assert!(page.contains("````text\n```\n"), "{page}");
    let long = "x".repeat(30_000);
    let many = (0..60).map(|nth| finding(nth, "bad", &[&long]));
    let page = written(|w| markdown(&report(many.collect()), Shown::Believed, w));
    assert!(page.len() < MARKDOWN_BYTES_MAX, "{}", page.len());
    assert!(
        page.contains("findings are left out"),
        "{}",
        &page[page.len() - 200..]
    );
}

#[test]
fn jsonl_is_an_object_per_finding_and_an_end() {
    let page = written(|w| {
        jsonl(
            &report(vec![finding(0, "bad \"x\"", &["a", "b"])]),
            Shown::Believed,
            w,
        )
    });
    let rows: Vec<serde_json::Value> = page
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0]["type"], "finding");
    assert_eq!(rows[0]["rank"], 1);
    assert_eq!(rows[0]["file"], "build log.txt");
    assert_eq!(
        (&rows[0]["first_line"], &rows[0]["last_line"]),
        (&1.into(), &2.into())
    );
    assert_eq!(rows[0]["message"], "bad \"x\"");
    assert_eq!(rows[0]["excerpt"], serde_json::json!(["a", "b"]));
    assert_eq!(
        (&rows[1]["type"], &rows[1]["schema"]),
        (&"end".into(), &1.into())
    );
}

#[test]
fn sarif_is_what_typed_sarif_readers_take() {
    let mut no_source = finding(1, "worse", &["x"]);
    no_source.source_file = None;
    no_source.rule = None;
    let page = written(|w| {
        sarif(
            &report(vec![finding(0, "bad", &["a"]), no_source]),
            Shown::Believed,
            w,
        )
    });
    let sarif: serde_sarif::sarif::Sarif = serde_json::from_str(&page).unwrap();
    let results = sarif.runs[0].results.as_ref().unwrap();
    assert_eq!(results.len(), 2);
    assert_eq!(results[0].message.text.as_deref(), Some("bad"));
    assert_eq!(results[0].rule_id.as_deref(), Some("gcc-error"));
    let value: serde_json::Value = serde_json::from_str(&page).unwrap();
    let results = &value["runs"][0]["results"];
    let place = |nth: usize| &results[nth]["locations"][0]["physicalLocation"];
    assert_eq!(place(0)["artifactLocation"]["uri"], "src/a%2Cb%3Ac.c");
    assert_eq!(place(0)["region"]["startLine"], 3);
    assert_eq!(place(1)["artifactLocation"]["uri"], "build%20log.txt");
    assert_eq!(
        results[0]["partialFingerprints"]["logscan/v1"],
        "000000000000feed"
    );
}

#[test]
fn nothing_in_a_log_acts_on_the_page() {
    let hostile = "</pre><script>alert(1)</script>\u{202e}\"'<img src=x onerror=alert(1)>&#60;b>";
    let mut findings = vec![finding(0, hostile, &[hostile]), finding(1, "x", &["x"])];
    let first = &mut findings[0];
    for text in [&mut first.family, &mut first.step, &mut first.why] {
        *text = hostile.into();
    }
    first.rule = Some(hostile.into());
    first.source_file = Some(hostile.into());
    first.first_line += 1;
    first.context_before = vec![hostile.into()];
    let mut report = report(findings);
    report.logs[0].path = hostile.into();
    let timeline = Timeline {
        steps: vec![TimelineStep {
            log: 0,
            name: hostile.into(),
            first_line: 1,
            last_line: 2,
            begin_ns: Some(i64::MIN),
            length_ns: Some(i64::MAX),
            end: StepEnd::Failed,
        }],
        left_out: 3,
    };
    let page = written(|w| html(&report, &timeline, Shown::All, w));
    for order in ["<script", "<img", "\u{202e}", "&#60;b>"] {
        assert!(!page.contains(order), "{order}: {page}");
    }
    assert!(
        page.contains("&lt;script&gt;alert(1)&lt;/script&gt;\\u202e"),
        "{page}"
    );
    assert!(page.contains("Steps that are not shown: 3."), "{page}");
}
