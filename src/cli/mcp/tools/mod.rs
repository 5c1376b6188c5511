//! The tools, as a table. A new tool is a file here and a line in [`TOOLS`].

mod count;
mod digest;
mod fields;
mod lines;
mod search;
mod templates;
mod triage;

use super::tool::McpTool;

/// The tools that clients may call, the most useful first.
pub(super) const TOOLS: &[&McpTool] = &[
    &triage::TOOL,
    &digest::TOOL,
    &search::TOOL,
    &fields::TOOL,
    &count::TOOL,
    &templates::TOOL,
    &lines::TOOL,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_tool_has_a_name_of_its_own_a_budget_and_a_text_for_each_argument() {
        let mut names: Vec<&str> = TOOLS.iter().map(|tool| tool.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), TOOLS.len());
        for tool in TOOLS {
            let is_budget = |parameter: &&_| {
                let parameter: &super::super::schema::Parameter = parameter;
                parameter.name == "budget"
            };
            assert!(
                tool.parameters.iter().find(is_budget).is_some(),
                "{}",
                tool.name
            );
            assert!(tool.parameters.iter().all(|known| known.about.len() > 10));
        }
    }
}
