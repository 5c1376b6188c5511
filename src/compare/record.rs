//! What a comparison gives, as plain data. It is also the JSON file, so a field may be added, but
//! not change its meaning without another [`SCHEMA`]; what is added later must have a default, so
//! that old files can be read.

use serde::{Deserialize, Serialize};

use super::{
    machine::{FileFacts, Machine},
    stats::{Interval, Spread},
};

/// The number of the JSON format. It grows when a reader of the old one would misunderstand the new
/// one.
pub const SCHEMA: u32 = 1;

/// One comparison.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: u32,
    /// The one sentence that says it all, about the cell with the most threads, warm if that was
    /// measured.
    pub verdict: String,
    /// The version of logscan.
    pub logscan: String,
    /// The command line.
    pub command: String,
    /// When it was measured, in seconds since 1970 (UTC).
    pub measured_unix_s: u64,
    /// What it was measured on.
    pub machine: Machine,
    /// What was searched.
    pub file: FileFacts,
    /// What was searched for, and found.
    pub search: Search,
    /// How it was measured.
    pub settings: Settings,
    /// One for each state of the cache and number of threads.
    pub cells: Vec<Cell>,
    /// Other programs, measured from the outside.
    #[serde(default)]
    pub commands: Vec<OutsideCommand>,
    /// What the reader should know.
    #[serde(default)]
    pub notes: Vec<String>,
    /// Against an older report, if that was asked for.
    #[serde(default)]
    pub baseline: Option<Verdicts>,
}

/// What was searched for, and what every trial found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Search {
    /// The patterns.
    pub patterns: Vec<String>,
    /// The flags that change what they match, as words of a command line.
    pub flags: Vec<String>,
    /// What finds the hits.
    pub engine: String,
    /// How many lines are hits.
    pub hits: u64,
    /// A hash of where they are, in hexadecimal digits.
    pub hits_hash: String,
}

/// How it was measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// The numbers of threads.
    pub threads: Vec<usize>,
    /// The states of the cache.
    pub caches: Vec<Cache>,
    /// The size of chunks, if it was prescribed.
    pub chunk_bytes: Option<usize>,
    /// No more runs than this were made.
    pub runs_max: u32,
    /// How long it was to take, in seconds, if that was limited.
    pub budget_s: Option<f64>,
}

/// If more than this share of the file is left in the cache, it was not cold.
pub(crate) const COLD_SHARE_MAX: f64 = 0.01;

/// If less than this share of the file is in the cache, it was not warm.
pub(crate) const WARM_SHARE_MIN: f64 = 0.99;

/// Where the file's bytes are before each trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cache {
    /// In the page cache.
    Warm,
    /// Dropped from the page cache.
    Cold,
}

impl Cache {
    /// As it is called in tables.
    pub fn name(self) -> &'static str {
        match self {
            Cache::Warm => "warm",
            Cache::Cold => "cold",
        }
    }
}

/// What a trial does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// Searches a mapping.
    Mapped,
    /// Searches what read() copies.
    Read,
    /// Reads a byte of every cache line of a mapping: no mapped search is faster.
    Touch,
    /// Reads everything into buffers, and nothing else: no search that reads is faster.
    Copy,
}

impl Subject {
    /// All of them. The paths are next to each other in this order and in the reverse one.
    pub const ALL: [Subject; 4] = [
        Subject::Mapped,
        Subject::Read,
        Subject::Touch,
        Subject::Copy,
    ];

    /// As it is called in reports.
    pub fn name(self) -> &'static str {
        match self {
            Subject::Mapped => "mapped",
            Subject::Read => "read()",
            Subject::Touch => "limit: touch the mapping",
            Subject::Copy => "limit: read, do not search",
        }
    }

    /// The limit of a path.
    pub fn limit(self) -> Subject {
        match self {
            Subject::Mapped | Subject::Touch => Subject::Touch,
            Subject::Read | Subject::Copy => Subject::Copy,
        }
    }

    /// Whether it is one of the two paths.
    pub fn is_path(self) -> bool {
        matches!(self, Subject::Mapped | Subject::Read)
    }
}

/// One state of the cache with one number of threads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    /// The state of the cache.
    pub cache: Cache,
    /// How many threads.
    pub threads: usize,
    /// How much of the file was in the cache, from 0 to 1, at the worst time: warm the smallest
    /// share, cold the largest. None if the kernel does not tell this user.
    pub cached_share: Option<f64>,
    /// The paths and the limits, each with as many trials.
    pub columns: Vec<Column>,
    /// The paths against each other.
    pub comparison: Comparison,
}

impl Cell {
    /// The column of `subject`.
    pub fn column(&self, subject: Subject) -> Option<&Column> {
        self.columns.iter().find(|column| column.subject == subject)
    }

    /// `2 threads, file in cache`.
    pub fn title(&self) -> String {
        format!("{}, {}", thread_count(self.threads), self.cache_title())
    }

    /// Where the file was, as far as the kernel told: `file in cache`.
    pub(crate) fn cache_title(&self) -> String {
        let percent = self.cached_share.unwrap_or(0.0) * 100.0;
        match (self.cache, self.cached_share) {
            (Cache::Warm, None) => "file in cache (not verified)".into(),
            (Cache::Warm, Some(share)) if share < WARM_SHARE_MIN => {
                format!("{percent:.0} % of the file in cache")
            }
            (Cache::Warm, Some(_)) => "file in cache".into(),
            (Cache::Cold, None) => "file dropped from the cache (not verified)".into(),
            (Cache::Cold, Some(share)) if share > COLD_SHARE_MAX => {
                format!("up to {percent:.0} % of the file still in cache")
            }
            (Cache::Cold, Some(_)) => "file not in cache".into(),
        }
    }
}

/// `1 thread`, `2 threads`.
pub(crate) fn thread_count(threads: usize) -> String {
    match threads {
        1 => "1 thread".into(),
        threads => format!("{threads} threads"),
    }
}

/// What was measured of one subject.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// What.
    pub subject: Subject,
    /// In the order in which they ran; the nth trials of all columns of a cell are one round.
    pub trials: Vec<Trial>,
    /// Of the wall times, in seconds.
    pub wall_s: Spread,
}

impl Column {
    /// One field of all trials.
    pub fn values(&self, field: impl Fn(&Trial) -> f64) -> Vec<f64> {
        self.trials.iter().map(field).collect()
    }
}

/// One trial.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// From before the file was opened until it was closed again, in seconds.
    pub wall_s: f64,
    /// Time in user mode, all threads together, in seconds.
    pub user_s: f64,
    /// Time in the kernel, all threads together, in seconds.
    pub system_s: f64,
    /// Page faults served without I/O.
    pub minor_faults: u64,
    /// Page faults that waited for the disk.
    pub major_faults: u64,
    /// How many bytes were looked at.
    pub bytes: u64,
    /// How many hits there were; none for limits.
    pub hits: Option<u64>,
    /// The most memory that was resident, pages of the mapped file included.
    pub peak_resident_bytes: Option<u64>,
    /// The most memory that was no file's, of a few samples.
    pub peak_private_bytes: Option<u64>,
    /// How much of the file was in the cache before a cold trial, from 0 to 1.
    pub cached_share: Option<f64>,
    /// Whether the wall time lies far from those of the other trials.
    pub is_outlier: bool,
}

/// Mapped against read().
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// How many pairs of trials there are.
    pub pairs: usize,
    /// The median over the pairs of the time of read() by that of mapped: above 1 mapped is faster.
    pub ratio: f64,
    /// Where it lies with 95 % confidence; none if the pairs are too few.
    pub interval: Option<Interval>,
    /// Which path is faster.
    pub verdict: Verdict,
    /// The same in words, with the reason.
    pub sentence: String,
}

/// Which path is faster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Mapped.
    Mapped,
    /// read().
    Read,
    /// The interval includes 1.
    NoDifference,
    /// There is no interval.
    TooFewRuns,
}

/// Another program on the same file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutsideCommand {
    /// As it was typed.
    pub command: String,
    /// The state of the cache.
    pub cache: Cache,
    /// One for each round, measured from the outside.
    pub trials: Vec<Trial>,
    /// Of the wall times, in seconds.
    pub wall_s: Spread,
    /// The number that it printed, if it printed one.
    pub answer: Option<u64>,
}

/// What of a path is compared with an older report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// The time of a path by that of its limit.
    TimesTheLimit,
    /// Its time.
    Seconds,
}

/// What came of a comparison against an older one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdicts {
    /// What was compared.
    pub measure: Measure,
    /// How much slower was allowed: 0.1 for 10 %.
    pub max_regression: f64,
    /// One for each path in each cell that both reports have.
    pub rows: Vec<Row>,
    /// In what the reports differ, if they were compared even so.
    pub differences: Vec<String>,
}

/// One path in one cell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The state of the cache.
    pub cache: Cache,
    /// How many threads.
    pub threads: usize,
    /// Which path.
    pub subject: Subject,
    /// Its measure in the old report.
    pub old: f64,
    /// Its measure in the new one.
    pub new: f64,
    /// The new time by the old one: above 1 it has become slower.
    pub change: f64,
    /// Where that lies with 95 % confidence; none if either has too few runs.
    pub interval: Option<Interval>,
    /// The judgement.
    pub judgement: Judgement,
}

/// What to think of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Judgement {
    /// Not slower than allowed.
    Fine,
    /// Slower than allowed, but that may be noise.
    WithinNoise,
    /// Slower than allowed, by more than noise.
    Slower,
    /// Nobody knows.
    TooFewRuns,
}

impl Judgement {
    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Judgement::Fine => "fine",
            Judgement::WithinNoise => "slower, within the noise",
            Judgement::Slower => "SLOWER",
            Judgement::TooFewRuns => "too few runs to say",
        }
    }
}

impl Verdicts {
    /// Whether any path is slower than allowed.
    pub fn is_slower(&self) -> bool {
        self.has(Judgement::Slower)
    }

    /// Whether nothing can be said of some path.
    pub fn is_unknown(&self) -> bool {
        self.has(Judgement::TooFewRuns)
    }

    fn has(&self, judgement: Judgement) -> bool {
        self.rows.iter().any(|row| row.judgement == judgement)
    }
}
