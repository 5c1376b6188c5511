//! Measures questions about the fields of lines beside the tools that answer them: conditions, counts
//! by a field, percentiles of each group, sums.
//!
//! `cargo bench --bench fields -- --size-mib 2048` writes a log of JSON lines and an access log, asks
//! every tool, compares the answers with what the generator knows, runs all in turns and prints a
//! Markdown table. Tools that are not installed are named; `--peer agrind=PATH` says where one is.
//! `cargo test --benches` runs it once on 64 KiB, and compares the answers.

#![cfg_attr(
    unix,
    expect(clippy::print_stdout, reason = "the table of the bench is its output")
)]

#[cfg(unix)]
mod answer;
#[cfg(unix)]
mod question;
#[cfg(unix)]
#[path = "../peers/run.rs"]
#[expect(dead_code, reason = "the bench of the peers needs more of it")]
mod run;
#[cfg(unix)]
mod session;
#[cfg(unix)]
mod texts;
#[cfg(unix)]
#[path = "../turns.rs"]
mod turns;

#[cfg(unix)]
fn main() -> anyhow::Result<()> {
    session::main()
}

/// Does nothing: only Unix tells what a child cost.
#[cfg(not(unix))]
fn main() {}
