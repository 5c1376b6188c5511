//! Standard output as a terminal and as a pipe.

use std::io;

use super::input::widen_pipe;

/// The standard output, for who knows that it is a terminal: as it is.
pub fn terminal_stdout() -> io::Stdout {
    io::stdout()
}

/// The standard output, for who does not know what it is. A pipe is made as wide as anyone may make it, if the system has
/// such pipes: the reader and the search wait for each other less often.
pub fn plain_stdout() -> io::Stdout {
    let stdout = io::stdout();
    widen_pipe(&stdout);
    stdout
}
