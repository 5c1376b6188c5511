//! How a histogram is shown: plain data in, text out, one thin file per format.

mod chart;
mod csv;
mod html;
mod jsonl;
mod svg;
mod text;

use std::io::{self, Write};

use jiff::{ZonedDateTime, tz::TimeZone};

use super::{BucketWidth, Histogram};

#[cfg(feature = "digest")]
pub(crate) use self::chart::by_level;
pub use self::text::{BarCells, BarLook};

/// The form in which a histogram is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A bar for each bucket, for people.
    Text,
    /// A JSON object for each bucket.
    Jsonl,
    /// Comma-separated values.
    Csv,
    /// A picture.
    Svg,
    /// A page, with the picture and a table.
    Html,
}

/// Writes `histogram`. The text has `look`, other formats do not need it.
///
/// # Errors
/// The error that `out` returns.
pub fn write(
    histogram: &Histogram,
    format: Format,
    look: &BarLook,
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        Format::Text => text::write(histogram, look, out),
        Format::Jsonl => jsonl::write(histogram, out),
        Format::Csv => csv::write(histogram, out),
        Format::Svg => svg::write(histogram, out),
        Format::Html => html::write(histogram, out),
    }
}

/// Returns the name of a zone.
pub(crate) fn zone_name(zone: &TimeZone) -> String {
    match (zone.iana_name(), zone.to_fixed_offset()) {
        (Some(name), _) => name.into(),
        (None, Ok(offset)) => offset.to_string(),
        (None, Err(_)) => "local".into(),
    }
}

/// Returns a time as RFC 3339 writes it, with its offset.
pub(crate) fn rfc3339(time: &ZonedDateTime) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// Returns a time as people read it, as finely as buckets of `width` begin.
pub(crate) fn shown(time: &ZonedDateTime, width: BucketWidth) -> String {
    let clock = match width.seconds() {
        days if days % (24 * 3600) == 0 => "%Y-%m-%d",
        minutes if minutes % 60 == 0 => "%Y-%m-%d %H:%M",
        _ => "%Y-%m-%d %H:%M:%S",
    };
    time.strftime(clock).to_string()
}

/// Returns in words what the buckets of a histogram are: `per 1m, in the zone Europe/Berlin`.
fn what(histogram: &Histogram) -> String {
    format!(
        "per {}, in the zone {}",
        histogram.width,
        zone_name(&histogram.zone)
    )
}

#[cfg(test)]
mod tests;
