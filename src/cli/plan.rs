//! The second stage of the command line: what was typed becomes plain data that says what a search
//! does.
//!
//! Flags that concern the same thing are weighed against each other here, with GNU grep's
//! precedence.

mod fields;
mod inputs;
mod per;
mod records;
mod times;

use std::{ffi::OsString, ops::Range, path::PathBuf};

use logscan::{
    Budget, Context, Limit, PageOptions,
    board::When as Delivered,
    scan::MAX_LINE_BYTES,
    sink::{Colors, Counted, Layout, Listing, NamesOf, NumberedLines, Sgr},
};

pub(crate) use self::inputs::{
    Figures, InputFlags, InputPlan, OrdinaryNotes, StdinEnd, Unreadable, WithoutTimes, archive_of,
    files_or_stdin,
};
pub(crate) use self::{
    fields::{FieldPlan, condition, markup_of, report_missing, report_unfit},
    per::{PerPlan, undated_note},
    times::{TimePlan, setting},
};
use super::{
    args::SearchArgs,
    exit::Asked,
    page_options::{self, Kept},
    surroundings::Surroundings,
};

/// Everything about a search but the patterns.
#[derive(Debug)]
pub(crate) struct SearchPlan {
    /// The inputs, and how they are read.
    pub(crate) inputs: InputPlan,
    /// Whether all files are one log.
    pub(crate) one_log: bool,
    /// What is printed.
    pub(crate) mode: Mode,
    /// What a page within a budget may hold and advise, if there is a budget.
    pub(crate) page: Option<PageOptions>,
    /// What is done with the fields of hits.
    pub(crate) fields: FieldPlan,
    /// How lines are printed.
    pub(crate) layout: Layout,
    /// How names and counts are printed.
    pub(crate) listing: Listing,
    /// What is done with control characters in what is printed.
    pub(crate) controls: Controls,
    /// The limits of the scan.
    pub(crate) bounds: Bounds,
}

/// What is printed. If several modes are asked for, the first one in this order wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Nothing is printed.
    Quiet,
    /// The names of files with hits, or of files without.
    Names(NamesOf),
    /// The number of lines or of matches.
    Count(Counted),
    /// The number of lines for each pattern.
    ByPattern,
    /// The distinct matches, at most this many.
    Tally(Option<usize>),
    /// The number of hits by the values of their fields, and what these add up to.
    Groups,
    /// Fields of hits.
    Select,
    /// The number of hits in each span of time.
    Per(PerPlan),
    /// The hits that fit so much.
    Within(Budget),
    /// The lines with given numbers that fit so much.
    LinesWithin(Budget),
    /// The lines of all inputs, in the order of their times.
    Merged,
    /// The lines, as JSON messages.
    Json,
    /// The lines.
    Lines,
}

/// What is done with control characters in results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Controls {
    /// Control characters are written as they are.
    Kept,
    /// Control characters are shown as text. The value says which of those for colours are kept.
    Shown(Sgr),
}

impl Controls {
    /// Returns what is done in output that people may look at. On a terminal nothing in the output
    /// acts on it but colours, if there are any.
    pub(crate) fn on(surroundings: &Surroundings, has_color: bool) -> Controls {
        match surroundings.stdout_is_terminal && has_color {
            true => Controls::Shown(Sgr::Pass),
            false => Controls::without_color(surroundings),
        }
    }

    /// Returns what is done in such output if it has no colours.
    pub(crate) fn without_color(surroundings: &Surroundings) -> Controls {
        match surroundings.stdout_is_terminal {
            true => Controls::Shown(Sgr::Strip),
            false => Controls::Kept,
        }
    }
}

/// The settings of [`logscan::Scan`] besides the patterns.
#[derive(Clone, Debug)]
pub(crate) struct Bounds {
    /// Whether lines that do not match are the hits.
    pub(crate) invert: bool,
    /// The other lines that are printed.
    pub(crate) context: Context,
    /// How many hits the user wants.
    pub(crate) limit: Limit,
    /// The bytes in which lines begin that are searched.
    pub(crate) range: Range<u64>,
    /// How many bytes of a line are kept. Longer lines are cut.
    pub(crate) max_line_bytes: usize,
    /// The size of chunks in bytes, if the user gave one.
    pub(crate) chunk_bytes: Option<usize>,
    /// Whether lines are numbered.
    pub(crate) line_numbers: bool,
}

impl Mode {
    fn of(args: &SearchArgs, surroundings: &Surroundings) -> Mode {
        let results = &args.results;
        if args.fields.groups() {
            return Mode::Groups;
        }
        if args.fields.select.is_some() {
            return Mode::Select;
        }
        if let Some(per) = PerPlan::new(&args.per, &args.matching, surroundings) {
            return Mode::Per(per);
        }
        if let Some(budget) = args.budget.budget {
            return match args.has_numbers_alone() {
                true => Mode::LinesWithin(budget),
                false => Mode::Within(budget),
            };
        }
        match results.tally {
            _ if results.quiet => Mode::Quiet,
            _ if results.files_with_matches => Mode::Names(NamesOf::FilesWithHits),
            _ if results.files_without_match => Mode::Names(NamesOf::FilesWithout),
            _ if results.by_pattern && results.count => Mode::ByPattern,
            _ if results.count => Mode::Count(Counted::Lines),
            // Such lines have no matches to count.
            _ if results.count_matches && !args.have_matches() => Mode::Count(Counted::Lines),
            _ if results.count_matches => Mode::Count(Counted::Matches),
            Some(top) => Mode::Tally(top),
            None if results.json => Mode::Json,
            None if args.merge.merge => Mode::Merged,
            None => Mode::Lines,
        }
    }

    /// Returns whether lines are printed as they are found.
    pub(crate) fn prints_lines(self) -> bool {
        matches!(self, Mode::Lines | Mode::Json | Mode::Select)
    }

    /// Returns when results are as good as delivered.
    pub(crate) fn delivered(self) -> Delivered {
        match self.prints_lines() {
            true => Delivered::Delivered,
            false => Delivered::Ended,
        }
    }

    /// Returns whether one hit in a file is all that matters.
    fn needs_one_hit(self) -> bool {
        matches!(self, Mode::Quiet | Mode::Names(_))
    }

    /// Returns the question that the exit status answers.
    pub(crate) fn asked(self) -> Asked {
        if self == Mode::Quiet {
            Asked::Existence
        } else {
            Asked::Results
        }
    }
}

impl SearchPlan {
    /// Returns the plan for `args` in `surroundings`.
    pub(crate) fn new(args: &SearchArgs, surroundings: &Surroundings) -> SearchPlan {
        let mode = Mode::of(args, surroundings);
        let flags = InputFlags {
            folders: &args.folders,
            transform: args.transform.transform(),
            input: &args.input,
            messages: &args.messages,
        };
        let inputs = inputs_of(
            args,
            mode,
            InputPlan::new(files(args), &flags, surroundings),
        );
        let are_several =
            !args.set.one_log && (inputs.files.len() > 1 || inputs.folder().is_some());
        let file_name = !args.lines.no_filename && (args.lines.with_filename || are_several);
        let has_color = surroundings.has_color(args.lines.color.unwrap_or_default());
        let controls = match args.lines.raw {
            true => Controls::Kept,
            false => Controls::on(surroundings, has_color),
        };
        let colors = has_color.then(|| colors(controls, surroundings));
        let null = args.lines.null;
        SearchPlan {
            mode,
            page: (args.budget.budget).map(|budget| page_of(budget, mode, args, surroundings)),
            listing: Listing {
                file_name,
                member_name: !args.lines.no_filename,
                null,
                zero: !args.results.no_include_zero,
                colors: colors.clone(),
            },
            fields: FieldPlan::new(args, surroundings),
            layout: layout(args, mode, file_name, colors),
            controls,
            bounds: bounds(args, mode),
            inputs,
            one_log: args.set.one_log,
        }
    }

    /// Returns whether the times of hits are needed.
    pub(crate) fn dates_hits(&self) -> bool {
        match self.mode {
            Mode::Groups => self.fields.has_buckets(),
            mode => matches!(mode, Mode::Per(_) | Mode::Merged),
        }
    }

    /// Returns whether no file need be read. With `-m 0` grep does not even print a count of 0.
    pub(crate) fn wants_nothing(&self) -> bool {
        self.bounds.limit == Limit::First(0) && self.mode != Mode::Names(NamesOf::FilesWithout)
    }

    /// Returns whether results could become input if an input is also the output. They cannot if
    /// they are one line, or if they are printed at the end of a file.
    pub(crate) fn could_read_its_output(&self) -> bool {
        self.mode.prints_lines() && self.bounds.limit != Limit::First(1)
    }

    /// Returns how many hits are looked for in each file.
    pub(crate) fn limit(&self) -> Limit {
        match (self.bounds.limit, self.mode) {
            (Limit::First(0) | Limit::Last(0), _) => Limit::First(0),
            (_, mode) if mode.needs_one_hit() => Limit::First(1),
            (limit, Mode::LinesWithin(budget)) => {
                let lines_max = NumberedLines::new(budget).lines_max();
                match limit {
                    Limit::First(most) => Limit::First(most.min(lines_max)),
                    Limit::All | Limit::Last(_) => Limit::First(lines_max),
                }
            }
            (limit, _) => limit,
        }
    }
}

fn page_of(
    budget: Budget,
    mode: Mode,
    args: &SearchArgs,
    surroundings: &Surroundings,
) -> PageOptions {
    let kept = match mode {
        Mode::LinesWithin(_) => Kept::All,
        _ => Kept::Reading,
    };
    page_options::of_search(budget, kept, args, surroundings)
}

/// Returns `inputs` with the settings in which a search differs from other commands.
fn inputs_of(args: &SearchArgs, mode: Mode, inputs: InputPlan) -> InputPlan {
    InputPlan {
        figures: match (inputs.figures, mode) {
            (Figures::Said, Mode::Json) => Figures::InResults,
            (figures, _) => figures,
        },
        // Such a search asks for nothing, and gets no notes about what was left out.
        notes: match mode {
            Mode::Quiet => OrdinaryNotes::Passed,
            _ => inputs.notes,
        },
        without_times: match mode {
            Mode::Merged => WithoutTimes::ComeFirst,
            Mode::Per(_) | Mode::Groups => WithoutTimes::InNoBucket,
            _ => inputs.without_times,
        },
        stdin_end: match args.results.max_count {
            Some(_) => StdinEnd::BehindHit,
            None => StdinEnd::End,
        },
        ..inputs
    }
}

fn files(args: &SearchArgs) -> Vec<PathBuf> {
    match args.files() {
        [] if args.is_of_folders() => vec![PathBuf::from(".")],
        files => files_or_stdin(&files.iter().map(PathBuf::from).collect::<Vec<_>>()),
    }
}

/// Returns grep's colours. grep puts "erase to the end of the line" behind each. That is no colour,
/// so it is only there where colours go unchanged to their reader.
fn colors(controls: Controls, surroundings: &Surroundings) -> Colors {
    let colors = Colors::from_grep_colors(surroundings.grep_colors.as_deref());
    match controls {
        Controls::Kept => colors,
        Controls::Shown(_) => colors.without_erase(),
    }
}

fn layout(args: &SearchArgs, mode: Mode, file_name: bool, colors: Option<Colors>) -> Layout {
    let lines = &args.lines;
    // In other modes the lines of a file do not stand together.
    let has_groups = mode.prints_lines();
    let separator = match &args.context.group_separator {
        _ if args.context.no_group_separator => None,
        Some(separator) => Some(separator.clone().into_encoded_bytes()),
        None => Some(b"--".to_vec()),
    };
    Layout {
        file_name,
        member_name: !lines.no_filename,
        heading: lines.heading && has_groups,
        null: lines.null,
        byte_offset: lines.byte_offset,
        column: lines.column,
        only_matching: args.results.only_matching,
        passthru: args.context.passthru && has_groups,
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

/// Returns the context. `-A 0` is context too: it asks for gaps between groups.
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
        Mode::Within(_) | Mode::LinesWithin(_) => true,
        _ if lines.no_line_number => false,
        Mode::Json => true, // as ripgrep
        Mode::Lines | Mode::Merged | Mode::Select => lines.line_number || lines.column,
        Mode::Quiet | Mode::Names(_) | Mode::Count(_) | Mode::ByPattern => false,
        Mode::Tally(_) | Mode::Per(_) | Mode::Groups => false,
    }
}

#[cfg(test)]
mod tests;
