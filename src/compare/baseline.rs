//! Compares a report with an older one, for CI: has a path become slower than is allowed, by more
//! than noise?
//!
//! Machines differ from day to day. So the time of a path is compared as a multiple of the limit
//! that was measured in the same rounds. Seconds are compared only if the user asks for them.
//! Reports of different things are not compared.

use serde::Deserialize;

use super::{
    machine::{FileFacts, Machine},
    record::{Cache, Cell, Judgement, Measure, Report, Row, SCHEMA, Subject, Verdicts},
    stats::{INTERVAL_VALUES_MIN, median, quotient_of_medians},
};

const NOTHING_IN_COMMON: &str = "the reports have no measurement in common";

/// The rules by which a report is judged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rules {
    /// The measure that is compared.
    pub measure: Measure,
    /// How much slower a path may become: 0.1 for 10 %.
    pub max_regression: f64,
    /// Whether reports of different things are compared too.
    pub force: bool,
}

/// Reads a report that this version or an earlier one wrote as JSON.
///
/// # Errors
/// Why it cannot be read, and what to do about it.
pub fn read(json: &[u8]) -> Result<Report, String> {
    #[derive(Deserialize)]
    struct Head {
        schema: Option<u32>,
    }
    let head: Head = serde_json::from_slice(json)
        .map_err(|error| format!("it is no JSON object ({error}); write one with --export-json"))?;
    match head.schema {
        None => Err("it has no schema number; write one with logscan compare --export-json".into()),
        Some(schema) if schema > SCHEMA => Err(format!(
            "it has schema {schema}, and this logscan knows those up to {SCHEMA}; use a newer logscan"
        )),
        Some(_) => serde_json::from_slice(json)
            .map_err(|error| format!("it is no report of logscan compare: {error}")),
    }
}

/// Judges `new` by comparing it with `old`.
///
/// # Errors
/// In what the reports differ, if that makes them incomparable.
pub fn judge(new: &Report, old: &Report, rules: &Rules) -> Result<Verdicts, String> {
    let differences = differences(new, old);
    refuse_differences(&differences, rules)?;
    let mut rows = Vec::new();
    for cell in &new.cells {
        let same = |old: &&Cell| old.cache == cell.cache && old.threads == cell.threads;
        let Some(old_cell) = old.cells.iter().find(same) else {
            continue;
        };
        for subject in [Subject::Mapped, Subject::Read] {
            rows.extend(row(cell, old_cell, subject, rules));
        }
    }
    match rows.is_empty() {
        true => Err(NOTHING_IN_COMMON.into()),
        false => Ok(Verdicts {
            measure: rules.measure,
            max_regression: rules.max_regression,
            rows,
            differences,
        }),
    }
}

fn row(new: &Cell, old: &Cell, subject: Subject, rules: &Rules) -> Option<Row> {
    let new_values = values(new, subject, rules.measure)?;
    let old_values = values(old, subject, rules.measure)?;
    let (change, interval) = quotient_of_medians(&new_values, &old_values);
    let allowed = 1.0 + rules.max_regression;
    Some(Row {
        cache: new.cache,
        threads: new.threads,
        subject,
        old: median(&old_values),
        new: median(&new_values),
        change,
        interval,
        judgement: match interval {
            None => Judgement::TooFewRuns,
            Some(interval) if interval.low > allowed => Judgement::Slower,
            Some(_) if change > allowed => Judgement::WithinNoise,
            Some(_) => Judgement::Fine,
        },
    })
}

/// Returns one value for each round, or none at all if any round has no time.
fn values(cell: &Cell, subject: Subject, measure: Measure) -> Option<Vec<f64>> {
    let times = cell.column(subject)?.values(|trial| trial.wall_s);
    let limits = cell.column(subject.limit())?.values(|trial| trial.wall_s);
    let values: Vec<f64> = match measure {
        Measure::Seconds => times,
        Measure::TimesTheLimit => times.iter().zip(limits).map(|(t, l)| t / l).collect(),
    };
    let is_usable = |value: &f64| value.is_finite() && *value > 0.0;
    (!values.is_empty() && values.iter().all(is_usable)).then_some(values)
}

/// What makes two reports comparable, as far as it is known before anything is measured.
#[derive(Clone, Debug)]
pub struct Terms<'r> {
    /// The file that is searched.
    pub file: &'r FileFacts,
    /// The patterns that are searched for.
    pub patterns: &'r [String],
    /// The flags that change what the patterns match.
    pub flags: &'r [String],
    /// The states of the cache, each with every number of threads.
    pub cells: Vec<(Cache, usize)>,
    /// The size of chunks, if it is prescribed.
    pub chunk_bytes: Option<usize>,
    /// The machine.
    pub machine: &'r Machine,
}

impl<'r> Terms<'r> {
    /// Returns the terms of a report.
    fn of(report: &'r Report) -> Terms<'r> {
        Terms {
            file: &report.file,
            patterns: &report.search.patterns,
            flags: &report.search.flags,
            cells: report
                .cells
                .iter()
                .map(|cell| (cell.cache, cell.threads))
                .collect(),
            chunk_bytes: report.settings.chunk_bytes,
            machine: &report.machine,
        }
    }

    /// Returns each term by its name, in words that are equal if the terms are.
    fn in_words(&self) -> [(&'static str, String); 5] {
        let mut cells = self.cells.clone();
        cells.sort_unstable();
        let cells: Vec<String> = cells
            .iter()
            .map(|(cache, threads)| format!("{threads} {}", cache.name()))
            .collect();
        [
            (
                "file",
                format!("{} bytes, {} lines", self.file.bytes, self.file.lines),
            ),
            ("pattern", format!("{:?} {:?}", self.patterns, self.flags)),
            ("threads and cache", cells.join(", ")),
            (
                "chunk size",
                self.chunk_bytes
                    .map_or("the default".into(), |bytes| format!("{bytes} bytes")),
            ),
            (
                "processor",
                format!("{}, {} cores", self.machine.cpu, self.machine.cores),
            ),
        ]
    }

    fn differences(&self, old: &Terms<'_>) -> Vec<String> {
        let pairs = self.in_words().into_iter().zip(old.in_words());
        pairs
            .filter(|((_, new), (_, old))| new != old)
            .map(|((what, new), (_, old))| difference(what, &new, &old))
            .collect()
    }
}

fn difference(what: &str, new: &str, old: &str) -> String {
    format!("another {what}: {new} now, {old} in the baseline")
}

/// Returns all that makes these two reports reports of different things.
fn differences(new: &Report, old: &Report) -> Vec<String> {
    let mut differences = Terms::of(new).differences(&Terms::of(old));
    let hits = |report: &Report| format!("{} ({})", report.search.hits, report.search.hits_hash);
    let (new, old) = (hits(new), hits(old));
    if new != old {
        differences.push(difference("set of hits", &new, &old));
    }
    differences
}

fn refuse_differences(differences: &[String], rules: &Rules) -> Result<(), String> {
    match differences.is_empty() || rules.force {
        true => Ok(()),
        false => Err(format!(
            "{}; --force compares even so",
            differences.join("; ")
        )),
    }
}

/// Refuses before anything is measured what [`judge`] would refuse afterwards, as far as it is
/// known by then.
///
/// # Errors
/// In what a report on these terms would differ from `old`, or that `old` has too few runs to judge
/// by.
pub fn check(terms: &Terms<'_>, old: &Report, rules: &Rules) -> Result<(), String> {
    refuse_differences(&terms.differences(&Terms::of(old)), rules)?;
    let common = |cell: &&Cell| terms.cells.contains(&(cell.cache, cell.threads));
    let pairs = old.cells.iter().filter(common);
    match pairs.map(|cell| cell.comparison.pairs).min() {
        None => Err(NOTHING_IN_COMMON.into()),
        Some(pairs) if pairs < INTERVAL_VALUES_MIN => Err(format!(
            "too few runs to judge by: it has {pairs}, and {INTERVAL_VALUES_MIN} are needed; measure it again with a longer \
             --budget"
        )),
        Some(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests;
