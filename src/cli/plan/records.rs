//! The plan of whether lines or records are searched.

use anyhow::{Result, anyhow};
use logscan::{Error, Extent, Matcher, Patterns, scan::Records};

use crate::cli::args::RecordArgs;

impl RecordArgs {
    /// Returns the rule where records begin, or `None` if lines are searched. The pattern is
    /// written as `patterns` are, and its letters match the same case.
    ///
    /// # Errors
    /// The error of the pattern, with its flag.
    pub(crate) fn records(&self, patterns: &Patterns) -> Result<Option<Records>> {
        let Some(pattern) = &self.record_start else {
            return Ok(self.records.then(Records::learned));
        };
        let start = Patterns {
            patterns: vec![pattern.clone().into_bytes()],
            and: Vec::new(),
            not: Vec::new(),
            // Nobody who looks for whole words or lines says so of where records begin.
            extent: Extent::Anywhere,
            ..patterns.clone()
        };
        let matcher = Matcher::new(&start).map_err(|error| match error {
            Error::Pattern { pattern, reason } => {
                anyhow!("--record-start '{pattern}': {reason}")
            }
            error => error.into(),
        })?;
        Ok(Some(Records::starting_with(matcher)))
    }
}
