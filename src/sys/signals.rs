//! The signals that end a command line program from outside.

/// A wish of the user or of the system that the program should end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// Ctrl-C: SIGINT, and on Windows Ctrl-Break as well.
    Interrupt,
    /// SIGTERM: `kill`, or a system that shuts down. On Windows the console was closed, or its user
    /// logs off.
    Terminate,
}
