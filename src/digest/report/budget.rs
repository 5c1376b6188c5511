//! What says most of a digest within a budget.
//!
//! The facts come first. Then each list in turn gives one row, the errors first, until nothing fits
//! any more. The chart is there as a whole or not at all.

use super::{
    bars,
    page::{DigestPage, ListSort},
    text::{ListCells, fact, heading, rows},
};
use crate::{
    budget::{PageOptions, Purse, elided},
    harmless::for_runners,
    histogram::report::BarCells,
};

/// The lists, the one that says most first.
const ORDER: [ListSort; 6] = [
    ListSort::Errors,
    ListSort::Frequent,
    ListSort::Starts,
    ListSort::Silences,
    ListSort::Rare,
    ListSort::Bursts,
];

/// How many columns the chart has, and how many characters a row has at the most.
const BARS_MAX: usize = 40;
const ROW_CHARS_MAX: usize = 160;

pub(super) fn text(page: &DigestPage<'_>, options: &PageOptions, cells: BarCells) -> String {
    let mut purse = Purse::new(options.budget);
    let mut text = String::new();
    let mut left_out = 0;
    for line in [page.title.clone()]
        .into_iter()
        .chain(page.facts.iter().map(fact))
    {
        match pay(&mut purse, &line) {
            Some(line) => text += &line,
            None => left_out += 1,
        }
    }
    let lists: Vec<Vec<String>> = (page.lists.iter())
        .map(|list| rows(list, ListCells::Few))
        .collect();
    let mut shown: Vec<Vec<Option<String>>> =
        lists.iter().map(|rows| vec![None; rows.len()]).collect();
    let mut headings: Vec<Option<String>> = vec![None; lists.len()];
    let rounds = lists.iter().map(Vec::len).max().unwrap_or(0);
    let mut chart = None;
    for round in 0..rounds {
        for sort in ORDER {
            let Some(nth) = page.lists.iter().position(|list| list.sort == sort) else {
                continue;
            };
            // The first of a list, its last, and then those between.
            let rows = &lists[nth];
            let at = match round {
                1 => rows.len() - 1,
                0 => 0,
                _ => round - 1,
            };
            let Some(row) = rows.get(at).filter(|_| round < rows.len()) else {
                continue;
            };
            let row = clipped(row);
            let title = match headings[nth] {
                Some(_) => String::new(),
                None => clipped(&heading(&page.lists[nth], ListCells::Few)),
            };
            if purse.pay(&(title.clone() + &row)) {
                headings[nth].get_or_insert(title);
                shown[nth][at] = Some(row);
            }
        }
        if round == 0 {
            let rows = bars::rows(page.histogram, BARS_MAX, cells);
            let rows: String = rows.iter().map(|row| format!("{row}\n")).collect();
            chart = Some(rows).filter(|rows| !rows.is_empty() && purse.pay(rows));
        }
    }
    left_out += usize::from(chart.is_none() && !page.histogram.buckets.is_empty());
    text += &chart.unwrap_or_default();
    for (heading, rows) in headings.iter().zip(&shown) {
        left_out += rows.iter().filter(|row| row.is_none()).count();
        text += heading.as_deref().unwrap_or_default();
        rows.iter().flatten().for_each(|row| text += row);
    }
    if left_out > 0 {
        let rows = match left_out {
            1 => "1 row".into(),
            _ => format!("{left_out} rows"),
        };
        let feet = [
            (page.argument.as_ref().zip(options.flags.as_ref())).map(|(log, flags)| {
                format!("left out: {rows}; logscan digest {flags}{log} prints all\n")
            }),
            Some(format!(
                "left out: {rows}; without --budget all are printed\n"
            )),
            Some(format!("left out: {rows}\n")),
        ];
        purse.finish(&mut text, &feet.into_iter().flatten().collect::<Vec<_>>());
    }
    text
}

/// Returns a line with its end, if it can be paid.
fn pay(purse: &mut Purse, line: &str) -> Option<String> {
    let line = clipped(line);
    purse.pay(&line).then_some(line)
}

/// A line with its end. The middle of a long one is left out.
fn clipped(line: &str) -> String {
    for_runners(&elided(line, ROW_CHARS_MAX)) + "\n"
}
