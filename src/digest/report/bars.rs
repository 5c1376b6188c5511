//! The histogram in a few rows: one for all lines and one for each level, a column for each bucket.
//!
//! ```text
//! per 1m, from 2026-11-20 09:00 to 2026-11-20 10:00
//! lines  1204 ▁▂▂▃▂█▂▂   ▂▁
//! error    12      █▂
//! ```
//! The number is the most that a column has, which is a full one.

use crate::histogram::{
    Histogram,
    report::{self, BarCells},
};

/// The most columns.
pub(super) const BARS_MAX: usize = 60;

/// The signs for a column, by its height.
const BLOCKS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const ASCII: [char; 9] = [' ', '.', ',', ':', '-', '=', '+', '*', '#'];

/// Returns the rows, with at most so many columns of bars. There are none without times.
pub(super) fn rows(histogram: &Histogram, bars_max: usize, cells: BarCells) -> Vec<String> {
    let shown = histogram.at_most(crate::line::to_u64(bars_max.max(1)));
    let (Some(first), Some(last)) = (shown.buckets.first(), shown.buckets.last()) else {
        return Vec::new();
    };
    let signs = match cells {
        BarCells::Blocks => &BLOCKS,
        BarCells::Ascii => &ASCII,
    };
    let mut rows = vec![format!(
        "per {}, from {} to {}",
        shown.width,
        report::shown(&first.start, shown.width),
        report::shown(&last.end, shown.width)
    )];
    let names = ["lines"].into_iter();
    let names = names.chain(shown.series.iter().map(String::as_str));
    let counts: Vec<Vec<u64>> = shown
        .buckets
        .iter()
        .map(|bucket| {
            [bucket.hits]
                .into_iter()
                .chain(bucket.by_series.clone())
                .collect()
        })
        .collect();
    let digits = counts
        .iter()
        .flatten()
        .max()
        .map_or(1, |most| most.to_string().len());
    for (nth, name) in names.enumerate() {
        let most = counts.iter().map(|counts| counts[nth]).max().unwrap_or(0);
        // Only lines without a time may have such a level.
        if most == 0 {
            continue;
        }
        let mut row = format!("{name:>5} {most:>digits$} ");
        for (bucket, counts) in shown.buckets.iter().zip(&counts) {
            let empty = usize::try_from(bucket.empty_before).unwrap_or(bars_max);
            row.extend(std::iter::repeat_n(' ', empty.min(bars_max)));
            row.push(signs[height(counts[nth], most)]);
        }
        rows.push(row.trim_end().into());
    }
    rows
}

/// The height of a column, from 0 to 8: whatever is there is seen.
fn height(count: u64, most: u64) -> usize {
    let eighths = (u128::from(count) * 8).div_ceil(u128::from(most.max(1)));
    usize::try_from(eighths).unwrap_or(8).min(8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_is_a_full_column_and_one_line_of_many_is_seen() {
        assert_eq!(height(0, 0), 0);
        assert_eq!(height(0, 1000), 0);
        assert_eq!(height(1, 1000), 1);
        assert_eq!(height(500, 1000), 4);
        assert_eq!(height(1000, 1000), 8);
        assert_eq!(height(u64::MAX, u64::MAX), 8);
    }
}
