//! How often is each rule of triage right? Counts over logs in which a person marked the failure.
//!
//! ```text
//! cargo run --release --example rule_rates -- FOLDER
//! cargo run --release --example rule_rates -- FOLDER --rules my-rules.toml
//! ```
//! The folder has a file `labels.jsonl` with an object for each log:
//!
//! ```text
//! {"log": "red-1.log.gz", "failure": [[120, 131]]}
//! {"log": "red-2.log", "baseline": "green-2.log", "failure": [[7, 7], [40, 44]]}
//! {"log": "green-3.log", "failure": []}
//! ```
//! `failure` are the marked lines, from 1, each time the first and the last. A log without any went
//! well: whatever is found in it is wrong. `baseline` may be missing. Logs may be compressed.
//!
//! A finding is right if one of its first ten lines is marked; those are what a reader sees at once.
//! The table has the rules that are right least often first. A rule that is right in less than half
//! of its findings does more harm than good: narrow its pattern, give it a `sign`, or lower its
//! priority.

#![expect(clippy::print_stdout, reason = "a program to run by hand")]

use std::{collections::BTreeMap, env, error::Error, fs, path::Path, process::ExitCode};

use logscan::{
    Progress, Workers,
    triage::{Finding, Logs, Rules, Triage, TriagedLines},
};
use serde_json::Value;

/// So many lines of a finding are seen at once.
const SEEN_LINES: u64 = 10;

/// Findings of one rule, and how many of them are right.
#[derive(Clone, Copy, Debug, Default)]
struct Rate {
    first: u32,
    first_right: u32,
    all: u32,
    all_right: u32,
}

impl Rate {
    fn share(self) -> f64 {
        f64::from(self.all_right) / f64::from(self.all.max(1))
    }
}

/// One row of `labels.jsonl`.
struct Label {
    log: String,
    baseline: Option<String>,
    failure: Vec<(u64, u64)>,
}

impl Label {
    fn new(row: &str) -> Result<Label, Box<dyn Error>> {
        let row: Value = serde_json::from_str(row)?;
        let text = |key: &str| row[key].as_str().map(str::to_owned);
        let ranges = row["failure"]
            .as_array()
            .ok_or("a row has no \"failure\"")?;
        let range = |range: &Value| Some((range[0].as_u64()?, range[1].as_u64()?));
        Ok(Label {
            log: text("log").ok_or("a row has no \"log\"")?,
            baseline: text("baseline"),
            failure: ranges
                .iter()
                .map(range)
                .collect::<Option<_>>()
                .ok_or("\"failure\" is a list of pairs of lines")?,
        })
    }

    fn is_right(&self, finding: &Finding) -> bool {
        let last = finding.last_line.min(finding.first_line + SEEN_LINES - 1);
        let mut marked = self.failure.iter();
        marked.any(|&(from, to)| from <= last && finding.first_line <= to)
    }
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("rule_rates: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    const USAGE: &str = "usage: rule_rates FOLDER [--rules FILE]";
    let args: Vec<String> = env::args().skip(1).collect();
    let (folder, own_rules) = match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [folder] => (folder, None),
        [folder, "--rules", file] => (folder, Some(file)),
        _ => return Err(USAGE.into()),
    };
    let mut rules = Rules::embedded();
    if let Some(file) = own_rules {
        rules = rules.with(&fs::read_to_string(file)?)?;
    }
    let folder = Path::new(folder);
    let labels = fs::read_to_string(folder.join("labels.jsonl"))?;
    let mut rates: BTreeMap<String, Rate> = BTreeMap::new();
    let (mut logs, mut right) = (0_u32, 0_u32);
    for row in labels.lines() {
        let label = Label::new(row)?;
        let findings = findings(&rules, folder, &label)?;
        for (nth, finding) in findings.iter().enumerate() {
            let name = finding.rule.as_deref().unwrap_or("(no rule)");
            let rate = rates.entry(name.to_owned()).or_default();
            let is_right = u32::from(label.is_right(finding));
            rate.all += 1;
            rate.all_right += is_right;
            if nth == 0 {
                rate.first += 1;
                rate.first_right += is_right;
            }
        }
        logs += 1;
        let first = findings.first().map(|finding| label.is_right(finding));
        right += u32::from(first.unwrap_or(label.failure.is_empty()));
    }
    let mut rows: Vec<(String, Rate)> = rates.into_iter().collect();
    rows.sort_by(|(_, one), (_, other)| one.share().total_cmp(&other.share()));
    println!(
        "{:28} {:>14} {:>14} {:>6}",
        "rule", "first finding", "any finding", "right"
    );
    for (name, rate) in rows {
        let of = |right: u32, all: u32| format!("{right} of {all}");
        println!(
            "{name:28} {:>14} {:>14} {:>6.2}",
            of(rate.first_right, rate.first),
            of(rate.all_right, rate.all),
            rate.share()
        );
    }
    println!("the first finding is right in {right} of {logs} logs");
    Ok(())
}

/// What triage shows of a log without being asked for more.
fn findings(rules: &Rules, folder: &Path, label: &Label) -> Result<Vec<Finding>, Box<dyn Error>> {
    let open = |name: &str| -> Result<Logs, Box<dyn Error>> {
        let mut logs = Logs::new();
        logs.open(&folder.join(name));
        match logs.errors.pop() {
            Some(error) => Err(error.into()),
            None => Ok(logs),
        }
    };
    let mut log = open(&label.log)?;
    let mut baseline = match &label.baseline {
        Some(name) => open(name)?,
        None => Logs::new(),
    };
    let triage = Triage {
        rules,
        workers: &Workers::new(0),
        progress: &Progress::new(),
        lines: TriagedLines::default(),
        keeps_evidence: false,
        keeps_timeline: false,
    };
    let report = triage.run(&mut log.logs, &mut baseline.logs)?.report;
    Ok(report.believed().cloned().collect())
}
