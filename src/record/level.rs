//! How grave a line is.

use std::fmt;

/// How grave a line is, the least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Finer than debugging: trace, verbose.
    Trace,
    /// For debugging.
    Debug,
    /// What normally happens: info, notice, log.
    Info,
    /// Something to look at: warn, warning.
    Warn,
    /// Something failed: error, severe.
    Error,
    /// Nothing works any more: fatal, critical, alert, emergency, panic.
    Fatal,
}

impl Level {
    /// Every level, the least first.
    pub const ALL: [Level; 6] = [
        Level::Trace,
        Level::Debug,
        Level::Info,
        Level::Warn,
        Level::Error,
        Level::Fatal,
    ];

    /// The level that a word names, in any case.
    ///
    /// ```
    /// use logscan::templates::Level;
    /// assert_eq!(Level::of_word(b"WARNING"), Some(Level::Warn));
    /// assert_eq!(Level::of_word(b"warden"), None);
    /// ```
    pub fn of_word(word: &[u8]) -> Option<Level> {
        if !(3..=11).contains(&word.len()) {
            return None;
        }
        let mut lower = [0; 11];
        let lower = &mut lower[..word.len()];
        lower.copy_from_slice(word);
        lower.make_ascii_lowercase();
        Some(match &*lower {
            b"trace" | b"verbose" | b"finest" | b"finer" => Level::Trace,
            b"debug" | b"dbg" | b"fine" => Level::Debug,
            b"info" | b"information" | b"notice" | b"inf" | b"config" => Level::Info,
            b"warn" | b"warning" | b"wrn" => Level::Warn,
            b"error" | b"err" | b"severe" | b"eror" => Level::Error,
            b"fatal" | b"crit" | b"critical" | b"alert" | b"emerg" | b"emergency" | b"panic"
            | b"ftl" => Level::Fatal,
            _ => return None,
        })
    }

    /// Its usual name, in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Level::Trace => "trace",
            Level::Debug => "debug",
            Level::Info => "info",
            Level::Warn => "warn",
            Level::Error => "error",
            Level::Fatal => "fatal",
        }
    }

    /// A level as one letter, as Android and glog write it, or as two, as X.Org does.
    pub(crate) fn of_letters(word: &[u8]) -> Option<Level> {
        match *word {
            [letter] => Level::of_letter(letter),
            [a, b] if a == b => Level::of_letter(a),
            _ => None,
        }
    }

    /// The severity of syslog, from 0 to 7 (RFC 5424).
    pub(crate) fn of_severity(severity: usize) -> Option<Level> {
        Some(match severity {
            0..=2 => Level::Fatal,
            3 => Level::Error,
            4 => Level::Warn,
            5 | 6 => Level::Info,
            7 => Level::Debug,
            _ => return None,
        })
    }

    /// A level as one letter, as Android and glog write it.
    pub(crate) fn of_letter(letter: u8) -> Option<Level> {
        Some(match letter {
            b'V' | b'T' => Level::Trace,
            b'D' => Level::Debug,
            b'I' => Level::Info,
            b'W' => Level::Warn,
            b'E' => Level::Error,
            b'F' => Level::Fatal,
            _ => return None,
        })
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
