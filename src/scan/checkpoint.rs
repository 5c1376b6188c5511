//! Where a search may be left, so that another goes on there.

/// A place in a file where a search may be left, and where another may go on without losing or
/// repeating a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Behind the last line that was searched, and with a limit that was reached, behind the last
    /// hit.
    pub offset: u64,
    /// How many lines are before it, if lines are counted: with
    /// [`Scan::line_numbers`](crate::Scan::line_numbers) where there were hits, and with
    /// [`Scan::count_lines`](crate::Scan::count_lines).
    pub lines: Option<u64>,
    /// How many hits there were before it, from the start of the scan on.
    pub hits: u64,
    /// Whether lines before it were cut or could not be read, which is noted when the scan ends.
    pub has_losses: bool,
}
