//! What tools print, as numbers that can be compared.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::{Context, ensure};

use crate::{
    question::{Asks, Reads},
    texts::{AccessTruth, JsonTruth},
};

/// A percentile of logscan is wrong by 1 %, and it shows four digits.
const PERCENTILE_ERROR: f64 = 0.0106;

/// Sums of binary fractions depend on their order.
const SUM_ERROR: f64 = 1e-9;

/// The numbers of each group. A path is the name of one, and "" is that of all lines.
pub(crate) type Groups = BTreeMap<String, Vec<f64>>;

/// What is true of both logs.
pub(crate) struct Truth {
    pub(crate) json: JsonTruth,
    pub(crate) access: AccessTruth,
}

impl Truth {
    /// Returns the right answer.
    pub(crate) fn of(&self, asks: Asks) -> Groups {
        let json = &self.json;
        match asks {
            Asks::FailedByPath => {
                let one = |(path, count): (&&str, &u64)| (path.to_string(), vec![*count as f64]);
                json.failed.iter().map(one).collect()
            }
            Asks::Errors => Groups::from([(String::new(), vec![json.errors as f64])]),
            Asks::PercentilesByPath => {
                let one = |(path, durations_ms): (&&str, &Vec<u32>)| {
                    let count = durations_ms.len();
                    let at = |percent| {
                        let rank = (count - 1) * percent / 100;
                        f64::from(durations_ms[rank]) / 1e3
                    };
                    (path.to_string(), vec![count as f64, at(50), at(99)])
                };
                self.access.durations_ms.iter().map(one).collect()
            }
            Asks::Sums => {
                let lines = json.lines as f64;
                let average_ms = json.duration_us as f64 / 1e3 / lines;
                Groups::from([(String::new(), vec![lines, json.bytes as f64, average_ms])])
            }
        }
    }

    /// Checks what a tool has printed: so many lines, to the file `printed`.
    pub(crate) fn check(
        &self,
        asks: Asks,
        reads: Reads,
        lines: u64,
        printed: &Path,
    ) -> anyhow::Result<()> {
        let right = self.of(asks);
        if reads == Reads::Lines {
            let count: f64 = right.values().map(|numbers| numbers[0]).sum();
            ensure!(lines as f64 == count, "{lines} lines instead of {count}");
            return Ok(());
        }
        let text = fs::read(printed)?;
        let groups = groups_of(&String::from_utf8_lossy(&text));
        ensure!(
            groups.keys().eq(right.keys()),
            "groups {:?} instead of {:?}",
            groups.keys(),
            right.keys()
        );
        for (name, right) in &right {
            let error_max = error_max(asks, reads, right[0]);
            let numbers = groups.get(name).context("it is there")?;
            let is_near = |(a, b): (&f64, &f64)| (a - b).abs() <= b.abs() * error_max;
            ensure!(
                numbers.len() == right.len() && numbers.iter().zip(right).all(is_near),
                "group {name:?}: {numbers:?} instead of {right:?}"
            );
        }
        Ok(())
    }
}

/// Returns by which share of itself a number of a group of so many lines may be wrong.
fn error_max(asks: Asks, reads: Reads, lines: f64) -> f64 {
    match (asks, reads) {
        (Asks::FailedByPath | Asks::Errors, _) => 0.0,
        (Asks::Sums, _) => SUM_ERROR,
        // Of few lines the values next to each other differ by much.
        (Asks::PercentilesByPath, Reads::OtherRank) => PERCENTILE_ERROR + 60.0 / lines,
        (Asks::PercentilesByPath, _) => PERCENTILE_ERROR,
    }
}

/// Reads a table in whatever form: of each line its numbers, and its path. Lines without a number are
/// headings.
fn groups_of(text: &str) -> Groups {
    let mut groups = Groups::new();
    for line in text.lines() {
        let is_between = |c: char| c.is_whitespace() || ",\":}|".contains(c);
        let mut path = "";
        let mut numbers = Vec::new();
        for word in line.split(is_between) {
            if word.starts_with('/') {
                path = word;
            } else if let Ok(number) = word.parse() {
                numbers.push(number);
            }
        }
        if !numbers.is_empty() {
            groups.insert(path.into(), numbers);
        }
    }
    groups
}
