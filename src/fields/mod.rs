//! Questions about the fields of lines: which there are, which lines have such values, how many of
//! each, and what they add up to.
//!
//! Fields need no settings. A line is what it looks like:
//!
//! | a line | its fields |
//! |---|---|
//! | a JSON object | its keys: `user.id` is inside of an object, `tags[0]` of an array |
//! | logfmt, or `key=value` in a message | its keys; of several with the same key the first |
//! | a line with a header that the log's first lines have | `time level host pid thread component message` |
//! | an access log: common, combined, nginx | `ip ident user time method path query protocol request status bytes referer agent duration`, and `host` if it is there |
//! | CEF, LEEF | the columns in front, and its keys |
//! | a row of a table, if somebody says that it is one | the names in the first line |
//! | any, with a pattern | the named groups of the pattern |
//!
//! ```text
//! line --read/--> FieldValues --condition/--> is it a hit?      a LineFilter of the Matcher
//! hit  --read/--> FieldValues --> FieldGroups | Select | Catalog      folds and a sink
//! ```
//! A line is read once to see whether it is a hit, and hits are read once more. A condition that asks
//! for a text is looked for as a text first, so that most other lines are not read at all.

mod catalog;
mod condition;
mod groups;
mod quantity;
mod read;
mod rows;
mod select;

pub use self::{
    catalog::{CATALOG_FIELDS_MAX, Catalog, CatalogField, FieldList, FieldType},
    condition::{CONDITION_FIELDS_MAX, Condition, ConditionError},
    groups::{
        Aggregates, DISTINCT_EXACT_MAX, FieldGroups, FieldNames, GROUP_BYTES_MAX, GroupOptions,
        GroupTable,
    },
    read::FieldFormat,
    rows::RowFormat,
    select::{Select, SelectOptions},
};

#[cfg(test)]
mod tests;
