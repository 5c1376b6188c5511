//! logscan searches one huge log with all cores and gives the answer that a single thread would:
//! the same bytes, in the same order, for every way of reading, every chunk size and every number
//! of threads.
//!
//! ```
//! let hits = logscan::search("ERROR", "testdata/app.log", |line| println!("{}", line.text()))?;
//! assert_eq!(hits, 8);
//! # Ok::<(), logscan::Error>(())
//! ```
//! [`search()`] is all that most programs need. A file that could not be searched to its end is an
//! error there, and a closure that returns [`ControlFlow::Break`](std::ops::ControlFlow::Break)
//! ends the search.
//!
//! Behind it are the parts that it is made of, for limits, context, streams, progress and other
//! threads:
//!
//! ```
//! use logscan::{EachLine, Matcher, Patterns, Progress, ReadMode, Scan, Source, Workers, scan};
//!
//! let mut scan = Scan::new(Matcher::new(&Patterns::new("^version"))?);
//! scan.line_numbers = true;
//! let mut source = Source::open("Cargo.toml".as_ref(), ReadMode::Auto)?;
//! let mut found = Vec::new();
//! let mut sink = EachLine::new(|line| {
//!     found.push(line.line_number);
//!     Ok(())
//! });
//! let summary = scan::run(&scan, &mut source, &Workers::new(0), &Progress::new(), &mut sink)?;
//! assert_eq!(summary.into_result()?, found.len() as u64); // an error if the file was not read to its end
//! # Ok::<(), logscan::Error>(())
//! ```
//! The [`guide`] goes on from here: formats of one's own, boards, templates, triage.
//!
//! # Features
//! The default is everything, with the command line, for `cargo install`. A program that uses the
//! library starts from `default-features = false`, which searches and compiles 15 other crates on
//! Linux (all features of the library: 75), and adds what it wants:
//!
//! | feature | adds | for example |
//! |---|---|---|
//! | `archives` | the members of zip archives; those of tar need no feature | [`scan::is_archive`] |
//! | `board` | [`board`] | [`board::go_on`] |
//! | `compare` | [`compare`] | [`compare::run`] |
//! | `compressed` | the text of gzip, zstd, xz, bzip2 and LZ4 | [`Access::Decoded`] |
//! | `folders` | [`folder`] | [`folder::Files`] |
//! | `histogram` | [`histogram`] | [`histogram::PerTime`] |
//! | `json` | results as ripgrep's `--json` writes them | [`sink::Json`] |
//! | `templates` | [`templates`] | [`templates::Miner`] |
//! | `triage` | [`triage`], with `templates` | [`triage::Triage`] |
//! | `cli` | what the binary needs, with all of the above | `Signals`, which end scans on Ctrl-C |
//!
//! # The map of the code
//! ```text
//! folder --list--> Inputs --run_set--> several small files at once, each other one by itself   input/folder.rs, whole.rs, scan/set.rs
//!
//! paths | stdin --open--> Source --split--> Claims (what is left to claim), Loader (loads it)    input/source.rs, loader.rs
//!             | piece 0,1,2... cut on newlines                                                 input/chunk.rs, line/cutter.rs
//!    .--------v----------- ordered ------------------------------------.                       scan/ordered.rs
//!    | workers: claim, load, search with a Matcher; again, if it was lost |--> Progress        scan/claims.rs, search.rs, matcher/
//!    | in file order: link (numbers, context, limits, notes)           |                       scan/link.rs, context.rs
//!    | workers: render lines into bytes, or make values of them        |                       scan/render.rs, fold.rs
//!    '--------.---------------------------------------------------------'
//!             v in file order
//!    Sink: Text | Count | Names | Json ...       bytes                                         sink/
//!    Fold: EachLine | Tally | ByPattern ...      values        -> Summary                      scan/summary.rs
//!             '--> Escape --> terminal, or straight to a pipe or a file                        sink/escape.rs
//!
//!    Progress and checkpoints --> Board in a shared map --> BoardView in other processes    board/, sys/shared.rs
//! ```
//! | layer | module | what it is |
//! |---|---|---|
//! | 0 | `error` | [`Error`], what can go wrong, and [`Note`], what the user should know although the scan went on |
//! | 0 | `simd` | bytes looked at by vector instructions |
//! | 1 | `sys` | the operating system; all other unsafe code |
//! | 2 | `line` | what a line is, and the one cutter of texts into whole lines |
//! | 3 | `budget` | how much may be printed |
//! | 3 | `matcher` | what is looked for |
//! | 3 | `harmless` | what strangers wrote, so that nothing that reads a report acts on it |
//! | 3 | `record` | what a log line is made of: its header, what collectors put in front of it, its time, and digits; where a record begins |
//! | 4 | `page` | what the pages of reports are made of |
//! | 4 | `input` | where the bytes come from; its `Loader` is all that others ask of a source |
//! | 5 | [`scan`] | the engine; the only threads are in `scan/ordered.rs` |
//! | 6 | [`sink`] | formats |
//! | 6 | [`templates`] | the kinds of lines |
//! | 6 | [`histogram`] | how many hits there are in each span of time |
//! | 6 | [`board`] | how far a scan is, for other processes, and where the next one goes on |
//! | 7 | [`search()`] | the front door: all of the above with every default |
//! | 7 | [`compare`] | the mapped path against the read() path, measured |
//! | 7 | [`triage`] | why a build failed: providers, rules, ranking, reports |
//! | 8 | `bench` | what the benchmarks of this repository measure |
//!
//! The command line, `cli` of the binary, is above all of them: arguments, messages, exit status.
//!
//! A module imports only from lower layers and from its own folder, and files of one folder import
//! each other one way only. `tests/layers.rs` checks that, and that the table says what it checks.
//!
//! # Invariants
//! 1. A sink gets lines in file order, each at most once, and files in the order of their inputs;
//!    the files of a folder have one order, which depends on their names only.
//! 2. Same bytes, same output, notes and exit status: for every path, chunk size and number of
//!    threads. This includes NUL bytes, CR LF, invalid UTF-8, a byte order mark, a last line
//!    without an LF, lines longer than the cap, and an early stop: only what lies before it counts.
//!    (`scan/tests.rs` compares with a naive oracle.)
//! 3. Memory is bounded by threads x (chunk + 8 MiB of output + [`Patterns::dfa_bytes_max`] for
//!    each cache) + one line cap per worker, never by the file's length or by how much matches. A
//!    stream keeps at most 64 MiB for context and for `--last`; what is left out is noted. Hits that
//!    are merged by time take 64 MiB and 256 buffers of 64 KiB, and a temporary file; counts by time
//!    65,536 buckets. Where
//!    several small files are searched at once, two claims for each worker are kept instead of a
//!    chunk: 256 KiB mostly, 40 MiB at most, of which 8 MiB were decoded. Of a folder one listing
//!    is kept for each level.
//! 4. Unsafe code is only in `sys` and `simd`.
//! 5. The library never prints, exits, or reads the environment.
//! 6. Nothing from a log acts on a terminal: standard output has one writer around it there,
//!    [`sink::Escape`]. In reports and messages nothing of it acts on the runner of a CI system, or
//!    where they are opened: `harmless`.
//! 7. Nothing is lost silently: what is cut, skipped or unreadable is a [`Note`] or an [`Error`] in
//!    the [`Summary`].
//! 8. A file may be cut short at any time: what is delivered is what its bytes before the first
//!    lost one give, and no fact about a mapping is believed, or delivered, before it is known that
//!    the file held what was read (copy, check, then write). [`guard`] has the SIGBUS handler that
//!    makes that possible.
//! 9. A checkpoint moves behind a line only after what was made of that line has been delivered,
//!    and whenever a scan is killed its board holds a whole one. (`tests/it/board.rs` kills two
//!    hundred.)
//!
//! # Words
//! - *format*: what an input is that is no plain text, by its first bytes: its text is decoded and
//!   searched, or it is told. *text start*: where the first line begins, behind a byte order mark if
//!   there is one.
//! - *encoded*: the bytes that text is decoded from. *member*: a part of them that ends by itself: a
//!   gzip member, a zstd frame, an xz stream. *unit*: what is decoded by one worker after the other,
//!   beside other units. *damage*: why there is no more text, and how much of it can be relied on.
//! - *input*: what is searched, by its name. *set*: several of them, in order. *found*: an input
//!   from the listing of a folder, or an *archive member*; the others are *named*. *no log*: a found
//!   file whose bytes hold no lines; it is left out and counted.
//! - *archive*: a tar or zip. Its files are its *archive members*, and inputs as the files of a
//!   folder are; one is called `ARCHIVE!MEMBER`.
//! - *source*: an opened input. *path*: how it is read (mapped, read, stream).
//! - *chunk*: a run of whole lines that one worker searches; chunk k owns the lines that start in
//!   its nominal range.
//! - *line*: the bytes up to an LF, without one CR before it; a line longer than the cap is its
//!   first bytes.
//! - *hit*: a line that is wanted. *match*: a place in a line where a pattern matches. *run*:
//!   adjacent hits.
//! - *sequence*: a run of byte classes, for each a set of bytes that may stand there. *window*: the
//!   classes that every match has, looked for before a regex engine is asked. *kernel*: tests of
//!   256 positions at a time by an *instruction set*, which is a value that proves that the
//!   processor has it. *sample*: bytes of a log by which the rarest classes are chosen.
//! - *context*: lines shown because a hit is near. *gap*: what is between two groups of lines that
//!   are apart.
//! - *link*: to fold a chunk into what is known of those before it. *render*: to make output of it.
//!   *deliver*: to hand that to the sink.
//! - *stop*: the wish to end early, see [`Stop`]; also the end that a limit sets.
//! - *hole*: bytes in the middle of a file that cannot be read. *lost*: what a file no longer holds
//!   that it held when it was opened.
//! - *board*: a file in which a scan says how far it is. *checkpoint*: a place in a log where the
//!   next scan may go on. *lane*: what one worker has done. *generation*: what a log's name meant
//!   between two rotations.
//! - *trial*: one measured search, or one run of a *limit*, which is what no search on a path can
//!   beat. *round*: one of each. *pair*: the trials of both paths in a round. *cell*: a state of
//!   the cache with a number of threads.
//! - *moment*: a point in time. *shape*: how times are written. *basis*: what is assumed where a time
//!   leaves out its zone, its year or its date. *slack*: how far lines are out of the order of their
//!   times.
//! - *bucket*: a span of time in which hits are counted. *series*: the counts of one pattern.
//!   *dated*: of a known time. *gap*, of a histogram: buckets without hits between two with some.
//! - *inside*, *outside*: lines whose time is one of those that were asked for, or not. *part*: a run of
//!   either in a chunk. *look*: a few lines read somewhere in a file, for their times.
//! - *masked*: a line in which what varies is replaced by placeholders. *template*: a kind of
//!   lines, by what their masked forms have in common.
//! - *provider*: the CI system that wrote a log. *mark*: a line of its own. *step*: what one
//!   command or action wrote.
//! - *rule*: what a failure of one tool looks like. *baseline*: the log of a build that went well.
//!   *finding*: a likely cause.
//! - *note*: something about an input that the user should know. *offset*: a position in the file,
//!   as `u64`.

#![cfg_attr(
    not(all(
        feature = "board",
        feature = "compare",
        feature = "folders",
        feature = "histogram",
        feature = "json",
        feature = "triage"
    )),
    expect(
        rustdoc::broken_intra_doc_links,
        reason = "the documentation is that of all features"
    )
)]

#[cfg(feature = "compare")]
pub mod bench;
#[cfg(feature = "board")]
pub mod board;
#[cfg(feature = "triage")]
mod budget;
#[cfg(feature = "compare")]
pub mod compare;
/// Tests the examples of the pages for people.
#[cfg(doctest)]
#[doc = include_str!("../docs/library.md")]
mod documents {}
mod error;
#[cfg(any(feature = "compare", feature = "histogram", feature = "templates"))]
mod harmless;
// Its examples use them.
#[cfg(all(feature = "board", feature = "triage"))]
#[doc = include_str!("guide.md")]
pub mod guide {}
#[cfg(feature = "histogram")]
pub mod histogram;
mod input;
mod line;
mod matcher;
#[cfg(test)]
#[path = "../tests/mutants/mutants.rs"]
mod mutants;
#[cfg(any(feature = "compare", feature = "histogram"))]
mod page;
mod record;
pub mod scan;
mod search;
mod simd;
pub mod sink;
#[cfg(test)]
#[path = "../tests/skips/record.rs"]
mod skips;
#[cfg_attr(
    not(all(feature = "board", feature = "compare")),
    expect(
        dead_code,
        unused_imports,
        reason = "it offers what boards and comparisons ask of the system"
    )
)]
mod sys;
#[cfg(feature = "templates")]
pub mod templates;
#[cfg(test)]
mod tests;
#[cfg(feature = "triage")]
pub mod triage;

#[cfg(feature = "triage")]
pub use self::budget::{Budget, TOKEN_CHARS};
#[cfg(any(feature = "compare", feature = "histogram", feature = "templates"))]
pub use self::harmless::ForRunners;
#[cfg(feature = "triage")]
pub use self::harmless::for_runners;
#[cfg(feature = "folders")]
pub use self::input::folder;
#[cfg(feature = "cli")]
pub use self::sys::{Signal, Signals, stdout_is_pipe, terminal_stdout, wide_stdout};
pub use self::{
    error::{Damage, DamageKind, Error, Name, Reason},
    input::{
        Access, Decoding, Format, InputOrigin, NamedEncoding, NoLog, OneLog, OneLogErrors,
        ReadMode, Source, TextEncoding, TextTransform,
    },
    line::Line,
    matcher::{CaseMode, Extent, Finder, LineFilter, Matcher, Patterns, Syntax},
    scan::{
        Checkpoint, Context, Fold, Limit, LineKind, Lines, Note, NumberedLine, Out, Progress,
        Render, Scan, Shortage, Sink, Summary, Values, Workers,
    },
    search::{AfterLine, MatchingLine, search},
    sink::{EachLine, FoundLine},
    sys::{FileId, SharedMap, SharedView, Stop, Usage, guard},
};
