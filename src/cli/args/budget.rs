//! The flag of a search that prints only so much.

use clap::Args;
use logscan::Budget;

/// The flag about how much is printed in all.
#[derive(Args, Debug)]
#[command(next_help_heading = "Results")]
pub(crate) struct BudgetArgs {
    /// Print the hits that fit: 2500, 10K, 80lines
    ///
    /// For programs that pay by the token, and for people in a hurry: the number of hits and of
    /// their kinds (see `logscan templates`), then the first and the last hit, the first and the
    /// last of each kind, the rarest kinds first, and others from all over the files, until the
    /// budget is used up: in the order of the files, with line numbers, and the middle of long lines
    /// left out. A number is of tokens, counted as characters / 4 of all that is printed; with K or
    /// M it is of bytes. The least is 200 tokens. What is left out is counted at the end. At most
    /// 10000 kinds are told apart, and 2048 hits are kept besides their first and last ones.
    #[arg(
        long,
        value_name = "SIZE",
        value_parser = str::parse::<Budget>,
        conflicts_with_all = [
            "per", "merge", "count", "count_matches", "tally", "only_matching", "files_with_matches",
            "files_without_match", "files", "quiet", "json", "context", "before_context", "after_context",
            "passthru", "replace", "byte_offset", "column", "null", "records", "record_start",
        ]
    )]
    pub(crate) budget: Option<Budget>,
}
