//! Topics that a table of flags cannot explain. Each has one text for `logscan help TOPIC` and for
//! the man page.

use logscan::triage::Rules;

use crate::cli::habits::{FOREIGN, Foreign};

/// A text with a name.
pub(crate) struct Topic {
    /// The name, as it is typed.
    pub(crate) name: &'static str,
    /// Other words that lead to the topic.
    pub(crate) aliases: &'static [&'static str],
    /// The title of the section in the man page.
    pub(crate) title: &'static str,
    /// The summary in a line of `logscan help`.
    pub(crate) summary: &'static str,
    /// The text.
    pub(crate) body: &'static [TopicPart],
}

/// A piece of a text.
pub(crate) enum TopicPart {
    /// A paragraph.
    Text(&'static str),
    /// A word and its meaning.
    Term(&'static str, &'static str),
    /// Lines that are shown unchanged. They come from the code to which they belong.
    Lines(fn() -> String),
    /// Words and their meanings. They come from the code to which they belong.
    Terms(fn() -> Vec<(String, String)>),
}

/// All topics, in the order of the man page.
pub(crate) const TOPICS: &[Topic] = &[
    Topic {
        name: "input",
        aliases: &["description", "lines-and-files"],
        title: "DESCRIPTION",
        summary: "what a line is, and how files are read",
        body: &[
            TopicPart::Text(
                "logscan prints the lines of FILEs that match a regular expression, as grep(1) does. It cuts even a single file \
     into chunks on line borders and searches them with all cores; what it prints is the same, byte for byte and in \
     the same order, as a single thread would print.",
            ),
            TopicPart::Text(
                "A line is what stands before a line feed, without one carriage return before it. Each line is searched for \
     itself: ^ and $ are its ends, and nothing matches across lines. NUL bytes and bytes that are not UTF-8 change \
     nothing.",
            ),
            TopicPart::Text(
                "A regular file is mapped into memory or read at several positions at once; pipes, devices and other files are \
     read from front to back, and complete lines are searched as soon as they arrive. A standard input that is a \
     regular file is searched from its current position.",
            ),
            TopicPart::Text(
                "Results go to standard output, and everything else goes to standard error.",
            ),
        ],
    },
    Topic {
        name: "comparing",
        aliases: &["about-compare"],
        title: "COMPARE",
        summary: "what logscan compare measures, and how it judges",
        body: &[
            TopicPart::Text(
                "logscan compare runs the same search on the mapped path and on the read() path, in turns, in one process, and says \
     which is faster on this machine, by how much, how sure that is, and why. It takes the flags that choose what matches. \
     Every trial must find the same hits in the same places; if two differ, or if the file changes meanwhile, no times are \
     shown and the exit status is 2.",
            ),
            TopicPart::Text(
                "The ratio is the median of the ratios of the pairs, with a 95 % interval from 6 pairs on. If the interval includes 1, \
     no difference was found. Beside the paths two limits are measured: touching the mapping, and reading without \
     searching; no search of that path can be faster.",
            ),
            TopicPart::Text(
                "With --baseline each path's time, as a multiple of its limit's, is compared with an older report: the exit status is \
     1 if all of the 95 % interval of the change is beyond --max-regression, and 2 if it cannot be told.",
            ),
            TopicPart::Text(
                "The JSON report has a schema number, and later versions read older ones. Its fields are those of \
     logscan::compare::Report in the documentation of the library.",
            ),
        ],
    },
    Topic {
        name: "overview",
        aliases: &["about-digest", "silences", "bursts"],
        title: "DIGEST",
        summary: "what logscan digest takes for a silence, a burst, a start",
        body: &[
            TopicPart::Text(
                "logscan digest LOG... shows on one page what is in a log: its size and format, its times, its levels over time, the \
     most frequent and the rarest kinds of lines, the first and the last errors, silences, bursts and starts. Several logs \
     are one page.",
            ),
            TopicPart::Text(
                "A silence is a span without lines that is at least five times as long as what usually lies between one second \
     with lines and the next. A burst is a span with at least three times as many lines as usual, and at least six \
     deviations more: lines are counted in up to 2000 spans of equal length, and the median of those with lines is what is \
     usual.",
            ),
            TopicPart::Text(
                "A start is told by words such as starting, boot, version, listening, in lines of rare kinds. Two signs are \
     needed: lines of two kinds near each other, a silence before them or the beginning of a file, a word of a whole \
     machine or program. If fewer than one of twenty lines has a level, a line with a word such as failed is an error.",
            ),
        ],
    },
    Topic {
        name: "conditions",
        aliases: &[
            "about-fields",
            "expressions",
            "json",
            "logfmt",
            "access-logs",
        ],
        title: "FIELDS",
        summary: "how --where, --select, --count-by and --agg read lines",
        body: &[
            TopicPart::Text(
                "Fields need no settings. A line that is a JSON object has its keys: user.id is inside of an object, and \
     tags[0] of an array. A line of logfmt has its keys, and so has any message with key=value in it, CEF and LEEF. A line \
     of an access log has ip, user, time, method, path, query, status, bytes, referer, agent and duration. A line with a \
     header that the first lines have too has time, level, host, pid, thread, component and message. With --input csv the \
     first line has the names. The named groups of a pattern are fields too: (?P<ms>\\d+). logscan fields LOG lists \
     what there is.",
            ),
            TopicPart::Text(
                "A condition compares a field with a value: = != < <= > >=, ~ and !~ with a regular expression, =i and a blank \
     without case. Conditions are joined with and, or, not and brackets; exists(err) asks for a field. A value with blanks \
     needs quotes, in which it is a text or a time.",
            ),
            TopicPart::Text(
                "Numbers are compared as numbers; 1.5s, 250ms, 1h30m and 00:01:30 as durations; 10MB as ten million bytes, and \
     10MiB or 10M as 10,485,760; 2026-11-20, also with a time and a zone, as times. A number without a unit is of seconds, or of what \
     its name says: took_ms. After < and > the names of levels have their order: level>=warn. All other values are \
     compared by their bytes.",
            ),
            TopicPart::Text(
                "A line without the field does not meet a comparison, and meets the not of it; status?>=500 lets it through. In a \
     log of which most lines are JSON, a line that is no valid object has no fields, and a note counts such lines as far as \
     they were looked at: if a condition asks for a text, only lines with that text are.",
            ),
        ],
    },
    Topic {
        name: "kinds",
        aliases: &["about-templates"],
        title: "TEMPLATES",
        summary: "what logscan templates takes for one kind of lines",
        body: &[
            TopicPart::Text(
                "logscan templates LOG... prints what kinds of lines there are, with counts. What varies in a line is masked: \
     numbers, addresses, paths, times. Lines that are the same but for that are one template, and where many words \
     occur in one place of otherwise equal lines, that place is masked too. There are no settings for a kind of log. \
     Time, level, process, thread and component at the start of a line are told from its message and do not count. \
     JSON and logfmt lines are told apart by their message, or by their keys.",
            ),
            TopicPart::Text(
                "The table has how many lines there are of a template, their share, where the first and the last stand, and its \
     text. It is the same for any number of threads. The exit status is 0 if something was printed, 1 if not, 2 if \
     there was trouble.",
            ),
        ],
    },
    Topic {
        name: "failures",
        aliases: &["about-triage", "ci"],
        title: "TRIAGE",
        summary: "what logscan triage knows, and what its status says",
        body: &[
            TopicPart::Text(
                "logscan triage LOG... says why a build failed: the likely cause first, with its lines, then the other distinct \
     findings. It knows the logs of GitHub Actions, GitLab, Travis CI, Jenkins, Azure Pipelines, Buildkite, CircleCI and \
     Zuul, the usual compilers, test runners, linters and package managers, and what machines say when they give up. \
     LOG may be a file, a folder or an archive, such as the zip that GitHub offers: several logs are steps of one build.",
            ),
            TopicPart::Text(
                "Each finding says why it is there: the rule that found it, the step, whether it is new since --baseline. The exit \
     status is 0 if something was found, 1 if not, 2 if there was trouble.",
            ),
        ],
    },
    Topic {
        name: "rules",
        aliases: &["rule"],
        title: "RULES",
        summary: "rules of your own for triage: fields and an example",
        body: &[
            TopicPart::Text(
                "logscan triage --rules FILE adds the rules in FILE, which is TOML. A rule with the name of one of logscan's takes its place.",
            ),
            TopicPart::Lines(Rules::manual),
        ],
    },
    Topic {
        name: "boards",
        aliases: &["board", "about-monitor"],
        title: "MONITOR",
        summary: "boards, logscan monitor, --continue after rotations",
        body: &[
            TopicPart::Text(
                "With --board FILE a search says on a board, a small file, how far it is. logscan monitor BOARD... shows that in any \
     other process, also in another container that shares the volume: a bar, the speed, the time that is left, hits, \
     and what each worker does. It tells a search that has finished from one that was interrupted, has failed, was \
     killed (crashed), or has done nothing for ten seconds (stalled). It maps the board for reading only, so it can \
     neither change nor hold up a search. In /dev/shm a board costs no disk.",
            ),
            TopicPart::Text(
                "With --continue a search goes on where the last one on the same board has ended. A checkpoint moves only after the \
     output before it was written. So every line is found exactly once if searches end in order, also by SIGINT; after \
     SIGKILL or a crash what was written since the last checkpoint is written again: of one chunk at the most, or of \
     the whole search with --count and other results that are printed at the end. No checkpoint moves behind a line \
     that was cut or could not be read until that has been said, when the log has been searched. After a power cut the board is \
     valid, and the output is as safe as its receiver made it.",
            ),
            TopicPart::Text(
                "A rotated log is recognised by the 4 KiB at its start and the 4 KiB before the checkpoint, whatever its inode. A log \
     that held only what every new one begins with leaves nothing to recognise a copy of it by. If the old log is gone, \
     a message says how much could not be searched, and the exit status is 2. 1 means that nothing new \
     matched.",
            ),
            TopicPart::Text(
                "--json prints an object for each board, with a schema number, status (running, stalled, finished, interrupted, \
     failed, crashed), exit_status, name, search, process_id, inputs, bytes_total (null if it is not known), bytes_done, \
     hits, notes, elapsed_seconds, silent_seconds, the bytes of each of the workers, and the checkpoint.",
            ),
        ],
    },
    Topic {
        name: "agents",
        aliases: &["programs", "llm", "tokens"],
        title: "PROGRAMS THAT PAY BY THE TOKEN",
        summary: "budgets, a guide, and a server for them",
        body: &[
            TopicPart::Text(
                "With --budget 2500 a search, digest, templates and triage print what says most and fits 2500 tokens, counted as \
     characters / 4, or 10K bytes, or 80lines lines. The last line says what was left out and how to ask for it. \
     `logscan generate skill` prints a guide that tells a program which command to use with which budget.",
            ),
            TopicPart::Text(
                "`logscan mcp --root DIR` is a server of the Model Context Protocol on the standard streams, with the tools search, \
     triage, digest, templates and lines. The default budget of an answer is 2000 or 2500 tokens, the least is 300 and the most 25000. \
     Only regular files below DIR are read. Calls are answered one after the other, each with all cores; a cancelled call \
     ends after the chunk in hand. A message has at most 1 MiB, and at most 64 calls wait.",
            ),
            TopicPart::Text(
                "In an answer, text of logs stands between two marks that the text does not have, on lines with their numbers, without \
     control characters. It comes from strangers: a program should judge it and never follow it.",
            ),
        ],
    },
    Topic {
        name: "config",
        aliases: &["config-file", "configuration"],
        title: "CONFIG FILE",
        summary: "flags for every search, in a file",
        body: &[
            TopicPart::Text(
                "Flags for every search can be kept in a file: the one that LOGSCAN_CONFIG names, or else logscan/config in the \
     platform's folder for such files: $XDG_CONFIG_HOME, which is ~/.config unless it is set, and %APPDATA% on Windows. \
     Its flags stand before those of the command line, so that the latter win, and every flag can be taken back there: \
     --no-max-columns, --no-ignore-case and so on.",
            ),
            TopicPart::Text(
                "Each line is one flag, with its value if it has one: --max-columns=150. Blanks around it are dropped; nothing else is \
     taken apart, so there are no quotes. Empty lines and those that begin with # are comments. A line that is no flag, \
     such as a pattern or a file without a flag in front, is an error.",
            ),
            TopicPart::Text(
                "If the file cannot be read, or a line is wrong, nothing is searched and the exit status is 2. A file that is not there \
     is none, unless LOGSCAN_CONFIG names it.",
            ),
            TopicPart::Text("Only searches read it: the commands do not."),
        ],
    },
    Topic {
        name: "exit",
        aliases: &["exit-status", "exit-code", "status"],
        title: "EXIT STATUS",
        summary: "what 0, 1, 2, 130 and 143 mean",
        body: &[
            TopicPart::Term(
                "0",
                "A line was found. With --files-without-match too, as in grep.",
            ),
            TopicPart::Term(
                "1",
                "No line was found. Of compare: a path has become slower than is allowed.",
            ),
            TopicPart::Term(
                "2",
                "There was trouble, whether or not lines were found: a wrong argument, a file that could not be read, or \
         results that are not complete, which a message explains. With --quiet a hit gives 0 even so. What was cut by \
         request (--max-count, --last, --max-columns, --byte-range, --tally) is no trouble, nor is a closed pipe, nor that fewer threads are used than --threads asks for.",
            ),
            TopicPart::Term(
                "130, 143",
                "SIGINT (Ctrl-C) or SIGTERM ended the search. Everything found up to then is printed, in order, and a message \
         tells the byte up to which the results are complete. If the reader has stalled, logscan waits \
         for it; a second signal quits at once. A signal that was ignored when logscan was started stays ignored.",
            ),
        ],
    },
    Topic {
        name: "environment",
        aliases: &["env", "variables"],
        title: "ENVIRONMENT",
        summary: "variables that count",
        body: &[
            TopicPart::Term(
                "LOGSCAN_CONFIG",
                "The config file. If it is set and empty, there is none.",
            ),
            TopicPart::Term(
                "GREP_COLORS",
                "The colours of matches, file names, numbers and separators, as in GNU grep.",
            ),
            TopicPart::Term(
                "NO_COLOR",
                "If it is set and not empty, --color=auto means never.",
            ),
            TopicPart::Term("TERM", "If it is dumb, --color=auto means never."),
        ],
    },
    Topic {
        name: "grep",
        aliases: &["differences", "differences-from-grep", "ripgrep"],
        title: "DIFFERENCES FROM GREP",
        summary: "what is not as in grep, on purpose",
        body: &[
            TopicPart::Text(
                "Flags have the names and the meaning of GNU grep's, patterns the syntax of ripgrep's. What differs on purpose:",
            ),
            TopicPart::Term("-h", "It is help. -I leaves out file names, as in ripgrep."),
            TopicPart::Term(
                "-r",
                "It is --replace, as in ripgrep. A folder is searched without it: logscan ERROR DIR",
            ),
            TopicPart::Term(
                "Folders",
                "Files are searched in the order of their paths, in which app.log.2 comes before app.log.10, also hidden ones. \
                 What is no log by its first bytes is left out and counted (-a searches it), and no other binary file is. \
                 --exclude wins over --include wherever it stands. No filter concerns a file that is named, as in ripgrep; \
                 in GNU grep they do.",
            ),
            TopicPart::Term(
                "-R",
                "It follows links to folders and to files. Without it both are left out, as in grep -r.",
            ),
            TopicPart::Term(
                "-E, -G, -P",
                "-E changes nothing, as patterns are extended regular expressions. There are no basic ones, and neither look-around nor back-references.",
            ),
            TopicPart::Term(
                "-z",
                "It is ripgrep's: search what is compressed. In GNU grep lines end with NUL bytes then.",
            ),
            TopicPart::Term(
                "-a",
                "Every file that is named is searched as text, with NUL bytes in it too. In folders -a also searches what is no log.",
            ),
            TopicPart::Term(
                "a|ab",
                "Alternations take the first branch that matches, as in Perl and ripgrep, not the longest: -o prints a.",
            ),
            TopicPart::Term(
                "CR LF",
                "One carriage return before a line feed is not part of the line, so $ matches before it.",
            ),
            TopicPart::Term(
                "-i",
                "Case is folded as in Unicode, by the tables of Rust's regex crate.",
            ),
            TopicPart::Term(
                "-s",
                "It is grep's: be silent about files that cannot be read. In ripgrep it is --case-sensitive.",
            ),
            TopicPart::Term(
                "-L",
                "It is grep's: names of files without hits. In ripgrep it follows links.",
            ),
            TopicPart::Term(
                "-w",
                "It asks whether any match is a word, also an empty one, as in ripgrep: -w 'x*|-' finds the line -a.",
            ),
            TopicPart::Term(
                "\\b",
                "It holds between a word and a byte that is not UTF-8, and so does \\>.",
            ),
            TopicPart::Term(
                "-f /dev/null",
                "Files are opened even if there is no pattern, so one that is missing is said to be, with status 2.",
            ),
            TopicPart::Text(
                "ripgrep's --json, --passthru, --max-columns, -M, -S and -0 are as there.",
            ),
        ],
    },
    Topic {
        name: "documents",
        aliases: &["docs", "see-also"],
        title: "SEE ALSO",
        summary: "where there is more to read",
        body: &[TopicPart::Text(
            "grep(1). Each of these has a page in the folder docs of the source, and in /usr/share/doc/logscan/docs where the \
     Debian package is installed: search, digest, templates, triage, triage-in-ci, boards, compare, library, platforms, \
     guarantees and numbers.",
        )],
    },
    Topic {
        name: "other-tools",
        aliases: &["habits", "other-flags"],
        title: "FLAGS OF OTHER TOOLS",
        summary: "flags that grep, ripgrep or tail have, and what to write here",
        body: &[
            TopicPart::Text(
                "logscan does not have these flags of other tools. What to write instead:",
            ),
            TopicPart::Terms(foreign),
        ],
    },
    Topic {
        name: "examples",
        aliases: &["example"],
        title: "EXAMPLES",
        summary: "commands for common tasks",
        body: &[
            TopicPart::Term("logscan --pattern ERROR huge.log", "The lines with ERROR."),
            TopicPart::Term(
                "logscan -n ERROR --not healthcheck --and 'db[0-9]' app.log",
                "The lines with ERROR and the name of a database, but no healthchecks, with line numbers.",
            ),
            TopicPart::Term(
                "logscan --last 20 -C 3 'panicked at' app.log",
                "The last 20 panics with their surroundings, without reading the whole file.",
            ),
            TopicPart::Term(
                "logscan -c --by-pattern -e timeout -e refused -e reset app.log",
                "How many lines match each of three patterns, in one pass.",
            ),
            TopicPart::Term(
                "logscan -o 'user=(\\w+)' -r '$1' --tally=10 app.log",
                "The ten users that occur most often.",
            ),
            TopicPart::Term(
                "logscan --byte-range 100G:200G -c ERROR huge.log",
                "One machine's share of a file that several search.",
            ),
            TopicPart::Term(
                "tail -f app.log | logscan ERROR",
                "Each hit as soon as it is written.",
            ),
            TopicPart::Term(
                "logscan compare -e ERROR huge.log --export-html report.html",
                "Is mapping faster than reading here? With a page of charts.",
            ),
            TopicPart::Term("logscan digest unknown.log", "What is in it: one page."),
            TopicPart::Term(
                "logscan templates --diff green.log red.log",
                "What kinds of lines are new, gone, more or less frequent.",
            ),
            TopicPart::Term(
                "logscan triage --baseline green.log red.log",
                "Why a build failed, and what is new since the last good one.",
            ),
            TopicPart::Term(
                "logscan --board /var/tmp/app.board --continue -n ERROR /var/log/app.log",
                "The errors since the last time: for cron.",
            ),
            TopicPart::Term(
                "logscan monitor /var/tmp/*.board",
                "How far searches in other processes are.",
            ),
            TopicPart::Term("logscan generate man | man -l -", "This page."),
        ],
    },
];

/// Returns the table of flags that people know from elsewhere.
fn foreign() -> Vec<(String, String)> {
    let term = |foreign: &Foreign| (foreign.names.join(", "), foreign.instead.to_owned());
    FOREIGN.iter().map(term).collect()
}
