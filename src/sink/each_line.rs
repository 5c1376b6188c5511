//! A closure as a sink: called for each line, in file order, on one thread at a time.

use crate::{
    error::Error,
    line::{to_u64, to_usize},
    scan::{LineKind, Lines, Out, Render, Sink},
};

/// Calls a closure for each line, in file order.
///
/// See [`scan::run`](crate::scan::run()) for an example.
#[derive(Debug)]
pub struct EachLine<F> {
    call: F,
    /// What has been delivered of a line that came in pieces.
    partial: Vec<u8>,
}

/// One line, as the closure of [`EachLine`] gets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FoundLine<'a> {
    /// The line without its line end.
    pub bytes: &'a [u8],
    /// Where it begins in the file.
    pub offset: u64,
    /// Its 1-based number, if lines are numbered.
    pub line_number: Option<u64>,
    /// Whether it is a hit or context.
    pub kind: LineKind,
}

impl<F: FnMut(FoundLine<'_>) -> Result<(), Error> + Send> EachLine<F> {
    /// A sink that calls `call`; an error that it returns ends the scan.
    pub fn new(call: F) -> EachLine<F> {
        EachLine {
            call,
            partial: Vec::new(),
        }
    }
}

/// A line on its way from a worker: four numbers and its bytes.
const HEADER_BYTES: usize = 25;

impl<F: FnMut(FoundLine<'_>) -> Result<(), Error> + Send> Sink for EachLine<F> {
    fn renderer(&self) -> Option<Box<dyn Render>> {
        Some(Box::new(Encode))
    }

    fn deliver(&mut self, rendered: &[u8]) -> Result<(), Error> {
        self.partial.extend_from_slice(rendered);
        let mut rest = self.partial.as_slice();
        while let Some((header, behind)) = rest.split_at_checked(HEADER_BYTES) {
            let number = |at: usize| {
                let bytes = header[at..at + 8]
                    .try_into()
                    .expect("eight bytes of the header");
                u64::from_le_bytes(bytes)
            };
            let Some((bytes, behind)) = behind.split_at_checked(to_usize(number(16))) else {
                break;
            };
            (self.call)(FoundLine {
                bytes,
                offset: number(0),
                line_number: Some(number(8)).filter(|&number| number > 0),
                kind: if header[24] == 0 {
                    LineKind::Hit
                } else {
                    LineKind::Context
                },
            })?;
            rest = behind;
        }
        let left = rest.len();
        self.partial.drain(..self.partial.len() - left);
        Ok(())
    }

    fn cut(&mut self) -> Result<(), Error> {
        self.partial.clear();
        Ok(())
    }
}

struct Encode;

impl Render for Encode {
    fn lines(&mut self, lines: &Lines<'_>, out: &mut Out<'_>) -> Result<(), Error> {
        for numbered in lines.iter() {
            let bytes = match numbered.line.cut {
                true => numbered.line.bytes,
                false => numbered.line.haystack,
            };
            out.write(&numbered.offset.to_le_bytes())?;
            out.write(&numbered.line_number.unwrap_or(0).to_le_bytes())?;
            out.write(&to_u64(bytes.len()).to_le_bytes())?;
            out.write(&[u8::from(lines.kind == LineKind::Context)])?;
            out.write(bytes)?;
        }
        Ok(())
    }
}
