//! The messages as serde sees them, with ripgrep's names and values in ripgrep's order. This file
//! also says how text and other bytes are told apart.

use std::{path::Path, time::Duration};

use base64::{display::Base64Display, engine::general_purpose::STANDARD};
use serde::{Serialize, Serializer};

use super::{JsonFileStats, JsonStats};
use crate::scan;

/// The version of the fields that logscan adds to ripgrep's messages.
const SCHEMA: u64 = 1;

/// The field that logscan adds to the `begin` message.
pub(super) const SCHEMA_FIELD: &str = ",\"schema\":1";

/// Text, or bytes that are not UTF-8.
#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Data<'a> {
    Text(WireText<'a>),
    Bytes(Base64<'a>),
}

/// A text, and another text directly behind it.
pub(super) struct WireText<'a> {
    text: &'a str,
    end: &'static str,
}

/// Bytes, and other bytes directly behind them.
pub(super) struct Base64<'a> {
    bytes: &'a [u8],
    end: &'static str,
}

impl<'a> Data<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Data<'a> {
        Data::with_end(bytes, "")
    }

    pub(super) fn text(text: &'a str) -> Data<'a> {
        Data::Text(WireText { text, end: "" })
    }

    /// Returns the first bytes of an over-long line. The cut stands for its newline.
    pub(super) fn cut_line(bytes: &'a [u8]) -> Data<'a> {
        Data::with_end(bytes, "\n")
    }

    /// Returns a file's name. On Windows ripgrep loses what is not Unicode; there the bytes are
    /// WTF-8.
    pub(super) fn path(path: &'a Path) -> Data<'a> {
        Data::new(path.as_os_str().as_encoded_bytes())
    }

    fn with_end(bytes: &'a [u8], end: &'static str) -> Data<'a> {
        match std::str::from_utf8(bytes) {
            Ok(text) => Data::Text(WireText { text, end }),
            Err(_) => Data::Bytes(Base64 { bytes, end }),
        }
    }

    /// Returns the text without the part behind it, if this is a text.
    pub(super) fn as_str(&self) -> Option<&'a str> {
        match self {
            Data::Text(text) => Some(text.text),
            Data::Bytes(_) => None,
        }
    }
}

impl Serialize for WireText<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.end {
            "" => serializer.serialize_str(self.text),
            end => serializer.collect_str(&format_args!("{}{end}", self.text)),
        }
    }
}

impl Serialize for Base64<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.end.is_empty() {
            return serializer.collect_str(&Base64Display::new(self.bytes, &STANDARD));
        }
        // Three bytes are four characters, so only the last group sees the bytes behind.
        let (groups, rest) = self.bytes.split_at(self.bytes.len() / 3 * 3);
        let last = [rest, self.end.as_bytes()].concat();
        let groups = Base64Display::new(groups, &STANDARD);
        let last = Base64Display::new(&last, &STANDARD);
        serializer.collect_str(&format_args!("{groups}{last}"))
    }
}

#[derive(Serialize)]
pub(super) struct WireMessage<T> {
    r#type: &'static str,
    data: T,
}

#[derive(Serialize)]
pub(super) struct WireBegin<'a> {
    path: Data<'a>,
    schema: u64,
}

#[derive(Serialize)]
pub(super) struct WireInputEnd<'a> {
    path: Data<'a>,
    /// The place where ripgrep takes a file for binary; logscan never does so.
    binary_offset: Option<u64>,
    stats: &'a WireStats,
    notes: &'a [String],
}

impl<'a> WireMessage<WireBegin<'a>> {
    pub(super) fn begin(path: Data<'a>) -> WireMessage<WireBegin<'a>> {
        WireMessage {
            r#type: "begin",
            data: WireBegin {
                path,
                schema: SCHEMA,
            },
        }
    }
}

impl<'a> WireMessage<WireInputEnd<'a>> {
    pub(super) fn end(
        path: Data<'a>,
        stats: &'a WireStats,
        notes: &'a [String],
    ) -> WireMessage<WireInputEnd<'a>> {
        WireMessage {
            r#type: "end",
            data: WireInputEnd {
                path,
                binary_offset: None,
                stats,
                notes,
            },
        }
    }
}

/// The numbers that ripgrep counts, for one input or for all.
#[derive(Debug, Default, Serialize)]
pub(super) struct WireStats {
    elapsed: Elapsed,
    searches: u64,
    searches_with_match: u64,
    bytes_searched: u64,
    /// The bytes of all messages before `end`, without what logscan adds to them.
    bytes_printed: u64,
    matched_lines: u64,
    matches: u64,
}

impl WireStats {
    pub(super) fn new(summary: &scan::Summary, bytes_printed: u64) -> WireStats {
        WireStats {
            elapsed: Elapsed(summary.elapsed),
            searches: 1,
            searches_with_match: u64::from(summary.hits > 0),
            bytes_searched: summary.bytes,
            bytes_printed,
            matched_lines: summary.hits,
            matches: summary.matches,
        }
    }

    pub(super) fn add(&mut self, other: &WireStats) {
        self.elapsed.0 += other.elapsed.0;
        self.searches += other.searches;
        self.searches_with_match += other.searches_with_match;
        self.bytes_searched += other.bytes_searched;
        self.bytes_printed += other.bytes_printed;
        self.matched_lines += other.matched_lines;
        self.matches += other.matches;
    }
}

#[derive(Debug, Default)]
pub(super) struct Elapsed(Duration);

impl Serialize for Elapsed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Fields {
            secs: u64,
            nanos: u32,
            human: String,
        }
        let Elapsed(elapsed) = self;
        let human = format!("{:.6}s", elapsed.as_secs_f64());
        Fields {
            secs: elapsed.as_secs(),
            nanos: elapsed.subsec_nanos(),
            human,
        }
        .serialize(serializer)
    }
}

/// The field that logscan adds to the summary.
#[derive(Serialize)]
struct WireRun<'a> {
    schema: u64,
    bytes: u64,
    bytes_read: u64,
    lines: Option<u64>,
    hits: u64,
    seconds: f64,
    gb_per_second: Option<f64>,
    engine: &'a str,
    threads: usize,
    user_seconds: f64,
    system_seconds: f64,
    minor_faults: u64,
    major_faults: u64,
    files: Vec<File<'a>>,
}

#[derive(Serialize)]
struct File<'a> {
    path: Data<'a>,
    access: String,
    why: &'a str,
}

impl<'a> WireRun<'a> {
    fn new(stats: &'a JsonStats) -> WireRun<'a> {
        let file = |file: &'a JsonFileStats| File {
            path: Data::path(super::shown(&file.path)),
            access: file.access.to_string(),
            why: &file.why,
        };
        let nanos = stats.elapsed.as_nanos();
        WireRun {
            schema: SCHEMA,
            bytes: stats.bytes,
            bytes_read: stats.bytes_read,
            lines: stats.lines,
            hits: stats.hits,
            seconds: stats.elapsed.as_secs_f64(),
            gb_per_second: (nanos > 0).then(|| stats.bytes_read as f64 / nanos as f64),
            engine: &stats.engine,
            threads: stats.threads,
            user_seconds: stats.usage.user.as_secs_f64(),
            system_seconds: stats.usage.system.as_secs_f64(),
            minor_faults: stats.usage.minor_faults,
            major_faults: stats.usage.major_faults,
            files: stats.files.iter().map(file).collect(),
        }
    }
}

/// Returns the summary message. Its keys are sorted, because ripgrep makes it from a
/// [`serde_json::Value`].
pub(super) fn summary(
    elapsed: Duration,
    totals: &WireStats,
    stats: Option<&JsonStats>,
) -> serde_json::Value {
    let mut data = serde_json::json!({ "elapsed_total": Elapsed(elapsed), "stats": totals });
    if let Some(stats) = stats {
        data["logscan"] = serde_json::json!(WireRun::new(stats));
    }
    serde_json::json!({ "type": "summary", "data": data })
}

/// Writes a small message into memory.
pub(super) fn to_vec(message: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(message)
        .expect("strings and numbers always serialise, and a vector takes all")
}
