//! What stands in a log beside the build: what passing tests and services wrote, and what tests are
//! forgiven because they passed in the end.
//!
//! A rule of the severity `noise` that has an extent begins an aside. No candidate counts in it.

use super::{
    around::Around,
    block::{self, Block},
    collect::LinePlace,
    rules::Rules,
    steps::Ranked,
};
use crate::{input::ReadError, line::to_u64};

/// How many asides are looked at in a log, and how long one can be.
const ASIDES_MAX: usize = 300;
const ASIDE_LINES_MAX: u64 = 400;

/// A shorter name of a test may be a part of anything.
const FORGIVEN_BYTES_MIN: usize = 8;

/// The asides of all logs that may hold a candidate.
#[derive(Debug, Default)]
pub(crate) struct Asides {
    /// The log, the first and the last line of each.
    blocks: Vec<(usize, u64, u64)>,
    forgiven: Vec<Vec<u8>>,
    /// How many there were too many of.
    pub(crate) left_out: u64,
}

impl Asides {
    /// Those above the candidates, which are a log and a line each: of each the nearest one.
    pub(crate) fn of(
        logs: &[Ranked<'_>],
        rules: &Rules,
        candidates: &[(usize, LinePlace)],
    ) -> Result<Asides, (usize, ReadError)> {
        let mut asides = Asides::default();
        for (log, ranked) in logs.iter().enumerate() {
            let mut places: Vec<(LinePlace, u16)> = Vec::new();
            for group in &ranked.collected.groups {
                if rules.get(group.rule).is_aside() {
                    places.extend(group.places().map(|place| (place, group.rule)));
                }
            }
            places.sort_unstable();
            let is_wanted = |nth: usize| {
                let (place, rule) = places[nth];
                let end = places.get(nth + 1).map_or(u64::MAX, |(next, _)| next.line);
                let near = |line: u64| {
                    line >= place.line && line < end && line - place.line < ASIDE_LINES_MAX
                };
                rules.get(rule).forgives
                    || candidates
                        .iter()
                        .any(|&(of, candidate)| of == log && near(candidate.line))
            };
            let wanted: Vec<usize> = (0..places.len()).filter(|&nth| is_wanted(nth)).collect();
            asides.left_out += to_u64(wanted.len().saturating_sub(ASIDES_MAX));
            for (place, rule) in wanted.into_iter().take(ASIDES_MAX).map(|nth| places[nth]) {
                let around = Around::read(&ranked.view, place).map_err(|error| (log, error))?;
                let rule = rules.get(rule);
                let block = block::block(&around, rule, ranked.provider);
                let last = place.line + to_u64(block.last.unsigned_abs());
                asides.blocks.push((log, place.line, last));
                if rule.forgives {
                    asides.forgive(&around, block);
                }
            }
        }
        Ok(asides)
    }

    /// Whether a line of a log is in one.
    pub(crate) fn hold(&self, log: usize, line: u64) -> bool {
        self.blocks
            .iter()
            .any(|&(of, first, last)| of == log && (first..=last).contains(&line))
    }

    /// Takes the names of tests from the lines below the first one of a block.
    fn forgive(&mut self, around: &Around, block: Block) {
        let mut buffer = Vec::new();
        for nth in 1..=block.last {
            let name = around.shown(nth, &mut buffer).map(name_of);
            let name = name.filter(|name| name.len() >= FORGIVEN_BYTES_MIN);
            self.forgiven.extend(name.map(<[u8]>::to_vec));
        }
    }

    /// Whether the line at the place, or one of the two above it, names a test that is forgiven.
    pub(crate) fn forgives(&self, around: &Around) -> bool {
        let mut buffer = Vec::new();
        (-2..=0).any(|nth| {
            around.shown(nth, &mut buffer).is_some_and(|text| {
                self.forgiven
                    .iter()
                    .any(|name| memchr::memmem::find(text, name).is_some())
            })
        })
    }
}

/// The name of a test in a list: without white space, a dash or a level in front, and without lines
/// behind.
fn name_of(text: &[u8]) -> &[u8] {
    let text = text.trim_ascii();
    let text = text.strip_prefix(b"[WARNING] ").unwrap_or(text);
    let text = text.strip_prefix(b"- ").unwrap_or(text);
    let end = memchr::memmem::find(text, "─".as_bytes()).unwrap_or(text.len());
    text[..end].trim_ascii()
}
