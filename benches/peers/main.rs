//! Measures logscan beside ripgrep, ugrep and GNU grep on the same log, and beside the best that
//! the machine can do.
//!
//! `cargo bench --bench peers -- --help` lists the options, and `benches/peers/README.md` explains
//! the columns. `cargo test --benches` runs this without `--bench` among its arguments. Then every
//! row runs once on 1 MiB, with the peers that there are, and the answers are compared with those
//! of a search that knows nothing of logscan.

#[cfg(unix)]
mod args;
#[cfg(unix)]
mod checks;
#[cfg(unix)]
mod forms;
#[cfg(unix)]
mod generator;
#[cfg(unix)]
mod limits;
#[cfg(unix)]
mod log;
#[cfg(unix)]
mod peers;
#[cfg(unix)]
mod report;
#[cfg(unix)]
mod rounds;
#[cfg(unix)]
mod rows;
#[cfg(unix)]
mod run;
#[cfg(unix)]
mod session;
#[cfg(unix)]
mod table;

#[cfg(unix)]
fn main() -> anyhow::Result<std::process::ExitCode> {
    session::main()
}

/// Does nothing: only Unix has the peak memory of a child, /dev/shm and pread.
#[cfg(not(unix))]
fn main() {}
