//! The tool `triage`: why a build failed.

use logscan::triage::{Log, LogOptions, Logs, Rules, Triage, TriagedLines, report};

use super::search::{SINCE, UNTIL, times};
use crate::cli::mcp::{
    roots::Wants,
    schema::{Parameter, ParameterKind},
    tool::{McpTool, MemberSeen, Notes, ToolCall, ToolFindings, ToolInput, budget},
};

pub(super) const TOOL: McpTool = McpTool {
    name: "triage",
    title: "Find out why a build failed",
    about: "Finds the likely causes of a failure in the log of a CI build, a test run or an install, and shows them \
            with the lines that a reader needs around them: the command, the failing step, file and line, the exit. \
            Takes plain and compressed logs, and archives of them such as the zip that GitHub offers for download.",
    parameters: &[
        Parameter::required(
            "path",
            "The log, an archive of logs (zip, tar), or ARCHIVE!MEMBER as answers name it",
        ),
        Parameter::new(
            "baseline",
            ParameterKind::Text,
            "The log of a run that went well: what it has too is no cause",
        ),
        Parameter::new("since", ParameterKind::Text, SINCE),
        Parameter::new("until", ParameterKind::Text, UNTIL),
        budget(2500),
    ],
    run,
};

fn run(call: &ToolCall<'_>) -> Result<ToolFindings, String> {
    let mut logs = opened(&call.input("path", Wants::File)?)?;
    let mut notes = Notes::default();
    let mut baselines = match call.arguments.text("baseline") {
        Some(_) => opened(&call.input("baseline", Wants::File)?)?,
        None => Logs::new(),
    };
    for error in logs.errors.iter().chain(&baselines.errors) {
        notes.add(error);
    }
    if logs.logs.is_empty() {
        let error = logs.errors.first().map(ToString::to_string);
        return Err(error.unwrap_or_else(|| "there is no log in it".into()));
    }
    let triage = Triage {
        rules: &Rules::embedded(),
        workers: call.workers,
        progress: call.progress,
        lines: TriagedLines {
            times: times(call)?.map(|times| times.range),
            ..TriagedLines::default()
        },
        keeps_evidence: true,
        keeps_timeline: false,
    };
    let triaged = triage
        .run(&mut logs.logs, &mut baselines.logs)
        .map_err(|error| error.to_string())?;
    for note in &triaged.notes {
        notes.add(note);
    }
    Ok(ToolFindings::new(
        notes,
        "nothing was found",
        move |budget| {
            let mut page = Vec::new();
            report::budget(
                &triaged.report,
                &triaged.evidence,
                &budget.into(),
                &mut page,
            )
            .map(|()| page)
            .map_err(|source| logscan::Error::Write { source })
        },
    ))
}

/// Opens the logs of an input.
fn opened(input: &ToolInput) -> Result<Logs, String> {
    let mut logs = Logs::with(LogOptions {
        wanted: input.wanted.clone(),
        ..LogOptions::default()
    });
    logs.open(&input.path);
    let is_file = |log: &Log| log.source().path() == input.path;
    let is_empty = logs.logs.is_empty() && logs.errors.is_empty() && logs.no_logs.is_empty();
    let seen = match (logs.logs.iter().any(is_file), is_empty) {
        (true, _) => MemberSeen::NoArchive,
        (false, true) => MemberSeen::Missing,
        (false, false) => MemberSeen::Found,
    };
    match input.fault(seen) {
        Some(error) => Err(error),
        None => Ok(logs),
    }
}
