//! Picks the hits of a chunk whose lines have given numbers.

use std::{ops::Range, str::FromStr};

use super::search::{Found, HitRun};
use crate::line::{self, to_u32, to_usize};

/// How many ranges there may be.
const RANGES_MAX: usize = 1000;

/// Numbers of lines, from 1, as in `10-20,35,100-`.
///
/// ```
/// use logscan::scan::LineRanges;
/// let ranges: LineRanges = "100-,10-20,15-30,7".parse()?;
/// assert_eq!(ranges.to_string(), "7,10-30,100-");
/// assert!("20-10".parse::<LineRanges>().is_err());
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineRanges {
    /// The ranges, counted from 0, in order and apart from each other. There is at least one.
    ranges: Vec<Range<u64>>,
}

impl FromStr for LineRanges {
    type Err = String;

    /// Parses ranges with a comma between them. Both ends of a range belong to it.
    ///
    /// # Errors
    /// A text for people that says what a range is.
    fn from_str(text: &str) -> Result<LineRanges, String> {
        const RANGES: &str =
            "lines are numbers from 1, as in 10-20, 35 or 100-, with a comma between several";
        let number = |text: &str| text.parse().ok().filter(|&number: &u64| number > 0);
        let mut ranges: Vec<Range<u64>> = Vec::new();
        for part in text.split(',') {
            let (first, last) = match part.split_once('-') {
                None => (number(part), number(part)),
                Some((first, "")) => (number(first), Some(u64::MAX)),
                Some((first, last)) => (number(first), number(last)),
            };
            let (Some(first), Some(last)) = (first, last) else {
                return Err(RANGES.into());
            };
            if last < first {
                return Err(format!("{part} ends before it begins"));
            }
            ranges.push(first - 1..last);
        }
        if ranges.len() > RANGES_MAX {
            return Err(format!("there are more than {RANGES_MAX} ranges"));
        }
        ranges.sort_by_key(|range| range.start);
        let mut apart: Vec<Range<u64>> = Vec::new();
        for range in ranges {
            match apart.last_mut() {
                Some(before) if range.start <= before.end => before.end = before.end.max(range.end),
                _ => apart.push(range),
            }
        }
        Ok(LineRanges { ranges: apart })
    }
}

impl std::fmt::Display for LineRanges {
    /// Writes the ranges in order, and merged.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (nth, range) in self.ranges.iter().enumerate() {
            let comma = if nth > 0 { "," } else { "" };
            let (first, last) = (range.start + 1, range.end);
            match last {
                u64::MAX => write!(f, "{comma}{first}-")?,
                last if last == first => write!(f, "{comma}{first}")?,
                last => write!(f, "{comma}{first}-{last}")?,
            }
        }
        Ok(())
    }
}

impl LineRanges {
    /// Returns how many lines are before the end of the last range.
    pub(super) fn end(&self) -> u64 {
        self.ranges.last().map_or(0, |range| range.end)
    }

    /// Returns the numbers from `number` on, if there are any.
    #[cfg(feature = "templates")]
    pub(crate) fn starting_at(&self, number: u64) -> Option<LineRanges> {
        let at_least = number.saturating_sub(1);
        let rest = self.ranges.iter().filter(|range| range.end > at_least);
        let rest = rest.map(|range| range.start.max(at_least)..range.end);
        let ranges: Vec<Range<u64>> = rest.collect();
        (!ranges.is_empty()).then_some(LineRanges { ranges })
    }

    /// Returns the first of these ranges, at most this many.
    #[cfg(feature = "templates")]
    pub(crate) fn first(&self, ranges_max: usize) -> LineRanges {
        let ranges = self.ranges.iter().take(ranges_max.max(1));
        LineRanges {
            ranges: ranges.cloned().collect(),
        }
    }

    /// Leaves only the hits of a chunk whose lines are in these ranges. `lines_before` lines are
    /// before the chunk.
    pub(super) fn pick(&self, found: &mut Found<'_>, lines_before: u64) {
        let bytes = &found.chunk.bytes;
        let mut picked = Vec::new();
        for run in &found.runs {
            let first = lines_before + u64::from(run.line);
            let behind = first + u64::from(run.hits);
            let from = self.ranges.partition_point(|range| range.end <= first);
            for range in &self.ranges[from..] {
                if range.start >= behind {
                    break;
                }
                let (start, end) = (range.start.max(first), range.end.min(behind));
                let run_bytes = &bytes[run.start as usize..run.end as usize];
                let skipped = line::skip_lines(run_bytes, start - first).0;
                let taken = line::skip_lines(&run_bytes[skipped..], end - start).0;
                let at = run.start as usize + skipped;
                picked.push(HitRun {
                    start: to_u32(at),
                    end: to_u32(at + taken),
                    line: run.line + to_u32(to_usize(start - first)),
                    hits: to_u32(to_usize(end - start)),
                });
            }
        }
        found.hits = picked.iter().map(|run| u64::from(run.hits)).sum();
        found.runs = picked;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_in_order_and_apart() {
        let shown = |text: &str| text.parse::<LineRanges>().unwrap().to_string();
        assert_eq!(shown("5"), "5");
        assert_eq!(shown("5,4,3-3"), "3-5");
        assert_eq!(shown("9-,2-4,4-5"), "2-5,9-");
        for wrong in ["", "0", "a", "1-2-3", "-5", "5-4", "1,,2", "1 - 2"] {
            assert!(wrong.parse::<LineRanges>().is_err(), "{wrong}");
        }
        let rest = |text: &str, number| {
            let ranges = text.parse::<LineRanges>().unwrap();
            ranges.starting_at(number).map(|ranges| ranges.to_string())
        };
        assert_eq!(rest("3,5-9,20-", 6).unwrap(), "6-9,20-");
        assert_eq!(rest("3,5-9", 9).unwrap(), "9");
        assert_eq!(rest("3,5-9", 10), None);
        let many = vec!["1"; RANGES_MAX + 1].join(",");
        assert!(many.parse::<LineRanges>().is_err());
    }
}
