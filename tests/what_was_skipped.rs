//! Prints which tests were skipped, and why. Cargo runs test programs in the order of their names,
//! so this is the last.
//!
//! It has no tests of its own, and whatever it is asked it says the same: a run of some tests skips
//! some of them. `tests/it/skips.rs` tests what it calls.

#[cfg(test)] // Clippy lets tests print.
#[path = "skips/record.rs"]
#[expect(dead_code, reason = "nothing is skipped here")]
mod record;
#[path = "skips/report.rs"]
mod report;

use std::{
    env,
    io::{self, Write},
};

fn main() -> io::Result<()> {
    // Who asks for a list, as cargo-nextest, runs each test by itself and in any order: there is
    // none here.
    if env::args().any(|arg| arg == "--list") {
        return Ok(());
    }
    writeln!(io::stdout(), "\n{}", report::take())
}
