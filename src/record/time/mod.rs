//! Times as logs write them, with their value: where a line has one, and which moment it is.
//!
//! ```text
//! sample --choice--> TimeForm: a place in the line (place.rs) and a shape (shape.rs)
//! line --place--> date, time of day, zone as written (date.rs, clock.rs, zone.rs)
//!      --Completer--> Moment: with the year, date and zone that the text leaves out (basis.rs, unsaid.rs)
//! ```
//! About a dozen shapes are read by hand, at a place that was learned from a sample: no line is
//! searched for one. What is no date, as February 30th, is no time. Zones and their changes of
//! clocks are those of jiff, which is asked once between two changes: a local time that comes twice
//! is the first of the two, and one that is skipped is as long behind the change as it says.
//!
//! Nothing is guessed silently: [`OrderOfNumbers`] says whether `03/04/2026` is in March or April,
//! and [`TimeBasis`] is what the caller assumes where a text leaves something out.

mod basis;
mod calendar;
mod choice;
mod clock;
mod cursor;
mod date;
mod format;
mod moment;
mod names;
mod place;
mod reader;
mod shape;
#[cfg(test)]
mod tests;
mod unsaid;
#[cfg(feature = "fields")]
mod value;
mod writing;
mod zone;

#[cfg(feature = "fields")]
pub(crate) use self::value::ValueTimes;
pub(crate) use self::{
    basis::TimeBasis,
    date::DateOrder,
    format::TimeFormat,
    moment::Moment,
    reader::{OrderOfNumbers, TimeReader},
    shape::TimeShape,
};
