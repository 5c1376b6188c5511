//! The triage of the logs of one build: sample, pass, steps, ranking, and findings as plain data.

use std::{collections::HashMap, ops::Range, path::PathBuf, sync::Arc};

use super::{
    CONTEXT_LINES, EXCERPT_LINES_MAX, ExcerptLine, Finding, LogSummary, Report, Severity,
    around::{Around, View},
    cause::Cause,
    collect::{Collected, Collecting, Collector, LinePlace},
    evidence::{Evidence, EvidenceRanks},
    excerpt::choose,
    literals::SharedLiterals,
    logs::Log,
    mask::{Known, Learning, Mask, Masks},
    place::{file_above, in_project, is_source, of_block},
    provider::{Mark, Outcome, Provider},
    rank::{RankedCauses, Ranking, weight},
    rules::{BLOCK_LINES_MAX, Pick, Rule, Rules},
    steps::{Ranked, Steps},
    timeline::Timeline,
    visible::shown_text,
};
use crate::{
    error::Error,
    input::{Access, ReadError, Source},
    line::{to_u64, to_usize},
    matcher::Matcher,
    record::Prefix,
    scan::{self, Fold, MAX_LINE_BYTES, Progress, Scan, Summary, TimeRange, Workers},
    templates,
};

/// How much of each end of a log tells the provider.
const SAMPLE_BYTES: u64 = 256 << 10;

/// What to look for in the logs of a build, and with what.
#[derive(Debug)]
pub struct Triage<'a> {
    /// What a failure looks like.
    pub rules: &'a Rules,
    /// The threads.
    pub workers: &'a Workers,
    /// Where progress is counted.
    pub progress: &'a Progress,
    /// Which lines are looked at.
    pub lines: TriagedLines,
    /// Whether [`Triaged::evidence`] is wanted.
    pub keeps_evidence: bool,
    /// Whether [`Triaged::timeline`] is wanted.
    pub keeps_timeline: bool,
}

/// Which lines of logs are looked at. Plain data: the default is all of them.
///
/// Times and a range of bytes are for the logs of the build that failed. Of baselines all lines
/// count. Which CI system wrote a log is told from both ends of it, whether or not their lines are
/// looked at. Only a mark among these lines says how the build ended.
#[derive(Clone, Debug)]
pub struct TriagedLines {
    /// Only lines of these times.
    pub times: Option<TimeRange>,
    /// Only lines that begin in this range of bytes. Line numbers count from its start.
    pub range: Range<u64>,
    /// The line cap in bytes, as in a [`Scan`].
    pub max_line_bytes: usize,
    /// The size of chunks in bytes, for measurements. `None` chooses it.
    pub chunk_bytes: Option<usize>,
}

impl Default for TriagedLines {
    fn default() -> TriagedLines {
        TriagedLines {
            times: None,
            range: 0..u64::MAX,
            max_line_bytes: MAX_LINE_BYTES,
            chunk_bytes: None,
        }
    }
}

impl TriagedLines {
    /// Returns a scan of all lines, of whatever times and wherever they begin.
    fn scan_of_all(&self) -> Scan {
        Scan {
            max_line_bytes: self.max_line_bytes,
            chunk_bytes: self.chunk_bytes,
            line_numbers: true,
            count_lines: true,
            ..Scan::new(Matcher::everything())
        }
    }
}

/// What a triage came to.
#[derive(Debug)]
pub struct Triaged {
    /// What was found.
    pub report: Report,
    /// How the reading of each log went, baselines first.
    pub summaries: Vec<(PathBuf, Summary)>,
    /// The lines that a reader needs most, if they are wanted.
    pub evidence: Evidence,
    /// The steps of the logs and their times, if they are wanted.
    pub timeline: Timeline,
    /// Why the report may be less than all, if so.
    pub notes: Vec<String>,
}

impl Triage<'_> {
    /// Finds what made the build fail whose logs these are. The baselines are logs of builds that
    /// went well.
    ///
    /// # Errors
    /// [`Error::Read`] if what has been found cannot be read again.
    pub fn run(&self, logs: &mut [Log], baselines: &mut [Log]) -> Result<Triaged, Error> {
        let all = self.lines.scan_of_all();
        let wanted = Scan {
            times: self.lines.times.clone(),
            range: self.lines.range.clone(),
            ..all.clone()
        };
        let mut summaries = Vec::new();
        let mut known = (!baselines.is_empty()).then(Known::default);
        for log in baselines.iter_mut() {
            let sample = sample(&log.source).map_err(|error| error.of(log.source.path()))?;
            let mut learning = Learning::new(Prefix::of(&sample), known.take().unwrap_or_default());
            summaries.push(self.pass(&mut log.source, &all, &mut learning)?);
            known = Some(learning.known);
        }
        let known = known.map(Arc::new);
        let mut passed = Vec::new();
        let mut literals = SharedLiterals::default();
        for log in logs.iter_mut() {
            let sample = sample(&log.source).map_err(|error| error.of(log.source.path()))?;
            let provider = Provider::detect(&sample);
            let prefix = Prefix::of(&sample);
            let rules = literals.of(self.rules, provider);
            let collector = Collector::new(rules, prefix, known.clone());
            let mut collecting = Collecting::new(collector);
            summaries.push(self.pass(&mut log.source, &wanted, &mut collecting)?);
            passed.push((provider, prefix, collecting.collected));
        }
        let ranked: Vec<Ranked<'_>> = logs
            .iter()
            .zip(&passed)
            .map(|(log, (provider, prefix, collected))| Ranked {
                view: View {
                    source: &log.source,
                    stretches: &collected.stretches,
                    collector: *prefix,
                },
                provider: *provider,
                collected,
                steps: Steps::of(collected, *provider),
                step_name: log.step.clone(),
            })
            .collect();
        let ranking = Ranking::new(self.rules, &ranked, known.as_deref());
        let mut causes = ranking
            .causes()
            .map_err(|(log, error)| error.of(logs[log].source.path()))?;
        let mut evidence = Evidence::default();
        let found = std::mem::take(&mut causes.causes);
        let report = self.report(logs, &ranking, found, &mut evidence)?;
        let timeline = match self.keeps_timeline {
            true => Timeline::of(&ranked, self.lines.times.as_ref())
                .map_err(|(log, error)| error.of(logs[log].source.path()))?,
            false => Timeline::default(),
        };
        let of_logs = &mut summaries[baselines.len()..];
        for (log, (_, summary)) in logs.iter().zip(of_logs) {
            scan::look_again(&log.source, summary);
        }
        Ok(Triaged {
            report,
            summaries,
            evidence,
            timeline,
            notes: notes(known.as_deref(), &ranked, &causes),
        })
    }

    /// Reads the lines of a log that a scan wants. Returns its name, and how that went.
    fn pass(
        &self,
        source: &mut Source,
        scan: &Scan,
        fold: &mut impl Fold,
    ) -> Result<(PathBuf, Summary), Error> {
        if source.access() == Access::Decoded && scan.range != (0..u64::MAX) {
            let path = source.path().into();
            return Err(Error::RangeOfText { path });
        }
        let summary = scan::run(scan, source, self.workers, self.progress, fold)?;
        Ok((source.path().into(), summary))
    }

    fn report(
        &self,
        logs: &[Log],
        ranking: &Ranking<'_>,
        causes: Vec<Cause>,
        evidence: &mut Evidence,
    ) -> Result<Report, Error> {
        let ranked = ranking.logs;
        let of = |(log, error): (usize, ReadError)| error.of(logs[log].source.path());
        let mut findings = Vec::new();
        let mut nth_of: HashMap<u64, u64> = HashMap::new();
        for cause in causes {
            let log = cause.log;
            let retold = retold(&ranked[log], &cause).map_err(|error| of((log, error)))?;
            let place = cause.place;
            let places: Vec<LinePlace> = cause.retold.iter().map(|place| place.place).collect();
            let mut finding = self
                .finding(&ranked[log], cause)
                .map_err(|error| of((log, error)))?;
            // The same failure at two places has two fingerprints.
            let nth = nth_of.entry(finding.fingerprint).or_default();
            finding.fingerprint ^= nth.wrapping_mul(FINGERPRINT_STEP);
            *nth += 1;
            findings.push((finding, retold, place, places));
        }
        findings.sort_by_key(|(finding, ..)| !finding.is_believed);
        if self.keeps_evidence {
            let mut ranks = EvidenceRanks::default();
            for (finding, _, place, places) in &findings {
                let log = finding.log;
                evidence
                    .add_finding(ranks.next(finding), finding, &ranked[log], *place)
                    .and_then(|()| evidence.add_retold(log, &ranked[log], places))
                    .map_err(|error| of((log, error)))?;
            }
            for (log, of_log) in ranked.iter().enumerate() {
                evidence
                    .add_log(log, of_log)
                    .map_err(|error| of((log, error)))?;
            }
        }
        if let Some((first, ..)) = findings.first_mut()
            && let Some(end) =
                exit_text(&ranked[first.log]).map_err(|error| of((first.log, error)))?
        {
            first.why.push_str(&format!(", which ended with \"{end}\""));
        }
        let mut findings: Vec<Finding> = findings
            .into_iter()
            .map(|(mut finding, retold, ..)| {
                finding.why.push_str(&retold);
                finding
            })
            .collect();
        if let Some((log, place)) = ranking.summary_of(&findings) {
            let around =
                Around::read(&ranked[log].view, place).map_err(|error| of((log, error)))?;
            let mut buffer = Vec::new();
            let text = around.shown(0, &mut buffer).map(shown_text);
            if let (Some(text), Some(first)) = (text, findings.first_mut()) {
                let line = place.line + 1;
                if self.keeps_evidence {
                    evidence.add_summary(log, place, &text);
                }
                let text = text.trim();
                first
                    .why
                    .push_str(&format!(", summed up in line {line}: \"{text}\""));
            }
        }
        let logs = logs.iter().zip(ranked).map(|(log, ranked)| LogSummary {
            path: PathBuf::from(log.source.path()),
            provider: ranked.provider,
            lines: ranked.collected.lines,
            bytes: ranked.collected.bytes,
            outcome: outcome(&ranked.steps),
        });
        Ok(Report {
            findings,
            logs: logs.collect(),
            has_baseline: ranking.known.is_some(),
        })
    }

    fn finding(&self, ranked: &Ranked<'_>, cause: Cause) -> Result<Finding, ReadError> {
        let around = Around::read(&ranked.view, cause.place)?;
        let rule = cause.rule.map(|nth| self.rules.get(nth));
        // The matched line is near the first line: a block has a few lead lines, or has been joined
        // with others above.
        let head = isize::try_from(cause.place.line - cause.first_line).unwrap_or(isize::MAX);
        let block = block_lines(&around, &cause, head);
        let lines_of: Vec<&[u8]> = block.iter().map(Vec::as_slice).collect();
        let at = headline(rule, &lines_of, head.unsigned_abs());
        let headline = lines_of.get(at).copied().unwrap_or_default();
        let matched = lines_of
            .get(head.unsigned_abs())
            .copied()
            .unwrap_or_default();
        let captured = rule
            .map(|rule| rule.capture(headline, matched))
            .unwrap_or_default();
        let own = &lines_of[..of_next_error(&cause, at).min(lines_of.len())];
        let place = of_block(own, at);
        // A rule may know the file, and the line stands elsewhere.
        let line_in = |file: &str| {
            place
                .as_ref()
                .filter(|place| place.file == file)
                .map(|place| place.line)
        };
        let source = captured
            .file
            .as_deref()
            .map(|file| without_marker(file, headline))
            .filter(|file| captured.line.is_some() || is_source(file))
            .map(|file| {
                let file = in_project(file);
                let line = captured.line.or_else(|| line_in(&file));
                (file, line)
            })
            .or_else(|| Some((place.clone()?.file, place.as_ref().map(|place| place.line))))
            .or_else(|| {
                Some((
                    file_above(&lines_of[..at.min(lines_of.len())])?,
                    captured.line,
                ))
            });
        let message = captured
            .message
            .unwrap_or_else(|| String::from_utf8_lossy(headline).trim().to_owned());
        let message = without_marker(&message, headline);
        let text = |from: isize, count: usize| -> Vec<String> {
            let mut line_buffer = Vec::new();
            (from..)
                .take(count)
                .map_while(|nth| around.shown(nth, &mut line_buffer).map(shown_text))
                .collect()
        };
        let parts: Vec<usize> = cause
            .parts()
            .into_iter()
            .map(|line| to_usize(line - cause.first_line))
            .collect();
        let mut chosen: Vec<(usize, usize)> = choose(lines_of.len(), at, &parts, EXCERPT_LINES_MAX)
            .into_iter()
            .enumerate()
            .map(|(importance, at)| (at, importance))
            .collect();
        chosen.sort_unstable();
        let excerpt = chosen.into_iter().map(|(at, importance)| ExcerptLine {
            line: cause.first_line + to_u64(at) + 1,
            text: shown_text(lines_of[at]),
            importance,
        });
        let before = CONTEXT_LINES.min(to_usize(cause.first_line));
        let before = text(-head - isize::try_from(before).unwrap_or(0), before);
        let rule_name = rule.map(|rule| rule.name.clone());
        let Mask(mask) = Masks::default().of(headline).unwrap_or(Mask(0));
        let key = format!("{}\0{mask:016x}", rule_name.as_deref().unwrap_or_default());
        Ok(Finding {
            log: cause.log,
            first_line: cause.first_line + 1,
            last_line: cause.last_line + 1,
            line: cause.first_line + to_u64(at) + 1,
            rule: rule_name,
            family: rule.map(|rule| rule.family.clone()).unwrap_or_default(),
            severity: rule.map_or(Severity::Error, |rule| rule.severity),
            step: shown_text(cause.step.as_bytes()),
            message: shown_text(message.as_bytes()),
            source_line: source.as_ref().and_then(|(_, line)| *line),
            source_file: source.map(|(file, _)| shown_text(file.as_bytes())),
            count: cause.count,
            score: cause.score,
            is_new: cause.is_new,
            why: shown_text(cause.why.as_bytes()),
            is_believed: cause.is_believed,
            context_before: before,
            excerpt: excerpt.collect(),
            retold: cause
                .retold
                .iter()
                .map(|place| (place.first_line + 1, place.last_line + 1))
                .collect(),
            fingerprint: templates::hash(key.as_bytes()),
        })
    }
}

/// Where in the block of a cause, below its headline at line `at`, the next error begins that is as
/// sure: the places from there on are not the headline's.
fn of_next_error(cause: &Cause, at: usize) -> usize {
    let begins = cause
        .parts
        .iter()
        .filter(|(_, score)| score + weight::HAS_BODY >= cause.score)
        .filter_map(|(line, _)| line.checked_sub(cause.first_line).map(to_usize));
    begins
        .filter(|&begin| begin > at)
        .min()
        .unwrap_or(usize::MAX)
}

/// So many other places that tell of a failure are quoted; the others are counted.
const QUOTED_MAX: usize = 2;

/// Where the same failure is told again, in words.
fn retold(ranked: &Ranked<'_>, cause: &Cause) -> Result<String, ReadError> {
    let mut text = String::new();
    for place in cause.retold.iter().take(QUOTED_MAX) {
        let around = Around::read(&ranked.view, place.place)?;
        let mut buffer = Vec::new();
        let shown = around.shown(0, &mut buffer).map(shown_text);
        let shown = shown.unwrap_or_default();
        let line = place.place.line + 1;
        text.push_str(&format!(
            ", told again in line {line}: \"{}\"",
            shown.trim()
        ));
    }
    match cause.retold.len().saturating_sub(QUOTED_MAX) {
        0 => {}
        1 => text.push_str(" and at one more place"),
        more => text.push_str(&format!(" and at {more} more places")),
    }
    Ok(text)
}

/// The text that a rule took of a line, without what runners write before a line that a tool has
/// marked as an error.
fn without_marker<'t>(text: &'t str, line: &[u8]) -> &'t str {
    let text = text.trim();
    let mut markers = ["##[error]", "##[warning]"].into_iter();
    let marker = markers.find(|marker| line.trim_ascii_start().starts_with(marker.as_bytes()));
    let behind = marker.and_then(|marker| text.strip_prefix(marker));
    behind.map_or(text, str::trim_start)
}

/// What the CI system says of the command that failed first.
fn exit_text(ranked: &Ranked<'_>) -> Result<Option<String>, ReadError> {
    let Some(&exit) = ranked.steps.exits.first() else {
        return Ok(None);
    };
    let around = Around::read(&ranked.view, exit)?;
    let mut buffer = Vec::new();
    let is_exit = around.raw(0).is_some_and(|raw| {
        let shown = around.shown(0, &mut buffer).unwrap_or_default();
        matches!(ranked.provider.mark(raw, shown), Some(Mark::Exit(_)))
    });
    let mut buffer = Vec::new();
    let text = around.shown(0, &mut buffer).filter(|_| is_exit);
    Ok(text.map(|text| shown_text(text).trim().to_owned()))
}

/// The visible lines of a block, of which the matched one is line `head`; those that were read, at
/// most [`BLOCK_LINES_MAX`].
fn block_lines(around: &Around, cause: &Cause, head: isize) -> Vec<Vec<u8>> {
    let count = to_usize(cause.last_line - cause.first_line + 1).min(BLOCK_LINES_MAX);
    let mut buffer = Vec::new();
    (-head..)
        .take(count)
        .map_while(|nth| around.shown(nth, &mut buffer).map(<[u8]>::to_vec))
        .collect()
}

/// Which line of a block says it best: one that the rule's headline matches, and otherwise the one
/// that was matched.
fn headline(rule: Option<&Rule>, lines: &[&[u8]], matched: usize) -> usize {
    let headline = rule.and_then(|rule| Some((rule.headline.as_ref()?, rule.headline_is)));
    let Some((pattern, pick)) = headline else {
        return matched;
    };
    let mut places = (0..lines.len()).filter(|&at| pattern.is_match(lines[at]));
    match pick {
        // Lines above belong to some failures: Go logs before it says which test failed.
        Pick::First => places
            .clone()
            .find(|&at| at >= matched)
            .or_else(|| places.next()),
        Pick::Last => places.last(),
    }
    .unwrap_or(matched)
}

/// Sets the fingerprints of equal failures apart. An odd number with about half of its bits set:
/// 2^64 by the golden ratio.
const FINGERPRINT_STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// What the limits of the pass have left out.
fn notes(known: Option<&Known>, ranked: &[Ranked<'_>], causes: &RankedCauses) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(known) = known
        && known.left_out > 0
    {
        notes.push(format!(
            "{} lines of the baseline are not known, because too many kinds came before them",
            known.left_out
        ));
    }
    let sum = |count: fn(&Collected) -> u64| -> u64 {
        ranked.iter().map(|ranked| count(ranked.collected)).sum()
    };
    for (count, one, many) in [
        (
            sum(|collected| collected.cut_lines),
            "line has more than 8 KiB: only its beginning was looked at",
            "lines have more than 8 KiB: only the beginning of each was looked at",
        ),
        (
            sum(|collected| collected.ungrouped),
            "line that may be a failure was not looked at, because there are too many kinds of them",
            "lines that may be failures were not looked at, because there are too many kinds of them",
        ),
        (
            sum(|collected| collected.stretches_joined),
            "group of lines of other times stands among those that were looked at, and may be shown \
             beside a failure",
            "groups of lines of other times stand among those that were looked at, and may be shown \
             beside a failure",
        ),
        (
            causes.candidates_left_out,
            "line that may be a failure was not ranked, because there are likelier ones",
            "lines that may be failures were not ranked, because there are likelier ones",
        ),
        (
            causes.asides_left_out,
            "beginning of the output of a passing test was not looked at: what stands there may be \
             taken for a failure",
            "beginnings of the output of passing tests were not looked at: what stands there may be \
             taken for a failure",
        ),
        (
            sum(|collected| collected.marks_left_out),
            "mark of a step in the middle was not kept",
            "marks of steps in the middle were not kept",
        ),
        (
            sum(|collected| collected.new_left_out),
            "line more is not in the baseline",
            "lines more are not in the baseline",
        ),
    ] {
        match count {
            0 => {}
            1 => notes.push(format!("1 {one}")),
            _ => notes.push(format!("{count} {many}")),
        }
    }
    notes
}

fn outcome(steps: &Steps) -> Option<Outcome> {
    match steps.exits.is_empty() {
        true => steps.outcome,
        false => Some(Outcome::Failure),
    }
}

/// Both ends of a log.
fn sample(log: &Source) -> Result<Vec<u8>, ReadError> {
    let mut bytes = Vec::new();
    let mut buffer = Vec::new();
    let most = to_usize(SAMPLE_BYTES);
    log.window(log.text_start(), most, &mut buffer, |window| {
        bytes.extend_from_slice(window)
    })?;
    let length = log.length().unwrap_or(0);
    if length > SAMPLE_BYTES {
        let start = SAMPLE_BYTES.max(length - SAMPLE_BYTES);
        log.window(start, most, &mut buffer, |window| {
            bytes.extend_from_slice(window);
        })?;
    }
    Ok(bytes)
}
