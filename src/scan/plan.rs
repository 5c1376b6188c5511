//! Decides what one pass over an input does, before it begins.

use std::ops::Range;

use super::{
    Context, Limit, LineRanges, Scan,
    claims::Input,
    search::{Ended, Task},
};
use crate::{input::Hole, line::TextUnit};

/// A search from front to back.
pub(super) struct Pass {
    /// Where the pass begins: the start of the range, or a chunk's border inside it.
    pub(super) start: u64,
    /// How many lines of the range are before `start`.
    pub(super) lines_before: u64,
    /// The hits that count, by their number from `start` on.
    pub(super) hits: Range<u64>,
    pub(super) notes_from_first_hit: bool,
    /// Where context may begin, if that is before the first line from `start` on.
    pub(super) floor: Option<u64>,
    /// Whether lines without a time at `start` are within the range of times, if that is known.
    pub(super) begins_inside: Option<bool>,
    /// The bytes before `start` that could not be read, where lines were counted.
    pub(super) hole: Option<Hole>,
    /// The end of the search, if it has ended before it began.
    pub(super) ended: Option<Ended>,
}

impl Pass {
    pub(super) fn whole(scan: &Scan, hits: Range<u64>) -> Pass {
        Pass {
            start: scan.range.start,
            lines_before: scan.lines_before.unwrap_or(0),
            hits,
            notes_from_first_hit: false,
            floor: None,
            begins_inside: None,
            hole: None,
            ended: None,
        }
    }
}

/// The rules that are decided once for a scan.
#[derive(Clone, Debug)]
pub(super) struct PassRules {
    /// Where the pass begins.
    pub(super) start: u64,
    /// The unit that is found, counted and shown.
    pub(super) unit: TextUnit,
    pub(super) context: Context,
    /// The lines that count, if not all lines do.
    pub(super) lines: Option<LineRanges>,
    /// The hits that count, by their number in the file. The other hits are ordinary lines.
    pub(super) hits: Range<u64>,
    /// Whether output is rendered. Otherwise hits are only counted.
    pub(super) renders: bool,
    pub(super) line_numbers: bool,
    pub(super) max_line_bytes: usize,
    /// Whether the input is a stream, whose last chunks have to be kept for context.
    pub(super) keeps_history: bool,
    /// Whether lines longer than the cap are noted only from the first hit that counts. Which lines
    /// before that were searched depends on where the chunks were cut.
    pub(super) notes_from_first_hit: bool,
    /// Whether lines above the first time are within the range of times.
    pub(super) begins_inside: bool,
    /// Whether lines are counted.
    pub(super) counts_lines: bool,
    /// Whether somebody wants to know where the input may be left.
    pub(super) checkpoints: bool,
    /// Whether something was printed before this input, so that its first group is set off as well.
    pub(super) gap_before_first: bool,
}

impl PassRules {
    /// Returns how many lines count in whole lines or records.
    pub(super) fn lines_in(&self, bytes: &[u8]) -> u64 {
        self.unit.lines_in(bytes, self.max_line_bytes)
    }

    pub(super) fn before(&self) -> u64 {
        match self.context {
            Context::Lines { before, .. } => before,
            Context::None | Context::All => 0,
        }
    }

    /// Returns how many lines or records behind a hit are shown. With [`Context::All`] everything
    /// is.
    pub(super) fn after(&self) -> u64 {
        match self.context {
            Context::Lines { after, .. } => after,
            Context::None => 0,
            Context::All => u64::MAX,
        }
    }

    /// Returns how many hits of a chunk can be of use.
    pub(super) fn hits_max(&self) -> u64 {
        match self.context {
            // The limit does not end the scan, because everything is printed.
            Context::All => u64::MAX,
            // It is not known there which hits of a chunk count.
            _ if self.lines.is_some() => u64::MAX,
            Context::Lines { .. } | Context::None => self.hits.end,
        }
    }

    /// Returns what workers look for in each chunk of `input`.
    pub(super) fn task(&self, scan: &Scan, input: &Input<'_>) -> Task {
        let has_limit = self.hits.end != u64::MAX;
        Task {
            invert: scan.invert,
            count_lines: self.counts_lines,
            // The numbers of lines are known only when the hits are picked, by their places.
            places: self.renders || has_limit || self.lines.is_some(),
            hits_max: self.hits_max(),
            max_line_bytes: self.max_line_bytes,
            may_change: input.loader.may_change(),
            hashes: hashes_hits(scan),
        }
    }

    /// Returns whether a chunk without hits is of any use to `link` or `render`, apart from its
    /// counts.
    pub(super) fn needs_bytes_of_every_chunk(&self) -> bool {
        self.keeps_history || self.after() > 0
    }
}

/// Returns whether hits are hashed. They are hashed only if all of them count. Where hits are
/// hashed, it is not known which of them count within a limit.
pub(super) fn hashes_hits(scan: &Scan) -> bool {
    scan.hash_hits && scan.limit == Limit::All
}

/// Returns the rules for one pass over `input`. `renders` says whether output is made of the hits.
pub(super) fn rules(scan: &Scan, input: &Input<'_>, pass: &Pass, renders: bool) -> PassRules {
    let has_before = matches!(scan.context, Context::Lines { before: 1.., .. });
    PassRules {
        start: pass.start,
        unit: input.unit.clone(),
        context: match (scan.context, scan.limit) {
            (Context::All, Limit::Last(_)) => Context::None,
            (context, _) if renders => context,
            _ => Context::None,
        },
        lines: scan.lines.clone(),
        hits: pass.hits.clone(),
        renders,
        line_numbers: scan.line_numbers,
        max_line_bytes: scan.max_line_bytes(),
        keeps_history: renders && !input.loader.can_reread() && has_before,
        notes_from_first_hit: pass.notes_from_first_hit,
        begins_inside: pass.begins_inside.unwrap_or(input.begins_inside()),
        counts_lines: scan.counts_lines(),
        checkpoints: false,
        gap_before_first: scan.gap_before_first,
    }
}
