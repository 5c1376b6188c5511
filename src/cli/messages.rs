//! Writes messages to standard error, each with the program's name in front.
//!
//! Messages repeat names of files and patterns, which may come from strangers as lines do. So
//! control characters in them are shown as text, wherever standard error goes, and the runner of a
//! CI system finds no command in them. With --redact they have no secrets either.

use std::{
    fmt::Display,
    io::{self, Write},
};

use logscan::{
    Workers, for_runners,
    sink::{Escape, Sgr},
};

use super::redaction;

/// Prints one message, in one write. If standard error is closed, nobody can be told.
pub(crate) fn say(message: impl Display) {
    let _ = io::stderr().lock().write_all(&shown(
        for_runners(&redaction::text(&format!("logscan: {message}\n"))).as_bytes(),
    ));
}

/// Says if fewer threads are used than were asked for. That changes no result and no exit status.
pub(crate) fn report_threads(asked: usize) {
    if let Some(message) = on_threads(asked, Workers::new(asked).threads()) {
        say(message);
    }
}

/// Says if the system did not start all threads. That changes no result and no exit status.
pub(crate) fn report_shortage(workers: &Workers) {
    if let Some(shortage) = workers.shortage() {
        say(shortage);
    }
}

fn on_threads(asked: usize, used: usize) -> Option<String> {
    (used < asked).then(|| {
        format!("--threads {asked}: {used} are used, the most that make sense with the cores of this machine")
    })
}

/// Returns a text in which all control characters are shown, except LF, TAB, and CR before LF.
pub(crate) fn shown(text: &[u8]) -> Vec<u8> {
    let mut shown = Vec::with_capacity(text.len());
    Escape::new(&mut shown, Sgr::Show)
        .write_all(text)
        .expect("writing to a Vec does not fail");
    shown
}

/// Returns the name of a file, or another text, as one line for a screen.
pub(crate) fn on_one_line(name: &str) -> String {
    let shown = shown(redaction::text(name).as_bytes());
    for_runners(&String::from_utf8_lossy(&shown).replace(['\r', '\n', '\t'], "?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fewer_threads_than_asked_for_are_told() {
        assert_eq!(on_threads(0, 2), None);
        assert_eq!(on_threads(7, 7), None);
        let want =
            "--threads 4000: 16 are used, the most that make sense with the cores of this machine";
        assert_eq!(on_threads(4000, 16).unwrap(), want);
    }

    #[test]
    fn control_characters_are_shown_and_line_ends_stay() {
        let text = "cannot open \x1b[31ma\u{9b}b\x07: why\n  more\n".as_bytes();
        let want = "cannot open \\x1b[31ma\\x9bb\\x07: why\n  more\n";
        assert_eq!(shown(text), want.as_bytes());
    }
}
