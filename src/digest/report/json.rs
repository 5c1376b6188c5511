//! One JSON object with all that is known.

use std::io::{self, Write};

use serde::Serialize;

use super::SCHEMA;
use crate::{
    digest::{DatedLine, KnownBy, LogDigest, LogLine, LogPlace, times::SECOND_NS},
    error::Name,
    histogram::{
        report::{rfc3339, zone_name},
        zoned,
    },
    templates::{Level, Place, Template},
};

/// The most buckets of the histogram. More are made into fewer longer ones.
const BUCKETS_MAX: u64 = 200;

#[derive(Serialize)]
struct WireDigest {
    schema: u32,
    /// How many inputs there were.
    input_count: usize,
    /// The name of the first.
    input: String,
    bytes: u64,
    lines: WireLines,
    /// What the inputs are, and how many are so.
    formats: Vec<WireShare>,
    /// The columns of their headers, in words.
    columns: Vec<WireShare>,
    times: WireTimes,
    /// How many records have each level.
    levels: Vec<WireLevel>,
    histogram: WireBuckets,
    kinds: WireKinds,
    errors: WireErrors,
    silences: WireSilences,
    bursts: WireBursts,
    starts: WireStarts,
}

#[derive(Serialize)]
struct WireLines {
    count: u64,
    blank: u64,
    cut: u64,
    not_ascii: u64,
    not_utf8: u64,
    longest_bytes: u64,
    longest: Option<WireSpot>,
}

#[derive(Serialize)]
struct WireShare {
    what: String,
    inputs: u64,
}

#[derive(Serialize)]
struct WireTimes {
    zone: String,
    first: Option<WireMoment>,
    last: Option<WireMoment>,
    /// Lines without a time.
    undated: u64,
    /// Lines that are earlier than the line before them.
    earlier: u64,
    earlier_by_s: f64,
    earliest: Option<WireSpot>,
}

#[derive(Serialize)]
struct WireMoment {
    time: String,
    #[serde(flatten)]
    spot: WireSpot,
}

#[derive(Serialize)]
struct WireSpot {
    input: String,
    line: u64,
}

#[derive(Serialize)]
struct WireLevel {
    level: &'static str,
    count: u64,
}

#[derive(Serialize)]
struct WireBuckets {
    width_s: i64,
    /// What `by_level` counts, in order.
    levels: Vec<String>,
    buckets: Vec<WireCounts>,
}

#[derive(Serialize)]
struct WireCounts {
    start: String,
    end: String,
    lines: u64,
    by_level: Vec<u64>,
}

#[derive(Serialize)]
struct WireKinds {
    /// How many kinds there are.
    count: usize,
    /// Lines that are of a kind.
    lines: u64,
    /// Lines that belong to the records of these.
    continued_lines: u64,
    /// Lines that were not told apart.
    folded_lines: u64,
    frequent: Vec<WireKind>,
    rare: Vec<WireKind>,
}

#[derive(Serialize)]
struct WireKind {
    id: String,
    count: u64,
    level: Option<&'static str>,
    template: String,
    first: WireSpot,
    last: WireSpot,
}

#[derive(Serialize)]
struct WireErrors {
    count: u64,
    /// `level`, or `word` if hardly any line has a level.
    known_by: &'static str,
    first: Vec<WireLogLine>,
    last: Vec<WireLogLine>,
}

#[derive(Serialize)]
struct WireLogLine {
    #[serde(flatten)]
    spot: WireSpot,
    time: Option<String>,
    text: String,
}

#[derive(Serialize)]
struct WireSilences {
    count: u64,
    least_s: f64,
    longest: Vec<WireSilence>,
}

#[derive(Serialize)]
struct WireSilence {
    length_s: f64,
    from: WireMoment,
    to: WireMoment,
}

#[derive(Serialize)]
struct WireBursts {
    count: u64,
    /// How long the buckets are that were compared, and how many lines one with lines usually has.
    width_s: i64,
    usual_lines: u64,
    largest: Vec<WireBurst>,
}

#[derive(Serialize)]
struct WireBurst {
    start: String,
    end: String,
    lines: u64,
    first: WireSpot,
}

#[derive(Serialize)]
struct WireStarts {
    count: usize,
    /// More lines like those of starts, of which it is not known whether they are starts.
    unknown_lines: u64,
    starts: Vec<WireStart>,
}

#[derive(Serialize)]
struct WireStart {
    #[serde(flatten)]
    line: WireLogLine,
    lines: u64,
    is_after_silence: bool,
}

pub(super) fn write(digest: &LogDigest, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &Wiring { digest }.digest())?;
    out.write_all(b"\n")
}

/// Makes wire structs of what a digest has.
struct Wiring<'d> {
    digest: &'d LogDigest,
}

impl Wiring<'_> {
    fn digest(&self) -> WireDigest {
        let digest = self.digest;
        let facts = &digest.facts;
        let levels = Level::ALL.into_iter().zip(digest.templates.levels);
        let longest = facts.longest.as_ref();
        WireDigest {
            schema: SCHEMA,
            input_count: digest.inputs,
            input: Name(&digest.path).to_string(),
            bytes: facts.bytes,
            lines: WireLines {
                count: facts.lines,
                blank: facts.blank,
                cut: facts.cut,
                not_ascii: facts.not_ascii,
                not_utf8: facts.not_utf8,
                longest_bytes: longest.map_or(0, |(bytes, _)| *bytes),
                longest: longest.map(|(_, place)| spot(place)),
            },
            formats: shares(&facts.formats),
            columns: shares(&facts.columns),
            times: self.times(),
            levels: levels
                .filter(|&(_, count)| count > 0)
                .map(|(level, count)| WireLevel {
                    level: level.name(),
                    count,
                })
                .collect(),
            histogram: self.histogram(),
            kinds: self.kinds(),
            errors: WireErrors {
                count: digest.errors.lines.count,
                known_by: match digest.errors.known_by {
                    KnownBy::Level => "level",
                    KnownBy::Word => "word",
                },
                first: self.texts(digest.errors.lines.first.iter()),
                last: self.texts(digest.errors.lines.last.iter()),
            },
            silences: self.silences(),
            bursts: self.bursts(),
            starts: self.starts(),
        }
    }

    fn times(&self) -> WireTimes {
        let digest = self.digest;
        let (first, last) = match &digest.span {
            Some((first, last)) => (Some(self.moment(first)), Some(self.moment(last))),
            None => (None, None),
        };
        WireTimes {
            zone: zone_name(&digest.histogram.zone),
            first,
            last,
            undated: digest.facts.undated,
            earlier: digest.order.earlier,
            earlier_by_s: seconds(digest.order.most_ns),
            earliest: digest.order.place.as_ref().map(spot),
        }
    }

    fn histogram(&self) -> WireBuckets {
        let histogram = self.digest.histogram.at_most(BUCKETS_MAX);
        WireBuckets {
            width_s: histogram.width.seconds(),
            levels: histogram.series,
            buckets: histogram
                .buckets
                .into_iter()
                .map(|bucket| WireCounts {
                    start: rfc3339(&bucket.start),
                    end: rfc3339(&bucket.end),
                    lines: bucket.hits,
                    by_level: bucket.by_series,
                })
                .collect(),
        }
    }

    fn kinds(&self) -> WireKinds {
        let templates = &self.digest.templates;
        WireKinds {
            count: templates.list.len(),
            lines: templates.lines,
            continued_lines: templates.continued,
            folded_lines: templates.folded,
            frequent: (self.digest.frequent().iter())
                .map(|kind| self.kind(kind))
                .collect(),
            rare: (self.digest.rare().into_iter())
                .map(|kind| self.kind(kind))
                .collect(),
        }
    }

    fn kind(&self, kind: &Template) -> WireKind {
        let spot = |place: Place| {
            let path = self.digest.templates.inputs.get(place.input);
            WireSpot {
                input: path.map_or(String::new(), |path| Name(path).to_string()),
                line: place.line,
            }
        };
        WireKind {
            id: kind.id.to_string(),
            count: kind.lines,
            level: kind.level.map(Level::name),
            template: kind.text(),
            first: spot(kind.first),
            last: spot(kind.last),
        }
    }

    fn silences(&self) -> WireSilences {
        let silences = &self.digest.silences;
        let longest = silences.longest.iter().map(|silence| WireSilence {
            length_s: seconds(silence.length_ns()),
            from: self.moment(&silence.from),
            to: self.moment(&silence.to),
        });
        WireSilences {
            count: silences.count,
            least_s: seconds(silences.least_ns),
            longest: longest.collect(),
        }
    }

    fn bursts(&self) -> WireBursts {
        let bursts = &self.digest.bursts;
        let largest = bursts.largest.iter().map(|burst| WireBurst {
            start: self.time(burst.seconds.start.saturating_mul(SECOND_NS)),
            end: self.time(burst.seconds.end.saturating_mul(SECOND_NS)),
            lines: burst.lines,
            first: spot(&burst.first),
        });
        WireBursts {
            count: bursts.count,
            width_s: bursts.width_s,
            usual_lines: bursts.usual,
            largest: largest.collect(),
        }
    }

    fn starts(&self) -> WireStarts {
        let starts = &self.digest.starts;
        WireStarts {
            count: starts.list.len(),
            unknown_lines: starts.unknown,
            starts: starts
                .list
                .iter()
                .map(|start| WireStart {
                    line: self.text(&start.line),
                    lines: start.lines,
                    is_after_silence: start.is_after_silence,
                })
                .collect(),
        }
    }

    fn texts<'l>(&self, lines: impl Iterator<Item = &'l LogLine>) -> Vec<WireLogLine> {
        lines.map(|line| self.text(line)).collect()
    }

    fn text(&self, line: &LogLine) -> WireLogLine {
        WireLogLine {
            spot: spot(&line.place),
            time: line.time_ns.map(|time_ns| self.time(time_ns)),
            text: line.text.clone(),
        }
    }

    fn moment(&self, line: &DatedLine) -> WireMoment {
        WireMoment {
            time: self.time(line.time_ns),
            spot: spot(&line.place),
        }
    }

    fn time(&self, time_ns: i64) -> String {
        rfc3339(&zoned(&self.digest.histogram.zone, time_ns))
    }
}

fn spot(place: &LogPlace) -> WireSpot {
    WireSpot {
        input: Name(&place.path).to_string(),
        line: place.line,
    }
}

fn shares(words: &[(String, u64)]) -> Vec<WireShare> {
    words
        .iter()
        .map(|(what, inputs)| WireShare {
            what: what.clone(),
            inputs: *inputs,
        })
        .collect()
}

fn seconds(span_ns: i64) -> f64 {
    #[expect(
        clippy::cast_precision_loss,
        reason = "a span in seconds, of which nine digits are exact enough"
    )]
    let span_ns = span_ns as f64;
    span_ns / 1e9
}
