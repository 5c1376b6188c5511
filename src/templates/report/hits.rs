//! The hits of a search within a budget.
//!
//! ```text
//! app.log: 9001 hits of 2 kinds; xN: N hits of a kind, the first is shown; last: its last
//!     17     x1 | 10:00:03 disk 3 full
//!     20  x9000 | 10:00:04 timeout after 12 ms
//!   4711        | 10:31:40 timeout after 15 ms
//! 240000   last | 18:09:01 timeout after 9 ms
//! left out: 8998 hits; logscan --lines 21-61 app.log prints more
//! ```
//! 1. If all hits fit, all are printed. Otherwise the first and the last hit come first, then the
//!    first hit of each kind, the rarest first, then the last of each, then hits from all over the
//!    inputs, whatever fits.
//! 2. What is printed is in the order of the inputs, and every text is on one line of its own.

use std::{collections::BTreeMap, io};

use super::{counted, name};
use crate::{
    budget::{PageOptions, Purse},
    error::Error,
    harmless::{for_programs, log_argument},
    line::to_u64,
    templates::{Hits, ShownHit},
};

/// How many lines the advice at the end asks for.
const LINES_ADVISED: u64 = 40;

/// Writes the hits that say most within a budget: never more.
///
/// # Errors
/// [`Error::Write`].
pub fn hits_within(
    hits: &Hits,
    options: &PageOptions,
    writer: &mut dyn io::Write,
) -> Result<(), Error> {
    let page = |purse| HitPage::new(hits, options, purse);
    let page = match hits.count {
        0 => String::new(),
        _ => Some(page(Purse::whole(options.budget)))
            .filter(|page| page.left_out() == 0)
            .unwrap_or_else(|| page(Purse::new(options.budget)))
            .text(),
    };
    let written = writer.write_all(page.as_bytes());
    written
        .and_then(|()| writer.flush())
        .map_err(|source| Error::Write { source })
}

/// What has been chosen so far.
struct HitPage<'h> {
    hits: &'h Hits,
    options: &'h PageOptions,
    purse: Purse,
    head: String,
    rows: BTreeMap<(usize, u64), String>,
    /// The first hit that did not fit.
    next: Option<&'h ShownHit>,
}

impl<'h> HitPage<'h> {
    fn new(hits: &'h Hits, options: &'h PageOptions, purse: Purse) -> HitPage<'h> {
        let mut page = HitPage {
            hits,
            options,
            purse,
            head: String::new(),
            rows: BTreeMap::new(),
            next: None,
        };
        page.head = heads(hits)
            .into_iter()
            .find(|head| page.purse.pay(head))
            .unwrap_or_default();
        let kinds = &hits.kinds;
        let ends = kinds.iter().flat_map(|kind| [&kind.first, &kind.last]);
        let ends = ends.chain(&hits.sample);
        for hit in [ends.clone().min(), ends.max()].into_iter().flatten() {
            page.add(hit, &mark(hits, hit));
        }
        for kind in kinds {
            page.add(&kind.first, &format!("x{}", kind.count));
        }
        for kind in kinds {
            page.add(&kind.last, LAST);
        }
        for hit in &hits.sample {
            page.add(hit, "");
        }
        page
    }

    fn add(&mut self, hit: &'h ShownHit, mark: &str) {
        let at = (hit.input, hit.line);
        if self.rows.contains_key(&at) {
            return;
        }
        let row = format!("{:>7} {mark:>6} | {}\n", hit.line, for_programs(&hit.text));
        let of_input = (hit.input, 0)..=(hit.input, u64::MAX);
        // The name of an input stands above its first row.
        let is_first = self.rows.range(of_input).next().is_none();
        let name = match is_first && self.hits.inputs > 1 {
            true => format!("{}:\n", name(&hit.path)),
            false => String::new(),
        };
        match self.purse.pay(&format!("{name}{row}")) {
            true => {
                self.rows.insert(at, row);
            }
            false => {
                self.next.get_or_insert(hit);
            }
        }
    }

    /// How many hits are not on the page.
    fn left_out(&self) -> u64 {
        self.hits.count - to_u64(self.rows.len())
    }

    /// All that fits, in the order of the inputs.
    fn text(&self) -> String {
        let mut text = self.head.clone();
        let hits = self.hits.kinds.iter();
        let hits = hits.flat_map(|kind| [&kind.first, &kind.last]);
        let paths: BTreeMap<usize, &ShownHit> = hits
            .chain(&self.hits.sample)
            .map(|hit| (hit.input, hit))
            .collect();
        let mut last = None;
        for (&(input, _), row) in &self.rows {
            if self.hits.inputs > 1 && last != Some(input) {
                text.push_str(&format!("{}:\n", name(&paths[&input].path)));
            }
            last = Some(input);
            text.push_str(row);
        }
        let left = self.left_out();
        if left > 0 {
            let is_shown = |hit: &ShownHit| self.rows.contains_key(&(hit.input, hit.line));
            let kinds = self.hits.kinds.iter().filter(|kind| !is_shown(&kind.first));
            let kinds = match kinds.count() {
                0 => String::new(),
                count => format!(" and {}", counted(to_u64(count), "kind")),
            };
            let left_out = format!("left out: {}{kinds}", counted(left, "hit"));
            let mut feet = Vec::new();
            if let Some(flags) = &self.options.flags {
                let advised = |log: &str| match self.next {
                    Some(hit) => {
                        let from = hit.line;
                        let to = from + LINES_ADVISED;
                        format!(
                            "{left_out}; logscan {flags}--lines {from}-{to} {log} prints more\n"
                        )
                    }
                    None => format!("{left_out}; logscan -m 100 prints the first 100\n"),
                };
                let log = self
                    .next
                    .and_then(|hit| log_argument(self.options.one_log.as_deref(), &hit.path));
                feet.extend(log.map(|log| advised(&log)));
                feet.push(advised("FILE"));
            }
            feet.push(format!("{left_out}\n"));
            self.purse.finish(&mut text, &feet);
        }
        text
    }
}

/// The mark of the last hit of a kind.
const LAST: &str = "last";

/// The mark of a hit: the first of a kind, the last of one, or any other.
fn mark(hits: &Hits, hit: &ShownHit) -> String {
    let kinds = &hits.kinds;
    match kinds.iter().find(|kind| kind.first == *hit) {
        Some(kind) => format!("x{}", kind.count),
        None if kinds.iter().any(|kind| kind.last == *hit) => LAST.into(),
        None => String::new(),
    }
}

/// The first lines that a page may have, the best one first.
fn heads(hits: &Hits) -> [String; 3] {
    let of = match (hits.inputs, hits.kinds.first()) {
        (0 | 1, Some(kind)) => name(&kind.first.path),
        (0 | 1, None) => "the log".into(),
        (inputs, _) => format!("{inputs} logs"),
    };
    let kinds = match hits.kinds.len() {
        0 => String::new(),
        kinds => format!(" of {}", counted(to_u64(kinds), "kind")),
    };
    let found = format!("{}{kinds}", counted(hits.count, "hit"));
    let marks = "xN: N hits of a kind, the first is shown; last: its last";
    [
        format!("{of}: {found}; {marks}\n"),
        format!("{of}: {found}\n"),
        format!("{found}\n"),
    ]
}
