//! Turns a closure into a sink. The closure is called for each line, in file order, on one thread
//! at a time.

use crate::{
    error::Error,
    scan::{Fold, LineKind, Lines, Values},
};

/// A sink that calls a closure for each line, in file order.
///
/// See [`scan::run`](crate::scan::run()) for an example.
#[derive(Debug)]
pub struct EachLine<F> {
    call: F,
}

/// One line, as the closure of [`EachLine`] gets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FoundLine<'a> {
    /// The line without its line end.
    pub bytes: &'a [u8],
    /// The offset in the file at which the line begins.
    pub offset: u64,
    /// The line's 1-based number, if lines are numbered.
    pub line_number: Option<u64>,
    /// Whether the line is a hit or context.
    pub kind: LineKind,
}

impl<F: FnMut(FoundLine<'_>) -> Result<(), Error> + Send> EachLine<F> {
    /// Creates a sink that calls `call`. If `call` returns an error, the scan ends with it.
    pub fn new(call: F) -> EachLine<F> {
        EachLine { call }
    }
}

/// A worker hands its lines over when it has kept this many bytes of them.
const KEPT_BYTES_MAX: usize = 4 << 20;

/// Lines of a chunk on their way from a worker: what a scan gave, run by run.
#[derive(Debug, Default)]
pub struct Runs {
    bytes: Vec<u8>,
    /// The facts about each run, and the index at which its bytes end.
    runs: Vec<(Lines<'static>, usize)>,
}

impl Runs {
    /// Hands the lines of a scan over to `values`, when there are enough of them.
    pub(super) fn add(
        &mut self,
        lines: &Lines<'_>,
        values: &mut Values<'_, '_, Runs>,
    ) -> Result<(), Error> {
        self.bytes.extend_from_slice(lines.bytes);
        self.runs.push((lines.over(&[]), self.bytes.len()));
        let size = self.bytes.len() + self.runs.len() * size_of::<(Lines<'_>, usize)>();
        match size > KEPT_BYTES_MAX {
            true => values.push(std::mem::take(self)),
            false => Ok(()),
        }
    }

    /// Takes the lines that were not handed over.
    pub(super) fn take(&mut self) -> Option<Runs> {
        (!self.runs.is_empty()).then(|| std::mem::take(self))
    }

    /// Calls `call` for each line.
    pub(super) fn each(
        &self,
        call: &mut dyn FnMut(FoundLine<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut start = 0;
        for (run, end) in &self.runs {
            for numbered in run.over(&self.bytes[start..*end]).iter() {
                let line = numbered.line;
                call(FoundLine {
                    bytes: match line.cut {
                        true => line.bytes,
                        false => line.haystack,
                    },
                    offset: numbered.offset,
                    line_number: numbered.line_number,
                    kind: run.kind,
                })?;
            }
            start = *end;
        }
        Ok(())
    }
}

impl<F: FnMut(FoundLine<'_>) -> Result<(), Error> + Send> Fold for EachLine<F> {
    type Worker = Runs;
    type Value = Runs;

    fn worker(&self) -> Runs {
        Runs::default()
    }

    fn lines(
        kept: &mut Runs,
        lines: &Lines<'_>,
        values: &mut Values<'_, '_, Runs>,
    ) -> Result<(), Error> {
        kept.add(lines, values)
    }

    fn value(kept: &mut Runs) -> Option<Runs> {
        kept.take()
    }

    fn fold(&mut self, kept: Runs) -> Result<(), Error> {
        kept.each(&mut self.call)
    }
}
