//! Chooses, from a sample, where the times of a log are and which shape they have.
//!
//! Of some lines every time is looked at, and every place that it may have: a column, a key, a
//! field. What counts then is in how many lines of the sample there is such a time at such a place.

use std::cmp::Reverse;

use super::{
    clock::Comma,
    date::DateOrder,
    format::TimeFormat,
    place::{LineWrapper, Spot, TimePlace},
    shape::{Fullness, TimeShape},
    writing::{TimeForm, Writing, digits_behind_comma, formatted_times_in, times_in},
};
use crate::record::journal;

/// How many lines of a sample are looked at.
const LINES_MAX: usize = 2000;

/// In so many of them all times are looked for.
const SEARCHED_LINES_MAX: usize = 100;

/// In so many of them the places of these are compared: a log of 256 KiB is learned in a few
/// milliseconds then.
const COMPARED_LINES_MAX: usize = 400;

/// So many places are compared: those that most of the searched lines have.
const CANDIDATES_MAX: usize = 64;

/// With fewer lines than nine of ten of those of the best place, a time is not compared with it.
const SHARE_OF_TEN: usize = 9;

/// Times of a second kind, in other lines, must be in one line of so many.
const SECOND_ONE_IN: usize = 20;

/// A log has at most so many kinds of times.
const FORMS_MAX: usize = 3;

/// Where the times of a log are, the most frequent first.
pub(super) struct TimeChoice {
    pub(super) forms: Vec<TimeForm>,
    /// The orders of the numbers of dates in which the sample can be read equally well; none if
    /// the shape tells.
    pub(super) orders: Vec<DateOrder>,
}

/// A place and a shape that the times of a log may have.
#[derive(Clone, Debug)]
struct TimeCandidate {
    place: TimePlace,
    writing: Writing,
    fullness: Fullness,
    /// Lines that have such a time.
    lines: usize,
    /// Where these begin, together.
    columns: usize,
}

impl TimeCandidate {
    /// Where the time of `line` begins, if it has one that is written so.
    fn start(&self, line: &[u8]) -> Option<usize> {
        let at = self.place.find(line)?;
        let found = self.writing.read(line, at, Comma::Fraction);
        found.map(|_| at)
    }
}

/// The lines of a sample that count.
pub(super) fn lines(sample: &[u8]) -> impl Iterator<Item = &[u8]> {
    sample
        .split(|&byte| byte == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .filter(|line| !line.trim_ascii().is_empty())
        .take(LINES_MAX)
}

/// Chooses among the shapes that are known.
pub(super) fn of_shapes(sample: &[u8]) -> Option<TimeChoice> {
    let all: Vec<&[u8]> = lines(sample).collect();
    if journal::is_export(all.iter().copied()) {
        let place = TimePlace {
            wrapper: LineWrapper::Nothing,
            spot: Spot::Cursor,
        };
        return Some(TimeChoice {
            forms: vec![TimeForm::new(place, Writing::Cursor)],
            orders: Vec::new(),
        });
    }
    let wrappers = LineWrapper::all_of(sample);
    let mut rest = all.clone();
    let mut forms: Vec<TimeForm> = Vec::new();
    let mut orders = Vec::new();
    while forms.len() < FORMS_MAX {
        let compared: Vec<&[u8]> = spread(&rest, COMPARED_LINES_MAX).collect();
        let candidates = counted(candidates(&rest, &wrappers), &compared);
        // In as many lines of the sample as it would be in if the others were like these.
        let enough = (all.len() * compared.len()).div_ceil(rest.len().max(1) * SECOND_ONE_IN);
        let wanted = candidates
            .into_iter()
            .filter(|candidate| forms.is_empty() || is_second(candidate, enough));
        let Some(mut best) = best(wanted.collect(), &compared) else {
            break;
        };
        let likely = likely_orders(&best, &rest);
        if let (Writing::Shape(shape), Some(&order)) = (&mut best.writing, likely.first()) {
            *shape = shape.in_order(order).unwrap_or(*shape);
        }
        if forms.is_empty() {
            orders = likely;
        }
        let mut form = TimeForm::new(best.place, best.writing);
        form.comma = comma(&form, &rest);
        rest.retain(|line| {
            let at = form.place.find(line);
            at.and_then(|at| form.read(line, at)).is_none()
        });
        forms.push(form);
    }
    (!forms.is_empty()).then_some(TimeChoice { forms, orders })
}

/// Chooses the place of times that are written as `format` says.
pub(super) fn of_format(sample: &[u8], format: &TimeFormat) -> Option<TimeChoice> {
    let all: Vec<&[u8]> = lines(sample).collect();
    let wrappers = LineWrapper::all_of(sample);
    let mut candidates = Vec::new();
    for line in spread(&all, SEARCHED_LINES_MAX) {
        for at in formatted_times_in(line, format) {
            for place in TimePlace::all_of(line, at, &wrappers) {
                let writing = Writing::Format(format.clone());
                add(&mut candidates, place, writing, Fullness::Full);
            }
        }
    }
    let compared: Vec<&[u8]> = spread(&all, COMPARED_LINES_MAX).collect();
    let best = best(counted(candidates, &compared), &compared)?;
    Some(TimeChoice {
        forms: vec![TimeForm::new(best.place, best.writing)],
        orders: Vec::new(),
    })
}

/// Up to `most` lines from all over the sample.
fn spread<'a>(lines: &[&'a [u8]], most: usize) -> impl Iterator<Item = &'a [u8]> {
    let step = lines.len().div_ceil(most).max(1);
    lines.iter().step_by(step).copied()
}

/// Every place and shape of a time in some of `lines`.
fn candidates(lines: &[&[u8]], wrappers: &[LineWrapper]) -> Vec<TimeCandidate> {
    let mut candidates = Vec::new();
    for line in spread(lines, SEARCHED_LINES_MAX) {
        for time in times_in(line) {
            for place in TimePlace::all_of(line, time.at, wrappers) {
                if !is_believed(&place, time.shape, line, time.at) {
                    continue;
                }
                let fullness = time.shape.fullness(time.text.said);
                add(&mut candidates, place, Writing::Shape(time.shape), fullness);
            }
        }
    }
    candidates
}

/// Whether a number is believed to be a time there: behind a key that says so, or as the first word
/// or the second of a line.
fn is_believed(place: &TimePlace, shape: TimeShape, line: &[u8], at: usize) -> bool {
    if shape != TimeShape::Epoch {
        return true;
    }
    let head = &line[..at];
    let blanks = head
        .iter()
        .filter(|byte| byte.is_ascii_whitespace())
        .count();
    match place.key() {
        Some(key) => key.says_time(),
        // The audit log of Linux: msg=audit(1795183325.123:4711):
        None if head.ends_with(b"audit(") => true,
        None => blanks <= 1 && !head.ends_with(b"\"") && !head.contains(&b'='),
    }
}

fn add(
    candidates: &mut Vec<TimeCandidate>,
    place: TimePlace,
    writing: Writing,
    fullness: Fullness,
) {
    let known = candidates
        .iter_mut()
        .find(|known| known.place == place && known.writing == writing);
    match known {
        Some(known) => {
            known.lines += 1;
            known.fullness = known.fullness.min(fullness);
        }
        None => candidates.push(TimeCandidate {
            place,
            writing,
            fullness,
            lines: 1,
            columns: 0,
        }),
    }
}

/// The candidates that most of the searched lines have, counted in all lines.
fn counted(mut candidates: Vec<TimeCandidate>, lines: &[&[u8]]) -> Vec<TimeCandidate> {
    candidates.sort_by_key(|candidate| Reverse(candidate.lines));
    candidates.truncate(CANDIDATES_MAX);
    for candidate in &mut candidates {
        let starts = lines.iter().filter_map(|line| candidate.start(line));
        (candidate.lines, candidate.columns) =
            starts.fold((0, 0), |(lines, columns), at| (lines + 1, columns + at));
    }
    candidates
}

/// The fullest of the times that nearly all lines have, or else of those that most lines have; and
/// of the places at which lines have it, the one at which most do.
fn best(mut candidates: Vec<TimeCandidate>, lines: &[&[u8]]) -> Option<TimeCandidate> {
    let most = candidates.iter().map(|candidate| candidate.lines).max()?;
    candidates
        .retain(|candidate| candidate.lines * 10 >= most * SHARE_OF_TEN && candidate.lines > 0);
    let time = first_of_largest(&candidates, |candidate| {
        let says_time = candidate.place.key().is_some_and(|key| key.says_time());
        let column = candidate.columns / candidate.lines;
        (
            candidate.fullness,
            says_time,
            Reverse(column),
            candidate.lines,
        )
    })?
    .clone();
    candidates.retain(|candidate| {
        let is_same = |line: &&&[u8]| candidate.start(line) == time.start(line);
        let same = lines.iter().filter(is_same).count();
        candidate.writing == time.writing && same * 10 >= lines.len() * SHARE_OF_TEN
    });
    let place = |candidate: &TimeCandidate| (candidate.lines, Reverse(candidate.place.rank()));
    first_of_largest(&candidates, place).cloned()
}

fn first_of_largest<T, K: Ord>(items: &[T], key: impl Fn(&T) -> K) -> Option<&T> {
    items
        .iter()
        .reduce(|best, other| match key(other) > key(best) {
            true => other,
            false => best,
        })
}

/// Whether lines that have no time of the first kind have one of this.
fn is_second(candidate: &TimeCandidate, enough: usize) -> bool {
    let is_at_start = matches!(candidate.place.spot, Spot::Column(0 | 1));
    let has_date = candidate.fullness >= Fullness::WithoutYear;
    let are_enough = candidate.lines >= enough.max(2);
    let is_key = candidate.place.key().is_some_and(|key| key.says_time());
    (is_at_start || is_key) && has_date && are_enough
}

/// The orders of the numbers of dates in which most lines have a time: one in which fewer have one
/// is not meant. None if the shape has no such numbers.
fn likely_orders(best: &TimeCandidate, lines: &[&[u8]]) -> Vec<DateOrder> {
    let Writing::Shape(shape) = best.writing else {
        return Vec::new();
    };
    let with_time = |shape: TimeShape| {
        let written = TimeCandidate {
            writing: Writing::Shape(shape),
            ..best.clone()
        };
        let has_time = |line: &&&[u8]| written.start(line).is_some();
        lines.iter().filter(has_time).count()
    };
    let counted = DateOrder::ALL
        .into_iter()
        .filter_map(|order| Some((order, with_time(shape.in_order(order)?))));
    let counted: Vec<(DateOrder, usize)> = counted.collect();
    let most = counted.iter().map(|&(_, lines)| lines).max();
    let likely = counted.iter().filter(|&&(_, lines)| Some(lines) == most);
    let likely: Vec<DateOrder> = likely.map(|&(order, _)| order).collect();
    match usual_order(best, lines) {
        Some(usual) if likely.contains(&usual) => vec![usual],
        _ => likely,
    }
}

/// The order that the mark between the numbers tells: all languages that write dates with points
/// have the day first (CLDR), and `11-20` without a year is what ISO 8601 leaves of a date, as
/// Android's logcat writes it.
fn usual_order(best: &TimeCandidate, lines: &[&[u8]]) -> Option<DateOrder> {
    let mark = lines.iter().find_map(|line| {
        let at = best.place.find(line)?;
        line[at..].iter().find(|byte| !byte.is_ascii_digit())
    })?;
    let Writing::Shape(shape) = best.writing else {
        return None;
    };
    match (shape, mark) {
        (TimeShape::Numbers(_), b'.') => Some(DateOrder::DayMonthYear),
        (TimeShape::MonthAndDay(_), b'-') => Some(DateOrder::MonthDayYear),
        _ => None,
    }
}

/// What a comma behind seconds means in these lines: the digits of a fraction are always as many,
/// and three, six or nine, if lines do not differ.
fn comma(form: &TimeForm, lines: &[&[u8]]) -> Comma {
    let digits = lines.iter().filter_map(|line| {
        let at = form.place.find(line)?;
        digits_behind_comma(line, &form.writing, at)
    });
    let (least, most) = digits.fold((usize::MAX, 0), |(least, most), digits| {
        (least.min(digits), most.max(digits))
    });
    match least < most && least < 3 {
        true => Comma::Field,
        false => Comma::Fraction,
    }
}
