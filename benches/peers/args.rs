//! The options of the bench.

use std::path::PathBuf;

use clap::Parser;

/// Run logscan and its peers on the same log, in turns, and print a table
#[derive(Clone, Debug, Parser)]
#[command(name = "cargo bench --bench peers --", term_width = 100)]
pub(crate) struct Args {
    /// How long each log is, with K, M or G
    #[arg(long, default_value = "1GiB", value_parser = parse_size)]
    pub(crate) size: u64,
    /// How often each tool runs each row; the median counts
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) runs: u16,
    /// Only rows with these names; each is a regex for the whole name
    #[arg(long, value_delimiter = ',')]
    pub(crate) rows: Vec<String>,
    /// Only these tools: logscan, rg, ugrep, grep, limits
    #[arg(long, value_delimiter = ',')]
    pub(crate) tools: Vec<String>,
    /// Where a peer is: rg=PATH, ugrep=PATH or grep=PATH
    #[arg(long = "peer", value_name = "NAME=PATH", value_parser = parse_peer)]
    pub(crate) peers: Vec<(String, PathBuf)>,
    /// Measure a second log too, made of the files in DIR, also .gz
    #[arg(long, value_name = "DIR")]
    pub(crate) corpus: Option<PathBuf>,
    /// Threads of logscan and of the limits; 0 for all cores
    #[arg(long, default_value_t = 0)]
    pub(crate) threads: usize,
    /// Add a column for logscan with one thread
    #[arg(long)]
    pub(crate) single: bool,
    /// Write the logs in pieces of this size: it decides in which pages the kernel keeps them
    #[arg(long, default_value = "64K", value_parser = parse_size)]
    pub(crate) write_size: u64,
    /// Where the logs are made; they are removed at the end
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
    /// Write the table to FILE as well
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Write all figures to FILE as JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// What cargo bench adds; without it everything runs once on 1 MiB, as a test
    #[arg(long, hide = true)]
    pub(crate) bench: bool,
}

/// Reads `64K`, `1GiB`, `100` and the like: all powers of 1024.
pub(crate) fn parse_size(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let shift = match text[digits.len()..].trim_end_matches("iB") {
        "" => 0,
        "K" | "KB" => 10,
        "M" | "MB" => 20,
        "G" | "GB" => 30,
        _ => return Err(format!("{text} is no size; write 64K, 100M or 4GiB")),
    };
    let number: u64 = digits
        .parse()
        .map_err(|_| format!("{text} does not begin with a number"))?;
    match number.checked_mul(1 << shift) {
        Some(0) | None => Err(format!("{text} is out of range")),
        Some(size) => Ok(size),
    }
}

fn parse_peer(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((name @ ("rg" | "ugrep" | "grep"), path)) if !path.is_empty() => {
            Ok((name.into(), path.into()))
        }
        _ => Err("write rg=PATH, ugrep=PATH or grep=PATH".into()),
    }
}
