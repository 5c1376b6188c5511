//! The flags of a search that counts hits by their times.

use clap::{Args, ValueEnum};

use logscan::{
    histogram::{BucketWidth, report::Format},
    scan::parse_span,
};

/// The flags about counts by time, and how they are shown.
#[derive(Args, Debug)]
#[command(next_help_heading = "Time and records")]
pub(crate) struct PerArgs {
    /// Count hits per SPAN of time: 10s, 1h, auto
    ///
    /// Prints a bar for each bucket of that length which has hits, in the zone of --tz: 1s, 10s, 1m,
    /// 1h, 1d, 7d (from Monday on) or any multiple of a second; auto takes the finest one of which
    /// few are enough, and the first line says which. '' as the pattern counts all lines. A line
    /// without a time belongs to the line above it. Buckets of whole days are days of the zone; others end where its clocks change.
    /// With several patterns each has bars of its own, up to 20 of them, and a line counts for each
    /// that it matches. All files are counted together. Where more than 65536 buckets have hits (of
    /// 16 and more patterns, fewer), longer ones are taken, and a note says so. Hits above the first
    /// time of their file are in no bucket, and counted in a note.
    #[arg(
        long,
        value_name = "SPAN",
        value_parser = parse_per,
        conflicts_with_all = [
            "count", "count_matches", "by_pattern", "only_matching", "tally", "files_with_matches",
            "files_without_match", "quiet", "json", "last", "board",
        ]
    )]
    pub(crate) per: Option<Per>,
    /// With --per, --select, --count-by: text, csv ...
    ///
    /// With --per: text is a line with a bar for each bucket, for people; jsonl and csv an object or a
    /// row for each bucket with hits, for programs; svg a picture; html a page of one file with the
    /// picture and a table. With --select, --count-by and --agg: text, csv, tsv, jsonl, markdown.
    #[arg(
        long,
        value_enum,
        value_name = "FORMAT",
        hide_possible_values = true,
        hide_short_help = true
    )]
    pub(crate) format: Option<PerFormat>,
}

/// The length of buckets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Per {
    /// The length that fits best.
    Auto,
    /// The length that the user gave.
    Width(BucketWidth),
}

/// The format in which counts by time are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum PerFormat {
    /// Bars.
    #[default]
    Text,
    /// JSON Lines.
    Jsonl,
    /// Comma-separated values.
    Csv,
    /// A picture.
    Svg,
    /// A page.
    Html,
    /// Tab-separated values, of fields.
    Tsv,
    /// A table of Markdown, of fields.
    Markdown,
}

impl PerFormat {
    /// Returns the format by its name in the library.
    pub(crate) fn format(self) -> Format {
        match self {
            PerFormat::Text => Format::Text,
            PerFormat::Jsonl => Format::Jsonl,
            PerFormat::Csv => Format::Csv,
            PerFormat::Svg => Format::Svg,
            PerFormat::Html => Format::Html,
            // These are refused where there are no fields.
            PerFormat::Tsv | PerFormat::Markdown => Format::Text,
        }
    }
}

fn parse_per(text: &str) -> Result<Per, String> {
    if text == "auto" {
        return Ok(Per::Auto);
    }
    let width = BucketWidth::new(parse_span(text)?);
    let width = width.ok_or("a bucket is at least 1s long, and at most 36525d")?;
    Ok(Per::Width(width))
}
