//! One failure that is told twice: as progress, with its details, and in the list at the end.
//!
//! ```text
//! tests/tax_test.py::test_vat FAILED             [ 50%]     a line of progress
//! ________________________ test_vat ________________________ the details
//! E   assert 19 == 7
//! FAILED tests/tax_test.py::test_vat - assert 19 == 7         the list at the end
//! ```
//! What ties them together is the name of the test. The telling that ranks first stays, and
//! remembers where the others are; one with more lines than that stays too, because its lines may
//! be what is looked for.
//!
//! Adjacent lines of a list are one cause. It is told before only if each of its lines names a test
//! that is: otherwise the other tests of the list would be nowhere.

use super::{
    around::{Around, View},
    cause::{Cause, Retelling},
    collect::LinePlace,
    rules::{BlockExtent, Rules, SURE_PRIORITY},
    steps::Ranked,
    test_name::TestName,
};
use crate::{input::ReadError, line::to_usize};

/// Makes one of those causes that tell of the same test as one that is believed. The first ones
/// are the best.
pub(crate) fn link(
    causes: &mut Vec<Cause>,
    logs: &[Ranked<'_>],
    rules: &Rules,
) -> Result<(), (usize, ReadError)> {
    let mut next = 0;
    while let Some(at) = causes[next..].iter().position(|cause| cause.is_believed) {
        let nth = next + at;
        next = nth + 1;
        let teller = &causes[nth];
        let mut others = causes[next..].iter();
        let test = teller.test.clone();
        let Some(test) = test.filter(|_| others.any(|other| may_retell(other, teller, rules)))
        else {
            continue;
        };
        let view = &logs[teller.log].view;
        let around = Around::read(view, teller.place).map_err(|error| (teller.log, error))?;
        let text = text_of(&around, teller);
        let told: Vec<(LinePlace, TestName)> = causes
            .iter()
            .filter(|cause| cause.is_believed && cause.log == teller.log)
            .filter_map(|cause| Some((cause.place, cause.test.clone()?)))
            .collect();
        let others = causes.split_off(nth + 1);
        let teller = &mut causes[nth];
        let mut rest = Vec::new();
        for other in others {
            let names_it = may_retell(&other, teller, rules)
                && other.test.as_ref().is_some_and(|it| {
                    it.is_in(&text)
                        || test.is_in(it.head())
                        || other.lines() == 1 && it.holds(&test)
                });
            let is_twin = names_it
                && all_are_told(&other, view, &told, rules).map_err(|error| (other.log, error))?;
            if is_twin {
                teller.retold.push(Retelling {
                    first_line: other.first_line,
                    last_line: other.last_line,
                    place: other.place,
                });
            } else {
                rest.push(other);
            }
        }
        teller.retold.sort_by_key(|twin| twin.place);
        causes.extend(rest);
    }
    Ok(())
}

/// Whether one cause may tell of the same test as another, in no more lines; the lines of a list
/// tell of several tests. What one rule found twice with details is two tests, perhaps of one name.
fn may_retell(other: &Cause, teller: &Cause, rules: &Rules) -> bool {
    let is_list = || {
        other.rule.is_some_and(|nth| {
            let rule = rules.get(nth);
            rule.extent == BlockExtent::Line || rule.lists
        })
    };
    other.log == teller.log
        && other.test.is_some()
        && (other.lines() <= teller.lines() || is_list())
        && (other.rule != teller.rule || other.lines() == 1)
}

/// Whether each line that a rule found in a cause of several names a test that is told elsewhere.
fn all_are_told(
    cause: &Cause,
    view: &View<'_>,
    told: &[(LinePlace, TestName)],
    rules: &Rules,
) -> Result<bool, ReadError> {
    let list = cause
        .rule
        .map(|nth| rules.get(nth))
        .filter(|rule| rule.lists);
    if cause.parts.is_empty() && list.is_none() {
        return Ok(true);
    }
    let around = Around::read(view, cause.place)?;
    let mut buffer = Vec::new();
    let is_told = |name: &dyn Fn(&TestName) -> bool| {
        let mut others = told.iter().filter(|(place, _)| *place != cause.place);
        others.any(|(_, test)| name(test))
    };
    if let Some(rule) = list {
        let below = isize::try_from(cause.last_line - cause.place.line).unwrap_or(isize::MAX);
        return Ok((0..=below).all(|at| {
            let shown = around.shown(at, &mut buffer);
            let entry = shown.and_then(|shown| Some((shown, rule.listed(shown)?)));
            entry.is_none_or(|(shown, said)| {
                let name = TestName::listed(shown, &said);
                is_told(&|test| test.is_in(name.head()) || name.is_in(test.head()))
            })
        }));
    }
    // What only sounds alarming, as "error: test run failed" below the list, is no failure of its own.
    let is_sure = |score: i32| score >= i32::from(SURE_PRIORITY);
    let parts = cause.parts.iter();
    let lines = parts
        .filter(|(_, score)| is_sure(*score))
        .map(|(line, _)| *line);
    Ok(lines.chain([cause.place.line]).all(|line| {
        let (line, head) = (i64::try_from(line), i64::try_from(cause.place.line));
        let at = line.unwrap_or(0) - head.unwrap_or(0);
        let shown = around.shown(isize::try_from(at).unwrap_or(isize::MAX), &mut buffer);
        shown.is_some_and(|shown| {
            let shown = TestName::unified(shown);
            is_told(&|test| test.is_in(&shown))
        })
    }))
}

/// The lines of a cause, as far as they were read, as one text.
fn text_of(around: &Around, cause: &Cause) -> Vec<u8> {
    let head = isize::try_from(cause.place.line - cause.first_line).unwrap_or(isize::MAX);
    let mut buffer = Vec::new();
    let mut text = Vec::new();
    for at in (-head..).take(to_usize(cause.lines())) {
        let Some(shown) = around.shown(at, &mut buffer) else {
            break;
        };
        text.extend(TestName::unified(shown));
        text.push(b'\n');
    }
    text
}
