//! A page: the chart, and every number in a table.

use std::{
    fmt,
    io::{self, Write},
};

use super::{chart, rfc3339, what};
use crate::{
    histogram::Histogram,
    page::{self, FigureTable, LastColumn},
};

/// The most rows that a person may look through. The format csv has all.
const ROWS_MAX: usize = 2000;

pub(super) fn write(histogram: &Histogram, out: &mut dyn Write) -> io::Result<()> {
    let mut page = String::new();
    write_page(histogram, &mut page).expect("writing to a String does not fail");
    out.write_all(page.as_bytes())
}

fn write_page(histogram: &Histogram, out: &mut String) -> fmt::Result {
    use fmt::Write as _;

    let hits = histogram.hits();
    let title = format!("{hits} hits {}", what(histogram));
    page::head(&title, out)?;
    write!(
        out,
        "<header>\n<p class=\"kind\">logscan --per</p>\n<h1>{}</h1>\n",
        page::escaped(&title)
    )?;
    match histogram.undated {
        0 => {}
        1 => writeln!(
            out,
            "<p>1 more is in no bucket, as nothing says when it was.</p>"
        )?,
        undated => writeln!(
            out,
            "<p>{undated} more are in no bucket, as nothing says when they were.</p>"
        )?,
    }
    writeln!(out, "</header>\n<main>")?;
    chart::figure(histogram)?.write(out)?;
    let names = histogram.series.iter().cloned();
    let rows = histogram.buckets.iter().take(ROWS_MAX).map(|bucket| {
        let counts = [bucket.hits].into_iter().chain(bucket.by_series.clone());
        let start = rfc3339(&bucket.start);
        std::iter::once(start)
            .chain(counts.map(|count| count.to_string()))
            .collect()
    });
    let left_out = histogram.buckets.len().saturating_sub(ROWS_MAX);
    page::table(
        &FigureTable {
            title: "All figures".into(),
            head: ["", "hits"]
                .map(String::from)
                .into_iter()
                .chain(names)
                .collect(),
            rows: rows.collect(),
            last: LastColumn::Number,
            caption: match left_out {
                0 => String::new(),
                left_out => format!("{left_out} more are left out here; --format csv has them."),
            },
        },
        out,
    )?;
    writeln!(out, "</main>\n</body>\n</html>")
}
