//! The tool `search`: hits spread over a log, the rare kinds first.

use logscan::{
    CaseMode, Matcher, Patterns, Scan, Syntax,
    fields::{Condition, ConditionError, FieldFormat},
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
    plan::{TimePlan, setting},
};

pub(super) const TOOL: McpTool = McpTool {
    name: "search",
    title: "Search a log",
    about: "Searches a log file of any size (also compressed), an archive, or all logs below a folder for a regular \
            expression. Shows how many hits there are and of how many kinds, then the first and the last hit of each \
            kind, rare kinds first, and others spread over the log, with line numbers. Read on around a hit with lines.",
    parameters: &[
        Parameter::required("path", PATH),
        Parameter::unless("where", "pattern", PATTERN),
        Parameter::new("where", ParameterKind::Text, WHERE),
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

pub(super) const PATTERN: &str = "A regular expression of the Rust regex crate, as in 'ERROR|panic'; needed unless where is given";
pub(super) const WHERE: &str = "Only lines whose fields meet this condition: status>=500 and path~^/api, level>=warn, \
                                duration>1.5s, exists(err); fields lists the fields";
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
    let matcher = with_condition(call, matcher)?;
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

/// Returns `matcher` for the lines that meet the condition, if one is asked for.
pub(super) fn with_condition(call: &ToolCall<'_>, matcher: Matcher) -> Result<Matcher, String> {
    let (setting, _) = setting(None).map_err(|error| error.to_string())?;
    let condition = call.parsed("where", |text| {
        Condition::parse(text, &setting).map_err(|error| {
            let ConditionError { column, reason, .. } = error;
            format!("{reason} (at character {column})")
        })
    })?;
    Ok(match condition {
        Some(condition) => {
            let groups = matcher.clone();
            matcher.filtered(condition.into_filter(FieldFormat::Auto, Some(groups)))
        }
        None => matcher,
    })
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
