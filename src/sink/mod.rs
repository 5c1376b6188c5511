//! Where results go: sinks turn what the engine finds into text, counts or JSON.

mod colors;
mod count;
mod each_line;
mod escape;
#[cfg(feature = "json")]
mod json;
mod merged;
#[cfg(feature = "templates")]
mod numbered;
mod tally;
mod text;

use std::{io, path::Path};

#[cfg(feature = "json")]
pub use self::json::{Json, JsonFileStats, JsonStats};
#[cfg(feature = "templates")]
pub use self::numbered::NumberedLines;
pub use self::{
    colors::Colors,
    count::{ByPattern, Count, Counted, Listing, Names, NamesOf, Quiet},
    each_line::{EachLine, FoundLine},
    escape::{Escape, Sgr},
    merged::Merged,
    tally::{Tally, TallyTotals},
    text::{Layout, Text},
};
use crate::error::Error;

/// Writes all of `bytes`.
fn write_all(writer: &mut dyn io::Write, bytes: &[u8]) -> Result<(), Error> {
    writer
        .write_all(bytes)
        .and_then(|()| writer.flush())
        .map_err(|source| Error::Write { source })
}

/// Returns the name of a file in the output. It is the name on the command line; the standard input
/// has the name that GNU grep gives it.
fn shown_name(path: &Path) -> &[u8] {
    match path.as_os_str().as_encoded_bytes() {
        b"-" => b"(standard input)",
        name => name,
    }
}
