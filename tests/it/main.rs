//! Black-box tests: the built `logscan`, its arguments, its files and pipes, and what comes out.
//!
//! They are written from what is promised (the issue, DESIGN.md, GNU grep's own output) and know
//! nothing of the code. One binary, so that it is linked once. `LOGSCAN_REQUIRE=grep,rg,script`
//! makes a missing outside tool a failure.

/// Remembers what is skipped.
#[cfg(test)] // Clippy lets tests print.
#[path = "../skips/record.rs"]
mod record;
/// Says what was skipped.
#[path = "../skips/report.rs"]
mod report;

/// Archives: their members are the files of a folder, as far as anybody can see.
mod archives;
/// Attacks from outside, at random: nothing is lost, doubled or invented in silence.
#[cfg(all(target_os = "linux", target_env = "gnu", target_pointer_width = "64"))]
// As the library of `faults` wants it.
mod attack;
/// Boards: searches watched by other processes, killed, and gone on with.
mod board;
/// `--budget`: what fits, of searches and of templates.
mod budget;
/// Triage in CI: the action, the GitLab component and the examples of the page, run as their
/// runners do.
mod ci;
/// `logscan compare`: its report and exports, its refusals, and its judgement against a baseline.
mod compare;
/// The completions, in the shells that load them.
mod completions;
/// Compressed logs, and those in UTF-16: what their text gives, and what is said of damage.
mod compressed;
/// The config file: the same as its flags on the command line, and what is wrong with it.
mod config;
/// Lines with secrets, and lines that only look like it.
#[path = "../redact/corpus.rs"]
mod corpus;
/// `logscan digest`: one page about a log.
mod digest;
/// README.md and docs/: their examples are run, their links lead somewhere, the flags that they
/// name are there.
mod documents;
/// The programs of examples/, against a naive oracle.
mod examples;
/// What goes wrong outside: disks, full devices, logs that change. Nothing is invented, and what is
/// lost is said.
#[cfg(all(target_os = "linux", target_env = "gnu", target_pointer_width = "64"))]
// As its library in C wants it.
mod faults;
/// `--where`, `--select`, `--count-by`, `--agg`, `logscan fields`: questions about fields.
mod fields;
/// What flags do that GNU grep does not have.
mod flags;
/// Folders: which files below are searched, in which order, and what is said of the others.
mod folders;
/// What is no plain text: told, not searched, and the rest goes on; and byte order marks, which are
/// no text.
mod formats;
/// The same flags, the same files: the bytes and the status must be those of GNU grep.
mod grep;
/// The help, the man page, the completions.
mod help;
/// What is said about mistakes and habits from other tools: bad values, foreign flags, names that
/// are no files.
mod hints;
/// Lines, names and patterns of a hostile party, in all that is printed.
mod hostile;
/// Files, pipes, devices, ranges and limits: what is searched, on every path.
mod input;
/// How lines are laid out: headings, trimming, long lines, --passthru, and which counts are
/// printed.
mod layout;
/// `logscan mcp`: sessions of JSON-RPC, and a client that others wrote.
mod mcp;
/// The files of one rotated log as one log: their order, and what is said of it.
mod merge;
mod one_log;
/// The web page of `logscan compare`, in a browser.
mod page;
/// The picture in README.md, made of what the program prints.
mod per;
mod picture;
/// `--records`: a line with what belongs to it is one.
mod records;
/// `--redact`: no secret is printed, in any format.
mod redact;
/// Ctrl-C and SIGTERM: what was found is printed, in order, and the status says that it is not all.
#[cfg(target_os = "linux")] // /proc tells when a program is where a signal should hit it.
mod signals;
/// What is skipped is said in the end.
mod skips;
/// Hits come out at once, memory stays small, and a closed pipe is the end.
mod streaming;
/// Temp dirs, running programs, and failures that say everything.
mod support;
/// The kinds of lines: tables, identifiers, comparisons.
mod templates;
/// What a terminal gets: nothing from a log that acts on it.
mod terminal;
/// Lines of some times: every kind of input, zones, and what is wrong with what was asked.
mod times;
/// What is made of a text before it is searched: colours, lines, encodings.
mod transforms;
/// Why a build failed: files, directories, zips and pipes, all formats, exit status.
mod triage;
/// What Windows does in a way of its own: names, sharing, memory with a name.
#[cfg(windows)]
mod windows;
