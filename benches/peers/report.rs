//! The measured values, as plain data. They are also the JSON file. `table.rs` makes the Markdown.

use logscan::compare::{Machine, stats::median};
use serde::Serialize;

/// The version of the JSON file. It changes with the meaning of a field.
pub(crate) const SCHEMA: u32 = 1;

/// One run of the bench.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) schema: u32,
    pub(crate) machine: Machine,
    /// The arguments of the bench.
    pub(crate) options: Vec<String>,
    pub(crate) runs: usize,
    pub(crate) threads: usize,
    pub(crate) tools: Vec<Described>,
    /// A sentence for each missing peer.
    pub(crate) missing: Vec<String>,
    pub(crate) logs: Vec<LogReport>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Described {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) is_older: bool,
    pub(crate) is_logscan: bool,
}

#[derive(Debug, Serialize)]
pub(crate) struct LogReport {
    pub(crate) title: String,
    pub(crate) bytes: u64,
    /// Whether the rows that write files wrote them to memory.
    pub(crate) output_is_in_memory: bool,
    pub(crate) rows: Vec<RowReport>,
}

#[derive(Debug, Serialize)]
pub(crate) struct RowReport {
    pub(crate) name: String,
    pub(crate) title: String,
    /// How many bytes are searched.
    pub(crate) bytes: u64,
    pub(crate) counts_in_the_mean: bool,
    pub(crate) commands: Vec<String>,
    /// The answer of all tools. If they did not agree, nothing is measured.
    pub(crate) answer: Result<String, Disagreement>,
    pub(crate) columns: Vec<Column>,
}

/// The answer of each tool.
#[derive(Debug, Serialize)]
pub(crate) struct Disagreement {
    pub(crate) answers: Vec<(String, String)>,
}

/// The measurements of one tool or limit in one row.
#[derive(Debug, Serialize)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) role: Role,
    /// The wall times, in the order of the rounds.
    pub(crate) wall_s: Vec<f64>,
    pub(crate) cpu_s: Vec<f64>,
    pub(crate) peak_bytes: Vec<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Role {
    Logscan,
    Peer,
    /// A peer that is shown, but never counts as the best peer.
    OlderPeer,
    Limit,
    Yardstick,
}

impl Column {
    pub(crate) fn median_s(&self) -> f64 {
        median(&self.wall_s)
    }

    pub(crate) fn median_cpu_s(&self) -> f64 {
        median(&self.cpu_s)
    }

    pub(crate) fn max_peak_bytes(&self) -> u64 {
        self.peak_bytes.iter().copied().max().unwrap_or(0)
    }
}

impl RowReport {
    /// Returns the median of the fastest peer that is not an older release.
    pub(crate) fn best_peer_s(&self) -> Option<f64> {
        self.least_median(Role::Peer)
    }

    /// Returns the median of the fastest limit. Nothing is faster.
    pub(crate) fn limit_s(&self) -> Option<f64> {
        self.least_median(Role::Limit)
    }

    pub(crate) fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// Returns how many times faster than the best peer the column `name` is.
    pub(crate) fn ratio(&self, name: &str) -> Option<f64> {
        Some(self.best_peer_s()? / self.column(name)?.median_s())
    }

    fn least_median(&self, role: Role) -> Option<f64> {
        let of_role = self.columns.iter().filter(|column| column.role == role);
        of_role.map(Column::median_s).reduce(f64::min)
    }
}

impl LogReport {
    /// Returns the geometric mean of the ratios of the column `name`, over the rows that count.
    pub(crate) fn mean_ratio(&self, name: &str) -> Option<f64> {
        let rows = self.rows.iter().filter(|row| row.counts_in_the_mean);
        let logarithms: Vec<f64> = rows.filter_map(|row| Some(row.ratio(name)?.ln())).collect();
        if logarithms.is_empty() {
            return None;
        }
        Some((logarithms.iter().sum::<f64>() / logarithms.len() as f64).exp())
    }
}
