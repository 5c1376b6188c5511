//! The tool `lines`: lines of a file by their numbers.

use logscan::{Budget, Limit, Matcher, Patterns, Scan, scan::LineRanges, sink::NumberedLines};

use crate::cli::mcp::{
    roots::Wants,
    schema::Parameter,
    tool::{BUDGET_MAX, McpTool, ToolCall, ToolFindings, budget},
};

pub(super) const TOOL: McpTool = McpTool {
    name: "lines",
    title: "Read lines of a log by their numbers",
    about: "Prints the lines of a file with given numbers, with their numbers, until the budget is used up; the \
            middle of very long lines is left out. For reading on around what another tool has shown: where an \
            answer advises logscan --lines A-B FILE, this tool does it.",
    parameters: &[
        Parameter::required(
            "path",
            "The file, which may be compressed, or ARCHIVE!MEMBER as answers name it",
        ),
        Parameter::required("lines", "Numbers from 1, as in 2750-2800 or 10-20,35"),
        budget(2500),
    ],
    run,
};

fn run(call: &ToolCall<'_>) -> Result<ToolFindings, String> {
    let input = call.input("path", Wants::File)?;
    let numbers: LineRanges = call
        .parsed("lines", str::parse)?
        .ok_or("lines: no numbers are given")?;
    let every_line = Matcher::new(&Patterns::new("")).map_err(|error| error.to_string())?;
    // No answer has room for more.
    let mut lines = NumberedLines::new(Budget::Tokens(BUDGET_MAX));
    let scan = Scan {
        lines: Some(numbers.clone()),
        line_numbers: true,
        limit: Limit::First(lines.lines_max()),
        ..Scan::new(every_line)
    };
    let notes = call.scan_all(&scan, &input, &mut lines)?;
    Ok(ToolFindings::new(
        notes,
        "there are no such lines",
        move |budget| Ok(lines.page(&budget.into(), &numbers).into_bytes()),
    ))
}
