//! The flags of a search, in groups that other commands can flatten into theirs.
//!
//! This is the first of two stages. Parsing knows nothing about files, the terminal or the
//! environment. What was typed becomes a [`Plan`](super::plan::Plan) later. The first line of each
//! flag's comment is its line in `--help`, where it must fit beside the flag. The rest is for the
//! man page.

mod budget;
mod fields;
mod idle;
mod lines;
mod logs;
mod merge;
mod per;
mod records;
mod redact;
mod times;

use std::{ffi::OsString, ops::Range, path::PathBuf};

use clap::{
    Arg, ArgAction, Args, Command, CommandFactory, FromArgMatches, Parser, ValueEnum, ValueHint,
    error::ErrorKind,
};

use logscan::{
    TextEncoding,
    folder::{Glob, GlobRule},
    templates::Id,
};

pub(crate) use self::{
    budget::BudgetArgs,
    fields::{FieldArgs, InputFormatArg, RowFormatArg},
    lines::LineRangeArgs,
    logs::{LogArgs, check_budget, parse_logs},
    merge::MergeArgs,
    per::{Per, PerArgs, PerFormat},
    records::RecordArgs,
    redact::RedactArgs,
    times::TimeArgs,
};
use super::{
    size::{parse_chunk_size, parse_memory_size, parse_range, parse_size},
    typed,
};

/// What a user is told if `-r` was meant for folders.
pub(crate) const REPLACE: &str = "-r is --replace here, and a folder is searched without it";

const USAGE: &str = "logscan [OPTIONS] --pattern <REGEX> [FILE]...
       logscan [OPTIONS] <REGEX> <FILE>...
       logscan <triage|digest|templates|fields|compare|monitor|mcp|generate> -h";

/// The tasks that most people have first, and what each command gives.
const EXAMPLES: &[(&str, &str)] = &[
    ("logscan --pattern ERROR huge.log", "the lines with ERROR"),
    (
        "logscan -n ERROR --not healthcheck app.log",
        "numbered, but no healthchecks",
    ),
    (
        "logscan -o 'status=\\d+' --tally=10 app.log",
        "the ten most frequent codes",
    ),
    (
        "tail -f app.log | logscan -C 2 panic",
        "each hit as soon as it is written",
    ),
];

/// Returns the examples, one to a line, without the first `from` of them. `-h` shows the first one
/// as its usage, and so leaves it out.
pub(crate) fn examples(from: usize) -> String {
    let examples = EXAMPLES[from..].iter();
    examples.fold("Examples:".to_owned(), |text, (command, gives)| {
        format!("{text}\n  {command:<44}{gives}")
    })
}

const MORE: &str = "More about a flag: logscan help --tally; about other things: logscan help";

/// Search one huge log file with all cores
#[derive(Debug, Parser)]
#[command(
    name = "logscan",
    version,
    args_override_self = true,
    disable_help_flag = true,
    disable_version_flag = true,
    term_width = 80,
    override_usage = USAGE,
    after_help = format!("{}\n\n{MORE}", examples(0))
)]
pub(crate) struct SearchArgs {
    #[command(flatten)]
    pub(crate) matching: MatchingArgs,
    #[command(flatten)]
    pub(crate) numbers: LineRangeArgs,
    /// Only lines of the template ID
    ///
    /// An identifier that `logscan templates --ids` prints for the same files. Without a pattern
    /// every line of that template is a hit. The files are read twice, so they cannot be pipes.
    #[arg(long, value_name = "ID", value_parser = parse_id, help_heading = "Patterns")]
    pub(crate) template: Option<Id>,
    #[command(flatten)]
    pub(crate) results: ResultArgs,
    #[command(flatten)]
    pub(crate) budget: BudgetArgs,
    #[command(flatten)]
    pub(crate) lines: LineArgs,
    #[command(flatten)]
    pub(crate) context: ContextArgs,
    #[command(flatten)]
    pub(crate) folders: FolderArgs,
    #[command(flatten)]
    pub(crate) set: SetArgs,
    #[command(flatten)]
    pub(crate) transform: TransformArgs,
    #[command(flatten)]
    pub(crate) times: TimeArgs,
    #[command(flatten)]
    pub(crate) records: RecordArgs,
    #[command(flatten)]
    pub(crate) per: PerArgs,
    #[command(flatten)]
    pub(crate) merge: MergeArgs,
    #[command(flatten)]
    pub(crate) fields: FieldArgs,
    #[command(flatten)]
    pub(crate) redact: RedactArgs,
    #[command(flatten)]
    pub(crate) input: InputArgs,
    /// Search what is new since the last time
    ///
    /// The board tells where the last search for the same has ended: after its last complete line,
    /// or with --max-count after the last hit. Line numbers go on; a last line without its end is
    /// left for the next time. If the log has been rotated, the rest of the old one is searched
    /// first, which is recognised beside it by its content: app.log.1, app.log-20261121.gz and the
    /// like. Without a board yet, all of FILE is new. What selects
    /// lines must be the same as the last time; how they are shown may change.
    #[arg(
        long = "continue",
        requires = "board",
        conflicts_with_all = ["last", "byte_range", "template"],
        help_heading = "Follow and boards"
    )]
    pub(crate) continues: bool,
    /// Take lines that end with a NUL byte, which is not supported
    #[arg(long, hide = true)]
    pub(crate) null_data: bool,
    /// Leave out the flags of the config file
    ///
    /// `logscan help config` says more about it.
    #[arg(long, help_heading = "Messages")]
    pub(crate) no_config: bool,
    #[command(flatten)]
    pub(crate) messages: MessageArgs,
    /// Say which flags the config file gave
    ///
    /// It also says which file that was, or why there was none.
    #[arg(long, help_heading = "Messages", hide_short_help = true)]
    pub(crate) debug: bool,
    /// The files and folders to search; - is stdin
    ///
    /// Without --pattern and --file the first of them is the pattern, as in grep. Without a file
    /// the standard input is searched, unless it is a terminal. Results come in the order in which
    /// the files were given. Of a folder all files below are searched, also hidden ones, and their
    /// names are printed: in the order of their paths, in which app.log.2 is before app.log.10.
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = None, hide_short_help = true)]
    pub(crate) words: Vec<OsString>,
}

/// The flags about what makes a line a hit.
#[derive(Args, Debug)]
#[command(next_help_heading = "Patterns")]
pub(crate) struct MatchingArgs {
    /// Search for REGEX; may be given several times
    ///
    /// A line is a hit if it matches any of the patterns. The syntax is that of the Rust regex
    /// crate, which is close to Perl's, without look-around and back-references. Each line is
    /// searched for itself, without its line end. A pattern that spans several lines is taken as
    /// several patterns, one per line.
    #[arg(short = 'e', long = "pattern", alias = "regexp", value_name = "REGEX", allow_hyphen_values = true, action = ArgAction::Append)]
    pub(crate) patterns: Vec<OsString>,
    /// Search for each line of FILE; - is stdin
    ///
    /// One pattern per line; a carriage return before the line feed is dropped. An empty line
    /// matches every line, and an empty file matches nothing. Patterns from --pattern count as
    /// well.
    #[arg(short = 'f', long = "file", value_name = "FILE", value_hint = ValueHint::FilePath, action = ArgAction::Append)]
    pub(crate) pattern_files: Vec<PathBuf>,
    /// Take patterns as plain text
    ///
    /// No character has a special meaning. Bytes that are not UTF-8 can be searched for in this
    /// way.
    #[arg(short = 'F', long)]
    pub(crate) fixed_strings: bool,
    /// Take patterns as regular expressions, which they are anyway
    #[arg(short = 'E', long, hide = true)]
    pub(crate) extended_regexp: bool,
    /// Ignore upper and lower case
    #[arg(short, short_alias = 'y', long, overrides_with = "smart_case")]
    pub(crate) ignore_case: bool,
    /// Ignore case if no pattern has capitals
    #[arg(short = 'S', long, overrides_with = "ignore_case")]
    pub(crate) smart_case: bool,
    /// Match whole words only
    ///
    /// A match counts if no letter, digit or _ stands directly before or behind it. -w RE is
    /// \b{start-half}(?:RE)\b{end-half}, as in ripgrep. Bytes that are not UTF-8 are no part of a
    /// word.
    #[arg(short, long)]
    pub(crate) word_regexp: bool,
    /// Match whole lines only
    ///
    /// This wins over --word-regexp.
    #[arg(short = 'x', long)]
    pub(crate) line_regexp: bool,
    /// Find the lines that do not match
    ///
    /// A line is a hit unless it matches a pattern, all of --and and none of --not: with -v the
    /// whole condition is inverted. -v ERROR --and INFO finds what is not both.
    #[arg(short = 'v', long)]
    pub(crate) invert_match: bool,
    /// Only lines that match REGEX as well
    ///
    /// May be given several times; a hit matches all of them. They are tested in the same pass over
    /// the file. -v inverts them too: it finds the lines that lack the pattern or one of these.
    #[arg(long, value_name = "REGEX", allow_hyphen_values = true, action = ArgAction::Append)]
    pub(crate) and: Vec<OsString>,
    /// Only lines that do not match REGEX
    ///
    /// May be given several times; a hit matches none of them. They are tested in the same pass
    /// over the file. -v inverts them too: it finds the lines that lack the pattern or match one of
    /// these.
    #[arg(long, value_name = "REGEX", allow_hyphen_values = true, action = ArgAction::Append)]
    pub(crate) not: Vec<OsString>,
    /// Limit a compiled pattern to SIZE bytes
    ///
    /// The default is 100M. A pattern that grows beyond it is an error.
    #[arg(long, value_name = "SIZE", value_parser = parse_memory_size)]
    pub(crate) regex_size_limit: Option<usize>,
    /// Limit each lazy DFA cache to SIZE bytes
    ///
    /// By default as much as the patterns need: at least 4M, at most 256M. A cache that is full is
    /// cleared, and the search becomes slower, not wrong. A limit below what the patterns need
    /// makes it very slow.
    #[arg(long, value_name = "SIZE", value_parser = parse_memory_size)]
    pub(crate) dfa_size_limit: Option<usize>,
}

/// The flags about what is printed of the hits, and how many of them.
#[derive(Args, Debug)]
#[command(next_help_heading = "Results")]
pub(crate) struct ResultArgs {
    /// Print only how many lines match
    #[arg(short, long, overrides_with = "count_matches")]
    pub(crate) count: bool,
    /// Print only how many matches there are
    ///
    /// A line may have several matches. With --invert-match it prints how many lines do not match.
    #[arg(long, overrides_with = "count")]
    pub(crate) count_matches: bool,
    /// Print counts of zero (the default)
    ///
    /// This is for scripts written for ripgrep.
    #[arg(long, overrides_with = "no_include_zero", hide_short_help = true)]
    pub(crate) include_zero: bool,
    /// Leave out counts of zero
    ///
    /// This concerns --count, --count-matches and --by-pattern. Without --include-zero, ripgrep
    /// leaves them out too.
    #[arg(long, overrides_with = "include_zero", hide_short_help = true)]
    pub(crate) no_include_zero: bool,
    /// With -c: count for each pattern
    ///
    /// Prints the count, a tab and the pattern, in the order in which the patterns were given, in
    /// one pass. A line counts for each pattern that it matches. Patterns without a line are
    /// printed too.
    #[arg(long, requires = "count", conflicts_with = "invert_match")]
    pub(crate) by_pattern: bool,
    /// Print only the text that matches
    ///
    /// It prints one line for each match that is not empty.
    #[arg(short, long)]
    pub(crate) only_matching: bool,
    /// With -o: count distinct texts, show NUM
    ///
    /// Prints the distinct texts that matched, in all files together, with their counts, the most
    /// frequent first; at most NUM of them if it is given (as --tally=NUM or --tally NUM). It does
    /// what sort, uniq -c, sort -rn and head do, without sorting the log.
    #[arg(long, value_name = "NUM", num_args = 0..=1, require_equals = true, requires = "only_matching")]
    pub(crate) tally: Option<Option<usize>>,
    /// Print the names of files with hits
    #[arg(short = 'l', long, overrides_with = "files_without_match")]
    pub(crate) files_with_matches: bool,
    /// Print the names of files without hits
    #[arg(short = 'L', long, overrides_with = "files_with_matches")]
    pub(crate) files_without_match: bool,
    /// Print nothing, stop at the first hit
    ///
    /// The exit status says whether there is one: 0 even if there was trouble before it.
    #[arg(short, long, alias = "silent")]
    pub(crate) quiet: bool,
    /// Print JSON Lines, as ripgrep does
    ///
    /// The messages are ripgrep's: begin, match, context, end and summary. logscan adds fields that
    /// ripgrep does not have: the version of the format in begin, notes in end, and with --stats
    /// more figures in summary.
    #[arg(long, conflicts_with_all = ["count", "count_matches", "tally", "files_with_matches", "files_without_match"])]
    pub(crate) json: bool,
    /// Stop after NUM hits in each file
    #[arg(short, long, value_name = "NUM", conflicts_with = "last")]
    pub(crate) max_count: Option<u64>,
    /// Only the last NUM hits of each file
    ///
    /// They are printed in file order. A file is searched from its end backwards and no more of it
    /// is read than needed; a stream is read to its end.
    #[arg(long, value_name = "NUM")]
    pub(crate) last: Option<u64>,
}

/// The flags about how lines are printed.
#[derive(Args, Debug)]
#[command(next_help_heading = "Lines")]
pub(crate) struct LineArgs {
    /// Print line numbers
    #[arg(short = 'n', long, overrides_with = "no_line_number")]
    pub(crate) line_number: bool,
    /// Print no line numbers (the default)
    #[arg(short = 'N', long, overrides_with = "line_number")]
    pub(crate) no_line_number: bool,
    /// Print where each line begins, in bytes
    ///
    /// With --only-matching it prints where each match begins. The first byte of the file has the
    /// offset 0, also with --byte-range.
    #[arg(short, long)]
    pub(crate) byte_offset: bool,
    /// Print the column of the first match
    ///
    /// The column is counted in bytes from 1. The flag implies --line-number, unless there is
    /// --no-line-number.
    #[arg(long)]
    pub(crate) column: bool,
    /// Print file names (default for several)
    #[arg(short = 'H', long, overrides_with = "no_filename")]
    pub(crate) with_filename: bool,
    /// Print no file names
    #[arg(short = 'I', long, overrides_with = "with_filename")]
    pub(crate) no_filename: bool,
    /// Print each file's name once, above its lines
    ///
    /// An empty line sets the lines of files apart, instead of the separator. A name is printed in
    /// the same cases as without this flag.
    #[arg(long, hide_short_help = true)]
    pub(crate) heading: bool,
    /// End file names with a NUL byte
    #[arg(short = 'Z', short_alias = '0', long)]
    pub(crate) null: bool,
    /// Replace each match by TEXT ($1: group 1)
    ///
    /// $1 or ${1} is the text of the first group, $name or ${name} that of a named group, $0 the
    /// whole match, $$ a dollar sign. With --only-matching only the replacements are printed, which
    /// extracts fields.
    #[arg(short, long, value_name = "TEXT", allow_hyphen_values = true)]
    pub(crate) replace: Option<OsString>,
    /// Leave out white space at the start of lines
    ///
    /// Spaces, tabs and other ASCII white space are left out of lines as they are printed, of
    /// matches and of replacements. Columns and offsets stay those in the file, and --max-columns
    /// counts what is left out.
    #[arg(long, hide_short_help = true)]
    pub(crate) trim: bool,
    /// Leave out lines of NUM bytes or more
    ///
    /// A short text is printed instead of such a line. The line feed counts, as in ripgrep, also
    /// where the last line has none: a line is printed if it has fewer than NUM bytes before its
    /// line feed. With --only-matching matches are left out that are longer than NUM bytes. 0 means
    /// no limit.
    #[arg(short = 'M', long, value_name = "NUM")]
    pub(crate) max_columns: Option<usize>,
    /// With -M: print the first NUM bytes
    #[arg(long)]
    pub(crate) max_columns_preview: bool,
    /// Colour the output: never, always, auto
    ///
    /// With auto, the default, the output is coloured only if the standard output is a terminal,
    /// TERM is not dumb and NO_COLOR is not set. GREP_COLORS chooses the colours, as in GNU grep.
    /// On a terminal, an output without colour is also without the colours that lines bring with
    /// them, unless there is --raw.
    #[arg(
        long,
        alias = "colour",
        value_name = "WHEN",
        hide_possible_values = true
    )]
    pub(crate) color: Option<WhenArg>,
    /// Send control characters to the terminal as they are
    ///
    /// Without it, if the standard output is a terminal, control characters are shown as \x1b or
    /// the like, so that nothing in a log can act on the terminal; colours pass, and end with their
    /// line. Into a pipe or a file all bytes always go as they are.
    #[arg(long)]
    pub(crate) raw: bool,
    /// Print at once, which is always the case
    ///
    /// This is for scripts written for other tools. Results are never held back.
    #[arg(long, hide_short_help = true)]
    pub(crate) line_buffered: bool,
}

/// The flags about which lines are printed besides hits.
#[derive(Args, Debug)]
#[command(next_help_heading = "Context")]
pub(crate) struct ContextArgs {
    /// Print NUM lines after each hit
    #[arg(short = 'A', long, value_name = "NUM", overrides_with = "passthru")]
    pub(crate) after_context: Option<u64>,
    /// Print NUM lines before each hit
    #[arg(short = 'B', long, value_name = "NUM", overrides_with = "passthru")]
    pub(crate) before_context: Option<u64>,
    /// Print NUM lines before and after each
    ///
    /// --before-context and --after-context win over it.
    #[arg(short = 'C', long, value_name = "NUM", overrides_with = "passthru")]
    pub(crate) context: Option<u64>,
    /// Print every line
    ///
    /// This is for use with --color. With --only-matching a line that matches is printed as its
    /// matches, and the other lines are printed whole. Of this and -A, -B and -C the last one
    /// counts. The exit status still tells whether there was a hit.
    #[arg(long, overrides_with_all = ["after_context", "before_context", "context"])]
    pub(crate) passthru: bool,
    /// Print SEP between groups, not --
    #[arg(
        long,
        value_name = "SEP",
        allow_hyphen_values = true,
        overrides_with = "no_group_separator"
    )]
    pub(crate) group_separator: Option<OsString>,
    /// Print nothing between groups
    #[arg(long, overrides_with = "group_separator")]
    pub(crate) no_group_separator: bool,
}

/// The flags about which files of a folder are searched. They do not concern files that are named.
#[derive(Args, Debug)]
#[command(next_help_heading = "Files")]
pub(crate) struct FolderArgs {
    /// Search folders, which is done anyway
    ///
    /// This is for scripts written for other tools. Without a file it searches the current folder.
    #[arg(long, hide_short_help = true)]
    pub(crate) recursive: bool,
    /// Follow symbolic links below folders
    ///
    /// Without it links below a folder are left out, to files as well, and a note counts them; a
    /// folder that is named may be a link. A link that leads back to a folder above it is noticed.
    /// Without a file it searches the current folder.
    #[arg(short = 'R', long)]
    pub(crate) dereference_recursive: bool,
    /// Only files in folders and archives that match GLOB
    ///
    /// May be given several times; a file must match one of them. * and ? stand for characters of a
    /// name, [a-z] for one of several, {a,b} for either. Without a slash a GLOB is for the name of
    /// a file, and with one for the end of its path, as in 'nginx/*.log'; ** stands for any folders.
    #[arg(long, value_name = "GLOB", value_parser = Glob::new, action = ArgAction::Append)]
    pub(crate) include: Vec<Glob>,
    /// No files in folders and archives that match GLOB
    ///
    /// May be given several times, and wins over --include.
    #[arg(long, value_name = "GLOB", value_parser = Glob::new, action = ArgAction::Append)]
    pub(crate) exclude: Vec<Glob>,
    /// Do not enter folders that match GLOB
    #[arg(long, value_name = "GLOB", value_parser = Glob::new, action = ArgAction::Append)]
    pub(crate) exclude_dir: Vec<Glob>,
    /// Only files that match; '!GLOB': none of them
    ///
    /// As in ripgrep: the last GLOB that matches decides, '!GLOB' also about folders. A file that
    /// matches none is searched unless there is a GLOB without !.
    #[arg(short, long, value_name = "GLOB", value_parser = GlobRule::new, action = ArgAction::Append, hide_short_help = true)]
    pub(crate) glob: Vec<GlobRule>,
    /// Go down NUM levels at most
    ///
    /// 1 stands for the files of the folder itself, 0 for none.
    #[arg(long, value_name = "NUM", hide_short_help = true)]
    pub(crate) max_depth: Option<usize>,
    /// Search compressed files, which is done anyway
    ///
    /// This is for scripts written for other tools.
    #[arg(short = 'z', long, hide = true)]
    pub(crate) search_zip: bool,
}

/// The flags about how files belong together.
#[derive(Args, Debug)]
#[command(next_help_heading = "Files")]
pub(crate) struct SetArgs {
    /// Search the files of one rotated log as one
    ///
    /// The oldest comes first: by the numbers or the dates in the names, as in app.log.2.gz and
    /// app-20261121.log, or by the first time stamps. A message names the order. Line numbers,
    /// offsets and context go on from one file to the next, and results carry the name of the log.
    #[arg(long, conflicts_with_all = ["continues", "board", "template", "files"])]
    pub(crate) one_log: bool,
    /// Print which files would be searched
    ///
    /// The names are printed in the order in which files would be searched. There is no pattern:
    /// all arguments are files or folders. With --null a NUL byte ends each name.
    #[arg(long, hide_short_help = true)]
    pub(crate) files: bool,
}

/// The flags about changes to the text before it is searched.
#[derive(Args, Debug)]
#[command(next_help_heading = "Files")]
pub(crate) struct TransformArgs {
    /// Search the text without colours
    ///
    /// Escape sequences for terminals are left out before the text is searched, and what they
    /// conceal, so '^ERROR' and -w find a word behind a colour. Lines are printed without them, and
    /// offsets are those of the text that is left.
    #[arg(long, conflicts_with_all = ["no_decompress", "board"])]
    pub(crate) strip_ansi: bool,
    #[command(flatten)]
    pub(crate) text: TextArgs,
}

/// The flags about what a text is made of.
#[derive(Args, Debug)]
#[command(next_help_heading = "Files")]
pub(crate) struct TextArgs {
    /// End lines at carriage returns too
    ///
    /// Other programs write their progress over itself in this way. CR LF is one line end, as
    /// always. Offsets stay those of the file.
    #[arg(long, conflicts_with_all = ["no_decompress", "board"])]
    pub(crate) cr_lines: bool,
    /// Search text in another encoding
    ///
    /// NAME is a label of the Encoding Standard, such as latin1, windows-1252, shift_jis or
    /// utf-16le. The text is searched and printed as UTF-8, and what is no text in that encoding
    /// becomes U+FFFD. A byte order mark says more than NAME. auto (default) takes text for UTF-8,
    /// or for UTF-16 where it looks like that; utf-8 does not look; none searches bytes, though
    /// compressed data is decoded.
    #[arg(
        long,
        value_name = "NAME",
        value_parser = parse_encoding,
        hide_short_help = true,
        conflicts_with_all = ["no_decompress", "board"]
    )]
    pub(crate) encoding: Option<TextEncoding>,
}

/// The flags about the threads that read, and the path by which they read.
#[derive(Args, Debug)]
#[command(next_help_heading = "Reading")]
pub(crate) struct PathArgs {
    /// Use NUM threads (0, default: all cores)
    ///
    /// At most 16, or 4 for each core if that is more, up to 256 (or one for each core, if there
    /// are more). Where NUM is larger a message says how many are used; results and exit status are
    /// the same.
    #[arg(
        short = 'j',
        long,
        value_name = "NUM",
        default_value_t = 0,
        hide_default_value = true
    )]
    pub(crate) threads: usize,
    /// Map files into memory
    ///
    /// Where that is not possible the file is read, and a note says so. Without --mmap and
    /// --no-mmap the path is chosen by the size of the file.
    #[arg(long, overrides_with = "no_mmap")]
    pub(crate) mmap: bool,
    /// Read files, do not map them
    #[arg(long, overrides_with = "mmap")]
    pub(crate) no_mmap: bool,
}

/// The flags about what is searched, and how it is read.
#[derive(Args, Debug)]
#[command(next_help_heading = "Reading")]
pub(crate) struct InputArgs {
    /// Search the lines that begin in a range
    ///
    /// START is the first byte of the range and END the one behind its last; either may be left
    /// out, and both may end in K, M or G. A line belongs to the range in which it begins, so that
    /// several machines can share one file: the outputs for adjacent ranges, joined, are the output
    /// for the whole file. Line numbers count from the first line or record that begins there.
    #[arg(long, value_name = "START:END", value_parser = parse_range, help_heading = "Files")]
    pub(crate) byte_range: Option<Range<u64>>,
    /// Search the bytes of what is no plain text
    ///
    /// Without it the text of an input is searched if its first bytes say that it is compressed
    /// (gzip, zstd, xz, bzip2, LZ4) or in UTF-16, and of an archive (tar, zip) that of its members.
    /// UTF-32 and other formats are not searched: a message says what to do, and the exit status
    /// is 2. With it, bytes are searched as they are, and so is a byte order mark in UTF-8, which
    /// is left out of the first line otherwise.
    #[arg(long, help_heading = "Files")]
    pub(crate) no_decompress: bool,
    /// Decompress what needs a window of up to SIZE (default: 128M)
    ///
    /// Some compressors look further back, as zstd does with --long=28 and more. Each thread may
    /// keep as much text in memory. SIZE may end in K, M or G.
    #[arg(long, value_name = "SIZE", value_parser = parse_size, hide_short_help = true, help_heading = "Files")]
    pub(crate) max_window: Option<u64>,
    /// Search what is no log in folders too
    ///
    /// Without it journals of systemd, records of logins, programs, images, PDF documents,
    /// databases and archives other than tar and zip that are found in a folder or in an archive
    /// are left out, by their first bytes, and a note counts them. A file that is named is searched
    /// in any case, and NUL bytes change nothing.
    #[arg(short = 'a', long, hide_short_help = true, help_heading = "Files")]
    pub(crate) text: bool,
    #[command(flatten)]
    pub(crate) path: PathArgs,
    /// Cut longer lines (default 64M, max 1G)
    ///
    /// A line that is longer is its first SIZE bytes, for every purpose. A note tells how many
    /// there were, and the exit status is 2.
    #[arg(long, value_name = "SIZE", value_parser = parse_chunk_size)]
    pub(crate) max_line_bytes: Option<usize>,
    /// Search in pieces of SIZE bytes; for tests and measurements
    #[arg(long, value_name = "SIZE", value_parser = parse_chunk_size, hide = true)]
    pub(crate) chunk_size: Option<usize>,
}

/// The flags about what is said besides results.
#[derive(Args, Debug)]
#[command(next_help_heading = "Messages")]
pub(crate) struct MessageArgs {
    /// Show how far it is on a board, for monitor
    ///
    /// FILE is made if it is not there; `logscan monitor FILE` shows in any other process how far
    /// the search is, and how it ended. A search in one regular file also leaves there where
    /// --continue goes on. A board serves one search at a time. On Windows a name that begins with
    /// Local\ or Global\ is memory, and no file.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Follow and boards")]
    pub(crate) board: Option<PathBuf>,
    /// Say how much was searched, and how fast
    ///
    /// It prints a block for each file on standard error: bytes, lines, hits, time, speed, how the
    /// file was read and why, the search engine, threads and page faults. With --json these figures
    /// are in the summary message instead.
    #[arg(long)]
    pub(crate) stats: bool,
    /// Show progress: never, always, auto
    ///
    /// With auto, the default, there is a bar if standard error is a terminal, results go to a file
    /// or nowhere, and the search takes over half a second. There is none if results go to the
    /// terminal or into a pipe: the reader of the pipe, a pager or grep, may write on the same
    /// terminal. With always there is one wherever results go. It is erased at the end.
    #[arg(long, value_name = "WHEN", hide_possible_values = true)]
    pub(crate) progress: Option<WhenArg>,
    /// Be silent about unreadable files
    ///
    /// The exit status is still 2.
    #[arg(short = 's', long)]
    pub(crate) no_messages: bool,
    /// Print this help
    #[arg(short, long, action = ArgAction::HelpShort)]
    pub(crate) help: Option<bool>,
    /// Print the version
    #[arg(short = 'V', long, action = ArgAction::Version)]
    pub(crate) version: Option<bool>,
}

/// Tells when something is done that depends on the terminal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum WhenArg {
    /// It is never done.
    Never,
    /// It is always done, whatever the terminal is.
    Always,
    /// It is done if it makes sense.
    #[default]
    Auto,
}

/// The kind of the standard input, as far as parsing needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stdin {
    /// A person types there. Nobody wants that to be searched.
    Terminal,
    /// Any other input.
    Input,
}

impl SearchArgs {
    /// Returns the flags of a search with their opposites, as [`SearchArgs::of`] takes them. To
    /// build it costs a third of a millisecond. To use it once more costs next to nothing.
    pub(crate) fn table() -> Command {
        with_opposites(SearchArgs::command())
    }

    /// Parses `words`, the program's name and its arguments.
    pub(crate) fn of(
        words: impl IntoIterator<Item = OsString>,
        table: &mut Command,
    ) -> Result<SearchArgs, clap::Error> {
        let mut matches = table.try_get_matches_from_mut(words)?;
        SearchArgs::from_arg_matches_mut(&mut matches).map_err(|error| error.format(table))
    }

    /// Parses `words`, of which `typed` are those that do not come from the config file. Refuses
    /// flags among `typed` that would do nothing.
    pub(crate) fn of_typed(
        words: Vec<OsString>,
        typed: &[OsString],
        table: &mut Command,
    ) -> Result<SearchArgs, clap::Error> {
        let mut matches = table.try_get_matches_from_mut(words)?;
        idle::check(&matches, typed, table)?;
        SearchArgs::from_arg_matches_mut(&mut matches).map_err(|error| error.format(table))
    }

    /// Returns whether `words` have `--no-config`. This has to be known before they are joined with
    /// the flags of the file. Only `--help` and `--version` are errors here, because words that are
    /// wrong alone may be right together with those flags.
    pub(crate) fn have_no_config(
        words: &[OsString],
        table: &mut Command,
    ) -> Result<bool, clap::Error> {
        match table.try_get_matches_from_mut(words) {
            Err(error) if !error.use_stderr() => Err(error),
            Ok(_) | Err(_) => Ok(typed::flags(words, table)
                .iter()
                .any(|(flag, _)| flag.get_id() == "no_config")),
        }
    }

    /// Checks what clap cannot check: that there is a pattern, and something to search.
    pub(crate) fn check(&self, stdin: Stdin) -> Result<(), clap::Error> {
        if self.null_data {
            return Err(usage_error(
                "--null-data is not supported, as lines end with a line feed; tr '\\0' '\\n' < FILE | logscan ... searches such data",
            ));
        }
        // clap does not ask for a flag that is needed if another one conflicts with it.
        let lacks = [
            (
                self.results.by_pattern && !self.results.count,
                "--by-pattern needs -c",
            ),
            (
                self.results.tally.is_some() && !self.results.only_matching,
                "--tally needs -o",
            ),
            (
                self.continues && self.messages.board.is_none(),
                "--continue needs --board FILE",
            ),
        ];
        if let Some((_, lack)) = lacks.iter().find(|(is_so, _)| *is_so) {
            return Err(usage_error(&format!(
                "{lack}, which does not go with the other flags"
            )));
        }
        let replaces = match self.lines.replace {
            Some(_) => format!(" ({})", REPLACE),
            None => String::new(),
        };
        if !self.has_patterns() && self.words.is_empty() {
            return Err(usage_error(&format!(
                "no pattern was given{replaces}; logscan --pattern REGEX FILE searches for one"
            )));
        }
        if self.continues && !matches!(self.files(), [file] if file != "-") {
            return Err(usage_error(
                "--continue is for one file, and neither for several nor for the standard input",
            ));
        }
        if self.files().is_empty() && stdin == Stdin::Terminal && !self.is_of_folders() {
            return Err(usage_error(&format!(
                "no file was given{replaces}, and the standard input is a terminal; name a file, or - to type the input"
            )));
        }
        Ok(())
    }

    /// Returns whether flags say what to look for. A template has all of its lines, and for a list
    /// of files nothing is looked for.
    fn has_patterns(&self) -> bool {
        self.matching.has_patterns() || self.chooses_lines() || self.set.files
    }

    /// Returns whether hits have matches. With `-v` they have none. With a template, fields or numbers
    /// of lines alone there is nothing that could match.
    pub(crate) fn have_matches(&self) -> bool {
        !self.matching.invert_match && (self.matching.has_patterns() || !self.chooses_lines())
    }

    /// Returns whether all lines with given numbers are wanted.
    pub(crate) fn has_numbers_alone(&self) -> bool {
        let has_others =
            self.template.is_some() || self.matching.has_patterns() || self.fields.choose_lines();
        self.numbers.line_ranges.is_some() && !has_others
    }

    /// Returns whether a flag chooses lines without a pattern.
    pub(crate) fn chooses_lines(&self) -> bool {
        self.template.is_some() || self.numbers.line_ranges.is_some() || self.fields.choose_lines()
    }

    /// Returns whether the current folder is meant if no file is named.
    pub(crate) fn is_of_folders(&self) -> bool {
        let FolderArgs {
            recursive,
            dereference_recursive,
            ..
        } = self.folders;
        recursive || dereference_recursive || self.set.files
    }

    /// Returns the pattern that stands before the files, as in grep, if no flag gives one.
    pub(crate) fn first_word_pattern(&self) -> Option<&OsString> {
        if self.has_patterns() {
            None
        } else {
            self.words.first()
        }
    }

    /// Returns the files as they were given.
    pub(crate) fn files(&self) -> &[OsString] {
        match self.first_word_pattern() {
            Some(_) => &self.words[1..],
            None => &self.words,
        }
    }
}

impl MatchingArgs {
    /// Returns the flag that was given of those that mean something with a pattern only. `-v` means
    /// something beside conditions too.
    pub(crate) fn flag_of_patterns(&self, has_conditions: bool) -> Option<&'static str> {
        let flags = [
            (self.invert_match && !has_conditions, "-v"),
            (self.word_regexp, "-w"),
            (self.line_regexp, "-x"),
        ];
        let mut given = flags.iter().filter(|(is_given, _)| *is_given);
        given.next().map(|(_, flag)| *flag)
    }

    pub(crate) fn has_patterns(&self) -> bool {
        !self.patterns.is_empty() || !self.pattern_files.is_empty()
    }
}

/// Adds `--no-NAME` for each `--NAME`, and the other way round. They take back what the config file
/// or an alias of the shell gave. They are not in the help, because they would double it.
fn with_opposites(command: Command) -> Command {
    let is_taken = |name: &str| {
        command
            .get_arguments()
            .any(|flag| flag.get_long() == Some(name))
    };
    let opposites: Vec<Arg> = command
        .get_arguments()
        .filter(|flag| !["help", "version", "no_config"].contains(&flag.get_id().as_str()))
        .filter_map(|flag| Some((flag.get_id(), flag.get_long()?)))
        .map(|(id, name)| match name.strip_prefix("no-") {
            Some(name) => (id, name.to_owned()),
            None => (id, format!("no-{name}")),
        })
        .filter(|(_, opposite)| !is_taken(opposite))
        .map(|(id, opposite)| {
            Arg::new(opposite.clone())
                .long(opposite)
                .action(ArgAction::SetTrue)
                .overrides_with(id)
                .hide(true)
        })
        .collect();
    command.args(opposites)
}

fn parse_encoding(name: &str) -> Result<TextEncoding, String> {
    TextEncoding::named(name).ok_or_else(|| {
        "no encoding is called so; some are utf-8, latin1, windows-1252, shift_jis, gb18030, utf-16le"
            .into()
    })
}

fn parse_id(text: &str) -> Result<Id, String> {
    Id::parse(text).ok_or_else(|| "an identifier is twelve hexadecimal digits".into())
}

fn usage_error(message: &str) -> clap::Error {
    SearchArgs::command().error(ErrorKind::MissingRequiredArgument, message)
}
