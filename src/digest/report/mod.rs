//! How a digest is shown: plain data in, text out, one thin file per format.
//!
//! Text, Markdown and the page have the same contents: `page.rs` has them. JSON has all that is known.

mod bars;
mod budget;
mod html;
mod json;
mod markdown;
mod page;
mod text;

use std::io;

use self::page::DigestPage;
use super::LogDigest;
use crate::{budget::PageOptions, error::Error, harmless::ForRunners, histogram::report::BarCells};

/// The version of the JSON. A field may be added without a new one.
pub const SCHEMA: u32 = 1;

/// The form in which a digest is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Lines for people.
    #[default]
    Text,
    /// Tables in Markdown, as GitHub shows them.
    Markdown,
    /// One JSON object.
    Json,
    /// A page of one file, with a chart.
    Html,
}

/// The look of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextLook {
    /// How many columns the terminal has that the text is for. Lines are cut to it. `None`: nothing
    /// is cut.
    pub columns: Option<usize>,
    /// What bars are made of.
    pub cells: BarCells,
}

/// Writes a digest. Only text has `look`.
///
/// # Errors
/// [`Error::Write`].
pub fn write(
    digest: &LogDigest,
    format: Format,
    look: &TextLook,
    out: &mut dyn io::Write,
) -> Result<(), Error> {
    let page = || DigestPage::of(digest);
    let text = match format {
        Format::Text => text::text(&page(), look),
        Format::Markdown => markdown::text(&page(), look.cells),
        Format::Html => html::text(&page()),
        Format::Json => {
            let written = json::write(digest, &mut ForRunners::json(&mut *out));
            return written
                .and_then(|()| out.flush())
                .map_err(|source| Error::Write { source });
        }
    };
    print(&text, &mut ForRunners::text(out))
}

/// Writes what says most of a digest within a budget: never more.
///
/// # Errors
/// [`Error::Write`].
pub fn write_within(
    digest: &LogDigest,
    options: &PageOptions,
    cells: BarCells,
    out: &mut dyn io::Write,
) -> Result<(), Error> {
    print(&budget::text(&DigestPage::of(digest), options, cells), out)
}

fn print(text: &str, out: &mut dyn io::Write) -> Result<(), Error> {
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .map_err(|source| Error::Write { source })
}
