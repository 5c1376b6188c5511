//! The tool `lines`: lines of a file by their numbers.

use logscan::{Budget, EachLine, Limit, Matcher, Patterns, Scan, TOKEN_CHARS, sink::NumberedPage};

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
    // No budget has room for more.
    let lines_max = NumberedPage::new(Budget::Tokens(BUDGET_MAX)).lines_max();
    let every_line = Matcher::new(&Patterns::new("")).map_err(|error| error.to_string())?;
    let scan = Scan {
        lines: call.parsed("lines", str::parse)?,
        line_numbers: true,
        limit: Limit::First(lines_max),
        ..Scan::new(every_line)
    };
    // What no budget has room for need not be kept.
    let mut room = BUDGET_MAX * TOKEN_CHARS * 4;
    let mut found = Vec::new();
    let mut sink = EachLine::new(|line| {
        if room > 0 {
            room = room.saturating_sub(line.bytes.len() as u64);
            found.push((line.line_number.unwrap_or(0), line.bytes.to_vec()));
        }
        Ok(())
    });
    let notes = call.scan_all(&scan, &input, &mut sink)?;
    Ok(ToolFindings::new(
        notes,
        "there are no such lines",
        move |budget| {
            // The last line says that there are more.
            let mut page = NumberedPage::new(budget);
            let added = found
                .iter()
                .take_while(|(number, line)| {
                    page.add(*number, line.strip_suffix(b"\r").unwrap_or(line))
                })
                .count();
            let mut text = page.to_string();
            if let (Some((next, _)), true) = (found.get(added), added < found.len()) {
                text.push_str(&format!(
                    "left out: the lines from {next} on; ask for {next}-\n"
                ));
            }
            Ok(text.into_bytes())
        },
    ))
}
