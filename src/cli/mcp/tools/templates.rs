//! The tool `templates`: the kinds of lines of a log.

use logscan::templates::{
    Level, Miner, Options,
    report::{Layout, Table},
};

use super::search::{PATH, SINCE, UNTIL, times};
use crate::cli::mcp::{
    roots::Wants,
    schema::{Parameter, ParameterKind},
    tool::{McpTool, ToolCall, ToolFindings, budget},
};

pub(super) const TOOL: McpTool = McpTool {
    name: "templates",
    title: "Show the kinds of lines of a log",
    about: "Groups the lines of a log of any size (or an archive, or a folder) by their kinds, with what varies \
            replaced, and counts each. Shows the most frequent kinds, then the rarest ones; with other: what is new, \
            gone, more or less frequent than in that log.",
    parameters: &[
        Parameter::required("path", PATH),
        Parameter::new(
            "other",
            ParameterKind::Text,
            "A log to compare with: an older one, or one of a run that went well",
        ),
        Parameter::new(
            "level",
            ParameterKind::Word(&["trace", "debug", "info", "warn", "error", "fatal"]),
            "Only lines of this level or a graver one",
        ),
        Parameter::new("since", ParameterKind::Text, SINCE),
        Parameter::new("until", ParameterKind::Text, UNTIL),
        budget(2000),
    ],
    run,
};

fn run(call: &ToolCall<'_>) -> Result<ToolFindings, String> {
    let input = call.input("path", Wants::FileOrFolder)?;
    let level = call.arguments.text("level");
    let mut miner = Miner::new(Options {
        level_min: level.and_then(|level| Level::of_word(level.as_bytes())),
        times: times(call)?.map(|times| times.range),
        ..Options::default()
    });
    let scan = miner.scan();
    let mut notes = call.scan_all(&scan, &input, &mut miner)?;
    let compares = call.arguments.text("other").is_some();
    if compares {
        let other = call.input("other", Wants::FileOrFolder)?;
        miner.begin_other();
        notes.add_all(call.scan_all(&scan, &other, &mut miner)?);
    }
    let templates = miner.finish();
    if templates.folded > 0 {
        notes.add(format!(
            "{} lines are counted by their first word only, because too many kinds came before",
            templates.folded
        ));
    }
    Ok(ToolFindings::new(
        notes,
        "there is no such line",
        move |budget| {
            let layout = Layout::default();
            let table = match compares {
                true => Table::of_changes(&templates, &layout),
                false => {
                    let mut table = Table::of_templates(&templates, &layout);
                    table.rarest_first();
                    table
                }
            };
            let mut page = Vec::new();
            table.write_within(&budget.into(), &mut page).map(|()| page)
        },
    ))
}
