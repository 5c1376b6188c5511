//! What is said on standard error, each message with the program's name in front.

use std::{
    fmt::Display,
    io::{self, Write},
};

/// Prints one message, in one write. Where standard error is closed there is nobody to tell.
pub(crate) fn say(message: impl Display) {
    let _ = io::stderr()
        .lock()
        .write_all(format!("logscan: {message}\n").as_bytes());
}
