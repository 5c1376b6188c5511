//! The man page: clap's table of flags, between sections that say what a table cannot.
use super::command;

/// The page, as roff.
pub(super) fn page() -> Vec<u8> {
    let _ = command();
    Vec::new()
}
