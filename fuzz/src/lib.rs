//! What the fuzz targets share: how cases are made of bytes, and the naive answer that the engine
//! must give.

mod input;
mod oracle;

use std::sync::LazyLock;

use logscan::Workers;

pub use self::{
    input::{Around, Log, Search, Text, reader},
    oracle::{Naive, PlainLine, Selection, check_refusal, lines, select},
};

/// Regexes that compile to more are refused, so that no case takes long.
pub const REGEX_BYTES_MAX: usize = 1 << 20;

/// 1, 2 or 7 workers, started once for all cases.
pub fn workers(pick: u8) -> &'static Workers {
    static WORKERS: LazyLock<[Workers; 3]> = LazyLock::new(|| [1, 2, 7].map(Workers::new));
    &WORKERS[usize::from(pick) % 3]
}
