//! The table of groups, for people and for programs.

use std::{borrow::Cow, collections::HashMap, io};

use jiff::tz::TimeZone;

use super::{
    DISTINCT_EXACT_MAX, FieldGroups, GROUP_BYTES_MAX,
    aggregate::{Aggregated, State},
    asked::AskedColumn,
    texts_of_key,
};
use crate::{
    budget::Budget,
    fields::rows::{RowCell, RowFormat, TableText, is_json_number, real, shown, within},
    histogram::zoned,
    matcher::FilterSeen,
};

/// The groups of a search, the largest first. With buckets of time they come in the order of these.
#[derive(Debug)]
pub struct GroupTable {
    names: Vec<String>,
    rows: Vec<GroupRow>,
    /// The zone in which times are shown.
    zone: TimeZone,
    /// What was seen of the lines: how many could not be read, and which fields there were.
    pub seen: FilterSeen,
    /// How many lines are in no group, as there was no room for more groups.
    pub ungrouped: u64,
    /// How many lines are in no bucket, as nothing says when they were written.
    pub undated: u64,
    /// What should be known of the figures.
    pub notes: Vec<String>,
}

#[derive(Debug)]
struct GroupRow {
    count: u64,
    start_s: Option<i64>,
    /// The key without the bucket.
    key: Box<[u8]>,
    cells: Vec<Aggregated>,
}

/// Percentiles are known to one in a hundred, so more digits would only look exact.
const ABOUT_DIGITS: usize = 4;

pub(super) fn of(groups: FieldGroups) -> GroupTable {
    let FieldGroups {
        options,
        total,
        ungrouped,
        ..
    } = groups;
    let columns = options.aggregates.columns(options.keys.names());
    let mut names = Vec::new();
    names.extend(options.per.is_some().then(|| "time".to_owned()));
    names.push("count".into());
    names.extend(options.keys.texts());
    names.extend(columns.iter().map(|column| column.title.clone()));
    let mut notes = notes(&columns, &total.not_numbers);
    let (mut is_estimated, mut is_full) = (false, false);
    let has_buckets = options.per.is_some();
    let mut rows: Vec<GroupRow> = total
        .groups
        .into_iter()
        .map(|group| {
            let (start, key) = group.key.split_at(if has_buckets { 8 } else { 0 });
            let start_s = <[u8; 8]>::try_from(start).ok().map(i64::from_le_bytes);
            let result = |column: &AskedColumn| group.states[column.state].result(column.function);
            let cells: Vec<Aggregated> = columns.iter().map(result).collect();
            is_estimated |= group.states.iter().any(State::is_estimate);
            is_full |= group.states.iter().any(State::is_full);
            GroupRow {
                count: group.count,
                start_s,
                key: key.into(),
                cells,
            }
        })
        .collect();
    rows.sort_by(|a, b| {
        let texts = |row: &GroupRow| {
            texts_of_key(&row.key)
                .iter()
                .map(|text| text.map(<[u8]>::to_vec))
                .collect::<Vec<_>>()
        };
        (a.start_s, std::cmp::Reverse(a.count))
            .cmp(&(b.start_s, std::cmp::Reverse(b.count)))
            .then_with(|| texts(a).cmp(&texts(b)))
    });
    if is_estimated {
        notes.push(format!(
            "more than {DISTINCT_EXACT_MAX} different values are counted by an estimate, whose standard error is 1.6 %"
        ));
    }
    if is_full {
        notes.push(
            "values are so far apart that small ones are put together: low percentiles may be wrong".into(),
        );
    }
    let zone = options.per.map(|(_, zone)| zone);
    GroupTable {
        names,
        rows,
        zone: zone.unwrap_or(TimeZone::UTC),
        seen: total.seen,
        ungrouped,
        undated: total.undated,
        notes,
    }
}

/// Says how many values of each field are no numbers and should be.
fn notes(columns: &[AskedColumn], not_numbers: &[u64]) -> Vec<String> {
    let mut notes = Vec::new();
    for column in columns {
        let count = not_numbers.get(column.state).copied().unwrap_or(0);
        if count > 0 && column.function.wants_numbers() {
            let (s, are) = if count == 1 { ("", "is") } else { ("s", "are") };
            let field = &column.field;
            let note = format!("{field}: {count} value{s} {are} no number, and left out");
            if !notes.contains(&note) {
                notes.push(note);
            }
        }
    }
    notes
}

impl GroupTable {
    /// Returns what is missing in the table, if anything is.
    pub fn missing(&self) -> Option<String> {
        let text = format!(
            "{} lines are in no group, as the groups before them take {} MiB, which is the limit",
            self.ungrouped,
            GROUP_BYTES_MAX >> 20
        );
        (self.ungrouped > 0).then_some(text)
    }

    /// Returns whether there is no group.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Keeps the `most` largest groups of keys, counting all times together, and returns how many
    /// others there are.
    pub fn keep_top(&mut self, most: usize) -> usize {
        let mut counts: HashMap<&[u8], u64> = HashMap::new();
        for row in &self.rows {
            *counts.entry(&row.key).or_default() += row.count;
        }
        let mut keys: Vec<(&[u8], u64)> = counts.into_iter().collect();
        keys.sort_by(|a, b| {
            b.1.cmp(&a.1)
                .then_with(|| texts_of_key(a.0).cmp(&texts_of_key(b.0)))
        });
        let left_out = keys.len().saturating_sub(most);
        let kept: std::collections::HashSet<Box<[u8]>> = keys
            .iter()
            .take(most)
            .map(|(key, _)| (*key).into())
            .collect();
        self.rows.retain(|row| kept.contains(&row.key));
        left_out
    }

    /// Writes the table.
    ///
    /// # Errors
    /// The errors of `out`.
    pub fn write(
        &self,
        format: RowFormat,
        left_out: Option<usize>,
        out: &mut dyn io::Write,
    ) -> io::Result<()> {
        if let RowFormat::Table(room) = format {
            if self.rows.is_empty() {
                return Ok(());
            }
            let rows: Vec<Vec<String>> = self
                .rows
                .iter()
                .map(|row| self.cells(row).iter().map(shown).collect())
                .collect();
            let table = TableText::new(&self.names, room, &rows);
            table.head(out)?;
            for row in &rows {
                table.row(row, out)?;
            }
            if let Some(left_out) = left_out.filter(|&left_out| left_out > 0) {
                writeln!(out, "... {left_out} more: --top 0")?;
            }
            return Ok(());
        }
        let are_numbers = self.key_numbers();
        let mut text = Vec::new();
        format.head(&self.names, &mut text);
        for row in &self.rows {
            let mut cells = self.cells(row);
            let keys_at = 1 + usize::from(row.start_s.is_some());
            for (cell, is_number) in cells[keys_at..].iter_mut().zip(&are_numbers) {
                if let (RowCell::Text(text), true) = (&*cell, is_number) {
                    *cell = RowCell::Json(text.clone());
                }
            }
            format.row(&self.names, &cells, &mut text);
            if text.len() > 1 << 16 {
                out.write_all(&text)?;
                text.clear();
            }
        }
        out.write_all(&text)
    }

    /// Returns as many groups as fit, the first ones, and says how many are left out.
    pub fn within(&self, budget: Budget) -> String {
        within(
            &self.names,
            self.rows.iter().map(|row| self.cells(row)),
            budget,
        )
    }

    /// Returns for each field of the keys whether all of its texts are numbers, which are numbers in
    /// JSON too.
    fn key_numbers(&self) -> Vec<bool> {
        let mut are_numbers = Vec::new();
        for row in &self.rows {
            let texts = texts_of_key(&row.key);
            are_numbers.resize(texts.len(), true);
            for (is_number, text) in are_numbers.iter_mut().zip(texts) {
                *is_number &= text.is_none_or(is_json_number);
            }
        }
        are_numbers
    }

    fn cells<'r>(&self, row: &'r GroupRow) -> Vec<RowCell<'r>> {
        let mut cells = Vec::new();
        if let Some(start_s) = row.start_s {
            let time = zoned(&self.zone, start_s.saturating_mul(1_000_000_000))
                .strftime("%Y-%m-%dT%H:%M:%S%:z")
                .to_string();
            cells.push(RowCell::Text(Cow::Owned(time.into_bytes())));
        }
        cells.push(number(row.count.to_string()));
        for text in texts_of_key(&row.key) {
            cells.push(match text {
                None => RowCell::Missing,
                Some(text) => RowCell::Text(Cow::Borrowed(text)),
            });
        }
        cells.extend(row.cells.iter().map(|&cell| match cell {
            Aggregated::Nothing => RowCell::Missing,
            Aggregated::Whole(whole) => number(whole.to_string()),
            Aggregated::Real(value) => number(real(value)),
            Aggregated::About(value) => number(about(value)),
        }));
        cells
    }
}

fn number(text: String) -> RowCell<'static> {
    RowCell::Json(Cow::Owned(text.into_bytes()))
}

/// Returns a number with the digits that are known.
fn about(value: f64) -> String {
    let rounded: f64 = format!("{value:.*e}", ABOUT_DIGITS - 1)
        .parse()
        .unwrap_or(value);
    real(rounded)
}
