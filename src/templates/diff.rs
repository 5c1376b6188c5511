//! What is different between two logs: templates that are new, gone, much more or much less
//! frequent.
//!
//! Both logs are mined together, so the same line has the same template in both. Frequencies are
//! compared as shares of the lines, because logs differ in length.

use super::{Template, Templates, ratio};

/// "Much" is so many times.
const FACTOR_MIN: f64 = 3.0;

/// And so many times what chance would do: counts of independent events scatter by the root of what
/// is expected (Poisson), and three times that is rare.
const DEVIATIONS_MIN: f64 = 3.0;

/// How a template differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// It is in the log only.
    New,
    /// It is much more frequent in the log.
    More,
    /// It is much less frequent in the log.
    Less,
    /// It is in the other log only.
    Gone,
}

impl Change {
    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Change::New => "new",
            Change::More => "more",
            Change::Less => "less",
            Change::Gone => "gone",
        }
    }
}

/// A template that differs.
#[derive(Clone, Copy, Debug)]
pub struct Changed<'a> {
    /// How.
    pub change: Change,
    /// Which.
    pub template: &'a Template,
}

impl Templates {
    /// What is different from the other log: the new first, then more, less and gone, each the most
    /// frequent first.
    pub fn changes(&self) -> Vec<Changed<'_>> {
        let mut changes: Vec<Changed<'_>> = self
            .list
            .iter()
            .filter_map(|template| {
                let change = self.change(template)?;
                Some(Changed { change, template })
            })
            .collect();
        changes.sort_by_key(|changed| {
            let template = changed.template;
            let lines = template.lines.max(template.other_lines);
            (changed.change, std::cmp::Reverse(lines))
        });
        changes
    }

    fn change(&self, template: &Template) -> Option<Change> {
        match (template.lines, template.other_lines) {
            (0, _) => return Some(Change::Gone),
            (_, 0) => return Some(Change::New),
            _ => {}
        }
        // What would be expected of the log with fewer lines, and what is there.
        let (mine, other) = (template.lines, template.other_lines);
        let share = ratio(mine, self.lines);
        let other_share = ratio(other, self.other_lines);
        let expected = other_share * float(self.lines);
        let scatter = (expected + float(mine)).sqrt();
        let is_much = (float(mine) - expected).abs() >= DEVIATIONS_MIN * scatter;
        match () {
            () if !is_much => None,
            () if share >= FACTOR_MIN * other_share => Some(Change::More),
            () if other_share >= FACTOR_MIN * share => Some(Change::Less),
            () => None,
        }
    }
}

fn float(count: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    let count = count as f64;
    count
}
