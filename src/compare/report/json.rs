//! Writes the report as JSON: the plain data, with its schema number first.

use std::io::{self, Write};

use crate::{compare::record::Report, harmless::ForRunners};

/// Writes `report`.
///
/// # Errors
/// The error that `out` returns.
pub fn render(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(ForRunners::json(&mut *out), report)?;
    out.write_all(b"\n")
}
