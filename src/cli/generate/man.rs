//! The man page: clap's table of flags, between sections that say what a table cannot.

use clap::{Command, CommandFactory};
use clap_mangen::{
    Man,
    roff::{Inline, Roff, bold, italic, roman},
};

use crate::cli::{
    args::SearchArgs, compare::CompareArgs, monitor::MonitorArgs, templates::TemplatesArgs,
    triage::TriageArgs,
};

const DESCRIPTION: [&str; 4] = [
    "logscan prints the lines of FILEs that match a regular expression, as grep(1) does. It cuts even a single file \
     into chunks on line borders and searches them with all cores; what it prints is the same, byte for byte and in \
     the same order, as a single thread would print.",
    "A line is what stands before a line feed, without one carriage return before it. Each line is searched for \
     itself: ^ and $ are its ends, and nothing matches across lines. NUL bytes and bytes that are not UTF-8 change \
     nothing.",
    "A regular file is mapped into memory or read at several positions at once; pipes, devices and other files are \
     read from front to back, and complete lines are searched as soon as they arrive. A standard input that is a \
     regular file is searched from its current position.",
    "Results go to standard output, and everything else goes to standard error.",
];

const COMPARE: [&str; 4] = [
    "logscan compare runs the same search on the mapped path and on the read() path, in turns, in one process, and says \
     which is faster on this machine, by how much, how sure that is, and why. It takes the flags that choose what matches. \
     Every trial must find the same hits in the same places; if two differ, or if the file changes meanwhile, no times are \
     shown and the exit status is 2.",
    "The ratio is the median of the ratios of the pairs, with a 95 % interval from 6 pairs on. If the interval includes 1, \
     no difference was found. Beside the paths two limits are measured: touching the mapping, and reading without \
     searching; no search of that path can be faster.",
    "With --baseline each path's time, as a multiple of its limit's, is compared with an older report: the exit status is \
     1 if all of the 95 % interval of the change is beyond --max-regression, and 2 if it cannot be told.",
    "The JSON report has a schema number, and later versions read older ones. Its fields are those of \
     logscan::compare::Report in the documentation of the library.",
];

const TEMPLATES: [&str; 3] = [
    "logscan templates LOG... prints what kinds of lines there are, with counts. What varies in a line is masked: \
     numbers, addresses, paths, times. Lines that are the same but for that are one template, and where many words \
     occur in one place of otherwise equal lines, that place is masked too. There are no settings for a kind of log. \
     Time, level, process, thread and component at the start of a line are told from its message and do not count. \
     JSON and logfmt lines are told apart by their keys and their message.",
    "The table has how many lines there are of a template, their share, where the first and the last stand, and its \
     text. It is the same for any number of threads. The exit status is 0 if something was printed, 1 if not, 2 if \
     there was trouble.",
    "These flags are its own; those for input and messages are the same as in a search.",
];

const TRIAGE: [&str; 3] = [
    "logscan triage LOG... says why a build failed: the likely cause first, with its lines, then the other distinct \
     findings. It knows the logs of GitHub Actions, GitLab, Travis CI, Jenkins, Azure Pipelines, Buildkite, CircleCI and \
     Zuul, the usual compilers, test runners, linters and package managers, and what machines say when they give up. \
     LOG may be a file, a directory or the zip that GitHub offers: several logs are steps of one build.",
    "Each finding says why it is there: the rule that found it, the step, whether it is new since --baseline. The exit \
     status is 0 if something was found, 1 if not, 2 if there was trouble.",
    "These are its flags; --threads and --progress are the same as in a search.",
];

const MONITOR: [&str; 4] = [
    "With --board FILE a search says on a board, a small file, how far it is. logscan monitor BOARD... shows that in any \
     other process, also in another container that shares the volume: a bar, the speed, the time that is left, hits, \
     and what each worker does. It tells a search that has finished from one that was interrupted, has failed, was \
     killed (crashed), or has done nothing for ten seconds (stalled). It maps the board for reading only, so it can \
     neither change nor hold up a search. In /dev/shm a board costs no disk.",
    "With --continue a search goes on where the last one on the same board has ended. A checkpoint moves only after the \
     output before it was written. So every line is found exactly once if searches end in order, also by SIGINT; after \
     SIGKILL or a crash what was written since the last checkpoint is written again: of one chunk at the most, or of \
     the whole search with --count and other results that are printed at the end. After a power cut the board is \
     valid, and the output is as safe as its receiver made it.",
    "A rotated log is recognised by the 4 KiB at its start and the 4 KiB before the checkpoint, whatever its inode. A log \
     that was empty when it was searched last, or held only what every new one begins with, leaves nothing to recognise \
     a copy of it by. If the old log is gone or \
     compressed, a message says how much could not be searched, and the exit status is 2. 1 means that nothing new \
     matched.",
    "--json prints an object for each board, with a schema number, status (running, stalled, finished, interrupted, \
     failed, crashed), exit_status, name, search, process_id, inputs, bytes_total (null if it is not known), bytes_done, \
     hits, notes, elapsed_seconds, silent_seconds, the bytes of each of the workers, and the checkpoint.",
];

const CONFIG_FILE: [&str; 4] = [
    "Flags for every search can be kept in a file: the one that LOGSCAN_CONFIG names, or else logscan/config in the \
     platform's folder for such files: $XDG_CONFIG_HOME, which is ~/.config unless it is set, and %APPDATA% on Windows. \
     Its flags stand before those of the command line, so that the latter win, and every flag can be taken back there: \
     --no-max-columns, --no-ignore-case and so on.",
    "Each line is one flag, with its value if it has one: --max-columns=150. Blanks around it are dropped; nothing else is \
     taken apart, so there are no quotes. Empty lines and those that begin with # are comments. A line that is no flag, \
     such as a pattern or a file without a flag in front, is an error.",
    "If the file cannot be read, or a line is wrong, nothing is searched and the exit status is 2. A file that is not there \
     is none, unless LOGSCAN_CONFIG names it.",
    "Only searches read it: compare, templates, triage, monitor and generate do not.",
];

const EXIT_STATUS: [(&str, &str); 4] = [
    (
        "0",
        "A line was found. With --files-without-match too, as in grep.",
    ),
    (
        "1",
        "No line was found. Of compare: a path has become slower than is allowed.",
    ),
    (
        "2",
        "There was trouble, whether or not lines were found: a wrong argument, a file that could not be read, or \
         results that are not complete, which a message explains. With --quiet a hit gives 0 even so. What was cut by \
         request (--max-count, --last, --max-columns, --byte-range, --tally) is no trouble, nor is a closed pipe.",
    ),
    (
        "130, 143",
        "SIGINT (Ctrl-C) or SIGTERM ended the search. Everything found up to then is printed, in order, and a message \
         tells the byte up to which the results are complete. While nobody reads the results that has to wait; a \
         second signal ends logscan at once. A signal that was ignored when logscan was started stays ignored.",
    ),
];

const ENVIRONMENT: [(&str, &str); 4] = [
    (
        "LOGSCAN_CONFIG",
        "The config file. If it is set and empty, there is none.",
    ),
    (
        "GREP_COLORS",
        "The colours of matches, file names, numbers and separators, as in GNU grep.",
    ),
    (
        "NO_COLOR",
        "If it is set and not empty, --color=auto means never.",
    ),
    ("TERM", "If it is dumb, --color=auto means never."),
];

const EXAMPLES: [(&str, &str); 13] = [
    ("logscan --pattern ERROR huge.log", "The lines with ERROR."),
    (
        "logscan -n ERROR --not healthcheck --and 'db[0-9]' app.log",
        "The lines with ERROR and the name of a database, but no healthchecks, with line numbers.",
    ),
    (
        "logscan --last 20 -C 3 'panicked at' app.log",
        "The last 20 panics with their surroundings, without reading the whole file.",
    ),
    (
        "logscan -c --by-pattern -e timeout -e refused -e reset app.log",
        "How many lines match each of three patterns, in one pass.",
    ),
    (
        "logscan -o 'user=(\\w+)' -r '$1' --tally=10 app.log",
        "The ten users that occur most often.",
    ),
    (
        "logscan --byte-range 100G:200G -c ERROR huge.log",
        "One machine's share of a file that several search.",
    ),
    (
        "tail -f app.log | logscan ERROR",
        "Each hit as soon as it is written.",
    ),
    (
        "logscan compare -e ERROR huge.log --export-html report.html",
        "Is mapping faster than reading here? With a page of charts.",
    ),
    (
        "logscan templates --diff green.log red.log",
        "What kinds of lines are new, gone, more or less frequent.",
    ),
    (
        "logscan triage --baseline green.log red.log",
        "Why a build failed, and what is new since the last good one.",
    ),
    (
        "logscan --board /var/tmp/app.board --continue -n ERROR /var/log/app.log",
        "The errors since the last time: for cron.",
    ),
    (
        "logscan monitor /var/tmp/*.board",
        "How far searches in other processes are.",
    ),
    ("logscan generate man | man -l -", "This page."),
];

/// The page, as roff.
pub(super) fn page() -> Vec<u8> {
    let man = Man::new(SearchArgs::command());
    let mut text = Vec::new();
    let sections = [
        man.render_title(&mut text),
        man.render_name_section(&mut text),
        synopsis().to_writer(&mut text),
        prose("DESCRIPTION", &DESCRIPTION).to_writer(&mut text),
        man.render_options_section(&mut text),
        command("COMPARE", &COMPARE, &CompareArgs::command()).to_writer(&mut text),
        command("TEMPLATES", &TEMPLATES, &TemplatesArgs::command()).to_writer(&mut text),
        command("TRIAGE", &TRIAGE, &TriageArgs::command()).to_writer(&mut text),
        command("MONITOR", &MONITOR, &MonitorArgs::command()).to_writer(&mut text),
        prose("CONFIG FILE", &CONFIG_FILE).to_writer(&mut text),
        terms("EXIT STATUS", &EXIT_STATUS).to_writer(&mut text),
        terms("ENVIRONMENT", &ENVIRONMENT).to_writer(&mut text),
        terms("EXAMPLES", &EXAMPLES).to_writer(&mut text),
    ];
    sections
        .into_iter()
        .collect::<Result<(), _>>()
        .expect("a Vec takes every write");
    text
}

fn synopsis() -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", ["SYNOPSIS"]);
    let usages: [&[Inline]; 7] = [
        &[
            bold("logscan"),
            roman(" [OPTIONS] "),
            bold("--pattern "),
            italic("REGEX"),
            roman(" [FILE]..."),
        ],
        &[
            bold("logscan"),
            roman(" [OPTIONS] "),
            italic("REGEX FILE"),
            roman("..."),
        ],
        &[
            bold("logscan compare"),
            roman(" [OPTIONS] "),
            bold("--pattern "),
            italic("REGEX FILE"),
        ],
        &[
            bold("logscan templates"),
            roman(" [OPTIONS] "),
            italic("LOG"),
            roman("..."),
        ],
        &[
            bold("logscan triage"),
            roman(" [OPTIONS] "),
            italic("LOG"),
            roman("..."),
        ],
        &[
            bold("logscan monitor"),
            roman(" [OPTIONS] "),
            italic("BOARD"),
            roman("..."),
        ],
        &[
            bold("logscan generate man"),
            roman(" | "),
            bold("bash"),
            roman(" | "),
            bold("zsh"),
            roman(" | "),
            bold("fish"),
            roman(" | "),
            bold("powershell"),
        ],
    ];
    for usage in usages {
        roff.text(usage).control("br", []);
    }
    roff
}

fn prose(heading: &str, paragraphs: &[&str]) -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", [heading]);
    for paragraph in paragraphs {
        roff.control("PP", []).text([roman(*paragraph)]);
    }
    roff
}

/// What a command does, with those of its flags that a search does not have.
fn command(title: &str, paragraphs: &[&str], command: &Command) -> Roff {
    let mut roff = prose(title, paragraphs);
    let search = SearchArgs::command();
    let is_shared = |flag: &clap::Arg| {
        let mut others = search.get_arguments();
        others.any(|other| other.get_id() == flag.get_id() && other.get_help() == flag.get_help())
    };
    for flag in command.get_arguments() {
        let Some(name) = flag.get_long().filter(|_| !is_shared(flag)) else {
            continue;
        };
        let mut term = vec![bold(format!("--{name}"))];
        if flag.get_action().takes_values()
            && let Some([value]) = flag.get_value_names()
        {
            term.extend([roman(" "), italic(value.to_string())]);
        }
        let help = flag.get_long_help().or(flag.get_help());
        let help = help.map_or(String::new(), ToString::to_string);
        let text = help.replacen("\n\n", ". ", 1).replace('\n', " ");
        roff.control("TP", []).text(term).text([roman(text)]);
    }
    roff
}

fn terms(heading: &str, terms: &[(&str, &str)]) -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", [heading]);
    for (term, meaning) in terms {
        roff.control("TP", [])
            .text([bold(*term)])
            .text([roman(*meaning)]);
    }
    roff
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_its_sections_and_every_flag() {
        let page = String::from_utf8(page()).unwrap();
        for section in [
            "NAME",
            "SYNOPSIS",
            "DESCRIPTION",
            "PATTERNS",
            "COMPARE",
            "\"CONFIG FILE\"",
            "\"EXIT STATUS\"",
            "EXAMPLES",
            "TEMPLATES",
            "MONITOR",
        ] {
            assert!(page.contains(&format!(".SH {section}\n")), "{section}");
        }
        let (search, compare) = (SearchArgs::command(), CompareArgs::command());
        for flag in search
            .get_arguments()
            .chain(compare.get_arguments())
            .filter(|flag| !flag.is_hide_set())
            .filter_map(|flag| flag.get_long())
        {
            assert!(
                page.contains(&format!("\\-\\-{}", flag.replace('-', "\\-"))),
                "{flag}"
            );
        }
    }
}
