//! The tool `digest`: what is in an unknown log.

use logscan::{
    digest::{DigestOptions, Digester, report::write_within},
    histogram::report::BarCells,
};

use super::search::{PATH, SINCE, UNTIL, dates};
use crate::cli::mcp::{
    roots::Wants,
    schema::{Parameter, ParameterKind},
    tool::{McpTool, ToolCall, ToolFindings, budget},
};

pub(super) const TOOL: McpTool = McpTool {
    name: "digest",
    title: "Show what is in a log",
    about: "Shows on one page what is in a log of any size (or an archive, or a folder): its format and size, its times \
            and levels, the most frequent and the rarest kinds of lines, the first and the last errors, and where it was \
            silent, busy or began anew, with line numbers. The way to look at an unknown log first.",
    parameters: &[
        Parameter::required("path", PATH),
        Parameter::new("since", ParameterKind::Text, SINCE),
        Parameter::new("until", ParameterKind::Text, UNTIL),
        budget(1500),
    ],
    run,
};

fn run(call: &ToolCall<'_>) -> Result<ToolFindings, String> {
    let input = call.input("path", Wants::FileOrFolder)?;
    let times = dates(call)?;
    let mut digester = Digester::new(DigestOptions::of(times.range, times.zone));
    let scan = digester.scan();
    let notes = call.scan_all(&scan, &input, &mut digester)?;
    let digest = digester.finish();
    Ok(ToolFindings::new(
        notes,
        "there is no line",
        move |budget| {
            let mut page = Vec::new();
            if digest.facts.lines > 0 {
                write_within(&digest, &budget.into(), BarCells::Blocks, &mut page)?;
            }
            Ok(page)
        },
    ))
}
