//! Writes the report as CSV (RFC 4180): one record for each trial, so that another program can do
//! its own statistics.

use std::io::{self, Write};

use crate::{
    compare::record::{Report, Trial},
    harmless::csv_cell,
};

const HEAD: &str = "cache,threads,subject,run,wall_s,user_s,system_s,minor_faults,major_faults,bytes,hits,peak_resident_bytes,peak_private_bytes,cached_share,is_outlier\n";

/// Writes `report`. For other programs the number of threads is empty. Values that are not known
/// are empty too.
///
/// # Errors
/// The error that `out` returns.
pub fn render(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(HEAD.as_bytes())?;
    for cell in &report.cells {
        let threads = cell.threads.to_string();
        for column in &cell.columns {
            let prefix = [cell.cache.name(), &threads, column.subject.name()];
            records(prefix, &column.trials, out)?;
        }
    }
    for command in &report.commands {
        let prefix = [command.cache.name(), "", &command.command];
        records(prefix, &command.trials, out)?;
    }
    Ok(())
}

fn records(prefix: [&str; 3], trials: &[Trial], out: &mut dyn Write) -> io::Result<()> {
    for (nth, trial) in trials.iter().enumerate() {
        let optional = |value: Option<u64>| value.map_or(String::new(), |value| value.to_string());
        let fields = [
            (nth + 1).to_string(),
            trial.wall_s.to_string(),
            trial.user_s.to_string(),
            trial.system_s.to_string(),
            trial.minor_faults.to_string(),
            trial.major_faults.to_string(),
            trial.bytes.to_string(),
            optional(trial.hits),
            optional(trial.peak_resident_bytes),
            optional(trial.peak_private_bytes),
            trial
                .cached_share
                .map_or(String::new(), |share| share.to_string()),
            trial.is_outlier.to_string(),
        ];
        let prefix = prefix.map(csv_cell);
        writeln!(out, "{},{}", prefix.join(","), fields.join(","))?;
    }
    Ok(())
}
