//! `logscan triage`: finds out why a build failed.

use std::{
    io,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, anyhow};
use clap::{Args, CommandFactory, Parser, ValueEnum, ValueHint};
use logscan::{
    Budget, Error, Name, Signals,
    redact::Markup,
    scan::MAX_LINE_BYTES,
    triage::{
        Finding, LogOptions, Logs, Rules, Triage, Triaged, TriagedLines,
        report::{self, Shown, Style},
    },
};

use super::{
    args::{
        FolderArgs, InputArgs, LogArgs, MessageArgs, RedactArgs, TextArgs, TimeArgs, WhenArg,
        check_budget,
    },
    board::CommandBoard,
    exit::{Asked, Exit},
    inputs::{EngineName, InputReport, Inputs},
    messages::{report_threads, say},
    output,
    page_options::{Kept, page_options},
    plan::{self, Controls, Figures, InputFlags, InputPlan, TimePlan},
    redaction, small_file,
    surroundings::Surroundings,
};

const USAGE: &str = "logscan triage [OPTIONS] [LOG]...";

const EXAMPLES: &str = "\
Examples:
  logscan triage build.log                     the likely cause, with its lines
  logscan triage --baseline green.log red.log  what is new since a good run
  logscan triage logs_123.zip                  all steps of a GitHub run
  logscan triage --since 14:02 --until @+5m server.log   of these minutes
  make 2>&1 | tee make.log; logscan triage make.log
  logscan triage --format markdown build.log >> \"$GITHUB_STEP_SUMMARY\"

Exit status: 0 something was found, 1 nothing was, 2 trouble.
To search for the word itself: logscan -e triage FILE...";

/// Find out why a build failed, from its logs
#[derive(Debug, Parser)]
#[command(
    name = "logscan triage",
    bin_name = "logscan triage",
    version,
    args_override_self = true,
    disable_help_flag = true,
    disable_version_flag = true,
    term_width = 80,
    override_usage = USAGE,
    after_help = EXAMPLES
)]
pub(crate) struct TriageArgs {
    #[command(flatten)]
    finding: FindingArgs,
    #[command(flatten)]
    shown: ShownArgs,
    #[command(flatten)]
    folders: FolderArgs,
    #[command(flatten)]
    text: TextArgs,
    #[command(flatten)]
    times: TimeArgs,
    #[command(flatten)]
    redact: RedactArgs,
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    messages: MessageArgs,
    /// The logs of one build: files, folders, archives; - is the standard input
    ///
    /// The files of a folder and of an archive, such as GitHub's zip, are steps of the same build.
    /// What is read from front to back is kept in memory, up to 256 MiB: the standard input,
    /// members of archives, compressed and transformed logs. Without a log the standard input is
    /// read, unless it is a terminal.
    #[arg(value_name = "LOG", value_hint = ValueHint::AnyPath, help_heading = None, hide_short_help = true)]
    logs: Vec<PathBuf>,
}

/// The flags about what is looked for.
#[derive(Args, Debug)]
#[command(next_help_heading = "Findings")]
struct FindingArgs {
    /// Compare with the log of a good run
    ///
    /// An error that GREEN has too is no cause, and a new one is more likely a cause. Times,
    /// numbers, hashes and the order of lines make no difference. May be given several times, and
    /// GREEN may be a folder or an archive as well. All lines of GREEN count: --since, --until and
    /// --byte-range are for the logs of the build that failed.
    #[arg(long, value_name = "GREEN", value_hint = ValueHint::AnyPath, action = clap::ArgAction::Append)]
    baseline: Vec<PathBuf>,
    /// Add rules, or replace some by name
    ///
    /// A TOML file like logscan's own rules. `logscan help rules` explains its fields, with an
    /// example. A rule with the name of one of logscan's takes its place. May be given several
    /// times.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, action = clap::ArgAction::Append)]
    rules: Vec<PathBuf>,
}

/// The flags about how findings are shown.
#[derive(Args, Debug)]
#[command(next_help_heading = "Output")]
struct ShownArgs {
    /// text, jsonl, github, markdown, html or sarif
    ///
    /// text is for people; jsonl for programs, one object per finding and one at the end; github
    /// prints annotations for a step of GitHub Actions; markdown is for a step summary, below 1
    /// MiB; html is a page of one file, with the steps as a timeline; sarif is SARIF 2.1.0. All show the same findings.
    #[arg(
        long,
        value_enum,
        value_name = "FORMAT",
        default_value = "text",
        hide_default_value = true,
        hide_possible_values = true
    )]
    format: TriageFormat,
    /// Print the best evidence that fits: 2500, 10K, 80lines
    ///
    /// For programs that pay by the token, and for people in a hurry: the findings, then the lines
    /// that a reader needs around them, the heaviest first, until the budget is used up, in the
    /// order of the log and with their numbers. A number is of tokens, counted as characters / 4 of
    /// all that is printed; with K or M it is of bytes. The least is 200 tokens. What is left out is
    /// counted at the end.
    #[arg(long, value_name = "SIZE", value_parser = str::parse::<Budget>)]
    budget: Option<Budget>,
    /// Show weak findings as well
    ///
    /// Usually only those are shown that are likely to matter, and the others are counted.
    #[arg(long)]
    all: bool,
    /// Colour the text: never, always, auto
    #[arg(
        long,
        alias = "colour",
        value_name = "WHEN",
        hide_possible_values = true
    )]
    color: Option<WhenArg>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum TriageFormat {
    #[default]
    Text,
    Jsonl,
    Github,
    Markdown,
    Html,
    Sarif,
}

impl LogArgs for TriageArgs {
    fn logs(&self) -> &[PathBuf] {
        &self.logs
    }
}

/// Does what `args` ask for.
pub(crate) fn run(args: &TriageArgs, surroundings: &Surroundings) -> Result<Exit> {
    redaction::begin(&args.redact)?;
    let rules = rules(&args.finding.rules)?;
    check_budget(args.shown.budget, &args.shown.format)?;
    let times = TimePlan::new(&args.times)?;
    report_threads(args.input.path.threads);
    let signals = Signals::catch().context("cannot catch signals")?;
    let files = plan::files_or_stdin(&args.logs);
    let flags = InputFlags {
        folders: &args.folders,
        transform: args.text.transform(),
        input: &args.input,
        messages: &args.messages,
    };
    let plan = InputPlan {
        table: Some(TriageArgs::command),
        ..InputPlan::new(files, &flags, surroundings)
    };
    if let Some(times) = times.as_ref().filter(|_| plan.figures == Figures::Said) {
        say(times);
    }
    let board = args.messages.board.as_deref();
    let board = CommandBoard::of_progress(board, "triage", &plan.files, plan.threads)?;
    let mut inputs = Inputs::new(&plan, &signals, board);
    let looked_at = LookedFor {
        rules,
        lines: lines(&args.input, times),
    };
    let done = triage(args, looked_at, &mut inputs, surroundings);
    inputs.finish(done)
}

/// What is looked for, and in which lines.
struct LookedFor {
    rules: Rules,
    lines: TriagedLines,
}

fn lines(input: &InputArgs, times: Option<TimePlan>) -> TriagedLines {
    TriagedLines {
        times: times.map(|times| times.range),
        range: input.byte_range.clone().unwrap_or(0..u64::MAX),
        max_line_bytes: input.max_line_bytes.unwrap_or(MAX_LINE_BYTES),
        chunk_bytes: input.chunk_size,
    }
}

fn triage(
    args: &TriageArgs,
    looked_for: LookedFor,
    inputs: &mut Inputs<'_>,
    surroundings: &Surroundings,
) -> Result<Exit> {
    let LookedFor { rules, lines } = looked_for;
    let has_times = lines.times.is_some();
    let Inputs { tools, report } = inputs;
    let mut baselines = opened(&args.finding.baseline, tools.plan, report);
    let mut logs = opened(&tools.plan.files, tools.plan, report);
    report.say_missing(&logs.missing);
    let mut left_out = logs.left_out.clone();
    left_out.add(&baselines.left_out);
    if logs.logs.is_empty() {
        report.left_out(&left_out);
        if !report.outcome.trouble {
            say("there is no log in what was named");
        }
        return Ok(Exit::Trouble);
    }
    tools.bar.begin("triage");
    report.measure_from_here();
    let triage = Triage {
        rules: &rules,
        workers: &tools.workers,
        progress: tools.bar.counters(),
        lines,
        keeps_evidence: args.shown.budget.is_some(),
        keeps_timeline: args.shown.format == TriageFormat::Html,
    };
    let done = triage.run(&mut logs.logs, &mut baselines.logs);
    tools.bar.clear();
    if let Some(signal) = tools.signals.caught() {
        say("interrupted: the logs were not read to their ends, so nothing is said about them");
        return Ok(Exit::Signal(signal));
    }
    let triaged = done?;
    let read: Vec<_> = baselines.logs.iter().chain(&logs.logs).collect();
    let findings = |nth: usize| {
        let of_log =
            |finding: &&Finding| nth.checked_sub(baselines.logs.len()) == Some(finding.log);
        let findings = triaged.report.findings.iter().filter(of_log);
        EngineName::Triage(findings.count() as u64)
    };
    let summaries = triaged.summaries.iter().map(|(_, summary)| summary);
    let read: Vec<_> = (read.iter().zip(summaries).enumerate())
        .map(|(nth, (log, summary))| (findings(nth), log.source(), summary))
        .collect();
    report.read_together(tools, &read);
    report.left_out(&left_out);
    let mut looked_at = triaged.report.logs.iter();
    if has_times && looked_at.all(|log| log.lines == 0) {
        say("no line of what was named has one of these times, so nothing was looked at");
    }
    for note in &triaged.notes {
        say(note);
    }
    print(args, &triaged, surroundings)?;
    report.outcome.hit = match args.shown.all {
        true => !triaged.report.findings.is_empty(),
        false => triaged.report.believed().next().is_some(),
    };
    Ok(report.outcome.exit(Asked::Results))
}

/// How long a file of rules may be, in bytes. logscan's own rules have a tenth of this.
const RULES_BYTES_MAX: u64 = 1 << 20;

fn rules(files: &[PathBuf]) -> Result<Rules> {
    let mut rules = Rules::embedded();
    for path in files {
        let text = small_file::read(path, RULES_BYTES_MAX)
            .and_then(|bytes| String::from_utf8(bytes).map_err(io::Error::other))
            .map_err(|source| {
                anyhow!("cannot read {}: {}", Name(path), logscan::Reason(&source))
            })?;
        rules = rules.with(&text).map_err(|error| not_rules(path, &error))?;
    }
    Ok(rules)
}

/// Returns the error of a file of rules, with an example of a right one.
fn not_rules(path: &Path, error: &Error) -> anyhow::Error {
    let error = error.to_string();
    anyhow!(
        "{}: {}\na rule needs {RULE_NEEDS}, as in\n\n{}\nlogscan help rules explains them and the other fields",
        Name(path),
        error.trim_end(),
        Rules::example()
    )
}

/// The fields that each rule needs.
const RULE_NEEDS: &str = "name, priority, pattern, needs, matches and rejects";

/// Opens logs, and says which of them cannot be read.
fn opened(paths: &[PathBuf], plan: &InputPlan, report: &mut InputReport<'_>) -> Logs {
    let mut logs = Logs::with(LogOptions {
        mode: plan.read_mode,
        decoding: plan.decoding,
        any_file: plan.any_file,
        wanted: plan.wanted.clone(),
    });
    for path in paths {
        logs.open(path);
    }
    for (&kind, &files) in &logs.no_logs {
        report.no_log(kind, files);
    }
    for error in &logs.errors {
        report.unreadable(error);
    }
    for log in &logs.logs {
        let source = log.source();
        report.unmapped(&Name(source.path()).to_string(), source);
    }
    logs
}

fn print(args: &TriageArgs, triaged: &Triaged, surroundings: &Surroundings) -> Result<()> {
    let report = &triaged.report;
    let shown = match args.shown.all {
        true => Shown::All,
        false => Shown::Believed,
    };
    let color = surroundings.has_color(args.shown.color.unwrap_or_default());
    let style = match color && args.shown.format == TriageFormat::Text {
        true => Style::Colored,
        false => Style::Plain,
    };
    let controls = Controls::on(surroundings, style == Style::Colored);
    let mut page = Vec::new();
    let written = match args.shown.format {
        TriageFormat::Text => match args.shown.budget {
            Some(budget) => {
                let table = TriageArgs::command();
                let options = page_options(budget, Kept::Reading, &table, surroundings);
                report::budget(report, &triaged.evidence, &options, &mut page)
            }
            None => report::text(report, shown, style, &mut page),
        },
        TriageFormat::Jsonl => report::jsonl(report, shown, &mut page),
        TriageFormat::Github => report::github(report, shown, &mut page),
        TriageFormat::Markdown => report::markdown(report, shown, &mut page),
        TriageFormat::Html => report::html(report, &triaged.timeline, shown, &mut page),
        TriageFormat::Sarif => report::sarif(report, shown, &mut page),
    };
    let markup = match args.shown.format {
        TriageFormat::Markdown => Markup::Markdown,
        TriageFormat::Html => Markup::Html,
        _ => Markup::None,
    };
    let mut stdout = output::document(controls, markup);
    written
        .and_then(|()| stdout.write_all(&page))
        .and_then(|()| stdout.flush())
        .map_err(|source| Error::Write { source })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_a_rule_is_one_and_needs_what_is_said() {
        let example = Rules::example();
        let before = Rules::embedded().len();
        assert_eq!(Rules::embedded().with(&example).unwrap().len(), before + 1);
        let fields = RULE_NEEDS.replace(" and ", ", ");
        let needed: Vec<&str> = fields.split(", ").collect();
        for line in example.lines().filter(|line| line.contains(" = ")) {
            let field = line.split(' ').next().unwrap();
            let without = example.replace(&format!("{line}\n"), "");
            let read = Rules::embedded().with(&without);
            assert_eq!(read.is_err(), needed.contains(&field), "{field}");
        }
    }

    #[test]
    fn what_is_wrong_with_rules_comes_with_a_right_one() {
        let error = Rules::embedded()
            .with("[[rule]]\nname = \"x\"\n")
            .unwrap_err();
        let message = not_rules(Path::new("my.toml"), &error).to_string();
        assert!(
            message.starts_with("my.toml: cannot use the rules: "),
            "{message}"
        );
        assert!(message.contains("a rule needs name, "), "{message}");
        assert!(
            message.contains("[[rule]]\nname = \"no-seat\"\n"),
            "{message}"
        );
    }
}
