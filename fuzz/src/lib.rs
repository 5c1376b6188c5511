//! The parts that the fuzz targets share: they make cases of bytes, and give the naive answer that
//! the engine must give.

mod input;
mod oracle;

use std::sync::LazyLock;

use logscan::Workers;

pub use self::{
    input::{Around, Log, Search, Text, reader},
    oracle::{Naive, PlainLine, Selection, check_refusal, lines, select},
};

/// The size limit of compiled regexes. Larger ones are refused, so that no case takes long.
pub const REGEX_BYTES_MAX: usize = 1 << 20;

/// Returns 1, 2 or 7 workers. They are started once for all cases.
pub fn workers(pick: u8) -> &'static Workers {
    static WORKERS: LazyLock<[Workers; 3]> = LazyLock::new(|| [1, 2, 7].map(Workers::new));
    &WORKERS[usize::from(pick) % 3]
}
