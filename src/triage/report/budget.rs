//! The best evidence that fits a budget: for programs that pay by the token, and for people in a
//! hurry.
//!
//! ```text
//! build.log: github, 3155 lines, the build failed
//! 1. src/cart.rs:88: cart::tests::discount_is_rounded_down (line 34, step "cargo test")
//!    6 | Complete job name: test
//! ... 18 lines
//!   25 | test cart::tests::discount_is_rounded_down ... FAILED
//! left out: 2 findings, 3010 lines; `logscan --lines 26-40 build.log` prints more
//! ```
//! The heads of findings come first, then lines by their weight, whatever fits. What is printed is
//! in the order of the log.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap, HashMap},
    io,
};

use super::{headline, name, nothing};
use crate::{
    budget::{Budget, PageOptions, Purse, elided},
    harmless::{for_programs, log_argument},
    line::to_u64,
    templates::report::counted,
    triage::{Evidence, Finding, Report, evidence::EvidenceLine, provider::Outcome},
};

/// How many logs have a head; more are counted. Each costs what a line of evidence costs.
const LOGS_MAX: usize = 3;

/// How many findings have a head.
const HEADS_MAX: usize = 8;

/// How many characters of a finding its head has at most where there is little room.
const SHORT_CHARS_MAX: usize = 120;

/// How many lines the advice at the end asks for, and how many of them stand before the line that it
/// is about.
const LINES_ADVISED: u64 = 40;
const LINES_BEFORE: u64 = 10;

/// How long a line may be, in characters, by its weight. The middle of a longer one is left out.
const HEAVY_CHARS_MAX: usize = 480;
const MIDDLE_CHARS_MAX: usize = 280;
const LIGHT_CHARS_MAX: usize = 200;

/// From which weight on a line is heavy, or of middle weight.
const HEAVY: u32 = 860;
const MIDDLE: u32 = 250;

/// By how much a line weighs less for each chosen line that says nearly the same, unless it weighs
/// so much that it is needed in any case.
const REPEAT_STEP: u32 = 120;
const NEEDED: u32 = 960;

/// Writes the best evidence that fits a budget: never more.
///
/// # Errors
/// Those of the writer.
pub fn budget(
    report: &Report,
    evidence: &Evidence,
    options: &PageOptions,
    writer: &mut dyn io::Write,
) -> io::Result<()> {
    let mut page = Page::new(report, options.budget);
    for head in heads_of_logs(report) {
        page.add_head(&[head]);
    }
    if report.findings.is_empty() {
        page.add_head(&[nothing(report)]);
        return writer.write_all(page.heads.as_bytes());
    }
    let believed = report.believed().count();
    let heads = report.findings.iter().take(believed.clamp(1, HEADS_MAX));
    for (nth, finding) in heads.enumerate() {
        page.add_head(&[
            of_finding(report, finding, nth),
            of_finding_in_short(finding, nth),
        ]);
    }
    let lines = evidence.lines.iter();
    let mut heap: BinaryHeap<(u32, Reverse<(usize, u64)>)> = lines
        .map(|(&at, line)| (line.weight, Reverse(at)))
        .collect();
    while let Some((weight, Reverse(at))) = heap.pop() {
        let line = &evidence.lines[&at];
        // What has been chosen since may have made it lighter.
        let now = page.weight_of(line);
        match now < weight {
            true => heap.push((now, Reverse(at))),
            false => page.add_line(at, line),
        }
    }
    writer.write_all(page.text(report, evidence, options).as_bytes())
}

/// The logs, and how their builds ended. Many logs are counted: which one has a failure, its finding
/// says.
fn heads_of_logs(report: &Report) -> Vec<String> {
    let logs = &report.logs;
    if logs.len() <= LOGS_MAX {
        return (0..logs.len()).map(|log| of_log(report, log)).collect();
    }
    let failed = logs
        .iter()
        .filter(|log| log.outcome == Some(Outcome::Failure));
    let failed = match failed.count() {
        0 => String::new(),
        1 => ", 1 says that it failed".into(),
        failed => format!(", {failed} say that they failed"),
    };
    let lines: u64 = logs.iter().map(|log| log.lines).sum();
    vec![format!("{} logs, {lines} lines{failed}", logs.len())]
}

/// A log, and how its build ended.
fn of_log(report: &Report, log: usize) -> String {
    let log = &report.logs[log];
    let ended = match log.outcome {
        Some(Outcome::Failure) => ", the build failed",
        Some(Outcome::Success) => ", the build went well",
        None => "",
    };
    format!("{}: {} lines{ended}", name(log), log.lines)
}

/// The head of a finding.
fn of_finding(report: &Report, finding: &Finding, nth: usize) -> String {
    let log = match report.logs.len() {
        1 => String::new(),
        _ => format!(" of {}", name(&report.logs[finding.log])),
    };
    let step = match finding.step.is_empty() {
        true => String::new(),
        false => format!(", step \"{}\"", finding.step),
    };
    let count = match finding.count {
        0 | 1 => String::new(),
        count => format!(", {count} times"),
    };
    let news = match finding.is_new {
        Some(true) => ", new since baseline",
        Some(false) => ", also in the baseline",
        None => "",
    };
    let head = elided(&headline(finding), MIDDLE_CHARS_MAX);
    format!(
        "{}. {head} (line {}{log}{step}{count}{news})",
        nth + 1,
        finding.line
    )
}

/// The same where there is little room.
fn of_finding_in_short(finding: &Finding, nth: usize) -> String {
    let head = elided(&headline(finding), SHORT_CHARS_MAX);
    format!("{}. {head} (line {})", nth + 1, finding.line)
}

/// What has been chosen so far, and how much of the budget is left.
struct Page {
    /// The row that stands above the lines of each log, if there are several.
    names: Vec<String>,
    purse: Purse,
    heads: String,
    lines: BTreeMap<(usize, u64), String>,
    /// How often a line of a shape was chosen.
    said: HashMap<String, u32>,
}

impl Page {
    fn new(report: &Report, budget: Budget) -> Page {
        let logs = report.logs.iter().filter(|_| report.logs.len() > 1);
        Page {
            names: logs
                .map(|log| format!("{}:\n", for_programs(&name(log))))
                .collect(),
            purse: Purse::new(budget),
            heads: String::new(),
            lines: BTreeMap::new(),
            said: HashMap::new(),
        }
    }

    /// Adds the first of some texts that fits.
    fn add_head(&mut self, texts: &[String]) {
        let rows = texts.iter().map(|text| format!("{}\n", for_programs(text)));
        for row in rows {
            if self.purse.pay(&row) {
                self.heads.push_str(&row);
                return;
            }
        }
    }

    fn add_line(&mut self, at: (usize, u64), line: &EvidenceLine) {
        let chars_max = match line.weight {
            HEAVY.. => HEAVY_CHARS_MAX,
            MIDDLE.. => MIDDLE_CHARS_MAX,
            _ => LIGHT_CHARS_MAX,
        };
        let text = for_programs(&elided(&line.text, chars_max));
        let row = format!("{:>5} | {text}\n", at.1);
        // Each gap may cost a mark, and the first line of a log its name.
        let of_log = (at.0, 0)..=(at.0, u64::MAX);
        let mark = match self.lines.range(of_log).next() {
            Some(_) => mark_before(&self.lines, at),
            None => self.names.get(at.0).cloned().unwrap_or_default(),
        };
        if self.purse.pay(&format!("{row}{mark}")) {
            *self.said.entry(shape_of(&line.text)).or_default() += 1;
            self.lines.insert(at, row);
        }
    }

    /// What a line weighs behind those that have been chosen.
    fn weight_of(&self, line: &EvidenceLine) -> u32 {
        if line.weight >= NEEDED {
            return line.weight;
        }
        let said = self.said.get(&shape_of(&line.text));
        let repeats = said.copied().unwrap_or(0);
        line.weight
            .saturating_sub(repeats.saturating_mul(REPEAT_STEP))
    }

    /// All that fits, in the order of the logs.
    fn text(self, report: &Report, evidence: &Evidence, options: &PageOptions) -> String {
        let mut text = self.heads;
        let mut last: Option<(usize, u64)> = None;
        for (&(log, number), row) in &self.lines {
            match last {
                Some((of, before)) if of == log && before + 1 < number => {
                    text.push_str(&gap(number - before - 1));
                }
                Some((of, _)) if of == log => {}
                _ => text.push_str(self.names.get(log).map_or("", String::as_str)),
            }
            last = Some((log, number));
            text.push_str(row);
        }
        self.purse
            .finish(&mut text, &feet(report, evidence, &self.lines, options));
        text
    }
}

/// The mark for so many lines that are left out.
fn gap(lines: u64) -> String {
    match lines {
        1 => "... 1 line\n".into(),
        lines => format!("... {lines} lines\n"),
    }
}

/// What a line that is not the first of its log costs besides itself, at the most: the mark before it.
fn mark_before(lines: &BTreeMap<(usize, u64), String>, at: (usize, u64)) -> String {
    let (log, number) = at;
    let before = lines
        .range(..at)
        .next_back()
        .filter(|((of, _), _)| *of == log);
    let is_next = before.is_some_and(|((_, before), _)| before + 1 == number);
    let behind = lines.range(at..).next().filter(|((of, _), _)| *of == log);
    let is_before = behind.is_some_and(|((_, behind), _)| number + 1 == *behind);
    match is_next || is_before {
        true => String::new(),
        false => gap(u64::from(u32::MAX)),
    }
}

/// What is left out, and how to get it; then the same in fewer words.
fn feet(
    report: &Report,
    evidence: &Evidence,
    shown: &BTreeMap<(usize, u64), String>,
    options: &PageOptions,
) -> Vec<String> {
    let is_shown = |finding: &Finding| shown.contains_key(&(finding.log, finding.line));
    let findings = report.findings.iter().filter(|finding| !is_shown(finding));
    let findings = findings.count();
    let all: u64 = report.logs.iter().map(|log| log.lines).sum();
    let lines = all.saturating_sub(to_u64(shown.len()));
    if lines == 0 {
        return Vec::new();
    }
    let next = evidence
        .lines
        .iter()
        .filter(|(at, _)| !shown.contains_key(at));
    let next = next.max_by_key(|(at, line)| (line.weight, Reverse(**at)));
    let (log, number) = next.map_or((0, 1), |(&at, _)| at);
    let from = number.saturating_sub(LINES_BEFORE).max(1);
    let to = from + LINES_ADVISED;
    // Of some times or bytes only, a log has fewer lines than their numbers say.
    let of_log = evidence.lines.range((log, 0)..=(log, u64::MAX));
    let last = of_log.map(|((_, number), _)| *number).next_back();
    let to = match report.logs[log].lines {
        lines if last <= Some(lines) => to.min(lines.max(from)),
        _ => to,
    };
    let findings = match findings {
        0 => String::new(),
        1 => "1 finding, ".into(),
        findings => format!("{findings} findings, "),
    };
    let left_out = format!("left out: {findings}{}", counted(lines, "line"));
    let mut feet = Vec::new();
    if let Some(flags) = &options.flags {
        let log = log_argument(options.one_log.as_deref(), &report.logs[log].path);
        for log in log.iter().map(String::as_str).chain(["LOG"]) {
            feet.push(format!(
                "{left_out}; logscan {flags}--lines {from}-{to} {log} prints more\n"
            ));
        }
    }
    feet.push(format!("{left_out}\n"));
    feet
}

/// A text without what differs between lines that say the same: numbers, and what stands in quotes.
/// A path stays, because it may be the name of a test.
fn shape_of(text: &str) -> String {
    let mut shape = String::with_capacity(text.len());
    let mut quote = None;
    for word in text.split_whitespace() {
        shape.push(' ');
        for c in word.chars() {
            match (quote, c) {
                (Some(open), c) if open == c => quote = None,
                (Some(_), _) => {}
                (None, '"' | '`') => quote = Some(c),
                (None, c) if c.is_ascii_digit() => {}
                (None, c) => shape.push(c),
            }
        }
    }
    shape
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::triage::{LogSummary, Provider, Severity};

    fn report(findings: usize) -> Report {
        let finding = |nth: usize| Finding {
            log: 0,
            first_line: 10 * to_u64(nth) + 1,
            last_line: 10 * to_u64(nth) + 3,
            line: 10 * to_u64(nth) + 2,
            rule: None,
            family: String::new(),
            severity: Severity::Error,
            step: "test".into(),
            message: format!("no rate {nth}"),
            source_file: None,
            source_line: None,
            count: 1,
            score: 0,
            is_new: None,
            why: String::new(),
            is_believed: nth < 3,
            context_before: Vec::new(),
            excerpt: Vec::new(),
            retold: Vec::new(),
            fingerprint: 0,
        };
        Report {
            findings: (0..findings).map(finding).collect(),
            logs: vec![LogSummary {
                path: "build.log".into(),
                provider: Provider::Plain,
                lines: 500,
                bytes: 9000,
                outcome: Some(Outcome::Failure),
            }],
            has_baseline: false,
        }
    }

    fn evidence(lines: &[(u64, u32, String)]) -> Evidence {
        let lines = lines.iter().map(|(number, weight, text)| {
            let line = EvidenceLine {
                text: text.clone(),
                weight: *weight,
            };
            ((0, *number), line)
        });
        Evidence {
            lines: lines.collect(),
        }
    }

    fn page(findings: usize, lines: &[(u64, u32, String)], size: Budget) -> String {
        shown(&report(findings), &evidence(lines), size)
    }

    fn shown(report: &Report, evidence: &Evidence, size: Budget) -> String {
        let mut page = Vec::new();
        budget(report, evidence, &size.into(), &mut page).unwrap();
        String::from_utf8(page).unwrap()
    }

    /// A report on so many logs of these names, with the lines and findings of one spread over all.
    fn of_logs(
        names: &[String],
        findings: usize,
        lines: &[(u64, u32, String)],
    ) -> (Report, Evidence) {
        let mut report = report(findings);
        let of_one = report.logs.remove(0);
        report.logs = (names.iter())
            .map(|name| LogSummary {
                path: name.into(),
                ..of_one.clone()
            })
            .collect();
        for (nth, finding) in report.findings.iter_mut().enumerate() {
            finding.log = nth % names.len();
        }
        let lines = evidence(lines).lines.into_iter().enumerate();
        let lines = lines.map(|(nth, ((_, number), line))| ((nth % names.len(), number), line));
        let evidence = Evidence {
            lines: lines.collect(),
        };
        (report, evidence)
    }

    #[test]
    fn the_heaviest_lines_that_fit_stand_in_the_order_of_the_log() {
        let lines = [
            (7, 500, "b".to_owned()),
            (3, 900, "##[error]a ::x".to_owned()),
            (4, 10, "c".to_owned()),
            (400, 800, "d".to_owned()),
        ];
        let want = "build.log: 500 lines, the build failed\n\
            1. no rate 0 (line 2, step \"test\")\n    \
            3 | ##[error]a ::x\n    4 | c\n... 2 lines\n    7 | b\n... 392 lines\n  400 | d\n\
            left out: 1 finding, 496 lines; logscan --lines 1-41 build.log prints more\n";
        assert_eq!(page(1, &lines, Budget::Tokens(300)), want);
        // One line is for the foot.
        let want = "build.log: 500 lines, the build failed\n\
            1. no rate 0 (line 2, step \"test\")\n    3 | ##[error]a ::x\n    4 | c\n\
            left out: 1 finding, 498 lines; logscan --lines 390-430 build.log prints more\n";
        assert_eq!(page(1, &lines, Budget::Lines(5)), want);
    }

    #[test]
    fn of_lines_that_say_nearly_the_same_few_are_printed_before_others() {
        let alike = |nth: u64| (nth, 900, format!("error: no 'x{nth}' in {nth}"));
        let mut lines: Vec<_> = (1..100).map(alike).collect();
        lines.push((300, 300, "made by hand".into()));
        let page = page(1, &lines, Budget::Tokens(200));
        assert!(page.contains("made by hand"), "{page}");
    }

    #[test]
    fn the_middle_of_a_long_line_is_left_out_with_a_mark() {
        let text = format!("begin {} end", "x".repeat(1000));
        let page = page(1, &[(1, 300, text)], Budget::Tokens(300));
        assert!(
            page.contains("begin xxx") && page.contains("xxx end"),
            "{page}"
        );
        assert!(page.contains("[... 730 characters ...]"), "{page}");
    }

    #[test]
    fn of_many_logs_the_failure_is_shown_before_their_names() {
        let names: Vec<String> = (0..144)
            .map(|nth| format!("logs.zip!test (ubuntu-latest, python 3.{nth})/3_Run the tests.txt"))
            .collect();
        let (report, evidence) = of_logs(&names, 1, &[(2, 900, "no rate 0 is here".into())]);
        let page = shown(&report, &evidence, Budget::Tokens(200));
        let want = "144 logs, 72000 lines, 144 say that they failed\n\
            1. no rate 0 (line 2 of logs.zip!test (ubuntu-latest, python 3.0)/3_Run the tests.txt, step \"test\")\n\
            logs.zip!test (ubuntu-latest, python 3.0)/3_Run the tests.txt:\n    \
            2 | no rate 0 is here\n\
            left out: 71999 lines; logscan --lines 1-41 \
            'logs.zip!test (ubuntu-latest, python 3.0)/3_Run the tests.txt' prints more\n";
        assert_eq!(page, want);
    }

    #[test]
    fn what_is_left_out_is_said_though_the_name_of_the_log_is_long() {
        let (report, evidence) = of_logs(&["d".repeat(500)], 1, &[(2, 900, "a".into())]);
        let page = shown(&report, &evidence, Budget::Tokens(200));
        let foot = "left out: 499 lines; logscan --lines 1-41 LOG prints more\n";
        assert!(page.ends_with(foot), "{page}");
    }

    #[test]
    fn a_finding_says_whether_it_is_new_since_the_baseline() {
        let mut report = report(2);
        report.findings[0].is_new = Some(true);
        report.findings[1].is_new = Some(false);
        let page = shown(&report, &evidence(&[]), Budget::Tokens(200));
        assert!(page.contains("1. no rate 0 (line 2, step \"test\", new since baseline)\n"));
        assert!(page.contains("2. no rate 1 (line 12, step \"test\", also in the baseline)\n"));
    }

    proptest! {
        #[test]
        fn no_page_is_larger_than_its_budget(
            lines in prop::collection::vec((1u64..500, 0u32..1100, ".{0,300}"), 0..60),
            findings in 0usize..12,
            names in prop::collection::vec("[a-z!/ ]{1,120}", 1..30),
            size in prop_oneof![
                (200u64..3000).prop_map(Budget::Tokens),
                (800u64..9000).prop_map(Budget::Bytes),
                (5u64..80).prop_map(Budget::Lines),
            ],
        ) {
            let (report, evidence) = of_logs(&names, findings, &lines);
            let text = shown(&report, &evidence, size);
            prop_assert!(size.cost(&text) <= size.limit(), "{size:?} {text}");
        }
    }
}
