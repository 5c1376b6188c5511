//! logscan searches one huge log with all cores and gives the answer that a single thread would:
//! the same bytes, in the same order, for every way of reading, every chunk size and every number
//! of threads.
//!
//! ```
//! let hits = logscan::search("ERROR", "testdata/app.log", |line| println!("{}", line.text()))?;
//! assert_eq!(hits, 8);
//! # Ok::<(), logscan::Error>(())
//! ```
//! Most programs need only [`search()`]. If a file could not be searched to its end, it returns an
//! error. A closure that returns [`ControlFlow::Break`](std::ops::ControlFlow::Break) ends the
//! search.
//!
//! It is made of parts, which a program can use itself for limits, context, streams, progress and
//! other threads:
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
//! Linux (all features of the library: 78), and adds what it wants:
//!
//! | feature | adds | for example |
//! |---|---|---|
//! | `archives` | the members of zip archives; those of tar need no feature | [`scan::is_archive`] |
//! | `board` | [`board`] | [`board::go_on`] |
//! | `compare` | [`compare`] | [`compare::run`] |
//! | `compressed` | the text of gzip, zstd, xz, bzip2 and LZ4 | [`Access::Decoded`] |
//! | `digest` | [`digest`], with `histogram` and `templates` | [`digest::Digester`] |
//! | `fields` | [`fields`], with `histogram` and `templates` | [`fields::Condition`] |
//! | `folders` | [`folder`] | [`folder::Files`] |
//! | `histogram` | [`histogram`] | [`histogram::PerTime`] |
//! | `json` | results as ripgrep's `--json` writes them | [`sink::Json`] |
//! | `redact` | [`redact`] | [`redact::Redactor`] |
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
//! | 0 | `simd` | code that looks at bytes with vector instructions |
//! | 1 | `sys` | calls of the operating system; all other unsafe code |
//! | 2 | `line` | what a line is, and the one cutter of texts into whole lines |
//! | 3 | `budget` | the limit of how much is printed |
//! | 3 | `matcher` | the search for patterns in lines |
//! | 3 | `harmless` | changes text that strangers wrote, so that nothing that reads a report acts on it |
//! | 3 | [`redact`] | replaces secrets in text by pseudonyms |
//! | 3 | `record` | the parts of a log line: its header, the text that collectors put in front, its time, and digits; where a record begins |
//! | 4 | `page` | the parts of which pages of reports are made |
//! | 4 | `input` | opens inputs and reads their bytes; others ask a source only through its `Loader` |
//! | 5 | [`scan`] | the engine; the only threads are in `scan/ordered.rs` |
//! | 6 | [`sink`] | formats |
//! | 6 | [`templates`] | the kinds of lines |
//! | 6 | [`histogram`] | how many hits there are in each span of time |
//! | 6 | [`board`] | how far a scan is, for other processes, and where the next one goes on |
//! | 7 | [`search()`] | the front door: all of the above with every default |
//! | 7 | [`compare`] | the mapped path against the read() path, measured |
//! | 7 | [`triage`] | why a build failed: providers, rules, ranking, reports |
//! | 7 | [`digest`] | one page about an unknown log |
//! | 7 | [`fields`] | conditions on the fields of lines, counts by their values, sums, percentiles |
//! | 8 | `bench` | what the benchmarks of this repository measure |
//!
//! The command line, `cli` of the binary, is above all of them: arguments, messages, exit status.
//! Only the server of `logscan mcp` has threads of its own, two in `cli/mcp/threads.rs`: a client
//! may cancel a search while it runs, and so somebody has to wait for the client's next line.
//!
//! A module imports only from lower layers and from its own folder, and files of one folder import
//! each other one way only. `tests/layers.rs` checks this, and that this table says what it checks.
//!
//! # Invariants
//! 1. A sink gets lines in file order, each at most once. It gets files in the order of their
//!    inputs. The files of a folder have one order, which depends on their names only.
//! 2. The same bytes give the same output, notes and exit status, for every path, chunk size and
//!    number of threads. This includes NUL bytes, CR LF, invalid UTF-8, a byte order mark, a last
//!    line without an LF, lines longer than the cap, and an early stop, where only the bytes before
//!    it count. (`scan/tests.rs` compares with a naive oracle.)
//! 3. Memory is bounded by threads x (chunk + 8 MiB of output + [`Patterns::dfa_bytes_max`] for
//!    each cache) + one line cap per worker, never by the length of the file or by how much
//!    matches. A stream keeps at most 64 MiB for context and for `--last`, and a note tells what is
//!    left out. Hits that are merged by time take 64 MiB, one line cap, 256 buffers of 64 KiB
//!    whatever the length of lines, and a temporary file. Counts by time take 65,536 buckets, and
//!    groups of lines by their fields 1 GiB ([`fields::GROUP_BYTES_MAX`]). If
//!    several small files are searched at once, two claims for each worker are kept instead of a
//!    chunk. These have mostly 256 KiB, and at most 40 MiB, of which 8 MiB were decoded. One listing
//!    of a folder is kept for each level.
//! 4. Unsafe code is only in `sys` and `simd`.
//! 5. The library never prints, exits, or reads the environment.
//! 6. Nothing from a log acts on a terminal: one writer stands around standard output there,
//!    [`sink::Escape`]. Nothing from a log that stands in a report or a message acts on the runner
//!    of a CI system, or where the report is opened: see `harmless`.
//! 7. Nothing is lost silently: everything that is cut, skipped or unreadable is a [`Note`] or an
//!    [`Error`] in the [`Summary`].
//! 8. A file may be cut short at any time. The results are those of its bytes before the first lost
//!    one. No fact about a mapping is believed, or delivered, before it is known that the file held
//!    the bytes that were read (copy, check, then write). [`guard`] has the SIGBUS handler that
//!    makes this possible.
//! 9. A checkpoint moves behind a line only after the results of that line have been delivered.
//!    Whenever a scan is killed, its board holds a whole checkpoint. (`tests/it/board.rs` kills two
//!    hundred scans.)
//!
//! # Words
//! - *input*: a file or a stream that is searched, by its name. *set*: several inputs, in order.
//!   *found*: an input from the listing of a folder, or an *archive member*. The others are
//!   *named*. *no log*: a found file whose bytes hold no lines. It is left out and counted.
//! - *archive*: a tar or zip file. Its files are its *archive members*. They are inputs as the
//!   files of a folder are, and are called `ARCHIVE!MEMBER`.
//! - *source*: an opened input. *path*: the way to read it: mapped, read, or stream.
//! - *format*: the kind of an input that is no plain text, by its first bytes. Its text is decoded
//!   and searched, or a message says that it is not. *text start*: the place where the first line
//!   begins, behind a byte order mark if there is one.
//! - *encoded*: the bytes from which text is decoded. *member*: a part of them that ends by itself:
//!   a gzip member, a zstd frame, an xz stream. *unit*, of encoded bytes: a part that one worker
//!   after the other decodes, beside other units. *damage*: the reason why there is no more text,
//!   and how much of the text can be relied on.
//! - *line*: the bytes up to an LF. One CR before it is printed but not searched. A line longer
//!   than the cap is its first bytes. *record*: a line with the lines that belong to it. *unit*, of
//!   a text: a line or a record, whichever is searched.
//! - *cutter*: the code that cuts a text into whole lines or records. *cut*: the borders of the
//!   chunks of a file. *chunk*: a run of whole lines that one worker searches. Chunk k owns the
//!   lines that start in its nominal range.
//! - *feed*: the place where chunks are claimed. *claim*: a chunk that a worker has taken from it.
//!   *hands*: the things that one worker owns, such as buffers and caches. *task*: the things that
//!   a worker looks for in a chunk.
//! - *hit*: a line that is wanted. *match*: a place in a line where a pattern matches. *run*:
//!   adjacent hits.
//! - *link*: to fold a chunk into the facts that are known from those before it. *carry*: these
//!   facts. *turn*: the part of them that is needed to render one chunk. *render*: to make output
//!   of a chunk. *deliver*: to hand output to the sink.
//! - *context*: lines that are shown because a hit is near. *gap*: the space between two groups of
//!   lines that are apart.
//! - *stop*: the wish to end early, see [`Stop`], and also the end that a limit sets.
//! - *hole*: bytes in the middle of a file that cannot be read. *lost*: bytes that a file held when
//!   it was opened, and no longer holds.
//! - *sequence*: a run of byte classes. Each class is a set of bytes that may stand there.
//!   *window*: the classes that every match has. They are looked for before a regex engine is
//!   asked. *kernel*: code that tests 256 positions at a time. It needs an *instruction set*, which
//!   is a value that proves that the processor has it. *sample*: bytes of a log by which the rarest
//!   classes are chosen.
//! - *board*: a file in which a scan says how far it is. *checkpoint*: a place in a log where the
//!   next scan may go on. *lane*: the count of the bytes that one worker has searched.
//!   *generation*: a file that had the log's name between two rotations.
//! - *trial*: one measured search, or one run of a *limit*, which is what no search on a path can
//!   beat. *round*: one trial of each kind. *pair*: the trials of both paths in a round. *cell*: a
//!   state of the cache with a number of threads.
//! - *moment*: a point in time. *shape*: the way in which times are written. *basis*: what is
//!   assumed if a time leaves out its zone, its year or its date. *slack*: how far lines are out of
//!   the order of their times.
//! - *inside*, *outside*: lines whose time is one of those that were asked for, or is not. *part*:
//!   a run of either kind in a chunk. *look*: a few lines that are read somewhere in a file, for
//!   their times.
//! - *bucket*: a span of time in which hits are counted. *series*: the counts of one pattern.
//!   *dated*: of a known time. *gap*, of a histogram: buckets without hits between two with hits.
//! - *masked*: a line in which placeholders replace what varies. *template*: a kind of lines, by
//!   what their masked forms have in common.
//! - *field*: a value of a line that has a name. *condition*: what the fields of a hit must be.
//!   *operand*: what a field is compared with. *key*, of a group: the values by which its lines were
//!   counted together.
//! - *silence*: a span of time without lines that is far longer than usual. *burst*: a span with far
//!   more lines than usual. *start*: a place where what writes a log began anew.
//! - *provider*: the CI system that wrote a log. *mark*: a line that the provider wrote itself.
//!   *step*: the lines that one command or action wrote.
//! - *rule*: a description of what a failure of one tool looks like. *baseline*: the log of a build
//!   that went well. *finding*: a likely cause.
//! - *note*: something about an input that the user should know. *offset*: a position in the file,
//!   as `u64`.

#![cfg_attr(
    not(all(
        feature = "board",
        feature = "compare",
        feature = "digest",
        feature = "fields",
        feature = "folders",
        feature = "histogram",
        feature = "json",
        feature = "redact",
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
#[cfg(feature = "templates")]
mod budget;
#[cfg(feature = "compare")]
pub mod compare;
/// Tests the examples of the pages for people.
#[cfg(doctest)]
#[doc = include_str!("../docs/library.md")]
mod documents {}
#[cfg(feature = "digest")]
pub mod digest;
mod error;
#[cfg(feature = "fields")]
pub mod fields;
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
#[cfg(any(feature = "compare", feature = "histogram", feature = "triage"))]
mod page;
mod record;
#[cfg(feature = "redact")]
pub mod redact;
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

#[cfg(feature = "templates")]
pub use self::budget::{Budget, PageOptions, TOKEN_CHARS};
#[cfg(any(feature = "compare", feature = "histogram", feature = "templates"))]
pub use self::harmless::ForRunners;
#[cfg(feature = "templates")]
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
    matcher::{CaseMode, Extent, FilterSeen, Finder, LineFilter, Matcher, Patterns, Syntax},
    scan::{
        Checkpoint, Context, Fold, Limit, LineKind, Lines, Note, NotedUnit, NumberedLine, Out,
        Progress, Render, Scan, Shortage, Sink, Summary, Values, Workers,
    },
    search::{AfterLine, MatchingLine, search},
    sink::{EachLine, FoundLine},
    sys::{FileId, SharedMap, SharedView, Stop, Usage, guard},
};
