//! Reads the config file. It has flags for every search. They stand before the flags of the command
//! line, so those win.
//!
//! A line has one flag, as in ripgrep's file. Blanks around it are dropped, nothing else is
//! changed, and lines that are empty or begin with # are comments. Unlike in ripgrep's file, a line
//! is a whole flag with its value. So each line can be judged by itself, a message names the wrong
//! line, and no flag takes the first word of the command line for its value. Patterns and files
//! without a flag in front have no place here.
//!
//! Only searches read the file. The results of `compare`, `triage` and `templates` shall depend
//! only on what is typed. If the file exists or was named, and cannot be read, the search ends
//! before it begins (ripgrep goes on): a search without its flags does not give what its user
//! wants, and may take long.

use std::{
    ffi::{OsStr, OsString},
    fmt, io,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, anyhow, bail};
use bstr::ByteSlice;
use clap::{
    Command,
    error::{ContextKind, ContextValue, ErrorKind},
};
use logscan::Reason;

use super::{
    args::SearchArgs,
    habits, small_file,
    surroundings::ConfigPlace,
    typed::{self, Form},
};

/// How long a config file may be, in bytes. All flags that exist have a hundredth of this.
const CONFIG_BYTES_MAX: u64 = 1 << 20;

/// How many flags a config file may have. Each flag takes a look at the table of all flags, and
/// another one together with the flags before it.
const FLAGS_MAX: usize = 1_000;

/// The advice about a file that is in the way.
const WAY_OUT: &str = "--no-config searches without it";

/// The flags of a config file.
#[derive(Debug)]
pub(crate) struct Config {
    flags: Vec<OsString>,
    origin: Origin,
}

/// The place where flags came from, or the reason why there are none.
#[derive(Debug)]
enum Origin {
    File(PathBuf),
    Missing(PathBuf),
    Nowhere(&'static str),
}

impl Config {
    /// Returns the flags that stand before `words`, which are the program's name and its arguments.
    /// As the error, returns clap's answer if `words` ask for help.
    pub(crate) fn of(
        words: &[OsString],
        place: &ConfigPlace,
        table: &mut Command,
    ) -> Result<Config> {
        let path = match place {
            ConfigPlace::Named(path) | ConfigPlace::Usual(path) => path,
            ConfigPlace::Nowhere(why) => return Ok(Config::none(Origin::Nowhere(why))),
        };
        // This is asked before the file is opened. If anything is wrong with the file, --help and
        // --version still work.
        if SearchArgs::have_no_config(words, table)? {
            return Ok(Config::none(Origin::Nowhere("--no-config")));
        }
        let bytes = match small_file::read(path, CONFIG_BYTES_MAX) {
            Ok(bytes) => bytes,
            Err(why) if is_missing(&why) && matches!(place, ConfigPlace::Usual(_)) => {
                return Ok(Config::none(Origin::Missing(path.clone())));
            }
            Err(why) => {
                let named = match place {
                    ConfigPlace::Named(_) => ", which LOGSCAN_CONFIG names",
                    _ => "",
                };
                bail!(
                    "cannot read the config file {}{named}: {}; {WAY_OUT}",
                    path.display(),
                    Reason(&why)
                );
            }
        };
        Ok(Config {
            flags: flags(&bytes, path, table)?,
            origin: Origin::File(path.clone()),
        })
    }

    fn none(origin: Origin) -> Config {
        Config {
            flags: Vec::new(),
            origin,
        }
    }

    /// Returns `words` with the flags of the file behind the program's name.
    pub(crate) fn before(&self, words: &[OsString]) -> Vec<OsString> {
        let (program, typed) = words.split_at(words.len().min(1));
        [program, &self.flags, typed].concat()
    }

    /// Returns clap's message about typed and configured flags together, for a user who sees only
    /// the typed ones.
    pub(crate) fn explain(&self, mut error: clap::Error) -> clap::Error {
        let Origin::File(path) = &self.origin else {
            return error;
        };
        if self.flags.is_empty() || !error.use_stderr() {
            return error;
        }
        let mut tips = match error.get(ContextKind::Suggested) {
            Some(ContextValue::StyledStrs(tips)) => tips.clone(),
            _ => Vec::new(),
        };
        let tip = format!("the flags in {} count too; {WAY_OUT}", path.display());
        tips.push(tip.into());
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(tips));
        error
    }
}

/// Writes where flags came from, for `--debug`.
impl fmt::Display for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.origin {
            Origin::Missing(path) => {
                write!(f, "no config file: {} is not there", path.display())
            }
            Origin::Nowhere(why) => write!(f, "no config file: {why}"),
            Origin::File(path) => {
                write!(f, "config file {}: ", path.display())?;
                match self.flags.len() {
                    0 => write!(f, "no flags")?,
                    1 => write!(f, "1 flag:")?,
                    count => write!(f, "{count} flags:")?,
                }
                self.flags
                    .iter()
                    .try_for_each(|flag| write!(f, " {flag:?}"))
            }
        }
    }
}

/// Returns whether nobody has put a file there. That is also so if a part of the path is no folder
/// (HOME=/dev/null).
fn is_missing(why: &io::Error) -> bool {
    matches!(
        why.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

/// Returns the flags in the file's bytes. As the error, returns what is wrong with the first bad
/// line.
fn flags(bytes: &[u8], path: &Path, table: &mut Command) -> Result<Vec<OsString>> {
    // Editors on Windows mark UTF-8 this way.
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut flags = Vec::new();
    for (nth, line) in text.split(|&byte| byte == b'\n').enumerate() {
        let line = line.trim_ascii();
        if !line.is_empty() && !line.starts_with(b"#") {
            if flags.len() == FLAGS_MAX {
                bail!(
                    "{}:{}: there are more than {FLAGS_MAX} flags; {WAY_OUT}",
                    path.display(),
                    nth + 1
                );
            }
            let flag = flag(line, table).with_context(|| format!("{}:{}", path.display(), nth + 1));
            flags.push(flag.map_err(|why| anyhow!("{why:#}; {WAY_OUT}"))?);
        }
    }
    Ok(flags)
}

fn flag(line: &[u8], table: &mut Command) -> Result<OsString> {
    let flag = line.to_os_str().context("is not UTF-8")?.to_os_string();
    if matches!(line, b"-" | b"--") || !line.starts_with(b"-") {
        bail!(
            "{flag:?} is no flag; each line is one, with its value if it has one, as --max-columns=150"
        );
    }
    if let Some(why) = more_than_a_flag(&flag, table) {
        bail!("{flag:?}: {why}");
    }
    let words = [OsString::from("logscan"), flag.clone()];
    match SearchArgs::of(words.clone(), table) {
        Ok(args) if args.no_config => bail!("--no-config belongs on the command line"),
        Ok(_) => Ok(flag),
        Err(error) => match error.kind() {
            // Flags that this one needs, or that exclude it, may stand elsewhere.
            ErrorKind::MissingRequiredArgument | ErrorKind::ArgumentConflict => Ok(flag),
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
                bail!("{flag:?} belongs on the command line")
            }
            _ => {
                let text =
                    habits::better(&error, &words, table).unwrap_or_else(|| error.to_string());
                let what = text.lines().next().unwrap_or_default();
                bail!("{}", what.strip_prefix("error: ").unwrap_or(what))
            }
        },
    }
}

/// Returns what is wrong with a line that has a blank outside a value. Such lines are `-n -H` and
/// `--color always`, as on a command line.
fn more_than_a_flag(line: &OsStr, table: &Command) -> Option<String> {
    let line = line.to_str()?;
    let (first, rest) = line.split_once([' ', '\t'])?;
    let rest = rest.trim_start();
    let words = ["logscan", first].map(OsString::from);
    let (flag, form) = typed::flags(&words, table).pop()?;
    let takes_value = flag.get_action().takes_values();
    let is_ended = match form {
        Form::Long => !first.contains('='),
        Form::Short => first.ends_with(flag.get_short()?),
    };
    // Otherwise the blank is part of the value.
    (is_ended || !takes_value).then(|| match (takes_value, rest.starts_with('-')) {
        (true, _) => format!(
            "one flag per line, with = before its value: --{}={rest}",
            flag.get_long().unwrap_or_default()
        ),
        (false, true) => format!("one flag per line: {rest} belongs into a line of its own"),
        (false, false) => format!("one flag per line, and {first} takes no value"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mutants::Mutator;

    #[track_caller]
    fn check(text: &[u8], want: &[&str]) {
        assert_eq!(
            flags(text, Path::new("config"), &mut SearchArgs::table()).unwrap(),
            want
        );
    }

    #[track_caller]
    fn check_refused(text: &str, want: &str) {
        let error = flags(
            text.as_bytes(),
            Path::new("config"),
            &mut SearchArgs::table(),
        )
        .unwrap_err();
        assert_eq!(error.to_string(), format!("{want}; {WAY_OUT}"));
    }

    #[test]
    fn each_line_is_a_flag_but_for_comments_and_blank_ones() {
        check(b"", &[]);
        check(b"# none\n\n  \n\t# none either", &[]);
        check(b"-n\n--max-columns=150", &["-n", "--max-columns=150"]);
        check(b"  -n \t\r\n#-c\r\n-i", &["-n", "-i"]);
        check(b"\xef\xbb\xbf-n\n", &["-n"]);
    }

    #[test]
    fn nothing_in_a_line_is_taken_apart() {
        check(b"--not=a  b 'c' \"$d\" # e", &["--not=a  b 'c' \"$d\" # e"]);
        check(b"-ea b", &["-ea b"]);
    }

    #[test]
    fn what_a_flag_needs_or_excludes_may_be_elsewhere() {
        check(
            b"--by-pattern\n--continue\n--json\n-c",
            &["--by-pattern", "--continue", "--json", "-c"],
        );
    }

    #[test]
    fn a_line_that_is_no_flag_is_named() {
        let no_flag =
            "is no flag; each line is one, with its value if it has one, as --max-columns=150";
        check_refused("-n\n\nERROR\n", &format!("config:3: \"ERROR\" {no_flag}"));
        check_refused("--", &format!("config:1: \"--\" {no_flag}"));
        check_refused("-", &format!("config:1: \"-\" {no_flag}"));
        check_refused(
            "-n\n--nonsense",
            "config:2: unexpected argument '--nonsense' found",
        );
        check_refused(
            "--max-columns\n150\n",
            "config:1: a value is required for '--max-columns <NUM>' but none was supplied",
        );
        check_refused(
            "--color=never\n--color=sometimes",
            "config:2: invalid value 'sometimes' for '--color <WHEN>'",
        );
    }

    #[test]
    fn a_line_with_more_than_a_flag_is_told_what_to_write() {
        let refused = |line: &str, want: &str| {
            check_refused(
                line,
                &format!("config:1: {line:?}: one flag per line{want}"),
            );
        };
        refused(
            "--color always",
            ", with = before its value: --color=always",
        );
        refused(
            "--max-columns 150",
            ", with = before its value: --max-columns=150",
        );
        refused("-m  5", ", with = before its value: --max-count=5");
        refused("-e ERROR", ", with = before its value: --pattern=ERROR");
        refused("--tally 10", ", with = before its value: --tally=10");
        refused("-n -H", ": -H belongs into a line of its own");
        refused(
            "--line-number -H -i",
            ": -H -i belongs into a line of its own",
        );
        refused("-n ERROR", ", and -n takes no value");
        // The blank is part of the value.
        check(
            b"-ea -b\n--not= c d\n-nea b",
            &["-ea -b", "--not= c d", "-nea b"],
        );
    }

    #[test]
    fn a_flag_of_another_tool_is_told_what_to_write() {
        check_refused(
            "--depth",
            "config:1: there is no flag --depth: its name here is --max-depth",
        );
    }

    #[test]
    fn help_version_and_no_config_belong_on_the_command_line() {
        check_refused("--help", "config:1: \"--help\" belongs on the command line");
        check_refused("-nV", "config:1: \"-nV\" belongs on the command line");
        check_refused(
            "--no-config",
            "config:1: --no-config belongs on the command line",
        );
    }

    #[test]
    fn flags_of_the_file_stand_between_the_program_and_what_was_typed() {
        let config = Config {
            flags: vec!["-n".into(), "-i".into()],
            origin: Origin::Nowhere("a test"),
        };
        let words = |text: &str| -> Vec<OsString> { text.split(' ').map(Into::into).collect() };
        assert_eq!(
            config.before(&words("logscan a b")),
            words("logscan -n -i a b")
        );
        assert_eq!(config.before(&[]), words("-n -i"));
    }

    /// Config files that are nearly right. Each is refused with the number of a line, or its flags
    /// are those of the file.
    #[test]
    fn mutants_of_config_files_are_refused_or_used() {
        let samples: [&[u8]; 4] = [
            b"\xef\xbb\xbf# usual\n--smart-case\n--max-columns=150\n--color=auto\n\n  -n\n",
            b"-ea -b\n--not=c d\n-C3\n--threads=2\r\n--colors=match:fg:red\n",
            b"--regex-size-limit=1M\n--dfa-size-limit=4M\n--max-count=18446744073709551615\n--chunk-size=64K\n",
            b"--board=x\n--byte-range=1-2\n--no-config\n--help\nERROR\n--color always\n",
        ];
        let mut table = SearchArgs::table();
        let path = Path::new("config");
        let mut mutator = Mutator::new(25);
        let (mut used, mut refused) = (0, 0);
        for _ in 0..500 {
            let mut mutant = mutator.mutant(&samples);
            mutant.truncate(2_000);
            match flags(&mutant, path, &mut table) {
                Ok(flags) => {
                    let lines = mutant.split(|&byte| byte == b'\n').count();
                    assert!(flags.len() <= lines);
                    used += 1;
                }
                Err(error) => {
                    let message = error.to_string();
                    assert!(message.starts_with("config:"), "{message}");
                    refused += 1;
                }
            }
        }
        assert!(used > 20 && refused > 100, "{used} {refused}");
    }

    #[test]
    fn a_config_file_with_more_lines_than_there_are_flags_by_far_is_refused() {
        let lines = |count: usize| "-n\n".repeat(count);
        let mut table = SearchArgs::table();
        let mut read = |text: &str| flags(text.as_bytes(), Path::new("config"), &mut table);
        assert_eq!(read(&lines(FLAGS_MAX)).unwrap().len(), FLAGS_MAX);
        let message = read(&lines(FLAGS_MAX + 1)).unwrap_err().to_string();
        assert_eq!(
            message,
            format!("config:1001: there are more than {FLAGS_MAX} flags; {WAY_OUT}")
        );
    }
}
