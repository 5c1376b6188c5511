//! The flag of a search that chooses lines by their numbers.

use clap::Args;

use logscan::scan::LineRanges;

/// The flag about the numbers of lines.
#[derive(Args, Debug)]
#[command(next_help_heading = "Patterns")]
pub(crate) struct LineRangeArgs {
    /// Only lines with these numbers: 10-20, 35, 100-
    ///
    /// Several have commas between them. All of these lines are printed, or those that match the
    /// patterns of -e and -f: the first word is a file here, and no pattern. Numbers count from 1 in
    /// each file, and in each member of an archive. With `--budget` the lines come in order until
    /// it is used up.
    #[arg(
        long = "lines",
        value_name = "NUMBERS",
        value_parser = str::parse::<LineRanges>,
        conflicts_with_all = ["last", "byte_range", "board", "records", "record_start"],
    )]
    pub(crate) line_ranges: Option<LineRanges>,
}
