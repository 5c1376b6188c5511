//! The flags of a search in records, which are lines with what belongs to them.

use clap::Args;

/// The flags about whether lines or records are searched.
#[derive(Args, Debug)]
#[command(next_help_heading = "Time and records")]
pub(crate) struct RecordArgs {
    /// Search records: a line with its stack trace
    ///
    /// A record begins at a line with the header that most lines of the log have, such as a time and
    /// a level; the first lines tell which that is. Lines without it continue the record: stack
    /// traces, statements, objects over several lines. A match anywhere selects the whole record.
    /// -c, -m, --last, -A, -B and -C count records, -n prints the number of a record's first line,
    /// and -v, --and and --not look at all of a record. A record longer than --max-line-bytes is
    /// its first bytes, and line numbers behind it do not count the lines that were cut off. Of a
    /// stream the last record is shown when the next one begins.
    #[arg(long, conflicts_with = "board")]
    pub(crate) records: bool,
    /// Records begin at lines with a match of REGEX
    ///
    /// This is --records for logs in which the form of the lines is not recognised: --record-start
    /// '^\d+ ' begins a record at each line that starts with a number. A match counts within the
    /// first KiB of a line. -F, -i and -S apply to it as to patterns; -w and -x do not.
    #[arg(
        long,
        value_name = "REGEX",
        allow_hyphen_values = true,
        conflicts_with = "board",
        hide_short_help = true
    )]
    pub(crate) record_start: Option<String>,
}
