//! One JSON object per line: what is counted, each bucket with hits, and the end.

use std::io::{self, Write};

use serde::Serialize;

use super::{rfc3339, zone_name};
use crate::{harmless::ForRunners, histogram::Histogram};

/// The version of the format. It changes when the meaning of a field does. New fields may come
/// without.
const SCHEMA: u32 = 1;

/// The first record, as documented in docs/search.md.
#[derive(Serialize)]
struct WireHistogram<'a> {
    r#type: &'static str,
    schema: u32,
    width_s: i64,
    /// The width that was asked for, if there were too many buckets of that.
    asked_s: Option<i64>,
    zone: String,
    patterns: &'a [String],
}

#[derive(Serialize)]
struct WireBucket<'a> {
    r#type: &'static str,
    start: String,
    end: String,
    hits: u64,
    #[serde(skip_serializing_if = "<[u64]>::is_empty")]
    by_pattern: &'a [u64],
}

/// The last record.
#[derive(Serialize)]
struct WireTotal {
    r#type: &'static str,
    hits: u64,
    undated: u64,
    buckets: usize,
}

pub(super) fn write(histogram: &Histogram, out: &mut dyn Write) -> io::Result<()> {
    let begin = WireHistogram {
        r#type: "begin",
        schema: SCHEMA,
        width_s: histogram.width.seconds(),
        asked_s: histogram.asked.map(|asked| asked.seconds()),
        zone: zone_name(&histogram.zone),
        patterns: &histogram.series,
    };
    record(&begin, out)?;
    for bucket in &histogram.buckets {
        let wire = WireBucket {
            r#type: "bucket",
            start: rfc3339(&bucket.start),
            end: rfc3339(&bucket.end),
            hits: bucket.hits,
            by_pattern: &bucket.by_series,
        };
        record(&wire, out)?;
    }
    let end = WireTotal {
        r#type: "end",
        hits: histogram.hits(),
        undated: histogram.undated,
        buckets: histogram.buckets.len(),
    };
    record(&end, out)
}

fn record(wire: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer(ForRunners::json(&mut *out), wire)?;
    out.write_all(b"\n")
}
