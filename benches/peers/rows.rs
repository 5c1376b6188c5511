//! The rows of the table: the search, its arguments, where the output goes, and what bounds it.
//!
//! These are plain data; `peers.rs` makes command lines of them. `{words}` stands for the file with
//! a list of words.

/// One search that every tool runs.
pub(crate) struct Row {
    /// The name for `--rows` and for the JSON file.
    pub(crate) name: &'static str,
    /// The title in the table: what a person would type.
    pub(crate) title: &'static str,
    /// The arguments of logscan and ripgrep, without the file.
    pub(crate) args: &'static [&'static str],
    /// The arguments of GNU grep and ugrep, where the same search is spelled differently.
    pub(crate) grep_args: Option<&'static [&'static str]>,
    /// The arguments of ripgrep, where they differ from those of logscan.
    pub(crate) rg_args: Option<&'static [&'static str]>,
    /// How the greps read the pattern.
    pub(crate) syntax: Syntax,
    /// The tools that can run the row.
    pub(crate) who: Who,
    /// The input of the search.
    pub(crate) input: Input,
    /// Where the output goes.
    pub(crate) output: Output,
    /// The part of the answers that must be equal, or the times cannot be compared.
    pub(crate) equal: Equal,
    /// What is measured beside the tools: the row cannot be faster than the fastest of these
    /// bounds.
    pub(crate) limits: &'static [Limit],
    /// For the self-test: a Rust regex for the hits among the lines, if the output is those lines
    /// or their count.
    pub(crate) hits: Option<&'static str>,
}

/// How the greps are told to read the pattern.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Syntax {
    /// As an extended regular expression. Literals have no special characters.
    Extended,
    /// As text; `-F` is among the arguments.
    Fixed,
}

/// Which tools have the feature with the same output.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    /// All tools.
    Everyone,
    /// logscan and ripgrep, because the format is ripgrep's.
    RipgrepOnly,
    /// All tools but GNU grep, which decodes nothing.
    Decoders,
}

/// The input of a search.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Input {
    /// The log, by its name.
    Log,
    /// The first KiB of the log, by its name. It shows the cost of starting.
    Kilobyte,
    /// The log on the standard input, from `cat` through a pipe.
    Pipe,
    /// The log in another form.
    Form(Form),
}

/// The forms that a log can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Gzip,
    GzipMembers,
    Zstd,
    ZstdFrames,
    Xz,
    XzBlocks,
    Bzip2,
    Lz4,
    Utf16,
    /// Many files that together are the log.
    Folder,
    /// Files of 1 KiB.
    SmallFiles,
}

impl Form {
    /// Returns the name of the file. ripgrep goes by its ending.
    pub(crate) fn file_name(self) -> &'static str {
        match self {
            Form::Gzip => "huge.gz",
            Form::GzipMembers => "members.gz",
            Form::Zstd => "huge.zst",
            Form::ZstdFrames => "frames.zst",
            Form::Xz => "huge.xz",
            Form::XzBlocks => "blocks.xz",
            Form::Bzip2 => "huge.bz2",
            Form::Lz4 => "huge.lz4",
            Form::Utf16 => "utf16.log",
            Form::Folder => "folder",
            Form::SmallFiles => "small",
        }
    }
}

/// Where the output goes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Output {
    /// Into a pipe that the bench reads.
    Pipe,
    /// Into a new file in memory. The output is nearly the whole log, so with a pipe one would
    /// measure only the pipe.
    Tmpfs,
}

/// The part of the answers that must be equal.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Equal {
    /// The number that is printed. If nothing is printed, it is 0.
    Count,
    /// Every byte of the output.
    Bytes,
    /// The number of lines of output, because the lines contain times or paths of the tool.
    Lines,
}

/// A limit that is measured in the same rounds as the tools.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Limit {
    /// Reading one byte of every cache line of the mapped log.
    Touch,
    /// Reading the log into buffers with pread, and nothing else.
    Pread,
    /// Finding ERROR in the mapped log with a bare memmem. This is not a bound but a yardstick.
    Memmem,
    /// Finding ERROR in buffers that are filled with pread. A match that lies across two buffers is
    /// not found. This is another yardstick.
    PreadMemmem,
    /// Reading the log with pread, and writing as much as the output has to where the output goes.
    /// Where mappings are faster than pread, a search may be faster than this.
    Copy,
    /// Reading the standard input from `cat`, and nothing else.
    Stream,
}

impl Limit {
    /// Returns whether no search can be faster than this limit.
    pub(crate) fn is_bound(self) -> bool {
        !matches!(self, Limit::Memmem | Limit::PreadMemmem)
    }

    /// Returns the title for tables.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Limit::Touch => "limit: touch the mapping",
            Limit::Pread => "limit: pread",
            Limit::Memmem => "yardstick: memmem",
            Limit::PreadMemmem => "yardstick: pread, memmem",
            Limit::Copy => "limit: pread and write",
            Limit::Stream => "limit: read stdin",
        }
    }
}

const MEMORY: &[Limit] = &[Limit::Touch, Limit::Pread];
/// The limits of rows whose output is long enough to cost something.
const OUTPUT: &[Limit] = &[Limit::Copy];

/// A row that counts lines of the log. The other counts differ from it in some fields.
const COUNT: Row = Row {
    name: "",
    title: "",
    args: &[],
    grep_args: None,
    rg_args: None,
    syntax: Syntax::Extended,
    who: Who::Everyone,
    input: Input::Log,
    output: Output::Pipe,
    equal: Equal::Count,
    limits: MEMORY,
    hits: None,
};

/// A row that prints lines of the log.
const LINES: Row = Row {
    equal: Equal::Bytes,
    ..COUNT
};

/// A row that counts lines in the text of something compressed. `-z` changes nothing for logscan.
const DECODED: Row = Row {
    args: &["-z", "-c", "ERROR"],
    who: Who::Decoders,
    limits: &[],
    hits: Some("ERROR"),
    ..COUNT
};

/// All rows, in the order of the table.
pub(crate) const ROWS: &[Row] = &[
    Row {
        name: "count",
        title: "-c ERROR",
        args: &["-c", "ERROR"],
        limits: &[
            Limit::Touch,
            Limit::Pread,
            Limit::Memmem,
            Limit::PreadMemmem,
        ],
        hits: Some("ERROR"),
        ..COUNT
    },
    Row {
        name: "lines",
        title: "-n ERROR",
        args: &["-n", "ERROR"],
        limits: OUTPUT,
        hits: Some("ERROR"),
        ..LINES
    },
    Row {
        name: "ignore-case",
        title: "-ci error",
        args: &["-ci", "error"],
        hits: Some("(?i-u:error)"),
        ..COUNT
    },
    Row {
        name: "four-words",
        title: "-c, four -e",
        args: &[
            "-c", "-e", "ERROR", "-e", "WARN", "-e", "panic", "-e", "deadlock",
        ],
        hits: Some("ERROR|WARN|panic|deadlock"),
        ..COUNT
    },
    Row {
        name: "alternation",
        title: r"-c 'com\.example\.(auth\|billing):.*failed'",
        args: &["-c", r"com\.example\.(auth|billing):.*failed"],
        hits: Some(r"com\.example\.(auth|billing):.*failed"),
        ..COUNT
    },
    Row {
        name: "no-literal",
        title: r"-c '[0-9]{2}\.[0-9]{3}\.[0-9]{2}\.[0-9]{3}'",
        args: &["-c", r"[0-9]{2}\.[0-9]{3}\.[0-9]{2}\.[0-9]{3}"],
        hits: Some(r"[0-9]{2}\.[0-9]{3}\.[0-9]{2}\.[0-9]{3}"),
        ..COUNT
    },
    Row {
        name: "most-lines",
        title: "-n INFO, to tmpfs",
        args: &["-n", "INFO"],
        output: Output::Tmpfs,
        limits: OUTPUT,
        hits: Some("INFO"),
        ..LINES
    },
    Row {
        name: "invert",
        title: "-cv INFO",
        args: &["-cv", "INFO"],
        hits: Some(" (DEBUG|WARN|ERROR) "),
        ..COUNT
    },
    Row {
        name: "absent",
        title: "-n, a literal that is not there",
        args: &["-n", "quux_never_logged"],
        hits: Some("quux_never_logged"),
        ..LINES
    },
    Row {
        name: "word",
        title: "-cw 404",
        args: &["-cw", "404"],
        hits: Some(r"(?-u:\b)404(?-u:\b)"),
        ..COUNT
    },
    Row {
        name: "only-matching",
        title: "-o 'blk_[0-9]+'",
        args: &["-o", "blk_[0-9]+"],
        limits: OUTPUT,
        hits: Some("blk_[0-9]"),
        ..LINES
    },
    Row {
        name: "context",
        title: "-C 3 ERROR",
        args: &["-C", "3", "ERROR"],
        limits: OUTPUT,
        ..LINES
    },
    Row {
        name: "json",
        title: "--json INFO, to tmpfs",
        args: &["--json", "INFO"],
        who: Who::RipgrepOnly,
        output: Output::Tmpfs,
        equal: Equal::Lines,
        limits: OUTPUT,
        ..LINES
    },
    Row {
        name: "boundary",
        title: r"-c '\b(4\|5)\d\d\b'",
        args: &["-c", r"\b(4|5)\d\d\b"],
        // GNU grep's extended syntax has no \d.
        grep_args: Some(&["-c", r"\b(4|5)[0-9][0-9]\b"]),
        hits: Some(r"(?-u:\b)(4|5)[0-9][0-9](?-u:\b)"),
        ..COUNT
    },
    Row {
        name: "thousand-words",
        title: "-c -F -f, 1,000 words",
        args: &["-c", "-F", "-f", "{words}"],
        syntax: Syntax::Fixed,
        ..COUNT
    },
    Row {
        name: "first",
        title: "-m 1, at the end",
        args: &["-m", "1", "terminal checkpoint reached"],
        hits: Some("terminal checkpoint reached"),
        ..LINES
    },
    Row {
        name: "start-up",
        title: "-c ERROR, 1 KiB",
        args: &["-c", "ERROR"],
        input: Input::Kilobyte,
        limits: &[],
        ..COUNT
    },
    Row {
        name: "stdin",
        title: "-c ERROR, stdin",
        args: &["-c", "ERROR"],
        input: Input::Pipe,
        limits: &[Limit::Stream],
        hits: Some("ERROR"),
        ..COUNT
    },
    Row {
        name: "gzip",
        title: "-c ERROR, .gz",
        input: Input::Form(Form::Gzip),
        ..DECODED
    },
    Row {
        name: "gzip-members",
        title: "-c ERROR, .gz of 64 members",
        input: Input::Form(Form::GzipMembers),
        ..DECODED
    },
    Row {
        name: "zstd",
        title: "-c ERROR, .zst",
        input: Input::Form(Form::Zstd),
        ..DECODED
    },
    Row {
        name: "zstd-frames",
        title: "-c ERROR, .zst of 64 frames",
        input: Input::Form(Form::ZstdFrames),
        ..DECODED
    },
    Row {
        name: "xz",
        title: "-c ERROR, .xz",
        input: Input::Form(Form::Xz),
        ..DECODED
    },
    Row {
        name: "xz-blocks",
        title: "-c ERROR, .xz in blocks",
        input: Input::Form(Form::XzBlocks),
        ..DECODED
    },
    Row {
        name: "bzip2",
        title: "-c ERROR, .bz2",
        input: Input::Form(Form::Bzip2),
        ..DECODED
    },
    Row {
        name: "lz4",
        title: "-c ERROR, .lz4",
        input: Input::Form(Form::Lz4),
        ..DECODED
    },
    Row {
        name: "utf16",
        title: "-c ERROR, UTF-16",
        args: &["-c", "ERROR"],
        input: Input::Form(Form::Utf16),
        who: Who::Decoders,
        ..DECODED
    },
    Row {
        name: "folder",
        title: "ERROR, a folder of 200 files",
        args: &["ERROR"],
        rg_args: Some(&["--sort=path", "ERROR"]),
        grep_args: Some(&["-r", "ERROR"]),
        input: Input::Form(Form::Folder),
        equal: Equal::Lines,
        limits: &[],
        ..LINES
    },
    Row {
        name: "small-files",
        title: "ERROR, files of 1 KiB",
        args: &["ERROR"],
        rg_args: Some(&["--sort=path", "ERROR"]),
        grep_args: Some(&["-r", "ERROR"]),
        input: Input::Form(Form::SmallFiles),
        equal: Equal::Lines,
        limits: &[],
        ..LINES
    },
];

impl Row {
    /// Returns whether the row counts in the mean. Rows about starting, the pipe and decoding do
    /// not, because they are not about searching.
    pub(crate) fn counts_in_the_mean(&self) -> bool {
        self.input == Input::Log
    }

    /// Returns by how much the number of rounds is multiplied: runs of a millisecond need more of
    /// them for a median.
    pub(crate) fn rounds_factor(&self) -> usize {
        match self.input {
            Input::Kilobyte => 20,
            Input::Log | Input::Pipe | Input::Form(_) => 1,
        }
    }
}
