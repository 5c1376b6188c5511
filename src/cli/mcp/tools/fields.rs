//! The tool `fields`: which fields the lines of a log have.

use logscan::{
    Matcher, Note, Patterns, Scan,
    fields::{Catalog, FieldFormat},
};

use super::search::{PATH, SINCE, UNTIL, times};
use crate::cli::{
    mcp::{
        roots::Wants,
        schema::{Parameter, ParameterKind},
        tool::{McpTool, ToolCall, ToolFindings, budget},
    },
    redaction,
};

pub(super) const TOOL: McpTool = McpTool {
    name: "fields",
    title: "List the fields of a log",
    about: "Lists which fields the lines of a log of any size have: keys of JSON and logfmt, parts of access logs and of \
            headers, with their types, how often, and examples. For where in search, and for count.",
    parameters: &[
        Parameter::required("path", PATH),
        Parameter::new("since", ParameterKind::Text, SINCE),
        Parameter::new("until", ParameterKind::Text, UNTIL),
        budget(1000),
    ],
    run,
};

fn run(call: &ToolCall<'_>) -> Result<ToolFindings, String> {
    let input = call.input("path", Wants::FileOrFolder)?;
    let all = Matcher::new(&Patterns::new("")).map_err(|error| error.to_string())?;
    let scan = Scan {
        times: times(call)?.map(|times| times.range),
        ..Scan::new(all)
    };
    let mut catalog = Catalog::new(FieldFormat::Auto);
    let mut notes = call.scan_all(&scan, &input, &mut catalog)?;
    let mut list = catalog.finish();
    redaction::hide_examples(&mut list).map_err(|error| error.to_string())?;
    if list.unread > 0 {
        notes.add(Note::LinesUnread { count: list.unread });
    }
    Ok(ToolFindings::new(
        notes,
        "no line has a field",
        move |budget| Ok(list.within(budget).into_bytes()),
    ))
}
