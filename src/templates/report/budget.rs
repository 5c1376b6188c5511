//! The kinds of lines within a budget.
//!
//! ```text
//! app.log: 250000 lines of 812 kinds; count, first line | kind
//!       1      17 | disk <num> full
//!       2      94 | no route to <ip>
//! ... 809 kinds, 9997 lines
//!  240000       1 | request <num> took <num> ms
//! left out: 809 kinds with 9997 lines; logscan templates --rare --top 40 app.log prints more
//! ```
//! The most frequent kinds are printed in any case, because they say what the log is about. Then
//! the rarest come first, and in a comparison what changed, the new kinds first: whatever fits.

use std::{collections::BTreeMap, io};

use super::{Table, counted, name};
use crate::{
    budget::{PageOptions, Purse, elided},
    error::Error,
    harmless::{for_programs, on_one_line},
    line::to_u64,
};

/// How many of the most frequent kinds are printed before the rare ones.
const FREQUENT: usize = 3;

/// How many characters a kind may have. The middle of a longer one is left out.
const KIND_CHARS_MAX: usize = 240;

/// How many more rows the advice at the end asks for.
const ROWS_ADVISED: usize = 40;

impl Table<'_> {
    /// Writes the rows that say most within a budget: never more. The rows must be in the order in
    /// which they are to be printed.
    ///
    /// # Errors
    /// [`Error::Write`].
    pub fn write_within(
        &self,
        options: &PageOptions,
        writer: &mut dyn io::Write,
    ) -> Result<(), Error> {
        let page = match self.rows.is_empty() {
            true => String::new(),
            false => self.page(options),
        };
        let written = writer.write_all(page.as_bytes());
        written
            .and_then(|()| writer.flush())
            .map_err(|source| Error::Write { source })
    }

    fn page(&self, options: &PageOptions) -> String {
        let mut purse = Purse::new(options.budget);
        let mut text = self.head(&mut purse);
        let count = self.rows.len();
        let frequent = match self.compares() {
            true => count,
            false => count.saturating_sub(FREQUENT).max(1),
        };
        // A mark may stand before the frequent kinds.
        let has_mark = purse.pay(&gap(to_u64(count), self.templates.lines));
        let mut shown = BTreeMap::new();
        for nth in [0]
            .into_iter()
            .chain((frequent..count).rev())
            .chain(1..frequent)
        {
            let row = self.row(nth);
            if purse.pay(&row) {
                shown.insert(nth, row);
            }
        }
        let (kinds, lines) = self.left_out(&shown);
        let rare = shown.range(..frequent);
        rare.for_each(|(_, row)| text.push_str(row));
        if has_mark && kinds > 0 && shown.range(frequent..).next().is_some() {
            text.push_str(&gap(kinds, lines));
        }
        shown
            .range(frequent..)
            .for_each(|(_, row)| text.push_str(row));
        if kinds > 0 {
            let of = counted(kinds, "kind");
            let left_out = format!("left out: {of} with {}", counted(lines, "line"));
            let top = shown.len() + ROWS_ADVISED;
            let mode = match self.templates.has_records {
                true => "",
                false => " --no-records",
            };
            let advised = |name: &str| match &options.flags {
                Some(flags) if !self.compares() => {
                    format!(
                        "{left_out}; logscan templates{mode} {flags}--rare --top {top} {name} prints more\n"
                    )
                }
                Some(_) | None => format!("{left_out}; without --budget all are printed\n"),
            };
            // A member of an archive is no file.
            let name = match self.templates.inputs.count() {
                1 => self.input_name().filter(|name| !name.contains('!')),
                _ => None,
            };
            let name = name.unwrap_or_else(|| "FILE".into());
            let feet = [advised(&name), advised("FILE"), format!("{left_out}\n")];
            purse.finish(&mut text, &feet);
        }
        text
    }

    /// The first line that fits.
    fn head(&self, purse: &mut Purse) -> String {
        let kinds = counted(to_u64(self.rows.len()), "kind");
        let what = match self.compares() {
            true => format!("{kinds} changed; change, count, count before, first line | kind"),
            false => {
                let lines = counted(self.templates.lines, "line");
                format!("{lines} of {kinds}; count, first line | kind")
            }
        };
        let name = match (self.input_name(), self.templates.inputs.count()) {
            (Some(name), 1) => name,
            (_, inputs) => counted(to_u64(inputs), "log"),
        };
        let heads = [format!("{name}: {what}\n"), format!("{what}\n")];
        let head = heads.into_iter().find(|head| purse.pay(head));
        head.unwrap_or_default()
    }

    fn row(&self, nth: usize) -> String {
        let row = &self.rows[nth];
        let template = row.template;
        let kind = for_programs(&elided(&on_one_line(&template.text()), KIND_CHARS_MAX));
        let place = self.place(row, template.first);
        let change = match row.change {
            Some(change) => {
                let (lines, before) = (template.lines, template.other_lines);
                format!("{:>4} {lines:>7} {before:>7}", change.name())
            }
            None => format!("{:>7}", template.lines),
        };
        let id = match self.layout.ids {
            true => format!(" {}", template.id),
            false => String::new(),
        };
        format!("{change} {place:>7}{id} | {kind}\n")
    }

    /// How many kinds are not shown, and how many lines they have.
    fn left_out(&self, shown: &BTreeMap<usize, String>) -> (u64, u64) {
        let rows = self.rows.iter().enumerate();
        let rows = rows.filter(|(nth, _)| !shown.contains_key(nth));
        rows.fold((0, 0), |(kinds, lines), (_, row)| {
            (kinds + 1, lines + row.template.lines)
        })
    }

    /// The name of the first input.
    fn input_name(&self) -> Option<String> {
        self.templates.inputs.iter().next().map(name)
    }
}

/// The mark for kinds that are not shown.
fn gap(kinds: u64, lines: u64) -> String {
    format!(
        "... {}, {}\n",
        counted(kinds, "kind"),
        counted(lines, "line")
    )
}
