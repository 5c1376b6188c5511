//! The tool `count`: how many lines there are by the values of fields, and what these add up to.

use logscan::{
    Matcher, Note, Patterns, Scan,
    fields::{Aggregates, FieldFormat, FieldGroups, FieldNames, GroupOptions},
};

use super::search::{PATH, SINCE, UNTIL, WHERE, times, with_condition};
use crate::cli::{
    mcp::{
        roots::Wants,
        schema::{Parameter, ParameterKind},
        tool::{McpTool, ToolCall, ToolFindings, budget},
    },
    redaction,
};

pub(super) const TOOL: McpTool = McpTool {
    name: "count",
    title: "Count lines by their fields",
    about: "Counts the lines of a log of any size by the values of fields, the most frequent first, and works out sums, \
            averages, percentiles and distinct values of each group. Answers how many, by what, how slow. fields lists \
            the fields.",
    parameters: &[
        Parameter::required("path", PATH),
        Parameter::new(
            "by",
            ParameterKind::Text,
            "Fields with commas between them: path,status; without it all lines are one group",
        ),
        Parameter::new(
            "agg",
            ParameterKind::Text,
            "Functions: sum(bytes),avg(ms),min(ms),max(ms),p50(ms),p99(ms),distinct(ip),count(err)",
        ),
        Parameter::new(
            "pattern",
            ParameterKind::Text,
            "Only lines that match this regular expression, whose named groups are fields too",
        ),
        Parameter::new("where", ParameterKind::Text, WHERE),
        Parameter::new("since", ParameterKind::Text, SINCE),
        Parameter::new("until", ParameterKind::Text, UNTIL),
        budget(1000),
    ],
    run,
};

fn run(call: &ToolCall<'_>) -> Result<ToolFindings, String> {
    let input = call.input("path", Wants::FileOrFolder)?;
    let patterns = Patterns::new(call.arguments.text("pattern").unwrap_or_default());
    let matcher = Matcher::new(&patterns).map_err(|error| error.to_string())?;
    let keys = call.parsed("by", FieldNames::parse)?.unwrap_or_default();
    for name in keys.texts() {
        if redaction::knows_as_secret(&name).map_err(|error| error.to_string())? {
            return Err(format!(
                "by: {name} is a secret by its name, and secrets are redacted here"
            ));
        }
    }
    let options = GroupOptions {
        keys,
        aggregates: call.parsed("agg", Aggregates::parse)?.unwrap_or_default(),
        per: None,
        format: FieldFormat::Auto,
    };
    let mut groups = FieldGroups::new(options, &matcher);
    let scan = Scan {
        times: times(call)?.map(|times| times.range),
        ..Scan::new(with_condition(call, matcher)?)
    };
    let mut notes = call.scan_all(&scan, &input, &mut groups)?;
    let table = groups.finish();
    table.notes.iter().for_each(|note| notes.add(note));
    // A condition has said that of each log.
    if call.arguments.text("where").is_none() && table.seen.unread > 0 {
        let count = table.seen.unread;
        notes.add(Note::LinesUnread { count });
    }
    if let Some(missing) = table.missing() {
        notes.add(missing);
    }
    Ok(ToolFindings::new(notes, "no line matches", move |budget| {
        Ok(table.within(budget).into_bytes())
    }))
}
