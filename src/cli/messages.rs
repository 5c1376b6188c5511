//! What is said on standard error, each message with the program's name in front.

use std::{
    fmt::Display,
    io::{self, Write},
    path::Path,
};

/// Prints one message, in one write. Where standard error is closed there is nobody to tell.
pub(crate) fn say(message: impl Display) {
    let _ = io::stderr()
        .lock()
        .write_all(format!("logscan: {message}\n").as_bytes());
}

/// How a file is called in messages: as it was given, and the standard input as grep calls it.
pub(crate) fn shown(path: &Path) -> String {
    match path.to_str() {
        Some("-") => "(standard input)".into(),
        _ => path.display().to_string(),
    }
}
