//! The tools that are compared: logscan in each of its ways to read, and the peers that are
//! installed.
//!
//! Peers run with their fast settings: ripgrep without a configuration file, ugrep without Unicode
//! (`-U`), GNU grep in the C locale and without looking for binary data. A peer that is older than
//! the release to compare with is measured and shown. It is marked, and it does not count as the
//! best peer.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::bail;

use crate::{
    args::Args,
    log::Log,
    rows::{Input, Output, Row, Syntax, Who},
    run::Job,
};

/// One column of the table.
#[derive(Clone, Debug)]
pub(crate) struct Tool {
    pub(crate) name: String,
    pub(crate) family: Family,
    pub(crate) program: PathBuf,
    /// The arguments that come before those of a row.
    pub(crate) options: Vec<String>,
    /// The version that the tool prints.
    pub(crate) version: String,
    /// Whether the tool is older than the release to compare with.
    pub(crate) is_older: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    Logscan,
    Ripgrep,
    Ugrep,
    GnuGrep,
}

/// The name of a peer, and the version from which on it counts.
struct Known {
    command: &'static str,
    family: Family,
    since: [u32; 2],
    /// A text that its version must mention, because several tools share a name.
    mentions: &'static str,
    options: &'static [&'static str],
}

const KNOWN: [Known; 3] = [
    Known {
        command: "rg",
        family: Family::Ripgrep,
        since: [15, 2],
        mentions: "ripgrep",
        options: &["--no-config"],
    },
    Known {
        command: "ugrep",
        family: Family::Ugrep,
        since: [7, 8],
        mentions: "ugrep",
        options: &["-U"],
    },
    Known {
        command: "grep",
        family: Family::GnuGrep,
        since: [3, 8],
        mentions: "GNU grep",
        options: &["-a"],
    },
];

/// The tools to run, and a sentence for each missing peer.
pub(crate) struct Found {
    pub(crate) tools: Vec<Tool>,
    pub(crate) missing: Vec<String>,
}

/// Looks for all tools that `args` asks for.
pub(crate) fn find(args: &Args) -> anyhow::Result<Found> {
    let mut found = Found {
        tools: Vec::new(),
        missing: Vec::new(),
    };
    if is_wanted(args, "logscan") {
        found.tools = logscans(args)?;
    }
    for known in &KNOWN {
        let given = args
            .peers
            .iter()
            .rev()
            .find(|(name, _)| name == known.command);
        if !is_wanted(args, known.command) {
            continue;
        }
        let program = match given {
            Some((_, path)) => path.clone(),
            None => known.command.into(),
        };
        match (version(&program, known.mentions), given) {
            (Ok(version), _) => found.tools.push(Tool {
                name: known.command.into(),
                family: known.family,
                program,
                options: known.options.iter().map(ToString::to_string).collect(),
                is_older: number(&version).is_none_or(|number| number < known.since),
                version,
            }),
            (Err(error), Some(_)) => return Err(error),
            (Err(error), None) => found.missing.push(format!("{}: {error}", known.command)),
        }
    }
    Ok(found)
}

/// Returns whether `--tools` allows `name`.
pub(crate) fn is_wanted(args: &Args, name: &str) -> bool {
    args.tools.is_empty() || args.tools.iter().any(|tool| tool == name)
}

fn logscans(args: &Args) -> anyhow::Result<Vec<Tool>> {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_logscan"));
    let version = version(&program, "logscan")?;
    let threads = format!("--threads={}", args.threads);
    let mut columns = vec![
        ("logscan", vec![threads.clone()]),
        ("logscan --mmap", vec![threads.clone(), "--mmap".into()]),
        ("logscan --no-mmap", vec![threads, "--no-mmap".into()]),
    ];
    if args.single {
        columns.push(("logscan -j1", vec!["--threads=1".into()]));
    }
    let tool = |(name, options): (&str, Vec<String>)| Tool {
        name: name.into(),
        family: Family::Logscan,
        program: program.clone(),
        options,
        version: version.clone(),
        is_older: false,
    };
    Ok(columns.into_iter().map(tool).collect())
}

/// Returns the first line that `--version` prints.
fn version(program: &Path, mentions: &str) -> anyhow::Result<String> {
    let run = Command::new(program)
        .arg("--version")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output();
    let output = match run {
        Ok(output) => String::from_utf8_lossy(&output.stdout).into_owned(),
        Err(error) => bail!("cannot run {}: {error}", program.display()),
    };
    match output.lines().next() {
        Some(line) if line.contains(mentions) => Ok(line.into()),
        _ => bail!("{} is not {mentions}", program.display()),
    }
}

/// Returns the major and minor number in `version`: `[3, 8]` for "grep (GNU grep) 3.8".
pub(crate) fn number(version: &str) -> Option<[u32; 2]> {
    version.split_whitespace().find_map(|word| {
        let mut parts = word.split('.');
        let major = parts.next()?.parse().ok()?;
        let minor = parts.next()?.parse().ok()?;
        Some([major, minor])
    })
}

/// Returns how `tool` does `row` on `log`, or `None` if it cannot.
pub(crate) fn job(tool: &Tool, row: &Row, log: &Log) -> Option<Job> {
    let is_grep = matches!(tool.family, Family::Ugrep | Family::GnuGrep);
    let decodes = tool.family != Family::GnuGrep;
    if is_grep && row.who == Who::RipgrepOnly || !decodes && row.who == Who::Decoders {
        return None;
    }
    // Older releases decode only the first of several frames, or other formats.
    if tool.is_older && row.who == Who::Decoders {
        return None;
    }
    // A pipe, or compressed data, is read in one way, whatever the options ask for.
    let chooses_a_path = |option: &String| option == "--mmap" || option == "--no-mmap";
    let has_one_way = matches!(row.input, Input::Pipe | Input::Form(_));
    if has_one_way && tool.options.iter().any(chooses_a_path) {
        return None;
    }
    let mut args: Vec<OsString> = tool.options.iter().map(OsString::from).collect();
    if is_grep && row.syntax == Syntax::Extended {
        args.push("-E".into());
    }
    let row_args = match tool.family {
        Family::Ugrep | Family::GnuGrep => row.grep_args,
        Family::Ripgrep => row.rg_args,
        Family::Logscan => None,
    };
    let row_args = row_args.unwrap_or(row.args);
    for &arg in row_args {
        args.push(match arg {
            "{words}" => log.words.clone().into(),
            _ => arg.into(),
        });
    }
    args.push(match row.input {
        Input::Log => log.path.clone().into(),
        Input::Kilobyte => log.kilobyte.clone().into(),
        Input::Pipe => "-".into(),
        Input::Form(form) => log.form(form)?.0.clone().into(),
    });
    Some(Job {
        program: tool.program.clone(),
        args,
        env: match tool.family {
            Family::GnuGrep => vec![("LC_ALL", "C")],
            _ => Vec::new(),
        },
        stdin: (row.input == Input::Pipe).then(|| log.path.clone()),
        stdout: (row.output == Output::Tmpfs).then(|| log.output.clone()),
    })
}

/// Returns the command line of `job`, as a person would type it, with LOG and WORDS for the files.
pub(crate) fn command_line(job: &Job, log: &Log) -> String {
    let mut words: Vec<String> = job.env.iter().map(|(k, v)| format!("{k}={v}")).collect();
    let program = job.program.file_name().unwrap_or(job.program.as_os_str());
    words.push(program.to_string_lossy().into());
    for arg in &job.args {
        if let Some(form) = log.form_at(Path::new(arg)) {
            words.push(form.file_name().into());
            continue;
        }
        words.push(match arg {
            arg if arg == log.path.as_os_str() => "LOG".into(),
            arg if arg == log.kilobyte.as_os_str() => "KILOBYTE".into(),
            arg if arg == log.words.as_os_str() => "WORDS".into(),
            arg => quoted(&arg.to_string_lossy()),
        });
    }
    match (&job.stdin, &job.stdout) {
        (Some(_), _) => format!("cat LOG | {}", words.join(" ")),
        (None, Some(_)) => format!("{} > TMPFS", words.join(" ")),
        (None, None) => words.join(" "),
    }
}

fn quoted(arg: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_=./".contains(c);
    match arg.chars().all(is_plain) {
        true => arg.into(),
        false => format!("'{arg}'"),
    }
}
