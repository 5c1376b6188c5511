//! logscan searches one huge log in parallel and gives the same answer as a single thread would.
//!
//! TODO-DOC
mod error;
mod input;
mod line;
mod matcher;
pub mod scan;
pub mod sink;
mod sys;

pub use self::{
    error::{Error, Reason},
    input::{Access, ReadMode, Source},
    line::Line,
    matcher::{CaseMode, Extent, Finder, Matcher, Patterns, Syntax},
    scan::{
        Context, Limit, LineKind, Lines, Note, NumberedLine, Out, Progress, Render, Scan, Sink,
        Summary, Workers,
    },
    sink::EachLine,
    sys::Usage,
};
