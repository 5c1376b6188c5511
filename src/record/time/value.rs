//! Times that stand by themselves: the values of fields.

use super::{
    basis::{Completer, TimeBasis},
    clock::Comma,
    moment::{Moment, SECOND_NS},
    shape::{Fullness, TimeShape},
};

/// Reads texts that are a time and nothing else. It must have a date, and one that reads the same in
/// every order of its numbers. If the year is left out, it is the last such date before the moment of
/// the basis.
#[derive(Clone, Debug)]
pub(crate) struct ValueTimes {
    completer: Completer,
    /// The shape of the last time, which is tried first. Whether a text is a time does not depend on
    /// it, as no text has two of these shapes.
    last: TimeShape,
}

impl ValueTimes {
    pub(crate) fn new(basis: TimeBasis) -> ValueTimes {
        ValueTimes {
            completer: Completer::new(basis),
            last: TimeShape::YearFirst,
        }
    }

    /// Returns the moment that `text` is, or `None` if it is no time.
    pub(crate) fn read(&mut self, text: &[u8]) -> Option<Moment> {
        let text = text.trim_ascii();
        let last = self.last;
        let others = TimeShape::ALL.into_iter().filter(|&shape| {
            shape != last && shape.order().is_none() && shape != TimeShape::Uptime
        });
        for shape in std::iter::once(last).chain(others) {
            let Some(read) = shape.read(text, 0, Comma::Fraction) else {
                continue;
            };
            if read.end == text.len() && shape.fullness(read.said) >= Fullness::WithoutYear {
                self.last = shape;
                return self.completer.moment_of_other(read.said, text);
            }
        }
        epoch(text)
    }
}

/// A number counts as seconds, thousandths, millionths or billionths of them since 1970, by its size:
/// from the year 1973 on each number is of one of these only.
fn epoch(text: &[u8]) -> Option<Moment> {
    let number: f64 = std::str::from_utf8(text).ok()?.parse().ok()?;
    let whole: Option<i64> = std::str::from_utf8(text).ok()?.parse().ok();
    let size = number.abs();
    let unit_ns = match () {
        () if !size.is_finite() => return None,
        () if size < 1e11 => SECOND_NS,
        () if size < 1e14 => 1_000_000,
        () if size < 1e17 => 1000,
        () => 1,
    };
    if let Some(whole) = whole {
        return whole.checked_mul(unit_ns).map(Moment::from_ns);
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "a fraction of a nanosecond does not count"
    )]
    let ns = (number * unit_ns as f64) as i64;
    Some(Moment::from_ns(ns))
}
