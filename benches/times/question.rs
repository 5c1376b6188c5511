//! The questions, and how each tool is asked.

use crate::texts::{FROM, UNTIL};

/// The form of the log that a tool reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Plain,
    Logfmt,
}

/// A question that several tools answer.
pub(crate) struct Question {
    pub(crate) title: &'static str,
    pub(crate) asked: &'static [Asked],
    /// Whether all tools must print as many lines.
    pub(crate) is_same: bool,
}

/// How one tool is asked.
pub(crate) struct Asked {
    /// The name of the program.
    pub(crate) tool: &'static str,
    /// What the tool does, where a tool is asked in several ways.
    pub(crate) way: &'static str,
    pub(crate) form: Form,
    /// Its arguments. `{log}` stands for the log, `{from}` and `{until}` for the window.
    pub(crate) args: &'static [&'static str],
}

/// The peers, with the argument that makes them print their version.
pub(crate) const PEERS: [(&str, &str); 5] = [
    ("hl", "--version"),
    ("lnav", "-V"),
    ("s4", "--version"),
    ("ag", "--version"),
    ("awk", "-W version"),
];

pub(crate) const QUESTIONS: [Question; 5] = [
    Question {
        title: "the lines of five minutes",
        is_same: true,
        asked: &[
            Asked {
                tool: "logscan",
                way: "",
                form: Form::Plain,
                args: &["--since={from}Z", "--until={until}Z", "", "{log}"],
            },
            Asked {
                tool: "s4",
                way: "",
                form: Form::Plain,
                args: &[
                    "--color=never",
                    "-a={from}+00:00",
                    "-b={until}+00:00",
                    "{log}",
                ],
            },
            Asked {
                tool: "lnav",
                way: "",
                form: Form::Plain,
                args: &[
                    "-n",
                    "-c",
                    ":hide-lines-before {from}",
                    "-c",
                    ":hide-lines-after {until}",
                    "{log}",
                ],
            },
            Asked {
                tool: "awk",
                way: "",
                form: Form::Plain,
                args: &[
                    "/^20/ { is_in = $1 >= \"{from}\" && $1 < \"{until}\" } is_in",
                    "{log}",
                ],
            },
        ],
    },
    Question {
        title: "the lines of five minutes of logfmt",
        is_same: true,
        asked: &[
            Asked {
                tool: "logscan",
                way: "",
                form: Form::Logfmt,
                args: &["--since={from}Z", "--until={until}Z", "", "{log}"],
            },
            Asked {
                tool: "hl",
                way: "",
                form: Form::Logfmt,
                args: &[
                    "--paging=never",
                    "--raw",
                    "--since={from}Z",
                    "--until={until}Z",
                    "{log}",
                ],
            },
        ],
    },
    Question {
        title: "errors per minute",
        is_same: false,
        asked: &[
            Asked {
                tool: "logscan",
                way: "",
                form: Form::Logfmt,
                args: &["--per=1m", "--format=csv", "level=error", "{log}"],
            },
            Asked {
                tool: "ag",
                way: "",
                form: Form::Logfmt,
                args: &[
                    "\"level=error\" | logfmt | timeslice(parseDate(time)) 1m | count by _timeslice",
                    "--file={log}",
                ],
            },
        ],
    },
    Question {
        title: "all lines per minute",
        is_same: false,
        asked: &[
            Asked {
                tool: "logscan",
                way: "",
                form: Form::Plain,
                args: &["--per=1m", "--format=csv", "", "{log}"],
            },
            Asked {
                tool: "lnav",
                way: "",
                form: Form::Plain,
                args: &[
                    "-n",
                    "-c",
                    ";SELECT timeslice(log_time, '1m') AS slice, count(*) FROM all_logs GROUP BY slice",
                    "-c",
                    ":write-csv-to -",
                    "{log}",
                ],
            },
        ],
    },
    Question {
        title: "errors, counted",
        is_same: false,
        asked: &[
            Asked {
                tool: "logscan",
                way: "lines",
                form: Form::Plain,
                args: &["-c", "ERROR", "{log}"],
            },
            Asked {
                tool: "logscan",
                way: "--records",
                form: Form::Plain,
                args: &["--records", "-c", "ERROR", "{log}"],
            },
        ],
    },
];

/// Fills the places of an argument.
pub(crate) fn filled(arg: &str, log: &str) -> String {
    arg.replace("{log}", log)
        .replace("{from}", FROM)
        .replace("{until}", UNTIL)
}
