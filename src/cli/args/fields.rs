//! The flags of a search about the fields of lines.

use clap::{ArgAction, Args, ValueEnum};

use logscan::fields::{Aggregates, FieldFormat, FieldNames, RowFormat};

/// The flags that ask for results of another kind than rows.
const OTHER_RESULTS: [&str; 12] = [
    "count",
    "count_matches",
    "by_pattern",
    "only_matching",
    "tally",
    "files_with_matches",
    "files_without_match",
    "quiet",
    "json",
    "merge",
    "board",
    "files",
];

/// The flags about the fields of lines.
#[derive(Args, Debug)]
#[command(next_help_heading = "Fields")]
pub(crate) struct FieldArgs {
    /// Only lines whose fields meet EXPR
    ///
    /// 'status>=500', 'level=error', 'user.id=42', 'duration>1.5s', 'size>10MB', 'path~^/api',
    /// 'msg!~health', 'exists(err)', with and, or, not and brackets. Fields are the keys of JSON and
    /// logfmt, of key=value in messages, of CEF and LEEF; method path status bytes ip and others of
    /// access logs; time level host pid thread component message of a header; and the named groups
    /// of the pattern. Numbers, durations, sizes and times are compared as such, other values by
    /// their bytes, or without case: =i. A line without the field does not meet a comparison;
    /// 'status?>=500' lets it through. May be given several times; a hit meets all of them. Without
    /// a pattern every such line is a hit. `logscan fields FILE` lists the fields.
    #[arg(
        long = "where",
        value_name = "EXPR",
        action = ArgAction::Append,
        conflicts_with_all = ["continues", "files"]
    )]
    pub(crate) conditions: Vec<String>,
    /// Print these fields of each hit: a,b.c
    ///
    /// On a terminal they are columns, and otherwise tab-separated values; --format chooses csv,
    /// tsv, jsonl or markdown. With -H the name of the file comes first, with -n the number of the
    /// line.
    #[arg(
        long,
        value_name = "FIELDS",
        value_parser = FieldNames::parse,
        conflicts_with_all = OTHER_RESULTS,
        conflicts_with_all = ["budget", "per", "count_by", "aggregates"]
    )]
    pub(crate) select: Option<FieldNames>,
    /// Count hits by the values of fields: a,b
    ///
    /// The most frequent come first, those of all files together. With --per they are counted in
    /// each span of time.
    #[arg(
        long,
        value_name = "FIELDS",
        value_parser = FieldNames::parse,
        conflicts_with_all = OTHER_RESULTS
    )]
    pub(crate) count_by: Option<FieldNames>,
    /// Work out sum(a), avg, min, max, p99, distinct
    ///
    /// 'sum(bytes),avg(ms),max(ms),p50(ms),p99.9(ms),distinct(ip),count(err)' of all hits, or with
    /// --count-by of each group, and with --per of each span of time. Durations count in seconds and
    /// sizes in bytes. Percentiles are wrong by at most 1 %; more than 256 distinct values are an
    /// estimate, whose standard error is 1.6 %.
    #[arg(
        long = "agg",
        value_name = "FUNCTIONS",
        value_parser = Aggregates::parse,
        conflicts_with_all = OTHER_RESULTS
    )]
    pub(crate) aggregates: Option<Aggregates>,
    /// With --count-by: print the NUM largest
    ///
    /// 0 prints all, and is the default.
    #[arg(long, value_name = "NUM")]
    pub(crate) top: Option<usize>,
    /// Take the files as: auto, csv
    ///
    /// With csv the first line has the names of the columns, which have a comma, a tab, a semicolon
    /// or a bar between them. A row is one line.
    #[arg(
        long = "input",
        value_name = "FORMAT",
        value_enum,
        hide_possible_values = true,
        hide_short_help = true
    )]
    pub(crate) input: Option<InputFormatArg>,
}

/// What the files are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum InputFormatArg {
    /// Each line is what it looks like.
    Auto,
    /// The first line has the names of columns.
    #[value(alias = "tsv")]
    Csv,
}

impl InputFormatArg {
    /// Returns the format by its name in the library.
    pub(crate) fn format(self) -> FieldFormat {
        match self {
            InputFormatArg::Csv => FieldFormat::Table,
            InputFormatArg::Auto => FieldFormat::Auto,
        }
    }
}

/// The format of rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum RowFormatArg {
    /// Columns for people.
    #[default]
    Text,
    /// Comma-separated values.
    Csv,
    /// Tab-separated values.
    Tsv,
    /// JSON Lines.
    Jsonl,
    /// A table of Markdown.
    Markdown,
}

impl RowFormatArg {
    /// Returns the format by its name in the library. `text` is the one for people.
    pub(crate) fn rows(self, text: RowFormat) -> RowFormat {
        match self {
            RowFormatArg::Text => text,
            RowFormatArg::Csv => RowFormat::Csv,
            RowFormatArg::Tsv => RowFormat::Tsv,
            RowFormatArg::Jsonl => RowFormat::Jsonl,
            RowFormatArg::Markdown => RowFormat::Markdown,
        }
    }
}

impl FieldArgs {
    /// Returns whether a flag chooses lines without a pattern.
    pub(crate) fn choose_lines(&self) -> bool {
        !self.conditions.is_empty() || self.select.is_some() || self.groups()
    }

    /// Returns whether hits are counted in groups.
    pub(crate) fn groups(&self) -> bool {
        self.count_by.is_some() || self.aggregates.is_some()
    }

    /// Returns what the files are.
    pub(crate) fn format(&self) -> FieldFormat {
        self.input.map_or(FieldFormat::Auto, InputFormatArg::format)
    }
}
