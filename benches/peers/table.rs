//! Prints the report as Markdown: a table of medians and ratios for each log, and one with
//! everything else.

use std::{fmt::Write, path::Path};

use logscan::compare::report::digits;

use crate::report::{Column, Described, LogReport, Report, Role, RowReport};

/// The column that ratios are about, if no other column is chosen.
const OURS: &str = "logscan";

/// Renders `report`.
pub(crate) fn render(report: &Report) -> String {
    let mut out = String::new();
    head(report, &mut out).expect("writing to a String does not fail");
    for log in &report.logs {
        summary(report, log, &mut out).expect("writing to a String does not fail");
        details(log, &mut out).expect("writing to a String does not fail");
    }
    out
}

/// Returns one line about a row, while the bench is running.
pub(crate) fn progress(row: &RowReport) -> String {
    match &row.answer {
        Err(disagreement) => format!("{}: {}", row.name, differs(&disagreement.answers)),
        Ok(_) => {
            let times: Vec<String> = row
                .columns
                .iter()
                .map(|column| format!("{} {}", column.name, digits(column.median_s())))
                .collect();
            format!("{}: {}", row.name, times.join(", "))
        }
    }
}

fn head(report: &Report, out: &mut String) -> std::fmt::Result {
    let machine = &report.machine;
    writeln!(
        out,
        "Machine: {}, {} cores, {}, Linux {}.\n",
        machine.cpu, machine.cores, machine.memory, machine.kernel
    )?;
    writeln!(
        out,
        "Command: `cargo bench --bench peers -- {}`; {} runs each (20 times as many for the start-up row), in turns; {} threads for logscan and the limits.\n",
        report.options.join(" "),
        report.runs,
        report.threads
    )?;
    let mut versions: Vec<&str> = Vec::new();
    for tool in &report.tools {
        if !versions.contains(&&*tool.version) {
            versions.push(&tool.version);
        }
    }
    writeln!(out, "Versions: {}.\n", versions.join("; "))?;
    for tool in report.tools.iter().filter(|tool| tool.is_older) {
        writeln!(
            out,
            "{} (†) is older than the release that counts: shown, but never the best peer.\n",
            tool.name
        )?;
    }
    for missing in &report.missing {
        writeln!(out, "Missing: {missing}.\n")?;
    }
    Ok(())
}

/// Writes the median seconds of each tool, the limit, and how logscan compares.
fn summary(report: &Report, log: &LogReport, out: &mut String) -> std::fmt::Result {
    writeln!(out, "## {}\n", log.title)?;
    if !log.output_is_in_memory {
        writeln!(
            out,
            "There is no /dev/shm: what says tmpfs went to a disk.\n"
        )?;
    }
    write!(out, "| median seconds |")?;
    for tool in &report.tools {
        write!(out, " {} |", heading(tool))?;
    }
    writeln!(out, " limit | best peer / logscan | limit / logscan |")?;
    writeln!(
        out,
        "|---|{}---|---|---|",
        "---|".repeat(report.tools.len())
    )?;
    for row in &log.rows {
        write!(out, "| {} |", code(&row.title))?;
        if let Err(disagreement) = &row.answer {
            writeln!(
                out,
                " {} {}",
                differs(&disagreement.answers),
                "|".repeat(report.tools.len() + 3)
            )?;
            continue;
        }
        for tool in &report.tools {
            write!(
                out,
                " {} |",
                row.column(&tool.name)
                    .map_or("–".into(), |c| digits(c.median_s()))
            )?;
        }
        let ours = row.column(OURS).map(Column::median_s);
        writeln!(
            out,
            " {} | {} | {} |",
            row.limit_s().map_or("–".into(), digits),
            row.ratio(OURS)
                .map_or("–".into(), |ratio| format!("**{ratio:.2}**")),
            match (row.limit_s(), ours) {
                (Some(limit), Some(ours)) => format!("{:.2}", limit / ours),
                _ => "–".into(),
            }
        )?;
    }
    writeln!(out)?;
    for tool in report.tools.iter().filter(|tool| tool.is_logscan) {
        if let Some(mean) = log.mean_ratio(&tool.name) {
            writeln!(
                out,
                "Geometric mean of best peer / `{}`, without start-up and stdin: {mean:.2}.\n",
                tool.name
            )?;
        }
    }
    Ok(())
}

/// Writes everything that was measured, with a line for each tool and row.
fn details(log: &LogReport, out: &mut String) -> std::fmt::Result {
    writeln!(out, "### In full: {}\n", log.title)?;
    writeln!(
        out,
        "| row | tool | median s | from – to | GB/s | best peer / it | user+sys s | peak MiB |\n|---|---|---|---|---|---|---|---|"
    )?;
    for row in &log.rows {
        for column in &row.columns {
            let least = column.wall_s.iter().copied().fold(f64::INFINITY, f64::min);
            let most = column.wall_s.iter().copied().fold(0.0, f64::max);
            writeln!(
                out,
                "| {} | {}{} | {} | {} – {} | {:.2} | {} | {} | {:.0} |",
                row.name,
                column.name,
                if column.role == Role::OlderPeer {
                    " †"
                } else {
                    ""
                },
                digits(column.median_s()),
                digits(least),
                digits(most),
                row.bytes as f64 / 1e9 / column.median_s(),
                row.ratio(&column.name)
                    .map_or("–".into(), |ratio| format!("{ratio:.2}")),
                digits(column.median_cpu_s()),
                column.max_peak_bytes() as f64 / f64::from(1 << 20),
            )?;
        }
    }
    writeln!(out, "\nCommands and answers:\n")?;
    for row in &log.rows {
        let answer = match &row.answer {
            Ok(answer) => answer.clone(),
            Err(disagreement) => differs(&disagreement.answers),
        };
        writeln!(out, "- {}: {answer}", row.name)?;
        for command in &row.commands {
            writeln!(out, "  - `{command}`")?;
        }
    }
    writeln!(out)
}

fn differs(answers: &[(String, String)]) -> String {
    let each: Vec<String> = answers
        .iter()
        .map(|(name, text)| format!("{name}: {text}"))
        .collect();
    format!("not measured, the answers differ: {}", each.join(", "))
}

fn heading(tool: &Described) -> String {
    format!("{}{}", tool.name, if tool.is_older { " †" } else { "" })
}

fn code(title: &str) -> String {
    format!("`{title}`")
}

/// Writes `text` to `path`.
pub(crate) fn save(path: &Path, text: &str) -> anyhow::Result<()> {
    use anyhow::Context;
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}
