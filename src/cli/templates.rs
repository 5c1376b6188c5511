//! `logscan templates`: shows the kinds of lines in logs, with counts, or what changed against
//! another log, or the kind of each line.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context as _, Result, anyhow};
use clap::{Args, CommandFactory, Parser, ValueEnum, ValueHint};
use logscan::{
    Access, Budget, Error, Matcher, Name, Patterns, ReadMode, Scan, Source,
    redact::Markup,
    scan::MAX_LINE_BYTES,
    templates::{
        Assign, Level, Miner, Options, Templates,
        report::{Format, Layout, Table},
    },
};

use super::{
    args::{
        FolderArgs, InputArgs, LogArgs, MessageArgs, RedactArgs, SearchArgs, TimeArgs,
        TransformArgs, WhenArg, check_budget,
    },
    board::CommandBoard,
    exit::Exit,
    hints,
    inputs::{EngineName, InputScan, Inputs},
    messages::{report_threads, say},
    output,
    page_options::{Kept, page_options},
    plan::{self, Controls, Figures, InputFlags, InputPlan, TimePlan},
    redaction,
    surroundings::{Surroundings, stdout_size},
};

const USAGE: &str = "logscan templates [OPTIONS] [LOG]...";

const EXAMPLES: &str = "\
Examples:
  logscan templates huge.log                   what kinds of lines are there?
  logscan templates --rare --top 20 huge.log   the rarest ones
  logscan templates --level warn --example *.log   what went wrong, and how
  logscan templates --diff green.log red.log   what is new, gone, more or less
  logscan templates --ids app.log              with identifiers, for:
  logscan --template 0123456789ab app.log      the lines of one kind

To search for the word itself: logscan -e templates FILE...";

/// Show what kinds of lines a log has, and how many of each
#[derive(Debug, Parser)]
#[command(
    name = "logscan templates",
    bin_name = "logscan templates",
    version,
    args_override_self = true,
    disable_help_flag = true,
    disable_version_flag = true,
    term_width = 80,
    override_usage = USAGE,
    after_help = EXAMPLES
)]
pub(crate) struct TemplatesArgs {
    #[command(flatten)]
    table: TableArgs,
    #[command(flatten)]
    counted: CountedArgs,
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
    /// Their lines are counted together. Without a log the standard input is read, unless it is a
    /// terminal.
    #[arg(value_name = "LOG", value_hint = ValueHint::AnyPath, help_heading = None, hide_short_help = true)]
    logs: Vec<PathBuf>,
}

/// The flags about what is printed.
#[derive(Args, Debug)]
#[command(next_help_heading = "Results")]
struct TableArgs {
    /// Show only the first NUM templates (0: all)
    ///
    /// A terminal gets the first 30 unless this says otherwise, each cut to its width; a pipe or a
    /// file gets all.
    #[arg(long, value_name = "NUM")]
    top: Option<usize>,
    /// Show the rarest first
    #[arg(long)]
    rare: bool,
    /// Show one real line of each
    ///
    /// It is the first one, up to 1 KiB of it.
    #[arg(long)]
    example: bool,
    /// Show identifiers, for --template
    ///
    /// An identifier is made of the template's text: the same text has the same one in every log.
    /// All formats but text always have it.
    #[arg(long)]
    ids: bool,
    /// text, json, jsonl, csv or markdown
    #[arg(
        long,
        value_enum,
        value_name = "FORMAT",
        default_value = "text",
        hide_default_value = true,
        hide_possible_values = true
    )]
    format: FormatArg,
    /// Print the kinds that fit: 2500, 10K, 80lines
    ///
    /// For programs that pay by the token, and for people in a hurry: the three most frequent kinds,
    /// then the rarest, whatever fits, and with --diff what changed, the new kinds first. A number
    /// is of tokens, counted as characters / 4 of all that is printed; with K or M it is of bytes.
    /// The least is 200 tokens. What is left out is counted at the end.
    #[arg(long, value_name = "SIZE", value_parser = str::parse::<Budget>, conflicts_with_all = ["top", "example", "assign"])]
    budget: Option<Budget>,
    /// Print the identifier for each line
    ///
    /// One identifier is printed for each line, in their order, and - where there is none. All lines
    /// of a record have that of its first line. The log is read twice, so it cannot be a pipe.
    #[arg(long, conflicts_with_all = ["top", "rare", "example", "ids", "format", "diff", "grep", "level"])]
    assign: bool,
    /// Show what changed against OTHER
    ///
    /// Templates are shown that are new, gone, or at least three times more or less frequent than
    /// in OTHER, and too different for chance. OTHER is an older log, or the log of a run that went
    /// well. Frequencies are shares of the lines.
    #[arg(long, value_name = "OTHER", value_hint = ValueHint::FilePath)]
    diff: Option<PathBuf>,
    /// Colour placeholders: never, always, auto
    #[arg(
        long,
        alias = "colour",
        value_name = "WHEN",
        hide_possible_values = true
    )]
    color: Option<WhenArg>,
}

/// The flags about which lines count.
#[derive(Args, Debug)]
#[command(next_help_heading = "Lines")]
struct CountedArgs {
    /// Count only lines that match REGEX
    ///
    /// Templates are made of all lines even so, and are the same as without it.
    #[arg(long, value_name = "REGEX", allow_hyphen_values = true)]
    grep: Option<String>,
    /// Count only lines of LEVEL or graver
    ///
    /// One of trace, debug, info, warn, error, fatal. Lines in which no level is recognised do not
    /// count. If no line counts, a message says which levels the log has.
    #[arg(long, value_name = "LEVEL", value_parser = parse_level)]
    level: Option<Level>,
    /// Count every line by itself
    ///
    /// Without this flag a record counts once: a line with a header together with the lines below it
    /// that have none, such as a stack trace. It counts under the template of its first line. A log
    /// in which hardly any line has a header is counted line by line anyway.
    #[arg(long)]
    no_records: bool,
    /// Tell NUM kinds apart at most (50000)
    ///
    /// The first NUM distinct lines, after masking, are told apart; later ones are counted by their
    /// first word, and a note says how many. It bounds the memory: about 2 KiB for each at the
    /// most.
    #[arg(long, value_name = "NUM", value_parser = parse_distinct)]
    max_distinct: Option<usize>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum FormatArg {
    #[default]
    Text,
    Json,
    Jsonl,
    Csv,
    Markdown,
}

fn parse_level(text: &str) -> Result<Level, String> {
    Level::of_word(text.as_bytes())
        .ok_or_else(|| "a level is trace, debug, info, warn, error or fatal".into())
}

pub(crate) fn parse_distinct(text: &str) -> Result<usize, String> {
    let limit = logscan::templates::DISTINCT_LIMIT;
    match text.parse() {
        Ok(count) if (1..=limit).contains(&count) => Ok(count),
        _ => Err(format!("it must be a number from 1 to {limit}")),
    }
}

impl LogArgs for TemplatesArgs {
    fn logs(&self) -> &[PathBuf] {
        &self.logs
    }
}

/// Does what `args` ask for.
pub(crate) fn run(args: &TemplatesArgs, surroundings: &Surroundings) -> Result<Exit> {
    redaction::begin(&args.redact)?;
    check_budget(args.table.budget, &args.table.format)?;
    let times = TimePlan::new(&args.times)?;
    let options = Options {
        times: times.as_ref().map(|times| times.range.clone()),
        ..options(args)?
    };
    let is_stdin = |log: &PathBuf| log == Path::new("-");
    if args.table.diff.as_ref().is_some_and(is_stdin)
        && (args.logs.is_empty() || args.logs.iter().any(is_stdin))
    {
        return Err(anyhow!(
            "the standard input cannot be both the log and the one it is compared with; save one of them to a file"
        ));
    }
    report_threads(args.input.path.threads);
    let signals = logscan::Signals::catch().context("cannot catch signals")?;
    let flags = InputFlags {
        folders: &args.folders,
        transform: args.transform.transform(),
        input: &args.input,
        messages: &args.messages,
    };
    let logs = plan::files_or_stdin(&args.logs);
    let plan = InputPlan::new(logs, &flags, surroundings);
    if let Some(times) = times.filter(|_| plan.figures == Figures::Said) {
        say(times);
    }
    let board = args.messages.board.as_deref();
    let board = CommandBoard::of_progress(board, "templates", &plan.files, plan.threads)?;
    let mut inputs = Inputs::new(&plan, &signals, board);
    let printed = match args.table.assign {
        true => assign(options, surroundings, &mut inputs),
        false => table(args, options, surroundings, &mut inputs),
    };
    inputs.finish_printed(printed)
}

fn options(args: &TemplatesArgs) -> Result<Options> {
    let wanted = match &args.counted.grep {
        Some(regex) => Some(Matcher::new(&Patterns::new(regex)).map_err(not_regex)?),
        None => None,
    };
    let defaults = Options::default();
    Ok(Options {
        wanted,
        level_min: args.counted.level,
        distinct_max: args.counted.max_distinct.unwrap_or(defaults.distinct_max),
        examples: args.table.example,
        range: args.input.byte_range.clone().unwrap_or(0..u64::MAX),
        times: None,
        records: !args.counted.no_records,
        max_line_bytes: args.input.max_line_bytes.unwrap_or(MAX_LINE_BYTES),
        chunk_bytes: args.input.chunk_size,
    })
}

/// Returns the error of `--grep`, which has no flag for plain text beside it.
fn not_regex(error: Error) -> anyhow::Error {
    let message = hints::fitting(&error, &TemplatesArgs::command());
    // The library's advice is a flag of a search.
    match error {
        Error::Pattern { .. } if message != error.to_string() => anyhow!(
            "{message}; a backslash takes the meaning from a character, as in --grep 'f\\('"
        ),
        _ => anyhow!(message),
    }
}

/// Counts the lines of all inputs. Returns how many inputs could be read.
fn mine(miner: &mut Miner, files: &[PathBuf], inputs: &mut Inputs<'_>) -> Result<u64, Error> {
    let scan = miner.scan();
    inputs.scan_all(files, &all_lines(&scan), miner)
}

/// Returns the task of reading all lines of all inputs. The file that results go to is not read: it
/// may lie in a folder that is read.
fn all_lines(scan: &Scan) -> InputScan<'_> {
    InputScan {
        refuses_output: true,
        ..InputScan::new(scan, EngineName::Templates)
    }
}

/// Prints the table. Returns whether there is anything in it.
fn table(
    args: &TemplatesArgs,
    options: Options,
    surroundings: &Surroundings,
    inputs: &mut Inputs<'_>,
) -> Result<bool> {
    let mut miner = Miner::new(options);
    mine(&mut miner, &inputs.tools.plan.files, inputs)?;
    if inputs.is_stopped() && args.table.diff.is_some() {
        return Ok(false);
    }
    if let Some(other) = &args.table.diff {
        miner.begin_other();
        if mine(&mut miner, std::slice::from_ref(other), inputs)? == 0 {
            // Otherwise everything would be new.
            inputs.report.trouble(&format!(
                "{}: no log was read there, so there is nothing to compare with",
                Name(other)
            ));
            return Ok(false);
        }
    }
    let templates = miner.finish();
    inputs.report_limits(&templates, TemplatesArgs::command);
    report_continued(&templates);
    report_levels(args.counted.level, &templates);
    let color = surroundings.has_color(args.table.color.unwrap_or_default());
    let layout = Layout {
        format: match args.table.format {
            FormatArg::Text => Format::Text,
            FormatArg::Json => Format::Json,
            FormatArg::Jsonl => Format::Jsonl,
            FormatArg::Csv => Format::Csv,
            FormatArg::Markdown => Format::Markdown,
        },
        examples: args.table.example,
        ids: args.table.ids,
        color,
        columns: columns(surroundings),
    };
    let mut table = match &args.table.diff {
        Some(_) => Table::of_changes(&templates, &layout),
        None => Table::of_templates(&templates, &layout),
    };
    if args.table.rare || args.table.budget.is_some() && args.table.diff.is_none() {
        table.rarest_first();
    }
    if let Some(budget) = args.table.budget {
        let mut stdout = output::stdout(Controls::without_color(surroundings));
        let flags = TemplatesArgs::command();
        let options = page_options(budget, Kept::All, &flags, surroundings);
        table.write_within(&options, &mut stdout)?;
        return Ok(!table.rows.is_empty());
    }
    match (args.table.top, layout.columns) {
        (Some(0), _) | (None, None) => {}
        (Some(top), _) => table.rows.truncate(top),
        (None, Some(_)) if layout.format == Format::Text => table.shorten(TERMINAL_ROWS),
        (None, Some(_)) => {}
    }
    let markup = match args.table.format {
        FormatArg::Markdown => Markup::Markdown,
        _ => Markup::None,
    };
    table.write(&mut output::document(
        Controls::on(surroundings, color),
        markup,
    ))?;
    Ok(!table.rows.is_empty())
}

/// How many rows a terminal gets unless more are asked for. A person may read through that many.
const TERMINAL_ROWS: usize = 30;

/// Returns how many columns the terminal has that shows the results, or `None` if they go
/// elsewhere.
fn columns(surroundings: &Surroundings) -> Option<usize> {
    stdout_size(surroundings).map(|(columns, _)| columns)
}

/// Says how many lines are in no row of the table, because they belong to a record.
fn report_continued(templates: &Templates) {
    let what = match templates.continued {
        0 => return,
        1 => "1 line without a header belongs to the record above it".to_owned(),
        lines => format!("{lines} lines without a header belong to the records above them"),
    };
    say(format!("{what}; --no-records counts each line by itself"));
}

/// Says why no line counts, if no line has such a level.
fn report_levels(level_min: Option<Level>, templates: &Templates) {
    let Some(level_min) = level_min else { return };
    let levels = || Level::ALL.into_iter().zip(templates.levels);
    if levels().any(|(level, lines)| level >= level_min && lines > 0) {
        return;
    }
    let seen: Vec<String> = levels()
        .filter(|&(_, lines)| lines > 0)
        .map(|(level, lines)| format!("{} ({lines})", level.name()))
        .collect();
    match seen.is_empty() {
        true => say(format!(
            "no line has a level, so --level {} counts none; a level is a word such as {} before the message, or the \
             field level",
            level_min.name(),
            Level::ALL.map(Level::name).join(", ")
        )),
        false => say(format!(
            "no line has the level {} or a graver one; there are {}",
            level_min.name(),
            seen.join(", ")
        )),
    }
}

/// Prints the template of each line. Returns whether there is any line.
fn assign(options: Options, surroundings: &Surroundings, inputs: &mut Inputs<'_>) -> Result<bool> {
    let files = &inputs.tools.plan.files;
    for log in files {
        require_twice(log, "--assign")?;
    }
    let mut miner = Miner::new(options);
    let scan = miner.scan();
    mine(&mut miner, files, inputs)?;
    if inputs.is_stopped() {
        return Ok(false);
    }
    let templates = Arc::new(miner.finish());
    inputs.report_limits(&templates, TemplatesArgs::command);
    let stdout = inputs.above(output::stdout(Controls::without_color(surroundings)));
    let mut sink = Assign::new(templates, stdout);
    inputs.report.again();
    inputs.scan_all(files, &all_lines(&scan), &mut sink)?;
    Ok(inputs.report.outcome.hit)
}

/// Refuses an input that is read twice if it can be read only once.
fn require_twice(path: &Path, flag: &str) -> Result<()> {
    let is_stream = match path == Path::new("-") {
        true => Source::stdin(ReadMode::Read)?.access() == Access::Stream,
        // A file that does not exist is reported when it is opened.
        false => {
            let metadata = std::fs::metadata(path);
            metadata.is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir())
        }
    };
    match is_stream {
        true => Err(anyhow!(
            "{flag} reads the log twice, and {} can be read only once; save it to a file first",
            Name(path)
        )),
        false => Ok(()),
    }
}

/// Returns the templates of all inputs, for a search in the lines of one template.
pub(crate) fn of_logs(options: Options, inputs: &mut Inputs<'_>) -> Result<Arc<Templates>> {
    let files = &inputs.tools.plan.files;
    for log in files {
        require_twice(log, "--template")?;
    }
    let mut miner = Miner::new(options);
    mine(&mut miner, files, inputs)?;
    let templates = miner.finish();
    inputs.report_limits(&templates, SearchArgs::command);
    Ok(Arc::new(templates))
}
