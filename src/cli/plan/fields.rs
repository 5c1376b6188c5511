//! The plan of what is done with the fields of hits.

use std::io::Write;

use anyhow::{Result, bail};
use jiff::tz::TimeZone;
use logscan::{
    Budget, FilterSeen, Matcher, ReadMode, Scan, Workers,
    fields::{
        Catalog, Condition, FieldFormat, FieldGroups, FieldList, FieldNames, GroupOptions,
        GroupTable, RowFormat, Select, SelectOptions,
    },
    redact::Markup,
    scan,
};

use crate::cli::{
    args::{FieldArgs, Per, PerFormat, SearchArgs, check_budget},
    inputs::open,
    messages::say,
    plan::{InputPlan, setting},
    redaction,
    surroundings::{self, Surroundings},
};

/// So many of the first lines tell which fields a log has.
const LINES_LOOKED_AT: u64 = 2000;

/// So many fields are named in a message.
const NAMES_SHOWN: usize = 20;

/// What is done with the fields of hits.
#[derive(Clone, Debug)]
pub(crate) struct FieldPlan {
    /// What the inputs are.
    pub(crate) input: FieldFormat,
    format: RowFormat,
    groups: GroupOptions,
    top: Option<usize>,
    budget: Option<Budget>,
    /// The fields that are printed of each hit.
    select: Option<FieldNames>,
    /// The names of all fields that are asked for, but in conditions.
    asked: Vec<String>,
}

impl FieldPlan {
    /// Returns the plan of `args`.
    pub(crate) fn new(args: &SearchArgs, surroundings: &Surroundings) -> FieldPlan {
        let FieldArgs {
            select,
            count_by,
            aggregates,
            top,
            ..
        } = &args.fields;
        let room = surroundings::stdout_size(surroundings).map(|(columns, _)| columns);
        let format = match args.per.format {
            Some(PerFormat::Csv) => RowFormat::Csv,
            Some(PerFormat::Tsv) => RowFormat::Tsv,
            Some(PerFormat::Jsonl) => RowFormat::Jsonl,
            Some(PerFormat::Markdown) => RowFormat::Markdown,
            None if select.is_some() && room.is_none() => RowFormat::Tsv,
            Some(PerFormat::Text | PerFormat::Svg | PerFormat::Html) | None => {
                RowFormat::Table(room)
            }
        };
        let per = match args.per.per {
            Some(Per::Width(width)) if args.fields.groups() => Some((width, TimeZone::UTC)),
            _ => None,
        };
        let mut asked = Vec::new();
        asked.extend(select.iter().flat_map(FieldNames::texts));
        asked.extend(count_by.iter().flat_map(FieldNames::texts));
        let aggregates = aggregates.clone().unwrap_or_default();
        for name in aggregates.fields() {
            if !asked.contains(&name) {
                asked.push(name);
            }
        }
        FieldPlan {
            input: args.fields.format(),
            format,
            groups: GroupOptions {
                keys: count_by.clone().unwrap_or_default(),
                aggregates,
                per,
                format: args.fields.format(),
            },
            top: top.filter(|&top| top > 0),
            budget: args.budget.budget,
            select: select.clone(),
            asked,
        }
    }

    /// Refuses what does not go together.
    ///
    /// # Errors
    /// A text for people.
    pub(crate) fn check(args: &SearchArgs) -> Result<()> {
        let prints_rows = args.fields.select.is_some() || args.fields.groups();
        match args.per.format {
            Some(PerFormat::Svg | PerFormat::Html) if prints_rows => bail!(
                "--format svg and html are pictures of --per; fields are printed as text, csv, tsv, jsonl or markdown"
            ),
            Some(PerFormat::Tsv | PerFormat::Markdown) if !prints_rows => bail!(
                "--format tsv and markdown are for --select, --count-by and --agg; --per alone has text, jsonl, csv, svg and html"
            ),
            _ => {}
        }
        let columns = [&args.fields.select, &args.fields.count_by];
        for name in columns.into_iter().flatten().flat_map(FieldNames::texts) {
            if args.per.format != Some(PerFormat::Jsonl) && redaction::knows_as_secret(&name)? {
                bail!(
                    "--redact knows {name} as a secret by its name, and a row has no names beside its values; \
                     --format jsonl has them"
                );
            }
        }
        if prints_rows {
            check_budget(args.budget.budget, &args.per.format.unwrap_or_default())?;
        }
        if args.fields.groups() && args.per.per == Some(Per::Auto) {
            bail!(
                "--per auto is for counts alone; with --count-by or --agg give a span, as in --per 1m"
            );
        }
        Ok(())
    }

    /// Returns the language in which rows are written.
    pub(crate) fn markup(&self) -> Markup {
        markup_of(self.format)
    }

    /// Returns whether hits are grouped by their times too.
    pub(crate) fn has_buckets(&self) -> bool {
        self.groups.per.is_some()
    }

    /// Creates the sink that groups the hits of `matcher`, with the zone of times.
    pub(crate) fn groups(&self, matcher: &Matcher, zone: TimeZone) -> FieldGroups {
        let mut options = self.groups.clone();
        options.per = options.per.map(|(width, _)| (width, zone));
        FieldGroups::new(options, matcher)
    }

    /// Creates the sink that prints fields of the hits of `matcher`.
    pub(crate) fn select(
        &self,
        matcher: &Matcher,
        (file_name, line_number): (bool, bool),
        writer: Box<dyn Write + Send>,
    ) -> Select {
        let options = SelectOptions {
            names: self.select.clone().unwrap_or_default(),
            format: self.format,
            file_name,
            line_number,
            input: self.input,
        };
        Select::new(options, matcher, writer)
    }

    /// Writes the table of groups.
    ///
    /// # Errors
    /// The errors of `writer`.
    pub(crate) fn print(
        &self,
        mut table: GroupTable,
        writer: &mut dyn Write,
    ) -> std::io::Result<GroupTable> {
        let left_out = self.top.map(|top| table.keep_top(top));
        match self.budget {
            Some(budget) => writer.write_all(table.within(budget).as_bytes())?,
            None => table.write(self.format, left_out, writer)?,
        }
        writer.flush()?;
        Ok(table)
    }

    /// Returns the names of the fields that are asked for, but in conditions. The bit of each is that
    /// of its number.
    pub(crate) fn asked(&self) -> &[String] {
        &self.asked
    }
}

/// Returns the language in which rows of a format are written.
pub(crate) fn markup_of(format: RowFormat) -> Markup {
    match format {
        RowFormat::Markdown => Markup::Markdown,
        RowFormat::Table(_) | RowFormat::Csv | RowFormat::Tsv | RowFormat::Jsonl => Markup::None,
    }
}

/// Returns the condition of `args`, if there is one.
///
/// # Errors
/// A text for people, which says where the condition is wrong, and which fields the log has.
pub(crate) fn condition(args: &SearchArgs, inputs: &InputPlan) -> Result<Option<Condition>> {
    let texts = &args.fields.conditions;
    if texts.is_empty() {
        return Ok(None);
    }
    // Not before it is needed: the zones of the system are files.
    let (setting, _) = setting(args.times.tz.as_deref())?;
    match Condition::all(texts, &setting) {
        Ok(condition) => Ok(Some(condition)),
        Err(error) => {
            let list = first_fields(inputs, args.fields.format());
            let names = list
                .map(|(name, list)| fields_of(&name, &list))
                .unwrap_or_default();
            bail!("--where: {error}{names}");
        }
    }
}

/// Says which fields were asked for that no line has.
pub(crate) fn report_missing(
    names: &[String],
    seen: FilterSeen,
    inputs: &InputPlan,
    format: FieldFormat,
) {
    let is_missing = |nth: usize| seen.had & (1 << nth) == 0;
    let missing = names.iter().enumerate().filter(|(nth, _)| is_missing(*nth));
    let missing: Vec<&String> = missing.map(|(_, name)| name).collect();
    if missing.is_empty() {
        return;
    }
    let list = first_fields(inputs, format);
    for name in missing {
        let (log, nearest) = match &list {
            // The lines that were looked at may have been few.
            Some((_, list)) if list.fields.iter().any(|field| field.name == *name) => continue,
            Some((log, list)) => (Some((log, list)), list.nearest(name)),
            None => (None, None),
        };
        let advice = match (nearest, log) {
            (Some(nearest), _) => format!("; did you mean {nearest}?"),
            (None, Some((log, list))) => fields_of(log, list),
            (None, None) => String::new(),
        };
        say(format!("no line that was looked at has {name}{advice}"));
    }
}

/// Says which fields were compared by their order and have no value that could be.
pub(crate) fn report_unfit(names: &[String], ordered: u64, seen: FilterSeen) {
    for (nth, name) in names.iter().enumerate() {
        if ordered & seen.had & !seen.fit & (1 << nth) != 0 {
            say(format!(
                "no value of {name} that was looked at could be compared: none is a number, duration, size, time or \
                 level as in the condition"
            ));
        }
    }
}

fn fields_of(log: &str, list: &FieldList) -> String {
    let names: Vec<&str> = list
        .fields
        .iter()
        .map(|field| field.name.as_str())
        .collect();
    match names.len() {
        0 => format!("\n  no fields were found in the first lines of {log}"),
        count if count > NAMES_SHOWN => format!(
            "\n  fields of {log}: {}, and {} more: logscan fields {log}",
            names[..NAMES_SHOWN].join(", "),
            count - NAMES_SHOWN
        ),
        _ => format!("\n  fields of {log}: {}", names.join(", ")),
    }
}

/// Returns the name of the first input that is a file, with the fields of its first lines.
fn first_fields(inputs: &InputPlan, format: FieldFormat) -> Option<(String, FieldList)> {
    let mut files = inputs.files.iter();
    let path = files.find(|path| path.is_file())?;
    let mut source = open(path, ReadMode::Read, inputs.decoding).ok()?;
    let all = Matcher::new(&logscan::Patterns::new("")).ok()?;
    let scan = Scan {
        limit: logscan::Limit::First(LINES_LOOKED_AT),
        ..Scan::new(all)
    };
    let mut catalog = Catalog::new(format);
    let progress = logscan::Progress::new();
    let workers = Workers::new(1);
    let summary = scan::run(&scan, &mut source, &workers, &progress, &mut catalog).ok()?;
    drop(summary);
    Some((logscan::Name(path).to_string(), catalog.finish()))
}
