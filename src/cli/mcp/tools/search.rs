//! The tool `search`: hits spread over a log, the rare kinds first.

use logscan::{
    CaseMode, Matcher, Patterns, Scan, Syntax,
    scan::TimeWord,
    templates::{HitKinds, report::hits_within},
};

use crate::cli::{
    args::TimeArgs,
    mcp::{
        roots::Wants,
        schema::{Parameter, ParameterKind},
        tool::{McpTool, ToolCall, ToolFindings, budget},
    },
    plan::TimePlan,
};

pub(super) const TOOL: McpTool = McpTool {
    name: "search",
    title: "Search a log",
    about: "Searches a log file of any size (also compressed), an archive, or all logs below a folder for a regular \
            expression. Shows how many hits there are and of how many kinds, then the first and the last hit of each \
            kind, rare kinds first, and others spread over the log, with line numbers. Read on around a hit with lines.",
    parameters: &[
        Parameter::required("path", PATH),
        Parameter::required(
            "pattern",
            "A regular expression of the Rust regex crate, as in 'ERROR|panic'",
        ),
        Parameter::new(
            "fixed_strings",
            ParameterKind::Flag,
            "Take the pattern as plain text",
        ),
        Parameter::new(
            "ignore_case",
            ParameterKind::Flag,
            "Ignore upper and lower case",
        ),
        Parameter::new(
            "not",
            ParameterKind::Text,
            "Only lines that do not match this regular expression",
        ),
        Parameter::new("since", ParameterKind::Text, SINCE),
        Parameter::new("until", ParameterKind::Text, UNTIL),
        budget(2000),
    ],
    run,
};

/// How large a compiled pattern may be. Who asks may have it from a log.
const REGEX_BYTES_MAX: usize = 10 << 20;

pub(super) const PATH: &str = "The file, archive or folder, or ARCHIVE!MEMBER as answers name it";
pub(super) const SINCE: &str = "Only lines from this time on: 2026-11-20T14:02, 14:02, or @-5m for 5 minutes before the end of the log";
pub(super) const UNTIL: &str =
    "Only lines before this time, written as since; @+10m is 10 minutes after it";

fn run(call: &ToolCall<'_>) -> Result<ToolFindings, String> {
    let input = call.input("path", Wants::FileOrFolder)?;
    let arguments = call.arguments;
    let mut patterns = Patterns::new(arguments.text("pattern").unwrap_or_default());
    if arguments.is_set("fixed_strings") {
        patterns.syntax = Syntax::Fixed;
    }
    if arguments.is_set("ignore_case") {
        patterns.case = CaseMode::Insensitive;
    }
    patterns.not = arguments
        .text("not")
        .map(|not| not.into())
        .into_iter()
        .collect();
    patterns.regex_bytes_max = REGEX_BYTES_MAX;
    let matcher = Matcher::new(&patterns).map_err(|error| error.to_string())?;
    let scan = Scan {
        line_numbers: true,
        times: times(call)?.map(|times| times.range),
        ..Scan::new(matcher.clone())
    };
    let mut kinds = HitKinds::new(matcher);
    let mut notes = call.scan_all(&scan, &input, &mut kinds)?;
    let hits = kinds.finish();
    if let Some(note) = hits.note() {
        notes.add(note);
    }
    Ok(ToolFindings::new(notes, "no line matches", move |budget| {
        let mut page = Vec::new();
        hits_within(&hits, &budget.into(), &mut page).map(|()| page)
    }))
}

/// Returns the times that are asked for.
pub(super) fn times(call: &ToolCall<'_>) -> Result<Option<TimePlan>, String> {
    TimePlan::new(&time_args(call)?).map_err(|error| error.to_string())
}

/// Returns the times that are asked for, or all times.
pub(super) fn dates(call: &ToolCall<'_>) -> Result<TimePlan, String> {
    TimePlan::of_dates(&time_args(call)?).map_err(|error| error.to_string())
}

fn time_args(call: &ToolCall<'_>) -> Result<TimeArgs, String> {
    Ok(TimeArgs {
        since: call.parsed("since", TimeWord::parse)?,
        until: call.parsed("until", TimeWord::parse)?,
        tz: None,
        time_format: None,
        slack: None,
    })
}
