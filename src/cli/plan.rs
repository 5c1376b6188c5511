//! The second stage of the command line: what was typed becomes plain data that says what a search
//! does.
//!
//! Here is where flags that concern the same thing are weighed against each other, with GNU grep's
//! precedence.

use std::{
    ffi::OsString,
    ops::Range,
    path::{Path, PathBuf},
};

use logscan::{
    Context, Decoding, Limit, ReadMode, TextTransform,
    board::When as Delivered,
    folder::{Links, Wanted, is_folder},
    scan::{self, MAX_LINE_BYTES},
    sink::{Colors, Counted, Layout, Listing, NamesOf, Sgr},
};

use super::{
    args::{FolderArgs, InputArgs, SearchArgs, TransformArgs, When},
    exit::Asked,
    progress::Show,
    surroundings::Surroundings,
};

/// Everything about a search but the patterns.
#[derive(Debug)]
pub(crate) struct Plan {
    /// What to search, in this order; `-` is the standard input.
    pub(crate) files: Vec<PathBuf>,
    /// The first of them that is a folder.
    pub(crate) folder: Option<PathBuf>,
    /// Which files of folders are searched.
    pub(crate) wanted: Wanted,
    /// Whether files of folders are searched that are no logs.
    pub(crate) any_file: bool,
    /// Whether all files are one log.
    pub(crate) one_log: bool,
    /// What is printed.
    pub(crate) mode: Mode,
    /// How lines are printed.
    pub(crate) layout: Layout,
    /// How names and counts are printed.
    pub(crate) listing: Listing,
    /// What becomes of control characters in what is printed.
    pub(crate) controls: Controls,
    /// The limits of the scan.
    pub(crate) bounds: Bounds,
    /// How regular files are read.
    pub(crate) read_mode: ReadMode,
    /// What is searched of what is no plain text.
    pub(crate) decoding: Decoding,
    /// How many threads; 0 stands for one per core.
    pub(crate) threads: usize,
    /// Whether figures are wanted.
    pub(crate) stats: bool,
    /// Whether a progress bar is.
    pub(crate) progress: Show,
    /// Whether files that cannot be read are named.
    pub(crate) unreadable: Unreadable,
}

/// What is printed, the first of those asked for in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Nothing.
    Quiet,
    /// The names of files with hits, or without.
    Names(NamesOf),
    /// How many lines or matches.
    Count(Counted),
    /// How many lines for each pattern.
    ByPattern,
    /// The distinct matches, and at most so many.
    Tally(Option<usize>),
    /// The lines, as JSON messages.
    Json,
    /// The lines.
    Lines,
}

/// What becomes of control characters in results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Controls {
    /// They are written as they are.
    Kept,
    /// They are shown as text, but for colours, of which this is said.
    Shown(Sgr),
}

impl Controls {
    /// For output that people may look at: on a terminal nothing acts on it but colours, if there
    /// are any.
    pub(crate) fn on(surroundings: &Surroundings, has_color: bool) -> Controls {
        match surroundings.stdout_is_terminal {
            true if has_color => Controls::Shown(Sgr::Pass),
            true => Controls::Shown(Sgr::Strip),
            false => Controls::Kept,
        }
    }
}

/// The files that were named, or the standard input if there are none.
pub(crate) fn files_or_stdin(files: &[PathBuf]) -> Vec<PathBuf> {
    match files {
        [] => vec![PathBuf::from("-")],
        files => files.to_vec(),
    }
}

/// What [`logscan::Scan`] is told besides the patterns.
#[derive(Clone, Debug)]
pub(crate) struct Bounds {
    /// Whether lines that do not match are the hits.
    pub(crate) invert: bool,
    /// Which other lines are printed.
    pub(crate) context: Context,
    /// How many hits the user wants.
    pub(crate) limit: Limit,
    /// Where lines begin that are searched.
    pub(crate) range: Range<u64>,
    /// Where longer lines are cut.
    pub(crate) max_line_bytes: usize,
    /// The size of chunks, if it is prescribed.
    pub(crate) chunk_bytes: Option<usize>,
    /// Whether lines are numbered.
    pub(crate) line_numbers: bool,
}

/// What happens to messages about files that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// They are printed.
    Named,
    /// They are not.
    Passed,
}

impl Mode {
    fn of(args: &SearchArgs) -> Mode {
        let results = &args.results;
        match results.tally {
            _ if results.quiet => Mode::Quiet,
            _ if results.files_with_matches => Mode::Names(NamesOf::FilesWithHits),
            _ if results.files_without_match => Mode::Names(NamesOf::FilesWithout),
            _ if results.by_pattern && results.count => Mode::ByPattern,
            _ if results.count => Mode::Count(Counted::Lines),
            // A line that does not match has no matches to count.
            _ if results.count_matches && args.matching.invert_match => Mode::Count(Counted::Lines),
            _ if results.count_matches => Mode::Count(Counted::Matches),
            Some(top) => Mode::Tally(top),
            None if results.json => Mode::Json,
            None => Mode::Lines,
        }
    }

    /// Whether lines are printed as they are found.
    pub(crate) fn prints_lines(self) -> bool {
        matches!(self, Mode::Lines | Mode::Json)
    }

    /// When results are as good as delivered.
    pub(crate) fn delivered(self) -> Delivered {
        match self.prints_lines() {
            true => Delivered::Delivered,
            false => Delivered::Ended,
        }
    }

    /// Whether one hit in a file is all that matters.
    fn needs_one_hit(self) -> bool {
        matches!(self, Mode::Quiet | Mode::Names(_))
    }

    /// What the exit status answers.
    pub(crate) fn asked(self) -> Asked {
        if self == Mode::Quiet {
            Asked::Existence
        } else {
            Asked::Results
        }
    }
}

impl Plan {
    /// What `args` mean in `surroundings`.
    pub(crate) fn new(args: &SearchArgs, surroundings: &Surroundings) -> Plan {
        let mode = Mode::of(args);
        let files = files(args);
        let folder = files.iter().find(|file| is_folder(file)).cloned();
        let are_several = !args.folders.one_log && (files.len() > 1 || folder.is_some());
        let file_name = !args.lines.no_filename && (args.lines.with_filename || are_several);
        let has_color = surroundings.has_color(args.lines.color.unwrap_or_default());
        let controls = match args.lines.raw {
            true => Controls::Kept,
            false => Controls::on(surroundings, has_color),
        };
        let colors = has_color.then(|| colors(controls, surroundings));
        let null = args.lines.null;
        Plan {
            mode,
            listing: Listing {
                file_name,
                member_name: !args.lines.no_filename,
                null,
                zero: !args.results.no_include_zero,
                colors: colors.clone(),
            },
            layout: layout(args, file_name, colors),
            controls,
            bounds: bounds(args, mode),
            read_mode: read_mode(&args.input),
            decoding: decoding(&args.input).transformed(transform(&args.transform)),
            threads: args.input.threads,
            stats: args.messages.stats,
            progress: show_progress(args.messages.progress.unwrap_or_default(), surroundings),
            unreadable: if args.messages.no_messages {
                Unreadable::Passed
            } else {
                Unreadable::Named
            },
            files,
            folder,
            wanted: wanted(&args.folders),
            any_file: args.input.text,
            one_log: args.folders.one_log,
        }
    }

    /// Whether `path` is an archive whose members are searched.
    pub(crate) fn opens(&self, path: &Path) -> bool {
        self.decoding != Decoding::Bytes && scan::is_archive(path)
    }

    /// Whether no file need be read: with `-m 0` grep does not even print a count of 0.
    pub(crate) fn wants_nothing(&self) -> bool {
        self.bounds.limit == Limit::First(0) && self.mode != Mode::Names(NamesOf::FilesWithout)
    }

    /// Whether results could become input if an input is also the output: one line, or what is
    /// printed at the end of a file, cannot.
    pub(crate) fn could_read_its_output(&self) -> bool {
        self.mode.prints_lines() && self.bounds.limit != Limit::First(1)
    }

    /// How many hits are looked for in each file.
    pub(crate) fn limit(&self) -> Limit {
        match self.bounds.limit {
            Limit::First(0) | Limit::Last(0) => Limit::First(0),
            _ if self.mode.needs_one_hit() => Limit::First(1),
            limit => limit,
        }
    }

    /// Whether the standard input is left behind the last hit, for the next to read on there.
    pub(crate) fn stops_behind_hit(&self) -> bool {
        matches!(self.bounds.limit, Limit::First(_))
    }
}

fn files(args: &SearchArgs) -> Vec<PathBuf> {
    match args.files() {
        [] if args.is_of_folders() => vec![PathBuf::from(".")],
        files => files_or_stdin(&files.iter().map(PathBuf::from).collect::<Vec<_>>()),
    }
}

fn wanted(args: &FolderArgs) -> Wanted {
    Wanted {
        links: match args.dereference_recursive {
            true => Links::Followed,
            false => Links::LeftOut,
        },
        depth_max: args.max_depth,
        include: args.include.clone(),
        exclude: args.exclude.clone(),
        exclude_folders: args.exclude_dir.clone(),
        rules: args.glob.clone(),
    }
}

/// grep's colours; only where they go unchanged to their reader with grep's "erase to the end of
/// the line" behind each, which is no colour.
fn colors(controls: Controls, surroundings: &Surroundings) -> Colors {
    let colors = Colors::from_grep_colors(surroundings.grep_colors.as_deref());
    match controls {
        Controls::Kept => colors,
        Controls::Shown(_) => colors.without_erase(),
    }
}

fn layout(args: &SearchArgs, file_name: bool, colors: Option<Colors>) -> Layout {
    let lines = &args.lines;
    let separator = match &args.context.group_separator {
        _ if args.context.no_group_separator => None,
        Some(separator) => Some(separator.clone().into_encoded_bytes()),
        None => Some(b"--".to_vec()),
    };
    Layout {
        file_name,
        member_name: !lines.no_filename,
        heading: lines.heading,
        null: lines.null,
        byte_offset: lines.byte_offset,
        column: lines.column,
        only_matching: args.results.only_matching,
        passthru: args.context.passthru,
        invert: args.matching.invert_match,
        replace: lines.replace.clone().map(OsString::into_encoded_bytes),
        trim: lines.trim,
        max_columns: lines.max_columns.filter(|&columns| columns > 0),
        max_columns_preview: lines.max_columns_preview,
        separator,
        colors,
    }
}

fn bounds(args: &SearchArgs, mode: Mode) -> Bounds {
    Bounds {
        invert: args.matching.invert_match,
        context: if mode.prints_lines() {
            context(args)
        } else {
            Context::None
        },
        limit: match (args.results.max_count, args.results.last) {
            (Some(first), _) => Limit::First(first),
            (None, Some(last)) => Limit::Last(last),
            (None, None) => Limit::All,
        },
        range: args.input.byte_range.clone().unwrap_or(0..u64::MAX),
        max_line_bytes: args.input.max_line_bytes.unwrap_or(MAX_LINE_BYTES),
        chunk_bytes: args.input.chunk_size,
        line_numbers: has_line_numbers(args, mode),
    }
}

/// `-A 0` is context too: it asks for gaps between groups.
fn context(args: &SearchArgs) -> Context {
    let context = &args.context;
    if context.passthru {
        return Context::All;
    }
    let before = context.before_context.or(context.context);
    let after = context.after_context.or(context.context);
    match (before, after) {
        (None, None) => Context::None,
        _ => Context::Lines {
            before: before.unwrap_or(0),
            after: after.unwrap_or(0),
        },
    }
}

fn has_line_numbers(args: &SearchArgs, mode: Mode) -> bool {
    let lines = &args.lines;
    match mode {
        _ if lines.no_line_number => false,
        Mode::Json => true, // as ripgrep
        Mode::Lines => lines.line_number || lines.column,
        Mode::Quiet | Mode::Names(_) | Mode::Count(_) | Mode::ByPattern | Mode::Tally(_) => false,
    }
}

/// What is searched of what is no plain text.
pub(crate) fn decoding(args: &InputArgs) -> Decoding {
    match (args.no_decompress, args.max_window) {
        (true, _) => Decoding::Bytes,
        (false, Some(window_bytes_max)) => Decoding::Text {
            window_bytes_max,
            transform: TextTransform::default(),
        },
        (false, None) => Decoding::default(),
    }
}

/// What is made of the text.
fn transform(args: &TransformArgs) -> TextTransform {
    TextTransform {
        encoding: args.encoding.unwrap_or_default(),
        strips_ansi: args.strip_ansi,
        cr_lines: args.cr_lines,
    }
}

/// The path that was asked for.
pub(crate) fn read_mode(args: &InputArgs) -> ReadMode {
    match (args.mmap, args.no_mmap) {
        (true, _) => ReadMode::Map,
        (false, true) => ReadMode::Read,
        (false, false) => ReadMode::Auto,
    }
}

/// A bar among results on the same terminal would make both unreadable, and what reads a pipe may
/// be a pager, or grep, on that terminal. So it is for results that go to a file, or nowhere.
pub(crate) fn show_progress(when: When, surroundings: &Surroundings) -> Show {
    let is_shared = surroundings.stdout_is_terminal || surroundings.stdout_is_pipe;
    match when {
        When::Always => Show::AtOnce,
        When::Auto if surroundings.stderr_is_terminal && !is_shared => Show::IfSlow,
        When::Auto | When::Never => Show::Never,
    }
}

#[cfg(test)]
mod tests;
