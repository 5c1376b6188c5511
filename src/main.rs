//! The binary: what was typed goes to `cli`, and the exit status comes back.

mod cli;
#[cfg(test)]
#[path = "../tests/mutants/mutants.rs"]
mod mutants;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run(std::env::args_os().collect()).into()
}
