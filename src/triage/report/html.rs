//! A page: one file that needs no network and no script, with the failure first, then the steps of
//! the build as a timeline, and the logs if there are several.
//!
//! Colours are never alone: a word says how grave a finding is, `>` marks the line that says it
//! best, and each bar has its text.

use std::{
    collections::HashSet,
    fmt::{self, Write as _},
    io::{self, Write as _},
};

use jiff::Timestamp;

use super::{
    BlockPart, BlockRow, Shown, block_rows, count_note, headline, hidden_note, more_lines, name,
    nothing, place, shown,
};
use crate::{
    harmless::ForRunners,
    page::{self, escaped},
    triage::{Finding, LogSummary, Outcome, Report, Severity, StepEnd, Timeline, TimelineStep},
};

/// How many logs are named, and how many other places of a finding; the others are counted.
const LOGS_MAX: usize = 50;
const RETOLD_MAX: usize = 10;

/// A bar that is narrower, in per cent of the width, could not be seen.
const BAR_PERCENT_MIN: f64 = 0.4;

/// How long a day is, as all times are in UTC.
const DAY_NS: i64 = 24 * 3600 * 1_000_000_000;

/// Writes `report` as a page. The steps are those of `timeline`: [`Triaged::timeline`].
///
/// # Errors
/// Those of the writer.
///
/// [`Triaged::timeline`]: crate::triage::Triaged::timeline
pub fn html(
    report: &Report,
    timeline: &Timeline,
    which: Shown,
    writer: &mut dyn io::Write,
) -> io::Result<()> {
    let mut page = String::new();
    write_page(report, timeline, which, &mut page).expect("writing to a String does not fail");
    ForRunners::text(writer).write_all(page.as_bytes())
}

fn write_page(report: &Report, timeline: &Timeline, which: Shown, out: &mut String) -> fmt::Result {
    let (findings, hidden) = shown(report, which);
    let title = title(report);
    page::head(&title, out)?;
    writeln!(
        out,
        "<header>\n<p class=\"kind\">logscan triage</p>\n<h1>{}</h1>\n</header>\n<main>",
        escaped(&title)
    )?;
    summary(report, out)?;
    if findings.is_empty() {
        writeln!(out, "<p>{}</p>", escaped(&nothing(report)))?;
    }
    for (nth, found) in findings.iter().enumerate() {
        finding(report, found, nth, out)?;
    }
    if let Some(note) = hidden_note(hidden) {
        writeln!(out, "<p class=\"small\">{note}</p>")?;
    }
    steps(timeline, out)?;
    logs(report, &findings, out)?;
    writeln!(out, "</main>\n</body>\n</html>")
}

/// What the logs are called, and how the build ended.
fn title(report: &Report) -> String {
    let what = match &report.logs[..] {
        [log] => name(log),
        logs => format!("{} logs", logs.len()),
    };
    let has = |outcome| report.logs.iter().any(|log| log.outcome == Some(outcome));
    match (has(Outcome::Failure), has(Outcome::Success)) {
        (true, _) => format!("{what}: the build failed"),
        (false, true) => format!("{what}: the build went well"),
        (false, false) => what,
    }
}

/// What the logs are: one as a list of facts, several counted, as their list comes last.
fn summary(report: &Report, out: &mut String) -> fmt::Result {
    writeln!(out, "<dl>")?;
    match &report.logs[..] {
        [log] => writeln!(out, "<dt>log</dt><dd>{}</dd>", escaped(&told(log)))?,
        logs => writeln!(out, "<dt>logs</dt><dd>{}</dd>", counted_ends(logs))?,
    }
    let compared = match report.has_baseline {
        true => "the findings say what is new",
        false => "none: logscan triage --baseline GREEN says what is new",
    };
    writeln!(out, "<dt>baseline</dt><dd>{compared}</dd>\n</dl>")
}

/// `build.log: GitHub Actions, 50 lines, 3000 bytes, failed`.
fn told(log: &LogSummary) -> String {
    let LogSummary {
        provider,
        lines,
        bytes,
        ..
    } = log;
    let ended = match log.outcome {
        Some(Outcome::Failure) => "failed",
        Some(Outcome::Success) => "went well",
        None => "does not say how it ended",
    };
    let name = name(log);
    format!("{name}: {provider}, {lines} lines, {bytes} bytes, {ended}")
}

/// `144 logs: 1 failed, 3 went well`.
fn counted_ends(logs: &[LogSummary]) -> String {
    let count = |outcome| logs.iter().filter(|log| log.outcome == outcome).count();
    let ends = [
        (count(Some(Outcome::Failure)), "failed"),
        (count(Some(Outcome::Success)), "went well"),
        (count(None), "without a word on how they ended"),
    ];
    let ends = ends.iter().filter(|(count, _)| *count > 0);
    let ends: Vec<String> = ends.map(|(count, end)| format!("{count} {end}")).collect();
    match logs.len() {
        0 => "0 logs".into(),
        count => format!("{count} logs: {}", ends.join(", ")),
    }
}

/// The list of several logs: those that failed first, and then those with findings.
fn logs(report: &Report, findings: &[&Finding], out: &mut String) -> fmt::Result {
    if report.logs.len() < 2 {
        return Ok(());
    }
    let with_findings: HashSet<usize> = findings.iter().map(|finding| finding.log).collect();
    let mut logs: Vec<(usize, &LogSummary)> = report.logs.iter().enumerate().collect();
    // Logs of the same sort stay in their order.
    logs.sort_by_key(|(nth, log)| {
        let failed = log.outcome == Some(Outcome::Failure);
        (!failed, !with_findings.contains(nth))
    });
    writeln!(out, "<section>\n<h2>Logs</h2>\n<ul class=\"small\">")?;
    for (_, log) in logs.iter().take(LOGS_MAX) {
        writeln!(out, "<li>{}</li>", escaped(&told(log)))?;
    }
    writeln!(out, "</ul>")?;
    let more = logs.len().saturating_sub(LOGS_MAX);
    if more > 0 {
        writeln!(
            out,
            "<p class=\"small\">Logs that are not shown: {more}.</p>"
        )?;
    }
    writeln!(out, "</section>")
}

fn finding(report: &Report, finding: &Finding, nth: usize, out: &mut String) -> fmt::Result {
    let class = class_of(finding.severity);
    writeln!(
        out,
        "<section>\n<h2>{}. {}</h2>\n<ul class=\"legend\">",
        nth + 1,
        escaped(&headline(finding))
    )?;
    writeln!(
        out,
        "<li><svg aria-hidden=\"true\"><rect class=\"{class}\" width=\"12\" height=\"12\" rx=\"2\"/></svg>{}</li>",
        finding.severity.name()
    )?;
    if let Some(rule) = &finding.rule {
        writeln!(
            out,
            "<li>rule {}, family {}</li>",
            escaped(rule),
            escaped(&finding.family)
        )?;
    }
    match finding.is_new {
        Some(true) => writeln!(out, "<li><b>new since the baseline</b></li>")?,
        Some(false) => writeln!(out, "<li>also in the baseline</li>")?,
        None => {}
    }
    writeln!(out, "</ul>\n<dl>")?;
    let mut at = place(report, finding);
    if let Some(count) = count_note(finding) {
        at = format!("{at}, {count}");
    }
    writeln!(out, "<dt>log</dt><dd>{}</dd>", escaped(&at))?;
    if let Some(file) = &finding.source_file {
        let line = finding.source_line.map(|line| format!(":{line}"));
        let line = line.unwrap_or_default();
        writeln!(
            out,
            "<dt>source</dt><dd><code>{}{line}</code></dd>",
            escaped(file)
        )?;
    }
    if !finding.step.is_empty() {
        writeln!(out, "<dt>step</dt><dd>{}</dd>", escaped(&finding.step))?;
    }
    writeln!(out, "<dt>why</dt><dd>{}</dd>", escaped(&finding.why))?;
    if !finding.retold.is_empty() {
        writeln!(out, "<dt>told again</dt><dd>{}</dd>", retold(finding))?;
    }
    writeln!(out, "</dl>")?;
    block(finding, class, out)?;
    writeln!(out, "</section>")
}

/// The class of the style that has the colour of a severity.
fn class_of(severity: Severity) -> &'static str {
    match severity {
        Severity::Fatal => "fatal",
        Severity::Error => "error",
        Severity::Warning => "warn",
        Severity::Symptom => "info",
        Severity::Noise => "trace",
    }
}

/// `line 25, lines 40 to 42 and 3 more places`.
fn retold(finding: &Finding) -> String {
    let places = finding.retold.iter().take(RETOLD_MAX);
    let text = places.map(|&(first, last)| lines(first, last));
    let text = text.collect::<Vec<_>>().join(", ");
    match finding.retold.len().saturating_sub(RETOLD_MAX) {
        0 => text,
        1 => format!("{text} and 1 more place"),
        more => format!("{text} and {more} more places"),
    }
}

/// `line 25`, `lines 40 to 42`.
fn lines(first: u64, last: u64) -> String {
    match first == last {
        true => format!("line {first}"),
        false => format!("lines {first} to {last}"),
    }
}

fn block(finding: &Finding, class: &str, out: &mut String) -> fmt::Result {
    // Lines that are wider than a phone scroll by themselves, also with the keyboard.
    write!(
        out,
        "<pre class=\"block {class}\" role=\"region\" tabindex=\"0\" aria-label=\"The lines of the failure\">"
    )?;
    for row in block_rows(finding, usize::MAX) {
        match row {
            BlockRow::Line { number, text, part } => {
                let (open, sign, close) = match part {
                    BlockPart::Context => ("<span class=\"soft\">", " ", "</span>"),
                    BlockPart::Line => ("", "|", ""),
                    BlockPart::Headline => ("<mark>", "&gt;", "</mark>"),
                };
                writeln!(out, "{open}{number:>7} {sign} {}{close}", escaped(text))?;
            }
            BlockRow::LeftOut(count) => {
                writeln!(
                    out,
                    "<span class=\"soft\">        … {}</span>",
                    more_lines(count)
                )?;
            }
            BlockRow::More(count) => writeln!(
                out,
                "<span class=\"soft\">        … {}, up to {}</span>",
                more_lines(count),
                finding.last_line
            )?,
        }
    }
    writeln!(out, "</pre>")
}

fn steps(timeline: &Timeline, out: &mut String) -> fmt::Result {
    writeln!(out, "<section>\n<h2>Steps</h2>")?;
    let span = Span::of(timeline);
    let clock = Clock::of(timeline);
    let told = match (&span, timeline.steps.is_empty()) {
        (_, true) => "The log names no steps.".to_owned(),
        (None, false) => "The lines that begin and end them have no times.".to_owned(),
        (Some(span), false) => format!(
            "From {}, {}. Clocks are in UTC; a time that names no zone stands as the log has it.",
            clock.range(span.begin_ns, span.length_ns),
            length(span.length_ns)
        ),
    };
    writeln!(out, "<p class=\"small\">{told}</p>")?;
    if !timeline.steps.is_empty() {
        writeln!(out, "<ol class=\"steps\">")?;
        for one in &timeline.steps {
            step(one, (span.as_ref(), clock), out)?;
        }
        writeln!(out, "</ol>")?;
    }
    if timeline.left_out > 0 {
        writeln!(
            out,
            "<p class=\"small\">Steps that are not shown: {}.</p>",
            timeline.left_out
        )?;
    }
    writeln!(out, "</section>")
}

fn step(
    step: &TimelineStep,
    (span, clock): (Option<&Span>, Clock),
    out: &mut String,
) -> fmt::Result {
    let (class, word) = match step.end {
        StepEnd::Failed => ("error", "<b>failed:</b> "),
        StepEnd::WentWell => ("bar", ""),
        StepEnd::Skipped => ("limit", "skipped: "),
        StepEnd::Aftermath => ("limit", "afterwards: "),
        StepEnd::Unsaid => ("bar", ""),
    };
    let took = match step.length_ns {
        Some(length_ns) => format!("<b class=\"took\">{}</b>", length(length_ns)),
        None => String::new(),
    };
    let when = match (step.begin_ns, step.length_ns) {
        (Some(begin_ns), Some(length_ns)) => {
            format!(", {}", clock.range(begin_ns, length_ns))
        }
        (Some(begin_ns), None) => format!(", from {}", clock.shown(begin_ns)),
        (None, _) => String::new(),
    };
    writeln!(
        out,
        "<li>{took}{word}{} <span class=\"small\">{}{when}</span>",
        escaped(&step.name),
        lines(step.first_line, step.last_line)
    )?;
    if let (Some(span), Some(begin_ns), Some(length_ns)) = (span, step.begin_ns, step.length_ns) {
        let width = span.percent(length_ns).max(BAR_PERCENT_MIN);
        let x = span
            .percent(begin_ns.saturating_sub(span.begin_ns))
            .min(100.0 - width);
        writeln!(
            out,
            "<svg aria-hidden=\"true\" height=\"10\"><line class=\"track\" x1=\"0\" x2=\"100%\" y1=\"5\" y2=\"5\"/>\
             <rect class=\"{class}\" x=\"{x:.3}%\" width=\"{width:.3}%\" height=\"10\" rx=\"2\"/></svg>"
        )?;
    }
    writeln!(out, "</li>")
}

/// The time from the first begin of a step to the last end of one.
struct Span {
    begin_ns: i64,
    length_ns: i64,
}

impl Span {
    fn of(timeline: &Timeline) -> Option<Span> {
        let mut timed = timeline
            .steps
            .iter()
            .filter_map(|step| Some((step.begin_ns?, step.length_ns?)));
        let first = timed.next()?;
        let end = |(begin_ns, length_ns): (i64, i64)| begin_ns.saturating_add(length_ns);
        let (begin_ns, end_ns) = timed.fold((first.0, end(first)), |(from, to), step| {
            (from.min(step.0), to.max(end(step)))
        });
        Some(Span {
            begin_ns,
            length_ns: end_ns.saturating_sub(begin_ns),
        })
    }

    fn percent(&self, length_ns: i64) -> f64 {
        length_ns as f64 / self.length_ns.max(1) as f64 * 100.0
    }
}

/// How times are shown: with their days where the steps are not all of one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Clock {
    /// `09:14:02`.
    OfDay,
    /// `2026-11-20 09:14:02`.
    WithDate,
}

impl Clock {
    fn of(timeline: &Timeline) -> Clock {
        let times = timeline.steps.iter().flat_map(|step| {
            let end_ns = step.begin_ns.zip(step.length_ns);
            let end_ns = end_ns.map(|(begin_ns, length_ns)| begin_ns.saturating_add(length_ns));
            step.begin_ns.into_iter().chain(end_ns)
        });
        let mut days = times.map(|time_ns| time_ns.div_euclid(DAY_NS));
        let first = days.next();
        match days.all(|day| Some(day) == first) {
            true => Clock::OfDay,
            false => Clock::WithDate,
        }
    }

    /// `09:14:02 to 09:14:04`. The day of the end is not said twice.
    fn range(self, begin_ns: i64, length_ns: i64) -> String {
        let end_ns = begin_ns.saturating_add(length_ns);
        let end = match begin_ns.div_euclid(DAY_NS) == end_ns.div_euclid(DAY_NS) {
            true => Clock::OfDay,
            false => self,
        };
        format!("{} to {}", self.shown(begin_ns), end.shown(end_ns))
    }

    fn shown(self, time_ns: i64) -> String {
        let format = match self {
            Clock::OfDay => "%H:%M:%S",
            Clock::WithDate => "%Y-%m-%d %H:%M:%S",
        };
        let time = Timestamp::from_nanosecond(time_ns.into());
        time.map_or_else(|_| "?".into(), |time| time.strftime(format).to_string())
    }
}

/// `250ms`, `4.3s`, `3m12s`, `1h02m`: rounded down.
fn length(length_ns: i64) -> String {
    let ms = length_ns.max(0) / 1_000_000;
    let s = ms / 1000;
    match s {
        0 => format!("{ms}ms"),
        1..60 => format!("{s}.{}s", ms % 1000 / 100),
        60..3600 => format!("{}m{:02}s", s / 60, s % 60),
        _ => format!("{}h{:02}m", s / 3600, s / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_has_the_units_that_people_read() {
        let s = 1_000_000_000;
        for (length_ns, want) in [
            (0, "0ms"),
            (999_999_999, "999ms"),
            (s, "1.0s"),
            (59 * s + 990_000_000, "59.9s"),
            (60 * s, "1m00s"),
            (3599 * s, "59m59s"),
            (3600 * s, "1h00m"),
            (90_061 * s, "25h01m"),
        ] {
            assert_eq!(length(length_ns), want);
        }
    }
}
