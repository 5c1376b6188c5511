//! The result of a comparison, as plain data. It is also the JSON file. A field may be added, but
//! no field may change its meaning without another [`SCHEMA`]. A field that is added later must
//! have a default, so that old files can be read.

use serde::{Deserialize, Serialize};

use super::{
    machine::{FileFacts, Machine},
    stats::{Interval, Spread},
};

/// The number of the JSON format. It grows when a reader of the old format would misunderstand the
/// new one.
pub const SCHEMA: u32 = 1;

/// One comparison.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The number [`SCHEMA`].
    pub schema: u32,
    /// The sentence that sums up the report. It is about the cell with the most threads, and with a
    /// warm cache if that was measured.
    pub verdict: String,
    /// The version of logscan.
    pub logscan: String,
    /// The command line.
    pub command: String,
    /// When it was measured, in seconds since 1970 (UTC).
    pub measured_unix_s: u64,
    /// The machine that it was measured on.
    pub machine: Machine,
    /// The file that was searched.
    pub file: FileFacts,
    /// What was searched for, and what was found.
    pub search: Search,
    /// How the comparison was made.
    pub settings: Settings,
    /// One cell for each state of the cache and number of threads.
    pub cells: Vec<Cell>,
    /// Other programs, measured from outside.
    #[serde(default)]
    pub commands: Vec<OutsideCommand>,
    /// Notes that the reader should know.
    #[serde(default)]
    pub notes: Vec<String>,
    /// The comparison with an older report, if the user asked for it.
    #[serde(default)]
    pub baseline: Option<Verdicts>,
}

/// What was searched for, and what every trial found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Search {
    /// The patterns.
    pub patterns: Vec<String>,
    /// The flags that change what the patterns match, as words of a command line.
    pub flags: Vec<String>,
    /// The engine that finds the hits.
    pub engine: String,
    /// How many lines are hits.
    pub hits: u64,
    /// A hash of the places of the hits, in hexadecimal digits.
    pub hits_hash: String,
}

/// How the comparison was made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// The numbers of threads.
    pub threads: Vec<usize>,
    /// The states of the cache.
    pub caches: Vec<Cache>,
    /// The size of chunks, if the user set it.
    pub chunk_bytes: Option<usize>,
    /// The largest number of runs that was allowed.
    pub runs_max: u32,
    /// How long the comparison was allowed to take, in seconds, if that was limited.
    pub budget_s: Option<f64>,
}

/// A file of which more than this share is left in the cache was not cold.
pub(crate) const COLD_SHARE_MAX: f64 = 0.01;

/// A file of which less than this share is in the cache was not warm.
pub(crate) const WARM_SHARE_MIN: f64 = 0.99;

/// Where the file's bytes are before each trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cache {
    /// They are in the page cache.
    Warm,
    /// They have been dropped from the page cache.
    Cold,
}

impl Cache {
    /// Returns the name that tables use.
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
    /// It searches a mapping.
    Mapped,
    /// It searches the bytes that read() copies.
    Read,
    /// It looks at one byte of every cache line of a mapping. No mapped search is faster.
    Touch,
    /// It reads everything into buffers and does nothing else. No search that reads is faster.
    Copy,
}

impl Subject {
    /// All subjects. The two paths are next to each other in this order and in the reverse one.
    pub const ALL: [Subject; 4] = [
        Subject::Mapped,
        Subject::Read,
        Subject::Touch,
        Subject::Copy,
    ];

    /// Returns the name that reports use.
    pub fn name(self) -> &'static str {
        match self {
            Subject::Mapped => "mapped",
            Subject::Read => "read()",
            Subject::Touch => "limit: touch the mapping",
            Subject::Copy => "limit: read, do not search",
        }
    }

    /// Returns the limit of a path.
    pub fn limit(self) -> Subject {
        match self {
            Subject::Mapped | Subject::Touch => Subject::Touch,
            Subject::Read | Subject::Copy => Subject::Copy,
        }
    }

    /// Returns whether this is one of the two paths.
    pub fn is_path(self) -> bool {
        matches!(self, Subject::Mapped | Subject::Read)
    }
}

/// The measurements for one state of the cache with one number of threads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    /// The state of the cache.
    pub cache: Cache,
    /// The number of threads.
    pub threads: usize,
    /// How much of the file was in the cache, from 0 to 1, at the worst time: the smallest share if
    /// warm, the largest if cold. `None` if the kernel does not tell this user.
    pub cached_share: Option<f64>,
    /// The paths and the limits. Each has the same number of trials.
    pub columns: Vec<Column>,
    /// The comparison of the paths.
    pub comparison: Comparison,
}

impl Cell {
    /// Returns the column of `subject`.
    pub fn column(&self, subject: Subject) -> Option<&Column> {
        self.columns.iter().find(|column| column.subject == subject)
    }

    /// Returns a title such as `2 threads, file in cache`.
    pub fn title(&self) -> String {
        format!("{}, {}", thread_count(self.threads), self.cache_title())
    }

    /// Returns where the file was, as far as the kernel told: `file in cache`.
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

/// Returns a number of threads in words: `1 thread`, `2 threads`.
pub(crate) fn thread_count(threads: usize) -> String {
    match threads {
        1 => "1 thread".into(),
        threads => format!("{threads} threads"),
    }
}

/// The measurements of one subject.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// The subject.
    pub subject: Subject,
    /// The trials in the order in which they ran. The nth trials of all columns of a cell are one
    /// round.
    pub trials: Vec<Trial>,
    /// The figures of the wall times, in seconds.
    pub wall_s: Spread,
}

impl Column {
    /// Returns one field of all trials.
    pub fn values(&self, field: impl Fn(&Trial) -> f64) -> Vec<f64> {
        self.trials.iter().map(field).collect()
    }
}

/// The measurements of one trial.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// The time from before the file was opened until it was closed again, in seconds.
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
    /// How many hits there were; `None` for limits.
    pub hits: Option<u64>,
    /// The most memory that was resident, pages of the mapped file included.
    pub peak_resident_bytes: Option<u64>,
    /// The most memory that belonged to no file, of a few samples.
    pub peak_private_bytes: Option<u64>,
    /// How much of the file was in the cache before a cold trial, from 0 to 1.
    pub cached_share: Option<f64>,
    /// Whether the wall time lies far from those of the other trials.
    pub is_outlier: bool,
}

/// The comparison of mapped with read().
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// How many pairs of trials there are.
    pub pairs: usize,
    /// The median over the pairs of the time of read() divided by that of mapped. Above 1, mapped
    /// is faster.
    pub ratio: f64,
    /// The 95 % interval of the ratio. `None`: there are too few pairs.
    pub interval: Option<Interval>,
    /// Which path is faster.
    pub verdict: Verdict,
    /// The verdict in words, with the reason.
    pub sentence: String,
}

/// Which path is faster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Mapped is faster.
    Mapped,
    /// read() is faster.
    Read,
    /// No difference was found: the interval includes 1.
    NoDifference,
    /// There are too few runs for an interval.
    TooFewRuns,
}

/// Another program on the same file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutsideCommand {
    /// The command as it was typed.
    pub command: String,
    /// The state of the cache.
    pub cache: Cache,
    /// One trial for each round, measured from outside.
    pub trials: Vec<Trial>,
    /// The figures of the wall times, in seconds.
    pub wall_s: Spread,
    /// The number that the program printed, if it printed one.
    pub answer: Option<u64>,
}

/// The measure of a path that is compared with an older report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// The time of a path divided by that of its limit.
    TimesTheLimit,
    /// The time of a path.
    Seconds,
}

/// The result of a comparison with an older report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdicts {
    /// The measure that was compared.
    pub measure: Measure,
    /// How much slower a path may have become: 0.1 for 10 %.
    pub max_regression: f64,
    /// One row for each path in each cell that both reports have.
    pub rows: Vec<Row>,
    /// In what the reports differ, if they were compared all the same.
    pub differences: Vec<String>,
}

/// The comparison of one path in one cell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The state of the cache.
    pub cache: Cache,
    /// The number of threads.
    pub threads: usize,
    /// The path.
    pub subject: Subject,
    /// The path's measure in the old report.
    pub old: f64,
    /// The path's measure in the new report.
    pub new: f64,
    /// The new time divided by the old one. Above 1, the path has become slower.
    pub change: f64,
    /// The 95 % interval of the change. `None`: one of the reports has too few runs.
    pub interval: Option<Interval>,
    /// The judgement.
    pub judgement: Judgement,
}

/// The judgement of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Judgement {
    /// The path is not slower than allowed.
    Fine,
    /// The path is slower than allowed, but that may be noise.
    WithinNoise,
    /// The path is slower than allowed, by more than noise.
    Slower,
    /// There are too few runs to tell.
    TooFewRuns,
}

impl Judgement {
    /// Returns the judgement in words.
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
    /// Returns whether any path is slower than allowed.
    pub fn is_slower(&self) -> bool {
        self.has(Judgement::Slower)
    }

    /// Returns whether nothing can be said about some path.
    pub fn is_unknown(&self) -> bool {
        self.has(Judgement::TooFewRuns)
    }

    fn has(&self, judgement: Judgement) -> bool {
        self.rows.iter().any(|row| row.judgement == judgement)
    }
}
