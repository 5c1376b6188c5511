//! The plan of whether lines or records are searched.

use logscan::{Error, Matcher, Patterns, scan::Records};

use crate::cli::args::RecordArgs;

impl RecordArgs {
    /// Returns the rule where records begin, or `None` if lines are searched.
    ///
    /// # Errors
    /// The error of the pattern.
    pub(crate) fn records(&self) -> Result<Option<Records>, Error> {
        match &self.record_start {
            Some(pattern) => {
                let matcher = Matcher::new(&Patterns::new(pattern))?;
                Ok(Some(Records::starting_with(matcher)))
            }
            None => Ok(self.records.then(Records::learned)),
        }
    }
}
