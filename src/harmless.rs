//! Makes text that strangers chose safe to put into a report: nothing in it acts on the program
//! that reads the report.
//!
//! A report repeats lines of logs, names of files and patterns. Without this module, anybody who
//! can write to a log could give orders: to a terminal by control characters, to the runner of a CI
//! system by lines that look like commands, to a spreadsheet by formulas, to a web page by markup.
//! Each of these readers has one function here, or one writer. A shell reads what a person copies
//! from advice.
//!
//! What runners take for commands is known from their source code, not from their output:
//!
//! 1. GitHub takes `::name ...::` for a command at the start of a line, also behind white space.
//!    For GitHub a CR ends a line too.
//! 2. GitHub and Azure take `##[name]` and `##vso[...]` for a command anywhere in a line. TeamCity
//!    does so with `##teamcity[...]`.
//! 3. GitLab and Travis need CR and ESC in their commands, so it is enough to show control
//!    characters as text.
//!
//! So [`ForRunners`] puts a blank into the two forms, `: :name` and `## [name]`. It always does so,
//! not only on a runner: a report must be the same everywhere, and a log that holds a report is
//! read again elsewhere.

use std::{borrow::Cow, fmt::Write as _, io};

use crate::line::turns_writing;

/// Returns the text on one line. Control characters and characters that change the direction of
/// writing are shown as text. A tab stays.
pub(crate) fn on_one_line(text: &str) -> Cow<'_, str> {
    let acts = |c: char| c.is_control() && c != '\t' || turns_writing(c);
    if !text.contains(acts) {
        return Cow::Borrowed(text);
    }
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        // Writing to a String does not fail.
        let _ = match c {
            c if turns_writing(c) => write!(line, "\\u{:04x}", u32::from(c)),
            c if acts(c) => write!(line, "\\x{:02x}", u32::from(c)),
            c => write!(line, "{c}"),
        };
    }
    Cow::Owned(line)
}

/// Returns the path of a log as an argument that a person can copy; `None` for the standard input,
/// and for a name that has to be shown in another way than it is.
#[cfg(any(test, feature = "templates"))]
pub(crate) fn argument(path: &std::path::Path) -> Option<String> {
    let name = path.to_str().filter(|name| *name != "-")?;
    if on_one_line(name) != name || for_programs(name) != name {
        return None;
    }
    match name.starts_with('-') {
        true => Some(crate::error::for_shell(&format!("./{name}"))),
        false => Some(crate::error::for_shell(name)),
    }
}

/// Returns what a command has in place of the log at `path`, if it can be typed: all files, if they
/// were read as one log.
#[cfg(any(test, feature = "templates"))]
pub(crate) fn log_argument(one_log: Option<&str>, path: &std::path::Path) -> Option<String> {
    one_log.map(str::to_owned).or_else(|| argument(path))
}

/// Returns the text, of one or more lines, in a form in which no runner of a CI system finds a
/// command: see [`ForRunners`].
///
/// ```
/// assert_eq!(logscan::for_runners("::add-mask::x and ##[error]y"), ": :add-mask::x and ## [error]y");
/// ```
///
/// # Panics
/// Never: ASCII is put between the characters of UTF-8 text, so the result is UTF-8.
#[cfg(any(test, feature = "templates"))]
pub fn for_runners(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut writer = ForRunners::text(&mut bytes);
    io::Write::write_all(&mut writer, text.as_bytes()).expect("writing to a Vec does not fail");
    String::from_utf8(bytes).expect("ASCII put between characters leaves UTF-8")
}

/// The markers of runners that only colour a line, fold lines or make a note of one. Whoever reads
/// evidence needs them as they are.
#[cfg(any(test, feature = "templates"))]
const MARKERS: [&str; 8] = [
    "##[error]",
    "##[warning]",
    "##[notice]",
    "##[debug]",
    "##[command]",
    "##[section]",
    "##[group]",
    "##[endgroup]",
];

/// Does what [`for_runners`] does for text that a program reads: markers that give no order, such
/// as `##[error]`, stay as they are. With a parameter, as in `##[error file=x]`, they are broken up.
#[cfg(any(test, feature = "templates"))]
pub(crate) fn for_programs(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((at, marker)) = next_marker(rest) {
        safe.push_str(&for_runners(&rest[..at]));
        safe.push_str(marker);
        rest = &rest[at + marker.len()..];
    }
    safe.push_str(&for_runners(rest));
    safe
}

/// The first marker in a text that is no part of a longer row of signs.
#[cfg(any(test, feature = "templates"))]
fn next_marker(text: &str) -> Option<(usize, &'static str)> {
    let mut markers = memchr::memmem::find_iter(text.as_bytes(), b"##[").filter_map(|at| {
        let is_alone = !text[..at].ends_with('#');
        let marker = MARKERS
            .iter()
            .find(|marker| text[at..].starts_with(**marker));
        marker.filter(|_| is_alone).map(|marker| (at, *marker))
    });
    markers.next()
}

/// How `##[` is broken up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum CommandForm {
    /// A blank is put before the bracket.
    Text,
    /// The bracket becomes `\u005b`, which means the same in JSON. Lines of JSON never begin with
    /// colons.
    Json,
}

/// How much of a command has been seen so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seen {
    /// No part of a command.
    Nothing,
    /// Nothing visible since the line began.
    LineStart,
    /// One colon at the start of a line.
    Colon,
    /// One `#`.
    Hash,
    /// Two `#` or more.
    Hashes,
    /// Two `#` or more, and then only letters and digits.
    Name,
}

/// A writer in front of another writer. It keeps runners of CI systems from finding commands in
/// what passes.
///
/// The output does not depend on how the input is cut into writes, and the writer holds nothing
/// back.
#[derive(Debug)]
pub struct ForRunners<W: io::Write> {
    writer: W,
    form: CommandForm,
    seen: Seen,
}

impl<W: io::Write> ForRunners<W> {
    /// Creates a writer for text.
    pub fn text(writer: W) -> ForRunners<W> {
        ForRunners {
            writer,
            form: CommandForm::Text,
            seen: Seen::LineStart,
        }
    }

    /// Creates a writer for JSON, which means the same afterwards.
    pub fn json(writer: W) -> ForRunners<W> {
        ForRunners {
            writer,
            form: CommandForm::Json,
            seen: Seen::Nothing,
        }
    }

    /// Returns what has been seen after `byte`. If `byte` would complete a command, also returns
    /// what must stand before the byte or in its place.
    fn step(&self, byte: u8) -> (Seen, Option<&'static [u8]>) {
        let is_text = self.form == CommandForm::Text;
        match (self.seen, byte) {
            (Seen::Hashes | Seen::Name, b'[') if is_text => (Seen::Nothing, Some(b" [")),
            (Seen::Hashes | Seen::Name, b'[') => (Seen::Nothing, Some(b"\\u005b")),
            (Seen::Colon, b':') => (Seen::Nothing, Some(b" :")),
            (_, b'\n' | b'\r') if is_text => (Seen::LineStart, None),
            (Seen::Hash | Seen::Hashes, b'#') => (Seen::Hashes, None),
            (_, b'#') => (Seen::Hash, None),
            (Seen::Hashes | Seen::Name, byte) if byte.is_ascii_alphanumeric() => (Seen::Name, None),
            (Seen::LineStart, b':') => (Seen::Colon, None),
            // Runners skip white space, which includes characters outside of ASCII, and some
            // runners skip characters without width.
            (Seen::LineStart, byte) if !byte.is_ascii_graphic() => (Seen::LineStart, None),
            _ => (Seen::Nothing, None),
        }
    }
}

impl<W: io::Write> io::Write for ForRunners<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut passed = 0;
        for (at, &byte) in bytes.iter().enumerate() {
            let (seen, instead) = self.step(byte);
            if let Some(instead) = instead {
                self.writer.write_all(&bytes[passed..at])?;
                self.writer.write_all(instead)?;
                passed = at + 1;
            }
            self.seen = seen;
        }
        self.writer.write_all(&bytes[passed..])?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// Returns the text as prose of Markdown and HTML, on one line: without markup, mentions, and links
/// to issues.
///
/// GitHub looks for mentions after entities have become characters. So a space without width keeps
/// `@` and `#` from the text behind them.
#[cfg(any(test, feature = "compare", feature = "templates"))]
pub(crate) fn prose(text: &str) -> String {
    let text = on_one_line(text);
    let mut prose = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let names = chars.peek().is_some_and(|next| next.is_alphanumeric());
        match c {
            '@' if !names => prose.push('@'),
            c => push_entity(c, &mut prose),
        }
        if names && matches!(c, '@' | '#') {
            prose.push_str("&#8203;");
        }
    }
    prose
}

/// Returns the text as code of Markdown and HTML, on one line. It also works in a cell of a table.
/// GitHub looks for no mentions in code, so the text can be copied as it is.
///
/// The result is an HTML element and has no backticks: between backticks, a bar behind a backslash
/// cannot be told from the end of a cell.
#[cfg(any(test, feature = "compare", feature = "templates"))]
pub(crate) fn code(text: &str) -> String {
    let mut code = String::from("<code>");
    for c in on_one_line(text).chars() {
        push_entity(c, &mut code);
    }
    code + "</code>"
}

/// Adds a character. It becomes an entity if Markdown or HTML could take it for markup. In an
/// attribute, quotes could be markup too.
#[cfg(any(test, feature = "compare", feature = "templates"))]
fn push_entity(c: char, out: &mut String) {
    match c {
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '|' | '~' | '@' | '!' | '$' => {
            // Writing to a String does not fail.
            let _ = write!(out, "&#{};", u32::from(c));
        }
        c => out.push(c),
    }
}

/// Returns the text as a cell of comma-separated values (RFC 4180), on one line. Spreadsheets
/// calculate a cell that begins like a formula, whether or not it is quoted. An apostrophe in front
/// of it makes it text.
pub(crate) fn csv_cell(text: &str) -> String {
    const FORMULAS: [char; 9] = ['=', '+', '-', '@', '\t', '＝', '＋', '－', '＠'];
    let text = on_one_line(text);
    let apostrophe = if text.starts_with(FORMULAS) { "'" } else { "" };
    match text.contains([',', '"']) {
        true => format!("\"{apostrophe}{}\"", text.replace('"', "\"\"")),
        false => format!("{apostrophe}{text}"),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use proptest::prelude::*;

    use super::*;

    /// Returns whether a runner finds a command in the text. It follows the rules of GitHub, Azure
    /// and TeamCity, line by line.
    fn acts(text: &str) -> bool {
        text.split(['\n', '\r']).any(|line| {
            let is_command = line.trim_start().starts_with("::");
            let lowered = line.to_lowercase();
            is_command
                || ["##[", "##vso[", "##teamcity["]
                    .iter()
                    .any(|mark| lowered.contains(mark))
        })
    }

    #[track_caller]
    fn check(text: &str, want: &str) {
        assert_eq!(for_runners(text), want);
        assert!(!acts(want), "{want}");
    }

    #[test]
    fn an_argument_is_what_a_shell_makes_a_path_of() {
        for (path, want) in [
            ("app.log", Some("app.log")),
            ("-", None),
            ("-v", Some("./-v")),
            ("a\u{1b}[31m", None),
            ("##vso[task]x", None),
            #[cfg(unix)]
            ("b ig's.log", Some("\"b ig's.log\"")),
            #[cfg(unix)]
            ("a$b", Some("\"a\\$b\"")),
            #[cfg(unix)]
            ("a.zip!it's/1.txt", Some(r"'a.zip!it'\''s/1.txt'")),
        ] {
            assert_eq!(argument(std::path::Path::new(path)).as_deref(), want);
        }
    }

    #[test]
    fn no_runner_finds_a_command_in_a_text() {
        check("::add-mask::x", ": :add-mask::x");
        check(" \t::stop-commands::x", " \t: :stop-commands::x");
        check("a\n::x::\r::y::", "a\n: :x::\r: :y::");
        check("\u{2003}\u{a0}::x::", "\u{2003}\u{a0}: :x::");
        check(":::x::", ": ::x::");
        check("a ##[error]b", "a ## [error]b");
        check("###[group]x", "### [group]x");
        check("##vso[task.x]##TeamCity[y]", "##vso [task.x]##TeamCity [y]");
    }

    #[test]
    fn a_program_reads_markers_as_they_are_and_no_order() {
        for text in [
            "##[error]Process completed",
            "a ##[endgroup]",
            "##[group]x ##[error]y",
        ] {
            assert_eq!(for_programs(text), text);
        }
        for text in [
            "##[error file=a]x",
            "###[error]x",
            "##[add-mask]x",
            "##vso[task.x]y",
            "::error::x",
            "##[error]##[add-mask]x",
        ] {
            assert!(for_programs(text) != text, "{text}");
        }
    }

    #[test]
    fn what_is_no_command_stays() {
        for text in [
            "std::vec::Vec",
            "a ::b",
            ":",
            ": ::x",
            "## [x]",
            "#[test]",
            "# #[x]",
            "## x[1]",
            "##\n[x]",
            "",
        ] {
            check(text, text);
        }
    }

    #[test]
    fn json_says_the_same_as_before() {
        let value = serde_json::json!({"a": ["##[error]::x", "##vso[y]", "\n::z"], "b##[": [1]});
        let mut bytes = Vec::new();
        serde_json::to_writer(ForRunners::json(&mut bytes), &value).unwrap();
        assert!(!acts(str::from_utf8(&bytes).unwrap()));
        assert_eq!(
            serde_json::from_slice::<serde_json::Value>(&bytes).unwrap(),
            value
        );
    }

    proptest! {
        #[test]
        fn no_runner_finds_a_command_however_the_text_is_cut(
            text in "([:# \\[\n\r\ta\u{a0}\u{2003}é]|vso|teamcity|::|##\\[){0,12}",
            cut in any::<prop::sample::Index>(),
        ) {
            let whole = for_runners(&text);
            prop_assert!(!acts(&whole), "{whole:?}");
            let (head, tail) = text.as_bytes().split_at(cut.index(text.len() + 1));
            let mut bytes = Vec::new();
            let mut writer = ForRunners::text(&mut bytes);
            writer.write_all(head).unwrap();
            writer.write_all(tail).unwrap();
            prop_assert_eq!(&bytes, whole.as_bytes());
            // Only blanks have been added.
            let bare = |text: &str| text.replace(' ', "");
            prop_assert_eq!(bare(&whole), bare(&text));
        }
    }

    #[test]
    fn control_characters_and_turns_of_the_writing_are_shown() {
        assert_eq!(
            on_one_line("a\tb\x1b[2J\r\n\u{9b}\u{7f}\u{202e}\u{2066}é"),
            "a\tb\\x1b[2J\\x0d\\x0a\\x9b\\x7f\\u202e\\u2066é"
        );
    }

    #[test]
    fn markdown_has_no_markup_and_no_mention() {
        assert_eq!(
            code("a|b\\|<i>`x`"),
            "<code>a&#124;b&#92;&#124;&lt;i&gt;&#96;x&#96;</code>"
        );
        assert_eq!(prose("CPU @ 2 GHz, x@"), "CPU @ 2 GHz, x@");
        assert_eq!(
            prose("@me #1\n[x](y)"),
            "&#64;&#8203;me &#35;&#8203;1&#92;x0a&#91;x&#93;(y)"
        );
    }

    #[test]
    fn a_cell_is_one_field_and_no_formula() {
        assert_eq!(csv_cell("rg -c x"), "rg -c x");
        assert_eq!(csv_cell("rg 'a,b' \"c\""), "\"rg 'a,b' \"\"c\"\"\"");
        assert_eq!(csv_cell("=1+1"), "'=1+1");
        assert_eq!(csv_cell("\t=1"), "'\t=1");
        assert_eq!(csv_cell("@a,b"), "\"'@a,b\"");
        assert_eq!(csv_cell("＝1"), "'＝1");
        assert_eq!(csv_cell("a\r\n=1"), "a\\x0d\\x0a=1");
    }
}
