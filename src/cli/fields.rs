//! `logscan fields`: lists which fields the lines of a log have.

use std::{io::Write as _, path::PathBuf};

use anyhow::{Context as _, Result};
use clap::{Args, Parser, ValueHint};
use logscan::{
    Budget, Error, Matcher, Note, Patterns, Scan,
    fields::{CATALOG_FIELDS_MAX, Catalog, FieldFormat, RowFormat},
    scan::MAX_LINE_BYTES,
};

use super::{
    args::{
        FolderArgs, InputArgs, InputFormatArg, LogArgs, MessageArgs, RedactArgs, RowFormatArg,
        TimeArgs, TransformArgs, check_budget,
    },
    board::CommandBoard,
    exit::Exit,
    inputs::{EngineName, InputScan, Inputs},
    messages::{report_threads, say},
    output,
    plan::{self, Controls, InputFlags, InputPlan, TimePlan},
    redaction,
    surroundings::{Surroundings, stdout_size},
};

const USAGE: &str = "logscan fields [OPTIONS] [LOG]...";

const EXAMPLES: &str = "\
Examples:
  logscan fields app.log                   which fields are there?
  logscan fields --input csv table.csv     of a table with a line of names
  logscan --where 'status>=500' --count-by path app.log
  logscan --agg 'p50(ms),p99(ms)' --per 1m app.log

Exit status: 0 there is a field, 1 there is none, 2 trouble.
To search for the word itself: logscan -e fields FILE...";

/// List the fields that the lines of a log have
#[derive(Debug, Parser)]
#[command(
    name = "logscan fields",
    bin_name = "logscan fields",
    version,
    args_override_self = true,
    disable_help_flag = true,
    disable_version_flag = true,
    term_width = 80,
    override_usage = USAGE,
    after_help = EXAMPLES
)]
pub(crate) struct FieldsArgs {
    #[command(flatten)]
    shown: FieldsShownArgs,
    #[command(flatten)]
    folders: FolderArgs,
    #[command(flatten)]
    redact: RedactArgs,
    #[command(flatten)]
    transform: TransformArgs,
    #[command(flatten)]
    times: TimeArgs,
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    messages: MessageArgs,
    /// The logs and folders to read; - is stdin
    ///
    /// Without a log the standard input is read, unless it is a terminal.
    #[arg(value_name = "LOG", value_hint = ValueHint::FilePath, help_heading = None, hide_short_help = true)]
    logs: Vec<PathBuf>,
}

/// The flags about what is listed.
#[derive(Args, Debug)]
#[command(next_help_heading = "Results")]
struct FieldsShownArgs {
    /// Print what fits BUDGET: 1000, 10K, 80lines
    ///
    /// A number is of tokens, of four characters each; 10K are bytes. The last line says how many
    /// fields were left out.
    #[arg(long, value_name = "BUDGET")]
    budget: Option<Budget>,
    /// text, csv, tsv, jsonl, markdown
    #[arg(
        long,
        value_enum,
        value_name = "FORMAT",
        default_value = "text",
        hide_possible_values = true,
        hide_default_value = true
    )]
    format: RowFormatArg,
    /// Take the logs as: auto, csv
    ///
    /// With csv the first line has the names of the columns, which have a comma, a tab, a semicolon
    /// or a bar between them. A row is one line.
    #[arg(
        long = "input",
        value_name = "FORMAT",
        value_enum,
        hide_possible_values = true
    )]
    input: Option<InputFormatArg>,
}

impl LogArgs for FieldsArgs {
    fn logs(&self) -> &[PathBuf] {
        &self.logs
    }
}

/// Does what `args` ask for.
pub(crate) fn run(args: &FieldsArgs, surroundings: &Surroundings) -> Result<Exit> {
    redaction::begin(&args.redact)?;
    check_budget(args.shown.budget, &args.shown.format)?;
    let times = TimePlan::new(&args.times)?;
    report_threads(args.input.path.threads);
    let signals = logscan::Signals::catch().context("cannot catch signals")?;
    let flags = InputFlags {
        folders: &args.folders,
        transform: args.transform.transform(),
        input: &args.input,
        messages: &args.messages,
    };
    let logs = plan::files_or_stdin(&args.logs);
    let plan = InputPlan {
        table: Some(<FieldsArgs as clap::CommandFactory>::command),
        ..InputPlan::new(logs, &flags, surroundings)
    };
    let board = args.messages.board.as_deref();
    let board = CommandBoard::of_progress(board, "fields", &plan.files, plan.threads)?;
    let mut inputs = Inputs::new(&plan, &signals, board);
    let scan = Scan {
        times: times.map(|times| times.range),
        range: args.input.byte_range.clone().unwrap_or(0..u64::MAX),
        max_line_bytes: args.input.max_line_bytes.unwrap_or(MAX_LINE_BYTES),
        chunk_bytes: args.input.chunk_size,
        ..Scan::new(Matcher::new(&Patterns::new(""))?)
    };
    let printed = print(args, &scan, surroundings, &mut inputs);
    inputs.finish_printed(printed)
}

/// Reads the inputs and prints the list. Returns whether there is a field.
fn print(
    args: &FieldsArgs,
    scan: &Scan,
    surroundings: &Surroundings,
    inputs: &mut Inputs<'_>,
) -> Result<bool> {
    let format = args
        .shown
        .input
        .map_or(FieldFormat::Auto, InputFormatArg::format);
    let mut catalog = Catalog::new(format);
    let job = InputScan {
        refuses_output: true,
        ..InputScan::new(scan, EngineName::Of(&scan.matcher))
    };
    let files = &inputs.tools.plan.files;
    inputs.scan_all(files, &job, &mut catalog)?;
    if inputs.is_stopped() {
        say("interrupted: the logs were not read to their ends, so nothing is listed");
        return Ok(false);
    }
    let mut list = catalog.finish();
    redaction::hide_examples(&mut list)?;
    let room = stdout_size(surroundings).map(|(columns, _)| columns);
    let format = args.shown.format.rows(RowFormat::Table(room));
    let controls = Controls::without_color(surroundings);
    let mut stdout = output::document(controls, plan::markup_of(format));
    let written = match args.shown.budget {
        Some(budget) => stdout.write_all(list.within(budget).as_bytes()),
        None => list.write(format, &mut stdout),
    };
    written
        .and_then(|()| stdout.flush())
        .map_err(|source| Error::Write { source })?;
    if list.unread > 0 {
        say(Note::LinesUnread { count: list.unread });
    }
    if list.beyond > 0 {
        say(format!(
            "{} values are of other fields, as at most {CATALOG_FIELDS_MAX} are told apart",
            list.beyond
        ));
    }
    Ok(!list.fields.is_empty())
}
