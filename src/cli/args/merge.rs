//! The flag of a search that prints hits in the order of their times.

use clap::Args;

/// The flag that merges the hits of all files by time.
#[derive(Args, Debug)]
#[command(next_help_heading = "Time and records")]
pub(crate) struct MergeArgs {
    /// Print hits of all files ordered by time
    ///
    /// Files, folders, archives, rotated logs, logs of several machines: their hits come in one
    /// stream, in the order of their times in any zone; of equal times in the order of the files. A
    /// line without a time follows the line above it, and hits above the first time of their file
    /// come first. Files need not be in order themselves. Nothing is printed before all have been
    /// read; what does not fit 64 MiB of memory is kept in a file without a name in the folder for
    /// temporary files. --max-count counts in each file. There is no context.
    #[arg(
        long,
        conflicts_with_all = [
            "per", "count", "count_matches", "by_pattern", "tally", "files_with_matches",
            "files_without_match", "quiet", "json", "last", "one_log", "board",
        ]
    )]
    pub(crate) merge: bool,
}
