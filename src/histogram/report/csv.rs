//! Comma-separated values, quoted where RFC 4180 asks for it: a row for each bucket with hits.

use std::io::{self, Write};

use super::rfc3339;
use crate::{harmless::csv_cell, histogram::Histogram};

pub(super) fn write(histogram: &Histogram, out: &mut dyn Write) -> io::Result<()> {
    let names = histogram.series.iter().map(|name| csv_cell(name));
    let names: Vec<String> = ["start", "end", "hits"]
        .map(String::from)
        .into_iter()
        .chain(names)
        .collect();
    writeln!(out, "{}", names.join(","))?;
    for bucket in &histogram.buckets {
        write!(
            out,
            "{},{},{}",
            rfc3339(&bucket.start),
            rfc3339(&bucket.end),
            bucket.hits
        )?;
        for count in &bucket.by_series {
            write!(out, ",{count}")?;
        }
        writeln!(out)?;
    }
    Ok(())
}
