//! The binary: what was typed goes to `cli`, and the exit status comes back.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run(std::env::args_os().collect()).into()
}
