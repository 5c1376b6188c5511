//! Measures questions about time beside the tools that answer them: the lines of five minutes, hits
//! in each minute, and records.
//!
//! `cargo bench --bench times -- --size-mib 4096` writes a log of ordered lines over five days, as plain
//! text and as logfmt, runs every tool in turns and prints a Markdown table. Tools that are not
//! installed are named; `--peer s4=PATH` says where one is. `cargo test --benches` runs it once on
//! 1 MiB, and compares the answers.

#![cfg_attr(
    unix,
    expect(clippy::print_stdout, reason = "the table of the bench is its output")
)]

#[cfg(unix)]
mod question;
#[cfg(unix)]
#[path = "../peers/run.rs"]
#[expect(dead_code, reason = "the other bench needs more of it")]
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
