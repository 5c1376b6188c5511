//! The terminal and the environment: what a command depends on besides its arguments. They are
//! asked once, at the start.

use std::{
    env,
    ffi::{OsStr, OsString},
    io::{self, IsTerminal},
    path::PathBuf,
    time::SystemTime,
};

use etcetera::BaseStrategy;
use jiff::tz::{TimeZone, TimeZoneDatabase};

use logscan::histogram::report::BarCells;

use super::args::{Stdin, WhenArg};

/// The place where a config file may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ConfigPlace {
    /// The file that `LOGSCAN_CONFIG` names. It has to exist.
    Named(PathBuf),
    /// The file in the platform's folder for such files. It need not exist.
    Usual(PathBuf),
    /// There is no place, for this reason.
    Nowhere(&'static str),
}

/// The terminal and the environment, as plain data.
#[derive(Clone, Debug)]
pub(crate) struct Surroundings {
    /// The name of the program and its arguments, as they were typed.
    pub(crate) words: Vec<OsString>,
    /// Whether a person types the input.
    pub(crate) stdin: Stdin,
    /// Whether a person sees the results as they come.
    pub(crate) stdout_is_terminal: bool,
    /// Whether results go to another program, which may show them on the same terminal.
    pub(crate) stdout_is_pipe: bool,
    /// Whether a person sees messages as they come.
    pub(crate) stderr_is_terminal: bool,
    /// Whether the terminal can show colours, and its user has not declined them.
    pub(crate) color_is_welcome: bool,
    /// The value of `GREP_COLORS`.
    pub(crate) grep_colors: Option<String>,
    /// The place of the config file.
    pub(crate) config: ConfigPlace,
}

impl Surroundings {
    /// Returns the surroundings of this process, which was called with `words`.
    pub(crate) fn now(words: Vec<OsString>) -> Surroundings {
        let stdin_is_terminal = io::stdin().is_terminal();
        Surroundings {
            words,
            stdin: if stdin_is_terminal {
                Stdin::Terminal
            } else {
                Stdin::Input
            },
            stdout_is_terminal: io::stdout().is_terminal(),
            stdout_is_pipe: logscan::stdout_is_pipe(),
            stderr_is_terminal: io::stderr().is_terminal(),
            color_is_welcome: color_is_welcome(
                env::var_os("NO_COLOR").as_deref(),
                env::var_os("TERM").as_deref(),
            ),
            grep_colors: env::var("GREP_COLORS").ok(),
            config: config_place(env::var_os("LOGSCAN_CONFIG")),
        }
    }

    /// Returns whether results are coloured.
    pub(crate) fn has_color(&self, when: WhenArg) -> bool {
        match when {
            WhenArg::Never => false,
            WhenArg::Always => true,
            WhenArg::Auto => self.stdout_is_terminal && self.color_is_welcome,
        }
    }
}

/// Returns an environment variable that a flag names.
pub(crate) fn variable(name: &str) -> Option<OsString> {
    env::var_os(name)
}

/// Returns the current time. Only searches by time ask for it.
pub(crate) fn now() -> SystemTime {
    SystemTime::now()
}

/// Returns the zone of this machine or of its user, and the name of the zone. Only searches by time
/// look it up, because files have to be read for that.
pub(crate) fn local_zone() -> (TimeZone, String) {
    match TimeZone::try_system() {
        Ok(zone) => {
            let called = match zone.iana_name() {
                Some(name) => format!("{name} (local)"),
                None => "the local one".into(),
            };
            (zone, called)
        }
        Err(_) => (TimeZone::UTC, "UTC, as the local one is unknown".into()),
    }
}

/// Returns the zones that names mean on this machine.
pub(crate) fn zones() -> TimeZoneDatabase {
    TimeZoneDatabase::from_env()
}

/// Returns the folder for temporary files.
pub(crate) fn temporary_folder() -> PathBuf {
    env::temp_dir()
}

/// Returns how many columns and lines the terminal has that shows the results. Returns `None` if
/// they go elsewhere. A terminal that does not say is taken for the usual size.
pub(crate) fn stdout_size(surroundings: &Surroundings) -> Option<(usize, u64)> {
    let size = terminal_size::terminal_size_of(io::stdout());
    let size = size.map_or((80, 24), |(columns, lines)| {
        (usize::from(columns.0), u64::from(lines.0))
    });
    surroundings.stdout_is_terminal.then_some(size)
}

/// Returns the cells of bars: blocks, unless the locale says that text is not UTF-8.
pub(crate) fn bar_cells() -> BarCells {
    let set = |name| env::var(name).ok().filter(|value| !value.is_empty());
    let locale = set("LC_ALL")
        .or_else(|| set("LC_CTYPE"))
        .or_else(|| set("LANG"));
    cells_in(locale.as_deref())
}

fn cells_in(locale: Option<&str>) -> BarCells {
    let is_utf8 = |locale: &str| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    };
    match locale.is_none_or(is_utf8) {
        true => BarCells::Blocks,
        false => BarCells::Ascii,
    }
}

fn config_place(named: Option<OsString>) -> ConfigPlace {
    match named {
        Some(path) if path.is_empty() => ConfigPlace::Nowhere("LOGSCAN_CONFIG is empty"),
        Some(path) => ConfigPlace::Named(path.into()),
        // The folder is XDG's on macOS too, where people look for the files of a command-line tool
        // in ~/.config.
        None => match etcetera::choose_base_strategy() {
            Ok(folders) => ConfigPlace::Usual(folders.config_dir().join("logscan").join("config")),
            Err(_) => ConfigPlace::Nowhere("there is no home directory"),
        },
    }
}

fn color_is_welcome(no_color: Option<&OsStr>, term: Option<&OsStr>) -> bool {
    no_color.is_none_or(OsStr::is_empty) && term.is_none_or(|term| term != "dumb")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(no_color: Option<&str>, term: Option<&str>, want: bool) {
        assert_eq!(
            color_is_welcome(no_color.map(AsRef::as_ref), term.map(AsRef::as_ref)),
            want
        );
    }

    #[test]
    fn no_color_and_a_dumb_terminal_turn_colour_off() {
        check(None, Some("xterm"), true);
        check(None, None, true);
        check(Some(""), Some("xterm"), true);
        check(Some("1"), Some("xterm"), false);
        check(None, Some("dumb"), false);
    }

    #[test]
    fn bars_are_blocks_unless_the_locale_has_no_utf8() {
        for (locale, want) in [
            (None, BarCells::Blocks),
            (Some("C.UTF-8"), BarCells::Blocks),
            (Some("de_DE.utf8"), BarCells::Blocks),
            (Some("C"), BarCells::Ascii),
            (Some("de_DE@euro"), BarCells::Ascii),
        ] {
            assert_eq!(cells_in(locale), want, "{locale:?}");
        }
    }

    #[test]
    fn only_auto_looks_at_the_terminal() {
        for (stdout_is_terminal, color_is_welcome) in
            [(false, false), (false, true), (true, false), (true, true)]
        {
            let surroundings = Surroundings {
                words: Vec::new(),
                stdin: Stdin::Input,
                stdout_is_terminal,
                stdout_is_pipe: false,
                stderr_is_terminal: false,
                color_is_welcome,
                grep_colors: None,
                config: ConfigPlace::Nowhere("a test"),
            };
            assert!(surroundings.has_color(WhenArg::Always));
            assert!(!surroundings.has_color(WhenArg::Never));
            assert_eq!(
                surroundings.has_color(WhenArg::Auto),
                stdout_is_terminal && color_is_welcome
            );
        }
    }
}
