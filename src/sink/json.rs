//! Placeholder until the JSON sink lands.

use std::io;

use crate::{
    error::Error,
    matcher::Matcher,
    scan::{Render, Sink},
};

/// Placeholder.
pub struct Json {
    _matcher: Matcher,
}

/// Placeholder.
#[derive(Debug, Default)]
pub struct JsonStats {}

impl Json {
    /// Placeholder.
    pub fn new(matcher: Matcher, _: Option<Vec<u8>>, _: Box<dyn io::Write + Send>) -> Json {
        Json { _matcher: matcher }
    }

    /// Placeholder.
    ///
    /// # Errors
    /// None.
    pub fn finish(&mut self, _: Option<&JsonStats>) -> Result<(), Error> {
        Ok(())
    }
}

impl Sink for Json {
    fn renderer(&self) -> Option<Box<dyn Render>> {
        None
    }

    fn deliver(&mut self, _: &[u8]) -> Result<(), Error> {
        Ok(())
    }
}
