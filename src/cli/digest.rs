//! `logscan digest`: shows on one page what an unknown log is.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::{Args, CommandFactory, Parser, ValueEnum, ValueHint};
use logscan::{
    Budget,
    digest::{
        DigestOptions, Digester,
        report::{self, Format, TextLook},
    },
    redact::Markup,
    scan::MAX_LINE_BYTES,
};

use super::{
    args::{
        FolderArgs, InputArgs, LogArgs, MessageArgs, RedactArgs, TimeArgs, TransformArgs,
        check_budget,
    },
    board::CommandBoard,
    exit::Exit,
    inputs::{EngineName, InputScan, Inputs},
    messages::{report_threads, say},
    output,
    page_options::{Kept, page_options},
    plan::{self, Controls, Figures, InputFlags, InputPlan, TimePlan, WithoutTimes},
    redaction,
    surroundings::{self, Surroundings, stdout_size},
};

const USAGE: &str = "logscan digest [OPTIONS] [LOG]...";

const EXAMPLES: &str = "\
Examples:
  logscan digest huge.log                  what is in it?
  logscan digest /var/log                  all logs below a folder, on one page
  logscan digest --since @-1h app.log      its last hour
  logscan digest --budget 1000 app.log     what says most in 1000 tokens
  logscan digest --format html app.log > page.html

Exit status: 0 there is a line, 1 there is none, 2 trouble.
To search for the word itself: logscan -e digest FILE...";

/// Show on one page what is in a log
#[derive(Debug, Parser)]
#[command(
    name = "logscan digest",
    bin_name = "logscan digest",
    version,
    args_override_self = true,
    disable_help_flag = true,
    disable_version_flag = true,
    term_width = 80,
    override_usage = USAGE,
    after_help = EXAMPLES
)]
pub(crate) struct DigestArgs {
    #[command(flatten)]
    shown: DigestShownArgs,
    #[command(flatten)]
    folders: FolderArgs,
    #[command(flatten)]
    transform: TransformArgs,
    #[command(flatten)]
    times: TimeArgs,
    #[command(flatten)]
    redact: RedactArgs,
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    messages: MessageArgs,
    /// The logs: files, folders, archives; - is the standard input
    ///
    /// They are shown together on one page. Without a log the standard input is read, unless it is
    /// a terminal.
    #[arg(value_name = "LOG", value_hint = ValueHint::AnyPath, help_heading = None, hide_short_help = true)]
    logs: Vec<PathBuf>,
}

/// The flags about what is printed.
#[derive(Args, Debug)]
#[command(next_help_heading = "Results")]
struct DigestShownArgs {
    /// text, markdown, json or html
    ///
    /// text is for people; markdown is for a comment or a step summary; json is one object, for
    /// programs; html is a page of one file, with a chart, that needs no network and no script.
    #[arg(
        long,
        value_enum,
        value_name = "FORMAT",
        default_value = "text",
        hide_default_value = true,
        hide_possible_values = true
    )]
    format: DigestFormat,
    /// Print the rows that fit: 2500, 10K, 80lines
    ///
    /// For programs that pay by the token, and for people in a hurry: the facts first, then rows of
    /// each list in turn, the errors first. A number is of tokens, counted as characters / 4 of all
    /// that is printed; with K or M it is of bytes. The least is 200 tokens. What is left out is
    /// counted at the end.
    #[arg(long, value_name = "SIZE", value_parser = str::parse::<Budget>)]
    budget: Option<Budget>,
    /// Tell NUM kinds apart at most (50000)
    ///
    /// As for templates: later kinds are counted by their first word, and a note says how many.
    #[arg(long, value_name = "NUM", value_parser = super::templates::parse_distinct, hide_short_help = true)]
    max_distinct: Option<usize>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum DigestFormat {
    #[default]
    Text,
    Markdown,
    Json,
    Html,
}

impl DigestFormat {
    /// Returns the format by its name in the library.
    fn format(self) -> Format {
        match self {
            DigestFormat::Text => Format::Text,
            DigestFormat::Markdown => Format::Markdown,
            DigestFormat::Json => Format::Json,
            DigestFormat::Html => Format::Html,
        }
    }
}

impl LogArgs for DigestArgs {
    fn logs(&self) -> &[PathBuf] {
        &self.logs
    }
}

/// Does what `args` ask for.
pub(crate) fn run(args: &DigestArgs, surroundings: &Surroundings) -> Result<Exit> {
    redaction::begin(&args.redact)?;
    check_budget(args.shown.budget, &args.shown.format)?;
    let times = TimePlan::of_dates(&args.times)?;
    report_threads(args.input.path.threads);
    let signals = logscan::Signals::catch().context("cannot catch signals")?;
    let flags = InputFlags {
        folders: &args.folders,
        transform: args.transform.transform(),
        input: &args.input,
        messages: &args.messages,
    };
    let logs = plan::files_or_stdin(&args.logs);
    let has_range = args.times.since.is_some() || args.times.until.is_some();
    let plan = InputPlan {
        without_times: match has_range {
            true => WithoutTimes::Count,
            false => WithoutTimes::Shown,
        },
        table: Some(DigestArgs::command),
        ..InputPlan::new(logs, &flags, surroundings)
    };
    if plan.figures == Figures::Said {
        say(&times);
    }
    let board = args.messages.board.as_deref();
    let board = CommandBoard::of_progress(board, "digest", &plan.files, plan.threads)?;
    let mut inputs = Inputs::new(&plan, &signals, board);
    let digester = Digester::new(options(args, times));
    let printed = print(args, digester, surroundings, &mut inputs);
    inputs.finish_printed(printed)
}

fn options(args: &DigestArgs, times: TimePlan) -> DigestOptions {
    let defaults = DigestOptions::of(times.range, times.zone);
    DigestOptions {
        range: args.input.byte_range.clone().unwrap_or(0..u64::MAX),
        distinct_max: args.shown.max_distinct.unwrap_or(defaults.distinct_max),
        max_line_bytes: args.input.max_line_bytes.unwrap_or(MAX_LINE_BYTES),
        chunk_bytes: args.input.chunk_size,
        ..defaults
    }
}

/// Reads the inputs and prints the page. Returns whether there is a line.
fn print(
    args: &DigestArgs,
    mut digester: Digester,
    surroundings: &Surroundings,
    inputs: &mut Inputs<'_>,
) -> Result<bool> {
    let scan = digester.scan();
    let job = InputScan {
        refuses_output: true,
        ..InputScan::new(&scan, EngineName::Templates)
    };
    let files = &inputs.tools.plan.files;
    inputs.scan_all(files, &job, &mut digester)?;
    if inputs.is_stopped() {
        say("interrupted: the logs were not read to their ends, so nothing is said about them");
        return Ok(false);
    }
    let digest = digester.finish();
    inputs.report_limits(&digest.templates, DigestArgs::command);
    let has_lines = digest.facts.lines > 0;
    // Programs that read a format get a document in any case.
    if !has_lines && args.shown.format == DigestFormat::Text {
        return Ok(false);
    }
    let markup = match args.shown.format {
        DigestFormat::Markdown => Markup::Markdown,
        DigestFormat::Html => Markup::Html,
        DigestFormat::Text | DigestFormat::Json => Markup::None,
    };
    let mut stdout = output::document(Controls::without_color(surroundings), markup);
    let cells = surroundings::bar_cells();
    match args.shown.budget {
        Some(budget) => {
            let table = DigestArgs::command();
            let options = page_options(budget, Kept::All, &table, surroundings);
            report::write_within(&digest, &options, cells, &mut stdout)?;
        }
        None => {
            let look = TextLook {
                columns: stdout_size(surroundings).map(|(columns, _)| columns),
                cells,
            };
            report::write(&digest, args.shown.format.format(), &look, &mut stdout)?;
        }
    }
    Ok(has_lines)
}
