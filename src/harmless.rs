//! Text that strangers chose, as it may stand in a report: nothing in it acts on what reads the
//! report.
//!
//! A report repeats lines of logs, names of files and patterns. Whoever can write to a log could
//! otherwise give orders: to a terminal by control characters, to the runner of a CI system by
//! lines that look like commands, to a spreadsheet by formulas, to a web page by markup. There is
//! one function, or one writer, for each of these readers.
//!
//! What runners take for commands is known from their source, not from what they print:
//!
//! 1. GitHub takes `::name ...::` for a command at the start of a line, behind any white space, and
//!    ends lines at CR too.
//! 2. GitHub and Azure take `##[name]` and `##vso[...]` for one anywhere in a line, TeamCity
//!    `##teamcity[...]`.
//! 3. GitLab and Travis want CR and ESC in theirs, so showing control characters is enough.
//!
//! So [`ForRunners`] puts a blank into the two forms, `: :name` and `## [name]`. That is always
//! done, not on a runner only: a report is the same everywhere, and a log of a report is read again
//! elsewhere.

use std::{borrow::Cow, fmt::Write as _, io};

use crate::line::turns_writing;

/// The text on one line: what is a control character, or changes the direction of writing, is
/// shown. A tab stays.
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

/// The text, of one or more lines, in which no runner of a CI system finds a command: see
/// [`ForRunners`].
///
/// ```
/// assert_eq!(logscan::for_runners("::add-mask::x and ##[error]y"), ": :add-mask::x and ## [error]y");
/// ```
///
/// # Panics
/// Never: UTF-8 with ASCII put between its characters is UTF-8.
#[cfg(any(test, feature = "triage"))]
pub fn for_runners(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut writer = ForRunners::text(&mut bytes);
    io::Write::write_all(&mut writer, text.as_bytes()).expect("writing to a Vec does not fail");
    String::from_utf8(bytes).expect("ASCII put between characters leaves UTF-8")
}

/// How a bracket is kept from ending `##[`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum CommandForm {
    /// With a blank before it.
    Text,
    /// As `\u005b`, which says the same in JSON. Lines of JSON never begin with colons.
    Json,
}

/// What has come of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seen {
    /// Nothing that a command begins with.
    Nothing,
    /// Nothing that can be seen, since the line began.
    LineStart,
    /// Then one colon.
    Colon,
    /// One `#`.
    Hash,
    /// Two of them or more.
    Hashes,
    /// And behind them letters only.
    Name,
}

/// A writer in front of another one, which keeps runners of CI systems from finding commands in
/// what passes.
///
/// The output does not depend on how the input is cut into writes, and nothing waits in here.
#[derive(Debug)]
pub struct ForRunners<W: io::Write> {
    writer: W,
    form: CommandForm,
    seen: Seen,
}

impl<W: io::Write> ForRunners<W> {
    /// For text.
    pub fn text(writer: W) -> ForRunners<W> {
        ForRunners {
            writer,
            form: CommandForm::Text,
            seen: Seen::LineStart,
        }
    }

    /// For JSON, which says the same as before.
    pub fn json(writer: W) -> ForRunners<W> {
        ForRunners {
            writer,
            form: CommandForm::Json,
            seen: Seen::Nothing,
        }
    }

    /// What has been seen behind `byte`, and what stands before it or in its place, if a command
    /// would be complete.
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
            // Runners skip white space, of which there is more outside of ASCII, and some skip what
            // takes no room.
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

/// The text as prose of Markdown and HTML, on one line: no markup, no mention, no link to an issue.
///
/// GitHub looks for mentions when entities have become characters, so a space that takes no room
/// keeps `@` and `#` from what stands behind them.
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

/// The text as code of Markdown and HTML, on one line, also in a cell of a table. GitHub looks for
/// no mentions in code, so it can be copied as it is.
///
/// An element of HTML, and no backticks: in those a bar cannot be told from the end of a cell
/// behind a backslash.
pub(crate) fn code(text: &str) -> String {
    let mut code = String::from("<code>");
    for c in on_one_line(text).chars() {
        push_entity(c, &mut code);
    }
    code + "</code>"
}

/// Adds a character, as an entity where Markdown or HTML could take it for markup. In an attribute
/// quotes would be so too.
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

/// The text as a cell of comma-separated values (RFC 4180), on one line. Spreadsheets calculate a
/// cell that begins like a formula, quoted or not; an apostrophe in front of it makes it text.
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

    /// Whether a runner finds a command in the text, from the rules of GitHub, Azure and TeamCity,
    /// line by line.
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
