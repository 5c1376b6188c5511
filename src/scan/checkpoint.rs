//! A place where a search may be left, so that another one goes on there.

/// A place in a file where a search may be left, and where another may go on without losing or
/// repeating a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The place behind the last line that was searched. If a limit was reached, the place behind
    /// the last hit.
    pub offset: u64,
    /// How many lines are before this place, if lines are counted. They are with
    /// [`Scan::line_numbers`](crate::Scan::line_numbers) if there were hits, and with
    /// [`Scan::count_lines`](crate::Scan::count_lines).
    pub lines: Option<u64>,
    /// How many hits there were before this place, from the start of the scan on.
    pub hits: u64,
    /// Whether lines before this place were cut or could not be read. The notes at the end of the
    /// scan say so.
    pub has_losses: bool,
}
