//! Standard output as a terminal.

use std::io;

/// The standard output, for who knows that it is a terminal: as it is.
pub fn terminal_stdout() -> io::Stdout {
    io::stdout()
}
